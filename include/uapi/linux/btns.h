/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * BTNS for Linux: IPsec without credentials (RFC 5386), connection latching
 * (RFC 5660) and channel bindings (RFC 5056).
 *
 * This header is the only one that the kernel module, the helper and the
 * applications share.  Part 1 is for applications (socket options), part 2 for
 * administrators and the helper (generic netlink family "btns").
 *
 * Integers are in host byte order unless marked "network order".  Times are
 * milliseconds unless said otherwise.
 */
#ifndef _UAPI_LINUX_BTNS_H
#define _UAPI_LINUX_BTNS_H

#include <linux/types.h>

/* Names shared by both parts. */

/* Longest subject public key (DER SubjectPublicKeyInfo), octets. */
#define BTNS_SPKI_MAX		8192
/* Longest IKE identification data, octets. */
#define BTNS_ID_MAX		512
/* SHA-256 of the SubjectPublicKeyInfo. */
#define BTNS_FINGERPRINT_LEN	32
/* Longest name of a PAD or SPD entry, without the terminating NUL. */
#define BTNS_NAME_MAX		63

/**
 * enum btns_id_type - type of an identity
 *
 * Values up to 255 are the IKEv2 ID types (RFC 7296 section 3.5) as they stand
 * on the wire.  %BTNS_ID_PUBLICKEY is the type of RFC 5386 section 2; it is
 * local and never appears on the wire.
 */
enum btns_id_type {
	BTNS_ID_NONE		= 0,
	BTNS_ID_IPV4_ADDR	= 1,
	BTNS_ID_FQDN		= 2,
	BTNS_ID_RFC822_ADDR	= 3,
	BTNS_ID_IPV6_ADDR	= 5,
	BTNS_ID_DER_ASN1_DN	= 9,
	BTNS_ID_DER_ASN1_GN	= 10,
	BTNS_ID_KEY_ID		= 11,
	BTNS_ID_NULL		= 13,
	BTNS_ID_PUBLICKEY	= 256,
};

/**
 * enum btns_auth - how an end was authenticated
 * @BTNS_AUTH_NONE: not at all
 * @BTNS_AUTH_NULL: NULL authentication (RFC 7619): no key
 * @BTNS_AUTH_BTNS: signature checked with the key that the peer itself sent
 *	(RFC 5386 section 2)
 * @BTNS_AUTH_LEAPOFFAITH: as BTNS, and the key is the one remembered from an
 *	earlier, unverified contact
 * @BTNS_AUTH_PSK: shared key
 * @BTNS_AUTH_PUBKEY: signature, key configured by the administrator
 * @BTNS_AUTH_PKIX: signature, certificate verified to a configured authority
 */
enum btns_auth {
	BTNS_AUTH_NONE,
	BTNS_AUTH_NULL,
	BTNS_AUTH_BTNS,
	BTNS_AUTH_LEAPOFFAITH,
	BTNS_AUTH_PSK,
	BTNS_AUTH_PUBKEY,
	BTNS_AUTH_PKIX,
	__BTNS_AUTH_MAX
};

/**
 * enum btns_trust - trust state of an identity
 * @BTNS_TRUST_ANONYMOUS: the peer showed no key
 * @BTNS_TRUST_UNVERIFIED: a key that nobody vouches for
 * @BTNS_TRUST_KNOWN: a key seen before (leap of faith)
 * @BTNS_TRUST_VERIFIED: a key or identity that the administrator configured
 */
enum btns_trust {
	BTNS_TRUST_ANONYMOUS,
	BTNS_TRUST_UNVERIFIED,
	BTNS_TRUST_KNOWN,
	BTNS_TRUST_VERIFIED,
	__BTNS_TRUST_MAX
};

/** enum btns_mode - IPsec mode of an SA */
enum btns_mode {
	BTNS_MODE_TRANSPORT	= 0,
	BTNS_MODE_TUNNEL	= 1,
	BTNS_MODE_BEET		= 4,
};

/**
 * enum btns_class - policy class of an SPD entry
 * @BTNS_CLASS_CLEAR: never protected (BYPASS of RFC 4301)
 * @BTNS_CLASS_CLEAR_OR_PRIVATE: in clear until the peer asks for protection
 * @BTNS_CLASS_PRIVATE_OR_CLEAR: protected if the peer can, else in clear; packets
 *	wait for the outcome of the negotiation
 * @BTNS_CLASS_PRIVATE: protected or dropped (PROTECT of RFC 4301)
 * @BTNS_CLASS_BLOCK: dropped (DISCARD of RFC 4301)
 *
 * A larger number is never less strict.
 */
enum btns_class {
	BTNS_CLASS_CLEAR,
	BTNS_CLASS_CLEAR_OR_PRIVATE,
	BTNS_CLASS_PRIVATE_OR_CLEAR,
	BTNS_CLASS_PRIVATE,
	BTNS_CLASS_BLOCK,
	__BTNS_CLASS_MAX
};

/**
 * enum btns_break - why a latch is BROKEN or CLOSED
 * @BTNS_BREAK_NONE: it is not
 * @BTNS_BREAK_PEER: only another peer has SAs for the flow now
 * @BTNS_BREAK_PROTECTION: the SAs for the flow have another mode, suite or identity
 *	of our own
 * @BTNS_BREAK_POLICY: the SPD treats the flow differently now
 * @BTNS_BREAK_DEAD: the peer is dead or has restarted; the latch stays BROKEN
 * @BTNS_BREAK_ADMIN: an administrator closed it
 */
enum btns_break {
	BTNS_BREAK_NONE,
	BTNS_BREAK_PEER,
	BTNS_BREAK_PROTECTION,
	BTNS_BREAK_POLICY,
	BTNS_BREAK_DEAD,
	BTNS_BREAK_ADMIN,
	__BTNS_BREAK_MAX
};

