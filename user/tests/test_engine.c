// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exchanges of two engines in one process: a network that can lose, repeat and
 * record, a clock that is turned by hand, an owner that records what it is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>
#include <sodium.h>

#include "ike/ike.h"
#include "ike/message.h"

#define QUEUE_MAX	512
#define SAS_MAX		64

struct packet {
	struct ike_addr from, to;
	uint8_t data[4096];
	size_t len;
};

struct world;

struct end {
	struct world *w;
	struct ike *ike;
	struct ike_addr addr;
	struct ike_child_sa sas[SAS_MAX];	/* installed */
	unsigned int n_sas;
	bool active[SAS_MAX];			/* not standby */
	unsigned int installs, deletes, switches, done, ups, downs;
	enum ike_error last_error;
	uint16_t last_detail;
	int refuse_peer, refuse_child;
};

struct world {
	struct end a, b;
	struct packet q[QUEUE_MAX];
	unsigned int head, tail;
	uint64_t now;
	int drop;			/* this many of the next packets are lost */
	bool hold;			/* packets stay in the queue */
	struct packet first[8];		/* recorded */
	unsigned int n_first;
	uint64_t seed;
};

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct end *e = ctx;
	struct world *w = e->w;
	struct packet *p;

	if (len == 1)
		return;			/* NAT keepalive */
	if (w->drop) {
		w->drop--;
		return;
	}
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

	assert_non_null(peer->spki);
	return e->refuse_peer ? -EACCES : 0;
}

static int op_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *g)
{
	struct end *e = ctx;

	if (e->refuse_child)
		return -EACCES;
	memset(g, 0, sizeof(*g));
	g->spd_entry = 7;
	g->mode = q->mode;
	g->local_ts = q->local_ts[q->n_local - 1];
	g->remote_ts = q->remote_ts[q->n_remote - 1];
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

static const struct ike_ops ops = {
	.send = op_send, .random = op_random, .authorize = op_authorize,
	.narrow = op_narrow, .child_install = op_install, .child_switch = op_switch,
	.child_delete = op_delete, .child_done = op_done, .event = op_event,
};

static void end_init(struct world *w, struct end *e, unsigned int n,
		     const struct ike_config *base)
{
	struct ike_config c = *base;

	memset(c.seed, n, sizeof(c.seed));
	e->w = w;
	e->addr.family = AF_INET;
	e->addr.port = 500;
	e->addr.ip[0] = 10;
	e->addr.ip[3] = n;
	e->ike = ike_new(&c, &ops, e, w->now);
	assert_non_null(e->ike);
}

static struct world *world_new(const struct ike_config *config)
{
	static const struct ike_config none;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->now = 1000;
	end_init(w, &w->a, 1, config ? config : &none);
	end_init(w, &w->b, 2, config ? config : &none);
	return w;
}

static void world_free(struct world *w)
{
	ike_free(&w->a.ike);
	ike_free(&w->b.ike);
	assert_null(w->a.ike);
	free(w);
}

static struct end *at(struct world *w, const struct ike_addr *addr)
{
	return addr->ip[3] == 1 ? &w->a : &w->b;
}

static void deliver_one(struct world *w)
{
	struct packet p = w->q[w->head++ % QUEUE_MAX];

	ike_input(at(w, &p.to)->ike, w->now, &p.to, &p.from, p.data, p.len);
}

static void deliver(struct world *w)
{
	while (w->head != w->tail)
		deliver_one(w);
}

/* Let time pass, with all timers and packets. */
static void pass(struct world *w, uint64_t ms)
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

static struct ike_request request_to(struct end *from, struct end *to, uint16_t port)
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

static void start(struct end *from, struct end *to, uint16_t port)
{
	struct ike_request r = request_to(from, to, port);

	assert_int_equal(ike_initiate(from->ike, from->w->now, &r), 0);
}

/* Each SA of one end has its counterpart, with the same keys the other way round. */
static void agree(const struct end *a, const struct end *b)
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

static struct world *connected(const struct ike_config *config)
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

/* IKE/17 IKE/32 IKE/35 IKE/38 IKE/56 */
static void first_contact(void **state)
{
	struct world *w = connected(NULL);

	assert_int_equal(w->tail, 4);	/* two round trips */
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 0);
	assert_int_equal(w->a.sas[0].mode, BTNS_MODE_TRANSPORT);
	assert_int_equal(w->a.sas[0].peer_id.id_type, BTNS_ID_KEY_ID);
	world_free(w);
}

