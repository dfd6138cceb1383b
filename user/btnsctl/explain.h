/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Why is this in clear?", for one address. */
#ifndef _BTNSCTL_EXPLAIN_H
#define _BTNSCTL_EXPLAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct explain {
	int family, protocol;
	unsigned char local[16], peer[16];
	unsigned int port;		/* of the peer; 0: any */
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80".  -1: none of these. */
int explain_parse(const char *text, struct explain *x);
/*
 * Make the document: lists as btnsctl -j shows them, the daemon's answer (NULL: it is not
 * there).  NULL: out of memory.
 */
json_t *explain_document(const struct explain *x, const json_t *policy, const json_t *latches,
			 const json_t *sas, const json_t *holdoffs, const json_t *acquires,
			 const json_t *daemon);
void explain_text(FILE *f, const json_t *doc, bool colors);

#endif /* _BTNSCTL_EXPLAIN_H */
