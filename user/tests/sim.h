/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulation of some IKEv2 engines, a bad network and much trouble, all from
 * one seed: the same seed gives the same run.
 *
 * sim_net.c	randomness; packets: lost, repeated, late, translated
 * sim_mem.c	how much memory is in use
 * sim_node.c	an end: its engine and the kernel that the engine believes to have
 * sim_run.c	what happens in a run, and when
 * sim_crash.c	ends whose process dies and goes on
 * sim_orders.c	all orders of a few packets
 * sim_check.c	what must hold afterwards
 * sim_mallory.c	a man in the middle with a key of his own
 * sim_toy.c	cheap cryptography, for very many runs
 */
#ifndef BTNS_TESTS_SIM_H
#define BTNS_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike.h"
#include "ike/secret.h"

#define SIM_NODES	250
#define SIM_SAS		256		/* of one node */
#define SIM_WISHES	1024
#define SIM_PACKETS	4096		/* under way */
#define SIM_IVS		65536		/* slots to remember IVs */
#define SIM_REQUESTS	32768		/* slots to count sendings of requests */
#define SIM_STOLEN	64		/* key exchanges that another has got hold of */

struct sim;

struct sim_rng {
	uint64_t state;
};

struct sim_sa {
	struct ike_child_sa sa;
	uint64_t soft_at, hard_at;
	bool active;
};

#define SIM_RECORDS	256		/* IKE SAs of one node that are kept */

struct sim_record {
	uint8_t *data;
	size_t len;
};

struct sim_node {
	struct sim *sim;
	unsigned int n;
	unsigned int life;		/* how often it was restarted */
	struct ike *ike;
	struct ike_addr addr;
	struct sim_rng rng;
	int64_t skew;			/* its clock against that of the simulation, ms */
	/* behind a NAT: what others see */
	bool natted;
	unsigned int nat_step;
	uint8_t ticket_keys[128];	/* on its disk */
	size_t ticket_keys_len;
	unsigned int n_sas;
	struct sim_record record[SIM_RECORDS];
	struct sim_sa sas[SIM_SAS];
};

enum sim_wish_state { WISH_OPEN, WISH_OK, WISH_FAILED, WISH_LOST };

struct sim_wish {
	unsigned int from, to;
	uint16_t port;			/* of the peer, 0: any */
	bool childless;			/* an IKE SA and nothing else */
	enum sim_wish_state state;
};

struct sim_packet {
	uint64_t at, order;
	struct ike_addr from, to;
	uint8_t *data;
	size_t len;
	bool stolen;			/* the man in the middle gets it */
};

/* How bad it gets; percent where nothing else is said. */
struct sim_plan {
	unsigned int nodes, actions;
	unsigned int loss, repeat;
	unsigned int delay, gap;	/* ms at most */
	unsigned int late, late_by;	/* packets that come very late; ms */
	unsigned int refuse_install, refuse_child, refuse_peer;
	unsigned int spoil;		/* octets are changed on the way */
	unsigned int steal;		/* key exchanges that another answers */
	bool deletes, closes, restarts, nat, blackouts, wide, tunnels, large, jumps;
	bool childless, ppk, crashes, resume;
	bool suites;			/* each node has algorithms of its own */
};

/* He sits on all paths, and has a key that nobody knows. */
struct sim_mallory {
	struct sim *sim;
	struct ike *ike;
	struct sim_rng rng;
	uint8_t spi[SIM_STOLEN][8];	/* initiators' */
	unsigned int n;
};

struct sim {
	uint64_t seed, now, order;
	struct sim_rng rng, net;
	struct sim_plan plan;
	struct secret *ppk;
	struct ike_config config;
	struct sim_wish wish[SIM_WISHES];
	unsigned int n_wishes;
	unsigned int n_packets;
	uint64_t last_packet;
	bool calm;			/* the network works */
	bool manual;			/* packets wait until they are picked */
	uint64_t dark_until;		/* nothing gets through */
	uint64_t cut_until;		/* no way between nodes that differ in that bit */
	unsigned int cut_bit;
	struct sim_mallory mallory;
	long blocks, blocks_before;	/* of memory: with idle engines, without */
	unsigned int timeouts;		/* IKE SAs given up */
	unsigned int restored, lost;	/* IKE SAs after a crash; Child SAs without one */
	FILE *trace;
	char failure[256];		/* the first one; empty: none */
	char orders[128];		/* choices of sim_orders() so far */
	/* what follows is not cleared for each run */
	uint64_t run;
	struct sim_packet packet[SIM_PACKETS];
	struct {
		uint64_t run, hash;
		unsigned int sends;
	} request[SIM_REQUESTS];
	struct {
		uint64_t run, name, hash;	/* of key and IV, of the packet */
	} iv[SIM_IVS];
	struct sim_node node[SIM_NODES];
};

