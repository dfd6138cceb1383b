// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target of the whole engine: two of them, a network and two owners, and the input
 * says what happens.  Payloads are changed before a message is encrypted (edit.c), so
 * that each end meets a peer that holds valid keys and sends what it wants to.
 *
 * Whatever happens, an end knows the Child SAs that its kernel has, authenticates
 * nobody but the other end, ends each wish once, and has nothing left when all is closed.
 */
#include <errno.h>

#include "edit.h"
#include "ike/offer.h"
#include "ike/secret.h"

#define PACKETS		64
#define SAS		128
#define WISHES		64
#define RECORDS		64
#define RECORD_MAX	16384
#define ROUNDS		4000		/* of packets or timers until all is closed */

struct packet {
	unsigned int to;
	struct ike_addr src, dst;
	size_t len;
	uint8_t data[4096];
};

struct node {
	unsigned int n;
	struct ike *ike;
	struct ike_addr addr;
	struct edits edits;
	uint32_t sa[SAS];		/* inbound SPIs of the kernel */
	unsigned int n_sas;
	uint8_t open[WISHES];		/* 1: a wish that has not ended */
	unsigned int n_wishes;
	bool binding[4];
	bool refuse_peer, refuse_child, refuse_install, refuse_binding, refuse_heir;
	uint8_t ppk;			/* 0: none; 2: nothing without it; 3: another one */
	struct ike_config config;
	uint8_t next_key[48];
	/* secrets for the next IKE SA: agreed, offered; first octets of all ever given out */
	uint8_t bond[2][IKE_BOND_LEN];
	unsigned int n_bonds;
	uint32_t bond_number;
	bool bond_shown[256];
};

/* IKE SAs as an end's next life finds them. */
static struct record {
	size_t len;			/* 0: none */
	uint8_t data[RECORD_MAX];
} record[2][RECORDS];

static struct node node[2];
static struct packet packet[PACKETS];
static unsigned int n_packets;
static uint64_t now, random_state;
static size_t text_at;
static bool calm;

/* --- between building and encrypting ------------------------------------------------- */

void __real_build_sk(struct builder *b);
size_t __real_build_finish(struct builder *b);
bool __real_finish_request(struct ike_sa *sa, struct builder *b);
bool __real_finish_response(struct ike_sa *sa, struct builder *b);
void __wrap_build_sk(struct builder *b);
size_t __wrap_build_finish(struct builder *b);
bool __wrap_finish_request(struct ike_sa *sa, struct builder *b);
bool __wrap_finish_response(struct ike_sa *sa, struct builder *b);

static void edit(struct node *n, struct builder *b, size_t at, uint8_t *first)
{
	struct spis spis = { 0 };
	unsigned int i;

	if (calm)
		return;
	for (i = 0; i < n->n_sas && i < 4; i++)
		spis.spi[spis.n++] = n->sa[i];
	for (i = 0; i < node[!n->n].n_sas && i < 4; i++)
		spis.spi[spis.n++] = node[!n->n].sa[i];
	edits_apply(&n->edits, b, at, first, &spis);
}

void __wrap_build_sk(struct builder *b)
{
	__real_build_sk(b);
	text_at = b->len;
}

/* Messages without encryption. */
size_t __wrap_build_finish(struct builder *b)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (node[i].ike && b->buf == node[i].ike->out)
			edit(&node[i], b, IKE_HDR_LEN, b->buf + 16);
	return __real_build_finish(b);
}

static void edit_sealed(struct ike_sa *sa, struct builder *b)
{
	if (sa->ike == node[0].ike || sa->ike == node[1].ike)
		edit(sa->ike->ctx, b, text_at, b->buf + b->sk_at);
}

bool __wrap_finish_request(struct ike_sa *sa, struct builder *b)
{
	edit_sealed(sa, b);
	return __real_finish_request(sa, b);
}

bool __wrap_finish_response(struct ike_sa *sa, struct builder *b)
{
	edit_sealed(sa, b);
	return __real_finish_response(sa, b);
}

/* --- the owners ------------------------------------------------------------------------ */

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct packet *p = &packet[n_packets];

	if (n_packets == PACKETS || len > sizeof(p->data) || len == 1)
		return;
	if (local->port == 4500) {
		FUZZ_CHECK(len >= 4 && !memcmp(pkt, "\0\0\0\0", 4));
		pkt += 4;
		len -= 4;
	}
	p->to = !(peer->ip[3] & 1);
	p->src = *local;
	p->dst = *peer;
	p->len = len;
	memcpy(p->data, pkt, len);
	n_packets++;
}

