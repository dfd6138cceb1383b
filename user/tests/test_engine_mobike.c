// SPDX-License-Identifier: GPL-2.0-or-later
/* Ends that move: MOBIKE (RFC 4555). */
#include "engine_world.h"
#include "ike/mobike.h"
#include "wrap_notify.h"

static const struct ike_config config = { .mobike = true, .liveness = 3600000 };

/* What was said, by type of notify from MOBIKE_SUPPORTED on, and by error. */
static unsigned int said[8], errors[2], detections;
/* A liar: what it puts into COOKIE2; an end that knows of no NATs. */
static bool lies, ignorant;

void __wrap_build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
			 size_t spi_len, const void *data, size_t len)
{
	uint8_t other[64];

	if (ignorant && (type == N_NAT_DETECTION_SOURCE_IP ||
			 type == N_NAT_DETECTION_DESTINATION_IP))
		return;
	if (type >= N_MOBIKE_SUPPORTED && type < N_MOBIKE_SUPPORTED + 8)
		said[type - N_MOBIKE_SUPPORTED]++;
	detections += type == N_NAT_DETECTION_SOURCE_IP;
	if (type == N_UNACCEPTABLE_ADDRESSES || type == N_UNEXPECTED_NAT_DETECTED)
		errors[type - N_UNACCEPTABLE_ADDRESSES]++;
	if (type == N_COOKIE2 && lies && len <= sizeof(other)) {
		memcpy(other, data, len);
		other[0] ^= 1;
		data = other;
	}
	__real_build_notify(b, proto, type, spi, spi_len, data, len);
}

#define SAID(type) said[(type) - N_MOBIKE_SUPPORTED]

static void forget(void)
{
	memset(said, 0, sizeof(said));
	memset(errors, 0, sizeof(errors));
	detections = 0;
}

static struct ike_addr address(unsigned int last)
{
	return (struct ike_addr){ .family = AF_INET, .ip = { 10, 0, 0, (uint8_t)last } };
}

/* An end has these addresses from now on. */
static void has(struct end *e, unsigned int first, unsigned int second)
{
	struct ike_addr own[2] = { address(first), address(second) };

	ike_addresses(e->ike, e->w->now, own, !!first + !!second, !!first + !!second);
}

static bool op_source(void *ctx, const struct ike_addr *peer, struct ike_addr *local)
{
	struct end *e = ctx;
	unsigned int i;

	for (i = 0; i < e->ike->n_own; i++) {
		if (e->ike->own[i].family != peer->family || e->w->dead[e->ike->own[i].ip[3]])
			continue;
		*local = e->ike->own[i];
		return true;
	}
	return false;
}

static void ask(struct world *w, uint8_t mode, uint16_t port)
{
	struct ike_request r = request_to(&w->a, &w->b, port);
	const struct ike_sa *sa = some_sa(&w->a);

	r.mode = mode;
	if (sa) {
		r.local = sa->local;
		r.peer = sa->peer;
	}
	assert_int_equal(ike_initiate(w->a.ike, w->now, &r), 0);
	deliver(w);
}

static void wish(struct world *w, uint8_t mode, uint16_t port)
{
	ask(w, mode, port);
	assert_int_equal(w->a.last_error, IKE_OK);
}

/* The initiator's addresses are odd, the responder's are even. */
static struct world *mobile(const struct ike_config *c, uint8_t mode)
{
	struct world *w = world_new(c);

	w->multihomed = true;
	w->a.ike->ops.source = op_source;
	w->b.ike->ops.source = op_source;
	has(&w->a, 1, 0);
	has(&w->b, 2, 4);
	forget();
	wish(w, mode, 1000);
	agree(&w->a, &w->b);
	return w;
}

/* Both ends, IKE SA and Child SAs, are between these addresses. */
static void between(struct world *w, unsigned int a, unsigned int b)
{
	unsigned int i;

	assert_int_equal(some_sa(&w->a)->local.ip[3], a);
	assert_int_equal(some_sa(&w->a)->peer.ip[3], b);
	assert_int_equal(some_sa(&w->b)->local.ip[3], b);
	assert_int_equal(some_sa(&w->b)->peer.ip[3], a);
	agree(&w->a, &w->b);
	assert_true(w->a.n_sas);
	for (i = 0; i < w->a.n_sas; i++) {
		assert_int_equal(w->a.sas[i].local.ip[3], a);
		assert_int_equal(w->a.sas[i].peer.ip[3], b);
		assert_int_equal(w->b.sas[i].local.ip[3], b);
		assert_int_equal(w->b.sas[i].peer.ip[3], a);
	}
}

