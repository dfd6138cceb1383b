// SPDX-License-Identifier: GPL-2.0-or-later
/* Secrets, authorities and certificates in btns.conf, and which peer gets which. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "btnsd/btnsd.h"
#include "ike/cert.h"
#include "ike/message.h"
#include "ike/pkix.h"
#include "pki.h"
#include "scratch.h"

static char dir[] = "/tmp/btns-auth.XXXXXX", error[CONF_ERROR_MAX];
static struct pki *root, *other, *leaf;

/* Of the daemon that is not here. */
void log_at(int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

const char *identity_text(const struct ike_identity *id, char buf[ID_TEXT])
{
	(void)id;
	*buf = 0;
	return buf;
}

uint64_t now_ms(void)
{
	return 1000;
}

void btnsd_rearm(struct btnsd *d)
{
	(void)d;
}

static const char *name(const char *file)
{
	return scratch_name(dir, file);
}

static void put(const char *file, const void *text, size_t len, mode_t mode)
{
	scratch_put(name(file), text, len, mode);
}

static void put_text(const char *file, const char *text)
{
	put(file, text, strlen(text), 0600);
}

/* %: the folder. */
static struct conf *read_text(const char *text)
{
	FILE *f = fopen(name("conf"), "w");

	assert_non_null(f);
	for (; *text; text++) {
		if (*text == '%')
			fputs(dir, f);
		else
			fputc(*text, f);
	}
	fclose(f);
	error[0] = 0;
	return conf_read(name("conf"), error);
}

static void bad(const char *text, int line, const char *reason)
{
	struct conf *c = read_text(text);
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "%s:%d: %s", name("conf"), line, reason);
	assert_null(c);
	assert_string_equal(error, wanted);
}

static struct conf *good(const char *text)
{
	struct conf *c = read_text(text);

	assert_string_equal(error, "");
	assert_non_null(c);
	return c;
}

#define PSK	"[pad x]\nmatch = id\nid = fqdn:a\nauth = psk\n"
#define PKIX	"[pad x]\nmatch = id\nid = fqdn:a\nauth = pkix\n"
#define FP1	"SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static int make_files(void **state)
{
	char *pem;

	if (!crypto_init() || !mkdtemp(dir))
		return -1;
	root = pki_make(&(struct pki_say){ .cn = "root", .ca = true, .key = PKI_P256 }, NULL);
	other = pki_make(&(struct pki_say){ .cn = "other", .ca = true, .key = PKI_P256 }, NULL);
	leaf = pki_make(&(struct pki_say){ .cn = "leaf", .dns = "leaf.example",
		.key = PKI_P256 }, root);
	put_text("secret", "correct horse\n");
	put_text("secret2", "0x00ff10\r\n");
	pem = pki_pem(root, NULL);
	put("ca", pem, strlen(pem), 0644);
	free(pem);
	pem = pki_pem(root, other, NULL);
	put("cas", pem, strlen(pem), 0644);
	free(pem);
	pem = pki_pem(leaf, root, NULL);
	put("chain", pem, strlen(pem), 0644);
	free(pem);
	put("leaf.der", leaf->der, leaf->len, 0644);
	return 0;
}

