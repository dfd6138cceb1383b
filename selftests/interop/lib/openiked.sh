# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# OpenIKED at $B, for the IKE SA.  AUTH is psk, ec (X.509 to our CA).

peer_conf() {
	local auth=$1 mode=$2 d=$TMP/cred etc=$ROOT/etc/iked how

	shift 2
	peer_stop
	mkdir -p "$etc"/{ca,certs,crls,private,pubkeys/fqdn}
	case $auth in
	psk) how="psk \"$(cat "$d/secret")\"" ;;
	*)
		cp "$d/ca.pem" "$etc/ca/ca.crt"
		cp "$d/$B.$auth.pem" "$etc/certs/$B.crt"
		(umask 077; cp "$d/$B.$auth.key" "$etc/private/local.key")
		how="ecdsa256"
		;;
	esac
	cat > "$ROOT/etc/iked.conf" <<-CONF
	ikev2 "host" ${ROLE:-passive} $mode esp from $B4 to $A4 \\
		local $B4 peer $A4 \\
		ikesa enc aes-256-gcm prf hmac-sha2-256 group ${GROUP:-curve25519} \\
		childsa enc aes-256 auth hmac-sha2-256 \\
		srcid $B dstid $A \\
		$how
	CONF
	chmod 600 "$ROOT/etc/iked.conf"
	: > "$TMP/peer.log"
	peer_daemon iked -d -vv -f /etc/iked.conf
	# until then it answers, and forgets
	wait_for 60 grep -q "config_getstatic: nattport" "$TMP/peer.log"
}

peer_stop() {
	[ -n "${PEER_PID:-}" ] || return 0
	kill "$PEER_PID"
	peer_gone
}

peer_ike_sas() { peer ikectl show sa | grep -q "ESTABLISHED"; }
peer_initiate() { peer ikectl active > /dev/null; }
peer_delete_ike() { peer ikectl reset sa; }
