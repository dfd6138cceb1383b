# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The cells of the matrix: each is tried with whatever peer_*() speaks to.

# own AUTH MODE [LINE...]: btns.conf of $A; LINEs go to the section of the daemon
own() {
	local auth=$1 mode=$2 d=$TMP/cred key pad gateways= kind

	shift 2
	case $auth in
	raw-*) kind=${auth#raw-} pad="auth = pubkey
key = $d/$B.$kind.pub" key="certificate = raw" ;;
	psk) kind=ed25519 pad="auth = psk
secret-file = $d/secret" key="auth = psk" ;;
	null) kind=ed25519 pad= key="auth = null" ;;
	*) kind=$auth pad="auth = pkix
ca = $d/ca.pem" key="certificate = $d/$A.$auth.pem" ;;
	esac
	[ "$mode" = transport ] || gateways=${GATEWAYS-"local-gateway = $A4
peer-gateway = $B4"}
	mkdir -p "$TMP/$A"
	install -m 600 "$d/$A.$kind.key" "$TMP/$A/key.pem"
	conf <<-CONF
	[daemon]
	id = fqdn:$A
	$key
	$(printf '%s\n' "$@")
	[pad peer]
	$(if [ "$auth" = null ]; then echo "match = null"; else echo "match = id
	id = fqdn:$B
	$pad"; fi)
	${PAD:-}
	[policy ike-and-peer]
	class = private
	remote = ${REMOTE:-$B4}
	mode = $mode
	$gateways
	${POLICY:-suites = aes256gcm16}
	$(if [ "$auth" = null ]; then echo "null = yes"; else echo "peer = fqdn:$B"; fi)
	CONF
}

# both_roles AUTH MODE: both roles
both_roles() {
	local auth=$1 mode=$2 row="$1, $2"

	own "$auth" "$mode" && peer_conf "$auth" "$mode" ||
		{ not_started "$row"; return; }
	capture wire $W wa
	cell "$row" initiator up
	check "$PEER: $row: the peer was told to forget" peer_delete_ike
	wait_for 20 down || not_ok "$PEER: $row: no SA is left" "$(ctl $A sas)"
	cell "$row" responder eval 'peer_initiate && up'
	end_capture wire
	check "$PEER: $row: nothing in clear" nothing_clear wire
}

# what is in clear in a capture; with LEAKS, when a peer does so for a while, only of ours
clear() { packets "$1" "${LEAKS:+not src host $B4 and not src net 10.9.0.2/32 and} $2"; }
nothing_clear() {
	[ -n "${LEAKS:-}" ] || { only_protected "$1"; return; }
	[ "$(clear "$1" "not (arp or ip6 or esp or udp port 500 or udp port 4500)")" = 0 ] &&
		[ "$(packets "$1" esp)" -gt 0 ]
}

# ppk LINE...: a postquantum preshared key on which both ends insist; LINEs are of the peer
ppk() {
	PAD="ppk-file = $TMP/cred/ppk
ppk-id = one" own psk transport && peer_conf psk transport "$@" ||
		{ not_started "PPK"; return; }
	cell "postquantum preshared key (RFC 8784)" initiator up
	peer_delete_ike > /dev/null
	wait_for 20 down
	cell "postquantum preshared key (RFC 8784)" responder eval 'peer_initiate && up'
}

# renewed SPI OLD COMMAND...: after it the command SPI tells another one, and traffic goes on
renewed() {
	local spi=$1 old=$2

	shift 2
	"$@" && wait_for 20 changed $spi $old && up
}
# those of btnsd
renew_ours() {
	cell "rekey of a Child SA" "by btnsd" renewed spi_in "$(spi_in)" \
		ask $A "{\"command\":\"rekey\",\"sa\":\"$(spi_in)\"}"
	cell "rekey of the IKE SA" "by btnsd" renewed ike_spi "$(ike_spi)" \
		ask $A "{\"command\":\"rekey\",\"spi\":\"$(ike_spi)\"}"
}
delete_ike() {
	cell "Delete of the IKE SA" "by the peer" eval 'peer_delete_ike && wait_for 20 down && up'
	cell "Delete of the IKE SA" "by btnsd" eval 'ctl $A flush sas && wait_for 20 down && up'
}

# renew_and_delete: with what is up now
renew_and_delete() {
	local before

	renew_ours
	cell "rekey of a Child SA" "by the peer" renewed spi_in "$(spi_in)" peer_rekey_child
	cell "rekey of the IKE SA" "by the peer" renewed ike_spi "$(ike_spi)" peer_rekey_ike
	before=$(spi_in)
	# some make a new one at once
	cell "Delete of a Child SA" "by the peer" eval \
		'peer_delete_child && wait_for 20 eval "[ \"\$(spi_in)\" != \"$before\" ]" && up'
	delete_ike
}

# elsewhere NAMESPACE DEVICE OLD NEW: its address goes, and routes with it; another one comes
elsewhere() { ip -n $1 address del $3/24 dev $2 && address $1 $2 $4/24 && inner_routes; }
inner_routes() {
	ip -n $A route replace $in_b via $B4 src $in_a &&
		ip -n $B route replace $in_a dev b0 src $in_b || return
	# by which a daemon finds its address that has no other
	[ "${PEER_LOCAL:-}" != %defaultroute ] || ip -n $B route replace default via $A4 dev b0
}
# moved KEY ADDRESS: that end of the SA pairs of btnsd is there
moved() { [ "$(ctl $A -j sas | jq -r "[.sas[].$1] | unique | join(\" \")")" = "$2" ]; }

# mobike AUTH [ROLE]: a tunnel between inner addresses follows the end that began it; only
# one of the roles initiator and responder of btnsd
mobike() {
	local in_a=10.9.0.1 in_b=10.9.0.2 new_a=10.1.0.3 new_b=10.1.0.4
	local REMOTE=$in_b INNER=$in_a/32 INNER_B=$in_b/32 MOBIKE=yes same

	ip -n $A address replace $in_a/32 dev lo
	ip -n $B address replace $in_b/32 dev lo
	inner_routes
	# else it moves to these
	ip -n $A -6 address flush dev a0 scope global
	ip -n $B -6 address flush dev b0 scope global
	capture mobike $W br0
	[ "${2:-}" = responder ] || mobike_ours "$1"
	[ "${2:-}" = initiator ] || mobike_peers "$1"
	end_capture mobike
	equal "$PEER: MOBIKE: nothing in clear" "$(clear mobike "net 10.9.0.0/24")" 0
	peer_delete_ike > /dev/null
	ip -n $A route del $in_b
	ip -n $B route del $in_a
}

mobike_followed() {
	cell MOBIKE initiator eval \
		'wait_for 60 moved outer_local $new_a && up $in_b && [ "$(ike_spi)" = "$same" ]'
}

mobike_ours() {
	GATEWAYS="peer-gateway = $B4" own "$1" tunnel && peer_conf "$1" tunnel ||
		{ not_started "MOBIKE"; return; }
	check "$PEER: MOBIKE: a tunnel, begun by btnsd" up $in_b
	same=$(ike_spi)
	elsewhere $A a0 $A4 $new_a
	mobike_followed
	elsewhere $A a0 $new_a $A4
	check "$PEER: MOBIKE: and back" eval 'wait_for 60 moved outer_local $A4 && up $in_b'
}

mobike_peers() {
	GATEWAYS='' own "$1" tunnel && peer_conf "$1" tunnel || { not_started "MOBIKE"; return; }
	peer_initiate > /dev/null
	check "$PEER: MOBIKE: a tunnel, begun by the peer" up $in_b
	same=$(ike_spi)
	elsewhere $B b0 $B4 $new_b
	cell MOBIKE responder eval \
		'wait_for 60 moved outer_peer $new_b && up $in_b && [ "$(ike_spi)" = "$same" ]'
	elsewhere $B b0 $new_b $B4
}

# dead_peers AUTH: neither end keeps SAs with a peer that was killed
dead_peers() {
	own "$1" transport "liveness = 2s" "retransmit-first = 200ms" "retransmit-count = 4" &&
		DPD=2 peer_conf "$1" transport && up ||
		{ not_started "dead peers"; return; }
	kill -9 "$BTNSD_hosta"
	wait "$BTNSD_hosta" 2> /dev/null
	unset BTNSD_hosta
	cell "dead peer" "found by the peer" wait_for ${DPD_PATIENCE:-90} eval '! peer_children'
	own "$1" transport "liveness = 2s" "retransmit-first = 200ms" "retransmit-count = 4" &&
		check "$PEER: dead peers: up again" up
	peer_kill
	cell "dead peer" "found by btnsd" wait_for 60 eval '[ "$(pairs)" = 0 ]'
}

peer_kill() {
	kill -9 "$PEER_PID"
	peer_gone
}

# fragments AUTH LINE...: both ends send messages in parts; LINEs are of the peer
fragments() {
	local auth=$1

	shift
	own "$auth" transport "fragment-size = 576" && peer_conf "$auth" transport "$@" ||
		{ not_started "fragments"; return; }
	capture parts $W wa udp port 500 or udp port 4500
	cell "fragmentation" initiator up
	peer_delete_ike > /dev/null
	wait_for 20 down
	cell "fragmentation" responder eval 'peer_initiate && up'
	end_capture parts
	# SKF: payload 53 is the first after the header
	check "$PEER: fragments from btnsd are on the wire" eval \
		'[ "$(packets parts "src $A4 and (udp[24] == 53 or udp[28] == 53)")" -ge 2 ]'
	check "$PEER: and from the peer" eval \
		'[ "$(packets parts "src $B4 and (udp[24] == 53 or udp[28] == 53)")" -ge 2 ]'
}

# $A moves behind a NAT that has its old address
behind_nat() {
	local outside=$A4

	N=nat
	host $N
	ip -n $A link set a0 netns $N
	ip -n $N link set a0 up
	cable $A l0 $N l1
	address $N a0 $outside/24
	address $N l1 192.168.7.1/24
	address $A l0 192.168.7.2/24
	ip -n $A route add default via 192.168.7.1
	ip netns exec $N sysctl -q net.ipv4.ip_forward=1
	ip netns exec $N nft -f - <<-NFT
	table ip nat {
		chain post {
			type nat hook postrouting priority srcnat;
			oifname "a0" masquerade random
		}
	}
	NFT
	A4=192.168.7.2
	# what comes out of a tunnel has that address
	ip -n $B route add 192.168.7.0/24 via $outside
}

# nat AUTH MODE
nat() {
	local inner=

	[ "$2" = transport ] || inner=$A4/32
	own "$1" "$2" && PEER_REMOTE=%any INNER=$inner peer_conf "$1" "$2" ||
		{ not_started "NAT"; return; }
	capture nat $W wa
	cell "btnsd behind a NAT, $2" initiator up
	end_capture nat
	check "$PEER: NAT, $2: ESP in UDP, nothing else" eval \
		'[ "$(packets nat udp port 4500)" -gt 4 ] && [ "$(clear nat "not (arp or ip6 or udp)")" = 0 ]'
}
