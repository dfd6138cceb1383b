// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: names, fingerprints, explanations. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "btns.h"

#define EXPORT __attribute__((visibility("default")))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char prefix[] = "SHA256:";
static const char base64[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Text that grows in a buffer of fixed size and remembers that it was cut. */
struct text {
	char *buf;
	size_t size, len;
	int cut;
};

static void text_start(struct text *t, char *buf, size_t size)
{
	*t = (struct text){ .buf = buf, .size = size, .cut = !size };
	if (size)
		buf[0] = 0;
}

__attribute__((format(printf, 2, 3)))
static void text_add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	if (t->cut)
		return;
	va_start(ap, format);
	n = vsnprintf(t->buf + t->len, t->size - t->len, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->size - t->len) {
		t->cut = 1;
		t->len = t->size - 1;
	} else {
		t->len += n;
	}
}

static int text_end(const struct text *t)
{
	if (!t->cut)
		return 0;
	errno = ERANGE;
	return -1;
}

/* --- names ---------------------------------------------------------------- */

static const char *name_of(const char *const *names, size_t n, unsigned int v)
{
	return v < n && names[v] ? names[v] : "unknown";
}

EXPORT const char *btns_break_name(unsigned int reason)
{
	static const char *const names[] = {
		[BTNS_BREAK_NONE] = "none",
		[BTNS_BREAK_PEER] = "another peer",
		[BTNS_BREAK_PROTECTION] = "other protection",
		[BTNS_BREAK_POLICY] = "policy",
		[BTNS_BREAK_DEAD] = "peer dead",
		[BTNS_BREAK_ADMIN] = "administrator",
	};

	return name_of(names, ARRAY_SIZE(names), reason);
}

EXPORT const char *btns_state_name(unsigned int state)
{
	static const char *const names[] = {
		[BTNS_LATCH_NONE] = "none",
		[BTNS_LATCH_LARVAL] = "larval",
		[BTNS_LATCH_LISTENER] = "listener",
		[BTNS_LATCH_ESTABLISHED] = "established",
		[BTNS_LATCH_BROKEN] = "broken",
		[BTNS_LATCH_CLOSED] = "closed",
	};

	return name_of(names, ARRAY_SIZE(names), state);
}

EXPORT const char *btns_auth_name(unsigned int auth)
{
	static const char *const names[] = {
		[BTNS_AUTH_NONE] = "none",
		[BTNS_AUTH_NULL] = "null",
		[BTNS_AUTH_BTNS] = "btns",
		[BTNS_AUTH_LEAPOFFAITH] = "leap-of-faith",
		[BTNS_AUTH_PSK] = "psk",
		[BTNS_AUTH_PUBKEY] = "pubkey",
		[BTNS_AUTH_PKIX] = "pkix",
	};

	return name_of(names, ARRAY_SIZE(names), auth);
}

EXPORT const char *btns_trust_name(unsigned int trust)
{
	static const char *const names[] = {
		[BTNS_TRUST_ANONYMOUS] = "anonymous",
		[BTNS_TRUST_UNVERIFIED] = "unverified",
		[BTNS_TRUST_KNOWN] = "known",
		[BTNS_TRUST_VERIFIED] = "verified",
	};

	return name_of(names, ARRAY_SIZE(names), trust);
}

EXPORT const char *btns_mode_name(unsigned int mode)
{
	static const char *const names[] = {
		[BTNS_MODE_TRANSPORT] = "transport",
		[BTNS_MODE_TUNNEL] = "tunnel",
		[BTNS_MODE_BEET] = "beet",
	};

	return name_of(names, ARRAY_SIZE(names), mode);
}

EXPORT const char *btns_class_name(unsigned int class_)
{
	static const char *const names[] = {
		[BTNS_CLASS_CLEAR] = "clear",
		[BTNS_CLASS_CLEAR_OR_PRIVATE] = "clear-or-private",
		[BTNS_CLASS_PRIVATE_OR_CLEAR] = "private-or-clear",
		[BTNS_CLASS_PRIVATE] = "private",
		[BTNS_CLASS_BLOCK] = "block",
	};

	return name_of(names, ARRAY_SIZE(names), class_);
}

