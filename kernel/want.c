// SPDX-License-Identifier: GPL-2.0-only
/* What applications want of their connections before these exist (BTNS_SO_WANT). */
#include <linux/rhashtable.h>
#include <linux/sock_diag.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "alg.h"
#include "compat/compat.h"
#include "datapath.h"
#include "keymgr.h"
#include "latch.h"
#include "sctp.h"
#include "want.h"

/* Closed sockets are looked for so often. */
#define BTNS_WANT_GC	(2 * HZ)
/* SAs of its own were refused: it asks again after that. */
#define BTNS_OWN_PAUSE	(HZ / 2)

static const struct rhashtable_params btns_want_params = {
	.key_len = sizeof(u64),
	.key_offset = offsetof(struct btns_wish, cookie),
	.head_offset = offsetof(struct btns_wish, node),
	.automatic_shrinking = true,
};

struct btns_wish *btns_want_of(struct btns_net *bn, const struct sock *sk)
{
	u64 cookie;

	if (!atomic_read(&bn->want_count))
		return NULL;
	if (sk->sk_state == TCP_NEW_SYN_RECV)
		sk = inet_reqsk((struct sock *)sk)->rsk_listener;
	if (!sk)
		return NULL;
	cookie = atomic64_read(&sk->sk_cookie);
	return cookie ? rhashtable_lookup(&bn->wants, &cookie, btns_want_params) : NULL;
}

int btns_want_misfit(const struct btns_wish *w, const struct btns_sa_pair *p)
{
	const struct btns_want *want = &w->want;
	const struct btns_identity *peer;
	struct btns_alg alg;

	if (!p)
		return -EACCES;
	peer = p->cache->peer;
	if (READ_ONCE(peer->trust) < want->trust)
		return -EKEYREJECTED;
	if (want->flags & BTNS_WANT_F_PEER &&
	    (!peer->spki_len || memcmp(peer->fingerprint, want->peer_fingerprint,
				       BTNS_FINGERPRINT_LEN)))
		return -EKEYREJECTED;
	/* without a key that the administrator vouches for an ID is a mere claim */
	if (want->flags & BTNS_WANT_F_PEER_ID &&
	    (peer->auth < BTNS_AUTH_PSK || peer->id_type != want->peer_id_type ||
	     peer->id_len != want->peer_id_len ||
	     memcmp(peer->id, want->peer_id, want->peer_id_len)))
		return -EKEYREJECTED;
	if (want->level == BTNS_LEVEL_ANY)
		return 0;
	if (btns_alg_find(&p->suite, &alg, NULL) || !alg.integrity ||
	    (want->level == BTNS_LEVEL_CONFIDENTIAL && !alg.confidential))
		return -EKEYREJECTED;
	return 0;
}

void btns_want_refuse(struct btns_net *bn, struct btns_wish *w, int err)
{
	WRITE_ONCE(w->refused, -err);
	mod_delayed_work(bn->wq, &bn->want_gc, 0);
}

int btns_want_ask_own(struct btns_net *bn, const struct btns_tuple *t, u64 cookie)
{
	struct btns_wish *w = rhashtable_lookup(&bn->wants, &cookie, btns_want_params);

	if (!w)
		return -EACCES;
	/* UDP comes with the next datagram */
	if ((s32)(READ_ONCE(w->own_again) - (u32)jiffies) > 0)
		return -ESRCH;
	return btns_keymgr_ask_own(bn, t, cookie);
}

void btns_want_failed(struct btns_net *bn, u64 cookie, int error)
{
	struct btns_wish *w;

	rcu_read_lock();
	w = rhashtable_lookup(&bn->wants, &cookie, btns_want_params);
	if (w) {
		WRITE_ONCE(w->own_again, (u32)jiffies + BTNS_OWN_PAUSE);
		btns_want_refuse(bn, w, -error);
	}
	rcu_read_unlock();
}

static void btns_wish_free(struct rcu_head *head)
{
	struct btns_wish *w = container_of(head, struct btns_wish, rcu);

	sock_put(w->sk);
	kfree(w);
}

