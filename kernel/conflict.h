/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conflicts between latches and the SAD or the SPD (RFC 5660 section 2.3).
 *
 * SAs of another peer, or with other parameters, for a latched flow:
 *	the latch's own peer has SAs too	a policy for the one flow keeps it there
 *	it has none				BROKEN, until the conflict is gone
 * A change of the SPD that alters the flow's protection: BROKEN.
 */
#ifndef _BTNS_CONFLICT_H
#define _BTNS_CONFLICT_H

#include "sad.h"

struct btns_latch;

/* All: process context, bn->lock held. */

/* Is there more to do than nothing, for a pair of that suite? */
bool btns_conflict_possible(const struct btns_spdc *c, const struct btns_suite *suite,
			    bool sends);
/*
 * An SA pair comes into force.  Before: what conflicts breaks, or is kept, and its
 * owner is told.  After: what fits again is ESTABLISHED.
 */
void btns_conflict_before(struct btns_net *bn, const struct btns_spdc *c,
			  const struct btns_suite *suite);
void btns_conflict_after(struct btns_net *bn, const struct btns_spdc *c);
/* SA pairs went: look at the latches in conflict only. */
void btns_conflict_gone(struct btns_net *bn);
/* PAD and SPD were replaced. */
void btns_conflict_config(struct btns_net *bn);
/* The SA pair that carries l now, as l wants it; NULL: none. */
const struct btns_sa_pair *btns_conflict_pair(struct btns_net *bn, const struct btns_latch *l);
/* Somebody flushed XFRM's policies. */
void btns_conflict_reinstall(struct btns_net *bn);
int btns_conflict_init(struct btns_net *bn);
void btns_conflict_exit(struct btns_net *bn);

#endif /* _BTNS_CONFLICT_H */
