// SPDX-License-Identifier: GPL-2.0-or-later
/* libbtns against a kernel made of a script: getsockopt() is wrapped. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "btns.h"

/* What the wrapped kernel answers. */
static struct {
	int error;			/* errno of the BTNS options */
	unsigned int kernel_size;	/* octets of btns_latch_info it knows */
	struct btns_latch_info latch;
	int larval_for;			/* calls of BTNS_SO_LATCH that find it larval */
	int none_for;			/* ... that answer ENODATA */
	int latch_calls;
	int under_way;			/* calls of BTNS_SO_BINDING that answer EAGAIN */
	int protocol;
	unsigned char octets[BTNS_SPKI_MAX];
	size_t octets_len;
	struct btns_binding binding;
	int last_option, last_level;
} k;

int __wrap_getsockopt(int fd, int level, int option, void *buf, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int option, void *buf, socklen_t *len)
{
	(void)fd;
	if (level == SOL_SOCKET && option == SO_PROTOCOL) {
		memcpy(buf, &k.protocol, sizeof(k.protocol));
		return 0;
	}
	k.last_option = option;
	k.last_level = level;
	if (k.error) {
		errno = k.error;
		return -1;
	}
	switch (option) {
	case BTNS_SO_LATCH: {
		struct btns_latch_info l = k.latch;
		unsigned int size, want;

		k.latch_calls++;
		memcpy(&want, buf, sizeof(want));
		if (want && want != *len) {
			errno = EINVAL;
			return -1;
		}
		if (k.none_for-- > 0) {
			errno = ENODATA;
			return -1;
		}
		if (k.larval_for-- > 0)
			l.state = BTNS_LATCH_LARVAL;
		size = *len < k.kernel_size ? *len : k.kernel_size;
		l.size = size;
		memcpy(buf, &l, size);
		*len = size;
		return 0;
	}
	case BTNS_SO_BINDING: {
		struct btns_binding in;

		if (*len < sizeof(in)) {
			errno = ERANGE;
			return -1;
		}
		if (k.under_way && k.under_way--) {
			errno = EAGAIN;
			return -1;
		}
		memcpy(&in, buf, sizeof(in));
		if (in.flags || in.len || in.reserved) {
			errno = EINVAL;
			return -1;
		}
		if (in.type != k.binding.type ||
		    strcmp(in.hash, k.binding.hash)) {
			errno = EPROTONOSUPPORT;
			return -1;
		}
		memcpy(buf, &k.binding, sizeof(in));
		*len = sizeof(in);
		return 0;
	}
	default:
		/* as the kernel: errors leave *len alone, 0 asks for the size */
		if (!*len) {
			*len = k.octets_len;
			return 0;
		}
		if (*len < k.octets_len) {
			errno = ERANGE;
			return -1;
		}
		memcpy(buf, k.octets, k.octets_len);
		*len = k.octets_len;
		return 0;
	}
}

static const unsigned char key_a[] = {	/* K(A), channel-binding vectors */
	0x06, 0xe3, 0xfd, 0x8f, 0xda, 0x29, 0xbb, 0x60, 0xab, 0x59, 0x55, 0x7d,
	0xe6, 0x1e, 0xdb, 0x0a, 0xec, 0xdb, 0x23, 0x11, 0x34, 0xbe, 0x30, 0xe7,
	0x5b, 0x45, 0x5f, 0x8e, 0x1b, 0x79, 0x2f, 0xa9,
};
/* printf of K(A) | base64 */
static const char key_a_text[] =
	"SHA256:BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k";

static int setup(void **state)
{
	(void)state;
	memset(&k, 0, sizeof(k));
	k.kernel_size = sizeof(k.latch);
	k.protocol = IPPROTO_TCP;
	k.latch.state = BTNS_LATCH_ESTABLISHED;
	k.latch.encr = 20;
	k.latch.encr_bits = 256;
	k.latch.flags = BTNS_LATCH_F_CONFIDENTIAL | BTNS_LATCH_F_INTEGRITY;
	k.latch.peer_auth = BTNS_AUTH_BTNS;
	k.latch.trust = BTNS_TRUST_UNVERIFIED;
	k.latch.id = 77;
	memcpy(k.latch.peer_fingerprint, key_a, sizeof(key_a));
	return 0;
}

