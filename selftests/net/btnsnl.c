// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family "btns" by hand, for tests of the kernel alone.
 *
 *	btnsnl config FILE		lines "pad KEY=VALUE..." and "spd KEY=VALUE...";
 *					one transaction
 *	btnsnl sa-new KEY=VALUE...	prints the number of the pair
 *	btnsnl sa-del|sa-switch|sa-get id=N
 *	btnsnl flush sas|holdoffs|config
 *	btnsnl authorize KEY=VALUE...	(peer.*)
 *	btnsnl narrow KEY=VALUE...	(peer.*, local-ts, remote-ts, mode, spd)
 *	btnsnl latch-get id=N | flow=PROTO,LOCAL,PORT,PEER,PORT
 *	btnsnl acquire-done id=N error=N
 *	btnsnl pads|spds|sas|latches|identities|acquires|holdoffs|stats
 *	btnsnl raw CMD HEX		attributes as they are
 *	btnsnl monitor			acquires and events, one a line, until it is killed
 *	btnsnl encap ADDRESS		the socket of IKE on UDP port 4500 there, with bypass
 *					policies and ESP in UDP, until it is killed
 *
 * Answers come as one line a message, "key=value" and "{ }" for nests.  Refusals:
 * "btnsnl: ERRNO-NAME: sentence of the kernel", exit 1.
 *
 * Selectors: [tcp:|udp:|NUMBER:]ADDRESS[/LENGTH][,PORT[-PORT]].  Suites:
 * ENCR:BITS:INTEG by IKEv2 numbers.  Octets in hexadecimal.  Identities: type, data,
 * spki, method, auth after "peer." or "local.".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/btns.h>

#define BUF 65536

static int fd;
static unsigned short family;
static unsigned int seq;

static struct {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char data[BUF];
} msg;

static void die(const char *text)
{
	fprintf(stderr, "btnsnl: %s\n", text);
	exit(2);
}

/* ---- build ---- */

static void start(unsigned short type, int cmd, int flags)
{
	memset(&msg, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	msg.n.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	msg.n.nlmsg_type = type;
	msg.n.nlmsg_flags = NLM_F_REQUEST | flags;
	msg.n.nlmsg_seq = ++seq;
	msg.g.cmd = cmd;
	msg.g.version = 1;
}

static char *tail(void)
{
	return (char *)&msg + msg.n.nlmsg_len;
}

static void put(int type, const void *data, size_t n)
{
	struct nlattr *a = (void *)tail();

	if (msg.n.nlmsg_len + NLA_ALIGN(NLA_HDRLEN + n) > sizeof(msg))
		die("message too long");
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + n;
	memset((char *)a + NLA_HDRLEN, 0, NLA_ALIGN(n));
	if (n)
		memcpy((char *)a + NLA_HDRLEN, data, n);
	msg.n.nlmsg_len += NLA_ALIGN(a->nla_len);
}

static void put_u8(int type, unsigned long v) { put(type, &(__u8){ v }, 1); }
static void put_u16(int type, unsigned long v) { put(type, &(__u16){ v }, 2); }
static void put_u32(int type, unsigned long v) { put(type, &(__u32){ v }, 4); }
static void put_u64(int type, unsigned long long v) { put(type, &(__u64){ v }, 8); }
static void put_string(int type, const char *s) { put(type, s, strlen(s) + 1); }

static struct nlattr *nest(int type)
{
	struct nlattr *a = (void *)tail();

	put(type | NLA_F_NESTED, NULL, 0);
	return a;
}

static void end(struct nlattr *a)
{
	a->nla_len = tail() - (char *)a;
}

static size_t unhex(const char *text, unsigned char *out, size_t max)
{
	size_t n = strlen(text) / 2, i;

	if (strlen(text) % 2 || n > max)
		die("bad hexadecimal value");
	for (i = 0; i < n; i++)
		if (sscanf(text + 2 * i, "%2hhx", out + i) != 1)
			die("bad hexadecimal value");
	return n;
}

static void put_hex(int type, const char *text)
{
	static unsigned char buf[BUF / 2];

	put(type, buf, unhex(text, buf, sizeof(buf)));
}

static int parse_addr(const char *text, unsigned char *out)
{
	int v6 = !!strchr(text, ':');

	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, out) != 1)
		die("bad address");
	return v6 ? 16 : 4;
}

