// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btns-nc --secret-file: the ends prove to each other that they know a secret
 * and see the same channel, before any data passes.
 *
 *	C -> S, S -> C:	"BTNSNC1\n" | nonce(32)
 *	C -> S:		HMAC-SHA-256(secret, label | "C" | Nc | Ns | binding)
 *	S -> C:		HMAC-SHA-256(secret, label | "S" | Nc | Ns | binding)
 *
 * A man in the middle has two channels with two bindings and cannot make either
 * proof.  He can try guesses for the secret on what he saw, so it must be long
 * and random.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "nc.h"

#define MAGIC		"BTNSNC1\n"
#define MAGIC_LEN	8
#define NONCE_LEN	32
#define HELLO_LEN	(MAGIC_LEN + NONCE_LEN)
#define PROOF_LEN	crypto_auth_hmacsha256_BYTES
#define SECRET_MIN	16
#define SECRET_MAX	4096

static const char label[] = "btns-nc proof v1";

static int send_all(int fd, const unsigned char *p, size_t len, double deadline)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n >= 0) {
			p += n;
			len -= n;
		} else if (errno == EAGAIN) {
			if (nc_poll(fd, POLLOUT, deadline) <= 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

static int recv_all(int fd, unsigned char *p, size_t len, double deadline)
{
	while (len) {
		ssize_t n = recv(fd, p, len, 0);

		if (n > 0) {
			p += n;
			len -= n;
		} else if (!n) {
			errno = ECONNRESET;
			return -1;
		} else if (errno == EAGAIN) {
			int ret = nc_poll(fd, POLLIN, deadline);

			if (!ret)
				errno = ETIMEDOUT;
			if (ret <= 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* A line break at the end is no part of the secret. */
static ssize_t read_secret(const char *path, unsigned char *secret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		return -1;
	while (len < SECRET_MAX &&
	       (n = read(fd, secret + len, SECRET_MAX - len)) > 0)
		len += n;
	close(fd);
	while (len && (secret[len - 1] == '\n' || secret[len - 1] == '\r'))
		len--;
	return len;
}

static void prove(unsigned char *proof, const unsigned char *secret,
		  size_t secret_len, char role, const unsigned char *nc,
		  const unsigned char *ns, const unsigned char *binding,
		  size_t binding_len)
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, secret, secret_len);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)label,
				      sizeof(label));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)&role, 1);
	crypto_auth_hmacsha256_update(&st, nc, NONCE_LEN);
	crypto_auth_hmacsha256_update(&st, ns, NONCE_LEN);
	crypto_auth_hmacsha256_update(&st, binding, binding_len);
	crypto_auth_hmacsha256_final(&st, proof);
	sodium_memzero(&st, sizeof(st));
}

int nc_prove(const struct nc_options *o, const struct nc_conn *c)
{
	unsigned char own[HELLO_LEN] = MAGIC, other[HELLO_LEN];
	const unsigned char *nc, *ns;
	unsigned char mine[PROOF_LEN], theirs[PROOF_LEN], wanted[PROOF_LEN];
	unsigned char binding[BTNS_BINDING_MAX], secret[SECRET_MAX];
	double deadline = nc_now() + o->wait_ms;
	size_t binding_len = sizeof(binding);
	int result = NC_WRONG_PEER;
	ssize_t secret_len;

	if (sodium_init() < 0) {
		nc_error(o, "no source of random octets");
		return NC_FAILED;
	}
	if (btns_binding_wait(c->fd, o->binding, o->hash, binding, &binding_len, NULL,
			      o->wait_ms)) {
		nc_error(o, "no channel binding: %s", btns_strerror(errno));
		return NC_UNPROTECTED;
	}
	secret_len = read_secret(o->secret_file, secret);
	if (secret_len < SECRET_MIN) {
		nc_error(o, "%s: %s", o->secret_file, secret_len < 0 ?
			 strerror(errno) : "shorter than 16 characters");
		result = NC_USAGE;
		goto out;
	}
	randombytes_buf(own + MAGIC_LEN, NONCE_LEN);
	if (send_all(c->fd, own, sizeof(own), deadline) ||
	    recv_all(c->fd, other, sizeof(other), deadline))
		goto lost;
	nc = (c->server ? other : own) + MAGIC_LEN;
	ns = (c->server ? own : other) + MAGIC_LEN;
	if (memcmp(other, MAGIC, MAGIC_LEN) || !memcmp(nc, ns, NONCE_LEN)) {
		nc_error(o, "the other end does not speak the proof of --secret-file");
		goto out;
	}
	prove(mine, secret, secret_len, c->server ? 'S' : 'C', nc, ns, binding,
	      binding_len);
	prove(wanted, secret, secret_len, c->server ? 'C' : 'S', nc, ns, binding,
	      binding_len);
	if (!c->server && send_all(c->fd, mine, sizeof(mine), deadline))
		goto lost;
	if (recv_all(c->fd, theirs, sizeof(theirs), deadline))
		goto lost;
	if (sodium_memcmp(theirs, wanted, sizeof(wanted))) {
		nc_error(o, "the other end does not see the same channel: a man in the middle, or another secret");
		goto out;
	}
	if (c->server && send_all(c->fd, mine, sizeof(mine), deadline))
		goto lost;
	result = NC_OK;
	goto out;
lost:
	nc_error(o, "the other end refused the proof or went away: %s",
		 strerror(errno));
out:
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(wanted, sizeof(wanted));
	return result;
}
