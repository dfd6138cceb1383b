// SPDX-License-Identifier: GPL-2.0-only
/* Host pairs that are left alone for a while after a failed negotiation. */
#include <linux/slab.h>

#include "compat/compat.h"
#include "holdoff.h"
#include "policy.h"
#include "stats.h"

static bool btns_holdoff_is(const struct btns_holdoff *h, const struct btns_spd_entry *spd,
			    const struct btns_ts *local, const struct btns_ts *remote)
{
	if (spd && h->spd != spd)
		return false;
	if (!local || !remote)
		return true;
	return btns_ts_overlap(&h->local, local) && btns_ts_overlap(&h->remote, remote);
}

/* acquire_lock is held. */
static void btns_holdoff_take(struct btns_net *bn, struct btns_holdoff *h,
			      struct list_head *gone)
{
	list_move(&h->list, gone);
	bn->holdoff_count--;
}

/* bn->lock is held; h is in no list any more. */
static void btns_holdoff_end(struct btns_net *bn, struct btns_holdoff *h)
{
	if (h->clear)
		btns_policy_del_clear(bn, h->spd, &h->local, &h->remote);
	btns_spd_entry_put(h->spd);
	kfree(h);
}

/*
 * Make room for one more: the oldest go, their traffic asks again.  Anybody can send to
 * any number of addresses that nobody answers for.
 */
static void btns_holdoff_limit(struct btns_net *bn)
{
	const unsigned int max = READ_ONCE(bn->sysctl.holdoff_max);
	struct btns_holdoff *h, *n;
	LIST_HEAD(gone);

	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(h, n, &bn->holdoffs, list) {
		if (bn->holdoff_count < max)
			break;
		btns_holdoff_take(bn, h, &gone);
	}
	spin_unlock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(h, n, &gone, list)
		btns_holdoff_end(bn, h);
}

/**
 * btns_holdoff_add() - leave a host pair alone
 * @bn: namespace, locked
 * @spd: SPD entry that asked
 * @local: our side
 * @remote: the peer's side
 * @error: positive errno: why
 * @clear: they may talk in clear meanwhile; else what waits is dropped
 *
 * Return: 0 or a negative errno.
 */
int btns_holdoff_add(struct btns_net *bn, struct btns_spd_entry *spd,
		     const struct btns_ts *local, const struct btns_ts *remote, int error,
		     bool clear)
{
	struct btns_holdoff *h;
	unsigned int ms;
	int err;

	lockdep_assert_held(&bn->lock);
	btns_holdoff_forget(bn, spd, local, remote);
	btns_holdoff_limit(bn);
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	if (clear) {
		err = btns_policy_add_clear(bn, spd, local, remote);
		if (err) {
			kfree(h);
			return err;
		}
	}
	ms = clear ? READ_ONCE(bn->sysctl.holdoff_clear_ms) : READ_ONCE(bn->sysctl.holdoff_ms);
	h->spd = spd;
	h->local = *local;
	h->remote = *remote;
	h->error = error;
	h->clear = clear;
	h->expires = jiffies + msecs_to_jiffies(ms);
	btns_spd_entry_get(spd);
	spin_lock_bh(&bn->acquire_lock);
	list_add_tail(&h->list, &bn->holdoffs);
	bn->holdoff_count++;
	spin_unlock_bh(&bn->acquire_lock);
	mod_delayed_work(bn->wq, &bn->expire_work, 1);
	if (clear)
		btns_policy_kick(bn, spd);
	else
		btns_policy_drop_held(bn, spd, local, remote);
	return 0;
}

/**
 * btns_holdoff_covers() - is this pair left alone?
 * @bn: namespace, with acquire_lock held
 * @spd: SPD entry
 * @local: our side
 * @remote: the peer's side
 */
bool btns_holdoff_covers(struct btns_net *bn, const struct btns_spd_entry *spd,
			 const struct btns_ts *local, const struct btns_ts *remote)
{
	const struct btns_holdoff *h;

	lockdep_assert_held(&bn->acquire_lock);
	list_for_each_entry(h, &bn->holdoffs, list)
		if (btns_holdoff_is(h, spd, local, remote))
			return true;
	return false;
}

/**
 * btns_holdoff_forget() - end hold-offs
 * @bn: namespace, locked
 * @spd: of this entry; NULL: of all
 * @local: that touch this; NULL: all
 * @remote: that touch this; NULL: all
 */
void btns_holdoff_forget(struct btns_net *bn, const struct btns_spd_entry *spd,
			 const struct btns_ts *local, const struct btns_ts *remote)
{
	struct btns_holdoff *h, *n;
	LIST_HEAD(gone);

	lockdep_assert_held(&bn->lock);
	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(h, n, &bn->holdoffs, list)
		if (btns_holdoff_is(h, spd, local, remote))
			btns_holdoff_take(bn, h, &gone);
	spin_unlock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(h, n, &gone, list)
		btns_holdoff_end(bn, h);
}

/**
 * btns_holdoff_expire() - end hold-offs whose time is over
 * @bn: namespace, locked
 */
void btns_holdoff_expire(struct btns_net *bn)
{
	struct btns_holdoff *h, *n;
	LIST_HEAD(gone);

	lockdep_assert_held(&bn->lock);
	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(h, n, &bn->holdoffs, list)
		if (time_after_eq(jiffies, h->expires))
			btns_holdoff_take(bn, h, &gone);
	spin_unlock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(h, n, &gone, list)
		btns_holdoff_end(bn, h);
}

/**
 * btns_holdoff_reinstall() - the policies of hold-offs were flushed: put them back
 * @bn: namespace, locked.  Return: false if some did not come
 */
bool btns_holdoff_reinstall(struct btns_net *bn)
{
	struct btns_holdoff *h;
	bool all = true;

	lockdep_assert_held(&bn->lock);
	/* only holders of bn->lock change the list */
	list_for_each_entry(h, &bn->holdoffs, list)
		if (h->clear && btns_policy_add_clear(bn, h->spd, &h->local, &h->remote))
			all = false;
	if (!all)
		btns_stat_inc(bn, BTNS_STAT_NOMEM);
	return all;
}
