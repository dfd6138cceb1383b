// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: PAD, SPD, decisions asked by the helper, flush. */
#include <crypto/sha2.h>
#include <linux/slab.h>

#include "alg.h"
#include "compat/compat.h"
#include "config.h"
#include "holdoff.h"
#include "netlink.h"
#include "sad.h"
#include "stats.h"

BTNS_NL_DOIT(config_begin)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));

	return btns_config_begin(bn, info->snd_portid, info->extack);
}

static int btns_nl_reply_generation(struct genl_info *info, struct btns_net *bn)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, info->genlhdr->cmd);
	if (!hdr || nla_put_u32(msg, BTNS_A_GENERATION, bn->generation)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

BTNS_NL_DOIT(config_commit)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	int err;

	err = btns_config_commit(bn, info->snd_portid, info->extack);
	if (err)
		return err;
	return btns_nl_reply_generation(info, bn);
}

BTNS_NL_DOIT(config_abort)
{
	btns_config_abort(btns_pernet(genl_info_net(info)), info->snd_portid);
	return 0;
}

static bool btns_nl_name(char *name, const struct nlattr *a, const struct nlattr *nest,
			 struct netlink_ext_ack *extack)
{
	if (!a || nla_len(a) < 2) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an entry needs a name");
		return false;
	}
	nla_strscpy(name, a, BTNS_NAME_MAX + 1);
	return true;
}

static unsigned int btns_nl_count(const struct nlattr *nest, int type)
{
	const struct nlattr *a;
	unsigned int n = 0;
	int rem;

	nla_for_each_nested(a, nest, rem)
		n += nla_type(a) == type;
	return n;
}

static int btns_nl_pad_child(const struct nlattr *a, struct btns_ts *ts,
			     struct netlink_ext_ack *extack)
{
	int err = btns_nl_parse_ts(a, ts, extack);

	if (err)
		return err;
	if (ts->family == AF_UNSPEC || ts->proto || ts->port_start ||
	    ts->port_end != 65535) {
		NL_SET_ERR_MSG_ATTR(extack, a,
				    "a PAD entry gives addresses, not protocols and ports: those belong into the SPD");
		return -EINVAL;
	}
	return 0;
}

static int btns_nl_pad_lists(struct btns_pad_entry *e, const struct nlattr *nest,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	unsigned int keys, children;
	int rem, err;

	keys = btns_nl_count(nest, BTNS_PAD_A_SPKI) +
	       btns_nl_count(nest, BTNS_PAD_A_FINGERPRINT);
	children = btns_nl_count(nest, BTNS_PAD_A_CHILD);
	if (keys > BTNS_PAD_KEYS_MAX || children > BTNS_PAD_CHILDREN_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "too many keys or address ranges in a PAD entry: 64 of each at most");
		return -E2BIG;
	}
	e->keys = kcalloc(keys + 1, sizeof(*e->keys), GFP_KERNEL);
	e->children = kcalloc(children + 1, sizeof(*e->children), GFP_KERNEL);
	if (!e->keys || !e->children)
		return -ENOMEM;
	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case BTNS_PAD_A_SPKI:
			sha256(nla_data(a), nla_len(a), e->keys[e->n_keys++]);
			break;
		case BTNS_PAD_A_FINGERPRINT:
			memcpy(e->keys[e->n_keys++], nla_data(a), BTNS_FINGERPRINT_LEN);
			break;
		case BTNS_PAD_A_CHILD:
			err = btns_nl_pad_child(a, &e->children[e->n_children++], extack);
			if (err)
				return err;
			break;
		}
	}
	return 0;
}

/* An ID by which PAD or SPD tell a peer from others. */
static int btns_nl_config_id(struct btns_identity_desc *d, const struct nlattr *nest,
			     struct netlink_ext_ack *extack)
{
	int err;

	if (d->id_type == BTNS_ID_NULL) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "ID_NULL names nobody: use an entry for NULL authentication");
		return -EINVAL;
	}
	err = btns_identity_desc_finish(d, extack);
	if (err)
		NL_SET_BAD_ATTR(extack, nest);
	return err;
}

