// SPDX-License-Identifier: GPL-2.0-only
/* Peer authorization database: order, both searches, address constraints. */
#include <linux/slab.h>

#include "compat/compat.h"
#include "config.h"
#include "pad.h"

static bool btns_pad_id_matches(const struct btns_pad_entry *e,
				const struct btns_identity_desc *d)
{
	unsigned int suffix;

	if (e->id_type != d->id_type)
		return false;
	if (e->id_type == BTNS_ID_FQDN && e->id_len > 2 && e->id[0] == '*' &&
	    e->id[1] == '.') {
		suffix = e->id_len - 1;
		return d->id_len > suffix &&
		       !strncasecmp(d->id + d->id_len - suffix, e->id + 1, suffix);
	}
	if (e->id_len != d->id_len)
		return false;
	if (e->id_type == BTNS_ID_FQDN || e->id_type == BTNS_ID_RFC822_ADDR)
		return !strncasecmp(e->id, d->id, e->id_len);
	return !memcmp(e->id, d->id, e->id_len);
}

static bool btns_pad_key_listed(const struct btns_pad_entry *e,
				const struct btns_identity_desc *d)
{
	unsigned int i;

	if (!d->spki_len)
		return false;
	for (i = 0; i < e->n_keys; i++)
		if (!memcmp(e->keys[i], d->fingerprint, BTNS_FINGERPRINT_LEN))
			return true;
	return false;
}

/* The ID matched: whoever does not authenticate as it is out (RFC5386/11). */
static int btns_pad_authenticate(const struct btns_pad_entry *e,
				 struct btns_identity_desc *d,
				 struct netlink_ext_ack *extack)
{
	switch (e->auth) {
	case BTNS_AUTH_PUBKEY:
		if (btns_method_signs(d->auth_method) && btns_pad_key_listed(e, d))
			break;
		NL_SET_ERR_MSG(extack,
			       "the ID matches a PAD entry, the key is not the configured one");
		return -EACCES;
	case BTNS_AUTH_PKIX:
		/* keys beside it pin the certificate's */
		if (btns_method_signs(d->auth_method) && d->auth == BTNS_AUTH_PKIX &&
		    d->spki_len && (!e->n_keys || btns_pad_key_listed(e, d)))
			break;
		NL_SET_ERR_MSG(extack,
			       "the ID matches a PAD entry that asks for a verified certificate");
		return -EACCES;
	case BTNS_AUTH_PSK:
		if (d->auth_method == 2)
			break;
		NL_SET_ERR_MSG(extack, "the ID matches a PAD entry that asks for a shared key");
		return -EACCES;
	default:
		NL_SET_ERR_MSG(extack, "the PAD entry names no way to authenticate");
		return -EACCES;
	}
	d->auth = e->auth;
	d->trust = BTNS_TRUST_VERIFIED;
	return 0;
}

/**
 * btns_pad_search() - first PAD search, at authentication
 * @c: configuration
 * @d: what the peer proved; @d->auth and @d->trust are filled in
 * @extack: why the peer is refused
 *
 * RFC 5386 section 2: entries for IDs first; if none matches, the ID is coerced to
 * PUBLICKEY with the peer's key and the BTNS entries are searched.
 *
 * Return: the entry or ERR_PTR(-EACCES).
 */
struct btns_pad_entry *btns_pad_search(struct btns_config *c,
				       struct btns_identity_desc *d,
				       struct netlink_ext_ack *extack)
{
	const bool null = d->auth_method == 13;
	struct btns_pad_entry *e;
	int err;

	if (btns_method_signs(d->auth_method) && !d->spki_len) {
		NL_SET_ERR_MSG(extack, "a signature without the key that verified it");
		return ERR_PTR(-EACCES);
	}
	list_for_each_entry(e, &c->pad, list) {
		switch (e->match) {
		case BTNS_PAD_MATCH_ID:
			/* RFC 7619: an ID beside NULL authentication is no ID for policy */
			if (null || !btns_pad_id_matches(e, d))
				continue;
			err = btns_pad_authenticate(e, d, extack);
			if (err)
				return ERR_PTR(err);
			break;
		case BTNS_PAD_MATCH_PUBLICKEY:
		case BTNS_PAD_MATCH_ANY:
			if (!btns_method_signs(d->auth_method))
				continue;
			if (e->match == BTNS_PAD_MATCH_PUBLICKEY &&
			    !btns_pad_key_listed(e, d))
				continue;
			d->auth = d->claim ? BTNS_AUTH_LEAPOFFAITH : BTNS_AUTH_BTNS;
			if (e->match == BTNS_PAD_MATCH_PUBLICKEY)
				d->trust = BTNS_TRUST_VERIFIED;
			else
				d->trust = d->claim ?: BTNS_TRUST_UNVERIFIED;
			break;
		case BTNS_PAD_MATCH_NULL:
			if (!null)
				continue;
			d->auth = BTNS_AUTH_NULL;
			d->trust = BTNS_TRUST_ANONYMOUS;
			break;
		}
		return e;
	}
	NL_SET_ERR_MSG(extack, "no PAD entry matches the peer's ID or key");
	return ERR_PTR(-EACCES);
}

