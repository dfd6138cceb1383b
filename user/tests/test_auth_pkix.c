// SPDX-License-Identifier: GPL-2.0-or-later
/* X.509: chains, names, dates, purposes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/crypto.h>
#include <linux/btns.h>

#include "ike/cert.h"
#include "ike/ike.h"
#include "ike/message.h"
#include "ike/pkix.h"
#include "pki.h"

static struct pki *root, *middle, *other;
static struct pkix *anchors;

static struct pkix *anchor(const struct pki *ca)
{
	const char *why;
	char *pem = pki_pem(ca, NULL);
	struct pkix *p = pkix_new(CHUNK(pem, strlen(pem)), &why);

	free(pem);
	if (!p)
		fail_msg("%s", why);
	return p;
}

static int make_authorities(void **state)
{
	if (!crypto_init())
		return -1;
	root = pki_make(&(struct pki_say){ .cn = "root", .ca = true, .key = PKI_P256 }, NULL);
	middle = pki_make(&(struct pki_say){ .cn = "middle", .ca = true, .key = PKI_ED25519 },
			  root);
	other = pki_make(&(struct pki_say){ .cn = "root", .ca = true, .key = PKI_P256 }, NULL);
	anchors = anchor(root);
	return 0;
}

static int free_authorities(void **state)
{
	pki_free(root);
	pki_free(middle);
	pki_free(other);
	pkix_free(&anchors);
	return 0;
}

static struct chunk spki_of(const struct pki *p, uint8_t buf[BTNS_SPKI_MAX])
{
	size_t len;

	assert_true(cert_spki(CERT_X509, pki_der(p), buf, &len));
	return CHUNK(buf, len);
}

static const char *verify_at(int64_t now, uint16_t type, const void *id, size_t len,
			     const struct pki *leaf, const struct pki *second)
{
	struct chunk chain[2] = { pki_der(leaf) };
	uint8_t spki[BTNS_SPKI_MAX];

	if (second)
		chain[1] = pki_der(second);
	return pkix_verify(anchors, now, type, CHUNK(id, len), spki_of(leaf, spki), chain,
			   second ? 2 : 1);
}

static const char *verify(const char *fqdn, const struct pki *leaf, const struct pki *second)
{
	return verify_at(PKI_NOW, BTNS_ID_FQDN, fqdn, strlen(fqdn), leaf, second);
}

#define REFUSED(call, words) do { \
	const char *why_ = (call); \
	assert_non_null(why_); \
	if (!strstr(why_, words)) \
		fail_msg("%s", why_); \
	} while (0)

static void chains(void **state)
{
	struct pki_say say = { .cn = "a", .dns = "a.example" };
	struct pki *direct = pki_make(&say, root), *below = pki_make(&say, middle);
	struct pki *foreign = pki_make(&say, other), *alone = pki_make(&say, NULL);
	struct pki *no_ca = pki_make(&say, direct);
	struct chunk many[IKE_CHAIN_MAX + 1];
	uint8_t spki[BTNS_SPKI_MAX];
	unsigned int i;

	assert_null(verify("a.example", direct, NULL));
	assert_null(verify("a.example", direct, root));
	assert_null(verify("a.example", below, middle));
	REFUSED(verify("a.example", below, NULL), "no configured authority");
	/* an issuer of the same name, be it sent along */
	REFUSED(verify("a.example", foreign, NULL), "not valid");
	REFUSED(verify("a.example", foreign, other), "not valid");
	REFUSED(verify("a.example", alone, NULL), "no configured authority");
	/* who has a certificate may not issue any */
	REFUSED(verify("a.example", no_ca, direct), "no configured authority");
	/* others along with it */
	assert_null(verify("a.example", direct, foreign));
	for (i = 0; i <= IKE_CHAIN_MAX; i++)
		many[i] = pki_der(i ? middle : below);
	assert_null(pkix_verify(anchors, PKI_NOW, BTNS_ID_FQDN, CHUNK("a.example", 9),
				spki_of(below, spki), many, 2));
	REFUSED(pkix_verify(anchors, PKI_NOW, BTNS_ID_FQDN, CHUNK("a.example", 9),
			    spki_of(below, spki), many, IKE_CHAIN_MAX + 1), "too many");
	REFUSED(pkix_verify(anchors, PKI_NOW, BTNS_ID_FQDN, CHUNK("a.example", 9),
			    spki_of(direct, spki), many, 2), "another key");
	pki_free(direct);
	pki_free(below);
	pki_free(foreign);
	pki_free(alone);
	pki_free(no_ca);
}

