// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: latches, identities, statistics. */
#include "compat/compat.h"
#include "conflict.h"
#include "latch.h"
#include "netlink.h"
#include "stats.h"
#include "unique.h"

int btns_nl_put_latch(struct sk_buff *skb, int attr, struct btns_latch *l)
{
	struct btns_latch_info info;
	struct nlattr *nest;
	u32 uid;

	nest = nla_nest_start(skb, attr);
	if (!nest)
		return -EMSGSIZE;
	btns_latch_fill_info(l, &info);
	uid = from_kuid_munged(l->bn->net->user_ns, READ_ONCE(l->uid));
	if (nla_put_u64_64bit(skb, BTNS_LATCH_A_ID, l->id, BTNS_LATCH_A_PAD64) ||
	    nla_put(skb, BTNS_LATCH_A_INFO, sizeof(info), &info) ||
	    nla_put_u8(skb, BTNS_LATCH_A_PROTO, l->tuple.proto) ||
	    btns_nl_put_identity(skb, BTNS_LATCH_A_PEER, l->peer, false) ||
	    btns_nl_put_identity(skb, BTNS_LATCH_A_LOCAL, l->local, false) ||
	    nla_put_u32(skb, BTNS_LATCH_A_REASON, READ_ONCE(l->reason)) ||
	    nla_put_u32(skb, BTNS_LATCH_A_UID, uid) ||
	    nla_put_string(skb, BTNS_LATCH_A_SPD_NAME, l->spd->name) ||
	    nla_put_u8(skb, BTNS_LATCH_A_BOUND, btns_unique_whose(l))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

int btns_nl_put_latch_spi(struct sk_buff *skb, const struct btns_latch *l)
{
	const struct btns_sa_pair *p = btns_conflict_pair(l->bn, l);

	return p ? nla_put_be32(skb, BTNS_A_SPI, p->in->id.spi) : 0;
}

static int btns_nl_flow_addr(const struct nlattr *a, u16 *family, xfrm_address_t *addr,
			     struct netlink_ext_ack *extack)
{
	int len = nla_len(a);

	if (len != 4 && len != 16) {
		NL_SET_ERR_MSG_ATTR(extack, a, "an address has 4 or 16 octets");
		return -EINVAL;
	}
	*family = len == 4 ? AF_INET : AF_INET6;
	memcpy(addr, nla_data(a), len);
	return 0;
}

static int btns_nl_parse_flow(const struct nlattr *nest, struct btns_tuple *t,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_TS_A_MAX + 1];
	u16 family;
	int err;

	err = nla_parse_nested(tb, BTNS_TS_A_MAX, nest, btns_ts_policy, extack);
	if (err)
		return err;
	if (!tb[BTNS_TS_A_PROTO] || !tb[BTNS_TS_A_START] || !tb[BTNS_TS_A_PEER] ||
	    !tb[BTNS_TS_A_PORT_START] || !tb[BTNS_TS_A_PEER_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "a flow needs protocol, both addresses and both ports");
		return -EINVAL;
	}
	if (tb[BTNS_TS_A_END] || tb[BTNS_TS_A_PORT_END]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a flow has no ranges");
		return -EINVAL;
	}
	memset(t, 0, sizeof(*t));
	t->proto = nla_get_u8(tb[BTNS_TS_A_PROTO]);
	t->local_port = htons(nla_get_u16(tb[BTNS_TS_A_PORT_START]));
	t->peer_port = htons(nla_get_u16(tb[BTNS_TS_A_PEER_PORT]));
	err = btns_nl_flow_addr(tb[BTNS_TS_A_START], &t->family, &t->local, extack);
	if (!err)
		err = btns_nl_flow_addr(tb[BTNS_TS_A_PEER], &family, &t->peer, extack);
	if (!err && family != t->family) {
		NL_SET_ERR_MSG_ATTR(extack, tb[BTNS_TS_A_PEER],
				    "both addresses must be of one family");
		return -EINVAL;
	}
	return err;
}

/* A reference; ERR_PTR with extack. */
static struct btns_latch *btns_nl_find_latch(struct btns_net *bn, struct genl_info *info)
{
	struct nlattr *id = info->attrs[BTNS_A_LATCH_ID];
	struct nlattr *flow = info->attrs[BTNS_A_FLOW];
	struct btns_latch *l = NULL;
	struct btns_tuple t;
	int err;

	if (!id == !flow) {
		NL_SET_ERR_MSG(info->extack, "say which latch: by its number or by its flow");
		return ERR_PTR(-EINVAL);
	}
	if (flow) {
		err = btns_nl_parse_flow(flow, &t, info->extack);
		if (err)
			return ERR_PTR(err);
	}
	rcu_read_lock();
	if (flow)
		l = btns_latch_find(bn, &t);
	else if (nla_get_u64(id) <= ULONG_MAX)
		l = xa_load(&bn->latch_ids, nla_get_u64(id));
	if (l && !btns_latch_get(l))
		l = NULL;
	rcu_read_unlock();
	if (!l) {
		NL_SET_ERR_MSG(info->extack, "no such latch");
		return ERR_PTR(-ENOENT);
	}
	return l;
}

BTNS_NL_DOIT(latch_get)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct btns_latch *l = btns_nl_find_latch(bn, info);
	struct sk_buff *msg;
	int err = -EMSGSIZE;
	void *hdr;

	if (IS_ERR(l))
		return PTR_ERR(l);
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg) {
		btns_latch_put(l);
		return -ENOMEM;
	}
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, BTNS_CMD_LATCH_GET);
	if (hdr)
		err = btns_nl_put_latch(msg, BTNS_A_LATCH, l) ?: btns_nl_put_latch_spi(msg, l);
	btns_latch_put(l);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static void btns_nl_break(struct btns_latch *l, enum btns_break why, u32 *count)
{
	if (why == BTNS_BREAK_DEAD ? btns_latch_break(l, why) : btns_latch_close(l))
		++*count;
}