/* ------------------------------------------------------------------------
 * Part 1: socket options
 *
 * At level SOL_IP on IPv4, IPv6 and v4-mapped sockets and at SOL_IPV6 on
 * AF_INET6 sockets.  No privilege needed: they speak of the caller's own
 * connection.  See btns(7).
 *
 * errno of getsockopt(2), the same for all options:
 *	ENOPROTOOPT	module not loaded, or no such option
 *	EOPNOTSUPP	not TCP, UDP or SCTP; a one-to-many SCTP socket (BTNS_SO_FLOW asks
 *			there); a listening socket (BTNS_SO_LATCH answers for that, too);
 *			another family, MPTCP, and SOL_IPV6 on AF_INET
 *			sockets (the core's own answer)
 *	ENOTCONN	not connected, or the latch is CLOSED (BTNS_SO_LATCH still answers)
 *	ENODATA		connected, but not latched: in clear, or older than the
 *			module
 *	EAGAIN		latch LARVAL or BROKEN: no value now (BTNS_SO_LATCH still
 *			answers)
 *	ERANGE		buffer too short; *optlen is untouched (the core does not write it
 *			on errors): ask with *optlen 0, that sets it to the size needed
 *	EINVAL		size or argument out of range, or a reserved field not 0
 *	EFAULT		bad address
 * and, BTNS_SO_BINDING only:
 *	EPROTONOSUPPORT	unknown type of binding or unknown hash
 *	ENOKEY		this connection can have no such value (both ends without
 *			key, or PSK)
 *	EKEYREJECTED	both ends have the same key: refused
 * and with %BTNS_BINDING_UNIQUE, which the helper agrees on with the peer's, besides:
 *	EAGAIN		non-blocking socket, and the value is not here yet: the question is
 *			under way, call again
 *	EOPNOTSUPP	the peer offers no such bindings
 *	ENOKEY		the peer does not latch this connection
 *	EKEYREJECTED	the peer's latch is held to something else
 *	ESRCH		no helper runs
 *	ETIMEDOUT	no answer within net.btns.acquire_timeout_ms
 *	EINTR		a signal came
 *	ENOMEM		out of memory
 */
#define BTNS_SO_BASE		0xB750
#define BTNS_SO_LATCH		(BTNS_SO_BASE + 0)	/* get: struct btns_latch_info */
#define BTNS_SO_PEER_KEY	(BTNS_SO_BASE + 1)	/* get: SubjectPublicKeyInfo, DER */
#define BTNS_SO_PEER_ID		(BTNS_SO_BASE + 2)	/* get: struct btns_id_info */
#define BTNS_SO_LOCAL_KEY	(BTNS_SO_BASE + 3)	/* get: SubjectPublicKeyInfo, DER */
#define BTNS_SO_LOCAL_ID	(BTNS_SO_BASE + 4)	/* get: struct btns_id_info */
#define BTNS_SO_BINDING		(BTNS_SO_BASE + 5)	/* get: struct btns_binding */
#define BTNS_SO_WANT		(BTNS_SO_BASE + 6)	/* set, get: struct btns_want */
#define BTNS_SO_FLOW		(BTNS_SO_BASE + 7)	/* get: in struct btns_flow */
#define BTNS_SO_MAX		(BTNS_SO_BASE + 15)

/**
 * enum btns_latch_state - RFC 5660 section 2.2
 * @BTNS_LATCH_NONE: connected, not latched
 * @BTNS_LATCH_LARVAL: handshake of the connection under way
 * @BTNS_LATCH_LISTENER: 3-tuple of a listening socket
 * @BTNS_LATCH_ESTABLISHED: protected, held to one peer
 * @BTNS_LATCH_BROKEN: conflict; nothing passes until it is gone
 * @BTNS_LATCH_CLOSED: final
 */
enum btns_latch_state {
	BTNS_LATCH_NONE,
	BTNS_LATCH_LARVAL,
	BTNS_LATCH_LISTENER,
	BTNS_LATCH_ESTABLISHED,
	BTNS_LATCH_BROKEN,
	BTNS_LATCH_CLOSED,
	__BTNS_LATCH_MAX
};

/**
 * enum btns_reaction - what a break does to the connection (RFC 5660 section 5)
 * @BTNS_REACTION_WAIT: nothing passes until the latch is ESTABLISHED again
 * @BTNS_REACTION_CLOSE: TCP: as if the peer had reset it; SCTP: aborted, unless another
 *	address of the peer remains; others: as WAIT
 * @BTNS_REACTION_FAILOVER: SCTP: another address of the peer becomes primary at once, not
 *	when the path has timed out; without one, and for others: as CLOSE
 */
enum btns_reaction {
	BTNS_REACTION_WAIT,
	BTNS_REACTION_CLOSE,
	BTNS_REACTION_FAILOVER,
	__BTNS_REACTION_MAX
};

/**
 * struct btns_alert - a latch changed its state, by the socket's error queue
 *
 * Only for those who asked for it with %BTNS_WANT_F_ALERT: poll() returns POLLERR
 * until the message is read, which others would never do.
 *
 * @state: enum btns_latch_state
 * @reason: enum btns_break
 * @id: number of the latch
 *
 * The payload that recvmsg(2) with MSG_ERRQUEUE returns (no IP_RECVERR needed).  Its
 * control message is IP_RECVERR or IPV6_RECVERR with a struct sock_extended_err:
 * ee_origin SO_EE_ORIGIN_LOCAL, ee_type %BTNS_ALERT_TYPE, ee_info and ee_data as state
 * and reason, ee_errno EKEYREJECTED, or 0 when the latch is ESTABLISHED again.
 */
struct btns_alert {
	__u32 state;
	__u32 reason;
	__u64 id;
};

#define BTNS_ALERT_TYPE		0xb7

