// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes of the family "btns" from and to the engine's structs. */
#include <arpa/inet.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include "kernel.h"

static unsigned int addr_len(unsigned int family)
{
	return family == AF_INET6 ? 16 : 4;
}

bool kernel_put_addr(struct nl_msg *msg, int attr, const struct ike_addr *a)
{
	return !nla_put(msg, attr, addr_len(a->family), a->ip);
}

bool kernel_put_ts(struct nl_msg *msg, int attr, const struct ike_ts *ts)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	if (!nest)
		return false;
	if (nla_put_u8(msg, BTNS_TS_A_PROTO, ts->proto))
		return false;
	if (ts->family &&
	    (nla_put(msg, BTNS_TS_A_START, addr_len(ts->family), ts->start) ||
	     nla_put(msg, BTNS_TS_A_END, addr_len(ts->family), ts->end)))
		return false;
	if ((ts->port_start || ts->port_end != 65535) &&
	    (nla_put_u16(msg, BTNS_TS_A_PORT_START, ts->port_start) ||
	     nla_put_u16(msg, BTNS_TS_A_PORT_END, ts->port_end)))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

bool kernel_put_flow(struct nl_msg *msg, const struct ike_flow *f)
{
	struct nlattr *nest = nla_nest_start(msg, BTNS_A_FLOW | NLA_F_NESTED);

	if (!nest || nla_put_u8(msg, BTNS_TS_A_PROTO, f->proto) ||
	    nla_put(msg, BTNS_TS_A_START, addr_len(f->local.family), f->local.ip) ||
	    nla_put_u16(msg, BTNS_TS_A_PORT_START, f->local.port) ||
	    nla_put(msg, BTNS_TS_A_PEER, addr_len(f->peer.family), f->peer.ip) ||
	    nla_put_u16(msg, BTNS_TS_A_PEER_PORT, f->peer.port))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

bool kernel_put_identity(struct nl_msg *msg, int attr, const struct ike_identity *id)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	if (!nest || nla_put_u16(msg, BTNS_ID_A_TYPE, id->id_type) ||
	    nla_put_u8(msg, BTNS_ID_A_AUTH_METHOD, id->auth_method) ||
	    (id->auth && nla_put_u8(msg, BTNS_ID_A_AUTH, id->auth)) ||
	    (id->trust && nla_put_u8(msg, BTNS_ID_A_TRUST, id->trust)))
		return false;
	if (id->id_len && nla_put(msg, BTNS_ID_A_DATA, (int)id->id_len, id->id))
		return false;
	if (id->spki_len && nla_put(msg, BTNS_ID_A_SPKI, (int)id->spki_len, id->spki))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

bool kernel_put_suite(struct nl_msg *msg, int attr, const struct ike_suite *s)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	if (!nest || nla_put_u16(msg, BTNS_SUITE_A_ENCR, s->encr) ||
	    nla_put_u16(msg, BTNS_SUITE_A_ENCR_BITS, s->encr_bits) ||
	    nla_put_u16(msg, BTNS_SUITE_A_INTEG, s->integ))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

bool kernel_get_addr(const struct nlattr *a, struct ike_addr *addr)
{
	int len = a ? nla_len(a) : 0;

	memset(addr, 0, sizeof(*addr));
	if (len != 4 && len != 16)
		return false;
	addr->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(addr->ip, nla_data(a), (size_t)len);
	return true;
}

static bool parse(struct nlattr **tb, int max, const struct nlattr *nest)
{
	return nest && !nla_parse_nested(tb, max, (struct nlattr *)nest, NULL);
}

static bool has_u16(const struct nlattr *a)
{
	return a && nla_len(a) >= 2;
}

static uint32_t get_u32(const struct nlattr *a)
{
	return a && nla_len(a) >= 4 ? nla_get_u32(a) : 0;
}

static uint64_t get_u64(struct nlattr *a)
{
	return a && nla_len(a) >= 8 ? nla_get_u64(a) : 0;
}

static uint8_t get_u8(const struct nlattr *a)
{
	return a && nla_len(a) >= 1 ? nla_get_u8(a) : 0;
}

bool kernel_get_ts(const struct nlattr *nest, struct ike_ts *ts)
{
	struct nlattr *tb[BTNS_TS_A_MAX + 1];
	struct ike_addr start, end;

	memset(ts, 0, sizeof(*ts));
	ts->port_end = 65535;
	if (!parse(tb, BTNS_TS_A_MAX, nest) ||
	    !kernel_get_addr(tb[BTNS_TS_A_START], &start))
		return false;
	end = start;
	if (tb[BTNS_TS_A_END] && !kernel_get_addr(tb[BTNS_TS_A_END], &end))
		return false;
	if (start.family != end.family)
		return false;
	ts->family = (uint8_t)start.family;
	ts->proto = get_u8(tb[BTNS_TS_A_PROTO]);
	memcpy(ts->start, start.ip, 16);
	memcpy(ts->end, end.ip, 16);
	if (has_u16(tb[BTNS_TS_A_PORT_START])) {
		ts->port_start = nla_get_u16(tb[BTNS_TS_A_PORT_START]);
		ts->port_end = has_u16(tb[BTNS_TS_A_PORT_END]) ?
			nla_get_u16(tb[BTNS_TS_A_PORT_END]) : ts->port_start;
	}
	return true;
}

/* A packet's two ends, each as a selector of single values. */
static bool get_flow(const struct nlattr *nest, struct ike_ts *local, struct ike_ts *remote)
{
	struct nlattr *tb[BTNS_TS_A_MAX + 1];
	struct ike_addr peer;

	if (!kernel_get_ts(nest, local) || !parse(tb, BTNS_TS_A_MAX, nest) ||
	    !kernel_get_addr(tb[BTNS_TS_A_PEER], &peer) || peer.family != local->family)
		return false;
	*remote = *local;
	memcpy(remote->start, peer.ip, 16);
	memcpy(remote->end, peer.ip, 16);
	remote->port_start = 0;
	remote->port_end = 65535;
	if (has_u16(tb[BTNS_TS_A_PEER_PORT]))
		remote->port_start = remote->port_end = nla_get_u16(tb[BTNS_TS_A_PEER_PORT]);
	return true;
}

unsigned int kernel_get_suites(struct nlattr *nest, int attr, struct ike_suite *suites)
{
	struct nlattr *tb[BTNS_SUITE_A_MAX + 1], *a;
	unsigned int n = 0;
	int left;

	nla_for_each_nested(a, nest, left) {
		struct ike_suite *s = &suites[n];

		if (nla_type(a) != attr || n == IKE_SUITES_MAX ||
		    !parse(tb, BTNS_SUITE_A_MAX, a) || !has_u16(tb[BTNS_SUITE_A_ENCR]))
			continue;
		memset(s, 0, sizeof(*s));
		s->encr = nla_get_u16(tb[BTNS_SUITE_A_ENCR]);
		if (has_u16(tb[BTNS_SUITE_A_ENCR_BITS]))
			s->encr_bits = nla_get_u16(tb[BTNS_SUITE_A_ENCR_BITS]);
		if (has_u16(tb[BTNS_SUITE_A_INTEG]))
			s->integ = nla_get_u16(tb[BTNS_SUITE_A_INTEG]);
		n++;
	}
	return n;
}

bool kernel_get_acquire(struct nlattr *nest, struct k_acquire *a)
{
	struct nlattr *tb[BTNS_ACQ_A_MAX + 1];

	memset(a, 0, sizeof(*a));
	if (!parse(tb, BTNS_ACQ_A_MAX, nest) || !tb[BTNS_ACQ_A_ID] ||
	    !get_flow(tb[BTNS_ACQ_A_FLOW], &a->flow_local, &a->flow_remote) ||
	    !kernel_get_addr(tb[BTNS_ACQ_A_OUTER_PEER], &a->outer_peer))
		return false;
	a->id = get_u32(tb[BTNS_ACQ_A_ID]);
	if (!kernel_get_ts(tb[BTNS_ACQ_A_LOCAL_TS], &a->local_ts))
		a->local_ts = a->flow_local;
	if (!kernel_get_ts(tb[BTNS_ACQ_A_REMOTE_TS], &a->remote_ts))
		a->remote_ts = a->flow_remote;
	if (!kernel_get_addr(tb[BTNS_ACQ_A_OUTER_LOCAL], &a->outer_local))
		a->outer_local.family = a->outer_peer.family;
	a->spd_entry = get_u32(tb[BTNS_ACQ_A_SPD_ENTRY]);
	a->class = get_u8(tb[BTNS_ACQ_A_CLASS]);
	a->mode = get_u8(tb[BTNS_ACQ_A_MODE]);
	a->lifetime = get_u32(tb[BTNS_ACQ_A_LIFETIME]);
	a->lifebytes = get_u64(tb[BTNS_ACQ_A_LIFEBYTES]);
	a->expires = get_u32(tb[BTNS_ACQ_A_EXPIRES]);
	a->own = tb[BTNS_ACQ_A_OWN];
	if (tb[BTNS_ACQ_A_SPD_NAME])
		nla_strlcpy(a->spd_name, tb[BTNS_ACQ_A_SPD_NAME], sizeof(a->spd_name));
	a->n_suites = kernel_get_suites(nest, BTNS_ACQ_A_SUITE, a->suites);
	return true;
}

bool kernel_get_child(struct nlattr *nest, struct k_child *c)
{
	struct nlattr *tb[BTNS_CHILD_A_MAX + 1], *id[BTNS_ID_A_MAX + 1];

	memset(c, 0, sizeof(*c));
	if (!parse(tb, BTNS_CHILD_A_MAX, nest) ||
	    !kernel_get_ts(tb[BTNS_CHILD_A_LOCAL_TS], &c->local_ts) ||
	    !kernel_get_ts(tb[BTNS_CHILD_A_REMOTE_TS], &c->remote_ts))
		return false;
	c->sa_id = get_u32(tb[BTNS_CHILD_A_SA_ID]);
	c->spd_entry = get_u32(tb[BTNS_CHILD_A_SPD_ENTRY]);
	c->spi_in = ntohl(get_u32(tb[BTNS_CHILD_A_SPI_IN]));
	c->spi_out = ntohl(get_u32(tb[BTNS_CHILD_A_SPI_OUT]));
	c->flags = get_u32(tb[BTNS_CHILD_A_FLAGS]);
	c->mode = get_u8(tb[BTNS_CHILD_A_MODE]);
	c->class = get_u8(tb[BTNS_CHILD_A_CLASS]);
	c->packets_in = get_u64(tb[BTNS_CHILD_A_PACKETS_IN]);
	/* CHILD_NARROW's answer has none */
	kernel_get_addr(tb[BTNS_CHILD_A_OUTER_LOCAL], &c->outer_local);
	kernel_get_addr(tb[BTNS_CHILD_A_OUTER_PEER], &c->outer_peer);
	if (has_u16(tb[BTNS_CHILD_A_ENCAP_SPORT]) && has_u16(tb[BTNS_CHILD_A_ENCAP_DPORT])) {
		c->outer_local.port = ntohs(nla_get_u16(tb[BTNS_CHILD_A_ENCAP_SPORT]));
		c->outer_peer.port = ntohs(nla_get_u16(tb[BTNS_CHILD_A_ENCAP_DPORT]));
	}
	if (parse(id, BTNS_ID_A_MAX, tb[BTNS_CHILD_A_PEER]) && id[BTNS_ID_A_FINGERPRINT] &&
	    nla_len(id[BTNS_ID_A_FINGERPRINT]) == BTNS_FINGERPRINT_LEN) {
		c->has_key = true;
		memcpy(c->fingerprint, nla_data(id[BTNS_ID_A_FINGERPRINT]),
		       BTNS_FINGERPRINT_LEN);
	}
	if (tb[BTNS_CHILD_A_IKE_SPI] &&
	    nla_len(tb[BTNS_CHILD_A_IKE_SPI]) == (int)sizeof(c->ike_spi))
		memcpy(c->ike_spi, nla_data(tb[BTNS_CHILD_A_IKE_SPI]), sizeof(c->ike_spi));
	return true;
}

bool kernel_get_latch(struct nlattr **top, struct k_latch *l)
{
	struct nlattr *tb[BTNS_LATCH_A_MAX + 1];
	struct btns_latch_info info = { 0 };
	const struct nlattr *a;
	size_t len;

	memset(l, 0, sizeof(*l));
	if (!parse(tb, BTNS_LATCH_A_MAX, top[BTNS_A_LATCH]) || !tb[BTNS_LATCH_A_ID] ||
	    nla_len(tb[BTNS_LATCH_A_ID]) != 8)
		return false;
	a = tb[BTNS_LATCH_A_INFO];
	if (!a || nla_len(a) < (int)offsetof(struct btns_latch_info, local_fingerprint))
		return false;
	len = (size_t)nla_len(a);
	memcpy(&info, nla_data(a), len < sizeof(info) ? len : sizeof(info));
	l->id = nla_get_u64(tb[BTNS_LATCH_A_ID]);
	l->state = info.state;
	l->mode = info.mode;
	l->bound = get_u8(tb[BTNS_LATCH_A_BOUND]);
	l->flow.proto = get_u8(tb[BTNS_LATCH_A_PROTO]);
	l->flow.local.family = l->flow.peer.family = info.family;
	l->flow.local.port = ntohs(info.local_port);
	l->flow.peer.port = ntohs(info.peer_port);
	memcpy(l->flow.local.ip, info.local, sizeof(info.local));
	memcpy(l->flow.peer.ip, info.peer, sizeof(info.peer));
	l->suite.encr = info.encr;
	l->suite.encr_bits = info.encr_bits;
	l->suite.integ = info.integ;
	memcpy(l->fingerprint, info.peer_fingerprint, sizeof(l->fingerprint));
	l->spi = ntohl(get_u32(top[BTNS_A_SPI]));
	return true;
}

bool kernel_get_spd(struct nlattr *nest, struct k_spd *s)
{
	struct nlattr *tb[BTNS_SPD_A_MAX + 1];

	memset(s, 0, sizeof(*s));
	if (!parse(tb, BTNS_SPD_A_MAX, nest) || !tb[BTNS_SPD_A_ID])
		return false;
	s->id = get_u32(tb[BTNS_SPD_A_ID]);
	s->class = get_u8(tb[BTNS_SPD_A_CLASS]);
	s->mode = get_u8(tb[BTNS_SPD_A_MODE]);
	s->lifetime = get_u32(tb[BTNS_SPD_A_LIFETIME]);
	s->lifebytes = get_u64(tb[BTNS_SPD_A_LIFEBYTES]);
	if (tb[BTNS_SPD_A_NAME])
		nla_strlcpy(s->name, tb[BTNS_SPD_A_NAME], sizeof(s->name));
	s->n_suites = kernel_get_suites(nest, BTNS_SPD_A_SUITE, s->suites);
	return true;
}

/* Of all families: is it ours, and what happened to it? */
static enum k_life life_of(struct nlmsghdr *h, uint8_t cmd)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	char name[GENL_NAMSIZ];

	if (genlmsg_parse(h, 0, tb, CTRL_ATTR_MAX, NULL) || !tb[CTRL_ATTR_FAMILY_NAME] ||
	    nla_strlcpy(name, tb[CTRL_ATTR_FAMILY_NAME], sizeof(name)) >= sizeof(name) ||
	    strcmp(name, BTNS_GENL_NAME))
		return K_SAME;
	return cmd == CTRL_CMD_DELFAMILY ? K_GONE : cmd == CTRL_CMD_NEWFAMILY ? K_BACK : K_SAME;
}