BTNS_NL_DOIT(latch_break)
{
	struct nlattr *fp = info->attrs[BTNS_A_PEER_FINGERPRINT];
	struct nlattr *reason = info->attrs[BTNS_A_REASON];
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	enum btns_break why = reason ? nla_get_u8(reason) : BTNS_BREAK_ADMIN;
	struct btns_latch *l;
	unsigned long id = 0;
	struct sk_buff *msg;
	u32 count = 0;
	void *hdr;

	if (why != BTNS_BREAK_ADMIN && why != BTNS_BREAK_DEAD) {
		NL_SET_ERR_MSG_ATTR(info->extack, reason,
				    "an administrator's wish or a dead peer is a reason");
		return -EINVAL;
	}
	if (fp && (info->attrs[BTNS_A_LATCH_ID] || info->attrs[BTNS_A_FLOW])) {
		NL_SET_ERR_MSG(info->extack, "say which latch, or which peer, not both");
		return -EINVAL;
	}
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	if (!fp) {
		l = btns_nl_find_latch(bn, info);
		if (IS_ERR(l)) {
			nlmsg_free(msg);
			return PTR_ERR(l);
		}
		btns_nl_break(l, why, &count);
		btns_latch_put(l);
	} else {
		while ((l = btns_latch_next(bn, &id))) {
			if (!memcmp(l->peer->fingerprint, nla_data(fp), BTNS_FINGERPRINT_LEN))
				btns_nl_break(l, why, &count);
			btns_latch_put(l);
			cond_resched();
		}
	}
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, BTNS_CMD_LATCH_BREAK);
	if (!hdr || nla_put_u32(msg, BTNS_A_COUNT, count)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int btns_nl_binding_value(struct btns_latch *l, struct genl_info *info)
{
	const struct nlattr *value = info->attrs[BTNS_A_BINDING];
	const struct nlattr *whose = info->attrs[BTNS_A_BOUND];
	static const char prefix[] = "ipsec-unique-v1:";
	int err;

	if (!whose) {
		NL_SET_ERR_MSG(info->extack, "say who asked for the binding");
		return -EINVAL;
	}
	if (memcmp(nla_data(value), prefix, sizeof(prefix) - 1)) {
		NL_SET_ERR_MSG_ATTR(info->extack, value, "this is no unique channel binding");
		return -EINVAL;
	}
	err = btns_unique_set(l, nla_data(value), nla_get_u8(whose));
	switch (err) {
	case -EEXIST:
		NL_SET_ERR_MSG(info->extack, "the latch has a binding that the peer knows");
		break;
	case -EAGAIN:
	case -ENOTCONN:
		NL_SET_ERR_MSG(info->extack, "the latch is not established");
		break;
	}
	return err;
}

BTNS_NL_DOIT(binding_set)
{
	struct nlattr *error = info->attrs[BTNS_A_ERROR];
	struct btns_latch *l;
	int err;

	if (!info->attrs[BTNS_A_BINDING] == !error || (error && info->attrs[BTNS_A_BOUND])) {
		NL_SET_ERR_MSG(info->extack,
			       "say the binding and who asked for it, or the error");
		return -EINVAL;
	}
	l = btns_nl_find_latch(btns_pernet(genl_info_net(info)), info);
	if (IS_ERR(l))
		return PTR_ERR(l);
	err = error ? btns_unique_fail(l, -(int)nla_get_u32(error)) :
		      btns_nl_binding_value(l, info);
	btns_latch_put(l);
	return err;
}

/* Goes by number: latches that are there from beginning to end appear once. */
BTNS_NL_DUMP(latch_dump)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	unsigned long id = cb->args[0];
	struct btns_latch *l;
	int err = 0;
	void *hdr;

	rcu_read_lock();
	for (;; id++) {
		l = xa_find(&bn->latch_ids, &id, ULONG_MAX, XA_PRESENT);
		if (!l)
			break;
		if (!btns_latch_get(l))
			continue;
		hdr = btns_nl_multi(skb, cb, BTNS_CMD_LATCH_GET);
		err = hdr ? btns_nl_put_latch(skb, BTNS_A_LATCH, l) : -EMSGSIZE;
		btns_latch_put(l);
		if (btns_nl_multi_end(skb, hdr, err))
			break;
	}
	rcu_read_unlock();
	cb->args[0] = id;
	return skb->len ?: err;
}

