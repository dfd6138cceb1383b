// SPDX-License-Identifier: GPL-2.0-only
/*
 * XFRM key manager.  XFRM calls from packet processing and with locks of its own
 * held: what it says is put on a list and worked off in process context.
 */
#include <linux/in.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat/compat.h"
#include "config.h"
#include "conflict.h"
#include "holdoff.h"
#include "keymgr.h"
#include "log.h"
#include "notify.h"
#include "policy.h"
#include "sad.h"
#include "spdcache.h"
#include "stats.h"
#include "want.h"

#define BTNS_EXPIRE_POLL	(HZ / 4)

enum btns_event_kind {
	BTNS_EVENT_ACQUIRE,		/* number of an acquire */
	BTNS_EVENT_SOFT,		/* number of an SA pair */
	BTNS_EVENT_HARD,
	BTNS_EVENT_MAPPING,
};

/* Bits of btns_net.todo: what must be done, memory or not. */
enum btns_todo {
	BTNS_TODO_SWEEP,		/* states were deleted behind our back */
	BTNS_TODO_POLICIES,		/* policies were flushed behind our back */
	BTNS_TODO_ACQUIRES,		/* tell of those that are not told of yet */
};

struct btns_event {
	struct list_head list;
	enum btns_event_kind kind;
	u32 id;
	struct btns_addr addr;
	__be16 port;
};

/* Atomic context. */
static void btns_todo_queue(struct btns_net *bn, enum btns_todo what)
{
	set_bit(what, &bn->todo);
	spin_lock_bh(&bn->acquire_lock);
	if (!READ_ONCE(bn->dying))
		queue_work(bn->wq, &bn->event_work);
	spin_unlock_bh(&bn->acquire_lock);
}

/* Atomic context. */
static void btns_event_queue(struct btns_net *bn, enum btns_event_kind kind, u32 id,
			     const struct btns_addr *addr, __be16 port)
{
	struct btns_event *e;

	e = kzalloc(sizeof(*e), GFP_ATOMIC);
	if (!e) {
		btns_stat_inc(bn, BTNS_STAT_NOMEM);
		if (kind == BTNS_EVENT_ACQUIRE)
			btns_todo_queue(bn, BTNS_TODO_ACQUIRES);
		else if (kind == BTNS_EVENT_HARD)
			btns_todo_queue(bn, BTNS_TODO_SWEEP);
		return;
	}
	e->kind = kind;
	e->id = id;
	if (addr)
		e->addr = *addr;
	e->port = port;
	spin_lock_bh(&bn->acquire_lock);
	if (READ_ONCE(bn->dying)) {
		kfree(e);
	} else {
		list_add_tail(&e->list, &bn->events);
		queue_work(bn->wq, &bn->event_work);
	}
	spin_unlock_bh(&bn->acquire_lock);
}

static void btns_flow_end(struct btns_ts *ts, u16 family, u8 proto,
			  const xfrm_address_t *addr, __be16 port)
{
	memset(ts, 0, sizeof(*ts));
	ts->family = family;
	ts->proto = proto;
	memcpy(&ts->start, addr, btns_addr_len(family));
	ts->end = ts->start;
	/* 0: XFRM was asked before the port was chosen */
	ts->port_start = ntohs(port);
	ts->port_end = port ? ntohs(port) : 65535;
}

static bool btns_acquire_same(const struct btns_acquire *a, const struct btns_acquire *b)
{
	if (a->own != b->own || (a->own && (memcmp(&a->local, &b->local, sizeof(a->local)) ||
					    memcmp(&a->remote, &b->remote, sizeof(a->remote)))))
		return false;
	return a->spd == b->spd &&
	       !memcmp(&a->outer_peer, &b->outer_peer, sizeof(a->outer_peer)) &&
	       a->local.family == b->local.family &&
	       !memcmp(&a->local.start, &b->local.start, sizeof(a->local.start)) &&
	       !memcmp(&a->remote.start, &b->remote.start, sizeof(a->remote.start));
}

static void btns_acquire_outer(struct btns_acquire *a, const struct btns_spd_entry *spd)
{
	if (spd->mode == BTNS_MODE_TRANSPORT || spd->outer_peer.family == AF_UNSPEC) {
		a->outer_local.family = a->local.family;
		a->outer_local.a = a->local.start;
		a->outer_peer.family = a->remote.family;
		a->outer_peer.a = a->remote.start;
	} else {
		a->outer_local = spd->outer_local;
		a->outer_peer = spd->outer_peer;
	}
}

