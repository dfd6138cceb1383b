// SPDX-License-Identifier: GPL-2.0-or-later
/* A run of the simulation: plan, actions, time. */
#include "sim.h"

#define SETTLE	400000			/* ms: liveness and all give-ups are over */
#define PATIENCE 1200000		/* ms more until there must be a quiet moment */
#define QUIET	300			/* ms without a packet */

/* One of a list that ends in UINT_MAX. */
static unsigned int one_of(struct sim_rng *r, const unsigned int *list, unsigned int n)
{
	return list[sim_below(r, n)];
}
#define ONE_OF(r, ...) one_of(r, (const unsigned int[]){ __VA_ARGS__ }, \
	sizeof((const unsigned int[]){ __VA_ARGS__ }) / sizeof(unsigned int))

static void make_plan(struct sim *s)
{
	struct sim_plan *p = &s->plan;
	struct sim_rng *r = &s->rng;
	struct ike_config *c = &s->config;

	p->nodes = ONE_OF(r, 2, 2, 2, 2, 2, 3, 4, 8);
	p->actions = 2 + sim_below(r, ONE_OF(r, 4, 10, 30, 60));
	p->loss = ONE_OF(r, 0, 0, 5, 20, 50);
	p->repeat = ONE_OF(r, 0, 10, 50);
	p->delay = ONE_OF(r, 1, 20, 300, 2000);
	p->gap = ONE_OF(r, 1, 50, 1000, 10000);
	p->late = ONE_OF(r, 0, 0, 5, 30);
	p->late_by = ONE_OF(r, 5000, 60000);
	p->refuse_install = ONE_OF(r, 0, 0, 0, 5, 20);
	p->refuse_child = ONE_OF(r, 0, 0, 0, 20);
	p->refuse_peer = ONE_OF(r, 0, 0, 0, 0, 10);
	p->deletes = sim_chance(r, 60);
	p->closes = sim_chance(r, 40);
	p->restarts = sim_chance(r, 25);
	p->nat = sim_chance(r, 25);
	p->blackouts = sim_chance(r, 25);
	p->wide = sim_chance(r, 50);
	p->tunnels = sim_chance(r, 30);
	p->large = sim_chance(r, 30);
	p->spoil = ONE_OF(r, 0, 0, 0, 0, 5, 30);
	p->steal = ONE_OF(r, 0, 0, 0, 0, 20, 60);
	p->jumps = sim_chance(r, 20);
	p->childless = sim_chance(r, 30);
	p->ppk = sim_chance(r, 20);
	p->crashes = sim_chance(r, 30);
	p->suites = sim_chance(r, 20);
	p->resume = sim_chance(r, 30);

	c->retry_first = 500;
	c->retry_max = ONE_OF(r, 6, 6, 6, 3);
	c->liveness = ONE_OF(r, 60000, 60000, 10000);
	c->ike_lifetime = ONE_OF(r, 14400000, 14400000, 14400000, 150000);
	c->child_lifetime = ONE_OF(r, 3600000, 3600000, 3600000, 60000);
	c->max_children = ONE_OF(r, 64, 64, 64, 4);
	c->cookie_threshold = ONE_OF(r, 100, 100, 1);
	c->initial_contact = sim_chance(r, 50);
	c->beet = p->tunnels;
	c->resume = p->resume;
	if (p->large) {
		/* most messages come in fragments, and some ends have none */
		c->fragment = 576;
		c->id_type = BTNS_ID_KEY_ID;
		c->id_len = sizeof(c->id);
		memset(c->id, 'i', sizeof(c->id));
	}
}

static void collect(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	struct {
		struct sim_rng *r;
		struct ike_sa *sa;
		unsigned int n;
	} *pick = arg;

	if (info->established && !sim_below(pick->r, ++pick->n))
		pick->sa = sa;
}

static struct ike_sa *some_ike_sa(struct sim_node *node)
{
	struct {
		struct sim_rng *r;
		struct ike_sa *sa;
		unsigned int n;
	} pick = { .r = &node->sim->rng };

	ike_walk(node->ike, collect, &pick);
	return pick.sa;
}

/* ESP flows: a waiting pair is taken into use, a NAT's new port is seen. */
static void traffic(struct sim_node *node)
{
	struct sim *s = node->sim;
	struct sim_sa *sa = node->n_sas ? &node->sas[sim_below(&s->rng, node->n_sas)] : NULL;
	struct sim_sa *m = sa && sa->active ? sim_mirror(s, sa) : NULL;
	struct sim_node *peer = m ? sim_at(s, &sa->sa.peer) : NULL;
	const uint32_t spi = m ? m->sa.spi_in : 0;
	struct ike_addr from;

	if (!m)
		return;
	sim_trace(s, "%u: ESP to %u, %08x", node->n, peer->n, spi);
	from = sim_outside(node, sa->sa.encap ? 4500 : 500);
	if (m->sa.encap && (memcmp(m->sa.peer.ip, from.ip, 4) || m->sa.peer.port != from.port))
		ike_child_mapping(peer->ike, sim_clock(peer), spi, &from);
	if (!m->active)
		ike_child_first_in(peer->ike, sim_clock(peer), spi);
}

