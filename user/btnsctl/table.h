/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of text. */
#ifndef _BTNSCTL_TABLE_H
#define _BTNSCTL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "../common/show.h"

#define TABLE_COLUMNS	8

struct table {
	unsigned int columns;
	unsigned int rows, room;
	struct cell {
		char *text;
		enum show_color color;
	} *cells;
	bool failed;			/* out of memory */
};

/* @heads: one for each column. */
void table_start(struct table *t, unsigned int columns, const char *const *heads);
/* The next cell, copied; rows fill from left to right.  NULL shows as "-". */
void table_add(struct table *t, enum show_color color, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Print with @indent blanks before each row, free everything.  -1: no memory. */
int table_print(struct table *t, FILE *f, bool colors, int indent);

#endif /* _BTNSCTL_TABLE_H */
