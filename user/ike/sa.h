/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the engine: IKE SAs, their exchanges and Child SAs.
 *
 * engine.c	struct ike: life, dispatch of packets, timers
 * owner.c	what the owner asks and tells
 * job.c	exchanges of ours that wait for the window
 * table.c	IKE SAs by SPI, by INIT request, by peer; timer heap
 * window.c	sending, retransmission, cached responses, Message IDs
 * fragment.c	fragmentation of messages
 * propose.c	proposals: what we offer, what we choose
 * init.c	IKE_SA_INIT
 * limit.c	what one address may cost
 * intermediate.c	IKE_INTERMEDIATE
 * secret.c	secrets that are shared with peers
 * ppk.c	postquantum preshared keys
 * ticket.c	tickets of session resumption
 * resume.c	resuming an IKE SA with one
 * auth.c	IKE_AUTH
 * proof.c	its ID, CERT and AUTH payloads
 * selector.c	traffic selectors
 * child.c	Child SAs: keys, installation, CREATE_CHILD_SA for new ones
 * rekey.c	CREATE_CHILD_SA for rekeying both kinds, collisions
 * info.c	INFORMATIONAL: Delete, liveness
 * nat.c	NATs after the handshake
 * save.c	IKE SAs that outlive the process
 * query.c	INFORMATIONAL: unique channel bindings of latches
 * heir.c	INFORMATIONAL: the key that will follow ours
 * bond.c	secrets that IKE SAs leave, and their proof in IKE_AUTH
 * mobike.c	INFORMATIONAL: ends that move
 */
#ifndef BTNS_IKE_SA_H
#define BTNS_IKE_SA_H

#include "binding.h"
#include "message.h"
#include "offer.h"
#include "signer.h"
#include "ticket.h"

/* Unauthenticated text never makes us go round more often than this. */
#define INIT_ROUNDS_MAX		4
/* Child SAs that the peer may delete before we know that it made them. */
#define EXCHANGE_GONE_MAX	4
/* How often one response is sent again: more than anybody asks who just lost it. */
#define RESEND_MAX		32
/* Counters of half-open IKE SAs by address. */
#define SOURCES			4096
/* Wishes that may wait on one IKE SA. */
#define JOBS_MAX		256

enum sa_state {
	SA_INIT,		/* initiator: IKE_SA_INIT sent */
	SA_HALF_OPEN,		/* responder: IKE_SA_INIT answered */
	SA_AUTH,		/* initiator: IKE_AUTH sent */
	SA_UP,
	SA_CLOSING,		/* Delete sent, or failed: kept for retransmissions */
};

enum job_type {
	JOB_CHILD,		/* new Child SA for a request */
	JOB_REKEY_CHILD,
	JOB_REKEY_SA,
	JOB_DELETE_CHILD,
	JOB_LIVENESS,
	JOB_CLOSE,
	JOB_QUERY,		/* nonces of a channel binding */
	JOB_HEIR,		/* announce the key that will follow ours */
	JOB_TICKET,		/* ask for a ticket */
	JOB_BOND,		/* agree on a secret for the next IKE SA */
};

/* A wish that waits for the window. */
struct job {
	struct job *next;
	uint64_t not_before;
	uint8_t type;
	uint8_t tries;
	uint16_t group;			/* that the peer wants for rekeying, 0: that of the IKE SA */
	uint32_t spi;			/* Child SA */
	struct ike_request *req;	/* JOB_CHILD */
	struct query *query;		/* JOB_QUERY */
};

/* The responder's SA payload, for channel bindings; len 0: none, or a longer one. */
struct chosen {
	uint8_t len, body[64];
};

/*
 * What an IKE SA and all that come from it by rekeying have in common.  It is there if
 * both ends offer unique channel bindings.
 */
struct lineage {
	unsigned int refs;
	uint16_t prf;
	uint8_t es[IKE_PRF_MAX];
};

/* Our wish for a channel binding. */
struct query {
	struct query *next;		/* in ike.queries */
	struct ike_sa *sa;		/* on its way; NULL: a job has it */
	struct ike_binding wish;
	uint32_t spi_in;
	uint8_t tries;
	bool settled;			/* the peer's own query was faster */
	uint8_t nonce[BINDING_NONCE];
	struct chosen chosen;
};

