// SPDX-License-Identifier: GPL-2.0-only
/*
 * Known answers of channel bindings.  Keys: Ed25519, RFC 8032 section 7.1, TEST 1
 * and TEST 2.  Values: hashlib of Python, from the formulas in binding.c.
 */
#include <crypto/sha2.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "../binding.h"
#include "../compat/compat.h"
#include "selftest.h"

static const u8 key_a[] = {
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
	0x00, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b,
	0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda,
	0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
};

static const u8 key_b[] = {
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
	0x00, 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7,
	0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e,
	0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c,
};

static const struct btns_identity end_a = {
	.auth = BTNS_AUTH_BTNS, .spki = key_a, .spki_len = sizeof(key_a),
};

static const struct btns_identity end_b = {
	.auth = BTNS_AUTH_PUBKEY, .spki = key_b, .spki_len = sizeof(key_b),
};

static const struct btns_identity end_null = { .auth = BTNS_AUTH_NULL };
static const struct btns_identity end_psk = { .auth = BTNS_AUTH_PSK };

/* A key with an octet too many behind it, a short one, one with unused bits. */
static const u8 key_long[] = { 0x30, 0x0a, 0x30, 0x02, 0x05, 0x00, 0x03, 0x02, 0x00, 0x01,
			       0x05, 0x00, 0x00 };
static const u8 key_short[] = { 0x30, 0x2a, 0x30, 0x05, 0x06 };
static const u8 key_bits[] = { 0x30, 0x08, 0x30, 0x02, 0x05, 0x00, 0x03, 0x02, 0x01, 0x02 };
/* length in the long form where the short one does */
static const u8 key_ber[] = { 0x30, 0x81, 0x08, 0x30, 0x02, 0x05, 0x00, 0x03, 0x02, 0x00,
			      0x01 };

static const struct {
	u32 type;
	const char *hash;
	const struct btns_identity *one, *other;
	int err;
	u32 flags;
	const char *prefix, *value, *rest;	/* rest: behind 32 octets */
} cases[] = {
	{ BTNS_BINDING_END_POINT, "", &end_a, &end_b, 0, 0,
	  "ipsec-end-point-v1:",
	  "c3516a00782a918ead03f30e4aa43d92a7b3566becea20a0c7133d68947bd6a6" },
	{ BTNS_BINDING_END_POINT, "sha256", &end_a, &end_b, 0, 0,
	  "ipsec-end-point-v1:",
	  "c3516a00782a918ead03f30e4aa43d92a7b3566becea20a0c7133d68947bd6a6" },
	{ BTNS_BINDING_END_POINT, "sha384", &end_a, &end_b, 0, 0,
	  "ipsec-end-point-v1-sha-384:",
	  "70e31d81443dbb4dc6b0c844fc4d5f9a6bc8d6ad6414c38c046a04b0240658fe",
	  "e47ff79a5d177375e1776446aa3dbdaf" },
	{ BTNS_BINDING_END_POINT, "sha512", &end_a, &end_b, 0, 0,
	  "ipsec-end-point-v1-sha-512:",
	  "90a8f0b70b15a1e6a87bd24275dfb0444ac9b56c2d664b60620f06ac7de42ca9",
	  "1e7fce3fe9c91ca7901682effa8ee73824ceef136372684075cfc8edb6b1da6c" },
	{ BTNS_BINDING_END_POINT, "", &end_b, &end_a, 0, 0,
	  "ipsec-end-point-v1:",
	  "c3516a00782a918ead03f30e4aa43d92a7b3566becea20a0c7133d68947bd6a6" },
	{ BTNS_BINDING_END_POINT, "", &end_a, &end_null, 0, BTNS_BINDING_F_ONE_WAY,
	  "ipsec-end-point-1way-v1:",
	  "c111e1846b27b2ab110c7ff4d8972be47e11a88a6df0bd5ad378a3c59a7490e6" },
	{ BTNS_BINDING_END_POINT, "sha384", &end_a, &end_null, 0, BTNS_BINDING_F_ONE_WAY,
	  "ipsec-end-point-1way-v1-sha-384:",
	  "364300518314cef6fc7fed2267445b2a57071909e5975ca618623614bd0b57e3",
	  "7070dc614333d9c65287372441008401" },
	{ BTNS_BINDING_END_POINT, "", &end_null, &end_a, 0, BTNS_BINDING_F_ONE_WAY,
	  "ipsec-end-point-1way-v1:",
	  "c111e1846b27b2ab110c7ff4d8972be47e11a88a6df0bd5ad378a3c59a7490e6" },
	{ BTNS_BINDING_COMPAT, "sha256", &end_a, &end_b, 0, 0,
	  "IPsec-end-point-IKEv2-pubkey-sha-256:",
	  "ceb4dcf5ce10e271165f90a4331ff37063c46105d3a07db082d208a667c7b7a6" },
	{ BTNS_BINDING_COMPAT, "sha384", &end_a, &end_b, 0, 0,
	  "IPsec-end-point-IKEv2-pubkey-sha-384:",
	  "2c7d24b591214b3ee4f06fa87944aac510a72d359e514340f76d6382c9b07999",
	  "9a6d17b5cde19ce2d853eb42dc104224" },
	{ BTNS_BINDING_COMPAT, "sha512", &end_a, &end_b, 0, 0,
	  "IPsec-end-point-IKEv2-pubkey-sha-512:",
	  "617992d67e02a2da6e3618d4624f7f4039e8ddbdbb77f98319458353877b250e",
	  "ebf9c4fe4946fcd4805138573f12b626d0c3bf6f93363b2363b8a63184112edd" },
	{ BTNS_BINDING_COMPAT, "", &end_b, &end_a, 0, 0,
	  "IPsec-end-point-IKEv2-pubkey-sha-256:",
	  "ceb4dcf5ce10e271165f90a4331ff37063c46105d3a07db082d208a667c7b7a6" },
	{ BTNS_BINDING_END_POINT, "", &end_a, &end_a, -EKEYREJECTED, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_END_POINT, "", &end_null, &end_null, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_END_POINT, "", &end_a, &end_psk, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_END_POINT, "", &end_psk, &end_psk, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_END_POINT, "md5", &end_a, &end_b, -EPROTONOSUPPORT, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_COMPAT, "", &end_a, &end_a, -EKEYREJECTED, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_COMPAT, "", &end_null, &end_null, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_COMPAT, "", &end_a, &end_psk, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_COMPAT, "", &end_psk, &end_psk, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_COMPAT, "md5", &end_a, &end_b, -EPROTONOSUPPORT, 0,
	  NULL, NULL, NULL },
	{ BTNS_BINDING_COMPAT, "", &end_a, &end_null, -ENOKEY, 0,
	  NULL, NULL, NULL },
	{ 0, "", &end_a, &end_b, -EPROTONOSUPPORT, 0, NULL, NULL, NULL },
	{ 3, "", &end_a, &end_b, -EPROTONOSUPPORT, 0, NULL, NULL, NULL },
};

