/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests inside the kernel; main.c calls btns_selftest() before anything else. */
#ifndef _BTNS_SELFTEST_H
#define _BTNS_SELFTEST_H

#ifdef BTNS_SELFTEST
int btns_selftest(void);
int btns_selftest_binding(void);
int btns_selftest_pad(void);
int btns_selftest_selectors(void);
#else
static inline int btns_selftest(void)
{
	return 0;
}
#endif

#endif /* _BTNS_SELFTEST_H */
