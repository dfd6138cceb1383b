// SPDX-License-Identifier: GPL-2.0-only
/* ESP algorithms: IKEv2 numbers (IANA) and the kernel's names. */
#include <linux/slab.h>
#include <net/xfrm.h>

#include "alg.h"
#include "compat/compat.h"

struct btns_encr_row {
	u16 id;
	const char *name;
	bool aead;
	u8 icv_bits;			/* combined mode */
	u8 salt;			/* octets at the end of the key */
	u16 bits[4];			/* allowed key lengths, 0 ends; none: fixed_len */
	u8 fixed_len;			/* octets, salt not counted */
	bool confidential;
};

#define BTNS_AES_BITS	{ 128, 192, 256 }

static const struct btns_encr_row btns_encr_rows[] = {
	{ 3, "cbc(des3_ede)", .fixed_len = 24, .confidential = true },
	{ 11, "ecb(cipher_null)" },
	{ 12, "cbc(aes)", .bits = BTNS_AES_BITS, .confidential = true },
	{ 13, "rfc3686(ctr(aes))", .salt = 4, .bits = BTNS_AES_BITS, .confidential = true },
	{ 14, "rfc4309(ccm(aes))", true, 64, 3, BTNS_AES_BITS, .confidential = true },
	{ 15, "rfc4309(ccm(aes))", true, 96, 3, BTNS_AES_BITS, .confidential = true },
	{ 16, "rfc4309(ccm(aes))", true, 128, 3, BTNS_AES_BITS, .confidential = true },
	{ 18, "rfc4106(gcm(aes))", true, 64, 4, BTNS_AES_BITS, .confidential = true },
	{ 19, "rfc4106(gcm(aes))", true, 96, 4, BTNS_AES_BITS, .confidential = true },
	{ 20, "rfc4106(gcm(aes))", true, 128, 4, BTNS_AES_BITS, .confidential = true },
	{ 21, "rfc4543(gcm(aes))", true, 128, 4, BTNS_AES_BITS },
	{ 23, "cbc(camellia)", .bits = BTNS_AES_BITS, .confidential = true },
	{ 28, "rfc7539esp(chacha20,poly1305)", true, 128, 4, .fixed_len = 32,
	  .confidential = true },
};

struct btns_integ_row {
	u16 id;
	const char *name;
	u16 icv_bits;
	u8 len;
};

static const struct btns_integ_row btns_integ_rows[] = {
	{ 2, "hmac(sha1)", 96, 20 },
	{ 5, "xcbc(aes)", 96, 16 },
	{ 8, "cmac(aes)", 96, 16 },
	{ 12, "hmac(sha256)", 128, 32 },
	{ 13, "hmac(sha384)", 192, 48 },
	{ 14, "hmac(sha512)", 256, 64 },
};

static bool btns_bits_ok(const struct btns_encr_row *r, u16 bits)
{
	unsigned int i;

	if (!r->bits[0])
		return bits == 0 || bits == r->fixed_len * 8;
	for (i = 0; i < ARRAY_SIZE(r->bits) && r->bits[i]; i++)
		if (r->bits[i] == bits)
			return true;
	return false;
}

