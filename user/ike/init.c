// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_SA_INIT: RFC 7296 sections 1.2, 2.6, 2.7 and 2.23. */
#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mobike.h"
#include "wire.h"

#define COOKIE_LEN	33		/* version of the secret, MAC */

void handshake_free(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	unsigned int i;

	if (!hs)
		return;
	sa->hs = NULL;
	free(hs->init_req);
	free(hs->init_resp);
	free(hs->req);
	for (i = 0; i < 4; i++)
		free(hs->proof[i]);
	intermediate_free(hs);
	ppk_free(hs);
	ticket_free(&hs->ticket);
	crypto_wipe(hs, sizeof(*hs));
	free(hs);
}

static uint8_t *keep(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len);

	if (copy)
		memcpy(copy, p, len);
	return copy;
}

static void put_common(struct ike *ike, struct builder *b, const struct ike_header *h,
		       const struct ike_addr *local, const struct ike_addr *peer)
{
	static const uint8_t hashes[] = {
		0, HASH_IDENTITY, 0, HASH_SHA2_256, 0, HASH_SHA2_384, 0, HASH_SHA2_512,
	};

	nat_put(ike, b, h, local, peer);
	build_notify(b, 0, N_SIGNATURE_HASH_ALGORITHMS, NULL, 0, hashes, sizeof(hashes));
}

/* SHA-256("btns-beet-1"), the first half */
static const uint8_t vendor_beet[16] = {
	0x75, 0x6b, 0xda, 0x94, 0x8c, 0x63, 0xaa, 0x8a,
	0x63, 0xe5, 0x31, 0xb1, 0x0f, 0x61, 0xaa, 0x60,
};

/* SHA-256("ike-latch-cb-1"), the first half */
static const uint8_t vendor_unique[16] = {
	0xc1, 0x90, 0x17, 0x7b, 0xff, 0xd0, 0x98, 0x92,
	0xeb, 0x1f, 0xc6, 0xa9, 0xe1, 0xca, 0x3e, 0x2c,
};

/* SHA-256("ike-leap-of-faith-1"), the first half */
static const uint8_t vendor_heirs[16] = {
	0x1f, 0x58, 0x89, 0x8d, 0x94, 0xe2, 0x41, 0x50,
	0x5d, 0x20, 0xf9, 0x3b, 0xa3, 0xb9, 0x78, 0x12,
};

/* SHA-256("ike-autovpn-1"), the first half */
static const uint8_t vendor_bonds[16] = {
	0xf5, 0x2c, 0xca, 0x89, 0x02, 0x07, 0xfe, 0xb7,
	0xf5, 0x18, 0x93, 0x64, 0xf1, 0xe4, 0xcf, 0x63,
};

static bool has_vendor(const struct message *m, const uint8_t id[16])
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (m->pl[i].type == PL_VENDOR && m->pl[i].body.len == 16 &&
		    !memcmp(m->pl[i].body.p, id, 16))
			return true;
	return false;
}

static bool find_ke_nonce(const struct message *m, uint16_t *group, struct chunk *ke,
			  struct chunk *nonce)
{
	const struct payload *k = message_find(m, PL_KE), *n = message_find(m, PL_NONCE);

	if (!k || !n || message_count(m, PL_KE) != 1 || message_count(m, PL_NONCE) != 1 ||
	    !ke_parse(k, group, ke))
		return false;
	*nonce = n->body;
	return nonce->len >= IKE_NONCE_MIN && nonce->len <= IKE_NONCE_MAX;
}

/* Initiator. */

static bool put_offer(const struct ike_sa *sa, struct builder *b)
{
	const struct handshake *hs = sa->hs;
	struct sa_payload *offer = malloc(sizeof(*offer));
	uint8_t pub[KE_PUBLIC_MAX];

	if (!offer)
		return false;
	propose_ike(sa->ike, offer, NULL, 0);
	build_sa(b, offer);
	free(offer);
	build_ke(b, hs->ke.group, pub, ke_public(&hs->ke, pub));
	build_payload(b, PL_NONCE, hs->ni, hs->ni_len);
	return true;
}

