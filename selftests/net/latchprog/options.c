// SPDX-License-Identifier: GPL-2.0-or-later
/* Socket options of latches. */
#include <time.h>
#include <linux/errqueue.h>

#include "latchprog.h"

/* want [level=N] [trust=N] [reaction=N] [alert] [flows] [bypass] [peer=HEX] [id=TYPE:HEX] */
void do_want(int n, char **w)
{
	struct btns_want want = { .size = sizeof(want) };
	char *hex;
	int i, k;

	for (i = 1; i < n; i++) {
		if (!strcmp(w[i], "alert")) {
			want.flags |= BTNS_WANT_F_ALERT;
		} else if (!strcmp(w[i], "flows")) {
			want.flags |= BTNS_WANT_F_FLOWS;
		} else if (!strcmp(w[i], "bypass")) {
			want.flags |= BTNS_WANT_F_BYPASS;
		} else if (!strncmp(w[i], "id=", 3)) {
			want.flags |= BTNS_WANT_F_PEER_ID;
			want.peer_id_type = strtoul(w[i] + 3, &hex, 10);
			for (hex++; *hex && hex[1]; hex += 2)
				sscanf(hex, "%2hhx", &want.peer_id[want.peer_id_len++]);
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

void do_wanted(void)
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
void do_alert(int ms)
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

void do_latch(int level)
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

void do_key(int option)
{
	unsigned char key[BTNS_SPKI_MAX];
	socklen_t n = sizeof(key);

	if (getsockopt(FD, SOL_IP, option, key, &n))
		result(-1);
	else
		answer("ok %s", hex(key, n));
}

void do_id(int option)
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

void do_binding(int type, const char *hash)
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

void do_raw_binding(const char *field, unsigned int value)
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

void do_raw_latch(socklen_t n, unsigned int size)
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

void do_get(int level, int option, int len)
{
	char buf[BTNS_SPKI_MAX] = "";
	socklen_t n = len;

	if (getsockopt(FD, level, option, buf, &n))
		result(-1);
	else
		answer("ok %d", (int)n);
}
