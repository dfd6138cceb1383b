/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Known peers of the daemon: what peers.c shares with the control socket. */
#ifndef BTNSD_PEERS_H
#define BTNSD_PEERS_H

#include "btnsd.h"
#include "known/known.h"

#define REFUSALS	256

/* The last peers that were refused, by address. */
struct refusal {
	struct ike_addr peer;		/* family 0: free */
	int64_t when;
	enum known_verdict verdict;
	uint8_t shown[BTNS_FINGERPRINT_LEN], expected[BTNS_FINGERPRINT_LEN];
	bool has_expected;
	char why[512];
};

struct peers {
	struct known *store;		/* NULL: nobody wants it, or it is damaged */
	char why[KNOWN_WHY_MAX];	/* not empty: it is damaged */
	struct refusal refusal[REFUSALS];
	unsigned int next;
};

/* The last refusal of that address, NULL: none. */
const struct refusal *peers_refusal(const struct btnsd *d, const struct ike_addr *peer);
/* Name of the peer's ID for the store; false: it has none of its own. */
bool peers_id_name(const struct ike_identity *peer,
		   const uint8_t fingerprint[BTNS_FINGERPRINT_LEN], struct known_name *n);
void peers_address_name(const struct ike_addr *a, bool natted, struct known_name *n);
/* Key and names that a peer shows; at: where it is, of family 0 for nowhere. */
void peers_names(const struct ike_identity *peer, const struct ike_addr *at,
		 struct known_contact *c);
/* peers_bond.c: what it has proved besides. */
void peers_proof(const struct ike_identity *peer, struct known_contact *c);
/* The kernel's and the engine's part of a decision about a key. */
void peers_apply(struct btnsd *d, const uint8_t fingerprint[BTNS_FINGERPRINT_LEN],
		 bool end);

#endif /* BTNSD_PEERS_H */
