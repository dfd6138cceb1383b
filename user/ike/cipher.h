/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protection of SK payloads (RFC 7296 section 3.14): an AEAD (RFC 5282, RFC 7634), or
 * AES-CBC and HMAC.
 */
#ifndef BTNS_IKE_CIPHER_H
#define BTNS_IKE_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SK_KEY_MAX	36
#define SK_INTEG_MAX	64
#define SK_IV_MAX	16

/* Keys of one direction. */
struct sk_key {
	uint16_t encr, bits, integ;
	uint8_t e[SK_KEY_MAX];		/* an AEAD's salt at its end */
	uint8_t a[SK_INTEG_MAX];	/* AEAD: none */
};

/* Lengths in octets. */
struct sk_shape {
	uint8_t key, integ_key, iv, block, icv;
};

/* false: not one of ours. */
bool sk_shape(struct sk_shape *s, uint16_t encr, uint16_t bits, uint16_t integ);

/*
 * Encrypts len octets, a multiple of the block, that begin behind the IV; writes the IV
 * before and the ICV behind them.  n: a number that is never used twice with a key.
 * false: out of memory; text may be garbled or not.
 */
bool sk_seal(const struct sk_key *k, uint64_t n, const uint8_t *aad, size_t aad_len,
	     uint8_t *text, size_t len);
/* The counterpart; false: not authentic, or len is no multiple of the block. */
bool sk_open(const struct sk_key *k, const uint8_t *aad, size_t aad_len, uint8_t *text,
	     size_t len);

#endif /* BTNS_IKE_CIPHER_H */
