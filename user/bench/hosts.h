/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the load generators of selftests/perf share; they exit on any error. */
#ifndef BENCH_HOSTS_H
#define BENCH_HOSTS_H

#include <stdint.h>
#include <sys/socket.h>

/* Prints what and errno. */
void hosts_die(const char *what) __attribute__((noreturn));
/* The calling thread is in that network namespace from now on. */
void hosts_enter(const char *ns);
/* Length of the address. */
socklen_t hosts_address(const char *text, uint16_t port, struct sockaddr_storage *s);
/* Guest time: instructions, when the guest counts them for a clock. */
double hosts_ns(void);

#endif
