// SPDX-License-Identifier: GPL-2.0-only
/* net.btns.*: limits and defaults of one namespace. */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>

#include "compat/compat.h"
#include "sysctl.h"

static int one_thousand = 1000;
static int one_million = 1000000;
static int ten_million = 10000000;
static int entries_max = 16384;	/* a commit compares each with each */
static int hundred = 100;
static int one_day_ms = 86400000;
static int class_max = BTNS_CLASS_PRIVATE;
static int reaction_max = __BTNS_REACTION_MAX - 1;
static int log_max = 3;

#define BTNS_SYSCTL(member, min, max)						\
	{									\
		.procname = #member,						\
		.data = (void *)offsetof(struct btns_sysctl, member),		\
		.maxlen = sizeof(int),						\
		.mode = 0644,							\
		.proc_handler = proc_dointvec_minmax,				\
		.extra1 = min,							\
		.extra2 = max,							\
	}

/* .data is an offset here and becomes an address in the copy of a namespace. */
static const struct ctl_table btns_sysctl_template[] = {
	BTNS_SYSCTL(auto_latch, SYSCTL_ZERO, SYSCTL_ONE),
	BTNS_SYSCTL(break_reaction, SYSCTL_ZERO, &reaction_max),
	BTNS_SYSCTL(class_floor, SYSCTL_ZERO, &class_max),
	BTNS_SYSCTL(pad_max, SYSCTL_ONE, &entries_max),
	BTNS_SYSCTL(spd_max, SYSCTL_ONE, &entries_max),
	BTNS_SYSCTL(sa_max, SYSCTL_ONE, &ten_million),
	BTNS_SYSCTL(identity_max, SYSCTL_ONE, &ten_million),
	BTNS_SYSCTL(latch_max, SYSCTL_ONE, &ten_million),
	BTNS_SYSCTL(larval_max, SYSCTL_ONE, &one_million),
	BTNS_SYSCTL(flow_max, SYSCTL_ONE, &one_million),
	BTNS_SYSCTL(flow_idle_ms, &hundred, &one_day_ms),
	BTNS_SYSCTL(acquire_max, SYSCTL_ONE, &one_million),
	BTNS_SYSCTL(holdoff_max, SYSCTL_ONE, &one_million),
	BTNS_SYSCTL(acquire_timeout_ms, &one_thousand, &one_day_ms),
	BTNS_SYSCTL(holdoff_ms, &hundred, &one_day_ms),
	BTNS_SYSCTL(holdoff_clear_ms, &hundred, &one_day_ms),
	BTNS_SYSCTL(log_level, SYSCTL_ZERO, &log_max),
};

static const struct btns_sysctl btns_sysctl_defaults = {
	.auto_latch = 1,
	.break_reaction = BTNS_REACTION_CLOSE,	/* recommended by RFC 5660 section 5 */
	.class_floor = BTNS_CLASS_CLEAR,
	.pad_max = 1024,
	.spd_max = 1024,
	.sa_max = 100000,
	.identity_max = 200000,
	.latch_max = 1000000,
	.larval_max = 4096,
	.flow_max = 65536,
	.flow_idle_ms = 180000,
	.acquire_max = 1024,
	.holdoff_max = 4096,
	.acquire_timeout_ms = 30000,
	.holdoff_ms = 10000,
	.holdoff_clear_ms = 60000,
	.log_level = 1,
};

static bool btns_sysctl_is_limit(const char *name)
{
	const size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, "_max");
}

int btns_sysctl_init(struct btns_net *bn)
{
	const unsigned int n = ARRAY_SIZE(btns_sysctl_template);
	struct ctl_table *table;
	unsigned int i;

	bn->sysctl = btns_sysctl_defaults;
	/* one empty entry more: kernels that do not take a size stop there */
	table = kcalloc(n + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(table, btns_sysctl_template, sizeof(btns_sysctl_template));
	for (i = 0; i < n; i++) {
		table[i].data = (char *)&bn->sysctl + (unsigned long)table[i].data;
		/* anybody is root of a user namespace of his own: not over the memory of all */
		if (bn->net->user_ns != &init_user_ns && btns_sysctl_is_limit(table[i].procname))
			table[i].mode = 0444;
	}
	bn->sysctl.table = table;
	bn->sysctl.header = btns_register_net_sysctl(bn->net, "net/btns", table, n);
	if (!bn->sysctl.header) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

void btns_sysctl_exit(struct btns_net *bn)
{
	unregister_net_sysctl_table(bn->sysctl.header);
	kfree(bn->sysctl.table);
}
