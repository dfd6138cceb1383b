// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole messages: round trips, RFC 7634's message, malformed and sealed ones. */
#include "hex.h"
#include "message_parts.h"

static void round_trip(void **state)
{
	uint8_t buf[2048], detail;
	struct message m;
	size_t len = plain_message(buf, sizeof(buf));

	assert_true(len > 0);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(m.h.version, 0x20);
	assert_int_equal(m.h.exchange, EXCH_IKE_SA_INIT);
	assert_int_equal(m.h.flags, FLAG_INITIATOR);
	assert_memory_equal(m.h.spi_i, test_header.spi_i, 8);
	assert_int_equal(m.h.length, len);
	assert_null(m.sk.p);
	check_all(&m);
}

static void round_trip_sealed(void **state)
{
	uint8_t buf[2048], detail;
	struct message m;

	for (unsigned int i = 0; i < TEST_KEYS; i++) {
		size_t len = sealed_message(buf, sizeof(buf), &test_keys[i]);

		assert_true(len > 0);
		assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
		assert_int_equal(m.n, 0);
		assert_int_equal(m.sk_first, PL_SA);
		assert_int_equal(m.sk_at, IKE_HDR_LEN);
		if (test_keys[i].encr != ENCR_AES_CBC)
			assert_memory_equal(m.sk.p, "\1\2\3\4\5\6\7\x8", 8);
		assert_int_equal(message_decrypt(&m, buf, &test_keys[i], &detail), PARSE_OK);
		check_all(&m);
	}
}

/* RFC 3602 section 3: no IV of CBC is like another, nor like a number. */
static void cbc_ivs(void **state)
{
	uint8_t buf[128], ivs[64][16];
	struct builder b;

	for (unsigned int i = 0; i < 64; i++) {
		build_start(&b, buf, sizeof(buf), &test_header);
		build_sk(&b, &test_keys[4]);
		assert_true(build_finish_sk(&b, i) > 0);
		memcpy(ivs[i], buf + IKE_HDR_LEN + 4, 16);
		for (unsigned int j = 0; j < i; j++)
			for (unsigned int at = 0; at < 16; at += 8)
				assert_memory_not_equal(ivs[i] + at, ivs[j] + at, 8);
	}
}

/* RFC7383/5: a fragment of each cipher; its numbers are under the MAC */
static void fragment_sealed(void **state)
{
	uint8_t buf[256], detail;
	struct builder b;
	struct message m;
	size_t len;

	for (unsigned int i = 0; i < 4 * TEST_KEYS; i++) {
		const struct sk_key *key = &test_keys[i / 4];

		build_start(&b, buf, sizeof(buf), &test_header);
		build_skf(&b, key, PL_SA, 1 + i % 2, 2);
		build_text(&b, "some text", 9);
		len = build_finish_sk(&b, 5);
		assert_true(len > 0);
		assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
		assert_int_equal(m.frag, 1 + i % 2);
		assert_int_equal(m.frags, 2);
		assert_int_equal(m.sk_first, i % 2 ? PL_NONE : PL_SA);
		if (i % 4 < 2) {
			buf[IKE_HDR_LEN + 7]++;
			assert_int_equal(message_decrypt(&m, buf, key, &detail), PARSE_SHORT);
			continue;
		}
		assert_int_equal(message_decrypt(&m, buf, key, &detail), PARSE_OK);
		assert_int_equal(m.text.len, 9);
		assert_memory_equal(m.text.p, "some text", 9);
	}
}

/* An empty SK payload is a liveness check. */
static void empty_sealed(void **state)
{
	uint8_t buf[128], detail;
	struct builder b;
	struct message m;
	size_t len;

	build_start(&b, buf, sizeof(buf), &test_header);
	build_sk(&b, &test_key);
	len = build_finish_sk(&b, 1);
	assert_int_equal(len, IKE_HDR_LEN + 4 + 8 + 1 + 16);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(message_decrypt(&m, buf, &test_key, &detail), PARSE_OK);
	assert_int_equal(m.n, 0);

	build_start(&b, buf, sizeof(buf), &test_header);
	build_sk(&b, &test_keys[4]);
	len = build_finish_sk(&b, 1);
	assert_int_equal(len, IKE_HDR_LEN + 4 + 16 + 16 + 16);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(message_decrypt(&m, buf, &test_keys[4], &detail), PARSE_OK);
	assert_int_equal(m.n, 0);
}

