// SPDX-License-Identifier: GPL-2.0-or-later
/* Public keys of CERT payloads, self-made certificates, the key file. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <linux/btns.h>

#include "hex.h"
#include "ike/cert.h"
#include "ike/message.h"

static char folder[] = "/tmp/btns-test-cert.XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void key_a(struct crypto_sign_key *key)
{
	uint8_t seed[32];

	unhex(seed, 32, "9d61b19deffd5a60ba844af492ec2cc4"
			"4449c5697b326919703bac031cae7f60");
	crypto_ed25519_keypair(key, seed);
}

/* An exact copy, so that a sanitizer sees reads past the end. */
static bool spki_of(uint8_t encoding, const uint8_t *p, size_t len, uint8_t *spki,
		    size_t *spki_len)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	assert_non_null(copy);
	if (len)
		memcpy(copy, p, len);
	ok = cert_spki(encoding, CHUNK(copy, len), spki, spki_len);
	free(copy);
	return ok;
}

/* RFC 7670: verbatim if it has the form of a SubjectPublicKeyInfo. */
static void raw_key(void **state)
{
	uint8_t in[ED25519_SPKI_LEN + 1], out[BTNS_SPKI_MAX];
	struct crypto_sign_key key;
	size_t len;

	key_a(&key);
	crypto_ed25519_spki(in, key.public);
	assert_true(spki_of(CERT_RAW_PUBLIC_KEY, in, 44, out, &len));
	assert_int_equal(len, 44);
	assert_memory_equal(out, in, 44);
	for (size_t n = 0; n < 44; n++)
		assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, n, out, &len));
	in[44] = 0;				/* trailing data */
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, 45, out, &len));
	/* Tags, lengths and the count of unused bits: any change is refused. */
	for (unsigned int at = 0; at < 12; at++) {
		if (at >= 6 && at <= 8)		/* another algorithm is fine */
			continue;
		for (unsigned int b = 0; b < 8; b++) {
			in[at] ^= (uint8_t)(1 << b);
			assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, 44, out, &len));
			in[at] ^= (uint8_t)(1 << b);
		}
	}
	in[8] = 0x71;				/* 1.3.101.113, Ed448: not ours, but a key */
	assert_true(spki_of(CERT_RAW_PUBLIC_KEY, in, 44, out, &len));
	assert_null(crypto_spki_ed25519(out, len));
	assert_false(spki_of(7, in, 44, out, &len));	/* CRL */
}

/* A SubjectPublicKeyInfo of any size around the limit. */
static size_t big_spki(uint8_t *out, size_t total)
{
	static const uint8_t alg[] = { 0x30, 0x03, 0x06, 0x01, 0x2a };
	size_t bits = total - 4 - sizeof(alg) - 4;

	memset(out, 0x5a, total);
	memcpy(out, (uint8_t[]){ 0x30, 0x82, (uint8_t)((total - 4) >> 8),
				 (uint8_t)(total - 4) }, 4);
	memcpy(out + 4, alg, sizeof(alg));
	memcpy(out + 9, (uint8_t[]){ 0x03, 0x82, (uint8_t)(bits >> 8), (uint8_t)bits,
				     0 }, 5);
	return total;
}

static void raw_key_size(void **state)
{
	uint8_t in[66000], out[BTNS_SPKI_MAX];
	size_t len;

	assert_true(spki_of(CERT_RAW_PUBLIC_KEY, in, big_spki(in, BTNS_SPKI_MAX), out,
			    &len));
	assert_int_equal(len, BTNS_SPKI_MAX);
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, big_spki(in, BTNS_SPKI_MAX + 1),
			     out, &len));
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, big_spki(in, 65000), out, &len));
	/* Lengths in three and more octets, indefinite, not the shortest. */
	memcpy(in, "\x30\x83\x00\x00\x2a", 5);
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, 47, out, &len));
	memcpy(in, "\x30\x80", 2);
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, 44, out, &len));
	len = unhex(in, sizeof(in), "30812a300506032b6570032100"
		    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, len, out, &len));
	len = unhex(in, sizeof(in), "3082002a300506032b6570032100"
		    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, len, out, &len));
	memcpy(in, "\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10);
	assert_false(spki_of(CERT_RAW_PUBLIC_KEY, in, 45, out, &len));
}

