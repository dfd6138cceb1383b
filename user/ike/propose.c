// SPDX-License-Identifier: GPL-2.0-or-later
/* Proposals (RFC 7296 section 3.3): what we offer and what we choose. */
#include <arpa/inet.h>
#include <string.h>

#include "sa.h"

static const struct ike_suite suites_default[] = {
	{ ENCR_AES_GCM_16, 256, 0, false },
	{ ENCR_CHACHA20_POLY1305, 0, 0, false },
	{ ENCR_AES_GCM_16, 128, 0, false },
	{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128, false },
};

const struct ike_suite *default_suites(unsigned int *n)
{
	*n = sizeof(suites_default) / sizeof(suites_default[0]);
	return suites_default;
}

static const struct transform ike_encr[] = {
	{ T_ENCR, ENCR_CHACHA20_POLY1305, 0 },
	{ T_ENCR, ENCR_AES_GCM_16, 256 },
};

static const struct transform ike_prf[] = {
	{ T_PRF, PRF_HMAC_SHA2_256, 0 },
	{ T_PRF, PRF_HMAC_SHA2_512, 0 },
};

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void add(struct proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
	p->t[p->n++] = (struct transform){ .type = type, .id = id, .bits = bits };
}

void propose_ike(struct sa_payload *sa, const uint8_t *spi, size_t spi_len)
{
	struct proposal *p = &sa->p[0];
	size_t i;

	sa->n = 1;
	p->num = 1;
	p->proto = PROTO_IKE;
	p->spi = CHUNK(spi, spi_len);
	p->n = 0;
	for (i = 0; i < N_OF(ike_encr); i++)
		p->t[p->n++] = ike_encr[i];
	for (i = 0; i < N_OF(ike_prf); i++)
		p->t[p->n++] = ike_prf[i];
	add(p, T_DH, DH_CURVE25519, 0);
}

static bool has(const struct proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->t[i].type == type && p->t[i].id == id && p->t[i].bits == bits)
			return true;
	return false;
}

static unsigned int count(const struct proposal *p, uint8_t type)
{
	unsigned int i, n = 0;

	for (i = 0; i < p->n; i++)
		n += p->t[i].type == type;
	return n;
}

/* Combined-mode ciphers: no integrity transform, or NONE (section 3.3). */
static bool integ_fits(const struct proposal *p, uint16_t integ)
{
	if (integ)
		return has(p, T_INTEG, integ, 0);
	return !count(p, T_INTEG) || has(p, T_INTEG, INTEG_NONE, 0);
}

bool choose_ike(const struct sa_payload *offer, struct ike_keys *keys,
		struct sa_payload *chosen)
{
	unsigned int i;
	size_t e, f;

	for (i = 0; i < offer->n; i++) {
		const struct proposal *p = &offer->p[i];

		if (p->proto != PROTO_IKE || p->unknown_type || !integ_fits(p, 0) ||
		    !has(p, T_DH, DH_CURVE25519, 0))
			continue;
		for (e = 0; e < N_OF(ike_encr); e++)
			if (has(p, T_ENCR, ike_encr[e].id, ike_encr[e].bits))
				break;
		for (f = 0; f < N_OF(ike_prf); f++)
			if (has(p, T_PRF, ike_prf[f].id, 0))
				break;
		if (e == N_OF(ike_encr) || f == N_OF(ike_prf))
			continue;
		keys->encr = ike_encr[e].id;
		keys->encr_bits = ike_encr[e].bits;
		keys->prf = ike_prf[f].id;
		keys->group = DH_CURVE25519;
		chosen->n = 1;
		chosen->p[0].num = p->num;
		chosen->p[0].proto = PROTO_IKE;
		chosen->p[0].spi = p->spi;
		chosen->p[0].n = 0;
		chosen->p[0].t[chosen->p[0].n++] = ike_encr[e];
		chosen->p[0].t[chosen->p[0].n++] = ike_prf[f];
		add(&chosen->p[0], T_DH, DH_CURVE25519, 0);
		return true;
	}
	return false;
}

