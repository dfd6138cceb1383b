/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A btnsd without main.c, sockets and kernel: what it would hear comes from the input. */
#ifndef BTNS_FUZZ_DAEMON_H
#define BTNS_FUZZ_DAEMON_H

#include <netlink/msg.h>

#include "btnsd/btnsd.h"
#include "fuzz.h"

/* The same for each input; what the kernel answers is read from in, NULL: nothing. */
void daemon_open(struct btnsd *d, struct fuzz_in *in);
void daemon_close(struct btnsd *d);
/* The clock goes on, and what is due then happens. */
void daemon_pass(struct btnsd *d, uint32_t ms);
/* A message of the family "btns" or of the controller: command, flags, length, attributes. */
struct nl_msg *daemon_heard(struct fuzz_in *in);
/* SPI of the last IKE_SA_INIT that was sent, and where to. */
extern uint8_t daemon_spi[8];
extern struct ike_addr daemon_asked;

#endif /* BTNS_FUZZ_DAEMON_H */