/* Too small a buffer at every length: nothing, and no clear text left behind. */
static void overflow(void **state)
{
	uint8_t buf[2048];
	size_t full = plain_message(buf, sizeof(buf));

	for (size_t cap = 0; cap < full; cap++) {
		uint8_t *exact = malloc(cap ? cap : 1);

		assert_non_null(exact);
		assert_int_equal(plain_message(exact, cap), 0);
		free(exact);
	}
	for (unsigned int i = 0; i < TEST_KEYS; i++) {
		size_t sealed = sealed_message(buf, sizeof(buf), &test_keys[i]);

		for (size_t cap = 0; cap < sealed; cap++) {
			uint8_t *exact = malloc(cap + 1);

			assert_non_null(exact);
			memset(exact, 0, cap + 1);
			assert_int_equal(sealed_message(exact, cap, &test_keys[i]), 0);
			assert_null(memmem(exact, cap, "cookie", 6));
			free(exact);
		}
	}
	{
		static uint8_t huge[70000], body[65532];
		struct builder b;

		build_start(&b, huge, sizeof(huge), &test_header);
		build_payload(&b, PL_VENDOR, body, sizeof(body));
		assert_int_equal(build_finish(&b), 0);
	}
}

/* RFC 7634 appendix B, both ways. */
static const char rfc7634[] =
	"c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d7 2e202500000000090000004529000029"
	"1011121314151617 610394701f8d017f7c12924889 6b71bfe25236efd7cdc67066906315b2";

static void rfc7634_message(void **state)
{
	struct ike_header h = { .exchange = EXCH_INFORMATIONAL, .id = 9 };
	struct sk_key key = { .encr = CHACHA };
	uint8_t buf[128], detail;
	struct builder b;
	struct message m;
	struct notify n;
	size_t len;

	for (unsigned int i = 0; i < 36; i++)
		key.e[i] = (uint8_t)(0x80 + i);
	len = unhex(buf, sizeof(buf), rfc7634);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(m.h.id, 9);
	assert_int_equal(message_decrypt(&m, buf, &key, &detail), PARSE_OK);
	assert_int_equal(m.n, 1);
	assert_true(message_notify(&m, N_SET_WINDOW_SIZE, &n));
	assert_memory_equal(n.data.p, "\0\0\0\x0a", 4);

	unhex(h.spi_i, 8, "c0c1c2c3c4c5c6c7");
	unhex(h.spi_r, 8, "d0d1d2d3d4d5d6d7");
	memset(buf, 0, sizeof(buf));
	build_start(&b, buf, sizeof(buf), &h);
	build_sk(&b, &key);
	build_notify(&b, 0, N_SET_WINDOW_SIZE, NULL, 0, "\0\0\0\x0a", 4);
	assert_int_equal(build_finish_sk(&b, 0x1011121314151617), len);
	assert_hex(buf, rfc7634);
}

/* IKE/10, IKE/14: every truncation, with and without a repaired length field. */
static void truncations(void **state)
{
	uint8_t buf[2048], detail;
	size_t len = plain_message(buf, sizeof(buf));

	assert_int_equal(parse_copy(buf, len, true, &detail), PARSE_OK);
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(parse_copy(buf, n, false, &detail), PARSE_SHORT);
		assert_int_equal(parse_copy(buf, n, true, &detail),
				 n < IKE_HDR_LEN ? PARSE_SHORT : PARSE_SYNTAX);
	}
	/* One octet more is as wrong. */
	buf[len] = 0;
	assert_int_equal(parse_copy(buf, len + 1, false, &detail), PARSE_SHORT);
	assert_int_equal(parse_copy(buf, len + 1, true, &detail), PARSE_SYNTAX);
}

