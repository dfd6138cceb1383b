// SPDX-License-Identifier: GPL-2.0-or-later
/* AlgorithmIdentifiers of signatures (RFC 7427 appendix A). */
#include <string.h>

#include "sigalg.h"

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
static const struct { uint8_t oid, salt; gnutls_sign_algorithm_t sign; } pss[] = {
	{ 1, 32, GNUTLS_SIGN_RSA_PSS_SHA256 },
	{ 2, 48, GNUTLS_SIGN_RSA_PSS_SHA384 },
	{ 3, 64, GNUTLS_SIGN_RSA_PSS_SHA512 },
};

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static size_t pss_build(unsigned int i, bool trailer, uint8_t out[SIGALG_MAX])
{
	const uint8_t sha = pss[i].oid, more = trailer ? 5 : 0;
	const uint8_t der[SIGALG_MAX] = {
		0x30, 0x41 + more, RSA_OID(0x0a), 0x30, 0x34 + more,
		0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
		0x01, 0x65, 0x03, 0x04, 0x02, sha, 0x05, 0x00,
		0xa1, 0x1c, 0x30, 0x1a, RSA_OID(0x08), 0x30, 0x0d,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		0x02, sha, 0x05, 0x00,
		0xa2, 0x03, 0x02, 0x01, pss[i].salt,
		0xa3, 0x03, 0x02, 0x01, 0x01,
	};

	memcpy(out, der, sizeof(der));
	return 67U + more;
}

gnutls_sign_algorithm_t sigalg_parse(struct chunk der)
{
	uint8_t want[SIGALG_MAX];
	size_t i, len;

	for (i = 0; i < N(algorithms); i++)
		if (der.len == algorithms[i].len &&
		    !memcmp(der.p, algorithms[i].der, der.len))
			return algorithms[i].sign;
	for (i = 0; i < 2 * N(pss); i++) {
		len = pss_build((unsigned int)i / 2, i % 2, want);
		if (der.len == len && !memcmp(der.p, want, len))
			return pss[i / 2].sign;
	}
	return GNUTLS_SIGN_UNKNOWN;
}

size_t sigalg_build(gnutls_sign_algorithm_t sign, uint8_t out[SIGALG_MAX])
{
	unsigned int i;

	for (i = 0; i < N(algorithms); i++) {
		if (algorithms[i].sign == sign) {
			memcpy(out, algorithms[i].der, algorithms[i].len);
			return algorithms[i].len;
		}
	}
	for (i = 0; i < N(pss); i++)
		if (pss[i].sign == sign)
			return pss_build(i, false, out);
	return 0;
}
