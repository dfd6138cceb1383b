/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink family "btns".  netlink.c: family, operations, strict policies;
 * nl_config.c: PAD and SPD; nl_sad.c: SAs, acquires, hold-offs; nl_latch.c: latches,
 * identities, statistics; notify.c: events.
 */
#ifndef _BTNS_NETLINK_H
#define _BTNS_NETLINK_H

#include <net/genetlink.h>
#include "btns.h"
#include "identity.h"
#include "sad.h"

extern struct genl_family btns_genl_family;
enum { BTNS_MCGRP_ACQUIRE, BTNS_MCGRP_EVENTS, BTNS_MCGRP_LATCHES };

/* Nested policies, netlink.c */
extern const struct nla_policy btns_id_policy[BTNS_ID_A_MAX + 1];
extern const struct nla_policy btns_ts_policy[BTNS_TS_A_MAX + 1];
extern const struct nla_policy btns_suite_policy[BTNS_SUITE_A_MAX + 1];
extern const struct nla_policy btns_pad_policy[BTNS_PAD_A_MAX + 1];
extern const struct nla_policy btns_spd_policy[BTNS_SPD_A_MAX + 1];
extern const struct nla_policy btns_child_policy[BTNS_CHILD_A_MAX + 1];

/* Building blocks, nl_common.c: parse (extack set) and fill (-EMSGSIZE). */
int btns_nl_parse_identity(const struct nlattr *nest, struct btns_identity_desc *d,
			   struct netlink_ext_ack *extack);
int btns_nl_parse_ts(const struct nlattr *nest, struct btns_ts *ts,
		     struct netlink_ext_ack *extack);
int btns_nl_parse_suite(const struct nlattr *nest, struct btns_suite *s,
			struct netlink_ext_ack *extack);
int btns_nl_parse_addr(const struct nlattr *a, struct btns_addr *addr,
		       struct netlink_ext_ack *extack);
void *btns_nl_multi(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int btns_nl_multi_end(struct sk_buff *skb, void *hdr, int err);
int btns_nl_dump_list(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		      const struct list_head *head,
		      int (*put)(struct sk_buff *skb, const struct list_head *item, u32 index));
int btns_nl_put_identity(struct sk_buff *skb, int attr, const struct btns_identity *id,
			 bool with_key);
int btns_nl_put_ts(struct sk_buff *skb, int attr, const struct btns_ts *ts);
int btns_nl_put_flow(struct sk_buff *skb, int attr, const struct btns_ts *local,
		     const struct btns_ts *remote);
int btns_nl_put_suite(struct sk_buff *skb, int attr, const struct btns_suite *s);
int btns_nl_put_addr(struct sk_buff *skb, int attr, const struct btns_addr *addr);
/* nl_sad.c; never keys */
int btns_nl_put_child(struct sk_buff *skb, int attr, const struct btns_sa_pair *p);
void btns_nl_wipe_keys(struct nlattr *nest);	/* nl_sad.c */
struct btns_acquire;
/* nl_sad.c */
int btns_nl_put_acquire(struct sk_buff *skb, int attr, const struct btns_acquire *a);
struct btns_latch;
/* nl_latch.c */
int btns_nl_put_latch(struct sk_buff *skb, int attr, struct btns_latch *l);
int btns_nl_put_latch_spi(struct sk_buff *skb, const struct btns_latch *l);	/* bn->lock */

/* Handlers; bn->lock is taken and released by pre_doit and post_doit. */
#define BTNS_NL_DOIT(name) \
	int btns_nl_##name(struct sk_buff *skb, struct genl_info *info)
#define BTNS_NL_DUMP(name) \
	int btns_nl_##name(struct sk_buff *skb, struct netlink_callback *cb)
BTNS_NL_DOIT(config_begin);
BTNS_NL_DOIT(config_commit);
BTNS_NL_DOIT(config_abort);
BTNS_NL_DOIT(pad_add);
BTNS_NL_DUMP(pad_dump);
BTNS_NL_DOIT(spd_add);
BTNS_NL_DUMP(spd_dump);
BTNS_NL_DOIT(peer_authorize);
BTNS_NL_DOIT(peer_trust);
BTNS_NL_DOIT(child_narrow);
BTNS_NL_DOIT(flush);
/* nl_sad.c */
BTNS_NL_DOIT(sa_new);
BTNS_NL_DOIT(sa_switch);
BTNS_NL_DOIT(sa_move);
BTNS_NL_DOIT(sa_del);
BTNS_NL_DOIT(sa_get);
BTNS_NL_DUMP(sa_dump);
BTNS_NL_DUMP(acquire_dump);
BTNS_NL_DOIT(acquire_done);
BTNS_NL_DUMP(holdoff_dump);
/* nl_latch.c */
BTNS_NL_DOIT(latch_get);
BTNS_NL_DUMP(latch_dump);
BTNS_NL_DOIT(latch_break);
BTNS_NL_DOIT(binding_set);
BTNS_NL_DUMP(identity_dump);
BTNS_NL_DOIT(stats_get);

int btns_netlink_init(void);
void btns_netlink_exit(void);

#endif /* _BTNS_NETLINK_H */
