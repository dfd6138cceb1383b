// SPDX-License-Identifier: GPL-2.0-or-later
/* Key exchange: Curve25519 by libsodium, the others by nettle's arithmetic and GMP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <sodium.h>

#include "crypto.h"

#define X25519_LEN	32
#define MODP_LEN	256
/* Twice the strength of the group, and more (RFC 3526 section 8: 320 bits at most). */
#define MODP_SECRET	48

/* RFC 3526 section 3; the generator is 2. */
static const uint8_t modp_2048[MODP_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc9, 0x0f, 0xda, 0xa2,
	0x21, 0x68, 0xc2, 0x34, 0xc4, 0xc6, 0x62, 0x8b, 0x80, 0xdc, 0x1c, 0xd1,
	0x29, 0x02, 0x4e, 0x08, 0x8a, 0x67, 0xcc, 0x74, 0x02, 0x0b, 0xbe, 0xa6,
	0x3b, 0x13, 0x9b, 0x22, 0x51, 0x4a, 0x08, 0x79, 0x8e, 0x34, 0x04, 0xdd,
	0xef, 0x95, 0x19, 0xb3, 0xcd, 0x3a, 0x43, 0x1b, 0x30, 0x2b, 0x0a, 0x6d,
	0xf2, 0x5f, 0x14, 0x37, 0x4f, 0xe1, 0x35, 0x6d, 0x6d, 0x51, 0xc2, 0x45,
	0xe4, 0x85, 0xb5, 0x76, 0x62, 0x5e, 0x7e, 0xc6, 0xf4, 0x4c, 0x42, 0xe9,
	0xa6, 0x37, 0xed, 0x6b, 0x0b, 0xff, 0x5c, 0xb6, 0xf4, 0x06, 0xb7, 0xed,
	0xee, 0x38, 0x6b, 0xfb, 0x5a, 0x89, 0x9f, 0xa5, 0xae, 0x9f, 0x24, 0x11,
	0x7c, 0x4b, 0x1f, 0xe6, 0x49, 0x28, 0x66, 0x51, 0xec, 0xe4, 0x5b, 0x3d,
	0xc2, 0x00, 0x7c, 0xb8, 0xa1, 0x63, 0xbf, 0x05, 0x98, 0xda, 0x48, 0x36,
	0x1c, 0x55, 0xd3, 0x9a, 0x69, 0x16, 0x3f, 0xa8, 0xfd, 0x24, 0xcf, 0x5f,
	0x83, 0x65, 0x5d, 0x23, 0xdc, 0xa3, 0xad, 0x96, 0x1c, 0x62, 0xf3, 0x56,
	0x20, 0x85, 0x52, 0xbb, 0x9e, 0xd5, 0x29, 0x07, 0x70, 0x96, 0x96, 0x6d,
	0x67, 0x0c, 0x35, 0x4e, 0x4a, 0xbc, 0x98, 0x04, 0xf1, 0x74, 0x6c, 0x08,
	0xca, 0x18, 0x21, 0x7c, 0x32, 0x90, 0x5e, 0x46, 0x2e, 0x36, 0xce, 0x3b,
	0xe3, 0x9e, 0x77, 0x2c, 0x18, 0x0e, 0x86, 0x03, 0x9b, 0x27, 0x83, 0xa2,
	0xec, 0x07, 0xa2, 0x8f, 0xb5, 0xc5, 0x5d, 0xf0, 0x6f, 0x4c, 0x52, 0xc9,
	0xde, 0x2b, 0xcb, 0xf6, 0x95, 0x58, 0x17, 0x18, 0x39, 0x95, 0x49, 0x7c,
	0xea, 0x95, 0x6a, 0xe5, 0x15, 0xd2, 0x26, 0x18, 0x98, 0xfa, 0x05, 0x10,
	0x15, 0x72, 0x8e, 0x5a, 0x8a, 0xac, 0xaa, 0x68, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff,
};

