// SPDX-License-Identifier: GPL-2.0-or-later
/* btns.conf: good files, and bad ones with the exact file:line: reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <cmocka.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "../btnsd/conf.h"
#include "../ike/cert.h"

static char dir[] = "/tmp/btns-conf.XXXXXX", file[64], error[CONF_ERROR_MAX];

static struct conf *read_text(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	error[0] = 0;
	return conf_read(file, error);
}

static void bad(const char *text, int line, const char *reason)
{
	struct conf *c = read_text(text);
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "%s:%d: %s", file, line, reason);
	assert_null(c);
	assert_string_equal(error, wanted);
}

#define FP1 "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define FP2 "SHA256:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"

static void builtin(void **state)
{
	struct conf *c = conf_read(NULL, error);

	assert_non_null(c);
	assert_int_equal(c->n_pad, 1);
	assert_int_equal(c->pad[0].match, BTNS_PAD_MATCH_ANY);
	assert_true(c->pad[0].any);
	assert_true(c->n_policy > 1);
	assert_int_equal(c->policy[c->n_policy - 1].class, BTNS_CLASS_PRIVATE_OR_CLEAR);
	assert_true(c->policy[c->n_policy - 1].btns);
	assert_int_equal(c->policy[c->n_policy - 1].remote.family, 0);
	assert_string_equal(c->daemon.key, "/etc/btns/key.pem");
	assert_string_equal(c->daemon.control, "/run/btns/control");
	assert_int_equal(c->daemon.log_level, LOG_NOTICE);
	assert_int_equal(c->daemon.fallback, 3000);
	assert_int_equal(c->daemon.child_lifetime, 3600000);
	assert_false(c->daemon.user_set);
	conf_free(&c);
	assert_null(c);
}

/* ike-suites: levels and names, in the order in which they stand. */
static void ike_suites(void **state)
{
	struct conf *c = read_text("[daemon]\n");

	assert_non_null(c);
	assert_int_equal(c->daemon.n_offers, 1);	/* strong */
	assert_int_equal(c->daemon.offers[0].n_group, 1);
	assert_int_equal(c->daemon.offers[0].group[0], 31);
	conf_free(&c);
	c = read_text("[daemon]\nike-suites = strong, aes128-sha256-modp2048\n");
	assert_non_null(c);
	assert_int_equal(c->daemon.n_offers, 2);
	assert_int_equal(c->daemon.offers[0].group[0], 31);
	assert_int_equal(c->daemon.offers[1].encr[0].bits, 128);
	assert_int_equal(c->daemon.offers[1].group[0], 14);
	conf_free(&c);
	c = read_text("[daemon]\nike-suites = compatible\n");
	assert_non_null(c);
	assert_int_equal(c->daemon.n_offers, 2);
	conf_free(&c);
	bad("[daemon]\nike-suites = strong weak\n", 2,
	    "ike-suites: unknown algorithm, or one too many");
	bad("[daemon]\nike-suites = aes128-curve25519\n", 2,
	    "ike-suites: CBC needs sha256, sha384 or sha512");
	bad("[daemon]\nike-suites = ,\n", 2,
	    "ike-suites: strong, compatible, or names of algorithms");
}

/* Nothing said about PAD and SPD: the built-in ones. */
static void empty_file(void **state)
{
	struct conf *c = read_text("# nothing\n\n");

	assert_non_null(c);
	assert_int_equal(c->n_pad, 1);
	conf_free(&c);
	c = read_text("[daemon]\nlog-level = debug");
	assert_non_null(c);
	assert_int_equal(c->daemon.log_level, LOG_DEBUG);
	assert_int_equal(c->n_pad, 1);
	conf_free(&c);
}

