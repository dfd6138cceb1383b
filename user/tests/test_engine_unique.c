// SPDX-License-Identifier: GPL-2.0-or-later
/* Unique channel bindings: the exchange of nonces, and the value by known answers. */
#include <stdio.h>
#include <unistd.h>

#include "engine_world.h"
#include "ike/binding.h"

static struct ike_flow flow_of(const struct end *local, const struct end *peer,
			       uint16_t local_port, uint16_t peer_port)
{
	struct ike_flow f = { .proto = 6, .local = local->addr, .peer = peer->addr };

	f.local.port = local_port;
	f.peer.port = peer_port;
	return f;
}

/* a has the port 1000 and up, b has 80 */
static int bind_a(struct world *w, uint16_t port)
{
	struct ike_flow f = flow_of(&w->a, &w->b, port, 80);

	return ike_bind(w->a.ike, w->now, port, &f, w->a.sas[0].spi_in);
}

static int bind_b(struct world *w, uint16_t port)
{
	struct ike_flow f = flow_of(&w->b, &w->a, 80, port);

	return ike_bind(w->b.ike, w->now, port, &f, w->b.sas[0].spi_in);
}

static struct world *both(void)
{
	static const struct ike_config c = { .unique = true };

	return connected(&c);
}

/* Both ends have a value for that flow, and the same one. */
static const uint8_t *equal(struct world *w, uint16_t port)
{
	struct latch *a = latch_of(&w->a, port, 80), *b = latch_of(&w->b, 80, port);

	assert_true(a->known);
	assert_true(b->known);
	assert_memory_equal(a->value, b->value, sizeof(a->value));
	return a->value;
}

static void one_exchange(void **state)
{
	struct world *w = both();

	assert_int_equal(bind_a(w, 1000), 0);
	deliver(w);
	assert_int_equal(w->a.bindings_done, 1);
	assert_int_equal(w->a.last_error, IKE_OK);
	equal(w, 1000);
	assert_true(latch_of(&w->a, 1000, 80)->ours);
	assert_false(latch_of(&w->b, 80, 1000)->ours);
	assert_int_equal(ike_stats(w->a.ike)->bindings, 1);
	world_free(w);
}

/* RFC 5056: each channel has its own */
static void two_connections(void **state)
{
	struct world *w = both();

	assert_int_equal(bind_a(w, 1000), 0);
	deliver(w);
	assert_int_equal(bind_b(w, 1001), 0);
	deliver(w);
	assert_memory_not_equal(equal(w, 1000), equal(w, 1001), BTNS_BINDING_UNIQUE_LEN);
	world_free(w);
}

/* Both ask at once, in every order of the packets: one query stands. */
static void crossing(void **state)
{
	unsigned int order, i;

	for (order = 0; order < 64; order++) {
		struct world *w = both();

		assert_int_equal(bind_a(w, 1000), 0);
		assert_int_equal(bind_b(w, 1000), 0);
		for (i = 0; w->head != w->tail; i++) {
			if (order >> i % 6 & 1 && w->tail - w->head > 1) {
				struct packet p = w->q[w->head % QUEUE_MAX];

				w->q[w->head % QUEUE_MAX] = w->q[(w->head + 1) % QUEUE_MAX];
				w->q[(w->head + 1) % QUEUE_MAX] = p;
			}
			deliver_one(w);
		}
		pass(w, 20000);
		equal(w, 1000);
		assert_int_equal(w->a.bound, 1);
		assert_int_equal(w->b.bound, 1);
		assert_int_equal(w->a.bindings_done, 1);
		assert_int_equal(w->b.bindings_done, 1);
		assert_int_equal(w->a.last_error, IKE_OK);
		assert_int_equal(w->b.last_error, IKE_OK);
		world_free(w);
	}
}

/* IKE/15: query or reply lost, also while both ask */
static void loss(void **state)
{
	unsigned int lost, i, cross;

	for (cross = 0; cross < 2; cross++) {
		for (lost = 0; lost < 4; lost++) {
			struct world *w = both();

			if (!lost)
				w->drop = 1;
			assert_int_equal(bind_a(w, 1000), 0);
			if (cross)
				assert_int_equal(bind_b(w, 1000), 0);
			for (i = 1; w->head != w->tail; i++) {
				if (i == lost)
					w->drop = 1;
				deliver_one(w);
			}
			pass(w, 30000);
			assert_int_equal(w->a.last_error, IKE_OK);
			equal(w, 1000);
			assert_int_equal(w->a.bound + w->b.bound, 2);
			world_free(w);
		}
	}
}

