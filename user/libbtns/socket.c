// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: the socket options. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "btns.h"

#define EXPORT __attribute__((visibility("default")))

/* First wait of btns_latch_wait(), and the longest, milliseconds. */
#define WAIT_FIRST	1
#define WAIT_LONGEST	50

static const char *const hashes[] = { "sha256", "sha384", "sha512", NULL };

/* SOL_IP serves sockets of both families. */
static int get(int fd, int option, void *buf, socklen_t *len)
{
	return getsockopt(fd, SOL_IP, option, buf, len);
}

EXPORT int btns_latch(int fd, struct btns_latch_info *latch, size_t size)
{
	struct btns_latch_info info = { .size = sizeof(info) };
	socklen_t len = sizeof(info);

	/* state is the first member that a caller can want */
	if (size < offsetof(struct btns_latch_info, mode)) {
		errno = EINVAL;
		return -1;
	}
	if (get(fd, BTNS_SO_LATCH, &info, &len)) {
		if (errno != ENODATA)
			return -1;
		memset(&info, 0, sizeof(info));
		info.state = BTNS_LATCH_NONE;
		info.size = sizeof(info);
	}
	memset(latch, 0, size);
	memcpy(latch, &info, size < sizeof(info) ? size : sizeof(info));
	latch->size = size < info.size ? size : info.size;
	return 0;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* A TCP connection is latched by its first packet, or never. */
static int may_still_come(int fd, unsigned int state)
{
	int protocol = 0;
	socklen_t len = sizeof(protocol);

	if (state == BTNS_LATCH_LARVAL)
		return 1;
	if (state != BTNS_LATCH_NONE)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len))
		return 0;
	return protocol == IPPROTO_UDP;
}

EXPORT int btns_latch_wait(int fd, struct btns_latch_info *latch, size_t size,
			   int timeout_ms)
{
	long long end = now_ms() + timeout_ms;
	long long pause = WAIT_FIRST;

	for (;;) {
		if (btns_latch(fd, latch, size))
			return -1;
		if (!may_still_come(fd, latch->state))
			return 0;
		if (timeout_ms >= 0) {
			long long left = end - now_ms();

			if (left <= 0) {
				errno = ETIMEDOUT;
				return -1;
			}
			if (pause > left)
				pause = left;
		}
		/* no event tells of a latch's birth; EINTR only shortens */
		(void)poll(NULL, 0, (int)pause);
		pause = pause * 2 < WAIT_LONGEST ? pause * 2 : WAIT_LONGEST;
	}
}

static int get_octets(int fd, int option, void *buf, size_t *len)
{
	socklen_t n = *len > 0x10000 ? 0x10000 : (socklen_t)*len;
	int ret = get(fd, option, buf, &n);

	if (!ret && !*len && n) {
		*len = n;
		errno = ERANGE;
		return -1;
	}
	if (!ret) {
		*len = n;
	} else if (errno == ERANGE) {
		/* an error leaves n alone; a length of 0 asks for the size */
		n = 0;
		if (!get(fd, option, buf, &n))
			*len = n;
		errno = ERANGE;
	}
	return ret;
}

static int get_key(int fd, int option, void *buf, size_t *len)
{
	if (get_octets(fd, option, buf, len))
		return -1;
	if (!*len) {
		errno = ENOKEY;
		return -1;
	}
	return 0;
}

EXPORT int btns_peer_key(int fd, void *buf, size_t *len)
{
	return get_key(fd, BTNS_SO_PEER_KEY, buf, len);
}

EXPORT int btns_local_key(int fd, void *buf, size_t *len)
{
	return get_key(fd, BTNS_SO_LOCAL_KEY, buf, len);
}

EXPORT int btns_peer_id(int fd, struct btns_id_info *id, size_t *len)
{
	return get_octets(fd, BTNS_SO_PEER_ID, id, len);
}

EXPORT int btns_local_id(int fd, struct btns_id_info *id, size_t *len)
{
	return get_octets(fd, BTNS_SO_LOCAL_ID, id, len);
}

EXPORT int btns_binding_equal(const void *a, size_t alen, const void *b,
			      size_t blen)
{
	const unsigned char *x = a, *y = b;
	volatile unsigned char differ = 0;
	size_t i;

	if (alen != blen || !alen)
		return 0;
	for (i = 0; i < alen; i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

EXPORT int btns_check_peer(int fd,
			   const unsigned char fingerprint[BTNS_FINGERPRINT_LEN])
{
	static const unsigned char none[BTNS_FINGERPRINT_LEN];
	struct btns_latch_info l;

	if (btns_latch(fd, &l, sizeof(l)))
		return -1;
	switch (l.state) {
	case BTNS_LATCH_ESTABLISHED:
		break;
	case BTNS_LATCH_NONE:
		errno = ENODATA;
		return -1;
	case BTNS_LATCH_CLOSED:
		errno = ENOTCONN;
		return -1;
	default:
		errno = EAGAIN;
		return -1;
	}
	if (btns_binding_equal(l.peer_fingerprint, sizeof(none), none,
			       sizeof(none))) {
		errno = ENOKEY;
		return -1;
	}
	if (!btns_binding_equal(l.peer_fingerprint, BTNS_FINGERPRINT_LEN,
				fingerprint, BTNS_FINGERPRINT_LEN)) {
		errno = EKEYREJECTED;
		return -1;
	}
	return 0;
}

EXPORT int btns_binding(int fd, unsigned int type, const char *hash, void *buf,
			size_t *len, unsigned int *flags)
{
	struct btns_binding b = { .type = type };
	socklen_t n = sizeof(b);

	if (hash) {
		size_t hlen = strlen(hash);

		if (hlen >= sizeof(b.hash)) {
			errno = EPROTONOSUPPORT;
			return -1;
		}
		memcpy(b.hash, hash, hlen);
	}
	if (get(fd, BTNS_SO_BINDING, &b, &n))
		return -1;
	if (n < offsetof(struct btns_binding, data) || !b.len ||
	    b.len > n - offsetof(struct btns_binding, data)) {
		errno = EPROTO;
		return -1;
	}
	if (*len < b.len) {
		*len = b.len;
		errno = ERANGE;
		return -1;
	}
	memcpy(buf, b.data, b.len);
	*len = b.len;
	if (flags)
		*flags = b.flags;
	return 0;
}

EXPORT int btns_binding_wait(int fd, unsigned int type, const char *hash, void *buf,
			     size_t *len, unsigned int *flags, int timeout_ms)
{
	const long long end = now_ms() + timeout_ms;
	long long pause = WAIT_FIRST;

	while (btns_binding(fd, type, hash, buf, len, flags)) {
		if (errno != EAGAIN)
			return -1;
		if (timeout_ms >= 0) {
			const long long left = end - now_ms();

			if (left <= 0) {
				errno = ETIMEDOUT;
				return -1;
			}
			if (pause > left)
				pause = left;
		}
		(void)poll(NULL, 0, (int)pause);
		pause = pause * 2 < WAIT_LONGEST ? pause * 2 : WAIT_LONGEST;
	}
	return 0;
}

EXPORT const char *const *btns_binding_hashes(void)
{
	return hashes;
}
