// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tickets: what the responder grants, sealed with a key of its own, and what the
 * initiator keeps of IKE SAs whose peer answers no more (RFC 5723 sections 4.1, 4.2, 6).
 *
 * A ticket is good for as long as an IKE SA lives, once, and only while both ends have the
 * credentials on which the authentication rested.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"
#include "secret.h"
#include "wire.h"

#define VERSION		1
#define KEY_ID		8
#define NONCE_LEN	crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN		crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_LIVES	6		/* longest lives of IKE SAs until the key changes */
#define KEPT		1024		/* tickets of peers that answer no more */

/* What is sealed; ID and SubjectPublicKeyInfo follow.  For nobody but this end. */
struct sealed {
	uint32_t version, size;
	struct resumed of;
};

_Static_assert(sizeof(((struct ticket_key *)0)->key) ==
	       crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key of the AEAD");
_Static_assert(sizeof(((struct ticket_key *)0)->id) == KEY_ID, "its name");

#define SEALED_MIN	(KEY_ID + NONCE_LEN + sizeof(struct sealed) + TAG_LEN)

static uint64_t wall(const struct ike *ike)
{
	return ike->ops.wall ? ike->ops.wall(ike->ctx) : ike->now / 1000 + 1;
}

struct tickets *tickets_new(void)
{
	return calloc(1, sizeof(struct tickets));
}

void ticket_free(struct ticket **p)
{
	struct ticket *t = *p;

	*p = NULL;
	if (!t)
		return;
	crypto_wipe(t, sizeof(*t));
	free(t);
}

void tickets_free(struct tickets **p)
{
	struct tickets *all = *p;

	*p = NULL;
	if (!all)
		return;
	while (all->kept) {
		struct ticket *t = all->kept;

		all->kept = t->next;
		ticket_free(&t);
	}
	crypto_wipe(all, sizeof(*all));
	free(all);
}

/* --- on what it rests ---------------------------------------------------------------- */

/*
 * Our key and ID, how we prove ourselves to that peer, the secrets that it shares with us,
 * and the authorities: if any of that changes, a ticket or a record is no proof any more.
 */
void ticket_creds(const struct ike *ike, const struct ike_addr *at,
		  const struct ike_identity *peer, uint8_t own_method, uint8_t out[32])
{
	const struct chunk spki = signer_spki(ike->signer);
	struct ike_expect e = { .own_auth = BTNS_AUTH_PUBKEY };
	uint8_t head[32] = { 0 };
	struct chunk parts[7];

	if (ike->ops.expect)
		ike->ops.expect(ike->ctx, at, peer, &e);
	parts[3] = secret_print(e.secret);
	parts[4] = secret_print(e.ppk);
	head[0] = own_method;
	head[1] = e.own_auth;
	head[2] = peer->auth_method;
	head[3] = e.ppk_required;
	put16(head + 4, ike->config.id_type);
	put32(head + 6, (uint32_t)ike->config.id_len);
	put32(head + 10, (uint32_t)parts[3].len);
	put32(head + 14, (uint32_t)parts[4].len);
	put32(head + 18, (uint32_t)e.ppk_id_len);
	put32(head + 22, (uint32_t)ike->certreq_len);
	put32(head + 26, (uint32_t)spki.len);
	parts[0] = CHUNK(head, sizeof(head));
	parts[1] = spki;
	parts[2] = CHUNK(ike->config.id, ike->config.id_len);
	parts[5] = CHUNK(e.ppk_id, e.ppk_id_len);
	parts[6] = CHUNK(ike->certreq, ike->certreq_len);
	crypto_sha256(out, parts, 7);
}

bool ticket_creds_known(const struct ike_sa *sa)
{
	return sa->peer_auth != BTNS_AUTH_PKIX || sa->ike->certreq_len;
}

/* Nobody vouches for who proved nothing. */
static bool worth_one(const struct ike_sa *sa)
{
	return sa->auth_method != AUTH_NULL && sa->own_method != AUTH_NULL &&
	       ticket_creds_known(sa);
}

static void identity_of(const struct ticket *t, struct ike_identity *id)
{
	memset(id, 0, sizeof(*id));
	id->id_type = t->of.id_type;
	id->id = t->data;
	id->id_len = t->of.id_len;
	id->spki = t->of.spki_len ? ticket_spki(t).p : NULL;
	id->spki_len = t->of.spki_len;
	id->auth_method = t->of.auth_method;
	id->auth = t->of.peer_auth;
}

static bool still_good(const struct ike *ike, const struct ike_addr *at, const struct ticket *t)
{
	const struct resumed *of = &t->of;
	struct ike_keys k = { .encr = of->encr, .encr_bits = of->encr_bits, .integ = of->integ,
			      .prf = of->prf, .group = of->group };
	struct ike_identity peer;
	uint8_t creds[32];

	identity_of(t, &peer);
	ticket_creds(ike, at, &peer, of->own_method, creds);
	return wall(ike) < of->expires && offers_have(ike, &k) &&
	       crypto_equal(creds, of->creds, sizeof(creds));
}

static void fill(struct resumed *r, const struct ike_sa *sa, const struct ike_identity *peer,
		 uint64_t expires)
{
	r->expires = expires;
	r->encr = sa->keys.encr;
	r->encr_bits = sa->keys.encr_bits;
	r->integ = sa->keys.integ;
	r->prf = sa->keys.prf;
	r->group = sa->keys.group;
	r->id_type = peer->id_type;
	r->id_len = (uint16_t)peer->id_len;
	r->spki_len = (uint16_t)peer->spki_len;
	r->auth_method = peer->auth_method;
	r->peer_auth = peer->auth;
	r->own_method = sa->own_method;
	r->initiator = sa->initiator;
	memcpy(r->spi, sa->initiator ? sa->spi_i : sa->spi_r, 8);
	memcpy(r->sk_d, sa->keys.sk_d, sizeof(r->sk_d));
	ticket_creds(sa->ike, &sa->peer, peer, sa->own_method, r->creds);
}

/* The octets of an identity. */
static void put_identity(uint8_t *to, const struct ike_identity *peer)
{
	memcpy(to, peer->id, peer->id_len);
	if (peer->spki_len)
		memcpy(to + peer->id_len, peer->spki, peer->spki_len);
}

/* --- responder ----------------------------------------------------------------------- */

static uint64_t ticket_life(const struct ike *ike)
{
	return ike->config.ike_lifetime / 1000 ? ike->config.ike_lifetime / 1000 : 1;
}

static struct ticket_key *key_now(struct ike *ike)
{
	struct ticket_key *k = ike->tickets->key;
	const uint64_t now = wall(ike);

	if (k->made && now >= k->made && now - k->made < KEY_LIVES * ticket_life(ike))
		return k;
	k[1] = k[0];
	k->made = now;
	ike->ops.random(ike->ctx, k->id, sizeof(k->id));
	ike->ops.random(ike->ctx, k->key, sizeof(k->key));
	if (ike->ops.ticket_keys)
		ike->ops.ticket_keys(ike->ctx, (const uint8_t *)k, sizeof(ike->tickets->key));
	return k;
}

bool ike_set_ticket_keys(struct ike *ike, const uint8_t *keys, size_t len)
{
	if (!ike->tickets || len != sizeof(ike->tickets->key))
		return false;
	memcpy(ike->tickets->key, keys, len);
	return true;
}

void ticket_spend(struct ike *ike, const uint8_t id[TICKET_ID])
{
	struct tickets *all = ike->tickets;

	if (all)
		memcpy(all->spent[all->n_spent++ % TICKETS_SPENT], id, TICKET_ID);
}

static bool is_spent(const struct tickets *all, const uint8_t id[TICKET_ID])
{
	const unsigned int n = all->n_spent < TICKETS_SPENT ? all->n_spent : TICKETS_SPENT;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!memcmp(all->spent[i], id, TICKET_ID))
			return true;
	return false;
}

