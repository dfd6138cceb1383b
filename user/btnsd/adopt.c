// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SA pairs of an earlier life of the daemon.  Those whose IKE SA has been restored go on
 * (keep.c).  The IKE SAs of the others are lost, or their peers do not answer over them, so
 * each is replaced, make before break: a new pair, of a new IKE SA or of a restored one, and
 * only then do the old ones go.  A peer that does not answer keeps its pair to the pair's own
 * hard limit.
 */
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "../ike/crypto.h"
#include "btnsd.h"

#define RETRY_FIRST	5	/* seconds, doubling */
#define RETRY_MAX	600
#define LINGER		5	/* seconds in which the peer may still send on the old pair */

struct adopt {
	TAILQ_ENTRY(adopt) list;
	struct btnsd *d;
	uint32_t cookie;
	struct k_child like;		/* one of the pairs: selection and peer */
	unsigned int n;
	uint32_t *sa_id;
	unsigned int wait;		/* seconds until the next try */
	bool asked;			/* once at least */
	bool under_way;			/* at the engine */
	bool covered;			/* the engine has one like it, which is restored */
	bool replaced;			/* the old ones go when the timer fires */
	struct event *timer;
};

TAILQ_HEAD(adopt_list, adopt);

struct adopts {
	struct adopt_list list;
	uint32_t next;
	struct k_spd *spd;
	unsigned int n_spd, spd_room;
};

static void forget(struct adopt *a)
{
	TAILQ_REMOVE(&a->d->adopts->list, a, list);
	if (a->timer)
		event_free(a->timer);
	free(a->sa_id);
	free(a);
}

void adopt_free(struct btnsd *d)
{
	struct adopt *a;

	while (d->adopts && (a = TAILQ_FIRST(&d->adopts->list)))
		forget(a);
	if (d->adopts)
		free(d->adopts->spd);
	free(d->adopts);
	d->adopts = NULL;
}

unsigned int adopt_count(const struct btnsd *d)
{
	unsigned int n = 0;
	struct adopt *a;

	TAILQ_FOREACH(a, &d->adopts->list, list)
		n += a->n;
	return n;
}

static void arm(struct adopt *a, unsigned int seconds)
{
	const struct timeval tv = { .tv_sec = seconds };

	event_add(a->timer, &tv);
}

static bool same_ts(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->family == b->family && a->proto == b->proto &&
	       a->port_start == b->port_start && a->port_end == b->port_end &&
	       !memcmp(a->start, b->start, 16) && !memcmp(a->end, b->end, 16);
}

static bool alike(const struct k_child *a, const struct k_child *b)
{
	return a->spd_entry == b->spd_entry && a->mode == b->mode &&
	       same_ts(&a->local_ts, &b->local_ts) && same_ts(&a->remote_ts, &b->remote_ts) &&
	       ike_same_ip(&a->outer_local, &b->outer_local) &&
	       ike_same_ip(&a->outer_peer, &b->outer_peer) && a->has_key == b->has_key &&
	       !memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint));
}

/* --- the engine's part ------------------------------------------------------------- */

static const struct k_spd *spd_of(const struct adopts *all, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < all->n_spd; i++)
		if (all->spd[i].id == id)
			return &all->spd[i];
	return NULL;
}

static struct ike_request wish_of(const struct adopt *a)
{
	const struct k_child *k = &a->like;
	const struct k_spd *s = spd_of(a->d->adopts, k->spd_entry);
	struct ike_request r = {
		.cookie = a->cookie, .spd_entry = k->spd_entry, .mode = k->mode,
		.local = k->outer_local, .peer = k->outer_peer, .n_local = 1, .n_remote = 1,
	};

	r.local.port = r.peer.port = 500;
	r.local_ts[0] = k->local_ts;
	r.remote_ts[0] = k->remote_ts;
	if (s) {
		r.n_suites = s->n_suites;
		memcpy(r.suites, s->suites, sizeof(r.suites));
		r.lifetime = s->lifetime;
		r.lifebytes = s->lifebytes;
	}
	return r;
}

