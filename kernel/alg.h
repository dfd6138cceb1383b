/* SPDX-License-Identifier: GPL-2.0-only */
/* IKEv2 transform IDs of ESP and the kernel's algorithms. */
#ifndef _BTNS_ALG_H
#define _BTNS_ALG_H

#include "btns.h"

struct btns_alg {
	u16 encr, encr_bits, integ;
	/* combined mode: aead, icv_bits, salt included in the key */
	const char *aead;
	const char *cipher, *auth;	/* else */
	unsigned int icv_bits;
	unsigned int encr_len, integ_len;	/* octets of key, salt included */
	bool confidential, integrity;
};

/* Fill *a; -EOPNOTSUPP with extack when unknown. */
int btns_alg_find(const struct btns_suite *s, struct btns_alg *a,
		  struct netlink_ext_ack *extack);
/* Allocate x->aead, x->ealg, x->aalg from key material of exactly the lengths above. */
int btns_alg_apply(struct xfrm_state *x, const struct btns_alg *a, const u8 *encr,
		   const u8 *integ);

#endif /* _BTNS_ALG_H */
