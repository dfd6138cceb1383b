// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: SA pairs, acquires, hold-offs. */
#include <linux/string.h>

#include "compat/compat.h"
#include "config.h"
#include "holdoff.h"
#include "keymgr.h"
#include "netlink.h"
#include "sad.h"

static int btns_nl_put_counters(struct sk_buff *skb, const struct btns_sa_pair *p)
{
	const ktime_t now = ktime_get_boottime();
	const u64 used = READ_ONCE(p->in->curlft.use_time);
	const s64 idle = used ? ktime_get_real_seconds() - (s64)used : 0;

	if (nla_put_u64_64bit(skb, BTNS_CHILD_A_BYTES_IN, p->in->curlft.bytes,
			      BTNS_CHILD_A_PAD64) ||
	    nla_put_u64_64bit(skb, BTNS_CHILD_A_BYTES_OUT, p->out->curlft.bytes,
			      BTNS_CHILD_A_PAD64) ||
	    nla_put_u64_64bit(skb, BTNS_CHILD_A_PACKETS_IN, p->in->curlft.packets,
			      BTNS_CHILD_A_PAD64) ||
	    nla_put_u64_64bit(skb, BTNS_CHILD_A_PACKETS_OUT, p->out->curlft.packets,
			      BTNS_CHILD_A_PAD64) ||
	    nla_put_u32(skb, BTNS_CHILD_A_AGE, ktime_divns(ktime_sub(now, p->created),
							   NSEC_PER_SEC)) ||
	    nla_put_u32(skb, BTNS_CHILD_A_IDLE_IN, idle > 0 ? idle : 0))
		return -EMSGSIZE;
	return 0;
}

/* Everything but keys. */
int btns_nl_put_child(struct sk_buff *skb, int attr, const struct btns_sa_pair *p)
{
	const struct btns_spdc *c = p->cache;
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, BTNS_CHILD_A_SA_ID, p->id) ||
	    nla_put_u32(skb, BTNS_CHILD_A_SPD_ENTRY, c->spd->id) ||
	    nla_put_u8(skb, BTNS_CHILD_A_CLASS, c->spd->class) ||
	    nla_put_u8(skb, BTNS_CHILD_A_MODE, c->mode) ||
	    btns_nl_put_ts(skb, BTNS_CHILD_A_LOCAL_TS, &c->local) ||
	    btns_nl_put_ts(skb, BTNS_CHILD_A_REMOTE_TS, &c->remote) ||
	    btns_nl_put_suite(skb, BTNS_CHILD_A_SUITE, &p->suite) ||
	    btns_nl_put_addr(skb, BTNS_CHILD_A_OUTER_LOCAL, &p->outer_local) ||
	    btns_nl_put_addr(skb, BTNS_CHILD_A_OUTER_PEER, &p->outer_peer) ||
	    nla_put_be32(skb, BTNS_CHILD_A_SPI_IN, p->in->id.spi) ||
	    nla_put_be32(skb, BTNS_CHILD_A_SPI_OUT, p->out->id.spi) ||
	    nla_put_u32(skb, BTNS_CHILD_A_FLAGS, p->flags) ||
	    nla_put_u32(skb, BTNS_CHILD_A_REQID, c->reqid) ||
	    nla_put(skb, BTNS_CHILD_A_IKE_SPI, sizeof(p->ike_spi), p->ike_spi) ||
	    btns_nl_put_identity(skb, BTNS_CHILD_A_PEER, c->peer, true) ||
	    btns_nl_put_identity(skb, BTNS_CHILD_A_LOCAL, p->local, false) ||
	    btns_nl_put_counters(skb, p))
		goto cancel;
	if (p->encap_sport && (nla_put_be16(skb, BTNS_CHILD_A_ENCAP_SPORT, p->encap_sport) ||
			       nla_put_be16(skb, BTNS_CHILD_A_ENCAP_DPORT, p->encap_dport)))
		goto cancel;
	nla_nest_end(skb, nest);
	return 0;

cancel:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}

static u64 btns_nl_u64(const struct nlattr *a)
{
	return a ? nla_get_u64(a) : 0;
}

