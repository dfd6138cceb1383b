/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz targets.  Each is a function that takes any octets and aborts when something
 * holds that must not; memory errors are the sanitizers' to find.  The same targets
 * run without a fuzzer on the inputs in fuzz/corpus/ (test_fuzz).
 */
#ifndef BTNS_FUZZ_H
#define BTNS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_TARGETS(X) \
	X(message) X(payload) X(cert) X(engine) X(conf) X(control) X(netlink) X(daemon)
#define X(name) int fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TARGETS(X)
#undef X

#define FUZZ_CHECK(x) do { if (!(x)) abort(); } while (0)

/* The input as a stream of instructions: zeros when it has ended. */
struct fuzz_in {
	const uint8_t *p;
	size_t len;
};

static inline struct fuzz_in fuzz_open(const uint8_t *data, size_t size)
{
	return (struct fuzz_in){ size ? data : (const uint8_t *)"", size };
}

static inline uint8_t fuzz_u8(struct fuzz_in *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->p++;
}

static inline uint16_t fuzz_u16(struct fuzz_in *in)
{
	uint16_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

static inline uint32_t fuzz_u32(struct fuzz_in *in)
{
	uint32_t high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

/* At most that many octets in a row. */
static inline struct fuzz_in fuzz_take(struct fuzz_in *in, size_t len)
{
	struct fuzz_in out = { in->p, len < in->len ? len : in->len };

	in->p += out.len;
	in->len -= out.len;
	return out;
}

/* seeds.c: seed number i of "message", 0: no more.  out: FUZZ_SEED_MAX octets. */
#define FUZZ_SEED_MAX 2048
size_t fuzz_seed(unsigned int i, uint8_t *out);

/* file.c: a file with that content; its path, good until the next call. */
const char *fuzz_file(const void *data, size_t size);
/* What fopen() of the name that is returned will read, and of all names nothing else,
 * until it is told NULL.
 */
const char *fuzz_memory(const void *data, size_t size);

#endif /* BTNS_FUZZ_H */
