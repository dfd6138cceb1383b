// SPDX-License-Identifier: GPL-2.0-or-later
/* Known peers as text: words, lines, the words of others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "known/known.h"

#define FP	"SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void count_up(uint8_t fp[32])
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		fp[i] = (uint8_t)i;
}

static void words(void **state)
{
	char text[KNOWN_WORDS_TEXT], changed[KNOWN_WORDS_TEXT];
	uint8_t fp[32], back[32];
	size_t i;

	count_up(fp);
	known_words(fp, text);
	/* the CRC-32 of these octets is 91267e8a, by any tool */
	assert_string_equal(text, "babad bamag bibaj bimal boban bomar bubat bumaz "
			    "dabid damig dibij dimil dobin domir dubit dumiz nahok lupap");
	assert_null(known_words_parse(text, back));
	assert_memory_equal(fp, back, 32);
	/* each single letter counts */
	for (i = 0; text[i]; i++) {
		strcpy(changed, text);
		if (changed[i] == ' ')
			continue;
		changed[i] = strchr("aiou", changed[i]) ? (changed[i] == 'a' ? 'o' : 'a') :
			     (changed[i] == 'b' ? 'd' : 'b');
		assert_non_null(known_words_parse(changed, back));
	}
	assert_non_null(known_words_parse("babad", back));
	assert_non_null(known_words_parse("", back));
	assert_non_null(known_words_parse("babadx", back));
	strcpy(changed, text);
	strcat(changed, " babad");
	assert_non_null(known_words_parse(changed, back));
	/* as people type */
	for (i = 0; text[i]; i++)
		text[i] = text[i] == ' ' ? '-' : i % 2 ? text[i] : (char)(text[i] - 32);
	assert_null(known_words_parse(text, back));
	assert_memory_equal(fp, back, 32);
}

static void plain(void **state)
{
	static const struct { const char *in, *out; size_t len; } t[] = {
		{ "Ada, +44 20", "Ada, +44 20", 11 },
		{ "caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac", 9 },
		{ "\x1b[31mred\x07\n", "\\x1b[31mred\\x07\\x0a", 10 },
		{ "a\0b", "a\\x00b", 3 },
		/* C1 control, marks of direction, a separator of lines, BOM */
		{ "\xc2\x9b", "\\xc2\\x9b", 2 },
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae", 3 },
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6", 3 },
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8", 3 },
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf", 3 },
		/* too long a form, a surrogate, beyond Unicode, cut, a stray end */
		{ "\xc0\xaf", "\\xc0\\xaf", 2 },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", 3 },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 4 },
		{ "\xe2\x82", "\\xe2\\x82", 2 },
		{ "\x80", "\\x80", 1 },
		/* what looks like an escape is one of ours */
		{ "\\x1b", "\\x5cx1b", 4 },
	};
	char buf[64], small[6];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		known_plain((const uint8_t *)t[i].in, t[i].len, buf, sizeof(buf));
		assert_string_equal(buf, t[i].out);
	}
	known_plain((const uint8_t *)"ab\x01\x02", 4, small, sizeof(small));
	assert_string_equal(small, "ab");
	known_plain((const uint8_t *)"abcdefgh", 8, small, sizeof(small));
	assert_string_equal(small, "abcde");
}

static void lines(void **state)
{
	static const char *const bad[] = {
		"host verified", "fqdn:a verified notafingerprint", "fqdn:a strange " FP,
		"a verified " FP, "nat:fqdn:a verified " FP, ", verified " FP,
		"1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5 verified " FP,
	};
	struct known_line *l = malloc(sizeof(*l));
	uint8_t fp[32];
	size_t i;

	count_up(fp);
	assert_null(known_line_parse("fqdn:a.example,192.0.2.1,2001:db8::1,nat:10.0.0.1 "
				     "verified " FP " by Ada\n", l));
	assert_int_equal(l->n_names, 4);
	assert_string_equal(l->names[0].text, "fqdn:a.example");
	assert_int_equal(l->names[0].kind, KNOWN_ID);
	assert_int_equal(l->names[1].kind, KNOWN_ADDRESS);
	assert_int_equal(l->names[2].kind, KNOWN_ADDRESS);
	assert_int_equal(l->names[3].kind, KNOWN_NAT);
	assert_string_equal(l->names[3].text, "10.0.0.1");
	assert_int_equal(l->peer.state, KNOWN_VERIFIED);
	assert_memory_equal(l->peer.fingerprint, fp, 32);
	assert_null(known_line_parse("- refused " FP, l));
	assert_int_equal(l->n_names, 0);
	assert_int_equal(l->peer.state, KNOWN_REFUSED);
	assert_null(known_line_parse("fe80::1%eth0   leap-of-faith\t" FP "\r\n", l));
	assert_int_equal(l->names[0].kind, KNOWN_ADDRESS);
	assert_null(known_line_parse("# nothing", l));
	assert_null(known_line_parse("  \n", l));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(known_line_parse(bad[i], l));
	free(l);
}

static const char listing[] =
	"fqdn:b.example leap-of-faith SHA256:AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 import\n"
	"- refused SHA256:AgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 import\n"
	"fqdn:a.example,192.0.2.1 verified SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 import\n";

/* Out and in again, into an empty store and into the same. */
static void round_trip(void **state)
{
	struct known_line *l = malloc(sizeof(*l));
	char why[KNOWN_WHY_MAX], folder[] = "/tmp/test_known_text.XXXXXX", file[64];
	struct known *k;
	char *text = NULL, *copy = strdup(listing), *p, *save;
	size_t len;
	FILE *f;
	int time = 1700000010, pass;

	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/k", folder);
	k = known_open(file, 0, why);
	assert_non_null(k);
	for (p = strtok_r(copy, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		assert_null(known_line_parse(p, l));
		assert_int_equal(known_import(k, l, time--), 0);
	}
	for (pass = 0; pass < 2; pass++) {
		f = open_memstream(&text, &len);
		assert_int_equal(known_export(k, f), 0);
		fclose(f);
		assert_string_equal(text, listing);
		for (p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
			assert_null(known_line_parse(p, l));
			assert_int_equal(known_import(k, l, 1800000000), 0);
		}
		free(text);
	}
	/* an ID that another key holds: a person must forget that one first */
	assert_null(known_line_parse("fqdn:b.example verified " FP, l));
	assert_int_equal(known_import(k, l, 1800000000), -EEXIST);
	assert_non_null(strstr(known_why(k), "fqdn:b.example"));
	known_close(&k);
	unlink(file);
	rmdir(folder);
	free(copy);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(plain), cmocka_unit_test(lines),
		cmocka_unit_test(round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
