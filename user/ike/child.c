// SPDX-License-Identifier: GPL-2.0-or-later
/* Child SAs: RFC 7296 sections 1.3.1, 2.9, 2.17 and 2.23.1. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mobike.h"

struct child *child_find(const struct ike_sa *sa, uint32_t spi_in)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->spi_in == spi_in)
			return c;
	return NULL;
}

struct child *child_find_out(const struct ike_sa *sa, uint32_t spi_out)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->spi_out == spi_out)
			return c;
	return NULL;
}

struct child *child_successor(const struct ike_sa *sa, uint32_t spi_in)
{
	struct child *c;

	for (c = sa->children; c; c = c->next)
		if (c->replaces == spi_in && !c->deleting)
			return c;
	return NULL;
}

bool child_possible(const struct ike_sa *sa, const struct ike_request *req)
{
	return req->mode != BTNS_MODE_BEET || sa->beet;
}

bool child_covers(const struct child *c, const struct ike_request *req)
{
	return !req->own && c->spd_entry == req->spd_entry &&
	       ts_within(&req->local_ts[0], &c->local_ts) &&
	       ts_within(&req->remote_ts[0], &c->remote_ts);
}

bool child_covers_flow(const struct child *c, const struct ike_flow *f)
{
	return ts_holds(&c->local_ts, f->proto, &f->local) &&
	       ts_holds(&c->remote_ts, f->proto, &f->peer);
}

void child_remove(struct ike_sa *sa, struct child *c, bool tell_kernel,
		  enum ike_event_type why, enum ike_error error)
{
	struct child **p, *old;

	for (p = &sa->children; *p; p = &(*p)->next) {
		if (*p == c) {
			*p = c->next;
			break;
		}
	}
	child_table_del(c);
	old = c->replaces ? child_find(sa, c->replaces) : NULL;
	if (old && old->rekeying && !child_successor(sa, old->spi_in) &&
	    !(sa->x && sa->x->old_spi == old->spi_in)) {
		/* its successor was a mistake: it lives on */
		old->rekeying = false;
		old->rekey_at = sa->ike->now + 10000;
	}
	sa->n_children--;
	sa->ike->stats.children--;
	if (tell_kernel)
		sa->ike->ops.child_delete(sa->ike->ctx, c->spi_in, &sa->local);
	sa_event(sa, why, error, 0, c->spi_in, NULL);
	free(c);
}

void child_switch(struct ike_sa *sa, struct child *c)
{
	if (!c->standby)
		return;
	c->standby = false;
	if (sa->ike->ops.child_switch(sa->ike->ctx, c->spi_in, &sa->local))
		sa_event(sa, IKE_EV_FAILED, IKE_E_KERNEL, 0, c->spi_in, "switch refused");
}

void child_follow(struct ike_sa *sa, struct child *c, const struct ike_addr *old, bool encap)
{
	const int r = sa->ike->ops.child_move(sa->ike->ctx, c->spi_in, &sa->local, old, &sa->peer,
					      encap);

	/* policy wants it where it is */
	if (r == -EACCES)
		delete_child(sa, c);
	/* a new pair has the new addresses from the start */
	else if (r && r != -ENOENT)
		c->rekey_at = sa->ike->now;
}

bool child_unborn(const struct ike_sa *sa)
{
	return sa->x && sa->x->type != JOB_REKEY_SA;
}

void child_unborn_gone(struct ike_sa *sa, uint32_t spi_out)
{
	struct exchange *x = sa->x;

	if (child_unborn(sa) && x->n_gone < EXCHANGE_GONE_MAX)
		x->gone[x->n_gone++] = spi_out;
}

bool child_stillborn(struct ike_sa *sa, struct child *c)
{
	unsigned int i;

	for (i = 0; i < sa->x->n_gone; i++) {
		if (sa->x->gone[i] == c->spi_out) {
			child_remove(sa, c, true, IKE_EV_CHILD_DOWN, IKE_OK);
			return true;
		}
	}
	return false;
}

uint32_t child_new_spi(struct ike *ike)
{
	uint32_t spi;

	do {
		ike->ops.random(ike->ctx, &spi, sizeof(spi));
	} while (spi < 4096 || child_by_spi(ike, spi));
	return spi;
}

