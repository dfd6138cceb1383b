// SPDX-License-Identifier: GPL-2.0-or-later
/* What the filter of system calls lets pass, what it lets fail, and what it kills for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd/btnsd.h"

void log_at(int level, const char *format, ...)
{
}

/* How a child ends that does that in a sandbox. */
static int inside(bool (*enter)(void), void (*fn)(void))
{
	const struct rlimit none = { 0, 0 };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		setrlimit(RLIMIT_CORE, &none);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!enter())
			_exit(99);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int in_sandbox(void (*fn)(void))
{
	return inside(sandbox_enter, fn);
}

#define WANT(x) do { if (!(x)) _exit(1); } while (0)

/* The daily work: files, names, sockets, memory, time. */
static void work(void)
{
	char path[] = "/tmp/btns-sandbox.XXXXXX", buf[64];
	const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	int fd = mkostemp(path, O_CLOEXEC);
	gid_t groups[16];
	unsigned int i;
	int n = 16;
	FILE *f;
	void *p;

	WANT(fd >= 0 && write(fd, "text\n", 5) == 5 && !fsync(fd) && !ftruncate(fd, 3));
	WANT(!close(fd));
	f = fopen(path, "re");
	WANT(f && fgets(buf, sizeof(buf), f) && !fclose(f) && !unlink(path));
	WANT(getpwuid(0) && getgrgid(0) && getgrouplist("root", 0, groups, &n) >= 0);
	for (i = 0; i < 4; i++) {
		fd = socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0);
		WANT(fd >= 0 || errno == EAFNOSUPPORT);
		close(fd);
	}
	p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	WANT(p != MAP_FAILED && !mprotect(p, 4096, PROT_READ) && !munmap(p, 1 << 20));
	p = malloc(8 << 20);
	WANT(p);
	free(p);
	WANT(time(NULL) > 0 && syscall(SYS_getrandom, buf, 8, 0) == 8);
}

static void passes(void **state)
{
	assert_int_equal(in_sandbox(work), 0);
}

/* Neither needed nor evil: as if it were not there. */
static void unneeded(void)
{
	WANT(syscall(SYS_getpriority, 0, 0) == -1 && errno == ENOSYS);
	WANT(syscall(SYS_inotify_init1, 0) == -1 && errno == ENOSYS);
	WANT(socket(AF_AX25, SOCK_DGRAM, 0) == -1);
	WANT(syscall(SYS_ioctl, 0, 0x5412, "x") == -1 && errno == ENOSYS);	/* TIOCSTI */
}

/* A library that the C library wants only now: it goes on without. */
static void late_library(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	WANT(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	WANT(errno == EACCES);
	WANT(mprotect(p, 4096, PROT_READ | PROT_EXEC) == -1 && errno == EACCES);
}

static void fails(void **state)
{
	assert_int_equal(in_sandbox(unneeded), 0);
	assert_int_equal(in_sandbox(late_library), 0);
}

/* An assertion that fails shows as one. */
static void aborts(void **state)
{
	int status = in_sandbox(abort);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void do_execve(void)
{
	char *args[] = { "true", NULL };

	execve("/bin/true", args, args + 1);
}

static void do_fork(void)
{
	if (!fork())
		_exit(0);
}

static void do_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void do_packet(void)
{
	socket(AF_PACKET, SOCK_RAW, 0);
}

static void do_alg(void)
{
	socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static void do_exec_map(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_exec_protect(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void do_signal_other(void)
{
	syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static void do_mount(void)
{
	mount("none", "/nowhere", "tmpfs", 0, NULL);
}

static void do_setuid(void)
{
	syscall(SYS_setuid, 0);
}

static void do_kill(void)
{
	kill(getppid(), 0);
}

#define CALL(name) static void do_##name(void) { syscall(SYS_##name, 0, 0, 0, 0, 0, 0); }
CALL(unshare) CALL(setns) CALL(init_module) CALL(finit_module) CALL(delete_module) CALL(bpf)
CALL(perf_event_open) CALL(keyctl) CALL(add_key) CALL(open_by_handle_at) CALL(kexec_load)
CALL(process_vm_readv) CALL(chroot) CALL(pivot_root) CALL(capset) CALL(personality)
CALL(userfaultfd) CALL(io_uring_setup) CALL(memfd_create) CALL(clone3) CALL(seccomp)
CALL(settimeofday) CALL(reboot) CALL(execveat)

static void killed(void **state)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} evil[] = {
#define E(name) { #name, do_##name },
		E(execve) E(fork) E(ptrace) E(packet) E(alg) E(exec_map) E(exec_protect)
		E(mount) E(setuid) E(kill) E(unshare) E(setns) E(init_module) E(finit_module)
		E(delete_module) E(bpf) E(perf_event_open) E(keyctl) E(add_key)
		E(open_by_handle_at) E(kexec_load) E(process_vm_readv) E(chroot) E(pivot_root)
		E(capset) E(personality) E(userfaultfd) E(io_uring_setup) E(memfd_create)
		E(clone3) E(signal_other) E(seccomp) E(settimeofday) E(reboot) E(execveat)
	};
	size_t i;

	for (i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		int status = in_sandbox(evil[i].fn);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %x", evil[i].name, (unsigned int)status);
	}
}

/* --- the keeper ---------------------------------------------------------------------- */

static void read_again(void)
{
	char buf[64];
	struct stat st;
	FILE *f = fopen("/proc/self/status", "re");
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	WANT(f && fgets(buf, sizeof(buf), f) && !fclose(f));
	WANT(fd >= 0 && !fstat(fd, &st) && read(fd, buf, 1) == 1 && !close(fd));
	WANT(stat("/proc/self/maps", &st) == 0);
	/* whose file it is */
	WANT(syscall(SYS_geteuid) >= 0);
	free(malloc(8 << 20));
}

static void do_write_file(void)
{
	open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static void do_change_file(void)
{
	open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void do_make_file(void)
{
	open("/dev/null", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
}

static void do_empty_file(void)
{
	open("/dev/null", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static void do_old_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static void do_remove(void)
{
	unlink("/nowhere");
}

static void do_rename(void)
{
	rename("/nowhere", "/nowhere2");
}

static void do_udp(void)
{
	socket(AF_INET, SOCK_DGRAM, 0);
}

static void do_pair(void)
{
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static void do_pass(void)
{
	struct msghdr m = { 0 };

	sendmsg(1, &m, 0);
}

/* The process with the keys reads files, writes none, and meets nobody. */
static void keeper(void **state)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} evil[] = {
		E(write_file) E(change_file) E(make_file) E(empty_file) E(old_open) E(remove)
		E(rename) E(udp) E(pair) E(pass) E(execve) E(fork) E(ptrace) E(exec_map)
		E(setuid) E(kill) E(open_by_handle_at) E(capset) E(process_vm_readv)
	};
	size_t i;

	assert_int_equal(inside(sandbox_keeper, read_again), 0);
	for (i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		int status = inside(sandbox_keeper, evil[i].fn);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %x", evil[i].name, (unsigned int)status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes), cmocka_unit_test(fails), cmocka_unit_test(killed),
		cmocka_unit_test(aborts), cmocka_unit_test(keeper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