static void sample_is_builtin(void **state)
{
	struct conf *a = conf_read(NULL, error), *b;
	unsigned int i;

	/* run from the top folder, or by hand from user/ */
	b = conf_read(access("packaging", F_OK) ? "../packaging/btns.conf" :
		      "packaging/btns.conf", error);
	assert_non_null(b);
	assert_int_equal(a->n_pad, b->n_pad);
	assert_int_equal(a->n_policy, b->n_policy);
	for (i = 0; i < a->n_policy; i++) {
		a->policy[i].line = b->policy[i].line;
		assert_memory_equal(&a->policy[i], &b->policy[i], sizeof(a->policy[i]));
	}
	assert_memory_equal(&a->daemon, &b->daemon, sizeof(a->daemon));
	conf_free(&a);
	conf_free(&b);
}

static void pad_entries(void **state)
{
	struct conf *c = read_text(
		"[pad q]\nmatch = id\nid = fqdn:q.example.com\nkey = " FP1 "\nkey = " FP2 "\n"
		"child = 192.0.2.1, 2001:db8::/32 10.0.0.1-10.0.0.9\nsearch = by-id\n"
		"[pad c]\nmatch = publickey\nkey = " FP2 "=\n"
		"[pad mail]\nmatch = id\nid = email:a@example.com\nkey = " FP1 "\nchild = 10.1.0.0/16\n"
		"[pad six]\nmatch=id\nid=2001:db8::7\nkey=" FP1 "\n"
		"[pad hex]\nmatch=id\nid=keyid:00ffA0\nkey=" FP1 "\n"
		"[pad none]\nmatch = null\n"
		"[pad rest]\nmatch = any ; and a comment\nchild = any\nchild = 10.8.0.0/24\n");
	const struct conf_pad *p;

	assert_string_equal(error, "");
	assert_non_null(c);
	assert_int_equal(c->n_pad, 7);
	assert_int_equal(c->n_policy, 0);
	p = &c->pad[0];
	assert_string_equal(p->name, "q");
	assert_int_equal(p->line, 1);
	assert_int_equal(p->id.type, BTNS_ID_FQDN);
	assert_int_equal(p->id.len, 13);
	assert_memory_equal(p->id.data, "q.example.com", 13);
	assert_int_equal(p->n_keys, 2);
	assert_int_equal(p->keys[0][31], 31);
	assert_int_equal(p->keys[1][31], 32);
	assert_true(p->by_id);
	assert_false(p->any);
	assert_int_equal(p->n_ranges, 3);
	assert_memory_equal(p->ranges[0].start, "\xc0\0\2\1", 4);
	assert_memory_equal(p->ranges[0].end, "\xc0\0\2\1", 4);
	assert_int_equal(p->ranges[1].family, AF_INET6);
	assert_memory_equal(p->ranges[1].end, "\x20\1\xd\xb8\xff\xff\xff\xff", 8);
	assert_memory_equal(p->ranges[2].end, "\xa\0\0\x9", 4);
	assert_int_equal(p->ranges[2].port_end, 65535);
	assert_int_equal(c->pad[1].match, BTNS_PAD_MATCH_PUBLICKEY);
	assert_true(c->pad[1].any);
	assert_int_equal(c->pad[2].auth, BTNS_AUTH_PUBKEY);
	assert_int_equal(c->pad[2].id.type, BTNS_ID_RFC822_ADDR);
	assert_int_equal(c->pad[3].id.type, BTNS_ID_IPV6_ADDR);
	assert_int_equal(c->pad[3].id.len, 16);
	assert_memory_equal(c->pad[4].id.data, "\0\xff\xa0", 3);
	assert_int_equal(c->pad[5].match, BTNS_PAD_MATCH_NULL);
	assert_int_equal(c->pad[6].match, BTNS_PAD_MATCH_ANY);
	assert_true(c->pad[6].any);
	assert_int_equal(c->pad[6].n_ranges, 1);
	conf_free(&c);
}