static struct btns_pad_entry *btns_nl_pad_parse(const struct nlattr *nest,
						struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_PAD_A_MAX + 1];
	struct btns_pad_entry *e;
	int err;

	err = nla_parse_nested(tb, BTNS_PAD_A_MAX, nest, btns_pad_policy, extack);
	if (err)
		return ERR_PTR(err);
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return ERR_PTR(-ENOMEM);
	err = -EINVAL;
	if (!btns_nl_name(e->name, tb[BTNS_PAD_A_NAME], nest, extack))
		goto fail;
	if (!tb[BTNS_PAD_A_MATCH]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a PAD entry needs to say what it matches");
		goto fail;
	}
	e->match = nla_get_u8(tb[BTNS_PAD_A_MATCH]);
	e->child_any = nla_get_flag(tb[BTNS_PAD_A_CHILD_ANY]);
	e->by_id = nla_get_flag(tb[BTNS_PAD_A_BY_ID]);
	e->auth = BTNS_AUTH_PUBKEY;
	if (tb[BTNS_PAD_A_AUTH])
		e->auth = nla_get_u8(tb[BTNS_PAD_A_AUTH]);
	if ((tb[BTNS_PAD_A_ID_TYPE] || tb[BTNS_PAD_A_ID_DATA] || tb[BTNS_PAD_A_AUTH]) &&
	    e->match != BTNS_PAD_MATCH_ID) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "only PAD entries that match by ID take an ID and a way to authenticate");
		goto fail;
	}
	if (!tb[BTNS_PAD_A_ID_TYPE] != !tb[BTNS_PAD_A_ID_DATA]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an ID has both type and data");
		goto fail;
	}
	if (tb[BTNS_PAD_A_ID_TYPE] && tb[BTNS_PAD_A_ID_DATA]) {
		struct btns_identity_desc d = {
			.id_type = nla_get_u16(tb[BTNS_PAD_A_ID_TYPE]),
			.id_len = nla_len(tb[BTNS_PAD_A_ID_DATA]),
			.id = nla_data(tb[BTNS_PAD_A_ID_DATA]),
		};

		err = btns_nl_config_id(&d, nest, extack);
		if (err)
			goto fail;
		e->id_type = d.id_type;
		e->id_len = d.id_len;
		e->id = kmemdup(d.id, d.id_len, GFP_KERNEL);
		if (!e->id) {
			err = -ENOMEM;
			goto fail;
		}
	}
	err = btns_nl_pad_lists(e, nest, extack);
	if (err)
		goto fail;
	return e;

fail:
	btns_pad_entry_free(e);
	return ERR_PTR(err);
}

BTNS_NL_DOIT(pad_add)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct btns_config *c;
	struct btns_pad_entry *e;
	int err;

	c = btns_config_staged(bn, info->snd_portid, info->extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	if (GENL_REQ_ATTR_CHECK(info, BTNS_A_PAD)) {
		NL_SET_ERR_MSG(info->extack, "pad-add needs a PAD entry");
		err = -EINVAL;
		goto spoil;
	}
	if (c->n_pad >= READ_ONCE(bn->sysctl.pad_max)) {
		NL_SET_ERR_MSG(info->extack, "more PAD entries than net.btns.pad_max");
		err = -ENOSPC;
		goto spoil;
	}
	e = btns_nl_pad_parse(info->attrs[BTNS_A_PAD], info->extack);
	if (IS_ERR(e)) {
		err = PTR_ERR(e);
		goto spoil;
	}
	err = btns_pad_add(c, e, info->extack);
	if (!err)
		return 0;
	NL_SET_BAD_ATTR(info->extack, info->attrs[BTNS_A_PAD]);
	btns_pad_entry_free(e);
spoil:
	btns_config_spoil(bn, info->snd_portid);
	return err;
}

