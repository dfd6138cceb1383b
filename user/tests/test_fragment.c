// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragmentation of messages (RFC 7383) between two engines. */
#include <limits.h>

#include "engine_world.h"
#include "ike/sa.h"
#include "ike/wire.h"

#define SMALL	576			/* IP packet */
#define LARGE	1280

/* IDs so long that IKE_AUTH does not fit into small packets. */
static struct ike_config config(unsigned int fragment)
{
	struct ike_config c = { .fragment = fragment, .id_type = BTNS_ID_KEY_ID, .id_len = 500 };

	memset(c.id, 'x', c.id_len);
	return c;
}

static struct world *ends(unsigned int a, unsigned int b)
{
	const struct ike_config ca = config(a), cb = config(b);
	struct world *w = world_new(&ca);

	ike_free(&w->b.ike);
	end_init(w, &w->b, 2, &cb);
	return w;
}

static struct world *up(unsigned int a, unsigned int b)
{
	struct world *w = ends(a, b);

	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	return w;
}

static const struct ike_stats *stats(const struct end *e)
{
	return ike_stats(e->ike);
}

/* A request that says len octets which mean nothing. */
static void tell(struct end *e, size_t len)
{
	struct ike_sa *sa = some_sa(e);
	struct builder b;
	uint8_t *data = calloc(1, len);

	assert_non_null(data);
	ike_clock(e->ike, e->w->now);
	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_notify(&b, 0, 30000, NULL, 0, data, len);
	free(data);
	assert_true(finish_request(sa, &b));
}

static unsigned int under_way(const struct world *w)
{
	return w->tail - w->head;
}

static const struct packet *nth(const struct world *w, unsigned int n)
{
	return &w->q[(w->head + n) % QUEUE_MAX];
}

static void input(struct world *w, const struct packet *p)
{
	ike_input(at(w, &p->to)->ike, w->now, &p->to, &p->from, p->data, p->len);
}

/* RFC7383/1 RFC7383/2: with every packet short, ends come together and go on */
static void handshake(void **state)
{
	struct world *w = ends(SMALL, SMALL);
	unsigned int i;

	w->mtu = SMALL;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	assert_int_equal(stats(&w->a)->fragmented_out, 1);
	assert_int_equal(stats(&w->a)->fragmented_in, 1);
	assert_int_equal(stats(&w->b)->fragmented_in, 1);
	for (i = 0; i < 8; i++)
		assert_true(28 + w->first[i].len <= SMALL);
	/* after an IKE SA is rekeyed, too */
	ike_rekey(w->b.ike, w->now, some_sa(&w->b));
	deliver(w);
	assert_int_equal(stats(&w->b)->ike_rekeys, 1);
	tell(&w->a, 3000);
	deliver(w);
	assert_int_equal(stats(&w->b)->fragmented_in, 2);
	assert_int_equal(stats(&w->a)->retransmits + stats(&w->b)->retransmits, 0);
	healthy(w);
	world_free(w);
}

/* RFC7383/1: only if both have said so; otherwise a fragment is dropped */
static void not_agreed(void **state)
{
	unsigned int i;

	for (i = 1; i < 4; i++) {
		struct world *w = up(i & 1 ? UINT_MAX : SMALL, i & 2 ? UINT_MAX : SMALL);
		struct ike_sa *sa = some_sa(&w->a);
		struct packet p;

		assert_int_equal(stats(&w->a)->fragmented_out + stats(&w->b)->fragmented_out, 0);
		sa->fragmentation = true;
		w->a.ike->config.fragment = SMALL;
		tell(&w->a, 1000);
		assert_true(under_way(w) > 1);
		p = *nth(w, 0);
		deliver(w);
		assert_true(stats(&w->b)->drop_fragment > 1);
		assert_int_equal(stats(&w->b)->drop_syntax, 0);
		assert_null(some_sa(&w->b)->fragments[0]);
		input(w, &p);
		assert_int_equal(under_way(w), 0);
		world_free(w);
	}
}

/* RFC7383/2: what fits is not cut; what does not is, up to the longest message */
static void sizes(void **state)
{
	struct world *w = up(LARGE, SMALL);
	size_t len;

	w->mtu = LARGE;
	for (len = 1000; len < 1300; len++) {
		tell(&w->a, len);
		assert_in_range(under_way(w), 1, 2);
		deliver(w);
	}
	for (len = 2000; len < 65000; len += 21000) {
		tell(&w->a, len);
		assert_true(under_way(w) >= len / LARGE);
		deliver(w);
	}
	/* no empty fragment, and none besides the last is shorter */
	tell(&w->a, 60000);
	for (len = 1; len + 2 < under_way(w); len++)
		assert_int_equal(nth(w, len)->len, nth(w, 0)->len);
	deliver(w);
	assert_int_equal(stats(&w->a)->retransmits, 0);
	assert_int_equal(stats(&w->b)->drop_fragment + stats(&w->b)->drop_mac, 0);
	assert_int_equal(w->b.ike->fragment_octets, 0);
	healthy(w);
	world_free(w);
}

