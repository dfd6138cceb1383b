// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine's way to the kernel, and the kernel's events to the engine. */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "btnsd.h"
#include "outcome.h"
#include "ike/crypto.h"

/* --- numbers of our SA pairs by inbound SPI: open addressing -------------------- */

struct pair {
	uint32_t spi_in, sa_id;		/* spi_in 0: free */
};

struct pairs {
	uint32_t mask;
	unsigned int n;
	struct pair *slot;
};

bool pairs_new(struct btnsd *d)
{
	struct pairs *p = calloc(1, sizeof(*p));

	if (p) {
		p->mask = 63;
		p->slot = calloc(p->mask + 1, sizeof(*p->slot));
	}
	if (!p || !p->slot) {
		free(p);
		return false;
	}
	d->pairs = p;
	return true;
}

void pairs_free(struct btnsd *d)
{
	if (d->pairs)
		free(d->pairs->slot);
	free(d->pairs);
	d->pairs = NULL;
}

/* Its slot, or the free one where it belongs.  SPIs are random: no hash. */
static struct pair *slot_of(const struct pairs *p, uint32_t spi)
{
	uint32_t i = spi & p->mask;

	while (p->slot[i].spi_in && p->slot[i].spi_in != spi)
		i = (i + 1) & p->mask;
	return &p->slot[i];
}

/* Room for one more, kept under three quarters full. */
static bool pairs_reserve(struct pairs *p)
{
	struct pairs bigger = { .mask = 2 * p->mask + 1, .n = p->n };
	uint32_t i;

	if (4 * (p->n + 1) < 3 * (p->mask + 1))
		return true;
	bigger.slot = calloc((size_t)bigger.mask + 1, sizeof(*bigger.slot));
	if (!bigger.slot)
		return false;
	for (i = 0; i <= p->mask; i++)
		if (p->slot[i].spi_in)
			*slot_of(&bigger, p->slot[i].spi_in) = p->slot[i];
	free(p->slot);
	*p = bigger;
	return true;
}

uint32_t pairs_find(const struct btnsd *d, uint32_t spi_in)
{
	return slot_of(d->pairs, spi_in)->sa_id;
}

bool pairs_take_over(struct btnsd *d, uint32_t spi_in, uint32_t sa_id)
{
	struct pair *s;

	if (!pairs_reserve(d->pairs))
		return false;
	s = slot_of(d->pairs, spi_in);
	d->pairs->n += !s->sa_id;
	s->spi_in = spi_in;
	s->sa_id = sa_id;
	return true;
}

unsigned int pairs_count(const struct btnsd *d)
{
	return d->pairs->n;
}

void pairs_forget(struct btnsd *d, uint32_t spi_in)
{
	struct pairs *p = d->pairs;
	struct pair *s = slot_of(p, spi_in), moved;
	uint32_t i;

	if (!s->spi_in)
		return;
	memset(s, 0, sizeof(*s));
	p->n--;
	/* those behind may have been pushed there by it */
	for (i = ((uint32_t)(s - p->slot) + 1) & p->mask; p->slot[i].spi_in;
	     i = (i + 1) & p->mask) {
		moved = p->slot[i];
		memset(&p->slot[i], 0, sizeof(moved));
		*slot_of(p, moved.spi_in) = moved;
	}
}

/* --- operations of the engine ---------------------------------------------------- */

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	socks_send(ctx, local, peer, pkt, len);
}

static void op_random(void *ctx, void *buf, size_t len)
{
	crypto_random(buf, len);
}

/* Out of room while building a message: nothing to send. */
static int no_room(struct btnsd *d, struct nl_msg *m)
{
	nlmsg_free(m);
	snprintf(d->kernel.family.why, sizeof(d->kernel.family.why), "too long for one message");
	return -EMSGSIZE;
}

static void admitted(void *arg, struct nlattr **tb)
{
	if (tb[BTNS_A_PAD_ENTRY])
		nla_strlcpy(arg, tb[BTNS_A_PAD_ENTRY], BTNS_NAME_MAX + 1);
}

