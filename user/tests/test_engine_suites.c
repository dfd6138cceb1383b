// SPDX-License-Identifier: GPL-2.0-or-later
/* Algorithms of IKE SAs: each suite and group, who chooses, and what is refused. */
#include <arpa/inet.h>
#include <stdio.h>

#include "engine_world.h"
#include "ike/sa.h"
#include "ike/wire.h"

#define TEST(name, items) { #name " " items, name, NULL, NULL, NULL }
#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Words as in btns.conf. */
static struct ike_config with(const char *words)
{
	struct ike_config c = { .unique = true };
	char copy[512], *p, *save;

	assert_true(strlen(words) < sizeof(copy));
	strcpy(copy, words);
	for (p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save))
		assert_null(offers_add(c.offers, &c.n_offers, p));
	return c;
}

static struct world *ends(const char *a, const char *b)
{
	struct ike_config ca = with(a), cb = with(b);
	struct world *w = world_new(&ca);

	ike_free(&w->b.ike);
	end_init(w, &w->b, 2, &cb);
	return w;
}

static void suite_of(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	if (info->established)
		ike_suite_text(info, arg);
}

/* Both ends have agreed on that one. */
static void has_suite(struct world *w, const char *suite)
{
	char text[IKE_SUITE_TEXT] = "";

	ike_walk(w->a.ike, suite_of, text);
	assert_string_equal(text, suite);
	text[0] = 0;
	ike_walk(w->b.ike, suite_of, text);
	assert_string_equal(text, suite);
	agree(&w->a, &w->b);
}

static void up(struct world *w)
{
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	assert_non_null(some_sa(&w->a));
	assert_non_null(some_sa(&w->b));
}

/* Both ends agree on a unique channel binding. */
static void unique_binding(struct world *w)
{
	struct ike_flow f = { .proto = 6, .local = w->a.addr, .peer = w->b.addr };
	struct latch *a, *b;

	f.local.port = 1000;
	f.peer.port = 80;
	assert_int_equal(ike_bind(w->a.ike, w->now, 1000, &f, w->a.sas[0].spi_in), 0);
	deliver(w);
	a = latch_of(&w->a, 1000, 80);
	b = latch_of(&w->b, 80, 1000);
	assert_true(a->known);
	assert_true(b->known);
	assert_memory_equal(a->value, b->value, sizeof(a->value));
}

/* IKE/27 IKE/29 IKE/38 IKE/51 IKE/56: each cipher with each PRF and group, all exchanges */
static void every_suite(void **state)
{
	static const char *const ciphers[] = {
		"chacha20poly1305", "aes256gcm16", "aes192gcm16", "aes128gcm16",
		"aes256-sha256", "aes192-sha256", "aes128-sha384", "aes256-sha512",
	};
	static const char *const prfs[] = { "prfsha256", "prfsha384", "prfsha512" };
	static const char *const groups[] = { "curve25519", "ecp256", "ecp384", "modp2048" };
	char name[IKE_SUITE_TEXT];
	size_t c, p, g;

	for (c = 0; c < N_OF(ciphers); c++) {
		for (p = 0; p < N_OF(prfs); p++) {
			for (g = 0; g < N_OF(groups); g++) {
				struct world *w;

				snprintf(name, sizeof(name), "%s-%s-%s", ciphers[c], prfs[p],
					 groups[g]);
				w = ends(name, name);
				start(&w->a, &w->b, 0);
				deliver(w);
				up(w);
				has_suite(w, name);
				ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
				pass(w, 5000);
				ike_rekey(w->b.ike, w->now, some_sa(&w->b));
				pass(w, 30000);
				assert_int_equal(ike_stats(w->a.ike)->sas, 1);
				assert_int_equal(ike_stats(w->b.ike)->ike_rekeys, 1);
				assert_int_equal(ike_stats(w->a.ike)->child_rekeys, 1);
				has_suite(w, name);
				unique_binding(w);
				healthy(w);
				assert_int_equal(ike_stats(w->a.ike)->drop_mac, 0);
				assert_int_equal(ike_stats(w->b.ike)->drop_mac, 0);
				assert_int_equal(ike_stats(w->b.ike)->invalid_ke_sent, 0);
				world_free(w);
			}
		}
	}
}

