// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target of the control socket: a client sends the input and reads to the end. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"

static struct btnsd d;

static void at_exit(void)
{
	control_close(&d);
	daemon_close(&d);
}

static void start(void)
{
	struct ike_request r = {
		.cookie = 1, .local = { AF_INET, 500, { 10, 0, 0, 1 }, 0 },
		.peer = { AF_INET, 500, { 10, 0, 0, 2 }, 0 }, .n_local = 1, .n_remote = 1,
		.local_ts[0] = { .family = AF_INET, .port_end = 65535 },
		.remote_ts[0] = { .family = AF_INET, .port_end = 65535 },
	};

	daemon_open(&d, NULL);
	snprintf(d.conf->daemon.control, sizeof(d.conf->daemon.control),
		 "/tmp/btns-fuzz-control.%d", (int)getpid());
	FUZZ_CHECK(control_open(&d) && control_start(&d));
	FUZZ_CHECK(!ike_initiate(d.ike, now_ms(), &r));
	atexit(at_exit);
}

static int connected(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(a.sun_path, d.conf->daemon.control);
	FUZZ_CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof(a)));
	return fd;
}

int fuzz_control(const uint8_t *data, size_t size)
{
	static char answer[1 << 16];
	size_t sent = 0, len = 0;
	ssize_t n;
	int fd;

	if (!d.base)
		start();
	fd = connected();
	for (;;) {
		n = send(fd, data + sent, size - sent, MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		if (sent == size)
			shutdown(fd, SHUT_WR);
		event_base_loop(d.base, EVLOOP_NONBLOCK);
		n = recv(fd, answer + len, sizeof(answer) - len, 0);
		len += n > 0 ? (size_t)n : 0;
		if (!n || (n < 0 && errno != EAGAIN))
			break;
	}
	close(fd);
	event_base_loop(d.base, EVLOOP_NONBLOCK);
	/* one line with one JSON object, or nothing */
	if (len) {
		json_t *o = json_loadb(answer, len, 0, NULL);

		FUZZ_CHECK(json_is_object(o) && answer[len - 1] == '\n');
		json_decref(o);
	}
	return 0;
}
