/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codec's fuzz target and its seeds. */
#ifndef BTNS_FUZZ_H
#define BTNS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_SEED_MAX 2048

/*
 * First octet of an input: 0 a message as it comes from the network; 1 what SK
 * holds, the second octet being the type of its first payload; 2 and above a
 * CERT payload with that encoding.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Seed number i, 0: no more.  out: FUZZ_SEED_MAX octets. */
size_t fuzz_seed(unsigned int i, uint8_t *out);

#endif /* BTNS_FUZZ_H */
