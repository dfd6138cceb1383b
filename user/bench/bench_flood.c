// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A flood of IKE_SA_INIT requests from spoofed addresses, over UDP on loopback: how many
 * a responder answers, what it costs in memory, and how long one who means it needs to
 * connect meanwhile.  Three processes: responder, attacker, initiator; kernels are
 * recorded only.
 *
 * usage: bench_flood [SECONDS]
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/granting.h"
#include "ike/crypto.h"
#include "ike/ike.h"

#define BATCH		64
#define PACKET_MAX	2048
#define CONNECTS_MAX	4096

/* What the processes tell each other. */
struct shared {
	volatile bool ready, stop;
	struct sockaddr_in responder;
	uint64_t sent, handled, cookies;
	unsigned int half_open_max, connects, failures;
	double cpu, rss_before, rss_after;
	double connect_ms[CONNECTS_MAX];
};

struct end {
	struct ike *ike;
	int fd;
	struct ike_addr addr;
	bool over;
	enum ike_error error;
};

static struct shared *sh;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t now_ms(void)
{
	return (uint64_t)(seconds(CLOCK_MONOTONIC) * 1000);
}

/* MB of memory of this process. */
static double resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (!f || fscanf(f, "%ld %ld", &size, &pages) != 2)
		die("/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static struct sockaddr_in loopback(uint32_t host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	in.sin_addr.s_addr = htonl(0x7f000000 | host);
	return in;
}

static int udp(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), room = 4 << 20;
	socklen_t len = sizeof(*at);

	if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof(*at)) ||
	    getsockname(fd, (struct sockaddr *)at, &len))
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

static struct ike_addr to_ike(const struct sockaddr_in *in)
{
	struct ike_addr a = { .family = AF_INET, .port = ntohs(in->sin_port) };

	memcpy(a.ip, &in->sin_addr, 4);
	return a;
}

/* --- an end: engine and socket ---------------------------------------------------------- */

static void op_send(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		    const uint8_t *pkt, size_t len)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(peer->port) };
	struct end *e = ctx;

	memcpy(&in.sin_addr, peer->ip, 4);
	sendto(e->fd, pkt, len, 0, (struct sockaddr *)&in, sizeof(in));
}

static void op_done(void *ctx, uint32_t cookie, enum ike_error error, uint16_t detail)
{
	struct end *e = ctx;

	e->over = true;
	e->error = error;
}

static const struct ike_ops ops = {
	GRANTING_OPS, .send = op_send, .child_done = op_done,
};

static void end_open(struct end *e, uint8_t n, struct sockaddr_in *at)
{
	struct ike_config c = { .seed = { n } };

	memset(e, 0, sizeof(*e));
	e->fd = udp(at);
	e->addr = to_ike(at);
	e->ike = ike_new(&c, &ops, e, now_ms());
	if (!e->ike)
		die("engine");
}

/* Everything that has come, and timers; how many. */
static unsigned int end_run(struct end *e, int patience)
{
	static uint8_t data[BATCH][PACKET_MAX];
	struct sockaddr_in from[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH];
	struct pollfd p = { e->fd, POLLIN, 0 };
	int i, n;

	poll(&p, 1, patience);
	memset(m, 0, sizeof(m));
	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ data[i], PACKET_MAX };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &from[i];
		m[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(e->fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++) {
		struct ike_addr peer = to_ike(&from[i]);

		ike_input(e->ike, now_ms(), &e->addr, &peer, data[i], m[i].msg_len);
	}
	ike_tick(e->ike, now_ms());
	return n > 0 ? (unsigned int)n : 0;
}

/* --- the three ---------------------------------------------------------------------------- */

static void responder(void)
{
	struct sockaddr_in at = loopback(1, 0);
	const struct ike_stats *st;
	struct end e;

	end_open(&e, 1, &at);
	st = ike_stats(e.ike);
	sh->responder = at;
	sh->rss_before = resident();
	sh->ready = true;
	while (!sh->stop) {
		sh->handled += end_run(&e, 10);
		if (st->half_open > sh->half_open_max)
			sh->half_open_max = st->half_open;
	}
	sh->cookies = st->cookies_sent;
	sh->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	sh->rss_after = resident();
	ike_free(&e.ike);
	exit(0);
}

/* A first message as an initiator makes it. */
static uint8_t first[PACKET_MAX];
static size_t first_len;

static void keep(void *ctx, const struct ike_addr *local, const struct ike_addr *peer,
		 const uint8_t *pkt, size_t len)
{
	memcpy(first, pkt, len);
	first_len = len;
}

static struct ike_request wish(const struct ike_addr *local, const struct ike_addr *peer)
{
	struct ike_request r = { .cookie = 1, .mode = BTNS_MODE_TRANSPORT, .n_local = 1,
				 .n_remote = 1, .local = *local, .peer = *peer };

	r.local_ts[0] = (struct ike_ts){ .family = AF_INET, .port_end = 65535 };
	r.remote_ts[0] = r.local_ts[0];
	memcpy(r.local_ts[0].start, local->ip, 4);
	memcpy(r.local_ts[0].end, local->ip, 4);
	memcpy(r.remote_ts[0].start, peer->ip, 4);
	memcpy(r.remote_ts[0].end, peer->ip, 4);
	return r;
}

static void make_first(void)
{
	const struct ike_addr local = { AF_INET, 500, { 127, 0, 0, 3 }, 0 };
	const struct ike_addr peer = { AF_INET, 500, { 127, 0, 0, 1 }, 0 };
	struct ike_request r = wish(&local, &peer);
	struct ike_config c = { .seed = { 3 } };
	struct ike_ops o = ops;
	struct ike *ike;

	o.send = keep;
	ike = ike_new(&c, &o, NULL, 1000);
	if (!ike || ike_initiate(ike, 1000, &r) || !first_len)
		die("first message");
	ike_free(&ike);
}

