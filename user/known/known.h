/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known peers: keys that were seen before, the names and addresses that they were seen
 * under, and what a person said about them.
 *
 * store.c	the database: life, statements, transactions
 * meet.c	a peer shows its key: may it go on?
 * decide.c	what a person says: trust, untrust, forget
 * succeed.c	keys that follow other keys
 * bond.c	secrets that sessions leave
 * explain.c	the decision in words
 * export.c	text form, as known_hosts is one
 * words.c	fingerprints for the telephone
 * plain.c	text of others, harmless for a terminal
 */
#ifndef BTNS_KNOWN_H
#define BTNS_KNOWN_H

#include <linux/btns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define KNOWN_NAME_MAX		700	/* octets of a name, without NUL */
#define KNOWN_NAMES		4	/* that one contact may come with */
#define KNOWN_TEXT_MAX		512	/* octets of contact details or a note */
#define KNOWN_WHY_MAX		1024

struct known;				/* the store, open */

enum known_state {
	KNOWN_NEW,			/* seen, nobody has decided */
	KNOWN_LEAP,			/* trusted by leap of faith */
	KNOWN_VERIFIED,			/* a person compared the fingerprint */
	KNOWN_REFUSED,			/* a person said no */
	KNOWN_STATES
};

enum known_mode { KNOWN_OFF, KNOWN_STRICT, KNOWN_ASK, KNOWN_ACCEPT_NEW };

enum known_kind {
	KNOWN_ID,			/* the peer's own word: its IKE ID */
	KNOWN_ADDRESS,			/* where it was */
	KNOWN_NAT,			/* likewise, behind a NAT: others may be there, too */
};

struct known_name {
	enum known_kind kind;
	char text[KNOWN_NAME_MAX + 1];	/* "fqdn:host.example", "192.0.2.1" */
};

/* A key as it is stored. */
struct known_peer {
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];
	uint8_t spki[BTNS_SPKI_MAX];
	size_t spki_len;		/* 0: only the fingerprint is known */
	enum known_state state;
	int64_t first, last;		/* seconds since 1970; 0: never */
	uint64_t contacts;
	char origin[64];		/* "first contact", "import", "successor of ..." */
	char contact[KNOWN_TEXT_MAX + 1];	/* of the peer, unverified */
	bool has_parent;		/* announced by that key */
	uint8_t parent[BTNS_FINGERPRINT_LEN];
	int64_t announced;		/* when */
};

/* --- store.c ------------------------------------------------------------------------ */

#define KNOWN_LIMIT	10000		/* keys, unless told otherwise */
#define KNOWN_LIMIT_NEW	256		/* of them undecided */
#define KNOWN_LIMIT_NAMES 16		/* of one key: IDs, and as many addresses */

/*
 * Open or make the database.  NULL: why says what is wrong in words for a person.  It is
 * for one process: a second one is refused.
 */
struct known *known_open(const char *file, unsigned int limit, char why[KNOWN_WHY_MAX]);
void known_close(struct known **k);
/* Of the last function that returned a negative errno. */
const char *known_why(const struct known *k);
/* 0, -ENOENT, or -EIO: the database is damaged or the disk is full. */
int known_find(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], struct known_peer *p);

struct known_holding {
	enum known_kind kind;
	const char *name;
	bool claim;			/* not held: another key holds it */
	int64_t first, last;
};

/* Keys in order of their last contact; names of one key. */
int known_each(struct known *k, void (*fn)(void *arg, const struct known_peer *p), void *arg);
int known_each_name(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN],
		    void (*fn)(void *arg, const struct known_holding *h), void *arg);
/* The keys that hold a name. */
int known_each_holder(struct known *k, enum known_kind kind, const char *name,
		      void (*fn)(void *arg, const struct known_peer *p), void *arg);
int known_count(struct known *k, unsigned int *n);

/* --- meet.c --------------------------------------------------------------------------- */

enum known_verdict {
	KNOWN_WELCOME_FIRST,		/* nobody vouches for it yet */
	KNOWN_WELCOME_BACK,		/* the key of an earlier contact */
	KNOWN_WELCOME_TIED,		/* a new key, and the secret agreed with the old one */
	KNOWN_WELCOME_VERIFIED,
	KNOWN_UNKNOWN,			/* mode strict */
	KNOWN_PENDING,			/* mode ask */
	KNOWN_CHANGED,			/* another key holds the name */
	KNOWN_UNTIED,			/* the key, but not the secret agreed with it */
	KNOWN_UNTRUSTED,
	KNOWN_FAILED,			/* the database: known_why() */
};

/* What of known keys whose owner does not know what was agreed in the last session? */
enum known_bond_mode { KNOWN_BOND_OFF, KNOWN_BOND_WARN, KNOWN_BOND_REFUSE };

/* Does it know it? */
enum known_proof {
	KNOWN_PROOF_UNASKED,
	KNOWN_PROOF_FOREIGN,		/* it does not do such things */
	KNOWN_PROOF_MISSING,
	KNOWN_PROOF_GIVEN,
};

struct known_contact {
	enum known_mode mode;
	const uint8_t *spki;
	size_t spki_len;
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];
	unsigned int n_names;
	struct known_name names[KNOWN_NAMES];
	int64_t now;
	enum known_bond_mode bond;
	enum known_proof proof;
	const uint8_t *secret;		/* KNOWN_PROOF_GIVEN */
};

