// SPDX-License-Identifier: GPL-2.0-or-later
/* Session resumption (RFC 5723), as initiator and as responder. */
#include "engine_world.h"
#include "ike/sa.h"
#include "ike/wire.h"

static const struct ike_config on = { .resume = true, .liveness = 60000 };

static uint8_t kept[256];
static size_t kept_len;

static void op_ticket_keys(void *ctx, const uint8_t *keys, size_t len)
{
	assert_true(len <= sizeof(kept));
	memcpy(kept, keys, len);
	kept_len = len;
}

static uint64_t wall_now;

static uint64_t op_wall(void *ctx)
{
	return wall_now;
}

static void hooks(struct end *e)
{
	e->ike->ops.ticket_keys = op_ticket_keys;
	e->ike->ops.wall = op_wall;
}

static struct world *resumable(const struct ike_config *c)
{
	struct world *w = world_new(c);

	wall_now = 1700000000;
	kept_len = 0;
	hooks(&w->a);
	hooks(&w->b);
	return w;
}

static struct world *up(const struct ike_config *c)
{
	struct world *w = resumable(c);

	start(&w->a, &w->b, 0);
	deliver(w);
	agree(&w->a, &w->b);
	assert_int_equal(w->a.n_sas, 1);
	return w;
}

/* It knows nothing any more but its keys, and the kernel is empty. */
static void reboot(struct end *e, const struct ike_config *c, bool with_keys)
{
	struct world *w = e->w;

	ike_free(&e->ike);
	e->n_sas = 0;
	end_init(w, e, e == &w->a ? 1 : 2, c);
	hooks(e);
	if (with_keys)
		assert_true(ike_set_ticket_keys(e->ike, kept, kept_len));
}

/* The initiator finds out by itself. */
static void give_up(struct world *w)
{
	unsigned int i;

	for (i = 0; i < 300 && w->a.n_sas; i++)
		pass(w, 1000);
	assert_int_equal(w->a.n_sas, 0);
	pass(w, 30000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 0);
}

/* The exchange types of what was sent since then. */
static const char *sent(const struct world *w, unsigned int since)
{
	static char text[200];
	size_t n = 0;

	text[0] = 0;
	for (; since != w->tail && n < sizeof(text) - 8; since++)
		n += (size_t)snprintf(text + n, 8, "%u ", w->q[since % QUEUE_MAX].data[18]);
	return text;
}

static const struct packet *packet(const struct world *w, unsigned int n)
{
	return &w->q[n % QUEUE_MAX];
}

static struct chunk nonce_of(const struct packet *p)
{
	struct message m;
	struct chunk nonce;
	uint8_t detail;

	assert_int_equal(message_parse(&m, p->data, p->len, &detail), PARSE_OK);
	assert_true(resume_nonce(&m, &nonce));
	assert_null(message_find(&m, PL_KE));
	assert_null(message_find(&m, PL_SA));
	return nonce;
}

/*
 * RFC5723/1 2 3 5 8: a ticket with the first IKE_AUTH; the responder forgets all; the
 * ticket is shown; keys as section 5.1 says; identities as before; another ticket
 */
