// SPDX-License-Identifier: GPL-2.0-only
/* SA pairs: installed together, removed together, bound to a peer. */
#include <linux/slab.h>
#include <net/xfrm.h>

#include "alg.h"
#include "compat/compat.h"
#include "config.h"
#include "conflict.h"
#include "holdoff.h"
#include "keymgr.h"
#include "notify.h"
#include "policy.h"
#include "sad.h"
#include "stats.h"

/* How often standby pairs are looked at for their first packet. */
#define BTNS_STANDBY_POLL	msecs_to_jiffies(20)

/* Mark of standby pairs in btns_net.sas */
#define BTNS_SA_STANDBY		XA_MARK_1

/* XFRM frees keys as they are.  The state is dead: nobody needs its copy any more. */
void btns_state_wipe(struct xfrm_state *x)
{
	if (x->aead)
		memzero_explicit(x->aead->alg_key, (x->aead->alg_key_len + 7) / 8);
	if (x->ealg)
		memzero_explicit(x->ealg->alg_key, (x->ealg->alg_key_len + 7) / 8);
	if (x->aalg)
		memzero_explicit(x->aalg->alg_key, (x->aalg->alg_key_len + 7) / 8);
}

/* A state that XFRM does not know. */
void btns_state_discard(struct xfrm_state *x)
{
	btns_state_wipe(x);
	x->km.state = XFRM_STATE_DEAD;
	xfrm_state_put(x);
}

static int btns_state_replay(struct xfrm_state *x, const struct btns_sa_params *p)
{
	const unsigned int words = DIV_ROUND_UP(p->replay_window, 32);
	struct xfrm_replay_state_esn *r;
	size_t size;

	if (!(p->flags & BTNS_CHILD_F_NO_ESN))
		x->props.flags |= XFRM_STATE_ESN;
	if (!words)
		return 0;
	size = struct_size(r, bmp, words);
	x->replay_esn = kzalloc(size, GFP_KERNEL);
	x->preplay_esn = kzalloc(size, GFP_KERNEL);
	if (!x->replay_esn || !x->preplay_esn)
		return -ENOMEM;
	x->replay_esn->bmp_len = words;
	x->replay_esn->replay_window = p->replay_window;
	x->preplay_esn->bmp_len = words;
	x->preplay_esn->replay_window = p->replay_window;
	return 0;
}

static int btns_state_encap(struct xfrm_state *x, const struct btns_sa_params *p, bool out)
{
	if (!p->encap_sport)
		return 0;
	x->encap = kzalloc(sizeof(*x->encap), GFP_KERNEL);
	if (!x->encap)
		return -ENOMEM;
	x->encap->encap_type = UDP_ENCAP_ESPINUDP;
	x->encap->encap_sport = out ? p->encap_sport : p->encap_dport;
	x->encap->encap_dport = out ? p->encap_dport : p->encap_sport;
	return 0;
}

static u64 btns_limit(u64 v)
{
	return v ?: XFRM_INF;
}

static struct xfrm_state *btns_state_build(struct btns_net *bn,
					   const struct btns_sa_params *p,
					   const struct btns_alg *alg, u32 reqid, bool out,
					   struct netlink_ext_ack *extack)
{
	const struct btns_addr *src = out ? &p->outer_local : &p->outer_peer;
	const struct btns_addr *dst = out ? &p->outer_peer : &p->outer_local;
	struct xfrm_state *x;
	int err;

	x = xfrm_state_alloc(bn->net);
	if (!x)
		return ERR_PTR(-ENOMEM);
	x->id.daddr = dst->a;
	x->id.spi = out ? p->spi_out : p->spi_in;
	x->id.proto = IPPROTO_ESP;
	x->props.saddr = src->a;
	x->props.family = dst->family;
	x->props.mode = p->mode;
	x->props.reqid = reqid;
	btns_policy_selector(&x->sel, p->local_ts.family, out, &p->local_ts, &p->remote_ts);
	x->lft.soft_byte_limit = btns_limit(p->soft_bytes);
	x->lft.hard_byte_limit = btns_limit(p->hard_bytes);
	x->lft.soft_packet_limit = btns_limit(p->soft_packets);
	x->lft.hard_packet_limit = btns_limit(p->hard_packets);
	x->lft.soft_add_expires_seconds = p->soft_time;
	x->lft.hard_add_expires_seconds = p->hard_time;

