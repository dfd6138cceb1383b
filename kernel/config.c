// SPDX-License-Identifier: GPL-2.0-only
/* Configuration transactions: staged apart, put into force as a whole. */
#include <linux/slab.h>

#include "compat/compat.h"
#include "config.h"
#include "conflict.h"
#include "holdoff.h"
#include "keymgr.h"
#include "notify.h"
#include "policy.h"
#include "sad.h"
#include "spdcache.h"

/* Distance of the places of neighbours, so that new entries fit between old ones. */
#define BTNS_SPD_GAP	1024

/* Open at a time in one namespace. */
#define BTNS_TRANSACTIONS_MAX	16

struct btns_transaction {
	struct list_head list;
	u32 portid;
	bool spoiled;
	struct btns_config *config;
};

static struct btns_config *btns_config_alloc(void)
{
	struct btns_config *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (c) {
		INIT_LIST_HEAD(&c->pad);
		INIT_LIST_HEAD(&c->spd);
	}
	return c;
}

static void btns_config_free(struct btns_config *c)
{
	struct btns_pad_entry *p, *pn;
	struct btns_spd_entry *s, *sn;

	if (!c)
		return;
	list_for_each_entry_safe(p, pn, &c->pad, list) {
		list_del(&p->list);
		btns_pad_entry_free(p);
	}
	list_for_each_entry_safe(s, sn, &c->spd, list) {
		list_del(&s->list);
		btns_spd_entry_put(s);
	}
	kfree(c);
}

/**
 * btns_config() - the configuration in force
 * @bn: namespace, locked
 */
struct btns_config *btns_config(struct btns_net *bn)
{
	return rcu_dereference_protected(bn->config, lockdep_is_held(&bn->lock));
}

static struct btns_transaction *btns_transaction_find(struct btns_net *bn, u32 portid)
{
	struct btns_transaction *t;

	list_for_each_entry(t, &bn->transactions, list)
		if (t->portid == portid)
			return t;
	return NULL;
}

/**
 * btns_config_begin() - start a transaction; an open one of the same socket is forgotten
 * @bn: namespace, locked
 * @portid: netlink port of the socket
 * @extack: why not
 *
 * Return: 0, -EBUSY or -ENOMEM.
 */
int btns_config_begin(struct btns_net *bn, u32 portid, struct netlink_ext_ack *extack)
{
	struct btns_transaction *t;
	unsigned int open = 0;

	lockdep_assert_held(&bn->lock);
	btns_config_abort(bn, portid);
	list_for_each_entry(t, &bn->transactions, list)
		open++;
	if (open >= BTNS_TRANSACTIONS_MAX) {
		NL_SET_ERR_MSG(extack,
			       "too many transactions are open: end one, or close its socket");
		return -EBUSY;
	}
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->config = btns_config_alloc();
	if (!t->config) {
		kfree(t);
		return -ENOMEM;
	}
	t->portid = portid;
	list_add(&t->list, &bn->transactions);
	return 0;
}

/**
 * btns_config_staged() - configuration that a socket is putting together
 * @bn: namespace, locked
 * @portid: netlink port of the socket
 * @extack: why not
 *
 * Return: the configuration, ERR_PTR(-ENOENT), ERR_PTR(-ECANCELED).
 */
struct btns_config *btns_config_staged(struct btns_net *bn, u32 portid,
				       struct netlink_ext_ack *extack)
{
	struct btns_transaction *t = btns_transaction_find(bn, portid);

	if (!t) {
		NL_SET_ERR_MSG(extack, "no transaction: send config-begin first");
		return ERR_PTR(-ENOENT);
	}
	if (t->spoiled) {
		NL_SET_ERR_MSG(extack,
			       "an earlier command of this transaction was refused: begin anew");
		return ERR_PTR(-ECANCELED);
	}
	return t->config;
}

/**
 * btns_config_spoil() - a command of the transaction was refused
 * @bn: namespace, locked
 * @portid: netlink port of the socket
 */