/* btns_latch_info.flags */
#define BTNS_LATCH_F_CONFIDENTIAL	(1U << 0)	/* payload is encrypted */
#define BTNS_LATCH_F_INTEGRITY		(1U << 1)
#define BTNS_LATCH_F_REPLAY		(1U << 2)	/* anti-replay window on */
#define BTNS_LATCH_F_ESN		(1U << 3)	/* extended sequence numbers */
#define BTNS_LATCH_F_ENCAP		(1U << 4)	/* ESP in UDP (RFC 3948) */
#define BTNS_LATCH_F_PASSIVE		(1U << 5)	/* the peer opened the connection */
#define BTNS_LATCH_F_FLOW		(1U << 6)	/* of an unconnected socket */
#define BTNS_LATCH_F_OWN		(1U << 7)	/* SAs of this connection alone */

/**
 * struct btns_latch_info - BTNS_SO_LATCH
 * @size: in: size of the caller's struct, or 0 for the size given as optlen;
 *	out: octets filled in.  New members are added at the end.
 * @state: enum btns_latch_state
 * @mode: enum btns_mode
 * @peer_auth: enum btns_auth: how the peer proved itself
 * @local_auth: enum btns_auth: how we proved ourselves to the peer
 * @trust: enum btns_trust of the peer
 * @encr: IKEv2 encryption transform ID (IANA), 0: none
 * @encr_bits: key length, bits
 * @integ: IKEv2 integrity transform ID, 0: none or combined-mode cipher
 * @reserved: 0
 * @flags: BTNS_LATCH_F_*
 * @id: number of the latch, for btnsctl; never reused while the module is loaded
 * @family: AF_INET or AF_INET6: of the addresses below
 * @outer_family: likewise, of the outer addresses
 * @local_port: network order
 * @peer_port: network order
 * @local: our address of the connection (the first 4 octets for AF_INET)
 * @peer: the peer's address of the connection
 * @outer_local: our outer address: of the tunnel, else @local
 * @outer_peer: the peer's outer address as seen here, before any NAT is undone
 * @drops_in: packets from the peer's address dropped because they did not fit
 * @drops_out: own packets dropped because no SA fitted
 * @peer_fingerprint: SHA-256 of the peer's SubjectPublicKeyInfo, 0 without key
 * @local_fingerprint: likewise, our own
 * @broken: enum btns_break
 * @reaction: enum btns_reaction: what a break does
 * @reserved3: 0
 */
struct btns_latch_info {
	__u32 size;
	__u8 state;
	__u8 mode;
	__u8 peer_auth;
	__u8 local_auth;
	__u8 trust;
	__u8 reserved[3];
	__u16 encr;
	__u16 encr_bits;
	__u16 integ;
	__u16 reserved2;
	__u32 flags;
	__u64 id;
	__u16 family;
	__u16 outer_family;
	__be16 local_port;
	__be16 peer_port;
	__u8 local[16];
	__u8 peer[16];
	__u8 outer_local[16];
	__u8 outer_peer[16];
	__u64 drops_in;
	__u64 drops_out;
	__u8 peer_fingerprint[BTNS_FINGERPRINT_LEN];
	__u8 local_fingerprint[BTNS_FINGERPRINT_LEN];
	__u8 broken;
	__u8 reaction;
	__u8 reserved3[6];
};

/**
 * struct btns_id_info - BTNS_SO_PEER_ID, BTNS_SO_LOCAL_ID
 * @type: enum btns_id_type as asserted on the wire
 * @auth: enum btns_auth
 * @trust: enum btns_trust
 * @len: octets of @data
 * @pad_entry: name of the PAD entry that admitted the peer, NUL-terminated;
 *	empty for the local ID
 * @data: identification data as on the wire (RFC 7296 section 3.5)
 *
 * With %BTNS_AUTH_BTNS the ID is a bare assertion of the peer: show it, never
 * decide by it.
 */
struct btns_id_info {
	__u16 type;
	__u8 auth;
	__u8 trust;
	__u16 len;
	__u16 reserved;
	char pad_entry[BTNS_NAME_MAX + 1];
	__u8 data[];
};

/**
 * enum btns_level - protection wanted, in general terms
 * @BTNS_LEVEL_ANY: none in particular
 * @BTNS_LEVEL_INTEGRITY: nobody can change or add packets
 * @BTNS_LEVEL_CONFIDENTIAL: and nobody can read them
 */
enum btns_level {
	BTNS_LEVEL_ANY,
	BTNS_LEVEL_INTEGRITY,
	BTNS_LEVEL_CONFIDENTIAL,
	__BTNS_LEVEL_MAX
};

/* btns_want.flags */
#define BTNS_WANT_F_PEER	(1U << 0)	/* only the peer with peer_fingerprint */
#define BTNS_WANT_F_REACTION	(1U << 1)	/* reaction instead of the sysctl's */
#define BTNS_WANT_F_ALERT	(1U << 2)	/* struct btns_alert in the error queue */
#define BTNS_WANT_F_FLOWS	(1U << 3)	/* unconnected UDP: a latch for each flow */
#define BTNS_WANT_F_PEER_ID	(1U << 4)	/* only a peer that has shown that IKE ID */
#define BTNS_WANT_F_BYPASS	(1U << 5)	/* in clear, whatever the SPD says; privileged */
#define BTNS_WANT_F_OWN		(1U << 6)	/* SAs of this connection alone */

