// SPDX-License-Identifier: GPL-2.0-only
/* 5-tuples of packets and sockets, and the sockets behind them. */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "compat/compat.h"
#include "sctp.h"
#include "tuple.h"

static void btns_tuple_addr4(struct btns_tuple *t, __be32 local, __be32 peer)
{
	memset(t, 0, sizeof(*t));
	t->family = AF_INET;
	t->local.a4 = local;
	t->peer.a4 = peer;
}

static void btns_tuple_addr6(struct btns_tuple *t, const struct in6_addr *local,
			     const struct in6_addr *peer, int ifindex)
{
	memset(t, 0, sizeof(*t));
	t->family = AF_INET6;
	t->local.in6 = *local;
	t->peer.in6 = *peer;
	if (ipv6_addr_type(peer) & IPV6_ADDR_LINKLOCAL)
		t->scope = ifindex;
}

static bool btns_tuple_proto(struct btns_tuple *t, int proto)
{
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && proto != IPPROTO_SCTP)
		return false;
	t->proto = proto;
	return true;
}

/* Transport protocol of an IPv6 packet, and where it begins; -1: none or a later fragment. */
static int btns_find_transport6(const struct sk_buff *skb, unsigned int *off)
{
	unsigned short fragoff = 0;
	int proto;

	proto = ipv6_find_hdr(skb, off, -1, &fragoff, NULL);
	return fragoff ? -1 : proto;
}

bool btns_tuple_from_skb(const struct sk_buff *skb, u16 family, bool input,
			 struct btns_tuple *t, int *thoff)
{
	const __be16 *ports;
	__be16 buf[2];
	int off;

	if (family == AF_INET) {
		const struct iphdr *iph = ip_hdr(skb);

		if (iph->frag_off & htons(IP_OFFSET))
			return false;
		if (input)
			btns_tuple_addr4(t, iph->daddr, iph->saddr);
		else
			btns_tuple_addr4(t, iph->saddr, iph->daddr);
		if (!btns_tuple_proto(t, iph->protocol))
			return false;
		off = skb_network_offset(skb) + ip_hdrlen(skb);
	} else {
		const struct ipv6hdr *iph = ipv6_hdr(skb);
		const struct dst_entry *dst = skb_dst(skb);
		unsigned int o = 0;
		int proto = iph->nexthdr;

		if (proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP)
			o = skb_network_offset(skb) + sizeof(*iph);
		else
			proto = btns_find_transport6(skb, &o);
		if (input)
			btns_tuple_addr6(t, &iph->daddr, &iph->saddr,
					 skb->dev ? skb->dev->ifindex : 0);
		else
			btns_tuple_addr6(t, &iph->saddr, &iph->daddr,
					 dst ? dst->dev->ifindex : 0);
		if (!btns_tuple_proto(t, proto))
			return false;
		off = o;
	}
	ports = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!ports)
		return false;
	if (input) {
		t->local_port = ports[1];
		t->peer_port = ports[0];
	} else {
		t->local_port = ports[0];
		t->peer_port = ports[1];
	}
	*thoff = off;
	return true;
}

/* The quoted packet is one that we sent: its source is the local end. */
static bool btns_tuple_quoted(const struct sk_buff *skb, u16 family, int off,
			      struct btns_tuple *t)
{
	const __be16 *ports;
	__be16 buf[2];

	if (family == AF_INET) {
		const struct iphdr *iph;
		struct iphdr ibuf;

		iph = skb_header_pointer(skb, off, sizeof(ibuf), &ibuf);
		if (!iph || iph->version != 4 || iph->ihl < 5 ||
		    iph->frag_off & htons(IP_OFFSET))
			return false;
		btns_tuple_addr4(t, iph->saddr, iph->daddr);
		if (!btns_tuple_proto(t, iph->protocol))
			return false;
		off += iph->ihl * 4;
	} else {
		const struct ipv6hdr *iph;
		struct ipv6hdr ibuf;
		__be16 fragoff;
		u8 proto;

		iph = skb_header_pointer(skb, off, sizeof(ibuf), &ibuf);
		if (!iph || iph->version != 6)
			return false;
		btns_tuple_addr6(t, &iph->saddr, &iph->daddr,
				 skb->dev ? skb->dev->ifindex : 0);
		proto = iph->nexthdr;
		off = ipv6_skip_exthdr(skb, off + sizeof(ibuf), &proto, &fragoff);
		if (off < 0 || fragoff & htons(IP6_OFFSET) ||
		    !btns_tuple_proto(t, proto))
			return false;
	}
	ports = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!ports)
		return false;
	t->local_port = ports[0];
	t->peer_port = ports[1];
	return true;
}