/* Place in the logical order: normal, BTNS for one key, NULL, the wildcard. */
static int btns_pad_rank(const struct btns_pad_entry *e)
{
	switch (e->match) {
	case BTNS_PAD_MATCH_ID:
		return 0;
	case BTNS_PAD_MATCH_PUBLICKEY:
		return 1;
	case BTNS_PAD_MATCH_NULL:
		return 2;
	default:
		return 3;
	}
}

static const struct btns_ts *btns_pad_range(const struct btns_pad_entry *e, u16 family,
					    const xfrm_address_t *a)
{
	unsigned int i;

	for (i = 0; i < e->n_children; i++)
		if (btns_ts_has_addr(&e->children[i], family, a))
			return &e->children[i];
	return NULL;
}

/**
 * btns_pad_lists() - is an address in a range that an entry names?
 * @e: the entry
 * @family: family of the address
 * @a: the address
 */
bool btns_pad_lists(const struct btns_pad_entry *e, u16 family, const xfrm_address_t *a)
{
	return btns_pad_range(e, family, a);
}

/*
 * Are the addresses of @o kept from the peers of @e (RFC5386/7, 17)?  BTNS and NULL
 * peers never get those of normal entries, the wildcard's none of any other entry.
 */
static bool btns_pad_keeps(const struct btns_pad_entry *o, const struct btns_pad_entry *e)
{
	return btns_pad_rank(o) < btns_pad_rank(e);
}

static const struct btns_ts *btns_pad_kept(const struct btns_config *c,
					   const struct btns_pad_entry *e, u16 family,
					   const xfrm_address_t *a)
{
	const struct btns_pad_entry *o;
	const struct btns_ts *ts;

	list_for_each_entry(o, &c->pad, list) {
		if (!btns_pad_keeps(o, e))
			continue;
		ts = btns_pad_range(o, family, a);
		if (ts)
			return ts;
	}
	return NULL;
}

/* The first address of the window that peers of @e may claim. */
static bool btns_pad_first(const struct btns_config *c, const struct btns_pad_entry *e,
			   const struct btns_ts *window, xfrm_address_t *first)
{
	const u16 family = window->family;
	xfrm_address_t p = window->start;

	while (btns_ts_cmp(family, &p, &window->end) <= 0) {
		const struct btns_ts *kept, *next = NULL;
		unsigned int i;

		if (!e->child_any && !btns_pad_range(e, family, &p)) {
			for (i = 0; i < e->n_children; i++) {
				const struct btns_ts *ts = &e->children[i];

				if (ts->family == family &&
				    btns_ts_cmp(family, &ts->start, &p) > 0 &&
				    (!next ||
				     btns_ts_cmp(family, &ts->start, &next->start) < 0))
					next = ts;
			}
			if (!next)
				return false;
			p = next->start;
			continue;
		}
		kept = btns_pad_kept(c, e, family, &p);
		if (!kept) {
			*first = p;
			return true;
		}
		p = kept->end;
		if (!btns_ts_addr_next(family, &p))
			return false;
	}
	return false;
}

/* Join to the range @u what overlaps it or touches it.  true: it has grown. */
static bool btns_pad_join(struct btns_ts *u, const struct btns_ts *ts)
{
	xfrm_address_t before = u->start, behind = u->end;
	bool grown = false;

	if (ts->family != u->family)
		return false;
	if (!btns_ts_addr_prev(u->family, &before))
		before = u->start;
	if (!btns_ts_addr_next(u->family, &behind))
		behind = u->end;
	if (btns_ts_cmp(u->family, &ts->start, &behind) > 0 ||
	    btns_ts_cmp(u->family, &ts->end, &before) < 0)
		return false;
	if (btns_ts_cmp(u->family, &ts->start, &u->start) < 0) {
		u->start = ts->start;
		grown = true;
	}
	if (btns_ts_cmp(u->family, &ts->end, &u->end) > 0) {
		u->end = ts->end;
		grown = true;
	}
	return grown;
}

