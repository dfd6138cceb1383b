// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests, retransmission and responses: RFC 7296 sections 2.1 to 2.3. */
#include <stdlib.h>
#include <string.h>

#include "mobike.h"
#include "wire.h"

#define RESEND_SMALLER	3	/* sendings of one size of fragments */

bool sa_is_natt(const struct ike_sa *sa)
{
	return sa->natt_local || sa->natt_remote;
}

static void send_to(struct ike *ike, const struct ike_addr *local,
		    const struct ike_addr *peer, const uint8_t *pkt, size_t len)
{
	ike->stats.packets_out++;
	if (local->port == 4500) {
		uint8_t *framed = malloc(len + 4);

		if (!framed)
			return;
		memset(framed, 0, 4);
		memcpy(framed + 4, pkt, len);
		ike->ops.send(ike->ctx, local, peer, framed, len + 4);
		free(framed);
		return;
	}
	ike->ops.send(ike->ctx, local, peer, pkt, len);
}

void send_each(struct ike *ike, const struct ike_addr *local, const struct ike_addr *peer,
	       const uint8_t *pkt, size_t len)
{
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = get32(pkt + at + 24);
		send_to(ike, local, peer, pkt + at, n);
	}
}

void sa_send(struct ike_sa *sa, const uint8_t *pkt, size_t len)
{
	sa->last_out = sa->ike->now;
	sa_keep(sa);
	send_each(sa->ike, &sa->local, &sa->peer, pkt, len);
}

void sa_reply(struct ike_sa *sa, const uint8_t *pkt, size_t len)
{
	struct ike *ike = sa->ike;

	sa->last_out = ike->now;
	sa_keep(sa);
	send_each(ike, ike->at_local ? ike->at_local : &sa->local,
		  ike->at_peer ? ike->at_peer : &sa->peer, pkt, len);
}

void sa_header(const struct ike_sa *sa, struct ike_header *h, uint8_t exchange,
	       bool response, uint32_t id)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->spi_i, sa->spi_i, 8);
	memcpy(h->spi_r, sa->spi_r, 8);
	h->exchange = exchange;
	h->flags = (sa->initiator ? FLAG_INITIATOR : 0) | (response ? FLAG_RESPONSE : 0);
	h->id = id;
}

const struct sk_key *own_key(const struct ike_sa *sa)
{
	return sa->initiator ? &sa->keys.sk_i : &sa->keys.sk_r;
}

void begin_request(struct ike_sa *sa, struct builder *b, uint8_t exchange)
{
	struct ike_header h;

	sa_header(sa, &h, exchange, false, sa->id_out);
	build_start(b, sa->ike->out, sizeof(sa->ike->out), &h);
	build_sk(b, own_key(sa));
}

void begin_response(struct ike_sa *sa, struct builder *b, uint8_t exchange, uint32_t id)
{
	struct ike_header h;

	sa_header(sa, &h, exchange, true, id);
	build_start(b, sa->ike->out, sizeof(sa->ike->out), &h);
	build_sk(b, own_key(sa));
}

size_t sa_seal(struct ike_sa *sa, struct builder *b)
{
	return build_finish_sk(b, sa->keys.iv_next++);
}

bool remember_request(struct ike_sa *sa, const uint8_t *pkt, size_t len)
{
	free(sa->request);
	sa->request = malloc(len);
	if (!sa->request) {
		sa->request_len = 0;
		return false;
	}
	memcpy(sa->request, pkt, len);
	sa->request_len = len;
	sa->sends = 1;
	sa->resend_after = sa->ike->config.retry_first;
	sa->resend_at = sa->ike->now + sa->resend_after;
	sa_send(sa, pkt, len);
	sa_schedule(sa);
	return true;
}

/* Seal b, in fragments if it is long, and let remember() have it. */
static bool finish(struct ike_sa *sa, struct builder *b,
		   bool (*remember)(struct ike_sa *sa, const uint8_t *pkt, size_t len))
{
	uint8_t *parts;
	size_t len;
	bool ok;

	if (!fragment_out(sa, b, &parts, &len)) {
		len = sa_seal(sa, b);
		return len && remember(sa, b->buf, len);
	}
	ok = parts && remember(sa, parts, len);
	free(parts);
	return ok;
}

bool finish_request(struct ike_sa *sa, struct builder *b)
{
	return finish(sa, b, remember_request);
}

bool remember_response(struct ike_sa *sa, const uint8_t *pkt, size_t len)
{
	free(sa->response);
	sa->response = malloc(len);
	if (!sa->response) {
		sa->response_len = 0;
		return false;
	}
	memcpy(sa->response, pkt, len);
	sa->response_len = len;
	sa->resent = 0;
	sa_reply(sa, pkt, len);
	return true;
}

bool finish_response(struct ike_sa *sa, struct builder *b)
{
	return finish(sa, b, remember_response);
}

void request_answered(struct ike_sa *sa)
{
	if (sa->sends > 1)
		sa->ike->stats.retransmits_answered++;
	free(sa->request);
	sa->request = NULL;
	sa->request_len = 0;
	fragments_free(sa, true);
	sa->id_out++;
}

bool resend_request(struct ike_sa *sa)
{
	if (resume_unheard(sa)) {
		resume_give_up(sa);
		return true;
	}
	if (sa->sends >= unheard_sends(sa) + mobike_patience(sa))
		return false;
	sa->sends++;
	sa->ike->stats.retransmits++;
	if (sa->sends > RESEND_SMALLER)
		fragment_request_again(sa);
	sa->resend_after *= 2;
	sa->resend_at = sa->ike->now + sa->resend_after;
	sa_send(sa, sa->request, sa->request_len);
	mobike_spread(sa);
	return true;
}

void respond_error(struct ike_sa *sa, uint8_t exchange, uint32_t id, uint16_t type,
		   const void *data, size_t len)
{
	struct builder b;

	begin_response(sa, &b, exchange, id);
	build_notify(&b, 0, type, NULL, 0, data, len);
	finish_response(sa, &b);
}
