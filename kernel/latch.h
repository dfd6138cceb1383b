/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latch database (RFC 5660): a connection is held to the peer and the protection
 * that it began with.
 */
#ifndef _BTNS_LATCH_H
#define _BTNS_LATCH_H

#include "sad.h"
#include "stats.h"
#include "tuple.h"

struct btns_latch {
	struct rhash_head node;
	struct btns_tuple tuple;	/* immutable key */
	u64 id;				/* immutable */
	struct btns_identity *peer;	/* immutable; reference */
	struct btns_identity *local;	/* immutable; reference */
	struct btns_suite suite;	/* immutable, as the rest of the parameters */
	u8 mode;
	u32 flags;			/* BTNS_LATCH_F_* */
	struct btns_addr outer_local, outer_peer;
	char spd_name[BTNS_NAME_MAX + 1];
	u8 state;			/* enum btns_latch_state; lock */
	u32 reason;			/* enum btns_stat of the last drop; WRITE_ONCE */
	u64 cookie;			/* of the owning socket, 0: none yet; lock */
	unsigned long born;		/* jiffies: larval latches age */
	atomic_t drops_in, drops_out;
	spinlock_t lock;
	refcount_t refs;
	struct rcu_head rcu;
};

/* Packet came in for this host (LOCAL_IN) or leaves it (POST_ROUTING): verdict. */
unsigned int btns_latch_input(struct btns_net *bn, struct sk_buff *skb, u16 family);
unsigned int btns_latch_output(struct btns_net *bn, struct sk_buff *skb, u16 family);

/* Latch of a socket: a reference, ERR_PTR(-ENOTCONN), -ENODATA, -EOPNOTSUPP. */
struct btns_latch *btns_latch_of_sock(struct btns_net *bn, struct sock *sk);
struct btns_latch *btns_latch_find(struct btns_net *bn, const struct btns_tuple *t);
void btns_latch_put(struct btns_latch *l);
void btns_latch_fill_info(const struct btns_latch *l, struct btns_latch_info *info);
int btns_latch_init(struct btns_net *bn);
void btns_latch_exit(struct btns_net *bn);

#endif /* _BTNS_LATCH_H */
