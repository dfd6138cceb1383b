// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flows that wait for an SA.  The engine takes its time with retransmissions; a flow
 * that may also go in clear waits no longer than fallback-time for a first sign of
 * life, and not at all once ICMP proves that nobody listens.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "btnsd.h"
#include "outcome.h"

struct acquire {
	TAILQ_ENTRY(acquire) list;
	struct btnsd *d;
	uint32_t id;
	uint8_t class;
	bool answered;			/* the peer has sent something */
	bool told;			/* the kernel knows the outcome */
	struct ike_addr peer;
	uint8_t spi[8];			/* of the last IKE_SA_INIT to the peer */
	struct event *patience;
};

TAILQ_HEAD(acquire_list, acquire);

struct acquires {
	struct acquire_list list;
	unsigned int unanswered;	/* entries that look at incoming packets */
};

bool acquires_new(struct btnsd *d)
{
	d->acquires = calloc(1, sizeof(*d->acquires));
	if (d->acquires)
		TAILQ_INIT(&d->acquires->list);
	return d->acquires;
}

static void forget(struct acquire *a)
{
	struct acquires *all = a->d->acquires;

	if (!a->answered)
		all->unanswered--;
	TAILQ_REMOVE(&all->list, a, list);
	if (a->patience)
		event_free(a->patience);
	free(a);
}

void acquires_free(struct btnsd *d)
{
	struct acquire *a;

	while (d->acquires && (a = TAILQ_FIRST(&d->acquires->list)))
		forget(a);
	free(d->acquires);
	d->acquires = NULL;
}

static struct acquire *find(struct btnsd *d, uint32_t id)
{
	struct acquire *a;

	TAILQ_FOREACH(a, &d->acquires->list, list)
		if (a->id == id)
			return a;
	return NULL;
}

static void tell(struct btnsd *d, uint32_t id, int error)
{
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_ACQUIRE_DONE);

	if (m) {
		nla_put_u32(m, BTNS_A_ACQUIRE_ID, id);
		nla_put_u32(m, BTNS_A_ERROR, (uint32_t)error);
	}
	/* it may have expired there */
	if (kernel_call(&d->kernel, m, NULL, NULL))
		log_debug("acquire %u: %s", id, d->kernel.family.why);
}

int acquire_errno(enum ike_error error)
{
	switch (error) {
	case IKE_OK:
		return 0;
	case IKE_E_TIMEOUT:
		return ETIMEDOUT;
	case IKE_E_REFUSED:
		return ECONNREFUSED;
	case IKE_E_AUTH:
		return EACCES;
	case IKE_E_PROPOSAL:
		return ENOPROTOOPT;
	case IKE_E_TS:
		return EPERM;
	case IKE_E_SYNTAX:
		return EBADMSG;
	case IKE_E_LIMIT:
		return ENOSPC;
	case IKE_E_CLOSED:
		return ECONNRESET;
	default:
		return EIO;
	}
}

static void fall_back(struct acquire *a, int error)
{
	if (a->told || a->class != BTNS_CLASS_PRIVATE_OR_CLEAR)
		return;
	a->told = true;
	a->d->stats.fallbacks++;
	tell(a->d, a->id, error);
}

static void impatient(evutil_socket_t fd, short what, void *arg)
{
	struct acquire *a = arg;
	char text[ADDR_TEXT];

	if (a->answered || a->told)
		return;
	log_info("%s does not answer: in clear for now", addr_text(&a->peer, text));
	outcome_failed(a->d, &a->peer, IKE_E_TIMEOUT, 0);
	fall_back(a, ETIMEDOUT);
}

