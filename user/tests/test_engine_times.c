// SPDX-License-Identifier: GPL-2.0-or-later
/* When things are done: spread out, put off, given up; and what hints may not do. */
#include "engine_world.h"
#include "ike/sa.h"
#include "wrap_notify.h"

/* The responder says this instead of N_TS_UNACCEPTABLE. */
static uint16_t says;

void __wrap_build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
			 size_t spi_len, const void *data, size_t len)
{
	if (says && type == N_TS_UNACCEPTABLE)
		type = says;
	__real_build_notify(b, proto, type, spi, spi_len, data, len);
}

/* The times, in steps of 100 ms, at which this end sends requests; n are waited for. */
static unsigned int sendings(struct world *w, struct end *e, uint64_t *at, unsigned int n,
			     uint64_t limit)
{
	const struct ike_stats *s = ike_stats(e->ike);
	const uint64_t end = w->now + limit;
	uint64_t before = s->packets_out;
	unsigned int i = 0;

	while (i < n && w->now < end) {
		pass(w, 100);
		if (s->packets_out != before)
			at[i++] = w->now;
		before = s->packets_out;
	}
	return i;
}

/* IKE/48: what begins together does not rekey together */
static void jitter_spreads(void **state)
{
	struct ike_config c = { .child_lifetime = 800000, .ike_lifetime = 1600000,
				.liveness = UINT32_MAX };
	uint64_t first = UINT64_MAX, last = 0, begin;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		struct world *w = connected(&c);
		const struct ike_stats *a = ike_stats(w->a.ike), *b = ike_stats(w->b.ike);

		begin = w->now;
		while (!a->child_rekeys && !b->child_rekeys) {
			pass(w, 1000);
			assert_true(w->now - begin <= 801000);
		}
		if (w->now - begin < first)
			first = w->now - begin;
		if (w->now - begin > last)
			last = w->now - begin;
		world_free(w);
	}
	/* never early by more than an eighth; not all of them in the same part of it */
	assert_true(first >= 700000);
	assert_true(last - first > 20000);
}

/* Only the initiator's time to rekey Child SAs comes; the responder is busy. */
static struct ike_sa *busy_responder(struct world *w)
{
	struct ike_sa *sa = some_sa(&w->b);
	struct child *c;

	for (c = sa->children; c; c = c->next)
		c->rekey_at = UINT64_MAX;
	sa->rekey_at = 0;
	sa->rekeyed = true;
	return sa;
}

/* IKE/54: the peer cannot now: longer and longer waiting, then it is done */
static void temporary(void **state)
{
	struct ike_config c = { .child_lifetime = 60000, .ike_lifetime = 10000000,
				.liveness = UINT32_MAX };
	struct world *w = connected(&c);
	struct ike_sa *busy = busy_responder(w);
	uint64_t at[6];
	unsigned int i;

	assert_int_equal(sendings(w, &w->a, at, 6, 200000), 6);
	for (i = 1; i < 6; i++) {
		const uint64_t wait = at[i] - at[i - 1], doubled = 500ULL << (i - 1);

		assert_in_range(wait, doubled * 7 / 8 - 100, doubled + 200);
	}
	assert_int_equal(ike_stats(w->a.ike)->child_rekeys, 0);
	assert_int_equal(w->a.n_sas, 1);
	busy->rekeyed = false;
	pass(w, 40000);
	assert_int_equal(ike_stats(w->a.ike)->child_rekeys, 1);
	agree(&w->a, &w->b);
	healthy(w);
	world_free(w);
}

