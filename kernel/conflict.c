// SPDX-License-Identifier: GPL-2.0-only
/* Conflicts between latches and the SAD or the SPD (RFC 5660 section 2.3). */
#include <linux/slab.h>

#include "compat/compat.h"
#include "config.h"
#include "conflict.h"
#include "latch.h"
#include "policy.h"
#include "stats.h"

#define BTNS_CONFLICT_GC	(2 * HZ)

/* One latch in conflict. */
struct btns_conflict {
	struct list_head list;		/* btns_net.conflicts */
	struct btns_latch *latch;	/* reference */
	u32 reqid;			/* of the policies that keep the flow, 0: none */
};

/* What is to be looked at, and in what light. */
struct btns_review {
	struct btns_net *bn;
	const struct btns_spdc *coming;		/* not in force yet, or NULL */
	const struct btns_suite *suite;		/* of the pair that comes with it */
	bool before;				/* break only, mend nothing */
};

/* The newest pair that sends. */
static const struct btns_sa_pair *btns_spdc_sender(const struct btns_spdc *c)
{
	const struct btns_sa_pair *p;

	list_for_each_entry(p, &c->pairs, in_cache)
		if (!(p->flags & BTNS_CHILD_F_STANDBY))
			return p;
	return NULL;
}

static bool btns_suite_same(const struct btns_suite *a, const struct btns_suite *b)
{
	return a->encr == b->encr && a->encr_bits == b->encr_bits && a->integ == b->integ;
}

/* Would the latch accept what goes through c? */
static bool btns_conflict_fits(const struct btns_review *r, const struct btns_latch *l,
			       const struct btns_spdc *c)
{
	const struct btns_sa_pair *p;

	if (c->peer != l->peer || c->mode != l->mode)
		return false;
	if (c == r->coming && r->suite)
		return btns_suite_same(r->suite, &l->suite);
	p = btns_spdc_sender(c);
	return p && p->local == l->local && btns_suite_same(&p->suite, &l->suite) &&
	       (p->replay || !(l->flags & BTNS_LATCH_F_REPLAY));
}

static const struct btns_sa_pair *btns_conflict_carries(const struct btns_review *r,
							const struct btns_latch *l,
							const struct btns_spdc *c)
{
	struct btns_ts local, remote;

	btns_tuple_ts(&l->tuple, &local, &remote);
	if (!c->active || !btns_ts_within(&local, &c->local) ||
	    !btns_ts_within(&remote, &c->remote) || !btns_conflict_fits(r, l, c))
		return NULL;
	return btns_spdc_sender(c);
}

const struct btns_sa_pair *btns_conflict_pair(struct btns_net *bn, const struct btns_latch *l)
{
	const struct btns_review r = { .bn = bn };
	const struct btns_sa_pair *p;
	const struct btns_spdc *c;
	int bucket;

	lockdep_assert_held(&bn->lock);
	hash_for_each_possible(bn->spdcs, c, node, btns_spdc_hash(l->spd, l->peer)) {
		p = btns_conflict_carries(&r, l, c);
		if (p)
			return p;
	}
	/* the SPD entry may be another one by now */
	hash_for_each(bn->spdcs, bucket, c, node) {
		p = btns_conflict_carries(&r, l, c);
		if (p)
			return p;
	}
	return NULL;
}

/* The SPD entry that a flow of that peer meets first. */
static const struct btns_spd_entry *btns_conflict_spd(const struct btns_config *c,
						      const struct btns_latch *l,
						      const struct btns_ts *local,
						      const struct btns_ts *remote)
{
	const struct btns_spd_entry *e;

	list_for_each_entry(e, &c->spd, list) {
		if (e->by_peer && e != l->spd &&
		    !(e->peer_by_key && l->peer->spki_len &&
		      !memcmp(e->peer_fingerprint, l->peer->fingerprint,
			      BTNS_FINGERPRINT_LEN)))
			continue;
		if (btns_ts_within(local, &e->local) && btns_ts_within(remote, &e->remote))
			return e;
	}
	return NULL;
}

/* Does the SPD still protect the flow as it did? */
static bool btns_conflict_policy(const struct btns_latch *l, const struct btns_spd_entry *e)
{
	unsigned int i;

	if (e == l->spd)
		return false;
	if (!e || e->class == BTNS_CLASS_CLEAR || e->class == BTNS_CLASS_BLOCK ||
	    e->mode != l->mode)
		return true;
	if (l->peer->auth == BTNS_AUTH_NULL ? !e->null_ok :
	    btns_auth_class(READ_ONCE(l->peer->auth)) == BTNS_AUTH_BTNS ? !e->btns_ok :
	    false)
		return true;
	for (i = 0; i < e->n_suites; i++)
		if (btns_suite_same(&e->suites[i], &l->suite))
			return false;
	return e->n_suites;
}

