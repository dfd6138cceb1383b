/* SPDX-License-Identifier: GPL-2.0-only */
/* ALERT (RFC 5660 section 2.3): the owner of a latch learns of its new state. */
#ifndef _BTNS_ALERT_H
#define _BTNS_ALERT_H

struct btns_latch;

/* Both: process context. */
void btns_alert_owner(struct btns_latch *l);	/* error queue of the socket */
void btns_alert_reset(struct btns_latch *l);	/* as if the peer had sent a RST */

#endif /* _BTNS_ALERT_H */