/* Cut @ts to the unbroken range of allowed addresses around @p. */
static void btns_pad_span(const struct btns_config *c, const struct btns_pad_entry *e,
			  const xfrm_address_t *p, struct btns_ts *ts)
{
	struct btns_ts u = { .family = ts->family, .start = *p, .end = *p };
	const u16 family = ts->family;
	const struct btns_pad_entry *o;
	unsigned int i;
	bool grown;

	if (!e->child_any) {
		do {
			grown = false;
			for (i = 0; i < e->n_children; i++)
				grown |= btns_pad_join(&u, &e->children[i]);
		} while (grown);
		if (btns_ts_cmp(family, &u.start, &ts->start) > 0)
			ts->start = u.start;
		if (btns_ts_cmp(family, &u.end, &ts->end) < 0)
			ts->end = u.end;
	}
	list_for_each_entry(o, &c->pad, list) {
		if (!btns_pad_keeps(o, e))
			continue;
		for (i = 0; i < o->n_children; i++) {
			const struct btns_ts *k = &o->children[i];

			if (!btns_ts_addr_overlap(k, ts))
				continue;
			if (btns_ts_cmp(family, &k->end, p) < 0) {
				ts->start = k->end;
				btns_ts_addr_next(family, &ts->start);
			} else {
				ts->end = k->start;
				btns_ts_addr_prev(family, &ts->end);
			}
		}
	}
}

/**
 * btns_pad_child() - second PAD search: may a peer claim these addresses?
 * @c: configuration
 * @e: entry that the first search found
 * @remote: the peer's selector
 * @want: addresses one of which must stay inside when narrowing, or NULL
 * @out: with -ERANGE: the largest allowed prefix around the first that is allowed
 * @extack: why not
 *
 * Return: 0 all of it, -ERANGE part of it, -EACCES nothing.
 */
int btns_pad_child(struct btns_config *c, const struct btns_pad_entry *e,
		   const struct btns_ts *remote, const struct btns_ts *want,
		   struct btns_ts *out, struct netlink_ext_ack *extack)
{
	struct btns_ts window = *remote, part = *remote, at;

	if (remote->family == AF_UNSPEC)
		goto refuse;
	if (want && want->family == remote->family && btns_ts_addr_overlap(want, remote)) {
		if (btns_ts_cmp(remote->family, &want->start, &window.start) > 0)
			window.start = want->start;
		if (btns_ts_cmp(remote->family, &want->end, &window.end) < 0)
			window.end = want->end;
	}
	at = window;
	if (!btns_pad_first(c, e, &window, &at.start))
		goto refuse;
	btns_pad_span(c, e, &at.start, &part);
	if (!btns_ts_cmp(part.family, &part.start, &remote->start) &&
	    !btns_ts_cmp(part.family, &part.end, &remote->end))
		return 0;
	btns_ts_shrink(&part, &at);
	*out = *remote;
	out->start = part.start;
	out->end = part.end;
	return -ERANGE;

refuse:
	if (btns_pad_is_normal(e))
		NL_SET_ERR_MSG(extack,
			       "the peer claims addresses that its PAD entry does not give it");
	else
		NL_SET_ERR_MSG(extack,
			       "the peer claims addresses of another PAD entry, or ones that its own does not give it");
	return -EACCES;
}

static bool btns_pad_shares_key(const struct btns_pad_entry *a,
				const struct btns_pad_entry *b)
{
	unsigned int i, j;

	if (a->match != BTNS_PAD_MATCH_PUBLICKEY || b->match != BTNS_PAD_MATCH_PUBLICKEY)
		return false;
	for (i = 0; i < a->n_keys; i++)
		for (j = 0; j < b->n_keys; j++)
			if (!memcmp(a->keys[i], b->keys[j], BTNS_FINGERPRINT_LEN))
				return true;
	return false;
}

/**
 * btns_pad_add() - insert an entry in logical order
 * @c: configuration that is not in force yet
 * @e: the entry; belongs to @c afterwards
 * @extack: why not
 *
 * Return: 0, -EEXIST, -EINVAL.
 */
