// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration into the kernel: one transaction. */
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "btnsd.h"

static void generation(void *arg, struct nlattr **tb)
{
	struct btnsd *d = arg;

	if (tb[BTNS_A_GENERATION])
		d->generation = nla_get_u32(tb[BTNS_A_GENERATION]);
}

static bool put_pad(struct nl_msg *m, const struct conf_pad *p)
{
	struct nlattr *nest = nla_nest_start(m, BTNS_A_PAD | NLA_F_NESTED);
	unsigned int i;

	if (!nest || nla_put_string(m, BTNS_PAD_A_NAME, p->name) ||
	    nla_put_u8(m, BTNS_PAD_A_MATCH, p->match))
		return false;
	if (p->match == BTNS_PAD_MATCH_ID &&
	    (nla_put_u16(m, BTNS_PAD_A_ID_TYPE, p->id.type) ||
	     nla_put(m, BTNS_PAD_A_ID_DATA, p->id.len, p->id.data) ||
	     nla_put_u8(m, BTNS_PAD_A_AUTH, p->auth)))
		return false;
	for (i = 0; i < p->n_keys; i++)
		if (nla_put(m, BTNS_PAD_A_FINGERPRINT, BTNS_FINGERPRINT_LEN, p->keys[i]))
			return false;
	for (i = 0; i < p->n_ranges; i++)
		if (!kernel_put_ts(m, BTNS_PAD_A_CHILD, &p->ranges[i]))
			return false;
	if ((p->any && nla_put_flag(m, BTNS_PAD_A_CHILD_ANY)) ||
	    (p->by_id && nla_put_flag(m, BTNS_PAD_A_BY_ID)))
		return false;
	nla_nest_end(m, nest);
	return true;
}

static bool is_any(const struct ike_ts *ts)
{
	return !ts->family && !ts->proto && !ts->port_start && ts->port_end == 65535;
}

static bool put_policy_peer(struct nl_msg *m, const struct conf_policy *p)
{
	if (p->has_fingerprint)
		return !nla_put(m, BTNS_SPD_A_PEER_FINGERPRINT, BTNS_FINGERPRINT_LEN,
				p->fingerprint);
	if (!p->peer.type)
		return true;
	return !nla_put_u16(m, BTNS_SPD_A_PEER_ID_TYPE, p->peer.type) &&
	       !nla_put(m, BTNS_SPD_A_PEER_ID_DATA, p->peer.len, p->peer.data);
}

static bool put_policy(struct nl_msg *m, const struct conf_policy *p)
{
	struct nlattr *nest = nla_nest_start(m, BTNS_A_SPD | NLA_F_NESTED);
	unsigned int i;

	if (!nest || nla_put_string(m, BTNS_SPD_A_NAME, p->name) ||
	    nla_put_u8(m, BTNS_SPD_A_CLASS, p->class) ||
	    nla_put_u8(m, BTNS_SPD_A_MODE, p->mode))
		return false;
	if (!is_any(&p->local) && !kernel_put_ts(m, BTNS_SPD_A_LOCAL, &p->local))
		return false;
	if (!is_any(&p->remote) && !kernel_put_ts(m, BTNS_SPD_A_REMOTE, &p->remote))
		return false;
	if ((p->btns && nla_put_flag(m, BTNS_SPD_A_BTNS_OK)) ||
	    (p->null && nla_put_flag(m, BTNS_SPD_A_NULL_OK)))
		return false;
	if (p->local_gateway.family &&
	    !kernel_put_addr(m, BTNS_SPD_A_OUTER_LOCAL, &p->local_gateway))
		return false;
	if (p->peer_gateway.family &&
	    !kernel_put_addr(m, BTNS_SPD_A_OUTER_PEER, &p->peer_gateway))
		return false;
	if (!put_policy_peer(m, p))
		return false;
	for (i = 0; i < p->n_suites; i++)
		if (!kernel_put_suite(m, BTNS_SPD_A_SUITE, &p->suites[i]))
			return false;
	if ((p->lifetime && nla_put_u32(m, BTNS_SPD_A_LIFETIME, p->lifetime)) ||
	    (p->lifebytes && nla_put_u64(m, BTNS_SPD_A_LIFEBYTES, p->lifebytes)))
		return false;
	nla_nest_end(m, nest);
	return true;
}

static bool refused(struct btnsd *d, const struct conf *conf, int line, const char *what,
		    const char *name, char *error)
{
	char why[sizeof(d->kernel.family.why)];

	/* the abort's own words must not cover the reason */
	memcpy(why, d->kernel.family.why, sizeof(why));
	kernel_call(&d->kernel, kernel_new(&d->kernel, BTNS_CMD_CONFIG_ABORT), NULL, NULL);
	if (line)
		snprintf(error, CONF_ERROR_MAX, "%s:%d: %s %s: %s", conf->file, line, what, name,
			 why);
	else
		snprintf(error, CONF_ERROR_MAX, "%s: %s", conf->file, why);
	return false;
}

static int too_long(struct kernel *k, struct nl_msg *m)
{
	nlmsg_free(m);
	snprintf(k->family.why, sizeof(k->family.why), "too long for one message");
	return -1;
}

bool conf_commit(struct btnsd *d, const struct conf *conf, char error[CONF_ERROR_MAX])
{
	struct kernel *k = &d->kernel;
	struct nl_msg *m;
	unsigned int i;
	int r;

	if (kernel_call(k, kernel_new(k, BTNS_CMD_CONFIG_BEGIN), NULL, NULL))
		return refused(d, conf, 0, "", "", error);
	for (i = 0; i < conf->n_pad; i++) {
		const struct conf_pad *p = &conf->pad[i];

		m = kernel_new(k, BTNS_CMD_PAD_ADD);
		r = m && !put_pad(m, p) ? too_long(k, m) : kernel_call(k, m, NULL, NULL);
		if (r)
			return refused(d, conf, p->line, "pad", p->name, error);
	}
	for (i = 0; i < conf->n_policy; i++) {
		const struct conf_policy *p = &conf->policy[i];

		m = kernel_new(k, BTNS_CMD_SPD_ADD);
		r = m && !put_policy(m, p) ? too_long(k, m) : kernel_call(k, m, NULL, NULL);
		if (r)
			return refused(d, conf, p->line, "policy", p->name, error);
	}
	if (kernel_call(k, kernel_new(k, BTNS_CMD_CONFIG_COMMIT), generation, d))
		return refused(d, conf, 0, "", "", error);
	return true;
}
