/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to a message between its making and its encryption: what a peer with valid
 * keys and a bad mind could send.
 */
#ifndef BTNS_FUZZ_EDIT_H
#define BTNS_FUZZ_EDIT_H

#include "fuzz.h"
#include "ike/sa.h"

#define EDITS_MAX	8
#define EDIT_OCTETS	96

struct edit {
	uint8_t what, at, to;
	uint16_t offset;
	uint8_t len, octets[EDIT_OCTETS];
};

struct edits {
	unsigned int n, skip;		/* messages that go unchanged before */
	struct edit edit[EDITS_MAX];
};

/* SPIs of Child SAs, for edits that name one. */
struct spis {
	unsigned int n;
	uint32_t spi[8];
};

/* Read them from the input. */
void edits_read(struct edits *e, struct fuzz_in *in);
/* text_at: first octet of the chain in b->buf; *first: the type of its first payload. */
void edits_apply(struct edits *e, struct builder *b, size_t text_at, uint8_t *first,
		 const struct spis *spis);
/* Bodies of payloads of earlier messages are forgotten. */
void edits_forget(void);

#endif /* BTNS_FUZZ_EDIT_H */
