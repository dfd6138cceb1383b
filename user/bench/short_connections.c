// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * short-connections: cost of a TCP connection that is closed at once.
 *
 *	short-connections NS-A NS-B ADDRESS-A ADDRESS-B COUNT
 *
 * A connects to B and says one octet, B accepts and reads it, both close.  Prints
 * nanoseconds a connection (instructions with selftests/vm/run --icount).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/hosts.h"

#define PORT	7002
#define WARM_UP	200

static struct sockaddr_storage peer;
static socklen_t len;

static void connections(int family, int listener, long count)
{
	char octet = 0;

	while (count--) {
		int from = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), to;

		if (from < 0 || connect(from, (const void *)&peer, len))
			hosts_die("connect");
		to = accept(listener, NULL, NULL);
		if (to < 0 || write(from, &octet, 1) != 1 || read(to, &octet, 1) != 1)
			hosts_die("connection");
		close(from);
		if (read(to, &octet, 1))
			hosts_die("end of the connection");
		close(to);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_storage own;
	int family, listener;
	double start;
	long count;

	if (argc != 6) {
		fputs("usage: short-connections NS-A NS-B ADDRESS-A ADDRESS-B COUNT\n", stderr);
		return 2;
	}
	count = atol(argv[5]);
	len = hosts_address(argv[4], PORT, &peer);
	if (count <= 0 || hosts_address(argv[3], 0, &own) != len)
		return 2;
	family = peer.ss_family;
	hosts_enter(argv[2]);
	listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (const void *)&peer, len) || listen(listener, 16))
		hosts_die("listen");
	hosts_enter(argv[1]);
	connections(family, listener, WARM_UP);
	start = hosts_ns();
	connections(family, listener, count);
	printf("%.1f\n", (hosts_ns() - start) / (double)count);
	return 0;
}