/* IKE/28: our order counts, not the peer's; the weak is taken if there is nothing else */
static void preference(void **state)
{
	static const struct {
		const char *a, *b, *result;
	} cases[] = {
		{ "strong", "strong", "chacha20poly1305-prfsha256-curve25519" },
		{ "compatible", "strong", "chacha20poly1305-prfsha256-curve25519" },
		{ "strong", "compatible", "chacha20poly1305-prfsha256-curve25519" },
		{ "compatible", "compatible", "chacha20poly1305-prfsha256-curve25519" },
		/* the initiator likes the weak one best, the responder does not */
		{ "aes128-sha256-modp2048 compatible", "compatible",
		  "chacha20poly1305-prfsha256-curve25519" },
		{ "compatible", "aes128-sha256-modp2048 compatible",
		  "aes128-sha256-prfsha256-modp2048" },
		/* nothing better in common */
		{ "compatible", "aes128-sha256-modp2048", "aes128-sha256-prfsha256-modp2048" },
		{ "aes128-sha256-modp2048", "compatible", "aes128-sha256-prfsha256-modp2048" },
		{ "compatible", "aes256gcm16-prfsha384-ecp384",
		  "aes256gcm16-prfsha384-ecp384" },
		{ "aes256-sha512-sha384-prfsha384-ecp256", "compatible",
		  "aes256-sha512-prfsha384-ecp256" },
		{ "strong", "aes256gcm16-prfsha512-x25519",
		  "aes256gcm16-prfsha512-curve25519" },
	};
	size_t i;

	for (i = 0; i < N_OF(cases); i++) {
		struct world *w = ends(cases[i].a, cases[i].b);

		start(&w->a, &w->b, 0);
		deliver(w);
		up(w);
		has_suite(w, cases[i].result);
		world_free(w);
	}
}

/* IKE/28 IKE/30: nothing in common: a hint at once, the end after the last retransmission */
static void nothing_in_common(void **state)
{
	static const char *const pairs[][2] = {
		{ "strong", "aes128-sha256-modp2048" },
		{ "aes128-sha256-modp2048", "strong" },
		/* an offer counts as a whole: not the cipher of one with the group of another */
		{ "aes256gcm16-prfsha256-ecp256 aes128-sha256-modp2048",
		  "aes256gcm16-prfsha256-modp2048 aes128-sha256-ecp256" },
		{ "aes256-sha256-ecp256", "aes256-sha512-prfsha256-ecp256" },
	};
	size_t i;

	for (i = 0; i < N_OF(pairs); i++) {
		struct world *w = ends(pairs[i][0], pairs[i][1]);

		start(&w->a, &w->b, 0);
		pass(w, 200000);
		assert_int_equal(w->a.last_error, IKE_E_REFUSED);
		assert_int_equal(w->a.last_detail, N_NO_PROPOSAL_CHOSEN);
		assert_true(ike_stats(w->b.ike)->no_proposal > 0);
		assert_int_equal(ike_stats(w->b.ike)->sas, 0);
		world_free(w);
	}
}

