// SPDX-License-Identifier: GPL-2.0-or-later
/* Cryptography of the IKEv2 engine: primitives and AEAD. */
#include <string.h>

#include <gnutls/crypto.h>
#include <sodium.h>

#include "crypto.h"

#define SALT_LEN	4
#define AEAD_KEY_LEN	(32 + SALT_LEN)

bool crypto_init(void)
{
	return sodium_init() >= 0;
}

bool crypto_has_encr(uint16_t encr, uint16_t bits)
{
	if (!crypto_aead_key_len(encr, bits))
		return false;
	return encr != ENCR_AES_GCM_16 || crypto_aead_aes256gcm_is_available();
}

bool crypto_has_prf(uint16_t prf)
{
	return crypto_prf_len(prf) != 0;
}

size_t crypto_prf_len(uint16_t prf)
{
	switch (prf) {
	case PRF_HMAC_SHA2_256:
		return crypto_auth_hmacsha256_BYTES;
	case PRF_HMAC_SHA2_512:
		return crypto_auth_hmacsha512_BYTES;
	default:
		return 0;
	}
}

/* One HMAC under way, whichever hash it uses. */
struct prf_state {
	uint16_t prf;
	union {
		crypto_auth_hmacsha256_state s256;
		crypto_auth_hmacsha512_state s512;
	};
};

static void prf_init(struct prf_state *s, uint16_t prf, const uint8_t *key,
		     size_t key_len)
{
	s->prf = prf;
	if (prf == PRF_HMAC_SHA2_512)
		crypto_auth_hmacsha512_init(&s->s512, key, key_len);
	else
		crypto_auth_hmacsha256_init(&s->s256, key, key_len);
}

static void prf_update(struct prf_state *s, const void *p, size_t len)
{
	if (!len)
		return;
	if (s->prf == PRF_HMAC_SHA2_512)
		crypto_auth_hmacsha512_update(&s->s512, p, len);
	else
		crypto_auth_hmacsha256_update(&s->s256, p, len);
}

static void prf_final(struct prf_state *s, uint8_t *out)
{
	if (s->prf == PRF_HMAC_SHA2_512)
		crypto_auth_hmacsha512_final(&s->s512, out);
	else
		crypto_auth_hmacsha256_final(&s->s256, out);
	sodium_memzero(s, sizeof(*s));
}

void crypto_prf(uint16_t prf, uint8_t *out, const uint8_t *key, size_t key_len,
		const struct chunk *parts, unsigned int n)
{
	struct prf_state s;

	if (!crypto_prf_len(prf))
		return;
	prf_init(&s, prf, key, key_len);
	for (unsigned int i = 0; i < n; i++)
		prf_update(&s, parts[i].p, parts[i].len);
	prf_final(&s, out);
}

bool crypto_prf_plus(uint16_t prf, uint8_t *out, size_t len, const uint8_t *key,
		     size_t key_len, const struct chunk *parts, unsigned int n)
{
	size_t block = crypto_prf_len(prf);
	struct prf_state keyed, s;
	uint8_t t[IKE_PRF_MAX];
	uint8_t count = 0;

	if (!block || len > 255 * block)
		return false;
	/* The key's two hash blocks are the same for all of them. */
	prf_init(&keyed, prf, key, key_len);
	while (len) {
		size_t take = len < block ? len : block;

		s = keyed;
		if (count)
			prf_update(&s, t, block);
		for (unsigned int i = 0; i < n; i++)
			prf_update(&s, parts[i].p, parts[i].len);
		count++;
		prf_update(&s, &count, 1);
		prf_final(&s, t);
		memcpy(out, t, take);
		out += take;
		len -= take;
	}
	sodium_memzero(t, sizeof(t));
	sodium_memzero(&keyed, sizeof(keyed));
	return true;
}

/*
 * The hash only tells whether a NAT rewrote an address, so a library without
 * SHA-1 costs nothing but UDP encapsulation: zeros never match.
 */
void crypto_sha1(uint8_t out[20], const struct chunk *parts, unsigned int n)
{
	uint8_t all[64];
	size_t len = 0;

	memset(out, 0, 20);
	for (unsigned int i = 0; i < n; i++) {
		if (parts[i].len > sizeof(all) - len)
			return;
		if (parts[i].len)
			memcpy(all + len, parts[i].p, parts[i].len);
		len += parts[i].len;
	}
	if (gnutls_hash_fast(GNUTLS_DIG_SHA1, all, len, out) < 0)
		memset(out, 0, 20);
}

