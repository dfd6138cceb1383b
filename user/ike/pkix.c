// SPDX-License-Identifier: GPL-2.0-or-later
/* X.509: chains by GnuTLS, names by RFC 4945 section 3. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <linux/btns.h>

#include "cert.h"
#include "ike.h"
#include "message.h"
#include "pkix.h"
#include "sigalg.h"

struct pkix {
	gnutls_x509_trust_list_t list;
	unsigned int n;
	uint8_t digest[32];		/* of all of them, in order */
	uint8_t sha1[PKIX_ANCHORS_MAX][20];
};

/* --- trust anchors ---------------------------------------------------------------- */

static bool crt_key(gnutls_x509_crt_t crt, gnutls_pubkey_t *key)
{
	if (gnutls_pubkey_init(key) < 0)
		return false;
	if (gnutls_pubkey_import_x509(*key, crt, 0) >= 0 && key_acceptable(*key))
		return true;
	gnutls_pubkey_deinit(*key);
	return false;
}

static const char *anchor_add(struct pkix *p, gnutls_x509_crt_t crt)
{
	gnutls_datum_t spki;
	gnutls_pubkey_t key;
	struct chunk c;
	bool good;

	if (gnutls_x509_crt_get_basic_constraints(crt, NULL, NULL, NULL) <= 0)
		return "not the certificate of an authority (CA:TRUE)";
	if (!crt_key(crt, &key))
		return "the key of an authority is too weak, or of an unknown kind";
	good = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &spki) >= 0;
	gnutls_pubkey_deinit(key);
	if (!good)
		return "out of memory";
	c = CHUNK(spki.data, spki.size);
	good = gnutls_hash_fast(GNUTLS_DIG_SHA1, c.p, c.len, p->sha1[p->n]) >= 0;
	gnutls_free(spki.data);
	if (!good)
		return "the library has no SHA-1";
	p->n++;
	return NULL;
}

struct pkix *pkix_new(struct chunk pem, const char **why)
{
	const gnutls_datum_t data = { (unsigned char *)pem.p, (unsigned int)pem.len };
	gnutls_x509_crt_t *crt = NULL;
	unsigned int n = 0, i;
	struct pkix *p;

	if (gnutls_x509_crt_list_import2(&crt, &n, &data, GNUTLS_X509_FMT_PEM, 0) < 0) {
		*why = "no certificate in PEM";
		return NULL;
	}
	*why = n > PKIX_ANCHORS_MAX ? "more than 64 authorities" : NULL;
	p = calloc(1, sizeof(*p));
	if (!p || gnutls_x509_trust_list_init(&p->list, 0) < 0)
		*why = "out of memory";
	for (i = 0; i < n && !*why; i++)
		*why = anchor_add(p, crt[i]);
	if (!*why && gnutls_x509_trust_list_add_cas(p->list, crt, n, 0) != (int)n)
		*why = "out of memory";
	if (*why) {
		for (i = 0; i < n; i++)
			gnutls_x509_crt_deinit(crt[i]);
		pkix_free(&p);
	} else {
		crypto_sha256(p->digest, &pem, 1);
	}
	gnutls_free(crt);
	return p;
}

void pkix_free(struct pkix **p)
{
	if (!*p)
		return;
	if ((*p)->list)
		gnutls_x509_trust_list_deinit((*p)->list, 1);
	free(*p);
	*p = NULL;
}

unsigned int pkix_count(const struct pkix *p)
{
	return p->n;
}

void pkix_hashes(const struct pkix *p, uint8_t (*sha1)[20])
{
	memcpy(sha1, p->sha1, p->n * sizeof(p->sha1[0]));
}

bool pkix_equal(const struct pkix *a, const struct pkix *b)
{
	if (!a || !b)
		return a == b;
	return !memcmp(a->digest, b->digest, sizeof(a->digest));
}

/* --- names ------------------------------------------------------------------------ */

static bool same_text(struct chunk a, const uint8_t *p, size_t len)
{
	return a.len == len && !strncasecmp((const char *)a.p, (const char *)p, len);
}

