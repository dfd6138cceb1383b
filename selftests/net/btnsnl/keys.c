// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of attributes and of values, and what they hold. */
#include <stddef.h>

#include "btnsnl.h"

const char *const modes[] = { "transport", "tunnel", "-", "-", "beet", NULL };
const char *const classes[] = {
	"clear", "clear-or-private", "private-or-clear", "private", "block", NULL
};
const char *const matches[] = { "id", "publickey", "any", "null", NULL };

static const struct key ts_keys[] = {
	{ "proto", BTNS_TS_A_PROTO, U8, NULL },
	{ "start", BTNS_TS_A_START, ADDR, NULL },
	{ "end", BTNS_TS_A_END, ADDR, NULL },
	{ "port", BTNS_TS_A_PORT_START, U16, NULL },
	{ "port-end", BTNS_TS_A_PORT_END, U16, NULL },
	{ "peer", BTNS_TS_A_PEER, ADDR, NULL },
	{ "peer-port", BTNS_TS_A_PEER_PORT, U16, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key suite_keys[] = {
	{ "encr", BTNS_SUITE_A_ENCR, U16, NULL },
	{ "bits", BTNS_SUITE_A_ENCR_BITS, U16, NULL },
	{ "integ", BTNS_SUITE_A_INTEG, U16, NULL },
	{ NULL, 0, 0, NULL }
};

const struct key id_keys[] = {
	{ "type", BTNS_ID_A_TYPE, U16, NULL },
	{ "data", BTNS_ID_A_DATA, HEX, NULL },
	{ "spki", BTNS_ID_A_SPKI, HEX, NULL },
	{ "fingerprint", BTNS_ID_A_FINGERPRINT, HEX, NULL },
	{ "method", BTNS_ID_A_AUTH_METHOD, U8, NULL },
	{ "auth", BTNS_ID_A_AUTH, U8, NULL },
	{ "trust", BTNS_ID_A_TRUST, U8, NULL },
	{ "pad", BTNS_ID_A_PAD_ENTRY, STRING, NULL },
	{ "refs", BTNS_ID_A_REFS, U32, NULL },
	{ NULL, 0, 0, NULL }
};

const struct key pad_keys[] = {
	{ "name", BTNS_PAD_A_NAME, STRING, NULL },
	{ "match", BTNS_PAD_A_MATCH, MATCH, NULL },
	{ "id-type", BTNS_PAD_A_ID_TYPE, U16, NULL },
	{ "id-data", BTNS_PAD_A_ID_DATA, HEX, NULL },
	{ "spki", BTNS_PAD_A_SPKI, HEX, NULL },
	{ "fingerprint", BTNS_PAD_A_FINGERPRINT, HEX, NULL },
	{ "child", BTNS_PAD_A_CHILD, TS, ts_keys },
	{ "child-any", BTNS_PAD_A_CHILD_ANY, FLAG, NULL },
	{ "by-id", BTNS_PAD_A_BY_ID, FLAG, NULL },
	{ "auth", BTNS_PAD_A_AUTH, U8, NULL },
	{ "index", BTNS_PAD_A_INDEX, U32, NULL },
	{ "hits", BTNS_PAD_A_HITS, U64, NULL },
	{ NULL, 0, 0, NULL }
};

const struct key spd_keys[] = {
	{ "name", BTNS_SPD_A_NAME, STRING, NULL },
	{ "id", BTNS_SPD_A_ID, U32, NULL },
	{ "class", BTNS_SPD_A_CLASS, CLASS, NULL },
	{ "local", BTNS_SPD_A_LOCAL, TS, ts_keys },
	{ "remote", BTNS_SPD_A_REMOTE, TS, ts_keys },
	{ "mode", BTNS_SPD_A_MODE, MODE, NULL },
	{ "btns-ok", BTNS_SPD_A_BTNS_OK, FLAG, NULL },
	{ "null-ok", BTNS_SPD_A_NULL_OK, FLAG, NULL },
	{ "outer-local", BTNS_SPD_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_SPD_A_OUTER_PEER, ADDR, NULL },
	{ "peer-id-type", BTNS_SPD_A_PEER_ID_TYPE, U16, NULL },
	{ "peer-id-data", BTNS_SPD_A_PEER_ID_DATA, HEX, NULL },
	{ "peer-fingerprint", BTNS_SPD_A_PEER_FINGERPRINT, HEX, NULL },
	{ "suite", BTNS_SPD_A_SUITE, SUITE, suite_keys },
	{ "lifetime", BTNS_SPD_A_LIFETIME, U32, NULL },
	{ "lifebytes", BTNS_SPD_A_LIFEBYTES, U64, NULL },
	{ "index", BTNS_SPD_A_INDEX, U32, NULL },
	{ "hits", BTNS_SPD_A_HITS, U64, NULL },
	{ NULL, 0, 0, NULL }
};

const struct key child_keys[] = {
	{ "id", BTNS_CHILD_A_SA_ID, U32, NULL },
	{ "spd", BTNS_CHILD_A_SPD_ENTRY, U32, NULL },
	{ "local-ts", BTNS_CHILD_A_LOCAL_TS, TS, ts_keys },
	{ "remote-ts", BTNS_CHILD_A_REMOTE_TS, TS, ts_keys },
	{ "mode", BTNS_CHILD_A_MODE, MODE, NULL },
	{ "class", BTNS_CHILD_A_CLASS, CLASS, NULL },
	{ "suite", BTNS_CHILD_A_SUITE, SUITE, suite_keys },
	{ "outer-local", BTNS_CHILD_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_CHILD_A_OUTER_PEER, ADDR, NULL },
	{ "spi-in", BTNS_CHILD_A_SPI_IN, BE32, NULL },
	{ "spi-out", BTNS_CHILD_A_SPI_OUT, BE32, NULL },
	{ "encr-in", BTNS_CHILD_A_ENCR_IN, HEX, NULL },
	{ "integ-in", BTNS_CHILD_A_INTEG_IN, HEX, NULL },
	{ "encr-out", BTNS_CHILD_A_ENCR_OUT, HEX, NULL },
	{ "integ-out", BTNS_CHILD_A_INTEG_OUT, HEX, NULL },
	{ "flags", BTNS_CHILD_A_FLAGS, U32, NULL },
	{ "encap-sport", BTNS_CHILD_A_ENCAP_SPORT, BE16, NULL },
	{ "encap-dport", BTNS_CHILD_A_ENCAP_DPORT, BE16, NULL },
	{ "replay", BTNS_CHILD_A_REPLAY_WINDOW, U32, NULL },
	{ "soft-time", BTNS_CHILD_A_SOFT_TIME, U32, NULL },
	{ "hard-time", BTNS_CHILD_A_HARD_TIME, U32, NULL },
	{ "soft-bytes", BTNS_CHILD_A_SOFT_BYTES, U64, NULL },
	{ "hard-bytes", BTNS_CHILD_A_HARD_BYTES, U64, NULL },
	{ "soft-packets", BTNS_CHILD_A_SOFT_PACKETS, U64, NULL },
	{ "hard-packets", BTNS_CHILD_A_HARD_PACKETS, U64, NULL },
	{ "peer", BTNS_CHILD_A_PEER, NEST, id_keys },
	{ "local", BTNS_CHILD_A_LOCAL, NEST, id_keys },
	{ "acquire", BTNS_CHILD_A_ACQUIRE_ID, U32, NULL },
	{ "ike-spi", BTNS_CHILD_A_IKE_SPI, HEX, NULL },
	{ "bytes-in", BTNS_CHILD_A_BYTES_IN, U64, NULL },
	{ "bytes-out", BTNS_CHILD_A_BYTES_OUT, U64, NULL },
	{ "packets-in", BTNS_CHILD_A_PACKETS_IN, U64, NULL },
	{ "packets-out", BTNS_CHILD_A_PACKETS_OUT, U64, NULL },
	{ "age", BTNS_CHILD_A_AGE, U32, NULL },
	{ "idle-in", BTNS_CHILD_A_IDLE_IN, U32, NULL },
	{ "reqid", BTNS_CHILD_A_REQID, U32, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key acquire_keys[] = {
	{ "id", BTNS_ACQ_A_ID, U32, NULL },
	{ "flow", BTNS_ACQ_A_FLOW, TS, ts_keys },
	{ "spd", BTNS_ACQ_A_SPD_ENTRY, U32, NULL },
	{ "spd-name", BTNS_ACQ_A_SPD_NAME, STRING, NULL },
	{ "class", BTNS_ACQ_A_CLASS, CLASS, NULL },
	{ "mode", BTNS_ACQ_A_MODE, MODE, NULL },
	{ "local-ts", BTNS_ACQ_A_LOCAL_TS, TS, ts_keys },
	{ "remote-ts", BTNS_ACQ_A_REMOTE_TS, TS, ts_keys },
	{ "outer-local", BTNS_ACQ_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_ACQ_A_OUTER_PEER, ADDR, NULL },
	{ "suite", BTNS_ACQ_A_SUITE, SUITE, suite_keys },
	{ "lifetime", BTNS_ACQ_A_LIFETIME, U32, NULL },
	{ "lifebytes", BTNS_ACQ_A_LIFEBYTES, U64, NULL },
	{ "expires", BTNS_ACQ_A_EXPIRES, U32, NULL },
	{ "error", BTNS_ACQ_A_ERROR, U32, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key latch_keys[] = {
	{ "id", BTNS_LATCH_A_ID, U64, NULL },
	{ "info", BTNS_LATCH_A_INFO, INFO, NULL },
	{ "proto", BTNS_LATCH_A_PROTO, U8, NULL },
	{ "peer", BTNS_LATCH_A_PEER, NEST, id_keys },
	{ "local", BTNS_LATCH_A_LOCAL, NEST, id_keys },
	{ "reason", BTNS_LATCH_A_REASON, U32, NULL },
	{ "uid", BTNS_LATCH_A_UID, U32, NULL },
	{ "spd-name", BTNS_LATCH_A_SPD_NAME, STRING, NULL },
	{ "bound", BTNS_LATCH_A_BOUND, U8, NULL },
	{ NULL, 0, 0, NULL }
};

static const struct key stat_keys[] = {
	{ "name", BTNS_STAT_A_NAME, STRING, NULL },
	{ "value", BTNS_STAT_A_VALUE, U64, NULL },
	{ NULL, 0, 0, NULL }
};

const struct key top_keys[] = {
	{ "pad", BTNS_A_PAD, NEST, pad_keys },
	{ "spd-entry", BTNS_A_SPD, NEST, spd_keys },
	{ "peer", BTNS_A_PEER, NEST, id_keys },
	{ "local", BTNS_A_LOCAL, NEST, id_keys },
	{ "child", BTNS_A_CHILD, NEST, child_keys },
	{ "acquire", BTNS_A_ACQUIRE, NEST, acquire_keys },
	{ "holdoff", BTNS_A_HOLDOFF, NEST, acquire_keys },
	{ "latch", BTNS_A_LATCH, NEST, latch_keys },
	{ "stat", BTNS_A_STAT, NEST, stat_keys },
	{ "id", BTNS_A_SA_ID, U32, NULL },
	{ "latch-id", BTNS_A_LATCH_ID, U64, NULL },
	{ "acquire-id", BTNS_A_ACQUIRE_ID, U32, NULL },
	{ "error", BTNS_A_ERROR, U32, NULL },
	{ "event", BTNS_A_SA_EVENT, U8, NULL },
	{ "peer-port", BTNS_A_PEER_PORT, BE16, NULL },
	{ "generation", BTNS_A_GENERATION, U32, NULL },
	{ "spi", BTNS_A_SPI, BE32, NULL },
	{ "peer-addr", BTNS_A_PEER_ADDR, ADDR, NULL },
	{ "pad-entry", BTNS_A_PAD_ENTRY, STRING, NULL },
	{ "local-ts", BTNS_A_LOCAL_TS, TS, ts_keys },
	{ "remote-ts", BTNS_A_REMOTE_TS, TS, ts_keys },
	{ "mode", BTNS_A_MODE, MODE, NULL },
	{ "spd", BTNS_A_SPD_ENTRY, U32, NULL },
	{ "encap", BTNS_A_ENCAP, FLAG, NULL },
	{ "outer-local", BTNS_A_OUTER_LOCAL, ADDR, NULL },
	{ "outer-peer", BTNS_A_OUTER_PEER, ADDR, NULL },
	{ NULL, 0, 0, NULL }
};
