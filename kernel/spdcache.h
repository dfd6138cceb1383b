/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SPD cache (RFC 4301 section 4.4.1): one entry for each SPD entry, peer identity,
 * mode and pair of selectors that has SAs.  The entry owns the XFRM policies that demand
 * its reqid; SA pairs come and go under it (rekeying).  Entries that differ in their
 * selectors only share the reqid: what the peer may send on one of its SAs it may send on
 * all whose selectors allow it, so that overlapping selectors do not lose packets.
 */
#ifndef _BTNS_SPDCACHE_H
#define _BTNS_SPDCACHE_H

#include "identity.h"
#include "spd.h"

struct btns_spdc {
	struct hlist_node node;		/* in btns_net.spdcs; bn->lock */
	struct list_head same;		/* ring of those with this reqid; bn->lock */
	u32 reqid;
	u32 reqid_out;			/* own: of what we send */
	bool own;			/* of one flow alone, see own.h */
	bool latched;			/* own: its flow had a latch; WRITE_ONCE */
	unsigned long born;		/* jiffies */
	struct btns_net *bn;
	struct btns_spd_entry *spd;	/* reference */
	struct btns_identity *peer;	/* reference */
	struct btns_ts local, remote;
	u8 mode;
	struct btns_addr outer_local, outer_peer;	/* tunnel and BEET, else unused; bn->lock */
	struct list_head pairs;		/* struct btns_sa_pair.in_cache; bn->lock, RCU readers */
	unsigned int n_pairs;		/* bn->lock */
	bool active;			/* policies are in force; bn->lock */
	bool yielded;			/* another peer came later for this traffic; bn->lock */
	struct rcu_head rcu;
};

/*
 * Reqids are given out here: one for each SPD entry (its number), and those of the
 * cache entries.  What one stands for (a cache entry: any of those that share it): RCU.
 */
int btns_reqid_alloc_spd(struct btns_net *bn, struct btns_spd_entry *e);
void btns_reqid_free(struct btns_net *bn, u32 reqid);
struct btns_spdc *btns_spdc_by_reqid(struct btns_net *bn, u32 reqid);
struct btns_spd_entry *btns_spd_by_reqid(struct btns_net *bn, u32 reqid);

/* In btns_net.spdcs. */
static inline u32 btns_spdc_hash(const struct btns_spd_entry *spd,
				 const struct btns_identity *peer)
{
	return hash_ptr(spd, 32) ^ hash_ptr(peer, 32);
}

/* Find or make; a new one has no policies yet; bn->lock. */
struct btns_spdc *btns_spdc_get(struct btns_net *bn, struct btns_spd_entry *spd,
				struct btns_identity *peer,
				const struct btns_child_grant *g,
				const struct btns_addr *outer_local,
				const struct btns_addr *outer_peer,
				struct netlink_ext_ack *extack);
bool btns_spdc_taken(const struct btns_spdc *c, const struct btns_addr *outer_local,
		     const struct btns_addr *outer_peer);
/* An SA pair is in: put the policies in force, release held packets; bn->lock. */
int btns_spdc_activate(struct btns_spdc *c, struct netlink_ext_ack *extack);
/* Remove it, with its policies, when no SA pair is left; bn->lock. */
void btns_spdc_put_if_empty(struct btns_spdc *c);
int btns_spdc_init(struct btns_net *bn);
void btns_spdc_exit(struct btns_net *bn);

#endif /* _BTNS_SPDCACHE_H */
