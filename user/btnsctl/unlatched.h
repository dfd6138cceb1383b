/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Is it encrypted, and if not, why not?" */
#ifndef _BTNSCTL_UNLATCHED_H
#define _BTNSCTL_UNLATCHED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Look through a file like /proc/net/tcp (@protocol, IPPROTO_TCP or _UDP) and
 * add to @list each connection to another host that is not in @latches: with
 * the SPD entry of @policy that governs it, and why it has no latch (@holdoffs
 * tells of failures).  The arguments are the lists that btnsctl -j shows.
 * 0, or -1 when memory runs out.
 */
int unlatched_scan(FILE *proc, int protocol, const json_t *latches,
		   const json_t *policy, const json_t *holdoffs, json_t *list);

/* Does the selector (null: any) cover the address? */
bool unlatched_selector(const json_t *ts, int family, const void *addr,
			int protocol, int port);

#endif /* _BTNSCTL_UNLATCHED_H */
