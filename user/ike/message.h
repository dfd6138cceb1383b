/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKEv2 message codec (RFC 7296 section 3).
 *
 * Parsing is in two steps: message_parse() checks every length of the whole
 * message and fills a table of views into the packet; nothing is copied and
 * nothing is allocated.  Building appends to a fixed buffer; an overflow sticks
 * and is reported once, at the end.
 */
#ifndef BTNS_IKE_MESSAGE_H
#define BTNS_IKE_MESSAGE_H

#include "crypto.h"
#include "ike.h"

#define IKE_HDR_LEN	28
#define IKE_MSG_MAX	65535

enum { EXCH_IKE_SA_INIT = 34, EXCH_IKE_AUTH = 35, EXCH_CREATE_CHILD_SA = 36,
       EXCH_INFORMATIONAL = 37, EXCH_IKE_SESSION_RESUME = 38, EXCH_IKE_INTERMEDIATE = 43 };
enum { FLAG_INITIATOR = 0x08, FLAG_VERSION = 0x10, FLAG_RESPONSE = 0x20 };
enum { PL_NONE = 0, PL_SA = 33, PL_KE = 34, PL_IDi = 35, PL_IDr = 36, PL_CERT = 37,
       PL_CERTREQ = 38, PL_AUTH = 39, PL_NONCE = 40, PL_NOTIFY = 41, PL_DELETE = 42,
       PL_VENDOR = 43, PL_TSi = 44, PL_TSr = 45, PL_SK = 46, PL_CP = 47, PL_EAP = 48,
       PL_SKF = 53 };
enum { PROTO_IKE = 1, PROTO_AH = 2, PROTO_ESP = 3 };
enum { T_ENCR = 1, T_PRF = 2, T_INTEG = 3, T_DH = 4, T_ESN = 5 };
enum { CERT_RAW_RSA = 11, CERT_X509 = 4, CERT_RAW_PUBLIC_KEY = 15 };
enum { AUTH_RSA = 1, AUTH_PSK = 2, AUTH_ECDSA_256 = 9, AUTH_ECDSA_384 = 10,
       AUTH_ECDSA_521 = 11, AUTH_NULL = 13, AUTH_SIGNATURE = 14 };
enum { HASH_SHA1 = 1, HASH_SHA2_256 = 2, HASH_SHA2_384 = 3, HASH_SHA2_512 = 4,
       HASH_IDENTITY = 5 };
enum {
	N_UNSUPPORTED_CRITICAL_PAYLOAD = 1, N_INVALID_IKE_SPI = 4,
	N_INVALID_MAJOR_VERSION = 5, N_INVALID_SYNTAX = 7, N_INVALID_MESSAGE_ID = 9,
	N_INVALID_SPI = 11, N_NO_PROPOSAL_CHOSEN = 14, N_INVALID_KE_PAYLOAD = 17,
	N_AUTHENTICATION_FAILED = 24, N_SINGLE_PAIR_REQUIRED = 34,
	N_NO_ADDITIONAL_SAS = 35, N_INTERNAL_ADDRESS_FAILURE = 36,
	N_FAILED_CP_REQUIRED = 37, N_TS_UNACCEPTABLE = 38, N_INVALID_SELECTORS = 39,
	N_UNACCEPTABLE_ADDRESSES = 40, N_UNEXPECTED_NAT_DETECTED = 41,
	N_TEMPORARY_FAILURE = 43, N_CHILD_SA_NOT_FOUND = 44,
	N_ERROR_MAX = 16383,
	N_INITIAL_CONTACT = 16384, N_SET_WINDOW_SIZE = 16385,
	N_ADDITIONAL_TS_POSSIBLE = 16386, N_IPCOMP_SUPPORTED = 16387,
	N_NAT_DETECTION_SOURCE_IP = 16388, N_NAT_DETECTION_DESTINATION_IP = 16389,
	N_COOKIE = 16390, N_USE_TRANSPORT_MODE = 16391,
	N_HTTP_CERT_LOOKUP_SUPPORTED = 16392, N_REKEY_SA = 16393,
	N_ESP_TFC_PADDING_NOT_SUPPORTED = 16394, N_NON_FIRST_FRAGMENTS_ALSO = 16395,
	N_MOBIKE_SUPPORTED = 16396, N_ADDITIONAL_IP4_ADDRESS = 16397,
	N_ADDITIONAL_IP6_ADDRESS = 16398, N_NO_ADDITIONAL_ADDRESSES = 16399,
	N_UPDATE_SA_ADDRESSES = 16400, N_COOKIE2 = 16401, N_NO_NATS_ALLOWED = 16402,
	N_TICKET_LT_OPAQUE = 16409, N_TICKET_REQUEST = 16410, N_TICKET_ACK = 16411,
	N_TICKET_NACK = 16412, N_TICKET_OPAQUE = 16413, N_CHILDLESS_SUPPORTED = 16418,
	N_FRAGMENTATION_SUPPORTED = 16430, N_SIGNATURE_HASH_ALGORITHMS = 16431,
	N_USE_PPK = 16435, N_PPK_IDENTITY = 16436, N_NO_PPK_AUTH = 16437,
	N_INTERMEDIATE_SUPPORTED = 16438,
	/* private: only between ends that sent the Vendor ID that goes with it */
	N_USE_BEET_MODE = 40961,
	N_AUTOVPN_SHARED_SECRET = 48146, N_AUTOVPN_CONTINUITY = 48147,
	N_LATCH_CB_QUERY = 48160, N_LATCH_CB_REPLY = 48161,
	N_LOF_NEXT_KEY = 48176, N_LOF_NEXT_KEY_REPLY = 48177,
};

