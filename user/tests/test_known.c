// SPDX-License-Identifier: GPL-2.0-or-later
/* The store of known peers: who is let in, who is not, and what outlives a crash. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "known/known.h"

#define DAY	86400
#define T0	1700000000

struct scene {
	char folder[64], file[96];
	struct known *k;
	struct known_answer a;
};

static void reopen(struct scene *s)
{
	char why[KNOWN_WHY_MAX] = "";

	known_close(&s->k);
	s->k = known_open(s->file, 0, why);
	if (!s->k)
		fail_msg("%s", why);
}

static int begin(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	strcpy(s->folder, "/tmp/test_known.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->file, sizeof(s->file), "%s/known.db", s->folder);
	reopen(s);
	*state = s;
	return 0;
}

static int end(void **state)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	struct scene *s = *state;
	char name[128];
	size_t i;

	known_close(&s->k);
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", s->file, parts[i]);
		unlink(name);
	}
	rmdir(s->folder);
	free(s);
	return 0;
}

static void key(uint8_t fp[32], unsigned int n)
{
	memset(fp, 0x5a, 32);
	memcpy(fp, &n, sizeof(n));
}

static const uint8_t spki[44] = { 0x30, 0x2a };

/* id, address: NULL for none; "nat:..." behind a NAT. */
static bool meet(struct scene *s, enum known_mode mode, unsigned int n, const char *id,
		 const char *address, int64_t now)
{
	static struct known_contact c;
	struct known_name *name = c.names;
	bool nat = address && !strncmp(address, "nat:", 4);

	c = (struct known_contact){ .mode = mode, .spki = spki, .spki_len = sizeof(spki),
				    .now = now };
	key(c.fingerprint, n);
	if (id) {
		name->kind = KNOWN_ID;
		strcpy(name++->text, id);
	}
	if (address) {
		name->kind = nat ? KNOWN_NAT : KNOWN_ADDRESS;
		strcpy(name++->text, address + (nat ? 4 : 0));
	}
	c.n_names = (unsigned int)(name - c.names);
	return known_meet(s->k, &c, &s->a);
}

#define assert_verdict(s, v)	assert_int_equal((s)->a.verdict, v)

static void assert_state(struct scene *s, unsigned int n, enum known_state state)
{
	struct known_peer p;
	uint8_t fp[32];

	key(fp, n);
	assert_int_equal(known_find(s->k, fp, &p), 0);
	assert_int_equal(p.state, state);
}

static uint8_t trust_of(struct scene *s, unsigned int n)
{
	uint8_t fp[32];

	key(fp, n);
	return known_trust(s->k, fp);
}

static int decide(struct scene *s, int (*fn)(struct known *k, const uint8_t *fp, int64_t now),
		  unsigned int n, int64_t now)
{
	uint8_t fp[32];

	key(fp, n);
	return fn(s->k, fp, now);
}

static int forget(struct scene *s, unsigned int n)
{
	uint8_t fp[32];

	key(fp, n);
	return known_forget(s->k, fp);
}

/* --- the modes ---------------------------------------------------------------------- */

static void accept_new(void **state)
{
	struct scene *s = *state;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0));
	assert_verdict(s, KNOWN_WELCOME_FIRST);
	assert_int_equal(trust_of(s, 1), BTNS_TRUST_UNVERIFIED);
	reopen(s);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0 + 5));
	assert_verdict(s, KNOWN_WELCOME_BACK);
	assert_int_equal(trust_of(s, 1), BTNS_TRUST_KNOWN);
	/* the same key somewhere else */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.77", T0 + 6));
	assert_verdict(s, KNOWN_WELCOME_BACK);
	/* which is its own now, too */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.77", T0 + 7));
	assert_verdict(s, KNOWN_CHANGED);
}

