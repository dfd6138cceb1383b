/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The C API of the BTNS working group (draft-ietf-btns-c-api-04), repaired, on top
 * of libbtns.  See ipsec_api(3).
 *
 * A pToken says how a connection is protected and between whom, or what a program
 * wants in this respect; an iToken is an identity.  Both are plain memory of this
 * process, valid after fork(2) too.  Functions return 0, or -1 with errno.
 */
#ifndef _IPSEC_API_H
#define _IPSEC_API_H

#include <stdint.h>
#include <sys/socket.h>

#include <btns.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ipsec_pToken;
struct ipsec_iToken;

/*
 * One number space: a type never fits the wrong kind of token.  Values are a
 * uint16_t of enum ipsec_api_value unless said otherwise.
 */
enum ipsec_api_attr {
	/* pToken */
	IPSEC_API_ATTR_privacyProtected = 0x0100,
	IPSEC_API_ATTR_integrityProtected,
	IPSEC_API_ATTR_compressionAvailable,
	IPSEC_API_ATTR_policyName,		/* text: entry of the PAD */
	/* value: an iToken; length: sizeof(struct ipsec_iToken *) */
	IPSEC_API_ATTR_iToken,			/* of the peer */
	IPSEC_API_ATTR_remote_iToken,		/* ourselves, as the peer sees us */
	IPSEC_API_ATTR_tunnelMode,
	IPSEC_API_ATTR_ipoptionsProtected,
	IPSEC_API_ATTR_auditString,		/* text; iTokens have it, too */
	IPSEC_API_ATTR_informationString,	/* text */
	IPSEC_API_ATTR_privacyLevel,		/* LEVEL_*, or DISABLE */
	IPSEC_API_ATTR_integrityLevel,		/* likewise */
	IPSEC_API_ATTR_bypass,			/* ENABLE: in clear; privileged */
	/* the same, without doubt about who is meant */
	IPSEC_API_ATTR_peerIdentity = IPSEC_API_ATTR_iToken,
	IPSEC_API_ATTR_localIdentity = IPSEC_API_ATTR_remote_iToken,

	/* iToken */
	IPSEC_API_ATTR_authenticationMethod = 0x0200, /* IPSEC_API_VAL_METHOD_* */
	IPSEC_API_ATTR_certificateAuthorityDN,	/* text */
	IPSEC_API_ATTR_certificateDN,		/* text */
	IPSEC_API_ATTR_pubKeyID,		/* text: "SHA256:..." */
	IPSEC_API_ATTR_channelBinding,		/* octets */
	IPSEC_API_ATTR_trustState,		/* IPSEC_API_VAL_TRUST_*: at least */
	IPSEC_API_ATTR_identity,		/* text: "fqdn:bob.example" */
};

enum ipsec_api_value {
	IPSEC_API_VAL_ANY = 0x0300,
	IPSEC_API_VAL_ENABLE,
	IPSEC_API_VAL_DISABLE,
	IPSEC_API_VAL_LEVEL_LOW,		/* at least so strong */
	IPSEC_API_VAL_LEVEL_MEDIUM,		/* 128 bits */
	IPSEC_API_VAL_LEVEL_HIGH,		/* 256 bits */

	IPSEC_API_VAL_METHOD_NONE = 0x0310,
	IPSEC_API_VAL_METHOD_BTNS,
	IPSEC_API_VAL_METHOD_LEAPOFFAITH,
	IPSEC_API_VAL_METHOD_PRESHAREDKEY,
	IPSEC_API_VAL_METHOD_GROUPKEY,
	IPSEC_API_VAL_METHOD_XAUTH,
	IPSEC_API_VAL_METHOD_EAP,
	IPSEC_API_VAL_METHOD_PKIX_TRUSTED,	/* certificate of a known authority */
	IPSEC_API_VAL_METHOD_PKIX_INLINE,
	IPSEC_API_VAL_METHOD_PKIX_OFFLINE,	/* key known beforehand */

	IPSEC_API_VAL_TRUST_ANONYMOUS = 0x0320,	/* any, as a demand */
	IPSEC_API_VAL_TRUST_UNVERIFIED,		/* some key */
	IPSEC_API_VAL_TRUST_KNOWN,		/* the key of an earlier contact */
	IPSEC_API_VAL_TRUST_VERIFIED,		/* configured */
};

/* Room for every text attribute and every exported iToken. */
#define IPSEC_API_TEXT		4096
#define IPSEC_API_ITOKEN_EXPORT	1024

/* --- Tokens: new ones demand nothing ------------------------------------------- */

int ipsec_create_pToken(struct ipsec_pToken **p) BTNS_NONNULL(1) BTNS_CHECKED;
int ipsec_free_pToken(struct ipsec_pToken *p);
int ipsec_dup_pToken(const struct ipsec_pToken *p, struct ipsec_pToken **copy)
	BTNS_NONNULL(1, 2) BTNS_CHECKED;
int ipsec_create_iToken(struct ipsec_iToken **i) BTNS_NONNULL(1) BTNS_CHECKED;
int ipsec_free_iToken(struct ipsec_iToken *i);

/*
 * @token: a pToken or an iToken.  *@len: in: room at @val; out: length of the value
 * (texts with their NUL).  ERANGE: too short, *@len is what is needed.  EINVAL: no
 * such attribute of that kind of token.  ENODATA: it has no value here.
 */