/* Encoding 11: wrapped, GnuTLS finds the same numbers in it. */
static void rsa_wrapped(void **state)
{
	static const unsigned int sizes[] = { 1024, 2048, 3072 };
	uint8_t out[BTNS_SPKI_MAX], want[BTNS_SPKI_MAX], pkcs1[1024];

	for (unsigned int i = 0; i < 3; i++) {
		gnutls_x509_privkey_t priv;
		gnutls_pubkey_t pub;
		gnutls_privkey_t abs;
		size_t len, want_len = sizeof(want);

		assert_int_equal(gnutls_x509_privkey_init(&priv), 0);
		assert_int_equal(gnutls_x509_privkey_generate(priv, GNUTLS_PK_RSA,
							      sizes[i], 0), 0);
		assert_int_equal(gnutls_privkey_init(&abs), 0);
		assert_int_equal(gnutls_privkey_import_x509(abs, priv, 0), 0);
		assert_int_equal(gnutls_pubkey_init(&pub), 0);
		assert_int_equal(gnutls_pubkey_import_privkey(pub, abs, 0, 0), 0);
		assert_int_equal(gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, want,
						      &want_len), 0);
		/* What stands before PKCS #1 in it, by the length of the lengths. */
		len = want_len - (sizes[i] == 1024 ? 22 : 24);
		memcpy(pkcs1, want + want_len - len, len);
		assert_int_equal(pkcs1[0], 0x30);
		{
			size_t got;

			assert_true(spki_of(CERT_RAW_RSA, pkcs1, len, out, &got));
			assert_int_equal(got, want_len);
			assert_memory_equal(out, want, want_len);
			assert_true(spki_of(CERT_RAW_PUBLIC_KEY, out, got, want,
					    &want_len));
			for (size_t n = 0; n < len; n++)
				assert_false(spki_of(CERT_RAW_RSA, pkcs1, n, out,
						     &got));
			assert_false(spki_of(CERT_RAW_RSA, pkcs1, len + 1, out, &got));
		}
		gnutls_pubkey_deinit(pub);
		gnutls_privkey_deinit(abs);
		gnutls_x509_privkey_deinit(priv);
	}
}

static void rsa_malformed(void **state)
{
	static const char *bad[] = {
		"3006 0201 80 0201 03",			/* negative modulus */
		"3007 0202 0001 0201 03",		/* not the shortest */
		"3005 0200 0201 03",			/* empty integer */
		"3006 0201 00 0201 03",			/* zero */
		"3006 0201 05 0201 00",
		"3006 0201 05 0301 03",			/* tag */
		"3009 0201 05 0201 03 0201 07",		/* three numbers */
		"3003 0201 05",				/* one */
		"3106 0201 05 0201 03",
		"3007 0201 05 0202 03",			/* past the end */
	};
	uint8_t in[8300], *out = malloc(BTNS_SPKI_MAX);
	size_t len, n;

	assert_non_null(out);
	len = unhex(in, sizeof(in), "3006 0201 05 0201 03");
	assert_true(spki_of(CERT_RAW_RSA, in, len, out, &n));
	assert_int_equal(n, 28);
	assert_hex(out, "301a 300d06092a864886f70d0101010500 030900"
			"3006 020105 020103");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		len = unhex(in, sizeof(in), bad[i]);
		if (spki_of(CERT_RAW_RSA, in, len, out, &n))
			fail_msg("accepted: %s", bad[i]);
	}
	/* Around the limit: the wrapping adds 24 octets. */
	for (len = BTNS_SPKI_MAX - 40; len < BTNS_SPKI_MAX + 40; len++) {
		size_t m = len - 4 - 4 - 3;

		memset(in, 0x5a, len);
		memcpy(in, (uint8_t[]){ 0x30, 0x82, (uint8_t)((len - 4) >> 8),
					(uint8_t)(len - 4), 0x02, 0x82,
					(uint8_t)(m >> 8), (uint8_t)m }, 8);
		memcpy(in + 8 + m, "\x02\x01\x03", 3);
		assert_int_equal(spki_of(CERT_RAW_RSA, in, len, out, &n),
				 len + 24 <= BTNS_SPKI_MAX);
	}
	free(out);
}

