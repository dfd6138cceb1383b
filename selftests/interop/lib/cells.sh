# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The cells of the matrix: each is tried with whatever peer_*() speaks to.

# own AUTH MODE [LINE...]: btns.conf of $A; LINEs go to the section of the daemon
own() {
	local auth=$1 mode=$2 d=$TMP/cred key pad gateways= kind

	shift 2
	case $auth in
	rawkey) kind=ed25519 pad="auth = pubkey
key = $d/$B.ed25519.pub" key="certificate = raw" ;;
	psk) kind=ed25519 pad="auth = psk
secret-file = $d/secret" key="auth = psk" ;;
	null) kind=ed25519 pad= key="auth = null" ;;
	*) kind=$auth pad="auth = pkix
ca = $d/ca.pem" key="certificate = $d/$A.$auth.pem" ;;
	esac
	[ "$mode" = transport ] || gateways="local-gateway = $A4
peer-gateway = $B4"
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
		{ not_ok "$PEER: $row: both start" "$(tail -n 20 "$TMP/peer.log" "$TMP/$A/log")"; return; }
	capture wire $W wa
	cell "$row" initiator up
	check "$PEER: $row: the peer was told to forget" peer_delete_ike
	wait_for 20 down || not_ok "$PEER: $row: no SA is left" "$(ctl $A sas)"
	cell "$row" responder eval 'peer_initiate && up'
	end_capture wire
	check "$PEER: $row: nothing in clear" only_protected wire
}

# renew_and_delete: with what is up now
renew_and_delete() {
	local before

	before=$(spi_in)
	cell "rekey of a Child SA" "by btnsd" eval \
		'ask $A "{\"command\":\"rekey\",\"sa\":\"$before\"}" && wait_for 20 changed spi_in $before && up'
	before=$(spi_in)
	cell "rekey of a Child SA" "by the peer" eval \
		'peer_rekey_child && wait_for 20 changed spi_in $before && up'
	before=$(ike_spi)
	cell "rekey of the IKE SA" "by btnsd" eval \
		'ask $A "{\"command\":\"rekey\",\"spi\":\"$before\"}" && wait_for 20 changed ike_spi $before && up'
	before=$(ike_spi)
	cell "rekey of the IKE SA" "by the peer" eval \
		'peer_rekey_ike && wait_for 20 changed ike_spi $before && up'
	cell "Delete of a Child SA" "by the peer" eval 'peer_delete_child && wait_for 20 down && up'
	cell "Delete of the IKE SA" "by the peer" eval 'peer_delete_ike && wait_for 20 down && up'
	cell "Delete of the IKE SA" "by btnsd" eval 'ctl $A flush sas && wait_for 20 down && up'
}

dead_peer() {
	cell "dead peer" "found by btnsd" eval \
		'peer_kill && wait_for 60 eval "[ \$(pairs) = 0 ]"'
}
