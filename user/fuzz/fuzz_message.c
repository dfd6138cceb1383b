// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target of the message codec.  Apart from what a sanitizer finds, it aborts
 * when a view points outside of the packet and when an SA payload or selectors do
 * not survive building and parsing.
 */
#include <sys/socket.h>

#include "fuzz.h"
#include "ike/message.h"

#define CHECK FUZZ_CHECK

static const struct sk_key key = { ENCR_CHACHA20_POLY1305, 0, 0,
				   "fuzz fuzz fuzz fuzz fuzz fuzz fuzzy", { 0 } };
static const struct ike_header header = { .spi_i = { 1 }, .exchange = EXCH_INFORMATIONAL };

static void inside(const struct message *m, struct chunk c)
{
	CHECK(c.p >= m->raw.p && c.p + c.len <= m->raw.p + m->raw.len);
}

/* Field by field: padding may be anything. */
static bool same_transform(const struct transform *a, const struct transform *b)
{
	return a->type == b->type && a->id == b->id && a->bits == b->bits;
}

static bool same_ts(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->family == b->family && a->proto == b->proto &&
	       a->port_start == b->port_start && a->port_end == b->port_end &&
	       !memcmp(a->start, b->start, 16) && !memcmp(a->end, b->end, 16);
}

static bool same_proposal(const struct proposal *a, const struct proposal *b)
{
	if (a->num != b->num || a->proto != b->proto || a->n != b->n ||
	    a->spi.len != b->spi.len || memcmp(a->spi.p, b->spi.p, a->spi.len))
		return false;
	for (unsigned int i = 0; i < a->n; i++)
		if (!same_transform(&a->t[i], &b->t[i]))
			return false;
	return true;
}

static void sa_again(const struct sa_payload *sa)
{
	static uint8_t buf[IKE_MSG_MAX];
	struct sa_payload again;
	struct builder b;
	struct message m;
	uint8_t detail;
	size_t len;

	build_start(&b, buf, sizeof(buf), &header);
	build_sa(&b, sa);
	len = build_finish(&b);
	CHECK(len && message_parse(&m, buf, len, &detail) == PARSE_OK);
	CHECK(sa_parse(&m.pl[0], &again) && again.n == sa->n);
	for (unsigned int i = 0; i < sa->n; i++)
		CHECK(same_proposal(&sa->p[i], &again.p[i]));
}

static void ts_again(const struct ike_ts *ts, unsigned int n)
{
	struct ike_ts again[IKE_TS_MAX];
	uint8_t buf[1024], detail;
	struct builder b;
	struct message m;
	unsigned int n2;
	size_t len;

	build_start(&b, buf, sizeof(buf), &header);
	build_ts(&b, PL_TSi, ts, n);
	len = build_finish(&b);
	CHECK(len && message_parse(&m, buf, len, &detail) == PARSE_OK);
	CHECK(ts_parse(&m.pl[0], again, IKE_TS_MAX, &n2) && n2 == n);
	for (unsigned int i = 0; i < n; i++)
		CHECK(same_ts(&ts[i], &again[i]));
}

static void payload(const struct message *m, const struct payload *pl)
{
	struct ike_ts ts[IKE_TS_MAX];
	struct sa_payload sa;
	struct notify no;
	struct chunk c;
	unsigned int n;
	uint16_t v16;
	uint8_t v8;

	inside(m, pl->body);
	if (sa_parse(pl, &sa)) {
		for (unsigned int i = 0; i < sa.n; i++)
			inside(m, sa.p[i].spi);
		sa_again(&sa);
	}
	if (ts_parse(pl, ts, IKE_TS_MAX, &n) && n)
		ts_again(ts, n);
	if (notify_parse(pl, &no)) {
		inside(m, no.spi);
		inside(m, no.data);
	}
	if (ke_parse(pl, &v16, &c))
		inside(m, c);
	if (id_parse(pl, &v16, &c))
		inside(m, c);
	if (delete_parse(pl, &v8, &n, &c))
		inside(m, c);
	if (auth_parse(pl, &v8, &c)) {
		const uint8_t *sig = auth_ed25519_parse(c);

		inside(m, c);
		if (sig)
			inside(m, CHUNK(sig, 64));
	}
	if (cert_parse(pl, &v8, &c))
		inside(m, c);
}

static void payloads(const struct message *m)
{
	struct notify n;

	CHECK(m->n <= MESSAGE_PAYLOADS_MAX);
	for (unsigned int i = 0; i < m->n; i++)
		payload(m, &m->pl[i]);
	if (message_error(m, &n))
		inside(m, n.data);
	message_notify(m, N_COOKIE, &n);
}

