// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-nc: making the connection. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nc.h"

double nc_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

int nc_poll(int fd, short events, double deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		double left = deadline < 0 ? -1 : deadline - nc_now();
		int ret;

		if (deadline >= 0 && left < 0)
			left = 0;
		/* round up: 0.4 ms must not spin */
		ret = poll(&p, 1, left < 0 ? -1 : (int)(left + 0.999));
		if (ret >= 0)
			return ret;
		if (errno != EINTR)
			return -1;
	}
}

static int resolve(const struct nc_options *o, struct addrinfo **list)
{
	struct addrinfo hints = {
		.ai_family = o->family,
		.ai_socktype = o->udp ? SOCK_DGRAM : SOCK_STREAM,
		.ai_flags = o->listen ? AI_PASSIVE : 0,
	};
	int ret = getaddrinfo(o->host, o->port, &hints, list);

	if (!ret)
		return 0;
	nc_error(o, "%s port %s: %s", o->host ? o->host : "any address",
		 o->port, gai_strerror(ret));
	return NC_FAILED;
}

static int fill_names(struct nc_conn *c)
{
	c->local_len = sizeof(c->local);
	c->peer_len = sizeof(c->peer);
	return getsockname(c->fd, (struct sockaddr *)&c->local, &c->local_len) ||
	       getpeername(c->fd, (struct sockaddr *)&c->peer, &c->peer_len);
}

/* Connect with a deadline; the socket stays non-blocking. */
static int try_connect(int fd, const struct addrinfo *a, double deadline)
{
	socklen_t len = sizeof(int);
	int ret, err = 0;

	if (!connect(fd, a->ai_addr, a->ai_addrlen))
		return 0;
	if (errno != EINPROGRESS)
		return -1;
	ret = nc_poll(fd, POLLOUT, deadline);
	if (ret < 0)
		return -1;
	if (!ret) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -1;
	errno = err;
	return err ? -1 : 0;
}

int nc_connect(const struct nc_options *o, struct nc_conn *c)
{
	double deadline = nc_now() + o->wait_ms;
	struct addrinfo *list, *a;
	int ret = resolve(o, &list), err = EADDRNOTAVAIL;

	if (ret)
		return ret;
	for (a = list; a; a = a->ai_next) {
		double start;

		c->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC |
			       SOCK_NONBLOCK, a->ai_protocol);
		if (c->fd < 0) {
			err = errno;
			continue;
		}
		start = nc_now();
		if (!try_connect(c->fd, a, deadline) && !fill_names(c)) {
			c->connect_ms = nc_now() - start;
			break;
		}
		err = errno;
		close(c->fd);
		c->fd = -1;
	}
	freeaddrinfo(list);
	if (a)
		return 0;
	nc_error(o, "%s port %s: %s", o->host, o->port, strerror(err));
	return NC_FAILED;
}

static int make_listener(const struct nc_options *o)
{
	struct addrinfo *list, *a;
	int fd = -1, err = EADDRNOTAVAIL, on = 1, off = 0;
	int pass;

	if (resolve(o, &list))
		return -1;
	/* an IPv6 wildcard serves IPv4 too: prefer it */
	for (pass = 0; pass < 2 && fd < 0; pass++) {
		for (a = list; a && fd < 0; a = a->ai_next) {
			if ((a->ai_family == AF_INET6) != (pass == 0))
				continue;
			fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC |
				    SOCK_NONBLOCK, a->ai_protocol);
			if (fd < 0) {
				err = errno;
				continue;
			}
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
			if (a->ai_family == AF_INET6)
				setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
					   o->family == AF_INET6 ? &on : &off,
					   sizeof(on));
			if (!bind(fd, a->ai_addr, a->ai_addrlen) &&
			    (o->udp || !listen(fd, 1)))
				break;
			err = errno;
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		nc_error(o, "%s port %s: %s", o->host ? o->host : "any address",
			 o->port, strerror(err));
	return fd;
}

/* The first datagram's sender becomes the peer; the datagram stays queued. */
static int adopt_sender(int fd)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char octet;

	if (recvfrom(fd, &octet, 1, MSG_PEEK, (struct sockaddr *)&from, &len) < 0)
		return -1;
	return connect(fd, (struct sockaddr *)&from, len);
}

int nc_accept(const struct nc_options *o, struct nc_conn *c)
{
	int listener = make_listener(o);

	if (listener < 0)
		return NC_FAILED;
	c->server = true;
	c->fd = -1;
	while (c->fd < 0) {
		if (nc_poll(listener, POLLIN, -1) < 0)
			break;
		if (!o->udp) {
			c->fd = accept4(listener, NULL, NULL,
					SOCK_CLOEXEC | SOCK_NONBLOCK);
			/* a peer that gave up meanwhile is no reason to end */
			if (c->fd < 0 && errno != EAGAIN && errno != EINTR &&
			    errno != ECONNABORTED)
				break;
		} else if (!adopt_sender(listener)) {
			c->fd = listener;
		} else if (errno != EAGAIN && errno != EINTR &&
			   errno != ECONNREFUSED) {
			break;
		}
	}
	if (c->fd < 0 || fill_names(c)) {
		nc_error(o, "no connection: %s", strerror(errno));
		if (c->fd >= 0 && c->fd != listener)
			close(c->fd);
		close(listener);
		return NC_FAILED;
	}
	if (c->fd != listener)
		close(listener);
	return 0;
}
