// SPDX-License-Identifier: GPL-2.0-only
/* XFRM policies of SPD entries, SPD cache entries and hold-offs. */
#include <linux/icmpv6.h>
#include <net/dst.h>
#include <net/xfrm.h>

#include "compat/compat.h"
#include "config.h"
#include "policy.h"
#include "spdcache.h"
#include "stats.h"
#include "tuple.h"

/* Layers of one SPD entry: the lower value wins. */
enum {
	BTNS_LAYER_LATCH,		/* one flow: stays with its peer, or has its own SAs */
	BTNS_LAYER_CACHE,		/* the peer that came last */
	BTNS_LAYER_YIELDED,		/* peers before it with the same traffic */
	BTNS_LAYER_CLEAR,		/* hold-off: never stronger than SAs */
	BTNS_LAYER_TRAP,
	BTNS_LAYERS
};

#define BTNS_PRIORITY_SYSTEM	1
#define BTNS_PRIORITY_BASE	0x1000

struct btns_policy_desc {
	u16 family;
	u8 dir;				/* XFRM_POLICY_IN, OUT, FWD */
	bool block, sure;		/* sure: whatever memory there is */
	u32 user;
	u32 priority;
	struct btns_ts local, remote;
	u32 reqid;			/* 0: no template */
	u8 mode;
	struct btns_addr outer_local, outer_peer;
};

static u32 btns_priority(const struct btns_spd_entry *e, unsigned int layer)
{
	return BTNS_PRIORITY_BASE + e->index * BTNS_LAYERS + layer;
}

static void btns_selector_end(const struct btns_ts *ts, u16 family, xfrm_address_t *addr,
			      u8 *prefixlen, __be16 *port, __be16 *mask)
{
	if (ts->family == AF_UNSPEC) {
		memset(addr, 0, sizeof(*addr));
		*prefixlen = 0;
	} else {
		*addr = ts->start;
		*prefixlen = btns_ts_prefixlen(ts);
	}
	btns_ts_port_mask(ts, port, mask);
}

/**
 * btns_policy_selector() - XFRM selector of a pair of traffic selectors
 * @sel: the result
 * @family: address family
 * @out: outbound: from @local to @remote
 * @local: our side
 * @remote: the peer's side
 */
void btns_policy_selector(struct xfrm_selector *sel, u16 family, bool out,
			  const struct btns_ts *local, const struct btns_ts *remote)
{
	const struct btns_ts *src = out ? local : remote, *dst = out ? remote : local;

	memset(sel, 0, sizeof(*sel));
	sel->family = family;
	sel->proto = local->proto;
	btns_selector_end(src, family, &sel->saddr, &sel->prefixlen_s, &sel->sport,
			  &sel->sport_mask);
	btns_selector_end(dst, family, &sel->daddr, &sel->prefixlen_d, &sel->dport,
			  &sel->dport_mask);
}

static void btns_policy_tmpl(struct xfrm_policy *pol, const struct btns_policy_desc *d)
{
	struct xfrm_tmpl *t = &pol->xfrm_vec[0];
	const bool out = d->dir == XFRM_POLICY_OUT;

	pol->xfrm_nr = 1;
	t->id.proto = IPPROTO_ESP;
	t->reqid = d->reqid;
	t->mode = d->mode;
	t->share = XFRM_SHARE_ANY;
	t->allalgs = 1;
	t->aalgos = ~0U;
	t->ealgos = ~0U;
	t->calgos = ~0U;
	t->encap_family = d->family;
	if (d->mode == BTNS_MODE_TRANSPORT)
		return;
	t->encap_family = d->outer_peer.family;
	/* inbound the reqid says all: the peer's address may change under an SA */
	if (out) {
		t->id.daddr = d->outer_peer.a;
		t->saddr = d->outer_local.a;
	}
}

