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
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 7001
#define WARM_UP 2000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void enter(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

static socklen_t address(const char *text, struct sockaddr_storage *s)
{
	struct sockaddr_in *four = (void *)s;
	struct sockaddr_in6 *six = (void *)s;

	memset(s, 0, sizeof(*s));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(PORT);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1) {
		fprintf(stderr, "%s: not an address\n", text);
		exit(1);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(PORT);
	return sizeof(*six);
}

static int open_socket(const char *ns, const struct sockaddr_storage *own,
		       const struct sockaddr_storage *peer, socklen_t len)
{
	struct timeval tv = { .tv_sec = 5 };
	int fd;

	enter(ns);
	fd = socket(own->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const void *)own, len) ||
	    connect(fd, (const void *)peer, len) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		die("socket");
	return fd;
}

static long loop(int a, int b, long count, size_t octets)
{
	char buf[65536] = { 0 };
	long i, lost = 0;

	for (i = 0; i < count; i++) {
		if (send(a, buf, octets, 0) < 0 && errno != EAGAIN)
			die("send");
		if (recv(b, buf, sizeof(buf), 0) < 0) {
			if (errno != EAGAIN)
				die("recv");
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
	struct timespec t0, t1;
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
	len = address(argv[3], &own);
	if (address(argv[4], &peer) != len || count <= 0 || octets > 65000)
		return 2;
	a = open_socket(argv[1], &own, &peer, len);
	b = open_socket(argv[2], &peer, &own, len);
	loop(a, b, WARM_UP, octets);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	lost = loop(a, b, count, octets);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	if (lost) {
		fprintf(stderr, "%ld datagrams lost\n", lost);
		return 1;
	}
	printf("%.1f\n", ((double)(t1.tv_sec - t0.tv_sec) * 1e9 +
			  (double)(t1.tv_nsec - t0.tv_nsec)) / (double)count);
	return 0;
}
