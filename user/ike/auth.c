// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH: RFC 7296 section 1.2. */
#include <stdlib.h>
#include <string.h>

#include "bond.h"
#include "mobike.h"

/* Is there another IKE SA with that peer, be it the peer's own attempt? */
static bool known_peer(const struct ike_sa *sa)
{
	const struct ike_sa *o = table_first(sa->ike, TABLE_PEER, sa->hash[TABLE_PEER]);

	for (; o; o = table_next(o, TABLE_PEER))
		if (o != sa && o->state != SA_INIT && o->peer.family == sa->peer.family &&
		    !memcmp(o->peer.ip, sa->peer.ip, sizeof(sa->peer.ip)))
			return true;
	return false;
}

static void sa_up(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct ike_identity peer;

	sa_peer_identity(sa, &peer);
	ticket_creds(ike, &sa->peer, &peer, sa->own_method, sa->creds);
	sa->state = SA_UP;
	sa->expire_at = 0;
	sa->up = ++ike->seq;
	lineage_begin(sa);
	heir_up(sa);
	bond_up(sa);
	sa->rekey_at = ike->now + jitter(ike, ike->config.ike_lifetime);
	table_del(sa, TABLE_INIT);
	ike->stats.auth_ok++;
	sa_event(sa, IKE_EV_SA_UP, IKE_OK, 0, 0, "authenticated");
}

/*
 * Has the same peer proved itself?  By its key; by its ID where a secret proves that.
 * Without authentication nobody can tell (RFC 7619 section 2.4).
 */
static bool same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	if (a->spki_len)
		return a->spki_len == b->spki_len &&
		       !memcmp(a->peer_id + a->peer_id_len, b->peer_id + b->peer_id_len,
			       a->spki_len);
	return a->auth_method == AUTH_PSK && b->auth_method == AUTH_PSK &&
	       a->id_type == b->id_type && a->peer_id_len == b->peer_id_len &&
	       !memcmp(a->peer_id, b->peer_id, a->peer_id_len);
}

/* The peer forgot all older IKE SAs (RFC 7296 section 2.4); only its own go. */
static void initial_contact(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct ike_sa *old, *next;

	ike->stats.initial_contacts++;
	for (old = table_first(ike, TABLE_PEER, sa->hash[TABLE_PEER]); old; old = next) {
		next = table_next(old, TABLE_PEER);
		/* one that came up while this one was made is no leftover: both ends began */
		if (old == sa || old->state != SA_UP || old->up > sa->born ||
		    !same_peer(sa, old))
			continue;
		sa_event(sa, IKE_EV_INITIAL_CONTACT, IKE_OK, 0, 0, "peer restarted");
		sa_down(old, IKE_E_CLOSED, N_INITIAL_CONTACT, "peer restarted");
	}
}

/* Initiator. */

static struct ike_request *job_take_child(struct ike_sa *sa)
{
	struct job *j = sa->jobs;
	struct ike_request *req;

	if (!j || j->type != JOB_CHILD)
		return NULL;
	req = j->req;
	sa->jobs = j->next;
	sa->n_jobs--;
	free(j);
	return req;
}

