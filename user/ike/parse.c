// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: header, payload chain, decryption (RFC 7296 sections 3.1, 3.2, 3.14). */
#include <string.h>

#include "message.h"
#include "wire.h"

#define GENERIC_LEN	4
#define SKF_LEN		4		/* fragment number, total */
#define CRITICAL_BIT	0x80

enum parse_result header_parse(struct ike_header *h, const uint8_t *pkt, size_t len)
{
	static const uint8_t zero[8];

	if (len < IKE_HDR_LEN)
		return PARSE_SHORT;
	memcpy(h->spi_i, pkt, 8);
	memcpy(h->spi_r, pkt + 8, 8);
	h->next = pkt[16];
	h->version = pkt[17];
	h->exchange = pkt[18];
	h->flags = pkt[19];
	h->id = get32(pkt + 20);
	h->length = get32(pkt + 24);
	/* The rest of a later version's header may mean anything. */
	if (h->version >> 4 > 2)
		return PARSE_VERSION;
	if (h->version >> 4 < 2 || h->length != len || len > IKE_MSG_MAX)
		return PARSE_SHORT;
	if (!memcmp(h->spi_i, zero, 8))
		return PARSE_SHORT;
	return PARSE_OK;
}

static bool payload_known(uint8_t type)
{
	return (type >= PL_SA && type <= PL_EAP) || type == PL_SKF;
}

/* Fixed fields there, and variable ones within RFC 7296's bounds? */
static bool payload_valid(const struct payload *pl)
{
	struct notify n;

	switch (pl->type) {
	case PL_SA:
		return pl->body.len >= 8;
	case PL_KE:
		/* an empty one is Libreswan's way to have none: ke_parse() judges */
	case PL_IDi:
	case PL_IDr:
	case PL_DELETE:
	case PL_TSi:
	case PL_TSr:
	case PL_CP:
	case PL_EAP:
		return pl->body.len >= 4;
	case PL_AUTH:
		return pl->body.len > 4;
	case PL_CERT:
		return pl->body.len > 1;
	case PL_CERTREQ:
		return pl->body.len >= 1;
	case PL_NONCE:
		return pl->body.len >= IKE_NONCE_MIN &&
		       pl->body.len <= IKE_NONCE_MAX;
	case PL_NOTIFY:
		return notify_parse(pl, &n);
	default:
		return true;
	}
}

/*
 * One chain of payloads from offset at to end.  outer: SK and SKF may end it;
 * their next-payload field speaks of what is inside.
 */
static enum parse_result chain_parse(struct message *m, const uint8_t *pkt,
				     size_t at, size_t end, uint8_t type,
				     bool outer)
{
	while (type != PL_NONE) {
		struct payload pl = { .type = type };
		size_t len;

		if (end - at < GENERIC_LEN)
			return PARSE_SYNTAX;
		len = get16(pkt + at + 2);
		if (len < GENERIC_LEN || len > end - at)
			return PARSE_SYNTAX;
		pl.critical = pkt[at + 1] & CRITICAL_BIT;
		pl.body = CHUNK(pkt + at + GENERIC_LEN, len - GENERIC_LEN);

		if (type == PL_SK || type == PL_SKF) {
			if (!outer || len != end - at)
				return PARSE_SYNTAX;
			m->sk_first = pkt[at];
			m->sk_at = at;
			m->iv_at = at + GENERIC_LEN;
			if (type == PL_SKF) {
				if (pl.body.len < SKF_LEN)
					return PARSE_SYNTAX;
				m->frag = get16(pl.body.p);
				m->frags = get16(pl.body.p + 2);
				if (!m->frag || m->frag > m->frags)
					return PARSE_SYNTAX;
				m->iv_at += SKF_LEN;
			}
			m->sk = CHUNK(pkt + m->iv_at, end - m->iv_at);
			return PARSE_OK;
		}
		if (payload_known(type)) {
			if (m->n == MESSAGE_PAYLOADS_MAX || !payload_valid(&pl))
				return PARSE_SYNTAX;
			m->pl[m->n++] = pl;
		} else if (pl.critical && !m->critical) {
			m->critical = type;
		}
		type = pkt[at];
		at += len;
	}
	return at == end ? PARSE_OK : PARSE_SYNTAX;
}