/* Gives the length, 0: none. */
static size_t seal(struct ike_sa *sa, uint8_t out[TICKET_MAX])
{
	uint8_t plain[TICKET_MAX], *nonce = out + KEY_ID;
	const struct ticket_key *k;
	struct ike_identity peer;
	struct sealed s;
	unsigned long long len;
	size_t n;

	sa_peer_identity(sa, &peer);
	n = sizeof(s) + peer.id_len + peer.spki_len;
	if (!worth_one(sa) || KEY_ID + NONCE_LEN + n + TAG_LEN > TICKET_MAX)
		return 0;
	memset(&s, 0, sizeof(s));
	s.version = VERSION;
	s.size = sizeof(s);
	fill(&s.of, sa, &peer, wall(sa->ike) + ticket_life(sa->ike));
	memcpy(plain, &s, sizeof(s));
	put_identity(plain + sizeof(s), &peer);
	k = key_now(sa->ike);
	memcpy(out, k->id, KEY_ID);
	sa->ike->ops.random(sa->ike->ctx, nonce, NONCE_LEN);
	crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_LEN, &len, plain, n, out, KEY_ID,
						   NULL, nonce, k->key);
	crypto_wipe(plain, sizeof(plain));
	crypto_wipe(&s, sizeof(s));
	return KEY_ID + NONCE_LEN + (size_t)len;
}

void ticket_in(struct ike_sa *sa, const struct message *m, struct builder *b)
{
	uint8_t data[4 + TICKET_MAX];
	struct notify n;
	size_t len;

	if (!sa->ike->tickets || !message_notify(m, N_TICKET_REQUEST, &n))
		return;
	len = seal(sa, data + 4);
	if (!len) {
		sa->ike->stats.tickets_refused++;
		build_notify(b, 0, N_TICKET_NACK, NULL, 0, NULL, 0);
		return;
	}
	sa->ike->stats.tickets_granted++;
	/* of several the last one counts */
	if (sa->ticketed)
		ticket_spend(sa->ike, sa->ticket_id);
	sa->ticketed = true;
	memcpy(sa->ticket_id, data + 4 + KEY_ID, TICKET_ID);
	put32(data, (uint32_t)ticket_life(sa->ike));
	build_notify(b, 0, N_TICKET_LT_OPAQUE, NULL, 0, data, 4 + len);
}

