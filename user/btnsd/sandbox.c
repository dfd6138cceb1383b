// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls after the start.  Three kinds: what the daemon needs; what only somebody
 * else would call in its name, which ends the process; and all others, which fail as if
 * the kernel had none (a C library may try something newer and then the old way).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
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
	"read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64",
	"pwritev", "pwritev2", "close", "close_range", "lseek", "fstat", "stat", "lstat",
	"newfstatat", "statx", "fstatfs", "statfs", "access", "faccessat", "faccessat2", "open",
	"openat", "fcntl", "dup", "dup2", "dup3", "readlink", "readlinkat", "getdents64",
	"getcwd", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat",
	"renameat2", "link", "linkat", "ftruncate", "fallocate", "fsync", "fdatasync",
	"sync_file_range", "flock", "umask", "chmod", "fchmod", "fchmodat", "fchmodat2",
	"chown", "fchown", "fchownat", "utimensat", "fadvise64",
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto",
	"setsockopt", "shutdown", "socketpair",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
	"epoll_wait", "eventfd2", "poll", "ppoll", "select", "pselect6", "pipe", "pipe2",
	"signalfd4", "timerfd_create", "timerfd_gettime", "timerfd_settime",
	"brk", "madvise", "mremap", "msync", "munmap",
	"clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time",
	"getrandom", "futex", "membarrier", "sched_getaffinity", "sched_yield",
	"restart_syscall", "rseq", "set_robust_list", "rt_sigaction", "rt_sigpending",
	"rt_sigprocmask", "rt_sigreturn", "sigaltstack", "getpid", "getppid", "gettid",
	"getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid",
	"getrlimit", "getrusage", "prlimit64", "sysinfo", "times", "uname", "exit",
	"exit_group", "wait4", "waitid",
};

/*
 * The keeper's one socket, files that it reads again, its memory, its libraries' randomness;
 * a last word to the log.
 */
static const char *const keepers[] = {
	"recvfrom", "sendto", "read", "close", "lseek", "newfstatat", "stat", "statx", "write",
	"writev", "fstat", "brk", "madvise", "mremap", "munmap", "clock_gettime",
	"gettimeofday", "time", "getrandom", "futex", "restart_syscall", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "getpid", "gettid", "geteuid", "getrusage", "exit",
	"exit_group",
};

/* It changes no file, and meets nobody. */
static const char *const not_keepers[] = {
	"openat2", "creat", "truncate", "ftruncate", "mkdir", "mkdirat", "chmod", "fchmodat",
	"unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "socket", "socketpair",
	"connect", "bind", "listen", "accept", "accept4", "sendmsg", "sendmmsg",
};

/* What nobody calls by mistake, and no library of ours in any corner. */
static const char *const fatal[] = {
	"execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "process_vm_readv",
	"process_vm_writev", "kcmp", "pidfd_getfd", "kill", "tkill",
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf",
	"perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "memfd_create", "memfd_secret", "add_key", "request_key", "keyctl",
	"mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
	"fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr", "unshare", "setns",
	"open_by_handle_at", "mknod", "mknodat", "quotactl", "acct",
	"reboot", "swapon", "swapoff", "syslog", "sethostname", "setdomainname",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "ioperm", "iopl",
	"modify_ldt", "personality", "capset", "setuid", "setgid", "setreuid", "setregid",
	"setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "seccomp", "vhangup",
	"uselib", "lookup_dcookie",
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

/*
 * Memory is not made executable.  To load a library later (the C library would, were
 * nsswitch.conf edited) fails and no more; what can also be written nobody needs.
 */
static bool memory(scmp_filter_ctx f)
{
	const int call[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(pkey_mprotect) };
	const scmp_datum_t both = PROT_EXEC | PROT_WRITE;
	size_t i;

	for (i = 0; i < sizeof(call) / sizeof(call[0]); i++)
		if (!rule(f, SCMP_ACT_ALLOW, call[i],
			  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
		    !rule(f, SCMP_ACT_ERRNO(EACCES), call[i],
			  SCMP_A2(SCMP_CMP_MASKED_EQ, both, PROT_EXEC)) ||
		    !rule(f, SCMP_ACT_KILL_PROCESS, call[i],
			  SCMP_A2(SCMP_CMP_MASKED_EQ, both, both)))
			return false;
	return true;
}

/* Sockets of the families that are in use. */
static bool sockets(scmp_filter_ctx f)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	/* asked by the C library: terminal? bytes? name of a link?  Nothing is set. */
	static const unsigned long asked[] = { TCGETS, FIONREAD, FIONBIO, SIOCGIFNAME,
					       SIOCGIFINDEX };
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!rule(f, SCMP_ACT_ALLOW, SCMP_SYS(socket),
			  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0)))
			return false;
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (!rule(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
			  SCMP_A1(SCMP_CMP_EQ, asked[i], 0)))
			return false;
	return rule(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket),
		    SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
}

/* abort() sends us a signal; nobody else gets one. */
static bool signals(scmp_filter_ctx f)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();

	return rule(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, self, 0)) &&
	       rule(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill),
		    SCMP_A0(SCMP_CMP_NE, self, 0));
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

/* What add() allows and kills for; all else fails. */
static bool load(bool (*add)(scmp_filter_ctx f))
{
	scmp_filter_ctx f;
	int r;

	/* the lists are those of 64-bit machines: others have more ways to tell the time */
	if (sizeof(long) < 8)
		return true;
	errno = ENOMEM;
	f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (f && EACH(f, SCMP_ACT_KILL_PROCESS, fatal) && memory(f) && signals(f) && add(f)) {
		/* the kernel logs what was refused; a tree instead of a list */
		(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1);
		(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		r = seccomp_load(f);
	} else {
		r = -errno;
	}
	if (r)
		log_error("no filter of system calls: %s (sandbox = no goes without)",
			  strerror(-r));
	if (f)
		seccomp_release(f);
	return !r;
}

static bool daemons(scmp_filter_ctx f)
{
	return EACH(f, SCMP_ACT_ALLOW, needed) && sockets(f);
}

bool sandbox_enter(void)
{
	load_names();
	return load(daemons);
}

/* To read, and nothing else. */
static bool files(scmp_filter_ctx f)
{
	static const unsigned int evil[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };
	const scmp_datum_t mask = O_ACCMODE | O_CREAT | O_TRUNC;
	size_t i;

	if (!rule(f, SCMP_ACT_ALLOW, SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, mask, 0)) ||
	    !rule(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, mask, 0)))
		return false;
	for (i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		if (!rule(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(open),
			  SCMP_A1(SCMP_CMP_MASKED_EQ, evil[i], evil[i])) ||
		    !rule(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(openat),
			  SCMP_A2(SCMP_CMP_MASKED_EQ, evil[i], evil[i])))
			return false;
	return true;
}

static bool keeper(scmp_filter_ctx f)
{
	return files(f) && EACH(f, SCMP_ACT_ALLOW, keepers) &&
	       EACH(f, SCMP_ACT_KILL_PROCESS, not_keepers);
}

bool sandbox_keeper(void)
{
	return load(keeper);
}
