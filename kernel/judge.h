/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a packet: NF_ACCEPT or NF_DROP. */
#ifndef _BTNS_JUDGE_H
#define _BTNS_JUDGE_H

#include "fit.h"

/* A packet of this host, in or out; softirq or RCU read side. */
unsigned int btns_judge(struct btns_packet *pkt);
/* An ICMP error that came in and quotes pkt->tuple. */
unsigned int btns_judge_icmp(struct btns_packet *pkt);

#endif /* _BTNS_JUDGE_H */