static void op_random(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len--) {
		random_state = random_state * 6364136223846793005 + 1442695040888963407;
		*p++ = (uint8_t)(random_state >> 56);
	}
}

/* Nobody is who has not the other end's key. */
static void check_identity(const struct node *n, const struct ike_identity *id)
{
	size_t len;
	const uint8_t *spki = ike_spki(node[!n->n].ike, &len);

	FUZZ_CHECK(id->spki && id->spki_len == len && !memcmp(id->spki, spki, len));
}

static int op_authorize(void *ctx, const struct ike_identity *peer)
{
	struct node *n = ctx;

	check_identity(n, peer);
	/* who proves a secret has it */
	FUZZ_CHECK((peer->bond == IKE_BOND_PROVED) == !!peer->secret);
	FUZZ_CHECK(!peer->secret || node[!n->n].bond_shown[*peer->secret]);
	return n->refuse_peer ? -EACCES : 0;
}

static unsigned int op_bonds(void *ctx, const struct ike_addr *at,
			     const struct ike_identity *peer,
			     uint8_t secret[IKE_BONDS_MAX][IKE_BOND_LEN])
{
	struct node *n = ctx;
	unsigned int i;

	if (peer)
		check_identity(n, peer);
	for (i = 0; i < n->n_bonds; i++) {
		memcpy(secret[i], n->bond[i], IKE_BOND_LEN);
		n->bond_shown[*n->bond[i]] = true;
	}
	return n->n_bonds;
}

static bool op_bond(void *ctx, const struct ike_identity *peer, enum ike_bond_step step,
		    uint32_t *number, const uint8_t secret[IKE_BOND_LEN])
{
	const bool offer = step == IKE_BOND_OFFER;
	struct node *n = ctx;

	check_identity(n, peer);
	if (n->refuse_heir || (offer && n->bond_number == UINT32_MAX) ||
	    (step == IKE_BOND_TAKE && *number <= n->bond_number))
		return false;
	if (offer)
		*number = n->bond_number + 1;
	FUZZ_CHECK(*number);
	n->bond_number = *number;
	memcpy(n->bond[offer], secret, IKE_BOND_LEN);
	n->n_bonds = 1 + offer;
	return true;
}

static int op_narrow(void *ctx, const struct ike_narrow *q, struct ike_grant *g)
{
	struct node *n = ctx;

	FUZZ_CHECK(q->n_local && q->n_local <= IKE_TS_MAX);
	FUZZ_CHECK(q->n_remote && q->n_remote <= IKE_TS_MAX);
	check_identity(n, &q->peer);
	if (n->refuse_child)
		return -EACCES;
	memset(g, 0, sizeof(*g));
	g->spd_entry = 7;
	g->mode = q->mode;
	g->local_ts = q->local_ts[q->n_local - 1];
	g->remote_ts = q->remote_ts[q->n_remote - 1];
	return 0;
}

static unsigned int find(const struct node *n, uint32_t spi_in)
{
	unsigned int i;

	for (i = 0; i < n->n_sas && n->sa[i] != spi_in; i++)
		;
	return i;
}

static int op_install(void *ctx, const struct ike_child_sa *c)
{
	struct node *n = ctx;

	check_identity(n, &c->peer_id);
	FUZZ_CHECK(c->spi_in && c->spi_out && find(n, c->spi_in) == n->n_sas);
	FUZZ_CHECK(c->encr_len && c->encr_len <= sizeof(c->encr_in));
	FUZZ_CHECK(c->local_ts.family && c->local_ts.family == c->remote_ts.family);
	if (n->refuse_install || n->n_sas == SAS)
		return -ENOMEM;
	n->sa[n->n_sas++] = c->spi_in;
	return 0;
}

static int op_switch(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct node *n = ctx;

	/* the kernel may have deleted it before */
	return find(n, spi_in) < n->n_sas ? 0 : -ENOENT;
}

