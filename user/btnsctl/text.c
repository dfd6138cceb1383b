// SPDX-License-Identifier: GPL-2.0-or-later
/* btnsctl's text. */
#include "text.h"

#include <inttypes.h>
#include <string.h>

#include "table.h"

static const char *str(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static json_int_t num(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static bool yes(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}

static const json_t *sub(const json_t *j, const char *key)
{
	return json_object_get(j, key);
}

static const char *protocol_name(json_int_t p, char *buf, size_t size)
{
	switch (p) {
	case 0: return "";
	case 1: return "icmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 58: return "icmpv6";
	case 132: return "sctp";
	}
	snprintf(buf, size, "protocol %d", (int)p);
	return buf;
}

void text_selector(const json_t *ts, char *buf, size_t size)
{
	json_int_t start = num(ts, "port_start"), end = num(ts, "port_end");
	char proto[24], ports[24] = "";
	const char *name;

	if (!json_is_object(ts)) {
		snprintf(buf, size, "any");
		return;
	}
	name = protocol_name(num(ts, "protocol"), proto, sizeof(proto));
	if (start == end)
		snprintf(ports, sizeof(ports), " %d", (int)start);
	else if (start > 0 || end < 65535)
		snprintf(ports, sizeof(ports), " %d-%d", (int)start, (int)end);
	snprintf(buf, size, "%s%s%s%s", str(ts, "addresses"), *name ? " " : "",
		 name, ports);
}

static void endpoint(const json_t *e, char *buf, size_t size)
{
	const char *addr = str(e, "address");

	if (!*addr)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, strchr(addr, ':') ? "[%s]:%d" : "%s:%d",
			 addr, (int)num(e, "port"));
}

static enum show_color class_color(const char *name)
{
	if (!strcmp(name, "private"))
		return SHOW_GOOD;
	if (!strcmp(name, "block"))
		return SHOW_BAD;
	return SHOW_WARN;
}

static enum show_color trust_color(const char *name)
{
	return strcmp(name, "verified") && strcmp(name, "known") ? SHOW_WARN :
		SHOW_GOOD;
}

/* --- pad, policy ------------------------------------------------------------ */

static void join(const json_t *array, char *buf, size_t size)
{
	size_t i, n = 0;
	json_t *v;

	buf[0] = 0;
	json_array_foreach((json_t *)array, i, v) {
		int k = snprintf(buf + n, size - n, "%s%s", i ? ", " : "",
				 json_string_value(v));

		if (k < 0 || (size_t)k >= size - n) {
			snprintf(buf + size - 5, 5, " ...");
			return;
		}
		n += k;
	}
}

int text_pad(FILE *f, const json_t *doc, bool colors)
{
	static const char *const heads[] = { "ENTRY", "MATCHES", "AUTH",
		"MAY CLAIM", "SEARCH BY", "HITS" };
	const json_t *list = sub(doc, "pad");
	char claims[512], keys[512];
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 6, heads);
	json_array_foreach((json_t *)list, i, e) {
		join(sub(e, "child"), claims, sizeof(claims));
		join(sub(e, "fingerprints"), keys, sizeof(keys));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "name"));
		table_add(&t, SHOW_PLAIN, "%s%s%s", *str(e, "id") ?
			  str(e, "id") : str(e, "match"), *keys ? " " : "", keys);
		table_add(&t, SHOW_PLAIN, "%s", str(e, "auth"));
		table_add(&t, SHOW_PLAIN, "%s", yes(e, "child_any") ?
			  "any address" : claims);
		table_add(&t, SHOW_PLAIN, "%s", str(e, "search"));
		table_add(&t, SHOW_PLAIN, "%" PRId64, (int64_t)num(e, "hits"));
	}
	return table_print(&t, f, colors, 0);
}

