// SPDX-License-Identifier: GPL-2.0-or-later
/* The world of the engine's tests. */
#include "engine_world.h"
#include "ike/cert.h"
#include "ike/pkix.h"

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct end *e = ctx;
	struct world *w = e->w;
	struct packet *p;

	if (len == 1) {
		assert_int_equal(pkt[0], 0xff);
		assert_int_equal(local->port, 4500);
		e->keepalives++;
		return;
	}
	if (w->drop) {
		w->drop--;
		return;
	}
	if (w->mtu && 28 + len > w->mtu)
		return;
	assert_true(len <= sizeof(p->data));
	p = &w->q[w->tail++ % QUEUE_MAX];
	assert_true(w->tail - w->head <= QUEUE_MAX);
	p->from = *local;
	p->to = *peer;
	if (local->port == 4500) {
		assert_memory_equal(pkt, "\0\0\0\0", 4);
		pkt += 4;
		len -= 4;
	}
	memcpy(p->data, pkt, len);
	p->len = len;
	if (w->n_first < 8)
		w->first[w->n_first++] = *p;
}

static void op_random(void *ctx, void *buf, size_t len)
{
	randombytes_buf(buf, len);
}

static int op_authorize(void *ctx, const struct ike_identity *peer)
{
	struct end *e = ctx;

	assert_int_equal(peer->spki_len != 0, auth_signs(peer->auth_method));
	e->peer_id_type = peer->id_type;
	assert_true(peer->id_len <= sizeof(e->peer_id));
	memcpy(e->peer_id, peer->id, peer->id_len);
	e->peer_id_len = peer->id_len;
	e->peer_spki_len = peer->spki_len;
	e->peer_method = peer->auth_method;
	e->peer_auth = peer->auth;
	if (e->refuse_peer)
		return -EACCES;
	switch (e->wants) {
	case BTNS_AUTH_NULL:
		return peer->auth_method == AUTH_NULL ? 0 : -EACCES;
	case BTNS_AUTH_PSK:
		return peer->auth_method == AUTH_PSK ? 0 : -EACCES;
	case BTNS_AUTH_PKIX:
		return peer->auth == BTNS_AUTH_PKIX ? 0 : -EACCES;
	case BTNS_AUTH_PUBKEY:
		return peer->spki_len ? 0 : -EACCES;
	default:
		return 0;
	}
}

static void op_expect(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		      struct ike_expect *known)
{
	struct end *e = ctx;

	if (e->known.own_auth)
		*known = id && e->by_id ? *e->by_id : e->known;
}

static bool op_vouch(void *ctx, const struct ike_identity *peer, const struct chunk *chain,
		     unsigned int n)
{
	struct end *e = ctx;

	e->chain = n;
	if (!e->anchors)
		return false;
	e->why = pkix_verify(e->anchors, e->clock, peer->id_type,
			     CHUNK(peer->id, peer->id_len), CHUNK(peer->spki, peer->spki_len),
			     chain, n);
	return !e->why;
}

static int op_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *g)
{
	struct end *e = ctx;

	if (e->refuse_child)
		return -EACCES;
	if (e->has_policy && q->mode != e->policy && e->policy != BTNS_MODE_TUNNEL)
		return -EACCES;
	memset(g, 0, sizeof(*g));
	g->spd_entry = 7;
	g->mode = e->has_policy ? e->policy : q->mode;
	g->local_ts = q->local_ts[q->n_local - 1];
	g->remote_ts = q->remote_ts[q->n_remote - 1];
	if (e->only.family)
		g->local_ts = e->only;
	if (e->wider)
		g->local_ts.end[3]++;
	return 0;
}

static int op_install(void *ctx, const struct ike_child_sa *c)
{
	struct end *e = ctx;

	assert_true(e->n_sas < SAS_MAX);
	e->sas[e->n_sas] = *c;
	e->active[e->n_sas++] = !c->standby;
	e->installs++;
	return 0;
}

static int op_switch(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct end *e = ctx;
	unsigned int i;

	for (i = 0; i < e->n_sas; i++)
		if (e->sas[i].spi_in == spi_in)
			e->active[i] = true;
	e->switches++;
	return 0;
}

static void op_delete(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct end *e = ctx;
	unsigned int i;

	for (i = 0; i < e->n_sas; i++) {
		if (e->sas[i].spi_in == spi_in) {
			e->n_sas--;
			e->sas[i] = e->sas[e->n_sas];
			e->active[i] = e->active[e->n_sas];
			e->deletes++;
			return;
		}
	}
}

static int op_move(void *ctx, uint32_t spi_in, const struct ike_addr *local,
		   const struct ike_addr *old_peer, const struct ike_addr *new_peer, bool encap)
{
	struct end *e = ctx;
	unsigned int i;

	if (e->refuse_move)
		return e->refuse_move;
	for (i = 0; i < e->n_sas; i++)
		if (e->sas[i].spi_in == spi_in) {
			e->sas[i].local = *local;
			e->sas[i].peer = *new_peer;
			e->sas[i].encap = encap;
		}
	e->moves++;
	return 0;
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	struct end *e = ctx;

	e->done++;
	e->last_error = error;
	e->last_detail = detail;
}