struct known_answer {
	enum known_verdict verdict;
	bool untied;			/* welcome, but without the secret agreed */
	/* KNOWN_CHANGED; the old key of KNOWN_WELCOME_TIED */
	struct known_name name;
	struct known_peer holder;
};

/* An address that its key did not show for so long is free for another. */
#define KNOWN_ADDRESS_LIFE	(30 * 86400)

/*
 * Judge a key that has proved itself, and remember it.  true: it may go on.  All of it is
 * one transaction.
 */
bool known_meet(struct known *k, const struct known_contact *c, struct known_answer *a);
/* Trust that the kernel is told: enum btns_trust. */
uint8_t known_trust(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN]);
/* explain.c: several sentences for a person; failure: known_why(). */
void known_explain(const struct known_contact *c, const struct known_answer *a,
		   const char *failure, char *buf, size_t size);

/* --- decide.c ----------------------------------------------------------------------------- */

/*
 * -ENOENT: no such key.  Trust: the names that the key claims are its own from now on; an
 * IKE ID is taken from the key that had it, an address is shared with it.
 */
int known_verify(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], int64_t now);
int known_refuse(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], int64_t now);
int known_forget(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN]);
/* Of the peer itself, cut and unverified. */
int known_set_contact(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN],
		      const uint8_t *text, size_t len);

/* --- succeed.c ----------------------------------------------------------------------- */

/* Old and new key are good for so long, and an announcement may be contradicted. */
#define KNOWN_OVERLAP	(7 * 86400)

enum known_heir {
	KNOWN_HEIR_NEW,			/* kept now */
	KNOWN_HEIR_KEPT,		/* it was before */
	KNOWN_HEIR_STRANGER,		/* the old key is not trusted itself */
	KNOWN_HEIR_RIVAL,		/* another one was announced */
	KNOWN_HEIR_TAKEN,		/* the new key is known on its own account */
};

/* A key names the one that will follow it; both have proved themselves.  0 or -EIO. */
int known_announce(struct known *k, const uint8_t old[BTNS_FINGERPRINT_LEN],
		   const struct known_peer *heir, int64_t now, enum known_heir *result);

/* --- bond.c --------------------------------------------------------------------------- */

#define KNOWN_BOND_LEN		32
/* A replaced secret is good for messages under way, seconds. */
#define KNOWN_BOND_GRACE	120

enum known_bond_step { KNOWN_BOND_OFFER, KNOWN_BOND_AGREED, KNOWN_BOND_TAKE };

/*
 * A step to a new secret: we are about to offer it (its number is given out), the peer
 * has it, the peer offers it.  -ENOENT, -EACCES: not with that key; -ESTALE: not above
 * the last number; -ERANGE, -EIO.
 */
int known_bond(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN],
	       enum known_bond_step what, uint32_t *number,
	       const uint8_t secret[KNOWN_BOND_LEN], int64_t now);
/*
 * Secrets that a peer may know, the likeliest first, and their number: of one that shows
 * that key under those names; of one at that address.
 */
unsigned int known_bonds_of(struct known *k, const struct known_contact *c,
			    uint8_t (*secret)[KNOWN_BOND_LEN], unsigned int max);
unsigned int known_bonds_at(struct known *k, const char *address, int64_t now,
			    uint8_t (*secret)[KNOWN_BOND_LEN], unsigned int max);

struct known_tie {
	bool held;			/* a secret is agreed */
	int64_t agreed, broken;		/* when last; 0: never */
	uint64_t breaks;		/* how often its owner did not know it */
};

int known_tie(struct known *k, const uint8_t fp[BTNS_FINGERPRINT_LEN], int64_t now,
	      struct known_tie *t);

/* --- export.c ------------------------------------------------------------------------- */

/* One line a key: names, state, key or fingerprint, comment.  -EIO likewise. */
int known_export(struct known *k, FILE *f);
struct known_line {
	struct known_peer peer;
	unsigned int n_names;
	struct known_name names[KNOWN_NAMES];
};
/* NULL: good, n_names 0 and spki_len 0 for a comment; else what is wrong. */
const char *known_line_parse(const char *line, struct known_line *l);
/* Negative errno; -EEXIST: another key holds a name, nothing was changed. */
int known_import(struct known *k, const struct known_line *l, int64_t now);
const char *known_state_name(enum known_state s);
bool known_state_parse(const char *text, enum known_state *s);

/* --- words.c -------------------------------------------------------------------------- */

#define KNOWN_WORDS_TEXT	160
/* 18 words of five letters: 16 octets each two, the last two a checksum. */
void known_words(const uint8_t fp[BTNS_FINGERPRINT_LEN], char text[KNOWN_WORDS_TEXT]);
/* NULL, or what is wrong: a word misheard is found out. */
const char *known_words_parse(const char *text, uint8_t fp[BTNS_FINGERPRINT_LEN]);

/* --- plain.c ---------------------------------------------------------------------------- */

/*
 * UTF-8 that moves no cursor, changes no direction of writing and spans one line; all
 * else is \xNN.
 */
void known_plain(const uint8_t *text, size_t len, char *buf, size_t size);

#endif /* BTNS_KNOWN_H */