int text_policy(FILE *f, const json_t *doc, bool colors)
{
	static const char *const heads[] = { "ENTRY", "CLASS", "LOCAL", "REMOTE",
		"MODE", "OPEN TO", "HITS" };
	const json_t *list = sub(doc, "policy");
	char local[128], remote[128];
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 7, heads);
	json_array_foreach((json_t *)list, i, e) {
		const char *class_ = str(e, "class");
		bool ipsec = strcmp(class_, "clear") && strcmp(class_, "block");

		text_selector(sub(e, "local"), local, sizeof(local));
		text_selector(sub(e, "remote"), remote, sizeof(remote));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "name"));
		table_add(&t, class_color(class_), "%s", class_);
		table_add(&t, SHOW_PLAIN, "%s", local);
		table_add(&t, SHOW_PLAIN, "%s", remote);
		table_add(&t, SHOW_PLAIN, "%s", ipsec ? str(e, "mode") : "");
		if (!ipsec)
			table_add(&t, SHOW_PLAIN, "-");
		else if (*str(e, "peer_id"))
			table_add(&t, SHOW_PLAIN, "%s", str(e, "peer_id"));
		else if (*str(e, "peer_fingerprint"))
			table_add(&t, SHOW_PLAIN, "%s", str(e, "peer_fingerprint"));
		else
			table_add(&t, SHOW_PLAIN, "known peers%s%s",
				  yes(e, "btns_ok") ? ", BTNS" : "",
				  yes(e, "null_ok") ? ", NULL" : "");
		table_add(&t, SHOW_PLAIN, "%" PRId64, (int64_t)num(e, "hits"));
	}
	return table_print(&t, f, colors, 0);
}

/* --- sas, peers, latches ------------------------------------------------------ */

/* Whom to call it: a fingerprint, else what it says of itself. */
static const char *peer_name(const json_t *peer)
{
	const char *fp = str(peer, "fingerprint");

	return *fp ? fp : *str(peer, "text") ? str(peer, "text") : "-";
}

int text_sas(FILE *f, const json_t *doc, bool colors)
{
	static const char *const heads[] = { "SA", "LOCAL", "REMOTE", "SUITE",
		"PEER", "IN", "OUT", "AGE" };
	char local[128], remote[128], in[32], out[32], age[32];
	const json_t *list = sub(doc, "sas");
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 8, heads);
	json_array_foreach((json_t *)list, i, e) {
		text_selector(sub(e, "local_ts"), local, sizeof(local));
		text_selector(sub(e, "remote_ts"), remote, sizeof(remote));
		show_octets(num(e, "bytes_in"), in, sizeof(in));
		show_octets(num(e, "bytes_out"), out, sizeof(out));
		show_duration(num(e, "age"), age, sizeof(age));
		table_add(&t, SHOW_PLAIN, "%" PRId64, (int64_t)num(e, "number"));
		table_add(&t, SHOW_PLAIN, "%s", local);
		table_add(&t, SHOW_PLAIN, "%s", remote);
		table_add(&t, SHOW_PLAIN, "%s, %s%s", str(e, "mode"),
			  str(e, "suite"), json_is_object(sub(e, "encap")) ?
			  ", in UDP" : "");
		table_add(&t, trust_color(str(sub(e, "peer"), "trust")), "%s",
			  peer_name(sub(e, "peer")));
		table_add(&t, SHOW_PLAIN, "%s", in);
		table_add(&t, SHOW_PLAIN, "%s", out);
		table_add(&t, SHOW_PLAIN, "%s%s", age, yes(e, "standby") ?
			  " (standby)" : "");
	}
	return table_print(&t, f, colors, 0);
}

int text_peers(FILE *f, const json_t *doc, bool colors)
{
	static const char *const heads[] = { "KEY", "ID", "AUTH", "TRUST",
		"ADMITTED BY", "IKE" };
	const json_t *list = sub(doc, "peers");
	struct table t;
	json_t *e, *ike;
	size_t i, k;

	table_start(&t, 6, heads);
	json_array_foreach((json_t *)list, i, e) {
		char text[256] = "";
		size_t n = 0;

		json_array_foreach((json_t *)sub(e, "ike_sas"), k, ike) {
			const char *suite = str(ike, "suite");
			int w = snprintf(text + n, sizeof(text) - n, "%s%s %s%s%s",
					 n ? ", " : "", str(ike, "state"),
					 str(ike, "peer"), *suite ? " " : "", suite);

			if (w < 0 || (size_t)w >= sizeof(text) - n)
				break;
			n += w;
		}
		table_add(&t, SHOW_PLAIN, "%s", str(e, "fingerprint"));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "text"));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "auth"));
		table_add(&t, trust_color(str(e, "trust")), "%s", str(e, "trust"));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "pad_entry"));
		table_add(&t, SHOW_PLAIN, "%s", text);
	}
	return table_print(&t, f, colors, 0);
}

