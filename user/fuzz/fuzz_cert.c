// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target of keys and certificates.  First octet: the encoding of a CERT payload;
 * 0: an identity key's file; 1: data of an AUTH payload; 3: authorities and a certificate.
 */
#include "fuzz.h"
#include "ike/cert.h"
#include "ike/message.h"
#include "ike/pkix.h"

static const uint8_t seed[32] = "a seed";

/* sha256WithRSAEncryption, ecdsa-with-SHA256, Ed25519; length first. */
static const char *const algorithms[] = {
	"\x0f\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\0",
	"\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
	"\x07\x30\x05\x06\x03\x2b\x65\x70",
};

static void certificate(uint8_t encoding, const uint8_t *data, size_t size)
{
	uint8_t spki[BTNS_SPKI_MAX], again[BTNS_SPKI_MAX];
	size_t len, len2;

	if (!cert_spki(encoding, CHUNK(data, size), spki, &len))
		return;
	FUZZ_CHECK(len && len <= sizeof(spki));
	/* Whatever came out is a raw public key. */
	FUZZ_CHECK(cert_spki(CERT_RAW_PUBLIC_KEY, CHUNK(spki, len), again, &len2));
	FUZZ_CHECK(len == len2 && !memcmp(spki, again, len));
	/* Zeros sign nothing, whatever the key looks like. */
	for (unsigned int i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		uint8_t auth[1 + 15 + 256] = { 0 };

		memcpy(auth, algorithms[i], 1 + algorithms[i][0]);
		FUZZ_CHECK(!cert_verify(CHUNK(spki, len), AUTH_SIGNATURE,
					CHUNK(auth, sizeof(auth)), CHUNK("octets", 6)));
	}
}

/* Only the signature itself is one: Ed25519 leaves no choice. */
static void signature(const uint8_t *data, size_t size)
{
	uint8_t spki[ED25519_SPKI_LEN], good[ED25519_AUTH_LEN], sig[64];
	struct crypto_sign_key key;
	bool valid;

	crypto_ed25519_keypair(&key, seed);
	crypto_ed25519_spki(spki, key.public);
	crypto_ed25519_sign(&key, sig, (const uint8_t *)"octets", 6);
	auth_ed25519_build(good, sig);
	valid = cert_verify(CHUNK(spki, sizeof(spki)), AUTH_SIGNATURE, CHUNK(data, size),
			    CHUNK("octets", 6));
	FUZZ_CHECK(valid == (size == sizeof(good) && !memcmp(data, good, size)));
}

static void key_file(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size), *why;
	struct key_der loaded;

	FUZZ_CHECK(!key_load(path, &loaded, &why) || *why);
}

/* Nobody but an authority vouches; and what it says of names has to fit. */
static void authorities(struct fuzz_in in)
{
	struct fuzz_in pem = fuzz_take(&in, fuzz_u16(&in));
	uint8_t spki[BTNS_SPKI_MAX], id[BTNS_ID_MAX], (*hashes)[20];
	struct chunk cert = CHUNK(in.p, in.len);
	uint16_t type = 0;
	size_t len, id_len;
	struct pkix *pkix;
	const char *why;

	id_len = pkix_own_id(cert, &type, id, sizeof(id));
	FUZZ_CHECK(id_len <= sizeof(id));
	FUZZ_CHECK(pkix_subject(cert, id, sizeof(id)) <= sizeof(id));
	pkix = pkix_new(CHUNK(pem.p, pem.len), &why);
	FUZZ_CHECK(pkix || why);
	if (!pkix)
		return;
	FUZZ_CHECK(pkix_count(pkix) && pkix_count(pkix) <= PKIX_ANCHORS_MAX);
	hashes = malloc(pkix_count(pkix) * sizeof(*hashes));
	FUZZ_CHECK(hashes);
	pkix_hashes(pkix, hashes);
	free(hashes);
	FUZZ_CHECK(pkix_equal(pkix, pkix));
	if (cert_spki(CERT_X509, cert, spki, &len)) {
		id_len = pkix_own_id(cert, &type, id, sizeof(id));
		pkix_verify(pkix, 1800000000, type, CHUNK(id, id_len), CHUNK(spki, len), &cert, 1);
		FUZZ_CHECK(pkix_verify(pkix, 0, type, CHUNK(id, id_len), CHUNK(spki, len),
				       &cert, 1));
	}
	pkix_free(&pkix);
}

int fuzz_cert(const uint8_t *data, size_t size)
{
	static bool ready;

	if (!ready)
		FUZZ_CHECK(ready = crypto_init());
	if (!size)
		return 0;
	if (data[0] == 0)
		key_file(data + 1, size - 1);
	else if (data[0] == 1)
		signature(data + 1, size - 1);
	else if (data[0] == 3)
		authorities(fuzz_open(data + 1, size - 1));
	else
		certificate(data[0], data + 1, size - 1);
	return 0;
}