bool btns_tuple_from_icmp(const struct sk_buff *skb, u16 family,
			  struct btns_tuple *t)
{
	unsigned int off = 0;
	const u8 *type;
	u8 buf;

	if (family == AF_INET) {
		if (ip_hdr(skb)->protocol != IPPROTO_ICMP ||
		    ip_hdr(skb)->frag_off & htons(IP_OFFSET))
			return false;
		off = skb_network_offset(skb) + ip_hdrlen(skb);
		type = skb_header_pointer(skb, off, sizeof(buf), &buf);
		if (!type)
			return false;
		switch (*type) {
		case ICMP_DEST_UNREACH:
		case ICMP_SOURCE_QUENCH:
		case ICMP_REDIRECT:
		case ICMP_TIME_EXCEEDED:
		case ICMP_PARAMETERPROB:
			break;
		default:
			return false;
		}
		off += sizeof(struct icmphdr);
	} else {
		if (btns_find_transport6(skb, &off) != IPPROTO_ICMPV6)
			return false;
		type = skb_header_pointer(skb, off, sizeof(buf), &buf);
		if (!type || *type & ICMPV6_INFOMSG_MASK)
			return false;
		off += sizeof(struct icmp6hdr);
	}
	return btns_tuple_quoted(skb, family, off, t);
}

/*
 * IPv6 puts fragments together behind LOCAL_IN, where nobody looks again.  A first
 * fragment without all headers (RFC 7112) would carry anything past the latches, and an
 * error message fits into one packet.
 */
bool btns_tuple_hidden(const struct sk_buff *skb)
{
	const int first = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	u8 proto = ipv6_hdr(skb)->nexthdr;
	unsigned int frag = 0;
	__be32 ports;
	__be16 fragoff;
	const u8 *type;
	int off;
	u8 buf;

	off = ipv6_skip_exthdr(skb, first, &proto, &fragoff);
	if (off < 0)
		return true;
	if (fragoff & htons(IP6_OFFSET))
		return false;
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return !skb_header_pointer(skb, off, sizeof(ports), &ports);
	case IPPROTO_ICMPV6:
		if (ipv6_find_hdr(skb, &frag, NEXTHDR_FRAGMENT, NULL, NULL) < 0)
			return false;
		type = skb_header_pointer(skb, off, sizeof(buf), &buf);
		return !type || !(*type & ICMPV6_INFOMSG_MASK);
	default:
		return false;
	}
}

bool btns_tuple_from_sock(const struct sock *sk, struct btns_tuple *t)
{
	const struct inet_sock *inet = inet_sk(sk);

	switch (sk->sk_family) {
	case AF_INET:
		btns_tuple_addr4(t, inet->inet_saddr, inet->inet_daddr);
		break;
#if IS_ENABLED(CONFIG_IPV6)
	case AF_INET6:
		if (ipv6_addr_v4mapped(&sk->sk_v6_daddr))
			btns_tuple_addr4(t, inet->inet_saddr, inet->inet_daddr);
		else
			btns_tuple_addr6(t, &inet6_sk(sk)->saddr, &sk->sk_v6_daddr,
					 READ_ONCE(sk->sk_bound_dev_if));
		break;
#endif
	default:
		return false;
	}
	if (!btns_tuple_proto(t, sk->sk_protocol))
		return false;
	t->local_port = inet->inet_sport;
	t->peer_port = inet->inet_dport;
	return t->local_port && t->peer_port;
}

