/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKEv2 engine (RFC 7296) without I/O.
 *
 * Packets, time and random octets come in; packets, requests to the IPsec
 * databases and events go out through struct ike_ops.  The engine owns no
 * socket, no thread and no clock, so that the same code runs in btnsd, in a
 * simulation with a fake clock, in a fuzzer and in a benchmark.
 *
 * One struct ike is one IKE end: one identity key, any number of peers.  All
 * calls are made from one thread; an operation called by the engine must not
 * call back into it.
 */
#ifndef BTNS_IKE_H
#define BTNS_IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <linux/btns.h>

struct ike;
struct ike_sa;
struct signer;
struct chunk;

/* An address and port; port in host order. */
struct ike_addr {
	uint16_t family;		/* AF_INET or AF_INET6 */
	uint16_t port;
	uint8_t ip[16];			/* the first 4 octets for AF_INET */
	uint32_t scope;			/* interface index of IPv6 link-local addresses */
};

/* Octets of an address of that family. */
static inline size_t ike_ip_len(uint16_t family)
{
	return family == AF_INET6 ? 16 : 4;
}

/* Whatever the ports are. */
static inline bool ike_same_ip(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->family == b->family && !memcmp(a->ip, b->ip, ike_ip_len(a->family));
}

static inline bool ike_same_addr(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->port == b->port && ike_same_ip(a, b);
}

/* A traffic selector, RFC 7296 section 3.13.1; ports in host order. */
struct ike_ts {
	uint8_t family;			/* AF_INET or AF_INET6 */
	uint8_t proto;			/* 0: any */
	uint16_t port_start, port_end;	/* 0, 65535: any */
	uint8_t start[16], end[16];
};

#define IKE_TS_MAX	8		/* selectors that the engine keeps per side */

/* One ESP suite: IKEv2 transform IDs. */
struct ike_suite {
	uint16_t encr, encr_bits;	/* encr_bits 0: fixed key length */
	uint16_t integ;			/* 0 for combined-mode ciphers */
	bool no_esn;			/* chosen: 32-bit sequence numbers */
};

#define IKE_SUITES_MAX	8

/*
 * Algorithms for IKE SAs, any of each kind with any of the others: IKEv2 transform IDs,
 * the preferred ones first.  integ: none with AEADs.
 */
#define IKE_OFFER_MAX	8
#define IKE_OFFERS_MAX	8

struct ike_offer {
	unsigned int n_encr, n_integ, n_prf, n_group;
	struct {
		uint16_t id, bits;
	} encr[IKE_OFFER_MAX];
	uint16_t integ[IKE_OFFER_MAX], prf[IKE_OFFER_MAX], group[IKE_OFFER_MAX];
};

/* What an end proved in IKE_AUTH.  Pointers live as long as the call. */
struct ike_identity {
	uint16_t id_type;		/* enum btns_id_type, as on the wire */
	const uint8_t *id;
	size_t id_len;
	const uint8_t *spki;		/* key that verified AUTH; NULL with NULL authentication or PSK */
	size_t spki_len;
	uint8_t auth_method;		/* IKEv2 authentication method on the wire */
	/*
	 * BTNS_AUTH_PKIX: an authority vouches; the owner's own: BTNS_AUTH_LEAPOFFAITH, it
	 * knows the key and so far trusts it; else BTNS_AUTH_NONE
	 */
	uint8_t auth, trust;
	/* ops->authorize: where the peer is, and whether behind a NAT; else NULL */
	const struct ike_addr *at;
	bool natted;
	/* likewise: enum ike_bond; the secret that was proved */
	uint8_t bond;
	const uint8_t *secret;
};

#define IKE_CHAIN_MAX	8		/* certificates that a peer may send */
#define IKE_CERT_MAX	16384		/* octets of one */
#define IKE_SECRET_MAX	1024		/* octets of a shared secret */

#define IKE_PPK_ID_MAX		255

/* What the owner knows of a peer that has proved nothing yet. */
struct ike_expect {
	uint8_t own_auth;		/* how we prove ourselves: BTNS_AUTH_PUBKEY, _PSK, _NULL */
	const struct secret *secret;	/* shared with the peer; NULL: none */
	const struct secret *ppk;	/* postquantum preshared key (RFC 8784); NULL: none */
	const uint8_t *ppk_id;		/* its name, IKE_PPK_ID_MAX octets at most */
	size_t ppk_id_len;
	bool ppk_required;		/* nothing without it */
	const struct chunk *keys;	/* SubjectPublicKeyInfo, for peers that send no CERT */
	unsigned int n_keys;
};

