/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that follow other keys. */
#ifndef BTNS_KNOWN_SUCCEED_H
#define BTNS_KNOWN_SUCCEED_H

#include "known.h"

/* 1: a successor took its place and the overlap is over; 0, or a negative errno. */
int succeed_retired(struct known *k, const struct known_peer *p, int64_t now,
		    struct known_peer *successor);

#endif /* BTNS_KNOWN_SUCCEED_H */
