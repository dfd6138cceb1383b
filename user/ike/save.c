// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE SAs that outlive the process: records that the owner keeps, and what they become
 * in the next life.
 *
 * A record is given to the owner before the packet goes out that it speaks of, so a
 * Message ID never stands for two messages.  No IV is used twice, even if an old record
 * is restored, or one record twice: IVs go on from a random place.  And the first new
 * request is a liveness check: if the peer knows of more messages than the record does,
 * it drops it, and the IKE SA ends as one whose peer is gone.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "mobike.h"

#define RECORD_VERSION	6
#define SUM_LEN		crypto_shorthash_siphashx24_BYTES
#define CHILDREN_MAX	4096		/* more in a record: it is none */

/* One list of fields serves both directions.  p NULL: count only. */
struct xfer {
	uint8_t *p;
	size_t cap, len;
	bool load, bad;
};

static void bytes(struct xfer *x, void *v, size_t n)
{
	if (x->bad || n > x->cap - x->len) {
		x->bad = true;
		return;
	}
	if (x->load)
		memcpy(v, x->p + x->len, n);
	else if (x->p)
		memcpy(x->p + x->len, v, n);
	x->len += n;
}

#define FIELD(x, v) bytes(x, &(v), sizeof(v))

/* Memory of its own, of a length that is known. */
static void blob(struct xfer *x, uint8_t **p, size_t n)
{
	if (x->load && n && !x->bad) {
		*p = n <= x->cap - x->len ? malloc(n) : NULL;
		x->bad = !*p;
	}
	if (n)
		bytes(x, *p, n);
}

struct head {
	char magic[4];
	uint16_t version, layout;
	uint32_t len;			/* of the whole record */
	uint8_t owner[8];		/* a hash of our key */
	uint8_t initiator;
	uint8_t spi_i[8], spi_r[8];
	struct ike_addr local, peer;
};

/* Other structures, another record. */
static uint16_t layout(void)
{
	return (uint16_t)(sizeof(struct head) + 3 * sizeof(struct ike_keys) +
			  5 * sizeof(struct ike_ts) + 7 * sizeof(struct ike_request) +
			  11 * sizeof(struct chosen) + 13 * sizeof(struct ke) +
			  17 * sizeof(struct ike_suite) + 19 * sizeof(struct mobike));
}

/* Against what is torn, damaged, or another's, not against somebody: nobody else may write. */
static const uint8_t no_key[crypto_shorthash_KEYBYTES];

static void head_of(const struct ike *ike, struct head *h)
{
	const struct chunk spki = signer_spki(ike->signer);

	memset(h, 0, sizeof(*h));
	memcpy(h->magic, "ISA\n", 4);
	h->version = RECORD_VERSION;
	h->layout = layout();
	_Static_assert(sizeof(h->owner) == crypto_shorthash_BYTES, "owner");
	crypto_shorthash(h->owner, spki.p, spki.len, no_key);
}

static void xfer_child(struct xfer *x, struct child *c)
{
	FIELD(x, c->rekey_at);
	FIELD(x, c->lifebytes);
	FIELD(x, c->lifetime);
	FIELD(x, c->spi_in);
	FIELD(x, c->spi_out);
	FIELD(x, c->spd_entry);
	FIELD(x, c->mode);
	FIELD(x, c->standby);
	FIELD(x, c->rekeying);
	FIELD(x, c->deleting);
	FIELD(x, c->encap);
	FIELD(x, c->path);
	FIELD(x, c->replaces);
	FIELD(x, c->suite);
	FIELD(x, c->local_ts);
	FIELD(x, c->remote_ts);
	FIELD(x, c->chosen);
}

static void xfer_children(struct xfer *x, struct ike_sa *sa)
{
	struct child **p = &sa->children, *c;
	uint32_t n = sa->n_children, i;

	FIELD(x, n);
	x->bad |= n > CHILDREN_MAX;
	for (i = 0; i < n && !x->bad; i++) {
		if (!x->load) {
			xfer_child(x, *p);
			p = &(*p)->next;
			continue;
		}
		c = calloc(1, sizeof(*c));
		if (!c) {
			x->bad = true;
			return;
		}
		xfer_child(x, c);
		if (x->bad || child_by_spi(sa->ike, c->spi_in)) {
			/* two records of a moment in which it moved from one to the other */
			free(c);
			continue;
		}
		child_table_add(sa, c);
		*p = c;
		p = &c->next;
		sa->n_children++;
		sa->ike->stats.children++;
	}
}

