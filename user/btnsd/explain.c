// SPDX-License-Identifier: GPL-2.0-or-later
/* Control socket: what the daemon knows of one address. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "btns.h"
#include "outcome.h"
#include "peers_control.h"

/* RFC 7296 section 3.10.1 */
static const char *notify_name(uint16_t type)
{
	static const struct { uint16_t type; const char *name; } names[] = {
		{ 1, "UNSUPPORTED_CRITICAL_PAYLOAD" }, { 4, "INVALID_IKE_SPI" },
		{ 5, "INVALID_MAJOR_VERSION" }, { 7, "INVALID_SYNTAX" },
		{ 9, "INVALID_MESSAGE_ID" }, { 11, "INVALID_SPI" },
		{ 14, "NO_PROPOSAL_CHOSEN" }, { 17, "INVALID_KE_PAYLOAD" },
		{ 24, "AUTHENTICATION_FAILED" }, { 34, "SINGLE_PAIR_REQUIRED" },
		{ 35, "NO_ADDITIONAL_SAS" }, { 36, "INTERNAL_ADDRESS_FAILURE" },
		{ 37, "FAILED_CP_REQUIRED" }, { 38, "TS_UNACCEPTABLE" },
		{ 39, "INVALID_SELECTORS" }, { 43, "TEMPORARY_FAILURE" },
		{ 44, "CHILD_SA_NOT_FOUND" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

static const char *error_name(enum ike_error e)
{
	static const char *const names[] = {
		[IKE_OK] = "none", [IKE_E_TIMEOUT] = "timeout", [IKE_E_REFUSED] = "refused",
		[IKE_E_AUTH] = "authentication", [IKE_E_PROPOSAL] = "proposal",
		[IKE_E_TS] = "selectors", [IKE_E_SYNTAX] = "syntax",
		[IKE_E_KERNEL] = "kernel", [IKE_E_LIMIT] = "limit",
		[IKE_E_CLOSED] = "closed", [IKE_E_INTERNAL] = "internal",
	};

	return e < sizeof(names) / sizeof(names[0]) && names[e] ? names[e] : "other";
}

static json_t *last_of(const struct btnsd *d, const struct ike_addr *peer)
{
	const struct outcome *o = outcome_of(d, peer);

	if (!o)
		return json_null();
	return json_pack("{s:I, s:s, s:s, s:i, s:s?, s:s, s:s?, s:s?, s:I, s:I}",
		"when", (json_int_t)o->when, "error", error_name(o->error),
		"meaning", ike_strerror(o->error), "notify", (int)o->detail,
		"notify_name", o->detail ? notify_name(o->detail) : NULL, "text", o->text,
		"pad_entry", *o->entry ? o->entry : NULL,
		"policy", *o->policy ? o->policy : NULL, "asked", (json_int_t)o->asked,
		"failed", (json_int_t)o->failed);
}

static json_t *refusal_of(const struct btnsd *d, const struct ike_addr *peer)
{
	const struct refusal *r = peers_refusal(d, peer);
	char shown[BTNS_FINGERPRINT_TEXT], expected[BTNS_FINGERPRINT_TEXT];

	if (!r)
		return json_null();
	btns_fingerprint_text(r->shown, shown, sizeof(shown));
	btns_fingerprint_text(r->expected, expected, sizeof(expected));
	return json_pack("{s:I, s:s, s:s?, s:s}", "when", (json_int_t)r->when, "shown", shown,
			 "expected", r->has_expected ? expected : NULL, "why", r->why);
}

json_t *explain_do(struct btnsd *d, const json_t *q)
{
	const char *text = json_string_value(json_object_get(q, "address"));
	struct ike_addr a = { .family = AF_INET };

	if (!text || inet_pton(AF_INET, text, a.ip) != 1) {
		a.family = AF_INET6;
		if (!text || inet_pton(AF_INET6, text, a.ip) != 1)
			return json_pack("{s:s}", "error", "address is missing, or is none");
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:I}", "address", text, "last", last_of(d, &a),
			 "refusal", refusal_of(d, &a), "known", peers_holding(d, &a),
			 "fallback_ms", (json_int_t)d->conf->daemon.fallback);
}
