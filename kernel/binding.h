/* SPDX-License-Identifier: GPL-2.0-only */
/* Channel bindings (RFC 5056) of a latch: octet strings. */
#ifndef _BTNS_BINDING_H
#define _BTNS_BINDING_H

#include "identity.h"

/* Fill b->data, len and flags from b->type and b->hash.  Errors as in uapi. Sleeps. */
int btns_binding_make(struct btns_binding *b, const struct btns_identity *one,
		      const struct btns_identity *other);
/*
 * The octets of the subjectPublicKey BIT STRING in a DER SubjectPublicKeyInfo.
 * -EINVAL: not strict DER, or not whole octets.
 */
int btns_binding_key_bits(const u8 *spki, size_t len, const u8 **bits, size_t *n);

#endif /* _BTNS_BINDING_H */