static bool init_send(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct handshake *hs = sa->hs;
	struct ike_header h;
	struct builder b;
	size_t len;

	sa_header(sa, &h, hs->ticket ? EXCH_IKE_SESSION_RESUME : EXCH_IKE_SA_INIT, false, 0);
	memset(h.spi_r, 0, 8);
	build_start(&b, ike->out, sizeof(ike->out), &h);
	if (hs->cookie_len)
		build_notify(&b, 0, N_COOKIE, NULL, 0, hs->cookie, hs->cookie_len);
	if (hs->ticket)
		resume_put(sa, &b);
	else if (!put_offer(sa, &b))
		return false;
	put_common(ike, &b, &h, &sa->local, &sa->peer);
	hs->beet = ike->config.beet;
	if (hs->beet)
		build_payload(&b, PL_VENDOR, vendor_beet, sizeof(vendor_beet));
	hs->unique = ike->config.unique;
	if (hs->unique)
		build_payload(&b, PL_VENDOR, vendor_unique, sizeof(vendor_unique));
	if (ike->config.heirs)
		build_payload(&b, PL_VENDOR, vendor_heirs, sizeof(vendor_heirs));
	if (ike->config.bonds)
		build_payload(&b, PL_VENDOR, vendor_bonds, sizeof(vendor_bonds));
	if (ike->config.fragment != UINT_MAX)
		build_notify(&b, 0, N_FRAGMENTATION_SUPPORTED, NULL, 0, NULL, 0);
	/* the secret of the IKE SA that is resumed has all that in it */
	if (!hs->ticket)
		build_notify(&b, 0, N_INTERMEDIATE_SUPPORTED, NULL, 0, NULL, 0);
	hs->ppk = !hs->ticket && ppk_wanted(sa);
	if (hs->ppk)
		build_notify(&b, 0, N_USE_PPK, NULL, 0, NULL, 0);
	len = build_finish(&b);
	if (!len)
		return false;
	free(hs->init_req);
	hs->init_req = keep(ike->out, len);
	hs->init_req_len = len;
	return hs->init_req && remember_request(sa, hs->init_req, len);
}

void init_start(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct handshake *hs = sa->hs;
	bool ok = true;

	sa->state = SA_INIT;
	ike->ops.random(ike->ctx, hs->ni, IKE_NONCE_LEN);
	hs->ni_len = IKE_NONCE_LEN;
	hs->initial_contact = ike->config.initial_contact;
	sa->client = true;
	hs->ticket = ticket_take(sa);
	if (hs->ticket)
		resume_begin(sa);
	else
		/* the group that we like best: a guess */
		ok = ke_make(&hs->ke, ike->config.offers[0].group[0], ike->ops.random, ike->ctx);
	if (!ok || !init_send(sa))
		sa_down(sa, IKE_E_INTERNAL, 0, "out of memory");
}

/* Unauthenticated: at most a reason to ask again in another way, or a hint. */
static void init_notify(struct ike_sa *sa, const struct message *m, const struct notify *n)
{
	struct handshake *hs = sa->hs;
	struct ike *ike = sa->ike;

	if (n->type == N_COOKIE) {
		ike->stats.cookies_seen++;
		if (!n->data.len || n->data.len > sizeof(hs->cookie))
			return;
		/* repeated on the way, or an answer to an older sending */
		if (n->data.len == hs->cookie_len &&
		    !memcmp(n->data.p, hs->cookie, hs->cookie_len))
			return;
		if (hs->rounds++ >= INIT_ROUNDS_MAX)
			return;
		memcpy(hs->cookie, n->data.p, n->data.len);
		hs->cookie_len = n->data.len;
		init_send(sa);
		return;
	}
	if (n->type == N_INVALID_KE_PAYLOAD) {
		ike->stats.invalid_ke_seen++;
		/*
		 * The whole offer goes again: if this is a forgery that wants a weaker group,
		 * a responder that has a better one says so (section 2.7).
		 */
		if (n->data.len == 2 && groups_have(ike, get16(n->data.p))) {
			/* the group that we have sent: an answer to an older sending */
			if (get16(n->data.p) != hs->ke.group && hs->rounds++ < INIT_ROUNDS_MAX &&
			    ke_make(&hs->ke, get16(n->data.p), ike->ops.random, ike->ctx))
				init_send(sa);
			return;
		}
	}
	hs->hint = n->type;
	(void)m;
}

