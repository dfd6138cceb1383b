// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tools print alike. */
#include "show.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btns.h"

static bool is_zero(const unsigned char *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

void show_addr(unsigned int family, const void *addr, char buf[SHOW_ADDR])
{
	if (family != AF_INET && family != AF_INET6)
		strcpy(buf, "-");
	else
		inet_ntop(family, addr, buf, SHOW_ADDR);
}

void show_endpoint(unsigned int family, const void *addr, unsigned int port,
		   char buf[SHOW_ADDR])
{
	char a[SHOW_ADDR];

	show_addr(family, addr, a);
	snprintf(buf, SHOW_ADDR, family == AF_INET6 ? "[%.46s]:%u" : "%.46s:%u",
		 a, port & 0xffff);
}

void show_fingerprint(const unsigned char *fp, char *buf, size_t size)
{
	if (is_zero(fp, BTNS_FINGERPRINT_LEN))
		snprintf(buf, size, "-");
	else
		btns_fingerprint_text(fp, buf, size);
}

void show_duration(uint64_t s, char *buf, size_t size)
{
	if (s < 60)
		snprintf(buf, size, "%" PRIu64 " s", s);
	else if (s < 3600)
		snprintf(buf, size, "%" PRIu64 " min %" PRIu64 " s", s / 60,
			 s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
			 s / 60 % 60);
	else
		snprintf(buf, size, "%" PRIu64 " d %" PRIu64 " h", s / 86400,
			 s / 3600 % 24);
}

void show_time(time_t t, char *buf, size_t size)
{
	struct tm tm;

	if (!localtime_r(&t, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, size, "-");
}

void show_octets(uint64_t n, char *buf, size_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
	double v = (double)n / 1024;
	size_t i = 0;

	if (n < 1024) {
		snprintf(buf, size, "%" PRIu64 " B", n);
		return;
	}
	while (v >= 1024 && i + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1024;
		i++;
	}
	snprintf(buf, size, "%.1f %s", v, units[i]);
}

void show_safe(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; *text; text++) {
		unsigned char c = *text;

		if (c >= 0x20 && c != 0x7f) {
			if (n + 1 >= size)
				break;
			buf[n++] = c;
		} else {
			if (n + 4 >= size)
				break;
			n += sprintf(buf + n, "\\x%02x", c);
		}
	}
	if (size)
		buf[n] = 0;
}

bool show_colors(FILE *f)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no && *no) && term && strcmp(term, "dumb") &&
	       isatty(fileno(f));
}

const char *show_on(bool colors, enum show_color c)
{
	static const char *const codes[] = {
		[SHOW_PLAIN] = "",
		[SHOW_BOLD] = "\033[1m",
		[SHOW_GOOD] = "\033[32m",
		[SHOW_WARN] = "\033[33m",
		[SHOW_BAD] = "\033[31m",
	};

	return colors ? codes[c] : "";
}

const char *show_off(bool colors)
{
	return colors ? "\033[0m" : "";
}

json_t *show_json_addr(unsigned int family, const void *addr)
{
	char buf[SHOW_ADDR];

	if (family != AF_INET && family != AF_INET6)
		return json_null();
	show_addr(family, addr, buf);
	return json_string(buf);
}

json_t *show_json_endpoint(unsigned int family, const void *addr,
			   unsigned int port)
{
	return json_pack("{s:o, s:i}", "address", show_json_addr(family, addr),
			 "port", (int)(port & 0xffff));
}

json_t *show_json_fingerprint(const unsigned char *fp)
{
	char buf[BTNS_FINGERPRINT_TEXT];

	if (is_zero(fp, BTNS_FINGERPRINT_LEN))
		return json_null();
	btns_fingerprint_text(fp, buf, sizeof(buf));
	return json_string(buf);
}

json_t *show_json_hex(const void *p, size_t len)
{
	const unsigned char *octets = p;
	char *hex = malloc(2 * len + 1);
	json_t *j;
	size_t i;

	if (!hex)
		return NULL;
	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", octets[i]);
	hex[2 * len] = 0;
	j = json_string(hex);
	free(hex);
	return j;
}

static const char *reaction_name(unsigned int reaction)
{
	switch (reaction) {
	case BTNS_REACTION_CLOSE:
		return "close";
	case BTNS_REACTION_FAILOVER:
		return "failover";
	default:
		return "wait";
	}
}

json_t *show_json_latch(const struct btns_latch_info *l)
{
	char suite[64];

	if (l->state != BTNS_LATCH_ESTABLISHED && l->state != BTNS_LATCH_BROKEN &&
	    l->state != BTNS_LATCH_CLOSED)
		return json_pack("{s:s}", "state", btns_state_name(l->state));
	btns_suite_text(l->encr, l->encr_bits, l->integ, suite, sizeof(suite));
	return json_pack(
		"{s:s, s:I, s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:s,"
		" s:s?, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b,"
		" s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o}",
		"state", btns_state_name(l->state),
		"id", (json_int_t)l->id,
		"mode", btns_mode_name(l->mode),
		"suite", suite,
		"encr", l->encr, "encr_bits", l->encr_bits, "integ", l->integ,
		"peer_auth", btns_auth_name(l->peer_auth),
		"local_auth", btns_auth_name(l->local_auth),
		"trust", btns_trust_name(l->trust),
		"broken", l->broken ? btns_break_name(l->broken) : NULL,
		"reaction", reaction_name(l->reaction),
		"confidential", !!(l->flags & BTNS_LATCH_F_CONFIDENTIAL),
		"integrity", !!(l->flags & BTNS_LATCH_F_INTEGRITY),
		"replay_protection", !!(l->flags & BTNS_LATCH_F_REPLAY),
		"esn", !!(l->flags & BTNS_LATCH_F_ESN),
		"udp_encapsulated", !!(l->flags & BTNS_LATCH_F_ENCAP),
		"passive", !!(l->flags & BTNS_LATCH_F_PASSIVE),
		"flow", !!(l->flags & BTNS_LATCH_F_FLOW),
		"own", !!(l->flags & BTNS_LATCH_F_OWN),
		"local", show_json_endpoint(l->family, l->local,
					    ntohs(l->local_port)),
		"peer", show_json_endpoint(l->family, l->peer,
					   ntohs(l->peer_port)),
		"outer_local", show_json_addr(l->outer_family, l->outer_local),
		"outer_peer", show_json_addr(l->outer_family, l->outer_peer),
		"drops_in", (json_int_t)l->drops_in,
		"drops_out", (json_int_t)l->drops_out,
		"peer_fingerprint", show_json_fingerprint(l->peer_fingerprint),
		"local_fingerprint", show_json_fingerprint(l->local_fingerprint));
}

json_t *show_json_id(const struct btns_id_info *id, size_t len)
{
	char text[BTNS_ID_TEXT];
	char pad[sizeof(id->pad_entry) + 1] = "";
	char safe[4 * sizeof(pad)];

	if (btns_id_text(id, len, text, sizeof(text)))
		return json_null();
	memcpy(pad, id->pad_entry, sizeof(id->pad_entry));
	show_safe(pad, safe, sizeof(safe));
	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}",
			 "type", btns_id_type_name(id->type),
			 "text", text,
			 "data", show_json_hex(id->data, id->len),
			 "auth", btns_auth_name(id->auth),
			 "trust", btns_trust_name(id->trust),
			 "pad_entry", safe);
}
