// SPDX-License-Identifier: GPL-2.0-only
/* Pieces of netlink messages: identities, selectors, suites, addresses. */
#include "compat/compat.h"
#include "netlink.h"

/**
 * btns_nl_parse_identity() - parse a nest of enum btns_id_attr
 * @nest: the attribute
 * @d: the identity; points into the message
 * @extack: what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int btns_nl_parse_identity(const struct nlattr *nest, struct btns_identity_desc *d,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_ID_A_MAX + 1];
	int err;

	memset(d, 0, sizeof(*d));
	err = nla_parse_nested(tb, BTNS_ID_A_MAX, nest, btns_id_policy, extack);
	if (err)
		return err;
	if (!tb[BTNS_ID_A_TYPE] || !tb[BTNS_ID_A_AUTH_METHOD]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "an identity needs the ID type and the authentication method");
		return -EINVAL;
	}
	d->id_type = nla_get_u16(tb[BTNS_ID_A_TYPE]);
	d->auth_method = nla_get_u8(tb[BTNS_ID_A_AUTH_METHOD]);
	if (tb[BTNS_ID_A_DATA]) {
		d->id = nla_data(tb[BTNS_ID_A_DATA]);
		d->id_len = nla_len(tb[BTNS_ID_A_DATA]);
	}
	if (tb[BTNS_ID_A_SPKI]) {
		d->spki = nla_data(tb[BTNS_ID_A_SPKI]);
		d->spki_len = nla_len(tb[BTNS_ID_A_SPKI]);
	}
	if (tb[BTNS_ID_A_AUTH])
		d->auth = nla_get_u8(tb[BTNS_ID_A_AUTH]);
	if (d->auth == BTNS_AUTH_LEAPOFFAITH)
		d->claim = tb[BTNS_ID_A_TRUST] ? nla_get_u8(tb[BTNS_ID_A_TRUST]) :
						 BTNS_TRUST_KNOWN;
	err = btns_identity_desc_finish(d, extack);
	if (err)
		NL_SET_BAD_ATTR(extack, nest);
	return err;
}

/**
 * btns_nl_parse_addr() - parse an address of 4 or 16 octets
 * @a: the attribute
 * @addr: the address
 * @extack: what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int btns_nl_parse_addr(const struct nlattr *a, struct btns_addr *addr,
		       struct netlink_ext_ack *extack)
{
	memset(addr, 0, sizeof(*addr));
	switch (nla_len(a)) {
	case 4:
		addr->family = AF_INET;
		break;
	case 16:
		addr->family = AF_INET6;
		break;
	default:
		NL_SET_ERR_MSG_ATTR(extack, a, "an address has 4 or 16 octets");
		return -EINVAL;
	}
	memcpy(&addr->a, nla_data(a), nla_len(a));
	return 0;
}

/**
 * btns_nl_parse_ts() - parse a traffic selector
 * @nest: the attribute
 * @ts: the selector; without address it selects all of both families
 * @extack: what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int btns_nl_parse_ts(const struct nlattr *nest, struct btns_ts *ts,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_TS_A_MAX + 1];
	struct btns_addr start, end;
	int err;

	memset(ts, 0, sizeof(*ts));
	ts->port_end = 65535;
	err = nla_parse_nested(tb, BTNS_TS_A_MAX, nest, btns_ts_policy, extack);
	if (err)
		return err;
	if (tb[BTNS_TS_A_PEER] || tb[BTNS_TS_A_PEER_PORT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "the other end belongs into a flow, not into a selector");
		return -EINVAL;
	}
	if (tb[BTNS_TS_A_PROTO])
		ts->proto = nla_get_u8(tb[BTNS_TS_A_PROTO]);
	if (tb[BTNS_TS_A_START]) {
		err = btns_nl_parse_addr(tb[BTNS_TS_A_START], &start, extack);
		if (err)
			return err;
		end = start;
		if (tb[BTNS_TS_A_END]) {
			err = btns_nl_parse_addr(tb[BTNS_TS_A_END], &end, extack);
			if (err)
				return err;
		}
		if (start.family != end.family ||
		    memcmp(&start.a, &end.a, btns_addr_len(start.family)) > 0) {
			NL_SET_ERR_MSG_ATTR(extack, nest,
					    "a range of addresses ends before it starts, or in another family");
			return -EINVAL;
		}
		ts->family = start.family;
		ts->start = start.a;
		ts->end = end.a;
	} else if (tb[BTNS_TS_A_END]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an end of addresses without a start");
		return -EINVAL;
	}
	if (tb[BTNS_TS_A_PORT_START]) {
		ts->port_start = nla_get_u16(tb[BTNS_TS_A_PORT_START]);
		ts->port_end = ts->port_start;
		if (tb[BTNS_TS_A_PORT_END])
			ts->port_end = nla_get_u16(tb[BTNS_TS_A_PORT_END]);
		if (ts->port_end < ts->port_start) {
			NL_SET_ERR_MSG_ATTR(extack, nest, "a range of ports ends before it starts");
			return -EINVAL;
		}
	} else if (tb[BTNS_TS_A_PORT_END]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "an end of ports without a start");
		return -EINVAL;
	}
	return 0;
}

/**
 * btns_nl_parse_suite() - parse an ESP suite
 * @nest: the attribute
 * @s: the suite
 * @extack: what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int btns_nl_parse_suite(const struct nlattr *nest, struct btns_suite *s,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[BTNS_SUITE_A_MAX + 1];
	int err;

	memset(s, 0, sizeof(*s));
	err = nla_parse_nested(tb, BTNS_SUITE_A_MAX, nest, btns_suite_policy, extack);
	if (err)
		return err;
	if (!tb[BTNS_SUITE_A_ENCR]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a suite needs an encryption transform");
		return -EINVAL;
	}
	s->encr = nla_get_u16(tb[BTNS_SUITE_A_ENCR]);
	if (tb[BTNS_SUITE_A_ENCR_BITS])
		s->encr_bits = nla_get_u16(tb[BTNS_SUITE_A_ENCR_BITS]);
	if (tb[BTNS_SUITE_A_INTEG])
		s->integ = nla_get_u16(tb[BTNS_SUITE_A_INTEG]);
	return 0;
}

int btns_nl_put_identity(struct sk_buff *skb, int attr, const struct btns_identity *id,
			 bool with_key)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u16(skb, BTNS_ID_A_TYPE, id->id_type) ||
	    nla_put(skb, BTNS_ID_A_DATA, id->id_len, id->id) ||
	    nla_put_u8(skb, BTNS_ID_A_AUTH_METHOD, id->auth_method) ||
	    nla_put_u8(skb, BTNS_ID_A_AUTH, READ_ONCE(id->auth)) ||
	    nla_put_u8(skb, BTNS_ID_A_TRUST, READ_ONCE(id->trust)) ||
	    nla_put_u32(skb, BTNS_ID_A_REFS, refcount_read(&id->refs)))
		goto cancel;
	if (id->spki_len &&
	    (nla_put(skb, BTNS_ID_A_FINGERPRINT, BTNS_FINGERPRINT_LEN, id->fingerprint) ||
	     (with_key && nla_put(skb, BTNS_ID_A_SPKI, id->spki_len, id->spki))))
		goto cancel;
	nla_nest_end(skb, nest);
	return 0;

cancel:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}

static int btns_nl_put_ts_fields(struct sk_buff *skb, const struct btns_ts *ts)
{
	const unsigned int len = btns_addr_len(ts->family);

	if (nla_put_u8(skb, BTNS_TS_A_PROTO, ts->proto))
		return -EMSGSIZE;
	if (ts->family != AF_UNSPEC && (nla_put(skb, BTNS_TS_A_START, len, &ts->start) ||
					nla_put(skb, BTNS_TS_A_END, len, &ts->end)))
		return -EMSGSIZE;
	if ((ts->port_start || ts->port_end != 65535) &&
	    (nla_put_u16(skb, BTNS_TS_A_PORT_START, ts->port_start) ||
	     nla_put_u16(skb, BTNS_TS_A_PORT_END, ts->port_end)))
		return -EMSGSIZE;
	return 0;
}

int btns_nl_put_ts(struct sk_buff *skb, int attr, const struct btns_ts *ts)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest)
		return -EMSGSIZE;
	if (btns_nl_put_ts_fields(skb, ts)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Single values of both ends; the first address and port of each selector. */
