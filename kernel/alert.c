// SPDX-License-Identifier: GPL-2.0-only
/* ALERT (RFC 5660 section 2.3): the owner of a latch learns of its new state. */
#include <linux/errqueue.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "alert.h"
#include "latch.h"
#include "sctp.h"

/* The owner, a reference; sock_gen_put(). */
static struct sock *btns_alert_sock(struct btns_latch *l)
{
	struct sock *sk;

	sk = btns_tuple_sock(l->bn->net, &l->tuple, READ_ONCE(l->dif));
	if (!sk)
		return NULL;
	if (sk_fullsock(sk) && btns_latch_is_of(l, sk))
		return sk;
	sock_gen_put(sk);
	return NULL;
}

/**
 * btns_alert_owner() - put a message into the socket's error queue
 * @l: the latch; its state is what is told
 *
 * poll() wakes with POLLERR; the connection itself is not touched.  Lost when the
 * socket has no room: the state can still be asked for.
 */
void btns_alert_owner(struct btns_latch *l)
{
	struct btns_alert alert = {
		.state = READ_ONCE(l->state),
		.reason = READ_ONCE(l->broken),
		.id = l->id,
	};
	struct sock_exterr_skb *serr;
	struct sk_buff *skb;
	struct sock *sk;

	local_bh_disable();
	rcu_read_lock();
	sk = btns_alert_sock(l);
	rcu_read_unlock();
	local_bh_enable();
	if (!sk)
		return;
	skb = alloc_skb(sizeof(alert), GFP_KERNEL);
	if (!skb)
		goto put;
	skb_put_data(skb, &alert, sizeof(alert));
	/* recvmsg() looks for an address there: the payload is long enough for one */
	skb_reset_network_header(skb);
	serr = SKB_EXT_ERR(skb);
	memset(serr, 0, sizeof(*serr));
	serr->ee.ee_errno = alert.state == BTNS_LATCH_ESTABLISHED ? 0 : EKEYREJECTED;
	serr->ee.ee_origin = SO_EE_ORIGIN_LOCAL;
	serr->ee.ee_type = BTNS_ALERT_TYPE;
	serr->ee.ee_info = alert.state;
	serr->ee.ee_data = alert.reason;
	if (sock_queue_err_skb(sk, skb))
		kfree_skb(skb);
put:
	sock_gen_put(sk);
}

/**
 * btns_alert_reset() - the connection ends as if its peer had reset it
 * @l: the latch
 *
 * The RST that TCP sends to the other side, or SCTP's ABORT, meets the broken latch and
 * goes nowhere.
 */
void btns_alert_reset(struct btns_latch *l)
{
	struct sock *sk;

	if (l->tuple.proto == IPPROTO_SCTP)
		btns_sctp_reset(l);
	if (l->tuple.proto != IPPROTO_TCP)
		return;
	local_bh_disable();
	rcu_read_lock();
	sk = btns_alert_sock(l);
	rcu_read_unlock();
	local_bh_enable();
	if (!sk)
		return;
	if (sk->sk_prot->diag_destroy)
		sk->sk_prot->diag_destroy(sk, ECONNRESET);
	sock_gen_put(sk);
}
