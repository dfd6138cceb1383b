// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that IKE SAs leave: two engines, each with its store of known peers.  Who rolls
 * over, who is a thief of the key, and what crashes at any moment leave.
 */
#include <stdio.h>

#include "engine_world.h"
#include "ike/sa.h"
#include "known/known.h"
#include "wrap_notify.h"

#define T0	1700000000

/* What each end has for a disk, and what it made of its peer. */
static struct disk {
	struct known *k;
	struct known_answer last;
	unsigned int met, untied, full;
} disks[2];

static struct ike_ops mine;
static enum known_bond_mode policy;
static bool foreign[2];
enum { GOOD, BENT, REFLECTED, ODD };
static int forgery;
static uint8_t seen[IKE_BONDS_MAX * 16];
static size_t seen_len;

void __wrap_build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
			 size_t spi_len, const void *data, size_t len)
{
	uint8_t other[sizeof(seen)];

	if (type != N_AUTOVPN_CONTINUITY) {
		__real_build_notify(b, proto, type, spi, spi_len, data, len);
		return;
	}
	assert_true(len && len <= sizeof(other) && len % 16 == 0);
	memcpy(other, data, len);
	if (forgery == BENT)
		other[5] ^= 1;
	if (forgery == REFLECTED && seen_len)
		memcpy(other, seen, len = seen_len);
	memcpy(seen, data, len);
	seen_len = len;
	__real_build_notify(b, proto, type, spi, spi_len, other, len - (forgery == ODD));
}

/* --- an owner with a memory ---------------------------------------------------------------- */

static struct disk *disk_of(const struct end *e)
{
	return &disks[e != &e->w->a];
}

static int64_t clock_of(const struct end *e)
{
	return T0 + (int64_t)(e->w->now / 1000);
}

static void contact_of(const struct end *e, const struct ike_addr *at,
		       const struct ike_identity *peer, struct known_contact *c)
{
	const struct chunk key = CHUNK(peer->spki, peer->spki_len);

	memset(c, 0, sizeof(*c));
	c->mode = KNOWN_ACCEPT_NEW;
	c->now = clock_of(e);
	c->bond = policy;
	c->spki = peer->spki;
	c->spki_len = peer->spki_len;
	crypto_sha256(c->fingerprint, &key, 1);
	c->n_names = 1;
	c->names[0].kind = KNOWN_ADDRESS;
	snprintf(c->names[0].text, sizeof(c->names[0].text), "10.0.0.%u", at->ip[3]);
}

static int op_authorize(void *ctx, const struct ike_identity *peer)
{
	struct disk *d = disk_of(ctx);
	struct known_contact c;

	contact_of(ctx, peer->at, peer, &c);
	c.proof = (enum known_proof)peer->bond;
	c.secret = peer->secret;
	assert_int_equal(peer->bond == IKE_BOND_PROVED, peer->secret != NULL);
	d->met++;
	if (!known_meet(d->k, &c, &d->last)) {
		d->untied += d->last.untied;
		return -EACCES;
	}
	d->untied += d->last.untied;
	return 0;
}

static unsigned int op_bonds(void *ctx, const struct ike_addr *at,
			     const struct ike_identity *peer,
			     uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN])
{
	static const struct ike_identity nobody;
	struct known_contact c;

	contact_of(ctx, at, peer ?: &nobody, &c);
	if (!peer)
		return known_bonds_at(disk_of(ctx)->k, c.names[0].text, c.now, secret,
				      IKE_BONDS_MAX);
	return known_bonds_of(disk_of(ctx)->k, &c, secret, IKE_BONDS_MAX);
}

static bool op_bond(void *ctx, const struct ike_identity *peer, enum ike_bond_step step,
		    uint32_t *number, const uint8_t secret[IKE_BOND_LEN])
{
	const struct chunk key = CHUNK(peer->spki, peer->spki_len);
	struct disk *d = disk_of(ctx);
	uint8_t fp[32];

	if (d->full && d->full-- == 1)
		return false;
	crypto_sha256(fp, &key, 1);
	return !known_bond(d->k, fp, step == IKE_BOND_OFFER ? KNOWN_BOND_OFFER :
			   step == IKE_BOND_TAKE ? KNOWN_BOND_TAKE : KNOWN_BOND_AGREED,
			   number, secret, clock_of(ctx));
}

/* The record of one IKE SA an end, for session continuity. */
static struct record {
	uint8_t data[16384];
	size_t len;
} records[2];

