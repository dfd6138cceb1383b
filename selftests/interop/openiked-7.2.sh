#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# OpenIKED of Debian 12.  On Linux it gets no ESP SA into the kernel with these
# algorithms: the cells are of the IKE SA.
PEER=openiked-7.2
LOG_LINES=150
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/lib/lib.sh"
. "$(dirname "$0")/lib/openiked.sh"
. "$(dirname "$0")/lib/cells.sh"

# IKE_AUTH has succeeded at both ends; then iked gives up, see below
authenticated() {
	ip netns exec $A ping -q -c 1 -W 1 $B4
	logged $A "IKE SA is up" && grep -aq "AUTH_SUCCESS -> VALID" "$TMP/peer.log"
}
no_esp() { grep -aq "pfkey_sa: unsupported" "$TMP/peer.log"; }

POLICY="suites = aes256-sha256"
modprobe btns
two_hosts
check "credentials are made" credentials
peer_root "$PEER" || { done_testing; exit; }

for auth in psk ec; do
	for role in passive active; do
		column=initiator
		[ $role = passive ] || column=responder
		own $auth transport && ROLE=$role peer_conf $auth transport || {
			not_started "$auth"
			continue
		}
		cell "IKE SA, $auth" $column wait_for 60 authenticated
		limit "$auth, transport" $column \
			"on Linux iked cannot load ESP with SHA-2 or AES-GCM into the kernel" no_esp
	done
done
done_testing
