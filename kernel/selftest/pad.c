// SPDX-License-Identifier: GPL-2.0-only
/*
 * PAD and SPD of figures 2 and 3 of RFC 5386 inside the kernel: A 192.0.2.1,
 * Q 198.51.100.7, B's network 203.0.113.0/24, R 198.51.100.8.
 */
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "../config.h"
#include "selftest.h"

#define A	0xc0000201U
#define Q	0xc6336407U
#define R	0xc6336408U
#define C	0xc633641eU
#define BNET	0xcb007100U

static struct btns_ts btns_selftest_range(u32 first, u32 last)
{
	struct btns_ts ts = { .family = AF_INET, .port_end = 65535 };

	ts.start.a4 = htonl(first);
	ts.end.a4 = htonl(last);
	return ts;
}

static int btns_selftest_pad_entry(struct btns_config *c, const char *name, u8 match,
				   const char *id, u8 key, u32 first, u32 last)
{
	struct btns_pad_entry *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int err = -ENOMEM;

	if (!e)
		return err;
	strscpy(e->name, name, sizeof(e->name));
	e->match = match;
	e->auth = BTNS_AUTH_PUBKEY;
	e->keys = kcalloc(1, sizeof(*e->keys), GFP_KERNEL);
	e->children = kcalloc(1, sizeof(*e->children), GFP_KERNEL);
	if (!e->keys || !e->children)
		goto fail;
	if (id) {
		e->id_type = BTNS_ID_FQDN;
		e->id_len = strlen(id);
		e->id = kmemdup(id, e->id_len, GFP_KERNEL);
		if (!e->id)
			goto fail;
	}
	if (key)
		e->keys[e->n_keys++][0] = key;
	if (first)
		e->children[e->n_children++] = btns_selftest_range(first, last);
	else
		e->child_any = true;
	err = btns_pad_add(c, e, NULL);
	if (!err)
		return 0;
fail:
	btns_pad_entry_free(e);
	return err;
}

static int btns_selftest_spd_entry(struct btns_config *c, u32 id, u32 first, u32 last, u8 class,
				   u8 mode, bool btns_ok)
{
	struct btns_spd_entry *e = kzalloc(sizeof(*e), GFP_KERNEL);

	if (!e)
		return -ENOMEM;
	refcount_set(&e->refs, 1);
	e->id = id;
	e->class = class;
	e->mode = mode;
	e->btns_ok = btns_ok;
	e->local = btns_selftest_range(A, A);
	e->remote.port_end = 65535;
	if (first)
		e->remote = btns_selftest_range(first, last);
	list_add_tail(&e->list, &c->spd);
	c->n_spd++;
	return 0;
}

static int btns_selftest_figures(struct btns_config *c)
{
	/* the wildcard first: the order must not depend on it */
	return btns_selftest_pad_entry(c, "any", BTNS_PAD_MATCH_ANY, NULL, 0, 0, 0) ?:
	       btns_selftest_pad_entry(c, "b", BTNS_PAD_MATCH_ID, "sg-b", 1, BNET,
				       BNET | 0xff) ?:
	       btns_selftest_pad_entry(c, "q", BTNS_PAD_MATCH_ID, "q", 2, Q, Q) ?:
	       btns_selftest_spd_entry(c, 1, R, R, BTNS_CLASS_CLEAR, 0, false) ?:
	       btns_selftest_spd_entry(c, 2, Q, Q, BTNS_CLASS_PRIVATE, BTNS_MODE_TUNNEL,
				       false) ?:
	       btns_selftest_spd_entry(c, 3, BNET, BNET | 0xff, BTNS_CLASS_PRIVATE,
				       BTNS_MODE_TUNNEL, false) ?:
	       btns_selftest_spd_entry(c, 4, 0, 0, BTNS_CLASS_PRIVATE, BTNS_MODE_TRANSPORT,
				       true);
}