static void resumes(void **state)
{
	struct world *w = up(&on);
	const struct ike_config *c = &on;
	uint8_t sk_d[32], seed[32], all[32], id[32];
	struct chunk ni, nr, parts[4];
	struct ike_sa *sa;
	unsigned int mark;

	assert_int_equal(ike_stats(w->a.ike)->tickets_got, 1);
	assert_int_equal(ike_stats(w->b.ike)->tickets_granted, 1);
	assert_int_equal(ike_stats(w->a.ike)->tickets_granted, 0);
	memcpy(sk_d, some_sa(&w->a)->keys.sk_d, 32);
	memcpy(id, w->a.peer_id, 32);
	reboot(&w->b, c, true);
	give_up(w);
	mark = w->tail;
	memset(w->a.peer_id, 0, sizeof(w->a.peer_id));
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_string_equal(sent(w, mark), "38 38 35 35 ");
	agree(&w->a, &w->b);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(ike_stats(w->a.ike)->resumes, 1);
	assert_int_equal(ike_stats(w->b.ike)->resumes, 1);
	assert_int_equal(ike_stats(w->a.ike)->tickets_got, 2);
	assert_memory_equal(w->a.peer_id, id, 32);
	assert_int_equal(w->a.peer_method, AUTH_SIGNATURE);
	assert_int_equal(w->a.peer_spki_len, ED25519_SPKI_LEN);
	assert_int_equal(w->b.peer_method, AUTH_SIGNATURE);
	assert_int_equal(w->b.peer_spki_len, ED25519_SPKI_LEN);

	/* by hand: prf(SK_d, "Resumption" | Ni | Nr), prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) */
	sa = some_sa(&w->a);
	ni = nonce_of(packet(w, mark));
	nr = nonce_of(packet(w, mark + 1));
	parts[0] = CHUNK("Resumption", 10);
	parts[1] = ni;
	parts[2] = nr;
	crypto_prf(PRF_HMAC_SHA2_256, seed, sk_d, 32, parts, 3);
	parts[0] = ni;
	parts[1] = nr;
	parts[2] = CHUNK(sa->spi_i, 8);
	parts[3] = CHUNK(sa->spi_r, 8);
	assert_true(crypto_prf_plus(PRF_HMAC_SHA2_256, all, 32, seed, 32, parts, 4));
	assert_int_equal(sa->keys.prf, PRF_HMAC_SHA2_256);
	assert_memory_equal(all, sa->keys.sk_d, 32);
	/* it is an IKE SA like any other */
	ike_rekey(w->a.ike, w->now, sa);
	deliver(w);
	ike_child_expiring(w->b.ike, w->now, w->b.sas[0].spi_in);
	settle(w);
	healthy(w);
	world_free(w);
}

/* RFC5723/4: shown twice, it is refused, in clear, and nothing is left of it */
static void once(void **state)
{
	struct world *w = up(&on);
	struct packet p;
	unsigned int mark, sas;

	reboot(&w->b, &on, true);
	give_up(w);
	mark = w->tail;
	start(&w->a, &w->b, 0);
	p = *packet(w, mark);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	sas = ike_stats(w->b.ike)->sas;
	p.data[0] ^= 1;
	mark = w->tail;
	ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
	assert_int_equal(ike_stats(w->b.ike)->sas, sas);
	assert_int_equal(ike_stats(w->b.ike)->resumes_refused, 1);
	assert_int_equal(w->tail, mark + 1);
	assert_int_equal(packet(w, mark)->data[18], EXCH_IKE_SESSION_RESUME);
	/* protocol and SPI size 0, TICKET_NACK, no data */
	assert_memory_equal(packet(w, mark)->data + IKE_HDR_LEN, "\0\0\0\x08\0\0\x40\x1c", 8);
	assert_int_equal(packet(w, mark)->len, IKE_HDR_LEN + 8);
	deliver(w);
	agree(&w->a, &w->b);
	world_free(w);
}

/* RFC5723/4 RFC5723/9: whatever is changed in a ticket, it is none */
static void damaged(void **state)
{
	struct world *w = up(&on);
	const struct packet *first;
	struct packet p;
	unsigned int i, mark, granted = 0;

	reboot(&w->b, &on, true);
	give_up(w);
	mark = w->tail;
	start(&w->a, &w->b, 0);
	first = packet(w, mark);
	p = *first;
	w->head = w->tail;
	for (i = IKE_HDR_LEN + 36 + 8; i < IKE_HDR_LEN + 36 + 8 + 200; i++) {
		p.data[i] ^= 0x10;
		ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
		granted += ike_stats(w->b.ike)->sas;
		p.data[i] ^= 0x10;
		w->head = w->tail;
	}
	assert_int_equal(granted, 0);
	assert_int_equal(ike_stats(w->b.ike)->resumes_refused, 200);
	ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
	assert_int_equal(ike_stats(w->b.ike)->sas, 1);
	deliver(w);
	agree(&w->a, &w->b);
	assert_int_equal(w->a.n_sas, 1);
	world_free(w);
}

/* RFC5723/4: a responder without the key, or that resumes nothing: a new IKE SA at once */
static void refused(void **state)
{
	static const struct ike_config off = { .liveness = 60000 };
	unsigned int i, mark;

	for (i = 0; i < 2; i++) {
		struct world *w = up(&on);

		reboot(&w->b, i ? &off : &on, false);
		give_up(w);
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), "38 38 34 34 35 35 ");
		assert_memory_not_equal(packet(w, mark)->data, packet(w, mark + 2)->data, 8);
		agree(&w->a, &w->b);
		assert_int_equal(w->a.n_sas, 1);
		assert_int_equal(ike_stats(w->a.ike)->resumes, 0);
		assert_int_equal(ike_stats(w->a.ike)->resumes_refused, 1);
		world_free(w);
	}
}