/*
 * Ask the helper; consumes a and its reference to the SPD entry.  0: it was asked, now or
 * earlier.
 */
static int btns_acquire_add(struct btns_net *bn, struct btns_acquire *a)
{
	struct btns_acquire *o;
	int err = 0;
	u32 id;

	a->expires = jiffies + msecs_to_jiffies(READ_ONCE(bn->sysctl.acquire_timeout_ms));
	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry(o, &bn->acquires, list) {
		if (btns_acquire_same(a, o)) {
			btns_stat_inc(bn, BTNS_STAT_ACQUIRE_DUP);
			goto drop;
		}
	}
	/* the entry may have gone since, see btns_config_remove() */
	if (btns_spd_by_reqid(bn, a->spd->id) != a->spd) {
		err = -ESRCH;
		goto drop;
	}
	/* an error: XFRM asks again with the next packet, not after its own long pause */
	if (READ_ONCE(bn->dying) ||
	    (!a->own && btns_holdoff_covers(bn, a->spd, &a->local, &a->remote))) {
		btns_stat_inc(bn, BTNS_STAT_ACQUIRE_HELD_OFF);
		err = -ESRCH;
		goto drop;
	}
	if (bn->acquire_count >= READ_ONCE(bn->sysctl.acquire_max)) {
		btns_stat_inc(bn, BTNS_STAT_ACQUIRE_FULL);
		err = -ENOBUFS;
		goto drop;
	}
	bn->acquire_next = bn->acquire_next % INT_MAX + 1;
	a->id = bn->acquire_next;
	id = a->id;
	list_add_tail(&a->list, &bn->acquires);
	bn->acquire_count++;
	spin_unlock_bh(&bn->acquire_lock);
	btns_stat_inc(bn, BTNS_STAT_ACQUIRE);
	btns_event_queue(bn, BTNS_EVENT_ACQUIRE, id, NULL, 0);
	return 0;

drop:
	spin_unlock_bh(&bn->acquire_lock);
	btns_spd_entry_put(a->spd);
	kfree(a);
	return err;
}

/* XFRM has a packet and no SA.  Atomic; 0: the packet waits, an error: it is lost. */
static int btns_km_acquire(struct xfrm_state *x, struct xfrm_tmpl *t, struct xfrm_policy *xp)
{
	struct btns_net *bn = btns_pernet(xs_net(x));
	struct btns_spd_entry *spd;
	struct btns_acquire *a;
	struct btns_spdc *c;

	if (t->reqid < BTNS_REQID_MIN || t->reqid > BTNS_REQID_MAX)
		return -ESRCH;
	a = kzalloc(sizeof(*a), GFP_ATOMIC);
	if (!a) {
		btns_stat_inc(bn, BTNS_STAT_NOMEM);
		return -ENOMEM;
	}
	btns_flow_end(&a->local, x->sel.family, x->sel.proto, &x->sel.saddr, x->sel.sport);
	btns_flow_end(&a->remote, x->sel.family, x->sel.proto, &x->sel.daddr, x->sel.dport);

	rcu_read_lock();
	spd = btns_spd_by_reqid(bn, t->reqid);
	if (!spd) {
		c = btns_spdc_by_reqid(bn, t->reqid);
		spd = c ? c->spd : NULL;
	}
	if (!spd || !refcount_inc_not_zero(&spd->refs)) {
		rcu_read_unlock();
		kfree(a);
		return -ESRCH;
	}
	rcu_read_unlock();
	a->spd = spd;
	btns_acquire_outer(a, spd);
	return btns_acquire_add(bn, a);
}

/* The SPD entry that a flow meets first, whoever the peer is; RCU. */
static struct btns_spd_entry *btns_spd_of_flow(struct btns_net *bn, const struct btns_ts *local,
					       const struct btns_ts *remote)
{
	struct btns_config *c = rcu_dereference(bn->config);
	struct btns_spd_entry *e;

	if (!c)
		return NULL;
	list_for_each_entry_rcu(e, &c->spd, list)
		if (!e->by_peer && btns_ts_within(local, &e->local) &&
		    btns_ts_within(remote, &e->remote))
			return e;
	return NULL;
}

static bool btns_spd_may_ask(const struct btns_spd_entry *spd, bool own)
{
	if (own)
		return spd->class != BTNS_CLASS_CLEAR && spd->class != BTNS_CLASS_BLOCK;
	return spd->class == BTNS_CLASS_CLEAR_OR_PRIVATE;
}

