// SPDX-License-Identifier: GPL-2.0-or-later
/* Cryptography of the IKEv2 engine: primitives. */
#include <string.h>

#include <gnutls/crypto.h>
#include <sodium.h>

#include "crypto.h"

bool crypto_init(void)
{
	group_init();
	return sodium_init() >= 0;
}

bool crypto_has_prf(uint16_t prf)
{
	return crypto_prf_len(prf) != 0;
}

size_t crypto_prf_len(uint16_t prf)
{
	switch (prf) {
	case PRF_HMAC_SHA2_256:
		return 32;
	case PRF_HMAC_SHA2_384:
		return 48;
	case PRF_HMAC_SHA2_512:
		return 64;
	default:
		return 0;
	}
}

/*
 * HMAC by GnuTLS: with the processor's instructions for SHA-2 the key schedule costs
 * a fifth of what it does in libsodium, 1.12 instead of 1.19 times the public-key
 * operations for a whole handshake.
 */
static bool prf_open(gnutls_hmac_hd_t *h, uint16_t prf, const uint8_t *key,
		     size_t key_len)
{
	const gnutls_mac_algorithm_t mac = prf == PRF_HMAC_SHA2_512 ? GNUTLS_MAC_SHA512 :
		prf == PRF_HMAC_SHA2_384 ? GNUTLS_MAC_SHA384 : GNUTLS_MAC_SHA256;

	return gnutls_hmac_init(h, mac, key, key_len) >= 0;
}

static bool prf_parts(gnutls_hmac_hd_t h, const struct chunk *parts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (parts[i].len && gnutls_hmac(h, parts[i].p, parts[i].len) < 0)
			return false;
	return true;
}

void crypto_prf(uint16_t prf, uint8_t *out, const uint8_t *key, size_t key_len,
		const struct chunk *parts, unsigned int n)
{
	size_t len = crypto_prf_len(prf);
	gnutls_hmac_hd_t h;
	bool ok;

	if (!len)
		return;
	ok = prf_open(&h, prf, key, key_len);
	if (ok) {
		ok = prf_parts(h, parts, n);
		gnutls_hmac_deinit(h, ok ? out : NULL);
	}
	/* Out of memory: a value that nobody can guess, so that nothing verifies. */
	if (!ok)
		randombytes_buf(out, len);
}

bool crypto_prf_plus(uint16_t prf, uint8_t *out, size_t len, const uint8_t *key,
		     size_t key_len, const struct chunk *parts, unsigned int n)
{
	size_t block = crypto_prf_len(prf);
	uint8_t t[IKE_PRF_MAX];
	gnutls_hmac_hd_t h;
	uint8_t count = 0;
	bool ok = true;

	if (!block || len > 255 * block || !prf_open(&h, prf, key, key_len))
		return false;
	while (len && ok) {
		const struct chunk before = CHUNK(t, count ? block : 0);
		size_t take = len < block ? len : block;

		count++;
		ok = prf_parts(h, &before, 1) && prf_parts(h, parts, n) &&
		     gnutls_hmac(h, &count, 1) >= 0;
		/* Also makes ready for the next block, with the same key. */
		gnutls_hmac_output(h, t);
		memcpy(out, t, take);
		out += take;
		len -= take;
	}
	gnutls_hmac_deinit(h, NULL);
	sodium_memzero(t, sizeof(t));
	return ok;
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
