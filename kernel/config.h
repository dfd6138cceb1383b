/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration (PAD and SPD) and its transactions: all or nothing. */
#ifndef _BTNS_CONFIG_H
#define _BTNS_CONFIG_H

#include "pad.h"
#include "spd.h"

struct btns_config {
	struct list_head pad;
	struct list_head spd;
	unsigned int n_pad, n_spd;
	struct rcu_head rcu;
};

/* The configuration in force; bn->lock is held. */
struct btns_config *btns_config(struct btns_net *bn);

int btns_config_begin(struct btns_net *bn, u32 portid, struct netlink_ext_ack *extack);
/*
 * The staged configuration of portid, ERR_PTR(-ENOENT) without BEGIN,
 * ERR_PTR(-ECANCELED) if spoiled.
 */
struct btns_config *btns_config_staged(struct btns_net *bn, u32 portid,
				       struct netlink_ext_ack *extack);
int btns_config_check_class(struct btns_net *bn, const struct btns_spd_entry *e,
			    struct netlink_ext_ack *extack);
void btns_config_spoil(struct btns_net *bn, u32 portid);
/*
 * Put the staged configuration into force: new policies are in place before old
 * ones go (never a moment in clear), equal entries are kept with their numbers
 * and SAs, SAs that are no longer allowed are revoked.
 */
int btns_config_commit(struct btns_net *bn, u32 portid, struct netlink_ext_ack *extack);
void btns_config_abort(struct btns_net *bn, u32 portid);
int btns_config_flush(struct btns_net *bn, struct netlink_ext_ack *extack);
int btns_config_init(struct btns_net *bn);
void btns_config_exit(struct btns_net *bn);

#endif /* _BTNS_CONFIG_H */
