// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btns-sasl: both ends of the exchange over a socket pair, each with its own view
 * of the channel.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "btns-sasl/sasl.h"
#include "common/tcp.h"

#define PASSWORD	"the oak at nine"

static char users[2 * SASL_LINE];

void sasl_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

/* What one run of both ends does. */
struct run {
	struct sasl_binding client, server;
	bool without_too;
	const char *user, *password;
	int fd;
	char name[SASL_LINE];
	int client_exit, server_exit;
};

static void see(struct sasl_binding *b, unsigned char octet)
{
	static const char name[] = "ipsec-end-point-v1:";

	memcpy(b->data, name, sizeof(name) - 1);
	memset(b->data + sizeof(name) - 1, octet, 32);
	b->len = sizeof(name) - 1 + 32;
}

static void *serve(void *arg)
{
	struct run *r = arg;
	struct sasl_lines io = { .fd = r->fd, .deadline = tcp_now() + 60000 };

	r->server_exit = sasl_server(&io, &r->server, r->without_too, users,
				     r->name);
	shutdown(r->fd, SHUT_RDWR);
	return NULL;
}

static void both_ends(struct run *r)
{
	struct sasl_lines io = { .deadline = tcp_now() + 60000 };
	pthread_t thread;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fds), 0);
	r->fd = fds[0];
	io.fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, serve, r), 0);
	r->client_exit = sasl_client(&io, &r->client, r->user, r->password);
	shutdown(io.fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
}

static struct run *plain(void)
{
	static struct run r;

	memset(&r, 0, sizeof(r));
	see(&r.client, 0xc3);
	see(&r.server, 0xc3);
	r.user = "alice";
	r.password = PASSWORD;
	return &r;
}

static int setup(void **state)
{
	char line[SASL_LINE];

	(void)state;
	if (sodium_init() < 0)
		return -1;
	if (sasl_make_entry("alice", PASSWORD, SASL_ITERATIONS_MIN, line,
			    sizeof(line)))
		return -1;
	snprintf(users, sizeof(users), "bob:nonsense\n%s\nalic:x\n", line);
	return 0;
}

static void one_channel(void **state)
{
	struct run *r = plain();

	(void)state;
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_OK);
	assert_int_equal(r->server_exit, SASL_OK);
	assert_string_equal(r->name, "alice");
}

/* One octet of the binding is enough, at whatever end it differs. */
static void two_channels(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 51; i += 25) {
		struct run *r = plain();

		r->client.data[i] ^= 1;
		both_ends(r);
		assert_int_equal(r->client_exit, SASL_REFUSED);
		assert_int_equal(r->server_exit, SASL_REFUSED);
	}
}

static void wrong_password(void **state)
{
	struct run *r = plain();

	(void)state;
	r->password = "the oak at ten";
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_REFUSED);
	assert_int_equal(r->server_exit, SASL_REFUSED);
}

static void unknown_and_damaged_users(void **state)
{
	static const char *const names[] = { "mallory", "alic", "alicea", "bob" };
	struct sasl_entry a, b, c;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct run *r = plain();

		r->user = names[i];
		both_ends(r);
		assert_int_equal(r->client_exit, SASL_REFUSED);
		assert_int_equal(r->server_exit, SASL_REFUSED);
	}
	/* who asks twice learns nothing */
	assert_int_equal(sasl_find_user(users, "mallory", &a), 0);
	assert_int_equal(sasl_find_user(users, "mallory", &b), 0);
	assert_int_equal(sasl_find_user(users, "trudy", &c), 0);
	assert_string_equal(a.salt, b.salt);
	assert_int_equal(a.iterations, b.iterations);
	assert_string_not_equal(a.salt, c.salt);
	assert_int_equal(strlen(a.salt), 24);
	assert_int_equal(sasl_find_user(users, "bob", &c), -1);
}

static void without_binding(void **state)
{
	struct run *r = plain();

	(void)state;
	/* the server must be told to allow it */
	r->client.len = 0;
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_REFUSED);
	assert_int_not_equal(r->server_exit, SASL_OK);

	/* then two channels are not noticed */
	r = plain();
	see(&r->server, 0x11);
	r->client.len = 0;
	r->without_too = true;
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_OK);
	assert_int_equal(r->server_exit, SASL_OK);

	/* a client that wants the binding uses it all the same */
	r = plain();
	see(&r->server, 0x11);
	r->without_too = true;
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_REFUSED);

	/* and takes nothing less */
	r = plain();
	r->server.len = 0;
	r->without_too = true;
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_REFUSED);
}

/* A server made of @lines, without a password. */
static int meet_impostor(const char *lines)
{
	struct sasl_lines io = { .deadline = tcp_now() + 60000 };
	struct run *r = plain();
	int fds[2], ret;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fds), 0);
	assert_int_equal(tcp_send(fds[0], lines, strlen(lines), -1), 0);
	shutdown(fds[0], SHUT_WR);
	io.fd = fds[1];
	ret = sasl_client(&io, &r->client, r->user, r->password);
	close(fds[0]);
	close(fds[1]);
	return ret;
}

#define HELLO	"BTNS-SASL 1 SCRAM-SHA-256-PLUS\n"