/* A flow: addresses and ports of both ends, before any NAT. */
struct ike_flow {
	uint8_t proto;
	struct ike_addr local, peer;
};

/* Result of a query for a channel binding, on the wire. */
enum ike_query {
	IKE_QUERY_DONE,
	IKE_QUERY_NONE,			/* no such latch */
	IKE_QUERY_MISFIT,		/* the SA does not fit the latch */
	IKE_QUERY_AGAIN,		/* not now, or it is there already */
};

/* What became of an announced key, on the wire. */
enum ike_heir {
	IKE_HEIR_KEPT,
	IKE_HEIR_UNWANTED,		/* keys are not remembered, or not of this peer */
	IKE_HEIR_RIVAL,			/* another one was announced before */
	IKE_HEIR_BAD,			/* a signature is wrong */
};

#define IKE_BOND_LEN	32		/* octets of a secret that an IKE SA leaves */
#define IKE_BONDS_MAX	32		/* of them that one end tries to prove at once */

/* Does the peer of an IKE SA know what an earlier one left? */
enum ike_bond {
	IKE_BOND_UNASKED,		/* not the time to ask, or no key to tie it to */
	IKE_BOND_FOREIGN,		/* one of the ends does not do such things */
	IKE_BOND_UNPROVED,
	IKE_BOND_PROVED,
};

/* A new such secret. */
enum ike_bond_step {
	IKE_BOND_OFFER,			/* we are about to ask; *number is given out */
	IKE_BOND_AGREED,		/* the peer has that one */
	IKE_BOND_TAKE,			/* the peer asks */
};

/* A unique channel binding (RFC 5056) of a latch. */
struct ike_binding {
	uint64_t latch;			/* the owner's number for it; 0: found by its flow */
	struct ike_flow flow;
	bool ours;			/* we asked for it */
	uint8_t mode;			/* of the Child SA that it speaks of */
	struct ike_suite suite;
	struct ike_identity peer;
	uint8_t value[BTNS_BINDING_UNIQUE_LEN];
};

/* Why something failed, for events and logs. */
enum ike_error {
	IKE_OK = 0,
	IKE_E_TIMEOUT,			/* no answer */
	IKE_E_REFUSED,			/* peer refused: notify type in detail */
	IKE_E_AUTH,			/* peer's AUTH, or our PAD, says no */
	IKE_E_PROPOSAL,			/* nothing in common */
	IKE_E_TS,			/* traffic selectors */
	IKE_E_SYNTAX,			/* peer sent garbage under a valid MAC */
	IKE_E_KERNEL,			/* IPsec databases refused */
	IKE_E_LIMIT,			/* table full */
	IKE_E_CLOSED,			/* IKE SA went away */
	IKE_E_INTERNAL,
};

const char *ike_strerror(enum ike_error e);

/* A wish for a Child SA: from an acquire, or to adopt an SA after a restart. */
struct ike_request {
	uint32_t cookie;		/* caller's, comes back in child_done */
	uint32_t spd_entry;
	struct ike_addr local, peer;	/* IKE end points, port 500 */
	bool orphan;			/* the engine's: whoever wished it is gone */
	bool childless;			/* an IKE SA is all that is wanted; no selectors */
	uint8_t mode;			/* enum btns_mode; BEET: selectors of one address */
	unsigned int n_local, n_remote;	/* selectors to propose: the packet's first */
	struct ike_ts local_ts[IKE_TS_MAX], remote_ts[IKE_TS_MAX];
	bool own;			/* for that packet's flow: none that is there will do */
	unsigned int n_suites;
	struct ike_suite suites[IKE_SUITES_MAX];
	uint32_t lifetime;		/* seconds, 0: engine's default */
	uint64_t lifebytes;
};

/* A question of the responder: which Child SA may this peer have? */
struct ike_narrow {
	struct ike_identity peer;
	struct ike_addr local, remote;	/* IKE end points as seen on the wire */
	bool natt_local, natt_remote;	/* which end sits behind a NAT */
	uint8_t mode;			/* what the peer asks for; tunnel need not be granted */
	unsigned int n_local, n_remote;
	const struct ike_ts *local_ts, *remote_ts;	/* as proposed, in order */
};

