/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two engines in one process: a network that can lose, repeat, reorder, translate
 * and record, a clock that is turned by hand, an owner that records what it is asked.
 */
#ifndef BTNS_TESTS_ENGINE_WORLD_H
#define BTNS_TESTS_ENGINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>
#include <sodium.h>

#include "ike/ike.h"
#include "ike/message.h"
#include "ike/secret.h"

#define QUEUE_MAX	512
#define SAS_MAX		64

struct packet {
	struct ike_addr from, to;
	uint8_t data[4096];
	size_t len;
};

struct world;

/* A latch, known by the peer's port. */
struct latch {
	uint16_t port;
	bool known, ours;
	uint8_t value[BTNS_BINDING_UNIQUE_LEN];
};

#define LATCHES_MAX	4

struct pkix;

struct end {
	struct world *w;
	/* what it knows of its peer, what it wants of it, and what it has learned */
	struct ike_expect known;
	const struct ike_expect *by_id;	/* what holds when the ID is known; NULL: the same */
	const struct pkix *anchors;
	int64_t clock;			/* for certificates */
	uint8_t wants;			/* enum btns_auth: BTNS_AUTH_NONE: any */
	uint16_t peer_id_type;
	uint8_t peer_id[BTNS_ID_MAX], peer_method, peer_auth;
	size_t peer_id_len, peer_spki_len;
	unsigned int chain;		/* certificates that came with the key */
	const char *why;		/* nobody vouches for it */
	struct ike *ike;
	struct ike_addr addr;
	struct ike_child_sa sas[SAS_MAX];	/* installed */
	unsigned int n_sas;
	bool active[SAS_MAX];			/* not standby */
	unsigned int installs, deletes, switches, done, ups, downs;
	enum ike_error last_error;
	uint16_t last_detail;
	int refuse_peer, refuse_child;
	unsigned int moves, keepalives;
	int refuse_move;
	bool heard;			/* ESP came in on its SAs */
	unsigned int asked;		/* times that this was asked for */
	struct ike_ts only;			/* granted to the peer's side, if family is set */
	int wider;				/* grants more than was asked */
	bool has_policy;			/* of one mode, as the SPD does it */
	uint8_t policy;
	struct latch latches[LATCHES_MAX];
	enum ike_query unfit;			/* instead of IKE_QUERY_DONE */
	unsigned int bound, bindings_done;	/* values kept, wishes ended */
	enum ike_query last_result;
	/* the key that its peer announced */
	uint8_t heir[64];
	size_t heir_len;
	unsigned int heirs;
	enum ike_heir heir_answer;
};

struct world {
	struct end a, b;
	struct packet q[QUEUE_MAX];
	unsigned int head, tail;
	uint64_t now;
	int drop;			/* this many of the next packets are lost */
	size_t mtu;			/* larger IP packets are lost; 0: none */
	bool hold;			/* packets stay in the queue */
	struct packet first[8];		/* recorded */
	unsigned int n_first;
	/* a NAT in front of one end: its inside, its outside and what it adds to ports */
	struct end *natted;
	struct ike_addr outside;
	uint16_t nat_ports;
	/* ends have several addresses: those of a are odd, of b even; some are cut off */
	bool multihomed, dead[256];
};

/* Owners of worlds to come can tell whether ESP came in. */
extern bool world_hears;
/* They do some things in another way; NULL: they do not. */
extern void (*world_change)(struct ike_ops *ops);

void end_init(struct world *w, struct end *e, unsigned int n,
	      const struct ike_config *base);
struct world *world_new(const struct ike_config *config);
struct end *at(struct world *w, const struct ike_addr *addr);
void world_free(struct world *w);
/* One object for the same octets, until the program ends.  p NULL: none. */
const struct secret *secret_of(enum secret_kind kind, const void *p, size_t len);
void deliver_one(struct world *w);
void deliver_any(struct world *w, bool twice);
void deliver(struct world *w);
void pass(struct world *w, uint64_t ms);
struct ike_request request_to(struct end *from, struct end *to, uint16_t port);
void start(struct end *from, struct end *to, uint16_t port);
void agree(const struct end *a, const struct end *b);
struct world *connected(const struct ike_config *config);
/* Its latch for a flow from that port of this end to that port of the peer. */
struct latch *latch_of(struct end *e, uint16_t local, uint16_t peer);
/* An IKE SA that is up. */
struct ike_sa *some_sa(struct end *e);
/* It proves itself with that secret, and the peer has to. */
void share_secret(struct end *e, const char *secret);
/* Nothing is lost any more, and time for all that is under way. */
void settle(struct world *w);
void healthy(struct world *w);

#endif /* BTNS_TESTS_ENGINE_WORLD_H */
