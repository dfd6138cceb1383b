// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine: life, packets in, timers. */
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "mobike.h"

#define COOKIE_ROLL	60000		/* ms between cookie secrets */
#define CLOSING_LINGER	10000		/* ms that a closed IKE SA answers retransmissions */

const char *ike_strerror(enum ike_error e)
{
	static const char *const text[] = {
		[IKE_OK] = "success",
		[IKE_E_TIMEOUT] = "no answer",
		[IKE_E_REFUSED] = "refused by the peer",
		[IKE_E_AUTH] = "authentication failed",
		[IKE_E_PROPOSAL] = "no algorithms in common",
		[IKE_E_TS] = "traffic selectors not acceptable",
		[IKE_E_SYNTAX] = "invalid message",
		[IKE_E_KERNEL] = "refused by the kernel",
		[IKE_E_LIMIT] = "too many",
		[IKE_E_CLOSED] = "IKE SA closed",
		[IKE_E_INTERNAL] = "internal error",
	};

	return (unsigned int)e < sizeof(text) / sizeof(text[0]) ? text[e] : "unknown error";
}

static bool defaults(struct ike_config *c)
{
	unsigned int i;

	if (!c->n_offers)
		offers_add(c->offers, &c->n_offers, "strong");
	if (c->n_offers > IKE_OFFERS_MAX)
		return false;
	for (i = 0; i < c->n_offers; i++)
		if (!offer_valid(&c->offers[i]))
			return false;
#define DEFAULT(member, value) \
	do { if (!c->member) c->member = (value); } while (0)
	DEFAULT(max_sas, 100000);
	DEFAULT(max_half_open, 1000);
	DEFAULT(cookie_threshold, 100);
	DEFAULT(source_threshold, 20);
	DEFAULT(max_source, 100);
	DEFAULT(max_children, 64);
	DEFAULT(retry_first, 500);
	DEFAULT(retry_max, 6);
	DEFAULT(half_open, 10000);
	DEFAULT(liveness, 60000);
	DEFAULT(ike_lifetime, 14400000);
	DEFAULT(child_lifetime, 3600000);
	DEFAULT(keepalive, 20000);
	DEFAULT(fragment, 1280);
#undef DEFAULT
	return true;
}

struct ike *ike_new(const struct ike_config *config, const struct ike_ops *ops,
		    void *ctx, uint64_t now)
{
	const char *why;
	struct chunk spki;
	struct ike *ike;

	if (!crypto_init() || config->id_len > sizeof(config->id) ||
	    config->cert_len > IKE_CHAIN_MAX * IKE_CERT_MAX)
		return NULL;
	ike = calloc(1, sizeof(*ike));
	if (!ike)
		return NULL;
	ike->config = *config;
	ike->config.cert = NULL;
	if (!defaults(&ike->config)) {
		ike_free(&ike);
		return NULL;
	}
	ike->ops = *ops;
	ike->ctx = ctx;
	if (!ops->binding || !ops->binding_done)
		ike->config.unique = false;
	ike->now = now;
	crypto_wipe(ike->config.seed, sizeof(ike->config.seed));
	ike->config.key = NULL;
	ike->config.next_key = NULL;
	ike->config.signer = NULL;
	ike->config.next_signer = NULL;
	if (config->signer)
		ike->signer = config->signer;
	else if (config->key)
		ike->signer = signer_new(CHUNK(config->key, config->key_len), &why);
	else
		ike->signer = signer_new_ed25519(config->seed);
	ike->heir = config->next_signer;
	if (config->next_key)
		ike->heir = signer_new(CHUNK(config->next_key, config->next_key_len), &why);
	ike_set_bonds(ike, config->bonds);
	ike->config.heirs = config->heirs && (ike->heir || ops->heir);
	if (!ike->signer || (config->next_key && !ike->heir)) {
		ike_free(&ike);
		return NULL;
	}
	if (config->id_type == BTNS_ID_NONE) {
		spki = signer_spki(ike->signer);
		ike->config.id_type = BTNS_ID_KEY_ID;
		crypto_sha256(ike->config.id, &spki, 1);
		ike->config.id_len = 32;
	}
	if (config->cert_len) {
		uint8_t *cert = malloc(config->cert_len);

		if (!cert) {
			ike_free(&ike);
			return NULL;
		}
		memcpy(cert, config->cert, config->cert_len);
		ike->config.cert = cert;
	}
	ike->ops.random(ctx, ike->cookie_secret[0], sizeof(ike->cookie_secret[0]));
	ike->ops.random(ctx, ike->cookie_secret[1], sizeof(ike->cookie_secret[1]));
	ike->cookie_roll_at = now + COOKIE_ROLL;
	if (config->resume)
		ike->tickets = tickets_new();
	if ((config->resume && !ike->tickets) || !tables_init(ike))
		ike_free(&ike);
	return ike;
}