void crypto_sha256(uint8_t out[32], const struct chunk *parts, unsigned int n)
{
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	for (unsigned int i = 0; i < n; i++)
		if (parts[i].len)
			crypto_hash_sha256_update(&s, parts[i].p, parts[i].len);
	crypto_hash_sha256_final(&s, out);
}

size_t crypto_aead_key_len(uint16_t encr, uint16_t bits)
{
	if (encr == ENCR_CHACHA20_POLY1305 && bits == 0)
		return AEAD_KEY_LEN;
	if (encr == ENCR_AES_GCM_16 && bits == 256)
		return AEAD_KEY_LEN;
	return 0;
}

static void aead_nonce(uint8_t nonce[12], const uint8_t *key, const uint8_t iv[8])
{
	memcpy(nonce, key + AEAD_KEY_LEN - SALT_LEN, SALT_LEN);
	memcpy(nonce + SALT_LEN, iv, 8);
}

void crypto_aead_seal(uint16_t encr, const uint8_t *key, const uint8_t iv[8],
		      const uint8_t *aad, size_t aad_len, uint8_t *text,
		      size_t len, uint8_t tag[16])
{
	uint8_t nonce[12];

	aead_nonce(nonce, key, iv);
	if (encr == ENCR_AES_GCM_16)
		crypto_aead_aes256gcm_encrypt_detached(text, tag, NULL, text, len,
						       aad, aad_len, NULL,
						       nonce, key);
	else
		crypto_aead_chacha20poly1305_ietf_encrypt_detached(text, tag,
				NULL, text, len, aad, aad_len, NULL, nonce, key);
}

bool crypto_aead_open(uint16_t encr, const uint8_t *key, const uint8_t iv[8],
		      const uint8_t *aad, size_t aad_len, uint8_t *text,
		      size_t len, const uint8_t tag[16])
{
	uint8_t nonce[12];

	aead_nonce(nonce, key, iv);
	switch (encr) {
	case ENCR_AES_GCM_16:
		return !crypto_aead_aes256gcm_decrypt_detached(text, NULL, text,
				len, tag, aad, aad_len, nonce, key);
	case ENCR_CHACHA20_POLY1305:
		return !crypto_aead_chacha20poly1305_ietf_decrypt_detached(text,
				NULL, text, len, tag, aad, aad_len, nonce, key);
	default:
		return false;
	}
}

void crypto_dh_public(uint8_t pub[32], const uint8_t secret[32])
{
	crypto_scalarmult_curve25519_base(pub, secret);
}

bool crypto_dh(uint8_t shared[32], const uint8_t secret[32], const uint8_t peer[32])
{
	return !crypto_scalarmult_curve25519(shared, secret, peer);
}

void crypto_ed25519_keypair(struct crypto_sign_key *key, const uint8_t seed[32])
{
	crypto_sign_ed25519_seed_keypair(key->public, key->secret, seed);
}

void crypto_ed25519_sign(const struct crypto_sign_key *key, uint8_t sig[64],
			 const uint8_t *msg, size_t len)
{
	crypto_sign_ed25519_detached(sig, NULL, msg, len, key->secret);
}

bool crypto_ed25519_verify(const uint8_t public[32], const uint8_t sig[64],
			   const uint8_t *msg, size_t len)
{
	return !crypto_sign_ed25519_verify_detached(sig, msg, len, public);
}

static const uint8_t spki_head[ED25519_SPKI_LEN - 32] = {
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
};

void crypto_ed25519_spki(uint8_t spki[ED25519_SPKI_LEN], const uint8_t public[32])
{
	memcpy(spki, spki_head, sizeof(spki_head));
	memcpy(spki + sizeof(spki_head), public, 32);
}

const uint8_t *crypto_spki_ed25519(const uint8_t *spki, size_t len)
{
	if (len != ED25519_SPKI_LEN || memcmp(spki, spki_head, sizeof(spki_head)))
		return NULL;
	return spki + sizeof(spki_head);
}

void crypto_random(void *buf, size_t len)
{
	static uint8_t pool[256];
	static size_t left;

	if (len > 8) {
		randombytes_buf(buf, len);
		return;
	}
	if (left < len) {
		randombytes_buf(pool, sizeof(pool));
		left = sizeof(pool);
	}
	left -= len;
	memcpy(buf, pool + left, len);
	memset(pool + left, 0, len);
}

void crypto_wipe(void *p, size_t len)
{
	sodium_memzero(p, len);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return !sodium_memcmp(a, b, len);
}