/* RFC 4945 section 3: the ID must stand in the certificate. */
static void ids(void **state)
{
	static const uint8_t ip4[] = { 192, 0, 2, 1 }, ip6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
	struct pki *p = pki_make(&(struct pki_say){ .cn = "cn.example", .dns = "a.example",
		.mail = "Bob@mail.example", .ip = ip4, .ip_len = 4 }, root);
	struct pki *six = pki_make(&(struct pki_say){ .dns = "*.example", .ip = ip6,
		.ip_len = 16 }, root);
	uint8_t dn[256];
	size_t len;
	const struct {
		const struct pki *p;
		uint16_t type;
		const void *id;
		size_t len;
		bool good;
	} v[] = {
		{ p, BTNS_ID_FQDN, "a.example", 9, true },
		{ p, BTNS_ID_FQDN, "A.eXample", 9, true },
		{ p, BTNS_ID_FQDN, "a.example\0", 10, false },
		{ p, BTNS_ID_FQDN, "b.example", 9, false },
		{ p, BTNS_ID_FQDN, "a.exampl", 8, false },
		{ p, BTNS_ID_FQDN, "", 0, false },
		{ p, BTNS_ID_FQDN, "cn.example", 10, false },
		{ p, BTNS_ID_FQDN, "Bob@mail.example", 16, false },
		{ p, BTNS_ID_RFC822_ADDR, "Bob@mail.example", 16, true },
		{ p, BTNS_ID_RFC822_ADDR, "Bob@MAIL.example", 16, true },
		{ p, BTNS_ID_RFC822_ADDR, "bob@mail.example", 16, false },
		{ p, BTNS_ID_RFC822_ADDR, "a.example", 9, false },
		{ p, BTNS_ID_IPV4_ADDR, ip4, 4, true },
		{ p, BTNS_ID_IPV4_ADDR, ip6, 4, false },
		{ p, BTNS_ID_IPV6_ADDR, ip6, 16, false },
		{ p, BTNS_ID_KEY_ID, "a.example", 9, false },
		{ p, BTNS_ID_DER_ASN1_GN, "a.example", 9, false },
		{ six, BTNS_ID_IPV6_ADDR, ip6, 16, true },
		{ six, BTNS_ID_FQDN, "b.example", 9, false },
		{ six, BTNS_ID_DER_ASN1_DN, "\x30", 2, false },
	};

	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		const char *why = verify_at(PKI_NOW, v[i].type, v[i].id, v[i].len, v[i].p, NULL);

		if (!why != v[i].good)
			fail_msg("case %u: %s", i, why ? why : "good");
		if (why)
			assert_non_null(strstr(why, "does not have the ID"));
	}
	len = pkix_subject(pki_der(p), dn, sizeof(dn));
	assert_true(len > 10);
	assert_null(verify_at(PKI_NOW, BTNS_ID_DER_ASN1_DN, dn, len, p, NULL));
	dn[len - 1] ^= 1;
	REFUSED(verify_at(PKI_NOW, BTNS_ID_DER_ASN1_DN, dn, len, p, NULL), "does not have");
	assert_int_equal(pkix_subject(pki_der(six), dn, sizeof(dn)), 0);
	pki_free(p);
	pki_free(six);
}