static void op_keep(void *ctx, uint64_t *slot, const uint8_t *record, size_t len)
{
	struct record *r = &records[disk_of(ctx) - disks];

	*slot = 1;
	assert_true(len <= sizeof(r->data));
	memcpy(r->data, record ?: (const uint8_t *)"", len);
	r->len = record ? len : 0;
}

static void remember(struct ike_ops *o)
{
	o->keep = op_keep;
	o->authorize = op_authorize;
	o->bonds = op_bonds;
	o->bond = op_bond;
	mine = *o;
}

static struct known *empty(void)
{
	char why[KNOWN_WHY_MAX];
	struct known *k = known_open(":memory:", 0, why);

	assert_non_null(k);
	return k;
}

/* A new life of that end, or another host with that key at its place. */
static void live(struct end *e, unsigned int seed)
{
	struct ike_config c = { .bonds = !foreign[e != &e->w->a] };

	ike_free(&e->ike);
	memset(c.seed, (int)seed, sizeof(c.seed));
	e->ike = ike_new(&c, &mine, e, e->w->now);
	assert_non_null(e->ike);
	e->n_sas = 0;
}

static int begin(void **state)
{
	struct ike_config c = { .bonds = true };

	policy = KNOWN_BOND_WARN;
	forgery = GOOD;
	seen_len = 0;
	memset(foreign, 0, sizeof(foreign));
	memset(disks, 0, sizeof(disks));
	disks[0].k = empty();
	disks[1].k = empty();
	world_change = remember;
	*state = world_new(&c);
	world_change = NULL;
	return 0;
}

static int finish(void **state)
{
	world_free(*state);
	known_close(&disks[0].k);
	known_close(&disks[1].k);
	return 0;
}

/* Both forget their IKE SAs, and one calls the other.  Is there one now? */
static bool session(struct end *from, struct end *to)
{
	const unsigned int a = from->ups, b = to->ups;

	ike_close(from->ike, from->w->now, NULL);
	deliver(from->w);
	pass(from->w, 2000);
	/* a request to a peer that is gone is in the way of the Delete */
	if (some_sa(from))
		pass(from->w, 40000);
	assert_null(some_sa(from));
	start(from, to, 0);
	deliver(from->w);
	pass(from->w, 2000);
	return from->ups > a && to->ups > b && some_sa(from) && some_sa(to);
}

static uint64_t proofs(const struct end *e)
{
	return ike_stats(e->ike)->bonds_proved;
}

static uint64_t made(const struct end *e)
{
	return ike_stats(e->ike)->bonds_made;
}

#define assert_verdict(n, v)	assert_int_equal(disks[n].last.verdict, v)

/* The secret of that end, the agreed one first. */
static void steal(const struct end *e, const char *address, uint8_t secret[IKE_BOND_LEN])
{
	uint8_t all[IKE_BONDS_MAX][IKE_BOND_LEN];

	assert_true(known_bonds_at(disk_of(e)->k, address, clock_of(e), all, IKE_BONDS_MAX));
	memcpy(secret, all[0], IKE_BOND_LEN);
}

/* A thief takes the place of a: its key, nothing else, and perhaps a secret of b's. */
static struct known *thief(struct world *w, const uint8_t *secret)
{
	struct known *own = disks[0].k;
	struct known_contact c;
	struct ike_identity b = { 0 };
	struct known_answer answer;
	uint32_t number = 3;		/* of the last of three sessions */

	disks[0].k = empty();
	b.spki = ike_spki(w->b.ike, &b.spki_len);
	contact_of(&w->a, &w->b.addr, &b, &c);
	if (secret) {
		assert_true(known_meet(disks[0].k, &c, &answer));
		assert_int_equal(known_bond(disks[0].k, c.fingerprint, KNOWN_BOND_TAKE, &number,
					    secret, c.now), 0);
	}
	live(&w->a, 1);
	return own;
}

static void honest(struct world *w, struct known *own)
{
	known_close(&disks[0].k);
	disks[0].k = own;
	live(&w->a, 1);
}

/* --- tests ------------------------------------------------------------------------------ */

