/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cryptography of the IKEv2 engine, by libsodium and GnuTLS. */
#ifndef BTNS_IKE_CRYPTO_H
#define BTNS_IKE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cipher.h"
#include "group.h"

/* IANA numbers (IKEv2 parameters). */
enum {
	ENCR_AES_CBC = 12, ENCR_AES_CTR = 13, ENCR_AES_CCM_8 = 14,
	ENCR_AES_CCM_12 = 15, ENCR_AES_CCM_16 = 16, ENCR_AES_GCM_8 = 18,
	ENCR_AES_GCM_12 = 19, ENCR_AES_GCM_16 = 20, ENCR_NULL_AUTH_AES_GMAC = 21,
	ENCR_CAMELLIA_CBC = 23, ENCR_CHACHA20_POLY1305 = 28,
	ENCR_NULL = 11,
	PRF_HMAC_SHA2_256 = 5, PRF_HMAC_SHA2_384 = 6, PRF_HMAC_SHA2_512 = 7,
	INTEG_NONE = 0, INTEG_HMAC_SHA1_96 = 2, INTEG_AES_XCBC_96 = 5,
	INTEG_AES_CMAC_96 = 8, INTEG_HMAC_SHA2_256_128 = 12,
	INTEG_HMAC_SHA2_384_192 = 13, INTEG_HMAC_SHA2_512_256 = 14,
};

#define IKE_PRF_MAX	64		/* octets of the longest PRF output */
#define IKE_NONCE_LEN	32		/* our own nonces */
#define IKE_NONCE_MIN	16
#define IKE_NONCE_MAX	256

struct chunk {
	const uint8_t *p;
	size_t len;
};

#define CHUNK(ptr, n) ((struct chunk){ .p = (const uint8_t *)(ptr), .len = (n) })

/* Once per process; false: libsodium unusable. */
bool crypto_init(void);

bool crypto_has_prf(uint16_t prf);

/* PRF output and preferred key length in octets; 0: unknown. */
size_t crypto_prf_len(uint16_t prf);
/* out: crypto_prf_len octets; parts are hashed one after another. */
void crypto_prf(uint16_t prf, uint8_t *out, const uint8_t *key, size_t key_len,
		const struct chunk *parts, unsigned int n);
/* prf+ (RFC 7296 section 2.13); false: len over 255 blocks. */
bool crypto_prf_plus(uint16_t prf, uint8_t *out, size_t len, const uint8_t *key,
		     size_t key_len, const struct chunk *parts, unsigned int n);

/* Of at most 64 octets; zeros when the library has no SHA-1. */
void crypto_sha1(uint8_t out[20], const struct chunk *parts, unsigned int n);
void crypto_sha256(uint8_t out[32], const struct chunk *parts, unsigned int n);

/* Ed25519, RFC 8032.  (crypto_sign() itself is libsodium's.) */
struct crypto_sign_key {
	uint8_t secret[64];
	uint8_t public[32];
};

void crypto_ed25519_keypair(struct crypto_sign_key *key, const uint8_t seed[32]);
void crypto_ed25519_sign(const struct crypto_sign_key *key, uint8_t sig[64],
			 const uint8_t *msg, size_t len);
bool crypto_ed25519_verify(const uint8_t public[32], const uint8_t sig[64],
			   const uint8_t *msg, size_t len);

/* DER SubjectPublicKeyInfo of an Ed25519 key: 44 octets (RFC 8410). */
#define ED25519_SPKI_LEN 44
void crypto_ed25519_spki(uint8_t spki[ED25519_SPKI_LEN], const uint8_t public[32]);
/* The raw key if spki is exactly that form, else NULL. */
const uint8_t *crypto_spki_ed25519(const uint8_t *spki, size_t len);

/*
 * Random octets of the system.  Eight and fewer (SPIs, jitter, no secrets) come out of
 * a larger draw, which saves most of the system calls.  One thread.
 */
void crypto_random(void *buf, size_t len);
void crypto_wipe(void *p, size_t len);
bool crypto_equal(const void *a, const void *b, size_t len);	/* constant time */

/* IKE SA keys, RFC 7296 section 2.14; lengths follow from the algorithms. */
struct ike_keys {
	uint16_t prf, encr, encr_bits, integ, group;
	uint8_t sk_d[IKE_PRF_MAX], sk_pi[IKE_PRF_MAX], sk_pr[IKE_PRF_MAX];
	struct sk_key sk_i, sk_r;	/* SK_ei and SK_ai, SK_er and SK_ar */
	uint64_t iv_next;		/* own IV counter: never reused with a key */
};

/* First keys; false: bad lengths. */
bool crypto_ike_keys(struct ike_keys *k, struct chunk shared, struct chunk ni,
		     struct chunk nr, const uint8_t spi_i[8],
		     const uint8_t spi_r[8]);
/* After rekeying, from the old SK_d with the old PRF (section 2.18). */
bool crypto_ike_rekey(struct ike_keys *k, const struct ike_keys *old,
		      struct chunk shared, struct chunk ni, struct chunk nr,
		      const uint8_t spi_i[8], const uint8_t spi_r[8]);
/* SK_d, SK_pi and SK_pr with a postquantum preshared key (RFC 8784 section 3). */
bool crypto_ike_ppk(struct ike_keys *k, const uint8_t *ppk, size_t len);
/* KEYMAT of a Child SA (section 2.17); shared empty: no PFS. */
bool crypto_keymat(const struct ike_keys *k, uint8_t *out, size_t len,
		   struct chunk shared, struct chunk ni, struct chunk nr);
/* Octets that ESP wants from KEYMAT, salt included; false: unknown suite. */
bool crypto_esp_key_len(uint16_t encr, uint16_t bits, uint16_t integ,
			size_t *encr_len, size_t *integ_len);
/* Data to be signed (section 2.15): init | nonce | prf(SK_p, id_body).  Caller
 * gives out of init_len + nonce.len + IKE_PRF_MAX octets; returns the length.
 */
size_t crypto_auth_octets(const struct ike_keys *k, bool initiator, uint8_t *out,
			  struct chunk init, struct chunk nonce,
			  struct chunk id_body);

#endif /* BTNS_IKE_CRYPTO_H */
