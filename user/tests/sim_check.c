// SPDX-License-Identifier: GPL-2.0-or-later
/* What must hold when a run of the simulation has calmed down. */
#include "sim.h"

static bool same_addr(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->port == b->port && !memcmp(a->ip, b->ip, 4);
}

static bool same_ts(const struct ike_ts *a, const struct ike_ts *b, bool natted)
{
	return a->proto == b->proto && a->port_start == b->port_start &&
	       a->port_end == b->port_end &&
	       /* behind a NAT each end has addresses of its own (section 2.23.1) */
	       (natted || (!memcmp(a->start, b->start, 4) && !memcmp(a->end, b->end, 4)));
}

static void check_pair(struct sim_node *node, const struct sim_sa *sa)
{
	struct sim *s = node->sim;
	struct sim_node *peer = sim_at(s, &sa->sa.peer);
	const struct sim_sa *m = sim_mirror(s, sa);
	const struct ike_child_sa *x = &sa->sa, *y;
	struct ike_addr where;
	bool natted;

	if (!m) {
		sim_fail(s, "node %u: half SA %08x/%08x with node %u", node->n, x->spi_in,
			 x->spi_out, peer ? peer->n : 99);
		return;
	}
	y = &m->sa;
	natted = node->natted || peer->natted;
	if (x->encr_len != y->encr_len || x->integ_len != y->integ_len ||
	    memcmp(x->encr_in, y->encr_out, x->encr_len) ||
	    memcmp(x->integ_in, y->integ_out, x->integ_len) ||
	    !memcmp(x->encr_in, x->encr_out, x->encr_len))
		sim_fail(s, "node %u: keys of %08x", node->n, x->spi_in);
	if (x->suite.encr != y->suite.encr || x->suite.encr_bits != y->suite.encr_bits ||
	    x->suite.integ != y->suite.integ || x->suite.no_esn != y->suite.no_esn ||
	    x->mode != y->mode || x->encap != y->encap || x->initiator == y->initiator ||
	    memcmp(x->ike_spi, y->ike_spi, 16))
		sim_fail(s, "node %u: parameters of %08x", node->n, x->spi_in);
	if (!same_ts(&x->local_ts, &y->remote_ts, natted) ||
	    !same_ts(&x->remote_ts, &y->local_ts, natted))
		sim_fail(s, "node %u: selectors of %08x", node->n, x->spi_in);
	where = sim_outside(peer, x->encap ? 4500 : 500);
	if (x->encap != natted || !same_addr(&x->peer, &where))
		sim_fail(s, "node %u: %08x goes to port %u, not %u", node->n, x->spi_in,
			 x->peer.port, where.port);
	if (!sa->active)
		sim_fail(s, "node %u: %08x is still standby", node->n, x->spi_in);
}

struct ike_list {
	struct ike_sa_info info[128];
	unsigned int n, all;
};

static void list_ike_sa(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	struct ike_list *l = arg;

	l->all++;
	if (info->established && l->n < 128)
		l->info[l->n++] = *info;
}

static void check_ike_sas(struct sim *s)
{
	static struct ike_list list[SIM_NODES];
	unsigned int i, j, k;

	memset(list, 0, s->plan.nodes * sizeof(list[0]));
	for (i = 0; i < s->plan.nodes; i++) {
		struct sim_node *node = &s->node[i];

		ike_walk(node->ike, list_ike_sa, &list[i]);
		if (list[i].all != ike_stats(node->ike)->sas)
			sim_fail(s, "node %u: %u IKE SAs, %u counted", i, list[i].all,
				 ike_stats(node->ike)->sas);
		if (ike_stats(node->ike)->half_open)
			sim_fail(s, "node %u: half-open IKE SAs", i);
	}
	for (i = 0; i < s->plan.nodes; i++) {
		for (j = 0; j < list[i].n; j++) {
			const struct ike_sa_info *a = &list[i].info[j], *b = NULL;
			const struct sim_node *peer = sim_at(s, &a->peer);

			for (k = 0; peer && k < list[peer->n].n; k++) {
				b = &list[peer->n].info[k];
				if (!memcmp(a->spi_i, b->spi_i, 8) &&
				    !memcmp(a->spi_r, b->spi_r, 8))
					break;
				b = NULL;
			}
			if (!b)
				sim_fail(s, "node %u: half IKE SA %02x%02x with node %u", i,
					 a->spi_i[0], a->spi_i[1], peer ? peer->n : 99);
			else if (a->initiator == b->initiator || a->n_children != b->n_children)
				sim_fail(s, "IKE SA %02x%02x: %u and %u Child SAs", a->spi_i[0],
					 a->spi_i[1], a->n_children, b->n_children);
		}
	}
}

