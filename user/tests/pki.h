/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates for tests. */
#ifndef BTNS_TESTS_PKI_H
#define BTNS_TESTS_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "ike/crypto.h"

/* Time at which the certificates are valid, unless said otherwise. */
#define PKI_NOW		1700000000
#define PKI_YEAR	(365 * 86400)

struct pki {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	uint8_t der[3000], pkcs8[2048];
	size_t len, pkcs8_len;
};

enum pki_key { PKI_ED25519, PKI_P256, PKI_P384, PKI_RSA2048, PKI_RSA1024 };

/* What a certificate says; members that are 0 or NULL are left out. */
struct pki_say {
	enum pki_key key;
	const char *cn, *dns, *mail, *purpose;
	const uint8_t *ip;
	size_t ip_len;
	bool ca;
	unsigned int usage;		/* GNUTLS_KEY_*; 0: for a CA that of one */
	int64_t from, to;		/* 0: a year around PKI_NOW */
	const struct pki *same_key;	/* of that one instead of a new one */
	const char *only_dns;		/* name constraint */
};

/* issuer NULL: self-signed.  To be freed by pki_free(). */
struct pki *pki_make(const struct pki_say *say, const struct pki *issuer);
void pki_free(struct pki *p);
struct chunk pki_der(const struct pki *p);
/* Certificates as PEM text, NULL ends the list; to be freed. */
char *pki_pem(const struct pki *first, ...);

#endif /* BTNS_TESTS_PKI_H */
