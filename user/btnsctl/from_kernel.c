// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: what the module answers. */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <linux/btns.h>
#include <linux/netlink.h>

#include "../common/show.h"
#include "attrs.h"
#include "ctl.h"

#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#endif

struct kernel {
	struct nl_sock *sk;
	int family;
};

/* One request under way. */
struct request {
	struct ctl *c;
	/* enum ctl_exit; called for each message */
	int (*each)(struct nlmsghdr *h, struct nlattr **tb, void *arg);
	void *arg;
	int done, error, result;
	bool interrupted;
};

/* --- transport --------------------------------------------------------------- */

static int open_kernel(struct ctl *c)
{
	struct kernel *k;
	int on = 1;

	if (c->kernel)
		return CTL_OK;
	k = calloc(1, sizeof(*k));
	if (k)
		k->sk = nl_socket_alloc();
	if (!k || !k->sk || genl_connect(k->sk)) {
		ctl_error(c, "no netlink socket");
		goto failed;
	}
	k->family = genl_ctrl_resolve(k->sk, BTNS_GENL_NAME);
	if (k->family < 0) {
		ctl_error(c, "the module is not loaded: modprobe btns");
		nl_socket_free(k->sk);
		free(k);
		return CTL_NO_MODULE;
	}
	setsockopt(nl_socket_get_fd(k->sk), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	setsockopt(nl_socket_get_fd(k->sk), SOL_NETLINK, NETLINK_GET_STRICT_CHK,
		   &on, sizeof(on));
	nl_socket_set_buffer_size(k->sk, 1 << 20, 0);
	c->kernel = k;
	return CTL_OK;
failed:
	if (k && k->sk)
		nl_socket_free(k->sk);
	free(k);
	return CTL_FAILED;
}

void kernel_done(struct ctl *c)
{
	if (!c->kernel)
		return;
	nl_socket_free(c->kernel->sk);
	free(c->kernel);
	c->kernel = NULL;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct request *r = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *tb[BTNS_A_MAX + 1];

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	if (genlmsg_parse(h, 0, tb, BTNS_A_MAX, NULL)) {
		ctl_error(r->c, "malformed answer of the kernel");
		r->result = CTL_FAILED;
	} else if (!r->result && r->each) {
		r->result = r->each(h, tb, r->arg);
	}
	return NL_OK;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct request *r = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);

	/* a dump's end carries its error */
	if (h->nlmsg_type == NLMSG_DONE &&
	    h->nlmsg_len >= NLMSG_LENGTH(sizeof(int)))
		r->error = -*(int *)NLMSG_DATA(h);
	r->done = 1;
	return NL_STOP;
}

/* The kernel's own words, if it has any. */
static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	struct request *r = arg;
	struct nlattr *a;
	size_t used = sizeof(*e);
	int rem;

	(void)addr;
	r->error = -e->error;
	r->done = 1;
	ctl_error(r->c, "%s", strerror(-e->error));
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		used += e->msg.nlmsg_len - NLMSG_HDRLEN;
	rem = (int)h->nlmsg_len - NLMSG_HDRLEN - (int)NLMSG_ALIGN(used);
	nla_for_each_attr(a, (struct nlattr *)((char *)e + NLMSG_ALIGN(used)),
			  rem, rem) {
		char words[256], safe[512];

		if (nla_type(a) != NLMSGERR_ATTR_MSG)
			continue;
		nla_strlcpy(words, a, sizeof(words));
		show_safe(words, safe, sizeof(safe));
		ctl_error(r->c, "%s (%s)", safe, strerror(-e->error));
	}
	return NL_STOP;
}

/* Notices have no number; answers are told apart by r->done. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static int transact(struct ctl *c, struct nl_msg *msg, struct request *r)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int ret = -NLE_NOMEM;

	r->c = c;
	if (cb && msg) {
		nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, NULL);
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, r);
		nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, r);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_finish, r);
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, r);
		ret = nl_send_auto(c->kernel->sk, msg);
	}
	while (ret >= 0 && !r->done)
		ret = nl_recvmsgs(c->kernel->sk, cb);
	nlmsg_free(msg);
	nl_cb_put(cb);
	if (ret < 0 && !r->done) {
		ctl_error(c, "netlink: %s", nl_geterror(ret));
		return CTL_FAILED;
	}
	if (r->error) {
		if (!c->error[0])
			ctl_error(c, "%s", strerror(r->error));
		return CTL_FAILED;
	}
	return r->result;
}

static struct nl_msg *request(struct ctl *c, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ,
				c->kernel->family, 0, flags, cmd,
				BTNS_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* --- lists --------------------------------------------------------------------- */

struct listing {
	struct ctl *c;
	int attr;
	json_t *(*convert)(const struct nlattr *);
	json_t *list;
};

