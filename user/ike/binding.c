// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unique channel bindings (RFC 5056) of latches: Documentation/wire-formats.rst.
 *
 *	T	= SHA-256(L(SA_INIT request) L(SA_INIT response) L(IntAuth)
 *		  L(IDi) L(AUTHi) L(IDr) L(AUTHr))
 *	ES	= prf(SK_d, "IPsec unique channel binding v1" | 00 | T)
 *	value	= "ipsec-unique-v1:" | prf+(ES, "conn" | 00 | Nq | Np | protocol | mode |
 *		  L(chosen SA payload))
 */
#include <string.h>

#include "binding.h"
#include "message.h"
#include "wire.h"

static const char seed_label[] = "IPsec unique channel binding v1";
static const char value_label[] = "conn";
static const char prefix[] = "ipsec-unique-v1:";

void binding_transcript(uint8_t t[32], const struct chunk parts[BINDING_PARTS])
{
	struct chunk all[2 * BINDING_PARTS];
	uint8_t length[BINDING_PARTS][4];
	unsigned int i;

	for (i = 0; i < BINDING_PARTS; i++) {
		put32(length[i], (uint32_t)parts[i].len);
		all[2 * i] = CHUNK(length[i], 4);
		all[2 * i + 1] = parts[i];
	}
	crypto_sha256(t, all, 2 * BINDING_PARTS);
}

void binding_seed(uint16_t prf, uint8_t *es, const uint8_t *sk_d, const uint8_t t[32])
{
	/* the label's NUL is part of it */
	const struct chunk parts[] = { CHUNK(seed_label, sizeof(seed_label)), CHUNK(t, 32) };

	crypto_prf(prf, es, sk_d, crypto_prf_len(prf), parts, 2);
}

/* Numbers of wire-formats.rst; those of enum btns_mode are the kernel's. */
static uint8_t mode_number(uint8_t mode)
{
	switch (mode) {
	case BTNS_MODE_TRANSPORT:
		return 2;
	case BTNS_MODE_BEET:
		return 3;
	default:
		return 1;
	}
}

bool binding_make(uint8_t out[BTNS_BINDING_UNIQUE_LEN], uint16_t prf, const uint8_t *es,
		  const uint8_t nq[BINDING_NONCE], const uint8_t np[BINDING_NONCE],
		  uint8_t mode, struct chunk sa)
{
	const uint8_t kind[2] = { PROTO_ESP, mode_number(mode) };
	const size_t head = sizeof(prefix) - 1;
	uint8_t length[4];
	const struct chunk parts[] = {
		CHUNK(value_label, sizeof(value_label)), CHUNK(nq, BINDING_NONCE),
		CHUNK(np, BINDING_NONCE), CHUNK(kind, 2), CHUNK(length, 4), sa,
	};

	_Static_assert(sizeof(prefix) - 1 + 32 == BTNS_BINDING_UNIQUE_LEN, "48 octets");
	put32(length, (uint32_t)sa.len);
	memcpy(out, prefix, head);
	return crypto_prf_plus(prf, out + head, BTNS_BINDING_UNIQUE_LEN - head, es,
			       crypto_prf_len(prf), parts, 6);
}
