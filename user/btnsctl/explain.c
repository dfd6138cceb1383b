// SPDX-License-Identifier: GPL-2.0-or-later
/* "Why is this in clear?": which policy, what was tried, what is remembered, what to do. */
#include "explain.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/show.h"
#include "unlatched.h"

static const char *str(const json_t *j, const char *key)
{
	return json_string_value(json_object_get(j, key)) ?: "";
}

int explain_parse(const char *text, struct explain *x)
{
	char host[64], *colon, *end;
	unsigned long port = 0;
	bool bracket = *text == '[';

	memset(x, 0, sizeof(*x));
	if (strlen(text) >= sizeof(host))
		return -1;
	strcpy(host, text + bracket);
	colon = bracket ? strchr(host, ']') : strchr(host, ':');
	if (bracket && (!colon || (colon[1] && colon[1] != ':')))
		return -1;
	/* several colons: an IPv6 address without port */
	if (!bracket && colon && strchr(colon + 1, ':'))
		colon = NULL;
	if (colon) {
		*colon++ = 0;
		if (bracket && *colon == ':')
			colon++;
		else if (bracket)
			colon = NULL;
	}
	if (colon) {
		port = strtoul(colon, &end, 10);
		if (*colon < '0' || *colon > '9' || *end || !port || port > 65535)
			return -1;
	}
	x->port = (unsigned int)port;
	x->family = AF_INET;
	if (!bracket && inet_pton(AF_INET, host, x->peer) == 1)
		return 0;
	x->family = AF_INET6;
	return inet_pton(AF_INET6, host, x->peer) == 1 ? 0 : -1;
}

/* --- document -------------------------------------------------------------------------- */

/* Without a port: the first entry for the address that is not for some ports alone. */
static bool governs(const json_t *e, const struct explain *x)
{
	const json_t *local = json_object_get(e, "local"), *remote = json_object_get(e, "remote");
	const json_int_t start = json_integer_value(json_object_get(local, "port_start"));

	/* the own port of a connection to come is any that nobody has claimed */
	return unlatched_selector(local, x->family, x->local, x->protocol,
				  json_is_object(local) && start ? (int)start : 50000) &&
	       unlatched_selector(remote, x->family, x->peer, x->protocol, (int)x->port);
}

static json_t *governing(const json_t *policy, const struct explain *x)
{
	json_t *e;
	size_t i;

	json_array_foreach((json_t *)policy, i, e)
		if (governs(e, x))
			return e;
	return NULL;
}

static bool same_address(const json_t *have, const struct explain *x)
{
	const char *text = json_is_object(have) ? str(have, "address") :
			   json_string_value(have);
	char peer[SHOW_ADDR];

	show_addr((unsigned int)x->family, x->peer, peer);
	return text && !strcmp(text, peer);
}

static json_t *pick(const json_t *list, const char *member, const struct explain *x,
		    bool with_port)
{
	json_t *out = json_array(), *e;
	size_t i;

	json_array_foreach((json_t *)list, i, e) {
		const json_t *peer = json_object_get(e, member);

		if (!same_address(peer, x))
			continue;
		if (with_port && x->port &&
		    (json_integer_value(json_object_get(peer, "port")) != x->port ||
		     json_integer_value(json_object_get(e, "protocol")) != x->protocol))
			continue;
		json_array_append(out, e);
	}
	return out;
}