static int btns_policy_insert(struct btns_net *bn, const struct btns_policy_desc *d)
{
	struct km_event c = { .event = XFRM_MSG_NEWPOLICY };
	struct xfrm_policy *pol;
	int err;

	BUILD_BUG_ON(BTNS_PRIORITY_BASE + (u64)BTNS_SPD_INDEX_MAX * BTNS_LAYERS > U32_MAX);
	pol = xfrm_policy_alloc(bn->net, d->sure ? GFP_KERNEL | __GFP_NOFAIL : GFP_KERNEL);
	if (!pol)
		return -ENOMEM;
	btns_policy_selector(&pol->selector, d->family, d->dir == XFRM_POLICY_OUT, &d->local,
			     &d->remote);
	pol->selector.user = d->user;
	pol->family = d->family;
	pol->type = XFRM_POLICY_TYPE_MAIN;
	pol->priority = d->priority;
	pol->action = d->block ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW;
	pol->lft.soft_byte_limit = XFRM_INF;
	pol->lft.hard_byte_limit = XFRM_INF;
	pol->lft.soft_packet_limit = XFRM_INF;
	pol->lft.hard_packet_limit = XFRM_INF;
	if (d->reqid)
		btns_policy_tmpl(pol, d);
	err = xfrm_policy_insert(d->dir, pol, 0);
	if (err) {
		pol->walk.dead = 1;
		xfrm_policy_destroy(pol);
		return err;
	}
	km_policy_notify(pol, d->dir, &c);
	xfrm_pol_put(pol);
	return 0;
}

static struct xfrm_policy *btns_policy_find(struct btns_net *bn,
					    const struct btns_policy_desc *d, bool delete)
{
	static const struct xfrm_mark none;
	struct xfrm_selector sel;
	int err = 0;

	btns_policy_selector(&sel, d->family, d->dir == XFRM_POLICY_OUT, &d->local,
			     &d->remote);
	sel.user = d->user;
	return xfrm_policy_bysel_ctx(bn->net, &none, 0, XFRM_POLICY_TYPE_MAIN, d->dir, &sel,
				     NULL, delete, &err);
}

/*
 * Routes that sockets remember are looked up again.  XFRM does that itself only when a
 * policy is added: without it a socket would go on in clear after a hold-off, or, on
 * older kernels, go on waiting although its SA is there.
 */
static void btns_policy_bump(struct btns_net *bn, u16 family)
{
	if (family == AF_INET)
		rt_genid_bump_ipv4(bn->net);
	else
		rt_genid_bump_ipv6(bn->net);
}

static void btns_policy_remove(struct btns_net *bn, const struct btns_policy_desc *d)
{
	struct km_event c = { .event = XFRM_MSG_DELPOLICY };
	struct xfrm_policy *pol = btns_policy_find(bn, d, true);

	if (!pol)
		return;
	km_policy_notify(pol, d->dir, &c);
	xfrm_pol_put(pol);
}

/* Call fn for every family that an entry speaks of. */
#define for_each_btns_family(family, e)						\
	for ((family) = AF_INET; (family);					\
	     (family) = (family) == AF_INET ? AF_INET6 : 0)			\
		if (btns_spd_has_family(e, family))

static bool btns_spd_has_family(const struct btns_spd_entry *e, u16 family)
{
	return (e->local.family == AF_UNSPEC || e->local.family == family) &&
	       (e->remote.family == AF_UNSPEC || e->remote.family == family);
}

static bool btns_policy_forwards(u8 mode)
{
	return mode == BTNS_MODE_TUNNEL;
}

/* What the entry does in one direction, see the table in policy.h. */
static void btns_policy_of_spd(struct btns_policy_desc *d, const struct btns_spd_entry *e,
			       u16 family, u8 dir)
{
	memset(d, 0, sizeof(*d));
	d->family = family;
	d->dir = dir;
	d->user = e->id;
	d->priority = btns_priority(e, BTNS_LAYER_TRAP);
	d->local = e->local;
	d->remote = e->remote;
	/*
	 * No SA has the reqid of an SPD entry, so that the mode does not matter: in
	 * transport mode XFRM asks for every pair of hosts, not for every gateway.
	 */
	d->mode = BTNS_MODE_TRANSPORT;
	switch (e->class) {
	case BTNS_CLASS_BLOCK:
		d->block = true;
		break;
	case BTNS_CLASS_PRIVATE:
		d->reqid = e->id;
		break;
	case BTNS_CLASS_PRIVATE_OR_CLEAR:
		if (dir == XFRM_POLICY_OUT)
			d->reqid = e->id;
		break;
	}
}

