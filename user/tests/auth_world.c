// SPDX-License-Identifier: GPL-2.0-or-later
/* Ends that prove themselves, and lie about it. */
#include "auth_world.h"

#include "ike/cert.h"
#include "wrap_notify.h"

struct mischief mischief[2];
unsigned int verifications;

static struct mischief now;		/* of the end that works */
static bool keeping;
static uint8_t kept[2][SIGNER_AUTH_MAX];
static size_t kept_len[2], n_kept;

void __real_build_cert(struct builder *b, uint8_t encoding, const void *data, size_t len);
void __wrap_build_cert(struct builder *b, uint8_t encoding, const void *data, size_t len);
void __real_build_certreq(struct builder *b, uint8_t encoding);
void __wrap_build_certreq(struct builder *b, uint8_t encoding);
void __real_build_auth(struct builder *b, uint8_t method, const void *data, size_t len);
void __wrap_build_auth(struct builder *b, uint8_t method, const void *data, size_t len);
bool __real_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets);
bool __wrap_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets);

void __wrap_build_cert(struct builder *b, uint8_t encoding, const void *data, size_t len)
{
	if (now.raw.len)
		__real_build_cert(b, CERT_RAW_PUBLIC_KEY, now.raw.p, now.raw.len);
	now.raw.len = 0;
	if (!now.no_cert)
		__real_build_cert(b, encoding, data, len);
}

void __wrap_build_certreq(struct builder *b, uint8_t encoding)
{
	if (encoding != CERT_X509 || !now.no_x509_request)
		__real_build_certreq(b, encoding);
}

void __wrap_build_auth(struct builder *b, uint8_t method, const void *data, size_t len)
{
	uint8_t changed[SIGNER_AUTH_MAX];

	if (keeping && n_kept < 2) {
		memcpy(kept[n_kept], data, len);
		kept_len[n_kept++] = len;
	}
	memcpy(changed, data, len);
	changed[len - 1] ^= now.flip;
	__real_build_auth(b, now.method ? now.method : method, changed, len - now.short_auth);
}

void __wrap_build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
			 size_t spi_len, const void *data, size_t len)
{
	if (type != N_SIGNATURE_HASH_ALGORITHMS || !now.no_hashes)
		__real_build_notify(b, proto, type, spi, spi_len, data, len);
}

bool __wrap_cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
			struct chunk octets)
{
	verifications++;
	return __real_cert_verify(spki, method, auth, octets);
}

void auth_keep(bool on)
{
	keeping = on;
	if (on)
		n_kept = 0;
}

struct chunk auth_kept(bool responder)
{
	assert_int_equal(n_kept, 2);
	return CHUNK(kept[responder], kept_len[responder]);
}

struct end *peer_of(struct end *e)
{
	return e == &e->w->a ? &e->w->b : &e->w->a;
}

struct ike_config config_of(const struct pki *key, bool x509)
{
	struct ike_config c = { .key = key->pkcs8, .key_len = key->pkcs8_len };

	if (x509) {
		c.cert = key->der;
		c.cert_len = key->len;
	}
	return c;
}

struct world *auth_world(const struct ike_config *a, const struct ike_config *b)
{
	static const struct ike_config none;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->now = 1000;
	end_init(w, &w->a, 1, a ? a : &none);
	end_init(w, &w->b, 2, b ? b : &none);
	w->a.known.own_auth = w->b.known.own_auth = BTNS_AUTH_PUBKEY;
	w->a.clock = w->b.clock = PKI_NOW;
	memset(mischief, 0, sizeof(mischief));
	memset(&now, 0, sizeof(now));
	verifications = 0;
	return w;
}

static void begin(struct world *w)
{
	now = mischief[0];
	start(&w->a, &w->b, 0);
}

void auth_deliver(struct world *w)
{
	while (w->head != w->tail) {
		now = mischief[at(w, &w->q[w->head % QUEUE_MAX].to) == &w->b];
		deliver_one(w);
	}
	memset(&now, 0, sizeof(now));
}

void auth_good(struct world *w)
{
	begin(w);
	auth_deliver(w);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_OK);
	assert_int_equal(w->a.n_sas, 1);
	assert_int_equal(w->a.ups + w->b.ups, 2);
	agree(&w->a, &w->b);
}

void auth_bad(struct world *w, struct end *victim)
{
	struct ike_stats was = *ike_stats(victim->ike);
	const struct ike_stats *s = ike_stats(victim->ike);

	begin(w);
	auth_deliver(w);
	assert_int_equal(w->a.done, 1);
	assert_int_equal(w->a.last_error, IKE_E_AUTH);
	assert_int_equal(victim->ups, 0);
	assert_int_equal(victim->installs, 0);
	if (s->auth_ok != was.auth_ok)
		fail_msg("accepted");
	pass(w, 60000);
	assert_int_equal(w->a.n_sas + w->b.n_sas, 0);
	assert_int_equal(ike_stats(w->a.ike)->sas + ike_stats(w->b.ike)->sas, 0);
	assert_int_equal(ike_stats(w->b.ike)->half_open, 0);
	world_free(w);
}

void auth_told(const struct end *e, uint8_t local_method, uint8_t peer_method)
{
	const struct ike_child_sa *c = &e->sas[e->n_sas - 1];

	assert_true(e->n_sas);
	assert_int_equal(c->local_id.auth_method, local_method);
	assert_int_equal(c->peer_id.auth_method, peer_method);
	/* a key only where it has signed */
	assert_int_equal(!!c->local_id.spki_len, local_method != AUTH_PSK &&
			 local_method != AUTH_NULL);
	assert_int_equal(!!c->peer_id.spki_len, peer_method != AUTH_PSK &&
			 peer_method != AUTH_NULL);
	assert_int_equal(c->local_id.id_type == BTNS_ID_NULL, local_method == AUTH_NULL);
	assert_int_equal(c->peer_id.id_type == BTNS_ID_NULL, peer_method == AUTH_NULL);
}
