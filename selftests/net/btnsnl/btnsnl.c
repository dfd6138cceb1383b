// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family "btns" by hand, for tests of the kernel alone.
 *
 *	btnsnl config FILE		lines "pad KEY=VALUE..." and "spd KEY=VALUE...";
 *					one transaction
 *	btnsnl sa-new KEY=VALUE...	prints the number of the pair
 *	btnsnl sa-del|sa-switch|sa-get id=N
 *	btnsnl sa-move N KEY=VALUE...	outer-local, outer-peer, encap-sport, encap-dport
 *	btnsnl flush sas|holdoffs|config
 *	btnsnl authorize KEY=VALUE...	(peer.*)
 *	btnsnl narrow KEY=VALUE...	(peer.*, local-ts, remote-ts, mode, spd)
 *	btnsnl latch-get|latch-break id=N | flow=PROTO,LOCAL,PORT,PEER,PORT
 *	btnsnl acquire-done id=N error=N
 *	btnsnl pads|spds|sas|latches|identities|acquires|holdoffs|stats
 *	btnsnl raw CMD HEX		attributes as they are
 *	btnsnl batch FILE		lines of words as above; ends at the first refusal
 *	btnsnl monitor			acquires and events, one a line, until it is killed
 *	btnsnl encap ADDRESS [PORT]	the socket of IKE on UDP port 4500 there, with bypass
 *					policies and ESP in UDP, until it is killed
 *
 * Answers come as one line a message, "key=value" and "{ }" for nests.  Refusals:
 * "btnsnl: ERRNO-NAME: sentence of the kernel", exit 1.
 *
 * BTNS_FAIL_NTH=N in the environment: the Nth allocation of the requests fails (debug
 * kernels); "left=0" is printed if there were so many.
 *	btnsnl walk -|sas|holdoffs|config COMMAND...	its first, its second, ...; that is
 *			flushed after each.  Prints how many failed, and how many were told.
 *
 * Selectors: [tcp:|udp:|NUMBER:]ADDRESS[/LENGTH][,PORT[-PORT]].  Suites:
 * ENCR:BITS:INTEG by IKEv2 numbers.  Octets in hexadecimal.  Identities: type, data,
 * spki, method, auth after "peer." or "local.".
 */
#include <arpa/inet.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsnl.h"

static void got_family(const struct genlmsghdr *g, int len)
{
	const char *p;
	int n;

	p = attr((const char *)(g + 1), len, CTRL_ATTR_FAMILY_ID, &n);
	if (p)
		memcpy(&family, p, 2);
}

static void join_groups(const struct genlmsghdr *g, int len)
{
	const char *p, *groups, *id;
	int n, m;

	got_family(g, len);
	groups = attr((const char *)(g + 1), len, CTRL_ATTR_MCAST_GROUPS, &n);
	for (p = groups; p && n >= NLA_HDRLEN;) {
		const struct nlattr *a = (const void *)p;
		__u32 group;

		id = attr(p + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, CTRL_ATTR_MCAST_GRP_ID, &m);
		if (id) {
			memcpy(&group, id, 4);
			if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				       sizeof(group)))
				die("cannot join a group");
		}
		p += NLA_ALIGN(a->nla_len);
		n -= NLA_ALIGN(a->nla_len);
	}
}

static void monitor(void)
{
	static char buf[BUF];
	const struct nlmsghdr *n;
	int len;

	start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put_string(CTRL_ATTR_FAMILY_NAME, BTNS_GENL_NAME);
	talk(join_groups);
	printf("ready\n");
	for (;;) {
		fflush(stdout);
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0)
			die("cannot receive");
		for (n = (void *)buf; NLMSG_OK(n, (unsigned int)len); n = NLMSG_NEXT(n, len)) {
			const struct genlmsghdr *g = NLMSG_DATA(n);

			if (n->nlmsg_type != family)
				continue;
			printf("cmd=%u", g->cmd);
			print_answer(g, n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
		}
	}
}

