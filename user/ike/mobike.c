// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MOBIKE, RFC 4555.  The end that began the first of a row of IKE SAs decides between
 * which addresses they and their Child SAs are; the other end tells which it has.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "mobike.h"

/* Sendings of a request by one path, before others are tried as well. */
#define SPREAD_AFTER	2
/* Paths that one sending tries. */
#define PATHS_MAX	8
/* ms at least, where half a minute is usual (section 3.11) */
#define PATIENCE	300000

static bool same_path(const struct ike_sa *sa, const struct ike_addr *local,
		      const struct ike_addr *peer)
{
	return ike_same_addr(&sa->local, local) && ike_same_addr(&sa->peer, peer);
}

static bool is_own(const struct ike *ike, const struct ike_addr *a)
{
	unsigned int i;

	for (i = 0; i < ike->n_own; i++)
		if (ike_same_ip(&ike->own[i], a))
			return true;
	return false;
}

static bool is_peers(const struct ike_sa *sa, const struct ike_addr *a)
{
	unsigned int i;

	if (ike_same_ip(&sa->peer, a))
		return true;
	for (i = 0; i < sa->mobike->n_peers; i++)
		if (ike_same_ip(&sa->mobike->peers[i], a))
			return true;
	return false;
}

/* Address i of the peer, 0: the one in use.  false: it is of no use. */
static bool peer_at(const struct ike_sa *sa, unsigned int i, struct ike_addr *peer)
{
	const struct mobike *m = sa->mobike;

	*peer = sa->peer;
	if (!i)
		return true;
	if (ike_same_ip(&m->peers[i - 1], peer))
		return false;
	*peer = m->peers[i - 1];
	peer->port = sa->local.port;
	return true;
}

static bool source_of(const struct ike_sa *sa, const struct ike_addr *peer,
		      struct ike_addr *local)
{
	const struct ike *ike = sa->ike;
	unsigned int i;

	if (ike->ops.source) {
		if (!ike->ops.source(ike->ctx, peer, local) || !is_own(ike, local))
			return false;
	} else {
		for (i = 0; i < ike->n_paths; i++)
			if (ike->own[i].family == peer->family)
				break;
		if (i == ike->n_paths)
			return false;
		*local = ike->own[i];
	}
	local->port = sa->local.port;
	return true;
}

/* --- paths ---------------------------------------------------------------------------- */

static void set_path(struct ike_sa *sa, const struct ike_addr *local,
		     const struct ike_addr *peer)
{
	table_del(sa, TABLE_PEER);
	sa->local = *local;
	sa->peer = *peer;
	table_add(sa, TABLE_PEER, hash_of_peer(sa->ike, peer));
	sa->mobike->path++;
	sa->mobike->nowhere = false;
	if (!sa->request)
		return;
	/* what waits for its answer goes that way at once */
	sa->sends = 1;
	sa->resend_after = sa->ike->config.retry_first;
	sa->resend_at = sa->ike->now;
}

/* Child SAs go where the IKE SA is. */
static void children_follow(struct ike_sa *sa)
{
	struct mobike *m = sa->mobike;
	const struct ike_addr old = m->child_peer;
	const bool encap = sa_is_natt(sa);
	bool moved = false;
	struct child *c;

	for (c = sa->children; c; c = c->next) {
		if (c->path == m->path && c->encap == encap)
			continue;
		c->path = m->path;
		c->encap = encap;
		moved = true;
		/* the ends are its selectors */
		if (c->mode == BTNS_MODE_TRANSPORT)
			delete_child(sa, c);
		else if (sa->ike->ops.child_move)
			child_follow(sa, c, &old, encap);
	}
	m->child_peer = sa->peer;
	if (!moved)
		return;
	sa->ike->stats.moves++;
	sa_event(sa, IKE_EV_MOVED, IKE_OK, 0, 0, NULL);
}

/* We decide: that path from now on. */
static void go(struct ike_sa *sa, const struct ike_addr *local, const struct ike_addr *peer)
{
	struct mobike *m = sa->mobike;

	set_path(sa, local, peer);
	m->pending |= MOBIKE_UPDATE;
	m->tries = 0;
	/* of an address of the peer's that is new the answer has to show that it is there */
	if (ike_same_ip(peer, &m->child_peer))
		children_follow(sa);
	sa_schedule(sa);
}

/* We decide: any path, but not to addresses that the peer would not have. */
static void go_somewhere(struct ike_sa *sa)
{
	const struct mobike *m = sa->mobike;
	struct ike_addr local, peer;
	unsigned int i;

	for (i = m->refused; i <= m->n_peers; i++) {
		if (!peer_at(sa, i, &peer) || !source_of(sa, &peer, &local))
			continue;
		go(sa, &local, &peer);
		return;
	}
	sa->mobike->nowhere = true;
	sa_schedule(sa);
}

