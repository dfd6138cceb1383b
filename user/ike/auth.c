// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH: RFC 7296 sections 1.2 and 2.15, RFC 7427, RFC 7670, RFC 5386. */
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "sa.h"

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

/* The payload body as the channel binding's transcript wants it; at most once each. */
static void proof_keep(struct handshake *hs, bool initiator, bool auth, struct chunk body)
{
	const unsigned int i = 2 * !initiator + auth;

	if (!hs->unique || hs->proof[i] || !body.len)
		return;
	hs->proof[i] = malloc(body.len);
	if (!hs->proof[i])
		return;
	memcpy(hs->proof[i], body.p, body.len);
	hs->proof_len[i] = body.len;
}

/* ID, CERT and AUTH of this end. */
static bool put_proof(struct ike_sa *sa, struct builder *b, bool initiator)
{
	struct ike *ike = sa->ike;
	struct handshake *hs = sa->hs;
	const size_t init_len = initiator ? hs->init_req_len : hs->init_resp_len;
	uint8_t body[4 + BTNS_ID_MAX] = { ike->config.id_type };
	uint8_t sig[64], auth[ED25519_AUTH_LEN], *octets;
	struct chunk init, nonce;
	size_t len;

	init = CHUNK(initiator ? hs->init_req : hs->init_resp, init_len);
	nonce = initiator ? CHUNK(hs->nr, hs->nr_len) : CHUNK(hs->ni, hs->ni_len);
	memcpy(body + 4, ike->config.id, ike->config.id_len);
	octets = malloc(init_len + nonce.len + IKE_PRF_MAX);
	if (!octets)
		return false;
	len = crypto_auth_octets(&sa->keys, initiator, octets, init, nonce,
				 CHUNK(body, 4 + ike->config.id_len));
	crypto_ed25519_sign(&ike->key, sig, octets, len);
	free(octets);
	auth_ed25519_build(auth, sig);

	build_id(b, initiator ? PL_IDi : PL_IDr, ike->config.id_type, ike->config.id,
		 ike->config.id_len);
	proof_keep(hs, initiator, false, built_body(b));
	/* the key that verifies AUTH comes first (RFC 7296 section 3.6, RFC5386/20) */
	if (ike->config.cert)
		build_cert(b, CERT_X509, ike->config.cert, ike->config.cert_len);
	else
		build_cert(b, CERT_RAW_PUBLIC_KEY, ike->spki, sizeof(ike->spki));
	if (initiator) {
		build_certreq(b, CERT_RAW_PUBLIC_KEY);
		if (hs->initial_contact && !known_peer(sa))
			build_notify(b, 0, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
	}
	build_auth(b, AUTH_SIGNATURE, auth, sizeof(auth));
	proof_keep(hs, initiator, true, built_body(b));
	return true;
}

/* Check the peer's proof and let the owner decide.  The notify type of a refusal, or 0. */
static uint16_t check_proof(struct ike_sa *sa, const struct message *m, bool initiator)
{
	const struct payload *id = message_find(m, initiator ? PL_IDi : PL_IDr);
	const struct payload *cert = message_find(m, PL_CERT);
	const struct payload *auth = message_find(m, PL_AUTH);
	struct handshake *hs = sa->hs;
	struct chunk id_data, cert_data, auth_data, init, nonce, octets;
	uint8_t encoding, method, *buf;
	uint8_t *spki;
	size_t spki_len = 0;
	uint16_t id_type;
	struct ike_identity who;
	bool ok;

	if (!id || !auth || !id_parse(id, &id_type, &id_data) ||
	    !auth_parse(auth, &method, &auth_data) || id_data.len > BTNS_ID_MAX)
		return N_INVALID_SYNTAX;
	/* later certificates may be for other keys: only the first one counts */
	if (!cert || !cert_parse(cert, &encoding, &cert_data))
		return N_AUTHENTICATION_FAILED;
	spki = malloc(BTNS_SPKI_MAX);
	if (!spki)
		return N_TEMPORARY_FAILURE;
	init = initiator ? CHUNK(hs->init_req, hs->init_req_len) :
			   CHUNK(hs->init_resp, hs->init_resp_len);
	nonce = initiator ? CHUNK(hs->nr, hs->nr_len) : CHUNK(hs->ni, hs->ni_len);
	buf = malloc(init.len + nonce.len + IKE_PRF_MAX);
	ok = buf && cert_spki(encoding, cert_data, spki, &spki_len);
	if (ok) {
		octets = CHUNK(buf, crypto_auth_octets(&sa->keys, initiator, buf, init, nonce,
						       id->body));
		ok = cert_verify(CHUNK(spki, spki_len), method, auth_data, octets);
	}
	free(buf);
	if (ok) {
		sa->peer_id = malloc(id_data.len + spki_len);
		ok = sa->peer_id;
	}
	if (ok) {
		memcpy(sa->peer_id, id_data.p, id_data.len);
		memcpy(sa->peer_id + id_data.len, spki, spki_len);
		sa->id_type = id_type;
		sa->peer_id_len = id_data.len;
		sa->spki_len = spki_len;
		sa->auth_method = method;
	}
	free(spki);
	proof_keep(hs, initiator, false, id->body);
	proof_keep(hs, initiator, true, auth->body);
	if (!ok) {
		sa->ike->stats.auth_failed++;
		return N_AUTHENTICATION_FAILED;
	}
	sa_peer_identity(sa, &who);
	if (sa->ike->ops.authorize(sa->ike->ctx, &who)) {
		sa->ike->stats.auth_refused++;
		return N_AUTHENTICATION_FAILED;
	}
	return 0;
}

static void sa_up(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;

	sa->state = SA_UP;
	sa->expire_at = 0;
	sa->up = ++ike->seq;
	lineage_begin(sa);
	sa->rekey_at = ike->now + jitter(ike, ike->config.ike_lifetime);
	table_del(sa, TABLE_INIT);
	ike->stats.auth_ok++;
	sa_event(sa, IKE_EV_SA_UP, IKE_OK, 0, 0, "authenticated");
}

/* The peer forgot all older IKE SAs (RFC 7296 section 2.4); only those of its key go. */
static void initial_contact(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct ike_sa *old, *next;

	ike->stats.initial_contacts++;
	sa_event(sa, IKE_EV_INITIAL_CONTACT, IKE_OK, 0, 0, "peer restarted");
	for (old = table_first(ike, TABLE_PEER, sa->hash[TABLE_PEER]); old; old = next) {
		next = table_next(old, TABLE_PEER);
		/* one that came up while this one was made is no leftover: both ends began */
		if (old == sa || old->state != SA_UP || old->up > sa->born ||
		    old->spki_len != sa->spki_len ||
		    !sa->spki_len ||
		    memcmp(old->peer_id + old->peer_id_len, sa->peer_id + sa->peer_id_len,
			   sa->spki_len))
			continue;
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
	struct builder b;

	sa->state = SA_AUTH;
	if (!hs->peer_identity_hash) {
		sa_down(sa, IKE_E_AUTH, 0, "peer verifies no Ed25519 signatures");
		return;
	}
	while (!child_possible(sa, hs->req)) {
		/* another wish may wait for the same IKE SA */
		request_done(sa->ike, &hs->req, IKE_E_REFUSED, 0);
		hs->req = job_take_child(sa);
		if (!hs->req) {
			sa_down(sa, IKE_E_REFUSED, 0, "peer has no BEET mode");
			return;
		}
	}
	begin_request(sa, &b, EXCH_IKE_AUTH);
	if (!put_proof(sa, &b, true)) {
		sa_down(sa, IKE_E_INTERNAL, 0, "out of memory");
		return;
	}
	child_offer(&b, hs->req, hs->spi_in);
	child_offer_ts(&b, hs->req);
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
	why = check_proof(sa, m, false);
	if (why) {
		auth_reject(sa, why);
		return;
	}
	keys = (struct child_keys_in){ NULL, CHUNK(hs->ni, hs->ni_len),
				       CHUNK(hs->nr, hs->nr_len) };
	error = child_answer(sa, m, hs->req, hs->spi_in, &keys, NULL, NULL, &detail, &c);
	/* section 2.21.2: without a Child SA the IKE SA is up all the same */
	sa_up(sa);
	request_done(sa->ike, &hs->req, error, detail);
	if (error)
		sa_event(sa, IKE_EV_FAILED, error, detail, 0, "no Child SA");
	handshake_free(sa);
	if (message_notify(m, N_INITIAL_CONTACT, &n))
		initial_contact(sa);
	/* the peer has installed what we cannot take: it must go */
	if (error && message_find(m, PL_SA))
		job_add(sa, JOB_DELETE_CHILD, spi_in, NULL, 0);
}

/* Responder. */

static bool derive(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	uint8_t shared[32];
	bool ok;

	ok = crypto_dh(shared, hs->dh_secret, hs->dh_peer) &&
	     crypto_ike_keys(&sa->keys, shared, CHUNK(hs->ni, hs->ni_len),
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
	struct ike *ike = sa->ike;
	struct handshake *hs = sa->hs;
	struct child_keys_in keys;
	struct child *c = NULL;
	uint16_t why, child_why = 0;
	struct notify n;
	struct builder b;

	/* Ed25519 needs the Identity "hash" at the peer (RFC 8420 section 2) */
	why = hs->peer_identity_hash ? check_proof(sa, m, true) : N_AUTHENTICATION_FAILED;
	if (why) {
		respond_error(sa, EXCH_IKE_AUTH, m->h.id, why, NULL, 0);
		sa_down(sa, IKE_E_AUTH, why, "peer not accepted");
		return;
	}
	begin_response(sa, &b, EXCH_IKE_AUTH, m->h.id);
	if (!put_proof(sa, &b, false)) {
		sa_down(sa, IKE_E_INTERNAL, 0, "out of memory");
		return;
	}
	ike->stats.half_open--;
	sa_up(sa);
	keys = (struct child_keys_in){ NULL, CHUNK(hs->ni, hs->ni_len),
				       CHUNK(hs->nr, hs->nr_len) };
	child_why = child_respond(sa, m, &b, &keys, NULL, NULL, &c);
	if (child_why)
		build_notify(&b, 0, child_why, NULL, 0, NULL, 0);
	handshake_free(sa);
	finish_response(sa, &b);
	if (message_notify(m, N_INITIAL_CONTACT, &n))
		initial_contact(sa);
	sa_schedule(sa);
}