int btns_pad_add(struct btns_config *c, struct btns_pad_entry *e,
		 struct netlink_ext_ack *extack)
{
	struct btns_pad_entry *i;

	if (!e->name[0]) {
		NL_SET_ERR_MSG(extack, "a PAD entry needs a name");
		return -EINVAL;
	}
	if (e->match == BTNS_PAD_MATCH_ID && !e->id_type) {
		NL_SET_ERR_MSG(extack, "a PAD entry that matches by ID needs ID type and data");
		return -EINVAL;
	}
	if (e->match == BTNS_PAD_MATCH_ID && e->auth == BTNS_AUTH_PUBKEY && !e->n_keys) {
		NL_SET_ERR_MSG(extack,
			       "a PAD entry that authenticates by public key needs a key or a fingerprint");
		return -EINVAL;
	}
	if (e->match == BTNS_PAD_MATCH_PUBLICKEY && !e->n_keys) {
		NL_SET_ERR_MSG(extack,
			       "a PUBLICKEY entry needs a key or a fingerprint; match any key with the wildcard");
		return -EINVAL;
	}
	if (e->n_keys && (e->match == BTNS_PAD_MATCH_ANY || e->match == BTNS_PAD_MATCH_NULL ||
			  (e->match == BTNS_PAD_MATCH_ID && e->auth == BTNS_AUTH_PSK))) {
		NL_SET_ERR_MSG(extack,
			       "a wildcard, NULL or shared-key PAD entry takes no public key");
		return -EINVAL;
	}
	if (!e->child_any && !e->n_children) {
		NL_SET_ERR_MSG(extack,
			       "a PAD entry needs the addresses that its peers may claim, or 'any'");
		return -EINVAL;
	}
	list_for_each_entry(i, &c->pad, list) {
		if (!strcmp(i->name, e->name)) {
			NL_SET_ERR_MSG(extack, "two PAD entries have the same name");
			return -EEXIST;
		}
		if (i->match == BTNS_PAD_MATCH_NULL && e->match == BTNS_PAD_MATCH_NULL) {
			NL_SET_ERR_MSG(extack,
				       "there is a PAD entry for NULL authentication already: put the addresses into one");
			return -EEXIST;
		}
		if (i->match == BTNS_PAD_MATCH_ID && e->match == BTNS_PAD_MATCH_ID &&
		    i->id_type == e->id_type && i->id_len == e->id_len &&
		    !memcmp(i->id, e->id, e->id_len)) {
			NL_SET_ERR_MSG(extack,
				       "two PAD entries have the same ID, the second would never match: put keys and addresses into one");
			return -EEXIST;
		}
		if (btns_pad_shares_key(i, e)) {
			NL_SET_ERR_MSG(extack,
				       "two PUBLICKEY entries have the same key, the second would never match");
			return -EEXIST;
		}
		if (i->match == BTNS_PAD_MATCH_ANY && e->match == BTNS_PAD_MATCH_ANY) {
			NL_SET_ERR_MSG(extack,
				       "there is a wildcard BTNS entry already; at most one is allowed (RFC 5386 section 2)");
			return -EEXIST;
		}
	}
	list_for_each_entry(i, &c->pad, list)
		if (btns_pad_rank(i) > btns_pad_rank(e))
			break;
	list_add_tail(&e->list, &i->list);
	c->n_pad++;
	return 0;
}

/**
 * btns_pad_check() - rules between entries, before a configuration gets into force
 * @c: configuration
 * @extack: why not
 *
 * Return: 0 or -EINVAL.
 */
int btns_pad_check(struct btns_config *c, struct netlink_ext_ack *extack)
{
	const struct btns_pad_entry *e;
	bool normal_any = false, btns = false;

	list_for_each_entry(e, &c->pad, list) {
		normal_any |= btns_pad_is_normal(e) && e->child_any;
		btns |= !btns_pad_is_normal(e);
	}
	if (normal_any && btns) {
		NL_SET_ERR_MSG(extack,
			       "a PAD entry with an ID may claim any address, which leaves none for BTNS peers (RFC 5386 section 2): list its addresses");
		return -EINVAL;
	}
	return 0;
}

/**
 * btns_pad_entry_free() - free an entry that is in no list
 * @e: the entry or NULL
 */
void btns_pad_entry_free(struct btns_pad_entry *e)
{
	if (!e)
		return;
	kfree(e->id);
	kfree(e->keys);
	kfree(e->children);
	kfree(e);
}
