// SPDX-License-Identifier: GPL-2.0-only
/* SPD cache and the reqids of SPD and cache entries. */
#include <linux/slab.h>

#include "compat/compat.h"
#include "datapath.h"
#include "own.h"
#include "policy.h"
#include "sad.h"
#include "spdcache.h"

/* Tag of SPD entries in the table of reqids; cache entries have 0. */
#define BTNS_REQID_SPD	1

static int btns_reqid_alloc(struct btns_net *bn, void *entry, u32 *id)
{
	int err;

	lockdep_assert_held(&bn->lock);
	err = xa_alloc_cyclic(&bn->reqids, id, entry,
			      XA_LIMIT(BTNS_REQID_MIN, BTNS_REQID_MAX), &bn->reqid_next,
			      GFP_KERNEL);
	return err < 0 ? err : 0;
}

/**
 * btns_reqid_alloc_spd() - give an SPD entry its number
 * @bn: namespace, locked
 * @e: the entry; @e->id is set
 *
 * Return: 0, -ENOMEM, -EBUSY.
 */
int btns_reqid_alloc_spd(struct btns_net *bn, struct btns_spd_entry *e)
{
	return btns_reqid_alloc(bn, xa_tag_pointer(e, BTNS_REQID_SPD), &e->id);
}

void btns_reqid_free(struct btns_net *bn, u32 reqid)
{
	lockdep_assert_held(&bn->lock);
	xa_erase(&bn->reqids, reqid);
}

struct btns_spdc *btns_spdc_by_reqid(struct btns_net *bn, u32 reqid)
{
	void *entry = xa_load(&bn->reqids, reqid);

	if (!entry || xa_pointer_tag(entry) == BTNS_REQID_SPD)
		return NULL;
	return xa_untag_pointer(entry);
}

struct btns_spd_entry *btns_spd_by_reqid(struct btns_net *bn, u32 reqid)
{
	void *entry = xa_load(&bn->reqids, reqid);

	if (!entry || xa_pointer_tag(entry) != BTNS_REQID_SPD)
		return NULL;
	return xa_untag_pointer(entry);
}

/* Of one peer under one SPD entry, whatever the selectors: they share a reqid. */
static bool btns_spdc_shares(const struct btns_spdc *c, const struct btns_spd_entry *spd,
			     const struct btns_identity *peer,
			     const struct btns_child_grant *g,
			     const struct btns_addr *outer_local,
			     const struct btns_addr *outer_peer)
{
	return c->spd == spd && c->peer == peer && c->mode == g->mode &&
	       (c->mode == BTNS_MODE_TRANSPORT ||
		(!memcmp(&c->outer_local, outer_local, sizeof(*outer_local)) &&
		 !memcmp(&c->outer_peer, outer_peer, sizeof(*outer_peer))));
}

/**
 * btns_spdc_taken() - is there another entry like it between these end points?
 * @c: cache entry; bn->lock is held
 * @outer_local: our end of the SAs
 * @outer_peer: the peer's end
 */
bool btns_spdc_taken(const struct btns_spdc *c, const struct btns_addr *outer_local,
		     const struct btns_addr *outer_peer)
{
	const struct btns_child_grant g = { .mode = c->mode };
	struct btns_spdc *o;

	lockdep_assert_held(&c->bn->lock);
	hash_for_each_possible(c->bn->spdcs, o, node, btns_spdc_hash(c->spd, c->peer))
		if (o != c && btns_spdc_shares(o, c->spd, c->peer, &g, outer_local,
					       outer_peer) &&
		    !memcmp(&o->local, &c->local, sizeof(o->local)) &&
		    !memcmp(&o->remote, &c->remote, sizeof(o->remote)))
			return true;
	return false;
}

/**
 * btns_spdc_get() - find an SPD cache entry or make it
 * @bn: namespace, locked
 * @spd: SPD entry
 * @peer: the peer
 * @g: selectors and mode
 * @outer_local: our end of the SAs
 * @outer_peer: the peer's end
 * @extack: why not
 *
 * Return: the entry or ERR_PTR().
 */
struct btns_spdc *btns_spdc_get(struct btns_net *bn, struct btns_spd_entry *spd,
				struct btns_identity *peer,
				const struct btns_child_grant *g,
				const struct btns_addr *outer_local,
				const struct btns_addr *outer_peer,
				struct netlink_ext_ack *extack)
{
	struct btns_spdc *c, *same = NULL, *found = NULL;
	int err;

