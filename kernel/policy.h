/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XFRM policies of the module.  Four layers, lower priority value wins:
 *
 *	system		neighbour discovery: always allowed
 *	cache		per peer with SAs: its reqid is required
 *	hold-off	per peer without: allowed for a while
 *	SPD entry	the trap: its reqid has no SA, so it asks or drops
 *
 * Each owner's policies carry its reqid in xfrm_selector.user, which XFRM compares
 * but does not match on: two owners may have the same selector, and removing the
 * policies of one never hits another's.
 *
 * class			out (trap)		in (trap)
 * private		ESP required		ESP required
 * private-or-clear	ESP required, waits	anything
 * clear-or-private	allow			anything
 * clear		allow			allow
 * block		block			block
 *
 * Priorities: an SPD entry at place i, its cache entries and hold-offs stay
 * together, above everything of place i + 1, so that the order of the SPD holds.
 */
#ifndef _BTNS_POLICY_H
#define _BTNS_POLICY_H

#include "spd.h"

struct btns_spdc;
struct btns_tuple;

void btns_policy_selector(struct xfrm_selector *sel, u16 family, bool out,
			  const struct btns_ts *local, const struct btns_ts *remote);
int btns_policy_add_spd(struct btns_net *bn, const struct btns_spd_entry *e,
			struct netlink_ext_ack *extack);
void btns_policy_del_spd(struct btns_net *bn, const struct btns_spd_entry *e);
int btns_policy_add_cache(struct btns_net *bn, struct btns_spdc *c,
			  struct netlink_ext_ack *extack);
void btns_policy_del_cache(struct btns_net *bn, const struct btns_spdc *c);
int btns_policy_add_clear(struct btns_net *bn, const struct btns_spd_entry *e,
			  const struct btns_ts *local, const struct btns_ts *remote);
void btns_policy_del_clear(struct btns_net *bn, const struct btns_spd_entry *e,
			   const struct btns_ts *local, const struct btns_ts *remote);
/* Release packets that wait on the trap policies of e (XFRM's hold queue). */
void btns_policy_kick(struct btns_net *bn, const struct btns_spd_entry *e);
/* Drop those of one pair of hosts. */
void btns_policy_drop_held(struct btns_net *bn, const struct btns_spd_entry *e,
			   const struct btns_ts *local, const struct btns_ts *remote);
/* Again, instead of those with the same selectors; packets that wait there go on. */
int btns_policy_insert_cache(struct btns_net *bn, const struct btns_spdc *c);
int btns_policy_add_latch(struct btns_net *bn, const struct btns_spdc *c,
			  const struct btns_tuple *t);
void btns_policy_del_latch(struct btns_net *bn, u32 reqid, const struct btns_tuple *t);
bool btns_policy_reinstall(struct btns_net *bn);
/*
 * Load: neighbour discovery bypass; blocking leftovers of an earlier life stay
 * until the first commit.
 */
int btns_policy_init(struct btns_net *bn);
/* After the first commit: remove blocking leftovers. */
void btns_policy_drop_leftovers(struct btns_net *bn);
/* Unload: what was protected is left behind as blocking policies, so that nothing goes clear. */
void btns_policy_exit(struct btns_net *bn, bool namespace_dies);

#endif /* _BTNS_POLICY_H */
