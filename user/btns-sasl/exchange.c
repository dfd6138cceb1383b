// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btns-sasl: the exchange, by GNU SASL.
 *
 * The name of the channel binding type is part of what SCRAM signs, and libgsasl
 * knows TLS's names only: ours travels under "tls-exporter".  It cannot be taken
 * for TLS's value, which is 32 octets of an exporter: ours begins with its own
 * name, "ipsec-end-point-v1:", and is longer (RFC 5056 section 2.1).
 */
#include <errno.h>
#include <gsasl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sasl.h"

#define GREETING	"BTNS-SASL 1 "
#define WITHOUT		"SCRAM-SHA-256"
#define WITH		WITHOUT "-PLUS"
/* No mechanism of ours has more steps. */
#define STEPS_MAX	4

struct facts {
	const struct sasl_binding *binding;
	const char *user, *password;	/* of the client */
	const char *users;		/* of the server */
	struct sasl_entry entry;
	enum { NOT_ASKED, FOUND, DAMAGED } state;
};

static int give_binding(Gsasl_session *s, const struct sasl_binding *b)
{
	char text[2 * BTNS_BINDING_MAX];

	if (!b->len)
		return GSASL_NO_CALLBACK;
	sodium_bin2base64(text, sizeof(text), b->data, b->len,
			  sodium_base64_VARIANT_ORIGINAL);
	return gsasl_property_set(s, GSASL_CB_TLS_EXPORTER, text);
}

/* A server that asks for few rounds wants to guess passwords cheaply. */
static int give_password(Gsasl_session *s, const struct facts *f)
{
	const char *rounds = gsasl_property_fast(s, GSASL_SCRAM_ITER);
	unsigned long n = rounds ? strtoul(rounds, NULL, 10) : 0;

	if (n < SASL_ITERATIONS_MIN || n > SASL_ITERATIONS_MAX) {
		sasl_error("the server asks for %lu iterations: refused", n);
		return GSASL_AUTHENTICATION_ERROR;
	}
	return gsasl_property_set(s, GSASL_PASSWORD, f->password);
}

static int ask_client(Gsasl *ctx, Gsasl_session *s, Gsasl_property what)
{
	const struct facts *f = gsasl_session_hook_get(s);

	switch (what) {
	case GSASL_AUTHID:
		return gsasl_property_set(s, what, f->user);
	case GSASL_PASSWORD:
		return give_password(s, f);
	case GSASL_CB_TLS_EXPORTER:
		return give_binding(s, f->binding);
	default:
		return GSASL_NO_CALLBACK;
	}
}

static int ask_server(Gsasl *ctx, Gsasl_session *s, Gsasl_property what)
{
	struct facts *f = gsasl_session_hook_get(s);
	const char *user;
	char number[16];

	if (what == GSASL_CB_TLS_EXPORTER)
		return give_binding(s, f->binding);
	user = gsasl_property_fast(s, GSASL_AUTHID);
	if (!user)
		return GSASL_NO_CALLBACK;
	if (f->state == NOT_ASKED) {
		f->state = FOUND;
		if (sasl_find_user(f->users, user, &f->entry)) {
			f->state = DAMAGED;
			sasl_error("the entry of \"%s\" in the file of users is damaged",
				   user);
		}
	}
	if (f->state == DAMAGED)
		return GSASL_AUTHENTICATION_ERROR;
	switch (what) {
	case GSASL_SCRAM_ITER:
		snprintf(number, sizeof(number), "%u", f->entry.iterations);
		return gsasl_property_set(s, what, number);
	case GSASL_SCRAM_SALT:
		return gsasl_property_set(s, what, f->entry.salt);
	case GSASL_SCRAM_STOREDKEY:
		return gsasl_property_set(s, what, f->entry.stored_key);
	case GSASL_SCRAM_SERVERKEY:
		return gsasl_property_set(s, what, f->entry.server_key);
	default:
		return GSASL_NO_CALLBACK;
	}
}

static int broken_off(void)
{
	if (errno == EPROTO || errno == EMSGSIZE) {
		sasl_error("the other end does not speak this protocol");
		return SASL_REFUSED;
	}
	sasl_error("the connection was lost: %s", strerror(errno));
	return SASL_FAILED;
}

static int refused(int rc)
{
	sasl_error("authentication failed: another password, or the other end does not see the same channel (%s)",
		   gsasl_strerror(rc));
	return SASL_REFUSED;
}

