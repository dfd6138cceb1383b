/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the public-key operations of one IKEv2 handshake cost on this machine. */
#ifndef BTNS_BENCH_PRIMITIVES_H
#define BTNS_BENCH_PRIMITIVES_H

/* Nanoseconds of CPU time, the median of several runs. */
struct bench_primitives {
	double dh_public;	/* X25519 with the base point */
	double dh_shared;	/* X25519 with the peer's value */
	double sign, verify;	/* Ed25519 over AUTH octets of the usual length */
	double handshake;	/* both sides: twice the sum of the above */
};

/* rounds: operations in a run.  Calls libsodium itself, no code of ours. */
struct bench_primitives bench_primitives(unsigned int rounds);

#endif /* BTNS_BENCH_PRIMITIVES_H */