/* GMP's memory holds secrets: what it gives back is wiped.  It cannot bear NULL. */
static void *number_alloc(size_t len)
{
	void *p = malloc(len ? len : 1);

	if (!p) {
		fputs("out of memory for numbers\n", stderr);
		abort();
	}
	return p;
}

static void number_free(void *p, size_t len)
{
	crypto_wipe(p, len);
	free(p);
}

static void *number_realloc(void *old, size_t old_len, size_t len)
{
	void *p = number_alloc(len);

	memcpy(p, old, old_len < len ? old_len : len);
	number_free(old, old_len);
	return p;
}

void group_init(void)
{
	static bool done;

	if (!done)
		mp_set_memory_functions(number_alloc, number_realloc, number_free);
	done = true;
}

/* Octets of a coordinate, and of a secret; 0: no such curve. */
static size_t curve_of(uint16_t group, const struct ecc_curve **curve)
{
	switch (group) {
	case DH_P256:
		*curve = nettle_get_secp_256r1();
		return 32;
	case DH_P384:
		*curve = nettle_get_secp_384r1();
		return 48;
	default:
		return 0;
	}
}

size_t group_public_len(uint16_t group)
{
	const struct ecc_curve *curve;

	switch (group) {
	case DH_CURVE25519:
		return X25519_LEN;
	case DH_MODP_2048:
		return MODP_LEN;
	default:
		return 2 * curve_of(group, &curve);
	}
}

/* false: not from 1 to the order of the group. */
static bool scalar(struct ecc_scalar *s, const struct ecc_curve *curve, const uint8_t *p,
		   size_t len)
{
	mpz_t z;
	bool ok;

	nettle_mpz_init_set_str_256_u(z, len, p);
	ecc_scalar_init(s, curve);
	ok = ecc_scalar_set(s, z);
	mpz_clear(z);
	if (!ok)
		ecc_scalar_clear(s);
	return ok;
}

static bool secret_fits(const struct ke *ke)
{
	const struct ecc_curve *curve;
	const size_t len = curve_of(ke->group, &curve);
	struct ecc_scalar s;

	if (!len)
		return true;
	if (!scalar(&s, curve, ke->secret, len))
		return false;
	ecc_scalar_clear(&s);
	return true;
}

bool ke_make(struct ke *ke, uint16_t group,
	     void (*random)(void *ctx, void *buf, size_t len), void *ctx)
{
	const struct ecc_curve *curve;
	size_t len = curve_of(group, &curve);
	unsigned int i;

	if (!group_public_len(group))
		return false;
	if (!len)
		len = group == DH_MODP_2048 ? MODP_SECRET : X25519_LEN;
	memset(ke, 0, sizeof(*ke));
	ke->group = group;
	/* all but one of 2^32 fit */
	for (i = 0; i < 16; i++) {
		random(ctx, ke->secret, len);
		if (secret_fits(ke))
			return true;
	}
	crypto_wipe(ke, sizeof(*ke));
	return false;
}

/* 1 and -1 are in subgroups of their own (RFC 6989 section 2.1); so is 0. */
static bool modp_fits(const mpz_t y, const mpz_t p)
{
	mpz_t top;
	bool ok;

	mpz_init(top);
	mpz_sub_ui(top, p, 1);
	ok = mpz_cmp_ui(y, 1) > 0 && mpz_cmp(y, top) < 0;
	mpz_clear(top);
	return ok;
}

/* out = y^secret; y NULL: the generator. */
static bool modp_power(const struct ke *ke, const uint8_t *y, uint8_t out[MODP_LEN])
{
	uint8_t exponent[MODP_SECRET];
	mpz_t p, b, e;
	bool ok;

	/* always of the same length */
	memcpy(exponent, ke->secret, sizeof(exponent));
	exponent[0] |= 0x80;
	nettle_mpz_init_set_str_256_u(e, sizeof(exponent), exponent);
	nettle_mpz_init_set_str_256_u(p, MODP_LEN, modp_2048);
	if (y)
		nettle_mpz_init_set_str_256_u(b, MODP_LEN, y);
	else
		mpz_init_set_ui(b, 2);
	ok = modp_fits(b, p);
	if (ok) {
		mpz_powm_sec(b, b, e, p);
		nettle_mpz_get_str_256(MODP_LEN, out, b);
	}
	mpz_clear(b);
	mpz_clear(p);
	mpz_clear(e);
	crypto_wipe(exponent, sizeof(exponent));
	return ok;
}