static bool lasts(const struct job *j)
{
	/* the owner asks again for what it wants */
	return j->type != JOB_CHILD && j->type != JOB_QUERY && j->type != JOB_TICKET;
}

static void xfer_jobs(struct xfer *x, struct ike_sa *sa)
{
	struct job *j, one = { 0 };
	uint32_t n = 0, i;

	for (j = sa->jobs; j; j = j->next)
		n += lasts(j);
	FIELD(x, n);
	x->bad |= n > JOBS_MAX;
	j = sa->jobs;
	for (i = 0; i < n && !x->bad; i++) {
		while (!x->load && !lasts(j))
			j = j->next;
		if (!x->load)
			one = *j;
		FIELD(x, one.not_before);
		FIELD(x, one.type);
		FIELD(x, one.tries);
		FIELD(x, one.spi);
		if (!x->load)
			j = j->next;
		else if (!x->bad && !job_add(sa, one.type, one.spi, NULL, one.not_before))
			x->bad = true;
	}
}

static void xfer_exchange(struct xfer *x, struct ike_sa *sa)
{
	uint8_t has = !!sa->x, has_req = has && sa->x->req;
	struct exchange *e;

	FIELD(x, has);
	if (!has || x->bad)
		return;
	if (x->load) {
		sa->x = calloc(1, sizeof(*sa->x));
		x->bad = !sa->x;
		if (x->bad)
			return;
	}
	e = sa->x;
	FIELD(x, e->type);
	FIELD(x, e->tries);
	FIELD(x, e->spi_in);
	FIELD(x, e->old_spi);
	FIELD(x, e->new_spi);
	FIELD(x, e->nonce);
	FIELD(x, e->ke);
	FIELD(x, e->collided);
	FIELD(x, e->collision_nonce);
	FIELD(x, e->collision_nonce_len);
	FIELD(x, e->collision_spi);
	FIELD(x, e->gone);
	FIELD(x, e->n_gone);
	FIELD(x, has_req);
	if (!has_req || x->bad)
		return;
	blob(x, (uint8_t **)&e->req, sizeof(*e->req));
	/* whoever wished for it is gone */
	if (x->load && !x->bad)
		e->req->orphan = true;
}

static void xfer_lineage(struct xfer *x, struct ike_sa *sa)
{
	uint8_t has = !!sa->lineage;

	FIELD(x, has);
	if (!has || x->bad)
		return;
	if (x->load) {
		sa->lineage = calloc(1, sizeof(*sa->lineage));
		x->bad = !sa->lineage;
		if (x->bad)
			return;
		sa->lineage->refs = 1;
	}
	FIELD(x, sa->lineage->prf);
	FIELD(x, sa->lineage->es);
}

static void xfer_mobike(struct xfer *x, struct ike_sa *sa)
{
	uint8_t has = !!sa->mobike;

	FIELD(x, has);
	if (has && !x->bad)
		blob(x, (uint8_t **)&sa->mobike, sizeof(*sa->mobike));
}

