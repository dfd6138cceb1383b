// SPDX-License-Identifier: GPL-2.0-only
/*
 * SA pairs whose end points move: a NAT gave the peer another address or port
 * (RFC 7296 section 2.23), or an end has gone elsewhere (RFC 4555).
 *
 * Another port alone is written into the states, as XFRM itself does it.  Addresses are
 * part of how XFRM finds a state, UDP of how long its headers are: it is made anew, with
 * the counters of the old one.  The old state is dead, under its lock, before these are
 * read, so that no sequence number, and no nonce of a cipher, is used twice.
 */
#include <linux/slab.h>
#include <net/xfrm.h>

#include "alg.h"
#include "compat/compat.h"
#include "config.h"
#include "keymgr.h"
#include "notify.h"
#include "policy.h"
#include "sad.h"
#include "stats.h"

static bool btns_addr_same(const struct btns_addr *a, const struct btns_addr *b)
{
	return a->family == b->family && !memcmp(&a->a, &b->a, btns_addr_len(a->family));
}

static void btns_state_ports(struct xfrm_state *x, __be16 sport, __be16 dport)
{
	spin_lock_bh(&x->lock);
	x->encap->encap_sport = sport;
	x->encap->encap_dport = dport;
	spin_unlock_bh(&x->lock);
}

static const u8 *btns_state_encr(const struct xfrm_state *x)
{
	return x->aead ? x->aead->alg_key : x->ealg->alg_key;
}

static const u8 *btns_state_integ(const struct xfrm_state *x)
{
	return x->aalg ? x->aalg->alg_key : NULL;
}

static u64 btns_unlimited(u64 v)
{
	return v == XFRM_INF ? 0 : v;
}

/* What would make the pair again, but for its end points; keys stay where they are. */
static void btns_move_params(struct btns_sa_params *to, const struct btns_sa_pair *p,
			     const struct btns_alg *alg)
{
	const struct xfrm_state *x = p->in;

	to->local_ts = p->cache->local;
	to->remote_ts = p->cache->remote;
	to->spd_id = p->cache->spd->id;
	to->flags = p->flags;
	to->mode = p->cache->mode;
	to->suite = p->suite;
	to->spi_in = p->in->id.spi;
	to->spi_out = p->out->id.spi;
	to->encr_in = btns_state_encr(p->in);
	to->encr_out = btns_state_encr(p->out);
	to->encr_len = alg->encr_len;
	to->integ_in = btns_state_integ(p->in);
	to->integ_out = btns_state_integ(p->out);
	to->integ_len = alg->integ_len;
	to->replay_window = x->replay_esn ? x->replay_esn->replay_window : 0;
	to->soft_time = x->lft.soft_add_expires_seconds;
	to->hard_time = x->lft.hard_add_expires_seconds;
	to->soft_bytes = btns_unlimited(x->lft.soft_byte_limit);
	to->hard_bytes = btns_unlimited(x->lft.hard_byte_limit);
	to->soft_packets = btns_unlimited(x->lft.soft_packet_limit);
	to->hard_packets = btns_unlimited(x->lft.hard_packet_limit);
	memcpy(to->ike_spi, p->ike_spi, sizeof(to->ike_spi));
	btns_identity_describe(&to->local, p->local);
}

/* @x ends and @to has its counters; false: it had ended before. */
static bool btns_state_take_over(struct xfrm_state *to, struct xfrm_state *x)
{
	bool lives;

	spin_lock_bh(&x->lock);
	lives = !__xfrm_state_delete(x);
	to->replay = x->replay;
	to->preplay = x->preplay;
	if (x->replay_esn) {
		memcpy(to->replay_esn, x->replay_esn, xfrm_replay_state_esn_len(x->replay_esn));
		memcpy(to->preplay_esn, x->preplay_esn,
		       xfrm_replay_state_esn_len(x->preplay_esn));
	}
	to->curlft = x->curlft;
	to->stats = x->stats;
	to->km.dying = x->km.dying;
	spin_unlock_bh(&x->lock);
	return lives;
}

/* Nothing lives of the old pair from here on.  -ESRCH: it was about to go. */
static int btns_pair_take_over(struct btns_sa_pair *new, struct btns_sa_pair *p,
			       struct netlink_ext_ack *extack)
{
	struct km_event c = { .event = XFRM_MSG_DELSA };
	bool lives = btns_state_take_over(new->in, p->in);

	if (lives)
		km_state_notify(p->in, &c);
	/* of a standby pair XFRM has no outbound state yet */
	if (lives && !(p->flags & BTNS_CHILD_F_STANDBY)) {
		lives = btns_state_take_over(new->out, p->out);
		if (lives)
			km_state_notify(p->out, &c);
	}
	if (lives)
		return 0;
	NL_SET_ERR_MSG(extack, "the SA has ended");
	return -ESRCH;
}

static void btns_pair_place(struct btns_net *bn, struct btns_sa_pair *p,
			    struct btns_sa_pair *instead)
{
	list_replace_rcu(&p->in_cache, &instead->in_cache);
	/* there is an entry: no memory is needed, and marks stay */
	xa_store(&bn->sas, p->id, instead, GFP_KERNEL);
	btns_verdicts_void(bn);
}

/* The new pair has the number and the place of the old one; or nothing of it is left. */
static int btns_pair_replace(struct btns_net *bn, struct btns_sa_pair *p,
			     struct btns_sa_pair *new, struct netlink_ext_ack *extack)
{
	int err;

