/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peer authorization database: RFC 4301 section 4.4.3 with the BTNS extension
 * of RFC 5386 section 2.
 *
 * Logical order: normal entries as configured, then BTNS entries for one key,
 * then NULL, then the one wildcard.
 */
#ifndef _BTNS_PAD_H
#define _BTNS_PAD_H

#include "identity.h"

/* Keys and address ranges of one entry, so that it fits into one netlink message. */
#define BTNS_PAD_KEYS_MAX	64
#define BTNS_PAD_CHILDREN_MAX	64

struct btns_pad_entry {
	struct list_head list;		/* in struct btns_config, logical order */
	char name[BTNS_NAME_MAX + 1];
	u8 match;			/* enum btns_pad_match */
	u8 auth;			/* enum btns_auth wanted, MATCH_ID */
	bool by_id;			/* SPD search by ID */
	bool child_any;
	u16 id_type, id_len;
	u8 *id;
	unsigned int n_keys;		/* allowed keys, by fingerprint */
	u8 (*keys)[BTNS_FINGERPRINT_LEN];
	unsigned int n_children;	/* addresses that the peer may claim */
	struct btns_ts *children;
	atomic64_t hits;
};

/* A normal entry: all that are not BTNS or NULL. */
static inline bool btns_pad_is_normal(const struct btns_pad_entry *e)
{
	return e->match == BTNS_PAD_MATCH_ID;
}

static inline bool btns_pad_is_btns(const struct btns_pad_entry *e)
{
	return e->match == BTNS_PAD_MATCH_PUBLICKEY || e->match == BTNS_PAD_MATCH_ANY;
}

/*
 * First search, at authentication.  Fills d->auth and d->trust.  Returns the
 * entry, ERR_PTR(-EACCES) when the peer must be rejected (extack says why).
 * RCU or bn->lock.
 */
struct btns_pad_entry *btns_pad_search(struct btns_config *c,
				       struct btns_identity_desc *d,
				       struct netlink_ext_ack *extack);
/*
 * Second search, for a Child SA: may the peer of entry e claim all of remote?
 * BTNS and NULL peers never get addresses of normal entries (RFC5386/17).
 * 0, -EACCES (nothing in common), -ERANGE (partly: *out is the largest allowed
 * prefix around the first address of remote - of want, if not NULL - that is allowed).
 */
int btns_pad_child(struct btns_config *c, const struct btns_pad_entry *e,
		   const struct btns_ts *remote, const struct btns_ts *want,
		   struct btns_ts *out, struct netlink_ext_ack *extack);
/* Is the address in a range that was set aside for the entry (not just "any")? */
bool btns_pad_lists(const struct btns_pad_entry *e, u16 family, const xfrm_address_t *a);
/* Insert in logical order with all checks of RFC 5386 section 2. */
int btns_pad_add(struct btns_config *c, struct btns_pad_entry *e,
		 struct netlink_ext_ack *extack);
/* Rules between entries, before a configuration gets into force.  0 or -EINVAL. */
int btns_pad_check(struct btns_config *c, struct netlink_ext_ack *extack);
void btns_pad_entry_free(struct btns_pad_entry *e);

#endif /* _BTNS_PAD_H */
