# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# All cells of Libreswan; $PEER is the version.
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/lib/lib.sh"
. "$(dirname "$0")/lib/libreswan.sh"
. "$(dirname "$0")/lib/cells.sh"

# private-or-clear at both ends: nobody was configured for anybody
opportunistic() {
	local row="opportunistic, NULL"

	mkdir -p "$TMP/$A"
	install -m 600 "$TMP/cred/$A.ed25519.key" "$TMP/$A/key.pem"
	conf <<-CONF && peer_opportunistic ||
	[daemon]
	auth = null
	[pad anybody]
	match = null
	[policy anybody]
	class = private-or-clear
	null = yes
	mode = tunnel
	remote = $B4
	peer-gateway = $B4
	suites = aes256gcm16
	CONF
		{ not_started "$row"; return; }
	capture wire $W wa
	cell "$row" initiator up
	end_capture wire
	check "$PEER: $row: nothing in clear" only_protected wire
	ctl $A flush sas > /dev/null
	wait_for 20 down || not_ok "$PEER: $row: no SA is left" "$(ctl $A sas)"
	# the other way round: a packet of the peer's
	capture back $W wa
	cell "$row" responder wait_for 40 eval \
		'ip netns exec $B ping -q -c 1 -W 2 $A4 && [ "$(pairs)" -ge 1 ] && peer_children'
	end_capture back
	# what it sends while it makes up its mind is its own affair
	equal "$PEER: $row: nothing of ours in clear" \
		"$(packets back "src $A4 and not (esp or arp or udp port 500 or udp port 4500)")" 0
	# a host that speaks no IKE any more
	peer_stop
	ctl $A flush all > /dev/null
	cell "opportunistic, a silent host: in clear" initiator wait_for 40 reaches
}

modprobe btns
two_hosts
check "credentials are made" credentials
peer_root "$PEER" || { done_testing; exit; }

no_ed25519() {
	! peer_database "$1" && grep -q SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY "$TMP/nss.log"
}

for auth in null raw-ec raw-rsa ec rsa psk; do
	both_roles $auth transport
done
for auth in raw-ed25519 ed25519; do
	for role in initiator responder; do
		limit "$auth, transport" $role "its store of keys (NSS) takes no Ed25519 key" \
			no_ed25519 $auth
	done
done
both_roles psk tunnel
renew_and_delete
# it has MOBIKE where its configuration leaves open the address that may change
PEER_REMOTE=%any mobike psk initiator
PEER_LOCAL=%defaultroute mobike psk responder
opportunistic
ppk "ppk=insist"
fragments rsa "fragmentation=force"
dead_peers psk
behind_nat
nat psk tunnel
own psk transport && PEER_REMOTE=%any peer_conf psk transport
reaches $B4 1 > /dev/null
limit "btnsd behind a NAT, transport" initiator \
	"refuses the selectors of transport mode behind a NAT (RFC 7296 section 2.23.1)" \
	wait_for 30 grep -q TS_UNACCEPTABLE "$TMP/peer.log"
done_testing