/* With what is known of the key. */
static bool put_peer(const struct btnsd *d, struct nl_msg *m, int attr,
		     const struct ike_identity *id)
{
	struct ike_identity peer = *id;

	peers_vouch(d, &peer);
	return kernel_put_identity(m, attr, &peer);
}

static int op_authorize(void *ctx, const struct ike_identity *peer)
{
	struct btnsd *d = ctx;
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_PEER_AUTHORIZE);
	char text[ID_TEXT], entry[BTNS_NAME_MAX + 1] = "";
	int r;

	if (m && !put_peer(d, m, BTNS_A_PEER, peer))
		return no_room(d, m);
	r = kernel_call(&d->kernel, m, admitted, entry);
	if (r)
		log_notice("peer %s refused: %s", identity_text(peer, text), d->kernel.family.why);
	else if (peer->at)
		outcome_admitted(d, peer->at, entry);
	return r ?: peers_judge(d, peer, entry);
}

struct narrowing {
	struct ike_grant *grant;
	bool good;
};

static void narrowed(void *arg, struct nlattr **tb)
{
	struct narrowing *n = arg;
	struct nlattr *child = tb[BTNS_A_CHILD];
	struct nlattr *c[BTNS_CHILD_A_MAX + 1];
	struct k_child k;

	if (!child || !kernel_get_child(child, &k) ||
	    nla_parse_nested(c, BTNS_CHILD_A_MAX, child, NULL))
		return;
	n->grant->spd_entry = k.spd_entry;
	n->grant->mode = k.mode;
	n->grant->local_ts = k.local_ts;
	n->grant->remote_ts = k.remote_ts;
	n->grant->n_suites = kernel_get_suites(child, BTNS_CHILD_A_SUITE, n->grant->suites);
	if (c[BTNS_CHILD_A_SOFT_TIME])
		n->grant->lifetime = nla_get_u32(c[BTNS_CHILD_A_SOFT_TIME]);
	if (c[BTNS_CHILD_A_SOFT_BYTES])
		n->grant->lifebytes = nla_get_u64(c[BTNS_CHILD_A_SOFT_BYTES]);
	n->good = true;
}

static int op_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *answer)
{
	struct btnsd *d = ctx;
	struct narrowing n = { .grant = answer };
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_CHILD_NARROW);
	bool good = m && put_peer(d, m, BTNS_A_PEER, &q->peer) &&
		    !nla_put_u8(m, BTNS_A_MODE, q->mode) &&
		    kernel_put_addr(m, BTNS_A_OUTER_LOCAL, &q->local) &&
		    kernel_put_addr(m, BTNS_A_OUTER_PEER, &q->remote);
	char text[ID_TEXT];
	unsigned int i;
	int r;

	memset(answer, 0, sizeof(*answer));
	for (i = 0; good && i < q->n_local; i++)
		good = kernel_put_ts(m, BTNS_A_LOCAL_TS, &q->local_ts[i]);
	for (i = 0; good && i < q->n_remote; i++)
		good = kernel_put_ts(m, BTNS_A_REMOTE_TS, &q->remote_ts[i]);
	if (good && (q->natt_local || q->natt_remote))
		good = !nla_put_flag(m, BTNS_A_ENCAP) &&
		       !nla_put_u16(m, BTNS_A_PEER_PORT, htons(q->remote.port));
	if (m && !good)
		return no_room(d, m);
	r = kernel_call(&d->kernel, m, narrowed, &n);
	if (r)
		log_notice("no Child SA for peer %s: %s", identity_text(&q->peer, text),
			   d->kernel.family.why);
	else if (!n.good)
		r = -EPROTO;
	return r;
}

static bool put_keys(struct nl_msg *m, const struct ike_child_sa *c)
{
	if (c->encr_len && (nla_put(m, BTNS_CHILD_A_ENCR_IN, c->encr_len, c->encr_in) ||
			    nla_put(m, BTNS_CHILD_A_ENCR_OUT, c->encr_len, c->encr_out)))
		return false;
	return !c->integ_len || (!nla_put(m, BTNS_CHILD_A_INTEG_IN, c->integ_len, c->integ_in) &&
				 !nla_put(m, BTNS_CHILD_A_INTEG_OUT, c->integ_len, c->integ_out));
}

