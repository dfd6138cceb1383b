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

static void add(struct proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
	p->t[p->n++] = (struct transform){ .type = type, .id = id, .bits = bits };
}

void propose_ike(const struct ike *ike, struct sa_payload *sa, const uint8_t *spi,
		 size_t spi_len)
{
	unsigned int i, j;

	sa->n = 0;
	for (i = 0; i < ike->config.n_offers; i++) {
		const struct ike_offer *o = &ike->config.offers[i];
		struct proposal *p = &sa->p[sa->n++];

		p->num = sa->n;
		p->proto = PROTO_IKE;
		p->spi = CHUNK(spi, spi_len);
		p->n = 0;
		for (j = 0; j < o->n_encr; j++)
			add(p, T_ENCR, o->encr[j].id, o->encr[j].bits);
		for (j = 0; j < o->n_integ; j++)
			add(p, T_INTEG, o->integ[j], 0);
		for (j = 0; j < o->n_prf; j++)
			add(p, T_PRF, o->prf[j], 0);
		for (j = 0; j < o->n_group; j++)
			add(p, T_DH, o->group[j], 0);
	}
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

/* The first of the list that the proposal has; 0: none. */
static uint16_t first_of(const struct proposal *p, uint8_t type, const uint16_t *list,
			 unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (has(p, type, list[i], 0))
			return list[i];
	return 0;
}

/* Does one proposal have something of each kind of one offer? */
static bool ike_fits(const struct proposal *p, const struct ike_offer *o, uint16_t group,
		     struct ike_keys *keys)
{
	unsigned int e;

	if (p->proto != PROTO_IKE || p->unknown_type)
		return false;
	for (e = 0; e < o->n_encr; e++)
		if (has(p, T_ENCR, o->encr[e].id, o->encr[e].bits))
			break;
	if (e == o->n_encr)
		return false;
	keys->encr = o->encr[e].id;
	keys->encr_bits = o->encr[e].bits;
	keys->integ = first_of(p, T_INTEG, o->integ, o->n_integ);
	keys->prf = first_of(p, T_PRF, o->prf, o->n_prf);
	keys->group = group && offer_has_group(o, group) && has(p, T_DH, group, 0) ? group :
		      first_of(p, T_DH, o->group, o->n_group);
	return keys->prf && keys->group && (o->n_integ ? keys->integ : integ_fits(p, 0));
}

static void take_ike(const struct proposal *p, const struct ike_keys *keys,
		     struct sa_payload *chosen)
{
	struct proposal *c = &chosen->p[0];

	chosen->n = 1;
	c->num = p->num;
	c->proto = PROTO_IKE;
	c->spi = p->spi;
	c->n = 0;
	add(c, T_ENCR, keys->encr, keys->encr_bits);
	if (keys->integ)
		add(c, T_INTEG, keys->integ, 0);
	add(c, T_PRF, keys->prf, 0);
	add(c, T_DH, keys->group, 0);
}

bool choose_ike(const struct ike *ike, const struct sa_payload *offer, uint16_t group,
		struct ike_keys *keys, struct sa_payload *chosen)
{
	unsigned int i, j;

	/* our order, whatever the peer's is: a weak suite only if there is nothing else */
	for (i = 0; i < ike->config.n_offers; i++) {
		for (j = 0; j < offer->n; j++) {
			if (!ike_fits(&offer->p[j], &ike->config.offers[i], group, keys))
				continue;
			take_ike(&offer->p[j], keys, chosen);
			return true;
		}
	}
	return false;
}

bool accept_ike(const struct ike *ike, const struct sa_payload *answer, struct ike_keys *keys,
		const uint8_t **spi)
{
	const struct proposal *p = &answer->p[0];

	if (answer->n != 1 || !p->num || p->num > ike->config.n_offers ||
	    count(p, T_ENCR) != 1 || count(p, T_PRF) != 1 || count(p, T_DH) != 1 ||
	    count(p, T_INTEG) > 1)
		return false;
	if (spi) {
		if (p->spi.len != 8)
			return false;
		*spi = p->spi.p;
	}
	return ike_fits(p, &ike->config.offers[p->num - 1], 0, keys);
}

bool groups_have(const struct ike *ike, uint16_t group)
{
	unsigned int i;

	for (i = 0; i < ike->config.n_offers; i++)
		if (offer_has_group(&ike->config.offers[i], group))
			return true;
	return false;
}

bool offers_have(const struct ike *ike, const struct ike_keys *k)
{
	struct sa_payload one, again;
	struct proposal bare = { 0 };
	struct ike_keys got = { 0 };

	take_ike(&bare, k, &one);
	one.p[0].unknown_type = false;
	return choose_ike(ike, &one, k->group, &got, &again);
}

/* All our groups, the preferred one first. */
static void add_groups(const struct ike *ike, struct proposal *p, uint16_t first)
{
	unsigned int i, j;

	add(p, T_DH, first, 0);
	for (i = 0; i < ike->config.n_offers; i++) {
		const struct ike_offer *o = &ike->config.offers[i];

		for (j = 0; j < o->n_group; j++)
			if (!has(p, T_DH, o->group[j], 0))
				add(p, T_DH, o->group[j], 0);
	}
}

static void add_esp(const struct ike *ike, struct sa_payload *sa, const struct ike_suite *suites,
		    unsigned int n, const uint8_t spi[4], uint16_t group)
{
	unsigned int i;

	for (i = 0; i < n && sa->n < SA_PROPOSALS_MAX; i++) {
		struct proposal *p = &sa->p[sa->n++];

		p->num = sa->n;
		p->proto = PROTO_ESP;
		p->spi = CHUNK(spi, 4);
		p->n = 0;
		add(p, T_ENCR, suites[i].encr, suites[i].encr_bits);
		if (suites[i].integ)
			add(p, T_INTEG, suites[i].integ, 0);
		if (group)
			add_groups(ike, p, group);
		add(p, T_ESN, 1, 0);
		add(p, T_ESN, 0, 0);
	}
}

void propose_esp(const struct ike *ike, struct sa_payload *sa, const struct ike_suite *suites,
		 unsigned int n, const uint8_t spi[4], uint16_t group)
{
	if (!n)
		suites = default_suites(&n);
	sa->n = 0;
	add_esp(ike, sa, suites, n, spi, group);
	/* for peers that exchange no keys here, and take no transform NONE either */
	if (group)
		add_esp(ike, sa, suites, n, spi, 0);
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

/* A group of ours that the proposal has; 0: none. */
static uint16_t common_group(const struct ike *ike, const struct proposal *p)
{
	unsigned int i;
	uint16_t group;

	for (i = 0; i < ike->config.n_offers; i++) {
		const struct ike_offer *o = &ike->config.offers[i];

		group = first_of(p, T_DH, o->group, o->n_group);
		if (group)
			return group;
	}
	return 0;
}

enum esp_choice choose_esp(const struct ike *ike, const struct sa_payload *offer,
			   const struct ike_suite *suites, unsigned int n, uint16_t *group,
			   struct ike_suite *suite, uint32_t *spi, struct sa_payload *chosen)
{
	enum esp_choice best = ESP_NONE;
	const uint16_t sent = *group;
	unsigned int i, j;
	bool esn;

	if (!n)
		suites = default_suites(&n);
	for (i = 0; i < offer->n; i++) {
		const struct proposal *p = &offer->p[i];

		for (j = 0; j < n; j++) {
			struct proposal *c = &chosen->p[0];
			bool dh = false;

			if (!esp_fits(p, &suites[j], &esn))
				continue;
			if (count(p, T_DH)) {
				const uint16_t right = common_group(ike, p);
				const bool none = has(p, T_DH, DH_NONE, 0);

				dh = sent && groups_have(ike, sent) && has(p, T_DH, sent, 0);
				if (!dh && right && (sent || !none)) {
					if (best == ESP_NONE)
						*group = right;
					best = ESP_WRONG_GROUP;
					continue;
				}
				if (!dh && !none)
					continue;
			} else if (best == ESP_WRONG_GROUP) {
				/* rather another group than none */
				return best;
			}
			*group = dh ? sent : 0;
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
			if (dh)
				add(c, T_DH, sent, 0);
			if (count(p, T_ESN))
				add(c, T_ESN, esn, 0);
			return ESP_OK;
		}
	}
	return best;
}

bool accept_esp(const struct ike *ike, const struct sa_payload *answer,
		const struct ike_suite *suites, unsigned int n, uint16_t group,
		struct ike_suite *suite, uint32_t *spi)
{
	const struct proposal *p = &answer->p[0];
	struct sa_payload again;
	uint16_t got = group;

	if (answer->n != 1 || count(p, T_ENCR) != 1 || count(p, T_INTEG) > 1 ||
	    count(p, T_ESN) > 1 || count(p, T_DH) > 1)
		return false;
	return choose_esp(ike, answer, suites, n, &got, suite, spi, &again) == ESP_OK &&
	       got == group;
}
