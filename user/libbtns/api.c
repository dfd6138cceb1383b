// SPDX-License-Identifier: LGPL-2.1-or-later
/* libbtns: the calls of ipsec_api.h that are about sockets and messages. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "token.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

EXPORT int ipsec_get_socket_pToken(int fd, struct ipsec_pToken *p)
{
	struct btns_subject s = { .fd = fd };

	if (p->kind != TOKEN_P)
		return fail(EINVAL);
	return btns_token_read(&s, p);
}

/* --- before there is a connection --------------------------------------------------- */

static int want_peer(const struct ipsec_iToken *i, struct btns_want *w)
{
	bool by_id = i->live ? !i->has_key && i->auth == BTNS_AUTH_PSK :
		     i->id_len != 0;

	/* a peer that proved nothing cannot be told from others */
	if (i->live && !i->has_key && !by_id)
		return fail(ENOKEY);
	/* only a latch tells these */
	if (!i->live && (i->method != IPSEC_API_VAL_ANY || i->binding_len))
		return fail(EOPNOTSUPP);
	if (i->has_key) {
		w->flags |= BTNS_WANT_F_PEER;
		memcpy(w->peer_fingerprint, i->fingerprint,
		       sizeof(w->peer_fingerprint));
	}
	if (!i->live)
		w->trust = i->trust;
	/* the kernel takes nobody's word for it */
	if (by_id) {
		w->flags |= BTNS_WANT_F_PEER_ID;
		w->peer_id_type = i->id_type;
		w->peer_id_len = i->id_len;
		memcpy(w->peer_id, i->id, i->id_len);
	}
	return 0;
}

static bool wants(uint16_t v)
{
	return v != IPSEC_API_VAL_ANY;
}

/* What a wish cannot say: it would be forgotten by the time that it counts. */
static bool wants_more(const struct ipsec_pToken *p)
{
	return p->wants_local || wants(p->tunnel) || wants(p->options) ||
	       *p->policy || p->compression == IPSEC_API_VAL_ENABLE ||
	       p->privacy == IPSEC_API_VAL_DISABLE ||
	       p->privacy > IPSEC_API_VAL_LEVEL_LOW ||
	       p->integrity == IPSEC_API_VAL_DISABLE ||
	       p->integrity > IPSEC_API_VAL_LEVEL_LOW;
}

static bool demands(uint16_t v)
{
	return v == IPSEC_API_VAL_ENABLE || v == IPSEC_API_VAL_LEVEL_LOW;
}

static int want_bypass(const struct ipsec_pToken *p, struct btns_want *w)
{
	if (wants_more(p) || p->wants_peer || wants(p->privacy) ||
	    wants(p->integrity))
		return fail(EINVAL);
	memset(w, 0, sizeof(*w));
	w->flags = BTNS_WANT_F_BYPASS;
	return 0;
}

static int make_want(const struct ipsec_pToken *p, struct btns_want *w)
{
	struct btns_want old = *w;

	memset(w, 0, sizeof(*w));
	/* what a token does not speak of */
	w->flags = old.flags & (BTNS_WANT_F_REACTION | BTNS_WANT_F_ALERT |
				BTNS_WANT_F_FLOWS | BTNS_WANT_F_OWN);
	w->reaction = old.reaction;
	if (p->live || p->wants_peer) {
		if (want_peer(&p->peer, w))
			return -1;
	}
	if (!p->live && p->bypass == IPSEC_API_VAL_ENABLE)
		return want_bypass(p, w);
	if (!p->live && wants_more(p))
		return fail(EOPNOTSUPP);
	if (demands(p->privacy))
		w->level = BTNS_LEVEL_CONFIDENTIAL;
	else if (demands(p->integrity))
		w->level = BTNS_LEVEL_INTEGRITY;
	return 0;
}

static int wish(int fd, const struct ipsec_pToken *p)
{
	struct btns_want w;

	if (btns_get_want(fd, &w) || make_want(p, &w))
		return -1;
	return btns_set_want(fd, &w);
}

EXPORT int ipsec_set_socket_pToken(int fd, const struct ipsec_pToken *p)
{
	struct btns_subject s = { .fd = fd };
	struct ipsec_pToken is;
	struct btns_latch_info l;
	int error;

	if (p->kind != TOKEN_P)
		return fail(EINVAL);
	if (btns_latch(fd, &l, sizeof(l)))
		return errno == ENOTCONN ? wish(fd, p) : -1;
	if (l.state == BTNS_LATCH_LISTENER)
		return wish(fd, p);
	/* in clear, and that was asked for */
	if (l.state == BTNS_LATCH_NONE && !p->live &&
	    p->bypass == IPSEC_API_VAL_ENABLE)
		return 0;
	if (btns_token_read(&s, &is))
		return -1;
	error = btns_token_misfit(p, &is);
	return error ? fail(error) : 0;
}

/* --- datagrams ------------------------------------------------------------------------ */

EXPORT int ipsec_enable_msg_pTokens(int fd)
{
	return btns_want_flows(fd);
}

EXPORT int ipsec_get_msg_pToken(int fd, const struct msghdr *msg,
				struct ipsec_pToken *p)
{
	struct btns_flow flow;
	struct btns_subject s = { .fd = fd, .flow = &flow };

	if (p->kind != TOKEN_P)
		return fail(EINVAL);
	if (btns_flow_of(msg, 0, &flow))
		return -1;
	return btns_token_read(&s, p);
}

EXPORT int ipsec_set_msg_pToken(int fd, const struct msghdr *msg,
				const struct ipsec_pToken *p)
{
	struct btns_flow flow;
	struct btns_subject s = { .fd = fd, .flow = &flow };
	struct ipsec_pToken is;
	int error;

	if (p->kind != TOKEN_P)
		return fail(EINVAL);
	if (btns_flow_of(msg, 1, &flow) || btns_token_read(&s, &is))
		return -1;
	error = btns_token_misfit(p, &is);
	return error ? fail(error) : 0;
}

/* --- latches -------------------------------------------------------------------------- */

EXPORT int ipsec_get_latch(int fd, unsigned int *state)
{
	struct btns_latch_info l;

	if (btns_latch(fd, &l, sizeof(l)))
		return -1;
	*state = l.state;
	return 0;
}

EXPORT int ipsec_set_break_action(int fd, unsigned int action)
{
	int alert = !!(action & IPSEC_BREAK_ALERT);

	switch (action & ~IPSEC_BREAK_ALERT) {
	case IPSEC_BREAK_WAIT:
		return btns_on_break(fd, BTNS_REACTION_WAIT, alert);
	case IPSEC_BREAK_CLOSE:
		return btns_on_break(fd, BTNS_REACTION_CLOSE, alert);
	case IPSEC_BREAK_FAILOVER:
		return btns_on_break(fd, BTNS_REACTION_FAILOVER, alert);
	}
	return fail(EINVAL);
}

EXPORT int ipsec_get_alert(int fd, struct btns_alert *alert)
{
	return btns_next_alert(fd, alert);
}

EXPORT int ipsec_get_error(int fd, struct ipsec_api_error *why)
{
	struct btns_latch_info l;

	memset(why, 0, sizeof(*why));
	why->error = btns_latch(fd, &l, sizeof(l)) ? errno :
		     btns_token_state_error(l.state);
	if (why->error == EBADF || why->error == ENOTSOCK)
		return fail(why->error);
	return btns_explain(fd, why->text, sizeof(why->text));
}