static void xfer_sa(struct xfer *x, struct ike_sa *sa)
{
	uint32_t request_len = (uint32_t)sa->request_len, response_len;

	response_len = sa->response ? (uint32_t)sa->response_len : 0;
	if (!sa->request)
		request_len = 0;
	FIELD(x, sa->natt_local);
	FIELD(x, sa->natt_remote);
	FIELD(x, sa->natt_able);
	FIELD(x, sa->beet);
	FIELD(x, sa->fragmentation);
	FIELD(x, sa->small_path);
	FIELD(x, sa->rekeyed);
	FIELD(x, sa->heirs);
	FIELD(x, sa->heir_asked);
	FIELD(x, sa->bonds);
	FIELD(x, sa->bond_asked);
	FIELD(x, sa->client);
	FIELD(x, sa->tickets);
	FIELD(x, sa->ticketed);
	FIELD(x, sa->ticket_id);
	FIELD(x, sa->unheard_at);
	FIELD(x, sa->unheard);
	FIELD(x, sa->keys);
	FIELD(x, sa->id_out);
	FIELD(x, sa->id_in);
	FIELD(x, request_len);
	blob(x, &sa->request, request_len);
	sa->request_len = request_len;
	FIELD(x, sa->resend_at);
	FIELD(x, sa->resend_after);
	FIELD(x, sa->sends);
	FIELD(x, sa->deleting_spi);
	FIELD(x, response_len);
	blob(x, &sa->response, response_len);
	sa->response_len = response_len;
	FIELD(x, sa->resent);
	FIELD(x, sa->created);
	FIELD(x, sa->last_in);
	FIELD(x, sa->last_out);
	FIELD(x, sa->rekey_at);
	FIELD(x, sa->id_type);
	FIELD(x, sa->peer_id_len);
	FIELD(x, sa->spki_len);
	FIELD(x, sa->auth_method);
	FIELD(x, sa->peer_auth);
	FIELD(x, sa->own_method);
	FIELD(x, sa->creds);
	blob(x, &sa->peer_id, (size_t)sa->peer_id_len + sa->spki_len);
	if (x->load && !sa->peer_id)
		sa->peer_id = calloc(1, 1);
	xfer_lineage(x, sa);
	xfer_mobike(x, sa);
	xfer_children(x, sa);
	xfer_exchange(x, sa);
	xfer_jobs(x, sa);
}

static void seal_record(struct xfer *x)
{
	uint8_t sum[SUM_LEN];

	crypto_shorthash_siphashx24(sum, x->p, x->len, no_key);
	bytes(x, sum, SUM_LEN);
}

/* --- to the owner ---------------------------------------------------------------------- */

/* Two that wait for each other do not last: neither is worth much alone. */
static bool worth_keeping(const struct ike_sa *sa)
{
	return sa->state == SA_UP && !sa->rival_of && !(sa->x && sa->x->collision_sa);
}

void sa_keep(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct xfer x = { .cap = SIZE_MAX };
	struct head h;

	if (!ike->ops.keep)
		return;
	if (!worth_keeping(sa)) {
		sa_unkeep(sa);
		return;
	}
	bytes(&x, &h, sizeof(h));
	xfer_sa(&x, sa);
	x.len += SUM_LEN;
	if (x.len > ike->record_cap) {
		uint8_t *bigger = malloc(2 * x.len);

		if (!bigger) {
			/* an old one would lie */
			sa_unkeep(sa);
			return;
		}
		if (ike->record)
			crypto_wipe(ike->record, ike->record_cap);
		free(ike->record);
		ike->record = bigger;
		ike->record_cap = 2 * x.len;
	}
	head_of(ike, &h);
	h.len = (uint32_t)x.len;
	h.initiator = sa->initiator;
	memcpy(h.spi_i, sa->spi_i, 8);
	memcpy(h.spi_r, sa->spi_r, 8);
	h.local = sa->local;
	h.peer = sa->peer;
	x = (struct xfer){ .p = ike->record, .cap = ike->record_cap };
	bytes(&x, &h, sizeof(h));
	xfer_sa(&x, sa);
	seal_record(&x);
	ike->ops.keep(ike->ctx, &sa->slot, ike->record, x.len);
}

void sa_unkeep(struct ike_sa *sa)
{
	if (sa->slot)
		sa->ike->ops.keep(sa->ike->ctx, &sa->slot, NULL, 0);
	sa->slot = 0;
}

/* --- from the owner -------------------------------------------------------------------- */

static bool genuine(const struct ike *ike, const uint8_t *record, size_t len, struct head *h)
{
	uint8_t sum[SUM_LEN];
	struct head want;

	if (len < sizeof(*h) + SUM_LEN)
		return false;
	memcpy(h, record, sizeof(*h));
	head_of(ike, &want);
	if (memcmp(h->magic, want.magic, sizeof(want.magic)) || h->version != want.version ||
	    h->layout != want.layout || memcmp(h->owner, want.owner, sizeof(want.owner)) ||
	    h->len != len)
		return false;
	crypto_shorthash_siphashx24(sum, record, len - SUM_LEN, no_key);
	return crypto_equal(sum, record + len - SUM_LEN, SUM_LEN);
}