static void initiate(struct sim_node *node, struct sim_node *peer)
{
	struct sim *s = node->sim;
	uint16_t port = 1000 + s->n_wishes;

	if (s->plan.wide && sim_chance(&s->rng, 20))
		port = 0;
	else if (sim_chance(&s->rng, 20))
		port = 999;
	sim_wish(node, peer, port);
}

/* Some nodes do not reach the others. */
static void cut(struct sim *s)
{
	if (!s->plan.blackouts)
		return;
	s->cut_until = s->now + sim_below(&s->rng, 120000);
	s->cut_bit = sim_below(&s->rng, 3);
	sim_trace(s, "cut at bit %u until %.3f", s->cut_bit, s->cut_until / 1000.0);
}

/* It slept, or somebody sets its clock. */
static void jump(struct sim_node *node)
{
	struct sim *s = node->sim;
	int64_t by = sim_below(&s->rng, sim_chance(&s->rng, 50) ? 7200000 : 20000);

	if (!s->plan.jumps)
		return;
	if (sim_chance(&s->rng, 30))
		by = -(int64_t)sim_below(&s->rng, s->now < 20000 ? s->now : 20000);
	if ((int64_t)s->now + node->skew + by < 0)
		return;
	node->skew += by;
	sim_trace(s, "%u: the clock jumps by %.3f", node->n, by / 1000.0);
}

/* What happens to an end; likewise to its peer if "also" is set. */
static void act_on(struct sim_node *node, struct sim_node *peer, unsigned int what)
{
	struct sim *s = node->sim;
	struct ike_sa *sa;
	uint32_t spi = 0;

	if (node->n_sas)
		spi = node->sas[sim_below(&s->rng, node->n_sas)].sa.spi_in;
	if (what < 30) {
		initiate(node, peer);
	} else if (what < 50) {
		sim_trace(s, "%u: rekey child %08x", node->n, spi);
		if (spi)
			ike_child_expiring(node->ike, sim_clock(node), spi);
	} else if (what < 65) {
		sa = some_ike_sa(node);
		sim_trace(s, "%u: rekey IKE SA", node->n);
		if (sa)
			ike_rekey(node->ike, sim_clock(node), sa);
	} else if (what < 77) {
		if (spi && s->plan.deletes) {
			sim_trace(s, "%u: delete child %08x", node->n, spi);
			ike_child_gone(node->ike, sim_clock(node), spi);
		}
	} else if (what < 82) {
		sa = some_ike_sa(node);
		if (sa && s->plan.closes) {
			sim_trace(s, "%u: close", node->n);
			ike_close(node->ike, sim_clock(node), sa);
		}
	} else if (what < 86) {
		const struct ike_addr a = sim_outside(peer, 500);

		sim_trace(s, "%u: hint", node->n);
		ike_hint(node->ike, sim_clock(node), &a);
	} else if (what < 89) {
		if (s->plan.restarts)
			sim_node_restart(node);
	} else if (what < 92) {
		if (node->natted) {
			node->nat_step = (node->nat_step + 1) % 40;
			sim_trace(s, "%u: NAT forgets", node->n);
		}
	} else if (what < 94) {
		if (s->plan.blackouts) {
			s->dark_until = s->now + sim_below(&s->rng, 60000);
			sim_trace(s, "dark until %.3f", s->dark_until / 1000.0);
		}
	} else if (what < 95) {
		cut(s);
	} else if (what < 96) {
		jump(node);
	} else if (what < 97) {
		if (s->plan.steal)
			sim_mallory_wish(s, peer, node);
	} else {
		traffic(node);
	}
}

