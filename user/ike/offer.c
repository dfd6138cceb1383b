// SPDX-License-Identifier: GPL-2.0-or-later
/* Algorithms of IKE SAs by name. */
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "offer.h"

enum kind { KIND_AEAD, KIND_CBC, KIND_HASH, KIND_PRF, KIND_GROUP };

static const struct {
	const char *name;
	uint8_t kind;
	uint16_t id, bits;
} names[] = {
	{ "chacha20poly1305", KIND_AEAD, ENCR_CHACHA20_POLY1305, 0 },
	{ "aes256gcm16", KIND_AEAD, ENCR_AES_GCM_16, 256 },
	{ "aes192gcm16", KIND_AEAD, ENCR_AES_GCM_16, 192 },
	{ "aes128gcm16", KIND_AEAD, ENCR_AES_GCM_16, 128 },
	{ "aes256", KIND_CBC, ENCR_AES_CBC, 256 },
	{ "aes192", KIND_CBC, ENCR_AES_CBC, 192 },
	{ "aes128", KIND_CBC, ENCR_AES_CBC, 128 },
	{ "sha256", KIND_HASH, INTEG_HMAC_SHA2_256_128, PRF_HMAC_SHA2_256 },
	{ "sha384", KIND_HASH, INTEG_HMAC_SHA2_384_192, PRF_HMAC_SHA2_384 },
	{ "sha512", KIND_HASH, INTEG_HMAC_SHA2_512_256, PRF_HMAC_SHA2_512 },
	{ "prfsha256", KIND_PRF, PRF_HMAC_SHA2_256, 0 },
	{ "prfsha384", KIND_PRF, PRF_HMAC_SHA2_384, 0 },
	{ "prfsha512", KIND_PRF, PRF_HMAC_SHA2_512, 0 },
	{ "curve25519", KIND_GROUP, DH_CURVE25519, 0 },
	{ "x25519", KIND_GROUP, DH_CURVE25519, 0 },
	{ "ecp256", KIND_GROUP, DH_P256, 0 },
	{ "ecp384", KIND_GROUP, DH_P384, 0 },
	{ "modp2048", KIND_GROUP, DH_MODP_2048, 0 },
};

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *const strong[] = {
	"chacha20poly1305-aes256gcm16-aes128gcm16-prfsha256-prfsha512-prfsha384-curve25519",
};

/* Of each kind the better ones first; AEADs before CBC. */
static const char *const compatible[] = {
	"chacha20poly1305-aes256gcm16-aes192gcm16-aes128gcm16-prfsha256-prfsha512-prfsha384-"
		"curve25519-ecp384-ecp256-modp2048",
	"aes256-aes192-aes128-sha256-sha512-sha384-curve25519-ecp384-ecp256-modp2048",
};

static bool put(uint16_t list[IKE_OFFER_MAX], unsigned int *n, uint16_t id)
{
	for (unsigned int i = 0; i < *n; i++)
		if (list[i] == id)
			return true;
	if (*n == IKE_OFFER_MAX)
		return false;
	list[(*n)++] = id;
	return true;
}

static bool take(struct ike_offer *o, bool *cbc, bool *aead, bool *prf, const char *p,
		 size_t len)
{
	size_t i;

	for (i = 0; i < N_OF(names); i++)
		if (strlen(names[i].name) == len && !memcmp(names[i].name, p, len))
			break;
	if (i == N_OF(names))
		return false;
	switch (names[i].kind) {
	case KIND_AEAD:
	case KIND_CBC:
		if (names[i].kind == KIND_CBC)
			*cbc = true;
		else
			*aead = true;
		if (o->n_encr == IKE_OFFER_MAX)
			return false;
		o->encr[o->n_encr].id = names[i].id;
		o->encr[o->n_encr++].bits = names[i].bits;
		return true;
	case KIND_HASH:
		return put(o->integ, &o->n_integ, names[i].id);
	case KIND_PRF:
		*prf = true;
		return put(o->prf, &o->n_prf, names[i].id);
	default:
		return put(o->group, &o->n_group, names[i].id);
	}
}

