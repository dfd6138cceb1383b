// SPDX-License-Identifier: GPL-2.0-or-later
/* Payloads, one kind at a time: what is good, what is refused. */
#include "hex.h"
#include "message_parts.h"

/* Type 0 is reserved, 16383 the last error. */
static void error_types(void **state)
{
	static const struct { uint16_t type; bool error; } v[] = {
		{ 0, false }, { 1, true }, { 9999, true }, { 16383, true },
		{ 16384, false }, { 65535, false },
	};
	uint8_t buf[128], detail;
	struct builder b;
	struct message m;
	struct notify n;

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		build_start(&b, buf, sizeof(buf), &test_header);
		build_notify(&b, 0, v[i].type, NULL, 0, NULL, 0);
		assert_int_equal(message_parse(&m, buf, build_finish(&b), &detail),
				 PARSE_OK);
		assert_int_equal(message_error(&m, &n), v[i].error);
	}
}

/* IKE/14: bodies that are too short for their type, nonces too long. */
static void short_bodies(void **state)
{
	static const struct { uint8_t type; size_t min, max; } v[] = {
		{ PL_SA, 8, 300 }, { PL_KE, 4, 300 }, { PL_IDi, 4, 300 },
		{ PL_IDr, 4, 300 }, { PL_CERT, 2, 300 }, { PL_CERTREQ, 1, 300 },
		{ PL_AUTH, 5, 300 }, { PL_NONCE, 16, 256 }, { PL_NOTIFY, 4, 300 },
		{ PL_DELETE, 4, 300 }, { PL_VENDOR, 0, 300 }, { PL_TSi, 4, 300 },
		{ PL_TSr, 4, 300 }, { PL_CP, 4, 300 }, { PL_EAP, 4, 300 },
	};
	uint8_t buf[512], body[300] = { 0 }, detail;

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
		for (size_t n = 0; n <= 300; n++) {
			struct builder b;
			size_t len;

			build_start(&b, buf, sizeof(buf), &test_header);
			build_payload(&b, v[i].type, body, n);
			len = build_finish(&b);
			assert_int_equal(parse_copy(buf, len, false, &detail),
					 n >= v[i].min && n <= v[i].max ?
					 PARSE_OK : PARSE_SYNTAX);
		}
	/* SPI longer than the notify. */
	body[1] = 5;
	{
		struct payload pl = { .type = PL_NOTIFY, .body = CHUNK(body, 8) };
		struct notify n;

		assert_false(notify_parse(&pl, &n));
		pl.body.len = 9;
		assert_true(notify_parse(&pl, &n));
		assert_int_equal(n.spi.len, 5);
		assert_int_equal(n.data.len, 0);
	}
}

/* The views in sa are not for use: the octets are gone. */
static bool sa_hex(struct sa_payload *sa, const char *hex)
{
	uint8_t buf[1024], *exact;
	struct payload pl = { .type = PL_SA };
	size_t len = unhex(buf, sizeof(buf), hex);
	bool ok;

	exact = malloc(len ? len : 1);
	assert_non_null(exact);
	memcpy(exact, buf, len);
	pl.body = CHUNK(exact, len);
	ok = sa_parse(&pl, sa);
	free(exact);
	return ok;
}

/* IKE/8: everything in an SA payload agrees with everything else. */
static void sa_syntax(void **state)
{
	static const char *bad[] = {
		"",
		"0000000701030001",			/* length below header */
		"00000009010304 00",			/* length past the end */
		"0100000801010000",			/* "more" is 0 or 2 */
		"0200000801010000",			/* more announced, none there */
		"0000000801010000 00",			/* trailing octet */
		"0000000801010001",			/* transform missing */
		"0000000800010000",			/* number 0 */
		"0000000801030000",			/* ESP without SPI */
		"0000000a01010200 abcd",		/* IKE SPI of two octets */
		"00000009010309 00 ab",			/* SPI past the end */
		"00000009010409 01 ab",
		"0000001001010001 0300000801 00001c",	/* last transform says more */
		"0000001801010002 0000000801 00001c 0000000802 000005",
		"0000001001010001 0000000701 00001c",	/* transform too short */
		"0000001001010001 0000000901 00001c",	/* transform too long */
		"0000001301010001 0000000b01 00000c 800e01",	/* attribute cut */
		"0000001401010001 0000000c01 00000c 000e0001",	/* value cut */
		"0000001101010001 0000000801 00001c 00",	/* room behind */
		/* Numbers 1, 3; then 2, 3; then 1, 1. */
		"0200000801010000 0000000803010000",
		"0200000802010000 0000000803010000",
		"0200000801010000 0000000801010000",
	};
	struct sa_payload sa;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (sa_hex(&sa, bad[i]))
			fail_msg("accepted: %s", bad[i]);

	/* A lone proposal may have any number: the answer to a later one. */
	assert_true(sa_hex(&sa, "0000001007010001 0000000801 00001c"));
	assert_int_equal(sa.p[0].num, 7);
	assert_true(sa_hex(&sa, "0200000801010000 0000000802010000"));
	assert_int_equal(sa.n, 2);
}

