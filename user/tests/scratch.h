/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in a test's own folder.  Include cmocka.h before. */
#ifndef BTNS_TESTS_SCRATCH_H
#define BTNS_TESTS_SCRATCH_H

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Good until the fourth call from now. */
static inline const char *scratch_name(const char *dir, const char *file)
{
	static char path[4][128];
	static unsigned int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, file);
	return path[i];
}

static inline void scratch_put(const char *path, const void *text, size_t len, mode_t mode)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

#endif /* BTNS_TESTS_SCRATCH_H */