/* RFC4555/2 RFC4555/5 RFC4555/6: announced by both, or not in use; then port 4500 */
static void agreed(void **state)
{
	struct ike_config plain = config;
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);
	const struct mobike *a = some_sa(&w->a)->mobike, *b = some_sa(&w->b)->mobike;

	assert_true(a && a->decides && b && !b->decides);
	assert_int_equal(SAID(N_MOBIKE_SUPPORTED), 2);
	assert_int_equal(some_sa(&w->a)->local.port, 4500);
	assert_int_equal(some_sa(&w->b)->peer.port, 4500);
	assert_false(w->a.sas[0].encap || w->b.sas[0].encap);
	/* each tells what else it has */
	assert_int_equal(SAID(N_ADDITIONAL_IP4_ADDRESS), 1);
	assert_int_equal(a->n_peers, 2);
	assert_int_equal(a->peers[0].ip[3], 2);
	assert_int_equal(a->peers[1].ip[3], 4);
	assert_int_equal(b->n_peers, 1);
	world_free(w);

	/* of no use where nothing can move */
	w = mobile(&config, BTNS_MODE_TRANSPORT);
	assert_int_equal(SAID(N_MOBIKE_SUPPORTED), 0);
	assert_int_equal(some_sa(&w->a)->local.port, 500);
	assert_true(!some_sa(&w->a)->mobike && !some_sa(&w->b)->mobike);
	world_free(w);

	plain.mobike = false;
	w = mobile(&plain, BTNS_MODE_TUNNEL);
	assert_int_equal(SAID(N_MOBIKE_SUPPORTED), 0);
	assert_int_equal(some_sa(&w->a)->local.port, 500);
	world_free(w);

	/* one end alone */
	w = world_new(&config);
	ike_set_mobike(w->b.ike, false);
	forget();
	wish(w, BTNS_MODE_TUNNEL, 0);
	assert_int_equal(SAID(N_MOBIKE_SUPPORTED), 1);
	assert_true(!some_sa(&w->a)->mobike && !some_sa(&w->b)->mobike);
	world_free(w);
}

/* RFC4555/10 RFC4555/11 RFC4555/16: the initiator's address goes, another one comes */
static void moved(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->hold = true;
	w->dead[1] = true;
	forget();
	has(&w->a, 3, 0);
	/* its own Child SAs move at once: the responder's address is the same */
	assert_int_equal(w->a.sas[0].local.ip[3], 3);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 1);
	assert_int_equal(SAID(N_NO_ADDITIONAL_ADDRESSES), 1);
	deliver_one(w);
	assert_int_equal(some_sa(&w->b)->peer.ip[3], 3);
	/* the responder's wait for an answer from there */
	assert_int_equal(w->b.sas[0].peer.ip[3], 1);
	assert_int_equal(SAID(N_COOKIE2), 1);
	/* in the update, its answer and beside COOKIE2 */
	assert_int_equal(detections, 3);
	w->hold = false;
	deliver(w);
	assert_int_equal(SAID(N_COOKIE2), 2);
	between(w, 3, 2);
	assert_int_equal(w->a.moves, 1);
	assert_int_equal(w->b.moves, 1);
	assert_int_equal(ike_stats(w->b.ike)->moves, 1);
	/* and work */
	settle(w);
	wish(w, BTNS_MODE_TUNNEL, 1001);
	between(w, 3, 2);
	ike_rekey(w->b.ike, w->now, some_sa(&w->b));
	deliver(w);
	between(w, 3, 2);
	/* the one that began decides, whoever rekeyed since */
	assert_true(some_sa(&w->a)->mobike->decides && !some_sa(&w->a)->initiator);
	w->dead[1] = false;
	w->dead[3] = true;
	has(&w->a, 1, 0);
	deliver(w);
	between(w, 1, 2);
	/* one that comes and is not needed moves nothing */
	forget();
	has(&w->a, 1, 5);
	deliver(w);
	between(w, 1, 2);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 0);
	assert_int_equal(some_sa(&w->b)->mobike->n_peers, 2);
	world_free(w);
}

