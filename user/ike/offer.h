/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Algorithms of IKE SAs: levels, and names as other IKE software has them. */
#ifndef BTNS_IKE_OFFER_H
#define BTNS_IKE_OFFER_H

#include "ike.h"

/*
 * Append what a word means to offers[*n]: "strong", "compatible", or algorithms such as
 * aes256gcm16-prfsha384-ecp384.  NULL: done; else what is wrong with it.
 */
const char *offers_add(struct ike_offer offers[IKE_OFFERS_MAX], unsigned int *n,
		       const char *word);

/* Names of the algorithms of one IKE SA. */
#define IKE_SUITE_TEXT 64
void ike_suite_text(const struct ike_sa_info *info, char buf[IKE_SUITE_TEXT]);

/* Could IKE SAs be made with it? */
bool offer_valid(const struct ike_offer *o);
bool offer_has_group(const struct ike_offer *o, uint16_t group);

#endif /* BTNS_IKE_OFFER_H */
