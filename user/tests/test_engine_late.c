// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH whose answer comes late, or never: both ends learn what the other believes. */
#include "engine_world.h"

/* Until IKE_AUTH's response is on its way, and nothing else. */
static struct world *answered(bool hears)
{
	struct world *w;
	int i;

	world_hears = hears;
	w = world_new(NULL);
	start(&w->a, &w->b, 7);
	for (i = 0; i < 3; i++)
		deliver_one(w);
	assert_int_equal(w->b.n_sas, 1);
	assert_int_equal(w->a.n_sas, 0);
	return w;
}

/* After the initiator gave up: taken all the same, and the owner was told once. */
static void late(void **state)
{
	struct world *w = answered(false);

	w->hold = true;
	pass(w, 33000);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_E_TIMEOUT);
	assert_int_equal(w->a.n_sas, 0);
	w->hold = false;
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.done, 1);
	/* and it asks whether the peer still has it */
	assert_int_equal(ike_stats(w->a.ike)->liveness_sent, 1);
	agree(&w->a, &w->b);
	settle(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->b.n_sas, 1);
	healthy(w);
	world_free(w);
}

/* The responder did not wait as long as that: neither has it in the end. */
static void too_late(void **state)
{
	struct world *w = answered(true);

	w->hold = true;
	pass(w, 33000);
	assert_int_equal(w->b.n_sas, 0);
	w->hold = false;
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	pass(w, 8000);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	healthy(w);
	world_free(w);
}

/* A new wish does not wait for the late answer. */
static void wish_meanwhile(void **state)
{
	struct world *w = answered(false);

	w->drop = 1000;
	w->head = w->tail;
	pass(w, 33000);
	assert_int_equal(w->a.done, 1);
	w->drop = 0;
	start(&w->a, &w->b, 8);
	deliver(w);
	assert_int_equal(w->a.done, 2);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	/* the first attempt ends */
	pass(w, 30000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	world_free(w);
}

/* The response never comes: the responder finds out soon, nothing is left. */
static void lost(void **state)
{
	struct world *w = answered(true);

	w->drop = 1000;
	w->head = w->tail;
	pass(w, 2900);
	assert_int_equal(w->b.asked, 0);
	pass(w, 9000);
	assert_int_equal(w->b.asked, 1);
	assert_int_equal(w->b.n_sas, 0);
	assert_int_equal(w->b.downs, 1);
	pass(w, 60000);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	assert_int_equal(ike_stats(w->b.ike)->sas, 0);
	world_free(w);
}

/* ESP shows that it arrived: nothing is sent. */
static void heard(void **state)
{
	struct world *w = answered(true);
	uint64_t out;

	w->b.heard = true;
	deliver(w);
	out = ike_stats(w->b.ike)->packets_out;
	pass(w, 20000);
	assert_int_equal(w->b.asked, 1);
	assert_int_equal(ike_stats(w->b.ike)->packets_out, out);
	assert_int_equal(w->b.n_sas, 1);
	world_free(w);
}

/* It arrived, but there was nothing to send: the peer answers, all stays. */
static void quiet(void **state)
{
	struct world *w = answered(true);
	uint64_t out;

	deliver(w);
	out = ike_stats(w->b.ike)->packets_out;
	pass(w, 20000);
	assert_int_equal(ike_stats(w->b.ike)->packets_out, out + 1);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->b.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(late), cmocka_unit_test(too_late), cmocka_unit_test(wish_meanwhile),
		cmocka_unit_test(lost), cmocka_unit_test(heard), cmocka_unit_test(quiet),
	};

	return cmocka_run_group_tests_name("engine-late", tests, NULL, NULL);
}