void auth_start(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	struct proof proof, without;
	struct ike_expect known;
	struct builder b;
	const char *why;

	sa->state = SA_AUTH;
	hs->auth_id = sa->id_out;
	proof_expect(sa, NULL, &known);
	why = hs->ticket ? NULL : ppk_begin(sa, &known, &without);
	if (!why)
		why = proof_make(sa, true, &known, &proof);
	if (why) {
		sa_down(sa, IKE_E_AUTH, 0, why);
		return;
	}
	while (hs->req->childless ? !hs->childless : !child_possible(sa, hs->req)) {
		why = hs->req->childless ? "peer makes no IKE SA without a Child SA" :
					   "peer has no BEET mode";
		/* another wish may wait for the same IKE SA */
		request_done(sa->ike, &hs->req, IKE_E_REFUSED, 0);
		hs->req = job_take_child(sa);
		if (!hs->req) {
			sa_down(sa, IKE_E_REFUSED, 0, why);
			return;
		}
	}
	begin_request(sa, &b, EXCH_IKE_AUTH);
	proof_put_id(sa, &b, true);
	if (!hs->ticket)
		proof_put_certreq(sa->ike, &b);
	if (hs->initial_contact && !known_peer(sa))
		build_notify(&b, 0, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
	proof_put_auth(sa, &b, true, &proof);
	ppk_put(sa, &b, &known, &without);
	bond_put(sa, &b, true);
	ticket_ask(sa, &b);
	if (!hs->req->childless) {
		child_offer(sa->ike, &b, hs->req, hs->spi_in);
		child_offer_ts(&b, hs->req);
	}
	hs->mobike = mobike_wanted(sa);
	if (hs->mobike)
		mobike_offer(sa, &b, true);
	if (!finish_request(sa, &b))
		sa_down(sa, IKE_E_INTERNAL, 0, "message too long");
}

/* The responder believes that all is well: tell it, then forget. */
static void auth_reject(struct ike_sa *sa, uint16_t why)
{
	struct builder b;

	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_notify(&b, 0, why, NULL, 0, NULL, 0);
	build_delete(&b, PROTO_IKE, NULL, 0);
	finish_request(sa, &b);
	sa_down(sa, IKE_E_AUTH, why, "peer not accepted");
}

void auth_response_in(struct ike_sa *sa, struct message *m)
{
	struct handshake *hs = sa->hs;
	struct child_keys_in keys;
	struct child *c = NULL;
	enum ike_error error;
	const uint32_t spi_in = hs ? hs->spi_in : 0;
	struct ike_expect known;
	uint16_t why, detail = 0;
	struct notify n;

	if (sa->state != SA_AUTH)
		return;
	request_answered(sa);
	if (!message_find(m, PL_AUTH) && message_error(m, &n)) {
		sa_down(sa, n.type == N_AUTHENTICATION_FAILED ? IKE_E_AUTH : IKE_E_REFUSED,
			n.type, "peer refused");
		return;
	}
	why = ppk_answered(sa, m) ? proof_check(sa, m, false, &known) : N_AUTHENTICATION_FAILED;
	if (!why && !ppk_enough(sa, &known)) {
		sa->ike->stats.auth_failed++;
		why = N_AUTHENTICATION_FAILED;
	}
	if (why) {
		auth_reject(sa, why);
		return;
	}
	keys = (struct child_keys_in){ .ni = CHUNK(hs->ni, hs->ni_len),
					.nr = CHUNK(hs->nr, hs->nr_len) };
	error = IKE_OK;
	if (!hs->req->childless)
		error = child_answer(sa, m, hs->req, hs->spi_in, &keys, NULL, NULL, &detail, &c);
	/* section 2.21.2: without a Child SA the IKE SA is up all the same */
	sa_up(sa);
	ticket_answered(sa, m);
	if (hs->ticket)
		sa->ike->stats.resumes++;
	if (hs->mobike)
		mobike_begin(sa, m, true);
	late_request_done(sa, error, detail);
	late_up(sa);
	if (error)
		sa_event(sa, IKE_EV_FAILED, error, detail, 0, "no Child SA");
	handshake_free(sa);
	if (message_notify(m, N_INITIAL_CONTACT, &n))
		initial_contact(sa);
	/* the peer has installed what we cannot take: it must go */
	if (error && message_find(m, PL_SA))
		job_add(sa, JOB_DELETE_CHILD, spi_in, NULL, 0);
	mobike_up(sa);
}

/* Responder. */

static bool derive(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	uint8_t shared[KE_SHARED_MAX];
	size_t len;
	bool ok;

	len = ke_shared(&hs->ke, CHUNK(hs->ke_peer, hs->ke_peer_len), shared);
	ok = len &&
	     crypto_ike_keys(&sa->keys, CHUNK(shared, len), CHUNK(hs->ni, hs->ni_len),
			     CHUNK(hs->nr, hs->nr_len), sa->spi_i, sa->spi_r);
	crypto_wipe(shared, sizeof(shared));
	return ok;
}

bool auth_derive(struct ike_sa *sa)
{
	if (sa->have_keys)
		return true;
	if (sa->state != SA_HALF_OPEN || !sa->hs)
		return false;
	if (!derive(sa)) {
		/* a public value of small order: once is enough */
		sa_down(sa, IKE_E_SYNTAX, 0, "bad public value");
		return false;
	}
	sa->have_keys = true;
	return true;
}

void auth_request_in(struct ike_sa *sa, struct message *m)
{
	struct handshake *hs = sa->hs;
	struct child_keys_in keys;
	struct child *c = NULL;
	uint16_t why, child_why = 0;
	const char *text = "peer not accepted";
	struct ike_expect known;
	struct proof proof;
	struct notify n;
	struct builder b;

	hs->auth_id = m->h.id;
	proof_note_certreq(sa, m);
	if (mobike_unexpected(sa, m)) {
		respond_error(sa, EXCH_IKE_AUTH, m->h.id, N_UNEXPECTED_NAT_DETECTED, NULL, 0);
		sa_down(sa, IKE_E_REFUSED, N_UNEXPECTED_NAT_DETECTED, "a NAT in between");
		return;
	}
	why = proof_check(sa, m, true, &known);
	if (!why) {
		text = proof_make(sa, false, &known, &proof);
		why = text ? N_AUTHENTICATION_FAILED : 0;
	}
	if (why) {
		respond_error(sa, EXCH_IKE_AUTH, m->h.id, why, NULL, 0);
		sa_down(sa, IKE_E_AUTH, why, text);
		return;
	}
	begin_response(sa, &b, EXCH_IKE_AUTH, m->h.id);
	proof_put_id(sa, &b, false);
	proof_put_auth(sa, &b, false, &proof);
	ppk_put_answer(sa, &b);
	bond_put(sa, &b, false);
	half_open_leave(sa);
	sa_up(sa);
	keys = (struct child_keys_in){ .ni = CHUNK(hs->ni, hs->ni_len),
					.nr = CHUNK(hs->nr, hs->nr_len) };
	/* RFC 6023: an IKE SA and nothing else */
	if (message_find(m, PL_SA) || message_find(m, PL_TSi) || message_find(m, PL_TSr))
		child_why = child_respond(sa, m, &b, &keys, NULL, NULL, &c);
	if (child_why)
		build_notify(&b, 0, child_why, NULL, 0, NULL, 0);
	ticket_in(sa, m, &b);
	resume_done(sa);
	/* nothing that moves, nothing to agree on */
	if (c && c->mode != BTNS_MODE_TRANSPORT && mobike_begin(sa, m, false))
		mobike_offer(sa, &b, false);
	handshake_free(sa);
	unheard_begin(sa);
	finish_response(sa, &b);
	if (message_notify(m, N_INITIAL_CONTACT, &n))
		initial_contact(sa);
	mobike_up(sa);
	sa_schedule(sa);
}
