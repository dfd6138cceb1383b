// SPDX-License-Identifier: GPL-2.0-or-later
/* Rekeying of Child SAs and IKE SAs, collisions: RFC 7296 sections 2.8, 2.18, 2.25. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "mobike.h"

#define RETRY_AFTER	500		/* ms after TEMPORARY_FAILURE */
#define TRIES_MAX	8
#define RETIRED_LIFE	60000		/* ms until a replaced IKE SA goes by itself */

void exchange_free(struct ike_sa *sa)
{
	struct exchange *x = sa->x;

	if (!x)
		return;
	sa->x = NULL;
	if (x->collision_sa) {
		x->collision_sa->rival_of = NULL;
		sa_schedule(x->collision_sa);
	}
	free(x->req);
	crypto_wipe(x, sizeof(*x));
	free(x);
}

/* Section 2.8: octet by octet, a prefix is the lower one. */
static int nonce_cmp(struct chunk a, struct chunk b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int r = memcmp(a.p, b.p, n);

	return r ? r : (a.len > b.len) - (a.len < b.len);
}

static void keep_lower(struct exchange *x, struct chunk a, struct chunk b)
{
	const struct chunk low = nonce_cmp(a, b) < 0 ? a : b;

	memcpy(x->collision_nonce, low.p, low.len);
	x->collision_nonce_len = low.len;
}

/* Is the lowest of the four nonces one of our exchange?  Then ours is closed. */
static bool ours_loses(const struct exchange *x, struct chunk ni, struct chunk nr)
{
	const struct chunk mine = nonce_cmp(ni, nr) < 0 ? ni : nr;

	return nonce_cmp(mine, CHUNK(x->collision_nonce, x->collision_nonce_len)) < 0;
}

static bool nonce_of(const struct message *m, struct chunk *nonce)
{
	const struct payload *n = message_find(m, PL_NONCE);

	if (!n || n->body.len < IKE_NONCE_MIN || n->body.len > IKE_NONCE_MAX)
		return false;
	*nonce = n->body;
	return true;
}

static struct exchange *exchange_new(struct ike_sa *sa, enum job_type type,
				     const struct job *job)
{
	struct exchange *x = calloc(1, sizeof(*x));
	uint16_t group = job->group;

	if (!x)
		return NULL;
	sa->x = x;
	x->type = type;
	x->tries = job->tries;
	sa->ike->ops.random(sa->ike->ctx, x->nonce, sizeof(x->nonce));
	if (!group)
		group = sa->keys.group;
	/* the configuration may have changed in the IKE SA's life */
	if (!groups_have(sa->ike, group))
		group = sa->ike->config.offers[0].group[0];
	if (!ke_make(&x->ke, group, sa->ike->ops.random, sa->ike->ctx)) {
		exchange_free(sa);
		return NULL;
	}
	return x;
}

/* group: that the peer asks for, 0: none; then it need not wait. */
static void try_again(struct ike_sa *sa, enum job_type type, uint32_t spi, unsigned int tries,
		      uint16_t group)
{
	struct job *j;
	uint64_t at = 0;

	if (tries + 1 >= TRIES_MAX) {
		/* section 2.25: minutes of it mean that states differ */
		job_add(sa, JOB_CLOSE, 0, NULL, 0);
		return;
	}
	if (!group)
		at = sa->ike->now + jitter(sa->ike, RETRY_AFTER << tries);
	j = job_add(sa, type, spi, NULL, at);
	if (!j)
		return;
	j->tries = tries + 1;
	j->group = group;
}

/* Child SAs. */

