/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SCTP associations behind address pairs (RFC 5660 section 5: a latch for each pair).
 *
 * The sctp module is loaded when somebody makes such a socket; its lookup function is
 * taken then, so that this module needs none of its symbols.  An association is known by
 * its number, which it keeps when it is accepted or peeled off.
 */
#ifndef _BTNS_SCTP_H
#define _BTNS_SCTP_H

#include "latch.h"

/* Chunk types (RFC 9260, RFC 5061) */
#define BTNS_SCTP_INIT		1
#define BTNS_SCTP_INIT_ACK	2
#define BTNS_SCTP_COOKIE_ECHO	10
#define BTNS_SCTP_ASCONF	0xc1

struct btns_sctp_assoc {
	u32 id;
	const struct sock *sk;		/* its socket: to compare, no reference */
	u64 cookie;			/* of the socket, as uid; a clone of it may have the same */
	kuid_t uid;
	bool opening;			/* only an INIT has left */
	bool open;			/* established, or closing */
	struct btns_latch *latch;	/* of one of its pairs, or NULL */
};

/* Addresses that the chunks of a packet name beside its own. */
struct btns_sctp_walk {
	const struct sk_buff *skb;
	unsigned int chunk;		/* offset of the next chunk */
	unsigned int param, end;	/* parameters of this one */
	bool cut;			/* the packet ends before its last chunk */
};

/* All below: RCU read side or a reference to the latch, any context unless said otherwise. */

/* The association that a packet of t belongs to. */
bool btns_sctp_find(struct btns_net *bn, const struct btns_tuple *t, int dif,
		    struct btns_sctp_assoc *a);
/* The same for a packet to the local end of t that names another address of the peer. */
bool btns_sctp_find_named(struct btns_net *bn, const struct btns_tuple *t,
			  const struct btns_addr *peer, int dif, struct btns_sctp_assoc *a);
/* Type of the first chunk behind the header at thoff. */
u8 btns_sctp_first_chunk(const struct sk_buff *skb, int thoff);
bool btns_sctp_next_addr(struct btns_sctp_walk *w, struct btns_addr *addr);
/* Does l belong to an association that is still there?  fresh: a new one begins. */
bool btns_sctp_owned(struct btns_latch *l, bool fresh);
bool btns_sctp_is_of(struct btns_latch *l, struct sock *sk);
/* The association's socket: a reference, or NULL. */
struct sock *btns_sctp_sock(struct net *net, const struct btns_tuple *t, int dif);
/* It has no latch of its own, only its associations have.  Not so one that was peeled off. */
bool btns_sctp_one_to_many(const struct sock *sk);
/*
 * The latch of a one-to-one or peeled-off socket, of its primary path if that has one: a reference,
 * or ERR_PTR() as btns_latch_of_sock().  Process context.
 */
struct btns_latch *btns_sctp_of_sock(struct btns_net *bn, struct sock *sk);
/*
 * Abort, unless another path remains; the association moves there if that is what the
 * latch's reaction says.  Process context.
 */
void btns_sctp_reset(struct btns_latch *l);
/* No association yet.  Process context. */
bool btns_sctp_unused(struct sock *sk);
/* connect() fails.  Process context. */
void btns_sctp_fail(struct sock *sk, int err);
/* The sctp module stays between these. */
bool btns_sctp_get(void);
void btns_sctp_put(void);

#endif /* _BTNS_SCTP_H */
