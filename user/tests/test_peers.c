// SPDX-License-Identifier: GPL-2.0-or-later
/* Known peers of the daemon: from an identity to names, and to a decision. */
#include <errno.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "btnsd/peers_control.h"
#include "ike/crypto.h"

/* --- what stands around peers.c ------------------------------------------------------- */

static char logged[2048];
static int loud;
static json_t *told;
static unsigned int calls;

void log_at(int level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(logged, sizeof(logged), format, ap);
	va_end(ap);
	loud = level;
}

const char *addr_text(const struct ike_addr *a, char buf[ADDR_TEXT])
{
	return strcpy(buf, "the address");
}

void control_event(struct btnsd *d, json_t *event)
{
	json_decref(told);
	told = event;
}

struct nl_msg *kernel_new(struct kernel *k, uint8_t cmd)
{
	return nlmsg_alloc();
}

int kernel_call(struct kernel *k, struct nl_msg *m, kernel_each_fn each, void *arg)
{
	calls++;
	nlmsg_free(m);
	return 0;
}

uint64_t now_ms(void)
{
	return 0;
}

void make_folders(const char *file)
{
}

const struct passwd *privs_user(const struct conf_daemon *conf)
{
	return NULL;
}

bool conf_has_known(const struct conf *conf)
{
	return true;
}

enum known_bond_mode conf_bond(const struct conf *conf)
{
	return conf->pad->bond;
}

/* --- a daemon with a PAD of one entry ---------------------------------------------------- */

struct scene {
	struct btnsd d;
	struct conf conf;
	struct conf_pad pad;
	char folder[64];
	struct ike_addr at;
	uint8_t spki[44], id[BTNS_ID_MAX];
	struct ike_identity peer;
};

