// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of tickets on disk, so that peers come back quickly when this host has booted
 * (RFC 5723).  Written in place with a checksum: what a crash tears is no key, and peers
 * make new IKE SAs.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../ike/crypto.h"
#include "btnsd.h"

#define KEYS_MAX	256

struct tickets_file {
	int fd;
};

/* Length, keys, checksum. */
struct image {
	char magic[8];
	uint64_t len;
	uint8_t keys[KEYS_MAX], sum[32];
};

static void sum_of(const struct image *i, uint8_t sum[32])
{
	const struct chunk all = CHUNK(i, offsetof(struct image, sum));

	crypto_sha256(sum, &all, 1);
}

uint64_t tickets_wall(void *ctx)
{
	return (uint64_t)time(NULL);
}

void tickets_save(void *ctx, const uint8_t *keys, size_t len)
{
	const struct btnsd *d = ctx;
	struct image i = { .magic = "btnstk1", .len = len };

	if (!d->tickets || len > sizeof(i.keys))
		return;
	memcpy(i.keys, keys, len);
	sum_of(&i, i.sum);
	if (pwrite(d->tickets->fd, &i, sizeof(i), 0) != sizeof(i) || fdatasync(d->tickets->fd))
		log_warn("%s: %s: tickets will be worth nothing after the next start",
			 d->conf->daemon.ticket_keys, strerror(errno));
	sodium_memzero(&i, sizeof(i));
}

static void load(struct btnsd *d, int fd)
{
	struct image i;
	uint8_t sum[32];

	if (pread(fd, &i, sizeof(i), 0) != sizeof(i))
		return;
	sum_of(&i, sum);
	if (!memcmp(i.magic, "btnstk1", sizeof(i.magic)) && i.len <= sizeof(i.keys) &&
	    crypto_equal(sum, i.sum, sizeof(sum)))
		ike_set_ticket_keys(d->ike, i.keys, (size_t)i.len);
	sodium_memzero(&i, sizeof(i));
}

void tickets_open(struct btnsd *d)
{
	const char *why;
	off_t size;
	int fd;

	if (!d->conf->daemon.resumption)
		return;
	why = own_file_open(d->conf->daemon.ticket_keys, &fd, &size);
	if (!why) {
		d->tickets = malloc(sizeof(*d->tickets));
		why = d->tickets ? NULL : strerror(ENOMEM);
	}
	if (!why) {
		d->tickets->fd = fd;
		load(d, fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	log_warn("%s: %s: tickets are worth nothing after the next start",
		 d->conf->daemon.ticket_keys, why);
}

void tickets_close(struct btnsd *d)
{
	if (!d->tickets)
		return;
	close(d->tickets->fd);
	free(d->tickets);
	d->tickets = NULL;
}
