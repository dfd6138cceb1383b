// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_SESSION_RESUME and the IKE_AUTH that follows (RFC 5723 sections 4.3 and 5): an IKE
 * SA from the secret of one before, without key exchange and without signature.
 */
#include <string.h>

#include "sa.h"

/*
 * Sendings without an answer; then it is tried without a ticket: within the time in which
 * traffic waits that may go in clear.
 */
#define UNHEARD_SENDS	2

/* --- initiator ----------------------------------------------------------------------- */

void resume_begin(struct ike_sa *sa)
{
	const struct ticket *t = sa->hs->ticket;

	sa->keys.encr = t->of.encr;
	sa->keys.encr_bits = t->of.encr_bits;
	sa->keys.integ = t->of.integ;
	sa->keys.prf = t->of.prf;
	sa->keys.group = t->of.group;
}

void resume_put(const struct ike_sa *sa, struct builder *b)
{
	const struct chunk opaque = ticket_opaque(sa->hs->ticket);

	build_payload(b, PL_NONCE, sa->hs->ni, sa->hs->ni_len);
	build_notify(b, 0, N_TICKET_OPAQUE, NULL, 0, opaque.p, opaque.len);
}

void resume_give_up(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;

	sa->ike->stats.resumes_refused++;
	ticket_free(&hs->ticket);
	hs->cookie_len = 0;
	hs->rounds = 0;
	hs->hint = 0;
	/* the peer may know this SPI as that of an exchange of the other kind */
	table_del(sa, TABLE_SPI);
	do {
		sa->ike->ops.random(sa->ike->ctx, sa->spi_i, sizeof(sa->spi_i));
		sa->spi_i[0] |= 1;
	} while (sa_find(sa->ike, sa->spi_i, true));
	table_add(sa, TABLE_SPI, hash_of_spi(sa->spi_i));
	init_start(sa);
}

bool resume_unheard(const struct ike_sa *sa)
{
	return sa->state == SA_INIT && sa->hs->ticket && sa->sends >= UNHEARD_SENDS;
}

bool resume_refused(const struct message *m)
{
	struct notify n;

	return message_notify(m, N_TICKET_NACK, &n) || message_error(m, &n);
}

/* --- both ---------------------------------------------------------------------------- */

bool resume_nonce(const struct message *m, struct chunk *nonce)
{
	const struct payload *n = message_find(m, PL_NONCE);

	if (!n || message_count(m, PL_NONCE) != 1)
		return false;
	*nonce = n->body;
	return nonce->len >= IKE_NONCE_MIN && nonce->len <= IKE_NONCE_MAX;
}

bool resume_parse(const struct message *m, struct chunk *nonce, struct chunk *ticket)
{
	struct notify n;

	if (!resume_nonce(m, nonce) || !message_notify(m, N_TICKET_OPAQUE, &n))
		return false;
	*ticket = n.data;
	return true;
}

bool resume_keys(struct ike_sa *sa)
{
	const struct handshake *hs = sa->hs;
	struct ike_keys old = { .prf = hs->ticket->of.prf };
	bool ok;

	memcpy(old.sk_d, hs->ticket->of.sk_d, sizeof(old.sk_d));
	ok = crypto_ike_rekey(&sa->keys, &old, CHUNK("Resumption", 10),
			      CHUNK(hs->ni, hs->ni_len), CHUNK(hs->nr, hs->nr_len), sa->spi_i,
			      sa->spi_r);
	crypto_wipe(&old, sizeof(old));
	return ok;
}

size_t resume_mac(const struct ike_sa *sa, bool initiator, struct chunk octets,
		  uint8_t out[IKE_PRF_MAX])
{
	const size_t len = crypto_prf_len(sa->keys.prf);

	crypto_prf(sa->keys.prf, out, initiator ? sa->keys.sk_pi : sa->keys.sk_pr, len, &octets,
		   1);
	return len;
}

/* --- responder ----------------------------------------------------------------------- */

void resume_done(struct ike_sa *sa)
{
	const struct ticket *t = sa->hs->ticket;
	struct ike_sa *old;

	if (!t)
		return;
	sa->ike->stats.resumes++;
	old = sa_find(sa->ike, t->of.spi, t->of.initiator);
	if (old && old != sa && old->state == SA_UP && old->ticketed &&
	    !memcmp(old->ticket_id, t->id, TICKET_ID)) {
		/* the peer has forgotten it: nothing is said (section 4.3.4) */
		sa_down(old, IKE_E_CLOSED, 0, "resumed by the peer");
		return;
	}
	ticket_spend(sa->ike, t->id);
}