static void put_addr(int type, const char *text)
{
	unsigned char a[16];

	put(type, a, parse_addr(text, a));
}

/* A prefix becomes a range. */
static void put_ts(int type, const char *text)
{
	char buf[256], *p = buf, *slash, *comma, *proto;
	unsigned char from[16], to[16];
	unsigned int a, b, len, n, i;
	struct nlattr *ts = nest(type);

	snprintf(buf, sizeof(buf), "%s", text);
	if (!strncmp(p, "tcp:", 4) || !strncmp(p, "udp:", 4)) {
		put_u8(BTNS_TS_A_PROTO, *p == 't' ? 6 : 17);
		p += 4;
	} else if ((proto = strstr(p, "#"))) {
		put_u8(BTNS_TS_A_PROTO, atoi(p));
		p = proto + 1;
	}
	comma = strchr(p, ',');
	if (comma)
		*comma++ = 0;
	slash = strchr(p, '/');
	if (slash)
		*slash++ = 0;
	n = parse_addr(p, from);
	memcpy(to, from, 16);
	len = slash ? (unsigned int)atoi(slash) : n * 8;
	for (i = len; i < n * 8; i++) {
		from[i / 8] &= ~(0x80 >> i % 8);
		to[i / 8] |= 0x80 >> i % 8;
	}
	put(BTNS_TS_A_START, from, n);
	put(BTNS_TS_A_END, to, n);
	if (comma) {
		switch (sscanf(comma, "%u-%u", &a, &b)) {
		case 1:
			b = a;
			/* fall through */
		case 2:
			put_u16(BTNS_TS_A_PORT_START, a);
			put_u16(BTNS_TS_A_PORT_END, b);
			break;
		default:
			die("bad port");
		}
	}
	end(ts);
}

static void put_suite(int type, const char *text)
{
	unsigned int encr, bits = 0, integ = 0;
	struct nlattr *s = nest(type);

	if (sscanf(text, "%u:%u:%u", &encr, &bits, &integ) < 1)
		die("bad suite");
	put_u16(BTNS_SUITE_A_ENCR, encr);
	put_u16(BTNS_SUITE_A_ENCR_BITS, bits);
	put_u16(BTNS_SUITE_A_INTEG, integ);
	end(s);
}

static unsigned long named(const char *value, const char *const *names)
{
	unsigned long i;
	char *e;

	for (i = 0; names[i]; i++)
		if (!strcmp(value, names[i]))
			return i;
	i = strtoul(value, &e, 0);
	if (*e || !*value)
		die("bad value");
	return i;
}

static const char *const modes[] = { "transport", "tunnel", "-", "-", "beet", NULL };
static const char *const classes[] = {
	"clear", "clear-or-private", "private-or-clear", "private", "block", NULL
};
static const char *const matches[] = { "id", "publickey", "any", "null", NULL };

enum kind { U8, U16, U32, U64, BE16, BE32, HEX, STRING, FLAG, ADDR, TS, SUITE, MODE, CLASS, MATCH,
	    NEST, INFO };

struct key {
	const char *name;
	int type;
	enum kind kind;
	const struct key *sub;
};

