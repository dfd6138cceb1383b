// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-sasl: one line of text, after an authentication bound to the channel. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/tcp.h"
#include "sasl.h"

#define PASSWORD_FD	"BTNS_SASL_PASSWORD_FD"

struct options {
	bool listen, make_entry, no_binding;
	int family, password_fd;
	long wait_ms, iterations;
	const char *host, *port, *user, *password_file, *users_file;
};

enum { OPT_PASSWORD = 256, OPT_USERS, OPT_NO_BINDING, OPT_ENTRY, OPT_ROUNDS,
       OPT_HELP, OPT_VERSION };

void sasl_error(const char *format, ...)
{
	va_list ap;

	fputs("btns-sasl: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void usage(FILE *f)
{
	fprintf(f,
		"usage: btns-sasl [-46] [-w SECONDS] [--no-binding] -u USER\n"
		"                 [--password-file FILE] HOST PORT\n"
		"       btns-sasl -l [-46] [-w SECONDS] [--no-binding] --users FILE\n"
		"                 [HOST] PORT\n"
		"       btns-sasl --make-entry -u USER [--iterations N] [--password-file FILE]\n"
		"The password is the first line of FILE, or of the descriptor whose number is in\n"
		PASSWORD_FD ".\n");
}

static int number(const char *text, long low, long high, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	if (errno || end == text || *end || *value < low || *value > high) {
		sasl_error("\"%s\": not a number from %ld to %ld", text, low,
			   high);
		return -1;
	}
	return 0;
}

static int take_option(struct options *o, int c)
{
	long n;

	switch (c) {
	case '4': o->family = AF_INET; return 0;
	case '6': o->family = AF_INET6; return 0;
	case 'l': o->listen = true; return 0;
	case 'u': o->user = optarg; return 0;
	case 'w':
		if (number(optarg, 1, 86400, &n))
			return -1;
		o->wait_ms = n * 1000;
		return 0;
	case OPT_PASSWORD: o->password_file = optarg; return 0;
	case OPT_USERS: o->users_file = optarg; return 0;
	case OPT_NO_BINDING: o->no_binding = true; return 0;
	case OPT_ENTRY: o->make_entry = true; return 0;
	case OPT_ROUNDS:
		return number(optarg, SASL_ITERATIONS_MIN, SASL_ITERATIONS_MAX,
			      &o->iterations);
	case OPT_HELP:
		usage(stdout);
		exit(SASL_OK);
	case OPT_VERSION:
		puts("btns-sasl " BTNS_VERSION);
		exit(SASL_OK);
	default:
		usage(stderr);
		return -1;
	}
}

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "user", required_argument, NULL, 'u' },
		{ "password-file", required_argument, NULL, OPT_PASSWORD },
		{ "users", required_argument, NULL, OPT_USERS },
		{ "no-binding", no_argument, NULL, OPT_NO_BINDING },
		{ "make-entry", no_argument, NULL, OPT_ENTRY },
		{ "iterations", required_argument, NULL, OPT_ROUNDS },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ 0 }
	};
	const char *fd = getenv(PASSWORD_FD);
	long n;
	int c;

	while ((c = getopt_long(argc, argv, "46lu:w:", longs, NULL)) >= 0)
		if (take_option(o, c))
			return -1;
	if (fd) {
		if (number(fd, 0, 65535, &n))
			return -1;
		o->password_fd = (int)n;
	}
	argc -= optind;
	argv += optind;
	if (argc == 2)
		o->host = *argv++;
	o->port = argc ? *argv : NULL;
	if (o->make_entry ? argc || !o->user || o->listen :
	    o->listen ? argc < 1 || argc > 2 || !o->users_file || o->user :
	    argc != 2 || !o->user) {
		usage(stderr);
		return -1;
	}
	return 0;
}

static char *read_password(const struct options *o)
{
	char *text = NULL;

	if (o->password_file) {
		text = sasl_read_file(o->password_file);
	} else if (o->password_fd >= 0) {
		text = sasl_read_fd(o->password_fd);
	} else {
		sasl_error("no password: --password-file or " PASSWORD_FD);
		return NULL;
	}
	if (!text) {
		sasl_error("password: %s", errno == EPERM ?
			   "others may read the file: chmod 600" :
			   strerror(errno));
		return NULL;
	}
	sasl_one_line(text);
	if (!*text || strlen(text) > SASL_SECRET) {
		sasl_error("the password is empty or too long");
		sasl_forget(text);
		return NULL;
	}
	return text;
}

static int make_entry(const struct options *o)
{
	char *password = read_password(o), line[SASL_LINE];
	int bad;

	if (!password)
		return SASL_USAGE;
	bad = sasl_make_entry(o->user, password, (unsigned int)o->iterations,
			      line, sizeof(line));
	sasl_forget(password);
	if (bad) {
		sasl_error("SCRAM cannot use this name or this password");
		return SASL_USAGE;
	}
	puts(line);
	return SASL_OK;
}

/*
 * Protected and held to one peer?  By whom is what the authentication finds out, if
 * it has the binding.
 */