EXPORT const char *btns_id_type_name(unsigned int type)
{
	switch (type) {
	case BTNS_ID_NONE: return "none";
	case BTNS_ID_IPV4_ADDR: return "ipv4";
	case BTNS_ID_FQDN: return "fqdn";
	case BTNS_ID_RFC822_ADDR: return "email";
	case BTNS_ID_IPV6_ADDR: return "ipv6";
	case BTNS_ID_DER_ASN1_DN: return "dn";
	case BTNS_ID_DER_ASN1_GN: return "gn";
	case BTNS_ID_KEY_ID: return "keyid";
	case BTNS_ID_NULL: return "null";
	case BTNS_ID_PUBLICKEY: return "publickey";
	}
	return "unknown";
}

/* IANA "Internet Key Exchange Version 2 (IKEv2) Parameters", types 1 and 3. */
static const char *encr_name(unsigned int id)
{
	switch (id) {
	case 3: return "3des-cbc";
	case 11: return "null";
	case 12: return "aes-cbc";
	case 13: return "aes-ctr";
	case 14: return "aes-ccm-8";
	case 15: return "aes-ccm-12";
	case 16: return "aes-ccm-16";
	case 18: return "aes-gcm-8";
	case 19: return "aes-gcm-12";
	case 20: return "aes-gcm-16";
	case 21: return "null-aes-gmac";
	case 23: return "camellia-cbc";
	case 24: return "camellia-ctr";
	case 28: return "chacha20-poly1305";
	}
	return NULL;
}

static const char *integ_name(unsigned int id)
{
	switch (id) {
	case 1: return "hmac-md5-96";
	case 2: return "hmac-sha1-96";
	case 5: return "aes-xcbc-96";
	case 7: return "hmac-sha1-160";
	case 8: return "aes-cmac-96";
	case 12: return "hmac-sha2-256-128";
	case 13: return "hmac-sha2-384-192";
	case 14: return "hmac-sha2-512-256";
	}
	return NULL;
}

EXPORT int btns_suite_text(unsigned int encr, unsigned int bits,
			   unsigned int integ, char *buf, size_t size)
{
	const char *name = encr_name(encr);
	struct text t;

	text_start(&t, buf, size);
	if (name)
		text_add(&t, "%s", name);
	else
		text_add(&t, "encr-%u", encr);
	if (bits)
		text_add(&t, "-%u", bits);
	if (integ) {
		name = integ_name(integ);
		if (name)
			text_add(&t, "/%s", name);
		else
			text_add(&t, "/integ-%u", integ);
	}
	return text_end(&t);
}

/* --- fingerprints ---------------------------------------------------------- */

EXPORT int btns_fingerprint_text(
	const unsigned char fingerprint[BTNS_FINGERPRINT_LEN], char *buf,
	size_t size)
{
	unsigned int acc = 0, bits = 0;
	size_t i, n = sizeof(prefix) - 1;

	if (size < BTNS_FINGERPRINT_TEXT) {
		if (size)
			buf[0] = 0;
		errno = ERANGE;
		return -1;
	}
	memcpy(buf, prefix, n);
	for (i = 0; i < BTNS_FINGERPRINT_LEN; i++) {
		acc = acc << 8 | fingerprint[i];
		for (bits += 8; bits >= 6; bits -= 6)
			buf[n++] = base64[acc >> (bits - 6) & 63];
	}
	buf[n++] = base64[acc << (6 - bits) & 63];
	buf[n] = 0;
	return 0;
}

EXPORT int btns_fingerprint_parse(
	const char *text, unsigned char fingerprint[BTNS_FINGERPRINT_LEN])
{
	unsigned char out[BTNS_FINGERPRINT_LEN];
	unsigned int acc = 0, bits = 0;
	size_t n = 0, chars = 0;

	if (!strncmp(text, prefix, sizeof(prefix) - 1))
		text += sizeof(prefix) - 1;
	for (; *text && *text != '='; text++, chars++) {
		const char *p = strchr(base64, *text);

		if (!p || chars == 43)
			goto bad;
		acc = acc << 6 | (unsigned int)(p - base64);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = acc >> bits & 0xff;
		}
	}
	/* 43 characters hold 258 bits: the last two must be 0, one '=' may follow */
	if (n != sizeof(out) || chars != 43 || (acc & ((1U << bits) - 1)))
		goto bad;
	if (*text == '=' && text[1])
		goto bad;
	memcpy(fingerprint, out, sizeof(out));
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

/* --- identities, bindings --------------------------------------------------- */

static void add_escaped(struct text *t, const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] > 0x20 && p[i] < 0x7f && p[i] != '\\')
			text_add(t, "%c", p[i]);
		else
			text_add(t, "\\x%02x", p[i]);
	}
}

static void add_hex(struct text *t, const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		text_add(t, "%02x", p[i]);
}

