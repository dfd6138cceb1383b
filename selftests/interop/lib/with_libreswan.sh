# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# All cells of Libreswan; $PEER is the version.
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/lib/lib.sh"
. "$(dirname "$0")/lib/libreswan.sh"
. "$(dirname "$0")/lib/cells.sh"

modprobe btns
two_hosts
check "credentials are made" credentials
peer_root "$PEER" || { done_testing; exit; }

for auth in null ec rsa psk; do
	both_roles $auth transport
done
both_roles psk tunnel
renew_and_delete
fragments rsa "fragmentation=force"
dead_peers psk
behind_nat
nat psk tunnel
own psk transport && PEER_REMOTE=%any peer_conf psk transport
reaches $B4 1 > /dev/null
limit "btnsd behind a NAT, transport" initiator \
	"refuses the selectors of transport mode behind a NAT (RFC 7296 section 2.23.1)" \
	wait_for 30 grep -q TS_UNACCEPTABLE "$TMP/peer.log"
ours "MOBIKE" "either role" "MOBIKE (RFC 4555) is not implemented"
done_testing
