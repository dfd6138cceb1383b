// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's side of the keeper (keeper.c): it starts it, and has signers and secrets that
 * ask it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd.h"
#include "keeper_talk.h"

#define PATIENCE	30		/* seconds */

/* What follows the answer's first octet; < 0: there is none, and there will be no other. */
static ssize_t ask(const struct keeper *k, const struct talk_question *question,
		   struct chunk octets, struct chunk shown, uint8_t *first, void *out,
		   size_t cap)
{
	struct iovec iov[3] = {
		{ (void *)question, sizeof(*question) }, { (void *)octets.p, octets.len },
		{ (void *)shown.p, shown.len },
	};
	struct iovec answer[2] = { { first, 1 }, { out, cap } };
	struct msghdr q = { .msg_iov = iov, .msg_iovlen = 3 };
	struct msghdr a = { .msg_iov = answer, .msg_iovlen = 2 };
	ssize_t n;

	if (sendmsg(k->fd, &q, MSG_NOSIGNAL) < 0)
		n = -1;
	else
		while ((n = recvmsg(k->fd, &a, 0)) < 0 && errno == EINTR)
			;
	if (n > 0 && !(a.msg_flags & MSG_TRUNC))
		return n - 1;
	log_error("the keeper of the keys does not answer: %s",
		  n < 0 ? strerror(errno) : n ? "it says too much" : "it has ended");
	/* a late answer must not be taken for that to another question */
	shutdown(k->fd, SHUT_RDWR);
	return -1;
}

static size_t ask_sign(void *arg, unsigned int hashes, struct chunk octets, uint8_t *method,
		       uint8_t *out)
{
	const struct keeper_key *key = arg;
	const struct talk_question q = { .what = TALK_SIGN, .which = key->which, .arg = hashes };
	ssize_t n = ask(key->keeper, &q, octets, CHUNK(NULL, 0), method, out, SIGNER_AUTH_MAX);

	return n < 0 ? 0 : (size_t)n;
}

static size_t ask_secret(void *arg, uint32_t number, enum secret_use use, uint16_t prf,
			 struct chunk octets, struct chunk shown, uint8_t *out)
{
	const struct talk_question q = {
		.what = TALK_SECRET, .which = number, .use = use, .arg = prf,
		.shown = (uint32_t)shown.len,
	};
	uint8_t done;
	ssize_t n = ask(arg, &q, octets, shown, &done, out, SECRET_OUT_MAX);

	return n < 0 || !done ? 0 : (size_t)n;
}

const char *keeper_secret(void *arg, enum secret_kind kind, const char *path,
			  struct secret **secret)
{
	const struct talk_question q = { .what = TALK_FIND, .which = kind };
	struct talk_found found;
	uint8_t done;

	if (ask(arg, &q, CHUNK(path, strlen(path)), CHUNK(NULL, 0), &done, &found,
		sizeof(found)) != sizeof(found) || !done)
		return "the configuration has changed while it was read: once more, please";
	*secret = secret_new_remote(kind, found.print, ask_secret, arg, found.number);
	return *secret ? NULL : "out of memory";
}

bool keeper_read(struct keeper *k, char error[CONF_ERROR_MAX])
{
	const struct talk_question q = { .what = TALK_READ };
	uint8_t done;
	ssize_t n = ask(k, &q, CHUNK(NULL, 0), CHUNK(NULL, 0), &done, error, CONF_ERROR_MAX - 1);

	if (n < 0)
		strcpy(error, "the keeper of the keys does not answer");
	else
		error[n] = 0;
	return n >= 0 && done;
}

void keeper_use(struct keeper *k)
{
	const struct talk_question q = { .what = TALK_USE };
	uint8_t done;

	ask(k, &q, CHUNK(NULL, 0), CHUNK(NULL, 0), &done, NULL, 0);
}

/* false: there is no memory. */
static bool meet(struct keeper *k, const struct talk_hello *hello, struct keeper_keys *keys)
{
	unsigned int i;

	memset(keys, 0, sizeof(*keys));
	for (i = 0; i < KEEPER_KEYS; i++) {
		if (!hello->spki_len[i])
			continue;
		k->key[i] = (struct keeper_key){ k, i };
		keys->signer[i] = signer_new_remote(CHUNK(hello->spki[i], hello->spki_len[i]),
						    ask_sign, &k->key[i]);
		if (!keys->signer[i]) {
			log_error("out of memory");
			return false;
		}
	}
	keys->cert_len = hello->cert_len;
	memcpy(keys->cert, hello->cert, hello->cert_len);
	return true;
}

enum keeper_result keeper_start(struct keeper *k, keeper_read_fn *read, void *arg,
				struct keeper_keys *keys)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	static struct talk_hello hello;
	int pair[2], room = 1 << 18;
	ssize_t n;

	k->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		log_error("socketpair: %s", strerror(errno));
		return KEEPER_FAILED;
	}
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	k->pid = fork();
	if (k->pid < 0) {
		log_error("fork: %s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return KEEPER_FAILED;
	}
	if (!k->pid) {
		/* the other end of the pair, and what the daemon has opened before */
		close(pair[0]);
		if (pair[1] != 3)
			dup2(pair[1], 3);
		closefrom(4);
		keeper_keep(3, read, arg);
	}
	close(pair[1]);
	k->fd = pair[0];
	n = recv(k->fd, &hello, sizeof(hello), 0);
	if (n < (ssize_t)offsetof(struct talk_hello, cert))
		return KEEPER_FAILED;
	if (hello.result != KEEPER_GOOD)
		return hello.result;	/* it has told why */
	setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(k->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return meet(k, &hello, keys) ? KEEPER_GOOD : KEEPER_FAILED;
}

void keeper_stop(struct keeper *k)
{
	if (k->fd < 0)
		return;
	close(k->fd);
	k->fd = -1;
	waitpid(k->pid, NULL, 0);
}
