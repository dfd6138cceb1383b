// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 10,000 IKE SAs that two engines hold for an hour: each rekeyed once, its Child SA
 * twice, and a liveness check whenever a minute was quiet.  The clock is a fake one; the
 * messages go over UDP on loopback, and the CPU time is that of one end, with its system
 * calls.  Kernels are not told of SAs.
 *
 * usage: bench_held [IKE-SAS]
 */
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#include "bench/granting.h"
#include "ike/crypto.h"
#include "ike/ike.h"

#define BATCH		64
#define PACKET_MAX	2048
#define STEP		100		/* ms */
#define MINUTE		60000
#define HOUR		(60 * MINUTE)

/* What has happened at an end. */
struct tally {
	double cpu;			/* seconds */
	uint64_t checks, child, ike;	/* by either end; rekeys */
};

struct end {
	struct ike *ike;
	int fd;
	struct ike_addr addr;
	struct tally sum;
	uint64_t down, failed;
};

static uint64_t now = MINUTE;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- an end: engine and socket ------------------------------------------------------------ */

union control {
	struct cmsghdr align;
	uint8_t octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(peer->port) };
	struct iovec iov = { (void *)pkt, len };
	union control u = { 0 };
	struct msghdr m = { .msg_name = &in, .msg_namelen = sizeof(in), .msg_iov = &iov,
			    .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct in_pktinfo info = { 0 };
	struct end *e = ctx;

	memcpy(&in.sin_addr, peer->ip, 4);
	memcpy(&info.ipi_spec_dst, local->ip, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (sendmsg(e->fd, &m, 0) < 0)
		die("sendmsg");
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	struct end *e = ctx;

	e->failed += error != IKE_OK;
}

static void op_event(void *ctx, const struct ike_event *ev)
{
	struct end *e = ctx;

	switch (ev->type) {
	case IKE_EV_SA_REKEYED:
		e->sum.ike++;
		break;
	case IKE_EV_CHILD_REKEYED:
		e->sum.child++;
		break;
	case IKE_EV_SA_DOWN:
		e->down++;
		break;
	case IKE_EV_FAILED:
		e->failed++;
		break;
	default:
		break;
	}
}

static const struct ike_ops ops = {
	GRANTING_OPS, .send = op_send, .child_done = op_done, .event = op_event,
};

static void end_open(struct end *e, uint8_t n)
{
	struct ike_config c = { .seed = { n }, .ike_lifetime = HOUR, .child_lifetime = HOUR / 2 };
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	const int on = 1;

	e->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd < 0 || bind(e->fd, (struct sockaddr *)&at, sizeof(at)) ||
	    getsockname(e->fd, (struct sockaddr *)&at, &len) ||
	    setsockopt(e->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)))
		die("socket");
	e->addr = (struct ike_addr){ .family = AF_INET, .port = ntohs(at.sin_port),
				     .ip = { 127, 0, 0, 1 } };
	e->ike = ike_new(&c, &ops, e, now);
	if (!e->ike)
		die("engine");
}

/* Everything that has come; how many. */
static unsigned int end_hear(struct end *e)
{
	static uint8_t data[BATCH][PACKET_MAX];
	static union control control[BATCH];
	struct sockaddr_in from[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH];
	int i, n;

	memset(m, 0, sizeof(m));
	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ data[i], PACKET_MAX };
		m[i].msg_hdr = (struct msghdr){
			.msg_name = &from[i], .msg_namelen = sizeof(from[i]),
			.msg_iov = &iov[i], .msg_iovlen = 1,
			.msg_control = &control[i], .msg_controllen = sizeof(control[i]),
		};
	}
	n = recvmmsg(e->fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++) {
		struct ike_addr peer = { .family = AF_INET, .port = ntohs(from[i].sin_port) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m[i].msg_hdr);
		struct ike_addr local = e->addr;
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		memcpy(local.ip, &info.ipi_addr, 4);
		memcpy(peer.ip, &from[i].sin_addr, 4);
		ike_input(e->ike, now, &local, &peer, data[i], m[i].msg_len);
	}
	return n > 0 ? (unsigned int)n : 0;
}

/* Its timers and what came, at its own expense. */
static bool end_run(struct end *e)
{
	const double start = cpu();
	unsigned int heard;

	ike_tick(e->ike, now);
	heard = end_hear(e);
	e->sum.cpu += cpu() - start;
	return heard;
}

/* --- the pair ------------------------------------------------------------------------------ */

static void run(struct end *a, struct end *b)
{
	unsigned int quiet = 0;

	while (quiet < 2) {
		quiet = end_run(a) ? 0 : quiet + 1;
		quiet = end_run(b) ? 0 : quiet + 1;
	}
}

