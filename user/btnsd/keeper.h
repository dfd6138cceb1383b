/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that has the identity key, and one that does not. */
#ifndef BTNSD_KEEPER_H
#define BTNSD_KEEPER_H

#include <sys/types.h>

#include "../ike/signer.h"
#include "conf.h"

#define KEEPER_SPKI_MAX	1200
#define KEEPER_CERT_MAX	65536

struct keeper {
	int fd;			/* -1: none.  It ends when its keeper does. */
	pid_t pid;
};

/*
 * In the keeper: the key, and the certificate that goes with it if there is one.  NULL:
 * it was said why.  The daemon's main.c has it, a test its own.
 */
struct signer *keeper_load(const struct conf_daemon *conf, uint8_t *cert, size_t cap,
			   size_t *cert_len);

/* NULL: it was said why.  *k must live as long as the signer. */
struct signer *keeper_start(struct keeper *k, const struct conf_daemon *conf, uint8_t *cert,
			    size_t cap, size_t *cert_len);
void keeper_stop(struct keeper *k);

#endif /* BTNSD_KEEPER_H */