#define assert_fails(call, err) \
	do { \
		errno = 0; \
		assert_int_equal(call, -1); \
		assert_int_equal(errno, err); \
	} while (0)

static void latch_is_read(void **state)
{
	struct btns_latch_info l;

	(void)state;
	assert_int_equal(btns_latch(3, &l, sizeof(l)), 0);
	assert_int_equal(k.last_level, SOL_IP);
	assert_int_equal(k.last_option, BTNS_SO_LATCH);
	assert_int_equal(l.state, BTNS_LATCH_ESTABLISHED);
	assert_int_equal(l.id, 77);
	assert_int_equal(l.size, sizeof(l));
	assert_memory_equal(l.peer_fingerprint, key_a, sizeof(key_a));
}

static void latch_of_clear_connection(void **state)
{
	struct btns_latch_info l;

	(void)state;
	memset(&l, 0xff, sizeof(l));
	k.error = ENODATA;
	assert_int_equal(btns_latch(3, &l, sizeof(l)), 0);
	assert_int_equal(l.state, BTNS_LATCH_NONE);
	assert_int_equal(l.flags, 0);
	assert_int_equal(l.id, 0);
}

/* A program built with an older or a newer header than the library's. */
static void latch_sizes(void **state)
{
	struct {
		struct btns_latch_info l;
		unsigned char more[16];
		unsigned char guard[8];
	} big;
	struct btns_latch_info l;
	size_t small = offsetof(struct btns_latch_info, flags);
	unsigned char *octets = (unsigned char *)&l;
	size_t i;

	(void)state;
	memset(&big, 0xaa, sizeof(big));
	assert_int_equal(btns_latch(3, &big.l, sizeof(big.l) + 16), 0);
	assert_int_equal(big.l.size, sizeof(big.l));
	for (i = 0; i < 16; i++)
		assert_int_equal(big.more[i], 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(big.guard[i], 0xaa);

	memset(&l, 0xaa, sizeof(l));
	assert_int_equal(btns_latch(3, &l, small), 0);
	assert_int_equal(l.size, small);
	assert_int_equal(l.encr, 20);
	for (i = small; i < sizeof(l); i++)
		assert_int_equal(octets[i], 0xaa);

	assert_fails(btns_latch(3, &l, 4), EINVAL);

	/* an older kernel: what it does not know is 0 */
	k.kernel_size = offsetof(struct btns_latch_info, peer_fingerprint);
	memset(&l, 0xaa, sizeof(l));
	assert_int_equal(btns_latch(3, &l, sizeof(l)), 0);
	assert_int_equal(l.size, k.kernel_size);
	assert_int_equal(l.peer_fingerprint[0], 0);
}

static void latch_errors_pass(void **state)
{
	static const int errors[] = { ENOPROTOOPT, EOPNOTSUPP, ENOTCONN, EBADF };
	struct btns_latch_info l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		k.error = errors[i];
		assert_fails(btns_latch(3, &l, sizeof(l)), errors[i]);
	}
}

static void wait_for_larval(void **state)
{
	struct btns_latch_info l;

	(void)state;
	k.larval_for = 3;
	assert_int_equal(btns_latch_wait(3, &l, sizeof(l), 5000), 0);
	assert_int_equal(l.state, BTNS_LATCH_ESTABLISHED);
	assert_int_equal(k.latch_calls, 4);
}

static void wait_ends(void **state)
{
	struct btns_latch_info l;

	(void)state;
	k.larval_for = 1000000;
	assert_fails(btns_latch_wait(3, &l, sizeof(l), 20), ETIMEDOUT);
	assert_int_equal(l.state, BTNS_LATCH_LARVAL);
	/* a time limit of 0 looks once */
	k.latch_calls = 0;
	assert_fails(btns_latch_wait(3, &l, sizeof(l), 0), ETIMEDOUT);
	assert_int_equal(k.latch_calls, 1);
}

