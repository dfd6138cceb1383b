/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What daemon and keeper say to each other: packets of a socket pair. */
#ifndef BTNSD_KEEPER_TALK_H
#define BTNSD_KEEPER_TALK_H

#include "keeper.h"

#define TALK_OCTETS_MAX	140000	/* two messages' worth */

enum talk {
	TALK_NOTHING,
	TALK_SIGN,	/* which: key; arg: hashes.  Method, AUTH */
	TALK_SECRET,	/* which: number; use; arg: PRF; shown.  1, what secret_use() gives */
	TALK_READ,	/* 1; or 0 and why not */
	TALK_FIND,	/* which: enum secret_kind; octets: path.  1, struct talk_found */
	TALK_USE,	/* 1 */
};

/* Octets follow. */
struct talk_question {
	uint32_t what, which, use, arg;
	uint32_t shown;		/* so many of the octets, at the end */
};

struct talk_found {
	uint32_t number;
	uint8_t print[32];
};

/* The first octet says what it is, all others are data. */
#define TALK_ANSWER_MAX	(1 + CONF_ERROR_MAX)
_Static_assert(TALK_ANSWER_MAX > SIGNER_AUTH_MAX && TALK_ANSWER_MAX > SECRET_OUT_MAX,
	       "the longest answer");

/* What the keeper says once, when it has all. */
struct talk_hello {
	enum keeper_result result;
	size_t spki_len[KEEPER_KEYS], cert_len;
	uint8_t spki[KEEPER_KEYS][KEEPER_SPKI_MAX];
	uint8_t cert[KEEPER_CERT_MAX];
};

/* In the keeper, of the other side of the pair: keeper.c.  Does not return. */
void keeper_keep(int fd, keeper_read_fn *read, void *arg) __attribute__((noreturn));

/* --- keeper_secrets.c: in the keeper, what two configurations name ------------------- */

struct kept_secrets {
	struct kept_set {
		struct kept_secret {
			enum secret_kind kind;
			char *path;
			struct secret *secret;
		} *all;
		uint32_t n, cap, first;		/* first: number of all[0] */
		uint32_t at;			/* where to look first */
	} used, last;				/* in use; read last, if not that */
	uint32_t next;
};

/* The configuration, whose secrets are stand-ins; NULL: error says why, nothing changed. */
struct conf *kept_read(struct kept_secrets *s, keeper_read_fn *read, void *arg,
		       char error[CONF_ERROR_MAX]);
const struct secret *kept_get(const struct kept_secrets *s, uint32_t number);
bool kept_find(struct kept_secrets *s, enum secret_kind kind, const char *path,
	       const uint8_t print_key[32], struct talk_found *found);
void kept_use(struct kept_secrets *s);
void kept_free(struct kept_secrets *s);

#endif /* BTNSD_KEEPER_TALK_H */
