// SPDX-License-Identifier: GPL-2.0-or-later
/* Our own signatures: Ed25519 by libsodium, all other keys by GnuTLS, or by somebody else. */
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "message.h"
#include "sigalg.h"
#include "signer.h"

#define SPKI_MAX	1100		/* of RSA with 8192 bits */

enum kind { ED25519, ECDSA, RSA, RSA_PSS };

struct signer {
	enum kind kind;
	struct crypto_sign_key ed25519;
	gnutls_privkey_t key;		/* NULL: ed25519, or remote */
	signer_ask_fn *ask;		/* remote */
	void *arg;
	gnutls_ecc_curve_t curve;
	size_t spki_len;
	uint8_t spki[SPKI_MAX];
};

struct signer *signer_new_ed25519(const uint8_t seed[32])
{
	struct signer *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->kind = ED25519;
	crypto_ed25519_keypair(&s->ed25519, seed);
	crypto_ed25519_spki(s->spki, s->ed25519.public);
	s->spki_len = ED25519_SPKI_LEN;
	return s;
}

struct signer *signer_new_remote(struct chunk spki, signer_ask_fn *ask, void *arg)
{
	struct signer *s = spki.len <= SPKI_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->ask = ask;
	s->arg = arg;
	memcpy(s->spki, spki.p, spki.len);
	s->spki_len = spki.len;
	return s;
}

/* Public half and kind; what is wrong with it, or NULL. */
static const char *examine(struct signer *s)
{
	const char *why = "not an Ed25519, ECDSA (P-256, P-384, P-521) or RSA key (2048 to 8192 bits)";
	gnutls_pubkey_t pub;
	unsigned int bits;

	if (gnutls_pubkey_init(&pub) < 0)
		return "out of memory";
	s->spki_len = sizeof(s->spki);
	if (gnutls_pubkey_import_privkey(pub, s->key, 0, 0) < 0 || !key_acceptable(pub) ||
	    gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, s->spki, &s->spki_len) < 0)
		goto out;
	why = NULL;
	switch (gnutls_privkey_get_pk_algorithm(s->key, &bits)) {
	case GNUTLS_PK_ECDSA:
		s->kind = ECDSA;
		s->curve = key_curve(pub);
		break;
	case GNUTLS_PK_RSA:
		s->kind = RSA;
		break;
	case GNUTLS_PK_RSA_PSS:
		s->kind = RSA_PSS;
		break;
	default:
		why = "not a key that signs";
	}
out:
	gnutls_pubkey_deinit(pub);
	return why;
}

/* The seed of an Ed25519 key, so that libsodium signs with it. */
static bool ed25519_seed(gnutls_x509_privkey_t x, uint8_t seed[32])
{
	gnutls_ecc_curve_t curve;
	gnutls_datum_t pub, k;
	bool ok;

	if (gnutls_x509_privkey_get_pk_algorithm(x) != GNUTLS_PK_EDDSA_ED25519 ||
	    gnutls_x509_privkey_export_ecc_raw(x, &curve, &pub, NULL, &k) < 0)
		return false;
	ok = k.size == 32;
	if (ok)
		memcpy(seed, k.data, 32);
	gnutls_memset(k.data, 0, k.size);
	gnutls_free(k.data);
	gnutls_free(pub.data);
	return ok;
}

struct signer *signer_new(struct chunk pkcs8, const char **why)
{
	const gnutls_datum_t der = { (unsigned char *)pkcs8.p, (unsigned int)pkcs8.len };
	gnutls_x509_privkey_t x = NULL;
	struct signer *s = NULL;
	uint8_t seed[32];

	*why = "out of memory";
	if (gnutls_x509_privkey_init(&x) < 0)
		return NULL;
	if (gnutls_x509_privkey_import_pkcs8(x, &der, GNUTLS_X509_FMT_DER, NULL,
					     GNUTLS_PKCS_PLAIN) < 0) {
		*why = "not a private key (PKCS #8, not encrypted)";
		goto out;
	}
	if (ed25519_seed(x, seed)) {
		s = signer_new_ed25519(seed);
		crypto_wipe(seed, sizeof(seed));
		goto out;
	}
	s = calloc(1, sizeof(*s));
	if (!s || gnutls_privkey_init(&s->key) < 0 ||
	    gnutls_privkey_import_x509(s->key, x, GNUTLS_PRIVKEY_IMPORT_COPY) < 0 ||
	    (*why = examine(s)))
		signer_free(&s);
out:
	gnutls_x509_privkey_deinit(x);
	if (s)
		*why = NULL;
	return s;
}

void signer_free(struct signer **p)
{
	struct signer *s = *p;

	if (!s)
		return;
	*p = NULL;
	if (s->key)
		gnutls_privkey_deinit(s->key);
	crypto_wipe(s, sizeof(*s));
	free(s);
}

struct chunk signer_spki(const struct signer *s)
{
	return CHUNK(s->spki, s->spki_len);
}

