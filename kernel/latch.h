/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latch database (RFC 5660): a connection is held to the peer and the protection
 * that it began with.
 *
 * A latch is found by tuple (data path) or number (administrators) under RCU.  It
 * belongs to one socket, known by its cookie: no reference to the socket is held.
 * Who may still hold a latch when it leaves the tables: RCU readers of the data
 * path (until the grace period ends), holders of a reference (socket options, dumps,
 * the event worker).
 */
#ifndef _BTNS_LATCH_H
#define _BTNS_LATCH_H

#include <linux/llist.h>
#include "sad.h"
#include "stats.h"
#include "tuple.h"

/*
 * What a packet of the latch was under when all of it was looked at: later ones under the
 * same SA fit, too, while the generation of btns_verdict_generation() is the same.
 */
struct btns_fit {
	const struct xfrm_state *x;	/* compared only, NULL: none */
	u32 generation;
	/* input: XFRM's own policy check passes packets with these, too */
	u32 until;			/* jiffies */
	u32 mark;
	int dif;
	u16 verified;			/* what that check notes in the sec_path */
	bool policy;
};

struct btns_latch {
	struct rhash_head node;
	struct btns_tuple tuple;	/* immutable key */
	u8 state;			/* enum btns_latch_state; written under lock */
	u8 mode;			/* immutable, as all down to spd */
	struct btns_suite suite;
	u32 flags;			/* BTNS_LATCH_F_* without CONFIDENTIAL, INTEGRITY */
	u64 id;
	struct btns_net *bn;
	struct btns_identity *peer;	/* reference */
	struct btns_identity *local;	/* reference */
	struct btns_spd_entry *spd;	/* reference */
	struct btns_addr outer_local, outer_peer;
	u64 cookie;			/* of the owning socket, 0: none yet; written under lock */
	u32 generation;			/* UDP: connect(); SCTP: association, or 0; lock */
	int dif;			/* device that the owner is bound to, or 0; lock */
	kuid_t uid;			/* of the owner; lock */
	u8 broken;			/* enum btns_break; lock */
	u8 reaction;			/* enum btns_reaction; WRITE_ONCE */
	u8 alert;			/* the owner reads its error queue; WRITE_ONCE */
	struct btns_conflict *conflict;	/* bn->lock */
	struct btns_unique *unique;	/* channel binding, NULL: never asked for; set once */
	u32 reason;			/* enum btns_stat of the last drop; WRITE_ONCE */
	unsigned long born;		/* jiffies: larval latches age */
	unsigned long used;		/* jiffies of a flow's last datagram; WRITE_ONCE */
	unsigned long told;		/* what latch_events is to do, see latch.c */
	struct llist_node event;
	struct btns_fit fit_in, fit_out;	/* fit_seq */
	seqcount_spinlock_t fit_seq;
	atomic_t drops_in, drops_out;
	spinlock_t lock;		/* state and owner */
	refcount_t refs;
	struct rcu_head rcu;
};

/* Who opens the connection and how far it is. */
struct btns_latch_birth {
	const struct btns_tuple *tuple;
	const struct btns_sa_pair *pair;
	struct sock *owner;		/* full or request socket, or NULL: not there yet */
	bool larval;
	bool passive;
	bool flow;			/* the owner is not connected */
	bool own;			/* it has SAs for itself */
	u8 reaction;			/* enum btns_reaction */
	bool alert;
	u32 assoc;			/* SCTP: of the owner */
	int dif;			/* without owner */
};

/* All below: RCU read side or a reference, any context unless said otherwise. */

struct btns_latch *btns_latch_find(struct btns_net *bn, const struct btns_tuple *t);
/*
 * New latch, or the one that another CPU just made.  NULL: none, the table is full;
 * -ENOMEM: no memory.  Both are counted.
 */
struct btns_latch *btns_latch_new(struct btns_net *bn, const struct btns_latch_birth *b);
/* Socket gone, or another connection has the tuple now. */
void btns_latch_release(struct btns_latch *l);
/* Is the owner still there?  fresh: a new connection begins with this packet. */
bool btns_latch_owned(struct btns_latch *l, bool fresh);
/* Does sk, whose tuple is that of l, own it?  Adopts an ownerless larval latch. */
bool btns_latch_is_of(struct btns_latch *l, struct sock *sk);
/*
 * Changes of state, in process context; the owner is told before they return.  false:
 * it was in no state for that.
 */
bool btns_latch_break(struct btns_latch *l, enum btns_break why);
bool btns_latch_mend(struct btns_latch *l);
bool btns_latch_close(struct btns_latch *l);
/* A packet fitted. */
static inline void btns_latch_use(struct btns_latch *l)
{
	if (unlikely(l->flags & BTNS_LATCH_F_FLOW))
		WRITE_ONCE(l->used, jiffies);
}

/* Next latch by number, a reference; NULL: no more. */
struct btns_latch *btns_latch_next(struct btns_net *bn, unsigned long *id);
/* The socket's cookie, made if there is none. */
u64 btns_latch_sock_cookie(struct sock *sk);
/* Handshake complete. */
void btns_latch_establish(struct btns_latch *l);
bool btns_latch_get(struct btns_latch *l);
void btns_latch_put(struct btns_latch *l);

/* Of a flow of an unconnected socket: a reference, or ERR_PTR(-ENODATA). */
struct btns_latch *btns_latch_of_flow(struct btns_net *bn, struct sock *sk,
				      const struct btns_tuple *t);
/* Latch of a socket: a reference, ERR_PTR(-ENOTCONN), -ENODATA, -EOPNOTSUPP. */
struct btns_latch *btns_latch_of_sock(struct btns_net *bn, struct sock *sk);
void btns_latch_fill_info(const struct btns_latch *l, struct btns_latch_info *info);

int btns_latch_cache_init(void);
void btns_latch_cache_exit(void);
int btns_latch_init(struct btns_net *bn);
void btns_latch_exit(struct btns_net *bn);

#endif /* _BTNS_LATCH_H */
