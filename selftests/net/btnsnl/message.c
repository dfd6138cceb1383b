// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: one is built, sent, and its answers are read. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsnl.h"

int fd;
unsigned short family;
static unsigned int seq;

static struct {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char data[BUF];
} msg;

void die(const char *text)
{
	fprintf(stderr, "btnsnl: %s\n", text);
	exit(2);
}

void start(unsigned short type, int cmd, int flags)
{
	memset(&msg, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	msg.n.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	msg.n.nlmsg_type = type;
	msg.n.nlmsg_flags = NLM_F_REQUEST | flags;
	msg.n.nlmsg_seq = ++seq;
	msg.g.cmd = cmd;
	msg.g.version = 1;
}

static char *tail(void)
{
	return (char *)&msg + msg.n.nlmsg_len;
}

void put(int type, const void *data, size_t n)
{
	struct nlattr *a = (void *)tail();

	if (msg.n.nlmsg_len + NLA_ALIGN(NLA_HDRLEN + n) > sizeof(msg))
		die("message too long");
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + n;
	memset((char *)a + NLA_HDRLEN, 0, NLA_ALIGN(n));
	if (n)
		memcpy((char *)a + NLA_HDRLEN, data, n);
	msg.n.nlmsg_len += NLA_ALIGN(a->nla_len);
}

void put_u8(int type, unsigned long v) { put(type, &(__u8){ v }, 1); }
void put_u16(int type, unsigned long v) { put(type, &(__u16){ v }, 2); }
void put_u32(int type, unsigned long v) { put(type, &(__u32){ v }, 4); }
void put_u64(int type, unsigned long long v) { put(type, &(__u64){ v }, 8); }
void put_string(int type, const char *s) { put(type, s, strlen(s) + 1); }

struct nlattr *nest(int type)
{
	struct nlattr *a = (void *)tail();

	put(type | NLA_F_NESTED, NULL, 0);
	return a;
}

void end(struct nlattr *a)
{
	a->nla_len = tail() - (char *)a;
}

void put_raw(const void *data, size_t n)
{
	if (msg.n.nlmsg_len + n > sizeof(msg))
		die("message too long");
	memcpy(tail(), data, n);
	msg.n.nlmsg_len += n;
}

const char *attr(const char *p, int len, int type, int *n)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type) {
			*n = a->nla_len - NLA_HDRLEN;
			return p + NLA_HDRLEN;
		}
		p += NLA_ALIGN(a->nla_len);
		len -= NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

/* 0, or exits with the kernel's sentence. */
static void check_error(const struct nlmsghdr *n)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	const char *text = NULL;
	int len, skip;

	if (!e->error)
		return;
	if (n->nlmsg_flags & NLM_F_ACK_TLVS) {
		skip = sizeof(*e);
		if (!(n->nlmsg_flags & NLM_F_CAPPED))
			skip += e->msg.nlmsg_len - sizeof(e->msg);
		text = attr((const char *)e + NLMSG_ALIGN(skip),
			    (int)NLMSG_PAYLOAD(n, 0) - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG, &len);
	}
	fflush(stdout);
	fprintf(stderr, "btnsnl: %s: %.*s\n", strerrorname_np(-e->error), text ? len : 1,
		text ?: "-");
	exit(1);
}

/*
 * BTNS_FAIL_NTH=N (debug kernels): the Nth allocation of all requests together fails.
 * What is left of N is told in the end, 0: one has failed.
 */
static int nth_fd = -1;
static char nth[16];

static void nth_tell(void)
{
	printf("left=%d\n", atoi(nth));
}

static void nth_init(void)
{
	static bool known;
	const char *n = getenv("BTNS_FAIL_NTH");

	if (known || !n)
		return;
	known = true;
	nth_fd = open("/proc/self/fail-nth", O_RDWR);
	if (nth_fd < 0)
		die("no fault injection");
	snprintf(nth, sizeof(nth), "%s", n);
	atexit(nth_tell);
}

static ssize_t send_msg(void)
{
	bool fail = nth_fd >= 0 && msg.n.nlmsg_type != GENL_ID_CTRL && atoi(nth);
	ssize_t ret, got;
	int err;

	if (fail && pwrite(nth_fd, nth, strlen(nth), 0) < 0)
		die("cannot inject faults");
	ret = send(fd, &msg, msg.n.nlmsg_len, 0);
	err = errno;
	if (fail) {
		got = pread(nth_fd, nth, sizeof(nth) - 1, 0);
		nth[got > 0 ? got : 0] = 0;
		if (got <= 0 || pwrite(nth_fd, "0", 1, 0) < 0)
			die("cannot inject faults");
	}
	errno = err;
	return ret;
}

void talk(answer_fn *answer)
{
	static char buf[BUF];
	bool dump = msg.n.nlmsg_flags & NLM_F_DUMP;
	const struct nlmsghdr *n;
	ssize_t got;
	int len;

	if (!dump)
		msg.n.nlmsg_flags |= NLM_F_ACK;
	nth_init();
	if (send_msg() < 0)
		die("cannot send");
	memset(&msg, 0, sizeof(msg));	/* keys */
	for (;;) {
		got = recv(fd, buf, sizeof(buf), 0);
		if (got < 0)
			die("cannot receive");
		len = got;
		for (n = (void *)buf; NLMSG_OK(n, (unsigned int)len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != seq)
				continue;
			if (n->nlmsg_type == NLMSG_DONE) {
				if (*(int *)NLMSG_DATA(n) < 0) {
					errno = -*(int *)NLMSG_DATA(n);
					perror("btnsnl: dump");
					exit(1);
				}
				return;
			}
			if (n->nlmsg_type == NLMSG_ERROR) {
				check_error(n);
				return;
			}
			if (answer)
				answer(NLMSG_DATA(n), n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
		}
	}
}