/* IKE/25: the first guess is wrong, for each pair of groups; also with a cookie */
static void wrong_guess(void **state)
{
	static const char *const groups[] = { "curve25519", "ecp256", "ecp384", "modp2048" };
	char a[128], b[128];
	size_t i, k;

	for (i = 0; i < 4; i++) {
		for (k = 0; k < 4; k++) {
			struct ike_config cb;
			struct world *w;

			if (i == k)
				continue;
			snprintf(a, sizeof(a), "aes256gcm16-prfsha256-%s-%s", groups[i], groups[k]);
			snprintf(b, sizeof(b), "aes256gcm16-prfsha256-%s", groups[k]);
			w = ends(a, b);
			start(&w->a, &w->b, 0);
			deliver(w);
			up(w);
			has_suite(w, b);
			assert_int_equal(ike_stats(w->b.ike)->invalid_ke_sent, 1);
			assert_int_equal(ike_stats(w->a.ike)->invalid_ke_seen, 1);
			assert_int_equal(ike_stats(w->a.ike)->retransmits, 0);
			healthy(w);
			world_free(w);

			/* section 2.6.1: a cookie first, then the group, with that cookie */
			w = ends(a, b);
			cb = with(b);
			cb.cookie_threshold = 1;
			ike_free(&w->b.ike);
			end_init(w, &w->b, 2, &cb);
			{
				struct end other = { 0 };
				struct ike_config co = with(b);

				end_init(w, &other, 3, &co);
				start(&other, &w->b, 0);
				deliver_one(w);
				assert_int_equal(ike_stats(w->b.ike)->half_open, 1);
				w->head = w->tail;
				ike_free(&other.ike);
			}
			start(&w->a, &w->b, 0);
			deliver(w);
			up(w);
			has_suite(w, b);
			assert_int_equal(ike_stats(w->b.ike)->cookies_sent, 1);
			assert_int_equal(ike_stats(w->b.ike)->invalid_ke_sent, 1);
			world_free(w);
		}
	}
}

/* A copy of p with another KE payload; the rest as it was. */
static struct packet with_ke(const struct packet *p, uint16_t group, const void *data,
			     size_t len)
{
	struct packet out = *p;
	struct message m;
	struct builder b;
	uint8_t detail;
	unsigned int i;

	assert_int_equal(message_parse(&m, p->data, p->len, &detail), PARSE_OK);
	build_start(&b, out.data, sizeof(out.data), &m.h);
	for (i = 0; i < m.n; i++) {
		if (m.pl[i].type == PL_KE)
			build_ke(&b, group, data, len);
		else
			build_payload(&b, m.pl[i].type, m.pl[i].body.p, m.pl[i].body.len);
	}
	out.len = build_finish(&b);
	assert_true(out.len > 0);
	return out;
}

static struct chunk ke_of(const struct packet *p, uint16_t *group)
{
	static struct message m;
	struct chunk data;
	uint8_t detail;

	assert_int_equal(message_parse(&m, p->data, p->len, &detail), PARSE_OK);
	assert_true(ke_parse(message_find(&m, PL_KE), group, &data));
	return data;
}

/* Public values that nobody may take; false: no more. */
static bool bad_value(unsigned int n, uint16_t group, struct chunk good, uint8_t out[300],
		      size_t *len)
{
	memcpy(out, good.p, good.len);
	*len = good.len;
	switch (n) {
	case 0:
		*len -= 1;
		return true;
	case 1:
		out[(*len)++] = 0;
		return true;
	case 2:
		*len = 1;
		return true;
	case 3:
		*len = group == DH_P256 ? 96 : 64;	/* as if of another group */
		memset(out, 2, *len);
		return true;
	case 4:
		if (group == DH_CURVE25519)
			return false;	/* the rest are fine there, but for the result */
		memset(out, 0, *len);
		return true;
	case 5:
		memset(out, 0xff, *len);
		return true;
	case 6:
		if (group == DH_MODP_2048) {
			memset(out, 0, *len);
			out[*len - 1] = 1;
		} else {
			out[*len - 1] ^= 1;	/* off the curve */
		}
		return true;
	default:
		return false;
	}
}

