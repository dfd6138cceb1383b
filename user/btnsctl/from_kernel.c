// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: what the module answers. */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/genl/genl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../common/family.h"
#include "../common/show.h"
#include "attrs.h"
#include "ctl.h"

#define WATCH_AGAIN	2000	/* ms until the daemon is looked for again */

/* --- transport --------------------------------------------------------------- */

static int open_kernel(struct ctl *c)
{
	struct family *f;
	int r;

	if (c->kernel)
		return CTL_OK;
	f = calloc(1, sizeof(*f));
	if (!f) {
		ctl_error(c, "out of memory");
		return CTL_FAILED;
	}
	r = family_open(f);
	if (r) {
		ctl_error(c, "%s", f->why);
		free(f);
		return r == -ENOENT ? CTL_NO_MODULE : CTL_FAILED;
	}
	c->kernel = f;
	return CTL_OK;
}

void kernel_done(struct ctl *c)
{
	if (!c->kernel)
		return;
	family_close(c->kernel);
	free(c->kernel);
	c->kernel = NULL;
}

/* enum ctl_exit; what each gives is one of them as well. */
static int transact(struct ctl *c, struct nl_msg *msg, family_each_fn each, void *arg)
{
	const int r = family_call(c->kernel, msg, each, arg);
	const char *name = strerror(-r);
	char safe[512];

	if (r >= 0)
		return r;
	show_safe(c->kernel->why, safe, sizeof(safe));
	if (!strcmp(safe, name))
		ctl_error(c, "%s", name);
	else
		ctl_error(c, "%s (%s)", safe, name);
	return CTL_FAILED;
}

static struct nl_msg *request(struct ctl *c, uint8_t cmd, int flags)
{
	return family_new(c->kernel, cmd, flags, 0);
}

/* --- lists --------------------------------------------------------------------- */

struct listing {
	struct ctl *c;
	int attr;
	json_t *(*convert)(const struct nlattr *);
	json_t *list;
};

static int add_one(void *arg, struct nlmsghdr *h, struct nlattr **tb)
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
		json_decref(l.list);
		l.list = json_array();
		c->error[0] = 0;
		ret = transact(c, request(c, cmd, NLM_F_DUMP), add_one, &l);
		if (!c->kernel->interrupted)
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
static int add_stats(void *arg, struct nlmsghdr *h, struct nlattr **unused)
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
	json_t *stats;
	int ret;

	*object = NULL;
	ret = open_kernel(c);
	if (ret)
		return ret;
	stats = json_object();
	ret = transact(c, request(c, BTNS_CMD_STATS_GET, NLM_F_ACK), add_stats, stats);
	if (ret)
		json_decref(stats);
	else
		*object = stats;
	return ret;
}

int kernel_flush(struct ctl *c, unsigned int what)
{
	struct nl_msg *msg;
	int ret = open_kernel(c);

	if (ret)
		return ret;
	msg = request(c, BTNS_CMD_FLUSH, NLM_F_ACK);
	if (msg)
		nla_put_u32(msg, BTNS_A_FLUSH, what);
	return transact(c, msg, NULL, NULL);
}

static int take_count(void *arg, struct nlmsghdr *h, struct nlattr **tb)
{
	(void)h;
	if (tb[BTNS_A_COUNT])
		*(unsigned int *)arg = nla_get_u32(tb[BTNS_A_COUNT]);
	return CTL_OK;
}

int kernel_latch_break(struct ctl *c, uint64_t id, const uint8_t *fingerprint,
		       unsigned int *count)
{
	struct nl_msg *msg;
	int ret = open_kernel(c);

	*count = 0;
	if (ret)
		return ret;
	msg = request(c, BTNS_CMD_LATCH_BREAK, NLM_F_ACK);
	if (msg && fingerprint)
		nla_put(msg, BTNS_A_PEER_FINGERPRINT, BTNS_FINGERPRINT_LEN, fingerprint);
	else if (msg)
		nla_put_u64(msg, BTNS_A_LATCH_ID, id);
	return transact(c, msg, take_count, count);
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
	struct monitor m = { c, event, CTL_OK };
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	struct watch w;
	int ret = open_kernel(c);

	if (ret)
		return ret;
	if (family_join(c->kernel, c->kernel->sk, true)) {
		ctl_error(c, "%s", c->kernel->why);
		return CTL_FAILED;
	}
	fds[0].fd = nl_socket_get_fd(c->kernel->sk);
	daemon_watch(c, &w);
	while (!m.result) {
		fds[1].fd = w.fd;
		/* a daemon that was not there may come */
		if (poll(fds, 2, w.fd < 0 ? WATCH_AGAIN : -1) < 0 && errno != EINTR)
			break;
		if (w.fd >= 0 && fds[1].revents)
			m.result = daemon_hear(c, &w, event);
		else if (w.fd < 0)
			daemon_watch(c, &w);
		if (m.result || !fds[0].revents)
			continue;
		ret = family_hear(c->kernel->sk, on_event, &m);
		if (ret == -ENOBUFS) {
			/* too slow: say so instead of hiding the gap */
			json_t *j = json_pack("{s:s, s:f}", "event", "lost", "time",
					      (double)time(NULL));

			m.result = event(c, j);
			json_decref(j);
		} else if (ret < 0) {
			ctl_error(c, "netlink: %s", strerror(-ret));
			m.result = CTL_FAILED;
		}
	}
	if (w.fd >= 0)
		close(w.fd);
	return m.result;
}
