// SPDX-License-Identifier: GPL-2.0-only
/* Latch database (RFC 5660 section 2.3): birth, owner, end. */
#include <linux/rhashtable.h>
#include <linux/sock_diag.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "alert.h"
#include "alg.h"
#include "compat/compat.h"
#include "datapath.h"
#include "latch.h"
#include "netlink.h"
#include "notify.h"
#include "sctp.h"
#include "unique.h"

/* Latches whose socket is gone are looked for so often ... */
#define BTNS_GC_INTERVAL	(2 * HZ)
/* ... so many at a time without a rest. */
#define BTNS_GC_CHUNK		256
/* A latch may be without a socket so long: from the SYN cookie's ACK to its socket. */
#define BTNS_LARVAL_TIME	(3 * HZ)

static struct kmem_cache *btns_latch_cache;
static atomic_long_t btns_latch_ids = ATOMIC_LONG_INIT(0);

static u32 btns_latch_hash(const void *key, u32 len, u32 seed)
{
	return btns_tuple_hash(key, seed);
}

static int btns_latch_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct btns_latch *l = obj;

	return !btns_tuple_equal(arg->key, &l->tuple);
}

static const struct rhashtable_params btns_latch_params = {
	.hashfn = btns_latch_hash,
	.obj_cmpfn = btns_latch_cmp,
	.key_len = sizeof(struct btns_tuple),
	.key_offset = offsetof(struct btns_latch, tuple),
	.head_offset = offsetof(struct btns_latch, node),
	.automatic_shrinking = true,
};

struct btns_latch *btns_latch_find(struct btns_net *bn, const struct btns_tuple *t)
{
	return rhashtable_lookup(&bn->latches, t, btns_latch_params);
}

bool btns_latch_get(struct btns_latch *l)
{
	return refcount_inc_not_zero(&l->refs);
}

static void btns_latch_free(struct rcu_head *head)
{
	kmem_cache_free(btns_latch_cache, container_of(head, struct btns_latch, rcu));
}

/*
 * The data path compares l->peer without a reference of its own; identities are
 * freed after a grace period, so the address cannot become another one's meanwhile.
 */
void btns_latch_put(struct btns_latch *l)
{
	if (!refcount_dec_and_test(&l->refs))
		return;
	btns_unique_free(l);
	btns_identity_put(l->peer);
	btns_identity_put(l->local);
	btns_spd_entry_put(l->spd);
	if (l->tuple.proto == IPPROTO_SCTP)
		btns_sctp_put();
	call_rcu(&l->rcu, btns_latch_free);
}

u64 btns_latch_sock_cookie(struct sock *sk)
{
	u32 buf[2];
	u64 cookie = atomic64_read(&sk->sk_cookie);

	if (cookie)
		return cookie;
	/* makes one; sock_gen_cookie() is not for modules */
	sock_diag_save_cookie(sk, buf);
	return atomic64_read(&sk->sk_cookie);
}

/* Every connect() of a datagram socket chooses a new one. */
static u32 btns_sock_generation(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_UDP ? READ_ONCE(sk->sk_txhash) : 0;
}

/* l->lock held, or l not yet in the table. */
static void btns_latch_bind(struct btns_latch *l, struct sock *sk)
{
	const struct sock *full = sk;

	WRITE_ONCE(l->cookie, btns_latch_sock_cookie(sk));
	WRITE_ONCE(l->dif, sk->sk_bound_dev_if);
	if (sk->sk_state == TCP_NEW_SYN_RECV) {
		full = inet_reqsk(sk)->rsk_listener;
		if (!full)
			return;
	} else if (sk->sk_protocol != IPPROTO_SCTP) {
		WRITE_ONCE(l->generation, btns_sock_generation(sk));
	}
	l->uid = sk_uid(full);
}

/* btns_latch.told */
enum {
	BTNS_TOLD_QUEUED,		/* waits in latch_events */
	BTNS_TOLD_RESET,		/* its connection is to be reset */
};