static void op_delete(void *ctx, uint32_t spi_in, const struct ike_addr *local)
{
	struct node *n = ctx;
	unsigned int i = find(n, spi_in);

	/* the kernel may have deleted it before */
	if (i < n->n_sas)
		n->sa[i] = n->sa[--n->n_sas];
}

static int op_move(void *ctx, uint32_t spi_in, const struct ike_addr *local,
		   const struct ike_addr *old_peer, const struct ike_addr *new_peer, bool encap)
{
	struct node *n = ctx;

	return find(n, spi_in) < n->n_sas ? 0 : -ENOENT;
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	struct node *n = ctx;

	FUZZ_CHECK(cookie && cookie <= n->n_wishes && n->open[cookie - 1]);
	n->open[cookie - 1] = 0;
}

static const struct ike_ops ops;

static void op_event(void *ctx, const struct ike_event *ev)
{
	if (ev->type == IKE_EV_SA_UP)
		check_identity(ctx, ev->peer_id);
}

static enum ike_query op_binding(void *ctx, const struct ike_binding *b)
{
	struct node *n = ctx;

	check_identity(n, &b->peer);
	return n->refuse_binding ? IKE_QUERY_MISFIT : IKE_QUERY_DONE;
}

static void op_binding_done(void *ctx, uint64_t latch, enum ike_error error,
			    enum ike_query result)
{
	struct node *n = ctx;

	FUZZ_CHECK(latch && latch <= 4 && n->binding[latch - 1]);
	n->binding[latch - 1] = false;
}

/* Nobody but the other end says which key follows, and it says the truth. */
static enum ike_heir op_heir(void *ctx, const struct ike_identity *peer, const uint8_t *spki,
			     size_t len)
{
	struct node *n = ctx;
	struct ike_config c = { 0 };
	const uint8_t *heir;
	struct ike *later;
	size_t heir_len;

	check_identity(n, peer);
	c.key = node[!n->n].next_key;
	c.key_len = sizeof(node[!n->n].next_key);
	later = ike_new(&c, &ops, n, now);
	FUZZ_CHECK(later);
	heir = ike_spki(later, &heir_len);
	FUZZ_CHECK(len == heir_len && !memcmp(spki, heir, len));
	ike_free(&later);
	return n->refuse_heir ? IKE_HEIR_RIVAL : IKE_HEIR_KEPT;
}

static struct secret *ppk[2];

static void op_expect(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		      struct ike_expect *e)
{
	const struct node *n = ctx;

	if (!n->ppk)
		return;
	e->ppk = ppk[n->ppk == 3];
	e->ppk_id = (const uint8_t *)"both";
	e->ppk_id_len = 4;
	e->ppk_required = n->ppk == 2;
}

static void op_keep(void *ctx, uint64_t *slot, const uint8_t *data, size_t len)
{
	struct node *n = ctx;
	struct record *r = record[n->n];

	if (!*slot) {
		while (*slot < RECORDS && r[*slot].len)
			++*slot;
		if (*slot == RECORDS) {
			*slot = 0;
			return;
		}
		++*slot;
	}
	r = &record[n->n][*slot - 1];
	r->len = data && len <= sizeof(r->data) ? len : 0;
	memcpy(r->data, data ? data : (const uint8_t *)"", r->len);
}

static const struct ike_ops ops = {
	.send = op_send, .random = op_random, .authorize = op_authorize,
	.narrow = op_narrow, .child_install = op_install, .child_switch = op_switch,
	.child_delete = op_delete, .child_move = op_move, .child_done = op_done,
	.event = op_event, .binding = op_binding, .binding_done = op_binding_done,
	.heir = op_heir, .bonds = op_bonds, .bond = op_bond, .expect = op_expect, .keep = op_keep,
};

/* --- what happens ------------------------------------------------------------------------ */

static void check(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct ike_stats *s = ike_stats(node[i].ike);

		/* what the kernel has deleted goes when the peer knows */
		FUZZ_CHECK(s->children >= node[i].n_sas);
		FUZZ_CHECK(s->half_open <= s->sas);
	}
}

static void deliver(unsigned int i, bool keep)
{
	struct packet p;

	if (!n_packets)
		return;
	i %= n_packets;
	p = packet[i];
	if (!keep) {
		n_packets--;
		memmove(&packet[i], &packet[i + 1], (n_packets - i) * sizeof(p));
	}
	ike_input(node[p.to].ike, now, &p.dst, &p.src, p.data, p.len);
}

