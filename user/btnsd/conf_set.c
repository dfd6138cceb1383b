// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of btns.conf: one setter each, named in options.def. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "../ike/offer.h"
#include "conf.h"

struct choice {
	const char *name;
	unsigned int value;
};

static const char *choose(const char *value, const struct choice *c, unsigned int *out,
			  const char *why)
{
	for (; c->name; c++) {
		if (!strcmp(value, c->name)) {
			*out = c->value;
			return NULL;
		}
	}
	return why;
}

static const char *choose_octet(const char *value, const struct choice *c, uint8_t *out,
				const char *why)
{
	unsigned int n;

	why = choose(value, c, &n, why);
	if (!why)
		*out = (uint8_t)n;
	return why;
}

/* Words separated by blanks or commas; stops at the first that is refused. */
static const char *each_word(const char *value, void *arg,
			     const char *(*word)(void *arg, const char *text))
{
	char copy[512], *p, *save;
	const char *why;

	if (strlen(value) >= sizeof(copy))
		return "too long";
	strcpy(copy, value);
	for (p = strtok_r(copy, " ,\t", &save); p; p = strtok_r(NULL, " ,\t", &save)) {
		why = word(arg, p);
		if (why)
			return why;
	}
	return NULL;
}

static const char *yes_no(const char *value, bool *out)
{
	static const struct choice c[] = { { "yes", 1 }, { "no", 0 }, { NULL, 0 } };
	unsigned int n;
	const char *why = choose(value, c, &n, "yes or no");

	if (!why)
		*out = n;
	return why;
}

static const char *text(char *out, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return "too long";
	strcpy(out, value);
	return NULL;
}

/* --- daemon ----------------------------------------------------------------------- */

const char *set_key(struct conf_target *t, const char *value)
{
	return text(t->daemon->key, sizeof(t->daemon->key), value);
}

const char *set_next_key(struct conf_target *t, const char *value)
{
	return text(t->daemon->next_key, sizeof(t->daemon->next_key), value);
}

const char *set_own_id(struct conf_target *t, const char *value)
{
	memset(&t->daemon->id, 0, sizeof(t->daemon->id));
	if (!strcmp(value, "auto"))
		return NULL;
	return value_id(value, &t->daemon->id);
}

const char *set_certificate(struct conf_target *t, const char *value)
{
	uint8_t der[IKE_CHAIN_MAX * IKE_CERT_MAX];
	size_t len;

	t->daemon->certificate[0] = 0;
	t->daemon->x509 = strcmp(value, "raw");
	if (!t->daemon->x509 || !strcmp(value, "x509"))
		return NULL;
	if (*value != '/')
		return "raw, x509 or the name of a file, from / on";
	/* it is read again with the key; what is wrong with it is said here */
	return value_chain(value, der, sizeof(der), &len) ?:
	       text(t->daemon->certificate, sizeof(t->daemon->certificate), value);
}

static const char *own_auth(const char *value, uint8_t *auth, const char *why)
{
	static const struct choice c[] = {
		{ "pubkey", BTNS_AUTH_PUBKEY }, { "psk", BTNS_AUTH_PSK },
		{ "null", BTNS_AUTH_NULL }, { NULL, 0 }
	};

	return choose_octet(value, c, auth, why);
}

const char *set_own_auth(struct conf_target *t, const char *value)
{
	return own_auth(value, &t->daemon->auth, "pubkey, psk or null");
}

const char *set_pad_own_auth(struct conf_target *t, const char *value)
{
	t->pad->own_auth = BTNS_AUTH_NONE;
	if (!strcmp(value, "auto"))
		return NULL;
	return own_auth(value, &t->pad->own_auth, "auto, pubkey, psk or null");
}

static const char *one_listen(void *arg, const char *word)
{
	struct conf_daemon *d = arg;

	if (d->n_listen == CONF_LISTEN)
		return "too many addresses";
	return value_address(word, &d->listen[d->n_listen]) ?: (d->n_listen++, NULL);
}

const char *set_listen(struct conf_target *t, const char *value)
{
	return each_word(value, t->daemon, one_listen);
}

