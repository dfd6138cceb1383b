// SPDX-License-Identifier: GPL-2.0-or-later
/* Tunnel, transport and BEET mode between ends that have them or not. */
#include "engine_world.h"
#include "ike/sa.h"

static const struct ike_config beet = { .beet = true }, plain;

/* Inner addresses 192.168.n.1, as only BEET and tunnel mode can have them. */
static struct ike_request inner(struct end *from, struct end *to, uint8_t mode)
{
	struct ike_request r = request_to(from, to, 0);

	r.mode = mode;
	r.local_ts[0].start[0] = r.local_ts[0].end[0] = 192;
	r.remote_ts[0].start[0] = r.remote_ts[0].end[0] = 192;
	return r;
}

static int ask(struct end *from, struct end *to, uint8_t mode)
{
	struct ike_request r = inner(from, to, mode);

	r.spd_entry = 30 + mode;
	return ike_initiate(from->ike, from->w->now, &r);
}

/* a has the first configuration, b the second. */
static struct world *ends(const struct ike_config *a, const struct ike_config *b)
{
	struct world *w = world_new(a);

	ike_free(&w->b.ike);
	end_init(w, &w->b, 2, b);
	return w;
}

static void both(const struct world *w, uint8_t mode)
{
	unsigned int i;

	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);		/* which compares the modes */
	for (i = 0; i < w->a.n_sas; i++)
		assert_int_equal(w->a.sas[i].mode, mode);
}

static bool said_vendor(const struct packet *p)
{
	static struct message m;
	uint8_t detail;

	assert_int_equal(message_parse(&m, p->data, p->len, &detail), PARSE_OK);
	return message_count(&m, PL_VENDOR);
}

/* Both agree, in IKE_AUTH and in CREATE_CHILD_SA. */
static void agreed(void **state)
{
	struct world *w = ends(&beet, &beet);

	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	both(w, BTNS_MODE_BEET);
	assert_int_equal(w->a.sas[0].local_ts.start[0], 192);
	assert_int_equal(w->a.sas[0].peer.ip[0], 10);
	assert_true(said_vendor(&w->first[0]) && said_vendor(&w->first[1]));

	/* others beside it, asked from the other end */
	assert_int_equal(ask(&w->b, &w->a, BTNS_MODE_BEET), 0);
	assert_int_equal(ask(&w->b, &w->a, BTNS_MODE_TUNNEL), 0);
	deliver(w);
	assert_int_equal(w->b.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 3);
	agree(&w->a, &w->b);
	assert_int_equal(w->a.sas[1].mode, BTNS_MODE_BEET);
	assert_int_equal(w->a.sas[2].mode, BTNS_MODE_TUNNEL);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	world_free(w);
}

/* A rekey of the Child SA from either end, and of the IKE SA, keeps the mode. */
static void kept(void **state)
{
	struct world *w = ends(&beet, &beet);
	uint32_t old;

	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	deliver(w);
	old = w->a.sas[0].spi_in;
	ike_child_expiring(w->a.ike, w->now, old);
	pass(w, 1000);
	assert_int_not_equal(w->a.sas[0].spi_in, old);
	both(w, BTNS_MODE_BEET);

	old = w->b.sas[0].spi_in;
	ike_child_expiring(w->b.ike, w->now, old);
	pass(w, 1000);
	assert_int_not_equal(w->b.sas[0].spi_in, old);
	both(w, BTNS_MODE_BEET);

	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	pass(w, 30000);
	assert_int_equal(ike_stats(w->a.ike)->ike_rekeys, 1);
	old = w->b.sas[0].spi_in;
	ike_child_expiring(w->b.ike, w->now, old);
	pass(w, 1000);
	assert_int_not_equal(w->b.sas[0].spi_in, old);
	both(w, BTNS_MODE_BEET);
	world_free(w);
}

/* No word of it between ends of which one does not have it; the wish is refused. */
static void one_without(void **state)
{
	struct world *w = ends(&beet, &plain);
	unsigned int i;

	for (i = 1; i <= 3; i++) {
		assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
		pass(w, 60000);
		assert_int_equal(w->a.done, i);
		assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	}
	assert_true(said_vendor(&w->first[0]));
	assert_false(said_vendor(&w->first[1]));
	assert_int_equal(w->a.installs + w->b.installs, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->b.ike)->sas, 0);
	/* what does not need it works, asked from either end, and BEET beside it does not */
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_TUNNEL), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	pass(w, 60000);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	both(w, BTNS_MODE_TUNNEL);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	world_free(w);

	/* nobody has it: silence, and no such wish */
	w = ends(&plain, &beet);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), -EINVAL);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_TRANSPORT), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_false(said_vendor(&w->first[0]) || said_vendor(&w->first[1]));
	world_free(w);
}

/* Wishes that wait for the same IKE SA do not share the fate of the first. */
static void mixed_wishes(void **state)
{
	struct world *w = ends(&beet, &plain);

	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_TRANSPORT), 0);
	pass(w, 5000);
	assert_int_equal(w->a.done, 2);
	assert_int_equal(w->a.last_error, IKE_OK);
	both(w, BTNS_MODE_TRANSPORT);
	world_free(w);

	w = ends(&beet, &plain);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_TRANSPORT), 0);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	pass(w, 5000);
	assert_int_equal(w->a.done, 2);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	both(w, BTNS_MODE_TRANSPORT);
	world_free(w);
}

