# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# OpenIKED at $B.  AUTH is psk; raw-KIND (raw public keys) or KIND (X.509 to our CA):
# ed25519, ec, rsa.  LINEs are of the whole daemon; LIFETIME is of the SAs.

peer_conf() {
	local auth=$1 mode=$2 d=$TMP/cred etc=$ROOT/etc/iked kind=${1#raw-} how=rfc7427
	local remote=${PEER_REMOTE:-$A4}

	shift 2
	peer_stop
	mkdir -p "$etc"/{ca,certs,crls,private,pubkeys/fqdn}
	rm -f "$etc"/{ca,certs,pubkeys/fqdn}/* "$etc/local.pub"
	case $auth in
	psk) how="psk \"$(cat "$d/secret")\"" kind=ec ;;
	raw-*)
		cp "$d/$A.$kind.pub" "$etc/pubkeys/fqdn/$A"
		cp "$d/$B.$kind.pub" "$etc/local.pub"
		;;
	*)
		cp "$d/ca.pem" "$etc/ca/ca.crt"
		cp "$d/$B.$kind.pem" "$etc/certs/$B.crt"
		;;
	esac
	install -m 600 "$d/$B.$kind.key" "$etc/private/local.key"
	cat > "$ROOT/etc/iked.conf" <<-CONF
	set dpd_check_interval ${DPD:-0}
	$(printf '%s\n' "$@")
	ikev2 "host" passive $mode esp from ${INNER_B:-$B4} to ${INNER:-$A4} \\
		local $B4 peer ${remote#%} \\
		ikesa enc aes-256-gcm prf hmac-sha2-256 group curve25519 \\
		childsa enc aes-256 auth hmac-sha2-512 \\
		srcid $B dstid $A ${LIFETIME:-} $how
	CONF
	chmod 600 "$ROOT/etc/iked.conf"
	: > "$TMP/peer.log"
	peer_daemon iked -d -vv -f /etc/iked.conf
	# until then it answers, and forgets
	wait_for 120 grep -q "config_getstatic: nattport" "$TMP/peer.log"
}

peer_stop() {
	[ -n "${PEER_PID:-}" ] || return 0
	kill "$PEER_PID"
	peer_gone
}

# it has no word for one policy
peer_initiate() {
	sed -i 's/"host" passive/"host" active/' "$ROOT/etc/iked.conf" &&
		peer ikectl reload && wait_for 20 peer_children
}
peer_delete_ike() { peer ikectl reset sa; }
peer_children() { peer ikectl show sa | grep -q "sa_childsas: .*(L"; }
