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

#define OCTETS_MAX	140000	/* two messages' worth */
#define PATIENCE	10		/* seconds */

/* What the keeper says once, when it has the keys. */
struct hello {
	bool good;
	size_t spki_len[KEEPER_KEYS], cert_len;
	uint8_t spki[KEEPER_KEYS][KEEPER_SPKI_MAX];
	uint8_t cert[KEEPER_CERT_MAX];
};

/* What it is asked for; octets follow. */
struct question {
	uint32_t which, hashes;
};

/* --- in the keeper ------------------------------------------------------------------------- */

/* One packet in, one out; nothing else is ever read. */
static void serve(int fd, const struct keeper_keys *keys)
{
	static uint8_t in[sizeof(struct question) + OCTETS_MAX];
	uint8_t out[1 + SIGNER_AUTH_MAX];

	for (;;) {
		ssize_t n = recv(fd, in, sizeof(in), 0);
		struct question q;
		size_t len = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;		/* the daemon has ended */
		out[0] = 0;
		if ((size_t)n > sizeof(q) && (size_t)n < sizeof(in)) {
			memcpy(&q, in, sizeof(q));
			if (q.which < KEEPER_KEYS && keys->signer[q.which])
				len = signer_auth(keys->signer[q.which], q.hashes,
						  CHUNK(in + sizeof(q), (size_t)n - sizeof(q)),
						  out, out + 1);
		}
		if (send(fd, out, 1 + len, MSG_NOSIGNAL) < 0)
			return;
	}
}

static bool introduce(struct hello *hello, const struct keeper_keys *keys)
{
	unsigned int i;

	for (i = 0; i < KEEPER_KEYS; i++) {
		struct chunk spki;

		if (!keys->signer[i])
			continue;
		spki = signer_spki(keys->signer[i]);
		if (spki.len > sizeof(hello->spki[i]))
			return false;
		hello->spki_len[i] = spki.len;
		memcpy(hello->spki[i], spki.p, spki.len);
	}
	hello->cert_len = keys->cert_len;
	memcpy(hello->cert, keys->cert, keys->cert_len);
	return true;
}

static void keep(int fd, const struct conf_daemon *conf)
{
	static struct keeper_keys keys;
	static struct hello hello;
	unsigned int i;

	prctl(PR_SET_NAME, "btnsd-keeper");
	/* signals of a terminal or a service manager go to the daemon, whose end ends us */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	hello.good = keeper_load(conf, &keys) && introduce(&hello, &keys) &&
		     privs_drop(conf, false) && (!conf->sandbox || sandbox_keeper());
	if (send(fd, &hello, offsetof(struct hello, cert) + hello.cert_len, MSG_NOSIGNAL) > 0 &&
	    hello.good)
		serve(fd, &keys);
	for (i = 0; i < KEEPER_KEYS; i++)
		signer_free(&keys.signer[i]);
	_exit(!hello.good);
}

/* --- in the daemon -------------------------------------------------------------------------- */

static size_t ask(void *arg, unsigned int hashes, struct chunk octets, uint8_t *method,
		  uint8_t *out)
{
	const struct keeper_key *key = arg;
	const struct keeper *k = key->keeper;
	struct question question = { key->which, hashes };
	struct iovec iov[2] = {
		{ &question, sizeof(question) }, { (void *)octets.p, octets.len },
	};
	struct iovec answer[2] = { { method, 1 }, { out, SIGNER_AUTH_MAX } };
	struct msghdr q = { .msg_iov = iov, .msg_iovlen = 2 };
	struct msghdr a = { .msg_iov = answer, .msg_iovlen = 2 };
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

/* false: the keeper cannot have it, or there is no memory. */
static bool meet(struct keeper *k, const struct hello *hello, struct keeper_keys *keys)
{
	unsigned int i;

	memset(keys, 0, sizeof(*keys));
	for (i = 0; i < KEEPER_KEYS; i++) {
		if (!hello->spki_len[i])
			continue;
		k->key[i] = (struct keeper_key){ k, i };
		keys->signer[i] = signer_new_remote(CHUNK(hello->spki[i], hello->spki_len[i]),
						    ask, &k->key[i]);
		if (!keys->signer[i]) {
			log_error("out of memory");
			return false;
		}
	}
	keys->cert_len = hello->cert_len;
	memcpy(keys->cert, hello->cert, hello->cert_len);
	return true;
}

bool keeper_start(struct keeper *k, const struct conf_daemon *conf, struct keeper_keys *keys)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	static struct hello hello;
	int pair[2], room = 1 << 18;
	ssize_t n;

	k->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		log_error("socketpair: %s", strerror(errno));
		return false;
	}
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	k->pid = fork();
	if (k->pid < 0) {
		log_error("fork: %s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return false;
	}
	if (!k->pid) {
		/* the other end of the pair, and what the daemon has opened before */
		close(pair[0]);
		if (pair[1] != 3)
			dup2(pair[1], 3);
		closefrom(4);
		keep(3, conf);
	}
	close(pair[1]);
	k->fd = pair[0];
	n = recv(k->fd, &hello, sizeof(hello), 0);
	if (n < (ssize_t)offsetof(struct hello, cert) || !hello.good)
		return false;	/* it has told why */
	setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(k->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return meet(k, &hello, keys);
}

void keeper_stop(struct keeper *k)
{
	if (k->fd < 0)
		return;
	close(k->fd);
	k->fd = -1;
	waitpid(k->pid, NULL, 0);
}
