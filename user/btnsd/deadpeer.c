// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer that does not answer any more: its latches break for good (RFC 5660 section
 * 2.3), if the configuration says so.
 */
#include <netlink/attr.h>
#include <string.h>

#include "btnsd.h"
#include "ike/crypto.h"

struct search {
	const struct ike_sa *dead;
	const struct ike_identity *peer;
	bool found;
};

/* Another IKE SA with the same key that has not failed. */
static void look(void *arg, struct ike_sa *sa, const struct ike_sa_info *info)
{
	struct search *s = arg;

	if (sa != s->dead && info->established && info->peer_id.spki_len == s->peer->spki_len &&
	    !memcmp(info->peer_id.spki, s->peer->spki, s->peer->spki_len))
		s->found = true;
}

static void count(void *arg, struct nlattr **tb)
{
	if (tb[BTNS_A_COUNT])
		*(uint32_t *)arg = nla_get_u32(tb[BTNS_A_COUNT]);
}

void deadpeer_event(struct btnsd *d, const struct ike_event *ev)
{
	struct search s = { .dead = ev->sa, .peer = ev->peer_id };
	uint8_t fingerprint[BTNS_FINGERPRINT_LEN];
	char text[ADDR_TEXT];
	struct chunk key;
	struct nl_msg *m;
	uint32_t n = 0;

	if (!d->conf->daemon.dead_peer_breaks || ev->type != IKE_EV_SA_DOWN ||
	    ev->error != IKE_E_TIMEOUT || !ev->peer_id || !ev->peer_id->spki_len)
		return;
	ike_walk(d->ike, look, &s);
	if (s.found)
		return;
	key = (struct chunk)CHUNK(ev->peer_id->spki, ev->peer_id->spki_len);
	crypto_sha256(fingerprint, &key, 1);
	m = kernel_new(&d->kernel, BTNS_CMD_LATCH_BREAK);
	if (m) {
		nla_put(m, BTNS_A_PEER_FINGERPRINT, sizeof(fingerprint), fingerprint);
		nla_put_u8(m, BTNS_A_REASON, BTNS_BREAK_DEAD);
	}
	if (kernel_call(&d->kernel, m, count, &n))
		log_warn("latches of a dead peer: %s", d->kernel.family.why);
	else if (n)
		log_notice("%s is dead: %u of its latches are broken",
			   addr_text(&ev->peer, text), n);
}