/* TCP in clear stays so; UDP may be latched by the next packet. */
static void wait_in_clear(void **state)
{
	struct btns_latch_info l;

	(void)state;
	k.none_for = 2;
	assert_int_equal(btns_latch_wait(3, &l, sizeof(l), 5000), 0);
	assert_int_equal(l.state, BTNS_LATCH_NONE);
	assert_int_equal(k.none_for, 1);

	k.protocol = IPPROTO_UDP;
	k.none_for = 2;
	assert_int_equal(btns_latch_wait(3, &l, sizeof(l), 5000), 0);
	assert_int_equal(l.state, BTNS_LATCH_ESTABLISHED);
}

static void keys(void **state)
{
	unsigned char buf[64];
	size_t len = sizeof(buf);

	(void)state;
	memset(k.octets, 0x30, 44);
	k.octets_len = 44;
	assert_int_equal(btns_peer_key(3, buf, &len), 0);
	assert_int_equal(k.last_option, BTNS_SO_PEER_KEY);
	assert_int_equal(len, 44);
	assert_memory_equal(buf, k.octets, 44);

	len = sizeof(buf);
	assert_int_equal(btns_local_key(3, buf, &len), 0);
	assert_int_equal(k.last_option, BTNS_SO_LOCAL_KEY);

	len = 0;
	assert_fails(btns_peer_key(3, NULL, &len), ERANGE);
	assert_int_equal(len, 44);
	len = 43;
	assert_fails(btns_peer_key(3, buf, &len), ERANGE);
	assert_int_equal(len, 44);

	k.octets_len = 0;
	len = sizeof(buf);
	assert_fails(btns_peer_key(3, buf, &len), ENOKEY);
}

static void ids(void **state)
{
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} id;
	struct btns_id_info *made = (void *)k.octets;
	char text[BTNS_ID_TEXT];
	size_t len = sizeof(id);

	(void)state;
	made->type = BTNS_ID_FQDN;
	made->auth = BTNS_AUTH_BTNS;
	made->len = 9;
	memcpy(made->data, "bob\033[31m.", 9);
	k.octets_len = sizeof(*made) + 9;
	assert_int_equal(btns_peer_id(3, &id.info, &len), 0);
	assert_int_equal(k.last_option, BTNS_SO_PEER_ID);
	assert_int_equal(len, sizeof(*made) + 9);
	assert_int_equal(btns_id_text(&id.info, len, text, sizeof(text)), 0);
	/* the peer's words cannot reach the terminal */
	assert_string_equal(text, "fqdn:bob\\x1b[31m.");
	assert_fails(btns_id_text(&id.info, len, text, 8), ERANGE);
	assert_int_equal(text[7], 0);
	assert_fails(btns_id_text(&id.info, len - 1, text, sizeof(text)), EINVAL);

	id.info.type = BTNS_ID_IPV4_ADDR;
	id.info.len = 4;
	memcpy(id.info.data, "\xc0\x00\x02\x01", 4);
	assert_int_equal(btns_id_text(&id.info, len, text, sizeof(text)), 0);
	assert_string_equal(text, "ipv4:192.0.2.1");
	id.info.len = 3;	/* an address that is none */
	assert_int_equal(btns_id_text(&id.info, len, text, sizeof(text)), 0);
	assert_string_equal(text, "ipv4:c00002");

	id.info.type = BTNS_ID_IPV6_ADDR;
	memset(id.info.data, 0, 16);
	id.info.data[15] = 1;
	id.info.len = 16;
	assert_int_equal(btns_id_text(&id.info, sizeof(id), text, sizeof(text)), 0);
	assert_string_equal(text, "ipv6:::1");

	id.info.type = BTNS_ID_NULL;
	id.info.len = 0;
	assert_int_equal(btns_id_text(&id.info, len, text, sizeof(text)), 0);
	assert_string_equal(text, "null");

	id.info.type = 200;
	assert_int_equal(btns_id_text(&id.info, len, text, sizeof(text)), 0);
	assert_string_equal(text, "type-200");
}