static void op_event(void *ctx, const struct ike_event *ev)
{
	struct end *e = ctx;

	e->ups += ev->type == IKE_EV_SA_UP;
	e->downs += ev->type == IKE_EV_SA_DOWN;
}

struct latch *latch_of(struct end *e, uint16_t local, uint16_t peer)
{
	const uint16_t name = (uint16_t)(local * 31 + peer);
	unsigned int i;

	for (i = 0; i < LATCHES_MAX; i++) {
		if (!e->latches[i].port)
			e->latches[i].port = name;
		if (e->latches[i].port == name)
			return &e->latches[i];
	}
	fail();
	return NULL;
}

/* As btnsd and the kernel do it. */
static enum ike_query op_binding(void *ctx, const struct ike_binding *b)
{
	struct end *e = ctx;
	struct latch *l = latch_of(e, b->flow.local.port, b->flow.peer.port);

	assert_int_equal(b->flow.proto, 6);
	assert_memory_equal(b->value, "ipsec-unique-v1:", 16);
	if (e->unfit)
		return e->unfit;
	if (l->known && (l->ours || b->ours))
		return IKE_QUERY_AGAIN;
	l->known = true;
	l->ours = b->ours;
	memcpy(l->value, b->value, sizeof(l->value));
	e->bound++;
	return IKE_QUERY_DONE;
}

static void op_binding_done(void *ctx, uint64_t latch, enum ike_error error,
			    enum ike_query result)
{
	struct end *e = ctx;

	e->bindings_done++;
	e->last_error = error;
	e->last_result = result;
}

static bool op_heard(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct end *e = ctx;

	e->asked++;
	return e->heard;
}

bool world_hears;
void (*world_change)(struct ike_ops *ops);

static enum ike_heir op_heir(void *ctx, const struct ike_identity *peer, const uint8_t *spki,
			     size_t len)
{
	struct end *e = ctx;

	assert_true(peer->spki_len && len <= sizeof(e->heir));
	memcpy(e->heir, spki, len);
	e->heir_len = len;
	e->heirs++;
	return e->heir_answer;
}

static const struct ike_ops ops = {
	.heir = op_heir,
	.send = op_send, .random = op_random, .expect = op_expect, .vouch = op_vouch,
	.authorize = op_authorize,
	.narrow = op_narrow, .child_install = op_install, .child_switch = op_switch,
	.child_delete = op_delete, .child_move = op_move, .child_done = op_done, .event = op_event,
	.binding = op_binding, .binding_done = op_binding_done,
};

void end_init(struct world *w, struct end *e, unsigned int n,
		     const struct ike_config *base)
{
	struct ike_config c = *base;
	struct ike_ops o = ops;

	if (world_hears)
		o.child_heard = op_heard;
	if (world_change)
		world_change(&o);
	memset(c.seed, n, sizeof(c.seed));
	e->w = w;
	e->addr.family = AF_INET;
	e->addr.port = 500;
	e->addr.ip[0] = 10;
	e->addr.ip[3] = n;
	e->ike = ike_new(&c, &o, e, w->now);
	assert_non_null(e->ike);
}

struct world *world_new(const struct ike_config *config)
{
	static const struct ike_config none;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->now = 1000;
	end_init(w, &w->a, 1, config ? config : &none);
	end_init(w, &w->b, 2, config ? config : &none);
	return w;
}

void world_free(struct world *w)
{
	ike_free(&w->a.ike);
	ike_free(&w->b.ike);
	assert_null(w->a.ike);
	free(w);
}

const struct secret *secret_of(enum secret_kind kind, const void *p, size_t len)
{
	static struct secret *all[32];
	struct secret *s;
	unsigned int i;

	if (!p || !len)
		return NULL;
	s = secret_new(kind, CHUNK(p, len));
	assert_non_null(s);
	for (i = 0; all[i]; i++) {
		assert_true(i + 1 < sizeof(all) / sizeof(all[0]));
		if (secret_equal(all[i], s)) {
			secret_free(&s);
			return all[i];
		}
	}
	return all[i] = s;
}

struct end *at(struct world *w, const struct ike_addr *addr)
{
	return (w->multihomed ? addr->ip[3] & 1 : addr->ip[3] == 1) ? &w->a : &w->b;
}

/* false: the NAT knows no such port (any more) */
static bool translate(const struct world *w, struct packet *p)
{
	if (!w->natted)
		return true;
	if (!memcmp(p->from.ip, w->natted->addr.ip, 4)) {
		memcpy(p->from.ip, w->outside.ip, 4);
		p->from.port += w->nat_ports;
	} else if (!memcmp(p->to.ip, w->outside.ip, 4)) {
		memcpy(p->to.ip, w->natted->addr.ip, 4);
		p->to.port -= w->nat_ports;
		return p->to.port == 500 || p->to.port == 4500;
	}
	return true;
}

