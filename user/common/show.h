/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tools print alike: addresses, fingerprints, latches; text and JSON. */
#ifndef _BTNS_SHOW_H
#define _BTNS_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <linux/btns.h>

/* Address of 4 or 16 octets, optional prefix or port, in brackets where needed. */
#define SHOW_ADDR	64

/* @family: AF_INET or AF_INET6; others give "-". */
void show_addr(unsigned int family, const void *addr, char buf[SHOW_ADDR]);
/* "192.0.2.1:80", "[2001:db8::1]:80"; @port in host order. */
void show_endpoint(unsigned int family, const void *addr, unsigned int port,
		   char buf[SHOW_ADDR]);
/* Fingerprint or "-" if it is all zero.  At least BTNS_FINGERPRINT_TEXT octets. */
void show_fingerprint(const unsigned char *fp, char *buf, size_t size);

/* "3 s", "2 min 10 s", "5 h 2 min", "4 d 3 h". */
void show_duration(uint64_t seconds, char *buf, size_t size);
/* Local time on a terminal ("2026-01-31 12:00:05"). */
void show_time(time_t t, char *buf, size_t size);
/* "512 B", "1.5 KiB", "20.0 MiB". */
void show_octets(uint64_t n, char *buf, size_t size);

/* Octets that would change the terminal are escaped. */
void show_safe(const char *text, char *buf, size_t size);

/* Colours: only on a terminal, and not with NO_COLOR in the environment. */
enum show_color { SHOW_PLAIN, SHOW_BOLD, SHOW_GOOD, SHOW_WARN, SHOW_BAD };
bool show_colors(FILE *f);
const char *show_on(bool colors, enum show_color c);
const char *show_off(bool colors);

/* JSON values; NULL when memory runs out. */
json_t *show_json_addr(unsigned int family, const void *addr);
json_t *show_json_endpoint(unsigned int family, const void *addr,
			   unsigned int port);
json_t *show_json_fingerprint(const unsigned char *fp);	/* null if all zero */
json_t *show_json_hex(const void *p, size_t len);
json_t *show_json_latch(const struct btns_latch_info *l);
/* @len: octets at @id. */
json_t *show_json_id(const struct btns_id_info *id, size_t len);

#endif /* _BTNS_SHOW_H */
