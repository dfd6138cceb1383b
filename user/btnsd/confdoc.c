// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From options.def: "man" prints the option lists of btns.conf(5), "sample" prints
 * packaging/btns.conf.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"

struct option {
	const char *section, *name, *argument, *dflt, *text;
	bool often;
};

static const struct section {
	const char *id, *title, *text;
} sections[] = {
#define SECTION(section, title, text) { #section, title, text },
#define OPTION(section, name, setter, often, argument, dflt, text)
#include "options.def"
#undef SECTION
#undef OPTION
};

static const struct option options[] = {
#define SECTION(section, title, text)
#define OPTION(section, name, setter, often, argument, dflt, text) \
	{ #section, name, argument, dflt, text, often },
#include "options.def"
#undef SECTION
#undef OPTION
};

#define N(array)	(sizeof(array) / sizeof((array)[0]))

/* One sentence a line; a dot at the start of a line would be a macro. */
static void roff(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '.' && s[1] == ' ' && s[2] == ' ')
			fputs(".\n", stdout), s += 2;
		else
			putchar(*s);
	}
	putchar('\n');
}

static void man(void)
{
	size_t i, k;

	puts(".\\\" Made from user/btnsd/options.def by btns-confdoc man.");
	for (i = 0; i < N(sections); i++) {
		printf(".Ss Section [%s]\n", sections[i].title);
		roff(sections[i].text);
		puts(".Bl -tag -width Ds");
		for (k = 0; k < N(options); k++) {
			const struct option *o = &options[k];

			if (strcmp(o->section, sections[i].id))
				continue;
			printf(".It Cm %s Li = Ar %s\n", o->name, o->argument);
			roff(o->text);
			if (*o->dflt)
				printf("Default:\n.Li %s .\n", o->dflt);
			if (o->often)
				puts("May be given several times.");
		}
		puts(".El");
	}
}

/* A comment, filled to 78 columns. */
static void comment(const char *prefix, const char *s)
{
	size_t column = 0, n;

	while (*s) {
		n = strcspn(s, " ");
		if (column && column + n + 1 > 78) {
			putchar('\n');
			column = 0;
		}
		if (!column)
			column = (size_t)printf("%s", prefix);
		column += (size_t)printf(" %.*s", (int)n, s);
		s += n;
		s += strspn(s, " ");
	}
	putchar('\n');
}

static void sample(void)
{
	size_t i, k;

	puts("# Configuration of btnsd, see btns.conf(5).  What stands in the file now is what\n"
	     "# holds without a file: traffic with hosts that speak BTNS is protected, the rest\n"
	     "# goes in clear.  Check a changed file: btnsd --check FILE; load it: btnsctl reload.\n");
	for (i = 0; i < N(sections); i++) {
		printf("#[%s]\n", sections[i].title);
		comment("#", sections[i].text);
		puts("#");
		for (k = 0; k < N(options); k++) {
			const struct option *o = &options[k];

			if (strcmp(o->section, sections[i].id))
				continue;
			printf("#%s = %s\n", o->name, *o->dflt ? o->dflt : o->argument);
			comment("#	", o->text);
		}
		putchar('\n');
	}
	fputs(conf_builtin, stdout);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "man"))
		man();
	else if (argc == 2 && !strcmp(argv[1], "sample"))
		sample();
	else
		return fputs("usage: btns-confdoc man|sample\n", stderr), 2;
	return fflush(stdout) ? 1 : 0;
}
