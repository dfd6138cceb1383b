// SPDX-License-Identifier: GPL-2.0-or-later
/* The Nth allocation of one call fails (debug kernels: /proc/PID/fail-nth). */
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include "latchprog.h"

static unsigned int armed, left;

static int fail_nth(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fd < 0) {
		perror("fail-nth");
		exit(2);
	}
	return fd;
}

static void set_nth(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_nth(), text, len, 0) != len) {
		perror("fail-nth");
		exit(2);
	}
}

void nth_arm(unsigned int n)
{
	fail_nth();
	armed = n;
}

/* 0: an allocation has failed */
unsigned int nth_left(void)
{
	return armed ?: left;
}

void nth_begin(void)
{
	if (armed)
		set_nth(armed);
}

void nth_end(void)
{
	char text[16] = "";

	if (!armed)
		return;
	if (pread(fail_nth(), text, sizeof(text) - 1, 0) < 0) {
		perror("fail-nth");
		exit(2);
	}
	set_nth(0);
	left = atoi(text);
	armed = 0;
}

/* load N FILE: load a module; netns N: a network namespace comes and goes */
int nth_main(const char *what, unsigned int n, const char *file)
{
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;

	if (file && fd < 0) {
		perror(file);
		return 2;
	}
	nth_arm(n);
	if (!strcmp(what, "netns"))
		result(NTH(unshare(CLONE_NEWNET)));
	else
		result(NTH((int)syscall(SYS_finit_module, fd, "", 0)));
	answer("left %u", nth_left());
	return 0;
}