static void encap(const char *address, int port)
{
	struct sockaddr_storage ss = { };
	struct sockaddr_in6 *sin6 = (void *)&ss;
	struct sockaddr_in *sin = (void *)&ss;
	struct xfrm_userpolicy_info pol = { .action = XFRM_POLICY_ALLOW };
	int v6 = !!strchr(address, ':'), type = UDP_ENCAP_ESPINUDP, s, dir;

	ss.ss_family = v6 ? AF_INET6 : AF_INET;
	if (v6) {
		sin6->sin6_port = htons(port);
		parse_addr(address, sin6->sin6_addr.s6_addr);
	} else {
		sin->sin_port = htons(port);
		parse_addr(address, (unsigned char *)&sin->sin_addr);
	}
	s = socket(ss.ss_family, SOCK_DGRAM, 0);
	pol.sel.family = ss.ss_family;
	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_OUT; dir++) {
		pol.dir = dir;
		if (setsockopt(s, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			       v6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &pol, sizeof(pol)))
			die("no socket policy");
	}
	if (setsockopt(s, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)) ||
	    bind(s, (void *)&ss, v6 ? sizeof(*sin6) : sizeof(*sin)))
		die("no socket with ESP in UDP");
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

static const char *wanted_name;
static __u32 wanted_id;

static void got_spd(const struct genlmsghdr *g, int len)
{
	const char *e, *p;
	int n, m;

	e = attr((const char *)(g + 1), len, BTNS_A_SPD, &n);
	p = e ? attr(e, n, BTNS_SPD_A_NAME, &m) : NULL;
	if (!p || strcmp(p, wanted_name))
		return;
	p = attr(e, n, BTNS_SPD_A_ID, &m);
	if (p)
		memcpy(&wanted_id, p, 4);
}

/* spd=NAME becomes spd=NUMBER */
static void resolve_spd(char **w)
{
	for (; *w; w++) {
		if (strncmp(*w, "spd=", 4) || strspn(*w + 4, "0123456789") == strlen(*w + 4))
			continue;
		wanted_name = *w + 4;
		start(family, BTNS_CMD_SPD_GET, NLM_F_DUMP);
		talk(got_spd);
		if (!wanted_id)
			die("no SPD entry of that name");
		*w = malloc(32);
		snprintf(*w, 32, "spd=%u", wanted_id);
	}
}

#define WORDS	64

static int split(char *line, char **w)
{
	char *save;
	int n = 0;

	line[strcspn(line, "#\n")] = 0;
	for (char *p = line; n < WORDS - 1 && (w[n] = strtok_r(p, " \t", &save)); p = NULL)
		n++;
	w[n] = NULL;
	return n;
}

static void config_line(char *line)
{
	char *w[WORDS];
	struct nlattr *a;

	if (!split(line, w))
		return;
	if (!strcmp(w[0], "pad")) {
		start(family, BTNS_CMD_PAD_ADD, 0);
		a = nest(BTNS_A_PAD);
		put_words(pad_keys, w + 1);
	} else if (!strcmp(w[0], "spd")) {
		start(family, BTNS_CMD_SPD_ADD, 0);
		a = nest(BTNS_A_SPD);
		put_words(spd_keys, w + 1);
	} else {
		die("a line begins with pad or spd");
	}
	end(a);
	talk(NULL);
}

static FILE *open_file(const char *name)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;

	if (!f)
		die("cannot read the file");
	return f;
}

static void config(const char *name)
{
	static char line[4 * BTNS_SPKI_MAX];
	FILE *f = open_file(name);

	start(family, BTNS_CMD_CONFIG_BEGIN, 0);
	talk(NULL);
	while (fgets(line, sizeof(line), f))
		config_line(line);
	start(family, BTNS_CMD_CONFIG_COMMIT, 0);
	talk(print_answer);
}

static const struct {
	const char *name;
	int cmd;
} dumps[] = {
	{ "pads", BTNS_CMD_PAD_GET }, { "spds", BTNS_CMD_SPD_GET }, { "sas", BTNS_CMD_SA_GET },
	{ "latches", BTNS_CMD_LATCH_GET }, { "identities", BTNS_CMD_IDENTITY_GET },
	{ "acquires", BTNS_CMD_ACQUIRE_GET }, { "holdoffs", BTNS_CMD_HOLDOFF_GET },
};


static void batch(const char *name)
{
	static char line[4 * BTNS_SPKI_MAX];
	FILE *f = open_file(name);
	char *w[WORDS];
	int n;

	while (fgets(line, sizeof(line), f)) {
		n = split(line, w);
		if (n)
			run(n, w);
	}
}

