// SPDX-License-Identifier: GPL-2.0-or-later
/* INFORMATIONAL: Delete, liveness and queries, RFC 7296 sections 1.4 and 2.4. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "bond.h"
#include "mobike.h"

void delete_child(struct ike_sa *sa, struct child *c)
{
	if (c->deleting)
		return;
	c->deleting = true;
	if (!job_add(sa, JOB_DELETE_CHILD, c->spi_in, NULL, 0))
		c->deleting = false;
}

void delete_child_start(struct ike_sa *sa, struct job *job)
{
	const uint32_t spi = job->spi;
	struct builder b;

	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_delete(&b, PROTO_ESP, &spi, 1);
	if (finish_request(sa, &b))
		sa->deleting_spi = spi;
}

void liveness_start(struct ike_sa *sa)
{
	struct builder b;

	sa->ike->stats.liveness_sent++;
	begin_request(sa, &b, EXCH_INFORMATIONAL);
	mobike_probe(sa, &b);
	finish_request(sa, &b);
}

void close_start(struct ike_sa *sa)
{
	struct builder b;

	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_delete(&b, PROTO_IKE, NULL, 0);
	finish_request(sa, &b);
	sa_down(sa, IKE_E_CLOSED, 0, "closed");
	/* stays for the answer, and goes when retransmission gives up */
	sa->expire_at = 0;
	sa_schedule(sa);
}

/* The peer deletes what it receives on; the answer names what we receive on. */
static void deleted(struct ike_sa *sa, struct builder *b, struct chunk spis, unsigned int n)
{
	uint32_t ours[64];
	unsigned int i, k = 0;

	for (i = 0; i < n; i++) {
		struct child *c, *new;
		uint32_t spi;

		memcpy(&spi, spis.p + 4 * i, 4);
		c = child_find_out(sa, ntohl(spi));
		if (!c) {
			child_unborn_gone(sa, ntohl(spi));
			continue;
		}
		/* crossing deletes: answered without it (section 1.4.1) */
		if (!c->deleting && k < 64)
			ours[k++] = c->spi_in;
		/* the successor must send before its forerunner goes */
		for (new = sa->children; new; new = new->next)
			if (new->replaces == c->spi_in)
				child_switch(sa, new);
		child_remove(sa, c, true, IKE_EV_CHILD_DOWN, IKE_OK);
	}
	if (k)
		build_delete(b, PROTO_ESP, ours, k);
}

void info_request_in(struct ike_sa *sa, struct message *m)
{
	bool close = false, failed = false;
	struct chunk spis;
	struct builder b;
	struct notify n;
	unsigned int i, count;
	uint8_t proto;

	for (i = 0; i < m->n; i++) {
		if (m->pl[i].type == PL_DELETE &&
		    !delete_parse(&m->pl[i], &proto, &count, &spis)) {
			respond_error(sa, EXCH_INFORMATIONAL, m->h.id, N_INVALID_SYNTAX, NULL,
				      0);
			return;
		}
	}
	begin_response(sa, &b, EXCH_INFORMATIONAL, m->h.id);
	for (i = 0; i < m->n; i++) {
		if (m->pl[i].type != PL_DELETE ||
		    !delete_parse(&m->pl[i], &proto, &count, &spis))
			continue;
		sa->ike->stats.deletes++;
		if (proto == PROTO_IKE)
			close = true;
		else if (proto == PROTO_ESP)
			deleted(sa, &b, spis, count);
	}
	query_in(sa, m, &b);
	heir_in(sa, m, &b);
	bond_in(sa, m, &b);
	if (!close && sa->state == SA_UP)
		ticket_in(sa, m, &b);
	mobike_in(sa, m, &b);
	failed = message_notify(m, N_AUTHENTICATION_FAILED, &n);
	finish_response(sa, &b);
	if (close || failed) {
		/* the peer went on with its own rekey: the children live there */
		if (!failed)
			rekey_sa_yield(sa);
		free(sa->request);
		sa->request = NULL;
		sa_down(sa, failed ? IKE_E_AUTH : IKE_E_CLOSED,
			failed ? N_AUTHENTICATION_FAILED : 0,
			failed ? "peer does not accept us" : "peer closed");
	}
}

/* A Child SA whose Delete was answered. */
static void delete_answered(struct ike_sa *sa, uint32_t spi_in)
{
	struct child *c = child_find(sa, spi_in), *new;

	if (!c)
		return;
	for (new = sa->children; new; new = new->next)
		if (new->replaces == c->spi_in)
			child_switch(sa, new);
	child_remove(sa, c, true, IKE_EV_CHILD_DOWN, IKE_OK);
}

void info_response_in(struct ike_sa *sa, struct message *m)
{
	const bool closing = sa->state == SA_CLOSING;
	uint32_t spi = sa->deleting_spi;

	sa->deleting_spi = 0;
	request_answered(sa);
	if (closing) {
		sa->expire_at = sa->ike->now + 1;
		sa_schedule(sa);
		return;
	}
	if (spi)
		delete_answered(sa, spi);
	query_answered(sa, m);
	heir_answered(sa, m);
	bond_answered(sa, m);
	ticket_answered(sa, m);
	mobike_answered(sa, m);
	sa_schedule(sa);
}