bool kernel_get_event(struct nlmsghdr *h, struct k_event *ev)
{
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct k_latch latch;
	bool good = false;

	memset(ev, 0, sizeof(*ev));
	if (!genlmsg_valid_hdr(h, 0))
		return false;
	ev->cmd = genlmsg_hdr(h)->cmd;
	if (h->nlmsg_type == GENL_ID_CTRL) {
		ev->life = life_of(h, ev->cmd);
		return ev->life != K_SAME;
	}
	if (genlmsg_parse(h, 0, tb, BTNS_A_MAX, NULL))
		return false;
	switch (ev->cmd) {
	case BTNS_CMD_ACQUIRE_NTF:
		return tb[BTNS_A_ACQUIRE] && kernel_get_acquire(tb[BTNS_A_ACQUIRE], &ev->acquire);
	case BTNS_CMD_SA_NTF:
		ev->sa_event = get_u8(tb[BTNS_A_SA_EVENT]);
		return tb[BTNS_A_SA_EVENT] && kernel_get_child(tb[BTNS_A_CHILD], &ev->child);
	case BTNS_CMD_BINDING_NTF:
		good = kernel_get_latch(tb, &latch);
		ev->latch = latch.id;
		return good;
	case BTNS_CMD_MAPPING_NTF:
		ev->spi_in = ntohl(get_u32(tb[BTNS_A_SPI]));
		if (!ev->spi_in || !has_u16(tb[BTNS_A_PEER_PORT]))
			return false;
		good = kernel_get_addr(tb[BTNS_A_PEER_ADDR], &ev->peer);
		ev->peer.port = ntohs(nla_get_u16(tb[BTNS_A_PEER_PORT]));
		return good;
	}
	return false;
}