static int btns_nl_put_pad(struct sk_buff *skb, const struct list_head *item, u32 index)
{
	const struct btns_pad_entry *e = list_entry(item, struct btns_pad_entry, list);
	struct nlattr *nest = nla_nest_start(skb, BTNS_A_PAD);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, BTNS_PAD_A_NAME, e->name) ||
	    nla_put_u8(skb, BTNS_PAD_A_MATCH, e->match) ||
	    nla_put_u32(skb, BTNS_PAD_A_INDEX, index) ||
	    nla_put_u64_64bit(skb, BTNS_PAD_A_HITS, atomic64_read(&e->hits),
			      BTNS_PAD_A_PAD64) ||
	    (e->child_any && nla_put_flag(skb, BTNS_PAD_A_CHILD_ANY)) ||
	    (e->by_id && nla_put_flag(skb, BTNS_PAD_A_BY_ID)))
		return -EMSGSIZE;
	if (e->match == BTNS_PAD_MATCH_ID &&
	    (nla_put_u16(skb, BTNS_PAD_A_ID_TYPE, e->id_type) ||
	     nla_put(skb, BTNS_PAD_A_ID_DATA, e->id_len, e->id) ||
	     nla_put_u8(skb, BTNS_PAD_A_AUTH, e->auth)))
		return -EMSGSIZE;
	for (i = 0; i < e->n_keys; i++)
		if (nla_put(skb, BTNS_PAD_A_FINGERPRINT, BTNS_FINGERPRINT_LEN, e->keys[i]))
			return -EMSGSIZE;
	for (i = 0; i < e->n_children; i++)
		if (btns_nl_put_ts(skb, BTNS_PAD_A_CHILD, &e->children[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

BTNS_NL_DUMP(pad_dump)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	int ret;

	mutex_lock(&bn->lock);
	cb->seq = bn->generation;
	ret = btns_nl_dump_list(skb, cb, BTNS_CMD_PAD_GET, &btns_config(bn)->pad,
				btns_nl_put_pad);
	mutex_unlock(&bn->lock);
	return ret;
}

static int btns_nl_spd_peer(struct btns_spd_entry *e, struct nlattr **tb,
			    struct netlink_ext_ack *extack)
{
	struct btns_identity_desc d = { };
	int err;

	if (tb[BTNS_SPD_A_PEER_FINGERPRINT]) {
		e->by_peer = true;
		e->peer_by_key = true;
		memcpy(e->peer_fingerprint, nla_data(tb[BTNS_SPD_A_PEER_FINGERPRINT]),
		       BTNS_FINGERPRINT_LEN);
	}
	if (!tb[BTNS_SPD_A_PEER_ID_TYPE] && !tb[BTNS_SPD_A_PEER_ID_DATA])
		return 0;
	if (e->by_peer || !tb[BTNS_SPD_A_PEER_ID_TYPE] || !tb[BTNS_SPD_A_PEER_ID_DATA]) {
		NL_SET_ERR_MSG(extack,
			       "an SPD entry for one peer names its key, or ID type and data");
		return -EINVAL;
	}
	d.id_type = nla_get_u16(tb[BTNS_SPD_A_PEER_ID_TYPE]);
	d.id_len = nla_len(tb[BTNS_SPD_A_PEER_ID_DATA]);
	d.id = nla_data(tb[BTNS_SPD_A_PEER_ID_DATA]);
	err = btns_nl_config_id(&d, tb[BTNS_SPD_A_PEER_ID_DATA], extack);
	if (err)
		return err;
	e->by_peer = true;
	e->peer_id_type = d.id_type;
	e->peer_id_len = d.id_len;
	e->peer_id = nla_memdup(tb[BTNS_SPD_A_PEER_ID_DATA], GFP_KERNEL);
	return e->peer_id ? 0 : -ENOMEM;
}

static int btns_nl_spd_selector(const struct nlattr *a, struct btns_ts *ts,
				struct netlink_ext_ack *extack)
{
	__be16 port, mask;
	int err;

	ts->port_end = 65535;
	if (!a)
		return 0;
	err = btns_nl_parse_ts(a, ts, extack);
	if (err)
		return err;
	if (btns_ts_prefixlen(ts) < 0) {
		NL_SET_ERR_MSG_ATTR(extack, a, "addresses of an SPD entry must be a prefix");
		return -EINVAL;
	}
	if (!btns_ts_port_mask(ts, &port, &mask)) {
		NL_SET_ERR_MSG_ATTR(extack, a,
				    "ports of an SPD entry must be one, any, or an aligned power of two");
		return -EINVAL;
	}
	return 0;
}

static int btns_nl_spd_fill(struct btns_spd_entry *e, const struct nlattr *nest,
			    struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	struct btns_alg alg;
	int err, rem;

	if (!btns_nl_name(e->name, tb[BTNS_SPD_A_NAME], nest, extack))
		return -EINVAL;
	if (!tb[BTNS_SPD_A_CLASS]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an SPD entry needs a class");
		return -EINVAL;
	}
	e->class = nla_get_u8(tb[BTNS_SPD_A_CLASS]);
	if (tb[BTNS_SPD_A_MODE])
		e->mode = nla_get_u8(tb[BTNS_SPD_A_MODE]);
	if (e->mode != BTNS_MODE_TRANSPORT && e->mode != BTNS_MODE_TUNNEL &&
	    e->mode != BTNS_MODE_BEET) {
		NL_SET_ERR_MSG_ATTR(extack, tb[BTNS_SPD_A_MODE],
				    "unknown mode: transport is 0, tunnel 1, BEET 4");
		return -EINVAL;
	}
	e->btns_ok = nla_get_flag(tb[BTNS_SPD_A_BTNS_OK]);
	e->null_ok = nla_get_flag(tb[BTNS_SPD_A_NULL_OK]);
	err = btns_nl_spd_selector(tb[BTNS_SPD_A_LOCAL], &e->local, extack);
	if (!err)
		err = btns_nl_spd_selector(tb[BTNS_SPD_A_REMOTE], &e->remote, extack);
	if (!err && tb[BTNS_SPD_A_OUTER_LOCAL])
		err = btns_nl_parse_addr(tb[BTNS_SPD_A_OUTER_LOCAL], &e->outer_local, extack);
	if (!err && tb[BTNS_SPD_A_OUTER_PEER])
		err = btns_nl_parse_addr(tb[BTNS_SPD_A_OUTER_PEER], &e->outer_peer, extack);
	if (!err)
		err = btns_nl_spd_peer(e, tb, extack);
	if (err)
		return err;
	if (e->local.family != AF_UNSPEC && e->remote.family != AF_UNSPEC &&
	    e->local.family != e->remote.family) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "local and remote addresses are of different families");
		return -EINVAL;
	}
	if (e->local.proto && e->remote.proto && e->local.proto != e->remote.proto) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "local and remote protocol differ");
		return -EINVAL;
	}
	e->local.proto = e->local.proto ?: e->remote.proto;
	e->remote.proto = e->local.proto;
	if (e->mode == BTNS_MODE_TRANSPORT && (e->outer_local.family || e->outer_peer.family)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "transport mode takes no gateway addresses");
		return -EINVAL;
	}
	if (e->mode == BTNS_MODE_BEET && e->outer_peer.family &&
	    e->remote.family == AF_UNSPEC) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "BEET mode to a given gateway needs inner addresses");
		return -EINVAL;
	}
	if (e->outer_local.family && e->outer_peer.family &&
	    e->outer_local.family != e->outer_peer.family) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "gateway addresses are of different families");
		return -EINVAL;
	}
	nla_for_each_nested(a, nest, rem) {
		if (nla_type(a) != BTNS_SPD_A_SUITE)
			continue;
		if (e->n_suites == BTNS_SUITES_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, a, "too many suites: 16 at most");
			return -EINVAL;
		}
		err = btns_nl_parse_suite(a, &e->suites[e->n_suites], extack);
		if (!err)
			err = btns_alg_find(&e->suites[e->n_suites++], &alg, extack);
		if (err) {
			NL_SET_BAD_ATTR(extack, a);
			return err;
		}
	}
	if (tb[BTNS_SPD_A_LIFETIME])
		e->lifetime = nla_get_u32(tb[BTNS_SPD_A_LIFETIME]);
	if (tb[BTNS_SPD_A_LIFEBYTES])
		e->lifebytes = nla_get_u64(tb[BTNS_SPD_A_LIFEBYTES]);
	return 0;
}