static void btns_latch_queue(struct btns_latch *l)
{
	struct btns_net *bn = l->bn;

	if (READ_ONCE(bn->dying) || test_and_set_bit(BTNS_TOLD_QUEUED, &l->told))
		return;
	if (!btns_latch_get(l))
		return;
	llist_add(&l->event, &bn->latch_events);
	schedule_work(&bn->latch_event_work);
}

/* Tell those who listen, in process context. */
static void btns_latch_tell(struct btns_latch *l)
{
	if (genl_has_listeners(&btns_genl_family, l->bn->net, BTNS_MCGRP_LATCHES))
		btns_latch_queue(l);
}

static void btns_latch_drain_events(struct btns_net *bn, bool tell)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&bn->latch_events));
	struct btns_latch *l, *next;

	llist_for_each_entry_safe(l, next, list, event) {
		clear_bit(BTNS_TOLD_QUEUED, &l->told);
		if (tell) {
			btns_notify_latch(bn, l);
			if (test_and_clear_bit(BTNS_TOLD_RESET, &l->told))
				btns_alert_reset(l);
		}
		btns_latch_put(l);
		cond_resched();
	}
}

static void btns_latch_event_work(struct work_struct *work)
{
	btns_latch_drain_events(container_of(work, struct btns_net, latch_event_work),
				true);
}

static struct btns_latch *btns_latch_alloc(struct btns_net *bn, const struct btns_latch_birth *b)
{
	const struct btns_sa_pair *p = b->pair;
	struct btns_latch *l;

	l = kmem_cache_zalloc(btns_latch_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!l)
		return NULL;
	if (b->tuple->proto == IPPROTO_SCTP && !btns_sctp_get()) {
		kfree(l);
		return NULL;
	}
	l->bn = bn;
	l->tuple = *b->tuple;
	l->state = b->larval ? BTNS_LATCH_LARVAL : BTNS_LATCH_ESTABLISHED;
	l->mode = p->cache->mode;
	l->suite = p->suite;
	l->flags = (p->replay ? BTNS_LATCH_F_REPLAY : 0) |
		   (p->esn ? BTNS_LATCH_F_ESN : 0) |
		   (p->encap_dport ? BTNS_LATCH_F_ENCAP : 0) |
		   (b->passive ? BTNS_LATCH_F_PASSIVE : 0) |
		   (b->flow ? BTNS_LATCH_F_FLOW : 0) |
		   (b->own ? BTNS_LATCH_F_OWN : 0);
	if (b->own)
		WRITE_ONCE(p->cache->latched, true);
	l->outer_local = p->outer_local;
	l->outer_peer = p->outer_peer;
	l->peer = p->cache->peer;
	l->local = p->local;
	l->spd = p->cache->spd;
	l->reaction = b->reaction;
	l->alert = b->alert;
	l->generation = b->assoc;
	l->dif = b->dif;
	l->uid = INVALID_UID;
	l->born = jiffies;
	l->used = jiffies;
	spin_lock_init(&l->lock);
	seqcount_spinlock_init(&l->fit_seq, &l->lock);
	refcount_set(&l->refs, 1);
	/* the pair holds references as long as RCU protects it */
	btns_identity_get(l->peer);
	btns_identity_get(l->local);
	btns_spd_entry_get(l->spd);
	if (b->owner)
		btns_latch_bind(l, b->owner);
	return l;
}

/* Out of all counters; the last reference is the caller's. */
static void btns_latch_uncount(struct btns_net *bn, u8 proto, bool larval, bool flow)
{
	if (proto == IPPROTO_SCTP)
		atomic_dec(&bn->sctp_count);
	if (larval)
		atomic_dec(&bn->larval_count);
	if (flow)
		atomic_dec(&bn->flow_count);
	atomic_dec(&bn->latch_count);
}

static bool btns_latch_count(struct btns_net *bn, u8 proto, bool larval, bool flow)
{
	bool fits;

	if (proto == IPPROTO_SCTP)
		atomic_inc(&bn->sctp_count);
	fits = atomic_inc_return(&bn->latch_count) <= READ_ONCE(bn->sysctl.latch_max);
	if (larval && atomic_inc_return(&bn->larval_count) > READ_ONCE(bn->sysctl.larval_max))
		fits = false;
	if (flow && atomic_inc_return(&bn->flow_count) > READ_ONCE(bn->sysctl.flow_max))
		fits = false;
	if (!fits)
		btns_latch_uncount(bn, proto, larval, flow);
	return fits;
}

