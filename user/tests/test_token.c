// SPDX-License-Identifier: GPL-2.0-or-later
/* ipsec_api.h against a kernel made here: getsockopt(), setsockopt(), recvmsg(). */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/errqueue.h>
#include <cmocka.h>

#include "ipsec_api.h"

/* The kernel's side of one socket. */
static struct {
	int error;			/* of the options about a latch */
	int set_error;			/* of setsockopt() */
	struct btns_latch_info latch;
	struct btns_want want;
	int sets;
	struct btns_flow flow;		/* the last question */
	bool only_flows;
	int domain;
	int pktinfo;			/* level at which it was switched on */
	unsigned char id[BTNS_ID_INFO_MAX];
	size_t id_len;
	int binding_error;
	/* error queue */
	int messages, read;
	struct sock_extended_err queue[4];
	struct btns_alert alert;
} k;

static int put(void *buf, socklen_t *len, const void *value, size_t n)
{
	if (*len < n) {
		errno = ERANGE;
		return -1;
	}
	memcpy(buf, value, n);
	*len = n;
	return 0;
}

static int answer(int option, const char *hash, unsigned int type, void *buf,
		  socklen_t *len)
{
	static const struct {
		unsigned int type;
		const char *hash, *prefix;
		unsigned int len;
	} kinds[] = {
		{ BTNS_BINDING_END_POINT, "", "ipsec-end-point-v1:", 51 },
		{ BTNS_BINDING_END_POINT, "sha384", "ipsec-end-point-v1-sha-384:", 75 },
		{ BTNS_BINDING_UNIQUE, "", "ipsec-unique-v1:", 48 },
	};
	struct btns_binding b = { .type = type };
	size_t n;

	if (option != BTNS_SO_LATCH && k.latch.state != BTNS_LATCH_ESTABLISHED) {
		errno = k.latch.state == BTNS_LATCH_CLOSED ? ENOTCONN : EAGAIN;
		return -1;
	}
	switch (option) {
	case BTNS_SO_LATCH:
		return put(buf, len, &k.latch, sizeof(k.latch));
	case BTNS_SO_PEER_ID:
	case BTNS_SO_LOCAL_ID:
		return put(buf, len, k.id, k.id_len);
	case BTNS_SO_BINDING:
		for (n = 0; n < sizeof(kinds) / sizeof(kinds[0]); n++)
			if (kinds[n].type == type && !strcmp(kinds[n].hash, hash))
				break;
		if (k.binding_error || n == sizeof(kinds) / sizeof(kinds[0])) {
			errno = k.binding_error ? k.binding_error : EPROTONOSUPPORT;
			return -1;
		}
		b.len = kinds[n].len;
		memset(b.data, 0xcb, b.len);
		memcpy(b.data, kinds[n].prefix, strlen(kinds[n].prefix));
		return put(buf, len, &b, sizeof(b));
	}
	errno = EINVAL;
	return -1;
}

int __wrap_getsockopt(int fd, int level, int option, void *buf, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int option, void *buf, socklen_t *len)
{
	int protocol = IPPROTO_TCP;
	struct btns_binding b;

	(void)fd;
	if (level == SOL_SOCKET)
		return put(buf, len, option == SO_DOMAIN ? &k.domain : &protocol,
			   sizeof(int));
	if (option == BTNS_SO_WANT) {
		k.want.size = sizeof(k.want);
		return put(buf, len, &k.want, sizeof(k.want));
	}
	if (k.error) {
		errno = k.error;
		return -1;
	}
	if (option == BTNS_SO_FLOW) {
		if (*len < sizeof(k.flow)) {
			errno = EINVAL;
			return -1;
		}
		memcpy(&k.flow, buf, sizeof(k.flow));
		return answer(k.flow.option, k.flow.hash, k.flow.binding, buf, len);
	}
	if (k.only_flows) {
		errno = ENOTCONN;
		return -1;
	}
	if (option == BTNS_SO_BINDING) {
		memcpy(&b, buf, sizeof(b));
		return answer(option, b.hash, b.type, buf, len);
	}
	return answer(option, "", 0, buf, len);
}

int __wrap_setsockopt(int fd, int level, int option, const void *buf,
		      socklen_t len);
