// SPDX-License-Identifier: GPL-2.0-only
/* Security policy database: search and narrowing for Child SAs. */
#include <linux/slab.h>

#include "compat/compat.h"
#include "config.h"
#include "spd.h"

/**
 * btns_spd_entry_get() - take a reference
 * @e: the entry
 */
void btns_spd_entry_get(struct btns_spd_entry *e)
{
	refcount_inc(&e->refs);
}

/**
 * btns_spd_entry_put() - drop a reference
 * @e: the entry or NULL
 *
 * Any context.
 */
void btns_spd_entry_put(struct btns_spd_entry *e)
{
	if (!e || !refcount_dec_and_test(&e->refs))
		return;
	kfree(e->peer_id);
	kfree_rcu(e, rcu);
}

/**
 * btns_spd_by_id() - find an entry by its number
 * @c: configuration in force; bn->lock is held
 * @id: number
 */
struct btns_spd_entry *btns_spd_by_id(struct btns_config *c, u32 id)
{
	struct btns_spd_entry *e;

	list_for_each_entry(e, &c->spd, list)
		if (e->id == id)
			return e;
	return NULL;
}

static bool btns_spd_protects(const struct btns_spd_entry *e)
{
	return e->class == BTNS_CLASS_PRIVATE ||
	       e->class == BTNS_CLASS_PRIVATE_OR_CLEAR ||
	       e->class == BTNS_CLASS_CLEAR_OR_PRIVATE;
}

/* May that peer see the entry at all (RFC5386/15, 16, 18)? */
static bool btns_spd_visible(const struct btns_spd_entry *e,
			     const struct btns_pad_entry *pad,
			     const struct btns_identity_desc *peer)
{
	if (btns_pad_is_btns(pad) && !e->btns_ok)
		return false;
	if (pad->match == BTNS_PAD_MATCH_NULL && !e->null_ok)
		return false;
	if (!e->by_peer)
		return !pad->by_id;
	/* the key was proved, whichever PAD entry let it in */
	if (e->peer_by_key)
		return peer->spki_len && !memcmp(e->peer_fingerprint, peer->fingerprint,
						 BTNS_FINGERPRINT_LEN);
	/* an ID that nobody verified must not choose policy */
	return !btns_pad_is_btns(pad) && pad->match != BTNS_PAD_MATCH_NULL &&
	       e->peer_id_type == peer->id_type && e->peer_id_len == peer->id_len &&
	       !memcmp(e->peer_id, peer->id, peer->id_len);
}

static bool btns_spd_one_host(struct btns_ts *ts, const struct btns_addr *host)
{
	struct btns_ts h = {
		.family = host->family,
		.port_end = 65535,
		.start = host->a,
		.end = host->a,
	};

	return ts->family == host->family && btns_ts_intersect(ts, &h, ts);
}

/* Both sides of a Child SA speak of one protocol and one address family. */
static bool btns_spd_pair_up(struct btns_ts *local, struct btns_ts *remote)
{
	if (local->family != remote->family ||
	    (local->proto && remote->proto && local->proto != remote->proto))
		return false;
	local->proto = local->proto ?: remote->proto;
	remote->proto = local->proto;
	return true;
}

/* The widest of the proposed selectors that contains what must stay inside. */
static void btns_spd_widen(const struct btns_ts *proposed, unsigned int n,
			   const struct btns_ts *entry, const struct btns_ts *at,
			   struct btns_ts *out)
{
	struct btns_ts t;
	unsigned int i;

	*out = *at;
	for (i = 0; i < n; i++)
		if (btns_ts_intersect(&proposed[i], entry, &t) && btns_ts_within(out, &t))
			*out = t;
}

static bool btns_addr_is_private(u16 family, const xfrm_address_t *a)
{
	const u8 *o = (const u8 *)a;

	if (family == AF_INET6)
		return (o[0] & 0xfe) == 0xfc || (o[0] == 0xfe && (o[1] & 0xc0) == 0x80);
	return o[0] == 10 || (o[0] == 172 && (o[1] & 0xf0) == 16) ||
	       (o[0] == 192 && o[1] == 168) || (o[0] == 169 && o[1] == 254) ||
	       (o[0] == 100 && (o[1] & 0xc0) == 64);
}

/*
 * A peer without credentials behind a NAT may claim a private address only if its
 * PAD entry names a range that has it, and one at a time: many hosts have the same.
 */
