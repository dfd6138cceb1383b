// SPDX-License-Identifier: GPL-2.0-only
/*
 * May a packet pass?
 *
 * Latches are born here (RFC 5660 section 5):
 *	TCP active	the SYN leaves under an SA of ours
 *	TCP passive	the ACK that completes the handshake comes in under one
 *	UDP		the first packet of a connected socket, in or out, under one
 *	SCTP active	the INIT leaves under one
 *	SCTP passive	the COOKIE ECHO comes in under one; either way each other pair
 *			of addresses with its first packet, in or out
 * A connection whose beginning was not protected is never latched later.
 *
 * Before anything is dropped the latch's owner is looked for: a latch that
 * outlived its socket must not harm the next connection with the same tuple.
 *
 * What was found once holds for the packets after it, see fit.c.
 */
#include <linux/netfilter.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <net/tcp.h>

#include "compat/compat.h"
#include "judge.h"
#include "keymgr.h"
#include "sctp.h"
#include "stats.h"
#include "want.h"

/* The counters of one direction. */
static enum btns_stat btns_stat_dir(bool input, enum btns_stat in, enum btns_stat out)
{
	return input ? in : out;
}

#define DIR_STAT(pkt, what) \
	btns_stat_dir((pkt)->input, BTNS_STAT_IN_##what, BTNS_STAT_OUT_##what)

/* Payload octets of a TCP packet. */
static int btns_tcp_payload(const struct btns_packet *pkt)
{
	return (int)pkt->skb->len - pkt->thoff - pkt->tcp.doff * 4;
}

/* __BTNS_STAT_MAX: it fits. */
static enum btns_stat btns_misfit(const struct btns_packet *pkt,
				  const struct btns_latch *l)
{
	const struct btns_sa_pair *p;

	if (!pkt->x)
		return DIR_STAT(pkt, CLEAR);
	p = btns_sad_of_state(pkt->bn, pkt->x);
	if (!p)
		return DIR_STAT(pkt, FOREIGN_SA);
	if (p->cache->peer != l->peer || p->local != l->local)
		return DIR_STAT(pkt, PEER);
	if (p->cache->mode != l->mode || p->suite.encr != l->suite.encr ||
	    p->suite.encr_bits != l->suite.encr_bits ||
	    p->suite.integ != l->suite.integ ||
	    (l->flags & BTNS_LATCH_F_REPLAY && !p->replay) ||
	    (l->flags & BTNS_LATCH_F_OWN && !pkt->input && !p->cache->own))
		return DIR_STAT(pkt, PROTECTION);
	switch (READ_ONCE(l->state)) {
	case BTNS_LATCH_BROKEN:
	case BTNS_LATCH_CLOSED:
		return DIR_STAT(pkt, BROKEN);
	}
	return __BTNS_STAT_MAX;
}

static unsigned int btns_drop(const struct btns_packet *pkt, struct btns_latch *l,
			      enum btns_stat why)
{
	atomic_inc(pkt->input ? &l->drops_in : &l->drops_out);
	WRITE_ONCE(l->reason, why);
	btns_stat_inc(pkt->bn, why);
	return NF_DROP;
}

/* Is what the socket, or its listener, wants there?  Takes its reaction to breaks over. */
static bool btns_birth_wanted(const struct btns_packet *pkt, const struct sock *sk,
			      struct btns_latch_birth *b)
{
	const struct btns_wish *w = btns_want_of(pkt->bn, sk);

	if (likely(!w))
		return true;
	if (w->want.flags & BTNS_WANT_F_BYPASS || btns_want_misfit(w, b->pair))
		return false;
	/* whoever opens a connection asks for SAs of its own */
	if (w->want.flags & BTNS_WANT_F_OWN && sk->sk_state != TCP_LISTEN &&
	    sk->sk_state != TCP_NEW_SYN_RECV) {
		if (!b->pair->cache->own)
			return false;
		b->own = true;
	}
	if (w->want.flags & BTNS_WANT_F_REACTION)
		b->reaction = w->want.reaction;
	b->alert = w->want.flags & BTNS_WANT_F_ALERT;
	return true;
}

/* Input without a latch: does a connection begin that deserves one? */
static struct btns_latch *btns_birth_in_tcp(struct btns_packet *pkt,
					    struct btns_latch_birth *b)
{
	struct net *net = pkt->bn->net;
	struct btns_latch *l = NULL;
	struct sock *sk;

	if (pkt->tcp.rst || (pkt->tcp.syn && pkt->tcp.ack))
		return NULL;
	b->larval = true;
	if (pkt->tcp.syn) {
		/* only TCP Fast Open can have data accepted before the ACK */
		if (btns_tcp_payload(pkt) <= 0)
			return NULL;
		sk = btns_tuple_listener(net, &pkt->tuple, pkt->skb,
					 pkt->thoff + pkt->tcp.doff * 4, pkt->dif);
		if (!sk || !READ_ONCE(inet_csk(sk)->icsk_accept_queue.fastopenq.max_qlen) ||
		    !btns_birth_wanted(pkt, sk, b))
			return NULL;
		return btns_latch_new(pkt->bn, b);
	}
	if (!pkt->tcp.ack)
		return NULL;
	sk = btns_tuple_sock(net, &pkt->tuple, pkt->dif);
	if (sk) {
		/* the very ACK of our SYN-ACK: nobody else's may take the connection */
		if (sk->sk_state == TCP_NEW_SYN_RECV &&
		    ntohl(pkt->tcp.ack_seq) == tcp_rsk(inet_reqsk(sk))->snt_isn + 1 &&
		    btns_birth_wanted(pkt, sk, b)) {
			b->larval = false;
			b->owner = sk;
			l = btns_latch_new(pkt->bn, b);
		}
		sock_gen_put(sk);
		return l;
	}
	sk = btns_tuple_listener(net, &pkt->tuple, pkt->skb,
				 pkt->thoff + pkt->tcp.doff * 4, pkt->dif);
	if (!sk || tcp_synq_no_recent_overflow(sk) || !btns_birth_wanted(pkt, sk, b))
		return NULL;
	/* perhaps a SYN cookie: there is a socket only if TCP likes it */
	return btns_latch_new(pkt->bn, b);
}

/* Datagrams of unconnected sockets are latched by flow, if that is wanted. */
static bool btns_birth_flow(const struct btns_packet *pkt, const struct sock *sk,
			    struct btns_latch_birth *b)
{
	const struct btns_wish *w = btns_want_of(pkt->bn, sk);

	b->flow = w && w->want.flags & BTNS_WANT_F_FLOWS;
	return b->flow;
}

static struct btns_latch *btns_birth_in_udp(struct btns_packet *pkt,
					    struct btns_latch_birth *b)
{
	struct btns_latch *l = NULL;
	struct btns_tuple t;
	struct sock *sk;
	bool latches;

	sk = btns_tuple_sock(pkt->bn->net, &pkt->tuple, pkt->dif);
	if (!sk)
		return NULL;
	if (sk->sk_state == TCP_ESTABLISHED)
		latches = btns_tuple_from_sock(sk, &t) &&
			  btns_tuple_equal(&t, &pkt->tuple);
	else
		latches = btns_birth_flow(pkt, sk, b);
	if (latches && btns_birth_wanted(pkt, sk, b)) {
		b->owner = sk;
		l = btns_latch_new(pkt->bn, b);
	}
	sock_gen_put(sk);
	return l;
}

static struct btns_latch *btns_birth_out(struct btns_packet *pkt,
					 struct btns_latch_birth *b)
{
	struct sock *sk = pkt->sk;

	if (!sk || !btns_birth_wanted(pkt, sk, b))
		return NULL;
	b->owner = sk;
	if (pkt->tuple.proto == IPPROTO_UDP) {
		if (sk->sk_state != TCP_ESTABLISHED && !btns_birth_flow(pkt, sk, b))
			return NULL;
		return btns_latch_new(pkt->bn, b);
	}
	if (sk->sk_state != TCP_SYN_SENT || !btns_tcp_is_syn(pkt))
		return NULL;
	/* Fast Open data left with an earlier SYN that had no latch */
	if (tcp_sk(sk)->syn_data && btns_tcp_payload(pkt) <= 0)
		return NULL;
	b->larval = true;
	return btns_latch_new(pkt->bn, b);
}

/*
 * XFRM looks whether an SA may carry a packet only after LOCAL_IN.  A peer must not
 * latch another peer's connection with a packet that is going to be dropped there.
 */
static bool btns_pair_covers(const struct btns_sa_pair *p, const struct btns_tuple *t)
{
	struct btns_ts local, remote;

	if (READ_ONCE(p->cache->yielded))
		return false;
	btns_tuple_ts(t, &local, &remote);
	return btns_ts_within(&local, &p->cache->local) &&
	       btns_ts_within(&remote, &p->cache->remote);
}

/* kin: the association that the packet belongs to, if there is one. */
static struct btns_latch *btns_birth_sctp(struct btns_packet *pkt, struct btns_latch_birth *b,
					  const struct btns_sctp_assoc *kin)
{
	b->larval = !kin || !kin->open;
	if (!kin) {
		/* SCTP makes the association if it likes the cookie */
		if (!pkt->input || pkt->chunk != BTNS_SCTP_COOKIE_ECHO)
			return NULL;
		return btns_latch_new(pkt->bn, b);
	}
	if (!kin->latch && (pkt->input || pkt->chunk != BTNS_SCTP_INIT || !kin->opening))
		return NULL;
	if (kin->latch) {
		b->reaction = READ_ONCE(kin->latch->reaction);
		b->passive = kin->latch->flags & BTNS_LATCH_F_PASSIVE;
	} else if (!pkt->sk || !btns_birth_wanted(pkt, pkt->sk, b)) {
		return NULL;
	}
	b->assoc = kin->id;
	b->owner = pkt->sk;
	return btns_latch_new(pkt->bn, b);
}

static struct btns_latch *btns_birth(struct btns_packet *pkt, const struct btns_sctp_assoc *kin)
{
	struct btns_latch_birth b = {
		.tuple = &pkt->tuple,
		.passive = pkt->input,
		.reaction = READ_ONCE(pkt->bn->sysctl.break_reaction),
		.dif = pkt->tuple.scope,
	};

	if (!pkt->x || !(READ_ONCE(pkt->bn->sysctl.auto_latch) || (kin && kin->latch)))
		return NULL;
	b.pair = btns_sad_of_state(pkt->bn, pkt->x);
	if (!b.pair || !btns_pair_covers(b.pair, &pkt->tuple))
		return NULL;
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return btns_birth_sctp(pkt, &b, kin);
	if (!pkt->input)
		return btns_birth_out(pkt, &b);
	if (pkt->tuple.proto == IPPROTO_UDP)
		return btns_birth_in_udp(pkt, &b);
	return btns_birth_in_tcp(pkt, &b);
}

static bool btns_listener_agrees(const struct btns_packet *pkt, struct btns_latch *l)
{
	struct btns_latch_birth b = {
		.pair = pkt->x ? btns_sad_of_state(pkt->bn, pkt->x) : NULL,
		.reaction = READ_ONCE(l->reaction),
	};

	if (!btns_birth_wanted(pkt, pkt->sk, &b))
		return false;
	WRITE_ONCE(l->reaction, b.reaction);
	return true;
}

static bool btns_stale_sctp(const struct btns_packet *pkt, struct btns_latch *l)
{
	bool fresh = pkt->chunk == BTNS_SCTP_INIT ||
		     (pkt->input && pkt->chunk == BTNS_SCTP_COOKIE_ECHO);

	if (!fresh && READ_ONCE(l->state) != BTNS_LATCH_LARVAL &&
	    (!pkt->sk || READ_ONCE(l->cookie) == atomic64_read(&pkt->sk->sk_cookie)))
		return false;
	/* the COOKIE ACK is the first that has the listening socket */
	if (pkt->sk && !READ_ONCE(l->generation) && !btns_listener_agrees(pkt, l))
		return true;
	return !btns_latch_owned(l, fresh);
}

/* The latch there is not for the connection that this packet belongs to. */
static bool btns_stale(struct btns_packet *pkt, struct btns_latch *l)
{
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return btns_stale_sctp(pkt, l);
	if (pkt->input)
		return btns_tcp_is_syn(pkt) && !btns_latch_owned(l, true);
	if (!pkt->sk)
		return false;
	if (likely(btns_latch_is_of(l, pkt->sk))) {
		if (READ_ONCE(l->state) == BTNS_LATCH_LARVAL &&
		    pkt->sk->sk_state != TCP_SYN_SENT &&
		    pkt->sk->sk_state != TCP_SYN_RECV)
			btns_latch_establish(l);
		return false;
	}
	return !btns_latch_owned(l, true);
}

/*
 * A SYN is sent again and meanwhile the address has other SAs: nothing was
 * said yet, so the connection may begin anew with the peer that is there now.
 */
static bool btns_may_start_over(const struct btns_packet *pkt,
				const struct btns_latch *l, enum btns_stat why)
{
	if (why != BTNS_STAT_OUT_PEER && why != BTNS_STAT_OUT_PROTECTION)
		return false;
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return pkt->chunk == BTNS_SCTP_INIT &&
		       READ_ONCE(l->state) == BTNS_LATCH_LARVAL;
	return pkt->sk && pkt->sk->sk_state == TCP_SYN_SENT && btns_tcp_is_syn(pkt) &&
	       !tcp_sk(pkt->sk)->syn_data &&
	       READ_ONCE(l->state) == BTNS_LATCH_LARVAL;
}

/*
 * The wish of the socket that a packet without a latch would reach, if the packet is to
 * begin something; *state of that socket.
 */
static struct btns_wish *btns_wish_in(struct btns_packet *pkt, int *state)
{
	struct btns_wish *w = NULL;
	struct sock *sk;

	if (pkt->tuple.proto == IPPROTO_TCP && (pkt->tcp.rst || (pkt->tcp.syn && pkt->tcp.ack)))
		return NULL;
	sk = btns_tuple_sock(pkt->bn->net, &pkt->tuple, pkt->dif);
	if (sk) {
		*state = sk->sk_state;
		if (pkt->tuple.proto != IPPROTO_TCP || sk->sk_state == TCP_NEW_SYN_RECV)
			w = btns_want_of(pkt->bn, sk);
		sock_gen_put(sk);
		return w;
	}
	if (pkt->tuple.proto != IPPROTO_TCP)
		return NULL;
	sk = btns_tuple_listener(pkt->bn->net, &pkt->tuple, pkt->skb,
				 pkt->thoff + pkt->tcp.doff * 4, pkt->dif);
	if (!sk)
		return NULL;
	*state = sk->sk_state;
	return btns_want_of(pkt->bn, sk);
}

/* What is wanted is there: may the packet pass without a latch? */
static bool btns_needs_no_latch(const struct btns_packet *pkt, const struct btns_wish *w,
				int state)
{
	if (pkt->tuple.proto == IPPROTO_UDP)
		return state != TCP_ESTABLISHED && !(w->want.flags & BTNS_WANT_F_FLOWS);
	/* without it there is no COOKIE ECHO, which makes the latch */
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return pkt->input ? pkt->chunk == BTNS_SCTP_INIT :
				    pkt->chunk == BTNS_SCTP_INIT_ACK;
	/* the last packet of a handshake makes the latch */
	return pkt->input && btns_tcp_is_syn(pkt);
}

/* The first packet of a connection that the sender opens. */
static bool btns_opens(const struct btns_packet *pkt, int state)
{
	return pkt->tuple.proto == IPPROTO_UDP ? state == TCP_ESTABLISHED : btns_tcp_is_syn(pkt);
}

/*
 * Without a latch: does the application want this connection nevertheless?  The packet
 * that would have made one is lost when there was no memory for it: it comes again.
 */
static unsigned int btns_judge_unlatched(struct btns_packet *pkt, const struct btns_latch *l)
{
	const struct btns_sa_pair *p;
	struct btns_wish *w = NULL;
	int state, err;

	if (IS_ERR(l))
		return NF_DROP_ERR(PTR_ERR(l));
	if (likely(!atomic_read(&pkt->bn->want_count)))
		return NF_ACCEPT;
	if (pkt->input) {
		w = btns_wish_in(pkt, &state);
	} else if (pkt->sk) {
		state = pkt->sk->sk_state;
		w = btns_want_of(pkt->bn, pkt->sk);
	}
	if (!w || w->want.flags & BTNS_WANT_F_BYPASS)
		return NF_ACCEPT;
	p = pkt->x ? btns_sad_of_state(pkt->bn, pkt->x) : NULL;
	if (p && !btns_pair_covers(p, &pkt->tuple))
		p = NULL;
	err = btns_want_misfit(w, p);
	if (!err && btns_needs_no_latch(pkt, w, state))
		return NF_ACCEPT;
	btns_stat_inc(pkt->bn, DIR_STAT(pkt, UNWANTED));
	if (pkt->input)
		return NF_DROP;
	/* it waits for SAs that no other connection has */
	if (w->want.flags & BTNS_WANT_F_OWN && (!err || !p) && btns_opens(pkt, state)) {
		err = btns_want_ask_own(pkt->bn, &pkt->tuple, w->cookie);
		if (err != -EACCES)
			return NF_DROP;
	}
	/* in clear, and policy leaves the choice: it waits for SAs */
	if (err == -EACCES && !btns_keymgr_ask(pkt->bn, &pkt->tuple, w->cookie))
		return NF_DROP;
	if (btns_tcp_is_syn(pkt) ||
	    (pkt->tuple.proto == IPPROTO_SCTP && pkt->chunk == BTNS_SCTP_INIT))
		btns_want_refuse(pkt->bn, w, err ?: -EACCES);
	return NF_DROP;
}

/*
 * The sender, if it is a connected socket with the packet's tuple; or SCTP; or
 * unconnected UDP, when there are wishes.
 */
static struct sock *btns_packet_sock(const struct btns_packet *pkt)
{
	struct sock *sk = pkt->skb->sk;
	struct btns_tuple t;

	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != pkt->tuple.proto)
		return NULL;
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return sk;
	if (pkt->tuple.proto == IPPROTO_UDP && sk->sk_state != TCP_ESTABLISHED)
		return atomic_read(&pkt->bn->want_count) && sk->sk_type == SOCK_DGRAM &&
		       inet_sk(sk)->inet_sport == pkt->tuple.local_port ? sk : NULL;
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return NULL;
	if (!btns_tuple_from_sock(sk, &t) || !btns_tuple_equal(&t, &pkt->tuple))
		return NULL;
	return sk;
}