int __wrap_setsockopt(int fd, int level, int option, const void *buf,
		      socklen_t len)
{
	struct btns_want w;

	(void)fd;
	if (level != SOL_IP || option == IP_PKTINFO) {
		k.pktinfo = level;
		return 0;
	}
	assert_int_equal(option, BTNS_SO_WANT);
	assert_int_equal(len, sizeof(w));
	memcpy(&w, buf, sizeof(w));
	assert_int_equal(w.size, sizeof(w));
	k.sets++;
	if (k.set_error == EISCONN && !w.level && !w.trust &&
	    !(w.flags & ~(BTNS_WANT_F_REACTION | BTNS_WANT_F_ALERT))) {
		k.want = w;
		return 0;
	}
	if (k.set_error) {
		errno = k.set_error;
		return -1;
	}
	k.want = w;
	return 0;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	const struct sock_extended_err *e = &k.queue[k.read];
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	(void)fd;
	assert_true(flags & MSG_ERRQUEUE);
	if (k.read == k.messages) {
		errno = EAGAIN;
		return -1;
	}
	k.read++;
	c->cmsg_level = SOL_IP;
	c->cmsg_type = IP_RECVERR;
	c->cmsg_len = CMSG_LEN(sizeof(*e));
	memcpy(CMSG_DATA(c), e, sizeof(*e));
	msg->msg_controllen = CMSG_SPACE(sizeof(*e));
	memcpy(msg->msg_iov->iov_base, &k.alert, sizeof(k.alert));
	return sizeof(k.alert);
}

static const char key_text[] =
	"SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
static const char other_text[] =
	"SHA256:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

static struct ipsec_pToken *p, *q;
static struct ipsec_iToken *i, *j;

static int setup(void **state)
{
	struct btns_id_info *id = (void *)k.id;

	(void)state;
	memset(&k, 0, sizeof(k));
	k.domain = AF_INET;
	k.latch.size = sizeof(k.latch);
	k.latch.state = BTNS_LATCH_ESTABLISHED;
	k.latch.encr = 20;
	k.latch.encr_bits = 128;
	k.latch.flags = BTNS_LATCH_F_CONFIDENTIAL | BTNS_LATCH_F_INTEGRITY;
	k.latch.peer_auth = k.latch.local_auth = BTNS_AUTH_BTNS;
	k.latch.trust = BTNS_TRUST_UNVERIFIED;
	k.latch.family = AF_INET;
	k.latch.id = 7;
	memset(k.latch.peer_fingerprint, 1, BTNS_FINGERPRINT_LEN);
	memset(k.latch.local_fingerprint, 2, BTNS_FINGERPRINT_LEN);
	id->type = BTNS_ID_FQDN;
	id->len = 11;
	strcpy(id->pad_entry, "any");
	memcpy(id->data, "bob.example", 11);
	k.id_len = sizeof(*id) + 11;
	return ipsec_create_pToken(&p) || ipsec_create_pToken(&q) ||
	       ipsec_create_iToken(&i) || ipsec_create_iToken(&j);
}

static int teardown(void **state)
{
	(void)state;
	return ipsec_free_pToken(p) || ipsec_free_pToken(q) ||
	       ipsec_free_iToken(i) || ipsec_free_iToken(j);
}

#define assert_fails(call, err) \
	do { \
		errno = 0; \
		assert_int_equal(call, -1); \
		assert_int_equal(errno, err); \
	} while (0)

