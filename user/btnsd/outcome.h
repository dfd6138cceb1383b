/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of the last attempt with each peer: for "btnsctl explain". */
#ifndef BTNSD_OUTCOME_H
#define BTNSD_OUTCOME_H

#include <jansson.h>

#include "btnsd.h"

#define OUTCOMES	1024	/* peers; those looked at longest ago are forgotten */

struct outcome {
	struct ike_addr peer;		/* family 0: free */
	int64_t when;
	enum ike_error error;
	uint16_t detail;
	char text[128];
	char entry[BTNS_NAME_MAX + 1];	/* PAD entry that admitted it, "": none did */
	char policy[BTNS_NAME_MAX + 1];	/* of the last flow that asked */
	uint32_t asked, failed;		/* flows since the daemon began */
	uint64_t used;
};

/* Also when memory ran out: then nothing is kept. */
void outcome_event(struct btnsd *d, const struct ike_event *ev);
void outcome_asked(struct btnsd *d, const struct ike_addr *peer, const char *policy);
void outcome_failed(struct btnsd *d, const struct ike_addr *peer, enum ike_error error,
		    uint16_t detail);
void outcome_admitted(struct btnsd *d, const struct ike_addr *peer, const char *entry);
const struct outcome *outcome_of(const struct btnsd *d, const struct ike_addr *peer);
void outcomes_free(struct btnsd *d);

/* {"command":"explain","address":A} */
json_t *explain_do(struct btnsd *d, const json_t *q);

#endif /* BTNSD_OUTCOME_H */