/* Algorithms, group and public value that the peer has chosen. */
static bool take_answer(struct ike_sa *sa, const struct message *m, struct chunk *ke,
			struct chunk *nonce)
{
	struct sa_payload *answer = malloc(sizeof(*answer));
	uint16_t group;
	bool ok;

	ok = answer && message_count(m, PL_SA) == 1 &&
	     sa_parse(message_find(m, PL_SA), answer) &&
	     accept_ike(sa->ike, answer, &sa->keys, NULL) &&
	     find_ke_nonce(m, &group, ke, nonce) && group == sa->hs->ke.group &&
	     group == sa->keys.group;
	free(answer);
	return ok;
}

static bool make_keys(struct ike_sa *sa, struct chunk ke)
{
	const struct handshake *hs = sa->hs;
	uint8_t shared[KE_SHARED_MAX];
	size_t len;
	bool ok;

	if (hs->ticket)
		return resume_keys(sa);
	len = ke_shared(&hs->ke, ke, shared);
	ok = len && crypto_ike_keys(&sa->keys, CHUNK(shared, len), CHUNK(hs->ni, hs->ni_len),
				    CHUNK(hs->nr, hs->nr_len), sa->spi_i, sa->spi_r);
	crypto_wipe(shared, sizeof(shared));
	return ok;
}

void init_response_in(struct ike_sa *sa, struct message *m)
{
	static const uint8_t zero[8];
	struct handshake *hs = sa->hs;
	struct chunk ke = { 0 }, nonce;
	struct notify n;
	bool ok;

	if (m->sk.p || !sa->request) {
		sa->ike->stats.drop_state++;
		return;
	}
	if (!message_notify(m, N_COOKIE, &n) && hs->ticket && resume_refused(m)) {
		resume_give_up(sa);
		return;
	}
	if (message_notify(m, N_COOKIE, &n) || message_error(m, &n)) {
		init_notify(sa, m, &n);
		return;
	}
	ok = memcmp(m->h.spi_r, zero, 8) && (hs->ticket ? resume_nonce(m, &nonce) :
						       take_answer(sa, m, &ke, &nonce));
	if (!ok) {
		/* the true answer may still come */
		sa->ike->stats.drop_syntax++;
		return;
	}
	memcpy(sa->spi_r, m->h.spi_r, 8);
	memcpy(hs->nr, nonce.p, nonce.len);
	hs->nr_len = nonce.len;
	hs->init_resp = keep(m->raw.p, m->raw.len);
	hs->init_resp_len = m->raw.len;
	if (!hs->init_resp || !make_keys(sa, ke)) {
		free(hs->init_resp);
		hs->init_resp = NULL;
		memset(sa->spi_r, 0, 8);
		return;
	}
	sa->have_keys = true;
	sa->ike->stats.sa_init_ok++;
	proof_note_hashes(sa, m);
	proof_note_certreq(sa, m);
	sa->natt_able = nat_detect(sa, m, NULL);
	sa->fragmentation = sa->ike->config.fragment != UINT_MAX &&
			    message_has_notify(m, N_FRAGMENTATION_SUPPORTED);
	hs->intermediate = !hs->ticket && message_has_notify(m, N_INTERMEDIATE_SUPPORTED);
	hs->ppk = hs->ppk && message_has_notify(m, N_USE_PPK);
	hs->childless = message_has_notify(m, N_CHILDLESS_SUPPORTED);
	sa->beet = hs->beet && has_vendor(m, vendor_beet);
	sa->heirs = sa->ike->config.heirs && has_vendor(m, vendor_heirs);
	sa->bonds = sa->ike->config.bonds && has_vendor(m, vendor_bonds);
	hs->unique = hs->unique && has_vendor(m, vendor_unique);
	sa->last_in = sa->ike->now;
	request_answered(sa);
	/* MOBIKE: whatever path comes later, the ports stay (RFC 4555 section 3.3) */
	if ((sa_is_natt(sa) || (sa->natt_able && mobike_wanted(sa))) && sa->local.port == 500) {
		sa->local.port = 4500;
		sa->peer.port = 4500;
	}
	intermediate_start(sa);
}