static int btns_tuple_flow4(const struct sock *sk, __be32 local, __be32 peer,
			    struct btns_tuple *t)
{
	if (!local)
		local = inet_sk(sk)->inet_rcv_saddr;
	if (!local || !peer)
		return -EINVAL;
	btns_tuple_addr4(t, local, peer);
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static int btns_tuple_flow6(const struct sock *sk, const struct in6_addr *local,
			    const struct in6_addr *peer, u32 scope, struct btns_tuple *t)
{
	if (sk->sk_family != AF_INET6)
		return -EINVAL;
	if (ipv6_addr_v4mapped(peer)) {
		if (!ipv6_addr_any(local) && !ipv6_addr_v4mapped(local))
			return -EINVAL;
		return btns_tuple_flow4(sk, local->s6_addr32[3], peer->s6_addr32[3], t);
	}
	if (ipv6_addr_any(local))
		local = &sk->sk_v6_rcv_saddr;
	if (ipv6_addr_any(local) || ipv6_addr_any(peer))
		return -EINVAL;
	btns_tuple_addr6(t, local, peer, scope);
	return 0;
}
#endif

int btns_tuple_from_flow(const struct sock *sk, const struct btns_flow *f,
			 struct btns_tuple *t)
{
	xfrm_address_t local, peer;
	int err = -EINVAL;

	memcpy(&local, f->local, sizeof(local));
	memcpy(&peer, f->peer, sizeof(peer));
	if (f->family == AF_INET)
		err = btns_tuple_flow4(sk, local.a4, peer.a4, t);
#if IS_ENABLED(CONFIG_IPV6)
	else if (f->family == AF_INET6)
		err = btns_tuple_flow6(sk, &local.in6, &peer.in6, f->scope, t);
#endif
	if (err)
		return err;
	btns_tuple_proto(t, sk->sk_protocol);
	t->local_port = inet_sk(sk)->inet_sport;
	t->peer_port = f->peer_port;
	return t->local_port && t->peer_port ? 0 : -EINVAL;
}

void btns_tuple_ts(const struct btns_tuple *t, struct btns_ts *local, struct btns_ts *remote)
{
	memset(local, 0, sizeof(*local));
	local->family = t->family;
	local->proto = t->proto;
	local->port_start = ntohs(t->local_port);
	local->port_end = local->port_start;
	local->start = t->local;
	local->end = t->local;
	*remote = *local;
	remote->port_start = ntohs(t->peer_port);
	remote->port_end = remote->port_start;
	remote->start = t->peer;
	remote->end = t->peer;
}

struct sock *btns_tuple_sock(struct net *net, const struct btns_tuple *t, int dif)
{
	if (t->scope)
		dif = t->scope;
	if (t->proto == IPPROTO_SCTP)
		return btns_sctp_sock(net, t, dif);
	if (t->family == AF_INET) {
		if (t->proto == IPPROTO_TCP)
			return btns_lookup_tcp4(net, t->peer.a4, t->peer_port,
						t->local.a4, t->local_port, dif);
		return udp4_lib_lookup(net, t->peer.a4, t->peer_port, t->local.a4,
				       t->local_port, dif);
	}
#if IS_ENABLED(CONFIG_IPV6)
	if (t->proto == IPPROTO_TCP)
		return btns_lookup_tcp6(net, &t->peer.in6, t->peer_port, &t->local.in6,
					t->local_port, dif);
	return udp6_lib_lookup(net, &t->peer.in6, t->peer_port, &t->local.in6,
			       t->local_port, dif);
#else
	return NULL;
#endif
}

struct sock *btns_tuple_listener(struct net *net, const struct btns_tuple *t,
				 struct sk_buff *skb, int doff, int dif)
{
	if (t->family == AF_INET)
		return btns_lookup_listener4(net, skb, doff, t->peer.a4, t->peer_port,
					     t->local.a4, t->local_port, dif);
#if IS_ENABLED(CONFIG_IPV6)
	return btns_lookup_listener6(net, skb, doff, &t->peer.in6, t->peer_port,
				     &t->local.in6, t->local_port, dif);
#else
	return NULL;
#endif
}
