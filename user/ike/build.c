// SPDX-License-Identifier: GPL-2.0-or-later
/* Building of messages. */
#include <string.h>

#include "message.h"
#include "wire.h"

#define AT_NEXT		16		/* offsets in the header */
#define AT_LENGTH	24

/* Room for len octets; NULL: overflow, now or before. */
static uint8_t *room(struct builder *b, size_t len)
{
	uint8_t *p;

	if (b->overflow || len > b->cap - b->len) {
		b->overflow = true;
		return NULL;
	}
	p = b->buf + b->len;
	b->len += len;
	return p;
}

static void add(struct builder *b, const void *p, size_t len)
{
	uint8_t *to = room(b, len);

	if (to && len)
		memcpy(to, p, len);
}

static void add8(struct builder *b, uint8_t v)
{
	add(b, &v, 1);
}

static void add16(struct builder *b, uint16_t v)
{
	uint8_t *to = room(b, 2);

	if (to)
		put16(to, v);
}

static void add32(struct builder *b, uint32_t v)
{
	uint8_t *to = room(b, 4);

	if (to)
		put32(to, v);
}

/* Length field, at offset at, of what begins at offset from and ends here. */
static void close16(struct builder *b, size_t at, size_t from)
{
	/* It fits: the whole message has no more than IKE_MSG_MAX octets. */
	if (!b->overflow)
		put16(b->buf + at, (uint16_t)(b->len - from));
}

static void open_payload(struct builder *b, uint8_t type)
{
	if (b->overflow)
		return;
	b->buf[b->next_at] = type;
	b->next_at = b->len;
	b->pl_at = b->len;
	add32(b, 0);
}

static void close_payload(struct builder *b)
{
	close16(b, b->pl_at + 2, b->pl_at);
}

void build_start(struct builder *b, uint8_t *buf, size_t cap,
		 const struct ike_header *h)
{
	uint8_t *p;

	*b = (struct builder){ .buf = buf, .next_at = AT_NEXT };
	b->cap = cap < IKE_MSG_MAX ? cap : IKE_MSG_MAX;
	p = room(b, IKE_HDR_LEN);
	if (!p)
		return;
	memcpy(p, h->spi_i, 8);
	memcpy(p + 8, h->spi_r, 8);
	p[AT_NEXT] = PL_NONE;
	p[17] = 0x20;
	p[18] = h->exchange;
	p[19] = h->flags;
	put32(p + 20, h->id);
	put32(p + AT_LENGTH, 0);
}

/* Room for the IV of the payload that b->sk_at names. */
static void sk_iv(struct builder *b)
{
	struct sk_shape s;

	b->iv_at = b->len;
	if (sk_shape(&s, b->key->encr, b->key->bits, b->key->integ))
		room(b, s.iv);
	else
		b->overflow = true;
}

void build_sk(struct builder *b, const struct sk_key *key)
{
	b->sk_at = b->len;
	b->key = key;
	open_payload(b, PL_SK);
	sk_iv(b);
}

void build_skf(struct builder *b, const struct sk_key *key, uint8_t first, uint16_t number,
	       uint16_t total)
{
	b->sk_at = b->len;
	b->key = key;
	open_payload(b, PL_SKF);
	add16(b, number);
	add16(b, total);
	sk_iv(b);
	/* RFC 7383 section 2.5: only the first one tells it */
	if (!b->overflow && number == 1)
		b->buf[b->sk_at] = first;
}

void build_text(struct builder *b, const void *text, size_t len)
{
	add(b, text, len);
}

void build_payload(struct builder *b, uint8_t type, const void *body, size_t len)
{
	open_payload(b, type);
	add(b, body, len);
	close_payload(b);
}

void build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
		  size_t spi_len, const void *data, size_t len)
{
	if (spi_len > UINT8_MAX) {
		b->overflow = true;
		return;
	}
	open_payload(b, PL_NOTIFY);
	add8(b, proto);
	add8(b, (uint8_t)spi_len);
	add16(b, type);
	add(b, spi, spi_len);
	add(b, data, len);
	close_payload(b);
}

static void build_transform(struct builder *b, const struct transform *t, bool last)
{
	size_t at = b->len;

	add8(b, last ? 0 : 3);
	add8(b, 0);
	add16(b, 0);
	add8(b, t->type);
	add8(b, 0);
	add16(b, t->id);
	if (t->bits) {
		add16(b, 0x8000 | 14);		/* Key Length, fixed size */
		add16(b, t->bits);
	}
	close16(b, at + 2, at);
}