void deliver_one(struct world *w)
{
	struct packet p = w->q[w->head++ % QUEUE_MAX];

	if (w->dead[p.from.ip[3]] || w->dead[p.to.ip[3]] || !translate(w, &p))
		return;
	ike_input(at(w, &p.to)->ike, w->now, &p.to, &p.from, p.data, p.len);
}

void deliver(struct world *w)
{
	while (!w->hold && w->head != w->tail)
		deliver_one(w);
}

/* Any packet that is under way, perhaps twice. */
void deliver_any(struct world *w, bool twice)
{
	const unsigned int n = w->tail - w->head;
	struct packet *head = &w->q[w->head % QUEUE_MAX];
	struct packet *p = &w->q[(w->head + randombytes_uniform(n)) % QUEUE_MAX];
	struct packet tmp = *p;

	*p = *head;
	*head = tmp;
	deliver_one(w);
	if (twice)
		ike_input(at(w, &tmp.to)->ike, w->now, &tmp.to, &tmp.from, tmp.data, tmp.len);
}

/* Let time pass, with all timers and packets. */
void pass(struct world *w, uint64_t ms)
{
	const uint64_t end = w->now + ms;

	deliver(w);
	while (w->now < end) {
		uint64_t n = ike_next(w->a.ike), m = ike_next(w->b.ike);

		n = m < n ? m : n;
		w->now = n > w->now && n < end ? n : n <= w->now ? w->now + 1 : end;
		ike_tick(w->a.ike, w->now);
		ike_tick(w->b.ike, w->now);
		deliver(w);
	}
}

struct ike_request request_to(struct end *from, struct end *to, uint16_t port)
{
	struct ike_request r = { .cookie = 1, .spd_entry = 3, .mode = BTNS_MODE_TRANSPORT };

	r.local = from->addr;
	r.peer = to->addr;
	r.n_local = 1;
	r.n_remote = 1;
	r.local_ts[0].family = AF_INET;
	r.local_ts[0].port_end = 65535;
	memcpy(r.local_ts[0].start, from->addr.ip, 4);
	memcpy(r.local_ts[0].end, from->addr.ip, 4);
	r.remote_ts[0] = r.local_ts[0];
	memcpy(r.remote_ts[0].start, to->addr.ip, 4);
	memcpy(r.remote_ts[0].end, to->addr.ip, 4);
	if (port) {
		r.remote_ts[0].proto = 6;
		r.local_ts[0].proto = 6;
		r.remote_ts[0].port_start = port;
		r.remote_ts[0].port_end = port;
	}
	return r;
}

void start(struct end *from, struct end *to, uint16_t port)
{
	struct ike_request r = request_to(from, to, port);

	assert_int_equal(ike_initiate(from->ike, from->w->now, &r), 0);
}

/* Each SA of one end has its counterpart, with the same keys the other way round. */
void agree(const struct end *a, const struct end *b)
{
	unsigned int i, j, found;

	assert_int_equal(a->n_sas, b->n_sas);
	for (i = 0; i < a->n_sas; i++) {
		found = 0;
		for (j = 0; j < b->n_sas; j++) {
			const struct ike_child_sa *x = &a->sas[i], *y = &b->sas[j];

			if (x->spi_in != y->spi_out)
				continue;
			found++;
			assert_int_equal(x->spi_out, y->spi_in);
			assert_int_equal(x->encr_len, y->encr_len);
			assert_memory_equal(x->encr_in, y->encr_out, x->encr_len);
			assert_memory_equal(x->encr_out, y->encr_in, x->encr_len);
			assert_memory_not_equal(x->encr_in, x->encr_out, x->encr_len);
			assert_int_equal(x->suite.encr, y->suite.encr);
			assert_int_equal(x->mode, y->mode);
			assert_memory_equal(&x->local_ts, &y->remote_ts, sizeof(x->local_ts));
		}
		assert_int_equal(found, 1);
	}
}

struct world *connected(const struct ike_config *config)
{
	struct world *w = world_new(config);

	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	return w;
}

static void last_one(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	if (info->established)
		*(struct ike_sa **)arg = sa;
}

void share_secret(struct end *e, const char *secret)
{
	e->known.own_auth = BTNS_AUTH_PSK;
	e->known.secret = secret_of(SECRET_PSK, secret, strlen(secret));
}

struct ike_sa *some_sa(struct end *e)
{
	struct ike_sa *sa = NULL;

	ike_walk(e->ike, last_one, &sa);
	return sa;
}

void settle(struct world *w)
{
	w->drop = 0;
	pass(w, 200000);
}

/* Both work: the SAs fit, and new ones can be made from either side. */
void healthy(struct world *w)
{
	agree(&w->a, &w->b);
	start(&w->a, &w->b, 1001);
	start(&w->b, &w->a, 1002);
	pass(w, 5000);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->b.last_error, IKE_OK);
	agree(&w->a, &w->b);
}
