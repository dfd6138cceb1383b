/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to the module: generic netlink family "btns". */
#ifndef BTNS_FAMILY_H
#define BTNS_FAMILY_H

#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/btns.h>

struct family {
	struct nl_sock *sk;
	int id;			/* 0: the module has gone */
	char why[256];		/* of the last failure: the kernel's words, or errno's */
	bool interrupted;	/* the last dump is not of one moment */
};

/* A connected socket; NULL: none to be had. */
struct nl_sock *family_socket(void);
/* 0, or -errno with f->why: -ENOENT: module not loaded. */
int family_open(struct family *f);
/* Again, when it has been loaded anew.  Asking loads the module if it can be. */
int family_find(struct family *f);
void family_close(struct family *f);

/* Room for room octets; 0: libnl's default.  NULL: out of memory. */
struct nl_msg *family_new(struct family *f, uint8_t cmd, int flags, size_t room);
/* Called for each answer.  Not 0: the rest is passed over, and family_call() gives it. */
typedef int (*family_each_fn)(void *arg, struct nlmsghdr *h, struct nlattr **tb);
/*
 * Send, wait for the end, free the message, what was in it wiped.  msg must ask for an
 * acknowledgment or a dump.  NULL gives -ENOMEM, so that building needs no checks.
 * 0, -errno with f->why, or what each gave.
 */
int family_call(struct family *f, struct nl_msg *msg, family_each_fn each, void *arg);

/*
 * Let sk hear acquires and events, and of latches, of which every connection has
 * some, when asked to.  0 or -errno with f->why.
 */
int family_join(struct family *f, struct nl_sock *sk, bool latches);
/*
 * Take what is there, or wait for it; NL_STOP of fn leaves the rest of a datagram out.
 * 0, -EAGAIN: nothing left, -ENOBUFS: events were lost, -EIO.
 */
int family_hear(struct nl_sock *sk, nl_recvmsg_msg_cb_t fn, void *arg);

#endif /* BTNS_FAMILY_H */