/* An IKE SA of the time before BEET was configured does not stand in the way. */
static void configured_later(void **state)
{
	struct world *w = ends(&plain, &plain);

	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_TUNNEL), 0);
	deliver(w);
	ike_set_beet(w->a.ike, true);
	ike_set_beet(w->b.ike, true);
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 2);
	assert_int_equal(w->a.sas[1].mode, BTNS_MODE_BEET);
	agree(&w->a, &w->b);
	world_free(w);
}

/*
 * The responder's policy decides: BEET and transport mode must be asked for; tunnel
 * mode in their place is the initiator's to refuse, and then nothing stays at the peer.
 */
static void mismatch(void **state)
{
	static const uint8_t modes[] = { BTNS_MODE_TRANSPORT, BTNS_MODE_TUNNEL, BTNS_MODE_BEET };
	unsigned int i, j;

	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			struct world *w = ends(&beet, &beet);

			w->b.has_policy = true;
			w->b.policy = modes[j];
			assert_int_equal(ask(&w->a, &w->b, modes[i]), 0);
			pass(w, 1000);
			assert_int_equal(w->a.done, 1);
			if (i == j) {
				assert_int_equal(w->a.last_error, IKE_OK);
				both(w, modes[i]);
			} else {
				assert_int_equal(w->a.last_error,
						 modes[j] == BTNS_MODE_TUNNEL ? IKE_E_REFUSED :
						 IKE_E_TS);
				assert_int_equal(w->a.installs, 0);
				assert_int_equal(w->b.n_sas, 0);
				/* section 2.21.2: the IKE SA is up */
				assert_int_equal(ike_stats(w->a.ike)->sas, 1);
			}
			world_free(w);
		}
	}
}

/* BEET mode takes one address a side, whoever asks. */
static void one_address(void **state)
{
	struct world *w = ends(&beet, &beet);
	struct ike_request r = inner(&w->a, &w->b, BTNS_MODE_BEET);

	r.remote_ts[0].end[3]++;
	assert_int_equal(ike_initiate(w->a.ike, w->now, &r), -EINVAL);
	r = inner(&w->a, &w->b, BTNS_MODE_BEET);
	r.n_local = 2;
	r.local_ts[1] = r.local_ts[0];
	r.local_ts[1].start[3] = 0;
	assert_int_equal(ike_initiate(w->a.ike, w->now, &r), -EINVAL);
	assert_int_equal(w->a.done, 0);
	world_free(w);
}

/* A private number says nothing between ends that have not agreed on it. */
static void foreign_number(void **state)
{
	const struct ike_config *of[] = { &plain, &beet };
	const uint8_t *secret = (const uint8_t *)"0123456789abcdef";
	unsigned int i, k;

	/* k: with USE_TRANSPORT_MODE beside it, which is two modes at once if it counts */
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 2; k++) {
			struct world *w = ends(of[i], of[i]);
			struct ike_request r = inner(&w->a, &w->b, BTNS_MODE_TUNNEL);
			const bool counts = of[i]->beet;
			struct ike_sa *sa;
			struct builder b;

			assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_TUNNEL), 0);
			deliver(w);
			sa = some_sa(&w->a);
			begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
			child_offer(sa->ike, &b, &r, 0x12345678);
			build_payload(&b, PL_NONCE, secret, 16);
			build_notify(&b, 0, N_USE_BEET_MODE, NULL, 0, NULL, 0);
			if (k)
				build_notify(&b, 0, N_USE_TRANSPORT_MODE, NULL, 0, NULL, 0);
			child_offer_ts(&b, &r);
			assert_true(finish_request(sa, &b));
			deliver_one(w);
			assert_int_equal(w->b.n_sas, counts && k ? 1 : 2);
			if (!(counts && k))
				assert_int_equal(w->b.sas[1].mode,
						 k ? BTNS_MODE_TRANSPORT : counts ? BTNS_MODE_BEET :
						 BTNS_MODE_TUNNEL);
			world_free(w);
		}
	}
}

/* Behind a NAT the inner addresses stay what they are: there is nothing to replace. */
static void behind_nat(void **state)
{
	struct world *w = ends(&beet, &beet);

	w->natted = &w->a;
	w->outside = w->a.addr;
	w->outside.ip[3] = 101;
	w->nat_ports = 20000;
	assert_int_equal(ask(&w->a, &w->b, BTNS_MODE_BEET), 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	both(w, BTNS_MODE_BEET);
	assert_true(w->b.sas[0].encap);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	assert_int_equal(w->b.sas[0].remote_ts.start[0], 192);
	assert_int_equal(w->b.sas[0].remote_ts.start[3], 1);
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	pass(w, 1000);
	both(w, BTNS_MODE_BEET);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreed), cmocka_unit_test(kept), cmocka_unit_test(one_without),
		cmocka_unit_test(mixed_wishes), cmocka_unit_test(configured_later),
		cmocka_unit_test(mismatch), cmocka_unit_test(one_address),
		cmocka_unit_test(foreign_number), cmocka_unit_test(behind_nat),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("engine-modes", tests, NULL, NULL);
}