/* IKE/27: bad public values in IKE_SA_INIT leave nothing behind, at either end */
static void bad_init_values(void **state)
{
	static const char *const groups[] = { "curve25519", "ecp256", "ecp384", "modp2048" };
	uint8_t value[300];
	char name[64];
	size_t g, len;

	for (g = 0; g < 4; g++) {
		struct packet p, bad;
		struct chunk good;
		struct world *w;
		uint16_t group;
		unsigned int n;

		snprintf(name, sizeof(name), "aes256gcm16-prfsha256-%s", groups[g]);
		w = ends(name, name);
		start(&w->a, &w->b, 0);
		p = w->q[w->head++ % QUEUE_MAX];
		good = ke_of(&p, &group);
		for (n = 0; bad_value(n, group, good, value, &len); n++) {
			bad = with_ke(&p, group, value, len);
			ike_input(w->b.ike, w->now, &p.to, &p.from, bad.data, bad.len);
			assert_int_equal(ike_stats(w->b.ike)->sas, 0);
			assert_int_equal(ike_stats(w->b.ike)->drop_syntax, n + 1);
			assert_int_equal(w->head, w->tail);
		}
		assert_true(n >= 4);
		/* the true request, then bad answers before the true one */
		ike_input(w->b.ike, w->now, &p.to, &p.from, p.data, p.len);
		assert_int_equal(w->tail - w->head, 1);
		p = w->q[w->head++ % QUEUE_MAX];
		good = ke_of(&p, &group);
		for (n = 0; bad_value(n, group, good, value, &len); n++) {
			bad = with_ke(&p, group, value, len);
			ike_input(w->a.ike, w->now, &p.to, &p.from, bad.data, bad.len);
			assert_int_equal(w->head, w->tail);
		}
		/* and one of a group that was not sent */
		bad = with_ke(&p, group == DH_P256 ? DH_P384 : DH_P256, good.p, good.len);
		ike_input(w->a.ike, w->now, &p.to, &p.from, bad.data, bad.len);
		assert_int_equal(w->head, w->tail);
		ike_input(w->a.ike, w->now, &p.to, &p.from, p.data, p.len);
		deliver(w);
		up(w);
		has_suite(w, name);
		world_free(w);
	}
}

static struct packet answer_with_suite(const struct packet *p, uint8_t num, const char *word)
{
	struct ike_offer offers[IKE_OFFERS_MAX];
	struct sa_payload *sa = calloc(1, sizeof(*sa));
	struct packet out = *p;
	unsigned int i, n = 0;
	struct message m;
	struct builder b;
	uint8_t detail;

	assert_non_null(sa);
	assert_null(offers_add(offers, &n, word));
	assert_int_equal(message_parse(&m, p->data, p->len, &detail), PARSE_OK);
	build_start(&b, out.data, sizeof(out.data), &m.h);
	for (i = 0; i < m.n; i++) {
		struct proposal *c = &sa->p[0];

		if (m.pl[i].type != PL_SA) {
			build_payload(&b, m.pl[i].type, m.pl[i].body.p, m.pl[i].body.len);
			continue;
		}
		sa->n = 1;
		c->num = num;
		c->proto = PROTO_IKE;
		c->n = 0;
		c->t[c->n++] = (struct transform){ T_ENCR, offers->encr[0].id,
						   offers->encr[0].bits };
		if (offers->n_integ)
			c->t[c->n++] = (struct transform){ T_INTEG, offers->integ[0], 0 };
		c->t[c->n++] = (struct transform){ T_PRF, offers->prf[0], 0 };
		c->t[c->n++] = (struct transform){ T_DH, offers->group[0], 0 };
		build_sa(&b, sa);
	}
	out.len = build_finish(&b);
	free(sa);
	return out;
}

