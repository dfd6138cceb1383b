// SPDX-License-Identifier: GPL-2.0-or-later
/* NATs after the handshake, RFC 7296 section 2.23. */
#include <errno.h>
#include <string.h>

#include "sa.h"

static bool same_addr(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->port == b->port && ike_same_ip(a, b);
}

/*
 * RFC 7296 section 2.23: follow a NAT that gave the peer another address.  A
 * side behind NAT itself does not, but for the step to port 4500 in IKE_AUTH.
 */
void sa_follow(struct ike_sa *sa, const struct ike_addr *local,
	       const struct ike_addr *peer)
{
	struct ike_addr old = sa->peer;
	struct child *c;

	if (sa->state == SA_CLOSING || (same_addr(&old, peer) && same_addr(&sa->local, local)))
		return;
	if (sa->state != SA_HALF_OPEN && (!sa->natt_remote || sa->natt_local))
		return;
	table_del(sa, TABLE_PEER);
	sa->peer = *peer;
	sa->local = *local;
	table_add(sa, TABLE_PEER, hash_of_peer(sa->ike, peer));
	if (!sa->ike->ops.child_move)
		return;
	for (c = sa->children; c; c = c->next) {
		const int r = sa->ike->ops.child_move(sa->ike->ctx, c->spi_in, &sa->local, &old,
						      peer);

		/* a new pair has the new address from the start */
		if (r && r != -ENOENT)
			c->rekey_at = sa->ike->now;
	}
	sa_schedule(sa);
}

void sa_keepalive(struct ike_sa *sa)
{
	static const uint8_t ff = 0xff;

	sa->last_out = sa->ike->now;
	sa->ike->ops.send(sa->ike->ctx, &sa->local, &sa->peer, &ff, 1);
}
