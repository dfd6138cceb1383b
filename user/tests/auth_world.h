/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two ends that prove themselves in different ways, and what can be done to a proof. */
#ifndef BTNS_TESTS_AUTH_WORLD_H
#define BTNS_TESTS_AUTH_WORLD_H

#include "engine_world.h"
#include "ike/pkix.h"
#include "ike/sa.h"
#include "pki.h"

/* What an end leaves out or changes while it works; all of it by wrapped functions. */
struct mischief {
	bool no_cert, no_hashes, no_x509_request;	/* says nothing of these */
	uint8_t flip;			/* of the last octet of AUTH */
	uint8_t method;			/* instead of the true one */
	bool short_auth;		/* one octet less */
	struct chunk raw;		/* key in a CERT before all others */
};

extern struct mischief mischief[2];	/* of end a, of end b */
extern unsigned int verifications;	/* calls of cert_verify() */

struct world *auth_world(const struct ike_config *a, const struct ike_config *b);
/* Deliver with mischief, until nothing is under way. */
void auth_deliver(struct world *w);
/* a begins, both are content; the world is handed on. */
void auth_good(struct world *w);
/* a begins, the end victim refuses; nothing is left of it, and the world is freed. */
void auth_bad(struct world *w, struct end *victim);
/* Both directions of the SA pair say the same of who proved what. */
void auth_told(const struct end *e, uint8_t local_method, uint8_t peer_method);
/* Keep the data of AUTH payloads as they are built: the initiator's, the responder's. */
void auth_keep(bool on);
struct chunk auth_kept(bool responder);
/* The other one. */
struct end *peer_of(struct end *e);
/* Key and chain of a certificate. */
struct ike_config config_of(const struct pki *key, bool x509);

#endif /* BTNS_TESTS_AUTH_WORLD_H */
