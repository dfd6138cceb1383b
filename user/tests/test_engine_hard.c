// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine under reordering, forgery, translation and in collisions of all kinds. */
#include <malloc.h>

#include "engine_world.h"
#include "ike/wire.h"

/* All packets, in any order. */
static void shuffle(struct world *w)
{
	while (w->head != w->tail)
		deliver_any(w, false);
}

/* IKE/52 IKE/53: in whichever order packets come, no Child SA is lost */
static void ike_collision_orders(void **state)
{
	unsigned int i;

	for (i = 0; i < 300; i++) {
		struct world *w = connected(NULL);
		const uint32_t spi = w->a.sas[0].spi_in;

		ike_rekey(w->a.ike, w->now, some_sa(&w->a));
		if (i % 3)
			deliver_any(w, i & 1);
		ike_rekey(w->b.ike, w->now, some_sa(&w->b));
		shuffle(w);
		settle(w);
		assert_int_equal(w->a.n_sas, 1);
		assert_int_equal(w->b.n_sas, 1);
		assert_int_equal(w->a.sas[0].spi_in, spi);
		assert_int_equal(w->a.deletes + w->b.deletes, 0);
		assert_int_equal(ike_stats(w->a.ike)->sas, 1);
		assert_int_equal(ike_stats(w->b.ike)->sas, 1);
		healthy(w);
		world_free(w);
	}
}

/* IKE/50 IKE/59 */
static void child_collision_orders(void **state)
{
	unsigned int i;

	for (i = 0; i < 300; i++) {
		struct world *w = connected(NULL);

		ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
		if (i % 3)
			deliver_any(w, i & 1);
		ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
		shuffle(w);
		pass(w, 40000);
		assert_int_equal(w->a.n_sas, 1);
		assert_true(w->a.active[0] && w->b.active[0]);
		assert_int_equal(ike_stats(w->a.ike)->sas, 1);
		healthy(w);
		world_free(w);
	}
}

/* IKE/53, the matrix of RFC 7296 section 2.25: every pair of exchanges at once */
static void do_op(struct end *e, unsigned int op)
{
	struct ike_sa *sa = some_sa(e);
	struct end *other = e == &e->w->a ? &e->w->b : &e->w->a;

	switch (op) {
	case 0:
		start(e, other, 2000 + randombytes_uniform(1000));
		break;
	case 1:
		if (e->n_sas)
			ike_child_expiring(e->ike, e->w->now, e->sas[0].spi_in);
		break;
	case 2:
		if (e->n_sas)
			ike_child_gone(e->ike, e->w->now, e->sas[0].spi_in);
		break;
	case 3:
		if (sa)
			ike_rekey(e->ike, e->w->now, sa);
		break;
	case 4:
		if (sa)
			ike_close(e->ike, e->w->now, sa);
		break;
	}
}

static void matrix(void **state)
{
	unsigned int mine, theirs, round;

	for (mine = 0; mine < 5; mine++) {
		for (theirs = 0; theirs < 5; theirs++) {
			for (round = 0; round < 20; round++) {
				struct world *w = connected(NULL);

				do_op(&w->a, mine);
				do_op(&w->b, theirs);
				shuffle(w);
				settle(w);
				agree(&w->a, &w->b);
				assert_int_equal(ike_stats(w->a.ike)->sas,
						 ike_stats(w->b.ike)->sas);
				assert_true(ike_stats(w->a.ike)->sas <= 1u + (!mine && theirs == 4) +
					    (mine == 4 && !theirs));
				healthy(w);
				world_free(w);
			}
		}
	}
}

/* RFC5386/35, IKE/36: both begin at once and say INITIAL_CONTACT: nothing is lost */
static void contact_race(void **state)
{
	struct ike_config c = { .initial_contact = true };
	unsigned int i;

	for (i = 0; i < 200; i++) {
		struct world *w = world_new(&c);

		start(&w->a, &w->b, 0);
		if (i & 1)
			deliver_any(w, false);
		start(&w->b, &w->a, 0);
		w->drop = i % 5 == 4;
		shuffle(w);
		pass(w, 20000);
		assert_int_equal(w->a.last_error, IKE_OK);
		assert_int_equal(w->b.last_error, IKE_OK);
		assert_int_equal(w->a.deletes + w->b.deletes, 0);
		agree(&w->a, &w->b);
		world_free(w);
	}
}