#define demand(token, attr, value) \
	do { \
		uint16_t _v = IPSEC_API_VAL_ ## value; \
		assert_int_equal(ipsec_set_token_attr(token, \
				IPSEC_API_ATTR_ ## attr, sizeof(_v), &_v), 0); \
	} while (0)

static uint16_t value_of(const void *token, unsigned int type)
{
	uint16_t v = 0;
	size_t len = sizeof(v);

	assert_int_equal(ipsec_get_token_attr(token, type, &len, &v), 0);
	assert_int_equal(len, sizeof(v));
	return v;
}

static const char *text_of(const void *token, unsigned int type)
{
	static char text[IPSEC_API_TEXT];
	size_t len = sizeof(text);

	assert_int_equal(ipsec_get_token_attr(token, type, &len, text), 0);
	assert_int_equal(len, strlen(text) + 1);
	return text;
}

static void demand_peer(const char *text, unsigned int type)
{
	assert_int_equal(ipsec_set_token_attr(i, type, strlen(text) + 1, text), 0);
	assert_int_equal(ipsec_set_token_attr(p, IPSEC_API_ATTR_iToken,
					      sizeof(i), i), 0);
}

static void tokens_of_a_connection(void **state)
{
	unsigned char cb[BTNS_BINDING_MAX];
	size_t len = sizeof(i);

	(void)state;
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	assert_int_equal(value_of(p, IPSEC_API_ATTR_privacyProtected),
			 IPSEC_API_VAL_ENABLE);
	assert_int_equal(value_of(p, IPSEC_API_ATTR_privacyLevel),
			 IPSEC_API_VAL_LEVEL_MEDIUM);
	assert_int_equal(value_of(p, IPSEC_API_ATTR_tunnelMode),
			 IPSEC_API_VAL_DISABLE);
	assert_string_equal(text_of(p, IPSEC_API_ATTR_policyName), "any");
	assert_non_null(strstr(text_of(p, IPSEC_API_ATTR_auditString), key_text));
	assert_non_null(strstr(text_of(p, IPSEC_API_ATTR_informationString),
			       "protected by ESP"));
	assert_int_equal(ipsec_get_token_attr(p, IPSEC_API_ATTR_peerIdentity,
					      &len, i), 0);
	assert_string_equal(text_of(i, IPSEC_API_ATTR_pubKeyID), key_text);
	assert_string_equal(text_of(i, IPSEC_API_ATTR_identity),
			    "fqdn:bob.example");
	assert_int_equal(value_of(i, IPSEC_API_ATTR_authenticationMethod),
			 IPSEC_API_VAL_METHOD_BTNS);
	assert_int_equal(value_of(i, IPSEC_API_ATTR_trustState),
			 IPSEC_API_VAL_TRUST_UNVERIFIED);
	len = sizeof(cb);
	assert_int_equal(ipsec_get_token_attr(i, IPSEC_API_ATTR_channelBinding,
					      &len, cb), 0);
	assert_int_equal(len, 51);
	/* the other one is we */
	len = sizeof(i);
	assert_int_equal(ipsec_get_token_attr(p, IPSEC_API_ATTR_remote_iToken,
					      &len, i), 0);
	assert_string_equal(text_of(i, IPSEC_API_ATTR_pubKeyID), other_text);
	/* no binding is no fault */
	k.binding_error = ENOKEY;
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	k.binding_error = EPROTO;
	assert_fails(ipsec_get_socket_pToken(3, p), EPROTO);
}

static void no_token(void **state)
{
	static const struct {
		int error, state, wanted;
	} cases[] = {
		{ ENOPROTOOPT, 0, ENOPROTOOPT }, { ENOTCONN, 0, ENOTCONN },
		{ ENODATA, 0, ENODATA }, { 0, BTNS_LATCH_LARVAL, EAGAIN },
		{ 0, BTNS_LATCH_BROKEN, EAGAIN }, { 0, BTNS_LATCH_CLOSED, ENOTCONN },
	};
	struct ipsec_api_error why;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		k.error = cases[n].error;
		k.latch.state = cases[n].state;
		assert_fails(ipsec_get_socket_pToken(3, p), cases[n].wanted);
		assert_int_equal(ipsec_get_error(3, &why), 0);
		assert_int_equal(why.error, cases[n].wanted);
		assert_true(*why.text);
	}
	k.error = EBADF;
	assert_fails(ipsec_get_error(3, &why), EBADF);
}

static void attributes_are_checked(void **state)
{
	uint16_t v = IPSEC_API_VAL_ENABLE;
	size_t len = 1;

	(void)state;
	assert_fails(ipsec_get_token_attr(p, IPSEC_API_ATTR_tunnelMode, &len, &v),
		     ERANGE);
	assert_int_equal(len, sizeof(v));
	/* of the other kind of token */
	assert_fails(ipsec_get_token_attr(i, IPSEC_API_ATTR_tunnelMode, &len, &v),
		     EINVAL);
	assert_fails(ipsec_set_token_attr(p, IPSEC_API_ATTR_trustState,
					  sizeof(v), &v), EINVAL);
	/* values of another attribute, lengths */
	assert_fails(ipsec_set_token_attr(i, IPSEC_API_ATTR_trustState,
					  sizeof(v), &v), EINVAL);
	assert_fails(ipsec_set_token_attr(p, IPSEC_API_ATTR_bypass, 1, &v), EINVAL);
	assert_fails(ipsec_set_token_attr(p, IPSEC_API_ATTR_privacyLevel,
					  sizeof(v), &v), EPERM);
	assert_fails(ipsec_set_token_attr(i, IPSEC_API_ATTR_identity, 5, "bob.x"),
		     EINVAL);
	assert_fails(ipsec_set_token_attr(i, IPSEC_API_ATTR_identity, 4, "bob"),
		     EINVAL);
	len = 0;
	assert_fails(ipsec_get_token_attr(i, IPSEC_API_ATTR_pubKeyID, &len, NULL),
		     ENODATA);
	/* what a socket said is not to be changed */
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	assert_fails(ipsec_set_token_attr(p, IPSEC_API_ATTR_tunnelMode,
					  sizeof(v), &v), EPERM);
}

/* Before connect() and listen(). */
static void wishes(void **state)
{
	(void)state;
	k.error = ENOTCONN;
	k.want.flags = BTNS_WANT_F_FLOWS | BTNS_WANT_F_REACTION | BTNS_WANT_F_ALERT;
	k.want.reaction = BTNS_REACTION_CLOSE;
	demand(p, privacyProtected, ENABLE);
	demand(i, trustState, TRUST_KNOWN);
	demand_peer(key_text, IPSEC_API_ATTR_pubKeyID);
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(k.want.level, BTNS_LEVEL_CONFIDENTIAL);
	assert_int_equal(k.want.trust, BTNS_TRUST_KNOWN);
	/* what others asked for is still there */
	assert_int_equal(k.want.flags, BTNS_WANT_F_FLOWS | BTNS_WANT_F_REACTION |
			 BTNS_WANT_F_ALERT | BTNS_WANT_F_PEER);
	assert_int_equal(k.want.reaction, BTNS_REACTION_CLOSE);
	assert_memory_equal(k.want.peer_fingerprint, k.latch.peer_fingerprint,
			    BTNS_FINGERPRINT_LEN);
	/* no demand: no wish */
	memset(&k.want, 0, sizeof(k.want));
	assert_int_equal(ipsec_set_socket_pToken(3, q), 0);
	assert_int_equal(k.want.level | k.want.trust | k.want.flags, 0);
	/* listening */
	k.error = 0;
	k.latch.state = BTNS_LATCH_LISTENER;
	demand(q, integrityProtected, LEVEL_LOW);
	assert_int_equal(ipsec_set_socket_pToken(3, q), 0);
	assert_int_equal(k.want.level, BTNS_LEVEL_INTEGRITY);
	k.set_error = EACCES;
	assert_fails(ipsec_set_socket_pToken(3, q), EACCES);
}

/* Anybody may call himself bob. */
static void names_are_authenticated(void **state)
{
	(void)state;
	k.error = ENOTCONN;
	demand_peer("fqdn:bob.example", IPSEC_API_ATTR_identity);
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_PEER_ID);
	assert_int_equal(k.want.peer_id_type, BTNS_ID_FQDN);
	assert_int_equal(k.want.peer_id_len, 11);
	assert_memory_equal(k.want.peer_id, "bob.example", 12);
	k.error = 0;
	assert_fails(ipsec_set_socket_pToken(3, p), EKEYREJECTED);
	/* somebody knows the key: that says nothing about the name */
	k.latch.trust = BTNS_TRUST_VERIFIED;
	assert_fails(ipsec_set_socket_pToken(3, p), EKEYREJECTED);
	k.latch.peer_auth = BTNS_AUTH_PUBKEY;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	k.id[sizeof(struct btns_id_info)] = 'r';
	assert_fails(ipsec_set_socket_pToken(3, p), EKEYREJECTED);
}