	err = btns_pair_take_over(new, p, extack);
	if (err)
		goto discard;
	btns_pair_place(bn, p, new);
	/* XFRM's own references go when it deletes a state */
	xfrm_state_hold(new->in);
	err = btns_state_add(new->in, extack);
	if (err) {
		xfrm_state_put(new->in);
		btns_pair_place(bn, new, p);
		goto discard;
	}
	/* also of one that XFRM gets later, with the switch */
	xfrm_state_hold(new->out);
	if (new->flags & BTNS_CHILD_F_STANDBY)
		return 0;
	err = btns_state_add(new->out, extack);
	if (!err)
		return 0;
	xfrm_state_put(new->out);
	btns_pair_place(bn, new, p);
	btns_state_delete(new->in);
	xfrm_state_put(new->in);
	btns_state_discard(new->out);
	return err;

discard:
	btns_state_discard(new->in);
	btns_state_discard(new->out);
	return err;
}

/* Its place has another one. */
static void btns_pair_retire(struct btns_sa_pair *p)
{
	btns_state_wipe(p->in);
	if (p->flags & BTNS_CHILD_F_STANDBY)
		btns_state_discard(p->out);
	else
		btns_state_wipe(p->out);
	xfrm_state_put(p->in);
	xfrm_state_put(p->out);
	call_rcu(&p->rcu, btns_pair_free);
}

static int btns_move_addresses(struct btns_net *bn, struct btns_sa_pair *p,
			       struct btns_sa_params *to, struct netlink_ext_ack *extack)
{
	struct btns_spdc *c = p->cache;
	struct btns_sa_pair *new;
	struct btns_alg alg;
	int err;

	if (btns_spdc_taken(c, &to->outer_local, &to->outer_peer)) {
		NL_SET_ERR_MSG(extack, "the peer has SAs between these end points");
		return -EEXIST;
	}
	err = btns_alg_find(&p->suite, &alg, extack);
	if (err)
		return err;
	btns_move_params(to, p, &alg);
	new = btns_pair_build(bn, c, to, &alg, extack);
	if (IS_ERR(new))
		return PTR_ERR(new);
	new->id = p->id;
	new->in->km.seq = p->id;
	new->out->km.seq = p->id;
	new->created = p->created;
	new->seen_in = p->seen_in;
	new->soft = p->soft;
	err = btns_pair_replace(bn, p, new, extack);
	if (err) {
		call_rcu(&new->rcu, btns_pair_free);
		btns_sad_del(bn, p, BTNS_SA_EVENT_DELETED);
		return err;
	}
	btns_pair_retire(p);
	if (new->flags & BTNS_CHILD_F_STANDBY)
		goto out;
	c->outer_local = new->outer_local;
	c->outer_peer = new->outer_peer;
	err = c->active ? btns_policy_insert_cache(bn, c) : 0;
	if (err) {
		NL_SET_ERR_MSG(extack, "XFRM refuses the policies of the SAs");
		btns_sad_del(bn, new, BTNS_SA_EVENT_DELETED);
		return err;
	}
	/* a packet may have met neither */
	btns_keymgr_satisfied(bn, c->spd, &c->local, &c->remote, 0);
out:
	bn->sa_seq++;
	btns_notify_sa(bn, new, BTNS_SA_EVENT_MOVED);
	return 0;
}

/**
 * btns_sad_move() - give an SA pair other end points
 * @bn: namespace, locked
 * @p: the pair; not to be used after that
 * @to: outer_local, outer_peer, encap_sport, encap_dport
 * @extack: why not
 *
 * Return: 0; -EINVAL, -EOPNOTSUPP, -EEXIST, -EACCES, -ENOMEM: nothing was changed.  Another
 * error: the pair is gone.
 */
int btns_sad_move(struct btns_net *bn, struct btns_sa_pair *p, struct btns_sa_params *to,
		  struct netlink_ext_ack *extack)
{
	const bool encap = to->encap_sport;
	const bool anew = encap != !!p->encap_sport ||
			  !btns_addr_same(&to->outer_local, &p->outer_local) ||
			  !btns_addr_same(&to->outer_peer, &p->outer_peer);

	lockdep_assert_held(&bn->lock);
	if (to->outer_local.family != to->outer_peer.family) {
		NL_SET_ERR_MSG(extack, "SA end points are of different families");
		return -EINVAL;
	}
	if (encap != !!to->encap_dport) {
		NL_SET_ERR_MSG(extack, "UDP encapsulation needs both ports");
		return -EINVAL;
	}
	if (anew && p->cache->mode == BTNS_MODE_TRANSPORT) {
		NL_SET_ERR_MSG(extack,
			       "transport mode: between other ends it would be other traffic");
		return -EOPNOTSUPP;
	}
	if (!btns_pair_allowed(btns_config(bn), p, &to->outer_local, &to->outer_peer, encap)) {
		NL_SET_ERR_MSG(extack, "the configuration does not allow these end points");
		return -EACCES;
	}
	if (anew)
		return btns_move_addresses(bn, p, to, extack);
	if (to->encap_sport == p->encap_sport && to->encap_dport == p->encap_dport)
		return 0;
	btns_state_ports(p->in, to->encap_dport, to->encap_sport);
	btns_state_ports(p->out, to->encap_sport, to->encap_dport);
	p->encap_sport = to->encap_sport;
	p->encap_dport = to->encap_dport;
	bn->sa_seq++;
	btns_notify_sa(bn, p, BTNS_SA_EVENT_MOVED);
	return 0;
}