/* By method 14: the hash that goes with the key, else any that the peer lists. */
static gnutls_sign_algorithm_t choose(const struct signer *s, unsigned int hashes)
{
	static const gnutls_sign_algorithm_t by_kind[][3] = {
		[ECDSA] = { GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_SIGN_ECDSA_SHA384,
			    GNUTLS_SIGN_ECDSA_SHA512 },
		[RSA] = { GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384,
			  GNUTLS_SIGN_RSA_PSS_RSAE_SHA512 },
		[RSA_PSS] = { GNUTLS_SIGN_RSA_PSS_SHA256, GNUTLS_SIGN_RSA_PSS_SHA384,
			      GNUTLS_SIGN_RSA_PSS_SHA512 },
	};
	unsigned int i, first = 0;

	if (s->curve == GNUTLS_ECC_CURVE_SECP384R1)
		first = 1;
	if (s->curve == GNUTLS_ECC_CURVE_SECP521R1)
		first = 2;
	for (i = 0; i < 3; i++) {
		unsigned int h = (first + i) % 3;

		if (hashes & HASH_BIT(HASH_SHA2_256 + h))
			return by_kind[s->kind][h];
	}
	return GNUTLS_SIGN_UNKNOWN;
}

static bool sign(const struct signer *s, gnutls_sign_algorithm_t how, struct chunk octets,
		 gnutls_datum_t *sig)
{
	const gnutls_datum_t data = { (unsigned char *)octets.p, (unsigned int)octets.len };

	return gnutls_privkey_sign_data2(s->key, how, 0, &data, sig) >= 0;
}

static size_t auth_14(const struct signer *s, unsigned int hashes, struct chunk octets,
		      uint8_t *out)
{
	const gnutls_sign_algorithm_t how = choose(s, hashes);
	gnutls_sign_algorithm_t name = how;
	gnutls_datum_t sig;
	size_t len;

	/* the same signature under the same OID: only GnuTLS tells the keys apart */
	if (how == GNUTLS_SIGN_RSA_PSS_RSAE_SHA256)
		name = GNUTLS_SIGN_RSA_PSS_SHA256;
	if (how == GNUTLS_SIGN_RSA_PSS_RSAE_SHA384)
		name = GNUTLS_SIGN_RSA_PSS_SHA384;
	if (how == GNUTLS_SIGN_RSA_PSS_RSAE_SHA512)
		name = GNUTLS_SIGN_RSA_PSS_SHA512;
	if (how == GNUTLS_SIGN_UNKNOWN || !sign(s, how, octets, &sig))
		return 0;
	len = sigalg_build(name, out + 1);
	out[0] = (uint8_t)len;
	len++;
	if (len == 1 || sig.size > SIGNER_AUTH_MAX - len) {
		len = 0;
	} else {
		memcpy(out + len, sig.data, sig.size);
		len += sig.size;
	}
	gnutls_free(sig.data);
	return len;
}

/* RFC 4754: r and s side by side, each as long as the curve's numbers. */
static size_t auth_ecdsa(const struct signer *s, struct chunk octets, uint8_t *method,
			 uint8_t *out)
{
	gnutls_sign_algorithm_t how = GNUTLS_SIGN_ECDSA_SHA256;
	gnutls_datum_t sig, half[2];
	unsigned int i, len = 32;

	*method = AUTH_ECDSA_256;
	if (s->curve == GNUTLS_ECC_CURVE_SECP384R1) {
		*method = AUTH_ECDSA_384;
		how = GNUTLS_SIGN_ECDSA_SHA384;
		len = 48;
	} else if (s->curve == GNUTLS_ECC_CURVE_SECP521R1) {
		*method = AUTH_ECDSA_521;
		how = GNUTLS_SIGN_ECDSA_SHA512;
		len = 66;
	}
	if (!sign(s, how, octets, &sig))
		return 0;
	if (gnutls_decode_rs_value(&sig, &half[0], &half[1]) < 0) {
		gnutls_free(sig.data);
		return 0;
	}
	gnutls_free(sig.data);
	memset(out, 0, (size_t)2 * len);
	for (i = 0; i < 2; i++) {
		const uint8_t *p = half[i].data;
		unsigned int n = half[i].size;

		for (; n && !*p; p++)
			n--;
		if (n <= len)
			memcpy(out + (size_t)(i + 1) * len - n, p, n);
		gnutls_free(half[i].data);
	}
	return (size_t)2 * len;
}

static size_t auth_rsa(const struct signer *s, struct chunk octets, uint8_t *out)
{
	gnutls_datum_t sig;
	size_t len;

	/* a peer that has never heard of RFC 7427 reads in the signature which hash it is */
	if (!sign(s, GNUTLS_SIGN_RSA_SHA256, octets, &sig))
		return 0;
	len = sig.size <= SIGNER_AUTH_MAX ? sig.size : 0;
	memcpy(out, sig.data, len);
	gnutls_free(sig.data);
	return len;
}

size_t signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
		   uint8_t *method, uint8_t out[SIGNER_AUTH_MAX])
{
	uint8_t sig[64];

	if (s->ask)
		return s->ask(s->arg, hashes, octets, method, out);
	*method = AUTH_SIGNATURE;
	if (s->kind == ED25519) {
		if (!(hashes & HASH_BIT(HASH_IDENTITY)))
			return 0;
		crypto_ed25519_sign(&s->ed25519, sig, octets.p, octets.len);
		auth_ed25519_build(out, sig);
		return ED25519_AUTH_LEN;
	}
	/* both ends know method 14: then it has to be that one (RFC 7427 section 3) */
	if (hashes)
		return auth_14(s, hashes, octets, out);
	if (s->kind == ECDSA)
		return auth_ecdsa(s, octets, method, out);
	if (s->kind != RSA)
		return 0;
	*method = AUTH_RSA;
	return auth_rsa(s, octets, out);
}