void ike_free(struct ike **p)
{
	struct ike *ike = *p;
	size_t i;

	if (!ike)
		return;
	*p = NULL;
	/* what is kept is for the next life */
	ike->ops.keep = NULL;
	if (ike->record)
		crypto_wipe(ike->record, ike->record_cap);
	free(ike->record);
	if (ike->table[TABLE_SPI].bucket) {
		for (i = 0; i < ike->table[TABLE_SPI].size; i++)
			while (ike->table[TABLE_SPI].bucket[i])
				sa_free(ike->table[TABLE_SPI].bucket[i]);
	}
	queries_free(ike);
	tickets_free(&ike->tickets);
	tables_free(ike);
	free((void *)ike->config.cert);
	free(ike->certreq);
	free(ike->own);
	signer_free(&ike->signer);
	signer_free(&ike->heir);
	crypto_wipe(ike, sizeof(*ike));
	free(ike);
}

const uint8_t *ike_spki(const struct ike *ike, size_t *len)
{
	*len = signer_spki(ike->signer).len;
	return signer_spki(ike->signer).p;
}

void ike_local_identity(const struct ike *ike, struct ike_identity *id)
{
	memset(id, 0, sizeof(*id));
	id->id_type = ike->config.id_type;
	id->id = ike->config.id;
	id->id_len = ike->config.id_len;
	id->spki = ike_spki(ike, &id->spki_len);
	id->auth_method = AUTH_SIGNATURE;
}

uint64_t jitter(struct ike *ike, uint64_t v)
{
	uint32_t r;

	ike->ops.random(ike->ctx, &r, sizeof(r));
	return v - v / 8 * r / UINT32_MAX;
}

