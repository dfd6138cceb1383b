// SPDX-License-Identifier: GPL-2.0-only
/* SCTP associations: found by address pair, with the latches of all their pairs. */
#include <linux/module.h>
#include <linux/spinlock.h>
#include <net/sctp/sctp.h>
#include <net/sctp/structs.h>

#include "compat/compat.h"
#include "sctp.h"

/* Parameter types (RFC 9260 section 3.3.2.1, RFC 5061 section 4.2) */
#define BTNS_SCTP_PARAM_IPV4		5
#define BTNS_SCTP_PARAM_IPV6		6
#define BTNS_SCTP_PARAM_ADD_IP		0xc001
#define BTNS_SCTP_PARAM_SET_PRIMARY	0xc004

/* A latch may be without an association so long: from the COOKIE ECHO. */
#define BTNS_SCTP_LARVAL_TIME	(3 * HZ)

static DEFINE_SPINLOCK(btns_sctp_lock);
static unsigned int btns_sctp_users;
static typeof(sctp_transport_lookup_process) *btns_sctp_lookup;

bool btns_sctp_get(void)
{
	bool there;

	spin_lock_bh(&btns_sctp_lock);
	if (!btns_sctp_users)
		btns_sctp_lookup = symbol_get(sctp_transport_lookup_process);
	there = btns_sctp_lookup;
	if (there)
		btns_sctp_users++;
	spin_unlock_bh(&btns_sctp_lock);
	return there;
}

void btns_sctp_put(void)
{
	spin_lock_bh(&btns_sctp_lock);
	if (!--btns_sctp_users) {
		symbol_put(sctp_transport_lookup_process);
		btns_sctp_lookup = NULL;
	}
	spin_unlock_bh(&btns_sctp_lock);
}

struct btns_sctp_query {
	struct btns_net *bn;
	struct btns_sctp_assoc *a;
	const struct btns_latch *broken;
	bool path;			/* one remains beside broken */
	bool moves;			/* broken is in use, and that one could be */
	union sctp_addr to;		/* its address of the peer */
	struct sock *sk;		/* a reference, if asked for */
	bool want_sk;
};

static void btns_sctp_set_addr(union sctp_addr *a, u16 family, const xfrm_address_t *addr,
			       __be16 port, u32 scope)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = family;
	if (family == AF_INET) {
		a->v4.sin_addr.s_addr = addr->a4;
		a->v4.sin_port = port;
	} else {
		a->v6.sin6_addr = addr->in6;
		a->v6.sin6_port = port;
		a->v6.sin6_scope_id = scope;
	}
}

static bool btns_sctp_tuple(struct btns_tuple *t, const struct sctp_association *asoc,
			    const union sctp_addr *local, const union sctp_addr *peer)
{
	memset(t, 0, sizeof(*t));
	if (local->sa.sa_family != peer->sa.sa_family)
		return false;
	t->proto = IPPROTO_SCTP;
	t->family = peer->sa.sa_family;
	t->local_port = htons(asoc->base.bind_addr.port);
	t->peer_port = htons(asoc->peer.port);
	if (t->family == AF_INET) {
		t->local.a4 = local->v4.sin_addr.s_addr;
		t->peer.a4 = peer->v4.sin_addr.s_addr;
	} else {
		t->local.in6 = local->v6.sin6_addr;
		t->peer.in6 = peer->v6.sin6_addr;
		if (ipv6_addr_type(&t->peer.in6) & IPV6_ADDR_LINKLOCAL)
			t->scope = peer->v6.sin6_scope_id;
	}
	return true;
}

static struct btns_latch *btns_sctp_pair_latch(struct btns_net *bn,
					       const struct sctp_association *asoc,
					       const union sctp_addr *local,
					       const union sctp_addr *peer)
{
	struct btns_latch *l;
	struct btns_tuple t;
	u32 of;

	if (!btns_sctp_tuple(&t, asoc, local, peer))
		return NULL;
	l = btns_latch_find(bn, &t);
	of = l ? READ_ONCE(l->generation) : 0;
	return l && (!of || of == asoc->assoc_id) ? l : NULL;
}