/* IKE/28: unknown attributes take the transform out, unknown types the proposal. */
static void sa_unknown(void **state)
{
	struct sa_payload sa;

	/* AES with attribute 15, AES-256 with key length, GCM with two lengths. */
	assert_true(sa_hex(&sa, "0000003001010003"
			   "0300000c01 00000c 800f0080"
			   "0300000c01 00000c 800e0100"
			   "0000001001 000014 800e0080 800e0100"));
	assert_int_equal(sa.n, 1);
	assert_int_equal(sa.p[0].n, 1);
	assert_int_equal(sa.p[0].t[0].bits, 256);
	assert_false(sa.p[0].unknown_type);
	/* Key length in the long form, or 0, is not one. */
	assert_true(sa_hex(&sa, "0000002201010002"
			   "0300000e01 00000c 000e00020080"
			   "0000000c01 00000c 800e0000"));
	assert_int_equal(sa.p[0].n, 0);
	/* All DH transforms unreadable: not the same as no DH. */
	assert_true(sa.p[0].unknown_type);
	assert_true(sa_hex(&sa, "0000001c01010002 0300000801 00001c"
			   "0000000c04 00001f 80630001"));
	assert_int_equal(sa.p[0].n, 1);
	assert_true(sa.p[0].unknown_type);
	/* Transform type 6; protocol 4. */
	assert_true(sa_hex(&sa, "0000001801010002 0300000801 00001c 0000000806 000001"));
	assert_int_equal(sa.p[0].n, 1);
	assert_true(sa.p[0].unknown_type);
	assert_true(sa_hex(&sa, "0000001001040001 0000000801 00001c"));
	assert_true(sa.p[0].unknown_type);
}

/* Proposals and transforms beyond what is kept are read over, not refused. */
static void sa_many(void **state)
{
	static uint8_t buf[8192];
	struct payload pl = { .type = PL_SA };
	struct sa_payload sa;
	uint8_t *p = buf;

	for (unsigned int i = 0; i < 20; i++) {
		memcpy(p, "\2\0\0\x08\0\1\0\0", 8);
		p[0] = i < 19 ? 2 : 0;
		p[4] = (uint8_t)(i + 1);
		p += 8;
	}
	pl.body = CHUNK(buf, (size_t)(p - buf));
	assert_true(sa_parse(&pl, &sa));
	assert_int_equal(sa.n, SA_PROPOSALS_MAX);
	p[-4] = 99;
	assert_false(sa_parse(&pl, &sa));

	memcpy(buf, "\0\0\x08\0\1\1\0\xff", 8);
	p = buf + 8;
	for (unsigned int i = 0; i < 255; i++, p += 8)
		memcpy(p, i < 254 ? "\3\0\0\x08\1\0\0\x1c" : "\0\0\0\x08\1\0\0\x1c", 8);
	pl.body = CHUNK(buf, (size_t)(p - buf));
	assert_int_equal(pl.body.len, 0x800);
	assert_true(sa_parse(&pl, &sa));
	assert_int_equal(sa.p[0].n, PROPOSAL_TRANSFORMS_MAX);
}

static bool ts_hex(const char *hex, unsigned int *n)
{
	uint8_t buf[256];
	struct payload pl = { .type = PL_TSi };
	struct ike_ts ts[4];

	pl.body = CHUNK(buf, unhex(buf, sizeof(buf), hex));
	return ts_parse(&pl, ts, 4, n);
}