static void changed_key(void **state)
{
	struct scene *s = *state;
	uint8_t fp[32];

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, "fqdn:a.example", "192.0.2.9", T0 + 1));
	assert_verdict(s, KNOWN_CHANGED);
	assert_string_equal(s->a.name.text, "fqdn:a.example");
	key(fp, 1);
	assert_memory_equal(s->a.holder.fingerprint, fp, 32);
	/* nor at its address, in any mode; insisting does not help */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 3, NULL, "192.0.2.1", T0 + 2));
	assert_verdict(s, KNOWN_CHANGED);
	assert_false(meet(s, KNOWN_STRICT, 3, NULL, "192.0.2.1", T0 + 60));
	assert_verdict(s, KNOWN_CHANGED);
	assert_false(meet(s, KNOWN_ASK, 3, NULL, "192.0.2.1", T0 + 120));
	assert_verdict(s, KNOWN_CHANGED);
	reopen(s);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 3, NULL, "192.0.2.1", T0 + 180));
	assert_state(s, 1, KNOWN_LEAP);
	assert_state(s, 3, KNOWN_NEW);
	/* the right one is not disturbed by all that */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0 + 181));
	/* a key that is known elsewhere is no better there */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "192.0.2.4", T0 + 200));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "192.0.2.4", T0 + 201));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "192.0.2.1", T0 + 202));
	assert_verdict(s, KNOWN_CHANGED);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "192.0.2.4", T0 + 203));
}

static void strict(void **state)
{
	struct scene *s = *state;

	assert_false(meet(s, KNOWN_STRICT, 1, NULL, "192.0.2.1", T0));
	assert_verdict(s, KNOWN_UNKNOWN);
	assert_int_equal(trust_of(s, 1), BTNS_TRUST_UNVERIFIED);
	assert_int_equal(decide(s, known_verify, 1, T0 + 1), 0);
	assert_true(meet(s, KNOWN_STRICT, 1, NULL, "192.0.2.1", T0 + 2));
	assert_verdict(s, KNOWN_WELCOME_VERIFIED);
	assert_int_equal(trust_of(s, 1), BTNS_TRUST_VERIFIED);
	/* the address that it came from has become its own */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.1", T0 + 3));
	assert_verdict(s, KNOWN_CHANGED);
}

static void ask(void **state)
{
	struct scene *s = *state;

	assert_false(meet(s, KNOWN_ASK, 1, NULL, "192.0.2.1", T0));
	assert_verdict(s, KNOWN_PENDING);
	assert_false(meet(s, KNOWN_ASK, 1, NULL, "192.0.2.1", T0 + 100));
	assert_verdict(s, KNOWN_PENDING);
	assert_int_equal(decide(s, known_verify, 1, T0 + 101), 0);
	assert_true(meet(s, KNOWN_ASK, 1, NULL, "192.0.2.1", T0 + 102));
	assert_false(meet(s, KNOWN_ASK, 2, NULL, "192.0.2.2", T0));
	assert_int_equal(decide(s, known_refuse, 2, T0 + 1), 0);
	assert_false(meet(s, KNOWN_ASK, 2, NULL, "192.0.2.2", T0 + 2));
	assert_verdict(s, KNOWN_UNTRUSTED);
}

/* --- decisions ------------------------------------------------------------------------- */

static void replaced(void **state)
{
	struct scene *s = *state;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, "fqdn:a.example", "192.0.2.1", T0 + 1));
	assert_int_equal(decide(s, known_verify, 2, T0 + 2), 0);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, "fqdn:a.example", "192.0.2.1", T0 + 3));
	/* the ID is the new key's alone */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0 + 4));
	assert_verdict(s, KNOWN_CHANGED);
	/* an address is shared */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0 + 5));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 3, NULL, "192.0.2.1", T0 + 6));
	assert_int_equal(forget(s, 1), 0);
	assert_int_equal(forget(s, 2), 0);
	assert_int_equal(forget(s, 2), -ENOENT);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 3, NULL, "192.0.2.1", T0 + 60));
	assert_verdict(s, KNOWN_WELCOME_FIRST);
}