static enum show_color state_color(const char *state)
{
	if (!strcmp(state, "established"))
		return SHOW_GOOD;
	return strcmp(state, "broken") ? SHOW_WARN : SHOW_BAD;
}

static int latch_table(FILE *f, const json_t *list, bool colors, int indent)
{
	static const char *const heads[] = { "LATCH", "STATE", "CONNECTION",
		"PROTECTION", "PEER", "DROPS" };
	char local[80], peer[80], proto[24];
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 6, heads);
	json_array_foreach((json_t *)list, i, e) {
		const char *state = str(e, "state");
		json_int_t drops = num(e, "drops_in") + num(e, "drops_out");

		endpoint(sub(e, "local"), local, sizeof(local));
		endpoint(sub(e, "peer"), peer, sizeof(peer));
		table_add(&t, SHOW_PLAIN, "%" PRId64, (int64_t)num(e, "id"));
		table_add(&t, state_color(state), "%s%s%s", state,
			  *str(e, "broken") ? ": " : "", str(e, "broken"));
		table_add(&t, SHOW_PLAIN, "%s %s %s %s",
			  protocol_name(num(e, "protocol"), proto, sizeof(proto)),
			  local, yes(e, "passive") ? "<-" : "->", peer);
		table_add(&t, yes(e, "confidential") ? SHOW_PLAIN : SHOW_WARN,
			  "%s, %s%s", str(e, "mode"), str(e, "suite"),
			  yes(e, "confidential") ? "" : " (readable)");
		table_add(&t, trust_color(str(e, "trust")), "%s",
			  *str(e, "peer_fingerprint") ?
			  str(e, "peer_fingerprint") : "no key");
		table_add(&t, drops ? SHOW_BAD : SHOW_PLAIN, "%" PRId64 "%s%s",
			  (int64_t)drops, *str(e, "reason") ? " " : "",
			  str(e, "reason"));
	}
	return table_print(&t, f, colors, indent);
}

int text_latches(FILE *f, const json_t *doc, bool colors)
{
	return latch_table(f, sub(doc, "latches"), colors, 0);
}

/* --- stats --------------------------------------------------------------------- */

int text_stats(FILE *f, const json_t *doc, bool colors)
{
	static const char *const parts[] = { "kernel", "daemon" };
	static const char *const heads[] = { "COUNTER", "VALUE" };
	struct table t;
	unsigned int i;

	table_start(&t, 2, heads);
	for (i = 0; i < 2; i++) {
		const char *name;
		json_t *v;

		json_object_foreach((json_t *)sub(doc, parts[i]), name, v) {
			bool bad = strstr(name, "drop") || strstr(name, "full");

			if (!json_is_integer(v))
				continue;
			table_add(&t, SHOW_PLAIN, "%s.%s", parts[i], name);
			table_add(&t, bad && json_integer_value(v) ? SHOW_WARN :
				  SHOW_PLAIN, "%" PRId64,
				  (int64_t)json_integer_value(v));
		}
	}
	return table_print(&t, f, colors, 0);
}

/* --- status -------------------------------------------------------------------- */