static const struct {
	const char *item, *id;
	u8 key, method;
	const char *pad;		/* NULL: rejected */
	u32 first, last;		/* what it asks for */
	u8 mode;
	u32 spd;			/* 0: refused */
	u32 got_first, got_last;
} peers[] = {
	{ "RFC5386/25 Q", "q", 2, 14, "q", Q, Q, BTNS_MODE_TUNNEL, 2, Q, Q },
	{ "RFC5386/25 Q, everything", "q", 2, 14, "q", 0, ~0U, BTNS_MODE_TUNNEL, 2, Q, Q },
	{ "RFC5386/25 Q, B's network", "q", 2, 14, "q", BNET, BNET | 0xff, BTNS_MODE_TUNNEL, 0,
	  0, 0 },
	{ "RFC5386/25 SG-B", "sg-b", 1, 14, "b", BNET, BNET | 0xff, BTNS_MODE_TUNNEL, 3, BNET,
	  BNET | 0xff },
	{ "RFC5386/25 SG-B, Q", "sg-b", 1, 14, "b", Q, Q, BTNS_MODE_TUNNEL, 0, 0, 0 },
	{ "RFC5386/25 C", "c", 4, 14, "any", C, C, BTNS_MODE_TRANSPORT, 4, C, C },
	{ "RFC5386/25 C, everything", "c", 4, 14, "any", 0, ~0U, BTNS_MODE_TRANSPORT, 4, C, C },
	{ "RFC5386/16 C, tunnel", "c", 4, 14, "any", C, C, BTNS_MODE_TUNNEL, 0, 0, 0 },
	{ "RFC5386/10 C, RSA", "c", 4, 1, "any", C, C, BTNS_MODE_TRANSPORT, 4, C, C },
	{ "RFC5386/10 C, shared key", "c", 0, 2, NULL, C, C, 0, 0, 0, 0 },
	{ "RFC5386/34 C, NULL", "c", 0, 13, NULL, C, C, 0, 0, 0, 0 },
	{ "RFC5386/26 a rogue, Q's ID", "q", 9, 14, NULL, Q, Q, 0, 0, 0, 0 },
	{ "RFC5386/26 a rogue, SG-B's ID", "sg-b", 9, 14, NULL, BNET, BNET, 0, 0, 0, 0 },
	{ "RFC5386/17 a rogue, Q's address", "x", 9, 14, "any", Q, Q, 0, 0, 0, 0 },
	{ "RFC5386/17 a rogue, B's address", "x", 9, 14, "any", BNET + 5, BNET + 5, 0, 0, 0, 0 },
	{ "RFC5386/27 a rogue, C's address", "x", 9, 14, "any", C, C, 0, 4, C, C },
	{ "a rogue, R's address", "x", 9, 14, "any", R, R, 0, 0, 0, 0 },
};

static bool btns_selftest_peer(struct btns_config *c, unsigned int i)
{
	static const u8 key[1];
	struct btns_identity_desc d = {
		.id_type = BTNS_ID_FQDN,
		.id = peers[i].id,
		.id_len = strlen(peers[i].id),
		.auth_method = peers[i].method,
		.spki = key,
		.spki_len = peers[i].key ? sizeof(key) : 0,
		.fingerprint = { peers[i].key },
	};
	struct btns_ts local = btns_selftest_range(A, A);
	struct btns_ts remote = btns_selftest_range(peers[i].first, peers[i].last);
	struct btns_child_query q = {
		.peer = &d,
		.n_local = 1,
		.n_remote = 1,
		.local = &local,
		.remote = &remote,
		.mode = peers[i].mode,
	};
	struct btns_child_grant g;

	q.pad = btns_pad_search(c, &d, NULL);
	if (IS_ERR(q.pad))
		return !peers[i].pad;
	if (!peers[i].pad || strcmp(q.pad->name, peers[i].pad))
		return false;
	q.outer_local.family = AF_INET;
	q.outer_local.a.a4 = htonl(A);
	q.outer_peer.family = AF_INET;
	q.outer_peer.a.a4 = htonl(peers[i].first == peers[i].last ? peers[i].first : C);
	if (btns_spd_narrow(c, &q, &g, NULL))
		return !peers[i].spd;
	if (g.spd->id != peers[i].spd || g.remote.start.a4 != htonl(peers[i].got_first) ||
	    g.remote.end.a4 != htonl(peers[i].got_last))
		return false;
	/* what was granted is allowed, one address more is not */
	remote = g.remote;
	q.mode = g.mode;
	if (btns_spd_check(c, &q, &g, NULL))
		return false;
	btns_ts_addr_next(AF_INET, &remote.start);
	remote.end = remote.start;
	return peers[i].got_first != peers[i].got_last || btns_spd_check(c, &q, &g, NULL);
}

/**
 * btns_selftest_pad() - both PAD searches and the SPD search
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int btns_selftest_pad(void)
{
	struct btns_config *c = kzalloc(sizeof(*c), GFP_KERNEL);
	struct btns_pad_entry *p, *pn;
	struct btns_spd_entry *s, *sn;
	unsigned int i;
	int err;

	if (!c)
		return -ENOMEM;
	INIT_LIST_HEAD(&c->pad);
	INIT_LIST_HEAD(&c->spd);
	err = btns_selftest_figures(c);
	for (i = 0; !err && i < ARRAY_SIZE(peers); i++) {
		if (!btns_selftest_peer(c, i)) {
			pr_err("btns: %s\n", peers[i].item);
			err = -EBADMSG;
		}
	}
	/* RFC5386/5 */
	if (!err && btns_selftest_pad_entry(c, "more", BTNS_PAD_MATCH_ANY, NULL, 0, 0, 0) !=
	    -EEXIST)
		err = -EBADMSG;
	list_for_each_entry_safe(p, pn, &c->pad, list)
		btns_pad_entry_free(p);
	list_for_each_entry_safe(s, sn, &c->spd, list)
		btns_spd_entry_put(s);
	kfree(c);
	return err;
}