static void policies(void **state)
{
	struct conf *c = read_text(
		"[policy nfs]\nclass = private\nremote = 192.0.2.0/24\nprotocol = tcp\n"
		"remote-port = 2049\nlocal-port = 8192-16383\nbtns = yes\n"
		"suites = chacha20poly1305 aes256gcm16\nsuites = aes128-sha256, null-sha512\n"
		"lifetime = 2h\nlifebytes = 4G\npeer = " FP1 "\n"
		"[spd gw]\nclass = private\nmode = tunnel\nlocal = 10.0.0.0/8\n"
		"remote = 10.9.0.0/16\npeer-gateway = 198.51.100.1\nnull = yes\nbtns = no\n"
		"peer = fqdn:gw.example.com\n"
		"[policy six]\nclass = block\nlocal = ::/0\n");
	const struct conf_policy *p;

	assert_string_equal(error, "");
	assert_non_null(c);
	assert_int_equal(c->n_policy, 3);
	p = &c->policy[0];
	assert_int_equal(p->class, BTNS_CLASS_PRIVATE);
	assert_int_equal(p->local.proto, IPPROTO_TCP);
	assert_int_equal(p->remote.port_start, 2049);
	assert_int_equal(p->remote.port_end, 2049);
	assert_int_equal(p->local.port_start, 8192);
	assert_true(p->btns);
	assert_int_equal(p->n_suites, 4);
	assert_int_equal(p->suites[0].encr, ENCR_CHACHA20_POLY1305);
	assert_int_equal(p->suites[1].encr_bits, 256);
	assert_int_equal(p->suites[2].integ, INTEG_HMAC_SHA2_256_128);
	assert_int_equal(p->suites[3].encr, ENCR_NULL);
	assert_int_equal(p->lifetime, 7200);
	assert_true(p->lifebytes == 4ULL << 30);
	assert_true(p->has_fingerprint);
	p = &c->policy[1];
	assert_int_equal(p->mode, BTNS_MODE_TUNNEL);
	assert_int_equal(p->peer_gateway.family, AF_INET);
	assert_true(p->null);
	assert_false(p->btns);
	assert_int_equal(p->peer.type, BTNS_ID_FQDN);
	p = &c->policy[2];
	assert_int_equal(p->local.family, AF_INET6);
	assert_int_equal(p->local.end[15], 255);
	conf_free(&c);
}

static void daemon_options(void **state)
{
	struct conf *c = read_text(
		"[daemon]\nkey=/k\nid = fqdn:me.example\ncertificate = x509\n"
		"listen = 127.0.0.1 ::1\nlisten = 127.0.0.2\ncontrol=/c\nuser = someone\n"
		"fallback-time = 1500ms\nliveness = off\ndead-peer = break\nike-lifetime = 1d\n"
		"retransmit-count = 3\nmax-ike-sas = 7\n");

	assert_string_equal(error, "");
	assert_non_null(c);
	assert_string_equal(c->daemon.key, "/k");
	assert_true(c->daemon.x509);
	assert_int_equal(c->daemon.n_listen, 3);
	assert_int_equal(c->daemon.listen[1].family, AF_INET6);
	assert_true(c->daemon.user_set);
	assert_int_equal(c->daemon.fallback, 1500);
	assert_int_equal(c->daemon.liveness, UINT32_MAX);
	assert_true(c->daemon.dead_peer_breaks);
	assert_int_equal(c->daemon.ike_lifetime, 86400000);
	assert_int_equal(c->daemon.retry_max, 3);
	assert_int_equal(c->daemon.max_sas, 7);
	conf_free(&c);
}

static void bad_structure(void **state)
{
	char text[600];

	bad("key = x\n", 1, "'key' stands in no section");
	bad("\n[frobs]\n", 2, "unknown section 'frobs'");
	bad("[pad]\n", 1, "section pad needs a name: [pad NAME]");
	bad("[daemon]\n[daemon]\n", 2, "section daemon stands twice");
	bad("[daemon]\nwhat\n", 2, "neither [SECTION] nor NAME = VALUE");
	bad("[daemon\nkey = x\n", 1, "neither [SECTION] nor NAME = VALUE");
	bad("[daemon]\n\n\ncolour = red\n", 4, "unknown option 'colour'");
	bad("[daemon]\nclass = private\n", 2, "unknown option 'class'");
	bad("[daemon]\nkey =\n", 2, "key: has no value");
	bad("[daemon]\nkey = a\nkey = b\n", 3, "key stands twice in this section");
	bad("[pad a] x\nmatch = any\n", 1, "text after the section's title");
	bad("[policy x]\nclass = clear\n\n[policy x]\nclass = clear\n", 4,
	    "policy x: stands in line 1 already");
	/* an empty section is seen, too, and named by its own line */
	bad("[policy x]\n\n[policy y]\nclass = clear\n", 1, "policy x: needs class");
	bad("[policy y]\nclass = clear\n[policy x]", 3, "policy x: needs class");
	memset(text, 'a', sizeof(text));
	memcpy(text, "[daemon]\nkey = ", 15);
	strcpy(text + 500, "\n");
	bad(text, 2, "a line has at most 198 characters");
	memset(text + 1, 'n', 100);
	memcpy(text, "[pad ", 5);
	strcpy(text + 80, "]\n");
	bad(text, 1, "a name has at most 63 characters");
}

