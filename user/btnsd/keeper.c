// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keeper: a process of its own that has the identity key and the shared secrets, and
 * parses nothing that comes from the network.  It signs, and uses the secrets, as it is
 * asked to by the daemon that made it (keeper_ask.c), over a socket pair, and ends with it.
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btnsd.h"
#include "keeper_talk.h"

struct state {
	struct keeper_keys keys;
	struct kept_secrets secrets;
	keeper_read_fn *read;
	void *arg;
};

static size_t use_secret(const struct state *st, const struct talk_question *q,
			 struct chunk octets, uint8_t *out)
{
	const struct secret *s = kept_get(&st->secrets, q->which);
	const size_t len = octets.len - q->shown;

	if (!s || q->shown > octets.len || q->use > SECRET_MIX || q->arg > UINT16_MAX)
		return 0;
	return secret_use(s, q->use, (uint16_t)q->arg, CHUNK(octets.p, len),
			  CHUNK(octets.p + len, q->shown), out);
}

static bool find(struct state *st, const struct talk_question *q, struct chunk octets,
		 struct talk_found *found)
{
	char path[PATH_MAX];

	if (octets.len >= sizeof(path))
		return false;
	memcpy(path, octets.p, octets.len);
	path[octets.len] = 0;
	return kept_find(&st->secrets, q->which, path, st->keys.print_key, found);
}

/* Fills out; the first octet was 0.  Gives the length of what follows it. */
static size_t answer(struct state *st, const struct talk_question *q, struct chunk octets,
		     uint8_t out[TALK_ANSWER_MAX])
{
	struct talk_found found = { 0 };
	struct conf *conf;
	size_t len;

	switch (q->what) {
	case TALK_SIGN:
		if (q->which >= KEEPER_KEYS || !st->keys.signer[q->which] || !octets.len)
			return 0;
		return signer_auth(st->keys.signer[q->which], q->arg, octets, out, out + 1);
	case TALK_SECRET:
		len = use_secret(st, q, octets, out + 1);
		out[0] = len != 0;
		return len;
	case TALK_READ:
		out[1] = 0;
		conf = kept_read(&st->secrets, st->read, st->arg, (char *)out + 1);
		out[0] = conf != NULL;
		len = conf ? 0 : strlen((char *)out + 1);
		conf_free(&conf);
		return len;
	case TALK_FIND:
		out[0] = find(st, q, octets, &found);
		memcpy(out + 1, &found, sizeof(found));
		return out[0] ? sizeof(found) : 0;
	case TALK_USE:
		kept_use(&st->secrets);
		out[0] = 1;
		return 0;
	}
	return 0;
}

/* One packet in, one out; nothing else is ever read. */
static void serve(int fd, struct state *st)
{
	static uint8_t in[sizeof(struct talk_question) + TALK_OCTETS_MAX];
	static uint8_t out[TALK_ANSWER_MAX];

	for (;;) {
		ssize_t n = recv(fd, in, sizeof(in), 0);
		struct talk_question q;
		size_t len = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;		/* the daemon has ended */
		out[0] = 0;
		if ((size_t)n >= sizeof(q) && (size_t)n < sizeof(in)) {
			memcpy(&q, in, sizeof(q));
			len = answer(st, &q, CHUNK(in + sizeof(q), (size_t)n - sizeof(q)), out);
		}
		if (send(fd, out, 1 + len, MSG_NOSIGNAL) < 0)
			return;
		/* keys of an IKE SA are among it */
		sodium_memzero(in, (size_t)n);
		sodium_memzero(out, 1 + len);
	}
}

static bool introduce(struct talk_hello *hello, const struct keeper_keys *keys)
{
	unsigned int i;

	for (i = 0; i < KEEPER_KEYS; i++) {
		struct chunk spki;

		if (!keys->signer[i])
			continue;
		spki = signer_spki(keys->signer[i]);
		if (spki.len > sizeof(hello->spki[i]))
			return false;
		hello->spki_len[i] = spki.len;
		memcpy(hello->spki[i], spki.p, spki.len);
	}
	hello->cert_len = keys->cert_len;
	memcpy(hello->cert, keys->cert, keys->cert_len);
	return true;
}

/* All that is read as root. */
static enum keeper_result prepare(struct state *st, struct talk_hello *hello)
{
	char error[CONF_ERROR_MAX];
	struct conf *conf = kept_read(&st->secrets, st->read, st->arg, error);
	bool good;

	if (!conf) {
		log_error("%s", error);
		return KEEPER_CONF;
	}
	log_level(conf->daemon.log_level);
	good = keeper_load(&conf->daemon, &st->keys) && introduce(hello, &st->keys) &&
	       privs_drop(&conf->daemon, CAP_DAC_READ_SEARCH) &&
	       (!conf->daemon.sandbox || sandbox_keeper());
	conf_free(&conf);
	return good ? KEEPER_GOOD : KEEPER_FAILED;
}

void keeper_keep(int fd, keeper_read_fn *read, void *arg)
{
	static struct talk_hello hello;
	static struct state st;
	unsigned int i;

	prctl(PR_SET_NAME, "btnsd-keeper");
	/* signals of a terminal or a service manager go to the daemon, whose end ends us */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	st.read = read;
	st.arg = arg;
	hello.result = prepare(&st, &hello);
	if (send(fd, &hello, offsetof(struct talk_hello, cert) + hello.cert_len,
		 MSG_NOSIGNAL) > 0 && hello.result == KEEPER_GOOD)
		serve(fd, &st);
	for (i = 0; i < KEEPER_KEYS; i++)
		signer_free(&st.keys.signer[i]);
	kept_free(&st.secrets);
	_exit(hello.result);
}
