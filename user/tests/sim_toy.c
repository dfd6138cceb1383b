// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key exchange and signatures that cost nothing and protect nothing, for very many runs
 * (linked with --wrap).  Two ends still get the same secret only from each other's public
 * values, and a signature still belongs to one key and one text: what the simulation
 * shows of exchanges, it shows with these as well.
 */
#include "ike/cert.h"
#include "ike/crypto.h"
#include "ike/group.h"
#include "ike/message.h"
#include "ike/signer.h"
#include "sim.h"

#define PRIME	((UINT64_C(1) << 61) - 1)
#define LEN	32

bool sim_toy;

size_t __real_ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX]);
size_t __wrap_ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX]);
size_t __real_ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX]);
size_t __wrap_ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX]);
size_t __real_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);
size_t __wrap_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);
bool __real_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets);
bool __wrap_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets);

/* Exponentiation modulo a prime: commutative, as it must be. */
static void power(uint8_t out[LEN], uint64_t base, const uint8_t *secret)
{
	unsigned __int128 r = 1, b = base % PRIME;
	unsigned int i;
	uint64_t e;

	memcpy(&e, secret, sizeof(e));
	for (e |= 1; e; e >>= 1) {
		if (e & 1)
			r = r * b % PRIME;
		b = b * b % PRIME;
	}
	e = (uint64_t)r;
	for (i = 0; i < LEN; i += sizeof(e))
		memcpy(out + i, &e, sizeof(e));
}

size_t __wrap_ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX])
{
	if (!sim_toy || ke->group != DH_CURVE25519)
		return __real_ke_public(ke, pub);
	power(pub, 37, ke->secret);
	return LEN;
}

size_t __wrap_ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX])
{
	uint64_t base;

	if (!sim_toy || ke->group != DH_CURVE25519)
		return __real_ke_shared(ke, peer, shared);
	if (peer.len != LEN)
		return 0;
	memcpy(&base, peer.p, sizeof(base));
	power(shared, base, ke->secret);
	/* all of the public value counts, as with the real one */
	for (base = 0; base < LEN; base++)
		if (peer.p[base] != peer.p[base % 8])
			shared[base] ^= peer.p[base];
	return LEN;
}

static void mark(uint8_t sig[64], struct chunk spki, struct chunk octets)
{
	const struct chunk parts[] = { spki, octets };

	crypto_sha256(sig, parts, 2);
	memcpy(sig + 32, sig, 32);
}

size_t __wrap_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX])
{
	uint8_t sig[64];

	if (!sim_toy)
		return __real_signer_auth(s, hashes, octets, method, out);
	if (!(hashes & HASH_BIT(HASH_IDENTITY)))
		return 0;
	*method = AUTH_SIGNATURE;
	mark(sig, signer_spki(s), octets);
	auth_ed25519_build(out, sig);
	return ED25519_AUTH_LEN;
}

bool __wrap_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets)
{
	const uint8_t *given;
	uint8_t sig[64];

	if (!sim_toy)
		return __real_cert_verify(spki, method, auth, octets);
	given = method == AUTH_SIGNATURE ? auth_ed25519_parse(auth) : NULL;
	mark(sig, spki, octets);
	return given && !memcmp(given, sig, sizeof(sig));
}
