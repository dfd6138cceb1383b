// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragmentation of protected messages, RFC 7383. */
#include <stdlib.h>
#include <string.h>

#include "sa.h"
#include "wire.h"

#define FRAGMENTS_MAX	255		/* of one message */
#define FRAGMENTS_LIFE	60000		/* ms to wait for the rest of a message */
#define FRAGMENTS_ROOM	(8u << 20)	/* octets of incomplete messages, of all IKE SAs */
#define FRAGMENT_COST	64		/* what one costs besides its text */
#define TEXT_MAX	(IKE_MSG_MAX - IKE_HDR_LEN)

/* Packets of that size go everywhere (RFC 791, RFC 8200). */
#define PACKET_MIN4	576
#define PACKET_MIN6	1280

struct fragments {
	uint64_t expire_at;
	uint32_t id;
	uint16_t total, have;
	uint8_t first;			/* type of the first payload */
	size_t octets, largest;		/* of texts; of one message */
	struct {
		uint8_t *p;
		size_t len;
	} part[];
};

void fragments_free(struct ike_sa *sa, bool response)
{
	struct fragments *f = sa->fragments[response];
	unsigned int i;

	if (!f)
		return;
	sa->fragments[response] = NULL;
	for (i = 0; i < f->total; i++) {
		if (!f->part[i].p)
			continue;
		crypto_wipe(f->part[i].p, f->part[i].len);
		free(f->part[i].p);
	}
	sa->ike->fragment_octets -= f->octets + (size_t)f->have * FRAGMENT_COST;
	free(f);
}

uint64_t fragments_next(const struct ike_sa *sa)
{
	uint64_t at = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (sa->fragments[i] && sa->fragments[i]->expire_at < at)
			at = sa->fragments[i]->expire_at;
	return at;
}

void fragments_expire(struct ike_sa *sa)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (sa->fragments[i] && sa->fragments[i]->expire_at <= sa->ike->now)
			fragments_free(sa, i);
}

/* --- in ------------------------------------------------------------------------------- */

bool fragment_wanted(const struct ike_sa *sa, const struct message *m)
{
	const struct fragments *f = sa->fragments[!!(m->h.flags & FLAG_RESPONSE)];
	/* who has not authenticated cannot use up what the others need */
	const size_t room = sa->state == SA_HALF_OPEN ? FRAGMENTS_ROOM / 2 : FRAGMENTS_ROOM;

	if (!sa->fragmentation || m->frags > FRAGMENTS_MAX)
		return false;
	if (f && f->id == m->h.id) {
		/* section 2.6: an older way to cut the message, or a duplicate */
		if (m->frags < f->total || (m->frags == f->total && f->part[m->frag - 1].p))
			return false;
		if (m->frags == f->total && f->octets + m->sk.len > TEXT_MAX)
			return false;
	}
	return sa->ike->fragment_octets + m->sk.len + FRAGMENT_COST <= room;
}

static struct fragments *begin(struct ike_sa *sa, const struct message *m, bool response)
{
	struct fragments *f;

	fragments_free(sa, response);
	f = calloc(1, sizeof(*f) + m->frags * sizeof(f->part[0]));
	if (!f)
		return NULL;
	f->id = m->h.id;
	f->total = m->frags;
	f->expire_at = sa->ike->now + FRAGMENTS_LIFE;
	sa->fragments[response] = f;
	sa_schedule(sa);
	return f;
}

/* All are there: the message stands in ike->in as if it had come in one piece. */
static enum parse_result join(struct ike_sa *sa, struct message *m, struct fragments *f,
			      uint8_t *detail)
{
	const bool response = m->h.flags & FLAG_RESPONSE;
	uint8_t *text = sa->ike->in + IKE_HDR_LEN;
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < f->total; i++) {
		memcpy(text + len, f->part[i].p, f->part[i].len);
		len += f->part[i].len;
	}
	m->sk_first = f->first;
	m->text = CHUNK(text, len);
	if (!response)
		sa->reply_limit = f->largest;
	sa->ike->stats.fragmented_in++;
	fragments_free(sa, response);
	sa_schedule(sa);
	return message_inner(m, sa->ike->in, IKE_HDR_LEN, len, detail);
}

enum parse_result fragment_in(struct ike_sa *sa, struct message *m, uint8_t *detail)
{
	const bool response = m->h.flags & FLAG_RESPONSE;
	struct fragments *f = sa->fragments[response];
	uint8_t *p;

	if (!m->text.len)
		return PARSE_MORE;
	if (!f || f->id != m->h.id || f->total < m->frags)
		f = begin(sa, m, response);
	p = f ? malloc(m->text.len) : NULL;
	if (!p)
		return PARSE_MORE;
	memcpy(p, m->text.p, m->text.len);
	f->part[m->frag - 1].p = p;
	f->part[m->frag - 1].len = m->text.len;
	f->octets += m->text.len;
	sa->ike->fragment_octets += m->text.len + FRAGMENT_COST;
	if (m->frag == 1)
		f->first = m->sk_first;
	if (m->raw.len > f->largest)
		f->largest = m->raw.len;
	return ++f->have == f->total ? join(sa, m, f, detail) : PARSE_MORE;
}