/* IKE/14, IKE/45: traffic selectors. */
static void ts_syntax(void **state)
{
	static const char *bad[] = {
		"00000000",						/* none */
		"01000000",						/* count too high */
		"01000000 0700001000000000 0000000a000000090000",	/* cut */
		"01000000 0700001100000000 0a0000010a00000900",		/* length */
		"01000000 0800001000000000 0a0000010a000009",		/* v6, v4 size */
		"01000000 0700001000000000 0a0000090a000001",		/* start > end */
		"01000000 0706001000020001 0a0000010a000009",		/* ports */
		"01000000 0700001000000000 0a0000010a000009 00",	/* rest */
		"02000000 0700001000000000 0a0000010a000009",		/* one of two */
		"01000000 09000003",					/* below header */
	};
	unsigned int n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (ts_hex(bad[i], &n))
			fail_msg("accepted: %s", bad[i]);
	/* OPAQUE; ICMP type 8 code 0..255; an unknown type is skipped. */
	assert_true(ts_hex("03ffffff 07060010ffff0000 0a0000010a000009"
			   "07010010080008ff 0a0000010a000009"
			   "0900000c0102030405060708", &n));
	assert_int_equal(n, 2);
	assert_true(ts_hex("01000000 09000008 00000000", &n));
	assert_int_equal(n, 0);
}

/* IKE/45: 255 selectors. */
static void ts_many(void **state)
{
	struct ike_ts many[256], got[IKE_TS_MAX];
	uint8_t buf[8192], detail;
	unsigned int n;
	struct builder b;
	struct message m;
	size_t len;

	for (unsigned int i = 0; i < 256; i++) {
		many[i] = some_ts[i % 2];
		many[i].port_start = many[i].port_end = (uint16_t)i;
	}
	build_start(&b, buf, sizeof(buf), &test_header);
	build_ts(&b, PL_TSr, many, 255);
	len = build_finish(&b);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_true(ts_parse(&m.pl[0], got, IKE_TS_MAX, &n));
	assert_int_equal(n, IKE_TS_MAX);
	assert_memory_equal(got, many, sizeof(got));

	build_start(&b, buf, sizeof(buf), &test_header);
	build_ts(&b, PL_TSr, many, 256);
	assert_int_equal(build_finish(&b), 0);
}

/* IKE/14: SPI sizes of Delete; identities of fixed length. */
static void delete_and_id(void **state)
{
	static const struct { const char *hex; bool ok; } del[] = {
		{ "01000000", true }, { "01080000", false }, { "0100000000", false },
		{ "03040001 01020304", true }, { "03040001 010203", false },
		{ "03040002 01020304", false }, { "03040000", true },
		{ "03080001 0102030405060708", false },
		{ "03080002 0102030405060708", false }, { "04040000", false },
		{ "03040000 01020304", false },
	}, id[] = {
		{ "01000000 7f000001", true }, { "01000000 7f0000", false },
		{ "05000000 00000000000000000000000000000001", true },
		{ "05000000 7f000001", false }, { "0d000000", true },
		{ "0d000000 00", false }, { "0b000000", false },
		{ "02ffffff 61", true }, { "020000", false },
	};
	uint8_t buf[64], v8;
	struct payload pl = { 0 };
	unsigned int n;
	struct chunk c;
	uint16_t v16;

	for (size_t i = 0; i < sizeof(del) / sizeof(*del); i++) {
		pl.body = CHUNK(buf, unhex(buf, sizeof(buf), del[i].hex));
		assert_int_equal(delete_parse(&pl, &v8, &n, &c), del[i].ok);
	}
	for (size_t i = 0; i < sizeof(id) / sizeof(*id); i++) {
		pl.body = CHUNK(buf, unhex(buf, sizeof(buf), id[i].hex));
		assert_int_equal(id_parse(&pl, &v16, &c), id[i].ok);
	}
}

/* RFC 8420: exactly one form, and the octets of it. */
static void auth_data(void **state)
{
	uint8_t out[ED25519_AUTH_LEN], sig[64];

	memset(sig, 0x33, sizeof(sig));
	auth_ed25519_build(out, sig);
	assert_hex(out, "07 300506032b6570");
	assert_ptr_equal(auth_ed25519_parse(CHUNK(out, sizeof(out))), out + 8);
	assert_null(auth_ed25519_parse(CHUNK(out, sizeof(out) - 1)));
	assert_null(auth_ed25519_parse(CHUNK(out, 0)));
	for (unsigned int b = 0; b < 64; b++) {
		out[b / 8] ^= (uint8_t)(1 << b % 8);
		assert_null(auth_ed25519_parse(CHUNK(out, sizeof(out))));
		out[b / 8] ^= (uint8_t)(1 << b % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(error_types, "IKE/11"),
		TEST(short_bodies, "IKE/13 IKE/14"),
		TEST(sa_syntax, "IKE/8"),
		TEST(sa_unknown, "IKE/28"),
		TEST(sa_many, "IKE/14"),
		TEST(ts_syntax, "IKE/14 IKE/45"),
		TEST(ts_many, "IKE/45"),
		TEST(delete_and_id, "IKE/14"),
		TEST(auth_data, "RFC8420"),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