/* RFC 7427 neighbours: X.509's key is the raw key, octet for octet. */
static void self_signed(void **state)
{
	uint8_t der[1024], again[1024], raw[ED25519_SPKI_LEN], out[BTNS_SPKI_MAX];
	struct crypto_sign_key key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t d;
	unsigned int verify = 1;
	size_t len, len2, n;

	key_a(&key);
	crypto_ed25519_spki(raw, key.public);
	assert_int_equal(cert_self_signed(&key, "host.example", der, sizeof(der),
					  &len), 0);
	assert_true(spki_of(CERT_X509, der, len, out, &n));
	assert_int_equal(n, sizeof(raw));
	assert_memory_equal(out, raw, sizeof(raw));
	/* Twice the same: RFC5386/23, an identity does not change. */
	assert_int_equal(cert_self_signed(&key, "host.example", again, sizeof(again),
					  &len2), 0);
	assert_int_equal(len, len2);
	assert_memory_equal(der, again, len);
	/* A real certificate: signed by its own key. */
	d = (gnutls_datum_t){ der, (unsigned int)len };
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_x509_crt_verify(crt, &crt, 1, 0, &verify), 0);
	assert_int_equal(verify & GNUTLS_CERT_SIGNATURE_FAILURE, 0);
	assert_int_equal(gnutls_x509_crt_check_issuer(crt, crt), 1);
	gnutls_x509_crt_deinit(crt);

	for (n = 0; n < len; n++)
		assert_false(spki_of(CERT_X509, der, n, out, &len2));
	der[len] = 0;
	assert_false(spki_of(CERT_X509, der, len + 1, out, &len2));
	assert_false(spki_of(CERT_X509, raw, sizeof(raw), out, &len2));

	assert_int_equal(cert_self_signed(&key, "x", der, 100, &len), -ENOSPC);
	assert_int_equal(cert_self_signed(&key, "", der, sizeof(der), &len), -EINVAL);
	assert_int_equal(cert_self_signed(&key,
			"12345678901234567890123456789012345678901234567890123456789012345",
			der, sizeof(der), &len), -EINVAL);
}

/* Every bit of a certificate flipped: some other key, or none, but no crash. */
static void x509_mutations(void **state)
{
	uint8_t der[1024], out[BTNS_SPKI_MAX];
	struct crypto_sign_key key;
	unsigned int refused = 0;
	size_t len, n;

	key_a(&key);
	assert_int_equal(cert_self_signed(&key, "host.example", der, sizeof(der),
					  &len), 0);
	for (size_t i = 0; i < len * 8; i++) {
		der[i / 8] ^= (uint8_t)(1 << i % 8);
		if (spki_of(CERT_X509, der, len, out, &n))
			assert_non_null(memmem(der, len, out, n));
		else
			refused++;
		der[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(refused > 0);
}

/* One peer's key, its SPKI, and AUTH data made with it. */
struct signer {
	gnutls_x509_privkey_t priv;
	gnutls_privkey_t abs;
	uint8_t spki[BTNS_SPKI_MAX];
	size_t spki_len;
};

static void signer_make(struct signer *s, gnutls_pk_algorithm_t pk, unsigned int bits)
{
	gnutls_pubkey_t pub;

	assert_int_equal(gnutls_x509_privkey_init(&s->priv), 0);
	assert_int_equal(gnutls_x509_privkey_generate(s->priv, pk, bits, 0), 0);
	assert_int_equal(gnutls_privkey_init(&s->abs), 0);
	assert_int_equal(gnutls_privkey_import_x509(s->abs, s->priv, 0), 0);
	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(pub, s->abs, 0, 0), 0);
	s->spki_len = sizeof(s->spki);
	assert_int_equal(gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, s->spki,
					      &s->spki_len), 0);
	gnutls_pubkey_deinit(pub);
}

static void signer_free(struct signer *s)
{
	gnutls_privkey_deinit(s->abs);
	gnutls_x509_privkey_deinit(s->priv);
}

