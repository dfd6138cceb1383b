// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tools print alike: text and JSON. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../common/show.h"
#include "btns.h"

static void durations(void **state)
{
	static const struct { uint64_t s; const char *text; } t[] = {
		{ 0, "0 s" }, { 59, "59 s" }, { 60, "1 min 0 s" },
		{ 3599, "59 min 59 s" }, { 3600, "1 h 0 min" },
		{ 86399, "23 h 59 min" }, { 86400, "1 d 0 h" },
		{ 90000, "1 d 1 h" },
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		show_duration(t[i].s, buf, sizeof(buf));
		assert_string_equal(buf, t[i].text);
	}
}

static void octets(void **state)
{
	char buf[32];

	(void)state;
	show_octets(0, buf, sizeof(buf));
	assert_string_equal(buf, "0 B");
	show_octets(1023, buf, sizeof(buf));
	assert_string_equal(buf, "1023 B");
	show_octets(1536, buf, sizeof(buf));
	assert_string_equal(buf, "1.5 KiB");
	show_octets(UINT64_MAX, buf, sizeof(buf));
	assert_string_equal(buf, "16384.0 PiB");
}

static void addresses(void **state)
{
	unsigned char six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	unsigned char four[4] = { 192, 0, 2, 1 };
	char buf[SHOW_ADDR];

	(void)state;
	show_addr(AF_INET, four, buf);
	assert_string_equal(buf, "192.0.2.1");
	show_addr(0, four, buf);
	assert_string_equal(buf, "-");
	show_endpoint(AF_INET6, six, 443, buf);
	assert_string_equal(buf, "[2001:db8::1]:443");
	memset(six, 0xff, sizeof(six));
	show_endpoint(AF_INET6, six, 65535, buf);
	assert_string_equal(buf, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void terminal_is_safe(void **state)
{
	char buf[12];

	(void)state;
	show_safe("a\033[2Jb", buf, sizeof(buf));
	assert_string_equal(buf, "a\\x1b[2Jb");
	show_safe("\x7f\n", buf, sizeof(buf));
	assert_string_equal(buf, "\\x7f\\x0a");
	show_safe("12345678\n", buf, sizeof(buf));	/* no half escapes */
	assert_string_equal(buf, "12345678");
	show_safe("abc", buf, 1);
	assert_string_equal(buf, "");
}

static void colors(void **state)
{
	(void)state;
	/* a file is no terminal */
	setenv("TERM", "xterm", 1);
	assert_false(show_colors(fopen("/dev/null", "w")));
	assert_string_equal(show_on(false, SHOW_BAD), "");
	assert_string_equal(show_off(false), "");
	assert_string_equal(show_on(true, SHOW_GOOD), "\033[32m");
}

static const char *str(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	assert_non_null(s);
	return s;
}

static void latch_json(void **state)
{
	struct btns_latch_info l = {
		.size = sizeof(l), .state = BTNS_LATCH_ESTABLISHED,
		.mode = BTNS_MODE_TRANSPORT, .peer_auth = BTNS_AUTH_BTNS,
		.local_auth = BTNS_AUTH_BTNS, .trust = BTNS_TRUST_UNVERIFIED,
		.encr = 20, .encr_bits = 256,
		.flags = BTNS_LATCH_F_CONFIDENTIAL | BTNS_LATCH_F_INTEGRITY |
			 BTNS_LATCH_F_PASSIVE,
		.id = 0x100000001, .family = AF_INET, .outer_family = AF_INET,
		.local_port = htons(80), .peer_port = htons(40000),
		.local = { 10, 0, 0, 1 }, .peer = { 10, 0, 0, 2 },
		.outer_local = { 10, 0, 0, 1 }, .outer_peer = { 10, 0, 0, 2 },
		.drops_in = 3, .peer_fingerprint = { 1 },
	};
	json_t *j = show_json_latch(&l);

	(void)state;
	assert_non_null(j);
	assert_string_equal(str(j, "state"), "established");
	assert_string_equal(str(j, "suite"), "aes-gcm-16-256");
	assert_string_equal(str(j, "trust"), "unverified");
	assert_int_equal(json_integer_value(json_object_get(j, "id")),
			 0x100000001);
	assert_int_equal(json_integer_value(json_object_get(j, "drops_in")), 3);
	assert_true(json_is_true(json_object_get(j, "confidential")));
	assert_true(json_is_true(json_object_get(j, "passive")));
	assert_true(json_is_false(json_object_get(j, "esn")));
	assert_string_equal(str(json_object_get(j, "peer"), "address"), "10.0.0.2");
	assert_int_equal(json_integer_value(json_object_get(
		json_object_get(j, "peer"), "port")), 40000);
	assert_string_equal(str(j, "outer_peer"), "10.0.0.2");
	assert_int_equal(strlen(str(j, "peer_fingerprint")), 50);
	assert_true(json_is_null(json_object_get(j, "local_fingerprint")));
	json_decref(j);

	l.state = BTNS_LATCH_LARVAL;
	j = show_json_latch(&l);
	assert_string_equal(str(j, "state"), "larval");
	assert_null(json_object_get(j, "suite"));
	json_decref(j);
}

static void id_json(void **state)
{
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} id = { .info = { .type = BTNS_ID_FQDN, .auth = BTNS_AUTH_PUBKEY,
			   .trust = BTNS_TRUST_VERIFIED, .len = 3 } };
	json_t *j;

	(void)state;
	memcpy(id.info.data, "b\377b", 3);
	/* a name without NUL at the end */
	memset(id.info.pad_entry, 'x', sizeof(id.info.pad_entry));
	j = show_json_id(&id.info, sizeof(id.info) + 3);
	assert_non_null(j);
	assert_string_equal(str(j, "text"), "fqdn:b\\xffb");
	assert_string_equal(str(j, "data"), "62ff62");
	assert_string_equal(str(j, "auth"), "pubkey");
	assert_int_equal(strlen(str(j, "pad_entry")), BTNS_NAME_MAX + 1);
	json_decref(j);
	j = show_json_id(&id.info, sizeof(id.info) + 2);
	assert_true(json_is_null(j));
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(octets),
		cmocka_unit_test(addresses),
		cmocka_unit_test(terminal_is_safe),
		cmocka_unit_test(colors),
		cmocka_unit_test(latch_json),
		cmocka_unit_test(id_json),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
