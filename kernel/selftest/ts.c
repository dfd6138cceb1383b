// SPDX-License-Identifier: GPL-2.0-only
/* Arithmetic of traffic selectors, the ends of the number ranges above all. */
#include <linux/inet.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "../spd.h"
#include "selftest.h"

/* "any", or "first[-last][,port[-port]][#proto]" */
static bool btns_selftest_ts(const char *text, struct btns_ts *ts)
{
	const char *end;
	int v6;

	memset(ts, 0, sizeof(*ts));
	ts->port_end = 65535;
	if (!strncmp(text, "any", 3)) {
		end = text + 3;
	} else {
		v6 = !!strchr(text, ':');
		ts->family = v6 ? AF_INET6 : AF_INET;
		if (!(v6 ? in6_pton(text, -1, (u8 *)&ts->start, -1, &end) :
			   in4_pton(text, -1, (u8 *)&ts->start, -1, &end)))
			return false;
		ts->end = ts->start;
		if (*end == '-' &&
		    !(v6 ? in6_pton(end + 1, -1, (u8 *)&ts->end, -1, &end) :
			   in4_pton(end + 1, -1, (u8 *)&ts->end, -1, &end)))
			return false;
	}
	if (*end == ',') {
		unsigned int a, b;

		switch (sscanf(end + 1, "%u-%u", &a, &b)) {
		case 1:
			b = a;
			fallthrough;
		case 2:
			ts->port_start = a;
			ts->port_end = b;
		}
	}
	end = strchr(text, '#');
	return !end || sscanf(end + 1, "%hhu", &ts->proto) == 1;
}

static const struct {
	const char *a, *b, *both;	/* both NULL: nothing */
	bool within;			/* a within b */
} pairs[] = {
	{ "10.0.0.1", "10.0.0.0-10.0.0.255", "10.0.0.1", true },
	{ "10.0.0.0-10.0.0.255", "10.0.0.1", "10.0.0.1", false },
	{ "10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.20", "10.0.0.5-10.0.0.9", false },
	{ "10.0.0.0-10.0.0.9", "10.0.0.10-10.0.0.20", NULL, false },
	{ "0.0.0.0-255.255.255.255", "255.255.255.255", "255.255.255.255", false },
	{ "10.0.0.1", "any", "10.0.0.1", true },
	{ "any", "10.0.0.1", "10.0.0.1", false },
	{ "any", "any", "any", true },
	{ "10.0.0.1", "::ffff:10.0.0.1", NULL, false },
	{ "fd00::1", "fd00::-fd00::ffff", "fd00::1", true },
	{ "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd00::1", "fd00::1", false },
	{ "10.0.0.1,80", "10.0.0.1", "10.0.0.1,80", true },
	{ "10.0.0.1,80", "10.0.0.1,81", NULL, false },
	{ "10.0.0.1,0-80", "10.0.0.1,80-65535", "10.0.0.1,80", false },
	{ "10.0.0.1,65535", "10.0.0.1,65535", "10.0.0.1,65535", true },
	{ "10.0.0.1#6", "10.0.0.1", "10.0.0.1#6", true },
	{ "10.0.0.1", "10.0.0.1#6", "10.0.0.1#6", false },
	{ "10.0.0.1#6", "10.0.0.1#17", NULL, false },
	{ "any,53#17", "10.0.0.1", "10.0.0.1,53#17", false },
};

static const struct {
	const char *ts, *at, *out;
} shrinks[] = {
	{ "10.0.0.0-10.0.0.255", "10.0.0.9", "10.0.0.0-10.0.0.255" },
	{ "10.0.0.1-10.0.0.255", "10.0.0.9", "10.0.0.8-10.0.0.15" },
	{ "10.0.0.1-10.0.0.255", "10.0.0.200", "10.0.0.128-10.0.0.255" },
	{ "10.0.0.7-10.0.0.8", "10.0.0.7", "10.0.0.7" },
	{ "0.0.0.0-255.255.255.255", "1.2.3.4", "0.0.0.0-255.255.255.255" },
	{ "0.0.0.0-255.255.255.254", "255.255.255.254", "255.255.255.254" },
	{ "fd00::1-fd00::ff", "fd00::81", "fd00::80-fd00::ff" },
	{ "10.0.0.1,1-65535", "10.0.0.1,65535", "10.0.0.1,32768-65535" },
	{ "10.0.0.1,1000-1300", "10.0.0.1,1024", "10.0.0.1,1024-1279" },
	{ "10.0.0.1,1000-1300", "10.0.0.1,1000", "10.0.0.1,1000-1007" },
};