/* The engine has no clock: the time is the owner's. */
static void dates(void **state)
{
	struct pki *p = pki_make(&(struct pki_say){ .dns = "a", .from = PKI_NOW - 10,
		.to = PKI_NOW + 10 }, root);
	struct pki *old = pki_make(&(struct pki_say){ .cn = "old", .ca = true,
		.from = PKI_NOW - 20, .to = PKI_NOW - 10 }, root);
	struct pki *under = pki_make(&(struct pki_say){ .dns = "a" }, old);

	assert_null(verify_at(PKI_NOW, BTNS_ID_FQDN, "a", 1, p, NULL));
	REFUSED(verify_at(PKI_NOW + 11, BTNS_ID_FQDN, "a", 1, p, NULL), "expired");
	REFUSED(verify_at(PKI_NOW - 11, BTNS_ID_FQDN, "a", 1, p, NULL), "not valid yet");
	REFUSED(verify_at(0, BTNS_ID_FQDN, "a", 1, p, NULL), "clock is not set");
	REFUSED(verify_at(PKI_NOW, BTNS_ID_FQDN, "a", 1, under, old), "expired");
	assert_null(verify_at(PKI_NOW - 15, BTNS_ID_FQDN, "a", 1, under, old));
	/* of the authority itself */
	REFUSED(verify_at(PKI_NOW + 2 * PKI_YEAR, BTNS_ID_FQDN, "a", 1, under, old), "expired");
	pki_free(p);
	pki_free(old);
	pki_free(under);
}

static void purposes(void **state)
{
	static const struct { const char *purpose; unsigned int usage; bool good; } v[] = {
		{ NULL, 0, true },
		{ "1.3.6.1.5.5.7.3.17", 0, true },
		{ "1.3.6.1.5.5.8.2.2", GNUTLS_KEY_DIGITAL_SIGNATURE, true },
		{ GNUTLS_KP_TLS_WWW_SERVER, GNUTLS_KEY_NON_REPUDIATION, true },
		{ GNUTLS_KP_ANY, 0, true },
		{ GNUTLS_KP_CODE_SIGNING, 0, false },
		{ GNUTLS_KP_OCSP_SIGNING, GNUTLS_KEY_DIGITAL_SIGNATURE, false },
		{ NULL, GNUTLS_KEY_KEY_ENCIPHERMENT, false },
		{ NULL, GNUTLS_KEY_KEY_CERT_SIGN, false },
	};

	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct pki *p = pki_make(&(struct pki_say){ .dns = "a", .purpose = v[i].purpose,
			.usage = v[i].usage }, root);

		if (v[i].good)
			assert_null(verify("a", p, NULL));
		else
			REFUSED(verify("a", p, NULL), "not for key exchange");
		pki_free(p);
	}
}

static void weak_keys(void **state)
{
	struct pki *leaf = pki_make(&(struct pki_say){ .dns = "a", .key = PKI_RSA1024 }, root);
	struct pki *ca = pki_make(&(struct pki_say){ .cn = "weak", .key = PKI_RSA1024,
		.ca = true }, root);
	struct pki *under = pki_make(&(struct pki_say){ .dns = "a", .key = PKI_RSA2048 }, ca);
	const char *why;
	char *pem;

	REFUSED(verify("a", leaf, NULL), "too weak");
	REFUSED(verify("a", under, ca), "too weak");
	pem = pki_pem(ca, NULL);
	assert_null(pkix_new(CHUNK(pem, strlen(pem)), &why));
	assert_non_null(strstr(why, "too weak"));
	free(pem);
	pki_free(leaf);
	pki_free(ca);
	pki_free(under);
}

static void constraints(void **state)
{
	struct pki *ca = pki_make(&(struct pki_say){ .cn = "dept", .ca = true,
		.only_dns = "dept.example" }, root);
	struct pki *in = pki_make(&(struct pki_say){ .dns = "a.dept.example" }, ca);
	struct pki *out = pki_make(&(struct pki_say){ .dns = "a.example" }, ca);

	assert_null(verify("a.dept.example", in, ca));
	REFUSED(verify("a.example", out, ca), "not valid");
	pki_free(ca);
	pki_free(in);
	pki_free(out);
}

/* A certificate whose octets were changed anywhere is refused. */
static void damage(void **state)
{
	struct pki *p = pki_make(&(struct pki_say){ .cn = "a", .dns = "a" }, root);
	uint8_t spki[BTNS_SPKI_MAX], bad[3000];
	struct chunk key = spki_of(p, spki), c = CHUNK(bad, p->len);
	size_t i;

	for (i = 0; i < p->len; i++) {
		memcpy(bad, p->der, p->len);
		bad[i] ^= 1;
		assert_non_null(pkix_verify(anchors, PKI_NOW, BTNS_ID_FQDN, CHUNK("a", 1), key,
					    &c, 1));
	}
	memcpy(bad, p->der, p->len);
	for (c.len = 0; c.len < p->len; c.len++)
		assert_non_null(pkix_verify(anchors, PKI_NOW, BTNS_ID_FQDN, CHUNK("a", 1), key,
					    &c, 1));
	pki_free(p);
}