static void refused(void **state)
{
	struct scene *s = *state;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0));
	assert_int_equal(decide(s, known_refuse, 1, T0 + 1), 0);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0 + 2));
	assert_verdict(s, KNOWN_UNTRUSTED);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.55", T0 + 9000));
	/* its address is free, and insisting does not bring it back */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.1", T0 + 9001));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0 + 20000));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.1", T0 + 20001));
	/* before it was ever seen */
	assert_int_equal(decide(s, known_refuse, 7, T0), 0);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 7, NULL, "192.0.2.7", T0 + 2));
	assert_verdict(s, KNOWN_UNTRUSTED);
	assert_int_equal(decide(s, known_verify, 8, T0), -ENOENT);
}

static void addresses(void **state)
{
	struct scene *s = *state;

	/* many behind one NAT */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "nat:198.51.100.1", T0));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "nat:198.51.100.1", T0));
	/* but saying so does not help against a host that had no NAT before it */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 3, NULL, "198.51.100.3", T0));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "nat:198.51.100.3", T0 + 1));
	assert_verdict(s, KNOWN_CHANGED);
	/* an address that was not used for long is given to others */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "198.51.100.3", T0 + 29 * DAY));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "198.51.100.3", T0 + 31 * DAY));
	/* an ID is not */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 5, "email:x@example", "198.51.100.5", T0));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 6, "email:x@example", "198.51.100.6",
			  T0 + 400 * DAY));
}

static void count_name(void *arg, const struct known_holding *h)
{
	++*(unsigned int *)arg;
}

/* One key cannot fill the store with names. */
static void many_names(void **state)
{
	struct scene *s = *state;
	char address[32], name[32];
	unsigned int i, n = 0;
	uint8_t fp[32];

	for (i = 0; i < 50; i++) {
		snprintf(address, sizeof(address), "2001:db8::%x", i + 1);
		snprintf(name, sizeof(name), "fqdn:h%u", i);
		assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, name, address, T0 + i));
	}
	key(fp, 1);
	assert_int_equal(known_each_name(s->k, fp, count_name, &n), 0);
	assert_int_equal(n, 2 * KNOWN_LIMIT_NAMES);
	/* the last ones */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, "fqdn:h49", NULL, T0 + 100));
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "2001:db8::32", T0 + 200));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 3, "fqdn:h0", "2001:db8::1", T0 + 300));
}

/* --- roll-over --------------------------------------------------------------------------- */

static enum known_heir announce(struct scene *s, unsigned int old, unsigned int heir,
				int64_t now)
{
	struct known_peer p = { };
	enum known_heir result;
	uint8_t fp[32];

	key(fp, old);
	key(p.fingerprint, heir);
	memcpy(p.spki, spki, sizeof(spki));
	p.spki_len = sizeof(spki);
	assert_int_equal(known_announce(s->k, fp, &p, now, &result), 0);
	return result;
}

static void successor(void **state)
{
	struct scene *s = *state;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0 + 1));
	assert_int_equal(announce(s, 1, 2, T0 + 2), KNOWN_HEIR_NEW);
	assert_int_equal(announce(s, 1, 2, T0 + 3), KNOWN_HEIR_KEPT);
	reopen(s);
	/* both are good, under all names, in strict mode, too */
	assert_true(meet(s, KNOWN_STRICT, 2, "fqdn:a.example", "192.0.2.1", T0 + DAY));
	assert_verdict(s, KNOWN_WELCOME_BACK);
	assert_int_equal(trust_of(s, 2), BTNS_TRUST_KNOWN);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1", T0 + 2 * DAY));
	/* then the old one is over: who shows it now may have stolen it */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a.example", "192.0.2.1",
			  T0 + 9 * DAY));
	assert_verdict(s, KNOWN_CHANGED);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "203.0.113.1", T0 + 9 * DAY));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, "fqdn:a.example", "192.0.2.1", T0 + 9 * DAY));
	assert_int_equal(announce(s, 1, 3, T0 + 9 * DAY), KNOWN_HEIR_RIVAL);
	assert_true(meet(s, KNOWN_STRICT, 2, "fqdn:a.example", "192.0.2.1", T0 + 10 * DAY));
}