static int begin(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	strcpy(s->folder, "/tmp/test_peers.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	s->d.conf = &s->conf;
	s->conf.pad = &s->pad;
	s->conf.n_pad = 1;
	s->conf.daemon.max_known = 100;
	strcpy(s->pad.name, "all");
	s->pad.known = KNOWN_ACCEPT_NEW;
	snprintf(s->conf.daemon.known, sizeof(s->conf.daemon.known), "%s/k", s->folder);
	s->at = (struct ike_addr){ .family = AF_INET, .port = 500, .ip = { 192, 0, 2, 1 } };
	s->peer = (struct ike_identity){ .id_type = BTNS_ID_KEY_ID, .id = s->id, .id_len = 32,
		.spki = s->spki, .spki_len = sizeof(s->spki), .at = &s->at };
	assert_true(peers_open(&s->d));
	*logged = 0;
	*state = s;
	return 0;
}

static int end(void **state)
{
	struct scene *s = *state;

	peers_close(&s->d);
	unlink(s->conf.daemon.known);
	rmdir(s->folder);
	json_decref(told);
	told = NULL;
	free(s);
	return 0;
}

static void id(struct scene *s, uint16_t type, const char *text)
{
	s->peer.id_type = type;
	s->peer.id_len = strlen(text);
	memcpy(s->id, text, s->peer.id_len);
}

static void names(void **state)
{
	struct scene *s = *state;
	static struct known_name n;
	struct chunk key = CHUNK(s->spki, sizeof(s->spki));
	uint8_t fp[32];

	crypto_sha256(fp, &key, 1);
	memcpy(s->id, fp, 32);
	assert_false(peers_id_name(&s->peer, fp, &n));
	/* another's fingerprint as ID is a name like any other */
	s->id[0] ^= 1;
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_memory_equal(n.text, "keyid:", 6);
	assert_int_equal(strlen(n.text), 6 + 64);
	id(s, BTNS_ID_FQDN, "Host.Example");
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_string_equal(n.text, "fqdn:host.example");
	id(s, BTNS_ID_RFC822_ADDR, "a+b@host");
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_string_equal(n.text, "email:a+b@host");
	/* what would break a line, a list or a terminal is hexadecimal */
	id(s, BTNS_ID_FQDN, "a,b");
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_string_equal(n.text, "id-2:612c62");
	id(s, BTNS_ID_FQDN, "a\nb");
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_string_equal(n.text, "id-2:610a62");
	memcpy(s->id, "a\0b", 3);
	s->peer.id_len = 3;
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_string_equal(n.text, "id-2:610062");
	/* a long one by its hash: never two IDs with one name */
	memset(s->id, 1, sizeof(s->id));
	s->peer.id_len = sizeof(s->id);
	assert_true(peers_id_name(&s->peer, fp, &n));
	assert_memory_equal(n.text, "id-2-sha256:", 12);
	assert_int_equal(strlen(n.text), 12 + 64);
	peers_address_name(&s->at, true, &n);
	assert_int_equal(n.kind, KNOWN_NAT);
	assert_string_equal(n.text, "192.0.2.1");
}

static const char *change(void)
{
	return json_string_value(json_object_get(told, "change"));
}

static void decisions(void **state)
{
	struct scene *s = *state;
	struct ike_identity who = s->peer;
	const struct refusal *r;

	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_string_equal(change(), "first");
	peers_vouch(&s->d, &who);
	assert_int_equal(who.auth, BTNS_AUTH_NONE);
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	peers_vouch(&s->d, &who);
	assert_int_equal(who.auth, BTNS_AUTH_LEAPOFFAITH);
	assert_int_equal(who.trust, BTNS_TRUST_KNOWN);
	assert_int_equal(peers_errno(&s->d, &s->at), 0);
	/* another key there */
	s->spki[0] ^= 1;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), -EACCES);
	assert_int_equal(loud, LOG_WARNING);
	assert_non_null(strstr(logged, "KEY CHANGED"));
	assert_string_equal(change(), "changed");
	assert_int_equal(peers_errno(&s->d, &s->at), EKEYREJECTED);
	r = peers_refusal(&s->d, &s->at);
	assert_non_null(r);
	assert_true(r->has_expected);
	/* once is loud enough */
	*logged = 0;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), -EACCES);
	assert_string_equal(logged, "");
	/* not where nothing is remembered, and not without key */
	s->pad.known = KNOWN_OFF;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	s->pad.known = KNOWN_ACCEPT_NEW;
	assert_int_equal(peers_judge(&s->d, &s->peer, "another entry"), 0);
	s->peer.spki_len = 0;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_int_equal(s->d.stats.known_changed, 2);
	assert_int_equal(s->d.stats.known_first, 1);
}

static void strangers(void **state)
{
	struct scene *s = *state;

	s->pad.known = KNOWN_STRICT;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), -EACCES);
	assert_int_equal(peers_errno(&s->d, &s->at), ENOKEY);
	assert_string_equal(change(), "refused");
	s->at.ip[3] = 2;
	s->pad.known = KNOWN_ASK;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), -EACCES);
	assert_int_equal(peers_errno(&s->d, &s->at), ENOKEY);
}

/* Without the store nobody is believed. */
static void no_store(void **state)
{
	struct scene *s = *state;

	known_close(&s->d.peers->store);
	strcpy(s->d.peers->why, "it is damaged");
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), -EACCES);
	assert_non_null(strstr(logged, "it is damaged"));
	assert_int_equal(peers_errno(&s->d, &s->at), EIO);
	assert_int_equal(peers_heir(&s->d, &s->peer, s->spki, 44), IKE_HEIR_UNWANTED);
}

static void heirs(void **state)
{
	struct scene *s = *state;
	uint8_t next[44] = { 1 }, other[44] = { 2 };

	assert_int_equal(peers_heir(&s->d, &s->peer, next, 44), IKE_HEIR_UNWANTED);
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_int_equal(peers_heir(&s->d, &s->peer, next, 44), IKE_HEIR_KEPT);
	assert_string_equal(change(), "successor");
	assert_int_equal(peers_heir(&s->d, &s->peer, other, 44), IKE_HEIR_RIVAL);
	assert_string_equal(change(), "two-successors");
	assert_non_null(strstr(logged, "TWO SUCCESSORS"));
	assert_int_equal(loud, LOG_WARNING);
}