/* By bucket and place in it: all that stay are shown, if others go some twice. */
BTNS_NL_DUMP(identity_dump)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	unsigned long bucket = cb->args[0], skip = cb->args[1];
	int err = 0;
	void *hdr;

	for (; bucket < HASH_SIZE(bn->identities.table); bucket++, skip = 0) {
		struct btns_identity *id;
		unsigned long i = 0;

		spin_lock_bh(&bn->identities.lock);
		hlist_for_each_entry(id, &bn->identities.table[bucket], node) {
			if (i++ < skip)
				continue;
			hdr = btns_nl_multi(skb, cb, BTNS_CMD_IDENTITY_GET);
			err = hdr ? btns_nl_put_identity(skb, BTNS_A_PEER, id, true) : -EMSGSIZE;
			if (btns_nl_multi_end(skb, hdr, err))
				break;
			skip++;
		}
		spin_unlock_bh(&bn->identities.lock);
		if (err)
			break;
	}
	cb->args[0] = bucket;
	cb->args[1] = skip;
	return skb->len ?: err;
}

BTNS_NL_DOIT(stats_get)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct sk_buff *msg;
	enum btns_stat i;
	void *hdr;

	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, BTNS_CMD_STATS_GET);
	if (!hdr)
		goto full;
	for (i = 0; i < __BTNS_STAT_MAX; i++) {
		struct nlattr *nest = nla_nest_start(msg, BTNS_A_STAT);

		if (!nest ||
		    nla_put_string(msg, BTNS_STAT_A_NAME, btns_stat_names[i]) ||
		    nla_put_u64_64bit(msg, BTNS_STAT_A_VALUE, btns_stat_read(bn, i),
				      BTNS_STAT_A_PAD64))
			goto full;
		nla_nest_end(msg, nest);
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

full:
	nlmsg_free(msg);
	return -EMSGSIZE;
}