/* Between IPv4 and IPv6 and back. */
static void families(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);
	struct ike_addr a[2] = { address(1), { AF_INET6, 0, { 0xfd, 0, 0, 5 }, 0 } };
	struct ike_addr b[2] = { address(2), { AF_INET6, 0, { 0xfd, 0, 0, 6 }, 0 } };

	ike_addresses(w->a.ike, w->now, a, 2, 2);
	ike_addresses(w->b.ike, w->now, b, 2, 2);
	deliver(w);
	assert_int_equal(some_sa(&w->a)->mobike->n_peers, 2);
	w->dead[1] = true;
	ike_addresses(w->a.ike, w->now, a + 1, 1, 1);
	deliver(w);
	between(w, 5, 6);
	assert_int_equal(w->a.sas[0].local.family, AF_INET6);
	assert_int_equal(w->b.sas[0].peer.family, AF_INET6);
	assert_memory_equal(w->b.sas[0].peer.ip, a[1].ip, 16);
	w->dead[1] = false;
	ike_addresses(w->a.ike, w->now, a, 1, 1);
	deliver(w);
	between(w, 1, 2);
	assert_int_equal(w->b.sas[0].peer.family, AF_INET);
	world_free(w);
}

/* RFC4555/10 RFC4555/14: a request that waits for its answer goes the new way, the update follows */
static void waiting(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->dead[1] = true;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver(w);
	forget();
	has(&w->a, 3, 0);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 0);
	pass(w, 1000);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 1);
	between(w, 3, 2);
	/* another change while the update is under way: an update of its own */
	forget();
	w->dead[3] = true;
	has(&w->a, 5, 0);
	w->hold = true;
	w->dead[5] = true;
	has(&w->a, 7, 0);
	w->hold = false;
	pass(w, 3000);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 2);
	between(w, 7, 2);
	world_free(w);
}

/* RFC4555/16: who sends an update on from elsewhere gets no ESP there */
static void diverted(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);
	struct packet p;

	w->dead[1] = true;
	w->dead[66] = true;
	w->hold = true;
	has(&w->a, 3, 0);
	p = w->q[w->head % QUEUE_MAX];
	w->head = w->tail;
	w->hold = false;
	p.from.ip[3] = 66;
	ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
	deliver(w);
	assert_int_equal(some_sa(&w->b)->peer.ip[3], 66);
	assert_int_equal(w->b.sas[0].peer.ip[3], 1);
	/* a move of its own brings the initiator back */
	has(&w->a, 5, 0);
	pass(w, 5000);
	between(w, 5, 2);
	world_free(w);
}

/* RFC4555/17 RFC4555/18: a wrong COOKIE2 ends the IKE SA */
static void lied(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->dead[1] = true;
	w->hold = true;
	has(&w->a, 3, 0);
	deliver_one(w);
	w->hold = false;
	lies = true;
	deliver(w);
	lies = false;
	pass(w, 1000);
	assert_int_equal(w->b.n_sas, 0);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(w->a.downs, 1);
	assert_int_equal(w->b.downs, 1);
	world_free(w);
}

/* RFC4555/13 RFC4555/15: the responder's address goes; the initiator makes sure and follows */
static void responder_moved(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->dead[2] = true;
	forget();
	w->hold = true;
	has(&w->b, 4, 6);
	/* nothing can be sent from the old one */
	assert_int_equal(w->b.sas[0].local.ip[3], 4);
	assert_int_equal(SAID(N_ADDITIONAL_IP4_ADDRESS), 1);
	deliver_one(w);
	assert_int_equal(w->a.sas[0].peer.ip[3], 2);
	w->hold = false;
	deliver(w);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 1);
	assert_int_equal(SAID(N_COOKIE2), 2);
	between(w, 1, 4);
	/* one more address, or one less: the initiator is told and stays */
	forget();
	has(&w->b, 4, 0);
	deliver(w);
	assert_int_equal(SAID(N_NO_ADDITIONAL_ADDRESSES), 1);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 0);
	assert_int_equal(some_sa(&w->a)->mobike->n_peers, 1);
	between(w, 1, 4);
	world_free(w);
}