void rekey_child_start(struct ike_sa *sa, struct job *job)
{
	struct child *c = child_find(sa, job->spi);
	uint8_t pub[KE_PUBLIC_MAX];
	struct exchange *x;
	struct builder b;
	uint32_t spi;

	/* the peer may have been quicker while this waited: then it deletes the old one */
	if (!c || c->deleting || child_successor(sa, c->spi_in))
		return;
	x = exchange_new(sa, JOB_REKEY_CHILD, job);
	if (x)
		x->req = calloc(1, sizeof(*x->req));
	if (!x || !x->req) {
		exchange_free(sa);
		c->rekeying = false;
		return;
	}
	x->old_spi = c->spi_in;
	x->spi_in = child_new_spi(sa->ike);
	x->req->spd_entry = c->spd_entry;
	x->req->mode = c->mode;
	x->req->n_local = 1;
	x->req->local_ts[0] = c->local_ts;
	x->req->n_remote = 1;
	x->req->remote_ts[0] = c->remote_ts;
	x->req->n_suites = 1;
	x->req->suites[0] = c->suite;
	x->req->suites[0].no_esn = false;
	x->req->lifetime = c->lifetime;
	x->req->lifebytes = c->lifebytes;

	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	spi = htonl(c->spi_in);
	build_notify(&b, PROTO_ESP, N_REKEY_SA, &spi, 4, NULL, 0);
	{
		struct sa_payload *offer = malloc(sizeof(*offer));

		spi = htonl(x->spi_in);
		if (offer) {
			propose_esp(sa->ike, offer, x->req->suites, 1, (const uint8_t *)&spi,
				    x->ke.group);
			build_sa(&b, offer);
		} else {
			b.overflow = true;
		}
		free(offer);
	}
	build_payload(&b, PL_NONCE, x->nonce, sizeof(x->nonce));
	build_ke(&b, x->ke.group, pub, ke_public(&x->ke, pub));
	child_offer_ts(&b, x->req);
	if (!finish_request(sa, &b)) {
		exchange_free(sa);
		c->rekeying = false;
	}
}

void rekey_child_request_in(struct ike_sa *sa, struct message *m, uint32_t spi)
{
	struct child *old = child_find_out(sa, spi), *c = NULL;
	uint8_t nonce[IKE_NONCE_LEN];
	struct child_keys_in keys = { 0 };
	struct builder b;
	uint16_t why = 0;
	uint32_t be;

	if (sa->rekeyed || (sa->x && sa->x->type == JOB_REKEY_SA))
		why = N_TEMPORARY_FAILURE;
	else if (!old)
		/* it may be the one whose answer is still on its way */
		why = child_unborn(sa) ? N_TEMPORARY_FAILURE : N_CHILD_SA_NOT_FOUND;
	else if (old->deleting)
		why = N_TEMPORARY_FAILURE;
	else if (!nonce_of(m, &keys.ni))
		why = N_INVALID_SYNTAX;
	begin_response(sa, &b, EXCH_CREATE_CHILD_SA, m->h.id);
	if (why == N_CHILD_SA_NOT_FOUND) {
		be = htonl(spi);
		build_notify(&b, PROTO_ESP, why, &be, 4, NULL, 0);
		finish_response(sa, &b);
		return;
	}
	if (!why) {
		sa->ike->ops.random(sa->ike->ctx, nonce, sizeof(nonce));
		keys.nr = CHUNK(nonce, sizeof(nonce));
		why = child_respond(sa, m, &b, &keys, nonce, old, &c);
	}
	if (why)
		build_refusal(&b, why, keys.wrong_group);
	finish_response(sa, &b);
	if (why)
		return;
	sa->ike->stats.child_rekeys++;
	if (sa->x && sa->x->type == JOB_REKEY_CHILD && sa->x->old_spi == old->spi_in) {
		/* section 2.8.1: both rekey it; the nonces decide when our answer comes */
		sa->ike->stats.rekey_collisions++;
		sa->x->collided = true;
		sa->x->collision_spi = c->spi_in;
		keep_lower(sa->x, keys.ni, keys.nr);
	} else {
		/* the peer deletes the old one; do not rekey it as well */
		old->rekeying = true;
	}
}

void rekey_child_response_in(struct ike_sa *sa, struct message *m)
{
	struct exchange *x = sa->x;
	struct child *old = child_find(sa, x->old_spi), *c = NULL;
	struct child_keys_in keys = { .ni = CHUNK(x->nonce, sizeof(x->nonce)) };
	enum ike_error error = IKE_E_SYNTAX;
	uint16_t detail = 0;

	if (!old) {
		/* deleted meanwhile: the new one has no reason to be */
		if (message_find(m, PL_SA))
			job_add(sa, JOB_DELETE_CHILD, x->spi_in, NULL, 0);
		exchange_free(sa);
		return;
	}
	if (nonce_of(m, &keys.nr) || !message_find(m, PL_SA))
		error = child_answer(sa, m, x->req, x->spi_in, &keys, old, &x->ke, &detail,
				     &c);
	if (error) {
		if (detail == N_CHILD_SA_NOT_FOUND) {
			/* section 2.25: gone at the peer */
			if (!x->collided)
				child_remove(sa, old, true, IKE_EV_CHILD_DOWN, IKE_E_REFUSED);
		} else if (!x->collided) {
			old->rekeying = true;
			try_again(sa, JOB_REKEY_CHILD, old->spi_in, x->tries,
				  other_group(sa, m, x->ke.group));
		}
		if (!detail && message_find(m, PL_SA))
			job_add(sa, JOB_DELETE_CHILD, x->spi_in, NULL, 0);
		exchange_free(sa);
		return;
	}
	sa->ike->stats.child_rekeys++;
	if (child_stillborn(sa, c)) {
		delete_child(sa, old);
	} else if (x->collided && ours_loses(x, keys.ni, keys.nr)) {
		delete_child(sa, c);
	} else {
		/* the survivor's initiator deletes the old one (section 2.8.1) */
		delete_child(sa, old);
	}
	exchange_free(sa);
}