struct btns_latch *btns_latch_new(struct btns_net *bn, const struct btns_latch_birth *b)
{
	const u8 proto = b->tuple->proto;
	struct btns_latch *l, *old;
	int err;

	if (!btns_latch_count(bn, proto, b->larval, b->flow)) {
		btns_stat_inc(bn, BTNS_STAT_LATCH_FULL);
		return NULL;
	}
	l = btns_latch_alloc(bn, b);
	if (!l)
		goto nomem;
	l->id = atomic_long_inc_return(&btns_latch_ids);
	err = xa_insert_bh(&bn->latch_ids, l->id, l, GFP_ATOMIC | __GFP_NOWARN);
	if (err)
		goto put;
	old = rhashtable_lookup_get_insert_fast(&bn->latches, &l->node,
						btns_latch_params);
	if (!old) {
		btns_stat_inc(bn, BTNS_STAT_LATCH_NEW);
		/* the worker may be running its last lap: always ask for another */
		schedule_delayed_work(&bn->latch_gc, BTNS_GC_INTERVAL);
		if (!b->larval)
			btns_latch_tell(l);
		return l;
	}
	xa_erase_bh(&bn->latch_ids, l->id);
	if (!IS_ERR(old)) {
		btns_latch_put(l);
		btns_latch_uncount(bn, proto, b->larval, b->flow);
		return old;
	}
put:
	btns_latch_put(l);
nomem:
	btns_latch_uncount(bn, proto, b->larval, b->flow);
	btns_stat_inc(bn, BTNS_STAT_NOMEM);
	return ERR_PTR(-ENOMEM);
}

static u8 btns_latch_set_state(struct btns_latch *l, u8 from, u8 to)
{
	u8 old;

	spin_lock_bh(&l->lock);
	old = l->state;
	if (old == from || from == __BTNS_LATCH_MAX)
		WRITE_ONCE(l->state, to);
	spin_unlock_bh(&l->lock);
	return old;
}

void btns_latch_release(struct btns_latch *l)
{
	struct btns_net *bn = l->bn;
	u8 old;

	if (rhashtable_remove_fast(&bn->latches, &l->node, btns_latch_params))
		return;		/* somebody was faster */
	old = btns_latch_set_state(l, __BTNS_LATCH_MAX, BTNS_LATCH_CLOSED);
	btns_latch_tell(l);
	xa_erase_bh(&bn->latch_ids, l->id);
	btns_latch_uncount(bn, l->tuple.proto, old == BTNS_LATCH_LARVAL,
			   l->flags & BTNS_LATCH_F_FLOW);
	btns_stat_inc(bn, BTNS_STAT_LATCH_RELEASED);
	btns_latch_put(l);
}

void btns_latch_establish(struct btns_latch *l)
{
	if (btns_latch_set_state(l, BTNS_LATCH_LARVAL, BTNS_LATCH_ESTABLISHED) !=
	    BTNS_LATCH_LARVAL)
		return;
	atomic_dec(&l->bn->larval_count);
	btns_latch_tell(l);
}

/* The owner's error queue, those who listen and, if so chosen, a reset. */
static void btns_latch_alert(struct btns_latch *l, enum btns_stat counter, bool reset)
{
	btns_stat_inc(l->bn, counter);
	btns_unique_wake(l);
	if (READ_ONCE(l->alert))
		btns_alert_owner(l);
	if (reset) {
		set_bit(BTNS_TOLD_RESET, &l->told);
		btns_latch_queue(l);
	} else {
		btns_latch_tell(l);
	}
}

