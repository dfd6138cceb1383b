/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hold-offs: after a failed negotiation a host pair is left alone for a while.
 * Fail-open classes talk in clear meanwhile; private stays blocked.
 */
#ifndef _BTNS_HOLDOFF_H
#define _BTNS_HOLDOFF_H

#include "spd.h"

struct btns_holdoff {
	struct list_head list;		/* btns_net.holdoffs */
	struct btns_spd_entry *spd;	/* reference */
	struct btns_ts local, remote;	/* host pair, protocol and ports of the entry */
	int error;			/* positive errno */
	bool clear;			/* policies let the pair pass */
	unsigned long expires;		/* jiffies */
};

int btns_holdoff_add(struct btns_net *bn, struct btns_spd_entry *spd,
		     const struct btns_ts *local, const struct btns_ts *remote, int error,
		     bool clear);
bool btns_holdoff_covers(struct btns_net *bn, const struct btns_spd_entry *spd,
			 const struct btns_ts *local, const struct btns_ts *remote);
/* SAs with that pair exist now, or entry went (spd NULL: all). */
void btns_holdoff_forget(struct btns_net *bn, const struct btns_spd_entry *spd,
			 const struct btns_ts *local, const struct btns_ts *remote);
void btns_holdoff_expire(struct btns_net *bn);
/* Somebody flushed the policies. */
bool btns_holdoff_reinstall(struct btns_net *bn);

#endif /* _BTNS_HOLDOFF_H */