const char *set_control(struct conf_target *t, const char *value)
{
	return text(t->daemon->control, sizeof(t->daemon->control), value);
}

const char *set_known(struct conf_target *t, const char *value)
{
	return text(t->daemon->known, sizeof(t->daemon->known), value);
}

const char *set_max_known(struct conf_target *t, const char *value)
{
	return value_number(value, 16, 10000000, &t->daemon->max_known);
}

const char *set_user(struct conf_target *t, const char *value)
{
	t->daemon->user_set = true;
	return text(t->daemon->user, sizeof(t->daemon->user), value);
}

const char *set_log_level(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "error", LOG_ERR }, { "warning", LOG_WARNING }, { "notice", LOG_NOTICE },
		{ "info", LOG_INFO }, { "debug", LOG_DEBUG }, { NULL, 0 }
	};
	unsigned int n;
	const char *why = choose(value, c, &n, "error, warning, notice, info or debug");

	if (!why)
		t->daemon->log_level = (int)n;
	return why;
}

/* The kernel forgets an acquire after 30 s. */
const char *set_fallback(struct conf_target *t, const char *value)
{
	const char *why = value_time(value, &t->daemon->fallback);

	return why ?: t->daemon->fallback > 30000 ? "at most 30s" : NULL;
}

const char *set_retry_first(struct conf_target *t, const char *value)
{
	const char *why = value_time(value, &t->daemon->retry_first);

	return why ?: t->daemon->retry_first > 60000 ? "at most 60s" : NULL;
}

const char *set_retry_max(struct conf_target *t, const char *value)
{
	return value_number(value, 1, 12, &t->daemon->retry_max);
}

const char *set_half_open(struct conf_target *t, const char *value)
{
	return value_time(value, &t->daemon->half_open);
}

const char *set_liveness(struct conf_target *t, const char *value)
{
	if (!strcmp(value, "off")) {
		t->daemon->liveness = UINT32_MAX;
		return NULL;
	}
	return value_time(value, &t->daemon->liveness);
}

const char *set_dead_peer(struct conf_target *t, const char *value)
{
	t->daemon->dead_peer_breaks = !strcmp(value, "break");
	if (!t->daemon->dead_peer_breaks && strcmp(value, "keep"))
		return "neither keep nor break";
	return NULL;
}

const char *set_sandbox(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->daemon->sandbox);
}

const char *set_mobike(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->daemon->mobike);
}

const char *set_unique(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->daemon->unique);
}

const char *set_continuity(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->daemon->continuity);
}

const char *set_resumption(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->daemon->resumption);
}

const char *set_ticket_keys(struct conf_target *t, const char *value)
{
	return text(t->daemon->ticket_keys, sizeof(t->daemon->ticket_keys), value);
}

static const char *one_offer(void *arg, const char *word)
{
	struct conf_daemon *d = arg;

	return offers_add(d->offers, &d->n_offers, word);
}

const char *set_ike_suites(struct conf_target *t, const char *value)
{
	memset(t->daemon->offers, 0, sizeof(t->daemon->offers));
	t->daemon->n_offers = 0;
	return each_word(value, t->daemon, one_offer) ?:
	       t->daemon->n_offers ? NULL : "strong, compatible, or names of algorithms";
}

const char *set_fragment(struct conf_target *t, const char *value)
{
	if (!strcmp(value, "off")) {
		t->daemon->fragment = UINT_MAX;
		return NULL;
	}
	return value_number(value, 576, 65535, &t->daemon->fragment);
}

const char *set_keepalive(struct conf_target *t, const char *value)
{
	return value_time(value, &t->daemon->keepalive);
}

const char *set_ike_lifetime(struct conf_target *t, const char *value)
{
	return value_time(value, &t->daemon->ike_lifetime);
}

const char *set_child_lifetime(struct conf_target *t, const char *value)
{
	return value_time(value, &t->daemon->child_lifetime);
}

const char *set_cookies(struct conf_target *t, const char *value)
{
	return value_number(value, 1, 1000000, &t->daemon->cookies);
}

