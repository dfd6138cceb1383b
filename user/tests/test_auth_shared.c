// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH by shared keys (RFC 7296 section 2.15) and without authentication (RFC 7619). */
#include "auth_world.h"

#include <gnutls/crypto.h>

static void secret(struct end *e, const void *p, size_t len)
{
	e->known.own_auth = BTNS_AUTH_PSK;
	e->known.secret = secret_of(SECRET_PSK, p, len);
}

static void anonymous(struct end *e)
{
	e->known.own_auth = BTNS_AUTH_NULL;
}

/* IKE/34: ASCII of 64 octets and more, binary with zeros */
static void psk(void **state)
{
	uint8_t binary[IKE_SECRET_MAX] = { 0, 1, 0 };
	const char *ascii = "correct horse battery staple correct horse battery staple "
			    "correct horse battery staple";
	struct world *w = auth_world(NULL, NULL);

	secret(&w->a, ascii, strlen(ascii));
	secret(&w->b, ascii, strlen(ascii));
	w->a.wants = w->b.wants = BTNS_AUTH_PSK;
	auth_good(w);
	auth_told(&w->a, AUTH_PSK, AUTH_PSK);
	auth_told(&w->b, AUTH_PSK, AUTH_PSK);
	/* the ID that is proved is the one that is told */
	assert_int_equal(w->b.peer_id_type, BTNS_ID_KEY_ID);
	assert_int_equal(w->b.peer_id_len, 32);
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	settle(w);
	start(&w->b, &w->a, 99);
	deliver(w);
	auth_told(&w->a, AUTH_PSK, AUTH_PSK);
	auth_told(&w->b, AUTH_PSK, AUTH_PSK);
	world_free(w);

	w = auth_world(NULL, NULL);
	secret(&w->a, binary, sizeof(binary));
	secret(&w->b, binary, sizeof(binary));
	auth_good(w);
	world_free(w);
}

/* IKE/32: another secret, none, part of it; whoever has it wrong, the other end refuses */
static void psk_wrong(void **state)
{
	const struct { const char *a, *b; size_t a_len, b_len; } v[] = {
		{ "secret", "Secret", 6, 6 }, { "secret", "secret", 6, 5 },
		{ "secret", "secret\n", 6, 7 }, { "secret", NULL, 6, 0 },
	};
	static const struct mischief wrong[] = {
		{ .flip = 0x80 }, { .short_auth = true }, { .method = AUTH_NULL },
		{ .method = AUTH_SIGNATURE },
	};
	struct world *w;
	unsigned int i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++) {
		w = auth_world(NULL, NULL);
		secret(&w->a, v[i].a, v[i].a_len);
		secret(&w->b, v[i].b, v[i].b_len);
		auth_bad(w, &w->b);
		/* none at all: nothing is sent, nothing can be guessed from */
		w = auth_world(NULL, NULL);
		secret(&w->a, v[i].b, v[i].b_len);
		secret(&w->b, v[i].a, v[i].a_len);
		auth_bad(w, v[i].b ? &w->b : &w->a);
	}
	for (i = 0; i < 2 * sizeof(wrong) / sizeof(*wrong); i++) {
		w = auth_world(NULL, NULL);
		secret(&w->a, "secret", 6);
		secret(&w->b, "secret", 6);
		mischief[i & 1] = wrong[i / 2];
		auth_bad(w, i & 1 ? &w->a : &w->b);
	}
	/* the right secret where the PAD asks for a key, and the other way round */
	for (i = 0; i < 4; i++) {
		w = auth_world(NULL, NULL);
		if (i & 1) {
			secret(&w->a, "secret", 6);
			secret(&w->b, "secret", 6);
		}
		w->b.wants = i & 1 ? BTNS_AUTH_PUBKEY : BTNS_AUTH_PSK;
		if (i & 2) {
			w->a.wants = w->b.wants;
			w->b.wants = BTNS_AUTH_NONE;
		}
		auth_bad(w, i & 2 ? &w->a : &w->b);
	}
}