	err = btns_alg_apply(x, alg, out ? p->encr_out : p->encr_in,
			     out ? p->integ_out : p->integ_in);
	if (!err)
		err = btns_state_replay(x, p);
	if (!err)
		err = btns_state_encap(x, p, out);
	if (!err)
		err = btns_xfrm_init_state(x, extack);
	if (err) {
		if (extack && !extack->_msg)
			NL_SET_ERR_MSG(extack,
				       "the kernel does not offer this algorithm or mode");
		btns_state_discard(x);
		return ERR_PTR(err);
	}
	return x;
}

int btns_state_add(struct xfrm_state *x, struct netlink_ext_ack *extack)
{
	struct km_event c = { .event = XFRM_MSG_NEWSA };
	int err = xfrm_state_add(x);

	if (err) {
		if (err == -EEXIST)
			NL_SET_ERR_MSG(extack, "this SPI is in use");
		else
			NL_SET_ERR_MSG(extack, "XFRM refuses the SA");
		return err;
	}
	km_state_notify(x, &c);
	return 0;
}

void btns_state_delete(struct xfrm_state *x)
{
	struct km_event c = { .event = XFRM_MSG_DELSA };

	if (!xfrm_state_delete(x))
		km_state_notify(x, &c);
	btns_state_wipe(x);
}

/*
 * Start to send on a pair.  Of several states XFRM takes one that is not dying, then
 * the youngest by a clock of seconds that may step back: so all other pairs of the entry
 * die a little before the new one comes; its coming makes XFRM look anew.
 */
static int btns_pair_send(struct btns_sa_pair *newest, struct netlink_ext_ack *extack)
{
	struct btns_sa_pair *p;
	int err;

	list_for_each_entry(p, &newest->cache->pairs, in_cache) {
		if (p == newest)
			continue;
		spin_lock_bh(&p->out->lock);
		p->out->km.dying = 1;
		spin_unlock_bh(&p->out->lock);
	}
	newest->out->curlft.add_time = ktime_get_real_seconds();
	err = btns_state_add(newest->out, extack);
	if (!err)
		return 0;
	/* their soft limits count again */
	list_for_each_entry(p, &newest->cache->pairs, in_cache) {
		if (p == newest)
			continue;
		spin_lock_bh(&p->out->lock);
		p->out->km.dying = p->soft;
		spin_unlock_bh(&p->out->lock);
	}
	return err;
}

static int btns_sad_params_check(const struct btns_sa_params *p, const struct btns_alg *alg,
				 struct netlink_ext_ack *extack)
{
	if (p->encr_len != alg->encr_len || p->integ_len != alg->integ_len)
		NL_SET_ERR_MSG(extack, "length of the keys does not fit the suite");
	else if (ntohl(p->spi_in) < 256 || ntohl(p->spi_out) < 256)
		NL_SET_ERR_MSG(extack, "SPIs below 256 are reserved");
	else if (p->outer_local.family != p->outer_peer.family)
		NL_SET_ERR_MSG(extack, "SA end points are of different families");
	else if (p->mode == BTNS_MODE_TRANSPORT &&
		 p->outer_local.family != p->local_ts.family)
		NL_SET_ERR_MSG(extack,
			       "selectors and end points of transport mode are of different families");
	else if (!p->encap_sport != !p->encap_dport)
		NL_SET_ERR_MSG(extack, "UDP encapsulation needs both ports");
	else if (!p->replay_window && !(p->flags & BTNS_CHILD_F_NO_ESN))
		NL_SET_ERR_MSG(extack, "extended sequence numbers need a replay window");
	else if (p->soft_time && p->hard_time && p->soft_time > p->hard_time)
		NL_SET_ERR_MSG(extack, "the soft limit lies behind the hard one");
	else if (p->mode == BTNS_MODE_BEET &&
		 (btns_ts_prefixlen(&p->local_ts) != btns_addr_len(p->local_ts.family) * 8 ||
		  btns_ts_prefixlen(&p->remote_ts) != btns_addr_len(p->remote_ts.family) * 8))
		NL_SET_ERR_MSG(extack, "BEET mode takes one inner address a side");
	else
		return 0;
	return -EINVAL;
}

static bool btns_identity_is(const struct btns_identity *i, const struct btns_identity_desc *d)
{
	return i->spki_len == d->spki_len &&
	       !memcmp(i->fingerprint, d->fingerprint, sizeof(i->fingerprint));
}

