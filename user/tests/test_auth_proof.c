// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH with keys and certificates of all kinds, of either end. */
#include "auth_world.h"
#include "ike/cert.h"

static struct pki *root, *middle, *foreign, *leaf[PKI_RSA2048 + 1], *twin;
static struct pkix *anchors;

static struct pkix *anchor(const struct pki *ca)
{
	const char *why;
	char *pem = pki_pem(ca, NULL);
	struct pkix *p = pkix_new(CHUNK(pem, strlen(pem)), &why);

	free(pem);
	assert_non_null(p);
	return p;
}

static int make_all(void **state)
{
	unsigned int i;

	if (!crypto_init())
		return -1;
	root = pki_make(&(struct pki_say){ .cn = "root", .ca = true, .key = PKI_P384 }, NULL);
	middle = pki_make(&(struct pki_say){ .cn = "mid", .ca = true, .key = PKI_P256 }, root);
	foreign = pki_make(&(struct pki_say){ .cn = "for", .ca = true, .key = PKI_P256 }, NULL);
	for (i = 0; i <= PKI_RSA2048; i++)
		leaf[i] = pki_make(&(struct pki_say){ .cn = "x", .dns = "x.example", .key = i },
				   root);
	twin = pki_make(&(struct pki_say){ .dns = "x.example", .key = PKI_P256 }, root);
	anchors = anchor(root);
	return 0;
}

static int free_all(void **state)
{
	unsigned int i;

	pki_free(root);
	pki_free(middle);
	pki_free(foreign);
	pki_free(twin);
	for (i = 0; i <= PKI_RSA2048; i++)
		pki_free(leaf[i]);
	pkix_free(&anchors);
	return 0;
}

static void named(struct ike_config *c, const char *fqdn)
{
	c->id_type = BTNS_ID_FQDN;
	c->id_len = strlen(fqdn);
	memcpy(c->id, fqdn, c->id_len);
}

/* The end that proves itself with c begins, or answers. */
static struct world *with(const struct ike_config *c, bool begins)
{
	return begins ? auth_world(c, NULL) : auth_world(NULL, c);
}

static struct end *prover(struct world *w, bool begins)
{
	return begins ? &w->a : &w->b;
}

static struct chunk key_of(struct world *w, struct end *e)
{
	struct chunk c;

	c.p = ike_spki(e->ike, &c.len);
	return c;
}

/* RFC7427, RFC7670: each kind of key, raw, in a certificate, and known beforehand */
static void keys(void **state)
{
	static const uint8_t older[] = {
		[PKI_ED25519] = 0, [PKI_P256] = AUTH_ECDSA_256, [PKI_P384] = AUTH_ECDSA_384,
		[PKI_RSA2048] = AUTH_RSA,
	};

	for (unsigned int i = 0; i < 2 * 4 * 4; i++) {
		const bool begins = i & 1, x509 = (i >> 1) % 4 == 1, silent = (i >> 1) % 4 == 2;
		const bool old = (i >> 1) % 4 == 3;
		const unsigned int kind = i >> 3;
		struct ike_config c = config_of(leaf[kind], x509);
		struct world *w = with(&c, begins);
		struct end *p = prover(w, begins), *v = peer_of(p);
		struct chunk key = key_of(w, p);
		const uint8_t method = old ? older[kind] : AUTH_SIGNATURE;

		mischief[!begins].no_cert = silent;
		v->known.keys = &key;
		v->known.n_keys = silent;
		mischief[begins].no_hashes = old;
		if (!method) {
			/* RFC 8420: Ed25519 only for those who say that they know it */
			auth_bad(w, p);
			continue;
		}
		auth_good(w);
		auth_told(v, AUTH_SIGNATURE, method);
		auth_told(p, method, AUTH_SIGNATURE);
		assert_int_equal(v->peer_spki_len, key.len);
		/* a key that came along is never more than that */
		assert_int_equal(v->peer_auth, BTNS_AUTH_NONE);
		assert_int_equal(v->chain, x509);
		world_free(w);
	}
}