/* The answer: one selector a side. */
struct ike_grant {
	uint32_t spd_entry;
	uint8_t mode;
	struct ike_ts local_ts, remote_ts;
	unsigned int n_suites;
	struct ike_suite suites[IKE_SUITES_MAX];
	uint32_t lifetime;
	uint64_t lifebytes;
};

#define IKE_ESP_KEYMAT_MAX	128	/* encryption key, salt and integrity key */

/* A Child SA to be installed.  Keys are wiped by the engine after the call. */
struct ike_child_sa {
	uint32_t cookie;		/* of the request that it answers, 0: none */
	uint32_t spd_entry;
	uint32_t spi_in, spi_out;	/* host order */
	struct ike_addr local, peer;	/* SA end points; ports: of UDP encapsulation */
	bool encap;			/* ESP in UDP */
	bool peer_natted;
	bool initiator;			/* of this Child SA exchange */
	bool standby;			/* receive now, send after child_switch() */
	uint8_t mode;
	struct ike_suite suite;
	struct ike_ts local_ts, remote_ts;
	uint32_t soft_time, hard_time;	/* seconds */
	uint64_t soft_bytes, hard_bytes;
	struct ike_identity peer_id, local_id;
	uint8_t ike_spi[16];
	uint8_t encr_in[64], integ_in[64], encr_out[64], integ_out[64];
	uint8_t encr_len, integ_len;	/* octets, salt included in encr_len */
};

enum ike_event_type {
	IKE_EV_SA_UP,			/* IKE SA authenticated */
	IKE_EV_SA_REKEYED,
	IKE_EV_SA_DOWN,			/* with error and detail */
	IKE_EV_CHILD_UP,
	IKE_EV_CHILD_REKEYED,
	IKE_EV_CHILD_DOWN,
	IKE_EV_FAILED,			/* an exchange failed */
	IKE_EV_INITIAL_CONTACT,
	IKE_EV_MOVED,			/* Child SAs have other end points */
};

struct ike_event {
	enum ike_event_type type;
	enum ike_error error;
	uint16_t detail;		/* notify type received or sent, 0: none */
	const struct ike_sa *sa;	/* may be NULL */
	struct ike_addr local, peer;
	uint32_t spi_in;		/* of the Child SA, host order; 0: none */
	const struct ike_identity *peer_id;	/* may be NULL */
	const char *text;		/* a phrase for the log; no secrets */
};

/*
 * What the engine needs from its owner.  Functions that return int give 0 or a
 * negative errno.
 */