bool btns_latch_break(struct btns_latch *l, enum btns_break why)
{
	bool changed, mended;

	spin_lock_bh(&l->lock);
	mended = l->state == BTNS_LATCH_BROKEN;
	changed = l->state == BTNS_LATCH_ESTABLISHED ||
		  (mended && l->broken != why && l->broken != BTNS_BREAK_DEAD);
	if (changed) {
		WRITE_ONCE(l->state, BTNS_LATCH_BROKEN);
		WRITE_ONCE(l->broken, why);
	}
	spin_unlock_bh(&l->lock);
	if (!changed)
		return false;
	btns_latch_alert(l, BTNS_STAT_LATCH_BROKEN,
			 READ_ONCE(l->reaction) != BTNS_REACTION_WAIT);
	return true;
}

bool btns_latch_mend(struct btns_latch *l)
{
	bool changed;

	spin_lock_bh(&l->lock);
	changed = l->state == BTNS_LATCH_BROKEN && l->broken != BTNS_BREAK_DEAD;
	if (changed) {
		WRITE_ONCE(l->state, BTNS_LATCH_ESTABLISHED);
		WRITE_ONCE(l->broken, BTNS_BREAK_NONE);
	}
	spin_unlock_bh(&l->lock);
	if (changed)
		btns_latch_alert(l, BTNS_STAT_LATCH_MENDED, false);
	return changed;
}

bool btns_latch_close(struct btns_latch *l)
{
	bool changed;

	spin_lock_bh(&l->lock);
	changed = l->state == BTNS_LATCH_ESTABLISHED || l->state == BTNS_LATCH_BROKEN;
	if (changed) {
		WRITE_ONCE(l->state, BTNS_LATCH_CLOSED);
		WRITE_ONCE(l->broken, BTNS_BREAK_ADMIN);
	}
	spin_unlock_bh(&l->lock);
	/* it stays in the table, and holds back packets, until its socket is gone */
	if (changed)
		btns_latch_alert(l, BTNS_STAT_LATCH_CLOSED, true);
	return changed;
}

struct btns_latch *btns_latch_next(struct btns_net *bn, unsigned long *id)
{
	struct btns_latch *l;

	rcu_read_lock();
	do {
		++*id;
		l = xa_find(&bn->latch_ids, id, ULONG_MAX, XA_PRESENT);
	} while (l && !btns_latch_get(l));
	rcu_read_unlock();
	return l;
}

bool btns_latch_is_of(struct btns_latch *l, struct sock *sk)
{
	u64 cookie = READ_ONCE(l->cookie);

	if (l->tuple.proto == IPPROTO_SCTP)
		return btns_sctp_is_of(l, sk);
	if (likely(cookie))
		return cookie == atomic64_read(&sk->sk_cookie) &&
		       READ_ONCE(l->generation) == btns_sock_generation(sk);
	/* Passive: its socket comes after it.  SYN_SENT: another, new connection. */
	if (sk->sk_state == TCP_SYN_SENT)
		return false;
	spin_lock_bh(&l->lock);
	if (!l->cookie)
		btns_latch_bind(l, sk);
	cookie = l->cookie;
	spin_unlock_bh(&l->lock);
	return cookie == atomic64_read(&sk->sk_cookie);
}

static bool btns_sock_open(const struct sock *sk)
{
	switch (sk->sk_state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
	case TCP_NEW_SYN_RECV:
		return false;
	default:
		return true;
	}
}

/* Any socket that takes the flow's datagrams, connected to nobody. */
static bool btns_flow_owned(struct btns_latch *l, struct sock *sk)
{
	unsigned long idle = msecs_to_jiffies(READ_ONCE(l->bn->sysctl.flow_idle_ms));

	return sk->sk_state != TCP_ESTABLISHED && btns_latch_is_of(l, sk) &&
	       time_before(jiffies, READ_ONCE(l->used) + idle);
}

