// SPDX-License-Identifier: GPL-2.0-or-later
/* The file in which the keys of tickets outlive a boot. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "btnsd/btnsd.h"

static char folder[] = "/tmp/btns-tickets-XXXXXX";
static struct btnsd daemon_;
static struct conf conf;
static unsigned int warned, loaded;
static uint8_t got[256];
static size_t got_len;

void log_at(int level, const char *fmt, ...)
{
	warned++;
}

bool __wrap_ike_set_ticket_keys(struct ike *ike, const uint8_t *keys, size_t len);
bool __wrap_ike_set_ticket_keys(struct ike *ike, const uint8_t *keys, size_t len)
{
	loaded++;
	memcpy(got, keys, len);
	got_len = len;
	return true;
}

static void life(void)
{
	tickets_close(&daemon_);
	warned = loaded = 0;
	tickets_open(&daemon_);
}

static void damage(long at)
{
	FILE *f = fopen(conf.daemon.ticket_keys, "r+");
	int c;

	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	c = fgetc(f);
	fseek(f, at, SEEK_SET);
	fputc(c ^ 1, f);
	fclose(f);
}

/* RFC5723/10: come back as they were last; torn: none */
static void lives(void **state)
{
	struct stat st;

	life();
	assert_int_equal(warned + loaded, 0);
	tickets_save(&daemon_, (const uint8_t *)"first keys", 10);
	tickets_save(&daemon_, (const uint8_t *)"other", 5);
	assert_int_equal(stat(conf.daemon.ticket_keys, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	life();
	assert_int_equal(loaded, 1);
	assert_int_equal(got_len, 5);
	assert_memory_equal(got, "other", 5);
	for (long at = 0; at < st.st_size; at += 7) {
		damage(at);
		life();
		assert_int_equal(loaded, 0);
		damage(at);
	}
	life();
	assert_int_equal(loaded, 1);
	assert_int_equal(truncate(conf.daemon.ticket_keys, st.st_size - 1), 0);
	life();
	assert_int_equal(loaded, 0);
	assert_int_equal(warned, 0);
}

/* RFC5723/10: others might read it, or it is not there: without */
static void not_ours(void **state)
{
	life();
	tickets_save(&daemon_, (const uint8_t *)"keys", 4);
	assert_int_equal(chmod(conf.daemon.ticket_keys, 0640), 0);
	life();
	assert_int_equal(loaded, 0);
	assert_int_equal(warned, 1);
	tickets_save(&daemon_, (const uint8_t *)"more", 4);
	unlink(conf.daemon.ticket_keys);
	assert_int_equal(symlink("/tmp/nowhere", conf.daemon.ticket_keys), 0);
	life();
	assert_int_equal(warned, 1);
	unlink(conf.daemon.ticket_keys);
	conf.daemon.resumption = false;
	life();
	assert_int_equal(warned, 0);
	assert_int_equal(access(conf.daemon.ticket_keys, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives), cmocka_unit_test(not_ours),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	daemon_.conf = &conf;
	conf.daemon.resumption = true;
	snprintf(conf.daemon.ticket_keys, sizeof(conf.daemon.ticket_keys), "%s/keys", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tickets_close(&daemon_);
	unlink(conf.daemon.ticket_keys);
	rmdir(folder);
	return failed;
}
