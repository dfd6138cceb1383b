// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections without a latch, and why. */
#include "unlatched.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "../common/show.h"

/* /proc/net/tcp writes it for connected UDP sockets too. */
#define STATE_ESTABLISHED 1

struct conn {
	int family;
	unsigned char local[16], peer[16];
	unsigned int local_port, peer_port;
};

static size_t addr_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* Words of 32 bits, each in the byte order of this host. */
static bool parse_addr(const char *hex, unsigned char out[16])
{
	size_t words = strlen(hex) / 8, i;

	if ((words != 1 && words != 4) || strlen(hex) % 8)
		return false;
	for (i = 0; i < words; i++) {
		unsigned int v;
		uint32_t word;

		if (sscanf(hex + 8 * i, "%8x", &v) != 1)
			return false;
		word = v;
		memcpy(out + 4 * i, &word, 4);
	}
	return true;
}

static void unmap(struct conn *c)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(c->local, mapped, 12) || memcmp(c->peer, mapped, 12))
		return;
	memmove(c->local, c->local + 12, 4);
	memmove(c->peer, c->peer + 12, 4);
	c->family = AF_INET;
}

static bool parse_line(const char *line, struct conn *c)
{
	char local[33], peer[33];
	unsigned int state;

	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%4x %32[0-9A-Fa-f]:%4x %2x",
		   local, &c->local_port, peer, &c->peer_port, &state) != 5 ||
	    state != STATE_ESTABLISHED || strlen(local) != strlen(peer) ||
	    !parse_addr(local, c->local) || !parse_addr(peer, c->peer))
		return false;
	c->family = strlen(local) == 8 ? AF_INET : AF_INET6;
	if (c->family == AF_INET6)
		unmap(c);
	return true;
}

/* Within this host nothing is protected, and need not be. */
static bool is_local(const struct conn *c)
{
	return !memcmp(c->local, c->peer, addr_len(c->family)) ||
	       (c->family == AF_INET && c->peer[0] == 127);
}

bool unlatched_selector(const json_t *ts, int family, const void *addr,
			int protocol, int port)
{
	const char *text = json_string_value(json_object_get(ts, "addresses"));
	unsigned char want[16], end[16];
	char first[64];
	const char *sep;
	int bits, proto, i;

	if (!json_is_object(ts))
		return true;
	proto = json_integer_value(json_object_get(ts, "protocol"));
	if (proto && proto != protocol)
		return false;
	if (port < json_integer_value(json_object_get(ts, "port_start")) ||
	    port > json_integer_value(json_object_get(ts, "port_end")))
		return false;
	if (!text)
		return false;
	if (!strcmp(text, "any"))
		return true;
	sep = strpbrk(text, "/-");
	snprintf(first, sizeof(first), "%.*s", sep ? (int)(sep - text) :
		 (int)strlen(text), text);
	if (inet_pton(family, first, want) != 1)
		return false;
	if (sep && *sep == '-') {
		if (inet_pton(family, sep + 1, end) != 1)
			return false;
		return memcmp(addr, want, addr_len(family)) >= 0 &&
		       memcmp(addr, end, addr_len(family)) <= 0;
	}
	bits = addr_len(family) * 8;
	if (sep && (sscanf(sep + 1, "%d", &i) != 1 || i < 0 || i > bits))
		return false;
	if (sep)
		bits = i;
	for (i = 0; i < bits; i++) {
		const unsigned char *a = addr;

		if ((a[i / 8] ^ want[i / 8]) & (0x80 >> i % 8))
			return false;
	}
	return true;
}

static bool same_endpoint(const json_t *e, int family, const void *addr,
			  unsigned int port)
{
	const char *have = json_string_value(json_object_get(e, "address"));
	char text[SHOW_ADDR];

	show_addr(family, addr, text);
	return have && !strcmp(have, text) &&
	       json_integer_value(json_object_get(e, "port")) == port;
}

static bool latched(const json_t *latches, int protocol, const struct conn *c)
{
	json_t *l;
	size_t i;

	json_array_foreach((json_t *)latches, i, l) {
		if (json_integer_value(json_object_get(l, "protocol")) == protocol &&
		    same_endpoint(json_object_get(l, "local"), c->family,
				  c->local, c->local_port) &&
		    same_endpoint(json_object_get(l, "peer"), c->family,
				  c->peer, c->peer_port))
			return true;
	}
	return false;
}

static const json_t *governing(const json_t *policy, int protocol,
			       const struct conn *c)
{
	json_t *e;
	size_t i;

	json_array_foreach((json_t *)policy, i, e) {
		if (unlatched_selector(json_object_get(e, "local"), c->family,
				       c->local, protocol, c->local_port) &&
		    unlatched_selector(json_object_get(e, "remote"), c->family,
				       c->peer, protocol, c->peer_port))
			return e;
	}
	return NULL;
}

static const json_t *failure(const json_t *holdoffs, const struct conn *c)
{
	char peer[SHOW_ADDR];
	json_t *h;
	size_t i;

	show_addr(c->family, c->peer, peer);
	json_array_foreach((json_t *)holdoffs, i, h) {
		const char *p = json_string_value(json_object_get(h, "peer"));

		if (p && !strcmp(p, peer))
			return h;
	}
	return NULL;
}

static void reason(const json_t *entry, const json_t *holdoff, char *buf,
		   size_t size)
{
	const char *class_ = json_string_value(json_object_get(entry, "class"));
	const char *error;

	if (!entry) {
		snprintf(buf, size, "in clear: no policy entry covers it");
	} else if (!class_ || !strcmp(class_, "clear")) {
		snprintf(buf, size, "in clear: the entry says so");
	} else if (!strcmp(class_, "private") || !strcmp(class_, "block")) {
		snprintf(buf, size,
			 "not latched: older than the module, or automatic latching is off; the entry lets nothing pass in clear");
	} else if (holdoff) {
		error = json_string_value(json_object_get(holdoff, "error"));
		snprintf(buf, size,
			 "in clear: the negotiation failed (%s), next attempt in %" PRId64 " s",
			 error ? error : "?", ((int64_t)json_integer_value(
			 json_object_get(holdoff, "expires_ms")) + 999) / 1000);
	} else if (!strcmp(class_, "clear-or-private")) {
		snprintf(buf, size,
			 "in clear: the entry waits for the peer to ask for protection");
	} else {
		snprintf(buf, size,
			 "in clear: it began when the peer did not answer, or before the entry came");
	}
}

int unlatched_scan(FILE *proc, int protocol, const json_t *latches,
		   const json_t *policy, const json_t *holdoffs, json_t *list)
{
	char line[512], why[256];
	struct conn c;

	while (fgets(line, sizeof(line), proc)) {
		const json_t *entry;
		const char *name;
		json_t *e;

		if (!parse_line(line, &c) || is_local(&c) ||
		    latched(latches, protocol, &c))
			continue;
		entry = governing(policy, protocol, &c);
		name = json_string_value(json_object_get(entry, "name"));
		reason(entry, failure(holdoffs, &c), why, sizeof(why));
		e = json_pack("{s:i, s:o, s:o, s:s?, s:s?, s:s}",
			      "protocol", protocol,
			      "local", show_json_endpoint(c.family, c.local,
							  c.local_port),
			      "peer", show_json_endpoint(c.family, c.peer,
							 c.peer_port),
			      "policy", name, "class", entry ? json_string_value(
			      json_object_get(entry, "class")) : NULL,
			      "why", why);
		if (!e || json_array_append_new(list, e))
			return -1;
	}
	return 0;
}
