// SPDX-License-Identifier: GPL-2.0-or-later
/* One command again and again: with its first allocation failing, its second, ... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsnl.h"

#define MOST 1000

/* A child's exit status, and what it said. */
static int child(unsigned int nth, int argc, char **w, char *said, size_t size)
{
	int p[2], status;
	size_t n = 0;
	ssize_t got;
	char text[16];
	pid_t pid;

	fflush(stdout);
	if (pipe(p))
		die("no pipe");
	pid = fork();
	if (pid < 0)
		die("no process");
	if (!pid) {
		snprintf(text, sizeof(text), "%u", nth);
		dup2(p[1], 1);
		dup2(p[1], 2);
		if (nth)
			setenv("BTNS_FAIL_NTH", text, 1);
		/* answers that nobody read are not for the next child */
		connect_kernel();
		run(argc, w);
		exit(0);
	}
	close(p[1]);
	while (n < size - 1 && (got = read(p[0], said + n, size - 1 - n)) > 0)
		n += got;
	said[n] = 0;
	close(p[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int told(const char *said)
{
	static const char *const words[] = {
		"ENOMEM", "ENOBUFS", "EAGAIN", "Cannot allocate", "No buffer", "cannot send",
		"cannot receive",
	};
	unsigned int i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(said, words[i]))
			return 1;
	return 0;
}

/* walk -|sas|holdoffs|config COMMAND...: what to flush after each. */
int walk(int argc, char **w)
{
	char *undo[] = { (char *)"flush", w[1], NULL };
	unsigned int nth, refused = 0;
	static char said[BUF];
	const char *left;
	int rc, done;

	for (nth = 1; nth <= MOST; nth++) {
		rc = child(nth, argc - 2, w + 2, said, sizeof(said));
		left = strstr(said, "left=");
		if (!left || (rc && (atoi(left + 5) || !told(said)))) {
			printf("allocation %u: exit %d, %s\n", nth, rc, said);
			return 1;
		}
		refused += !!rc;
		done = atoi(left + 5) != 0;
		/* an answer may be lost, and the deed done */
		if (strcmp(w[1], "-") && child(0, 2, undo, said, sizeof(said))) {
			printf("after allocation %u: %s\n", nth, said);
			return 1;
		}
		if (done) {
			printf("%u %u\n", nth - 1, refused);
			return 0;
		}
	}
	printf("there is no end of allocations\n");
	return 1;
}
