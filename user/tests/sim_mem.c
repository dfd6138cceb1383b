// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts blocks of memory of the engines and the simulation (linked with --wrap). */
#include "sim.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static long blocks;

long sim_blocks(void)
{
	return blocks;
}

void *__wrap_malloc(size_t n)
{
	void *p = __real_malloc(n);

	blocks += p != NULL;
	return p;
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = __real_calloc(n, size);

	blocks += p != NULL;
	return p;
}

void *__wrap_realloc(void *p, size_t n)
{
	void *q = __real_realloc(p, n);

	blocks += q && !p;
	return q;
}

void __wrap_free(void *p)
{
	blocks -= p != NULL;
	__real_free(p);
}
