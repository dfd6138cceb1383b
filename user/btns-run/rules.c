// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-run: who may come in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

int run_add_key(struct run_rules *r, const char *text)
{
	if (r->n == RUN_PEERS_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (!r->key) {
		r->key = calloc(RUN_PEERS_MAX, sizeof(*r->key));
		if (!r->key)
			return -1;
	}
	if (btns_fingerprint_parse(text, r->key[r->n]))
		return -1;
	r->n++;
	r->keys = true;
	return 0;
}

int run_add_keys(struct run_rules *r, const char *path, unsigned int *line)
{
	FILE *f = fopen(path, "re");
	char text[1024];
	int ret = 0;

	*line = 0;
	if (!f)
		return -1;
	/* an empty file lets nobody in */
	r->keys = true;
	while (!ret && fgets(text, sizeof(text), f)) {
		char *p = text + strspn(text, " \t");
		size_t len = strcspn(p, " \t\r\n");

		++*line;
		if (!strchr(text, '\n') && !feof(f))
			ret = -1;	/* too long */
		if (!len || *p == '#')
			continue;
		p[len] = 0;
		ret = ret ? ret : run_add_key(r, p);
	}
	if (ferror(f)) {
		*line = 0;
		ret = -1;
	}
	fclose(f);
	return ret;
}

/* Not faster for a key that is nearly right, nor for the first of the list. */
static bool is_listed(const struct run_rules *r, const unsigned char *fp)
{
	bool found = false;
	size_t i;

	for (i = 0; i < r->n; i++)
		found |= btns_binding_equal(r->key[i], BTNS_FINGERPRINT_LEN, fp,
					    BTNS_FINGERPRINT_LEN);
	return found;
}

int run_decide(const struct run_rules *r, const struct btns_latch_info *l,
	       const char **why)
{
	static const unsigned char none[BTNS_FINGERPRINT_LEN];

	*why = NULL;
	if (l->state != BTNS_LATCH_ESTABLISHED) {
		*why = l->state == BTNS_LATCH_NONE ? "in clear" : "no latch";
		return RUN_UNPROTECTED;
	}
	if (l->trust < r->trust) {
		*why = "not trusted enough";
		return RUN_WRONG_PEER;
	}
	if (r->keys && (!memcmp(l->peer_fingerprint, none, sizeof(none)) ||
			!is_listed(r, l->peer_fingerprint))) {
		*why = "another key";
		return RUN_WRONG_PEER;
	}
	return 0;
}
