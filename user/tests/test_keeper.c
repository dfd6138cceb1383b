// SPDX-License-Identifier: GPL-2.0-or-later
/* The process that keeps the keys: it signs, has next to no privileges, ends with its daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd/btnsd.h"
#include "btnsd/keeper.h"
#include "ike/cert.h"
#include "ike/message.h"

static const uint8_t seed[32] = "the seed of a test's key";
static const uint8_t next_seed[32] = "the seed of the next one";
static bool no_key;

void log_at(int level, const char *format, ...)
{
}

void log_level(int level)
{
}

bool keeper_load(const struct conf_daemon *conf, struct keeper_keys *keys)
{
	memset(keys->cert, 0xce, sizeof(keys->cert));
	keys->cert_len = sizeof(keys->cert);
	if (no_key)
		return false;
	keys->signer[KEEPER_OWN] = signer_new_ed25519(seed);
	keys->signer[KEEPER_NEXT] = signer_new_ed25519(next_seed);
	return true;
}

struct scene {
	struct keeper keeper;
	struct signer *signer, *next;
	struct keeper_keys keys;
};

static struct conf *builtin(void *arg, const struct conf_secrets *from,
			    char error[CONF_ERROR_MAX])
{
	struct conf *conf = conf_read_from(NULL, from, error);

	if (conf)
		strcpy(conf->daemon.user, "nobody");
	return conf;
}

static struct scene *scene_new(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	if (keeper_start(&s->keeper, builtin, NULL, &s->keys) == KEEPER_GOOD) {
		s->signer = s->keys.signer[KEEPER_OWN];
		s->next = s->keys.signer[KEEPER_NEXT];
	}
	return s;
}

static void scene_free(struct scene *s)
{
	signer_free(&s->signer);
	signer_free(&s->next);
	keeper_stop(&s->keeper);
	free(s);
}

static void signs(void **state)
{
	const unsigned int hashes = HASHES_LISTED | HASH_BIT(HASH_IDENTITY);
	uint8_t out[SIGNER_AUTH_MAX], own[SIGNER_AUTH_MAX], method = 0;
	struct signer *local = signer_new_ed25519(seed);
	struct scene *s = scene_new();
	struct chunk spki;
	uint8_t octets[70000];
	size_t i, len;

	assert_non_null(s->signer);
	assert_int_equal(s->keys.cert_len, KEEPER_CERT_MAX);
	for (i = 0; i < KEEPER_CERT_MAX; i++)
		assert_int_equal(s->keys.cert[i], 0xce);
	spki = signer_spki(s->signer);
	assert_int_equal(spki.len, signer_spki(local).len);
	assert_memory_equal(spki.p, signer_spki(local).p, spki.len);
	for (len = 1; len <= sizeof(octets); len *= 5) {
		size_t n;

		memset(octets, (int)len, sizeof(octets));
		n = signer_auth(s->signer, hashes, CHUNK(octets, len), &method, out);
		assert_int_equal(method, AUTH_SIGNATURE);
		assert_true(cert_verify(spki, method, CHUNK(out, n), CHUNK(octets, len)));
		assert_int_equal(n, signer_auth(local, hashes, CHUNK(octets, len), &method, own));
		assert_memory_equal(out, own, n);
	}
	/* each key is its own */
	len = signer_auth(s->next, hashes, CHUNK("x", 1), &method, out);
	assert_true(cert_verify(signer_spki(s->next), method, CHUNK(out, len), CHUNK("x", 1)));
	assert_false(cert_verify(spki, method, CHUNK(out, len), CHUNK("x", 1)));
	/* a peer that verifies nothing of ours */
	assert_int_equal(signer_auth(s->signer, HASHES_LISTED, CHUNK("x", 1), &method, out), 0);
	signer_free(&local);
	scene_free(s);
}

static void status_of(pid_t pid, const char *key, char value[64])
{
	char name[64], line[256];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	f = fopen(name, "re");
	assert_non_null(f);
	*value = 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), ": %63s", value);
	fclose(f);
}

static void has_nothing_else(void **state)
{
	static const char *const sets[] = { "CapEff", "CapPrm", "CapInh", "CapAmb" };
	const char *some = geteuid() ? "0000000000000000" : "0000000000000004";
	struct scene *s = scene_new();
	char value[64], path[64];
	unsigned int files = 0, i;
	const struct dirent *e;
	DIR *d;

	assert_non_null(s->signer);
	status_of(s->keeper.pid, "Seccomp", value);
	assert_string_equal(value, "2");
	status_of(s->keeper.pid, "NoNewPrivs", value);
	assert_string_equal(value, "1");
	for (i = 0; i < 4; i++) {
		status_of(s->keeper.pid, sets[i], value);
		/* CAP_DAC_READ_SEARCH, for secrets that are root's */
		assert_string_equal(value, i < 2 ? some : "0000000000000000");
	}
	status_of(s->keeper.pid, "Uid", value);
	if (geteuid() == 0)
		assert_string_not_equal(value, "0");
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)s->keeper.pid);
	d = opendir(path);
	if (geteuid() == 0)
		assert_non_null(d);
	while (d && (e = readdir(d)))
		files += e->d_name[0] != '.';
	if (d) {
		closedir(d);
		/* three of the standard ones, and the pair's end */
		assert_true(files <= 4);
	}
	scene_free(s);
}

static void takes_no_nonsense(void **state)
{
	static uint8_t big[180000];
	uint8_t out[SIGNER_AUTH_MAX], method;
	struct scene *s = scene_new();
	const size_t sizes[] = { 1, 4, sizeof(big) };
	unsigned int i;

	assert_non_null(s->signer);
	for (i = 0; i < 3; i++) {
		assert_int_equal(send(s->keeper.fd, big, sizes[i], 0), (ssize_t)sizes[i]);
		assert_int_equal(recv(s->keeper.fd, out, sizeof(out), 0), 1);
	}
	assert_int_equal(signer_auth(s->signer, HASHES_LISTED | HASH_BIT(HASH_IDENTITY),
				     CHUNK("x", 1), &method, out), ED25519_AUTH_LEN);
	scene_free(s);
}

static void ends(void **state)
{
	uint8_t out[SIGNER_AUTH_MAX], method;
	struct scene *s = scene_new();
	int status;

	/* with the daemon */
	assert_non_null(s->signer);
	close(s->keeper.fd);
	s->keeper.fd = -1;
	assert_int_equal(waitpid(s->keeper.pid, &status, 0), s->keeper.pid);
	assert_int_equal(status, 0);
	scene_free(s);

	/* before it: nothing is signed, and nobody waits */
	s = scene_new();
	assert_non_null(s->signer);
	assert_int_equal(kill(s->keeper.pid, SIGKILL), 0);
	assert_int_equal(waitpid(s->keeper.pid, &status, 0), s->keeper.pid);
	assert_int_equal(signer_auth(s->signer, HASHES_LISTED | HASH_BIT(HASH_IDENTITY),
				     CHUNK("x", 1), &method, out), 0);
	scene_free(s);

	/* there is no key */
	no_key = true;
	s = scene_new();
	assert_null(s->signer);
	no_key = false;
	scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs), cmocka_unit_test(has_nothing_else),
		cmocka_unit_test(takes_no_nonsense), cmocka_unit_test(ends),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