static void child_keys(struct ike_child_sa *sa, const uint8_t *keymat, bool initiator,
		       size_t encr, size_t integ)
{
	const uint8_t *i2r = keymat, *r2i = keymat + encr + integ;
	const uint8_t *out = initiator ? i2r : r2i, *in = initiator ? r2i : i2r;

	sa->encr_len = encr;
	sa->integ_len = integ;
	memcpy(sa->encr_out, out, encr);
	memcpy(sa->integ_out, out + encr, integ);
	memcpy(sa->encr_in, in, encr);
	memcpy(sa->integ_in, in + encr, integ);
}

struct child *child_install(struct ike_sa *sa, const struct child_plan *plan,
			    const struct child_keys_in *keys)
{
	struct ike *ike = sa->ike;
	const struct ike_grant *g = &plan->grant;
	uint8_t keymat[2 * (64 + 64)];
	struct ike_child_sa out = { 0 };
	size_t encr, integ;
	struct child *c;
	uint32_t life;
	bool ok;

	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	life = g->lifetime ? g->lifetime : ike->config.child_lifetime / 1000;
	out.cookie = plan->cookie;
	out.spd_entry = g->spd_entry;
	out.spi_in = plan->spi_in;
	out.spi_out = plan->spi_out;
	out.local = sa->local;
	out.peer = sa->peer;
	out.encap = sa_is_natt(sa);
	out.peer_natted = sa->natt_remote;
	out.initiator = plan->initiator;
	out.standby = plan->standby;
	out.mode = g->mode;
	out.suite = plan->suite;
	out.local_ts = g->local_ts;
	out.remote_ts = g->remote_ts;
	out.soft_time = life + life / 20;
	out.hard_time = life + life / 5 + 30;
	out.hard_bytes = g->lifebytes;
	out.soft_bytes = g->lifebytes - g->lifebytes / 10;
	sa_peer_identity(sa, &out.peer_id);
	sa_local_identity(sa, &out.local_id);
	memcpy(out.ike_spi, sa->spi_i, 8);
	memcpy(out.ike_spi + 8, sa->spi_r, 8);

	ok = crypto_esp_key_len(plan->suite.encr, plan->suite.encr_bits, plan->suite.integ,
				&encr, &integ) &&
	     crypto_keymat(&sa->keys, keymat, 2 * (encr + integ), keys->shared, keys->ni,
			   keys->nr);
	if (ok) {
		child_keys(&out, keymat, plan->initiator, encr, integ);
		ok = !ike->ops.child_install(ike->ctx, &out);
	}
	crypto_wipe(keymat, sizeof(keymat));
	crypto_wipe(&out, sizeof(out));
	if (!ok) {
		ike->stats.children_failed++;
		free(c);
		return NULL;
	}
	c->spi_in = plan->spi_in;
	c->spi_out = plan->spi_out;
	c->spd_entry = g->spd_entry;
	c->mode = g->mode;
	c->standby = plan->standby;
	c->replaces = plan->replaces;
	c->encap = sa_is_natt(sa);
	c->path = sa->mobike ? sa->mobike->path : 0;
	c->suite = plan->suite;
	c->local_ts = g->local_ts;
	c->remote_ts = g->remote_ts;
	c->lifetime = g->lifetime;
	c->lifebytes = g->lifebytes;
	c->rekey_at = ike->now + jitter(ike, (uint64_t)life * 1000);
	child_table_add(sa, c);
	c->next = sa->children;
	sa->children = c;
	sa->n_children++;
	ike->stats.children++;
	ike->stats.children_ok++;
	sa_event(sa, plan->replaces ? IKE_EV_CHILD_REKEYED : IKE_EV_CHILD_UP, IKE_OK, 0,
		 c->spi_in, NULL);
	sa_schedule(sa);
	return c;
}

/* Offers. */

void child_offer(const struct ike *ike, struct builder *b, const struct ike_request *req,
		 uint32_t spi_in)
{
	struct sa_payload *offer = malloc(sizeof(*offer));
	const uint32_t spi = htonl(spi_in);

	if (!offer) {
		b->overflow = true;
		return;
	}
	propose_esp(ike, offer, req->suites, req->n_suites, (const uint8_t *)&spi, 0);
	build_sa(b, offer);
	free(offer);
}

