// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: pTokens and iTokens, and what they say. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

void btns_token_clear_i(struct ipsec_iToken *i)
{
	memset(i, 0, sizeof(*i));
	i->kind = TOKEN_I;
	i->method = IPSEC_API_VAL_ANY;
}

void btns_token_clear_p(struct ipsec_pToken *p)
{
	memset(p, 0, sizeof(*p));
	p->kind = TOKEN_P;
	p->privacy = p->integrity = p->compression = IPSEC_API_VAL_ANY;
	p->tunnel = p->options = p->bypass = IPSEC_API_VAL_ANY;
	btns_token_clear_i(&p->peer);
	btns_token_clear_i(&p->local);
}

EXPORT int ipsec_create_pToken(struct ipsec_pToken **p)
{
	*p = malloc(sizeof(**p));
	if (!*p)
		return -1;
	btns_token_clear_p(*p);
	return 0;
}

EXPORT int ipsec_create_iToken(struct ipsec_iToken **i)
{
	*i = malloc(sizeof(**i));
	if (!*i)
		return -1;
	btns_token_clear_i(*i);
	return 0;
}

EXPORT int ipsec_free_pToken(struct ipsec_pToken *p)
{
	if (p && p->kind != TOKEN_P)
		return fail(EINVAL);
	if (p)
		p->kind = 0;
	free(p);
	return 0;
}

EXPORT int ipsec_free_iToken(struct ipsec_iToken *i)
{
	if (i && i->kind != TOKEN_I)
		return fail(EINVAL);
	if (i)
		i->kind = 0;
	free(i);
	return 0;
}

EXPORT int ipsec_dup_pToken(const struct ipsec_pToken *p,
			    struct ipsec_pToken **copy)
{
	if (p->kind != TOKEN_P)
		return fail(EINVAL);
	if (ipsec_create_pToken(copy))
		return -1;
	**copy = *p;
	return 0;
}

/* --- reading ----------------------------------------------------------------- */

static int give(const void *value, size_t size, size_t *len, void *val)
{
	size_t room = *len;

	*len = size;
	if (room < size || !val)
		return fail(ERANGE);
	memcpy(val, value, size);
	return 0;
}

static int give_value(uint16_t value, size_t *len, void *val)
{
	return give(&value, sizeof(value), len, val);
}

static int give_text(const char *text, size_t *len, void *val)
{
	if (!*text)
		return fail(ENODATA);
	return give(text, strlen(text) + 1, len, val);
}

static int give_token(const struct ipsec_iToken *i, size_t *len, void *val)
{
	struct ipsec_iToken *to = val;

	if (*len != sizeof(to) || !to || to->kind != TOKEN_I)
		return fail(EINVAL);
	*to = *i;
	return 0;
}

static int key_text(const struct ipsec_iToken *i,
		    char text[BTNS_FINGERPRINT_TEXT])
{
	text[0] = 0;
	return i->has_key ? btns_fingerprint_text(i->fingerprint, text,
						  BTNS_FINGERPRINT_TEXT) : 0;
}

static int id_text(const struct ipsec_iToken *i, char *text, size_t size)
{
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} u = { .info = { .type = i->id_type, .len = i->id_len } };

	memcpy(u.room + sizeof(u.info), i->id, i->id_len);
	return btns_id_text(&u.info, sizeof(u), text, size);
}

/* "fqdn:bob.example (pubkey, verified), SHA256:..." */
static void audit_i(const struct ipsec_iToken *i, char *text, size_t size)
{
	char id[BTNS_ID_TEXT], key[BTNS_FINGERPRINT_TEXT];

	text[0] = 0;
	if (!i->live)
		return;
	id_text(i, id, sizeof(id));
	key_text(i, key);
	snprintf(text, size, "%s (%s, %s)%s%s", id, btns_auth_name(i->auth),
		 btns_trust_name(i->trust), *key ? ", " : "", key);
}

static void audit_p(const struct ipsec_pToken *p, char *text, size_t size)
{
	char peer[IPSEC_API_TEXT - 512], suite[64];

	text[0] = 0;
	if (!p->live)
		return;
	audit_i(&p->peer, peer, sizeof(peer));
	btns_suite_text(p->latch.encr, p->latch.encr_bits, p->latch.integ,
			suite, sizeof(suite));
	snprintf(text, size, "peer %s; ESP %s mode, %s; latch %llu", peer,
		 btns_mode_name(p->latch.mode), suite,
		 (unsigned long long)p->latch.id);
}

