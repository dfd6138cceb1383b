// SPDX-License-Identifier: GPL-2.0-or-later
/* Exchanges of two engines, one subject at a time. */
#include "engine_world.h"

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