static void handed_on(void **state)
{
	struct world *w = *state;
	uint8_t before[IKE_BOND_LEN], other[IKE_BOND_LEN], now[IKE_BOND_LEN];
	unsigned int i;

	assert_true(session(&w->a, &w->b));
	assert_int_equal(made(&w->a), 1);
	assert_int_equal(made(&w->b), 1);
	assert_int_equal(proofs(&w->a) + proofs(&w->b), 0);
	for (i = 1; i < 6; i++) {
		steal(&w->a, "10.0.0.2", before);
		steal(&w->b, "10.0.0.1", other);
		assert_memory_equal(before, other, sizeof(before));
		assert_true(i & 1 ? session(&w->b, &w->a) : session(&w->a, &w->b));
		assert_int_equal(proofs(&w->a), i);
		assert_int_equal(proofs(&w->b), i);
		assert_verdict(0, KNOWN_WELCOME_BACK);
		steal(&w->a, "10.0.0.2", now);
		assert_memory_not_equal(before, now, sizeof(now));
	}
	assert_int_equal(disks[0].untied + disks[1].untied, 0);
	/* it is agreed on once in an IKE SA, whatever becomes of its keys */
	i = (unsigned int)made(&w->a);
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	deliver(w);
	pass(w, 5000);
	assert_int_equal(made(&w->a), i);
}

/* A peer that is known comes with another key, as whoever begins and as the other. */
static void rolled_over(void **state)
{
	struct world *w = *state;
	struct known_tie tie;
	struct known_peer p;
	struct chunk key;
	uint8_t fp[32];

	assert_true(session(&w->a, &w->b));
	live(&w->a, 3);
	assert_true(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_WELCOME_TIED);
	key.p = ike_spki(w->a.ike, &key.len);
	crypto_sha256(fp, &key, 1);
	assert_int_equal(known_find(disks[1].k, fp, &p), 0);
	assert_int_equal(p.state, KNOWN_LEAP);
	assert_memory_equal(p.parent, disks[1].last.holder.fingerprint, 32);
	assert_int_equal(known_tie(disks[1].k, fp, clock_of(&w->b), &tie), 0);
	assert_true(tie.held);
	live(&w->a, 4);
	assert_true(session(&w->b, &w->a));
	assert_verdict(1, KNOWN_WELCOME_TIED);
	assert_true(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_WELCOME_BACK);
	assert_int_equal(disks[0].untied + disks[1].untied, 0);
	/* a thief of the old key comes too late, with and without a secret of then */
	live(&w->a, 1);
	foreign[0] = true;
	assert_false(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_CHANGED);
}

/* A new key without the secret, or with a proof that is none. */
static void not_rolled_over(void **state)
{
	struct world *w = *state;
	struct known *own;

	assert_true(session(&w->a, &w->b));
	own = thief(w, NULL);
	live(&w->a, 3);
	assert_false(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_CHANGED);
	honest(w, own);
	for (forgery = BENT; forgery <= ODD; forgery++) {
		seen_len = 0;
		live(&w->a, 3);
		if (forgery == REFLECTED)
			assert_false(session(&w->b, &w->a));
		else
			assert_false(session(&w->a, &w->b));
		assert_verdict(1, KNOWN_CHANGED);
	}
	forgery = GOOD;
	/* policy does not want it */
	policy = KNOWN_BOND_OFF;
	live(&w->a, 3);
	assert_false(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_CHANGED);
	policy = KNOWN_BOND_WARN;
	assert_true(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_WELCOME_TIED);
}

/* The key alone: told, and refused if that is the policy. */
static void thief_of_the_key(void **state)
{
	struct world *w = *state;
	struct known_contact c;
	struct ike_identity a = { 0 };
	struct known *own;

	assert_true(session(&w->a, &w->b));
	policy = KNOWN_BOND_REFUSE;
	own = thief(w, NULL);
	assert_false(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_UNTIED);
	assert_false(session(&w->b, &w->a));
	assert_verdict(1, KNOWN_UNTIED);
	/* nor does it help to know of no secrets */
	foreign[0] = true;
	live(&w->a, 1);
	assert_false(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_UNTIED);
	assert_int_equal(disks[1].untied, 3);
	foreign[0] = false;
	/* the peer itself comes in all the same */
	honest(w, own);
	assert_true(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_WELCOME_BACK);
	assert_int_equal(disks[1].untied, 3);
	/* a host that lost its memory looks like a thief, until a person has spoken */
	known_close(&disks[0].k);
	disks[0].k = empty();
	live(&w->a, 1);
	assert_false(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_UNTIED);
	a.spki = ike_spki(w->a.ike, &a.spki_len);
	contact_of(&w->b, &w->a.addr, &a, &c);
	assert_int_equal(known_verify(disks[1].k, c.fingerprint, c.now), 0);
	assert_true(session(&w->a, &w->b));
	assert_verdict(1, KNOWN_WELCOME_VERIFIED);
	assert_true(session(&w->a, &w->b));
	assert_false(disks[1].last.untied);
	assert_true(proofs(&w->b) >= 2);
}

