// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Known peers: between the engine, which has checked that a peer holds its key, and the
 * store of keys that were seen before.  Without the store nobody is believed.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../common/show.h"
#include "btns.h"
#include "ike/crypto.h"
#include "peers_control.h"

/* A warning that is repeated helps nobody, seconds. */
#define SAME_AGAIN	60

/* --- life --------------------------------------------------------------------------- */

static bool is_empty(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	bool empty = dir;

	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			empty = false;
	if (dir)
		closedir(dir);
	return empty;
}

/* Folder of the database, made if it is not there; what is wrong with it, or NULL. */
static const char *give_folder(char *folder, const char *file, const struct passwd *pw)
{
	struct stat st;
	char *end;

	make_folders(file);
	strcpy(folder, file);
	end = strrchr(folder, '/');
	if (!end || end == folder)
		return "not a folder of its own";
	*end = 0;
	if (lstat(folder, &st))
		return strerror(errno);
	if (!S_ISDIR(st.st_mode))
		return "no folder";
	if (st.st_uid == pw->pw_uid)
		return NULL;
	/* a wrong name in the configuration must not give away somebody's files */
	if (st.st_uid || !is_empty(folder))
		return "not empty, and not of the daemon's user";
	/* in that order: to change the mode of another's needs one privilege more */
	if (chmod(folder, 0700) || lchown(folder, pw->pw_uid, pw->pw_gid))
		return strerror(errno);
	return NULL;
}

bool peers_prepare(const struct btnsd *d)
{
	const struct passwd *pw = geteuid() ? NULL : privs_user(&d->conf->daemon);
	char folder[PATH_MAX];
	const char *why = pw ? give_folder(folder, d->conf->daemon.known, pw) : NULL;

	/* a later configuration may want it: then it must be there */
	if (!why || !conf_has_known(d->conf))
		return true;
	log_error("known peers: %s: %s", folder, why);
	return false;
}

bool peers_open(struct btnsd *d)
{
	struct peers *p = d->peers;
	unsigned int n = 0;

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return false;
		d->peers = p;
	}
	if (p->store || !conf_has_known(d->conf))
		return true;
	p->store = known_open(d->conf->daemon.known, d->conf->daemon.max_known, p->why);
	if (!p->store)
		log_error("known peers: %s: peers without configured key are refused", p->why);
	else if (!known_count(p->store, &n))
		log_info("known peers: %s, %u keys", d->conf->daemon.known, n);
	return true;
}

void peers_close(struct btnsd *d)
{
	if (d->peers)
		known_close(&d->peers->store);
	free(d->peers);
	d->peers = NULL;
}

/* --- names ---------------------------------------------------------------------------- */

static bool put_hex(char *out, size_t size, const char *prefix, const uint8_t *p, size_t len)
{
	size_t n = strlen(prefix), i;

	if (n + 2 * len >= size)
		return false;
	memcpy(out, prefix, n);
	for (i = 0; i < len; i++)
		sprintf(out + n + 2 * i, "%02x", p[i]);
	return true;
}

bool peers_id_name(const struct ike_identity *peer,
		   const uint8_t fingerprint[BTNS_FINGERPRINT_LEN], struct known_name *n)
{
	struct chunk c = CHUNK(peer->id, peer->id_len);
	char prefix[32];
	uint8_t hash[32];
	size_t i;

	n->kind = KNOWN_ID;
	/* the usual ID says no more than the key */
	if (!peer->id_len || (peer->id_type == BTNS_ID_KEY_ID &&
	    peer->id_len == BTNS_FINGERPRINT_LEN &&
	    !memcmp(peer->id, fingerprint, BTNS_FINGERPRINT_LEN)))
		return false;
	if (peer->id_type == BTNS_ID_FQDN || peer->id_type == BTNS_ID_RFC822_ADDR) {
		for (i = 0; i < peer->id_len; i++)
			if (!isalnum(peer->id[i]) && !strchr("._@+-", peer->id[i] ?: ','))
				break;
		if (i == peer->id_len && peer->id_len < 512) {
			i = (size_t)sprintf(n->text, "%s:", peer->id_type == BTNS_ID_FQDN ?
					    "fqdn" : "email");
			n->text[i + peer->id_len] = 0;
			while (c.len--)
				n->text[i + c.len] = (char)tolower(peer->id[c.len]);
			return true;
		}
	}
	snprintf(prefix, sizeof(prefix), peer->id_type == BTNS_ID_KEY_ID ? "keyid:" : "id-%u:",
		 peer->id_type);
	if (put_hex(n->text, sizeof(n->text), prefix, peer->id, peer->id_len))
		return true;
	crypto_sha256(hash, &c, 1);
	snprintf(prefix, sizeof(prefix), "id-%u-sha256:", peer->id_type);
	return put_hex(n->text, sizeof(n->text), prefix, hash, sizeof(hash));
}