/* A responder that does not even know the exchange: after two sendings without */
static void unheard(void **state)
{
	struct world *w = up(&on);
	unsigned int i;

	/* one that is lost is sent again */
	reboot(&w->b, &on, true);
	give_up(w);
	w->drop = 1;
	start(&w->a, &w->b, 0);
	pass(w, 1000);
	agree(&w->a, &w->b);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(ike_stats(w->b.ike)->resumes, 1);
	world_free(w);

	w = up(&on);
	reboot(&w->b, &on, true);
	give_up(w);
	start(&w->a, &w->b, 0);
	w->hold = true;
	for (i = 0; i < 100 && packet(w, w->tail - 1)->data[18] == EXCH_IKE_SESSION_RESUME; i++)
		pass(w, 100);
	assert_int_equal(packet(w, w->tail - 1)->data[18], EXCH_IKE_SA_INIT);
	w->head = w->tail - 1;
	w->hold = false;
	deliver(w);
	agree(&w->a, &w->b);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(ike_stats(w->a.ike)->resumes, 0);
	world_free(w);
}

/* RFC5723/3 RFC5723/10: no ticket is shown that has expired, nor taken; keys change */
static void expired(void **state)
{
	unsigned int i, mark;

	for (i = 0; i < 3; i++) {
		struct world *w = up(&on);

		reboot(&w->b, &on, true);
		give_up(w);
		/* 0: still good.  1: the initiator knows.  2: only the responder does. */
		wall_now += i ? 14401 : 14300;
		if (i == 2)
			w->a.ike->tickets->kept->of.expires += 10000;
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), i == 0 ? "38 38 35 35 " :
				    i == 1 ? "34 34 35 35 " : "38 38 34 34 35 35 ");
		agree(&w->a, &w->b);
		world_free(w);
	}
}

/* RFC5723/10: the key changes; tickets of the one before are good while they last */
static void keys_change(void **state)
{
	struct world *w = up(&on);
	uint8_t before[sizeof(kept)];
	unsigned int mark;

	memcpy(before, kept, sizeof(before));
	wall_now += 6 * 14400 - 100;
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	deliver(w);
	assert_memory_equal(before, kept, kept_len);
	wall_now += 200;
	start(&w->b, &w->a, 7);
	deliver(w);
	reboot(&w->b, &on, true);
	ike_set_ticket_keys(w->b.ike, kept, kept_len);
	give_up(w);
	mark = w->tail;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_string_equal(sent(w, mark), "38 38 35 35 ");
	/* the new ticket made a new key, which is to be kept */
	assert_memory_not_equal(before, kept, kept_len);
	assert_memory_equal(before, kept + kept_len / 2, kept_len / 2);
	agree(&w->a, &w->b);
	world_free(w);
}

/* RFC5723/11: the IKE SA was deleted by either end, or rekeyed: the ticket is worthless */
static void deleted(void **state)
{
	unsigned int i, mark;

	for (i = 0; i < 2; i++) {
		struct world *w = up(&on);
		struct end *e = i ? &w->b : &w->a;

		ike_close(e->ike, w->now, some_sa(e));
		deliver(w);
		pass(w, 20000);
		assert_int_equal(w->a.n_sas, 0);
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), "34 34 35 35 ");
		agree(&w->a, &w->b);
		world_free(w);
	}
}

/* RFC5723/4, 11: a misbehaving initiator shows the ticket of an IKE SA that was closed */
static void revoked(void **state)
{
	unsigned int i, mark;

	for (i = 0; i < 2; i++) {
		struct world *w = up(&on);
		struct ike_sa *sa = some_sa(&w->a);
		struct ticket *t = sa->ticket;

		/* in hiding from the engine */
		sa->ticket = NULL;
		if (i)
			ike_rekey(w->a.ike, w->now, sa);
		else
			ike_close(w->a.ike, w->now, sa);
		deliver(w);
		ike_close(w->a.ike, w->now, NULL);
		deliver(w);
		pass(w, 30000);
		w->a.ike->tickets->kept = t;
		w->a.ike->stats.tickets = 1;
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), "38 38 34 34 35 35 ");
		agree(&w->a, &w->b);
		world_free(w);
	}
}

