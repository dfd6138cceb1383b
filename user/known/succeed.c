// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys that follow other keys.  Whoever holds a key may name the next one, and so may a
 * thief: the first announcement stands, a second one puts both in doubt.
 */
#include <errno.h>
#include <string.h>

#include "store.h"
#include "succeed.h"

struct heir {
	struct known_peer *p;
	bool found;
};

static void take(void *arg, sqlite3_stmt *row)
{
	struct heir *h = arg;

	if (!h->found)
		store_peer(row, h->p);
	h->found = true;
}

int succeed_retired(struct known *k, const struct known_peer *p, int64_t now,
		    struct known_peer *successor)
{
	struct heir h = { .p = successor };
	int r = store_run(k, take, &h, "SELECT " PEER_COLUMNS " FROM peer p WHERE p.parent = ?"
			  " AND p.state IN (1, 2) AND p.first > 0"
			  " AND (p.announced = 0 OR p.first < ?)", "fi",
			  p->fingerprint, now - KNOWN_OVERLAP);

	return r ?: h.found;
}

/* Who else was announced by that key. */
static int other_heir(struct known *k, const uint8_t *old, const uint8_t *heir,
		      struct known_peer *p)
{
	struct heir h = { .p = p };
	int r = store_run(k, take, &h, "SELECT " PEER_COLUMNS " FROM peer p WHERE p.parent = ?"
			  " AND p.fingerprint <> ? AND p.state <> 3", "ff", old, heir);

	return r ?: h.found;
}

static int announce(struct known *k, const uint8_t old[BTNS_FINGERPRINT_LEN],
		    const struct known_peer *heir, int64_t now, enum known_heir *result)
{
	struct known_peer p, fresh, rival;
	int r = known_find(k, old, &p);

	if (r && r != -ENOENT)
		return r;
	*result = KNOWN_HEIR_STRANGER;
	if (r || p.state == KNOWN_NEW || p.state == KNOWN_REFUSED)
		return 0;
	r = succeed_retired(k, &p, now, &rival);
	if (r < 0)
		return r;
	r = r ?: other_heir(k, old, heir->fingerprint, &rival);
	if (r < 0)
		return r;
	if (r) {
		*result = KNOWN_HEIR_RIVAL;
		/* either may be the thief's: a person decides, unless one has or it is old */
		r = store_run(k, NULL, NULL, "UPDATE peer SET state = 0 WHERE parent = ?"
			      " AND state = 1 AND announced > ?", "fi", old,
			      now - KNOWN_OVERLAP);
		return r ?: store_run(k, NULL, NULL, "UPDATE name SET claim = 1 WHERE"
				      " fingerprint IN (SELECT fingerprint FROM peer"
				      " WHERE parent = ? AND state = 0)", "f", old);
	}
	r = known_find(k, heir->fingerprint, &fresh);
	if (r && r != -ENOENT)
		return r;
	if (!r && fresh.has_parent && !memcmp(fresh.parent, old, sizeof(fresh.parent))) {
		*result = fresh.state == KNOWN_LEAP || fresh.state == KNOWN_VERIFIED ?
			KNOWN_HEIR_KEPT : KNOWN_HEIR_RIVAL;
		return 0;
	}
	if (!r && fresh.state != KNOWN_NEW) {
		*result = KNOWN_HEIR_TAKEN;
		return 0;
	}
	if (r)
		r = store_room(k, KNOWN_LEAP);
	fresh = *heir;
	fresh.state = KNOWN_LEAP;
	fresh.first = fresh.last = 0;
	fresh.contacts = 0;
	fresh.has_parent = true;
	memcpy(fresh.parent, old, sizeof(fresh.parent));
	fresh.announced = now;
	strcpy(fresh.origin, "announced");
	*result = KNOWN_HEIR_NEW;
	return r ?: store_put(k, &fresh);
}

int known_announce(struct known *k, const uint8_t old[BTNS_FINGERPRINT_LEN],
		   const struct known_peer *heir, int64_t now, enum known_heir *result)
{
	int r = store_begin(k);

	return r ?: store_end(k, announce(k, old, heir, now, result));
}
