// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: what holds for a connection, read into a pToken, and compared. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "token.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

static uint16_t level_of_bits(unsigned int bits)
{
	return bits >= 256 ? IPSEC_API_VAL_LEVEL_HIGH :
	       bits >= 128 ? IPSEC_API_VAL_LEVEL_MEDIUM :
	       bits ? IPSEC_API_VAL_LEVEL_LOW : IPSEC_API_VAL_DISABLE;
}

/* IKEv2 transform IDs; what is not known here is LOW at best. */
static uint16_t privacy_level(const struct btns_latch_info *l)
{
	if (!(l->flags & BTNS_LATCH_F_CONFIDENTIAL))
		return IPSEC_API_VAL_DISABLE;
	switch (l->encr) {
	case 28:		/* ChaCha20-Poly1305 */
		return IPSEC_API_VAL_LEVEL_HIGH;
	case 12: case 13:	/* AES-CBC, -CTR */
	case 14: case 15: case 16: case 18: case 19: case 20:	/* CCM, GCM */
	case 23: case 24:	/* Camellia */
		return level_of_bits(l->encr_bits);
	}
	return IPSEC_API_VAL_LEVEL_LOW;
}

static uint16_t integrity_level(const struct btns_latch_info *l)
{
	if (!(l->flags & BTNS_LATCH_F_INTEGRITY))
		return IPSEC_API_VAL_DISABLE;
	switch (l->integ) {
	case 0:			/* of the cipher; short tags are weak */
		if (l->encr == 28)
			return IPSEC_API_VAL_LEVEL_HIGH;
		return l->encr == 16 || l->encr == 20 || l->encr == 21 ?
			level_of_bits(l->encr_bits) : IPSEC_API_VAL_LEVEL_LOW;
	case 14:		/* HMAC-SHA2-512-256 */
		return IPSEC_API_VAL_LEVEL_HIGH;
	case 7: case 12: case 13:	/* at least 128 bits of tag */
		return IPSEC_API_VAL_LEVEL_MEDIUM;
	}
	return IPSEC_API_VAL_LEVEL_LOW;
}

/* A key that somebody configured is verified, however AUTH was made. */
static uint16_t method_of(unsigned int auth, unsigned int trust)
{
	switch (auth) {
	case BTNS_AUTH_BTNS:
		return trust == BTNS_TRUST_VERIFIED ?
			IPSEC_API_VAL_METHOD_PKIX_OFFLINE :
			IPSEC_API_VAL_METHOD_BTNS;
	case BTNS_AUTH_LEAPOFFAITH:
		return IPSEC_API_VAL_METHOD_LEAPOFFAITH;
	case BTNS_AUTH_PSK:
		return IPSEC_API_VAL_METHOD_PRESHAREDKEY;
	case BTNS_AUTH_PUBKEY:
		return IPSEC_API_VAL_METHOD_PKIX_OFFLINE;
	case BTNS_AUTH_PKIX:
		return IPSEC_API_VAL_METHOD_PKIX_TRUSTED;
	}
	return IPSEC_API_VAL_METHOD_NONE;
}

/* 0, or what is the matter with a latch in @state */
int btns_token_state_error(unsigned int state)
{
	switch (state) {
	case BTNS_LATCH_ESTABLISHED:
		return 0;
	case BTNS_LATCH_NONE:
		return ENODATA;
	case BTNS_LATCH_CLOSED:
		return ENOTCONN;
	}
	return EAGAIN;
}

static uint16_t yes(bool v)
{
	return v ? IPSEC_API_VAL_ENABLE : IPSEC_API_VAL_DISABLE;
}

static int ask(const struct btns_subject *s, int option, void *buf, size_t *len)
{
	socklen_t n = *len;

	if (s->flow)
		return btns_flow_ask(s->fd, s->flow, option, buf, len);
	if (getsockopt(s->fd, SOL_IP, option, buf, &n))
		return -1;
	*len = n;
	return 0;
}

/* None is no error: both ends without key, or PSK. */
static int read_binding(const struct btns_subject *s, struct ipsec_iToken *i)
{
	struct btns_flow question;
	struct btns_subject with_type = *s;
	struct btns_binding b = { .type = BTNS_BINDING_END_POINT };
	size_t len = sizeof(b);

	if (s->flow) {
		question = *s->flow;
		question.binding = BTNS_BINDING_END_POINT;
		with_type.flow = &question;
	}
	i->binding_len = 0;
	if (ask(&with_type, BTNS_SO_BINDING, &b, &len))
		return errno == ENOKEY || errno == EKEYREJECTED ? 0 : -1;
	if (len != sizeof(b) || !b.len || b.len > sizeof(i->binding))
		return fail(EPROTO);
	memcpy(i->binding, b.data, b.len);
	i->binding_len = b.len;
	return 0;
}