void btns_config_spoil(struct btns_net *bn, u32 portid)
{
	struct btns_transaction *t = btns_transaction_find(bn, portid);

	if (t)
		t->spoiled = true;
}

/**
 * btns_config_abort() - forget a transaction, if there is one
 * @bn: namespace, locked
 * @portid: netlink port of the socket
 */
void btns_config_abort(struct btns_net *bn, u32 portid)
{
	struct btns_transaction *t = btns_transaction_find(bn, portid);

	if (!t)
		return;
	list_del(&t->list);
	btns_config_free(t->config);
	kfree(t);
}

static bool btns_spd_same(const struct btns_spd_entry *a, const struct btns_spd_entry *b)
{
	return !strcmp(a->name, b->name) && a->class == b->class && a->mode == b->mode &&
	       a->btns_ok == b->btns_ok && a->null_ok == b->null_ok &&
	       !memcmp(&a->local, &b->local, sizeof(a->local)) &&
	       !memcmp(&a->remote, &b->remote, sizeof(a->remote)) &&
	       !memcmp(&a->outer_local, &b->outer_local, sizeof(a->outer_local)) &&
	       !memcmp(&a->outer_peer, &b->outer_peer, sizeof(a->outer_peer)) &&
	       a->by_peer == b->by_peer && a->peer_by_key == b->peer_by_key &&
	       !memcmp(a->peer_fingerprint, b->peer_fingerprint, BTNS_FINGERPRINT_LEN) &&
	       a->peer_id_type == b->peer_id_type && a->peer_id_len == b->peer_id_len &&
	       !memcmp(a->peer_id, b->peer_id, a->peer_id_len) &&
	       a->n_suites == b->n_suites &&
	       !memcmp(a->suites, b->suites, a->n_suites * sizeof(a->suites[0])) &&
	       a->lifetime == b->lifetime && a->lifebytes == b->lifebytes;
}

static struct btns_spd_entry *btns_config_find_same(struct btns_config *c,
						    const struct btns_spd_entry *s)
{
	struct btns_spd_entry *o;

	list_for_each_entry(o, &c->spd, list)
		if (btns_spd_same(s, o))
			return o;
	return NULL;
}

/*
 * For each staged entry the old one that it equals, if keeping the old one's place
 * keeps the order: the longest sequence of matches whose places rise.  len[i] and
 * prev[i] describe the longest one that ends with match i (1-based, 0: none).
 */
static int btns_config_match(struct btns_config *staged, struct btns_config *old,
			     struct btns_spd_entry **kept)
{
	struct btns_spd_entry *s;
	unsigned int i = 0, j, best = 0;
	u32 *len, *prev;

	len = kvcalloc(staged->n_spd + 1, 2 * sizeof(*len), GFP_KERNEL);
	if (!len)
		return -ENOMEM;
	prev = len + staged->n_spd + 1;
	list_for_each_entry(s, &staged->spd, list) {
		kept[i] = btns_config_find_same(old, s);
		i++;
		if (!kept[i - 1])
			continue;
		len[i] = 1;
		for (j = 1; j < i; j++) {
			if (len[j] >= len[i] && kept[j - 1]->index < kept[i - 1]->index) {
				len[i] = len[j] + 1;
				prev[i] = j;
			}
		}
		if (len[i] > len[best])
			best = i;
	}
	for (i = staged->n_spd; i; i--) {
		if (i == best)
			best = prev[i];
		else
			kept[i - 1] = NULL;
	}
	kvfree(len);
	return 0;
}