int ipsec_get_token_attr(const void *token, unsigned int type, size_t *len,
			 void *val) BTNS_NONNULL(1, 3) BTNS_CHECKED;
/* Only tokens that the caller made: EPERM for those of a socket. */
int ipsec_set_token_attr(void *token, unsigned int type, size_t len,
			 const void *val) BTNS_NONNULL(1, 4) BTNS_CHECKED;

/*
 * 0: the same, 1: not.  pTokens: the same connection, or templates that demand the
 * same, with equal peers and equal strength.  iTokens: the same key; without key the
 * same identity, if it was authenticated.
 */
int ipsec_cmp_pToken(const struct ipsec_pToken *p1,
		     const struct ipsec_pToken *p2)
	BTNS_NONNULL(1, 2) BTNS_CHECKED;
int ipsec_cmp_iToken(const struct ipsec_iToken *i1,
		     const struct ipsec_iToken *i2)
	BTNS_NONNULL(1, 2) BTNS_CHECKED;

/* A form to keep on disk; equality survives. */
int ipsec_export_iToken(const struct ipsec_iToken *i, void *buf, size_t *len)
	BTNS_NONNULL(1, 3) BTNS_CHECKED;
int ipsec_import_iToken(const void *buf, size_t len, struct ipsec_iToken *i)
	BTNS_NONNULL(1, 3) BTNS_CHECKED;

/* --- Sockets ----------------------------------------------------------------------- */

/* What holds for the connected socket, for its life. */
int ipsec_get_socket_pToken(int fd, struct ipsec_pToken *p)
	BTNS_NONNULL(2) BTNS_CHECKED;
/*
 * Demand that the connection is at least so protected, to that peer.
 *
 * Before connect() or listen(): the kernel makes no other connection (connect() fails
 * with EACCES or EKEYREJECTED, a listener does not answer).  It takes protection (ENABLE,
 * LEVEL_LOW), trustState, pubKeyID and identity, which counts only if authenticated, or
 * bypass alone.  A token of a socket stands for its peer and the kind of protection that
 * it had.  What the kernel cannot know beforehand is EOPNOTSUPP, and nothing is set: set
 * it on the connected socket.  A token without demands takes the last one back.
 *
 * On a connected socket all of it is compared with what holds, for the connection's life.
 * EACCES: less protection; EKEYREJECTED: another peer; ENODATA: in clear; EAGAIN, ENOTCONN.
 */
int ipsec_set_socket_pToken(int fd, const struct ipsec_pToken *p)
	BTNS_NONNULL(2) BTNS_CHECKED;

/*
 * Datagrams of an unconnected UDP socket.  Not as in the draft: the kernel is asked about
 * the addresses in the message, so the calls have to know the socket.
 * ipsec_enable_msg_pTokens() comes first, before any datagram.
 *
 * get: @msg as recvmsg() returned it, with room for control messages.  set: compare
 * what holds for the flow that @msg is going to be sent on, as on a connected socket;
 * ENODATA: it has no latch (yet).
 */
int ipsec_enable_msg_pTokens(int fd) BTNS_CHECKED;
int ipsec_get_msg_pToken(int fd, const struct msghdr *msg,
			 struct ipsec_pToken *p) BTNS_NONNULL(2, 3) BTNS_CHECKED;
int ipsec_set_msg_pToken(int fd, const struct msghdr *msg,
			 const struct ipsec_pToken *p)
	BTNS_NONNULL(2, 3) BTNS_CHECKED;

/* enum btns_latch_state */
int ipsec_get_latch(int fd, unsigned int *state) BTNS_NONNULL(2) BTNS_CHECKED;

/* What a break does; at any time (see btns_on_break()). */
enum ipsec_break_action {
	IPSEC_BREAK_WAIT,		/* nothing passes until it is mended */
	IPSEC_BREAK_CLOSE,		/* TCP: as if the peer had reset it */
	IPSEC_BREAK_FAILOVER,		/* SCTP: to another address of the peer; else CLOSE */
	IPSEC_BREAK_ALERT = 0x100,	/* or it: and ipsec_get_alert() tells */
};
int ipsec_set_break_action(int fd, unsigned int action) BTNS_CHECKED;
/* The next alert, see btns_next_alert(); EAGAIN: none. */
int ipsec_get_alert(int fd, struct btns_alert *alert)
	BTNS_NONNULL(2) BTNS_CHECKED;

/* Why there is no pToken for a socket. */
struct ipsec_api_error {
	int error;			/* 0: there is one */
	char text[BTNS_EXPLAIN_TEXT];
};
int ipsec_get_error(int fd, struct ipsec_api_error *why) BTNS_NONNULL(2);

/*
 * @type: name of RFC 5056: "ipsec-end-point-v1", "ipsec-end-point-v1-sha-384",
 * "ipsec-end-point-1way-v1", "ipsec-unique-v1" (see btns_binding()),
 * "IPsec-end-point-IKEv2-pubkey-sha-256"; NULL: the end-point binding that the
 * connection has, with SHA-256.  The value begins with the name and a colon.
 */
int ipsec_get_channel_binding(int fd, const char *type, void *buf, size_t *len)
	BTNS_NONNULL(4) BTNS_CHECKED;
const char *const *ipsec_list_cb_hashes(void);

#ifdef __cplusplus
}
#endif

#endif /* _IPSEC_API_H */