/**
 * struct btns_want - BTNS_SO_WANT: what a connection must have (RFC 5660 section 2)
 * @size: in: size of the struct, which is also optlen; later versions add members
 * @level: enum btns_level, at least
 * @trust: enum btns_trust of the peer, at least
 * @reaction: enum btns_reaction: what a break does
 * @reserved: 0
 * @flags: BTNS_WANT_F_*
 * @peer_fingerprint: SHA-256 of the only SubjectPublicKeyInfo that will do
 * @peer_id_type: IKE ID type of the only peer that will do (RFC 7296 section 3.5); it
 *	must have been authenticated, with at least BTNS_AUTH_PSK: an ID that a BTNS peer
 *	asserts is a claim
 * @peer_id_len: octets of its ID
 * @peer_id: that ID as on the wire; set only with %BTNS_WANT_F_PEER_ID
 *
 * Set it before connect() or listen(); accepted sockets have what their listener
 * wants.  A connection that is not latched so never comes into being: connect() fails
 * with EACCES (policy does not protect that flow) or EKEYREJECTED (the peer, or what
 * protects it, is not what is wanted), a listener does not answer.  Where policy leaves
 * the choice (class clear-or-private) a wish asks for SAs.  It cannot make a policy
 * weaker, but for %BTNS_WANT_F_BYPASS, which is for CAP_NET_ADMIN in the user namespace
 * of the network namespace, comes alone, and does what IP_XFRM_POLICY would.
 *
 * Of a connection that is latched already only the reaction and %BTNS_WANT_F_ALERT can
 * be set, together.  All members 0: no wish, as at first.
 *
 * With %BTNS_WANT_F_OWN a TCP connection or connected UDP socket that opens here sends
 * under SAs whose selectors are exactly its addresses and ports.  They are negotiated
 * when its first packet leaves, no other connection uses them, and they go soon after it.
 * The peer may send under any SA that it has with us.  connect() fails with what went
 * wrong: EPERM (the peer does not allow them), ETIMEDOUT, ECONNREFUSED, ...
 *
 * On an unconnected UDP socket each datagram must have what is wanted, in and out;
 * those to multicast and broadcast addresses, which have no SAs, are not looked at.
 * With %BTNS_WANT_F_FLOWS the first one between two addresses and ports makes a latch,
 * as connect() would: the others have the same peer, whom BTNS_SO_FLOW tells, until
 * there was none for net.btns.flow_idle_ms.
 *
 * errno of setsockopt(2), beside those above:
 *	EINVAL		wrong size, a value out of range, a reserved member not 0,
 *			BTNS_WANT_F_FLOWS for TCP or SCTP, BTNS_WANT_F_ALERT or
 *			BTNS_WANT_F_BYPASS or BTNS_WANT_F_OWN for SCTP,
 *			BTNS_WANT_F_OWN with BTNS_WANT_F_FLOWS
 *	EISCONN		connected or connecting already, or accepted, and more than reaction
 *			and alert asked for
 *	EACCES		net.btns.auto_latch is off: nothing would be latched
 *	EPERM		BTNS_WANT_F_BYPASS without privilege
 *	ENOSPC		net.btns.latch_max sockets have wishes
 *
 * A shorter struct, without the members from peer_id_type on, will do.
 */
struct btns_want {
	__u32 size;
	__u8 level;
	__u8 trust;
	__u8 reaction;
	__u8 reserved;
	__u32 flags;
	__u8 peer_fingerprint[BTNS_FINGERPRINT_LEN];
	__u16 peer_id_type;
	__u16 peer_id_len;
	__u8 peer_id[BTNS_ID_MAX];
};

/**
 * struct btns_flow - BTNS_SO_FLOW: ask about one flow of an unconnected UDP socket, or
 *	one pair of addresses of an SCTP association
 * @option: BTNS_SO_LATCH to BTNS_SO_BINDING: what is asked
 * @family: AF_INET, or AF_INET6 (also with v4-mapped addresses)
 * @peer_port: network order
 * @reserved: 0
 * @scope: interface of IPv6 link-local addresses, or 0
 * @binding: enum btns_binding_type, for BTNS_SO_BINDING, or 0
 * @peer: network order, IPv4 in the first 4 octets
 * @local: likewise; 0: the address that the socket is bound to
 * @hash: as in struct btns_binding
 *
 * The answer takes the place of the question: what the option itself returns for a
 * connected socket.  For a datagram that was received, IP_PKTINFO or IPV6_PKTINFO
 * tell the local address.  Beside the errors above: ENODATA, no latch (flow unknown,
 * idle for too long, in clear, or no %BTNS_WANT_F_FLOWS); EOPNOTSUPP, not UDP or SCTP; EINVAL,
 * an address is missing.
 */
struct btns_flow {
	__u16 option;
	__u16 family;
	__be16 peer_port;
	__u16 reserved;
	__u32 scope;
	__u32 binding;
	__u8 peer[16];
	__u8 local[16];
	char hash[16];
};

/**
 * enum btns_binding_type - channel bindings (RFC 5056)
 * @BTNS_BINDING_END_POINT: "ipsec-end-point-v1"; if one end has no key the
 *	one-way form "ipsec-end-point-1way-v1" comes out: look at the prefix or at
 *	btns_binding.flags
 * @BTNS_BINDING_COMPAT: "IPsec-end-point-IKEv2-pubkey-<hash>" of
 *	draft-williams-ipsec-channel-binding-01
 * @BTNS_BINDING_UNIQUE: "ipsec-unique-v1": of this connection alone; no hash can be
 *	chosen
 */
enum btns_binding_type {
	BTNS_BINDING_END_POINT	= 1,
	BTNS_BINDING_COMPAT	= 2,
	BTNS_BINDING_UNIQUE	= 3,
};

/* "ipsec-unique-v1:" and 32 octets. */
#define BTNS_BINDING_UNIQUE_LEN	48

/* btns_binding.flags, out */
#define BTNS_BINDING_F_ONE_WAY	(1U << 0)

/* Longest channel binding: prefix, colon, SHA-512. */
#define BTNS_BINDING_MAX	128

/**
 * struct btns_binding - BTNS_SO_BINDING, in and out
 * @type: in: enum btns_binding_type
 * @flags: in: 0; out: BTNS_BINDING_F_*
 * @hash: in: "sha256", "sha384" or "sha512", NUL-terminated; empty: "sha256"
 * @len: in: 0; out: octets of @data
 * @reserved: 0
 * @data: out: the octet string, prefix and colon included, no NUL at the end
 */
struct btns_binding {
	__u32 type;
	__u32 flags;
	char hash[16];
	__u32 len;
	__u32 reserved;
	__u8 data[BTNS_BINDING_MAX];
};

