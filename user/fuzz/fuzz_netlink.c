// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target of the attributes that come from the kernel. */
#include <netlink/attr.h>

#include "daemon.h"

static void check_ts(const struct ike_ts *ts)
{
	FUZZ_CHECK(ts->family == AF_INET || ts->family == AF_INET6);
}

int fuzz_netlink(const uint8_t *data, size_t size)
{
	struct fuzz_in in = fuzz_open(data, size);
	struct nl_msg *msg = daemon_heard(&in);
	struct nlattr *tb[BTNS_A_MAX + 1];
	struct k_event ev;
	struct k_child c;
	struct k_latch l;
	struct k_spd s;

	if (kernel_get_event(nlmsg_hdr(msg), &ev) && ev.life == K_SAME) {
		if (ev.cmd == BTNS_CMD_ACQUIRE_NTF) {
			check_ts(&ev.acquire.local_ts);
			check_ts(&ev.acquire.flow_remote);
			FUZZ_CHECK(ev.acquire.n_suites <= IKE_SUITES_MAX);
			FUZZ_CHECK(memchr(ev.acquire.spd_name, 0, sizeof(ev.acquire.spd_name)));
		}
		if (ev.cmd == BTNS_CMD_MAPPING_NTF)
			FUZZ_CHECK(ev.peer.family && ev.spi_in);
	}
	if (!nlmsg_parse(nlmsg_hdr(msg), 4, tb, BTNS_A_MAX, NULL)) {
		if (kernel_get_child(tb[BTNS_A_CHILD], &c))
			check_ts(&c.local_ts);
		kernel_get_latch(tb, &l);
		if (kernel_get_spd(tb[BTNS_A_SPD], &s))
			FUZZ_CHECK(s.n_suites <= IKE_SUITES_MAX);
	}
	nlmsg_free(msg);
	return 0;
}
