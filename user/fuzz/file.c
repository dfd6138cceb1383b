// SPDX-License-Identifier: GPL-2.0-or-later
/* Files for readers that want a path. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"

static char path[] = "/tmp/btns-fuzz.XXXXXX";
static const void *memory;
static size_t memory_size;

const char *fuzz_memory(const void *data, size_t size)
{
	memory = data;
	memory_size = size;
	return "fuzz";
}

FILE *__real_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode)
{
	/* an input is no reason to read devices, or the host's files */
	if (!memory)
		return __real_fopen(name, mode);
	if (!strcmp(name, "fuzz"))
		return fmemopen((void *)memory, memory_size, "r");
	return NULL;
}

static void at_exit(void)
{
	unlink(path);
}

const char *fuzz_file(const void *data, size_t size)
{
	static bool made;
	int fd = made ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) : mkostemp(path, O_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	if (!made)
		atexit(at_exit);
	made = true;
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	close(fd);
	return path;
}
