// SPDX-License-Identifier: GPL-2.0-or-later
/* Key schedule of IKE SAs and Child SAs, RFC 7296 sections 2.13 to 2.18. */
#include <string.h>

#include "crypto.h"

static const uint8_t *take(uint8_t *to, const uint8_t *from, size_t len)
{
	memcpy(to, from, len);
	return from + len;
}

/* SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr; an AEAD has no SK_a. */
static bool keys_expand(struct ike_keys *k, const uint8_t *seed, size_t seed_len,
			struct chunk ni, struct chunk nr, const uint8_t spi_i[8],
			const uint8_t spi_r[8])
{
	struct chunk parts[] = { ni, nr, CHUNK(spi_i, 8), CHUNK(spi_r, 8) };
	size_t pl = crypto_prf_len(k->prf);
	uint8_t all[3 * IKE_PRF_MAX + 2 * (SK_KEY_MAX + SK_INTEG_MAX)];
	const uint8_t *p = all;
	struct sk_shape s;

	if (!pl || !sk_shape(&s, k->encr, k->encr_bits, k->integ))
		return false;
	if (!crypto_prf_plus(k->prf, all, 3 * pl + 2 * (s.key + s.integ_key), seed, seed_len,
			     parts, 4))
		return false;
	k->sk_i = (struct sk_key){ k->encr, k->encr_bits, k->integ, { 0 }, { 0 } };
	k->sk_r = k->sk_i;
	p = take(k->sk_d, p, pl);
	p = take(k->sk_i.a, p, s.integ_key);
	p = take(k->sk_r.a, p, s.integ_key);
	p = take(k->sk_i.e, p, s.key);
	p = take(k->sk_r.e, p, s.key);
	p = take(k->sk_pi, p, pl);
	take(k->sk_pr, p, pl);
	k->iv_next = 0;
	crypto_wipe(all, sizeof(all));
	return true;
}

static bool nonce_ok(struct chunk n)
{
	return n.len >= IKE_NONCE_MIN && n.len <= IKE_NONCE_MAX;
}

bool crypto_ike_keys(struct ike_keys *k, struct chunk shared, struct chunk ni,
		     struct chunk nr, const uint8_t spi_i[8], const uint8_t spi_r[8])
{
	uint8_t nonces[2 * IKE_NONCE_MAX], seed[IKE_PRF_MAX];
	bool ok;

	if (!nonce_ok(ni) || !nonce_ok(nr) || !crypto_prf_len(k->prf))
		return false;
	memcpy(nonces, ni.p, ni.len);
	memcpy(nonces + ni.len, nr.p, nr.len);
	crypto_prf(k->prf, seed, nonces, ni.len + nr.len, &shared, 1);
	ok = keys_expand(k, seed, crypto_prf_len(k->prf), ni, nr, spi_i, spi_r);
	crypto_wipe(seed, sizeof(seed));
	return ok;
}

bool crypto_ike_rekey(struct ike_keys *k, const struct ike_keys *old,
		      struct chunk shared, struct chunk ni, struct chunk nr,
		      const uint8_t spi_i[8], const uint8_t spi_r[8])
{
	struct chunk parts[] = { shared, ni, nr };
	size_t old_len = crypto_prf_len(old->prf);
	uint8_t seed[IKE_PRF_MAX];
	bool ok;

	if (!nonce_ok(ni) || !nonce_ok(nr) || !old_len)
		return false;
	crypto_prf(old->prf, seed, old->sk_d, old_len, parts, 3);
	ok = keys_expand(k, seed, old_len, ni, nr, spi_i, spi_r);
	crypto_wipe(seed, sizeof(seed));
	return ok;
}

bool crypto_ike_ppk(struct ike_keys *k, const uint8_t *ppk, size_t len)
{
	const size_t pl = crypto_prf_len(k->prf);
	uint8_t *const key[] = { k->sk_d, k->sk_pi, k->sk_pr }, out[IKE_PRF_MAX];
	struct chunk part;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		part = CHUNK(key[i], pl);
		if (!crypto_prf_plus(k->prf, out, pl, ppk, len, &part, 1))
			return false;
		memcpy(key[i], out, pl);
	}
	crypto_wipe(out, sizeof(out));
	return true;
}

bool crypto_keymat(const struct ike_keys *k, uint8_t *out, size_t len,
		   struct chunk shared, struct chunk ni, struct chunk nr)
{
	struct chunk parts[] = { shared, ni, nr };

	return crypto_prf_plus(k->prf, out, len, k->sk_d, crypto_prf_len(k->prf),
			       parts, 3);
}

static bool bits_aes(uint16_t bits)
{
	return bits == 128 || bits == 192 || bits == 256;
}

bool crypto_esp_key_len(uint16_t encr, uint16_t bits, uint16_t integ,
			size_t *encr_len, size_t *integ_len)
{
	bool combined = false;
	size_t salt = 0;

	switch (encr) {
	case ENCR_CHACHA20_POLY1305:
		if (bits || integ != INTEG_NONE)
			return false;
		*encr_len = 32 + 4;
		*integ_len = 0;
		return true;
	case ENCR_NULL:
		if (bits)
			return false;
		break;
	case ENCR_AES_CBC:
	case ENCR_CAMELLIA_CBC:
		break;
	case ENCR_AES_CTR:
		salt = 4;
		break;
	case ENCR_AES_CCM_8:
	case ENCR_AES_CCM_12:
	case ENCR_AES_CCM_16:
		combined = true;
		salt = 3;
		break;
	case ENCR_AES_GCM_8:
	case ENCR_AES_GCM_12:
	case ENCR_AES_GCM_16:
	case ENCR_NULL_AUTH_AES_GMAC:
		combined = true;
		salt = 4;
		break;
	default:
		return false;
	}
	if (encr != ENCR_NULL && !bits_aes(bits))
		return false;
	*encr_len = bits / 8 + salt;

	switch (integ) {
	case INTEG_NONE:
		*integ_len = 0;
		break;
	case INTEG_HMAC_SHA1_96:
		*integ_len = 20;
		break;
	case INTEG_AES_XCBC_96:
	case INTEG_AES_CMAC_96:
		*integ_len = 16;
		break;
	case INTEG_HMAC_SHA2_256_128:
		*integ_len = 32;
		break;
	case INTEG_HMAC_SHA2_384_192:
		*integ_len = 48;
		break;
	case INTEG_HMAC_SHA2_512_256:
		*integ_len = 64;
		break;
	default:
		return false;
	}
	/* Exactly one of the two protects integrity. */
	return combined == (integ == INTEG_NONE);
}

size_t crypto_auth_octets(const struct ike_keys *k, bool initiator, uint8_t *out,
			  struct chunk init, struct chunk nonce,
			  struct chunk id_body)
{
	size_t pl = crypto_prf_len(k->prf);

	memcpy(out, init.p, init.len);
	memcpy(out + init.len, nonce.p, nonce.len);
	crypto_prf(k->prf, out + init.len + nonce.len,
		   initiator ? k->sk_pi : k->sk_pr, pl, &id_body, 1);
	return init.len + nonce.len + pl;
}
