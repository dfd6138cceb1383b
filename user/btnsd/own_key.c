// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's own key and certificate, as the keeper reads them (keeper.c). */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "../ike/cert.h"
#include "btnsd.h"
#include "keeper.h"

static bool load_key(const char *path, struct key_der *key)
{
	const char *why;
	int r = key_load(path, key, &why);

	if (r == -ENOENT) {
		make_folders(path);
		r = key_create(path, key, &why);
		if (!r)
			log_notice("made the identity key %s", path);
		else if (r == -EEXIST)
			r = key_load(path, key, &why);
	}
	if (r)
		log_error("key %s: %s: %s", path, why, strerror(-r));
	return !r;
}

/* Our certificate: none, self-made, or from a file; then it must be of our key. */
static bool load_cert(const struct conf_daemon *c, const struct key_der *key,
		      struct keeper_keys *keys)
{
	const struct signer *s = keys->signer[KEEPER_OWN];
	struct chunk own = CHUNK(key->der, key->len), rest, first;
	uint8_t spki[BTNS_SPKI_MAX];
	const char *why;
	size_t len = 0;

	if (!c->x509)
		return true;
	if (!*c->certificate) {
		if (!cert_self_signed_by(own, "btns", keys->cert, sizeof(keys->cert),
					 &keys->cert_len))
			return true;
		log_error("no certificate can be made");
		return false;
	}
	why = value_chain(c->certificate, keys->cert, sizeof(keys->cert), &keys->cert_len);
	if (!why) {
		rest = CHUNK(keys->cert, keys->cert_len);
		if (!cert_next(&rest, &first) || !cert_spki(4, first, spki, &len) ||
		    len != signer_spki(s).len || memcmp(spki, signer_spki(s).p, len))
			why = "the first certificate is not of our key";
	}
	if (why)
		log_error("certificate %s: %s", c->certificate, why);
	return !why;
}

bool keeper_load(const struct conf_daemon *conf, struct keeper_keys *keys)
{
	const char *const path[KEEPER_KEYS] = { conf->key, conf->next_key };
	unsigned int i;
	bool good = true;

	for (i = 0; good && i < KEEPER_KEYS; i++) {
		struct key_der key;
		const char *why;

		if (!*path[i])
			continue;
		good = load_key(path[i], &key);
		if (good) {
			keys->signer[i] = signer_new(CHUNK(key.der, key.len), &why);
			good = keys->signer[i];
			if (!good)
				log_error("key %s: %s", path[i], why);
		}
		if (good && i == KEEPER_OWN) {
			const struct chunk parts[] = {
				CHUNK("btnsd: prints of secrets", 24), CHUNK(key.der, key.len),
			};

			/* the same after the next start: tickets outlive it */
			crypto_sha256(keys->print_key, parts, 2);
			good = load_cert(conf, &key, keys);
		}
		sodium_memzero(&key, sizeof(key));
	}
	return good;
}