/* ------------------------------------------------------------------------
 * Part 2: generic netlink
 *
 * All commands need CAP_NET_ADMIN in the user namespace that owns the network
 * namespace.  Documentation/netlink/specs/btns.yaml describes the same in a
 * form for tools.  Attributes marked [] may stand many times.
 *
 * Configuration is a transaction of the sending socket: CONFIG_BEGIN, any
 * number of PAD_ADD and SPD_ADD, CONFIG_COMMIT.  Nothing changes before the
 * commit; a refused command spoils the transaction; closing the socket or
 * CONFIG_ABORT forgets it.  The commit replaces PAD and SPD as a whole, keeps
 * entries that are equal to old ones (same number, SAs untouched) and deletes the
 * SAs that the new PAD and SPD no longer allow (RFC 5386 section 2).
 */
#define BTNS_GENL_NAME		"btns"
#define BTNS_GENL_VERSION	1
#define BTNS_GENL_MCGRP_ACQUIRE	"acquire"	/* ACQUIRE_NTF */
#define BTNS_GENL_MCGRP_EVENTS	"events"	/* other *_NTF */
#define BTNS_GENL_MCGRP_LATCHES	"latches"	/* LATCH_NTF: some for each connection */

enum btns_cmd {
	BTNS_CMD_UNSPEC,
	/* configuration */
	BTNS_CMD_CONFIG_BEGIN,
	BTNS_CMD_CONFIG_COMMIT,
	BTNS_CMD_CONFIG_ABORT,
	BTNS_CMD_PAD_ADD,	/* BTNS_A_PAD */
	BTNS_CMD_PAD_GET,	/* dump -> BTNS_A_PAD */
	BTNS_CMD_SPD_ADD,	/* BTNS_A_SPD */
	BTNS_CMD_SPD_GET,	/* dump -> BTNS_A_SPD */
	/* decisions asked by the helper */
	BTNS_CMD_PEER_AUTHORIZE, /* PEER -> PAD_ENTRY name, PEER (auth, trust filled in) */
	BTNS_CMD_CHILD_NARROW,	/* PEER, LOCAL_TS[], REMOTE_TS[], MODE, ... -> CHILD */
	/* SAs */
	BTNS_CMD_SA_NEW,	/* CHILD; reply: CHILD with SA_ID */
	BTNS_CMD_SA_SWITCH,	/* SA_ID: start to send on a STANDBY SA pair */
	BTNS_CMD_SA_DEL,	/* SA_ID, or the inbound SPI and PEER_ADDR */
	BTNS_CMD_SA_GET,	/* SA_ID, or dump -> CHILD without keys */
	/* key management */
	BTNS_CMD_ACQUIRE_GET,	/* dump: open acquires -> ACQUIRE */
	BTNS_CMD_ACQUIRE_DONE,	/* ACQUIRE_ID, ERROR (positive errno, 0: SAs are there) */
	BTNS_CMD_HOLDOFF_GET,	/* dump -> HOLDOFF */
	/* latches, identities, statistics */
	BTNS_CMD_LATCH_GET,	/* LATCH_ID or FLOW -> LATCH, SPI; or dump -> LATCH */
	BTNS_CMD_IDENTITY_GET,	/* dump -> PEER */
	BTNS_CMD_STATS_GET,	/* -> STAT[] */
	BTNS_CMD_FLUSH,		/* FLUSH mask */
	/* notifications */
	BTNS_CMD_ACQUIRE_NTF,	/* group acquire: ACQUIRE */
	BTNS_CMD_SA_NTF,	/* SA_EVENT, CHILD */
	BTNS_CMD_LATCH_NTF,	/* LATCH */
	BTNS_CMD_CONFIG_NTF,	/* generation */
	BTNS_CMD_MAPPING_NTF,	/* SA_ID, new address and port of a peer behind NAT */
	/*
	 * LATCH_ID, FLOW or PEER_FINGERPRINT, REASON (ADMIN if absent, or DEAD)
	 * -> COUNT: close those latches, or break them for good
	 */
	BTNS_CMD_LATCH_BREAK,
	BTNS_CMD_BINDING_NTF,	/* group acquire: LATCH, SPI: a unique binding is asked for */
	/* LATCH_ID or FLOW, BINDING and BOUND, or ERROR (positive errno) */
	BTNS_CMD_BINDING_SET,
	/*
	 * PEER_FINGERPRINT, TRUST: what the helper knows of a key has changed (UNVERIFIED:
	 * nothing any more) -> COUNT identities that follow at once
	 */
	BTNS_CMD_PEER_TRUST,
	/* SA_ID, or SPI and PEER_ADDR; CHILD: OUTER_*, ENCAP_*PORT: its end points move */
	BTNS_CMD_SA_MOVE,
	__BTNS_CMD_MAX
};

#define BTNS_CMD_MAX (__BTNS_CMD_MAX - 1)