static void refused(unsigned int attr, unsigned int value, bool of_peer)
{
	uint16_t v = value;

	assert_int_equal(ipsec_create_pToken(&p), 0);
	assert_int_equal(ipsec_create_iToken(&i), 0);
	assert_int_equal(ipsec_set_token_attr(of_peer ? (void *)i : (void *)p,
					      attr, sizeof(v), &v), 0);
	if (of_peer)
		assert_int_equal(ipsec_set_token_attr(p, IPSEC_API_ATTR_iToken,
						      sizeof(i), i), 0);
	assert_fails(ipsec_set_socket_pToken(3, p), EOPNOTSUPP);
	assert_int_equal(ipsec_free_pToken(p), 0);
	assert_int_equal(ipsec_free_iToken(i), 0);
}

/* The kernel could not see to it: nothing is set. */
static void wishes_beyond_the_kernel(void **state)
{
	(void)state;
	k.error = ENOTCONN;
	teardown(NULL);
	refused(IPSEC_API_ATTR_tunnelMode, IPSEC_API_VAL_ENABLE, false);
	refused(IPSEC_API_ATTR_ipoptionsProtected, IPSEC_API_VAL_DISABLE, false);
	refused(IPSEC_API_ATTR_compressionAvailable, IPSEC_API_VAL_ENABLE, false);
	refused(IPSEC_API_ATTR_privacyProtected, IPSEC_API_VAL_LEVEL_HIGH, false);
	refused(IPSEC_API_ATTR_privacyProtected, IPSEC_API_VAL_DISABLE, false);
	refused(IPSEC_API_ATTR_integrityProtected, IPSEC_API_VAL_LEVEL_MEDIUM,
		false);
	refused(IPSEC_API_ATTR_authenticationMethod,
		IPSEC_API_VAL_METHOD_PKIX_TRUSTED, true);
	assert_int_equal(k.sets, 0);
	assert_int_equal(setup(NULL), 0);
	k.error = ENOTCONN;
	demand(p, compressionAvailable, DISABLE);
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
}

