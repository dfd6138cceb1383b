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
	[BTNS_ID_A_TRUST] = NLA_POLICY_RANGE(NLA_U8, BTNS_TRUST_KNOWN, BTNS_TRUST_VERIFIED),
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
	[1] = { .type = NLA_REJECT },	/* a policy without any would mean: all of the family */
};

static const struct nla_policy btns_pad_add_policy[] = {
	[BTNS_A_PAD] = NLA_POLICY_NESTED(btns_pad_policy),
};

static const struct nla_policy btns_spd_add_policy[] = {
	[BTNS_A_SPD] = NLA_POLICY_NESTED(btns_spd_policy),
};

/* What generic netlink checks of these two: not inside the nest, see btns_nl_check(). */
static const struct nla_policy btns_staged_policy[] = {
	[BTNS_A_PAD] = { .type = NLA_NESTED },
	[BTNS_A_SPD] = { .type = NLA_NESTED },
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
	[BTNS_A_PEER_PORT] = { .type = NLA_U16 },
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

/* Of a Child SA: where it is to be. */
static const struct nla_policy btns_ends_policy[BTNS_CHILD_A_MAX + 1] = {
	[BTNS_CHILD_A_OUTER_LOCAL] = BTNS_NL_ADDR,
	[BTNS_CHILD_A_OUTER_PEER] = BTNS_NL_ADDR,
	[BTNS_CHILD_A_ENCAP_SPORT] = { .type = NLA_U16 },
	[BTNS_CHILD_A_ENCAP_DPORT] = { .type = NLA_U16 },
};

static const struct nla_policy btns_sa_move_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_SA_ID] = { .type = NLA_U32 },
	[BTNS_A_SPI] = { .type = NLA_U32 },
	[BTNS_A_PEER_ADDR] = BTNS_NL_ADDR,
	[BTNS_A_CHILD] = NLA_POLICY_NESTED(btns_ends_policy),
};

static const struct nla_policy btns_acquire_done_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_ACQUIRE_ID] = { .type = NLA_U32 },
	[BTNS_A_ERROR] = NLA_POLICY_MAX(NLA_U32, 4095),
};

static const struct nla_policy btns_latch_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64 },
	[BTNS_A_FLOW] = NLA_POLICY_NESTED(btns_ts_policy),
};

static const struct nla_policy btns_latch_break_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64 },
	[BTNS_A_FLOW] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_A_PEER_FINGERPRINT] = NLA_POLICY_EXACT_LEN(BTNS_FINGERPRINT_LEN),
	[BTNS_A_REASON] = NLA_POLICY_MAX(NLA_U8, __BTNS_BREAK_MAX - 1),
};

static const struct nla_policy btns_peer_trust_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_PEER_FINGERPRINT] = NLA_POLICY_EXACT_LEN(BTNS_FINGERPRINT_LEN),
	[BTNS_A_TRUST] = NLA_POLICY_RANGE(NLA_U8, BTNS_TRUST_UNVERIFIED, BTNS_TRUST_VERIFIED),
};

static const struct nla_policy btns_binding_policy[BTNS_A_MAX + 1] = {
	[BTNS_A_LATCH_ID] = { .type = NLA_U64 },
	[BTNS_A_FLOW] = NLA_POLICY_NESTED(btns_ts_policy),
	[BTNS_A_BINDING] = NLA_POLICY_EXACT_LEN(BTNS_BINDING_UNIQUE_LEN),
	[BTNS_A_BOUND] = NLA_POLICY_RANGE(NLA_U8, BTNS_BOUND_OURS, __BTNS_BOUND_MAX - 1),
	[BTNS_A_ERROR] = NLA_POLICY_RANGE(NLA_U32, 1, 4095),
};

static const struct nla_policy btns_flush_policy[] = {
	[BTNS_A_FLUSH] = NLA_POLICY_MASK(NLA_U32, BTNS_FLUSH_SAS | BTNS_FLUSH_HOLDOFFS |
					 BTNS_FLUSH_CONFIG),
};

/* The largest entry must fit: an identity with its key, or a PAD entry. */
static int btns_nl_dump_begin(struct netlink_callback *cb)
{
	cb->min_dump_alloc = SKB_WITH_OVERHEAD(16384);
	return 0;
}

#define BTNS_OP(_cmd, _policy, ...)						\
	{									\
		.cmd = BTNS_CMD_##_cmd,						\
		.flags = GENL_UNS_ADMIN_PERM,					\
		.policy = _policy,						\
		.maxattr = ARRAY_SIZE(_policy) - 1,				\
		__VA_ARGS__							\
	}