BTNS_NL_DOIT(spd_add)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct nlattr *tb[BTNS_SPD_A_MAX + 1], *nest = info->attrs[BTNS_A_SPD];
	struct btns_spd_entry *e = NULL, *o;
	struct btns_config *c;
	int err;

	c = btns_config_staged(bn, info->snd_portid, info->extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	err = -EINVAL;
	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "spd-add needs an SPD entry");
		goto spoil;
	}
	if (c->n_spd >= READ_ONCE(bn->sysctl.spd_max)) {
		NL_SET_ERR_MSG(info->extack, "more SPD entries than net.btns.spd_max");
		err = -ENOSPC;
		goto spoil;
	}
	err = nla_parse_nested(tb, BTNS_SPD_A_MAX, nest, btns_spd_policy, info->extack);
	if (err)
		goto spoil;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e) {
		err = -ENOMEM;
		goto spoil;
	}
	refcount_set(&e->refs, 1);
	err = btns_nl_spd_fill(e, nest, tb, info->extack);
	if (!err)
		err = btns_config_check_class(bn, e, info->extack);
	if (err)
		goto spoil;
	list_for_each_entry(o, &c->spd, list) {
		if (!strcmp(o->name, e->name)) {
			NL_SET_ERR_MSG_ATTR(info->extack, nest,
					    "two SPD entries have the same name");
			err = -EEXIST;
			goto spoil;
		}
	}
	list_add_tail(&e->list, &c->spd);
	c->n_spd++;
	return 0;