enum parse_result message_parse(struct message *m, const uint8_t *pkt, size_t len,
				uint8_t *detail)
{
	enum parse_result r = header_parse(&m->h, pkt, len);

	*detail = 0;
	m->n = 0;
	m->critical = 0;
	m->sk_first = PL_NONE;
	m->sk = CHUNK(NULL, 0);
	m->sk_at = 0;
	m->iv_at = 0;
	m->frag = 0;
	m->frags = 0;
	m->text = CHUNK(NULL, 0);
	m->raw = CHUNK(pkt, len);
	if (r != PARSE_OK)
		return r;
	r = chain_parse(m, pkt, IKE_HDR_LEN, len, m->h.next, true);
	if (r != PARSE_OK)
		return r;
	/* With SK the answer has to wait until the message is authentic. */
	if (m->critical && !m->sk.p) {
		*detail = m->critical;
		return PARSE_CRITICAL;
	}
	return PARSE_OK;
}

enum parse_result message_decrypt(struct message *m, uint8_t *pkt, const struct sk_key *key,
				  uint8_t *detail)
{
	struct sk_shape s;
	size_t text_at, len;
	uint8_t *text;

	*detail = 0;
	if (!m->sk.p || !sk_shape(&s, key->encr, key->bits, key->integ) ||
	    m->sk.len < (size_t)s.iv + s.block + s.icv)
		return PARSE_SHORT;
	text_at = m->iv_at + s.iv;
	text = pkt + text_at;
	len = m->sk.len - s.iv - s.icv;
	if (!sk_open(key, pkt, m->iv_at, text, len))
		return PARSE_SHORT;

	/* Pad Length is the last octet; any padding that fits is right. */
	if ((size_t)text[len - 1] + 1 > len)
		return PARSE_SYNTAX;
	len -= (size_t)text[len - 1] + 1;
	m->text = CHUNK(text, len);
	return m->frags ? PARSE_OK : message_inner(m, pkt, text_at, len, detail);
}

enum parse_result message_inner(struct message *m, const uint8_t *buf, size_t at,
				size_t len, uint8_t *detail)
{
	enum parse_result r;

	/* What stood beside SK is not part of the protected message. */
	m->n = 0;
	r = chain_parse(m, buf, at, at + len, m->sk_first, false);
	if (r == PARSE_OK && m->critical) {
		*detail = m->critical;
		return PARSE_CRITICAL;
	}
	return r;
}

const struct payload *message_find(const struct message *m, uint8_t type)
{
	for (unsigned int i = 0; i < m->n; i++)
		if (m->pl[i].type == type)
			return &m->pl[i];
	return NULL;
}

unsigned int message_count(const struct message *m, uint8_t type)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->n; i++)
		n += m->pl[i].type == type;
	return n;
}

bool message_notify(const struct message *m, uint16_t type, struct notify *n)
{
	for (unsigned int i = 0; i < m->n; i++)
		if (m->pl[i].type == PL_NOTIFY && notify_parse(&m->pl[i], n) &&
		    n->type == type)
			return true;
	return false;
}

bool message_has_notify(const struct message *m, uint16_t type)
{
	struct notify n;

	return message_notify(m, type, &n);
}

bool message_error(const struct message *m, struct notify *n)
{
	for (unsigned int i = 0; i < m->n; i++)
		if (m->pl[i].type == PL_NOTIFY && notify_parse(&m->pl[i], n) &&
		    n->type && n->type <= N_ERROR_MAX)
			return true;
	return false;
}