struct child {
	struct child *next;
	struct child *link;		/* next in the bucket of its inbound SPI */
	struct ike_sa *sa;
	uint64_t rekey_at;
	uint64_t lifebytes;
	uint32_t lifetime;		/* seconds */
	uint32_t spi_in, spi_out, spd_entry;
	uint8_t mode;
	bool standby;			/* installed, not sending yet */
	bool rekeying;			/* our CREATE_CHILD_SA is on its way or waits */
	bool deleting;			/* our Delete is on its way or waits */
	bool encap;			/* in UDP */
	uint32_t path;			/* MOBIKE: which path of the IKE SA it is at */
	uint32_t replaces;		/* inbound SPI of the one that it rekeyed, 0: none */
	struct ike_suite suite;
	struct ike_ts local_ts, remote_ts;
	struct chosen chosen;
};

/* RFC 9370: ADDKE1 to ADDKE7. */
#define ADDKE_MAX	7

/* IKE_INTERMEDIATE exchanges, if there are any. */
struct intermediate {
	uint8_t auth[2][IKE_PRF_MAX];	/* IntAuth of the initiator's messages, the responder's */
	uint8_t len_i, len_r;
	uint8_t rounds;			/* that are over */
	uint8_t n_addke;
	uint16_t addke[ADDKE_MAX];	/* key exchange methods that are still to come */
	struct ke ke;
	struct sk_key before;		/* under which the last request came */
	bool has_before;
};

/* Until the IKE SA is up. */
struct handshake {
	struct ke ke;
	uint8_t ke_peer[KE_PUBLIC_MAX];	/* responder: the peer's public value */
	uint16_t ke_peer_len;
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	uint8_t *init_req, *init_resp;
	size_t init_req_len, init_resp_len;
	uint8_t cookie[64];
	uint8_t cookie_len;
	uint8_t rounds;
	unsigned int peer_hashes;	/* HASH_BIT() of those that the peer verifies */
	bool certreq_seen, certreq_x509;	/* the peer asked for certificates, for X.509 */
	bool initial_contact;
	bool intermediate;		/* both ends have announced IKE_INTERMEDIATE */
	bool ppk;			/* both ends have announced PPKs */
	bool ppk_required;		/* initiator: nothing without it */
	bool childless;			/* the responder has announced it (RFC 6023) */
	bool mobike;			/* we have announced it */
	bool late;			/* the owner was told that nobody answers */
	bool beet;			/* we have announced it */
	bool unique;			/* likewise; after IKE_SA_INIT: both ends have */
	/* bodies of IDi, AUTHi, IDr, AUTHr */
	uint8_t *proof[4];
	size_t proof_len[4];
	uint16_t hint;			/* unauthenticated error seen meanwhile */
	uint32_t spi_in;		/* of the first Child SA */
	struct ike_request *req;	/* what the first Child SA is for */
	struct intermediate *im;	/* NULL: none yet */
	uint8_t *plain;			/* SK_d, SK_pi, SK_pr without the PPK; NULL: not in use */
	uint32_t auth_id;		/* Message ID of IKE_AUTH */
	struct ticket *ticket;		/* with which an IKE SA is resumed; NULL: a new one */
};

/* Our CREATE_CHILD_SA on its way. */
struct exchange {
	uint8_t type;			/* JOB_CHILD, JOB_REKEY_CHILD, JOB_REKEY_SA */
	uint8_t tries;
	uint32_t spi_in, old_spi;
	uint8_t new_spi[8];
	uint8_t nonce[IKE_NONCE_LEN];
	struct ke ke;			/* group 0: none */
	struct ike_request *req;
	/* the peer rekeyed the same thing meanwhile (RFC 7296 sections 2.8.1, 2.8.2) */
	bool collided;
	uint8_t collision_nonce[IKE_NONCE_MAX];	/* lower nonce of the peer's exchange */
	uint16_t collision_nonce_len;
	uint32_t collision_spi;
	struct ike_sa *collision_sa;
	/* outbound SPIs that the peer deleted meanwhile and we did not know */
	uint32_t gone[EXCHANGE_GONE_MAX];
	unsigned int n_gone;
};

enum { TABLE_SPI, TABLE_INIT, TABLE_PEER, TABLES };