/* IKE SAs. */

/* The peer has to close it; if it does not, it goes all the same, and quietly. */
static void retire(struct ike_sa *sa)
{
	sa->rekeyed = true;
	sa->closed_told = true;
	sa->rekey_at = 0;
	ticket_leave(sa, false);
	sa->expire_at = sa->ike->now + RETIRED_LIFE;
	sa_schedule(sa);
}

static void inherit(struct ike_sa *from, struct ike_sa *to)
{
	struct child **p, *c;

	for (c = from->children; c; c = c->next)
		c->sa = to;
	for (p = &to->children; *p; p = &(*p)->next)
		;
	*p = from->children;
	to->n_children += from->n_children;
	from->children = NULL;
	from->n_children = 0;
	while (from->jobs) {
		struct job *j = from->jobs, **q;

		from->jobs = j->next;
		from->n_jobs--;
		j->next = NULL;
		if (j->type == JOB_REKEY_SA || j->type == JOB_LIVENESS ||
		    j->type == JOB_TICKET) {
			free(j->req);
			free(j);
			continue;
		}
		for (q = &to->jobs; *q; q = &(*q)->next)
			;
		*q = j;
		to->n_jobs++;
	}
	mobike_inherit(to, from);
	retire(from);
	if (to->tickets)
		job_add(to, JOB_TICKET, 0, NULL, 0);
	sa_event(to, IKE_EV_SA_REKEYED, IKE_OK, 0, 0, "rekeyed");
	sa_schedule(to);
}

/* The successor of an IKE SA: same peer, new SPIs and keys. */
static struct ike_sa *successor(struct ike_sa *sa, bool initiator)
{
	struct ike_sa *s = sa_new(sa->ike, initiator, &sa->local, &sa->peer);

	if (!s)
		return NULL;
	s->peer_id = malloc(sa->peer_id_len + sa->spki_len);
	if (!s->peer_id || !mobike_join(s, sa)) {
		sa_free(s);
		return NULL;
	}
	memcpy(s->peer_id, sa->peer_id, sa->peer_id_len + sa->spki_len);
	s->id_type = sa->id_type;
	s->peer_id_len = sa->peer_id_len;
	s->spki_len = sa->spki_len;
	s->auth_method = sa->auth_method;
	s->peer_auth = sa->peer_auth;
	s->own_method = sa->own_method;
	memcpy(s->creds, sa->creds, sizeof(s->creds));
	s->natt_local = sa->natt_local;
	s->natt_remote = sa->natt_remote;
	s->natt_able = sa->natt_able;
	s->beet = sa->beet;
	s->fragmentation = sa->fragmentation;
	s->small_path = sa->small_path;
	s->client = sa->client;
	/* their jobs move on, too */
	s->heirs = sa->heirs;
	s->bonds = sa->bonds;
	s->tickets = sa->tickets;
	lineage_join(s, sa);
	return s;
}

static void successor_up(struct ike_sa *s)
{
	s->have_keys = true;
	s->up = ++s->ike->seq;
	s->state = SA_UP;
	s->rekey_at = s->ike->now + jitter(s->ike, s->ike->config.ike_lifetime);
	sa_schedule(s);
}

