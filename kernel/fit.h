/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet on its way past the latches, and what is remembered of those before it. */
#ifndef _BTNS_FIT_H
#define _BTNS_FIT_H

#include <linux/tcp.h>

#include "latch.h"

struct btns_packet {
	struct btns_net *bn;
	struct sk_buff *skb;
	struct btns_tuple tuple;
	int thoff;
	bool input;
	int dif;			/* input: device it came in on */
	const struct xfrm_state *x;	/* its SA, if any */
	struct sock *sk;		/* output: the socket that sent it */
	struct tcphdr tcp;		/* copy; TCP only */
	u8 chunk;			/* type of the first; SCTP only */
};

static inline bool btns_tcp_is_syn(const struct btns_packet *pkt)
{
	return pkt->tuple.proto == IPPROTO_TCP && pkt->tcp.syn && !pkt->tcp.ack;
}

/* Everything was found in order: remember that, as of generation. */
void btns_fit_keep(struct btns_packet *pkt, struct btns_latch *l, u32 generation);
/* Is it remembered?  true: nothing else need be asked. */
bool btns_fit_holds(struct btns_packet *pkt, struct btns_latch *l, u32 generation);

#endif /* _BTNS_FIT_H */
