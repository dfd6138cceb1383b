// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared secrets with the process that keeps the keys: they are used, read again, and never
 * in the memory of the process that meets the network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd/btnsd.h"
#include "btnsd/keeper_talk.h"
#include "scratch.h"

#define PRF	PRF_HMAC_SHA2_256

static char dir[] = "/tmp/btns-keeper.XXXXXX", error[CONF_ERROR_MAX];

void log_at(int level, const char *format, ...)
{
}

void log_level(int level)
{
}

void make_folders(const char *file)
{
}

static const char *name(const char *file)
{
	return scratch_name(dir, file);
}

static void put(const char *file, const char *text)
{
	scratch_put(name(file), text, strlen(text), 0600);
}

static void put_conf(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "[daemon]\nkey = %s/key\nuser = nobody\n"
		 "[pad a]\nmatch = id\nid = fqdn:a\nauth = psk\nsecret-file = %s/psk\n"
		 "ppk-file = %s/ppk\nppk-id = x\n"
		 "[pad b]\nmatch = id\nid = fqdn:b\nauth = psk\nsecret-file = %s/psk\n%s",
		 dir, dir, dir, dir, more);
	put("conf", text);
}

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	/* to be found by whom the keeper has become, as /etc/btns is */
	return chmod(dir, 0755);
}

static int teardown(void **state)
{
	static const char *const names[] = { "conf", "psk", "ppk", "key" };

	for (unsigned int i = 0; i < 4; i++)
		unlink(name(names[i]));
	return rmdir(dir);
}

static struct conf *read_file(void *arg, const struct conf_secrets *from,
			      char why[CONF_ERROR_MAX])
{
	return conf_read_from(name("conf"), from, why);
}

/* A daemon as far as it has to do with its keeper. */
struct scene {
	struct keeper keeper;
	struct keeper_keys keys;
	struct conf *conf;
};

static bool reload(struct scene *s)
{
	const struct conf_secrets from = { keeper_secret, &s->keeper };
	struct conf *conf;

	error[0] = 0;
	conf = keeper_read(&s->keeper, error) ? read_file(NULL, &from, error) : NULL;
	if (!conf)
		return false;
	conf_free(&s->conf);
	s->conf = conf;
	return true;
}

static void scene_open(struct scene *s)
{
	const struct conf_secrets from = { keeper_secret, &s->keeper };

	memset(s, 0, sizeof(*s));
	assert_int_equal(keeper_start(&s->keeper, read_file, NULL, &s->keys), KEEPER_GOOD);
	s->conf = read_file(NULL, &from, error);
	assert_non_null(s->conf);
	keeper_use(&s->keeper);
}

static void scene_close(struct scene *s)
{
	conf_free(&s->conf);
	signer_free(&s->keys.signer[KEEPER_OWN]);
	keeper_stop(&s->keeper);
}

static void same_as(const struct secret *s, const char *text)
{
	struct secret *here = secret_new(SECRET_PSK, CHUNK(text, strlen(text)));
	const struct chunk octets = CHUNK("what is signed", 14);
	uint8_t a[IKE_PRF_MAX], b[IKE_PRF_MAX];

	assert_non_null(s);
	assert_int_equal(secret_auth(s, PRF, octets, a), 32);
	assert_int_equal(secret_auth(here, PRF, octets, b), 32);
	assert_memory_equal(a, b, 32);
	assert_true(secret_check(s, PRF, octets, CHUNK(b, 32)));
	assert_false(secret_check(s, PRF, octets, CHUNK(b, 31)));
	assert_false(secret_check(s, PRF, CHUNK("what is signee", 14), CHUNK(b, 32)));
	b[31] ^= 1;
	assert_false(secret_check(s, PRF, octets, CHUNK(b, 32)));
	secret_free(&here);
}

