/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the public-key operations of one IKEv2 handshake cost on this machine. */
#ifndef BTNS_BENCH_PRIMITIVES_H
#define BTNS_BENCH_PRIMITIVES_H

/*
 * Both sides of `count` handshakes, by libsodium itself, no code of ours: two X25519
 * operations, one signature over as many octets as AUTH covers, one verification a side.
 */
void bench_primitives(unsigned int count);

#endif /* BTNS_BENCH_PRIMITIVES_H */