static bool put_limits(struct nl_msg *m, const struct ike_child_sa *c)
{
	return !(c->soft_time && nla_put_u32(m, BTNS_CHILD_A_SOFT_TIME, c->soft_time)) &&
	       !(c->hard_time && nla_put_u32(m, BTNS_CHILD_A_HARD_TIME, c->hard_time)) &&
	       !(c->soft_bytes && nla_put_u64(m, BTNS_CHILD_A_SOFT_BYTES, c->soft_bytes)) &&
	       !(c->hard_bytes && nla_put_u64(m, BTNS_CHILD_A_HARD_BYTES, c->hard_bytes));
}

static bool put_child(const struct btnsd *d, struct nl_msg *m, const struct ike_child_sa *c)
{
	struct nlattr *nest = nla_nest_start(m, BTNS_A_CHILD | NLA_F_NESTED);
	uint32_t flags = (c->standby ? BTNS_CHILD_F_STANDBY : 0) |
			 (c->initiator ? BTNS_CHILD_F_INITIATOR : 0) |
			 (c->suite.no_esn ? BTNS_CHILD_F_NO_ESN : 0) |
			 (c->peer_natted ? BTNS_CHILD_F_PEER_NATTED : 0);

	if (!nest || nla_put_u32(m, BTNS_CHILD_A_SPD_ENTRY, c->spd_entry) ||
	    !kernel_put_ts(m, BTNS_CHILD_A_LOCAL_TS, &c->local_ts) ||
	    !kernel_put_ts(m, BTNS_CHILD_A_REMOTE_TS, &c->remote_ts) ||
	    nla_put_u8(m, BTNS_CHILD_A_MODE, c->mode) ||
	    !kernel_put_suite(m, BTNS_CHILD_A_SUITE, &c->suite) ||
	    !kernel_put_addr(m, BTNS_CHILD_A_OUTER_LOCAL, &c->local) ||
	    !kernel_put_addr(m, BTNS_CHILD_A_OUTER_PEER, &c->peer) ||
	    nla_put_u32(m, BTNS_CHILD_A_SPI_IN, htonl(c->spi_in)) ||
	    nla_put_u32(m, BTNS_CHILD_A_SPI_OUT, htonl(c->spi_out)) ||
	    nla_put_u32(m, BTNS_CHILD_A_FLAGS, flags) ||
	    nla_put(m, BTNS_CHILD_A_IKE_SPI, sizeof(c->ike_spi), c->ike_spi) ||
	    !put_keys(m, c) || !put_limits(m, c) ||
	    !put_peer(d, m, BTNS_CHILD_A_PEER, &c->peer_id) ||
	    !kernel_put_identity(m, BTNS_CHILD_A_LOCAL, &c->local_id))
		return false;
	if (c->encap && (nla_put_u16(m, BTNS_CHILD_A_ENCAP_SPORT, htons(c->local.port)) ||
			 nla_put_u16(m, BTNS_CHILD_A_ENCAP_DPORT, htons(c->peer.port))))
		return false;
	if (c->cookie && !(c->cookie & ADOPT_COOKIE) &&
	    nla_put_u32(m, BTNS_CHILD_A_ACQUIRE_ID, c->cookie))
		return false;
	nla_nest_end(m, nest);
	return true;
}

static void installed(void *arg, struct nlattr **tb)
{
	uint32_t *sa_id = arg;
	struct k_child k;

	if (tb[BTNS_A_CHILD] && kernel_get_child(tb[BTNS_A_CHILD], &k))
		*sa_id = k.sa_id;
}

