// SPDX-License-Identifier: GPL-2.0-only
/* Channel bindings of unique type: one value for each latch, from the helper. */
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "conflict.h"
#include "notify.h"
#include "unique.h"

enum btns_unique_state {
	BTNS_UNIQUE_IDLE,
	BTNS_UNIQUE_ASKED,		/* the helper is on it */
	BTNS_UNIQUE_FAILED,
	BTNS_UNIQUE_KNOWN,
};

/* btns_latch.lock guards all but the wait queue. */
struct btns_unique {
	u8 state;			/* enum btns_unique_state; WRITE_ONCE */
	u8 whose;			/* enum btns_bound */
	int error;			/* negative, of the last failure */
	u32 round;			/* counts questions; WRITE_ONCE */
	unsigned long asked;		/* jiffies */
	wait_queue_head_t wait;
	u8 value[BTNS_BINDING_UNIQUE_LEN];
};

/* As long as the latch lives. */
static struct btns_unique *btns_unique_of(struct btns_latch *l)
{
	struct btns_unique *u = READ_ONCE(l->unique), *old;

	if (u)
		return u;
	u = kzalloc(sizeof(*u), GFP_KERNEL);
	if (!u)
		return NULL;
	init_waitqueue_head(&u->wait);
	old = cmpxchg(&l->unique, NULL, u);
	if (!old)
		return u;
	kfree(u);
	return old;
}

void btns_unique_free(struct btns_latch *l)
{
	kfree_sensitive(l->unique);
}

void btns_unique_wake(struct btns_latch *l)
{
	struct btns_unique *u = READ_ONCE(l->unique);

	if (u)
		wake_up_all(&u->wait);
}

static bool btns_unique_settled(const struct btns_latch *l, const struct btns_unique *u,
				u32 round)
{
	return READ_ONCE(u->state) != BTNS_UNIQUE_ASKED || READ_ONCE(u->round) != round ||
	       READ_ONCE(l->state) != BTNS_LATCH_ESTABLISHED;
}

static unsigned long btns_unique_patience(const struct btns_latch *l)
{
	return msecs_to_jiffies(READ_ONCE(l->bn->sysctl.acquire_timeout_ms));
}

/* 0 with the value; -EINPROGRESS: wait for that round, which the caller begins if *ask. */
static int btns_unique_look(struct btns_latch *l, struct btns_unique *u, bool wait, bool *ask,
			    u32 *round, u8 *value)
{
	int err = -EINPROGRESS;

	*ask = false;
	spin_lock_bh(&l->lock);
	if (u->state == BTNS_UNIQUE_KNOWN) {
		memcpy(value, u->value, sizeof(u->value));
		err = 0;
	} else if (u->state == BTNS_UNIQUE_FAILED && !wait) {
		/* the answer to an earlier call, once */
		WRITE_ONCE(u->state, BTNS_UNIQUE_IDLE);
		err = u->error;
	} else if (u->state != BTNS_UNIQUE_ASKED ||
		   time_after(jiffies, u->asked + btns_unique_patience(l))) {
		WRITE_ONCE(u->state, BTNS_UNIQUE_ASKED);
		WRITE_ONCE(u->round, u->round + 1);
		u->asked = jiffies;
		*ask = true;
	}
	*round = u->round;
	spin_unlock_bh(&l->lock);
	return err;
}

static int btns_unique_ask(struct btns_latch *l)
{
	struct btns_net *bn = l->bn;
	int err;

	mutex_lock(&bn->lock);
	err = btns_notify_binding(bn, l);
	mutex_unlock(&bn->lock);
	/* a helper that lost it knows that, and looks again */
	return err == -ENOBUFS ? 0 : err;
}

int btns_unique_get(struct btns_latch *l, const struct sock *sk,
		    u8 value[BTNS_BINDING_UNIQUE_LEN])
{
	const struct socket *sock = sk->sk_socket;
	const bool wait = !(sock && sock->file && sock->file->f_flags & O_NONBLOCK);
	struct btns_unique *u = btns_unique_of(l);
	bool ask;
	u32 round;
	long left;
	int err;

	if (!u)
		return -ENOMEM;
	err = btns_unique_look(l, u, wait, &ask, &round, value);
	if (err != -EINPROGRESS)
		return err;
	if (ask) {
		err = btns_unique_ask(l);
		if (err) {
			btns_unique_fail(l, err);
			if (!wait)
				return btns_unique_look(l, u, wait, &ask, &round, value);
			return err;
		}
	}
	if (!wait)
		return -EAGAIN;
	left = wait_event_interruptible_timeout(u->wait, btns_unique_settled(l, u, round),
						btns_unique_patience(l));
	if (left < 0)
		return left;
	if (!left)
		return -ETIMEDOUT;
	spin_lock_bh(&l->lock);
	if (u->state == BTNS_UNIQUE_KNOWN) {
		memcpy(value, u->value, sizeof(u->value));
		err = 0;
	} else if (u->state == BTNS_UNIQUE_ASKED) {
		err = -EAGAIN;
	} else {
		err = u->error;
	}
	spin_unlock_bh(&l->lock);
	return err;
}

int btns_unique_set(struct btns_latch *l, const u8 value[BTNS_BINDING_UNIQUE_LEN],
		    enum btns_bound whose)
{
	struct btns_unique *u = btns_unique_of(l);
	int err = 0;

	if (!u)
		return -ENOMEM;
	spin_lock_bh(&l->lock);
	if (l->state == BTNS_LATCH_CLOSED)
		err = -ENOTCONN;
	else if (l->state != BTNS_LATCH_ESTABLISHED)
		err = -EAGAIN;
	else if (u->state == BTNS_UNIQUE_KNOWN &&
		 (whose == BTNS_BOUND_OURS || u->whose == BTNS_BOUND_OURS))
		err = -EEXIST;
	if (!err) {
		memcpy(u->value, value, sizeof(u->value));
		u->whose = whose;
		WRITE_ONCE(u->state, BTNS_UNIQUE_KNOWN);
	}
	spin_unlock_bh(&l->lock);
	if (!err)
		wake_up_all(&u->wait);
	return err;
}

int btns_unique_fail(struct btns_latch *l, int error)
{
	struct btns_unique *u = btns_unique_of(l);

	if (!u)
		return -ENOMEM;
	spin_lock_bh(&l->lock);
	if (u->state == BTNS_UNIQUE_ASKED) {
		u->error = error;
		WRITE_ONCE(u->state, BTNS_UNIQUE_FAILED);
	}
	spin_unlock_bh(&l->lock);
	wake_up_all(&u->wait);
	return 0;
}

enum btns_bound btns_unique_whose(struct btns_latch *l)
{
	enum btns_bound whose = BTNS_BOUND_NONE;
	struct btns_unique *u = READ_ONCE(l->unique);

	if (!u)
		return whose;
	spin_lock_bh(&l->lock);
	if (u->state == BTNS_UNIQUE_KNOWN)
		whose = u->whose;
	else if (u->state == BTNS_UNIQUE_ASKED)
		whose = BTNS_BOUND_ASKED;
	spin_unlock_bh(&l->lock);
	return whose;
}
