/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SAs of one connection alone (RFC 5660 section 2.3, "narrow Child SAs"), on request
 * (BTNS_WANT_F_OWN).
 *
 * A cache entry of such SAs has a reqid of its own for what we send, which its outbound
 * policy demands before all others of the peer: so no other SA serves the flow.  Inbound
 * it shares the reqid of the peer's other entries, as the peer may choose among them.
 */
#ifndef _BTNS_OWN_H
#define _BTNS_OWN_H

#include "spdcache.h"

/* A new entry of that kind: it is looked after until its connection ends.  bn->lock. */
void btns_own_watch(struct btns_net *bn, struct btns_spdc *c);
void btns_own_init(struct btns_net *bn);
void btns_own_exit(struct btns_net *bn);

#endif /* _BTNS_OWN_H */