void peers_address_name(const struct ike_addr *a, bool natted, struct known_name *n)
{
	char name[IF_NAMESIZE];
	size_t len;

	n->kind = natted ? KNOWN_NAT : KNOWN_ADDRESS;
	show_addr(a->family, a->ip, n->text);
	len = strlen(n->text);
	if (a->scope && if_indextoname(a->scope, name))
		snprintf(n->text + len, sizeof(n->text) - len, "%%%s", name);
}

/* --- what was refused ---------------------------------------------------------------------- */

const struct refusal *peers_refusal(const struct btnsd *d, const struct ike_addr *peer)
{
	unsigned int i;

	for (i = 0; d->peers && i < REFUSALS; i++)
		if (ike_same_ip(&d->peers->refusal[i].peer, peer))
			return &d->peers->refusal[i];
	return NULL;
}

static struct refusal *refusal_slot(struct btnsd *d, const struct ike_addr *peer)
{
	struct refusal *r = (struct refusal *)peers_refusal(d, peer);

	if (!r) {
		r = &d->peers->refusal[d->peers->next++ % REFUSALS];
		memset(r, 0, sizeof(*r));
	}
	return r;
}

int peers_errno(const struct btnsd *d, const struct ike_addr *peer)
{
	const struct refusal *r = peers_refusal(d, peer);

	if (!r || time(NULL) - r->when > SAME_AGAIN)
		return 0;
	switch (r->verdict) {
	case KNOWN_CHANGED:
	case KNOWN_UNTIED:
	case KNOWN_UNTRUSTED:
		return EKEYREJECTED;
	case KNOWN_UNKNOWN:
	case KNOWN_PENDING:
		return ENOKEY;
	default:
		return EIO;
	}
}

/* For those who watch; expected NULL: none in particular. */
static void tell(struct btnsd *d, const char *change, const struct ike_addr *at,
		 const uint8_t *shown, const uint8_t *expected, const char *why)
{
	char have[BTNS_FINGERPRINT_TEXT], want[BTNS_FINGERPRINT_TEXT], addr[ADDR_TEXT];
	struct ike_addr host = { };
	struct timespec now;

	if (at)
		host = *at;
	host.port = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	btns_fingerprint_text(shown, have, sizeof(have));
	if (expected)
		btns_fingerprint_text(expected, want, sizeof(want));
	control_event(d, json_pack("{s:s, s:f, s:s, s:{s:s?, s:s, s:s?, s:s}}",
		"event", "peer", "time", (double)now.tv_sec + (double)now.tv_nsec / 1e9,
		"change", change, "peer", "address",
		host.family ? addr_text(&host, addr) : NULL, "shown", have, "expected",
		expected ? want : NULL, "why", why));
}

static void refused(struct btnsd *d, const struct ike_addr *at, const struct known_contact *c,
		    const struct known_answer *a, const char *why)
{
	char text[ADDR_TEXT];
	struct refusal *r = refusal_slot(d, at);
	bool news = r->verdict != a->verdict || c->now - r->when > SAME_AGAIN ||
		    memcmp(r->shown, c->fingerprint, sizeof(r->shown));

	if (news)
		log_at(a->verdict == KNOWN_CHANGED || a->verdict == KNOWN_FAILED || a->untied ?
		       LOG_WARNING : LOG_NOTICE, "%s: refused: %s", addr_text(at, text), why);
	if (news)
		tell(d, a->verdict == KNOWN_CHANGED ? "changed" :
		     a->untied ? "untied" : "refused", at, c->fingerprint,
		     a->verdict == KNOWN_CHANGED ? a->holder.fingerprint : NULL, why);
	r->peer = *at;
	if (news)
		r->when = c->now;
	r->verdict = a->verdict;
	memcpy(r->shown, c->fingerprint, sizeof(r->shown));
	r->has_expected = a->verdict == KNOWN_CHANGED;
	memcpy(r->expected, a->holder.fingerprint, sizeof(r->expected));
	snprintf(r->why, sizeof(r->why), "%s", why);
}

/* --- decisions -------------------------------------------------------------------------------- */

static enum known_mode mode_of(const struct btnsd *d, const char *entry)
{
	unsigned int i;

