// SPDX-License-Identifier: GPL-2.0-or-later
/* btns-run: connections, each in a process that becomes the program. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/tcp.h"
#include "run.h"

static volatile sig_atomic_t ended;

static void name_peer(int fd, char *buf, size_t size)
{
	struct sockaddr_storage s;
	socklen_t len = sizeof(s);
	char host[64], port[8];

	if (!getpeername(fd, (struct sockaddr *)&s, &len) &&
	    !getnameinfo((struct sockaddr *)&s, len, host, sizeof(host), port,
			 sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(buf, size, "%s port %s", host, port);
	else
		snprintf(buf, size, "somebody who has left");
}

/* As if reset: nobody takes it for an empty answer. */
static void reject(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static int judge(struct run_options *o, int fd, struct btns_latch_info *l)
{
	char peer[96], fp[BTNS_FINGERPRINT_TEXT] = "no key";
	static const unsigned char none[BTNS_FINGERPRINT_LEN];
	const char *why;
	unsigned int line;
	int ret;

	name_peer(fd, peer, sizeof(peer));
	if (o->peers_file && run_add_keys(&o->rules, o->peers_file, &line)) {
		if (line)
			run_say("%s: line %u: not a fingerprint", o->peers_file,
				line);
		else
			run_say("%s: %s", o->peers_file, strerror(errno));
		return RUN_FAILED;
	}
	if (btns_latch_wait(fd, l, sizeof(*l), o->wait_ms)) {
		run_say("%s refused: %s", peer, btns_strerror(errno));
		return RUN_UNPROTECTED;
	}
	if (memcmp(l->peer_fingerprint, none, sizeof(none)))
		btns_fingerprint_text(l->peer_fingerprint, fp, sizeof(fp));
	ret = run_decide(&o->rules, l, &why);
	if (ret == RUN_UNPROTECTED)
		run_say("%s refused: %s", peer, why);
	else if (ret)
		run_say("%s refused: %s: %s, %s", peer, why, fp,
			btns_trust_name(l->trust));
	else if (!o->quiet)
		run_say("%s accepted: %s, %s", peer, fp,
			btns_trust_name(l->trust));
	return ret;
}

static int drop_privileges(const struct run_options *o)
{
	if (!o->user)
		return 0;
	return initgroups(o->user, o->gid) || setgid(o->gid) || setuid(o->uid);
}

static void default_signals(void)
{
	static const int changed[] = { SIGPIPE, SIGCHLD, SIGTERM, SIGINT };
	sigset_t empty;
	size_t i;

	for (i = 0; i < sizeof(changed) / sizeof(changed[0]); i++)
		signal(changed[i], SIG_DFL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
}

int run_connection(struct run_options *o, int fd)
{
	struct btns_latch_info l;
	int flags, ret = judge(o, fd, &l);

	if (ret) {
		reject(fd);
		return ret;
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) ||
	    run_environment(fd, &l) ||
	    (fd != STDIN_FILENO && dup2(fd, STDIN_FILENO) < 0) ||
	    dup2(STDIN_FILENO, STDOUT_FILENO) < 0 || drop_privileges(o)) {
		run_say("cannot start %s: %s", o->program[0], strerror(errno));
		reject(fd);
		return RUN_FAILED;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	default_signals();
	execvp(o->program[0], o->program);
	ret = errno == ENOENT ? RUN_NO_PROGRAM : RUN_NO_EXEC;
	run_say("%s: %s", o->program[0], strerror(errno));
	return ret;
}

static void on_end(int signo)
{
	(void)signo;
	ended = 1;
}

static void on_child(int signo)
{
	(void)signo;
}

static unsigned int reap(unsigned int running)
{
	while (running && waitpid(-1, NULL, WNOHANG) > 0)
		running--;
	return running;
}

static bool start(struct run_options *o, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (fd < 0) {
		/* out of descriptors or memory: do not spin */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
			run_say("no connection: %s", strerror(errno));
			(void)poll(NULL, 0, 100);
		}
		return false;
	}
	pid = fork();
	if (!pid)
		_exit(run_connection(o, fd));
	if (pid < 0) {
		run_say("no process: %s", strerror(errno));
		reject(fd);
		return false;
	}
	close(fd);
	return true;
}

static void watch(int signo, void (*handler)(int))
{
	struct sigaction a = { .sa_handler = handler };

	sigaction(signo, &a, NULL);
}

int run_server(struct run_options *o)
{
	struct pollfd p[RUN_LISTENERS_MAX];
	unsigned int running = 0;
	sigset_t blocked, open;
	size_t i;

	/* signals come in ppoll() only: none is lost between test and wait */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	sigdelset(&open, SIGCHLD);
	sigdelset(&open, SIGTERM);
	sigdelset(&open, SIGINT);
	watch(SIGCHLD, on_child);
	watch(SIGTERM, on_end);
	watch(SIGINT, on_end);
	for (i = 0; i < o->fds; i++)
		p[i] = (struct pollfd){ .fd = o->fd[i], .events = POLLIN };
	while (!ended) {
		/* the others wait in the kernel's queue */
		int n = ppoll(p, running < o->max ? o->fds : 0, NULL, &open);

		running = reap(running);
		if (n < 0 && errno != EINTR) {
			run_say("%s", strerror(errno));
			return RUN_FAILED;
		}
		for (i = 0; n > 0 && i < o->fds && running < o->max; i++)
			if (p[i].revents && start(o, p[i].fd))
				running++;
	}
	return RUN_OK;
}