bool btns_latch_owned(struct btns_latch *l, bool fresh)
{
	struct btns_tuple t;
	struct sock *sk;
	bool owned;

	if (l->tuple.proto == IPPROTO_SCTP)
		return btns_sctp_owned(l, fresh);
	sk = btns_tuple_sock(l->bn->net, &l->tuple, READ_ONCE(l->dif));
	if (!sk)
		return !READ_ONCE(l->cookie) && !fresh &&
		       time_before(jiffies, l->born + BTNS_LARVAL_TIME);
	if (!sk_fullsock(sk)) {
		/* kept through time-wait, unless a new connection takes the tuple */
		owned = READ_ONCE(l->cookie) == atomic64_read(&sk->sk_cookie) &&
			!(fresh && sk->sk_state == TCP_TIME_WAIT);
	} else if (l->flags & BTNS_LATCH_F_FLOW) {
		owned = btns_flow_owned(l, sk);
	} else {
		owned = btns_tuple_from_sock(sk, &t) &&
			btns_tuple_equal(&t, &l->tuple) && btns_latch_is_of(l, sk);
		if (owned && l->tuple.proto == IPPROTO_UDP)
			owned = sk->sk_state == TCP_ESTABLISHED;
		if (owned && READ_ONCE(l->state) == BTNS_LATCH_LARVAL &&
		    btns_sock_open(sk))
			btns_latch_establish(l);
	}
	sock_gen_put(sk);
	return owned;
}

/* Why that socket can have no latch; 0: it can. */
static int btns_sock_unfit(const struct sock *sk)
{
	if ((sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM) ||
	    (sk->sk_protocol == IPPROTO_SCTP && !btns_sctp_one_to_many(sk))) {
		switch (sk->sk_state) {
		case TCP_LISTEN:
			return -EOPNOTSUPP;
		case TCP_CLOSE:
			return -ENOTCONN;
		default:
			return 0;
		}
	}
	if (sk->sk_protocol == IPPROTO_UDP && sk->sk_type == SOCK_DGRAM)
		return sk->sk_state == TCP_ESTABLISHED ? 0 : -ENOTCONN;
	return -EOPNOTSUPP;
}

struct btns_latch *btns_latch_of_sock(struct btns_net *bn, struct sock *sk)
{
	struct btns_latch *l;
	struct btns_tuple t;
	int err;

	err = btns_sock_unfit(sk);
	if (err)
		return ERR_PTR(err);
	if (sk->sk_protocol == IPPROTO_SCTP)
		return btns_sctp_of_sock(bn, sk);
	if (!btns_tuple_from_sock(sk, &t))
		return ERR_PTR(-ENOTCONN);
	err = sk->sk_state == TCP_SYN_SENT ? -ENOTCONN : -ENODATA;
	rcu_read_lock();
	l = btns_latch_find(bn, &t);
	if (l && !btns_latch_is_of(l, sk)) {
		if (!btns_latch_owned(l, false))
			btns_latch_release(l);
		l = NULL;
	}
	if (l && READ_ONCE(l->state) == BTNS_LATCH_LARVAL && btns_sock_open(sk))
		btns_latch_establish(l);
	if (l && !btns_latch_get(l))
		l = NULL;
	rcu_read_unlock();
	return l ?: ERR_PTR(err);
}

struct btns_latch *btns_latch_of_flow(struct btns_net *bn, struct sock *sk,
				      const struct btns_tuple *t)
{
	struct btns_latch *l;

	rcu_read_lock();
	l = btns_latch_find(bn, t);
	if (l && !btns_latch_owned(l, false)) {
		btns_latch_release(l);
		l = NULL;
	}
	if (l && (!btns_latch_is_of(l, sk) || !btns_latch_get(l)))
		l = NULL;
	rcu_read_unlock();
	return l ?: ERR_PTR(-ENODATA);
}

static void btns_latch_fill_addr(u8 dst[16], const xfrm_address_t *a, u16 family)
{
	memcpy(dst, a, btns_addr_len(family));
}