/**
 * btns_sad_claimed() - does another peer behind NAT have what this one would get?
 * @bn: namespace, locked
 * @q: who asks, from where
 * @g: what it would get
 * @extack: why not
 *
 * Behind NAT nothing shows whose a private address is: it stays with the first peer
 * that claims it as long as that one has SAs (RFC5386/36).  So do selectors with the
 * address of the NAT itself: another port there is another host, which XFRM could not
 * tell from the first one (RFC 3948 section 5.2).
 *
 * Return: 0 or -EACCES.
 */
int btns_sad_claimed(struct btns_net *bn, const struct btns_child_query *q,
		     const struct btns_child_grant *g, struct netlink_ext_ack *extack)
{
	const struct btns_sa_pair *p;
	unsigned long id;

	lockdep_assert_held(&bn->lock);
	if (!g->set_aside && (!g->outer || !q->peer_port))
		return 0;
	xa_for_each(&bn->sas, id, p) {
		if (!btns_ts_addr_overlap(&p->cache->remote, &g->remote) ||
		    btns_identity_is(p->cache->peer, q->peer))
			continue;
		if (g->set_aside) {
			NL_SET_ERR_MSG(extack,
				       "another peer behind NAT has this private address");
			return -EACCES;
		}
		if (!p->encap_dport || p->encap_dport == q->peer_port ||
		    !btns_ts_overlap(&p->cache->remote, &g->remote) ||
		    !btns_ts_overlap(&p->cache->local, &g->local))
			continue;
		NL_SET_ERR_MSG(extack,
			       "another peer behind the same NAT has these selectors");
		return -EACCES;
	}
	return 0;
}

/* PAD and SPD once more, for the finished Child SA. */
static int btns_sad_authorize(struct btns_net *bn, struct btns_sa_params *p,
			      struct btns_child_grant *g, struct netlink_ext_ack *extack)
{
	struct btns_config *config = btns_config(bn);
	struct btns_child_query q = {
		.peer = &p->peer,
		.n_local = 1, .n_remote = 1,
		.local = &p->local_ts, .remote = &p->remote_ts,
		.mode = p->mode,
		.encap = p->encap_sport,
		.peer_port = p->encap_dport,
		.outer_local = p->outer_local, .outer_peer = p->outer_peer,
		.spd_id = p->spd_id,
	};

	int err;

	q.pad = btns_pad_search(config, &p->peer, extack);
	if (IS_ERR(q.pad))
		return PTR_ERR(q.pad);
	err = btns_spd_check(config, &q, g, extack);
	return err ?: btns_sad_claimed(bn, &q, g, extack);
}

void btns_pair_free(struct rcu_head *head)
{
	struct btns_sa_pair *p = container_of(head, struct btns_sa_pair, rcu);

	btns_identity_put(p->local);
	kfree(p);
}

struct btns_sa_pair *btns_pair_build(struct btns_net *bn, struct btns_spdc *c,
				     const struct btns_sa_params *p,
				     const struct btns_alg *alg,
				     struct netlink_ext_ack *extack)
{
	struct btns_sa_pair *pair;
	int err;

	pair = kzalloc(sizeof(*pair), GFP_KERNEL);
	if (!pair)
		return ERR_PTR(-ENOMEM);
	pair->cache = c;
	pair->flags = p->flags;
	pair->suite = p->suite;
	pair->esn = !(p->flags & BTNS_CHILD_F_NO_ESN);
	pair->replay = p->replay_window;
	pair->outer_local = p->outer_local;
	pair->outer_peer = p->outer_peer;
	pair->encap_sport = p->encap_sport;
	pair->encap_dport = p->encap_dport;
	memcpy(pair->ike_spi, p->ike_spi, sizeof(pair->ike_spi));
	pair->created = ktime_get_boottime();
	pair->local = btns_identity_intern(bn, &p->local, GFP_KERNEL);
	if (IS_ERR(pair->local)) {
		err = PTR_ERR(pair->local);
		goto err_free;
	}
	pair->in = btns_state_build(bn, p, alg, c->reqid, false, extack);
	if (IS_ERR(pair->in)) {
		err = PTR_ERR(pair->in);
		goto err_local;
	}
	pair->out = btns_state_build(bn, p, alg, c->own ? c->reqid_out : c->reqid, true, extack);
	if (IS_ERR(pair->out)) {
		err = PTR_ERR(pair->out);
		btns_state_discard(pair->in);
		goto err_local;
	}
	return pair;

err_local:
	btns_identity_put(pair->local);
err_free:
	kfree(pair);
	return ERR_PTR(err);
}

