// SPDX-License-Identifier: GPL-2.0-or-later
/* NATs after the handshake: keepalives, forgotten mappings, rekeying (RFC 7296 section 2.23). */
#include "engine_world.h"
#include "ike/sa.h"

static const struct ike_config quiet = { .liveness = 3600000, .keepalive = 20000 };

/* An initiator behind a NAT. */
static struct world *behind(void)
{
	struct world *w = world_new(&quiet);

	w->natted = &w->a;
	w->outside = w->a.addr;
	w->outside.ip[3] = 101;
	w->nat_ports = 20000;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	return w;
}

/* IKE/64 IKE/67: keepalives by the side behind the NAT, when it is silent, and only by it */
static void keepalives(void **state)
{
	struct world *w = behind();

	pass(w, 100000);
	assert_int_equal(w->a.keepalives, 5);
	assert_int_equal(w->b.keepalives, 0);
	/* what is sent anyway stands for one */
	w->now += 15000;
	ike_tick(w->a.ike, w->now);
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver(w);
	pass(w, 19000);
	assert_int_equal(w->a.keepalives, 5);
	pass(w, 2000);
	assert_int_equal(w->a.keepalives, 6);
	/* not once the IKE SA is gone */
	ike_close(w->a.ike, w->now, NULL);
	pass(w, 100000);
	assert_int_equal(w->a.keepalives, 6);
	world_free(w);

	w = connected(&quiet);
	pass(w, 200000);
	assert_int_equal(w->a.keepalives + w->b.keepalives, 0);
	world_free(w);
}

/* IKE/64: an IKE SA that comes of rekeying knows of the NAT, whoever rekeyed */
static void rekeyed(void **state)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct world *w = behind();
		struct end *e = i ? &w->b : &w->a;

		ike_rekey(e->ike, w->now, some_sa(e));
		deliver(w);
		assert_int_equal(ike_stats(e->ike)->ike_rekeys, 1);
		assert_true(some_sa(&w->a)->natt_local && !some_sa(&w->a)->natt_remote);
		assert_true(some_sa(&w->b)->natt_remote && !some_sa(&w->b)->natt_local);
		pass(w, 45000);
		assert_int_equal(w->a.keepalives, 2);
		w->nat_ports = 30000;
		ike_hint(w->a.ike, w->now, &w->b.addr);
		deliver(w);
		assert_int_equal(w->b.sas[0].peer.port, 34500);
		assert_int_equal(some_sa(&w->b)->peer.port, 34500);
		/* a Child SA from then on as well */
		start(&w->a, &w->b, 77);
		deliver(w);
		world_free(w);
	}
}

/* IKE/66: only what is authentic and new moves an address, and only that of a peer behind a NAT */
static void followed(void **state)
{
	struct world *w = behind();
	struct ike_addr else_ = w->outside;
	struct packet old, p;

	/* a request that was answered, sent again from elsewhere */
	ike_hint(w->a.ike, w->now, &w->b.addr);
	old = w->q[w->head % QUEUE_MAX];
	deliver(w);
	else_.ip[3] = 66;
	else_.port = 6666;
	ike_input(w->b.ike, w->now, &old.to, &else_, old.data, old.len);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	w->head = w->tail;
	/* one that is forged */
	w->now += 6000;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	p = w->q[w->head % QUEUE_MAX];
	p.data[p.len - 1] ^= 1;
	ike_input(w->b.ike, w->now, &p.to, &else_, p.data, p.len);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	assert_int_equal(w->b.moves, 0);
	deliver(w);
	/* the side behind the NAT does not follow: its peer has a fixed address */
	w->now += 6000;
	ike_hint(w->b.ike, w->now, &w->outside);
	assert_int_equal(w->tail - w->head, 1);
	p = w->q[w->head % QUEUE_MAX];
	w->head = w->tail;
	p.to = w->a.addr;
	p.to.port = 4500;
	ike_input(w->a.ike, w->now, &p.to, &else_, p.data, p.len);
	assert_int_equal(some_sa(&w->a)->peer.ip[3], 2);
	assert_int_equal(w->a.moves, 0);
	/* it answers to where the request came from all the same */
	assert_int_equal(w->q[w->head % QUEUE_MAX].to.port, 6666);
	world_free(w);

	/* no NAT, no moving: neither by IKE nor by ESP */
	w = connected(&quiet);
	ike_hint(w->a.ike, w->now, &w->b.addr);
	p = w->q[w->head % QUEUE_MAX];
	w->head = w->tail;
	ike_input(w->b.ike, w->now, &p.to, &else_, p.data, p.len);
	ike_child_mapping(w->b.ike, w->now, w->b.sas[0].spi_in, &else_);
	assert_int_equal(w->b.moves, 0);
	assert_int_equal(some_sa(&w->b)->peer.port, 500);
	world_free(w);
}

/* IKE/66: connections of transport mode end with the address of the NAT, nothing else does */
static void other_address(void **state)
{
	struct world *w = behind();
	struct ike_request r = request_to(&w->a, &w->b, 77);

	r.mode = BTNS_MODE_TUNNEL;
	r.spd_entry = 4;
	assert_int_equal(ike_initiate(w->a.ike, w->now, &r), 0);
	deliver(w);
	assert_int_equal(w->b.n_sas, 2);
	w->outside.ip[3] = 102;
	w->now += 6000;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	pass(w, 5000);
	assert_int_equal(w->b.n_sas, 1);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->b.sas[0].mode, BTNS_MODE_TUNNEL);
	assert_int_equal(w->b.sas[0].peer.ip[3], 102);
	assert_int_equal(w->b.moves, 1);
	/* and it is not tried again and again */
	pass(w, 300000);
	assert_int_equal(ike_stats(w->b.ike)->child_rekeys, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

/* The NAT takes other ports; the kernel at b answers so when it shall move a pair. */
static void nat_moves(struct world *w, int answer)
{
	w->b.refuse_move = answer;
	w->nat_ports = 30000;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	pass(w, 5000);
}

/* IKE/66: where the kernel cannot move a pair, a new one takes its place */
static void not_moved(void **state)
{
	struct world *w = behind();
	const uint32_t spi = w->b.sas[0].spi_in;

	nat_moves(w, -EOPNOTSUPP);
	assert_int_equal(w->b.n_sas, 1);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_not_equal(w->b.sas[0].spi_in, spi);
	assert_int_equal(w->b.sas[0].peer.port, 34500);
	assert_int_equal(ike_stats(w->b.ike)->child_rekeys, 1);
	world_free(w);
}

/* IKE/66: policy holds a pair where it was: it goes, a new one would be refused, too */
static void held(void **state)
{
	struct world *w = behind();

	nat_moves(w, -EACCES);
	assert_int_equal(w->b.n_sas, 0);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(ike_stats(w->b.ike)->child_rekeys, 0);
	pass(w, 300000);
	assert_int_equal(some_sa(&w->a)->state, SA_UP);
	assert_int_equal(some_sa(&w->b)->state, SA_UP);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalives), cmocka_unit_test(rekeyed),
		cmocka_unit_test(followed), cmocka_unit_test(other_address),
		cmocka_unit_test(not_moved), cmocka_unit_test(held),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