static int btns_keymgr_question(struct btns_net *bn, const struct btns_tuple *t, bool own,
				u64 cookie)
{
	struct btns_spd_entry *spd;
	struct btns_acquire *a;

	a = kzalloc(sizeof(*a), GFP_ATOMIC | __GFP_NOWARN);
	if (!a) {
		btns_stat_inc(bn, BTNS_STAT_NOMEM);
		return -ENOMEM;
	}
	btns_tuple_ts(t, &a->local, &a->remote);
	spd = btns_spd_of_flow(bn, &a->local, &a->remote);
	if (!spd || !btns_spd_may_ask(spd, own) ||
	    !refcount_inc_not_zero(&spd->refs)) {
		kfree(a);
		return -EACCES;
	}
	a->spd = spd;
	a->own = own;
	a->cookie = cookie;
	btns_acquire_outer(a, spd);
	return btns_acquire_add(bn, a);
}

int btns_keymgr_ask(struct btns_net *bn, const struct btns_tuple *t, u64 cookie)
{
	return btns_keymgr_question(bn, t, false, cookie);
}

int btns_keymgr_ask_own(struct btns_net *bn, const struct btns_tuple *t, u64 cookie)
{
	return btns_keymgr_question(bn, t, true, cookie);
}

/* XFRM tells of states; x->lock may be held. */
static int btns_km_notify(struct xfrm_state *x, const struct km_event *c)
{
	const struct btns_sa_pair *p;
	struct btns_net *bn;

	if (c->event == XFRM_MSG_FLUSHSA) {
		if (!c->net)
			return 0;
		bn = btns_pernet(c->net);
		if (READ_ONCE(bn->sa_count))
			btns_todo_queue(bn, BTNS_TODO_SWEEP);
		return 0;
	}
	if (!x || (c->event != XFRM_MSG_EXPIRE && c->event != XFRM_MSG_DELSA))
		return 0;
	bn = btns_pernet(xs_net(x));
	rcu_read_lock();
	p = btns_sad_of_state(bn, x);
	if (p && c->event == XFRM_MSG_EXPIRE)
		btns_event_queue(bn, c->data.hard ? BTNS_EVENT_HARD : BTNS_EVENT_SOFT, p->id,
				 NULL, 0);
	else if (p)
		btns_todo_queue(bn, BTNS_TODO_SWEEP);
	rcu_read_unlock();
	return 0;
}

/* A NAT gave the peer another address or port.  x->lock is held. */
static int btns_km_mapping(struct xfrm_state *x, xfrm_address_t *addr, __be16 port)
{
	struct btns_net *bn = btns_pernet(xs_net(x));
	const struct btns_sa_pair *p;
	struct btns_addr a = { .family = x->props.family };

	memcpy(&a.a, addr, btns_addr_len(a.family));
	rcu_read_lock();
	p = btns_sad_of_state(bn, x);
	if (p)
		btns_event_queue(bn, BTNS_EVENT_MAPPING, p->id, &a, port);
	rcu_read_unlock();
	/* the other key managers must be asked as well */
	return -EINVAL;
}

static int btns_km_notify_policy(struct xfrm_policy *xp, int dir, const struct km_event *c)
{
	struct btns_net *bn;

	if (xp)
		btns_verdicts_void(btns_pernet(xp_net(xp)));
	if (c->event != XFRM_MSG_FLUSHPOLICY || !c->net)
		return 0;
	/* another key manager cleans up: what we protect must not go clear for that */
	bn = btns_pernet(c->net);
	btns_verdicts_void(bn);
	if (READ_ONCE(bn->saved_larval_drop) >= 0)
		btns_todo_queue(bn, BTNS_TODO_POLICIES);
	return 0;
}

static struct xfrm_policy *btns_km_compile_policy(struct sock *sk, int opt, u8 *data,
						  int len, int *dir)
{
	/*
	 * XFRM calls it without looking; policies of sockets are xfrm_user's, and so is
	 * the error that *dir already has
	 */
	return NULL;
}

static bool btns_km_is_alive(const struct km_event *c)
{
	/* with a configuration acquires are kept, even while the helper restarts */
	return READ_ONCE(btns_pernet(c->net)->saved_larval_drop) >= 0;
}

static struct xfrm_mgr btns_km = {
	.notify = btns_km_notify,
	.acquire = btns_km_acquire,
	.compile_policy = btns_km_compile_policy,
	.new_mapping = btns_km_mapping,
	.notify_policy = btns_km_notify_policy,
	.is_alive = btns_km_is_alive,
};