static void bad_values(void **state)
{
	bad("[daemon]\nlog-level = loud\n", 2,
	    "log-level: error, warning, notice, info or debug");
	bad("[daemon]\nliveness = soon\n", 2,
	    "liveness: not a time (500ms, 30s, 5min, 4h, 1d)");
	bad("[daemon]\nliveness = 5 years\n", 2,
	    "liveness: not a time (500ms, 30s, 5min, 4h, 1d)");
	bad("[daemon]\ndead-peer = bury\n", 2, "dead-peer: neither keep nor break");
	bad("[daemon]\nliveness = 0\n", 2, "liveness: from 1ms to 49d");
	bad("[daemon]\nike-lifetime = 99999999d\n", 2, "ike-lifetime: from 1ms to 49d");
	bad("[daemon]\nfallback-time = 31s\n", 2, "fallback-time: at most 30s");
	bad("[daemon]\nretransmit-count = 13\n", 2,
	    "retransmit-count: not a number from 1 to 12");
	bad("[daemon]\nretransmit-count = -1\n", 2,
	    "retransmit-count: not a number from 1 to 12");
	bad("[daemon]\nlisten = 127.0.0.1 example.com\n", 2, "listen: not an IP address");
	bad("[daemon]\nid = me\n", 2,
	    "id: not an ID (fqdn:NAME, email:NAME, keyid:HEX, dn:FILE, ADDRESS)");
	bad("[daemon]\nid = keyid:abc\n", 2,
	    "id: keyid: an even number of hexadecimal digits must follow");
	bad("[daemon]\nid = fqdn:\n", 2, "id: an ID has 1 to 256 octets");
	bad("[pad x]\nmatch = all\n", 2, "match: id, publickey, any or null");
	bad("[pad x]\nmatch = publickey\nkey = SHA256:short\n", 3,
	    "key: not a fingerprint (SHA256: and 43 characters of base64)");
	bad("[pad x]\nmatch = publickey\nkey = /nonexistent\n", 3,
	    "key: the key file: No such file or directory");
	bad("[pad x]\nmatch = any\nchild = 10.0.0.0/33\n", 3,
	    "child: the prefix length is too long or no number");
	bad("[pad x]\nmatch = any\nchild = 10.0.0.1/8\n", 3,
	    "child: bits are set behind the prefix");
	bad("[pad x]\nmatch = any\nchild = 10.0.0.9-10.0.0.1\n", 3,
	    "child: the range does not end with a higher address of the same family");
	bad("[pad x]\nmatch = any\nchild = 10.0.0.9-::1\n", 3,
	    "child: the range does not end with a higher address of the same family");
	bad("[policy x]\nclass = maybe\n", 2,
	    "class: private, private-or-clear, clear-or-private, clear or block");
	bad("[policy x]\nclass = private\nremote = 10.0.0.1-10.0.0.2\n", 3,
	    "remote: not a prefix");
	bad("[policy x]\nclass = private\nprotocol = tpc\n", 3,
	    "protocol: any, tcp, udp, icmp, icmp6, sctp or a number from 1 to 255");
	bad("[policy x]\nclass = private\nremote-port = 70000\n", 3,
	    "remote-port: not a port, nor FIRST-LAST");
	bad("[policy x]\nclass = private\nremote-port = 9-8\n", 3,
	    "remote-port: not a port, nor FIRST-LAST");
	bad("[policy x]\nclass = private\nbtns = maybe\n", 3, "btns: yes or no");
	bad("[policy x]\nclass = private\nsuites = aes257gcm16\n", 3,
	    "suites: unknown suite (aes256gcm16, chacha20poly1305, aes128-sha256 ...)");
	bad("[policy x]\nclass = private\nsuites = aes128\n", 3,
	    "suites: unknown suite (aes256gcm16, chacha20poly1305, aes128-sha256 ...)");
	bad("[policy x]\nclass = private\nlifebytes = 12X\n", 3,
	    "lifebytes: unknown suffix: k, M, G or T");
	bad("[policy x]\nclass = private\nlifebytes = 99999999999T\n", 3,
	    "lifebytes: too many octets");
	bad("[policy x]\nclass = private\nlifetime = 1s\n", 3, "lifetime: at least 10s");
}

