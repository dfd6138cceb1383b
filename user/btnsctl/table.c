// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns of text. */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct cell *next_cell(struct table *t)
{
	if (t->rows == t->room) {
		unsigned int room = t->room ? 2 * t->room : 64;
		struct cell *p = realloc(t->cells, room * sizeof(*p));

		if (!p) {
			t->failed = true;
			return NULL;
		}
		t->cells = p;
		t->room = room;
	}
	return &t->cells[t->rows++];
}

void table_start(struct table *t, unsigned int columns, const char *const *heads)
{
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->columns = columns;
	for (i = 0; i < columns; i++)
		table_add(t, SHOW_BOLD, "%s", heads[i]);
}

void table_add(struct table *t, enum show_color color, const char *format, ...)
{
	struct cell *c = next_cell(t);
	char raw[1024], safe[1024];
	va_list ap;

	if (!c)
		return;
	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	show_safe(raw, safe, sizeof(safe));
	c->color = color;
	c->text = strdup(safe[0] ? safe : "-");
	if (!c->text)
		t->failed = true;
}

/* Characters on the screen: UTF-8 continuation octets take no room. */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int table_print(struct table *t, FILE *f, bool colors, int indent)
{
	int widths[TABLE_COLUMNS] = { 0 };
	unsigned int i;
	int ret = t->failed ? -1 : 0;

	for (i = 0; !ret && i < t->rows; i++) {
		int w = width(t->cells[i].text);

		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
	}
	for (i = 0; !ret && i < t->rows; i++) {
		unsigned int col = i % t->columns;
		const struct cell *c = &t->cells[i];

		if (!col)
			fprintf(f, "%*s", indent, "");
		fprintf(f, "%s%s%s", show_on(colors, c->color), c->text,
			show_off(colors));
		if (col + 1 < t->columns)
			fprintf(f, "%*s", widths[col] - width(c->text) + 2, "");
		else
			fputc('\n', f);
	}
	for (i = 0; i < t->rows; i++)
		free(t->cells[i].text);
	free(t->cells);
	memset(t, 0, sizeof(*t));
	return ret;
}