static int get_i(const struct ipsec_iToken *i, unsigned int type, size_t *len,
		 void *val)
{
	char text[IPSEC_API_TEXT];

	switch (type) {
	case IPSEC_API_ATTR_auditString:
		audit_i(i, text, sizeof(text));
		return give_text(text, len, val);
	case IPSEC_API_ATTR_authenticationMethod:
		return give_value(i->method, len, val);
	case IPSEC_API_ATTR_trustState:
		return give_value(IPSEC_API_VAL_TRUST_ANONYMOUS + i->trust, len,
				  val);
	case IPSEC_API_ATTR_identity:
		if (!i->id_len)
			return fail(ENODATA);
		if (id_text(i, text, sizeof(text)))
			return -1;
		return give_text(text, len, val);
	case IPSEC_API_ATTR_certificateAuthorityDN:
	case IPSEC_API_ATTR_certificateDN:
		/* the kernel keeps the key of a certificate, not its names */
		return fail(ENODATA);
	case IPSEC_API_ATTR_pubKeyID:
		if (key_text(i, text))
			return -1;
		return give_text(text, len, val);
	case IPSEC_API_ATTR_channelBinding:
		if (!i->binding_len)
			return fail(ENODATA);
		return give(i->binding, i->binding_len, len, val);
	}
	return fail(EINVAL);
}

static int get_p(const struct ipsec_pToken *p, unsigned int type, size_t *len,
		 void *val)
{
	char text[IPSEC_API_TEXT];

	switch (type) {
	case IPSEC_API_ATTR_privacyProtected:
		return give_value(p->privacy, len, val);
	case IPSEC_API_ATTR_integrityProtected:
		return give_value(p->integrity, len, val);
	case IPSEC_API_ATTR_compressionAvailable:
		return give_value(p->compression, len, val);
	case IPSEC_API_ATTR_tunnelMode:
		return give_value(p->tunnel, len, val);
	case IPSEC_API_ATTR_ipoptionsProtected:
		return give_value(p->options, len, val);
	case IPSEC_API_ATTR_privacyLevel:
		return p->live ? give_value(p->privacy_level, len, val) :
			fail(ENODATA);
	case IPSEC_API_ATTR_integrityLevel:
		return p->live ? give_value(p->integrity_level, len, val) :
			fail(ENODATA);
	case IPSEC_API_ATTR_bypass:
		return give_value(p->bypass, len, val);
	case IPSEC_API_ATTR_policyName:
		return give_text(p->policy, len, val);
	case IPSEC_API_ATTR_iToken:
		return give_token(&p->peer, len, val);
	case IPSEC_API_ATTR_remote_iToken:
		return give_token(&p->local, len, val);
	case IPSEC_API_ATTR_auditString:
		audit_p(p, text, sizeof(text));
		return give_text(text, len, val);
	case IPSEC_API_ATTR_informationString:
		return give_text(p->information, len, val);
	}
	return fail(EINVAL);
}

EXPORT int ipsec_get_token_attr(const void *token, unsigned int type,
				size_t *len, void *val)
{
	switch (*(const uint32_t *)token) {
	case TOKEN_P:
		return get_p(token, type, len, val);
	case TOKEN_I:
		return get_i(token, type, len, val);
	}
	return fail(EINVAL);
}

/* --- demanding ----------------------------------------------------------------- */

static int take_value(uint16_t *to, size_t len, const void *val, bool levels)
{
	uint16_t v;

	if (len != sizeof(v))
		return fail(EINVAL);
	memcpy(&v, val, sizeof(v));
	if (v < IPSEC_API_VAL_ANY ||
	    v > (levels ? IPSEC_API_VAL_LEVEL_HIGH : IPSEC_API_VAL_DISABLE))
		return fail(EINVAL);
	*to = v;
	return 0;
}

static int take_trust(struct ipsec_iToken *i, size_t len, const void *val)
{
	uint16_t v;

	if (len != sizeof(v))
		return fail(EINVAL);
	memcpy(&v, val, sizeof(v));
	if (v == IPSEC_API_VAL_ANY)
		v = IPSEC_API_VAL_TRUST_ANONYMOUS;
	if (v < IPSEC_API_VAL_TRUST_ANONYMOUS || v > IPSEC_API_VAL_TRUST_VERIFIED)
		return fail(EINVAL);
	i->trust = v - IPSEC_API_VAL_TRUST_ANONYMOUS;
	return 0;
}