void build_sa(struct builder *b, const struct sa_payload *sa)
{
	open_payload(b, PL_SA);
	for (unsigned int i = 0; i < sa->n; i++) {
		const struct proposal *p = &sa->p[i];
		size_t at = b->len;

		add8(b, i + 1 < sa->n ? 2 : 0);
		add8(b, 0);
		add16(b, 0);
		add8(b, p->num);
		add8(b, p->proto);
		add8(b, (uint8_t)p->spi.len);
		add8(b, (uint8_t)p->n);
		add(b, p->spi.p, p->spi.len);
		for (unsigned int j = 0; j < p->n; j++)
			build_transform(b, &p->t[j], j + 1 == p->n);
		close16(b, at + 2, at);
	}
	close_payload(b);
}

void build_ke(struct builder *b, uint16_t group, const uint8_t *pub, size_t len)
{
	open_payload(b, PL_KE);
	add16(b, group);
	add16(b, 0);
	add(b, pub, len);
	close_payload(b);
}

void build_id(struct builder *b, uint8_t payload, uint8_t type, const void *data,
	      size_t len)
{
	open_payload(b, payload);
	add32(b, (uint32_t)type << 24);
	add(b, data, len);
	close_payload(b);
}

void build_cert(struct builder *b, uint8_t encoding, const void *data, size_t len)
{
	open_payload(b, PL_CERT);
	add8(b, encoding);
	add(b, data, len);
	close_payload(b);
}

void build_certreq(struct builder *b, uint8_t encoding)
{
	build_payload(b, PL_CERTREQ, &encoding, 1);
}

void build_auth(struct builder *b, uint8_t method, const void *data, size_t len)
{
	open_payload(b, PL_AUTH);
	add32(b, (uint32_t)method << 24);
	add(b, data, len);
	close_payload(b);
}

void build_ts(struct builder *b, uint8_t payload, const struct ike_ts *ts,
	      unsigned int n)
{
	if (n > UINT8_MAX) {
		b->overflow = true;
		return;
	}
	open_payload(b, payload);
	add32(b, (uint32_t)n << 24);
	for (unsigned int i = 0; i < n; i++) {
		bool v6 = ts[i].family == AF_INET6;
		size_t alen = v6 ? 16 : 4;

		add8(b, v6 ? 8 : 7);
		add8(b, ts[i].proto);
		add16(b, (uint16_t)(8 + 2 * alen));
		add16(b, ts[i].port_start);
		add16(b, ts[i].port_end);
		add(b, ts[i].start, alen);
		add(b, ts[i].end, alen);
	}
	close_payload(b);
}

void build_delete(struct builder *b, uint8_t proto, const uint32_t *spis,
		  unsigned int n)
{
	open_payload(b, PL_DELETE);
	add8(b, proto);
	add8(b, proto == PROTO_IKE ? 0 : 4);
	add16(b, (uint16_t)n);
	for (unsigned int i = 0; i < n; i++)
		add32(b, spis[i]);
	close_payload(b);
}

struct chunk built_text(const struct builder *b)
{
	struct sk_shape s;
	size_t at;

	if (b->overflow || !b->sk_at || !sk_shape(&s, b->key->encr, b->key->bits, b->key->integ))
		return CHUNK(NULL, 0);
	at = b->iv_at + s.iv;
	return CHUNK(b->buf + at, b->len - at);
}

size_t build_finish(struct builder *b)
{
	if (b->overflow)
		return 0;
	put32(b->buf + AT_LENGTH, (uint32_t)b->len);
	return b->len;
}

size_t build_finish_sk(struct builder *b, uint64_t n)
{
	uint8_t *text = NULL, *icv = NULL;
	struct sk_shape s;
	size_t pad;

	if (b->sk_at && sk_shape(&s, b->key->encr, b->key->bits, b->key->integ)) {
		text = b->buf + b->iv_at + s.iv;
		/* up to the block, with the octet that tells how much */
		pad = s.block - 1 - (size_t)(b->buf + b->len - text) % s.block;
		for (size_t i = 0; i < pad; i++)
			add8(b, 0);
		add8(b, (uint8_t)pad);
		icv = room(b, s.icv);
		close16(b, b->sk_at + 2, b->sk_at);
	}
	if (!icv || !build_finish(b) ||
	    !sk_seal(b->key, n, b->buf, b->iv_at, text, (size_t)(icv - text))) {
		/* What was meant to be encrypted must not stay readable. */
		crypto_wipe(b->buf, b->len);
		b->overflow = true;
		return 0;
	}
	return b->len;
}