static void impostors(void **state)
{
	char long_line[2 * SASL_LINE];

	(void)state;
	assert_int_equal(meet_impostor(""), SASL_FAILED);
	assert_int_equal(meet_impostor(HELLO), SASL_FAILED);
	assert_int_equal(meet_impostor("HTTP/1.1 200\n"), SASL_REFUSED);
	assert_int_equal(meet_impostor("BTNS-SASL 1 SCRAM-SHA-256\n"),
			 SASL_REFUSED);
	assert_int_equal(meet_impostor("BTNS-SASL 1 SCRAM-SHA-256-PLUSH\n"),
			 SASL_REFUSED);
	/* "well done", without the proof */
	assert_int_equal(meet_impostor(HELLO "OK \n"), SASL_REFUSED);
	assert_int_equal(meet_impostor(HELLO "OK dj1BQUFB\n"), SASL_REFUSED);
	assert_int_equal(meet_impostor(HELLO "NO\n"), SASL_REFUSED);
	assert_int_equal(meet_impostor(HELLO "+ %%%%\n"), SASL_REFUSED);
	memset(long_line, 'x', sizeof(long_line) - 1);
	long_line[sizeof(long_line) - 1] = 0;
	assert_int_equal(meet_impostor(long_line), SASL_REFUSED);
}

/* A server that wants to guess the password: one round of hashing is cheap. */
static void *ask_one_round(void *arg)
{
	struct run *r = arg;
	struct sasl_lines io = { .fd = r->fd, .deadline = tcp_now() + 60000 };
	char line[SASL_LINE], first[256], answer[512], b64[1024];
	size_t len = 0;
	char *p;

	if (sasl_write_line(&io, "BTNS-SASL 1 SCRAM-SHA-256-PLUS") ||
	    sasl_read_line(&io, line))
		return NULL;
	p = strrchr(line, ' ') + 1;
	sodium_base642bin((unsigned char *)first, sizeof(first) - 1, p,
			  strlen(p), NULL, &len, NULL,
			  sodium_base64_VARIANT_ORIGINAL);
	first[len] = 0;
	snprintf(answer, sizeof(answer), "%sXY,s=QSXCR+Q6sek8bf92,i=%.20s",
		 strstr(first, ",r=") + 1, r->name);
	sodium_bin2base64(b64, sizeof(b64), (unsigned char *)answer,
			  strlen(answer), sodium_base64_VARIANT_ORIGINAL);
	sasl_write_line(&io, "+ %s", b64);
	/* 0: it told us its proof */
	r->server_exit = sasl_read_line(&io, line);
	shutdown(r->fd, SHUT_RDWR);
	return NULL;
}

static int asked_for(const char *rounds)
{
	struct sasl_lines io = { .deadline = tcp_now() + 60000 };
	struct run *r = plain();
	pthread_t thread;
	int fds[2], ret;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fds), 0);
	r->fd = fds[0];
	io.fd = fds[1];
	snprintf(r->name, sizeof(r->name), "%s", rounds);
	assert_int_equal(pthread_create(&thread, NULL, ask_one_round, r), 0);
	ret = sasl_client(&io, &r->client, r->user, r->password);
	shutdown(io.fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
	if (r->server_exit)
		assert_int_equal(ret, SASL_REFUSED);
	return r->server_exit;
}

static void cheap_and_dear_rounds(void **state)
{
	(void)state;
	assert_int_equal(asked_for("1"), -1);
	assert_int_equal(asked_for("4095"), -1);
	assert_int_equal(asked_for("4000000000"), -1);
	assert_int_equal(asked_for("4096"), 0);
}

/* A file of users whose entry asks for too few rounds is damaged. */
static void few_rounds(void **state)
{
	struct sasl_entry e;
	char line[SASL_LINE];

	(void)state;
	assert_int_equal(sasl_make_entry("u", "p", SASL_ITERATIONS_MIN, line,
					 sizeof(line)), 0);
	assert_int_equal(sasl_find_user(line, "u", &e), 0);
	assert_int_equal(e.iterations, SASL_ITERATIONS_MIN);
	assert_int_equal(sasl_make_entry("u", "p", 1000, line, sizeof(line)), 0);
	assert_int_equal(sasl_find_user(line, "u", &e), -1);
	assert_int_equal(sasl_make_entry("a:b", "p", 4096, line, sizeof(line)),
			 -1);
	assert_int_equal(sasl_make_entry("u", "", 4096, line, sizeof(line)), -1);
}

/* RFC 7677 section 3: what its example server would keep. */
static void known_answer(void **state)
{
	static const char file[] =
		"user:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
		"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
		"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\n";
	struct run *r = plain();

	(void)state;
	snprintf(users, sizeof(users), "%s", file);
	r->user = "user";
	r->password = "pencil";
	both_ends(r);
	assert_int_equal(r->client_exit, SASL_OK);
	assert_int_equal(r->server_exit, SASL_OK);
	setup(state);
}

static void secret_files(void **state)
{
	char path[] = "/tmp/btns-sasl.XXXXXX", *text;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "secret\r\nmore\n", 13), 13);
	text = sasl_read_file(path);
	assert_non_null(text);
	sasl_one_line(text);
	assert_string_equal(text, "secret");
	sasl_forget(text);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_null(sasl_read_file(path));
	assert_int_equal(errno, EPERM);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(write(fd, "\0", 1), 1);
	assert_null(sasl_read_file(path));
	assert_int_equal(errno, EINVAL);
	close(fd);
	unlink(path);
	assert_null(sasl_read_file(path));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_channel),
		cmocka_unit_test(two_channels),
		cmocka_unit_test(wrong_password),
		cmocka_unit_test(unknown_and_damaged_users),
		cmocka_unit_test(without_binding),
		cmocka_unit_test(impostors),
		cmocka_unit_test(cheap_and_dear_rounds),
		cmocka_unit_test(few_rounds),
		cmocka_unit_test(known_answer),
		cmocka_unit_test(secret_files),
	};

	return cmocka_run_group_tests_name("btns-sasl", tests, setup, NULL);
}
