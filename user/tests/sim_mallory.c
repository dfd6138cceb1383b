// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A man in the middle with an engine and a key of his own: he answers key exchanges
 * that were meant for others, and begins some in their name.
 */
#include <errno.h>

#include "bench/granting.h"
#include "sim.h"

static void steal(struct sim_mallory *m, const uint8_t spi[8])
{
	memcpy(m->spi[m->n++ % SIM_STOLEN], spi, 8);
}

bool sim_mallory_takes(struct sim *s, const uint8_t *pkt, size_t len)
{
	static const uint8_t none[8];
	struct sim_mallory *m = &s->mallory;
	unsigned int i;

	if (!m->ike || len < 28)
		return false;
	for (i = 0; i < m->n && i < SIM_STOLEN; i++)
		if (!memcmp(m->spi[i], pkt, 8))
			return true;
	if (pkt[18] != 34 || pkt[19] & 0x20 || memcmp(pkt + 8, none, 8) ||
	    !sim_chance(&s->net, s->plan.steal))
		return false;
	steal(m, pkt);
	return true;
}

/* From the address of whom he says to be. */
static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct sim_mallory *m = ctx;

	if (len == 1)
		return;
	if (len >= 4 + 28 && !memcmp(pkt, "\0\0\0\0", 4)) {
		pkt += 4;
		len -= 4;
	}
	if (len >= 28 && pkt[18] == 34 && pkt[19] & 0x08)
		steal(m, pkt);
	sim_post(m->sim, local, peer, pkt, len, false);
}

static void op_random(void *ctx, void *buf, size_t len)
{
	struct sim_mallory *m = ctx;
	uint8_t *p = buf;

	while (len--)
		*p++ = (uint8_t)sim_random(&m->rng);
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
}

static const struct ike_ops ops = {
	.send = op_send, .random = op_random, .authorize = granting_authorize,
	.narrow = granting_narrow, .child_install = granting_install,
	.child_switch = granting_switch, .child_delete = granting_delete,
	.child_done = op_done,
};

bool sim_mallory_start(struct sim *s)
{
	struct ike_config c = s->config;

	memset(c.seed, 0xff, sizeof(c.seed));	/* no node has that */
	s->mallory.sim = s;
	s->mallory.rng.state = sim_random(&s->rng);
	s->mallory.ike = ike_new(&c, &ops, &s->mallory, s->now);
	return s->mallory.ike;
}

void sim_mallory_end(struct sim *s)
{
	if (s->mallory.ike)
		ike_free(&s->mallory.ike);
}

void sim_mallory_wish(struct sim *s, const struct sim_node *as, const struct sim_node *to)
{
	struct ike_request r = { .cookie = 1, .mode = BTNS_MODE_TRANSPORT,
				 .n_local = 1, .n_remote = 1 };

	if (!s->mallory.ike || to->natted)
		return;
	r.local = sim_outside(as, 500);
	r.peer = to->addr;
	r.local_ts[0] = (struct ike_ts){ .family = AF_INET, .port_end = 65535 };
	r.remote_ts[0] = r.local_ts[0];
	memcpy(r.local_ts[0].start, r.local.ip, 4);
	memcpy(r.local_ts[0].end, r.local.ip, 4);
	memcpy(r.remote_ts[0].start, r.peer.ip, 4);
	memcpy(r.remote_ts[0].end, r.peer.ip, 4);
	sim_trace(s, "mallory: as %u to %u", as->n, to->n);
	ike_initiate(s->mallory.ike, s->now, &r);
}