static void who_am_i(FILE *f, const json_t *doc, bool colors)
{
	const json_t *module = sub(doc, "module"), *d = sub(doc, "daemon");
	const json_t *self = sub(doc, "self");
	char since[32], age[32];

	if (yes(module, "loaded"))
		fprintf(f, "module   loaded\n");
	else
		fprintf(f, "module   %snot loaded: nothing is protected%s "
			"(modprobe btns)\n", show_on(colors, SHOW_BAD),
			show_off(colors));
	if (yes(d, "running")) {
		show_time(num(d, "since"), since, sizeof(since));
		show_duration(num(d, "uptime"), age, sizeof(age));
		fprintf(f, "daemon   running for %s, since %s\n", age, since);
		if (*str(d, "configuration"))
			fprintf(f, "policy   %s, number %d\n",
				str(d, "configuration"),
				(int)num(d, "generation"));
	} else {
		fprintf(f, "daemon   %snot reachable%s: %s\n",
			show_on(colors, SHOW_BAD), show_off(colors),
			str(d, "error"));
	}
	if (*str(self, "fingerprint"))
		fprintf(f, "own key  %s%s%s%s%s\n", show_on(colors, SHOW_BOLD),
			str(self, "fingerprint"), show_off(colors),
			*str(self, "id") ? " as " : "", str(self, "id"));
}

static int unlatched_table(FILE *f, const json_t *list, bool colors)
{
	static const char *const heads[] = { "CONNECTION", "ENTRY", "WHY" };
	char local[80], peer[80], proto[24];
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 3, heads);
	json_array_foreach((json_t *)list, i, e) {
		endpoint(sub(e, "local"), local, sizeof(local));
		endpoint(sub(e, "peer"), peer, sizeof(peer));
		table_add(&t, SHOW_PLAIN, "%s %s - %s",
			  protocol_name(num(e, "protocol"), proto, sizeof(proto)),
			  local, peer);
		table_add(&t, SHOW_PLAIN, "%s", str(e, "policy"));
		table_add(&t, SHOW_WARN, "%s", str(e, "why"));
	}
	return table_print(&t, f, colors, 2);
}

static int holdoff_table(FILE *f, const json_t *list, bool colors)
{
	static const char *const heads[] = { "PEER", "ENTRY", "CLASS", "FAILURE",
		"AGAIN IN" };
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 5, heads);
	json_array_foreach((json_t *)list, i, e) {
		char left[32];

		show_duration((num(e, "expires_ms") + 999) / 1000, left,
			      sizeof(left));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "peer"));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "policy"));
		table_add(&t, class_color(str(e, "class")), "%s", str(e, "class"));
		table_add(&t, SHOW_WARN, "%s", str(e, "error"));
		table_add(&t, SHOW_PLAIN, "%s", left);
	}
	return table_print(&t, f, colors, 2);
}

static int acquire_table(FILE *f, const json_t *list, bool colors)
{
	static const char *const heads[] = { "PEER", "ENTRY", "CLASS", "FOR" };
	char local[80], peer[80], proto[24];
	struct table t;
	json_t *e;
	size_t i;

	table_start(&t, 4, heads);
	json_array_foreach((json_t *)list, i, e) {
		const json_t *flow = sub(e, "flow");

		endpoint(sub(flow, "local"), local, sizeof(local));
		endpoint(sub(flow, "peer"), peer, sizeof(peer));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "peer"));
		table_add(&t, SHOW_PLAIN, "%s", str(e, "policy"));
		table_add(&t, class_color(str(e, "class")), "%s", str(e, "class"));
		table_add(&t, SHOW_PLAIN, "%s %s -> %s",
			  protocol_name(num(flow, "protocol"), proto,
					sizeof(proto)), local, peer);
	}
	return table_print(&t, f, colors, 2);
}

/* A head with its count; an empty list is said in words. */
static bool section(FILE *f, const json_t *list, const char *title,
		    const char *none, bool colors)
{
	size_t n = json_array_size(list);

	if (!n) {
		if (none)
			fprintf(f, "\n%s\n", none);
		return false;
	}
	fprintf(f, "\n%s%s (%zu)%s\n", show_on(colors, SHOW_BOLD), title, n,
		show_off(colors));
	return true;
}