void mobike_spread(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	unsigned int i, k, n = 0;
	struct ike_addr local, peer;

	if (!sa->mobike || !sa->mobike->decides || sa->sends <= SPREAD_AFTER)
		return;
	for (i = 0; i <= sa->mobike->n_peers; i++) {
		if (!peer_at(sa, i, &peer))
			continue;
		for (k = 0; k < ike->n_paths && n < PATHS_MAX; k++) {
			local = ike->own[k];
			local.port = sa->local.port;
			if (local.family != peer.family || same_path(sa, &local, &peer))
				continue;
			send_each(ike, &local, &peer, sa->request, sa->request_len);
			n++;
		}
	}
}

unsigned int mobike_patience(const struct ike_sa *sa)
{
	const struct ike_config *c = &sa->ike->config;
	unsigned int n = 0;

	if (!sa->mobike || (sa->mobike->decides && !sa->mobike->nowhere))
		return 0;
	/* each sending waits twice as long as the one before */
	while (((uint64_t)c->retry_first << (c->retry_max + n)) - c->retry_first < PATIENCE)
		n++;
	return n;
}

void mobike_path(struct ike_sa *sa, const struct ike_addr *local, const struct ike_addr *peer)
{
	if (sa->state != SA_UP || !sa->mobike->decides || sa->sends <= SPREAD_AFTER ||
	    (ike_same_ip(&sa->local, local) && ike_same_ip(&sa->peer, peer)))
		return;
	/* who sends an answer on from elsewhere moves nothing */
	if (is_own(sa->ike, local) && is_peers(sa, peer))
		go(sa, local, peer);
}

static void addresses_changed(struct ike_sa *sa, bool tell)
{
	struct mobike *m = sa->mobike;
	const bool own = is_own(sa->ike, &sa->local);
	struct ike_addr local;

	/* routes come and go: most changes concern nobody */
	if (own && !tell && !m->nowhere)
		return;
	if (tell)
		m->pending |= MOBIKE_LIST;
	if (m->decides && (!own || m->nowhere)) {
		m->refused = 0;
		m->pending |= MOBIKE_LIST;
		go_somewhere(sa);
	} else if (!own && source_of(sa, &sa->peer, &local)) {
		/* section 3.5: nothing can be sent from there any more */
		m->pending |= MOBIKE_LIST;
		set_path(sa, &local, &sa->peer);
		if (ike_same_ip(&sa->peer, &m->child_peer))
			children_follow(sa);
	}
	sa_run_jobs(sa);
}

/* false: out of memory */
static bool keep_own(struct ike *ike, const struct ike_addr *own, unsigned int n,
		     unsigned int n_paths, bool *tell)
{
	struct ike_addr *copy = malloc((n + 1) * sizeof(*copy));
	unsigned int i;

	if (!copy)
		return false;
	*tell = n_paths != ike->n_paths;
	for (i = 0; i < n; i++) {
		copy[i] = own[i];
		if (i < n_paths && !*tell && !ike_same_ip(&own[i], &ike->own[i]))
			*tell = true;
	}
	/* those of an earlier life were told then */
	*tell &= ike->knows_own;
	free(ike->own);
	ike->own = copy;
	ike->n_own = n;
	ike->n_paths = n_paths;
	ike->knows_own = true;
	return true;
}

void ike_addresses(struct ike *ike, uint64_t now, const struct ike_addr *own, unsigned int n,
		   unsigned int n_paths)
{
	size_t i, count = 0;
	struct ike_sa **all;
	bool tell;

	ike_clock(ike, now);
	all = calloc(ike->heap_len + 1, sizeof(struct ike_sa *));
	if (!all || !keep_own(ike, own, n, n_paths, &tell)) {
		free(all);
		return;
	}
	for (i = 0; i < ike->heap_len; i++)
		if (ike->heap[i]->mobike)
			all[count++] = ike->heap[i];
	for (i = 0; i < count; i++)
		/* one that was rekeyed, too: the peer may not know it yet */
		if (all[i]->state == SA_UP && !all[i]->rival_of)
			addresses_changed(all[i], tell);
	free(all);
}

/* --- what is said ----------------------------------------------------------------------- */

