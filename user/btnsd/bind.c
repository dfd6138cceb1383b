// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unique channel bindings of latches: the kernel asks, or the peer does; the engine
 * agrees with the peer, the kernel keeps the value.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "btnsd.h"
#include "ike/crypto.h"

/*
 * How often, and how long after the other in ms, an SA pair is looked for that the engine
 * knows: after a restart those in the kernel are replaced one by one.
 */
#define TRIES_MAX	60
#define PAUSE		500

/* A question of the kernel. */
struct bind {
	TAILQ_ENTRY(bind) list;
	struct btnsd *d;
	uint64_t latch;
	unsigned int tries;
	struct event *again;
};

TAILQ_HEAD(binds, bind);

bool binds_new(struct btnsd *d)
{
	d->binds = calloc(1, sizeof(*d->binds));
	if (d->binds)
		TAILQ_INIT(d->binds);
	return d->binds;
}

static void forget(struct bind *b)
{
	TAILQ_REMOVE(b->d->binds, b, list);
	if (b->again)
		event_free(b->again);
	free(b);
}

void binds_free(struct btnsd *d)
{
	struct bind *b;

	while (d->binds && (b = TAILQ_FIRST(d->binds)))
		forget(b);
	free(d->binds);
	d->binds = NULL;
}

static struct bind *find(struct btnsd *d, uint64_t latch)
{
	struct bind *b;

	TAILQ_FOREACH(b, d->binds, list)
		if (b->latch == latch)
			return b;
	return NULL;
}

struct looking {
	struct k_latch latch;
	bool found;
};

static void look(void *arg, struct nlattr **tb)
{
	struct looking *l = arg;

	l->found = kernel_get_latch(tb, &l->latch);
}

/* flow NULL: by number. */
static bool latch_of(struct btnsd *d, uint64_t number, const struct ike_flow *flow,
		     struct k_latch *latch)
{
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_LATCH_GET);
	struct looking l = { };

	if (m && (flow ? !kernel_put_flow(m, flow) : nla_put_u64(m, BTNS_A_LATCH_ID, number))) {
		nlmsg_free(m);
		return false;
	}
	if (kernel_call(&d->kernel, m, look, &l) || !l.found)
		return false;
	*latch = l.latch;
	return true;
}

static void refuse(struct bind *b, int error)
{
	struct btnsd *d = b->d;
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_BINDING_SET);

	log_info("latch %llu: no unique channel binding: %s", (unsigned long long)b->latch,
		 strerror(error));
	if (m) {
		nla_put_u64(m, BTNS_A_LATCH_ID, b->latch);
		nla_put_u32(m, BTNS_A_ERROR, (uint32_t)error);
	}
	if (kernel_call(&d->kernel, m, NULL, NULL))
		log_debug("latch %llu: %s", (unsigned long long)b->latch, d->kernel.family.why);
	forget(b);
}

static void later(struct bind *b)
{
	const struct timeval tv = { .tv_usec = PAUSE * 1000 };

	if (++b->tries > TRIES_MAX || !b->again || event_add(b->again, &tv))
		refuse(b, ETIMEDOUT);
}

static void try(struct bind *b)
{
	struct btnsd *d = b->d;
	const uint64_t number = b->latch;
	struct k_latch l;
	int r;

	if (!latch_of(d, number, NULL, &l) || l.bound == BTNS_BOUND_OURS ||
	    l.bound == BTNS_BOUND_PEERS || l.state == BTNS_LATCH_CLOSED) {
		forget(b);
		return;
	}
	if (l.state != BTNS_LATCH_ESTABLISHED || !l.spi) {
		later(b);
		return;
	}
	r = ike_bind(d->ike, now_ms(), number, &l.flow, l.spi);
	/* it may be done already */
	b = find(d, number);
	if (!b || !r || r == -EALREADY)
		return;
	if (r == -ENOENT)
		later(b);
	else
		refuse(b, -r);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct bind *b = arg;
	struct btnsd *d = b->d;

	try(b);
	btnsd_rearm(d);
}