static const u8 btns_dirs[] = { XFRM_POLICY_IN, XFRM_POLICY_FWD, XFRM_POLICY_OUT };

/* Those that policies of such SAs have. */
#define for_each_btns_dir(i, mode)						\
	for ((i) = 0; (i) < ARRAY_SIZE(btns_dirs); (i)++)			\
		if (btns_dirs[i] != XFRM_POLICY_FWD || btns_policy_forwards(mode))

/*
 * ICMPv6 types without which no ESP packet finds its way: neighbour discovery
 * (RFC 4861), and multicast listener reports, by which switches forward it.
 */
static const u8 btns_system_types[] = {
	ICMPV6_MGM_QUERY, ICMPV6_MGM_REPORT, ICMPV6_MGM_REDUCTION, ICMPV6_MLD2_REPORT,
	NDISC_ROUTER_SOLICITATION, NDISC_ROUTER_ADVERTISEMENT,
	NDISC_NEIGHBOUR_SOLICITATION, NDISC_NEIGHBOUR_ADVERTISEMENT, NDISC_REDIRECT,
};

static int btns_policy_system(struct btns_net *bn)
{
	static const u8 dirs[] = { XFRM_POLICY_IN, XFRM_POLICY_OUT };
	struct btns_policy_desc d;
	struct btns_ts *ts;
	unsigned int i, j;
	int err;

	for (i = 0; i < ARRAY_SIZE(btns_system_types); i++) {
		for (j = 0; j < ARRAY_SIZE(dirs); j++) {
			memset(&d, 0, sizeof(d));
			d.family = AF_INET6;
			d.dir = dirs[j];
			d.user = BTNS_POLICY_SYSTEM | btns_system_types[i];
			d.priority = BTNS_PRIORITY_SYSTEM;
			d.local.proto = IPPROTO_ICMPV6;
			d.local.port_end = 65535;
			d.remote = d.local;
			/* the type stands where XFRM has the source port */
			ts = d.dir == XFRM_POLICY_OUT ? &d.local : &d.remote;
			ts->port_start = btns_system_types[i];
			ts->port_end = btns_system_types[i];
			err = btns_policy_insert(bn, &d);
			if (err)
				return err;
		}
	}
	bn->system_policies = true;
	return 0;
}

/**
 * btns_policy_add_spd() - trap policies of an SPD entry
 * @bn: namespace, locked
 * @e: the entry
 * @extack: why not
 *
 * Return: 0 or a negative errno, then nothing was added.
 */
int btns_policy_add_spd(struct btns_net *bn, const struct btns_spd_entry *e,
			struct netlink_ext_ack *extack)
{
	struct btns_policy_desc d;
	unsigned int i;
	u16 family;
	int err;

	lockdep_assert_held(&bn->lock);
	if (!bn->system_policies && IS_ENABLED(CONFIG_IPV6)) {
		err = btns_policy_system(bn);
		if (err)
			goto fail;
	}
	if (bn->saved_larval_drop < 0) {
		/* packets wait for their SA instead of being lost */
		bn->saved_larval_drop = bn->net->xfrm.sysctl_larval_drop;
		WRITE_ONCE(bn->net->xfrm.sysctl_larval_drop, 0);
	}
	for_each_btns_family(family, e) {
		for_each_btns_dir(i, e->mode) {
			btns_policy_of_spd(&d, e, family, btns_dirs[i]);
			err = btns_policy_insert(bn, &d);
			if (err) {
				btns_policy_del_spd(bn, e);
				goto fail;
			}
		}
	}
	return 0;

fail:
	NL_SET_ERR_MSG(extack, "XFRM refuses the policies of an SPD entry");
	return err;
}

/**
 * btns_policy_del_spd() - remove the trap policies of an SPD entry
 * @bn: namespace, locked
 * @e: the entry
 */
void btns_policy_del_spd(struct btns_net *bn, const struct btns_spd_entry *e)
{
	struct btns_policy_desc d;
	unsigned int i;
	u16 family;

	for_each_btns_family(family, e) {
		for (i = 0; i < ARRAY_SIZE(btns_dirs); i++) {
			btns_policy_of_spd(&d, e, family, btns_dirs[i]);
			btns_policy_remove(bn, &d);
		}
		btns_policy_bump(bn, family);
	}
}

