/* SPDX-License-Identifier: GPL-2.0-only */
/* net.btns.* per namespace, Documentation/sysctl.rst. */
#ifndef _BTNS_SYSCTL_H
#define _BTNS_SYSCTL_H

#include "btns.h"

int btns_sysctl_init(struct btns_net *bn);
void btns_sysctl_exit(struct btns_net *bn);

#endif /* _BTNS_SYSCTL_H */
