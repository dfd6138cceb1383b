// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets on command, for tests of latches and socket options.
 *
 *	latchprog agent			commands on stdin, one line each; one line of
 *					answer each: "ok ..." or "err ERRNO-NAME"
 *	latchprog forge DEV SMAC DMAC tcp|udp|icmp SRC SPORT DST DPORT SEQ ACK FLAGS TEXT
 *					put one packet on the wire, checksums right;
 *					icmp: "port unreachable" that quotes the flow
 *					of DST to SRC
 *
 * Agent: slots 0-15 hold sockets; "use N" chooses one.
 *	socket KIND		tcp4 tcp6 udp4 udp6 raw4 unix mptcp
 *	bind A P | listen | connect A P | start A P | finish | accept | disconnect
 *	acceptlatch		accept, and at once the state of the latch
 *	fastopen A P TEXT | fastopenlisten
 *	send TEXT | recv MS | close | uid N | setopt LEVEL OPT
 *	latch [LEVEL] | key peer|local | id peer|local | binding TYPE [HASH]
 *	get LEVEL OPT LEN	any length: answer "ok LEN"
 *	rawlatch LEN SIZE	LATCH with that optlen and that .size
 *	rawbinding FIELD VALUE	BINDING with one field set
 *	fault OPT | seq | state | count | dup N
 *	stream MS		send and read; answer "ok calls=N packets=N"
 *	race MS			the same, and two threads ask everything meanwhile
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <linux/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/btns.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define SLOTS 16
#define CONNECT_MS 20000

static int slots[SLOTS], slot;
#define FD (slots[slot])

static void answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void answer(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static void result(int ret)
{
	if (ret < 0)
		answer("err %s", strerrorname_np(errno));
	else
		answer("ok");
}

static char *hex(const void *data, size_t n)
{
	static char text[2 * 8192 + 1];
	const unsigned char *p = data;
	size_t i;

	text[0] = 0;
	for (i = 0; i < n && i < 8192; i++)
		sprintf(text + 2 * i, "%02x", p[i]);
	return text;
}

static int family_of(int fd)
{
	int family = 0;
	socklen_t n = sizeof(family);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &n);
	return family;
}

/* An IPv4 address on an IPv6 socket becomes v4-mapped. */
static socklen_t address(int family, const char *text, const char *port,
			 struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *six = (void *)ss;
	struct sockaddr_in *four = (void *)ss;
	char mapped[64], *scope;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		four->sin_port = htons(atoi(port));
		if (inet_pton(AF_INET, text, &four->sin_addr) != 1)
			errno = EINVAL;
		return sizeof(*four);
	}
	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	scope = strchr(mapped, '%');
	if (scope) {
		*scope++ = 0;
		six->sin6_scope_id = if_nametoindex(scope);
	}
	six->sin6_port = htons(atoi(port));
	if (inet_pton(AF_INET6, mapped, &six->sin6_addr) != 1)
		errno = EINVAL;
	return sizeof(*six);
}

static int make_socket(const char *kind)
{
	if (!strcmp(kind, "tcp4"))
		return socket(AF_INET, SOCK_STREAM, 0);
	if (!strcmp(kind, "tcp6"))
		return socket(AF_INET6, SOCK_STREAM, 0);
	if (!strcmp(kind, "udp4"))
		return socket(AF_INET, SOCK_DGRAM, 0);
	if (!strcmp(kind, "udp6"))
		return socket(AF_INET6, SOCK_DGRAM, 0);
	if (!strcmp(kind, "raw4"))
		return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	if (!strcmp(kind, "unix"))
		return socket(AF_UNIX, SOCK_STREAM, 0);
	if (!strcmp(kind, "mptcp"))
		return socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	errno = EINVAL;
	return -1;
}

static int wait_connected(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof(int);
	int err = 0, ret = poll(&p, 1, ms);

	if (ret <= 0) {
		errno = ret ? errno : ETIMEDOUT;
		return -1;
	}
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n);
	errno = err;
	return err ? -1 : 0;
}

