// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The yardstick of the handshake benchmark: the four public-key operations that
 * no implementation of this key exchange can avoid, called bare.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "primitives.h"

#define RUNS 5

/* IKE_SA_INIT with cookie-free payloads, a nonce, one PRF output. */
#define AUTH_OCTETS (260 + 32 + 32)

struct work {
	uint8_t secret[32], public[32], shared[32];
	uint8_t sign_public[32], sign_secret[64], sig[64], msg[AUTH_OCTETS];
};

static void op_dh_public(struct work *w)
{
	crypto_scalarmult_curve25519_base(w->public, w->secret);
	w->secret[0] += 8;
}

static void op_dh_shared(struct work *w)
{
	if (crypto_scalarmult_curve25519(w->shared, w->secret, w->public))
		abort();
	w->secret[0] += 8;
}

static void op_sign(struct work *w)
{
	w->msg[0]++;
	crypto_sign_ed25519_detached(w->sig, NULL, w->msg, sizeof(w->msg),
				     w->sign_secret);
}

static void op_verify(struct work *w)
{
	if (crypto_sign_ed25519_verify_detached(w->sig, w->msg, sizeof(w->msg),
						w->sign_public))
		abort();
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(void (*op)(struct work *), struct work *w, unsigned int rounds)
{
	double run[RUNS];

	op(w);
	for (unsigned int r = 0; r < RUNS; r++) {
		double start = cpu_ns();

		for (unsigned int i = 0; i < rounds; i++)
			op(w);
		run[r] = (cpu_ns() - start) / rounds;
	}
	qsort(run, RUNS, sizeof(*run), compare);
	return run[RUNS / 2];
}

struct bench_primitives bench_primitives(unsigned int rounds)
{
	struct bench_primitives b;
	struct work w;

	if (!rounds || sodium_init() < 0)
		abort();
	randombytes_buf(&w, sizeof(w));
	crypto_sign_ed25519_keypair(w.sign_public, w.sign_secret);
	b.dh_public = median(op_dh_public, &w, rounds);
	b.dh_shared = median(op_dh_shared, &w, rounds);
	b.sign = median(op_sign, &w, rounds);
	b.verify = median(op_verify, &w, rounds);
	b.handshake = 2 * (b.dh_public + b.dh_shared + b.sign + b.verify);
	sodium_memzero(&w, sizeof(w));
	return b;
}
