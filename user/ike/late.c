// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE SAs that only one end may know.  Whose IKE_AUTH request had no answer cannot tell
 * whether the peer made SAs of it; whose response may be lost neither.  Where policy
 * lets traffic go in clear meanwhile, one end would send what the other drops.  So the
 * initiator listens for a late answer after it gave up, and either end asks soon
 * whether the peer is there: the responder unless traffic shows it.
 */
#include <stdlib.h>

#include "sa.h"

/* Sendings of one request to a peer that was never heard. */
#define UNHEARD_SENDS	4

bool late_wait(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;

	if (sa->state != SA_AUTH || sa->hs->hint || sa->hs->late)
		return false;
	ike->ops.child_done(ike->ctx, sa->hs->req->cookie, IKE_E_TIMEOUT, 0);
	sa->hs->late = true;
	sa->hs->req->cookie = 0;
	jobs_fail(sa, IKE_E_TIMEOUT, 0);
	sa->resend_at = UINT64_MAX;
	sa->expire_at = ike->now + 2 * ike->config.half_open;
	sa_schedule(sa);
	return true;
}

void late_request_done(struct ike_sa *sa, enum ike_error error, uint16_t detail)
{
	struct handshake *hs = sa->hs;

	if (!hs->late) {
		request_done(sa->ike, &hs->req, error, detail);
		return;
	}
	/* the owner has its answer */
	free(hs->req);
	hs->req = NULL;
}

void late_up(struct ike_sa *sa)
{
	if (!sa->hs->late)
		return;
	sa->unheard = true;
	job_add(sa, JOB_LIVENESS, 0, NULL, 0);
}

void unheard_begin(struct ike_sa *sa)
{
	const struct ike_config *c = &sa->ike->config;

	if (sa->ike->ops.child_heard && sa->children)
		sa->unheard_at = sa->ike->now + 6ULL * c->retry_first;
}

void unheard_end(struct ike_sa *sa, bool response)
{
	sa->unheard_at = 0;
	if (response)
		sa->unheard = sa->restored = false;
}

void unheard_tick(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	const struct child *c;

	if (!sa->unheard_at || ike->now < sa->unheard_at)
		return;
	sa->unheard_at = 0;
	for (c = sa->children; c; c = c->next)
		if (ike->ops.child_heard(ike->ctx, c->spi_in, &sa->local))
			return;
	sa->unheard = true;
	if (!sa->request && !sa->jobs)
		job_add(sa, JOB_LIVENESS, 0, NULL, 0);
}

unsigned int unheard_sends(const struct ike_sa *sa)
{
	const unsigned int most = sa->ike->config.retry_max;

	return sa->unheard && most > UNHEARD_SENDS ? UNHEARD_SENDS : most;
}