/* The thief comes after the owner's announcement was believed for long enough. */
static void late_thief(void **state)
{
	struct scene *s = *state;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0));
	assert_int_equal(announce(s, 1, 2, T0), KNOWN_HEIR_NEW);
	assert_int_equal(announce(s, 1, 666, T0 + 8 * DAY), KNOWN_HEIR_RIVAL);
	assert_state(s, 2, KNOWN_LEAP);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 666, NULL, "192.0.2.1", T0 + 8 * DAY));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.1", T0 + 8 * DAY));
}

/* Two announcements within days: nobody can tell which one is the thief's. */
static void early_thief(void **state)
{
	struct scene *s = *state;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0));
	assert_int_equal(announce(s, 1, 666, T0), KNOWN_HEIR_NEW);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 666, NULL, "192.0.2.1", T0 + 1));
	assert_int_equal(announce(s, 1, 2, T0 + DAY), KNOWN_HEIR_RIVAL);
	assert_state(s, 666, KNOWN_NEW);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 666, NULL, "192.0.2.1", T0 + DAY + 60));
	assert_verdict(s, KNOWN_CHANGED);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.1", T0 + DAY + 60));
	/* a person asks, and says */
	assert_int_equal(decide(s, known_refuse, 666, T0 + DAY + 70), 0);
	assert_int_equal(decide(s, known_verify, 2, T0 + DAY + 70), 0);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 2, NULL, "192.0.2.1", T0 + DAY + 80));
}

static void false_heirs(void **state)
{
	struct scene *s = *state;

	assert_int_equal(announce(s, 1, 2, T0), KNOWN_HEIR_STRANGER);
	assert_false(meet(s, KNOWN_STRICT, 1, NULL, "192.0.2.1", T0));
	assert_int_equal(announce(s, 1, 2, T0), KNOWN_HEIR_STRANGER);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 3, NULL, "192.0.2.3", T0));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "192.0.2.4", T0));
	/* one known host cannot swallow another one, nor lift a refusal */
	assert_int_equal(announce(s, 3, 4, T0), KNOWN_HEIR_TAKEN);
	assert_int_equal(decide(s, known_refuse, 5, T0), 0);
	assert_int_equal(announce(s, 3, 5, T0), KNOWN_HEIR_TAKEN);
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 4, NULL, "192.0.2.3", T0 + 1));
}

/* --- bounds, damage, crashes ----------------------------------------------------------- */

/* Strangers cannot push out whoever came back or was spoken about. */
static void full(void **state)
{
	struct scene *s = *state;
	char address[32], why[KNOWN_WHY_MAX];
	unsigned int i, n;

	known_close(&s->k);
	s->k = known_open(s->file, 8, why);
	assert_non_null(s->k);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, "192.0.2.1", T0 + 1));
	assert_false(meet(s, KNOWN_STRICT, 2, NULL, "192.0.2.2", T0));
	assert_int_equal(decide(s, known_verify, 2, T0), 0);
	assert_int_equal(decide(s, known_refuse, 3, T0), 0);
	for (i = 100; i < 200; i++) {
		snprintf(address, sizeof(address), "10.0.0.%u", i);
		assert_true(meet(s, KNOWN_ACCEPT_NEW, i, NULL, address, T0 + i));
	}
	assert_int_equal(known_count(s->k, &n), 0);
	assert_int_equal(n, 8);
	assert_state(s, 1, KNOWN_LEAP);
	assert_state(s, 2, KNOWN_VERIFIED);
	assert_state(s, 3, KNOWN_REFUSED);
	for (i = 195; i < 200; i++) {
		snprintf(address, sizeof(address), "10.0.0.%u", i);
		assert_true(meet(s, KNOWN_ACCEPT_NEW, i, NULL, address, T0 + 1000));
	}
	/* all of them are worth more than a stranger: who is not remembered is not let in */
	assert_false(meet(s, KNOWN_ACCEPT_NEW, 300, NULL, "10.0.1.1", T0 + 1001));
	assert_verdict(s, KNOWN_FAILED);
	assert_non_null(strstr(known_why(s->k), "full"));
}

