// SPDX-License-Identifier: GPL-2.0-or-later
/* Traffic selectors: RFC 7296 sections 2.9, 2.23.1 and 3.13.1. */
#include <string.h>

#include "sa.h"

bool ts_within(const struct ike_ts *in, const struct ike_ts *out)
{
	const size_t len = ike_ip_len(in->family);

	return in->family == out->family && (!out->proto || in->proto == out->proto) &&
	       in->port_start >= out->port_start && in->port_end <= out->port_end &&
	       memcmp(in->start, out->start, len) >= 0 &&
	       memcmp(in->end, out->end, len) <= 0;
}

bool ts_within_any(const struct ike_ts *in, const struct ike_ts *out, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (ts_within(in, &out[i]))
			return true;
	return false;
}

bool ts_one_address(const struct ike_ts *ts)
{
	return !memcmp(ts->start, ts->end, ike_ip_len(ts->family));
}

bool ts_holds(const struct ike_ts *ts, uint8_t proto, const struct ike_addr *a)
{
	struct ike_ts one = { .family = (uint8_t)a->family, .proto = proto,
			      .port_start = a->port, .port_end = a->port };

	memcpy(one.start, a->ip, sizeof(one.start));
	memcpy(one.end, a->ip, sizeof(one.end));
	return ts_within(&one, ts);
}

void ts_substitute(struct ike_ts *ts, unsigned int n, const struct ike_addr *addr)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (ts[i].family != addr->family)
			continue;
		memcpy(ts[i].start, addr->ip, sizeof(addr->ip));
		memcpy(ts[i].end, addr->ip, sizeof(addr->ip));
	}
}
