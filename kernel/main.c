// SPDX-License-Identifier: GPL-2.0-only
/* Life of the module and of its part in each network namespace. */
#include <crypto/aead.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "btns.h"
#include "compat/compat.h"
#include "config.h"
#include "conflict.h"
#include "datapath.h"
#include "identity.h"
#include "keymgr.h"
#include "latch.h"
#include "netlink.h"
#include "own.h"
#include "policy.h"
#include "sad.h"
#include "selftest/selftest.h"
#include "sockopt.h"
#include "spdcache.h"
#include "stats.h"
#include "sysctl.h"
#include "want.h"

unsigned int btns_net_id;

/* Set before the namespaces are left because the module goes, not they. */
static bool btns_unloading;

static int __net_init btns_net_init(struct net *net)
{
	struct btns_net *bn = btns_pernet(net);
	int err;

	bn->net = net;
	mutex_init(&bn->lock);

	err = btns_stats_init(bn);
	if (err)
		return err;
	err = btns_sysctl_init(bn);
	if (err)
		goto err_stats;
	err = btns_identity_init(bn);
	if (err)
		goto err_sysctl;
	err = btns_config_init(bn);
	if (err)
		goto err_identity;
	err = btns_spdc_init(bn);
	if (err)
		goto err_config;
	btns_own_init(bn);
	err = btns_sad_init(bn);
	if (err)
		goto err_spdc;
	err = btns_latch_init(bn);
	if (err)
		goto err_sad;
	err = btns_want_init(bn);
	if (err)
		goto err_latch;
	err = btns_conflict_init(bn);
	if (err)
		goto err_want;
	err = btns_keymgr_init(bn);
	if (err)
		goto err_conflict;
	err = btns_policy_init(bn);
	if (err)
		goto err_keymgr;
	return 0;

err_keymgr:
	btns_keymgr_exit(bn);
err_conflict:
	btns_conflict_exit(bn);
err_want:
	btns_want_exit(bn);
err_latch:
	btns_latch_exit(bn);
err_sad:
	btns_sad_exit(bn);
err_spdc:
	btns_spdc_exit(bn);
err_config:
	btns_config_exit(bn);
err_identity:
	btns_identity_exit(bn);
err_sysctl:
	btns_sysctl_exit(bn);
err_stats:
	btns_stats_exit(bn);
	return err;
}

static void __net_exit btns_net_exit(struct net *net)
{
	struct btns_net *bn = btns_pernet(net);

	mutex_lock(&bn->lock);
	bn->dying = true;
	mutex_unlock(&bn->lock);

	/* What was protected is blocked before its SAs go. */
	btns_policy_exit(bn, !READ_ONCE(btns_unloading));
	btns_keymgr_exit(bn);
	btns_own_exit(bn);
	btns_conflict_exit(bn);
	btns_datapath_stop(bn);
	btns_want_exit(bn);
	btns_latch_exit(bn);
	btns_sad_exit(bn);
	btns_spdc_exit(bn);
	btns_config_exit(bn);
	btns_identity_exit(bn);
	btns_sysctl_exit(bn);
	btns_stats_exit(bn);
}

static struct pernet_operations btns_net_ops = {
	.init = btns_net_init,
	.exit = btns_net_exit,
	.id = &btns_net_id,
	.size = sizeof(struct btns_net),
};

/* Or the first SA would wait for the modules of its cipher, and packets with it. */
static void btns_preload(struct work_struct *work)
{
	static const char * const names[] = {
		"seqiv(rfc4106(gcm(aes)))",
		"seqiv(rfc7539esp(chacha20,poly1305))",
	};
	struct crypto_aead *tfm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		tfm = crypto_alloc_aead(names[i], 0, 0);
		if (!IS_ERR(tfm))
			crypto_free_aead(tfm);
	}
}

static DECLARE_WORK(btns_preload_work, btns_preload);

static int __init btns_init(void)
{
	int err;

	err = btns_selftest();
	if (err)
		return err;
	err = btns_latch_cache_init();
	if (err)
		return err;
	err = register_pernet_subsys(&btns_net_ops);
	if (err)
		goto err_cache;
	err = btns_keymgr_register();
	if (err)
		goto err_pernet;
	err = btns_sockopt_init();
	if (err)
		goto err_keymgr;
	err = btns_netlink_init();
	if (err)
		goto err_sockopt;
	queue_work(system_long_wq, &btns_preload_work);
	return 0;

err_sockopt:
	btns_sockopt_exit();
err_keymgr:
	btns_keymgr_unregister();
err_pernet:
	unregister_pernet_subsys(&btns_net_ops);
	rcu_barrier();
err_cache:
	btns_latch_cache_exit();
	return err;
}

static void __exit btns_exit(void)
{
	WRITE_ONCE(btns_unloading, true);
	cancel_work_sync(&btns_preload_work);
	btns_netlink_exit();
	btns_sockopt_exit();
	btns_keymgr_unregister();
	unregister_pernet_subsys(&btns_net_ops);
	rcu_barrier();
	btns_latch_cache_exit();
}

module_init(btns_init);
module_exit(btns_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("IPsec without credentials: BTNS, connection latching, channel bindings");
MODULE_ALIAS_GENL_FAMILY(BTNS_GENL_NAME);
MODULE_SOFTDEP("pre: esp4 esp6 xfrm_user");