/* Places of the new entries, between those that stay.  false: no room, or too many. */
static bool btns_config_places(struct btns_config *staged, struct btns_spd_entry **kept)
{
	struct btns_spd_entry *s;
	unsigned int i = 0, j;
	u32 last = 0;

	list_for_each_entry(s, &staged->spd, list) {
		u32 next = 0, run = 1;

		if (kept[i]) {
			last = kept[i++]->index;
			continue;
		}
		for (j = i + 1; j < staged->n_spd; j++, run++) {
			if (kept[j]) {
				next = kept[j]->index;
				break;
			}
		}
		s->index = next ? last + (next - last) / (run + 1) : last + BTNS_SPD_GAP;
		if (s->index == last || s->index >= BTNS_SPD_INDEX_MAX ||
		    (next && s->index >= next))
			return false;
		last = s->index;
		i++;
	}
	return true;
}

/**
 * btns_config_check_class() - is the class of an entry strict enough?
 * @bn: namespace
 * @e: the entry
 * @extack: why not
 *
 * Return: 0 or -EPERM.
 */
int btns_config_check_class(struct btns_net *bn, const struct btns_spd_entry *e,
			    struct netlink_ext_ack *extack)
{
	if (e->class >= READ_ONCE(bn->sysctl.class_floor))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the class of an SPD entry is weaker than the sysctl net.btns.class_floor allows");
	return -EPERM;
}

static int btns_config_check(struct btns_net *bn, struct btns_config *c,
			     struct netlink_ext_ack *extack)
{
	const struct btns_spd_entry *s;
	int err;

	list_for_each_entry(s, &c->spd, list) {
		err = btns_config_check_class(bn, s, extack);
		if (err)
			return err;
	}
	return btns_pad_check(c, extack);
}

/*
 * Take an entry out of force.  A packet that met its policies may ask for SAs at this very
 * moment: without a number it asks for nothing, see btns_km_acquire().  An acquire that
 * outlived its entry would end in a hold-off, perhaps in clear, that nobody wants any more.
 */
static void btns_config_remove(struct btns_net *bn, struct btns_spd_entry *s)
{
	btns_policy_del_spd(bn, s);
	btns_reqid_free(bn, s->id);
	btns_keymgr_forget(bn, s);
}

/* Make the new entries known and put their policies in place; undo all on failure. */
static int btns_config_install(struct btns_net *bn, struct btns_config *staged,
			       struct btns_spd_entry **kept,
			       struct netlink_ext_ack *extack)
{
	struct btns_spd_entry *s, *u;
	unsigned int i = 0, done = 0;
	int err;

	list_for_each_entry(s, &staged->spd, list) {
		if (!kept[i]) {
			err = btns_reqid_alloc_spd(bn, s);
			if (!err)
				err = btns_policy_add_spd(bn, s, extack);
			if (err)
				goto undo;
		}
		i++;
		done++;
	}
	return 0;

undo:
	i = 0;
	list_for_each_entry(u, &staged->spd, list) {
		if (i > done)
			break;
		if (!kept[i] && u->id)
			btns_config_remove(bn, u);
		i++;
	}
	return err;
}

/* Hits of PAD entries that stay. */
static void btns_config_keep_hits(struct btns_config *staged, struct btns_config *old)
{
	struct btns_pad_entry *p, *o;

	list_for_each_entry(p, &staged->pad, list) {
		list_for_each_entry(o, &old->pad, list) {
			if (strcmp(p->name, o->name))
				continue;
			if (p->match == o->match && p->n_keys == o->n_keys &&
			    !memcmp(p->keys, o->keys, p->n_keys * sizeof(*p->keys)) &&
			    p->id_type == o->id_type && p->id_len == o->id_len &&
			    !memcmp(p->id, o->id, p->id_len))
				atomic64_set(&p->hits, atomic64_read(&o->hits));
			break;
		}
	}
}

/* Never 0: netlink takes that for "no number". */
static void btns_config_next(struct btns_net *bn)
{
	if (!++bn->generation)
		bn->generation = 1;
}

static int btns_config_replace(struct btns_net *bn, struct btns_config *staged,
			       struct netlink_ext_ack *extack)
{
	struct btns_config *old = btns_config(bn);
	struct btns_spd_entry **kept, *s, *n;
	LIST_HEAD(spd);
	unsigned int i;
	int err;

