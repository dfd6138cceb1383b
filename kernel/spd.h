/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security policy database: ordered entries with the BTNS_OK flag of RFC 5386
 * section 2 and a policy class; each becomes XFRM policies (policy.c).
 */
#ifndef _BTNS_SPD_H
#define _BTNS_SPD_H

#include "identity.h"
#include "pad.h"

/* Places of SPD entries stay below; priorities are small multiples of them. */
#define BTNS_SPD_INDEX_MAX	0x30000000U

struct btns_spd_entry {
	struct list_head list;		/* in struct btns_config, order of search */
	struct rcu_head rcu;
	refcount_t refs;		/* configuration, SPD cache entries, acquires, latches */
	u32 id;				/* stable number; equals its reqid */
	u32 index;			/* place, with gaps, below BTNS_SPD_INDEX_MAX; XFRM
					 * priority follows from it
					 */
	char name[BTNS_NAME_MAX + 1];
	u8 class;			/* enum btns_class */
	u8 mode;			/* enum btns_mode */
	bool btns_ok, null_ok;
	struct btns_ts local, remote;	/* prefixes */
	struct btns_addr outer_local, outer_peer;
	bool by_peer;			/* only the peer below (search by ID) */
	bool peer_by_key;
	u8 peer_fingerprint[BTNS_FINGERPRINT_LEN];
	u16 peer_id_type, peer_id_len;
	u8 *peer_id;
	unsigned int n_suites;
	struct btns_suite suites[BTNS_SUITES_MAX];
	u32 lifetime;			/* seconds */
	u64 lifebytes;
	atomic64_t hits;
};

void btns_spd_entry_get(struct btns_spd_entry *e);
void btns_spd_entry_put(struct btns_spd_entry *e);
struct btns_spd_entry *btns_spd_by_id(struct btns_config *c, u32 id);

/* A question about a Child SA and its answer. */
struct btns_child_query {
	const struct btns_identity_desc *peer;
	const struct btns_pad_entry *pad;
	unsigned int n_local, n_remote;
	const struct btns_ts *local, *remote;	/* as proposed, in order */
	u8 mode;
	bool encap;
	__be16 peer_port;			/* with encap: the peer's; 0: not known */
	struct btns_addr outer_local, outer_peer;
	u32 spd_id;				/* 0: any entry */
};

struct btns_child_grant {
	struct btns_spd_entry *spd;		/* no reference: under bn->lock */
	struct btns_ts local, remote;		/* one prefix each */
	u8 mode;
	bool set_aside;				/* remote: a private address behind NAT */
	bool outer;				/* remote: the outer address, with encap */
	bool own;				/* for one flow alone */
};

/*
 * Find the entry and narrow (RFC 7296 section 2.9): the largest allowed selectors
 * that contain the first proposed pair.  Entries without BTNS_OK (NULL_OK) do not
 * exist for BTNS (NULL) peers.  0, -EACCES, -ENOENT with extack.
 */
int btns_spd_narrow(struct btns_config *c, const struct btns_child_query *q,
		    struct btns_child_grant *g, struct netlink_ext_ack *extack);
/* Is the finished Child SA wholly within what PAD and SPD allow?  Same errors. */
int btns_spd_check(struct btns_config *c, const struct btns_child_query *q,
		   struct btns_child_grant *g, struct netlink_ext_ack *extack);

/* Traffic selector arithmetic, ts.c (K1). */
bool btns_ts_within(const struct btns_ts *inner, const struct btns_ts *outer);
bool btns_ts_overlap(const struct btns_ts *a, const struct btns_ts *b);
bool btns_ts_addr_overlap(const struct btns_ts *a, const struct btns_ts *b);
bool btns_ts_intersect(const struct btns_ts *a, const struct btns_ts *b,
		       struct btns_ts *out);
/* Addresses as a prefix: its length, -1: not a prefix. */
int btns_ts_prefixlen(const struct btns_ts *ts);
/* Ports as value and mask of an XFRM selector; false: not expressible. */
bool btns_ts_port_mask(const struct btns_ts *ts, __be16 *port, __be16 *mask);
/* Largest prefix (and port mask) inside ts that contains the address and port of at. */
void btns_ts_shrink(struct btns_ts *ts, const struct btns_ts *at);
/* Addresses one by one: as memcmp; false: there is none before or behind. */
int btns_ts_cmp(u16 family, const xfrm_address_t *a, const xfrm_address_t *b);
bool btns_ts_has_addr(const struct btns_ts *ts, u16 family, const xfrm_address_t *a);
bool btns_ts_addr_next(u16 family, xfrm_address_t *a);
bool btns_ts_addr_prev(u16 family, xfrm_address_t *a);

#endif /* _BTNS_SPD_H */
