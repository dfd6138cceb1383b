/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the module in one network namespace.
 *
 * Arrows: netlink -> {config, pad, spd, sad, keymgr, latch} -> {policy, identity};
 * {datapath, sockopt} -> latch -> sad -> spdcache -> {spd, identity};
 * conflict -> {latch, policy}.  notify is at
 * the bottom: everything may tell user space.
 *
 * Locks, outermost first:
 *	btns_net.lock		mutex; PAD, SPD, SPD cache and SAD change under it
 *	btns_net.acquire_lock	spinlock (BH); open acquires and hold-offs
 *	latch bucket locks	inside latch.c
 * Readers on the data path use RCU only.
 */
#ifndef _BTNS_H
#define _BTNS_H

#include <linux/hashtable.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/xfrm.h>
#include <uapi/linux/btns.h>

struct btns_config;

/* An address with its family: XFRM's own carries none. */
struct btns_addr {
	u16 family;		/* AF_INET or AF_INET6; AF_UNSPEC: none */
	xfrm_address_t a;
};

/* A traffic selector (RFC 7296 section 3.13.1); ports in host order. */
struct btns_ts {
	u16 family;		/* AF_UNSPEC: any address of both families */
	u8 proto;		/* 0: any */
	u16 port_start;
	u16 port_end;
	xfrm_address_t start;
	xfrm_address_t end;
};

/* An ESP suite by IKEv2 transform IDs; also the protection that a latch holds to. */
struct btns_suite {
	u16 encr;
	u16 encr_bits;
	u16 integ;
};

#define BTNS_SUITES_MAX	16

/* Reqids of the module: the upper half, away from other key managers'. */
#define BTNS_REQID_MIN	0x42000000U
#define BTNS_REQID_MAX	0x42ffffffU

/*
 * Marks of the module's policies, in xfrm_selector.user: XFRM compares selectors as
 * a whole, so that two owners may have the same one, and does not match on it.  The
 * lower 24 bits are those of the owner's reqid.
 */
#define BTNS_POLICY_TRAP	0x42000000U	/* SPD entry, or SPD cache entry */
#define BTNS_POLICY_CLEAR	0x43000000U	/* hold-off of a fail-open class */
#define BTNS_POLICY_BLOCKED	0x44000000U	/* left behind by an unload: blocks */
#define BTNS_POLICY_SYSTEM	0x45000000U	/* neighbour discovery */
#define BTNS_POLICY_LATCH	0x46000000U	/* one flow stays with its peer */
#define BTNS_POLICY_KIND(user)	((user) & 0xff000000U)

struct btns_sysctl {
	int auto_latch;			/* 0 or 1 */
	int break_reaction;		/* enum btns_reaction */
	/* weakest class that an SPD entry may have, enum btns_class */
	int class_floor;
	int pad_max, spd_max, sa_max, identity_max, latch_max, larval_max, acquire_max;
	int flow_max;			/* latches of unconnected sockets */
	int flow_idle_ms;		/* without datagrams: released */
	int holdoff_max;
	int acquire_timeout_ms;		/* helper must answer within */
	int holdoff_ms;			/* after a failure: no new attempt for so long */
	int holdoff_clear_ms;		/* fail-open classes: in clear for so long */
	int log_level;			/* 0 errors .. 3 debug */
	struct ctl_table_header *header;
	struct ctl_table *table;
};

struct btns_net {
	struct net *net;
	struct mutex lock;		/* see above */

	/* identity.c */
	struct {
		spinlock_t lock;	/* guards table, count */
		DECLARE_HASHTABLE(table, 10);
		unsigned int count;
		siphash_key_t key;
	} identities;

	/* config.c: PAD and SPD in force, replaced as a whole under lock, read by RCU */
	struct btns_config __rcu *config;
	u32 generation;			/* lock */
	struct list_head transactions;	/* lock */

	/* spdcache.c: reqid -> struct btns_reqid; written under lock, read by RCU */
	struct xarray reqids;
	u32 reqid_next;			/* lock */
	DECLARE_HASHTABLE(spdcs, 10);	/* SPD cache entries; lock */

	/* sad.c */
	struct xarray sas;		/* number -> struct btns_sa_pair; lock, RCU readers */
	u32 sa_next;			/* lock */
	unsigned int sa_count;		/* lock */
	u32 sa_seq;			/* lock; changes with the table, for dumps */
	struct delayed_work own_gc;	/* own.c */
	struct delayed_work standby_work;	/* watches standby pairs for their first packet */

	/* keymgr.c, holdoff.c */
	spinlock_t acquire_lock;
	struct list_head acquires;	/* acquire_lock */
	struct list_head holdoffs;	/* acquire_lock */
	u32 acquire_next;		/* acquire_lock */
	unsigned int acquire_count;	/* acquire_lock */
	unsigned int holdoff_count;	/* acquire_lock */
	struct workqueue_struct *wq;
	struct list_head events;	/* acquire_lock: from atomic callbacks to the worker */
	unsigned long todo;		/* bits, enum btns_todo: for the same worker */
	struct work_struct event_work;
	struct delayed_work expire_work;	/* acquires and hold-offs age */
	int saved_larval_drop;		/* net.core.xfrm_larval_drop before us, -1: untouched */
	bool system_policies;		/* neighbour discovery passes; lock */
	bool leftovers_gone;		/* lock */

	/* latch.c */
	struct rhashtable latches;	/* by tuple; RCU readers */
	struct xarray latch_ids;	/* by number; RCU readers */
	atomic_t latch_count;
	atomic_t larval_count;
	atomic_t flow_count;
	atomic_t sctp_count;
	struct delayed_work latch_gc;
	struct llist_head latch_events;	/* latches to tell user space of */
	struct work_struct latch_event_work;
	struct rhashtable wants;	/* struct btns_wish by cookie; RCU readers */
	atomic_t want_count;
	struct delayed_work want_gc;
	struct list_head conflicts;	/* struct btns_conflict; lock */
	struct delayed_work conflict_gc;
	struct mutex hook_lock;		/* registering the hooks */
	unsigned int hook_users;	/* hook_lock */
	struct nf_hook_ops hook_ops[4];	/* hook_lock */
	atomic_t verdicts;		/* see btns_verdicts_void() */
	bool hooked;			/* hook_lock */

	struct btns_sysctl sysctl;
	struct btns_stats __percpu *stats;
	bool dying;			/* lock: no new objects */
};

extern unsigned int btns_net_id;

static inline struct btns_net *btns_pernet(const struct net *net)
{
	return net_generic(net, btns_net_id);
}

/*
 * What the data path remembers of SAs and policies is void.  After every change of the
 * SAD, and of XFRM's policies by anybody; insertion of policies shows in XFRM's own number.
 */
static inline void btns_verdicts_void(struct btns_net *bn)
{
	/* who reads the new number sees the change */
	smp_mb__before_atomic();
	atomic_inc(&bn->verdicts);
}

/* Ask before looking at what a verdict depends on. */
static inline u32 btns_verdict_generation(const struct btns_net *bn)
{
	/* the sum changes when one of them does: both only grow */
	return (u32)atomic_read_acquire(&bn->verdicts) +
	       (u32)atomic_read_acquire(&bn->net->ipv4.rt_genid);
}

static inline unsigned int btns_addr_len(u16 family)
{
	return family == AF_INET6 ? 16 : 4;
}

#endif /* _BTNS_H */
