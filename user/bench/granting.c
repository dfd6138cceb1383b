// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "bench/granting.h"
#include "ike/crypto.h"

int granting_authorize(void *ctx, const struct ike_identity *peer)
{
	return 0;
}

int granting_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *g)
{
	memset(g, 0, sizeof(*g));
	g->mode = q->mode;
	g->local_ts = q->local_ts[0];
	g->remote_ts = q->remote_ts[0];
	return 0;
}

int granting_install(void *ctx, const struct ike_child_sa *c)
{
	return 0;
}

int granting_switch(void *ctx, uint32_t spi, const struct ike_addr *local)
{
	return 0;
}

void granting_delete(void *ctx, uint32_t spi, const struct ike_addr *local)
{
}

void granting_random(void *ctx, void *buf, size_t len)
{
	crypto_random(buf, len);
}