/* Both states into XFRM, the pair into our tables. */
static int btns_pair_insert(struct btns_net *bn, struct btns_sa_pair *pair,
			    struct netlink_ext_ack *extack)
{
	struct btns_spdc *c = pair->cache;
	int err;

	err = xa_alloc_cyclic(&bn->sas, &pair->id, pair, XA_LIMIT(1, INT_MAX), &bn->sa_next,
			      GFP_KERNEL);
	if (err < 0) {
		btns_state_discard(pair->in);
		btns_state_discard(pair->out);
		return err;
	}
	/* whose SA it is must be known before its first packet: XFRM keeps the number */
	pair->in->km.seq = pair->id;
	pair->out->km.seq = pair->id;
	list_add_rcu(&pair->in_cache, &c->pairs);
	c->n_pairs++;
	/* XFRM drops its own reference when it deletes a state: keep ours */
	xfrm_state_hold(pair->in);
	xfrm_state_hold(pair->out);
	err = btns_state_add(pair->in, extack);
	if (err) {
		xfrm_state_put(pair->in);
		xfrm_state_put(pair->out);
		btns_state_discard(pair->in);
		btns_state_discard(pair->out);
		goto unlink;
	}
	if (pair->flags & BTNS_CHILD_F_STANDBY) {
		xa_set_mark(&bn->sas, pair->id, BTNS_SA_STANDBY);
		queue_delayed_work(bn->wq, &bn->standby_work, BTNS_STANDBY_POLL);
		return 0;
	}
	err = btns_pair_send(pair, extack);
	if (err) {
		xfrm_state_put(pair->out);
		btns_state_discard(pair->out);
		btns_state_delete(pair->in);
		xfrm_state_put(pair->in);
		goto unlink;
	}
	return 0;

unlink:
	list_del_rcu(&pair->in_cache);
	c->n_pairs--;
	xa_erase(&bn->sas, pair->id);
	btns_verdicts_void(bn);
	return err;
}

/**
 * btns_sad_new() - install an SA pair
 * @bn: namespace, locked
 * @params: what to install; the peer's auth and trust are filled in
 * @extack: why not
 *
 * Return: the pair, or ERR_PTR() and nothing is left behind.
 */
struct btns_sa_pair *btns_sad_new(struct btns_net *bn, struct btns_sa_params *params,
				  struct netlink_ext_ack *extack)
{
	struct btns_child_grant g = { };
	struct btns_identity *peer;
	struct btns_sa_pair *pair;
	bool sends, conflict;
	struct btns_alg alg;
	struct btns_spdc *c;
	int err;

	lockdep_assert_held(&bn->lock);
	if (bn->dying)
		return ERR_PTR(-ENODEV);
	if (bn->sa_count >= READ_ONCE(bn->sysctl.sa_max)) {
		NL_SET_ERR_MSG(extack, "more SA pairs than net.btns.sa_max");
		return ERR_PTR(-ENOSPC);
	}
	err = btns_alg_find(&params->suite, &alg, extack);
	if (!err)
		err = btns_sad_params_check(params, &alg, extack);
	if (!err)
		err = btns_sad_authorize(bn, params, &g, extack);
	if (err)
		goto refused;
	peer = btns_identity_intern(bn, &params->peer, GFP_KERNEL);
	if (IS_ERR(peer)) {
		err = PTR_ERR(peer);
		goto refused;
	}
	g.own = btns_keymgr_for_own(bn, params->acquire_id, &g.local, &g.remote);
	c = btns_spdc_get(bn, g.spd, peer, &g, &params->outer_local, &params->outer_peer,
			  extack);
	btns_identity_put(peer);
	if (IS_ERR(c)) {
		err = PTR_ERR(c);
		goto refused;
	}
	pair = btns_pair_build(bn, c, params, &alg, extack);
	if (IS_ERR(pair)) {
		err = PTR_ERR(pair);
		goto put_cache;
	}
	sends = !(pair->flags & BTNS_CHILD_F_STANDBY);
	conflict = btns_conflict_possible(c, &pair->suite, sends);
	if (conflict)
		btns_conflict_before(bn, c, sends ? &pair->suite : NULL);
	err = btns_pair_insert(bn, pair, extack);
	if (err) {
		call_rcu(&pair->rcu, btns_pair_free);
		btns_conflict_gone(bn);
		goto put_cache;
	}
	bn->sa_count++;
	bn->sa_seq++;
	if (sends || c->active) {
		err = btns_spdc_activate(c, extack);
		if (err) {
			btns_sad_del(bn, pair, BTNS_SA_EVENT_DELETED);
			return ERR_PTR(err);
		}
	}
	if (conflict)
		btns_conflict_after(bn, c);
	atomic64_inc(&g.spd->hits);
	btns_holdoff_forget(bn, g.spd, &c->local, &c->remote);
	btns_keymgr_satisfied(bn, g.spd, &c->local, &c->remote, params->acquire_id);
	btns_stat_inc(bn, BTNS_STAT_SA_NEW);
	btns_notify_sa(bn, pair, BTNS_SA_EVENT_NEW);
	return pair;

put_cache:
	btns_spdc_put_if_empty(c);
refused:
	btns_stat_inc(bn, BTNS_STAT_SA_REFUSED);
	return ERR_PTR(err);
}