struct ike_ops {
	/* Send one datagram.  On port 4500 the four zero octets are already there. */
	void (*send)(void *ctx, const struct ike_addr *local,
		     const struct ike_addr *peer, const uint8_t *pkt, size_t len);
	void (*random)(void *ctx, void *buf, size_t len);
	/*
	 * What is known of a peer that asserts that ID.  id NULL: of the one at that
	 * address, to whom we speak first.  Pointers last until the next call.  NULL: only
	 * keys prove, and only those that come with the proof.
	 */
	void (*expect)(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		       struct ike_expect *e);
	/*
	 * Does an authority vouch for that ID and key?  X.509 as the peer sent it, that of
	 * its key first.  NULL: none does.
	 */
	bool (*vouch)(void *ctx, const struct ike_identity *peer, const struct chunk *chain,
		      unsigned int n);
	/* First PAD search (RFC 5386 section 2).  -EACCES: reject the peer. */
	int (*authorize)(void *ctx, const struct ike_identity *peer);
	/* Second PAD search and SPD search.  -EACCES: TS_UNACCEPTABLE; -ENOENT likewise. */
	int (*narrow)(void *ctx, const struct ike_narrow *question,
		      struct ike_grant *answer);
	/* Both directions at once.  Failing leaves nothing behind. */
	int (*child_install)(void *ctx, const struct ike_child_sa *child);
	/* Start to send on a standby pair, named by its inbound SPI. */
	int (*child_switch)(void *ctx, uint32_t spi_in, const struct ike_addr *local);
	void (*child_delete)(void *ctx, uint32_t spi_in, const struct ike_addr *local);
	/*
	 * Its IKE SA is of an earlier life, and the peer does not know it any more, or is not
	 * there: the pair is the owner's to replace.  NULL: child_delete() instead.
	 */
	void (*child_lost)(void *ctx, uint32_t spi_in);
	/*
	 * Has an authentic packet come in on that pair?  It shows a responder that its
	 * IKE_AUTH response arrived.  NULL: the owner cannot tell, nothing is asked.
	 */
	bool (*child_heard)(void *ctx, uint32_t spi_in, const struct ike_addr *local);
	/* An end has another address or port (NAT, MOBIKE): SA end points follow. */
	int (*child_move)(void *ctx, uint32_t spi_in, const struct ike_addr *local,
			  const struct ike_addr *old_peer,
			  const struct ike_addr *new_peer, bool encap);
	/*
	 * MOBIKE: from which address of ours do packets to peer leave?  false: there is no
	 * route.  NULL: the first of its family will do.
	 */
	bool (*source)(void *ctx, const struct ike_addr *peer, struct ike_addr *local);
	/* A request has ended; error IKE_OK: the Child SA is installed. */
	void (*child_done)(void *ctx, uint32_t cookie, enum ike_error error,
			   uint16_t detail);
	void (*event)(void *ctx, const struct ike_event *ev);
	/*
	 * The peer says which key will follow its own; both have signed that.  NULL:
	 * unwanted.
	 */
	enum ike_heir (*heir)(void *ctx, const struct ike_identity *peer,
			      const uint8_t *spki, size_t len);
	/*
	 * Secrets that earlier IKE SAs left, the likeliest first: of that peer, and of those
	 * that it may be under another key.  peer NULL: of all that may be found at that
	 * address.  Their number.  NULL: none are kept.
	 */
	unsigned int (*bonds)(void *ctx, const struct ike_addr *at,
			      const struct ike_identity *peer,
			      uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN]);
	/*
	 * A step to a new one, on stable storage when it returns.  Numbers rise from 1 on;
	 * one that is not above the last is not taken.  false: not with that peer.
	 */
	bool (*bond)(void *ctx, const struct ike_identity *peer, enum ike_bond_step step,
		     uint32_t *number, const uint8_t secret[IKE_BOND_LEN]);
	/*
	 * Keep the record of an IKE SA where the next life of the process finds it, and
	 * nobody else: it has keys.  *slot is the owner's to name it, 0 at first.  record
	 * NULL: wipe and forget.  NULL: nothing is kept.
	 */
	void (*keep)(void *ctx, uint64_t *slot, const uint8_t *record, size_t len);
	/*
	 * Check that the latch fits peer, mode and suite, and keep its value: before the
	 * peer is told.  NULL: the owner has no latches.
	 */
	enum ike_query (*binding)(void *ctx, const struct ike_binding *b);
	/*
	 * A wish of ike_bind() has ended.  IKE_OK: the latch has a value.  IKE_E_REFUSED:
	 * result says why, IKE_QUERY_DONE: the peer does not know such queries.
	 */
	void (*binding_done)(void *ctx, uint64_t latch, enum ike_error error,
			     enum ike_query result);
	/* Seconds of the wall clock, for what outlives a boot.  NULL: the engine's clock. */
	uint64_t (*wall)(void *ctx);
	/*
	 * The keys of tickets have changed: keep them for the next life, where nobody else
	 * finds them.  NULL: tickets of this life are worth nothing in the next.
	 */
	void (*ticket_keys)(void *ctx, const uint8_t *keys, size_t len);
};

struct ike_config {
	uint8_t seed[32];		/* Ed25519 seed of the identity key (RFC 8032) */
	const uint8_t *key;		/* instead: PKCS #8, see signer.h */
	size_t key_len;
	/* instead of key and next_key: see signer.h; the engine takes them over */
	struct signer *signer, *next_signer;
	uint16_t id_type;		/* our ID; BTNS_ID_NONE: KEY_ID with the key's fingerprint */
	uint8_t id[BTNS_ID_MAX];
	size_t id_len;
	/*
	 * X.509 sent instead of the raw key: certificates in DER one after another, that of
	 * the key first.  NULL: raw key.
	 */
	const uint8_t *cert;
	size_t cert_len;

	/* IKE SAs, the preferred ones first [level strong of offer.h] */
	unsigned int n_offers;
	struct ike_offer offers[IKE_OFFERS_MAX];

	/* Limits; 0: the default in brackets. */
	unsigned int max_sas;		/* IKE SAs [100000] */
	unsigned int max_half_open;	/* as responder [1000] */
	unsigned int cookie_threshold;	/* half-open IKE SAs from which on cookies are asked [100] */
	/* likewise of one IPv4 address or IPv6 /64 */
	unsigned int source_threshold;	/* from which on its cookies are asked [20] */
	unsigned int max_source;	/* [100] */
	unsigned int max_children;	/* per IKE SA [64] */