	err = btns_config_check(bn, staged, extack);
	if (err)
		return err;
	kept = kvcalloc(staged->n_spd + 1, sizeof(*kept), GFP_KERNEL);
	if (!kept)
		return -ENOMEM;
	err = btns_config_match(staged, old, kept);
	if (err)
		goto out;
	if (!btns_config_places(staged, kept)) {
		memset(kept, 0, staged->n_spd * sizeof(*kept));
		btns_config_places(staged, kept);
	}
	err = btns_config_install(bn, staged, kept, extack);
	if (err)
		goto out;

	/* No way back from here.  What stays moves over, the rest goes. */
	i = 0;
	list_for_each_entry_safe(s, n, &staged->spd, list) {
		if (kept[i]) {
			list_del(&s->list);
			btns_spd_entry_put(s);
			list_move_tail(&kept[i]->list, &spd);
		} else {
			list_move_tail(&s->list, &spd);
		}
		i++;
	}
	list_splice(&spd, &staged->spd);
	btns_config_keep_hits(staged, old);
	rcu_assign_pointer(bn->config, staged);
	btns_config_next(bn);

	btns_sad_revalidate(bn, staged);
	/* the new policies are in place: no moment in clear */
	list_for_each_entry(s, &old->spd, list) {
		btns_holdoff_forget(bn, s, NULL, NULL);
		btns_config_remove(bn, s);
	}
	btns_policy_drop_leftovers(bn);
	btns_conflict_config(bn);
	synchronize_rcu();
	btns_config_free(old);
	btns_notify_config(bn);
out:
	kvfree(kept);
	return err;
}

/**
 * btns_config_commit() - put a staged configuration into force
 * @bn: namespace, locked
 * @portid: netlink port of the socket
 * @extack: why not
 *
 * Return: 0 or a negative errno; the transaction is over in any case.
 */
int btns_config_commit(struct btns_net *bn, u32 portid, struct netlink_ext_ack *extack)
{
	struct btns_transaction *t;
	struct btns_config *staged;
	int err;

	lockdep_assert_held(&bn->lock);
	staged = btns_config_staged(bn, portid, extack);
	if (IS_ERR(staged)) {
		btns_config_abort(bn, portid);
		return PTR_ERR(staged);
	}
	if (bn->dying) {
		btns_config_abort(bn, portid);
		return -ENODEV;
	}
	err = btns_config_replace(bn, staged, extack);
	t = btns_transaction_find(bn, portid);
	if (!err)
		t->config = NULL;
	btns_config_abort(bn, portid);
	return err;
}

/**
 * btns_config_flush() - empty PAD and SPD; all SAs go
 * @bn: namespace, locked
 * @extack: why not
 *
 * Return: 0 or -ENOMEM.
 */
int btns_config_flush(struct btns_net *bn, struct netlink_ext_ack *extack)
{
	struct btns_config *empty = btns_config_alloc();
	int err;

	if (!empty)
		return -ENOMEM;
	err = btns_config_replace(bn, empty, extack);
	if (err)
		btns_config_free(empty);
	return err;
}

int btns_config_init(struct btns_net *bn)
{
	struct btns_config *c = btns_config_alloc();

	if (!c)
		return -ENOMEM;
	INIT_LIST_HEAD(&bn->transactions);
	bn->generation = 1;
	RCU_INIT_POINTER(bn->config, c);
	return 0;
}

void btns_config_exit(struct btns_net *bn)
{
	struct btns_transaction *t, *n;
	struct btns_config *c = rcu_dereference_protected(bn->config, 1);

	list_for_each_entry_safe(t, n, &bn->transactions, list) {
		list_del(&t->list);
		btns_config_free(t->config);
		kfree(t);
	}
	RCU_INIT_POINTER(bn->config, NULL);
	btns_config_free(c);
}