static struct ticket *unpack(const uint8_t *plain, size_t len)
{
	struct ticket *t;
	struct sealed s;

	memcpy(&s, plain, sizeof(s));
	if (s.version != VERSION || s.size != sizeof(s) ||
	    len != sizeof(s) + s.of.id_len + s.of.spki_len)
		return NULL;
	t = calloc(1, sizeof(*t) + len - sizeof(s));
	if (t) {
		t->of = s.of;
		memcpy(t->data, plain + sizeof(s), len - sizeof(s));
	}
	crypto_wipe(&s, sizeof(s));
	return t;
}

struct ticket *ticket_open(struct ike *ike, const struct ike_addr *peer, struct chunk opaque)
{
	const uint8_t *nonce = opaque.p + KEY_ID;
	uint8_t plain[TICKET_MAX];
	struct ticket *t = NULL;
	unsigned long long len;
	unsigned int i;

	if (!ike->tickets || opaque.len < SEALED_MIN || opaque.len > TICKET_MAX ||
	    is_spent(ike->tickets, nonce))
		return NULL;
	for (i = 0; i < 2 && !t; i++) {
		const struct ticket_key *k = &ike->tickets->key[i];

		if (!k->made || memcmp(k->id, opaque.p, KEY_ID) ||
		    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &len, NULL,
				nonce + NONCE_LEN, opaque.len - KEY_ID - NONCE_LEN, opaque.p,
				KEY_ID, nonce, k->key))
			continue;
		t = unpack(plain, (size_t)len);
		crypto_wipe(plain, sizeof(plain));
	}
	if (!t)
		return NULL;
	memcpy(t->id, nonce, TICKET_ID);
	if (!still_good(ike, peer, t))
		ticket_free(&t);
	return t;
}

/* --- initiator ----------------------------------------------------------------------- */

void ticket_ask(struct ike_sa *sa, struct builder *b)
{
	if (!sa->ike->tickets)
		return;
	sa->ticket_asked = true;
	build_notify(b, 0, N_TICKET_REQUEST, NULL, 0, NULL, 0);
}

void ticket_start(struct ike_sa *sa)
{
	struct builder b;

	if (sa->rekeyed)
		return;
	begin_request(sa, &b, EXCH_INFORMATIONAL);
	ticket_ask(sa, &b);
	finish_request(sa, &b);
}

void ticket_answered(struct ike_sa *sa, const struct message *m)
{
	struct ike_identity peer;
	struct ticket *t;
	struct notify n;
	size_t len;

	if (!sa->ticket_asked)
		return;
	sa->ticket_asked = false;
	if (message_notify(m, N_TICKET_ACK, &n)) {
		/* not in that message: once in one of its own, and after each rekey */
		if (!sa->tickets)
			job_add(sa, JOB_TICKET, 0, NULL, 0);
		sa->tickets = true;
		return;
	}
	if (!message_notify(m, N_TICKET_LT_OPAQUE, &n) || n.data.len < 5 ||
	    n.data.len - 4 > TICKET_MAX || !worth_one(sa))
		return;
	sa->tickets = true;
	sa_peer_identity(sa, &peer);
	len = n.data.len - 4;
	t = calloc(1, sizeof(*t) + peer.id_len + peer.spki_len + len);
	if (!t)
		return;
	t->peer = sa->peer;
	fill(&t->of, sa, &peer, wall(sa->ike) + get32(n.data.p));
	put_identity(t->data, &peer);
	memcpy(t->data + peer.id_len + peer.spki_len, n.data.p + 4, len);
	t->len = len;
	ticket_free(&sa->ticket);
	sa->ticket = t;
	sa->ike->stats.tickets_got++;
}

static void keep(struct ike *ike, struct ticket *t)
{
	struct ticket **p;

	t->next = ike->tickets->kept;
	ike->tickets->kept = t;
	if (ike->stats.tickets++ < KEPT)
		return;
	for (p = &t->next; (*p)->next; p = &(*p)->next)
		;
	ticket_free(p);
	ike->stats.tickets--;
}

struct ticket *ticket_take(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct ticket **p, *t;

	if (!ike->tickets)
		return NULL;
	for (p = &ike->tickets->kept; (t = *p);) {
		if (!ike_same_ip(&t->peer, &sa->peer)) {
			p = &t->next;
			continue;
		}
		*p = t->next;
		t->next = NULL;
		ike->stats.tickets--;
		if (still_good(ike, &sa->peer, t))
			return t;
		ticket_free(&t);
	}
	return NULL;
}

void ticket_leave(struct ike_sa *sa, bool unanswered)
{
	struct ticket *t = sa->ticket;

	sa->ticket = NULL;
	if (t && unanswered && sa->ike->tickets) {
		t->peer = sa->peer;
		keep(sa->ike, t);
	} else {
		ticket_free(&t);
	}
	if (sa->ticketed && !unanswered)
		ticket_spend(sa->ike, sa->ticket_id);
	sa->ticketed = false;
}
