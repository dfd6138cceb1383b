/* SPDX-License-Identifier: GPL-2.0-only */
/* 5-tuples of packets and sockets, seen from this host. */
#ifndef _BTNS_TUPLE_H
#define _BTNS_TUPLE_H

#include <linux/jhash.h>
#include "btns.h"

struct btns_tuple {
	xfrm_address_t local, peer;
	union {
		struct {
			__be16 local_port, peer_port;
		};
		u32 ports;
	};
	union {
		struct {
			u16 family;
			u8 proto;
			u8 zero;
		};
		u32 kind;
	};
	u32 scope;			/* interface of IPv6 link-local addresses, else 0 */
};

/* Tuples of IPv4 are zero where they have nothing: only what they have is looked at. */
static inline bool btns_tuple_equal(const struct btns_tuple *a, const struct btns_tuple *b)
{
	if (a->kind != b->kind || a->ports != b->ports || a->local.a4 != b->local.a4 ||
	    a->peer.a4 != b->peer.a4)
		return false;
	return a->family == AF_INET || !memcmp(a, b, sizeof(*a));
}

static inline u32 btns_tuple_hash(const struct btns_tuple *t, u32 seed)
{
	if (t->family == AF_INET)
		return jhash_3words((__force u32)t->local.a4, (__force u32)t->peer.a4,
				    t->ports, seed ^ t->kind);
	return jhash2((const u32 *)t, sizeof(*t) / sizeof(u32), seed);
}

/*
 * Tuple of a packet that came in or leaves; *thoff is the offset of its transport
 * header.  false: no TCP, UDP or SCTP, too short, or a fragment other than the first.
 */
bool btns_tuple_from_skb(const struct sk_buff *skb, u16 family, bool input,
			 struct btns_tuple *t, int *thoff);
/* Tuple that an incoming ICMP error quotes; false: no error, or as above. */
bool btns_tuple_from_icmp(const struct sk_buff *skb, u16 family,
			  struct btns_tuple *t);
/* As selectors of this one flow. */
void btns_tuple_ts(const struct btns_tuple *t, struct btns_ts *local, struct btns_ts *remote);
/* Does an IPv6 packet that came in hide its tuple?  Ask when it shows none. */
bool btns_tuple_hidden(const struct sk_buff *skb);
/* false: not connected, or of a kind that we do not know. */
bool btns_tuple_from_sock(const struct sock *sk, struct btns_tuple *t);
/* The flow that is asked about, of an unconnected socket; 0 or -EINVAL. */
int btns_tuple_from_flow(const struct sock *sk, const struct btns_flow *f,
			 struct btns_tuple *t);
/*
 * The socket that receives packets of that tuple from its peer: TCP of any kind
 * but listening (request and time-wait among them), UDP, the SCTP association's.  A reference:
 * sock_gen_put().  dif: device that the socket may be bound to.
 */
struct sock *btns_tuple_sock(struct net *net, const struct btns_tuple *t, int dif);
/* The listening socket of a packet, no reference: RCU. */
struct sock *btns_tuple_listener(struct net *net, const struct btns_tuple *t,
				 struct sk_buff *skb, int doff, int dif);

#endif /* _BTNS_TUPLE_H */