/* Another pair of a latched association: the pairs have the same peer and protection. */
static enum btns_stat btns_misfit_kin(const struct btns_packet *pkt, const struct btns_latch *kin)
{
	enum btns_stat why = btns_misfit(pkt, kin);

	/* what broke that pair need not break this one */
	if (why == DIR_STAT(pkt, BROKEN) && READ_ONCE(kin->state) == BTNS_LATCH_BROKEN)
		return __BTNS_STAT_MAX;
	return why;
}

/*
 * SCTP takes a packet from a new address for a part of the association whose address
 * an INIT, an INIT ACK or an ASCONF chunk names.
 */
static bool btns_names_others(const struct btns_packet *pkt, bool known)
{
	struct btns_sctp_walk w = {
		.skb = pkt->skb,
		.chunk = pkt->thoff + sizeof(struct sctphdr),
	};
	struct btns_sctp_assoc a;
	struct btns_addr addr;
	enum btns_stat why;

	while (btns_sctp_next_addr(&w, &addr)) {
		if (!btns_sctp_find_named(pkt->bn, &pkt->tuple, &addr, pkt->dif, &a) || !a.latch)
			continue;
		why = btns_misfit_kin(pkt, a.latch);
		if (why == __BTNS_STAT_MAX)
			continue;
		btns_drop(pkt, a.latch, why);
		return true;
	}
	/* chunks that nobody sees here: IPv6 puts fragments together later */
	if (known || !w.cut)
		return false;
	btns_stat_inc(pkt->bn, BTNS_STAT_IN_INCOMPLETE);
	return true;
}