static bool btns_spd_behind_nat(const struct btns_child_query *q, struct btns_child_grant *g,
				struct btns_ts *at)
{
	const u16 family = g->remote.family;
	struct btns_addr host = { .family = family, .a = at->start };

	g->outer = q->encap && family == q->outer_peer.family &&
		   !btns_ts_cmp(family, &g->remote.start, &q->outer_peer.a) &&
		   !btns_ts_cmp(family, &g->remote.end, &q->outer_peer.a);
	g->set_aside = q->encap && !g->outer && !btns_pad_is_normal(q->pad) &&
		       btns_addr_is_private(family, &at->start);
	return !g->set_aside ||
	       (btns_pad_lists(q->pad, family, &at->start) &&
		btns_spd_one_host(&g->remote, &host) && btns_spd_one_host(at, &host));
}

static bool btns_spd_outer_fits(const struct btns_addr *entry, const struct btns_addr *addr)
{
	return entry->family == AF_UNSPEC ||
	       (entry->family == addr->family &&
		!btns_ts_cmp(entry->family, &entry->a, &addr->a));
}

/* One entry and one pair of proposed selectors; whole: all of it or nothing. */
static int btns_spd_try(struct btns_config *c, struct btns_spd_entry *e,
			const struct btns_child_query *q, const struct btns_ts *local,
			const struct btns_ts *remote, bool whole,
			struct btns_child_grant *g, struct netlink_ext_ack *extack)
{
	struct btns_ts at_local, at_remote, part;
	int err;

	if (!btns_ts_intersect(local, &e->local, &at_local) ||
	    !btns_ts_intersect(remote, &e->remote, &at_remote) ||
	    !btns_spd_pair_up(&at_local, &at_remote))
		return -ENOENT;
	if (!btns_spd_protects(e)) {
		/* bypass and discard win over whatever stands behind them */
		if (!btns_ts_within(local, &e->local) || !btns_ts_within(remote, &e->remote))
			return -ENOENT;
		NL_SET_ERR_MSG(extack,
			       "an SPD entry of class clear or block has this traffic");
		return -EPERM;
	}
	if (q->spd_id && e->id != q->spd_id)
		return -ENOENT;
	if (!btns_spd_visible(e, q->pad, q->peer)) {
		NL_SET_ERR_MSG(extack,
			       "the SPD entry is not for this peer: see its btns-ok, null-ok and peer");
		return -ENOENT;
	}
	/* transport and BEET mode must be asked for, tunnel mode need not be granted */
	if (q->mode != e->mode && (whole || e->mode != BTNS_MODE_TUNNEL)) {
		NL_SET_ERR_MSG(extack, "the SPD entry asks for another mode");
		return -ENOENT;
	}
	if (e->mode != BTNS_MODE_TRANSPORT &&
	    (!btns_spd_outer_fits(&e->outer_peer, &q->outer_peer) ||
	     !btns_spd_outer_fits(&e->outer_local, &q->outer_local))) {
		NL_SET_ERR_MSG(extack, "the SPD entry asks for other tunnel end points");
		return -ENOENT;
	}
	if (whole && (!btns_ts_within(local, &e->local) ||
		      !btns_ts_within(remote, &e->remote))) {
		NL_SET_ERR_MSG(extack, "the SPD entry covers only part of these selectors");
		return -ENOENT;
	}
	btns_spd_widen(q->local, q->n_local, &e->local, &at_local, &g->local);
	btns_spd_widen(q->remote, q->n_remote, &e->remote, &at_remote, &g->remote);
	if (!btns_spd_pair_up(&g->local, &g->remote)) {
		g->local = at_local;
		g->remote = at_remote;
	}
	g->mode = e->mode;
	if (g->mode == BTNS_MODE_TRANSPORT &&
	    (!btns_spd_one_host(&g->local, &q->outer_local) ||
	     !btns_spd_one_host(&at_local, &q->outer_local) ||
	     !btns_spd_one_host(&g->remote, &q->outer_peer) ||
	     !btns_spd_one_host(&at_remote, &q->outer_peer))) {
		NL_SET_ERR_MSG(extack,
			       "transport mode protects only the addresses of the IKE SA's two ends");
		return -ENOENT;
	}
	err = btns_pad_child(c, q->pad, &g->remote, &at_remote, &part, extack);
	if (err == -ERANGE) {
		g->remote = part;
		/* of what had to stay inside, the rest was not the peer's */
		if (!btns_ts_intersect(&at_remote, &part, &at_remote))
			at_remote = part;
	} else if (err) {
		return err;
	}
	if (!btns_spd_behind_nat(q, g, &at_remote)) {
		NL_SET_ERR_MSG(extack,
			       "a peer behind NAT claims a private address, and its PAD entry has no range for it");
		return -EACCES;
	}
	btns_ts_shrink(&g->local, &at_local);
	btns_ts_shrink(&g->remote, &at_remote);
	g->spd = e;
	return 0;
}