struct ike_sa {
	struct ike *ike;
	struct ike_sa *link[TABLES];	/* next in its bucket */
	uint32_t hash[TABLES];
	uint8_t in_tables;		/* bit per table */
	uint8_t state;			/* enum sa_state */
	bool initiator;
	bool natt_local, natt_remote;
	bool natt_able;			/* the peer knows of NATs */
	bool beet;			/* both ends have announced BEET mode */
	bool fragmentation;		/* both ends have announced it */
	bool small_path;		/* only the smallest packets seem to get through */
	bool heirs;			/* both ends take announcements of keys */
	bool heir_asked;		/* ours is on its way */
	bool bonds;			/* both ends keep secrets for the next IKE SA */
	uint32_t bond_asked;		/* ours is on its way, 0: none */
	bool client;			/* began the family: it may ask for tickets */
	bool tickets;			/* and the peer grants some */
	bool ticket_asked;		/* our request for one is on its way */
	bool ticketed;			/* the peer has one, ticket_id */
	bool closed_told;		/* IKE_EV_SA_DOWN was told, children are gone */
	bool rekeyed;			/* children moved on */
	/* made by the peer while that one is rekeyed by us: not in use until it is decided */
	struct ike_sa *rival_of;
	uint64_t born, up;		/* order of events, counted by struct ike */
	uint8_t spi_i[8], spi_r[8];
	struct ike_addr local, peer;
	uint64_t deadline;		/* of the timer heap */
	size_t heap_at;			/* index + 1, 0: not in the heap */
	struct ike_keys keys;
	bool have_keys;

	uint32_t id_out, id_in;		/* next Message IDs */
	/* of a fragmented message all fragments, one after another */
	uint8_t *request;		/* ours that waits for its answer */
	size_t request_len;
	uint64_t resend_at;
	uint32_t resend_after;
	uint8_t sends;
	uint32_t deleting_spi;		/* of the Delete on its way, 0: none */
	uint8_t *response;		/* our last one */
	size_t response_len;
	uint8_t resent;			/* how often, of it */
	uint16_t source;		/* half-open: counter of the peer's address */
	struct fragments *fragments[2];	/* of a request, of a response that comes in */
	uint16_t reply_limit;		/* fragments of the request that is worked on; 0: none */

	struct child *children;
	unsigned int n_children, n_jobs;
	struct job *jobs;
	struct handshake *hs;
	struct exchange *x;
	struct lineage *lineage;		/* NULL: no unique channel bindings */
	struct query *asking;		/* our query on its way */
	struct mobike *mobike;		/* NULL: ends stay where they are */

	uint64_t unheard_at;		/* until then traffic should come; 0: no matter */
	bool unheard;			/* no sign that the peer got our IKE_AUTH response */
	bool restored;			/* from a record, and no answer since */

	uint64_t created, last_in, last_out, rekey_at, expire_at, liveness_at;
	uint16_t id_type;		/* the peer's identity */
	uint16_t peer_id_len, spki_len;
	uint8_t auth_method, peer_auth;	/* struct ike_identity */
	uint8_t own_method;		/* how we proved ourselves */
	uint8_t creds[32];		/* of what all that rests on, see ticket_creds() */
	uint8_t *peer_id;		/* followed by the SPKI, one allocation */
	uint8_t ticket_id[TICKET_ID];
	struct ticket *ticket;		/* ours; NULL: none */
	uint64_t slot;			/* of the owner's record, 0: none */
};

struct table {
	struct ike_sa **bucket;
	size_t size, count;
};

struct ike {
	struct ike_config config;
	struct ike_ops ops;
	void *ctx;
	uint64_t now;
	struct signer *signer;
	struct signer *heir;		/* its successor, NULL: none yet */
	uint8_t *certreq;		/* CERTREQ for X.509, NULL: none is asked for */
	size_t certreq_len;
	uint8_t hash_key[16];
	uint8_t cookie_secret[2][32];	/* now, before */
	uint8_t cookie_version;
	uint64_t cookie_roll_at;
	struct table table[TABLES];
	struct child **child_bucket;	/* by inbound SPI */
	size_t child_buckets;
	uint64_t seq;			/* counts births and ups of IKE SAs */
	struct tickets *tickets;	/* NULL: no session resumption */
	struct query *queries;
	size_t fragment_octets;		/* of incomplete messages */
	uint8_t *record;		/* room to make one, see save.c */
	size_t record_cap;
	uint16_t source[SOURCES];	/* half-open IKE SAs, see limit.c */
	/*
	 * Path of the message that is worked on: a request is answered to where it came
	 * from (RFC 7296 section 2.11).
	 */
	const struct ike_addr *at_local, *at_peer;
	/* our addresses, if the owner has told them */
	struct ike_addr *own;
	unsigned int n_own, n_paths;
	bool knows_own;
	struct ike_sa **heap;
	size_t heap_len, heap_cap;
	struct ike_stats stats;
	uint8_t in[IKE_MSG_MAX];	/* packet that is worked on: decrypted in place */
	uint8_t out[IKE_MSG_MAX];
};

