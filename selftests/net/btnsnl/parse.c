// SPDX-License-Identifier: GPL-2.0-or-later
/* Words to attributes. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btnsnl.h"

size_t unhex(const char *text, unsigned char *out, size_t max)
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

int parse_addr(const char *text, unsigned char *out)
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

unsigned long named(const char *value, const char *const *names)
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
void put_words(const struct key *keys, char **w)
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

/* flow=PROTO,LOCAL,PORT,PEER,PORT */
void put_flow(char *text)
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