/* IKE/32: the signature itself, the method, the length, the key */
static void wrong_signatures(void **state)
{
	static const struct mischief wrong[] = {
		{ .flip = 1 }, { .short_auth = true }, { .method = AUTH_RSA },
		{ .method = AUTH_ECDSA_256 }, { .method = AUTH_PSK }, { .method = AUTH_NULL },
		{ .method = 3 }, { .method = 200 },
	};

	for (unsigned int kind = 0; kind <= PKI_RSA2048; kind++) {
		for (unsigned int i = 0; i < 2 * sizeof(wrong) / sizeof(*wrong); i++) {
			struct ike_config c = config_of(leaf[kind], kind & 1);
			struct world *w = with(&c, i & 1);

			mischief[!(i & 1)] = wrong[i / 2];
			auth_bad(w, peer_of(prover(w, i & 1)));
		}
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct ike_config c = config_of(leaf[PKI_P256], true);
		struct chunk key = pki_der(twin);
		struct world *w;

		/* the certificate is of another key */
		c.cert = twin->der;
		c.cert_len = twin->len;
		w = with(&c, i);
		prover(w, i)->known.own_auth = BTNS_AUTH_PUBKEY;
		auth_bad(w, peer_of(prover(w, i)));
		/* no CERT, and what is known is of another key, or nothing is */
		c = config_of(leaf[PKI_P256], false);
		w = with(&c, i);
		mischief[!i].no_cert = true;
		peer_of(prover(w, i))->known.keys = &key;
		peer_of(prover(w, i))->known.n_keys = 1;
		auth_bad(w, peer_of(prover(w, i)));
		w = with(&c, i);
		mischief[!i].no_cert = true;
		auth_bad(w, peer_of(prover(w, i)));
	}
}

/* IKE/32, RFC5386/22: of several certificates the first has the key */
static void first_cert(void **state)
{
	uint8_t certs[6000];
	struct ike_config c = config_of(leaf[PKI_P256], true);
	struct world *w;

	c.cert = certs;
	c.cert_len = leaf[PKI_P256]->len + twin->len;
	memcpy(certs, leaf[PKI_P256]->der, leaf[PKI_P256]->len);
	memcpy(certs + leaf[PKI_P256]->len, twin->der, twin->len);
	w = auth_world(&c, NULL);
	auth_good(w);
	assert_int_equal(w->b.chain, 2);
	world_free(w);
	memcpy(certs, twin->der, twin->len);
	memcpy(certs + twin->len, leaf[PKI_P256]->der, leaf[PKI_P256]->len);
	w = auth_world(&c, NULL);
	auth_bad(w, &w->b);
}

/* RFC5386/20, 21, 22: a raw key first, behind it certificates of it or of another one */
static void raw_first(void **state)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct ike_config c = config_of(leaf[PKI_P256], true);
		const bool other = i & 2;
		struct world *w;
		struct end *v;

		if (other) {
			c.cert = twin->der;
			c.cert_len = twin->len;
		}
		named(&c, "x.example");
		w = with(&c, i & 1);
		v = peer_of(prover(w, i & 1));
		v->anchors = anchors;
		mischief[!(i & 1)].raw = key_of(w, prover(w, i & 1));
		auth_good(w);
		assert_int_equal(v->chain, !other);
		assert_int_equal(v->peer_auth, other ? BTNS_AUTH_NONE : BTNS_AUTH_PKIX);
		world_free(w);
	}
}

/* X.509 to an authority, of either end */
static void authority(void **state)
{
	struct pki *below = pki_make(&(struct pki_say){ .dns = "x.example", .key = PKI_ED25519 },
				     middle);
	uint8_t certs[6000];
	struct ike_config c = config_of(below, true);

	c.cert = certs;
	c.cert_len = below->len + middle->len;
	memcpy(certs, below->der, below->len);
	memcpy(certs + below->len, middle->der, middle->len);
	named(&c, "x.example");
	for (unsigned int i = 0; i < 2; i++) {
		struct world *w = with(&c, i);
		struct end *p = prover(w, i), *v = peer_of(p);

		v->anchors = anchors;
		v->wants = BTNS_AUTH_PKIX;
		auth_good(w);
		assert_null(v->why);
		assert_int_equal(v->sas[0].peer_id.auth, BTNS_AUTH_PKIX);
		assert_int_equal(p->sas[0].peer_id.auth, BTNS_AUTH_NONE);
		/* it stays so when the IKE SA is rekeyed */
		ike_rekey(w->a.ike, w->now, some_sa(&w->a));
		settle(w);
		start(v, p, 99);
		deliver(w);
		assert_int_equal(v->sas[v->n_sas - 1].peer_id.auth, BTNS_AUTH_PKIX);
		auth_told(v, AUTH_SIGNATURE, AUTH_SIGNATURE);
		world_free(w);
	}
	pki_free(below);
}

