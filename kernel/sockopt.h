/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket options BTNS_SO_*, see include/uapi/linux/btns.h. */
#ifndef _BTNS_SOCKOPT_H
#define _BTNS_SOCKOPT_H

int btns_sockopt_init(void);
void btns_sockopt_exit(void);

#endif /* _BTNS_SOCKOPT_H */