/* RFC 7619: both ways, and the server alone proves itself */
static void null_authentication(void **state)
{
	struct world *w = auth_world(NULL, NULL);

	anonymous(&w->a);
	anonymous(&w->b);
	w->a.wants = w->b.wants = BTNS_AUTH_NULL;
	auth_good(w);
	auth_told(&w->a, AUTH_NULL, AUTH_NULL);
	auth_told(&w->b, AUTH_NULL, AUTH_NULL);
	assert_int_equal(w->b.peer_id_len, 0);
	ike_rekey(w->a.ike, w->now, some_sa(&w->a));
	settle(w);
	start(&w->b, &w->a, 99);
	deliver(w);
	auth_told(&w->b, AUTH_NULL, AUTH_NULL);
	world_free(w);

	for (unsigned int i = 0; i < 2; i++) {
		struct end *client, *server;

		w = auth_world(NULL, NULL);
		client = i ? &w->a : &w->b;
		server = peer_of(client);
		anonymous(client);
		server->wants = BTNS_AUTH_NULL;
		client->wants = BTNS_AUTH_PUBKEY;
		auth_good(w);
		auth_told(client, AUTH_NULL, AUTH_SIGNATURE);
		auth_told(server, AUTH_SIGNATURE, AUTH_NULL);
		world_free(w);
		/* and where that is not allowed */
		w = auth_world(NULL, NULL);
		client = i ? &w->a : &w->b;
		anonymous(client);
		peer_of(client)->wants = BTNS_AUTH_PUBKEY;
		auth_bad(w, peer_of(client));
	}
}

/* Who proves nothing still has to be the one of IKE_SA_INIT. */
static void null_wrong(void **state)
{
	static const struct mischief wrong[] = {
		{ .flip = 1 }, { .short_auth = true }, { .method = AUTH_PSK },
		{ .method = AUTH_SIGNATURE },
	};

	for (unsigned int i = 0; i < 4 * sizeof(wrong) / sizeof(*wrong); i++) {
		struct world *w = auth_world(NULL, NULL);

		anonymous(&w->a);
		anonymous(&w->b);
		/* NULL authentication is no way around a secret, nor around its lack */
		if (i & 2)
			w->a.known.secret = w->b.known.secret =
				secret_of(SECRET_PSK, "secret", 6);
		mischief[i & 1] = wrong[i / 4];
		auth_bad(w, i & 1 ? &w->a : &w->b);
	}
}

/* Each end in its own way (RFC 7296 section 2.15 allows it). */
static void mixed(void **state)
{
	static const uint8_t method[] = { AUTH_SIGNATURE, AUTH_PSK, AUTH_NULL };

	for (unsigned int i = 0; i < 9; i++) {
		struct world *w = auth_world(NULL, NULL);
		const uint8_t ways[2] = { method[i % 3], method[i / 3] };
		struct end *ends[2] = { &w->a, &w->b };

		for (unsigned int e = 0; e < 2; e++) {
			secret(ends[e], "secret", 6);
			if (ways[e] == AUTH_SIGNATURE)
				ends[e]->known.own_auth = BTNS_AUTH_PUBKEY;
			if (ways[e] == AUTH_NULL)
				anonymous(ends[e]);
		}
		auth_good(w);
		auth_told(&w->a, ways[0], ways[1]);
		auth_told(&w->b, ways[1], ways[0]);
		world_free(w);
	}
}

static struct chunk part(struct message *m, const struct packet *p, uint8_t type)
{
	uint8_t detail;

	assert_int_equal(message_parse(m, p->data, p->len, &detail), PARSE_OK);
	assert_non_null(message_find(m, type));
	return message_find(m, type)->body;
}

static void hmac(gnutls_mac_algorithm_t mac, uint8_t *out, const void *key, size_t key_len,
		 const void *p, size_t len)
{
	assert_int_equal(gnutls_hmac_fast(mac, key, key_len, p, len, out), 0);
}

/*
 * IKE/34, RFC7619/1: the formula, computed here by another library from the recorded
 * messages.  Without authentication each direction has its own key.
 */