/* Attributes at top level of a message. */
enum btns_attr {
	BTNS_A_UNSPEC,
	BTNS_A_PAD,		/* nest, enum btns_pad_attr */
	BTNS_A_SPD,		/* nest, enum btns_spd_attr */
	BTNS_A_PEER,		/* nest, enum btns_id_attr: the peer */
	BTNS_A_LOCAL,		/* nest, enum btns_id_attr: ourselves */
	BTNS_A_CHILD,		/* nest, enum btns_child_attr */
	BTNS_A_ACQUIRE,		/* nest, enum btns_acquire_attr */
	BTNS_A_HOLDOFF,		/* nest, enum btns_acquire_attr (ID, FLOW, SPD_*, EXPIRES) */
	BTNS_A_LATCH,		/* nest, enum btns_latch_attr */
	BTNS_A_STAT,		/* [] nest, enum btns_stat_attr */
	BTNS_A_FLUSH,		/* u32, BTNS_FLUSH_* */
	BTNS_A_SA_EVENT,	/* u8, enum btns_sa_event */
	BTNS_A_SA_ID,		/* u32 */
	BTNS_A_LATCH_ID,	/* u64 */
	BTNS_A_ACQUIRE_ID,	/* u32 */
	BTNS_A_ERROR,		/* u32, positive errno */
	/* u32, of the configuration; in CONFIG_COMMIT's reply and CONFIG_NTF */
	BTNS_A_GENERATION,
	/* u32, network order: inbound SPI; with LATCH: of the SA pair that carries it now */
	BTNS_A_SPI,
	BTNS_A_PEER_ADDR,	/* binary, 4 or 16 octets */
	BTNS_A_PEER_PORT,	/* u16, network order */
	BTNS_A_FLOW,		/* nest, enum btns_ts_attr, addresses and ports as single values */
	BTNS_A_PAD_ENTRY,	/* string: name of the PAD entry */
	BTNS_A_LOCAL_TS,	/* [] nest, enum btns_ts_attr; order of the wire */
	BTNS_A_REMOTE_TS,	/* [] nest, enum btns_ts_attr */
	BTNS_A_MODE,		/* u8, enum btns_mode: wanted (USE_TRANSPORT_MODE or not) */
	BTNS_A_SPD_ENTRY,	/* u32: number of the SPD entry */
	BTNS_A_ENCAP,		/* flag: UDP encapsulation will be used */
	BTNS_A_OUTER_LOCAL,	/* binary, 4 or 16: IKE address of this end */
	BTNS_A_OUTER_PEER,	/* binary, 4 or 16: IKE address of the peer */
	BTNS_A_PAD64,		/* padding */
	BTNS_A_PEER_FINGERPRINT, /* binary, 32 octets */
	BTNS_A_REASON,		/* u8, enum btns_break */
	BTNS_A_COUNT,		/* u32 */
	BTNS_A_BINDING,		/* binary, 48 octets: "ipsec-unique-v1:" and what follows */
	BTNS_A_BOUND,		/* u8, enum btns_bound */
	BTNS_A_TRUST,		/* u8, enum btns_trust */
	__BTNS_A_MAX
};

#define BTNS_A_MAX (__BTNS_A_MAX - 1)

/* An identity.  Keys never come with a private part. */
enum btns_id_attr {
	BTNS_ID_A_UNSPEC,
	BTNS_ID_A_TYPE,		/* u16, enum btns_id_type */
	BTNS_ID_A_DATA,		/* binary, up to BTNS_ID_MAX, as on the wire */
	BTNS_ID_A_SPKI,		/* binary, up to BTNS_SPKI_MAX: key that verified AUTH */
	BTNS_ID_A_FINGERPRINT,	/* binary, 32 (out only) */
	/* u8: IKEv2 authentication method on the wire (1, 2, 9-11, 13, 14) */
	BTNS_ID_A_AUTH_METHOD,
	/*
	 * u8, enum btns_auth; in: PKIX or LEAPOFFAITH proposed by the helper, checked
	 * against the PAD; out: what holds
	 */
	BTNS_ID_A_AUTH,
	/*
	 * u8, enum btns_trust; in, with AUTH LEAPOFFAITH: KNOWN, or VERIFIED if a person
	 * said so; out: what holds
	 */
	BTNS_ID_A_TRUST,
	BTNS_ID_A_PAD_ENTRY,	/* string (out only) */
	BTNS_ID_A_REFS,		/* u32 (out only) */
	__BTNS_ID_A_MAX
};

#define BTNS_ID_A_MAX (__BTNS_ID_A_MAX - 1)

/* A traffic selector, RFC 7296 section 3.13.1. */
enum btns_ts_attr {
	BTNS_TS_A_UNSPEC,
	BTNS_TS_A_PROTO,	/* u8, 0: any */
	BTNS_TS_A_START,	/* binary, 4 or 16 octets: first address */
	BTNS_TS_A_END,		/* binary, same length; absent: one address */
	BTNS_TS_A_PORT_START,	/* u16, host order; absent: any port */
	BTNS_TS_A_PORT_END,	/* u16, host order; absent: one port */
	/* BTNS_A_FLOW only: the other end */
	BTNS_TS_A_PEER,		/* binary, same length as START */
	BTNS_TS_A_PEER_PORT,	/* u16, host order */
	__BTNS_TS_A_MAX
};

#define BTNS_TS_A_MAX (__BTNS_TS_A_MAX - 1)

/* What a PAD entry matches. */
enum btns_pad_match {
	BTNS_PAD_MATCH_ID,		/* IKE ID of TYPE and DATA (exact; FQDN also "*.suffix") */
	BTNS_PAD_MATCH_PUBLICKEY,	/* BTNS entry: one key, by SPKI or fingerprint */
	BTNS_PAD_MATCH_ANY,		/* BTNS entry: PUBLICKEY:any, at most one, always last */
	BTNS_PAD_MATCH_NULL,		/* peers with NULL authentication (RFC 7619) */
	__BTNS_PAD_MATCH_MAX
};

enum btns_pad_attr {
	BTNS_PAD_A_UNSPEC,
	BTNS_PAD_A_NAME,	/* string, unique */
	BTNS_PAD_A_MATCH,	/* u8, enum btns_pad_match */
	BTNS_PAD_A_ID_TYPE,	/* u16, with MATCH_ID */
	BTNS_PAD_A_ID_DATA,	/* binary, with MATCH_ID */
	/* [] binary: key that must verify AUTH (MATCH_ID), or that is matched */
	BTNS_PAD_A_SPKI,
	BTNS_PAD_A_FINGERPRINT,	/* [] binary, 32: likewise, by SHA-256 */
	BTNS_PAD_A_CHILD,	/* [] nest, enum btns_ts_attr: addresses the peer may claim */
	/* flag: any address (minus those of normal entries, for BTNS entries) */
	BTNS_PAD_A_CHILD_ANY,
	BTNS_PAD_A_BY_ID,	/* flag: SPD search by ID, else by address (RFC 4301 4.4.3.4) */
	BTNS_PAD_A_AUTH,	/* u8, enum btns_auth allowed with MATCH_ID: PUBKEY, PKIX or PSK */
	BTNS_PAD_A_INDEX,	/* u32 (out): place in the search order */
	BTNS_PAD_A_HITS,	/* u64 (out) */
	BTNS_PAD_A_PAD64,
	__BTNS_PAD_A_MAX
};