static int remove_files(void **state)
{
	static const char *const names[] = { "secret", "secret2", "ca", "cas", "chain",
		"leaf.der", "conf", "bad", "link" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(name(names[i]));
	pki_free(root);
	pki_free(other);
	pki_free(leaf);
	return rmdir(dir);
}

static bool is(const struct secret *s, enum secret_kind kind, const void *octets, size_t len)
{
	struct secret *want = secret_new(kind, CHUNK(octets, len));
	bool same;

	assert_non_null(want);
	same = secret_equal(s, want);
	secret_free(&want);
	return same;
}

/* IKE/34: ASCII of 64 octets and more, hex, no NUL; only the owner's file, never empty */
static void secrets(void **state)
{
	char long_text[IKE_SECRET_MAX + 2];
	struct conf *c;

	c = good(PSK "secret-file = %/secret\n");
	assert_true(is(c->pad[0].secret, SECRET_PSK, "correct horse", 13));
	conf_free(&c);
	c = good(PSK "secret-file = %/secret2\n");
	assert_true(is(c->pad[0].secret, SECRET_PSK, "\0\xff\x10", 3));
	conf_free(&c);
	memset(long_text, 'x', sizeof(long_text));
	put("bad", long_text, IKE_SECRET_MAX, 0400);
	c = good(PSK "secret-file = %/bad\n");
	assert_true(is(c->pad[0].secret, SECRET_PSK, long_text, IKE_SECRET_MAX));
	conf_free(&c);

	put("bad", long_text, IKE_SECRET_MAX + 1, 0600);
	bad(PSK "secret-file = %/bad\n", 5, "secret-file: the secret's file: is too long");
	/* root starts the daemon, which reads it again as the user that it has become */
	if (!geteuid()) {
		put("bad", "theirs", 6, 0600);
		assert_int_equal(chown(name("bad"), 65534, 65534), 0);
		c = good(PSK "secret-file = %/bad\n");
		assert_true(is(c->pad[0].secret, SECRET_PSK, "theirs", 6));
		conf_free(&c);
	}
	put("bad", "", 0, 0600);
	bad(PSK "secret-file = %/bad\n", 5, "secret-file: the secret's file: is empty");
	put_text("bad", "\r\n\n");
	bad(PSK "secret-file = %/bad\n", 5, "secret-file: the secret's file: is empty");
	for (unsigned int i = 0; i < 4; i++) {
		static const char *const hex[] = { "0x", "0x1", "0xzz", "0x11 22" };

		put_text("bad", hex[i]);
		bad(PSK "secret-file = %/bad\n", 5,
		    "secret-file: the secret's file: 0x must be followed by an even number of hexadecimal digits");
	}
	put("bad", "a\0b", 3, 0600);
	bad(PSK "secret-file = %/bad\n", 5,
	    "secret-file: the secret's file: holds an octet 0: write it as 0x and hexadecimal digits");
	put("bad", "secret", 6, 0640);
	bad(PSK "secret-file = %/bad\n", 5,
	    "secret-file: the secret's file: others may read it: chmod 600, and think of a new key");
	put("bad", "secret", 6, 0604);
	bad(PSK "secret-file = %/bad\n", 5,
	    "secret-file: the secret's file: others may read it: chmod 600, and think of a new key");
	bad(PSK "secret-file = %/none\n", 5,
	    "secret-file: the secret's file: No such file or directory");
	bad(PSK "secret-file = %\n", 5, "secret-file: the secret's file: not a regular file");
}

static void together(void **state)
{
	bad(PSK, 1, "pad x: auth = psk and own-auth = psk need secret-file");
	bad(PKIX, 1, "pad x: auth = pkix needs ca");
	bad(PSK "secret-file = %/secret\nkey = " FP1 "\n", 1, "pad x: auth = psk takes no key");
	bad(PSK "secret-file = %/secret\nca = %/ca\n", 1, "pad x: only auth = pkix takes ca");
	bad(PKIX "secret-file = %/secret\nca = %/ca\n", 1,
	    "pad x: only auth = psk and own-auth = psk take secret-file");
	bad(PKIX "own-auth = psk\nca = %/ca\n", 1,
	    "pad x: auth = psk and own-auth = psk need secret-file");
	bad(PKIX "own-auth = pkix\nca = %/ca\n", 5, "own-auth: auto, pubkey, psk or null");
	bad("[pad x]\nmatch = any\nown-auth = null\n", 1,
	    "pad x: only match = id takes own-auth");
	bad("[pad x]\nmatch = any\nca = %/ca\n", 1, "pad x: only auth = pkix takes ca");
	bad("[pad x]\nmatch = null\nsecret-file = %/secret\n", 1,
	    "pad x: only auth = psk and own-auth = psk take secret-file");
	bad("[pad x]\nmatch = id\nid = fqdn:a\nauth = null\n", 1,
	    "pad x: an ID that nobody proves is none (RFC 7619): auth = null goes with match = null");
	bad("[pad x]\nmatch = any\nauth = null\n", 1, "pad x: only match = id takes auth");
	bad("[pad x]\nmatch = null\nauth = psk\n", 1, "pad x: only match = id takes auth");
	bad("[pad x]\nmatch = id\nid = fqdn:a\nauth = eap\n", 4,
	    "auth: pubkey, pkix, psk or null");
	bad("[daemon]\nauth = pkix\n", 2, "auth: pubkey, psk or null");
}

static void certificates(void **state)
{
	uint8_t der[IKE_CHAIN_MAX * IKE_CERT_MAX], dn[256];
	struct conf *c;
	size_t len;

	c = good("[pad n]\nmatch = null\nauth = null\n" PKIX "ca = %/cas\nkey = %/leaf.der\n"
		 "[daemon]\nauth = null\ncertificate = %/chain\n");
	assert_int_equal(c->daemon.auth, BTNS_AUTH_NULL);
	assert_true(c->daemon.x509);
	assert_string_equal(c->daemon.certificate, name("chain"));
	assert_int_equal(c->n_pad, 2);
	assert_int_equal(pkix_count(c->pad[1].ca), 2);
	assert_int_equal(c->pad[1].n_keys, 1);
	assert_true(c->pad[1].spki[0].len > 80);
	conf_free(&c);
	c = good("[daemon]\ncertificate = x509\n");
	assert_true(c->daemon.x509);
	assert_int_equal(c->daemon.auth, BTNS_AUTH_PUBKEY);
	assert_string_equal(c->daemon.certificate, "");
	conf_free(&c);
	assert_null(value_chain(name("chain"), der, sizeof(der), &len));
	assert_int_equal(len, leaf->len + root->len);
	assert_memory_equal(der, leaf->der, leaf->len);

	bad("[daemon]\ncertificate = chain\n", 2,
	    "certificate: raw, x509 or the name of a file, from / on");
	bad("[daemon]\ncertificate = %/none\n", 2,
	    "certificate: the certificate file: No such file or directory");
	bad("[daemon]\ncertificate = %/secret\n", 2,
	    "certificate: the certificate file: no certificate in PEM");
	put_text("bad", "-----BEGIN CERTIFICATE-----\nMAMCAQ==\n-----END CERTIFICATE-----\n");
	bad("[daemon]\ncertificate = %/bad\n", 2,
	    "certificate: the certificate file: a certificate is damaged");
	put_text("bad", "-----BEGIN PRIVATE KEY-----\n");
	bad("[daemon]\ncertificate = %/bad\n", 2,
	    "certificate: the certificate file holds a private key: that belongs into its own");
	bad(PKIX "ca = %/none\n", 5, "ca: the file of authorities: No such file or directory");
	bad(PKIX "ca = %/secret\n", 5, "ca: the file of authorities: no certificate in PEM");
	bad(PKIX "ca = %/chain\n", 5,
	    "ca: the file of authorities: not the certificate of an authority (CA:TRUE)");

	/* the subject as ID, out of a file and in digits */
	len = pkix_subject(pki_der(leaf), dn, sizeof(dn));
	c = good("[pad x]\nmatch = id\nid = dn:%/chain\nkey = " FP1 "\n"
		 "[pad y]\nmatch = id\nid = dn:3003020105\nkey = " FP1 "\n");
	assert_int_equal(c->pad[0].id.type, BTNS_ID_DER_ASN1_DN);
	assert_int_equal(c->pad[0].id.len, len);
	assert_memory_equal(c->pad[0].id.data, dn, len);
	assert_memory_equal(c->pad[1].id.data, "\x30\x03\x02\x01\x05", 5);
	conf_free(&c);
	bad("[pad x]\nmatch = id\nid = dn:CN=leaf\n", 3,
	    "id: dn: the name of a certificate's file must follow, or DER in hexadecimal digits");
}

static struct ike_addr address(const char *text)
{
	struct ike_addr a;

	assert_null(value_address(text, &a));
	return a;
}

static const char *named(const struct conf_pad *p)
{
	return p ? p->name : "-";
}

/* RFC5386/8, 11: the entry that the kernel finds; for whoever begins, by address */
static void whom(void **state)
{
	static const struct { uint16_t type; const char *id, *pad; } ids[] = {
		{ BTNS_ID_FQDN, "a.example", "a" }, { BTNS_ID_FQDN, "A.EXAMPLE", "a" },
		{ BTNS_ID_FQDN, "b.example", "rest" }, { BTNS_ID_FQDN, "example", "-" },
		{ BTNS_ID_FQDN, ".example", "-" }, { BTNS_ID_FQDN, "a.example.org", "-" },
		{ BTNS_ID_RFC822_ADDR, "a.example", "-" },
		{ BTNS_ID_RFC822_ADDR, "M@example", "mail" }, { BTNS_ID_KEY_ID, "\x0a", "key" },
	};
	static const struct { const char *address, *pad; } hosts[] = {
		{ "192.0.2.1", "ip" }, { "192.0.2.7", "mail" }, { "192.0.2.8", "a" },
		{ "192.0.2.9", "a" }, { "192.0.2.10", "key" }, { "192.0.2.99", "-" },
		{ "2001:db8::1", "ip6" }, { "2001:db8::2", "-" },
	};
	struct conf *c = good(
		"[pad any]\nmatch = any\n"
		"[pad a]\nmatch = id\nid = fqdn:a.example\nauth = psk\nsecret-file = %/secret\n"
		"child = 192.0.2.9\n"
		"[pad rest]\nmatch = id\nid = fqdn:*.example\nkey = " FP1 "\n"
		"[pad mail]\nmatch = id\nid = email:m@example\nkey = " FP1 "\n"
		"[pad key]\nmatch = id\nid = keyid:0a\nkey = " FP1 "\nchild = 192.0.2.8-192.0.2.10\n"
		"[pad ip]\nmatch = id\nid = 192.0.2.1\nkey = " FP1 "\n"
		"[pad ip6]\nmatch = id\nid = 2001:db8::1\nkey = " FP1 "\n"
		"[pad null]\nmatch = null\nchild = 192.0.2.0/24\n"
		"[policy m]\nclass = private\nremote = 192.0.2.7/32\npeer = email:m@example\n"
		"[policy net]\nclass = private\nremote = 192.0.2.0/24\npeer = fqdn:z.example\n"
		"[policy g]\nclass = private\nmode = tunnel\npeer-gateway = 192.0.2.8\n"
		"remote = 10.0.0.0/8\npeer = fqdn:a.example\n");

	for (unsigned int i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		assert_string_equal(named(creds_of_id(c, ids[i].type, (const uint8_t *)ids[i].id,
						      strlen(ids[i].id))), ids[i].pad);
	for (unsigned int i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		struct ike_addr a = address(hosts[i].address);

		assert_string_equal(named(creds_of_address(c, &a)), hosts[i].pad);
	}
	conf_free(&c);
}

/* How we prove ourselves, and what is expected: by the daemon's choice and the entry's. */
static void expectations(void **state)
{
	static const struct { const char *daemon; uint8_t plain, shared; } v[] = {
		{ "", BTNS_AUTH_PUBKEY, BTNS_AUTH_PSK },
		{ "[daemon]\nauth = psk\n", BTNS_AUTH_PSK, BTNS_AUTH_PSK },
		{ "[daemon]\nauth = null\n", BTNS_AUTH_NULL, BTNS_AUTH_NULL },
	};
	const struct ike_identity a = { .id_type = BTNS_ID_FQDN, .id = (const uint8_t *)"a",
		.id_len = 1 }, b = { .id_type = BTNS_ID_FQDN, .id = (const uint8_t *)"b",
		.id_len = 1 };
	struct ike_addr at = address("192.0.2.1"), elsewhere = address("192.0.2.2");
	char text[512];

	for (unsigned int i = 0; i < 3; i++) {
		struct btnsd d = { 0 };
		struct ike_expect e = { 0 };

		snprintf(text, sizeof(text), "%s" PSK "secret-file = %%/secret\nchild = 192.0.2.1\n"
			 "[pad b]\nmatch = id\nid = fqdn:b\nkey = " FP1 "\nkey = %%/leaf.der\n",
			 v[i].daemon);
		d.conf = good(text);
		creds_expect(&d, &elsewhere, &a, &e);
		assert_int_equal(e.own_auth, v[i].shared);
		assert_true(is(e.secret, SECRET_PSK, "correct horse", 13));
		assert_int_equal(e.n_keys, 0);
		memset(&e, 0, sizeof(e));
		creds_expect(&d, &at, NULL, &e);
		assert_int_equal(e.own_auth, v[i].shared);
		assert_true(is(e.secret, SECRET_PSK, "correct horse", 13));
		memset(&e, 0, sizeof(e));
		creds_expect(&d, &elsewhere, NULL, &e);
		assert_int_equal(e.own_auth, v[i].plain);
		assert_null(e.secret);
		memset(&e, 0, sizeof(e));
		/* a fingerprint alone verifies nothing, a key does */
		creds_expect(&d, &at, &b, &e);
		assert_int_equal(e.own_auth, v[i].plain);
		assert_null(e.secret);
		assert_int_equal(e.n_keys, 1);
		assert_true(e.keys[0].len > 80);
		conf_free(&d.conf);
	}
}

/* RFC8784/1, 5, 6: a second secret, its name, and whether it must be */
static void postquantum(void **state)
{
#define PUB	"[pad x]\nmatch = id\nid = fqdn:a\nkey = " FP1 "\n"
	const struct ike_identity a = { .id_type = BTNS_ID_FQDN, .id = (const uint8_t *)"a",
		.id_len = 1 };
	struct ike_addr at = address("192.0.2.1");
	struct btnsd d = { 0 };
	struct ike_expect e = { 0 };
	struct conf *c;

	d.conf = good(PUB "ppk-file = %/secret2\nppk-id = One of us\nchild = 192.0.2.1\n");
	assert_true(conf_has_ppk(d.conf));
	for (int i = 0; i < 2; i++) {
		creds_expect(&d, &at, i ? &a : NULL, &e);
		assert_true(is(e.ppk, SECRET_PPK, "\0\xff\x10", 3));
		assert_int_equal(e.ppk_id_len, 9);
		assert_memory_equal(e.ppk_id, "One of us", 9);
		assert_true(e.ppk_required);
	}
	conf_free(&d.conf);
	memset(&e, 0, sizeof(e));
	d.conf = good(PSK "secret-file = %/secret\nppk-file = %/secret2\nppk-id = 0x00fF\n"
		      "ppk = optional\n");
	creds_expect(&d, &at, &a, &e);
	assert_true(is(e.ppk, SECRET_PPK, "\0\xff\x10", 3));
	assert_int_equal(e.ppk_id_len, 2);
	assert_memory_equal(e.ppk_id, "\0\xff", 2);
	assert_false(e.ppk_required);
	conf_free(&d.conf);
	c = good(PUB);
	assert_false(conf_has_ppk(c));
	conf_free(&c);
	c = good(PUB "ppk-file = %/secret\nppk-id = x\nppk = required\n");
	conf_free(&c);

	bad(PUB "ppk-file = %/secret\n", 1, "pad x: ppk-file needs ppk-id");
	bad(PUB "ppk-id = x\n", 1, "pad x: ppk-id needs ppk-file");
	bad(PUB "ppk = optional\n", 1, "pad x: ppk needs ppk-file");
	bad(PUB "ppk-file = %/secret\nppk-id = x\nppk = yes\n", 7, "ppk: required or optional");
	bad(PUB "ppk-file = %/secret\nppk-id = 0x1\n", 6,
	    "ppk-id: 0x must be followed by 1 to 255 octets in hexadecimal digits");
	bad(PUB "ppk-file = %/secret\nppk-id = 0x\n", 6,
	    "ppk-id: 0x must be followed by 1 to 255 octets in hexadecimal digits");
	bad("[pad x]\nmatch = any\nppk-file = %/secret\nppk-id = x\n", 1,
	    "pad x: only match = id takes ppk-file and ppk-id");
	put("bad", "secret", 6, 0640);
	bad(PUB "ppk-file = %/bad\nppk-id = x\n", 5,
	    "ppk-file: the secret's file: others may read it: chmod 600, and think of a new key");
}

/* The server by a certificate, its clients by secrets; and one who stays unknown. */
static void each_its_own(void **state)
{
	static const struct { const char *say; uint8_t own; } v[] = {
		{ PSK "secret-file = %/secret\nown-auth = pubkey\n", BTNS_AUTH_PUBKEY },
		{ PKIX "ca = %/ca\nsecret-file = %/secret\nown-auth = psk\n", BTNS_AUTH_PSK },
		{ PKIX "ca = %/ca\nown-auth = null\n", BTNS_AUTH_NULL },
		{ PKIX "ca = %/ca\nown-auth = auto\n", BTNS_AUTH_PUBKEY },
	};
	const struct ike_identity a = { .id_type = BTNS_ID_FQDN, .id = (const uint8_t *)"a",
		.id_len = 1 };
	struct ike_addr at = address("192.0.2.1");

	for (unsigned int i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct btnsd d = { .conf = good(v[i].say) };
		struct ike_expect e = { 0 };

		creds_expect(&d, &at, &a, &e);
		assert_int_equal(e.own_auth, v[i].own);
		assert_int_equal(i < 2, is(e.secret, SECRET_PSK, "correct horse", 13));
		conf_free(&d.conf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets),
		cmocka_unit_test(postquantum),
		cmocka_unit_test(together),
		cmocka_unit_test(certificates),
		cmocka_unit_test(whom),
		cmocka_unit_test(expectations),
		cmocka_unit_test(each_its_own),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
