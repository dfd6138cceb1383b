// SPDX-License-Identifier: GPL-2.0-or-later
/* An end of the simulation: an engine and what it asks its kernel to do. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>

#include "ike/offer.h"
#include "sim.h"

void sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->failure[0])
		return;
	va_start(ap, fmt);
	vsnprintf(s->failure, sizeof(s->failure), fmt, ap);
	va_end(ap);
	sim_trace(s, "FAILURE: %s", s->failure);
}

void sim_trace(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->trace)
		return;
	fprintf(s->trace, "%8.3f ", s->now / 1000.0);
	va_start(ap, fmt);
	vfprintf(s->trace, fmt, ap);
	va_end(ap);
	fputc('\n', s->trace);
}

static struct sim_sa *find(struct sim_node *node, uint32_t spi_in)
{
	unsigned int i;

	for (i = 0; i < node->n_sas; i++)
		if (node->sas[i].sa.spi_in == spi_in)
			return &node->sas[i];
	return NULL;
}

static void forget(struct sim_node *node, struct sim_sa *sa)
{
	*sa = node->sas[--node->n_sas];
}

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	sim_send(ctx, local, peer, pkt, len);
}

static void op_random(void *ctx, void *buf, size_t len)
{
	struct sim_node *node = ctx;
	uint8_t *p = buf;
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < len; i++, v >>= 8) {
		if (i % 8 == 0)
			v = sim_random(&node->rng);
		p[i] = v;
	}
}

static bool key_of(const struct sim_node *node, const struct ike_identity *id)
{
	size_t len;
	const uint8_t *spki = ike_spki(node->ike, &len);

	return id->spki && id->spki_len == len && !memcmp(id->spki, spki, len);
}

/* The PAD knows the keys of all nodes, and no other. */
static bool known(struct sim *s, const struct ike_identity *id)
{
	unsigned int i;

	for (i = 0; i < s->plan.nodes; i++)
		if (s->node[i].ike && key_of(&s->node[i], id))
			return true;
	return false;
}

/* Nobody has an SA who did not prove the key of the node at that address. */
static void check_key(struct sim_node *node, const struct ike_addr *at,
		      const struct ike_identity *id)
{
	const struct sim_node *peer = sim_at(node->sim, at);

	if (!peer || !key_of(peer, id))
		sim_fail(node->sim, "node %u: an SA with node %u without its key", node->n,
			 peer ? peer->n : 99);
}

/* A secret that all share, which some call by another name: then it is not used. */
static void op_expect(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		      struct ike_expect *e)
{
	struct sim_node *node = ctx;

	if (!node->sim->plan.ppk || node->n == 3)
		return;
	e->ppk = node->sim->ppk;
	e->ppk_id = (const uint8_t *)(node->n % 3 == 2 ? "two" : "one");
	e->ppk_id_len = 3;
	e->ppk_required = node->n < 2 && node->sim->plan.nodes == 2;
}

static int op_authorize(void *ctx, const struct ike_identity *peer)
{
	struct sim_node *node = ctx;
	struct sim *s = node->sim;

	if (!s->calm && sim_chance(&s->rng, s->plan.refuse_peer)) {
		sim_trace(s, "%u: does not want the peer", node->n);
		return -EACCES;
	}
	return known(s, peer) ? 0 : -EACCES;
}

static int op_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *g)
{
	struct sim_node *node = ctx;
	struct sim *s = node->sim;

	if (!s->calm && sim_chance(&s->rng, s->plan.refuse_child))
		return -EACCES;
	memset(g, 0, sizeof(*g));
	g->spd_entry = 3;
	g->mode = q->mode;
	g->local_ts = q->local_ts[q->n_local - 1];
	g->remote_ts = q->remote_ts[q->n_remote - 1];
	return 0;
}

static int op_install(void *ctx, const struct ike_child_sa *c)
{
	struct sim_node *node = ctx;
	struct sim *s = node->sim;
	struct sim_sa *sa;

	if (!s->calm && sim_chance(&s->rng, s->plan.refuse_install)) {
		sim_trace(s, "%u: kernel refuses %08x", node->n, c->spi_in);
		return -ENOMEM;
	}
	check_key(node, &c->peer, &c->peer_id);
	if (find(node, c->spi_in))
		sim_fail(s, "node %u: SPI %08x is there", node->n, c->spi_in);
	if (node->n_sas == SIM_SAS) {
		sim_fail(s, "node %u: more than %u SAs", node->n, SIM_SAS);
		return -ENOMEM;
	}
	sa = &node->sas[node->n_sas++];
	sa->sa = *c;
	sa->active = !c->standby;
	sa->soft_at = s->now + c->soft_time * 1000ull;
	sa->hard_at = s->now + c->hard_time * 1000ull;
	sim_trace(s, "%u: installs %08x/%08x%s, IKE SA %02x%02x", node->n, c->spi_in, c->spi_out,
		  c->standby ? " standby" : "", c->ike_spi[0], c->ike_spi[1]);
	return 0;
}

