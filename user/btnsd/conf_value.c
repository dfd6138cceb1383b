// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts of btns.conf to values. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../ike/cert.h"
#include "btns.h"
#include "conf.h"


const char *value_number(const char *text, unsigned int min, unsigned int max,
			 unsigned int *number)
{
	static char why[64];
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || n < min || n > max) {
		snprintf(why, sizeof(why), "not a number from %u to %u", min, max);
		return why;
	}
	*number = (unsigned int)n;
	return NULL;
}

const char *value_address(const char *text, struct ike_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->ip) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, text, a->ip) == 1)
		a->family = AF_INET6;
	else
		return "not an IP address";
	return NULL;
}

static void set_bits(uint8_t *p, unsigned int from, unsigned int to, bool one)
{
	for (; from < to; from++) {
		if (one)
			p[from / 8] |= 0x80 >> from % 8;
		else
			p[from / 8] &= ~(0x80 >> from % 8);
	}
}

const char *value_range(const char *text, bool ranges, struct ike_ts *ts)
{
	char copy[128], *slash, *dash;
	struct ike_addr a, b;
	unsigned int all, bits;
	const char *why;

	if (strlen(text) >= sizeof(copy))
		return "not a prefix";
	strcpy(copy, text);
	slash = strchr(copy, '/');
	dash = ranges ? strchr(copy, '-') : NULL;
	if (slash)
		*slash = 0;
	else if (dash)
		*dash = 0;
	why = value_address(copy, &a);
	if (why)
		return ranges ? "not a prefix and not a range of addresses" : "not a prefix";
	b = a;
	if (slash) {
		all = a.family == AF_INET ? 32 : 128;
		if (value_number(slash + 1, 0, all, &bits))
			return "the prefix length is too long or no number";
		set_bits(b.ip, bits, all, false);
		if (memcmp(a.ip, b.ip, 16))
			return "bits are set behind the prefix";
		set_bits(b.ip, bits, all, true);
	} else if (dash) {
		if (value_address(dash + 1, &b) || a.family != b.family ||
		    memcmp(a.ip, b.ip, 16) > 0)
			return "the range does not end with a higher address of the same family";
	}
	ts->family = (uint8_t)a.family;
	memcpy(ts->start, a.ip, 16);
	memcpy(ts->end, b.ip, 16);
	return NULL;
}

const char *value_ports(const char *text, struct ike_ts *ts)
{
	unsigned int first, last;
	char copy[32], *dash;

	ts->port_start = 0;
	ts->port_end = 65535;
	if (!strcmp(text, "any"))
		return NULL;
	if (strlen(text) >= sizeof(copy))
		return "not a port";
	strcpy(copy, text);
	dash = strchr(copy, '-');
	if (dash)
		*dash = 0;
	if (value_number(copy, dash ? 0 : 1, 65535, &first))
		return "not a port, nor FIRST-LAST";
	last = first;
	if (dash && (value_number(dash + 1, 0, 65535, &last) || last < first))
		return "not a port, nor FIRST-LAST";
	ts->port_start = (uint16_t)first;
	ts->port_end = (uint16_t)last;
	return NULL;
}

const char *value_time(const char *text, uint32_t *ms)
{
	static const struct { const char *unit; uint32_t ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "min", 60000 },
		{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	unsigned long long n;
	char *end;
	size_t i;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		return "not a time (500ms, 30s, 5min, 4h, 1d)";
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		if (!n || n > (UINT32_MAX - 1) / units[i].ms)
			return "from 1ms to 49d";
		*ms = (uint32_t)n * units[i].ms;
		return NULL;
	}
	return "not a time (500ms, 30s, 5min, 4h, 1d)";
}

const char *value_octets(const char *text, uint64_t *octets)
{
	static const char suffixes[] = "kMGT";
	unsigned long long n;
	unsigned int shift = 0;
	const char *s;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		return "not a number of octets (500M, 4G)";
	if (*end) {
		s = strchr(suffixes, *end);
		if (!s || end[1])
			return "unknown suffix: k, M, G or T";
		shift = 10 * (unsigned int)(s - suffixes + 1);
	}
	if (n << shift >> shift != n)
		return "too many octets";
	*octets = n << shift;
	return NULL;
}

static const char *id_bytes(struct conf_id *id, uint16_t type, const void *p, size_t len)
{
	if (!len || len > sizeof(id->data))
		return "an ID has 1 to 256 octets";
	id->type = type;
	id->len = (uint16_t)len;
	memcpy(id->data, p, len);
	return NULL;
}