int btns_keymgr_register(void)
{
	xfrm_register_km(&btns_km);
	return 0;
}

void btns_keymgr_unregister(void)
{
	xfrm_unregister_km(&btns_km);
}

static void btns_acquire_free(struct btns_acquire *a)
{
	btns_spd_entry_put(a->spd);
	kfree(a);
}

/* The pair of hosts, with what the entry says of protocol and ports. */
static void btns_acquire_pair(const struct btns_acquire *a, struct btns_ts *local,
			      struct btns_ts *remote)
{
	*local = a->local;
	*remote = a->remote;
	local->proto = a->spd->local.proto;
	remote->proto = a->spd->remote.proto;
	local->port_start = a->spd->local.port_start;
	local->port_end = a->spd->local.port_end;
	remote->port_start = a->spd->remote.port_start;
	remote->port_end = a->spd->remote.port_end;
}

/*
 * The question is settled.  XFRM keeps a larval state for it, which would keep it from
 * asking for other traffic of these hosts: it goes too.
 */
static void btns_acquire_settle(struct btns_net *bn, const struct btns_acquire *a)
{
	static const struct xfrm_mark none;
	struct xfrm_state *x;

	if (a->own)
		return;
	x = btns_xfrm_find_acq(bn->net, &none, XFRM_MODE_TRANSPORT, a->spd->id, IPPROTO_ESP,
			       &a->remote.start, &a->local.start, 0, a->local.family);
	if (!x)
		return;
	xfrm_state_delete(x);
	xfrm_state_put(x);
}

static void btns_acquire_failed(struct btns_net *bn, struct btns_acquire *a, int error,
				bool own)
{
	struct btns_ts local, remote;

	/* other traffic of these hosts is not concerned */
	if (a->own) {
		btns_want_failed(bn, a->cookie, error);
		return;
	}
	btns_acquire_pair(a, &local, &remote);
	if (btns_holdoff_add(bn, a->spd, &local, &remote, error,
			     own || a->spd->class == BTNS_CLASS_PRIVATE_OR_CLEAR))
		btns_warn(bn, "no memory for a hold-off\n");
	btns_acquire_settle(bn, a);
	/* its next SYN would hear of it, but may come when the hold-off is over */
	if (a->cookie)
		btns_want_failed(bn, a->cookie, EACCES);
}

bool btns_keymgr_for_own(struct btns_net *bn, u32 id, const struct btns_ts *local,
			 const struct btns_ts *remote)
{
	const struct btns_acquire *a;
	bool own = false;

	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry(a, &bn->acquires, list)
		if (a->id == id)
			own = a->own && !memcmp(&a->local, local, sizeof(*local)) &&
			      !memcmp(&a->remote, remote, sizeof(*remote));
	spin_unlock_bh(&bn->acquire_lock);
	return own;
}

static struct btns_acquire *btns_acquire_take(struct btns_net *bn, u32 id)
{
	struct btns_acquire *a, *found = NULL;

	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry(a, &bn->acquires, list) {
		if (a->id == id) {
			list_del(&a->list);
			bn->acquire_count--;
			found = a;
			break;
		}
	}
	spin_unlock_bh(&bn->acquire_lock);
	return found;
}

/**
 * btns_keymgr_done() - the helper is done with an acquire
 * @bn: namespace, locked
 * @id: number of the acquire
 * @error: 0: SAs are there; else a positive errno: hold off
 * @extack: why not
 *
 * Return: 0 or -ENOENT.
 */
int btns_keymgr_done(struct btns_net *bn, u32 id, int error,
		     struct netlink_ext_ack *extack)
{
	struct btns_acquire *a;

	lockdep_assert_held(&bn->lock);
	a = btns_acquire_take(bn, id);
	if (!a) {
		NL_SET_ERR_MSG(extack, "no open acquire with this number");
		return -ENOENT;
	}
	if (error) {
		btns_stat_inc(bn, BTNS_STAT_ACQUIRE_FAILED);
		btns_acquire_failed(bn, a, error, false);
	} else {
		btns_acquire_settle(bn, a);
		btns_policy_kick(bn, a->spd);
	}
	btns_acquire_free(a);
	return 0;
}

/**
 * btns_keymgr_satisfied() - SAs are there: what they cover need not be asked any more
 * @bn: namespace, locked
 * @spd: SPD entry of the SAs
 * @local: our side
 * @remote: the peer's side
 * @id: the acquire that they answer, 0: none
 */
