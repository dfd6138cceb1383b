/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key exchange methods of IKEv2 ("groups"): Curve25519 (RFC 8031), ECP of 256 and 384 bits
 * (RFC 5903), MODP of 2048 bits (RFC 3526).
 *
 * A secret serves one exchange.  Public values of peers are checked as RFC 6989 says.
 */
#ifndef BTNS_IKE_GROUP_H
#define BTNS_IKE_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chunk;

enum { DH_NONE = 0, DH_MODP_2048 = 14, DH_P256 = 19, DH_P384 = 20, DH_CURVE25519 = 31 };

#define KE_SECRET_MAX	48
#define KE_PUBLIC_MAX	256
#define KE_SHARED_MAX	256

/* Our side of an exchange. */
struct ke {
	uint16_t group;
	uint8_t secret[KE_SECRET_MAX];
};

/* Of a KE payload's data; 0: not one of our groups. */
size_t group_public_len(uint16_t group);

/* Can it be a public value of the group?  Cheap. */
bool group_fits(uint16_t group, struct chunk pub);

/* Once per process. */
void group_init(void);
/* Draw a secret; false: no such group, or random() gives no usable octets. */
bool ke_make(struct ke *ke, uint16_t group,
	     void (*random)(void *ctx, void *buf, size_t len), void *ctx);
/* Length of our public value, 0: *ke is none of ke_make()'s. */
size_t ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX]);
/* Length of the shared secret, 0: the peer's public value is not one of the group. */
size_t ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX]);

#endif /* BTNS_IKE_GROUP_H */
