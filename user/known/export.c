// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text form, one key a line, as known_hosts is one:
 *
 *	fqdn:host.example,192.0.2.1 verified SHA256:... origin
 *
 * "-" for a key without names, "nat:ADDRESS" where it sits behind a NAT, "#" for comments.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../libbtns/btns.h"
#include "store.h"

static const char *const states[KNOWN_STATES] = { "new", "leap-of-faith", "verified",
						  "refused" };

const char *known_state_name(enum known_state s)
{
	return s < KNOWN_STATES ? states[s] : "unknown";
}

bool known_state_parse(const char *text, enum known_state *s)
{
	unsigned int i;

	for (i = 0; i < KNOWN_STATES; i++) {
		if (!strcmp(text, states[i])) {
			*s = (enum known_state)i;
			return true;
		}
	}
	return false;
}

struct export {
	struct known *k;
	FILE *f;
	unsigned int names;
	int r;
};

static void export_name(void *arg, const struct known_holding *h)
{
	struct export *e = arg;

	if (!h->claim)
		fprintf(e->f, "%s%s%s", e->names++ ? "," : "",
			h->kind == KNOWN_NAT ? "nat:" : "", h->name);
}

static void export_peer(void *arg, const struct known_peer *p)
{
	struct export *e = arg;
	char fp[BTNS_FINGERPRINT_TEXT];

	e->names = 0;
	e->r = e->r ?: known_each_name(e->k, p->fingerprint, export_name, e);
	if (!e->names)
		fputc('-', e->f);
	btns_fingerprint_text(p->fingerprint, fp, sizeof(fp));
	fprintf(e->f, " %s %s %s\n", states[p->state], fp, p->origin);
}

int known_export(struct known *k, FILE *f)
{
	struct export e = { .k = k, .f = f };
	int r = known_each(k, export_peer, &e);

	return r ?: e.r ?: ferror(f) ? -EIO : 0;
}

static bool is_address(const char *text)
{
	unsigned char buf[16];
	char copy[KNOWN_NAME_MAX + 1];

	strcpy(copy, text);
	copy[strcspn(copy, "%")] = 0;
	return inet_pton(AF_INET, text, buf) == 1 || inet_pton(AF_INET6, copy, buf) == 1;
}

static const char *take_names(char *text, struct known_line *l)
{
	char *save, *p;

	if (!strcmp(text, "-"))
		return NULL;
	for (p = strtok_r(text, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		struct known_name *n = &l->names[l->n_names];
		bool nat = !strncmp(p, "nat:", 4);

		if (l->n_names == KNOWN_NAMES)
			return "too many names: 4 at most";
		if (nat)
			p += 4;
		if (strlen(p) > KNOWN_NAME_MAX)
			return "a name is too long";
		strcpy(n->text, p);
		n->kind = nat ? KNOWN_NAT : is_address(p) ? KNOWN_ADDRESS : KNOWN_ID;
		if (n->kind != KNOWN_ADDRESS && (nat ? !is_address(p) : !strchr(p, ':')))
			return "a name is neither an address nor an ID as fqdn:NAME";
		l->n_names++;
	}
	return l->n_names ? NULL : "no name; - for none";
}

const char *known_line_parse(const char *line, struct known_line *l)
{
	char copy[KNOWN_NAMES * (KNOWN_NAME_MAX + 8) + 256], *field[4] = { }, *p = copy;
	unsigned int i;
	size_t n = strcspn(line, "\r\n");

	memset(l, 0, sizeof(*l));
	line += strspn(line, " \t");
	if (!*line || *line == '#' || *line == '\n' || *line == '\r')
		return NULL;
	if (n >= sizeof(copy))
		return "too long";
	n = strcspn(line, "\r\n");
	memcpy(copy, line, n);
	copy[n] = 0;
	for (i = 0; i < n; i++)
		if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = ' ';
	for (i = 0; i < 4 && *p; i++) {
		field[i] = p;
		if (i == 3)
			break;
		p += strcspn(p, " ");
		if (*p)
			*p++ = 0;
		p += strspn(p, " ");
	}
	if (!field[2])
		return "needs names, state and fingerprint";
	if (!known_state_parse(field[1], &l->peer.state))
		return "the state is new, leap-of-faith, verified or refused";
	if (btns_fingerprint_parse(field[2], l->peer.fingerprint))
		return "not a fingerprint";
	snprintf(l->peer.origin, sizeof(l->peer.origin), "import");
	l->peer.contacts = 1;
	return take_names(field[0], l);
}

static int import(struct known *k, const struct known_line *l, int64_t now)
{
	const bool claim = l->peer.state == KNOWN_NEW || l->peer.state == KNOWN_REFUSED;
	struct known_peer p = l->peer, old;
	unsigned int i;
	int64_t n;
	int r = known_find(k, p.fingerprint, &old);

	if (r && r != -ENOENT)
		return r;
	if (!r) {
		old.state = p.state;
		p = old;
	} else {
		p.first = p.last = now;
		r = store_room(k, p.state);
	}
	r = r ?: store_put(k, &p);
	for (i = 0; !r && i < l->n_names; i++) {
		const struct known_name *name = &l->names[i];

		r = store_number(k, &n, "SELECT count(*) FROM name WHERE space = 0 AND"
				 " name = ? AND fingerprint <> ? AND NOT claim", "sf",
				 name->text, p.fingerprint);
		if (!r && !claim && name->kind == KNOWN_ID && n) {
			snprintf(k->why, sizeof(k->why), "another key holds %s", name->text);
			return -EEXIST;
		}
		r = r ?: store_run(k, NULL, NULL,
			"INSERT INTO name VALUES (?1,?2,?3,?4,?5,?6,?6) ON CONFLICT"
			" (space, name, fingerprint) DO UPDATE SET kind = ?4, claim = ?5",
			"isfiii", (int64_t)SPACE_OF(name->kind), name->text, p.fingerprint,
			(int64_t)name->kind, (int64_t)claim, now);
	}
	return r;
}

int known_import(struct known *k, const struct known_line *l, int64_t now)
{
	return store_begin(k) ?: store_end(k, import(k, l, now));
}
