// SPDX-License-Identifier: GPL-2.0-or-later
/* Protection of SK payloads; ChaCha20 by libsodium, AES by GnuTLS. */
#include <string.h>

#include <gnutls/crypto.h>
#include <sodium.h>

#include "crypto.h"
#include "wire.h"

#define SALT_LEN	4
#define AEAD_IV		8
#define AEAD_ICV	16
#define BLOCK		16		/* of AES */

static bool hmac_shape(struct sk_shape *s, uint16_t integ)
{
	switch (integ) {
	case INTEG_HMAC_SHA2_256_128:
		s->integ_key = 32;
		break;
	case INTEG_HMAC_SHA2_384_192:
		s->integ_key = 48;
		break;
	case INTEG_HMAC_SHA2_512_256:
		s->integ_key = 64;
		break;
	default:
		return false;
	}
	s->icv = s->integ_key / 2;	/* RFC 4868 */
	return true;
}

bool sk_shape(struct sk_shape *s, uint16_t encr, uint16_t bits, uint16_t integ)
{
	const bool aes = bits == 128 || bits == 192 || bits == 256;

	*s = (struct sk_shape){ .iv = AEAD_IV, .block = 1, .icv = AEAD_ICV };
	switch (encr) {
	case ENCR_CHACHA20_POLY1305:
		s->key = 32 + SALT_LEN;
		return !bits && !integ;
	case ENCR_AES_GCM_16:
		s->key = bits / 8 + SALT_LEN;
		return aes && !integ;
	case ENCR_AES_CBC:
		s->key = bits / 8;
		s->iv = BLOCK;
		s->block = BLOCK;
		return aes && hmac_shape(s, integ);
	default:
		return false;
	}
}

static bool hmac(const struct sk_key *k, const struct chunk *parts, unsigned int n,
		 uint8_t out[SK_INTEG_MAX])
{
	const gnutls_mac_algorithm_t mac = k->integ == INTEG_HMAC_SHA2_512_256 ?
		GNUTLS_MAC_SHA512 : k->integ == INTEG_HMAC_SHA2_384_192 ?
		GNUTLS_MAC_SHA384 : GNUTLS_MAC_SHA256;
	gnutls_hmac_hd_t h;
	bool ok = true;

	/* the key is as long as the output: RFC 4868 section 2.1.1 */
	if (gnutls_hmac_init(&h, mac, k->a, gnutls_hmac_get_len(mac)) < 0)
		return false;
	for (unsigned int i = 0; i < n; i++)
		ok = ok && gnutls_hmac(h, parts[i].p, parts[i].len) >= 0;
	gnutls_hmac_deinit(h, out);
	return ok;
}

static bool cbc(const struct sk_key *k, const uint8_t *iv, uint8_t *text, size_t len,
		bool encrypt)
{
	const gnutls_cipher_algorithm_t alg = k->bits == 256 ? GNUTLS_CIPHER_AES_256_CBC :
		k->bits == 192 ? GNUTLS_CIPHER_AES_192_CBC : GNUTLS_CIPHER_AES_128_CBC;
	gnutls_datum_t key = { (uint8_t *)k->e, k->bits / 8 }, d = { (uint8_t *)iv, BLOCK };
	gnutls_cipher_hd_t h;
	bool ok;

	if (gnutls_cipher_init(&h, alg, &key, &d) < 0)
		return false;
	ok = (encrypt ? gnutls_cipher_encrypt2(h, text, len, text, len) :
	      gnutls_cipher_decrypt2(h, text, len, text, len)) >= 0;
	gnutls_cipher_deinit(h);
	return ok;
}

/*
 * The IV of CBC has to be unpredictable (RFC 3602 section 3): that of a number under the
 * integrity key is.  No message is as short as the number, so no ICV becomes an IV.
 */
static bool cbc_iv(const struct sk_key *k, uint64_t n, uint8_t iv[BLOCK])
{
	uint8_t number[8], out[SK_INTEG_MAX];
	const struct chunk part = CHUNK(number, 8);

	put64(number, n);
	if (!hmac(k, &part, 1, out))
		return false;
	memcpy(iv, out, BLOCK);
	crypto_wipe(out, sizeof(out));
	return true;
}