/* The owner tells the time with all it says; it never goes back. */
static inline void ike_clock(struct ike *ike, uint64_t now)
{
	if (now > ike->now)
		ike->now = now;
}

/* engine.c */
struct ike_sa *sa_new(struct ike *ike, bool initiator, const struct ike_addr *local,
		      const struct ike_addr *peer);
void sa_free(struct ike_sa *sa);
void sa_schedule(struct ike_sa *sa);
/* Children go, the owner is told, waiting requests fail.  sa stays until sa_free(). */
void sa_down(struct ike_sa *sa, enum ike_error error, uint16_t detail, const char *text);
void sa_event(struct ike_sa *sa, enum ike_event_type type, enum ike_error error,
	      uint16_t detail, uint32_t spi_in, const char *text);
void sa_peer_identity(const struct ike_sa *sa, struct ike_identity *id);
/* As what we proved ourselves, or are about to. */
void sa_local_identity(const struct ike_sa *sa, struct ike_identity *id);
void request_done(struct ike *ike, struct ike_request **req, enum ike_error error,
		  uint16_t detail);
/* v - v/8 .. v, random: ends must not rekey in step. */
uint64_t jitter(struct ike *ike, uint64_t v);
bool sa_is_natt(const struct ike_sa *sa);

/* By our own SPI. */
struct ike_sa *sa_find(const struct ike *ike, const uint8_t own[8], bool initiator);

/* job.c */
struct job *job_add(struct ike_sa *sa, enum job_type type, uint32_t spi,
		    struct ike_request *req, uint64_t not_before);
void jobs_fail(struct ike_sa *sa, enum ike_error error, uint16_t detail);
/* Start the next exchange if the window is free. */
void sa_run_jobs(struct ike_sa *sa);
void job_free(struct job **p);

/* save.c */
/* It has changed, or a packet goes out that changes it for the peer. */
void sa_keep(struct ike_sa *sa);
void sa_unkeep(struct ike_sa *sa);
/* Was never confirmed after it was restored: its pairs are as if it had not been found. */
void sa_lost(struct ike_sa *sa);

/* nat.c */
/* Something authentic came from there. */
void sa_follow(struct ike_sa *sa, const struct ike_addr *local,
	       const struct ike_addr *peer);
void sa_keepalive(struct ike_sa *sa);
/* Both NAT_DETECTION notifications of a message that goes from local to peer. */
void nat_put(const struct ike *ike, struct builder *b, const struct ike_header *h,
	     const struct ike_addr *local, const struct ike_addr *peer);
/*
 * Those of a message that came by the path of sa: which end is behind a NAT?  false: they
 * are not there.  seen: NAT_DETECTION_DESTINATION_IP, or NULL.
 */
bool nat_detect(struct ike_sa *sa, const struct message *m, uint8_t seen[20]);
bool nat_seen(const struct message *m, uint8_t seen[20]);

/* table.c */
bool tables_init(struct ike *ike);
void tables_free(struct ike *ike);
uint32_t table_hash(const struct ike *ike, const void *p, size_t len);
bool table_add(struct ike_sa *sa, unsigned int which, uint32_t hash);
void table_del(struct ike_sa *sa, unsigned int which);
struct ike_sa *table_first(const struct ike *ike, unsigned int which, uint32_t hash);
struct ike_sa *table_next(const struct ike_sa *sa, unsigned int which);
uint32_t hash_of_peer(const struct ike *ike, const struct ike_addr *peer);
uint32_t hash_of_init(const struct ike *ike, const uint8_t spi_i[8],
		      const struct ike_addr *peer);
