// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channel bindings of end-point type: Documentation/wire-formats.rst.
 *
 *	K(x)	= H(SubjectPublicKeyInfo of x); without key: as many zero octets
 *	value	= H("IPsec end-point channel binding v1" | 00 | lo | hi)
 *	compat	= H(H(key bits of one end) XOR H(key bits of the other))
 *
 * lo and hi are the K of both ends in order, so that both compute the same.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/slab.h>

#include "binding.h"

static const char btns_label[] = "IPsec end-point channel binding v1";

static const struct btns_binding_hash {
	const char *name, *suffix;
	unsigned int size;
} btns_binding_hashes[] = {
	{ "sha256", "sha-256", SHA256_DIGEST_SIZE },
	{ "sha384", "sha-384", SHA384_DIGEST_SIZE },
	{ "sha512", "sha-512", SHA512_DIGEST_SIZE },
};

struct btns_binding_ctx {
	const struct btns_binding_hash *hash;
	struct crypto_shash *tfm;
};

static const struct btns_binding_hash *btns_binding_find_hash(const char *name)
{
	unsigned int i;

	if (!*name)
		return &btns_binding_hashes[0];
	for (i = 0; i < ARRAY_SIZE(btns_binding_hashes); i++)
		if (!strcmp(name, btns_binding_hashes[i].name))
			return &btns_binding_hashes[i];
	return NULL;
}

static bool btns_binding_keyed(const struct btns_identity *id)
{
	switch (id->auth) {
	case BTNS_AUTH_BTNS:
	case BTNS_AUTH_LEAPOFFAITH:
	case BTNS_AUTH_PUBKEY:
	case BTNS_AUTH_PKIX:
		return id->spki_len;
	default:
		return false;
	}
}

/* Content of the DER element with that tag at *p, which moves behind it. */
static int btns_der_element(const u8 **p, const u8 *end, u8 tag, const u8 **content,
			    size_t *n)
{
	const u8 *q = *p;
	size_t len = 0;
	unsigned int i;

	if (end - q < 2 || q[0] != tag)
		return -EINVAL;
	if (q[1] < 0x80) {
		len = q[1];
		q += 2;
	} else {
		unsigned int octets = q[1] & 0x7f;

		/* two octets of length are enough for BTNS_SPKI_MAX */
		if (!octets || octets > 2 || end - q < 2 + octets || !q[2])
			return -EINVAL;
		for (i = 0; i < octets; i++)
			len = len << 8 | q[2 + i];
		if (len < 0x80)
			return -EINVAL;
		q += 2 + octets;
	}
	if (end - q < len)
		return -EINVAL;
	*content = q;
	*n = len;
	*p = q + len;
	return 0;
}

int btns_binding_key_bits(const u8 *spki, size_t len, const u8 **bits, size_t *n)
{
	const u8 *p = spki, *end = spki + len, *body, *alg;
	size_t body_len, alg_len;

	if (btns_der_element(&p, end, 0x30, &body, &body_len) || p != end)
		return -EINVAL;
	p = body;
	if (btns_der_element(&p, end, 0x30, &alg, &alg_len) ||
	    btns_der_element(&p, end, 0x03, bits, n))
		return -EINVAL;
	/* the first octet counts unused bits at the end */
	if (p != end || *n < 2 || **bits)
		return -EINVAL;
	(*bits)++;
	(*n)--;
	return 0;
}

static int btns_binding_digest(const struct btns_binding_ctx *ctx, const void *data,
			       size_t len, u8 *out)
{
	return crypto_shash_tfm_digest(ctx->tfm, data, len, out);
}