/* What an authority does not vouch for; where the PAD asks for no more, it is a key. */
static void no_authority(void **state)
{
	struct pki *expired = pki_make(&(struct pki_say){ .dns = "x.example",
		.key = PKI_P256, .to = PKI_NOW - 1 }, root);
	struct pki *early = pki_make(&(struct pki_say){ .dns = "x.example",
		.key = PKI_P256, .from = PKI_NOW + 1 }, root);
	struct pki *unknown = pki_make(&(struct pki_say){ .dns = "x.example",
		.key = PKI_P256 }, foreign);
	struct pki *alone = pki_make(&(struct pki_say){ .dns = "x.example",
		.key = PKI_P256 }, NULL);
	struct pki *weak = pki_make(&(struct pki_say){ .cn = "weak", .ca = true,
		.key = PKI_RSA1024 }, root);
	struct pki *under = pki_make(&(struct pki_say){ .dns = "x.example",
		.key = PKI_P256 }, weak);
	struct pki *cut = pki_make(&(struct pki_say){ .dns = "x.example",
		.key = PKI_P256 }, middle);
	const struct { const struct pki *p, *second; const char *id, *why; } v[] = {
		{ expired, NULL, "x.example", "expired" },
		{ early, NULL, "x.example", "not valid yet" },
		{ unknown, NULL, "x.example", "no configured authority" },
		{ unknown, foreign, "x.example", "no configured authority" },
		{ alone, NULL, "x.example", "no configured authority" },
		{ under, weak, "x.example", "too weak" },
		{ cut, NULL, "x.example", "no configured authority" },
		{ leaf[PKI_P256], NULL, "y.example", "does not have the ID" },
		{ leaf[PKI_RSA2048], NULL, NULL, "does not have the ID" },
	};
	uint8_t certs[6000];

	for (unsigned int i = 0; i < 2 * 2 * sizeof(v) / sizeof(*v); i++) {
		const bool begins = i & 1, strict = i & 2;
		struct ike_config c = config_of(v[i / 4].p, true);
		struct world *w;
		struct end *e;

		memcpy(certs, c.cert, c.cert_len);
		if (v[i / 4].second) {
			memcpy(certs + c.cert_len, v[i / 4].second->der, v[i / 4].second->len);
			c.cert_len += v[i / 4].second->len;
		}
		c.cert = certs;
		if (v[i / 4].id)
			named(&c, v[i / 4].id);
		w = with(&c, begins);
		e = peer_of(prover(w, begins));
		e->anchors = anchors;
		e->wants = strict ? BTNS_AUTH_PKIX : BTNS_AUTH_NONE;
		if (strict) {
			auth_bad(w, e);
			continue;
		}
		auth_good(w);
		assert_non_null(e->why);
		if (!strstr(e->why, v[i / 4].why))
			fail_msg("case %u: %s", i / 4, e->why);
		assert_int_equal(e->sas[0].peer_id.auth, BTNS_AUTH_NONE);
		world_free(w);
	}
	pki_free(expired);
	pki_free(early);
	pki_free(unknown);
	pki_free(alone);
	pki_free(weak);
	pki_free(under);
	pki_free(cut);
}

static unsigned int certreqs(const struct message *m, const uint8_t **x509, size_t *len)
{
	unsigned int i, n = 0;

	for (i = 0; i < m->n; i++) {
		if (m->pl[i].type != PL_CERTREQ)
			continue;
		n++;
		if (m->pl[i].body.p[0] == CERT_X509) {
			*x509 = m->pl[i].body.p + 1;
			*len = m->pl[i].body.len - 1;
		}
	}
	return n;
}

