// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many-peers: an IKE responder's load, from one process.
 *
 *	many-peers NAMESPACE FIRST-ADDRESS PEER COUNT SECRET-FILE ID
 *
 * COUNT initiators, each with an address of its own from FIRST-ADDRESS (IPv4) on, make an
 * IKE SA with one Child SA (transport mode, between the two addresses) each; a few at
 * a time.  They prove the ID by the shared secret.  No kernel is told: the peer's work
 * is what is measured.  Prints "up N" when all are there, "failed N" with how many are
 * not, then keeps and answers for them until standard input ends, and prints
 * "rekeyed N, alive N".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "bench/hosts.h"
#include "bench/granting.h"
#include "ike/crypto.h"
#include "ike/ike.h"
#include "ike/secret.h"

#define AT_ONCE		16
#define SECRET_MAX	128

static struct {
	int fd;
	struct ike *ike;
	uint32_t first, peer;		/* host order */
	unsigned long wanted, started, ended, failed, rekeyed;
	struct secret *secret;
} all;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(peer->port) };
	struct iovec iov = { .iov_base = (void *)pkt, .iov_len = len };
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = { };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct in_pktinfo info = { };

	memcpy(&to.sin_addr, peer->ip, 4);
	memcpy(&info.ipi_spec_dst, local->ip, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	/* what is lost is sent again */
	if (sendmsg(all.fd, &m, 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
		hosts_die("sendmsg");
}

static void op_expect(void *ctx, const struct ike_addr *peer, const struct ike_identity *id,
		      struct ike_expect *e)
{
	e->own_auth = BTNS_AUTH_PSK;
	e->secret = all.secret;
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	all.ended++;
	if (!error)
		return;
	all.failed++;
	fprintf(stderr, "initiator %u: %s (%u)\n", cookie, ike_strerror(error), detail);
}

static void op_event(void *ctx, const struct ike_event *ev)
{
	if (ev->type == IKE_EV_SA_REKEYED || ev->type == IKE_EV_CHILD_REKEYED)
		all.rekeyed++;
}

static const struct ike_ops ops = {
	GRANTING_OPS, .send = op_send, .expect = op_expect, .child_done = op_done,
	.event = op_event,
};

static void host(struct ike_addr *a, uint32_t ip)
{
	ip = htonl(ip);
	memset(a, 0, sizeof(*a));
	a->family = AF_INET;
	a->port = 500;
	memcpy(a->ip, &ip, 4);
}

static void one_address(struct ike_ts *ts, const struct ike_addr *a)
{
	memset(ts, 0, sizeof(*ts));
	ts->family = AF_INET;
	ts->port_end = 65535;
	memcpy(ts->start, a->ip, 4);
	memcpy(ts->end, a->ip, 4);
}

static void start_one(void)
{
	struct ike_request r = {
		.cookie = ++all.started, .mode = BTNS_MODE_TRANSPORT,
		.n_local = 1, .n_remote = 1, .n_suites = 1,
		.suites = { { .encr = ENCR_AES_GCM_16, .encr_bits = 256 } },
	};

	host(&r.local, all.first + all.started - 1);
	host(&r.peer, all.peer);
	one_address(&r.local_ts[0], &r.local);
	one_address(&r.remote_ts[0], &r.peer);
	if (ike_initiate(all.ike, now_ms(), &r))
		hosts_die("ike_initiate");
}

/* false: nothing there */
static int receive(void)
{
	uint8_t buf[4096], control[256];
	struct sockaddr_in from;
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
		.msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct ike_addr local, peer;
	struct cmsghdr *c;
	ssize_t n = recvmsg(all.fd, &m, MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != ECONNREFUSED)
		hosts_die("recvmsg");
	if (n < 0)
		return 0;
	host(&peer, ntohl(from.sin_addr.s_addr));
	peer.port = ntohs(from.sin_port);
	host(&local, 0);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct in_pktinfo info;

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		memcpy(local.ip, &info.ipi_addr, 4);
	}
	ike_input(all.ike, now_ms(), &local, &peer, buf, n);
	return 1;
}

static void wait_and_work(struct pollfd *p, unsigned int n)
{
	uint64_t now = now_ms(), next = ike_tick(all.ike, now);
	int ms = next == UINT64_MAX || next > now + 1000 ? 1000 : next > now ? next - now : 0;

	if (poll(p, n, ms) < 0)
		hosts_die("poll");
	while (receive())
		;
}

static void read_secret(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint8_t text[SECRET_MAX];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (n <= 0)
		hosts_die(file);
	close(fd);
	all.secret = secret_new(SECRET_PSK, CHUNK(text, n));
	sodium_memzero(text, sizeof(text));
	if (!all.secret)
		hosts_die("secret");
}

static void open_socket(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(500) };
	const int on = 1, room = 4 << 20;

	all.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (all.fd < 0 || setsockopt(all.fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
	    setsockopt(all.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(all.fd, (const void *)&any, sizeof(any)))
		hosts_die("socket");
}

int main(int argc, char **argv)
{
	struct ike_config c = {
		.id_type = BTNS_ID_FQDN, .retry_max = 10,
		.liveness = UINT32_MAX, .ike_lifetime = 100000000, .child_lifetime = 100000000,
	};
	struct pollfd p[2];
	struct in_addr a;

	if (argc != 7 || strlen(argv[6]) > sizeof(c.id)) {
		fprintf(stderr, "usage: %s NAMESPACE FIRST-ADDRESS PEER COUNT SECRET-FILE ID\n",
			argv[0]);
		return 2;
	}
	hosts_enter(argv[1]);
	if (!inet_aton(argv[2], &a))
		hosts_die(argv[2]);
	all.first = ntohl(a.s_addr);
	if (!inet_aton(argv[3], &a))
		hosts_die(argv[3]);
	all.peer = ntohl(a.s_addr);
	all.wanted = strtoul(argv[4], NULL, 10);
	read_secret(argv[5]);
	c.id_len = strlen(argv[6]);
	memcpy(c.id, argv[6], c.id_len);
	if (!crypto_init())
		return 1;
	crypto_random(c.seed, sizeof(c.seed));
	open_socket();
	all.ike = ike_new(&c, &ops, NULL, now_ms());
	if (!all.ike)
		hosts_die("ike_new");
	p[0] = (struct pollfd){ .fd = all.fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	while (all.ended < all.wanted) {
		while (all.started < all.wanted && all.started - all.ended < AT_ONCE)
			start_one();
		wait_and_work(p, 1);
	}
	printf("%s %lu\n", all.failed ? "failed" : "up",
	       all.failed ? all.failed : all.wanted);
	fflush(stdout);
	while (!(p[1].revents & (POLLIN | POLLHUP)))
		wait_and_work(p, 2);
	printf("rekeyed %lu, alive %u\n", all.rekeyed, ike_stats(all.ike)->sas);
	ike_free(&all.ike);
	secret_free(&all.secret);
	return all.failed ? 1 : 0;
}
