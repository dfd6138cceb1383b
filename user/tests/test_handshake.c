// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may happen between IKE_SA_INIT and a Child SA besides the usual: IKE SAs without
 * one (RFC 6023), IKE_INTERMEDIATE (RFC 9242, RFC 9370), postquantum preshared keys
 * (RFC 8784); and what it may cost (RFC 8019).
 */
#include "engine_world.h"
#include "ike/sa.h"
#include "ike/wire.h"

static const struct ike_config ppk_on = { .ppk = true };

static int contact(struct end *from, struct end *to)
{
	struct ike_request r = { .cookie = 9, .childless = true };

	r.local = from->addr;
	r.peer = to->addr;
	return ike_initiate(from->ike, from->w->now, &r);
}

/* The IKE SA of an end that is not up yet. */
static struct ike_sa *young(const struct end *e)
{
	assert_int_equal(e->ike->heap_len, 1);
	assert_non_null(e->ike->heap[0]->hs);
	return e->ike->heap[0];
}

static void end_free(struct end *e)
{
	ike_free(&e->ike);
}

/* RFC6023/1 RFC6023/2: an IKE SA alone, and children later, from both sides */
static void childless(void **state)
{
	struct world *w = world_new(NULL);

	assert_int_equal(contact(&w->a, &w->b), 0);
	deliver(w);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_non_null(some_sa(&w->a));
	assert_non_null(some_sa(&w->b));
	/* a further wish of that kind is fulfilled */
	assert_int_equal(contact(&w->b, &w->a), 0);
	assert_int_equal(w->b.done, 1);
	assert_int_equal(w->tail, w->head);
	healthy(w);
	assert_int_equal(w->a.n_sas, 2);
	assert_int_equal(ike_stats(w->a.ike)->sa_init_ok, 1);
	world_free(w);
}

/* RFC6023/1: a peer that has not announced it is not asked */
static void not_childless(void **state)
{
	struct world *w = world_new(NULL);

	assert_int_equal(contact(&w->a, &w->b), 0);
	deliver_one(w);
	w->head = w->tail;
	{
		/* the same answer without the notify, as another responder gives it */
		struct packet p = w->first[1];
		static const uint8_t notify[] = { 0x40, 0x22 };
		unsigned int i, at = 0;

		for (i = IKE_HDR_LEN; i + 2 < p.len; i++)
			if (!memcmp(p.data + i, "\0\x08\0\0", 4) &&
			    !memcmp(p.data + i + 4, notify, 2))
				at = i + 4;
		assert_true(at > 0);
		p.data[at] = 0x9f;
		ike_input(w->a.ike, w->now, &w->a.addr, &w->b.addr, p.data, p.len);
	}
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	assert_int_equal(w->tail, w->head);
	world_free(w);
}

