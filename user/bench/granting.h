/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An owner of an engine who lets everybody in, grants what is asked and installs nothing. */
#ifndef BENCH_GRANTING_H
#define BENCH_GRANTING_H

#include "ike/ike.h"

int granting_authorize(void *ctx, const struct ike_identity *peer);
/* The first selectors that were asked for. */
int granting_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *g);
int granting_install(void *ctx, const struct ike_child_sa *c);
int granting_switch(void *ctx, uint32_t spi, const struct ike_addr *local);
void granting_delete(void *ctx, uint32_t spi, const struct ike_addr *local);
/* Random octets of the system. */
void granting_random(void *ctx, void *buf, size_t len);

/* All of them as members of struct ike_ops; what follows takes the place of some. */
#define GRANTING_OPS \
	.random = granting_random, .authorize = granting_authorize, \
	.narrow = granting_narrow, .child_install = granting_install, \
	.child_switch = granting_switch, .child_delete = granting_delete

#endif
