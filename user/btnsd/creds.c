// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is known of peers before they have proved anything: the PAD's secrets, keys and
 * authorities, which the kernel does not have.  It searches its PAD itself, and decides.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../ike/pkix.h"
#include "btnsd.h"

/* As btns_pad_id_matches() of the kernel. */
static bool id_matches(const struct conf_id *want, uint16_t type, const uint8_t *id, size_t len)
{
	size_t suffix;

	if (want->type != type)
		return false;
	if (type == BTNS_ID_FQDN && want->len > 2 && want->data[0] == '*' &&
	    want->data[1] == '.') {
		suffix = want->len - 1U;
		return len > suffix && !strncasecmp((const char *)id + len - suffix,
						    (const char *)want->data + 1, suffix);
	}
	if (want->len != len)
		return false;
	if (type == BTNS_ID_FQDN || type == BTNS_ID_RFC822_ADDR)
		return !strncasecmp((const char *)want->data, (const char *)id, len);
	return !memcmp(want->data, id, len);
}

const struct conf_pad *creds_of_id(const struct conf *conf, uint16_t type, const uint8_t *id,
				   size_t len)
{
	unsigned int i;

	for (i = 0; i < conf->n_pad; i++)
		if (conf->pad[i].match == BTNS_PAD_MATCH_ID &&
		    id_matches(&conf->pad[i].id, type, id, len))
			return &conf->pad[i];
	return NULL;
}

static bool in_range(const struct ike_ts *ts, const struct ike_addr *a)
{
	const size_t len = ike_ip_len(a->family);

	return ts->family == a->family && memcmp(ts->start, a->ip, len) <= 0 &&
	       memcmp(a->ip, ts->end, len) <= 0;
}

/* The policy is for that peer alone, and this is where it is. */
static bool policy_names(const struct conf_policy *p, const struct ike_addr *a)
{
	const size_t len = ike_ip_len(a->family);

	if (!p->peer.type)
		return false;
	if (p->peer_gateway.family)
		return p->peer_gateway.family == a->family &&
		       !memcmp(p->peer_gateway.ip, a->ip, len);
	return in_range(&p->remote, a) && !memcmp(p->remote.start, p->remote.end, len);
}

/*
 * Whoever begins has to prove itself before the other end says who it is.  The entry of
 * that address as ID; of the peer that a policy names for it; that lists it as its own.
 */
const struct conf_pad *creds_of_address(const struct conf *conf, const struct ike_addr *a)
{
	const struct conf_pad *p;
	unsigned int i, k;

	p = creds_of_id(conf, a->family == AF_INET6 ? BTNS_ID_IPV6_ADDR : BTNS_ID_IPV4_ADDR,
			a->ip, ike_ip_len(a->family));
	for (i = 0; i < conf->n_policy && !p; i++)
		if (policy_names(&conf->policy[i], a))
			p = creds_of_id(conf, conf->policy[i].peer.type,
					conf->policy[i].peer.data, conf->policy[i].peer.len);
	for (i = 0; i < conf->n_pad && !p; i++)
		for (k = 0; k < conf->pad[i].n_ranges && !p; k++)
			if (conf->pad[i].match == BTNS_PAD_MATCH_ID &&
			    in_range(&conf->pad[i].ranges[k], a))
				p = &conf->pad[i];
	return p;
}

void creds_expect(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		  struct ike_expect *e)
{
	static struct chunk keys[CONF_KEYS];
	const struct btnsd *d = ctx;
	const struct conf_pad *p;
	unsigned int i;

	p = id ? creds_of_id(d->conf, id->id_type, id->id, id->id_len) :
		 creds_of_address(d->conf, peer);
	e->own_auth = d->conf->daemon.auth;
	if (!p)
		return;
	if (p->own_auth)
		e->own_auth = p->own_auth;
	else if (p->auth == BTNS_AUTH_PSK && e->own_auth == BTNS_AUTH_PUBKEY)
		e->own_auth = BTNS_AUTH_PSK;
	e->secret = p->secret;
	e->ppk = p->ppk;
	e->ppk_id = p->ppk_id.data;
	e->ppk_id_len = p->ppk_id.len;
	e->ppk_required = p->ppk && !p->ppk_optional;
	for (i = 0; i < p->n_keys; i++)
		if (p->spki[i].len)
			keys[e->n_keys++] = p->spki[i];
	e->keys = keys;
}

