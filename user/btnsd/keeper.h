/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that has the identity keys, and one that does not. */
#ifndef BTNSD_KEEPER_H
#define BTNSD_KEEPER_H

#include <sys/types.h>

#include "../ike/signer.h"
#include "conf.h"

#define KEEPER_SPKI_MAX	1200
#define KEEPER_CERT_MAX	(IKE_CHAIN_MAX * IKE_CERT_MAX)

/* Our key, and the one that will follow it. */
enum { KEEPER_OWN, KEEPER_NEXT, KEEPER_KEYS };

struct keeper {
	int fd;			/* -1: none.  It ends when its keeper does. */
	pid_t pid;
	struct keeper_key {
		struct keeper *keeper;
		uint32_t which;
	} key[KEEPER_KEYS];
};

/* What the keeper has; what the daemon gets of it signs by asking the keeper. */
struct keeper_keys {
	struct signer *signer[KEEPER_KEYS];	/* the next one may be NULL */
	size_t cert_len;			/* certificate of our key; 0: none */
	uint8_t cert[KEEPER_CERT_MAX];
};

/* In the keeper: read it all.  false: it was said why.  The daemon's is in own_key.c. */
bool keeper_load(const struct conf_daemon *conf, struct keeper_keys *keys);

/* false: it was said why.  *k must live as long as the signers. */
bool keeper_start(struct keeper *k, const struct conf_daemon *conf, struct keeper_keys *keys);
void keeper_stop(struct keeper *k);

#endif /* BTNSD_KEEPER_H */