/* Responder. */

static void make_cookie(const struct ike *ike, uint8_t out[COOKIE_LEN], unsigned int which,
			const struct message *m, const struct ike_addr *peer, struct chunk ni)
{
	const struct chunk parts[] = {
		ni, CHUNK(peer->ip, sizeof(peer->ip)), CHUNK(&peer->port, 2),
		CHUNK(m->h.spi_i, 8),
	};

	out[0] = ike->cookie_version - which;
	crypto_prf(PRF_HMAC_SHA2_256, out + 1, ike->cookie_secret[which], 32, parts, 4);
}

static bool cookie_ok(const struct ike *ike, const struct message *m,
		      const struct ike_addr *peer, struct chunk ni)
{
	uint8_t want[COOKIE_LEN];
	unsigned int which;
	struct notify n;

	if (!message_notify(m, N_COOKIE, &n) || n.data.len != COOKIE_LEN)
		return false;
	for (which = 0; which < 2; which++) {
		make_cookie(ike, want, which, m, peer, ni);
		if (crypto_equal(want, n.data.p, COOKIE_LEN))
			return true;
	}
	return false;
}

/* An answer that leaves no state behind; the responder's SPI is 0. */
static void stateless(struct ike *ike, const struct message *m, const struct ike_addr *local,
		      const struct ike_addr *peer, uint16_t type, const void *data, size_t dlen)
{
	struct ike_sa answer = { .ike = ike, .local = *local, .peer = *peer };
	struct ike_header h;
	struct builder b;
	size_t len;

	memcpy(answer.spi_i, m->h.spi_i, 8);
	sa_header(&answer, &h, m->h.exchange, true, 0);
	build_start(&b, ike->out, sizeof(ike->out), &h);
	build_notify(&b, 0, type, NULL, 0, data, dlen);
	len = build_finish(&b);
	if (len)
		sa_send(&answer, ike->out, len);
}

void init_critical(struct ike *ike, const struct message *m, const struct ike_addr *local,
		   const struct ike_addr *peer, uint8_t type)
{
	static const uint8_t zero[8];

	if ((m->h.exchange != EXCH_IKE_SA_INIT && m->h.exchange != EXCH_IKE_SESSION_RESUME) ||
	    m->h.flags & FLAG_RESPONSE || m->h.id ||
	    memcmp(m->h.spi_r, zero, 8))
		return;
	stateless(ike, m, local, peer, N_UNSUPPORTED_CRITICAL_PAYLOAD, &type, 1);
}

static struct ike_sa *half_open_of(struct ike *ike, const struct message *m,
				   const struct ike_addr *peer)
{
	struct ike_sa *sa;

	for (sa = table_first(ike, TABLE_INIT, hash_of_init(ike, m->h.spi_i, peer)); sa;
	     sa = table_next(sa, TABLE_INIT))
		if (!memcmp(sa->spi_i, m->h.spi_i, 8) &&
		    sa->peer.port == peer->port &&
		    !memcmp(sa->peer.ip, peer->ip, sizeof(peer->ip)))
			return sa;
	return NULL;
}

