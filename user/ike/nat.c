// SPDX-License-Identifier: GPL-2.0-or-later
/* NATs after the handshake, RFC 7296 section 2.23. */
#include <arpa/inet.h>
#include <string.h>

#include "mobike.h"

static void nat_hash(uint8_t out[20], const struct ike_header *h, const struct ike_addr *a)
{
	const uint16_t port = htons(a->port);
	const struct chunk parts[] = {
		CHUNK(h->spi_i, 8), CHUNK(h->spi_r, 8),
		CHUNK(a->ip, ike_ip_len(a->family)), CHUNK(&port, 2),
	};

	crypto_sha1(out, parts, 4);
}

void nat_put(const struct ike *ike, struct builder *b, const struct ike_header *h,
	     const struct ike_addr *local, const struct ike_addr *peer)
{
	uint8_t hash[20];

	nat_hash(hash, h, local);
	if (ike->config.force_natt)
		hash[0] ^= 0xff;
	build_notify(b, 0, N_NAT_DETECTION_SOURCE_IP, NULL, 0, hash, sizeof(hash));
	nat_hash(hash, h, peer);
	build_notify(b, 0, N_NAT_DETECTION_DESTINATION_IP, NULL, 0, hash, sizeof(hash));
}

bool nat_seen(const struct message *m, uint8_t seen[20])
{
	struct notify n;

	if (!message_notify(m, N_NAT_DETECTION_DESTINATION_IP, &n) || n.data.len != 20)
		return false;
	memcpy(seen, n.data.p, 20);
	return true;
}

bool nat_detect(struct ike_sa *sa, const struct message *m, uint8_t seen[20])
{
	bool source = false, source_seen = false, dest = true, dest_seen = false;
	uint8_t hash[20];
	struct notify n;
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		if (m->pl[i].type != PL_NOTIFY || !notify_parse(&m->pl[i], &n))
			continue;
		if (n.type == N_NAT_DETECTION_SOURCE_IP) {
			source_seen = true;
			nat_hash(hash, &m->h, &sa->peer);
			source |= n.data.len == 20 && !memcmp(hash, n.data.p, 20);
		} else if (n.type == N_NAT_DETECTION_DESTINATION_IP) {
			dest_seen = true;
			nat_hash(hash, &m->h, &sa->local);
			dest = n.data.len == 20 && !memcmp(hash, n.data.p, 20);
		}
	}
	if (source_seen)
		sa->natt_remote = !source;
	if (dest_seen)
		sa->natt_local = !dest;
	if (seen && dest_seen)
		nat_seen(m, seen);
	return source_seen || dest_seen;
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

	if (sa->state == SA_CLOSING || (ike_same_addr(&old, peer) && ike_same_addr(&sa->local, local)))
		return;
	if (sa->state != SA_HALF_OPEN && (!sa->natt_remote || sa->natt_local))
		return;
	table_del(sa, TABLE_PEER);
	sa->peer = *peer;
	sa->local = *local;
	table_add(sa, TABLE_PEER, hash_of_peer(sa->ike, peer));
	mobike_followed(sa);
	if (!sa->ike->ops.child_move)
		return;
	for (c = sa->children; c; c = c->next) {
		/* the NAT's address was a selector, and part of all connections */
		if (c->mode == BTNS_MODE_TRANSPORT && !ike_same_ip(&old, peer))
			delete_child(sa, c);
		else
			child_follow(sa, c, &old, true);
	}
	sa_schedule(sa);
}

void sa_keepalive(struct ike_sa *sa)
{
	static const uint8_t ff = 0xff;

	sa->last_out = sa->ike->now;
	sa->ike->ops.send(sa->ike->ctx, &sa->local, &sa->peer, &ff, 1);
}