static void damaged(void **state)
{
	struct scene *s = *state;
	char why[KNOWN_WHY_MAX] = "";
	uint8_t junk[64 * 1024];
	unsigned int i;
	int fd;

	for (i = 0; i < 200; i++)
		assert_true(meet(s, KNOWN_ACCEPT_NEW, i, NULL, NULL, T0 + i));
	known_close(&s->k);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(s->file, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 4096), sizeof(junk));
	assert_null(known_open(s->file, 0, why));
	assert_non_null(strstr(why, s->file));
	assert_true(strlen(why) > strlen(s->file) + 10);
	assert_int_equal(pwrite(fd, "SQLite format 4", 15, 0), 15);
	assert_null(known_open(s->file, 0, why));
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	/* another program's */
	unlink(s->file);
	assert_null(known_open(s->folder, 0, why));
	assert_null(known_open("/nonexistent/known.db", 0, why));
	reopen(s);
	assert_int_equal(chmod(s->file, 0600), 0);
}

/* The disk is full: what cannot be remembered is not let in. */
static void disk_full(void **state)
{
	struct rlimit none = { .rlim_cur = 32768 }, was;
	struct scene *s = *state;
	unsigned int i;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	for (i = 1; i < 400; i++)
		if (!meet(s, KNOWN_ACCEPT_NEW, i, NULL, NULL, T0))
			break;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(i < 400);
	assert_verdict(s, KNOWN_FAILED);
	assert_true(*known_why(s->k));
	/* nothing of it stays, all before it does */
	assert_true(meet(s, KNOWN_ACCEPT_NEW, i, NULL, NULL, T0 + 1));
	assert_verdict(s, KNOWN_WELCOME_FIRST);
	reopen(s);
	while (i)
		assert_state(s, i--, KNOWN_LEAP);
}

static void one_process(void **state)
{
	struct scene *s = *state;
	char why[KNOWN_WHY_MAX] = "";

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, NULL, NULL, T0));
	assert_null(known_open(s->file, 0, why));
	assert_non_null(strstr(why, "another process"));
}

