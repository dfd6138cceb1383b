// SPDX-License-Identifier: GPL-2.0-or-later
/* Bodies of the payloads (RFC 7296 sections 3.3 to 3.13). */
#include <netinet/in.h>
#include <string.h>

#include "message.h"
#include "wire.h"

#define ATTR_AF		0x8000
#define ATTR_KEY_LENGTH	14
#define TS_IPV4		7
#define TS_IPV6		8

static struct chunk skip(struct chunk c, size_t n)
{
	return CHUNK(c.p + n, c.len - n);
}

bool notify_parse(const struct payload *pl, struct notify *n)
{
	struct chunk c = pl->body;
	uint8_t spi_len;

	if (c.len < 4)
		return false;
	n->proto = c.p[0];
	spi_len = c.p[1];
	n->type = get16(c.p + 2);
	c = skip(c, 4);
	if (spi_len > c.len)
		return false;
	n->spi = CHUNK(c.p, spi_len);
	n->data = skip(c, spi_len);
	return true;
}

enum attributes { ATTR_OK, ATTR_UNKNOWN, ATTR_SYNTAX };

static enum attributes attributes_parse(struct chunk c, struct transform *t)
{
	enum attributes r = ATTR_OK;
	bool seen = false;

	while (c.len) {
		uint16_t type, val;
		size_t len = 4;

		if (c.len < 4)
			return ATTR_SYNTAX;
		type = get16(c.p);
		val = get16(c.p + 2);
		if (!(type & ATTR_AF)) {
			len += val;
			if (len > c.len)
				return ATTR_SYNTAX;
		}
		/* A second key length is as good as an unknown attribute. */
		if (type == (ATTR_AF | ATTR_KEY_LENGTH) && !seen && val) {
			t->bits = val;
			seen = true;
		} else {
			r = ATTR_UNKNOWN;
		}
		c = skip(c, len);
	}
	return r;
}

static bool proposal_parse(struct chunk c, unsigned int n, struct proposal *p)
{
	unsigned int offered = 0, kept = 0;	/* bit: transform type */

	p->n = 0;
	while (n--) {
		struct transform t = { 0 };
		enum attributes a;
		size_t len;

		if (c.len < 8)
			return false;
		len = get16(c.p + 2);
		if (len < 8 || len > c.len || c.p[0] != (n ? 3 : 0))
			return false;
		t.type = c.p[4];
		t.id = get16(c.p + 6);
		a = attributes_parse(CHUNK(c.p + 8, len - 8), &t);
		if (a == ATTR_SYNTAX)
			return false;
		c = skip(c, len);
		if (t.type < T_ENCR || t.type > T_ESN) {
			p->unknown_type = true;
			continue;
		}
		offered |= 1U << t.type;
		if (a == ATTR_OK && p->n < PROPOSAL_TRANSFORMS_MAX) {
			kept |= 1U << t.type;
			p->t[p->n++] = t;
		}
	}
	/* "Only what we cannot read" is not the same as "none needed". */
	if (offered != kept)
		p->unknown_type = true;
	return c.len == 0;
}

bool sa_parse(const struct payload *pl, struct sa_payload *sa)
{
	struct chunk c = pl->body;
	struct proposal rest;
	unsigned int count = 0;
	uint8_t num = 0;
	bool last;

	sa->n = 0;
	do {
		struct proposal *p = sa->n < SA_PROPOSALS_MAX ?
				     &sa->p[sa->n++] : &rest;
		size_t len, spi_len;

		if (c.len < 8)
			return false;
		last = c.p[0] == 0;
		len = get16(c.p + 2);
		if ((!last && c.p[0] != 2) || len < 8 || len > c.len)
			return false;
		p->num = c.p[4];
		p->proto = c.p[5];
		p->unknown_type = p->proto < PROTO_IKE || p->proto > PROTO_ESP;
		spi_len = c.p[6];
		if (spi_len > len - 8)
			return false;
		if (p->proto == PROTO_IKE && spi_len != 0 && spi_len != 8)
			return false;
		if ((p->proto == PROTO_AH || p->proto == PROTO_ESP) && spi_len != 4)
			return false;
		/* A lone proposal may be an answer: it has the number of the offer. */
		if (count ? p->num != num + 1 : last ? p->num == 0 : p->num != 1)
			return false;
		num = p->num;
		count++;
		p->spi = CHUNK(c.p + 8, spi_len);
		if (!proposal_parse(CHUNK(c.p + 8 + spi_len, len - 8 - spi_len),
				    c.p[7], p))
			return false;
		c = skip(c, len);
	} while (!last);
	return c.len == 0;
}

