/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the store. */
#ifndef BTNS_KNOWN_STORE_H
#define BTNS_KNOWN_STORE_H

#include <sqlite3.h>

#include "known.h"

struct known {
	sqlite3 *db;
	unsigned int limit;
	char why[KNOWN_WHY_MAX];
};

/*
 * Run one statement: format letters say what the arguments are (i: int64_t, s: const
 * char *, b: const void * and size_t, f: fingerprint).  Rows go to fn, which may be NULL.
 * 0 or -EIO.
 */
int store_run(struct known *k, void (*fn)(void *arg, sqlite3_stmt *row), void *arg,
	      const char *sql, const char *format, ...);
/* One number; -EIO, -ENOENT: no row. */
int store_number(struct known *k, int64_t *n, const char *sql, const char *format, ...);
int store_begin(struct known *k);
/* Commit if result is 0, else take all back; returns the result. */
int store_end(struct known *k, int result);
/* After a transaction that deleted secrets; returns the result. */
int store_scrub(struct known *k, int result);
int store_fail(struct known *k, const char *what);

#define PEER_COLUMNS	"p.fingerprint, p.spki, p.state, p.first, p.last, p.contacts, " \
			"p.origin, p.contact, p.parent, p.announced"
void store_peer(sqlite3_stmt *row, struct known_peer *p);
int store_put(struct known *k, const struct known_peer *p);
/* Room for one more key of that state; -ENOSPC: all that are there are worth more. */
int store_room(struct known *k, enum known_state state);

/* Addresses with and without NAT are one space. */
#define SPACE_OF(kind)	((kind) == KNOWN_ID ? 0 : 1)

#endif /* BTNS_KNOWN_STORE_H */
