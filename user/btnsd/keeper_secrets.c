// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keeper's shared secrets: it reads the daemon's configuration itself, so that the
 * daemon cannot make it read any other file, and then knows them by the paths in there.
 */
#include <stdlib.h>
#include <string.h>

#include "keeper_talk.h"

static void set_free(struct kept_set *set)
{
	uint32_t i;

	for (i = 0; i < set->n; i++) {
		secret_free(&set->all[i].secret);
		free(set->all[i].path);
	}
	free(set->all);
	memset(set, 0, sizeof(*set));
}

/* struct conf_secrets: whoever reads gets a stand-in, the secret is ours. */
static const char *take(void *arg, enum secret_kind kind, const char *path,
			struct secret **stand_in)
{
	struct kept_set *set = arg;
	struct kept_secret *s;
	const char *why;

	if (set->n == set->cap) {
		const uint32_t cap = set->cap ? 2 * set->cap : 16;

		s = realloc(set->all, cap * sizeof(*s));
		if (!s)
			return "out of memory";
		set->all = s;
		set->cap = cap;
	}
	s = &set->all[set->n];
	*s = (struct kept_secret){ .kind = kind };
	why = value_secret_file(path, kind, &s->secret);
	if (why)
		return why;
	set->n++;
	s->path = strdup(path);
	*stand_in = secret_new(kind, CHUNK("", 0));
	return s->path && *stand_in ? NULL : "out of memory";
}

struct conf *kept_read(struct kept_secrets *s, keeper_read_fn *read, void *arg,
		       char error[CONF_ERROR_MAX])
{
	struct kept_set set = { .first = s->next };
	const struct conf_secrets from = { take, &set };
	struct conf *conf = read(arg, &from, error);

	if (!conf) {
		set_free(&set);
		return NULL;
	}
	set_free(&s->last);
	s->last = set;
	s->next += set.n;
	return conf;
}

const struct secret *kept_get(const struct kept_secrets *s, uint32_t number)
{
	const struct kept_set *const sets[] = { &s->last, &s->used };
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (number - sets[i]->first < sets[i]->n)
			return sets[i]->all[number - sets[i]->first].secret;
	return NULL;
}

bool kept_find(struct kept_secrets *s, enum secret_kind kind, const char *path,
	       const uint8_t print_key[32], struct talk_found *found)
{
	struct kept_set *set = &s->last;
	uint32_t i;

	/* the daemon reads the same file: mostly it is the next one */
	for (i = 0; i < set->n; i++) {
		const uint32_t at = (set->at + i) % set->n;
		const struct kept_secret *k = &set->all[at];
		struct chunk print;

		if (k->kind != kind || strcmp(k->path, path))
			continue;
		set->at = at + 1;
		found->number = set->first + at;
		/* a plain hash could be compared with those of guesses */
		print = secret_print(k->secret);
		crypto_prf(PRF_HMAC_SHA2_256, found->print, print_key, 32, &print, 1);
		return true;
	}
	return false;
}

void kept_use(struct kept_secrets *s)
{
	set_free(&s->used);
	s->used = s->last;
	memset(&s->last, 0, sizeof(s->last));
}

void kept_free(struct kept_secrets *s)
{
	set_free(&s->used);
	set_free(&s->last);
}