static void act(struct sim *s)
{
	struct sim_node *node = &s->node[sim_below(&s->rng, s->plan.nodes)];
	struct sim_node *peer = &s->node[(node->n + 1 + sim_below(&s->rng, s->plan.nodes - 1)) %
					 s->plan.nodes];
	unsigned int what = sim_below(&s->rng, 100);

	if (s->plan.crashes && sim_chance(&s->rng, 20))
		sim_node_crash(node);
	act_on(node, peer, what);
	/* the same at both ends, or something else: collisions */
	if (sim_chance(&s->rng, 20))
		act_on(peer, node, sim_chance(&s->rng, 70) ? what : sim_below(&s->rng, 100));
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* By the simulation's clock. */
static uint64_t engine_next(const struct sim_node *node)
{
	const uint64_t next = ike_next(node->ike), clock = sim_clock(node);

	if (next == UINT64_MAX)
		return next;
	return node->sim->now + (next > clock ? next - clock : 0);
}

uint64_t sim_next(const struct sim *s)
{
	uint64_t at = sim_net_next(s);
	unsigned int i;

	if (s->mallory.ike)
		at = sooner(at, ike_next(s->mallory.ike));
	for (i = 0; i < s->plan.nodes; i++) {
		at = sooner(at, engine_next(&s->node[i]));
		at = sooner(at, sim_kernel_next(&s->node[i]));
	}
	return at;
}

/* Everything that happens until then. */
void sim_until(struct sim *s, uint64_t end)
{
	unsigned int i, spins = 0;
	uint64_t at;

	while (!s->failure[0] && (at = sim_next(s)) <= end) {
		if (at > s->now)
			spins = 0;
		else if (++spins > 10000)
			sim_fail(s, "the clock stands still");
		s->now = at > s->now ? at : s->now;
		for (i = 0; i < s->plan.nodes; i++) {
			sim_kernel_tick(&s->node[i]);
			ike_tick(s->node[i].ike, sim_clock(&s->node[i]));
		}
		if (s->mallory.ike)
			ike_tick(s->mallory.ike, s->now);
		while (sim_net_next(s) <= s->now)
			sim_deliver(s);
	}
	if (end > s->now)
		s->now = end;
}

/* A moment when nothing is on its way. */
static void run_until_quiet(struct sim *s)
{
	const uint64_t end = s->now + PATIENCE;

	while (!s->failure[0] && (s->n_packets || s->now - s->last_packet < QUIET)) {
		if (s->now >= end)
			sim_fail(s, "it never gets quiet");
		sim_until(s, s->now + 50);
	}
}

void sim_finish(struct sim *s)
{
	unsigned int i;

	sim_trace(s, "calm");
	s->calm = true;
	s->manual = false;
	sim_mallory_end(s);
	sim_until(s, s->now + SETTLE);
	run_until_quiet(s);
	sim_check(s);
	if (s->failure[0])
		return;
	sim_trace(s, "the end");
	for (i = 0; i < s->plan.nodes; i++)
		ike_close(s->node[i].ike, sim_clock(&s->node[i]), NULL);
	sim_until(s, s->now + 200000);
	if (!s->failure[0])
		sim_check_empty(s);
}

static void run(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->plan.actions && !s->failure[0]; i++) {
		act(s);
		if (sim_chance(&s->rng, 60))
			sim_until(s, s->now + sim_below(&s->rng, s->plan.gap));
	}
	/* what is under way may still get lost */
	sim_until(s, s->now + sim_below(&s->rng, 2 * s->plan.gap));
	sim_finish(s);
}

static void clear(struct sim *s, uint64_t seed, FILE *trace)
{
	memset(s, 0, offsetof(struct sim, run));
	s->run++;
	s->blocks_before = sim_blocks();
	s->ppk = secret_new(SECRET_PPK, CHUNK("a secret that all of them share", 31));
	s->seed = seed;
	s->trace = trace;
	s->now = 1000;
	s->rng.state = seed;
	s->net.state = sim_random(&s->rng);
}

static void open_nodes(struct sim *s)
{
	unsigned int i;

	sim_trace(s, "%u nodes, %u actions, loss %u, repeat %u, delay %u, gap %u, late %u/%u",
		  s->plan.nodes, s->plan.actions, s->plan.loss, s->plan.repeat, s->plan.delay,
		  s->plan.gap, s->plan.late, s->plan.late_by);
	for (i = 0; i < s->plan.nodes; i++) {
		struct sim_node *node = &s->node[i];

		memset(node, 0, offsetof(struct sim_node, sas));
		node->sim = s;
		node->n = i;
		node->rng.state = sim_random(&s->rng);
		node->natted = s->plan.nat && !(i & 1);
		sim_node_start(node);
	}
	if (s->plan.steal && !sim_mallory_start(s))
		sim_fail(s, "no engine");
	s->blocks = sim_blocks();
}

void sim_open(struct sim *s, uint64_t seed, FILE *trace)
{
	clear(s, seed, trace);
	s->plan.nodes = 2;
	s->config.retry_first = 500;
	s->config.retry_max = 6;
	open_nodes(s);
}

bool sim_close(struct sim *s)
{
	unsigned int i;

	sim_mallory_end(s);
	for (i = 0; i < s->plan.nodes; i++)
		if (s->node[i].ike)
			ike_free(&s->node[i].ike);
	for (i = 0; i < s->plan.nodes; i++)
		sim_records_free(&s->node[i]);
	sim_net_free(s);
	secret_free(&s->ppk);
	if (sim_blocks() != s->blocks_before)
		sim_fail(s, "%ld blocks of memory leaked", sim_blocks() - s->blocks_before);
	return !s->failure[0];
}

bool sim_run(struct sim *s, uint64_t seed, FILE *trace)
{
	clear(s, seed, trace);
	make_plan(s);
	open_nodes(s);
	if (!s->failure[0])
		run(s);
	return sim_close(s);
}

bool sim_crowd(struct sim *s, uint64_t seed, FILE *trace)
{
	clear(s, seed, trace);
	make_plan(s);
	s->plan.nodes = SIM_NODES;
	s->plan.actions = 3 * SIM_NODES;
	s->plan.gap = 300;
	s->config.liveness = 60000;
	s->config.child_lifetime = 3600000;
	s->config.ike_lifetime = 14400000;
	/* the checks of so many leave no quiet moment if they come often */
	s->config.liveness = 300000;
	open_nodes(s);
	if (!s->failure[0])
		run(s);
	return sim_close(s);
}
