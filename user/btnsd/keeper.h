/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that has the identity keys and shared secrets, and one that has not. */
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
	uint8_t print_key[32];			/* in the keeper: what prints of secrets hang on */
};

/* In the keeper: read it all.  false: it was said why.  The daemon's is in own_key.c. */
bool keeper_load(const struct conf_daemon *conf, struct keeper_keys *keys);

/* The configuration with secrets from there; in the daemon and, first, in the keeper. */
typedef struct conf *keeper_read_fn(void *arg, const struct conf_secrets *from,
				    char error[CONF_ERROR_MAX]);

/*
 * To be called before anything secret is read: the keeper reads the configuration, keys and
 * secrets.  If not KEEPER_GOOD, it was said why.  *k must live as long as signers and secrets.
 */
enum keeper_result { KEEPER_GOOD, KEEPER_FAILED, KEEPER_CONF };
enum keeper_result keeper_start(struct keeper *k, keeper_read_fn *read, void *arg,
				struct keeper_keys *keys);
void keeper_stop(struct keeper *k);

/* Secrets of what the keeper has read last: struct conf_secrets.  arg: struct keeper. */
const char *keeper_secret(void *arg, enum secret_kind kind, const char *path,
			  struct secret **secret);
/* It reads all secrets again, and keeps the older ones, too. */
bool keeper_read(struct keeper *k, char error[CONF_ERROR_MAX]);
/* Those read last are in use: older ones are wiped. */
void keeper_use(struct keeper *k);

#endif /* BTNSD_KEEPER_H */
