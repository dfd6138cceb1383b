// SPDX-License-Identifier: GPL-2.0-or-later
/* Edits of the payloads of a message that is about to be encrypted. */
#include "edit.h"
#include "ike/wire.h"

#define BODY_MAX	1024
#define ITEMS_MAX	24
#define EARLIER		32

struct item {
	uint8_t type, flags;
	size_t len;
	uint8_t body[BODY_MAX];
};

enum {
	DROP, REPEAT, SWAP, SET, ADD, INSERT, CUT, TYPE, CRITICAL, APPEND, EXCHANGE, FLAGS,
	MESSAGE_ID, REKEY, DELETE, EARLIER_BODY, SPI, REPLACE, EDITS
};

static struct item items[ITEMS_MAX + 1], earlier[EARLIER];
static unsigned int n_items, n_earlier;

void edits_forget(void)
{
	n_earlier = 0;
}

void edits_read(struct edits *e, struct fuzz_in *in)
{
	unsigned int i;

	e->skip = fuzz_u8(in) % 4;
	e->n = 1 + fuzz_u8(in) % EDITS_MAX;
	for (i = 0; i < e->n; i++) {
		struct edit *x = &e->edit[i];
		struct fuzz_in octets;

		x->what = fuzz_u8(in) % EDITS;
		x->at = fuzz_u8(in);
		x->to = fuzz_u8(in);
		x->offset = fuzz_u16(in);
		x->len = fuzz_u8(in) % (EDIT_OCTETS + 1);
		octets = fuzz_take(in, x->len);
		x->len = (uint8_t)octets.len;
		memcpy(x->octets, octets.p, octets.len);
	}
}

static void split(const struct builder *b, size_t at, uint8_t type)
{
	n_items = 0;
	while (type && at + 4 <= b->len && n_items < ITEMS_MAX) {
		struct item *it = &items[n_items];
		size_t len = get16(b->buf + at + 2);

		FUZZ_CHECK(len >= 4 && at + len <= b->len);
		if (len - 4 > BODY_MAX)
			break;
		it->type = type;
		it->flags = b->buf[at + 1];
		it->len = len - 4;
		memcpy(it->body, b->buf + at + 4, it->len);
		earlier[n_earlier++ % EARLIER] = *it;
		n_items++;
		type = b->buf[at];
		at += len;
	}
}

static void join(struct builder *b, size_t at, uint8_t *first)
{
	uint8_t *next = first;
	unsigned int i;

	for (i = 0; i < n_items; i++) {
		const struct item *it = &items[i];

		if (at + 4 + it->len + 64 > b->cap)
			break;
		*next = it->type;
		next = b->buf + at;
		b->buf[at + 1] = it->flags;
		put16(b->buf + at + 2, (uint16_t)(it->len + 4));
		memcpy(b->buf + at + 4, it->body, it->len);
		at += 4 + it->len;
	}
	*next = PL_NONE;
	b->next_at = (size_t)(next - b->buf);
	b->len = at;
}

static void insert(struct item *it, size_t at, const uint8_t *p, size_t len)
{
	at %= it->len + 1;
	if (it->len + len > BODY_MAX)
		return;
	memmove(it->body + at + len, it->body + at, it->len - at);
	memcpy(it->body + at, p, len);
	it->len += len;
}

static void append(uint8_t type, const void *head, size_t head_len, const struct edit *e)
{
	struct item *it = &items[n_items];

	if (n_items == ITEMS_MAX)
		return;
	n_items++;
	it->type = type;
	it->flags = 0;
	it->len = head_len + e->len;
	memcpy(it->body, head, head_len);
	memcpy(it->body + head_len, e->octets, e->len);
}

static void remove_item(unsigned int i)
{
	memmove(&items[i], &items[i + 1], (n_items - i - 1) * sizeof(*items));
	n_items--;
}

static void one(const struct edit *e, struct builder *b, const struct spis *spis)
{
	const unsigned int i = n_items ? e->at % n_items : 0;
	struct item *it = &items[i], *other;
	uint8_t head[8] = { PROTO_ESP, 4 };
	struct item tmp;

	if (spis->n)
		put32(head + 4, spis->spi[e->to % spis->n]);
	switch (e->what) {
	case APPEND:
		append(e->to, "", 0, e);
		return;
	case EXCHANGE:
	case FLAGS:
		/* by its own request an end knows what it waits for */
		if (b->buf[19] & FLAG_RESPONSE)
			b->buf[e->what == EXCHANGE ? 18 : 19] ^= e->to;
		return;
	case MESSAGE_ID:
		put32(b->buf + 20, get32(b->buf + 20) + e->to - 128);
		return;
	case REKEY:
		put16(head + 2, N_REKEY_SA);
		append(PL_NOTIFY, head, 8, e);
		return;
	case DELETE:
		head[0] = e->at & 1 ? PROTO_IKE : PROTO_ESP;
		head[1] = e->at & 1 ? 0 : 4;
		head[3] = e->at & 1 ? 0 : (uint8_t)(1 + e->len / 4);
		append(PL_DELETE, head, e->at & 1 ? 4 : 8, e);
		return;
	}
	if (!n_items)
		return;
	switch (e->what) {
	case DROP:
		remove_item(i);
		break;
	case REPEAT:
		if (n_items < ITEMS_MAX)
			items[n_items++] = *it;
		break;
	case SWAP:
		other = &items[e->to % n_items];
		tmp = *it;
		*it = *other;
		*other = tmp;
		break;
	case SET:
		if (it->len)
			it->body[e->offset % it->len] = e->to;
		break;
	case ADD:
		if (it->len)
			it->body[e->offset % it->len] += e->to;
		break;
	case INSERT:
		insert(it, e->offset, e->octets, e->len);
		break;
	case CUT:
		it->len = e->offset % (it->len + 1);
		break;
	case TYPE:
		it->type = e->to;
		break;
	case CRITICAL:
		it->flags ^= 0x80;
		break;
	case EARLIER_BODY:
		if (n_earlier)
			*it = earlier[e->to % (n_earlier < EARLIER ? n_earlier : EARLIER)];
		break;
	case SPI:
		if (it->len >= 4)
			memcpy(it->body + e->offset % (it->len - 3), head + 4, 4);
		break;
	case REPLACE:
		it->len = e->len;
		memcpy(it->body, e->octets, e->len);
		break;
	}
}

void edits_apply(struct edits *e, struct builder *b, size_t text_at, uint8_t *first,
		 const struct spis *spis)
{
	unsigned int i;

	if (b->overflow)
		return;
	split(b, text_at, *first);
	if (!e->n || e->skip) {
		e->skip -= e->skip > 0;
		return;
	}
	for (i = 0; i < e->n; i++)
		one(&e->edit[i], b, spis);
	e->n = 0;
	join(b, text_at, first);
}
