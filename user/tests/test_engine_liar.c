// SPDX-License-Identifier: GPL-2.0-or-later
/* Peers that do what the protocol forbids; and that we do what it asks, octet by octet. */
#include <arpa/inet.h>

#include "engine_world.h"
#include "ike/sa.h"
#include "ike/wire.h"

enum lie { NO_LIE, SIGN_BADLY, SIGN_WITH_OTHER_KEY, SIGN_OTHER_TEXT, WIDER_ADDRESS,
	WIDER_PORTS, ANY_PROTOCOL, ELSEWHERE, OTHER_FAMILY, ONE_MORE, PART_TOO };

static enum lie lie;			/* while the liar works */
static uint8_t lie_about;		/* PL_TSi or PL_TSr */

void __real_crypto_ed25519_sign(const struct crypto_sign_key *key, uint8_t sig[64],
				const uint8_t *msg, size_t len);
void __wrap_crypto_ed25519_sign(const struct crypto_sign_key *key, uint8_t sig[64],
				const uint8_t *msg, size_t len);
void __real_build_ts(struct builder *b, uint8_t payload, const struct ike_ts *ts,
		     unsigned int n);
void __wrap_build_ts(struct builder *b, uint8_t payload, const struct ike_ts *ts,
		     unsigned int n);

/* Of a peer that exchanges no keys for Child SAs, as many are configured. */
static bool no_pfs;
enum esp_choice __real_choose_esp(const struct ike *ike, const struct sa_payload *offer,
				  const struct ike_suite *suites, unsigned int n,
				  uint16_t *group, struct ike_suite *suite, uint32_t *spi,
				  struct sa_payload *chosen);
enum esp_choice __wrap_choose_esp(const struct ike *ike, const struct sa_payload *offer,
				  const struct ike_suite *suites, unsigned int n,
				  uint16_t *group, struct ike_suite *suite, uint32_t *spi,
				  struct sa_payload *chosen);

static bool exchanges(const struct proposal *p)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->t[i].type == T_DH)
			return true;
	return false;
}

enum esp_choice __wrap_choose_esp(const struct ike *ike, const struct sa_payload *offer,
				  const struct ike_suite *suites, unsigned int n,
				  uint16_t *group, struct ike_suite *suite, uint32_t *spi,
				  struct sa_payload *chosen)
{
	static struct sa_payload rest;
	unsigned int i;

	if (!no_pfs)
		return __real_choose_esp(ike, offer, suites, n, group, suite, spi, chosen);
	rest.n = 0;
	for (i = 0; i < offer->n; i++)
		if (!exchanges(&offer->p[i]))
			rest.p[rest.n++] = offer->p[i];
	return __real_choose_esp(ike, &rest, suites, n, group, suite, spi, chosen);
}

void __wrap_crypto_ed25519_sign(const struct crypto_sign_key *key, uint8_t sig[64],
				const uint8_t *msg, size_t len)
{
	static const uint8_t seed[32] = { 77 };
	struct crypto_sign_key other;
	uint8_t text[8192];

	assert_true(len <= sizeof(text));
	memcpy(text, msg, len);
	crypto_ed25519_keypair(&other, seed);
	text[len - 1] ^= lie == SIGN_OTHER_TEXT;
	__real_crypto_ed25519_sign(lie == SIGN_WITH_OTHER_KEY ? &other : key, sig, text, len);
	sig[40] ^= lie == SIGN_BADLY;
}

void __wrap_build_ts(struct builder *b, uint8_t payload, const struct ike_ts *ts,
		     unsigned int n)
{
	struct ike_ts said[2] = { *ts, *ts };

	if (lie == NO_LIE || payload != lie_about) {
		__real_build_ts(b, payload, ts, n);
		return;
	}
	assert_int_equal(n, 1);
	switch (lie) {
	case WIDER_ADDRESS:
		said->end[3]++;
		break;
	case WIDER_PORTS:
		said->port_start = 22;
		said->port_end = 65535;
		break;
	case ANY_PROTOCOL:
		said->proto = 0;
		break;
	case ELSEWHERE:
		said->start[3] += 100;
		said->end[3] += 100;
		break;
	case OTHER_FAMILY:
		said->family = AF_INET6;
		break;
	case ONE_MORE:
		n = 2;
		said[1].start[3] += 100;
		said[1].end[3] += 100;
		break;
	case PART_TOO:		/* no lie: both were asked for */
		n = 2;
		said->proto = 6;
		said->port_start = 22;
		said->port_end = 22;
		break;
	default:
		break;
	}
	__real_build_ts(b, payload, said, n);
}

