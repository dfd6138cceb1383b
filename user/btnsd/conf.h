/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btns.conf as plain structs. */
#ifndef BTNSD_CONF_H
#define BTNSD_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "../ike/crypto.h"
#include "../ike/ike.h"
#include "../ike/secret.h"
#include "../known/known.h"

struct pkix;

#define CONF_KEYS	16	/* keys of one PAD entry */
#define CONF_RANGES	32	/* address ranges of one PAD entry */
#define CONF_LISTEN	16
#define CONF_ENTRIES	10000	/* entries of each kind */

struct conf_id {
	uint16_t type, len;		/* type BTNS_ID_NONE: not set */
	uint8_t data[256];
};

struct conf_daemon {
	char key[PATH_MAX], next_key[PATH_MAX], control[108], user[64], known[PATH_MAX];
	char ticket_keys[PATH_MAX];
	bool user_set;
	struct conf_id id;
	bool x509, unique, continuity, resumption, mobike;	/* x509: self-made, or of the file */
	bool sandbox;
	char certificate[PATH_MAX];	/* empty: not from a file */
	uint8_t auth;			/* enum btns_auth: how we prove ourselves */
	unsigned int n_listen;
	struct ike_addr listen[CONF_LISTEN];
	int log_level;			/* LOG_* of syslog */
	uint32_t fallback;		/* ms */
	uint32_t retry_first, half_open, liveness, keepalive;	/* ms */
	uint32_t ike_lifetime, child_lifetime;			/* ms */
	bool dead_peer_breaks;
	unsigned int n_offers;
	struct ike_offer offers[IKE_OFFERS_MAX];
	unsigned int fragment, retry_max, cookies, max_half_open, max_sas, max_known;
};

struct conf_pad {
	char name[BTNS_NAME_MAX + 1];
	int line;
	uint8_t match, auth;		/* enum btns_pad_match, enum btns_auth */
	uint8_t own_auth;		/* enum btns_auth: BTNS_AUTH_NONE: as the daemon's says */
	struct conf_id id;
	unsigned int n_keys, n_ranges;
	uint8_t keys[CONF_KEYS][BTNS_FINGERPRINT_LEN];
	struct chunk spki[CONF_KEYS];	/* of those from files, else empty; allocated */
	struct pkix *ca;		/* NULL: none */
	struct secret *secret, *ppk;	/* NULL: none */
	struct conf_ppk_id {
		uint8_t len, data[IKE_PPK_ID_MAX];
	} ppk_id;
	bool ppk_optional;
	struct ike_ts ranges[CONF_RANGES];
	bool any, child_said, by_id;
	uint8_t known;			/* enum known_mode */
	uint8_t bond;			/* enum known_bond_mode */
};

struct conf_policy {
	char name[BTNS_NAME_MAX + 1];
	int line;
	uint8_t class, mode;
	struct ike_ts local, remote;	/* family 0: any */
	struct ike_addr local_gateway, peer_gateway;	/* family 0: not set */
	bool btns, null, has_fingerprint;
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];
	struct conf_id peer;
	unsigned int n_suites;
	struct ike_suite suites[IKE_SUITES_MAX];
	uint32_t lifetime;		/* seconds */
	uint64_t lifebytes;
};

struct conf {
	char file[PATH_MAX];
	struct conf_daemon daemon;
	struct conf_pad *pad;
	struct conf_policy *policy;
	unsigned int n_pad, n_policy;
};

#define CONF_ERROR_MAX	(PATH_MAX + 320)

/*
 * file NULL: the built-in configuration.  NULL: error holds "file:line: reason".
 * A file without pad and policy sections gets the built-in ones.
 */
struct conf *conf_read(const char *file, char error[CONF_ERROR_MAX]);
/* Likewise, with the secrets from there, which the file has the paths of. */
struct conf_secrets {
	const char *(*get)(void *arg, enum secret_kind kind, const char *path,
			   struct secret **secret);	/* NULL: good; else what is wrong */
	void *arg;
};
struct conf *conf_read_from(const char *file, const struct conf_secrets *from,
			    char error[CONF_ERROR_MAX]);
void conf_free(struct conf **conf);
/* Does a policy ask for that mode? */
bool conf_has_mode(const struct conf *conf, uint8_t mode);
/* Does a PAD entry ask for known peers? */
bool conf_has_known(const struct conf *conf);
/* Of that entry, of which there is one at most, option bond. */
enum known_bond_mode conf_bond(const struct conf *conf);
/* Has a PAD entry a postquantum preshared key? */
bool conf_has_ppk(const struct conf *conf);

/* The built-in policy, in the file's own language. */
extern const char conf_builtin[];

/* --- conf_set.c: one value into the section that is open ------------------------ */

struct conf_target {
	struct conf_daemon *daemon;
	struct conf_pad *pad;
	struct conf_policy *policy;
	const struct conf_secrets *from;	/* NULL: their files */
};

/* NULL: good; else what is wrong with the value. */
typedef const char *(*conf_setter)(struct conf_target *t, const char *value);

#define SECTION(section, title, text)
#define OPTION(section, name, setter, often, argument, dflt, text) \
	const char *set_##setter(struct conf_target *t, const char *value);
#include "options.def"
#undef SECTION
#undef OPTION

/* --- conf_value.c: texts to values; NULL or what is wrong ------------------------ */

const char *value_address(const char *text, struct ike_addr *a);
/* Prefix, or a range where that is allowed; ports and protocol are untouched. */
const char *value_range(const char *text, bool ranges, struct ike_ts *ts);
const char *value_ports(const char *text, struct ike_ts *ts);
const char *value_time(const char *text, uint32_t *ms);
const char *value_octets(const char *text, uint64_t *octets);
const char *value_number(const char *text, unsigned int min, unsigned int max,
			 unsigned int *number);
const char *value_id(const char *text, struct conf_id *id);
const char *value_fingerprint(const char *text, uint8_t fp[BTNS_FINGERPRINT_LEN]);
const char *value_suite(const char *text, struct ike_suite *s);
/* Name of a suite, for logs. */
void value_suite_text(const struct ike_suite *s, char *buf, size_t size);

/* --- conf_file.c: files that values name; NULL or what is wrong -------------------- */

/* Public key or certificate; spki may be NULL, else it is to be freed. */
const char *value_key_file(const char *path, uint8_t fp[BTNS_FINGERPRINT_LEN],
			   struct chunk *spki);
/* Certificates of authorities, in PEM. */
const char *value_authorities(const char *path, struct pkix **ca);
/* Our own certificate and those above it, to DER one after another. */
const char *value_chain(const char *path, uint8_t *der, size_t cap, size_t *len);
/* Subject of the file's first certificate, DER. */
const char *value_subject(const char *path, uint8_t *dn, size_t cap, size_t *len);
/* Shared secret in a file that is its owner's alone. */
const char *value_secret_file(const char *path, enum secret_kind kind, struct secret **secret);
/* Text as it stands, or 0x and hexadecimal digits. */
const char *value_ppk_id(const char *text, struct conf_ppk_id *id);

#endif /* BTNSD_CONF_H */
