// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl's text, made from its JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../btnsctl/table.h"
#include "../btnsctl/text.h"

static char *shown;
static size_t shown_len;

static const char *show(int (*text)(FILE *, const json_t *, bool),
			const char *document, bool colors)
{
	json_t *doc = json_loads(document, 0, NULL);
	FILE *f;

	assert_non_null(doc);
	free(shown);
	f = open_memstream(&shown, &shown_len);
	assert_int_equal(text(f, doc, colors), 0);
	fclose(f);
	json_decref(doc);
	return shown;
}

static int teardown(void **state)
{
	(void)state;
	free(shown);
	shown = NULL;
	return 0;
}

#define LATCH \
	"{\"state\":\"established\",\"id\":7,\"mode\":\"transport\"," \
	"\"suite\":\"aes-gcm-16-256\",\"confidential\":true,\"passive\":false," \
	"\"protocol\":6,\"trust\":\"unverified\"," \
	"\"local\":{\"address\":\"10.0.0.1\",\"port\":4000}," \
	"\"peer\":{\"address\":\"2001:db8::1\",\"port\":80}," \
	"\"drops_in\":2,\"drops_out\":1,\"reason\":\"in_drop_clear\"," \
	"\"peer_fingerprint\":\"SHA256:abc\"}"

static void columns_align(void **state)
{
	static const char *const heads[] = { "A", "B" };
	struct table t;
	FILE *f;

	(void)state;
	free(shown);
	f = open_memstream(&shown, &shown_len);
	table_start(&t, 2, heads);
	table_add(&t, SHOW_PLAIN, "%s", "long");
	table_add(&t, SHOW_PLAIN, "%s", "x");
	table_add(&t, SHOW_PLAIN, "%s", "\xc3\xa4\xc3\xa4");	/* two characters */
	table_add(&t, SHOW_PLAIN, "%s", "");
	assert_int_equal(table_print(&t, f, false, 1), 0);
	fclose(f);
	assert_string_equal(shown, " A     B\n long  x\n \xc3\xa4\xc3\xa4    -\n");
}

/* Names of entries and identities reach the terminal escaped. */
static void hostile_names(void **state)
{
	(void)state;
	show(text_pad, "{\"pad\":[{\"name\":\"x\\u001b[2J\",\"match\":\"any\"}]}",
	     false);
	assert_null(strchr(shown, '\033'));
	assert_non_null(strstr(shown, "x\\x1b[2J"));
}

static void selectors(void **state)
{
	static const struct { const char *json, *text; } t[] = {
		{ "null", "any" },
		{ "{\"addresses\":\"10.0.0.0/8\",\"protocol\":0,"
		  "\"port_start\":0,\"port_end\":65535}", "10.0.0.0/8" },
		{ "{\"addresses\":\"any\",\"protocol\":6,\"port_start\":80,"
		  "\"port_end\":80}", "any tcp 80" },
		{ "{\"addresses\":\"::1\",\"protocol\":17,\"port_start\":1024,"
		  "\"port_end\":2047}", "::1 udp 1024-2047" },
		{ "{\"addresses\":\"::1\",\"protocol\":99,\"port_start\":0,"
		  "\"port_end\":65535}", "::1 protocol 99" },
	};
	char buf[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		json_t *j = json_loads(t[i].json, JSON_DECODE_ANY, NULL);

		text_selector(j, buf, sizeof(buf));
		assert_string_equal(buf, t[i].text);
		json_decref(j);
	}
}

static void latches(void **state)
{
	(void)state;
	show(text_latches, "{\"latches\":[" LATCH "]}", false);
	assert_non_null(strstr(shown, "tcp 10.0.0.1:4000 -> [2001:db8::1]:80"));
	assert_non_null(strstr(shown, "transport, aes-gcm-16-256"));
	assert_non_null(strstr(shown, "3 in_drop_clear"));
	assert_null(strchr(shown, '\033'));
	show(text_latches, "{\"latches\":[" LATCH "]}", true);
	assert_non_null(strstr(shown, "\033[32mestablished"));
}

static void policies(void **state)
{
	(void)state;
	show(text_policy,
	     "{\"policy\":[{\"name\":\"web\",\"class\":\"private\",\"local\":null,"
	     "\"remote\":{\"addresses\":\"10.0.0.0/8\",\"protocol\":6,"
	     "\"port_start\":80,\"port_end\":80},\"mode\":\"transport\","
	     "\"btns_ok\":true,\"null_ok\":false,\"hits\":3},"
	     "{\"name\":\"ssh\",\"class\":\"clear\",\"mode\":\"transport\","
	     "\"hits\":0}]}", false);
	assert_non_null(strstr(shown, "known peers, BTNS"));
	assert_non_null(strstr(shown, "10.0.0.0/8 tcp 80"));
	assert_null(strstr(shown, "NULL"));
	/* mode and peers mean nothing where there is no IPsec */
	assert_non_null(strstr(shown, "ssh    clear    any    any                "
			       "-          -                  0"));
}