struct ike_header {
	uint8_t spi_i[8], spi_r[8];
	uint8_t next, version, exchange, flags;
	uint32_t id, length;
};

/* One payload: a view. */
struct payload {
	uint8_t type;
	bool critical;
	struct chunk body;		/* without the generic header */
};

#define MESSAGE_PAYLOADS_MAX 64		/* more: the message is refused */

struct message {
	struct ike_header h;
	struct chunk raw;
	unsigned int n;
	struct payload pl[MESSAGE_PAYLOADS_MAX];	/* after decryption: only those inside SK */
	uint8_t critical;		/* first unknown critical payload, 0: none */
	uint8_t sk_first;		/* SK: type of the first payload inside */
	struct chunk sk;		/* SK or SKF: IV, text, ICV */
	size_t sk_at;			/* offset of its generic header */
	size_t iv_at;			/* offset of its IV = length of AAD */
	uint16_t frag, frags;		/* SKF (RFC 7383): number and total; SK: 0 */
	struct chunk text;		/* after decryption: what was inside, without padding */
};

/* Why parsing failed. */
enum parse_result {
	PARSE_OK = 0,
	PARSE_SHORT,			/* not an IKEv2 message, or not authentic: drop it silently */
	PARSE_VERSION,			/* major version over 2 */
	PARSE_SYNTAX,
	PARSE_CRITICAL,			/* unknown critical payload: its type in *detail */
	PARSE_MORE,			/* a fragment; others are missing */
};

enum parse_result header_parse(struct ike_header *h, const uint8_t *pkt, size_t len);
/*
 * Outer payload chain; stops at SK or SKF, which is not in the table itself.  With it an
 * unknown critical payload is reported by message_decrypt() only.
 */
enum parse_result message_parse(struct message *m, const uint8_t *pkt, size_t len,
				uint8_t *detail);
/* Check MAC, decrypt in place and parse the inner chain into m->pl, but not that of a
 * fragment.  key: of the sender.  Returns PARSE_SHORT when the MAC is wrong.
 */
enum parse_result message_decrypt(struct message *m, uint8_t *pkt, const struct sk_key *key,
				  uint8_t *detail);
/* The inner chain of len octets at offset at; m->sk_first is the type of its first payload. */
enum parse_result message_inner(struct message *m, const uint8_t *buf, size_t at,
				size_t len, uint8_t *detail);

const struct payload *message_find(const struct message *m, uint8_t type);
unsigned int message_count(const struct message *m, uint8_t type);

struct notify {
	uint8_t proto;
	uint16_t type;
	struct chunk spi, data;
};

