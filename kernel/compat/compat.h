/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels.  HAVE_... comes from probe.sh.  The other files
 * are written for the newest kernel and include this one.
 */
#ifndef _BTNS_COMPAT_H
#define _BTNS_COMPAT_H

#include <linux/kernel.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <net/genetlink.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/xfrm.h>
#if IS_ENABLED(CONFIG_IPV6)
#include <net/inet6_hashtables.h>
#endif

/* hex2bin() has moved out of kernel.h */
#ifdef HAVE_HEX_H
#include <linux/hex.h>
#endif

/* XFRM */

static inline int btns_xfrm_init_state(struct xfrm_state *x,
				       struct netlink_ext_ack *extack)
{
#ifdef HAVE_XFRM_INIT_STATE_EXTACK
	return xfrm_init_state(x, extack);
#else
	int err = __xfrm_init_state(x, true, false, extack);

	if (!err)
		x->km.state = XFRM_STATE_VALID;
	return err;
#endif
}

static inline int btns_xfrm_decode_session(struct net *net, struct sk_buff *skb,
					   struct flowi *fl, unsigned int family)
{
#ifdef HAVE_XFRM_DECODE_SESSION_NET
	return xfrm_decode_session(net, skb, fl, family);
#else
	return xfrm_decode_session(skb, fl, family);
#endif
}

static inline int btns_xfrm_alloc_spi(struct xfrm_state *x, u32 min, u32 max,
				      struct netlink_ext_ack *extack)
{
#ifdef HAVE_XFRM_ALLOC_SPI_EXTACK
	return xfrm_alloc_spi(x, min, max, extack);
#else
	return xfrm_alloc_spi(x, min, max);
#endif
}

static inline struct xfrm_state *
btns_xfrm_find_acq(struct net *net, const struct xfrm_mark *mark, u8 mode, u32 reqid,
		   u8 proto, const xfrm_address_t *daddr,
		   const xfrm_address_t *saddr, int create, unsigned short family)
{
#ifdef HAVE_XFRM_FIND_ACQ_PCPU
	return xfrm_find_acq(net, mark, mode, reqid, 0, UINT_MAX, proto, daddr, saddr,
			     create, family);
#else
	return xfrm_find_acq(net, mark, mode, reqid, 0, proto, daddr, saddr, create,
			     family);
#endif
}

/* sysctl: a table of n entries with room for one empty entry after them */

#ifdef HAVE_SYSCTL_SZ
#define btns_register_net_sysctl(net, path, table, n) \
	register_net_sysctl_sz(net, path, table, n)
#else
#define btns_register_net_sysctl(net, path, table, n) \
	register_net_sysctl(net, path, table)
#endif

#ifdef HAVE_CONST_CTL_TABLE
#define btns_ctl_table const struct ctl_table
#else
#define btns_ctl_table struct ctl_table
#endif

/* timers */

#ifndef HAVE_TIMER_CONTAINER_OF
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

/* generic netlink */

#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(len) NLA_POLICY_MAX(NLA_BINARY, len)
#endif

/* Listening takes CAP_NET_ADMIN in the namespace, where groups can say so. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define BTNS_GENL_GROUP_FLAGS .flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define BTNS_GENL_GROUP_FLAGS
#endif

#ifdef HAVE_GENL_SPLIT_OPS
#define btns_genl_hook_ops struct genl_split_ops
#else
#define btns_genl_hook_ops struct genl_ops
#endif

/* Parsed attributes of a dump request. */
static inline struct nlattr **btns_genl_dump_attrs(struct netlink_callback *cb)
{
#ifdef HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* sockets */

/* lookup: sctp_transport_lookup_process() of that module */
#ifdef HAVE_SCTP_LOOKUP_DIF
#define btns_call_sctp_lookup(lookup, cb, net, local, peer, arg, dif) \
	(lookup)(cb, net, local, peer, arg, dif)
#else
#define btns_call_sctp_lookup(lookup, cb, net, local, peer, arg, dif) \
	(lookup)(cb, net, local, peer, arg)
#endif

#ifndef HAVE_SK_UID_HELPER
static inline kuid_t sk_uid(const struct sock *sk)
{
	return READ_ONCE(sk->sk_uid);
}
#endif

/* A TCP socket of any kind (time-wait, request) with a reference: sock_gen_put(). */
static inline struct sock *btns_lookup_tcp4(struct net *net, __be32 peer,
					    __be16 peer_port, __be32 local,
					    __be16 local_port, int dif)
{
#ifdef HAVE_LOOKUP_WITHOUT_HASHINFO
	return __inet_lookup_established(net, peer, peer_port, local,
					 ntohs(local_port), dif, 0);
#else
	return __inet_lookup_established(net, net->ipv4.tcp_death_row.hashinfo, peer,
					 peer_port, local, ntohs(local_port), dif, 0);
#endif
}

/* A listening socket, without a reference. */
static inline struct sock *btns_lookup_listener4(struct net *net, struct sk_buff *skb,
						 int doff, __be32 peer,
						 __be16 peer_port, __be32 local,
						 __be16 local_port, int dif)
{
#ifdef HAVE_LOOKUP_WITHOUT_HASHINFO
	return __inet_lookup_listener(net, skb, doff, peer, peer_port, local,
				      ntohs(local_port), dif, 0);
#else
	return __inet_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo, skb, doff,
				      peer, peer_port, local, ntohs(local_port), dif,
				      0);
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
static inline struct sock *btns_lookup_tcp6(struct net *net,
					    const struct in6_addr *peer,
					    __be16 peer_port,
					    const struct in6_addr *local,
					    __be16 local_port, int dif)
{
#ifdef HAVE_LOOKUP_WITHOUT_HASHINFO
	return __inet6_lookup_established(net, peer, peer_port, local,
					  ntohs(local_port), dif, 0);
#else
	return __inet6_lookup_established(net, net->ipv4.tcp_death_row.hashinfo, peer,
					  peer_port, local, ntohs(local_port), dif, 0);
#endif
}

static inline struct sock *btns_lookup_listener6(struct net *net, struct sk_buff *skb,
						 int doff, const struct in6_addr *peer,
						 __be16 peer_port,
						 const struct in6_addr *local,
						 __be16 local_port, int dif)
{
#ifdef HAVE_LOOKUP_WITHOUT_HASHINFO
	return inet6_lookup_listener(net, skb, doff, peer, peer_port, local,
				     ntohs(local_port), dif, 0);
#else
	return inet6_lookup_listener(net, net->ipv4.tcp_death_row.hashinfo, skb, doff,
				     peer, peer_port, local, ntohs(local_port), dif, 0);
#endif
}
#endif /* CONFIG_IPV6 */

#endif /* _BTNS_COMPAT_H */
