/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btnsctl's text, made from the same JSON that -j prints: what a person sees is
 * what a script gets.
 */
#ifndef _BTNSCTL_TEXT_H
#define _BTNSCTL_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Each takes the document of the subcommand; -1: out of memory. */
int text_status(FILE *f, const json_t *doc, bool colors);
int text_pad(FILE *f, const json_t *doc, bool colors);
int text_policy(FILE *f, const json_t *doc, bool colors);
int text_sas(FILE *f, const json_t *doc, bool colors);
int text_peers(FILE *f, const json_t *doc, bool colors);
int text_latches(FILE *f, const json_t *doc, bool colors);
int text_stats(FILE *f, const json_t *doc, bool colors);
/* One event of monitor. */
int text_event(FILE *f, const json_t *event, bool colors);

/* "10.0.0.0/8 tcp 80": a traffic selector. */
void text_selector(const json_t *ts, char *buf, size_t size);

#endif /* _BTNSCTL_TEXT_H */
