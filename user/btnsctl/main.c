// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: show and steer. */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/btns.h>

#include "../common/show.h"
#include "ctl.h"
#include "known.h"
#include "btns.h"
#include "explain.h"
#include "text.h"
#include "unlatched.h"

void ctl_error(struct ctl *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->error, sizeof(c->error), format, ap);
	va_end(ap);
}

static int no_memory(struct ctl *c)
{
	ctl_error(c, "out of memory");
	return CTL_FAILED;
}

/* --- documents ------------------------------------------------------------------ */

typedef int (*fetch_fn)(struct ctl *c, json_t **list);

static int one_list(struct ctl *c, json_t *doc, const char *name, fetch_fn fetch)
{
	json_t *list;
	int ret = fetch(c, &list);

	if (ret)
		return ret;
	return json_object_set_new(doc, name, list) ? no_memory(c) : CTL_OK;
}

static int doc_pad(struct ctl *c, json_t *doc)
{
	return one_list(c, doc, "pad", kernel_pad);
}

static int doc_policy(struct ctl *c, json_t *doc)
{
	return one_list(c, doc, "policy", kernel_policy);
}

static int doc_sas(struct ctl *c, json_t *doc)
{
	return one_list(c, doc, "sas", kernel_sas);
}

static int doc_latches(struct ctl *c, json_t *doc)
{
	return one_list(c, doc, "latches", kernel_latches);
}

/* The IKE SAs of a peer, from the daemon's list. */
static int add_ike_sas(json_t *peer, const json_t *sas)
{
	json_t *mine = json_array(), *sa;
	const char *fp;
	size_t i;

	fp = json_string_value(json_object_get(peer, "fingerprint"));
	json_array_foreach((json_t *)sas, i, sa) {
		const char *other = json_string_value(
			json_object_get(sa, "peer_fingerprint"));

		if (fp && other && !strcmp(fp, other) &&
		    json_array_append(mine, sa))
			break;
	}
	return json_object_set_new(peer, "ike_sas", mine);
}

/* Do two identities agree in key and name? */
static bool same_identity(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "fingerprint"),
			  json_object_get(b, "fingerprint")) &&
	       json_equal(json_object_get(a, "text"), json_object_get(b, "text"));
}

static bool is_peer(const json_t *id, const json_t *sas)
{
	json_t *sa;
	size_t i;

	json_array_foreach((json_t *)sas, i, sa)
		if (same_identity(id, json_object_get(sa, "peer")))
			return true;
	return false;
}

/* The kernel lists all identities: our own are no peers. */
static void drop_own(json_t *peers, const json_t *sas)
{
	size_t i = json_array_size(peers), k;
	json_t *sa;

	while (i--) {
		const json_t *id = json_array_get(peers, i);
		bool own = false;

		json_array_foreach((json_t *)sas, k, sa)
			own |= same_identity(id, json_object_get(sa, "local"));
		if (own && !is_peer(id, sas))
			json_array_remove(peers, i);
	}
}

static int doc_peers(struct ctl *c, json_t *doc)
{
	int ret = one_list(c, doc, "peers", kernel_peers);
	json_t *answer = NULL, *peer, *sas;
	size_t i;

	if (!ret)
		ret = kernel_sas(c, &sas);
	if (ret)
		return ret;
	drop_own(json_object_get(doc, "peers"), sas);
	json_decref(sas);
	/* without the daemon there are no IKE SAs: no failure here */
	if (daemon_ask(c, "ike-sas", &answer))
		answer = NULL;
	json_array_foreach(json_object_get(doc, "peers"), i, peer)
		if (add_ike_sas(peer, json_object_get(answer, "ike_sas")))
			ret = no_memory(c);
	json_decref(answer);
	return ret;
}

static int doc_stats(struct ctl *c, json_t *doc)
{
	int ret = one_list(c, doc, "kernel", kernel_stats);
	json_t *answer, *counters;

	if (ret)
		return ret;
	if (daemon_ask(c, "stats", &answer))
		return json_object_set_new(doc, "daemon", json_null()) ?
			no_memory(c) : CTL_OK;
	counters = json_object_get(answer, "stats");
	ret = json_object_set(doc, "daemon", counters ? counters : answer);
	json_decref(answer);
	return ret ? no_memory(c) : CTL_OK;
}

/* Addresses of the SAs with each peer, without repetition. */
static int add_addresses(const json_t *peers, const json_t *sas)
{
	json_t *peer, *sa, *a;
	size_t i, k, n;

	json_array_foreach((json_t *)peers, i, peer) {
		json_t *list = json_array();

		if (!list || json_object_set_new(peer, "addresses", list))
			return -1;
		json_array_foreach((json_t *)sas, k, sa) {
			json_t *addr = json_object_get(sa, "outer_peer");
			bool known = false;

			if (!same_identity(peer, json_object_get(sa, "peer")))
				continue;
			json_array_foreach(list, n, a)
				known |= json_equal(a, addr);
			if (!known && json_array_append(list, addr))
				return -1;
		}
	}
	return 0;
}

