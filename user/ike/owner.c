// SPDX-License-Identifier: GPL-2.0-or-later
/* What the owner asks and tells: wishes for Child SAs, news from the kernel, a look. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/* An IKE SA with that peer that new wishes may go to. */
static struct ike_sa *usable(struct ike *ike, const struct ike_request *req)
{
	struct ike_sa *sa, *found = NULL;

	for (sa = table_first(ike, TABLE_PEER, hash_of_peer(ike, &req->peer)); sa;
	     sa = table_next(sa, TABLE_PEER)) {
		if (sa->rekeyed || sa->rival_of || !ike_same_ip(&sa->peer, &req->peer) ||
		    !ike_same_ip(&sa->local, &req->local))
			continue;
		/* it may have been made before BEET mode was configured */
		if (req->mode == BTNS_MODE_BEET && !sa->beet &&
		    !(sa->state == SA_INIT && sa->hs->beet))
			continue;
		if (sa->state == SA_UP)
			return sa;
		if (sa->state == SA_INIT || (sa->state == SA_AUTH && !sa->hs->late))
			found = sa;
	}
	return found;
}

static bool beet_fits(const struct ike *ike, const struct ike_request *req)
{
	unsigned int i;

	for (i = 0; i < req->n_local; i++)
		if (!ts_one_address(&req->local_ts[i]))
			return false;
	for (i = 0; i < req->n_remote; i++)
		if (!ts_one_address(&req->remote_ts[i]))
			return false;
	return ike->config.beet;
}

bool ike_set_authorities(struct ike *ike, const uint8_t (*sha1)[20], unsigned int n)
{
	const size_t len = 1 + (size_t)n * sizeof(*sha1);
	uint8_t *body = NULL;

	if (n) {
		body = malloc(len);
		if (!body)
			return false;
		body[0] = CERT_X509;
		memcpy(body + 1, sha1, len - 1);
	}
	free(ike->certreq);
	ike->certreq = body;
	ike->certreq_len = n ? len : 0;
	return true;
}

void ike_set_beet(struct ike *ike, bool on)
{
	ike->config.beet = on;
}

void ike_set_ppk(struct ike *ike, bool on)
{
	ike->config.ppk = on;
}

void ike_set_bonds(struct ike *ike, bool on)
{
	ike->config.bonds = on && ike->ops.bond && ike->ops.bonds;
}

void ike_set_mobike(struct ike *ike, bool on)
{
	ike->config.mobike = on;
}

