// SPDX-License-Identifier: GPL-2.0-or-later
/* The message codec: round trips, RFC 7634's message, malformed ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hex.h"
#include "ike/message.h"

#define CHACHA ENCR_CHACHA20_POLY1305

static const uint8_t test_key[36] = "0123456789abcdefghijklmnopqrstuvSALT";

static const struct ike_header header = {
	.spi_i = { 1, 2, 3, 4, 5, 6, 7, 8 }, .exchange = EXCH_IKE_SA_INIT,
	.flags = FLAG_INITIATOR,
};

/* Read every octet of every view, so that a sanitizer sees wild ones. */
static volatile unsigned int sink;

static void touch(struct chunk c)
{
	for (size_t i = 0; i < c.len; i++)
		sink += c.p[i];
}

static void touch_payload(const struct payload *pl)
{
	struct sa_payload sa;
	struct ike_ts ts[3];
	struct notify n;
	struct chunk c;
	uint16_t v16;
	uint8_t v8;
	unsigned int count;

	touch(pl->body);
	if (sa_parse(pl, &sa))
		for (unsigned int i = 0; i < sa.n; i++) {
			touch(sa.p[i].spi);
			assert_true(sa.p[i].n <= PROPOSAL_TRANSFORMS_MAX);
		}
	if (ke_parse(pl, &v16, &c))
		touch(c);
	if (id_parse(pl, &v16, &c))
		touch(c);
	if (cert_parse(pl, &v8, &c))
		touch(c);
	if (auth_parse(pl, &v8, &c)) {
		const uint8_t *sig = auth_ed25519_parse(c);

		touch(c);
		if (sig)
			touch(CHUNK(sig, 64));
	}
	if (notify_parse(pl, &n)) {
		touch(n.spi);
		touch(n.data);
	}
	if (delete_parse(pl, &v8, &count, &c))
		touch(c);
	ts_parse(pl, ts, 3, &count);
	assert_true(count <= 3);
}

static void touch_message(const struct message *m)
{
	assert_true(m->n <= MESSAGE_PAYLOADS_MAX);
	for (unsigned int i = 0; i < m->n; i++)
		touch_payload(&m->pl[i]);
	touch(m->sk);
}

/* Parse an exact copy; the length field is repaired if wanted. */
static enum parse_result parse_copy(const uint8_t *pkt, size_t len, bool repair,
				    uint8_t *detail)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum parse_result r;
	struct message m;

	assert_non_null(copy);
	memcpy(copy, pkt, len);
	if (repair && len >= IKE_HDR_LEN) {
		copy[24] = 0;
		copy[25] = (uint8_t)(len >> 16);
		copy[26] = (uint8_t)(len >> 8);
		copy[27] = (uint8_t)len;
	}
	r = message_parse(&m, copy, len, detail);
	if (r == PARSE_OK)
		touch_message(&m);
	free(copy);
	return r;
}

static void two_proposals(struct sa_payload *sa)
{
	static const uint8_t spi[4] = { 0xde, 0xad, 0xbe, 0xef };

	*sa = (struct sa_payload){ .n = 2 };
	sa->p[0] = (struct proposal){
		.num = 1, .proto = PROTO_ESP, .spi = CHUNK(spi, 4), .n = 3,
		.t = { { T_ENCR, ENCR_CHACHA20_POLY1305, 0 },
		       { T_ENCR, ENCR_AES_GCM_16, 256 }, { T_ESN, 1, 0 } },
	};
	sa->p[1] = (struct proposal){
		.num = 2, .proto = PROTO_ESP, .spi = CHUNK(spi, 4), .n = 3,
		.t = { { T_ENCR, ENCR_AES_CBC, 128 },
		       { T_INTEG, INTEG_HMAC_SHA2_256_128, 0 }, { T_ESN, 0, 0 } },
	};
}