/* Out of the table already; who still sees it there may still hold its socket. */
static void btns_wish_drop(struct btns_net *bn, struct btns_wish *w)
{
	call_rcu(&w->rcu, btns_wish_free);
	atomic_dec(&bn->want_count);
	btns_datapath_put(bn);
}

/* Policies of the socket itself go before the SPD; accepted sockets inherit them. */
static int btns_want_bypass(struct sock *sk, bool on)
{
	struct xfrm_userpolicy_info p = {
		.sel.family = sk->sk_family,
		.action = XFRM_POLICY_ALLOW,
		.lft = {
			.soft_byte_limit = XFRM_INF,
			.hard_byte_limit = XFRM_INF,
			.soft_packet_limit = XFRM_INF,
			.hard_packet_limit = XFRM_INF,
		},
	};
	int opt = sk->sk_family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;
	int err;

	if (!on)
		return xfrm_user_policy(sk, opt, KERNEL_SOCKPTR(NULL), 0);
	p.dir = XFRM_POLICY_IN;
	err = xfrm_user_policy(sk, opt, KERNEL_SOCKPTR(&p), sizeof(p));
	if (err)
		return err;
	p.dir = XFRM_POLICY_OUT;
	err = xfrm_user_policy(sk, opt, KERNEL_SOCKPTR(&p), sizeof(p));
	if (err)
		xfrm_user_policy(sk, opt, KERNEL_SOCKPTR(NULL), 0);
	return err;
}

static void btns_want_remove(struct btns_net *bn, const struct sock *sk)
{
	struct btns_wish *w;

	rcu_read_lock();
	w = btns_want_of(bn, sk);
	if (w && rhashtable_remove_fast(&bn->wants, &w->node, btns_want_params))
		w = NULL;	/* somebody was faster */
	rcu_read_unlock();
	if (!w)
		return;
	if (w->want.flags & BTNS_WANT_F_BYPASS && !sock_flag(sk, SOCK_DEAD))
		btns_want_bypass(w->sk, false);
	btns_wish_drop(bn, w);
}

static int btns_want_check(const struct btns_want *want, const struct sock *sk)
{
	static const u8 none[BTNS_FINGERPRINT_LEN];

	if (want->level >= __BTNS_LEVEL_MAX || want->trust >= __BTNS_TRUST_MAX ||
	    want->reaction >= __BTNS_REACTION_MAX || want->reserved ||
	    want->flags & ~(BTNS_WANT_F_PEER | BTNS_WANT_F_REACTION | BTNS_WANT_F_ALERT |
			    BTNS_WANT_F_FLOWS | BTNS_WANT_F_PEER_ID | BTNS_WANT_F_BYPASS |
			    BTNS_WANT_F_OWN))
		return -EINVAL;
	if (want->flags & BTNS_WANT_F_BYPASS &&
	    (want->flags != BTNS_WANT_F_BYPASS || want->level || want->trust))
		return -EINVAL;
	if (want->flags & BTNS_WANT_F_PEER_ID ?
	    !want->peer_id_type || want->peer_id_type > U8_MAX || !want->peer_id_len ||
	    want->peer_id_len > sizeof(want->peer_id) : want->peer_id_type || want->peer_id_len)
		return -EINVAL;
	if (want->flags & BTNS_WANT_F_FLOWS && sk->sk_protocol != IPPROTO_UDP)
		return -EINVAL;
	/* its recvmsg() has no error queue, its routes no policies of the socket */
	if (want->flags & (BTNS_WANT_F_ALERT | BTNS_WANT_F_BYPASS | BTNS_WANT_F_OWN) &&
	    sk->sk_protocol == IPPROTO_SCTP)
		return -EINVAL;
	if (want->flags & BTNS_WANT_F_OWN && want->flags & BTNS_WANT_F_FLOWS)
		return -EINVAL;
	if (!(want->flags & BTNS_WANT_F_REACTION) && want->reaction)
		return -EINVAL;
	if (!(want->flags & BTNS_WANT_F_PEER) &&
	    memcmp(want->peer_fingerprint, none, sizeof(none)))
		return -EINVAL;
	return 0;
}

