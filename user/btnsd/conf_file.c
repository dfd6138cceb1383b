// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that btns.conf names: keys, certificates, authorities, shared secrets. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ike/cert.h"
#include "../ike/pkix.h"
#include "conf.h"

#define FILE_MAX	65536

/* What is wrong with a file, in one buffer for all of them. */
static const char *complain(const char *what, const char *reason)
{
	static char why[160];

	snprintf(why, sizeof(why), "%s: %s", what, reason);
	return why;
}

/* text: FILE_MAX + 1 octets, gets a NUL at its end. */
static const char *read_file(const char *what, const char *path, char *text, size_t *len)
{
	const char *why = NULL;
	FILE *f = fopen(path, "re");

	if (!f)
		return complain(what, strerror(errno));
	*len = fread(text, 1, FILE_MAX, f);
	if (ferror(f))
		why = complain(what, strerror(errno));
	else if (*len == FILE_MAX)
		why = complain(what, "too long");
	fclose(f);
	text[*len] = 0;
	return why;
}

/* The first PEM block of a kind that is understood. */
static bool pem_block(const char *text, uint8_t *der, size_t cap, size_t *len, uint8_t *encoding)
{
	static const struct { const char *begin, *end; uint8_t encoding; } kinds[] = {
		{ "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", 15 },
		{ "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", 4 },
	};
	const char *begin, *end;
	size_t i;

	for (i = 0; i < 2; i++) {
		begin = strstr(text, kinds[i].begin);
		if (!begin)
			continue;
		begin += strlen(kinds[i].begin);
		end = strstr(begin, kinds[i].end);
		*encoding = kinds[i].encoding;
		return end && !sodium_base642bin(der, cap, begin, (size_t)(end - begin), "\r\n ",
						 len, NULL, sodium_base64_VARIANT_ORIGINAL);
	}
	return false;
}

/* A PEM block, or the file as DER. */
static bool key_of(const char *text, size_t len, uint8_t *spki, size_t *spki_len)
{
	uint8_t der[FILE_MAX], encoding;
	struct chunk c = CHUNK(text, len);

	if (!strstr(text, "-----BEGIN "))
		return cert_spki(15, c, spki, spki_len) || cert_spki(4, c, spki, spki_len);
	if (!pem_block(text, der, sizeof(der), &len, &encoding))
		return false;
	return cert_spki(encoding, CHUNK(der, len), spki, spki_len);
}

const char *value_key_file(const char *path, uint8_t fp[BTNS_FINGERPRINT_LEN],
			   struct chunk *spki)
{
	uint8_t key[BTNS_SPKI_MAX], *copy;
	char text[FILE_MAX + 1];
	const char *why;
	struct chunk c;
	size_t len;

	why = read_file("the key file", path, text, &len);
	if (why)
		return why;
	if (strstr(text, "PRIVATE KEY-----"))
		return "this is a private key: the public one is wanted";
	if (!key_of(text, len, key, &len))
		return "the file holds no public key and no certificate";
	c = CHUNK(key, len);
	crypto_sha256(fp, &c, 1);
	if (!spki)
		return NULL;
	copy = malloc(len);
	if (!copy)
		return "out of memory";
	memcpy(copy, key, len);
	*spki = CHUNK(copy, len);
	return NULL;
}

const char *value_authorities(const char *path, struct pkix **ca)
{
	char text[FILE_MAX + 1];
	const char *why;
	size_t len;

	why = read_file("the file of authorities", path, text, &len);
	if (why)
		return why;
	pkix_free(ca);
	*ca = pkix_new(CHUNK(text, len), &why);
	return *ca ? NULL : complain("the file of authorities", why);
}

