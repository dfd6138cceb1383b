// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that sessions with a peer left: whoever has the peer's key, but not the last of
 * them, is not the peer, or the peer has lost its memory; whoever has it comes with
 * another key, but is the peer.
 *
 * One of them is agreed.  Those that were offered and not answered may be the other end's
 * by now; those that were replaced are good for messages under way, and no longer.
 */
#include <errno.h>
#include <string.h>

#include "bond.h"

/* In column state. */
enum { OFFERED, AGREED, REPLACED };

#define OFFERS	8		/* without answer, the last ones */
#define WRITE_BREAKS	10	/* seconds */

/* The keys that are one peer with ?1: what it followed, and what followed it. */
#define FAMILY	"(fingerprint = ?1" \
		" OR fingerprint IN (SELECT fingerprint FROM peer WHERE parent = ?1)" \
		" OR fingerprint IN (SELECT parent FROM peer WHERE fingerprint = ?1))"
#define ALIVE	"(dies = 0 OR dies > ?2)"

int bond_expected(struct known *k, const uint8_t *fp, int64_t now)
{
	int64_t n;
	int r = store_number(k, &n, "SELECT count(*) FROM bond WHERE state = 1 AND " ALIVE
			     " AND " FAMILY, "fi", fp, now);

	return r ?: n > 0;
}

struct owner {
	struct known_peer *p;
	bool found;
};

static void take_owner(void *arg, sqlite3_stmt *row)
{
	struct owner *o = arg;

	store_peer(row, o->p);
	o->found = true;
}

int bond_owner(struct known *k, const uint8_t *secret, int64_t now, struct known_peer *owner)
{
	struct owner o = { .p = owner };
	int r = store_run(k, take_owner, &o, "SELECT " PEER_COLUMNS
			  " FROM bond b JOIN peer p USING (fingerprint)"
			  " WHERE b.secret = ?1 AND " ALIVE, "bi", secret,
			  (size_t)KNOWN_BOND_LEN, now);

	return r ?: o.found;
}

int bond_wipe(struct known *k, const uint8_t *fp)
{
	return store_run(k, NULL, NULL, "DELETE FROM bond WHERE " FAMILY, "f", fp);
}

int bond_move(struct known *k, const uint8_t *from, const uint8_t *to)
{
	int r;

	if (!memcmp(from, to, BTNS_FINGERPRINT_LEN))
		return 0;
	r = store_run(k, NULL, NULL, "DELETE FROM bond WHERE fingerprint = ?", "f", to);
	r = r ?: store_run(k, NULL, NULL, "UPDATE bond SET fingerprint = ?1"
			   " WHERE fingerprint = ?2", "ff", to, from);
	r = r ?: store_run(k, NULL, NULL, "INSERT OR REPLACE INTO bond_of SELECT ?1, agreed,"
			   " broken, breaks, open FROM bond_of WHERE fingerprint = ?2", "ff", to, from);
	return r ?: store_run(k, NULL, NULL, "DELETE FROM bond_of WHERE fingerprint = ?", "f",
			      from);
}

int bond_broken(struct known *k, const uint8_t *fp, bool open, int64_t now)
{
	/* whoever tries again and again is not written down each time */
	return store_run(k, NULL, NULL, "INSERT INTO bond_of VALUES (?1, 0, ?2, 1, ?3)"
			 " ON CONFLICT (fingerprint) DO UPDATE SET broken = ?2,"
			 " breaks = breaks + 1, open = ?3"
			 " WHERE abs(?2 - broken) >= ?4 OR open <> ?3", "fiii", fp, now,
			 (int64_t)open, (int64_t)WRITE_BREAKS);
}

int bond_pardon(struct known *k, const uint8_t *fp)
{
	int r = store_run(k, NULL, NULL, "DELETE FROM bond WHERE EXISTS (SELECT 1 FROM bond_of"
			  " WHERE fingerprint = ?1 AND open) AND " FAMILY, "f", fp);

	return r ?: store_run(k, NULL, NULL, "UPDATE bond_of SET open = 0"
			      " WHERE fingerprint = ?", "f", fp);
}

