/* SPDX-License-Identifier: GPL-2.0-only */
/* XFRM key manager: acquires and expiries become events for the helper. */
#ifndef _BTNS_KEYMGR_H
#define _BTNS_KEYMGR_H

#include "spd.h"
#include "tuple.h"

struct btns_acquire {
	struct list_head list;		/* btns_net.acquires */
	u32 id;
	bool told;			/* btns_net.lock: the helper was asked */
	struct btns_spd_entry *spd;	/* reference */
	struct btns_ts local, remote;	/* the packet: single values */
	struct btns_addr outer_local, outer_peer;
	unsigned long expires;		/* jiffies */
	bool own;			/* for this flow alone */
	u64 cookie;			/* of a socket whose wish asked first, or 0 */
};

/*
 * SAs for a flow that policy lets choose (clear-or-private) are wanted.  0: the helper was
 * asked; -EACCES: policy does not allow them; -ESRCH: it failed not long ago.  The wish
 * with that cookie hears of a failure, if it was the first to ask.  RCU, any context.
 */
int btns_keymgr_ask(struct btns_net *bn, const struct btns_tuple *t, u64 cookie);
/*
 * The same for SAs of this flow alone, which any policy that protects it allows; -ENOBUFS:
 * too many questions.
 */
int btns_keymgr_ask_own(struct btns_net *bn, const struct btns_tuple *t, u64 cookie);
/* Are SAs that answer acquire id for that flow alone?  bn->lock. */
bool btns_keymgr_for_own(struct btns_net *bn, u32 id, const struct btns_ts *local,
			 const struct btns_ts *remote);
/* The helper is done with an acquire: error 0, SAs are there; else start the hold-off. */
int btns_keymgr_done(struct btns_net *bn, u32 id, int error,
		     struct netlink_ext_ack *extack);
/*
 * SAs for such traffic are there: what it covers need not be asked any more, and
 * acquire id (0: none) neither.
 */
void btns_keymgr_satisfied(struct btns_net *bn, const struct btns_spd_entry *spd,
			   const struct btns_ts *local, const struct btns_ts *remote, u32 id);
/* The SPD entry goes: its acquires are void. */
void btns_keymgr_forget(struct btns_net *bn, const struct btns_spd_entry *spd);
int btns_keymgr_init(struct btns_net *bn);
void btns_keymgr_exit(struct btns_net *bn);
int btns_keymgr_register(void);		/* once per module */
void btns_keymgr_unregister(void);

#endif /* _BTNS_KEYMGR_H */