static void identities_are_read(void **state)
{
	static const char *const good[] = {
		"fqdn:bob.example", "email:b@c", "ipv4:192.0.2.1",
		"ipv6:2001:db8::1", "keyid:0aff", "type-200:00", "fqdn:b\\x20c",
	};
	static const char *const bad[] = {
		"", "fqdn", "fqdn:", "bob:x", "ipv4:192.0.2", "keyid:0", "keyid:xy",
		"type-0:00", "type-256:00", "unknown:00", "fqdn:b\\x2", "type-200x:00",
	};
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} u;
	char text[BTNS_ID_TEXT], many[2 * BTNS_ID_MAX + 16] = "fqdn:";
	size_t n, len;

	(void)state;
	for (n = 0; n < sizeof(good) / sizeof(good[0]); n++) {
		len = sizeof(u);
		assert_int_equal(btns_id_parse(good[n], &u.info, &len), 0);
		assert_int_equal(btns_id_text(&u.info, len, text, sizeof(text)), 0);
		assert_string_equal(text, good[n]);
	}
	for (n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		len = sizeof(u);
		assert_fails(btns_id_parse(bad[n], &u.info, &len), EINVAL);
	}
	memset(many + 5, 'a', BTNS_ID_MAX + 1);
	assert_fails(btns_id_parse(many, &u.info, &len), EINVAL);
	len = 10;
	assert_fails(btns_id_parse("fqdn:a", &u.info, &len), ERANGE);
	assert_int_equal(len, BTNS_ID_INFO_MAX);
}

static void check_peer(void **state)
{
	unsigned char other[BTNS_FINGERPRINT_LEN];

	(void)state;
	memcpy(other, key_a, sizeof(other));
	other[31] ^= 1;
	assert_int_equal(btns_check_peer(3, key_a), 0);
	assert_fails(btns_check_peer(3, other), EKEYREJECTED);
	k.latch.state = BTNS_LATCH_BROKEN;
	assert_fails(btns_check_peer(3, key_a), EAGAIN);
	k.latch.state = BTNS_LATCH_LARVAL;
	assert_fails(btns_check_peer(3, key_a), EAGAIN);
	k.latch.state = BTNS_LATCH_CLOSED;
	assert_fails(btns_check_peer(3, key_a), ENOTCONN);
	k.none_for = 1;
	assert_fails(btns_check_peer(3, key_a), ENODATA);
	/* a keyless peer never matches, not even 32 zero octets */
	k.latch.state = BTNS_LATCH_ESTABLISHED;
	memset(k.latch.peer_fingerprint, 0, BTNS_FINGERPRINT_LEN);
	memset(other, 0, sizeof(other));
	assert_fails(btns_check_peer(3, other), ENOKEY);
}