static void formula(void **state)
{
	struct message *m = malloc(sizeof(*m));

	assert_non_null(m);
	for (unsigned int null = 0; null < 2; null++) {
		struct world *w = auth_world(NULL, NULL);
		struct chunk ends[2], octets;
		const struct ike_keys *k;
		uint8_t text[8192], key[64], want[64], id[36] = { BTNS_ID_KEY_ID };
		gnutls_mac_algorithm_t mac;
		size_t len, prf;

		secret(&w->a, "secret", 6);
		secret(&w->b, "secret", 6);
		if (null) {
			anonymous(&w->a);
			anonymous(&w->b);
		}
		auth_keep(true);
		auth_good(w);
		auth_keep(false);
		k = &some_sa(&w->a)->keys;
		prf = crypto_prf_len(k->prf);
		mac = prf == 32 ? GNUTLS_MAC_SHA256 : prf == 48 ? GNUTLS_MAC_SHA384 :
		      GNUTLS_MAC_SHA512;
		for (unsigned int e = 0; e < 2; e++) {
			const struct packet *first = &w->first[e];
			const uint8_t *sk_p = e ? k->sk_pr : k->sk_pi;
			struct chunk spki;
			size_t id_len = null ? 4 : sizeof(id);

			memset(id, 0, sizeof(id));
			id[0] = null ? BTNS_ID_NULL : BTNS_ID_KEY_ID;
			spki.p = ike_spki(e ? w->b.ike : w->a.ike, &spki.len);
			if (!null)
				crypto_sha256(id + 4, &spki, 1);
			memcpy(text, first->data, first->len);
			len = first->len;
			octets = part(m, &w->first[!e], PL_NONCE);
			memcpy(text + len, octets.p, octets.len);
			len += octets.len;
			hmac(mac, text + len, sk_p, prf, id, id_len);
			len += prf;
			hmac(mac, key, null ? (const void *)sk_p : "secret", null ? prf : 6,
			     "Key Pad for IKEv2", 17);
			hmac(mac, want, key, prf, text, len);
			ends[e] = auth_kept(e);
			assert_int_equal(ends[e].len, prf);
			assert_memory_equal(ends[e].p, want, prf);
		}
		world_free(w);
	}
	free(m);
}

static unsigned int up(const struct end *e)
{
	return ike_stats(e->ike)->children;
}

/*
 * IKE/36, RFC7619/4: INITIAL_CONTACT ends older IKE SAs of the same proved ID; nobody who
 * proves nothing can end one.
 */
static void initial_contact(void **state)
{
	static const struct { bool null, other_id; unsigned int left; } v[] = {
		{ false, false, 1 }, { false, true, 2 }, { true, false, 2 },
	};

	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct ike_config c = { .initial_contact = true, .id_type = BTNS_ID_FQDN,
			.id = "a", .id_len = 1 };
		struct world *w = auth_world(&c, NULL);

		secret(&w->a, "secret", 6);
		secret(&w->b, "secret", 6);
		if (v[i].null) {
			anonymous(&w->a);
			anonymous(&w->b);
		}
		auth_good(w);
		assert_int_equal(up(&w->b), 1);
		/* a loses its memory, and perhaps is another one now */
		ike_free(&w->a.ike);
		w->a.n_sas = 0;
		c.id[0] = v[i].other_id ? 'b' : 'a';
		end_init(w, &w->a, 1, &c);
		start(&w->a, &w->b, 0);
		deliver(w);
		assert_int_equal(w->a.last_error, IKE_OK);
		assert_int_equal(ike_stats(w->b.ike)->initial_contacts, 2);
		assert_int_equal(up(&w->b), v[i].left);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(psk),
		cmocka_unit_test(psk_wrong),
		cmocka_unit_test(null_authentication),
		cmocka_unit_test(null_wrong),
		cmocka_unit_test(mixed),
		cmocka_unit_test(formula),
		cmocka_unit_test(initial_contact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