/* No latch for this pair of addresses. */
static unsigned int btns_judge_sctp(struct btns_packet *pkt)
{
	struct btns_sctp_assoc a;
	struct btns_latch *l;
	enum btns_stat why;
	bool known = false;

	if (pkt->x || atomic_read(&pkt->bn->sctp_count))
		known = btns_sctp_find(pkt->bn, &pkt->tuple, pkt->dif, &a);
	if (known && a.latch) {
		why = btns_misfit_kin(pkt, a.latch);
		if (why != __BTNS_STAT_MAX)
			return btns_drop(pkt, a.latch, why);
	}
	if (pkt->input && atomic_read(&pkt->bn->sctp_count) && btns_names_others(pkt, known))
		return NF_DROP;
	l = btns_birth(pkt, known ? &a : NULL);
	if (IS_ERR_OR_NULL(l))
		return known && a.latch ? btns_drop(pkt, a.latch, DIR_STAT(pkt, PROTECTION)) :
					  btns_judge_unlatched(pkt, l);
	why = btns_misfit(pkt, l);
	if (why != __BTNS_STAT_MAX)
		return btns_drop(pkt, l, why);
	btns_stat_inc(pkt->bn, DIR_STAT(pkt, OK));
	return NF_ACCEPT;
}

/* A new latch, or NULL: *verdict is what becomes of the packet without one. */
static struct btns_latch *btns_judge_birth(struct btns_packet *pkt, unsigned int *verdict)
{
	struct btns_latch *l;