static bool btns_want_is_none(const struct btns_want *want)
{
	return !want->level && !want->trust && !want->flags;
}

/* Not later than its first packet; a listener may change its mind. */
static int btns_want_sock(struct sock *sk)
{
	if (sk->sk_protocol == IPPROTO_SCTP)
		return btns_sctp_unused(sk) ? 0 : -EISCONN;
	if (sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM)
		return sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN ? 0 : -EISCONN;
	if (sk->sk_protocol == IPPROTO_UDP && sk->sk_type == SOCK_DGRAM)
		return sk->sk_state == TCP_CLOSE ? 0 : -EISCONN;
	return -EOPNOTSUPP;
}

/* Of a latch that is there, what a break does can be chosen. */
static int btns_want_of_latch(struct btns_net *bn, struct sock *sk,
			      const struct btns_want *want)
{
	struct btns_latch *l;

	if (want->level || want->trust ||
	    want->flags & ~(BTNS_WANT_F_REACTION | BTNS_WANT_F_ALERT))
		return -EISCONN;
	l = btns_latch_of_sock(bn, sk);
	if (IS_ERR(l))
		return PTR_ERR(l);
	WRITE_ONCE(l->reaction, want->flags & BTNS_WANT_F_REACTION ? want->reaction :
				READ_ONCE(bn->sysctl.break_reaction));
	WRITE_ONCE(l->alert, !!(want->flags & BTNS_WANT_F_ALERT));
	btns_latch_put(l);
	return 0;
}

/* The caller's struct, of this or an earlier version. */
static int btns_want_copy(struct btns_want *want, sockptr_t arg, unsigned int len)
{
	if (len < offsetofend(struct btns_want, peer_fingerprint) || len > sizeof(*want))
		return -EINVAL;
	memset(want, 0, sizeof(*want));
	if (copy_from_sockptr(want, arg, len))
		return -EFAULT;
	if (want->size != len)
		return -EINVAL;
	want->size = sizeof(*want);
	return 0;
}

static struct btns_wish *btns_wish_alloc(struct sock *sk, const struct btns_want *want)
{
	size_t n = offsetof(struct btns_want, peer_id) + want->peer_id_len;
	struct btns_wish *w = kzalloc(offsetof(struct btns_wish, want) + n, GFP_KERNEL);

	if (!w)
		return NULL;
	memcpy(&w->want, want, n);
	w->cookie = atomic64_read(&sk->sk_cookie);
	w->sk = sk;
	w->own_again = (u32)jiffies;
	return w;
}

/* Into the table, instead of the one that was there (*old) or NULL. */
static int btns_wish_insert(struct btns_net *bn, struct btns_wish *w, struct btns_wish **old)
{
	struct btns_wish *o;

	rcu_read_lock();
	do {
		o = rhashtable_lookup_get_insert_fast(&bn->wants, &w->node, btns_want_params);
	} while (!IS_ERR_OR_NULL(o) &&
		 rhashtable_replace_fast(&bn->wants, &o->node, &w->node, btns_want_params));
	rcu_read_unlock();
	if (IS_ERR(o))
		return PTR_ERR(o);
	*old = o;
	return 0;
}

/**
 * btns_want_set() - setsockopt(BTNS_SO_WANT)
 * @bn: namespace
 * @sk: the socket
 * @arg: struct btns_want
 * @len: its length
 *
 * Return: 0 or a negative errno as the uapi header says.
 */
