// SPDX-License-Identifier: GPL-2.0-or-later
/* Client of the generic netlink family "btns": questions, and what the kernel tells. */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel.h"

/* Room for two identities with keys of the longest kind. */
#define MSG_ROOM	(2 * BTNS_SPKI_MAX + 8192)
#define HEAR_ROOM	(4 << 20)

static int fail(struct kernel *k, int error, const char *text)
{
	snprintf(k->family.why, sizeof(k->family.why), "%s", text);
	kernel_close(k);
	return error;
}

int kernel_open(struct kernel *k)
{
	int room = HEAR_ROOM, r;

	memset(k, 0, sizeof(*k));
	r = family_open(&k->family);
	if (r)
		return r;
	k->hear = family_socket();
	if (!k->hear)
		return fail(k, -ENOMEM, "no netlink socket");
	r = family_join(&k->family, k->hear, false);
	if (r) {
		kernel_close(k);
		return r;
	}
	/* the controller's group tells of the module's end and return */
	if (nl_socket_set_nonblocking(k->hear) ||
	    nl_socket_add_membership(k->hear, GENL_ID_CTRL))
		return fail(k, -EIO, "no non-blocking netlink socket");
	/* past the limit for users where that is allowed: events come in bursts */
	if (setsockopt(nl_socket_get_fd(k->hear), SOL_SOCKET, SO_RCVBUFFORCE, &room,
		       sizeof(room)))
		nl_socket_set_buffer_size(k->hear, room, 0);
	return 0;
}

int kernel_reopen(struct kernel *k)
{
	int r = family_find(&k->family);

	return r ? r : family_join(&k->family, k->hear, false);
}

void kernel_close(struct kernel *k)
{
	family_close(&k->family);
	nl_socket_free(k->hear);
	k->hear = NULL;
}

struct nl_msg *kernel_new(struct kernel *k, uint8_t cmd)
{
	return family_new(&k->family, cmd, NLM_F_ACK, MSG_ROOM);
}

struct each {
	kernel_each_fn fn;
	void *arg;
};

static int on_answer(void *arg, struct nlmsghdr *h, struct nlattr **tb)
{
	struct each *e = arg;

	if (e->fn)
		e->fn(e->arg, tb);
	return 0;
}

int kernel_call(struct kernel *k, struct nl_msg *msg, kernel_each_fn each, void *arg)
{
	struct each e = { each, arg };

	return family_call(&k->family, msg, on_answer, &e);
}

int kernel_dump(struct kernel *k, uint8_t cmd, kernel_each_fn each, void *arg)
{
	struct nl_msg *msg = kernel_new(k, cmd);

	if (msg)
		nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	return kernel_call(k, msg, each, arg);
}

int kernel_fd(const struct kernel *k)
{
	return nl_socket_get_fd(k->hear);
}

struct hearing {
	kernel_event_fn fn;
	void *arg;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct hearing *h = arg;
	struct k_event ev;

	if (kernel_get_event(nlmsg_hdr(msg), &ev))
		h->fn(h->arg, &ev);
	return NL_OK;
}

int kernel_hear(struct kernel *k, kernel_event_fn fn, void *arg)
{
	struct hearing h = { fn, arg };

	return family_hear(k->hear, on_event, &h);
}
