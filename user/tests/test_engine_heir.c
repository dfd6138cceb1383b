// SPDX-License-Identifier: GPL-2.0-or-later
/* The key that will follow: announced, refused, forged. */
#include "engine_world.h"
#include "ike/sa.h"

static const struct ike_config listens = { .heirs = true };
/* PKCS #8 of an Ed25519 key */
static const uint8_t next_key[48] = {
	0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22,
	0x04, 0x20, 0x77, 0x77, 0x77, 0x77,
};
static const struct ike_config announces = { .heirs = true, .next_key = next_key,
					     .next_key_len = sizeof(next_key) };

enum { GOOD, OLD_WRONG, NEW_WRONG, BOTH_BY_OLD, REPLAYED };
static int forgery;
static const struct signer *first_signer;
static uint8_t replay[2][SIGNER_AUTH_MAX];
static size_t replay_len[2];
static unsigned int signed_keys;
static const char label[] = "IKE leap of faith, next key v1";

size_t __real_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);
size_t __wrap_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX]);
size_t __wrap_signer_auth(const struct signer *s, unsigned int hashes, struct chunk octets,
			  uint8_t *method, uint8_t out[SIGNER_AUTH_MAX])
{
	unsigned int which;
	size_t len;

	if (octets.len < sizeof(label) || memcmp(octets.p, label, sizeof(label)))
		return __real_signer_auth(s, hashes, octets, method, out);
	which = signed_keys++ % 2;
	if (!which)
		first_signer = s;
	len = __real_signer_auth(forgery == BOTH_BY_OLD ? first_signer : s, hashes, octets,
				 method, out);
	if ((forgery == OLD_WRONG && !which) || (forgery == NEW_WRONG && which))
		out[len - 1] ^= 1;
	if (forgery == REPLAYED) {
		memcpy(out, replay[which], replay_len[which]);
		return replay_len[which];
	}
	memcpy(replay[which], out, len);
	replay_len[which] = len;
	return len;
}

/* a announces, b listens; they meet when told. */
static struct world *pair(const struct ike_config *a, const struct ike_config *b)
{
	struct world *w = world_new(b);

	ike_free(&w->a.ike);
	end_init(w, &w->a, 1, a);
	return w;
}

static void meet(struct world *w, struct end *from, struct end *to)
{
	start(from, to, 0);
	deliver(w);
	pass(w, 1000);
	assert_int_equal(from->last_error, IKE_OK);
	agree(from, to);
}

static int begin(void **state)
{
	forgery = GOOD;
	signed_keys = 0;
	return 0;
}

static void announced(void **state)
{
	struct world *w = pair(&announces, &listens);
	struct signer *next = signer_new_ed25519(next_key + 16);
	struct chunk spki = signer_spki(next);

	meet(w, &w->a, &w->b);
	assert_int_equal(w->b.heirs, 1);
	assert_int_equal(w->b.heir_len, spki.len);
	assert_memory_equal(w->b.heir, spki.p, spki.len);
	assert_int_equal(ike_stats(w->a.ike)->heirs_kept, 1);
	assert_int_equal(ike_stats(w->b.ike)->heirs_taken, 1);
	/* once in an IKE SA */
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	deliver(w);
	pass(w, 5000);
	assert_int_equal(w->b.heirs, 1);
	signer_free(&next);
	world_free(w);
}

static void by_the_responder(void **state)
{
	struct world *w = pair(&announces, &listens);

	meet(w, &w->b, &w->a);
	assert_int_equal(w->b.heirs, 1);
	assert_int_equal(w->a.heirs, 0);
	assert_int_equal(ike_stats(w->a.ike)->heirs_kept, 1);
	world_free(w);
}

/* Lost on the way: it is a request like any other. */
static void lost(void **state)
{
	struct world *w = pair(&announces, &listens);

	start(&w->a, &w->b, 0);
	while (!w->b.ups)
		deliver_one(w);
	w->drop = 1;
	deliver(w);
	assert_int_equal(ike_stats(w->a.ike)->heirs_sent, 1);
	assert_int_equal(w->b.heirs, 0);
	pass(w, 5000);
	assert_int_equal(w->b.heirs, 1);
	assert_int_equal(ike_stats(w->a.ike)->heirs_kept, 1);
	world_free(w);
}

/* Peers that do not know it hear nothing of it. */
static void not_agreed(void **state)
{
	static const struct ike_config silent;
	struct world *w = pair(&announces, &silent);

	meet(w, &w->a, &w->b);
	assert_int_equal(w->b.heirs, 0);
	assert_int_equal(ike_stats(w->a.ike)->heirs_sent, 0);
	world_free(w);
	/* nor do we take what we did not offer to take */
	w = pair(&silent, &announces);
	meet(w, &w->a, &w->b);
	assert_int_equal(w->a.heirs, 0);
	world_free(w);
}

static void unwanted(void **state)
{
	struct world *w = pair(&announces, &listens);

	w->b.heir_answer = IKE_HEIR_RIVAL;
	meet(w, &w->a, &w->b);
	assert_int_equal(w->b.heirs, 1);
	assert_int_equal(ike_stats(w->a.ike)->heirs_unwanted, 1);
	assert_int_equal(ike_stats(w->b.ike)->heirs_refused, 1);
	world_free(w);
}

/* A signature of either key is wrong, or by the other key, or of another IKE SA. */
static void forged(void **state)
{
	static const int kinds[] = { OLD_WRONG, NEW_WRONG, BOTH_BY_OLD };
	struct world *w;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		forgery = kinds[i];
		w = pair(&announces, &listens);
		meet(w, &w->a, &w->b);
		assert_int_equal(w->b.heirs, 0);
		assert_int_equal(ike_stats(w->b.ike)->heirs_refused, 1);
		assert_int_equal(ike_stats(w->a.ike)->heirs_unwanted, 1);
		world_free(w);
	}
	forgery = GOOD;
	w = pair(&announces, &listens);
	meet(w, &w->a, &w->b);
	assert_int_equal(w->b.heirs, 1);
	world_free(w);
	forgery = REPLAYED;
	w = pair(&announces, &listens);
	meet(w, &w->a, &w->b);
	/* the engines' random octets differ from run to run, and so do the SPIs */
	assert_int_equal(w->b.heirs, 0);
	assert_int_equal(ike_stats(w->b.ike)->heirs_refused, 1);
	world_free(w);
}

/* The key that it has already is no successor. */
static void itself(void **state)
{
	uint8_t own[sizeof(next_key)];
	struct ike_config same = { .heirs = true, .next_key = own,
				   .next_key_len = sizeof(own) };
	struct world *w;

	/* end_init() gives seeds of its own */
	memcpy(own, next_key, 16);
	memset(own + 16, 1, 32);
	w = pair(&same, &listens);
	meet(w, &w->a, &w->b);
	assert_int_equal(w->b.heirs, 0);
	assert_int_equal(ike_stats(w->b.ike)->heirs_refused, 1);
	world_free(w);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup(t, begin)
	const struct CMUnitTest tests[] = {
		TEST(announced), TEST(by_the_responder), TEST(lost), TEST(not_agreed),
		TEST(unwanted), TEST(forged), TEST(itself),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
