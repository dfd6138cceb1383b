// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs: what waits until no exchange of ours is on its way. */
#include <stdlib.h>

#include "bond.h"
#include "mobike.h"

void job_free(struct job **p)
{
	struct job *j = *p;

	*p = j->next;
	free(j->req);
	free(j);
}

struct job *job_add(struct ike_sa *sa, enum job_type type, uint32_t spi,
		    struct ike_request *req, uint64_t not_before)
{
	struct job *j, **p;

	if (sa->n_jobs >= JOBS_MAX)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	j->type = type;
	j->spi = spi;
	j->req = req;
	j->not_before = not_before;
	for (p = &sa->jobs; *p; p = &(*p)->next)
		;
	*p = j;
	sa->n_jobs++;
	sa_schedule(sa);
	return j;
}

void jobs_fail(struct ike_sa *sa, enum ike_error error, uint16_t detail)
{
	while (sa->jobs) {
		struct query *q = sa->jobs->query;

		request_done(sa->ike, &sa->jobs->req, error, detail);
		sa->jobs->query = NULL;
		job_free(&sa->jobs);
		if (q)
			query_drop(sa->ike, q, IKE_E_CLOSED, 0);
	}
	sa->n_jobs = 0;
}

void sa_run_jobs(struct ike_sa *sa)
{
	struct job **p = &sa->jobs;

	if (sa->state == SA_UP && !sa->rival_of)
		mobike_run(sa);
	while (sa->state == SA_UP && !sa->rival_of && !sa->request && *p) {
		struct job *j = *p;

		if (j->not_before > sa->ike->now) {
			p = &j->next;
			continue;
		}
		*p = j->next;
		sa->n_jobs--;
		switch (j->type) {
		case JOB_CHILD:
			child_start(sa, j);
			break;
		case JOB_REKEY_CHILD:
			rekey_child_start(sa, j);
			break;
		case JOB_REKEY_SA:
			rekey_sa_start(sa, j);
			break;
		case JOB_DELETE_CHILD:
			delete_child_start(sa, j);
			break;
		case JOB_LIVENESS:
			liveness_start(sa);
			break;
		case JOB_CLOSE:
			close_start(sa);
			break;
		case JOB_QUERY:
			query_start(sa, j);
			break;
		case JOB_HEIR:
			heir_start(sa);
			break;
		case JOB_BOND:
			bond_start(sa);
			break;
		case JOB_TICKET:
			ticket_start(sa);
			break;
		}
		free(j->req);
		free(j);
		p = &sa->jobs;
	}
	sa_schedule(sa);
}
