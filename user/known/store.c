// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The database of known peers.  SQLite in WAL mode, synced at each commit, locked for
 * this process: after a crash at any point each change is there or it is not.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store.h"

#define APPLICATION	0x62746e73	/* "btns" */
#define VERSION		2
#define XSTR(x)		#x
#define STR(x)		XSTR(x)

static const char schema[] =
	"CREATE TABLE peer ("
	" fingerprint BLOB PRIMARY KEY CHECK (length(fingerprint) = 32),"
	" spki BLOB NOT NULL,"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
	" first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" contacts INTEGER NOT NULL,"
	" origin TEXT NOT NULL, contact TEXT NOT NULL,"
	" parent BLOB, announced INTEGER NOT NULL"
	") WITHOUT ROWID;"
	"CREATE TABLE name ("
	" space INTEGER NOT NULL, name TEXT NOT NULL,"
	" fingerprint BLOB NOT NULL REFERENCES peer ON DELETE CASCADE,"
	" kind INTEGER NOT NULL, claim INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" PRIMARY KEY (space, name, fingerprint)"
	") WITHOUT ROWID;"
	"CREATE INDEX name_of ON name (fingerprint);"
	"CREATE INDEX peer_state ON peer (state, contacts, last);"
	"CREATE INDEX peer_parent ON peer (parent);"
	"PRAGMA application_id = " STR(APPLICATION) ";";

/* Version 1 had no secrets. */
static const char bonds[] =
	"CREATE TABLE bond ("
	" fingerprint BLOB NOT NULL REFERENCES peer ON DELETE CASCADE,"
	" number INTEGER NOT NULL,"
	" secret BLOB NOT NULL CHECK (length(secret) = 32),"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
	" dies INTEGER NOT NULL,"
	" PRIMARY KEY (fingerprint, number)"
	") WITHOUT ROWID;"
	"CREATE INDEX bond_secret ON bond (secret);"
	"CREATE TABLE bond_of ("
	" fingerprint BLOB PRIMARY KEY REFERENCES peer ON DELETE CASCADE,"
	" agreed INTEGER NOT NULL, broken INTEGER NOT NULL, breaks INTEGER NOT NULL,"
	" open INTEGER NOT NULL"
	") WITHOUT ROWID;"
	"PRAGMA user_version = " STR(VERSION) ";";

int store_fail(struct known *k, const char *what)
{
	snprintf(k->why, sizeof(k->why), "the database of known peers: %s: %s", what,
		 sqlite3_errmsg(k->db));
	return -EIO;
}

const char *known_why(const struct known *k)
{
	return k->why;
}