/* It was let in, with a warning: then the peer itself finds out, and so do we again. */
static void thief_in_between(void **state)
{
	struct world *w = *state;
	struct known *own;
	unsigned int i;

	assert_true(session(&w->a, &w->b));
	own = thief(w, NULL);
	assert_true(session(&w->a, &w->b));
	assert_true(disks[1].last.untied);
	assert_true(session(&w->a, &w->b));
	assert_false(disks[1].last.untied);
	disks[0].untied = disks[1].untied = 0;
	honest(w, own);
	assert_true(session(&w->a, &w->b));
	assert_int_equal(disks[0].untied, 1);
	assert_int_equal(disks[1].untied, 1);
	/* and all is well from then on */
	for (i = 0; i < 4; i++)
		assert_true(i & 1 ? session(&w->a, &w->b) : session(&w->b, &w->a));
	assert_int_equal(disks[0].untied, 1);
	assert_int_equal(disks[1].untied, 1);
}

/* The key and a secret of earlier sessions: the last one only will do. */
static void thief_of_an_old_secret(void **state)
{
	struct world *w = *state;
	uint8_t secret[3][IKE_BOND_LEN];
	struct known *own;
	unsigned int i;

	policy = KNOWN_BOND_REFUSE;
	for (i = 0; i < 3; i++) {
		assert_true(session(&w->a, &w->b));
		steal(&w->a, "10.0.0.2", secret[i]);
		/* one that was replaced is good for what is under way then */
		pass(w, (KNOWN_BOND_GRACE + 1) * 1000);
	}
	for (i = 0; i < 3; i++) {
		own = thief(w, secret[i]);
		assert_int_equal(session(&w->a, &w->b), i == 2);
		assert_verdict(1, i == 2 ? KNOWN_WELCOME_BACK : KNOWN_UNTIED);
		honest(w, own);
	}
	/* that one was right, and the host itself finds out */
	pass(w, (KNOWN_BOND_GRACE + 1) * 1000);
	assert_false(session(&w->a, &w->b));
	assert_int_equal(disks[1].untied, 3);
}

/* The name says it: whichever message is the last one, whoever crashes. */
static void crashes(void **state)
{
	struct world *w = *state;
	unsigned int cut, who, i;

	policy = KNOWN_BOND_REFUSE;
	assert_true(session(&w->a, &w->b));
	for (cut = 0; cut < 10; cut++)
		for (who = 0; who < 6; who++) {
			struct end *from = who & 1 ? &w->a : &w->b;
			struct end *to = who & 1 ? &w->b : &w->a;

			start(from, to, 0);
			for (i = 0; i < cut && w->head != w->tail; i++)
				deliver_one(w);
			w->head = w->tail;
			if (who / 2 != 1)
				live(&w->a, 1);
			if (who / 2 != 0)
				live(&w->b, 2);
			/* now and then so late that only what is agreed is left */
			if (cut & 1)
				pass(w, (KNOWN_BOND_GRACE + 1) * 1000);
			assert_true(session(cut & 2 ? from : to, cut & 2 ? to : from));
		}
	assert_int_equal(disks[0].untied + disks[1].untied, 0);
	assert_true(proofs(&w->a) && proofs(&w->b));
}

/* The process ends between question and answer, and its next life goes on. */
static void goes_on(void **state)
{
	struct world *w = *state;
	struct end *asks = NULL;
	struct record *r;
	unsigned int i;

	start(&w->a, &w->b, 0);
	while (!asks && w->head != w->tail) {
		deliver_one(w);
		for (i = 0; i < 2; i++)
			if (some_sa(i ? &w->b : &w->a) && some_sa(i ? &w->b : &w->a)->bond_asked)
				asks = i ? &w->b : &w->a;
	}
	assert_non_null(asks);
	/* the other end has taken it */
	while (!made(&w->a) && !made(&w->b))
		deliver_one(w);
	assert_int_equal(made(asks), 0);
	w->head = w->tail;
	r = &records[asks != &w->a];
	live(asks, asks == &w->a ? 1 : 2);
	assert_int_equal(ike_restore(asks->ike, w->now, 1, r->data, r->len), 0);
	pass(w, 5000);
	assert_int_equal(made(asks), 1);
	assert_int_equal(some_sa(asks)->bond_asked, 0);
}

