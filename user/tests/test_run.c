// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-run: who may come in, and what the program reads. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "btns-run/run.h"

extern char **environ;

static const char one[] = "SHA256:BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k";
static const char two[] = "SHA256:3rLe053Cb84OYIW2/DS/a1lBkTu/4qYRQ8/5ngTBcMA";

/* What the wrapped kernel knows of the peer. */
static struct {
	unsigned char id[BTNS_ID_INFO_MAX];
	size_t id_len;
	bool binding;
} k;

int __wrap_getsockopt(int fd, int level, int option, void *buf, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int option, void *buf, socklen_t *len)
{
	struct btns_binding *b = buf;

	if (option == BTNS_SO_PEER_ID && k.id_len) {
		memcpy(buf, k.id, k.id_len);
		*len = k.id_len;
		return 0;
	}
	if (option == BTNS_SO_BINDING && k.binding) {
		b->len = 19 + 32;
		memcpy(b->data, "ipsec-end-point-v1:", 19);
		memset(b->data + 19, 0xa5, 32);
		return 0;
	}
	errno = ENODATA;
	return -1;
}

void run_say(const char *format, ...)
{
	(void)format;
}

static struct btns_latch_info latch(unsigned int state, unsigned int trust,
				    const char *key)
{
	struct btns_latch_info l = { .state = state, .trust = trust, .encr = 20,
				     .encr_bits = 256,
				     .peer_auth = BTNS_AUTH_BTNS };

	if (key)
		assert_int_equal(btns_fingerprint_parse(key,
							l.peer_fingerprint), 0);
	return l;
}

static int decide(const struct run_rules *r, unsigned int state,
		  unsigned int trust, const char *key)
{
	struct btns_latch_info l = latch(state, trust, key);
	const char *why;
	int ret = run_decide(r, &l, &why);

	assert_true(!ret == !why);
	return ret;
}

/* Every state, every trust, every demand. */
static void trust_is_demanded(void **state)
{
	unsigned int s, t, wanted;

	(void)state;
	for (wanted = 0; wanted < __BTNS_TRUST_MAX; wanted++) {
		struct run_rules r = { .trust = wanted };

		for (s = 0; s < __BTNS_LATCH_MAX; s++)
			for (t = 0; t < __BTNS_TRUST_MAX; t++)
				assert_int_equal(decide(&r, s, t, one),
						 s != BTNS_LATCH_ESTABLISHED ?
						 RUN_UNPROTECTED : t < wanted ?
						 RUN_WRONG_PEER : 0);
	}
}

static void keys_are_demanded(void **state)
{
	struct run_rules r = { 0 };

	(void)state;
	assert_int_equal(run_add_key(&r, "SHA256:nonsense"), -1);
	assert_false(r.keys);
	assert_int_equal(run_add_key(&r, one), 0);
	assert_int_equal(decide(&r, BTNS_LATCH_ESTABLISHED,
				BTNS_TRUST_UNVERIFIED, one), 0);
	assert_int_equal(decide(&r, BTNS_LATCH_ESTABLISHED, BTNS_TRUST_VERIFIED,
				two), RUN_WRONG_PEER);
	assert_int_equal(decide(&r, BTNS_LATCH_BROKEN, BTNS_TRUST_VERIFIED,
				one), RUN_UNPROTECTED);
	/* a keyless peer never matches, whatever is listed */
	assert_int_equal(run_add_key(&r, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 0);
	assert_int_equal(decide(&r, BTNS_LATCH_ESTABLISHED,
				BTNS_TRUST_ANONYMOUS, NULL), RUN_WRONG_PEER);
	/* both a key and trust */
	r.trust = BTNS_TRUST_VERIFIED;
	assert_int_equal(decide(&r, BTNS_LATCH_ESTABLISHED, BTNS_TRUST_KNOWN,
				one), RUN_WRONG_PEER);
	free(r.key);
}

static int from_file(const char *text, struct run_rules *r, unsigned int *line)
{
	char path[] = "/tmp/btns-run.XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	memset(r, 0, sizeof(*r));
	ret = run_add_keys(r, path, line);
	unlink(path);
	return ret;
}

static void files_of_keys(void **state)
{
	struct run_rules r;
	char text[4096];
	unsigned int line;

	(void)state;
	snprintf(text, sizeof(text), "# who\n\n%s\tbob\r\n  %s alice", one, two);
	assert_int_equal(from_file(text, &r, &line), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(decide(&r, BTNS_LATCH_ESTABLISHED,
				BTNS_TRUST_UNVERIFIED, two), 0);
	free(r.key);
	/* nobody in the file: nobody comes in */
	assert_int_equal(from_file("", &r, &line), 0);
	assert_int_equal(decide(&r, BTNS_LATCH_ESTABLISHED, BTNS_TRUST_VERIFIED,
				one), RUN_WRONG_PEER);
	free(r.key);
	snprintf(text, sizeof(text), "%s\nbob\n", one);
	assert_int_equal(from_file(text, &r, &line), -1);
	assert_int_equal(line, 2);
	free(r.key);
	memset(text, 'A', sizeof(text));
	memcpy(text, "# ", 2);
	text[sizeof(text) - 1] = 0;
	text[sizeof(text) - 2] = '\n';
	assert_int_equal(from_file(text, &r, &line), -1);
	free(r.key);
	memset(&r, 0, sizeof(r));
	assert_int_equal(run_add_keys(&r, "/nonexistent", &line), -1);
	assert_int_equal(line, 0);
}

/* A connection to ourselves; returns the accepted end. */
static int connection(int family, int *other)
{
	struct sockaddr_storage a = { .ss_family = family };
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) :
			sizeof(struct sockaddr_in6);
	int listener = socket(family, SOCK_STREAM, 0), fd;

	if (family == AF_INET)
		((struct sockaddr_in *)&a)->sin_addr.s_addr =
			htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&a)->sin6_addr = in6addr_any;
	assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	if (family == AF_INET6) {
		struct sockaddr_in four = { .sin_family = AF_INET };

		/* an IPv4 client of a socket for both */
		four.sin_port = ((struct sockaddr_in6 *)&a)->sin6_port;
		four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		memcpy(&a, &four, sizeof(four));
		len = sizeof(four);
	}
	*other = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(*other, (struct sockaddr *)&a, len), 0);
	fd = accept(listener, NULL, NULL);
	close(listener);
	return fd;
}