uint32_t hash_of_spi(const uint8_t spi[8]);
bool heap_update(struct ike_sa *sa, uint64_t deadline);
void heap_remove(struct ike_sa *sa);
void child_table_add(struct ike_sa *sa, struct child *c);
void child_table_del(struct child *c);
struct child *child_by_spi(const struct ike *ike, uint32_t spi_in);

/* window.c */
void sa_send(struct ike_sa *sa, const uint8_t *pkt, size_t len);
/* Each of the messages that stand there. */
void send_each(struct ike *ike, const struct ike_addr *local, const struct ike_addr *peer,
	       const uint8_t *pkt, size_t len);
/* A response: to the sender of what is worked on. */
void sa_reply(struct ike_sa *sa, const uint8_t *pkt, size_t len);
void sa_header(const struct ike_sa *sa, struct ike_header *h, uint8_t exchange,
	       bool response, uint32_t id);
/* The key that protects what this end sends. */
const struct sk_key *own_key(const struct ike_sa *sa);
/* Open an encrypted request (response) in ike->out. */
void begin_request(struct ike_sa *sa, struct builder *b, uint8_t exchange);
void begin_response(struct ike_sa *sa, struct builder *b, uint8_t exchange, uint32_t id);
/* Encrypt, remember, send.  false: too long, or out of memory. */
bool finish_request(struct ike_sa *sa, struct builder *b);
bool finish_response(struct ike_sa *sa, struct builder *b);
bool remember_request(struct ike_sa *sa, const uint8_t *pkt, size_t len);
bool remember_response(struct ike_sa *sa, const uint8_t *pkt, size_t len);
/* Encrypt what b has; its length, 0: too long. */
size_t sa_seal(struct ike_sa *sa, struct builder *b);
void request_answered(struct ike_sa *sa);
/* The request timed out a while: again, or give up (false). */
bool resend_request(struct ike_sa *sa);
/* A response that only says an error. */
void respond_error(struct ike_sa *sa, uint8_t exchange, uint32_t id, uint16_t type,
		   const void *data, size_t len);

/* fragment.c */
/* Before anything is decrypted: may it be one that is missing? */
bool fragment_wanted(const struct ike_sa *sa, const struct message *m);
/* It is authentic.  PARSE_MORE: not all are there; else as message_decrypt(). */
enum parse_result fragment_in(struct ike_sa *sa, struct message *m, uint8_t *detail);
void fragments_free(struct ike_sa *sa, bool response);
uint64_t fragments_next(const struct ike_sa *sa);
void fragments_expire(struct ike_sa *sa);
/* false: b is not too long.  true: *out has the fragments, NULL: out of memory. */
bool fragment_out(struct ike_sa *sa, struct builder *b, uint8_t **out, size_t *len);
/* No answer: the path may not carry packets of that size. */
void fragment_request_again(struct ike_sa *sa);
/* Our response seems to be lost; m: (a fragment of) the request, repeated. */
void fragment_response_again(struct ike_sa *sa, const struct message *m);

/* propose.c */
void propose_ike(const struct ike *ike, struct sa_payload *sa, const uint8_t *spi,
		 size_t spi_len);
/*
 * Our choice from what the peer offers; false: nothing in common.  group: preferred if it
 * will do, 0: none.
 */
bool choose_ike(const struct ike *ike, const struct sa_payload *offer, uint16_t group,
		struct ike_keys *keys, struct sa_payload *chosen);
/* Is the answer one of what propose_ike() offers? */
bool accept_ike(const struct ike *ike, const struct sa_payload *answer, struct ike_keys *keys,
		const uint8_t **spi);
/* Is it in one of our offers? */
bool groups_have(const struct ike *ike, uint16_t group);
/* Are the algorithms together in one? */
bool offers_have(const struct ike *ike, const struct ike_keys *k);
/* group: of the KE payload that goes with it, 0: none. */
void propose_esp(const struct ike *ike, struct sa_payload *sa, const struct ike_suite *suites,
		 unsigned int n, const uint8_t spi[4], uint16_t group);
enum esp_choice { ESP_OK, ESP_NONE, ESP_WRONG_GROUP };
/* *group: of the peer's KE payload, 0: none; becomes that of the answer, or the right one. */
enum esp_choice choose_esp(const struct ike *ike, const struct sa_payload *offer,
			   const struct ike_suite *suites, unsigned int n, uint16_t *group,
			   struct ike_suite *suite, uint32_t *spi, struct sa_payload *chosen);