/* RFC5723/1, 11: after a rekey by either end the initiator asks for another ticket */
static void rekeyed(void **state)
{
	unsigned int i, mark;

	for (i = 0; i < 2; i++) {
		struct world *w = up(&on);
		struct end *e = i ? &w->b : &w->a;

		ike_rekey(e->ike, w->now, some_sa(e));
		settle(w);
		assert_int_equal(ike_stats(w->a.ike)->tickets_got, 2);
		assert_int_equal(ike_stats(w->b.ike)->tickets_granted, 2);
		assert_int_equal(ike_stats(w->b.ike)->tickets_got, 0);
		reboot(&w->b, &on, true);
		give_up(w);
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), "38 38 35 35 ");
		agree(&w->a, &w->b);
		world_free(w);
	}
}

/* RFC5723/7: the old IKE SA goes without a word when its initiator is back */
static void old_goes(void **state)
{
	struct world *w = up(&on);
	const uint32_t old = w->b.sas[0].spi_in;
	unsigned int mark;

	/* nothing gets through, and the responder does not look */
	w->b.ike->config.liveness = UINT32_MAX;
	w->drop = 1000;
	give_up(w);
	w->drop = 0;
	assert_int_equal(w->b.n_sas, 1);
	mark = w->tail;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_string_equal(sent(w, mark), "38 38 35 35 ");
	assert_int_equal(w->b.n_sas, 1);
	assert_int_not_equal(w->b.sas[0].spi_in, old);
	agree(&w->a, &w->b);
	settle(w);
	assert_int_equal(ike_stats(w->b.ike)->sas, 1);
	world_free(w);
}

/* RFC5723/11: credentials that are no longer good, at either end */
static void credentials(void **state)
{
	unsigned int i, mark;

	for (i = 0; i < 3; i++) {
		struct world *w = resumable(&on);

		share_secret(&w->a, "one");
		share_secret(&w->b, "one");
		w->b.wants = BTNS_AUTH_PSK;
		start(&w->a, &w->b, 0);
		deliver(w);
		agree(&w->a, &w->b);
		assert_int_equal(w->a.n_sas, 1);
		reboot(&w->b, &on, true);
		give_up(w);
		if (i == 1)
			share_secret(&w->a, "two");
		if (i == 2)
			share_secret(&w->b, "two");
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), i == 0 ? "38 38 35 35 " :
				    i == 1 ? "34 34 35 35 " : "38 38 34 34 35 35 ");
		assert_int_equal(w->a.n_sas, !i);
		assert_int_equal(w->b.n_sas, !i);
		world_free(w);
	}
}

static void ppk(struct end *e, const char *s, bool required)
{
	e->known.own_auth = BTNS_AUTH_PUBKEY;
	e->known.ppk = secret_of(SECRET_PPK, s, strlen(s));
	e->known.ppk_id = (const uint8_t *)"x";
	e->known.ppk_id_len = 1;
	e->known.ppk_required = required;
}

/* RFC5723/11: a postquantum preshared key is in what is resumed, if it is still the one */
static void quantum(void **state)
{
	struct ike_config c = on;
	unsigned int i, mark;

	c.ppk = true;
	for (i = 0; i < 3; i++) {
		struct world *w = resumable(&c);

		ppk(&w->a, "one", i != 2);
		ppk(&w->b, "one", i != 2);
		start(&w->a, &w->b, 0);
		deliver(w);
		agree(&w->a, &w->b);
		assert_int_equal(w->a.n_sas, 1);
		reboot(&w->b, &c, true);
		give_up(w);
		if (i == 1)
			ppk(&w->b, "two", true);
		if (i == 2)
			/* what was good enough is not any more */
			ppk(&w->a, "one", true);
		mark = w->tail;
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_string_equal(sent(w, mark), i == 0 ? "38 38 35 35 " :
				    i == 1 ? "38 38 34 34 35 35 " : "34 34 35 35 ");
		assert_int_equal(w->a.n_sas, i != 1);
		assert_int_equal(w->b.n_sas, i != 1);
		world_free(w);
	}
}

