// SPDX-License-Identifier: GPL-2.0-or-later
/* A message with all payloads, made and checked. */
#include "message_parts.h"

#define KEY(encr, bits, integ) \
	{ encr, bits, integ, "0123456789abcdefghijklmnopqrstuvSALT", \
	  "Integrity:0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefgh" }

const struct sk_key test_keys[TEST_KEYS] = {
	KEY(ENCR_CHACHA20_POLY1305, 0, 0),
	KEY(ENCR_AES_GCM_16, 256, 0),
	KEY(ENCR_AES_GCM_16, 192, 0),
	KEY(ENCR_AES_GCM_16, 128, 0),
	KEY(ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128),
	KEY(ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_384_192),
	KEY(ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256),
};

const struct ike_header test_header = {
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

void touch_message(const struct message *m)
{
	assert_true(m->n <= MESSAGE_PAYLOADS_MAX);
	for (unsigned int i = 0; i < m->n; i++)
		touch_payload(&m->pl[i]);
	touch(m->sk);
}

enum parse_result parse_copy(const uint8_t *pkt, size_t len, bool repair,
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

void two_proposals(struct sa_payload *sa)
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

const struct ike_ts some_ts[3] = {
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

void check_all(const struct message *m)
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

size_t plain_message(uint8_t *buf, size_t cap)
{
	struct builder b;

	build_start(&b, buf, cap, &test_header);
	build_all(&b);
	return build_finish(&b);
}

size_t sealed_message(uint8_t *buf, size_t cap, const struct sk_key *key)
{
	struct builder b;

	build_start(&b, buf, cap, &test_header);
	build_sk(&b, key);
	build_all(&b);
	return build_finish_sk(&b, 0x0102030405060708);
}