EXPORT int btns_id_text(const struct btns_id_info *id, size_t len, char *buf,
			size_t size)
{
	char addr[INET6_ADDRSTRLEN];
	struct text t;

	text_start(&t, buf, size);
	if (len < sizeof(*id) || id->len > len - sizeof(*id)) {
		errno = EINVAL;
		return -1;
	}
	if (!strcmp(btns_id_type_name(id->type), "unknown"))
		text_add(&t, "type-%u", id->type);
	else
		text_add(&t, "%s", btns_id_type_name(id->type));
	if (!id->len)
		return text_end(&t);
	text_add(&t, ":");
	switch (id->type) {
	case BTNS_ID_IPV4_ADDR:
	case BTNS_ID_IPV6_ADDR:
		if (id->len == (id->type == BTNS_ID_IPV4_ADDR ? 4 : 16)) {
			inet_ntop(id->len == 4 ? AF_INET : AF_INET6, id->data,
				  addr, sizeof(addr));
			text_add(&t, "%s", addr);
			break;
		}
		add_hex(&t, id->data, id->len);
		break;
	case BTNS_ID_FQDN:
	case BTNS_ID_RFC822_ADDR:
		add_escaped(&t, id->data, id->len);
		break;
	default:
		add_hex(&t, id->data, id->len);
	}
	return text_end(&t);
}

/* Undo add_escaped(). */
static int parse_escaped(const char *text, unsigned char *to, size_t room)
{
	unsigned int octet;
	size_t n = 0;

	for (; *text; text++) {
		if (n == room)
			return -1;
		if (*text != '\\') {
			to[n++] = *text;
			continue;
		}
		if (text[1] != 'x' || !isxdigit((unsigned char)text[2]) ||
		    !isxdigit((unsigned char)text[3]) ||
		    sscanf(text + 2, "%2x", &octet) != 1)
			return -1;
		to[n++] = octet;
		text += 3;
	}
	return n;
}

