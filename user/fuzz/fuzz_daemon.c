// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target of the daemon between kernel and network: events of the kernel and its
 * answers, datagrams on both ports, and quotes in ICMP errors.
 */
#include "daemon.h"

static struct ike_addr some_peer(struct fuzz_in *in)
{
	struct ike_addr a = { AF_INET, 500, { 192, 0, 2, 1 }, 0 };
	uint8_t how = fuzz_u8(in);

	if (how & 1)
		return daemon_asked.family ? daemon_asked : a;
	a.family = how & 2 ? AF_INET6 : AF_INET;
	a.ip[3] = how >> 2;
	a.port = how & 64 ? 0 : 4500;
	return a;
}

static void icmp(struct btnsd *d, struct fuzz_in *in)
{
	struct ike_addr peer = some_peer(in);
	struct fuzz_in quote = fuzz_take(in, fuzz_u8(in) % 65);
	uint8_t copy[64];

	memcpy(copy, quote.p, quote.len);
	/* off the path nobody knows the SPI; on the path one does */
	if (quote.len >= 8 && copy[0] & 1)
		memcpy(copy, daemon_spi, 8);
	if (acquire_unreachable(d, &peer, copy, quote.len, fuzz_u8(in)))
		FUZZ_CHECK(quote.len >= 8 && !memcmp(copy, daemon_spi, 8));
	ike_hint(d->ike, now_ms(), &peer);
}

static void datagram(struct btnsd *d, struct fuzz_in *in)
{
	const struct ike_addr local = { AF_INET, 500, { 10, 0, 0, 1 }, 0 };
	struct ike_addr peer = some_peer(in);
	uint16_t port = fuzz_u8(in) & 1 ? 4500 : 500;
	struct fuzz_in body = fuzz_take(in, fuzz_u16(in) % 4096);
	uint8_t *copy = malloc(body.len ? body.len : 1);

	FUZZ_CHECK(copy);
	memcpy(copy, body.p, body.len);
	socks_input(d, port, &local, &peer, copy, body.len);
	free(copy);
}

int fuzz_daemon(const uint8_t *data, size_t size)
{
	struct fuzz_in in = fuzz_open(data, size);
	static struct btnsd d;

	daemon_open(&d, &in);
	adopt_start(&d);
	while (in.len) {
		struct nl_msg *msg;
		struct k_event ev;

		switch (fuzz_u8(&in) % 8) {
		case 0:
		case 1:
		case 2:
			msg = daemon_heard(&in);
			if (kernel_get_event(nlmsg_hdr(msg), &ev))
				backend_event(&d, &ev);
			nlmsg_free(msg);
			break;
		case 3:
			icmp(&d, &in);
			break;
		case 4:
			datagram(&d, &in);
			break;
		case 5:
			daemon_pass(&d, fuzz_u16(&in));
			break;
		case 6:
			acquires_collect(&d);
			binds_collect(&d);
			break;
		case 7:
			pairs_resync(&d);
			break;
		}
		FUZZ_CHECK(ike_stats(d.ike)->sas < 100000);
	}
	daemon_close(&d);
	return 0;
}