static void bypass(void **state)
{
	(void)state;
	k.error = ENOTCONN;
	demand(p, bypass, ENABLE);
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_BYPASS);
	assert_int_equal(k.want.level, 0);
	k.set_error = EPERM;
	assert_fails(ipsec_set_socket_pToken(3, p), EPERM);
	/* what it led to */
	k.error = ENODATA;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	k.error = 0;
	assert_fails(ipsec_set_socket_pToken(3, p), EACCES);
	k.error = ENOTCONN;
	demand(p, privacyProtected, ENABLE);
	assert_fails(ipsec_set_socket_pToken(3, p), EINVAL);
}

/* On a connection that is there. */
static void demands_are_compared(void **state)
{
	(void)state;
	demand(p, privacyProtected, LEVEL_MEDIUM);
	demand(i, authenticationMethod, METHOD_BTNS);
	demand_peer(key_text, IPSEC_API_ATTR_pubKeyID);
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(k.sets, 0);
	demand(p, tunnelMode, ENABLE);
	assert_fails(ipsec_set_socket_pToken(3, p), EACCES);
	k.latch.mode = BTNS_MODE_TUNNEL;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	demand(p, privacyProtected, LEVEL_HIGH);
	assert_fails(ipsec_set_socket_pToken(3, p), EACCES);
	k.latch.encr_bits = 256;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	demand_peer(other_text, IPSEC_API_ATTR_pubKeyID);
	assert_fails(ipsec_set_socket_pToken(3, p), EKEYREJECTED);
	k.error = ENODATA;
	assert_fails(ipsec_set_socket_pToken(3, p), ENODATA);
	k.error = 0;
	k.latch.state = BTNS_LATCH_BROKEN;
	assert_fails(ipsec_set_socket_pToken(3, p), EAGAIN);
}

