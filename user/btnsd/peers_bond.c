// SPDX-License-Identifier: GPL-2.0-or-later
/* Known peers: secrets that sessions leave, between the engine and the store. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "ike/crypto.h"
#include "peers.h"

_Static_assert(IKE_BOND_LEN == KNOWN_BOND_LEN, "secrets are of one length");

static struct known *store_of(const struct btnsd *d)
{
	return d->peers && conf_bond(d->conf) != KNOWN_BOND_OFF ? d->peers->store : NULL;
}

void peers_proof(const struct ike_identity *peer, struct known_contact *c)
{
	static const enum known_proof proofs[] = {
		[IKE_BOND_UNASKED] = KNOWN_PROOF_UNASKED, [IKE_BOND_FOREIGN] = KNOWN_PROOF_FOREIGN,
		[IKE_BOND_UNPROVED] = KNOWN_PROOF_MISSING, [IKE_BOND_PROVED] = KNOWN_PROOF_GIVEN,
	};

	c->proof = proofs[peer->bond];
	c->secret = peer->secret;
}

unsigned int peers_bonds(struct btnsd *d, const struct ike_addr *at,
			 const struct ike_identity *peer,
			 uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN])
{
	struct known *k = store_of(d);
	struct known_name address;
	struct known_contact *c;
	unsigned int n;

	if (!k)
		return 0;
	peers_address_name(at, false, &address);
	if (!peer)
		return known_bonds_at(k, address.text, time(NULL), secret, IKE_BONDS_MAX);
	c = calloc(1, sizeof(*c));
	if (!c)
		return 0;
	c->now = time(NULL);
	peers_names(peer, at, c);
	n = known_bonds_of(k, c, secret, IKE_BONDS_MAX);
	free(c);
	return n;
}

bool peers_bond(struct btnsd *d, const struct ike_identity *peer, enum ike_bond_step step,
		uint32_t *number, const uint8_t secret[IKE_BOND_LEN])
{
	static const enum known_bond_step steps[] = {
		[IKE_BOND_OFFER] = KNOWN_BOND_OFFER, [IKE_BOND_AGREED] = KNOWN_BOND_AGREED,
		[IKE_BOND_TAKE] = KNOWN_BOND_TAKE,
	};
	struct chunk key = CHUNK(peer->spki, peer->spki_len);
	uint8_t hash[BTNS_FINGERPRINT_LEN];
	struct known *k = store_of(d);
	int r;

	if (!k)
		return false;
	crypto_sha256(hash, &key, 1);
	r = known_bond(k, hash, steps[step], number, secret, time(NULL));
	if (r == -EIO)
		log_warn("known peers: %s", known_why(k));
	return !r;
}