/* RFC4555/19 RFC4555/29: no answer by one path: the others are tried */
static void other_path(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->dead[2] = true;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	pass(w, 1000);
	assert_int_equal(some_sa(&w->a)->peer.ip[3], 2);
	assert_int_equal(w->a.sas[0].peer.ip[3], 2);
	pass(w, 10000);
	between(w, 1, 4);
	world_free(w);

	/* of ours likewise */
	w = mobile(&config, BTNS_MODE_TUNNEL);
	has(&w->a, 1, 3);
	deliver(w);
	w->dead[1] = true;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	pass(w, 10000);
	between(w, 3, 2);
	/* the responder decides nothing: it waits */
	w->dead[3] = true;
	w->dead[1] = false;
	ike_hint(w->b.ike, w->now, &(struct ike_addr){ .family = AF_INET, .ip = { 10, 0, 0, 3 } });
	pass(w, 25000);
	assert_int_equal(some_sa(&w->b)->peer.ip[3], 3);
	world_free(w);
}

/* The initiator goes behind a NAT, or comes out of it. */
static void to_nat(struct world *w, unsigned int inside, uint16_t ports)
{
	w->natted = inside ? &w->a : NULL;
	w->a.addr = address(inside ? inside : 1);
	w->a.addr.port = 500;
	w->outside = address(101);
	w->nat_ports = ports;
}

/* RFC4555/12 RFC4555/20: UDP encapsulation comes and goes with NATs */
static void nats(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	to_nat(w, 3, 20000);
	w->dead[1] = true;
	has(&w->a, 3, 0);
	deliver(w);
	assert_true(some_sa(&w->a)->natt_local && some_sa(&w->b)->natt_remote);
	assert_true(w->a.sas[0].encap && w->b.sas[0].encap);
	assert_int_equal(w->b.sas[0].peer.ip[3], 101);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	assert_int_equal(w->a.sas[0].local.ip[3], 3);
	pass(w, 45000);
	assert_int_equal(w->a.keepalives, 2);
	/* an update that does not speak of NATs leaves that as it is */
	ignorant = true;
	to_nat(w, 5, 21000);
	has(&w->a, 5, 0);
	deliver(w);
	ignorant = false;
	assert_int_equal(w->b.sas[0].peer.port, 25500);
	assert_true(w->a.sas[0].encap && w->b.sas[0].encap);
	to_nat(w, 0, 0);
	w->dead[1] = false;
	w->dead[5] = true;
	has(&w->a, 1, 0);
	deliver(w);
	between(w, 1, 2);
	assert_false(w->a.sas[0].encap || w->b.sas[0].encap);
	pass(w, 45000);
	assert_int_equal(w->a.keepalives, 2);
	world_free(w);
}

/* RFC4555/8 RFC4555/21 RFC4555/22: a mapping that changes is noticed, and only an update counts */
static void mappings(void **state)
{
	struct ike_config c = config;
	struct world *w;

	c.liveness = 30000;
	w = world_new(&c);
	w->multihomed = true;
	to_nat(w, 1, 20000);
	wish(w, BTNS_MODE_TUNNEL, 0);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	/* the first liveness check makes sure: what IKE_SA_INIT saw was another port */
	pass(w, 65000);
	forget();
	pass(w, 65000);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 0);
	w->nat_ports = 30000;
	w->hold = true;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver_one(w);
	/* authentic, but no update */
	assert_int_equal(some_sa(&w->b)->peer.port, 24500);
	w->hold = false;
	pass(w, 1000);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 1);
	assert_int_equal(some_sa(&w->b)->peer.port, 34500);
	assert_int_equal(w->b.sas[0].peer.port, 34500);
	/* ESP may tell as well */
	w->nat_ports = 40000;
	w->outside.port = 44500;
	ike_child_mapping(w->b.ike, w->now, w->b.sas[0].spi_in, &w->outside);
	assert_int_equal(w->b.sas[0].peer.port, 44500);
	assert_int_equal(some_sa(&w->b)->peer.port, 44500);
	settle(w);
	healthy(w);
	world_free(w);
}

