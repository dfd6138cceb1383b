// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: what the daemon answers; one JSON object a line on a Unix socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"

/* The longest answer that is believed, octets; and how long one is awaited. */
#define ANSWER_MAX	(64U << 20)
#define PATIENCE	30

static int dial(struct ctl *c)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_sec = PATIENCE };
	int fd;

	if (strlen(c->socket) >= sizeof(a.sun_path)) {
		ctl_error(c, "%s: name too long", c->socket);
		return -1;
	}
	strcpy(a.sun_path, c->socket);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		ctl_error(c, "btnsd does not answer at %s: %s", c->socket,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return fd;
}

static int send_line(int fd, const char *line)
{
	size_t len = strlen(line);

	while (len) {
		ssize_t n = send(fd, line, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		line += n;
		len -= n;
	}
	return 0;
}

/* One line, without its end; to be freed. */
static char *read_line(int fd)
{
	size_t len = 0, room = 0;
	char *buf = NULL;

	for (;;) {
		char *end;
		ssize_t n;

		if (len + 4096 > room) {
			char *p;

			room = room ? 2 * room : 16384;
			p = room <= ANSWER_MAX ? realloc(buf, room) : NULL;
			if (!p) {
				errno = ENOMEM;
				break;
			}
			buf = p;
		}
		n = recv(fd, buf + len, room - len - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (!n)
			errno = ECONNRESET;
		if (n <= 0)
			break;
		end = memchr(buf + len, '\n', n);
		len += n;
		if (end) {
			*end = 0;
			return buf;
		}
	}
	free(buf);
	return NULL;
}

int daemon_question(struct ctl *c, const json_t *question, json_t **answer)
{
	json_t *reply = NULL;
	int fd = dial(c), ret = CTL_FAILED;
	char *text = NULL, *line = NULL, *got = NULL;
	const char *error;

	*answer = NULL;
	if (fd < 0)
		return CTL_NO_DAEMON;
	if (question)
		text = json_dumps(question, JSON_COMPACT);
	/* one write: the daemon may answer and close at any time after it */
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	if (!line) {
		ctl_error(c, "out of memory");
		goto out;
	}
	if (send_line(fd, line)) {
		ctl_error(c, "btnsd: %s", strerror(errno));
		goto out;
	}
	got = read_line(fd);
	if (!got) {
		ctl_error(c, "btnsd: %s", strerror(errno));
		goto out;
	}
	reply = json_loads(got, 0, NULL);
	if (!json_is_object(reply)) {
		ctl_error(c, "btnsd: answer is not a JSON object");
		goto out;
	}
	error = json_string_value(json_object_get(reply, "error"));
	if (error) {
		ctl_error(c, "%s", error);
		goto out;
	}
	*answer = json_incref(reply);
	ret = CTL_OK;
out:
	json_decref(reply);
	free(line);
	free(got);
	close(fd);
	return ret;
}

int daemon_ask(struct ctl *c, const char *command, json_t **answer)
{
	json_t *question = json_pack("{s:s}", "command", command);
	int ret = daemon_question(c, question, answer);

	json_decref(question);
	return ret;
}

void daemon_watch(struct ctl *c, struct watch *w)
{
	char why[sizeof(c->error)];

	memcpy(why, c->error, sizeof(why));
	w->len = 0;
	w->fd = dial(c);
	if (w->fd >= 0 && send_line(w->fd, "{\"command\":\"watch\"}\n")) {
		close(w->fd);
		w->fd = -1;
	}
	memcpy(c->error, why, sizeof(why));
}

int daemon_hear(struct ctl *c, struct watch *w, int (*event)(struct ctl *c, json_t *event))
{
	ssize_t n = recv(w->fd, w->buf + w->len, sizeof(w->buf) - w->len, MSG_DONTWAIT);
	char *end, *line = w->buf;
	int ret = CTL_OK;
	json_t *j;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CTL_OK;
	if (n <= 0 || w->len + (size_t)n == sizeof(w->buf)) {
		close(w->fd);
		w->fd = -1;
		return CTL_OK;
	}
	w->len += (size_t)n;
	while (!ret && (end = memchr(line, '\n', w->len - (size_t)(line - w->buf)))) {
		*end = 0;
		j = json_loads(line, 0, NULL);
		if (json_is_string(json_object_get(j, "event")))
			ret = event(c, j);
		json_decref(j);
		line = end + 1;
	}
	w->len -= (size_t)(line - w->buf);
	memmove(w->buf, line, w->len);
	return ret;
}
