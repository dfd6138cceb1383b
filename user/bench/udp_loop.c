// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udp-loop: cost of a datagram between two network namespaces of one processor.
 *
 *	udp-loop NS-A NS-B ADDRESS-A ADDRESS-B COUNT [OCTETS]
 *
 * Sends in A, receives in B, one datagram at a time, over connected sockets, and
 * prints nanoseconds a datagram.  In a guest with an instruction counter for a
 * clock (selftests/vm/run --icount) a nanosecond is an instruction.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/hosts.h"

#define PORT 7001
#define WARM_UP 2000

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

static long loop(int a, int b, long count, size_t octets)
{
	char buf[65536] = { 0 };
	long i, lost = 0;

	for (i = 0; i < count; i++) {
		if (send(a, buf, octets, 0) < 0 && errno != EAGAIN)
			hosts_die("send");
		if (recv(b, buf, sizeof(buf), 0) < 0) {
			if (errno != EAGAIN)
				hosts_die("recv");
			/* the first ones wait for their SA */
			if (++lost == 20) {
				fputs("nothing arrives\n", stderr);
				exit(1);
			}
		}
	}
	return lost;
}

int main(int argc, char **argv)
{
	struct sockaddr_storage own, peer;
	double start, end;
	long count, lost;
	size_t octets;
	socklen_t len;
	int a, b;

	if (argc < 6) {
		fputs("usage: udp-loop NS-A NS-B ADDRESS-A ADDRESS-B COUNT [OCTETS]\n",
		      stderr);
		return 2;
	}
	count = atol(argv[5]);
	octets = argc > 6 ? (size_t)atol(argv[6]) : 64;
	len = hosts_address(argv[3], PORT, &own);
	if (hosts_address(argv[4], PORT, &peer) != len || count <= 0 || octets > 65000)
		return 2;
	a = open_socket(argv[1], &own, &peer, len);
	b = open_socket(argv[2], &peer, &own, len);
	loop(a, b, WARM_UP, octets);
	start = hosts_ns();
	lost = loop(a, b, count, octets);
	end = hosts_ns();
	if (lost) {
		fprintf(stderr, "%ld datagrams lost\n", lost);
		return 1;
	}
	printf("%.1f\n", (end - start) / (double)count);
	return 0;
}