static int op_install(void *ctx, const struct ike_child_sa *c)
{
	struct btnsd *d = ctx;
	char id[ID_TEXT], local[ADDR_TEXT], peer[ADDR_TEXT], suite[64];
	uint32_t sa_id = 0;
	struct nl_msg *m;
	struct pair *s;
	int r;

	if (!c->spi_in || pairs_find(d, c->spi_in))
		return -EEXIST;
	if (!pairs_reserve(d->pairs))
		return -ENOMEM;
	m = kernel_new(&d->kernel, BTNS_CMD_SA_NEW);
	if (m && !put_child(d, m, c)) {
		sodium_memzero(nlmsg_data(nlmsg_hdr(m)), nlmsg_datalen(nlmsg_hdr(m)));
		return no_room(d, m);
	}
	r = kernel_call(&d->kernel, m, installed, &sa_id);
	if (!r && !sa_id)
		r = -EPROTO;
	if (r) {
		log_warn("SA pair with %s refused: %s", addr_text(&c->peer, peer), d->kernel.family.why);
		return r;
	}
	s = slot_of(d->pairs, c->spi_in);
	s->spi_in = c->spi_in;
	s->sa_id = sa_id;
	d->pairs->n++;
	value_suite_text(&c->suite, suite, sizeof(suite));
	log_info("SA pair %u: %s to %s, %s, peer %s", sa_id, addr_text(&c->local, local),
		 addr_text(&c->peer, peer), suite, identity_text(&c->peer_id, id));
	adopt_replaced(d, c);
	return 0;
}

static struct nl_msg *named(struct btnsd *d, uint8_t cmd, uint32_t sa_id)
{
	struct nl_msg *m = kernel_new(&d->kernel, cmd);

	if (m)
		nla_put_u32(m, BTNS_A_SA_ID, sa_id);
	return m;
}

static int op_switch(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct btnsd *d = ctx;
	uint32_t sa_id = pairs_find(d, spi_in);

	if (!sa_id)
		return -ENOENT;
	return kernel_call(&d->kernel, named(d, BTNS_CMD_SA_SWITCH, sa_id), NULL, NULL);
}

static void op_delete(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct btnsd *d = ctx;
	uint32_t sa_id = pairs_find(d, spi_in);

	if (!sa_id)
		return;
	/* forgotten first: its own event must not come back to the engine */
	pairs_forget(d, spi_in);
	if (kernel_call(&d->kernel, named(d, BTNS_CMD_SA_DEL, sa_id), NULL, NULL))
		log_debug("SA pair %u: %s", sa_id, d->kernel.family.why);
	else
		log_info("SA pair %u deleted", sa_id);
}

static void op_lost(void *ctx, uint32_t spi_in)
{
	struct btnsd *d = ctx;
	const uint32_t sa_id = pairs_find(d, spi_in);

	if (!sa_id)
		return;
	pairs_forget(d, spi_in);
	adopt_lost(d, sa_id);
}

static void count_in(void *arg, struct nlattr **tb)
{
	struct k_child k;

	if (tb[BTNS_A_CHILD] && kernel_get_child(tb[BTNS_A_CHILD], &k))
		*(uint64_t *)arg = k.packets_in;
}

static bool op_heard(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct btnsd *d = ctx;
	struct nl_msg *m = kernel_new(&d->kernel, BTNS_CMD_SA_GET);
	uint64_t packets = 0;

	if (m)
		nla_put_u32(m, BTNS_A_SA_ID, pairs_find(d, spi_in));
	return !kernel_call(&d->kernel, m, count_in, &packets) && packets;
}

static bool put_ends(struct nl_msg *m, const struct ike_addr *local,
		     const struct ike_addr *peer, bool encap)
{
	struct nlattr *nest = nla_nest_start(m, BTNS_A_CHILD);

	if (!nest || !kernel_put_addr(m, BTNS_CHILD_A_OUTER_LOCAL, local) ||
	    !kernel_put_addr(m, BTNS_CHILD_A_OUTER_PEER, peer) ||
	    nla_put_u16(m, BTNS_CHILD_A_ENCAP_SPORT, encap ? htons(local->port) : 0) ||
	    nla_put_u16(m, BTNS_CHILD_A_ENCAP_DPORT, encap ? htons(peer->port) : 0))
		return false;
	nla_nest_end(m, nest);
	return true;
}