/* What a person is shown of the key that holds the address: "held untied follows". */
static const char *shown(struct scene *s)
{
	json_t *list = peers_holding(&s->d, &s->at), *p = json_array_get(list, 0), *bond;
	static char text[64];

	assert_int_equal(json_array_size(list), 1);
	bond = json_object_get(p, "bond");
	assert_true(json_integer_value(json_object_get(bond, "agreed")) > 0);
	snprintf(text, sizeof(text), "%s %u %s",
		 json_is_true(json_object_get(bond, "held")) ? "held" : "none",
		 (unsigned int)json_integer_value(json_object_get(bond, "untied")),
		 !json_is_string(json_object_get(p, "successor_of")) ? "nobody" :
		 json_is_null(json_object_get(p, "announced")) ? "by secret" : "announced");
	json_decref(list);
	return text;
}

/* Secrets that sessions leave. */
static void bonds(void **state)
{
	struct scene *s = *state;
	uint8_t secret[IKE_BOND_LEN] = { 5 }, all[IKE_BONDS_MAX][IKE_BOND_LEN];
	uint32_t number = 1;

	s->pad.bond = KNOWN_BOND_WARN;
	/* of strangers none is kept */
	assert_false(peers_bond(&s->d, &s->peer, IKE_BOND_TAKE, &number, secret));
	s->peer.bond = IKE_BOND_UNPROVED;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_string_equal(change(), "first");
	assert_true(peers_bond(&s->d, &s->peer, IKE_BOND_TAKE, &number, secret));
	assert_int_equal(peers_bonds(&s->d, &s->at, NULL, all), 1);
	assert_memory_equal(all[0], secret, sizeof(secret));
	assert_int_equal(peers_bonds(&s->d, &s->at, &s->peer, all), 1);
	assert_string_equal(shown(s), "held 0 nobody");
	/* another key with that secret: the same peer */
	s->spki[0] ^= 1;
	s->peer.bond = IKE_BOND_PROVED;
	s->peer.secret = secret;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_string_equal(change(), "new-key");
	assert_non_null(strstr(logged, "NEW KEY"));
	assert_int_equal(s->d.stats.known_tied, 1);
	assert_string_equal(shown(s), "held 0 by secret");
	/* that key without it: somebody else, perhaps */
	s->peer.bond = IKE_BOND_FOREIGN;
	s->peer.secret = NULL;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_string_equal(change(), "untied");
	assert_non_null(strstr(logged, "KEY WITHOUT ITS SECRET"));
	assert_non_null(strstr(logged, "bond = warn"));
	assert_int_equal(loud, LOG_WARNING);
	s->pad.bond = KNOWN_BOND_REFUSE;
	s->peer.bond = IKE_BOND_UNPROVED;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), -EACCES);
	assert_non_null(strstr(logged, "bond = refuse"));
	assert_int_equal(loud, LOG_WARNING);
	assert_int_equal(peers_errno(&s->d, &s->at), EKEYREJECTED);
	assert_int_equal(s->d.stats.known_untied, 2);
	/* whoever tries on is not counted each time */
	assert_string_equal(shown(s), "held 1 by secret");
	/* one that moves, or is taken over from an earlier life, is not asked */
	s->peer.bond = IKE_BOND_UNASKED;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	/* the policy wants none */
	s->pad.bond = KNOWN_BOND_OFF;
	s->peer.bond = IKE_BOND_FOREIGN;
	number = 9;
	assert_int_equal(peers_judge(&s->d, &s->peer, "all"), 0);
	assert_int_equal(peers_bonds(&s->d, &s->at, NULL, all), 0);
	assert_false(peers_bond(&s->d, &s->peer, IKE_BOND_TAKE, &number, secret));
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(names), TEST(decisions), TEST(strangers), TEST(no_store), TEST(heirs),
		TEST(bonds),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