/* sim_net.c */
uint64_t sim_random(struct sim_rng *r);
unsigned int sim_below(struct sim_rng *r, unsigned int n);
bool sim_chance(struct sim_rng *r, unsigned int percent);
/* The address of a node as others see it. */
struct ike_addr sim_outside(const struct sim_node *node, uint16_t port);
struct sim_node *sim_at(struct sim *s, const struct ike_addr *addr);
void sim_send(struct sim_node *from, const struct ike_addr *local, const struct ike_addr *peer,
	      const uint8_t *pkt, size_t len);
void sim_post(struct sim *s, const struct ike_addr *from, const struct ike_addr *to,
	      const uint8_t *pkt, size_t len, bool stolen);
enum sim_fate { SIM_DELIVER, SIM_LOSE, SIM_REPEAT };
/* The nth of those that are under way, the oldest is 0. */
void sim_pick(struct sim *s, unsigned int nth, enum sim_fate fate);
/* Time of the next packet, UINT64_MAX: none. */
uint64_t sim_net_next(const struct sim *s);
void sim_deliver(struct sim *s);
void sim_net_free(struct sim *s);

/* sim_mem.c */
/* Pieces of memory in use. */
long sim_blocks(void);

/* sim_node.c */
bool sim_node_start(struct sim_node *node);
/* What its clock says. */
uint64_t sim_clock(const struct sim_node *node);
void sim_node_restart(struct sim_node *node);
void sim_wish(struct sim_node *from, struct sim_node *to, uint16_t port);
/* Soft and hard limits of the kernel. */
uint64_t sim_kernel_next(const struct sim_node *node);
void sim_kernel_tick(struct sim_node *node);
struct sim_sa *sim_mirror(struct sim *s, const struct sim_sa *sa);

/* sim_crash.c */
void sim_keep(void *ctx, uint64_t *slot, const uint8_t *record, size_t len);
void sim_records_free(struct sim_node *node);
void sim_node_crash(struct sim_node *node);

/* sim_run.c */
/* Two nodes and nothing that happens by itself. */
void sim_open(struct sim *s, uint64_t seed, FILE *trace);
/* Time of the next event, UINT64_MAX: none. */
uint64_t sim_next(const struct sim *s);
void sim_until(struct sim *s, uint64_t end);
/* Calm down, check, close everything, check that nothing is left. */
void sim_finish(struct sim *s);
bool sim_close(struct sim *s);
/* false: s->failure says why. */
bool sim_run(struct sim *s, uint64_t seed, FILE *trace);
/* Hundreds of nodes at once. */
bool sim_crowd(struct sim *s, uint64_t seed, FILE *trace);

/* sim_orders.c */
/* What two ends do at about the same time. */
enum sim_op { SIM_NEW, SIM_REKEY, SIM_DELETE, SIM_REKEY_IKE, SIM_CLOSE, SIM_OPS };

/* All orders in which packets may come, at most that many of them lost and
 * repeated: how many there are.  Ends with a failure in s.
 */
unsigned long sim_orders(struct sim *s, uint64_t seed, enum sim_op a, enum sim_op b,
			 unsigned int losses, unsigned int repeats, FILE *trace);

/* sim_mallory.c */
bool sim_mallory_start(struct sim *s);
void sim_mallory_end(struct sim *s);
/* Does he get hold of it? */
bool sim_mallory_takes(struct sim *s, const uint8_t *pkt, size_t len);
/* He wants an SA with to, and says to be as. */
void sim_mallory_wish(struct sim *s, const struct sim_node *as, const struct sim_node *to);

/* sim_toy.c */
/* Key exchange and signatures are such that cost nothing. */
extern bool sim_toy;

/* sim_check.c */
void sim_check(struct sim *s);
void sim_check_empty(struct sim *s);

void sim_fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sim_trace(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* BTNS_TESTS_SIM_H */
