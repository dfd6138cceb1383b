// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_INTERMEDIATE (RFC 9242): exchanges between IKE_SA_INIT and IKE_AUTH that AUTH
 * speaks of; and the additional key exchanges (RFC 9370) that run in them.
 */
#include <stdlib.h>
#include <string.h>

#include "sa.h"
#include "wire.h"

/* More of them than there are additional key exchanges mean something else, or nothing. */
#define ROUNDS_MAX	(ADDKE_MAX + 2)

/* IntAuth_iN or IntAuth_rN: the MAC over the last one and this message, as if whole. */
static void add(struct ike_sa *sa, bool of_initiator, const struct ike_header *h, uint8_t first,
		uint8_t reserved, struct chunk text)
{
	struct intermediate *im = sa->hs->im;
	const size_t len = crypto_prf_len(sa->keys.prf);
	uint8_t *last = im->auth[!of_initiator], head[IKE_HDR_LEN + 4], out[IKE_PRF_MAX];
	const struct chunk parts[] = {
		CHUNK(last, of_initiator ? im->len_i : im->len_r), CHUNK(head, sizeof(head)), text,
	};

	memcpy(head, h->spi_i, 8);
	memcpy(head + 8, h->spi_r, 8);
	head[16] = PL_SK;
	head[17] = 0x20;
	head[18] = h->exchange;
	head[19] = h->flags;
	put32(head + 20, h->id);
	put32(head + 24, (uint32_t)(sizeof(head) + text.len));
	head[28] = first;
	head[29] = reserved;
	put16(head + 30, (uint16_t)(4 + text.len));
	crypto_prf(sa->keys.prf, out, of_initiator ? sa->keys.sk_pi : sa->keys.sk_pr, len, parts,
		   3);
	memcpy(last, out, len);
	*(of_initiator ? &im->len_i : &im->len_r) = (uint8_t)len;
}

static void add_out(struct ike_sa *sa, const struct builder *b, bool response, uint32_t id)
{
	struct ike_header h;

	sa_header(sa, &h, EXCH_IKE_INTERMEDIATE, response, id);
	add(sa, sa->initiator, &h, b->buf[b->sk_at], 0, built_text(b));
}

/* false: something stands before SK, which nobody does. */
static bool add_in(struct ike_sa *sa, const struct message *m)
{
	if (m->sk_at != IKE_HDR_LEN)
		return false;
	add(sa, !sa->initiator, &m->h, m->sk_first, m->frags ? 0 : m->raw.p[m->sk_at + 1],
	    m->text);
	return true;
}

void intermediate_free(struct handshake *hs)
{
	if (!hs->im)
		return;
	crypto_wipe(hs->im, sizeof(*hs->im));
	free(hs->im);
	hs->im = NULL;
}

size_t intermediate_auth(const struct ike_sa *sa, uint8_t *out)
{
	const struct intermediate *im = sa->hs->im;

	if (!im || !im->rounds)
		return 0;
	memcpy(out, im->auth[0], im->len_i);
	memcpy(out + im->len_i, im->auth[1], im->len_r);
	put32(out + im->len_i + im->len_r, sa->hs->auth_id);
	return im->len_i + im->len_r + 4;
}

static struct intermediate *state_of(struct handshake *hs)
{
	if (!hs->im)
		hs->im = calloc(1, sizeof(*hs->im));
	return hs->im;
}

/* RFC 9370 section 2.2.2: the keys that follow from one more shared secret. */
static bool more_keys(struct ike_sa *sa, struct chunk ke)
{
	struct handshake *hs = sa->hs;
	struct ike_keys old = sa->keys;
	uint8_t shared[KE_SHARED_MAX];
	size_t len;
	bool ok;

	len = ke_shared(&hs->im->ke, ke, shared);
	ok = len && crypto_ike_rekey(&sa->keys, &old, CHUNK(shared, len),
				     CHUNK(hs->ni, hs->ni_len), CHUNK(hs->nr, hs->nr_len),
				     sa->spi_i, sa->spi_r);
	crypto_wipe(shared, sizeof(shared));
	crypto_wipe(&old, sizeof(old));
	return ok;
}

