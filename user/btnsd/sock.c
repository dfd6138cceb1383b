// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UDP ports 500 and 4500.  Packets come with the address that they were sent to, and
 * leave from the address that the engine says.  Each socket has XFRM bypass policies:
 * key exchange is never itself subject to the policies that it serves.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <linux/xfrm.h>

#include "btnsd.h"

#define IKE_PORT	500
#define NATT_PORT	4500
#define PACKET_MAX	65536
#define IKE_HEADER	28
#define BATCH		64	/* packets of one socket before others have a turn */
#define SOCKS_MAX	(2 * (CONF_LISTEN > 2 ? CONF_LISTEN : 2))

struct sock {
	struct btnsd *d;
	int fd;
	uint16_t family, port;
	bool bound;			/* to one address */
	struct ike_addr local;
	struct event *event;
};

struct socks {
	unsigned int n;
	struct sock sock[SOCKS_MAX];
	uint8_t buf[PACKET_MAX];
};

static socklen_t to_sockaddr(struct sockaddr_storage *ss, const struct ike_addr *a)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = a->family;
	if (a->family == AF_INET) {
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(a->port);
	memcpy(&in6->sin6_addr, a->ip, 16);
	in6->sin6_scope_id = a->scope;
	return sizeof(*in6);
}

static void from_sockaddr(struct ike_addr *a, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

	memset(a, 0, sizeof(*a));
	a->family = ss->ss_family;
	if (a->family == AF_INET) {
		a->port = ntohs(in->sin_port);
		memcpy(a->ip, &in->sin_addr, 4);
	} else {
		a->port = ntohs(in6->sin6_port);
		memcpy(a->ip, &in6->sin6_addr, 16);
		a->scope = in6->sin6_scope_id;
	}
}

static bool bypass(int fd, uint16_t family, uint8_t dir)
{
	struct xfrm_userpolicy_info p = {
		.action = XFRM_POLICY_ALLOW,
		.dir = dir,
		.sel.family = family,
		.lft = {
			.soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF,
			.soft_packet_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
		},
	};

	return !setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
			   family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY, &p, sizeof(p));
}

static bool set(int fd, int level, int name, int value)
{
	return !setsockopt(fd, level, name, &value, sizeof(value));
}

/* Path MTU discovery off: IKE messages are small, and black holes are not. */
static bool options(int fd, uint16_t family, uint16_t port)
{
	bool v4 = family == AF_INET;

	if (!v4 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	if (!(v4 ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) :
	      set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)))
		return false;
	if (!(v4 ? set(fd, IPPROTO_IP, IP_RECVERR, 1) :
	      set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1)))
		return false;
	if (!(v4 ? set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) :
	      set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT)))
		return false;
	/* more than the limit for users, if that is allowed */
	if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20))
		set(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20);
	if (!bypass(fd, family, XFRM_POLICY_IN) || !bypass(fd, family, XFRM_POLICY_OUT))
		return false;
	/* strips ESP into the kernel's own path */
	return port != NATT_PORT || set(fd, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP);
}

static bool open_one(struct btnsd *d, const struct ike_addr *local, uint16_t port, bool any)
{
	struct sock *s = &d->socks->sock[d->socks->n];
	struct ike_addr a = *local;
	struct sockaddr_storage ss;
	char text[ADDR_TEXT];
	socklen_t len;

	a.port = port;
	len = to_sockaddr(&ss, &a);
	s->fd = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	if (s->fd < 0 && errno == EAFNOSUPPORT && any)
		return true;	/* no IPv6 here */
	if (s->fd < 0 || !options(s->fd, a.family, port) ||
	    bind(s->fd, (struct sockaddr *)&ss, len)) {
		log_error("cannot listen at %s: %s", addr_text(&a, text), strerror(errno));
		if (s->fd >= 0)
			close(s->fd);
		return false;
	}
	s->d = d;
	s->family = a.family;
	s->port = port;
	s->bound = !any;
	s->local = a;
	d->socks->n++;
	return true;
}

/* Policies of sockets are compiled by xfrm_user: asking for it loads it. */
static void load_xfrm_user(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	if (fd >= 0)
		close(fd);
}