static void files(void **state)
{
	struct pki *leaf = pki_make(&(struct pki_say){ .dns = "a" }, root);
	char *pem = pki_pem(root, middle, NULL), *bad = pki_pem(root, leaf, NULL);
	struct pkix *p, *same;
	uint8_t sha1[2][20], want[20];
	gnutls_pubkey_t key;
	gnutls_datum_t der;
	const char *why;

	p = pkix_new(CHUNK(pem, strlen(pem)), &why);
	same = pkix_new(CHUNK(pem, strlen(pem)), &why);
	assert_non_null(p);
	assert_int_equal(pkix_count(p), 2);
	assert_true(pkix_equal(p, same));
	assert_false(pkix_equal(p, anchors));
	assert_false(pkix_equal(p, NULL));
	/* RFC 7296 section 3.7 */
	pkix_hashes(p, sha1);
	gnutls_pubkey_init(&key);
	gnutls_pubkey_import_x509(key, middle->crt, 0);
	gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der);
	gnutls_hash_fast(GNUTLS_DIG_SHA1, der.data, der.size, want);
	assert_memory_equal(sha1[1], want, 20);
	gnutls_free(der.data);
	gnutls_pubkey_deinit(key);
	pkix_free(&p);
	pkix_free(&same);
	assert_null(pkix_new(CHUNK(bad, strlen(bad)), &why));
	assert_non_null(strstr(why, "CA:TRUE"));
	assert_null(pkix_new(CHUNK("", 0), &why));
	assert_null(pkix_new(CHUNK("no PEM", 6), &why));
	assert_non_null(strstr(why, "no certificate"));
	strstr(pem, "-----END")[-10] = '!';
	assert_null(pkix_new(CHUNK(pem, strlen(pem)), &why));
	free(pem);
	free(bad);
	pki_free(leaf);
}

static void own_id(void **state)
{
	static const uint8_t ip4[] = { 192, 0, 2, 1 };
	struct pki *dns = pki_make(&(struct pki_say){ .cn = "x", .dns = "a.example",
		.mail = "m@a" }, root);
	struct pki *ip = pki_make(&(struct pki_say){ .dns = "*.example", .ip = ip4,
		.ip_len = 4 }, root);
	struct pki *dn = pki_make(&(struct pki_say){ .cn = "x" }, root);
	struct pki *nobody = pki_make(&(struct pki_say){ .usage = 0 }, root);
	uint8_t id[256];
	uint16_t type;
	size_t len;

	assert_int_equal(pkix_own_id(pki_der(dns), &type, id, sizeof(id)), 9);
	assert_int_equal(type, BTNS_ID_FQDN);
	assert_memory_equal(id, "a.example", 9);
	assert_int_equal(pkix_own_id(pki_der(ip), &type, id, sizeof(id)), 4);
	assert_int_equal(type, BTNS_ID_IPV4_ADDR);
	len = pkix_own_id(pki_der(dn), &type, id, sizeof(id));
	assert_int_equal(type, BTNS_ID_DER_ASN1_DN);
	assert_null(verify_at(PKI_NOW, type, id, len, dn, NULL));
	assert_int_equal(pkix_own_id(pki_der(nobody), &type, id, sizeof(id)), 0);
	assert_int_equal(pkix_own_id(CHUNK("x", 1), &type, id, sizeof(id)), 0);
	pki_free(dns);
	pki_free(ip);
	pki_free(dn);
	pki_free(nobody);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(ids),
		cmocka_unit_test(dates),
		cmocka_unit_test(purposes),
		cmocka_unit_test(weak_keys),
		cmocka_unit_test(constraints),
		cmocka_unit_test(damage),
		cmocka_unit_test(files),
		cmocka_unit_test(own_id),
	};

	return cmocka_run_group_tests(tests, make_authorities, free_authorities);
}