	if (pkt->tuple.proto == IPPROTO_SCTP) {
		*verdict = btns_judge_sctp(pkt);
		return NULL;
	}
	l = btns_birth(pkt, NULL);
	if (!IS_ERR_OR_NULL(l))
		return l;
	*verdict = btns_judge_unlatched(pkt, l);
	return NULL;
}

static unsigned int btns_judge_all(struct btns_packet *pkt, struct btns_latch *l,
				   u32 generation)
{
	unsigned int verdict;
	enum btns_stat why;

	if (!pkt->input)
		pkt->sk = btns_packet_sock(pkt);
	if (l && unlikely(btns_stale(pkt, l))) {
		btns_latch_release(l);
		l = NULL;
	}
	if (!l) {
		l = btns_judge_birth(pkt, &verdict);
		if (!l)
			return verdict;
	}
	why = btns_misfit(pkt, l);
	if (unlikely(why != __BTNS_STAT_MAX)) {
		if (btns_latch_owned(l, false) && !btns_may_start_over(pkt, l, why)) {
			if (why == BTNS_STAT_OUT_PROTECTION && l->flags & BTNS_LATCH_F_OWN)
				btns_want_ask_own(pkt->bn, &pkt->tuple, READ_ONCE(l->cookie));
			return btns_drop(pkt, l, why);
		}
		btns_latch_release(l);
		l = btns_judge_birth(pkt, &verdict);
		if (!l)
			return verdict;
		why = btns_misfit(pkt, l);
		if (why != __BTNS_STAT_MAX)
			return btns_drop(pkt, l, why);
	}
	if (pkt->tuple.proto == IPPROTO_SCTP && pkt->input && btns_names_others(pkt, true))
		return NF_DROP;
	btns_latch_use(l);
	/* SCTP: chunks may name addresses, and the association may move to another socket */
	if (pkt->tuple.proto != IPPROTO_SCTP)
		btns_fit_keep(pkt, l, generation);
	btns_stat_inc(pkt->bn, DIR_STAT(pkt, OK));
	return NF_ACCEPT;
}