bool socks_open(struct btnsd *d)
{
	static const struct ike_addr all[] = { { .family = AF_INET }, { .family = AF_INET6 } };
	const struct conf_daemon *c = &d->conf->daemon;
	const struct ike_addr *list = c->n_listen ? c->listen : all;
	unsigned int i, n = c->n_listen ? c->n_listen : 2;

	d->socks = calloc(1, sizeof(*d->socks));
	if (!d->socks) {
		log_error("out of memory");
		return false;
	}
	load_xfrm_user();
	for (i = 0; i < n; i++)
		if (!open_one(d, &list[i], IKE_PORT, !c->n_listen) ||
		    !open_one(d, &list[i], NATT_PORT, !c->n_listen))
			return false;
	return true;
}

void socks_close(struct btnsd *d)
{
	unsigned int i;

	for (i = 0; d->socks && i < d->socks->n; i++) {
		if (d->socks->sock[i].event)
			event_free(d->socks->sock[i].event);
		close(d->socks->sock[i].fd);
	}
	free(d->socks);
	d->socks = NULL;
}

/* The route is asked past the policies: asking must not start a key exchange. */
bool socks_source(const struct ike_addr *peer, struct ike_addr *local)
{
	struct sockaddr_storage ss, own = { };
	socklen_t len = to_sockaddr(&ss, peer), own_len = sizeof(own);
	int fd = socket(peer->family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	bool good = fd >= 0 && bypass(fd, peer->family, XFRM_POLICY_OUT) &&
		    !connect(fd, (struct sockaddr *)&ss, len) &&
		    !getsockname(fd, (struct sockaddr *)&own, &own_len);

	if (fd >= 0)
		close(fd);
	if (good)
		from_sockaddr(local, &own);
	local->port = IKE_PORT;
	return good;
}

/* --- in ------------------------------------------------------------------------------ */

/* Where the packet was sent to. */
static bool local_of(const struct sock *s, struct msghdr *m, struct ike_addr *local)
{
	struct cmsghdr *c;

	*local = s->local;
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo p;

			memcpy(&p, CMSG_DATA(c), sizeof(p));
			memcpy(local->ip, &p.ipi_addr, 4);
			return true;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo p;

			memcpy(&p, CMSG_DATA(c), sizeof(p));
			memcpy(local->ip, &p.ipi6_addr, 16);
			if (IN6_IS_ADDR_LINKLOCAL(&p.ipi6_addr))
				local->scope = p.ipi6_ifindex;
			return true;
		}
	}
	return s->bound;
}

void socks_input(struct btnsd *d, uint16_t port, const struct ike_addr *local,
		 const struct ike_addr *peer, const uint8_t *p, size_t len)
{
	static const uint8_t marker[4];

	if (port == NATT_PORT) {
		if (len == 1 && p[0] == 0xff) {
			d->stats.drop_keepalive++;
			return;
		}
		if (len < 4 || memcmp(p, marker, 4)) {
			d->stats.drop_marker++;
			return;
		}
		p += 4;
		len -= 4;
	}
	if (len < IKE_HEADER) {
		d->stats.drop_short++;
		return;
	}
	if (!peer->port) {	/* nobody can be answered there */
		d->stats.drop_port++;
		return;
	}
	d->stats.packets_in++;
	acquire_answered(d, p);
	ike_input(d->ike, now_ms(), local, peer, p, len);
}

/*
 * What ICMP says is a hint; it is believed when it quotes a request of ours with its
 * random SPI, which nobody off the path can know.
 */
static void read_errors(struct sock *s)
{
	union { char buf[512]; struct cmsghdr align; } control;
	struct btnsd *d = s->d;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		struct sockaddr_storage ss = { };
		uint8_t quote[64];
		struct iovec iov = { quote, sizeof(quote) };
		struct msghdr m = { .msg_name = &ss, .msg_namelen = sizeof(ss), .msg_iov = &iov,
			.msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
		struct sock_extended_err e = { };
		struct ike_addr peer;
		struct cmsghdr *c;
		size_t skip = s->port == NATT_PORT ? 4 : 0;

		if (n < 0)
			return;
		for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
			if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
				memcpy(&e, CMSG_DATA(c), sizeof(e));
		if ((e.ee_origin != SO_EE_ORIGIN_ICMP && e.ee_origin != SO_EE_ORIGIN_ICMP6) ||
		    !ss.ss_family)
			continue;
		d->stats.icmp_errors++;
		from_sockaddr(&peer, &ss);
		if ((size_t)n > skip && acquire_unreachable(d, &peer, quote + skip,
							    (size_t)n - skip, (int)e.ee_errno))
			d->stats.icmp_believed++;
		ike_hint(d->ike, now_ms(), &peer);
	}
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	union { char buf[256]; struct cmsghdr align; } control;
	struct sock *s = arg;
	struct socks *all = s->d->socks;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		struct sockaddr_storage ss = { };
		struct iovec iov = { all->buf, sizeof(all->buf) };
		struct msghdr m = { .msg_name = &ss, .msg_namelen = sizeof(ss), .msg_iov = &iov,
			.msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
		struct ike_addr local, peer;
		ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* a pending error is reported once by recvmsg, too */
			read_errors(s);
			if (errno == EAGAIN || errno == EWOULDBLOCK || i)
				break;
			continue;
		}
		if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || !ss.ss_family) {
			s->d->stats.drop_truncated++;
			continue;
		}
		from_sockaddr(&peer, &ss);
		if (!local_of(s, &m, &local)) {
			s->d->stats.drop_truncated++;
			continue;
		}
		socks_input(s->d, s->port, &local, &peer, all->buf, (size_t)n);
	}
	btnsd_rearm(s->d);
}