static bool init_answer(struct ike_sa *sa, const struct message *m,
			const struct sa_payload *chosen, struct chunk ke, struct chunk ni)
{
	struct ike *ike = sa->ike;
	struct handshake *hs = sa->hs;
	struct ike_header h;
	struct builder b;
	uint8_t pub[KE_PUBLIC_MAX];
	size_t len;

	memcpy(sa->spi_i, m->h.spi_i, 8);
	if (ke.len)
		memcpy(hs->ke_peer, ke.p, ke.len);
	hs->ke_peer_len = ke.len;
	memcpy(hs->ni, ni.p, ni.len);
	hs->ni_len = ni.len;
	ike->ops.random(ike->ctx, hs->nr, IKE_NONCE_LEN);
	hs->nr_len = IKE_NONCE_LEN;
	if (!hs->ticket && !ke_make(&hs->ke, sa->keys.group, ike->ops.random, ike->ctx))
		return false;
	if (hs->ticket && !resume_keys(sa))
		return false;
	sa->have_keys = hs->ticket;
	proof_note_hashes(sa, m);
	sa->natt_able = nat_detect(sa, m, NULL);
	sa->fragmentation = ike->config.fragment != UINT_MAX &&
			    message_has_notify(m, N_FRAGMENTATION_SUPPORTED);
	hs->intermediate = !hs->ticket && message_has_notify(m, N_INTERMEDIATE_SUPPORTED);
	hs->ppk = !hs->ticket && ppk_wanted(sa) && message_has_notify(m, N_USE_PPK);
	sa->beet = ike->config.beet && has_vendor(m, vendor_beet);
	sa->heirs = ike->config.heirs && has_vendor(m, vendor_heirs);
	sa->bonds = ike->config.bonds && has_vendor(m, vendor_bonds);
	hs->unique = ike->config.unique && has_vendor(m, vendor_unique);
	hs->init_req = keep(m->raw.p, m->raw.len);
	hs->init_req_len = m->raw.len;

	sa_header(sa, &h, m->h.exchange, true, 0);
	build_start(&b, ike->out, sizeof(ike->out), &h);
	if (!hs->ticket) {
		build_sa(&b, chosen);
		build_ke(&b, hs->ke.group, pub, ke_public(&hs->ke, pub));
	}
	build_payload(&b, PL_NONCE, hs->nr, hs->nr_len);
	put_common(ike, &b, &h, &sa->local, &sa->peer);
	if (!hs->ticket)
		proof_put_certreq(ike, &b);
	if (sa->fragmentation)
		build_notify(&b, 0, N_FRAGMENTATION_SUPPORTED, NULL, 0, NULL, 0);
	if (hs->intermediate)
		build_notify(&b, 0, N_INTERMEDIATE_SUPPORTED, NULL, 0, NULL, 0);
	if (hs->ppk)
		build_notify(&b, 0, N_USE_PPK, NULL, 0, NULL, 0);
	build_notify(&b, 0, N_CHILDLESS_SUPPORTED, NULL, 0, NULL, 0);
	if (sa->beet)
		build_payload(&b, PL_VENDOR, vendor_beet, sizeof(vendor_beet));
	if (hs->unique)
		build_payload(&b, PL_VENDOR, vendor_unique, sizeof(vendor_unique));
	if (sa->heirs)
		build_payload(&b, PL_VENDOR, vendor_heirs, sizeof(vendor_heirs));
	if (sa->bonds)
		build_payload(&b, PL_VENDOR, vendor_bonds, sizeof(vendor_bonds));
	len = build_finish(&b);
	if (!len)
		return false;
	hs->init_resp = keep(ike->out, len);
	hs->init_resp_len = len;
	return hs->init_req && hs->init_resp && remember_response(sa, hs->init_resp, len);
}

/* chosen and keys, or a ticket, which is the callee's from now on. */
static void init_accept(struct ike *ike, struct message *m, const struct ike_addr *local,
			const struct ike_addr *peer, const struct sa_payload *chosen,
			const struct ike_keys *keys, struct ticket *ticket, struct chunk ke,
			struct chunk ni)
{
	struct ike_sa *sa;

	sa = sa_new(ike, false, local, peer);
	if (sa)
		sa->hs = calloc(1, sizeof(*sa->hs));
	if (!sa || !sa->hs) {
		ike->stats.drop_limit++;
		ticket_free(&ticket);
		if (sa)
			sa_free(sa);
		return;
	}
	sa->hs->ticket = ticket;
	if (ticket)
		resume_begin(sa);
	else
		sa->keys = *keys;
	sa->id_in = 1;
	sa->expire_at = ike->now + ike->config.half_open;
	if (!init_answer(sa, m, chosen, ke, ni)) {
		sa_free(sa);
		return;
	}
	half_open_enter(sa);
	ike->stats.sa_init_ok++;
	table_add(sa, TABLE_INIT, hash_of_init(ike, sa->spi_i, peer));
	sa_schedule(sa);
}