static int op_switch(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct sim_node *node = ctx;
	struct sim_sa *sa = find(node, spi_in);

	sim_trace(node->sim, "%u: switches to %08x", node->n, spi_in);
	if (!sa)
		return -ENOENT;
	sa->active = true;
	return 0;
}

static void op_delete(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct sim_node *node = ctx;
	struct sim_sa *sa = find(node, spi_in);

	sim_trace(node->sim, "%u: deletes %08x%s", node->n, spi_in, sa ? "" : ", is gone");
	if (sa)
		forget(node, sa);
}

static int op_move(void *ctx, uint32_t spi_in, const struct ike_addr *local,
		   const struct ike_addr *old_peer, const struct ike_addr *new_peer, bool encap)
{
	struct sim_node *node = ctx;
	struct sim_sa *sa = find(node, spi_in);

	if (sa) {
		sa->sa.local = *local;
		sa->sa.peer = *new_peer;
		sa->sa.encap = encap;
	}
	return sa ? 0 : -ENOENT;
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	struct sim_node *node = ctx;
	struct sim *s = node->sim;
	struct sim_wish *w = &s->wish[cookie - 1];

	sim_trace(s, "%u: wish %u: %s, %u", node->n, cookie, ike_strerror(error), detail);
	if (!cookie || cookie > s->n_wishes || w->from != node->n || w->state != WISH_OPEN)
		sim_fail(s, "node %u: wish %u ended twice", node->n, cookie);
	else
		w->state = error ? WISH_FAILED : WISH_OK;
}

static const char *const event_name[] = {
	[IKE_EV_SA_UP] = "SA_UP", [IKE_EV_SA_REKEYED] = "SA_REKEYED",
	[IKE_EV_SA_DOWN] = "SA_DOWN", [IKE_EV_CHILD_UP] = "CHILD_UP",
	[IKE_EV_CHILD_REKEYED] = "CHILD_REKEYED", [IKE_EV_CHILD_DOWN] = "CHILD_DOWN",
	[IKE_EV_FAILED] = "FAILED", [IKE_EV_INITIAL_CONTACT] = "INITIAL_CONTACT",
	[IKE_EV_MOVED] = "MOVED",
};

static void op_event(void *ctx, const struct ike_event *ev)
{
	struct sim_node *node = ctx;

	if (ev->type == IKE_EV_SA_UP)
		check_key(node, &ev->peer, ev->peer_id);
	node->sim->timeouts += ev->type == IKE_EV_SA_DOWN && ev->error == IKE_E_TIMEOUT;
	sim_trace(node->sim, "%u: %s %08x, %s, %u, %s", node->n, event_name[ev->type],
		  ev->spi_in, ike_strerror(ev->error), ev->detail, ev->text ? ev->text : "");
}

static void op_ticket_keys(void *ctx, const uint8_t *keys, size_t len)
{
	struct sim_node *node = ctx;

	memcpy(node->ticket_keys, keys, len);
	node->ticket_keys_len = len;
}

static const struct ike_ops ops = {
	.ticket_keys = op_ticket_keys,
	.send = op_send, .random = op_random, .authorize = op_authorize,
	.narrow = op_narrow, .child_install = op_install, .child_switch = op_switch,
	.child_delete = op_delete, .child_move = op_move, .child_done = op_done,
	.event = op_event, .expect = op_expect, .keep = sim_keep,
};

uint64_t sim_clock(const struct sim_node *node)
{
	return (uint64_t)((int64_t)node->sim->now + node->skew);
}

/* All have something in common; what they like best differs, so guesses are wrong. */
static void choose_suites(struct sim_node *node, struct ike_config *c)
{
	static const char *const lists[][2] = {
		{ "strong" },
		{ "compatible" },
		{ "aes256gcm16-prfsha256-ecp256-curve25519" },
		{ "aes128-sha256-ecp256",
		  "aes256gcm16-prfsha512-prfsha256-modp2048-ecp256-curve25519" },
		{ "aes256-sha384-ecp384", "strong" },
	};
	const unsigned int n = sim_below(&node->rng, sizeof(lists) / sizeof(lists[0]));
	unsigned int i;

	for (i = 0; i < 2 && lists[n][i]; i++)
		if (offers_add(c->offers, &c->n_offers, lists[n][i]))
			sim_fail(node->sim, "no suite: %s", lists[n][i]);
}

