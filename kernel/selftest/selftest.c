// SPDX-License-Identifier: GPL-2.0-only
/* Tests inside the kernel gate the load of a module that was built with them. */
#include <linux/kernel.h>
#include <linux/printk.h>

#include "selftest.h"

static const struct {
	const char *name;
	int (*run)(void);
} btns_selftests[] = {
	{ "channel bindings", btns_selftest_binding },
	{ "traffic selectors", btns_selftest_selectors },
	{ "PAD and SPD", btns_selftest_pad },
};

int btns_selftest(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(btns_selftests); i++) {
		err = btns_selftests[i].run();
		pr_info("btns: self-test of %s: %s\n", btns_selftests[i].name,
			err ? "FAILED" : "ok");
		if (err)
			return err;
	}
	return 0;
}