static void ask(struct adopt *a)
{
	const struct ike_request r = wish_of(a);

	a->asked = true;
	a->under_way = true;
	if (ike_initiate(a->d->ike, now_ms(), &r)) {
		a->under_way = false;
		arm(a, a->wait);
	}
	btnsd_rearm(a->d);
}

/* The other end may send on the old one still: a new one makes it change over. */
static bool renew(struct adopt *a)
{
	const struct ike_request r = wish_of(a);
	bool renewed;

	if (!a->covered)
		return false;
	a->covered = false;
	renewed = ike_renew(a->d->ike, now_ms(), &r);
	if (renewed)
		arm(a, a->wait);
	btnsd_rearm(a->d);
	return renewed;
}

static void drop_old(struct adopt *a)
{
	struct btnsd *d = a->d;
	unsigned int i;

	for (i = 0; i < a->n; i++) {
		struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_SA_DEL);

		if (m)
			nla_put_u32(m, BTNS_A_SA_ID, a->sa_id[i]);
		if (!kernel_call(&d->kernel, m, NULL, NULL)) {
			d->stats.replaced++;
			log_info("SA pair %u of an earlier life is replaced", a->sa_id[i]);
		}
	}
	forget(a);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct adopt *a = arg;

	if (a->replaced) {
		drop_old(a);
		return;
	}
	if (a->under_way)
		return;
	if (a->asked) {
		a->d->stats.adopt_retries++;
		a->wait = 2 * a->wait > RETRY_MAX ? RETRY_MAX : 2 * a->wait;
	}
	if (!renew(a))
		ask(a);
}

void adopt_done(struct btnsd *d, uint32_t cookie, enum ike_error error)
{
	struct adopt *a;
	char text[ADDR_TEXT];

	TAILQ_FOREACH(a, &d->adopts->list, list)
		if (a->cookie == cookie)
			break;
	if (!a)
		return;
	a->under_way = false;
	if (a->replaced)
		return;
	if (!a->n) {
		forget(a);
		return;
	}
	if (error)
		log_info("%s: SA pair of an earlier life is not replaced yet: %s",
			 addr_text(&a->like.outer_peer, text), ike_strerror(error));
	/*
	 * No error, and yet nothing like it is new: there was one, which outlived the old
	 * life; or another peer, or narrower selectors.
	 */
	a->covered = !error;
	arm(a, a->wait);
}

void adopt_replaced(struct btnsd *d, const struct ike_child_sa *c)
{
	struct k_child now = {
		.spd_entry = c->spd_entry, .mode = c->mode,
		.local_ts = c->local_ts, .remote_ts = c->remote_ts,
		.outer_local = c->local, .outer_peer = c->peer,
		.has_key = c->peer_id.spki_len,
	};
	struct chunk key = CHUNK(c->peer_id.spki, c->peer_id.spki_len);
	struct adopt *a;

	if (TAILQ_EMPTY(&d->adopts->list))
		return;
	if (now.has_key)
		crypto_sha256(now.fingerprint, &key, 1);
	TAILQ_FOREACH(a, &d->adopts->list, list) {
		if (a->replaced || !alike(&a->like, &now))
			continue;
		a->replaced = true;
		arm(a, LINGER);
	}
}

void adopt_gone(struct btnsd *d, uint32_t sa_id)
{
	struct adopt *a, *next;
	unsigned int i;

	for (a = TAILQ_FIRST(&d->adopts->list); a; a = next) {
		next = TAILQ_NEXT(a, list);
		for (i = 0; i < a->n; i++)
			if (a->sa_id[i] == sa_id)
				a->sa_id[i--] = a->sa_id[--a->n];
		/* one at the engine is left to its outcome */
		if (!a->n && !a->under_way)
			forget(a);
	}
}

void adopt_forget(struct btnsd *d)
{
	struct adopt *a, *next;

	for (a = TAILQ_FIRST(&d->adopts->list); a; a = next) {
		next = TAILQ_NEXT(a, list);
		a->n = 0;
		if (!a->under_way)
			forget(a);
	}
}

