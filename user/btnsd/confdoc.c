// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From options.def: "man" prints btns.conf(5), "sample" prints packaging/btns.conf.
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

static const char head[] =
".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
".\\\" Made from user/btnsd/options.def: btns-confdoc man > Documentation/man/btns.conf.5\n"
".Dd November 21, 2026\n"
".Dt BTNS.CONF 5\n"
".Os\n"
".Sh NAME\n"
".Nm btns.conf\n"
".Nd configuration of btnsd: whom to believe, what to protect\n"
".Sh DESCRIPTION\n"
".Xr btnsd 8\n"
"reads this file at its start and at each reload, and puts it into the\n"
".Xr btns 4\n"
"module as a whole: a file with one mistake changes nothing, and what is the same\n"
"as before keeps its SAs.\n"
".Pp\n"
"The file has sections,\n"
".Li [TITLE] ,\n"
"with options,\n"
".Li name = value ,\n"
"one a line.\n"
"Lines that start with # or ; are comments; so is the rest of a line behind a blank\n"
"and a semicolon.\n"
"A line has at most 198 characters.\n"
"Unknown sections and options are mistakes.\n"
"If there is neither a pad nor a policy section, the built-in ones hold, see\n"
".Sx EXAMPLES .\n"
".Pp\n"
"TIME is a number with ms, s, min, h or d; without unit: seconds.\n"
"PREFIX is an address with or without a prefix length.\n"
"FINGERPRINT is the SHA-256 of the SubjectPublicKeyInfo in base64, as\n"
".Xr btnsctl 8\n"
"prints it.\n"
"NAME of a section has at most 63 characters.\n";

static const char foot[] =
"What goes over the loopback device and the key exchange itself are never subject to\n"
"policies, nor are the messages by which IPv6 finds its neighbours.\n"
".Sh FILES\n"
".Bl -tag -width Ds\n"
".It Pa /etc/btns/btns.conf\n"
".It Pa /etc/btns/NAME/btns.conf\n"
"of\n"
".Cm btnsd --instance Ar NAME .\n"
".El\n"
".Sh EXAMPLES\n"
"The built-in configuration:\n"
".Bd -literal -offset indent\n";

static const char tail[] =
".Ed\n"
".Pp\n"
"A server whose NFS takes protected connections only, of anybody, and of one\n"
"administrator by her key on all ports:\n"
".Bd -literal -offset indent\n"
"[pad admin]\n"
"match = publickey\n"
"key = /etc/btns/admin.pem\n"
"\n"
"[pad anybody]\n"
"match = any\n"
"\n"
"[policy nfs]\n"
"class = private\n"
"protocol = tcp\n"
"local-port = 2049\n"
"btns = yes\n"
"\n"
"[policy rest]\n"
"class = private-or-clear\n"
"btns = yes\n"
".Ed\n"
".Pp\n"
"A tunnel to a gateway with a known key; BTNS peers cannot use it, nor claim its\n"
"addresses:\n"
".Bd -literal -offset indent\n"
"[pad branch]\n"
"match = id\n"
"id = fqdn:gw.branch.example.com\n"
"key = SHA256:dnvZyLVMTpF5LykvC4vJjb8BP1v1WJlLrvc8yXuTMQY\n"
"child = 10.9.0.0/16\n"
"\n"
"[policy branch]\n"
"class = private\n"
"mode = tunnel\n"
"local = 10.0.0.0/16\n"
"remote = 10.9.0.0/16\n"
"peer-gateway = 198.51.100.7\n"
".Ed\n"
".Sh DIAGNOSTICS\n"
"Mistakes are reported as\n"
".Li file:line: reason ;\n"
"what the kernel refuses, in the kernel's words.\n"
".Sh SEE ALSO\n"
".Xr btns 4 ,\n"
".Xr btnsctl 8 ,\n"
".Xr btnsd 8\n"
".Rs\n"
".%R RFC 5386\n"
".%T Better-Than-Nothing Security: An Unauthenticated Mode of IPsec\n"
".Re\n";

static void man(void)
{
	size_t i, k;

	fputs(head, stdout);
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
	puts(".Sh NOTES");
	fputs(foot, stdout);
	fputs(conf_builtin, stdout);
	fputs(tail, stdout);
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