/**
 * btns_alg_find() - look up a suite
 * @s: the suite
 * @a: the kernel's view of it
 * @extack: what is unknown
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int btns_alg_find(const struct btns_suite *s, struct btns_alg *a,
		  struct netlink_ext_ack *extack)
{
	const struct btns_encr_row *e = NULL;
	const struct btns_integ_row *g = NULL;
	unsigned int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < ARRAY_SIZE(btns_encr_rows); i++)
		if (btns_encr_rows[i].id == s->encr)
			e = &btns_encr_rows[i];
	if (!e) {
		NL_SET_ERR_MSG(extack, "unknown encryption transform");
		return -EOPNOTSUPP;
	}
	if (!btns_bits_ok(e, s->encr_bits)) {
		NL_SET_ERR_MSG(extack, "key length does not fit the encryption transform");
		return -EOPNOTSUPP;
	}
	for (i = 0; i < ARRAY_SIZE(btns_integ_rows); i++)
		if (btns_integ_rows[i].id == s->integ)
			g = &btns_integ_rows[i];
	if (s->integ && !g) {
		NL_SET_ERR_MSG(extack, "unknown integrity transform");
		return -EOPNOTSUPP;
	}
	if (e->aead && g) {
		NL_SET_ERR_MSG(extack, "a combined-mode cipher takes no integrity transform");
		return -EOPNOTSUPP;
	}
	if (!e->aead && !g) {
		NL_SET_ERR_MSG(extack, "this cipher needs an integrity transform");
		return -EOPNOTSUPP;
	}
	a->encr = s->encr;
	a->encr_bits = s->encr_bits;
	a->integ = s->integ;
	a->encr_len = (e->bits[0] ? s->encr_bits / 8 : e->fixed_len) + e->salt;
	a->confidential = e->confidential;
	a->integrity = true;
	if (e->aead) {
		a->aead = e->name;
		a->icv_bits = e->icv_bits;
	} else {
		a->cipher = e->name;
		a->auth = g->name;
		a->icv_bits = g->icv_bits;
		a->integ_len = g->len;
	}
	return 0;
}

/**
 * btns_alg_apply() - give an XFRM state its algorithms and keys
 * @x: the state, not initialised yet
 * @a: the algorithms
 * @encr: @a->encr_len octets
 * @integ: @a->integ_len octets
 *
 * Context: may sleep, may load modules.
 * Return: 0, -ENOMEM, or -EOPNOTSUPP when the kernel does not offer the algorithm; what
 * was allocated belongs to @x.
 */
int btns_alg_apply(struct xfrm_state *x, const struct btns_alg *a, const u8 *encr,
		   const u8 *integ)
{
	const struct xfrm_algo_desc *e, *g;

	/*
	 * XFRM looks these up again, without loading a module, and takes it for a bug
	 * when there is none (esp_init_authenc): load and look here.
	 */
	if (a->aead) {
		e = xfrm_aead_get_byname(a->aead, a->icv_bits, 1);
		if (!e)
			return -EOPNOTSUPP;
		x->aead = kzalloc(sizeof(*x->aead) + a->encr_len, GFP_KERNEL);
		if (!x->aead)
			return -ENOMEM;
		strscpy(x->aead->alg_name, e->name, sizeof(x->aead->alg_name));
		x->aead->alg_icv_len = a->icv_bits;
		x->aead->alg_key_len = a->encr_len * 8;
		memcpy(x->aead->alg_key, encr, a->encr_len);
		x->geniv = e->uinfo.aead.geniv;
		return 0;
	}
	e = xfrm_ealg_get_byname(a->cipher, 1);
	g = xfrm_aalg_get_byname(a->auth, 1);
	if (!e || !g)
		return -EOPNOTSUPP;
	x->ealg = kzalloc(sizeof(*x->ealg) + a->encr_len, GFP_KERNEL);
	x->aalg = kzalloc(sizeof(*x->aalg) + a->integ_len, GFP_KERNEL);
	if (!x->ealg || !x->aalg)
		return -ENOMEM;
	strscpy(x->ealg->alg_name, e->name, sizeof(x->ealg->alg_name));
	x->ealg->alg_key_len = a->encr_len * 8;
	memcpy(x->ealg->alg_key, encr, a->encr_len);
	x->geniv = e->uinfo.encr.geniv;
	x->props.ealgo = e->desc.sadb_alg_id;
	strscpy(x->aalg->alg_name, g->name, sizeof(x->aalg->alg_name));
	x->aalg->alg_key_len = a->integ_len * 8;
	x->aalg->alg_trunc_len = a->icv_bits;
	memcpy(x->aalg->alg_key, integ, a->integ_len);
	x->props.aalgo = g->desc.sadb_alg_id;
	return 0;
}
