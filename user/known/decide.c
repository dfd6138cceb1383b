// SPDX-License-Identifier: GPL-2.0-or-later
/* What a person says about a key. */
#include <errno.h>
#include <string.h>

#include "bond.h"

static int set_state(struct known *k, const uint8_t *fp, enum known_state state)
{
	int r = store_run(k, NULL, NULL, "UPDATE peer SET state = ? WHERE fingerprint = ?",
			  "if", (int64_t)state, fp);

	return r ?: sqlite3_changes(k->db) ? 0 : -ENOENT;
}

static int verify(struct known *k, const uint8_t *fp, int64_t now)
{
	int r = set_state(k, fp, KNOWN_VERIFIED) ?: bond_pardon(k, fp);

	/* an IKE ID has one owner; at an address there may be several hosts */
	r = r ?: store_run(k, NULL, NULL,
		"DELETE FROM name WHERE space = 0 AND fingerprint <> ?1 AND name IN"
		" (SELECT name FROM name WHERE space = 0 AND fingerprint = ?1 AND claim)",
		"f", fp);
	return r ?: store_run(k, NULL, NULL,
		"UPDATE name SET claim = 0, last = ? WHERE fingerprint = ? AND claim", "if",
		now, fp);
}

int known_verify(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], int64_t now)
{
	return store_begin(k) ?: store_scrub(k, store_end(k, verify(k, fp, now)));
}

/* Its names are free: the right key may come. */
static int refuse(struct known *k, const uint8_t *fp)
{
	int r = set_state(k, fp, KNOWN_REFUSED);

	r = r ?: store_run(k, NULL, NULL, "DELETE FROM bond WHERE fingerprint = ?", "f", fp);
	return r ?: store_run(k, NULL, NULL, "UPDATE name SET claim = 1 WHERE fingerprint = ?",
			      "f", fp);
}

int known_refuse(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], int64_t now)
{
	struct known_peer p = { .state = KNOWN_REFUSED, .first = now };
	int r = store_begin(k);

	if (r)
		return r;
	r = refuse(k, fp);
	/* a key can be refused before it was ever seen */
	if (r == -ENOENT) {
		memcpy(p.fingerprint, fp, sizeof(p.fingerprint));
		strcpy(p.origin, "administrator");
		r = store_room(k, KNOWN_REFUSED) ?: store_put(k, &p);
	}
	return store_scrub(k, store_end(k, r));
}

int known_forget(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN])
{
	int r = store_run(k, NULL, NULL, "DELETE FROM peer WHERE fingerprint = ?", "f", fp);

	return store_scrub(k, r ?: sqlite3_changes(k->db) ? 0 : -ENOENT);
}

int known_set_contact(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN],
		      const uint8_t *text, size_t len)
{
	char plain[KNOWN_TEXT_MAX + 1];
	int r;

	known_plain(text, len, plain, sizeof(plain));
	r = store_run(k, NULL, NULL, "UPDATE peer SET contact = ?1 WHERE fingerprint = ?2"
		      " AND contact <> ?1", "sf", plain, fp);
	return r;
}
