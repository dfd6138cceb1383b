// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handshakes of two engines in one process against the bare cost of their
 * primitives, measured in the same run; and the heap that an IKE SA with one
 * Child SA takes.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "bench/primitives.h"
#include "bench/granting.h"
#include "ike/crypto.h"
#include "ike/ike.h"

#define HANDSHAKES	200
#define HELD		2000
#define RUNS		25

struct end {
	struct ike *ike;
	struct end *other;
	struct ike_addr addr;
	unsigned int installed;
};

static struct {
	struct end *to;
	struct ike_addr from, at;
	uint8_t data[2048];
	size_t len;
} wire;

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct end *e = ctx;

	if (len > sizeof(wire.data))
		abort();
	wire.to = e->other;
	wire.from = *local;
	wire.at = *peer;
	memcpy(wire.data, pkt, len);
	wire.len = len;
}

static int op_install(void *ctx, const struct ike_child_sa *c)
{
	struct end *e = ctx;

	e->installed++;
	return 0;
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	if (error)
		abort();
}

/* Records as the daemon keeps them, in memory. */
static void op_keep(void *ctx, uint64_t *slot, const uint8_t *record, size_t len)
{
	static uint8_t place[1 << 16];

	*slot = 1;
	if (record && len <= sizeof(place))
		memcpy(place, record, len);
}

static const struct ike_ops ops = {
	.send = op_send, .random = granting_random, .authorize = granting_authorize,
	.narrow = granting_narrow, .child_install = op_install,
	.child_switch = granting_switch, .child_delete = granting_delete,
	.child_done = op_done, .keep = op_keep,
};

static void end_start(struct end *e, struct end *other, unsigned int n)
{
	struct ike_config c = { .cookie_threshold = 1000000, .max_half_open = 1000000 };

	memset(c.seed, n, sizeof(c.seed));
	memset(e, 0, sizeof(*e));
	e->other = other;
	e->addr.family = AF_INET;
	e->addr.port = 500;
	e->addr.ip[0] = 10;
	e->addr.ip[3] = n;
	e->ike = ike_new(&c, &ops, e, 1);
	if (!e->ike)
		abort();
}

/* n: another address of the initiator each time, so another IKE SA. */
static void handshake(struct end *a, struct end *b, unsigned int n)
{
	struct ike_request r = { .mode = BTNS_MODE_TRANSPORT, .n_local = 1, .n_remote = 1 };

	r.local = a->addr;
	r.local.ip[1] = n >> 8;
	r.local.ip[2] = n & 0xff;
	r.peer = b->addr;
	r.peer.ip[1] = n >> 8;
	r.peer.ip[2] = n & 0xff;
	r.local_ts[0].family = AF_INET;
	r.local_ts[0].port_end = 65535;
	memcpy(r.local_ts[0].start, r.local.ip, 4);
	memcpy(r.local_ts[0].end, r.local.ip, 4);
	r.remote_ts[0] = r.local_ts[0];
	memcpy(r.remote_ts[0].start, r.peer.ip, 4);
	memcpy(r.remote_ts[0].end, r.peer.ip, 4);
	if (ike_initiate(a->ike, 1, &r))
		abort();
	while (wire.to) {
		struct end *to = wire.to;

		wire.to = NULL;
		ike_input(to->ike, 1, &wire.at, &wire.from, wire.data, wire.len);
	}
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double run(void)
{
	struct end a, b;
	unsigned int i;
	double start, ns;

	end_start(&a, &b, 1);
	end_start(&b, &a, 2);
	start = cpu_ns();
	for (i = 0; i < HANDSHAKES; i++)
		handshake(&a, &b, i);
	ns = cpu_ns() - start;
	if (a.installed != HANDSHAKES || b.installed != HANDSHAKES)
		abort();
	ike_free(&a.ike);
	ike_free(&b.ike);
	return ns / HANDSHAKES;
}

static double run_primitives(void)
{
	const double start = cpu_ns();

	bench_primitives(HANDSHAKES);
	return (cpu_ns() - start) / HANDSHAKES;
}

static int smaller(const void *x, const void *y)
{
	const double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

/* Octets of heap for each IKE SA of one end, as responder and initiator alike. */
static double memory(void)
{
	struct end a, b;
	size_t before;
	unsigned int i;

	end_start(&a, &b, 1);
	end_start(&b, &a, 2);
	handshake(&a, &b, 0);
	before = mallinfo2().uordblks;
	for (i = 1; i <= HELD; i++)
		handshake(&a, &b, i);
	return (double)(mallinfo2().uordblks - before) / HELD / 2;
}

int main(void)
{
	double engine[RUNS], bare[RUNS], ratio[RUNS], held;
	unsigned int i;

	if (!crypto_init())
		return 1;
	run();
	run_primitives();
	/* short turns, so that a busy machine hits both alike */
	for (i = 0; i < RUNS; i++) {
		engine[i] = run();
		bare[i] = run_primitives();
		ratio[i] = engine[i] / bare[i];
	}
	qsort(engine, RUNS, sizeof(engine[0]), smaller);
	qsort(bare, RUNS, sizeof(bare[0]), smaller);
	qsort(ratio, RUNS, sizeof(ratio[0]), smaller);
	held = memory();
	printf("# bench: handshakes_per_second = %.0f of one process, both sides\n",
	       1e9 / engine[RUNS / 2]);
	printf("# bench: primitives_per_second = %.0f of the same, bare\n",
	       1e9 / bare[RUNS / 2]);
	printf("# bench: handshake_over_primitives = %.3f times (wanted: <= 1.15)\n",
	       ratio[RUNS / 2]);
	printf("# bench: heap_per_ike_sa_with_child = %.0f octets (wanted: < 4096)\n", held);
	return 0;
}