static const struct {
	const char *ts;
	int prefixlen;
	bool ports;
	u16 port, mask;
} forms[] = {
	{ "any", 0, true, 0, 0 },
	{ "0.0.0.0-255.255.255.255", 0, true, 0, 0 },
	{ "10.0.0.1", 32, true, 0, 0 },
	{ "10.0.0.0-10.0.0.255,443", 24, true, 443, 0xffff },
	{ "10.0.0.0-10.0.0.254", -1, true, 0, 0 },
	{ "10.0.0.1-10.0.0.2", -1, true, 0, 0 },
	{ "fd00::1,0", 128, true, 0, 0xffff },
	{ "fd00::-fd00::ffff,1024-2047", 112, true, 1024, 0xfc00 },
	{ "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, true, 0, 0 },
	{ "10.0.0.1,1-65535", 32, false, 0, 0 },
	{ "10.0.0.1,1000-1007", 32, true, 1000, 0xfff8 },
	{ "10.0.0.1,1001-1008", 32, false, 0, 0 },
};

static bool btns_selftest_same(const struct btns_ts *a, const struct btns_ts *b)
{
	return btns_ts_within(a, b) && btns_ts_within(b, a);
}

static bool btns_selftest_pair(unsigned int i)
{
	struct btns_ts a, b, both, out;

	if (!btns_selftest_ts(pairs[i].a, &a) || !btns_selftest_ts(pairs[i].b, &b))
		return false;
	if (btns_ts_within(&a, &b) != pairs[i].within)
		return false;
	if (!pairs[i].both)
		return !btns_ts_overlap(&a, &b) && !btns_ts_intersect(&b, &a, &out);
	return btns_selftest_ts(pairs[i].both, &both) && btns_ts_overlap(&b, &a) &&
	       btns_ts_intersect(&a, &b, &out) && btns_selftest_same(&out, &both) &&
	       btns_ts_intersect(&b, &a, &b) && btns_selftest_same(&b, &both);
}

static bool btns_selftest_shrink(unsigned int i)
{
	struct btns_ts ts, at, out;

	if (!btns_selftest_ts(shrinks[i].ts, &ts) || !btns_selftest_ts(shrinks[i].at, &at) ||
	    !btns_selftest_ts(shrinks[i].out, &out))
		return false;
	btns_ts_shrink(&ts, &at);
	return btns_selftest_same(&ts, &out);
}

static bool btns_selftest_form(unsigned int i)
{
	__be16 port, mask;
	struct btns_ts ts;

	if (!btns_selftest_ts(forms[i].ts, &ts) ||
	    btns_ts_prefixlen(&ts) != forms[i].prefixlen ||
	    btns_ts_port_mask(&ts, &port, &mask) != forms[i].ports)
		return false;
	return !forms[i].ports || (port == htons(forms[i].port) &&
				   mask == htons(forms[i].mask));
}

static bool btns_selftest_steps(void)
{
	struct btns_ts a, b;

	if (!btns_selftest_ts("10.0.255.255", &a) || !btns_selftest_ts("10.1.0.0", &b) ||
	    !btns_ts_addr_next(AF_INET, &a.start) ||
	    btns_ts_cmp(AF_INET, &a.start, &b.start) ||
	    !btns_ts_addr_prev(AF_INET, &a.start) ||
	    btns_ts_cmp(AF_INET, &a.start, &a.end))
		return false;
	if (!btns_selftest_ts("255.255.255.255", &a) || btns_ts_addr_next(AF_INET, &a.start) ||
	    !btns_selftest_ts("::", &a) || btns_ts_addr_prev(AF_INET6, &a.start))
		return false;
	return true;
}

/**
 * btns_selftest_selectors() - traffic selectors
 *
 * Return: 0 or -EBADMSG.
 */
int btns_selftest_selectors(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (!btns_selftest_pair(i)) {
			pr_err("btns: selectors %s and %s\n", pairs[i].a, pairs[i].b);
			return -EBADMSG;
		}
	}
	for (i = 0; i < ARRAY_SIZE(shrinks); i++) {
		if (!btns_selftest_shrink(i)) {
			pr_err("btns: selector %s around %s\n", shrinks[i].ts, shrinks[i].at);
			return -EBADMSG;
		}
	}
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!btns_selftest_form(i)) {
			pr_err("btns: form of selector %s\n", forms[i].ts);
			return -EBADMSG;
		}
	}
	return btns_selftest_steps() ? 0 : -EBADMSG;
}