/* Is @word one of the words of @list? */
static bool offers(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !strncmp(list, word, n))
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* The server's answer goes in, ours goes out. */
static int client_steps(struct sasl_lines *io, Gsasl_session *s,
			const char *mechanism)
{
	char line[SASL_LINE], *out = NULL;
	int step, rc = gsasl_step64(s, "", &out);

	if (rc != GSASL_NEEDS_MORE)
		goto bad;
	if (sasl_write_line(io, "AUTH %s %s", mechanism, out))
		goto lost;
	for (step = 0; step < STEPS_MAX; step++) {
		gsasl_free(out);
		out = NULL;
		if (sasl_read_line(io, line))
			goto lost;
		if (!strncmp(line, "OK ", 3)) {
			/* the server proves itself, too */
			rc = gsasl_step64(s, line + 3, &out);
			if (rc != GSASL_OK)
				goto bad;
			gsasl_free(out);
			return SASL_OK;
		}
		rc = GSASL_AUTHENTICATION_ERROR;
		if (strncmp(line, "+ ", 2))
			goto bad;
		rc = gsasl_step64(s, line + 2, &out);
		if (rc != GSASL_NEEDS_MORE)
			goto bad;
		if (sasl_write_line(io, "%s", out))
			goto lost;
	}
	rc = GSASL_MECHANISM_PARSE_ERROR;
bad:
	gsasl_free(out);
	return refused(rc);
lost:
	gsasl_free(out);
	return broken_off();
}

int sasl_client(struct sasl_lines *io, const struct sasl_binding *binding,
		const char *user, const char *password)
{
	struct facts f = { .binding = binding, .user = user,
			   .password = password };
	/* what the server offers is nobody's word: never take less than wanted */
	const char *mechanism = binding->len ? WITH : WITHOUT;
	char line[SASL_LINE];
	Gsasl_session *s;
	Gsasl *ctx;
	int ret = SASL_FAILED;

	if (sasl_read_line(io, line))
		return broken_off();
	if (strncmp(line, GREETING, strlen(GREETING)) ||
	    !offers(line + strlen(GREETING), mechanism)) {
		sasl_error("the server does not offer %s", mechanism);
		return SASL_REFUSED;
	}
	if (gsasl_init(&ctx) != GSASL_OK) {
		sasl_error("GNU SASL does not start");
		return SASL_FAILED;
	}
	gsasl_callback_set(ctx, ask_client);
	if (gsasl_client_start(ctx, mechanism, &s) == GSASL_OK) {
		gsasl_session_hook_set(s, &f);
		ret = client_steps(io, s, mechanism);
		gsasl_finish(s);
	} else {
		sasl_error("GNU SASL does not know %s", mechanism);
	}
	gsasl_done(ctx);
	return ret;
}

static int server_steps(struct sasl_lines *io, Gsasl_session *s,
			const char *in, char *user)
{
	char line[SASL_LINE], *out = NULL;
	const char *name;
	int step, rc = GSASL_NEEDS_MORE;

	for (step = 0; step < STEPS_MAX; step++) {
		rc = gsasl_step64(s, in, &out);
		if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
			break;
		if (sasl_write_line(io, "%s %s", rc == GSASL_OK ? "OK" : "+",
				    out ? out : ""))
			goto lost;
		gsasl_free(out);
		out = NULL;
		if (rc == GSASL_OK) {
			name = gsasl_property_fast(s, GSASL_AUTHID);
			snprintf(user, SASL_LINE, "%s", name ? name : "");
			return SASL_OK;
		}
		if (sasl_read_line(io, line))
			goto lost;
		in = line;
	}
	gsasl_free(out);
	/* no reason given: it would help to guess */
	(void)sasl_write_line(io, "NO");
	return refused(rc);
lost:
	gsasl_free(out);
	return broken_off();
}

int sasl_server(struct sasl_lines *io, const struct sasl_binding *binding,
		bool without_too, const char *users, char *user)
{
	struct facts f = { .binding = binding, .users = users };
	char line[SASL_LINE], *mechanism, *in;
	int ret = SASL_FAILED;
	Gsasl_session *s;
	Gsasl *ctx;

	if (sasl_write_line(io, GREETING "%s%s", binding->len ? WITH " " : "",
			    without_too ? WITHOUT : "") ||
	    sasl_read_line(io, line))
		return broken_off();
	mechanism = line + strlen("AUTH ");
	in = strncmp(line, "AUTH ", 5) ? NULL : strchr(mechanism, ' ');
	if (in)
		*in++ = 0;
	if (!in || !((binding->len && !strcmp(mechanism, WITH)) ||
		     (without_too && !strcmp(mechanism, WITHOUT)))) {
		(void)sasl_write_line(io, "NO");
		sasl_error("the client wants what is not offered");
		return SASL_REFUSED;
	}
	if (gsasl_init(&ctx) != GSASL_OK) {
		sasl_error("GNU SASL does not start");
		return SASL_FAILED;
	}
	gsasl_callback_set(ctx, ask_server);
	if (gsasl_server_start(ctx, mechanism, &s) == GSASL_OK) {
		gsasl_session_hook_set(s, &f);
		ret = server_steps(io, s, in, user);
		gsasl_finish(s);
	} else {
		sasl_error("GNU SASL does not know %s", mechanism);
	}
	gsasl_done(ctx);
	sodium_memzero(&f.entry, sizeof(f.entry));
	return ret;
}
