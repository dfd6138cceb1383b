// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: netlink attributes become JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/msg.h>
#include <cmocka.h>

#include <linux/btns.h>

#include "../btnsctl/attrs.h"

static struct nl_msg *msg;
static struct nlattr *nest;

static int setup(void **state)
{
	(void)state;
	msg = nlmsg_alloc();
	nlmsg_put(msg, 0, 0, 16, 0, 0);
	nest = nla_nest_start(msg, 1);
	return !nest;
}

static int teardown(void **state)
{
	(void)state;
	nlmsg_free(msg);
	return 0;
}

static const struct nlattr *end(void)
{
	nla_nest_end(msg, nest);
	return nest;
}

static void put_addr(int type, const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	unsigned char a[16];

	assert_int_equal(inet_pton(family, text, a), 1);
	nla_put(msg, type, family == AF_INET ? 4 : 16, a);
}

static const char *str(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key));
}

static long long num(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static void check_range(const char *first, const char *last, const char *text)
{
	void *state = NULL;
	json_t *j;

	setup(&state);
	put_addr(BTNS_TS_A_START, first);
	if (last)
		put_addr(BTNS_TS_A_END, last);
	j = attrs_selector(end());
	assert_non_null(j);
	assert_string_equal(str(j, "addresses"), text);
	assert_int_equal(num(j, "protocol"), 0);
	assert_int_equal(num(j, "port_start"), 0);
	assert_int_equal(num(j, "port_end"), 65535);
	json_decref(j);
	teardown(&state);
}

static void ranges(void **state)
{
	(void)state;
	check_range("10.0.0.1", NULL, "10.0.0.1");
	check_range("10.0.0.1", "10.0.0.1", "10.0.0.1");
	check_range("10.0.0.0", "10.255.255.255", "10.0.0.0/8");
	check_range("0.0.0.0", "255.255.255.255", "0.0.0.0/0");
	check_range("10.0.0.0", "10.0.0.1", "10.0.0.0/31");
	check_range("10.0.0.1", "10.0.0.2", "10.0.0.1-10.0.0.2");
	check_range("10.0.0.0", "10.0.0.2", "10.0.0.0-10.0.0.2");
	check_range("2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff",
		    "2001:db8::/48");
	check_range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0");
}

static void selector_ports(void **state)
{
	json_t *j;

	(void)state;
	nla_put_u8(msg, BTNS_TS_A_PROTO, 6);
	nla_put_u16(msg, BTNS_TS_A_PORT_START, 443);
	j = attrs_selector(end());
	assert_string_equal(str(j, "addresses"), "any");
	assert_int_equal(num(j, "protocol"), 6);
	assert_int_equal(num(j, "port_start"), 443);
	assert_int_equal(num(j, "port_end"), 443);
	json_decref(j);
}

static void selector_of_mixed_families(void **state)
{
	(void)state;
	put_addr(BTNS_TS_A_START, "10.0.0.0");
	put_addr(BTNS_TS_A_END, "2001:db8::1");
	assert_null(attrs_selector(end()));
}

static void selector_of_odd_length(void **state)
{
	(void)state;
	nla_put(msg, BTNS_TS_A_START, 7, "1234567");
	assert_null(attrs_selector(end()));
}

static void identity(void **state)
{
	unsigned char fp[BTNS_FINGERPRINT_LEN] = { 1 };
	json_t *j;

	(void)state;
	nla_put_u16(msg, BTNS_ID_A_TYPE, BTNS_ID_FQDN);
	nla_put(msg, BTNS_ID_A_DATA, 5, "a\033[2J");
	nla_put(msg, BTNS_ID_A_FINGERPRINT, sizeof(fp), fp);
	nla_put_u8(msg, BTNS_ID_A_AUTH, BTNS_AUTH_BTNS);
	nla_put_u8(msg, BTNS_ID_A_TRUST, BTNS_TRUST_UNVERIFIED);
	nla_put_string(msg, BTNS_ID_A_PAD_ENTRY, "anyone\n");
	nla_put_u32(msg, BTNS_ID_A_REFS, 3);
	j = attrs_identity(end());
	assert_string_equal(str(j, "text"), "fqdn:a\\x1b[2J");
	assert_string_equal(str(j, "data"), "611b5b324a");
	assert_string_equal(str(j, "auth"), "btns");
	assert_string_equal(str(j, "trust"), "unverified");
	assert_string_equal(str(j, "pad_entry"), "anyone\\x0a");
	assert_int_equal(num(j, "refs"), 3);
	assert_int_equal(strlen(str(j, "fingerprint")), 50);
	assert_null(json_object_get(j, "key"));
	json_decref(j);
}

static void identity_too_long(void **state)
{
	static const unsigned char data[BTNS_ID_MAX + 1];

	(void)state;
	nla_put(msg, BTNS_ID_A_DATA, sizeof(data), data);
	assert_null(attrs_identity(end()));
}

static void pad(void **state)
{
	unsigned char fp[BTNS_FINGERPRINT_LEN] = { 1 };
	struct nlattr *ts;
	json_t *j;

	(void)state;
	nla_put_string(msg, BTNS_PAD_A_NAME, "web");
	nla_put_u8(msg, BTNS_PAD_A_MATCH, BTNS_PAD_MATCH_PUBLICKEY);
	nla_put(msg, BTNS_PAD_A_FINGERPRINT, sizeof(fp), fp);
	fp[0] = 2;
	nla_put(msg, BTNS_PAD_A_FINGERPRINT, sizeof(fp), fp);
	ts = nla_nest_start(msg, BTNS_PAD_A_CHILD);
	put_addr(BTNS_TS_A_START, "10.0.0.0");
	put_addr(BTNS_TS_A_END, "10.0.0.255");
	nla_nest_end(msg, ts);
	nla_put_u32(msg, BTNS_PAD_A_INDEX, 2);
	nla_put_u64(msg, BTNS_PAD_A_HITS, 5000000000ULL);
	j = attrs_pad(end());
	assert_string_equal(str(j, "name"), "web");
	assert_string_equal(str(j, "match"), "publickey");
	assert_int_equal(json_array_size(json_object_get(j, "fingerprints")), 2);
	assert_string_equal(json_string_value(json_array_get(
		json_object_get(j, "child"), 0)), "10.0.0.0/24");
	assert_true(json_is_false(json_object_get(j, "child_any")));
	assert_string_equal(str(j, "search"), "address");
	assert_string_equal(str(j, "auth"), "btns");
	assert_true(json_is_null(json_object_get(j, "id")));
	assert_int_equal(num(j, "hits"), 5000000000LL);
	json_decref(j);
}

static void spd(void **state)
{
	struct nlattr *s;
	json_t *j;

	(void)state;
	nla_put_string(msg, BTNS_SPD_A_NAME, "all");
	nla_put_u32(msg, BTNS_SPD_A_ID, 9);
	nla_put_u8(msg, BTNS_SPD_A_CLASS, BTNS_CLASS_PRIVATE_OR_CLEAR);
	nla_put_flag(msg, BTNS_SPD_A_BTNS_OK);
	s = nla_nest_start(msg, BTNS_SPD_A_SUITE);
	nla_put_u16(msg, BTNS_SUITE_A_ENCR, 20);
	nla_put_u16(msg, BTNS_SUITE_A_ENCR_BITS, 256);
	nla_nest_end(msg, s);
	j = attrs_spd(end());
	assert_string_equal(str(j, "class"), "private-or-clear");
	assert_true(json_is_null(json_object_get(j, "local")));
	assert_true(json_is_true(json_object_get(j, "btns_ok")));
	assert_true(json_is_false(json_object_get(j, "null_ok")));
	assert_string_equal(str(j, "mode"), "transport");
	assert_string_equal(json_string_value(json_array_get(
		json_object_get(j, "suites"), 0)), "aes-gcm-16-256");
	json_decref(j);
}

static void child(void **state)
{
	json_t *j;

	(void)state;
	nla_put_u32(msg, BTNS_CHILD_A_SA_ID, 4);
	nla_put_u32(msg, BTNS_CHILD_A_SPI_IN, htonl(0x01020304));
	nla_put_u32(msg, BTNS_CHILD_A_FLAGS, BTNS_CHILD_F_NO_ESN |
		    BTNS_CHILD_F_STANDBY);
	nla_put_u16(msg, BTNS_CHILD_A_ENCAP_SPORT, htons(4500));
	nla_put_u16(msg, BTNS_CHILD_A_ENCAP_DPORT, htons(1024));
	nla_put_u64(msg, BTNS_CHILD_A_BYTES_IN, 77);
	/* a key that should never come, must never be shown */
	nla_put(msg, BTNS_CHILD_A_ENCR_IN, 4, "KEY!");
	put_addr(BTNS_CHILD_A_OUTER_PEER, "fd00::2");
	j = attrs_child(end());
	assert_string_equal(str(j, "spi_in"), "0x01020304");
	assert_true(json_is_null(json_object_get(j, "spi_out")));
	assert_true(json_is_true(json_object_get(j, "standby")));
	assert_true(json_is_false(json_object_get(j, "esn")));
	assert_int_equal(num(json_object_get(j, "encap"), "local_port"), 4500);
	assert_int_equal(num(json_object_get(j, "encap"), "peer_port"), 1024);
	assert_int_equal(num(j, "bytes_in"), 77);
	assert_string_equal(str(j, "outer_peer"), "fd00::2");
	{
		char *all = json_dumps(j, 0);

		assert_null(strstr(all, "4b455921"));
		assert_null(strstr(all, "KEY!"));
		free(all);
	}
	json_decref(j);
}

static void acquire(void **state)
{
	struct nlattr *f;
	json_t *j;

	(void)state;
	nla_put_u32(msg, BTNS_ACQ_A_ID, 1);
	f = nla_nest_start(msg, BTNS_ACQ_A_FLOW);
	nla_put_u8(msg, BTNS_TS_A_PROTO, 6);
	put_addr(BTNS_TS_A_START, "10.0.0.1");
	put_addr(BTNS_TS_A_PEER, "10.0.0.2");
	nla_put_u16(msg, BTNS_TS_A_PEER_PORT, 80);
	nla_nest_end(msg, f);
	nla_put_u32(msg, BTNS_ACQ_A_ERROR, ETIMEDOUT);
	put_addr(BTNS_ACQ_A_OUTER_PEER, "10.0.0.2");
	nla_put_u32(msg, BTNS_ACQ_A_EXPIRES, 1500);
	j = attrs_acquire(end());
	assert_string_equal(str(j, "peer"), "10.0.0.2");
	assert_string_equal(str(j, "error"), strerror(ETIMEDOUT));
	assert_int_equal(num(j, "expires_ms"), 1500);
	assert_int_equal(num(json_object_get(json_object_get(j, "flow"), "peer"),
			     "port"), 80);
	json_decref(j);
}

/* As the kernel has it: no end point, but the peer's side of the traffic. */
static void holdoff(void **state)
{
	struct nlattr *ts;
	json_t *j;

	(void)state;
	ts = nla_nest_start(msg, BTNS_ACQ_A_REMOTE_TS);
	put_addr(BTNS_TS_A_START, "10.0.0.2");
	put_addr(BTNS_TS_A_END, "10.0.0.2");
	nla_nest_end(msg, ts);
	nla_put_u32(msg, BTNS_ACQ_A_ERROR, EKEYREJECTED);
	nla_put_u32(msg, BTNS_ACQ_A_EXPIRES, 1500);
	j = attrs_acquire(end());
	assert_string_equal(str(j, "peer"), "10.0.0.2");
	assert_string_equal(str(j, "error"), strerror(EKEYREJECTED));
	json_decref(j);
}

static void latch(void **state)
{
	struct btns_latch_info info = { .size = sizeof(info),
		.state = BTNS_LATCH_ESTABLISHED, .id = 5, .family = AF_INET,
		.encr = 28 };
	json_t *j;

	(void)state;
	nla_put(msg, BTNS_LATCH_A_INFO, sizeof(info), &info);
	nla_put_u8(msg, BTNS_LATCH_A_PROTO, 17);
	nla_put_u32(msg, BTNS_LATCH_A_UID, 1000);
	nla_put_string(msg, BTNS_LATCH_A_SPD_NAME, "all");
	j = attrs_latch(end());
	assert_int_equal(num(j, "id"), 5);
	assert_int_equal(num(j, "protocol"), 17);
	assert_int_equal(num(j, "uid"), 1000);
	assert_string_equal(str(j, "policy"), "all");
	assert_string_equal(str(j, "suite"), "chacha20-poly1305");
	json_decref(j);
}

/* A newer kernel's struct is longer, an older one's shorter. */
static void latch_sizes(void **state)
{
	unsigned char big[sizeof(struct btns_latch_info) + 32] = { 0 };
	struct btns_latch_info *info = (void *)big;
	json_t *j;

	info->state = BTNS_LATCH_ESTABLISHED;
	info->id = 6;
	nla_put(msg, BTNS_LATCH_A_INFO, sizeof(big), big);
	j = attrs_latch(end());
	assert_int_equal(num(j, "id"), 6);
	json_decref(j);
	teardown(state);
	setup(state);
	nla_put(msg, BTNS_LATCH_A_INFO, 5, big);
	j = attrs_latch(end());
	assert_non_null(j);
	assert_string_equal(str(j, "state"), "established");
	json_decref(j);
}

static void latch_without_info(void **state)
{
	(void)state;
	nla_put_u8(msg, BTNS_LATCH_A_PROTO, 17);
	assert_null(attrs_latch(end()));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges), T(selector_ports),
		T(selector_of_mixed_families), T(selector_of_odd_length),
		T(identity), T(identity_too_long), T(pad), T(spd), T(child),
		T(acquire), T(holdoff), T(latch), T(latch_sizes), T(latch_without_info),
	};

	return cmocka_run_group_tests_name("btnsctl_attrs", tests, NULL, NULL);
}