static bool same_ts(const struct ike_ts *a, const struct ike_ts *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * The packet first, then what the policy allows (RFC 7296 section 2.9), in BEET mode
 * between these two addresses.
 */
static unsigned int proposal(struct ike_ts *out, const struct ike_ts *packet,
			     const struct ike_ts *all, uint8_t mode)
{
	struct ike_ts wide = *all;

	if (mode == BTNS_MODE_BEET) {
		memcpy(wide.start, packet->start, sizeof(wide.start));
		memcpy(wide.end, packet->end, sizeof(wide.end));
	}
	out[0] = *packet;
	out[1] = wide;
	return same_ts(packet, &wide) ? 1 : 2;
}

void acquire_start(struct btnsd *d, const struct k_acquire *k)
{
	struct ike_request r = {
		.cookie = k->id, .spd_entry = k->spd_entry, .mode = k->mode,
		.local = k->outer_local, .peer = k->outer_peer,
		.n_suites = k->n_suites, .lifetime = k->lifetime, .lifebytes = k->lifebytes,
		.own = k->own,
	};
	static const uint8_t none[16];
	struct timeval tv;
	struct acquire *a;
	char text[ADDR_TEXT];
	uint32_t id = k->id;
	int err = 0;

	if (find(d, id))
		return;
	a = calloc(1, sizeof(*a));
	if (!a)
		return;		/* the kernel's own limit ends it */
	a->d = d;
	a->id = id;
	a->class = k->class;
	a->peer = k->outer_peer;
	d->acquires->unanswered++;
	TAILQ_INSERT_TAIL(&d->acquires->list, a, list);
	d->stats.acquires++;
	outcome_asked(d, &k->outer_peer, k->spd_name);
	log_debug("acquire %u: policy %s, peer %s", id, k->spd_name,
		  addr_text(&k->outer_peer, text));

	memcpy(r.suites, k->suites, sizeof(r.suites));
	r.n_local = proposal(r.local_ts, &k->flow_local, &k->local_ts, k->mode);
	r.n_remote = proposal(r.remote_ts, &k->flow_remote, &k->remote_ts, k->mode);
	r.local.port = r.peer.port = 500;
	if (!memcmp(r.local.ip, none, sizeof(none)) && !socks_source(&r.peer, &r.local))
		err = EHOSTUNREACH;
	if (a->class == BTNS_CLASS_PRIVATE_OR_CLEAR) {
		tv.tv_sec = d->conf->daemon.fallback / 1000;
		tv.tv_usec = d->conf->daemon.fallback % 1000 * 1000;
		a->patience = evtimer_new(d->base, impatient, a);
		if (a->patience)
			event_add(a->patience, &tv);
	}
	if (!err)
		err = -ike_initiate(d->ike, now_ms(), &r);
	/* it may be done already */
	a = find(d, id);
	if (err && a) {
		d->stats.acquires_failed++;
		tell(d, id, err);
		forget(a);
	}
}

struct collection {
	struct k_acquire *list;
	size_t n, room;
};

static void collect(void *arg, struct nlattr **tb)
{
	struct collection *c = arg;
	struct k_acquire *p;

	if (c->n == c->room) {
		p = reallocarray(c->list, c->room ? 2 * c->room : 16, sizeof(*p));
		if (!p)
			return;
		c->list = p;
		c->room = c->room ? 2 * c->room : 16;
	}
	if (tb[BTNS_A_ACQUIRE] && kernel_get_acquire(tb[BTNS_A_ACQUIRE], &c->list[c->n]))
		c->n++;
}

void acquires_collect(struct btnsd *d)
{
	struct collection c = { };
	size_t i;

	/* first all of the dump, then requests of our own on the same socket */
	if (kernel_dump(&d->kernel, BTNS_CMD_ACQUIRE_GET, collect, &c))
		log_warn("acquires: %s", d->kernel.family.why);
	for (i = 0; i < c.n; i++)
		acquire_start(d, &c.list[i]);
	free(c.list);
}

void acquire_done(struct btnsd *d, uint32_t id, enum ike_error error, uint16_t detail)
{
	struct acquire *a = find(d, id);
	char text[ADDR_TEXT];

	if (!a)
		return;
	if (error) {
		d->stats.acquires_failed++;
		outcome_failed(d, &a->peer, error, detail);
		log_info("%s: no SA: %s", addr_text(&a->peer, text), ike_strerror(error));
	} else {
		d->stats.acquires_ok++;
	}
	if (!a->told || !error)
		tell(d, id, (error == IKE_E_AUTH ? peers_errno(d, &a->peer) : 0) ?:
		     acquire_errno(error));
	forget(a);
}

void acquire_asked(struct btnsd *d, const struct ike_addr *peer, const uint8_t spi[8])
{
	struct acquire *a;

	if (!d->acquires->unanswered)
		return;
	TAILQ_FOREACH(a, &d->acquires->list, list)
		if (!a->answered && ike_same_ip(&a->peer, peer))
			memcpy(a->spi, spi, sizeof(a->spi));
}

void acquire_answered(struct btnsd *d, const uint8_t spi[8])
{
	struct acquire *a;

	if (!d->acquires->unanswered)
		return;
	TAILQ_FOREACH(a, &d->acquires->list, list) {
		if (a->answered || memcmp(a->spi, spi, sizeof(a->spi)))
			continue;
		a->answered = true;
		d->acquires->unanswered--;
	}
}

bool acquire_unreachable(struct btnsd *d, const struct ike_addr *peer, const uint8_t *quote,
			 size_t len, int error)
{
	bool believed = false;
	struct acquire *a;
	char text[ADDR_TEXT];

	if (len < sizeof(a->spi) || !d->acquires->unanswered)
		return false;
	TAILQ_FOREACH(a, &d->acquires->list, list) {
		if (a->answered || !ike_same_ip(&a->peer, peer) ||
		    memcmp(a->spi, quote, sizeof(a->spi)))
			continue;
		believed = true;
		if (!a->told && a->class == BTNS_CLASS_PRIVATE_OR_CLEAR)
			log_info("%s has no key exchange: in clear for now",
				 addr_text(peer, text));
		fall_back(a, error ?: ECONNREFUSED);
	}
	return believed;
}