/* IKE/34, RFC8784/3: what the keeper gives is what the secret itself would. */
static void uses(void **state)
{
	static const uint16_t prfs[] = { PRF_HMAC_SHA2_256, PRF_HMAC_SHA2_384,
					 PRF_HMAC_SHA2_512 };
	struct secret *here = secret_new(SECRET_PPK, CHUNK("of two", 6));
	uint8_t print[32];
	struct scene s;

	put("psk", "of both\n");
	put("ppk", "of two\n");
	put_conf("");
	scene_open(&s);
	same_as(s.conf->pad[0].secret, "of both");
	same_as(s.conf->pad[1].secret, "of both");
	assert_true(secret_equal(s.conf->pad[0].secret, s.conf->pad[1].secret));
	assert_false(secret_equal(s.conf->pad[0].secret, s.conf->pad[0].ppk));
	/* a hash of it would serve to try guesses */
	assert_false(secret_equal(s.conf->pad[0].ppk, here));
	for (unsigned int i = 0; i < 3; i++) {
		struct ike_keys a = { .prf = prfs[i], .sk_d = "d", .sk_pi = "i", .sk_pr = "r" };
		struct ike_keys b = a;

		assert_true(secret_mix(s.conf->pad[0].ppk, &a));
		assert_true(secret_mix(here, &b));
		assert_memory_equal(&a, &b, sizeof(a));
	}
	secret_free(&here);
	/* the same after the next start, for records and tickets, unless the key is another one */
	memcpy(print, secret_print(s.conf->pad[0].ppk).p, sizeof(print));
	scene_close(&s);
	scene_open(&s);
	assert_memory_equal(secret_print(s.conf->pad[0].ppk).p, print, sizeof(print));
	scene_close(&s);
	unlink(name("key"));
	scene_open(&s);
	assert_memory_not_equal(secret_print(s.conf->pad[0].ppk).p, print, sizeof(print));
	scene_close(&s);
}

/* One question as a daemon that somebody else drives would put it. */
static size_t raw(const struct scene *s, struct talk_question q, const char *octets,
		  uint8_t out[TALK_ANSWER_MAX])
{
	uint8_t packet[512];
	ssize_t n;

	memcpy(packet, &q, sizeof(q));
	memcpy(packet + sizeof(q), octets, strlen(octets));
	assert_true(send(s->keeper.fd, packet, sizeof(q) + strlen(octets), 0) > 0);
	n = recv(s->keeper.fd, out, TALK_ANSWER_MAX, 0);
	assert_true(n > 0);
	return (size_t)n;
}

static void gives_nothing_else(void **state)
{
	static const char eight[] = "12345678", path[] = "/etc/passwd";
	const char three[] = "12345678123456781234567812345678123456781234567812345678"
			     "1234567812345678123456781234567812345678";
	uint8_t out[TALK_ANSWER_MAX];
	struct scene s;

	put("psk", "of both\n");
	put("ppk", "of two\n");
	put_conf("");
	scene_open(&s);
	/* numbers as they were given: psk, ppk, psk */
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_SECRET, .which = 0,
			     .use = SECRET_AUTH, .arg = PRF }, eight, out), 33);
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_SECRET, .which = 1,
			     .use = SECRET_MIX, .arg = PRF }, three, out), 97);
	const struct talk_question no[] = {
		/* one for what the other does */
		{ .what = TALK_SECRET, .which = 0, .use = SECRET_MIX, .arg = PRF },
		{ .what = TALK_SECRET, .which = 1, .use = SECRET_AUTH, .arg = PRF },
		{ .what = TALK_SECRET, .which = 1, .use = SECRET_CHECK, .arg = PRF },
		/* none, no such use, no such PRF, more shown than there is */
		{ .what = TALK_SECRET, .which = 3, .use = SECRET_AUTH, .arg = PRF },
		{ .what = TALK_SECRET, .which = UINT32_MAX, .use = SECRET_AUTH, .arg = PRF },
		{ .what = TALK_SECRET, .which = 0, .use = 3, .arg = PRF },
		{ .what = TALK_SECRET, .which = 0, .use = SECRET_AUTH, .arg = 0 },
		{ .what = TALK_SECRET, .which = 0, .use = SECRET_AUTH, .arg = PRF + 65536 },
		{ .what = TALK_SECRET, .which = 0, .use = SECRET_AUTH, .arg = PRF,
		  .shown = sizeof(three) },
		{ .what = TALK_USE + 1 },
	};
	for (unsigned int i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		assert_int_equal(raw(&s, no[i], three, out), 1);
		assert_int_equal(out[0], 0);
	}
	/* RFC 8784 has three keys to mix, of the PRF's length */
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_SECRET, .which = 1,
			     .use = SECRET_MIX, .arg = PRF }, eight, out), 1);
	/* files that the configuration does not name, even while it is read */
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_READ }, "", out), 1);
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_FIND,
			     .which = SECRET_PSK }, path, out), 1);
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_FIND,
			     .which = SECRET_PPK }, name("psk"), out), 1);
	assert_int_equal(raw(&s, (struct talk_question){ .what = TALK_FIND,
			     .which = SECRET_PSK }, name("psk"), out),
			 1 + sizeof(struct talk_found));
	scene_close(&s);
}