/* --- out ------------------------------------------------------------------------------ */

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Octets of an IKE message that fit into a packet of that size, or the smallest one. */
static size_t in_packet(const struct ike_sa *sa, size_t packet)
{
	const bool v6 = sa->peer.family == AF_INET6;

	return larger(packet, v6 ? PACKET_MIN6 : PACKET_MIN4) - (v6 ? 40 : 20) - 8 -
	       (sa->local.port == 4500 ? 4 : 0);
}

static size_t floor_of(const struct ike_sa *sa)
{
	return in_packet(sa, 0);
}

static size_t limit_of(const struct ike_sa *sa, bool response)
{
	const size_t least = floor_of(sa);
	size_t limit = in_packet(sa, sa->ike->config.fragment);

	if (sa->small_path)
		limit = least;
	/* the way back may be like the way here */
	if (response && sa->reply_limit && larger(sa->reply_limit, least) < limit)
		limit = larger(sa->reply_limit, least);
	return limit;
}

/* What is around the text of a fragment: headers, numbers, IV, padding and ICV. */
static size_t overhead(const struct ike_sa *sa)
{
	const struct sk_key *key = own_key(sa);
	struct sk_shape s;

	if (!sk_shape(&s, key->encr, key->bits, key->integ))
		memset(&s, 0, sizeof(s));
	return IKE_HDR_LEN + 8 + s.iv + s.block + s.icv;
}

/* Messages with parts of text, one after another. */
static uint8_t *split(struct ike_sa *sa, const struct ike_header *h, uint8_t first,
		      struct chunk text, size_t limit, size_t *len)
{
	const size_t per = limit - overhead(sa), total = (text.len + per - 1) / per;
	uint8_t *out = total <= FRAGMENTS_MAX ? malloc(total * limit) : NULL;
	struct builder b;
	size_t i, at;

	*len = 0;
	for (i = 0, at = 0; out && i < total; i++, at += per) {
		build_start(&b, out + *len, limit, h);
		build_skf(&b, own_key(sa), first, i + 1, total);
		build_text(&b, text.p + at, text.len - at < per ? text.len - at : per);
		*len += sa_seal(sa, &b);
		if (b.overflow) {
			free(out);
			return NULL;
		}
	}
	return out;
}

bool fragment_out(struct ike_sa *sa, struct builder *b, uint8_t **out, size_t *len)
{
	const bool response = b->buf[19] & FLAG_RESPONSE;
	const size_t limit = limit_of(sa, response);
	const struct chunk text = built_text(b);
	struct ike_header h;

	*out = NULL;
	if (!sa->fragmentation || text.len + overhead(sa) <= limit)
		return false;
	sa_header(sa, &h, b->buf[18], response, get32(b->buf + 20));
	*out = split(sa, &h, b->buf[b->sk_at], text, limit, len);
	crypto_wipe(b->buf, b->len);
	sa->ike->stats.fragmented_out++;
	return true;
}

/* The longest of the messages that stand there. */
static size_t longest(const uint8_t *p, size_t len)
{
	size_t best = 0, at;

	for (at = 0; at < len; at += get32(p + at + 24))
		best = larger(best, get32(p + at + 24));
	return best;
}

/* The text of a message of ours, in p itself; 0: it has none. */
static size_t reopen(const struct ike_sa *sa, uint8_t *p, size_t len, struct ike_header *h,
		     uint8_t *first)
{
	struct message m;
	size_t at, n, done = 0;
	uint8_t detail;

	for (at = 0; at < len; at += n) {
		n = get32(p + at + 24);
		if (message_parse(&m, p + at, n, &detail) != PARSE_OK || !m.sk.p ||
		    message_decrypt(&m, p + at, own_key(sa), &detail) != PARSE_OK)
			return 0;
		if (!at) {
			*h = m.h;
			*first = m.sk_first;
		}
		memmove(p + done, m.text.p, m.text.len);
		done += m.text.len;
	}
	return done;
}

static void cut_again(struct ike_sa *sa, uint8_t **pkt, size_t *len, size_t limit)
{
	struct ike_header h;
	uint8_t first, *copy, *out;
	size_t n;

	if (!sa->fragmentation || longest(*pkt, *len) <= limit)
		return;
	copy = malloc(*len);
	if (!copy)
		return;
	memcpy(copy, *pkt, *len);
	n = reopen(sa, copy, *len, &h, &first);
	out = n ? split(sa, &h, first, CHUNK(copy, n), limit, &n) : NULL;
	crypto_wipe(copy, *len);
	free(copy);
	if (!out)
		return;
	free(*pkt);
	*pkt = out;
	*len = n;
}

void fragment_request_again(struct ike_sa *sa)
{
	const size_t limit = floor_of(sa);

	if (!sa->have_keys || !sa->fragmentation || longest(sa->request, sa->request_len) <= limit)
		return;
	sa->small_path = true;
	cut_again(sa, &sa->request, &sa->request_len, limit);
}

void fragment_response_again(struct ike_sa *sa, const struct message *m)
{
	if (m->frags > 1)
		cut_again(sa, &sa->response, &sa->response_len,
			  larger(m->raw.len, floor_of(sa)));
}
