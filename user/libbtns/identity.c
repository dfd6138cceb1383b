// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: iTokens compared, exported and imported; pTokens compared. */
#include <errno.h>
#include <string.h>

#include "token.h"

/*
 * Exported: magic, version; method, auth, trust, key or not; fingerprint; ID type and
 * length, ID.  Numbers are big endian.
 */
static const char magic[8] = "BTNS-iT";
#define VERSION		1
#define HEAD		(sizeof(magic) + 2 + 2 + 3 + BTNS_FINGERPRINT_LEN + 4)

static int fail(int error)
{
	errno = error;
	return -1;
}

static bool same_key(const struct ipsec_iToken *a, const struct ipsec_iToken *b)
{
	return a->has_key && b->has_key &&
	       btns_binding_equal(a->fingerprint, BTNS_FINGERPRINT_LEN,
				  b->fingerprint, BTNS_FINGERPRINT_LEN);
}

static bool same_octets(const struct ipsec_iToken *a,
			const struct ipsec_iToken *b)
{
	return a->id_type == b->id_type && a->id_len == b->id_len &&
	       !memcmp(a->id, b->id, a->id_len);
}

/* An identity without key counts if somebody proved it: a shared key. */
static bool same_id(const struct ipsec_iToken *a, const struct ipsec_iToken *b)
{
	return !a->has_key && !b->has_key && a->auth == BTNS_AUTH_PSK &&
	       b->auth == BTNS_AUTH_PSK && same_octets(a, b);
}

EXPORT int ipsec_cmp_iToken(const struct ipsec_iToken *i1,
			    const struct ipsec_iToken *i2)
{
	if (i1->kind != TOKEN_I || i2->kind != TOKEN_I)
		return fail(EINVAL);
	return !same_key(i1, i2) && !same_id(i1, i2);
}

bool btns_token_meets_i(const struct ipsec_iToken *wanted,
			const struct ipsec_iToken *is)
{
	/* a token of another connection, or imported: that very peer */
	if (wanted->live)
		return !ipsec_cmp_iToken(wanted, is);
	if (wanted->method != IPSEC_API_VAL_ANY && wanted->method != is->method)
		return false;
	if (wanted->has_key && !same_key(wanted, is))
		return false;
	if (is->trust < wanted->trust)
		return false;
	/* what a BTNS peer says of itself is a claim, whoever knows its key */
	if (wanted->id_len &&
	    (is->auth < BTNS_AUTH_PSK || !same_octets(wanted, is)))
		return false;
	return !wanted->binding_len ||
	       btns_binding_equal(wanted->binding, wanted->binding_len,
				  is->binding, is->binding_len);
}

/* Demands that are written down alike. */
static bool same_demand(const struct ipsec_iToken *a,
			const struct ipsec_iToken *b)
{
	if (a->live || b->live)
		return a->live && b->live && !ipsec_cmp_iToken(a, b);
	return a->method == b->method && a->has_key == b->has_key &&
	       a->trust == b->trust && same_octets(a, b) &&
	       !memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) &&
	       a->binding_len == b->binding_len &&
	       !memcmp(a->binding, b->binding, a->binding_len);
}

static bool same_template(const struct ipsec_pToken *a,
			  const struct ipsec_pToken *b)
{
	return a->wants_peer == b->wants_peer &&
	       a->wants_local == b->wants_local &&
	       (!a->wants_peer || same_demand(&a->peer, &b->peer)) &&
	       (!a->wants_local || same_demand(&a->local, &b->local));
}

static bool same_flow(const struct btns_latch_info *a,
		      const struct btns_latch_info *b)
{
	return a->family == b->family && a->local_port == b->local_port &&
	       a->peer_port == b->peer_port &&
	       !memcmp(a->local, b->local, sizeof(a->local)) &&
	       !memcmp(a->peer, b->peer, sizeof(a->peer));
}

EXPORT int ipsec_cmp_pToken(const struct ipsec_pToken *p1,
			    const struct ipsec_pToken *p2)
{
	if (p1->kind != TOKEN_P || p2->kind != TOKEN_P)
		return fail(EINVAL);
	if (p1->live != p2->live || p1->privacy != p2->privacy ||
	    p1->integrity != p2->integrity ||
	    p1->privacy_level != p2->privacy_level ||
	    p1->integrity_level != p2->integrity_level ||
	    p1->compression != p2->compression || p1->tunnel != p2->tunnel ||
	    p1->bypass != p2->bypass || p1->options != p2->options || strcmp(p1->policy, p2->policy))
		return 1;
	if (!p1->live)
		return !same_template(p1, p2);
	return p1->protocol != p2->protocol ||
	       !same_flow(&p1->latch, &p2->latch) ||
	       ipsec_cmp_iToken(&p1->peer, &p2->peer) ||
	       ipsec_cmp_iToken(&p1->local, &p2->local);
}

static unsigned char *put16(unsigned char *p, unsigned int v)
{
	*p++ = v >> 8;
	*p++ = v;
	return p;
}

static unsigned int get16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

EXPORT int ipsec_export_iToken(const struct ipsec_iToken *i, void *buf,
			       size_t *len)
{
	size_t room = *len;
	unsigned char *p = buf;

	if (i->kind != TOKEN_I || !i->live)
		return fail(EINVAL);
	*len = HEAD + i->id_len;
	if (room < *len || !buf)
		return fail(ERANGE);
	memcpy(p, magic, sizeof(magic));
	p = put16(p + sizeof(magic), VERSION);
	p = put16(p, i->method);
	*p++ = i->auth;
	*p++ = i->trust;
	*p++ = i->has_key;
	memcpy(p, i->fingerprint, sizeof(i->fingerprint));
	p = put16(p + sizeof(i->fingerprint), i->id_type);
	p = put16(p, i->id_len);
	memcpy(p, i->id, i->id_len);
	return 0;
}

EXPORT int ipsec_import_iToken(const void *buf, size_t len,
			       struct ipsec_iToken *i)
{
	const unsigned char *p = buf;
	struct ipsec_iToken t;

	if (i->kind != TOKEN_I)
		return fail(EINVAL);
	if (len < HEAD || memcmp(p, magic, sizeof(magic)))
		return fail(EINVAL);
	p += sizeof(magic);
	if (get16(p) != VERSION)
		return fail(EPROTONOSUPPORT);
	btns_token_clear_i(&t);
	t.method = get16(p + 2);
	t.auth = p[4];
	t.trust = p[5];
	t.has_key = p[6];
	memcpy(t.fingerprint, p + 7, sizeof(t.fingerprint));
	p += 7 + sizeof(t.fingerprint);
	t.id_type = get16(p);
	t.id_len = get16(p + 2);
	if (t.id_len > sizeof(t.id) || len != HEAD + t.id_len ||
	    t.auth >= __BTNS_AUTH_MAX || t.trust >= __BTNS_TRUST_MAX ||
	    t.method < IPSEC_API_VAL_METHOD_NONE ||
	    t.method > IPSEC_API_VAL_METHOD_PKIX_OFFLINE)
		return fail(EINVAL);
	memcpy(t.id, p + 4, t.id_len);
	t.live = true;
	*i = t;
	return 0;
}