static uint8_t *find_payload(struct packet *p, uint8_t type)
{
	uint8_t next = p->data[16];
	size_t at = IKE_HDR_LEN;

	while (next && at + 4 <= p->len) {
		if (next == type)
			return p->data + at;
		next = p->data[at];
		at += get16(p->data + at + 2);
	}
	return NULL;
}

static bool has_notify(const struct packet *p, uint16_t type, struct notify *n)
{
	static struct message m;
	uint8_t detail;

	return message_parse(&m, p->data, p->len, &detail) == PARSE_OK &&
	       message_notify(&m, type, n);
}

/* An answer to the INIT request p that says only one thing. */
static void forge(struct world *w, const struct packet *p, uint16_t type, const void *data,
		  size_t len)
{
	struct ike_header h = { .exchange = EXCH_IKE_SA_INIT, .flags = FLAG_RESPONSE };
	uint8_t buf[256];
	struct builder b;
	size_t n;

	memcpy(h.spi_i, p->data, 8);
	build_start(&b, buf, sizeof(buf), &h);
	build_notify(&b, 0, type, NULL, 0, data, len);
	n = build_finish(&b);
	ike_input(w->a.ike, w->now, &p->from, &p->to, buf, n);
}

/* IKE/25: the responder asks for a group of the offer; what says so again changes nothing */
static void invalid_ke(void **state)
{
	static const uint8_t ours[2] = { 0, DH_CURVE25519 }, other[2] = { 0, 19 };
	struct world *w = world_new(NULL);
	struct packet p, *answer;
	struct notify n;
	uint8_t *ke;
	unsigned int i;

	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	w->head = w->tail;
	ke = find_payload(&p, PL_KE);
	assert_non_null(ke);
	put16(ke + 4, 19);
	ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
	assert_int_equal(w->tail - w->head, 1);
	answer = &w->q[w->head];
	assert_true(has_notify(answer, N_INVALID_KE_PAYLOAD, &n));
	assert_int_equal(n.data.len, 2);
	assert_int_equal(get16(n.data.p), DH_CURVE25519);
	assert_int_equal(ike_stats(w->b.ike)->sas, 0);
	deliver(w);			/* the group that it had sent: it waits for the truth */
	assert_int_equal(w->a.n_sas, 0);
	pass(w, 1000);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);

	w = world_new(NULL);
	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	w->head = w->tail;
	for (i = 0; i < 50; i++)
		forge(w, &p, N_INVALID_KE_PAYLOAD, ours, 2);
	assert_int_equal(w->tail, w->head);
	forge(w, &p, N_INVALID_KE_PAYLOAD, other, 2);	/* not offered */
	assert_int_equal(w->tail, w->head);
	pass(w, 20000);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

/* IKE/30 IKE/31: forged errors delay nothing that is true */
static void forged_init(void **state)
{
	static const uint16_t types[] = {
		N_NO_PROPOSAL_CHOSEN, N_INVALID_SYNTAX, N_AUTHENTICATION_FAILED,
		N_INVALID_MAJOR_VERSION, 8191,
	};
	struct world *w = world_new(NULL);
	struct packet p;
	unsigned int i, k;

	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	for (k = 0; k < 20; k++)
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			forge(w, &p, types[i], "0123456789abcdef", 16);
	assert_int_equal(w->tail - w->head, 1);
	assert_int_equal(w->a.done, 0);
	pass(w, 20000);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);

	/* nobody there but the forger: the hint is the reason that is told */
	w = world_new(NULL);
	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	w->head = w->tail;
	w->drop = 1000;
	forge(w, &p, N_NO_PROPOSAL_CHOSEN, NULL, 0);
	assert_int_equal(w->a.done, 0);
	pass(w, 100000);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	assert_int_equal(w->a.last_detail, N_NO_PROPOSAL_CHOSEN);
	world_free(w);
}