spoil:
	btns_spd_entry_put(e);
	btns_config_spoil(bn, info->snd_portid);
	return err;
}

static int btns_nl_put_spd(struct sk_buff *skb, const struct list_head *item, u32 index)
{
	const struct btns_spd_entry *e = list_entry(item, struct btns_spd_entry, list);
	struct nlattr *nest = nla_nest_start(skb, BTNS_A_SPD);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, BTNS_SPD_A_NAME, e->name) ||
	    nla_put_u32(skb, BTNS_SPD_A_ID, e->id) ||
	    nla_put_u8(skb, BTNS_SPD_A_CLASS, e->class) ||
	    nla_put_u8(skb, BTNS_SPD_A_MODE, e->mode) ||
	    nla_put_u32(skb, BTNS_SPD_A_INDEX, index) ||
	    nla_put_u32(skb, BTNS_SPD_A_LIFETIME, e->lifetime) ||
	    nla_put_u64_64bit(skb, BTNS_SPD_A_LIFEBYTES, e->lifebytes, BTNS_SPD_A_PAD64) ||
	    nla_put_u64_64bit(skb, BTNS_SPD_A_HITS, atomic64_read(&e->hits),
			      BTNS_SPD_A_PAD64) ||
	    (e->btns_ok && nla_put_flag(skb, BTNS_SPD_A_BTNS_OK)) ||
	    (e->null_ok && nla_put_flag(skb, BTNS_SPD_A_NULL_OK)) ||
	    btns_nl_put_ts(skb, BTNS_SPD_A_LOCAL, &e->local) ||
	    btns_nl_put_ts(skb, BTNS_SPD_A_REMOTE, &e->remote) ||
	    btns_nl_put_addr(skb, BTNS_SPD_A_OUTER_LOCAL, &e->outer_local) ||
	    btns_nl_put_addr(skb, BTNS_SPD_A_OUTER_PEER, &e->outer_peer))
		return -EMSGSIZE;
	if (e->by_peer && e->peer_by_key &&
	    nla_put(skb, BTNS_SPD_A_PEER_FINGERPRINT, BTNS_FINGERPRINT_LEN,
		    e->peer_fingerprint))
		return -EMSGSIZE;
	if (e->by_peer && !e->peer_by_key &&
	    (nla_put_u16(skb, BTNS_SPD_A_PEER_ID_TYPE, e->peer_id_type) ||
	     nla_put(skb, BTNS_SPD_A_PEER_ID_DATA, e->peer_id_len, e->peer_id)))
		return -EMSGSIZE;
	for (i = 0; i < e->n_suites; i++)
		if (btns_nl_put_suite(skb, BTNS_SPD_A_SUITE, &e->suites[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

BTNS_NL_DUMP(spd_dump)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	int ret;

	mutex_lock(&bn->lock);
	cb->seq = bn->generation;
	ret = btns_nl_dump_list(skb, cb, BTNS_CMD_SPD_GET, &btns_config(bn)->spd,
				btns_nl_put_spd);
	mutex_unlock(&bn->lock);
	return ret;
}

BTNS_NL_DOIT(peer_authorize)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct btns_identity_desc d;
	struct btns_pad_entry *e;
	struct sk_buff *msg;
	struct nlattr *nest;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, BTNS_A_PEER)) {
		NL_SET_ERR_MSG(info->extack, "peer-authorize needs an identity");
		return -EINVAL;
	}
	err = btns_nl_parse_identity(info->attrs[BTNS_A_PEER], &d, info->extack);
	if (err)
		return err;
	e = btns_pad_search(btns_config(bn), &d, info->extack);
	if (IS_ERR(e)) {
		btns_stat_inc(bn, BTNS_STAT_PEER_REFUSED);
		return PTR_ERR(e);
	}
	btns_stat_inc(bn, BTNS_STAT_PEER_ACCEPTED);
	atomic64_inc(&e->hits);

	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, info->genlhdr->cmd);
	if (!hdr)
		goto nospace;
	nest = nla_nest_start(msg, BTNS_A_PEER);
	if (!nest || nla_put_u16(msg, BTNS_ID_A_TYPE, d.id_type) ||
	    nla_put(msg, BTNS_ID_A_DATA, d.id_len, d.id) ||
	    nla_put_u8(msg, BTNS_ID_A_AUTH_METHOD, d.auth_method) ||
	    nla_put_u8(msg, BTNS_ID_A_AUTH, d.auth) ||
	    nla_put_u8(msg, BTNS_ID_A_TRUST, d.trust) ||
	    (d.spki_len && nla_put(msg, BTNS_ID_A_FINGERPRINT, BTNS_FINGERPRINT_LEN,
				   d.fingerprint)))
		goto nospace;
	nla_nest_end(msg, nest);
	if (nla_put_string(msg, BTNS_A_PAD_ENTRY, e->name))
		goto nospace;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