/* Written in the middle of something: a request without what its answer needs. */
static bool torn(const struct ike_sa *sa)
{
	const bool makes = sa->request && sa->request[18] == EXCH_CREATE_CHILD_SA;

	return makes != !!sa->x;
}

/*
 * The PAD may be another one by now, and so may be secrets and authorities of which the
 * kernel does not know.
 */
static bool still_allowed(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct ike_identity who;
	uint8_t creds[32];

	sa_peer_identity(sa, &who);
	ticket_creds(ike, &sa->peer, &who, sa->own_method, creds);
	if (!ticket_creds_known(sa) || !crypto_equal(creds, sa->creds, sizeof(creds)))
		return false;
	who.at = &sa->peer;
	who.natted = sa->natt_remote;
	return !ike->ops.authorize(ike->ctx, &who);
}

int ike_restore(struct ike *ike, uint64_t now, uint64_t slot, const uint8_t *record, size_t len)
{
	struct xfer x = { .p = (uint8_t *)record, .load = true };
	struct ike_sa *sa;
	struct head h;

	ike_clock(ike, now);
	if (!genuine(ike, record, len, &h))
		return -EBADMSG;
	if (sa_find(ike, h.initiator ? h.spi_i : h.spi_r, h.initiator))
		return -EEXIST;
	sa = sa_new(ike, h.initiator, &h.local, &h.peer);
	if (!sa)
		return -ENOMEM;
	table_del(sa, TABLE_SPI);
	memcpy(sa->spi_i, h.spi_i, 8);
	memcpy(sa->spi_r, h.spi_r, 8);
	table_add(sa, TABLE_SPI, hash_of_spi(h.initiator ? h.spi_i : h.spi_r));
	x.len = sizeof(h);
	x.cap = len - SUM_LEN;
	xfer_sa(&x, sa);
	if (x.bad || x.len != x.cap || torn(sa)) {
		sa_free(sa);
		return -EBADMSG;
	}
	if (!still_allowed(sa)) {
		ike->stats.auth_refused++;
		sa_free(sa);
		return -EACCES;
	}
	sa->have_keys = true;
	ike->ops.random(ike->ctx, &sa->keys.iv_next, sizeof(sa->keys.iv_next));
	sa->state = SA_UP;
	sa->up = ++ike->seq;
	sa->slot = slot;
	sa->restored = true;
	sa->unheard = true;
	/* the ticket stayed behind */
	if (sa->tickets && ike->tickets && !sa->rekeyed)
		job_add(sa, JOB_TICKET, 0, NULL, 0);
	if (sa->last_in > ike->now)
		sa->last_in = ike->now;
	if (sa->last_out > ike->now)
		sa->last_out = ike->now;
	/* the others wait behind it */
	if (!sa->request) {
		liveness_start(sa);
		return 0;
	}
	/* the peer may have answered while nobody was there */
	sa->sends = 1;
	sa->resend_after = ike->config.retry_first;
	sa->resend_at = ike->now;
	sa_schedule(sa);
	return 0;
}

void sa_lost(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;

	while (sa->restored && ike->ops.child_lost && sa->children) {
		const uint32_t spi_in = sa->children->spi_in;

		child_remove(sa, sa->children, false, IKE_EV_CHILD_DOWN, IKE_E_TIMEOUT);
		ike->ops.child_lost(ike->ctx, spi_in);
	}
}

void ike_children(struct ike *ike, void (*fn)(void *arg, uint32_t spi_in), void *arg)
{
	uint32_t *spi = calloc(ike->stats.children + 1, sizeof(*spi));
	size_t i, n = 0;
	struct child *c;

	if (!spi)
		return;
	for (i = 0; i < ike->child_buckets; i++)
		for (c = ike->child_bucket[i]; c; c = c->link)
			spi[n++] = c->spi_in;
	for (i = 0; i < n; i++)
		fn(arg, spi[i]);
	free(spi);
}

bool ike_has_child(const struct ike *ike, uint32_t spi_in)
{
	return child_by_spi(ike, spi_in);
}