/* RFC7383/2: over IPv6 all packets of 1280 octets pass, over UDP port 4500 four count */
static void headers(void **state)
{
	struct world *w = up(SMALL, SMALL);
	struct ike_sa *sa = some_sa(&w->a);

	tell(&w->a, 2000);
	assert_in_range(nth(w, 0)->len, SMALL - 28 - 80, SMALL - 28);
	deliver(w);
	sa->local.port = 4500;
	tell(&w->a, 2000);
	assert_true(nth(w, 0)->len <= SMALL - 32);
	deliver(w);
	sa->peer.family = AF_INET6;
	tell(&w->a, 1100);
	assert_int_equal(under_way(w), 1);
	deliver(w);
	tell(&w->a, 2000);
	assert_int_equal(under_way(w), 2);
	assert_in_range(nth(w, 0)->len, LARGE - 52 - 80, LARGE - 52);
	world_free(w);
}

/* RFC7383/3 RFC7383/6: any order, each of them twice */
static void orders(void **state)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct world *w = up(SMALL, SMALL);
		const uint32_t id = some_sa(&w->b)->id_in;

		tell(&w->a, 2000);
		while (under_way(w))
			deliver_any(w, true);
		assert_int_equal(stats(&w->b)->fragmented_in, 2);
		assert_int_equal(some_sa(&w->b)->id_in, id + 1);
		assert_null(some_sa(&w->a)->request);
		assert_int_equal(w->b.ike->fragment_octets, 0);
		healthy(w);
		world_free(w);
	}
}

/* RFC7383/4: what came is kept, and the repetition brings what is missing */
static void lost(void **state)
{
	struct world *w = up(SMALL, SMALL);
	unsigned int n;

	tell(&w->a, 2000);
	n = under_way(w);
	assert_true(n > 3);
	w->tail--;
	deliver(w);
	assert_int_equal(stats(&w->b)->fragmented_in, 1);
	w->now += 501;
	ike_tick(w->a.ike, w->now);
	assert_int_equal(under_way(w), n);
	deliver(w);
	assert_int_equal(stats(&w->b)->fragmented_in, 2);
	assert_int_equal(stats(&w->b)->drop_fragment, n - 1);
	assert_null(some_sa(&w->a)->request);
	world_free(w);
}

/* RFC7383/5: a forged fragment harms nobody, and nor does one of another message */
static void forged(void **state)
{
	struct world *w = up(SMALL, SMALL);
	struct packet good[8], bad;
	unsigned int i, n;

	tell(&w->a, 2000);
	n = under_way(w);
	assert_in_range(n, 4, 8);
	for (i = 0; i < n; i++)
		good[i] = *nth(w, i);
	w->head = w->tail;
	for (i = 0; i < n; i++) {
		bad = good[i];
		bad.data[bad.len - 1] ^= 1;
		input(w, &bad);
		/* numbers are under the MAC */
		bad = good[i];
		put16(bad.data + 32, i ? 1 : 2);
		input(w, &bad);
		bad = good[i];
		put16(bad.data + 34, n + 1);
		input(w, &bad);
	}
	assert_int_equal(stats(&w->b)->drop_mac, 3 * n);
	assert_null(some_sa(&w->b)->fragments[0]);
	for (i = 0; i < n; i++)
		input(w, &good[i]);
	deliver(w);
	assert_int_equal(stats(&w->b)->fragmented_in, 2);
	/* of a message that is over: the first one brings the answer, the others nothing */
	for (i = 0; i < n; i++)
		input(w, &good[n - 1 - i]);
	assert_int_equal(under_way(w), 1);
	assert_int_equal(stats(&w->b)->fragmented_in, 2);
	assert_int_equal(some_sa(&w->b)->id_in, some_sa(&w->a)->id_out);
	assert_null(some_sa(&w->b)->fragments[0]);
	world_free(w);
}

/* RFC7383/7: a path for small packets only is found out, in both directions */
static void path(void **state)
{
	struct world *w = ends(LARGE, LARGE);

	w->mtu = SMALL;
	start(&w->a, &w->b, 0);
	pass(w, 20000);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	assert_in_range(stats(&w->a)->retransmits, 3, 4);
	/* and remembered */
	tell(&w->a, 1000);
	assert_int_equal(under_way(w), 3);
	deliver(w);
	assert_null(some_sa(&w->a)->request);
	world_free(w);
}