/* Our own SPI: of the side that we are. */
static uint8_t *own_spi(struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

struct ike_sa *sa_find(const struct ike *ike, const uint8_t own[8], bool initiator)
{
	struct ike_sa *sa;

	for (sa = table_first(ike, TABLE_SPI, hash_of_spi(own)); sa;
	     sa = table_next(sa, TABLE_SPI))
		if (sa->initiator == initiator && !memcmp(own_spi(sa), own, 8))
			return sa;
	return NULL;
}

struct ike_sa *sa_new(struct ike *ike, bool initiator, const struct ike_addr *local,
		      const struct ike_addr *peer)
{
	static const uint8_t zero[8];
	struct ike_sa *sa;

	if (ike->stats.sas >= ike->config.max_sas)
		return NULL;
	sa = calloc(1, sizeof(*sa));
	if (!sa)
		return NULL;
	sa->ike = ike;
	sa->initiator = initiator;
	sa->local = *local;
	sa->peer = *peer;
	sa->created = ike->now;
	sa->last_in = ike->now;
	sa->last_out = ike->now;
	sa->born = ++ike->seq;
	do {
		ike->ops.random(ike->ctx, own_spi(sa), 8);
	} while (!memcmp(own_spi(sa), zero, 8) || sa_find(ike, own_spi(sa), initiator));
	if (!heap_update(sa, UINT64_MAX)) {
		free(sa);
		return NULL;
	}
	table_add(sa, TABLE_SPI, hash_of_spi(own_spi(sa)));
	table_add(sa, TABLE_PEER, hash_of_peer(ike, peer));
	ike->stats.sas++;
	return sa;
}

void sa_free(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	unsigned int i;

	if (ike->ops.keep)
		sa_unkeep(sa);
	if (sa->state == SA_HALF_OPEN)
		half_open_leave(sa);
	while (sa->children) {
		struct child *c = sa->children;

		sa->children = c->next;
		child_table_del(c);
		ike->stats.children--;
		free(c);
	}
	while (sa->jobs)
		job_free(&sa->jobs);
	handshake_free(sa);
	exchange_free(sa);
	if (sa->rival_of)
		sa->rival_of->x->collision_sa = NULL;
	for (i = 0; i < TABLES; i++)
		table_del(sa, i);
	heap_remove(sa);
	if (sa->request)
		crypto_wipe(sa->request, sa->request_len);
	free(sa->request);
	free(sa->response);
	fragments_free(sa, false);
	fragments_free(sa, true);
	free(sa->peer_id);
	ticket_free(&sa->ticket);
	crypto_wipe(&sa->keys, sizeof(sa->keys));
	lineage_leave(sa);
	free(sa->mobike);
	ike->stats.sas--;
	free(sa);
}

void sa_peer_identity(const struct ike_sa *sa, struct ike_identity *id)
{
	memset(id, 0, sizeof(*id));
	id->id_type = sa->id_type;
	id->id = sa->peer_id;
	id->id_len = sa->peer_id_len;
	id->spki = sa->spki_len ? sa->peer_id + sa->peer_id_len : NULL;
	id->spki_len = sa->spki_len;
	id->auth_method = sa->auth_method;
	id->auth = sa->peer_auth;
}

void sa_local_identity(const struct ike_sa *sa, struct ike_identity *id)
{
	ike_local_identity(sa->ike, id);
	id->auth_method = sa->own_method;
	if (auth_signs(sa->own_method))
		return;
	id->spki = NULL;
	id->spki_len = 0;
	if (sa->own_method != AUTH_NULL)
		return;
	/* who proves nothing says nothing (RFC 7619 section 2.2) */
	id->id_type = BTNS_ID_NULL;
	id->id_len = 0;
}

void sa_event(struct ike_sa *sa, enum ike_event_type type, enum ike_error error,
	      uint16_t detail, uint32_t spi_in, const char *text)
{
	struct ike_identity id;
	struct ike_event ev = {
		.type = type, .error = error, .detail = detail, .sa = sa,
		.local = sa->local, .peer = sa->peer, .spi_in = spi_in, .text = text,
	};

	if (sa->peer_id) {
		sa_peer_identity(sa, &id);
		ev.peer_id = &id;
	}
	if (sa->ike->ops.event)
		sa->ike->ops.event(sa->ike->ctx, &ev);
}

void request_done(struct ike *ike, struct ike_request **req, enum ike_error error,
		  uint16_t detail)
{
	struct ike_request *r = *req;

	if (!r)
		return;
	*req = NULL;
	if (!r->orphan)
		ike->ops.child_done(ike->ctx, r->cookie, error, detail);
	free(r);
}

void sa_down(struct ike_sa *sa, enum ike_error error, uint16_t detail, const char *text)
{
	struct ike *ike = sa->ike;

	ticket_leave(sa, false);
	while (sa->children)
		child_remove(sa, sa->children, true, IKE_EV_CHILD_DOWN, error);
	if (sa->hs) {
		late_request_done(sa, error, detail);
		handshake_free(sa);
	}
	if (sa->x) {
		/* that of a rekey is no wish of the owner */
		if (sa->x->type == JOB_CHILD)
			request_done(ike, &sa->x->req, error, detail);
		rekey_sa_abandon(sa);
		exchange_free(sa);
		/* an answer would come too late */
		free(sa->request);
		sa->request = NULL;
	}
	query_lost(sa);
	jobs_fail(sa, error, detail);
	if (!sa->closed_told) {
		sa->closed_told = true;
		sa_event(sa, IKE_EV_SA_DOWN, error, detail, 0, text);
	}
	if (sa->state == SA_HALF_OPEN)
		half_open_leave(sa);
	sa->state = SA_CLOSING;
	sa->expire_at = ike->now + CLOSING_LINGER;
	table_del(sa, TABLE_PEER);
	sa_schedule(sa);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return b && b < a ? b : a;
}

void sa_schedule(struct ike_sa *sa)
{
	const struct ike_config *c = &sa->ike->config;
	uint64_t at = UINT64_MAX;
	const struct child *ch;
	const struct job *j;

	if (sa->request)
		at = sooner(at, sa->resend_at);
	at = sooner(at, sa->expire_at);
	at = sooner(at, fragments_next(sa));
	if (sa->state == SA_UP && !sa->rival_of) {
		at = sooner(at, sa->rekey_at);
		at = sooner(at, sa->unheard_at);
		if (c->liveness != UINT32_MAX && !sa->request && !sa->jobs)
			at = sooner(at, sa->last_in + c->liveness);
		if (sa->natt_local)
			at = sooner(at, sa->last_out + c->keepalive);
		for (ch = sa->children; ch; ch = ch->next)
			if (!ch->rekeying && !ch->deleting)
				at = sooner(at, ch->rekey_at);
		if (!sa->request && sa->mobike && sa->mobike->pending && !sa->mobike->nowhere)
			at = 1;
		if (!sa->request)
			for (j = sa->jobs; j; j = j->next)
				at = sooner(at, j->not_before ? j->not_before : 1);
	}
	heap_update(sa, at);
	sa_keep(sa);
}

/* An authentic request that was not seen before. */
static void request_in(struct ike_sa *sa, struct message *m)
{
	switch (m->h.exchange) {
	case EXCH_IKE_INTERMEDIATE:
		if (sa->state == SA_HALF_OPEN) {
			intermediate_request_in(sa, m);
			return;
		}
		break;
	case EXCH_IKE_AUTH:
		if (sa->state == SA_HALF_OPEN) {
			auth_request_in(sa, m);
			return;
		}
		break;
	case EXCH_CREATE_CHILD_SA:
		if (sa->state == SA_UP) {
			create_child_request_in(sa, m);
			return;
		}
		break;
	case EXCH_INFORMATIONAL:
		if (sa->state == SA_UP || sa->state == SA_CLOSING) {
			info_request_in(sa, m);
			return;
		}
		break;
	}
	sa->ike->stats.drop_state++;
	respond_error(sa, m->h.exchange, m->h.id, N_INVALID_SYNTAX, NULL, 0);
}

static void response_in(struct ike_sa *sa, struct message *m)
{
	switch (m->h.exchange) {
	case EXCH_IKE_INTERMEDIATE:
		intermediate_response_in(sa, m);
		break;
	case EXCH_IKE_AUTH:
		auth_response_in(sa, m);
		break;
	case EXCH_CREATE_CHILD_SA:
		create_child_response_in(sa, m);
		break;
	default:
		info_response_in(sa, m);
		break;
	}
}

/* Exchange of the request that waits. */
static uint8_t pending_exchange(const struct ike_sa *sa)
{
	return sa->request ? sa->request[18] : 0;
}

static void protected_in(struct ike *ike, struct ike_sa *sa, struct message *m,
			 const struct ike_addr *local, const struct ike_addr *peer)
{
	const bool response = m->h.flags & FLAG_RESPONSE;
	const struct sk_key *key;
	enum parse_result r;
	uint8_t detail = 0;
	bool again = false;

	/*
	 * Too early: the peer may believe itself up before its IKE_AUTH response
	 * comes, or its new IKE SA in use before we know whose rekey stands.  It
	 * will ask again.
	 */
	if (!m->sk.p || !auth_derive(sa) ||
	    (!response && (sa->state == SA_AUTH || sa->rival_of))) {
		ike->stats.drop_state++;
		return;
	}
	if (response) {
		if (!sa->request || m->h.id != sa->id_out ||
		    m->h.exchange != pending_exchange(sa)) {
			ike->stats.drop_window++;
			return;
		}
	} else if (m->h.id + 1 == sa->id_in && sa->response && m->frag <= 1) {
		/* of fragments the first one asks for the answer (RFC 7383 section 2.6.1) */
		again = true;
	} else if (m->h.id != sa->id_in) {
		ike->stats.drop_window++;
		return;
	}
	if (m->frags && !again && !fragment_wanted(sa, m)) {
		ike->stats.drop_fragment++;
		return;
	}
	key = sa->initiator ? &sa->keys.sk_r : &sa->keys.sk_i;
	if (again && sa->hs && sa->hs->im && sa->hs->im->has_before)
		key = &sa->hs->im->before;
	r = message_decrypt(m, ike->in, key, &detail);
	if (r == PARSE_SHORT) {
		ike->stats.drop_mac++;
		return;
	}
	/* a repetition may be a replay: it shows no life */
	if (!again) {
		sa->last_in = ike->now;
		unheard_end(sa, response);
	}
	if (again) {
		if (!may_resend(sa))
			return;
		fragment_response_again(sa, m);
		sa_reply(sa, sa->response, sa->response_len);
		return;
	}
	if (m->frags && r == PARSE_OK) {
		r = fragment_in(sa, m, &detail);
		if (r == PARSE_MORE)
			return;
	}
	if (!sa->mobike)
		sa_follow(sa, local, peer);
	else if (response)
		mobike_path(sa, local, peer);
	if (!response) {
		fragments_free(sa, false);
		sa->id_in++;
	}
	if (r != PARSE_OK) {
		ike->stats.drop_syntax++;
		if (!response) {
			respond_error(sa, m->h.exchange, m->h.id, r == PARSE_CRITICAL ?
				      N_UNSUPPORTED_CRITICAL_PAYLOAD : N_INVALID_SYNTAX,
				      &detail, r == PARSE_CRITICAL ? 1 : 0);
			if (sa->state == SA_HALF_OPEN)
				sa_down(sa, IKE_E_SYNTAX, N_INVALID_SYNTAX, "invalid message");
		} else {
			request_answered(sa);
			sa_down(sa, IKE_E_SYNTAX, 0, "invalid response");
		}
		return;
	}
	if (!response) {
		request_in(sa, m);
		sa->reply_limit = 0;
		sa_run_jobs(sa);
	} else {
		response_in(sa, m);
		if (sa->state == SA_UP)
			sa_run_jobs(sa);
	}
}

static void other_version(struct ike *ike, const struct ike_header *in,
			  const struct ike_addr *local, const struct ike_addr *peer)
{
	struct ike_sa answer = { .ike = ike, .local = *local, .peer = *peer };
	struct ike_header h = *in;
	struct builder b;
	size_t len;

	if (in->flags & FLAG_RESPONSE)
		return;
	h.flags = FLAG_RESPONSE | (in->flags & FLAG_INITIATOR ? 0 : FLAG_INITIATOR);
	build_start(&b, ike->out, sizeof(ike->out), &h);
	build_notify(&b, 0, N_INVALID_MAJOR_VERSION, NULL, 0, NULL, 0);
	len = build_finish(&b);
	if (len)
		sa_send(&answer, ike->out, len);
}

static void roll_cookies(struct ike *ike)
{
	if (ike->now < ike->cookie_roll_at)
		return;
	memcpy(ike->cookie_secret[1], ike->cookie_secret[0], sizeof(ike->cookie_secret[1]));
	ike->ops.random(ike->ctx, ike->cookie_secret[0], sizeof(ike->cookie_secret[0]));
	ike->cookie_version++;
	ike->cookie_roll_at = ike->now + COOKIE_ROLL;
}

void ike_input(struct ike *ike, uint64_t now, const struct ike_addr *local,
	       const struct ike_addr *peer, const uint8_t *pkt, size_t len)
{
	struct message m;
	struct ike_sa *sa;
	uint8_t detail = 0;
	enum parse_result r;
	bool first;

	ike_clock(ike, now);
	roll_cookies(ike);
	ike->stats.packets_in++;
	if (len < IKE_HDR_LEN || len > sizeof(ike->in)) {
		ike->stats.drop_short++;
		return;
	}
	memcpy(ike->in, pkt, len);
	r = message_parse(&m, ike->in, len, &detail);
	if (r == PARSE_SHORT) {
		ike->stats.drop_length++;
		return;
	}
	if (r == PARSE_VERSION) {
		ike->stats.drop_version++;
		other_version(ike, &m.h, local, peer);
		return;
	}
	if (r != PARSE_OK) {
		/* without a MAC nothing else is answered (RFC 7296 section 2.21) */
		ike->stats.drop_syntax++;
		if (r == PARSE_CRITICAL)
			init_critical(ike, &m, local, peer, detail);
		return;
	}
	first = m.h.exchange == EXCH_IKE_SA_INIT || m.h.exchange == EXCH_IKE_SESSION_RESUME;
	if (first && !(m.h.flags & FLAG_RESPONSE)) {
		if (m.h.flags & FLAG_INITIATOR && !m.h.id)
			init_request_in(ike, &m, local, peer);
		else
			ike->stats.drop_syntax++;
		return;
	}
	/* the initiator's flag tells whose SPI is ours */
	sa = m.h.flags & FLAG_INITIATOR ? sa_find(ike, m.h.spi_r, false) :
					  sa_find(ike, m.h.spi_i, true);
	if (!sa) {
		ike->stats.drop_unknown_spi++;
		return;
	}
	if (first) {
		if (sa->state == SA_INIT && !m.h.id && m.h.exchange == pending_exchange(sa))
			init_response_in(sa, &m);
		else
			ike->stats.drop_state++;
		return;
	}
	if (memcmp(sa->initiator ? m.h.spi_r : m.h.spi_i,
		   sa->initiator ? sa->spi_r : sa->spi_i, 8)) {
		ike->stats.drop_unknown_spi++;
		return;
	}
	ike->at_local = local;
	ike->at_peer = peer;
	protected_in(ike, sa, &m, local, peer);
	ike->at_local = NULL;
	ike->at_peer = NULL;
}

/* One IKE SA whose time has come. */
static void sa_tick(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	const struct ike_config *c = &ike->config;
	struct child *ch;

	if (sa->expire_at && ike->now >= sa->expire_at) {
		if (sa->state != SA_CLOSING)
			sa_down(sa, IKE_E_TIMEOUT, 0, "handshake not finished in time");
		sa_free(sa);
		return;
	}
	fragments_expire(sa);
	if (sa->request && ike->now >= sa->resend_at && !resend_request(sa)) {
		uint16_t hint = sa->hs ? sa->hs->hint : 0;

		if (late_wait(sa))
			return;
		if (sa->state == SA_UP)
			ike->stats.liveness_failed++;
		ticket_leave(sa, sa->state == SA_UP && !sa->rekeyed);
		sa_lost(sa);
		sa_down(sa, hint ? IKE_E_REFUSED :
			sa->restored ? IKE_E_CLOSED : IKE_E_TIMEOUT, hint, "no answer");
		sa_free(sa);
		return;
	}
	if (sa->state != SA_UP || sa->rival_of) {
		sa_schedule(sa);
		return;
	}
	if (sa->natt_local && ike->now >= sa->last_out + c->keepalive)
		sa_keepalive(sa);
	if (sa->rekey_at && ike->now >= sa->rekey_at) {
		sa->rekey_at = 0;
		job_add(sa, JOB_REKEY_SA, 0, NULL, 0);
	}
	for (ch = sa->children; ch; ch = ch->next) {
		if (!ch->rekeying && !ch->deleting && ike->now >= ch->rekey_at) {
			ch->rekeying = true;
			if (!job_add(sa, JOB_REKEY_CHILD, ch->spi_in, NULL, 0))
				ch->rekeying = false;
			ch->rekey_at = ike->now + 10000;
		}
	}
	unheard_tick(sa);
	if (c->liveness != UINT32_MAX && ike->now >= sa->last_in + c->liveness &&
	    !sa->request && !sa->jobs)
		job_add(sa, JOB_LIVENESS, 0, NULL, 0);
	sa_run_jobs(sa);
	if (sa->deadline <= ike->now)
		heap_update(sa, ike->now + 100);
}

uint64_t ike_next(const struct ike *ike)
{
	return ike->heap_len ? ike->heap[0]->deadline : UINT64_MAX;
}

uint64_t ike_tick(struct ike *ike, uint64_t now)
{
	ike_clock(ike, now);
	roll_cookies(ike);
	while (ike->heap_len && ike->heap[0]->deadline <= ike->now)
		sa_tick(ike->heap[0]);
	return ike_next(ike);
}
