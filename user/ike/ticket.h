/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tickets of session resumption (RFC 5723 section 6). */
#ifndef BTNS_IKE_TICKET_H
#define BTNS_IKE_TICKET_H

#include "crypto.h"
#include "ike.h"

#define TICKET_ID	16
#define TICKET_MAX	1024		/* octets: it has to fit into one packet */

/* What an IKE SA leaves behind for the one that resumes it; sealed as it stands here. */
struct resumed {
	uint64_t expires;		/* seconds of the wall clock */
	uint16_t encr, encr_bits, integ, prf, group;
	uint16_t id_type, id_len, spki_len;	/* the peer's identity */
	uint8_t auth_method, peer_auth, own_method, initiator;
	uint8_t sk_d[IKE_PRF_MAX];
	uint8_t creds[32];		/* on what the authentication rests at this end */
	uint8_t spi[8];			/* its own of this end */
};

/* The responder has one only while it is shown. */
struct ticket {
	struct ticket *next;
	struct ike_addr peer;		/* initiator: to whom it is shown */
	struct resumed of;
	uint8_t id[TICKET_ID];		/* responder: its name */
	size_t len;			/* initiator: of the ticket as it came */
	uint8_t data[];			/* ID, SubjectPublicKeyInfo, ticket */
};

static inline struct chunk ticket_id(const struct ticket *t)
{
	return CHUNK(t->data, t->of.id_len);
}

static inline struct chunk ticket_spki(const struct ticket *t)
{
	return CHUNK(t->data + t->of.id_len, t->of.spki_len);
}

static inline struct chunk ticket_opaque(const struct ticket *t)
{
	return CHUNK(t->data + t->of.id_len + t->of.spki_len, t->len);
}

#define TICKETS_SPENT	4096		/* used tickets that are remembered */

struct ticket_key {
	uint64_t made;			/* seconds of the wall clock; 0: none */
	uint8_t id[8], key[32];
};

/* Of an engine. */
struct tickets {
	struct ticket_key key[2];	/* now, before */
	uint8_t spent[TICKETS_SPENT][TICKET_ID];
	unsigned int n_spent;
	struct ticket *kept;		/* of peers that answer no more, the latest first */
};

struct builder;
struct message;

struct ike_sa;

/* A hash of the credentials on which an authentication of and to that peer rests. */
void ticket_creds(const struct ike *ike, const struct ike_addr *at,
		  const struct ike_identity *peer, uint8_t own_method, uint8_t out[32]);
/* false: of the authorities we do not have the list, they may have changed. */
bool ticket_creds_known(const struct ike_sa *sa);

/* NULL: out of memory. */
struct tickets *tickets_new(void);
void tickets_free(struct tickets **all);
void ticket_free(struct ticket **t);

/* Responder: the peer's request for a ticket in m, if there is one. */
void ticket_in(struct ike_sa *sa, const struct message *m, struct builder *b);
/* A ticket that was shown.  NULL: not ours, expired, used, or no longer good. */
struct ticket *ticket_open(struct ike *ike, const struct ike_addr *peer, struct chunk opaque);
/* It has been used, or its IKE SA is gone for good. */
void ticket_spend(struct ike *ike, const uint8_t id[TICKET_ID]);

/* Initiator: ask for one in b; in a request of its own; the answer. */
void ticket_ask(struct ike_sa *sa, struct builder *b);
void ticket_start(struct ike_sa *sa);
void ticket_answered(struct ike_sa *sa, const struct message *m);
/* One for the peer of sa, NULL: there is none that is good. */
struct ticket *ticket_take(struct ike_sa *sa);

/*
 * The IKE SA ends.  The peer answers no more: the initiator keeps the ticket.  Else it is
 * worth nothing from now on, at both ends.
 */
void ticket_leave(struct ike_sa *sa, bool unanswered);

#endif /* BTNS_IKE_TICKET_H */
