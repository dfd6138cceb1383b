// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ends show each other in IKE_AUTH: ID, CERT and AUTH payloads (RFC 7296 sections
 * 2.15, 3.5 to 3.8; RFC 7427, RFC 7619, RFC 7670, RFC 5386).
 */
#include <stdlib.h>
#include <string.h>

#include "bond.h"
#include "cert.h"
#include "secret.h"

/* Kept for unique channel bindings; at most once each. */
static void proof_keep(struct handshake *hs, bool initiator, bool auth, struct chunk body)
{
	const unsigned int i = 2 * !initiator + auth;

	if (!hs->unique || hs->proof[i] || !body.len)
		return;
	hs->proof[i] = malloc(body.len);
	if (!hs->proof[i])
		return;
	memcpy(hs->proof[i], body.p, body.len);
	hs->proof_len[i] = body.len;
}

/* What the AUTH payload of that end speaks of; p is to be freed, NULL: no memory. */
static struct chunk proof_octets(const struct ike_sa *sa, bool initiator,
				 struct chunk id_body)
{
	const struct handshake *hs = sa->hs;
	const struct chunk init = initiator ? CHUNK(hs->init_req, hs->init_req_len) :
					      CHUNK(hs->init_resp, hs->init_resp_len);
	const struct chunk nonce = initiator ? CHUNK(hs->nr, hs->nr_len) :
					       CHUNK(hs->ni, hs->ni_len);
	uint8_t *buf = malloc(init.len + nonce.len + 3 * IKE_PRF_MAX + 4);
	size_t len;

	if (!buf)
		return CHUNK(NULL, 0);
	len = crypto_auth_octets(&sa->keys, initiator, buf, init, nonce, id_body);
	return CHUNK(buf, len + intermediate_auth(sa, buf + len));
}

/* AUTH of NULL authentication: what both ends share and nobody else knows. */
static size_t null_mac(const struct ike_sa *sa, bool initiator, struct chunk octets,
		       uint8_t out[IKE_PRF_MAX])
{
	const uint16_t prf = sa->keys.prf;

	return secret_mac(prf, CHUNK(initiator ? sa->keys.sk_pi : sa->keys.sk_pr,
				     crypto_prf_len(prf)), octets, out);
}

/* Without an owner that knows more, keys prove both ends. */
void proof_expect(const struct ike_sa *sa, const struct ike_identity *id,
		  struct ike_expect *e)
{
	memset(e, 0, sizeof(*e));
	e->own_auth = BTNS_AUTH_PUBKEY;
	if (sa->ike->ops.expect)
		sa->ike->ops.expect(sa->ike->ctx, &sa->peer, id, e);
}

/* --- this end ------------------------------------------------------------------------ */

void proof_note_hashes(struct ike_sa *sa, const struct message *m)
{
	struct notify n;
	size_t i;

	if (!message_notify(m, N_SIGNATURE_HASH_ALGORITHMS, &n))
		return;
	sa->hs->peer_hashes = HASHES_LISTED;
	for (i = 0; i + 1 < n.data.len; i += 2)
		if (!n.data.p[i] && n.data.p[i + 1] && n.data.p[i + 1] <= HASH_IDENTITY)
			sa->hs->peer_hashes |= HASH_BIT(n.data.p[i + 1]);
}

void proof_note_certreq(struct ike_sa *sa, const struct message *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++) {
		if (m->pl[i].type != PL_CERTREQ || !m->pl[i].body.len)
			continue;
		sa->hs->certreq_seen = true;
		sa->hs->certreq_x509 |= m->pl[i].body.p[0] == CERT_X509;
	}
}

void proof_put_certreq(const struct ike *ike, struct builder *b)
{
	build_certreq(b, CERT_RAW_PUBLIC_KEY);
	/* without authorities: whoever signed it, there is a key in it */
	if (ike->certreq_len)
		build_payload(b, PL_CERTREQ, ike->certreq, ike->certreq_len);
	else
		build_certreq(b, CERT_X509);
}

const char *proof_make(struct ike_sa *sa, bool initiator, const struct ike_expect *known,
		       struct proof *p)
{
	const struct ike *ike = sa->ike;
	uint8_t body[4 + BTNS_ID_MAX] = { 0 };
	struct ike_identity id;
	struct chunk octets;
	const char *why = NULL;

