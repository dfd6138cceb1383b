// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl: known peers as text. */
#include <string.h>

#include "known.h"
#include "table.h"

static const char *str(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key)) ?: "";
}

static enum show_color color_of(const char *state)
{
	return !strcmp(state, "verified") ? SHOW_GOOD : !strcmp(state, "refused") ? SHOW_BAD :
	       !strcmp(state, "new") ? SHOW_WARN : SHOW_PLAIN;
}

/* Names that are its own; those of others that it came under have a question mark. */
static void names_of(const json_t *peer, char *buf, size_t size)
{
	size_t n = 0, i;
	json_t *e;
	int w;

	*buf = 0;
	json_array_foreach(json_object_get(peer, "names"), i, e) {
		w = snprintf(buf + n, size - n, "%s%s%s%s", n ? ", " : "",
			     !strcmp(str(e, "kind"), "nat") ? "nat:" : "", str(e, "name"),
			     json_is_true(json_object_get(e, "held")) ? "" : "?");
		if (w < 0 || (size_t)w >= size - n)
			break;
		n += (size_t)w;
	}
}

static void time_of(const json_t *j, const char *key, char *buf, size_t size)
{
	const json_t *t = json_object_get(j, key);

	if (json_is_integer(t))
		show_time((time_t)json_integer_value(t), buf, size);
	else
		snprintf(buf, size, "never");
}

int known_text_list(FILE *f, const json_t *list, bool colors)
{
	static const char *const heads[] = { "KEY", "STATE", "NAMES", "LAST" };
	char names[512], last[64];
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 4, heads);
	json_array_foreach((json_t *)list, i, e) {
		names_of(e, names, sizeof(names));
		time_of(e, "last", last, sizeof(last));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "fingerprint"));
		table_add(&t, color_of(str(e, "state")), "%s", str(e, "state"));
		table_add(&t, SHOW_PLAIN, "%s", *names ? names : "-");
		table_add(&t, SHOW_PLAIN, "%s", last);
	}
	return table_print(&t, f, colors, 0);
}

/* The secret that sessions leave. */
static void bond_text(FILE *f, const json_t *bond)
{
	const json_int_t n = json_integer_value(json_object_get(bond, "untied"));
	char text[64];

	if (!bond || json_is_null(bond))
		return;
	time_of(bond, "agreed", text, sizeof(text));
	fprintf(f, "secret     %s, agreed %s\n",
		json_is_true(json_object_get(bond, "held")) ? "held" : "none now", text);
	if (!n)
		return;
	time_of(bond, "last_untied", text, sizeof(text));
	fprintf(f, "untied     came %" JSON_INTEGER_FORMAT " times without it, last %s\n", n,
		text);
}

void known_text_one(FILE *f, const json_t *p, bool colors)
{
	const char *state = str(p, "state"), *words = str(p, "words"), *w;
	char text[512];
	unsigned int n = 0;

	fprintf(f, "key        %s\n", str(p, "fingerprint"));
	/* six words a line: 96 bits can be kept in mind as long as they are spoken */
	for (w = words; *w; n++) {
		size_t len = strcspn(w, " ");

		fprintf(f, "%s%.*s", n % 6 ? " " : n ? "\n           " : "words      ", (int)len,
			w);
		w += len + (w[len] == ' ');
	}
	fprintf(f, "\nstate      %s%s%s\n", show_on(colors, color_of(state)), state,
		show_off(colors));
	if (!strcmp(state, "self"))
		return;
	names_of(p, text, sizeof(text));
	fprintf(f, "names      %s\n", *text ? text : "-");
	if (strchr(text, '?'))
		fputs("           (?: came under that name, which another key has)\n", f);
	time_of(p, "first", text, sizeof(text));
	fprintf(f, "first      %s\n", text);
	time_of(p, "last", text, sizeof(text));
	fprintf(f, "last       %s\n", text);
	fprintf(f, "origin     %s\n", str(p, "origin"));
	if (*str(p, "successor_of") && json_is_null(json_object_get(p, "announced"))) {
		fprintf(f, "follows    %s, by its last secret\n", str(p, "successor_of"));
	} else if (*str(p, "successor_of")) {
		time_of(p, "announced", text, sizeof(text));
		fprintf(f, "follows    %s, announced %s\n", str(p, "successor_of"), text);
	}
	bond_text(f, json_object_get(p, "bond"));
	if (*str(p, "contact"))
		fprintf(f, "contact    %s\n           (the peer's own words: nobody has checked them)\n",
			str(p, "contact"));
}
