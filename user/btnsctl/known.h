/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btnsctl: known peers. */
#ifndef _BTNSCTL_KNOWN_H
#define _BTNSCTL_KNOWN_H

#include "ctl.h"

/*
 * peers list, show, trust, untrust, forget, pending, compare, import, export: argv[0] is
 * that word.  enum ctl_exit, or -1: no such command.
 */
int known_command(struct ctl *c, int argc, char **argv);

/* Documents of the daemon as text; -1: out of memory. */
int known_text_list(FILE *f, const json_t *list, bool colors);
void known_text_one(FILE *f, const json_t *peer, bool colors);

#endif /* _BTNSCTL_KNOWN_H */