static void btns_policy_of_cache(struct btns_policy_desc *d, const struct btns_spdc *c,
				 u8 dir)
{
	const bool own = c->own && dir == XFRM_POLICY_OUT;

	memset(d, 0, sizeof(*d));
	d->family = c->local.family;
	d->dir = dir;
	d->user = c->own ? c->reqid_out : c->reqid;
	d->priority = btns_priority(c->spd, own ? BTNS_LAYER_LATCH :
				    c->yielded ? BTNS_LAYER_YIELDED : BTNS_LAYER_CACHE);
	d->local = c->local;
	d->remote = c->remote;
	d->reqid = own ? c->reqid_out : c->reqid;
	d->mode = c->mode;
	d->outer_local = c->outer_local;
	d->outer_peer = c->outer_peer;
}

/* One packet that waited: look up its way again, and let it go or wait on. */
static void btns_policy_resend_one(struct btns_net *bn, struct sk_buff *skb)
{
	struct dst_entry *old = skb_dst(skb), *dst;
	struct flowi fl;

	memset(&fl, 0, sizeof(fl));
	if (btns_xfrm_decode_session(bn->net, skb, &fl, old->ops->family) < 0) {
		kfree_skb(skb);
		return;
	}
	dst_hold(xfrm_dst_path(old));
	dst = xfrm_lookup(bn->net, xfrm_dst_path(old), &fl, skb->sk, XFRM_LOOKUP_QUEUE);
	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return;
	}
	nf_reset_ct(skb);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	dst_output(bn->net, skb_to_full_sk(skb), skb);
}

static void btns_policy_resend(struct btns_net *bn, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	local_bh_disable();
	while ((skb = __skb_dequeue(list)))
		btns_policy_resend_one(bn, skb);
	local_bh_enable();
}

/* Take all packets that wait at a policy. */
static void btns_policy_held(struct btns_net *bn, const struct btns_policy_desc *d,
			     struct sk_buff_head *list)
{
	struct xfrm_policy *pol = btns_policy_find(bn, d, false);

	if (!pol)
		return;
	/* XFRM's timer looks at the first packet without the lock: not while we take it */
	if (timer_delete_sync(&pol->polq.hold_timer))
		xfrm_pol_put(pol);
	spin_lock_bh(&pol->polq.hold_queue.lock);
	skb_queue_splice_tail_init(&pol->polq.hold_queue, list);
	pol->polq.timeout = 0;
	spin_unlock_bh(&pol->polq.hold_queue.lock);
	xfrm_pol_put(pol);
}

/**
 * btns_policy_del_cache() - a peer has no SAs any more
 * @bn: namespace, locked
 * @c: SPD cache entry
 *
 * What was protected falls to the traps, never past them; packets that wait for an SA
 * of the peer wait there.
 */
void btns_policy_del_cache(struct btns_net *bn, const struct btns_spdc *c)
{
	struct btns_policy_desc d;
	struct sk_buff_head list;
	unsigned int i;

	__skb_queue_head_init(&list);
	btns_policy_of_cache(&d, c, XFRM_POLICY_OUT);
	btns_policy_held(bn, &d, &list);
	for (i = ARRAY_SIZE(btns_dirs); i-- > 0;) {
		btns_policy_of_cache(&d, c, btns_dirs[i]);
		btns_policy_remove(bn, &d);
	}
	btns_policy_bump(bn, d.family);
	btns_policy_resend(bn, &list);
}

int btns_policy_insert_cache(struct btns_net *bn, const struct btns_spdc *c)
{
	struct btns_policy_desc d;
	unsigned int i;
	int err;

	for_each_btns_dir(i, c->mode) {
		btns_policy_of_cache(&d, c, btns_dirs[i]);
		err = btns_policy_insert(bn, &d);
		if (err)
			return err;
	}
	return 0;
}

/**
 * btns_policy_add_cache() - policies that demand a peer's SAs
 * @bn: namespace, locked
 * @c: SPD cache entry
 * @extack: why not
 *
 * Other peers that have SAs for the same traffic yield: a peer that comes again with a
 * new key is reached at once.  Return: 0 or a negative errno, then nothing was added.
 */
