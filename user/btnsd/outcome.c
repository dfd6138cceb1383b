// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of the last attempt with each peer, bounded. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "outcome.h"

#define WAYS	8	/* places where an address may be */

struct outcomes {
	uint64_t clock;
	struct outcome slot[OUTCOMES];
};

/* Which peers there are is not up to others alone: no secret in it, the worst is forgetting. */
static unsigned int first_place(const struct ike_addr *a)
{
	const unsigned int len = ike_ip_len(a->family);
	uint32_t h = 2166136261;
	unsigned int i;

	for (i = 0; i < len; i++)
		h = (h ^ a->ip[i]) * 16777619;
	return h % (OUTCOMES / WAYS) * WAYS;
}

const struct outcome *outcome_of(const struct btnsd *d, const struct ike_addr *peer)
{
	unsigned int i, at;

	if (!d->outcomes || (peer->family != AF_INET && peer->family != AF_INET6))
		return NULL;
	at = first_place(peer);
	for (i = at; i < at + WAYS; i++)
		if (ike_same_ip(&d->outcomes->slot[i].peer, peer))
			return &d->outcomes->slot[i];
	return NULL;
}

/* Its place, made if there is none. */
static struct outcome *place(struct btnsd *d, const struct ike_addr *peer)
{
	struct outcome *o = (struct outcome *)outcome_of(d, peer), *oldest;
	unsigned int i, at;

	if (!d->outcomes)
		d->outcomes = calloc(1, sizeof(*d->outcomes));
	if (!d->outcomes || (peer->family != AF_INET && peer->family != AF_INET6))
		return NULL;
	if (!o) {
		at = first_place(peer);
		oldest = &d->outcomes->slot[at];
		for (i = at; i < at + WAYS; i++)
			if (d->outcomes->slot[i].used < oldest->used)
				oldest = &d->outcomes->slot[i];
		o = oldest;
		memset(o, 0, sizeof(*o));
		o->peer = *peer;
	}
	o->used = ++d->outcomes->clock;
	o->when = time(NULL);
	return o;
}

void outcome_event(struct btnsd *d, const struct ike_event *ev)
{
	struct outcome *o;

	if (ev->type != IKE_EV_SA_UP && ev->type != IKE_EV_SA_DOWN &&
	    ev->type != IKE_EV_FAILED && ev->type != IKE_EV_CHILD_UP)
		return;
	/* that an IKE SA ended in peace explains nothing */
	if (ev->type == IKE_EV_SA_DOWN && (!ev->error || ev->error == IKE_E_CLOSED))
		return;
	o = place(d, &ev->peer);
	if (!o)
		return;
	o->error = ev->error;
	o->detail = ev->detail;
	snprintf(o->text, sizeof(o->text), "%s", ev->text ?: "");
}

void outcome_asked(struct btnsd *d, const struct ike_addr *peer, const char *policy)
{
	struct outcome *o = place(d, peer);

	if (!o)
		return;
	o->asked++;
	snprintf(o->policy, sizeof(o->policy), "%s", policy);
}

/* The event before it has the peer's words, if it had some. */
void outcome_failed(struct btnsd *d, const struct ike_addr *peer, enum ike_error error,
		    uint16_t detail)
{
	struct outcome *o = place(d, peer);

	if (!o)
		return;
	o->failed++;
	if (o->error == error && (!detail || o->detail == detail))
		return;
	o->error = error;
	o->detail = detail;
	*o->text = 0;
}

void outcome_admitted(struct btnsd *d, const struct ike_addr *peer, const char *entry)
{
	struct outcome *o = place(d, peer);

	if (o)
		snprintf(o->entry, sizeof(o->entry), "%s", entry);
}

void outcomes_free(struct btnsd *d)
{
	free(d->outcomes);
	d->outcomes = NULL;
}