/* IKE/28: an answer is one of our offers, as a whole and under its number */
static void foreign_answer(void **state)
{
	static const struct {
		uint8_t num;
		const char *word;
	} bad[] = {
		{ 1, "aes256gcm16-prfsha256-ecp256" },	/* another group than was sent */
		{ 1, "aes128gcm16-prfsha256-curve25519" },	/* not offered */
		{ 2, "aes256gcm16-prfsha256-curve25519" },	/* offered as number 1 */
		{ 1, "aes128-sha256-curve25519" },
		{ 0, "aes256gcm16-prfsha256-curve25519" },
		{ 3, "aes256gcm16-prfsha256-curve25519" },
		{ 2, "aes128-sha256-prfsha512-curve25519" },
	};
	struct world *w = ends("aes256gcm16-prfsha256-curve25519-ecp256 "
			       "aes128-sha256-curve25519", "compatible");
	struct packet p, answer;
	size_t i;

	start(&w->a, &w->b, 0);
	deliver_one(w);
	p = w->q[w->head++ % QUEUE_MAX];
	for (i = 0; i < N_OF(bad); i++) {
		answer = answer_with_suite(&p, bad[i].num, bad[i].word);
		ike_input(w->a.ike, w->now, &p.to, &p.from, answer.data, answer.len);
		assert_int_equal(ike_stats(w->a.ike)->drop_syntax, i + 1);
		assert_int_equal(w->head, w->tail);
	}
	ike_input(w->a.ike, w->now, &p.to, &p.from, p.data, p.len);
	deliver(w);
	up(w);
	has_suite(w, "aes256gcm16-prfsha256-curve25519");
	world_free(w);
}

/*
 * IKE/25 IKE/30: a forger wants a weaker group.  The responder has its own order, so that
 * both come back to the better one.
 */
static void forged_group(void **state)
{
	static const uint8_t weak[] = { 0, DH_MODP_2048 }, not_offered[] = { 0, 15 };
	struct world *w = ends("compatible", "compatible");
	struct ike_header h = { .exchange = EXCH_IKE_SA_INIT, .flags = FLAG_RESPONSE };
	uint8_t buf[256];
	struct builder b;
	struct packet p;
	uint16_t group;
	unsigned int i;
	size_t n;

	start(&w->a, &w->b, 0);
	p = w->q[w->head++ % QUEUE_MAX];
	ke_of(&p, &group);
	assert_int_equal(group, DH_CURVE25519);
	memcpy(h.spi_i, p.data, 8);
	for (i = 0; i < 2; i++) {
		build_start(&b, buf, sizeof(buf), &h);
		build_notify(&b, 0, N_INVALID_KE_PAYLOAD, NULL, 0, i ? weak : not_offered, 2);
		n = build_finish(&b);
		ike_input(w->a.ike, w->now, &p.from, &p.to, buf, n);
		assert_int_equal(w->tail - w->head, i);
	}
	ke_of(&w->q[w->head % QUEUE_MAX], &group);
	assert_int_equal(group, DH_MODP_2048);
	deliver(w);
	up(w);
	has_suite(w, "chacha20poly1305-prfsha256-curve25519");
	assert_int_equal(ike_stats(w->b.ike)->invalid_ke_sent, 1);
	world_free(w);
}

/* IKE/25 IKE/56: in CREATE_CHILD_SA as well, for a Child SA's PFS and for the IKE SA */
static void wrong_guess_later(void **state)
{
	static const uint16_t guesses[] = { DH_P256, DH_P384, DH_MODP_2048, 21 };
	size_t i, k;

	for (i = 0; i < N_OF(guesses); i++) {
		for (k = 0; k < 2; k++) {
			struct world *w = ends("compatible", "strong");
			const struct ike_stats *sa, *sb;

			start(&w->a, &w->b, 0);
			deliver(w);
			up(w);
			/* what it tries first; the last one is not offered any more */
			some_sa(&w->a)->keys.group = guesses[i];
			if (k)
				ike_rekey(w->a.ike, w->now, some_sa(&w->a));
			else
				ike_child_expiring(w->a.ike, w->now, w->a.sas[0].spi_in);
			deliver(w);
			sa = ike_stats(w->a.ike);
			sb = ike_stats(w->b.ike);
			assert_int_equal(sb->invalid_ke_sent, guesses[i] != 21);
			assert_int_equal(sa->invalid_ke_seen, guesses[i] != 21);
			assert_int_equal(k ? sa->ike_rekeys : sa->child_rekeys, 1);
			assert_int_equal(w->a.n_sas, 1);
			pass(w, 30000);
			if (k)
				has_suite(w, "chacha20poly1305-prfsha256-curve25519");
			healthy(w);
			world_free(w);
		}
	}
}

