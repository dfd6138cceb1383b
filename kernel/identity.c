// SPDX-License-Identifier: GPL-2.0-only
/* Interned identities: equal ones are one object. */
#include <crypto/sha2.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "identity.h"
#include "pad.h"
#include "stats.h"

static bool btns_identity_len_ok(u16 type, u16 len)
{
	switch (type) {
	case BTNS_ID_IPV4_ADDR:
		return len == 4;
	case BTNS_ID_IPV6_ADDR:
		return len == 16;
	case BTNS_ID_NULL:
	case BTNS_ID_NONE:
		return len == 0;
	default:
		return len > 0 && len <= BTNS_ID_MAX;
	}
}

/**
 * btns_identity_desc_finish() - check an identity and compute its fingerprint
 * @d: the identity; @d->fingerprint is filled in
 * @extack: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int btns_identity_desc_finish(struct btns_identity_desc *d,
			      struct netlink_ext_ack *extack)
{
	if (d->id_type > 255) {
		NL_SET_ERR_MSG(extack,
			       "PUBLICKEY is no ID type of the wire (RFC 5386 section 2): give the ID that the peer asserted");
		return -EINVAL;
	}
	if (!btns_identity_len_ok(d->id_type, d->id_len)) {
		NL_SET_ERR_MSG(extack, "length of the ID data does not fit the ID type");
		return -EINVAL;
	}
	if (d->spki_len > BTNS_SPKI_MAX) {
		NL_SET_ERR_MSG(extack, "public key is longer than 8192 octets");
		return -EINVAL;
	}
	if (d->spki_len && !btns_method_signs(d->auth_method)) {
		NL_SET_ERR_MSG(extack,
			       "a public key beside an authentication method that proves none");
		return -EINVAL;
	}
	if (d->spki_len)
		sha256(d->spki, d->spki_len, d->fingerprint);
	else
		memset(d->fingerprint, 0, sizeof(d->fingerprint));
	return 0;
}

static u64 btns_identity_hash(struct btns_net *bn, const struct btns_identity_desc *d)
{
	u64 h = siphash(d->fingerprint, sizeof(d->fingerprint), &bn->identities.key);

	return siphash_3u64(h, siphash(d->id, d->id_len, &bn->identities.key),
			    (u64)d->id_type << 8 | btns_auth_class(d->auth),
			    &bn->identities.key);
}

static bool btns_identity_equal(const struct btns_identity *i,
				const struct btns_identity_desc *d)
{
	return btns_auth_class(READ_ONCE(i->auth)) == btns_auth_class(d->auth) &&
	       i->id_type == d->id_type &&
	       i->id_len == d->id_len && i->spki_len == d->spki_len &&
	       !memcmp(i->id, d->id, d->id_len) &&
	       !memcmp(i->spki, d->spki, d->spki_len);
}

/* What may change of an identity that stays. */
static void btns_identity_follow(struct btns_identity *i, const struct btns_identity_desc *d)
{
	WRITE_ONCE(i->auth, d->auth);
	WRITE_ONCE(i->trust, d->trust);
	WRITE_ONCE(i->claim, d->claim);
}

/**
 * btns_identity_recheck() - is an identity what it was, by the PAD of today?
 * @i: the identity
 * @c: the PAD
 * @claim: what the helper knows of the key
 * @d: filled in; what the search found
 *
 * Return: the PAD entry, or NULL: no longer.
 */
struct btns_pad_entry *btns_identity_recheck(struct btns_identity *i, struct btns_config *c,
					     u8 claim, struct btns_identity_desc *d)
{
	struct btns_pad_entry *e;

	*d = (struct btns_identity_desc) {
		.id_type = i->id_type, .id_len = i->id_len, .id = i->id,
		.spki_len = i->spki_len, .spki = i->spki,
		.auth_method = i->auth_method, .auth = i->auth, .claim = claim,
	};
	memcpy(d->fingerprint, i->fingerprint, sizeof(d->fingerprint));
	e = btns_pad_search(c, d, NULL);
	/* who the peer is must not change under a living SA */
	if (IS_ERR(e) || btns_auth_class(d->auth) != btns_auth_class(i->auth))
		return NULL;
	btns_identity_follow(i, d);
	return e;
}