/* n: an address of the initiator's own. */
static void connect_one(struct end *a, const struct end *b, unsigned int n)
{
	struct ike_request r = { .mode = BTNS_MODE_TRANSPORT, .n_local = 1, .n_remote = 1,
				 .local = a->addr, .peer = b->addr };

	r.local.ip[1] = 1;
	r.local.ip[2] = (uint8_t)(n >> 8);
	r.local.ip[3] = (uint8_t)n;
	r.local_ts[0] = (struct ike_ts){ .family = AF_INET, .port_end = 65535 };
	r.remote_ts[0] = r.local_ts[0];
	memcpy(r.local_ts[0].start, r.local.ip, 4);
	memcpy(r.local_ts[0].end, r.local.ip, 4);
	memcpy(r.remote_ts[0].start, r.peer.ip, 4);
	memcpy(r.remote_ts[0].end, r.peer.ip, 4);
	if (ike_initiate(a->ike, now, &r))
		die("ike_initiate");
}

/* What b did since then; it has a part in the checks of both. */
static struct tally since(const struct tally *then, const struct end *a, const struct end *b)
{
	const uint64_t checks = ike_stats(a->ike)->liveness_sent +
				ike_stats(b->ike)->liveness_sent;

	return (struct tally){ b->sum.cpu - then->cpu, checks - then->checks,
			       b->sum.child - then->child, b->sum.ike - then->ike };
}

/* An hour, and the parts of it in which an exchange of each kind is the first. */
static void hour(struct end *a, struct end *b, unsigned int n, double heap)
{
	/* a lifetime ends up to an eighth of it sooner */
	static const uint64_t until[] = { HOUR / 2 / 8 * 7 - MINUTE, HOUR / 2 + MINUTE, HOUR };
	const struct tally none = { 0 };
	struct tally mark = since(&none, a, b), part[3], all;
	const struct tally begin = mark;
	const uint64_t start = now;
	double second = b->sum.cpu, busiest = 0, check, child, ike;
	unsigned int p;

	for (p = 0; p < 3; p++) {
		for (; now < start + until[p]; now += STEP) {
			if (now % 1000 == 0)
				second = b->sum.cpu;
			run(a, b);
			if (now % 1000 == 1000 - STEP && b->sum.cpu - second > busiest)
				busiest = b->sum.cpu - second;
		}
		part[p] = since(&mark, a, b);
		mark = since(&none, a, b);
	}
	all = since(&begin, a, b);
	check = part[0].cpu / (double)part[0].checks;
	child = (part[1].cpu - check * (double)part[1].checks) / (double)part[1].child;
	ike = (part[2].cpu - check * (double)part[2].checks - child * (double)part[2].child) /
	      (double)part[2].ike;
	printf("%u IKE SAs, an hour: %.1f s of CPU, %llu checks, %llu Child SAs and %llu IKE SAs rekeyed\n",
	       n, all.cpu, (unsigned long long)all.checks, (unsigned long long)all.child,
	       (unsigned long long)all.ike);
	printf("# bench: held/ike_sas = %u (wanted: >= %u)\n", ike_stats(b->ike)->sas, n);
	printf("# bench: held/lost = %llu (wanted: <= 0)\n",
	       (unsigned long long)(a->down + b->down + a->failed + b->failed));
	printf("# bench: held/ike_rekeys = %llu (wanted: >= %u)\n", (unsigned long long)all.ike, n);
	printf("# bench: held/child_rekeys = %llu (wanted: >= %u)\n",
	       (unsigned long long)all.child, 2 * n);
	printf("# bench: held/liveness_checks = %llu\n", (unsigned long long)all.checks);
	printf("# bench: held/cpu_of_an_hour = %.1f s of one end\n", all.cpu);
	printf("# bench: held/load = %.2f %% of one core (wanted: < 10)\n",
	       all.cpu / 36);
	printf("# bench: held/busiest_second = %.1f ms (wanted: < 500)\n", busiest * 1e3);
	printf("# bench: held/liveness_check = %.1f us of one end\n", check * 1e6);
	printf("# bench: held/child_rekey = %.1f us of one end\n", child * 1e6);
	printf("# bench: held/ike_rekey = %.1f us of one end\n", ike * 1e6);
	printf("# bench: held/heap_per_ike_sa = %.0f octets at the start (wanted: < 4096)\n", heap);
	printf("# bench: held/heap_per_ike_sa_later = %.0f octets after the hour (wanted: < 4096)\n",
	       (double)mallinfo2().uordblks / n / 2);
}

int main(int argc, char **argv)
{
	const unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 10000;
	static struct end a, b;
	unsigned int made = 0;

	if (!n || n > 65000 || !crypto_init())
		return 1;
	end_open(&a, 1);
	end_open(&b, 2);
	/* within a minute */
	for (; made < n; now += STEP) {
		unsigned int due = n / (MINUTE / STEP) + 1;

		while (due-- && made < n)
			connect_one(&a, &b, made++);
		run(&a, &b);
	}
	if (ike_stats(b.ike)->sas != n)
		die("not all IKE SAs are there");
	hour(&a, &b, n, (double)mallinfo2().uordblks / n / 2);
	ike_free(&a.ike);
	ike_free(&b.ike);
	return 0;
}