int btns_policy_add_cache(struct btns_net *bn, struct btns_spdc *c,
			  struct netlink_ext_ack *extack)
{
	const bool yielded = c->yielded;
	struct btns_spdc *o;
	int bucket, err;

	c->yielded = false;
	err = btns_policy_insert_cache(bn, c);
	if (err) {
		NL_SET_ERR_MSG(extack, "XFRM refuses the policies of the SAs");
		c->yielded = yielded;
		if (!c->active)
			btns_policy_del_cache(bn, c);
		return err;
	}
	hash_for_each(bn->spdcs, bucket, o, node) {
		if (o->spd != c->spd || o->reqid == c->reqid || !o->active || o->yielded ||
		    !btns_ts_overlap(&o->local, &c->local) ||
		    !btns_ts_overlap(&o->remote, &c->remote))
			continue;
		o->yielded = true;
		if (btns_policy_insert_cache(bn, o))
			btns_stat_inc(bn, BTNS_STAT_NOMEM);
	}
	return 0;
}

static void btns_policy_of_latch(struct btns_policy_desc *d, const struct btns_spdc *c,
				 const struct btns_tuple *t, u8 dir)
{
	btns_policy_of_cache(d, c, dir);
	d->user = BTNS_POLICY_LATCH | (c->reqid & ~0xff000000U);
	d->priority = btns_priority(c->spd, BTNS_LAYER_LATCH);
	btns_tuple_ts(t, &d->local, &d->remote);
}

/**
 * btns_policy_add_latch() - keep one flow with a peer to whom others have come
 * @bn: namespace, locked
 * @c: SPD cache entry of the peer
 * @t: the flow
 *
 * Return: 0 or a negative errno, then nothing was added.
 */
int btns_policy_add_latch(struct btns_net *bn, const struct btns_spdc *c,
			  const struct btns_tuple *t)
{
	struct btns_policy_desc d;
	int err;

	btns_policy_of_latch(&d, c, t, XFRM_POLICY_IN);
	err = btns_policy_insert(bn, &d);
	if (err)
		return err;
	btns_policy_of_latch(&d, c, t, XFRM_POLICY_OUT);
	err = btns_policy_insert(bn, &d);
	if (err)
		btns_policy_del_latch(bn, c->reqid, t);
	return err;
}

void btns_policy_del_latch(struct btns_net *bn, u32 reqid, const struct btns_tuple *t)
{
	struct btns_policy_desc d = {
		.family = t->family,
		.user = BTNS_POLICY_LATCH | (reqid & ~0xff000000U),
		.dir = XFRM_POLICY_OUT,
	};

	btns_tuple_ts(t, &d.local, &d.remote);
	btns_policy_remove(bn, &d);
	d.dir = XFRM_POLICY_IN;
	btns_policy_remove(bn, &d);
	btns_policy_bump(bn, d.family);
}

static void btns_policy_of_clear(struct btns_policy_desc *d, const struct btns_spd_entry *e,
				 const struct btns_ts *local, const struct btns_ts *remote,
				 u8 dir)
{
	memset(d, 0, sizeof(*d));
	d->family = local->family;
	d->dir = dir;
	d->user = BTNS_POLICY_CLEAR | (e->id & ~0xff000000U);
	d->priority = btns_priority(e, BTNS_LAYER_CLEAR);
	d->local = *local;
	d->remote = *remote;
}

/**
 * btns_policy_add_clear() - let a host pair talk in clear
 * @bn: namespace, locked
 * @e: SPD entry of a class that may
 * @local: our side
 * @remote: the peer's side
 *
 * Return: 0 or a negative errno, then nothing was added.
 */
int btns_policy_add_clear(struct btns_net *bn, const struct btns_spd_entry *e,
			  const struct btns_ts *local, const struct btns_ts *remote)
{
	struct btns_policy_desc d;
	int err;

	btns_policy_of_clear(&d, e, local, remote, XFRM_POLICY_IN);
	err = btns_policy_insert(bn, &d);
	if (err)
		return err;
	btns_policy_of_clear(&d, e, local, remote, XFRM_POLICY_OUT);
	err = btns_policy_insert(bn, &d);
	if (err)
		btns_policy_del_clear(bn, e, local, remote);
	return err;
}

