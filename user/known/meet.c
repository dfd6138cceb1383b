// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer has proved that it holds a key.  Names make the decision: its IKE ID, if it has
 * one, and its address.  The first key that a name was seen with holds it; another one
 * that comes under that name is the warning that SSH gives.
 */
#include <errno.h>
#include <string.h>

#include "store.h"
#include "succeed.h"

/* A peer that comes often is not written down each time, seconds. */
#define WRITE_EVERY	3600
#define WRITE_ATTEMPTS	10

struct rival {
	const struct known_contact *c;
	struct known_peer *me, *holder;
	int64_t now;
	bool mine, found;
};

static bool same(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, BTNS_FINGERPRINT_LEN);
}

/* Row: PEER_COLUMNS, kind, last contact under that name. */
static void look(void *arg, sqlite3_stmt *row)
{
	struct rival *r = arg;
	enum known_kind kind = (enum known_kind)sqlite3_column_int(row, 10);
	struct known_peer p;

	store_peer(row, &p);
	if (same(p.fingerprint, r->c->fingerprint)) {
		r->mine = true;
		return;
	}
	/* behind a NAT there are others: nobody holds its address */
	if (kind == KNOWN_NAT)
		return;
	if (kind == KNOWN_ADDRESS &&
	    r->now - sqlite3_column_int64(row, 11) > KNOWN_ADDRESS_LIFE)
		return;
	/* of those that follow each other both are good for a while */
	if (r->me && ((r->me->has_parent && same(r->me->parent, p.fingerprint)) ||
		      (p.has_parent && same(p.parent, r->me->fingerprint))))
		return;
	if (!r->found)
		*r->holder = p;
	r->found = true;
}

/* 1: another key holds the name, 0: not, or a negative errno. */
static int held(struct known *k, const struct known_contact *c, struct known_peer *me,
		const struct known_name *n, struct known_peer *holder)
{
	struct rival r = { .c = c, .me = me, .holder = holder, .now = c->now };
	int err = store_run(k, look, &r, "SELECT " PEER_COLUMNS ", n.kind, n.last"
			    " FROM name n JOIN peer p USING (fingerprint)"
			    " WHERE n.space = ? AND n.name = ? AND NOT n.claim"
			    " ORDER BY n.last DESC", "is",
			    (int64_t)SPACE_OF(n->kind), n->text);

	return err ?: r.found && !r.mine;
}

static int put_name(struct known *k, const struct known_contact *c,
		    const struct known_name *n, bool claim)
{
	return store_run(k, NULL, NULL,
		"INSERT INTO name VALUES (?1,?2,?3,?4,?5,?6,?6)"
		" ON CONFLICT (space, name, fingerprint) DO UPDATE SET last = ?6,"
		" kind = ?4, claim = min(claim, ?5)", "isfiii",
		(int64_t)SPACE_OF(n->kind), n->text, c->fingerprint, (int64_t)n->kind,
		(int64_t)claim, c->now);
}

/* A key that comes from everywhere, or under any ID, keeps those of late. */
static int trim(struct known *k, const uint8_t *fp, int64_t space)
{
	return store_run(k, NULL, NULL,
		"DELETE FROM name WHERE fingerprint = ?1 AND space = ?2 AND name NOT IN"
		" (SELECT name FROM name WHERE fingerprint = ?1 AND space = ?2"
		" ORDER BY claim, last DESC LIMIT ?3)", "fii", fp, space,
		(int64_t)KNOWN_LIMIT_NAMES);
}

/* Write the contact down; claims: the names belong to others. */
static int note(struct known *k, const struct known_contact *c, struct known_peer *p,
		bool there, bool claims)
{
	bool again = there && p->last && c->now - p->last < WRITE_EVERY && p->contacts > 1;
	unsigned int i;
	int64_t n;
	int r = 0;

	for (i = 0; !r && again && i < c->n_names; i++) {
		r = store_number(k, &n, "SELECT claim FROM name WHERE space = ? AND name = ?"
				 " AND fingerprint = ?", "isf",
				 (int64_t)SPACE_OF(c->names[i].kind), c->names[i].text,
				 c->fingerprint);
		again = !r;
		if (r == -ENOENT)
			r = 0;
	}
	if (r || (again && p->spki_len))
		return r;
	if (!p->first)
		p->first = c->now;
	p->last = c->now;
	p->contacts++;
	if (!p->spki_len && c->spki_len <= sizeof(p->spki)) {
		memcpy(p->spki, c->spki, c->spki_len);
		p->spki_len = c->spki_len;
	}
	r = store_put(k, p);
	for (i = 0; !r && i < c->n_names; i++)
		r = put_name(k, c, &c->names[i], claims);
	return r ?: trim(k, c->fingerprint, 0) ?: trim(k, c->fingerprint, 1);
}

