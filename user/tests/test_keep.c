// SPDX-License-Identifier: GPL-2.0-or-later
/* The file in which records of IKE SAs outlive the daemon. */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "btnsd/btnsd.h"

static char folder[] = "/dev/shm/btns-keep-XXXXXX", file[64];
static struct btnsd daemon_;
static struct conf conf;

void log_at(int level, const char *fmt, ...)
{
}

uint64_t now_ms(void)
{
	return 1;
}

/* What came back, by its first octet. */
static struct {
	unsigned int n, bad;
	size_t len[256];
	uint64_t slot[256];
} back;

int __wrap_ike_restore(struct ike *ike, uint64_t now, uint64_t slot, const uint8_t *record,
		       size_t len);
int __wrap_ike_restore(struct ike *ike, uint64_t now, uint64_t slot, const uint8_t *record,
		       size_t len)
{
	size_t i;

	for (i = 1; i < len; i++) {
		if (record[i] != record[0]) {
			back.bad++;
			return -1;
		}
	}
	back.n++;
	back.len[record[0]] = len;
	back.slot[record[0]] = slot;
	return 0;
}

static void open_it(void)
{
	daemon_.conf = &conf;
	memset(&daemon_.stats, 0, sizeof(daemon_.stats));
	keep_open(&daemon_);
}

static unsigned int next_life(void)
{
	keep_close(&daemon_);
	memset(&back, 0, sizeof(back));
	open_it();
	return daemon_.keep ? keep_restore(&daemon_) : 0;
}

static void put(uint64_t *slot, uint8_t what, size_t len)
{
	uint8_t *p = malloc(len);

	assert_non_null(p);
	memset(p, what, len);
	keep_record(&daemon_, slot, p, len);
	assert_true(*slot);
	free(p);
}

/* How often is that octet in the file? */
static size_t traces(uint8_t what)
{
	FILE *f = fopen(file, "r");
	size_t n = 0;
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		n += c == what;
	fclose(f);
	return n;
}

static int setup(void **state)
{
	unlink(file);
	open_it();
	assert_non_null(daemon_.keep);
	assert_int_equal(keep_restore(&daemon_), 0);
	return 0;
}

static int teardown(void **state)
{
	keep_close(&daemon_);
	unlink(file);
	return 0;
}

/* CONT/1: many records of all sizes, changed and forgotten, come back as they were last */
static void lives(void **state)
{
	uint64_t slot[200] = { 0 };
	size_t len[200] = { 0 };
	unsigned int i, k, n;

	for (i = 0; i < 5000; i++) {
		k = randombytes_uniform(200);
		if (slot[k] && !randombytes_uniform(4)) {
			keep_record(&daemon_, &slot[k], NULL, 0);
			assert_int_equal(slot[k], 0);
			continue;
		}
		len[k] = 1 + randombytes_uniform(randombytes_uniform(20) ? 3000 : 100000);
		put(&slot[k], (uint8_t)(1 + k), len[k]);
	}
	for (k = 0, n = 0; k < 200; k++)
		n += !!slot[k];
	assert_int_equal(next_life(), n);
	for (k = 0; k < 200; k++) {
		assert_int_equal(back.len[1 + k], slot[k] ? len[k] : 0);
		assert_true(!slot[k] || back.slot[1 + k] == slot[k]);
	}
	/* and go on there */
	for (k = 0; k < 200; k++)
		put(&slot[k], (uint8_t)(1 + k), 10 + k);
	assert_int_equal(next_life(), 200);
	for (k = 0; k < 200; k++)
		assert_int_equal(back.len[1 + k], 10 + k);
}

