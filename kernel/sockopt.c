// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options BTNS_SO_* (btns(7)).  They are netfilter socket options because
 * those work on every IPv4 and IPv6 socket without a change to the kernel.  The
 * core does not write *optlen back on errors; so a length of 0 asks for the size.
 */
#include <linux/netfilter.h>
#include <linux/uaccess.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "binding.h"
#include "config.h"
#include "latch.h"
#include "sockopt.h"
#include "unique.h"
#include "want.h"

/* Hand over n octets; a length of 0 asks how many they would be. */
static int btns_so_put(void __user *user, int *len, const void *data, int n)
{
	if (!*len) {
		*len = n;
		return 0;
	}
	if (*len < n)
		return -ERANGE;
	if (copy_to_user(user, data, n))
		return -EFAULT;
	*len = n;
	return 0;
}

static int btns_so_put_info(struct btns_latch_info *info, u32 size, void __user *user,
			    int *len)
{
	info->size = min_t(u32, size, sizeof(*info));
	return btns_so_put(user, len, info, info->size);
}

/* The size of the caller's struct, or a negative errno. */
static int btns_so_info_size(void __user *user, int len)
{
	u32 size;

	/* the part that every version has had */
	BUILD_BUG_ON(offsetofend(struct btns_latch_info, local_fingerprint) != 184);

	if (!len)
		return sizeof(struct btns_latch_info);
	if (len < sizeof(size))
		return -EINVAL;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (!size)
		size = len;
	if (size > len || size < offsetofend(struct btns_latch_info, size))
		return -EINVAL;
	return size;
}

static int btns_so_latch(const struct btns_latch *l, void __user *user, int *len)
{
	struct btns_latch_info info;
	int size = btns_so_info_size(user, *len);

	if (size < 0)
		return size;
	btns_latch_fill_info(l, &info);
	return btns_so_put_info(&info, size, user, len);
}

/* The LISTENER latch is the listening socket and its wish (RFC 5660 section 2.2). */
static int btns_so_listener(const struct sock *sk, void __user *user, int *len)
{
	struct btns_net *bn = btns_pernet(sock_net(sk));
	const struct inet_sock *inet = inet_sk(sk);
	int size = btns_so_info_size(user, *len);
	struct btns_latch_info info = { };
	struct btns_want want;

	if (size < 0)
		return size;
	btns_want_get(bn, sk, &want);
	info.state = BTNS_LATCH_LISTENER;
	info.trust = want.trust;
	info.reaction = want.flags & BTNS_WANT_F_REACTION ? want.reaction :
			READ_ONCE(bn->sysctl.break_reaction);
	memcpy(info.peer_fingerprint, want.peer_fingerprint, sizeof(info.peer_fingerprint));
	info.family = sk->sk_family;
	info.local_port = inet->inet_sport;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		memcpy(info.local, &sk->sk_v6_rcv_saddr, 16);
	else
#endif
		memcpy(info.local, &inet->inet_rcv_saddr, 4);
	return btns_so_put_info(&info, size, user, len);
}

static int btns_so_key(const struct btns_identity *id, void __user *user, int *len)
{
	return btns_so_put(user, len, id->spki, id->spki_len);
}

/* The PAD entry that admits that peer (now: the configuration may have changed). */
static void btns_so_pad_entry(struct btns_net *bn, const struct btns_identity *id,
			      char *name, size_t size)
{
	struct btns_identity_desc d = {
		.id_type = id->id_type,
		.id_len = id->id_len,
		.id = id->id,
		.spki_len = id->spki_len,
		.spki = id->spki,
		.auth_method = id->auth_method,
		.auth = id->auth,
	};
	struct btns_pad_entry *e;
	struct btns_config *c;

	memcpy(d.fingerprint, id->fingerprint, sizeof(d.fingerprint));
	rcu_read_lock();
	c = rcu_dereference(bn->config);
	e = c ? btns_pad_search(c, &d, NULL) : NULL;
	if (!IS_ERR_OR_NULL(e))
		strscpy(name, e->name, size);
	rcu_read_unlock();
}