static const struct key ts_keys[] = {
	{ "proto", BTNS_TS_A_PROTO, U8, NULL },
	{ "start", BTNS_TS_A_START, ADDR, NULL },
	{ "end", BTNS_TS_A_END, ADDR, NULL },
	{ "port", BTNS_TS_A_PORT_START, U16, NULL },
	{ "port-end", BTNS_TS_A_PORT_END, U16, NULL },
	{ "peer", BTNS_TS_A_PEER, ADDR, NULL },
	{ "peer-port", BTNS_TS_A_PEER_PORT, U16, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key suite_keys[] = {
	{ "encr", BTNS_SUITE_A_ENCR, U16, NULL },
	{ "bits", BTNS_SUITE_A_ENCR_BITS, U16, NULL },
	{ "integ", BTNS_SUITE_A_INTEG, U16, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key id_keys[] = {
	{ "type", BTNS_ID_A_TYPE, U16, NULL },
	{ "data", BTNS_ID_A_DATA, HEX, NULL },
	{ "spki", BTNS_ID_A_SPKI, HEX, NULL },
	{ "fingerprint", BTNS_ID_A_FINGERPRINT, HEX, NULL },
	{ "method", BTNS_ID_A_AUTH_METHOD, U8, NULL },
	{ "auth", BTNS_ID_A_AUTH, U8, NULL },
	{ "trust", BTNS_ID_A_TRUST, U8, NULL },
	{ "pad", BTNS_ID_A_PAD_ENTRY, STRING, NULL },
	{ "refs", BTNS_ID_A_REFS, U32, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key pad_keys[] = {
	{ "name", BTNS_PAD_A_NAME, STRING, NULL },
	{ "match", BTNS_PAD_A_MATCH, MATCH, NULL },
	{ "id-type", BTNS_PAD_A_ID_TYPE, U16, NULL },
	{ "id-data", BTNS_PAD_A_ID_DATA, HEX, NULL },
	{ "spki", BTNS_PAD_A_SPKI, HEX, NULL },
	{ "fingerprint", BTNS_PAD_A_FINGERPRINT, HEX, NULL },
	{ "child", BTNS_PAD_A_CHILD, TS, ts_keys },
	{ "child-any", BTNS_PAD_A_CHILD_ANY, FLAG, NULL },
	{ "by-id", BTNS_PAD_A_BY_ID, FLAG, NULL },
	{ "auth", BTNS_PAD_A_AUTH, U8, NULL },
	{ "index", BTNS_PAD_A_INDEX, U32, NULL },
	{ "hits", BTNS_PAD_A_HITS, U64, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key spd_keys[] = {
	{ "name", BTNS_SPD_A_NAME, STRING, NULL },
	{ "id", BTNS_SPD_A_ID, U32, NULL },
	{ "class", BTNS_SPD_A_CLASS, CLASS, NULL },
	{ "local", BTNS_SPD_A_LOCAL, TS, ts_keys },
	{ "remote", BTNS_SPD_A_REMOTE, TS, ts_keys },
	{ "mode", BTNS_SPD_A_MODE, MODE, NULL },
	{ "btns-ok", BTNS_SPD_A_BTNS_OK, FLAG, NULL },
	{ "null-ok", BTNS_SPD_A_NULL_OK, FLAG, NULL },
	{ "outer-local", BTNS_SPD_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_SPD_A_OUTER_PEER, ADDR, NULL },
	{ "peer-id-type", BTNS_SPD_A_PEER_ID_TYPE, U16, NULL },
	{ "peer-id-data", BTNS_SPD_A_PEER_ID_DATA, HEX, NULL },
	{ "peer-fingerprint", BTNS_SPD_A_PEER_FINGERPRINT, HEX, NULL },
	{ "suite", BTNS_SPD_A_SUITE, SUITE, suite_keys },
	{ "lifetime", BTNS_SPD_A_LIFETIME, U32, NULL },
	{ "lifebytes", BTNS_SPD_A_LIFEBYTES, U64, NULL },
	{ "index", BTNS_SPD_A_INDEX, U32, NULL },
	{ "hits", BTNS_SPD_A_HITS, U64, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key child_keys[] = {
	{ "id", BTNS_CHILD_A_SA_ID, U32, NULL },
	{ "spd", BTNS_CHILD_A_SPD_ENTRY, U32, NULL },
	{ "local-ts", BTNS_CHILD_A_LOCAL_TS, TS, ts_keys },
	{ "remote-ts", BTNS_CHILD_A_REMOTE_TS, TS, ts_keys },
	{ "mode", BTNS_CHILD_A_MODE, MODE, NULL },
	{ "class", BTNS_CHILD_A_CLASS, CLASS, NULL },
	{ "suite", BTNS_CHILD_A_SUITE, SUITE, suite_keys },
	{ "outer-local", BTNS_CHILD_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_CHILD_A_OUTER_PEER, ADDR, NULL },
	{ "spi-in", BTNS_CHILD_A_SPI_IN, BE32, NULL },
	{ "spi-out", BTNS_CHILD_A_SPI_OUT, BE32, NULL },
	{ "encr-in", BTNS_CHILD_A_ENCR_IN, HEX, NULL },
	{ "integ-in", BTNS_CHILD_A_INTEG_IN, HEX, NULL },
	{ "encr-out", BTNS_CHILD_A_ENCR_OUT, HEX, NULL },
	{ "integ-out", BTNS_CHILD_A_INTEG_OUT, HEX, NULL },
	{ "flags", BTNS_CHILD_A_FLAGS, U32, NULL },
	{ "encap-sport", BTNS_CHILD_A_ENCAP_SPORT, BE16, NULL },
	{ "encap-dport", BTNS_CHILD_A_ENCAP_DPORT, BE16, NULL },
	{ "replay", BTNS_CHILD_A_REPLAY_WINDOW, U32, NULL },
	{ "soft-time", BTNS_CHILD_A_SOFT_TIME, U32, NULL },
	{ "hard-time", BTNS_CHILD_A_HARD_TIME, U32, NULL },
	{ "soft-bytes", BTNS_CHILD_A_SOFT_BYTES, U64, NULL },
	{ "hard-bytes", BTNS_CHILD_A_HARD_BYTES, U64, NULL },
	{ "soft-packets", BTNS_CHILD_A_SOFT_PACKETS, U64, NULL },
	{ "hard-packets", BTNS_CHILD_A_HARD_PACKETS, U64, NULL },
	{ "peer", BTNS_CHILD_A_PEER, NEST, id_keys },
	{ "local", BTNS_CHILD_A_LOCAL, NEST, id_keys },
	{ "acquire", BTNS_CHILD_A_ACQUIRE_ID, U32, NULL },
	{ "ike-spi", BTNS_CHILD_A_IKE_SPI, HEX, NULL },
	{ "bytes-in", BTNS_CHILD_A_BYTES_IN, U64, NULL },
	{ "bytes-out", BTNS_CHILD_A_BYTES_OUT, U64, NULL },
	{ "packets-in", BTNS_CHILD_A_PACKETS_IN, U64, NULL },
	{ "packets-out", BTNS_CHILD_A_PACKETS_OUT, U64, NULL },
	{ "age", BTNS_CHILD_A_AGE, U32, NULL },
	{ "idle-in", BTNS_CHILD_A_IDLE_IN, U32, NULL },
	{ "reqid", BTNS_CHILD_A_REQID, U32, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key acquire_keys[] = {
	{ "id", BTNS_ACQ_A_ID, U32, NULL },
	{ "flow", BTNS_ACQ_A_FLOW, TS, ts_keys },
	{ "spd", BTNS_ACQ_A_SPD_ENTRY, U32, NULL },
	{ "spd-name", BTNS_ACQ_A_SPD_NAME, STRING, NULL },
	{ "class", BTNS_ACQ_A_CLASS, CLASS, NULL },
	{ "mode", BTNS_ACQ_A_MODE, MODE, NULL },
	{ "local-ts", BTNS_ACQ_A_LOCAL_TS, TS, ts_keys },
	{ "remote-ts", BTNS_ACQ_A_REMOTE_TS, TS, ts_keys },
	{ "outer-local", BTNS_ACQ_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_ACQ_A_OUTER_PEER, ADDR, NULL },
	{ "suite", BTNS_ACQ_A_SUITE, SUITE, suite_keys },
	{ "lifetime", BTNS_ACQ_A_LIFETIME, U32, NULL },
	{ "lifebytes", BTNS_ACQ_A_LIFEBYTES, U64, NULL },
	{ "expires", BTNS_ACQ_A_EXPIRES, U32, NULL },
	{ "error", BTNS_ACQ_A_ERROR, U32, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key latch_keys[] = {
	{ "id", BTNS_LATCH_A_ID, U64, NULL },
	{ "info", BTNS_LATCH_A_INFO, INFO, NULL },
	{ "proto", BTNS_LATCH_A_PROTO, U8, NULL },
	{ "peer", BTNS_LATCH_A_PEER, NEST, id_keys },
	{ "local", BTNS_LATCH_A_LOCAL, NEST, id_keys },
	{ "reason", BTNS_LATCH_A_REASON, U32, NULL },
	{ "uid", BTNS_LATCH_A_UID, U32, NULL },
	{ "spd-name", BTNS_LATCH_A_SPD_NAME, STRING, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key stat_keys[] = {
	{ "name", BTNS_STAT_A_NAME, STRING, NULL },
	{ "value", BTNS_STAT_A_VALUE, U64, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key top_keys[] = {
	{ "pad", BTNS_A_PAD, NEST, pad_keys },
	{ "spd-entry", BTNS_A_SPD, NEST, spd_keys },
	{ "peer", BTNS_A_PEER, NEST, id_keys },
	{ "local", BTNS_A_LOCAL, NEST, id_keys },
	{ "child", BTNS_A_CHILD, NEST, child_keys },
	{ "acquire", BTNS_A_ACQUIRE, NEST, acquire_keys },
	{ "holdoff", BTNS_A_HOLDOFF, NEST, acquire_keys },
	{ "latch", BTNS_A_LATCH, NEST, latch_keys },
	{ "stat", BTNS_A_STAT, NEST, stat_keys },
	{ "id", BTNS_A_SA_ID, U32, NULL },
	{ "latch-id", BTNS_A_LATCH_ID, U64, NULL },
	{ "acquire-id", BTNS_A_ACQUIRE_ID, U32, NULL },
	{ "error", BTNS_A_ERROR, U32, NULL },
	{ "event", BTNS_A_SA_EVENT, U8, NULL },
	{ "peer-port", BTNS_A_PEER_PORT, BE16, NULL },
	{ "generation", BTNS_A_GENERATION, U32, NULL },
	{ "spi", BTNS_A_SPI, BE32, NULL },
	{ "peer-addr", BTNS_A_PEER_ADDR, ADDR, NULL },
	{ "pad-entry", BTNS_A_PAD_ENTRY, STRING, NULL },
	{ "local-ts", BTNS_A_LOCAL_TS, TS, ts_keys },
	{ "remote-ts", BTNS_A_REMOTE_TS, TS, ts_keys },
	{ "mode", BTNS_A_MODE, MODE, NULL },
	{ "spd", BTNS_A_SPD_ENTRY, U32, NULL },
	{ "encap", BTNS_A_ENCAP, FLAG, NULL },
	{ "outer-local", BTNS_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_A_OUTER_PEER, ADDR, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key *find_key(const struct key *k, const char *name, size_t n)
{
	for (; k->name; k++)
		if (strlen(k->name) == n && !memcmp(k->name, name, n))
			return k;
	fprintf(stderr, "btnsnl: unknown key '%.*s'\n", (int)n, name);
	exit(2);
}

static void put_value(const struct key *k, const char *v)
{
	switch (k->kind) {
	case U8:
		put_u8(k->type, strtoul(v, NULL, 0));
		break;
	case U16:
		put_u16(k->type, strtoul(v, NULL, 0));
		break;
	case U32:
		put_u32(k->type, strtoul(v, NULL, 0));
		break;
	case U64:
		put_u64(k->type, strtoull(v, NULL, 0));
		break;
	case BE16:
		put_u16(k->type, htons(strtoul(v, NULL, 0)));
		break;
	case BE32:
		put_u32(k->type, htonl(strtoul(v, NULL, 0)));
		break;
	case HEX:
		put_hex(k->type, v);
		break;
	case STRING:
		put_string(k->type, v);
		break;
	case FLAG:
		put(k->type, NULL, 0);
		break;
	case ADDR:
		put_addr(k->type, v);
		break;
	case TS:
		put_ts(k->type, v);
		break;
	case SUITE:
		put_suite(k->type, v);
		break;
	case MODE:
		put_u8(k->type, named(v, modes));
		break;
	case CLASS:
		put_u8(k->type, named(v, classes));
		break;
	case MATCH:
		put_u8(k->type, named(v, matches));
		break;
	default:
		die("a nest takes no value");
	}
}

/* KEY=VALUE, FLAG; "peer.KEY=VALUE" go into one nest. */
static void put_words(const struct key *keys, char **w)
{
	static const char *const nests[] = { "peer", "local" };
	unsigned int i;
	char **p;

	for (p = w; *p; p++) {
		size_t n = strcspn(*p, "=.");

		if ((*p)[n] != '.' || strchr(*p, '=') < *p + n)
			put_value(find_key(keys, *p, strcspn(*p, "=")),
				  strchr(*p, '=') ? strchr(*p, '=') + 1 : "");
	}
	for (i = 0; i < 2; i++) {
		size_t n = strlen(nests[i]);
		struct nlattr *a = NULL;

		for (p = w; *p; p++) {
			char *sub = *p + n + 1;

			if (strncmp(*p, nests[i], n) || (*p)[n] != '.')
				continue;
			if (!a)
				a = nest(find_key(keys, nests[i], n)->type);
			if (strchr(sub, '='))
				put_value(find_key(id_keys, sub, strcspn(sub, "=")),
					  strchr(sub, '=') + 1);
		}
		if (a)
			end(a);
	}
}

/* ---- print ---- */

static void print_attrs(const struct key *keys, const char *p, int len);

static void print_addr(const unsigned char *a, int n)
{
	char text[INET6_ADDRSTRLEN];

	printf("%s", inet_ntop(n == 16 ? AF_INET6 : AF_INET, a, text, sizeof(text)));
}

static void print_hex(const unsigned char *p, int n)
{
	while (n-- > 0)
		printf("%02x", *p++);
}

static void print_info(const struct btns_latch_info *l)
{
	printf("{ state=%u mode=%u encr=%u bits=%u integ=%u flags=%#x local=", l->state, l->mode,
	       l->encr, l->encr_bits, l->integ, l->flags);
	print_addr(l->local, l->family == AF_INET6 ? 16 : 4);
	printf(",%u peer=", ntohs(l->local_port));
	print_addr(l->peer, l->family == AF_INET6 ? 16 : 4);
	printf(",%u drops-in=%llu drops-out=%llu }", ntohs(l->peer_port),
	       (unsigned long long)l->drops_in, (unsigned long long)l->drops_out);
}

static void print_value(const struct key *k, const char *p, int n)
{
	__u32 u32 = 0;
	__u64 u64 = 0;
	__u16 u16 = 0;

	memcpy(&u16, p, n < 2 ? n : 2);
	memcpy(&u32, p, n < 4 ? n : 4);
	memcpy(&u64, p, n < 8 ? n : 8);
	switch (k->kind) {
	case U8:
	case U16:
	case U32:
	case U64:
		printf("%llu", (unsigned long long)u64);
		break;
	case BE16:
		printf("%u", ntohs(u16));
		break;
	case BE32:
		printf("0x%08x", ntohl(u32));
		break;
	case HEX:
		print_hex((const unsigned char *)p, n);
		break;
	case STRING:
		printf("%.*s", n, p);
		break;
	case FLAG:
		printf("1");
		break;
	case ADDR:
		print_addr((const unsigned char *)p, n);
		break;
	case MODE:
		printf("%s", u32 < 5 ? modes[u32] : "?");
		break;
	case CLASS:
		printf("%s", u32 < 5 ? classes[u32] : "?");
		break;
	case MATCH:
		printf("%s", u32 < 4 ? matches[u32] : "?");
		break;
	case TS:
	case SUITE:
	case NEST:
		printf("{");
		print_attrs(k->sub, p, n);
		printf(" }");
		break;
	case INFO:
		if (n >= (int)sizeof(struct btns_latch_info))
			print_info((const void *)p);
		break;
	}
}

static void print_attrs(const struct key *keys, const char *p, int len)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;
		const struct key *k;
		int type = a->nla_type & NLA_TYPE_MASK;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			die("bad attribute from the kernel");
		for (k = keys; k->name && k->type != type; k++)
			;
		if (k->name) {
			printf(" %s=", k->name);
			print_value(k, p + NLA_HDRLEN, a->nla_len - NLA_HDRLEN);
		}
		p += NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
}

/* ---- talk ---- */

static const char *attr(const char *p, int len, int type, int *n)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type) {
			*n = a->nla_len - NLA_HDRLEN;
			return p + NLA_HDRLEN;
		}
		p += NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

/* 0, or exits with the kernel's sentence. */
static void check_error(const struct nlmsghdr *n)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	const char *text = NULL;
	int len, skip;

	if (!e->error)
		return;
	if (n->nlmsg_flags & NLM_F_ACK_TLVS) {
		skip = sizeof(*e);
		if (!(n->nlmsg_flags & NLM_F_CAPPED))
			skip += e->msg.nlmsg_len - sizeof(e->msg);
		text = attr((const char *)e + NLMSG_ALIGN(skip),
			    (int)NLMSG_PAYLOAD(n, 0) - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG, &len);
	}
	fflush(stdout);
	fprintf(stderr, "btnsnl: %s: %.*s\n", strerrorname_np(-e->error), text ? len : 1,
		text ?: "-");
	exit(1);
}

typedef void answer_fn(const struct genlmsghdr *g, int len);

static void talk(answer_fn *answer)
{
	static char buf[BUF];
	bool dump = msg.n.nlmsg_flags & NLM_F_DUMP;
	const struct nlmsghdr *n;
	ssize_t got;
	int len;

	if (!dump)
		msg.n.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, &msg, msg.n.nlmsg_len, 0) < 0)
		die("cannot send");
	memset(&msg, 0, sizeof(msg));	/* keys */
	for (;;) {
		got = recv(fd, buf, sizeof(buf), 0);
		if (got < 0)
			die("cannot receive");
		len = got;
		for (n = (void *)buf; NLMSG_OK(n, (unsigned int)len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != seq)
				continue;
			if (n->nlmsg_type == NLMSG_DONE) {
				if (*(int *)NLMSG_DATA(n) < 0) {
					errno = -*(int *)NLMSG_DATA(n);
					perror("btnsnl: dump");
					exit(1);
				}
				return;
			}
			if (n->nlmsg_type == NLMSG_ERROR) {
				check_error(n);
				return;
			}
			if (answer)
				answer(NLMSG_DATA(n), n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
		}
	}
}

static void print_answer(const struct genlmsghdr *g, int len)
{
	print_attrs(top_keys, (const char *)(g + 1), len);
	printf("\n");
}

static void print_stats(const struct genlmsghdr *g, int len)
{
	const char *p = (const char *)(g + 1);

	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;
		int n;
		const char *name = attr(p + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, BTNS_STAT_A_NAME,
					&n);
		const char *value = attr(p + NLA_HDRLEN, a->nla_len - NLA_HDRLEN,
					 BTNS_STAT_A_VALUE, &n);

		if (name && value) {
			__u64 v;

			memcpy(&v, value, 8);
			printf("%s %llu\n", name, (unsigned long long)v);
		}
		p += NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
}

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

static void encap(const char *address)
{
	struct sockaddr_storage ss = { };
	struct sockaddr_in6 *sin6 = (void *)&ss;
	struct sockaddr_in *sin = (void *)&ss;
	struct xfrm_userpolicy_info pol = { .action = XFRM_POLICY_ALLOW };
	int v6 = !!strchr(address, ':'), type = UDP_ENCAP_ESPINUDP, s, dir;

	ss.ss_family = v6 ? AF_INET6 : AF_INET;
	if (v6) {
		sin6->sin6_port = htons(4500);
		parse_addr(address, sin6->sin6_addr.s6_addr);
	} else {
		sin->sin_port = htons(4500);
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

static void config_line(char *line)
{
	char *w[64], *save;
	struct nlattr *a;
	int n = 0;

	line[strcspn(line, "#\n")] = 0;
	for (char *p = line; n < 63 && (w[n] = strtok_r(p, " \t", &save)); p = NULL)
		n++;
	w[n] = NULL;
	if (!n)
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

static void config(const char *name)
{
	static char line[4 * BTNS_SPKI_MAX];
	FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;

	if (!f)
		die("cannot read the file");
	start(family, BTNS_CMD_CONFIG_BEGIN, 0);
	talk(NULL);
	while (fgets(line, sizeof(line), f))
		config_line(line);
	start(family, BTNS_CMD_CONFIG_COMMIT, 0);
	talk(print_answer);
}

/* flow=PROTO,LOCAL,PORT,PEER,PORT */
static void put_flow(char *text)
{
	char *w[5], *save;
	struct nlattr *a;
	int i;

	for (i = 0; i < 5; i++, text = NULL)
		if (!(w[i] = strtok_r(text, ",", &save)))
			die("flow=PROTO,LOCAL,PORT,PEER,PORT");
	a = nest(BTNS_A_FLOW);
	put_u8(BTNS_TS_A_PROTO, atoi(w[0]));
	put_addr(BTNS_TS_A_START, w[1]);
	put_u16(BTNS_TS_A_PORT_START, atoi(w[2]));
	put_addr(BTNS_TS_A_PEER, w[3]);
	put_u16(BTNS_TS_A_PEER_PORT, atoi(w[4]));
	end(a);
}

static const struct {
	const char *name;
	int cmd;
} dumps[] = {
	{ "pads", BTNS_CMD_PAD_GET }, { "spds", BTNS_CMD_SPD_GET }, { "sas", BTNS_CMD_SA_GET },
	{ "latches", BTNS_CMD_LATCH_GET }, { "identities", BTNS_CMD_IDENTITY_GET },
	{ "acquires", BTNS_CMD_ACQUIRE_GET }, { "holdoffs", BTNS_CMD_HOLDOFF_GET },
};

static const char *const flushes[] = { "sas", "holdoffs", "config", NULL };

static void run(int argc, char **w)
{
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
	} else if (!strcmp(w[0], "encap") && argc == 2) {
		encap(w[1]);
	} else if (!strcmp(w[0], "config") && argc == 2) {
		config(w[1]);
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
	} else if (!strcmp(w[0], "latch-get") && argc == 2) {
		start(family, BTNS_CMD_LATCH_GET, 0);
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
		msg.n.nlmsg_len += unhex(w[2], (unsigned char *)tail(), sizeof(msg.data));
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

int main(int argc, char **argv)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int on = 1;

	if (argc < 2)
		die("no command; the head of btnsnl.c lists them");
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0 || bind(fd, (void *)&sa, sizeof(sa)))
		die("no netlink");
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put_string(CTRL_ATTR_FAMILY_NAME, BTNS_GENL_NAME);
	talk(got_family);
	if (!family)
		die("the module is not loaded");
	run(argc - 1, argv + 1);
	return 0;
}