static const struct ike_ts some_ts[] = {
	{ AF_INET, 17, 53, 53, { 192, 0, 2, 1 }, { 192, 0, 2, 9 } },
	{ AF_INET6, 0, 0, 65535, { 0x20, 1, 0xd, 0xb8 },
	  { 0x20, 1, 0xd, 0xb8, 0xff } },
	{ AF_INET, 6, 65535, 0, { 10 }, { 10 } },		/* OPAQUE */
};

/* One of each payload that we send. */
static void build_all(struct builder *b)
{
	static const uint32_t spis[] = { 0x01020304, 0xa0b0c0d0 };
	static const uint8_t big[40] = { 9, 9 };
	struct sa_payload sa;
	uint8_t auth[ED25519_AUTH_LEN];

	two_proposals(&sa);
	auth_ed25519_build(auth, (const uint8_t *)
			   "0123456789012345678901234567890123456789012345678901234567890123");
	build_sa(b, &sa);
	build_ke(b, DH_CURVE25519, big, 32);
	build_payload(b, PL_NONCE, big, 32);
	build_id(b, PL_IDi, BTNS_ID_KEY_ID, "me", 2);
	build_id(b, PL_IDr, BTNS_ID_NULL, NULL, 0);
	build_cert(b, CERT_RAW_PUBLIC_KEY, big, 40);
	build_certreq(b, CERT_RAW_PUBLIC_KEY);
	build_auth(b, AUTH_SIGNATURE, auth, sizeof(auth));
	build_ts(b, PL_TSi, some_ts, 3);
	build_ts(b, PL_TSr, some_ts, 1);
	build_notify(b, 0, N_COOKIE, NULL, 0, "cookie", 6);
	build_notify(b, PROTO_ESP, N_CHILD_SA_NOT_FOUND, "\1\2\3\4", 4, NULL, 0);
	build_delete(b, PROTO_ESP, spis, 2);
	build_delete(b, PROTO_IKE, NULL, 0);
	build_payload(b, PL_VENDOR, big, 16);
}

static void check_all(const struct message *m)
{
	struct sa_payload sa;
	struct ike_ts ts[4];
	unsigned int n;
	struct notify no;
	struct chunk c;
	uint16_t v16;
	uint8_t v8;

	assert_int_equal(m->n, 15);
	assert_true(sa_parse(message_find(m, PL_SA), &sa));
	assert_int_equal(sa.n, 2);
	assert_int_equal(sa.p[0].num, 1);
	assert_int_equal(sa.p[1].num, 2);
	assert_int_equal(sa.p[0].proto, PROTO_ESP);
	assert_int_equal(sa.p[0].spi.len, 4);
	assert_memory_equal(sa.p[1].spi.p, "\xde\xad\xbe\xef", 4);
	assert_false(sa.p[0].unknown_type);
	assert_int_equal(sa.p[0].n, 3);
	assert_int_equal(sa.p[0].t[0].id, ENCR_CHACHA20_POLY1305);
	assert_int_equal(sa.p[0].t[0].bits, 0);
	assert_int_equal(sa.p[0].t[1].bits, 256);
	assert_int_equal(sa.p[1].t[1].type, T_INTEG);
	assert_int_equal(sa.p[1].t[2].id, 0);

	assert_true(ke_parse(message_find(m, PL_KE), &v16, &c));
	assert_int_equal(v16, DH_CURVE25519);
	assert_int_equal(c.len, 32);
	assert_true(id_parse(message_find(m, PL_IDi), &v16, &c));
	assert_int_equal(v16, BTNS_ID_KEY_ID);
	assert_int_equal(c.len, 2);
	assert_memory_equal(c.p, "me", 2);
	assert_true(id_parse(message_find(m, PL_IDr), &v16, &c));
	assert_int_equal(v16, BTNS_ID_NULL);
	assert_int_equal(c.len, 0);
	assert_true(cert_parse(message_find(m, PL_CERT), &v8, &c));
	assert_int_equal(v8, CERT_RAW_PUBLIC_KEY);
	assert_int_equal(c.len, 40);
	assert_int_equal(message_find(m, PL_CERTREQ)->body.len, 1);
	assert_true(auth_parse(message_find(m, PL_AUTH), &v8, &c));
	assert_int_equal(v8, AUTH_SIGNATURE);
	assert_non_null(auth_ed25519_parse(c));
	assert_memory_equal(auth_ed25519_parse(c), "01234567", 8);

	assert_true(ts_parse(message_find(m, PL_TSi), ts, 4, &n));
	assert_int_equal(n, 3);
	assert_memory_equal(ts, some_ts, 3 * sizeof(*ts));
	assert_true(ts_parse(message_find(m, PL_TSi), ts, 2, &n));
	assert_int_equal(n, 2);
	assert_true(message_notify(m, N_COOKIE, &no));
	assert_int_equal(no.data.len, 6);
	assert_memory_equal(no.data.p, "cookie", 6);
	assert_true(message_error(m, &no));
	assert_int_equal(no.type, N_CHILD_SA_NOT_FOUND);
	assert_int_equal(no.spi.len, 4);
	assert_false(message_notify(m, N_REKEY_SA, &no));
	assert_true(delete_parse(message_find(m, PL_DELETE), &v8, &n, &c));
	assert_int_equal(v8, PROTO_ESP);
	assert_int_equal(n, 2);
	assert_memory_equal(c.p, "\1\2\3\4\xa0\xb0\xc0\xd0", 8);
	assert_int_equal(message_count(m, PL_DELETE), 2);
	assert_int_equal(message_count(m, PL_EAP), 0);
	assert_null(message_find(m, PL_EAP));
}

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
		build_start(&b, buf, sizeof(buf), &header);
		build_notify(&b, 0, v[i].type, NULL, 0, NULL, 0);
		assert_int_equal(message_parse(&m, buf, build_finish(&b), &detail),
				 PARSE_OK);
		assert_int_equal(message_error(&m, &n), v[i].error);
	}
}

