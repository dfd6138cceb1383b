// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of IKE SAs where the next life of the daemon finds them: a file of mode 0600
 * beside the control socket, in memory (tmpfs), mapped.  It outlives kill -9 and an
 * upgrade, not a boot; a key that is forgotten is wiped there at once.  Pages of tmpfs
 * may be swapped like those of the daemon itself.  Each record has two places that take
 * turns, so that one is whole at any moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "btnsd.h"

#define TMPFS		0x01021994
#define RAMFS		0x858458f6
#define HALF_MIN	2048
#define CLASSES		8		/* 2 kB to 256 kB */
#define GROW		(64 * 1024)

/* At the head of the file. */
struct keep_head {
	char magic[16];
	char boot[48];			/* keys are not for another boot, should they outlive it */
};

/* One of the two places of a record. */
struct half {
	uint64_t generation;
	uint32_t len;			/* 0: nothing */
	uint32_t unused;
	uint8_t record[];
};

struct extent {
	uint32_t magic, size;		/* of a half; 0: there are no more */
	uint64_t unused;
};

#define EXTENT_MAGIC	0x31545845

/* Offsets that may be used again. */
struct spare {
	uint64_t *at;
	size_t n, room;
};

struct keep {
	int fd;
	uint8_t *map;
	size_t size, used;
	struct spare spare[CLASSES];
};

static struct extent *extent_at(const struct keep *k, uint64_t at)
{
	return (struct extent *)(k->map + at);
}

static struct half *half_of(const struct keep *k, uint64_t at, unsigned int which)
{
	return (struct half *)(k->map + at + sizeof(struct extent) +
			       (size_t)which * extent_at(k, at)->size);
}

static unsigned int class_of(size_t size)
{
	unsigned int c = 0;

	while (c < CLASSES && (size_t)HALF_MIN << c < size)
		c++;
	return c;
}

static void give_back(struct keep *k, uint64_t at)
{
	const struct extent *e = extent_at(k, at);
	struct spare *s = &k->spare[class_of(e->size)];
	uint64_t *p;

	sodium_memzero(half_of(k, at, 0), 2 * (size_t)e->size);
	if (s->n == s->room) {
		p = reallocarray(s->at, s->room ? 2 * s->room : 16, sizeof(*p));
		if (!p)
			return;		/* lost until the next start */
		s->at = p;
		s->room = s->room ? 2 * s->room : 16;
	}
	s->at[s->n++] = at;
}

/* The file gets longer, with room that is really there: a hole could not be filled. */
static bool grow(struct keep *k, size_t need)
{
	size_t size = k->size;
	void *map;

	while (size < need)
		size += size / 2 > GROW ? size / 2 / GROW * GROW : GROW;
	if (posix_fallocate(k->fd, 0, (off_t)size))
		return false;
	map = mremap(k->map, k->size, size, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return false;
	k->map = map;
	k->size = size;
	return true;
}

/* Room for a record; 0: none. */
static uint64_t take(struct keep *k, size_t len)
{
	const unsigned int c = class_of(sizeof(struct half) + len);
	const size_t size = (size_t)HALF_MIN << c;
	struct extent *e;
	uint64_t at;

	if (c == CLASSES)
		return 0;
	if (k->spare[c].n)
		return k->spare[c].at[--k->spare[c].n];
	/* an extent of size 0 ends the list */
	if (k->used + 2 * size + 2 * sizeof(*e) > k->size &&
	    !grow(k, k->used + 2 * size + 2 * sizeof(*e)))
		return 0;
	at = k->used;
	e = extent_at(k, at);
	e->size = (uint32_t)size;
	atomic_thread_fence(memory_order_release);
	e->magic = EXTENT_MAGIC;
	k->used = at + sizeof(*e) + 2 * size;
	return at;
}

static void put(struct keep *k, uint64_t at, const uint8_t *record, size_t len)
{
	struct half *a = half_of(k, at, 0), *b = half_of(k, at, 1);
	struct half *old = a->len && (!b->len || a->generation > b->generation) ? a : b;
	struct half *new = old == a ? b : a;

	new->len = 0;
	atomic_thread_fence(memory_order_release);
	memcpy(new->record, record, len);
	new->generation = old->generation + 1;
	atomic_thread_fence(memory_order_release);
	new->len = (uint32_t)len;
}

void keep_record(void *ctx, uint64_t *slot, const uint8_t *record, size_t len)
{
	struct btnsd *d = ctx;
	struct keep *k = d->keep;
	uint64_t at = *slot;

	if (!k)
		return;
	if (record && (!at || sizeof(struct half) + len > extent_at(k, at)->size)) {
		at = take(k, len);
		if (!at)
			d->stats.not_kept++;
	}
	if (at != *slot || !record) {
		if (*slot)
			give_back(k, *slot);
		*slot = record ? at : 0;
	}
	if (record && at)
		put(k, at, record, len);
}

/* --- the next life ---------------------------------------------------------------------- */

static bool restore_half(struct btnsd *d, uint64_t at, const struct half *h)
{
	uint8_t *copy;
	uint32_t len = h->len;
	int r;

	if (!len || sizeof(*h) + len > extent_at(d->keep, at)->size)
		return false;
	/* the engine writes the place anew before it returns */
	copy = malloc(len);
	if (!copy)
		return false;
	memcpy(copy, h->record, len);
	r = ike_restore(d->ike, now_ms(), at, copy, len);
	sodium_memzero(copy, len);
	free(copy);
	if (r)
		log_debug("a record of an IKE SA: %s", strerror(-r));
	return !r;
}

static bool restore_extent(struct btnsd *d, uint64_t at)
{
	struct half *a = half_of(d->keep, at, 0), *b = half_of(d->keep, at, 1);
	const bool first = a->len && (!b->len || a->generation > b->generation);

	return restore_half(d, at, first ? a : b) || restore_half(d, at, first ? b : a);
}

unsigned int keep_restore(struct btnsd *d)
{
	struct keep *k = d->keep;
	uint64_t at = sizeof(struct keep_head);
	unsigned int n = 0;

	if (!k)
		return 0;
	/* first where they end: what is restored may need more room */
	for (k->used = at; k->used + sizeof(struct extent) <= k->size;) {
		const struct extent *e = extent_at(k, k->used);

		if (e->magic != EXTENT_MAGIC || class_of(e->size) == CLASSES ||
		    e->size != (size_t)HALF_MIN << class_of(e->size) ||
		    k->used + sizeof(*e) + 2 * (size_t)e->size > k->size)
			break;
		k->used += sizeof(*e) + 2 * (size_t)e->size;
	}
	/* what is behind them nobody would ever wipe */
	sodium_memzero(k->map + k->used, k->size - k->used);
	for (const uint64_t end = k->used; at < end;) {
		const uint64_t next = at + sizeof(struct extent) +
				      2 * (uint64_t)extent_at(k, at)->size;

		if (restore_extent(d, at))
			n++;
		else
			give_back(k, at);
		at = next;
	}
	return n;
}

/* --- the file ------------------------------------------------------------------------------ */

static bool head_now(struct keep_head *h)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 0;

	memset(h, 0, sizeof(*h));
	strcpy(h->magic, "btns IKE SAs 1\n");
	if (!n)
		n = read(fd, h->boot, sizeof(h->boot) - 1);
	if (fd >= 0)
		close(fd);
	return n > 0;
}

