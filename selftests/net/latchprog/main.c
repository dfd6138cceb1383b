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
 *	socket KIND		tcp4 tcp6 udp4 udp6 raw4 unix mptcp sctp4 sctp6;
 *				one-to-many: sctpm4 sctpm6
 *	bind A P | listen | connect A P | start A P | finish | accept | disconnect
 *	acceptlatch		accept, and at once the state of the latch
 *	sctp add|del|primary|path A P | sctp primary | sctp peeloff
 *	fastopen A P TEXT | fastopenlisten
 *	send TEXT | recv MS | close | uid N | setopt LEVEL OPT
 *	latch [LEVEL] | key peer|local | id peer|local | binding TYPE [HASH]
 *	nonblock 0|1		O_NONBLOCK of the socket
 *	want [level=N] [trust=N] [reaction=N] [alert] [flows] [bypass]
 *		[peer=HEX] [id=TYPE:HEX] | wanted
 *	alert MS		next message of the error queue
 *	sendto A P TEXT | recvfrom MS	unconnected UDP; from whom and to which address
 *	flow latch|key|binding|unique A P [LOCAL]	of one flow of such a socket
 *	get LEVEL OPT LEN	any length: answer "ok LEN"
 *	rawlatch LEN SIZE	LATCH with that optlen and that .size
 *	rawbinding FIELD VALUE	BINDING with one field set
 *	nth N COMMAND...	the Nth allocation of its call fails
 *	left			"ok 0": one has failed; else there were too few
 *	fault OPT | seq | state | count | dup N
 *	stream MS		send and read; answer "ok calls=N packets=N"
 *	race MS [A P]		the same, and two threads get and set every option
 *				meanwhile; answer "ok calls=N packets=N good=HEX ."
 *				with a bit for each option that was answered once.
 *				With A P: unconnected UDP, to there
 */
#include <fcntl.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>

#include "latchprog.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define CONNECT_MS 20000

int slots[SLOTS], slot;

void answer(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void result(int ret)
{
	if (ret < 0)
		answer("err %s", strerrorname_np(errno));
	else
		answer("ok");
}

char *hex(const void *data, size_t n)
{
	static char text[2 * 8192 + 1];
	const unsigned char *p = data;
	size_t i;

	text[0] = 0;
	for (i = 0; i < n && i < 8192; i++)
		sprintf(text + 2 * i, "%02x", p[i]);
	return text;
}

int family_of(int fd)
{
	int family = 0;
	socklen_t n = sizeof(family);

	(getsockopt)(fd, SOL_SOCKET, SO_DOMAIN, &family, &n);
	return family;
}

socklen_t address(int family, const char *text, const char *port,
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
	if (!strncmp(kind, "sctp", 4))
		return sctp_socket(kind);
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

const char *printable(int family, const void *a)
{
	static char text[4][INET6_ADDRSTRLEN];
	static int i;

	i = (i + 1) % 4;
	return inet_ntop(family, a, text[i], sizeof(text[i]));
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

int free_slot(void)
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
	if (n > 2 && !strcmp(w[0], "nth")) {
		nth_arm(atoi(w[1]));
		n -= 2;
		memmove(w, w + 2, sizeof(w) - 2 * sizeof(*w));
	}
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
	} else if (IS("sendto", 3)) {
		do_sendto(w[1], w[2], w[3]);
	} else if (IS("recvfrom", 1)) {
		do_recvfrom(atoi(w[1]));
	} else if (IS("flow", 3)) {
		do_flow(w[1], w[2], w[3], w[4]);
	} else if (IS("sctp", 1)) {
		do_sctp(n, w);
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
	} else if (IS("nonblock", 1)) {
		result(fcntl(FD, F_SETFL, (fcntl(FD, F_GETFL) & ~O_NONBLOCK) |
			     (atoi(w[1]) ? O_NONBLOCK : 0)));
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
	} else if (IS("left", 0)) {
		answer("ok %u", nth_left());
	} else if (IS("race", 1)) {
		do_race(atoi(w[1]), 2, w[2], w[3]);
	} else if (IS("stream", 1)) {
		do_race(atoi(w[1]), 0, NULL, NULL);
	} else {
		answer("err unknown command");
	}
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
	if (argc > 2 && (!strcmp(argv[1], "load") || !strcmp(argv[1], "netns")))
		return nth_main(argv[1], atoi(argv[2]), argv[3]);
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
