// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Simulated networks and peers in trouble: afterwards all ends agree.
 *
 * usage: test_sim			a fixed range of seeds
 *	  test_sim SEED			that one, with a trace
 *	  test_sim SEED COUNT		that one and those that follow
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim.h"

#define SEEDS	2000

static struct sim *sim;

static unsigned int range(uint64_t seed, uint64_t count)
{
	unsigned int failed = 0;
	uint64_t i;

	for (i = 0; i < count; i++) {
		if (sim_run(sim, seed + i, NULL))
			continue;
		if (failed++ < 20)
			printf("seed %llu: %s\n", (unsigned long long)(seed + i), sim->failure);
	}
	return failed;
}

/* IKE/15 IKE/16 IKE/21 IKE/36 IKE/46 to IKE/59 */
static void seeds(void **state)
{
	assert_int_equal(range(1, SEEDS), 0);
}

/* The same seed, the same run. */
static void replay(void **state)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		uint64_t now, order;

		assert_true(sim_run(sim, 1000000 + i, NULL));
		now = sim->now;
		order = sim->order;
		assert_true(sim_run(sim, 1000000 + i, NULL));
		assert_int_equal(sim->now, now);
		assert_int_equal(sim->order, order);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay), cmocka_unit_test(seeds),
	};
	int rc;

	sim = malloc(sizeof(*sim));
	if (!sim)
		return 1;
	if (argc > 2)
		rc = range(strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0)) != 0;
	else if (argc > 1)
		rc = !sim_run(sim, strtoull(argv[1], NULL, 0), stdout);
	else
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	free(sim);
	return rc;
}