/* RFC6023/2: wishes for a Child SA that came meanwhile are fulfilled */
static void childless_and_more(void **state)
{
	struct world *w = world_new(NULL);

	assert_int_equal(contact(&w->a, &w->b), 0);
	start(&w->a, &w->b, 77);
	assert_int_equal(contact(&w->a, &w->b), 0);
	deliver(w);
	assert_int_equal(w->a.done, 3);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* As if both had negotiated n additional key exchanges; there is no method of that kind yet. */
static void additional(struct ike_sa *sa, unsigned int n)
{
	static const uint16_t methods[] = {
		DH_P384, DH_CURVE25519, DH_P256, DH_MODP_2048,
	};
	unsigned int i;

	assert_true(sa->hs->intermediate);
	sa->hs->im = calloc(1, sizeof(*sa->hs->im));
	assert_non_null(sa->hs->im);
	sa->hs->im->n_addke = n;
	for (i = 0; i < n; i++)
		sa->hs->im->addke[i] = methods[i % 4];
}

/* After IKE_SA_INIT has come back, before the initiator sees it. */
static struct world *with_additional(unsigned int at_a, unsigned int at_b)
{
	struct world *w = world_new(NULL);

	start(&w->a, &w->b, 0);
	deliver_one(w);
	/* the initiator learns of it with the answer: here it knows beforehand */
	young(&w->b);
	if (at_b)
		additional(young(&w->b), at_b);
	young(&w->a)->hs->intermediate = true;
	if (at_a)
		additional(young(&w->a), at_a);
	return w;
}

/* RFC9242/1 RFC9242/2 RFC9370/1 RFC9370/2: all rounds, then IKE_AUTH speaks of them */
static void rounds(void **state)
{
	unsigned int n;

	for (n = 1; n <= ADDKE_MAX; n++) {
		struct world *w = with_additional(n, n);
		struct sk_key before;
		unsigned int i;

		deliver_one(w);
		before = young(&w->a)->keys.sk_i;
		for (i = 1; i <= n; i++) {
			assert_int_equal(w->q[w->head % QUEUE_MAX].data[18],
					 EXCH_IKE_INTERMEDIATE);
			assert_int_equal(get32(w->q[w->head % QUEUE_MAX].data + 20), i);
			deliver_one(w);
			deliver_one(w);
			/* each one changes the keys */
			assert_memory_not_equal(&before, &young(&w->a)->keys.sk_i,
						sizeof(before));
			before = young(&w->a)->keys.sk_i;
		}
		assert_int_equal(w->q[w->head % QUEUE_MAX].data[18], EXCH_IKE_AUTH);
		deliver(w);
		assert_int_equal(w->a.last_error, IKE_OK);
		assert_int_equal(w->a.n_sas, 1);
		agree(&w->a, &w->b);
		healthy(w);
		world_free(w);
	}
}

/* RFC9242/3: lost and repeated messages, under keys that change meanwhile */
static void rounds_lost(void **state)
{
	unsigned int i;

	for (i = 0; i < 40; i++) {
		struct world *w = with_additional(3, 3);
		unsigned int losses;

		for (losses = 0; losses < 3; losses++) {
			while (w->head != w->tail && randombytes_uniform(4))
				deliver_any(w, i & 1);
			w->head = w->tail;
			w->now = ike_next(w->a.ike);
			ike_tick(w->a.ike, w->now);
		}
		pass(w, 2000);
		assert_int_equal(w->a.last_error, IKE_OK);
		assert_int_equal(w->a.n_sas, 1);
		agree(&w->a, &w->b);
		world_free(w);
	}
}

/* RFC9242/2: whoever changes a message that both take for good is found out by AUTH */
static void rounds_changed(void **state)
{
	unsigned int i, side, k;

	for (i = 0; i < 2; i++) {
		for (side = 0; side < 2; side++) {
			struct world *w = with_additional(2, 2);

			for (k = 0; k < 3; k++)
				deliver_one(w);
			young(side ? &w->b : &w->a)->hs->im->auth[i][5] ^= 1;
			deliver(w);
			assert_int_equal(w->a.n_sas, 0);
			assert_int_equal(ike_stats(w->a.ike)->auth_failed +
					 ike_stats(w->b.ike)->auth_failed, 1);
			world_free(w);
		}
	}
}

static void send_round(struct end *e)
{
	struct ike_sa *sa = young(e);
	struct builder b;

	begin_request(sa, &b, EXCH_IKE_INTERMEDIATE);
	assert_true(finish_request(sa, &b));
}

/* RFC9242/4: rounds for purposes that we do not know are answered, a few of them */
static void rounds_bounded(void **state)
{
	struct world *w = world_new(NULL);
	unsigned int i;

	start(&w->a, &w->b, 0);
	deliver_one(w);
	w->drop = 1;
	deliver_one(w);			/* IKE_AUTH is lost: others come in its place */
	for (i = 0; i < 20 && w->b.ike->heap_len && w->b.ike->heap[0]->state == SA_HALF_OPEN;
	     i++) {
		struct ike_sa *sa = young(&w->a);

		free(sa->request);
		sa->request = NULL;
		send_round(&w->a);
		deliver_one(w);
		w->head = w->tail;
		sa->id_out++;
	}
	assert_in_range(i, ADDKE_MAX + 1, ADDKE_MAX + 3);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 0);
	world_free(w);
}