static int start_connect(int fd, const char *a, const char *p)
{
	struct sockaddr_storage ss;
	socklen_t n = address(family_of(fd), a, p, &ss);
	int ret;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	ret = connect(fd, (void *)&ss, n);
	if (ret && errno == EINPROGRESS)
		return 1;
	return ret;
}

static int finish_connect(int fd, int ms)
{
	int ret = wait_connected(fd, ms);
	int e = errno;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	errno = e;
	return ret;
}

static void do_recv(int ms)
{
	struct pollfd p = { .fd = FD, .events = POLLIN };
	char buf[2048];
	ssize_t n;

	if (poll(&p, 1, ms) <= 0) {
		answer("err ETIMEDOUT");
		return;
	}
	n = recv(FD, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	if (n < 0) {
		result(-1);
		return;
	}
	buf[n] = 0;
	answer("ok %s", n ? buf : "EOF");
}

/* want [level=N] [trust=N] [reaction=N] [alert] [peer=HEX] */
static void do_want(int n, char **w)
{
	struct btns_want want = { .size = sizeof(want) };
	int i, k;

	for (i = 1; i < n; i++) {
		if (!strcmp(w[i], "alert")) {
			want.flags |= BTNS_WANT_F_ALERT;
		} else if (!strncmp(w[i], "level=", 6)) {
			want.level = atoi(w[i] + 6);
		} else if (!strncmp(w[i], "trust=", 6)) {
			want.trust = atoi(w[i] + 6);
		} else if (!strncmp(w[i], "flags=", 6)) {
			want.flags |= strtoul(w[i] + 6, NULL, 0);
		} else if (!strncmp(w[i], "size=", 5)) {
			want.size = atoi(w[i] + 5);
		} else if (!strncmp(w[i], "reaction=", 9)) {
			want.reaction = atoi(w[i] + 9);
			want.flags |= BTNS_WANT_F_REACTION;
		} else if (!strncmp(w[i], "peer=", 5) && strlen(w[i]) == 5 + 64) {
			want.flags |= BTNS_WANT_F_PEER;
			for (k = 0; k < 32; k++)
				sscanf(w[i] + 5 + 2 * k, "%2hhx",
				       &want.peer_fingerprint[k]);
		}
	}
	result(setsockopt(FD, SOL_IP, BTNS_SO_WANT, &want, want.size));
}

static void do_wanted(void)
{
	struct btns_want want;
	socklen_t n = sizeof(want);

	if (getsockopt(FD, SOL_IP, BTNS_SO_WANT, &want, &n))
		result(-1);
	else
		answer("ok size=%u level=%u trust=%u reaction=%u flags=%#x", want.size,
		       want.level, want.trust, want.reaction, want.flags);
}

/* The next message of the error queue about the latch. */
static void do_alert(int ms)
{
	struct pollfd p = { .fd = FD };
	char control[256];
	struct btns_alert a;
	struct iovec iov = { &a, sizeof(a) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	const struct sock_extended_err *e;
	struct cmsghdr *c;

	/* the queue only: POLLERR alone may be the socket's own error */
	if (poll(&p, 1, ms) <= 0) {
		answer("err ETIMEDOUT");
		return;
	}
	if (recvmsg(FD, &m, MSG_ERRQUEUE) != sizeof(a)) {
		result(-1);
		return;
	}
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		e = (const struct sock_extended_err *)CMSG_DATA(c);
		if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
			break;
	}
	if (!c) {
		answer("err no control message");
		return;
	}
	answer("ok errno=%u origin=%u type=%#x info=%u data=%u state=%u reason=%u id=%llu",
	       e->ee_errno, e->ee_origin, e->ee_type, e->ee_info, e->ee_data, a.state,
	       a.reason, (unsigned long long)a.id);
}

static const char *printable(int family, const void *a)
{
	static char text[4][INET6_ADDRSTRLEN];
	static int i;

	i = (i + 1) % 4;
	return inet_ntop(family, a, text[i], sizeof(text[i]));
}

static void do_latch(int level)
{
	static const char *const states[] = {
		"NONE", "LARVAL", "LISTENER", "ESTABLISHED", "BROKEN", "CLOSED",
	};
	struct btns_latch_info l = { .size = sizeof(l) };
	socklen_t n = sizeof(l);

	if (getsockopt(FD, level, BTNS_SO_LATCH, &l, &n)) {
		result(-1);
		return;
	}
	printf("ok state=%s mode=%u peer_auth=%u local_auth=%u trust=%u encr=%u bits=%u "
	       "integ=%u flags=%#x id=%llu", states[l.state], l.mode, l.peer_auth,
	       l.local_auth, l.trust, l.encr, l.encr_bits, l.integ, l.flags,
	       (unsigned long long)l.id);
	printf(" local=%s:%u peer=%s:%u", printable(l.family, l.local), ntohs(l.local_port),
	       printable(l.family, l.peer), ntohs(l.peer_port));
	printf(" outer_local=%s outer_peer=%s", printable(l.outer_family, l.outer_local),
	       printable(l.outer_family, l.outer_peer));
	printf(" broken=%u reaction=%u", l.broken, l.reaction);
	printf(" drops_in=%llu drops_out=%llu size=%u len=%u",
	       (unsigned long long)l.drops_in, (unsigned long long)l.drops_out, l.size, n);
	printf(" peer_fp=%s", hex(l.peer_fingerprint, sizeof(l.peer_fingerprint)));
	answer(" local_fp=%s", hex(l.local_fingerprint, sizeof(l.local_fingerprint)));
}

static void do_key(int option)
{
	unsigned char key[BTNS_SPKI_MAX];
	socklen_t n = sizeof(key);

	if (getsockopt(FD, SOL_IP, option, key, &n))
		result(-1);
	else
		answer("ok %s", hex(key, n));
}

static void do_id(int option)
{
	union {
		struct btns_id_info i;
		char space[sizeof(struct btns_id_info) + BTNS_ID_MAX];
	} u;
	socklen_t n = sizeof(u);

	if (getsockopt(FD, SOL_IP, option, &u, &n))
		result(-1);
	else
		answer("ok type=%u auth=%u trust=%u pad=%s len=%u data=%s", u.i.type, u.i.auth,
		       u.i.trust, u.i.pad_entry, u.i.len,
		       hex(u.i.data, u.i.len));
}

static void do_binding(int type, const char *hash)
{
	struct btns_binding b = { .type = type };
	socklen_t n = sizeof(b);
	unsigned int prefix;

	snprintf(b.hash, sizeof(b.hash), "%s", hash ?: "");
	if (getsockopt(FD, SOL_IP, BTNS_SO_BINDING, &b, &n)) {
		result(-1);
		return;
	}
	for (prefix = 0; prefix < b.len && b.data[prefix] != ':'; prefix++)
		;
	answer("ok flags=%u %.*s:%s", b.flags, prefix, b.data,
	       hex(b.data + prefix + 1, b.len - prefix - 1));
}

static void do_raw_binding(const char *field, unsigned int value)
{
	struct btns_binding b = { .type = BTNS_BINDING_END_POINT };
	socklen_t n = sizeof(b);

	if (!strcmp(field, "type"))
		b.type = value;
	else if (!strcmp(field, "flags"))
		b.flags = value;
	else if (!strcmp(field, "len"))
		b.len = value;
	else if (!strcmp(field, "reserved"))
		b.reserved = value;
	else if (!strcmp(field, "hash"))
		memset(b.hash, value, sizeof(b.hash));
	else if (!strcmp(field, "optlen"))
		n = value;
	if (getsockopt(FD, SOL_IP, BTNS_SO_BINDING, &b, &n))
		result(-1);
	else
		answer("ok %u", n);
}

static void do_raw_latch(socklen_t n, unsigned int size)
{
	unsigned char buf[4096];
	unsigned int filled, i, dirty = 0;

	memset(buf, 0xa5, sizeof(buf));
	memcpy(buf, &size, sizeof(size));
	if (getsockopt(FD, SOL_IP, BTNS_SO_LATCH, buf, &n)) {
		result(-1);
		return;
	}
	memcpy(&filled, buf, sizeof(filled));
	for (i = n; i < sizeof(buf); i++)
		dirty += buf[i] != 0xa5;
	answer("ok len=%u size=%u dirty=%u", n, filled, dirty);
}

static void do_get(int level, int option, int len)
{
	char buf[BTNS_SPKI_MAX] = "";
	socklen_t n = len;

	if (getsockopt(FD, level, option, buf, &n))
		result(-1);
	else
		answer("ok %d", (int)n);
}

/* Sequence numbers of a TCP connection: next to send, next to receive. */
static void do_seq(void)
{
	int on = 1, off = -1 /* without window probe */, queue;
	unsigned int seq[2];
	socklen_t n = sizeof(seq[0]);
	int i;

	if (setsockopt(FD, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on))) {
		result(-1);
		return;
	}
	for (i = 0; i < 2; i++) {
		queue = i ? TCP_RECV_QUEUE : TCP_SEND_QUEUE;
		if (setsockopt(FD, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)) ||
		    getsockopt(FD, IPPROTO_TCP, TCP_QUEUE_SEQ, &seq[i], &n))
			break;
	}
	setsockopt(FD, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off));
	if (i < 2)
		result(-1);
	else
		answer("ok %u %u", seq[0], seq[1]);
}

