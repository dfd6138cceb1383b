// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one address may cost us before it has authenticated (RFC 8019 section 4).
 * Addresses are counted by a keyed hash: two that share a counter share their limits,
 * and nobody outside can tell which do.
 */
#include <string.h>

#include "sa.h"

/* An IPv4 address, or what one site has of IPv6. */
static unsigned int counter_of(const struct ike *ike, const struct ike_addr *peer)
{
	return table_hash(ike, peer->ip, peer->family == AF_INET6 ? 8 : 4) % SOURCES;
}

unsigned int half_open_of_source(const struct ike *ike, const struct ike_addr *peer)
{
	return ike->source[counter_of(ike, peer)];
}

void half_open_enter(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;

	sa->state = SA_HALF_OPEN;
	sa->source = (uint16_t)counter_of(ike, &sa->peer);
	ike->source[sa->source]++;
	ike->stats.half_open++;
}

void half_open_leave(struct ike_sa *sa)
{
	sa->ike->source[sa->source]--;
	sa->ike->stats.half_open--;
}

bool may_resend(struct ike_sa *sa)
{
	if (sa->resent >= RESEND_MAX) {
		sa->ike->stats.drop_limit++;
		return false;
	}
	sa->resent++;
	return true;
}
