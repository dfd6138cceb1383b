// SPDX-License-Identifier: GPL-2.0-or-later
/* Control socket: known peers.  The documents are described in btnsd(8). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "btns.h"
#include "ike/crypto.h"
#include "peers_control.h"

static json_t *error_of(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

static struct known *store_of(const struct btnsd *d)
{
	return d->peers ? d->peers->store : NULL;
}

static json_t *no_store(const struct btnsd *d)
{
	return error_of(d->peers && *d->peers->why ? d->peers->why :
			"no PAD entry has the option known: nothing is remembered");
}

static json_t *failed(const struct btnsd *d, int err)
{
	return error_of(err == -ENOENT ? "no such key is known" : known_why(store_of(d)));
}

/* --- one key ------------------------------------------------------------------------ */

static void add_name(void *arg, const struct known_holding *h)
{
	static const char *const kinds[] = { "id", "address", "nat" };

	json_array_append_new(arg, json_pack("{s:s, s:s, s:b, s:I, s:I}",
		"kind", kinds[h->kind <= KNOWN_NAT ? h->kind : 0], "name", h->name,
		"held", !h->claim, "first", (json_int_t)h->first, "last", (json_int_t)h->last));
}

/* A time, or null. */
static json_t *when(int64_t t)
{
	return t ? json_integer(t) : json_null();
}

/* What is known of the secret that sessions with that key leave, or null. */
static json_t *bond_of(struct known *k, const struct known_peer *p)
{
	struct known_tie t;

	if (known_tie(k, p->fingerprint, time(NULL), &t) || (!t.agreed && !t.breaks))
		return json_null();
	return json_pack("{s:b, s:o, s:I, s:o}", "held", t.held, "agreed", when(t.agreed),
			 "untied", (json_int_t)t.breaks, "last_untied", when(t.broken));
}

static json_t *document(struct known *k, const struct known_peer *p)
{
	char fp[BTNS_FINGERPRINT_TEXT], parent[BTNS_FINGERPRINT_TEXT] = "";
	char words[KNOWN_WORDS_TEXT];
	json_t *names = json_array();

	btns_fingerprint_text(p->fingerprint, fp, sizeof(fp));
	if (p->has_parent)
		btns_fingerprint_text(p->parent, parent, sizeof(parent));
	known_words(p->fingerprint, words);
	if (names)
		known_each_name(k, p->fingerprint, add_name, names);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:s, s:s, s:s?, s:o, s:o, s:o}",
		"fingerprint", fp, "words", words, "state", known_state_name(p->state),
		"trust", btns_trust_name(known_trust(k, p->fingerprint)),
		"contacts", (json_int_t)p->contacts, "first", when(p->first),
		"last", when(p->last), "origin", p->origin, "contact", p->contact,
		"successor_of", *parent ? parent : NULL, "announced", when(p->announced),
		"names", names, "bond", bond_of(k, p));
}

/* Copies: the store is asked again while a key's document is made. */
struct keys {
	struct known_peer *list;
	size_t n, room;
	bool failed;
};

static void collect(void *arg, const struct known_peer *p)
{
	struct keys *k = arg;
	struct known_peer *more;

	if (k->n == k->room) {
		more = reallocarray(k->list, k->room ? 2 * k->room : 16, sizeof(*more));
		if (!more) {
			k->failed = true;
			return;
		}
		k->list = more;
		k->room = k->room ? 2 * k->room : 16;
	}
	k->list[k->n++] = *p;
}

json_t *peers_do_list(struct btnsd *d, const json_t *q)
{
	struct known *k = store_of(d);
	json_t *list = json_array();
	struct keys keys = { };
	size_t i;
	int r;

	if (!k || !list) {
		json_decref(list);
		return k ? NULL : no_store(d);
	}
	r = known_each(k, collect, &keys);
	for (i = 0; !r && i < keys.n; i++)
		if (json_array_append_new(list, document(k, &keys.list[i])))
			keys.failed = true;
	free(keys.list);
	if (!r && !keys.failed)
		return json_pack("{s:o}", "known", list);
	json_decref(list);
	return r ? failed(d, r) : NULL;
}

json_t *peers_holding(struct btnsd *d, const struct ike_addr *a)
{
	struct known *k = store_of(d);
	json_t *list = json_array();
	struct known_name name;
	struct keys keys = { };
	size_t i;

	peers_address_name(a, false, &name);
	if (k && list)
		known_each_holder(k, name.kind, name.text, collect, &keys);
	for (i = 0; i < keys.n; i++)
		json_array_append_new(list, document(k, &keys.list[i]));
	free(keys.list);
	return list;
}

/* --- which key ------------------------------------------------------------------------ */

struct search {
	struct known *k;
	const char *name;
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];
	bool here;
	unsigned int n;
};

static void match_name(void *arg, const struct known_holding *h)
{
	struct search *s = arg;

	s->here |= !strcmp(h->name, s->name);
}