static void deliver_lies(struct world *w, const struct end *liar, enum lie what)
{
	while (w->head != w->tail) {
		lie = at(w, &w->q[w->head % QUEUE_MAX].to) == liar ? what : NO_LIE;
		deliver_one(w);
	}
	lie = NO_LIE;
}

static void nothing_left(struct world *w)
{
	pass(w, 60000);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_int_equal(w->a.ups, 0);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->b.ike)->sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->children + ike_stats(w->b.ike)->children, 0);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 0);
	/* and nobody holds a grudge */
	start(&w->a, &w->b, 0);
	deliver(w);
	assert_int_equal(w->a.done, 2);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	agree(&w->a, &w->b);
	world_free(w);
}

/* IKE/32: AUTH that does not fit, of either end */
static void wrong_auth(void **state)
{
	enum lie what;

	for (what = SIGN_BADLY; what <= SIGN_OTHER_TEXT; what++) {
		struct world *w = world_new(NULL);

		start(&w->a, &w->b, 0);
		deliver_lies(w, &w->a, what);
		assert_int_equal(ike_stats(w->b.ike)->auth_failed, 1);
		assert_int_equal(w->b.ups, 0);
		assert_int_equal(w->a.installs + w->b.installs, 0);
		/* told under the protection of the IKE SA */
		assert_int_equal(w->a.done, 1);
		assert_int_equal(w->a.last_error, IKE_E_AUTH);
		assert_int_equal(w->a.last_detail, N_AUTHENTICATION_FAILED);
		nothing_left(w);

		w = world_new(NULL);
		start(&w->a, &w->b, 0);
		deliver_lies(w, &w->b, what);
		assert_int_equal(ike_stats(w->a.ike)->auth_failed, 1);
		assert_int_equal(w->a.installs, 0);
		assert_int_equal(w->a.done, 1);
		assert_int_equal(w->a.last_error, IKE_E_AUTH);
		/* the responder had believed that all was well, and learned better */
		assert_int_equal(w->b.installs, 1);
		assert_int_equal(w->b.n_sas, 0);
		assert_int_equal(w->b.downs, 1);
		nothing_left(w);
	}
}

/* IKE/32: AUTH is over the INIT message as it was sent, so nobody between can change it */
static void changed_init(void **state)
{
	unsigned int answer;

	for (answer = 0; answer < 2; answer++) {
		struct world *w = world_new(NULL);

		start(&w->a, &w->b, 0);
		if (answer)
			deliver_one(w);
		w->q[w->head].data[19] |= 0x40;		/* a reserved flag: ignored by itself */
		deliver(w);
		assert_int_equal(ike_stats(answer ? w->a.ike : w->b.ike)->auth_failed, 1);
		assert_int_equal(w->a.installs, 0);
		assert_int_equal(w->a.last_error, IKE_E_AUTH);
		nothing_left(w);
	}
}

static void ask_narrowly(struct world *w)
{
	struct ike_request r = request_to(&w->a, &w->b, 80);

	r.local_ts[0].port_start = 40000;
	r.local_ts[0].port_end = 40000;
	assert_int_equal(ike_initiate(w->a.ike, w->now, &r), 0);
}

/* IKE/41: what was not asked for is not taken, and goes at the peer as well */
static void wider_answer(void **state)
{
	unsigned int i, k;

	for (i = 0; i < 2 * (ONE_MORE + 1 - WIDER_ADDRESS); i++) {
		const enum lie what = WIDER_ADDRESS + i / 2;
		struct world *w = world_new(NULL);

		lie_about = i & 1 ? PL_TSi : PL_TSr;
		/* in IKE_AUTH, then in CREATE_CHILD_SA of the IKE SA, which is up */
		for (k = 1; k <= 2; k++) {
			ask_narrowly(w);
			deliver_lies(w, &w->b, what);
			assert_int_equal(w->a.done, k);
			assert_int_equal(w->a.last_error, IKE_E_TS);
			assert_int_equal(w->a.installs, 0);
			assert_int_equal(w->b.installs, k);
			assert_int_equal(w->b.n_sas, 0);
			assert_int_equal(ike_stats(w->a.ike)->sas, 1);
			assert_int_equal(ike_stats(w->b.ike)->sas, 1);
		}
		/* nor does a rekey widen anything */
		ask_narrowly(w);
		deliver(w);
		assert_int_equal(w->a.last_error, IKE_OK);
		assert_int_equal(w->a.installs, 1);
		agree(&w->a, &w->b);
		ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
		deliver_lies(w, &w->b, what);
		assert_int_equal(w->a.installs, 1);
		agree(&w->a, &w->b);
		healthy(w);
		assert_int_equal(ike_stats(w->a.ike)->child_rekeys, 1);
		world_free(w);
	}
}