/* RFC5723/6: another ID than that of the ticket; a secret that is not that of the ticket */
static void impostor(void **state)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct world *w = up(&on);

		reboot(&w->b, &on, true);
		give_up(w);
		if (i)
			w->a.ike->tickets->kept->of.sk_d[0] ^= 1;
		start(&w->a, &w->b, 0);
		deliver_one(w);
		if (!i)
			w->a.ike->config.id[0] ^= 1;
		deliver(w);
		pass(w, 60000);
		assert_int_equal(w->a.n_sas, 0);
		assert_int_equal(w->b.n_sas, 0);
		assert_int_equal(ike_stats(w->b.ike)->resumes, 0);
		world_free(w);
	}
}

/* A peer that the PAD does not want any more is refused with its ticket, too. */
static void unwanted(void **state)
{
	struct world *w = up(&on);

	reboot(&w->b, &on, true);
	give_up(w);
	w->b.refuse_peer = -EACCES;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.n_sas, 0);
	assert_int_equal(w->a.last_error, IKE_E_AUTH);
	world_free(w);
}

/* RFC5723/5: cookies; NAT status anew, from another port and address */
static void like_init(void **state)
{
	struct ike_config c = on;
	struct world *w;
	unsigned int mark;

	c.cookie_threshold = 1;
	w = up(&c);
	reboot(&w->b, &c, true);
	give_up(w);
	w->b.ike->config.cookie_threshold = 0;
	w->natted = &w->a;
	w->outside = w->a.addr;
	w->outside.ip[2] = 77;
	w->nat_ports = 1000;
	mark = w->tail;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_string_equal(sent(w, mark), "38 38 38 38 35 35 ");
	assert_true(some_sa(&w->a)->natt_local);
	assert_true(some_sa(&w->b)->natt_remote);
	assert_int_equal(some_sa(&w->a)->local.port, 4500);
	assert_int_equal(ike_stats(w->b.ike)->resumes, 1);
	world_free(w);
}

/* RFC5723/1: TICKET_ACK: asked for again in an exchange of its own; NACK: not */
static void later(void **state)
{
	static const uint8_t ack[] = { 0, 0, 0x40, 0x1b }, nack[] = { 0, 0, 0x40, 0x1c };
	unsigned int i, mark;

	for (i = 0; i < 2; i++) {
		struct world *w = up(&on);
		struct ike_sa *sa = some_sa(&w->a);
		struct message m = { .n = 1 };

		ticket_free(&sa->ticket);
		sa->tickets = false;
		sa->ticket_asked = true;
		m.pl[0].type = PL_NOTIFY;
		m.pl[0].body = CHUNK(i ? nack : ack, 4);
		ticket_answered(sa, &m);
		mark = w->tail;
		sa_run_jobs(sa);
		deliver(w);
		assert_string_equal(sent(w, mark), i ? "" : "37 37 ");
		assert_int_equal(!sa->ticket, i);
		world_free(w);
	}
}

/* Whoever proved nothing has nothing to come back to. */
static void nobody(void **state)
{
	struct world *w = resumable(&on);

	w->a.known.own_auth = BTNS_AUTH_NULL;
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(ike_stats(w->b.ike)->tickets_refused, 1);
	assert_int_equal(ike_stats(w->a.ike)->tickets_got, 0);
	world_free(w);
}

/* Neither end says a word of it unless both are told to. */
static void off(void **state)
{
	static const struct ike_config none;
	struct world *w = up(&none);

	assert_null(w->a.ike->tickets);
	assert_null(some_sa(&w->a)->ticket);
	assert_false(some_sa(&w->b)->ticketed);
	world_free(w);
	w = resumable(&none);
	ike_free(&w->a.ike);
	end_init(w, &w->a, 1, &on);
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_null(some_sa(&w->a)->ticket);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resumes), cmocka_unit_test(once), cmocka_unit_test(damaged),
		cmocka_unit_test(refused), cmocka_unit_test(unheard), cmocka_unit_test(expired),
		cmocka_unit_test(keys_change), cmocka_unit_test(deleted),
		cmocka_unit_test(revoked), cmocka_unit_test(rekeyed), cmocka_unit_test(old_goes),
		cmocka_unit_test(credentials), cmocka_unit_test(quantum), cmocka_unit_test(impostor),
		cmocka_unit_test(unwanted), cmocka_unit_test(like_init), cmocka_unit_test(later),
		cmocka_unit_test(nobody), cmocka_unit_test(off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