/* Established, or about to be: its next packet will show that the association is. */
static bool btns_sctp_in_force(const struct btns_latch *l)
{
	const u8 state = READ_ONCE(l->state);

	return state == BTNS_LATCH_ESTABLISHED || state == BTNS_LATCH_LARVAL;
}

/* Which of two to look at: one in force, then the primary path's. */
static struct btns_latch *btns_sctp_better(struct btns_latch *a, struct btns_latch *b)
{
	if (!a)
		return b;
	return b && !btns_sctp_in_force(a) && btns_sctp_in_force(b) ? b : a;
}

static struct btns_latch *btns_sctp_path_latch(struct btns_net *bn,
					       const struct sctp_association *asoc,
					       const struct sctp_transport *t)
{
	const struct sctp_sockaddr_entry *local;
	struct btns_latch *best = NULL;

	list_for_each_entry_rcu(local, &asoc->base.bind_addr.address_list, list)
		best = btns_sctp_better(best, btns_sctp_pair_latch(bn, asoc, &local->a,
								   &t->ipaddr));
	return best;
}

/*
 * An address goes only by a packet of another pair, which has its latch by then: as long
 * as a latched association has pairs, one of them has a latch.
 */
static struct btns_latch *btns_sctp_assoc_latch(struct btns_net *bn,
						const struct sctp_association *asoc)
{
	const struct sctp_transport *t, *primary = READ_ONCE(asoc->peer.primary_path);
	struct btns_latch *best = NULL, *l;

	list_for_each_entry_rcu(t, &asoc->peer.transport_addr_list, transports) {
		l = btns_sctp_path_latch(bn, asoc, t);
		best = t == primary ? btns_sctp_better(l, best) : btns_sctp_better(best, l);
	}
	return best;
}

static bool btns_sctp_goes_to(const struct sctp_association *asoc,
			      const struct sctp_transport *t, const struct btns_latch *l)
{
	struct btns_tuple tuple;

	return btns_sctp_tuple(&tuple, asoc, &t->ipaddr, &t->ipaddr) &&
	       tuple.family == l->tuple.family &&
	       !memcmp(&tuple.peer, &l->tuple.peer, sizeof(tuple.peer));
}

/* Another address of the peer whose pairs are not broken, one that answers if possible. */
static const struct sctp_transport *btns_sctp_other_path(struct btns_net *bn,
							 const struct sctp_association *asoc,
							 const struct btns_latch *broken)
{
	const struct sctp_transport *t, *found = NULL;
	const struct btns_latch *l;

	list_for_each_entry_rcu(t, &asoc->peer.transport_addr_list, transports) {
		if (btns_sctp_goes_to(asoc, t, broken))
			continue;
		l = btns_sctp_path_latch(bn, asoc, t);
		if (l && !btns_sctp_in_force(l))
			continue;
		if (READ_ONCE(t->state) == SCTP_ACTIVE)
			return t;
		found = t;
	}
	return found;
}

static void btns_sctp_look_beside(struct btns_sctp_query *q, const struct sctp_association *asoc)
{
	const struct sctp_transport *active = READ_ONCE(asoc->peer.active_path);
	const struct sctp_transport *primary = READ_ONCE(asoc->peer.primary_path);
	const struct sctp_transport *other = btns_sctp_other_path(q->bn, asoc, q->broken);

	q->path = other;
	if (!other)
		return;
	q->to = other->ipaddr;
	q->moves = READ_ONCE(other->state) == SCTP_ACTIVE &&
		   ((active && btns_sctp_goes_to(asoc, active, q->broken)) ||
		    (primary && btns_sctp_goes_to(asoc, primary, q->broken)));
}

