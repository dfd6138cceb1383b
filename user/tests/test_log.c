// SPDX-License-Identifier: GPL-2.0-or-later
/* How the daemon calls peers and addresses. */
#include "engine_world.h"
#include "btnsd/btnsd.h"
#include "ike/crypto.h"

static void addresses(void **state)
{
	struct ike_addr v4 = { .family = AF_INET, .port = 4500, .ip = { 192, 0, 2, 1 } };
	struct ike_addr v6 = { .family = AF_INET6, .port = 500, .ip = { 0x20, 1, 0xd, 0xb8 } };
	struct ike_addr none = { 0 };
	char text[ADDR_TEXT];

	v6.ip[15] = 1;
	assert_string_equal(addr_text(&v4, text), "192.0.2.1:4500");
	assert_string_equal(addr_text(&v6, text), "[2001:db8::1]:500");
	v4.port = 0;
	v6.port = 0;
	assert_string_equal(addr_text(&v4, text), "192.0.2.1");
	assert_string_equal(addr_text(&v6, text), "2001:db8::1");
	assert_string_equal(addr_text(&none, text), "-");
}

static const char *named(uint16_t type, const void *id, size_t len, char text[ID_TEXT])
{
	const struct ike_identity i = { .id_type = type, .id = id, .id_len = len };

	return identity_text(&i, text);
}

/* A peer says what it likes of itself: nothing of it may steer a terminal. */
static void identities(void **state)
{
	static const uint8_t spki[] = "abc";	/* three octets are hashed */
	static const char fp[] = "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0";
	struct ike_identity i = { .spki = spki, .spki_len = 3 };
	struct chunk c = CHUNK(spki, 3);
	char text[ID_TEXT];
	uint8_t hash[32], big[BTNS_ID_MAX];

	assert_string_equal(named(BTNS_ID_FQDN, "host.example", 12, text), "fqdn:host.example");
	assert_string_equal(named(BTNS_ID_FQDN, "a\033[2Jb", 6, text), "fqdn:a\\x1b[2Jb");
	assert_string_equal(named(BTNS_ID_IPV4_ADDR, "\300\0\2\1", 4, text), "ipv4:192.0.2.1");
	assert_string_equal(named(BTNS_ID_KEY_ID, "\1\2", 2, text), "keyid:0102");
	assert_string_equal(named(BTNS_ID_NULL, NULL, 0, text), "null");
	assert_string_equal(named(200, "\1", 1, text), "type-200:01");

	/* key and ID; the ID that only repeats the key is left out */
	i.id_type = BTNS_ID_FQDN;
	i.id = (const uint8_t *)"host";
	i.id_len = 4;
	assert_int_equal(strncmp(identity_text(&i, text), fp, strlen(fp)), 0);
	assert_string_equal(text + strlen(fp), " fqdn:host");
	crypto_sha256(hash, &c, 1);
	i.id_type = BTNS_ID_KEY_ID;
	i.id = hash;
	i.id_len = 32;
	assert_string_equal(identity_text(&i, text), fp);
	hash[0] ^= 1;
	assert_non_null(strstr(identity_text(&i, text), " keyid:bb78"));

	/* the longest is cut */
	memset(big, 'x', sizeof(big));
	i.id_type = BTNS_ID_FQDN;
	i.id = big;
	i.id_len = sizeof(big);
	assert_int_equal(strlen(identity_text(&i, text)), ID_TEXT - 1);
	assert_non_null(strstr(text, " fqdn:xxx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(identities),
	};

	assert_true(crypto_init());
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