	sa->own_method = known->own_auth == BTNS_AUTH_PSK ? AUTH_PSK :
			 known->own_auth == BTNS_AUTH_NULL ? AUTH_NULL : AUTH_SIGNATURE;
	if (known->own_auth == BTNS_AUTH_PSK && !known->secret)
		return "no secret is shared with that peer";
	if (sa->hs->ticket)
		/* as before; now the secret speaks for it (RFC 5723 section 4.3.3) */
		sa->own_method = sa->hs->ticket->of.own_method;
	sa_local_identity(sa, &id);
	body[0] = (uint8_t)id.id_type;
	memcpy(body + 4, id.id, id.id_len);
	octets = proof_octets(sa, initiator, CHUNK(body, 4 + id.id_len));
	if (!octets.p)
		return "out of memory";
	p->method = sa->own_method;
	if (sa->hs->ticket) {
		p->method = AUTH_PSK;
		p->len = resume_mac(sa, initiator, octets, p->auth);
		free((void *)octets.p);
		return NULL;
	}
	switch (sa->own_method) {
	case AUTH_PSK:
		p->len = secret_auth(known->secret, sa->keys.prf, octets, p->auth);
		if (!p->len)
			why = "the secret is out of reach";
		break;
	case AUTH_NULL:
		p->len = null_mac(sa, initiator, octets, p->auth);
		break;
	default:
		p->len = signer_auth(ike->signer, sa->hs->peer_hashes, octets, &p->method,
				     p->auth);
		sa->own_method = p->method;
		if (!p->len)
			why = "peer verifies no signatures of our key";
	}
	free((void *)octets.p);
	return why;
}

/* The key that verifies AUTH comes first (RFC 7296 section 3.6, RFC5386/20). */
static void put_certs(const struct ike_sa *sa, struct builder *b)
{
	const struct ike *ike = sa->ike;
	struct chunk rest = CHUNK(ike->config.cert, ike->config.cert_len), cert;

	if (!rest.len || (sa->hs->certreq_seen && !sa->hs->certreq_x509)) {
		build_cert(b, CERT_RAW_PUBLIC_KEY, signer_spki(ike->signer).p,
			   signer_spki(ike->signer).len);
		return;
	}
	while (cert_next(&rest, &cert))
		build_cert(b, CERT_X509, cert.p, cert.len);
}

void proof_put_id(struct ike_sa *sa, struct builder *b, bool initiator)
{
	struct ike_identity id;

	sa_local_identity(sa, &id);
	build_id(b, initiator ? PL_IDi : PL_IDr, (uint8_t)id.id_type, id.id, id.id_len);
	proof_keep(sa->hs, initiator, false, built_body(b));
	if (auth_signs(sa->own_method) && !sa->hs->ticket)
		put_certs(sa, b);
}

void proof_put_auth(struct ike_sa *sa, struct builder *b, bool initiator,
		    const struct proof *p)
{
	build_auth(b, p->method, p->auth, p->len);
	proof_keep(sa->hs, initiator, true, built_body(b));
}

/* --- the peer ------------------------------------------------------------------------ */

/* What a peer asserts, and what speaks for it. */
struct claim {
	uint16_t id_type;
	uint8_t method;
	struct chunk id, auth;
	bool has_cert;
	uint8_t spki[BTNS_SPKI_MAX];	/* of the first CERT, then of what verified AUTH */
	size_t spki_len;
	unsigned int n_certs;
	struct chunk cert[IKE_CHAIN_MAX];	/* X.509, that with the key first */
};

/* false: more than anybody needs. */
static bool take_certs(struct claim *c, const struct message *m)
{
	uint8_t encoding, *spki;
	struct chunk data;
	unsigned int i;
	size_t len;

	for (i = 0; i < m->n; i++) {
		if (m->pl[i].type != PL_CERT)
			continue;
		if (!cert_parse(&m->pl[i], &encoding, &data))
			return false;
		/* later certificates may be for other keys: the first one counts */
		if (!c->has_cert && !cert_spki(encoding, data, c->spki, &c->spki_len))
			return false;
		c->has_cert = true;
		if (encoding != CERT_X509)
			continue;
		if (c->n_certs == IKE_CHAIN_MAX || data.len > IKE_CERT_MAX)
			return false;
		c->cert[c->n_certs++] = data;
	}
	if (!c->n_certs)
		return true;
	/* behind a raw key there may be a certificate of it (RFC5386/21) */
	spki = malloc(BTNS_SPKI_MAX);
	if (!spki)
		return false;
	for (i = 0; i < c->n_certs; i++) {
		if (!cert_spki(CERT_X509, c->cert[i], spki, &len) || len != c->spki_len ||
		    memcmp(spki, c->spki, len))
			continue;
		data = c->cert[0];
		c->cert[0] = c->cert[i];
		c->cert[i] = data;
		break;
	}
	free(spki);
	if (i == c->n_certs)
		c->n_certs = 0;
	return true;
}

/* A signature by the key that came with it, else by one that was known beforehand. */
static bool check_signature(struct claim *c, const struct ike_expect *known,
			    struct chunk octets)
{
	unsigned int i;

	if (c->has_cert)
		return cert_verify(CHUNK(c->spki, c->spki_len), c->method, c->auth, octets);
	for (i = 0; i < known->n_keys; i++) {
		const struct chunk *key = &known->keys[i];

		if (key->len > sizeof(c->spki) ||
		    !cert_verify(*key, c->method, c->auth, octets))
			continue;
		memcpy(c->spki, key->p, key->len);
		c->spki_len = key->len;
		return true;
	}
	return false;
}