static int stranger(struct known *k, const struct known_contact *c, struct known_peer *p,
		    bool there, bool rival, struct known_answer *a)
{
	const bool leap = !rival && c->mode == KNOWN_ACCEPT_NEW;
	int r = 0;

	a->verdict = leap ? KNOWN_WELCOME_FIRST : rival ? KNOWN_CHANGED :
		     c->mode == KNOWN_ASK ? KNOWN_PENDING : KNOWN_UNKNOWN;
	if (!there) {
		memset(p, 0, sizeof(*p));
		memcpy(p->fingerprint, c->fingerprint, sizeof(p->fingerprint));
		strcpy(p->origin, "first contact");
		r = store_room(k, leap ? KNOWN_LEAP : KNOWN_NEW);
	} else if (!leap && c->now - p->last < WRITE_ATTEMPTS) {
		return 0;
	}
	p->state = leap ? KNOWN_LEAP : KNOWN_NEW;
	/* attempts before the leap are no contacts, and an heir in doubt is a stranger */
	p->contacts = 0;
	if (leap)
		p->has_parent = false;
	return r ?: note(k, c, p, there, !leap);
}

static int meet(struct known *k, const struct known_contact *c, struct known_answer *a)
{
	struct known_peer p;
	bool rival = false, there;
	unsigned int i;
	int r = known_find(k, c->fingerprint, &p);

	there = !r;
	if (r && r != -ENOENT)
		return r;
	if (there && p.state == KNOWN_REFUSED) {
		a->verdict = KNOWN_UNTRUSTED;
		return note(k, c, &p, true, true);
	}
	if (there && p.state != KNOWN_NEW) {
		r = succeed_retired(k, &p, c->now, &a->holder);
		if (r < 0)
			return r;
		if (r) {
			a->verdict = KNOWN_CHANGED;
			return 0;
		}
	}
	for (i = 0; i < c->n_names && !rival; i++) {
		r = held(k, c, there && p.state != KNOWN_NEW ? &p : NULL, &c->names[i],
			 &a->holder);
		if (r < 0)
			return r;
		rival = r;
		if (rival)
			a->name = c->names[i];
	}
	if (!there || p.state == KNOWN_NEW)
		return stranger(k, c, &p, there, rival, a);
	if (rival) {
		a->verdict = KNOWN_CHANGED;
		return note(k, c, &p, true, true);
	}
	r = note(k, c, &p, true, false);
	a->verdict = p.state == KNOWN_VERIFIED ? KNOWN_WELCOME_VERIFIED :
		     p.contacts < 2 && !p.has_parent ? KNOWN_WELCOME_FIRST :
		     KNOWN_WELCOME_BACK;
	return r;
}

bool known_meet(struct known *k, const struct known_contact *c, struct known_answer *a)
{
	int r;

	memset(a, 0, sizeof(*a));
	r = store_begin(k);
	if (!r)
		r = store_end(k, meet(k, c, a));
	/* a decision that could not be kept is none */
	if (r)
		a->verdict = KNOWN_FAILED;
	return a->verdict <= KNOWN_WELCOME_VERIFIED;
}

uint8_t known_trust(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN])
{
	struct known_peer p;

	if (known_find(k, fp, &p))
		return BTNS_TRUST_UNVERIFIED;
	if (p.state == KNOWN_VERIFIED)
		return BTNS_TRUST_VERIFIED;
	return p.state == KNOWN_LEAP && (p.contacts > 1 || p.has_parent) ?
		BTNS_TRUST_KNOWN : BTNS_TRUST_UNVERIFIED;
}
