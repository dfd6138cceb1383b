/* SPDX-License-Identifier: GPL-2.0-only */
/* Netfilter hooks; registered while SPD cache entries or latches exist. */
#ifndef _BTNS_DATAPATH_H
#define _BTNS_DATAPATH_H

#include "btns.h"

/* One user more or less; the first registers, the last unregisters.  Sleeps. */
int btns_datapath_get(struct btns_net *bn);
void btns_datapath_put(struct btns_net *bn);
/* Unregister if neither users nor latches are left.  Sleeps. */
void btns_datapath_settle(struct btns_net *bn);
/* Unregister; no hook runs any more.  Sleeps. */
void btns_datapath_stop(struct btns_net *bn);

#endif /* _BTNS_DATAPATH_H */
