/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btns-nc: a netcat that knows whom it talks to. */
#ifndef _BTNS_NC_H
#define _BTNS_NC_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "btns.h"

enum nc_exit {
	NC_OK,
	NC_FAILED,		/* connection refused, lost, timed out */
	NC_USAGE,
	NC_UNPROTECTED,		/* no latch, or broken, though one is required */
	NC_WRONG_PEER,		/* another key, or the ends see different channels */
};

struct nc_options {
	bool listen, udp, require_latch, json, no_stdin, quiet;
	int family;			/* AF_UNSPEC, AF_INET, AF_INET6 */
	int wait_ms;			/* for the connection, then for the latch */
	int idle_ms;			/* 0: never ends by itself */
	unsigned int binding;		/* enum btns_binding_type */
	const char *hash;
	const char *host, *port;
	bool pinned;
	unsigned char pin[BTNS_FINGERPRINT_LEN];
	const char *secret_file;
};

struct nc_conn {
	int fd;
	bool udp, server;
	bool examined;			/* reported, and found good enough */
	double connect_ms;		/* connector: time of connect() */
	struct sockaddr_storage local, peer;
	socklen_t local_len, peer_len;
	uint64_t sent, received;
};

/* net.c: 0 or enum nc_exit after a message on stderr. */
int nc_connect(const struct nc_options *o, struct nc_conn *c);
int nc_accept(const struct nc_options *o, struct nc_conn *c);
/* 1: ready, 0: time over, -1: errno. @deadline: nc_now() or -1. */
int nc_poll(int fd, short events, double deadline);
double nc_now(void);			/* monotonic, milliseconds */

/* report.c */
void nc_report(const struct nc_options *o, const struct nc_conn *c,
	       const struct btns_latch_info *latch);
void nc_report_end(const struct nc_options *o, const struct nc_conn *c,
		   const char *error);
void nc_error(const struct nc_options *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* prove.c: both ends know a secret and see the same channel. */
int nc_prove(const struct nc_options *o, const struct nc_conn *c);

/* relay.c */
int nc_relay(const struct nc_options *o, struct nc_conn *c);
/* main.c: latch, pin, proof; called by the relay for UDP. */
int nc_examine(const struct nc_options *o, const struct nc_conn *c, int wait_ms);

#endif /* _BTNS_NC_H */