nospace:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

BTNS_NL_DOIT(peer_trust)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct sk_buff *msg;
	u8 trust, claim;
	void *hdr;
	u32 count;

	if (GENL_REQ_ATTR_CHECK(info, BTNS_A_PEER_FINGERPRINT) ||
	    GENL_REQ_ATTR_CHECK(info, BTNS_A_TRUST)) {
		NL_SET_ERR_MSG(info->extack, "peer-trust needs a fingerprint and a trust state");
		return -EINVAL;
	}
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	trust = nla_get_u8(info->attrs[BTNS_A_TRUST]);
	claim = trust == BTNS_TRUST_UNVERIFIED ? 0 : trust;
	count = btns_identity_claim(bn, btns_config(bn),
				    nla_data(info->attrs[BTNS_A_PEER_FINGERPRINT]), claim);
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, BTNS_CMD_PEER_TRUST);
	if (!hdr || nla_put_u32(msg, BTNS_A_COUNT, count)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* More selectors than this in one question are refused. */
#define BTNS_NL_TS_MAX	32

static int btns_nl_collect_ts(struct genl_info *info, int type, struct btns_ts *ts,
			      unsigned int *n)
{
	const struct nlattr *a;
	int rem, err;

	*n = 0;
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(a) != type)
			continue;
		if (*n == BTNS_NL_TS_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "too many traffic selectors");
			return -EINVAL;
		}
		err = btns_nl_parse_ts(a, &ts[*n], info->extack);
		if (err)
			return err;
		if (ts[*n].family == AF_UNSPEC) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "a traffic selector needs addresses");
			return -EINVAL;
		}
		(*n)++;
	}
	if (!*n) {
		NL_SET_ERR_MSG(info->extack, "traffic selectors of one side are missing");
		return -EINVAL;
	}
	return 0;
}

static int btns_nl_narrow_reply(struct genl_info *info, const struct btns_child_grant *g)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	struct nlattr *nest;
	unsigned int i;
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, info->genlhdr->cmd);
	if (!hdr)
		goto nospace;
	nest = nla_nest_start(msg, BTNS_A_CHILD);
	if (!nest || nla_put_u32(msg, BTNS_CHILD_A_SPD_ENTRY, g->spd->id) ||
	    nla_put_u8(msg, BTNS_CHILD_A_CLASS, g->spd->class) ||
	    nla_put_u8(msg, BTNS_CHILD_A_MODE, g->mode) ||
	    btns_nl_put_ts(msg, BTNS_CHILD_A_LOCAL_TS, &g->local) ||
	    btns_nl_put_ts(msg, BTNS_CHILD_A_REMOTE_TS, &g->remote) ||
	    nla_put_u32(msg, BTNS_CHILD_A_HARD_TIME, g->spd->lifetime) ||
	    nla_put_u64_64bit(msg, BTNS_CHILD_A_HARD_BYTES, g->spd->lifebytes,
			      BTNS_CHILD_A_PAD64))
		goto nospace;
	for (i = 0; i < g->spd->n_suites; i++)
		if (btns_nl_put_suite(msg, BTNS_CHILD_A_SUITE, &g->spd->suites[i]))
			goto nospace;
	nla_nest_end(msg, nest);
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

