/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests that see or change what is said: they are linked with --wrap=build_notify. */
#ifndef BTNS_TESTS_WRAP_NOTIFY_H
#define BTNS_TESTS_WRAP_NOTIFY_H

#include "ike/message.h"

void __real_build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
			 size_t spi_len, const void *data, size_t len);
void __wrap_build_notify(struct builder *b, uint8_t proto, uint16_t type, const void *spi,
			 size_t spi_len, const void *data, size_t len);

#endif /* BTNS_TESTS_WRAP_NOTIFY_H */