	for (i = 0; i < d->conf->n_pad; i++)
		if (!strcmp(d->conf->pad[i].name, entry))
			return d->conf->pad[i].known;
	return KNOWN_OFF;
}

void peers_names(const struct ike_identity *peer, const struct ike_addr *at,
		 struct known_contact *c)
{
	struct chunk key = CHUNK(peer->spki, peer->spki_len);

	c->spki = peer->spki;
	c->spki_len = peer->spki_len;
	crypto_sha256(c->fingerprint, &key, 1);
	if (peers_id_name(peer, c->fingerprint, &c->names[0]))
		c->n_names++;
	if (at->family)
		peers_address_name(at, peer->natted, &c->names[c->n_names++]);
}

/* A good peer that is worth a line. */
static void welcome(struct btnsd *d, const struct ike_addr *at, const struct known_contact *c,
		    const struct known_answer *a, const char *why)
{
	char text[ADDR_TEXT];

	d->stats.known_first += a->verdict == KNOWN_WELCOME_FIRST;
	d->stats.known_back += a->verdict != KNOWN_WELCOME_FIRST;
	d->stats.known_untied += a->untied;
	if (a->untied) {
		log_warn("%s: %s", addr_text(at, text), why);
		tell(d, "untied", at, c->fingerprint, NULL, why);
	} else if (a->verdict == KNOWN_WELCOME_FIRST) {
		log_notice("%s", why);
		tell(d, "first", at, c->fingerprint, NULL, why);
	} else if (a->verdict == KNOWN_WELCOME_TIED) {
		d->stats.known_tied++;
		log_notice("%s: %s", addr_text(at, text), why);
		tell(d, "new-key", at, c->fingerprint, a->holder.fingerprint, why);
	}
}

static bool meet(struct btnsd *d, const struct ike_identity *peer, struct known_contact *c,
		 struct known_answer *a)
{
	if (d->peers && d->peers->store)
		return known_meet(d->peers->store, c, a);
	memset(a, 0, sizeof(*a));
	a->verdict = KNOWN_FAILED;
	return false;
}

static const char *failure(const struct btnsd *d)
{
	return !d->peers ? "out of memory" : d->peers->store ? known_why(d->peers->store) :
	       *d->peers->why ? d->peers->why : "the database of known peers is not open";
}

int peers_judge(struct btnsd *d, const struct ike_identity *peer, const char *entry)
{
	static const struct ike_addr nowhere;
	const struct ike_addr *at = peer->at ?: &nowhere;
	struct known_contact *c;
	struct known_answer *a;
	char why[sizeof(((struct refusal *)0)->why)];
	enum known_mode mode = mode_of(d, entry);
	bool good;

	if (mode == KNOWN_OFF || !peer->spki_len)
		return 0;
	c = calloc(1, sizeof(*c));
	a = calloc(1, sizeof(*a));
	if (!c || !a) {
		free(c);
		free(a);
		return -ENOMEM;
	}
	c->mode = mode;
	c->now = time(NULL);
	c->bond = conf_bond(d->conf);
	peers_names(peer, at, c);
	peers_proof(peer, c);
	good = meet(d, peer, c, a);
	known_explain(c, a, failure(d), why, sizeof(why));
	if (good) {
		welcome(d, at, c, a, why);
	} else {
		d->stats.known_refused++;
		d->stats.known_changed += a->verdict == KNOWN_CHANGED;
		d->stats.known_untied += a->untied;
		d->stats.known_failed += a->verdict == KNOWN_FAILED;
		if (d->peers)
			refused(d, at, c, a, why);
	}
	free(c);
	free(a);
	return good ? 0 : -EACCES;
}

void peers_vouch(const struct btnsd *d, struct ike_identity *peer)
{
	struct chunk key = CHUNK(peer->spki, peer->spki_len);
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN], trust;

	if (!d->peers || !d->peers->store || !peer->spki_len || peer->auth)
		return;
	crypto_sha256(fingerprint, &key, 1);
	trust = known_trust(d->peers->store, fingerprint);
	if (trust <= BTNS_TRUST_UNVERIFIED)
		return;
	peer->auth = BTNS_AUTH_LEAPOFFAITH;
	peer->trust = trust;
}

