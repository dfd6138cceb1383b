// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bond between two ends: a secret that each IKE SA leaves and that proves, in the next
 * one, that it is still the same peer, whatever its key is.  Wire form and reasons:
 * Documentation/wire-formats.rst.
 *
 * Of two ends one asks, always the same, and counts what it asks for.  It has the secret
 * on stable storage before it asks, the other one before it answers: whatever is lost,
 * the one that asks has all that the other one may have.
 */
#include <stdlib.h>
#include <string.h>

#include "bond.h"
#include "cert.h"
#include "wire.h"

#define MAC	16		/* octets of a proof */
#define BODY	(4 + BTNS_ID_MAX)

static const char label[] = "shared secret for AutoVPN", pad[] = "Key Pad for AutoVPN";

/* A peer that proves itself by a key.  false: there is nothing to tie. */
static bool identity_of(const struct ike_sa *sa, struct ike_identity *peer)
{
	sa_peer_identity(sa, peer);
	return sa->bonds && peer->spki_len && sa->ike->ops.bond && sa->ike->ops.bonds;
}

/* The key of the lower number asks; 0: both ends have the same key. */
static int order(const struct ike_sa *sa, const struct ike_identity *peer)
{
	const struct chunk own = signer_spki(sa->ike->signer);
	const struct chunk other = CHUNK(peer->spki, peer->spki_len);
	uint8_t a[32], b[32];

	crypto_sha256(a, &own, 1);
	crypto_sha256(b, &other, 1);
	return memcmp(a, b, sizeof(a));
}

/* Its length differs from that of all nonces: no key of a Child SA is made like it. */
static void derive(const struct ike_sa *sa, uint8_t secret[IKE_BOND_LEN])
{
	const struct chunk seed = CHUNK(label, sizeof(label) - 1);

	crypto_prf_plus(sa->keys.prf, secret, IKE_BOND_LEN, sa->keys.sk_d,
			crypto_prf_len(sa->keys.prf), &seed, 1);
}

static bool tell(struct ike_sa *sa, const struct ike_identity *peer, enum ike_bond_step step,
		 uint32_t *number)
{
	uint8_t secret[IKE_BOND_LEN];
	bool done;

	derive(sa, secret);
	done = sa->ike->ops.bond(sa->ike->ctx, peer, step, number, secret);
	crypto_wipe(secret, sizeof(secret));
	return done;
}

/* --- a new one ----------------------------------------------------------------------- */

void bond_up(struct ike_sa *sa)
{
	struct ike_identity peer;

	/* a resumed IKE SA goes on with what there was */
	if (!sa->hs->ticket && auth_signs(sa->own_method) && identity_of(sa, &peer) &&
	    order(sa, &peer) < 0)
		job_add(sa, JOB_BOND, 0, NULL, 0);
}

void bond_start(struct ike_sa *sa)
{
	struct ike_identity peer;
	struct builder b;
	uint8_t data[4];
	uint32_t number;

	if (!identity_of(sa, &peer) || !tell(sa, &peer, IKE_BOND_OFFER, &number))
		return;
	put32(data, number);
	begin_request(sa, &b, EXCH_INFORMATIONAL);
	build_notify(&b, 0, N_AUTOVPN_SHARED_SECRET, NULL, 0, data, sizeof(data));
	sa->bond_asked = number;
	if (!finish_request(sa, &b))
		sa->bond_asked = 0;
}

void bond_answered(struct ike_sa *sa, const struct message *m)
{
	uint32_t number = sa->bond_asked;
	struct ike_identity peer;
	struct notify n;

	sa->bond_asked = 0;
	if (!number || !identity_of(sa, &peer) ||
	    !message_notify(m, N_AUTOVPN_SHARED_SECRET, &n) || n.data.len != 4 ||
	    get32(n.data.p) != number)
		return;
	if (tell(sa, &peer, IKE_BOND_AGREED, &number))
		sa->ike->stats.bonds_made++;
}

void bond_in(struct ike_sa *sa, const struct message *m, struct builder *b)
{
	struct ike_identity peer;
	struct notify n;
	uint32_t number;

	if (sa->state != SA_UP || !message_notify(m, N_AUTOVPN_SHARED_SECRET, &n) ||
	    n.data.len != 4 || !auth_signs(sa->own_method) || !identity_of(sa, &peer) ||
	    order(sa, &peer) <= 0)
		return;
	number = get32(n.data.p);
	if (!number || !tell(sa, &peer, IKE_BOND_TAKE, &number))
		return;
	sa->ike->stats.bonds_made++;
	build_notify(b, 0, N_AUTOVPN_SHARED_SECRET, NULL, 0, n.data.p, n.data.len);
}