static void deliver_all(unsigned int limit)
{
	while (n_packets && limit--)
		deliver(0, false);
}

static void pass(uint64_t ms)
{
	now += ms;
	ike_tick(node[0].ike, now);
	ike_tick(node[1].ike, now);
}

static void put_ts(struct ike_ts *ts, const struct ike_addr *a, uint16_t port)
{
	memset(ts, 0, sizeof(*ts));
	ts->family = AF_INET;
	ts->proto = port ? 6 : 0;
	ts->port_start = port;
	ts->port_end = port ? port : 65535;
	memcpy(ts->start, a->ip, 4);
	memcpy(ts->end, a->ip, 4);
}

static void wish(struct node *n, uint8_t how)
{
	struct ike_request r = { .spd_entry = 3, .n_local = 1, .n_remote = 1 };

	if (n->n_wishes == WISHES)
		return;
	r.mode = how % 3 == 0 ? BTNS_MODE_TRANSPORT : how % 3 == 1 ? BTNS_MODE_TUNNEL :
		 BTNS_MODE_BEET;
	r.local = n->addr;
	r.peer = node[!n->n].addr;
	put_ts(&r.local_ts[0], &r.local, 0);
	put_ts(&r.remote_ts[0], &r.peer, how / 4 % 8 ? 1000 + how / 4 % 8 : 0);
	if (how & 128) {
		r.childless = true;
		r.n_local = r.n_remote = 0;
	}
	n->open[n->n_wishes++] = 1;
	r.cookie = n->n_wishes;
	if (ike_initiate(n->ike, now, &r)) {
		FUZZ_CHECK(n->open[r.cookie - 1]);
		n->open[r.cookie - 1] = 0;
	}
}

static void some(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	*(struct ike_sa **)arg = sa;
}

static void bind_latch(struct node *n, uint64_t latch, uint32_t spi)
{
	struct ike_flow f = { .proto = 6, .local = n->addr, .peer = node[!n->n].addr };

	f.local.port = (uint16_t)(40000 + latch);
	f.peer.port = (uint16_t)(1000 + latch);
	if (n->binding[latch - 1])
		return;
	n->binding[latch - 1] = true;
	if (ike_bind(n->ike, now, latch, &f, spi))
		n->binding[latch - 1] = false;
}

static void not_there(void *arg, uint32_t spi_in)
{
	struct node *n = arg;

	if (find(n, spi_in) == n->n_sas)
		ike_child_gone(n->ike, now, spi_in);
}

/* One end's process dies and goes on; an octet of one of its records is another one. */
static void die_and_go_on(struct node *n, uint8_t how)
{
	struct record *r;
	unsigned int i;

	ike_free(&n->ike);
	memset(n->open, 0, sizeof(n->open));
	memset(n->binding, 0, sizeof(n->binding));
	n->ike = ike_new(&n->config, &ops, n, now);
	FUZZ_CHECK(n->ike);
	for (i = 0; i < RECORDS; i++) {
		uint8_t copy[RECORD_MAX];

		r = &record[n->n][i];
		if (!r->len)
			continue;
		memcpy(copy, r->data, r->len);
		if (how & 128 && i == how % 8)
			copy[(size_t)how * 97 % r->len] ^= 16;
		if (ike_restore(n->ike, now, i + 1, copy, r->len))
			r->len = 0;
	}
	ike_children(n->ike, not_there, n);
	for (i = 0; i < n->n_sas;)
		if (ike_has_child(n->ike, n->sa[i]))
			i++;
		else
			n->sa[i] = n->sa[--n->n_sas];
}

/* It has no address, one of two, or both. */
static void move(struct node *n, uint8_t how)
{
	struct ike_addr own[2] = { n->addr, n->addr };

	own[how & 1].ip[3] += 2;
	ike_addresses(n->ike, now, own, how / 2 % 3, how / 2 % 3);
}

