# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# All cells of strongSwan; $PEER is the version.
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/lib/lib.sh"
. "$(dirname "$0")/lib/strongswan.sh"
. "$(dirname "$0")/lib/cells.sh"

modprobe btns
two_hosts
check "credentials are made" credentials
peer_root "$PEER" || { done_testing; exit; }

for auth in psk raw-ed25519 raw-ec raw-rsa ed25519 ec rsa; do
	both_roles $auth transport
done
peer_conf null transport
for role in initiator responder; do
	limit "null, transport" $role "its configuration knows no NULL authentication (RFC 7619)" \
		grep "invalid value for: auth" "$TMP/swanctl.out"
done
both_roles psk tunnel
renew_and_delete
mobike psk
# what charon sends in parts, it sends in parts of this size
STRONGSWAN="fragment_size = 600" fragments rsa "fragmentation = force"
ppk "ppk_id = one" "ppk_required = yes"
dead_peers psk
behind_nat
for mode in tunnel transport; do
	nat psk $mode
done
done_testing