static const char *open_file(struct keep *k, const char *path)
{
	struct keep_head now, was;
	const char *why;
	struct statfs fs;
	off_t size;

	why = own_file_open(path, &k->fd, &size);
	if (why)
		return why;
	if (fstatfs(k->fd, &fs))
		return strerror(errno);
	if ((unsigned long)fs.f_type != TMPFS && (unsigned long)fs.f_type != RAMFS)
		return "not in memory (tmpfs): keys are not written to a disk";
	if (flock(k->fd, LOCK_EX | LOCK_NB))
		return "another btnsd uses it";
	if (!head_now(&now))
		return "no boot ID";
	if (pread(k->fd, &was, sizeof(was), 0) != sizeof(was) || memcmp(&was, &now, sizeof(now))) {
		if (ftruncate(k->fd, 0) || pwrite(k->fd, &now, sizeof(now), 0) != sizeof(now))
			return strerror(errno);
		size = sizeof(now);
	}
	k->size = (size_t)size < GROW ? GROW : (size_t)size;
	if (posix_fallocate(k->fd, 0, (off_t)k->size))
		return "no room";
	k->map = mmap(NULL, k->size, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
	if (k->map == MAP_FAILED) {
		k->map = NULL;
		return strerror(errno);
	}
	madvise(k->map, k->size, MADV_DONTDUMP);
	k->used = sizeof(struct keep_head);
	return NULL;
}

static void drop(struct keep **p)
{
	struct keep *k = *p;
	unsigned int i;

	*p = NULL;
	if (!k)
		return;
	if (k->map)
		munmap(k->map, k->size);
	if (k->fd >= 0)
		close(k->fd);
	for (i = 0; i < CLASSES; i++)
		free(k->spare[i].at);
	free(k);
}

void keep_open(struct btnsd *d)
{
	const bool on = d->conf->daemon.continuity;
	char path[PATH_MAX];
	const char *why;

	snprintf(path, sizeof(path), "%s.sas", d->conf->daemon.control);
	if (!on && access(path, F_OK))
		return;
	d->keep = calloc(1, sizeof(*d->keep));
	if (!d->keep)
		return;
	why = open_file(d->keep, path);
	if (!why && on)
		return;
	if (on) {
		log_warn("%s: %s: a restart will make all IKE SAs anew", path, why);
	} else if (!why) {
		/* keys of an earlier life that was to go on */
		sodium_memzero(d->keep->map, d->keep->size);
		unlink(path);
	} else {
		log_warn("%s: %s: not wiped", path, why);
	}
	drop(&d->keep);
}

void keep_close(struct btnsd *d)
{
	drop(&d->keep);
}