const char *value_id(const char *text, struct conf_id *id)
{
	uint8_t bin[256];
	struct ike_addr a;
	size_t len;

	if (!strncmp(text, "fqdn:", 5))
		return id_bytes(id, BTNS_ID_FQDN, text + 5, strlen(text + 5));
	if (!strncmp(text, "email:", 6))
		return id_bytes(id, BTNS_ID_RFC822_ADDR, text + 6, strlen(text + 6));
	if (!strncmp(text, "keyid:", 6)) {
		const char *end;

		if (sodium_hex2bin(bin, sizeof(bin), text + 6, strlen(text + 6), NULL, &len,
				   &end) || *end)
			return "keyid: an even number of hexadecimal digits must follow";
		return id_bytes(id, BTNS_ID_KEY_ID, bin, len);
	}
	if (!strncmp(text, "dn:/", 4)) {
		const char *why = value_subject(text + 3, bin, sizeof(bin), &len);

		return why ?: id_bytes(id, BTNS_ID_DER_ASN1_DN, bin, len);
	}
	if (!strncmp(text, "dn:", 3)) {
		const char *end;

		if (sodium_hex2bin(bin, sizeof(bin), text + 3, strlen(text + 3), NULL, &len,
				   &end) || *end)
			return "dn: the name of a certificate's file must follow, or DER in hexadecimal digits";
		return id_bytes(id, BTNS_ID_DER_ASN1_DN, bin, len);
	}
	if (value_address(text, &a))
		return "not an ID (fqdn:NAME, email:NAME, keyid:HEX, dn:FILE, ADDRESS)";
	return id_bytes(id, a.family == AF_INET ? BTNS_ID_IPV4_ADDR : BTNS_ID_IPV6_ADDR,
			a.ip, a.family == AF_INET ? 4 : 16);
}

const char *value_fingerprint(const char *text, uint8_t fp[BTNS_FINGERPRINT_LEN])
{
	if (strncmp(text, "SHA256:", 7) || btns_fingerprint_parse(text, fp))
		return "not a fingerprint (SHA256: and 43 characters of base64)";
	return NULL;
}

/* --- suites ----------------------------------------------------------------------- */

/* Names are made of these: cipher [bits] [kind], and -hash unless combined. */
static const struct cipher {
	const char *name, *kind;
	uint16_t encr;
	bool bits, aead;
} ciphers[] = {
	{ "aes", "gcm16", ENCR_AES_GCM_16, true, true },
	{ "aes", "gcm12", ENCR_AES_GCM_12, true, true },
	{ "aes", "gcm8", ENCR_AES_GCM_8, true, true },
	{ "aes", "ccm16", ENCR_AES_CCM_16, true, true },
	{ "aes", "ccm12", ENCR_AES_CCM_12, true, true },
	{ "aes", "ccm8", ENCR_AES_CCM_8, true, true },
	{ "aes", "gmac", ENCR_NULL_AUTH_AES_GMAC, true, true },
	{ "aes", "ctr", ENCR_AES_CTR, true, false },
	{ "aes", "", ENCR_AES_CBC, true, false },
	{ "camellia", "", ENCR_CAMELLIA_CBC, true, false },
	{ "chacha20poly1305", "", ENCR_CHACHA20_POLY1305, false, true },
	{ "null", "", ENCR_NULL, false, false },
};

static const struct { const char *name; uint16_t integ; } hashes[] = {
	{ "sha256", INTEG_HMAC_SHA2_256_128 }, { "sha384", INTEG_HMAC_SHA2_384_192 },
	{ "sha512", INTEG_HMAC_SHA2_512_256 }, { "sha1", INTEG_HMAC_SHA1_96 },
	{ "aesxcbc", INTEG_AES_XCBC_96 }, { "aescmac", INTEG_AES_CMAC_96 },
};

#define N(array)	(sizeof(array) / sizeof((array)[0]))

void value_suite_text(const struct ike_suite *s, char *buf, size_t size)
{
	const char *hash = "";
	size_t i;

	for (i = 0; i < N(hashes); i++)
		if (hashes[i].integ == s->integ)
			hash = hashes[i].name;
	for (i = 0; i < N(ciphers); i++) {
		const struct cipher *c = &ciphers[i];
		char bits[8] = "";

		if (c->encr != s->encr)
			continue;
		if (c->bits)
			snprintf(bits, sizeof(bits), "%u", s->encr_bits);
		snprintf(buf, size, "%s%s%s%s%s", c->name, bits, c->kind, *hash ? "-" : "", hash);
		return;
	}
	snprintf(buf, size, "%u/%u-%u", s->encr, s->encr_bits, s->integ);
}

const char *value_suite(const char *text, struct ike_suite *s)
{
	static const uint16_t bits[] = { 128, 192, 256 };
	size_t c, b, h;
	char name[64];

	/* Few enough to spell them all: what is printed is what is read. */
	for (c = 0; c < N(ciphers); c++) {
		for (b = 0; b < (ciphers[c].bits ? 3 : 1); b++) {
			for (h = 0; h < (ciphers[c].aead ? 1 : N(hashes)); h++) {
				memset(s, 0, sizeof(*s));
				s->encr = ciphers[c].encr;
				s->encr_bits = ciphers[c].bits ? bits[b] : 0;
				s->integ = ciphers[c].aead ? INTEG_NONE : hashes[h].integ;
				value_suite_text(s, name, sizeof(name));
				if (!strcmp(text, name))
					return NULL;
			}
		}
	}
	return "unknown suite (aes256gcm16, chacha20poly1305, aes128-sha256 ...)";
}
