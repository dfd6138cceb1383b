// SPDX-License-Identifier: GPL-2.0-or-later
/* Client of the generic netlink family "btns": questions, and what the kernel tells. */
#include <arpa/inet.h>
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

/* Of all families: is it ours, and what happened to it? */
static enum k_life life_of(struct nl_msg *msg, uint8_t cmd)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, NULL) ||
	    !tb[CTRL_ATTR_FAMILY_NAME] ||
	    strcmp(nla_get_string(tb[CTRL_ATTR_FAMILY_NAME]), BTNS_GENL_NAME))
		return K_SAME;
	return cmd == CTRL_CMD_DELFAMILY ? K_GONE : cmd == CTRL_CMD_NEWFAMILY ? K_BACK : K_SAME;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *g = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct hearing *h = arg;
	struct k_event ev = { };
	struct k_latch latch;
	bool good = false;

	if (nlmsg_hdr(msg)->nlmsg_type == GENL_ID_CTRL) {
		ev.life = life_of(msg, g->cmd);
		if (ev.life != K_SAME)
			h->fn(h->arg, &ev);
		return NL_OK;
	}
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
	case BTNS_CMD_BINDING_NTF:
		good = kernel_get_latch(tb, &latch);
		ev.latch = latch.id;
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

int kernel_hear(struct kernel *k, kernel_event_fn fn, void *arg)
{
	struct hearing h = { fn, arg };

	return family_hear(k->hear, on_event, &h);
}
