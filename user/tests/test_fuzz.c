// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fuzz target without a fuzzer: seeds, and mutations of them that are the same
 * in every run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/fuzz.h"
#include "ike/message.h"

#define ROUNDS 20000

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

static void mutate(unsigned int seed)
{
	uint8_t was[FUZZ_SEED_MAX], buf[FUZZ_SEED_MAX];
	size_t len = fuzz_seed(seed, was);
	uint32_t x = 0x9e3779b9 + seed;

	assert_true(len > 1);
	LLVMFuzzerTestOneInput(was, len);
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
		LLVMFuzzerTestOneInput(copy, n);
		free(copy);
	}
}

static void mutations(void **state)
{
	uint8_t buf[FUZZ_SEED_MAX];

	for (unsigned int i = 0; fuzz_seed(i, buf); i++)
		mutate(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "seeds_parse", seeds_parse, NULL, NULL, NULL },
		{ "mutations IKE/14", mutations, NULL, NULL, NULL },
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