static size_t signer_auth(struct signer *s, gnutls_sign_algorithm_t sign,
			  const char *alg, const char *msg, uint8_t *auth)
{
	gnutls_datum_t data = { (unsigned char *)msg, (unsigned int)strlen(msg) }, sig;
	size_t n = unhex(auth + 1, 255, alg);

	auth[0] = (uint8_t)n;
	assert_int_equal(gnutls_privkey_sign_data2(s->abs, sign, 0, &data, &sig), 0);
	memcpy(auth + 1 + n, sig.data, sig.size);
	n += 1 + sig.size;
	gnutls_free(sig.data);
	return n;
}

static bool verify(const struct signer *s, const uint8_t *auth, size_t len,
		   const char *msg)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	assert_non_null(copy);
	memcpy(copy, auth, len);
	ok = cert_verify(CHUNK(s->spki, s->spki_len), AUTH_SIGNATURE,
			 CHUNK(copy, len), CHUNK(msg, strlen(msg)));
	assert_false(cert_verify(CHUNK(s->spki, s->spki_len), AUTH_RSA,
				 CHUNK(copy, len), CHUNK(msg, strlen(msg))));
	free(copy);
	return ok;
}

/* RFC 7427 section 3, appendix A: peers with RSA and ECDSA keys. */
static void other_signatures(void **state)
{
	static const char *rsa256 = "300d06092a864886f70d01010b0500",
		*rsa_none = "300b06092a864886f70d01010b",
		*rsa512 = "300d06092a864886f70d01010d0500",
		*rsa1 = "300d06092a864886f70d0101050500",
		*pss = "3046 06092a864886f70d01010a 3039"
		       "a00f300d06096086480165030402010500"
		       "a11c301a06092a864886f70d010108300d06096086480165030402010500"
		       "a203020120 a303020101",
		*pss384 = "3041 06092a864886f70d01010a 3034"
		       "a00f300d06096086480165030402020500"
		       "a11c301a06092a864886f70d010108300d06096086480165030402020500"
		       "a203020130",
		*pss_odd = "3041 06092a864886f70d01010a 3034"
		       "a00f300d06096086480165030402010500"
		       "a11c301a06092a864886f70d010108300d06096086480165030402010500"
		       "a203020114",
		*ec256 = "300a06082a8648ce3d040302", *ec384 = "300a06082a8648ce3d040303";
	static const struct {
		bool rsa;
		gnutls_sign_algorithm_t sign;
		const char **alg;
		bool ok;
	} v[] = {
		{ true, GNUTLS_SIGN_RSA_SHA256, &rsa256, true },
		{ true, GNUTLS_SIGN_RSA_SHA256, &rsa_none, true },
		{ true, GNUTLS_SIGN_RSA_SHA512, &rsa512, true },
		{ true, GNUTLS_SIGN_RSA_PSS_SHA256, &pss, true },
		{ true, GNUTLS_SIGN_RSA_PSS_SHA384, &pss384, true },
		{ true, GNUTLS_SIGN_RSA_PSS_SHA256, &pss_odd, false },
		{ true, GNUTLS_SIGN_RSA_SHA1, &rsa1, false },
		{ true, GNUTLS_SIGN_RSA_SHA512, &rsa256, false },
		{ true, GNUTLS_SIGN_RSA_SHA256, &pss, false },
		{ true, GNUTLS_SIGN_RSA_SHA256, &ec256, false },
		{ false, GNUTLS_SIGN_ECDSA_SHA256, &ec256, true },
		{ false, GNUTLS_SIGN_ECDSA_SHA384, &ec384, true },
		{ false, GNUTLS_SIGN_ECDSA_SHA256, &ec384, false },
		{ false, GNUTLS_SIGN_ECDSA_SHA256, &rsa256, false },
	};
	struct signer rsa, ec;
	uint8_t auth[2048];

	signer_make(&rsa, GNUTLS_PK_RSA, 2048);
	signer_make(&ec, GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct signer *s = v[i].rsa ? &rsa : &ec;
		size_t len = signer_auth(s, v[i].sign, *v[i].alg, "octets", auth);

		if (verify(s, auth, len, "octets") != v[i].ok)
			fail_msg("case %zu", i);
		if (!v[i].ok)
			continue;
		assert_false(verify(s, auth, len, "octetz"));
		assert_false(verify(v[i].rsa ? &ec : &rsa, auth, len, "octets"));
		for (size_t n = 0; n < len; n += n < 100 ? 1 : 37)
			assert_false(verify(s, auth, n, "octets"));
		auth[len - 1] ^= 1;
		assert_false(verify(s, auth, len, "octets"));
	}
	signer_free(&ec);
	signer_free(&rsa);

	signer_make(&rsa, GNUTLS_PK_RSA, 1024);
	assert_false(verify(&rsa, auth, signer_auth(&rsa, GNUTLS_SIGN_RSA_SHA256, rsa256,
						    "octets", auth), "octets"));
	signer_free(&rsa);
}

