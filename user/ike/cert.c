// SPDX-License-Identifier: GPL-2.0-or-later
/* Public keys out of CERT payloads, and our own self-made certificate. */
#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <linux/btns.h>

#include "cert.h"
#include "message.h"

#define DER_INTEGER	0x02
#define DER_BIT_STRING	0x03
#define DER_OID		0x06
#define DER_SEQUENCE	0x30

/* Take one element with that tag off the front of in.  DER: shortest length only. */
static bool der_take(struct chunk *in, uint8_t tag, struct chunk *body)
{
	size_t len, head = 2;

	if (in->len < 2 || in->p[0] != tag)
		return false;
	len = in->p[1];
	if (len & 0x80) {
		size_t octets = len & 0x7f;

		/* 64 kB is more than any payload holds. */
		if (octets < 1 || octets > 2 || in->len < 2 + octets)
			return false;
		head += octets;
		len = octets == 1 ? in->p[2] : (size_t)in->p[2] << 8 | in->p[3];
		if (len < 0x80 || (octets == 2 && len < 0x100))
			return false;
	}
	if (len > in->len - head)
		return false;
	*body = CHUNK(in->p + head, len);
	*in = CHUNK(in->p + head + len, in->len - head - len);
	return true;
}

/* SEQUENCE { SEQUENCE { OID, perhaps any }, BIT STRING } and nothing behind it. */
static bool spki_form(struct chunk in)
{
	struct chunk seq, alg, oid, any, bits;

	return der_take(&in, DER_SEQUENCE, &seq) && !in.len &&
	       der_take(&seq, DER_SEQUENCE, &alg) &&
	       der_take(&alg, DER_OID, &oid) && oid.len &&
	       (!alg.len || (der_take(&alg, alg.p[0], &any) && !alg.len)) &&
	       der_take(&seq, DER_BIT_STRING, &bits) && !seq.len &&
	       bits.len > 1 && bits.p[0] == 0;
}

static bool spki_raw(struct chunk data, uint8_t *spki, size_t *len)
{
	if (data.len > BTNS_SPKI_MAX || !spki_form(data))
		return false;
	memcpy(spki, data.p, data.len);
	*len = data.len;
	return true;
}

/* Positive and in the shortest form. */
static bool der_positive(struct chunk i)
{
	if (!i.len || i.p[0] & 0x80)
		return false;
	if (i.p[0] == 0)
		return i.len > 1 && i.p[1] & 0x80;
	return true;
}

/* Tag and length of an element of 256 to 65535 octets, or less with short. */
static size_t der_head(uint8_t *out, uint8_t tag, size_t len)
{
	out[0] = tag;
	if (len < 0x80) {
		out[1] = (uint8_t)len;
		return 2;
	}
	if (len < 0x100) {
		out[1] = 0x81;
		out[2] = (uint8_t)len;
		return 3;
	}
	out[1] = 0x82;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	return 4;
}

/* Encoding 11: RSAPublicKey { modulus, publicExponent } of PKCS #1. */
static bool spki_rsa(struct chunk data, uint8_t *spki, size_t *len)
{
	static const uint8_t rsa[] = {	/* rsaEncryption, NULL */
		0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x01, 0x01, 0x05, 0x00,
	};
	struct chunk in = data, seq, n, e;
	uint8_t bits[4], *p = spki;
	size_t bits_len;

	if (!der_take(&in, DER_SEQUENCE, &seq) || in.len ||
	    !der_take(&seq, DER_INTEGER, &n) ||
	    !der_take(&seq, DER_INTEGER, &e) || seq.len ||
	    !der_positive(n) || !der_positive(e))
		return false;
	/* Two heads of at most 4 octets, the algorithm, "no unused bits". */
	if (data.len > BTNS_SPKI_MAX - 4 - sizeof(rsa) - 4 - 1)
		return false;
	bits_len = der_head(bits, DER_BIT_STRING, data.len + 1);
	p += der_head(p, DER_SEQUENCE, sizeof(rsa) + bits_len + 1 + data.len);
	memcpy(p, rsa, sizeof(rsa));
	p += sizeof(rsa);
	memcpy(p, bits, bits_len);
	p += bits_len;
	*p++ = 0;
	memcpy(p, data.p, data.len);
	*len = (size_t)(p - spki) + data.len;
	return true;
}

/*
 * GnuTLS writes the key anew.  Its octets have to stand in the certificate as
 * they are: identities are compared by octets, and a key in an unusual encoding
 * would else be one peer here and another one elsewhere.
 */