/* Section 3.9: the addresses as we know them; no NAT may change them. */
static size_t addresses_of(const struct ike_addr *from, const struct ike_addr *to,
			   uint8_t out[36])
{
	const size_t len = ike_ip_len(from->family);
	const uint16_t ports[2] = { htons(from->port), htons(to->port) };

	memcpy(out, from->ip, len);
	memcpy(out + len, to->ip, len);
	memcpy(out + 2 * len, ports, sizeof(ports));
	return 2 * len + sizeof(ports);
}

static void put_no_nats(const struct ike_sa *sa, struct builder *b)
{
	uint8_t body[36];
	const size_t len = addresses_of(&sa->local, &sa->peer, body);

	build_notify(b, 0, N_NO_NATS_ALLOWED, NULL, 0, body, len);
}

static unsigned int put_list(const struct ike_sa *sa, struct builder *b)
{
	const struct ike *ike = sa->ike;
	unsigned int i, n = 0;

	for (i = 0; i < ike->n_paths && n < MOBIKE_MORE_MAX; i++) {
		if (ike_same_ip(&ike->own[i], &sa->local))
			continue;
		build_notify(b, 0, ike->own[i].family == AF_INET ? N_ADDITIONAL_IP4_ADDRESS :
			     N_ADDITIONAL_IP6_ADDRESS, NULL, 0, ike->own[i].ip,
			     ike_ip_len(ike->own[i].family));
		n++;
	}
	return n;
}

static void put_nat(const struct ike_sa *sa, struct builder *b, const struct ike_addr *local,
		    const struct ike_addr *peer)
{
	struct ike_header h;

	/* the SPIs are all that counts */
	sa_header(sa, &h, EXCH_INFORMATIONAL, false, 0);
	nat_put(sa->ike, b, &h, local, peer);
}

bool mobike_wanted(const struct ike_sa *sa)
{
	const struct ike_request *r = sa->hs->req;

	return sa->ike->config.mobike && r && !r->childless && r->mode != BTNS_MODE_TRANSPORT;
}

void mobike_offer(const struct ike_sa *sa, struct builder *b, bool request)
{
	build_notify(b, 0, N_MOBIKE_SUPPORTED, NULL, 0, NULL, 0);
	put_list(sa, b);
	if (request && !sa->natt_able)
		put_no_nats(sa, b);
}

void mobike_run(struct ike_sa *sa)
{
	struct mobike *m = sa->mobike;
	struct builder b;
	uint8_t what;

	if (!m || !m->pending || m->nowhere || sa->request)
		return;
	what = m->pending;
	m->pending = 0;
	begin_request(sa, &b, EXCH_INFORMATIONAL);
	if (what & MOBIKE_UPDATE)
		build_notify(&b, 0, N_UPDATE_SA_ADDRESSES, NULL, 0, NULL, 0);
	if (what & MOBIKE_LIST && !put_list(sa, &b))
		build_notify(&b, 0, N_NO_ADDITIONAL_ADDRESSES, NULL, 0, NULL, 0);
	/* Libreswan returns COOKIE2 only beside them */
	if (what & (MOBIKE_UPDATE | MOBIKE_NAT | MOBIKE_CHECK) && sa->natt_able)
		put_nat(sa, &b, &sa->local, &sa->peer);
	else if (what & (MOBIKE_UPDATE | MOBIKE_LIST) && !sa->natt_able)
		put_no_nats(sa, &b);
	if (what & MOBIKE_CHECK ||
	    (what & MOBIKE_UPDATE && !ike_same_ip(&sa->peer, &m->child_peer))) {
		what |= MOBIKE_COOKIE;
		sa->ike->ops.random(sa->ike->ctx, m->cookie, sizeof(m->cookie));
		build_notify(&b, 0, N_COOKIE2, NULL, 0, m->cookie, sizeof(m->cookie));
	}
	m->asked = what;
	m->asked_path = m->path;
	finish_request(sa, &b);
}

void mobike_probe(struct ike_sa *sa, struct builder *b)
{
	struct mobike *m = sa->mobike;

	if (!m || !m->decides || !sa->natt_local || !sa->natt_able)
		return;
	put_nat(sa, b, &sa->local, &sa->peer);
	m->asked = MOBIKE_NAT;
	m->asked_path = m->path;
}

/* --- what is heard ---------------------------------------------------------------------- */

