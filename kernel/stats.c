// SPDX-License-Identifier: GPL-2.0-only
/* Counters per processor; /proc/net/btns shows the sums. */
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "stats.h"

const char * const btns_stat_names[__BTNS_STAT_MAX] = {
#define X(sym, name) [BTNS_STAT_##sym] = name,
	BTNS_STATS(X)
#undef X
};

/**
 * btns_stat_inc() - count one event
 * @bn: namespace
 * @which: the counter
 *
 * Any context.
 */
void btns_stat_inc(struct btns_net *bn, enum btns_stat which)
{
	struct btns_stats *s;
	unsigned long flags;

	s = get_cpu_ptr(bn->stats);
	flags = u64_stats_update_begin_irqsave(&s->syncp);
	u64_stats_inc(&s->v[which]);
	u64_stats_update_end_irqrestore(&s->syncp, flags);
	put_cpu_ptr(bn->stats);
}

/**
 * btns_stat_read() - sum of a counter over all processors
 * @bn: namespace
 * @which: the counter
 */
u64 btns_stat_read(struct btns_net *bn, enum btns_stat which)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct btns_stats *s = per_cpu_ptr(bn->stats, cpu);
		unsigned int start;
		u64 v;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			v = u64_stats_read(&s->v[which]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum += v;
	}
	return sum;
}

static int btns_stats_show(struct seq_file *m, void *v)
{
	struct btns_net *bn = btns_pernet(seq_file_single_net(m));
	int i;

	for (i = 0; i < __BTNS_STAT_MAX; i++)
		seq_printf(m, "%-30s %llu\n", btns_stat_names[i],
			   btns_stat_read(bn, i));
	return 0;
}

int btns_stats_init(struct btns_net *bn)
{
	int cpu;

	bn->stats = alloc_percpu(struct btns_stats);
	if (!bn->stats)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(bn->stats, cpu)->syncp);
	if (!proc_create_net_single("btns", 0444, bn->net->proc_net, btns_stats_show,
				    NULL)) {
		free_percpu(bn->stats);
		return -ENOMEM;
	}
	return 0;
}

void btns_stats_exit(struct btns_net *bn)
{
	remove_proc_entry("btns", bn->net->proc_net);
	free_percpu(bn->stats);
}