/* The SPD for one pair of selectors, in order. */
static int btns_spd_search(struct btns_config *c, const struct btns_child_query *q,
			   const struct btns_ts *local, const struct btns_ts *remote,
			   bool whole, struct btns_child_grant *g,
			   struct netlink_ext_ack *extack)
{
	struct btns_spd_entry *e;
	int err, ret = -ENOENT;

	list_for_each_entry(e, &c->spd, list) {
		err = btns_spd_try(c, e, q, local, remote, whole, g, extack);
		if (!err)
			return 0;
		if (err == -EPERM)
			return -EACCES;
		if (err == -EACCES) {
			/* the reason to tell; others are of entries that do not fit */
			ret = err;
			extack = NULL;
		}
		if (q->spd_id && e->id == q->spd_id)
			break;
	}
	return ret;
}

static void btns_spd_no_entry(struct netlink_ext_ack *extack)
{
	if (extack && !extack->_msg)
		NL_SET_ERR_MSG(extack,
			       "no SPD entry that this peer may use covers the traffic selectors");
}

/**
 * btns_spd_narrow() - which Child SA may this peer have?
 * @c: configuration
 * @q: who asks for what
 * @g: the answer
 * @extack: why nothing
 *
 * The first pair of selectors is tried first: it is the packet that waits (RFC 7296
 * section 2.9).
 *
 * Return: 0, -EACCES (forbidden), -ENOENT (no entry fits).
 */
int btns_spd_narrow(struct btns_config *c, const struct btns_child_query *q,
		    struct btns_child_grant *g, struct netlink_ext_ack *extack)
{
	unsigned int i, j;
	int err, ret = -ENOENT;

	for (i = 0; i < q->n_local; i++) {
		for (j = 0; j < q->n_remote; j++) {
			err = btns_spd_search(c, q, &q->local[i], &q->remote[j], false, g,
					      extack);
			if (!err)
				return 0;
			if (err == -EACCES) {
				ret = err;
				extack = NULL;
			}
		}
	}
	btns_spd_no_entry(extack);
	return ret;
}

/**
 * btns_spd_check() - do PAD and SPD allow exactly this Child SA?
 * @c: configuration
 * @q: one selector a side; the SPD entry, or 0: any
 * @g: the entry and the selectors
 * @extack: why not
 *
 * Return: 0, -EACCES, -ENOENT, -EINVAL.
 */
int btns_spd_check(struct btns_config *c, const struct btns_child_query *q,
		   struct btns_child_grant *g, struct netlink_ext_ack *extack)
{
	const struct btns_ts *local = &q->local[0], *remote = &q->remote[0];
	__be16 port, mask;
	int err;

	if (local->family == AF_UNSPEC || remote->family == AF_UNSPEC ||
	    btns_ts_prefixlen(local) < 0 || btns_ts_prefixlen(remote) < 0 ||
	    !btns_ts_port_mask(local, &port, &mask) ||
	    !btns_ts_port_mask(remote, &port, &mask)) {
		NL_SET_ERR_MSG(extack,
			       "traffic selectors must be prefixes with one port, any, or an aligned power of two");
		return -EINVAL;
	}
	err = btns_spd_search(c, q, local, remote, true, g, extack);
	if (err) {
		btns_spd_no_entry(extack);
		return err;
	}
	if (!btns_ts_within(local, &g->local) || !btns_ts_within(remote, &g->remote)) {
		NL_SET_ERR_MSG(extack, "PAD and SPD allow only part of these traffic selectors");
		return -EACCES;
	}
	g->local = *local;
	g->remote = *remote;
	btns_spd_pair_up(&g->local, &g->remote);
	return 0;
}
