// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Simulated networks and peers in trouble: afterwards all ends agree.
 *
 * usage: test_sim			a fixed range of seeds
 *	  test_sim SEED			that one, with a trace
 *	  test_sim SEED COUNT		that one and those that follow
 *	  test_sim toy SEED [COUNT]	likewise, with cheap cryptography
 *	  test_sim crowd SEED		hundreds of ends, with a trace
 *	  test_sim orders SEED LOSSES REPEATS
 *					all orders of packets when two ends act at once
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim.h"

#define SEEDS	10000	/* of these with real cryptography: */
#define REAL	4000
#define CROWDS	2

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
	assert_int_equal(range(1, REAL), 0);
	sim_toy = true;
	assert_int_equal(range(REAL + 1, SEEDS - REAL), 0);
	sim_toy = false;
}

/* Hundreds of engines at once. */
static void crowd(void **state)
{
	uint64_t seed;

	for (seed = 1; seed <= CROWDS; seed++)
		if (!sim_crowd(sim, seed, NULL))
			fail_msg("crowd %llu: %s", (unsigned long long)seed, sim->failure);
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

/* A byte of the memory of names: two characters per operation. */
static unsigned int all_orders(uint64_t seed, unsigned int losses, unsigned int repeats,
			       FILE *trace)
{
	unsigned int a, b, failed = 0;

	for (a = 0; a < SIM_OPS; a++) {
		for (b = 0; b < SIM_OPS; b++) {
			unsigned long n = sim_orders(sim, seed, a, b, losses, repeats, trace);

			if (sim->failure[0]) {
				printf("%u against %u, seed %llu, order %s: %s\n", a, b,
				       (unsigned long long)seed, sim->orders, sim->failure);
				failed++;
			}
			if (trace)
				printf("%u against %u: %lu orders\n", a, b, n);
		}
	}
	return failed;
}

/* IKE/50 IKE/52 IKE/53 IKE/59 */
static void orders(void **state)
{
	uint64_t seed;

	/* other seeds, other winners of collisions */
	for (seed = 1; seed <= 4; seed++)
		assert_int_equal(all_orders(seed, 1, 0, NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay), cmocka_unit_test(orders), cmocka_unit_test(crowd),
		cmocka_unit_test(seeds),
	};
	int rc;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		return 1;
	if (argc > 2 && !strcmp(argv[1], "toy")) {
		sim_toy = true;
		argc--;
		argv++;
	}
	if (argc > 4 && !strcmp(argv[1], "orders"))
		rc = all_orders(strtoull(argv[2], NULL, 0), strtoul(argv[3], NULL, 0),
				strtoul(argv[4], NULL, 0), stdout) != 0;
	else if (argc > 2 && !strcmp(argv[1], "crowd"))
		rc = !sim_crowd(sim, strtoull(argv[2], NULL, 0), stdout);
	else if (argc > 2)
		rc = range(strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0)) != 0;
	else if (argc > 1)
		rc = !sim_run(sim, strtoull(argv[1], NULL, 0), stdout);
	else
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	free(sim);
	return rc;
}
