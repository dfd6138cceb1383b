// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Floods: what spoofed packets cost the responder.  Key exchange and signatures are
 * counted: under load there are none before a cookie came back.
 */
#include "engine_world.h"

#include <malloc.h>

#include "ike/group.h"
#include "ike/signer.h"

#define FLOOD	100000
#define WAVE	1000		/* between two packets of the one who means it */

static struct {
	unsigned int ke, shared, sign, verify;
} work;

size_t __real_ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX]);
size_t __wrap_ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX]);
size_t __wrap_ke_public(const struct ke *ke, uint8_t pub[KE_PUBLIC_MAX])
{
	work.ke++;
	return __real_ke_public(ke, pub);
}

size_t __real_ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX]);
size_t __wrap_ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX]);
size_t __wrap_ke_shared(const struct ke *ke, struct chunk peer, uint8_t shared[KE_SHARED_MAX])
{
	work.shared++;
	return __real_ke_shared(ke, peer, shared);
}

size_t __real_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);
size_t __wrap_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);
size_t __wrap_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX])
{
	work.sign++;
	return __real_signer_auth(s, hashes, octets, method, out);
}

bool __real_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets);
bool __wrap_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets);
bool __wrap_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets)
{
	work.verify++;
	return __real_cert_verify(spki, method, auth, octets);
}

static size_t in_use(void)
{
	return mallinfo2().uordblks;
}

/* A first message, from an address and with an SPI of its own each time. */
static void spoofed(struct world *w, const struct packet *first, unsigned int n)
{
	struct packet p = *first;

	while (n--) {
		randombytes_buf(p.data, 8);
		p.data[0] |= 1;
		randombytes_buf(p.from.ip, 4);
		p.from.port = 1024 + randombytes_uniform(60000);
		ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
		/* nobody gets the answers */
		w->tail = w->head;
	}
}

static struct packet first_packet(struct world *w)
{
	struct packet p;

	start(&w->a, &w->b, 0);
	p = w->q[w->head];
	w->tail = w->head;
	return p;
}

/* IKE/23 IKE/24: the flood costs cookies, and who means it connects meanwhile */
static void spoofed_flood(void **state)
{
	const struct ike_stats *st;
	struct world *w = connected(NULL);
	struct packet p, mine;
	unsigned int all = 0, k;
	size_t before;

	world_free(w);
	work.ke = work.shared = work.sign = work.verify = 0;
	world_free(connected(NULL));
	/* each of the two ends */
	assert_int_equal(work.ke, 2);
	assert_int_equal(work.shared, 2);
	assert_int_equal(work.sign, 2);
	assert_int_equal(work.verify, 2);

	w = world_new(NULL);
	st = ike_stats(w->b.ike);
	p = first_packet(w);
	spoofed(w, &p, WAVE);
	assert_int_equal(st->half_open, 100);
	before = in_use();
	memset(&work, 0, sizeof(work));

	start(&w->a, &w->b, 1000);
	for (k = 0; all < FLOOD; all += WAVE) {
		if (w->head != w->tail) {
			/* the one who means it gets one packet a wave */
			mine = w->q[w->head++ % QUEUE_MAX];
			spoofed(w, &p, WAVE);
			ike_input(at(w, &mine.to)->ike, w->now, &mine.to, &mine.from, mine.data,
				  mine.len);
			k++;
		} else {
			spoofed(w, &p, WAVE);
			w->now += 100;
			ike_tick(w->a.ike, w->now);
		}
		assert_true(st->half_open <= 101);
		assert_true(st->sas <= 102);
		assert_true(in_use() < before + 65536);
	}
	/* its wish, and that of first_packet(), by one IKE SA */
	assert_int_equal(w->a.done, 2);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.ups, 1);
	agree(&w->a, &w->b);
	assert_true(k >= 6);
	/* a first message has gone before: its public value is not made again */
	assert_true(work.ke <= 2);
	assert_int_equal(work.shared, 2);
	assert_int_equal(work.sign, 2);
	assert_int_equal(work.verify, 2);
	assert_true(st->cookies_sent >= FLOOD);
	world_free(w);
}

/* IKE/15: messages to SPIs that nobody has */
static void unknown_spis(void **state)
{
	struct world *w = connected(NULL);
	const struct ike_stats *st = ike_stats(w->b.ike);
	struct packet p = w->first[2];		/* IKE_AUTH */
	size_t before = in_use();
	unsigned int i;

	assert_int_equal(p.data[18], EXCH_IKE_AUTH);
	memset(&work, 0, sizeof(work));
	for (i = 0; i < FLOOD; i++) {
		randombytes_buf(p.data, 16);
		p.data[19] = i & 1 ? FLAG_INITIATOR : 0;
		ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
	}
	assert_int_equal(st->drop_unknown_spi, FLOOD);
	assert_int_equal(work.ke + work.shared + work.sign + work.verify, 0);
	assert_int_equal(in_use(), before);
	assert_int_equal(st->sas, 1);
	world_free(w);
}

/* The same first message with the cookie of an answer in front. */
static size_t with_cookie(const struct packet *first, const struct packet *answer,
			  uint8_t *buf, size_t cap)
{
	struct message m, a;
	struct builder b;
	struct notify n;
	uint8_t detail;
	unsigned int i;

	assert_int_equal(message_parse(&m, first->data, first->len, &detail), PARSE_OK);
	assert_int_equal(message_parse(&a, answer->data, answer->len, &detail), PARSE_OK);
	if (!message_notify(&a, N_COOKIE, &n))
		return 0;
	build_start(&b, buf, cap, &m.h);
	build_notify(&b, 0, N_COOKIE, NULL, 0, n.data.p, n.data.len);
	for (i = 0; i < m.n; i++)
		build_payload(&b, m.pl[i].type, m.pl[i].body.p, m.pl[i].body.len);
	return build_finish(&b);
}

/* IKE/23: who does get the answers is bounded, and makes nobody compute a secret */
static void honest_addresses(void **state)
{
	struct ike_config c = { .max_half_open = 300, .max_source = 1000 };
	struct world *w = world_new(&c);
	const struct ike_stats *st = ike_stats(w->b.ike);
	struct packet p = first_packet(w);
	uint8_t buf[2048];
	unsigned int i;
	size_t len;

	memset(&work, 0, sizeof(work));
	for (i = 0; i < 2000; i++) {
		randombytes_buf(p.data, 8);
		p.data[0] |= 1;
		ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
		if (w->tail == w->head)
			continue;
		len = with_cookie(&p, &w->q[(w->tail - 1) % QUEUE_MAX], buf, sizeof(buf));
		w->tail = w->head;
		if (len)
			ike_input(w->b.ike, w->now, &p.to, &p.from, buf, len);
		w->tail = w->head;
	}
	assert_int_equal(st->half_open, 300);
	assert_int_equal(st->sas, 300);
	assert_true(st->drop_limit >= 1000);
	assert_int_equal(work.ke, 300);
	assert_int_equal(work.shared + work.sign + work.verify, 0);
	/* and it ends by itself */
	pass(w, 30000);
	assert_int_equal(st->half_open, 0);
	healthy(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spoofed_flood), cmocka_unit_test(unknown_spis),
		cmocka_unit_test(honest_addresses),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
