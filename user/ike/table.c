// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE SAs by SPI, by INIT request, by peer; and a heap of their timers. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

#define TABLE_START	64

bool tables_init(struct ike *ike)
{
	unsigned int i;

	ike->ops.random(ike->ctx, ike->hash_key, sizeof(ike->hash_key));
	for (i = 0; i < TABLES; i++) {
		ike->table[i].bucket = calloc(TABLE_START, sizeof(*ike->table[i].bucket));
		if (!ike->table[i].bucket)
			return false;
		ike->table[i].size = TABLE_START;
	}
	ike->child_bucket = calloc(TABLE_START, sizeof(*ike->child_bucket));
	if (!ike->child_bucket)
		return false;
	ike->child_buckets = TABLE_START;
	return true;
}

void tables_free(struct ike *ike)
{
	unsigned int i;

	for (i = 0; i < TABLES; i++)
		free(ike->table[i].bucket);
	free(ike->child_bucket);
	free(ike->heap);
}

uint32_t table_hash(const struct ike *ike, const void *p, size_t len)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint32_t h;

	crypto_shorthash(out, p, len, ike->hash_key);
	memcpy(&h, out, sizeof(h));
	return h;
}

uint32_t hash_of_peer(const struct ike *ike, const struct ike_addr *peer)
{
	return table_hash(ike, peer->ip, ike_ip_len(peer->family));
}

uint32_t hash_of_init(const struct ike *ike, const uint8_t spi_i[8],
		      const struct ike_addr *peer)
{
	uint8_t buf[8 + 16 + 2] = { 0 };

	memcpy(buf, spi_i, 8);
	memcpy(buf + 8, peer->ip, ike_ip_len(peer->family));
	memcpy(buf + 24, &peer->port, 2);
	return table_hash(ike, buf, sizeof(buf));
}

/* Our own SPIs are random: no keyed hash is needed. */
uint32_t hash_of_spi(const uint8_t spi[8])
{
	uint32_t h;

	memcpy(&h, spi, sizeof(h));
	return h;
}

static void table_grow(struct table *t, unsigned int which)
{
	const size_t size = t->size * 2;
	struct ike_sa **bucket = calloc(size, sizeof(*bucket));
	size_t i;

	if (!bucket)
		return;
	for (i = 0; i < t->size; i++) {
		struct ike_sa *sa = t->bucket[i], *next;

		for (; sa; sa = next) {
			struct ike_sa **head = &bucket[sa->hash[which] & (size - 1)];

			next = sa->link[which];
			sa->link[which] = *head;
			*head = sa;
		}
	}
	free(t->bucket);
	t->bucket = bucket;
	t->size = size;
}

bool table_add(struct ike_sa *sa, unsigned int which, uint32_t hash)
{
	struct table *t = &sa->ike->table[which];
	struct ike_sa **head;

	if (t->count >= t->size)
		table_grow(t, which);
	head = &t->bucket[hash & (t->size - 1)];
	sa->hash[which] = hash;
	sa->link[which] = *head;
	*head = sa;
	sa->in_tables |= 1 << which;
	t->count++;
	return true;
}

void table_del(struct ike_sa *sa, unsigned int which)
{
	struct table *t = &sa->ike->table[which];
	struct ike_sa **p;

	if (!(sa->in_tables & (1 << which)))
		return;
	for (p = &t->bucket[sa->hash[which] & (t->size - 1)]; *p; p = &(*p)->link[which]) {
		if (*p == sa) {
			*p = sa->link[which];
			break;
		}
	}
	sa->in_tables &= ~(1 << which);
	t->count--;
}

static struct ike_sa *same_hash(struct ike_sa *sa, unsigned int which, uint32_t hash)
{
	while (sa && sa->hash[which] != hash)
		sa = sa->link[which];
	return sa;
}

struct ike_sa *table_first(const struct ike *ike, unsigned int which, uint32_t hash)
{
	const struct table *t = &ike->table[which];

	return same_hash(t->bucket[hash & (t->size - 1)], which, hash);
}

struct ike_sa *table_next(const struct ike_sa *sa, unsigned int which)
{
	return same_hash(sa->link[which], which, sa->hash[which]);
}

static void heap_put(struct ike *ike, size_t i, struct ike_sa *sa)
{
	ike->heap[i] = sa;
	sa->heap_at = i + 1;
}

static void heap_sift(struct ike *ike, size_t i)
{
	struct ike_sa *sa = ike->heap[i];

	while (i && ike->heap[(i - 1) / 2]->deadline > sa->deadline) {
		heap_put(ike, i, ike->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= ike->heap_len)
			break;
		if (c + 1 < ike->heap_len &&
		    ike->heap[c + 1]->deadline < ike->heap[c]->deadline)
			c++;
		if (ike->heap[c]->deadline >= sa->deadline)
			break;
		heap_put(ike, i, ike->heap[c]);
		i = c;
	}
	heap_put(ike, i, sa);
}

bool heap_update(struct ike_sa *sa, uint64_t deadline)
{
	struct ike *ike = sa->ike;

	sa->deadline = deadline;
	if (!sa->heap_at) {
		if (ike->heap_len == ike->heap_cap) {
			const size_t cap = ike->heap_cap ? ike->heap_cap * 2 : 64;
			struct ike_sa **heap = realloc(ike->heap, cap * sizeof(*heap));

			if (!heap)
				return false;
			ike->heap = heap;
			ike->heap_cap = cap;
		}
		heap_put(ike, ike->heap_len++, sa);
	}
	heap_sift(ike, sa->heap_at - 1);
	return true;
}

void heap_remove(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;
	struct ike_sa *last;
	size_t i = sa->heap_at;

	if (!i--)
		return;
	sa->heap_at = 0;
	last = ike->heap[--ike->heap_len];
	if (last == sa)
		return;
	heap_put(ike, i, last);
	heap_sift(ike, i);
}

/* Inbound SPIs are random: no hash is needed. */
static struct child **child_head(const struct ike *ike, uint32_t spi_in)
{
	return &ike->child_bucket[spi_in & (ike->child_buckets - 1)];
}

static void child_table_grow(struct ike *ike)
{
	struct child **old = ike->child_bucket;
	const size_t n = ike->child_buckets;
	struct child **bucket = calloc(2 * n, sizeof(*bucket));
	size_t i;

	if (!bucket)
		return;
	ike->child_bucket = bucket;
	ike->child_buckets = 2 * n;
	for (i = 0; i < n; i++) {
		struct child *c = old[i], *next;

		for (; c; c = next) {
			struct child **head = child_head(ike, c->spi_in);

			next = c->link;
			c->link = *head;
			*head = c;
		}
	}
	free(old);
}

void child_table_add(struct ike_sa *sa, struct child *c)
{
	struct child **head;

	if (sa->ike->stats.children >= sa->ike->child_buckets)
		child_table_grow(sa->ike);
	head = child_head(sa->ike, c->spi_in);
	c->sa = sa;
	c->link = *head;
	*head = c;
}

void child_table_del(struct child *c)
{
	struct child **p = child_head(c->sa->ike, c->spi_in);

	for (; *p; p = &(*p)->link) {
		if (*p == c) {
			*p = c->link;
			break;
		}
	}
}

struct child *child_by_spi(const struct ike *ike, uint32_t spi_in)
{
	struct child *c = *child_head(ike, spi_in);

	while (c && c->spi_in != spi_in)
		c = c->link;
	return c;
}