/* Tunnel mode needs no words. */
static void build_mode(struct builder *b, uint8_t mode)
{
	if (mode == BTNS_MODE_TRANSPORT)
		build_notify(b, 0, N_USE_TRANSPORT_MODE, NULL, 0, NULL, 0);
	else if (mode == BTNS_MODE_BEET)
		build_notify(b, 0, N_USE_BEET_MODE, NULL, 0, NULL, 0);
}

/* false: two modes at once. */
static bool mode_of(const struct ike_sa *sa, const struct message *m, uint8_t *mode)
{
	struct notify n;
	const bool transport = message_notify(m, N_USE_TRANSPORT_MODE, &n);
	/* a private number means something only if both ends have said what */
	const bool beet = sa->beet && message_notify(m, N_USE_BEET_MODE, &n);

	*mode = transport ? BTNS_MODE_TRANSPORT : beet ? BTNS_MODE_BEET : BTNS_MODE_TUNNEL;
	return !transport || !beet;
}

void child_offer_ts(struct builder *b, const struct ike_request *req)
{
	build_mode(b, req->mode);
	build_ts(b, PL_TSi, req->local_ts, req->n_local);
	build_ts(b, PL_TSr, req->remote_ts, req->n_remote);
}

/* Responder. */

static uint16_t ask_narrow(struct ike_sa *sa, struct message *m, struct ike_grant *g,
			   struct ike_ts *answer_i, struct ike_ts *answer_r)
{
	const struct payload *tsi = message_find(m, PL_TSi), *tsr = message_find(m, PL_TSr);
	struct ike_ts i[IKE_TS_MAX], r[IKE_TS_MAX], first_i, first_r;
	struct ike_narrow q = { 0 };
	bool swapped_i, swapped_r;

	if (!tsi || !tsr || !mode_of(sa, m, &q.mode) || !ts_parse(tsi, i, IKE_TS_MAX, &q.n_remote) ||
	    !ts_parse(tsr, r, IKE_TS_MAX, &q.n_local))
		return N_INVALID_SYNTAX;
	if (!q.n_remote || !q.n_local)
		return N_TS_UNACCEPTABLE;
	first_i = i[0];
	first_r = r[0];
	swapped_i = q.mode == BTNS_MODE_TRANSPORT && sa->natt_remote;
	swapped_r = q.mode == BTNS_MODE_TRANSPORT && sa->natt_local;
	if (swapped_i)
		ts_substitute(i, q.n_remote, &sa->peer);
	if (swapped_r)
		ts_substitute(r, q.n_local, &sa->local);
	sa_peer_identity(sa, &q.peer);
	q.local = sa->local;
	q.remote = sa->peer;
	q.natt_local = sa->natt_local;
	q.natt_remote = sa->natt_remote;
	q.local_ts = r;
	q.remote_ts = i;
	if (sa->ike->ops.narrow(sa->ike->ctx, &q, g)) {
		sa->ike->stats.ts_unacceptable++;
		return N_TS_UNACCEPTABLE;
	}
	/* an owner that gives more than was asked would break the peer's rules */
	if (!ts_within_any(&g->remote_ts, i, q.n_remote) ||
	    !ts_within_any(&g->local_ts, r, q.n_local) ||
	    (g->mode != q.mode && g->mode != BTNS_MODE_TUNNEL) ||
	    (g->mode == BTNS_MODE_BEET &&
	     (!ts_one_address(&g->remote_ts) || !ts_one_address(&g->local_ts))))
		return N_TS_UNACCEPTABLE;
	*answer_i = g->remote_ts;
	*answer_r = g->local_ts;
	if (swapped_i) {
		memcpy(answer_i->start, first_i.start, 16);
		memcpy(answer_i->end, first_i.start, 16);
	}
	if (swapped_r) {
		memcpy(answer_r->start, first_r.start, 16);
		memcpy(answer_r->end, first_r.start, 16);
	}
	return 0;
}

/* Rekeying never narrows (section 2.9.2): the selectors are those of the old one. */
static uint16_t same_as(const struct child *old, struct ike_grant *g, struct ike_ts *i,
			struct ike_ts *r)
{
	memset(g, 0, sizeof(*g));
	g->spd_entry = old->spd_entry;
	g->mode = old->mode;
	g->local_ts = old->local_ts;
	g->remote_ts = old->remote_ts;
	g->n_suites = 1;
	g->suites[0] = old->suite;
	g->suites[0].no_esn = false;
	g->lifetime = old->lifetime;
	g->lifebytes = old->lifebytes;
	*i = old->remote_ts;
	*r = old->local_ts;
	return 0;
}