int text_status(FILE *f, const json_t *doc, bool colors)
{
	static const char *const heads[] = { "KEY", "ID", "TRUST", "ADDRESSES" };
	const json_t *list;
	struct table t;
	int ret = 0;
	json_t *e;
	size_t i;

	who_am_i(f, doc, colors);
	if (!yes(sub(doc, "module"), "loaded"))
		return 0;

	list = sub(doc, "peers");
	if (section(f, list, "Peers", "No peers.", colors)) {
		table_start(&t, 4, heads);
		json_array_foreach((json_t *)list, i, e) {
			char addrs[256];

			join(sub(e, "addresses"), addrs, sizeof(addrs));
			table_add(&t, SHOW_PLAIN, "%s", *str(e, "fingerprint") ?
				  str(e, "fingerprint") : "no key");
			table_add(&t, SHOW_PLAIN, "%s", str(e, "text"));
			table_add(&t, trust_color(str(e, "trust")), "%s",
				  str(e, "trust"));
			table_add(&t, SHOW_PLAIN, "%s", addrs);
		}
		ret |= table_print(&t, f, colors, 2);
	}
	list = sub(doc, "latches");
	if (section(f, list, "Protected connections", "No protected connections.",
		    colors))
		ret |= latch_table(f, list, colors, 2);
	list = sub(doc, "unlatched");
	if (section(f, list, "Connections without latch", "No connections without latch.",
		    colors))
		ret |= unlatched_table(f, list, colors);
	list = sub(doc, "acquires");
	if (section(f, list, "Waiting for key exchange", NULL, colors))
		ret |= acquire_table(f, list, colors);
	list = sub(doc, "holdoffs");
	if (section(f, list, "Negotiations that failed", NULL, colors))
		ret |= holdoff_table(f, list, colors);
	return ret;
}

/* --- monitor ------------------------------------------------------------------- */

int text_event(FILE *f, const json_t *event, bool colors)
{
	const char *kind = str(event, "event");
	char when[32], local[128] = "", remote[128] = "";
	const json_t *e;

	show_time((time_t)json_number_value(sub(event, "time")), when,
		  sizeof(when));
	fprintf(f, "%s %s%s%s", when, show_on(colors, SHOW_BOLD), kind,
		show_off(colors));
	e = sub(event, "latch");
	if (e) {
		endpoint(sub(e, "local"), local, sizeof(local));
		endpoint(sub(e, "peer"), remote, sizeof(remote));
		fprintf(f, " %" PRId64 " %s %s - %s %s %s", (int64_t)num(e, "id"),
			str(e, "state"), local, remote,
			str(e, "peer_fingerprint"), str(e, "reason"));
	}
	e = sub(event, "sa");
	if (e) {
		text_selector(sub(e, "local_ts"), local, sizeof(local));
		text_selector(sub(e, "remote_ts"), remote, sizeof(remote));
		fprintf(f, " %s %" PRId64 " %s - %s %s", str(event, "change"),
			(int64_t)num(e, "number"), local, remote,
			peer_name(sub(e, "peer")));
	}
	e = sub(event, "acquire");
	if (e) {
		endpoint(sub(sub(e, "flow"), "local"), local, sizeof(local));
		endpoint(sub(sub(e, "flow"), "peer"), remote, sizeof(remote));
		fprintf(f, " %" PRId64 " %s - %s by %s", (int64_t)num(e, "number"),
			local, remote, str(e, "policy"));
	}
	e = sub(event, "mapping");
	if (e)
		fprintf(f, " SA %" PRId64 " is at %s port %d",
			(int64_t)num(e, "sa"), str(e, "address"),
			(int)num(e, "port"));
	e = sub(event, "peer");
	if (e)
		fprintf(f, " %s %s %s%s%s%s: %s", str(event, "change"), str(e, "address"),
			str(e, "shown"), *str(e, "expected") ? " (" : "", str(e, "expected"),
			*str(e, "expected") ? ")" : "", str(e, "why"));
	if (sub(event, "generation"))
		fprintf(f, " generation %d", (int)num(event, "generation"));
	fputc('\n', f);
	return fflush(f) ? -1 : 0;
}
