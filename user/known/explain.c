// SPDX-License-Identifier: GPL-2.0-or-later
/* Decisions in words for a person. */
#include <string.h>

#include "../libbtns/btns.h"
#include "known.h"

static const char *kind_name(enum known_kind kind)
{
	return kind == KNOWN_ID ? "ID" : "address";
}

static void changed(const char *key, const char *old, const struct known_answer *a,
		    char *buf, size_t size)
{
	if (!*a->name.text) {
		snprintf(buf, size, "KEY REPLACED: %s was followed by %s, %s, and is no longer "
			 "accepted.  Somebody may have the old key.  If you know better: "
			 "btnsctl peers forget %s", key, old, a->holder.announced ?
			 "as it announced itself" : "which knew its last secret", old);
		return;
	}
	snprintf(buf, size, "KEY CHANGED: the peer with %s %s shows %s, but %s is known for "
		 "it.  Somebody may sit in between, or the host has a new key.  Ask whoever "
		 "runs it, by another way, for the fingerprint; then: btnsctl peers trust %s",
		 kind_name(a->name.kind), a->name.text, key, old, key);
}

static void untied(const struct known_contact *c, const struct known_answer *a,
		   const char *key, char *buf, size_t size)
{
	snprintf(buf, size, "KEY WITHOUT ITS SECRET: %s is known, but whoever shows it %s.  "
		 "Somebody may have stolen the key, or the host has lost its memory, as after "
		 "a return to a backup.  %s  Ask whoever runs it, by another way; then: "
		 "btnsctl peers trust, or untrust, %s", key,
		 c->proof == KNOWN_PROOF_FOREIGN ?
			"no longer speaks of the secrets that sessions leave" :
			"does not know the secret that the last session left",
		 a->verdict == KNOWN_UNTIED ? "It is refused (bond = refuse)." :
			"It is accepted all the same (bond = warn).", key);
}

void known_explain(const struct known_contact *c, const struct known_answer *a,
		   const char *failure, char *buf, size_t size)
{
	char key[BTNS_FINGERPRINT_TEXT], old[BTNS_FINGERPRINT_TEXT];

	btns_fingerprint_text(c->fingerprint, key, sizeof(key));
	btns_fingerprint_text(a->holder.fingerprint, old, sizeof(old));
	if (a->untied) {
		untied(c, a, key, buf, size);
		return;
	}
	switch (a->verdict) {
	case KNOWN_WELCOME_FIRST:
		snprintf(buf, size, "first contact with %s: remembered", key);
		break;
	case KNOWN_WELCOME_BACK:
		snprintf(buf, size, "%s is known", key);
		break;
	case KNOWN_WELCOME_TIED:
		snprintf(buf, size, "NEW KEY: %s takes the place of %s: it knows the secret that "
			 "the last session with that key left", key, old);
		break;
	case KNOWN_UNTIED:		/* above */
		break;
	case KNOWN_WELCOME_VERIFIED:
		snprintf(buf, size, "%s is verified", key);
		break;
	case KNOWN_UNKNOWN:
		snprintf(buf, size, "%s is not known, and only known keys are accepted.  "
			 "To accept it: btnsctl peers trust %s", key, key);
		break;
	case KNOWN_PENDING:
		snprintf(buf, size, "%s is not known and waits for a decision: "
			 "btnsctl peers trust %s, or untrust", key, key);
		break;
	case KNOWN_CHANGED:
		changed(key, old, a, buf, size);
		break;
	case KNOWN_UNTRUSTED:
		snprintf(buf, size, "%s is refused by the administrator.  To accept it: "
			 "btnsctl peers trust %s", key, key);
		break;
	case KNOWN_FAILED:
		snprintf(buf, size, "%s cannot be looked up: %s", key, failure);
		break;
	}
}