/* IKE/41: of several selectors we take the one that holds the others */
static void two_selectors(void **state)
{
	struct world *w = world_new(NULL);

	lie_about = PL_TSr;
	start(&w->a, &w->b, 0);
	deliver_lies(w, &w->b, PART_TOO);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.sas[0].remote_ts.port_end, 65535);
	agree(&w->a, &w->b);
	world_free(w);
}

/* a asks what build put into b; the answer, opened. */
static const struct message *ask(struct world *w, struct ike_sa *sa, struct builder *b)
{
	static struct message m;
	static struct packet p;
	uint8_t detail;

	assert_true(finish_request(sa, b));
	deliver_one(w);
	assert_int_equal(w->tail - w->head, 1);
	p = w->q[w->head++ % QUEUE_MAX];
	assert_int_equal(message_parse(&m, p.data, p.len, &detail), PARSE_OK);
	assert_true(m.h.flags & FLAG_RESPONSE);
	assert_int_equal(m.h.id, sa->id_out);
	assert_non_null(m.sk.p);
	assert_int_equal(message_decrypt(&m, p.data, &sa->keys.sk_r, &detail),
			 PARSE_OK);
	request_answered(sa);
	return &m;
}

static void expect(const struct message *m, uint16_t type)
{
	struct notify n;

	assert_true(message_error(m, &n));
	assert_int_equal(n.type, type);
	assert_int_equal(m->n, 1);
}

/* IKE/10 IKE/63: what is wrong inside an IKE SA is answered, and does not end it */
static void bad_requests(void **state)
{
	struct world *w = connected(NULL);
	struct ike_sa *sa = some_sa(&w->a);
	const struct message *m;
	const uint32_t unknown = htonl(0x12345678);
	struct builder b;
	struct notify n;

	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_payload(&b, PL_DELETE, "\3\4\0\2abcd", 8);	/* two SPIs, says the count */
	expect(ask(w, sa, &b), N_INVALID_SYNTAX);

	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_payload(&b, 200, "x", 1);
	b.buf[b.pl_at + 1] |= 0x80;
	m = ask(w, sa, &b);
	expect(m, N_UNSUPPORTED_CRITICAL_PAYLOAD);
	assert_true(message_error(m, &n));
	assert_int_equal(n.data.len, 1);
	assert_int_equal(n.data.p[0], 200);

	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	expect(ask(w, sa, &b), N_INVALID_SYNTAX);

	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	build_payload(&b, PL_NONCE, "0123456789abcde", 15);
	expect(ask(w, sa, &b), N_INVALID_SYNTAX);

	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	build_notify(&b, PROTO_ESP, N_REKEY_SA, &unknown, 4, NULL, 0);
	m = ask(w, sa, &b);
	expect(m, N_CHILD_SA_NOT_FOUND);
	assert_true(message_error(m, &n));
	assert_memory_equal(n.spi.p, &unknown, 4);

	begin_request(sa, &b, EXCH_IKE_AUTH);
	expect(ask(w, sa, &b), N_INVALID_SYNTAX);

	begin_request(sa, &b, 240);
	expect(ask(w, sa, &b), N_INVALID_SYNTAX);

	assert_int_equal(w->b.n_sas, 1);
	assert_int_equal(w->b.downs, 0);
	healthy(w);
	world_free(w);
}

/* IKE/11 IKE/12: notifies and Vendor IDs that nobody knows change nothing */
static void unknown_notifies(void **state)
{
	static const uint16_t types[] = { 8191, 16383, 16999, 50000, 65535 };
	struct world *w = connected(NULL);
	struct ike_sa *sa = some_sa(&w->a);
	struct builder b;
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin_request(sa, &b, EXCH_INFORMATIONAL);
		build_payload(&b, PL_VENDOR, "somebody", 8);
		build_notify(&b, 0, types[i], NULL, 0, "abc", 3);
		assert_int_equal(ask(w, sa, &b)->n, 0);
	}
	assert_int_equal(w->b.n_sas, 1);
	assert_int_equal(w->b.downs, 0);
	healthy(w);
	world_free(w);
}