/* RFC9242/1 RFC9370/1: not announced, or no key exchange due: refused */
static void rounds_refused(void **state)
{
	struct world *w = with_additional(1, 0);

	young(&w->b)->hs->intermediate = true;
	deliver(w);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	assert_int_equal(w->a.last_detail, N_INVALID_SYNTAX);
	world_free(w);

	w = with_additional(1, 1);
	young(&w->b)->hs->intermediate = false;
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	world_free(w);

	w = with_additional(1, 1);
	young(&w->b)->hs->im->addke[0] = DH_CURVE25519;
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_E_REFUSED);
	world_free(w);
}

static const uint8_t secret[] = "0123456789abcdef0123456789abcdef", other[32] = "another one";

static void share(struct end *e, const uint8_t *ppk, const char *id, bool required)
{
	e->known.own_auth = BTNS_AUTH_PUBKEY;
	e->known.ppk = secret_of(SECRET_PPK, ppk, 32);
	e->known.ppk_id = (const uint8_t *)id;
	e->known.ppk_id_len = strlen(id);
	e->known.ppk_required = required;
}

struct ppk_case {
	const char *what;
	const uint8_t *a, *b;
	const char *id_a, *id_b;
	bool required_a, required_b, on_b;
	bool up, used;
};

/* RFC8784/1 to RFC8784/7 */
static void ppk_cases(void **state)
{
	static const struct ppk_case cases[] = {
		{ "both", secret, secret, "one", "one", 0, 0, 1, 1, 1 },
		{ "both, required", secret, secret, "one", "one", 1, 1, 1, 1, 1 },
		{ "other secret", secret, other, "one", "one", 0, 0, 1, 0, 0 },
		{ "other name", secret, secret, "one", "two", 0, 0, 1, 1, 0 },
		{ "other name, initiator insists", secret, secret, "one", "two", 1, 0, 1, 0, 0 },
		{ "other name, responder insists", secret, secret, "one", "two", 0, 1, 1, 0, 0 },
		{ "initiator alone", secret, NULL, "one", "", 0, 0, 1, 1, 0 },
		{ "initiator alone insists", secret, NULL, "one", "", 1, 0, 1, 0, 0 },
		{ "responder does not know", secret, NULL, "one", "", 0, 0, 0, 1, 0 },
		{ "responder does not know, initiator insists", secret, NULL, "one", "", 1, 0,
		  0, 0, 0 },
		{ "responder alone", NULL, secret, "", "one", 0, 0, 1, 1, 0 },
		{ "responder alone insists", NULL, secret, "", "one", 0, 1, 1, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const struct ike_config off;
		const struct ppk_case *c = &cases[i];
		struct world *w = world_new(&ppk_on);
		uint8_t plain[32] = { 0 };

		end_free(&w->b);
		end_init(w, &w->b, 2, c->on_b ? &ppk_on : &off);
		share(&w->a, c->a, c->id_a, c->required_a);
		share(&w->b, c->b, c->id_b, c->required_b);
		start(&w->a, &w->b, 0);
		deliver_one(w);
		deliver_one(w);
		if (w->a.ike->heap[0]->hs && w->a.ike->heap[0]->hs->plain)
			memcpy(plain, w->a.ike->heap[0]->hs->plain, 32);
		else if (w->a.ike->heap[0]->hs)
			memcpy(plain, w->a.ike->heap[0]->keys.sk_d, 32);
		deliver(w);
		if (c->up != (w->a.n_sas == 1) || c->up != (w->b.n_sas == 1))
			fail_msg("%s: %u and %u SAs", c->what, w->a.n_sas, w->b.n_sas);
		if (c->up) {
			agree(&w->a, &w->b);
			assert_memory_equal(some_sa(&w->a)->keys.sk_d,
					    some_sa(&w->b)->keys.sk_d, 32);
			if (c->used != !!memcmp(plain, some_sa(&w->a)->keys.sk_d, 32))
				fail_msg("%s: %s", c->what, c->used ? "not used" : "used");
		} else {
			assert_int_equal(w->a.last_error, IKE_E_AUTH);
		}
		world_free(w);
	}
}

/* RFC8784/6: the initiator looks by address, then by ID, and insists on what it finds there */
static void ppk_by_id(void **state)
{
	static const struct { const uint8_t *by_address, *by_id; bool up; } cases[] = {
		{ secret, secret, true }, { NULL, secret, false }, { secret, other, false },
		{ secret, NULL, true },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = world_new(&ppk_on);
		struct ike_expect e;

		share(&w->b, secret, "one", false);
		share(&w->a, cases[i].by_id, "one", true);
		e = w->a.known;
		share(&w->a, cases[i].by_address, "one", false);
		w->a.by_id = &e;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_int_equal(w->a.n_sas, cases[i].up);
		assert_int_equal(w->b.n_sas, cases[i].up);
		if (!cases[i].up)
			assert_int_equal(w->a.last_error, IKE_E_AUTH);
		world_free(w);
	}
}

/* RFC8784/3: the keys of Child SAs and of later IKE SAs hang on the secret */
static void ppk_keys(void **state)
{
	struct ike_keys k = { .prf = PRF_HMAC_SHA2_256 }, l;
	/* prf+(PPK, SK_d') of RFC 8784 section 3, computed by another program */
	static const uint8_t want[32] = {
		0x7e, 0x5b, 0xe4, 0xb7, 0x9c, 0xf3, 0xd0, 0x9d, 0x5e, 0x97, 0x13,
		0x09, 0xfe, 0x2e, 0x12, 0xda, 0x14, 0x7d, 0xdb, 0x78, 0xa5, 0xa4,
		0x38, 0x89, 0xce, 0xd4, 0x64, 0xc1, 0xde, 0x15, 0xa1, 0xd8,
	};

	memset(k.sk_d, 1, 32);
	memset(k.sk_pi, 2, 32);
	memset(k.sk_pr, 3, 32);
	l = k;
	assert_true(crypto_ike_ppk(&k, secret, 32));
	assert_memory_equal(k.sk_d, want, 32);
	assert_memory_not_equal(k.sk_pi, l.sk_pi, 32);
	assert_memory_not_equal(k.sk_pr, l.sk_pr, 32);
	assert_memory_not_equal(k.sk_pi, k.sk_pr, 32);
}

/* The first message of another initiator at that address. */
static void hello(struct world *w, struct packet *p, uint8_t host)
{
	randombytes_buf(p->data, 8);
	p->from.ip[2] = host;
	ike_input(w->b.ike, w->now, &p->to, &p->from, p->data, p->len);
}

/* The same with the cookie that came back. */
static void hello_again(struct world *w, struct packet *p)
{
	const struct packet *c = &w->q[(w->tail - 1) % QUEUE_MAX];
	struct packet q = *p;
	const size_t len = c->len - IKE_HDR_LEN;

	memcpy(q.data + IKE_HDR_LEN, c->data + IKE_HDR_LEN, len);
	memcpy(q.data + IKE_HDR_LEN + len, p->data + IKE_HDR_LEN, p->len - IKE_HDR_LEN);
	q.data[IKE_HDR_LEN] = p->data[16];
	q.data[16] = PL_NOTIFY;
	q.len += len;
	put32(q.data + 24, (uint32_t)q.len);
	ike_input(w->b.ike, w->now, &q.to, &q.from, q.data, q.len);
}

/* RFC8019/1 RFC8019/2: one address has few half-open IKE SAs, without harm to others */
static void sources(void **state)
{
	struct world *w = world_new(NULL);
	struct packet p;
	unsigned int i;

	start(&w->a, &w->b, 0);
	p = w->q[0];
	w->head = w->tail;
	for (i = 0; i < 200; i++) {
		hello(w, &p, 7);
		w->head = w->tail;
	}
	assert_int_equal(ike_stats(w->b.ike)->half_open, 20);
	assert_int_equal(ike_stats(w->b.ike)->cookies_sent, 180);
	/* who shows that he is there has more, to a limit */
	for (i = 0; i < 100; i++) {
		hello(w, &p, 7);
		hello_again(w, &p);
		w->head = w->tail;
	}
	assert_int_equal(ike_stats(w->b.ike)->half_open, 100);
	assert_int_equal(ike_stats(w->b.ike)->drop_limit, 20);
	/* below the limit of all, others are not asked for cookies */
	assert_int_equal(ike_stats(w->b.ike)->cookies_sent, 280);
	w->b.ike->config.cookie_threshold = 1000;
	hello(w, &p, 8);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 101);
	assert_int_equal(ike_stats(w->b.ike)->cookies_sent, 280);
	w->head = w->tail;
	/* gone after their time, and counted down */
	w->now += 11000;
	ike_tick(w->b.ike, w->now);
	assert_int_equal(half_open_of_source(w->b.ike, &p.from), 0);
	for (i = 0; i < SOURCES; i++)
		assert_int_equal(w->b.ike->source[i], 0);
	world_free(w);
}