bool accept_esp(const struct ike *ike, const struct sa_payload *answer,
		const struct ike_suite *suites, unsigned int n, uint16_t group,
		struct ike_suite *suite, uint32_t *spi);
const struct ike_suite *default_suites(unsigned int *n);

/* init.c: IKE_SA_INIT, and IKE_SESSION_RESUME where hs->ticket is set */
void init_start(struct ike_sa *sa);
void init_request_in(struct ike *ike, struct message *m, const struct ike_addr *local,
		     const struct ike_addr *peer);
void init_response_in(struct ike_sa *sa, struct message *m);
/* An unprotected message with an unknown critical payload (section 2.5). */
void init_critical(struct ike *ike, const struct message *m, const struct ike_addr *local,
		   const struct ike_addr *peer, uint8_t type);
void handshake_free(struct ike_sa *sa);

/* resume.c */
/* Initiator: begin with the ticket in hs; the request's own payload. */
void resume_begin(struct ike_sa *sa);
void resume_put(const struct ike_sa *sa, struct builder *b);
/* The peer refuses, or does not answer: a new IKE SA instead. */
void resume_give_up(struct ike_sa *sa);
/* No answer so often: it may not know the exchange at all. */
bool resume_unheard(const struct ike_sa *sa);
/* Does m say that the peer does not resume?  Nobody vouches for it. */
bool resume_refused(const struct message *m);
/* Nonce and ticket of a request; nonce of an answer. */
bool resume_parse(const struct message *m, struct chunk *nonce, struct chunk *ticket);
bool resume_nonce(const struct message *m, struct chunk *nonce);
/* Keys from the ticket and the nonces in hs. */
bool resume_keys(struct ike_sa *sa);
/* AUTH of that end over the octets; the length. */
size_t resume_mac(const struct ike_sa *sa, bool initiator, struct chunk octets,
		  uint8_t out[IKE_PRF_MAX]);
/* Responder: the peer has proved itself, the ticket is used; what it was of goes. */
void resume_done(struct ike_sa *sa);

struct proof;

/* limit.c */
unsigned int half_open_of_source(const struct ike *ike, const struct ike_addr *peer);
void half_open_enter(struct ike_sa *sa);
void half_open_leave(struct ike_sa *sa);
/* The cached response once more? */
bool may_resend(struct ike_sa *sa);

/* ppk.c */
/* Is USE_PPK to be sent? */
bool ppk_wanted(const struct ike_sa *sa);
void ppk_free(struct handshake *hs);
/* Initiator, before its proof: take the PPK into use; without: a proof for a peer that
 * does not have it, len 0: none.  A phrase: it cannot be.
 */
const char *ppk_begin(struct ike_sa *sa, const struct ike_expect *e, struct proof *without);
void ppk_put(const struct ike_sa *sa, struct builder *b, const struct ike_expect *e,
	     const struct proof *without);
/* false: the peer has not used it, and it had to. */
bool ppk_answered(struct ike_sa *sa, const struct message *m);
/*
 * Initiator: now that the peer's ID is known, is the secret in use that it needs?  Before,
 * there was only its address to look for one.
 */
bool ppk_enough(const struct ike_sa *sa, const struct ike_expect *e);
/* Responder, before the check: likewise; auth becomes what is to be checked. */
bool ppk_request(struct ike_sa *sa, const struct message *m, const struct ike_expect *e,
		 struct chunk *auth);
void ppk_put_answer(const struct ike_sa *sa, struct builder *b);

/* intermediate.c */
/* Initiator: the next IKE_INTERMEDIATE, or IKE_AUTH. */
void intermediate_start(struct ike_sa *sa);
void intermediate_request_in(struct ike_sa *sa, struct message *m);
void intermediate_response_in(struct ike_sa *sa, struct message *m);
/* What AUTH says of them: at most 2 * IKE_PRF_MAX + 4 octets; the length. */
size_t intermediate_auth(const struct ike_sa *sa, uint8_t *out);
void intermediate_free(struct handshake *hs);

/* auth.c */
void auth_start(struct ike_sa *sa);
void auth_request_in(struct ike_sa *sa, struct message *m);
void auth_response_in(struct ike_sa *sa, struct message *m);
/* Responder: the key exchange is computed when IKE_AUTH comes, not before. */
bool auth_derive(struct ike_sa *sa);

