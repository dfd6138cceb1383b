// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls after the start.  Three kinds: what the daemon needs; what only somebody
 * else would call in its name, which ends the process; and all others, which fail as if
 * the kernel had none (a C library may try something newer and then the old way).
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd.h"

/* What the loop, sockets, files and memory need. */
static const char *const needed[] = {
	"read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "close",
	"lseek", "_llseek", "fstat", "fstat64", "stat", "stat64", "lstat", "lstat64",
	"newfstatat", "fstatat64", "statx", "fstatfs", "statfs", "access", "faccessat",
	"faccessat2", "open", "openat", "fcntl", "fcntl64", "dup", "dup2", "dup3", "readlink",
	"readlinkat", "getdents", "getdents64", "getcwd", "mkdir", "mkdirat", "unlink",
	"unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "ftruncate",
	"ftruncate64", "fallocate", "fsync", "fdatasync", "flock", "umask", "chmod", "fchmod",
	"fchmodat", "chown", "fchown", "fchownat", "utimensat", "fadvise64",
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto",
	"setsockopt", "shutdown", "socketpair",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2",
	"poll", "ppoll", "select", "pselect6", "pipe", "pipe2", "timerfd_create",
	"timerfd_settime",
	"brk", "madvise", "mremap", "munmap",
	"clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time",
	"getrandom", "futex", "sched_yield", "restart_syscall", "rseq", "set_robust_list",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "sigreturn",
	"getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getgroups",
	"getrlimit", "getrusage", "prlimit64", "sysinfo", "times", "uname", "exit",
	"exit_group", "wait4", "waitid",
};

/* What nobody calls by mistake. */
static const char *const fatal[] = {
	"execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "process_vm_readv",
	"process_vm_writev", "kcmp", "pidfd_getfd", "kill", "tkill", "tgkill",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf",
	"perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "memfd_create", "memfd_secret", "add_key", "request_key", "keyctl",
	"mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
	"fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr", "unshare", "setns",
	"open_by_handle_at", "name_to_handle_at", "mknod", "mknodat", "quotactl", "acct",
	"reboot", "swapon", "swapoff", "syslog", "sethostname", "setdomainname",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "ioperm", "iopl",
	"modify_ldt", "personality", "capset", "setuid", "setuid32", "setgid", "setgid32",
	"setreuid", "setreuid32", "setregid", "setregid32", "setresuid", "setresuid32",
	"setresgid", "setresgid32", "setgroups", "setgroups32", "setfsuid", "setfsuid32",
	"setfsgid", "setfsgid32", "seccomp", "vhangup", "uselib", "lookup_dcookie",
};

static bool each(scmp_filter_ctx f, uint32_t action, const char *const *name, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int nr = seccomp_syscall_resolve_name(name[i]), r;

		/* not of this machine, or newer than the library */
		if (nr == __NR_SCMP_ERROR)
			continue;
		r = seccomp_rule_add(f, action, nr, 0);
		if (r && r != -EDOM) {
			errno = -r;
			return false;
		}
	}
	return true;
}
#define EACH(f, action, list) each(f, action, list, sizeof(list) / sizeof((list)[0]))

static bool rule(scmp_filter_ctx f, uint32_t action, int nr, struct scmp_arg_cmp cmp)
{
	int r = seccomp_rule_add_array(f, action, nr, 1, &cmp);

	errno = -r;
	return !r;
}

/* Sockets of the families that are in use; memory is not made executable. */
static bool arguments(scmp_filter_ctx f)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	const int memory[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(pkey_mprotect) };
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!rule(f, SCMP_ACT_ALLOW, SCMP_SYS(socket),
			  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0)))
			return false;
	if (!rule(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket),
		  SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)))
		return false;
	for (i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (!rule(f, SCMP_ACT_ALLOW, memory[i],
			  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
		    !rule(f, SCMP_ACT_KILL_PROCESS, memory[i],
			  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)))
			return false;
	/* files' sizes and terminals are asked by the C library; nothing is set */
	return rule(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS, 0)) &&
	       rule(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0)) &&
	       rule(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0));
}

/* Modules of the name service are loaded now: later there is no executable memory. */
static void load_names(void)
{
	gid_t groups[8];
	int n = 8;

	(void)getpwuid(geteuid());
	(void)getgrgid(getegid());
	(void)getgrouplist("root", 0, groups, &n);
}

bool sandbox_enter(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	bool good;
	int r = 0;

	load_names();
	good = f && EACH(f, SCMP_ACT_ALLOW, needed) && EACH(f, SCMP_ACT_KILL_PROCESS, fatal) &&
	       arguments(f);
	if (good)
		r = seccomp_load(f);
	if (!good || r)
		log_error("no filter of system calls: %s", strerror(r ? -r : errno));
	if (f)
		seccomp_release(f);
	return good && !r;
}