/* RFC8019/2: an IPv6 /64 counts as one address */
static void prefixes(void **state)
{
	struct world *w = world_new(NULL);
	struct ike_addr a = { .family = AF_INET6, .ip = { 0x20, 1, 0xd, 0xb8 } }, b = a, c = a;

	b.ip[15] = 9;
	c.ip[7] = 1;
	w->a.ike->source[table_hash(w->a.ike, a.ip, 8) % SOURCES] = 5;
	assert_int_equal(half_open_of_source(w->a.ike, &a), 5);
	assert_int_equal(half_open_of_source(w->a.ike, &b), 5);
	assert_int_equal(half_open_of_source(w->a.ike, &c), 0);
	world_free(w);
}

/* RFC8019/3: no response is sent again without end, be the request authentic or not */
static void resends(void **state)
{
	struct world *w = world_new(NULL);
	struct packet init, auth;
	unsigned int i, sent;

	start(&w->a, &w->b, 0);
	init = w->q[0];
	deliver_one(w);
	w->head = w->tail - 1;
	for (i = 0; i < 100; i++)
		ike_input(w->b.ike, w->now, &init.to, &init.from, init.data, init.len);
	assert_int_equal(w->tail - w->head, 1 + 32);
	deliver_one(w);
	auth = w->q[(w->tail - 1) % QUEUE_MAX];
	w->head = w->tail - 1;
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	sent = w->tail;
	for (i = 0; i < 100; i++)
		ike_input(w->b.ike, w->now, &auth.to, &auth.from, auth.data, auth.len);
	assert_int_equal(w->tail - sent, 32);
	w->head = w->tail;
	/* the next response begins anew */
	healthy(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(childless), cmocka_unit_test(not_childless),
		cmocka_unit_test(childless_and_more), cmocka_unit_test(rounds),
		cmocka_unit_test(rounds_lost), cmocka_unit_test(rounds_changed),
		cmocka_unit_test(rounds_bounded), cmocka_unit_test(rounds_refused),
		cmocka_unit_test(ppk_cases), cmocka_unit_test(ppk_by_id), cmocka_unit_test(ppk_keys),
		cmocka_unit_test(sources), cmocka_unit_test(prefixes), cmocka_unit_test(resends),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
