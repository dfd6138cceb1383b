// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets flow, and two threads get and set every option meanwhile. */
#include <pthread.h>
#include <time.h>

#include "latchprog.h"

struct racer {
	int fd, level, type;
	bool unused;	/* neither connected nor listening: it may wish anything */
	struct btns_flow flow;
	unsigned long calls;
	unsigned int good;	/* bit of each option that was answered; of SET: WANT set */
	pthread_t thread;
};

#define GOOD_SET 16

static volatile bool racing;

static void called(struct racer *r, int bit, int ret)
{
	r->calls++;
	if (!ret)
		r->good |= 1U << bit;
}

static void wish(struct racer *r, unsigned int flags, unsigned char level)
{
	struct btns_want want = { .size = sizeof(want), .level = level, .flags = flags };

	called(r, GOOD_SET, (setsockopt)(r->fd, r->level, BTNS_SO_WANT, &want, sizeof(want)));
}

static void *race(void *arg)
{
	struct btns_want want = {
		.size = sizeof(want),
		.flags = BTNS_WANT_F_REACTION,
		.reaction = BTNS_REACTION_WAIT,
	};
	struct racer *r = arg;
	char buf[BTNS_SPKI_MAX];
	socklen_t n;
	int o;

	if (r->type == SOCK_DGRAM)
		want.flags |= BTNS_WANT_F_FLOWS;
	while (racing) {
		for (o = BTNS_SO_LATCH; o <= BTNS_SO_FLOW + 1; o++) {
			memset(buf, 0, sizeof(struct btns_binding));
			buf[0] = o == BTNS_SO_BINDING;
			if (o == BTNS_SO_FLOW)
				memcpy(buf, &r->flow, sizeof(r->flow));
			n = o == BTNS_SO_LATCH ? sizeof(struct btns_latch_info) : sizeof(buf);
			called(r, o - BTNS_SO_BASE, (getsockopt)(r->fd, r->level, o, buf, &n));
		}
		want.flags ^= BTNS_WANT_F_ALERT;
		called(r, GOOD_SET, (setsockopt)(r->fd, r->level, BTNS_SO_WANT, &want,
						 sizeof(want)));
		(void)!(setsockopt)(r->fd, r->level, BTNS_SO_LATCH, buf, 4);
		if (r->unused) {
			wish(r, BTNS_WANT_F_BYPASS, 0);
			wish(r, BTNS_WANT_F_OWN, 1);
			wish(r, 0, 0);
		}
	}
	return NULL;
}

/* The socket sends and reads what comes. */
static unsigned long traffic(int ms, bool idle, struct sockaddr_storage *to, socklen_t len)
{
	struct timespec start, now;
	unsigned long packets = 0;
	char buf[512] = "race";

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if ((sendto)(FD, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL, (void *)to,
			     len) > 0)
			packets++;
		if (recv(FD, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			packets++;
		if (idle)
			poll(NULL, 0, 5);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 +
		 (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
	return packets;
}

void do_race(int ms, int threads, const char *a, const char *port)
{
	struct racer r[2] = { { .level = SOL_IP }, { .level = SOL_IPV6 } };
	int i, family = family_of(FD), type = SOCK_STREAM, listening = 0;
	struct sockaddr_storage to, peer;
	unsigned long packets;
	socklen_t len = 0, n = sizeof(type), m = sizeof(peer);
	bool unused;

	(getsockopt)(FD, SOL_SOCKET, SO_TYPE, &type, &n);
	(getsockopt)(FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n);
	unused = !a && !listening && getpeername(FD, (void *)&peer, &m);
	if (a)
		len = address(family, a, port, &to);
	racing = true;
	for (i = 0; i < threads; i++) {
		/* an AF_INET socket has one level only */
		if (family == AF_INET)
			r[i].level = SOL_IP;
		r[i].fd = FD;
		r[i].type = type;
		r[i].unused = unused;
		r[i].flow.option = BTNS_SO_LATCH;
		r[i].flow.family = family;
		if (a) {
			r[i].flow.peer_port = htons(atoi(port));
			flow_address(family, a, r[i].flow.peer);
		}
		pthread_create(&r[i].thread, NULL, race, &r[i]);
	}
	packets = traffic(ms, !threads, a ? &to : NULL, len);
	racing = false;
	for (i = 0; i < threads; i++)
		pthread_join(r[i].thread, NULL);
	answer("ok calls=%lu packets=%lu good=%#x .", r[0].calls + r[1].calls, packets,
	       r[0].good & r[1].good);
}