/* IKE/15 IKE/16: each message of the set-up lost once, and twice */
static void loss(void **state)
{
	unsigned int i, times;

	for (times = 1; times <= 2; times++) {
		for (i = 0; i < 4; i++) {
			struct world *w = world_new(NULL);
			unsigned int n;

			start(&w->a, &w->b, 0);
			for (n = 0; n < i; n++) {
				/* the packet that is delivered makes the next one */
				if (n + 1 == i)
					w->drop = times;
				deliver_one(w);
			}
			if (!i) {
				w->head = w->tail;	/* the first one is lost */
				if (times == 2)
					w->drop = 1;
			}
			pass(w, 9000);
			assert_int_equal(w->a.last_error, IKE_OK);
			assert_int_equal(w->a.n_sas, 1);
			assert_int_equal(w->b.n_sas, 1);
			agree(&w->a, &w->b);
			world_free(w);
		}
	}
}

/* IKE/16 IKE/21 IKE/31: every packet twice, and old ones again later */
static void replay(void **state)
{
	struct world *w = connected(NULL);
	unsigned int i, sas = ike_stats(w->b.ike)->sas;

	for (i = 0; i < w->n_first; i++) {
		struct packet p = w->first[i];

		ike_input(at(w, &p.to)->ike, w->now, &p.to, &p.from, p.data, p.len);
		ike_input(at(w, &p.from)->ike, w->now, &p.from, &p.to, p.data, p.len);
	}
	pass(w, 30000);
	/* a replayed INIT request may leave a half-open one for a while, no more */
	assert_int_equal(ike_stats(w->b.ike)->sas, sas);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->b.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/23 IKE/24: cookies from the first half-open IKE SA on */
static void cookies(void **state)
{
	struct ike_config c = { .cookie_threshold = 1 };
	struct world *w = world_new(&c);
	struct packet p;

	/* a half-open one that nobody finishes */
	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	p.data[0] ^= 0x55;
	ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 1);
	deliver(w);
	assert_int_equal(ike_stats(w->b.ike)->cookies_sent, 1);
	assert_int_equal(ike_stats(w->a.ike)->cookies_seen, 1);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/23: a flood leaves no more behind than the limit */
static void flood(void **state)
{
	struct ike_config c = { .cookie_threshold = 10 };
	struct world *w = world_new(&c);
	struct packet p;
	unsigned int i;

	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	w->head = w->tail;
	for (i = 0; i < 5000; i++) {
		randombytes_buf(p.data, 8);
		ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
		w->head = w->tail;
	}
	assert_int_equal(ike_stats(w->b.ike)->half_open, 10);
	assert_int_equal(ike_stats(w->b.ike)->sas, 10);
	/* a legitimate peer gets through all the same */
	pass(w, 3000);
	assert_int_equal(w->a.n_sas, 1);
	pass(w, 30000);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 0);
	world_free(w);
}

/* IKE/32, RFC5386/11: the owner says no, at either end */
static void refused_peer(void **state)
{
	struct world *w = world_new(NULL);

	w->b.refuse_peer = 1;
	start(&w->a, &w->b, 0);
	pass(w, 60000);
	assert_int_equal(w->a.last_error, IKE_E_AUTH);
	assert_int_equal(w->a.last_detail, N_AUTHENTICATION_FAILED);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->b.ike)->sas, 0);

	w->b.refuse_peer = 0;
	w->a.refuse_peer = 1;
	start(&w->a, &w->b, 0);
	pass(w, 60000);
	assert_int_equal(w->a.last_error, IKE_E_AUTH);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->b.ike)->sas, 0);
	world_free(w);
}

/* IKE/33: no Child SA, but the IKE SA is up; the next wish uses it */
static void refused_child(void **state)
{
	struct world *w = world_new(NULL);

	w->b.refuse_child = 1;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_E_TS);
	assert_int_equal(w->a.ups, 1);
	w->b.refuse_child = 0;
	start(&w->a, &w->b, 22);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/46: more Child SAs under one IKE SA, from both sides */
static void more_children(void **state)
{
	struct world *w = connected(NULL);

	start(&w->a, &w->b, 0);		/* covered already: answered at once */
	assert_int_equal(w->a.done, 2);
	start(&w->b, &w->a, 80);
	start(&w->b, &w->a, 443);
	deliver(w);
	assert_int_equal(w->b.done, 2);
	assert_int_equal(w->a.n_sas, 3);
	agree(&w->a, &w->b);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	world_free(w);
}