int btns_nl_put_flow(struct sk_buff *skb, int attr, const struct btns_ts *local,
		     const struct btns_ts *remote)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	const unsigned int len = btns_addr_len(local->family);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, BTNS_TS_A_PROTO, local->proto) ||
	    nla_put(skb, BTNS_TS_A_START, len, &local->start) ||
	    nla_put(skb, BTNS_TS_A_PEER, len, &remote->start) ||
	    (local->port_start &&
	     nla_put_u16(skb, BTNS_TS_A_PORT_START, local->port_start)) ||
	    (remote->port_start &&
	     nla_put_u16(skb, BTNS_TS_A_PEER_PORT, remote->port_start))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

int btns_nl_put_suite(struct sk_buff *skb, int attr, const struct btns_suite *s)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u16(skb, BTNS_SUITE_A_ENCR, s->encr) ||
	    nla_put_u16(skb, BTNS_SUITE_A_ENCR_BITS, s->encr_bits) ||
	    nla_put_u16(skb, BTNS_SUITE_A_INTEG, s->integ)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

int btns_nl_put_addr(struct sk_buff *skb, int attr, const struct btns_addr *addr)
{
	if (addr->family == AF_UNSPEC)
		return 0;
	return nla_put(skb, attr, btns_addr_len(addr->family), &addr->a);
}

/**
 * btns_nl_multi() - header of one message of a dump; cb->seq is set
 * @skb: the message
 * @cb: the dump
 * @cmd: command
 *
 * Return: the header or NULL: no room.
 */
void *btns_nl_multi(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&btns_genl_family, NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/**
 * btns_nl_multi_end() - end one message of a dump
 * @skb: the message
 * @hdr: what btns_nl_multi() gave, may be NULL
 * @err: 0: keep it; else take it back
 *
 * Return: @err, for the caller to stop at.  The dump then returns the length of what
 * it has, or this error if not even one entry fits: else it would end early in silence.
 */
int btns_nl_multi_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

/**
 * btns_nl_dump_list() - go on with the dump of a list, by place in it
 * @skb: the message
 * @cb: the dump; cb->seq is set
 * @cmd: command
 * @head: the list; the caller holds its lock
 * @put: fill in the entry that @item belongs to
 *
 * Return: as a dump does.
 */
int btns_nl_dump_list(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		      const struct list_head *head,
		      int (*put)(struct sk_buff *skb, const struct list_head *item, u32 index))
{
	const struct list_head *item;
	long i = 0;
	int err = 0;
	void *hdr;

	list_for_each(item, head) {
		if (i++ < cb->args[0])
			continue;
		hdr = btns_nl_multi(skb, cb, cmd);
		err = btns_nl_multi_end(skb, hdr, hdr ? put(skb, item, i - 1) : -EMSGSIZE);
		if (err)
			break;
		cb->args[0] = i;
	}
	return skb->len ?: err;
}