void btns_policy_del_clear(struct btns_net *bn, const struct btns_spd_entry *e,
			   const struct btns_ts *local, const struct btns_ts *remote)
{
	struct btns_policy_desc d;

	btns_policy_of_clear(&d, e, local, remote, XFRM_POLICY_OUT);
	btns_policy_remove(bn, &d);
	btns_policy_of_clear(&d, e, local, remote, XFRM_POLICY_IN);
	btns_policy_remove(bn, &d);
	btns_policy_bump(bn, d.family);
}

/**
 * btns_policy_kick() - release what waits at the traps of an SPD entry
 * @bn: namespace, locked
 * @e: the entry
 *
 * Packets whose peer has no SA yet go on waiting.  Not by XFRM's own timer: it looks at
 * the first packet only, and one silent peer would hold back the packets to all others.
 */
void btns_policy_kick(struct btns_net *bn, const struct btns_spd_entry *e)
{
	struct btns_policy_desc d;
	struct sk_buff_head list;
	u16 family;

	__skb_queue_head_init(&list);
	for_each_btns_family(family, e) {
		btns_policy_of_spd(&d, e, family, XFRM_POLICY_OUT);
		btns_policy_held(bn, &d, &list);
	}
	if (skb_queue_empty(&list))
		return;
	btns_stat_inc(bn, BTNS_STAT_HOLD_KICKED);
	btns_policy_resend(bn, &list);
}

/* Is it a packet of that traffic? */
static bool btns_skb_is(struct btns_net *bn, struct sk_buff *skb, const struct btns_ts *local,
			const struct btns_ts *remote)
{
	const u16 family = skb_dst(skb)->ops->family;
	struct btns_ts src = { .family = family }, dst = { .family = family };
	const union flowi_uli *uli;
	struct flowi fl;

	memset(&fl, 0, sizeof(fl));
	if (btns_xfrm_decode_session(bn->net, skb, &fl, family) < 0)
		return true;
	memcpy(&src.start, xfrm_flowi_saddr(&fl, family), btns_addr_len(family));
	memcpy(&dst.start, xfrm_flowi_daddr(&fl, family), btns_addr_len(family));
	src.end = src.start;
	dst.end = dst.start;
	src.proto = fl.flowi_proto;
	dst.proto = fl.flowi_proto;
	uli = family == AF_INET ? &fl.u.ip4.uli : &fl.u.ip6.uli;
	src.port_start = ntohs(xfrm_flowi_sport(&fl, uli));
	src.port_end = src.port_start;
	dst.port_start = ntohs(xfrm_flowi_dport(&fl, uli));
	dst.port_end = dst.port_start;
	return btns_ts_within(&src, local) && btns_ts_within(&dst, remote);
}

/**
 * btns_policy_drop_held() - drop what waits for a peer that cannot be reached
 * @bn: namespace, locked
 * @e: the entry
 * @local: our side
 * @remote: the peer's side
 *
 * Otherwise it would fill the queue that all peers of the entry share.
 */
void btns_policy_drop_held(struct btns_net *bn, const struct btns_spd_entry *e,
			   const struct btns_ts *local, const struct btns_ts *remote)
{
	struct sk_buff *skb, *next;
	struct btns_policy_desc d;
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	btns_policy_of_spd(&d, e, local->family, XFRM_POLICY_OUT);
	btns_policy_held(bn, &d, &list);
	skb_queue_walk_safe(&list, skb, next) {
		if (btns_skb_is(bn, skb, local, remote)) {
			__skb_unlink(skb, &list);
			kfree_skb(skb);
		}
	}
	btns_policy_resend(bn, &list);
}

int btns_policy_init(struct btns_net *bn)
{
	bn->saved_larval_drop = -1;
	return 0;
}

struct btns_policy_scan {
	u32 kind;
	struct xfrm_policy *found;
	int dir;
};

static int btns_policy_match(struct xfrm_policy *pol, int dir, int count, void *ptr)
{
	struct btns_policy_scan *s = ptr;

	if (BTNS_POLICY_KIND((u32)pol->selector.user) != s->kind || pol->walk.dead)
		return 0;
	xfrm_pol_hold(pol);
	s->found = pol;
	s->dir = dir;
	return -EINTR;
}