static const char *const flushes[] = { "sas", "holdoffs", "config", NULL };

void run(int argc, char **w)
{
	static unsigned char raw[BUF];
	struct nlattr *a;
	unsigned int i;

	for (i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		if (!strcmp(w[0], dumps[i].name)) {
			start(family, dumps[i].cmd, NLM_F_DUMP);
			talk(print_answer);
			return;
		}
	}
	resolve_spd(w);
	if (!strcmp(w[0], "stats")) {
		start(family, BTNS_CMD_STATS_GET, 0);
		talk(print_stats);
	} else if (!strcmp(w[0], "monitor")) {
		monitor();
	} else if (!strcmp(w[0], "encap") && (argc == 2 || argc == 3)) {
		encap(w[1], argc == 3 ? atoi(w[2]) : 4500);
	} else if (!strcmp(w[0], "config") && argc == 2) {
		config(w[1]);
	} else if (!strcmp(w[0], "batch") && argc == 2) {
		batch(w[1]);
	} else if (!strcmp(w[0], "flush") && argc == 2) {
		start(family, BTNS_CMD_FLUSH, 0);
		put_u32(BTNS_A_FLUSH, 1 << named(w[1], flushes));
		talk(print_answer);
	} else if (!strcmp(w[0], "sa-new")) {
		start(family, BTNS_CMD_SA_NEW, 0);
		a = nest(BTNS_A_CHILD);
		put_words(child_keys, w + 1);
		end(a);
		talk(print_answer);
	} else if (!strcmp(w[0], "sa-move") && argc > 2) {
		start(family, BTNS_CMD_SA_MOVE, 0);
		put_u32(BTNS_A_SA_ID, strtoul(w[1], NULL, 0));
		a = nest(BTNS_A_CHILD);
		put_words(child_keys, w + 2);
		end(a);
		talk(print_answer);
	} else if (!strncmp(w[0], "latch-", 6) && argc == 2) {
		start(family, strcmp(w[0], "latch-get") ? BTNS_CMD_LATCH_BREAK :
							  BTNS_CMD_LATCH_GET, 0);
		if (!strncmp(w[1], "flow=", 5))
			put_flow(w[1] + 5);
		else if (!strncmp(w[1], "id=", 3))
			put_u64(BTNS_A_LATCH_ID, strtoull(w[1] + 3, NULL, 0));
		talk(print_answer);
	} else if (!strcmp(w[0], "acquire-done") && argc == 3 && !strncmp(w[1], "id=", 3) &&
		   !strncmp(w[2], "error=", 6)) {
		start(family, BTNS_CMD_ACQUIRE_DONE, 0);
		put_u32(BTNS_A_ACQUIRE_ID, strtoul(w[1] + 3, NULL, 0));
		put_u32(BTNS_A_ERROR, strtoul(w[2] + 6, NULL, 0));
		talk(print_answer);
	} else if (!strcmp(w[0], "raw") && argc == 3) {
		start(family, atoi(w[1]), 0);
		put_raw(raw, unhex(w[2], raw, sizeof(raw)));
		talk(print_answer);
	} else {
		int cmd = !strcmp(w[0], "sa-del") ? BTNS_CMD_SA_DEL :
			  !strcmp(w[0], "sa-switch") ? BTNS_CMD_SA_SWITCH :
			  !strcmp(w[0], "sa-get") ? BTNS_CMD_SA_GET :
			  !strcmp(w[0], "authorize") ? BTNS_CMD_PEER_AUTHORIZE :
			  !strcmp(w[0], "narrow") ? BTNS_CMD_CHILD_NARROW : 0;

		if (!cmd)
			die("unknown command; the head of btnsnl.c lists them");
		start(family, cmd, 0);
		put_words(top_keys, w + 1);
		talk(print_answer);
	}
}

void connect_kernel(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int on = 1;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0 || bind(fd, (void *)&sa, sizeof(sa)))
		die("no netlink");
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		die("no command; the head of btnsnl.c lists them");
	connect_kernel();
	start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put_string(CTRL_ATTR_FAMILY_NAME, BTNS_GENL_NAME);
	talk(got_family);
	if (!family)
		die("the module is not loaded");
	if (!strcmp(argv[1], "walk") && argc > 3)
		return walk(argc - 1, argv + 1);
	run(argc - 1, argv + 1);
	return 0;
}
