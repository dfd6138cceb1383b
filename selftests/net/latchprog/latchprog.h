/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LATCHPROG_H
#define LATCHPROG_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/btns.h>

#define SLOTS 16

extern int slots[SLOTS], slot;
#define FD (slots[slot])

/* main.c */
void answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void result(int ret);			/* "ok", or errno's name */
char *hex(const void *data, size_t n);
int family_of(int fd);
int free_slot(void);
/* An IPv4 address on an IPv6 socket becomes v4-mapped. */
socklen_t address(int family, const char *text, const char *port,
		  struct sockaddr_storage *ss);
const char *printable(int family, const void *a);

/* options.c: the socket options */
void do_want(int n, char **w);
void do_wanted(void);
void do_alert(int ms);
void do_latch(int level);
void do_key(int option);
void do_id(int option);
void do_binding(int type, const char *hash);
void do_raw_binding(const char *field, unsigned int value);
void do_raw_latch(socklen_t n, unsigned int size);
void do_get(int level, int option, int len);

/* flow.c: unconnected UDP */
void do_sendto(const char *a, const char *port, const char *text);
void do_recvfrom(int ms);
int flow_address(int family, const char *text, unsigned char *to);
void do_flow(const char *what, const char *a, const char *port, const char *local);

/* race.c */
void do_race(int ms, int threads, const char *a, const char *port);

/* sctp.c: kind is sctp4 or sctp6, sctpm4 or sctpm6 for one-to-many sockets */
int sctp_socket(const char *kind);
void do_sctp(int n, char **w);

/* forge.c */
int forge(char **w);

/* nth.c: the Nth allocation of the next of these calls fails */
void nth_arm(unsigned int n);
unsigned int nth_left(void);
void nth_begin(void);
void nth_end(void);
int nth_main(const char *what, unsigned int n, const char *file);

#define NTH(call) ({				\
	nth_begin();				\
	__auto_type nth_ret = call;		\
	int nth_errno = errno;			\
	nth_end();				\
	errno = nth_errno;			\
	nth_ret;				\
})
#define connect(...) NTH(connect(__VA_ARGS__))
#define listen(...) NTH(listen(__VA_ARGS__))
#define accept(...) NTH(accept(__VA_ARGS__))
#define setsockopt(...) NTH(setsockopt(__VA_ARGS__))
#define getsockopt(...) NTH(getsockopt(__VA_ARGS__))
#define send(...) NTH(send(__VA_ARGS__))
#define sendto(...) NTH(sendto(__VA_ARGS__))

#endif /* LATCHPROG_H */
