// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink family "btns": operations, policies, locking. */
#include <linux/netlink.h>
#include <linux/notifier.h>

#include "compat/compat.h"
#include "config.h"
#include "netlink.h"

#define BTNS_NL_ADDR	NLA_POLICY_RANGE(NLA_BINARY, 4, 16)

const struct nla_policy btns_id_policy[BTNS_ID_A_MAX + 1] = {
	[BTNS_ID_A_TYPE] = { .type = NLA_U16 },
	[BTNS_ID_A_DATA] = NLA_POLICY_MAX_LEN(BTNS_ID_MAX),
	[BTNS_ID_A_SPKI] = NLA_POLICY_MAX_LEN(BTNS_SPKI_MAX),
	[BTNS_ID_A_FINGERPRINT] = { .type = NLA_REJECT },
	[BTNS_ID_A_AUTH_METHOD] = NLA_POLICY_MIN(NLA_U8, 1),
	[BTNS_ID_A_AUTH] = NLA_POLICY_MAX(NLA_U8, __BTNS_AUTH_MAX - 1),
	[BTNS_ID_A_TRUST] = { .type = NLA_REJECT },
	[BTNS_ID_A_PAD_ENTRY] = { .type = NLA_REJECT },
	[BTNS_ID_A_REFS] = { .type = NLA_REJECT },
};

const struct nla_policy btns_ts_policy[BTNS_TS_A_MAX + 1] = {
	[BTNS_TS_A_PROTO] = { .type = NLA_U8 },
	[BTNS_TS_A_START] = BTNS_NL_ADDR,
	[BTNS_TS_A_END] = BTNS_NL_ADDR,
	[BTNS_TS_A_PORT_START] = { .type = NLA_U16 },
	[BTNS_TS_A_PORT_END] = { .type = NLA_U16 },
	[BTNS_TS_A_PEER] = BTNS_NL_ADDR,
	[BTNS_TS_A_PEER_PORT] = { .type = NLA_U16 },
};

const struct nla_policy btns_suite_policy[BTNS_SUITE_A_MAX + 1] = {
	[BTNS_SUITE_A_ENCR] = NLA_POLICY_MIN(NLA_U16, 1),
	[BTNS_SUITE_A_ENCR_BITS] = NLA_POLICY_MAX(NLA_U16, 512),
	[BTNS_SUITE_A_INTEG] = { .type = NLA_U16 },
};

const struct nla_policy btns_pad_policy[BTNS_PAD_A_MAX + 1] = {
	[BTNS_PAD_A_NAME] = { .type = NLA_NUL_STRING, .len = BTNS_NAME_MAX },
	[BTNS_PAD_A_MATCH] = NLA_POLICY_MAX(NLA_U8, __BTNS_PAD_MATCH_MAX - 1),
	[BTNS_PAD_A_ID_TYPE] = NLA_POLICY_RANGE(NLA_U16, 1, 255),
	[BTNS_PAD_A_ID_DATA] = NLA_POLICY_MAX_LEN(BTNS_ID_MAX),
	[BTNS_PAD_A_SPKI] = NLA_POLICY_RANGE(NLA_BINARY, 1, BTNS_SPKI_MAX),
	[BTNS_PAD_A_FINGERPRINT] = NLA_POLICY_EXACT_LEN(BTNS_FINGERPRINT_LEN),
	[BTNS_PAD_A_CHILD] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_PAD_A_CHILD_ANY] = { .type = NLA_FLAG },
	[BTNS_PAD_A_BY_ID] = { .type = NLA_FLAG },
	[BTNS_PAD_A_AUTH] = NLA_POLICY_RANGE(NLA_U8, BTNS_AUTH_PSK, BTNS_AUTH_PKIX),
	[BTNS_PAD_A_INDEX] = { .type = NLA_REJECT },
	[BTNS_PAD_A_HITS] = { .type = NLA_REJECT },
	[BTNS_PAD_A_PAD64] = { .type = NLA_REJECT },
};