bool sim_node_start(struct sim_node *node)
{
	struct ike_config c = node->sim->config;
	struct ike_ops o = ops;

	memset(c.seed, node->n + 1, sizeof(c.seed));
	c.ppk = node->sim->plan.ppk && node->n < 5;
	if (node->sim->plan.large && sim_chance(&node->rng, 10))
		c.fragment = UINT_MAX;
	if (node->sim->plan.suites)
		choose_suites(node, &c);
	node->addr.family = AF_INET;
	node->addr.port = 500;
	node->addr.ip[0] = 10;
	node->addr.ip[3] = node->n + 1;
	if (!node->sim->plan.crashes)
		o.keep = NULL;
	node->ike = ike_new(&c, &o, node, sim_clock(node));
	if (!node->ike)
		sim_fail(node->sim, "no engine");
	/* sometimes they are lost */
	if (node->ike && node->ticket_keys_len && !sim_chance(&node->rng, 20))
		ike_set_ticket_keys(node->ike, node->ticket_keys, node->ticket_keys_len);
	return node->ike;
}

/* The host boots again: its SAs are gone and nobody is told. */
void sim_node_restart(struct sim_node *node)
{
	struct sim *s = node->sim;
	unsigned int i;

	sim_trace(s, "%u: restarts", node->n);
	ike_free(&node->ike);
	node->n_sas = 0;
	sim_records_free(node);
	node->life++;
	for (i = 0; i < s->n_wishes; i++)
		if (s->wish[i].from == node->n && s->wish[i].state == WISH_OPEN)
			s->wish[i].state = WISH_LOST;
	sim_node_start(node);
}

static void put_ts(struct ike_ts *ts, const struct ike_addr *addr, uint8_t proto)
{
	memset(ts, 0, sizeof(*ts));
	ts->family = AF_INET;
	ts->proto = proto;
	ts->port_end = 65535;
	memcpy(ts->start, addr->ip, 4);
	memcpy(ts->end, addr->ip, 4);
}

void sim_wish(struct sim_node *from, struct sim_node *to, uint16_t port)
{
	struct ike_request r = { .spd_entry = 3, .mode = BTNS_MODE_TRANSPORT,
				 .n_local = 1, .n_remote = 1 };
	struct sim *s = from->sim;
	struct sim_wish *w;
	int rc;

	if (s->n_wishes == SIM_WISHES)
		return;
	w = &s->wish[s->n_wishes++];
	*w = (struct sim_wish){ .from = from->n, .to = to->n, .port = port };
	r.cookie = s->n_wishes;
	if (s->plan.childless && sim_chance(&s->rng, 20)) {
		w->childless = true;
		w->port = 1;
		port = 1;
		r.childless = true;
	}
	r.local = from->addr;
	r.peer = sim_outside(to, 500);
	r.peer.port = 500;
	put_ts(&r.local_ts[0], &r.local, port ? 6 : 0);
	put_ts(&r.remote_ts[0], &r.peer, port ? 6 : 0);
	if (port) {
		r.remote_ts[0].port_start = port;
		r.remote_ts[0].port_end = port;
	}
	while (s->plan.large && r.n_local < IKE_TS_MAX) {
		r.local_ts[r.n_local++] = r.local_ts[0];
		r.remote_ts[r.n_remote++] = r.remote_ts[0];
	}
	if (s->plan.tunnels && sim_chance(&s->rng, 50))
		r.mode = sim_chance(&s->rng, 50) ? BTNS_MODE_TUNNEL : BTNS_MODE_BEET;
	sim_trace(s, "%u: wish %u: %u, port %u", from->n, r.cookie, to->n, port);
	rc = ike_initiate(from->ike, sim_clock(from), &r);
	if (rc == -ENOSPC)
		w->state = WISH_FAILED;
	else if (rc)
		sim_fail(s, "ike_initiate: %d", rc);
}

uint64_t sim_kernel_next(const struct sim_node *node)
{
	uint64_t at = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < node->n_sas; i++) {
		if (node->sas[i].soft_at < at)
			at = node->sas[i].soft_at;
		if (node->sas[i].hard_at < at)
			at = node->sas[i].hard_at;
	}
	return at;
}

void sim_kernel_tick(struct sim_node *node)
{
	struct sim *s = node->sim;
	unsigned int i;

	for (i = 0; i < node->n_sas;) {
		struct sim_sa *sa = &node->sas[i];
		const uint32_t spi = sa->sa.spi_in;

		if (sa->hard_at <= s->now) {
			sim_trace(s, "%u: hard limit of %08x", node->n, spi);
			forget(node, sa);
			ike_child_gone(node->ike, sim_clock(node), spi);
			i = 0;
		} else if (sa->soft_at <= s->now) {
			sim_trace(s, "%u: soft limit of %08x", node->n, spi);
			sa->soft_at = UINT64_MAX;
			ike_child_expiring(node->ike, sim_clock(node), spi);
			i = 0;
		} else {
			i++;
		}
	}
}

/* The other end of a pair, NULL: there is none. */
struct sim_sa *sim_mirror(struct sim *s, const struct sim_sa *sa)
{
	struct sim_node *peer = sim_at(s, &sa->sa.peer);
	struct sim_sa *m = peer ? find(peer, sa->sa.spi_out) : NULL;

	return m && m->sa.spi_out == sa->sa.spi_in ? m : NULL;
}
