// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-nc: what is known about the connection, on stderr. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "../common/show.h"
#include "nc.h"

void nc_error(const struct nc_options *o, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (o->json) {
		json_t *j = json_pack("{s:s, s:s}", "event", "error", "message",
				      text);

		if (j)
			json_dumpf(j, stderr, JSON_COMPACT);
		fputc('\n', stderr);
		json_decref(j);
	} else {
		fprintf(stderr, "btns-nc: %s\n", text);
	}
	fflush(stderr);
}

/* A v4-mapped address shows as IPv4. */
static void split(const struct sockaddr_storage *s, unsigned int *family,
		  const void **addr, unsigned int *port)
{
	const struct sockaddr_in6 *six = (const void *)s;
	const struct sockaddr_in *four = (const void *)s;

	*family = s->ss_family;
	if (s->ss_family == AF_INET6) {
		*port = ntohs(six->sin6_port);
		*addr = &six->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
			*family = AF_INET;
			*addr = six->sin6_addr.s6_addr + 12;
		}
	} else {
		*port = ntohs(four->sin_port);
		*addr = &four->sin_addr;
	}
}

static json_t *json_sockaddr(const struct sockaddr_storage *s)
{
	unsigned int family, port;
	const void *addr;

	split(s, &family, &addr, &port);
	return show_json_endpoint(family, addr, port);
}

static void text_sockaddr(const struct sockaddr_storage *s, char *buf)
{
	unsigned int family, port;
	const void *addr;

	split(s, &family, &addr, &port);
	show_endpoint(family, addr, port, buf);
}

struct facts {
	char binding[BTNS_BINDING_TEXT];
	int binding_error;
	bool one_way;
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} id;
	size_t id_len;
	unsigned char key[BTNS_SPKI_MAX];
	size_t key_len;
	char explanation[BTNS_EXPLAIN_TEXT];
};

static void learn(const struct nc_options *o, const struct nc_conn *c,
		  struct facts *f)
{
	unsigned char binding[BTNS_BINDING_MAX];
	size_t len = sizeof(binding);
	unsigned int flags = 0;

	if (!btns_binding_wait(c->fd, o->binding, o->hash, binding, &len, &flags,
			       o->binding == BTNS_BINDING_UNIQUE ? o->wait_ms : 0)) {
		btns_binding_text(binding, len, f->binding, sizeof(f->binding));
		f->one_way = flags & BTNS_BINDING_F_ONE_WAY;
	} else {
		f->binding_error = errno;
	}
	f->id_len = sizeof(f->id);
	if (btns_peer_id(c->fd, &f->id.info, &f->id_len))
		f->id_len = 0;
	f->key_len = sizeof(f->key);
	if (btns_peer_key(c->fd, f->key, &f->key_len))
		f->key_len = 0;
	btns_explain(c->fd, f->explanation, sizeof(f->explanation));
}

static void report_json(const struct nc_conn *c,
			const struct btns_latch_info *l, const struct facts *f)
{
	json_t *j = json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s}",
		"event", "connection",
		"protocol", c->udp ? "udp" : "tcp",
		"role", c->server ? "server" : "client",
		"local", json_sockaddr(&c->local),
		"peer", json_sockaddr(&c->peer),
		"latch", show_json_latch(l),
		"peer_id", f->id_len ? show_json_id(&f->id.info, f->id_len) :
			json_null(),
		"peer_key", f->key_len ? show_json_hex(f->key, f->key_len) :
			json_null(),
		"binding", f->binding[0] ? json_string(f->binding) : json_null(),
		"binding_error", f->binding_error ?
			json_string(btns_strerror(f->binding_error)) :
			json_null(),
		"binding_one_way", f->one_way,
		"explanation", f->explanation);

	if (j && !c->server)
		json_object_set_new(j, "connect_ms", json_real(c->connect_ms));
	if (j)
		json_dumpf(j, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(j);
}

static void report_text(const struct nc_conn *c,
			const struct btns_latch_info *l, const struct facts *f)
{
	bool good = l->state == BTNS_LATCH_ESTABLISHED;
	bool colors = show_colors(stderr);
	char local[SHOW_ADDR], peer[SHOW_ADDR], suite[64];
	char fp[BTNS_FINGERPRINT_TEXT], id[BTNS_ID_TEXT];

	text_sockaddr(&c->local, local);
	text_sockaddr(&c->peer, peer);
	fprintf(stderr, "btns-nc: %s %s, %s is here\n",
		c->server ? "connection from" : "connected to", peer, local);
	fprintf(stderr, "latch:    %s%s%s", show_on(colors, good ? SHOW_GOOD :
		SHOW_BAD), btns_state_name(l->state), show_off(colors));
	if (!good) {
		fprintf(stderr, " (%s)\n", f->explanation);
		return;
	}
	btns_suite_text(l->encr, l->encr_bits, l->integ, suite, sizeof(suite));
	fprintf(stderr, ", ESP %s mode, %s\n", btns_mode_name(l->mode), suite);
	show_fingerprint(l->peer_fingerprint, fp, sizeof(fp));
	fprintf(stderr, "peer key: %s (%s, %s)\n", fp,
		btns_auth_name(l->peer_auth), btns_trust_name(l->trust));
	if (f->id_len && !btns_id_text(&f->id.info, f->id_len, id, sizeof(id)))
		fprintf(stderr, "peer id:  %s\n", id);
	show_fingerprint(l->local_fingerprint, fp, sizeof(fp));
	fprintf(stderr, "own key:  %s\n", fp);
	if (f->binding[0])
		fprintf(stderr, "binding:  %s%s\n", f->binding,
			f->one_way ? " (one way)" : "");
	else
		fprintf(stderr, "binding:  none: %s\n",
			btns_strerror(f->binding_error));
}

void nc_report(const struct nc_options *o, const struct nc_conn *c,
	       const struct btns_latch_info *latch)
{
	struct facts *f;

	if (o->quiet)
		return;
	f = calloc(1, sizeof(*f));
	if (!f)
		return;
	learn(o, c, f);
	if (o->json)
		report_json(c, latch, f);
	else
		report_text(c, latch, f);
	fflush(stderr);
	free(f);
}

void nc_report_end(const struct nc_options *o, const struct nc_conn *c,
		   const char *error)
{
	json_t *j;

	if (!o->json || o->quiet)
		return;
	j = json_pack("{s:s, s:I, s:I, s:s?}", "event", "end",
		      "sent", (json_int_t)c->sent,
		      "received", (json_int_t)c->received, "error", error);
	if (j)
		json_dumpf(j, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(j);
}