const struct nla_policy btns_spd_policy[BTNS_SPD_A_MAX + 1] = {
	[BTNS_SPD_A_NAME] = { .type = NLA_NUL_STRING, .len = BTNS_NAME_MAX },
	[BTNS_SPD_A_ID] = { .type = NLA_REJECT },
	[BTNS_SPD_A_CLASS] = NLA_POLICY_MAX(NLA_U8, __BTNS_CLASS_MAX - 1),
	[BTNS_SPD_A_LOCAL] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_SPD_A_REMOTE] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_SPD_A_MODE] = NLA_POLICY_MAX(NLA_U8, BTNS_MODE_BEET),
	[BTNS_SPD_A_BTNS_OK] = { .type = NLA_FLAG },
	[BTNS_SPD_A_NULL_OK] = { .type = NLA_FLAG },
	[BTNS_SPD_A_OUTER_LOCAL] = BTNS_NL_ADDR,
	[BTNS_SPD_A_OUTER_PEER] = BTNS_NL_ADDR,
	[BTNS_SPD_A_PEER_ID_TYPE] = NLA_POLICY_RANGE(NLA_U16, 1, 255),
	[BTNS_SPD_A_PEER_ID_DATA] = NLA_POLICY_MAX_LEN(BTNS_ID_MAX),
	[BTNS_SPD_A_PEER_FINGERPRINT] = NLA_POLICY_EXACT_LEN(BTNS_FINGERPRINT_LEN),
	[BTNS_SPD_A_SUITE] = NLA_POLICY_NESTED(btns_suite_policy),
	[BTNS_SPD_A_LIFETIME] = { .type = NLA_U32 },
	[BTNS_SPD_A_LIFEBYTES] = { .type = NLA_U64 },
	[BTNS_SPD_A_INDEX] = { .type = NLA_REJECT },
	[BTNS_SPD_A_HITS] = { .type = NLA_REJECT },
	[BTNS_SPD_A_PAD64] = { .type = NLA_REJECT },
};

const struct nla_policy btns_child_policy[BTNS_CHILD_A_MAX + 1] = {
	[BTNS_CHILD_A_SA_ID] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_SPD_ENTRY] = { .type = NLA_U32 },
	[BTNS_CHILD_A_LOCAL_TS] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_CHILD_A_REMOTE_TS] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_CHILD_A_MODE] = NLA_POLICY_MAX(NLA_U8, BTNS_MODE_BEET),
	[BTNS_CHILD_A_CLASS] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_SUITE] = NLA_POLICY_NESTED(btns_suite_policy),
	[BTNS_CHILD_A_OUTER_LOCAL] = BTNS_NL_ADDR,
	[BTNS_CHILD_A_OUTER_PEER] = BTNS_NL_ADDR,
	[BTNS_CHILD_A_SPI_IN] = { .type = NLA_U32 },
	[BTNS_CHILD_A_SPI_OUT] = { .type = NLA_U32 },
	[BTNS_CHILD_A_ENCR_IN] = NLA_POLICY_MAX_LEN(64),
	[BTNS_CHILD_A_INTEG_IN] = NLA_POLICY_MAX_LEN(64),
	[BTNS_CHILD_A_ENCR_OUT] = NLA_POLICY_MAX_LEN(64),
	[BTNS_CHILD_A_INTEG_OUT] = NLA_POLICY_MAX_LEN(64),
	[BTNS_CHILD_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[BTNS_CHILD_A_ENCAP_SPORT] = { .type = NLA_U16 },
	[BTNS_CHILD_A_ENCAP_DPORT] = { .type = NLA_U16 },
	[BTNS_CHILD_A_REPLAY_WINDOW] = NLA_POLICY_MAX(NLA_U32, 4096),
	[BTNS_CHILD_A_SOFT_TIME] = { .type = NLA_U32 },
	[BTNS_CHILD_A_HARD_TIME] = { .type = NLA_U32 },
	[BTNS_CHILD_A_SOFT_BYTES] = { .type = NLA_U64 },
	[BTNS_CHILD_A_HARD_BYTES] = { .type = NLA_U64 },
	[BTNS_CHILD_A_SOFT_PACKETS] = { .type = NLA_U64 },
	[BTNS_CHILD_A_HARD_PACKETS] = { .type = NLA_U64 },
	[BTNS_CHILD_A_PEER] = NLA_POLICY_NESTED(btns_id_policy),
	[BTNS_CHILD_A_LOCAL] = NLA_POLICY_NESTED(btns_id_policy),
	[BTNS_CHILD_A_ACQUIRE_ID] = { .type = NLA_U32 },
	[BTNS_CHILD_A_IKE_SPI] = NLA_POLICY_EXACT_LEN(16),
	[BTNS_CHILD_A_BYTES_IN] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_BYTES_OUT] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_PACKETS_IN] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_PACKETS_OUT] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_AGE] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_IDLE_IN] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_REQID] = { .type = NLA_REJECT },
	[BTNS_CHILD_A_PAD64] = { .type = NLA_REJECT },
};