/* IKE/14: every bit flipped, every octet 0 and 255. */
static void mutations(void **state)
{
	uint8_t buf[2048], detail;
	size_t len = plain_message(buf, sizeof(buf));

	for (size_t i = 0; i < len; i++) {
		uint8_t was = buf[i];

		for (unsigned int b = 0; b < 10; b++) {
			buf[i] = b < 8 ? was ^ (uint8_t)(1 << b) : b == 8 ? 0 : 255;
			parse_copy(buf, len, false, &detail);
			parse_copy(buf, len, true, &detail);
		}
		buf[i] = was;
	}
	assert_int_equal(parse_copy(buf, len, false, &detail), PARSE_OK);
}

/* IKE/14: in a sealed message no bit and no length may change. */
static void mutate_sealed(const struct sk_key *key)
{
	uint8_t buf[2048], work[2048], detail;
	size_t len = sealed_message(buf, sizeof(buf), key);
	struct message m;

	for (size_t i = 0; i < len * 8; i++) {
		memcpy(work, buf, len);
		work[i / 8] ^= (uint8_t)(1 << i % 8);
		if (message_parse(&m, work, len, &detail) != PARSE_OK)
			continue;
		assert_int_equal(message_decrypt(&m, work, key, &detail),
				 PARSE_SHORT);
	}
	/* Cut with repaired lengths: ICV cut off, text cut off. */
	for (size_t n = IKE_HDR_LEN; n < len; n++) {
		uint8_t *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, buf, n);
		copy[26] = (uint8_t)(n >> 8);
		copy[27] = (uint8_t)n;
		if (n >= IKE_HDR_LEN + 4) {
			copy[30] = (uint8_t)((n - IKE_HDR_LEN) >> 8);
			copy[31] = (uint8_t)(n - IKE_HDR_LEN);
		}
		if (message_parse(&m, copy, n, &detail) == PARSE_OK)
			assert_int_equal(message_decrypt(&m, copy, key,
							 &detail), PARSE_SHORT);
		free(copy);
	}
}

static void sealed_mutations(void **state)
{
	for (unsigned int i = 0; i < TEST_KEYS; i++)
		mutate_sealed(&test_keys[i]);
}

/* Seal any text, padding included, as a peer might. */
static enum parse_result open_text(struct message *m, uint8_t *buf, uint8_t first,
				   const void *text, size_t len, uint8_t *detail)
{
	struct ike_header h = test_header;
	size_t total = IKE_HDR_LEN + 4 + 8 + len + 16;
	struct builder b;

	build_start(&b, buf, IKE_HDR_LEN + 12, &h);
	build_sk(&b, &test_key);
	assert_false(b.overflow);
	buf[27] = (uint8_t)total;
	buf[26] = (uint8_t)(total >> 8);
	buf[28] = first;
	buf[30] = (uint8_t)((total - IKE_HDR_LEN) >> 8);
	buf[31] = (uint8_t)(total - IKE_HDR_LEN);
	memcpy(buf + 40, text, len);
	assert_true(sk_seal(&test_key, 0x5a5a, buf, 32, buf + 40, len));
	assert_int_equal(message_parse(m, buf, total, detail), PARSE_OK);
	return message_decrypt(m, buf, &test_key, detail);
}

