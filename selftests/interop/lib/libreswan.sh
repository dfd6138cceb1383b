# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Libreswan at $B.  AUTH is psk, null; raw-KIND (raw public keys) or KIND (X.509 to
# our CA): ec, rsa.

# peer_database AUTH: the key into pluto's database, and certificates if it shall have them
peer_database() {
	local d=$TMP/cred db=$ROOT/var/lib/ipsec/nss kind=

	case $1 in
	raw-*) kind=${1#raw-} ;;
	ec|rsa|ed25519) kind=$1 ;;
	esac

	rm -rf "$db" && mkdir -p "$db"
	peer ipsec initnss > "$TMP/nss.log" 2>&1 || return
	[ -n "$kind" ] || return 0
	cp "$d/ca.pem" "$ROOT/tmp/ca.pem"
	openssl pkcs12 -export -inkey "$d/$B.$kind.key" -in "$d/$B.$kind.pem" \
		-certfile "$d/ca.pem" -name "$B" -passout pass: -out "$ROOT/tmp/own.p12" &&
	peer certutil -A -n ca -t CT,, -d sql:/var/lib/ipsec/nss -i /tmp/ca.pem &&
	peer pk12util -i /tmp/own.p12 -W "" -d sql:/var/lib/ipsec/nss >> "$TMP/nss.log" 2>&1 ||
		return
	case $1 in
	raw-*) peer certutil -D -n "$B" -d sql:/var/lib/ipsec/nss ;;
	esac
}

# raw_key END KIND HOST: its public key as ipsec.conf wants it
raw_key() {
	local pub=$TMP/cred/$3.$2.pub

	case $2 in
	# RFC 3110, with the exponent that openssl takes
	rsa) echo "$1rsasigkey=0x03010001$(openssl rsa -pubin -in "$pub" -noout -modulus | cut -d = -f 2)" ;;
	ec) echo "$1ecdsakey=0x$(openssl pkey -pubin -in "$pub" -outform DER | tail -c 64 |
		od -An -v -tx1 | tr -d ' \n')" ;;
	esac
}

peer_conf() {
	local auth=$1 mode=$2 ends whack=/usr/libexec/ipsec/whack

	shift 2
	peer_stop
	case $auth in
	psk) ends="authby=secret
	leftid=@$B
	rightid=@$A" ;;
	null) ends="authby=null
	leftid=%null
	rightid=%null" ;;
	*)
		ends="authby=rsa-sha2"
		[ "${auth%ec}" = "$auth" ] || ends="authby=ecdsa"
		ends="$ends
	leftid=@$B
	rightid=@$A"
		case $auth in
		raw-*) ends="$ends
	$(raw_key left "${auth#raw-}" $B)
	$(raw_key right "${auth#raw-}" $A)" ;;
		*) ends="$ends
	leftcert=$B
	rightca=%same" ;;
		esac
		;;
	esac
	peer_database "$auth" || { diag "$(cat "$TMP/nss.log")"; return 1; }
	cat > "$ROOT/etc/ipsec.conf" <<-CONF
	config setup
		logtime=no
		plutodebug=${PLUTODEBUG:-none}
		uniqueids=no
	conn host
		ikev2=insist
		left=${PEER_LOCAL:-$B4}
		right=${PEER_REMOTE:-$A4}
		$ends
		type=$mode
		ike=${PROPOSALS:-aes_gcm256-sha2_256-dh31}
		esp=${ESP:-aes_gcm256}
		pfs=no
		dpddelay=${DPD:-0}
		retransmit-timeout=5s
		mobike=${MOBIKE:-no}
		auto=add
		${INNER:+rightsubnet=$INNER}
		${INNER_B:+leftsubnet=$INNER_B}
		$(printf '%s\n' "$@")
	CONF
	# what belongs to a section is indented
	sed -i '/^\(config\|conn\) /!s/^[[:space:]]*\(.\)/  \1/' "$ROOT/etc/ipsec.conf"
	printf '@%s @%s : PSK "%s"\n' "$B" "$A" "$(cat "$TMP/cred/secret")" > "$ROOT/etc/ipsec.secrets"
	case "$*" in
	*ppk*) printf '@%s @%s : PPKS "one" %s\n' "$B" "$A" "$(cat "$TMP/cred/ppk")" \
		>> "$ROOT/etc/ipsec.secrets" ;;
	esac
	chmod 600 "$ROOT/etc/ipsec.secrets"
	mkdir -p "$ROOT/run/pluto"
	peer_daemon /usr/libexec/ipsec/pluto --nofork --stderrlog --config /etc/ipsec.conf
	wait_for 40 peer $whack --status &&
		peer ipsec auto --add host > "$TMP/add.log" 2>&1 && peer $whack --listen > /dev/null ||
		{ diag "$(cat "$TMP/add.log")"; return 1; }
}

# Anybody at $A, without authentication, if it can; if it cannot, in clear.
peer_opportunistic() {
	peer_stop
	peer_database null || { diag "$(cat "$TMP/nss.log")"; return 1; }
	mkdir -p "$ROOT/etc/ipsec.d/policies"
	echo "$A4/32" > "$ROOT/etc/ipsec.d/policies/private-or-clear"
	cat > "$ROOT/etc/ipsec.conf" <<-CONF
	config setup
	  logtime=no
	  plutodebug=${PLUTODEBUG:-none}
	conn private-or-clear
	  ikev2=insist
	  left=$B4
	  right=%opportunisticgroup
	  authby=null
	  leftid=%null
	  rightid=%null
	  type=tunnel
	  ike=aes_gcm256-sha2_256-dh31
	  esp=aes_gcm256
	  pfs=no
	  mobike=no
	  keyingtries=1
	  retransmit-timeout=2s
	  negotiationshunt=hold
	  failureshunt=passthrough
	  auto=ondemand
	CONF
	: > "$ROOT/etc/ipsec.secrets"
	mkdir -p "$ROOT/run/pluto"
	peer_daemon /usr/libexec/ipsec/pluto --nofork --stderrlog --config /etc/ipsec.conf
	wait_for 40 peer_whack --status &&
		peer ipsec auto --add private-or-clear > "$TMP/add.log" 2>&1 &&
		peer ipsec auto --route private-or-clear >> "$TMP/add.log" 2>&1 &&
		peer_whack --listen > /dev/null || { diag "$(cat "$TMP/add.log")"; return 1; }
}

peer_stop() {
	[ -n "${PEER_PID:-}" ] || return 0
	peer_whack --shutdown > /dev/null 2>&1 || kill "$PEER_PID"
	peer_gone
}

peer_whack() { peer /usr/libexec/ipsec/whack "$@"; }
peer_initiate() { peer timeout 20 /usr/libexec/ipsec/whack --name host --initiate; }
peer_rekey_child() {
	case $PEER in
	libreswan-4*) peer_whack --name host --rekey-ipsec --asynchronous ;;
	*) peer_whack --name host --rekey-child --asynchronous ;;
	esac
}
peer_rekey_ike() { peer_whack --name host --rekey-ike --asynchronous; }
# the state that carries traffic
peer_child_state() { peer_whack --showstates | sed -n 's/^[0-9 ]*#\([0-9]*\):.*\(ESTABLISHED_CHILD_SA\|IPsec SA established\).*/\1/p' | tail -n 1; }
peer_delete_child() { peer_whack --deletestate "$(peer_child_state)"; }
peer_delete_ike() { peer_whack --name host --terminate; }
peer_children() { [ -n "$(peer_child_state)" ]; }
