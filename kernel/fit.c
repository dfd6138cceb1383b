// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the first packet of a latch under an SA has shown need not be shown by the next
 * ones: that the SA is of the latch's peer and of its kind; and, of packets that come in,
 * that XFRM's policies let such a packet pass.
 *
 * XFRM looks at the policies behind LOCAL_IN, for every packet again.  It is asked here
 * with the first packet, and IPSKB_NOPOLICY spares the next ones: their addresses, ports
 * and SA are the same, so its answer would be.  Any change of the SAD or of policies, by
 * whomever, changes the generation and ends that; so does the age of the answer, for the
 * sake of policies that count when they were used.  IPv6 has no such flag.
 */
#include <net/ip.h>
#include <net/xfrm.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#endif

#include "compat/compat.h"
#include "fit.h"

#define BTNS_POLICY_AGE		HZ

/* XFRM looks at the addresses before NAT. */
static bool btns_fit_natted(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct && READ_ONCE(ct->status) & IPS_NAT_MASK;
#else
	return false;
#endif
}

static bool btns_fit_policy_known(const struct btns_packet *pkt)
{
	return pkt->tuple.family == AF_INET && skb_sec_path(pkt->skb)->len == 1 &&
	       !btns_fit_natted(pkt->skb);
}

/* The owner, and nobody else with the same addresses and ports. */
static bool btns_fit_owner(const struct btns_packet *pkt, struct btns_latch *l)
{
	struct sock *sk = pkt->skb->sk;

	return sk && sk_fullsock(sk) && READ_ONCE(l->cookie) && btns_latch_is_of(l, sk);
}

void btns_fit_keep(struct btns_packet *pkt, struct btns_latch *l, u32 generation)
{
	struct btns_fit *f = pkt->input ? &l->fit_in : &l->fit_out;
	struct sk_buff *skb = pkt->skb;
	struct btns_fit new = {
		.x = pkt->x,
		.generation = generation,
	};

	if (READ_ONCE(l->state) != BTNS_LATCH_ESTABLISHED ||
	    (!pkt->input && !btns_fit_owner(pkt, l)))
		return;
	if (pkt->input && btns_fit_policy_known(pkt)) {
		new.policy = xfrm_policy_check(NULL, XFRM_POLICY_IN, skb, AF_INET);
		new.until = (u32)jiffies + BTNS_POLICY_AGE;
		new.mark = skb->mark;
		new.dif = pkt->dif;
		new.verified = skb_sec_path(skb)->verified_cnt;
	}
	spin_lock_bh(&l->lock);
	write_seqcount_begin(&l->fit_seq);
	*f = new;
	write_seqcount_end(&l->fit_seq);
	spin_unlock_bh(&l->lock);
}

static bool btns_fit_policy(const struct btns_packet *pkt, const struct btns_fit *f)
{
	return f->policy && f->mark == pkt->skb->mark && f->dif == pkt->dif &&
	       btns_fit_policy_known(pkt);
}

bool btns_fit_holds(struct btns_packet *pkt, struct btns_latch *l, u32 generation)
{
	struct btns_fit *f = pkt->input ? &l->fit_in : &l->fit_out;
	unsigned int seq;
	bool policy = false;
	u16 verified = 0;

	if (READ_ONCE(l->state) != BTNS_LATCH_ESTABLISHED)
		return false;
	seq = raw_read_seqcount(&l->fit_seq);
	if (seq & 1 || f->x != pkt->x || !pkt->x || f->generation != generation)
		return false;
	if (pkt->input) {
		if (btns_tcp_is_syn(pkt))
			return false;
		policy = btns_fit_policy(pkt, f);
		verified = f->verified;
		if (f->policy && (s32)(f->until - (u32)jiffies) <= 0)
			return false;
	} else if (!btns_fit_owner(pkt, l)) {
		return false;
	}
	if (read_seqcount_retry(&l->fit_seq, seq))
		return false;
	if (policy) {
		skb_sec_path(pkt->skb)->verified_cnt = verified;
		IPCB(pkt->skb)->flags |= IPSKB_NOPOLICY;
	}
	return true;
}
