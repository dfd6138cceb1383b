/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets that sessions hand on. */
#ifndef BTNS_IKE_BOND_H
#define BTNS_IKE_BOND_H

#include "sa.h"

/* The IKE SA is up, its handshake still there: agree on a secret for the next one. */
void bond_up(struct ike_sa *sa);
void bond_start(struct ike_sa *sa);
void bond_answered(struct ike_sa *sa, const struct message *m);
void bond_in(struct ike_sa *sa, const struct message *m, struct builder *b);

/* IKE_AUTH: proofs of the secrets that the peer may know. */
void bond_put(struct ike_sa *sa, struct builder *b, bool initiator);
/*
 * Those of the peer, which that end of the handshake is and whose AUTH is good: enum
 * ike_bond, with the secret that it proved.
 */
uint8_t bond_check(struct ike_sa *sa, const struct message *m, bool initiator,
		   uint8_t proved[IKE_BOND_LEN]);

#endif /* BTNS_IKE_BOND_H */