/* All that m has, in SK, in room octets of p; the length, 0: it did not fit. */
static size_t built(const struct message *m, const struct sk_key *k, uint8_t *p, size_t room)
{
	struct builder b;

	build_start(&b, p, room, &m->h);
	build_sk(&b, k);
	for (unsigned int i = 0; i < m->n; i++) {
		const struct payload *pl = &m->pl[i];
		struct ike_ts ts[IKE_TS_MAX];
		struct sa_payload sa;
		struct notify no;
		unsigned int n;

		if (pl->type == PL_SK || pl->type == PL_SKF)
			continue;
		if (sa_parse(pl, &sa))
			build_sa(&b, &sa);
		else if (ts_parse(pl, ts, IKE_TS_MAX, &n))
			build_ts(&b, pl->type, ts, n);
		else if (notify_parse(pl, &no))
			build_notify(&b, no.proto, no.type, no.spi.p, no.spi.len, no.data.p,
				     no.data.len);
		else
			build_payload(&b, pl->type, pl->body.p, pl->body.len);
	}
	if (b.overflow)
		CHECK(!built_text(&b).p && !build_finish(&b));
	return build_finish_sk(&b, 1);
}

/*
 * Whole, it is authentic; with less room it fails, and nothing of it stays readable.  A
 * sanitizer sees what is written beyond.
 */
static void again(const struct message *m)
{
	static const struct sk_key keys[] = {
		{ ENCR_CHACHA20_POLY1305, 0, 0, "fuzz fuzz fuzz fuzz fuzz fuzz fuzzy", { 0 } },
		{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, "fuzz fuzz fuzz f", "fuzz fuzz" },
		{ 9999, 0, 0, { 0 }, { 0 } },
	};
	static uint8_t whole[IKE_MSG_MAX];
	const struct sk_key *k = &keys[m->h.id % 3];
	size_t len = built(m, k, whole, sizeof(whole)), room;
	struct message copy;
	uint8_t detail;

	CHECK(!len == (k == &keys[2]) || m->raw.len > IKE_MSG_MAX - 512);
	if (len) {
		CHECK(message_parse(&copy, whole, len, &detail) == PARSE_OK);
		CHECK(message_decrypt(&copy, whole, k, &detail) != PARSE_SHORT);
	} else {
		len = m->raw.len;
	}
	/* from one octet too few down to the header alone */
	for (room = len - 1; room >= IKE_HDR_LEN; room -= 1 + room / 8) {
		uint8_t *p = calloc(1, room);

		CHECK(p && !built(m, k, p, room));
		for (size_t i = 0; i < room; i++)
			CHECK(!p[i]);
		free(p);
	}
}

static void message(const uint8_t *data, size_t size)
{
	uint8_t *pkt = malloc(size ? size : 1), detail;
	struct message m;

	CHECK(pkt);
	memcpy(pkt, data, size);
	if (message_parse(&m, pkt, size, &detail) == PARSE_OK) {
		payloads(&m);
		again(&m);
		if (m.sk.p) {
			inside(&m, m.sk);
			CHECK(message_decrypt(&m, pkt, &key,
					      &detail) == PARSE_SHORT);
		}
	}
	free(pkt);
}

/* The peer that holds the key is no friend either. */
static void inner(const uint8_t *data, size_t size)
{
	size_t total = IKE_HDR_LEN + 4 + 8 + size - 1 + 16;
	uint8_t *pkt, detail;
	struct builder b;
	struct message m;

	if (size < 2 || total > IKE_MSG_MAX)
		return;
	pkt = malloc(total);
	CHECK(pkt);
	build_start(&b, pkt, total, &header);
	build_sk(&b, &key);
	CHECK(!b.overflow);
	pkt[24] = pkt[25] = 0;
	pkt[26] = (uint8_t)(total >> 8);
	pkt[27] = (uint8_t)total;
	pkt[28] = data[0];
	pkt[30] = (uint8_t)((total - IKE_HDR_LEN) >> 8);
	pkt[31] = (uint8_t)(total - IKE_HDR_LEN);
	memcpy(pkt + 40, data + 1, size - 1);
	CHECK(sk_seal(&key, 0, pkt, 32, pkt + 40, size - 1));
	CHECK(message_parse(&m, pkt, total, &detail) == PARSE_OK);
	switch (message_decrypt(&m, pkt, &key, &detail)) {
	case PARSE_OK:
		payloads(&m);
		again(&m);
		break;
	case PARSE_SYNTAX:
	case PARSE_CRITICAL:
		break;
	default:
		abort();		/* the MAC was right */
	}
	free(pkt);
}

/* First octet: 0 a message from the network; 1 the chain in SK, the type of its first
 * payload before it.
 */
int fuzz_message(const uint8_t *data, size_t size)
{
	static bool ready;

	if (!ready)
		CHECK(ready = crypto_init());
	if (size && data[0] == 1)
		inner(data + 1, size - 1);
	else if (size)
		message(data + 1, size - 1);
	return 0;
}

/* The body of one payload; first octet: its type. */
int fuzz_payload(const uint8_t *data, size_t size)
{
	struct payload pl = { 0 };
	struct message m = { .n = 0 };
	uint8_t *copy;

	if (!size)
		return 0;
	copy = malloc(size);
	CHECK(copy);
	memcpy(copy, data, size);
	m.raw = CHUNK(copy, size);
	pl.type = copy[0];
	pl.body = CHUNK(copy + 1, size - 1);
	payload(&m, &pl);
	free(copy);
	return 0;
}