/* IKE/14: padding.  Any that fits is accepted, whatever its octets. */
static void padding(void **state)
{
	uint8_t text[300], *buf = malloc(4096), detail;
	struct message m;

	assert_non_null(buf);
	for (unsigned int pad = 0; pad <= 255; pad++) {
		memset(text, 0xab, sizeof(text));
		text[pad] = (uint8_t)pad;
		assert_int_equal(open_text(&m, buf, PL_NONE, text, pad + 1, &detail),
				 PARSE_OK);
		/* One octet more than there is. */
		if (pad) {
			text[pad - 1] = (uint8_t)pad;
			assert_int_equal(open_text(&m, buf, PL_NONE, text, pad,
						   &detail), PARSE_SYNTAX);
		}
	}
	/* A payload, then padding; then padding that eats into the payload. */
	unhex(text, sizeof(text), "0000000c000040010000000a ffff02");
	assert_int_equal(open_text(&m, buf, PL_NOTIFY, text, 15, &detail), PARSE_OK);
	assert_int_equal(m.n, 1);
	text[14] = 3;
	assert_int_equal(open_text(&m, buf, PL_NOTIFY, text, 15, &detail),
			 PARSE_SYNTAX);
	text[14] = 1;
	assert_int_equal(open_text(&m, buf, PL_NOTIFY, text, 15, &detail),
			 PARSE_SYNTAX);
	/* Padding longer than the text, with a chain that would run on. */
	unhex(text, sizeof(text), "2b00000c000040010000000c");
	{
		uint8_t *exact = malloc(IKE_HDR_LEN + 12 + 12 + 16);

		assert_non_null(exact);
		assert_int_equal(open_text(&m, exact, PL_NOTIFY, text, 12, &detail),
				 PARSE_SYNTAX);
		assert_int_equal(m.n, 0);
		free(exact);
	}
	/* No room for the Pad Length octet at all. */
	assert_int_equal(open_text(&m, buf, PL_NONE, "", 0, &detail), PARSE_SHORT);
	free(buf);
}

/* Garbage under a valid MAC: every bit of the clear text flipped. */
static void inner_mutations(void **state)
{
	uint8_t plain[2048], buf[2048], detail;
	size_t len = plain_message(plain, sizeof(plain)) - IKE_HDR_LEN;
	uint8_t first = plain[16], *text = plain + IKE_HDR_LEN;
	struct message m;

	text[len++] = 0;
	assert_int_equal(open_text(&m, buf, first, text, len, &detail), PARSE_OK);
	check_all(&m);
	for (size_t i = 0; i < len * 8; i++) {
		text[i / 8] ^= (uint8_t)(1 << i % 8);
		if (open_text(&m, buf, first, text, len, &detail) == PARSE_OK)
			touch_message(&m);
		text[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 1; n < len - 1; n++) {
		uint8_t was = text[n];

		text[n] = 0;
		assert_int_equal(open_text(&m, buf, first, text, n + 1, &detail),
				 PARSE_SYNTAX);
		text[n] = was;
	}
}

/* A message of raw octets behind a header; first: type of the first payload. */
static enum parse_result raw_msg(struct message *m, uint8_t *buf, uint8_t first,
				 const char *hex, uint8_t *detail)
{
	struct builder b;
	size_t n;

	build_start(&b, buf, IKE_HDR_LEN, &test_header);
	n = IKE_HDR_LEN + unhex(buf + IKE_HDR_LEN, 1000, hex);
	buf[16] = first;
	buf[26] = (uint8_t)(n >> 8);
	buf[27] = (uint8_t)n;
	return message_parse(m, buf, n, detail);
}

/* IKE/1 to IKE/4: header. */
static void header_fields(void **state)
{
	uint8_t buf[64], detail;
	struct builder b;
	struct message m;
	size_t len;

	build_start(&b, buf, sizeof(buf), &test_header);
	len = build_finish(&b);
	assert_int_equal(len, IKE_HDR_LEN);
	assert_int_equal(buf[17], 0x20);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	buf[17] = 0x2f;				/* minor version: ignored */
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	buf[19] = 0xff;				/* X bits: ignored */
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	buf[17] = 0x30;				/* a later version: also of another form */
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_VERSION);
	buf[27] = 99;
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_VERSION);
	assert_memory_equal(m.h.spi_i, test_header.spi_i, 8);
	buf[27] = (uint8_t)len;
	buf[17] = 0x10;				/* IKEv1 */
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_SHORT);
	buf[17] = 0x20;
	memset(buf, 0, 8);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_SHORT);
}

