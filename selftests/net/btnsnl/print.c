// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes to text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "btnsnl.h"

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

void print_answer(const struct genlmsghdr *g, int len)
{
	print_attrs(top_keys, (const char *)(g + 1), len);
	printf("\n");
}

void print_stats(const struct genlmsghdr *g, int len)
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