/* IKE/48 IKE/49: rekey from either side; the responder waits with sending */
static void rekey_child(void **state)
{
	struct world *w = connected(NULL);
	uint32_t old = w->a.sas[0].spi_in;

	ike_child_expiring(w->a.ike, w->now, old);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_not_equal(w->a.sas[0].spi_in, old);
	assert_int_equal(w->b.switches, 1);
	assert_true(w->a.active[0] && w->b.active[0]);
	agree(&w->a, &w->b);
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.switches, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/50: both rekey the same Child SA at once */
static void rekey_child_collision(void **state)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct world *w = connected(NULL);

		ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
		ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
		pass(w, 5000);
		assert_int_equal(w->a.n_sas, 1);
		assert_int_equal(w->b.n_sas, 1);
		assert_true(w->a.active[0] && w->b.active[0]);
		agree(&w->a, &w->b);
		assert_int_equal(ike_stats(w->a.ike)->rekey_collisions, 1);
		world_free(w);
	}
}

static void rekey_of(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	*(struct ike_sa **)arg = sa;
}

static struct ike_sa *only_sa(struct end *e)
{
	struct ike_sa *sa = NULL;

	ike_walk(e->ike, rekey_of, &sa);
	return sa;
}

/* IKE/51: the children move to the new IKE SA, the old one is deleted */
static void rekey_ike(void **state)
{
	struct world *w = connected(NULL);

	ike_rekey(w->a.ike, w->now, only_sa(&w->a));
	pass(w, 30000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	assert_int_equal(ike_stats(w->b.ike)->sas, 1);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	/* it works: another Child SA, and a rekey of the inherited one */
	start(&w->b, &w->a, 25);
	deliver(w);
	assert_int_equal(w->b.last_error, IKE_OK);
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	deliver(w);
	assert_int_equal(w->a.n_sas, 2);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/52 */
static void rekey_ike_collision(void **state)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct world *w = connected(NULL);

		ike_rekey(w->a.ike, w->now, only_sa(&w->a));
		ike_rekey(w->b.ike, w->now, only_sa(&w->b));
		pass(w, 30000);
		assert_int_equal(ike_stats(w->a.ike)->sas, 1);
		assert_int_equal(ike_stats(w->b.ike)->sas, 1);
		assert_int_equal(w->a.n_sas, 1);
		agree(&w->a, &w->b);
		start(&w->a, &w->b, 99);
		pass(w, 5000);
		assert_int_equal(w->a.last_error, IKE_OK);
		agree(&w->a, &w->b);
		world_free(w);
	}
}

