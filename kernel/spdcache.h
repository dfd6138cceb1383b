/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPD cache (RFC 4301 section 4.4.1): one entry for each SPD entry, peer identity,
 * mode and pair of selectors that has SAs.  The entry owns a reqid and the XFRM
 * policies that demand it; SA pairs come and go under it (rekeying).
 */
#ifndef _BTNS_SPDCACHE_H
#define _BTNS_SPDCACHE_H

#include "identity.h"
#include "spd.h"

struct btns_spdc {
	struct hlist_node node;		/* in btns_net.spdcs; bn->lock */
	u32 reqid;
	struct btns_net *bn;
	struct btns_spd_entry *spd;	/* reference */
	struct btns_identity *peer;	/* reference */
	struct btns_ts local, remote;
	u8 mode;
	struct btns_addr outer_local, outer_peer;	/* tunnel and BEET; else unused */
	struct list_head pairs;		/* struct btns_sa_pair.in_cache; bn->lock, RCU readers */
	unsigned int n_pairs;		/* bn->lock */
	bool active;			/* policies are in force; bn->lock */
	struct rcu_head rcu;
};

/*
 * Reqids are given out here, one for each SPD entry (its number) and one for each
 * cache entry.  What one stands for: RCU.
 */
int btns_reqid_alloc_spd(struct btns_net *bn, struct btns_spd_entry *e);
void btns_reqid_free(struct btns_net *bn, u32 reqid);
struct btns_spdc *btns_spdc_by_reqid(struct btns_net *bn, u32 reqid);
struct btns_spd_entry *btns_spd_by_reqid(struct btns_net *bn, u32 reqid);

/* Find or make; a new one has no policies yet; bn->lock. */
struct btns_spdc *btns_spdc_get(struct btns_net *bn, struct btns_spd_entry *spd,
				struct btns_identity *peer,
				const struct btns_child_grant *g,
				const struct btns_addr *outer_local,
				const struct btns_addr *outer_peer,
				struct netlink_ext_ack *extack);
/* First SA pair is in: put the policies in force, release held packets; bn->lock. */
int btns_spdc_activate(struct btns_spdc *c, struct netlink_ext_ack *extack);
/* Remove it, with its policies, when no SA pair is left; bn->lock. */
void btns_spdc_put_if_empty(struct btns_spdc *c);
/* All of them, for btns_for_each_spdc(); bn->lock. */
struct btns_spdc *btns_spdc_next(struct btns_net *bn, unsigned long *index);
#define btns_for_each_spdc(bn, index, c)					\
	for ((index) = 0; ((c) = btns_spdc_next(bn, &(index)));)
int btns_spdc_init(struct btns_net *bn);
void btns_spdc_exit(struct btns_net *bn);

#endif /* _BTNS_SPDCACHE_H */
