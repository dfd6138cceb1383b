// SPDX-License-Identifier: GPL-2.0-or-later
/* Randomness and the network of the simulation. */
#include "sim.h"

/* SplitMix64 (public domain algorithm by Sebastiano Vigna) */
uint64_t sim_random(struct sim_rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

unsigned int sim_below(struct sim_rng *r, unsigned int n)
{
	return n ? sim_random(r) % n : 0;
}

bool sim_chance(struct sim_rng *r, unsigned int percent)
{
	return sim_below(r, 100) < percent;
}

struct ike_addr sim_outside(const struct sim_node *node, uint16_t port)
{
	struct ike_addr a = node->addr;

	a.port = port;
	if (node->natted) {
		a.ip[0] = 192;
		a.port = port + 10000 + 1000 * node->nat_step;
	}
	return a;
}

/* Whose is the IP address? */
struct sim_node *sim_at(struct sim *s, const struct ike_addr *addr)
{
	struct sim_node *node;

	if (!addr->ip[3] || addr->ip[3] > s->plan.nodes)
		return NULL;
	node = &s->node[addr->ip[3] - 1];
	/* the inside of a NAT cannot be reached from outside */
	return (addr->ip[0] == 192) == node->natted ? node : NULL;
}

#define INIT_ROUNDS	5	/* that somebody may make an initiator begin again */

static uint64_t fnv(uint64_t hash, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}

/* No IV stands for two texts under one key. */
static void check_iv(struct sim_node *from, const uint8_t *pkt, size_t len)
{
	const uint64_t start = 0xcbf29ce484222325, hash = fnv(start, pkt, len);
	const unsigned int iv_at = pkt[16] == 53 ? 36 : 32;
	struct sim *s = from->sim;
	uint64_t name;
	unsigned int i;

	if (len < iv_at + 8 || (pkt[16] != 46 && pkt[16] != 53))
		return;
	name = fnv(fnv(start, pkt, 16), pkt + iv_at, 8);
	/* the keys of the two directions differ */
	name = (name ^ (pkt[19] & 0x08)) * 0x100000001b3;
	for (i = 0; i < 64; i++) {
		const unsigned int at = (unsigned int)((name + i) % SIM_IVS);

		if (s->iv[at].run != s->run) {
			s->iv[at].run = s->run;
			s->iv[at].name = name;
			s->iv[at].hash = hash;
			return;
		}
		if (s->iv[at].name != name)
			continue;
		if (s->iv[at].hash != hash)
			sim_fail(s, "node %u used an IV twice", from->n);
		return;
	}
}

/* No request goes out more often than the engine is told to send it. */
static void count_request(struct sim_node *from, const uint8_t *pkt, size_t len)
{
	struct sim *s = from->sim;
	uint64_t hash = 0xcbf29ce484222325;
	unsigned int i, limit = s->config.retry_max;

	if (len < 28 || pkt[19] & 0x20)
		return;
	if (pkt[18] == 34 && (s->plan.spoil || s->plan.steal))
		limit *= INIT_ROUNDS;
	/* a new life does not know how often the last one has asked */
	limit *= 1 + from->life;
	hash = fnv(hash, pkt, len);
	for (i = 0; i < SIM_REQUESTS; i++) {
		const unsigned int at = (hash + i) % SIM_REQUESTS;

		if (s->request[at].run != s->run) {
			s->request[at].run = s->run;
			s->request[at].hash = hash;
			s->request[at].sends = 0;
		} else if (s->request[at].hash != hash) {
			continue;
		}
		if (++s->request[at].sends > limit)
			sim_fail(s, "node %u sent a request %u times", from->n,
				 s->request[at].sends);
		return;
	}
	sim_fail(s, "more than %u requests", SIM_REQUESTS);
}

void sim_post(struct sim *s, const struct ike_addr *from, const struct ike_addr *to,
	      const uint8_t *pkt, size_t len, bool stolen)
{
	const struct sim_plan *plan = &s->plan;
	unsigned int delay = 1 + sim_below(&s->net, s->calm ? 5 : plan->delay);
	struct sim_packet *p;

	if (!s->calm && sim_chance(&s->net, plan->late))
		delay += sim_below(&s->net, plan->late_by);
	if (s->n_packets == SIM_PACKETS) {
		sim_fail(s, "more than %u packets under way", SIM_PACKETS);
		return;
	}
	p = &s->packet[s->n_packets];
	p->data = malloc(len);
	if (!p->data) {
		sim_fail(s, "out of memory");
		return;
	}
	memcpy(p->data, pkt, len);
	p->len = len;
	p->from = *from;
	p->to = *to;
	p->at = s->now + delay;
	p->order = s->order++;
	p->stolen = stolen;
	s->n_packets++;
}

static const char *kind(const uint8_t *pkt)
{
	switch (pkt[18]) {
	case 34:
		return "IKE_SA_INIT";
	case 35:
		return "IKE_AUTH";
	case 36:
		return "CREATE_CHILD_SA";
	case 37:
		return "INFORMATIONAL";
	default:
		return "?";
	}
}

static void trace_packet(struct sim *s, const char *what, unsigned int from, unsigned int to,
			 const uint8_t *pkt, size_t len)
{
	if (len >= 28)
		sim_trace(s, "%u > %u %s: %s %s of %02x%02x (%c) id %u%s, %zu octets", from, to,
			  what, kind(pkt), pkt[19] & 0x20 ? "response" : "request", pkt[0],
			  pkt[1], pkt[19] & 0x08 ? 'I' : 'R', pkt[23],
			  pkt[16] == 53 ? ", fragment" : "", len);
}

/* Somebody on the path changes an octet; the right one may come as well. */
static void post_spoilt(struct sim *s, const struct ike_addr *from, const struct ike_addr *to,
			const uint8_t *pkt, size_t len)
{
	uint8_t *copy = malloc(len);

	if (!copy) {
		sim_fail(s, "out of memory");
		return;
	}
	memcpy(copy, pkt, len);
	copy[sim_below(&s->net, len)] ^= 1 << sim_below(&s->net, 8);
	if (sim_chance(&s->net, 50))
		sim_post(s, from, to, pkt, len, false);
	sim_post(s, from, to, copy, len, false);
	free(copy);
}

void sim_send(struct sim_node *from, const struct ike_addr *local, const struct ike_addr *peer,
	      const uint8_t *pkt, size_t len)
{
	struct sim *s = from->sim;
	struct ike_addr src = sim_outside(from, local->port);
	struct sim_node *to = sim_at(s, peer);
	bool lost;

	if (len == 1)
		return;			/* NAT keepalive */
	if (local->port == 4500) {
		if (len < 4 || memcmp(pkt, "\0\0\0\0", 4))
			sim_fail(s, "no non-ESP marker");
		pkt += 4;
		len -= 4;
	}
	count_request(from, pkt, len);
	check_iv(from, pkt, len);
	s->last_packet = s->now;
	lost = !s->calm && (s->now < s->dark_until || sim_chance(&s->net, s->plan.loss));
	if (to && !s->calm && s->now < s->cut_until && (to->n ^ from->n) >> s->cut_bit & 1)
		lost = true;
	if (!to || lost) {
		trace_packet(s, to ? "lost" : "to nobody", from->n, to ? to->n : 99, pkt, len);
		return;
	}
	if (sim_mallory_takes(s, pkt, len)) {
		trace_packet(s, "stolen", from->n, to->n, pkt, len);
		sim_post(s, &src, peer, pkt, len, true);
		return;
	}
	if (!s->calm && sim_chance(&s->net, s->plan.spoil))
		post_spoilt(s, &src, peer, pkt, len);
	else
		sim_post(s, &src, peer, pkt, len, false);
	if (!s->calm && sim_chance(&s->net, s->plan.repeat))
		sim_post(s, &src, peer, pkt, len, false);
}

static unsigned int first(const struct sim *s)
{
	unsigned int i, best = 0;

	for (i = 1; i < s->n_packets; i++) {
		const struct sim_packet *p = &s->packet[i], *b = &s->packet[best];

		if (p->at < b->at || (p->at == b->at && p->order < b->order))
			best = i;
	}
	return best;
}

uint64_t sim_net_next(const struct sim *s)
{
	return s->n_packets && !s->manual ? s->packet[first(s)].at : UINT64_MAX;
}

static void take(struct sim *s, unsigned int i, enum sim_fate fate)
{
	struct sim_packet p = s->packet[i];
	struct sim_node *to = sim_at(s, &p.to), *from = sim_at(s, &p.from);

	if (fate == SIM_REPEAT)
		sim_post(s, &p.from, &p.to, p.data, p.len, p.stolen);
	s->packet[i] = s->packet[--s->n_packets];
	s->last_packet = s->now;
	if (fate == SIM_LOSE) {
		trace_packet(s, "lost", from ? from->n : 99, to ? to->n : 99, p.data, p.len);
		free(p.data);
		return;
	}
	if (p.stolen) {
		if (s->mallory.ike)
			ike_input(s->mallory.ike, s->now, &p.to, &p.from, p.data, p.len);
		free(p.data);
		return;
	}
	if (to && to->natted) {
		const struct ike_addr seen = sim_outside(to, 0);

		p.to.port -= seen.port;
		memcpy(p.to.ip, to->addr.ip, 4);
	}
	if (!to || (p.to.port != 500 && p.to.port != 4500)) {
		trace_packet(s, "blocked by NAT", from ? from->n : 99, 99, p.data, p.len);
	} else {
		trace_packet(s, "arrives", from ? from->n : 99, to->n, p.data, p.len);
		ike_input(to->ike, sim_clock(to), &p.to, &p.from, p.data, p.len);
	}
	free(p.data);
}

void sim_deliver(struct sim *s)
{
	take(s, first(s), SIM_DELIVER);
}

void sim_pick(struct sim *s, unsigned int nth, enum sim_fate fate)
{
	unsigned int i, k, older;

	for (i = 0; i < s->n_packets; i++) {
		for (k = 0, older = 0; k < s->n_packets; k++)
			older += s->packet[k].order < s->packet[i].order;
		if (older == nth) {
			take(s, i, fate);
			return;
		}
	}
}

void sim_net_free(struct sim *s)
{
	while (s->n_packets)
		free(s->packet[--s->n_packets].data);
}