/* IKE/53: a Child SA is rekeyed while the other end rekeys the IKE SA */
static void rekey_both_kinds(void **state)
{
	struct world *w = connected(NULL);

	ike_rekey(w->a.ike, w->now, only_sa(&w->a));
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	pass(w, 60000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	assert_int_equal(ike_stats(w->b.ike)->sas, 1);
	agree(&w->a, &w->b);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

/* IKE/59 IKE/60 */
static void deletes(void **state)
{
	struct world *w = connected(NULL);

	ike_child_gone(w->a.ike, w->now, w->a.sas[0].spi_in);
	deliver(w);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	start(&w->b, &w->a, 0);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	/* crossing */
	ike_child_gone(w->a.ike, w->now, w->a.sas[0].spi_in);
	ike_child_gone(w->b.ike, w->now, w->b.sas[0].spi_in);
	pass(w, 5000);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	ike_close(w->a.ike, w->now, NULL);
	pass(w, 60000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	assert_int_equal(ike_stats(w->b.ike)->sas, 0);
	world_free(w);
}

/* IKE/58 IKE/61: a peer that vanished is noticed by protected retries only */
static void liveness(void **state)
{
	struct world *w = connected(NULL);

	pass(w, 200000);
	assert_int_equal(w->a.n_sas, 1);
	assert_true(ike_stats(w->a.ike)->liveness_sent > 0);
	ike_free(&w->b.ike);
	w->b.n_sas = 0;
	end_init(w, &w->b, 2, &(struct ike_config){ 0 });
	pass(w, 200000);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	world_free(w);
}

/* IKE/36, RFC5386/35: a restarted peer says so; only its own old IKE SA goes */
static void restart(void **state)
{
	struct ike_config c = { .initial_contact = true };
	struct world *w = connected(&c);

	ike_free(&w->a.ike);
	w->a.n_sas = 0;
	end_init(w, &w->a, 1, &c);
	start(&w->a, &w->b, 0);
	pass(w, 100);
	assert_int_equal(w->b.n_sas, 1);
	agree(&w->a, &w->b);
	pass(w, 60000);
	assert_int_equal(ike_stats(w->b.ike)->sas, 1);
	world_free(w);
}

/* Both ends begin at once: both IKE SAs work */
static void simultaneous(void **state)
{
	struct world *w = world_new(NULL);

	start(&w->a, &w->b, 0);
	start(&w->b, &w->a, 0);
	pass(w, 1000);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->b.last_error, IKE_OK);
	assert_true(w->a.n_sas >= 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/64 IKE/65: a NAT moves all to port 4500 */
static void nat(void **state)
{
	struct ike_config c = { .force_natt = true };
	struct world *w = connected(&c);

	assert_true(w->a.sas[0].encap && w->b.sas[0].encap);
	assert_int_equal(w->a.sas[0].peer.port, 4500);
	assert_int_equal(w->b.sas[0].peer.port, 4500);
	pass(w, 100000);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

/* IKE/62, bad input: every message of the set-up changed, cut, and random */
static void garbage(void **state)
{
	struct world *w = connected(NULL);
	uint64_t sas = ike_stats(w->a.ike)->sas;
	unsigned int i, k;

	for (i = 0; i < w->n_first; i++) {
		for (k = 0; k < 400; k++) {
			struct packet p = w->first[i];
			size_t len = p.len;

			switch (k % 3) {
			case 0:
				p.data[randombytes_uniform(len)] ^= 1 << randombytes_uniform(8);
				break;
			case 1:
				len = randombytes_uniform(len);
				break;
			case 2:
				randombytes_buf(p.data + 16, len - 16);
				break;
			}
			ike_input(w->a.ike, w->now, &p.to, &p.from, p.data, len);
			ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, len);
			w->head = w->tail;
		}
	}
	pass(w, 30000);
	assert_int_equal(ike_stats(w->a.ike)->sas, sas);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	start(&w->a, &w->b, 4242);
	pass(w, 5000);
	assert_int_equal(w->a.last_error, IKE_OK);
	world_free(w);
}

/* IKE/15: nobody there: the wish fails in time, nothing stays */
static void silence(void **state)
{
	struct world *w = world_new(NULL);

	start(&w->a, &w->b, 0);
	w->drop = 1000;
	w->head = w->tail;
	pass(w, 100000);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_E_TIMEOUT);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	world_free(w);
}

/* Many days of rekeying, with a tenth of all packets lost */
static void long_run(void **state)
{
	struct ike_config c = { .child_lifetime = 60000, .ike_lifetime = 200000 };
	struct world *w = connected(&c);
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		if (!randombytes_uniform(10))
			w->drop = 1;
		pass(w, 1000);
	}
	w->drop = 0;
	pass(w, 60000);
	if (!w->a.n_sas)
		start(&w->a, &w->b, 0);
	pass(w, 60000);
	assert_true(w->a.n_sas >= 1 && w->a.n_sas <= 2);
	assert_true(ike_stats(w->a.ike)->sas <= 3);
	assert_true(ike_stats(w->a.ike)->child_rekeys > 10);
	assert_true(ike_stats(w->a.ike)->ike_rekeys > 2);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_contact), cmocka_unit_test(loss),
		cmocka_unit_test(replay), cmocka_unit_test(cookies), cmocka_unit_test(flood),
		cmocka_unit_test(refused_peer), cmocka_unit_test(refused_child),
		cmocka_unit_test(more_children), cmocka_unit_test(rekey_child),
		cmocka_unit_test(rekey_child_collision), cmocka_unit_test(rekey_ike),
		cmocka_unit_test(rekey_ike_collision), cmocka_unit_test(rekey_both_kinds),
		cmocka_unit_test(deletes), cmocka_unit_test(liveness),
		cmocka_unit_test(restart), cmocka_unit_test(simultaneous),
		cmocka_unit_test(nat), cmocka_unit_test(garbage), cmocka_unit_test(silence),
		cmocka_unit_test(long_run),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
