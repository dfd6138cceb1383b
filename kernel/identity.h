/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identities: who an end is and how it showed that.  Interned per namespace:
 * equal identities are the same object, so that the data path compares pointers.
 * Key of the interning: SubjectPublicKeyInfo, ID type, ID data, auth.  A bare key that
 * becomes a known one stays the same peer: its connections go on.
 */
#ifndef _BTNS_IDENTITY_H
#define _BTNS_IDENTITY_H

#include <linux/refcount.h>
#include "btns.h"

struct btns_identity {
	/* immutable */
	struct hlist_node node;
	struct btns_net *bn;
	u16 id_type;			/* enum btns_id_type */
	u16 id_len;
	u32 spki_len;			/* 0: no key */
	u8 auth_method;			/* IKEv2 method on the wire */
	u8 fingerprint[BTNS_FINGERPRINT_LEN];	/* of spki, 0 without */
	const u8 *id;			/* inside this allocation */
	const u8 *spki;
	/* may change with the configuration and the helper's word (WRITE_ONCE) */
	u8 auth;			/* enum btns_auth: BTNS to LEAPOFFAITH and back */
	u8 trust;			/* enum btns_trust */
	u8 claim;			/* as in the desc */
	refcount_t refs;
	struct rcu_head rcu;
};

/* An identity on the way in: views, nothing owned. */
struct btns_identity_desc {
	u16 id_type;
	u16 id_len;
	u32 spki_len;
	u8 auth_method;
	/* in: what the helper proposes; out of the PAD search: what holds */
	u8 auth;
	u8 trust;			/* out of the PAD search */
	/* in, with LEAPOFFAITH: KNOWN or VERIFIED, on the helper's word; else 0 */
	u8 claim;
	const u8 *id;
	const u8 *spki;
	u8 fingerprint[BTNS_FINGERPRINT_LEN];	/* filled by btns_identity_desc_finish() */
};

/* The same once more, for a search; views into it. */
static inline void btns_identity_describe(struct btns_identity_desc *d,
					  const struct btns_identity *i)
{
	*d = (struct btns_identity_desc) {
		.id_type = i->id_type, .id_len = i->id_len, .id = i->id,
		.spki_len = i->spki_len, .spki = i->spki,
		.auth_method = i->auth_method, .auth = i->auth, .trust = i->trust,
		.claim = i->claim,
	};
	memcpy(d->fingerprint, i->fingerprint, sizeof(d->fingerprint));
}

/* Methods of RFC 7296 section 3.8 that prove a key: RSA, DSS, ECDSA, RFC 7427. */
static inline bool btns_method_signs(u8 method)
{
	return method == 1 || method == 3 || (method >= 9 && method <= 11) || method == 14;
}

/* Part of who the peer is: a bare key is one whether it was seen before or not. */
static inline u8 btns_auth_class(u8 auth)
{
	return auth == BTNS_AUTH_LEAPOFFAITH ? BTNS_AUTH_BTNS : auth;
}

/* Compute the fingerprint and check lengths and the ID's form.  -EINVAL with extack. */
int btns_identity_desc_finish(struct btns_identity_desc *d,
			      struct netlink_ext_ack *extack);
/* Find or make; a reference is given.  ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC). */
struct btns_identity *btns_identity_intern(struct btns_net *bn,
					   const struct btns_identity_desc *d,
					   gfp_t gfp);
/*
 * The helper says what it knows of a key: KNOWN, VERIFIED, or 0.  Identities that the
 * wildcard of @c admits follow at once; how many there are.  Under bn->lock.
 */
struct btns_config;
unsigned int btns_identity_claim(struct btns_net *bn, struct btns_config *c,
				 const u8 *fingerprint, u8 claim);
/* The first PAD search once more; NULL: it is not what it was. */
struct btns_pad_entry;
struct btns_pad_entry *btns_identity_recheck(struct btns_identity *i, struct btns_config *c,
					     u8 claim, struct btns_identity_desc *d);
void btns_identity_get(struct btns_identity *id);
void btns_identity_put(struct btns_identity *id);
int btns_identity_init(struct btns_net *bn);
void btns_identity_exit(struct btns_net *bn);

#endif /* _BTNS_IDENTITY_H */