static int btns_sctp_look(struct sctp_endpoint *ep, struct sctp_transport *t, void *p)
{
	const struct sctp_association *asoc = t->asoc;
	struct btns_sctp_query *q = p;

	rcu_read_lock();
	if (q->a) {
		q->a->id = asoc->assoc_id;
		q->a->sk = ep->base.sk;
		q->a->cookie = btns_latch_sock_cookie(ep->base.sk);
		q->a->uid = sk_uid(ep->base.sk);
		q->a->opening = READ_ONCE(asoc->state) == SCTP_STATE_COOKIE_WAIT;
		q->a->open = READ_ONCE(asoc->state) >= SCTP_STATE_ESTABLISHED;
		q->a->latch = btns_sctp_assoc_latch(q->bn, asoc);
	}
	if (q->broken)
		btns_sctp_look_beside(q, asoc);
	rcu_read_unlock();
	if (q->want_sk) {
		q->sk = ep->base.sk;
		sock_hold(q->sk);
	}
	return 0;
}

/* A socket bound to a device has associations for that one only; others for any. */
static bool btns_sctp_ask(struct net *net, const struct btns_tuple *t,
			  const struct btns_addr *peer, int dif, struct btns_sctp_query *q)
{
	union sctp_addr la, pa;
	int err;

	btns_sctp_set_addr(&la, t->family, &t->local, t->local_port, t->scope);
	btns_sctp_set_addr(&pa, peer->family, &peer->a, t->peer_port, t->scope);
	if (!btns_sctp_get())
		return false;
	err = btns_call_sctp_lookup(btns_sctp_lookup, btns_sctp_look, net, &la, &pa, q, 0);
	if (err && dif)
		err = btns_call_sctp_lookup(btns_sctp_lookup, btns_sctp_look, net, &la, &pa,
					    q, dif);
	btns_sctp_put();
	return !err;
}

bool btns_sctp_find_named(struct btns_net *bn, const struct btns_tuple *t,
			  const struct btns_addr *peer, int dif, struct btns_sctp_assoc *a)
{
	struct btns_sctp_query q = { .bn = bn, .a = a };

	return btns_sctp_ask(bn->net, t, peer, dif, &q);
}

bool btns_sctp_find(struct btns_net *bn, const struct btns_tuple *t, int dif,
		    struct btns_sctp_assoc *a)
{
	const struct btns_addr peer = { .family = t->family, .a = t->peer };

	return btns_sctp_find_named(bn, t, &peer, dif, a);
}

struct sock *btns_sctp_sock(struct net *net, const struct btns_tuple *t, int dif)
{
	const struct btns_addr peer = { .family = t->family, .a = t->peer };
	struct btns_sctp_query q = { .want_sk = true };

	return btns_sctp_ask(net, t, &peer, dif, &q) ? q.sk : NULL;
}

/* The association behind the pair is a: is l its latch?  It may have another socket now. */
static bool btns_sctp_adopt(struct btns_latch *l, const struct btns_sctp_assoc *a)
{
	bool ours;

	if (likely(READ_ONCE(l->generation) == a->id && READ_ONCE(l->cookie) == a->cookie)) {
		ours = true;
	} else {
		spin_lock_bh(&l->lock);
		if (!l->generation)
			WRITE_ONCE(l->generation, a->id);
		ours = l->generation == a->id;
		if (ours) {
			WRITE_ONCE(l->cookie, a->cookie);
			l->uid = a->uid;
		}
		spin_unlock_bh(&l->lock);
	}
	if (ours && a->open && READ_ONCE(l->state) == BTNS_LATCH_LARVAL)
		btns_latch_establish(l);
	return ours;
}

bool btns_sctp_owned(struct btns_latch *l, bool fresh)
{
	struct btns_sctp_assoc a;

	if (btns_sctp_find(l->bn, &l->tuple, READ_ONCE(l->dif), &a))
		return btns_sctp_adopt(l, &a);
	return !READ_ONCE(l->generation) && !fresh &&
	       time_before(jiffies, l->born + BTNS_SCTP_LARVAL_TIME);
}

bool btns_sctp_is_of(struct btns_latch *l, struct sock *sk)
{
	struct btns_sctp_assoc a;

	return btns_sctp_find(l->bn, &l->tuple, READ_ONCE(l->dif), &a) &&
	       a.sk == sk && btns_sctp_adopt(l, &a);
}