static uint16_t prf_of(uint16_t integ)
{
	for (size_t i = 0; i < N_OF(names); i++)
		if (names[i].kind == KIND_HASH && names[i].id == integ)
			return names[i].bits;
	return 0;
}

static const char *parse(struct ike_offer *o, const char *word)
{
	bool cbc = false, aead = false, prf = false;
	const char *p = word;

	memset(o, 0, sizeof(*o));
	for (;;) {
		const size_t len = strcspn(p, "-");

		if (!take(o, &cbc, &aead, &prf, p, len))
			return "unknown algorithm, or one too many";
		if (!p[len])
			break;
		p += len + 1;
	}
	if (!cbc && !aead)
		return "a cipher is missing";
	if (cbc && aead)
		return "CBC and combined-mode ciphers exclude each other";
	/* a hash is the PRF as well if no other is named; all that it is with an AEAD */
	if (!prf)
		for (unsigned int i = 0; i < o->n_integ; i++)
			o->prf[o->n_prf++] = prf_of(o->integ[i]);
	if (aead) {
		if (prf && o->n_integ)
			return "combined-mode ciphers need no other integrity";
		o->n_integ = 0;
	}
	if (cbc && !o->n_integ)
		return "CBC needs sha256, sha384 or sha512";
	if (!o->n_prf)
		return "a pseudo-random function is missing";
	if (!o->n_group)
		return "a key exchange group is missing";
	return NULL;
}

const char *offers_add(struct ike_offer offers[IKE_OFFERS_MAX], unsigned int *n,
		       const char *word)
{
	const char *const *list = &word;
	size_t i, len = 1;

	if (!strcmp(word, "strong")) {
		list = strong;
		len = N_OF(strong);
	} else if (!strcmp(word, "compatible")) {
		list = compatible;
		len = N_OF(compatible);
	}
	for (i = 0; i < len; i++) {
		const char *wrong;

		if (*n == IKE_OFFERS_MAX)
			return "too many suites";
		wrong = parse(&offers[*n], list[i]);
		if (wrong)
			return wrong;
		(*n)++;
	}
	return NULL;
}

static const char *name_of(enum kind kind, uint16_t id, uint16_t bits)
{
	for (size_t i = 0; i < N_OF(names); i++)
		if (names[i].kind == kind && names[i].id == id &&
		    (kind >= KIND_HASH || names[i].bits == bits))
			return names[i].name;
	return "none";
}

void ike_suite_text(const struct ike_sa_info *info, char buf[IKE_SUITE_TEXT])
{
	const bool cbc = info->encr == ENCR_AES_CBC;

	snprintf(buf, IKE_SUITE_TEXT, "%s%s%s-%s-%s",
		 name_of(cbc ? KIND_CBC : KIND_AEAD, info->encr, info->encr_bits),
		 cbc ? "-" : "", cbc ? name_of(KIND_HASH, info->integ, 0) : "",
		 name_of(KIND_PRF, info->prf, 0), name_of(KIND_GROUP, info->group, 0));
}

bool offer_valid(const struct ike_offer *o)
{
	struct sk_shape s;
	unsigned int i, j;

	if (!o->n_encr || !o->n_prf || !o->n_group || o->n_encr > IKE_OFFER_MAX ||
	    o->n_integ > IKE_OFFER_MAX || o->n_prf > IKE_OFFER_MAX ||
	    o->n_group > IKE_OFFER_MAX)
		return false;
	for (i = 0; i < o->n_encr; i++) {
		if (!o->n_integ && !sk_shape(&s, o->encr[i].id, o->encr[i].bits, 0))
			return false;
		for (j = 0; j < o->n_integ; j++)
			if (!sk_shape(&s, o->encr[i].id, o->encr[i].bits, o->integ[j]))
				return false;
	}
	for (i = 0; i < o->n_prf; i++)
		if (!crypto_has_prf(o->prf[i]))
			return false;
	for (i = 0; i < o->n_group; i++)
		if (!group_public_len(o->group[i]))
			return false;
	return true;
}

bool offer_has_group(const struct ike_offer *o, uint16_t group)
{
	for (unsigned int i = 0; i < o->n_group; i++)
		if (o->group[i] == group)
			return true;
	return false;
}