	/* Times, ms; 0: the default in brackets. */
	uint32_t retry_first;		/* first retransmission [500], doubling */
	unsigned int retry_max;		/* sendings of one request in all [6] */
	uint32_t half_open;		/* life of a half-open IKE SA [10000] */
	uint32_t liveness;		/* idle time before a liveness check [60000]; UINT32_MAX: off */
	uint32_t ike_lifetime;		/* rekey of IKE SAs [14400000] */
	uint32_t child_lifetime;	/* rekey of Child SAs [3600000] */
	uint32_t keepalive;		/* NAT keepalive [20000] */
	unsigned int fragment;		/* largest IP packet of a protected message [1280]; UINT_MAX: no fragmentation */
	bool initial_contact;		/* send INITIAL_CONTACT with first contact to a peer */
	bool ppk;			/* some peers share postquantum preshared keys with us */
	bool beet;			/* announce BEET mode (a Vendor ID of ours) */
	bool unique;			/* announce unique channel bindings, likewise */
	bool resume;			/* grant and use tickets of session resumption */
	bool bonds;			/* leave secrets to IKE SAs to come, likewise */
	bool heirs;			/* keys may be followed by others, likewise */
	const uint8_t *next_key;	/* and ours will be, by that one: PKCS #8; or NULL */
	size_t next_key_len;
	bool mobike;			/* announce MOBIKE (RFC 4555) where Child SAs can move */
	bool force_natt;		/* for tests: pretend a NAT */
};

/* Life.  ike_new copies config; NULL: out of memory or bad config. */
struct ike *ike_new(const struct ike_config *config, const struct ike_ops *ops,
		    void *ctx, uint64_t now);
/* Forget all, wipe keys.  Sends nothing, deletes no SA. */
void ike_free(struct ike **ike);
/* Our public key as SubjectPublicKeyInfo. */
const uint8_t *ike_spki(const struct ike *ike, size_t *len);
/* Our identity as sent where a key proves it. */
void ike_local_identity(const struct ike *ike, struct ike_identity *id);

/*
 * Take over an IKE SA of an earlier life of the process.  The owner knows which of its
 * Child SAs the kernel still has: ike_child_gone() for the others.  -EBADMSG: no record
 * of this engine and this key; -EACCES: not authorized any more, or by other secrets or
 * authorities; -EEXIST, -ENOMEM.
 */
int ike_restore(struct ike *ike, uint64_t now, uint64_t slot, const uint8_t *record,
		size_t len);
/* All inbound SPIs; fn may call ike_child_gone(). */
void ike_children(struct ike *ike, void (*fn)(void *arg, uint32_t spi_in), void *arg);
bool ike_has_child(const struct ike *ike, uint32_t spi_in);

/* A datagram arrived.  On port 4500 the caller strips the four zero octets and
 * does not pass on ESP or keepalives.  now: monotonic ms.
 */
void ike_input(struct ike *ike, uint64_t now, const struct ike_addr *local,
	       const struct ike_addr *peer, const uint8_t *pkt, size_t len);
/* Run timers that are due; returns the time of the next one, UINT64_MAX: none. */
uint64_t ike_tick(struct ike *ike, uint64_t now);
/* Time of the next timer. */
uint64_t ike_next(const struct ike *ike);

/*
 * Authorities whose certificates we ask for in IKE SAs to come: SHA-1 of the
 * SubjectPublicKeyInfo of each (RFC 7296 section 3.7).  false: out of memory.
 */
bool ike_set_authorities(struct ike *ike, const uint8_t (*sha1)[20], unsigned int n);
/* Announce BEET mode in IKE SAs to come. */
void ike_set_beet(struct ike *ike, bool on);
/* Likewise whether some peers share a postquantum preshared key with us. */
void ike_set_ppk(struct ike *ike, bool on);
/* Likewise secrets for the next ones. */
void ike_set_bonds(struct ike *ike, bool on);
/* Likewise MOBIKE. */
void ike_set_mobike(struct ike *ike, bool on);
/*
 * MOBIKE: our addresses; ports do not matter.  The first n_paths of them are those that
 * peers are told of and that paths are tried from.  To be said at the start, and whenever
 * addresses or routes have changed.
 */
void ike_addresses(struct ike *ike, uint64_t now, const struct ike_addr *own, unsigned int n,
		   unsigned int n_paths);