void btns_keymgr_satisfied(struct btns_net *bn, const struct btns_spd_entry *spd,
			   const struct btns_ts *local, const struct btns_ts *remote, u32 id)
{
	struct btns_acquire *a, *n;
	LIST_HEAD(done);

	lockdep_assert_held(&bn->lock);
	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(a, n, &bn->acquires, list) {
		if (a->id != id && (a->own || a->spd != spd || !btns_ts_overlap(&a->local, local) ||
				    !btns_ts_overlap(&a->remote, remote)))
			continue;
		list_move_tail(&a->list, &done);
		bn->acquire_count--;
	}
	spin_unlock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(a, n, &done, list) {
		btns_acquire_settle(bn, a);
		btns_acquire_free(a);
	}
}

/**
 * btns_keymgr_forget() - an SPD entry goes: its acquires are void
 * @bn: namespace, locked
 * @spd: the entry
 */
void btns_keymgr_forget(struct btns_net *bn, const struct btns_spd_entry *spd)
{
	struct btns_acquire *a, *n;
	LIST_HEAD(gone);

	lockdep_assert_held(&bn->lock);
	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(a, n, &bn->acquires, list) {
		if (a->spd != spd)
			continue;
		list_move_tail(&a->list, &gone);
		bn->acquire_count--;
	}
	spin_unlock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(a, n, &gone, list) {
		btns_acquire_settle(bn, a);
		btns_acquire_free(a);
	}
}

static bool btns_is_unicast(const struct btns_ts *ts)
{
	if (ts->family == AF_INET6)
		return !ipv6_addr_is_multicast(&ts->start.in6) &&
		       !ipv6_addr_any(&ts->start.in6);
	return !ipv4_is_multicast(ts->start.a4) && !ipv4_is_lbcast(ts->start.a4) &&
	       !ipv4_is_zeronet(ts->start.a4);
}

static bool btns_is_own(struct btns_net *bn, const struct btns_ts *ts)
{
	if (ts->family == AF_INET)
		return inet_addr_type(bn->net, ts->start.a4) == RTN_LOCAL;
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_chk_addr(bn->net, &ts->start.in6, NULL, 0);
#else
	return false;
#endif
}

static void btns_event_acquire(struct btns_net *bn, u32 id)
{
	bool own;

	struct btns_acquire *a, *found = NULL;

	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry(a, &bn->acquires, list)
		if (a->id == id)
			found = a;
	spin_unlock_bh(&bn->acquire_lock);
	/* removed under bn->lock only, which is held */
	if (!found)
		return;
	found->told = true;
	own = btns_is_own(bn, &found->local);
	if (own && btns_is_own(bn, &found->remote)) {
		/* XFRM sees IPv6 packets to ourselves too: they leave nobody's house */
		found = btns_acquire_take(bn, id);
		btns_acquire_failed(bn, found, EADDRNOTAVAIL, true);
		btns_acquire_free(found);
		return;
	}
	if (!btns_is_unicast(&found->remote) ||
	    (!own && found->spd->mode == BTNS_MODE_TRANSPORT)) {
		/* nobody to negotiate with, or not for us to do: forwarded */
		btns_keymgr_done(bn, id, EADDRNOTAVAIL, NULL);
		return;
	}
	btns_notify_acquire(bn, found);
	queue_delayed_work(bn->wq, &bn->expire_work, BTNS_EXPIRE_POLL);
}

/* Those whose event there was no memory for. */
static void btns_todo_acquires(struct btns_net *bn)
{
	struct btns_acquire *a;
	u32 id;

	do {
		id = 0;
		spin_lock_bh(&bn->acquire_lock);
		list_for_each_entry(a, &bn->acquires, list) {
			if (!a->told) {
				id = a->id;
				break;
			}
		}
		spin_unlock_bh(&bn->acquire_lock);
		if (id)
			btns_event_acquire(bn, id);
	} while (id);
}

static void btns_todo_policies(struct btns_net *bn)
{
	if (!btns_policy_reinstall(bn) || !btns_holdoff_reinstall(bn)) {
		/* no memory: again, until they stand */
		set_bit(BTNS_TODO_POLICIES, &bn->todo);
		mod_delayed_work(bn->wq, &bn->expire_work, 1);
	}
	btns_conflict_reinstall(bn);
}

static void btns_todo_run(struct btns_net *bn)
{
	if (test_and_clear_bit(BTNS_TODO_SWEEP, &bn->todo))
		btns_sad_sweep(bn);
	if (test_and_clear_bit(BTNS_TODO_POLICIES, &bn->todo))
		btns_todo_policies(bn);
	if (test_and_clear_bit(BTNS_TODO_ACQUIRES, &bn->todo))
		btns_todo_acquires(bn);
}

