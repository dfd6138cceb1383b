/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP connections with a time limit.  Sockets are non-blocking, close-on-exec. */
#ifndef _BTNS_TCP_H
#define _BTNS_TCP_H

#include <stddef.h>

/* Monotonic, milliseconds. */
long long tcp_now(void);

/* 1: ready, 0: time over, -1: errno.  @deadline: by tcp_now(), or -1. */
int tcp_poll(int fd, short events, long long deadline);

/*
 * A socket, or -1 and *@why.  @host of tcp_listen() may be NULL.  @family:
 * AF_UNSPEC, AF_INET or AF_INET6; an unspecified listener serves both.
 */
int tcp_connect(const char *host, const char *port, int family,
		long long deadline, const char **why);
int tcp_listen(const char *host, const char *port, int family, int backlog,
	       const char **why);

/* The next connection of @listener, or -1 with errno (ETIMEDOUT, ...). */
int tcp_accept(int listener, long long deadline);

/* 0, or -1 with errno; ETIMEDOUT; ECONNRESET when nothing more comes. */
int tcp_send(int fd, const void *buf, size_t len, long long deadline);

#endif /* _BTNS_TCP_H */