/* The peer's addresses, from first on.  false: m does not speak of them. */
static bool take_list(struct ike_sa *sa, const struct message *m,
		      const struct ike_addr *first)
{
	struct mobike *mb = sa->mobike;
	bool any = message_has_notify(m, N_NO_ADDITIONAL_ADDRESSES);
	struct ike_addr list[MOBIKE_MORE_MAX + 1] = { *first };
	unsigned int i, count = 1;
	struct notify n;

	for (i = 0; i < m->n; i++) {
		uint16_t family;

		if (m->pl[i].type != PL_NOTIFY || !notify_parse(&m->pl[i], &n) ||
		    (n.type != N_ADDITIONAL_IP4_ADDRESS && n.type != N_ADDITIONAL_IP6_ADDRESS))
			continue;
		any = true;
		family = n.type == N_ADDITIONAL_IP4_ADDRESS ? AF_INET : AF_INET6;
		if (n.data.len != ike_ip_len(family) || count > MOBIKE_MORE_MAX)
			continue;
		list[count].family = family;
		memcpy(list[count++].ip, n.data.p, n.data.len);
	}
	if (!any)
		return false;
	memcpy(mb->peers, list, sizeof(list));
	mb->n_peers = (uint8_t)count;
	return true;
}

static bool nats_between(const struct message *m, const struct ike_addr *local,
			 const struct ike_addr *peer)
{
	struct notify n;
	uint8_t want[36];
	size_t len;

	if (!message_notify(m, N_NO_NATS_ALLOWED, &n))
		return false;
	len = addresses_of(peer, local, want);
	return n.data.len != len || memcmp(n.data.p, want, len);
}

bool mobike_unexpected(const struct ike_sa *sa, const struct message *m)
{
	return sa->ike->config.mobike && message_has_notify(m, N_MOBIKE_SUPPORTED) &&
	       nats_between(m, &sa->local, &sa->peer);
}

bool mobike_begin(struct ike_sa *sa, const struct message *m, bool decides)
{
	if (!sa->ike->config.mobike || !message_has_notify(m, N_MOBIKE_SUPPORTED))
		return false;
	sa->mobike = calloc(1, sizeof(*sa->mobike));
	if (!sa->mobike)
		return false;
	sa->mobike->decides = decides;
	sa->mobike->child_peer = sa->peer;
	sa->mobike->good_local = sa->local;
	sa->mobike->good_peer = sa->peer;
	sa->mobike->peers[0] = sa->peer;
	sa->mobike->n_peers = 1;
	take_list(sa, m, &sa->peer);
	return true;
}

bool mobike_join(struct ike_sa *sa, const struct ike_sa *parent)
{
	if (parent->mobike)
		sa->mobike = calloc(1, sizeof(*sa->mobike));
	return sa->mobike || !parent->mobike;
}

void mobike_inherit(struct ike_sa *sa, const struct ike_sa *parent)
{
	struct mobike *m = sa->mobike;
	struct ike_addr local = parent->local, peer = parent->peer;

	if (!m)
		return;
	*m = *parent->mobike;
	/* what the parent asks concerns Child SAs that it has no more */
	m->pending |= m->asked & (MOBIKE_UPDATE | MOBIKE_LIST | MOBIKE_CHECK);
	m->asked = 0;
	/* it has the SPIs in it */
	m->has_seen = false;
	if (!same_path(sa, &local, &peer))
		set_path(sa, &local, &peer);
	/* that of its Child SAs */
	m->path = parent->mobike->path;
	sa->natt_local = parent->natt_local;
	sa->natt_remote = parent->natt_remote;
}

void mobike_up(struct ike_sa *sa)
{
	if (sa->mobike && sa->ike->knows_own && !is_own(sa->ike, &sa->local))
		addresses_changed(sa, false);
}

void mobike_followed(struct ike_sa *sa)
{
	struct mobike *m = sa->mobike;
	struct child *c;

	if (!m)
		return;
	m->path++;
	m->pending &= (uint8_t)~MOBIKE_CHECK;
	m->child_peer = sa->peer;
	for (c = sa->children; c; c = c->next)
		c->path = m->path;
}

/* The peer decides: it is where its request came from. */
static uint16_t follow(struct ike_sa *sa, const struct message *m,
		       const struct ike_addr *local, const struct ike_addr *peer)
{
	struct ike *ike = sa->ike;
	struct ike_identity who;

	/* the PAD may want that peer elsewhere */
	sa_peer_identity(sa, &who);
	who.at = peer;
	who.natted = sa->natt_remote;
	if (ike->ops.authorize(ike->ctx, &who))
		return N_UNACCEPTABLE_ADDRESSES;
	if (!same_path(sa, local, peer))
		set_path(sa, local, peer);
	if (sa->natt_able)
		nat_detect(sa, m, NULL);
	sa->mobike->pending &= (uint8_t)~MOBIKE_CHECK;
	if (ike_same_ip(peer, &sa->mobike->child_peer))
		children_follow(sa);
	else
		sa->mobike->pending |= MOBIKE_CHECK;
	return 0;
}