/* proof.c */
struct proof {
	uint8_t method;
	size_t len;
	uint8_t auth[SIGNER_AUTH_MAX];
};

/* What the peer says of the signatures that it verifies and the certificates it wants. */
void proof_note_hashes(struct ike_sa *sa, const struct message *m);
void proof_note_certreq(struct ike_sa *sa, const struct message *m);
void proof_put_certreq(const struct ike *ike, struct builder *b);
/* What the owner knows of the peer; id NULL: nothing but its address is known. */
void proof_expect(const struct ike_sa *sa, const struct ike_identity *id,
		  struct ike_expect *e);
/* Our own.  NULL, or why there is none. */
const char *proof_make(struct ike_sa *sa, bool initiator, const struct ike_expect *known,
		       struct proof *p);
/* Payloads ID and CERT; AUTH.  After proof_make(). */
void proof_put_id(struct ike_sa *sa, struct builder *b, bool initiator);
void proof_put_auth(struct ike_sa *sa, struct builder *b, bool initiator,
		    const struct proof *p);
/*
 * Check the peer's proof and let the owner decide.  The notify type of a refusal, or 0;
 * known is filled in.
 */
uint16_t proof_check(struct ike_sa *sa, const struct message *m, bool initiator,
		     struct ike_expect *known);

/* late.c */
/* No answer to IKE_AUTH: tell the owner, but listen on; false: it is over. */
bool late_wait(struct ike_sa *sa);
/* What the first Child SA is for has ended. */
void late_request_done(struct ike_sa *sa, enum ike_error error, uint16_t detail);
/* Initiator, IKE SA up: a responder that waited for a sign of life may have closed it. */
void late_up(struct ike_sa *sa);
/* Responder: the peer may not have our IKE_AUTH response. */
void unheard_begin(struct ike_sa *sa);
/* A message came, perhaps one that was long under way; a response shows more. */
void unheard_end(struct ike_sa *sa, bool response);
void unheard_tick(struct ike_sa *sa);
unsigned int unheard_sends(const struct ike_sa *sa);

/* heir.c */
/* The IKE SA is up: announce our next key, if there is one. */
void heir_up(struct ike_sa *sa);
void heir_start(struct ike_sa *sa);
void heir_answered(struct ike_sa *sa, const struct message *m);
void heir_in(struct ike_sa *sa, const struct message *m, struct builder *b);

/* selector.c */
bool ts_within(const struct ike_ts *in, const struct ike_ts *out);
bool ts_within_any(const struct ike_ts *in, const struct ike_ts *out, unsigned int n);
bool ts_one_address(const struct ike_ts *ts);
/* Does its address and port lie within ts? */
bool ts_holds(const struct ike_ts *ts, uint8_t proto, const struct ike_addr *a);
/* Addresses of transport mode behind NAT: those that we see (section 2.23.1). */
void ts_substitute(struct ike_ts *ts, unsigned int n, const struct ike_addr *addr);

/* child.c */
struct child *child_find(const struct ike_sa *sa, uint32_t spi_in);
struct child *child_find_out(const struct ike_sa *sa, uint32_t spi_out);
/* What an SA was rekeyed to and is still there, NULL: nothing. */
struct child *child_successor(const struct ike_sa *sa, uint32_t spi_in);
bool child_covers(const struct child *c, const struct ike_request *req);
bool child_covers_flow(const struct child *c, const struct ike_flow *f);
/* Has the peer the mode that is asked for? */
bool child_possible(const struct ike_sa *sa, const struct ike_request *req);
void child_remove(struct ike_sa *sa, struct child *c, bool tell_kernel,
		  enum ike_event_type why, enum ike_error error);
void child_switch(struct ike_sa *sa, struct child *c);
/* The IKE SA has moved, its peer from old: so does c, by ops.child_move. */
void child_follow(struct ike_sa *sa, struct child *c, const struct ike_addr *old, bool encap);
/* Does our exchange that is on its way make a Child SA that the peer may know already? */
bool child_unborn(const struct ike_sa *sa);
/* The peer deleted one that we do not know (yet). */
void child_unborn_gone(struct ike_sa *sa, uint32_t spi_out);
/* Our exchange made c; if the peer has deleted it since, it goes again: true. */
bool child_stillborn(struct ike_sa *sa, struct child *c);
uint32_t child_new_spi(struct ike *ike);
struct child_keys_in {
	struct chunk shared;		/* empty: no key exchange of its own */
	struct chunk ni, nr;
	uint16_t wrong_group;		/* of N_INVALID_KE_PAYLOAD: the right one */
};

