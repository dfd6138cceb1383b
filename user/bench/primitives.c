// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The yardstick of the handshake benchmark: the public-key operations that no
 * implementation of this key exchange can avoid, called bare.  Every value is new
 * each time and the operations follow each other as in a handshake: the same value
 * over and over costs less than any handshake can reach, as the processor learns
 * the branches of one verification by heart.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "primitives.h"

/* A first message, a nonce, one PRF output. */
#define AUTH_OCTETS (260 + 32 + 32)

struct side {
	uint8_t secret[32], public[32], shared[32];
	uint8_t sign_public[32], sign_secret[64], sig[64], msg[AUTH_OCTETS];
};

static void count_up(struct side *s)
{
	sodium_increment(s->secret + 1, sizeof(s->secret) - 2);
	sodium_increment(s->msg, sizeof(s->msg));
}

static void agree(struct side *s, const struct side *peer)
{
	if (crypto_scalarmult_curve25519(s->shared, s->secret, peer->public))
		abort();
}

static void sign(struct side *s)
{
	crypto_sign_ed25519_detached(s->sig, NULL, s->msg, sizeof(s->msg), s->sign_secret);
}

static void verify(const struct side *peer)
{
	if (crypto_sign_ed25519_verify_detached(peer->sig, peer->msg, sizeof(peer->msg),
						peer->sign_public))
		abort();
}

void bench_primitives(unsigned int count)
{
	static struct side a, b;
	static bool ready;

	if (!ready) {
		randombytes_buf(&a, sizeof(a));
		randombytes_buf(&b, sizeof(b));
		crypto_sign_ed25519_keypair(a.sign_public, a.sign_secret);
		crypto_sign_ed25519_keypair(b.sign_public, b.sign_secret);
		ready = true;
	}
	while (count--) {
		count_up(&a);
		count_up(&b);
		crypto_scalarmult_curve25519_base(a.public, a.secret);
		crypto_scalarmult_curve25519_base(b.public, b.secret);
		agree(&b, &a);
		agree(&a, &b);
		sign(&a);
		verify(&a);
		sign(&b);
		verify(&b);
	}
}