static int op_move(void *ctx, uint32_t spi_in, const struct ike_addr *local,
		   const struct ike_addr *old_peer, const struct ike_addr *new_peer, bool encap)
{
	char here[ADDR_TEXT], from[ADDR_TEXT], to[ADDR_TEXT];
	struct btnsd *d = ctx;
	uint32_t sa_id = pairs_find(d, spi_in);
	struct nl_msg *m;
	int err;

	if (!sa_id)
		return -ENOENT;
	m = named(d, BTNS_CMD_SA_MOVE, sa_id);
	if (m && !put_ends(m, local, new_peer, encap))
		return no_room(d, m);
	err = kernel_call(&d->kernel, m, NULL, NULL);
	if (err)
		log_notice("SA pair %u does not follow: %s", sa_id,
			   d->kernel.family.why);
	else
		log_info("SA pair %u: %s to %s, where it was %s", sa_id,
			 addr_text(local, here), addr_text(new_peer, to),
			 addr_text(old_peer, from));
	return err;
}

static bool op_source(void *ctx, const struct ike_addr *peer, struct ike_addr *local)
{
	return socks_source(peer, local);
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	if (cookie & ADOPT_COOKIE)
		adopt_done(ctx, cookie, error);
	else if (cookie)
		acquire_done(ctx, cookie, error, detail);
}

static void log_event(const struct ike_event *ev)
{
	static const struct { int level; const char *text; } names[] = {
		[IKE_EV_SA_UP] = { LOG_NOTICE, "IKE SA is up" },
		[IKE_EV_SA_REKEYED] = { LOG_INFO, "IKE SA rekeyed" },
		[IKE_EV_SA_DOWN] = { LOG_NOTICE, "IKE SA is down" },
		[IKE_EV_CHILD_UP] = { LOG_INFO, "Child SA is up" },
		[IKE_EV_CHILD_REKEYED] = { LOG_INFO, "Child SA rekeyed" },
		[IKE_EV_CHILD_DOWN] = { LOG_INFO, "Child SA is down" },
		[IKE_EV_FAILED] = { LOG_NOTICE, "exchange failed" },
		[IKE_EV_INITIAL_CONTACT] = { LOG_INFO, "peer starts anew" },
		[IKE_EV_MOVED] = { LOG_NOTICE, "Child SAs have moved" },
	};
	char peer[ADDR_TEXT], id[ID_TEXT] = "", detail[32] = "";
	int level = ev->type <= IKE_EV_MOVED ? names[ev->type].level : LOG_DEBUG;

	if (!log_wants(level))
		return;
	if (ev->peer_id)
		identity_text(ev->peer_id, id);
	if (ev->detail)
		snprintf(detail, sizeof(detail), " (notify %u)", ev->detail);
	log_at(level, "%s: %s%s%s%s%s%s%s%s", addr_text(&ev->peer, peer),
	       ev->type <= IKE_EV_MOVED ? names[ev->type].text : "event",
	       *id ? ", peer " : "", id, ev->error ? ": " : "",
	       ev->error ? ike_strerror(ev->error) : "", detail,
	       ev->text ? ": " : "", ev->text ?: "");
}

static void op_event(void *ctx, const struct ike_event *ev)
{
	log_event(ev);
	outcome_event(ctx, ev);
	deadpeer_event(ctx, ev);
}

static enum ike_query op_binding(void *ctx, const struct ike_binding *b)
{
	return bind_keep(ctx, b);
}

static void op_binding_done(void *ctx, uint64_t latch, enum ike_error error,
			    enum ike_query result)
{
	bind_done(ctx, latch, error, result);
}

static enum ike_heir op_heir(void *ctx, const struct ike_identity *peer, const uint8_t *spki,
			     size_t len)
{
	return peers_heir(ctx, peer, spki, len);
}

static unsigned int op_bonds(void *ctx, const struct ike_addr *at,
			     const struct ike_identity *peer,
			     uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN])
{
	return peers_bonds(ctx, at, peer, secret);
}

static bool op_bond(void *ctx, const struct ike_identity *peer, enum ike_bond_step step,
		    uint32_t *number, const uint8_t secret[IKE_BOND_LEN])
{
	return peers_bond(ctx, peer, step, number, secret);
}