bool ke_parse(const struct payload *pl, uint16_t *group, struct chunk *data)
{
	if (pl->body.len <= 4)
		return false;
	*group = get16(pl->body.p);
	*data = skip(pl->body, 4);
	return true;
}

bool id_parse(const struct payload *pl, uint16_t *type, struct chunk *data)
{
	if (pl->body.len < 4)
		return false;
	*type = pl->body.p[0];
	*data = skip(pl->body, 4);
	switch (*type) {
	case BTNS_ID_NULL:
		return data->len == 0;
	case BTNS_ID_IPV4_ADDR:
		return data->len == 4;
	case BTNS_ID_IPV6_ADDR:
		return data->len == 16;
	default:
		return data->len != 0;
	}
}

bool cert_parse(const struct payload *pl, uint8_t *encoding, struct chunk *data)
{
	if (pl->body.len <= 1)
		return false;
	*encoding = pl->body.p[0];
	*data = skip(pl->body, 1);
	return true;
}

bool auth_parse(const struct payload *pl, uint8_t *method, struct chunk *data)
{
	if (pl->body.len <= 4)
		return false;
	*method = pl->body.p[0];
	*data = skip(pl->body, 4);
	return true;
}

static bool opaque(const struct ike_ts *ts)
{
	return ts->port_start == 65535 && ts->port_end == 0;
}

bool ts_parse(const struct payload *pl, struct ike_ts *ts, unsigned int max,
	      unsigned int *n)
{
	struct chunk c = pl->body;
	struct ike_ts spare;
	unsigned int count;

	*n = 0;
	if (c.len < 4 || !c.p[0])
		return false;
	count = c.p[0];
	c = skip(c, 4);
	while (count--) {
		/* In place and padding cleared: selectors can be compared as octets. */
		struct ike_ts *t = *n < max ? &ts[*n] : &spare;
		size_t len, alen;
		uint8_t type;

		if (c.len < 4)
			return false;
		type = c.p[0];
		len = get16(c.p + 2);
		if (len < 4 || len > c.len)
			return false;
		if (type == TS_IPV4 || type == TS_IPV6) {
			alen = type == TS_IPV4 ? 4 : 16;
			if (len != 8 + 2 * alen)
				return false;
			memset(t, 0, sizeof(*t));
			t->family = type == TS_IPV4 ? AF_INET : AF_INET6;
			t->proto = c.p[1];
			t->port_start = get16(c.p + 4);
			t->port_end = get16(c.p + 6);
			memcpy(t->start, c.p + 8, alen);
			memcpy(t->end, c.p + 8 + alen, alen);
			if (memcmp(t->start, t->end, alen) > 0 ||
			    (t->port_start > t->port_end && !opaque(t)))
				return false;
			*n += *n < max;
		}
		c = skip(c, len);
	}
	return c.len == 0;
}

bool delete_parse(const struct payload *pl, uint8_t *proto, unsigned int *n,
		  struct chunk *spis)
{
	struct chunk c = pl->body;
	uint8_t spi_len;

	if (c.len < 4)
		return false;
	*proto = c.p[0];
	spi_len = c.p[1];
	*n = get16(c.p + 2);
	*spis = skip(c, 4);
	switch (*proto) {
	case PROTO_IKE:
		return spi_len == 0 && spis->len == 0;
	case PROTO_AH:
	case PROTO_ESP:
		return spi_len == 4 && spis->len == (size_t)*n * 4;
	default:
		return false;
	}
}

/* Length octet, AlgorithmIdentifier { 1.3.101.112 } without parameters, signature. */
static const uint8_t auth_ed25519_head[8] = {
	7, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
};

void auth_ed25519_build(uint8_t out[ED25519_AUTH_LEN], const uint8_t sig[64])
{
	memcpy(out, auth_ed25519_head, sizeof(auth_ed25519_head));
	memcpy(out + sizeof(auth_ed25519_head), sig, 64);
}

const uint8_t *auth_ed25519_parse(struct chunk data)
{
	if (data.len != ED25519_AUTH_LEN ||
	    memcmp(data.p, auth_ed25519_head, sizeof(auth_ed25519_head)))
		return NULL;
	return data.p + sizeof(auth_ed25519_head);
}
