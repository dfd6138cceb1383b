// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AUTH signatures of peers (RFC 7427, RFC 8420; RFC 7296 section 3.8, RFC 4754).
 * Ed25519 goes to libsodium; RSA and ECDSA, of peers that bring such keys, to GnuTLS.
 */
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include "cert.h"
#include "message.h"
#include "sigalg.h"

#define RSA_EXP_MAX	4		/* octets of the public exponent */

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

gnutls_ecc_curve_t key_curve(gnutls_pubkey_t key)
{
	gnutls_ecc_curve_t curve;
	gnutls_datum_t x, y;

	if (gnutls_pubkey_export_ecc_raw2(key, &curve, &x, &y, 0) < 0)
		return GNUTLS_ECC_CURVE_INVALID;
	gnutls_free(x.data);
	gnutls_free(y.data);
	return curve;
}

bool key_acceptable(gnutls_pubkey_t key)
{
	unsigned int bits = 0;

	switch (gnutls_pubkey_get_pk_algorithm(key, &bits)) {
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		return rsa_acceptable(key, bits);
	case GNUTLS_PK_ECDSA:
		switch (key_curve(key)) {
		case GNUTLS_ECC_CURVE_SECP256R1:
		case GNUTLS_ECC_CURVE_SECP384R1:
		case GNUTLS_ECC_CURVE_SECP521R1:
			return true;
		default:
			return false;
		}
	case GNUTLS_PK_EDDSA_ED25519:
		return true;
	default:
		return false;
	}
}

static bool verify(gnutls_pubkey_t key, gnutls_sign_algorithm_t sign, struct chunk octets,
		   struct chunk sig)
{
	const gnutls_datum_t data = { (unsigned char *)octets.p,
				      (unsigned int)octets.len };
	const gnutls_datum_t s = { (unsigned char *)sig.p, (unsigned int)sig.len };

	return gnutls_pubkey_verify_data2(key, sign, 0, &data, &s) >= 0;
}

/* Method 14: length octet, AlgorithmIdentifier, signature. */
static bool verify_signature(gnutls_pubkey_t key, struct chunk auth, struct chunk octets)
{
	gnutls_sign_algorithm_t sign;
	struct chunk alg;

	if (auth.len < 2 || auth.len - 1 <= auth.p[0])
		return false;
	alg = CHUNK(auth.p + 1, auth.p[0]);
	sign = sigalg_parse(alg);
	return sign != GNUTLS_SIGN_UNKNOWN &&
	       verify(key, sign, octets, CHUNK(alg.p + alg.len, auth.len - 1 - alg.len));
}

/* Method 1: PKCS #1 says inside which hash it was; SHA-1 is not taken. */
static bool verify_rsa(gnutls_pubkey_t key, struct chunk auth, struct chunk octets)
{
	return verify(key, GNUTLS_SIGN_RSA_SHA256, octets, auth) ||
	       verify(key, GNUTLS_SIGN_RSA_SHA384, octets, auth) ||
	       verify(key, GNUTLS_SIGN_RSA_SHA512, octets, auth);
}

/* Methods 9 to 11: the curve gives the hash, and r and s stand side by side. */
static bool verify_ecdsa(gnutls_pubkey_t key, uint8_t method, struct chunk auth,
			 struct chunk octets)
{
	static const struct {
		gnutls_ecc_curve_t curve;
		gnutls_sign_algorithm_t sign;
		uint8_t half;
	} by_method[] = {
		{ GNUTLS_ECC_CURVE_SECP256R1, GNUTLS_SIGN_ECDSA_SHA256, 32 },
		{ GNUTLS_ECC_CURVE_SECP384R1, GNUTLS_SIGN_ECDSA_SHA384, 48 },
		{ GNUTLS_ECC_CURVE_SECP521R1, GNUTLS_SIGN_ECDSA_SHA512, 66 },
	};
	const unsigned int i = method - AUTH_ECDSA_256, half = by_method[i].half;
	const gnutls_datum_t r = { (unsigned char *)auth.p, half };
	const gnutls_datum_t s = { (unsigned char *)auth.p + half, half };
	gnutls_datum_t sig;
	bool ok;

	if (auth.len != 2 * half || key_curve(key) != by_method[i].curve ||
	    gnutls_encode_rs_value(&sig, &r, &s) < 0)
		return false;
	ok = verify(key, by_method[i].sign, octets, CHUNK(sig.data, sig.size));
	gnutls_free(sig.data);
	return ok;
}

static bool verify_gnutls(struct chunk spki, uint8_t method, struct chunk auth,
			  struct chunk octets)
{
	const gnutls_datum_t der = { (unsigned char *)spki.p, (unsigned int)spki.len };
	gnutls_pubkey_t key;
	bool ok = false;

	if (gnutls_pubkey_init(&key) < 0)
		return false;
	if (gnutls_pubkey_import(key, &der, GNUTLS_X509_FMT_DER) >= 0 &&
	    key_acceptable(key)) {
		if (method == AUTH_SIGNATURE)
			ok = verify_signature(key, auth, octets);
		else if (method == AUTH_RSA)
			ok = verify_rsa(key, auth, octets);
		else
			ok = verify_ecdsa(key, method, auth, octets);
	}
	gnutls_pubkey_deinit(key);
	return ok;
}

bool auth_signs(uint8_t method)
{
	return method == AUTH_SIGNATURE || method == AUTH_RSA ||
	       (method >= AUTH_ECDSA_256 && method <= AUTH_ECDSA_521);
}

bool cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
		 struct chunk octets)
{
	const uint8_t *key = crypto_spki_ed25519(spki.p, spki.len), *sig;

	if (!auth_signs(method))
		return false;
	if (key) {
		sig = method == AUTH_SIGNATURE ? auth_ed25519_parse(auth) : NULL;
		return sig && crypto_ed25519_verify(key, sig, octets.p, octets.len);
	}
	return verify_gnutls(spki, method, auth, octets);
}