/* "As that connection": for the next one. */
static void token_of_another_connection(void **state)
{
	(void)state;
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	k.error = ENOTCONN;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_PEER);
	assert_int_equal(k.want.level, BTNS_LEVEL_CONFIDENTIAL);
	k.error = 0;
	k.latch.id = 8;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(ipsec_get_socket_pToken(3, q), 0);
	assert_int_equal(ipsec_cmp_pToken(p, q), 0);
	k.latch.encr_bits = 64;
	assert_fails(ipsec_set_socket_pToken(3, p), EACCES);
	k.latch.encr_bits = 256;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(ipsec_get_socket_pToken(3, q), 0);
	assert_int_equal(ipsec_cmp_pToken(p, q), 1);
	memset(k.latch.peer_fingerprint, 3, BTNS_FINGERPRINT_LEN);
	assert_fails(ipsec_set_socket_pToken(3, p), EKEYREJECTED);
	/* a peer without key cannot be known again */
	memset(k.latch.peer_fingerprint, 0, BTNS_FINGERPRINT_LEN);
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	assert_fails(ipsec_set_socket_pToken(3, p), EKEYREJECTED);
	k.error = ENOTCONN;
	assert_fails(ipsec_set_socket_pToken(3, p), ENOKEY);
	k.error = 0;
	/* but by the name that goes with a shared key */
	k.latch.peer_auth = BTNS_AUTH_PSK;
	k.latch.trust = BTNS_TRUST_VERIFIED;
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	k.error = ENOTCONN;
	assert_int_equal(ipsec_set_socket_pToken(3, p), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_PEER_ID);
}

static void kept_identities(void **state)
{
	unsigned char buf[IPSEC_API_ITOKEN_EXPORT];
	size_t len = sizeof(i), n = 0;

	(void)state;
	assert_fails(ipsec_export_iToken(i, buf, &n), EINVAL);
	assert_int_equal(ipsec_get_socket_pToken(3, p), 0);
	assert_int_equal(ipsec_get_token_attr(p, IPSEC_API_ATTR_iToken, &len, i), 0);
	n = 0;
	assert_fails(ipsec_export_iToken(i, NULL, &n), ERANGE);
	len = sizeof(buf);
	assert_int_equal(ipsec_export_iToken(i, buf, &len), 0);
	assert_int_equal(len, n);
	for (n = 0; n < len; n++)
		assert_fails(ipsec_import_iToken(buf, n, j), EINVAL);
	assert_int_equal(ipsec_import_iToken(buf, len, j), 0);
	assert_int_equal(ipsec_cmp_iToken(i, j), 0);
	assert_string_equal(text_of(j, IPSEC_API_ATTR_pubKeyID), key_text);
	buf[9] ^= 2;
	assert_fails(ipsec_import_iToken(buf, len, j), EPROTONOSUPPORT);
	/* the kept one is what the next connection must have */
	assert_int_equal(ipsec_set_token_attr(q, IPSEC_API_ATTR_peerIdentity,
					      sizeof(j), j), 0);
	assert_int_equal(ipsec_set_socket_pToken(3, q), 0);
	memset(k.latch.peer_fingerprint, 3, BTNS_FINGERPRINT_LEN);
	assert_fails(ipsec_set_socket_pToken(3, q), EKEYREJECTED);
}

static void copies(void **state)
{
	struct ipsec_pToken *copy;

	(void)state;
	demand(p, tunnelMode, ENABLE);
	assert_int_equal(ipsec_dup_pToken(p, &copy), 0);
	assert_int_equal(ipsec_cmp_pToken(p, copy), 0);
	demand(copy, tunnelMode, ANY);
	assert_int_equal(ipsec_cmp_pToken(p, copy), 1);
	assert_int_equal(ipsec_cmp_pToken(q, copy), 0);
	assert_int_equal(ipsec_free_pToken(copy), 0);
}

static void break_actions(void **state)
{
	(void)state;
	k.want.level = BTNS_LEVEL_INTEGRITY;
	assert_int_equal(ipsec_set_break_action(3, IPSEC_BREAK_CLOSE |
						IPSEC_BREAK_ALERT), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_REACTION | BTNS_WANT_F_ALERT);
	assert_int_equal(k.want.reaction, BTNS_REACTION_CLOSE);
	assert_int_equal(k.want.level, BTNS_LEVEL_INTEGRITY);
	assert_int_equal(ipsec_set_break_action(3, IPSEC_BREAK_WAIT), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_REACTION);
	assert_int_equal(k.want.reaction, BTNS_REACTION_WAIT);
	/* connected: the wish is history */
	k.set_error = EISCONN;
	k.sets = 0;
	assert_int_equal(ipsec_set_break_action(3, IPSEC_BREAK_CLOSE), 0);
	assert_int_equal(k.sets, 2);
	assert_int_equal(k.want.level, 0);
	assert_int_equal(k.want.reaction, BTNS_REACTION_CLOSE);
	assert_int_equal(ipsec_set_break_action(3, IPSEC_BREAK_FAILOVER), 0);
	assert_int_equal(k.want.reaction, BTNS_REACTION_FAILOVER);
	assert_fails(ipsec_set_break_action(3, 3), EINVAL);
	k.set_error = EPERM;
	assert_fails(ipsec_set_break_action(3, IPSEC_BREAK_WAIT), EPERM);
}