static u32 btns_nl_u32(const struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static int btns_nl_key(const struct nlattr *a, const u8 **key, unsigned int *len)
{
	unsigned int n = a ? nla_len(a) : 0;

	*key = a ? nla_data(a) : NULL;
	if (*len != n && *len != UINT_MAX)
		return -EINVAL;
	*len = n;
	return 0;
}

static int btns_nl_sa_parse(struct nlattr **tb, const struct nlattr *nest,
			    struct btns_sa_params *p, struct netlink_ext_ack *extack)
{
	static const int needed[] = {
		BTNS_CHILD_A_LOCAL_TS, BTNS_CHILD_A_REMOTE_TS, BTNS_CHILD_A_MODE,
		BTNS_CHILD_A_SUITE, BTNS_CHILD_A_OUTER_LOCAL, BTNS_CHILD_A_OUTER_PEER,
		BTNS_CHILD_A_SPI_IN, BTNS_CHILD_A_SPI_OUT, BTNS_CHILD_A_PEER,
		BTNS_CHILD_A_LOCAL,
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!tb[needed[i]]) {
			NL_SET_ERR_MSG_ATTR(extack, nest,
					    "an SA pair needs selectors, mode, suite, end points, SPIs and both identities");
			return -EINVAL;
		}
	}
	err = btns_nl_parse_identity(tb[BTNS_CHILD_A_PEER], &p->peer, extack) ?:
	      btns_nl_parse_identity(tb[BTNS_CHILD_A_LOCAL], &p->local, extack) ?:
	      btns_nl_parse_ts(tb[BTNS_CHILD_A_LOCAL_TS], &p->local_ts, extack) ?:
	      btns_nl_parse_ts(tb[BTNS_CHILD_A_REMOTE_TS], &p->remote_ts, extack) ?:
	      btns_nl_parse_suite(tb[BTNS_CHILD_A_SUITE], &p->suite, extack) ?:
	      btns_nl_parse_addr(tb[BTNS_CHILD_A_OUTER_LOCAL], &p->outer_local, extack) ?:
	      btns_nl_parse_addr(tb[BTNS_CHILD_A_OUTER_PEER], &p->outer_peer, extack);
	if (err)
		return err;
	if (!p->local_ts.family || p->local_ts.family != p->remote_ts.family) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "both traffic selectors need addresses of one family");
		return -EINVAL;
	}
	if (p->local_ts.proto != p->remote_ts.proto) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "the traffic selectors differ in protocol");
		return -EINVAL;
	}
	if (!p->local.auth)
		p->local.auth = p->local.auth_method == 13 ? BTNS_AUTH_NULL :
				p->local.auth_method == 2 ? BTNS_AUTH_PSK : BTNS_AUTH_BTNS;
	p->local.trust = BTNS_TRUST_VERIFIED;
	p->mode = nla_get_u8(tb[BTNS_CHILD_A_MODE]);
	p->spi_in = nla_get_be32(tb[BTNS_CHILD_A_SPI_IN]);
	p->spi_out = nla_get_be32(tb[BTNS_CHILD_A_SPI_OUT]);
	p->spd_id = btns_nl_u32(tb[BTNS_CHILD_A_SPD_ENTRY]);
	p->flags = btns_nl_u32(tb[BTNS_CHILD_A_FLAGS]);
	p->acquire_id = btns_nl_u32(tb[BTNS_CHILD_A_ACQUIRE_ID]);
	p->encr_len = UINT_MAX;
	p->integ_len = UINT_MAX;
	if (btns_nl_key(tb[BTNS_CHILD_A_ENCR_IN], &p->encr_in, &p->encr_len) ||
	    btns_nl_key(tb[BTNS_CHILD_A_ENCR_OUT], &p->encr_out, &p->encr_len) ||
	    btns_nl_key(tb[BTNS_CHILD_A_INTEG_IN], &p->integ_in, &p->integ_len) ||
	    btns_nl_key(tb[BTNS_CHILD_A_INTEG_OUT], &p->integ_out, &p->integ_len)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "keys of the two directions differ in length");
		return -EINVAL;
	}
	if (tb[BTNS_CHILD_A_ENCAP_SPORT])
		p->encap_sport = nla_get_be16(tb[BTNS_CHILD_A_ENCAP_SPORT]);
	if (tb[BTNS_CHILD_A_ENCAP_DPORT])
		p->encap_dport = nla_get_be16(tb[BTNS_CHILD_A_ENCAP_DPORT]);
	p->replay_window = tb[BTNS_CHILD_A_REPLAY_WINDOW] ?
		nla_get_u32(tb[BTNS_CHILD_A_REPLAY_WINDOW]) : 128;
	p->soft_time = btns_nl_u32(tb[BTNS_CHILD_A_SOFT_TIME]);
	p->hard_time = btns_nl_u32(tb[BTNS_CHILD_A_HARD_TIME]);
	p->soft_bytes = btns_nl_u64(tb[BTNS_CHILD_A_SOFT_BYTES]);
	p->hard_bytes = btns_nl_u64(tb[BTNS_CHILD_A_HARD_BYTES]);
	p->soft_packets = btns_nl_u64(tb[BTNS_CHILD_A_SOFT_PACKETS]);
	p->hard_packets = btns_nl_u64(tb[BTNS_CHILD_A_HARD_PACKETS]);
	if (tb[BTNS_CHILD_A_IKE_SPI])
		memcpy(p->ike_spi, nla_data(tb[BTNS_CHILD_A_IKE_SPI]), sizeof(p->ike_spi));
	return 0;
}