/* IKE/2 IKE/4 IKE/5: versions, reserved bits, unknown payloads */
static void strange_init(void **state)
{
	struct world *w = world_new(NULL);
	struct packet p, q;
	struct notify n;

	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	w->head = w->tail;

	q = p;
	q.data[17] = 0x30;
	ike_input(w->b.ike, w->now, &q.to, &q.from, q.data, q.len);
	assert_true(has_notify(&w->q[w->head++ % QUEUE_MAX], N_INVALID_MAJOR_VERSION, &n));

	q = p;				/* an unknown payload at the end, critical */
	memcpy(q.data + q.len, "\0\x80\0\x08" "abcd", 8);
	{
		uint8_t *at = q.data + 16;
		size_t pl = IKE_HDR_LEN;

		while (*at) {
			at = q.data + pl;
			pl += get16(q.data + pl + 2);
			if (pl >= q.len)
				break;
		}
		*at = 200;
	}
	q.len += 8;
	put32(q.data + 24, q.len);
	ike_input(w->b.ike, w->now, &q.to, &q.from, q.data, q.len);
	assert_int_equal(w->tail - w->head, 1);
	assert_true(has_notify(&w->q[w->head++ % QUEUE_MAX], N_UNSUPPORTED_CRITICAL_PAYLOAD, &n));
	assert_int_equal(n.data.len, 1);
	assert_int_equal(n.data.p[0], 200);
	assert_int_equal(ike_stats(w->b.ike)->sas, 0);

	q.data[q.len - 7] = 0;		/* not critical: skipped */
	q.data[17] = 0x21;		/* a later minor version */
	q.data[19] |= 0xc0;		/* reserved flags */
	ike_input(w->b.ike, w->now, &q.to, &q.from, q.data, q.len);
	assert_int_equal(w->tail - w->head, 1);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 1);
	world_free(w);
}

/* IKE/40 IKE/41: the peer grants less; more than was asked is refused */
static void narrowing(void **state)
{
	struct world *w = world_new(NULL);
	struct ike_request r = request_to(&w->a, &w->b, 0);

	w->b.only = r.remote_ts[0];
	w->b.only.proto = 6;
	w->b.only.port_start = 22;
	w->b.only.port_end = 25;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.sas[0].remote_ts.port_start, 22);
	assert_int_equal(w->a.sas[0].remote_ts.port_end, 25);
	assert_int_equal(w->a.sas[0].remote_ts.proto, 6);
	agree(&w->a, &w->b);
	/* IKE/42: a rekey keeps that and does not ask anew */
	w->b.refuse_child = 1;
	ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.sas[0].remote_ts.port_end, 25);
	agree(&w->a, &w->b);
	w->b.refuse_child = 0;
	w->b.wider = 1;
	start(&w->a, &w->b, 80);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_E_TS);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

static void natted(struct world *w, struct end *e)
{
	w->natted = e;
	w->outside = e->addr;
	w->outside.ip[3] = e == &w->a ? 101 : 102;
}

/* IKE/44 IKE/64 IKE/65 IKE/66 IKE/67: the initiator behind a NAT that forgets */
static void nat_initiator(void **state)
{
	struct world *w = world_new(NULL);

	natted(w, &w->a);
	w->nat_ports = 20000;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_true(w->b.sas[0].encap && w->a.sas[0].encap);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	assert_int_equal(w->b.sas[0].peer.ip[3], 101);
	/* the responder works with the address that it sees */
	assert_int_equal(w->b.sas[0].remote_ts.start[3], 101);
	assert_int_equal(w->a.sas[0].local_ts.start[3], 1);
	/* the NAT restarts: an authentic packet from inside moves the responder */
	w->nat_ports = 30000;
	ike_hint(w->a.ike, w->now, &w->b.addr);
	deliver(w);
	assert_int_equal(w->b.moves, 1);
	assert_int_equal(w->b.sas[0].peer.port, 34500);
	/* ESP shows it as well, the kernel says */
	w->nat_ports = 40000;
	{
		struct ike_addr now = w->outside;

		now.port = 44500;
		ike_child_mapping(w->b.ike, w->now, w->b.sas[0].spi_in, &now);
	}
	assert_int_equal(w->b.sas[0].peer.port, 44500);
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	pass(w, 1000);
	assert_int_equal(w->a.n_sas, w->b.n_sas);
	pass(w, 100000);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

/* IKE/64 IKE/65: the responder behind a NAT with forwarded ports */
static void nat_responder(void **state)
{
	struct world *w = world_new(NULL);
	struct ike_request r;
	unsigned int moves;

	natted(w, &w->b);
	r = request_to(&w->a, &w->b, 0);
	r.peer = w->outside;
	memcpy(r.remote_ts[0].start, w->outside.ip, 4);
	memcpy(r.remote_ts[0].end, w->outside.ip, 4);
	assert_int_equal(ike_initiate(w->a.ike, w->now, &r), 0);
	deliver(w);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.sas[0].peer.port, 4500);
	assert_int_equal(w->b.sas[0].peer.port, 4500);
	assert_int_equal(w->b.sas[0].local.port, 4500);
	assert_int_equal(w->b.sas[0].local_ts.start[3], 2);
	assert_int_equal(w->a.sas[0].remote_ts.start[3], 102);
	moves = w->b.moves;
	pass(w, 200000);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->b.moves, moves);
	world_free(w);
}

