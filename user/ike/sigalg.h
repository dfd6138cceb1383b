/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AlgorithmIdentifiers of signatures as RFC 7427 wants them, and GnuTLS's names. */
#ifndef BTNS_IKE_SIGALG_H
#define BTNS_IKE_SIGALG_H

#include <gnutls/abstract.h>

#include "crypto.h"

#define SIGALG_MAX	72

#define RSA_BITS_MIN	2048
#define RSA_BITS_MAX	8192		/* beyond, one forged key costs seconds */

/* GNUTLS_SIGN_UNKNOWN: not one of ours; nothing with SHA-1 is. */
gnutls_sign_algorithm_t sigalg_parse(struct chunk der);
/* Its length; 0: not one of ours. */
size_t sigalg_build(gnutls_sign_algorithm_t sign, uint8_t out[SIGALG_MAX]);

/* Of a kind that we know, strong enough, and no effort to verify with. */
bool key_acceptable(gnutls_pubkey_t key);
/* Of an ECDSA key; GNUTLS_ECC_CURVE_INVALID: of another. */
gnutls_ecc_curve_t key_curve(gnutls_pubkey_t key);

#endif /* BTNS_IKE_SIGALG_H */