static int add_unlatched(struct ctl *c, json_t *doc)
{
	static const struct { const char *path; int protocol; } tables[] = {
		{ "/proc/net/tcp", IPPROTO_TCP },
		{ "/proc/net/tcp6", IPPROTO_TCP },
		{ "/proc/net/udp", IPPROTO_UDP },
		{ "/proc/net/udp6", IPPROTO_UDP },
	};
	json_t *list = json_array(), *policy;
	int ret = kernel_policy(c, &policy);
	size_t i;

	if (ret) {
		json_decref(list);
		return ret;
	}
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		FILE *f = fopen(tables[i].path, "re");

		/* no IPv6, no file */
		if (!f)
			continue;
		if (unlatched_scan(f, tables[i].protocol,
				   json_object_get(doc, "latches"), policy,
				   json_object_get(doc, "holdoffs"), list))
			ret = no_memory(c);
		fclose(f);
	}
	json_decref(policy);
	if (json_object_set_new(doc, "unlatched", list))
		ret = no_memory(c);
	return ret;
}

static int status_of_daemon(struct ctl *c, json_t *doc)
{
	json_t *answer, *d, *self;
	int ret = daemon_ask(c, "status", &answer);

	if (ret) {
		d = json_pack("{s:b, s:s}", "running", 0, "error", c->error);
		return json_object_set_new(doc, "daemon", d) ||
		       json_object_set_new(doc, "self", json_null()) ?
			no_memory(c) : CTL_OK;
	}
	self = json_pack("{s:O?, s:O?}",
			 "fingerprint", json_object_get(answer, "fingerprint"),
			 "id", json_object_get(answer, "id"));
	d = json_pack("{s:b, s:O?, s:O?, s:O?, s:O?, s:O?, s:O?}", "running", 1,
		      "configuration", json_object_get(answer, "configuration"),
		      "generation", json_object_get(answer, "generation"),
		      "pid", json_object_get(answer, "pid"),
		      "since", json_object_get(answer, "since"),
		      "uptime", json_object_get(answer, "uptime"),
		      "version", json_object_get(answer, "version"));
	json_decref(answer);
	return json_object_set_new(doc, "daemon", d) ||
	       json_object_set_new(doc, "self", self) ? no_memory(c) : CTL_OK;
}

static int doc_status(struct ctl *c, json_t *doc)
{
	int ret = status_of_daemon(c, doc);
	json_t *sas = NULL;

	if (ret)
		return ret;
	ret = kernel_sas(c, &sas);
	json_object_set_new(doc, "module", json_pack("{s:b}", "loaded",
						     ret != CTL_NO_MODULE));
	if (ret == CTL_NO_MODULE)
		return CTL_OK;
	if (!ret)
		ret = one_list(c, doc, "peers", kernel_peers);
	if (!ret)
		drop_own(json_object_get(doc, "peers"), sas);
	if (!ret && add_addresses(json_object_get(doc, "peers"), sas))
		ret = no_memory(c);
	if (!ret)
		ret = one_list(c, doc, "latches", kernel_latches);
	if (!ret)
		ret = one_list(c, doc, "acquires", kernel_acquires);
	if (!ret)
		ret = one_list(c, doc, "holdoffs", kernel_holdoffs);
	if (!ret)
		ret = add_unlatched(c, doc);
	json_decref(sas);
	return ret;
}

static const struct show {
	const char *name;
	int (*fetch)(struct ctl *c, json_t *doc);
	int (*text)(FILE *f, const json_t *doc, bool colors);
} shows[] = {
	{ "status", doc_status, text_status },
	{ "pad", doc_pad, text_pad },
	{ "policy", doc_policy, text_policy },
	{ "sas", doc_sas, text_sas },
	{ "peers", doc_peers, text_peers },
	{ "latches", doc_latches, text_latches },
	{ "stats", doc_stats, text_stats },
};

static int finish(struct ctl *c)
{
	if (fflush(stdout) || ferror(stdout)) {
		ctl_error(c, "cannot write");
		return CTL_FAILED;
	}
	return CTL_OK;
}

static int show(struct ctl *c, const struct show *s)
{
	json_t *doc = json_object();
	int ret = s->fetch(c, doc);

	if (!ret && c->json) {
		json_dumpf(doc, stdout, JSON_INDENT(2));
		putchar('\n');
		ret = finish(c);
	} else if (!ret) {
		ret = s->text(stdout, doc, c->colors) ? no_memory(c) : finish(c);
	}
	if (!ret && s->fetch == doc_status &&
	    !json_is_true(json_object_get(json_object_get(doc, "module"),
					  "loaded")))
		ret = -CTL_NO_MODULE;	/* said already */
	json_decref(doc);
	return ret;
}