unsigned int btns_judge(struct btns_packet *pkt)
{
	u32 generation = btns_verdict_generation(pkt->bn);
	struct btns_latch *l;

	l = btns_latch_find(pkt->bn, &pkt->tuple);
	if (!l || !btns_fit_holds(pkt, l, generation))
		return btns_judge_all(pkt, l, generation);
	btns_latch_use(l);
	btns_stat_inc(pkt->bn, DIR_STAT(pkt, OK));
	return NF_ACCEPT;
}

/*
 * ICMP errors that quote a latched connection.  Routers on the way see ESP only, so
 * an honest error about the connection itself comes from its peer, under its SA; in
 * clear it is somebody's attempt to disturb (RFC 5660 section 6).  Those about the
 * ESP packets are XFRM's and pass.
 */
unsigned int btns_judge_icmp(struct btns_packet *pkt)
{
	struct btns_latch *l = btns_latch_find(pkt->bn, &pkt->tuple);
	enum btns_stat why;

	if (!l)
		return NF_ACCEPT;
	/* this host's own, about the size of packets */
	if (pkt->skb->dev && pkt->skb->dev->flags & IFF_LOOPBACK)
		return NF_ACCEPT;
	why = btns_misfit(pkt, l);
	if (why == __BTNS_STAT_MAX || !btns_latch_owned(l, false))
		return NF_ACCEPT;
	return btns_drop(pkt, l, why);
}
