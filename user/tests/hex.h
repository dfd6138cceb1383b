/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test vectors as hexadecimal text. */
#ifndef BTNS_TESTS_HEX_H
#define BTNS_TESTS_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Blanks are skipped.  Aborts on anything else: the vector is mistyped. */
static inline size_t unhex(uint8_t *out, size_t cap, const char *text)
{
	size_t digits = 0;
	uint8_t v = 0;

	for (; *text; text++) {
		const char *set = "0123456789abcdef", *at;

		if (*text == ' ')
			continue;
		at = strchr(set, *text);
		if (!at || digits / 2 >= cap)
			abort();
		v = (uint8_t)(v << 4 | (at - set));
		if (++digits % 2 == 0)
			out[digits / 2 - 1] = v;
	}
	if (digits % 2)
		abort();
	return digits / 2;
}

#define assert_hex(p, text)						\
	do {								\
		uint8_t want_[1024];					\
		size_t len_ = unhex(want_, sizeof(want_), text);	\
									\
		assert_memory_equal(p, want_, len_);			\
	} while (0)

#endif /* BTNS_TESTS_HEX_H */
