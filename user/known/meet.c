// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer has proved that it holds a key.  Names make the decision: its IKE ID, if it has
 * one, and its address.  The first key that a name was seen with holds it; another one
 * that comes under that name is the warning that SSH gives.
 */
#include <errno.h>
#include <string.h>

#include "bond.h"
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

/* Does one of them follow the other? */
static bool kin(const struct known_peer *a, const struct known_peer *b)
{
	return (a->has_parent && same(a->parent, b->fingerprint)) ||
	       (b->has_parent && same(b->parent, a->fingerprint));
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
	if (r->me && (same(r->me->fingerprint, p.fingerprint) || kin(r->me, &p)))
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

/*
 * Whoever shows a known key must know what was agreed with it; a thief of the key does
 * not.  1: refused.
 */
static int untied(struct known *k, const struct known_contact *c, const struct known_peer *p,
		  struct known_answer *a)
{
	struct known_peer owner;
	bool tied = false;
	int r;

	if (c->bond == KNOWN_BOND_OFF || c->proof == KNOWN_PROOF_UNASKED)
		return 0;
	if (c->proof == KNOWN_PROOF_GIVEN) {
		r = bond_owner(k, c->secret, c->now, &owner);
		if (r < 0)
			return r;
		tied = r && (same(owner.fingerprint, p->fingerprint) || kin(&owner, p));
	}
	if (tied)
		return bond_proved(k, c->secret, c->now) ?:
		       bond_move(k, owner.fingerprint, p->fingerprint);
	r = bond_expected(k, p->fingerprint, c->now);
	if (r <= 0)
		return r;
	a->untied = true;
	if (c->bond == KNOWN_BOND_REFUSE)
		a->verdict = KNOWN_UNTIED;
	r = bond_broken(k, p->fingerprint, a->verdict == KNOWN_UNTIED ||
			c->proof == KNOWN_PROOF_FOREIGN, c->now);
	/* both ends begin anew; a peer that agrees on nothing cannot */
	if (!r && c->bond == KNOWN_BOND_WARN && c->proof != KNOWN_PROOF_FOREIGN)
		r = bond_wipe(k, p->fingerprint);
	return r ?: c->bond == KNOWN_BOND_REFUSE;
}

/* A new key comes with the secret of a known one.  1: that is *owner. */
static int tied(struct known *k, const struct known_contact *c, struct known_peer *owner)
{
	struct known_peer heir;
	int r;

	if (c->bond == KNOWN_BOND_OFF || c->proof != KNOWN_PROOF_GIVEN)
		return 0;
	r = bond_owner(k, c->secret, c->now, owner);
	if (r <= 0 || (owner->state != KNOWN_LEAP && owner->state != KNOWN_VERIFIED))
		return r < 0 ? r : 0;
	r = succeed_retired(k, owner, c->now, &heir);
	return r < 0 ? r : !r;
}

/* It takes the place of the old one at once, with all its names. */
static int inherit(struct known *k, const struct known_contact *c, struct known_peer *p,
		   bool there, struct known_answer *a)
{
	const uint8_t *old = p->parent;
	int r = there ? 0 : store_room(k, KNOWN_LEAP);

	a->verdict = KNOWN_WELCOME_TIED;
	p->state = KNOWN_LEAP;
	p->first = p->announced = 0;
	p->contacts = 0;
	strcpy(p->origin, "same secret");
	r = r ?: note(k, c, p, there, false);
	r = r ?: store_run(k, NULL, NULL, "INSERT OR IGNORE INTO name SELECT space, name, ?1,"
			   " kind, 0, first, last FROM name WHERE fingerprint = ?2"
			   " AND NOT claim", "ff", p->fingerprint, old);
	r = r ?: store_run(k, NULL, NULL, "UPDATE name SET claim = 1 WHERE fingerprint = ?",
			   "f", old);
	/* the overlap of the old key with the one before it, if any, is over, too */
	r = r ?: store_run(k, NULL, NULL, "UPDATE peer SET announced = 0 WHERE fingerprint = ?",
			   "f", old);
	return r ?: bond_proved(k, c->secret, c->now) ?: bond_move(k, old, p->fingerprint);
}

static int meet(struct known *k, const struct known_contact *c, struct known_answer *a)
{
	struct known_peer p, heir, owner;
	bool rival = false, there, follows = false;
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
	if (!there || p.state == KNOWN_NEW) {
		r = tied(k, c, &owner);
		if (r < 0)
			return r;
		follows = r;
	}
	if (follows) {
		memset(&heir, 0, sizeof(heir));
		if (there)
			heir = p;
		memcpy(heir.fingerprint, c->fingerprint, sizeof(heir.fingerprint));
		heir.has_parent = true;
		memcpy(heir.parent, owner.fingerprint, sizeof(heir.parent));
	}
	for (i = 0; i < c->n_names && !rival; i++) {
		r = held(k, c, follows ? &owner : there && p.state != KNOWN_NEW ? &p : NULL,
			 &c->names[i], &a->holder);
		if (r < 0)
			return r;
		rival = r;
		if (rival)
			a->name = c->names[i];
	}
	if (follows && !rival) {
		a->holder = owner;
		return inherit(k, c, &heir, there, a);
	}
	if (!there || p.state == KNOWN_NEW)
		return stranger(k, c, &p, there, rival, a);
	if (rival) {
		a->verdict = KNOWN_CHANGED;
		return note(k, c, &p, true, true);
	}
	r = untied(k, c, &p, a);
	if (r)
		return r < 0 ? r : 0;
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
	if (r) {
		a->verdict = KNOWN_FAILED;
		a->untied = false;
	}
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