/* IKE/4, IKE/5, IKE/12: unknown payloads, critical bit, reserved fields. */
static void unknown_payloads(void **state)
{
	uint8_t buf[2048], detail;
	struct message m;

	/* 200 (not critical), reserved bits set, then a nonce. */
	assert_int_equal(raw_msg(&m, buf, 200, "287f0006abcd" "000000141111111111"
				 "1111111111111111111111", &detail), PARSE_OK);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.pl[0].type, PL_NONCE);
	/* 200 critical: refused, by name, even behind a good payload. */
	assert_int_equal(raw_msg(&m, buf, PL_VENDOR, "c8000006abcd" "00800004",
				 &detail), PARSE_CRITICAL);
	assert_int_equal(detail, 200);
	/* Malformed counts more than unknown. */
	assert_int_equal(raw_msg(&m, buf, 200, "00800003", &detail), PARSE_SYNTAX);
	/* Known types: critical ignored. */
	assert_int_equal(raw_msg(&m, buf, PL_VENDOR, "00800006abcd", &detail), PARSE_OK);
	assert_true(m.pl[0].critical);

	/* Inside SK: reported, but only under a valid MAC. */
	assert_int_equal(open_text(&m, buf, 99, "\0\x80\0\4\0", 5, &detail),
			 PARSE_CRITICAL);
	assert_int_equal(detail, 99);
	assert_int_equal(raw_msg(&m, buf, 99, "2e800004" "00000008 01020304",
				 &detail), PARSE_OK);
	assert_int_equal(detail, 0);
	assert_int_equal(message_decrypt(&m, buf, &test_key, &detail),
			 PARSE_SHORT);
}

/* IKE/6: payloads in reverse order. */
static void any_order(void **state)
{
	uint8_t buf[512], detail, body[32] = { 0 };
	struct sa_payload sa;
	struct builder b;
	struct message m;
	size_t len;

	two_proposals(&sa);
	build_start(&b, buf, sizeof(buf), &test_header);
	build_notify(&b, 0, N_NAT_DETECTION_SOURCE_IP, NULL, 0, body, 20);
	build_payload(&b, PL_NONCE, body, 32);
	build_ke(&b, DH_CURVE25519, body, 32);
	build_sa(&b, &sa);
	len = build_finish(&b);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_non_null(message_find(&m, PL_SA));
	assert_non_null(message_find(&m, PL_KE));
	assert_non_null(message_find(&m, PL_NONCE));
}