/* RFC4555/23 RFC4555/24 RFC4555/25: who knows of no NATs wants none */
static void no_nats(void **state)
{
	struct world *w;

	ignorant = true;
	w = mobile(&config, BTNS_MODE_TUNNEL);
	assert_int_equal(SAID(N_NO_NATS_ALLOWED), 1);
	assert_int_equal(some_sa(&w->a)->local.port, 500);
	forget();
	w->dead[1] = true;
	has(&w->a, 3, 0);
	deliver(w);
	assert_int_equal(SAID(N_NO_NATS_ALLOWED), 1);
	between(w, 3, 2);
	/* addresses are changed on the way: not believed, tried again, given up */
	forget();
	to_nat(w, 5, 0);
	w->dead[5] = false;
	has(&w->a, 5, 0);
	deliver(w);
	assert_int_equal(errors[1], 6);
	assert_int_equal(some_sa(&w->b)->peer.ip[3], 3);
	assert_int_equal(w->b.sas[0].peer.ip[3], 3);
	assert_int_equal(w->a.n_sas, 0);
	world_free(w);

	/* from the start */
	w = world_new(&config);
	w->multihomed = true;
	to_nat(w, 1, 0);
	ask(w, BTNS_MODE_TUNNEL, 0);
	assert_int_equal(w->a.last_detail, N_UNEXPECTED_NAT_DETECTED);
	assert_int_equal(w->b.installs, 0);
	world_free(w);
	ignorant = false;
}

/* RFC4555/11: addresses that the peer's policy does not allow */
static void unacceptable(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	has(&w->a, 1, 3);
	deliver(w);
	w->b.refuse_peer = 1;
	forget();
	w->dead[1] = true;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	pass(w, 3000);
	assert_int_equal(errors[0], 1);
	/* back to where it was */
	between(w, 1, 2);
	w->dead[1] = false;
	pass(w, 10000);
	between(w, 1, 2);
	/* none is left */
	w->dead[1] = true;
	has(&w->a, 3, 0);
	deliver(w);
	/* each of the peer's was tried */
	assert_int_equal(errors[0], 3);
	assert_int_equal(w->b.sas[0].peer.ip[3], 1);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(w->a.downs, 1);
	world_free(w);
}

/* A Child SA in transport mode is its addresses: it goes, others stay. */
static void transport(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	wish(w, BTNS_MODE_TRANSPORT, 1001);
	assert_int_equal(w->a.n_sas, 2);
	w->dead[1] = true;
	has(&w->a, 3, 0);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.sas[0].mode, BTNS_MODE_TUNNEL);
	between(w, 3, 2);
	assert_int_equal(w->a.downs + w->b.downs, 0);
	world_free(w);
}

/* RFC4555/27: a responder waits five minutes, and so does who has no address at all */
static void patience(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->dead[1] = true;
	ike_hint(w->b.ike, w->now, &(struct ike_addr){ .family = AF_INET, .ip = { 10, 0, 0, 1 } });
	has(&w->a, 0, 0);
	assert_true(some_sa(&w->a)->mobike->nowhere);
	pass(w, 280000);
	assert_int_equal(w->a.downs + w->b.downs, 0);
	has(&w->a, 3, 0);
	pass(w, 1000);
	between(w, 3, 2);
	/* but not for ever */
	pass(w, 100000);
	w->dead[3] = true;
	has(&w->a, 0, 0);
	ike_hint(w->b.ike, w->now, &(struct ike_addr){ .family = AF_INET, .ip = { 10, 0, 0, 3 } });
	pass(w, 600000);
	assert_int_equal(w->b.downs, 1);
	assert_int_equal(w->b.n_sas, 0);
	world_free(w);
}

/* IKE SAs are rekeyed at both ends while one end moves */
static void rekeyed(void **state)
{
	unsigned int i, k;

	for (i = 0; i < 4; i++) {
		for (k = 0; k < 12; k++) {
			struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

			w->hold = true;
			if (i & 1)
				ike_rekey(w->a.ike, w->now, some_sa(&w->a));
			if (i & 2)
				ike_rekey(w->b.ike, w->now, some_sa(&w->b));
			while (w->head != w->tail && w->head < k)
				deliver_one(w);
			w->hold = false;
			w->dead[1] = true;
			has(&w->a, 3, 0);
			settle(w);
			between(w, 3, 2);
			assert_true(some_sa(&w->a)->mobike->decides);
			assert_false(some_sa(&w->b)->mobike->decides);
			world_free(w);
		}
	}
}