static bool btns_selftest_one(unsigned int i)
{
	struct btns_binding b = { .type = cases[i].type };
	char hex[2 * SHA512_DIGEST_SIZE + 1];
	u8 value[SHA512_DIGEST_SIZE];
	size_t prefix, n;
	int err;

	strscpy(b.hash, cases[i].hash, sizeof(b.hash));
	err = btns_binding_make(&b, cases[i].one, cases[i].other);
	if (err || cases[i].err)
		return err == cases[i].err;
	prefix = strlen(cases[i].prefix);
	n = scnprintf(hex, sizeof(hex), "%s%s", cases[i].value, cases[i].rest ?: "") / 2;
	return !hex2bin(value, hex, n) && b.flags == cases[i].flags &&
	       b.len == prefix + n && !memcmp(b.data, cases[i].prefix, prefix) &&
	       !memcmp(b.data + prefix, value, n);
}

static bool btns_selftest_key_bits(void)
{
	const u8 *bits;
	size_t n;

	return !btns_binding_key_bits(key_a, sizeof(key_a), &bits, &n) && n == 32 &&
	       bits == key_a + sizeof(key_a) - 32 &&
	       btns_binding_key_bits(key_long, sizeof(key_long), &bits, &n) &&
	       btns_binding_key_bits(key_short, sizeof(key_short), &bits, &n) &&
	       btns_binding_key_bits(key_bits, sizeof(key_bits), &bits, &n) &&
	       btns_binding_key_bits(key_ber, sizeof(key_ber), &bits, &n) &&
	       btns_binding_key_bits(key_a, sizeof(key_a) - 1, &bits, &n) &&
	       btns_binding_key_bits(key_a, 0, &bits, &n);
}

int btns_selftest_binding(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!btns_selftest_one(i)) {
			pr_err("btns: channel binding %u differs\n", i);
			return -EBADMSG;
		}
	}
	return btns_selftest_key_bits() ? 0 : -EBADMSG;
}
