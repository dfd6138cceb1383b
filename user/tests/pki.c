// SPDX-License-Identifier: GPL-2.0-or-later
/* Certificates for tests, by GnuTLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pki.h"

#define GOOD(call)	assert_true((call) >= 0)

static void new_key(gnutls_x509_privkey_t *key, enum pki_key kind)
{
	static const struct { gnutls_pk_algorithm_t pk; unsigned int bits; } v[] = {
		[PKI_ED25519] = { GNUTLS_PK_EDDSA_ED25519,
				  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519) },
		[PKI_P256] = { GNUTLS_PK_ECDSA,
			       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) },
		[PKI_P384] = { GNUTLS_PK_ECDSA,
			       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1) },
		[PKI_RSA2048] = { GNUTLS_PK_RSA, 2048 },
		[PKI_RSA1024] = { GNUTLS_PK_RSA, 1024 },
	};

	GOOD(gnutls_x509_privkey_init(key));
	GOOD(gnutls_x509_privkey_generate(*key, v[kind].pk, v[kind].bits, 0));
}

static void constrain(gnutls_x509_crt_t crt, const char *dns)
{
	const gnutls_datum_t name = { (unsigned char *)dns, (unsigned int)strlen(dns) };
	gnutls_x509_name_constraints_t nc;

	GOOD(gnutls_x509_name_constraints_init(&nc));
	GOOD(gnutls_x509_name_constraints_add_permitted(nc, GNUTLS_SAN_DNSNAME, &name));
	GOOD(gnutls_x509_crt_set_name_constraints(crt, nc, 1));
	gnutls_x509_name_constraints_deinit(nc);
}

static void fill(struct pki *p, const struct pki_say *s)
{
	static unsigned char serial;
	unsigned int usage = s->usage;

	serial++;
	GOOD(gnutls_x509_crt_set_version(p->crt, 3));
	GOOD(gnutls_x509_crt_set_serial(p->crt, &serial, 1));
	GOOD(gnutls_x509_crt_set_activation_time(p->crt, s->from ? s->from : PKI_NOW - PKI_YEAR));
	GOOD(gnutls_x509_crt_set_expiration_time(p->crt, s->to ? s->to : PKI_NOW + PKI_YEAR));
	GOOD(gnutls_x509_crt_set_key(p->crt, p->key));
	if (s->cn)
		GOOD(gnutls_x509_crt_set_dn_by_oid(p->crt, GNUTLS_OID_X520_COMMON_NAME, 0, s->cn,
						   (unsigned int)strlen(s->cn)));
	if (s->dns)
		GOOD(gnutls_x509_crt_set_subject_alt_name(p->crt, GNUTLS_SAN_DNSNAME, s->dns,
							  (unsigned int)strlen(s->dns),
							  GNUTLS_FSAN_APPEND));
	if (s->mail)
		GOOD(gnutls_x509_crt_set_subject_alt_name(p->crt, GNUTLS_SAN_RFC822NAME, s->mail,
							  (unsigned int)strlen(s->mail),
							  GNUTLS_FSAN_APPEND));
	if (s->ip)
		GOOD(gnutls_x509_crt_set_subject_alt_name(p->crt, GNUTLS_SAN_IPADDRESS, s->ip,
							  (unsigned int)s->ip_len,
							  GNUTLS_FSAN_APPEND));
	if (s->purpose)
		GOOD(gnutls_x509_crt_set_key_purpose_oid(p->crt, s->purpose, 0));
	if (s->ca) {
		GOOD(gnutls_x509_crt_set_basic_constraints(p->crt, 1, -1));
		usage = usage ? usage : GNUTLS_KEY_KEY_CERT_SIGN;
	}
	if (usage)
		GOOD(gnutls_x509_crt_set_key_usage(p->crt, usage));
	if (s->only_dns)
		constrain(p->crt, s->only_dns);
}

struct pki *pki_make(const struct pki_say *s, const struct pki *issuer)
{
	struct pki *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	if (s->same_key) {
		GOOD(gnutls_x509_privkey_init(&p->key));
		GOOD(gnutls_x509_privkey_cpy(p->key, s->same_key->key));
	} else {
		new_key(&p->key, s->key);
	}
	GOOD(gnutls_x509_crt_init(&p->crt));
	fill(p, s);
	if (!issuer)
		issuer = p;
	GOOD(gnutls_x509_crt_sign2(p->crt, issuer->crt, issuer->key,
				   gnutls_x509_privkey_get_pk_algorithm(issuer->key) ==
				   GNUTLS_PK_EDDSA_ED25519 ? GNUTLS_DIG_SHA512 :
				   GNUTLS_DIG_SHA256, 0));
	p->len = sizeof(p->der);
	GOOD(gnutls_x509_crt_export(p->crt, GNUTLS_X509_FMT_DER, p->der, &p->len));
	p->pkcs8_len = sizeof(p->pkcs8);
	GOOD(gnutls_x509_privkey_export_pkcs8(p->key, GNUTLS_X509_FMT_DER, NULL,
					      GNUTLS_PKCS_PLAIN, p->pkcs8, &p->pkcs8_len));
	return p;
}

void pki_free(struct pki *p)
{
	if (!p)
		return;
	gnutls_x509_crt_deinit(p->crt);
	gnutls_x509_privkey_deinit(p->key);
	free(p);
}

struct chunk pki_der(const struct pki *p)
{
	return CHUNK(p->der, p->len);
}

char *pki_pem(const struct pki *first, ...)
{
	char *text = calloc(1, 65536);
	const struct pki *p;
	size_t len = 0, n;
	va_list ap;

	assert_non_null(text);
	va_start(ap, first);
	for (p = first; p; p = va_arg(ap, const struct pki *)) {
		n = 65535 - len;
		GOOD(gnutls_x509_crt_export(p->crt, GNUTLS_X509_FMT_PEM, text + len, &n));
		len = strlen(text);
	}
	va_end(ap);
	return text;
}
