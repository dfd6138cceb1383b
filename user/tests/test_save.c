// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE SAs that outlive the process: killed at any moment, the peer notices nothing. */
#include "engine_world.h"
#include "ike/sa.h"

#define KEPT	8

/* What would be in memory that outlives the process. */
static struct {
	uint8_t *p;
	size_t len;
} kept[2][KEPT];

static void op_keep(void *ctx, uint64_t *slot, const uint8_t *record, size_t len)
{
	struct end *e = ctx;
	unsigned int side = e == &e->w->b, i;

	for (i = 0; !*slot && i < KEPT; i++)
		if (!kept[side][i].p)
			*slot = i + 1;
	assert_true(*slot);
	i = (unsigned int)*slot - 1;
	free(kept[side][i].p);
	kept[side][i].p = NULL;
	if (!record)
		return;
	kept[side][i].p = malloc(len);
	assert_non_null(kept[side][i].p);
	memcpy(kept[side][i].p, record, len);
	kept[side][i].len = len;
}

static unsigned int count(unsigned int side)
{
	unsigned int i, n = 0;

	for (i = 0; i < KEPT; i++)
		n += !!kept[side][i].p;
	return n;
}

static void forget_all(void)
{
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < KEPT; i++) {
			free(kept[side][i].p);
			kept[side][i].p = NULL;
		}
	}
}

static struct world *lasting(const struct ike_config *c)
{
	struct world *w = world_new(c);

	w->a.ike->ops.keep = op_keep;
	w->b.ike->ops.keep = op_keep;
	start(&w->a, &w->b, 5);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(count(0), 1);
	assert_int_equal(count(1), 1);
	return w;
}

/* kill -9, and a new life with what was kept. */
static void die(struct end *e)
{
	static const struct ike_config plain;
	const unsigned int side = e == &e->w->b;
	unsigned int i;

	ike_free(&e->ike);
	end_init(e->w, e, 1 + side, &plain);
	e->ike->ops.keep = op_keep;
	for (i = 0; i < KEPT; i++) {
		uint8_t *copy;
		size_t len = kept[side][i].len;

		if (!kept[side][i].p)
			continue;
		copy = malloc(len);
		assert_non_null(copy);
		memcpy(copy, kept[side][i].p, len);
		assert_int_equal(ike_restore(e->ike, e->w->now, i + 1, copy, len), 0);
		free(copy);
	}
}

static void do_op(struct end *e, unsigned int op)
{
	struct end *other = e == &e->w->a ? &e->w->b : &e->w->a;
	struct ike_sa *sa = some_sa(e);

	switch (op) {
	case 0:
		start(e, other, 99);
		break;
	case 1:
		ike_child_expiring(e->ike, e->w->now, e->sas[0].spi_in);
		break;
	case 2:
		ike_rekey(e->ike, e->w->now, sa);
		break;
	case 3:
		ike_child_gone(e->ike, e->w->now, e->sas[0].spi_in);
		break;
	case 4:
		ike_close(e->ike, e->w->now, sa);
		break;
	}
}

