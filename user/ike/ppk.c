// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Postquantum preshared keys (RFC 8784): a secret that both ends have besides the key
 * exchange.  It goes into all keys but those of IKE_AUTH itself.
 */
#include <stdlib.h>
#include <string.h>

#include "sa.h"
#include "secret.h"

#define PPK_ID_FIXED	2
#define PLAIN_LEN	(3 * IKE_PRF_MAX)

/* --- IKE_SA_INIT ------------------------------------------------------------------- */

bool ppk_wanted(const struct ike_sa *sa)
{
	struct ike_expect e;

	if (!sa->ike->config.ppk)
		return false;
	if (!sa->initiator)
		return true;
	proof_expect(sa, NULL, &e);
	return e.ppk;
}

/* --- keys ---------------------------------------------------------------------------- */

static void copy_keys(uint8_t *to, const struct ike_keys *k)
{
	memcpy(to, k->sk_d, IKE_PRF_MAX);
	memcpy(to + IKE_PRF_MAX, k->sk_pi, IKE_PRF_MAX);
	memcpy(to + 2 * IKE_PRF_MAX, k->sk_pr, IKE_PRF_MAX);
}

void ppk_free(struct handshake *hs)
{
	if (!hs->plain)
		return;
	crypto_wipe(hs->plain, PLAIN_LEN);
	free(hs->plain);
	hs->plain = NULL;
}

/* From here on with the secret; the keys without it are kept. */
static bool mix(struct ike_sa *sa, const struct ike_expect *e)
{
	struct handshake *hs = sa->hs;

	hs->plain = malloc(PLAIN_LEN);
	if (!hs->plain)
		return false;
	copy_keys(hs->plain, &sa->keys);
	return secret_mix(e->ppk, &sa->keys);
}

static void unmix(struct ike_sa *sa)
{
	const uint8_t *plain = sa->hs->plain;

	memcpy(sa->keys.sk_d, plain, IKE_PRF_MAX);
	memcpy(sa->keys.sk_pi, plain + IKE_PRF_MAX, IKE_PRF_MAX);
	memcpy(sa->keys.sk_pr, plain + 2 * IKE_PRF_MAX, IKE_PRF_MAX);
	ppk_free(sa->hs);
}

/* --- initiator ----------------------------------------------------------------------- */

const char *ppk_begin(struct ike_sa *sa, const struct ike_expect *e, struct proof *without)
{
	const char *why = NULL;

	without->len = 0;
	if (!e->ppk)
		return NULL;
	sa->hs->ppk_required = e->ppk_required;
	if (!sa->hs->ppk)
		return e->ppk_required ? "peer uses no postquantum preshared keys" : NULL;
	if (!e->ppk_required)
		why = proof_make(sa, true, e, without);
	return why ? why : mix(sa, e) ? NULL : "the postquantum preshared key is out of reach";
}

void ppk_put(const struct ike_sa *sa, struct builder *b, const struct ike_expect *e,
	     const struct proof *without)
{
	uint8_t id[1 + IKE_PPK_ID_MAX] = { PPK_ID_FIXED };

	if (!sa->hs->plain)
		return;
	memcpy(id + 1, e->ppk_id, e->ppk_id_len);
	build_notify(b, 0, N_PPK_IDENTITY, NULL, 0, id, 1 + e->ppk_id_len);
	if (without->len)
		build_notify(b, 0, N_NO_PPK_AUTH, NULL, 0, without->auth, without->len);
}

bool ppk_answered(struct ike_sa *sa, const struct message *m)
{
	struct notify n;

	if (!sa->hs->plain || message_notify(m, N_PPK_IDENTITY, &n))
		return true;
	if (sa->hs->ppk_required)
		return false;
	unmix(sa);
	return true;
}

bool ppk_enough(const struct ike_sa *sa, const struct ike_expect *e)
{
	const uint8_t *plain = sa->hs->plain;
	struct ike_keys k;
	bool same;

	/* one that is resumed has the secret of before, and a ticket only if that still holds */
	if (!e->ppk || !e->ppk_required || sa->hs->ticket)
		return true;
	if (!plain)
		return false;
	k = sa->keys;
	memcpy(k.sk_d, plain, IKE_PRF_MAX);
	memcpy(k.sk_pi, plain + IKE_PRF_MAX, IKE_PRF_MAX);
	memcpy(k.sk_pr, plain + 2 * IKE_PRF_MAX, IKE_PRF_MAX);
	same = secret_mix(e->ppk, &k) &&
	       crypto_equal(k.sk_d, sa->keys.sk_d, sizeof(k.sk_d));
	crypto_wipe(&k, sizeof(k));
	return same;
}

/* --- responder ----------------------------------------------------------------------- */

/* Is it the name of the secret that we share with that peer? */
static bool known_id(const struct notify *n, const struct ike_expect *e)
{
	return e->ppk && n->data.len == 1 + e->ppk_id_len && n->data.p[0] == PPK_ID_FIXED &&
	       !memcmp(n->data.p + 1, e->ppk_id, e->ppk_id_len);
}

bool ppk_request(struct ike_sa *sa, const struct message *m, const struct ike_expect *e,
		 struct chunk *auth)
{
	struct notify n;

	if (!sa->hs->ppk || !message_notify(m, N_PPK_IDENTITY, &n))
		return !e->ppk || !e->ppk_required;
	if (known_id(&n, e))
		return mix(sa, e);
	if ((e->ppk && e->ppk_required) || !message_notify(m, N_NO_PPK_AUTH, &n))
		return false;
	*auth = n.data;
	return true;
}

void ppk_put_answer(const struct ike_sa *sa, struct builder *b)
{
	if (sa->hs->plain)
		build_notify(b, 0, N_PPK_IDENTITY, NULL, 0, NULL, 0);
}
