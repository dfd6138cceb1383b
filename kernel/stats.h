/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters with a name for every reason; shown in /proc/net/btns and by STATS_GET. */
#ifndef _BTNS_STATS_H
#define _BTNS_STATS_H

#include <linux/u64_stats_sync.h>
#include "btns.h"

/* X(symbol, "name") */
#define BTNS_STATS(X) \
	X(ACQUIRE, "acquire") \
	X(ACQUIRE_DUP, "acquire_duplicate") \
	X(ACQUIRE_FULL, "acquire_table_full") \
	X(ACQUIRE_TIMEOUT, "acquire_timeout") \
	X(ACQUIRE_FAILED, "acquire_failed") \
	X(ACQUIRE_HELD_OFF, "acquire_held_off") \
	X(HOLD_KICKED, "hold_queue_kicked") \
	X(PEER_ACCEPTED, "peer_accepted") \
	X(PEER_REFUSED, "peer_refused") \
	X(CHILD_REFUSED, "child_refused") \
	X(SA_NEW, "sa_new") \
	X(SA_REFUSED, "sa_refused") \
	X(SA_DELETED, "sa_deleted") \
	X(SA_EXPIRED, "sa_expired") \
	X(SA_REVOKED, "sa_revoked") \
	X(LATCH_NEW, "latch_new") \
	X(LATCH_RELEASED, "latch_released") \
	X(LATCH_FULL, "latch_table_full") \
	X(LATCH_BROKEN, "latch_broken") \
	X(LATCH_MENDED, "latch_mended") \
	X(LATCH_KEPT, "latch_kept") \
	X(LATCH_CLOSED, "latch_closed") \
	X(IN_OK, "in_ok") \
	X(OUT_OK, "out_ok") \
	X(IN_CLEAR, "in_drop_clear") \
	X(IN_PEER, "in_drop_peer_mismatch") \
	X(IN_PROTECTION, "in_drop_protection_mismatch") \
	X(IN_FOREIGN_SA, "in_drop_foreign_sa") \
	X(IN_BROKEN, "in_drop_broken") \
	X(OUT_CLEAR, "out_drop_clear") \
	X(OUT_PEER, "out_drop_peer_mismatch") \
	X(OUT_PROTECTION, "out_drop_protection_mismatch") \
	X(OUT_FOREIGN_SA, "out_drop_foreign_sa") \
	X(OUT_BROKEN, "out_drop_broken") \
	X(IN_UNWANTED, "in_drop_unwanted") \
	X(OUT_UNWANTED, "out_drop_unwanted") \
	X(NOMEM, "out_of_memory") \
	X(IN_INCOMPLETE, "in_drop_incomplete")

enum btns_stat {
#define X(sym, name) BTNS_STAT_##sym,
	BTNS_STATS(X)
#undef X
	__BTNS_STAT_MAX
};

struct btns_stats {
	u64_stats_t v[__BTNS_STAT_MAX];
	struct u64_stats_sync syncp;
};

extern const char * const btns_stat_names[__BTNS_STAT_MAX];

void btns_stat_inc(struct btns_net *bn, enum btns_stat which);
u64 btns_stat_read(struct btns_net *bn, enum btns_stat which);
int btns_stats_init(struct btns_net *bn);
void btns_stats_exit(struct btns_net *bn);

#endif /* _BTNS_STATS_H */