/* AUTH data of sha256WithRSAEncryption, and a key with these numbers. */
static size_t rsa_auth(uint8_t *auth, const uint8_t *sig, size_t len)
{
	size_t n = unhex(auth, 16, "0f300d06092a864886f70d01010b0500");

	memcpy(auth + n, sig, len);
	return n + len;
}

static void rsa_key(struct signer *s, const uint8_t *n, size_t len, const uint8_t *e,
		    size_t e_len)
{
	const gnutls_datum_t m = { (unsigned char *)n, (unsigned int)len };
	const gnutls_datum_t x = { (unsigned char *)e, (unsigned int)e_len };
	gnutls_pubkey_t pub;

	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_rsa_raw(pub, &m, &x), 0);
	s->spki_len = sizeof(s->spki);
	assert_int_equal(gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, s->spki,
					      &s->spki_len), 0);
	gnutls_pubkey_deinit(pub);
}

/* PKCS #1 padding of the message's hash. */
static void padded(uint8_t *out, size_t len, const char *msg)
{
	struct chunk c = CHUNK(msg, strlen(msg));
	size_t n = len - 32 - 19;

	memset(out, 0xff, len);
	out[0] = 0;
	out[1] = 1;
	unhex(out + n, 19, "3031300d060960864801650304020105000420");
	out[n - 1] = 0;
	crypto_sha256(out + n + 19, &c, 1);
}

/*
 * Keys whose signatures can be made without a private key: with e = 3, the
 * signature 2^k is right for the modulus 2^3k - message.  Good enough for GnuTLS,
 * so that what refuses the larger one is our limit.
 */
static void rsa_limits(void **state)
{
	static const uint8_t three[] = { 3 }, one[] = { 1 },
		long_e[] = { 1, 0, 0, 0, 1 };
	static const char *big_n =
		"a132a8f8165e6f1b0160481ee89d3459ed86b3a932f9bac440790bf5b44d05ca"
		"2235b7deba03e9df4fec601c7316a9d8e7b67d2692ca7b7f719bf5d45c4a4d70"
		"4ebdd1b9c6d28717a849ba11ad645c7d1cfe000aea4b048bfe7596999240219f"
		"5e2cbf9032870c39edf6a6f1be02c699029ef5527969a921dc2a5995ff73a3f2"
		"ec9e9d1ed94cfaf4f8a5174b0e8e23ad1b201b7c5cc91ccaa59ae411c87db27e"
		"6299f8ac68498e85ac5c233591171d22ac8f01544c5b7152ee6e69d44b875363"
		"57a5cdd0dedaa5384b96e73d2576f8998ceefc4b095772853e52bd32c2f07dfe"
		"706fbdb282acf4ef33705f0feec0551b4f6531a4dc0222a318fe3542924490d9",
		*big_sig =
		"2115034aec3c3a27bc7681177d49546b6c72a273ad2f3fedcf4f4ca5e8b9b949"
		"5b941dbb6f738efbc227cbb277a7aa8e161666e470eae9e8390236ec49fbca0f"
		"a7b3485c6a34958edb2d4a910411be5d3f2daa9d45c870f72709489349041ffd"
		"2253a38bec1ca520dc303149e597a9260d2485b9921548cb970b043e62775856"
		"7c8c200f4b72253c07a23c400ae578cc26f184ff834b53c42ac8880a39274fe4"
		"87f88ac8d03e7d521a51cd94c4840dd2d0c31789e84a4e2a181b39c6dcf176ac"
		"ba3e8d1c6313da2d36e3c7ca83f2c3ed668ccc5cd31927ac9f3c6f3f3fddd468"
		"df424d72c54200df67140eb18c7475d59cd50951a9455a04605b6b10e5b4f3af";
	static const size_t sizes[] = { 384, 1152 };
	uint8_t n[1152], sig[1152], auth[1300];
	const char *msg = "message";
	struct signer s;

	for (unsigned int i = 0; i < 2; i++) {
		size_t len = sizes[i], at = len;

		padded(n, len, msg);
		assert_true(n[len - 1] & 1);
		while (at--)
			n[at] = (uint8_t)~n[at];
		n[len - 1]++;			/* no carry: it was even */
		memset(sig, 0, len);
		sig[len - 1 - len / 3] = 1;
		rsa_key(&s, n, len, three, 1);
		assert_int_equal(verify(&s, auth, rsa_auth(auth, sig, len), msg),
				 i == 0);
	}
	/* With e = 1 the signature is the message. */
	memset(n, 0xff, 256);
	padded(sig, 256, msg);
	rsa_key(&s, n, 256, one, 1);
	assert_false(verify(&s, auth, rsa_auth(auth, sig, 256), msg));
	/* e = 2^32 + 1, signed with the private key. */
	unhex(n, 256, big_n);
	unhex(sig, 256, big_sig);
	rsa_key(&s, n, 256, long_e, 5);
	assert_false(verify(&s, auth, rsa_auth(auth, sig, 256), "octets"));
}