static void btns_event_run(struct btns_net *bn, const struct btns_event *e)
{
	struct btns_sa_pair *p;

	if (e->kind == BTNS_EVENT_ACQUIRE) {
		btns_event_acquire(bn, e->id);
		return;
	}
	p = xa_load(&bn->sas, e->id);
	if (!p)
		return;
	if (e->kind == BTNS_EVENT_MAPPING) {
		btns_notify_mapping(bn, p, &e->addr, e->port);
	} else if (e->kind == BTNS_EVENT_HARD) {
		btns_sad_del(bn, p, BTNS_SA_EVENT_HARD);
	} else if (!p->soft) {
		p->soft = true;
		btns_notify_sa(bn, p, BTNS_SA_EVENT_SOFT);
	}
}

static void btns_event_work(struct work_struct *work)
{
	struct btns_net *bn = container_of(work, struct btns_net, event_work);
	struct btns_event *e, *n;
	LIST_HEAD(events);

	spin_lock_bh(&bn->acquire_lock);
	list_splice_init(&bn->events, &events);
	spin_unlock_bh(&bn->acquire_lock);
	mutex_lock(&bn->lock);
	list_for_each_entry_safe(e, n, &events, list) {
		if (!bn->dying)
			btns_event_run(bn, e);
		kfree(e);
	}
	if (!bn->dying)
		btns_todo_run(bn);
	mutex_unlock(&bn->lock);
}

static void btns_acquire_expire(struct btns_net *bn)
{
	const bool helper = btns_notify_acquire_listened(bn);
	struct btns_acquire *a, *n;
	LIST_HEAD(late);

	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(a, n, &bn->acquires, list) {
		if (time_before(jiffies, a->expires))
			continue;
		if (!helper) {
			/* nobody said no: a restarted helper will ask for it */
			a->expires = jiffies +
				msecs_to_jiffies(READ_ONCE(bn->sysctl.acquire_timeout_ms));
			continue;
		}
		list_move(&a->list, &late);
		bn->acquire_count--;
	}
	spin_unlock_bh(&bn->acquire_lock);
	list_for_each_entry_safe(a, n, &late, list) {
		btns_stat_inc(bn, BTNS_STAT_ACQUIRE_TIMEOUT);
		btns_acquire_failed(bn, a, ETIMEDOUT, false);
		btns_acquire_free(a);
	}
}

static void btns_expire_work(struct work_struct *work)
{
	struct btns_net *bn = container_of(work, struct btns_net, expire_work.work);

	mutex_lock(&bn->lock);
	if (!bn->dying) {
		btns_acquire_expire(bn);
		btns_holdoff_expire(bn);
		if (!list_empty(&bn->acquires) || !list_empty(&bn->holdoffs))
			queue_delayed_work(bn->wq, &bn->expire_work, BTNS_EXPIRE_POLL);
		if (READ_ONCE(bn->todo))
			queue_work(bn->wq, &bn->event_work);
	}
	mutex_unlock(&bn->lock);
}

int btns_keymgr_init(struct btns_net *bn)
{
	spin_lock_init(&bn->acquire_lock);
	INIT_LIST_HEAD(&bn->acquires);
	INIT_LIST_HEAD(&bn->holdoffs);
	INIT_LIST_HEAD(&bn->events);
	INIT_WORK(&bn->event_work, btns_event_work);
	INIT_DELAYED_WORK(&bn->expire_work, btns_expire_work);
	return 0;
}

void btns_keymgr_exit(struct btns_net *bn)
{
	struct btns_acquire *a, *an;
	struct btns_event *e, *en;

	/* whoever saw the namespace alive is through with its event then */
	spin_lock_bh(&bn->acquire_lock);
	spin_unlock_bh(&bn->acquire_lock);
	cancel_delayed_work_sync(&bn->expire_work);
	cancel_work_sync(&bn->event_work);
	mutex_lock(&bn->lock);
	btns_holdoff_forget(bn, NULL, NULL, NULL);
	mutex_unlock(&bn->lock);
	list_for_each_entry_safe(a, an, &bn->acquires, list) {
		list_del(&a->list);
		btns_acquire_free(a);
	}
	list_for_each_entry_safe(e, en, &bn->events, list) {
		list_del(&e->list);
		kfree(e);
	}
}