static bool spki_x509(struct chunk data, uint8_t *spki, size_t *len)
{
	const gnutls_datum_t der = { (unsigned char *)data.p, (unsigned int)data.len };
	struct chunk in = data, body;
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t key = NULL;
	bool ok = false;

	if (!der_take(&in, DER_SEQUENCE, &body) || in.len)
		return false;
	if (gnutls_x509_crt_init(&crt) < 0)
		return false;
	*len = BTNS_SPKI_MAX;
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_pubkey_init(&key) < 0 ||
	    gnutls_pubkey_import_x509(key, crt, 0) < 0 ||
	    gnutls_pubkey_export(key, GNUTLS_X509_FMT_DER, spki, len) < 0)
		goto out;
	ok = memmem(data.p, data.len, spki, *len) != NULL;
out:
	if (key)
		gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
	return ok;
}

bool cert_next(struct chunk *rest, struct chunk *cert)
{
	const uint8_t *begin = rest->p;
	struct chunk body;

	if (!der_take(rest, DER_SEQUENCE, &body))
		return false;
	*cert = CHUNK(begin, (size_t)(rest->p - begin));
	return true;
}

bool cert_spki(uint8_t encoding, struct chunk data, uint8_t *spki, size_t *len)
{
	*len = 0;
	switch (encoding) {
	case CERT_RAW_PUBLIC_KEY:
		return spki_raw(data, spki, len);
	case CERT_X509:
		return spki_x509(data, spki, len);
	case CERT_RAW_RSA:
		return spki_rsa(data, spki, len);
	default:
		return false;
	}
}

static int errno_of(int gnutls)
{
	return gnutls == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO;
}

/*
 * Nothing in it changes from one making to the next, if the signature does not: serial
 * number out of the key, dates that need no clock (RFC 5280 section 4.1.2.5).
 */
static int self_signed(gnutls_x509_privkey_t key, const char *name, uint8_t *der, size_t cap,
		       size_t *len)
{
	const bool ed25519 =
		gnutls_x509_privkey_get_pk_algorithm(key) == GNUTLS_PK_EDDSA_ED25519;
	gnutls_x509_crt_t crt = NULL;
	uint8_t hash[32];
	size_t hash_len = sizeof(hash);
	int r;

	if (!*name || strlen(name) > 64)
		return -EINVAL;
	if ((r = gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, hash,
						&hash_len)) < 0)
		return errno_of(r);
	hash[0] = (hash[0] & 0x7f) | 0x40;	/* positive, never zero */
	if ((r = gnutls_x509_crt_init(&crt)) < 0 ||
	    (r = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (r = gnutls_x509_crt_set_serial(crt, hash, 16)) < 0 ||
	    (r = gnutls_x509_crt_set_activation_time(crt, 0)) < 0 ||
	    (r = gnutls_x509_crt_set_expiration_time(crt,
			GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION)) < 0 ||
	    (r = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
			0, name, (unsigned int)strlen(name))) < 0 ||
	    (r = gnutls_x509_crt_set_key(crt, key)) < 0 ||
	    (r = gnutls_x509_crt_sign2(crt, crt, key, ed25519 ? GNUTLS_DIG_SHA512 :
				       GNUTLS_DIG_SHA256, 0)) < 0)
		goto out;
	*len = cap;
	r = gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, der, len);
out:
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return -ENOSPC;
	return r < 0 ? errno_of(r) : 0;
}

int cert_self_signed(const struct crypto_sign_key *key, const char *name,
		     uint8_t *der, size_t cap, size_t *len)
{
	const gnutls_datum_t x = { (unsigned char *)key->public, 32 };
	const gnutls_datum_t k = { (unsigned char *)key->secret, 32 };
	gnutls_x509_privkey_t priv;
	int r = gnutls_x509_privkey_init(&priv);

	if (r < 0)
		return errno_of(r);
	r = gnutls_x509_privkey_import_ecc_raw(priv, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k);
	r = r < 0 ? errno_of(r) : self_signed(priv, name, der, cap, len);
	gnutls_x509_privkey_deinit(priv);
	return r;
}

int cert_self_signed_by(struct chunk pkcs8, const char *name, uint8_t *der, size_t cap,
			size_t *len)
{
	const gnutls_datum_t p8 = { (unsigned char *)pkcs8.p, (unsigned int)pkcs8.len };
	gnutls_x509_privkey_t priv;
	int r = gnutls_x509_privkey_init(&priv);

	if (r < 0)
		return errno_of(r);
	r = gnutls_x509_privkey_import_pkcs8(priv, &p8, GNUTLS_X509_FMT_DER, NULL,
					     GNUTLS_PKCS_PLAIN);
	r = r < 0 ? errno_of(r) : self_signed(priv, name, der, cap, len);
	gnutls_x509_privkey_deinit(priv);
	return r;
}
