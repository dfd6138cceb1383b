// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-sasl: lines of text over a non-blocking socket. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../common/tcp.h"
#include "sasl.h"

int sasl_read_line(struct sasl_lines *io, char line[SASL_LINE])
{
	for (;;) {
		char *end = memchr(io->buf, '\n', io->have);
		ssize_t n;

		if (end) {
			size_t len = end - io->buf;

			if (memchr(io->buf, 0, len)) {
				errno = EPROTO;
				return -1;
			}
			memcpy(line, io->buf, len);
			line[len] = 0;
			io->have -= len + 1;
			memmove(io->buf, end + 1, io->have);
			return 0;
		}
		if (io->have == sizeof(io->buf)) {
			errno = EMSGSIZE;
			return -1;
		}
		n = recv(io->fd, io->buf + io->have,
			 sizeof(io->buf) - io->have, 0);
		if (n > 0) {
			io->have += n;
		} else if (!n) {
			errno = ECONNRESET;
			return -1;
		} else if (errno == EAGAIN) {
			int ret = tcp_poll(io->fd, POLLIN, io->deadline);

			if (!ret)
				errno = ETIMEDOUT;
			if (ret <= 0)
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
}

int sasl_write_line(struct sasl_lines *io, const char *format, ...)
{
	char line[SASL_LINE];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(line) - 1) {
		errno = EMSGSIZE;
		return -1;
	}
	line[len++] = '\n';
	return tcp_send(io->fd, line, len, io->deadline);
}