/* --- monitor, reload, flush -------------------------------------------------------- */

static int print_event(struct ctl *c, json_t *event)
{
	if (c->json) {
		json_dumpf(event, stdout, JSON_COMPACT);
		putchar('\n');
		return finish(c);
	}
	return text_event(stdout, event, c->colors) ? finish(c) : CTL_OK;
}

/*
 * The outcome of something that was done: text is silent, JSON says ok, and what doc says
 * beside that; doc is consumed.
 */
static int done_with(struct ctl *c, int ret, json_t *doc)
{
	if (!c->json) {
		json_decref(doc);
		return ret;
	}
	json_object_set_new(doc, "ok", json_boolean(!ret));
	if (ret)
		json_object_set_new(doc, "error", json_string(c->error));
	json_dumpf(doc, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(doc);
	return ret ? ret : finish(c);
}

static int done(struct ctl *c, int ret)
{
	return done_with(c, ret, json_object());
}

static int reload(struct ctl *c)
{
	json_t *answer;
	int ret = daemon_ask(c, "reload", &answer);

	json_decref(answer);
	return done(c, ret);
}

static int flush(struct ctl *c, const char *what)
{
	unsigned int mask;
	json_t *answer;
	int ret = CTL_OK;

	if (!what || !strcmp(what, "sas"))
		mask = BTNS_FLUSH_SAS;
	else if (!strcmp(what, "holdoffs"))
		mask = BTNS_FLUSH_HOLDOFFS;
	else if (!strcmp(what, "all"))
		mask = BTNS_FLUSH_SAS | BTNS_FLUSH_HOLDOFFS;
	else if (!strcmp(what, "config"))
		mask = BTNS_FLUSH_SAS | BTNS_FLUSH_HOLDOFFS | BTNS_FLUSH_CONFIG;
	else
		return -1;
	/* the daemon ends its IKE SAs; without it only the kernel's part is left */
	if (mask & BTNS_FLUSH_SAS) {
		ret = daemon_ask(c, "flush", &answer);
		json_decref(answer);
		if (ret == CTL_NO_DAEMON)
			ret = CTL_OK;
	}
	if (!ret)
		ret = kernel_flush(c, mask);
	return done(c, ret);
}

/* latch break NUMBER|FINGERPRINT */
static int latch_break(struct ctl *c, const char *what)
{
	uint8_t fp[BTNS_FINGERPRINT_LEN];
	unsigned int count;
	unsigned long long id = 0;
	char *end = NULL;
	bool peer;
	int ret;

	peer = !btns_fingerprint_parse(what, fp);
	if (!peer) {
		errno = 0;
		id = strtoull(what, &end, 10);
		if (*what < '0' || *what > '9' || *end || errno) {
			ctl_error(c, "'%s' is neither the number of a latch nor a fingerprint",
				  what);
			return done(c, CTL_USAGE);
		}
	}
	ret = kernel_latch_break(c, id, peer ? fp : NULL, &count);
	if (!ret && !count) {
		ctl_error(c, peer ? "no latch with this peer" : "the latch is closed already");
		ret = CTL_FAILED;
	}
	return done_with(c, ret, ret ? json_object() : json_pack("{s:i}", "closed", (int)count));
}

/* --- explain --------------------------------------------------------------------------- */

/* The address that packets to the peer leave from. */
static int find_source(struct ctl *c, struct explain *x)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { .sa.sa_family = (sa_family_t)x->family };
	socklen_t len = x->family == AF_INET ? sizeof(a.v4) : sizeof(a.v6);
	int fd = socket(x->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	if (x->family == AF_INET)
		memcpy(&a.v4.sin_addr, x->peer, 4);
	else
		memcpy(&a.v6.sin6_addr, x->peer, 16);
	a.v4.sin_port = htons(x->port ? (uint16_t)x->port : 9);
	/* nothing is sent by that */
	good = fd >= 0 && !connect(fd, &a.sa, len) && !getsockname(fd, &a.sa, &len);
	if (!good)
		ctl_error(c, "no way to that address: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	if (x->family == AF_INET)
		memcpy(x->local, &a.v4.sin_addr, 4);
	else
		memcpy(x->local, &a.v6.sin6_addr, 16);
	return good ? CTL_OK : CTL_FAILED;
}

static int explain(struct ctl *c, const char *where, const char *protocol)
{
	static const fetch_fn fetch[] = { kernel_policy, kernel_latches, kernel_sas,
					  kernel_holdoffs, kernel_acquires };
	json_t *list[5] = { }, *q, *answer = NULL, *doc = NULL;
	char peer[SHOW_ADDR];
	struct explain x;
	int ret, i;

	if (explain_parse(where, &x))
		return -1;
	x.protocol = !protocol || !strcmp(protocol, "tcp") ? IPPROTO_TCP :
		     !strcmp(protocol, "udp") ? IPPROTO_UDP : 0;
	if (!x.protocol)
		return -1;
	ret = find_source(c, &x);
	for (i = 0; !ret && i < 5; i++)
		ret = fetch[i](c, &list[i]);
	if (!ret) {
		show_addr((unsigned int)x.family, x.peer, peer);
		q = json_pack("{s:s, s:s}", "command", "explain", "address", peer);
		/* without the daemon there is less to say */
		if (!q || daemon_question(c, q, &answer))
			answer = NULL;
		json_decref(q);
		doc = explain_document(&x, list[0], list[1], list[2], list[3], list[4], answer);
		ret = doc ? CTL_OK : no_memory(c);
	}
	if (doc && c->json) {
		json_dumpf(doc, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (doc) {
		explain_text(stdout, doc, c->colors);
	}
	json_decref(doc);
	json_decref(answer);
	for (i = 0; i < 5; i++)
		json_decref(list[i]);
	return ret ? ret : finish(c);
}

/* --- command line -------------------------------------------------------------------- */

static void usage(FILE *f)
{
	fputs("usage: btnsctl [-j] [-s SOCKET] [COMMAND]\n\n"
	      "  status    who am I, peers, connections, what is in clear and why (default)\n"
	      "  explain ADDRESS[:PORT] [tcp|udp]\n"
	      "            why is that in clear, or blocked, and what to do\n"
	      "  pad       whom this host believes\n"
	      "  policy    what is protected\n"
	      "  sas       SA pairs\n"
	      "  peers     identities and IKE SAs\n"
	      "  peers list|pending|show PEER|compare PEER WORDS\n"
	      "            keys that were seen before, those that wait for a decision, one of\n"
	      "            them, and whether somebody who runs it reads the same fingerprint\n"
	      "  peers trust|untrust|forget PEER\n"
	      "            decide about it; PEER: fingerprint, its words, ID, address\n"
	      "  peers export, peers import FILE|-\n"
	      "            one key a line\n"
	      "  latches   connections held to their peer\n"
	      "  stats     counters\n"
	      "  monitor   events as they happen\n"
	      "  reload    let the daemon read its configuration again\n"
	      "  latch break NUMBER|FINGERPRINT\n"
	      "            close that connection, or all with that peer\n"
	      "  flush [sas|holdoffs|all|config]\n"
	      "            delete SAs, or forget failed negotiations\n\n"
	      "  -j  JSON, see btnsctl(8)\n", f);
}

static int run(struct ctl *c, int argc, char **argv)
{
	const char *command = argc ? argv[0] : "status";
	size_t i;

	if (!strcmp(command, "flush") && argc <= 2)
		return flush(c, argv[1]);
	if (!strcmp(command, "latch") && argc == 3 && !strcmp(argv[1], "break"))
		return latch_break(c, argv[2]);
	if (!strcmp(command, "explain") && (argc == 2 || argc == 3))
		return explain(c, argv[1], argv[2]);
	if (!strcmp(command, "peers") && argc > 1)
		return known_command(c, argc - 1, argv + 1);
	if (argc > 1)
		return -1;
	if (!strcmp(command, "monitor"))
		return kernel_monitor(c, print_event);
	if (!strcmp(command, "reload"))
		return reload(c);
	for (i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (!strcmp(command, shows[i].name))
			return show(c, &shows[i]);
	return -1;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "control", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	struct ctl c = { .socket = getenv("BTNS_SOCKET") };
	int o, ret;

	if (!c.socket || !*c.socket)
		c.socket = BTNS_CONTROL_SOCKET;
	while ((o = getopt_long(argc, argv, "js:hV", longs, NULL)) >= 0) {
		switch (o) {
		case 'j': c.json = true; break;
		case 's': c.socket = optarg; break;
		case 'h':
			usage(stdout);
			return CTL_OK;
		case 'V':
			puts("btnsctl " BTNS_VERSION);
			return CTL_OK;
		default:
			usage(stderr);
			return CTL_USAGE;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	c.colors = show_colors(stdout);
	ret = run(&c, argc - optind, argv + optind);
	kernel_done(&c);
	if (ret == -1) {
		usage(stderr);
		return CTL_USAGE;
	}
	if (ret > 0)
		fprintf(stderr, "btnsctl: %s\n", c.error);
	return ret < 0 ? -ret : ret;
}