#define BTNS_PAD_A_MAX (__BTNS_PAD_A_MAX - 1)

/* An ESP suite that an SPD entry allows. */
enum btns_suite_attr {
	BTNS_SUITE_A_UNSPEC,
	BTNS_SUITE_A_ENCR,	/* u16: IKEv2 transform ID */
	BTNS_SUITE_A_ENCR_BITS,	/* u16: key length, 0 for ciphers of fixed length */
	BTNS_SUITE_A_INTEG,	/* u16: IKEv2 transform ID, 0 with combined-mode ciphers */
	__BTNS_SUITE_A_MAX
};

#define BTNS_SUITE_A_MAX (__BTNS_SUITE_A_MAX - 1)

/*
 * An SPD entry.  Addresses are prefixes; ports are one port, any, or an aligned
 * range whose length is a power of two (what XFRM selectors can say).
 */
enum btns_spd_attr {
	BTNS_SPD_A_UNSPEC,
	BTNS_SPD_A_NAME,	/* string, unique */
	BTNS_SPD_A_ID,		/* u32 (out): number, stable while the entry lives */
	BTNS_SPD_A_CLASS,	/* u8, enum btns_class */
	BTNS_SPD_A_LOCAL,	/* nest, enum btns_ts_attr; absent: any (of both families) */
	BTNS_SPD_A_REMOTE,	/* nest, enum btns_ts_attr; absent: any */
	BTNS_SPD_A_MODE,	/* u8, enum btns_mode; default transport */
	BTNS_SPD_A_BTNS_OK,	/* flag: BTNS peers may use it (RFC 5386 section 2) */
	BTNS_SPD_A_NULL_OK,	/* flag: peers with NULL authentication may use it */
	BTNS_SPD_A_OUTER_LOCAL,	/* binary: tunnel and BEET mode; absent: by route */
	BTNS_SPD_A_OUTER_PEER,	/* binary: tunnel and BEET mode */
	BTNS_SPD_A_PEER_ID_TYPE, /* u16: search by ID: only this peer ... */
	BTNS_SPD_A_PEER_ID_DATA, /* binary */
	/* binary, 32: ... or the one with this key (RFC 5386, leap of faith) */
	BTNS_SPD_A_PEER_FINGERPRINT,
	/* [] nest, enum btns_suite_attr; in order of preference; absent: helper's default */
	BTNS_SPD_A_SUITE,
	BTNS_SPD_A_LIFETIME,	/* u32, seconds, of Child SAs; 0: helper's default */
	BTNS_SPD_A_LIFEBYTES,	/* u64, octets; 0: none */
	BTNS_SPD_A_INDEX,	/* u32 (out): place in the search order */
	BTNS_SPD_A_HITS,	/* u64 (out): SA pairs made under it */
	BTNS_SPD_A_PAD64,
	__BTNS_SPD_A_MAX
};

#define BTNS_SPD_A_MAX (__BTNS_SPD_A_MAX - 1)

/* btns_child_attr FLAGS */
/* receive on it, do not send yet: SA_SWITCH (RFC 7296 2.8) */
#define BTNS_CHILD_F_STANDBY	(1U << 0)
#define BTNS_CHILD_F_INITIATOR	(1U << 1)	/* we initiated the Child SA */
#define BTNS_CHILD_F_NO_ESN	(1U << 2)	/* 32-bit sequence numbers were negotiated */
#define BTNS_CHILD_F_PEER_NATTED (1U << 3)	/* transport mode: the peer is behind a NAT */

/* An SA pair (Child SA): CHILD_NARROW's answer and SA_NEW's argument. */
enum btns_child_attr {
	BTNS_CHILD_A_UNSPEC,
	BTNS_CHILD_A_SA_ID,	/* u32 (out): number of the pair */
	BTNS_CHILD_A_SPD_ENTRY,	/* u32: SPD entry, from CHILD_NARROW or the acquire */
	BTNS_CHILD_A_LOCAL_TS,	/* nest, enum btns_ts_attr: exactly one, a prefix */
	BTNS_CHILD_A_REMOTE_TS,	/* nest, likewise */
	BTNS_CHILD_A_MODE,	/* u8, enum btns_mode */
	BTNS_CHILD_A_CLASS,	/* u8, enum btns_class (out) */
	BTNS_CHILD_A_SUITE,	/* [] nest: CHILD_NARROW: allowed ones; SA_NEW: the chosen one */
	BTNS_CHILD_A_OUTER_LOCAL, /* binary: SA end point here */
	BTNS_CHILD_A_OUTER_PEER, /* binary: SA end point of the peer */
	BTNS_CHILD_A_SPI_IN,	/* u32, network order */
	BTNS_CHILD_A_SPI_OUT,	/* u32, network order */
	/* binary: key (salt at its end, as KEYMAT gives it); wiped after parsing */
	BTNS_CHILD_A_ENCR_IN,
	BTNS_CHILD_A_INTEG_IN,	/* binary */
	BTNS_CHILD_A_ENCR_OUT,	/* binary */
	BTNS_CHILD_A_INTEG_OUT,	/* binary */
	BTNS_CHILD_A_FLAGS,	/* u32, BTNS_CHILD_F_* */
	BTNS_CHILD_A_ENCAP_SPORT, /* u16, network order: UDP encapsulation (RFC 3948): our port */
	BTNS_CHILD_A_ENCAP_DPORT, /* u16, network order: the peer's port */
	BTNS_CHILD_A_REPLAY_WINDOW, /* u32, packets; absent: 128; 0: off */
	BTNS_CHILD_A_SOFT_TIME,	/* u32, seconds */
	BTNS_CHILD_A_HARD_TIME,	/* u32, seconds */
	BTNS_CHILD_A_SOFT_BYTES, /* u64 */
	BTNS_CHILD_A_HARD_BYTES, /* u64 */
	BTNS_CHILD_A_SOFT_PACKETS, /* u64 */
	BTNS_CHILD_A_HARD_PACKETS, /* u64 */
	/* nest, enum btns_id_attr: who proved what; checked again by PAD and SPD */
	BTNS_CHILD_A_PEER,
	BTNS_CHILD_A_LOCAL,	/* nest, enum btns_id_attr: as what we proved ourselves */
	BTNS_CHILD_A_ACQUIRE_ID, /* u32: the acquire that this answers, if any */
	/* binary, 16: SPIi|SPIr of the IKE SA, kept for the helper's restart */
	BTNS_CHILD_A_IKE_SPI,
	BTNS_CHILD_A_BYTES_IN,	/* u64 (out) */
	BTNS_CHILD_A_BYTES_OUT,	/* u64 (out) */
	BTNS_CHILD_A_PACKETS_IN, /* u64 (out) */
	BTNS_CHILD_A_PACKETS_OUT, /* u64 (out) */
	BTNS_CHILD_A_AGE,	/* u32, seconds (out) */
	BTNS_CHILD_A_IDLE_IN,	/* u32, seconds since the last packet came in (out) */
	BTNS_CHILD_A_REQID,	/* u32 (out): of the SPD cache entry */
	BTNS_CHILD_A_PAD64,
	__BTNS_CHILD_A_MAX
};