/* The part before the @ has case, the host behind it has none. */
static bool same_mail(struct chunk a, const uint8_t *p, size_t len)
{
	const uint8_t *host = memrchr(a.p, '@', a.len);
	const size_t local = host ? (size_t)(host - a.p) : 0;

	return local && a.len == len && !memcmp(a.p, p, local + 1) &&
	       same_text(CHUNK(host, a.len - local), p + local, len - local);
}

static bool same_name(unsigned int type, uint16_t id_type, struct chunk id,
		      const uint8_t *p, size_t len)
{
	switch (type) {
	case GNUTLS_SAN_DNSNAME:
		return id_type == BTNS_ID_FQDN && same_text(id, p, len);
	case GNUTLS_SAN_RFC822NAME:
		return id_type == BTNS_ID_RFC822_ADDR && same_mail(id, p, len);
	case GNUTLS_SAN_IPADDRESS:
		return ((id_type == BTNS_ID_IPV4_ADDR && len == 4) ||
			(id_type == BTNS_ID_IPV6_ADDR && len == 16)) &&
		       id.len == len && !memcmp(id.p, p, len);
	default:
		return false;
	}
}

static bool subject_is(gnutls_x509_crt_t crt, struct chunk id)
{
	gnutls_datum_t dn;
	bool same;

	if (gnutls_x509_crt_get_raw_dn(crt, &dn) < 0)
		return false;
	/* an empty sequence names nobody */
	same = dn.size > 2 && dn.size == id.len && !memcmp(dn.data, id.p, id.len);
	gnutls_free(dn.data);
	return same;
}

/* No wildcards, and no common name in place of a subjectAltName (RFC 4945 section 3). */
static bool names(gnutls_x509_crt_t crt, uint16_t id_type, struct chunk id)
{
	uint8_t san[BTNS_ID_MAX + 1];
	unsigned int i, type;
	size_t len;
	int r;

	if (!id.len)
		return false;
	if (id_type == BTNS_ID_DER_ASN1_DN)
		return subject_is(crt, id);
	for (i = 0; i < 256; i++) {
		len = sizeof(san);
		r = gnutls_x509_crt_get_subject_alt_name2(crt, i, san, &len, &type, NULL);
		if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (r < 0)
			return false;
		if (same_name(type, id_type, id, san, len))
			return true;
	}
	return false;
}

/* --- one certificate -------------------------------------------------------------- */

/* RFC 4945 section 5.1.3: made for signatures; for IKE, for TLS as many are, or for all. */
static bool usable(gnutls_x509_crt_t crt)
{
	static const char *const purposes[] = {
		"1.3.6.1.5.5.7.3.17", "1.3.6.1.5.5.8.2.2", GNUTLS_KP_ANY,
		GNUTLS_KP_TLS_WWW_SERVER, GNUTLS_KP_TLS_WWW_CLIENT,
	};
	unsigned int usage, i, k;
	char oid[64];
	size_t len;
	int r;

	if (gnutls_x509_crt_get_key_usage(crt, &usage, NULL) >= 0 &&
	    !(usage & (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION)))
		return false;
	for (i = 0; i < 64; i++) {
		len = sizeof(oid);
		r = gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &len, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return !i;
		if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (r < 0)
			return false;
		for (k = 0; k < sizeof(purposes) / sizeof(purposes[0]); k++)
			if (!strcmp(oid, purposes[k]))
				return true;
	}
	return false;
}

static const char *import(gnutls_x509_crt_t *crt, struct chunk der)
{
	const gnutls_datum_t data = { (unsigned char *)der.p, (unsigned int)der.len };
	gnutls_pubkey_t key;

	*crt = NULL;
	if (gnutls_x509_crt_init(crt) < 0)
		return "out of memory";
	if (gnutls_x509_crt_import(*crt, &data, GNUTLS_X509_FMT_DER) < 0)
		return "a certificate is damaged";
	if (!crt_key(*crt, &key))
		return "a key in the chain is too weak, or of an unknown kind";
	gnutls_pubkey_deinit(key);
	return NULL;
}

/* --- chains ----------------------------------------------------------------------- */

/* GnuTLS takes the time from a function; all of the engine runs in one thread. */
static time_t wall_clock;

static time_t tell_time(time_t *t)
{
	if (t)
		*t = wall_clock;
	return wall_clock;
}