static void bad_together(void **state)
{
	bad("[pad x]\nkey = " FP1 "\n", 1, "pad x: needs match");
	bad("[pad x]\nmatch = id\nkey = " FP1 "\n", 1, "pad x: match = id needs id");
	bad("[pad x]\nmatch = id\nid = fqdn:a\n", 1, "pad x: auth = pubkey needs key");
	bad("[pad x]\nmatch = any\nid = fqdn:a\n", 1, "pad x: only match = id takes id");
	bad("[pad x]\nmatch = publickey\n", 1, "pad x: match = publickey needs key");
	bad("[pad x]\nmatch = any\nkey = " FP1 "\n", 1,
	    "pad x: match = any and null take no key");
	bad("[pad x]\nmatch = any\nauth = psk\n", 1, "pad x: only match = id takes auth");
	/* RFC5386/5 */
	bad("[pad x]\nmatch = any\n[pad y]\nmatch = any\n", 3,
	    "pad y: only one entry may match any key (RFC 5386), and pad x does");
	bad("[policy x]\nclass = private\nremote-port = 80\n", 1,
	    "policy x: ports need a protocol that has some");
	bad("[policy x]\nclass = private\nprotocol = udp\nlocal-port = 1-3\n", 1,
	    "policy x: a range of ports must be an aligned power of two (8000-8191)");
	bad("[policy x]\nclass = private\nlocal = 10.0.0.0/8\nremote = ::/0\n", 1,
	    "policy x: local and remote are of different families");
	bad("[policy x]\nclass = private\npeer-gateway = 10.0.0.1\n", 1,
	    "policy x: transport mode takes no gateway");
	bad("[policy x]\nclass = private\nmode = tunnel\npeer-gateway = 10.0.0.1\n"
	    "local-gateway = ::1\n", 1, "policy x: gateways are of different families");
	bad("[policy x]\nclass = clear\nbtns = yes\n", 1,
	    "policy x: class clear and block protect nothing: only class, addresses, protocol and ports");
}

static void no_file(void **state)
{
	assert_null(conf_read("/nonexistent/btns.conf", error));
	assert_string_equal(error, "/nonexistent/btns.conf: No such file or directory");
	assert_null(conf_read("/tmp", error));
	assert_non_null(strstr(error, "/tmp"));
}

