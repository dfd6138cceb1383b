// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: wishes of a socket, what a break does, alerts, flows. */
#include <errno.h>
#include <time.h>		/* the next one needs it */
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "btns.h"

#define EXPORT __attribute__((visibility("default")))

static int fail(int error)
{
	errno = error;
	return -1;
}

EXPORT int btns_get_want(int fd, struct btns_want *want)
{
	socklen_t len = sizeof(*want);

	memset(want, 0, sizeof(*want));
	return getsockopt(fd, SOL_IP, BTNS_SO_WANT, want, &len);
}

EXPORT int btns_set_want(int fd, const struct btns_want *want)
{
	struct btns_want w = *want;

	w.size = sizeof(w);
	return setsockopt(fd, SOL_IP, BTNS_SO_WANT, &w, sizeof(w));
}

static void set_break(struct btns_want *w, unsigned int reaction, int alert)
{
	w->flags &= ~BTNS_WANT_F_ALERT;
	w->flags |= BTNS_WANT_F_REACTION | (alert ? BTNS_WANT_F_ALERT : 0);
	w->reaction = reaction;
}

EXPORT int btns_on_break(int fd, unsigned int reaction, int alert)
{
	struct btns_want w;

	if (reaction >= __BTNS_REACTION_MAX)
		return fail(EINVAL);
	if (btns_get_want(fd, &w))
		return -1;
	set_break(&w, reaction, alert);
	if (!btns_set_want(fd, &w))
		return 0;
	if (errno != EISCONN)
		return -1;
	/* there is a latch: nothing else can be set any more */
	memset(&w, 0, sizeof(w));
	set_break(&w, reaction, alert);
	return btns_set_want(fd, &w);
}

/* --- alerts --------------------------------------------------------------- */

/* CMSG_DATA() promises no alignment. */
static int alert_control(const struct cmsghdr *c)
{
	struct sock_extended_err e;

	if (!(c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) &&
	    !(c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
		return 0;
	if (c->cmsg_len < CMSG_LEN(sizeof(e)))
		return 0;
	memcpy(&e, CMSG_DATA(c), sizeof(e));
	return e.ee_origin == SO_EE_ORIGIN_LOCAL && e.ee_type == BTNS_ALERT_TYPE;
}

EXPORT int btns_alert_of(const struct msghdr *msg, size_t len,
			 struct btns_alert *alert)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)msg, c))
		if (alert_control(c))
			break;
	if (!c)
		return fail(ENOMSG);
	if (msg->msg_iovlen < 1 || len < sizeof(*alert) ||
	    msg->msg_iov->iov_len < sizeof(*alert))
		return fail(EMSGSIZE);
	memcpy(alert, msg->msg_iov->iov_base, sizeof(*alert));
	return 0;
}

EXPORT int btns_next_alert(int fd, struct btns_alert *alert)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct sock_extended_err) +
				     sizeof(struct sockaddr_in6)) + 256];
	} control;
	struct btns_alert payload;
	struct iovec iov = { .iov_base = &payload, .iov_len = sizeof(payload) };
	ssize_t n;

	for (;;) {
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};

		n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
		if (n < 0)
			return -1;
		if (!btns_alert_of(&msg, n, alert))
			return 0;
	}
}

EXPORT int btns_want_own(int fd)
{
	struct btns_want w;

	if (btns_get_want(fd, &w))
		return -1;
	w.flags |= BTNS_WANT_F_OWN;
	return btns_set_want(fd, &w);
}

/* --- flows of unconnected UDP sockets ------------------------------------------ */

EXPORT int btns_want_flows(int fd)
{
	struct btns_want w;
	socklen_t len = sizeof(int);
	int on = 1, domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) ||
	    btns_get_want(fd, &w))
		return -1;
	w.flags |= BTNS_WANT_F_FLOWS;
	if (btns_set_want(fd, &w))
		return -1;
	/* the flow has the local address, which recvmsg() then tells */
	return domain == AF_INET6 ?
		setsockopt(fd, SOL_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) :
		setsockopt(fd, SOL_IP, IP_PKTINFO, &on, sizeof(on));
}

static void local_of(const struct msghdr *msg, int sending,
		     struct btns_flow *flow)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)msg, c)) {
		if (flow->family == AF_INET && c->cmsg_level == SOL_IP &&
		    c->cmsg_type == IP_PKTINFO &&
		    c->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo))) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(flow->local, sending ? &info.ipi_spec_dst :
			       &info.ipi_addr, sizeof(info.ipi_addr));
		} else if (flow->family == AF_INET6 &&
			   c->cmsg_level == SOL_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO &&
			   c->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo))) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(flow->local, &info.ipi6_addr,
			       sizeof(info.ipi6_addr));
		}
	}
}

EXPORT int btns_flow_of(const struct msghdr *msg, int sending,
			struct btns_flow *flow)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	sa_family_t family;

	memset(flow, 0, sizeof(*flow));
	if (!msg->msg_name || msg->msg_namelen < sizeof(in))
		return fail(EINVAL);
	memcpy(&family, msg->msg_name, sizeof(family));
	flow->family = family;
	switch (family) {
	case AF_INET:
		memcpy(&in, msg->msg_name, sizeof(in));
		flow->peer_port = in.sin_port;
		memcpy(flow->peer, &in.sin_addr, sizeof(in.sin_addr));
		break;
	case AF_INET6:
		if (msg->msg_namelen < sizeof(in6))
			return fail(EINVAL);
		memcpy(&in6, msg->msg_name, sizeof(in6));
		flow->peer_port = in6.sin6_port;
		flow->scope = in6.sin6_scope_id;
		memcpy(flow->peer, &in6.sin6_addr, sizeof(in6.sin6_addr));
		break;
	default:
		return fail(EINVAL);
	}
	local_of(msg, sending, flow);
	return 0;
}

EXPORT int btns_flow_ask(int fd, const struct btns_flow *flow,
			 unsigned int option, void *buf, size_t *len)
{
	struct btns_flow question = *flow;
	socklen_t n = *len > 0x10000 ? 0x10000 : (socklen_t)*len;

	/* the answer takes the place of the question */
	if (n < sizeof(question))
		return fail(EINVAL);
	question.option = option;
	memcpy(buf, &question, sizeof(question));
	if (getsockopt(fd, SOL_IP, BTNS_SO_FLOW, buf, &n))
		return -1;
	*len = n;
	return 0;
}