void rekey_sa_start(struct ike_sa *sa, struct job *job)
{
	struct sa_payload *offer;
	uint8_t pub[KE_PUBLIC_MAX];
	struct exchange *x;
	struct builder b;

	if (sa->rekeyed)
		return;
	x = exchange_new(sa, JOB_REKEY_SA, job);
	offer = malloc(sizeof(*offer));
	if (!x || !offer) {
		free(offer);
		exchange_free(sa);
		return;
	}
	sa->ike->ops.random(sa->ike->ctx, x->new_spi, sizeof(x->new_spi));
	x->new_spi[0] |= 1;
	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	propose_ike(sa->ike, offer, x->new_spi, 8);
	build_sa(&b, offer);
	free(offer);
	build_payload(&b, PL_NONCE, x->nonce, sizeof(x->nonce));
	build_ke(&b, x->ke.group, pub, ke_public(&x->ke, pub));
	if (!finish_request(sa, &b))
		exchange_free(sa);
}

static uint16_t rekey_sa_accept(struct ike_sa *sa, struct message *m, struct builder *b,
				uint16_t *wrong_group, struct ike_sa **out)
{
	const struct payload *ke = message_find(m, PL_KE);
	struct sa_payload *offer = malloc(sizeof(*offer)), *chosen = malloc(sizeof(*chosen));
	uint8_t pub[KE_PUBLIC_MAX], shared[KE_SHARED_MAX], nonce[IKE_NONCE_LEN];
	struct ike_keys keys = { 0 };
	struct ike *ike = sa->ike;
	struct ike_sa *s = NULL;
	struct chunk data, ni;
	uint16_t group, why = N_INVALID_SYNTAX;
	size_t pub_len, len;
	struct ke our = { 0 };

	if (!offer || !chosen || !nonce_of(m, &ni) || !ke || !ke_parse(ke, &group, &data) ||
	    !sa_parse(message_find(m, PL_SA), offer))
		goto out;
	why = N_NO_PROPOSAL_CHOSEN;
	if (!choose_ike(ike, offer, group, &keys, chosen) || chosen->p[0].spi.len != 8)
		goto out;
	why = N_INVALID_KE_PAYLOAD;
	*wrong_group = keys.group;
	if (group != keys.group)
		goto out;
	why = N_INVALID_SYNTAX;
	if (data.len != group_public_len(group))
		goto out;
	why = N_TEMPORARY_FAILURE;
	s = successor(sa, false);
	if (!s)
		goto out;
	memcpy(s->spi_i, chosen->p[0].spi.p, 8);
	ike->ops.random(ike->ctx, nonce, sizeof(nonce));
	s->keys = keys;
	ke_make(&our, group, ike->ops.random, ike->ctx);
	pub_len = ke_public(&our, pub);
	len = ke_shared(&our, data, shared);
	if (!pub_len || !len ||
	    !crypto_ike_rekey(&s->keys, &sa->keys, CHUNK(shared, len), ni,
			      CHUNK(nonce, sizeof(nonce)), s->spi_i, s->spi_r)) {
		sa_free(s);
		why = N_INVALID_SYNTAX;
		goto out;
	}
	chosen->p[0].spi = CHUNK(s->spi_r, 8);
	build_sa(b, chosen);
	build_payload(b, PL_NONCE, nonce, sizeof(nonce));
	build_ke(b, group, pub, pub_len);
	if (sa->x && sa->x->type == JOB_REKEY_SA)
		keep_lower(sa->x, ni, CHUNK(nonce, sizeof(nonce)));
	*out = s;
	why = 0;
out:
	crypto_wipe(&our, sizeof(our));
	crypto_wipe(shared, sizeof(shared));
	crypto_wipe(&keys, sizeof(keys));
	free(offer);
	free(chosen);
	return why;
}

void rekey_sa_request_in(struct ike_sa *sa, struct message *m)
{
	struct ike_sa *s = NULL;
	struct builder b;
	uint16_t why, group = 0;

	begin_response(sa, &b, EXCH_CREATE_CHILD_SA, m->h.id);
	/* section 2.25.2: while a Child SA is made or changed, not now */
	if (sa->rekeyed || sa->deleting_spi ||
	    (sa->x && (sa->x->type != JOB_REKEY_SA || sa->x->collided)) ||
	    (sa->request && !sa->x && sa->request[18] == EXCH_INFORMATIONAL && sa->n_jobs &&
	     sa->jobs->type == JOB_CLOSE))
		why = N_TEMPORARY_FAILURE;
	else
		why = rekey_sa_accept(sa, m, &b, &group, &s);
	if (why == N_INVALID_KE_PAYLOAD)
		sa->ike->stats.invalid_ke_sent++;
	if (why)
		build_refusal(&b, why, group);
	finish_response(sa, &b);
	if (why)
		return;
	sa->ike->stats.ike_rekeys++;
	if (sa->x && sa->x->type == JOB_REKEY_SA) {
		sa->ike->stats.rekey_collisions++;
		sa->x->collided = true;
		sa->x->collision_sa = s;
		/* before it is up: no record of it, while it has no children */
		s->rival_of = sa;
		successor_up(s);
	} else {
		successor_up(s);
		inherit(sa, s);
	}
}