/* Does a rekey ask for all that the old one has?  Behind NAT addresses differ. */
static bool offers_all(const struct ike_sa *sa, const struct message *m,
		       const struct child *old)
{
	const struct payload *tsi = message_find(m, PL_TSi), *tsr = message_find(m, PL_TSr);
	struct ike_ts i[IKE_TS_MAX], r[IKE_TS_MAX];
	unsigned int ni, nr;
	uint8_t mode;

	if (!tsi || !tsr || !ts_parse(tsi, i, IKE_TS_MAX, &ni) ||
	    !ts_parse(tsr, r, IKE_TS_MAX, &nr) || !mode_of(sa, m, &mode) ||
	    (old->mode != mode && old->mode != BTNS_MODE_TUNNEL))
		return false;
	if (sa_is_natt(sa) && old->mode == BTNS_MODE_TRANSPORT)
		return ni && nr;
	return ts_within_any(&old->remote_ts, i, ni) && ts_within_any(&old->local_ts, r, nr);
}

/* The peer's own view of its selectors, for the answer to a rekey behind NAT. */
static void echo_ts(struct message *m, struct ike_ts *i, struct ike_ts *r)
{
	const struct payload *tsi = message_find(m, PL_TSi), *tsr = message_find(m, PL_TSr);
	struct ike_ts ts[IKE_TS_MAX];
	unsigned int n;

	if (tsi && ts_parse(tsi, ts, IKE_TS_MAX, &n) && n && ts[0].family == i->family) {
		memcpy(i->start, ts[0].start, 16);
		memcpy(i->end, ts[0].end, 16);
	}
	if (tsr && ts_parse(tsr, ts, IKE_TS_MAX, &n) && n && ts[0].family == r->family) {
		memcpy(r->start, ts[0].start, 16);
		memcpy(r->end, ts[0].end, 16);
	}
}

void build_refusal(struct builder *b, uint16_t why, uint16_t group)
{
	const uint16_t data = htons(group);

	build_notify(b, 0, why, NULL, 0, &data, why == N_INVALID_KE_PAYLOAD ? 2 : 0);
}

uint16_t other_group(const struct ike_sa *sa, const struct message *m, uint16_t sent)
{
	struct notify n;
	uint16_t group;

	if (!message_notify(m, N_INVALID_KE_PAYLOAD, &n) || n.data.len != 2)
		return 0;
	sa->ike->stats.invalid_ke_seen++;
	group = n.data.p[0] << 8 | n.data.p[1];
	return group != sent && groups_have(sa->ike, group) ? group : 0;
}