static int take_identity(struct ipsec_iToken *i, size_t len, const char *text)
{
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} u;
	size_t n = sizeof(u);

	if (!memchr(text, 0, len))
		return fail(EINVAL);
	if (btns_id_parse(text, &u.info, &n))
		return -1;
	i->id_type = u.info.type;
	i->id_len = u.info.len;
	memset(i->id, 0, sizeof(i->id));
	memcpy(i->id, u.room + sizeof(u.info), u.info.len);
	return 0;
}

static int set_i(struct ipsec_iToken *i, unsigned int type, size_t len,
		 const void *val)
{
	uint16_t v;

	switch (type) {
	case IPSEC_API_ATTR_authenticationMethod:
		if (len != sizeof(v))
			return fail(EINVAL);
		memcpy(&v, val, sizeof(v));
		if (v != IPSEC_API_VAL_ANY &&
		    (v < IPSEC_API_VAL_METHOD_NONE ||
		     v > IPSEC_API_VAL_METHOD_PKIX_OFFLINE))
			return fail(EINVAL);
		i->method = v;
		return 0;
	case IPSEC_API_ATTR_pubKeyID:
		if (!memchr(val, 0, len) ||
		    btns_fingerprint_parse(val, i->fingerprint))
			return fail(EINVAL);
		i->has_key = true;
		return 0;
	case IPSEC_API_ATTR_channelBinding:
		if (!len || len > sizeof(i->binding))
			return fail(EINVAL);
		memcpy(i->binding, val, len);
		i->binding_len = len;
		return 0;
	case IPSEC_API_ATTR_trustState:
		return take_trust(i, len, val);
	case IPSEC_API_ATTR_identity:
		return take_identity(i, len, val);
	case IPSEC_API_ATTR_auditString:
	case IPSEC_API_ATTR_certificateAuthorityDN:
	case IPSEC_API_ATTR_certificateDN:
		return fail(EPERM);
	}
	return fail(EINVAL);
}

static int take_token(struct ipsec_iToken *to, bool *wants, size_t len,
		      const struct ipsec_iToken *i)
{
	if (len != sizeof(i) || i->kind != TOKEN_I)
		return fail(EINVAL);
	*to = *i;
	*wants = true;
	return 0;
}

static int set_p(struct ipsec_pToken *p, unsigned int type, size_t len,
		 const void *val)
{
	switch (type) {
	case IPSEC_API_ATTR_privacyProtected:
		return take_value(&p->privacy, len, val, true);
	case IPSEC_API_ATTR_integrityProtected:
		return take_value(&p->integrity, len, val, true);
	case IPSEC_API_ATTR_compressionAvailable:
		return take_value(&p->compression, len, val, false);
	case IPSEC_API_ATTR_tunnelMode:
		return take_value(&p->tunnel, len, val, false);
	case IPSEC_API_ATTR_ipoptionsProtected:
		return take_value(&p->options, len, val, false);
	case IPSEC_API_ATTR_bypass:
		return take_value(&p->bypass, len, val, false);
	case IPSEC_API_ATTR_policyName:
		if (!len || len > sizeof(p->policy) || !memchr(val, 0, len))
			return fail(EINVAL);
		memset(p->policy, 0, sizeof(p->policy));
		strcpy(p->policy, val);
		return 0;
	case IPSEC_API_ATTR_iToken:
		return take_token(&p->peer, &p->wants_peer, len, val);
	case IPSEC_API_ATTR_remote_iToken:
		return take_token(&p->local, &p->wants_local, len, val);
	case IPSEC_API_ATTR_auditString:
	case IPSEC_API_ATTR_informationString:
	case IPSEC_API_ATTR_privacyLevel:
	case IPSEC_API_ATTR_integrityLevel:
		return fail(EPERM);
	}
	return fail(EINVAL);
}

EXPORT int ipsec_set_token_attr(void *token, unsigned int type, size_t len,
				const void *val)
{
	struct ipsec_pToken *p = token;
	struct ipsec_iToken *i = token;

	switch (*(const uint32_t *)token) {
	case TOKEN_P:
		return p->live ? fail(EPERM) : set_p(p, type, len, val);
	case TOKEN_I:
		return i->live ? fail(EPERM) : set_i(i, type, len, val);
	}
	return fail(EINVAL);
}