/* That one is agreed now: lower ones are over, all others if the peer gave the number. */
static int agree(struct known *k, const uint8_t *fp, int64_t number, bool all, int64_t now)
{
	int r = store_run(k, NULL, NULL, "UPDATE bond SET state = 2, dies = ?4"
			  " WHERE fingerprint = ?1 AND dies = 0 AND"
			  " (number < ?2 OR (?3 AND number <> ?2))", "fiii", fp, number,
			  (int64_t)all, now + KNOWN_BOND_GRACE);

	r = r ?: store_run(k, NULL, NULL, "UPDATE bond SET state = 1, dies = 0"
			   " WHERE fingerprint = ? AND number = ?", "fi", fp, number);
	r = r ?: store_run(k, NULL, NULL, "DELETE FROM bond WHERE fingerprint = ?1"
			   " AND dies > 0 AND dies <= ?2", "fi", fp, now);
	return r ?: store_run(k, NULL, NULL, "INSERT INTO bond_of VALUES (?1, ?2, 0, 0, 0)"
			      " ON CONFLICT (fingerprint) DO UPDATE SET agreed = ?2, open = 0",
			      "fi", fp, now);
}

int bond_proved(struct known *k, const uint8_t *secret, int64_t now)
{
	struct known_peer p;
	int64_t number;
	int r = bond_owner(k, secret, now, &p);

	if (r <= 0)
		return r;
	r = store_run(k, NULL, NULL, "UPDATE bond_of SET open = 0 WHERE fingerprint = ?"
		      " AND open", "f", p.fingerprint);
	if (r)
		return r;
	/* its answer was lost, but it has it */
	r = store_number(k, &number, "SELECT number FROM bond WHERE fingerprint = ? AND"
			 " secret = ? AND state = 0", "fb", p.fingerprint, secret,
			 (size_t)KNOWN_BOND_LEN);
	return r == -ENOENT ? 0 : r ?: agree(k, p.fingerprint, number, false, now);
}

static int put(struct known *k, const uint8_t *fp, int64_t number, const uint8_t *secret,
	       int64_t state)
{
	return store_run(k, NULL, NULL, "INSERT OR REPLACE INTO bond VALUES (?, ?, ?, ?, 0)",
			 "fibi", fp, number, secret, (size_t)KNOWN_BOND_LEN, state);
}

static int offer(struct known *k, const uint8_t *fp, uint32_t *number, const uint8_t *secret)
{
	int64_t last;
	int r = store_number(k, &last, "SELECT ifnull(max(number), 0) FROM bond"
			     " WHERE fingerprint = ?", "f", fp);

	if (r)
		return r;
	if (last >= UINT32_MAX)
		return -ERANGE;
	*number = (uint32_t)(last + 1);
	r = put(k, fp, last + 1, secret, OFFERED);
	return r ?: store_run(k, NULL, NULL, "DELETE FROM bond WHERE fingerprint = ?1 AND"
			      " state = 0 AND number <= ?2", "fi", fp, last + 1 - OFFERS);
}

static int take(struct known *k, const uint8_t *fp, uint32_t number, const uint8_t *secret,
		int64_t now)
{
	int64_t last;
	int r = store_number(k, &last, "SELECT ifnull(max(number), 0) FROM bond"
			     " WHERE fingerprint = ? AND state > 0", "f", fp);

	if (!r && number <= last)
		return -ESTALE;
	return r ?: put(k, fp, number, secret, AGREED) ?: agree(k, fp, number, true, now);
}

static int agreed(struct known *k, const uint8_t *fp, uint32_t number, const uint8_t *secret,
		  int64_t now)
{
	int64_t n;
	int r = store_number(k, &n, "SELECT number FROM bond WHERE fingerprint = ? AND"
			     " number = ? AND secret = ? AND state = 0", "fib", fp,
			     (int64_t)number, secret, (size_t)KNOWN_BOND_LEN);

	return r ?: agree(k, fp, number, false, now);
}