static void alerts(void **state)
{
	struct btns_alert a;

	(void)state;
	k.alert = (struct btns_alert){ BTNS_LATCH_BROKEN, BTNS_BREAK_PEER, 7 };
	k.messages = 2;
	k.queue[0].ee_origin = SO_EE_ORIGIN_ICMP;	/* somebody else's */
	k.queue[1].ee_origin = SO_EE_ORIGIN_LOCAL;
	k.queue[1].ee_type = BTNS_ALERT_TYPE;
	assert_int_equal(ipsec_get_alert(3, &a), 0);
	assert_int_equal(a.state, BTNS_LATCH_BROKEN);
	assert_int_equal(a.reason, BTNS_BREAK_PEER);
	assert_int_equal(a.id, 7);
	assert_fails(ipsec_get_alert(3, &a), EAGAIN);
}

/* A program that reads the queue for itself. */
static void alerts_among_others(void **state)
{
	struct btns_alert a, payload;
	char control[CMSG_SPACE(sizeof(struct sock_extended_err))];
	struct iovec iov = { .iov_base = &payload, .iov_len = sizeof(payload) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	(void)state;
	k.alert.id = 9;
	k.messages = 2;
	k.queue[0].ee_origin = SO_EE_ORIGIN_LOCAL;	/* EMSGSIZE of a datagram */
	k.queue[1].ee_origin = SO_EE_ORIGIN_LOCAL;
	k.queue[1].ee_type = BTNS_ALERT_TYPE;
	n = recvmsg(3, &msg, MSG_ERRQUEUE);
	assert_fails(btns_alert_of(&msg, n, &a), ENOMSG);
	n = recvmsg(3, &msg, MSG_ERRQUEUE);
	assert_fails(btns_alert_of(&msg, n - 1, &a), EMSGSIZE);
	assert_int_equal(btns_alert_of(&msg, n, &a), 0);
	assert_int_equal(a.id, 9);
	msg.msg_controllen = 0;
	assert_fails(btns_alert_of(&msg, n, &a), ENOMSG);
}

/* A datagram from 192.0.2.2, port 5000, to 192.0.2.1. */
struct datagram {
	struct msghdr msg;
	struct sockaddr_in from;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
};

static void received(struct datagram *d)
{
	struct in_pktinfo info = {
		.ipi_addr.s_addr = htonl(0xc0000201),
		.ipi_spec_dst.s_addr = htonl(0xc0000205),
	};
	struct cmsghdr *c;

	memset(d, 0, sizeof(*d));
	d->from.sin_family = AF_INET;
	d->from.sin_port = htons(5000);
	d->from.sin_addr.s_addr = htonl(0xc0000202);
	d->msg.msg_name = &d->from;
	d->msg.msg_namelen = sizeof(d->from);
	d->msg.msg_control = &d->control;
	d->msg.msg_controllen = sizeof(d->control);
	c = CMSG_FIRSTHDR(&d->msg);
	c->cmsg_level = SOL_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void datagrams(void **state)
{
	struct datagram d;

	(void)state;
	k.only_flows = true;
	assert_int_equal(ipsec_enable_msg_pTokens(3), 0);
	assert_int_equal(k.want.flags, BTNS_WANT_F_FLOWS);
	assert_int_equal(k.pktinfo, SOL_IP);
	k.domain = AF_INET6;
	assert_int_equal(ipsec_enable_msg_pTokens(3), 0);
	assert_int_equal(k.pktinfo, SOL_IPV6);

	received(&d);
	assert_int_equal(ipsec_get_msg_pToken(3, &d.msg, p), 0);
	assert_int_equal(k.flow.family, AF_INET);
	assert_int_equal(k.flow.peer_port, htons(5000));
	assert_memory_equal(k.flow.peer, "\xc0\0\2\2\0\0\0\0", 8);
	assert_memory_equal(k.flow.local, "\xc0\0\2\1\0\0\0\0", 8);
	assert_string_equal(text_of(p, IPSEC_API_ATTR_policyName), "any");
	/* the answer: to the same one, from the address that sendmsg() takes */
	assert_int_equal(ipsec_set_msg_pToken(3, &d.msg, p), 0);
	assert_memory_equal(k.flow.local, "\xc0\0\2\5", 4);
}

static void datagrams_of_others(void **state)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_scope_id = 4,
	};
	struct datagram d;

	(void)state;
	k.only_flows = true;
	received(&d);
	demand_peer(other_text, IPSEC_API_ATTR_pubKeyID);
	assert_fails(ipsec_set_msg_pToken(3, &d.msg, p), EKEYREJECTED);
	k.error = ENODATA;
	assert_fails(ipsec_set_msg_pToken(3, &d.msg, p), ENODATA);
	k.error = 0;
	d.msg.msg_namelen = 2;
	assert_fails(ipsec_get_msg_pToken(3, &d.msg, q), EINVAL);
	d.msg.msg_name = NULL;
	assert_fails(ipsec_get_msg_pToken(3, &d.msg, q), EINVAL);
	/* IPv4's control message says nothing about IPv6 */
	d.msg.msg_name = &in6;
	d.msg.msg_namelen = sizeof(in6);
	assert_int_equal(ipsec_get_msg_pToken(3, &d.msg, q), 0);
	assert_int_equal(k.flow.scope, 4);
	assert_memory_equal(k.flow.local, "\0\0\0\0", 4);
}