bool creds_vouch(void *ctx, const struct ike_identity *peer, const struct chunk *chain,
		 unsigned int n)
{
	const struct btnsd *d = ctx;
	const struct conf_pad *p = creds_of_id(d->conf, peer->id_type, peer->id, peer->id_len);
	char text[ID_TEXT];
	const char *why;

	if (!p || !p->ca)
		return false;
	why = pkix_verify(p->ca, time(NULL), peer->id_type, CHUNK(peer->id, peer->id_len),
			  CHUNK(peer->spki, peer->spki_len), chain, n);
	if (why)
		log_notice("peer %s: %s", identity_text(peer, text), why);
	return !why;
}

bool creds_announce(struct btnsd *d)
{
	unsigned int i, n = 0;
	uint8_t (*sha1)[20];
	bool good;

	for (i = 0; i < d->conf->n_pad; i++)
		n += d->conf->pad[i].ca ? pkix_count(d->conf->pad[i].ca) : 0;
	/* a peer needs a hint, not the whole list */
	if (n > PKIX_ANCHORS_MAX)
		n = 0;
	if (!n)
		return ike_set_authorities(d->ike, NULL, 0);
	sha1 = malloc(n * sizeof(*sha1));
	if (!sha1)
		return false;
	for (i = n = 0; i < d->conf->n_pad; i++) {
		if (!d->conf->pad[i].ca)
			continue;
		pkix_hashes(d->conf->pad[i].ca, sha1 + n);
		n += pkix_count(d->conf->pad[i].ca);
	}
	good = ike_set_authorities(d->ike, (const uint8_t (*)[20])sha1, n);
	free(sha1);
	return good;
}

/* --- what a reload takes away ------------------------------------------------------- */

/* A key that somebody vouches for is the kernel's matter, all else is ours. */
static bool same_creds(const struct conf_pad *a, const struct conf_pad *b)
{
	if (!b)
		return a->auth == BTNS_AUTH_PUBKEY;
	return secret_equal(a->ppk, b->ppk) &&
	       (!b->ppk || b->ppk_optional || !a->ppk_optional) &&
	       (a->auth == BTNS_AUTH_PUBKEY ||
		(a->auth == b->auth && pkix_equal(a->ca, b->ca) &&
		 secret_equal(a->secret, b->secret)));
}

struct recheck {
	struct btnsd *d;
	const struct conf *was;
	struct ike_sa **sa;
	unsigned int n, cap;
};

static void collect(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	const struct ike_identity *id = &info->peer_id;
	struct recheck *r = arg;
	const struct conf_pad *p;

	if (!info->established)
		return;
	p = creds_of_id(r->was, id->id_type, id->id, id->id_len);
	if (!p || same_creds(p, creds_of_id(r->d->conf, id->id_type, id->id, id->id_len)))
		return;
	if (r->n < r->cap)
		r->sa[r->n] = sa;
	r->n++;
}

/*
 * The kernel sees that an entry went, not that its secret or its authorities did: IKE SAs
 * that rest on what is no longer so are closed, and come back if they still may.
 */
void creds_changed(struct btnsd *d, const struct conf *was)
{
	struct recheck r = { .d = d, .was = was };
	unsigned int i;

	ike_walk(d->ike, collect, &r);
	if (!r.n)
		return;
	r.cap = r.n;
	r.n = 0;
	r.sa = calloc(r.cap, sizeof(*r.sa));
	if (!r.sa) {
		ike_close(d->ike, now_ms(), NULL);
		btnsd_rearm(d);
		return;
	}
	ike_walk(d->ike, collect, &r);
	for (i = 0; i < r.n; i++)
		ike_close(d->ike, now_ms(), r.sa[i]);
	free(r.sa);
	btnsd_rearm(d);
	log_notice("secrets or authorities changed: %u IKE SAs are closed", r.n);
}