/* Delete every policy of one kind. */
static void btns_policy_purge(struct btns_net *bn, u32 kind)
{
	struct btns_policy_scan s = { .kind = kind };

	for (;;) {
		struct xfrm_policy_walk walk;

		s.found = NULL;
		xfrm_policy_walk_init(&walk, XFRM_POLICY_TYPE_MAIN);
		xfrm_policy_walk(bn->net, &walk, btns_policy_match, &s);
		xfrm_policy_walk_done(&walk, bn->net);
		if (!s.found)
			return;
		xfrm_policy_delete(s.found, s.dir);
		xfrm_pol_put(s.found);
	}
}

void btns_policy_drop_leftovers(struct btns_net *bn)
{
	if (bn->leftovers_gone)
		return;
	btns_policy_purge(bn, BTNS_POLICY_BLOCKED);
	bn->leftovers_gone = true;
}

/* The policy stays without us; what was protected is blocked. */
static void btns_policy_leave(struct btns_net *bn, struct btns_policy_desc *d)
{
	d->block |= !!d->reqid;
	d->reqid = 0;
	d->sure = true;
	d->user = BTNS_POLICY_BLOCKED | (d->user & ~0xff000000U);
	if (btns_policy_insert(bn, d))
		pr_warn("btns: out of memory: a protected flow is not blocked\n");
}

static void btns_policy_leave_all(struct btns_net *bn)
{
	struct btns_policy_desc d;
	struct btns_spd_entry *e;
	struct btns_spdc *c;
	unsigned int i;
	int bucket;
	u16 family;

	/* entries in clear too: they are exceptions from those behind them */
	list_for_each_entry(e, &btns_config(bn)->spd, list) {
		for_each_btns_family(family, e) {
			for_each_btns_dir(i, e->mode) {
				btns_policy_of_spd(&d, e, family, btns_dirs[i]);
				/* this class may fall back to clear; its live SAs see below */
				if (e->class == BTNS_CLASS_PRIVATE_OR_CLEAR)
					d.reqid = 0;
				btns_policy_leave(bn, &d);
			}
		}
	}
	hash_for_each(bn->spdcs, bucket, c, node) {
		if (!c->active)
			continue;
		for_each_btns_dir(i, c->mode) {
			btns_policy_of_cache(&d, c, btns_dirs[i]);
			btns_policy_leave(bn, &d);
		}
	}
}

/**
 * btns_policy_exit() - the module leaves a namespace
 * @bn: namespace
 * @namespace_dies: then nothing can flow, and nothing is left behind
 *
 * Otherwise what was protected is blocked until a new life of the module brings a
 * configuration, or the administrator removes the policies.
 */
void btns_policy_exit(struct btns_net *bn, bool namespace_dies)
{
	mutex_lock(&bn->lock);
	if (!namespace_dies)
		btns_policy_leave_all(bn);
	btns_policy_purge(bn, BTNS_POLICY_TRAP);
	btns_policy_purge(bn, BTNS_POLICY_CLEAR);
	btns_policy_purge(bn, BTNS_POLICY_LATCH);
	/* blocked flows of IPv6 must not block neighbour discovery for the others */
	if (namespace_dies || (bn->leftovers_gone && list_empty(&btns_config(bn)->spd)))
		btns_policy_purge(bn, BTNS_POLICY_SYSTEM);
	if (bn->saved_larval_drop >= 0)
		WRITE_ONCE(bn->net->xfrm.sysctl_larval_drop, bn->saved_larval_drop);
	mutex_unlock(&bn->lock);
}

/**
 * btns_policy_reinstall() - somebody flushed XFRM's policies: ours come back
 * @bn: namespace, locked.  Return: false if some did not; those that did stay.
 */
bool btns_policy_reinstall(struct btns_net *bn)
{
	struct btns_spd_entry *e;
	struct btns_spdc *c;
	bool all = true;
	int bucket;

	bn->system_policies = false;
	list_for_each_entry(e, &btns_config(bn)->spd, list)
		if (btns_policy_add_spd(bn, e, NULL))
			all = false;
	hash_for_each(bn->spdcs, bucket, c, node)
		if (c->active && btns_policy_insert_cache(bn, c))
			all = false;
	if (!all)
		btns_stat_inc(bn, BTNS_STAT_NOMEM);
	return all;
}