static void bind_all(sqlite3_stmt *st, const char *format, va_list ap)
{
	const void *p;
	int i;

	for (i = 1; *format; format++, i++) {
		switch (*format) {
		case 'i':
			sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 's':
			sqlite3_bind_text(st, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
			break;
		case 'b':
			p = va_arg(ap, const void *);
			sqlite3_bind_blob64(st, i, p, va_arg(ap, size_t), SQLITE_STATIC);
			break;
		case 'f':
			p = va_arg(ap, const void *);
			if (p)
				sqlite3_bind_blob(st, i, p, BTNS_FINGERPRINT_LEN,
						  SQLITE_STATIC);
			break;
		}
	}
}

static int run(struct known *k, void (*fn)(void *arg, sqlite3_stmt *row), void *arg,
	       const char *sql, const char *format, va_list ap)
{
	sqlite3_stmt *st;
	int r;

	if (sqlite3_prepare_v2(k->db, sql, -1, &st, NULL))
		return store_fail(k, "prepare");
	bind_all(st, format, ap);
	while ((r = sqlite3_step(st)) == SQLITE_ROW)
		if (fn)
			fn(arg, st);
	r = r == SQLITE_DONE ? 0 : store_fail(k, "step");
	sqlite3_finalize(st);
	return r;
}

int store_run(struct known *k, void (*fn)(void *arg, sqlite3_stmt *row), void *arg,
	      const char *sql, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = run(k, fn, arg, sql, format, ap);
	va_end(ap);
	return r;
}

struct number {
	int64_t n;
	bool there;
};

static void take_number(void *arg, sqlite3_stmt *row)
{
	struct number *n = arg;

	n->n = sqlite3_column_int64(row, 0);
	n->there = true;
}

int store_number(struct known *k, int64_t *n, const char *sql, const char *format, ...)
{
	struct number got = { };
	va_list ap;
	int r;

	va_start(ap, format);
	r = run(k, take_number, &got, sql, format, ap);
	va_end(ap);
	*n = got.n;
	return r ?: got.there ? 0 : -ENOENT;
}

/* What was deleted shall not stand in the log, either. */
int store_scrub(struct known *k, int result)
{
	if (!result)
		sqlite3_exec(k->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	return result;
}

int store_begin(struct known *k)
{
	return store_run(k, NULL, NULL, "BEGIN IMMEDIATE", "");
}

int store_end(struct known *k, int result)
{
	if (!result)
		result = store_run(k, NULL, NULL, "COMMIT", "");
	/* SQLite may have rolled back itself: then there is nothing to take back */
	if (result && !sqlite3_get_autocommit(k->db))
		sqlite3_exec(k->db, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

/* --- life ----------------------------------------------------------------------------- */

static void first_word(void *arg, sqlite3_stmt *row)
{
	char *word = arg;

	if (!*word)
		snprintf(word, 64, "%s", (const char *)sqlite3_column_text(row, 0) ?: "");
}

static int check(struct known *k)
{
	int64_t app, version, tables;
	char word[64] = "";

	if (store_number(k, &app, "PRAGMA application_id", "") ||
	    store_number(k, &version, "PRAGMA user_version", "") ||
	    store_number(k, &tables, "SELECT count(*) FROM sqlite_schema", ""))
		return -EIO;
	if (!app && !version && !tables) {
		if (sqlite3_exec(k->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ||
		    sqlite3_exec(k->db, schema, NULL, NULL, NULL) ||
		    sqlite3_exec(k->db, bonds, NULL, NULL, NULL))
			return store_end(k, store_fail(k, "create"));
		return store_end(k, 0);
	}
	if (app == APPLICATION && version == 1) {
		if (sqlite3_exec(k->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ||
		    sqlite3_exec(k->db, bonds, NULL, NULL, NULL))
			return store_end(k, store_fail(k, "upgrade"));
		version = VERSION;
		if (store_end(k, 0))
			return -EIO;
	}
	if (app != APPLICATION || version != VERSION) {
		snprintf(k->why, sizeof(k->why), "%s", app != APPLICATION ?
			 "the file is not a database of known peers" :
			 "the database of known peers is of another version");
		return -EIO;
	}
	if (store_run(k, first_word, word, "PRAGMA quick_check(1)", ""))
		return -EIO;
	if (strcmp(word, "ok")) {
		snprintf(k->why, sizeof(k->why), "the database of known peers is damaged: %s",
			 word);
		return -EIO;
	}
	return 0;
}

struct known *known_open(const char *file, unsigned int limit, char why[KNOWN_WHY_MAX])
{
	struct known *k = calloc(1, sizeof(*k));
	mode_t mask = umask(0077);
	int r;

	if (!k) {
		umask(mask);
		snprintf(why, KNOWN_WHY_MAX, "out of memory");
		return NULL;
	}
	k->limit = limit ?: KNOWN_LIMIT;
	r = sqlite3_open_v2(file, &k->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
	if (r || sqlite3_exec(k->db, "PRAGMA locking_mode = EXCLUSIVE;"
			      "PRAGMA journal_mode = WAL;"
			      "PRAGMA synchronous = FULL;"
			      "PRAGMA secure_delete = ON;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA foreign_keys = ON", NULL, NULL, NULL))
		r = k->db && sqlite3_errcode(k->db) == SQLITE_BUSY ?
			(snprintf(k->why, sizeof(k->why), "another process uses the database"),
			 -EBUSY) : store_fail(k, "open");
	else
		r = check(k);
	umask(mask);
	if (r) {
		snprintf(why, KNOWN_WHY_MAX, "%.200s: %.700s", file, k->why);
		known_close(&k);
	}
	return k;
}

void known_close(struct known **k)
{
	if (*k)
		sqlite3_close((*k)->db);
	free(*k);
	*k = NULL;
}

/* --- keys ------------------------------------------------------------------------------ */

static void copy_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(row, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

static size_t copy_blob(sqlite3_stmt *row, int column, uint8_t *out, size_t size)
{
	const void *p = sqlite3_column_blob(row, column);
	size_t n = (size_t)sqlite3_column_bytes(row, column);

	if (!p || n > size)
		return 0;
	memcpy(out, p, n);
	return n;
}

void store_peer(sqlite3_stmt *row, struct known_peer *p)
{
	memset(p, 0, sizeof(*p));
	copy_blob(row, 0, p->fingerprint, sizeof(p->fingerprint));
	p->spki_len = copy_blob(row, 1, p->spki, sizeof(p->spki));
	p->state = (enum known_state)sqlite3_column_int(row, 2);
	p->first = sqlite3_column_int64(row, 3);
	p->last = sqlite3_column_int64(row, 4);
	p->contacts = (uint64_t)sqlite3_column_int64(row, 5);
	copy_text(row, 6, p->origin, sizeof(p->origin));
	copy_text(row, 7, p->contact, sizeof(p->contact));
	p->has_parent = copy_blob(row, 8, p->parent, sizeof(p->parent)) == sizeof(p->parent);
	p->announced = sqlite3_column_int64(row, 9);
}

int store_put(struct known *k, const struct known_peer *p)
{
	return store_run(k, NULL, NULL,
		"INSERT INTO peer VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"
		" ON CONFLICT (fingerprint) DO UPDATE SET"
		" spki=?2, state=?3, first=?4, last=?5, contacts=?6, origin=?7, contact=?8,"
		" parent=?9, announced=?10", "fbiiiissfi",
		p->fingerprint, p->spki, p->spki_len, (int64_t)p->state, p->first, p->last,
		(int64_t)p->contacts, p->origin, p->contact,
		p->has_parent ? p->parent : NULL, p->announced);
}

/*
 * What nobody has looked at goes first, then keys that came once and never again.  Those
 * that came back, or that a person spoke about, stay: strangers cannot push them out.
 */
int store_room(struct known *k, enum known_state state)
{
	int64_t n;
	int r;

	if (state == KNOWN_NEW) {
		r = store_number(k, &n, "SELECT count(*) FROM peer WHERE state = 0", "");
		if (!r && n >= KNOWN_LIMIT_NEW)
			r = store_run(k, NULL, NULL,
				"DELETE FROM peer WHERE fingerprint IN (SELECT fingerprint"
				" FROM peer WHERE state = 0 ORDER BY last LIMIT 1)", "");
		if (r)
			return r;
	}
	r = store_number(k, &n, "SELECT count(*) FROM peer", "");
	if (r || n < k->limit)
		return r;
	r = store_run(k, NULL, NULL,
		"DELETE FROM peer WHERE fingerprint IN (SELECT fingerprint FROM peer"
		" WHERE state = 0 OR (state = 1 AND contacts < 2)"
		" ORDER BY state, last LIMIT 1)", "");
	if (!r && !sqlite3_changes(k->db)) {
		snprintf(k->why, sizeof(k->why),
			 "the database of known peers is full: %u keys", k->limit);
		r = -ENOSPC;
	}
	return r;
}

struct finding {
	struct known_peer *p;
	bool there;
};

static void take_peer(void *arg, sqlite3_stmt *row)
{
	struct finding *f = arg;

	store_peer(row, f->p);
	f->there = true;
}

int known_find(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], struct known_peer *p)
{
	struct finding f = { .p = p };
	int r = store_run(k, take_peer, &f, "SELECT " PEER_COLUMNS
			  " FROM peer p WHERE p.fingerprint = ?", "f", fp);

	return r ?: f.there ? 0 : -ENOENT;
}

struct each {
	void (*peer)(void *arg, const struct known_peer *p);
	void (*holding)(void *arg, const struct known_holding *h);
	void *arg;
	struct known_peer *room;
};

static void give_peer(void *arg, sqlite3_stmt *row)
{
	struct each *e = arg;

	store_peer(row, e->room);
	e->peer(e->arg, e->room);
}

int known_each(struct known *k, void (*fn)(void *arg, const struct known_peer *p), void *arg)
{
	struct known_peer p;
	struct each e = { .peer = fn, .arg = arg, .room = &p };

	return store_run(k, give_peer, &e, "SELECT " PEER_COLUMNS
			 " FROM peer p ORDER BY p.last DESC, p.fingerprint", "");
}

int known_each_holder(struct known *k, enum known_kind kind, const char *name,
		      void (*fn)(void *arg, const struct known_peer *p), void *arg)
{
	struct known_peer p;
	struct each e = { .peer = fn, .arg = arg, .room = &p };

	return store_run(k, give_peer, &e, "SELECT " PEER_COLUMNS
			 " FROM name n JOIN peer p USING (fingerprint)"
			 " WHERE n.space = ? AND n.name = ? AND NOT n.claim", "is",
			 (int64_t)SPACE_OF(kind), name);
}

static void give_name(void *arg, sqlite3_stmt *row)
{
	struct each *e = arg;
	struct known_holding h = {
		.kind = (enum known_kind)sqlite3_column_int(row, 0),
		.name = (const char *)sqlite3_column_text(row, 1) ?: "",
		.claim = sqlite3_column_int(row, 2),
		.first = sqlite3_column_int64(row, 3),
		.last = sqlite3_column_int64(row, 4),
	};

	e->holding(e->arg, &h);
}

int known_each_name(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN],
		    void (*fn)(void *arg, const struct known_holding *h), void *arg)
{
	struct each e = { .holding = fn, .arg = arg };

	return store_run(k, give_name, &e, "SELECT kind, name, claim, first, last FROM name"
			 " WHERE fingerprint = ? ORDER BY claim, space, last DESC", "f", fp);
}

int known_count(struct known *k, unsigned int *n)
{
	int64_t count;
	int r = store_number(k, &count, "SELECT count(*) FROM peer", "");

	*n = (unsigned int)count;
	return r;
}