/* IKE/54 IKE/55: it never can: the IKE SA is closed, with a Delete */
static void minutes_of_it(void **state)
{
	struct ike_config c = { .child_lifetime = 60000, .ike_lifetime = 10000000,
				.liveness = UINT32_MAX };
	struct world *w = connected(&c);

	busy_responder(w);
	pass(w, 60000);
	assert_int_equal(w->a.n_sas, 1);
	pass(w, 120000);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(w->b.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	assert_int_equal(ike_stats(w->b.ike)->sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->liveness_failed, 0);
	world_free(w);
}

/* IKE/55: an IKE SA that cannot be rekeyed does not stay */
static void no_new_keys(void **state)
{
	struct ike_config c = { .child_lifetime = 10000000, .ike_lifetime = 60000,
				.liveness = UINT32_MAX };
	struct world *w = connected(&c);

	busy_responder(w);
	pass(w, 180000);
	assert_int_equal(ike_stats(w->a.ike)->ike_rekeys, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	world_free(w);
}

/* IKE/55: what the kernel let expire is gone at both ends, and nothing else is */
static void expired(void **state)
{
	struct world *w = connected(NULL);
	uint32_t spi = w->a.sas[0].spi_in;

	start(&w->b, &w->a, 99);
	deliver(w);
	assert_int_equal(w->a.n_sas, 2);
	ike_child_gone(w->a.ike, w->now, spi);
	deliver(w);
	pass(w, 5000);
	assert_int_equal(w->b.n_sas, 1);
	assert_int_not_equal(w->b.sas[0].spi_out, spi);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	assert_int_equal(ike_stats(w->a.ike)->children, 1);
	world_free(w);
}

/* IKE/61: ICMP that anybody can send makes us ask, now and then, and ends nothing */
static void hints(void **state)
{
	struct ike_config c = { .liveness = UINT32_MAX };
	struct world *w = connected(&c);
	const struct ike_stats *a = ike_stats(w->a.ike);
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		ike_hint(w->a.ike, w->now, &w->b.addr);
		pass(w, 10);
	}
	/* ten seconds of it */
	assert_in_range(a->liveness_sent, 1, 3);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(a->liveness_failed, 0);
	/* an address that is nobody's peer */
	ike_hint(w->a.ike, w->now + 20000, &w->a.addr);
	assert_in_range(a->liveness_sent, 1, 3);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/61: nor do errors in the open, with the right SPIs */
static void open_errors(void **state)
{
	static const uint16_t types[] = { N_INVALID_IKE_SPI, N_AUTHENTICATION_FAILED,
					  N_INVALID_SYNTAX, N_NO_PROPOSAL_CHOSEN };
	struct ike_config c = { .liveness = UINT32_MAX };
	struct world *w = connected(&c);
	struct ike_sa *sa = some_sa(&w->a);
	const struct ike_stats *a = ike_stats(w->a.ike);
	unsigned int i, flags;
	struct ike_header h;
	struct builder b;
	uint8_t pkt[512];

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (flags = 0; flags < 2; flags++) {
			sa_header(sa, &h, EXCH_INFORMATIONAL, flags, sa->id_out);
			h.flags ^= FLAG_INITIATOR;
			build_start(&b, pkt, sizeof(pkt), &h);
			__real_build_notify(&b, 0, types[i], NULL, 0, NULL, 0);
			assert_true(build_finish(&b));
			ike_input(w->a.ike, w->now, &w->a.addr, &w->b.addr, pkt, b.len);
			deliver(w);
		}
	}
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.downs, 0);
	assert_true(a->liveness_sent <= 1);
	pass(w, 60000);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	healthy(w);
	world_free(w);
}

/* IKE/69: who wants addresses to be asked for gives no Child SA; the IKE SA lives on */
static void no_addresses(void **state)
{
	struct world *w = world_new(NULL);

	says = N_FAILED_CP_REQUIRED;
	w->b.refuse_child = 1;
	start(&w->a, &w->b, 1);
	deliver(w);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	assert_int_equal(w->a.last_detail, N_FAILED_CP_REQUIRED);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	assert_int_equal(ike_stats(w->b.ike)->sas, 1);
	says = 0;
	w->b.refuse_child = 0;
	start(&w->a, &w->b, 2);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(ike_stats(w->a.ike)->sa_init_ok, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jitter_spreads), cmocka_unit_test(temporary),
		cmocka_unit_test(minutes_of_it), cmocka_unit_test(no_new_keys),
		cmocka_unit_test(expired), cmocka_unit_test(hints),
		cmocka_unit_test(open_errors), cmocka_unit_test(no_addresses),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