/* A disk that is full: the last secret stays, at both ends. */
static void not_stored(void **state)
{
	struct world *w = *state;
	unsigned int who, nth;

	policy = KNOWN_BOND_REFUSE;
	assert_true(session(&w->a, &w->b));
	for (who = 0; who < 2; who++)
		for (nth = 1; nth < 4; nth++) {
			disks[who].full = nth;
			assert_true(session(&w->a, &w->b));
			pass(w, (KNOWN_BOND_GRACE + 1) * 1000);
			assert_true(session(&w->b, &w->a));
			disks[who].full = 0;
			pass(w, (KNOWN_BOND_GRACE + 1) * 1000);
			assert_true(session(&w->a, &w->b));
		}
	assert_int_equal(disks[0].untied + disks[1].untied, 0);
}

/*
 * Both begin at once, again and again, on a network that loses, repeats and reorders, and
 * hosts that crash, or come back with new keys: no honest peer is ever taken for a thief.
 */
static void at_once(void **state)
{
	struct world *w = *state;
	unsigned int round, i, seed[2] = { 1, 2 };

	srandom(7);
	policy = KNOWN_BOND_REFUSE;
	assert_true(session(&w->a, &w->b));
	for (round = 0; round < 400; round++) {
		const unsigned int steps = (unsigned int)random() % 30;

		w->hold = true;
		if (random() % 3)
			start(&w->a, &w->b, (uint16_t)(1 + random() % 60000));
		if (random() % 3)
			start(&w->b, &w->a, (uint16_t)(1 + random() % 60000));
		for (i = 0; i < steps; i++) {
			if (w->head == w->tail || !(random() % 8))
				pass(w, (uint64_t)random() % 700);
			else if (!(random() % 8))
				w->head++;
			else
				deliver_any(w, !(random() % 6));
		}
		w->hold = false;
		if (!(random() % 3))
			live(&w->a, seed[0] += random() % 8 ? 0 : 2);
		if (!(random() % 3))
			live(&w->b, seed[1] += random() % 8 ? 0 : 2);
		if (!(random() % 4)) {
			w->head = w->tail;
			pass(w, (KNOWN_BOND_GRACE + 1) * 1000);
		}
		assert_int_equal(disks[0].untied, 0);
		assert_int_equal(disks[1].untied, 0);
	}
	settle(w);
	assert_true(session(&w->a, &w->b));
	assert_true(proofs(&w->a) && proofs(&w->b));
	assert_int_equal(disks[0].untied + disks[1].untied, 0);
}

static bool contains(const struct packet *p, const void *what, size_t len)
{
	size_t i;

	for (i = 0; i + len <= p->len; i++)
		if (!memcmp(p->data + i, what, len))
			return true;
	return false;
}

/* One that does not do it sees nothing of it, and is nobody's thief. */
static void others(void **state)
{
	static const uint8_t vendor[] = { 0xf5, 0x2c, 0xca, 0x89 };
	struct world *w = *state;
	unsigned int i;

	foreign[1] = true;
	live(&w->b, 2);
	assert_true(session(&w->a, &w->b));
	assert_true(contains(&w->first[0], vendor, sizeof(vendor)));
	assert_false(contains(&w->first[1], vendor, sizeof(vendor)));
	assert_true(session(&w->b, &w->a));
	assert_true(session(&w->a, &w->b));
	assert_int_equal(made(&w->a) + made(&w->b), 0);
	assert_int_equal(disks[0].untied + disks[1].untied, 0);
	assert_int_equal(seen_len, 0);
	/* nor does anything go out where it is not wanted */
	foreign[0] = true;
	live(&w->a, 1);
	w->n_first = 0;
	assert_true(session(&w->a, &w->b));
	for (i = 0; i < w->n_first; i++)
		assert_false(contains(&w->first[i], vendor, sizeof(vendor)));
	/* a peer that did it and does not any more is told of */
	foreign[0] = foreign[1] = false;
	live(&w->a, 1);
	live(&w->b, 2);
	assert_true(session(&w->a, &w->b));
	assert_int_equal(made(&w->a), 1);
	foreign[0] = true;
	live(&w->a, 1);
	assert_true(session(&w->a, &w->b));
	assert_int_equal(disks[1].untied, 1);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(handed_on), TEST(rolled_over), TEST(not_rolled_over),
		TEST(thief_of_the_key), TEST(thief_in_between), TEST(thief_of_an_old_secret),
		TEST(crashes), TEST(goes_on), TEST(not_stored), TEST(at_once), TEST(others),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
