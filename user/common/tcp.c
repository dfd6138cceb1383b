// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP connections with a time limit. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tcp.h"

long long tcp_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

int tcp_poll(int fd, short events, long long deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		long long left = -1;
		int ret;

		if (deadline >= 0) {
			left = deadline - tcp_now();
			if (left < 0)
				left = 0;
		}
		ret = poll(&p, 1, (int)left);
		if (ret >= 0 || errno != EINTR)
			return ret;
	}
}

static int resolve(const char *host, const char *port, int family, int flags,
		   struct addrinfo **list, const char **why)
{
	struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	int ret = getaddrinfo(host, port, &hints, list);

	if (ret)
		*why = gai_strerror(ret);
	return ret ? -1 : 0;
}

static int new_socket(const struct addrinfo *a)
{
	return socket(a->ai_family,
		      a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      a->ai_protocol);
}

static int finish_connect(int fd, long long deadline)
{
	socklen_t len = sizeof(int);
	int err = 0, ret;

	ret = tcp_poll(fd, POLLOUT, deadline);
	if (!ret)
		errno = ETIMEDOUT;
	if (ret <= 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -1;
	errno = err;
	return err ? -1 : 0;
}

int tcp_connect(const char *host, const char *port, int family,
		long long deadline, const char **why)
{
	struct addrinfo *list, *a;
	int fd = -1, err = EADDRNOTAVAIL;

	if (resolve(host, port, family, 0, &list, why))
		return -1;
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = new_socket(a);
		if (fd >= 0 && (!connect(fd, a->ai_addr, a->ai_addrlen) ||
				(errno == EINPROGRESS &&
				 !finish_connect(fd, deadline))))
			break;
		err = errno;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	if (fd < 0)
		*why = strerror(err);
	return fd;
}

static int listen_at(const struct addrinfo *a, int family, int backlog)
{
	int fd = new_socket(a), on = 1, only = family == AF_INET6, err;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, backlog))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int tcp_listen(const char *host, const char *port, int family, int backlog,
	       const char **why)
{
	struct addrinfo *list, *a;
	int fd = -1, err = EADDRNOTAVAIL, pass;

	if (resolve(host, port, family, AI_PASSIVE, &list, why))
		return -1;
	/* an IPv6 wildcard serves IPv4 too: prefer it */
	for (pass = 0; pass < 2 && fd < 0; pass++) {
		for (a = list; a && fd < 0; a = a->ai_next) {
			if ((a->ai_family == AF_INET6) != (pass == 0))
				continue;
			fd = listen_at(a, family, backlog);
			if (fd < 0)
				err = errno;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		*why = strerror(err);
	return fd;
}

int tcp_accept(int listener, long long deadline)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		int ret;

		if (fd >= 0)
			return fd;
		/* a peer that gave up meanwhile is no reason to end */
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN)
			return -1;
		ret = tcp_poll(listener, POLLIN, deadline);
		if (!ret)
			errno = ETIMEDOUT;
		if (ret <= 0)
			return -1;
	}
}

int tcp_send(int fd, const void *buf, size_t len, long long deadline)
{
	const char *p = buf;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n >= 0) {
			p += n;
			len -= n;
		} else if (errno == EAGAIN) {
			int ret = tcp_poll(fd, POLLOUT, deadline);

			if (!ret)
				errno = ETIMEDOUT;
			if (ret <= 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}