	lockdep_assert_held(&bn->lock);
	hash_for_each_possible(bn->spdcs, c, node, btns_spdc_hash(spd, peer)) {
		if (!btns_spdc_shares(c, spd, peer, g, outer_local, outer_peer))
			continue;
		same = c;
		if (memcmp(&c->local, &g->local, sizeof(c->local)) ||
		    memcmp(&c->remote, &g->remote, sizeof(c->remote)))
			continue;
		/* rekeying: what a connection has for itself stays that */
		if (c->own || !g->own)
			found = !found || c->own ? c : found;
	}
	if (found)
		return found;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->bn = bn;
	c->spd = spd;
	c->peer = peer;
	c->local = g->local;
	c->remote = g->remote;
	c->mode = g->mode;
	c->own = g->own;
	c->born = jiffies;
	if (g->mode != BTNS_MODE_TRANSPORT) {
		c->outer_local = *outer_local;
		c->outer_peer = *outer_peer;
	}
	INIT_LIST_HEAD(&c->pairs);
	INIT_LIST_HEAD(&c->same);
	/* the first packet under the new SAs must meet the hooks */
	err = btns_datapath_get(bn);
	if (err)
		goto err_free;
	if (same) {
		c->reqid = same->reqid;
		list_add(&c->same, &same->same);
	} else {
		err = btns_reqid_alloc(bn, c, &c->reqid);
		if (err)
			goto err_datapath;
	}
	if (c->own) {
		err = btns_reqid_alloc(bn, c, &c->reqid_out);
		if (err)
			goto err_reqid;
		btns_own_watch(bn, c);
	}
	btns_spd_entry_get(spd);
	btns_identity_get(peer);
	hash_add(bn->spdcs, &c->node, btns_spdc_hash(spd, peer));
	return c;

err_reqid:
	if (list_empty(&c->same))
		btns_reqid_free(bn, c->reqid);
	list_del(&c->same);
err_datapath:
	btns_datapath_put(bn);
err_free:
	kfree(c);
	return ERR_PTR(err);
}

/**
 * btns_spdc_activate() - an SA pair is in: demand it
 * @c: cache entry; bn->lock is held
 * @extack: why not
 *
 * Return: 0 or a negative errno.
 */
int btns_spdc_activate(struct btns_spdc *c, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&c->bn->lock);
	if (c->active && !c->yielded)
		return 0;
	err = btns_policy_add_cache(c->bn, c, extack);
	if (err)
		return err;
	c->active = true;
	btns_policy_kick(c->bn, c->spd);
	return 0;
}

static void btns_spdc_free(struct rcu_head *head)
{
	struct btns_spdc *c = container_of(head, struct btns_spdc, rcu);

	btns_spd_entry_put(c->spd);
	btns_identity_put(c->peer);
	kfree(c);
}

/**
 * btns_spdc_put_if_empty() - remove a cache entry without SA pairs
 * @c: cache entry; bn->lock is held
 *
 * The traps of the SPD entry are in force again: they ask or drop.
 */
void btns_spdc_put_if_empty(struct btns_spdc *c)
{
	struct btns_net *bn = c->bn;

	lockdep_assert_held(&bn->lock);
	if (c->n_pairs)
		return;
	if (c->active)
		btns_policy_del_cache(bn, c);
	hash_del(&c->node);
	if (c->own)
		btns_reqid_free(bn, c->reqid_out);
	if (list_empty(&c->same))
		btns_reqid_free(bn, c->reqid);
	else if (btns_spdc_by_reqid(bn, c->reqid) == c)
		xa_store(&bn->reqids, c->reqid,
			 list_first_entry(&c->same, struct btns_spdc, same), GFP_KERNEL);
	list_del(&c->same);
	btns_datapath_put(bn);
	call_rcu(&c->rcu, btns_spdc_free);
}

int btns_spdc_init(struct btns_net *bn)
{
	xa_init_flags(&bn->reqids, XA_FLAGS_ALLOC);
	bn->reqid_next = BTNS_REQID_MIN;
	hash_init(bn->spdcs);
	return 0;
}

void btns_spdc_exit(struct btns_net *bn)
{
	WARN_ON_ONCE(!hash_empty(bn->spdcs));
	/* cache entries hold references to identities and SPD entries until then */
	rcu_barrier();
	xa_destroy(&bn->reqids);
}