const struct ike_ops backend_ops = {
	.bonds = op_bonds, .bond = op_bond,
	.heir = op_heir,
	.send = op_send,
	.random = op_random,
	.expect = creds_expect, .vouch = creds_vouch,
	.authorize = op_authorize,
	.narrow = op_narrow,
	.child_install = op_install,
	.child_switch = op_switch,
	.child_delete = op_delete,
	.child_lost = op_lost,
	.child_heard = op_heard,
	.child_move = op_move,
	.source = op_source,
	.child_done = op_done,
	.event = op_event,
	.binding = op_binding,
	.binding_done = op_binding_done,
	.keep = keep_record,
	.wall = tickets_wall, .ticket_keys = tickets_save,
};

/* --- events of the kernel ------------------------------------------------------------ */

static void sa_event(struct btnsd *d, const struct k_event *ev)
{
	const struct k_child *c = &ev->child;
	bool ours = pairs_find(d, c->spi_in) == c->sa_id;

	switch (ev->sa_event) {
	case BTNS_SA_EVENT_FIRST_IN:
		if (ours)
			ike_child_first_in(d->ike, now_ms(), c->spi_in);
		break;
	case BTNS_SA_EVENT_SOFT:
		if (ours)
			ike_child_expiring(d->ike, now_ms(), c->spi_in);
		break;
	case BTNS_SA_EVENT_HARD:
	case BTNS_SA_EVENT_DELETED:
	case BTNS_SA_EVENT_REVOKED:
		if (!ours) {
			adopt_gone(d, c->sa_id);
			break;
		}
		log_info("SA pair %u is gone: %s", c->sa_id,
			 ev->sa_event == BTNS_SA_EVENT_HARD ? "hard limit" :
			 ev->sa_event == BTNS_SA_EVENT_REVOKED ? "no longer allowed" : "deleted");
		pairs_forget(d, c->spi_in);
		ike_child_gone(d->ike, now_ms(), c->spi_in);
		break;
	}
}

void backend_event(void *arg, const struct k_event *ev)
{
	struct btnsd *d = arg;

	if (ev->life != K_SAME) {
		btnsd_module(d, ev->life == K_BACK);
		return;
	}
	switch (ev->cmd) {
	case BTNS_CMD_ACQUIRE_NTF:
		acquire_start(d, &ev->acquire);
		break;
	case BTNS_CMD_SA_NTF:
		sa_event(d, ev);
		break;
	case BTNS_CMD_BINDING_NTF:
		bind_start(d, ev->latch);
		break;
	case BTNS_CMD_MAPPING_NTF:
		if (pairs_find(d, ev->spi_in))
			ike_child_mapping(d->ike, now_ms(), ev->spi_in, &ev->peer);
		break;
	}
}

struct seen {
	struct btnsd *d;
	uint32_t *spi;
	size_t n, room;
	bool failed;
};

static void see(void *arg, struct nlattr **tb)
{
	struct seen *s = arg;
	struct k_child k;
	uint32_t *p;

	if (!tb[BTNS_A_CHILD] || !kernel_get_child(tb[BTNS_A_CHILD], &k) ||
	    pairs_find(s->d, k.spi_in) != k.sa_id)
		return;
	if (s->n == s->room) {
		p = reallocarray(s->spi, s->room ? 2 * s->room : 64, sizeof(*p));
		if (!p) {
			s->failed = true;
			return;
		}
		s->spi = p;
		s->room = s->room ? 2 * s->room : 64;
	}
	s->spi[s->n++] = k.spi_in;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void pairs_resync(struct btnsd *d)
{
	struct seen s = { .d = d };
	uint32_t *gone, n = 0, i;

	/* a list of its own: the engine's answers change the table */
	gone = calloc(d->pairs->n + 1, sizeof(*gone));
	if (gone && !kernel_dump(&d->kernel, BTNS_CMD_SA_GET, see, &s) && !s.failed) {
		if (s.n)
			qsort(s.spi, s.n, sizeof(*s.spi), by_number);
		for (i = 0; i <= d->pairs->mask; i++) {
			uint32_t spi = d->pairs->slot[i].spi_in;

			if (spi && (!s.n || !bsearch(&spi, s.spi, s.n, sizeof(spi), by_number)))
				gone[n++] = spi;
		}
		for (i = 0; i < n; i++) {
			pairs_forget(d, gone[i]);
			ike_child_gone(d->ike, now_ms(), gone[i]);
		}
	}
	free(gone);
	free(s.spi);
}
