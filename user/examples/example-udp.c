// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A UDP server with one unconnected socket that knows who sent each datagram, and
 * that gives its answer to nobody else.
 *
 *	cc -o example-udp example-udp.c $(pkg-config --cflags --libs libbtns)
 *	./example-udp 7000
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipsec_api.h>

/* The sender's key; its token in @p. */
static int who(int fd, const struct msghdr *msg, struct ipsec_pToken *p,
	       char *key, size_t len)
{
	struct ipsec_iToken *peer;
	size_t n = sizeof(peer);
	int err;

	if (ipsec_get_msg_pToken(fd, msg, p) || ipsec_create_iToken(&peer))
		return -1;
	err = ipsec_get_token_attr(p, IPSEC_API_ATTR_peerIdentity, &n, peer) ||
	      ipsec_get_token_attr(peer, IPSEC_API_ATTR_pubKeyID, &len, key);
	ipsec_free_iToken(peer);
	return err ? -1 : 0;
}

/* One datagram; its sender learns the key that we know it by. */
static int serve(int fd, struct ipsec_pToken *p)
{
	char text[512], control[256], key[BTNS_FINGERPRINT_TEXT];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	struct sockaddr_in from;
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, 0);

	if (n < 0)
		return -1;
	if (who(fd, &msg, p, key, sizeof(key))) {
		printf("no token: %s\n", btns_strerror(errno));
		return 0;
	}
	printf("%.*s from %s\n", (int)n, text, key);

	/* the same msghdr goes back: address, and our own in the control message */
	iov.iov_base = key;
	iov.iov_len = strlen(key);
	if (ipsec_set_msg_pToken(fd, &msg, p) || sendmsg(fd, &msg, 0) < 0)
		printf("no answer: %s\n", btns_strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct ipsec_pToken *p;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 2) {
		fprintf(stderr, "usage: example-udp PORT\n");
		return 2;
	}
	setlinebuf(stdout);
	to.sin_port = htons(atoi(argv[1]));
	if (fd < 0 || ipsec_create_pToken(&p) || ipsec_enable_msg_pTokens(fd) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to))) {
		fprintf(stderr, "example-udp: %s\n", btns_strerror(errno));
		return 1;
	}
	while (!serve(fd, p))
		;
	return 1;
}
