/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libbtns: inside of the tokens of ipsec_api.h. */
#ifndef _BTNS_TOKEN_H
#define _BTNS_TOKEN_H

#include <stdbool.h>

#include "ipsec_api.h"

#define EXPORT __attribute__((visibility("default")))

/* First member of both kinds: a pointer to anything else is noticed, mostly. */
#define TOKEN_P		0x70546f6bU
#define TOKEN_I		0x69546f6bU

struct ipsec_iToken {
	uint32_t kind;
	bool live;			/* of a socket or imported: read only */
	uint16_t method;		/* IPSEC_API_VAL_METHOD_*, ANY */
	bool has_key;
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];
	uint8_t auth;
	uint8_t trust;			/* demanded: at least */
	uint16_t id_type, id_len;	/* demanded: id_len != 0 */
	uint8_t id[BTNS_ID_MAX];
	size_t binding_len;
	uint8_t binding[BTNS_BINDING_MAX];
};

struct ipsec_pToken {
	uint32_t kind;
	bool live;
	uint16_t privacy, integrity, compression, tunnel, options;
	uint16_t bypass;
	/* of a socket: LEVEL_*, or DISABLE */
	uint16_t privacy_level, integrity_level;
	char policy[BTNS_NAME_MAX + 1];
	bool wants_peer, wants_local;
	struct ipsec_iToken peer, local;
	struct btns_latch_info latch;
	int protocol;
	char information[BTNS_EXPLAIN_TEXT];
};

/* No demand. */
void btns_token_clear_p(struct ipsec_pToken *p);
void btns_token_clear_i(struct ipsec_iToken *i);
/* What is asked: a connected socket, or a flow of an unconnected one. */
struct btns_subject {
	int fd;
	const struct btns_flow *flow;
};

/* What holds for it now. */
int btns_token_read(const struct btns_subject *s, struct ipsec_pToken *p);
/* 0, or why it is less than @wanted: EACCES, EKEYREJECTED */
int btns_token_misfit(const struct ipsec_pToken *wanted,
		      const struct ipsec_pToken *is);
/* errno for a latch in @state, 0 for an established one */
int btns_token_state_error(unsigned int state);
/* Does @is meet what @wanted demands? */
bool btns_token_meets_i(const struct ipsec_iToken *wanted,
			const struct ipsec_iToken *is);

#endif /* _BTNS_TOKEN_H */
