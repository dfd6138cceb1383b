// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions over generic netlink, asked of the family that every kernel has: "nlctrl". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "common/family.h"

static void open_control(struct family *f)
{
	memset(f, 0, sizeof(*f));
	f->sk = family_socket();
	if (!f->sk)
		skip();		/* no generic netlink where this runs */
	f->id = GENL_ID_CTRL;
}

static int count(void *arg, struct nlmsghdr *h, struct nlattr **tb)
{
	assert_non_null(tb[CTRL_ATTR_FAMILY_NAME]);
	return ++*(unsigned int *)arg == 1000 ? 1 : 0;
}

static int stop_at_once(void *arg, struct nlmsghdr *h, struct nlattr **tb)
{
	++*(unsigned int *)arg;
	return 42;
}

/* All answers come; one that is enough ends it, and the next question is not confused. */
static void dump(void **state)
{
	unsigned int n = 0, again = 0, once = 0;
	struct family f;

	open_control(&f);
	assert_int_equal(family_call(&f, family_new(&f, CTRL_CMD_GETFAMILY, NLM_F_DUMP, 0), count,
				     &n), 0);
	assert_true(n > 0);
	assert_int_equal(family_call(&f, family_new(&f, CTRL_CMD_GETFAMILY, NLM_F_DUMP, 0),
				     stop_at_once, &once), 42);
	assert_int_equal(once, 1);
	assert_int_equal(family_call(&f, family_new(&f, CTRL_CMD_GETFAMILY, NLM_F_DUMP, 0), count,
				     &again), 0);
	assert_int_equal(again, n);
	family_close(&f);
	assert_null(f.sk);
}

/* One question, one answer and an acknowledgment; a refusal in the kernel's words. */
static void ask(void **state)
{
	unsigned int n = 0;
	struct nl_msg *m;
	struct family f;

	open_control(&f);
	m = family_new(&f, CTRL_CMD_GETFAMILY, NLM_F_ACK, 4096);
	assert_non_null(m);
	assert_int_equal(nla_put_string(m, CTRL_ATTR_FAMILY_NAME, "nlctrl"), 0);
	assert_int_equal(family_call(&f, m, count, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(f.why, "");

	m = family_new(&f, CTRL_CMD_GETFAMILY, NLM_F_ACK, 0);
	assert_int_equal(nla_put_string(m, CTRL_ATTR_FAMILY_NAME, "no such one"), 0);
	assert_int_equal(family_call(&f, m, count, &n), -ENOENT);
	assert_string_equal(f.why, strerror(ENOENT));

	/* too short for its type: the kernel says so in a sentence */
	m = family_new(&f, CTRL_CMD_GETFAMILY, NLM_F_ACK, 0);
	assert_int_equal(nla_put(m, CTRL_ATTR_FAMILY_ID, 1, "x"), 0);
	assert_true(family_call(&f, m, count, &n) < 0);
	assert_string_not_equal(f.why, "");
	assert_string_not_equal(f.why, strerror(EINVAL));
	assert_string_not_equal(f.why, strerror(ERANGE));
	assert_int_equal(n, 1);

	assert_int_equal(family_call(&f, NULL, count, &n), -ENOMEM);
	family_close(&f);
}

/* The module is there or it is not, and then the text says what to do. */
static void module(void **state)
{
	struct family f;
	int r = family_open(&f);

	if (r) {
		assert_int_equal(r, -ENOENT);
		assert_non_null(strstr(f.why, "modprobe btns"));
		assert_null(f.sk);
	}
	family_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump), cmocka_unit_test(ask), cmocka_unit_test(module),
	};

	return cmocka_run_group_tests_name("family", tests, NULL, NULL);
}