/* CONT/1: a wish that is covered by a Child SA of before renews that one */
static void renewed(void **state)
{
	struct world *w = lasting(NULL);
	struct ike_request r = request_to(&w->a, &w->b, 5), other = request_to(&w->a, &w->b, 6);
	uint32_t was;

	die(&w->a);
	settle(w);
	was = w->a.sas[0].spi_in;
	assert_false(ike_renew(w->a.ike, w->now, &other));
	deliver(w);
	assert_int_equal(w->a.sas[0].spi_in, was);
	assert_true(ike_renew(w->a.ike, w->now, &r));
	settle(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_not_equal(w->a.sas[0].spi_in, was);
	agree(&w->a, &w->b);
	ike_close(w->a.ike, w->now, NULL);
	deliver(w);
	assert_false(ike_renew(w->a.ike, w->now, &r));
	world_free(w);
	forget_all();
}

#define OPS	5

/* CONT/1: at each packet of each exchange, either end */
static void any_moment(void **state)
{
	unsigned int op, step, who, by;

	for (op = 0; op < OPS; op++) {
		for (by = 0; by < 2; by++) {
			for (who = 0; who < 2; who++) {
				for (step = 0; step < 6; step++) {
					struct world *w = lasting(NULL);
					unsigned int i;

					do_op(by ? &w->b : &w->a, op);
					for (i = 0; i < step && w->head != w->tail; i++)
						deliver_one(w);
					die(who ? &w->b : &w->a);
					pass(w, 40000);
					agree(&w->a, &w->b);
					/* nothing was made anew */
					assert_int_equal(ike_stats(w->a.ike)->sa_init_ok +
							 ike_stats(w->b.ike)->sa_init_ok, 1);
					assert_int_equal(w->a.n_sas, op == 0 ? 2 : op < 3);
					assert_int_equal(ike_stats(w->a.ike)->sas, op < 4);
					assert_int_equal(ike_stats(w->b.ike)->sas, op < 4);
					assert_int_equal(count(0), op < 4);
					assert_int_equal(count(1), op < 4);
					assert_int_equal(ike_stats(w->a.ike)->liveness_failed +
							 ike_stats(w->b.ike)->liveness_failed, 0);
					healthy(w);
					world_free(w);
					forget_all();
				}
			}
		}
	}
}

/* CONT/2: a request that was on its way is sent again bit for bit */
static void same_request(void **state)
{
	struct world *w = lasting(NULL);
	struct packet before;

	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	before = w->q[w->head % QUEUE_MAX];
	w->head = w->tail;
	die(&w->a);
	ike_tick(w->a.ike, w->now);
	assert_int_equal(w->tail - w->head, 1);
	assert_int_equal(w->q[w->head % QUEUE_MAX].len, before.len);
	assert_memory_equal(w->q[w->head % QUEUE_MAX].data, before.data, before.len);
	deliver(w);
	assert_int_equal(ike_stats(w->a.ike)->ike_rekeys, 1);
	healthy(w);
	world_free(w);
	forget_all();
}

/* CONT/3: an IV is never used again, and the first new request is a liveness check */
static void new_ivs(void **state)
{
	struct world *w = lasting(NULL);
	const uint64_t before = some_sa(&w->a)->keys.iv_next;

	assert_true(before < 100);
	die(&w->a);
	assert_true(some_sa(&w->a)->keys.iv_next > 1000);
	assert_int_equal(w->tail - w->head, 1);
	assert_int_equal(w->q[w->head % QUEUE_MAX].data[18], EXCH_INFORMATIONAL);
	deliver(w);
	assert_null(some_sa(&w->a)->request);
	world_free(w);
	forget_all();
}

/* CONT/3: a record that is too old: the peer does not answer, the IKE SA ends */
static void too_old(void **state)
{
	struct world *w = lasting(NULL);
	uint8_t *old = malloc(kept[0][0].len);
	const size_t len = kept[0][0].len;
	unsigned int i;

	assert_non_null(old);
	memcpy(old, kept[0][0].p, len);
	for (i = 0; i < 3; i++) {
		start(&w->a, &w->b, 40 + i);
		deliver(w);
	}
	forget_all();
	ike_free(&w->a.ike);
	{
		static const struct ike_config plain;

		end_init(w, &w->a, 1, &plain);
	}
	assert_int_equal(ike_restore(w->a.ike, w->now, 0, old, len), 0);
	free(old);
	pass(w, 100000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
	assert_int_equal(w->a.downs, 1);
	world_free(w);
	forget_all();
}

/* CONT/4: no record, or not one of ours */
static void bad_records(void **state)
{
	static const struct ike_config plain;
	struct world *w = lasting(NULL);
	const size_t len = kept[0][0].len;
	uint8_t *copy = malloc(len + 1), *good = malloc(len);
	size_t i;

	assert_non_null(copy);
	assert_non_null(good);
	memcpy(good, kept[0][0].p, len);
	/* it is there already */
	assert_int_equal(ike_restore(w->a.ike, w->now, 1, good, len), -EEXIST);
	/* of another key */
	assert_int_equal(ike_restore(w->b.ike, w->now, 1, good, len), -EBADMSG);
	ike_free(&w->a.ike);
	end_init(w, &w->a, 1, &plain);
	for (i = 0; i < len; i++) {
		memcpy(copy, good, len);
		copy[i] ^= 1;
		assert_int_equal(ike_restore(w->a.ike, w->now, 1, copy, len), -EBADMSG);
		assert_int_equal(ike_restore(w->a.ike, w->now, 1, good, i), -EBADMSG);
	}
	memcpy(copy, good, len);
	copy[len] = 0;
	assert_int_equal(ike_restore(w->a.ike, w->now, 1, copy, len + 1), -EBADMSG);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->a.ike)->children, 0);
	assert_int_equal(ike_restore(w->a.ike, w->now, 1, good, len), 0);
	assert_int_equal(ike_stats(w->a.ike)->children, 1);
	free(copy);
	free(good);
	world_free(w);
	forget_all();
}

