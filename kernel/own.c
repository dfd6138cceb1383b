// SPDX-License-Identifier: GPL-2.0-only
/* SAs of one connection alone go when it ends. */
#include "latch.h"
#include "own.h"
#include "sad.h"

/* Entries without a latch are looked for so often ... */
#define BTNS_OWN_GC	(2 * HZ)
/* ... and may be without their first one so long: TCP waits before it sends a SYN again. */
#define BTNS_OWN_LARVAL	(70 * HZ)

static bool btns_own_has_latch(struct btns_net *bn, const struct btns_spdc *c)
{
	struct btns_tuple t = {
		.family = c->local.family,
		.proto = c->local.proto,
		.local = c->local.start,
		.peer = c->remote.start,
		.local_port = htons(c->local.port_start),
		.peer_port = htons(c->remote.port_start),
	};
	const struct btns_latch *l;
	bool has;

	rcu_read_lock();
	l = btns_latch_find(bn, &t);
	has = l && l->flags & BTNS_LATCH_F_OWN;
	rcu_read_unlock();
	return has;
}

static bool btns_own_used(struct btns_net *bn, const struct btns_spdc *c)
{
	if (!READ_ONCE(c->latched) && time_before(jiffies, c->born + BTNS_OWN_LARVAL))
		return true;
	return btns_own_has_latch(bn, c);
}

/* The last pair takes c along. */
static void btns_own_end(struct btns_net *bn, struct btns_spdc *c)
{
	unsigned int n = c->n_pairs;

	while (n--)
		btns_sad_del(bn, list_first_entry(&c->pairs, struct btns_sa_pair, in_cache),
			     BTNS_SA_EVENT_DELETED);
}

static void btns_own_gc(struct work_struct *work)
{
	struct btns_net *bn = container_of(to_delayed_work(work), struct btns_net, own_gc);
	struct hlist_node *n;
	struct btns_spdc *c;
	bool more = false;
	int bucket;

	mutex_lock(&bn->lock);
	hash_for_each_safe(bn->spdcs, bucket, n, c, node) {
		if (!c->own)
			continue;
		if (btns_own_used(bn, c))
			more = true;
		else
			btns_own_end(bn, c);
	}
	if (more && !bn->dying)
		queue_delayed_work(bn->wq, &bn->own_gc, BTNS_OWN_GC);
	mutex_unlock(&bn->lock);
}

void btns_own_watch(struct btns_net *bn, struct btns_spdc *c)
{
	/* instead of SAs that were lost */
	if (btns_own_has_latch(bn, c))
		WRITE_ONCE(c->latched, true);
	queue_delayed_work(bn->wq, &bn->own_gc, BTNS_OWN_GC);
}

void btns_own_init(struct btns_net *bn)
{
	INIT_DELAYED_WORK(&bn->own_gc, btns_own_gc);
}

void btns_own_exit(struct btns_net *bn)
{
	cancel_delayed_work_sync(&bn->own_gc);
}
