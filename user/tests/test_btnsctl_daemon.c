// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: a daemon that answers well, badly, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../btnsctl/ctl.h"

static char dir[] = "/tmp/btnsctl-test.XXXXXX";
static char path[64];
static char asked[256];		/* what the daemon was asked last */

void ctl_error(struct ctl *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->error, sizeof(c->error), format, ap);
	va_end(ap);
}

/* A daemon for one connection: sends @answer in pieces of @piece octets. */
static int ask(struct ctl *c, const char *answer, size_t piece, json_t **j)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ret, status, pipes[2];
	ssize_t n;
	pid_t pid;

	strcpy(a.sun_path, path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		int s = accept(fd, NULL, NULL);
		size_t left = strlen(answer);
		char buf[256];

		n = recv(s, buf, sizeof(buf), 0);
		if (n > 0 && write(pipes[1], buf, n) != n)
			_exit(1);
		while (left) {
			size_t k = left < piece ? left : piece;

			if (send(s, answer, k, MSG_NOSIGNAL) < 0)
				break;
			answer += k;
			left -= k;
		}
		close(s);
		_exit(0);
	}
	close(pipes[1]);
	close(fd);
	memset(c, 0, sizeof(*c));
	c->socket = path;
	ret = daemon_ask(c, "status", j);
	waitpid(pid, &status, 0);
	n = read(pipes[0], asked, sizeof(asked) - 1);
	asked[n > 0 ? n : 0] = 0;
	close(pipes[0]);
	return ret;
}

static void good_answer(void **state)
{
	struct ctl c;
	json_t *j;

	(void)state;
	assert_int_equal(ask(&c, "{\"pid\":7}\n", 100, &j), CTL_OK);
	assert_int_equal(json_integer_value(json_object_get(j, "pid")), 7);
	json_decref(j);
	assert_non_null(strstr(asked, "\"status\""));
	assert_int_equal(asked[strlen(asked) - 1], '\n');
}

static void answer_in_pieces(void **state)
{
	struct ctl c;
	json_t *j;

	(void)state;
	assert_int_equal(ask(&c, "{\"pid\":12345}\nrest", 1, &j), CTL_OK);
	assert_int_equal(json_integer_value(json_object_get(j, "pid")), 12345);
	json_decref(j);
}

static void long_answer(void **state)
{
	size_t n = 300000;
	char *text = malloc(n + 32);
	struct ctl c;
	json_t *j;

	(void)state;
	strcpy(text, "{\"x\":\"");
	memset(text + 6, 'a', n);
	strcpy(text + 6 + n, "\"}\n");
	assert_int_equal(ask(&c, text, 65536, &j), CTL_OK);
	assert_int_equal(strlen(json_string_value(json_object_get(j, "x"))), n);
	json_decref(j);
	free(text);
}

static void refusal_keeps_the_words(void **state)
{
	struct ctl c;
	json_t *j;

	(void)state;
	assert_int_equal(ask(&c, "{\"error\":\"btns.conf:3: no such class\"}\n",
			     100, &j), CTL_FAILED);
	assert_null(j);
	assert_string_equal(c.error, "btns.conf:3: no such class");
}

static void bad_answers(void **state)
{
	static const char *const answers[] = {
		"", "{", "\n", "[1]\n", "{\"a\":\n", "\377\376\n",
	};
	struct ctl c;
	json_t *j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(ask(&c, answers[i], 100, &j), CTL_FAILED);
		assert_null(j);
		assert_string_not_equal(c.error, "");
	}
}

static void nobody_there(void **state)
{
	struct ctl c = { .socket = path };
	char name[200];
	json_t *j;

	(void)state;
	unlink(path);
	assert_int_equal(daemon_ask(&c, "status", &j), CTL_NO_DAEMON);
	assert_non_null(strstr(c.error, path));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	c.socket = name;
	assert_int_equal(daemon_ask(&c, "status", &j), CTL_NO_DAEMON);
	assert_non_null(strstr(c.error, "too long"));
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/control", dir);
	return 0;
}

static unsigned int heard;
static char last[64];

static int on_event(struct ctl *c, json_t *event)
{
	heard++;
	snprintf(last, sizeof(last), "%s", json_string_value(json_object_get(event, "event")));
	return strcmp(last, "stop") ? CTL_OK : CTL_FAILED;
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Lines come in pieces, several at once, and with what is no event between them. */
static void events(void **state)
{
	struct watch w = { };
	struct ctl c = { };
	char junk[4096];
	int fds[2], i;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w.fd = fds[0];
	heard = 0;
	put(fds[1], "{\"event\":\"on");
	assert_int_equal(daemon_hear(&c, &w, on_event), CTL_OK);
	assert_int_equal(heard, 0);
	put(fds[1], "e\"}\n{\"event\":\"two\"}\nnothing\n{\"event\":3}\n{\"event\":\"thr");
	assert_int_equal(daemon_hear(&c, &w, on_event), CTL_OK);
	assert_int_equal(heard, 2);
	assert_string_equal(last, "two");
	put(fds[1], "ee\"}\n");
	assert_int_equal(daemon_hear(&c, &w, on_event), CTL_OK);
	assert_string_equal(last, "three");
	/* nothing there */
	assert_int_equal(daemon_hear(&c, &w, on_event), CTL_OK);
	assert_int_equal(w.fd, fds[0]);
	put(fds[1], "{\"event\":\"stop\"}\n");
	assert_int_equal(daemon_hear(&c, &w, on_event), CTL_FAILED);
	/* a line without end is no daemon's */
	memset(junk, 'x', sizeof(junk));
	for (i = 0; w.fd >= 0 && i < 8; i++) {
		assert_int_equal(write(fds[1], junk, sizeof(junk)), sizeof(junk));
		assert_int_equal(daemon_hear(&c, &w, on_event), CTL_OK);
	}
	assert_int_equal(w.fd, -1);
	close(fds[1]);
	/* it goes */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w = (struct watch){ .fd = fds[0] };
	close(fds[1]);
	assert_int_equal(daemon_hear(&c, &w, on_event), CTL_OK);
	assert_int_equal(w.fd, -1);
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_answer),
		cmocka_unit_test(answer_in_pieces),
		cmocka_unit_test(long_answer),
		cmocka_unit_test(refusal_keeps_the_words),
		cmocka_unit_test(bad_answers),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(events),
	};

	return cmocka_run_group_tests_name("btnsctl_daemon", tests, make_dir,
					   remove_dir);
}