/* A reload: those that hold are used until others do; the files may be root's alone. */
static void reads_again(void **state)
{
	struct secret *old;
	struct scene s;
	struct conf *was;

	put("psk", "first\n");
	put("ppk", "of two\n");
	put_conf("");
	scene_open(&s);
	same_as(s.conf->pad[0].secret, "first");

	put("psk", "");
	assert_false(reload(&s));
	assert_non_null(strstr(error, "conf:8: secret-file: the secret's file: is empty"));
	same_as(s.conf->pad[0].secret, "first");

	put("psk", "second\n");
	was = s.conf;
	s.conf = NULL;
	assert_true(reload(&s));
	old = was->pad[0].secret;
	same_as(s.conf->pad[0].secret, "second");
	same_as(old, "first");
	assert_false(secret_equal(old, s.conf->pad[0].secret));
	assert_true(secret_equal(was->pad[0].ppk, s.conf->pad[0].ppk));
	keeper_use(&s.keeper);
	same_as(s.conf->pad[1].secret, "second");
	assert_int_equal(secret_auth(old, PRF, CHUNK("x", 1), (uint8_t[IKE_PRF_MAX]){ 0 }), 0);
	conf_free(&was);

	/* the file changes between the keeper's reading and ours */
	assert_true(keeper_read(&s.keeper, error));
	put("more", "third\n");
	put_conf("[pad c]\nmatch = id\nid = fqdn:c\nauth = psk\nsecret-file = /tmp/none\n");
	assert_null(read_file(NULL, &(struct conf_secrets){ keeper_secret, &s.keeper }, error));
	assert_non_null(strstr(error, "secret-file: the configuration has changed"));
	same_as(s.conf->pad[0].secret, "second");
	unlink(name("more"));
	scene_close(&s);

	/* and one that was wrong from the start */
	assert_int_equal(keeper_start(&s.keeper, read_file, NULL, &s.keys), KEEPER_CONF);
	keeper_stop(&s.keeper);
}

/* An answer that nobody waits for any more is not that to the next question. */
static void late(void **state)
{
	const struct timeval soon = { .tv_usec = 20000 };
	const struct chunk octets = CHUNK("octets", 6);
	uint8_t mac[IKE_PRF_MAX];
	struct scene s;

	put("psk", "of both\n");
	put_conf("");
	scene_open(&s);
	assert_int_equal(secret_auth(s.conf->pad[0].secret, PRF, octets, mac), 32);
	assert_int_equal(setsockopt(s.keeper.fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)), 0);
	assert_int_equal(kill(s.keeper.pid, SIGSTOP), 0);
	assert_false(secret_check(s.conf->pad[0].secret, PRF, octets, CHUNK(mac, 32)));
	assert_int_equal(kill(s.keeper.pid, SIGCONT), 0);
	mac[0] ^= 1;
	assert_false(secret_check(s.conf->pad[0].secret, PRF, octets, CHUNK(mac, 32)));
	mac[0] ^= 1;
	assert_false(secret_check(s.conf->pad[0].secret, PRF, octets, CHUNK(mac, 32)));
	scene_close(&s);
}

/* --- memory -------------------------------------------------------------------------- */

/* Are these octets in what that process can read?  -1: we may not look. */
static int holds(pid_t pid, const void *octets, size_t len)
{
	char path[64], line[512], mode[8];
	unsigned long from, to;
	int found = 0, mem;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		char *copy;
		ssize_t n;

		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || *mode != 'r')
			continue;
		copy = malloc(to - from);
		assert_non_null(copy);
		n = pread(mem, copy, to - from, (off_t)from);
		found |= n > 0 && memmem(copy, (size_t)n, octets, len);
		free(copy);
	}
	fclose(maps);
	close(mem);
	return found;
}

struct word {
	pid_t keeper;
	bool good;
};