static int add_one(struct nlmsghdr *h, struct nlattr **tb, void *arg)
{
	struct listing *l = arg;
	json_t *j;

	(void)h;
	if (!tb[l->attr])
		return CTL_OK;
	j = l->convert(tb[l->attr]);
	if (j && !json_array_append_new(l->list, j))
		return CTL_OK;
	ctl_error(l->c, "malformed answer of the kernel, or out of memory");
	return CTL_FAILED;
}

/* A dump that the configuration's change interrupted is taken again. */
static int dump(struct ctl *c, int cmd, int attr,
		json_t *(*convert)(const struct nlattr *), json_t **list)
{
	struct listing l = { c, attr, convert, NULL };
	int ret, tries;

	*list = NULL;
	ret = open_kernel(c);
	for (tries = 0; !ret && tries < 5; tries++) {
		struct request r = { .each = add_one, .arg = &l };

		json_decref(l.list);
		l.list = json_array();
		c->error[0] = 0;
		ret = transact(c, request(c, cmd, NLM_F_DUMP), &r);
		if (!r.interrupted)
			break;
	}
	if (ret) {
		json_decref(l.list);
		return ret;
	}
	*list = l.list;
	return CTL_OK;
}

int kernel_pad(struct ctl *c, json_t **list)
{
	return dump(c, BTNS_CMD_PAD_GET, BTNS_A_PAD, attrs_pad, list);
}

int kernel_policy(struct ctl *c, json_t **list)
{
	return dump(c, BTNS_CMD_SPD_GET, BTNS_A_SPD, attrs_spd, list);
}

int kernel_sas(struct ctl *c, json_t **list)
{
	return dump(c, BTNS_CMD_SA_GET, BTNS_A_CHILD, attrs_child, list);
}

int kernel_peers(struct ctl *c, json_t **list)
{
	return dump(c, BTNS_CMD_IDENTITY_GET, BTNS_A_PEER, attrs_identity, list);
}

int kernel_holdoffs(struct ctl *c, json_t **list)
{
	return dump(c, BTNS_CMD_HOLDOFF_GET, BTNS_A_HOLDOFF, attrs_acquire, list);
}

int kernel_acquires(struct ctl *c, json_t **list)
{
	return dump(c, BTNS_CMD_ACQUIRE_GET, BTNS_A_ACQUIRE, attrs_acquire, list);
}

/* The reason is the number of a counter; its name is more use. */
static int name_reason(json_t *latch, json_t *stats)
{
	json_int_t n = json_integer_value(json_object_get(latch, "reason"));
	const char *name = NULL, *key;
	json_t *v;

	json_object_foreach(stats, key, v) {
		if (!n--) {
			name = key;
			break;
		}
	}
	return json_object_set_new(latch, "reason", json_string(name));
}

int kernel_latches(struct ctl *c, json_t **list)
{
	json_t *stats, *latch;
	int ret = kernel_stats(c, &stats);
	size_t i;

	*list = NULL;
	if (!ret)
		ret = dump(c, BTNS_CMD_LATCH_GET, BTNS_A_LATCH, attrs_latch, list);
	json_array_foreach(*list, i, latch) {
		bool dropped = json_integer_value(json_object_get(latch,
								  "drops_in")) ||
			json_integer_value(json_object_get(latch, "drops_out"));

		if (!dropped)
			json_object_set_new(latch, "reason", json_null());
		else
			name_reason(latch, stats);
	}
	json_decref(stats);
	return ret;
}

/* The message has the attribute many times: tb[] is of no use. */
static int add_stats(struct nlmsghdr *h, struct nlattr **unused, void *arg)
{
	struct genlmsghdr *g = nlmsg_data(h);
	struct nlattr *tb[BTNS_STAT_A_MAX + 1], *a;
	json_t *j = arg;
	char name[64];
	int rem;

	(void)unused;
	nla_for_each_attr(a, genlmsg_attrdata(g, 0), genlmsg_attrlen(g, 0), rem) {
		if (nla_type(a) != BTNS_A_STAT ||
		    nla_parse_nested(tb, BTNS_STAT_A_MAX, a, NULL) ||
		    !tb[BTNS_STAT_A_NAME] || !tb[BTNS_STAT_A_VALUE])
			continue;
		nla_strlcpy(name, tb[BTNS_STAT_A_NAME], sizeof(name));
		if (json_object_set_new(j, name, json_integer((json_int_t)
				nla_get_u64(tb[BTNS_STAT_A_VALUE]))))
			return CTL_FAILED;
	}
	return CTL_OK;
}

int kernel_stats(struct ctl *c, json_t **object)
{
	struct request r = { .each = add_stats };
	int ret;

	*object = NULL;
	ret = open_kernel(c);
	if (ret)
		return ret;
	r.arg = json_object();
	ret = transact(c, request(c, BTNS_CMD_STATS_GET, NLM_F_ACK), &r);
	if (ret)
		json_decref(r.arg);
	else
		*object = r.arg;
	return ret;
}