bool accept_ike(const struct sa_payload *answer, struct ike_keys *keys,
		const uint8_t **spi)
{
	const struct proposal *p = &answer->p[0];
	struct sa_payload again;

	if (answer->n != 1 || p->num != 1 || count(p, T_ENCR) != 1 || count(p, T_PRF) != 1 ||
	    count(p, T_DH) != 1 || count(p, T_INTEG) > 1)
		return false;
	if (spi) {
		if (p->spi.len != 8)
			return false;
		*spi = p->spi.p;
	}
	return choose_ike(answer, keys, &again);
}

void propose_esp(struct sa_payload *sa, const struct ike_suite *suites, unsigned int n,
		 const uint8_t spi[4], bool dh)
{
	unsigned int i;

	if (!n)
		suites = default_suites(&n);
	sa->n = 0;
	for (i = 0; i < n && sa->n < SA_PROPOSALS_MAX; i++) {
		struct proposal *p = &sa->p[sa->n++];

		p->num = sa->n;
		p->proto = PROTO_ESP;
		p->spi = CHUNK(spi, 4);
		p->n = 0;
		add(p, T_ENCR, suites[i].encr, suites[i].encr_bits);
		if (suites[i].integ)
			add(p, T_INTEG, suites[i].integ, 0);
		if (dh)
			add(p, T_DH, DH_CURVE25519, 0);
		add(p, T_ESN, 1, 0);
		add(p, T_ESN, 0, 0);
	}
}

static uint32_t spi_of(const struct proposal *p)
{
	uint32_t spi;

	memcpy(&spi, p->spi.p, 4);
	return ntohl(spi);
}

/* Does the proposal have the suite, and what of sequence numbers? */
static bool esp_fits(const struct proposal *p, const struct ike_suite *s, bool *esn)
{
	if (p->proto != PROTO_ESP || p->unknown_type || p->spi.len != 4 || spi_of(p) < 256 ||
	    !has(p, T_ENCR, s->encr, s->encr_bits) || !integ_fits(p, s->integ))
		return false;
	*esn = has(p, T_ESN, 1, 0);
	return *esn || has(p, T_ESN, 0, 0) || !count(p, T_ESN);
}

enum esp_choice choose_esp(const struct sa_payload *offer, const struct ike_suite *suites,
			   unsigned int n, bool have_ke, uint16_t group,
			   struct ike_suite *suite, uint32_t *spi, bool *dh,
			   struct sa_payload *chosen)
{
	enum esp_choice best = ESP_NONE;
	unsigned int i, j;
	bool esn;

	if (!n)
		suites = default_suites(&n);
	for (i = 0; i < offer->n; i++) {
		const struct proposal *p = &offer->p[i];

		for (j = 0; j < n; j++) {
			struct proposal *c = &chosen->p[0];

			if (!esp_fits(p, &suites[j], &esn))
				continue;
			*dh = false;
			if (count(p, T_DH)) {
				if (has(p, T_DH, DH_CURVE25519, 0) && have_ke &&
				    group == DH_CURVE25519) {
					*dh = true;
				} else if (!has(p, T_DH, DH_NONE, 0)) {
					if (has(p, T_DH, DH_CURVE25519, 0))
						best = ESP_WRONG_GROUP;
					continue;
				}
			}
			*suite = suites[j];
			suite->no_esn = !esn;
			*spi = spi_of(p);
			chosen->n = 1;
			c->num = p->num;
			c->proto = PROTO_ESP;
			c->n = 0;
			add(c, T_ENCR, suites[j].encr, suites[j].encr_bits);
			if (suites[j].integ)
				add(c, T_INTEG, suites[j].integ, 0);
			if (*dh)
				add(c, T_DH, DH_CURVE25519, 0);
			if (count(p, T_ESN))
				add(c, T_ESN, esn, 0);
			return ESP_OK;
		}
	}
	return best;
}

bool accept_esp(const struct sa_payload *answer, const struct ike_suite *suites,
		unsigned int n, struct ike_suite *suite, uint32_t *spi, bool *dh)
{
	const struct proposal *p = &answer->p[0];
	struct sa_payload again;

	if (answer->n != 1 || count(p, T_ENCR) != 1 || count(p, T_INTEG) > 1 ||
	    count(p, T_ESN) > 1 || count(p, T_DH) > 1)
		return false;
	return choose_esp(answer, suites, n, true, DH_CURVE25519, suite, spi, dh, &again) ==
	       ESP_OK;
}
