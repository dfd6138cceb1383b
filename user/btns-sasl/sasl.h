/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btns-sasl: an example of an application that puts the channel binding of IPsec
 * into its own authentication, SCRAM-SHA-256-PLUS by GNU SASL.
 *
 *	S: BTNS-SASL 1 SCRAM-SHA-256-PLUS
 *	C: AUTH SCRAM-SHA-256-PLUS <base64>
 *	S: + <base64>
 *	C: <base64>
 *	S: OK <base64>			or "NO", and the end
 *	C: the one line of application data
 *	S: GOT
 */
#ifndef _BTNS_SASL_H
#define _BTNS_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "btns.h"

enum sasl_exit {
	SASL_OK,
	SASL_FAILED,		/* connection refused, lost, timed out */
	SASL_USAGE,
	SASL_UNPROTECTED,	/* no latch, or no channel binding */
	SASL_REFUSED,		/* another password, or another channel */
};

/* RFC 7677 section 4 demands this many at least; the rest is a server's attack. */
#define SASL_ITERATIONS_MIN	4096
#define SASL_ITERATIONS_MAX	4000000
#define SASL_ITERATIONS		65536

#define SASL_LINE		8192	/* longest line, with its end */
#define SASL_SECRET		1024	/* longest password */

/* What the kernel says about the channel; @len 0: do without. */
struct sasl_binding {
	unsigned char data[BTNS_BINDING_MAX];
	size_t len;
};

/* A connection that speaks lines. */
struct sasl_lines {
	int fd;
	long long deadline;	/* of tcp_now(), or -1 */
	size_t have;
	char buf[SASL_LINE];
};

/* exchange.c: enum sasl_exit, after a message on stderr. */
int sasl_client(struct sasl_lines *io, const struct sasl_binding *binding,
		const char *user, const char *password);
/* @users: content of the file; @user: room for the name, SASL_LINE octets. */
int sasl_server(struct sasl_lines *io, const struct sasl_binding *binding,
		bool without_too, const char *users, char *user);

/* lines.c: 0 or -1 with errno.  The line is without its end. */
int sasl_read_line(struct sasl_lines *io, char line[SASL_LINE]);
__attribute__((format(printf, 2, 3)))
int sasl_write_line(struct sasl_lines *io, const char *format, ...);

/* secrets.c */
struct sasl_entry {
	unsigned int iterations;
	/* base64: libgsasl decodes the keys so, though its header says otherwise */
	char salt[64];
	char stored_key[64];
	char server_key[64];
};

/* Whole file, NUL at the end, to be freed with sasl_forget(); or NULL, errno. */
char *sasl_read_file(const char *path);
char *sasl_read_fd(int fd);
void sasl_forget(char *secret);
/* First line of @text only. */
void sasl_one_line(char *text);
/*
 * The line of @user in @users.  A name that is not there gets an entry that no
 * password fits, the same whenever one asks: who is known stays a secret.
 */
int sasl_find_user(const char *users, const char *user, struct sasl_entry *e);
/* "user:{SCRAM-SHA-256}iterations,salt,StoredKey,ServerKey", as gsasl(1) does */
int sasl_make_entry(const char *user, const char *password,
		    unsigned int iterations, char *line, size_t size);

__attribute__((format(printf, 1, 2)))
void sasl_error(const char *format, ...);

#endif /* _BTNS_SASL_H */
