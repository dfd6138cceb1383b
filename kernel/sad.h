/* SPDX-License-Identifier: GPL-2.0-only */
/* SA pairs: two XFRM states, installed and removed together, bound to a peer. */
#ifndef _BTNS_SAD_H
#define _BTNS_SAD_H

#include "spdcache.h"

struct btns_alg;

struct btns_sa_pair {
	u32 id;
	/* BTNS_CHILD_F_*; STANDBY cleared by the switch (bn->lock) */
	u32 flags;
	struct btns_spdc *cache;	/* immutable while linked */
	struct list_head in_cache;	/* bn->lock, RCU readers */
	struct xfrm_state *in;		/* references */
	struct xfrm_state *out;
	struct btns_suite suite;
	bool esn, replay;
	struct btns_identity *local;	/* as what we proved ourselves; reference */
	struct btns_addr outer_local, outer_peer;
	__be16 encap_sport, encap_dport;	/* bn->lock; 0: none */
	u8 ike_spi[16];
	ktime_t created;
	bool seen_in;			/* FIRST_IN was told; bn->lock */
	bool soft;			/* SOFT was told: both states have the limits; bn->lock */
	struct rcu_head rcu;
};

/*
 * Argument of btns_sad_new(): parsed CHILD attributes; keys belong to the caller,
 * who wipes them.
 */
struct btns_sa_params {
	struct btns_identity_desc peer, local;
	struct btns_ts local_ts, remote_ts;
	u32 spd_id, flags, acquire_id;
	u8 mode;
	struct btns_suite suite;
	struct btns_addr outer_local, outer_peer;
	__be32 spi_in, spi_out;
	const u8 *encr_in, *integ_in, *encr_out, *integ_out;
	unsigned int encr_len, integ_len;
	__be16 encap_sport, encap_dport;
	u32 replay_window;
	u32 soft_time, hard_time;
	u64 soft_bytes, hard_bytes, soft_packets, hard_packets;
	u8 ike_spi[16];
};

/* All with bn->lock held. */
int btns_sad_claimed(struct btns_net *bn, const struct btns_child_query *q,
		     const struct btns_child_grant *g, struct netlink_ext_ack *extack);
struct btns_sa_pair *btns_sad_new(struct btns_net *bn, struct btns_sa_params *params,
				  struct netlink_ext_ack *extack);
int btns_sad_switch(struct btns_net *bn, u32 id, struct netlink_ext_ack *extack);
struct btns_sa_pair *btns_sad_find(struct btns_net *bn, __be32 spi_in,
				   const struct btns_addr *peer);
void btns_sad_del(struct btns_net *bn, struct btns_sa_pair *p, enum btns_sa_event why);
void btns_sad_flush(struct btns_net *bn, enum btns_sa_event why);
/* Delete what the configuration no longer allows (RFC5386/37). */
void btns_sad_revalidate(struct btns_net *bn, struct btns_config *c);

/* move.c; see there of errors */
int btns_sad_move(struct btns_net *bn, struct btns_sa_pair *p, struct btns_sa_params *to,
		  struct netlink_ext_ack *extack);
/* Would this pair be allowed today, between these end points? */
bool btns_pair_allowed(struct btns_config *c, const struct btns_sa_pair *p,
		       const struct btns_addr *outer_local,
		       const struct btns_addr *outer_peer, bool encap);

/* Parts of a pair; one that is built is in no table yet. */
struct btns_sa_pair *btns_pair_build(struct btns_net *bn, struct btns_spdc *c,
				     const struct btns_sa_params *p,
				     const struct btns_alg *alg,
				     struct netlink_ext_ack *extack);
void btns_pair_free(struct rcu_head *head);
int btns_state_add(struct xfrm_state *x, struct netlink_ext_ack *extack);
void btns_state_delete(struct xfrm_state *x);
void btns_state_discard(struct xfrm_state *x);
void btns_state_wipe(struct xfrm_state *x);

/* Somebody else deleted states of ours: remove their pairs. */
void btns_sad_sweep(struct btns_net *bn);

/* Whose SA is that?  NULL: not ours.  RCU. */
const struct btns_sa_pair *btns_sad_of_state(struct btns_net *bn,
					     const struct xfrm_state *x);
int btns_sad_init(struct btns_net *bn);
void btns_sad_exit(struct btns_net *bn);

#endif /* _BTNS_SAD_H */
