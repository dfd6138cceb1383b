// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fuzz targets without a fuzzer: inputs that fuzzers found worth keeping, and
 * mutations of messages that are the same in every run.
 *
 * usage: test_fuzz			all of user/fuzz/corpus
 *	  test_fuzz TARGET FILE|FOLDER...	those, with that target
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fuzz/fuzz.h"
#include "ike/message.h"

#define CORPUS	"user/fuzz/corpus"
#define ROUNDS	20000
#define INPUT_MAX 65536

static const struct target {
	const char *name;
	int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define X(name) { #name, fuzz_##name },
	FUZZ_TARGETS(X)
#undef X
};

/* --- inputs of a folder ------------------------------------------------------------- */

static unsigned int replay_file(const struct target *t, const char *path)
{
	static uint8_t buf[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	uint8_t *copy;
	size_t len;

	if (!f)
		return 0;
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	/* of its own length: a sanitizer sees the end */
	copy = malloc(len ? len : 1);
	if (!copy)
		return 0;
	memcpy(copy, buf, len);
	t->run(copy, len);
	free(copy);
	return 1;
}

static unsigned int replay(const struct target *t, const char *path)
{
	struct dirent **list;
	unsigned int done = 0;
	int i, n = scandir(path, &list, NULL, alphasort);

	if (n < 0)
		return replay_file(t, path);
	for (i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		if (list[i]->d_name[0] != '.')
			done += replay_file(t, name);
		free(list[i]);
	}
	free(list);
	return done;
}

/* IKE/14 IKE/15 */
static void corpus(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char path[256];

		snprintf(path, sizeof(path), CORPUS "/%s", targets[i].name);
		if (!replay(&targets[i], path))
			fail_msg("no inputs in %s", path);
	}
}

/* --- mutations ------------------------------------------------------------------------- */

static uint32_t next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* The seeds are what they should be: else the mutations test nothing. */
static void seeds_parse(void **state)
{
	uint8_t buf[FUZZ_SEED_MAX], detail;
	struct message m;

	for (unsigned int i = 0; i < 6; i += 2) {
		size_t len = fuzz_seed(i, buf);

		assert_int_equal(buf[0], 0);
		assert_int_equal(message_parse(&m, buf + 1, len - 1, &detail),
				 PARSE_OK);
		assert_true(m.n >= 5);
	}
	assert_int_equal(fuzz_seed(10, buf), 0);
}

static void run_seed(const uint8_t *data, size_t size)
{
	(data[0] > 1 ? fuzz_cert : fuzz_message)(data, size);
}

static void mutate(unsigned int seed)
{
	uint8_t was[FUZZ_SEED_MAX], buf[FUZZ_SEED_MAX];
	size_t len = fuzz_seed(seed, was);
	uint32_t x = 0x9e3779b9 + seed;

	assert_true(len > 1);
	run_seed(was, len);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int changes = 1 + next(&x) % 4;
		size_t n = next(&x) % 8 ? len : 1 + next(&x) % len;
		uint8_t *copy;

		memcpy(buf, was, len);
		while (changes--) {
			uint8_t *at = &buf[1 + next(&x) % (len - 1)];

			switch (next(&x) % 3) {
			case 0:
				*at ^= (uint8_t)(1 << next(&x) % 8);
				break;
			case 1:
				*at = (uint8_t)next(&x);
				break;
			default:
				*at += next(&x) % 2 ? 1 : -1;
			}
		}
		/* Messages of the right length get past the header. */
		if (!buf[0] && n > IKE_HDR_LEN) {
			buf[1 + 24] = buf[1 + 25] = 0;
			buf[1 + 26] = (uint8_t)((n - 1) >> 8);
			buf[1 + 27] = (uint8_t)(n - 1);
		}
		copy = malloc(n);
		assert_non_null(copy);
		memcpy(copy, buf, n);
		run_seed(copy, n);
		free(copy);
	}
}

static void mutations(void **state)
{
	uint8_t buf[FUZZ_SEED_MAX];

	for (unsigned int i = 0; fuzz_seed(i, buf); i++)
		mutate(i);
}

static int by_hand(const char *name, int n, char **paths)
{
	unsigned int done = 0;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!strcmp(targets[i].name, name))
			while (n--)
				done += replay(&targets[i], *paths++);
	printf("%u inputs\n", done);
	return !done;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds_parse), cmocka_unit_test(corpus),
		{ "mutations IKE/14", mutations, NULL, NULL, NULL },
	};

	if (!crypto_init())
		return 1;
	if (argc > 2)
		return by_hand(argv[1], argc - 2, argv + 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