static int look_at_channel(const struct options *o, int fd, long long deadline,
			   struct sasl_binding *b)
{
	char text[BTNS_BINDING_TEXT], why[BTNS_EXPLAIN_TEXT];
	long long left = deadline - tcp_now();
	struct btns_latch_info l;

	if (btns_latch_wait(fd, &l, sizeof(l), left > 0 ? (int)left : 0) ||
	    l.state != BTNS_LATCH_ESTABLISHED) {
		btns_explain(fd, why, sizeof(why));
		sasl_error("not protected: %s", why);
		return SASL_UNPROTECTED;
	}
	b->len = 0;
	if (o->no_binding && !o->listen)
		return SASL_OK;
	b->len = sizeof(b->data);
	if (btns_binding(fd, BTNS_BINDING_END_POINT, NULL, b->data, &b->len,
			 NULL)) {
		sasl_error("no channel binding: %s", btns_strerror(errno));
		return SASL_UNPROTECTED;
	}
	btns_binding_text(b->data, b->len, text, sizeof(text));
	fprintf(stderr, "binding: %s\n", text);
	return SASL_OK;
}

static int say(struct sasl_lines *io)
{
	char line[SASL_LINE], answer[SASL_LINE];

	if (!fgets(line, sizeof(line) - 1, stdin))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	if (sasl_write_line(io, "%s", line) || sasl_read_line(io, answer)) {
		sasl_error("the connection was lost: %s", strerror(errno));
		return SASL_FAILED;
	}
	if (strcmp(answer, "GOT")) {
		sasl_error("the server did not take the line");
		return SASL_FAILED;
	}
	return SASL_OK;
}

static int hear(struct sasl_lines *io)
{
	char line[SASL_LINE], *p;

	if (sasl_read_line(io, line)) {
		sasl_error("the connection was lost: %s", strerror(errno));
		return SASL_FAILED;
	}
	/* the client's words shall not move the terminal's cursor */
	for (p = line; *p; p++)
		if (iscntrl((unsigned char)*p) && *p != '\t')
			*p = '?';
	if (puts(line) < 0 || fflush(stdout)) {
		sasl_error("standard output: %s", strerror(errno));
		return SASL_FAILED;
	}
	if (sasl_write_line(io, "GOT")) {
		sasl_error("the connection was lost: %s", strerror(errno));
		return SASL_FAILED;
	}
	return SASL_OK;
}

static int run_client(const struct options *o)
{
	struct sasl_lines io = { .deadline = tcp_now() + o->wait_ms };
	struct sasl_binding binding;
	char *password = read_password(o);
	const char *why;
	int ret;

	if (!password)
		return SASL_USAGE;
	io.fd = tcp_connect(o->host, o->port, o->family, io.deadline, &why);
	if (io.fd < 0) {
		sasl_error("%s port %s: %s", o->host, o->port, why);
		sasl_forget(password);
		return SASL_FAILED;
	}
	ret = look_at_channel(o, io.fd, io.deadline, &binding);
	if (!ret)
		ret = sasl_client(&io, &binding, o->user, password);
	sasl_forget(password);
	if (!ret) {
		fprintf(stderr, "authenticated: the server knows the password of %s%s\n",
			o->user, binding.len ? ", and it is one channel" : "");
		ret = say(&io);
	}
	close(io.fd);
	return ret;
}

static int run_server(const struct options *o)
{
	struct sasl_lines io = { .deadline = -1 };
	struct sasl_binding binding;
	char user[SASL_LINE], *users = sasl_read_file(o->users_file);
	int listener, ret;
	const char *why;

	if (!users) {
		sasl_error("%s: %s", o->users_file, errno == EPERM ?
			   "others may read the file: chmod 600" :
			   strerror(errno));
		return SASL_USAGE;
	}
	listener = tcp_listen(o->host, o->port, o->family, 1, &why);
	if (listener < 0) {
		sasl_error("port %s: %s", o->port, why);
		sasl_forget(users);
		return SASL_FAILED;
	}
	io.fd = tcp_accept(listener, -1);
	close(listener);
	if (io.fd < 0) {
		sasl_error("no connection: %s", strerror(errno));
		sasl_forget(users);
		return SASL_FAILED;
	}
	io.deadline = tcp_now() + o->wait_ms;
	ret = look_at_channel(o, io.fd, io.deadline, &binding);
	if (!ret)
		ret = sasl_server(&io, &binding, o->no_binding, users, user);
	sasl_forget(users);
	if (!ret) {
		fprintf(stderr, "authenticated: %s\n", user);
		ret = hear(&io);
	}
	close(io.fd);
	return ret;
}

int main(int argc, char **argv)
{
	struct options o = {
		.family = AF_UNSPEC,
		.password_fd = -1,
		.wait_ms = 30000,
		.iterations = SASL_ITERATIONS,
	};

	if (parse(&o, argc, argv))
		return SASL_USAGE;
	if (sodium_init() < 0) {
		sasl_error("no source of random octets");
		return SASL_FAILED;
	}
	signal(SIGPIPE, SIG_IGN);
	if (o.make_entry)
		return make_entry(&o);
	return o.listen ? run_server(&o) : run_client(&o);
}