/* RFC7383/7: a message that is cut anew begins anew; older pieces are not mixed in */
static void cut_anew(void **state)
{
	struct world *w = up(LARGE, LARGE);
	struct packet old[4];
	unsigned int i, n;

	tell(&w->a, 2500);
	n = under_way(w);
	assert_in_range(n, 2, 4);
	for (i = 0; i < n; i++)
		old[i] = *nth(w, i);
	input(w, &old[0]);
	w->head = w->tail;
	w->drop = 2 * n;
	while (!under_way(w)) {
		w->now = ike_next(w->a.ike);
		ike_tick(w->a.ike, w->now);
	}
	assert_true(under_way(w) > n);
	deliver_one(w);
	/* late ones of the first form */
	input(w, &old[1]);
	assert_int_equal(stats(&w->b)->drop_fragment, 1);
	deliver(w);
	assert_null(some_sa(&w->a)->request);
	assert_int_equal(stats(&w->b)->fragmented_in, 1);
	assert_int_equal(w->b.ike->fragment_octets, 0);
	healthy(w);
	world_free(w);
}

/* RFC7383/8: incomplete messages are forgotten after a while */
static void incomplete(void **state)
{
	struct ike_config c = config(SMALL);
	struct world *w;

	c.liveness = 3600000;
	w = world_new(&c);
	start(&w->a, &w->b, 0);
	deliver(w);
	tell(&w->a, 2000);
	deliver_one(w);
	w->head = w->tail;
	assert_true(w->b.ike->fragment_octets > 0);
	/* the other end is dead */
	while (w->now < 100000 && w->b.ike->fragment_octets) {
		w->now = ike_next(w->b.ike);
		ike_tick(w->b.ike, w->now);
	}
	assert_int_equal(w->b.ike->fragment_octets, 0);
	assert_true(w->now <= 62000);
	assert_non_null(some_sa(&w->b));
	world_free(w);
}

/* RFC7383/8: those who have not authenticated take half of a fixed room at most */
static void bounded(void **state)
{
	struct ike_config c = config(SMALL);
	struct world *w;
	unsigned int i, k, dropped = 0;
	size_t most = 0;

	c.source_threshold = 1000;
	c.max_source = 1000;
	w = world_new(&c);

	ike_free(&w->a.ike);
	for (i = 0; i < 400 && !dropped; i++) {
		struct ike_sa *sa = NULL;
		struct builder b;
		uint8_t *data;

		w->n_first = 0;
		end_init(w, &w->a, 1, &c);
		start(&w->a, &w->b, 0);
		deliver_one(w);
		deliver_one(w);
		w->head = w->tail;
		sa = w->a.ike->heap[0];
		assert_int_equal(sa->state, SA_AUTH);
		data = calloc(1, 60000);
		begin_request(sa, &b, EXCH_IKE_AUTH);
		build_notify(&b, 0, 30000, NULL, 0, data, 60000);
		free(data);
		assert_true(finish_request(sa, &b));
		for (k = 0; w->tail - w->head > 1; k++)
			deliver_one(w);
		w->head = w->tail;
		if (w->b.ike->fragment_octets > most)
			most = w->b.ike->fragment_octets;
		dropped = stats(&w->b)->drop_fragment;
		ike_free(&w->a.ike);
	}
	assert_true(dropped > 0);
	assert_in_range(most, 3 << 20, 4 << 20);
	/* gone with the half-open IKE SAs */
	w->now += 11000;
	ike_tick(w->b.ike, w->now);
	assert_int_equal(w->b.ike->fragment_octets, 0);
	end_init(w, &w->a, 1, &c);
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	world_free(w);
}

/* RFC7383/9: an authentic message whose parts make no sense is answered once */
static void senseless(void **state)
{
	struct world *w = up(SMALL, SMALL);
	struct ike_sa *sa = some_sa(&w->a);
	struct builder b;
	uint8_t data[800] = { 0 };

	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_payload(&b, PL_NONCE, data, sizeof(data));	/* a nonce has 256 at most */
	assert_true(finish_request(sa, &b));
	assert_int_equal(under_way(w), 2);
	deliver(w);
	assert_int_equal(stats(&w->b)->drop_syntax, 1);
	assert_null(sa->request);
	healthy(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake), cmocka_unit_test(not_agreed),
		cmocka_unit_test(sizes), cmocka_unit_test(headers), cmocka_unit_test(orders), cmocka_unit_test(lost),
		cmocka_unit_test(forged), cmocka_unit_test(path), cmocka_unit_test(cut_anew),
		cmocka_unit_test(incomplete), cmocka_unit_test(bounded),
		cmocka_unit_test(senseless),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
