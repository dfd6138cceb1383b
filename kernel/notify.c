// SPDX-License-Identifier: GPL-2.0-only
/* Events to user space. */
#include "compat/compat.h"
#include "latch.h"
#include "netlink.h"
#include "notify.h"

static struct sk_buff *btns_notify_start(u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE + 2 * BTNS_SPKI_MAX, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &btns_genl_family, 0, cmd);
	return skb;
}

static int btns_notify_send(struct btns_net *bn, struct sk_buff *skb, void *hdr,
			    unsigned int group, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_multicast_netns(&btns_genl_family, bn->net, skb, 0, group, GFP_KERNEL);
}

/**
 * btns_notify_acquire_listened() - does a helper listen?
 * @bn: namespace
 *
 * Any context.
 */
bool btns_notify_acquire_listened(struct btns_net *bn)
{
	return genl_has_listeners(&btns_genl_family, bn->net, BTNS_MCGRP_ACQUIRE);
}

void btns_notify_acquire(struct btns_net *bn, const struct btns_acquire *a)
{
	struct sk_buff *skb;
	void *hdr;

	skb = btns_notify_start(BTNS_CMD_ACQUIRE_NTF, &hdr);
	if (skb)
		btns_notify_send(bn, skb, hdr, BTNS_MCGRP_ACQUIRE,
				 btns_nl_put_acquire(skb, BTNS_A_ACQUIRE, a));
}

void btns_notify_sa(struct btns_net *bn, const struct btns_sa_pair *p,
		    enum btns_sa_event what)
{
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&btns_genl_family, bn->net, BTNS_MCGRP_EVENTS))
		return;
	skb = btns_notify_start(BTNS_CMD_SA_NTF, &hdr);
	if (skb)
		btns_notify_send(bn, skb, hdr, BTNS_MCGRP_EVENTS,
				 nla_put_u8(skb, BTNS_A_SA_EVENT, what) ?:
				 btns_nl_put_child(skb, BTNS_A_CHILD, p));
}

void btns_notify_mapping(struct btns_net *bn, const struct btns_sa_pair *p,
			 const struct btns_addr *addr, __be16 port)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	skb = btns_notify_start(BTNS_CMD_MAPPING_NTF, &hdr);
	if (!skb)
		return;
	err = nla_put_u32(skb, BTNS_A_SA_ID, p->id) ?:
	      nla_put_be32(skb, BTNS_A_SPI, p->in->id.spi) ?:
	      btns_nl_put_addr(skb, BTNS_A_PEER_ADDR, addr) ?:
	      nla_put_be16(skb, BTNS_A_PEER_PORT, port);
	btns_notify_send(bn, skb, hdr, BTNS_MCGRP_EVENTS, err);
}

void btns_notify_latch(struct btns_net *bn, struct btns_latch *l)
{
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&btns_genl_family, bn->net, BTNS_MCGRP_LATCHES))
		return;
	skb = btns_notify_start(BTNS_CMD_LATCH_NTF, &hdr);
	if (skb)
		btns_notify_send(bn, skb, hdr, BTNS_MCGRP_LATCHES,
				 btns_nl_put_latch(skb, BTNS_A_LATCH, l));
}

int btns_notify_binding(struct btns_net *bn, struct btns_latch *l)
{
	struct sk_buff *skb;
	void *hdr;

	skb = btns_notify_start(BTNS_CMD_BINDING_NTF, &hdr);
	if (!skb)
		return -ENOMEM;
	return btns_notify_send(bn, skb, hdr, BTNS_MCGRP_ACQUIRE,
				btns_nl_put_latch(skb, BTNS_A_LATCH, l) ?:
				btns_nl_put_latch_spi(skb, l));
}

void btns_notify_config(struct btns_net *bn)
{
	struct sk_buff *skb;
	void *hdr;

	skb = btns_notify_start(BTNS_CMD_CONFIG_NTF, &hdr);
	if (skb)
		btns_notify_send(bn, skb, hdr, BTNS_MCGRP_EVENTS,
				 nla_put_u32(skb, BTNS_A_GENERATION, bn->generation));
}
