/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates and keys as peers show them: raw public keys, self-made X.509. */
#ifndef BTNS_IKE_CERT_H
#define BTNS_IKE_CERT_H

#include <sys/types.h>

#include "crypto.h"

/*
 * Subject public key of a CERT payload: encoding 15 verbatim, X.509 the
 * SubjectPublicKeyInfo field verbatim, encoding 11 wrapped as rsaEncryption.
 * spki: BTNS_SPKI_MAX octets.  false: unknown encoding, syntax, too long.
 */
bool cert_spki(uint8_t encoding, struct chunk data, uint8_t *spki, size_t *len);

/* Take one certificate off the front of several in DER. */
bool cert_next(struct chunk *rest, struct chunk *cert);
/* Is it a method that signs, one of ours? */
bool auth_signs(uint8_t method);
/*
 * Is auth (the data of an AUTH payload with that method) a signature over octets
 * by the key spki?  Method 14: Ed25519; RSA from 2048 bits on (PKCS #1 and PSS) and
 * ECDSA with SHA-2.  Method 1: RSA, likewise.  Methods 9 to 11: ECDSA.
 */
bool cert_verify(struct chunk spki, uint8_t method, struct chunk auth,
		 struct chunk octets);

/* Self-made X.509 certificate for name (DER).  0 or -errno. */
int cert_self_signed(const struct crypto_sign_key *key, const char *name,
		     uint8_t *der, size_t cap, size_t *len);
/* Likewise, of any key in PKCS #8. */
int cert_self_signed_by(struct chunk pkcs8, const char *name, uint8_t *der, size_t cap,
			size_t *len);

/* A private key, PKCS #8. */
#define KEY_DER_MAX	8192

struct key_der {
	size_t len;
	uint8_t der[KEY_DER_MAX];
};

/*
 * Identity key file: PKCS #8 PEM, mode 0600, of a kind that signer_new() takes.  Loading
 * refuses files that others may read.  Making one (Ed25519, RFC 8410) is atomic and never
 * overwrites.  0 or -errno, and why.
 */
int key_load(const char *path, struct key_der *key, const char **why);
int key_create(const char *path, struct key_der *key, const char **why);
/*
 * Octets of a file that is its owner's alone; less than cap.  any_owner: for root, of
 * whoever that is: perhaps the user that the daemon becomes.
 */
ssize_t key_read(const char *path, char *text, size_t cap, bool any_owner, const char **why);

#endif /* BTNS_IKE_CERT_H */