bool btns_sctp_one_to_many(const struct sock *sk)
{
	return sctp_style(sk, UDP);
}

struct btns_latch *btns_sctp_of_sock(struct btns_net *bn, struct sock *sk)
{
	const struct sctp_association *asoc;
	struct btns_latch *l = NULL;
	int err = -ENOTCONN;
	bool ours;

	lock_sock(sk);
	rcu_read_lock();
	asoc = list_first_entry_or_null(&sctp_sk(sk)->ep->asocs, struct sctp_association,
					asocs);
	if (asoc) {
		l = btns_sctp_assoc_latch(bn, asoc);
		if (asoc->state >= SCTP_STATE_ESTABLISHED)
			err = -ENODATA;
	}
	if (l && !btns_latch_get(l))
		l = NULL;
	rcu_read_unlock();
	release_sock(sk);
	if (!l)
		return ERR_PTR(err);
	rcu_read_lock();
	ours = btns_sctp_is_of(l, sk);
	rcu_read_unlock();
	if (ours)
		return l;
	btns_latch_put(l);
	return ERR_PTR(-ENODATA);
}

/*
 * One-to-one sockets cannot be told to abort but by close(): let them, and fail all else.
 */
static void btns_sctp_abort_stream(struct sock *sk, u32 id)
{
	const struct sctp_association *asoc;

	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE_WAIT || sock_flag(sk, SOCK_DEAD))
		goto out;
	asoc = list_first_entry_or_null(&sctp_sk(sk)->ep->asocs, struct sctp_association,
					asocs);
	if (!asoc || asoc->assoc_id != id || sk->sk_state == TCP_LISTEN)
		goto out;
	sock_set_flag(sk, SOCK_LINGER);
	sk->sk_lingertime = 0;
	sk->sk_err = ECONNABORTED;
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	sk_error_report(sk);
	sk->sk_state_change(sk);
out:
	release_sock(sk);
}

/* The application hears of it as of an ABORT. */
static void btns_sctp_abort(struct sock *sk, u32 id)
{
	union {
		char buf[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
		struct cmsghdr align;
	} control = { };
	struct msghdr msg = {
		.msg_control = &control,
		.msg_controllen = sizeof(control),
		.msg_flags = MSG_DONTWAIT,
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct sctp_sndinfo *info = CMSG_DATA(c);

	c->cmsg_level = IPPROTO_SCTP;
	c->cmsg_type = SCTP_SNDINFO;
	c->cmsg_len = CMSG_LEN(sizeof(*info));
	info->snd_flags = SCTP_ABORT;
	info->snd_assoc_id = id;
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, NULL, 0, 0);
	sk->sk_prot->sendmsg(sk, &msg, 0);
}

/* Another address of the peer becomes primary, as if the application had asked for that. */
static void btns_sctp_move(struct sock *sk, u32 id, const union sctp_addr *to)
{
	struct sctp_prim prim = { .ssp_assoc_id = id };

	memcpy(&prim.ssp_addr, to, sizeof(*to));
	sk->sk_prot->setsockopt(sk, SOL_SCTP, SCTP_PRIMARY_ADDR, KERNEL_SOCKPTR(&prim),
				sizeof(prim));
}

void btns_sctp_reset(struct btns_latch *l)
{
	const struct btns_addr peer = { .family = l->tuple.family, .a = l->tuple.peer };
	struct btns_sctp_assoc a;
	struct btns_sctp_query q = {
		.bn = l->bn, .a = &a, .broken = l, .want_sk = true,
	};
	bool found;

	rcu_read_lock();
	found = btns_sctp_ask(l->bn->net, &l->tuple, &peer, READ_ONCE(l->dif), &q);
	rcu_read_unlock();
	if (!found)
		return;
	if (a.id != READ_ONCE(l->generation)) {
		/* another association has its addresses */
	} else if (q.path) {
		if (q.moves && READ_ONCE(l->reaction) == BTNS_REACTION_FAILOVER)
			btns_sctp_move(q.sk, a.id, &q.to);
	} else if (sctp_style(q.sk, TCP)) {
		btns_sctp_abort_stream(q.sk, a.id);
	} else {
		btns_sctp_abort(q.sk, a.id);
	}
	sock_put(q.sk);
}

bool btns_sctp_unused(struct sock *sk)
{
	bool unused;

	lock_sock(sk);
	unused = list_empty(&sctp_sk(sk)->ep->asocs);
	release_sock(sk);
	return unused;
}

void btns_sctp_fail(struct sock *sk, int err)
{
	struct sctp_association *asoc;

	lock_sock(sk);
	/* close() ends the endpoint without that lock, after this state */
	if (sk->sk_state == TCP_CLOSE_WAIT || sock_flag(sk, SOCK_DEAD))
		goto out;
	list_for_each_entry(asoc, &sctp_sk(sk)->ep->asocs, asocs) {
		if (asoc->state != SCTP_STATE_COOKIE_WAIT)
			continue;
		sk->sk_err = err;
		sk_error_report(sk);
		wake_up_interruptible(&asoc->wait);
	}
out:
	release_sock(sk);
}

/* A parameter; nested ones stand behind a correlation ID.  0: no address. */
static unsigned int btns_sctp_param(const struct sk_buff *skb, unsigned int off, u16 *type)
{
	const struct sctp_paramhdr *p;
	struct sctp_paramhdr buf;

	p = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!p)
		return 0;
	*type = ntohs(p->type);
	return ntohs(p->length);
}