#define BTNS_DO(_cmd, _fn, _policy)						\
	BTNS_OP(_cmd, _policy, .doit = btns_nl_##_fn)
#define BTNS_DUMP(_cmd, _fn)							\
	BTNS_OP(_cmd, btns_none_policy, .dumpit = btns_nl_##_fn,		\
		.start = btns_nl_dump_begin)
#define BTNS_BOTH(_cmd, _do, _dump, _policy)					\
	BTNS_OP(_cmd, _policy, .doit = btns_nl_##_do, .dumpit = btns_nl_##_dump, \
		.start = btns_nl_dump_begin)

static const struct genl_ops btns_genl_ops[] = {
	BTNS_DO(CONFIG_BEGIN, config_begin, btns_none_policy),
	BTNS_DO(CONFIG_COMMIT, config_commit, btns_none_policy),
	BTNS_DO(CONFIG_ABORT, config_abort, btns_none_policy),
	BTNS_DO(PAD_ADD, pad_add, btns_staged_policy),
	BTNS_DUMP(PAD_GET, pad_dump),
	BTNS_DO(SPD_ADD, spd_add, btns_staged_policy),
	BTNS_DUMP(SPD_GET, spd_dump),
	BTNS_DO(PEER_AUTHORIZE, peer_authorize, btns_authorize_policy),
	BTNS_DO(PEER_TRUST, peer_trust, btns_peer_trust_policy),
	BTNS_DO(CHILD_NARROW, child_narrow, btns_narrow_policy),
	BTNS_DO(SA_NEW, sa_new, btns_sa_new_policy),
	BTNS_DO(SA_SWITCH, sa_switch, btns_sa_policy),
	BTNS_DO(SA_MOVE, sa_move, btns_sa_move_policy),
	BTNS_DO(SA_DEL, sa_del, btns_sa_policy),
	BTNS_BOTH(SA_GET, sa_get, sa_dump, btns_sa_policy),
	BTNS_DUMP(ACQUIRE_GET, acquire_dump),
	BTNS_DO(ACQUIRE_DONE, acquire_done, btns_acquire_done_policy),
	BTNS_DUMP(HOLDOFF_GET, holdoff_dump),
	BTNS_BOTH(LATCH_GET, latch_get, latch_dump, btns_latch_policy),
	BTNS_DO(LATCH_BREAK, latch_break, btns_latch_break_policy),
	BTNS_DO(BINDING_SET, binding_set, btns_binding_policy),
	BTNS_DUMP(IDENTITY_GET, identity_dump),
	BTNS_DO(STATS_GET, stats_get, btns_none_policy),
	BTNS_DO(FLUSH, flush, btns_flush_policy),
};

/* Attributes that may stand many times. */
static bool btns_nl_repeats(const struct nla_policy *policy, int type)
{
	if (policy == btns_pad_policy)
		return type == BTNS_PAD_A_SPKI || type == BTNS_PAD_A_FINGERPRINT ||
		       type == BTNS_PAD_A_CHILD;
	if (policy == btns_spd_policy)
		return type == BTNS_SPD_A_SUITE;
	return policy == btns_narrow_policy &&
	       (type == BTNS_A_LOCAL_TS || type == BTNS_A_REMOTE_TS);
}

/* All others once: the last one would win silently.  Nests are two deep. */
static int btns_nl_once(const struct nlattr *head, int len, const struct nla_policy *policy,
			unsigned int max, struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	u64 seen = 0;
	int rem, err;

	BUILD_BUG_ON(BTNS_A_MAX > 63 || BTNS_CHILD_A_MAX > 63 || BTNS_SPD_A_MAX > 63);
	nla_for_each_attr(a, head, len, rem) {
		const unsigned int type = nla_type(a);

		if (type > max)
			continue;
		if (seen & BIT_ULL(type) && !btns_nl_repeats(policy, type)) {
			NL_SET_ERR_MSG_ATTR(extack, a, "this attribute may stand once only");
			return -EINVAL;
		}
		seen |= BIT_ULL(type);
		if (policy[type].type != NLA_NESTED)
			continue;
		err = btns_nl_once(nla_data(a), nla_len(a), policy[type].nested_policy,
				   policy[type].len, extack);
		if (err)
			return err;
	}
	return 0;
}

/* Keys of SA_NEW do not stay in the message, whatever became of it. */
static void btns_nl_wipe(struct genl_info *info)
{
	struct nlattr *a;
	int rem;

	if (info->genlhdr->cmd != BTNS_CMD_SA_NEW)
		return;
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(a) == BTNS_A_CHILD)
			btns_nl_wipe_keys(a);
}

/*
 * What is wrong in an entry must spoil its transaction, so entries are checked here and
 * not before: whoever goes on after an error commits nothing.
 */
static int btns_nl_check(const btns_genl_hook_ops *ops, struct genl_info *info)
{
	const struct nlattr *head = nlmsg_attrdata(info->nlhdr, GENL_HDRLEN);
	const int len = nlmsg_attrlen(info->nlhdr, GENL_HDRLEN);
	const struct nla_policy *policy = ops->policy;
	unsigned int max = ops->maxattr;
	int err;

	if (policy == btns_staged_policy) {
		if (info->genlhdr->cmd == BTNS_CMD_PAD_ADD) {
			policy = btns_pad_add_policy;
			max = ARRAY_SIZE(btns_pad_add_policy) - 1;
		} else {
			policy = btns_spd_add_policy;
			max = ARRAY_SIZE(btns_spd_add_policy) - 1;
		}
		err = nla_validate(head, len, max, policy, info->extack);
		if (err)
			return err;
	}
	return btns_nl_once(head, len, policy, max, info->extack);
}

static int btns_nl_pre_doit(const btns_genl_hook_ops *ops, struct sk_buff *skb,
			    struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	int err;

	err = btns_nl_check(ops, info);
	mutex_lock(&bn->lock);
	if (!err)
		return 0;
	if (ops->policy == btns_staged_policy)
		btns_config_spoil(bn, info->snd_portid);
	mutex_unlock(&bn->lock);
	btns_nl_wipe(info);
	return err;
}

static void btns_nl_post_doit(const btns_genl_hook_ops *ops, struct sk_buff *skb,
			      struct genl_info *info)
{
	mutex_unlock(&btns_pernet(genl_info_net(info))->lock);
	btns_nl_wipe(info);
}

static const struct genl_multicast_group btns_genl_groups[] = {
	[BTNS_MCGRP_ACQUIRE] = { .name = BTNS_GENL_MCGRP_ACQUIRE,
				 BTNS_GENL_GROUP_FLAGS },
	[BTNS_MCGRP_EVENTS] = { .name = BTNS_GENL_MCGRP_EVENTS,
				BTNS_GENL_GROUP_FLAGS },
	[BTNS_MCGRP_LATCHES] = { .name = BTNS_GENL_MCGRP_LATCHES,
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
