// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udp-loop: cost of a datagram between two network namespaces of one processor.
 *
 *	udp-loop NS-A NS-B ADDRESS-A ADDRESS-B COUNT [OCTETS [REQID]]
 *
 * Sends in A, receives in B, over connected sockets, and prints nanoseconds a datagram:
 * the median of blocks, and the mean.  COUNT is a multiple of 1000.  Datagrams go in
 * bursts: XFRM hands each to a kernel thread on its way up, and for one alone a switch of
 * tasks would be measured, or none, as the scheduler likes.  In a guest with an
 * instruction counter for a clock (selftests/vm/run --icount) a nanosecond is an
 * instruction, of whoever runs: the median leaves out what others do once.  With REQID
 * the sockets have XFRM policies of their own, which demand SAs of that number.
 */
#include <errno.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/hosts.h"

#define PORT 7001
#define WARM_UP 2000
#define BLOCKS 40
/* fits the receive buffer, and divides the datagrams of a block */
#define BURST 25

static void own_policies(int fd, sa_family_t family, uint32_t reqid)
{
	const int v6 = family == AF_INET6;
	struct {
		struct xfrm_userpolicy_info pol;
		struct xfrm_user_tmpl tmpl;
	} p = {
		.pol = {
			.sel.family = family,
			.lft = {
				.soft_byte_limit = XFRM_INF,
				.hard_byte_limit = XFRM_INF,
				.soft_packet_limit = XFRM_INF,
				.hard_packet_limit = XFRM_INF,
			},
			.action = XFRM_POLICY_ALLOW,
			.share = XFRM_SHARE_ANY,
		},
		.tmpl = {
			.id.proto = IPPROTO_ESP,
			.family = family,
			.reqid = reqid,
			.mode = XFRM_MODE_TRANSPORT,
			.aalgos = ~0U,
			.ealgos = ~0U,
			.calgos = ~0U,
		},
	};
	int dir;

	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_OUT; dir++) {
		p.pol.dir = dir;
		if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			       v6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &p, sizeof(p)))
			hosts_die("IP_XFRM_POLICY");
	}
}

static int open_socket(const char *ns, const struct sockaddr_storage *own,
		       const struct sockaddr_storage *peer, socklen_t len)
{
	struct timeval tv = { .tv_sec = 5 };
	int fd;

	hosts_enter(ns);
	fd = socket(own->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const void *)own, len) ||
	    connect(fd, (const void *)peer, len) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		hosts_die("socket");
	return fd;
}

static void send_burst(int fd, const char *buf, size_t octets)
{
	int i;

	for (i = 0; i < BURST; i++)
		if (send(fd, buf, octets, 0) < 0 && errno != EAGAIN)
			hosts_die("send");
}

/* How many of a burst are missing. */
static long receive_burst(int fd, char *buf, size_t size)
{
	int i;

	for (i = 0; i < BURST; i++) {
		if (recv(fd, buf, size, 0) >= 0)
			continue;
		if (errno != EAGAIN)
			hosts_die("recv");
		break;
	}
	return BURST - i;
}

static long loop(int a, int b, long count, size_t octets)
{
	static char buf[65536];
	int silence = 0;
	long lost = 0, missing, i;

	for (i = 0; i < count; i += BURST) {
		send_burst(a, buf, octets);
		missing = receive_burst(b, buf, sizeof(buf));
		/* the first ones wait for their SA */
		silence = missing == BURST ? silence + 1 : 0;
		if (silence == 4) {
			fputs("nothing arrives\n", stderr);
			exit(1);
		}
		lost += missing;
	}
	return lost;
}

static int smaller(const void *x, const void *y)
{
	const double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

static long measure(int a, int b, long count, size_t octets)
{
	double took[BLOCKS], start, sum = 0;
	long lost = 0;
	int i;

	for (i = 0; i < BLOCKS; i++) {
		start = hosts_ns();
		lost += loop(a, b, count / BLOCKS, octets);
		took[i] = (hosts_ns() - start) / (double)(count / BLOCKS);
		sum += took[i];
	}
	qsort(took, BLOCKS, sizeof(took[0]), smaller);
	printf("%.1f %.1f\n", took[BLOCKS / 2], sum / BLOCKS);
	return lost;
}

int main(int argc, char **argv)
{
	struct sockaddr_storage own, peer;
	long count, lost;
	size_t octets;
	socklen_t len;
	int a, b;

	if (argc < 6) {
		fputs("usage: udp-loop NS-A NS-B ADDRESS-A ADDRESS-B COUNT [OCTETS [REQID]]\n",
		      stderr);
		return 2;
	}
	count = atol(argv[5]);
	octets = argc > 6 ? (size_t)atol(argv[6]) : 64;
	len = hosts_address(argv[3], PORT, &own);
	if (hosts_address(argv[4], PORT, &peer) != len || count <= 0 ||
	    count % (BLOCKS * BURST) || octets > 65000)
		return 2;
	a = open_socket(argv[1], &own, &peer, len);
	b = open_socket(argv[2], &peer, &own, len);
	if (argc > 7) {
		const uint32_t reqid = strtoul(argv[7], NULL, 0);

		own_policies(a, own.ss_family, reqid);
		own_policies(b, own.ss_family, reqid);
	}
	loop(a, b, WARM_UP, octets);
	lost = measure(a, b, count, octets);
	if (lost) {
		fprintf(stderr, "%ld datagrams lost\n", lost);
		return 1;
	}
	return 0;
}