static bool refused_with(struct world *w, struct ike_sa *sa, struct builder *b,
			 uint16_t type);

/* IKE/25: a wrong guess is no reason to do without a key exchange, if there may be none */
static void wrong_guess_or_none(void **state)
{
	struct sa_payload *offer = calloc(1, sizeof(*offer));
	struct world *w = ends("compatible", "strong");
	struct ike_request r = request_to(&w->a, &w->b, 0);
	const uint32_t spi = htonl(0x12345678);
	uint8_t pub[KE_PUBLIC_MAX];
	struct builder b;
	struct ike_sa *sa;
	struct ke ke;

	assert_non_null(offer);
	start(&w->a, &w->b, 0);
	deliver(w);
	up(w);
	sa = some_sa(&w->a);
	assert_true(ke_make(&ke, DH_P256, w->a.ike->ops.random, &w->a));
	assert_int_equal(ke_public(&ke, pub), 64);
	begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
	propose_esp(w->a.ike, offer, r.suites, r.n_suites, (const uint8_t *)&spi, DH_P256);
	offer->n = 1;
	offer->p[0].t[offer->p[0].n++] = (struct transform){ T_DH, DH_NONE, 0 };
	build_sa(&b, offer);
	build_payload(&b, PL_NONCE, pub, 32);
	build_ke(&b, DH_P256, pub, 64);
	child_offer_ts(&b, &r);
	assert_true(refused_with(w, sa, &b, N_INVALID_KE_PAYLOAD));
	assert_int_equal(w->b.n_sas, 1);
	free(offer);
	world_free(w);
}

static bool refused_with(struct world *w, struct ike_sa *sa, struct builder *b, uint16_t type)
{
	struct message m;
	struct packet p;
	struct notify n;
	uint8_t detail;

	assert_true(finish_request(sa, b));
	deliver_one(w);
	assert_int_equal(w->tail - w->head, 1);
	p = w->q[w->head++ % QUEUE_MAX];
	assert_int_equal(message_parse(&m, p.data, p.len, &detail), PARSE_OK);
	assert_int_equal(message_decrypt(&m, p.data, &sa->keys.sk_r, &detail), PARSE_OK);
	request_answered(sa);
	return message_error(&m, &n) && n.type == type && m.n == 1;
}

/* IKE/27: bad values inside an IKE SA are refused, and it lives on */
static void bad_later_values(void **state)
{
	static const uint16_t groups[] = { DH_CURVE25519, DH_P256, DH_P384, DH_MODP_2048 };
	struct sa_payload *offer = calloc(1, sizeof(*offer));
	uint8_t pub[KE_PUBLIC_MAX], value[300];
	const uint32_t spi = htonl(0x12345678);
	unsigned int i, n, k;
	size_t len;

	assert_non_null(offer);
	for (i = 0; i < N_OF(groups); i++) {
		struct world *w = ends("compatible", "compatible");
		struct ike_request r = request_to(&w->a, &w->b, 0);
		struct ike_sa *sa;
		struct builder b;
		struct ke ke;

		start(&w->a, &w->b, 0);
		deliver(w);
		up(w);
		sa = some_sa(&w->a);
		assert_true(ke_make(&ke, groups[i], w->a.ike->ops.random, &w->a));
		assert_int_equal(ke_public(&ke, pub), group_public_len(groups[i]));
		for (n = 0; bad_value(n, groups[i], CHUNK(pub, group_public_len(groups[i])), value,
				      &len); n++) {
			for (k = 0; k < 2; k++) {
				begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
				if (k)
					propose_ike(w->a.ike, offer, (const uint8_t *)"12345678", 8);
				else
					propose_esp(w->a.ike, offer, r.suites, r.n_suites,
						    (const uint8_t *)&spi, groups[i]);
				build_sa(&b, offer);
				build_payload(&b, PL_NONCE, pub, 32);
				build_ke(&b, groups[i], value, len);
				if (!k)
					child_offer_ts(&b, &r);
				assert_true(refused_with(w, sa, &b, N_INVALID_SYNTAX));
			}
		}
		/* KE without a group that was offered, and a group without KE */
		begin_request(sa, &b, EXCH_CREATE_CHILD_SA);
		propose_esp(w->a.ike, offer, r.suites, r.n_suites, (const uint8_t *)&spi, groups[i]);
		build_sa(&b, offer);
		build_payload(&b, PL_NONCE, pub, 32);
		child_offer_ts(&b, &r);
		assert_true(refused_with(w, sa, &b, N_INVALID_KE_PAYLOAD));
		assert_int_equal(w->b.n_sas, 1);
		assert_int_equal(ike_stats(w->b.ike)->sas, 1);
		healthy(w);
		world_free(w);
	}
	free(offer);
}