/* Keys must not stay in the request's buffer: all of them, duplicates too. */
void btns_nl_wipe_keys(struct nlattr *nest)
{
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		switch (nla_type(a)) {
		case BTNS_CHILD_A_ENCR_IN:
		case BTNS_CHILD_A_INTEG_IN:
		case BTNS_CHILD_A_ENCR_OUT:
		case BTNS_CHILD_A_INTEG_OUT:
			memzero_explicit(nla_data(a), nla_len(a));
			break;
		}
	}
}

static int btns_nl_reply_child(struct genl_info *info, const struct btns_sa_pair *p)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE + BTNS_SPKI_MAX, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &btns_genl_family, 0, info->genlhdr->cmd);
	if (!hdr || btns_nl_put_child(msg, BTNS_A_CHILD, p)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int btns_nl_sa_new(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct nlattr *nest = info->attrs[BTNS_A_CHILD];
	struct nlattr *tb[BTNS_CHILD_A_MAX + 1];
	struct btns_sa_params p = { };
	struct btns_sa_pair *pair;
	int err;

	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "sa-new needs an SA pair");
		return -EINVAL;
	}
	err = nla_parse_nested(tb, BTNS_CHILD_A_MAX, nest, btns_child_policy, info->extack);
	if (!err)
		err = btns_nl_sa_parse(tb, nest, &p, info->extack);
	if (!err) {
		pair = btns_sad_new(bn, &p, info->extack);
		err = PTR_ERR_OR_ZERO(pair);
	}
	btns_nl_wipe_keys(nest);
	if (err)
		return err;
	return btns_nl_reply_child(info, pair);
}

/* The pair that a request names. */
static struct btns_sa_pair *btns_nl_sa_named(struct btns_net *bn, struct genl_info *info)
{
	struct btns_addr peer = { };
	struct btns_sa_pair *p;
	int err;

	if (info->attrs[BTNS_A_SA_ID]) {
		p = xa_load(&bn->sas, nla_get_u32(info->attrs[BTNS_A_SA_ID]));
	} else if (info->attrs[BTNS_A_SPI]) {
		if (info->attrs[BTNS_A_PEER_ADDR]) {
			err = btns_nl_parse_addr(info->attrs[BTNS_A_PEER_ADDR], &peer,
						 info->extack);
			if (err)
				return ERR_PTR(err);
		}
		p = btns_sad_find(bn, nla_get_be32(info->attrs[BTNS_A_SPI]), &peer);
	} else {
		NL_SET_ERR_MSG(info->extack, "name an SA pair by its number or its inbound SPI");
		return ERR_PTR(-EINVAL);
	}
	if (!p) {
		NL_SET_ERR_MSG(info->extack, "no such SA pair");
		return ERR_PTR(-ENOENT);
	}
	return p;
}

int btns_nl_sa_switch(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct btns_sa_pair *p = btns_nl_sa_named(bn, info);

	if (IS_ERR(p))
		return PTR_ERR(p);
	return btns_sad_switch(bn, p->id, info->extack);
}