const char *set_max_half_open(struct conf_target *t, const char *value)
{
	return value_number(value, 1, 1000000, &t->daemon->max_half_open);
}

const char *set_max_sas(struct conf_target *t, const char *value)
{
	return value_number(value, 1, 10000000, &t->daemon->max_sas);
}

/* --- pad -------------------------------------------------------------------------- */

const char *set_match(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "id", BTNS_PAD_MATCH_ID }, { "publickey", BTNS_PAD_MATCH_PUBLICKEY },
		{ "any", BTNS_PAD_MATCH_ANY }, { "null", BTNS_PAD_MATCH_NULL }, { NULL, 0 }
	};
	return choose_octet(value, c, &t->pad->match, "id, publickey, any or null");
}

const char *set_pad_id(struct conf_target *t, const char *value)
{
	return value_id(value, &t->pad->id);
}

const char *set_pad_key(struct conf_target *t, const char *value)
{
	uint8_t *fp = t->pad->keys[t->pad->n_keys];
	const char *why;

	if (t->pad->n_keys == CONF_KEYS)
		return "too many keys: 16 at most";
	if (!strncmp(value, "SHA256:", 7))
		why = value_fingerprint(value, fp);
	else
		why = value_key_file(value, fp, &t->pad->spki[t->pad->n_keys]);
	if (!why)
		t->pad->n_keys++;
	return why;
}

const char *set_pad_auth(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "pubkey", BTNS_AUTH_PUBKEY }, { "pkix", BTNS_AUTH_PKIX },
		{ "psk", BTNS_AUTH_PSK }, { "null", BTNS_AUTH_NULL }, { NULL, 0 }
	};
	return choose_octet(value, c, &t->pad->auth, "pubkey, pkix, psk or null");
}

const char *set_pad_ca(struct conf_target *t, const char *value)
{
	return value_authorities(value, &t->pad->ca);
}

static const char *take(const struct conf_target *t, enum secret_kind kind, const char *path,
			struct secret **secret)
{
	return t->from ? t->from->get(t->from->arg, kind, path, secret) :
			 value_secret_file(path, kind, secret);
}

const char *set_pad_secret(struct conf_target *t, const char *value)
{
	return take(t, SECRET_PSK, value, &t->pad->secret);
}

const char *set_pad_ppk_file(struct conf_target *t, const char *value)
{
	return take(t, SECRET_PPK, value, &t->pad->ppk);
}

const char *set_pad_ppk_id(struct conf_target *t, const char *value)
{
	return value_ppk_id(value, &t->pad->ppk_id);
}

const char *set_pad_ppk(struct conf_target *t, const char *value)
{
	t->pad->ppk_optional = !strcmp(value, "optional");
	return t->pad->ppk_optional || !strcmp(value, "required") ? NULL : "required or optional";
}

static const char *one_child(void *arg, const char *word)
{
	struct conf_pad *p = arg;
	struct ike_ts *ts = &p->ranges[p->n_ranges];
	const char *why;

	if (!strcmp(word, "any")) {
		p->any = true;
		return NULL;
	}
	if (p->n_ranges == CONF_RANGES)
		return "too many ranges: 32 at most";
	ts->port_end = 65535;
	why = value_range(word, true, ts);
	if (!why)
		p->n_ranges++;
	return why;
}

const char *set_pad_child(struct conf_target *t, const char *value)
{
	/* any is the default: it holds only until something is said */
	if (!t->pad->child_said)
		t->pad->any = false;
	t->pad->child_said = true;
	return each_word(value, t->pad, one_child);
}

const char *set_pad_search(struct conf_target *t, const char *value)
{
	static const struct choice c[] = { { "by-address", 0 }, { "by-id", 1 }, { NULL, 0 } };
	unsigned int n;
	const char *why = choose(value, c, &n, "by-address or by-id");

	if (!why)
		t->pad->by_id = n;
	return why;
}

const char *set_pad_known(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "off", KNOWN_OFF }, { "strict", KNOWN_STRICT }, { "ask", KNOWN_ASK },
		{ "accept-new", KNOWN_ACCEPT_NEW }, { NULL, 0 }
	};
	return choose_octet(value, c, &t->pad->known, "accept-new, ask, strict or off");
}