static bool btns_sctp_param_addr(const struct sk_buff *skb, unsigned int off, u16 type,
				 struct btns_addr *addr)
{
	unsigned int n;

	if (type >= BTNS_SCTP_PARAM_ADD_IP && type <= BTNS_SCTP_PARAM_SET_PRIMARY) {
		off += 8;
		if (!btns_sctp_param(skb, off, &type))
			return false;
	}
	if (type == BTNS_SCTP_PARAM_IPV4)
		addr->family = AF_INET;
	else if (type == BTNS_SCTP_PARAM_IPV6)
		addr->family = AF_INET6;
	else
		return false;
	n = btns_addr_len(addr->family);
	memset(&addr->a, 0, sizeof(addr->a));
	return !skb_copy_bits(skb, off + sizeof(struct sctp_paramhdr), &addr->a, n);
}

static bool btns_sctp_next_chunk(struct btns_sctp_walk *w)
{
	const struct sctp_chunkhdr *c;
	struct sctp_chunkhdr buf;
	unsigned int len, head;

	c = skb_header_pointer(w->skb, w->chunk, sizeof(buf), &buf);
	if (!c || ntohs(c->length) < sizeof(*c))
		return false;
	len = ntohs(c->length);
	switch (c->type) {
	case BTNS_SCTP_INIT:
	case BTNS_SCTP_INIT_ACK:
		head = sizeof(*c) + sizeof(struct sctp_inithdr);
		break;
	case BTNS_SCTP_ASCONF:
		head = sizeof(*c) + sizeof(struct sctp_addiphdr);
		break;
	default:
		head = len;
	}
	w->param = w->chunk + head;
	w->end = w->chunk + len;
	w->cut = w->end > w->skb->len;
	w->chunk += ALIGN(len, 4);
	return true;
}

bool btns_sctp_next_addr(struct btns_sctp_walk *w, struct btns_addr *addr)
{
	unsigned int off, len;
	u16 type;

	do {
		while (w->param + sizeof(struct sctp_paramhdr) <= w->end) {
			off = w->param;
			len = btns_sctp_param(w->skb, off, &type);
			if (len < sizeof(struct sctp_paramhdr))
				break;
			w->param += ALIGN(len, 4);
			if (btns_sctp_param_addr(w->skb, off, type, addr))
				return true;
		}
	} while (btns_sctp_next_chunk(w));
	return false;
}

u8 btns_sctp_first_chunk(const struct sk_buff *skb, int thoff)
{
	const u8 *type;
	u8 buf;

	type = skb_header_pointer(skb, thoff + sizeof(struct sctphdr), sizeof(buf), &buf);
	return type ? *type : U8_MAX;
}
