// SPDX-License-Identifier: GPL-2.0-or-later
/* Our own signatures by any key, and the methods that a peer may use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <linux/btns.h>

#include "hex.h"
#include "ike/cert.h"
#include "ike/message.h"
#include "ike/signer.h"

#define SHA2 (HASH_BIT(HASH_SHA2_256) | HASH_BIT(HASH_SHA2_384) | HASH_BIT(HASH_SHA2_512))

enum { ED, P256, P384, P521, RSA2048, PSS2048, KEYS };

static uint8_t der[KEYS][2048];
static size_t der_len[KEYS];

static size_t make_key(uint8_t *out, size_t cap, gnutls_pk_algorithm_t pk, unsigned int bits)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, pk, bits, 0), 0);
	assert_int_equal(gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_DER, NULL,
							  GNUTLS_PKCS_PLAIN, out, &cap), 0);
	gnutls_x509_privkey_deinit(key);
	return cap;
}

static int make_keys(void **state)
{
	static const struct { gnutls_pk_algorithm_t pk; unsigned int bits; } v[KEYS] = {
		[ED] = { GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519) },
		[P256] = { GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) },
		[P384] = { GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1) },
		[P521] = { GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1) },
		[RSA2048] = { GNUTLS_PK_RSA, 2048 },
		[PSS2048] = { GNUTLS_PK_RSA_PSS, 2048 },
	};

	if (!crypto_init())
		return -1;
	for (unsigned int i = 0; i < KEYS; i++)
		der_len[i] = make_key(der[i], sizeof(der[i]), v[i].pk, v[i].bits);
	return 0;
}

static struct signer *key(unsigned int i)
{
	const char *why;
	struct signer *s = signer_new(CHUNK(der[i], der_len[i]), &why);

	if (!s)
		fail_msg("key %u: %s", i, why);
	assert_null(why);
	return s;
}

/* RFC 7427: the method that the peer can verify, and no other. */
static void method_for_peer(void **state)
{
	const unsigned int listed = HASHES_LISTED, none = 0;
	const struct {
		unsigned int key, hashes;
		uint8_t method;		/* 0: none will do */
		const char *alg;	/* AlgorithmIdentifier, up to the OID */
	} v[] = {
		{ ED, listed | SHA2 | HASH_BIT(HASH_IDENTITY), 14, "300506032b6570" },
		{ ED, listed | SHA2, 0, NULL },
		{ ED, none, 0, NULL },
		{ P256, listed | SHA2, 14, "300a06082a8648ce3d040302" },
		{ P256, listed | HASH_BIT(HASH_SHA2_512), 14, "300a06082a8648ce3d040304" },
		{ P256, listed | HASH_BIT(HASH_SHA1) | HASH_BIT(HASH_IDENTITY), 0, NULL },
		{ P256, none, 9, NULL },
		{ P384, listed | SHA2, 14, "300a06082a8648ce3d040303" },
		{ P384, listed | HASH_BIT(HASH_SHA2_256), 14, "300a06082a8648ce3d040302" },
		{ P384, none, 10, NULL },
		{ P521, listed | SHA2, 14, "300a06082a8648ce3d040304" },
		{ P521, none, 11, NULL },
		{ RSA2048, listed | SHA2, 14, "304106092a864886f70d01010a" },
		{ RSA2048, listed | HASH_BIT(HASH_SHA2_384), 14, "304106092a864886f70d01010a" },
		{ RSA2048, listed, 0, NULL },
		{ RSA2048, listed | HASH_BIT(HASH_SHA1), 0, NULL },
		{ RSA2048, none, 1, NULL },
		{ PSS2048, listed | SHA2, 14, "304106092a864886f70d01010a" },
		{ PSS2048, none, 0, NULL },
	};
	struct chunk msg = CHUNK("octets", 6);
	uint8_t out[SIGNER_AUTH_MAX], alg[80], method;

	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct signer *s = key(v[i].key);
		size_t len = signer_auth(s, v[i].hashes, msg, &method, out);

		if (!v[i].method) {
			assert_int_equal(len, 0);
			signer_free(&s);
			continue;
		}
		if (!len || method != v[i].method)
			fail_msg("case %u: %zu octets, method %u", i, len, method);
		if (v[i].alg)
			assert_memory_equal(out + 1, alg, unhex(alg, sizeof(alg), v[i].alg));
		assert_true(cert_verify(signer_spki(s), method, CHUNK(out, len), msg));
		assert_false(cert_verify(signer_spki(s), method, CHUNK(out, len),
					 CHUNK("octetz", 6)));
		for (unsigned int m = 0; m < 256; m++)
			if (m != method)
				assert_false(cert_verify(signer_spki(s), (uint8_t)m,
							 CHUNK(out, len), msg));
		out[len - 1] ^= 1;
		assert_false(cert_verify(signer_spki(s), method, CHUNK(out, len), msg));
		signer_free(&s);
	}
}