int ike_initiate(struct ike *ike, uint64_t now, const struct ike_request *req)
{
	struct ike_request *copy;
	const struct child *c;
	struct ike_sa *sa;

	ike_clock(ike, now);
	if ((!req->childless && (!req->n_local || !req->n_remote)) || req->n_local > IKE_TS_MAX ||
	    req->n_remote > IKE_TS_MAX || req->n_suites > IKE_SUITES_MAX ||
	    req->local.family != req->peer.family ||
	    (req->mode == BTNS_MODE_BEET && !beet_fits(ike, req)))
		return -EINVAL;
	sa = usable(ike, req);
	if (sa && sa->state == SA_UP) {
		if (req->childless) {
			ike->ops.child_done(ike->ctx, req->cookie, IKE_OK, 0);
			return 0;
		}
		for (c = sa->children; c; c = c->next) {
			if (!req->childless && !c->deleting && child_covers(c, req)) {
				/* the peer was quicker */
				ike->ops.child_done(ike->ctx, req->cookie, IKE_OK, 0);
				return 0;
			}
		}
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOSPC;
	*copy = *req;
	if (sa) {
		if (!job_add(sa, JOB_CHILD, 0, copy, 0)) {
			free(copy);
			return -ENOSPC;
		}
		sa_run_jobs(sa);
		return 0;
	}
	sa = sa_new(ike, true, &req->local, &req->peer);
	if (sa)
		sa->hs = calloc(1, sizeof(*sa->hs));
	if (!sa || !sa->hs) {
		if (sa)
			sa_free(sa);
		free(copy);
		return -ENOSPC;
	}
	sa->hs->req = copy;
	sa->hs->spi_in = child_new_spi(ike);
	init_start(sa);
	return 0;
}

bool ike_renew(struct ike *ike, uint64_t now, const struct ike_request *req)
{
	struct ike_sa *sa;
	struct child *c;

	ike_clock(ike, now);
	sa = usable(ike, req);
	if (!sa || sa->state != SA_UP)
		return false;
	for (c = sa->children; c; c = c->next)
		if (!c->deleting && child_covers(c, req))
			break;
	if (!c)
		return false;
	ike_child_expiring(ike, now, c->spi_in);
	return true;
}

static struct ike_sa *owner_of(struct ike *ike, uint32_t spi_in, struct child **c)
{
	*c = child_by_spi(ike, spi_in);
	return *c ? (*c)->sa : NULL;
}

void ike_child_expiring(struct ike *ike, uint64_t now, uint32_t spi_in)
{
	struct ike_sa *sa;
	struct child *c;

	ike_clock(ike, now);
	sa = owner_of(ike, spi_in, &c);
	if (!sa || c->rekeying || c->deleting || sa->state != SA_UP)
		return;
	c->rekeying = true;
	if (!job_add(sa, JOB_REKEY_CHILD, spi_in, NULL, 0))
		c->rekeying = false;
	sa_run_jobs(sa);
}

void ike_child_gone(struct ike *ike, uint64_t now, uint32_t spi_in)
{
	struct ike_sa *sa;
	struct child *c;

	ike_clock(ike, now);
	sa = owner_of(ike, spi_in, &c);
	if (!sa || c->deleting)
		return;
	c->deleting = true;
	if (sa->state == SA_UP && job_add(sa, JOB_DELETE_CHILD, spi_in, NULL, 0))
		sa_run_jobs(sa);
	else
		child_remove(sa, c, false, IKE_EV_CHILD_DOWN, IKE_OK);
}

void ike_child_first_in(struct ike *ike, uint64_t now, uint32_t spi_in)
{
	struct ike_sa *sa;
	struct child *c;

	ike_clock(ike, now);
	sa = owner_of(ike, spi_in, &c);
	if (sa)
		child_switch(sa, c);
}

void ike_child_mapping(struct ike *ike, uint64_t now, uint32_t spi_in,
		       const struct ike_addr *peer)
{
	struct child *c;
	struct ike_sa *sa;

	ike_clock(ike, now);
	/* the kernel tells it of packets that were authentic (RFC 7296 section 2.23) */
	sa = owner_of(ike, spi_in, &c);
	if (sa)
		sa_follow(sa, &sa->local, peer);
}

void ike_hint(struct ike *ike, uint64_t now, const struct ike_addr *peer)
{
	struct ike_sa *sa;

	ike_clock(ike, now);
	for (sa = table_first(ike, TABLE_PEER, hash_of_peer(ike, peer)); sa;
	     sa = table_next(sa, TABLE_PEER)) {
		/* hints are cheap to forge: not more often than this */
		if (sa->state != SA_UP || !ike_same_ip(&sa->peer, peer) || sa->request ||
		    sa->jobs || ike->now < sa->liveness_at)
			continue;
		sa->liveness_at = ike->now + 5000;
		job_add(sa, JOB_LIVENESS, 0, NULL, 0);
		sa_run_jobs(sa);
	}
}

void ike_close(struct ike *ike, uint64_t now, struct ike_sa *sa)
{
	size_t i, n;

	ike_clock(ike, now);
	if (sa) {
		if (sa->state == SA_UP) {
			if (job_add(sa, JOB_CLOSE, 0, NULL, 0))
				sa_run_jobs(sa);
		} else if (sa->state != SA_CLOSING) {
			sa_down(sa, IKE_E_CLOSED, 0, "closed");
		}
		return;
	}
	n = ike->heap_len;
	if (n) {
		struct ike_sa **all = malloc(n * sizeof(*all));

		if (!all)
			return;
		memcpy(all, ike->heap, n * sizeof(*all));
		for (i = 0; i < n; i++)
			ike_close(ike, now, all[i]);
		free(all);
	}
}

void ike_rekey(struct ike *ike, uint64_t now, struct ike_sa *sa)
{
	ike_clock(ike, now);
	if (sa->state == SA_UP && job_add(sa, JOB_REKEY_SA, 0, NULL, 0))
		sa_run_jobs(sa);
}

void ike_walk(struct ike *ike, ike_walk_fn fn, void *arg)
{
	size_t i;

	for (i = 0; i < ike->heap_len; i++) {
		struct ike_sa *sa = ike->heap[i];
		struct ike_sa_info info = {
			.initiator = sa->initiator,
			.established = sa->state == SA_UP && !sa->rekeyed,
			.natt_local = sa->natt_local, .natt_remote = sa->natt_remote,
			.local = sa->local, .peer = sa->peer,
			.encr = sa->keys.encr, .encr_bits = sa->keys.encr_bits,
			.integ = sa->keys.integ, .prf = sa->keys.prf,
			.group = sa->keys.group,
			.n_children = sa->n_children,
			.created = sa->created, .last_in = sa->last_in,
		};

		memcpy(info.spi_i, sa->spi_i, 8);
		memcpy(info.spi_r, sa->spi_r, 8);
		sa_peer_identity(sa, &info.peer_id);
		fn(arg, sa, &info);
	}
}

const struct ike_stats *ike_stats(const struct ike *ike)
{
	return &ike->stats;
}
