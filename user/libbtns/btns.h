/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libbtns: what IPsec knows about a connection, for the application that owns it.
 * See libbtns(3).
 *
 * Unless said otherwise a function returns 0, or -1 with errno.  The errno
 * values of the socket options are those of <linux/btns.h>; btns_strerror()
 * explains them.  All functions are thread-safe; none keeps or returns memory
 * of the library, except pointers to constants.
 */
#ifndef _BTNS_H
#define _BTNS_H

#include <stddef.h>
#include <sys/socket.h>
#include <linux/btns.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BTNS_CHECKED	__attribute__((warn_unused_result))
#define BTNS_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#else
#define BTNS_CHECKED
#define BTNS_NONNULL(...)
#endif

/* "SHA256:" and 43 characters of base64, with the NUL. */
#define BTNS_FINGERPRINT_TEXT	51
/* Room for every identity: btns_peer_id(). */
#define BTNS_ID_INFO_MAX	(sizeof(struct btns_id_info) + BTNS_ID_MAX)
/* Room for every text of btns_id_text() (each octet may be escaped). */
#define BTNS_ID_TEXT		(4 * BTNS_ID_MAX + 32)
/* Room for every text of btns_binding_text(). */
#define BTNS_BINDING_TEXT	(2 * BTNS_BINDING_MAX + 1)
/* Room for every text of btns_explain(). */
#define BTNS_EXPLAIN_TEXT	512

/* --- A connection ------------------------------------------------------- */

/*
 * State and parameters of the latch.  @size is sizeof(*@latch) as the caller
 * was compiled; members that the kernel does not know are set to 0.  A
 * connection in clear is no error of this function: it answers
 * BTNS_LATCH_NONE.
 */
int btns_latch(int fd, struct btns_latch_info *latch, size_t size)
	BTNS_NONNULL(2) BTNS_CHECKED;

/*
 * The same, but wait until the latch is there or can no longer come: a larval
 * latch, and a connected UDP socket that has not exchanged packets yet, are
 * polled for up to @timeout_ms (-1: for ever).  ETIMEDOUT: @latch holds the
 * last state seen.
 */
int btns_latch_wait(int fd, struct btns_latch_info *latch, size_t size,
		    int timeout_ms) BTNS_NONNULL(2) BTNS_CHECKED;

/*
 * Subject public key (DER SubjectPublicKeyInfo) that the peer proved to own,
 * and our own.  *@len: in: room at @buf; out: octets of the key.  Too short:
 * ERANGE, and *@len is the length needed.  BTNS_SPKI_MAX is always enough.
 * ENOKEY: that end showed no key.
 */
int btns_peer_key(int fd, void *buf, size_t *len)
	BTNS_NONNULL(3) BTNS_CHECKED;
int btns_local_key(int fd, void *buf, size_t *len)
	BTNS_NONNULL(3) BTNS_CHECKED;

/*
 * Identity that the peer asserted, and our own, with how it was authenticated.
 * *@len as above; BTNS_ID_INFO_MAX is always enough.  With BTNS_AUTH_BTNS the
 * identity is a bare assertion: show it, never decide by it.
 */
int btns_peer_id(int fd, struct btns_id_info *id, size_t *len)
	BTNS_NONNULL(3) BTNS_CHECKED;
int btns_local_id(int fd, struct btns_id_info *id, size_t *len)
	BTNS_NONNULL(3) BTNS_CHECKED;

/*
 * 0 if the connection is latched to the peer whose key has this fingerprint
 * (compared in constant time); EKEYREJECTED: to another one.
 */
int btns_check_peer(int fd,
		    const unsigned char fingerprint[BTNS_FINGERPRINT_LEN])
	BTNS_NONNULL(2) BTNS_CHECKED;

/*
 * Channel binding (RFC 5056): octets that both ends of one channel read alike
 * and that no man in the middle can make equal on his two channels.  Compare
 * them inside an authentication that the channel itself does not provide
 * (SCRAM-PLUS, GSS-API, a password protocol), before any secret is sent.
 *
 * @type: enum btns_binding_type.  @hash: NULL for SHA-256, or a name of
 * btns_binding_hashes(); with BTNS_BINDING_UNIQUE NULL only.  *@len: in: room at @buf;
 * out: octets; BTNS_BINDING_MAX is always enough.  @flags, if not NULL:
 * BTNS_BINDING_F_*.
 *
 * The first call for BTNS_BINDING_UNIQUE at either end asks the peer: it sleeps until
 * the answer is there, or on a non-blocking socket fails with EAGAIN: call again.
 */
int btns_binding(int fd, unsigned int type, const char *hash, void *buf,
		 size_t *len, unsigned int *flags)
	BTNS_NONNULL(4, 5) BTNS_CHECKED;

/*
 * The same, but EAGAIN (a question under way, a latch that is not complete or broken)
 * is waited for, up to @timeout_ms (-1: for ever): ETIMEDOUT.
 */
int btns_binding_wait(int fd, unsigned int type, const char *hash, void *buf,
		      size_t *len, unsigned int *flags, int timeout_ms)
	BTNS_NONNULL(4, 5) BTNS_CHECKED;

/* Names of hash functions, NULL at the end. */
const char *const *btns_binding_hashes(void);

/* 1 if equal, else 0; in constant time for equal lengths. */
int btns_binding_equal(const void *a, size_t alen, const void *b, size_t blen)
	BTNS_NONNULL(1, 3) BTNS_CHECKED;

/*
 * One sentence on the connection for people: who, how protected, and if not,
 * why not.  Text that does not fit @size is cut.  Fails with EBADF, ENOTSOCK
 * and EINVAL only.
 */