static int btns_binding_end_point(const struct btns_binding_ctx *ctx,
				  struct btns_binding *b,
				  const struct btns_identity *one,
				  const struct btns_identity *other, bool one_way)
{
	u8 buf[sizeof(btns_label) + 2 * SHA512_DIGEST_SIZE];
	unsigned int size = ctx->hash->size;
	u8 k[2][SHA512_DIGEST_SIZE] = {};
	int prefix, swap, err = 0;

	if (btns_binding_keyed(one))
		err = btns_binding_digest(ctx, one->spki, one->spki_len, k[0]);
	if (!err && btns_binding_keyed(other))
		err = btns_binding_digest(ctx, other->spki, other->spki_len, k[1]);
	if (err)
		return err;
	swap = memcmp(k[0], k[1], size) > 0;
	/* the label's NUL is part of it */
	memcpy(buf, btns_label, sizeof(btns_label));
	memcpy(buf + sizeof(btns_label), k[swap], size);
	memcpy(buf + sizeof(btns_label) + size, k[!swap], size);
	prefix = scnprintf(b->data, sizeof(b->data), "ipsec-end-point-%sv1%s%s:",
			   one_way ? "1way-" : "",
			   ctx->hash == btns_binding_hashes ? "" : "-",
			   ctx->hash == btns_binding_hashes ? "" : ctx->hash->suffix);
	err = btns_binding_digest(ctx, buf, sizeof(btns_label) + 2 * size,
				  b->data + prefix);
	b->len = prefix + size;
	return err;
}

static int btns_binding_compat(const struct btns_binding_ctx *ctx,
			       struct btns_binding *b,
			       const struct btns_identity *one,
			       const struct btns_identity *other)
{
	u8 a[SHA512_DIGEST_SIZE], c[SHA512_DIGEST_SIZE];
	const u8 *bits[2];
	unsigned int i;
	size_t n[2];
	int prefix, err;

	if (btns_binding_key_bits(one->spki, one->spki_len, &bits[0], &n[0]) ||
	    btns_binding_key_bits(other->spki, other->spki_len, &bits[1], &n[1]))
		return -ENOKEY;
	err = btns_binding_digest(ctx, bits[0], n[0], a);
	if (!err)
		err = btns_binding_digest(ctx, bits[1], n[1], c);
	if (err)
		return err;
	for (i = 0; i < ctx->hash->size; i++)
		a[i] ^= c[i];
	prefix = scnprintf(b->data, sizeof(b->data), "IPsec-end-point-IKEv2-pubkey-%s:",
			   ctx->hash->suffix);
	err = btns_binding_digest(ctx, a, ctx->hash->size, b->data + prefix);
	b->len = prefix + ctx->hash->size;
	return err;
}

/* Can these two ends have a value of that type?  -ENOKEY, -EKEYREJECTED. */
static int btns_binding_check(u32 type, const struct btns_identity *one,
			      const struct btns_identity *other, bool *one_way)
{
	bool k1 = btns_binding_keyed(one), k2 = btns_binding_keyed(other);

	*one_way = k1 != k2;
	if (k1 && k2)
		return one->spki_len == other->spki_len &&
		       !memcmp(one->spki, other->spki, one->spki_len) ?
			       -EKEYREJECTED : 0;
	if (type == BTNS_BINDING_COMPAT || !(k1 || k2))
		return -ENOKEY;
	/* only an end that proved nothing may be without key */
	return (k1 ? other : one)->auth == BTNS_AUTH_NULL ? 0 : -ENOKEY;
}

int btns_binding_make(struct btns_binding *b, const struct btns_identity *one,
		      const struct btns_identity *other)
{
	struct btns_binding_ctx ctx;
	bool one_way;
	int err;

	BUILD_BUG_ON(sizeof("IPsec-end-point-IKEv2-pubkey-sha-512:") +
		     SHA512_DIGEST_SIZE > BTNS_BINDING_MAX);

	if (b->type != BTNS_BINDING_END_POINT && b->type != BTNS_BINDING_COMPAT)
		return -EPROTONOSUPPORT;
	ctx.hash = btns_binding_find_hash(b->hash);
	if (!ctx.hash)
		return -EPROTONOSUPPORT;
	err = btns_binding_check(b->type, one, other, &one_way);
	if (err)
		return err;
	ctx.tfm = crypto_alloc_shash(ctx.hash->name, 0, 0);
	if (IS_ERR(ctx.tfm))
		return PTR_ERR(ctx.tfm) == -ENOMEM ? -ENOMEM : -EPROTONOSUPPORT;
	if (b->type == BTNS_BINDING_END_POINT)
		err = btns_binding_end_point(&ctx, b, one, other, one_way);
	else
		err = btns_binding_compat(&ctx, b, one, other);
	crypto_free_shash(ctx.tfm);
	b->flags = one_way ? BTNS_BINDING_F_ONE_WAY : 0;
	return err;
}