#define BTNS_CHILD_A_MAX (__BTNS_CHILD_A_MAX - 1)

enum btns_sa_event {
	BTNS_SA_EVENT_NEW,
	BTNS_SA_EVENT_SWITCHED,
	BTNS_SA_EVENT_FIRST_IN,	/* first packet received on a new pair: RFC 7296 2.8, switch now */
	BTNS_SA_EVENT_SOFT,	/* soft limit: rekey */
	BTNS_SA_EVENT_HARD,	/* hard limit: gone */
	BTNS_SA_EVENT_DELETED,
	BTNS_SA_EVENT_REVOKED,	/* deleted because configuration no longer allows it */
	BTNS_SA_EVENT_MOVED,	/* other end points */
};

/* A flow that waits for an SA. */
enum btns_acquire_attr {
	BTNS_ACQ_A_UNSPEC,
	BTNS_ACQ_A_ID,		/* u32 */
	/* nest, enum btns_ts_attr: the packet (first selector of RFC 7296 2.9) */
	BTNS_ACQ_A_FLOW,
	BTNS_ACQ_A_SPD_ENTRY,	/* u32 */
	BTNS_ACQ_A_SPD_NAME,	/* string */
	BTNS_ACQ_A_CLASS,	/* u8 */
	BTNS_ACQ_A_MODE,	/* u8 */
	BTNS_ACQ_A_LOCAL_TS,	/* nest: what the entry allows for this host pair */
	BTNS_ACQ_A_REMOTE_TS,	/* nest */
	BTNS_ACQ_A_OUTER_LOCAL,	/* binary */
	BTNS_ACQ_A_OUTER_PEER,	/* binary: whom to ask */
	BTNS_ACQ_A_SUITE,	/* [] nest */
	BTNS_ACQ_A_LIFETIME,	/* u32 */
	BTNS_ACQ_A_LIFEBYTES,	/* u64 */
	BTNS_ACQ_A_EXPIRES,	/* u32, ms until it is forgotten */
	BTNS_ACQ_A_ERROR,	/* u32: errno that led to the hold-off (HOLDOFF only) */
	BTNS_ACQ_A_PAD64,
	BTNS_ACQ_A_OWN,		/* flag: for that flow alone, SAs that are there will not do */
	__BTNS_ACQ_A_MAX
};

#define BTNS_ACQ_A_MAX (__BTNS_ACQ_A_MAX - 1)

/* Has a latch its unique channel binding, and who asked for it? */
enum btns_bound {
	BTNS_BOUND_NONE,
	BTNS_BOUND_ASKED,	/* an application asked, the helper is on it */
	BTNS_BOUND_OURS,	/* this end: the peer had it first, so it stays */
	BTNS_BOUND_PEERS,	/* the peer: another query of his replaces it */
	__BTNS_BOUND_MAX
};

enum btns_latch_attr {
	BTNS_LATCH_A_UNSPEC,
	BTNS_LATCH_A_ID,	/* u64 */
	BTNS_LATCH_A_INFO,	/* binary: struct btns_latch_info */
	BTNS_LATCH_A_PROTO,	/* u8 */
	BTNS_LATCH_A_PEER,	/* nest, enum btns_id_attr */
	BTNS_LATCH_A_LOCAL,	/* nest, enum btns_id_attr */
	BTNS_LATCH_A_REASON,	/* u32: enum btns_stat that counts the last drop or break */
	BTNS_LATCH_A_UID,	/* u32: owner of the socket */
	BTNS_LATCH_A_SPD_NAME,	/* string: SPD entry of the SA that made it */
	BTNS_LATCH_A_PAD64,
	BTNS_LATCH_A_BOUND,	/* u8, enum btns_bound */
	__BTNS_LATCH_A_MAX
};

#define BTNS_LATCH_A_MAX (__BTNS_LATCH_A_MAX - 1)

enum btns_stat_attr {
	BTNS_STAT_A_UNSPEC,
	BTNS_STAT_A_NAME,	/* string */
	BTNS_STAT_A_VALUE,	/* u64 */
	BTNS_STAT_A_PAD64,
	__BTNS_STAT_A_MAX
};

#define BTNS_STAT_A_MAX (__BTNS_STAT_A_MAX - 1)

/* delete all SA pairs (policies stay: nothing goes clear) */
#define BTNS_FLUSH_SAS		(1U << 0)
/* forget failures: try again with the next packet */
#define BTNS_FLUSH_HOLDOFFS	(1U << 1)
#define BTNS_FLUSH_CONFIG	(1U << 2)	/* empty PAD and SPD (implies SAS) */

#endif /* _UAPI_LINUX_BTNS_H */