/* What the owner of an end may do. */
static void act(struct node *n, uint8_t what, uint8_t how)
{
	uint32_t spi = n->n_sas ? n->sa[how % n->n_sas] : how;
	struct ike_addr elsewhere = node[!n->n].addr;
	struct ike_sa *sa = NULL;

	ike_walk(n->ike, some, &sa);
	elsewhere.port = 4500 + how % 2;
	switch (what % 11) {
	case 0:
		wish(n, how);
		break;
	case 1:
		ike_child_expiring(n->ike, now, spi);
		break;
	case 2:
		if (sa)
			ike_rekey(n->ike, now, sa);
		break;
	case 3:
		op_delete(n, spi, NULL);
		ike_child_gone(n->ike, now, spi);
		break;
	case 4:
		ike_child_first_in(n->ike, now, spi);
		break;
	case 5:
		ike_child_mapping(n->ike, now, spi, &elsewhere);
		break;
	case 6:
		bind_latch(n, 1 + how % 4, spi);
		break;
	case 7:
		if (how & 128)
			move(n, how);
		else
			ike_hint(n->ike, now, &node[!n->n].addr);
		break;
	case 8:
		if (sa)
			ike_close(n->ike, now, how & 1 ? sa : NULL);
		break;
	case 9:
		n->refuse_peer = how & 1;
		n->refuse_child = how & 2;
		n->refuse_install = how & 4;
		n->refuse_binding = how & 8;
		n->refuse_heir = how & 16;
		break;
	case 10:
		die_and_go_on(n, how);
		break;
	}
}

/* A datagram from nowhere, with the SPIs of an IKE SA that is there. */
static void forge(struct node *n, struct fuzz_in *in)
{
	struct fuzz_in body;
	struct ike_sa *sa = NULL;
	uint8_t pkt[600] = { 1 };

	pkt[16] = fuzz_u8(in);
	pkt[17] = 0x20;
	pkt[18] = (uint8_t)(EXCH_IKE_SA_INIT + fuzz_u8(in) % 12);
	pkt[19] = fuzz_u8(in);
	pkt[23] = fuzz_u8(in) % 4;
	ike_walk(n->ike, some, &sa);
	if (sa && pkt[19] & 1) {
		memcpy(pkt, sa->spi_i, 8);
		memcpy(pkt + 8, sa->spi_r, 8);
	}
	body = fuzz_take(in, fuzz_u8(in));
	memcpy(pkt + IKE_HDR_LEN, body.p, body.len);
	pkt[26] = (uint8_t)((IKE_HDR_LEN + body.len) >> 8);
	pkt[27] = (uint8_t)(IKE_HDR_LEN + body.len);
	ike_input(n->ike, now, &n->addr, &node[!n->n].addr, pkt, IKE_HDR_LEN + body.len);
}

static void step(struct fuzz_in *in)
{
	static const uint32_t ms[] = { 1, 100, 500, 5000, 20000, 60000, 700000, 4000000 };
	uint8_t what = fuzz_u8(in);
	struct node *n = &node[what >> 7];

	switch (what % 12) {
	case 0:
		deliver(0, false);
		break;
	case 1:
		deliver(fuzz_u8(in), false);
		break;
	case 2:
		deliver(fuzz_u8(in), true);
		break;
	case 3:		/* lost */
		if (n_packets)
			memmove(&packet[0], &packet[1], --n_packets * sizeof(*packet));
		break;
	case 4:
		pass(ms[fuzz_u8(in) % 8]);
		break;
	case 5:
	case 6:
		what = fuzz_u8(in);
		act(n, what, fuzz_u8(in));
		break;
	case 7:
	case 8:
	case 9:
		edits_read(&n->edits, in);
		break;
	case 10:
		forge(n, in);
		break;
	default:
		deliver_all(16);
	}
}

/* An Ed25519 key as RFC 8410 has it; the seed follows. */
static const uint8_t pkcs8[16] = { 0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4,
				   0x22, 4, 0x20 };