/* All of the PEM's certificates, one after another. */
const char *value_chain(const char *path, uint8_t *der, size_t cap, size_t *len)
{
	char text[FILE_MAX + 1], *at = text;
	const char *why;
	unsigned int n = 0;
	uint8_t encoding;
	struct chunk rest, cert;
	size_t got;

	why = read_file("the certificate file", path, text, &got);
	if (why)
		return why;
	if (strstr(text, "PRIVATE KEY-----"))
		return "the certificate file holds a private key: that belongs into its own";
	for (*len = 0; (at = strstr(at, "-----BEGIN CERTIFICATE-----")); at++, n++) {
		if (n == IKE_CHAIN_MAX)
			return "more than 8 certificates in the file";
		if (cap - *len < IKE_CERT_MAX ||
		    !pem_block(at, der + *len, IKE_CERT_MAX, &got, &encoding))
			return complain("the certificate file", "a certificate is damaged or too long");
		rest = CHUNK(der + *len, got);
		if (!cert_next(&rest, &cert) || rest.len)
			return complain("the certificate file", "a certificate is damaged");
		*len += got;
	}
	return n ? NULL : complain("the certificate file", "no certificate in PEM");
}

const char *value_subject(const char *path, uint8_t *dn, size_t cap, size_t *len)
{
	uint8_t der[IKE_CHAIN_MAX * IKE_CERT_MAX];
	const char *why = value_chain(path, der, sizeof(der), len);
	struct chunk rest, cert;

	if (why)
		return why;
	rest = CHUNK(der, *len);
	cert_next(&rest, &cert);
	*len = pkix_subject(cert, dn, cap);
	return *len ? NULL : "the certificate has no subject, or a longer one than an ID can be";
}

/* ASCII as it stands, or 0x and hexadecimal digits (RFC 7296 section 2.15). */
static const char *secret_of(char *text, size_t len, uint8_t *secret, size_t *secret_len)
{
	const char *end;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	text[len] = 0;
	*secret_len = len;
	if (!len)
		return "is empty";
	if (!strncmp(text, "0x", 2)) {
		if (sodium_hex2bin(secret, IKE_SECRET_MAX, text + 2, len - 2, NULL, secret_len,
				   &end) || *end || !*secret_len)
			return "0x must be followed by an even number of hexadecimal digits";
		return NULL;
	}
	if (len > IKE_SECRET_MAX)
		return "is too long";
	if (memchr(text, 0, len))
		return "holds an octet 0: write it as 0x and hexadecimal digits";
	memcpy(secret, text, len);
	return NULL;
}

const char *value_ppk_id(const char *text, struct conf_ppk_id *id)
{
	const size_t n = strlen(text);
	size_t len = n;
	const char *end;

	if (!strncmp(text, "0x", 2)) {
		if (sodium_hex2bin(id->data, sizeof(id->data), text + 2, n - 2, NULL, &len, &end) ||
		    *end || !len)
			return "0x must be followed by 1 to 255 octets in hexadecimal digits";
	} else if (n > sizeof(id->data)) {
		return "at most 255 octets";
	} else {
		memcpy(id->data, text, n);
	}
	id->len = (uint8_t)len;
	return NULL;
}

const char *value_secret_file(const char *path, enum secret_kind kind, struct secret **secret)
{
	char text[2 * IKE_SECRET_MAX + 8];
	uint8_t s[IKE_SECRET_MAX];
	const char *why;
	size_t len;
	ssize_t n;

	*secret = NULL;
	n = key_read(path, text, sizeof(text) - 1, true, &why);
	if (n >= 0)
		why = secret_of(text, (size_t)n, s, &len);
	else if (n == -EACCES)
		why = "no permission: to read it again needs CAP_DAC_READ_SEARCH at the start, or a file of the user that btnsd runs as";
	else if (n == -ENOENT)
		why = strerror(ENOENT);
	if (!why) {
		*secret = secret_new(kind, CHUNK(s, len));
		if (!*secret)
			why = "out of memory";
	}
	sodium_memzero(text, sizeof(text));
	sodium_memzero(s, sizeof(s));
	return why ? complain("the secret's file", why) : NULL;
}
