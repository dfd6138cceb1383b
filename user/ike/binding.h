/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unique channel bindings: what they are computed from. */
#ifndef BTNS_IKE_BINDING_H
#define BTNS_IKE_BINDING_H

#include <linux/btns.h>

#include "crypto.h"

#define BINDING_NONCE	32

/* Transcript of an authentication, in this order; payloads without generic header. */
enum { PART_INIT_REQUEST, PART_INIT_RESPONSE, PART_INT_AUTH, PART_ID_I, PART_AUTH_I,
       PART_ID_R, PART_AUTH_R, BINDING_PARTS };

void binding_transcript(uint8_t t[32], const struct chunk parts[BINDING_PARTS]);
/* es: crypto_prf_len(prf) octets, as long as sk_d. */
void binding_seed(uint16_t prf, uint8_t *es, const uint8_t *sk_d, const uint8_t t[32]);
/* mode: enum btns_mode.  sa: the responder's SA payload, without generic header. */
bool binding_make(uint8_t out[BTNS_BINDING_UNIQUE_LEN], uint16_t prf, const uint8_t *es,
		  const uint8_t nq[BINDING_NONCE], const uint8_t np[BINDING_NONCE],
		  uint8_t mode, struct chunk sa);

#endif /* BTNS_IKE_BINDING_H */
