/* SPDX-License-Identifier: GPL-2.0-only */
/* Channel bindings (RFC 5056) of a latch: octet strings. */
#ifndef _BTNS_BINDING_H
#define _BTNS_BINDING_H

#include "identity.h"

/* Fill b->data, len and flags from b->type and b->hash.  Errors as in uapi. Sleeps. */
int btns_binding_make(struct btns_binding *b, const struct btns_identity *one,
		      const struct btns_identity *other);

#endif /* _BTNS_BINDING_H */
