/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel log, limited by rate and by net.btns.log_level. */
#ifndef _BTNS_LOG_H
#define _BTNS_LOG_H

#include <linux/printk.h>
#include "btns.h"

#define btns_log(bn, level, fmt, ...)						\
	do {									\
		if (READ_ONCE((bn)->sysctl.log_level) >= (level))		\
			pr_info_ratelimited("btns: " fmt, ##__VA_ARGS__);	\
	} while (0)
#define btns_err(bn, fmt, ...)	btns_log(bn, 0, fmt, ##__VA_ARGS__)
#define btns_warn(bn, fmt, ...)	btns_log(bn, 1, fmt, ##__VA_ARGS__)
#define btns_info(bn, fmt, ...)	btns_log(bn, 2, fmt, ##__VA_ARGS__)
#define btns_dbg(bn, fmt, ...)	btns_log(bn, 3, fmt, ##__VA_ARGS__)

#endif /* _BTNS_LOG_H */