int btns_want_set(struct btns_net *bn, struct sock *sk, sockptr_t arg, unsigned int len)
{
	struct btns_wish *w, *old;
	struct btns_want want;
	u32 cookie[2];
	bool bypass;
	int err;

	err = btns_want_copy(&want, arg, len) ?: btns_want_check(&want, sk) ?:
	      btns_want_sock(sk);
	if (err == -EISCONN)
		return btns_want_of_latch(bn, sk, &want);
	if (err)
		return err;
	bypass = want.flags & BTNS_WANT_F_BYPASS;
	if (bypass && !ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	sock_diag_save_cookie(sk, cookie);
	if (btns_want_is_none(&want)) {
		btns_want_remove(bn, sk);
		return 0;
	}
	if (!bypass && !READ_ONCE(bn->sysctl.auto_latch))
		return -EACCES;
	w = btns_wish_alloc(sk, &want);
	if (!w)
		return -ENOMEM;
	err = btns_datapath_get(bn);
	if (err)
		goto err_free;
	if (atomic_inc_return(&bn->want_count) > READ_ONCE(bn->sysctl.latch_max)) {
		err = -ENOSPC;
		goto err_count;
	}
	if (bypass)
		err = btns_want_bypass(sk, true);
	if (err)
		goto err_count;
	sock_hold(sk);
	err = btns_wish_insert(bn, w, &old);
	if (err)
		goto err_insert;
	if (old) {
		if (!bypass && old->want.flags & BTNS_WANT_F_BYPASS)
			btns_want_bypass(sk, false);
		btns_wish_drop(bn, old);
	}
	mod_delayed_work(bn->wq, &bn->want_gc, BTNS_WANT_GC);
	return 0;

err_insert:
	if (bypass)
		btns_want_bypass(sk, false);
	sock_put(sk);
err_count:
	atomic_dec(&bn->want_count);
	btns_datapath_put(bn);
err_free:
	kfree(w);
	return err;
}

/**
 * btns_want_get() - getsockopt(BTNS_SO_WANT)
 * @bn: namespace
 * @sk: the socket
 * @want: its wish; no wish: all 0 but the size
 */
void btns_want_get(struct btns_net *bn, const struct sock *sk, struct btns_want *want)
{
	struct btns_wish *w;

	memset(want, 0, sizeof(*want));
	want->size = sizeof(*want);
	rcu_read_lock();
	w = btns_want_of(bn, sk);
	if (w)
		memcpy(want, &w->want, offsetof(struct btns_want, peer_id) + w->want.peer_id_len);
	rcu_read_unlock();
}

/* connect() waits on a socket whose SYN was held back. */
static void btns_want_fail(struct sock *sk, int err)
{
	if (sk->sk_protocol == IPPROTO_SCTP)
		btns_sctp_fail(sk, err);
	if (sk->sk_state == TCP_SYN_SENT && sk->sk_prot->diag_destroy)
		sk->sk_prot->diag_destroy(sk, err);
}

static void btns_want_gc(struct work_struct *work)
{
	struct btns_net *bn = container_of(to_delayed_work(work), struct btns_net, want_gc);
	struct rhashtable_iter iter;
	struct btns_wish *w;

	rhashtable_walk_enter(&bn->wants, &iter);
	rhashtable_walk_start(&iter);
	while ((w = rhashtable_walk_next(&iter))) {
		struct sock *sk;
		int err;

		/* a resize: those seen again are only looked at twice */
		if (IS_ERR(w))
			continue;
		sk = w->sk;
		err = READ_ONCE(w->refused) ? xchg(&w->refused, 0) : 0;
		if (!err && !sock_flag(sk, SOCK_DEAD))
			continue;
		sock_hold(sk);
		rhashtable_walk_stop(&iter);
		if (sock_flag(sk, SOCK_DEAD))
			btns_want_remove(bn, sk);
		else
			btns_want_fail(sk, err);
		sock_put(sk);
		cond_resched();
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	if (atomic_read(&bn->want_count))
		queue_delayed_work(bn->wq, &bn->want_gc, BTNS_WANT_GC);
}

int btns_want_init(struct btns_net *bn)
{
	INIT_DELAYED_WORK(&bn->want_gc, btns_want_gc);
	return rhashtable_init(&bn->wants, &btns_want_params);
}

static void btns_want_end(void *ptr, void *arg)
{
	btns_wish_drop(arg, ptr);
}

/* No socket option runs any more, and no hook. */
void btns_want_exit(struct btns_net *bn)
{
	cancel_delayed_work_sync(&bn->want_gc);
	rhashtable_free_and_destroy(&bn->wants, btns_want_end, bn);
}