/* rate 0: as fast as it goes.  Answers come to the same socket and are never read. */
static void attacker(unsigned int rate)
{
	static uint8_t data[BATCH][PACKET_MAX];
	static char control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct mmsghdr m[BATCH] = { 0 };
	struct iovec iov[BATCH];
	double began = seconds(CLOCK_MONOTONIC);
	int fd = udp(&any), i, n;

	for (;;) {
		for (i = 0; i < BATCH; i++) {
			struct in_pktinfo p = { .ipi_spec_dst.s_addr =
				htonl(0x7f000000 | (randombytes_random() & 0xfffffe) | 0x10000) };
			struct msghdr *h = &m[i].msg_hdr;
			struct cmsghdr *c;

			memcpy(data[i], first, first_len);
			randombytes_buf(data[i], 8);
			iov[i] = (struct iovec){ data[i], first_len };
			h->msg_iov = &iov[i];
			h->msg_iovlen = 1;
			h->msg_name = &sh->responder;
			h->msg_namelen = sizeof(sh->responder);
			h->msg_control = control[i];
			h->msg_controllen = sizeof(control[i]);
			c = CMSG_FIRSTHDR(h);
			c->cmsg_level = IPPROTO_IP;
			c->cmsg_type = IP_PKTINFO;
			c->cmsg_len = CMSG_LEN(sizeof(p));
			memcpy(CMSG_DATA(c), &p, sizeof(p));
		}
		n = sendmmsg(fd, m, BATCH, 0);
		sh->sent += n > 0 ? (uint64_t)n : 0;
		while (rate && (double)sh->sent > rate * (seconds(CLOCK_MONOTONIC) - began))
			usleep(100);
	}
}

/* One new initiator after the other, each with an address of its own. */
static void initiator(void)
{
	unsigned int n;

	for (n = 0; n < CONNECTS_MAX; n++) {
		struct sockaddr_in at = loopback(2 + n % 60000, 0);
		struct ike_addr peer = to_ike(&sh->responder);
		double began = seconds(CLOCK_MONOTONIC);
		struct ike_request r;
		struct end e;

		end_open(&e, 2, &at);
		r = wish(&e.addr, &peer);
		if (ike_initiate(e.ike, now_ms(), &r))
			die("ike_initiate");
		while (!e.over) {
			uint64_t next = ike_next(e.ike), now = now_ms();

			end_run(&e, next > now ? (int)(next - now < 50 ? next - now : 50) : 0);
		}
		if (e.error)
			sh->failures++;
		else
			sh->connect_ms[sh->connects++] =
				(seconds(CLOCK_MONOTONIC) - began) * 1000;
		ike_free(&e.ike);
		close(e.fd);
		usleep(20000);
	}
	exit(0);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static pid_t start(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		fn();
	return pid;
}

static void phase(const char *name, bool flood, unsigned int rate, unsigned int duration)
{
	pid_t pids[3] = { 0 };
	double began;

	memset(sh, 0, sizeof(*sh));
	pids[0] = start(responder);
	while (!sh->ready)
		usleep(1000);
	if (flood) {
		pids[1] = fork();
		if (!pids[1])
			attacker(rate);
	}
	pids[2] = start(initiator);
	began = seconds(CLOCK_MONOTONIC);
	sleep(duration);
	kill(pids[2], SIGKILL);
	if (pids[1])
		kill(pids[1], SIGKILL);
	began = seconds(CLOCK_MONOTONIC) - began;
	sh->stop = true;
	while (wait(NULL) > 0)
		;
	qsort(sh->connect_ms, sh->connects, sizeof(double), by_value);
	printf("%s: %.0f/s sent, %.0f/s answered, %.1f us of CPU each, %u connects, %u failed\n",
	       name, (double)sh->sent / began, (double)sh->handled / began,
	       sh->handled ? sh->cpu * 1e6 / (double)sh->handled : 0, sh->connects,
	       sh->failures);
	printf("# bench: flood/%s/connects = %u (wanted: > 0)\n", name, sh->connects);
	printf("# bench: flood/%s/failed = %u (wanted: <= 0)\n", name, sh->failures);
	printf("# bench: flood/%s/median_connect = %.1f ms\n", name,
	       sh->connects ? sh->connect_ms[sh->connects / 2] : -1);
	printf("# bench: flood/%s/slowest_connect = %.1f ms\n", name,
	       sh->connects ? sh->connect_ms[sh->connects - 1] : -1);
	if (!flood)
		return;
	printf("# bench: flood/%s/sent = %.0f /s (wanted: > 100000)\n", name,
	       (double)sh->sent / began);
	printf("# bench: flood/%s/answered = %.0f /s\n", name, (double)sh->handled / began);
	printf("# bench: flood/%s/answers_per_cpu_second = %.0f /s (wanted: > 100000)\n", name,
	       sh->cpu > 0 ? (double)sh->handled / sh->cpu : 0);
	printf("# bench: flood/%s/half_open_at_most = %u (wanted: <= 110)\n", name,
	       sh->half_open_max);
	printf("# bench: flood/%s/memory_growth = %.2f MB (wanted: < 4)\n", name,
	       sh->rss_after - sh->rss_before);
}

int main(int argc, char **argv)
{
	unsigned int duration = argc > 1 ? (unsigned int)atoi(argv[1]) : 10;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED || !crypto_init())
		die("start");
	make_first();
	phase("quiet", false, 0, duration);
	phase("100000", true, 110000, duration);
	phase("unlimited", true, 0, duration);
	return 0;
}
