/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btnsctl: show and steer. */
#ifndef _BTNSCTL_CTL_H
#define _BTNSCTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Where the daemon listens unless it is told otherwise. */
#define BTNS_CONTROL_SOCKET	"/run/btns/control"

enum ctl_exit {
	CTL_OK,
	CTL_FAILED,		/* refused, or failed on the way */
	CTL_USAGE,
	CTL_NO_MODULE,
	CTL_NO_DAEMON,
};

struct ctl {
	bool json, colors;
	const char *socket;	/* the daemon's control socket */
	struct family *kernel;	/* opened when first needed */
	char error[512];	/* why the last call failed */
};

/* Remember why: the text that the user will see. */
void ctl_error(struct ctl *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- from_kernel.c: enum ctl_exit; *list is a new array ------------------------- */
int kernel_pad(struct ctl *c, json_t **list);
int kernel_policy(struct ctl *c, json_t **list);
int kernel_sas(struct ctl *c, json_t **list);
int kernel_peers(struct ctl *c, json_t **list);
int kernel_latches(struct ctl *c, json_t **list);
int kernel_holdoffs(struct ctl *c, json_t **list);
int kernel_acquires(struct ctl *c, json_t **list);
int kernel_stats(struct ctl *c, json_t **object);
/* @what: BTNS_FLUSH_* */
int kernel_flush(struct ctl *c, unsigned int what);
/* @what: number of a latch, or @fingerprint (32 octets) of a peer; how many there were */
int kernel_latch_break(struct ctl *c, uint64_t id, const uint8_t *fingerprint,
		       unsigned int *count);
/* Call @event (enum ctl_exit) for each until it or the kernel fails. */
int kernel_monitor(struct ctl *c, int (*event)(struct ctl *c, json_t *event));
void kernel_done(struct ctl *c);

/* --- from_daemon.c ---------------------------------------------------------------- */

/*
 * Send {"command": @command} and return the answer's document.  CTL_NO_DAEMON:
 * nobody listens; CTL_FAILED: the daemon refused, with its words in c->error.
 */
int daemon_ask(struct ctl *c, const char *command, json_t **answer);
/* Events of the daemon, which comes and goes. */
struct watch {
	int fd;			/* -1: it is not there */
	size_t len;
	char buf[16384];
};

void daemon_watch(struct ctl *c, struct watch *w);
/* Something is there: hand on what is complete.  enum ctl_exit of @event. */
int daemon_hear(struct ctl *c, struct watch *w,
		int (*event)(struct ctl *c, json_t *event));
/* As daemon_ask(), with more members; @question stays the caller's. */
int daemon_question(struct ctl *c, const json_t *question, json_t **answer);

#endif /* _BTNSCTL_CTL_H */