/**
 * btns_sad_switch() - start to send on a standby pair
 * @bn: namespace, locked
 * @id: number of the pair
 * @extack: why not
 *
 * Return: 0 (also when it sends already), -ENOENT, or XFRM's refusal.
 */
int btns_sad_switch(struct btns_net *bn, u32 id, struct netlink_ext_ack *extack)
{
	struct btns_sa_pair *p = xa_load(&bn->sas, id);
	bool conflict;
	int err;

	lockdep_assert_held(&bn->lock);
	if (!p) {
		NL_SET_ERR_MSG(extack, "no SA pair with this number");
		return -ENOENT;
	}
	if (!(p->flags & BTNS_CHILD_F_STANDBY))
		return 0;
	conflict = btns_conflict_possible(p->cache, &p->suite, true);
	if (conflict)
		btns_conflict_before(bn, p->cache, &p->suite);
	err = btns_pair_send(p, extack);
	if (err)
		goto out;
	p->flags &= ~BTNS_CHILD_F_STANDBY;
	xa_clear_mark(&bn->sas, p->id, BTNS_SA_STANDBY);
	err = btns_spdc_activate(p->cache, extack);
out:
	if (conflict)
		btns_conflict_after(bn, p->cache);
	if (err)
		return err;
	bn->sa_seq++;
	btns_notify_sa(bn, p, BTNS_SA_EVENT_SWITCHED);
	return 0;
}

/**
 * btns_sad_find() - look a pair up by its inbound SPI
 * @bn: namespace, locked
 * @spi_in: SPI that we receive on
 * @peer: the peer's end point; NULL or of no family: any
 */
struct btns_sa_pair *btns_sad_find(struct btns_net *bn, __be32 spi_in,
				   const struct btns_addr *peer)
{
	struct btns_sa_pair *p;
	unsigned long id;

	xa_for_each(&bn->sas, id, p) {
		if (p->in->id.spi != spi_in)
			continue;
		if (!peer || !peer->family ||
		    (peer->family == p->outer_peer.family &&
		     !memcmp(&peer->a, &p->outer_peer.a, btns_addr_len(peer->family))))
			return p;
	}
	return NULL;
}

/**
 * btns_sad_del() - remove an SA pair
 * @bn: namespace, locked
 * @p: the pair
 * @why: what user space is told
 */
void btns_sad_del(struct btns_net *bn, struct btns_sa_pair *p, enum btns_sa_event why)
{
	struct btns_spdc *c = p->cache;

	lockdep_assert_held(&bn->lock);
	btns_notify_sa(bn, p, why);
	btns_stat_inc(bn, why == BTNS_SA_EVENT_HARD ? BTNS_STAT_SA_EXPIRED :
		      why == BTNS_SA_EVENT_REVOKED ? BTNS_STAT_SA_REVOKED :
		      BTNS_STAT_SA_DELETED);
	/* last pair: the traps are back in force before its SAs go */
	if (c->n_pairs == 1 && c->active) {
		btns_policy_del_cache(bn, c);
		c->active = false;
	}
	if (p->flags & BTNS_CHILD_F_STANDBY)
		btns_state_discard(p->out);
	else
		btns_state_delete(p->out);
	btns_state_delete(p->in);
	list_del_rcu(&p->in_cache);
	c->n_pairs--;
	xa_erase(&bn->sas, p->id);
	/* before another state may have their place in memory */
	btns_verdicts_void(bn);
	xfrm_state_put(p->out);
	xfrm_state_put(p->in);
	bn->sa_count--;
	bn->sa_seq++;
	call_rcu(&p->rcu, btns_pair_free);
	btns_spdc_put_if_empty(c);
	btns_conflict_gone(bn);
}