static const char *status_text(unsigned int status)
{
	if (status & GNUTLS_CERT_EXPIRED)
		return "a certificate has expired";
	if (status & GNUTLS_CERT_NOT_ACTIVATED)
		return "a certificate is not valid yet (or the clock is wrong)";
	if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
		return "no configured authority has issued the certificate";
	if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		return "the chain uses a weak algorithm";
	return "the chain of certificates is not valid";
}

static const char *verify_chain(const struct pkix *p, gnutls_x509_crt_t *crt,
				unsigned int n, int64_t now)
{
	unsigned int status = GNUTLS_CERT_INVALID;
	int r;

	wall_clock = (time_t)now;
	gnutls_global_set_time_function(tell_time);
	r = gnutls_x509_trust_list_verify_crt2(p->list, crt, n, NULL, 0,
					       GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM),
					       &status, NULL);
	gnutls_global_set_time_function(time);
	return r < 0 || status ? status_text(r < 0 ? 0 : status) : NULL;
}

const char *pkix_verify(const struct pkix *p, int64_t now, uint16_t id_type,
			struct chunk id, struct chunk spki, const struct chunk *chain,
			unsigned int n)
{
	gnutls_x509_crt_t crt[IKE_CHAIN_MAX] = { NULL };
	uint8_t *key = malloc(BTNS_SPKI_MAX);
	const char *why = NULL;
	unsigned int i;
	size_t len;

	if (!key || !n || n > IKE_CHAIN_MAX)
		why = key ? "too many certificates" : "out of memory";
	else if (now <= 0)
		why = "the clock is not set";
	else if (!cert_spki(CERT_X509, chain[0], key, &len) || len != spki.len ||
		 memcmp(key, spki.p, len))
		why = "the certificate is of another key";
	free(key);
	for (i = 0; i < n && !why; i++)
		why = import(&crt[i], chain[i]);
	if (!why && !names(crt[0], id_type, id))
		why = "the certificate does not have the ID that the peer shows";
	if (!why && !usable(crt[0]))
		why = "the certificate is not for key exchange";
	if (!why)
		why = verify_chain(p, crt, n, now);
	for (i = 0; i < IKE_CHAIN_MAX; i++)
		if (crt[i])
			gnutls_x509_crt_deinit(crt[i]);
	return why;
}

/* --- our own ---------------------------------------------------------------------- */

size_t pkix_subject(struct chunk cert, uint8_t *dn, size_t cap)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t raw;
	size_t len = 0;

	if (!import(&crt, cert) && gnutls_x509_crt_get_raw_dn(crt, &raw) >= 0) {
		len = raw.size > 2 && raw.size <= cap ? raw.size : 0;
		memcpy(dn, raw.data, len);
		gnutls_free(raw.data);
	}
	if (crt)
		gnutls_x509_crt_deinit(crt);
	return len;
}

static uint16_t id_type_of(unsigned int type, const uint8_t *p, size_t len)
{
	switch (type) {
	case GNUTLS_SAN_DNSNAME:
		return len && *p != '*' ? BTNS_ID_FQDN : BTNS_ID_NONE;
	case GNUTLS_SAN_RFC822NAME:
		return BTNS_ID_RFC822_ADDR;
	case GNUTLS_SAN_IPADDRESS:
		return len == 4 ? BTNS_ID_IPV4_ADDR : len == 16 ? BTNS_ID_IPV6_ADDR : BTNS_ID_NONE;
	default:
		return BTNS_ID_NONE;
	}
}

size_t pkix_own_id(struct chunk cert, uint16_t *id_type, uint8_t *id, size_t cap)
{
	gnutls_x509_crt_t crt;
	unsigned int i, type;
	size_t len = 0;
	int r = import(&crt, cert) ? -1 : 0;

	*id_type = BTNS_ID_NONE;
	for (i = 0; i < 256 && r >= 0 && !*id_type; i++) {
		len = cap;
		r = gnutls_x509_crt_get_subject_alt_name2(crt, i, id, &len, &type, NULL);
		if (r >= 0)
			*id_type = id_type_of(type, id, len);
		else if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
			r = 0;
	}
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (*id_type)
		return len;
	*id_type = BTNS_ID_DER_ASN1_DN;
	return pkix_subject(cert, id, cap);
}
