// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-nc: connect or listen, say who is at the other end, relay. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nc.h"

enum { OPT_REQUIRE = 256, OPT_JSON, OPT_PEER, OPT_SECRET, OPT_BINDING, OPT_HASH,
       OPT_HELP, OPT_VERSION };

static void usage(FILE *f)
{
	fputs("usage: btns-nc [-46udq] [-w SECONDS] [-i SECONDS] [--require-latch]\n"
	      "               [--peer FINGERPRINT] [--secret-file FILE]\n"
	      "               [--binding end-point|compat|unique] [--hash NAME] [--json]\n"
	      "               HOST PORT | -l [HOST] PORT\n", f);
}

static int seconds(const char *arg, int *ms)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (errno || *end || end == arg || !(v >= 0) || v > 86400)
		return -1;
	*ms = (int)ceil(v * 1000);
	return 0;
}

static int known_hash(const char *name)
{
	const char *const *h;

	for (h = btns_binding_hashes(); *h; h++)
		if (!strcmp(*h, name))
			return 1;
	return 0;
}

static int parse(struct nc_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "require-latch", no_argument, NULL, OPT_REQUIRE },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "peer", required_argument, NULL, OPT_PEER },
		{ "secret-file", required_argument, NULL, OPT_SECRET },
		{ "binding", required_argument, NULL, OPT_BINDING },
		{ "hash", required_argument, NULL, OPT_HASH },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "46ludqw:i:h", longs, NULL)) >= 0) {
		switch (c) {
		case '4': o->family = AF_INET; break;
		case '6': o->family = AF_INET6; break;
		case 'l': o->listen = true; break;
		case 'u': o->udp = true; break;
		case 'd': o->no_stdin = true; break;
		case 'q': o->quiet = true; break;
		case 'w':
			if (seconds(optarg, &o->wait_ms))
				goto bad_value;
			break;
		case 'i':
			if (seconds(optarg, &o->idle_ms))
				goto bad_value;
			break;
		case OPT_REQUIRE: o->require_latch = true; break;
		case OPT_JSON: o->json = true; break;
		case OPT_PEER:
			if (btns_fingerprint_parse(optarg, o->pin))
				goto bad_value;
			o->pinned = true;
			o->require_latch = true;
			break;
		case OPT_SECRET:
			o->secret_file = optarg;
			o->require_latch = true;
			break;
		case OPT_BINDING:
			if (!strcmp(optarg, "end-point"))
				o->binding = BTNS_BINDING_END_POINT;
			else if (!strcmp(optarg, "compat"))
				o->binding = BTNS_BINDING_COMPAT;
			else if (!strcmp(optarg, "unique"))
				o->binding = BTNS_BINDING_UNIQUE;
			else
				goto bad_value;
			break;
		case OPT_HASH:
			if (!known_hash(optarg))
				goto bad_value;
			o->hash = optarg;
			break;
		case OPT_HELP:
		case 'h':
			usage(stdout);
			exit(NC_OK);
		case OPT_VERSION:
			puts("btns-nc " BTNS_VERSION);
			exit(NC_OK);
		default:
			usage(stderr);
			return NC_USAGE;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 2) {
		o->host = argv[0];
		o->port = argv[1];
	} else if (argc == 1 && o->listen) {
		o->port = argv[0];
	} else {
		usage(stderr);
		return NC_USAGE;
	}
	if (o->udp && o->secret_file) {
		fputs("btns-nc: --secret-file needs a TCP connection\n", stderr);
		return NC_USAGE;
	}
	return 0;
bad_value:
	fprintf(stderr, "btns-nc: \"%s\": not a valid value\n", optarg);
	return NC_USAGE;
}

int nc_examine(const struct nc_options *o, const struct nc_conn *c, int wait_ms)
{
	struct btns_latch_info l = { 0 };
	int err = 0;

	if (btns_latch_wait(c->fd, &l, sizeof(l), wait_ms))
		err = errno;
	nc_report(o, c, &l);
	if (!o->require_latch)
		return 0;
	if (l.state != BTNS_LATCH_ESTABLISHED) {
		nc_error(o, "not protected, so no data passes: %s",
			 btns_strerror(err ? err : l.state == BTNS_LATCH_NONE ?
				       ENODATA : EAGAIN));
		return NC_UNPROTECTED;
	}
	if (o->pinned && btns_check_peer(c->fd, o->pin)) {
		nc_error(o, "%s", btns_strerror(errno));
		return NC_WRONG_PEER;
	}
	if (o->secret_file)
		return nc_prove(o, c);
	return 0;
}

/* An empty datagram brings SAs and latch without giving anything away. */
static int knock(const struct nc_options *o, const struct nc_conn *c)
{
	if (send(c->fd, "", 0, MSG_NOSIGNAL) >= 0 || errno == ECONNREFUSED ||
	    errno == EAGAIN)
		return 0;
	nc_error(o, "%s", strerror(errno));
	return NC_FAILED;
}

int main(int argc, char **argv)
{
	struct nc_options o = {
		.family = AF_UNSPEC,
		.wait_ms = 10000,
		.binding = BTNS_BINDING_END_POINT,
	};
	struct nc_conn c = { .fd = -1 };
	int ret = parse(&o, argc, argv);

	if (ret)
		return ret;
	signal(SIGPIPE, SIG_IGN);
	c.udp = o.udp;
	ret = o.listen ? nc_accept(&o, &c) : nc_connect(&o, &c);
	if (!ret && (!c.udp || o.require_latch)) {
		if (c.udp)
			ret = knock(&o, &c);
		if (!ret)
			ret = nc_examine(&o, &c, o.wait_ms);
		c.examined = true;
	}
	if (!ret)
		ret = nc_relay(&o, &c);
	nc_report_end(&o, &c, ret ? "failed" : NULL);
	if (c.fd >= 0)
		close(c.fd);
	return ret;
}