static uint8_t record[65536];
static size_t record_len;

static void op_keep(void *ctx, uint64_t *slot, const uint8_t *p, size_t len)
{
	*slot = 1;
	assert_true(len <= sizeof(record));
	record_len = p ? len : 0;
	if (p)
		memcpy(record, p, len);
}

/* CONT/1: the end that decides gets another address while its process is not there */
static void restored(void **state)
{
	struct world *w = mobile(&config, BTNS_MODE_TUNNEL);

	w->a.ike->ops.keep = op_keep;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver(w);
	ike_free(&w->a.ike);
	end_init(w, &w->a, 1, &config);
	w->a.ike->ops.source = op_source;
	w->dead[1] = true;
	assert_int_equal(ike_restore(w->a.ike, w->now, 1, record, record_len), 0);
	forget();
	has(&w->a, 3, 0);
	pass(w, 2000);
	between(w, 3, 2);
	assert_int_equal(SAID(N_UPDATE_SA_ADDRESSES), 1);
	/* the same address: the peer is told nothing */
	w->a.ike->ops.keep = op_keep;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver(w);
	ike_free(&w->a.ike);
	end_init(w, &w->a, 1, &config);
	assert_int_equal(ike_restore(w->a.ike, w->now, 1, record, record_len), 0);
	forget();
	has(&w->a, 3, 0);
	pass(w, 2000);
	between(w, 3, 2);
	assert_int_equal(SAID(N_NO_ADDITIONAL_ADDRESSES), 0);
	world_free(w);
}

/* One of an end's addresses from now on, the others are cut off. */
static unsigned int elsewhere(struct end *e, unsigned int old)
{
	const unsigned int to = old + 2 <= 6 ? old + 2 : old - 4;

	e->w->dead[old] = true;
	e->w->dead[to] = false;
	has(e, to, 0);
	return to;
}

static void step(struct world *w, unsigned int *a, unsigned int *b)
{
	struct end *e = randombytes_uniform(2) ? &w->a : &w->b;
	struct ike_sa *sa = some_sa(e);

	switch (randombytes_uniform(7)) {
	case 0:
		*a = elsewhere(&w->a, *a);
		break;
	case 1:
		/* it can only tell an initiator that stays meanwhile */
		w->hold = false;
		w->drop = 0;
		pass(w, 60000);
		*b = elsewhere(&w->b, *b);
		pass(w, 60000);
		break;
	case 2:
		if (sa)
			ike_rekey(e->ike, w->now, sa);
		break;
	case 3:
		if (e->n_sas)
			ike_child_expiring(e->ike, w->now, e->sas[0].spi_in);
		break;
	case 4:
		w->drop += (int)randombytes_uniform(3);
		break;
	case 5:
		pass(w, randombytes_uniform(3000));
		break;
	case 6:
		while (w->head != w->tail && randombytes_uniform(4))
			deliver_any(w, !randombytes_uniform(4));
		break;
	}
}

/* Wherever ends go while exchanges are under way and packets get lost: nothing is lost. */
static void wandered(void **state)
{
	unsigned int run, i;

	for (run = 0; run < 300; run++) {
		struct world *w = mobile(&config, BTNS_MODE_TUNNEL);
		unsigned int a = 1, b = 2;

		has(&w->b, 2, 0);
		deliver(w);
		for (i = 0; i < 12; i++) {
			w->hold = true;
			step(w, &a, &b);
			w->hold = false;
			if (!randombytes_uniform(3))
				deliver(w);
		}
		settle(w);
		assert_int_equal(w->a.downs + w->b.downs, 0);
		between(w, a, b);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreed), cmocka_unit_test(moved), cmocka_unit_test(families),
		cmocka_unit_test(waiting),
		cmocka_unit_test(diverted), cmocka_unit_test(lied),
		cmocka_unit_test(responder_moved), cmocka_unit_test(other_path),
		cmocka_unit_test(nats), cmocka_unit_test(mappings), cmocka_unit_test(no_nats),
		cmocka_unit_test(unacceptable), cmocka_unit_test(transport),
		cmocka_unit_test(patience), cmocka_unit_test(rekeyed), cmocka_unit_test(restored),
		cmocka_unit_test(wandered),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