/*
 * IKE/44, RFC5386/35: two hosts with keys of their own behind one address.  The engine
 * tells them apart by IKE SA, port and key; who gets which traffic is the SPD's to say.
 */
static void two_behind_nat(void **state)
{
	struct ike_config c = { .initial_contact = true };
	struct world *w = world_new(&c);
	struct ike_child_sa first;
	struct ike *one;

	natted(w, &w->a);
	w->nat_ports = 20000;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->b.n_sas, 1);

	/* the other host has the same address inside of another network, say */
	one = w->a.ike;
	first = w->a.sas[0];
	w->a.n_sas = 0;
	end_init(w, &w->a, 77, &c);
	w->a.addr.ip[3] = 1;
	w->nat_ports = 30000;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	/* its INITIAL_CONTACT takes nothing from the first one */
	assert_int_equal(w->b.n_sas, 2);
	assert_int_equal(w->b.deletes, 0);
	assert_int_equal(ike_stats(w->b.ike)->sas, 2);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	assert_int_equal(w->b.sas[1].peer.port, 34500);
	assert_memory_equal(w->b.sas[0].peer.ip, w->b.sas[1].peer.ip, 4);

	/* the second one closes: the first one goes on, to its own port */
	ike_close(w->a.ike, w->now, NULL);
	deliver(w);
	assert_int_equal(w->b.n_sas, 1);
	ike_free(&w->a.ike);
	w->a.ike = one;
	w->a.sas[0] = first;
	w->a.n_sas = 1;
	w->nat_ports = 20000;
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	pass(w, 1000);
	assert_int_equal(w->b.n_sas, 1);
	assert_int_not_equal(w->a.sas[0].spi_in, first.spi_in);
	assert_int_equal(w->a.sas[0].spi_in, w->b.sas[0].spi_out);
	assert_int_equal(w->b.sas[0].peer.port, 24500);
	world_free(w);
}

/* A life of all exchanges leaves no memory behind while the engines live on. */
static void memory(void **state)
{
	struct world *w = world_new(NULL);
	size_t before = 0, after;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		if (i == 10)
			before = mallinfo2().uordblks;
		start(&w->a, &w->b, 0);
		start(&w->b, &w->a, 80);
		pass(w, 2000);
		ike_rekey(w->a.ike, w->now, some_sa(&w->a));
		if (w->b.n_sas)
			ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
		pass(w, 20000);
		ike_close(w->a.ike, w->now, NULL);
		ike_close(w->b.ike, w->now, NULL);
		settle(w);
		assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->b.ike)->sas, 0);
		assert_int_equal(ike_stats(w->a.ike)->children, 0);
		assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	}
	after = mallinfo2().uordblks;
	/* the lists of free pieces move by a little; a leak of one SA a life is more */
	assert_true(after < before + 30 * 64);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ike_collision_orders), cmocka_unit_test(child_collision_orders),
		cmocka_unit_test(matrix), cmocka_unit_test(contact_race),
		cmocka_unit_test(invalid_ke), cmocka_unit_test(forged_init),
		cmocka_unit_test(strange_init), cmocka_unit_test(narrowing),
		cmocka_unit_test(nat_initiator), cmocka_unit_test(nat_responder),
		cmocka_unit_test(two_behind_nat),
		cmocka_unit_test(memory),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("engine-hard", tests, NULL, NULL);
}