int btns_nl_sa_move(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct nlattr *nest = info->attrs[BTNS_A_CHILD];
	struct nlattr *tb[BTNS_CHILD_A_MAX + 1];
	struct btns_sa_pair *p = btns_nl_sa_named(bn, info);
	struct btns_sa_params to = { };
	int err;

	if (IS_ERR(p))
		return PTR_ERR(p);
	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "sa-move needs the new end points");
		return -EINVAL;
	}
	/* checked with the request */
	err = nla_parse_nested(tb, BTNS_CHILD_A_MAX, nest, NULL, info->extack);
	if (err)
		return err;
	/* what is not named stays */
	to.outer_local = p->outer_local;
	to.outer_peer = p->outer_peer;
	to.encap_sport = p->encap_sport;
	to.encap_dport = p->encap_dport;
	if (tb[BTNS_CHILD_A_OUTER_LOCAL])
		err = btns_nl_parse_addr(tb[BTNS_CHILD_A_OUTER_LOCAL], &to.outer_local,
					 info->extack);
	if (!err && tb[BTNS_CHILD_A_OUTER_PEER])
		err = btns_nl_parse_addr(tb[BTNS_CHILD_A_OUTER_PEER], &to.outer_peer,
					 info->extack);
	if (err)
		return err;
	if (tb[BTNS_CHILD_A_ENCAP_SPORT])
		to.encap_sport = nla_get_be16(tb[BTNS_CHILD_A_ENCAP_SPORT]);
	if (tb[BTNS_CHILD_A_ENCAP_DPORT])
		to.encap_dport = nla_get_be16(tb[BTNS_CHILD_A_ENCAP_DPORT]);
	return btns_sad_move(bn, p, &to, info->extack);
}

int btns_nl_sa_del(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));
	struct btns_sa_pair *p = btns_nl_sa_named(bn, info);

	if (IS_ERR(p))
		return PTR_ERR(p);
	btns_sad_del(bn, p, BTNS_SA_EVENT_DELETED);
	return 0;
}

int btns_nl_sa_get(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_sa_pair *p = btns_nl_sa_named(btns_pernet(genl_info_net(info)), info);

	if (IS_ERR(p))
		return PTR_ERR(p);
	return btns_nl_reply_child(info, p);
}

int btns_nl_sa_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	struct btns_sa_pair *p;
	unsigned long id;
	int err = 0;
	void *hdr;

	mutex_lock(&bn->lock);
	cb->seq = bn->sa_seq;
	xa_for_each_start(&bn->sas, id, p, cb->args[0]) {
		hdr = btns_nl_multi(skb, cb, BTNS_CMD_SA_GET);
		err = hdr ? btns_nl_put_child(skb, BTNS_A_CHILD, p) : -EMSGSIZE;
		if (btns_nl_multi_end(skb, hdr, err))
			break;
		cb->args[0] = id + 1;
	}
	mutex_unlock(&bn->lock);
	return skb->len ?: err;
}

/* What an entry allows for a pair of hosts. */
static void btns_nl_allowed(const struct btns_ts *host, const struct btns_ts *entry, u8 mode,
			    struct btns_ts *out)
{
	struct btns_ts any = *host;

	any.proto = 0;
	any.port_start = 0;
	any.port_end = 65535;
	if (mode == BTNS_MODE_TRANSPORT || !btns_ts_intersect(entry, entry, out) ||
	    out->family == AF_UNSPEC)
		btns_ts_intersect(&any, entry, out);
}

int btns_nl_put_acquire(struct sk_buff *skb, int attr, const struct btns_acquire *a)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	struct btns_ts local, remote;
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	btns_nl_allowed(&a->local, &a->spd->local, a->spd->mode, &local);
	btns_nl_allowed(&a->remote, &a->spd->remote, a->spd->mode, &remote);
	if (a->own) {
		local = a->local;
		remote = a->remote;
	}
	if (nla_put_u32(skb, BTNS_ACQ_A_ID, a->id) ||
	    btns_nl_put_flow(skb, BTNS_ACQ_A_FLOW, &a->local, &a->remote) ||
	    nla_put_u32(skb, BTNS_ACQ_A_SPD_ENTRY, a->spd->id) ||
	    nla_put_string(skb, BTNS_ACQ_A_SPD_NAME, a->spd->name) ||
	    nla_put_u8(skb, BTNS_ACQ_A_CLASS,
		       a->own ? BTNS_CLASS_PRIVATE : a->spd->class) ||
	    (a->own && nla_put_flag(skb, BTNS_ACQ_A_OWN)) ||
	    nla_put_u8(skb, BTNS_ACQ_A_MODE, a->spd->mode) ||
	    btns_nl_put_ts(skb, BTNS_ACQ_A_LOCAL_TS, &local) ||
	    btns_nl_put_ts(skb, BTNS_ACQ_A_REMOTE_TS, &remote) ||
	    btns_nl_put_addr(skb, BTNS_ACQ_A_OUTER_LOCAL, &a->outer_local) ||
	    btns_nl_put_addr(skb, BTNS_ACQ_A_OUTER_PEER, &a->outer_peer) ||
	    nla_put_u32(skb, BTNS_ACQ_A_LIFETIME, a->spd->lifetime) ||
	    nla_put_u64_64bit(skb, BTNS_ACQ_A_LIFEBYTES, a->spd->lifebytes,
			      BTNS_ACQ_A_PAD64) ||
	    nla_put_u32(skb, BTNS_ACQ_A_EXPIRES, time_after(a->expires, jiffies) ?
			jiffies_to_msecs(a->expires - jiffies) : 0))
		goto cancel;
	for (i = 0; i < a->spd->n_suites; i++)
		if (btns_nl_put_suite(skb, BTNS_ACQ_A_SUITE, &a->spd->suites[i]))
			goto cancel;
	nla_nest_end(skb, nest);
	return 0;