/* The KE payload of this round's method; false: missing or wrong, or there where none is due. */
static bool find_ke(const struct intermediate *im, const struct message *m, struct chunk *ke)
{
	const struct payload *pl = message_find(m, PL_KE);
	uint16_t group;

	*ke = CHUNK(NULL, 0);
	if (im->rounds >= im->n_addke)
		return !pl;
	return pl && message_count(m, PL_KE) == 1 && ke_parse(pl, &group, ke) &&
	       group == im->addke[im->rounds] && group_fits(group, *ke);
}

/* Our own for it. */
static void put_ke(struct ike_sa *sa, struct builder *b)
{
	struct intermediate *im = sa->hs->im;
	uint8_t pub[KE_PUBLIC_MAX];
	size_t len = 0;

	if (ke_make(&im->ke, im->addke[im->rounds], sa->ike->ops.random, sa->ike->ctx))
		len = ke_public(&im->ke, pub);
	if (len)
		build_ke(b, im->ke.group, pub, len);
	else
		b->overflow = true;
}

/* Initiator. */

static bool send_round(struct ike_sa *sa)
{
	struct builder b;

	sa->state = SA_AUTH;
	begin_request(sa, &b, EXCH_IKE_INTERMEDIATE);
	put_ke(sa, &b);
	if (b.overflow)
		return false;
	add_out(sa, &b, false, sa->id_out);
	return finish_request(sa, &b);
}

void intermediate_start(struct ike_sa *sa)
{
	const struct intermediate *im = sa->hs->im;

	if (!im || im->rounds >= im->n_addke)
		auth_start(sa);
	else if (!send_round(sa))
		sa_down(sa, IKE_E_INTERNAL, 0, "out of memory");
}

void intermediate_response_in(struct ike_sa *sa, struct message *m)
{
	struct intermediate *im = sa->hs ? sa->hs->im : NULL;
	struct notify n;
	struct chunk ke;

	if (sa->state != SA_AUTH || !im)
		return;
	request_answered(sa);
	if (message_error(m, &n)) {
		sa_down(sa, IKE_E_REFUSED, n.type, "peer refused");
		return;
	}
	if (!find_ke(im, m, &ke) || !add_in(sa, m) || !more_keys(sa, ke)) {
		sa_down(sa, IKE_E_SYNTAX, 0, "invalid response");
		return;
	}
	im->rounds++;
	intermediate_start(sa);
}

/* Responder. */

static void reject(struct ike_sa *sa, uint32_t id, const char *text)
{
	respond_error(sa, EXCH_IKE_INTERMEDIATE, id, N_INVALID_SYNTAX, NULL, 0);
	sa_down(sa, IKE_E_SYNTAX, N_INVALID_SYNTAX, text);
}

void intermediate_request_in(struct ike_sa *sa, struct message *m)
{
	struct intermediate *im = sa->hs->intermediate ? state_of(sa->hs) : NULL;
	struct builder b;
	struct chunk ke;
	bool due, ok;

	if (!im || im->rounds >= ROUNDS_MAX || !find_ke(im, m, &ke) || !add_in(sa, m)) {
		reject(sa, m->h.id, "unexpected IKE_INTERMEDIATE");
		return;
	}
	due = im->rounds < im->n_addke;
	begin_response(sa, &b, EXCH_IKE_INTERMEDIATE, m->h.id);
	if (due)
		put_ke(sa, &b);
	if (!b.overflow)
		add_out(sa, &b, true, m->h.id);
	ok = finish_response(sa, &b);
	im->rounds++;
	/* the request may come again under the key that it came with */
	im->before = sa->keys.sk_i;
	im->has_before = true;
	if (!ok || (due && !more_keys(sa, ke)))
		sa_down(sa, IKE_E_SYNTAX, 0, "bad public value");
}