uint16_t child_respond(struct ike_sa *sa, struct message *m, struct builder *b,
		       struct child_keys_in *keys, const uint8_t *nonce,
		       const struct child *rekeyed, struct child **c)
{
	const struct payload *pl = message_find(m, PL_SA), *ke = message_find(m, PL_KE);
	struct sa_payload *offer = NULL, *chosen = NULL;
	struct child_plan plan = { .spi_in = child_new_spi(sa->ike) };
	struct ike_ts ts_i, ts_r;
	uint8_t pub[KE_PUBLIC_MAX], shared[KE_SHARED_MAX];
	struct chunk ke_data = CHUNK(NULL, 0);
	struct ke our = { 0 };
	uint16_t why, group = 0;
	size_t pub_len = 0;
	uint32_t spi;

	if (!pl || message_count(m, PL_SA) != 1 || (ke && !ke_parse(ke, &group, &ke_data)) ||
	    (groups_have(sa->ike, group) && ke_data.len != group_public_len(group)))
		return N_INVALID_SYNTAX;
	if (!nonce)
		group = 0;		/* IKE_AUTH has no key exchange of its own */
	/* old and new ones overlap, in collisions threefold */
	if (sa->n_children >= sa->ike->config.max_children * (rekeyed ? 3 : 1))
		return N_NO_ADDITIONAL_SAS;
	if (rekeyed) {
		why = same_as(rekeyed, &plan.grant, &ts_i, &ts_r);
		if (!offers_all(sa, m, rekeyed))
			return N_TS_UNACCEPTABLE;
		if (sa_is_natt(sa) && rekeyed->mode == BTNS_MODE_TRANSPORT)
			echo_ts(m, &ts_i, &ts_r);
	} else {
		why = ask_narrow(sa, m, &plan.grant, &ts_i, &ts_r);
	}
	if (why)
		return why;
	offer = malloc(sizeof(*offer));
	chosen = malloc(sizeof(*chosen));
	if (!offer || !chosen) {
		why = N_TEMPORARY_FAILURE;
		goto out;
	}
	if (!sa_parse(pl, offer)) {
		why = N_INVALID_SYNTAX;
		goto out;
	}
	switch (choose_esp(sa->ike, offer, plan.grant.suites, plan.grant.n_suites, &group,
			   &plan.suite, &plan.spi_out, chosen)) {
	case ESP_NONE:
		sa->ike->stats.no_proposal++;
		why = N_NO_PROPOSAL_CHOSEN;
		goto out;
	case ESP_WRONG_GROUP:
		sa->ike->stats.invalid_ke_sent++;
		why = N_INVALID_KE_PAYLOAD;
		keys->wrong_group = group;
		goto out;
	case ESP_OK:
		break;
	}
	if (group) {
		why = N_INVALID_SYNTAX;
		if (!ke_make(&our, group, sa->ike->ops.random, sa->ike->ctx))
			goto out;
		pub_len = ke_public(&our, pub);
		keys->shared = CHUNK(shared, ke_shared(&our, ke_data, shared));
		if (!pub_len || !keys->shared.len)
			goto out;
		why = 0;
	}
	plan.standby = rekeyed;
	plan.replaces = rekeyed ? rekeyed->spi_in : 0;
	*c = child_install(sa, &plan, keys);
	if (!*c) {
		why = N_TEMPORARY_FAILURE;
		goto out;
	}
	spi = htonl(plan.spi_in);
	chosen->p[0].spi = CHUNK(&spi, 4);
	build_sa(b, chosen);
	chosen_keep(*c, built_body(b));
	if (nonce)
		build_payload(b, PL_NONCE, nonce, IKE_NONCE_LEN);
	if (group)
		build_ke(b, group, pub, pub_len);
	build_mode(b, plan.grant.mode);
	build_ts(b, PL_TSi, &ts_i, 1);
	build_ts(b, PL_TSr, &ts_r, 1);
out:
	crypto_wipe(&our, sizeof(our));
	crypto_wipe(shared, sizeof(shared));
	keys->shared = CHUNK(NULL, 0);
	free(offer);
	free(chosen);
	return why;
}

/* Initiator. */

/*
 * A subset of what we asked for, never more (section 2.9).  An SA of ours has one
 * selector a side: of several, the one that holds them all.  seen: a NAT made the peer
 * answer with an address that is not ours, or not the one that we know.
 */
static enum ike_error granted(const struct payload *pl, const struct ike_addr *seen,
			      const struct ike_ts *asked, unsigned int n_asked,
			      struct ike_ts *out)
{
	struct ike_ts ts[IKE_TS_MAX + 1];
	unsigned int i, n;

	if (!ts_parse(pl, ts, IKE_TS_MAX + 1, &n))
		return IKE_E_SYNTAX;
	if (!n || n > IKE_TS_MAX)
		return IKE_E_TS;
	if (seen)
		ts_substitute(ts, n, seen);
	*out = ts[0];
	for (i = 0; i < n; i++) {
		if (!ts_within_any(&ts[i], asked, n_asked))
			return IKE_E_TS;
		if (ts_within(out, &ts[i]))
			*out = ts[i];
	}
	for (i = 0; i < n; i++)
		if (!ts_within(&ts[i], out))
			return IKE_E_TS;
	return IKE_OK;
}

