// SPDX-License-Identifier: GPL-2.0-or-later
/* Unconnected UDP. */
#include "latchprog.h"

void do_sendto(const char *a, const char *port, const char *text)
{
	struct sockaddr_storage ss;
	socklen_t n = address(family_of(FD), a, port, &ss);

	result(sendto(FD, text, strlen(text), MSG_DONTWAIT, (void *)&ss, n));
}

/* IPv4 only. */
void do_recvfrom(int ms)
{
	struct pollfd p = { .fd = FD, .events = POLLIN };
	char text[512], control[256];
	struct sockaddr_in from;
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;
	int on = 1;

	setsockopt(FD, SOL_IP, IP_PKTINFO, &on, sizeof(on));
	if (poll(&p, 1, ms) <= 0) {
		answer("err ETIMEDOUT");
		return;
	}
	n = recvmsg(FD, &m, MSG_DONTWAIT);
	if (n < 0) {
		result(-1);
		return;
	}
	text[n] = 0;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct in_pktinfo info;

		if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		answer("ok %s from=%s port=%u local=%s .", text,
		       printable(AF_INET, &from.sin_addr), ntohs(from.sin_port),
		       printable(AF_INET, &info.ipi_addr));
		return;
	}
	answer("ok %s", text);
}

int flow_address(int family, const char *text, unsigned char *to)
{
	char mapped[64];

	if (family == AF_INET)
		return inet_pton(AF_INET, text, to) == 1 ? 0 : -1;
	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	return inet_pton(AF_INET6, mapped, to) == 1 ? 0 : -1;
}

void do_flow(const char *what, const char *a, const char *port, const char *local)
{
	union {
		struct btns_flow f;
		struct btns_latch_info l;
		struct btns_binding b;
		unsigned char key[BTNS_SPKI_MAX];
	} u;
	socklen_t n = sizeof(u);

	memset(&u, 0, sizeof(u));
	u.f.option = !strcmp(what, "latch") ? BTNS_SO_LATCH :
		     !strcmp(what, "key") ? BTNS_SO_PEER_KEY : BTNS_SO_BINDING;
	u.f.family = family_of(FD);
	u.f.peer_port = htons(atoi(port));
	u.f.binding = *what == 'b' ? BTNS_BINDING_END_POINT :
		      *what == 'u' ? BTNS_BINDING_UNIQUE : 0;
	if (flow_address(u.f.family, a, u.f.peer) ||
	    (local && flow_address(u.f.family, local, u.f.local))) {
		answer("err no address");
		return;
	}
	if (getsockopt(FD, SOL_IP, BTNS_SO_FLOW, &u, &n))
		result(-1);
	else if (*what == 'l')
		answer("ok state=%u flags=%#x broken=%u len=%u peer_fp=%s .", u.l.state,
		       u.l.flags, u.l.broken, n,
		       hex(u.l.peer_fingerprint, sizeof(u.l.peer_fingerprint)));
	else if (*what == 'k')
		answer("ok %s", hex(u.key, n));
	else
		answer("ok flags=%u %s", u.b.flags, hex(u.b.data, u.b.len));
}
