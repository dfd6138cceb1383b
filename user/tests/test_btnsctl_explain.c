// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl explain: from lists to a verdict and advice. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "btnsctl/explain.h"

static void parse(void **state)
{
	static const char *const bad[] = {
		"", "host", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x",
		"192.0.2.1:80x", "192.0.2.1:-1", "[192.0.2.1]:80", "[2001:db8::1", "[::1]80",
		"2001:db8::1::", "1.2.3.4.5", ":80", "[]:80",
	};
	struct explain x;
	size_t i;

	assert_int_equal(explain_parse("192.0.2.1", &x), 0);
	assert_int_equal(x.family, AF_INET);
	assert_int_equal(x.port, 0);
	assert_memory_equal(x.peer, "\xc0\0\x02\x01", 4);
	assert_int_equal(explain_parse("192.0.2.1:65535", &x), 0);
	assert_int_equal(x.port, 65535);
	assert_int_equal(explain_parse("2001:db8::1", &x), 0);
	assert_int_equal(x.family, AF_INET6);
	assert_int_equal(x.port, 0);
	assert_int_equal(explain_parse("[2001:db8::1]", &x), 0);
	assert_int_equal(explain_parse("[2001:db8::1]:443", &x), 0);
	assert_int_equal(x.port, 443);
	assert_int_equal(x.peer[15], 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(explain_parse(bad[i], &x), -1);
}

static const char policy[] =
	"[{'name': 'dns', 'class': 'clear', 'local': null, 'remote':"
	"  {'addresses': 'any', 'protocol': 17, 'port_start': 53, 'port_end': 53}},"
	" {'name': 'intern', 'class': 'private', 'local': null, 'remote':"
	"  {'addresses': '192.0.2.0/24', 'protocol': 0, 'port_start': 0, 'port_end': 65535}},"
	" {'name': 'wait', 'class': 'clear-or-private', 'local': null, 'remote':"
	"  {'addresses': '203.0.113.0/24', 'protocol': 0, 'port_start': 0, 'port_end': 65535}},"
	" {'name': 'rest', 'class': 'private-or-clear', 'local': null, 'remote':"
	"  {'addresses': '0.0.0.0/1', 'protocol': 0, 'port_start': 0, 'port_end': 65535}}]";

static json_t *json(const char *text)
{
	char *copy = strdup(text), *p;
	json_t *j;

	for (p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	j = json_loads(copy, JSON_DECODE_ANY, NULL);
	free(copy);
	assert_non_null(j);
	return j;
}

/* Lists may be NULL: empty; daemon NULL: it does not run. */
static json_t *ask(const char *where, int protocol, const char *latches, const char *holdoffs,
		   const char *daemon)
{
	json_t *p = json(policy), *l = json(latches ?: "[]"), *h = json(holdoffs ?: "[]");
	json_t *none = json_array(), *d = daemon ? json(daemon) : NULL, *doc;
	struct explain x;

	assert_int_equal(explain_parse(where, &x), 0);
	x.protocol = protocol;
	doc = explain_document(&x, p, l, none, h, none, d);
	assert_non_null(doc);
	json_decref(p);
	json_decref(l);
	json_decref(h);
	json_decref(none);
	json_decref(d);
	return doc;
}

static void assert_now(const json_t *doc, const char *entry, const char *now)
{
	const char *name = json_string_value(json_object_get(json_object_get(doc, "policy"),
							     "name"));

	if (entry)
		assert_string_equal(name, entry);
	else
		assert_null(name);
	assert_string_equal(json_string_value(json_object_get(doc, "now")), now);
}

static bool advises(const json_t *doc, const char *words)
{
	json_t *e;
	size_t i;

	json_array_foreach(json_object_get(doc, "todo"), i, e)
		if (strstr(json_string_value(e), words))
			return true;
	return false;
}

#define QUIET	"{'last': null, 'refusal': null, 'known': []}"

static void policies(void **state)
{
	json_t *doc = ask("198.51.100.1:53", IPPROTO_UDP, NULL, NULL, QUIET);

	assert_now(doc, "dns", "in clear: the policy says so");
	assert_true(advises(doc, "policy dns"));
	json_decref(doc);
	doc = ask("192.0.2.1:53", IPPROTO_TCP, NULL, NULL, QUIET);
	assert_now(doc, "intern", "nothing yet: the next packet starts the key exchange");
	assert_false(advises(doc, "class = private"));
	json_decref(doc);
	doc = ask("203.0.113.7", IPPROTO_TCP, NULL, NULL, QUIET);
	assert_now(doc, "wait", "in clear: the policy waits for the peer to ask for protection");
	json_decref(doc);
	doc = ask("198.51.100.1:80", IPPROTO_TCP, NULL, NULL, QUIET);
	assert_now(doc, NULL, "in clear: no policy covers it");
	assert_true(advises(doc, "Add a policy"));
	json_decref(doc);
	doc = ask("10.0.0.1", IPPROTO_TCP, NULL, NULL, NULL);
	assert_now(doc, "rest", "nothing yet: the next packet starts the key exchange");
	assert_true(advises(doc, "btnsd does not run"));
	json_decref(doc);
}

static void latched(void **state)
{
	static const char latches[] = "[{'protocol': 6, 'peer': {'address': '192.0.2.1', 'port': 80}}]";
	json_t *doc = ask("192.0.2.1:80", IPPROTO_TCP, latches, NULL, QUIET);

	assert_now(doc, "intern", "protected, and held to the peer");
	assert_int_equal(json_array_size(json_object_get(doc, "todo")), 0);
	json_decref(doc);
	/* another port, another protocol, another host: not this one */
	doc = ask("192.0.2.1:81", IPPROTO_TCP, latches, NULL, QUIET);
	assert_now(doc, "intern", "nothing yet: the next packet starts the key exchange");
	json_decref(doc);
	doc = ask("192.0.2.1:80", IPPROTO_UDP, latches, NULL, QUIET);
	assert_now(doc, "intern", "nothing yet: the next packet starts the key exchange");
	json_decref(doc);
	doc = ask("192.0.2.2:80", IPPROTO_TCP, latches, NULL, QUIET);
	assert_now(doc, "intern", "nothing yet: the next packet starts the key exchange");
	json_decref(doc);
	doc = ask("192.0.2.1", IPPROTO_TCP, latches, NULL, QUIET);
	assert_now(doc, "intern", "protected, and held to the peer");
	json_decref(doc);
}

static void failed(void **state)
{
	static const struct { const char *error, *notify, *advice; } t[] = {
		{ "timeout", "null", "UDP 500" },
		{ "authentication", "null", "does not believe" },
		{ "refused", "'AUTHENTICATION_FAILED'", "does not believe" },
		{ "refused", "'NO_PROPOSAL_CHOSEN'", "suites" },
		{ "selectors", "null", "gives this flow no SA" },
		{ "refused", "'TS_UNACCEPTABLE'", "gives this flow no SA" },
		{ "kernel", "null", "own policy" }, { "syntax", "null", "log of btnsd" },
	};
	char daemon[256];
	json_t *doc;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(daemon, sizeof(daemon), "{'last': {'when': 1, 'error': '%s',"
			 " 'meaning': 'm', 'notify': 0, 'notify_name': %s, 'pad_entry': 'all'},"
			 " 'refusal': null, 'known': []}", t[i].error, t[i].notify);
		doc = ask("10.0.0.1", IPPROTO_TCP, NULL,
			  "[{'peer': '10.0.0.1', 'error': 'e', 'expires_ms': 1500}]", daemon);
		assert_now(doc, "rest", "in clear: the key exchange failed");
		assert_true(advises(doc, t[i].advice));
		assert_true(advises(doc, "flush holdoffs"));
		assert_true(advises(doc, "class = private"));
		assert_string_equal(json_string_value(json_object_get(doc, "pad_entry")), "all");
		json_decref(doc);
	}
	doc = ask("192.0.2.1", IPPROTO_TCP, NULL,
		  "[{'peer': '192.0.2.1', 'error': 'e', 'expires_ms': 1500}]", QUIET);
	assert_now(doc, "intern", "blocked: the key exchange failed");
	json_decref(doc);
}

static void refusal(void **state)
{
	json_t *doc = ask("10.0.0.1", IPPROTO_TCP, NULL, NULL,
		"{'last': {'error': 'authentication', 'when': 1}, 'known': [],"
		" 'refusal': {'why': 'KEY CHANGED', 'when': 1}}");
	char *text;
	size_t len;
	FILE *f;

	assert_true(advises(doc, "KEY CHANGED"));
	assert_false(advises(doc, "does not believe"));
	f = open_memstream(&text, &len);
	explain_text(f, doc, false);
	fclose(f);
	assert_non_null(strstr(text, "to do      KEY CHANGED\n"));
	assert_non_null(strstr(text, "policy     rest: private-or-clear\n"));
	free(text);
	json_decref(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse), cmocka_unit_test(policies), cmocka_unit_test(latched),
		cmocka_unit_test(failed), cmocka_unit_test(refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
