/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret that we share with a peer: it proves who both are (RFC 7296 section 2.15), or goes
 * into the keys (RFC 8784).  Whoever has one of these can use it for its purpose; what it is,
 * or anything that would do instead, is not to be had.
 */
#ifndef BTNS_IKE_SECRET_H
#define BTNS_IKE_SECRET_H

#include "crypto.h"

struct secret;

enum secret_kind { SECRET_PSK, SECRET_PPK };
/* Of a PSK the first two, of a PPK the last. */
enum secret_use { SECRET_AUTH, SECRET_CHECK, SECRET_MIX };

#define SECRET_OUT_MAX	(3 * IKE_PRF_MAX)

/* NULL: out of memory. */
struct secret *secret_new(enum secret_kind kind, struct chunk octets);
/* One that is elsewhere: ask() does there what secret_use() does.  print: of the secret. */
typedef size_t secret_ask_fn(void *arg, uint32_t id, enum secret_use use, uint16_t prf,
			     struct chunk octets, struct chunk shown, uint8_t *out);
struct secret *secret_new_remote(enum secret_kind kind, const uint8_t print[32],
				 secret_ask_fn *ask, void *arg, uint32_t id);
void secret_free(struct secret **s);
/* 32 octets, the same for the same secret of that kind. */
struct chunk secret_print(const struct secret *s);
/* NULL: none. */
bool secret_equal(const struct secret *a, const struct secret *b);

/*
 * SECRET_AUTH: out is AUTH over octets.  SECRET_CHECK: is shown that?  SECRET_MIX: octets
 * are SK_d, SK_pi and SK_pr, out what becomes of them.  The length of out, for SECRET_CHECK
 * 1; 0: no, or not with that secret.
 */
size_t secret_use(const struct secret *s, enum secret_use use, uint16_t prf,
		  struct chunk octets, struct chunk shown, uint8_t out[SECRET_OUT_MAX]);

/* As above. */
size_t secret_auth(const struct secret *s, uint16_t prf, struct chunk octets,
		   uint8_t out[IKE_PRF_MAX]);
bool secret_check(const struct secret *s, uint16_t prf, struct chunk octets, struct chunk shown);
bool secret_mix(const struct secret *s, struct ike_keys *k);
/* AUTH by a key that is no secret's. */
size_t secret_mac(uint16_t prf, struct chunk key, struct chunk octets, uint8_t out[IKE_PRF_MAX]);

#endif /* BTNS_IKE_SECRET_H */