static void bindings(void **state)
{
	unsigned char buf[BTNS_BINDING_MAX], again[BTNS_BINDING_MAX];
	size_t len = sizeof(buf), len2 = sizeof(again);
	unsigned int flags = 99;
	char text[BTNS_BINDING_TEXT];

	(void)state;
	k.binding.type = BTNS_BINDING_END_POINT;
	k.binding.len = 51;
	memcpy(k.binding.data, "ipsec-end-point-v1:", 19);
	memset(k.binding.data + 19, 0xc3, 32);
	assert_int_equal(btns_binding(3, BTNS_BINDING_END_POINT, NULL, buf, &len,
				      &flags), 0);
	assert_int_equal(len, 51);
	assert_int_equal(flags, 0);
	assert_int_equal(btns_binding_text(buf, len, text, sizeof(text)), 0);
	assert_string_equal(text, "ipsec-end-point-v1:"
			    "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
			    "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3");
	assert_fails(btns_binding_text(buf, 10, text, sizeof(text)), EINVAL);
	assert_fails(btns_binding_text(buf, len, text, 30), ERANGE);

	assert_fails(btns_binding(3, BTNS_BINDING_END_POINT, "sha512", again,
				  &len2, NULL), EPROTONOSUPPORT);
	strcpy(k.binding.hash, "sha512");
	assert_int_equal(btns_binding(3, BTNS_BINDING_END_POINT, "sha512", again,
				      &len2, NULL), 0);
	assert_fails(btns_binding(3, BTNS_BINDING_END_POINT,
				  "a-name-that-is-too-long", again, &len2, NULL),
		     EPROTONOSUPPORT);
	k.binding.hash[0] = 0;
	len2 = 50;
	assert_fails(btns_binding(3, BTNS_BINDING_END_POINT, NULL, again, &len2,
				  NULL), ERANGE);
	assert_int_equal(len2, 51);

	/* the peer is being asked */
	k.binding.type = BTNS_BINDING_UNIQUE;
	k.binding.len = BTNS_BINDING_UNIQUE_LEN;
	k.under_way = 1;
	len2 = sizeof(again);
	assert_fails(btns_binding(3, BTNS_BINDING_UNIQUE, NULL, again, &len2, NULL), EAGAIN);
	k.under_way = 3;
	assert_int_equal(btns_binding_wait(3, BTNS_BINDING_UNIQUE, NULL, again, &len2, NULL,
					   60000), 0);
	assert_int_equal(len2, BTNS_BINDING_UNIQUE_LEN);
	assert_int_equal(k.under_way, 0);
	k.under_way = 1000000;
	assert_fails(btns_binding_wait(3, BTNS_BINDING_UNIQUE, NULL, again, &len2, NULL, 5),
		     ETIMEDOUT);
	k.under_way = 0;
	assert_fails(btns_binding_wait(3, BTNS_BINDING_END_POINT, NULL, again, &len2, NULL,
				       60000), EPROTONOSUPPORT);
	k.binding.type = BTNS_BINDING_END_POINT;

	/* a kernel that answers nonsense */
	k.binding.len = BTNS_BINDING_MAX + 1;
	len2 = sizeof(again);
	assert_fails(btns_binding(3, BTNS_BINDING_END_POINT, NULL, again, &len2,
				  NULL), EPROTO);
	k.error = EKEYREJECTED;
	assert_fails(btns_binding(3, BTNS_BINDING_END_POINT, NULL, again, &len2,
				  NULL), EKEYREJECTED);

	memcpy(again, buf, len);
	assert_int_equal(btns_binding_equal(buf, len, again, len), 1);
	again[50] ^= 0x80;
	assert_int_equal(btns_binding_equal(buf, len, again, len), 0);
	assert_int_equal(btns_binding_equal(buf, len, buf, len - 1), 0);
	/* nothing equals nothing */
	assert_int_equal(btns_binding_equal(buf, 0, again, 0), 0);
}

static void fingerprints(void **state)
{
	unsigned char fp[BTNS_FINGERPRINT_LEN];
	char text[BTNS_FINGERPRINT_TEXT], bad[80];

	(void)state;
	assert_int_equal(btns_fingerprint_text(key_a, text, sizeof(text)), 0);
	assert_string_equal(text, key_a_text);
	assert_fails(btns_fingerprint_text(key_a, text, sizeof(text) - 1), ERANGE);

	memset(fp, 0, sizeof(fp));
	assert_int_equal(btns_fingerprint_parse(key_a_text, fp), 0);
	assert_memory_equal(fp, key_a, sizeof(fp));
	memset(fp, 0, sizeof(fp));
	assert_int_equal(btns_fingerprint_parse(key_a_text + 7, fp), 0);
	assert_memory_equal(fp, key_a, sizeof(fp));
	strcpy(bad, key_a_text);
	strcat(bad, "=");
	assert_int_equal(btns_fingerprint_parse(bad, fp), 0);

	strcat(bad, "=");
	assert_fails(btns_fingerprint_parse(bad, fp), EINVAL);
	strcpy(bad, key_a_text);
	bad[strlen(bad) - 1] = 'l';	/* bits behind the last octet */
	assert_fails(btns_fingerprint_parse(bad, fp), EINVAL);
	bad[strlen(bad) - 1] = 0;	/* too short */
	assert_fails(btns_fingerprint_parse(bad, fp), EINVAL);
	strcpy(bad, key_a_text);
	strcat(bad, "A");
	assert_fails(btns_fingerprint_parse(bad, fp), EINVAL);
	strcpy(bad, key_a_text);
	bad[12] = '-';
	assert_fails(btns_fingerprint_parse(bad, fp), EINVAL);
	assert_fails(btns_fingerprint_parse("MD5:00", fp), EINVAL);
	assert_fails(btns_fingerprint_parse("", fp), EINVAL);
}