/* Each operation takes just what it names. */
static const struct nla_policy btns_none_policy[] = {
	[0] = { .type = NLA_REJECT },
};

static const struct nla_policy btns_pad_add_policy[] = {
	[BTNS_A_PAD] = NLA_POLICY_NESTED(btns_pad_policy),
};

static const struct nla_policy btns_spd_add_policy[] = {
	[BTNS_A_SPD] = NLA_POLICY_NESTED(btns_spd_policy),
};

static const struct nla_policy btns_authorize_policy[] = {
	[BTNS_A_PEER] = NLA_POLICY_NESTED(btns_id_policy),
};

static const struct nla_policy btns_narrow_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_PEER] = NLA_POLICY_NESTED(btns_id_policy),
	[BTNS_A_LOCAL_TS] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_A_REMOTE_TS] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_A_MODE] = NLA_POLICY_MAX(NLA_U8, BTNS_MODE_BEET),
	[BTNS_A_SPD_ENTRY] = { .type = NLA_U32 },
	[BTNS_A_ENCAP] = { .type = NLA_FLAG },
	[BTNS_A_OUTER_LOCAL] = BTNS_NL_ADDR,
	[BTNS_A_OUTER_PEER] = BTNS_NL_ADDR,
};

static const struct nla_policy btns_sa_new_policy[] = {
	[BTNS_A_CHILD] = NLA_POLICY_NESTED(btns_child_policy),
};

static const struct nla_policy btns_sa_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_SA_ID] = { .type = NLA_U32 },
	[BTNS_A_SPI] = { .type = NLA_U32 },
	[BTNS_A_PEER_ADDR] = BTNS_NL_ADDR,
};

static const struct nla_policy btns_acquire_done_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_ACQUIRE_ID] = { .type = NLA_U32 },
	[BTNS_A_ERROR] = NLA_POLICY_MAX(NLA_U32, 4095),
};

static const struct nla_policy btns_latch_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64 },
	[BTNS_A_FLOW] = NLA_POLICY_NESTED(btns_ts_policy),
};

static const struct nla_policy btns_flush_policy[] = {
	[BTNS_A_FLUSH] = NLA_POLICY_MASK(NLA_U32, BTNS_FLUSH_SAS | BTNS_FLUSH_HOLDOFFS |
					 BTNS_FLUSH_CONFIG),
};

#define BTNS_OP(_cmd, _do, _dump, _policy)					\
	{									\
		.cmd = BTNS_CMD_##_cmd,						\
		.flags = GENL_UNS_ADMIN_PERM,					\
		.doit = _do,							\
		.dumpit = _dump,						\
		.policy = _policy,						\
		.maxattr = ARRAY_SIZE(_policy) - 1,				\
	}