/* Names, and what is no suite. */
static void names(void **state)
{
	static const struct {
		const char *word, *why;
	} bad[] = {
		{ "", "unknown algorithm, or one too many" },
		{ "strongest", "unknown algorithm, or one too many" },
		{ "aes256gcm16-prfsha256-modp1024", "unknown algorithm, or one too many" },
		{ "aes256gcm16-prfsha256-curve25519-", "unknown algorithm, or one too many" },
		{ "prfsha256-curve25519", "a cipher is missing" },
		{ "aes256-aes256gcm16-sha256-curve25519",
		  "CBC and combined-mode ciphers exclude each other" },
		{ "aes256gcm16-sha256-prfsha256-curve25519",
		  "combined-mode ciphers need no other integrity" },
		{ "aes256-prfsha256-curve25519", "CBC needs sha256, sha384 or sha512" },
		{ "aes256gcm16-curve25519", "a pseudo-random function is missing" },
		{ "aes256gcm16-prfsha256", "a key exchange group is missing" },
	};
	struct ike_offer o[IKE_OFFERS_MAX];
	struct ike_config c;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < N_OF(bad); i++) {
		const char *why = offers_add(o, &n, bad[i].word);

		assert_non_null(why);
		assert_string_equal(why, bad[i].why);
		assert_int_equal(n, 0);
	}
	/* the hash of an AEAD is its PRF, as with other software */
	assert_null(offers_add(o, &n, "aes256gcm16-sha384-ecp384"));
	assert_int_equal(o[0].n_integ, 0);
	assert_int_equal(o[0].n_prf, 1);
	assert_int_equal(o[0].prf[0], PRF_HMAC_SHA2_384);
	for (n = 0; n < IKE_OFFERS_MAX;)
		assert_null(offers_add(o, &n, "strong"));
	assert_string_equal(offers_add(o, &n, "strong"), "too many suites");

	c = with("strong compatible");
	assert_int_equal(c.n_offers, 3);
	for (i = 0; i < 3; i++)
		assert_true(offer_valid(&c.offers[i]));
	assert_false(offer_has_group(&c.offers[0], DH_MODP_2048));
	c.offers[1].group[0] = 2;
	assert_false(offer_valid(&c.offers[1]));
	assert_null(ike_new(&c, &(struct ike_ops){ 0 }, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_suite, "IKE/27 IKE/29 IKE/38 IKE/51 IKE/56"),
		TEST(preference, "IKE/28"),
		TEST(nothing_in_common, "IKE/28 IKE/30"),
		TEST(wrong_guess, "IKE/25"),
		TEST(bad_init_values, "IKE/27"),
		TEST(foreign_answer, "IKE/28"),
		TEST(forged_group, "IKE/25 IKE/30"),
		TEST(wrong_guess_later, "IKE/25 IKE/56"),
		TEST(wrong_guess_or_none, "IKE/25"),
		TEST(bad_later_values, "IKE/27"),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
