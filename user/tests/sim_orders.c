// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two ends do something at about the same time: all orders in which packets may
 * come are tried, with a few of them lost or repeated.  A run is a list of choices; the next
 * run is that list with its last choice changed.
 */
#include "sim.h"

#define CHOICES_MAX	100		/* more than there are: all of them are tried */
#define PATIENCE	5000		/* ms: repetitions and second tries, no liveness checks */

struct choices {
	unsigned char at[CHOICES_MAX], of[CHOICES_MAX];
	unsigned int n, pos;
	bool full;
};

static unsigned int choose(struct choices *c, unsigned int of)
{
	if (of < 2)
		return 0;
	if (c->pos == CHOICES_MAX) {
		c->full = true;
		return 0;
	}
	if (c->pos == c->n) {
		c->at[c->n] = 0;
		c->of[c->n++] = of;
	}
	return c->at[c->pos++];
}

static bool next(struct choices *c)
{
	while (c->n && c->at[c->n - 1] + 1u >= c->of[c->n - 1])
		c->n--;
	if (!c->n)
		return false;
	c->at[c->n - 1]++;
	return true;
}

static void established(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	if (info->established)
		*(struct ike_sa **)arg = sa;
}

static void do_op(struct sim_node *node, struct sim_node *peer, enum sim_op op)
{
	static const char *const name[] = { "new", "rekey", "delete", "rekey IKE", "close" };
	struct sim *s = node->sim;
	struct ike_sa *sa = NULL;

	sim_trace(s, "%u: %s", node->n, name[op]);
	ike_walk(node->ike, established, &sa);
	switch (op) {
	case SIM_NEW:
		sim_wish(node, peer, 2000 + node->n);
		break;
	case SIM_REKEY:
		if (node->n_sas)
			ike_child_expiring(node->ike, sim_clock(node), node->sas[0].sa.spi_in);
		break;
	case SIM_DELETE:
		if (node->n_sas)
			ike_child_gone(node->ike, sim_clock(node), node->sas[0].sa.spi_in);
		break;
	case SIM_REKEY_IKE:
		if (sa)
			ike_rekey(node->ike, sim_clock(node), sa);
		break;
	default:
		if (sa)
			ike_close(node->ike, sim_clock(node), sa);
		break;
	}
}

static void one_run(struct sim *s, struct choices *c, enum sim_op a, enum sim_op b,
		    unsigned int losses, unsigned int repeats)
{
	bool later = true;		/* b is still to come */

	s->calm = true;
	sim_wish(&s->node[0], &s->node[1], 1000);
	sim_until(s, s->now + 1000);
	s->manual = true;
	do_op(&s->node[0], &s->node[1], a);
	while (!s->failure[0]) {
		const unsigned int n = s->n_packets, lost = losses ? n : 0;
		const unsigned int twice = repeats ? n : 0;
		unsigned int i;

		if (!n && !later) {
			uint64_t at = sim_next(s);

			if (at > s->now + PATIENCE)
				break;
			sim_until(s, at);
			continue;
		}
		i = choose(c, n + lost + twice + later);
		if (i < n) {
			sim_pick(s, i, SIM_DELIVER);
		} else if (i < n + lost) {
			sim_pick(s, i - n, SIM_LOSE);
			losses--;
		} else if (i < n + lost + twice) {
			sim_pick(s, i - n - lost, SIM_REPEAT);
			repeats--;
		} else {
			later = false;
			do_op(&s->node[1], &s->node[0], b);
		}
	}
	if (c->full)
		sim_fail(s, "more than %u choices", CHOICES_MAX);
	if (!s->failure[0])
		sim_finish(s);
}

static void note(struct sim *s, const struct choices *c)
{
	unsigned int i;
	size_t at = 0;

	s->orders[0] = 0;
	for (i = 0; i < c->n && at + 4 < sizeof(s->orders); i++)
		at += snprintf(s->orders + at, sizeof(s->orders) - at, "%u", c->at[i]);
}

unsigned long sim_orders(struct sim *s, uint64_t seed, enum sim_op a, enum sim_op b,
			 unsigned int losses, unsigned int repeats, FILE *trace)
{
	struct choices c = { .n = 0 };
	unsigned long runs = 0;

	do {
		c.pos = 0;
		sim_open(s, seed, NULL);
		s->plan.deletes = a == SIM_DELETE || b == SIM_DELETE;
		s->plan.closes = a == SIM_CLOSE || b == SIM_CLOSE;
		one_run(s, &c, a, b, losses, repeats);
		runs++;
		if (!sim_close(s)) {
			note(s, &c);
			if (!trace)
				break;
			c.pos = 0;
			sim_open(s, seed, trace);
			one_run(s, &c, a, b, losses, repeats);
			sim_close(s);
			note(s, &c);
			break;
		}
	} while (next(&c));
	return runs;
}