/* What ops->ticket_keys has kept in an earlier life.  false: it is no such thing. */
bool ike_set_ticket_keys(struct ike *ike, const uint8_t *keys, size_t len);

/* Ask for a Child SA; uses an IKE SA with that peer if there is one.  The
 * outcome comes by ops->child_done.  Returns 0, -ENOSPC or -EINVAL.
 */
int ike_initiate(struct ike *ike, uint64_t now, const struct ike_request *req);
/*
 * If there is a Child SA already that such a request would get, rekey it: afterwards it is
 * the one that both ends send on.  false: there is none.
 */
bool ike_renew(struct ike *ike, uint64_t now, const struct ike_request *req);
/* The kernel says: soft limit reached; rekey. */
void ike_child_expiring(struct ike *ike, uint64_t now, uint32_t spi_in);
/* The kernel says: hard limit reached, or revoked by configuration; tell the peer. */
void ike_child_gone(struct ike *ike, uint64_t now, uint32_t spi_in);
/* The kernel says: first packet on a standby pair. */
void ike_child_first_in(struct ike *ike, uint64_t now, uint32_t spi_in);
/* The kernel saw ESP from a new address or port (NAT). */
void ike_child_mapping(struct ike *ike, uint64_t now, uint32_t spi_in,
		       const struct ike_addr *peer);
/*
 * Agree with the peer on a channel binding for that latch, whose flow the Child SA
 * carries.  The outcome comes by ops->binding_done, perhaps before the return.  0,
 * -EALREADY: under way, -ENOENT: no such Child SA, -EOPNOTSUPP: not with that peer,
 * -ENOSPC.
 */
int ike_bind(struct ike *ike, uint64_t now, uint64_t latch, const struct ike_flow *flow,
	     uint32_t spi_in);
/* ICMP or lower-layer hint that a peer may be gone: liveness check. */
void ike_hint(struct ike *ike, uint64_t now, const struct ike_addr *peer);
/* Close one IKE SA (Delete is sent), or all of them; sa NULL: all. */
void ike_close(struct ike *ike, uint64_t now, struct ike_sa *sa);
/* Rekey the IKE SA now. */
void ike_rekey(struct ike *ike, uint64_t now, struct ike_sa *sa);

/* Look. */
struct ike_sa_info {
	uint8_t spi_i[8], spi_r[8];
	bool initiator, established, natt_local, natt_remote;
	struct ike_addr local, peer;
	struct ike_identity peer_id;
	uint16_t encr, encr_bits, integ, prf, group;
	unsigned int n_children;
	uint64_t created, last_in;	/* ms, clock of the caller */
};

typedef void (*ike_walk_fn)(void *arg, struct ike_sa *sa,
			    const struct ike_sa_info *info);
void ike_walk(struct ike *ike, ike_walk_fn fn, void *arg);

struct ike_stats {
#define IKE_STATS(X) \
	X(packets_in) X(packets_out) X(retransmits) X(retransmits_answered) \
	X(drop_short) X(drop_length) X(drop_version) X(drop_unknown_spi) \
	X(drop_window) X(drop_mac) X(drop_syntax) X(drop_reflected) \
	X(drop_state) X(drop_limit) X(drop_cookie) X(cookies_sent) \
	X(cookies_seen) X(invalid_ke_sent) X(invalid_ke_seen) \
	X(sa_init_ok) X(auth_ok) X(auth_failed) X(auth_refused) \
	X(no_proposal) X(ts_unacceptable) X(children_ok) X(children_failed) \
	X(child_rekeys) X(ike_rekeys) X(rekey_collisions) X(deletes) \
	X(liveness_sent) X(liveness_failed) X(initial_contacts) X(bindings) \
	X(bonds_made) X(bonds_proved) \
	X(heirs_sent) X(heirs_kept) X(heirs_unwanted) X(heirs_taken) X(heirs_refused) \
	X(drop_fragment) X(fragmented_in) X(fragmented_out) \
	X(tickets_granted) X(tickets_refused) X(tickets_got) X(resumes) X(resumes_refused) \
	X(moves)
#define X(name) uint64_t name;
	IKE_STATS(X)
#undef X
	/* now; tickets: of peers that answer no more */
	unsigned int sas, half_open, children, tickets;
};

const struct ike_stats *ike_stats(const struct ike *ike);

#endif /* BTNS_IKE_H */