/* RFC7670: CERTREQ for raw keys is empty; RFC 7296 section 3.7: hashes of authorities */
static void requests(void **state)
{
	const uint8_t (*want)[20], *x509 = NULL;
	uint8_t sha1[2][20], detail;
	struct world *w = auth_world(NULL, NULL);
	struct message *m = malloc(sizeof(*m));
	size_t len = 99;

	assert_non_null(m);
	for (unsigned int n = 0; n < 3; n++) {
		memset(sha1, 7, sizeof(sha1));
		want = (const uint8_t (*)[20])sha1;
		assert_true(ike_set_authorities(w->b.ike, want, n));
		w->n_first = 0;
		start(&w->a, &w->b, (uint16_t)(1000 + n));
		deliver(w);
		if (n) {
			/* the IKE SA is there */
			ike_close(w->a.ike, w->now, NULL);
			pass(w, 20000);
			w->n_first = 0;
			start(&w->a, &w->b, (uint16_t)(1000 + n));
			deliver(w);
		}
		assert_int_equal(message_parse(m, w->first[1].data, w->first[1].len, &detail),
				 PARSE_OK);
		assert_int_equal(certreqs(m, &x509, &len), 2);
		assert_int_equal(len, n * 20);
		assert_memory_equal(x509, sha1, len);
	}
	free(m);
	world_free(w);
}

/* Who asks for raw keys alone gets one, also of an end with a certificate. */
static void honoured(void **state)
{
	struct ike_config c = config_of(leaf[PKI_P256], true);
	struct world *w;

	for (unsigned int i = 0; i < 2; i++) {
		w = with(&c, i);
		mischief[i].no_x509_request = true;
		auth_good(w);
		assert_int_equal(peer_of(prover(w, i))->chain, 0);
		assert_int_equal(peer_of(prover(w, i))->peer_spki_len, key_of(w, prover(w, i)).len);
		world_free(w);
	}
}

/* A chain has an end. */
static void bounds(void **state)
{
	struct pki *p = pki_make(&(struct pki_say){ .key = PKI_ED25519 }, NULL);
	uint8_t certs[6000];
	struct ike_config c = config_of(p, true);
	struct world *w;

	c.cert = certs;
	for (unsigned int n = 0; n <= IKE_CHAIN_MAX; n++)
		memcpy(certs + n * p->len, p->der, p->len);
	for (unsigned int i = 0; i < 2; i++) {
		c.cert_len = IKE_CHAIN_MAX * p->len;
		w = with(&c, i);
		auth_good(w);
		assert_int_equal(peer_of(prover(w, i))->chain, IKE_CHAIN_MAX);
		world_free(w);
		c.cert_len += p->len;
		w = with(&c, i);
		auth_bad(w, peer_of(prover(w, i)));
	}
	pki_free(p);
}

/* Signatures cost: none is looked at before the MAC of the message is right. */
static void mac_first(void **state)
{
	struct ike_config c = config_of(leaf[PKI_RSA2048], true);
	struct world *w = auth_world(&c, NULL);
	struct packet *p;

	w->b.anchors = anchors;
	start(&w->a, &w->b, 0);
	deliver_one(w);
	deliver_one(w);
	p = &w->q[w->head % QUEUE_MAX];
	for (unsigned int i = 0; i < 200; i++) {
		const size_t at_octet = IKE_HDR_LEN + 4 + i % (p->len - IKE_HDR_LEN - 4);

		p->data[at_octet] ^= 0x40;
		ike_input(w->b.ike, w->now, &p->to, &p->from, p->data, p->len);
		p->data[at_octet] ^= 0x40;
	}
	assert_int_equal(verifications, 0);
	assert_int_equal(w->b.chain, 0);
	assert_int_equal(ike_stats(w->b.ike)->drop_mac, 200);
	deliver(w);
	assert_int_equal(verifications, 2);
	assert_int_equal(w->a.last_error, IKE_OK);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(wrong_signatures),
		cmocka_unit_test(first_cert),
		cmocka_unit_test(raw_first),
		cmocka_unit_test(authority),
		cmocka_unit_test(no_authority),
		cmocka_unit_test(requests),
		cmocka_unit_test(honoured),
		cmocka_unit_test(bounds),
		cmocka_unit_test(mac_first),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
