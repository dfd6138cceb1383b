// SPDX-License-Identifier: GPL-2.0-or-later
/* Reader of btns.conf: sections, tables of options, what each section needs. */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../ike/pkix.h"
#include "conf.h"

enum section { NO_SECTION, daemon_section, pad_section, policy_section };

static const struct option {
	enum section section;
	const char *name;
	bool often;
	conf_setter set;
	const char *dflt;
} options[] = {
#define SECTION(section, title, text)
#define OPTION(section_, name_, setter, often_, argument, dflt_, text) \
	{ section_##_section, name_, often_, set_##setter, dflt_ },
#include "options.def"
#undef SECTION
#undef OPTION
};

#define N_OPTIONS	(sizeof(options) / sizeof(options[0]))

struct reader {
	struct conf *conf;
	const struct conf_secrets *from;
	FILE *in;
	int line, error_line;
	char error[256];
	enum section section;
	int section_line;
	bool given[N_OPTIONS];		/* in this section */
	bool had_daemon;
};

static void complain(struct reader *r, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void complain(struct reader *r, int line, const char *format, ...)
{
	va_list ap;

	if (r->error_line)
		return;
	r->error_line = line;
	va_start(ap, format);
	vsnprintf(r->error, sizeof(r->error), format, ap);
	va_end(ap);
}

static struct conf_pad *last_pad(struct reader *r)
{
	return &r->conf->pad[r->conf->n_pad - 1];
}

static struct conf_policy *last_policy(struct reader *r)
{
	return &r->conf->policy[r->conf->n_policy - 1];
}

/* --- what a section needs as a whole ------------------------------------------- */

static bool was_given(const struct reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (options[i].section == r->section && !strcmp(options[i].name, name))
			return r->given[i];
	return false;
}

static bool needs_secret(const struct conf_pad *p)
{
	return p->match == BTNS_PAD_MATCH_ID &&
	       (p->auth == BTNS_AUTH_PSK || p->own_auth == BTNS_AUTH_PSK);
}

static const char *ppk_wrong(const struct reader *r, const struct conf_pad *p)
{
	const bool file = was_given(r, "ppk-file"), id = was_given(r, "ppk-id");

	if (p->match != BTNS_PAD_MATCH_ID && (file || id))
		return "only match = id takes ppk-file and ppk-id";
	if (file != id)
		return file ? "ppk-file needs ppk-id" : "ppk-id needs ppk-file";
	return !file && was_given(r, "ppk") ? "ppk needs ppk-file" : NULL;
}

static void check_pad(struct reader *r)
{
	const struct conf_pad *p = last_pad(r);
	const char *why = ppk_wrong(r, p);
	unsigned int i;

	if (!was_given(r, "match")) {
		complain(r, p->line, "pad %s: needs match", p->name);
		return;
	}
	if (p->match == BTNS_PAD_MATCH_ID && p->id.type == BTNS_ID_NONE)
		complain(r, p->line, "pad %s: match = id needs id", p->name);
	else if (p->match != BTNS_PAD_MATCH_ID && p->id.type != BTNS_ID_NONE)
		complain(r, p->line, "pad %s: only match = id takes id", p->name);
	else if (p->match == BTNS_PAD_MATCH_ID && p->auth == BTNS_AUTH_NULL)
		complain(r, p->line, "pad %s: an ID that nobody proves is none (RFC 7619): auth = null goes with match = null",
			 p->name);
	else if (p->match != BTNS_PAD_MATCH_ID && was_given(r, "auth") &&
		 !(p->match == BTNS_PAD_MATCH_NULL && p->auth == BTNS_AUTH_NULL))
		complain(r, p->line, "pad %s: only match = id takes auth", p->name);
	else if ((p->match == BTNS_PAD_MATCH_ID && p->auth == BTNS_AUTH_PKIX) != !!p->ca)
		complain(r, p->line, p->ca ? "pad %s: only auth = pkix takes ca" :
			 "pad %s: auth = pkix needs ca", p->name);
	else if (p->match != BTNS_PAD_MATCH_ID && was_given(r, "own-auth"))
		complain(r, p->line, "pad %s: only match = id takes own-auth", p->name);
	else if (needs_secret(p) != !!p->secret)
		complain(r, p->line, p->secret ?
			 "pad %s: only auth = psk and own-auth = psk take secret-file" :
			 "pad %s: auth = psk and own-auth = psk need secret-file", p->name);
	else if (p->match == BTNS_PAD_MATCH_ID && p->auth == BTNS_AUTH_PUBKEY && !p->n_keys)
		complain(r, p->line, "pad %s: auth = pubkey needs key", p->name);
	else if (p->match == BTNS_PAD_MATCH_ID && p->auth == BTNS_AUTH_PSK && p->n_keys)
		complain(r, p->line, "pad %s: auth = psk takes no key", p->name);
	else if (p->match == BTNS_PAD_MATCH_PUBLICKEY && !p->n_keys)
		complain(r, p->line, "pad %s: match = publickey needs key", p->name);
	else if ((p->match == BTNS_PAD_MATCH_ANY || p->match == BTNS_PAD_MATCH_NULL) && p->n_keys)
		complain(r, p->line, "pad %s: match = any and null take no key", p->name);
	else if (p->match != BTNS_PAD_MATCH_ANY && p->known != KNOWN_OFF)
		complain(r, p->line, "pad %s: only match = any takes known: the key of others is configured",
			 p->name);
	else if (p->known == KNOWN_OFF && was_given(r, "bond"))
		complain(r, p->line, "pad %s: bond is of known peers: it needs known", p->name);
	else if (why)
		complain(r, p->line, "pad %s: %s", p->name, why);
	for (i = 0; i + 1 < r->conf->n_pad; i++) {
		const struct conf_pad *o = &r->conf->pad[i];

		if (!strcmp(o->name, p->name))
			complain(r, p->line, "pad %s: stands in line %d already", p->name,
				 o->line);
		if (p->match == BTNS_PAD_MATCH_ANY && o->match == p->match)
			complain(r, p->line,
				 "pad %s: only one entry may match any key (RFC 5386), and pad %s does",
				 p->name, o->name);
	}
}

static bool aligned(const struct ike_ts *ts)
{
	unsigned int n = ts->port_end - ts->port_start + 1U;

	return !(n & (n - 1)) && !(ts->port_start & (n - 1));
}

static void check_policy(struct reader *r)
{
	const struct conf_policy *p = last_policy(r);
	bool gateways = p->local_gateway.family || p->peer_gateway.family;
	bool protects = p->class != BTNS_CLASS_CLEAR && p->class != BTNS_CLASS_BLOCK;
	unsigned int i;

	if (!was_given(r, "class"))
		complain(r, p->line, "policy %s: needs class", p->name);
	else if (p->local.family && p->remote.family && p->local.family != p->remote.family)
		complain(r, p->line, "policy %s: local and remote are of different families",
			 p->name);
	else if ((was_given(r, "local-port") || was_given(r, "remote-port")) &&
		 p->local.proto != IPPROTO_TCP && p->local.proto != IPPROTO_UDP &&
		 p->local.proto != IPPROTO_SCTP && p->local.proto != IPPROTO_DCCP &&
		 p->local.proto != IPPROTO_UDPLITE)
		complain(r, p->line, "policy %s: ports need a protocol that has some", p->name);
	else if (!aligned(&p->local) || !aligned(&p->remote))
		complain(r, p->line,
			 "policy %s: a range of ports must be an aligned power of two (8000-8191)",
			 p->name);
	else if (p->mode == BTNS_MODE_TRANSPORT && gateways)
		complain(r, p->line, "policy %s: transport mode takes no gateway", p->name);
	else if (p->local_gateway.family && p->peer_gateway.family &&
		 p->local_gateway.family != p->peer_gateway.family)
		complain(r, p->line, "policy %s: gateways are of different families", p->name);
	else if (!protects && (p->btns || p->null || p->n_suites || p->peer.type ||
			       p->has_fingerprint || p->lifetime || p->lifebytes || gateways))
		complain(r, p->line, "policy %s: class clear and block protect nothing: only class, addresses, protocol and ports",
			 p->name);
	for (i = 0; i + 1 < r->conf->n_policy; i++)
		if (!strcmp(r->conf->policy[i].name, p->name))
			complain(r, p->line, "policy %s: stands in line %d already", p->name,
				 r->conf->policy[i].line);
}

static void end_section(struct reader *r)
{
	if (!r->error_line && r->section == pad_section)
		check_pad(r);
	if (!r->error_line && r->section == policy_section)
		check_policy(r);
	r->section = NO_SECTION;
	memset(r->given, 0, sizeof(r->given));
}

/* --- sections ------------------------------------------------------------------- */

/* One more element; new room in powers of two. */
static void *grow(void *array, unsigned int n, size_t size)
{
	if (n & (n - 1))
		return array;
	return reallocarray(array, n ? 2 * (size_t)n : 1, size);
}

static void add_pad(struct reader *r, const char *name)
{
	struct conf_pad *p = grow(r->conf->pad, r->conf->n_pad, sizeof(*p));

	if (!p) {
		complain(r, r->line, "out of memory");
		return;
	}
	r->conf->pad = p;
	p = &p[r->conf->n_pad++];
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->line = r->line;
	p->auth = BTNS_AUTH_PUBKEY;
	p->any = true;
	p->bond = KNOWN_BOND_WARN;
	r->section = pad_section;
}

static void add_policy(struct reader *r, const char *name)
{
	struct conf_policy *p = grow(r->conf->policy, r->conf->n_policy, sizeof(*p));

	if (!p) {
		complain(r, r->line, "out of memory");
		return;
	}
	r->conf->policy = p;
	p = &p[r->conf->n_policy++];
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->line = r->line;
	p->local.port_end = p->remote.port_end = 65535;
	r->section = policy_section;
}

static void start_section(struct reader *r, char *title)
{
	char *name = strchr(title, ' ');

	end_section(r);
	if (name)
		*name++ = 0;
	while (name && *name == ' ')
		name++;
	if (!strcmp(title, "daemon") && !name) {
		if (r->had_daemon)
			complain(r, r->line, "section daemon stands twice");
		r->had_daemon = true;
		r->section = daemon_section;
		return;
	}
	if (strcmp(title, "pad") && strcmp(title, "policy") && strcmp(title, "spd")) {
		complain(r, r->line, "unknown section '%s'", title);
		return;
	}
	if (!name || !*name)
		complain(r, r->line, "section %s needs a name: [%s NAME]", title, title);
	else if (strlen(name) > BTNS_NAME_MAX)
		complain(r, r->line, "a name has at most %d characters", BTNS_NAME_MAX);
	else if (r->conf->n_pad >= CONF_ENTRIES || r->conf->n_policy >= CONF_ENTRIES)
		complain(r, r->line, "more than %d entries", CONF_ENTRIES);
	else if (!strcmp(title, "pad"))
		add_pad(r, name);
	else
		add_policy(r, name);
}

/*
 * inih tells neither lines nor empty sections to its handler: they are seen here,
 * where it gets its lines from.
 */
static char *next_line(char *str, int num, void *stream)
{
	struct reader *r = stream;
	char title[256], *p, *end;

	if (!fgets(str, num, r->in))
		return NULL;
	r->line++;
	if (!strchr(str, '\n') && !feof(r->in)) {
		int c;

		complain(r, r->line, "a line has at most %d characters", num - 2);
		while ((c = getc(r->in)) != EOF && c != '\n')
			;
		return strcpy(str, "\n");
	}
	p = str + strspn(str, " \t");
	if (r->line == 1 && !strncmp(p, "\xEF\xBB\xBF", 3))
		p += 3;
	end = strchr(p, ']');
	if (*p == '[' && end) {
		*end = 0;
		snprintf(title, sizeof(title), "%s", p + 1);
		*end = ']';
		end += 1 + strspn(end + 1, " \t\r\n");
		if (*end && *end != ';' && *end != '#')
			complain(r, r->line, "text after the section's title");
		start_section(r, title);
	}
	return str;
}

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;
	struct conf_target t = { .daemon = &r->conf->daemon, .from = r->from };
	const char *why;
	size_t i;

	if (r->error_line)
		return 0;
	if (r->section == NO_SECTION) {
		complain(r, r->line, "'%s' stands in no section", name);
		return 0;
	}
	if (r->section == pad_section)
		t.pad = last_pad(r);
	if (r->section == policy_section)
		t.policy = last_policy(r);
	for (i = 0; i < N_OPTIONS; i++) {
		if (options[i].section != r->section || strcmp(options[i].name, name))
			continue;
		if (r->given[i] && !options[i].often) {
			complain(r, r->line, "%s stands twice in this section", name);
			return 0;
		}
		r->given[i] = true;
		why = *value ? options[i].set(&t, value) : "has no value";
		if (why)
			complain(r, r->line, "%s: %s", name, why);
		return !why;
	}
	complain(r, r->line, "unknown option '%s'", name);
	return 0;
}

static void set_defaults(struct conf *conf)
{
	struct conf_target t = { .daemon = &conf->daemon };
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (options[i].section == daemon_section && *options[i].dflt)
			options[i].set(&t, options[i].dflt);
	conf->daemon.user_set = false;
}

static bool parse(struct reader *r)
{
	int line;

	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	line = ini_parse_stream(next_line, r, on_value, r);
	if (line)
		complain(r, line > 0 ? line : r->line,
			 line > 0 ? "neither [SECTION] nor NAME = VALUE" : "out of memory");
	end_section(r);
	return !r->error_line;
}

static bool parse_builtin(struct reader *r)
{
	bool good;

	r->in = fmemopen((void *)conf_builtin, strlen(conf_builtin), "r");
	if (!r->in)
		return false;
	r->line = 0;
	good = parse(r);
	fclose(r->in);
	return good;
}

struct conf *conf_read(const char *file, char error[CONF_ERROR_MAX])
{
	return conf_read_from(file, NULL, error);
}

struct conf *conf_read_from(const char *file, const struct conf_secrets *from,
			    char error[CONF_ERROR_MAX])
{
	struct reader r = { .conf = calloc(1, sizeof(*r.conf)), .from = from };
	bool good;

	if (!r.conf) {
		snprintf(error, CONF_ERROR_MAX, "out of memory");
		return NULL;
	}
	set_defaults(r.conf);
	if (!file) {
		snprintf(r.conf->file, sizeof(r.conf->file), "(built-in)");
		good = parse_builtin(&r);
	} else {
		snprintf(r.conf->file, sizeof(r.conf->file), "%s", file);
		r.in = fopen(file, "re");
		if (!r.in) {
			snprintf(error, CONF_ERROR_MAX, "%s: %s", file, strerror(errno));
			conf_free(&r.conf);
			return NULL;
		}
		good = parse(&r);
		if (good && ferror(r.in)) {
			complain(&r, r.line, "cannot be read");
			good = false;
		}
		fclose(r.in);
		if (good && !r.conf->n_pad && !r.conf->n_policy)
			good = parse_builtin(&r);
	}
	if (!good) {
		snprintf(error, CONF_ERROR_MAX, "%s:%d: %s", r.conf->file, r.error_line,
			 r.error);
		conf_free(&r.conf);
	}
	return r.conf;
}

static void pad_free(struct conf_pad *p)
{
	unsigned int i;

	for (i = 0; i < CONF_KEYS; i++)
		free((void *)p->spki[i].p);
	pkix_free(&p->ca);
	secret_free(&p->secret);
	secret_free(&p->ppk);
}

void conf_free(struct conf **conf)
{
	unsigned int i;

	if (!*conf)
		return;
	for (i = 0; i < (*conf)->n_pad; i++)
		pad_free(&(*conf)->pad[i]);
	free((*conf)->pad);
	free((*conf)->policy);
	free(*conf);
	*conf = NULL;
}

bool conf_has_mode(const struct conf *conf, uint8_t mode)
{
	unsigned int i;

	for (i = 0; i < conf->n_policy; i++)
		if (conf->policy[i].mode == mode)
			return true;
	return false;
}

bool conf_has_known(const struct conf *conf)
{
	unsigned int i;

	for (i = 0; i < conf->n_pad; i++)
		if (conf->pad[i].known != KNOWN_OFF)
			return true;
	return false;
}

enum known_bond_mode conf_bond(const struct conf *conf)
{
	unsigned int i;

	for (i = 0; i < conf->n_pad; i++)
		if (conf->pad[i].known != KNOWN_OFF)
			return conf->pad[i].bond;
	return KNOWN_BOND_OFF;
}

bool conf_has_ppk(const struct conf *conf)
{
	unsigned int i;

	for (i = 0; i < conf->n_pad; i++)
		if (conf->pad[i].ppk)
			return true;
	return false;
}
