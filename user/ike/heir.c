// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The key that will follow ours: announced once per IKE SA to peers that remember keys
 * (a Vendor ID of ours), signed by both, in an INFORMATIONAL exchange:
 * Documentation/wire-formats.rst.
 */
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "sa.h"
#include "wire.h"

static const char label[] = "IKE leap of faith, next key v1";	/* with its NUL */

#define HEADER		(sizeof(label) + 16)
#define OCTETS_MAX	(HEADER + 2 * (4 + BTNS_SPKI_MAX))
#define VERSION		1
/* who announces the Vendor ID verifies by all of these (RFC 7427 section 4) */
#define HASHES		(HASHES_LISTED | HASH_BIT(2) | HASH_BIT(3) | HASH_BIT(4) | HASH_BIT(5))

static uint8_t *put_long(uint8_t *p, struct chunk c)
{
	put32(p, (uint32_t)c.len);
	memcpy(p + 4, c.p, c.len);
	return p + 4 + c.len;
}

/* What both keys sign: for this IKE SA alone.  To be freed. */
static struct chunk octets_of(const struct ike_sa *sa, struct chunk old, struct chunk heir)
{
	uint8_t *buf = malloc(OCTETS_MAX), *p = buf;

	if (!buf || old.len > BTNS_SPKI_MAX || heir.len > BTNS_SPKI_MAX) {
		free(buf);
		return CHUNK(NULL, 0);
	}
	memcpy(p, label, sizeof(label));
	p += sizeof(label);
	memcpy(p, sa->spi_i, 8);
	memcpy(p + 8, sa->spi_r, 8);
	p = put_long(p + 16, old);
	p = put_long(p, heir);
	return CHUNK(buf, (size_t)(p - buf));
}

static uint8_t *put_short(uint8_t *p, const void *data, size_t len)
{
	put16(p, (uint16_t)len);
	memcpy(p + 2, data, len);
	return p + 2 + len;
}

static uint8_t *sign(const struct signer *s, uint8_t *p, struct chunk octets)
{
	uint8_t auth[SIGNER_AUTH_MAX], method;
	size_t len = signer_auth(s, HASHES, octets, &method, auth);

	if (!len)
		return NULL;
	*p++ = method;
	return put_short(p, auth, len);
}

void heir_up(struct ike_sa *sa)
{
	if (sa->ike->heir && sa->heirs)
		job_add(sa, JOB_HEIR, 0, NULL, 0);
}

void heir_start(struct ike_sa *sa)
{
	const struct ike *ike = sa->ike;
	const struct chunk heir = signer_spki(ike->heir);
	struct chunk octets = octets_of(sa, signer_spki(ike->signer), heir);
	uint8_t *data = malloc(1 + 2 + BTNS_SPKI_MAX + 2 * (3 + SIGNER_AUTH_MAX)), *p = data;
	struct builder b;

	if (octets.p && data) {
		*p++ = VERSION;
		p = put_short(p, heir.p, heir.len);
		p = sign(ike->signer, p, octets);
		if (p)
			p = sign(ike->heir, p, octets);
	}
	free((void *)octets.p);
	if (octets.p && data && p) {
		begin_request(sa, &b, EXCH_INFORMATIONAL);
		build_notify(&b, 0, N_LOF_NEXT_KEY, NULL, 0, data, (size_t)(p - data));
		sa->heir_asked = finish_request(sa, &b);
		sa->ike->stats.heirs_sent += sa->heir_asked;
	}
	free(data);
}

void heir_answered(struct ike_sa *sa, const struct message *m)
{
	struct notify n;

	if (!sa->heir_asked)
		return;
	sa->heir_asked = false;
	if (message_notify(m, N_LOF_NEXT_KEY_REPLY, &n) && n.data.len == 1 &&
	    n.data.p[0] == IKE_HEIR_KEPT)
		sa->ike->stats.heirs_kept++;
	else
		sa->ike->stats.heirs_unwanted++;
}

/* Two octets of length, then so many. */
static bool take(struct chunk *c, struct chunk *out)
{
	size_t n;

	if (c->len < 2)
		return false;
	n = get16(c->p);
	if (c->len - 2 < n)
		return false;
	*out = CHUNK(c->p + 2, n);
	*c = CHUNK(c->p + 2 + n, c->len - 2 - n);
	return true;
}

static bool take_proof(struct chunk *c, uint8_t *method, struct chunk *auth)
{
	if (!c->len)
		return false;
	*method = c->p[0];
	*c = CHUNK(c->p + 1, c->len - 1);
	return take(c, auth);
}

static enum ike_heir judge(struct ike_sa *sa, struct chunk c)
{
	struct chunk old, heir, by_old, by_heir, octets;
	uint8_t method_old, method_heir;
	struct ike_identity peer;
	bool good;

	sa_peer_identity(sa, &peer);
	old = CHUNK(peer.spki, peer.spki_len);
	if (!old.len || !sa->ike->ops.heir || sa->state != SA_UP)
		return IKE_HEIR_UNWANTED;
	if (!c.len || c.p[0] != VERSION)
		return IKE_HEIR_UNWANTED;
	c = CHUNK(c.p + 1, c.len - 1);
	if (!take(&c, &heir) || !take_proof(&c, &method_old, &by_old) ||
	    !take_proof(&c, &method_heir, &by_heir) || c.len || !heir.len ||
	    heir.len > BTNS_SPKI_MAX)
		return IKE_HEIR_BAD;
	if (heir.len == old.len && !memcmp(heir.p, old.p, old.len))
		return IKE_HEIR_BAD;
	octets = octets_of(sa, old, heir);
	if (!octets.p)
		return IKE_HEIR_UNWANTED;
	good = cert_verify(old, method_old, by_old, octets) &&
	       cert_verify(heir, method_heir, by_heir, octets);
	free((void *)octets.p);
	if (!good)
		return IKE_HEIR_BAD;
	return sa->ike->ops.heir(sa->ike->ctx, &peer, heir.p, heir.len);
}

void heir_in(struct ike_sa *sa, const struct message *m, struct builder *b)
{
	struct notify n;
	uint8_t result;

	if (!sa->heirs || !message_notify(m, N_LOF_NEXT_KEY, &n))
		return;
	result = judge(sa, n.data);
	if (result == IKE_HEIR_KEPT)
		sa->ike->stats.heirs_taken++;
	else
		sa->ike->stats.heirs_refused++;
	build_notify(b, 0, N_LOF_NEXT_KEY_REPLY, NULL, 0, &result, 1);
}