/* Over all before the ICV: the header, the IV, the encrypted text. */
static bool cbc_icv(const struct sk_key *k, const uint8_t *aad, size_t aad_len,
		    const uint8_t *text, size_t len, uint8_t out[SK_INTEG_MAX])
{
	const struct chunk parts[] = { CHUNK(aad, aad_len), CHUNK(text - BLOCK, BLOCK + len) };

	return hmac(k, parts, 2, out);
}

static bool gcm(const struct sk_key *k, const uint8_t nonce[12], const uint8_t *aad,
		size_t aad_len, uint8_t *text, size_t len, bool encrypt)
{
	const gnutls_cipher_algorithm_t alg = k->bits == 256 ? GNUTLS_CIPHER_AES_256_GCM :
		k->bits == 192 ? GNUTLS_CIPHER_AES_192_GCM : GNUTLS_CIPHER_AES_128_GCM;
	gnutls_datum_t key = { (uint8_t *)k->e, k->bits / 8 };
	const giovec_t head = { (void *)aad, aad_len }, body = { text, len };
	gnutls_aead_cipher_hd_t h;
	size_t icv = AEAD_ICV;
	bool ok;

	if (gnutls_aead_cipher_init(&h, alg, &key) < 0)
		return false;
	ok = (encrypt ? gnutls_aead_cipher_encryptv2(h, nonce, 12, &head, 1, &body, 1,
						     text + len, &icv) :
	      gnutls_aead_cipher_decryptv2(h, nonce, 12, &head, 1, &body, 1, text + len,
					   icv)) >= 0;
	gnutls_aead_cipher_deinit(h);
	return ok;
}

static void aead_nonce(uint8_t nonce[12], const struct sk_key *k, size_t salt_at,
		       const uint8_t iv[AEAD_IV])
{
	memcpy(nonce, k->e + salt_at, SALT_LEN);
	memcpy(nonce + SALT_LEN, iv, AEAD_IV);
}

bool sk_seal(const struct sk_key *k, uint64_t n, const uint8_t *aad, size_t aad_len,
	     uint8_t *text, size_t len)
{
	uint8_t nonce[12], out[SK_INTEG_MAX];
	struct sk_shape s;

	if (!sk_shape(&s, k->encr, k->bits, k->integ) || len % s.block)
		return false;
	if (k->encr == ENCR_AES_CBC) {
		if (!cbc_iv(k, n, text - BLOCK) || !cbc(k, text - BLOCK, text, len, true) ||
		    !cbc_icv(k, aad, aad_len, text, len, out))
			return false;
		memcpy(text + len, out, s.icv);
		return true;
	}
	put64(text - AEAD_IV, n);
	aead_nonce(nonce, k, s.key - SALT_LEN, text - AEAD_IV);
	if (k->encr == ENCR_AES_GCM_16)
		return gcm(k, nonce, aad, aad_len, text, len, true);
	crypto_aead_chacha20poly1305_ietf_encrypt_detached(text, text + len, NULL, text, len,
							   aad, aad_len, NULL, nonce, k->e);
	return true;
}

bool sk_open(const struct sk_key *k, const uint8_t *aad, size_t aad_len, uint8_t *text,
	     size_t len)
{
	uint8_t nonce[12], out[SK_INTEG_MAX];
	struct sk_shape s;

	if (!sk_shape(&s, k->encr, k->bits, k->integ) || len % s.block)
		return false;
	if (k->encr == ENCR_AES_CBC)
		return cbc_icv(k, aad, aad_len, text, len, out) &&
		       crypto_equal(out, text + len, s.icv) &&
		       cbc(k, text - BLOCK, text, len, false);
	aead_nonce(nonce, k, s.key - SALT_LEN, text - AEAD_IV);
	if (k->encr == ENCR_AES_GCM_16)
		return gcm(k, nonce, aad, aad_len, text, len, false);
	return !crypto_aead_chacha20poly1305_ietf_decrypt_detached(text, NULL, text, len,
				text + len, aad, aad_len, nonce, k->e);
}
