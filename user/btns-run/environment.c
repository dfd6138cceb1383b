// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btns-run: what the program reads about its peer.  What the peer chose is printable
 * ASCII without spaces; what our own caller had under these names is gone.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "run.h"

extern char **environ;

/* Names that mean something here: what came with us is nobody's word. */
static void forget_inherited(void)
{
	static const char *const names[] = {
		"BTNS_", "REMOTE_", "LOCAL_ADDR=", "LOCAL_PORT=", "LISTEN_",
	};
	char **p = environ;
	size_t i;

	while (p && *p) {
		char name[128];
		size_t len = strcspn(*p, "=");

		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strncmp(*p, names[i], strlen(names[i])))
				break;
		if (i == sizeof(names) / sizeof(names[0])) {
			p++;
			continue;
		}
		if (len < sizeof(name)) {
			memcpy(name, *p, len);
			name[len] = 0;
			if (len && !unsetenv(name))
				continue;
		}
		/* a name that unsetenv() cannot take: out all the same */
		for (char **q = p; *q; q++)
			*q = q[1];
	}
}

static int set_end(const struct sockaddr_storage *s, const char *addr_name,
		   const char *port_name)
{
	const struct sockaddr_in6 *six = (const void *)s;
	const struct sockaddr_in *four = (const void *)s;
	char addr[INET6_ADDRSTRLEN], port[8];
	unsigned int n;

	if (s->ss_family == AF_INET) {
		inet_ntop(AF_INET, &four->sin_addr, addr, sizeof(addr));
		n = four->sin_port;
	} else if (s->ss_family == AF_INET6) {
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
			inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, addr,
				  sizeof(addr));
		else
			inet_ntop(AF_INET6, &six->sin6_addr, addr, sizeof(addr));
		n = six->sin6_port;
	} else {
		return -1;
	}
	snprintf(port, sizeof(port), "%u", ntohs(n));
	return setenv(addr_name, addr, 1) || setenv(port_name, port, 1);
}

static int set_ends(int fd)
{
	struct sockaddr_storage s = { 0 };
	socklen_t len = sizeof(s);

	if (getpeername(fd, (struct sockaddr *)&s, &len) ||
	    set_end(&s, "REMOTE_ADDR", "REMOTE_PORT"))
		return -1;
	len = sizeof(s);
	if (getsockname(fd, (struct sockaddr *)&s, &len))
		return -1;
	return set_end(&s, "LOCAL_ADDR", "LOCAL_PORT");
}

/* What an unverified peer calls itself has another name: nobody shall decide by it. */
static int set_id(int fd, bool verified)
{
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} id = { 0 };
	char text[BTNS_ID_TEXT];
	size_t len = sizeof(id);

	if (btns_peer_id(fd, &id.info, &len) ||
	    btns_id_text(&id.info, len, text, sizeof(text)))
		return 0;
	if (setenv(verified ? "BTNS_PEER_ID" : "BTNS_PEER_CLAIMS", text, 1))
		return -1;
	id.info.pad_entry[BTNS_NAME_MAX] = 0;
	return id.info.pad_entry[0] &&
	       setenv("BTNS_PAD_ENTRY", id.info.pad_entry, 1);
}

int run_environment(int fd, const struct btns_latch_info *l)
{
	static const unsigned char none[BTNS_FINGERPRINT_LEN];
	unsigned char binding[BTNS_BINDING_MAX];
	char text[BTNS_BINDING_TEXT], suite[64];
	size_t len = sizeof(binding);

	forget_inherited();
	if (memcmp(l->peer_fingerprint, none, sizeof(none)) &&
	    (btns_fingerprint_text(l->peer_fingerprint, text, sizeof(text)) ||
	     setenv("BTNS_PEER_FINGERPRINT", text, 1)))
		return -1;
	if (!btns_binding(fd, BTNS_BINDING_END_POINT, NULL, binding, &len, NULL) &&
	    (btns_binding_text(binding, len, text, sizeof(text)) ||
	     setenv("BTNS_BINDING", text, 1)))
		return -1;
	btns_suite_text(l->encr, l->encr_bits, l->integ, suite, sizeof(suite));
	return set_ends(fd) || set_id(fd, l->trust >= BTNS_TRUST_VERIFIED) ||
	       setenv("BTNS_TRUST", btns_trust_name(l->trust), 1) ||
	       setenv("BTNS_AUTH", btns_auth_name(l->peer_auth), 1) ||
	       setenv("BTNS_SUITE", suite, 1) ||
	       setenv("PROTO", "TCP", 1) ? -1 : 0;
}
