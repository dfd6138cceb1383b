// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A TCP client that says beforehand what its connection must have, reads what it got,
 * and is told when the connection's latch breaks.
 *
 *	cc -o example-tcp example-tcp.c $(pkg-config --cflags --libs libbtns)
 *	./example-tcp 192.0.2.1 7000 SHA256:...
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ipsec_api.h>

static int complain(int fd, const char *what)
{
	struct ipsec_api_error why;
	int error = errno;

	fprintf(stderr, "%s: %s: %s\n", what, strerror(error),
		btns_strerror(error));
	if (!ipsec_get_error(fd, &why))
		fprintf(stderr, "the connection: %s\n", why.text);
	return -1;
}

/* Encrypted, and to the peer with that key if one is given. */
static struct ipsec_pToken *make_template(const char *key)
{
	uint16_t yes = IPSEC_API_VAL_ENABLE;
	struct ipsec_iToken *peer = NULL;
	struct ipsec_pToken *p;
	int err;

	if (ipsec_create_pToken(&p))
		return NULL;
	err = ipsec_set_token_attr(p, IPSEC_API_ATTR_privacyProtected,
				   sizeof(yes), &yes);
	if (!err && key)
		err = ipsec_create_iToken(&peer) ||
		      ipsec_set_token_attr(peer, IPSEC_API_ATTR_pubKeyID,
					   strlen(key) + 1, key) ||
		      ipsec_set_token_attr(p, IPSEC_API_ATTR_peerIdentity,
					   sizeof(peer), peer);
	ipsec_free_iToken(peer);
	if (!err)
		return p;
	ipsec_free_pToken(p);
	return NULL;
}

/* The token covers all of the connection: once is enough. */
static int report(int fd)
{
	unsigned char cb[BTNS_BINDING_MAX];
	char text[IPSEC_API_TEXT];
	uint16_t strong = IPSEC_API_VAL_LEVEL_MEDIUM;
	struct ipsec_pToken *p, *level;
	size_t len = sizeof(text);
	int err;

	if (ipsec_create_pToken(&p))
		return -1;
	err = ipsec_get_socket_pToken(fd, p) ||
	      ipsec_get_token_attr(p, IPSEC_API_ATTR_auditString, &len, text);
	ipsec_free_pToken(p);
	if (err)
		return complain(fd, "no token");
	printf("%s\n", text);

	/* what can only be checked now: the length of the keys */
	if (ipsec_create_pToken(&level))
		return -1;
	err = ipsec_set_token_attr(level, IPSEC_API_ATTR_privacyProtected,
				   sizeof(strong), &strong) ||
	      ipsec_set_socket_pToken(fd, level);
	ipsec_free_pToken(level);
	if (err)
		return complain(fd, "too weak");

	len = sizeof(cb);
	if (ipsec_get_channel_binding(fd, "ipsec-end-point-v1", cb, &len) ||
	    btns_binding_text(cb, len, text, sizeof(text)))
		return complain(fd, "no channel binding");
	printf("binding %s\n", text);
	return 0;
}

static int take_alerts(int fd)
{
	struct btns_alert a;

	while (!ipsec_get_alert(fd, &a))
		printf("alert: %s, reason: %s\n", btns_state_name(a.state),
		       btns_break_name(a.reason));
	return errno == EAGAIN ? 0 : complain(fd, "alerts");
}

static int listen_to(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char line[512];
	ssize_t n;

	while (poll(&p, 1, -1) >= 0 || errno == EINTR) {
		if (p.revents & POLLERR && take_alerts(fd))
			return -1;
		if (!(p.revents & (POLLIN | POLLHUP)))
			continue;
		n = read(fd, line, sizeof(line));
		if (n <= 0)
			return n;
		printf("received %.*s\n", (int)n, line);
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct ipsec_pToken *template;
	int fd, err;

	if (argc < 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: example-tcp ADDRESS PORT [SHA256:KEY]\n");
		return 2;
	}
	to.sin_port = htons(atoi(argv[2]));
	setlinebuf(stdout);
	template = make_template(argc > 3 ? argv[3] : NULL);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (!template || fd < 0) {
		perror("example-tcp");
		return 2;
	}
	err = ipsec_set_socket_pToken(fd, template) ||
	      ipsec_set_break_action(fd, IPSEC_BREAK_WAIT | IPSEC_BREAK_ALERT);
	ipsec_free_pToken(template);
	if (err)
		return complain(fd, "the wish") ? 1 : 0;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return complain(fd, "connect") ? 1 : 0;
	err = report(fd) || listen_to(fd);
	close(fd);
	return err ? 1 : 0;
}