static bool rekey_sa_answer(struct ike_sa *sa, struct message *m, struct ike_sa **out,
			    struct chunk *nr)
{
	const struct payload *pl = message_find(m, PL_SA), *ke = message_find(m, PL_KE);
	struct sa_payload *answer = malloc(sizeof(*answer));
	struct exchange *x = sa->x;
	const uint8_t *spi = NULL;
	struct ike_keys keys = { 0 };
	uint8_t shared[KE_SHARED_MAX];
	struct ike_sa *s = NULL;
	struct chunk data;
	uint16_t group;
	size_t len;
	bool ok;

	ok = answer && pl && ke && nonce_of(m, nr) && sa_parse(pl, answer) &&
	     accept_ike(sa->ike, answer, &keys, &spi) && ke_parse(ke, &group, &data) &&
	     group == x->ke.group && group == keys.group;
	if (ok) {
		s = successor(sa, true);
		ok = s;
	}
	if (ok) {
		/* the SPI that we announced */
		table_del(s, TABLE_SPI);
		memcpy(s->spi_i, x->new_spi, 8);
		table_add(s, TABLE_SPI, hash_of_spi(s->spi_i));
		memcpy(s->spi_r, spi, 8);
		s->keys = keys;
		len = ke_shared(&x->ke, data, shared);
		ok = len &&
		     crypto_ike_rekey(&s->keys, &sa->keys, CHUNK(shared, len),
				      CHUNK(x->nonce, sizeof(x->nonce)), *nr, s->spi_i,
				      s->spi_r);
		if (!ok)
			sa_free(s);
	}
	crypto_wipe(shared, sizeof(shared));
	crypto_wipe(&keys, sizeof(keys));
	free(answer);
	*out = ok ? s : NULL;
	return ok;
}

void rekey_sa_response_in(struct ike_sa *sa, struct message *m)
{
	struct exchange *x = sa->x;
	struct ike_sa *s = NULL;
	struct chunk nr;
	struct notify n;

	if (!rekey_sa_answer(sa, m, &s, &nr)) {
		if (x->collision_sa) {
			/* the peer's attempt stands */
			inherit(sa, x->collision_sa);
		} else if (message_error(m, &n)) {
			try_again(sa, JOB_REKEY_SA, 0, x->tries,
				  other_group(sa, m, x->ke.group));
		} else {
			job_add(sa, JOB_CLOSE, 0, NULL, 0);
		}
		exchange_free(sa);
		return;
	}
	sa->ike->stats.ike_rekeys++;
	successor_up(s);
	if (x->collision_sa && ours_loses(x, CHUNK(x->nonce, sizeof(x->nonce)), nr)) {
		inherit(sa, x->collision_sa);
		s->rekeyed = true;
		s->closed_told = true;
		job_add(s, JOB_CLOSE, 0, NULL, 0);
		exchange_free(sa);
		sa_run_jobs(s);
		return;
	}
	if (x->collision_sa)
		retire(x->collision_sa);
	inherit(sa, s);
	exchange_free(sa);
	/* section 2.18: Delete is the last request on the old one */
	job_add(sa, JOB_CLOSE, 0, NULL, 0);
	sa_run_jobs(s);
}

bool rekey_sa_yield(struct ike_sa *sa)
{
	if (!sa->x || !sa->x->collision_sa)
		return false;
	inherit(sa, sa->x->collision_sa);
	exchange_free(sa);
	return true;
}

void rekey_sa_abandon(struct ike_sa *sa)
{
	struct ike_sa *rival = sa->x ? sa->x->collision_sa : NULL;

	if (!rival)
		return;
	sa->x->collision_sa = NULL;
	rival->rival_of = NULL;
	job_add(rival, JOB_CLOSE, 0, NULL, 0);
	sa_run_jobs(rival);
}