/*
 * What holds for l?  *mine: SAs of its own peer that it could stay with.  Return: why it
 * is in conflict, or BTNS_BREAK_NONE.
 */
static enum btns_break btns_conflict_of(const struct btns_review *r, const struct btns_latch *l,
					const struct btns_spdc **mine)
{
	enum btns_break why = BTNS_BREAK_NONE, yielded = BTNS_BREAK_NONE, *w;
	const struct btns_spd_entry *e;
	struct btns_ts local, remote;
	const struct btns_spdc *c;
	int bucket;

	*mine = NULL;
	btns_tuple_ts(&l->tuple, &local, &remote);
	e = btns_conflict_spd(btns_config(r->bn), l, &local, &remote);
	if (btns_conflict_policy(l, e))
		return BTNS_BREAK_POLICY;
	hash_for_each(r->bn->spdcs, bucket, c, node) {
		if (!c->active && c != r->coming)
			continue;
		/* the flow meets its own entry first */
		if (c->spd->index > e->index)
			continue;
		if (!btns_ts_within(&local, &c->local) || !btns_ts_within(&remote, &c->remote))
			continue;
		if (btns_conflict_fits(r, l, c)) {
			/* that in force needs no policy of its own */
			if (!*mine || c->own || ((*mine)->yielded && !(*mine)->own))
				*mine = c;
			continue;
		}
		w = c->yielded && c != r->coming ? &yielded : &why;
		if (c->peer != l->peer)
			*w = BTNS_BREAK_PEER;
		else if (*w == BTNS_BREAK_NONE)
			*w = BTNS_BREAK_PROTECTION;
	}
	/* its own peer is the one that came last */
	if (*mine && !(*mine)->yielded)
		return why;
	return why ?: yielded;
}

static struct btns_conflict *btns_conflict_get(struct btns_latch *l)
{
	struct btns_conflict *x = l->conflict;

	if (x)
		return x;
	x = kzalloc(sizeof(*x), GFP_KERNEL);
	if (!x || !btns_latch_get(l)) {
		kfree(x);
		return NULL;
	}
	x->latch = l;
	l->conflict = x;
	list_add_tail(&x->list, &l->bn->conflicts);
	queue_delayed_work(l->bn->wq, &l->bn->conflict_gc, BTNS_CONFLICT_GC);
	return x;
}

static void btns_conflict_unkeep(struct btns_conflict *x)
{
	if (x->reqid)
		btns_policy_del_latch(x->latch->bn, x->reqid, &x->latch->tuple);
	x->reqid = 0;
}

static void btns_conflict_end(struct btns_conflict *x)
{
	struct btns_latch *l = x->latch;

	btns_conflict_unkeep(x);
	l->conflict = NULL;
	list_del(&x->list);
	kfree(x);
	btns_latch_put(l);
}

/* Beyond the RFC: the flow stays with its peer although another one has come. */
static bool btns_conflict_keep(struct btns_conflict *x, const struct btns_spdc *mine)
{
	struct btns_latch *l = x->latch;

	if (x->reqid == mine->reqid)
		return true;
	if (btns_policy_add_latch(l->bn, mine, &l->tuple))
		return false;
	btns_conflict_unkeep(x);
	x->reqid = mine->reqid;
	btns_stat_inc(l->bn, BTNS_STAT_LATCH_KEPT);
	return true;
}

static void btns_conflict_review(const struct btns_review *r, struct btns_latch *l)
{
	const struct btns_spdc *mine;
	struct btns_conflict *x;
	enum btns_break why;
	u8 state = READ_ONCE(l->state);

	if (state == BTNS_LATCH_LARVAL) {
		/* perhaps it is open, and has been silent since */
		rcu_read_lock();
		btns_latch_owned(l, false);
		rcu_read_unlock();
		state = READ_ONCE(l->state);
	}
	if (state != BTNS_LATCH_ESTABLISHED && state != BTNS_LATCH_BROKEN)
		return;
	why = btns_conflict_of(r, l, &mine);
	if (why == BTNS_BREAK_NONE) {
		if (r->before)
			return;
		btns_latch_mend(l);
		if (l->conflict)
			btns_conflict_end(l->conflict);
		return;
	}
	x = btns_conflict_get(l);
	if (!x)
		btns_stat_inc(r->bn, BTNS_STAT_NOMEM);
	/* one reqid for both: XFRM cannot be told which of them to take */
	if (x && mine && why == BTNS_BREAK_PEER && btns_conflict_keep(x, mine)) {
		if (!r->before)
			btns_latch_mend(l);
		return;
	}
	if (x)
		btns_conflict_unkeep(x);
	btns_latch_break(l, why);
}

