/* SPDX-License-Identifier: GPL-2.0-or-later */
/* X.509 to configured authorities (RFC 5280, RFC 4945): does one vouch for ID and key? */
#ifndef BTNS_IKE_PKIX_H
#define BTNS_IKE_PKIX_H

#include "crypto.h"

#define PKIX_ANCHORS_MAX	64

struct pkix;

/* Trust anchors: certificates of authorities in PEM.  NULL: why. */
struct pkix *pkix_new(struct chunk pem, const char **why);
void pkix_free(struct pkix **pkix);
unsigned int pkix_count(const struct pkix *pkix);
/* SHA-1 of the SubjectPublicKeyInfo of each, for CERTREQ payloads. */
void pkix_hashes(const struct pkix *pkix, uint8_t (*sha1)[20]);
/* The same authorities? */
bool pkix_equal(const struct pkix *a, const struct pkix *b);
/*
 * chain: DER, the certificate of the key spki first, the others in any order.  now: wall
 * clock, seconds since 1970; 0 (a clock that was never set) refuses all.  id_type, id: as
 * on the wire.  NULL, or why nobody vouches for it.
 */
const char *pkix_verify(const struct pkix *pkix, int64_t now, uint16_t id_type,
			struct chunk id, struct chunk spki, const struct chunk *chain,
			unsigned int n);

/* ID for the holder of a certificate: its first name, else its subject.  Octets, 0: none. */
size_t pkix_own_id(struct chunk cert, uint16_t *id_type, uint8_t *id, size_t cap);
/* Subject of a certificate as ID_DER_ASN1_DN.  Octets, 0: none. */
size_t pkix_subject(struct chunk cert, uint8_t *dn, size_t cap);

#endif /* BTNS_IKE_PKIX_H */