static void sas(void **state)
{
	(void)state;
	show(text_sas,
	     "{\"sas\":[{\"number\":4,\"local_ts\":{\"addresses\":\"10.0.0.1\","
	     "\"protocol\":0,\"port_start\":0,\"port_end\":65535},"
	     "\"remote_ts\":{\"addresses\":\"10.0.0.2\",\"protocol\":0,"
	     "\"port_start\":0,\"port_end\":65535},\"mode\":\"transport\","
	     "\"suite\":\"chacha20-poly1305\",\"encap\":{\"local_port\":4500},"
	     "\"bytes_in\":2048,\"bytes_out\":10,\"age\":61,"
	     "\"peer\":{\"fingerprint\":\"SHA256:xyz\",\"trust\":\"known\"}}]}",
	     false);
	assert_non_null(strstr(shown, "transport, chacha20-poly1305, in UDP"));
	assert_non_null(strstr(shown, "2.0 KiB"));
	assert_non_null(strstr(shown, "1 min 1 s"));
	assert_non_null(strstr(shown, "SHA256:xyz"));
}

static void status_without_module(void **state)
{
	(void)state;
	show(text_status, "{\"module\":{\"loaded\":false},\"daemon\":"
	     "{\"running\":false,\"error\":\"no such file\"}}", false);
	assert_non_null(strstr(shown, "nothing is protected"));
	assert_non_null(strstr(shown, "no such file"));
	assert_null(strstr(shown, "Peers"));
}

static void status(void **state)
{
	(void)state;
	show(text_status, "{\"module\":{\"loaded\":true,\"generation\":2},"
	     "\"daemon\":{\"running\":true,\"since\":1700000000,\"uptime\":90},"
	     "\"self\":{\"fingerprint\":\"SHA256:me\",\"id\":\"fqdn:me.example\"},"
	     "\"peers\":[],\"latches\":[" LATCH "],"
	     "\"unlatched\":[{\"protocol\":6,\"local\":{\"address\":\"10.0.0.1\","
	     "\"port\":1},\"peer\":{\"address\":\"10.0.0.9\",\"port\":22},"
	     "\"policy\":\"ssh\",\"why\":\"the policy says clear\"}],"
	     "\"acquires\":[{\"peer\":\"10.0.0.8\",\"policy\":\"all\","
	     "\"class\":\"private\",\"flow\":{\"protocol\":6,"
	     "\"local\":{\"address\":\"10.0.0.1\",\"port\":2},"
	     "\"peer\":{\"address\":\"10.0.0.8\",\"port\":23}}}],"
	     "\"holdoffs\":[{\"peer\":\"10.0.0.7\",\"policy\":\"all\","
	     "\"class\":\"private-or-clear\",\"error\":\"timed out\","
	     "\"expires_ms\":1500}]}", false);
	assert_non_null(strstr(shown, "own key  SHA256:me as fqdn:me.example"));
	assert_non_null(strstr(shown, "running for 1 min 30 s"));
	assert_non_null(strstr(shown, "No peers."));
	assert_non_null(strstr(shown, "Protected connections (1)"));
	assert_non_null(strstr(shown, "Connections without latch (1)"));
	assert_non_null(strstr(shown, "the policy says clear"));
	assert_non_null(strstr(shown, "Waiting for key exchange (1)"));
	assert_non_null(strstr(shown, "tcp 10.0.0.1:2 -> 10.0.0.8:23"));
	assert_non_null(strstr(shown, "Negotiations that failed (1)"));
	assert_non_null(strstr(shown, "2 s"));
}

static void stats(void **state)
{
	(void)state;
	show(text_stats, "{\"kernel\":{\"in_drop_clear\":5,\"in_ok\":9},"
	     "\"daemon\":{\"ike_in\":3}}", false);
	assert_non_null(strstr(shown, "kernel.in_drop_clear  5"));
	assert_non_null(strstr(shown, "daemon.ike_in"));
}

static void events(void **state)
{
	(void)state;
	show(text_event, "{\"event\":\"latch\",\"time\":1700000000.5,\"latch\":"
	     LATCH "}", false);
	assert_non_null(strstr(shown, "latch 7 established 10.0.0.1:4000 - "
			       "[2001:db8::1]:80 SHA256:abc"));
	show(text_event, "{\"event\":\"config\",\"time\":1,\"generation\":3}",
	     false);
	assert_non_null(strstr(shown, "config generation 3"));
}

/* Documents with missing or wrong members print something and do not crash. */
static void odd_documents(void **state)
{
	static int (*const all[])(FILE *, const json_t *, bool) = {
		text_status, text_pad, text_policy, text_sas, text_peers,
		text_latches, text_stats, text_event,
	};
	static const char *const docs[] = {
		"{}", "{\"pad\":1,\"policy\":{},\"sas\":[1],\"peers\":[null],"
		"\"latches\":[{}],\"kernel\":[],\"module\":{\"loaded\":true},"
		"\"unlatched\":[[]],\"holdoffs\":[\"x\"]}",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (k = 0; k < sizeof(docs) / sizeof(docs[0]); k++)
			assert_true(strlen(show(all[i], docs[k], true)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(columns_align, teardown),
		cmocka_unit_test_teardown(hostile_names, teardown),
		cmocka_unit_test_teardown(selectors, teardown),
		cmocka_unit_test_teardown(latches, teardown),
		cmocka_unit_test_teardown(policies, teardown),
		cmocka_unit_test_teardown(sas, teardown),
		cmocka_unit_test_teardown(status_without_module, teardown),
		cmocka_unit_test_teardown(status, teardown),
		cmocka_unit_test_teardown(stats, teardown),
		cmocka_unit_test_teardown(events, teardown),
		cmocka_unit_test_teardown(odd_documents, teardown),
	};

	return cmocka_run_group_tests_name("btnsctl_text", tests, NULL, NULL);
}