/* --- proofs of old ones ------------------------------------------------------------------ */

/* What an end proves itself with: for this IKE_SA_INIT, this key and ID alone. */
static void prove(const struct ike_sa *sa, bool initiator, struct chunk spki, struct chunk id,
		  const uint8_t secret[IKE_BOND_LEN], uint8_t out[IKE_PRF_MAX])
{
	const struct handshake *hs = sa->hs;
	const struct chunk key_pad = CHUNK(pad, sizeof(pad) - 1);
	const struct chunk parts[] = {
		CHUNK(initiator ? "I" : "R", 1), CHUNK(hs->init_req, hs->init_req_len),
		CHUNK(hs->init_resp, hs->init_resp_len), spki, id,
	};
	const uint16_t prf = sa->keys.prf;
	uint8_t key[IKE_PRF_MAX];

	crypto_prf(prf, key, secret, IKE_BOND_LEN, &key_pad, 1);
	crypto_prf(prf, out, key, crypto_prf_len(prf), parts, sizeof(parts) / sizeof(parts[0]));
	crypto_wipe(key, sizeof(key));
}

void bond_put(struct ike_sa *sa, struct builder *b, bool initiator)
{
	uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN], body[BODY] = { 0 };
	uint8_t data[IKE_BONDS_MAX * MAC], mac[IKE_PRF_MAX];
	struct ike_identity peer = { 0 }, own;
	const struct ike *ike = sa->ike;
	unsigned int i, n;

	if (!sa->bonds || sa->hs->ticket || !auth_signs(sa->own_method))
		return;
	if (!initiator && !identity_of(sa, &peer))
		return;
	/* whoever begins has only an address to look for */
	n = ike->ops.bonds(ike->ctx, &sa->peer, initiator ? NULL : &peer, secret);
	sa_local_identity(sa, &own);
	body[0] = (uint8_t)own.id_type;
	memcpy(body + 4, own.id, own.id_len);
	for (i = 0; i < n; i++) {
		prove(sa, initiator, signer_spki(ike->signer), CHUNK(body, 4 + own.id_len),
		      secret[i], mac);
		memcpy(data + i * MAC, mac, MAC);
	}
	crypto_wipe(secret, sizeof(secret));
	if (n)
		build_notify(b, 0, N_AUTOVPN_CONTINUITY, NULL, 0, data, n * MAC);
}

/* Is the proof among them?  All are looked at. */
static bool among(const uint8_t mac[MAC], struct chunk proofs)
{
	bool found = false;
	size_t at;

	for (at = 0; at < proofs.len; at += MAC)
		found |= crypto_equal(mac, proofs.p + at, MAC);
	return found;
}

uint8_t bond_check(struct ike_sa *sa, const struct message *m, bool initiator,
		   uint8_t proved[IKE_BOND_LEN])
{
	const struct payload *id = message_find(m, initiator ? PL_IDi : PL_IDr);
	uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN], mac[IKE_PRF_MAX];
	const struct ike *ike = sa->ike;
	uint8_t result = IKE_BOND_UNPROVED;
	struct ike_identity peer;
	unsigned int i, n;
	struct notify p;

	sa_peer_identity(sa, &peer);
	if (sa->hs->ticket || !peer.spki_len)
		return IKE_BOND_UNASKED;
	if (!identity_of(sa, &peer))
		return IKE_BOND_FOREIGN;
	if (!message_notify(m, N_AUTOVPN_CONTINUITY, &p) || !p.data.len || p.data.len % MAC ||
	    p.data.len > IKE_BONDS_MAX * MAC)
		return IKE_BOND_UNPROVED;
	n = ike->ops.bonds(ike->ctx, &sa->peer, &peer, secret);
	for (i = 0; i < n && result == IKE_BOND_UNPROVED; i++) {
		prove(sa, initiator, CHUNK(peer.spki, peer.spki_len), id->body, secret[i], mac);
		if (!among(mac, p.data))
			continue;
		memcpy(proved, secret[i], IKE_BOND_LEN);
		sa->ike->stats.bonds_proved++;
		result = IKE_BOND_PROVED;
	}
	crypto_wipe(secret, sizeof(secret));
	crypto_wipe(mac, sizeof(mac));
	return result;
}