bool notify_parse(const struct payload *pl, struct notify *n);
/* First notify of that type. */
bool message_notify(const struct message *m, uint16_t type, struct notify *n);
bool message_has_notify(const struct message *m, uint16_t type);
/* First notify with an error type. */
bool message_error(const struct message *m, struct notify *n);

/* SA payload.  A transform with an unknown attribute is left out (unacceptable). */
struct transform {
	uint8_t type;
	uint16_t id, bits;
};

#define PROPOSAL_TRANSFORMS_MAX	64
#define SA_PROPOSALS_MAX	16

struct proposal {
	uint8_t num, proto;
	struct chunk spi;
	bool unknown_type;		/* transform of an unknown type: whole proposal is out */
	unsigned int n;
	struct transform t[PROPOSAL_TRANSFORMS_MAX];
};

struct sa_payload {
	unsigned int n;
	struct proposal p[SA_PROPOSALS_MAX];
};

bool sa_parse(const struct payload *pl, struct sa_payload *sa);
bool ke_parse(const struct payload *pl, uint16_t *group, struct chunk *data);
bool id_parse(const struct payload *pl, uint16_t *type, struct chunk *data);
bool cert_parse(const struct payload *pl, uint8_t *encoding, struct chunk *data);
bool auth_parse(const struct payload *pl, uint8_t *method, struct chunk *data);
/* At most max selectors are stored; more, or types that are not addresses, are
 * skipped; *n is what was stored.  false: syntax.
 */
bool ts_parse(const struct payload *pl, struct ike_ts *ts, unsigned int max,
	      unsigned int *n);
bool delete_parse(const struct payload *pl, uint8_t *proto, unsigned int *n,
		  struct chunk *spis);

/* Building. */
struct builder {
	uint8_t *buf;
	size_t cap, len;
	size_t next_at;			/* where the next payload's type goes */
	size_t pl_at;			/* header of the open payload */
	size_t sk_at;			/* SK payload's header, 0: none */
	size_t iv_at;			/* its IV */
	const struct sk_key *key;	/* its key */
	bool overflow;
};

void build_start(struct builder *b, uint8_t *buf, size_t cap,
		 const struct ike_header *h);
/* Open SK: the payloads that follow are encrypted at build_finish_sk(). */
void build_sk(struct builder *b, const struct sk_key *key);
/* Likewise SKF, for a part of the text, whose first payload is of that type. */
void build_skf(struct builder *b, const struct sk_key *key, uint8_t first, uint16_t number,
	       uint16_t total);
void build_text(struct builder *b, const void *text, size_t len);
void build_payload(struct builder *b, uint8_t type, const void *body, size_t len);
void build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
		  size_t spi_len, const void *data, size_t len);
void build_sa(struct builder *b, const struct sa_payload *sa);
void build_ke(struct builder *b, uint16_t group, const uint8_t *pub, size_t len);
void build_id(struct builder *b, uint8_t payload, uint8_t type, const void *data,
	      size_t len);
void build_cert(struct builder *b, uint8_t encoding, const void *data, size_t len);
void build_certreq(struct builder *b, uint8_t encoding);
void build_auth(struct builder *b, uint8_t method, const void *data, size_t len);
void build_ts(struct builder *b, uint8_t payload, const struct ike_ts *ts,
	      unsigned int n);
void build_delete(struct builder *b, uint8_t proto, const uint32_t *spis,
		  unsigned int n);
/* What stands in SK so far, in clear. */
struct chunk built_text(const struct builder *b);
/* Length of the finished message, 0: overflow. */
size_t build_finish(struct builder *b);
/* n: never the same twice with a key. */
size_t build_finish_sk(struct builder *b, uint64_t n);

/* Signature AUTH data of RFC 7427 with Ed25519 (RFC 8420). */
#define ED25519_AUTH_LEN (1 + 7 + 64)
void auth_ed25519_build(uint8_t out[ED25519_AUTH_LEN], const uint8_t sig[64]);
/* The signature, NULL: another algorithm or syntax. */
const uint8_t *auth_ed25519_parse(struct chunk data);

#endif /* BTNS_IKE_MESSAGE_H */
