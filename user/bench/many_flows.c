// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many-flows: connected UDP sockets by the hundred thousand, and what a datagram
 * costs then.
 *
 *	many-flows NS-A NS-B ADDRESS-A ADDRESS-B FLOWS COUNT
 *
 * FLOWS sockets of A send one datagram each to a few unconnected sockets of B, then
 * COUNT more, each by another socket.  Prints "MEDIAN MEAN" in nanoseconds a
 * datagram (instructions with selftests/vm/run --icount); the median is of blocks,
 * so what runs now and then is in the mean only.  Then the sockets stay until
 * standard input ends.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/hosts.h"

#define FIRST_PORT	10000
#define PORTS		50000	/* of A; a flow is one of them to one port of B */
#define PEER_PORT	7001
#define PEERS_MAX	8
/* So short that most of them meet no timer tick. */
#define BLOCK		10
/* Coprime to any count of flows that is not its multiple. */
#define STEP		7919

static struct sockaddr_storage own, peer;
static socklen_t len;
static int receiver[PEERS_MAX];

static int bound(struct sockaddr_storage *s, uint16_t port)
{
	const struct timeval tv = { .tv_sec = 5 };
	const int on = 1;
	int fd;

	/* the same place in both families */
	((struct sockaddr_in *)s)->sin_port = htons(port);
	fd = socket(s->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    bind(fd, (const void *)s, len))
		hosts_die("socket");
	return fd;
}

/* false: it did not arrive */
static int datagram(int from, int to)
{
	char buf[64] = { 0 };

	if (send(from, buf, sizeof(buf), 0) < 0 && errno != EAGAIN)
		hosts_die("send");
	if (recv(to, buf, sizeof(buf), 0) >= 0)
		return 1;
	if (errno != EAGAIN)
		hosts_die("recv");
	return 0;
}

static void open_all(const char *a, const char *b, int *flow, long flows)
{
	long i;

	hosts_enter(b);
	for (i = 0; i * PORTS < flows; i++)
		receiver[i] = bound(&peer, PEER_PORT + i);
	hosts_enter(a);
	for (i = 0; i < flows; i++) {
		int tries = 0;

		flow[i] = bound(&own, FIRST_PORT + i % PORTS);
		((struct sockaddr_in *)&peer)->sin_port = htons(PEER_PORT + i / PORTS);
		if (connect(flow[i], (const void *)&peer, len))
			hosts_die("connect");
		/* the first of all waits for its SA */
		while (!datagram(flow[i], receiver[i / PORTS])) {
			if (i || ++tries == 20) {
				fputs("nothing arrives\n", stderr);
				exit(1);
			}
		}
	}
}

static int smaller(const void *x, const void *y)
{
	const double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

static void measure(const int *flow, long flows, long count)
{
	const long blocks = count / BLOCK;
	double *took = calloc(blocks, sizeof(*took)), sum = 0;
	long b, i, at = 0;

	if (!took)
		hosts_die("calloc");
	for (b = 0; b < blocks; b++) {
		const double start = hosts_ns();

		for (i = 0; i < BLOCK; i++) {
			at = (at + STEP) % flows;
			if (!datagram(flow[at], receiver[at / PORTS])) {
				fputs("a datagram was lost\n", stderr);
				exit(1);
			}
		}
		took[b] = (hosts_ns() - start) / BLOCK;
		sum += took[b];
	}
	qsort(took, blocks, sizeof(*took), smaller);
	printf("%.1f %.1f\n", took[blocks / 2], sum / blocks);
	fflush(stdout);
	free(took);
}

int main(int argc, char **argv)
{
	struct rlimit files;
	long flows, count;
	char c;
	int *flow;

	if (argc != 7) {
		fputs("usage: many-flows NS-A NS-B ADDRESS-A ADDRESS-B FLOWS COUNT\n", stderr);
		return 2;
	}
	flows = atol(argv[5]);
	count = atol(argv[6]);
	if (flows <= 0 || flows > (long)PEERS_MAX * PORTS || count < BLOCK)
		return 2;
	len = hosts_address(argv[3], 0, &own);
	if (hosts_address(argv[4], 0, &peer) != len)
		return 2;
	files.rlim_cur = files.rlim_max = flows + 64;
	if (setrlimit(RLIMIT_NOFILE, &files))
		hosts_die("setrlimit");
	flow = calloc(flows, sizeof(*flow));
	if (!flow)
		hosts_die("calloc");
	open_all(argv[1], argv[2], flow, flows);
	measure(flow, flows, count);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