static void secret_file(void **state)
{
	struct scene *s = *state;
	struct stat st;

	assert_int_equal(stat(s->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* A writer that tells through a pipe what is committed, until it is killed. */
static void write_forever(const char *file, int pipe_out, unsigned int from)
{
	static struct scene s;
	char why[KNOWN_WHY_MAX];
	unsigned int i;
	uint8_t fp[32];

	s.k = known_open(file, 0, why);
	if (!s.k)
		_exit(1);
	for (i = from;; i++) {
		if (!meet(&s, KNOWN_ACCEPT_NEW, i, NULL, NULL, T0))
			_exit(2);
		key(fp, i);
		if (known_verify(s.k, fp, T0))
			_exit(3);
		if (write(pipe_out, &i, sizeof(i)) != sizeof(i))
			_exit(4);
	}
}

/* kill -9 at any moment: what was said to be written is there, nothing is half. */
static void killed(void **state)
{
	struct scene *s = *state;
	unsigned int round, next = 1, i, n;
	struct timespec nap = { };
	struct known_peer p;
	int fds[2], status;
	uint8_t fp[32];
	pid_t pid;

	known_close(&s->k);
	srandom(20);
	for (round = 0; round < 25; round++) {
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (!pid)
			write_forever(s->file, fds[1], next);
		close(fds[1]);
		/* one committed for sure, then at a moment that is not foreseen */
		assert_int_equal(read(fds[0], &n, sizeof(n)), sizeof(n));
		nap.tv_nsec = random() % 20000000;
		nanosleep(&nap, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(fds[0], &n, sizeof(n)) == sizeof(n))
			;
		close(fds[0]);
		reopen(s);
		for (i = 1; i <= n; i++) {
			key(fp, i);
			assert_int_equal(known_find(s->k, fp, &p), 0);
			assert_int_equal(p.state, KNOWN_VERIFIED);
			assert_int_equal(p.spki_len, sizeof(spki));
		}
		next = n + 1;
		known_close(&s->k);
	}
	reopen(s);
}

/* --- secrets that sessions leave --------------------------------------------------------- */

static int bond(struct scene *s, unsigned int n, enum known_bond_step what, uint32_t number,
		uint8_t secret, int64_t now)
{
	uint8_t fp[32], octets[KNOWN_BOND_LEN];

	key(fp, n);
	memset(octets, secret, sizeof(octets));
	return known_bond(s->k, fp, what, &number, octets, now);
}

/* First octets of those that key n may know. */
static const char *bonds(struct scene *s, unsigned int n, int64_t now)
{
	uint8_t secret[8][KNOWN_BOND_LEN];
	static char text[9];
	struct known_contact c = { .now = now };
	unsigned int i, found;

	key(c.fingerprint, n);
	found = known_bonds_of(s->k, &c, secret, 8);
	for (i = 0; i < found; i++)
		text[i] = (char)secret[i][0];
	text[found] = 0;
	return text;
}

/* Is it in one of the files? */
static bool written(const struct scene *s, uint8_t secret)
{
	static const char *const parts[] = { "", "-wal" };
	uint8_t octets[KNOWN_BOND_LEN];
	bool found = false;
	char name[128];
	size_t i, len;
	void *data;
	FILE *f;

	memset(octets, secret, sizeof(octets));
	data = malloc(1 << 22);
	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s", s->file, parts[i]);
		f = fopen(name, "r");
		if (!f)
			continue;
		len = fread(data, 1, 1 << 22, f);
		assert_true(feof(f));
		found |= !!memmem(data, len, octets, sizeof(octets));
		fclose(f);
	}
	free(data);
	return found;
}

/* Two generations, whatever crashes; what is forgotten is wiped. */
static void secrets(void **state)
{
	struct scene *s = *state;
	const int64_t later = T0 + KNOWN_BOND_GRACE + 1;
	struct known_tie tie;
	uint8_t fp[32];

	key(fp, 1);
	assert_int_equal(bond(s, 1, KNOWN_BOND_OFFER, 0, 'a', T0), -ENOENT);
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a", "192.0.2.1", T0));
	assert_int_equal(bond(s, 1, KNOWN_BOND_OFFER, 0, 'a', T0), 0);
	assert_int_equal(known_tie(s->k, fp, T0, &tie), 0);
	assert_false(tie.held);
	assert_int_equal(bond(s, 1, KNOWN_BOND_AGREED, 1, 'a', T0), 0);
	assert_int_equal(bond(s, 1, KNOWN_BOND_OFFER, 0, 'b', T0), 0);
	reopen(s);
	/* the answer may have been lost, or the question */
	assert_string_equal(bonds(s, 1, later), "ab");
	assert_int_equal(bond(s, 1, KNOWN_BOND_AGREED, 2, 'x', T0), -ENOENT);
	assert_int_equal(bond(s, 1, KNOWN_BOND_AGREED, 2, 'b', T0), 0);
	reopen(s);
	assert_string_equal(bonds(s, 1, T0), "ba");
	assert_string_equal(bonds(s, 1, later), "b");
	/* an answer to an older question comes late */
	assert_int_equal(bond(s, 1, KNOWN_BOND_OFFER, 0, 'c', later), 0);
	assert_int_equal(bond(s, 1, KNOWN_BOND_OFFER, 0, 'd', later), 0);
	assert_int_equal(bond(s, 1, KNOWN_BOND_AGREED, 4, 'd', later), 0);
	assert_int_equal(bond(s, 1, KNOWN_BOND_AGREED, 3, 'c', later), -ENOENT);
	assert_string_equal(bonds(s, 1, 3 * later), "d");
	/* the peer asks, one time too many */
	assert_int_equal(bond(s, 1, KNOWN_BOND_TAKE, 4, 'e', later), -ESTALE);
	assert_int_equal(bond(s, 1, KNOWN_BOND_TAKE, 5, 'e', later), 0);
	assert_int_equal(known_tie(s->k, fp, later, &tie), 0);
	assert_true(tie.held);
	assert_int_equal(tie.agreed, later);
	reopen(s);
	assert_true(written(s, 'e'));
	assert_int_equal(forget(s, 1), 0);
	assert_string_equal(bonds(s, 1, later), "");
	assert_false(written(s, 'e') || written(s, 'd') || written(s, 'b'));
}

static bool shows(struct scene *s, unsigned int n, enum known_bond_mode mode, uint8_t secret,
		  int64_t now)
{
	uint8_t octets[KNOWN_BOND_LEN];
	struct known_contact c = { .mode = KNOWN_ACCEPT_NEW, .spki = spki,
		.spki_len = sizeof(spki), .now = now, .n_names = 1, .bond = mode,
		.proof = secret ? KNOWN_PROOF_GIVEN : KNOWN_PROOF_MISSING, .secret = octets };

	key(c.fingerprint, n);
	memset(octets, secret, sizeof(octets));
	strcpy(c.names[0].text, "fqdn:a");
	return known_meet(s->k, &c, &s->a);
}

/* A successor that was announced, and the secret besides: both must fit. */
static void secret_and_successor(void **state)
{
	struct scene *s = *state;
	struct known_peer heir = { .spki_len = sizeof(spki) };
	enum known_heir result;
	uint8_t fp[32];

	key(fp, 1);
	key(heir.fingerprint, 2);
	memcpy(heir.spki, spki, sizeof(spki));
	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a", NULL, T0));
	assert_int_equal(bond(s, 1, KNOWN_BOND_TAKE, 1, 'a', T0), 0);
	assert_int_equal(known_announce(s->k, fp, &heir, T0, &result), 0);
	assert_int_equal(result, KNOWN_HEIR_NEW);
	/* a thief of the old key may have announced it */
	assert_false(shows(s, 2, KNOWN_BOND_REFUSE, 0, T0 + 1));
	assert_verdict(s, KNOWN_UNTIED);
	assert_true(shows(s, 2, KNOWN_BOND_REFUSE, 'a', T0 + 2));
	assert_verdict(s, KNOWN_WELCOME_BACK);
	/* for a while both are good, of whoever knows it */
	assert_true(shows(s, 1, KNOWN_BOND_REFUSE, 'a', T0 + 3));
	assert_false(shows(s, 1, KNOWN_BOND_REFUSE, 0, T0 + 4));
	assert_true(shows(s, 2, KNOWN_BOND_REFUSE, 'a', T0 + 5));
	/* a third one by the secret alone takes the place of the second */
	assert_true(shows(s, 3, KNOWN_BOND_WARN, 'a', T0 + 6));
	assert_verdict(s, KNOWN_WELCOME_TIED);
	assert_false(shows(s, 2, KNOWN_BOND_WARN, 'a', T0 + 7));
	assert_verdict(s, KNOWN_CHANGED);
	assert_false(shows(s, 1, KNOWN_BOND_WARN, 0, T0 + 7));
	assert_verdict(s, KNOWN_CHANGED);
	/* refused by a person: the secret opens nothing any more */
	assert_int_equal(decide(s, known_refuse, 3, T0 + 8), 0);
	assert_string_equal(bonds(s, 3, T0 + 8), "");
	assert_false(shows(s, 3, KNOWN_BOND_WARN, 'a', T0 + 9));
	assert_verdict(s, KNOWN_UNTRUSTED);
}

/* A database that an earlier version made. */
static void earlier_version(void **state)
{
	struct scene *s = *state;
	sqlite3 *db;

	assert_true(meet(s, KNOWN_ACCEPT_NEW, 1, "fqdn:a", NULL, T0));
	known_close(&s->k);
	assert_int_equal(sqlite3_open(s->file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TABLE bond; DROP TABLE bond_of;"
				      "PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	reopen(s);
	assert_state(s, 1, KNOWN_LEAP);
	assert_int_equal(bond(s, 1, KNOWN_BOND_TAKE, 1, 'a', T0), 0);
	reopen(s);
	assert_string_equal(bonds(s, 1, T0), "a");
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(accept_new), TEST(changed_key), TEST(strict), TEST(ask),
		TEST(replaced), TEST(refused), TEST(addresses), TEST(many_names),
		TEST(successor), TEST(late_thief), TEST(early_thief), TEST(false_heirs),
		TEST(full), TEST(damaged), TEST(disk_full), TEST(one_process),
		TEST(secret_file), TEST(secrets), TEST(secret_and_successor),
		TEST(earlier_version), TEST(killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