static const struct genl_ops btns_genl_ops[] = {
	BTNS_OP(CONFIG_BEGIN, btns_nl_config_begin, NULL, btns_none_policy),
	BTNS_OP(CONFIG_COMMIT, btns_nl_config_commit, NULL, btns_none_policy),
	BTNS_OP(CONFIG_ABORT, btns_nl_config_abort, NULL, btns_none_policy),
	BTNS_OP(PAD_ADD, btns_nl_pad_add, NULL, btns_pad_add_policy),
	BTNS_OP(PAD_GET, NULL, btns_nl_pad_dump, btns_none_policy),
	BTNS_OP(SPD_ADD, btns_nl_spd_add, NULL, btns_spd_add_policy),
	BTNS_OP(SPD_GET, NULL, btns_nl_spd_dump, btns_none_policy),
	BTNS_OP(PEER_AUTHORIZE, btns_nl_peer_authorize, NULL, btns_authorize_policy),
	BTNS_OP(CHILD_NARROW, btns_nl_child_narrow, NULL, btns_narrow_policy),
	BTNS_OP(SA_NEW, btns_nl_sa_new, NULL, btns_sa_new_policy),
	BTNS_OP(SA_SWITCH, btns_nl_sa_switch, NULL, btns_sa_policy),
	BTNS_OP(SA_DEL, btns_nl_sa_del, NULL, btns_sa_policy),
	BTNS_OP(SA_GET, btns_nl_sa_get, btns_nl_sa_dump, btns_sa_policy),
	BTNS_OP(ACQUIRE_GET, NULL, btns_nl_acquire_dump, btns_none_policy),
	BTNS_OP(ACQUIRE_DONE, btns_nl_acquire_done, NULL, btns_acquire_done_policy),
	BTNS_OP(HOLDOFF_GET, NULL, btns_nl_holdoff_dump, btns_none_policy),
	BTNS_OP(LATCH_GET, btns_nl_latch_get, btns_nl_latch_dump, btns_latch_policy),
	BTNS_OP(IDENTITY_GET, NULL, btns_nl_identity_dump, btns_none_policy),
	BTNS_OP(STATS_GET, btns_nl_stats_get, NULL, btns_none_policy),
	BTNS_OP(FLUSH, btns_nl_flush, NULL, btns_flush_policy),
};

static int btns_nl_pre_doit(const btns_genl_hook_ops *ops, struct sk_buff *skb,
			    struct genl_info *info)
{
	mutex_lock(&btns_pernet(genl_info_net(info))->lock);
	return 0;
}

static void btns_nl_post_doit(const btns_genl_hook_ops *ops, struct sk_buff *skb,
			      struct genl_info *info)
{
	mutex_unlock(&btns_pernet(genl_info_net(info))->lock);
}

static const struct genl_multicast_group btns_genl_groups[] = {
	[BTNS_MCGRP_ACQUIRE] = { .name = BTNS_GENL_MCGRP_ACQUIRE,
				 BTNS_GENL_GROUP_FLAGS },
	[BTNS_MCGRP_EVENTS] = { .name = BTNS_GENL_MCGRP_EVENTS,
				BTNS_GENL_GROUP_FLAGS },
};

struct genl_family btns_genl_family __ro_after_init = {
	.name = BTNS_GENL_NAME,
	.version = BTNS_GENL_VERSION,
	.maxattr = BTNS_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = btns_genl_ops,
	.n_ops = ARRAY_SIZE(btns_genl_ops),
	.resv_start_op = BTNS_CMD_CONFIG_BEGIN,
	.mcgrps = btns_genl_groups,
	.n_mcgrps = ARRAY_SIZE(btns_genl_groups),
	.pre_doit = btns_nl_pre_doit,
	.post_doit = btns_nl_post_doit,
};

/* A socket that goes takes its open transaction along. */
static int btns_nl_release(struct notifier_block *nb, unsigned long event, void *data)
{
	struct netlink_notify *n = data;
	struct btns_net *bn;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	bn = btns_pernet(n->net);
	if (list_empty_careful(&bn->transactions))
		return NOTIFY_DONE;
	mutex_lock(&bn->lock);
	btns_config_abort(bn, n->portid);
	mutex_unlock(&bn->lock);
	return NOTIFY_OK;
}

static struct notifier_block btns_nl_notifier = {
	.notifier_call = btns_nl_release,
};

int btns_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&btns_nl_notifier);
	if (err)
		return err;
	err = genl_register_family(&btns_genl_family);
	if (err)
		netlink_unregister_notifier(&btns_nl_notifier);
	return err;
}

void btns_netlink_exit(void)
{
	genl_unregister_family(&btns_genl_family);
	netlink_unregister_notifier(&btns_nl_notifier);
}