static void names(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(btns_state_name(BTNS_LATCH_ESTABLISHED), "established");
	assert_string_equal(btns_state_name(99), "unknown");
	assert_string_equal(btns_mode_name(BTNS_MODE_BEET), "beet");
	assert_string_equal(btns_mode_name(2), "unknown");
	assert_string_equal(btns_class_name(BTNS_CLASS_PRIVATE_OR_CLEAR),
			    "private-or-clear");
	assert_string_equal(btns_auth_name(BTNS_AUTH_LEAPOFFAITH), "leap-of-faith");
	assert_string_equal(btns_trust_name(BTNS_TRUST_KNOWN), "known");
	assert_int_equal(btns_suite_text(20, 256, 0, text, sizeof(text)), 0);
	assert_string_equal(text, "aes-gcm-16-256");
	assert_int_equal(btns_suite_text(11, 0, 12, text, sizeof(text)), 0);
	assert_string_equal(text, "null/hmac-sha2-256-128");
	assert_int_equal(btns_suite_text(1000, 0, 1001, text, sizeof(text)), 0);
	assert_string_equal(text, "encr-1000/integ-1001");
	assert_fails(btns_suite_text(20, 256, 0, text, 5), ERANGE);
}

/* Every errno that the header promises has a sentence of its own. */
static void errors_are_explained(void **state)
{
	static const int errors[] = {
		ENOPROTOOPT, EOPNOTSUPP, ENOTCONN, ENODATA, EAGAIN, ERANGE,
		EINVAL, EFAULT, EPROTONOSUPPORT, ENOKEY, EKEYREJECTED, EACCES,
		EISCONN, EPERM, ENOSPC,
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		assert_string_not_equal(btns_strerror(errors[i]),
					btns_strerror(123456));
		for (j = 0; j < i; j++)
			assert_string_not_equal(btns_strerror(errors[i]),
						btns_strerror(errors[j]));
	}
}

static void explanations(void **state)
{
	char text[BTNS_EXPLAIN_TEXT], tiny[10];

	(void)state;
	assert_int_equal(btns_explain(3, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "protected by ESP in transport mode"));
	assert_non_null(strstr(text, "aes-gcm-16-256"));
	assert_non_null(strstr(text, key_a_text));
	assert_non_null(strstr(text, "nobody vouches"));
	assert_int_equal(btns_explain(3, tiny, sizeof(tiny)), 0);
	assert_int_equal(strlen(tiny), sizeof(tiny) - 1);
	k.latch.flags = BTNS_LATCH_F_INTEGRITY;
	assert_int_equal(btns_explain(3, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "readable"));
	k.latch.state = BTNS_LATCH_BROKEN;
	assert_int_equal(btns_explain(3, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "nothing passes"));
	k.error = ENODATA;
	assert_int_equal(btns_explain(3, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "in clear"));
	k.error = ENOPROTOOPT;
	assert_int_equal(btns_explain(3, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "module is not loaded"));
	k.error = EBADF;
	assert_fails(btns_explain(3, text, sizeof(text)), EBADF);
	assert_fails(btns_explain(3, text, 0), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(latch_is_read, setup),
		cmocka_unit_test_setup(latch_of_clear_connection, setup),
		cmocka_unit_test_setup(latch_sizes, setup),
		cmocka_unit_test_setup(latch_errors_pass, setup),
		cmocka_unit_test_setup(wait_for_larval, setup),
		cmocka_unit_test_setup(wait_ends, setup),
		cmocka_unit_test_setup(wait_in_clear, setup),
		cmocka_unit_test_setup(keys, setup),
		cmocka_unit_test_setup(ids, setup),
		cmocka_unit_test_setup(identities_are_read, setup),
		cmocka_unit_test_setup(check_peer, setup),
		cmocka_unit_test_setup(bindings, setup),
		cmocka_unit_test_setup(fingerprints, setup),
		cmocka_unit_test_setup(names, setup),
		cmocka_unit_test_setup(errors_are_explained, setup),
		cmocka_unit_test_setup(explanations, setup),
	};

	return cmocka_run_group_tests_name("libbtns", tests, NULL, NULL);
}