enum ike_error child_answer(struct ike_sa *sa, struct message *m,
			    const struct ike_request *req, uint32_t spi_in,
			    struct child_keys_in *keys, const struct child *rekeyed,
			    const struct ke *our, uint16_t *detail, struct child **c)
{
	const struct payload *pl = message_find(m, PL_SA), *ke = message_find(m, PL_KE);
	const struct payload *tsi = message_find(m, PL_TSi), *tsr = message_find(m, PL_TSr);
	struct child_plan plan = { .spi_in = spi_in, .initiator = true };
	struct sa_payload *answer;
	uint8_t shared[KE_SHARED_MAX];
	enum ike_error error;
	bool transport;
	struct chunk data;
	struct notify n;
	uint16_t group;
	bool ok;

	*detail = 0;
	if (!pl) {
		if (message_error(m, &n)) {
			*detail = n.type;
			return n.type == N_TS_UNACCEPTABLE ? IKE_E_TS :
			       n.type == N_NO_PROPOSAL_CHOSEN ? IKE_E_PROPOSAL : IKE_E_REFUSED;
		}
		return IKE_E_SYNTAX;
	}
	answer = malloc(sizeof(*answer));
	if (!answer)
		return IKE_E_INTERNAL;
	ok = sa_parse(pl, answer);
	if (ok && !accept_esp(sa->ike, answer, req->suites, req->n_suites,
			      our ? our->group : 0, &plan.suite, &plan.spi_out)) {
		/* perhaps the peer chose the proposal without a key exchange */
		ok = our && accept_esp(sa->ike, answer, req->suites, req->n_suites, 0,
				       &plan.suite, &plan.spi_out);
		our = NULL;
	}
	free(answer);
	if (!ok)
		return IKE_E_PROPOSAL;
	if (!tsi || !tsr)
		return IKE_E_SYNTAX;
	transport = req->mode == BTNS_MODE_TRANSPORT;
	error = granted(tsi, transport && sa->natt_local ? &sa->local : NULL, req->local_ts,
			req->n_local, &plan.grant.local_ts);
	if (!error)
		error = granted(tsr, transport && sa->natt_remote ? &sa->peer : NULL,
				req->remote_ts, req->n_remote, &plan.grant.remote_ts);
	if (error)
		return error;
	if (!mode_of(sa, m, &plan.grant.mode))
		return IKE_E_SYNTAX;
	if (plan.grant.mode != req->mode)
		return IKE_E_REFUSED;
	plan.grant.spd_entry = req->spd_entry;
	plan.grant.lifetime = req->lifetime;
	plan.grant.lifebytes = req->lifebytes;
	plan.cookie = rekeyed ? 0 : req->cookie;
	plan.replaces = rekeyed ? rekeyed->spi_in : 0;
	if (our) {
		if (!ke || !ke_parse(ke, &group, &data) || group != our->group)
			return IKE_E_SYNTAX;
		keys->shared = CHUNK(shared, ke_shared(our, data, shared));
		if (!keys->shared.len)
			return IKE_E_SYNTAX;
	}
	*c = child_install(sa, &plan, keys);
	if (*c)
		chosen_keep(*c, pl->body);
	crypto_wipe(shared, sizeof(shared));
	keys->shared = CHUNK(NULL, 0);
	return *c ? IKE_OK : IKE_E_KERNEL;
}

/* CREATE_CHILD_SA. */

void child_start(struct ike_sa *sa, struct job *job)
{
	struct ike *ike = sa->ike;
	const struct child *c;
	struct exchange *x;
	struct builder b;

	if (job->req->childless) {
		request_done(ike, &job->req, IKE_OK, 0);
		return;
	}
	/* what was asked for while the IKE SA was made may be there by now */
	for (c = sa->children; c; c = c->next) {
		if (!c->deleting && child_covers(c, job->req)) {
			request_done(ike, &job->req, IKE_OK, 0);
			return;
		}
	}
	if (!child_possible(sa, job->req)) {
		request_done(ike, &job->req, IKE_E_REFUSED, 0);
		return;
	}
	x = calloc(1, sizeof(*x));
	if (!x) {
		request_done(ike, &job->req, IKE_E_INTERNAL, 0);
		return;
	}
	sa->x = x;
	x->type = JOB_CHILD;
	x->tries = job->tries;
	x->req = job->req;
	job->req = NULL;
	x->spi_in = child_new_spi(ike);
	ike->ops.random(ike->ctx, x->nonce, sizeof(x->nonce));
	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	child_offer(ike, &b, x->req, x->spi_in);
	build_payload(&b, PL_NONCE, x->nonce, sizeof(x->nonce));
	child_offer_ts(&b, x->req);
	if (!finish_request(sa, &b)) {
		request_done(ike, &x->req, IKE_E_INTERNAL, 0);
		exchange_free(sa);
	}
}