/* RFC 4754: fixed length, whatever leading zeros r and s have. */
static void ecdsa_lengths(void **state)
{
	static const struct { unsigned int key; size_t len; } v[] = {
		{ P256, 64 }, { P384, 96 }, { P521, 132 },
	};
	uint8_t out[SIGNER_AUTH_MAX + 1], method;

	for (unsigned int i = 0; i < 3; i++) {
		struct signer *s = key(v[i].key);
		unsigned int zeros = 0;

		for (unsigned int n = 0; n < 600; n++) {
			struct chunk msg = CHUNK(&n, sizeof(n));

			assert_int_equal(signer_auth(s, 0, msg, &method, out), v[i].len);
			zeros += !out[0] || !out[v[i].len / 2];
			if (n < 8 || !out[0] || !out[v[i].len / 2])
				assert_true(cert_verify(signer_spki(s), method,
							CHUNK(out, v[i].len), msg));
			if (n)
				continue;
			for (size_t len = 0; len < v[i].len + 2; len++)
				assert_int_equal(cert_verify(signer_spki(s), method,
							     CHUNK(out, len), msg),
						 len == v[i].len);
			/* another curve's method with signatures of this one's length */
			for (uint8_t m = 9; m <= 11; m++)
				assert_int_equal(cert_verify(signer_spki(s), m,
							     CHUNK(out, v[i].len), msg),
						 m == method);
		}
		assert_true(zeros);
		signer_free(&s);
	}
}

/* Method 1: SHA-2 by PKCS #1; SHA-1, which RFC 7296 had in mind, is not taken. */
static void rsa_method_1(void **state)
{
	static const struct { gnutls_sign_algorithm_t sign; bool ok; } v[] = {
		{ GNUTLS_SIGN_RSA_SHA256, true }, { GNUTLS_SIGN_RSA_SHA384, true },
		{ GNUTLS_SIGN_RSA_SHA512, true }, { GNUTLS_SIGN_RSA_SHA1, false },
		{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, false },
	};
	const gnutls_datum_t p8 = { der[RSA2048], (unsigned int)der_len[RSA2048] };
	const gnutls_datum_t data = { (unsigned char *)"octets", 6 };
	struct signer *s = key(RSA2048);
	gnutls_privkey_t k;
	gnutls_datum_t sig;

	assert_int_equal(gnutls_privkey_init(&k), 0);
	assert_int_equal(gnutls_privkey_import_x509_raw(k, &p8, GNUTLS_X509_FMT_DER, NULL,
							GNUTLS_PKCS_PLAIN), 0);
	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		assert_int_equal(gnutls_privkey_sign_data2(k, v[i].sign, 0, &data, &sig), 0);
		assert_int_equal(cert_verify(signer_spki(s), AUTH_RSA,
					     CHUNK(sig.data, sig.size), CHUNK("octets", 6)),
				 v[i].ok);
		gnutls_free(sig.data);
	}
	gnutls_privkey_deinit(k);
	signer_free(&s);
}

/* Keys that are too weak, of another kind, or no keys. */
static void refused_keys(void **state)
{
	static const struct { gnutls_pk_algorithm_t pk; unsigned int bits; } v[] = {
		{ GNUTLS_PK_RSA, 1024 },
		{ GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP224R1) },
		{ GNUTLS_PK_EDDSA_ED448, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED448) },
		{ GNUTLS_PK_ECDH_X25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_X25519) },
	};
	uint8_t bad[2048];
	const char *why;
	size_t len;

	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		len = make_key(bad, sizeof(bad), v[i].pk, v[i].bits);
		assert_null(signer_new(CHUNK(bad, len), &why));
		assert_non_null(strstr(why, "not an Ed25519, ECDSA"));
	}
	for (len = 0; len < der_len[P256]; len++) {
		assert_null(signer_new(CHUNK(der[P256], len), &why));
		assert_non_null(strstr(why, "PKCS #8"));
	}
}

/* The same key by either way in. */
static void ed25519_by_libsodium(void **state)
{
	uint8_t seed[32], a[SIGNER_AUTH_MAX], b[SIGNER_AUTH_MAX], method;
	const unsigned int hashes = HASHES_LISTED | HASH_BIT(HASH_IDENTITY);
	struct signer *s = key(ED), *t;

	/* PrivateKeyInfo ends with OCTET STRING { OCTET STRING seed } */
	memcpy(seed, der[ED] + 16, 32);
	t = signer_new_ed25519(seed);
	assert_int_equal(signer_spki(s).len, ED25519_SPKI_LEN);
	assert_memory_equal(signer_spki(s).p, signer_spki(t).p, ED25519_SPKI_LEN);
	assert_int_equal(signer_auth(s, hashes, CHUNK("x", 1), &method, a), ED25519_AUTH_LEN);
	assert_int_equal(signer_auth(t, hashes, CHUNK("x", 1), &method, b), ED25519_AUTH_LEN);
	assert_memory_equal(a, b, ED25519_AUTH_LEN);
	signer_free(&s);
	signer_free(&t);
	assert_null(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(method_for_peer),
		cmocka_unit_test(ecdsa_lengths),
		cmocka_unit_test(rsa_method_1),
		cmocka_unit_test(refused_keys),
		cmocka_unit_test(ed25519_by_libsodium),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