static int read_end(const struct btns_subject *s, bool peer,
		    struct ipsec_pToken *p)
{
	static const uint8_t none[BTNS_FINGERPRINT_LEN];
	struct ipsec_iToken *i = peer ? &p->peer : &p->local;
	union {
		struct btns_id_info info;
		unsigned char room[BTNS_ID_INFO_MAX];
	} u;
	size_t len = sizeof(u);

	if (ask(s, peer ? BTNS_SO_PEER_ID : BTNS_SO_LOCAL_ID, &u, &len))
		return -1;
	if (len < sizeof(u.info) || u.info.len > len - sizeof(u.info) ||
	    u.info.len > sizeof(i->id))
		return fail(EPROTO);
	i->live = true;
	i->id_type = u.info.type;
	i->id_len = u.info.len;
	memcpy(i->id, u.room + sizeof(u.info), u.info.len);
	/* the latch's word, so that all of it is of one moment */
	i->auth = peer ? p->latch.peer_auth : p->latch.local_auth;
	i->trust = peer ? p->latch.trust : BTNS_TRUST_VERIFIED;
	i->method = method_of(i->auth, peer ? i->trust : BTNS_TRUST_UNVERIFIED);
	memcpy(i->fingerprint, peer ? p->latch.peer_fingerprint :
	       p->latch.local_fingerprint, sizeof(i->fingerprint));
	i->has_key = memcmp(i->fingerprint, none, sizeof(none));
	if (peer)
		snprintf(p->policy, sizeof(p->policy), "%.*s", BTNS_NAME_MAX,
			 u.info.pad_entry);
	return read_binding(s, i);
}

int btns_token_read(const struct btns_subject *s, struct ipsec_pToken *p)
{
	socklen_t n = sizeof(int);
	struct ipsec_pToken t;
	size_t len = sizeof(t.latch);

	btns_token_clear_p(&t);
	t.latch.size = sizeof(t.latch);
	if (ask(s, BTNS_SO_LATCH, &t.latch, &len))
		return -1;
	if (t.latch.state != BTNS_LATCH_ESTABLISHED)
		return fail(btns_token_state_error(t.latch.state));
	if (getsockopt(s->fd, SOL_SOCKET, SO_PROTOCOL, &t.protocol, &n) ||
	    read_end(s, true, &t) || read_end(s, false, &t))
		return -1;
	t.live = true;
	t.privacy_level = privacy_level(&t.latch);
	t.integrity_level = integrity_level(&t.latch);
	t.privacy = yes(t.privacy_level != IPSEC_API_VAL_DISABLE);
	t.integrity = yes(t.integrity_level != IPSEC_API_VAL_DISABLE);
	/* no IPComp here; only a tunnel covers the inner header with its options */
	t.compression = IPSEC_API_VAL_DISABLE;
	t.bypass = IPSEC_API_VAL_DISABLE;
	t.tunnel = yes(t.latch.mode == BTNS_MODE_TUNNEL);
	t.options = t.tunnel;
	if (btns_explain_latch(&t.latch, t.information, sizeof(t.information)))
		return -1;
	*p = t;
	return 0;
}

/* @is: ENABLE or DISABLE; @level: LEVEL_*, or DISABLE */
static bool meets(uint16_t wanted, uint16_t is, uint16_t level)
{
	if (wanted == IPSEC_API_VAL_ANY)
		return true;
	if (wanted >= IPSEC_API_VAL_LEVEL_LOW)
		return level >= wanted;
	return is == wanted;
}

/* More than another connection had is no fault. */
static uint16_t at_least(uint16_t level)
{
	return level == IPSEC_API_VAL_DISABLE ? IPSEC_API_VAL_ANY : level;
}

int btns_token_misfit(const struct ipsec_pToken *p,
		      const struct ipsec_pToken *is)
{
	/* a token of a socket: the peer and the strength of that one */
	if ((p->live || p->wants_peer) &&
	    !btns_token_meets_i(&p->peer, &is->peer))
		return EKEYREJECTED;
	if ((p->live || p->wants_local) &&
	    !btns_token_meets_i(&p->local, &is->local))
		return EKEYREJECTED;
	if (!meets(p->live ? at_least(p->privacy_level) : p->privacy,
		   is->privacy, is->privacy_level) ||
	    !meets(p->live ? at_least(p->integrity_level) : p->integrity,
		   is->integrity, is->integrity_level) ||
	    !meets(p->compression, is->compression, 0) ||
	    !meets(p->tunnel, is->tunnel, 0) ||
	    !meets(p->options, is->options, 0) ||
	    !meets(p->bypass, is->bypass, 0) ||
	    (*p->policy && strcmp(p->policy, is->policy)))
		return EACCES;
	return 0;
}
