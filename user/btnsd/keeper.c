// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keeper: a process of its own that has the identity key and parses nothing that
 * comes from the network.  It signs what it is asked to by the daemon that made it, over
 * a socket pair, and ends with it.  The daemon never has the key in its memory.
 */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd.h"
#include "keeper.h"

#define REQUEST_MAX	(4 + 140000)	/* hashes; two messages' worth of octets */
#define PATIENCE	10		/* seconds */

/* What the keeper says once, when it has the key. */
struct hello {
	bool good;
	size_t spki_len, cert_len;
	uint8_t spki[KEEPER_SPKI_MAX];
	uint8_t cert[KEEPER_CERT_MAX];
};

/* --- in the keeper ------------------------------------------------------------------------- */

/* One packet in, one out; nothing else is ever read. */
static void serve(int fd, const struct signer *s)
{
	static uint8_t in[REQUEST_MAX];
	uint8_t out[1 + SIGNER_AUTH_MAX];

	for (;;) {
		ssize_t n = recv(fd, in, sizeof(in), 0);
		uint32_t hashes;
		size_t len = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;		/* the daemon has ended */
		out[0] = 0;
		if ((size_t)n > sizeof(hashes) && (size_t)n < sizeof(in)) {
			memcpy(&hashes, in, sizeof(hashes));
			len = signer_auth(s, hashes, CHUNK(in + sizeof(hashes),
							   (size_t)n - sizeof(hashes)),
					  out, out + 1);
		}
		if (send(fd, out, 1 + len, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void keep(int fd, const struct conf_daemon *conf)
{
	static struct hello hello;
	struct signer *s;
	struct chunk spki;

	prctl(PR_SET_NAME, "btnsd-keeper");
	/* signals of a terminal or a service manager go to the daemon, whose end ends us */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	s = keeper_load(conf, hello.cert, sizeof(hello.cert), &hello.cert_len);
	spki = s ? signer_spki(s) : CHUNK(NULL, 0);
	hello.good = s && spki.len <= sizeof(hello.spki) && privs_drop(conf, false) &&
		     (!conf->sandbox || sandbox_keeper());
	if (hello.good) {
		hello.spki_len = spki.len;
		memcpy(hello.spki, spki.p, spki.len);
	}
	if (send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) == sizeof(hello) && hello.good)
		serve(fd, s);
	signer_free(&s);
	_exit(!hello.good);
}

/* --- in the daemon -------------------------------------------------------------------------- */

static size_t ask(void *arg, unsigned int hashes, struct chunk octets, uint8_t *method,
		  uint8_t *out)
{
	uint32_t head = hashes;
	struct iovec iov[2] = {
		{ &head, sizeof(head) }, { (void *)octets.p, octets.len },
	};
	struct iovec answer[2] = { { method, 1 }, { out, SIGNER_AUTH_MAX } };
	struct msghdr q = { .msg_iov = iov, .msg_iovlen = 2 };
	struct msghdr a = { .msg_iov = answer, .msg_iovlen = 2 };
	const struct keeper *k = arg;
	ssize_t n;

	if (sendmsg(k->fd, &q, MSG_NOSIGNAL) < 0)
		n = -1;
	else
		while ((n = recvmsg(k->fd, &a, 0)) < 0 && errno == EINTR)
			;
	if (n <= 0) {
		log_error("the keeper of the key does not answer: %s",
			  n ? strerror(errno) : "it has ended");
		return 0;
	}
	return (size_t)n - 1;
}

struct signer *keeper_start(struct keeper *k, const struct conf_daemon *conf, uint8_t *cert,
			    size_t cap, size_t *cert_len)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	static struct hello hello;
	int pair[2], room = 1 << 18;
	struct signer *s = NULL;

	k->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		log_error("socketpair: %s", strerror(errno));
		return NULL;
	}
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	k->pid = fork();
	if (k->pid < 0) {
		log_error("fork: %s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return NULL;
	}
	if (!k->pid) {
		/* the other end of the pair, and what the daemon has opened before */
		if (pair[1] != 3)
			dup2(pair[1], 3);
		closefrom(4);
		keep(3, conf);
	}
	close(pair[1]);
	k->fd = pair[0];
	if (recv(k->fd, &hello, sizeof(hello), 0) != sizeof(hello) || !hello.good)
		return NULL;	/* it has told why */
	setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(k->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	*cert_len = hello.cert_len;
	if (hello.cert_len <= cap) {
		memcpy(cert, hello.cert, hello.cert_len);
		s = signer_new_remote(CHUNK(hello.spki, hello.spki_len), ask, k);
	}
	if (!s)
		log_error("out of memory");
	return s;
}

void keeper_stop(struct keeper *k)
{
	if (k->fd < 0)
		return;
	close(k->fd);
	k->fd = -1;
	waitpid(k->pid, NULL, 0);
}