static int btns_so_id(const struct btns_latch *l, bool peer, void __user *user,
		      int *len)
{
	const struct btns_identity *id = peer ? l->peer : l->local;
	size_t n = sizeof(struct btns_id_info) + id->id_len;
	struct btns_id_info *info;
	int err;

	BUILD_BUG_ON(sizeof(struct btns_id_info) != 72);
	info = kzalloc(n, GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	info->type = id->id_type;
	info->auth = id->auth;
	info->trust = READ_ONCE(id->trust);
	info->len = id->id_len;
	if (peer)
		btns_so_pad_entry(l->bn, id, info->pad_entry, sizeof(info->pad_entry));
	if (id->id_len)
		memcpy(info->data, id->id, id->id_len);
	err = btns_so_put(user, len, info, n);
	kfree(info);
	return err;
}

/* 0, or why the latch has no values now. */
static int btns_so_not_in_force(const struct btns_latch *l)
{
	switch (READ_ONCE(l->state)) {
	case BTNS_LATCH_ESTABLISHED:
		return 0;
	case BTNS_LATCH_CLOSED:
		return -ENOTCONN;
	default:
		return -EAGAIN;
	}
}

static int btns_so_unique(struct btns_latch *l, const struct sock *sk, struct btns_binding *b)
{
	int err;

	BUILD_BUG_ON(BTNS_BINDING_UNIQUE_LEN > BTNS_BINDING_MAX);
	if (*b->hash)
		return -EPROTONOSUPPORT;
	err = btns_unique_get(l, sk, b->data);
	/* that may have taken a while */
	if (!err || err == -EAGAIN)
		err = btns_so_not_in_force(l) ?: err;
	b->len = BTNS_BINDING_UNIQUE_LEN;
	return err;
}

static int btns_so_make_binding(struct btns_latch *l, const struct sock *sk,
				struct btns_binding *b, void __user *user, int *len)
{
	int err;

	if (b->flags || b->len || b->reserved || strnlen(b->hash, sizeof(b->hash)) ==
							 sizeof(b->hash))
		return -EINVAL;
	memset(b->data, 0, sizeof(b->data));
	err = b->type == BTNS_BINDING_UNIQUE ? btns_so_unique(l, sk, b) :
					       btns_binding_make(b, l->local, l->peer);
	if (err)
		return err;
	return btns_so_put(user, len, b, sizeof(*b));
}

static int btns_so_binding(struct btns_latch *l, const struct sock *sk, void __user *user,
			   int *len)
{
	struct btns_binding b;

	BUILD_BUG_ON(sizeof(b) != 160);
	if (!*len) {
		*len = sizeof(b);
		return 0;
	}
	if (*len < sizeof(b))
		return -ERANGE;
	if (copy_from_user(&b, user, sizeof(b)))
		return -EFAULT;
	return btns_so_make_binding(l, sk, &b, user, len);
}

static int btns_so_get_want(struct sock *sk, void __user *user, int *len)
{
	struct btns_want want;

	BUILD_BUG_ON(sizeof(want) != 560);
	BUILD_BUG_ON(offsetofend(struct btns_want, peer_fingerprint) != 44);
	if (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_UDP &&
	    sk->sk_protocol != IPPROTO_SCTP)
		return -EOPNOTSUPP;
	btns_want_get(btns_pernet(sock_net(sk)), sk, &want);
	if (*len >= offsetofend(struct btns_want, peer_fingerprint) && *len < sizeof(want))
		want.size = *len;
	return btns_so_put(user, len, &want, want.size);
}

static int btns_so_set(struct sock *sk, int option, sockptr_t arg, unsigned int len)
{
	if (option != BTNS_SO_WANT)
		return -ENOPROTOOPT;
	return btns_want_set(btns_pernet(sock_net(sk)), sk, arg, len);
}

static int btns_so_ends(const struct btns_latch *l, int option, void __user *user, int *len)
{
	switch (option) {
	case BTNS_SO_PEER_KEY:
		return btns_so_key(l->peer, user, len);
	case BTNS_SO_LOCAL_KEY:
		return btns_so_key(l->local, user, len);
	case BTNS_SO_PEER_ID:
		return btns_so_id(l, true, user, len);
	case BTNS_SO_LOCAL_ID:
		return btns_so_id(l, false, user, len);
	default:
		return -EINVAL;
	}
}

static int btns_so_flow_answer(struct btns_latch *l, const struct sock *sk,
			       const struct btns_flow *f, void __user *user, int *len)
{
	struct btns_binding b = { .type = f->binding };
	struct btns_latch_info info;
	int err;

	if (f->option == BTNS_SO_LATCH) {
		btns_latch_fill_info(l, &info);
		return btns_so_put_info(&info, min_t(u32, *len, sizeof(info)), user, len);
	}
	err = btns_so_not_in_force(l);
	if (err)
		return err;
	if (f->option != BTNS_SO_BINDING)
		return btns_so_ends(l, f->option, user, len);
	memcpy(b.hash, f->hash, sizeof(b.hash));
	return btns_so_make_binding(l, sk, &b, user, len);
}

static int btns_so_flow(struct btns_net *bn, struct sock *sk, void __user *user, int *len)
{
	struct btns_latch *l;
	struct btns_tuple t;
	struct btns_flow f;
	int err;

	BUILD_BUG_ON(sizeof(f) != 64);
	if ((sk->sk_protocol != IPPROTO_UDP || sk->sk_type != SOCK_DGRAM) &&
	    sk->sk_protocol != IPPROTO_SCTP)
		return -EOPNOTSUPP;
	if (*len < sizeof(f))
		return -EINVAL;
	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if (f.reserved || f.option < BTNS_SO_LATCH || f.option > BTNS_SO_BINDING)
		return -EINVAL;
	err = btns_tuple_from_flow(sk, &f, &t);
	if (err)
		return err;
	l = btns_latch_of_flow(bn, sk, &t);
	if (IS_ERR(l))
		return PTR_ERR(l);
	err = btns_so_flow_answer(l, sk, &f, user, len);
	btns_latch_put(l);
	return err;
}

static int btns_so_get(struct sock *sk, int option, void __user *user, int *len)
{
	struct btns_net *bn = btns_pernet(sock_net(sk));
	struct btns_latch *l;
	int err;

	if (option > BTNS_SO_FLOW)
		return -ENOPROTOOPT;
	if (*len < 0)
		return -EINVAL;
	if (option == BTNS_SO_WANT)
		return btns_so_get_want(sk, user, len);
	if (option == BTNS_SO_FLOW)
		return btns_so_flow(bn, sk, user, len);
	if (option == BTNS_SO_LATCH &&
	    (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_SCTP) &&
	    sk->sk_type == SOCK_STREAM && sk->sk_state == TCP_LISTEN)
		return btns_so_listener(sk, user, len);
	l = btns_latch_of_sock(bn, sk);
	if (IS_ERR(l))
		return PTR_ERR(l);
	err = option == BTNS_SO_LATCH ? 0 : btns_so_not_in_force(l);
	if (err)
		goto put;
	if (option == BTNS_SO_LATCH)
		err = btns_so_latch(l, user, len);
	else if (option == BTNS_SO_BINDING)
		err = btns_so_binding(l, sk, user, len);
	else
		err = btns_so_ends(l, option, user, len);
put:
	btns_latch_put(l);
	return err;
}

static struct nf_sockopt_ops btns_so_inet = {
	.pf = PF_INET,
	.get_optmin = BTNS_SO_BASE,
	.get_optmax = BTNS_SO_MAX + 1,
	.get = btns_so_get,
	.set_optmin = BTNS_SO_BASE,
	.set_optmax = BTNS_SO_MAX + 1,
	.set = btns_so_set,
	.owner = THIS_MODULE,
};

static struct nf_sockopt_ops btns_so_inet6 = {
	.pf = PF_INET6,
	.get_optmin = BTNS_SO_BASE,
	.get_optmax = BTNS_SO_MAX + 1,
	.get = btns_so_get,
	.set_optmin = BTNS_SO_BASE,
	.set_optmax = BTNS_SO_MAX + 1,
	.set = btns_so_set,
	.owner = THIS_MODULE,
};

int btns_sockopt_init(void)
{
	int err;

	err = nf_register_sockopt(&btns_so_inet);
	if (err)
		return err;
	err = nf_register_sockopt(&btns_so_inet6);
	if (err)
		nf_unregister_sockopt(&btns_so_inet);
	return err;
}

void btns_sockopt_exit(void)
{
	nf_unregister_sockopt(&btns_so_inet6);
	nf_unregister_sockopt(&btns_so_inet);
}
