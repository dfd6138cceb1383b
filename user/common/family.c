// SPDX-License-Identifier: GPL-2.0-or-later
/* The way to the module: sockets, questions and answers, events. */
#include "family.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#endif

/* One question under way. */
struct call {
	struct family *f;
	family_each_fn each;
	void *arg;
	int error, result;
	bool done;
};

static int fail(struct family *f, int error, const char *text)
{
	snprintf(f->why, sizeof(f->why), "%s", text);
	return error;
}

struct nl_sock *family_socket(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	int on = 1;

	if (!sk)
		return NULL;
	if (genl_connect(sk)) {
		nl_socket_free(sk);
		return NULL;
	}
	/* extack sentences; both are older than any kernel that this runs on */
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	fcntl(nl_socket_get_fd(sk), F_SETFD, FD_CLOEXEC);
	nl_socket_set_msg_buf_size(sk, 1 << 16);
	nl_socket_disable_msg_peek(sk);
	return sk;
}

int family_find(struct family *f)
{
	f->id = genl_ctrl_resolve(f->sk, BTNS_GENL_NAME);
	if (f->id >= 0)
		return 0;
	f->id = 0;
	return fail(f, -ENOENT, "the module is not loaded: modprobe btns");
}

int family_open(struct family *f)
{
	int r;

	memset(f, 0, sizeof(*f));
	f->sk = family_socket();
	if (!f->sk)
		return fail(f, -ENOMEM, "no netlink socket");
	r = family_find(f);
	if (r) {
		family_close(f);
		return r;
	}
	nl_socket_set_buffer_size(f->sk, 1 << 20, 1 << 18);
	return 0;
}

void family_close(struct family *f)
{
	nl_socket_free(f->sk);
	f->sk = NULL;
}

struct nl_msg *family_new(struct family *f, uint8_t cmd, int flags, size_t room)
{
	struct nl_msg *msg = room ? nlmsg_alloc_size(room) : nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, f->id, 0, NLM_F_REQUEST | flags,
				cmd, BTNS_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct call *c = arg;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		c->f->interrupted = true;
	if (genlmsg_parse(h, 0, tb, BTNS_A_MAX, NULL))
		c->result = fail(c->f, -EBADMSG, "malformed answer of the kernel");
	else if (!c->result && c->each)
		c->result = c->each(c->arg, h, tb);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct call *c = arg;

	c->done = true;
	return NL_STOP;
}

/* A dump's end carries its error. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct call *c = arg;

	if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(int)))
		c->error = *(int *)NLMSG_DATA(h);
	c->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	size_t used = sizeof(*e);
	struct call *c = arg;
	struct nlattr *a;
	int left;

	c->done = true;
	c->error = e->error;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		used += e->msg.nlmsg_len - NLMSG_HDRLEN;
	used = NLMSG_ALIGN(used);
	left = (int)h->nlmsg_len - NLMSG_HDRLEN - (int)used;
	nla_for_each_attr(a, (struct nlattr *)((char *)e + used), left, left)
		if (nla_type(a) == NLMSGERR_ATTR_MSG)
			nla_strlcpy(c->f->why, a, sizeof(c->f->why));
	return NL_STOP;
}

/* Events have no number of ours, and an answer that is late belongs to nothing. */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	return NL_OK;
}

int family_call(struct family *f, struct nl_msg *msg, family_each_fn each, void *arg)
{
	struct call c = { .f = f, .each = each, .arg = arg };
	struct nl_cb *cb;
	int r;

	if (!msg)
		return fail(f, -ENOMEM, "out of memory");
	f->why[0] = 0;
	f->interrupted = false;
	cb = f->id ? nl_cb_alloc(NL_CB_DEFAULT) : NULL;
	r = cb ? nl_send_auto(f->sk, msg) : -NLE_NOMEM;
	explicit_bzero(nlmsg_data(nlmsg_hdr(msg)), (size_t)nlmsg_datalen(nlmsg_hdr(msg)));
	nlmsg_free(msg);
	if (r >= 0) {
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &c);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &c);
		nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &c);
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, &c);
		for (r = 0; r >= 0 && !c.done;)
			r = nl_recvmsgs(f->sk, cb);
	}
	nl_cb_put(cb);
	if (!f->id)
		return fail(f, -ENODEV, "the module has gone: modprobe btns");
	if (!c.done)
		return fail(f, -EIO, nl_geterror(r));
	if (c.error && !f->why[0])
		snprintf(f->why, sizeof(f->why), "%s", strerror(-c.error));
	return c.error ? c.error : c.result;
}

int family_join(struct family *f, struct nl_sock *sk, bool latches)
{
	int acquire = genl_ctrl_resolve_grp(f->sk, BTNS_GENL_NAME, BTNS_GENL_MCGRP_ACQUIRE);
	int events = genl_ctrl_resolve_grp(f->sk, BTNS_GENL_NAME, BTNS_GENL_MCGRP_EVENTS);
	/* 0 ends the list */
	int last = latches ? genl_ctrl_resolve_grp(f->sk, BTNS_GENL_NAME,
						   BTNS_GENL_MCGRP_LATCHES) : 0;

	if (acquire < 0 || events < 0 || last < 0 ||
	    nl_socket_add_memberships(sk, acquire, events, last, 0))
		return fail(f, -EPERM, "cannot listen to the module (CAP_NET_ADMIN?)");
	return 0;
}

int family_hear(struct nl_sock *sk, nl_recvmsg_msg_cb_t fn, void *arg)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, fn, arg);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	r = nl_recvmsgs(sk, cb);
	nl_cb_put(cb);
	switch (r) {
	case -NLE_AGAIN:
		return -EAGAIN;
	case -NLE_NOMEM:	/* libnl's name for ENOBUFS */
	case -NLE_MSG_OVERFLOW:
		return -ENOBUFS;
	default:
		return r < 0 ? -EIO : 0;
	}
}