/* false: not on the curve.  The curves have no small subgroups. */
static bool point(struct ecc_point *p, const struct ecc_curve *curve, const uint8_t *peer,
		  size_t len)
{
	mpz_t x, y;
	bool ok;

	nettle_mpz_init_set_str_256_u(x, len, peer);
	nettle_mpz_init_set_str_256_u(y, len, peer + len);
	ecc_point_init(p, curve);
	ok = ecc_point_set(p, x, y);
	mpz_clear(x);
	mpz_clear(y);
	if (!ok)
		ecc_point_clear(p);
	return ok;
}

/* peer NULL: out is both coordinates of our public value, else x of the shared one. */
static bool curve_power(const struct ke *ke, const struct ecc_curve *curve, size_t len,
			const uint8_t *peer, uint8_t *out)
{
	struct ecc_point p;
	struct ecc_scalar s;
	mpz_t x, y;

	if (!scalar(&s, curve, ke->secret, len))
		return false;
	if (peer && !point(&p, curve, peer, len)) {
		ecc_scalar_clear(&s);
		return false;
	}
	if (peer) {
		ecc_point_mul(&p, &s, &p);
	} else {
		ecc_point_init(&p, curve);
		ecc_point_mul_g(&p, &s);
	}
	mpz_init(x);
	mpz_init(y);
	ecc_point_get(&p, x, y);
	nettle_mpz_get_str_256(len, out, x);
	if (!peer)
		nettle_mpz_get_str_256(len, out + len, y);
	mpz_clear(x);
	mpz_clear(y);
	ecc_point_clear(&p);
	ecc_scalar_clear(&s);
	return true;
}

size_t ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX])
{
	const struct ecc_curve *curve;
	const size_t len = curve_of(ke->group, &curve);

	if (len)
		return curve_power(ke, curve, len, NULL, pub) ? 2 * len : 0;
	switch (ke->group) {
	case DH_CURVE25519:
		crypto_scalarmult_curve25519_base(pub, ke->secret);
		return X25519_LEN;
	case DH_MODP_2048:
		return modp_power(ke, NULL, pub) ? MODP_LEN : 0;
	default:
		return 0;
	}
}

bool group_fits(uint16_t group, struct chunk pub)
{
	const struct ecc_curve *curve;
	const size_t len = curve_of(group, &curve);
	struct ecc_point p;
	mpz_t y, prime;
	bool ok = true;

	if (!pub.len || pub.len != group_public_len(group))
		return false;
	if (len) {
		ok = point(&p, curve, pub.p, len);
		if (ok)
			ecc_point_clear(&p);
	} else if (group == DH_MODP_2048) {
		nettle_mpz_init_set_str_256_u(y, MODP_LEN, pub.p);
		nettle_mpz_init_set_str_256_u(prime, MODP_LEN, modp_2048);
		ok = modp_fits(y, prime);
		mpz_clear(y);
		mpz_clear(prime);
	}
	return ok;
}

size_t ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX])
{
	const struct ecc_curve *curve;
	const size_t len = curve_of(ke->group, &curve);

	if (!peer.len || peer.len != group_public_len(ke->group))
		return 0;
	if (len)
		return curve_power(ke, curve, len, peer.p, shared) ? len : 0;
	switch (ke->group) {
	case DH_CURVE25519:
		return crypto_scalarmult_curve25519(shared, ke->secret, peer.p) ? 0 : X25519_LEN;
	case DH_MODP_2048:
		return modp_power(ke, peer.p, shared) ? MODP_LEN : 0;
	default:
		return 0;
	}
}