const char *set_pad_bond(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "off", KNOWN_BOND_OFF }, { "warn", KNOWN_BOND_WARN },
		{ "refuse", KNOWN_BOND_REFUSE }, { NULL, 0 }
	};
	return choose_octet(value, c, &t->pad->bond, "warn, refuse or off");
}

/* --- policy ------------------------------------------------------------------------ */

const char *set_class(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "private", BTNS_CLASS_PRIVATE },
		{ "private-or-clear", BTNS_CLASS_PRIVATE_OR_CLEAR },
		{ "clear-or-private", BTNS_CLASS_CLEAR_OR_PRIVATE },
		{ "clear", BTNS_CLASS_CLEAR }, { "block", BTNS_CLASS_BLOCK }, { NULL, 0 }
	};
	return choose_octet(value, c, &t->policy->class,
			    "private, private-or-clear, clear-or-private, clear or block");
}

const char *set_local(struct conf_target *t, const char *value)
{
	return strcmp(value, "any") ? value_range(value, false, &t->policy->local) : NULL;
}

const char *set_remote(struct conf_target *t, const char *value)
{
	return strcmp(value, "any") ? value_range(value, false, &t->policy->remote) : NULL;
}

const char *set_protocol(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "any", 0 }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP }, { "icmp6", IPPROTO_ICMPV6 },
		{ "sctp", IPPROTO_SCTP }, { NULL, 0 }
	};
	unsigned int n;

	if (choose(value, c, &n, "") && value_number(value, 1, 255, &n))
		return "any, tcp, udp, icmp, icmp6, sctp or a number from 1 to 255";
	t->policy->local.proto = t->policy->remote.proto = (uint8_t)n;
	return NULL;
}

const char *set_local_port(struct conf_target *t, const char *value)
{
	return value_ports(value, &t->policy->local);
}

const char *set_remote_port(struct conf_target *t, const char *value)
{
	return value_ports(value, &t->policy->remote);
}

const char *set_mode(struct conf_target *t, const char *value)
{
	static const struct choice c[] = {
		{ "transport", BTNS_MODE_TRANSPORT }, { "tunnel", BTNS_MODE_TUNNEL },
		{ "beet", BTNS_MODE_BEET }, { NULL, 0 }
	};
	return choose_octet(value, c, &t->policy->mode, "transport, tunnel or beet");
}

const char *set_local_gateway(struct conf_target *t, const char *value)
{
	return value_address(value, &t->policy->local_gateway);
}

const char *set_peer_gateway(struct conf_target *t, const char *value)
{
	return value_address(value, &t->policy->peer_gateway);
}

const char *set_btns(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->policy->btns);
}

const char *set_null(struct conf_target *t, const char *value)
{
	return yes_no(value, &t->policy->null);
}

const char *set_peer(struct conf_target *t, const char *value)
{
	const char *why;

	if (strncmp(value, "SHA256:", 7))
		return value_id(value, &t->policy->peer);
	why = value_fingerprint(value, t->policy->fingerprint);
	t->policy->has_fingerprint = !why;
	return why;
}

static const char *one_suite(void *arg, const char *word)
{
	struct conf_policy *p = arg;
	const char *why;

	if (p->n_suites == IKE_SUITES_MAX)
		return "too many suites: 8 at most";
	why = value_suite(word, &p->suites[p->n_suites]);
	if (!why)
		p->n_suites++;
	return why;
}

const char *set_suites(struct conf_target *t, const char *value)
{
	return each_word(value, t->policy, one_suite);
}

const char *set_lifetime(struct conf_target *t, const char *value)
{
	uint32_t ms;
	const char *why = value_time(value, &ms);

	if (!why && ms < 10000)
		why = "at least 10s";
	if (!why)
		t->policy->lifetime = ms / 1000;
	return why;
}

const char *set_lifebytes(struct conf_target *t, const char *value)
{
	const char *why = value_octets(value, &t->policy->lifebytes);

	return why ?: t->policy->lifebytes < 65536 ? "at least 64k" : NULL;
}