unsigned int btns_identity_claim(struct btns_net *bn, struct btns_config *c,
				 const u8 *fingerprint, u8 claim)
{
	struct btns_identity_desc d;
	struct btns_identity *i;
	unsigned int n = 0;
	int bucket;

	lockdep_assert_held(&bn->lock);
	spin_lock_bh(&bn->identities.lock);
	hash_for_each(bn->identities.table, bucket, i, node) {
		if (!i->spki_len || btns_auth_class(i->auth) != BTNS_AUTH_BTNS ||
		    memcmp(i->fingerprint, fingerprint, BTNS_FINGERPRINT_LEN))
			continue;
		if (btns_identity_recheck(i, c, claim, &d))
			n++;
	}
	spin_unlock_bh(&bn->identities.lock);
	return n;
}

/**
 * btns_identity_intern() - find an identity or make it
 * @bn: namespace
 * @d: the identity, checked by btns_identity_desc_finish()
 * @gfp: how to allocate
 *
 * Return: a reference, ERR_PTR(-ENOMEM), or ERR_PTR(-ENOSPC) when the table is full.
 */
struct btns_identity *btns_identity_intern(struct btns_net *bn,
					   const struct btns_identity_desc *d,
					   gfp_t gfp)
{
	const u64 hash = btns_identity_hash(bn, d);
	struct btns_identity *i, *fresh;
	u8 *data;

	fresh = kmalloc(sizeof(*fresh) + d->id_len + d->spki_len, gfp);
	if (!fresh) {
		btns_stat_inc(bn, BTNS_STAT_NOMEM);
		return ERR_PTR(-ENOMEM);
	}
	data = (u8 *)(fresh + 1);
	fresh->bn = bn;
	fresh->id_type = d->id_type;
	fresh->id_len = d->id_len;
	fresh->spki_len = d->spki_len;
	fresh->auth = d->auth;
	fresh->auth_method = d->auth_method;
	fresh->trust = d->trust;
	fresh->claim = d->claim;
	memcpy(fresh->fingerprint, d->fingerprint, sizeof(fresh->fingerprint));
	fresh->id = data;
	fresh->spki = data + d->id_len;
	memcpy(data, d->id, d->id_len);
	memcpy(data + d->id_len, d->spki, d->spki_len);
	refcount_set(&fresh->refs, 1);

	spin_lock_bh(&bn->identities.lock);
	hash_for_each_possible(bn->identities.table, i, node, hash) {
		if (btns_identity_equal(i, d) && refcount_inc_not_zero(&i->refs)) {
			btns_identity_follow(i, d);
			spin_unlock_bh(&bn->identities.lock);
			kfree(fresh);
			return i;
		}
	}
	if (bn->identities.count >= READ_ONCE(bn->sysctl.identity_max)) {
		spin_unlock_bh(&bn->identities.lock);
		kfree(fresh);
		return ERR_PTR(-ENOSPC);
	}
	bn->identities.count++;
	hash_add_rcu(bn->identities.table, &fresh->node, hash);
	spin_unlock_bh(&bn->identities.lock);
	return fresh;
}

/**
 * btns_identity_get() - take a reference; the caller holds one or is sure of one
 * @id: the identity
 */
void btns_identity_get(struct btns_identity *id)
{
	refcount_inc(&id->refs);
}

/**
 * btns_identity_put() - drop a reference
 * @id: the identity or NULL
 *
 * Any context.
 */
void btns_identity_put(struct btns_identity *id)
{
	struct btns_net *bn;

	if (!id || !refcount_dec_and_test(&id->refs))
		return;
	bn = id->bn;
	spin_lock_bh(&bn->identities.lock);
	hash_del_rcu(&id->node);
	bn->identities.count--;
	spin_unlock_bh(&bn->identities.lock);
	kfree_rcu(id, rcu);
}

int btns_identity_init(struct btns_net *bn)
{
	spin_lock_init(&bn->identities.lock);
	hash_init(bn->identities.table);
	bn->identities.count = 0;
	get_random_bytes(&bn->identities.key, sizeof(bn->identities.key));
	return 0;
}

void btns_identity_exit(struct btns_net *bn)
{
	/* SAs, latches and dumps have dropped theirs; what RCU still holds is freed by it */
	WARN_ON_ONCE(bn->identities.count);
}
