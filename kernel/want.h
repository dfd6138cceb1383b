/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What applications want of their connections before these exist (BTNS_SO_WANT).
 *
 * A wish is found by the cookie of its socket.  It holds a reference to the socket,
 * whose end nobody tells: a worker looks for closed ones.
 */
#ifndef _BTNS_WANT_H
#define _BTNS_WANT_H

#include <linux/sockptr.h>
#include "sad.h"

struct btns_wish {
	struct rhash_head node;
	u64 cookie;			/* immutable key */
	struct sock *sk;		/* reference */
	u32 refused;			/* errno for a waiting connect(); WRITE_ONCE */
	u32 own_again;			/* jiffies: then SAs of its own may be asked for again */
	struct rcu_head rcu;
	struct btns_want want;		/* immutable; peer_id ends with peer_id_len */
};

/* Socket option; process context, the socket is not locked. */
int btns_want_set(struct btns_net *bn, struct sock *sk, sockptr_t arg, unsigned int len);
void btns_want_get(struct btns_net *bn, const struct sock *sk, struct btns_want *want);

/* The wish of a socket (full, or a request: its listener's), or NULL.  RCU. */
struct btns_wish *btns_want_of(struct btns_net *bn, const struct sock *sk);
/* 0, or why not (-errno of connect()) under that SA; p NULL: in clear.  RCU. */
int btns_want_misfit(const struct btns_wish *w, const struct btns_sa_pair *p);
/* Let connect() fail.  RCU, any context. */
void btns_want_refuse(struct btns_net *bn, struct btns_wish *w, int err);

/*
 * SAs for the flow alone, which the socket with that cookie wants, are asked for: errors as
 * btns_keymgr_ask_own(), -EACCES: no such wish; -ESRCH: they were refused a moment ago.
 */
int btns_want_ask_own(struct btns_net *bn, const struct btns_tuple *t, u64 cookie);
/* They cannot be had: a positive errno. */
void btns_want_failed(struct btns_net *bn, u64 cookie, int error);

int btns_want_init(struct btns_net *bn);
void btns_want_exit(struct btns_net *bn);

#endif /* _BTNS_WANT_H */