static void named_bindings(void **state)
{
	unsigned char buf[BTNS_BINDING_MAX];
	size_t len = sizeof(buf);

	(void)state;
	assert_int_equal(ipsec_get_channel_binding(3, NULL, buf, &len), 0);
	assert_int_equal(len, 51);
	len = sizeof(buf);
	assert_int_equal(ipsec_get_channel_binding(3, "ipsec-end-point-v1", buf,
						   &len), 0);
	assert_memory_equal(buf, "ipsec-end-point-v1:", 19);
	len = sizeof(buf);
	assert_int_equal(ipsec_get_channel_binding(3, "ipsec-end-point-v1-sha-384",
						   buf, &len), 0);
	assert_memory_equal(buf, "ipsec-end-point-v1-sha-384:", 27);
	len = sizeof(buf);
	assert_int_equal(ipsec_get_channel_binding(3, "ipsec-unique-v1", buf, &len),
			 0);
	assert_int_equal(len, 48);
	len = sizeof(buf);
	assert_fails(ipsec_get_channel_binding(3, "ipsec-unique-v1-sha-384", buf,
					       &len), EPROTONOSUPPORT);
	len = 10;
	assert_fails(ipsec_get_channel_binding(3, NULL, buf, &len), ERANGE);
	assert_int_equal(len, 51);
	/* both ends have keys: it is not one-way */
	len = sizeof(buf);
	assert_fails(ipsec_get_channel_binding(3, "ipsec-end-point-1way-v1", buf,
					       &len), ENOKEY);
	assert_fails(ipsec_get_channel_binding(3, "ipsec-end-point-v1-sha-256", buf,
					       &len), EPROTONOSUPPORT);
	assert_fails(ipsec_get_channel_binding(3, "tls-unique", buf, &len),
		     EPROTONOSUPPORT);
	assert_string_equal(ipsec_list_cb_hashes()[0], "sha256");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tokens_of_a_connection),
		TEST(no_token),
		TEST(attributes_are_checked),
		TEST(wishes),
		TEST(names_are_authenticated),
		TEST(wishes_beyond_the_kernel),
		TEST(bypass),
		TEST(demands_are_compared),
		TEST(token_of_another_connection),
		TEST(kept_identities),
		TEST(copies),
		TEST(break_actions),
		TEST(alerts),
		TEST(alerts_among_others),
		TEST(datagrams),
		TEST(datagrams_of_others),
		TEST(named_bindings),
	};

	return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
