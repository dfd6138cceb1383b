/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client of the generic netlink family "btns": one socket for questions, which
 * are answered at once, one for what the kernel tells.
 */
#ifndef BTNSD_KERNEL_H
#define BTNSD_KERNEL_H

#include <netlink/netlink.h>

#include "../common/family.h"
#include "../ike/ike.h"

struct kernel {
	struct family family;	/* questions */
	struct nl_sock *hear;
};

/* A flow that waits. */
struct k_acquire {
	uint32_t id, spd_entry, lifetime, expires;
	uint64_t lifebytes;
	char spd_name[BTNS_NAME_MAX + 1];
	uint8_t class, mode;
	struct ike_ts flow_local, flow_remote;	/* the packet */
	struct ike_ts local_ts, remote_ts;	/* what the entry allows */
	struct ike_addr outer_local, outer_peer;
	bool own;				/* for that packet's flow alone */
	unsigned int n_suites;
	struct ike_suite suites[IKE_SUITES_MAX];
};

/* An SA pair.  SPIs in host order. */
struct k_child {
	uint32_t sa_id, spd_entry, spi_in, spi_out, flags;
	uint8_t mode, class;
	uint64_t packets_in;
	uint8_t ike_spi[16];
	struct ike_ts local_ts, remote_ts;
	struct ike_addr outer_local, outer_peer;	/* ports: of UDP encapsulation */
	bool has_key;
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];	/* of the peer's key */
};

/* A latch. */
struct k_latch {
	uint64_t id;
	uint8_t state, mode, bound;	/* enum btns_latch_state, btns_mode, btns_bound */
	struct ike_flow flow;
	struct ike_suite suite;
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];	/* of the peer's key, 0: none */
	uint32_t spi;			/* inbound SPI of the pair that carries it; 0: none */
};

/* The part of an SPD entry that a Child SA needs. */
struct k_spd {
	uint32_t id, lifetime;
	uint64_t lifebytes;
	uint8_t class, mode;
	char name[BTNS_NAME_MAX + 1];
	unsigned int n_suites;
	struct ike_suite suites[IKE_SUITES_MAX];
};

/* The module was unloaded, or loaded again: nothing of before is left in it. */
enum k_life { K_SAME, K_GONE, K_BACK };

/* What was heard; members of the type are filled in. */
struct k_event {
	enum k_life life;
	uint8_t cmd;			/* BTNS_CMD_*_NTF */
	uint8_t sa_event;		/* SA_NTF: enum btns_sa_event */
	struct k_acquire acquire;	/* ACQUIRE_NTF */
	struct k_child child;		/* SA_NTF */
	uint32_t spi_in;		/* MAPPING_NTF, host order */
	uint64_t latch;			/* BINDING_NTF */
	struct ike_addr peer;		/* MAPPING_NTF */
};

/* 0, or -errno with k->family.why: -ENOENT: module not loaded. */
int kernel_open(struct kernel *k);
void kernel_close(struct kernel *k);
/* With the sockets that are there, after K_BACK. */
int kernel_reopen(struct kernel *k);

/* Requests.  kernel_new: NULL when memory runs out. */
struct nl_msg *kernel_new(struct kernel *k, uint8_t cmd);
typedef void (*kernel_each_fn)(void *arg, struct nlattr **tb);
/*
 * Send, wait for the end, free the message, keys wiped.  each: called for every
 * answer.  -ENOMEM if msg is NULL, so that building needs no checks.
 */
int kernel_call(struct kernel *k, struct nl_msg *msg, kernel_each_fn each,
		void *arg);
int kernel_dump(struct kernel *k, uint8_t cmd, kernel_each_fn each, void *arg);

/* Listening.  kernel_hear: 0, -EAGAIN: nothing left, -ENOBUFS: events were lost. */
int kernel_fd(const struct kernel *k);
typedef void (*kernel_event_fn)(void *arg, const struct k_event *ev);
int kernel_hear(struct kernel *k, kernel_event_fn fn, void *arg);

/* Building blocks; false: no room. */
bool kernel_put_ts(struct nl_msg *msg, int attr, const struct ike_ts *ts);
bool kernel_put_addr(struct nl_msg *msg, int attr, const struct ike_addr *a);
bool kernel_put_identity(struct nl_msg *msg, int attr,
			 const struct ike_identity *id);
bool kernel_put_flow(struct nl_msg *msg, const struct ike_flow *f);	/* BTNS_A_FLOW */
bool kernel_put_suite(struct nl_msg *msg, int attr, const struct ike_suite *s);

/* false: not what it should be. */
bool kernel_get_ts(const struct nlattr *nest, struct ike_ts *ts);
bool kernel_get_addr(const struct nlattr *a, struct ike_addr *addr);
bool kernel_get_acquire(struct nlattr *nest, struct k_acquire *a);
bool kernel_get_child(struct nlattr *nest, struct k_child *c);
bool kernel_get_latch(struct nlattr **tb, struct k_latch *l);	/* of a whole message */
bool kernel_get_spd(struct nlattr *nest, struct k_spd *s);
/* What the kernel tells, its generic netlink controller included. */
bool kernel_get_event(struct nlmsghdr *h, struct k_event *ev);
/* Suites are a repeated attribute of nest: 0 if there are none. */
unsigned int kernel_get_suites(struct nlattr *nest, int attr,
			       struct ike_suite *suites);

#endif /* BTNSD_KERNEL_H */
