// SPDX-License-Identifier: GPL-2.0-or-later
/* Client of the generic netlink family "btns": transport. */
#include <errno.h>
#include <fcntl.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "kernel.h"

#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#endif

/* Room for two identities with keys of the longest kind. */
#define MSG_ROOM	(2 * BTNS_SPKI_MAX + 8192)
#define HEAR_ROOM	(4 << 20)

struct call {
	struct kernel *k;
	kernel_each_fn each;
	void *arg;
	int error;
	bool done;
};

static int fail(struct kernel *k, int error, const char *text)
{
	snprintf(k->why, sizeof(k->why), "%s", text);
	return error;
}

static struct nl_sock *open_socket(void)
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

int kernel_open(struct kernel *k)
{
	int acquire, events, room = HEAR_ROOM;

	memset(k, 0, sizeof(*k));
	k->ask = open_socket();
	k->hear = open_socket();
	if (!k->ask || !k->hear) {
		kernel_close(k);
		return fail(k, -ENOMEM, "no netlink socket");
	}
	k->family = genl_ctrl_resolve(k->ask, BTNS_GENL_NAME);
	if (k->family < 0) {
		kernel_close(k);
		return fail(k, -ENOENT, "the module is not loaded: modprobe btns");
	}
	acquire = genl_ctrl_resolve_grp(k->ask, BTNS_GENL_NAME, BTNS_GENL_MCGRP_ACQUIRE);
	events = genl_ctrl_resolve_grp(k->ask, BTNS_GENL_NAME, BTNS_GENL_MCGRP_EVENTS);
	if (acquire < 0 || events < 0 ||
	    nl_socket_add_memberships(k->hear, acquire, events, 0)) {
		kernel_close(k);
		return fail(k, -EPERM, "cannot listen to the module (CAP_NET_ADMIN?)");
	}
	if (nl_socket_set_nonblocking(k->hear)) {
		kernel_close(k);
		return fail(k, -EIO, "no non-blocking netlink socket");
	}
	/* past the limit for users where that is allowed: events come in bursts */
	if (setsockopt(nl_socket_get_fd(k->hear), SOL_SOCKET, SO_RCVBUFFORCE, &room,
		       sizeof(room)))
		nl_socket_set_buffer_size(k->hear, room, 0);
	nl_socket_set_buffer_size(k->ask, 1 << 20, 1 << 18);
	return 0;
}

void kernel_close(struct kernel *k)
{
	nl_socket_free(k->ask);
	nl_socket_free(k->hear);
	k->ask = NULL;
	k->hear = NULL;
}

struct nl_msg *kernel_new(struct kernel *k, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(MSG_ROOM);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, k->family, 0,
				NLM_F_REQUEST | NLM_F_ACK, cmd, BTNS_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct call *c = arg;

	if (!genlmsg_parse(nlmsg_hdr(msg), 0, tb, BTNS_A_MAX, NULL) && c->each)
		c->each(c->arg, tb);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct call *c = arg;

	c->done = true;
	return NL_STOP;
}

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
	snprintf(c->k->why, sizeof(c->k->why), "%s", strerror(-e->error));
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		used += e->msg.nlmsg_len - NLMSG_HDRLEN;
	used = NLMSG_ALIGN(used);
	left = (int)h->nlmsg_len - NLMSG_HDRLEN - (int)used;
	nla_for_each_attr(a, (struct nlattr *)((char *)e + used), left, left)
		if (nla_type(a) == NLMSGERR_ATTR_MSG)
			nla_strlcpy(c->k->why, a, sizeof(c->k->why));
	return NL_STOP;
}

int kernel_call(struct kernel *k, struct nl_msg *msg, kernel_each_fn each, void *arg)
{
	struct call c = { .k = k, .each = each, .arg = arg };
	struct nl_cb *cb;
	int r;

	if (!msg)
		return fail(k, -ENOMEM, "out of memory");
	k->why[0] = 0;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	r = cb ? nl_send_auto(k->ask, msg) : -NLE_NOMEM;
	sodium_memzero(nlmsg_data(nlmsg_hdr(msg)), nlmsg_datalen(nlmsg_hdr(msg)));
	nlmsg_free(msg);
	if (r >= 0) {
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &c);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &c);
		nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &c);
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, &c);
		for (r = 0; r >= 0 && !c.done;)
			r = nl_recvmsgs(k->ask, cb);
	}
	nl_cb_put(cb);
	if (!c.done)
		return fail(k, -EIO, nl_geterror(r));
	if (c.error && !k->why[0])
		snprintf(k->why, sizeof(k->why), "%s", strerror(-c.error));
	return c.error;
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
	struct genlmsghdr *g = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct hearing *h = arg;
	struct k_event ev = { };
	bool good = false;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, BTNS_A_MAX, NULL))
		return NL_OK;
	ev.cmd = g->cmd;
	switch (g->cmd) {
	case BTNS_CMD_ACQUIRE_NTF:
		good = tb[BTNS_A_ACQUIRE] &&
		       kernel_get_acquire(tb[BTNS_A_ACQUIRE], &ev.acquire);
		break;
	case BTNS_CMD_SA_NTF:
		if (!tb[BTNS_A_CHILD] || !tb[BTNS_A_SA_EVENT])
			break;
		ev.sa_event = nla_get_u8(tb[BTNS_A_SA_EVENT]);
		good = kernel_get_child(tb[BTNS_A_CHILD], &ev.child);
		break;
	case BTNS_CMD_MAPPING_NTF:
		if (!tb[BTNS_A_SPI] || !tb[BTNS_A_PEER_PORT])
			break;
		ev.spi_in = ntohl(nla_get_u32(tb[BTNS_A_SPI]));
		good = kernel_get_addr(tb[BTNS_A_PEER_ADDR], &ev.peer);
		ev.peer.port = ntohs(nla_get_u16(tb[BTNS_A_PEER_PORT]));
		break;
	}
	if (good)
		h->fn(h->arg, &ev);
	return NL_OK;
}

/* Events answer nothing: their sequence numbers mean nothing. */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	return NL_OK;
}

int kernel_hear(struct kernel *k, kernel_event_fn fn, void *arg)
{
	struct hearing h = { fn, arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &h);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	r = nl_recvmsgs(k->hear, cb);
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