nospace:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

BTNS_NL_DOIT(child_narrow)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct btns_child_query q = { };
	struct btns_child_grant g = { };
	struct btns_identity_desc d;
	struct btns_ts *ts;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, BTNS_A_PEER) ||
	    GENL_REQ_ATTR_CHECK(info, BTNS_A_MODE) ||
	    GENL_REQ_ATTR_CHECK(info, BTNS_A_OUTER_LOCAL) ||
	    GENL_REQ_ATTR_CHECK(info, BTNS_A_OUTER_PEER)) {
		NL_SET_ERR_MSG(info->extack,
			       "child-narrow needs peer, mode, selectors and the addresses of both ends");
		return -EINVAL;
	}
	err = btns_nl_parse_identity(info->attrs[BTNS_A_PEER], &d, info->extack);
	if (!err)
		err = btns_nl_parse_addr(info->attrs[BTNS_A_OUTER_LOCAL], &q.outer_local,
					 info->extack);
	if (!err)
		err = btns_nl_parse_addr(info->attrs[BTNS_A_OUTER_PEER], &q.outer_peer,
					 info->extack);
	if (err)
		return err;
	ts = kcalloc(2 * BTNS_NL_TS_MAX, sizeof(*ts), GFP_KERNEL);
	if (!ts)
		return -ENOMEM;
	err = btns_nl_collect_ts(info, BTNS_A_LOCAL_TS, ts, &q.n_local);
	if (!err)
		err = btns_nl_collect_ts(info, BTNS_A_REMOTE_TS, ts + BTNS_NL_TS_MAX,
					 &q.n_remote);
	if (err)
		goto out;
	q.local = ts;
	q.remote = ts + BTNS_NL_TS_MAX;
	q.mode = nla_get_u8(info->attrs[BTNS_A_MODE]);
	q.encap = nla_get_flag(info->attrs[BTNS_A_ENCAP]);
	if (info->attrs[BTNS_A_PEER_PORT])
		q.peer_port = nla_get_be16(info->attrs[BTNS_A_PEER_PORT]);
	if (info->attrs[BTNS_A_SPD_ENTRY])
		q.spd_id = nla_get_u32(info->attrs[BTNS_A_SPD_ENTRY]);
	q.peer = &d;
	q.pad = btns_pad_search(btns_config(bn), &d, info->extack);
	if (IS_ERR(q.pad)) {
		err = PTR_ERR(q.pad);
	} else {
		err = btns_spd_narrow(btns_config(bn), &q, &g, info->extack);
		if (!err)
			err = btns_sad_claimed(bn, &q, &g, info->extack);
		if (!err)
			err = btns_nl_narrow_reply(info, &g);
	}
	if (err == -EACCES || err == -ENOENT)
		btns_stat_inc(bn, BTNS_STAT_CHILD_REFUSED);
out:
	kfree(ts);
	return err;
}

BTNS_NL_DOIT(flush)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	int err = 0;
	u32 what;

	if (GENL_REQ_ATTR_CHECK(info, BTNS_A_FLUSH)) {
		NL_SET_ERR_MSG(info->extack, "flush needs to say what");
		return -EINVAL;
	}
	what = nla_get_u32(info->attrs[BTNS_A_FLUSH]);
	if (what & BTNS_FLUSH_CONFIG)
		err = btns_config_flush(bn, info->extack);
	else if (what & BTNS_FLUSH_SAS)
		btns_sad_flush(bn, BTNS_SA_EVENT_DELETED);
	if (!err && what & BTNS_FLUSH_HOLDOFFS)
		btns_holdoff_forget(bn, NULL, NULL, NULL);
	return err;
}