/* RFC 8420, and nothing else with an Ed25519 key. */
static void ed25519_signature(void **state)
{
	uint8_t auth[ED25519_AUTH_LEN], sig[64];
	struct crypto_sign_key key;
	struct signer s;

	key_a(&key);
	crypto_ed25519_spki(s.spki, key.public);
	s.spki_len = ED25519_SPKI_LEN;
	crypto_ed25519_sign(&key, sig, (const uint8_t *)"octets", 6);
	auth_ed25519_build(auth, sig);
	assert_true(verify(&s, auth, sizeof(auth), "octets"));
	assert_false(verify(&s, auth, sizeof(auth), "octet"));
	for (size_t n = 0; n < sizeof(auth); n++)
		assert_false(verify(&s, auth, n, "octets"));
	for (unsigned int i = 0; i < sizeof(auth) * 8; i++) {
		auth[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(verify(&s, auth, sizeof(auth), "octets"));
		auth[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

/* PrivateKeyInfo of Ed25519 ends with the seed. */
static int key_seed(int r, const struct key_der *key, uint8_t seed[32])
{
	if (r)
		return r;
	assert_int_equal(key->len, 48);
	memcpy(seed, key->der + 16, 32);
	return 0;
}

static int seed_load(const char *path, uint8_t seed[32], const char **why)
{
	struct key_der key;

	return key_seed(key_load(path, &key, why), &key, seed);
}

static int seed_create(const char *path, uint8_t seed[32], const char **why)
{
	struct key_der key;

	return key_seed(key_create(path, &key, why), &key, seed);
}

static void key_file(void **state)
{
	uint8_t seed[32], again[32], other[32];
	char path[128], text[256] = "";
	struct crypto_sign_key key;
	const char *why;
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s", in_folder("id.pem"));
	umask(0);
	assert_int_equal(seed_create(path, seed, &why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(seed_load(path, again, &why), 0);
	assert_memory_equal(seed, again, 32);
	/* Never overwritten, nothing left behind. */
	assert_int_equal(seed_create(path, other, &why), -EEXIST);
	assert_true(*why);
	assert_int_equal(seed_load(path, again, &why), 0);
	assert_memory_equal(seed, again, 32);
	assert_int_equal(seed_create(in_folder("id2.pem"), other, &why), 0);
	assert_memory_not_equal(seed, other, 32);

	/* PKCS #8 that others read: GnuTLS makes the same key of it. */
	{
		gnutls_x509_privkey_t priv;
		gnutls_datum_t d = { (unsigned char *)text, 0 }, x, k;
		gnutls_ecc_curve_t curve;

		f = fopen(path, "r");
		assert_non_null(f);
		d.size = (unsigned int)fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
		assert_int_equal(gnutls_x509_privkey_init(&priv), 0);
		assert_int_equal(gnutls_x509_privkey_import_pkcs8(priv, &d,
				GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN), 0);
		assert_int_equal(gnutls_x509_privkey_export_ecc_raw(priv, &curve, &x,
								    NULL, &k), 0);
		assert_int_equal(curve, GNUTLS_ECC_CURVE_ED25519);
		crypto_ed25519_keypair(&key, seed);
		assert_int_equal(x.size, 32);
		assert_memory_equal(x.data, key.public, 32);
		gnutls_free(x.data);
		gnutls_free(k.data);
		gnutls_x509_privkey_deinit(priv);
	}

	chmod(path, 0640);
	assert_int_equal(seed_load(path, again, &why), -EPERM);
	chmod(path, 0604);
	assert_int_equal(seed_load(path, again, &why), -EPERM);
	chmod(path, 0400);
	assert_int_equal(seed_load(path, again, &why), 0);
	assert_int_equal(symlink(path, in_folder("link.pem")), 0);
	assert_int_equal(seed_load(in_folder("link.pem"), again, &why), -ELOOP);
	assert_int_equal(seed_create(in_folder("link.pem"), other, &why), -EEXIST);
	assert_int_equal(seed_load(in_folder("none.pem"), again, &why), -ENOENT);
	assert_int_equal(seed_load(folder, again, &why), -EINVAL);
	assert_int_equal(seed_create(in_folder("no/such/folder.pem"), other, &why),
			 -ENOENT);
}

static int load_text(const char *text, uint8_t seed[32])
{
	const char *path = in_folder("text.pem"), *why = NULL;
	FILE *f = fopen(path, "w");
	int r;

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
	r = seed_load(path, seed, &why);
	assert_non_null(why);
	assert_int_equal(!*why, !r);
	return r;
}

/* The example of RFC 8410 section 10.3, and files that are no such key. */
static void key_texts(void **state)
{
	static const char *body =
		"MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
	static const char *bad[] = {
		"", "\n", "-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		/* cut, longer, an X25519 key, not base64, encrypted */
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY"
		"\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8"
		"fdp+K06/nwoy/HU++CXqI9EdVhCAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8"
		"fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMC4C*QAwBQYDK2VwBCIEINTuctv5E1hK1bbY8"
		"fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5"
		"E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
		"-----END ENCRYPTED PRIVATE KEY-----\n",
	};
	uint8_t seed[32], public[32];
	struct crypto_sign_key key;
	char text[256];

	for (unsigned int crlf = 0; crlf < 2; crlf++) {
		const char *nl = crlf ? "\r\n" : "\n";

		snprintf(text, sizeof(text), "comment%s-----BEGIN PRIVATE KEY-----%s"
			 "%s%s-----END PRIVATE KEY-----%s", nl, nl, body, nl, nl);
		assert_int_equal(load_text(text, seed), 0);
		crypto_ed25519_keypair(&key, seed);
		unhex(public, 32, "19bf44096984cdfe8541bac167dc3b96"
				  "c85086aa30b6b6cb0c5c38ad703166e1");
		assert_memory_equal(key.public, public, 32);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(load_text(bad[i], seed), -EINVAL);
}

static int make_folder(void **state)
{
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *names[] = { "id.pem", "id2.pem", "link.pem", "text.pem" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(in_folder(names[i]));
	/* Fails if key_create() left anything behind. */
	return rmdir(folder);
}

#define TEST(name, items) { #name " " items, name, NULL, NULL, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(raw_key, "RFC7670/1 RFC7670/4"),
		TEST(raw_key_size, "RFC7670/4"),
		TEST(rsa_wrapped, "RFC5386/20"),
		TEST(rsa_malformed, "RFC5386/20"),
		TEST(self_signed, "RFC5386/23"),
		cmocka_unit_test(x509_mutations),
		TEST(other_signatures, "RFC7427/3 RFC7427/6"),
		TEST(rsa_limits, "RFC7427/6"),
		TEST(ed25519_signature, "RFC8420/5 RFC8420/6"),
		TEST(key_file, "RFC5386/23"),
		cmocka_unit_test(key_texts),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
