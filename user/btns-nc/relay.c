// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-nc: octets between stdin, the socket and stdout. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "nc.h"

/* The largest datagram fits. */
#define ROOM	65536

struct side {
	unsigned char buf[ROOM];
	size_t at, len;
	bool eof;		/* nothing more comes */
	bool shut;		/* the end was passed on */
};

static int fill_from_stdin(struct side *s)
{
	ssize_t n = read(STDIN_FILENO, s->buf, sizeof(s->buf));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	s->eof = !n;
	s->at = 0;
	s->len = n;
	return 0;
}

static bool same_sender(const struct nc_conn *c,
			const struct sockaddr_storage *from, socklen_t len)
{
	/* flow label and padding may differ: compare address and port */
	const struct sockaddr_in6 *a6 = (const void *)&c->peer;
	const struct sockaddr_in6 *b6 = (const void *)from;
	const struct sockaddr_in *a = (const void *)&c->peer;
	const struct sockaddr_in *b = (const void *)from;

	if (!len || from->ss_family != c->peer.ss_family)
		return false;
	if (from->ss_family == AF_INET6)
		return a6->sin6_port == b6->sin6_port &&
		       !memcmp(&a6->sin6_addr, &b6->sin6_addr,
			       sizeof(a6->sin6_addr));
	return a->sin_port == b->sin_port &&
	       a->sin_addr.s_addr == b->sin_addr.s_addr;
}

static int fill_from_socket(struct nc_conn *c, struct side *s)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(c->fd, s->buf, sizeof(s->buf), 0,
			     (struct sockaddr *)&from, &len);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	/* datagrams that others sent before connect() */
	if (c->udp && !same_sender(c, &from, len))
		return 0;
	s->eof = !n && !c->udp;
	s->at = 0;
	s->len = n;
	c->received += n;
	return 0;
}

static int drain_to_socket(struct nc_conn *c, struct side *s)
{
	ssize_t n = send(c->fd, s->buf + s->at, s->len, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	s->at += n;
	s->len -= n;
	c->sent += n;
	return 0;
}

static int drain_to_stdout(struct side *s)
{
	while (s->len) {
		ssize_t n = write(STDOUT_FILENO, s->buf + s->at, s->len);

		if (n < 0 && errno == EAGAIN) {
			if (nc_poll(STDOUT_FILENO, POLLOUT, -1) < 0)
				return -1;
			continue;
		}
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			s->at += n;
			s->len -= n;
		}
	}
	return 0;
}

/* UDP is latched by its packets: look again while they pass. */
static int look_again(const struct nc_options *o, struct nc_conn *c,
		      double deadline, bool *known)
{
	struct btns_latch_info l;

	if (*known)
		return 0;
	if (btns_latch_wait(c->fd, &l, sizeof(l), 0) && errno == ETIMEDOUT &&
	    nc_now() < deadline)
		return 0;
	*known = true;
	return nc_examine(o, c, 0);
}

int nc_relay(const struct nc_options *o, struct nc_conn *c)
{
	static struct side in, out;	/* stdin -> socket, socket -> stdout */
	double deadline = nc_now() + o->wait_ms;
	double last = nc_now();
	bool known = c->examined;

	in.eof = o->no_stdin;

	for (;;) {
		struct pollfd p[2] = { { .fd = -1 }, { .fd = c->fd } };
		int timeout = -1, ret;

		if (!in.eof && !in.len)
			p[0] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
		if (!out.eof)
			p[1].events |= POLLIN;
		if (in.len)
			p[1].events |= POLLOUT;
		if (in.eof && !in.len && !in.shut) {
			if (!c->udp)
				shutdown(c->fd, SHUT_WR);
			in.shut = true;
		}
		if (out.eof && !out.shut) {
			/* a pipe behind us learns of the end, too */
			close(STDOUT_FILENO);
			out.shut = true;
		}
		/* over: both ends said all, or nobody is left to be asked */
		if (out.eof && ((in.eof && !in.len) || isatty(STDIN_FILENO)))
			return NC_OK;
		if (!p[1].events)
			p[1].fd = -1;
		if (o->idle_ms) {
			double left = last + o->idle_ms - nc_now();

			if (left <= 0)
				return NC_OK;
			timeout = (int)(left + 0.999);
		}
		if (!known && (timeout < 0 || timeout > 20))
			timeout = 20;

		ret = poll(p, 2, timeout);
		if (ret < 0 && errno != EINTR)
			goto failed;
		if (ret > 0) {
			last = nc_now();
			if (p[0].revents && fill_from_stdin(&in))
				goto failed;
			if ((p[1].revents & ~POLLOUT) && !out.eof &&
			    (fill_from_socket(c, &out) || drain_to_stdout(&out)))
				goto failed;
			if (in.len && drain_to_socket(c, &in))
				goto failed;
		}
		ret = look_again(o, c, deadline, &known);
		if (ret)
			return ret;
	}
failed:
	nc_error(o, "%s", strerror(errno));
	return NC_FAILED;
}
