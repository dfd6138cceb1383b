/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btns-run: let a program that knows nothing of IPsec serve chosen peers only.
 * Every connection has a process of its own, which decides before it becomes the
 * program.
 */
#ifndef _BTNS_RUN_H
#define _BTNS_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "btns.h"

enum run_exit {
	RUN_OK,
	RUN_FAILED,
	RUN_USAGE,
	RUN_UNPROTECTED,	/* no latch */
	RUN_WRONG_PEER,
	RUN_NO_EXEC = 126,	/* as env(1) */
	RUN_NO_PROGRAM = 127,
};

#define RUN_PEERS_MAX	4096
#define RUN_LISTENERS_MAX 64

struct run_rules {
	unsigned int trust;		/* enum btns_trust, at least */
	bool keys;			/* only those of @key */
	size_t n;
	unsigned char (*key)[BTNS_FINGERPRINT_LEN];
};

struct run_options {
	struct run_rules rules;
	const char *peers_file;		/* read for every connection */
	int wait_ms;
	unsigned int max;		/* connections at a time */
	bool quiet;
	const char *user;
	uid_t uid;
	gid_t gid;
	char **program;
	/* sockets to listen on, or one connection */
	int fd[RUN_LISTENERS_MAX];
	size_t fds;
	bool connection;
};

/* rules.c */
int run_add_key(struct run_rules *r, const char *text);
/* "SHA256:... comment" a line; 0, or -1 and *@line (0: errno). */
int run_add_keys(struct run_rules *r, const char *path, unsigned int *line);
/* 0 or enum run_exit, and a sentence why not. */
int run_decide(const struct run_rules *r, const struct btns_latch_info *l,
	       const char **why);

/* environment.c: what the program shall know, in our own environment. */
int run_environment(int fd, const struct btns_latch_info *l);

/* serve.c */
int run_connection(struct run_options *o, int fd);
int run_server(struct run_options *o);

__attribute__((format(printf, 1, 2)))
void run_say(const char *format, ...);

#endif /* _BTNS_RUN_H */