void btns_sad_flush(struct btns_net *bn, enum btns_sa_event why)
{
	struct btns_sa_pair *p;
	unsigned long id;

	xa_for_each(&bn->sas, id, p)
		btns_sad_del(bn, p, why);
}

bool btns_pair_allowed(struct btns_config *c, const struct btns_sa_pair *p,
		       const struct btns_addr *outer_local, const struct btns_addr *outer_peer,
		       bool encap)
{
	struct btns_identity *i = p->cache->peer;
	struct btns_identity_desc d;
	struct btns_child_grant g;
	struct btns_child_query q = {
		.peer = &d,
		.n_local = 1, .n_remote = 1,
		.local = &p->cache->local, .remote = &p->cache->remote,
		.mode = p->cache->mode,
		.encap = encap,
		.outer_local = *outer_local, .outer_peer = *outer_peer,
		.spd_id = p->cache->spd->id,
	};

	q.pad = btns_identity_recheck(i, c, i->claim, &d);
	if (!q.pad)
		return false;
	return !btns_spd_check(c, &q, &g, NULL) && g.spd == p->cache->spd;
}

/**
 * btns_sad_revalidate() - delete pairs that the configuration no longer allows
 * @bn: namespace, locked
 * @c: the configuration that gets into force
 */
void btns_sad_revalidate(struct btns_net *bn, struct btns_config *c)
{
	struct btns_sa_pair *p;
	unsigned long id;

	xa_for_each(&bn->sas, id, p)
		if (!btns_pair_allowed(c, p, &p->outer_local, &p->outer_peer, p->encap_sport))
			btns_sad_del(bn, p, BTNS_SA_EVENT_REVOKED);
}

/**
 * btns_sad_sweep() - pairs of which somebody else deleted a state go
 * @bn: namespace, locked
 */
void btns_sad_sweep(struct btns_net *bn)
{
	struct btns_sa_pair *p;
	unsigned long id;

	xa_for_each(&bn->sas, id, p)
		if (p->in->km.state == XFRM_STATE_DEAD ||
		    p->out->km.state == XFRM_STATE_DEAD)
			btns_sad_del(bn, p, BTNS_SA_EVENT_DELETED);
}

/**
 * btns_sad_of_state() - whose SA is that?
 * @bn: namespace
 * @x: XFRM state
 *
 * Return: the pair, NULL for SAs of others.  RCU.
 */
const struct btns_sa_pair *btns_sad_of_state(struct btns_net *bn,
					     const struct xfrm_state *x)
{
	const struct btns_sa_pair *p;

	if (x->props.reqid < BTNS_REQID_MIN || x->props.reqid > BTNS_REQID_MAX)
		return NULL;
	p = xa_load(&bn->sas, x->km.seq);
	return p && (p->in == x || p->out == x) ? p : NULL;
}

/* RFC 7296 section 2.8: the peer sends on the new pair, so it can receive on it. */
static void btns_standby_work(struct work_struct *work)
{
	struct btns_net *bn = container_of(work, struct btns_net, standby_work.work);
	struct btns_sa_pair *p;
	bool more = false;
	unsigned long id;

	mutex_lock(&bn->lock);
	xa_for_each_marked(&bn->sas, id, p, BTNS_SA_STANDBY) {
		if (p->seen_in)
			continue;
		if (READ_ONCE(p->in->curlft.packets)) {
			p->seen_in = true;
			btns_notify_sa(bn, p, BTNS_SA_EVENT_FIRST_IN);
		} else {
			more = true;
		}
	}
	if (more && !bn->dying)
		queue_delayed_work(bn->wq, &bn->standby_work, BTNS_STANDBY_POLL);
	mutex_unlock(&bn->lock);
}

int btns_sad_init(struct btns_net *bn)
{
	bn->wq = alloc_workqueue("btns", WQ_UNBOUND, 0);
	if (!bn->wq)
		return -ENOMEM;
	INIT_DELAYED_WORK(&bn->standby_work, btns_standby_work);
	xa_init_flags(&bn->sas, XA_FLAGS_ALLOC);
	return 0;
}

void btns_sad_exit(struct btns_net *bn)
{
	mutex_lock(&bn->lock);
	btns_sad_flush(bn, BTNS_SA_EVENT_DELETED);
	mutex_unlock(&bn->lock);
	cancel_delayed_work_sync(&bn->standby_work);
	/* callbacks of XFRM that still saw a pair */
	synchronize_rcu();
	destroy_workqueue(bn->wq);
	/* pairs hold references to identities until then */
	rcu_barrier();
	xa_destroy(&bn->sas);
}
