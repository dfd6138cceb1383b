// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unique channel bindings of latches.  Two nonces of one INFORMATIONAL exchange name the
 * channel, a secret of the first IKE SA of the family and the Child SA bind it to what was
 * negotiated: Documentation/wire-formats.rst.  Of queries that cross the one with the
 * larger nonce stands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"
#include "wire.h"

#define RETRY_FIRST	50		/* ms after an answer that is no end, doubling */
#define RETRY_LONGEST	1600
#define TRIES_MAX	16
#define TRIES_NONE	6		/* about 3 s */
#define QUERY_FIXED	6		/* family, protocol, ports */
#define QUERY_MAX	(QUERY_FIXED + 2 * 16 + 4 + BINDING_NONCE)

/* --- the secret ------------------------------------------------------------- */

void lineage_begin(struct ike_sa *sa)
{
	const struct handshake *hs = sa->hs;
	struct chunk parts[BINDING_PARTS] = {
		[PART_INIT_REQUEST] = CHUNK(hs->init_req, hs->init_req_len),
		[PART_INIT_RESPONSE] = CHUNK(hs->init_resp, hs->init_resp_len),
		[PART_INT_AUTH] = CHUNK("", 0),
	};
	struct lineage *f;
	unsigned int i;
	uint8_t t[32];

	if (!hs->unique)
		return;
	for (i = 0; i < 4; i++) {
		if (!hs->proof[i])
			return;		/* memory ran out: as if we did not offer it */
		parts[PART_ID_I + i] = CHUNK(hs->proof[i], hs->proof_len[i]);
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return;
	f->refs = 1;
	f->prf = sa->keys.prf;
	binding_transcript(t, parts);
	binding_seed(f->prf, f->es, sa->keys.sk_d, t);
	sa->lineage = f;
}

void lineage_join(struct ike_sa *sa, const struct ike_sa *parent)
{
	sa->lineage = parent->lineage;
	if (sa->lineage)
		sa->lineage->refs++;
}

void lineage_leave(struct ike_sa *sa)
{
	struct lineage *f = sa->lineage;

	sa->lineage = NULL;
	if (!f || --f->refs)
		return;
	crypto_wipe(f, sizeof(*f));
	free(f);
}

struct chunk built_body(const struct builder *b)
{
	return b->overflow ? CHUNK(NULL, 0) : CHUNK(b->buf + b->pl_at + 4, b->len - b->pl_at - 4);
}

void chosen_keep(struct child *c, struct chunk body)
{
	c->chosen.len = 0;
	if (!body.len || body.len > sizeof(c->chosen.body))
		return;
	memcpy(c->chosen.body, body.p, body.len);
	c->chosen.len = (uint8_t)body.len;
}

/* --- wishes ----------------------------------------------------------------- */

static void unlink_query(struct ike *ike, struct query *q)
{
	struct query **p;

	for (p = &ike->queries; *p; p = &(*p)->next) {
		if (*p == q) {
			*p = q->next;
			return;
		}
	}
}

void query_drop(struct ike *ike, struct query *q, enum ike_error error, uint8_t result)
{
	unlink_query(ike, q);
	ike->ops.binding_done(ike->ctx, q->wish.latch, error, (enum ike_query)result);
	free(q);
}

void queries_free(struct ike *ike)
{
	while (ike->queries) {
		struct query *q = ike->queries;

		ike->queries = q->next;
		free(q);
	}
}

/* Once more, where the Child SA is now: sa may have been rekeyed. */
static bool query_job(struct ike_sa *sa, struct query *q, uint64_t not_before)
{
	const struct child *c = child_by_spi(sa->ike, q->spi_in);
	struct job *j;

	if (c)
		sa = c->sa;
	if (sa->rekeyed || sa->state != SA_UP)
		return false;
	j = job_add(sa, JOB_QUERY, 0, NULL, not_before);
	if (!j)
		return false;
	q->sa = NULL;
	j->query = q;
	return true;
}

int ike_bind(struct ike *ike, uint64_t now, uint64_t latch, const struct ike_flow *flow,
	     uint32_t spi_in)
{
	struct child *c;
	struct query *q;

	ike_clock(ike, now);
	for (q = ike->queries; q; q = q->next)
		if (q->wish.latch == latch && !q->settled)
			return -EALREADY;
	c = child_by_spi(ike, spi_in);
	if (!c || c->sa->state != SA_UP || !child_covers_flow(c, flow))
		return -ENOENT;
	if (!c->sa->lineage || !c->chosen.len)
		return -EOPNOTSUPP;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOSPC;
	q->wish.latch = latch;
	q->wish.flow = *flow;
	q->wish.ours = true;
	q->spi_in = spi_in;
	if (!query_job(c->sa, q, 0)) {
		free(q);
		return -ENOSPC;
	}
	q->next = ike->queries;
	ike->queries = q;
	sa_run_jobs(c->sa);
	return 0;
}

static size_t query_build(uint8_t out[QUERY_MAX], const struct query *q)
{
	const struct ike_flow *f = &q->wish.flow;
	const size_t n = ike_ip_len(f->local.family);
	uint8_t *p = out + QUERY_FIXED;

	out[0] = f->local.family == AF_INET6 ? 6 : 4;
	out[1] = f->proto;
	put16(out + 2, f->local.port);
	put16(out + 4, f->peer.port);
	memcpy(p, f->local.ip, n);
	memcpy(p + n, f->peer.ip, n);
	put32(p + 2 * n, q->spi_in);
	memcpy(p + 2 * n + 4, q->nonce, BINDING_NONCE);
	return QUERY_FIXED + 2 * n + 4 + BINDING_NONCE;
}

void query_start(struct ike_sa *sa, struct job *job)
{
	struct ike *ike = sa->ike;
	struct query *q = job->query;
	uint8_t data[QUERY_MAX];
	const struct child *c;
	struct builder b;

	job->query = NULL;
	if (q->settled) {
		query_drop(ike, q, IKE_OK, 0);
		return;
	}
	c = child_find(sa, q->spi_in);
	if (!c)
		c = child_successor(sa, q->spi_in);
	if (!c || !c->chosen.len || !sa->lineage) {
		query_drop(ike, q, IKE_E_CLOSED, 0);
		return;
	}
	q->spi_in = c->spi_in;
	q->wish.mode = c->mode;
	q->wish.suite = c->suite;
	q->chosen = c->chosen;
	ike->ops.random(ike->ctx, q->nonce, sizeof(q->nonce));
	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_notify(&b, 0, N_LATCH_CB_QUERY, NULL, 0, data, query_build(data, q));
	if (!finish_request(sa, &b)) {
		query_drop(ike, q, IKE_E_INTERNAL, 0);
		return;
	}
	q->sa = sa;
	sa->asking = q;
}

/*
 * How often that answer is no end.  A peer may have no latch yet: TCP's last segment of
 * three is on its way, or lost, and the SYN-ACK is sent again after a second.
 */
static unsigned int tries_max(uint8_t result)
{
	return result == IKE_QUERY_AGAIN ? TRIES_MAX : result == IKE_QUERY_NONE ? TRIES_NONE : 0;
}

/* Both nonces are there: the value, kept by the owner. */
static enum ike_query settle(struct ike_sa *sa, struct ike_binding *b, const struct chosen *ch,
			     const uint8_t *nq, const uint8_t *np)
{
	struct ike *ike = sa->ike;
	enum ike_query result = IKE_QUERY_MISFIT;

	sa_peer_identity(sa, &b->peer);
	if (binding_make(b->value, sa->lineage->prf, sa->lineage->es, nq, np, b->mode,
			 CHUNK(ch->body, ch->len)))
		result = ike->ops.binding(ike->ctx, b);
	if (result == IKE_QUERY_DONE)
		ike->stats.bindings++;
	return result;
}

void query_answered(struct ike_sa *sa, const struct message *m)
{
	struct ike *ike = sa->ike;
	struct query *q = sa->asking;
	enum ike_error error = IKE_OK;
	uint8_t result = IKE_QUERY_DONE;
	struct notify n;
	uint64_t pause;

	if (!q)
		return;
	sa->asking = NULL;
	q->sa = NULL;
	if (q->settled) {
		/* the peer's query stands, whatever it said to ours */
	} else if (!message_notify(m, N_LATCH_CB_REPLY, &n)) {
		error = IKE_E_REFUSED;
	} else if (n.data.len == 1 + BINDING_NONCE && n.data.p[0] == IKE_QUERY_DONE) {
		result = settle(sa, &q->wish, &q->chosen, q->nonce, n.data.p + 1);
		/* there already: then it is not the peer's, who has answered ours */
		if (result)
			error = IKE_E_REFUSED;
	} else if (n.data.len == 1 && q->tries < tries_max(n.data.p[0])) {
		pause = RETRY_FIRST << (q->tries < 5 ? q->tries : 5);
		q->tries++;
		if (query_job(sa, q, ike->now + jitter(ike, pause < RETRY_LONGEST ? pause :
						       RETRY_LONGEST)))
			return;
		error = IKE_E_CLOSED;
	} else if (n.data.len == 1 && n.data.p[0] <= IKE_QUERY_AGAIN && n.data.p[0]) {
		error = IKE_E_REFUSED;
		result = n.data.p[0];
	} else {
		error = IKE_E_SYNTAX;
	}
	query_drop(ike, q, error, result);
}

void query_lost(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct query *q = sa->asking;
	const struct child *c;

	if (!q)
		return;
	sa->asking = NULL;
	q->sa = NULL;
	c = child_by_spi(ike, q->spi_in);
	if (c && c->sa != sa && query_job(c->sa, q, 0))
		return;
	query_drop(ike, q, IKE_E_TIMEOUT, 0);
}

/* --- the peer's queries ------------------------------------------------------- */

static bool same_flow(const struct ike_flow *a, const struct ike_flow *b)
{
	return a->proto == b->proto && ike_same_addr(&a->local, &b->local) &&
	       ike_same_addr(&a->peer, &b->peer);
}

/* false: syntax.  The flow as it is at this end. */
static bool query_parse(struct chunk data, struct ike_flow *f, uint32_t *spi,
			const uint8_t **nonce)
{
	const uint8_t *p = data.p + QUERY_FIXED;
	size_t n;

	memset(f, 0, sizeof(*f));
	if (data.len < QUERY_FIXED || (data.p[0] != 4 && data.p[0] != 6))
		return false;
	f->local.family = data.p[0] == 6 ? AF_INET6 : AF_INET;
	f->peer.family = f->local.family;
	n = ike_ip_len(f->local.family);
	if (data.len != QUERY_FIXED + 2 * n + 4 + BINDING_NONCE)
		return false;
	f->proto = data.p[1];
	f->peer.port = get16(data.p + 2);
	f->local.port = get16(data.p + 4);
	memcpy(f->peer.ip, p, n);
	memcpy(f->local.ip, p + n, n);
	*spi = get32(p + 2 * n);
	*nonce = p + 2 * n + 4;
	return true;
}

/* In transport mode behind a NAT each end has its own view of the addresses. */
static void substitute(const struct ike_sa *sa, const struct child *c, struct ike_flow *f)
{
	if (!sa_is_natt(sa) || c->mode != BTNS_MODE_TRANSPORT ||
	    !ts_one_address(&c->remote_ts) || !ts_one_address(&c->local_ts))
		return;
	memcpy(f->peer.ip, c->remote_ts.start, sizeof(f->peer.ip));
	memcpy(f->local.ip, c->local_ts.start, sizeof(f->local.ip));
}

static enum ike_query judge(struct ike_sa *sa, struct chunk data, uint8_t np[BINDING_NONCE])
{
	struct ike *ike = sa->ike;
	struct ike_binding b = { 0 };
	const uint8_t *nq;
	enum ike_query result;
	const struct child *c;
	struct query *q;
	uint32_t spi;

	if (!query_parse(data, &b.flow, &spi, &nq))
		return IKE_QUERY_NONE;
	if (sa->state != SA_UP)
		return IKE_QUERY_AGAIN;
	c = child_find_out(sa, spi);
	/* it may be rekeyed, or its IKE SA */
	if (!c)
		return IKE_QUERY_AGAIN;
	substitute(sa, c, &b.flow);
	if (!c->chosen.len || !child_covers_flow(c, &b.flow))
		return IKE_QUERY_MISFIT;
	for (q = ike->queries; q; q = q->next)
		if (q->sa && !q->settled && same_flow(&q->wish.flow, &b.flow) &&
		    memcmp(q->nonce, nq, BINDING_NONCE) > 0)
			return IKE_QUERY_AGAIN;
	b.mode = c->mode;
	b.suite = c->suite;
	ike->ops.random(ike->ctx, np, BINDING_NONCE);
	result = settle(sa, &b, &c->chosen, nq, np);
	if (result == IKE_QUERY_DONE) {
		for (q = ike->queries; q; q = q->next)
			if (same_flow(&q->wish.flow, &b.flow))
				q->settled = true;
	}
	return result;
}

void query_in(struct ike_sa *sa, const struct message *m, struct builder *b)
{
	uint8_t reply[1 + BINDING_NONCE];
	struct notify n;

	if (!sa->lineage || !message_notify(m, N_LATCH_CB_QUERY, &n))
		return;
	reply[0] = judge(sa, n.data, reply + 1);
	build_notify(b, 0, N_LATCH_CB_REPLY, NULL, 0, reply,
		     reply[0] == IKE_QUERY_DONE ? sizeof(reply) : 1);
}