static void btns_conflict_review_all(const struct btns_review *r, const struct btns_ts *local,
				     const struct btns_ts *remote)
{
	struct btns_latch *l;
	unsigned long id = 0;

	lockdep_assert_held(&r->bn->lock);
	if (!atomic_read(&r->bn->latch_count))
		return;
	while ((l = btns_latch_next(r->bn, &id))) {
		if (!local || (btns_ts_has_addr(local, l->tuple.family, &l->tuple.local) &&
			       btns_ts_has_addr(remote, l->tuple.family, &l->tuple.peer)))
			btns_conflict_review(r, l);
		btns_latch_put(l);
		cond_resched();
	}
}

/**
 * btns_conflict_possible() - can a pair change what latches meet?
 * @c: its SPD cache entry
 * @suite: its suite
 * @sends: it sends from now on
 *
 * Return: false for the usual rekey.
 */
bool btns_conflict_possible(const struct btns_spdc *c, const struct btns_suite *suite,
			    bool sends)
{
	const struct btns_sa_pair *p = btns_spdc_sender(c);

	if (!c->active)
		return sends;
	return c->yielded || (sends && p && !btns_suite_same(&p->suite, suite));
}

/**
 * btns_conflict_before() - an SA pair is about to come into force
 * @bn: namespace, locked
 * @c: its SPD cache entry
 * @suite: its suite
 */
void btns_conflict_before(struct btns_net *bn, const struct btns_spdc *c,
			  const struct btns_suite *suite)
{
	const struct btns_review r = {
		.bn = bn, .coming = c, .suite = suite, .before = true,
	};

	btns_conflict_review_all(&r, &c->local, &c->remote);
}

/**
 * btns_conflict_after() - an SA pair has come into force
 * @bn: namespace, locked
 * @c: its SPD cache entry
 *
 * Latches that were born meanwhile are looked at, too.
 */
void btns_conflict_after(struct btns_net *bn, const struct btns_spdc *c)
{
	const struct btns_review r = { .bn = bn };

	btns_conflict_review_all(&r, &c->local, &c->remote);
}

/**
 * btns_conflict_gone() - SA pairs went
 * @bn: namespace, locked
 */
void btns_conflict_gone(struct btns_net *bn)
{
	const struct btns_review r = { .bn = bn };
	struct btns_conflict *x, *n;

	list_for_each_entry_safe(x, n, &bn->conflicts, list)
		btns_conflict_review(&r, x->latch);
}

/**
 * btns_conflict_config() - PAD and SPD were replaced
 * @bn: namespace, locked
 */
void btns_conflict_config(struct btns_net *bn)
{
	const struct btns_review r = { .bn = bn };

	btns_conflict_review_all(&r, NULL, NULL);
}

/**
 * btns_conflict_reinstall() - somebody flushed XFRM's policies
 * @bn: namespace, locked
 */
void btns_conflict_reinstall(struct btns_net *bn)
{
	struct btns_conflict *x;

	list_for_each_entry(x, &bn->conflicts, list)
		btns_conflict_unkeep(x);
	btns_conflict_gone(bn);
}

/* Latches that left the table. */
static void btns_conflict_gc(struct work_struct *work)
{
	struct btns_net *bn = container_of(to_delayed_work(work), struct btns_net, conflict_gc);
	struct btns_conflict *x, *n;

	mutex_lock(&bn->lock);
	list_for_each_entry_safe(x, n, &bn->conflicts, list)
		if (READ_ONCE(x->latch->state) == BTNS_LATCH_CLOSED)
			btns_conflict_end(x);
	if (!list_empty(&bn->conflicts) && !bn->dying)
		queue_delayed_work(bn->wq, &bn->conflict_gc, BTNS_CONFLICT_GC);
	mutex_unlock(&bn->lock);
}

int btns_conflict_init(struct btns_net *bn)
{
	INIT_LIST_HEAD(&bn->conflicts);
	INIT_DELAYED_WORK(&bn->conflict_gc, btns_conflict_gc);
	return 0;
}

/* What the policies protected is blocked by now. */
void btns_conflict_exit(struct btns_net *bn)
{
	struct btns_conflict *x, *n;

	cancel_delayed_work_sync(&bn->conflict_gc);
	mutex_lock(&bn->lock);
	list_for_each_entry_safe(x, n, &bn->conflicts, list)
		btns_conflict_end(x);
	mutex_unlock(&bn->lock);
}