static bool nonce_of(const struct message *m, struct chunk *nonce)
{
	const struct payload *n = message_find(m, PL_NONCE);

	if (!n || n->body.len < IKE_NONCE_MIN || n->body.len > IKE_NONCE_MAX)
		return false;
	*nonce = n->body;
	return true;
}

static void new_child_request_in(struct ike_sa *sa, struct message *m)
{
	uint8_t nonce[IKE_NONCE_LEN];
	struct child_keys_in keys = { 0 };
	struct child *c = NULL;
	struct builder b;
	uint16_t why;

	if (!nonce_of(m, &keys.ni)) {
		respond_error(sa, EXCH_CREATE_CHILD_SA, m->h.id, N_INVALID_SYNTAX, NULL, 0);
		return;
	}
	sa->ike->ops.random(sa->ike->ctx, nonce, sizeof(nonce));
	keys.nr = CHUNK(nonce, sizeof(nonce));
	begin_response(sa, &b, EXCH_CREATE_CHILD_SA, m->h.id);
	why = child_respond(sa, m, &b, &keys, nonce, NULL, &c);
	if (why)
		build_refusal(&b, why, keys.wrong_group);
	finish_response(sa, &b);
}

void create_child_request_in(struct ike_sa *sa, struct message *m)
{
	const struct payload *pl = message_find(m, PL_SA);
	struct sa_payload *offer;
	struct notify n;
	uint32_t spi;
	bool ike_sa;

	if (message_notify(m, N_REKEY_SA, &n)) {
		if (n.proto != PROTO_ESP || n.spi.len != 4) {
			respond_error(sa, EXCH_CREATE_CHILD_SA, m->h.id, N_INVALID_SYNTAX,
				      NULL, 0);
			return;
		}
		memcpy(&spi, n.spi.p, 4);
		rekey_child_request_in(sa, m, ntohl(spi));
		return;
	}
	offer = malloc(sizeof(*offer));
	ike_sa = offer && pl && sa_parse(pl, offer) && offer->n &&
		 offer->p[0].proto == PROTO_IKE;
	free(offer);
	if (ike_sa) {
		rekey_sa_request_in(sa, m);
		return;
	}
	/* section 2.25.2: the IKE SA is about to be replaced */
	if (sa->rekeyed || (sa->x && sa->x->type == JOB_REKEY_SA)) {
		respond_error(sa, EXCH_CREATE_CHILD_SA, m->h.id, N_TEMPORARY_FAILURE, NULL, 0);
		return;
	}
	new_child_request_in(sa, m);
}

static void new_child_response_in(struct ike_sa *sa, struct message *m)
{
	struct ike *ike = sa->ike;
	struct exchange *x = sa->x;
	struct child_keys_in keys = { .ni = CHUNK(x->nonce, sizeof(x->nonce)) };
	struct child *c = NULL;
	enum ike_error error;
	uint16_t detail = 0;
	struct notify n;

	if (nonce_of(m, &keys.nr) || !message_find(m, PL_SA))
		error = child_answer(sa, m, x->req, x->spi_in, &keys, NULL, NULL, &detail, &c);
	else
		error = IKE_E_SYNTAX;
	if (error && message_notify(m, N_TEMPORARY_FAILURE, &n) && x->tries < 5) {
		/* section 2.25: wait and try again */
		struct job *j = job_add(sa, JOB_CHILD, 0, x->req, ike->now + 500);

		if (j) {
			j->tries = x->tries + 1;
			x->req = NULL;
			exchange_free(sa);
			return;
		}
	}
	request_done(ike, &x->req, error, detail);
	if (error) {
		ike->stats.children_failed++;
		sa_event(sa, IKE_EV_FAILED, error, detail, 0, "no Child SA");
		/* the peer installed something that we could not take */
		if (message_find(m, PL_SA))
			job_add(sa, JOB_DELETE_CHILD, x->spi_in, NULL, 0);
	} else {
		child_stillborn(sa, c);
	}
	exchange_free(sa);
}

void create_child_response_in(struct ike_sa *sa, struct message *m)
{
	request_answered(sa);
	if (!sa->x)
		return;
	switch (sa->x->type) {
	case JOB_CHILD:
		new_child_response_in(sa, m);
		break;
	case JOB_REKEY_CHILD:
		rekey_child_response_in(sa, m);
		break;
	default:
		rekey_sa_response_in(sa, m);
		break;
	}
}