/* The process that would meet the network; it is told when, and never what. */
static void life(int fd, bool keeps)
{
	const struct chunk octets = CHUNK("octets", 6);
	struct word word = { 0 };
	static struct scene s;
	struct ike_keys k = { .prf = PRF };
	uint8_t mac[IKE_PRF_MAX];
	char go;

	if (read(fd, &go, 1) != 1)
		_exit(1);
	if (keeps) {
		s.conf = conf_read(name("conf"), error);
	} else {
		scene_open(&s);
		word.keeper = s.keeper.pid;
	}
	word.good = s.conf;
	while (write(fd, &word, sizeof(word)) == sizeof(word) && read(fd, &go, 1) == 1) {
		if (go == 'u')
			word.good = secret_auth(s.conf->pad[0].secret, PRF, octets, mac) &&
				    secret_check(s.conf->pad[0].secret, PRF, octets,
						 CHUNK(mac, 32)) &&
				    secret_mix(s.conf->pad[0].ppk, &k) &&
				    (keeps || signer_auth(s.keys.signer[KEEPER_OWN], ~0U, octets,
							  (uint8_t[1]){ 0 },
							  (uint8_t[SIGNER_AUTH_MAX]){ 0 }));
		else if ((word.good = reload(&s)))
			keeper_use(&s.keeper);
	}
	_exit(0);
}

static struct word tell(int fd, char what)
{
	struct word word = { 0 };

	assert_int_equal(write(fd, &what, 1), 1);
	assert_int_equal(read(fd, &word, sizeof(word)), sizeof(word));
	assert_true(word.good);
	return word;
}

static void random_text(char text[33])
{
	uint8_t random[16];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(text, 33, random, sizeof(random));
}

/* The seed of the identity key, at the end of its PKCS #8. */
static void read_seed(uint8_t seed[32])
{
	char text[512], *at, *end;
	uint8_t der[256];
	size_t len;
	FILE *f = fopen(name("key"), "re");

	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = 0;
	at = strchr(text, '\n');
	assert_non_null(at);
	end = strstr(at, "-----END");
	assert_non_null(end);
	assert_int_equal(sodium_base642bin(der, sizeof(der), at, (size_t)(end - at), "\n", &len,
					   NULL, sodium_base64_VARIANT_ORIGINAL), 0);
	memcpy(seed, der + len - 32, 32);
}

static void not_here(pid_t pid, char text[][33], unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(holds(pid, text[i], 32), 0);
}

/* Nobody may look into the keeper, but for root in a test; then we do. */
static void with_keeper(pid_t pid, const void *octets, int want)
{
	const int got = holds(pid, octets, 32);

	if (got >= 0 || geteuid() == 0)
		assert_int_equal(got, want);
}

static void not_in_memory(void **state)
{
	uint8_t seed[32];
	char text[4][33];
	struct word word;
	int pair[2], status;
	pid_t pid;

	for (int keeps = 0; keeps < 2; keeps++) {
		unlink(name("key"));
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		sodium_memzero(text, sizeof(text));
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			close(pair[0]);
			life(pair[1], keeps);
		}
		close(pair[1]);
		/* only now are there secrets to know */
		for (unsigned int i = 0; i < 4; i++)
			random_text(text[i]);
		put("psk", text[0]);
		put("ppk", text[1]);
		put_conf("");
		tell(pair[0], 's');
		word = tell(pair[0], 'u');
		if (keeps) {
			/* were they there, they would be found */
			assert_int_equal(holds(pid, text[0], 32), 1);
			assert_int_equal(holds(pid, text[1], 32), 1);
			assert_int_equal(holds(pid, text[2], 32), 0);
		} else {
			not_here(pid, text, 2);
			read_seed(seed);
			assert_int_equal(holds(pid, seed, 32), 0);
			with_keeper(word.keeper, seed, 1);
			with_keeper(word.keeper, text[0], 1);
			with_keeper(word.keeper, text[1], 1);
			put("psk", text[2]);
			put("ppk", text[3]);
			tell(pair[0], 'r');
			tell(pair[0], 'u');
			not_here(pid, text, 4);
			assert_int_equal(holds(pid, seed, 32), 0);
			/* what is no longer in use is nowhere */
			for (unsigned int i = 0; i < 4; i++)
				with_keeper(word.keeper, text[i], i >= 2);
		}
		close(pair[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uses), cmocka_unit_test(gives_nothing_else),
		cmocka_unit_test(reads_again), cmocka_unit_test(late),
		cmocka_unit_test(not_in_memory),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, setup, teardown) : 1;
}