static void init_offer_in(struct ike *ike, struct message *m, const struct ike_addr *local,
			  const struct ike_addr *peer, uint16_t group, struct chunk ke,
			  struct chunk ni)
{
	struct sa_payload *offer = malloc(sizeof(*offer)), *chosen = malloc(sizeof(*chosen));
	struct ike_keys keys = { 0 };
	uint8_t wanted[2];

	if (!offer || !chosen || !sa_parse(message_find(m, PL_SA), offer)) {
		ike->stats.drop_syntax++;
	} else if (!choose_ike(ike, offer, 0, &keys, chosen)) {
		ike->stats.no_proposal++;
		stateless(ike, m, local, peer, N_NO_PROPOSAL_CHOSEN, NULL, 0);
	} else if (group != keys.group) {
		ike->stats.invalid_ke_sent++;
		put16(wanted, keys.group);
		stateless(ike, m, local, peer, N_INVALID_KE_PAYLOAD, wanted, 2);
	} else if (!group_fits(group, ke)) {
		ike->stats.drop_syntax++;
	} else {
		init_accept(ike, m, local, peer, chosen, &keys, NULL, ke, ni);
	}
	free(offer);
	free(chosen);
}

static void init_ticket_in(struct ike *ike, struct message *m, const struct ike_addr *local,
			   const struct ike_addr *peer, struct chunk opaque, struct chunk ni)
{
	struct ticket *t = ticket_open(ike, peer, opaque);

	if (t) {
		init_accept(ike, m, local, peer, NULL, NULL, t, CHUNK(NULL, 0), ni);
		return;
	}
	ike->stats.resumes_refused++;
	stateless(ike, m, local, peer, N_TICKET_NACK, NULL, 0);
}

void init_request_in(struct ike *ike, struct message *m, const struct ike_addr *local,
		     const struct ike_addr *peer)
{
	const bool resume = m->h.exchange == EXCH_IKE_SESSION_RESUME;
	static const uint8_t zero[8];
	struct chunk ke, ni, opaque;
	struct ike_sa *sa;
	unsigned int of_source;
	uint16_t group = 0;

	if (!memcmp(m->h.spi_i, zero, 8) || memcmp(m->h.spi_r, zero, 8) || m->sk.p ||
	    (resume ? !resume_parse(m, &ni, &opaque) :
		      message_count(m, PL_SA) != 1 || !find_ke_nonce(m, &group, &ke, &ni))) {
		ike->stats.drop_syntax++;
		return;
	}
	sa = half_open_of(ike, m, peer);
	if (sa) {
		/* section 2.1: the cached response, never a new IKE SA */
		if (!sa->hs || sa->hs->init_req_len != m->raw.len ||
		    memcmp(sa->hs->init_req, m->raw.p, m->raw.len))
			ike->stats.drop_state++;
		else if (may_resend(sa))
			sa_send(sa, sa->hs->init_resp, sa->hs->init_resp_len);
		return;
	}
	of_source = half_open_of_source(ike, peer);
	if ((ike->stats.half_open >= ike->config.cookie_threshold ||
	     of_source >= ike->config.source_threshold) && !cookie_ok(ike, m, peer, ni)) {
		uint8_t cookie[COOKIE_LEN];

		make_cookie(ike, cookie, 0, m, peer, ni);
		ike->stats.cookies_sent++;
		stateless(ike, m, local, peer, N_COOKIE, cookie, sizeof(cookie));
		return;
	}
	if (ike->stats.half_open >= ike->config.max_half_open ||
	    of_source >= ike->config.max_source) {
		ike->stats.drop_limit++;
		return;
	}
	if (resume)
		init_ticket_in(ike, m, local, peer, opaque, ni);
	else
		init_offer_in(ike, m, local, peer, group, ke, ni);
}