/* For another SPD entry: the Child SA that is there does not do. */
static void start_other(struct end *from, struct end *to, uint16_t port)
{
	struct ike_request r = request_to(from, to, port);

	r.spd_entry = 100 + port;
	assert_int_equal(ike_initiate(from->ike, from->w->now, &r), 0);
	assert_int_equal(from->w->tail - from->w->head, 1);
}

/* IKE/15 IKE/17: bit for bit the same, after times that double; the responder is silent */
static void retransmission(void **state)
{
	struct world *w = connected(NULL);
	uint64_t sent = w->now, gap = 0;
	unsigned int times = 1;
	struct packet first;

	start_other(&w->a, &w->b, 80);
	first = w->q[w->head++ % QUEUE_MAX];
	while (w->a.done == 1) {
		w->now = ike_next(w->a.ike);
		ike_tick(w->a.ike, w->now);
		if (w->head == w->tail)
			continue;
		assert_int_equal(w->tail - w->head, 1);
		assert_int_equal(w->q[w->head % QUEUE_MAX].len, first.len);
		assert_memory_equal(w->q[w->head % QUEUE_MAX].data, first.data, first.len);
		w->head++;
		assert_true(!gap || w->now - sent == 2 * gap);
		gap = w->now - sent;
		sent = w->now;
		times++;
	}
	assert_int_equal(times, 6);
	assert_int_equal(w->a.last_error, IKE_E_TIMEOUT);
	/* b lost the request; it sends nothing by itself before its own liveness check */
	assert_int_equal(ike_stats(w->b.ike)->retransmits, 0);
	world_free(w);
}

/* IKE/22: the successor of an IKE SA counts from 0, in both directions */
static void counters_anew(void **state)
{
	struct world *w = connected(NULL);
	struct packet *p;
	unsigned int i;

	for (i = 1; i <= 5; i++) {
		start_other(&w->a, &w->b, i);
		deliver(w);
	}
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	pass(w, 30000);
	assert_int_equal(ike_stats(w->a.ike)->sas, 1);
	for (i = 0; i < 2; i++) {
		start_other(i ? &w->b : &w->a, i ? &w->a : &w->b, 2000 + i);
		p = &w->q[w->head % QUEUE_MAX];
		assert_int_equal(get32(p->data + 20), 0);
		deliver(w);
	}
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->b.last_error, IKE_OK);
	agree(&w->a, &w->b);
	world_free(w);
}

/* Rekeying a Child SA with such a peer: without a key exchange, rather than not at all. */
static void peer_without_pfs(void **state)
{
	struct world *w = connected(NULL);
	const uint32_t spi = w->a.sas[0].spi_in;

	no_pfs = true;
	ike_child_expiring(w->a.ike, w->now, spi);
	deliver(w);
	no_pfs = false;
	settle(w);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_not_equal(w->a.sas[0].spi_in, spi);
	agree(&w->a, &w->b);
	healthy(w);
	world_free(w);
}

/*
 * IKE/64: behind a NAT, transport mode, a responder that answers with the address that
 * it sees (RFC 7296 section 2.23.1), as strongSwan does: the SA has ours.
 */
static void nat_as_seen(void **state)
{
	struct world *w = world_new(NULL);

	w->natted = &w->a;
	w->outside = w->a.addr;
	w->outside.ip[3] += 100;
	w->nat_ports = 20000;
	start(&w->a, &w->b, 0);
	deliver_one(w);
	deliver_one(w);
	lie = ELSEWHERE;
	lie_about = PL_TSi;
	deliver_one(w);
	lie = NO_LIE;
	deliver(w);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.sas[0].local_ts.start[3], w->a.addr.ip[3]);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_auth), cmocka_unit_test(changed_init),
		cmocka_unit_test(wider_answer), cmocka_unit_test(two_selectors),
		cmocka_unit_test(bad_requests), cmocka_unit_test(unknown_notifies),
		cmocka_unit_test(retransmission), cmocka_unit_test(counters_anew),
		cmocka_unit_test(peer_without_pfs), cmocka_unit_test(nat_as_seen),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("engine-liar", tests, NULL, NULL);
}