enum ike_heir peers_heir(struct btnsd *d, const struct ike_identity *peer, const uint8_t *spki,
			 size_t len)
{
	char old[BTNS_FINGERPRINT_TEXT], new[BTNS_FINGERPRINT_TEXT];
	struct chunk key = CHUNK(peer->spki, peer->spki_len), next = CHUNK(spki, len);
	uint8_t hash[BTNS_FINGERPRINT_LEN];
	enum known_heir result = KNOWN_HEIR_STRANGER;
	struct known_peer *heir;
	int r;

	if (!d->peers || !d->peers->store || len > BTNS_SPKI_MAX)
		return IKE_HEIR_UNWANTED;
	heir = calloc(1, sizeof(*heir));
	if (!heir)
		return IKE_HEIR_UNWANTED;
	crypto_sha256(hash, &key, 1);
	crypto_sha256(heir->fingerprint, &next, 1);
	memcpy(heir->spki, spki, len);
	heir->spki_len = len;
	btns_fingerprint_text(hash, old, sizeof(old));
	btns_fingerprint_text(heir->fingerprint, new, sizeof(new));
	r = known_announce(d->peers->store, hash, heir, time(NULL), &result);
	if (!r && (result == KNOWN_HEIR_NEW || result == KNOWN_HEIR_RIVAL))
		tell(d, result == KNOWN_HEIR_NEW ? "successor" : "two-successors", peer->at,
		     heir->fingerprint, hash, "announced");
	free(heir);
	if (r) {
		log_warn("known peers: %s", known_why(d->peers->store));
		return IKE_HEIR_UNWANTED;
	}
	switch (result) {
	case KNOWN_HEIR_NEW:
		d->stats.known_heirs++;
		log_notice("%s announces that %s will follow it", old, new);
		return IKE_HEIR_KEPT;
	case KNOWN_HEIR_KEPT:
		return IKE_HEIR_KEPT;
	case KNOWN_HEIR_RIVAL:
		log_warn("TWO SUCCESSORS: %s announces %s after another key.  Somebody may have "
			 "stolen it.  Neither a recent successor nor this one is accepted until "
			 "a person decides.  Ask whoever runs the host, by another way, for the "
			 "fingerprint; then: btnsctl peers trust, and untrust", old, new);
		return IKE_HEIR_RIVAL;
	case KNOWN_HEIR_TAKEN:
		log_warn("%s announces %s, which is known on its own account: not followed", old,
			 new);
		return IKE_HEIR_UNWANTED;
	default:
		return IKE_HEIR_UNWANTED;
	}
}

struct of_key {
	const uint8_t *fingerprint;
	struct ike_sa **sa;
	size_t n, room;
};

static void collect_sa(void *arg, struct ike_sa *sa, const struct ike_sa_info *i)
{
	struct chunk key = CHUNK(i->peer_id.spki, i->peer_id.spki_len);
	uint8_t hash[BTNS_FINGERPRINT_LEN];
	struct of_key *k = arg;
	struct ike_sa **p;

	if (!i->established || !key.len)
		return;
	crypto_sha256(hash, &key, 1);
	if (memcmp(hash, k->fingerprint, sizeof(hash)))
		return;
	if (k->n == k->room) {
		p = reallocarray(k->sa, k->room + 16, sizeof(*p));
		if (!p)
			return;
		k->sa = p;
		k->room += 16;
	}
	k->sa[k->n++] = sa;
}

static void call(struct btnsd *d, uint8_t cmd, const uint8_t *fingerprint, uint8_t trust)
{
	struct nl_msg *m = kernel_new(&d->kernel, cmd);

	if (m)
		nla_put(m, BTNS_A_PEER_FINGERPRINT, BTNS_FINGERPRINT_LEN, fingerprint);
	if (m && trust)
		nla_put_u8(m, BTNS_A_TRUST, trust);
	if (kernel_call(&d->kernel, m, NULL, NULL))
		log_warn("known peers: %s", d->kernel.family.why);
}

void peers_apply(struct btnsd *d, const uint8_t fingerprint[BTNS_FINGERPRINT_LEN], bool end)
{
	struct of_key k = { .fingerprint = fingerprint };
	size_t i;

	call(d, BTNS_CMD_PEER_TRUST, fingerprint, known_trust(d->peers->store, fingerprint));
	/* whoever was refused may come again at once */
	for (i = 0; i < REFUSALS; i++)
		if (!memcmp(d->peers->refusal[i].shown, fingerprint, BTNS_FINGERPRINT_LEN))
			memset(&d->peers->refusal[i], 0, sizeof(d->peers->refusal[i]));
	if (!end)
		return;
	ike_walk(d->ike, collect_sa, &k);
	for (i = 0; i < k.n; i++)
		ike_close(d->ike, now_ms(), k.sa[i]);
	free(k.sa);
	call(d, BTNS_CMD_LATCH_BREAK, fingerprint, 0);
}