static void open_nodes(uint8_t how, uint8_t more)
{
	struct ike_config c = {
		.beet = how & 1, .unique = how & 2, .force_natt = how & 4,
		.initial_contact = how & 8, .cookie_threshold = how & 16 ? 1 : 100,
		.max_children = how & 32 ? 2 : 0, .max_half_open = how & 64 ? 1 : 0,
		.child_lifetime = how & 128 ? 60000 : 0,
	};
	unsigned int i;

	if (more & 8) {
		/* most messages go in fragments */
		c.fragment = 576;
		c.id_type = BTNS_ID_KEY_ID;
		c.id_len = sizeof(c.id);
		memset(c.id, 'i', sizeof(c.id));
	}
	c.resume = (how ^ more) & 1;
	c.heirs = more & 32;
	c.bonds = (how ^ more) & 2;
	c.ppk = more & 64;
	c.mobike = more & 128;
	if (more & 16)
		offers_add(c.offers, &c.n_offers, "compatible");
	memset(node, 0, sizeof(node));
	for (i = 0; i < 2 * RECORDS; i++)
		record[i / RECORDS][i % RECORDS].len = 0;
	edits_forget();
	now = 1000;
	node[0].ppk = more & 64 ? 1 + (how & 1) : 0;
	node[1].ppk = more & 64 ? 1 + (how >> 1 & 3) % 3 : 0;
	random_state = how;
	n_packets = 0;
	calm = false;
	for (i = 0; i < 2; i++) {
		memset(c.seed, (int)i + 1, sizeof(c.seed));
		node[i].n = i;
		node[i].addr = (struct ike_addr){ AF_INET, 500, { 10, 0, 0, (uint8_t)(i + 1) }, 0 };
		if (c.heirs) {
			memcpy(node[i].next_key, pkcs8, sizeof(pkcs8));
			memset(node[i].next_key + 16, (int)i + 3, 32);
			c.next_key = node[i].next_key;
			c.next_key_len = sizeof(node[i].next_key);
		}
		node[i].config = c;
		node[i].ike = ike_new(&c, &ops, &node[i], now);
		FUZZ_CHECK(node[i].ike);
	}
}

/* As if both had negotiated additional key exchanges; there is no method of that kind yet. */
static void additional(struct node *n, unsigned int rounds)
{
	static const uint16_t methods[] = { DH_CURVE25519, DH_P256, DH_CURVE25519 };
	struct ike_sa *sa = NULL;

	ike_walk(n->ike, some, &sa);
	if (!sa || !sa->hs || sa->hs->im)
		return;
	sa->hs->im = calloc(1, sizeof(*sa->hs->im));
	FUZZ_CHECK(sa->hs->im);
	sa->hs->intermediate = true;
	sa->hs->im->n_addke = (uint8_t)rounds;
	memcpy(sa->hs->im->addke, methods, sizeof(methods));
}

static uint64_t next(void)
{
	uint64_t a = ike_next(node[0].ike), b = ike_next(node[1].ike);

	return a < b ? a : b;
}

/* All is closed in peace. */
static void close_nodes(void)
{
	unsigned int i, k, rounds = 0;

	calm = true;
	/* wishes that wait may still make IKE SAs: close again */
	while (next() != UINT64_MAX || n_packets) {
		FUZZ_CHECK(rounds++ < ROUNDS);
		deliver_all(PACKETS);
		for (i = 0; i < 2; i++)
			ike_close(node[i].ike, now, NULL);
		if (next() != UINT64_MAX)
			pass(next() > now ? next() - now : 1);
	}
	for (i = 0; i < 2; i++) {
		const struct ike_stats *s = ike_stats(node[i].ike);

		FUZZ_CHECK(!s->sas && !s->half_open && !s->children && !node[i].n_sas);
		for (k = 0; k < WISHES; k++)
			FUZZ_CHECK(!node[i].open[k]);
		for (k = 0; k < 4; k++)
			FUZZ_CHECK(!node[i].binding[k]);
		ike_free(&node[i].ike);
	}
}

int fuzz_engine(const uint8_t *data, size_t size)
{
	struct fuzz_in in = fuzz_open(data, size);
	static bool ready;
	uint8_t how, rounds;

	if (!ready)
		FUZZ_CHECK(ready = crypto_init() &&
			   (ppk[0] = secret_new(SECRET_PPK, CHUNK("a secret of both", 16))) &&
			   (ppk[1] = secret_new(SECRET_PPK, CHUNK("another secret", 14))));
	how = fuzz_u8(&in);
	/* how far two honest ends get before it begins */
	rounds = fuzz_u8(&in);
	open_nodes(how, rounds);
	wish(&node[0], fuzz_u8(&in));
	if (rounds & 128) {
		/* before the answer */
		deliver_all(1);
		additional(&node[0], 1 + how % 3);
		additional(&node[1], 1 + how / 4 % 3);
	}
	deliver_all(rounds % 8);
	while (in.len) {
		step(&in);
		check();
	}
	close_nodes();
	return 0;
}
