/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key that proves who we are: what signs our AUTH payloads. */
#ifndef BTNS_IKE_SIGNER_H
#define BTNS_IKE_SIGNER_H

#include "crypto.h"

struct signer;

/* Longest AUTH data: algorithm, signature of an RSA key of 8192 bits. */
#define SIGNER_AUTH_MAX	(1 + 72 + 1024)

/* Bit of a hash that a peer lists in SIGNATURE_HASH_ALGORITHMS. */
#define HASH_BIT(hash)	(1U << (hash))
#define HASHES_LISTED	HASH_BIT(0)	/* there was such a list */

struct signer *signer_new_ed25519(const uint8_t seed[32]);
/*
 * pkcs8: PrivateKeyInfo in DER, not encrypted: Ed25519, ECDSA on P-256, P-384 or
 * P-521, RSA of 2048 to 8192 bits.  NULL: why.
 */
struct signer *signer_new(struct chunk pkcs8, const char **why);
/*
 * One that has no key: it asks ask(), which does what signer_auth() does, somewhere else.
 * spki: of the key.
 */
typedef size_t signer_ask_fn(void *arg, unsigned int hashes, struct chunk octets,
			     uint8_t *method, uint8_t *out);
struct signer *signer_new_remote(struct chunk spki, signer_ask_fn *ask, void *arg);
void signer_free(struct signer **s);
/* SubjectPublicKeyInfo; lives as long as the signer. */
struct chunk signer_spki(const struct signer *s);
/*
 * Data of an AUTH payload over octets, and its method, that a peer with these hashes can
 * verify.  Its length; 0: there is none.
 */
size_t signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
		   uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);

#endif /* BTNS_IKE_SIGNER_H */