/* IKE/68: what is forgotten leaves no trace, nor what was too small for its room */
static void wiped(void **state)
{
	uint64_t a = 0, b = 0;

	put(&a, 0xa5, 1500);
	put(&a, 0xa5, 1500);
	put(&b, 0x5a, 1500);
	assert_true(traces(0xa5) >= 3000);
	put(&a, 0xa6, 9000);
	assert_true(traces(0xa5) < 10);
	keep_record(&daemon_, &a, NULL, 0);
	assert_true(traces(0xa6) < 10);
	assert_true(traces(0x5a) >= 1500);
	/* what the next life does not take, either */
	put(&a, 0xa7, 1500);
	keep_close(&daemon_);
	memset(&back, 0, sizeof(back));
	open_it();
	{
		FILE *f = fopen(file, "r+");
		long at = 0;
		int c;

		assert_non_null(f);
		while ((c = fgetc(f)) != EOF && c != 0xa7)
			at++;
		assert_int_equal(c, 0xa7);
		fseek(f, at + 100, SEEK_SET);
		fputc(0, f);
		fclose(f);
	}
	assert_int_equal(keep_restore(&daemon_), 1);
	assert_int_equal(back.bad, 1);
	assert_true(traces(0xa7) < 10);
}

/* CONT/1: killed in the middle of writing, the record before is there */
static void torn(void **state)
{
	uint64_t slot = 0;
	int status;
	pid_t pid;

	put(&slot, 7, 1000);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		/* the second half of the newer record is not one with the first */
		uint8_t half[1200];

		memset(half, 9, 600);
		memset(half + 600, 3, 600);
		keep_record(&daemon_, &slot, half, sizeof(half));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(next_life(), 1);
	assert_int_equal(back.len[7], 1000);
	assert_int_equal(back.bad, 1);
}

/* CONT/4: of another boot; of others; on a disk; in use */
static void not_ours(void **state)
{
	uint64_t slot = 0;
	struct btnsd other = { .conf = &conf };
	FILE *f;

	put(&slot, 7, 1000);
	keep_open(&other);
	assert_null(other.keep);

	keep_close(&daemon_);
	f = fopen(file, "r+");
	assert_non_null(f);
	fseek(f, 20, SEEK_SET);
	fputc('x', f);
	fclose(f);
	open_it();
	assert_non_null(daemon_.keep);
	assert_int_equal(keep_restore(&daemon_), 0);
	assert_true(traces(7) < 10);

	put(&slot, 7, 1000);
	keep_close(&daemon_);
	assert_int_equal(chmod(file, 0644), 0);
	open_it();
	assert_null(daemon_.keep);
	assert_int_equal(chmod(file, 0600), 0);
	/* without it, records go nowhere and nothing breaks */
	slot = 0;
	keep_record(&daemon_, &slot, (const uint8_t *)"x", 1);
	assert_int_equal(slot, 0);

	unlink(file);
	assert_int_equal(symlink("/dev/shm/nowhere", file), 0);
	open_it();
	assert_null(daemon_.keep);
}

/* CONT/8: whoever says no gets rid of what is there */
static void unwanted(void **state)
{
	uint64_t slot = 0;
	uint8_t octet;
	int fd;

	put(&slot, 7, 1000);
	keep_close(&daemon_);
	fd = open(file, O_RDONLY);
	assert_true(fd >= 0);
	conf.daemon.continuity = false;
	open_it();
	conf.daemon.continuity = true;
	assert_null(daemon_.keep);
	assert_int_equal(access(file, F_OK), -1);
	/* and not by its name alone */
	while (read(fd, &octet, 1) == 1)
		assert_int_equal(octet, 0);
	close(fd);
}

/* CONT/8: nothing is left of what is no list of records */
static void cut_short(void **state)
{
	uint64_t slot = 0;
	FILE *f;

	put(&slot, 7, 1000);
	keep_close(&daemon_);
	f = fopen(file, "r+");
	assert_non_null(f);
	fseek(f, (long)slot, SEEK_SET);
	fputc('x', f);
	fclose(f);
	assert_int_equal(next_life(), 0);
	assert_true(traces(7) < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lives, setup, teardown),
		cmocka_unit_test_setup_teardown(wiped, setup, teardown),
		cmocka_unit_test_setup_teardown(torn, setup, teardown),
		cmocka_unit_test_setup_teardown(not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(unwanted, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_short, setup, teardown),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	conf.daemon.continuity = true;
	snprintf(conf.daemon.control, sizeof(conf.daemon.control), "%s/c", folder);
	snprintf(file, sizeof(file), "%s/c.sas", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