static bool check_null(const struct ike_sa *sa, bool initiator, const struct claim *c,
		       struct chunk octets)
{
	uint8_t want[IKE_PRF_MAX];
	const size_t len = null_mac(sa, initiator, octets, want);

	return c->auth.len == len && crypto_equal(want, c->auth.p, len);
}

static bool check_claim(const struct ike_sa *sa, bool initiator, struct claim *c,
			const struct ike_expect *known, struct chunk octets)
{
	if (auth_signs(c->method))
		return check_signature(c, known, octets);
	c->spki_len = 0;
	c->n_certs = 0;
	if (c->method == AUTH_PSK)
		return known->secret &&
		       secret_check(known->secret, sa->keys.prf, octets, c->auth);
	return c->method == AUTH_NULL && check_null(sa, initiator, c, octets);
}

/* The peer of the ticket, and nobody else; then it has proved what it had proved before. */
static bool check_resumed(struct ike_sa *sa, bool initiator, struct claim *c,
			  const struct message *m, struct chunk octets)
{
	const struct ticket *t = sa->hs->ticket;
	const struct chunk id = ticket_id(t), spki = ticket_spki(t);
	uint8_t want[IKE_PRF_MAX];
	const size_t len = resume_mac(sa, initiator, octets, want);

	/* RFC 5723 names no method: whatever number stands there */
	if (message_find(m, PL_CERT) || c->id_type != t->of.id_type ||
	    c->id.len != id.len || memcmp(c->id.p, id.p, id.len) || c->auth.len != len ||
	    !crypto_equal(want, c->auth.p, len))
		return false;
	memcpy(c->spki, spki.p, spki.len);
	c->spki_len = spki.len;
	c->method = t->of.auth_method;
	sa->peer_auth = t->of.peer_auth;
	return true;
}

static bool remember(struct ike_sa *sa, const struct claim *c)
{
	sa->peer_id = malloc(c->id.len + c->spki_len + 1);
	if (!sa->peer_id)
		return false;
	memcpy(sa->peer_id, c->id.p, c->id.len);
	memcpy(sa->peer_id + c->id.len, c->spki, c->spki_len);
	sa->id_type = c->id_type;
	sa->peer_id_len = (uint16_t)c->id.len;
	sa->spki_len = (uint16_t)c->spki_len;
	sa->auth_method = c->method;
	return true;
}

uint16_t proof_check(struct ike_sa *sa, const struct message *m, bool initiator,
		     struct ike_expect *known)
{
	const struct payload *id = message_find(m, initiator ? PL_IDi : PL_IDr);
	const struct payload *auth = message_find(m, PL_AUTH);
	struct ike *ike = sa->ike;
	struct ike_identity who = { 0 };
	struct chunk octets;
	struct claim *c;
	uint16_t why = N_AUTHENTICATION_FAILED;
	uint8_t secret[IKE_BOND_LEN];

	c = calloc(1, sizeof(*c));
	if (!c)
		return N_TEMPORARY_FAILURE;
	if (!id || !auth || !id_parse(id, &c->id_type, &c->id) ||
	    !auth_parse(auth, &c->method, &c->auth) || c->id.len > BTNS_ID_MAX) {
		why = N_INVALID_SYNTAX;
		goto out;
	}
	who.id_type = c->id_type;
	who.id = c->id.p;
	who.id_len = c->id.len;
	who.auth_method = c->method;
	proof_expect(sa, &who, known);
	if (initiator && !sa->hs->ticket && !ppk_request(sa, m, known, &c->auth)) {
		ike->stats.auth_failed++;
		goto out;
	}
	octets = proof_octets(sa, initiator, id->body);
	if (!octets.p ||
	    !(sa->hs->ticket ? check_resumed(sa, initiator, c, m, octets) :
			       take_certs(c, m) && check_claim(sa, initiator, c, known, octets)) ||
	    !remember(sa, c))
		ike->stats.auth_failed++;
	else
		why = 0;
	free((void *)octets.p);
	proof_keep(sa->hs, initiator, false, id->body);
	proof_keep(sa->hs, initiator, true, auth->body);
	if (why)
		goto out;
	/* what it costs to look at a chain is spent on holders of its key alone */
	sa_peer_identity(sa, &who);
	if (c->n_certs && ike->ops.vouch && ike->ops.vouch(ike->ctx, &who, c->cert, c->n_certs))
		sa->peer_auth = BTNS_AUTH_PKIX;
	sa_peer_identity(sa, &who);
	who.at = &sa->peer;
	who.natted = sa->natt_remote;
	who.bond = bond_check(sa, m, initiator, secret);
	who.secret = who.bond == IKE_BOND_PROVED ? secret : NULL;
	if (ike->ops.authorize(ike->ctx, &who)) {
		ike->stats.auth_refused++;
		why = N_AUTHENTICATION_FAILED;
	}
	crypto_wipe(secret, sizeof(secret));
out:
	free(c);
	return why;
}