int btns_explain(int fd, char *buf, size_t size) BTNS_NONNULL(2);

/* The same of a latch that was read already. */
int btns_explain_latch(const struct btns_latch_info *latch, char *buf,
		       size_t size) BTNS_NONNULL(1, 2);

/* --- What a connection must have, and what a break does ------------------ */

/*
 * BTNS_SO_WANT: before connect() or listen().  The member size is filled in.  All
 * members 0: no wish.  EISCONN: too late; EACCES: net.btns.auto_latch is off; EPERM:
 * BTNS_WANT_F_BYPASS without privilege; ENOSPC: too many sockets have wishes.
 */
int btns_set_want(int fd, const struct btns_want *want)
	BTNS_NONNULL(2) BTNS_CHECKED;
int btns_get_want(int fd, struct btns_want *want) BTNS_NONNULL(2) BTNS_CHECKED;

/*
 * @reaction: enum btns_reaction.  @alert: tell by the error queue, or not.  At any time;
 * set beforehand, it is a wish: there must be a latch.  The rest of a wish stays.
 */
int btns_on_break(int fd, unsigned int reaction, int alert) BTNS_CHECKED;

/*
 * The connection is to have SAs that no other one has; before connect().  The rest of a
 * wish stays.
 */
int btns_want_own(int fd) BTNS_CHECKED;

/*
 * The next alert; EAGAIN: none.  Never waits: poll() says POLLERR when there is one.
 * Other messages of the error queue are lost; who wants them reads the queue himself,
 * with room for 16 octets of payload, and asks btns_alert_of(), @len being what
 * recvmsg() returned.  ENOMSG: another message; EMSGSIZE: no room for an alert.
 */
int btns_next_alert(int fd, struct btns_alert *alert)
	BTNS_NONNULL(2) BTNS_CHECKED;
int btns_alert_of(const struct msghdr *msg, size_t len,
		  struct btns_alert *alert) BTNS_NONNULL(1, 3) BTNS_CHECKED;

/* --- Datagrams of unconnected UDP sockets ---------------------------------- */

/*
 * From now on each flow has a latch, and recvmsg() tells the local address.  It is a
 * wish: nothing passes in clear.
 */
int btns_want_flows(int fd) BTNS_CHECKED;

/*
 * The flow of a datagram: of one that recvmsg() returned, or (@sending) of one that
 * sendmsg() is to send.  EINVAL: @msg has no address.
 */
int btns_flow_of(const struct msghdr *msg, int sending, struct btns_flow *flow)
	BTNS_NONNULL(1, 3) BTNS_CHECKED;

/*
 * What @option tells about that flow: BTNS_SO_LATCH to BTNS_SO_BINDING (set
 * flow->binding and flow->hash for that).  *@len: in: room at @buf, at least
 * sizeof(*flow); out: octets.  ENODATA: no latch.
 */
int btns_flow_ask(int fd, const struct btns_flow *flow, unsigned int option,
		  void *buf, size_t *len) BTNS_NONNULL(2, 4, 5) BTNS_CHECKED;

/* --- Text ---------------------------------------------------------------- */

/* What an errno value of this library means; never NULL. */
const char *btns_strerror(int error);

/* "SHA256:..." as ssh-keygen -l prints it.  ERANGE: @size too small. */
int btns_fingerprint_text(const unsigned char fingerprint[BTNS_FINGERPRINT_LEN],
			  char *buf, size_t size) BTNS_NONNULL(1, 2);

/* The way back: with or without prefix and padding.  EINVAL: no fingerprint. */
int btns_fingerprint_parse(const char *text,
			   unsigned char fingerprint[BTNS_FINGERPRINT_LEN])
	BTNS_NONNULL(1, 2) BTNS_CHECKED;

/*
 * "fqdn:host.example", "ipv4:192.0.2.1", "keyid:0a0b...", "none"; octets that
 * are not printable ASCII are escaped (\xNN), so the peer's words can be shown.
 * @len: octets at @id.
 */
int btns_id_text(const struct btns_id_info *id, size_t len, char *buf,
		 size_t size) BTNS_NONNULL(1, 3);

/*
 * The way back, of what has a type and data.  *@len: room at @id, at least
 * BTNS_ID_INFO_MAX; becomes the octets used.
 */
int btns_id_parse(const char *text, struct btns_id_info *id, size_t *len)
	BTNS_NONNULL(1, 2, 3) BTNS_CHECKED;

/* Prefix and colon as they are, the rest in hexadecimal digits. */
int btns_binding_text(const void *binding, size_t len, char *buf, size_t size)
	BTNS_NONNULL(1, 3);

/* "aes-gcm-16-256", "null/hmac-sha2-256-128"; IANA numbers where unnamed. */
int btns_suite_text(unsigned int encr, unsigned int bits, unsigned int integ,
		    char *buf, size_t size) BTNS_NONNULL(4);

/* Names of the values of an enum; "unknown" for others; never NULL. */
const char *btns_state_name(unsigned int state);	/* enum btns_latch_state */
const char *btns_break_name(unsigned int reason);	/* enum btns_break */
const char *btns_auth_name(unsigned int auth);		/* enum btns_auth */
const char *btns_trust_name(unsigned int trust);	/* enum btns_trust */
const char *btns_mode_name(unsigned int mode);		/* enum btns_mode */
const char *btns_class_name(unsigned int class_);	/* enum btns_class */
const char *btns_id_type_name(unsigned int type);	/* enum btns_id_type */

#ifdef __cplusplus
}
#endif

#endif /* _BTNS_H */