static void know(const char *name, const char *pad)
{
	struct btns_id_info *id = (void *)k.id;

	memset(&k, 0, sizeof(k));
	id->type = BTNS_ID_FQDN;
	id->len = strlen(name);
	memcpy(id->data, name, id->len);
	strcpy(id->pad_entry, pad);
	k.id_len = sizeof(*id) + id->len;
	k.binding = true;
}

static void environment(void **state)
{
	struct btns_latch_info l = latch(BTNS_LATCH_ESTABLISHED,
					 BTNS_TRUST_VERIFIED, one);
	static char odd[] = "BTNS_ODD";		/* no name for unsetenv() */
	char **p;
	int other, fd = connection(AF_INET, &other);

	(void)state;
	know("bob\n.x", "bobs");
	setenv("BTNS_TRUST", "verified", 1);
	setenv("BTNS_PEER_CLAIMS", "root", 1);
	setenv("BTNS_FUTURE", "1", 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("REMOTE_HOST", "localhost", 1);
	setenv("HOME", "/kept", 1);
	putenv(odd);
	assert_int_equal(run_environment(fd, &l), 0);
	assert_string_equal(getenv("BTNS_PEER_FINGERPRINT"), one);
	assert_string_equal(getenv("BTNS_TRUST"), "verified");
	assert_string_equal(getenv("BTNS_AUTH"), "btns");
	assert_string_equal(getenv("BTNS_PEER_ID"), "fqdn:bob\\x0a.x");
	assert_string_equal(getenv("BTNS_PAD_ENTRY"), "bobs");
	assert_string_equal(getenv("BTNS_SUITE"), "aes-gcm-16-256");
	assert_memory_equal(getenv("BTNS_BINDING"), "ipsec-end-point-v1:a5a5", 23);
	assert_string_equal(getenv("REMOTE_ADDR"), "127.0.0.1");
	assert_string_equal(getenv("LOCAL_ADDR"), "127.0.0.1");
	assert_int_not_equal(atoi(getenv("REMOTE_PORT")), 0);
	assert_string_equal(getenv("HOME"), "/kept");
	assert_null(getenv("BTNS_PEER_CLAIMS"));
	assert_null(getenv("BTNS_FUTURE"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("REMOTE_HOST"));
	for (p = environ; *p; p++)
		assert_string_not_equal(*p, "BTNS_ODD");
	close(fd);
	close(other);
}

/* An unverified peer's name is under another name; nothing is left of before. */
static void environment_of_the_unverified(void **state)
{
	struct btns_latch_info l = latch(BTNS_LATCH_ESTABLISHED,
					 BTNS_TRUST_UNVERIFIED, NULL);
	int other, fd = connection(AF_INET6, &other);

	(void)state;
	know("root", "");
	k.binding = false;
	setenv("BTNS_PEER_ID", "fqdn:king", 1);
	setenv("BTNS_PEER_FINGERPRINT", two, 1);
	assert_int_equal(run_environment(fd, &l), 0);
	assert_null(getenv("BTNS_PEER_ID"));
	assert_string_equal(getenv("BTNS_PEER_CLAIMS"), "fqdn:root");
	assert_null(getenv("BTNS_PEER_FINGERPRINT"));
	assert_null(getenv("BTNS_BINDING"));
	assert_null(getenv("BTNS_PAD_ENTRY"));
	assert_string_equal(getenv("BTNS_TRUST"), "unverified");
	assert_string_equal(getenv("REMOTE_ADDR"), "127.0.0.1");
	close(fd);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_is_demanded),
		cmocka_unit_test(keys_are_demanded),
		cmocka_unit_test(files_of_keys),
		cmocka_unit_test(environment),
		cmocka_unit_test(environment_of_the_unverified),
	};

	return cmocka_run_group_tests_name("btns-run", tests, NULL, NULL);
}