int kernel_flush(struct ctl *c, unsigned int what)
{
	struct request r = { 0 };
	struct nl_msg *msg;
	int ret = open_kernel(c);

	if (ret)
		return ret;
	msg = request(c, BTNS_CMD_FLUSH, NLM_F_ACK);
	if (msg)
		nla_put_u32(msg, BTNS_A_FLUSH, what);
	return transact(c, msg, &r);
}

/* --- events ------------------------------------------------------------------------ */

struct monitor {
	struct ctl *c;
	int (*event)(struct ctl *c, json_t *event);
	int result;
};

static json_t *maybe(json_t *(*convert)(const struct nlattr *),
		     const struct nlattr *a)
{
	json_t *j = a ? convert(a) : NULL;

	return j ? j : json_null();
}

static json_t *make_event(int cmd, struct nlattr **tb)
{
	switch (cmd) {
	case BTNS_CMD_ACQUIRE_NTF:
		return json_pack("{s:s, s:o}", "event", "acquire", "acquire",
				 maybe(attrs_acquire, tb[BTNS_A_ACQUIRE]));
	case BTNS_CMD_SA_NTF:
		return json_pack("{s:s, s:s, s:o}", "event", "sa", "change",
				 attrs_sa_event(tb[BTNS_A_SA_EVENT] ?
				 nla_get_u8(tb[BTNS_A_SA_EVENT]) : ~0U),
				 "sa", maybe(attrs_child, tb[BTNS_A_CHILD]));
	case BTNS_CMD_LATCH_NTF:
		return json_pack("{s:s, s:o}", "event", "latch", "latch",
				 maybe(attrs_latch, tb[BTNS_A_LATCH]));
	case BTNS_CMD_CONFIG_NTF:
		return json_pack("{s:s, s:i}", "event", "config", "generation",
				 tb[BTNS_A_GENERATION] ?
				 (int)nla_get_u32(tb[BTNS_A_GENERATION]) : 0);
	case BTNS_CMD_MAPPING_NTF:
		return json_pack("{s:s, s:{s:i, s:o, s:i}}", "event", "mapping",
				 "mapping", "sa", tb[BTNS_A_SA_ID] ?
				 (int)nla_get_u32(tb[BTNS_A_SA_ID]) : 0,
				 "address", attrs_address(tb[BTNS_A_PEER_ADDR]),
				 "port", tb[BTNS_A_PEER_PORT] ?
				 ntohs(nla_get_u16(tb[BTNS_A_PEER_PORT])) : 0);
	}
	return NULL;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct genlmsghdr *g = nlmsg_data(h);
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct monitor *m = arg;
	struct timeval now;
	json_t *j;

	if (genlmsg_parse(h, 0, tb, BTNS_A_MAX, NULL))
		return NL_SKIP;
	j = make_event(g->cmd, tb);
	if (!j)
		return NL_SKIP;
	gettimeofday(&now, NULL);
	json_object_set_new(j, "time", json_real((double)now.tv_sec +
						 (double)now.tv_usec / 1e6));
	m->result = m->event(m->c, j);
	json_decref(j);
	return m->result ? NL_STOP : NL_OK;
}

int kernel_monitor(struct ctl *c, int (*event)(struct ctl *c, json_t *event))
{
	static const char *const groups[] = { BTNS_GENL_MCGRP_EVENTS,
					      BTNS_GENL_MCGRP_ACQUIRE };
	struct monitor m = { c, event, CTL_OK };
	int ret = open_kernel(c);
	struct nl_cb *cb;
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int id = genl_ctrl_resolve_grp(c->kernel->sk, BTNS_GENL_NAME,
					       groups[i]);

		ret = id < 0 ? id : nl_socket_add_membership(c->kernel->sk, id);
		if (ret < 0) {
			ctl_error(c, "group %s: %s", groups[i], nl_geterror(ret));
			return CTL_FAILED;
		}
	}
	cb = nl_cb_alloc(NL_CB_CUSTOM);
	if (!cb) {
		ctl_error(c, "out of memory");
		return CTL_FAILED;
	}
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &m);
	while (!m.result) {
		ret = nl_recvmsgs(c->kernel->sk, cb);
		if (ret == -NLE_NOMEM) {
			/* too slow: say so instead of hiding the gap */
			json_t *j = json_pack("{s:s, s:f}", "event", "lost", "time",
					      (double)time(NULL));

			m.result = event(c, j);
			json_decref(j);
		} else if (ret < 0) {
			ctl_error(c, "netlink: %s", nl_geterror(ret));
			m.result = CTL_FAILED;
		}
	}
	nl_cb_put(cb);
	return m.result;
}
