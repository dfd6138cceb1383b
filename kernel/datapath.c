// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hold packets to their latch.
 *
 * A packet of this host passes LOCAL_IN after decryption with its sec_path, or
 * POST_ROUTING before encryption with its SA in dst->xfrm; both times with its own
 * addresses and ports.  Packets that were encapsulated here pass POST_ROUTING once
 * more, forwarded ones pass it too: both are left alone.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat/compat.h"
#include "datapath.h"
#include "judge.h"
#include "latch.h"
#include "sctp.h"
#include "stats.h"

static const struct xfrm_state *btns_skb_state_in(const struct sk_buff *skb)
{
	const struct sec_path *sp = skb_sec_path(skb);

	/* the innermost: the one that this packet was in */
	return sp && sp->len ? sp->xvec[sp->len - 1] : NULL;
}

static const struct xfrm_state *btns_skb_state_out(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst ? dst->xfrm : NULL;
}

static bool btns_packet_transport(struct btns_packet *pkt)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (pkt->tuple.proto == IPPROTO_SCTP)
		pkt->chunk = btns_sctp_first_chunk(pkt->skb, pkt->thoff);
	if (pkt->tuple.proto != IPPROTO_TCP)
		return true;
	th = skb_header_pointer(pkt->skb, pkt->thoff, sizeof(buf), &buf);
	if (!th)
		return false;
	pkt->tcp = *th;
	return true;
}

/* No latch, no wish: packets in clear are nobody's business. */
static bool btns_nothing_held(struct btns_net *bn)
{
	return !atomic_read(&bn->latch_count) && !atomic_read(&bn->want_count);
}

/* A packet in that was under no SA: no latch and no wish can concern it. */
static bool btns_in_is_nothing(struct btns_net *bn, const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4 ? ip_hdr(skb)->protocol == IPPROTO_ESP :
				 ipv6_hdr(skb)->nexthdr == IPPROTO_ESP)
		return true;
	return btns_nothing_held(bn);
}

static unsigned int btns_hook_in(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct btns_packet pkt;

	pkt.bn = priv;
	pkt.x = btns_skb_state_in(skb);
	if (!pkt.x && btns_in_is_nothing(pkt.bn, skb, state->pf))
		return NF_ACCEPT;
	pkt.skb = skb;
	pkt.input = true;
	pkt.sk = NULL;
	pkt.dif = state->in ? state->in->ifindex : 0;
	if (btns_tuple_from_skb(skb, state->pf, true, &pkt.tuple, &pkt.thoff))
		return btns_packet_transport(&pkt) ? btns_judge(&pkt) : NF_ACCEPT;
	if (!atomic_read(&pkt.bn->latch_count))
		return NF_ACCEPT;
	if (state->pf == NFPROTO_IPV6 && btns_tuple_hidden(skb)) {
		btns_stat_inc(pkt.bn, BTNS_STAT_IN_INCOMPLETE);
		return NF_DROP;
	}
	if (btns_tuple_from_icmp(skb, state->pf, &pkt.tuple))
		return btns_judge_icmp(&pkt);
	return NF_ACCEPT;
}

static bool btns_skb_not_ours(const struct sk_buff *skb, u16 family)
{
	if (family == AF_INET)
		return IPCB(skb)->flags & (IPSKB_XFRM_TRANSFORMED | IPSKB_FORWARDED);
	return IP6CB(skb)->flags & (IP6SKB_XFRM_TRANSFORMED | IP6SKB_FORWARDED);
}

static unsigned int btns_hook_out(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct btns_packet pkt;

	if (btns_skb_not_ours(skb, state->pf))
		return NF_ACCEPT;
	pkt.bn = priv;
	pkt.x = btns_skb_state_out(skb);
	if (!pkt.x && btns_nothing_held(pkt.bn))
		return NF_ACCEPT;
	pkt.skb = skb;
	pkt.input = false;
	pkt.dif = 0;
	if (!btns_tuple_from_skb(skb, state->pf, false, &pkt.tuple, &pkt.thoff) ||
	    !btns_packet_transport(&pkt))
		return NF_ACCEPT;
	return btns_judge(&pkt);
}

/* After everything that may still change addresses or refuse. */
static const struct nf_hook_ops btns_hooks[] = {
	{
		.hook = btns_hook_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	}, {
		.hook = btns_hook_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_LAST,
#if IS_ENABLED(CONFIG_IPV6)
	}, {
		.hook = btns_hook_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	}, {
		.hook = btns_hook_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_LAST,
#endif
	},
};

static int btns_datapath_register(struct btns_net *bn)
{
	unsigned int i;
	int err;

	BUILD_BUG_ON(ARRAY_SIZE(btns_hooks) > ARRAY_SIZE(bn->hook_ops));
	lockdep_assert_held(&bn->hook_lock);
	if (bn->hooked)
		return 0;
	for (i = 0; i < ARRAY_SIZE(btns_hooks); i++) {
		bn->hook_ops[i] = btns_hooks[i];
		bn->hook_ops[i].priv = bn;
	}
	err = nf_register_net_hooks(bn->net, bn->hook_ops, ARRAY_SIZE(btns_hooks));
	if (!err)
		bn->hooked = true;
	return err;
}

static void btns_datapath_unregister(struct btns_net *bn)
{
	lockdep_assert_held(&bn->hook_lock);
	if (!bn->hooked)
		return;
	nf_unregister_net_hooks(bn->net, bn->hook_ops, ARRAY_SIZE(btns_hooks));
	bn->hooked = false;
	/* a hook that still runs may make a latch */
	synchronize_net();
}

int btns_datapath_get(struct btns_net *bn)
{
	int err;

	mutex_lock(&bn->hook_lock);
	err = btns_datapath_register(bn);
	if (!err)
		bn->hook_users++;
	mutex_unlock(&bn->hook_lock);
	return err;
}

void btns_datapath_settle(struct btns_net *bn)
{
	mutex_lock(&bn->hook_lock);
	if (!bn->hook_users && !atomic_read(&bn->latch_count)) {
		btns_datapath_unregister(bn);
		/* that latch keeps the hooks; without them it would hold nothing */
		if (atomic_read(&bn->latch_count) && btns_datapath_register(bn))
			btns_stat_inc(bn, BTNS_STAT_NOMEM);
	}
	mutex_unlock(&bn->hook_lock);
}

void btns_datapath_put(struct btns_net *bn)
{
	mutex_lock(&bn->hook_lock);
	if (!WARN_ON_ONCE(!bn->hook_users))
		bn->hook_users--;
	mutex_unlock(&bn->hook_lock);
	btns_datapath_settle(bn);
}

void btns_datapath_stop(struct btns_net *bn)
{
	mutex_lock(&bn->hook_lock);
	btns_datapath_unregister(bn);
	mutex_unlock(&bn->hook_lock);
}