struct child_plan {
	struct ike_grant grant;
	struct ike_suite suite;
	uint32_t spi_in, spi_out, cookie, replaces;
	bool initiator, standby;
};

/* Derive keys and install.  NULL: the kernel refuses, or out of memory. */
struct child *child_install(struct ike_sa *sa, const struct child_plan *plan,
			    const struct child_keys_in *keys);
/* Payloads SA; [N(mode)], TSi, TSr of an offer. */
void child_offer(const struct ike *ike, struct builder *b, const struct ike_request *req,
		 uint32_t spi_in);
void child_offer_ts(struct builder *b, const struct ike_request *req);
/* Responder: answer the SA and TS payloads of m.  Gives a notify type, 0: done, *c. */
uint16_t child_respond(struct ike_sa *sa, struct message *m, struct builder *b,
		       struct child_keys_in *keys, const uint8_t *nonce,
		       const struct child *rekeyed, struct child **c);
/* A notify that refuses; group: that of N_INVALID_KE_PAYLOAD. */
void build_refusal(struct builder *b, uint16_t why, uint16_t group);
/* Is it a request of the peer for another group that we have?  Else 0. */
uint16_t other_group(const struct ike_sa *sa, const struct message *m, uint16_t sent);
/* Initiator: take the answer.  Error and notify type, IKE_OK: *c. */
enum ike_error child_answer(struct ike_sa *sa, struct message *m,
			    const struct ike_request *req, uint32_t spi_in,
			    struct child_keys_in *keys, const struct child *rekeyed,
			    const struct ke *ke, uint16_t *detail, struct child **c);
void child_start(struct ike_sa *sa, struct job *job);
void create_child_request_in(struct ike_sa *sa, struct message *m);
void create_child_response_in(struct ike_sa *sa, struct message *m);

/* rekey.c */
void rekey_child_start(struct ike_sa *sa, struct job *job);
void rekey_sa_start(struct ike_sa *sa, struct job *job);
void rekey_child_request_in(struct ike_sa *sa, struct message *m, uint32_t spi);
void rekey_sa_request_in(struct ike_sa *sa, struct message *m);
void rekey_child_response_in(struct ike_sa *sa, struct message *m);
void rekey_sa_response_in(struct ike_sa *sa, struct message *m);
/* The peer closes sa while both rekey it: its new IKE SA stands, if there is one. */
bool rekey_sa_yield(struct ike_sa *sa);
/* No answer to ours: what the peer made of sa meanwhile is closed as well. */
void rekey_sa_abandon(struct ike_sa *sa);
void exchange_free(struct ike_sa *sa);

/* info.c */
void info_request_in(struct ike_sa *sa, struct message *m);
void info_response_in(struct ike_sa *sa, struct message *m);
/* Delete it at the peer, too, as soon as the window is free. */
void delete_child(struct ike_sa *sa, struct child *c);
void delete_child_start(struct ike_sa *sa, struct job *job);
void liveness_start(struct ike_sa *sa);
void close_start(struct ike_sa *sa);

/* query.c */
/* The IKE SA is authenticated by what is in its handshake. */
void lineage_begin(struct ike_sa *sa);
void lineage_join(struct ike_sa *sa, const struct ike_sa *parent);
void lineage_leave(struct ike_sa *sa);
void query_start(struct ike_sa *sa, struct job *job);
void query_answered(struct ike_sa *sa, const struct message *m);
/* Answer the peer's query in m, if there is one. */
void query_in(struct ike_sa *sa, const struct message *m, struct builder *b);
/* The IKE SA goes; the Child SA may live on under its successor. */
void query_lost(struct ike_sa *sa);
void query_drop(struct ike *ike, struct query *q, enum ike_error error, uint8_t result);
void queries_free(struct ike *ike);
/* The payload that b has just been given, or what was received. */
void chosen_keep(struct child *c, struct chunk body);
struct chunk built_body(const struct builder *b);

#endif /* BTNS_IKE_SA_H */