/* Of which wish is this SA?  That of a wide one may be of any of both ends. */
static bool may_be_of(const struct sim_node *node, const struct sim_node *peer,
		      const struct sim_sa *sa, const struct sim_wish *w)
{
	const uint16_t local = sa->sa.local_ts.port_start, remote = sa->sa.remote_ts.port_start;

	if (!w->port)
		return !local && !remote && ((w->from == node->n && w->to == peer->n) ||
					     (w->to == node->n && w->from == peer->n));
	if (w->from == node->n && w->to == peer->n)
		return w->port == remote;
	return w->to == node->n && w->from == peer->n && w->port == local;
}

/* No more SAs than wishes: rekeying leaves one; and no wish came true in vain. */
static void check_wishes(struct sim *s)
{
	const struct sim_plan *p = &s->plan;
	const bool untroubled = !p->deletes && !p->closes && !p->restarts && !p->nat && !s->lost &&
				!p->refuse_install && !p->refuse_peer && !s->timeouts &&
				!p->spoil && !p->steal;
	unsigned int i, j, k;

	for (i = 0; i < s->n_wishes; i++) {
		const struct sim_wish *w = &s->wish[i];
		struct sim_node *node = &s->node[w->from];
		unsigned int sas = 0, wishes = 0, wide = 0;

		for (j = 0; j < node->n_sas; j++) {
			const struct sim_node *peer = sim_at(s, &node->sas[j].sa.peer);

			sas += peer && may_be_of(node, peer, &node->sas[j], w);
			wide += peer && peer->n == w->to &&
				!node->sas[j].sa.local_ts.proto;
		}
		for (k = 0; k < s->n_wishes; k++) {
			const struct sim_wish *o = &s->wish[k];

			wishes += o->port == w->port &&
				  ((o->from == w->from && o->to == w->to) ||
				   (!w->port && o->from == w->to && o->to == w->from));
		}
		if (w->state == WISH_OPEN)
			sim_fail(s, "wish %u has not ended", i + 1);
		if (sas > wishes)
			sim_fail(s, "%u Child SAs for wish %u, which was made %u times", sas,
				 i + 1, wishes);
		if (untroubled && !w->childless && w->state == WISH_OK && !sas && !wide)
			sim_fail(s, "wish %u came true, and nothing is left of it", i + 1);
	}
}

void sim_check(struct sim *s)
{
	unsigned int i, j;

	for (i = 0; i < s->plan.nodes; i++) {
		struct sim_node *node = &s->node[i];

		for (j = 0; j < node->n_sas; j++)
			check_pair(node, &node->sas[j]);
		if (ike_stats(node->ike)->children != node->n_sas)
			sim_fail(s, "node %u: %u Child SAs, the kernel has %u", i,
				 ike_stats(node->ike)->children, node->n_sas);
	}
	check_ike_sas(s);
	check_wishes(s);
}

void sim_check_empty(struct sim *s)
{
	long tickets = 0;
	unsigned int i;

	for (i = 0; i < s->plan.nodes; i++)
		tickets += ike_stats(s->node[i].ike)->tickets;
	/* each heap of timers stays once it is there, and the room for records */
	if (sim_blocks() > s->blocks + tickets + (1 + s->plan.crashes) * (long)s->plan.nodes)
		sim_fail(s, "%ld blocks of memory were %ld", sim_blocks(), s->blocks);
	for (i = 0; i < s->plan.nodes; i++) {
		const struct ike_stats *t = ike_stats(s->node[i].ike);
		unsigned int k;

		for (k = 0; k < SIM_RECORDS; k++)
			if (s->node[i].record[k].data)
				sim_fail(s, "node %u: a record of a closed IKE SA", i);

		if (t->sas || t->children || t->half_open || s->node[i].n_sas ||
		    ike_next(s->node[i].ike) != UINT64_MAX)
			sim_fail(s, "node %u: closed, but %u IKE SAs and %u Child SAs remain", i,
				 t->sas, s->node[i].n_sas);
	}
}