static size_t plain_message(uint8_t *buf, size_t cap)
{
	struct builder b;

	build_start(&b, buf, cap, &header);
	build_all(&b);
	return build_finish(&b);
}

static size_t sealed_message(uint8_t *buf, size_t cap, uint16_t encr)
{
	struct builder b;

	build_start(&b, buf, cap, &header);
	build_sk(&b);
	build_all(&b);
	return build_finish_sk(&b, encr, test_key, 0x0102030405060708);
}

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
	assert_memory_equal(m.h.spi_i, header.spi_i, 8);
	assert_int_equal(m.h.length, len);
	assert_null(m.sk.p);
	check_all(&m);
}

static void round_trip_sealed(void **state)
{
	static const uint16_t ciphers[] = { CHACHA, ENCR_AES_GCM_16 };
	uint8_t buf[2048], detail;
	struct message m;

	for (unsigned int i = 0; i < 2; i++) {
		size_t len;

		if (!crypto_has_encr(ciphers[i], i ? 256 : 0))
			continue;
		len = sealed_message(buf, sizeof(buf), ciphers[i]);
		assert_true(len > 0);
		assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
		assert_int_equal(m.n, 0);
		assert_int_equal(m.sk_first, PL_SA);
		assert_int_equal(m.sk_at, IKE_HDR_LEN);
		assert_memory_equal(m.sk.p, "\1\2\3\4\5\6\7\x8", 8);
		assert_int_equal(message_decrypt(&m, buf, ciphers[i], test_key,
						 &detail), PARSE_OK);
		check_all(&m);
	}
}

/* An empty SK payload is a liveness check. */
static void empty_sealed(void **state)
{
	uint8_t buf[128], detail;
	struct builder b;
	struct message m;
	size_t len;

	build_start(&b, buf, sizeof(buf), &header);
	build_sk(&b);
	len = build_finish_sk(&b, CHACHA, test_key, 1);
	assert_int_equal(len, IKE_HDR_LEN + 4 + 8 + 1 + 16);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(message_decrypt(&m, buf, CHACHA, test_key, &detail), PARSE_OK);
	assert_int_equal(m.n, 0);
}

