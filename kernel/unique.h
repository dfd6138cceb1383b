/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Channel bindings of unique type (Documentation/wire-formats.rst).  The helper agrees on
 * the value with the peer, the latch keeps it to its end; it has memory for that only when
 * somebody asked, here or at the peer.
 */
#ifndef _BTNS_UNIQUE_H
#define _BTNS_UNIQUE_H

#include "latch.h"

/*
 * The value for the owner of sk: kept, or asked of the helper, which takes a while: up to
 * net.btns.acquire_timeout_ms, not at all for non-blocking sockets.  Errors as in uapi.
 * A reference to l; sleeps.
 */
int btns_unique_get(struct btns_latch *l, const struct sock *sk,
		    u8 value[BTNS_BINDING_UNIQUE_LEN]);
/*
 * The helper says.  -EEXIST: there is one that the peer has, too; -ENOTCONN, -EAGAIN: the
 * latch is in no state for it; -ENOMEM.  Process context.
 */
int btns_unique_set(struct btns_latch *l, const u8 value[BTNS_BINDING_UNIQUE_LEN],
		    enum btns_bound whose);
int btns_unique_fail(struct btns_latch *l, int error);
enum btns_bound btns_unique_whose(struct btns_latch *l);
/* The state of l has changed: nobody waits on. */
void btns_unique_wake(struct btns_latch *l);
/* With the last reference to l. */
void btns_unique_free(struct btns_latch *l);

#endif /* _BTNS_UNIQUE_H */
