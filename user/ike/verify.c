// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AUTH signatures of peers (RFC 7427, RFC 8420).  Ed25519 goes to libsodium; RSA
 * and ECDSA, of peers that bring such keys, to GnuTLS.
 */
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "cert.h"
#include "message.h"

#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	8192		/* beyond, one forged key costs seconds */
#define RSA_EXP_MAX	4		/* octets of the public exponent */

struct algorithm {
	uint8_t len;
	uint8_t der[15];		/* AlgorithmIdentifier */
	gnutls_sign_algorithm_t sign;
};

#define RSA_OID(x)	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, x
#define ECDSA_OID(x)	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, x

/* No SHA-1.  RSA: NULL and no parameters are both in use (RFC 7427 section 3). */
static const struct algorithm algorithms[] = {
	{ 15, { 0x30, 0x0d, RSA_OID(0x0b), 0x05, 0x00 }, GNUTLS_SIGN_RSA_SHA256 },
	{ 15, { 0x30, 0x0d, RSA_OID(0x0c), 0x05, 0x00 }, GNUTLS_SIGN_RSA_SHA384 },
	{ 15, { 0x30, 0x0d, RSA_OID(0x0d), 0x05, 0x00 }, GNUTLS_SIGN_RSA_SHA512 },
	{ 13, { 0x30, 0x0b, RSA_OID(0x0b) }, GNUTLS_SIGN_RSA_SHA256 },
	{ 13, { 0x30, 0x0b, RSA_OID(0x0c) }, GNUTLS_SIGN_RSA_SHA384 },
	{ 13, { 0x30, 0x0b, RSA_OID(0x0d) }, GNUTLS_SIGN_RSA_SHA512 },
	{ 12, { 0x30, 0x0a, ECDSA_OID(2) }, GNUTLS_SIGN_ECDSA_SHA256 },
	{ 12, { 0x30, 0x0a, ECDSA_OID(3) }, GNUTLS_SIGN_ECDSA_SHA384 },
	{ 12, { 0x30, 0x0a, ECDSA_OID(4) }, GNUTLS_SIGN_ECDSA_SHA512 },
};

/*
 * RSASSA-PSS with one SHA-2 hash throughout and a salt of its length, trailerField
 * written out as in RFC 7427 appendix A.4.3, or left out as DER wants it.
 */
static gnutls_sign_algorithm_t pss_algorithm(struct chunk alg)
{
	static const struct { uint8_t oid, salt; gnutls_sign_algorithm_t sign; } hash[] = {
		{ 1, 32, GNUTLS_SIGN_RSA_PSS_SHA256 },
		{ 2, 48, GNUTLS_SIGN_RSA_PSS_SHA384 },
		{ 3, 64, GNUTLS_SIGN_RSA_PSS_SHA512 },
	};

	for (unsigned int i = 0; i < 2 * sizeof(hash) / sizeof(*hash); i++) {
		uint8_t sha = hash[i / 2].oid, more = i % 2 ? 5 : 0;
		const uint8_t want[72] = {
			0x30, 0x41 + more, RSA_OID(0x0a), 0x30, 0x34 + more,
			0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
			0x01, 0x65, 0x03, 0x04, 0x02, sha, 0x05, 0x00,
			0xa1, 0x1c, 0x30, 0x1a, RSA_OID(0x08), 0x30, 0x0d,
			0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
			0x02, sha, 0x05, 0x00,
			0xa2, 0x03, 0x02, 0x01, hash[i / 2].salt,
			0xa3, 0x03, 0x02, 0x01, 0x01,
		};

		if (alg.len == 67U + more && !memcmp(alg.p, want, alg.len))
			return hash[i / 2].sign;
	}
	return GNUTLS_SIGN_UNKNOWN;
}

static gnutls_sign_algorithm_t find_algorithm(struct chunk alg)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
		if (alg.len == algorithms[i].len &&
		    !memcmp(alg.p, algorithms[i].der, alg.len))
			return algorithms[i].sign;
	return pss_algorithm(alg);
}

/* Strong enough, and not so big that checking it is an attack. */
static bool rsa_acceptable(gnutls_pubkey_t key, unsigned int bits)
{
	gnutls_datum_t n, e;
	bool ok;

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX ||
	    gnutls_pubkey_export_rsa_raw2(key, &n, &e,
					  GNUTLS_EXPORT_FLAG_NO_LZ) < 0)
		return false;
	/* An exponent of 1 would make everyone a signer. */
	ok = e.size <= RSA_EXP_MAX && (e.size > 1 || e.data[0] > 1);
	gnutls_free(n.data);
	gnutls_free(e.data);
	return ok;
}

static bool verify_gnutls(struct chunk spki, gnutls_sign_algorithm_t sign,
			  struct chunk octets, struct chunk sig)
{
	const gnutls_datum_t der = { (unsigned char *)spki.p, (unsigned int)spki.len };
	const gnutls_datum_t data = { (unsigned char *)octets.p,
				      (unsigned int)octets.len };
	const gnutls_datum_t s = { (unsigned char *)sig.p, (unsigned int)sig.len };
	gnutls_pubkey_t key;
	unsigned int bits = 0;
	bool ok = false;

	if (gnutls_pubkey_init(&key) < 0)
		return false;
	if (gnutls_pubkey_import(key, &der, GNUTLS_X509_FMT_DER) < 0)
		goto out;
	switch (gnutls_pubkey_get_pk_algorithm(key, &bits)) {
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		if (!rsa_acceptable(key, bits))
			goto out;
		break;
	case GNUTLS_PK_ECDSA:
		break;
	default:
		goto out;
	}
	ok = gnutls_pubkey_verify_data2(key, sign, 0, &data, &s) >= 0;
out:
	gnutls_pubkey_deinit(key);
	return ok;
}

bool cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
		 struct chunk octets)
{
	const uint8_t *key = crypto_spki_ed25519(spki.p, spki.len), *sig;
	gnutls_sign_algorithm_t sign;
	struct chunk alg;

	if (method != AUTH_SIGNATURE)
		return false;
	if (key) {
		sig = auth_ed25519_parse(auth);
		return sig && crypto_ed25519_verify(key, sig, octets.p, octets.len);
	}
	if (auth.len < 2 || auth.len - 1 <= auth.p[0])
		return false;
	alg = CHUNK(auth.p + 1, auth.p[0]);
	sign = find_algorithm(alg);
	if (sign == GNUTLS_SIGN_UNKNOWN)
		return false;
	return verify_gnutls(spki, sign, octets,
			     CHUNK(alg.p + alg.len, auth.len - 1 - alg.len));
}