void bind_start(struct btnsd *d, uint64_t latch)
{
	struct bind *b;

	if (find(d, latch))
		return;
	b = calloc(1, sizeof(*b));
	if (!b)
		return;		/* the kernel does not wait for ever */
	b->d = d;
	b->latch = latch;
	b->again = evtimer_new(d->base, on_again, b);
	TAILQ_INSERT_TAIL(d->binds, b, list);
	try(b);
}

struct collection {
	uint64_t *list;
	size_t n, room;
};

static void collect(void *arg, struct nlattr **tb)
{
	struct collection *c = arg;
	struct k_latch l;
	uint64_t *p;

	if (!kernel_get_latch(tb, &l) || l.bound != BTNS_BOUND_ASKED)
		return;
	if (c->n == c->room) {
		p = reallocarray(c->list, c->room ? 2 * c->room : 16, sizeof(*p));
		if (!p)
			return;
		c->list = p;
		c->room = c->room ? 2 * c->room : 16;
	}
	c->list[c->n++] = l.id;
}

void binds_collect(struct btnsd *d)
{
	struct collection c = { };
	size_t i;

	if (kernel_dump(&d->kernel, BTNS_CMD_LATCH_GET, collect, &c))
		log_warn("latches: %s", d->kernel.family.why);
	for (i = 0; i < c.n; i++)
		bind_start(d, c.list[i]);
	free(c.list);
}

/* --- operations of the engine ------------------------------------------------------ */

static bool fits(const struct k_latch *l, const struct ike_binding *b)
{
	const struct chunk spki = CHUNK(b->peer.spki, b->peer.spki_len);
	uint8_t fp[BTNS_FINGERPRINT_LEN] = { 0 };

	if (spki.len)
		crypto_sha256(fp, &spki, 1);
	return !memcmp(fp, l->fingerprint, sizeof(fp)) && l->mode == b->mode &&
	       l->suite.encr == b->suite.encr && l->suite.encr_bits == b->suite.encr_bits &&
	       l->suite.integ == b->suite.integ;
}

enum ike_query bind_keep(struct btnsd *d, const struct ike_binding *b)
{
	struct nl_msg *m;
	struct k_latch l;
	int r;

	if (!latch_of(d, b->latch, b->latch ? NULL : &b->flow, &l) ||
	    l.state == BTNS_LATCH_CLOSED)
		return IKE_QUERY_NONE;
	if (l.state != BTNS_LATCH_ESTABLISHED)
		return IKE_QUERY_AGAIN;
	if (!fits(&l, b))
		return IKE_QUERY_MISFIT;
	m = kernel_new(&d->kernel, BTNS_CMD_BINDING_SET);
	if (m) {
		nla_put_u64(m, BTNS_A_LATCH_ID, l.id);
		nla_put(m, BTNS_A_BINDING, sizeof(b->value), b->value);
		nla_put_u8(m, BTNS_A_BOUND, b->ours ? BTNS_BOUND_OURS : BTNS_BOUND_PEERS);
	}
	r = kernel_call(&d->kernel, m, NULL, NULL);
	if (!r) {
		log_debug("latch %llu has its unique channel binding", (unsigned long long)l.id);
		return IKE_QUERY_DONE;
	}
	log_debug("latch %llu: %s", (unsigned long long)l.id, d->kernel.family.why);
	return r == -ENOENT || r == -ENOTCONN ? IKE_QUERY_NONE : IKE_QUERY_AGAIN;
}

void bind_done(struct btnsd *d, uint64_t latch, enum ike_error error, enum ike_query result)
{
	static const int why[] = {
		[IKE_QUERY_DONE] = EOPNOTSUPP,
		[IKE_QUERY_NONE] = ENOKEY,
		[IKE_QUERY_MISFIT] = EKEYREJECTED,
		[IKE_QUERY_AGAIN] = ETIMEDOUT,
	};
	struct bind *b = find(d, latch);

	if (!b)
		return;
	switch (error) {
	case IKE_OK:
		forget(b);
		break;
	case IKE_E_REFUSED:
		refuse(b, why[result]);
		break;
	case IKE_E_CLOSED:
		/* the pair was replaced, or a new IKE SA is on its way */
		later(b);
		break;
	case IKE_E_TIMEOUT:
		refuse(b, ETIMEDOUT);
		break;
	default:
		refuse(b, EPROTO);
		break;
	}
}
