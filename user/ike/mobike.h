/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE SAs whose ends move: MOBIKE (RFC 4555). */
#ifndef BTNS_IKE_MOBIKE_H
#define BTNS_IKE_MOBIKE_H

#include "sa.h"

/* Addresses that one end tells beside that in the IP header. */
#define MOBIKE_MORE_MAX		8

/* What is to be said, or was said by the request on its way. */
enum {
	MOBIKE_UPDATE = 1,	/* UPDATE_SA_ADDRESSES */
	MOBIKE_LIST = 2,	/* our addresses */
	MOBIKE_CHECK = 4,	/* is the peer where it says to be? */
	MOBIKE_NAT = 8,		/* what does the peer see of us? */
	MOBIKE_COOKIE = 16,	/* COOKIE2 is in it */
};

/*
 * There is one if both ends have announced MOBIKE.  The path of the IKE SA may be ahead
 * of that of its Child SAs: they follow when the peer's address is known to be its own.
 */
struct mobike {
	bool decides;			/* we began the first of this row of IKE SAs */
	bool nowhere;			/* no address of ours leads to the peer */
	bool has_seen;
	uint8_t pending, asked;		/* MOBIKE_* */
	uint8_t tries;			/* UNEXPECTED_NAT_DETECTED, so often */
	uint8_t refused;		/* UNACCEPTABLE_ADDRESSES, so often */
	uint8_t n_peers;
	uint32_t path, asked_path;	/* counts changes of the path */
	struct ike_addr peers[MOBIKE_MORE_MAX + 1];	/* all of the peer's */
	struct ike_addr child_peer;	/* where Child SAs were last put to */
	struct ike_addr good_local, good_peer;	/* the last that the peer agreed to */
	uint8_t cookie[16];
	uint8_t seen[20];		/* what the peer saw of us: NAT_DETECTION_DESTINATION_IP */
};

/* Initiator: is MOBIKE of use for its wish? */
bool mobike_wanted(const struct ike_sa *sa);
/* MOBIKE_SUPPORTED and what goes with it in IKE_AUTH. */
void mobike_offer(const struct ike_sa *sa, struct builder *b, bool request);
/* Responder: the addresses of the first IKE_AUTH request are not those that it was sent to. */
bool mobike_unexpected(const struct ike_sa *sa, const struct message *m);
/* m is of IKE_AUTH.  false: the peer does not announce MOBIKE. */
bool mobike_begin(struct ike_sa *sa, const struct message *m, bool decides);
/* Another IKE SA may take the place of parent, false: out of memory; takes it. */
bool mobike_join(struct ike_sa *sa, const struct ike_sa *parent);
void mobike_inherit(struct ike_sa *sa, const struct ike_sa *parent);
/* The IKE SA is up: its address may have gone meanwhile. */
void mobike_up(struct ike_sa *sa);
/* ESP came from there: IKE SA and Child SAs have followed. */
void mobike_followed(struct ike_sa *sa);
/* Say what is to be said, if the window is free. */
void mobike_run(struct ike_sa *sa);
/* Into a liveness check. */
void mobike_probe(struct ike_sa *sa, struct builder *b);
/* No answer: the request once more, by other paths. */
void mobike_spread(struct ike_sa *sa);
/* How often more than others a request is sent. */
unsigned int mobike_patience(const struct ike_sa *sa);
/* An authentic answer came by that path. */
void mobike_path(struct ike_sa *sa, const struct ike_addr *local, const struct ike_addr *peer);
/* INFORMATIONAL. */
void mobike_in(struct ike_sa *sa, const struct message *m, struct builder *b);
void mobike_answered(struct ike_sa *sa, const struct message *m);

#endif /* BTNS_IKE_MOBIKE_H */
