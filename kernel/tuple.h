/* SPDX-License-Identifier: GPL-2.0-only */
/* 5-tuples of packets and sockets, seen from this host. */
#ifndef _BTNS_TUPLE_H
#define _BTNS_TUPLE_H

#include "btns.h"

struct btns_tuple {
	xfrm_address_t local, peer;
	__be16 local_port, peer_port;
	u16 family;
	u8 proto;
	u8 zero;
	u32 scope;			/* interface of IPv6 link-local addresses, else 0 */
};

/* false: no TCP or UDP, a fragment, or too short. */
bool btns_tuple_from_skb(const struct sk_buff *skb, u16 family, bool input,
			 struct btns_tuple *t);
/* false: not connected, or a family that we do not know. */
bool btns_tuple_from_sock(const struct sock *sk, struct btns_tuple *t);

#endif /* _BTNS_TUPLE_H */
