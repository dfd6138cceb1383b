// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-run: options, sockets. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "../common/tcp.h"
#include "run.h"

#define LISTEN_FDS_START 3

enum { OPT_PEER = 256, OPT_PEERS, OPT_TRUST, OPT_MAX, OPT_USER, OPT_INETD,
       OPT_HELP, OPT_VERSION };

/* inetd hands the connection over as standard error, too: nothing for the peer. */
static bool to_syslog;

void run_say(const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (to_syslog) {
		syslog(LOG_NOTICE, "%s", text);
		return;
	}
	/* one write: lines of several processes do not mix */
	dprintf(STDERR_FILENO, "btns-run: %s\n", text);
}

static void usage(FILE *f)
{
	fputs("usage: btns-run [-46q] [-w SECONDS] [--trust any|leap-of-faith|verified]\n"
	      "                [--peer-fingerprint SHA256:...]... [--peers-file FILE]\n"
	      "                [--max NUMBER] [--user NAME]\n"
	      "                -l [HOST:]PORT | --inetd | (socket activation)\n"
	      "                [--] PROGRAM [ARGUMENT...]\n", f);
}

static int number(const char *text, long low, long high, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	if (errno || end == text || *end || *value < low || *value > high) {
		run_say("\"%s\": not a number from %ld to %ld", text, low, high);
		return -1;
	}
	return 0;
}

static int set_trust(struct run_rules *r, const char *name)
{
	if (!strcmp(name, "any"))
		r->trust = BTNS_TRUST_ANONYMOUS;
	else if (!strcmp(name, "leap-of-faith"))
		r->trust = BTNS_TRUST_KNOWN;
	else if (!strcmp(name, "verified"))
		r->trust = BTNS_TRUST_VERIFIED;
	else
		return -1;
	return 0;
}

static int set_user(struct run_options *o, const char *name)
{
	struct passwd *p = getpwnam(name);

	if (!p) {
		run_say("no user \"%s\"", name);
		return -1;
	}
	o->user = name;
	o->uid = p->pw_uid;
	o->gid = p->pw_gid;
	return 0;
}

struct wish {
	const char *where;		/* [HOST:]PORT */
	int family;
	bool inetd, trust;
};

static int take_option(struct run_options *o, struct wish *w, int c)
{
	long n;

	switch (c) {
	case '4': w->family = AF_INET; return 0;
	case '6': w->family = AF_INET6; return 0;
	case 'q': o->quiet = true; return 0;
	case 'l': w->where = optarg; return 0;
	case 'w':
		if (number(optarg, 0, 3600, &n))
			return -1;
		o->wait_ms = (int)n * 1000;
		return 0;
	case OPT_PEER:
		if (!run_add_key(&o->rules, optarg))
			return 0;
		run_say("\"%s\": not a fingerprint, or too many", optarg);
		return -1;
	case OPT_PEERS: o->peers_file = optarg; return 0;
	case OPT_TRUST:
		w->trust = true;
		if (!set_trust(&o->rules, optarg))
			return 0;
		run_say("\"%s\": any, leap-of-faith or verified", optarg);
		return -1;
	case OPT_MAX:
		if (number(optarg, 1, 65535, &n))
			return -1;
		o->max = (unsigned int)n;
		return 0;
	case OPT_USER: return set_user(o, optarg);
	case OPT_INETD: w->inetd = true; return 0;
	case OPT_HELP:
		usage(stdout);
		exit(RUN_OK);
	case OPT_VERSION:
		puts("btns-run " BTNS_VERSION);
		exit(RUN_OK);
	default:
		usage(stderr);
		return -1;
	}
}

static int parse(struct run_options *o, struct wish *w, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "peer-fingerprint", required_argument, NULL, OPT_PEER },
		{ "peers-file", required_argument, NULL, OPT_PEERS },
		{ "trust", required_argument, NULL, OPT_TRUST },
		{ "max", required_argument, NULL, OPT_MAX },
		{ "user", required_argument, NULL, OPT_USER },
		{ "inetd", no_argument, NULL, OPT_INETD },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ 0 }
	};
	int c;

	/* "+": what follows the program is the program's */
	while ((c = getopt_long(argc, argv, "+46ql:w:", longs, NULL)) >= 0)
		if (take_option(o, w, c))
			return -1;
	o->program = argv + optind;
	if (!*o->program || (w->where && w->inetd)) {
		usage(stderr);
		return -1;
	}
	/* a key that somebody wrote down is verified by him */
	if (!w->trust && (o->rules.keys || o->peers_file))
		o->rules.trust = BTNS_TRUST_ANONYMOUS;
	return 0;
}

