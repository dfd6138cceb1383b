// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: which connections have no latch, and why. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../btnsctl/unlatched.h"

static const char head[] =
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n";

static json_t *scan(const char *lines, int protocol, const char *latches,
		    const char *policy, const char *holdoffs)
{
	json_t *l = json_loads(latches, 0, NULL);
	json_t *p = json_loads(policy, 0, NULL);
	json_t *h = json_loads(holdoffs, 0, NULL);
	json_t *list = json_array();
	char text[1024];
	FILE *f;

	assert_non_null(l);
	assert_non_null(p);
	assert_non_null(h);
	snprintf(text, sizeof(text), "%s%s", head, lines);
	f = fmemopen(text, strlen(text), "r");
	assert_int_equal(unlatched_scan(f, protocol, l, p, h, list), 0);
	fclose(f);
	json_decref(l);
	json_decref(p);
	json_decref(h);
	return list;
}

/* 10.0.0.1:22 - 10.0.0.2:40000, established; made for a little-endian host,
 * as /proc is written in the byte order of the machine.
 */
static const char *line(void)
{
	return htonl(1) == 1 ?
		"   0: 0A000001:0016 0A000002:9C40 01 00000000:00000000 00\n" :
		"   0: 0100000A:0016 0200000A:9C40 01 00000000:00000000 00\n";
}

static const char *why(const json_t *list, size_t i)
{
	return json_string_value(json_object_get(json_array_get(list, i), "why"));
}

#define ALL "\"local\":null,\"remote\":null"

static void reasons(void **state)
{
	static const struct { const char *policy, *holdoffs, *why; } t[] = {
		{ "[]", "[]", "no policy entry" },
		{ "[{\"name\":\"a\",\"class\":\"clear\"," ALL "}]", "[]",
		  "the entry says so" },
		{ "[{\"name\":\"a\",\"class\":\"private\"," ALL "}]", "[]",
		  "lets nothing pass in clear" },
		{ "[{\"name\":\"a\",\"class\":\"private-or-clear\"," ALL "}]",
		  "[{\"peer\":\"10.0.0.2\",\"error\":\"timed out\","
		  "\"expires_ms\":2500}]", "failed (timed out), next attempt in 3 s" },
		{ "[{\"name\":\"a\",\"class\":\"private-or-clear\"," ALL "}]",
		  "[{\"peer\":\"10.0.0.3\",\"error\":\"timed out\"}]",
		  "did not answer" },
		{ "[{\"name\":\"a\",\"class\":\"clear-or-private\"," ALL "}]", "[]",
		  "waits for the peer" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		json_t *l = scan(line(), 6, "[]", t[i].policy, t[i].holdoffs);

		assert_int_equal(json_array_size(l), 1);
		assert_non_null(strstr(why(l, 0), t[i].why));
		json_decref(l);
	}
}

/* The first entry that covers both ends governs. */
static void first_match(void **state)
{
	json_t *l = scan(line(), 6, "[]",
		"[{\"name\":\"other\",\"class\":\"private\",\"local\":"
		"{\"addresses\":\"any\",\"protocol\":6,\"port_start\":23,"
		"\"port_end\":65535},\"remote\":null},"
		"{\"name\":\"ssh\",\"class\":\"clear\",\"local\":"
		"{\"addresses\":\"any\",\"protocol\":6,\"port_start\":22,"
		"\"port_end\":22},\"remote\":{\"addresses\":\"10.0.0.0/30\","
		"\"protocol\":0,\"port_start\":0,\"port_end\":65535}},"
		"{\"name\":\"last\",\"class\":\"private\"," ALL "}]", "[]");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(
		json_array_get(l, 0), "policy")), "ssh");
	json_decref(l);
}

static void latched_is_left_out(void **state)
{
	static const char latch[] =
		"[{\"protocol\":6,\"local\":{\"address\":\"10.0.0.1\",\"port\":22},"
		"\"peer\":{\"address\":\"10.0.0.2\",\"port\":40000}}]";
	json_t *l = scan(line(), 6, latch, "[]", "[]");

	(void)state;
	assert_int_equal(json_array_size(l), 0);
	json_decref(l);
	l = scan(line(), 17, latch, "[]", "[]");	/* the same ports, UDP */
	assert_int_equal(json_array_size(l), 1);
	json_decref(l);
}

static void not_ours(void **state)
{
	json_t *l = scan(
		"   0: 0100007F:0016 0100007F:9C40 01 00000000:00000000 00\n"
		"   1: 7F000001:0016 7F000001:9C40 01 00000000:00000000 00\n"
		"   2: 0100000A:0016 00000000:0000 0A 00000000:00000000 00\n"
		"   3: 0100000A:0016 0200000A:9C40 06 00000000:00000000 00\n"
		"   4: garbage\n"
		"   5: 0100000A0:0016 0200000A0:9C40 01\n", 6, "[]", "[]", "[]");

	(void)state;
	assert_int_equal(json_array_size(l), 0);
	json_decref(l);
}

static void ipv6_and_mapped(void **state)
{
	json_t *l;

	(void)state;
	if (htonl(1) == 1)
		skip();
	l = scan("   0: B80D0120000000000000000001000000:0016 "
		 "B80D0120000000000000000002000000:9C40 01 0\n"
		 "   1: 0000000000000000FFFF00000100000A:0016 "
		 "0000000000000000FFFF00000200000A:9C40 01 0\n",
		 6, "[]", "[]", "[]");
	assert_int_equal(json_array_size(l), 2);
	assert_string_equal(json_string_value(json_object_get(json_object_get(
		json_array_get(l, 0), "peer"), "address")), "2001:db8::2");
	assert_string_equal(json_string_value(json_object_get(json_object_get(
		json_array_get(l, 1), "peer"), "address")), "10.0.0.2");
	json_decref(l);
}

static bool covers(const char *addresses, const char *addr)
{
	json_t *ts = json_pack("{s:s, s:i, s:i, s:i}", "addresses", addresses,
			       "protocol", 0, "port_start", 0, "port_end", 65535);
	int family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	unsigned char a[16];
	bool ret;

	inet_pton(family, addr, a);
	ret = unlatched_selector(ts, family, a, 6, 1);
	json_decref(ts);
	return ret;
}

static void selectors(void **state)
{
	(void)state;
	assert_true(covers("any", "10.0.0.1"));
	assert_true(covers("10.0.0.1", "10.0.0.1"));
	assert_false(covers("10.0.0.1", "10.0.0.2"));
	assert_true(covers("10.0.0.0/31", "10.0.0.1"));
	assert_false(covers("10.0.0.0/31", "10.0.0.2"));
	assert_true(covers("0.0.0.0/0", "255.1.2.3"));
	assert_false(covers("0.0.0.0/0", "::1"));
	assert_true(covers("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(covers("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(covers("10.0.0.1-10.0.0.9", "10.0.0.9"));
	assert_false(covers("10.0.0.1-10.0.0.9", "10.0.0.10"));
	assert_false(covers("10.0.0.0/33", "10.0.0.0"));
	assert_false(covers("nonsense", "10.0.0.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons),
		cmocka_unit_test(first_match),
		cmocka_unit_test(latched_is_left_out),
		cmocka_unit_test(not_ours),
		cmocka_unit_test(ipv6_and_mapped),
		cmocka_unit_test(selectors),
	};

	return cmocka_run_group_tests_name("btnsctl_unlatched", tests, NULL,
					   NULL);
}
