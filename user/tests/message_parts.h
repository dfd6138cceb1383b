/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of messages and of payloads share. */
#ifndef BTNS_TESTS_MESSAGE_PARTS_H
#define BTNS_TESTS_MESSAGE_PARTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "ike/message.h"

#define CHACHA ENCR_CHACHA20_POLY1305
#define TEST(name, items) { #name " " items, name, NULL, NULL, NULL }

/* of each kind of cipher; the first is test_key */
#define TEST_KEYS 7
extern const struct sk_key test_keys[TEST_KEYS];
#define test_key test_keys[0]
extern const struct ike_header test_header;
extern const struct ike_ts some_ts[3];	/* IPv4, IPv6, OPAQUE */

/* Read every octet of every view, so that a sanitizer sees wild ones. */
void touch_message(const struct message *m);
/* Parse an exact copy; the length field is repaired if wanted. */
enum parse_result parse_copy(const uint8_t *pkt, size_t len, bool repair, uint8_t *detail);
void two_proposals(struct sa_payload *sa);
/* One of each payload that we send, in the open and sealed; and what must come out. */
size_t plain_message(uint8_t *buf, size_t cap);
size_t sealed_message(uint8_t *buf, size_t cap, const struct sk_key *key);
void check_all(const struct message *m);

#endif /* BTNS_TESTS_MESSAGE_PARTS_H */