/* A TCP socket?  *@listening: one that connections come from. */
static int look_at(int fd, bool *listening)
{
	int type = 0, listens = 0, protocol = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len))
		return -1;
	if (type != SOCK_STREAM || protocol != IPPROTO_TCP) {
		errno = EPROTOTYPE;
		return -1;
	}
	*listening = listens;
	return 0;
}

/* sd_listen_fds(3) */
static int take_activation(struct run_options *o)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	bool listening;
	long n, i;

	if (!pid || !fds) {
		run_say("where to listen?  -l, --inetd or socket activation");
		return -1;
	}
	if (number(pid, 1, 0x7fffffff, &n))
		return -1;
	if (n != getpid()) {
		run_say("the sockets of LISTEN_FDS are for process %ld", n);
		return -1;
	}
	if (number(fds, 1, RUN_LISTENERS_MAX, &n))
		return -1;
	for (i = 0; i < n; i++) {
		int fd = LISTEN_FDS_START + (int)i;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		if (look_at(fd, &listening)) {
			run_say("descriptor %d: %s", fd, strerror(errno));
			return -1;
		}
		if (!listening && n > 1) {
			run_say("one connection, or sockets that listen");
			return -1;
		}
		o->connection = !listening;
		if (listening) {
			int flags = fcntl(fd, F_GETFL);

			fcntl(fd, F_SETFL, flags | O_NONBLOCK);
		}
		o->fd[o->fds++] = fd;
	}
	return 0;
}

static int take_inetd(struct run_options *o)
{
	struct stat in, err;
	bool listening;

	if (!fstat(STDIN_FILENO, &in) && !fstat(STDERR_FILENO, &err) &&
	    in.st_dev == err.st_dev && in.st_ino == err.st_ino) {
		openlog("btns-run", LOG_PID, LOG_DAEMON);
		to_syslog = true;
	}
	if (look_at(STDIN_FILENO, &listening) || listening) {
		run_say("standard input is not a TCP connection");
		return -1;
	}
	o->connection = true;
	o->fd[0] = STDIN_FILENO;
	o->fds = 1;
	return 0;
}

/* "7000", "192.0.2.1:7000", "[2001:db8::1]:7000", "name:7000" */
static int take_listener(struct run_options *o, const struct wish *w)
{
	char host[256], *colon = strrchr(w->where, ':'), *h = NULL;
	const char *port = w->where, *why;
	size_t len;

	if (colon) {
		len = colon - w->where;
		if (len >= sizeof(host)) {
			run_say("\"%s\": too long", w->where);
			return -1;
		}
		memcpy(host, w->where, len);
		host[len] = 0;
		h = host;
		port = colon + 1;
		if (*h == '[' && h[len - 1] == ']') {
			h[len - 1] = 0;
			h++;
		}
	}
	o->fd[0] = tcp_listen(h && *h ? h : NULL, port, w->family, SOMAXCONN,
			      &why);
	if (o->fd[0] < 0) {
		run_say("%s: %s", w->where, why);
		return -1;
	}
	o->fds = 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct run_options o = {
		.rules.trust = BTNS_TRUST_VERIFIED,
		.wait_ms = 10000,
		.max = 64,
	};
	struct wish w = { .family = AF_UNSPEC };
	int ret;

	if (parse(&o, &w, argc, argv))
		return RUN_USAGE;
	if (w.where)
		ret = take_listener(&o, &w) ? RUN_FAILED : 0;
	else
		ret = (w.inetd ? take_inetd(&o) : take_activation(&o)) ?
			RUN_USAGE : 0;
	if (ret)
		return ret;
	signal(SIGPIPE, SIG_IGN);
	return o.connection ? run_connection(&o, o.fd[0]) : run_server(&o);
}