static int parse_hex(const char *text, unsigned char *to, size_t room)
{
	unsigned int octet;
	size_t n = 0;

	for (; *text; text += 2) {
		if (n == room || !isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x", &octet) != 1)
			return -1;
		to[n++] = octet;
	}
	return n;
}

static int parse_id_type(const char *text, const char *colon)
{
	unsigned int type, n = colon - text;
	int used;

	for (type = 1; type < BTNS_ID_PUBLICKEY; type++) {
		const char *name = btns_id_type_name(type);

		if (strlen(name) == n && !strncmp(name, text, n) &&
		    strcmp(name, "unknown"))
			return type;
	}
	if (sscanf(text, "type-%3u:%n", &type, &used) == 1 &&
	    text + used == colon + 1 && type && type < BTNS_ID_PUBLICKEY)
		return type;
	return -1;
}

EXPORT int btns_id_parse(const char *text, struct btns_id_info *id, size_t *len)
{
	const char *colon = strchr(text, ':');
	unsigned char *data = (unsigned char *)id + sizeof(*id);
	int type, n;

	if (*len < BTNS_ID_INFO_MAX) {
		*len = BTNS_ID_INFO_MAX;
		errno = ERANGE;
		return -1;
	}
	type = colon ? parse_id_type(text, colon) : -1;
	if (type < 0)
		goto bad;
	memset(id, 0, sizeof(*id));
	switch (type) {
	case BTNS_ID_IPV4_ADDR:
		n = inet_pton(AF_INET, colon + 1, data) == 1 ? 4 : -1;
		break;
	case BTNS_ID_IPV6_ADDR:
		n = inet_pton(AF_INET6, colon + 1, data) == 1 ? 16 : -1;
		break;
	case BTNS_ID_FQDN:
	case BTNS_ID_RFC822_ADDR:
		n = parse_escaped(colon + 1, data, BTNS_ID_MAX);
		break;
	default:
		n = parse_hex(colon + 1, data, BTNS_ID_MAX);
	}
	if (n <= 0)
		goto bad;
	id->type = type;
	id->len = n;
	*len = sizeof(*id) + n;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

EXPORT int btns_binding_text(const void *binding, size_t len, char *buf,
			     size_t size)
{
	const unsigned char *p = binding;
	const unsigned char *colon = memchr(p, ':', len);
	struct text t;

	text_start(&t, buf, size);
	if (!colon) {
		errno = EINVAL;
		return -1;
	}
	add_escaped(&t, p, colon + 1 - p);
	add_hex(&t, colon + 1, len - (colon + 1 - p));
	return text_end(&t);
}

/* --- explanations ------------------------------------------------------------ */

EXPORT const char *btns_strerror(int error)
{
	switch (error) {
	case 0:
		return "no error";
	case ENOPROTOOPT:
		return "the btns module is not loaded, or does not know this kind of socket (MPTCP)";
	case EOPNOTSUPP:
		return "not TCP, not UDP, or a listening socket: no latch; or the peer offers no unique channel bindings";
	case ENOTCONN:
		return "not connected, or the connection is closed";
	case ENODATA:
		return "the connection is not latched: it is in clear, or older than the module";
	case EAGAIN:
		return "no value now: the latch is not complete yet, or it is broken";
	case ERANGE:
		return "buffer too short";
	case EINVAL:
		return "invalid argument";
	case EFAULT:
		return "bad address";
	case EPROTONOSUPPORT:
		return "unknown type of channel binding, or unknown hash";
	case ENOKEY:
		return "no public key: the end showed none, or the peers share a key (PSK); or the peer does not latch the connection";
	case EKEYREJECTED:
		return "wrong key: not the one expected, or both ends have the same";
	case ETIMEDOUT:
		return "no latch, or no answer of the peer, within the time allowed";
	case ESRCH:
		return "the key exchange daemon does not run";
	case EPROTO:
		return "the kernel's answer makes no sense: library and module do not fit";
	case EACCES:
		return "less protection than wanted, or policy protects nothing there";
	case EISCONN:
		return "too late: wishes come before the connection";
	case EPERM:
		return "not allowed: going in clear against policy is a privilege";
	case ENOSPC:
		return "too many sockets have wishes (net.btns.latch_max)";
	case EBADF:
	case ENOTSOCK:
		return "not a socket";
	}
	return "unexpected error";
}

static void explain_peer(struct text *t, const struct btns_latch_info *l)
{
	static const unsigned char none[BTNS_FINGERPRINT_LEN];
	char fp[BTNS_FINGERPRINT_TEXT];

	if (!memcmp(l->peer_fingerprint, none, sizeof(none))) {
		text_add(t, "a peer without key");
	} else {
		btns_fingerprint_text(l->peer_fingerprint, fp, sizeof(fp));
		text_add(t, "%s", fp);
	}
	switch (l->trust) {
	case BTNS_TRUST_ANONYMOUS:
	case BTNS_TRUST_UNVERIFIED:
		text_add(t, ", for which nobody vouches: compare channel bindings");
		break;
	case BTNS_TRUST_KNOWN:
		text_add(t, ", the same as in an earlier, unverified contact");
		break;
	case BTNS_TRUST_VERIFIED:
		text_add(t, ", verified by configuration");
		break;
	}
}

static void explain_latch(struct text *t, const struct btns_latch_info *l)
{
	char suite[64];

	switch (l->state) {
	case BTNS_LATCH_NONE:
		text_add(t, "in clear: no IPsec SA was used when it began");
		return;
	case BTNS_LATCH_LARVAL:
		text_add(t, "waiting: the handshake is under way");
		return;
	case BTNS_LATCH_CLOSED:
		text_add(t, "closed");
		return;
	case BTNS_LATCH_ESTABLISHED:
		text_add(t, l->flags & BTNS_LATCH_F_CONFIDENTIAL ?
			 "protected" : "protected against change, but readable");
		break;
	case BTNS_LATCH_BROKEN:
		text_add(t, "broken, nothing passes: the SAs no longer fit; it was protected");
		break;
	default:
		text_add(t, "%s", btns_state_name(l->state));
		return;
	}
	btns_suite_text(l->encr, l->encr_bits, l->integ, suite, sizeof(suite));
	text_add(t, " by ESP in %s mode with %s, peer ",
		 btns_mode_name(l->mode), suite);
	explain_peer(t, l);
}

EXPORT int btns_explain_latch(const struct btns_latch_info *latch, char *buf,
			      size_t size)
{
	struct text t;

	if (!size) {
		errno = EINVAL;
		return -1;
	}
	text_start(&t, buf, size);
	explain_latch(&t, latch);
	return 0;
}

EXPORT int btns_explain(int fd, char *buf, size_t size)
{
	struct btns_latch_info l;
	struct text t;

	if (!size) {
		errno = EINVAL;
		return -1;
	}
	text_start(&t, buf, size);
	if (!btns_latch(fd, &l, sizeof(l))) {
		explain_latch(&t, &l);
		return 0;
	}
	if (errno == EBADF || errno == ENOTSOCK)
		return -1;
	text_add(&t, "nothing known: %s", btns_strerror(errno));
	return 0;
}