cancel:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}

int btns_nl_acquire_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	struct btns_acquire *a;
	int err = 0;
	void *hdr;

	mutex_lock(&bn->lock);
	cb->seq = 1;
	spin_lock_bh(&bn->acquire_lock);
	list_for_each_entry(a, &bn->acquires, list) {
		/* numbers rise along the list */
		if (a->id <= cb->args[0])
			continue;
		hdr = btns_nl_multi(skb, cb, BTNS_CMD_ACQUIRE_GET);
		err = hdr ? btns_nl_put_acquire(skb, BTNS_A_ACQUIRE, a) : -EMSGSIZE;
		if (btns_nl_multi_end(skb, hdr, err))
			break;
		cb->args[0] = a->id;
	}
	spin_unlock_bh(&bn->acquire_lock);
	mutex_unlock(&bn->lock);
	return skb->len ?: err;
}

int btns_nl_acquire_done(struct sk_buff *skb, struct genl_info *info)
{
	struct btns_net *bn = btns_pernet(genl_info_net(info));

	if (!info->attrs[BTNS_A_ACQUIRE_ID] || !info->attrs[BTNS_A_ERROR]) {
		NL_SET_ERR_MSG(info->extack,
			       "acquire-done needs the number of the acquire and an error, or 0");
		return -EINVAL;
	}
	return btns_keymgr_done(bn, nla_get_u32(info->attrs[BTNS_A_ACQUIRE_ID]),
				nla_get_u32(info->attrs[BTNS_A_ERROR]), info->extack);
}

static int btns_nl_put_holdoff(struct sk_buff *skb, const struct list_head *item, u32 index)
{
	const struct btns_holdoff *h = list_entry(item, struct btns_holdoff, list);
	struct nlattr *nest = nla_nest_start(skb, BTNS_A_HOLDOFF);

	if (!nest)
		return -EMSGSIZE;
	if (btns_nl_put_ts(skb, BTNS_ACQ_A_LOCAL_TS, &h->local) ||
	    btns_nl_put_ts(skb, BTNS_ACQ_A_REMOTE_TS, &h->remote) ||
	    nla_put_u32(skb, BTNS_ACQ_A_SPD_ENTRY, h->spd->id) ||
	    nla_put_string(skb, BTNS_ACQ_A_SPD_NAME, h->spd->name) ||
	    nla_put_u8(skb, BTNS_ACQ_A_CLASS, h->spd->class) ||
	    nla_put_u32(skb, BTNS_ACQ_A_ERROR, h->error) ||
	    nla_put_u32(skb, BTNS_ACQ_A_EXPIRES, time_after(h->expires, jiffies) ?
			jiffies_to_msecs(h->expires - jiffies) : 0)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

int btns_nl_holdoff_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct btns_net *bn = btns_pernet(sock_net(skb->sk));
	int ret;

	mutex_lock(&bn->lock);
	cb->seq = 1;
	spin_lock_bh(&bn->acquire_lock);
	ret = btns_nl_dump_list(skb, cb, BTNS_CMD_HOLDOFF_GET, &bn->holdoffs,
				btns_nl_put_holdoff);
	spin_unlock_bh(&bn->acquire_lock);
	mutex_unlock(&bn->lock);
	return ret;
}
