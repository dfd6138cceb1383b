// SPDX-License-Identifier: GPL-2.0-only
/* Arithmetic of traffic selectors. */
#include "spd.h"

/**
 * btns_ts_cmp() - order of two addresses
 * @family: their family
 * @a: one
 * @b: the other
 */
int btns_ts_cmp(u16 family, const xfrm_address_t *a, const xfrm_address_t *b)
{
	return memcmp(a, b, btns_addr_len(family));
}

/**
 * btns_ts_addr_overlap() - do two selectors share an address?
 * @a: one
 * @b: the other
 */
bool btns_ts_addr_overlap(const struct btns_ts *a, const struct btns_ts *b)
{
	if (a->family == AF_UNSPEC || b->family == AF_UNSPEC)
		return true;
	return a->family == b->family &&
	       btns_ts_cmp(a->family, &a->start, &b->end) <= 0 &&
	       btns_ts_cmp(a->family, &b->start, &a->end) <= 0;
}

/**
 * btns_ts_overlap() - is there a packet that both select?
 * @a: one
 * @b: the other
 */
bool btns_ts_overlap(const struct btns_ts *a, const struct btns_ts *b)
{
	if (a->proto && b->proto && a->proto != b->proto)
		return false;
	return a->port_start <= b->port_end && b->port_start <= a->port_end &&
	       btns_ts_addr_overlap(a, b);
}

/**
 * btns_ts_within() - does @outer select all that @inner selects?
 * @inner: the narrower one
 * @outer: the wider one
 */
bool btns_ts_within(const struct btns_ts *inner, const struct btns_ts *outer)
{
	if (outer->proto && inner->proto != outer->proto)
		return false;
	if (inner->port_start < outer->port_start || inner->port_end > outer->port_end)
		return false;
	if (outer->family == AF_UNSPEC)
		return true;
	return inner->family == outer->family &&
	       btns_ts_cmp(inner->family, &outer->start, &inner->start) <= 0 &&
	       btns_ts_cmp(inner->family, &inner->end, &outer->end) <= 0;
}

/**
 * btns_ts_intersect() - what both select
 * @a: one
 * @b: the other
 * @out: the result; may be one of them
 *
 * Return: false if that is nothing.
 */
bool btns_ts_intersect(const struct btns_ts *a, const struct btns_ts *b,
		       struct btns_ts *out)
{
	struct btns_ts r;

	if (!btns_ts_overlap(a, b))
		return false;
	r = a->family == AF_UNSPEC ? *b : *a;
	if (a->family != AF_UNSPEC && b->family != AF_UNSPEC) {
		r.start = btns_ts_cmp(a->family, &a->start, &b->start) > 0 ? a->start : b->start;
		r.end = btns_ts_cmp(a->family, &a->end, &b->end) < 0 ? a->end : b->end;
	}
	r.proto = a->proto ?: b->proto;
	r.port_start = max(a->port_start, b->port_start);
	r.port_end = min(a->port_end, b->port_end);
	*out = r;
	return true;
}

static bool btns_ts_bit(const xfrm_address_t *a, unsigned int n)
{
	return ((const u8 *)a)[n / 8] & (0x80 >> (n % 8));
}

static void btns_ts_fill(xfrm_address_t *a, unsigned int from, unsigned int bits, bool one)
{
	unsigned int i;

	for (i = from; i < bits; i++) {
		if (one)
			((u8 *)a)[i / 8] |= 0x80 >> (i % 8);
		else
			((u8 *)a)[i / 8] &= ~(0x80 >> (i % 8));
	}
}

/**
 * btns_ts_prefixlen() - addresses as a prefix
 * @ts: the selector
 *
 * Return: length of the prefix, 0 for any address, -1 if they are none.
 */
int btns_ts_prefixlen(const struct btns_ts *ts)
{
	const unsigned int bits = btns_addr_len(ts->family) * 8;
	unsigned int i, n;

	if (ts->family == AF_UNSPEC)
		return 0;
	for (n = 0; n < bits; n++)
		if (btns_ts_bit(&ts->start, n) != btns_ts_bit(&ts->end, n))
			break;
	for (i = n; i < bits; i++)
		if (btns_ts_bit(&ts->start, i) || !btns_ts_bit(&ts->end, i))
			return -1;
	return n;
}

/**
 * btns_ts_port_mask() - ports as value and mask of an XFRM selector
 * @ts: the selector
 * @port: value
 * @mask: mask
 *
 * Return: false if they are no aligned range of a power of two.
 */
bool btns_ts_port_mask(const struct btns_ts *ts, __be16 *port, __be16 *mask)
{
	const u32 size = (u32)ts->port_end - ts->port_start + 1;

	if (ts->port_end < ts->port_start || (size & (size - 1)) ||
	    (ts->port_start & (size - 1)))
		return false;
	*port = htons(ts->port_start);
	*mask = htons((u16)~(size - 1));
	return true;
}

/**
 * btns_ts_shrink() - largest part that XFRM can express around one packet
 * @ts: the selector, narrowed in place; its family is not AF_UNSPEC
 * @at: selector within it; its first address and port stay inside
 */
void btns_ts_shrink(struct btns_ts *ts, const struct btns_ts *at)
{
	const unsigned int bits = btns_addr_len(ts->family) * 8;
	unsigned int n;
	u32 size;

	for (n = 0; n <= bits; n++) {
		xfrm_address_t first = at->start, last = at->start;

		btns_ts_fill(&first, n, bits, false);
		btns_ts_fill(&last, n, bits, true);
		if (btns_ts_cmp(ts->family, &first, &ts->start) >= 0 &&
		    btns_ts_cmp(ts->family, &last, &ts->end) <= 0) {
			ts->start = first;
			ts->end = last;
			break;
		}
	}
	for (size = 65536; size; size >>= 1) {
		const u32 first = at->port_start & ~(size - 1);

		if (first >= ts->port_start && first + size - 1 <= ts->port_end) {
			ts->port_start = first;
			ts->port_end = first + size - 1;
			break;
		}
	}
}

/**
 * btns_ts_has_addr() - is an address among those of a selector?
 * @ts: the selector
 * @family: family of the address
 * @a: the address
 */
bool btns_ts_has_addr(const struct btns_ts *ts, u16 family, const xfrm_address_t *a)
{
	return ts->family == AF_UNSPEC ||
	       (ts->family == family && btns_ts_cmp(family, &ts->start, a) <= 0 &&
		btns_ts_cmp(family, a, &ts->end) <= 0);
}

/**
 * btns_ts_addr_next() - the address behind another one
 * @family: its family
 * @a: the address, changed in place
 *
 * Return: false if it was the last one.
 */
bool btns_ts_addr_next(u16 family, xfrm_address_t *a)
{
	unsigned int i = btns_addr_len(family);

	while (i--)
		if (++((u8 *)a)[i])
			return true;
	return false;
}

/**
 * btns_ts_addr_prev() - the address before another one
 * @family: its family
 * @a: the address, changed in place
 *
 * Return: false if it was the first one.
 */
bool btns_ts_addr_prev(u16 family, xfrm_address_t *a)
{
	unsigned int i = btns_addr_len(family);

	while (i--)
		if (((u8 *)a)[i]--)
			return true;
	return false;
}