/* The peer's end has it, but its answer never comes: asked again it takes the new one. */
static void reply_never_comes(void **state)
{
	struct world *w = both();
	uint8_t old[BTNS_BINDING_UNIQUE_LEN];

	assert_int_equal(bind_a(w, 1000), 0);
	w->drop = 1000;
	deliver(w);
	assert_true(latch_of(&w->b, 80, 1000)->known);
	memcpy(old, latch_of(&w->b, 80, 1000)->value, sizeof(old));
	pass(w, 60000);
	assert_int_equal(w->a.last_error, IKE_E_TIMEOUT);
	assert_int_equal(w->a.bindings_done, 1);
	assert_false(latch_of(&w->a, 1000, 80)->known);
	w->drop = 0;
	pass(w, 60000);
	start(&w->a, &w->b, 0);
	pass(w, 5000);
	assert_int_equal(bind_a(w, 1000), 0);
	pass(w, 5000);
	assert_memory_not_equal(equal(w, 1000), old, sizeof(old));
	world_free(w);
}

static void results(void **state)
{
	struct world *w = both();

	static const enum ike_query not_yet[] = { IKE_QUERY_NONE, IKE_QUERY_AGAIN };
	unsigned int i;

	w->b.unfit = IKE_QUERY_MISFIT;
	assert_int_equal(bind_a(w, 1000), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	assert_int_equal(w->a.last_result, IKE_QUERY_MISFIT);
	assert_int_equal(w->a.bindings_done, 1);
	/* not now, or not there yet: asked again, until it is there */
	for (i = 0; i < 2; i++) {
		w->b.unfit = not_yet[i];
		assert_int_equal(bind_a(w, 1000 + i), 0);
		assert_int_equal(bind_a(w, 1000 + i), -EALREADY);
		pass(w, 500);
		assert_int_equal(w->a.bindings_done, 1 + 2 * i);
		w->b.unfit = IKE_QUERY_DONE;
		pass(w, 3000);
		assert_int_equal(w->a.bindings_done, 2 + 2 * i);
		assert_int_equal(w->a.last_error, IKE_OK);
		equal(w, 1000 + i);
		/* it never comes */
		w->b.unfit = not_yet[i];
		assert_int_equal(bind_a(w, 1002), 0);
		pass(w, 60000);
		assert_int_equal(w->a.bindings_done, 3 + 2 * i);
		assert_int_equal(w->a.last_error, IKE_E_REFUSED);
		assert_int_equal(w->a.last_result, not_yet[i]);
	}
	world_free(w);
}

/* A flow that the Child SA does not carry, an SPI that is not ours. */
static void wrong_child(void **state)
{
	struct world *w = both();
	struct ike_flow f = flow_of(&w->a, &w->b, 1000, 80);

	assert_int_equal(ike_bind(w->a.ike, w->now, 1, &f, 12345), -ENOENT);
	f.peer.ip[3] = 9;
	assert_int_equal(ike_bind(w->a.ike, w->now, 1, &f, w->a.sas[0].spi_in), -ENOENT);
	world_free(w);
}

/* Without the peer's Vendor ID there is no value, and no question either. */
static void no_vendor_id(void **state)
{
	const struct ike_config with = { .unique = true };
	unsigned int which, sent;

	for (which = 0; which < 2; which++) {
		struct world *w = world_new(NULL);
		struct end *e = which ? &w->a : &w->b;

		ike_free(&e->ike);
		end_init(w, e, which ? 1 : 2, &with);
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_int_equal(w->a.n_sas, 1);
		sent = w->tail;
		assert_int_equal(bind_a(w, 1000), -EOPNOTSUPP);
		assert_int_equal(bind_b(w, 1000), -EOPNOTSUPP);
		assert_int_equal(w->tail, sent);
		world_free(w);
	}
}

/* After Child SAs and IKE SAs were rekeyed, by either end, both still agree. */
static void rekeyed(void **state)
{
	struct world *w = both();

	ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
	pass(w, 2000);
	ike_rekey(w->b.ike, w->now, some_sa(&w->b));
	pass(w, 2000);
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	pass(w, 2000);
	assert_int_equal(bind_a(w, 1000), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	equal(w, 1000);
	world_free(w);
}

/* The peer rekeys while the query is on its way. */
static void query_meets_rekey(void **state)
{
	unsigned int i, k;

	for (k = 0; k < 3; k++) {
		for (i = 0; i < 20; i++) {
			struct world *w = both();

			assert_int_equal(bind_a(w, 1000), 0);
			if (k == 0)
				ike_rekey(w->b.ike, w->now, some_sa(&w->b));
			else if (k == 1)
				ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
			else
				ike_rekey(w->a.ike, w->now, some_sa(&w->a));
			while (w->head != w->tail)
				deliver_any(w, !(i % 4));
			pass(w, 60000);
			assert_int_equal(w->a.bindings_done, 1);
			assert_int_equal(w->a.last_error, IKE_OK);
			equal(w, 1000);
			world_free(w);
		}
	}
}

/* IKE/64: behind a NAT, which moves, each end has its own addresses; either asks. */
static void behind_nat(void **state)
{
	static const struct ike_config c = { .unique = true };
	struct world *w = world_new(&c);
	struct end seen;
	struct ike_flow f;

	w->natted = &w->a;
	w->outside = w->a.addr;
	w->outside.ip[3] = 101;
	w->nat_ports = 20000;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(bind_a(w, 1000), 0);
	deliver(w);
	equal(w, 1000);
	w->nat_ports = 30000;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver(w);
	seen.addr = w->outside;
	f = flow_of(&w->b, &seen, 80, 1001);
	assert_int_equal(ike_bind(w->b.ike, w->now, 1, &f, w->b.sas[0].spi_in), 0);
	deliver(w);
	equal(w, 1001);
	world_free(w);
}

/* IKE/33: the IKE SA is closed: wishes end */
static void closed(void **state)
{
	struct world *w = both();

	w->drop = 1;
	assert_int_equal(bind_a(w, 1000), 0);
	assert_int_equal(bind_a(w, 1001), 0);
	ike_close(w->b.ike, w->now, NULL);
	pass(w, 60000);
	assert_int_equal(w->a.bindings_done, 2);
	assert_int_not_equal(w->a.last_error, IKE_OK);
	world_free(w);
}

/*
 * channel-binding 4.4/3: who stands in the middle has two IKE SAs, and the same nonces, modes
 * and proposals on both do not help him: every octet of the transcript counts.
 */
static void in_the_middle(void **state)
{
	uint8_t text[BINDING_PARTS][40], t[32], es[IKE_PRF_MAX], nonce[BINDING_NONCE] = { 7 };
	uint8_t sk_d[IKE_PRF_MAX] = { 1 }, first[BTNS_BINDING_UNIQUE_LEN];
	uint8_t value[BTNS_BINDING_UNIQUE_LEN];
	struct chunk parts[BINDING_PARTS];
	const struct chunk sa = CHUNK("proposal", 8);
	unsigned int i;

	memset(text, 5, sizeof(text));
	for (i = 0; i < BINDING_PARTS; i++)
		parts[i] = CHUNK(text[i], sizeof(text[i]));
	binding_transcript(t, parts);
	binding_seed(PRF_HMAC_SHA2_256, es, sk_d, t);
	assert_true(binding_make(first, PRF_HMAC_SHA2_256, es, nonce, nonce, 0, sa));
	for (i = 0; i < BINDING_PARTS + 2; i++) {
		if (i < BINDING_PARTS)
			text[i][39] ^= 1;
		else if (i == BINDING_PARTS)
			sk_d[0] ^= 1;		/* another key exchange */
		else
			parts[0].len--, parts[1].p--, parts[1].len++;
		binding_transcript(t, parts);
		binding_seed(PRF_HMAC_SHA2_256, es, sk_d, t);
		assert_true(binding_make(value, PRF_HMAC_SHA2_256, es, nonce, nonce, 0, sa));
		assert_memory_not_equal(value, first, sizeof(value));
		if (i < BINDING_PARTS)
			text[i][39] ^= 1;
		else if (i == BINDING_PARTS)
			sk_d[0] ^= 1;
	}
}

/* Asking and forgetting: nothing stays behind (leaks show with sanitizers). */
static void freed_while_asking(void **state)
{
	struct world *w = both();

	assert_int_equal(bind_a(w, 1000), 0);
	assert_int_equal(bind_a(w, 1001), 0);
	world_free(w);
}

/* --- known answers: one line each for user/tests/unique_vectors.py --------------- */

static void put_hex(FILE *f, const void *p, size_t len)
{
	const uint8_t *b = p;
	size_t i;

	fputc(len ? ' ' : '-', f);
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", b[i]);
}

static void vector(FILE *f, uint16_t prf, uint8_t mode, unsigned int seed)
{
	uint8_t text[BINDING_PARTS][300], sk_d[IKE_PRF_MAX], es[IKE_PRF_MAX], t[32];
	uint8_t nonces[2][BINDING_NONCE], sa[44], value[BTNS_BINDING_UNIQUE_LEN];
	const size_t n = crypto_prf_len(prf);
	struct chunk parts[BINDING_PARTS];
	unsigned int i, j;

	for (i = 0; i < BINDING_PARTS; i++) {
		const size_t len = i == PART_INT_AUTH ? 0 : 20 + 37 * i + seed;

		for (j = 0; j < len; j++)
			text[i][j] = (uint8_t)(seed + 16 * i + j);
		parts[i] = CHUNK(text[i], len);
	}
	memset(sk_d, (int)(0x20 + seed), sizeof(sk_d));
	memset(nonces[0], (int)(0x40 + seed), sizeof(nonces[0]));
	memset(nonces[1], (int)(0x60 + seed), sizeof(nonces[1]));
	memset(sa, (int)(0x80 + seed), sizeof(sa));
	binding_transcript(t, parts);
	binding_seed(prf, es, sk_d, t);
	assert_true(binding_make(value, prf, es, nonces[0], nonces[1], mode,
				 CHUNK(sa, sizeof(sa))));
	fprintf(f, "%u %u", prf, mode);
	for (i = 0; i < BINDING_PARTS; i++) {
		fputc(' ', f);
		put_hex(f, text[i], parts[i].len);
	}
	put_hex(f, sk_d, n);
	put_hex(f, nonces[0], sizeof(nonces[0]));
	put_hex(f, nonces[1], sizeof(nonces[1]));
	put_hex(f, sa, sizeof(sa));
	put_hex(f, t, sizeof(t));
	put_hex(f, es, n);
	put_hex(f, value, sizeof(value));
	fputc('\n', f);
}

static void vectors(FILE *f)
{
	static const uint8_t modes[] = { BTNS_MODE_TRANSPORT, BTNS_MODE_TUNNEL, BTNS_MODE_BEET };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		vector(f, PRF_HMAC_SHA2_256, modes[i], i);
		vector(f, PRF_HMAC_SHA2_512, modes[i], 3 + i);
	}
}

/* The same by Python's hmac and hashlib, and as they were when they were written down. */
static void known_answers(void **state)
{
	/* from the top of the tree, or from user/ */
	FILE *f = popen("cd user/tests 2>/dev/null || cd tests; "
			"python3 unique_vectors.py unique_vectors.txt", "w");

	assert_non_null(f);
	vectors(f);
	assert_int_equal(pclose(f), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_exchange),
		cmocka_unit_test(two_connections),
		cmocka_unit_test(crossing),
		cmocka_unit_test(loss),
		cmocka_unit_test(reply_never_comes),
		cmocka_unit_test(results),
		cmocka_unit_test(wrong_child),
		cmocka_unit_test(no_vendor_id),
		cmocka_unit_test(rekeyed),
		cmocka_unit_test(query_meets_rekey),
		cmocka_unit_test(behind_nat),
		cmocka_unit_test(closed),
		cmocka_unit_test(in_the_middle),
		cmocka_unit_test(freed_while_asking),
		cmocka_unit_test(known_answers),
	};

	if (argc > 1 && !strcmp(argv[1], "vectors")) {
		vectors(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
