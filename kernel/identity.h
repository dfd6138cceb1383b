/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identities: who an end is and how it showed that.  Interned per namespace:
 * equal identities are the same object, so that the data path compares pointers.
 * Key of the interning: SubjectPublicKeyInfo, ID type, ID data, auth.
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
	u8 auth;			/* enum btns_auth */
	u8 auth_method;			/* IKEv2 method on the wire */
	u8 fingerprint[BTNS_FINGERPRINT_LEN];	/* of spki, 0 without */
	const u8 *id;			/* inside this allocation */
	const u8 *spki;
	/* may change with the configuration (WRITE_ONCE) */
	u8 trust;			/* enum btns_trust */
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
	const u8 *id;
	const u8 *spki;
	u8 fingerprint[BTNS_FINGERPRINT_LEN];	/* filled by btns_identity_desc_finish() */
};

/* Methods of RFC 7296 section 3.8 that prove a key: RSA, DSS, ECDSA, RFC 7427. */
static inline bool btns_method_signs(u8 method)
{
	return method == 1 || method == 3 || (method >= 9 && method <= 11) || method == 14;
}

/* Compute the fingerprint and check lengths and the ID's form.  -EINVAL with extack. */
int btns_identity_desc_finish(struct btns_identity_desc *d,
			      struct netlink_ext_ack *extack);
/* Find or make; a reference is given.  ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC). */
struct btns_identity *btns_identity_intern(struct btns_net *bn,
					   const struct btns_identity_desc *d,
					   gfp_t gfp);
void btns_identity_get(struct btns_identity *id);
void btns_identity_put(struct btns_identity *id);
int btns_identity_init(struct btns_net *bn);
void btns_identity_exit(struct btns_net *bn);

#endif /* _BTNS_IDENTITY_H */