/* CONT/4: a secret that was changed while nobody was there: the peer proves itself anew */
static void other_secret(void **state)
{
	static const struct ike_config plain;
	struct world *w = world_new(NULL);
	unsigned int i;

	w->a.ike->ops.keep = op_keep;
	w->b.ike->ops.keep = op_keep;
	share_secret(&w->a, "one");
	share_secret(&w->b, "one");
	w->b.wants = BTNS_AUTH_PSK;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(count(0), 1);
	/* rekeyed, it rests on the same */
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	deliver(w);
	assert_int_equal(count(0), 1);
	for (i = 0; !kept[0][i].p; i++)
		;
	ike_free(&w->a.ike);
	end_init(w, &w->a, 1, &plain);
	share_secret(&w->a, "two");
	assert_int_equal(ike_restore(w->a.ike, w->now, i + 1, kept[0][i].p, kept[0][i].len), -EACCES);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->a.ike)->children, 0);
	share_secret(&w->a, "one");
	assert_int_equal(ike_restore(w->a.ike, w->now, i + 1, kept[0][i].p, kept[0][i].len), 0);
	world_free(w);
	forget_all();
}

static void gone(void *arg, uint32_t spi_in)
{
	struct end *e = arg;

	ike_child_gone(e->ike, e->w->now, spi_in);
}

static uint32_t lost;

static void op_lost(void *ctx, uint32_t spi_in)
{
	lost = spi_in;
}

/*
 * CONT/7: the peer has forgotten everything meanwhile: that is noticed soon, and the pair is
 * not deleted but left to be replaced.  A peer that has answered once is another matter.
 */
static void forgotten(void **state)
{
	static const struct ike_config plain = { .liveness = 20000 };
	unsigned int heard;

	for (heard = 0; heard < 2; heard++) {
		struct world *w = lasting(&plain);
		const uint32_t spi_in = w->a.sas[0].spi_in;

		lost = 0;
		if (!heard) {
			ike_free(&w->b.ike);
			end_init(w, &w->b, 2, &plain);
		}
		die(&w->a);
		w->a.ike->ops.child_lost = op_lost;
		w->a.downs = 0;
		pass(w, 8000);
		assert_int_equal(ike_stats(w->a.ike)->sas, heard);
		assert_int_equal(lost, heard ? 0 : spi_in);
		assert_int_equal(w->a.n_sas, 1);
		assert_int_equal(w->a.downs, !heard);
		if (heard) {
			ike_free(&w->b.ike);
			end_init(w, &w->b, 2, &plain);
			w->b.n_sas = 0;
			pass(w, 200000);
			assert_int_equal(lost, 0);
			assert_int_equal(w->a.n_sas, 0);
			assert_int_equal(w->a.downs, 1);
		}
		world_free(w);
		forget_all();
	}
}

/* CONT/5: an end that stops keeps its records; what the kernel lost goes at the peer */
static void stopped(void **state)
{
	struct world *w = lasting(NULL);

	w->a.n_sas = 0;
	die(&w->a);
	assert_true(ike_has_child(w->a.ike, w->b.sas[0].spi_out));
	assert_false(ike_has_child(w->a.ike, w->b.sas[0].spi_in));
	ike_children(w->a.ike, gone, &w->a);
	pass(w, 5000);
	assert_int_equal(w->b.n_sas, 0);
	healthy(w);
	world_free(w);
	assert_int_equal(count(0), 1);
	forget_all();
}

/* CONT/6: with long requests and answers, behind a NAT, with bindings */
static void all_of_it(void **state)
{
	static const struct ike_config c = {
		.unique = true, .force_natt = true, .fragment = 576, .keepalive = 10000,
	};
	struct world *w = lasting(&c);
	const struct ike_sa *sa = some_sa(&w->a);
	struct ike_sa before = *sa;
	const struct lineage line = *sa->lineage;

	die(&w->a);
	sa = some_sa(&w->a);
	assert_non_null(sa);
	assert_int_equal(sa->local.port, 4500);
	assert_true(sa->natt_remote && sa->fragmentation);
	assert_int_equal(sa->natt_local, before.natt_local);
	assert_memory_equal(&sa->peer, &before.peer, sizeof(before.peer));
	assert_memory_equal(sa->keys.sk_d, before.keys.sk_d, sizeof(before.keys.sk_d));
	assert_memory_equal(sa->lineage->es, line.es, sizeof(line.es));
	assert_int_equal(sa->spki_len, before.spki_len);
	assert_int_equal(sa->rekey_at, before.rekey_at);
	assert_int_equal(sa->created, before.created);
	assert_int_equal(sa->id_in, before.id_in);
	deliver(w);
	healthy(w);
	world_free(w);
	forget_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renewed), cmocka_unit_test(any_moment), cmocka_unit_test(same_request),
		cmocka_unit_test(new_ivs), cmocka_unit_test(too_old),
		cmocka_unit_test(bad_records), cmocka_unit_test(other_secret),
		cmocka_unit_test(forgotten),
		cmocka_unit_test(stopped),
		cmocka_unit_test(all_of_it),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