void btns_latch_fill_info(const struct btns_latch *l, struct btns_latch_info *info)
{
	const struct btns_tuple *t = &l->tuple;
	struct btns_alg alg;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->state = READ_ONCE(l->state);
	info->mode = l->mode;
	info->peer_auth = READ_ONCE(l->peer->auth);
	info->local_auth = l->local->auth;
	info->trust = READ_ONCE(l->peer->trust);
	info->encr = l->suite.encr;
	info->encr_bits = l->suite.encr_bits;
	info->integ = l->suite.integ;
	info->flags = l->flags;
	if (!btns_alg_find(&l->suite, &alg, NULL))
		info->flags |= (alg.confidential ? BTNS_LATCH_F_CONFIDENTIAL : 0) |
			       (alg.integrity ? BTNS_LATCH_F_INTEGRITY : 0);
	info->id = l->id;
	info->family = t->family;
	info->local_port = t->local_port;
	info->peer_port = t->peer_port;
	btns_latch_fill_addr(info->local, &t->local, t->family);
	btns_latch_fill_addr(info->peer, &t->peer, t->family);
	if (l->outer_local.family && l->outer_peer.family) {
		info->outer_family = l->outer_local.family;
		btns_latch_fill_addr(info->outer_local, &l->outer_local.a,
				     l->outer_local.family);
		btns_latch_fill_addr(info->outer_peer, &l->outer_peer.a,
				     l->outer_peer.family);
	} else {
		info->outer_family = t->family;
		memcpy(info->outer_local, info->local, sizeof(info->local));
		memcpy(info->outer_peer, info->peer, sizeof(info->peer));
	}
	info->drops_in = (u32)atomic_read(&l->drops_in);
	info->drops_out = (u32)atomic_read(&l->drops_out);
	memcpy(info->peer_fingerprint, l->peer->fingerprint, BTNS_FINGERPRINT_LEN);
	memcpy(info->local_fingerprint, l->local->fingerprint, BTNS_FINGERPRINT_LEN);
	info->broken = READ_ONCE(l->broken);
	info->reaction = READ_ONCE(l->reaction);
}

static void btns_latch_gc(struct work_struct *work)
{
	struct btns_net *bn = container_of(to_delayed_work(work), struct btns_net,
					   latch_gc);
	unsigned long id = 0;
	unsigned int n;

	do {
		struct btns_latch *l;

		rcu_read_lock();
		for (n = 0; n < BTNS_GC_CHUNK; n++, id++) {
			l = xa_find(&bn->latch_ids, &id, ULONG_MAX, XA_PRESENT);
			if (!l)
				break;
			if (!btns_latch_owned(l, false))
				btns_latch_release(l);
		}
		rcu_read_unlock();
		cond_resched();
	} while (n == BTNS_GC_CHUNK);

	if (atomic_read(&bn->latch_count))
		schedule_delayed_work(&bn->latch_gc, BTNS_GC_INTERVAL);
	else
		btns_datapath_settle(bn);
}

/* Memory of 100,000 latches counts. */
static_assert(sizeof(struct btns_latch) <= 448);

int btns_latch_cache_init(void)
{
	btns_latch_cache = kmem_cache_create("btns_latch", sizeof(struct btns_latch), 0, 0,
					     NULL);
	return btns_latch_cache ? 0 : -ENOMEM;
}

/* All namespaces are gone, and all grace periods over. */
void btns_latch_cache_exit(void)
{
	kmem_cache_destroy(btns_latch_cache);
}

int btns_latch_init(struct btns_net *bn)
{
	mutex_init(&bn->hook_lock);
	xa_init_flags(&bn->latch_ids, XA_FLAGS_LOCK_BH);
	init_llist_head(&bn->latch_events);
	INIT_DELAYED_WORK(&bn->latch_gc, btns_latch_gc);
	INIT_WORK(&bn->latch_event_work, btns_latch_event_work);
	return rhashtable_init(&bn->latches, &btns_latch_params);
}

/*
 * All users of the hooks are gone.  No socket option runs: the options are
 * unregistered first, or the namespace has no sockets any more.
 */
void btns_latch_exit(struct btns_net *bn)
{
	struct btns_latch *l;
	unsigned long id;

	btns_datapath_stop(bn);
	cancel_delayed_work_sync(&bn->latch_gc);
	rcu_read_lock();
	xa_for_each(&bn->latch_ids, id, l)
		btns_latch_release(l);
	rcu_read_unlock();
	cancel_work_sync(&bn->latch_event_work);
	btns_latch_drain_events(bn, false);
	rhashtable_destroy(&bn->latches);
	xa_destroy(&bn->latch_ids);
}