/* IKE/7: SK last, not nested, no SKF inside. */
static void sk_place(void **state)
{
	uint8_t buf[256], detail;
	struct message m;

	assert_int_equal(raw_msg(&m, buf, PL_SK, "2b00000801020304" "00000004",
				 &detail), PARSE_SYNTAX);
	assert_int_equal(raw_msg(&m, buf, PL_SKF, "2b00000800010001" "00000004",
				 &detail), PARSE_SYNTAX);
	assert_int_equal(open_text(&m, buf, PL_SK, "\0\0\0\x08\1\2\3\4\0", 9, &detail),
			 PARSE_SYNTAX);
	assert_int_equal(open_text(&m, buf, PL_SKF, "\0\0\0\x08\0\1\0\1\0", 9, &detail),
			 PARSE_SYNTAX);
	/* RFC7383: numbers of fragments count from 1 to the total. */
	assert_int_equal(raw_msg(&m, buf, PL_SKF, "21800008 00010002", &detail),
			 PARSE_OK);
	assert_int_equal(m.n, 0);
	assert_int_equal(m.frag, 1);
	assert_int_equal(m.frags, 2);
	assert_int_equal(raw_msg(&m, buf, PL_SKF, "21000008 00000002", &detail),
			 PARSE_SYNTAX);
	assert_int_equal(raw_msg(&m, buf, PL_SKF, "21000008 00030002", &detail),
			 PARSE_SYNTAX);
	assert_int_equal(raw_msg(&m, buf, PL_SKF, "21000007 000100", &detail),
			 PARSE_SYNTAX);
	/* What stands beside SK vanishes with decryption. */
	{
		struct builder b;
		size_t len;

		build_start(&b, buf, sizeof(buf), &test_header);
		build_notify(&b, 0, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
		build_sk(&b, &test_key);
		build_notify(&b, 0, N_COOKIE, NULL, 0, NULL, 0);
		len = build_finish_sk(&b, 3);
		assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
		assert_int_equal(m.n, 1);
		assert_int_equal(message_decrypt(&m, buf, &test_key, &detail),
				 PARSE_OK);
		assert_int_equal(m.n, 1);
		assert_int_equal(m.pl[0].body.p[3], N_COOKIE & 255);
	}
}

/* IKE/14: chains: lengths 0, 3, past the end; too many payloads; early end. */
static void chains(void **state)
{
	static const char *bad[] = {
		"00000000", "00000003", "00000005", "0000ffff", "000000",
		"2b000004", "2b000004000000", "0000000400", "00000004 2b000004",
	};
	uint8_t buf[2048], detail;
	struct message m;
	struct builder b;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(raw_msg(&m, buf, PL_VENDOR, bad[i], &detail),
				 PARSE_SYNTAX);
	assert_int_equal(raw_msg(&m, buf, PL_NONE, "", &detail), PARSE_OK);
	assert_int_equal(raw_msg(&m, buf, PL_NONE, "00", &detail), PARSE_SYNTAX);

	for (unsigned int n = 62; n <= 255; n++) {
		size_t len;

		build_start(&b, buf, sizeof(buf), &test_header);
		for (unsigned int i = 0; i < n; i++)
			build_payload(&b, PL_VENDOR, NULL, 0);
		len = build_finish(&b);
		assert_int_equal(message_parse(&m, buf, len, &detail),
				 n <= MESSAGE_PAYLOADS_MAX ? PARSE_OK : PARSE_SYNTAX);
	}
}

/* IKE/9, IKE/14: 64 kB. */
static void largest(void **state)
{
	static uint8_t buf[65536], body[30000];
	uint8_t detail;
	struct message m;
	struct builder b;
	size_t len;

	build_start(&b, buf, sizeof(buf), &test_header);
	build_payload(&b, PL_VENDOR, body, 30000);
	build_payload(&b, PL_VENDOR, body, 30000);
	build_payload(&b, PL_VENDOR, body, 65535 - IKE_HDR_LEN - 60000 - 12);
	len = build_finish(&b);
	assert_int_equal(len, 65535);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(m.n, 3);
	assert_int_equal(parse_copy(buf, 65536, true, &detail), PARSE_SHORT);

	build_start(&b, buf, sizeof(buf), &test_header);
	build_sk(&b, &test_key);
	build_payload(&b, PL_VENDOR, body, 30000);
	build_payload(&b, PL_VENDOR, body, 30000);
	len = build_finish_sk(&b, 4);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(message_decrypt(&m, buf, &test_key, &detail), PARSE_OK);
	assert_int_equal(m.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		TEST(round_trip_sealed, "IKE/29"),
		cmocka_unit_test(cbc_ivs),
		cmocka_unit_test(fragment_sealed),
		cmocka_unit_test(empty_sealed),
		cmocka_unit_test(overflow),
		cmocka_unit_test(rfc7634_message),
		TEST(truncations, "IKE/10 IKE/14"),
		TEST(mutations, "IKE/14"),
		TEST(sealed_mutations, "IKE/14"),
		TEST(padding, "IKE/14"),
		TEST(inner_mutations, "IKE/8 IKE/14"),
		TEST(header_fields, "IKE/1 IKE/2 IKE/3 IKE/4"),
		TEST(unknown_payloads, "IKE/4 IKE/5 IKE/12"),
		TEST(any_order, "IKE/6"),
		TEST(sk_place, "IKE/7"),
		TEST(chains, "IKE/14"),
		TEST(largest, "IKE/9 IKE/14"),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
