#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# OpenIKED of Debian 12.  On Linux, where it has PF_KEY only, it gets ESP with AES-CBC and
# HMAC-SHA-512 into the kernel, not with AES-GCM or HMAC-SHA-256.
PEER=openiked-7.2
LOG_LINES=60
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/lib/lib.sh"
. "$(dirname "$0")/lib/openiked.sh"
. "$(dirname "$0")/lib/cells.sh"

# it renews when the time of an SA is over, not when told to
renew_peers() {
	own psk transport && LIFETIME="lifetime 15" peer_conf psk transport ||
		{ not_started "rekeys by the peer"; return; }
	check "$PEER: a Child SA that it shall rekey" up
	cell "rekey of a Child SA" "by the peer" renewed spi_in "$(spi_in)" true
	own psk transport && LIFETIME="ikelifetime 10" peer_conf psk transport && up > /dev/null
	cell "rekey of the IKE SA" "by the peer" renewed ike_spi "$(ike_spi)" true
}

mobike_followed() {
	limit MOBIKE initiator "its IKE SA follows, but PF_KEY of Linux moves no ESP SA" \
		wait_for 60 grep -aq "ikev2_update_sa_addresses: failed to update sa" "$TMP/peer.log"
}

no_null() {
	sed 's/psk .*/null/' "$ROOT/etc/iked.conf" > "$ROOT/tmp/null.conf" &&
		chmod 600 "$ROOT/tmp/null.conf" &&
		peer iked -n -f /tmp/null.conf 2>&1 | grep "not a valid authentication mode"
}

# its SAs work before its flows: what it answers in between is its own affair
LEAKS=yes
POLICY="suites = aes256-sha512"
modprobe btns
two_hosts
check "credentials are made" credentials
peer_root "$PEER" || { done_testing; exit; }

for auth in psk ec rsa; do
	both_roles $auth transport
done
for auth in raw-ec raw-rsa; do
	own $auth transport && peer_conf $auth transport
	reaches $B4 1 > /dev/null
	limit "$auth, transport" initiator "refuses the CERT payload of RFC 7670" \
		wait_for 30 grep -aq "unsupported cert type 15" "$TMP/peer.log"
	: > "$TMP/peer.log"
	limit "$auth, transport" responder "sends no IKE_AUTH when asked for a CERT of RFC 7670" \
		eval '! peer_initiate && grep -aq "unknown cert type requested" "$TMP/peer.log"'
done
own raw-ed25519 transport && peer_conf raw-ed25519 transport
for role in initiator responder; do
	limit "raw-ed25519, transport" $role "an Ed25519 key ends the daemon" \
		wait_for 20 eval '! peer ikectl show sa'
done
both_roles psk tunnel
for role in initiator responder; do
	limit "null, transport" $role "its configuration knows no NULL authentication (RFC 7619)" \
		no_null
done
renew_ours
delete_ike
limit "Delete of a Child SA" "by the peer" "it can be told to forget IKE SAs only" \
	eval '! peer ikectl reset child && peer ikectl reset sa'
renew_peers
PEER_REMOTE=%any mobike psk initiator
limit MOBIKE responder "its manual: MOBIKE only as a responder of IKE" \
	eval 'zcat "$ROOT/usr/share/man/man5/iked.conf.5.gz" |
		grep "only supports MOBIKE when acting as a responder"'
fragments rsa "set fragmentation"
# it asks whom it did not hear for five minutes
DPD_PATIENCE=500 dead_peers psk
behind_nat
nat psk tunnel
own psk transport && PEER_REMOTE=%any peer_conf psk transport
reaches $B4 1 > /dev/null
limit "btnsd behind a NAT, transport" initiator \
	"its flow is to the address behind the NAT (RFC 7296 section 2.23.1)" \
	wait_for 30 grep -aq "loaded flows: ESP-$B4/32=$A4/32" "$TMP/peer.log"
done_testing