/* --- finding them --------------------------------------------------------------------- */

static void take_spd(void *arg, struct nlattr **tb)
{
	struct adopts *all = arg;
	struct k_spd *p;

	if (all->n_spd == all->spd_room) {
		p = reallocarray(all->spd, all->spd_room ? 2 * all->spd_room : 16, sizeof(*p));
		if (!p)
			return;
		all->spd = p;
		all->spd_room = all->spd_room ? 2 * all->spd_room : 16;
	}
	if (tb[BTNS_A_SPD] && kernel_get_spd(tb[BTNS_A_SPD], &all->spd[all->n_spd]))
		all->n_spd++;
}

static struct adopt *one_like(struct btnsd *d, const struct k_child *k)
{
	struct adopt *a;

	TAILQ_FOREACH(a, &d->adopts->list, list)
		if (alike(&a->like, k))
			return a;
	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->timer = evtimer_new(d->base, on_timer, a);
	if (!a->timer) {
		free(a);
		return NULL;
	}
	a->d = d;
	a->like = *k;
	a->wait = RETRY_FIRST;
	a->cookie = ADOPT_COOKIE | d->adopts->next++;
	TAILQ_INSERT_TAIL(&d->adopts->list, a, list);
	return a;
}

static void take_pair(void *arg, struct nlattr **tb)
{
	struct btnsd *d = arg;
	struct k_child k;
	struct adopt *a;
	uint32_t *p;

	if (!tb[BTNS_A_CHILD] || !kernel_get_child(tb[BTNS_A_CHILD], &k))
		return;
	if (ike_has_child(d->ike, k.spi_in) && pairs_take_over(d, k.spi_in, k.sa_id))
		return;
	a = one_like(d, &k);
	if (!a)
		return;
	p = reallocarray(a->sa_id, a->n + 1, sizeof(*p));
	if (!p)
		return;
	a->sa_id = p;
	a->sa_id[a->n++] = k.sa_id;
	d->stats.adopted++;
}

/* The engine may not be asked from here. */
static void take_lost(void *arg, struct nlattr **tb)
{
	struct btnsd *d = arg;
	struct adopt *a;

	take_pair(d, tb);
	TAILQ_FOREACH(a, &d->adopts->list, list)
		if (!a->asked && !a->replaced)
			arm(a, 0);
}

void adopt_lost(struct btnsd *d, uint32_t sa_id)
{
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_SA_GET);

	if (m)
		nla_put_u32(m, BTNS_A_SA_ID, sa_id);
	if (kernel_call(&d->kernel, m, take_lost, d))
		log_debug("SA pair %u: %s", sa_id, d->kernel.family.why);
	else
		log_info("SA pair %u of an earlier life: the peer does not answer", sa_id);
}

bool adopts_new(struct btnsd *d)
{
	d->adopts = calloc(1, sizeof(*d->adopts));
	if (d->adopts)
		TAILQ_INIT(&d->adopts->list);
	return d->adopts;
}

/* An IKE SA is here again, and one of its pairs is not. */
static void not_there(void *arg, uint32_t spi_in)
{
	struct btnsd *d = arg;

	if (!pairs_find(d, spi_in))
		ike_child_gone(d->ike, now_ms(), spi_in);
}

void adopt_start(struct btnsd *d)
{
	struct adopt *a, *next;

	if (kernel_dump(&d->kernel, BTNS_CMD_SPD_GET, take_spd, d->adopts) ||
	    kernel_dump(&d->kernel, BTNS_CMD_SA_GET, take_pair, d))
		log_warn("SA pairs of an earlier life: %s", d->kernel.family.why);
	ike_children(d->ike, not_there, d);
	if (!TAILQ_EMPTY(&d->adopts->list))
		log_notice("%u SA pairs of an earlier life: replacing them", adopt_count(d));
	for (a = TAILQ_FIRST(&d->adopts->list); a; a = next) {
		next = TAILQ_NEXT(a, list);
		ask(a);
	}
}