static void do_state(void)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);

	if (getsockopt(FD, IPPROTO_TCP, TCP_INFO, &info, &n))
		result(-1);
	else
		answer("ok %u", info.tcpi_state);
}

static volatile bool racing;

static void *race(void *arg)
{
	unsigned long *count = arg;
	char buf[BTNS_SPKI_MAX];
	socklen_t n;
	int o;

	while (racing) {
		for (o = BTNS_SO_LATCH; o <= BTNS_SO_BINDING + 1; o++) {
			memset(buf, 0, 64);
			buf[0] = o == BTNS_SO_BINDING;
			n = o == BTNS_SO_LATCH ? sizeof(struct btns_latch_info) : sizeof(buf);
			(void)!getsockopt(FD, *count & 1 ? SOL_IP : SOL_IPV6, o, buf, &n);
			++*count;
		}
		(void)!setsockopt(FD, SOL_IP, BTNS_SO_LATCH, buf, 4);
	}
	return NULL;
}

/* Meanwhile packets flow: the socket sends and reads what comes. */
static void do_race(int ms, int threads)
{
	unsigned long count[2] = { 0, 1 };
	struct timespec start, now;
	unsigned long packets = 0;
	pthread_t t[2];
	char buf[512] = "race";
	int i;

	racing = true;
	for (i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, race, &count[i]);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if (send(FD, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			packets++;
		if (recv(FD, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			packets++;
		if (!threads)
			poll(NULL, 0, 5);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 +
		 (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
	racing = false;
	for (i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	answer("ok calls=%lu packets=%lu", count[0] + count[1], packets);
}

static int free_slot(void)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		if (slots[i] < 0)
			return i;
	exit(3);
}

static void do_accept(int ms, bool ask)
{
	static const char *const states[] = {
		"NONE", "LARVAL", "LISTENER", "ESTABLISHED", "BROKEN", "CLOSED",
	};
	struct btns_latch_info l = { .size = sizeof(l) };
	struct pollfd p = { .fd = FD, .events = POLLIN };
	socklen_t n = sizeof(l);
	int fd;

	if (poll(&p, 1, ms) <= 0) {
		answer("err ETIMEDOUT");
		return;
	}
	fd = accept(FD, NULL, NULL);
	if (fd < 0) {
		result(-1);
		return;
	}
	slot = free_slot();
	FD = fd;
	if (!ask)
		answer("ok");
	else if (getsockopt(fd, SOL_IP, BTNS_SO_LATCH, &l, &n))
		result(-1);
	else
		answer("ok %s", states[l.state]);
}

static void do_fastopen(const char *a, const char *port, const char *text)
{
	struct sockaddr_storage ss;
	socklen_t n = address(family_of(FD), a, port, &ss);

	result(sendto(FD, text, strlen(text), MSG_FASTOPEN, (void *)&ss, n));
}

static void command(char *line)
{
	char *w[8] = { NULL }, *save, *p = line;
	struct sockaddr_storage ss;
	int i, n = 0, ret;

	for (; n < 8 && (w[n] = strtok_r(p, " \n", &save)); p = NULL)
		n++;
	if (!n)
		return;
#define IS(name, args) (!strcmp(w[0], name) && n > (args))
	if (IS("use", 1)) {
		slot = atoi(w[1]) % SLOTS;
		answer("ok");
	} else if (IS("socket", 1)) {
		if (FD >= 0)
			close(FD);
		FD = make_socket(w[1]);
		i = 1;
		if (FD >= 0)
			setsockopt(FD, SOL_SOCKET, SO_REUSEADDR, &i, sizeof(i));
		result(FD);
	} else if (IS("bind", 2)) {
		socklen_t len = address(family_of(FD), w[1], w[2], &ss);

		result(bind(FD, (void *)&ss, len));
	} else if (IS("listen", 0)) {
		result(listen(FD, 16));
	} else if (IS("connect", 2)) {
		ret = start_connect(FD, w[1], w[2]);
		result(ret == 1 ? finish_connect(FD, CONNECT_MS) : ret);
	} else if (IS("start", 2)) {
		ret = start_connect(FD, w[1], w[2]);
		result(ret);
	} else if (IS("finish", 0)) {
		result(finish_connect(FD, n > 1 ? atoi(w[1]) : CONNECT_MS));
	} else if (IS("disconnect", 0)) {
		struct sockaddr sa = { .sa_family = AF_UNSPEC };

		result(connect(FD, &sa, sizeof(sa)));
	} else if (IS("accept", 0)) {
		do_accept(n > 1 ? atoi(w[1]) : CONNECT_MS, false);
	} else if (IS("acceptlatch", 0)) {
		do_accept(CONNECT_MS, true);
	} else if (IS("fastopen", 3)) {
		do_fastopen(w[1], w[2], w[3]);
	} else if (IS("fastopenlisten", 0)) {
		i = 16;
		result(setsockopt(FD, IPPROTO_TCP, TCP_FASTOPEN, &i, sizeof(i)));
	} else if (IS("send", 1)) {
		result(send(FD, w[1], strlen(w[1]), MSG_DONTWAIT | MSG_NOSIGNAL));
	} else if (IS("recv", 1)) {
		do_recv(atoi(w[1]));
	} else if (IS("want", 0)) {
		do_want(n, w);
	} else if (IS("wanted", 0)) {
		do_wanted();
	} else if (IS("alert", 1)) {
		do_alert(atoi(w[1]));
	} else if (IS("close", 0)) {
		ret = close(FD);
		FD = -1;
		result(ret);
	} else if (IS("dup", 1)) {
		slots[atoi(w[1]) % SLOTS] = dup(FD);
		answer("ok");
	} else if (IS("uid", 1)) {
		result(setresuid(atoi(w[1]), atoi(w[1]), atoi(w[1])));
	} else if (IS("setopt", 2)) {
		i = 0;
		result(setsockopt(FD, atoi(w[1]), strtol(w[2], NULL, 0), &i, sizeof(i)));
	} else if (IS("latch", 0)) {
		do_latch(n > 1 ? atoi(w[1]) : SOL_IP);
	} else if (IS("key", 1)) {
		do_key(*w[1] == 'p' ? BTNS_SO_PEER_KEY : BTNS_SO_LOCAL_KEY);
	} else if (IS("id", 1)) {
		do_id(*w[1] == 'p' ? BTNS_SO_PEER_ID : BTNS_SO_LOCAL_ID);
	} else if (IS("binding", 1)) {
		do_binding(atoi(w[1]), w[2]);
	} else if (IS("rawbinding", 2)) {
		do_raw_binding(w[1], strtoul(w[2], NULL, 0));
	} else if (IS("rawlatch", 2)) {
		do_raw_latch(atoi(w[1]), strtoul(w[2], NULL, 0));
	} else if (IS("get", 3)) {
		do_get(atoi(w[1]), strtol(w[2], NULL, 0), atoi(w[3]));
	} else if (IS("fault", 1)) {
		socklen_t len = BTNS_SPKI_MAX;

		result(getsockopt(FD, SOL_IP, strtol(w[1], NULL, 0), (void *)8, &len));
	} else if (IS("seq", 0)) {
		do_seq();
	} else if (IS("state", 0)) {
		do_state();
	} else if (IS("race", 1)) {
		do_race(atoi(w[1]), 2);
	} else if (IS("stream", 1)) {
		do_race(atoi(w[1]), 0);
	} else {
		answer("err unknown command");
	}
}

static unsigned int sum(const void *data, size_t n, unsigned int s)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < n; i++)
		s += i & 1 ? p[i] : p[i] << 8;
	return s;
}

static unsigned short fold(unsigned int s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s & 0xffff);
}

static int parse_mac(const char *text, unsigned char *mac)
{
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3,
		      mac + 4, mac + 5) == 6 ? 0 : -1;
}

/* Transport header and text behind p; its length. */
static size_t forge_transport(unsigned char *p, int proto, char **w)
{
	size_t n = strlen(w[7]);

	if (proto == IPPROTO_TCP) {
		struct tcphdr *th = (void *)p;

		memset(th, 0, sizeof(*th));
		th->source = htons(atoi(w[1]));
		th->dest = htons(atoi(w[3]));
		th->seq = htonl(strtoul(w[4], NULL, 0));
		th->ack_seq = htonl(strtoul(w[5], NULL, 0));
		th->doff = sizeof(*th) / 4;
		th->window = htons(1000);
		th->syn = !!strchr(w[6], 'S');
		th->ack = !!strchr(w[6], 'A');
		th->rst = !!strchr(w[6], 'R');
		th->psh = !!strchr(w[6], 'P');
		th->fin = !!strchr(w[6], 'F');
		memcpy(th + 1, w[7], n);
		return sizeof(*th) + n;
	}
	struct udphdr *uh = (void *)p;

	uh->source = htons(atoi(w[1]));
	uh->dest = htons(atoi(w[3]));
	uh->len = htons(sizeof(*uh) + n);
	uh->check = 0;
	memcpy(uh + 1, w[7], n);
	return sizeof(*uh) + n;
}

/* IP packet into p; its length.  w: SRC SPORT DST DPORT SEQ ACK FLAGS TEXT */
static size_t forge_ip(unsigned char *p, int proto, char **w)
{
	bool six = strchr(w[0], ':');
	size_t hlen = six ? sizeof(struct ip6_hdr) : sizeof(struct iphdr), n;
	unsigned char addr[32];
	unsigned int s;

	n = forge_transport(p + hlen, proto, w);
	memset(p, 0, hlen);
	if (six) {
		struct ip6_hdr *h = (void *)p;

		h->ip6_flow = htonl(6 << 28);
		h->ip6_plen = htons(n);
		h->ip6_nxt = proto;
		h->ip6_hlim = 64;
		inet_pton(AF_INET6, w[0], &h->ip6_src);
		inet_pton(AF_INET6, w[2], &h->ip6_dst);
		memcpy(addr, &h->ip6_src, 32);
	} else {
		struct iphdr *h = (void *)p;

		h->version = 4;
		h->ihl = 5;
		h->tot_len = htons(hlen + n);
		h->ttl = 64;
		h->protocol = proto;
		inet_pton(AF_INET, w[0], &h->saddr);
		inet_pton(AF_INET, w[2], &h->daddr);
		h->check = fold(sum(h, sizeof(*h), 0));
		memcpy(addr, &h->saddr, 8);
	}
	s = sum(addr, six ? 32 : 8, proto + n);
	s = sum(p + hlen, n, s);
	memcpy(p + hlen + (proto == IPPROTO_TCP ? 16 : 6), &(unsigned short){ fold(s) }, 2);
	return hlen + n;
}

/* "port unreachable" from SRC to DST that quotes a packet from DST to SRC */
static size_t forge_icmp(unsigned char *p, int proto, char **w)
{
	char *quoted[8] = { w[2], w[3], w[0], w[1], w[5], w[4], "A", "" };
	struct iphdr *h = (void *)p;
	struct icmphdr *ih = (void *)(p + sizeof(*h));
	size_t n;

	memset(p, 0, sizeof(*h) + sizeof(*ih));
	n = sizeof(*h) + sizeof(*ih) + forge_ip((void *)(ih + 1), proto, quoted);
	ih->type = ICMP_DEST_UNREACH;
	ih->code = ICMP_PORT_UNREACH;
	ih->checksum = fold(sum(ih, n - sizeof(*h), 0));
	h->version = 4;
	h->ihl = 5;
	h->tot_len = htons(n);
	h->ttl = 64;
	h->protocol = IPPROTO_ICMP;
	inet_pton(AF_INET, w[0], &h->saddr);
	inet_pton(AF_INET, w[2], &h->daddr);
	h->check = fold(sum(h, sizeof(*h), 0));
	return n;
}

static int forge(char **w)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
	unsigned char frame[2048];
	struct ethhdr *eth = (void *)frame;
	bool six = strchr(w[4], ':');
	size_t n;
	int fd;

	ll.sll_ifindex = if_nametoindex(w[0]);
	ll.sll_protocol = htons(six ? ETH_P_IPV6 : ETH_P_IP);
	if (!ll.sll_ifindex || parse_mac(w[1], eth->h_source) ||
	    parse_mac(w[2], eth->h_dest) || strlen(w[11]) > 1000)
		return 2;
	memcpy(ll.sll_addr, eth->h_dest, ETH_ALEN);
	eth->h_proto = ll.sll_protocol;
	if (!strcmp(w[3], "tcp"))
		n = forge_ip(frame + sizeof(*eth), IPPROTO_TCP, w + 4);
	else if (!strcmp(w[3], "udp"))
		n = forge_ip(frame + sizeof(*eth), IPPROTO_UDP, w + 4);
	else if (!strncmp(w[3], "icmp", 4) && !six)
		n = forge_icmp(frame + sizeof(*eth),
			       !strcmp(w[3], "icmp-udp") ? IPPROTO_UDP : IPPROTO_TCP, w + 4);
	else
		return 2;
	n += sizeof(*eth);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || sendto(fd, frame, n, 0, (void *)&ll, sizeof(ll)) != (ssize_t)n) {
		perror("forge");
		return 1;
	}
	close(fd);
	return 0;
}

/* Orphans would keep their namespace for minutes: reset what is open. */
static void leave(int sig)
{
	struct linger l = { .l_onoff = 1 };
	int i;

	(void)sig;
	for (i = 0; i < SLOTS; i++)
		if (slots[i] >= 0)
			setsockopt(slots[i], SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	_exit(0);
}

int main(int argc, char **argv)
{
	char line[2048];
	int i;

	if (argc == 14 && !strcmp(argv[1], "forge"))
		return forge(argv + 2);
	if (argc != 2 || strcmp(argv[1], "agent")) {
		fprintf(stderr, "usage: latchprog agent\n"
			"       latchprog forge DEV SMAC DMAC PROTO SRC SPORT DST DPORT SEQ ACK FLAGS TEXT\n");
		return 2;
	}
	for (i = 0; i < SLOTS; i++)
		slots[i] = -1;
	signal(SIGTERM, leave);
	while (fgets(line, sizeof(line), stdin))
		command(line);
	leave(0);
}