void mobike_in(struct ike_sa *sa, const struct message *m, struct builder *b)
{
	const struct ike_addr *local = sa->ike->at_local, *peer = sa->ike->at_peer;
	struct notify n;
	uint16_t why = 0;

	if (!sa->mobike)
		return;
	if (message_notify(m, N_COOKIE2, &n))
		build_notify(b, 0, N_COOKIE2, NULL, 0, n.data.p, n.data.len);
	if (message_has_notify(m, N_NAT_DETECTION_SOURCE_IP) && sa->natt_able)
		put_nat(sa, b, local, peer);
	if (sa->state != SA_UP)
		return;
	if (nats_between(m, local, peer)) {
		build_notify(b, 0, N_UNEXPECTED_NAT_DETECTED, NULL, 0, NULL, 0);
		return;
	}
	if (!sa->mobike->decides && message_has_notify(m, N_UPDATE_SA_ADDRESSES))
		why = follow(sa, m, local, peer);
	if (why)
		build_notify(b, 0, why, NULL, 0, NULL, 0);
	if (take_list(sa, m, peer) && sa->mobike->decides && !sa->natt_remote &&
	    !ike_same_ip(peer, &sa->peer)) {
		unsigned int i;

		for (i = 0; i < sa->mobike->n_peers; i++)
			if (ike_same_ip(&sa->mobike->peers[i], &sa->peer))
				return;
		/* the address in use is no longer the peer's */
		go(sa, local, peer);
	}
}

/* Answer to UPDATE_SA_ADDRESSES. */
static void updated(struct ike_sa *sa, const struct message *m)
{
	struct mobike *mb = sa->mobike;

	if (message_has_notify(m, N_UNACCEPTABLE_ADDRESSES)) {
		mb->refused++;
		if (is_own(sa->ike, &mb->good_local) &&
		    !same_path(sa, &mb->good_local, &mb->good_peer)) {
			/* the peer has not moved either */
			set_path(sa, &mb->good_local, &mb->good_peer);
			children_follow(sa);
			return;
		}
		go_somewhere(sa);
		if (mb->nowhere)
			sa_down(sa, IKE_E_REFUSED, N_UNACCEPTABLE_ADDRESSES,
				"peer takes none of our addresses");
		return;
	}
	mb->refused = 0;
	mb->good_local = sa->local;
	mb->good_peer = sa->peer;
	if (sa->natt_able)
		mb->has_seen = nat_detect(sa, m, mb->seen);
	children_follow(sa);
}

void mobike_answered(struct ike_sa *sa, const struct message *m)
{
	struct mobike *mb = sa->mobike;
	uint8_t asked, seen[20];
	struct notify n;
	bool error;

	if (!mb || !mb->asked)
		return;
	asked = mb->asked;
	mb->asked = 0;
	error = message_has_notify(m, N_UNEXPECTED_NAT_DETECTED) ||
		message_has_notify(m, N_UNACCEPTABLE_ADDRESSES);
	if (asked & MOBIKE_COOKIE && (message_notify(m, N_COOKIE2, &n) ?
	    n.data.len != sizeof(mb->cookie) ||
	    !crypto_equal(n.data.p, mb->cookie, sizeof(mb->cookie)) : !error)) {
		job_add(sa, JOB_CLOSE, 0, NULL, 0);
		return;
	}
	/* nobody knows which of several addresses it reached */
	if (mb->asked_path != mb->path) {
		mb->pending |= asked & (MOBIKE_LIST | MOBIKE_CHECK);
		return;
	}
	if (asked & MOBIKE_COOKIE && mb->decides && sa->sends > SPREAD_AFTER && !error) {
		mb->pending |= asked & (MOBIKE_UPDATE | MOBIKE_LIST);
		return;
	}
	if (message_has_notify(m, N_UNEXPECTED_NAT_DETECTED)) {
		if (++mb->tries < sa->ike->config.retry_max)
			mb->pending |= asked & (MOBIKE_UPDATE | MOBIKE_LIST);
		else if (asked & MOBIKE_UPDATE)
			sa_down(sa, IKE_E_REFUSED, N_UNEXPECTED_NAT_DETECTED, "a NAT in between");
		return;
	}
	mb->tries = 0;
	if (asked & MOBIKE_UPDATE)
		updated(sa, m);
	else if (asked & MOBIKE_CHECK)
		children_follow(sa);
	else if (asked & MOBIKE_NAT && nat_seen(m, seen) &&
		 (!mb->has_seen || memcmp(seen, mb->seen, sizeof(seen))))
		mb->pending |= MOBIKE_UPDATE;
}