static void add(json_t *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add(json_t *list, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	json_array_append_new(list, json_string(text));
}

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

/* What a person can do about the last error. */
static void advise_error(json_t *todo, const json_t *last, const json_t *refusal)
{
	const char *error = str(last, "error");
	const char *notify = str(last, "notify_name");

	if (json_is_object(refusal)) {
		add(todo, "%s", str(refusal, "why"));
	} else if (is(error, "timeout")) {
		add(todo, "Nobody answers there: does btnsd or another IKEv2 daemon run, and do firewalls in between let UDP 500 and 4500 pass?");
	} else if (is(error, "authentication") || is(notify, "AUTHENTICATION_FAILED")) {
		add(todo, "One end does not believe the other: compare the pad sections of both with what btnsctl and btnsctl peers show, and read the log of btnsd at the end that refused.");
	} else if (is(error, "proposal") || is(notify, "NO_PROPOSAL_CHOSEN")) {
		add(todo, "The ends have no algorithms in common: compare the option suites of the policies.");
	} else if (is(error, "selectors") || is(notify, "TS_UNACCEPTABLE")) {
		add(todo, "The peer gives this flow no SA: its policy or its pad section (child) does not cover it, is of another mode, or lacks btns = yes.");
	} else if (is(error, "refused")) {
		add(todo, "The peer refuses: its log says why.");
	} else if (is(error, "kernel")) {
		add(todo, "This host's own policy refuses: the log of btnsd says why.");
	} else if (*error && !is(error, "none") && !is(error, "closed")) {
		add(todo, "The log of btnsd says more.");
	}
}

static void verdict(json_t *doc, const json_t *entry, json_t *todo)
{
	const json_t *latches = json_object_get(doc, "latches"), *sas = json_object_get(doc, "sas");
	const json_t *holdoffs = json_object_get(doc, "holdoffs");
	const json_t *last = json_object_get(doc, "last");
	const char *class_ = str(entry, "class"), *now;
	const bool failed = json_array_size(holdoffs);

	if (json_array_size(latches))
		now = "protected, and held to the peer";
	else if (json_array_size(sas) && !is(class_, "clear") && !is(class_, "block"))
		now = "protected: SAs are there";
	else if (!entry)
		now = "in clear: no policy covers it";
	else if (is(class_, "clear"))
		now = "in clear: the policy says so";
	else if (is(class_, "block"))
		now = "blocked: the policy says so";
	else if (json_array_size(json_object_get(doc, "acquires")))
		now = "waiting for the key exchange";
	else if (is(class_, "private"))
		now = failed ? "blocked: the key exchange failed" :
		      "nothing yet: the next packet starts the key exchange";
	else if (is(class_, "clear-or-private"))
		now = "in clear: the policy waits for the peer to ask for protection";
	else
		now = failed ? "in clear: the key exchange failed" :
		      "nothing yet: the next packet starts the key exchange";
	json_object_set_new(doc, "now", json_string(now));
	if (!strncmp(now, "protected", 9))
		return;
	if (!entry)
		add(todo, "Add a policy for it to btns.conf.");
	else if (is(class_, "clear") || is(class_, "block"))
		add(todo, "Change the policy %s, or put one before it.", str(entry, "name"));
	else
		advise_error(todo, last, json_object_get(doc, "refusal"));
	if (failed)
		add(todo, "After a repair: btnsctl flush holdoffs, and the next packet tries again at once.");
	if (entry && is(class_, "private-or-clear"))
		add(todo, "If it must not go in clear: class = private.");
}

json_t *explain_document(const struct explain *x, const json_t *policy, const json_t *latches,
			 const json_t *sas, const json_t *holdoffs, const json_t *acquires,
			 const json_t *daemon)
{
	json_t *entry = governing(policy, x), *todo = json_array(), *doc;
	const json_t *pad;
	json_t *sa;

	doc = json_pack("{s:o, s:o, s:i, s:i, s:O?, s:o, s:o, s:o, s:o}",
		"peer", show_json_addr((unsigned int)x->family, x->peer),
		"local", show_json_addr((unsigned int)x->family, x->local),
		"port", (int)x->port, "protocol", x->protocol, "policy", entry,
		"latches", pick(latches, "peer", x, true), "sas", pick(sas, "outer_peer", x, false),
		"holdoffs", pick(holdoffs, "peer", x, false),
		"acquires", pick(acquires, "peer", x, false));
	if (!doc || !todo) {
		json_decref(doc);
		json_decref(todo);
		return NULL;
	}
	json_object_set_new(doc, "last", json_incref(json_object_get(daemon, "last")) ?:
			    json_null());
	json_object_set_new(doc, "refusal", json_incref(json_object_get(daemon, "refusal")) ?:
			    json_null());
	json_object_set_new(doc, "known", json_incref(json_object_get(daemon, "known")) ?:
			    json_array());
	sa = json_array_get(json_object_get(doc, "sas"), 0);
	pad = json_object_get(json_object_get(sa, "peer"), "pad_entry");
	if (!json_is_string(pad))
		pad = json_object_get(json_object_get(doc, "last"), "pad_entry");
	json_object_set(doc, "pad_entry", pad ? (json_t *)pad : json_null());
	verdict(doc, entry, todo);
	if (!daemon)
		add(todo, "btnsd does not run: nobody can make SAs.");
	json_object_set_new(doc, "todo", todo);
	return doc;
}

/* --- text ------------------------------------------------------------------------------ */

static void one_last(FILE *f, const json_t *last)
{
	const char *name = str(last, "notify_name"), *text = str(last, "text");
	json_int_t notify = json_integer_value(json_object_get(last, "notify"));
	char when[64];

	show_time((time_t)json_integer_value(json_object_get(last, "when")), when, sizeof(when));
	if (is(str(last, "error"), "none"))
		fprintf(f, "last try   %s: it worked", when);
	else
		fprintf(f, "last try   %s: %s", when, str(last, "meaning"));
	if (*text)
		fprintf(f, ": %s", text);
	if (*name)
		fprintf(f, " (%s)", name);
	else if (notify)
		fprintf(f, " (notify %d)", (int)notify);
	fprintf(f, "; flows asked %d, failed %d\n",
		(int)json_integer_value(json_object_get(last, "asked")),
		(int)json_integer_value(json_object_get(last, "failed")));
}

void explain_text(FILE *f, const json_t *doc, bool colors)
{
	const json_t *entry = json_object_get(doc, "policy"), *last = json_object_get(doc, "last");
	const char *now = str(doc, "now");
	enum show_color color = !strncmp(now, "protected", 9) ? SHOW_GOOD :
				!strncmp(now, "in clear", 8) ? SHOW_BAD : SHOW_WARN;
	json_t *e;
	size_t i;

	fprintf(f, "peer       %s, from %s\n", str(doc, "peer"), str(doc, "local"));
	fprintf(f, "now        %s%s%s\n", show_on(colors, color), now, show_off(colors));
	if (json_is_object(entry))
		fprintf(f, "policy     %s: %s\n", str(entry, "name"), str(entry, "class"));
	else
		fputs("policy     none\n", f);
	if (json_is_string(json_object_get(doc, "pad_entry")))
		fprintf(f, "pad        %s\n", str(doc, "pad_entry"));
	json_array_foreach(json_object_get(doc, "sas"), i, e)
		fprintf(f, "sa         %s, %s, key %s\n", str(e, "suite"), str(e, "mode"),
			*str(json_object_get(e, "peer"), "fingerprint") ?
			str(json_object_get(e, "peer"), "fingerprint") : "none");
	if (json_is_object(last))
		one_last(f, last);
	else
		fputs("last try   none since btnsd began\n", f);
	json_array_foreach(json_object_get(doc, "holdoffs"), i, e)
		fprintf(f, "hold-off   %s: next attempt in %" PRId64 " s\n", str(e, "error"),
			((int64_t)json_integer_value(json_object_get(e, "expires_ms")) + 999) /
			1000);
	json_array_foreach(json_object_get(doc, "known"), i, e)
		fprintf(f, "known      %s, %s%s\n", str(e, "fingerprint"), str(e, "state"),
			json_integer_value(json_object_get(json_object_get(e, "bond"),
							   "untied")) ?
			", came without its secret" : "");
	json_array_foreach(json_object_get(doc, "todo"), i, e)
		fprintf(f, "%s%s\n", i ? "           " : "to do      ",
			json_string_value(e) ?: "");
}