bool socks_start(struct btnsd *d)
{
	unsigned int i;

	for (i = 0; i < d->socks->n; i++) {
		struct sock *s = &d->socks->sock[i];

		s->event = event_new(d->base, s->fd, EV_READ | EV_PERSIST, on_socket, s);
		if (!s->event || event_add(s->event, NULL))
			return false;
	}
	return true;
}

/* --- out ------------------------------------------------------------------------------ */

static struct sock *sock_for(struct btnsd *d, const struct ike_addr *local, uint16_t family)
{
	static const uint8_t none[16];
	unsigned int i;

	for (i = 0; i < d->socks->n; i++) {
		struct sock *s = &d->socks->sock[i];

		if (s->family != family || s->port != (local->port ?: IKE_PORT))
			continue;
		if (!s->bound || !memcmp(local->ip, none, 16) ||
		    !memcmp(s->local.ip, local->ip, 16))
			return s;
	}
	return NULL;
}

static size_t put_source(struct msghdr *m, const struct ike_addr *local)
{
	static const uint8_t none[16];
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!memcmp(local->ip, none, 16))
		return 0;
	if (local->family == AF_INET) {
		struct in_pktinfo p = { };

		memcpy(&p.ipi_spec_dst, local->ip, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(p));
		memcpy(CMSG_DATA(c), &p, sizeof(p));
		return CMSG_SPACE(sizeof(p));
	}
	struct in6_pktinfo p = { .ipi6_ifindex = local->scope };

	memcpy(&p.ipi6_addr, local->ip, 16);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(p));
	memcpy(CMSG_DATA(c), &p, sizeof(p));
	return CMSG_SPACE(sizeof(p));
}

/* Exchange type and flags of a first message: IKE_SA_INIT, request, no responder yet. */
static bool is_first(const uint8_t *p, size_t len)
{
	static const uint8_t none[8];

	return len >= IKE_HEADER && p[18] == 34 && !(p[19] & 0x20) && !memcmp(p + 8, none, 8);
}

void socks_send(struct btnsd *d, const struct ike_addr *local, const struct ike_addr *peer,
		const uint8_t *pkt, size_t len)
{
	union { char buf[128]; struct cmsghdr align; } control = { };
	struct sock *s = sock_for(d, local, peer->family);
	struct iovec iov = { (void *)pkt, len };
	struct sockaddr_storage ss;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_name = &ss };
	char text[ADDR_TEXT];
	size_t skip = local->port == NATT_PORT ? 4 : 0;
	int tries;

	if (!s) {
		d->stats.send_failed++;
		log_debug("no socket to send from to %s", addr_text(peer, text));
		return;
	}
	if (len > skip && is_first(pkt + skip, len - skip))
		acquire_asked(d, peer, pkt + skip);
	m.msg_namelen = to_sockaddr(&ss, peer);
	m.msg_control = &control;
	m.msg_controllen = sizeof(control);
	m.msg_controllen = put_source(&m, local);
	if (!m.msg_controllen)
		m.msg_control = NULL;
	/* an earlier ICMP error of any peer comes out of the next send: try again */
	for (tries = 0; tries < 3; tries++) {
		if (sendmsg(s->fd, &m, MSG_NOSIGNAL) >= 0) {
			d->stats.packets_out++;
			return;
		}
		if (errno != EINTR && errno != ECONNREFUSED && errno != EHOSTUNREACH)
			break;
	}
	d->stats.send_failed++;
	log_debug("cannot send to %s: %s", addr_text(peer, text), strerror(errno));
}
