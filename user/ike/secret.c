// SPDX-License-Identifier: GPL-2.0-or-later
/* Secrets that we share with peers: what is done with them. */
#include <stdlib.h>
#include <string.h>

#include "secret.h"

struct secret {
	enum secret_kind kind;
	uint8_t print[32];
	secret_ask_fn *ask;		/* NULL: here it is */
	void *arg;
	uint32_t id;
	size_t len;
	uint8_t octets[];
};

struct secret *secret_new(enum secret_kind kind, struct chunk octets)
{
	struct secret *s = calloc(1, sizeof(*s) + octets.len);
	const uint8_t first = (uint8_t)kind;
	struct chunk parts[2] = { CHUNK(&first, 1), octets };

	if (!s)
		return NULL;
	s->kind = kind;
	s->len = octets.len;
	memcpy(s->octets, octets.p, octets.len);
	crypto_sha256(s->print, parts, 2);
	return s;
}

struct secret *secret_new_remote(enum secret_kind kind, const uint8_t print[32],
				 secret_ask_fn *ask, void *arg, uint32_t id)
{
	struct secret *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->kind = kind;
	memcpy(s->print, print, sizeof(s->print));
	s->ask = ask;
	s->arg = arg;
	s->id = id;
	return s;
}

void secret_free(struct secret **p)
{
	struct secret *s = *p;

	*p = NULL;
	if (!s)
		return;
	crypto_wipe(s, sizeof(*s) + s->len);
	free(s);
}

struct chunk secret_print(const struct secret *s)
{
	return s ? CHUNK(s->print, sizeof(s->print)) : CHUNK(NULL, 0);
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a && b ? crypto_equal(a->print, b->print, sizeof(a->print)) : a == b;
}

size_t secret_mac(uint16_t prf, struct chunk secret, struct chunk octets, uint8_t out[IKE_PRF_MAX])
{
	const struct chunk pad = CHUNK("Key Pad for IKEv2", 17);
	uint8_t key[IKE_PRF_MAX];

	crypto_prf(prf, key, secret.p, secret.len, &pad, 1);
	crypto_prf(prf, out, key, crypto_prf_len(prf), &octets, 1);
	crypto_wipe(key, sizeof(key));
	return crypto_prf_len(prf);
}

static size_t mix(const struct secret *s, uint16_t prf, struct chunk octets, uint8_t *out)
{
	const size_t len = crypto_prf_len(prf);
	struct ike_keys k = { .prf = prf };
	uint8_t *const key[] = { k.sk_d, k.sk_pi, k.sk_pr };
	unsigned int i;
	bool good;

	if (octets.len != 3 * len)
		return 0;
	for (i = 0; i < 3; i++)
		memcpy(key[i], octets.p + i * len, len);
	good = crypto_ike_ppk(&k, s->octets, s->len);
	for (i = 0; good && i < 3; i++)
		memcpy(out + i * len, key[i], len);
	crypto_wipe(&k, sizeof(k));
	return good ? 3 * len : 0;
}

size_t secret_use(const struct secret *s, enum secret_use use, uint16_t prf,
		  struct chunk octets, struct chunk shown, uint8_t out[SECRET_OUT_MAX])
{
	uint8_t want[IKE_PRF_MAX];
	size_t len;

	/* what is a proof from one is a key from the other: no secret does both */
	if ((use == SECRET_MIX) != (s->kind == SECRET_PPK) || !crypto_prf_len(prf))
		return 0;
	if (s->ask)
		return s->ask(s->arg, s->id, use, prf, octets, shown, out);
	switch (use) {
	case SECRET_AUTH:
		return secret_mac(prf, CHUNK(s->octets, s->len), octets, out);
	case SECRET_CHECK:
		len = secret_mac(prf, CHUNK(s->octets, s->len), octets, want);
		len = shown.len == len && crypto_equal(want, shown.p, len);
		crypto_wipe(want, sizeof(want));
		return len;
	case SECRET_MIX:
		return mix(s, prf, octets, out);
	}
	return 0;
}

size_t secret_auth(const struct secret *s, uint16_t prf, struct chunk octets,
		   uint8_t out[IKE_PRF_MAX])
{
	uint8_t got[SECRET_OUT_MAX];
	const size_t len = secret_use(s, SECRET_AUTH, prf, octets, CHUNK(NULL, 0), got);

	if (len != crypto_prf_len(prf))
		return 0;
	memcpy(out, got, len);
	return len;
}

bool secret_check(const struct secret *s, uint16_t prf, struct chunk octets, struct chunk shown)
{
	uint8_t none[SECRET_OUT_MAX];

	return secret_use(s, SECRET_CHECK, prf, octets, shown, none) == 1;
}

bool secret_mix(const struct secret *s, struct ike_keys *k)
{
	const size_t len = crypto_prf_len(k->prf);
	uint8_t *const key[] = { k->sk_d, k->sk_pi, k->sk_pr };
	uint8_t in[SECRET_OUT_MAX], out[SECRET_OUT_MAX];
	unsigned int i;
	bool good;

	for (i = 0; i < 3; i++)
		memcpy(in + i * len, key[i], len);
	good = secret_use(s, SECRET_MIX, k->prf, CHUNK(in, 3 * len), CHUNK(NULL, 0), out) ==
	       3 * len && len;
	for (i = 0; good && i < 3; i++)
		memcpy(key[i], out + i * len, len);
	crypto_wipe(in, sizeof(in));
	crypto_wipe(out, sizeof(out));
	return good;
}
