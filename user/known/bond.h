/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets of sessions, inside of the store; within a transaction. */
#ifndef BTNS_KNOWN_BOND_H
#define BTNS_KNOWN_BOND_H

#include "store.h"

/* 1: the key's owner must know one; 0, or a negative errno. */
int bond_expected(struct known *k, const uint8_t *fp, int64_t now);
/* 1: whose is it?  0: of nobody any more; or a negative errno. */
int bond_owner(struct known *k, const uint8_t *secret, int64_t now, struct known_peer *owner);
/* Its owner has shown it. */
int bond_proved(struct known *k, const uint8_t *secret, int64_t now);
/* Whoever shows the key does not know it; open: what is stored waits for a person. */
int bond_broken(struct known *k, const uint8_t *fp, bool open, int64_t now);
/* A person says that the key is right: what waits is nobody's. */
int bond_pardon(struct known *k, const uint8_t *fp);
int bond_move(struct known *k, const uint8_t *from, const uint8_t *to);
int bond_wipe(struct known *k, const uint8_t *fp);

#endif /* BTNS_KNOWN_BOND_H */