/* Too small a buffer at every length: nothing, and no clear text left behind. */
static void overflow(void **state)
{
	uint8_t buf[2048];
	size_t full = plain_message(buf, sizeof(buf));
	size_t sealed = sealed_message(buf, sizeof(buf), CHACHA);

	for (size_t cap = 0; cap < full; cap++) {
		uint8_t *exact = malloc(cap ? cap : 1);

		assert_non_null(exact);
		assert_int_equal(plain_message(exact, cap), 0);
		free(exact);
	}
	for (size_t cap = 0; cap < sealed; cap++) {
		uint8_t *exact = malloc(cap + 1);

		assert_non_null(exact);
		memset(exact, 0, cap + 1);
		assert_int_equal(sealed_message(exact, cap, CHACHA), 0);
		assert_null(memmem(exact, cap, "cookie", 6));
		free(exact);
	}
	{
		static uint8_t huge[70000], body[65532];
		struct builder b;

		build_start(&b, huge, sizeof(huge), &header);
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
	uint8_t key[36], buf[128], detail;
	struct builder b;
	struct message m;
	struct notify n;
	size_t len;

	for (unsigned int i = 0; i < 36; i++)
		key[i] = (uint8_t)(0x80 + i);
	len = unhex(buf, sizeof(buf), rfc7634);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(m.h.id, 9);
	assert_int_equal(message_decrypt(&m, buf, CHACHA, key, &detail), PARSE_OK);
	assert_int_equal(m.n, 1);
	assert_true(message_notify(&m, N_SET_WINDOW_SIZE, &n));
	assert_memory_equal(n.data.p, "\0\0\0\x0a", 4);

	unhex(h.spi_i, 8, "c0c1c2c3c4c5c6c7");
	unhex(h.spi_r, 8, "d0d1d2d3d4d5d6d7");
	memset(buf, 0, sizeof(buf));
	build_start(&b, buf, sizeof(buf), &h);
	build_sk(&b);
	build_notify(&b, 0, N_SET_WINDOW_SIZE, NULL, 0, "\0\0\0\x0a", 4);
	assert_int_equal(build_finish_sk(&b, CHACHA, key, 0x1011121314151617), len);
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
static void sealed_mutations(void **state)
{
	uint8_t buf[2048], work[2048], detail;
	size_t len = sealed_message(buf, sizeof(buf), CHACHA);
	struct message m;

	for (size_t i = 0; i < len * 8; i++) {
		memcpy(work, buf, len);
		work[i / 8] ^= (uint8_t)(1 << i % 8);
		if (message_parse(&m, work, len, &detail) != PARSE_OK)
			continue;
		assert_int_equal(message_decrypt(&m, work, CHACHA, test_key, &detail),
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
			assert_int_equal(message_decrypt(&m, copy, CHACHA, test_key,
							 &detail), PARSE_SHORT);
		free(copy);
	}
}

/* Seal any text, padding included, as a peer might. */
static enum parse_result open_text(struct message *m, uint8_t *buf, uint8_t first,
				   const void *text, size_t len, uint8_t *detail)
{
	struct ike_header h = header;
	size_t total = IKE_HDR_LEN + 4 + 8 + len + 16;
	struct builder b;

	build_start(&b, buf, IKE_HDR_LEN + 12, &h);
	build_sk(&b);
	assert_false(b.overflow);
	buf[27] = (uint8_t)total;
	buf[26] = (uint8_t)(total >> 8);
	buf[28] = first;
	buf[30] = (uint8_t)((total - IKE_HDR_LEN) >> 8);
	buf[31] = (uint8_t)(total - IKE_HDR_LEN);
	memset(buf + 32, 0x5a, 8);
	memcpy(buf + 40, text, len);
	crypto_aead_seal(CHACHA, test_key, buf + 32, buf, 32, buf + 40, len,
			 buf + 40 + len);
	assert_int_equal(message_parse(m, buf, total, detail), PARSE_OK);
	return message_decrypt(m, buf, CHACHA, test_key, detail);
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

	build_start(&b, buf, IKE_HDR_LEN, &header);
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

	build_start(&b, buf, sizeof(buf), &header);
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
	assert_memory_equal(m.h.spi_i, header.spi_i, 8);
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
	/* Known types: critical ignored.  SKF is known. */
	assert_int_equal(raw_msg(&m, buf, PL_VENDOR, "00800006abcd", &detail), PARSE_OK);
	assert_true(m.pl[0].critical);
	assert_int_equal(raw_msg(&m, buf, PL_SKF, "21800008 00010002", &detail),
			 PARSE_OK);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.pl[0].type, PL_SKF);
	assert_int_equal(m.pl[0].body.len, 4);

	/* Inside SK: reported, but only under a valid MAC. */
	assert_int_equal(open_text(&m, buf, 99, "\0\x80\0\4\0", 5, &detail),
			 PARSE_CRITICAL);
	assert_int_equal(detail, 99);
	assert_int_equal(raw_msg(&m, buf, 99, "2e800004" "00000008 01020304",
				 &detail), PARSE_OK);
	assert_int_equal(detail, 0);
	assert_int_equal(message_decrypt(&m, buf, CHACHA, test_key, &detail),
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
	build_start(&b, buf, sizeof(buf), &header);
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
	/* What stands beside SK vanishes with decryption. */
	{
		struct builder b;
		size_t len;

		build_start(&b, buf, sizeof(buf), &header);
		build_notify(&b, 0, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
		build_sk(&b);
		build_notify(&b, 0, N_COOKIE, NULL, 0, NULL, 0);
		len = build_finish_sk(&b, CHACHA, test_key, 3);
		assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
		assert_int_equal(m.n, 1);
		assert_int_equal(message_decrypt(&m, buf, CHACHA, test_key, &detail),
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

		build_start(&b, buf, sizeof(buf), &header);
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

	build_start(&b, buf, sizeof(buf), &header);
	build_payload(&b, PL_VENDOR, body, 30000);
	build_payload(&b, PL_VENDOR, body, 30000);
	build_payload(&b, PL_VENDOR, body, 65535 - IKE_HDR_LEN - 60000 - 12);
	len = build_finish(&b);
	assert_int_equal(len, 65535);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(m.n, 3);
	assert_int_equal(parse_copy(buf, 65536, true, &detail), PARSE_SHORT);

	build_start(&b, buf, sizeof(buf), &header);
	build_sk(&b);
	build_payload(&b, PL_VENDOR, body, 30000);
	build_payload(&b, PL_VENDOR, body, 30000);
	len = build_finish_sk(&b, CHACHA, test_key, 4);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_int_equal(message_decrypt(&m, buf, CHACHA, test_key, &detail), PARSE_OK);
	assert_int_equal(m.n, 2);
}

/* IKE/14: bodies that are too short for their type, nonces too long. */
static void short_bodies(void **state)
{
	static const struct { uint8_t type; size_t min, max; } v[] = {
		{ PL_SA, 8, 300 }, { PL_KE, 5, 300 }, { PL_IDi, 4, 300 },
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

			build_start(&b, buf, sizeof(buf), &header);
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
	build_start(&b, buf, sizeof(buf), &header);
	build_ts(&b, PL_TSr, many, 255);
	len = build_finish(&b);
	assert_int_equal(message_parse(&m, buf, len, &detail), PARSE_OK);
	assert_true(ts_parse(&m.pl[0], got, IKE_TS_MAX, &n));
	assert_int_equal(n, IKE_TS_MAX);
	assert_memory_equal(got, many, sizeof(got));

	build_start(&b, buf, sizeof(buf), &header);
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

#define TEST(name, items) { #name " " items, name, NULL, NULL, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(round_trip_sealed),
		cmocka_unit_test(empty_sealed),
		TEST(error_types, "IKE/11"),
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
	return cmocka_run_group_tests(tests, NULL, NULL);
}