/* A raw key in PEM and DER and a certificate of it all have the key's fingerprint. */
static void key_files(void **state)
{
	struct crypto_sign_key key;
	uint8_t spki[ED25519_SPKI_LEN], cert[2048], want[32], got[32];
	gnutls_datum_t in, out;
	struct chunk c = CHUNK(spki, sizeof(spki));
	char path[64], text[256];
	size_t len;
	FILE *f;

	crypto_ed25519_keypair(&key, (const uint8_t *)"0123456789abcdef0123456789abcdef");
	crypto_ed25519_spki(spki, key.public);
	crypto_sha256(want, &c, 1);
	snprintf(path, sizeof(path), "%s/key", dir);

	f = fopen(path, "w");
	fwrite(spki, 1, sizeof(spki), f);
	fclose(f);
	assert_null(value_key_file(path, got, NULL));
	assert_memory_equal(got, want, 32);

	in.data = spki;
	in.size = sizeof(spki);
	assert_int_equal(gnutls_pem_base64_encode2("PUBLIC KEY", &in, &out), 0);
	f = fopen(path, "w");
	fprintf(f, "a remark\n%.*s", (int)out.size, out.data);
	fclose(f);
	gnutls_free(out.data);
	memset(got, 0, 32);
	assert_null(value_key_file(path, got, NULL));
	assert_memory_equal(got, want, 32);
	snprintf(text, sizeof(text), "[pad x]\nmatch = publickey\nkey = %s\n", path);
	struct conf *conf = read_text(text);
	assert_non_null(conf);
	assert_memory_equal(conf->pad[0].keys[0], want, 32);
	conf_free(&conf);

	assert_int_equal(cert_self_signed(&key, "x", cert, sizeof(cert), &len), 0);
	in.data = cert;
	in.size = (unsigned int)len;
	assert_int_equal(gnutls_pem_base64_encode2("CERTIFICATE", &in, &out), 0);
	f = fopen(path, "w");
	fwrite(out.data, 1, out.size, f);
	fclose(f);
	gnutls_free(out.data);
	memset(got, 0, 32);
	assert_null(value_key_file(path, got, NULL));
	assert_memory_equal(got, want, 32);

	f = fopen(path, "w");
	fputs("-----BEGIN PRIVATE KEY-----\n", f);
	fclose(f);
	assert_string_equal(value_key_file(path, got, NULL),
			    "this is a private key: the public one is wanted");
	f = fopen(path, "w");
	fputs("rubbish", f);
	fclose(f);
	assert_string_equal(value_key_file(path, got, NULL),
			    "the file holds no public key and no certificate");
}

/* Every suite that can be printed can be read. */
static void suite_names(void **state)
{
	static const char *const names[] = { "aes256gcm16", "aes192gcm12", "aes128gcm8",
		"aes256ccm16", "chacha20poly1305", "aes128gmac", "aes256ctr-sha384",
		"aes128-sha1", "aes192-sha512", "camellia256-sha256", "null-sha256",
		"aes128-aesxcbc", "aes128-aescmac" };
	struct ike_suite s;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(value_suite(names[i], &s));
		value_suite_text(&s, text, sizeof(text));
		assert_string_equal(text, names[i]);
	}
}

/* Any octets: an answer, never a crash. */
static void garbage(void **state)
{
	unsigned int seed = 1, i, n, k;
	static const char alphabet[] = "[]=;#\n\n padpolicyclassmatch:/-.0129\t\r";
	char text[400];
	struct conf *c;

	for (i = 0; i < 3000; i++) {
		n = (unsigned int)rand_r(&seed) % (sizeof(text) - 1);
		for (k = 0; k < n; k++)
			text[k] = i % 2 ? alphabet[(unsigned int)rand_r(&seed) %
						   (sizeof(alphabet) - 1)] :
				(char)(1 + rand_r(&seed) % 255);
		text[n] = 0;
		c = read_text(text);
		if (!c)
			assert_memory_equal(error, file, strlen(file));
		conf_free(&c);
	}
}

static int setup(void **state)
{
	if (!mkdtemp(dir) || !crypto_init())
		return -1;
	snprintf(file, sizeof(file), "%s/btns.conf", dir);
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	unlink(file);
	snprintf(path, sizeof(path), "%s/key", dir);
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin),
		cmocka_unit_test(ike_suites),
		cmocka_unit_test(empty_file),
		cmocka_unit_test(sample_is_builtin),
		cmocka_unit_test(pad_entries),
		cmocka_unit_test(policies),
		cmocka_unit_test(daemon_options),
		cmocka_unit_test(bad_structure),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(bad_together),
		cmocka_unit_test(no_file),
		cmocka_unit_test(key_files),
		cmocka_unit_test(suite_names),
		cmocka_unit_test(garbage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