static int step(struct known *k, const uint8_t *fp, enum known_bond_step what,
		uint32_t *number, const uint8_t *secret, int64_t now)
{
	struct known_peer p;
	int r = known_find(k, fp, &p);

	if (r)
		return r;
	if (p.state != KNOWN_LEAP && p.state != KNOWN_VERIFIED)
		return -EACCES;
	return what == KNOWN_BOND_OFFER ? offer(k, fp, number, secret) :
	       what == KNOWN_BOND_TAKE ? take(k, fp, *number, secret, now) :
	       agreed(k, fp, *number, secret, now);
}

int known_bond(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN],
	       enum known_bond_step what, uint32_t *number,
	       const uint8_t secret[KNOWN_BOND_LEN], int64_t now)
{
	int r = store_begin(k);

	return r ?: store_end(k, step(k, fp, what, number, secret, now));
}

/* --- which the peer may know ---------------------------------------------------------------- */

struct finding {
	uint8_t (*secret)[KNOWN_BOND_LEN];
	unsigned int n, max;
};

static void collect(void *arg, sqlite3_stmt *row)
{
	struct finding *f = arg;
	const void *p = sqlite3_column_blob(row, 0);

	if (f->n < f->max && p && sqlite3_column_bytes(row, 0) == KNOWN_BOND_LEN)
		memcpy(f->secret[f->n++], p, KNOWN_BOND_LEN);
}

unsigned int known_bonds_of(struct known *k, const struct known_contact *c,
			    uint8_t (*secret)[KNOWN_BOND_LEN], unsigned int max)
{
	struct finding f = { .secret = secret, .max = max };
	const char *id = "", *address = "";
	unsigned int i;

	for (i = 0; i < c->n_names; i++)
		*(c->names[i].kind == KNOWN_ID ? &id : &address) = c->names[i].text;
	if (store_run(k, collect, &f, "SELECT secret FROM bond WHERE " ALIVE " AND (" FAMILY
		      " OR fingerprint IN (SELECT fingerprint FROM name WHERE NOT claim AND"
		      " ((space = 0 AND name = ?3) OR (space = 1 AND name = ?4))))"
		      " ORDER BY fingerprint <> ?1, state <> 1, number DESC LIMIT ?5",
		      "fissi", c->fingerprint, c->now, id, address, (int64_t)max))
		return 0;
	return f.n;
}

unsigned int known_bonds_at(struct known *k, const char *address, int64_t now,
			    uint8_t (*secret)[KNOWN_BOND_LEN], unsigned int max)
{
	struct finding f = { .secret = secret, .max = max };

	if (store_run(k, collect, &f, "SELECT b.secret FROM bond b JOIN peer p USING (fingerprint)"
		      " LEFT JOIN name n ON n.fingerprint = b.fingerprint AND n.space = 1"
		      " AND n.name = ?1 WHERE " ALIVE " ORDER BY n.name IS NULL, p.last DESC,"
		      " b.state <> 1, b.number DESC LIMIT ?3", "sii", address, now, (int64_t)max))
		return 0;
	return f.n;
}

/* --- for a person ------------------------------------------------------------------------ */

static void take_tie(void *arg, sqlite3_stmt *row)
{
	struct known_tie *t = arg;

	t->agreed = sqlite3_column_int64(row, 0);
	t->broken = sqlite3_column_int64(row, 1);
	t->breaks = (uint64_t)sqlite3_column_int64(row, 2);
}

int known_tie(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], int64_t now,
	      struct known_tie *t)
{
	int64_t n;
	int r;

	memset(t, 0, sizeof(*t));
	r = store_number(k, &n, "SELECT count(*) FROM bond WHERE fingerprint = ?1 AND state = 1"
			 " AND " ALIVE, "fi", fp, now);
	t->held = n > 0;
	return r ?: store_run(k, take_tie, t, "SELECT agreed, broken, breaks FROM bond_of"
			      " WHERE fingerprint = ?", "f", fp);
}
