/* SPDX-License-Identifier: GPL-2.0-only */
/* Events to user space: generic netlink multicast.  Process context. */
#ifndef _BTNS_NOTIFY_H
#define _BTNS_NOTIFY_H

#include "btns.h"

struct btns_acquire;
struct btns_latch;
struct btns_sa_pair;

bool btns_notify_acquire_listened(struct btns_net *bn);	/* any context */
void btns_notify_acquire(struct btns_net *bn, const struct btns_acquire *a);
void btns_notify_sa(struct btns_net *bn, const struct btns_sa_pair *p,
		    enum btns_sa_event what);
void btns_notify_mapping(struct btns_net *bn, const struct btns_sa_pair *p,
			 const struct btns_addr *addr, __be16 port);
void btns_notify_latch(struct btns_net *bn, struct btns_latch *l);
/* bn->lock held.  -ESRCH: nobody listens in this namespace; -ENOBUFS: not all heard it. */
int btns_notify_binding(struct btns_net *bn, struct btns_latch *l);
void btns_notify_config(struct btns_net *bn);

#endif /* _BTNS_NOTIFY_H */