/* A fingerprint, its words, "self", or a name that only one key has.  NULL: found. */
static json_t *which(struct btnsd *d, const json_t *q, uint8_t fp[BTNS_FINGERPRINT_LEN])
{
	const char *text = json_string_value(json_object_get(q, "peer"));
	struct search s = { .k = store_of(d), .name = text };
	struct keys keys = { };
	struct chunk key;
	size_t i;

	if (!text)
		return error_of("peer is missing: a fingerprint, its words, an ID or an address");
	if (!strcmp(text, "self")) {
		key.p = ike_spki(d->ike, &key.len);
		crypto_sha256(fp, &key, 1);
		return NULL;
	}
	if (!btns_fingerprint_parse(text, fp) || !known_words_parse(text, fp))
		return NULL;
	if (!s.k)
		return no_store(d);
	if (known_each(s.k, collect, &keys)) {
		free(keys.list);
		return failed(d, -EIO);
	}
	for (i = 0; i < keys.n; i++) {
		s.here = false;
		known_each_name(s.k, keys.list[i].fingerprint, match_name, &s);
		if (!s.here)
			continue;
		memcpy(fp, keys.list[i].fingerprint, BTNS_FINGERPRINT_LEN);
		s.n++;
	}
	free(keys.list);
	return s.n == 1 ? NULL :
	       error_of(s.n ? "several keys came under that name: give the fingerprint" :
			"no key came under that name, and it is no fingerprint");
}

json_t *peers_do_show(struct btnsd *d, const json_t *q)
{
	uint8_t fp[BTNS_FINGERPRINT_LEN];
	char text[BTNS_FINGERPRINT_TEXT], words[KNOWN_WORDS_TEXT];
	struct known_peer *p;
	json_t *a = which(d, q, fp);
	struct chunk key;
	uint8_t own[32];
	int r;

	if (a)
		return a;
	key.p = ike_spki(d->ike, &key.len);
	crypto_sha256(own, &key, 1);
	if (!memcmp(own, fp, sizeof(own))) {
		btns_fingerprint_text(fp, text, sizeof(text));
		known_words(fp, words);
		return json_pack("{s:{s:s, s:s, s:s}}", "peer", "fingerprint", text,
				 "words", words, "state", "self");
	}
	if (!store_of(d))
		return no_store(d);
	p = malloc(sizeof(*p));
	r = p ? known_find(store_of(d), fp, p) : -ENOMEM;
	if (!r)
		a = json_pack("{s:o}", "peer", document(store_of(d), p));
	free(p);
	return r ? failed(d, r) : a;
}

/* --- decisions --------------------------------------------------------------------------- */

enum decision { TRUST, UNTRUST, FORGET };

static json_t *decide(struct btnsd *d, const json_t *q, enum decision what)
{
	static const char *const verbs[] = { "trusted", "refused", "forgotten" };
	uint8_t fp[BTNS_FINGERPRINT_LEN];
	char text[BTNS_FINGERPRINT_TEXT];
	struct known *k = store_of(d);
	json_t *a = which(d, q, fp);
	int r;

	if (a)
		return a;
	if (!k)
		return no_store(d);
	r = what == TRUST ? known_verify(k, fp, time(NULL)) :
	    what == UNTRUST ? known_refuse(k, fp, time(NULL)) : known_forget(k, fp);
	if (r)
		return failed(d, r);
	btns_fingerprint_text(fp, text, sizeof(text));
	log_notice("known peers: %s is %s by the administrator", text, verbs[what]);
	peers_apply(d, fp, what == UNTRUST);
	return json_pack("{s:b, s:s}", "ok", 1, "fingerprint", text);
}

json_t *peers_do_trust(struct btnsd *d, const json_t *q)
{
	return decide(d, q, TRUST);
}

json_t *peers_do_untrust(struct btnsd *d, const json_t *q)
{
	return decide(d, q, UNTRUST);
}

json_t *peers_do_forget(struct btnsd *d, const json_t *q)
{
	return decide(d, q, FORGET);
}

/* --- import and export ---------------------------------------------------------------------- */

json_t *peers_do_export(struct btnsd *d, const json_t *q)
{
	struct known *k = store_of(d);
	char *text = NULL;
	size_t len = 0;
	json_t *a;
	FILE *f;
	int r;

	if (!k)
		return no_store(d);
	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	r = known_export(k, f);
	if (fclose(f))
		r = -ENOMEM;
	a = r ? NULL : json_pack("{s:s}", "text", text);
	free(text);
	return r == -EIO ? failed(d, r) : a;
}

json_t *peers_do_import(struct btnsd *d, const json_t *q)
{
	const char *line = json_string_value(json_object_get(q, "line")), *why;
	struct known *k = store_of(d);
	struct known_line *l;
	json_t *a = NULL;
	int r;

	if (!k)
		return no_store(d);
	if (!line)
		return error_of("line is missing");
	l = malloc(sizeof(*l));
	if (!l)
		return NULL;
	why = known_line_parse(line, l);
	if (!why && *l->peer.origin) {
		r = known_import(k, l, time(NULL));
		if (r)
			a = failed(d, r);
		else
			peers_apply(d, l->peer.fingerprint, l->peer.state == KNOWN_REFUSED);
	}
	free(l);
	return why ? error_of(why) : a ?: json_pack("{s:b}", "ok", 1);
}
