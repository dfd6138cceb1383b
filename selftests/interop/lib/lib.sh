# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library of the interoperability tests, on top of net.sh and daemon.sh: btnsd at $A,
# the IKE daemon of somebody else at $B, in the Debian root that scripts/peers.sh made.
#
#	peer_root NAME			$ROOT; PEER=NAME
#	peer COMMAND...			in that root, in the namespace of $B
#	cell ROW COLUMN COMMAND...	a check that becomes a cell of the matrix
#	limit ROW COLUMN WHY COMMAND...	the peer cannot; COMMAND shows that it is so
#	conf				btns.conf of $A from standard input; restarts btnsd
#	reaches [ADDRESS]		$A pings $B; protected and both ways
#	credentials			keys, a CA, certificates and a secret for both
#
# A vendor's file (strongswan.sh, libreswan.sh, openiked.sh) adds
#
#	peer_conf AUTH MODE [LINE...]	configure and start
#	peer_initiate | peer_rekey_child | peer_rekey_ike | peer_delete_child |
#	peer_delete_ike | peer_children | peer_stop

peer_root() {
	PEER=$1
	ROOT=$BTNS_CACHE/peers/$1
	[ -e "$ROOT/.complete" ] || { not_ok "the root of $1 is there" "scripts/peers.sh $1"; return 1; }
	# its own /etc and /var are the guest's overlay: changes die with the guest
	_package
	mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" &&
		mount -t tmpfs tmpfs "$ROOT/run" && mount -t tmpfs tmpfs "$ROOT/tmp"
}

# which package it is, for the page
_package() {
	local name

	case $PEER in
	strongswan-*) name=charon-systemd ;;
	*) name=${PEER%-*} ;;
	esac
	echo "# peer: $PEER; $(chroot "$ROOT" dpkg-query -W "$name" | tr '\t' ' ')"
}

peer() {
	ip netns exec $B env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		LD_LIBRARY_PATH= ${PEER_ENV:-} chroot "$ROOT" "$@"
}

# peer_daemon COMMAND...: in the background; its pid in $PEER_PID, its log in $TMP/peer.log
peer_daemon() {
	: >> "$TMP/peer.log"
	env ip netns exec $B env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		${PEER_ENV:-} chroot "$ROOT" "$@" >> "$TMP/peer.log" 2>&1 &
	PEER_PID=$!
	_pids+=($PEER_PID)
}

# the daemon has been told to end: what it leaves behind
peer_gone() {
	wait "$PEER_PID" 2> /dev/null
	PEER_PID=
	rm -f "$ROOT/run/charon.vici" "$ROOT/run/pluto/pluto.pid" "$ROOT/run/pluto/pluto.ctl"
	command ip -n $B xfrm state flush
	command ip -n $B xfrm policy flush
}

not_started() {
	not_ok "$PEER: $1: both start" "$(tail -n 20 "$TMP/peer.log" "$TMP/$A/log")"
}

_record() { echo "# cell: $PEER; $1; $2; $3; ${4:-}"; }

cell() {
	local row=$1 column=$2

	shift 2
	if check "$PEER: $row, $column" "$@"; then
		_record "$row" "$column" yes
	else
		_record "$row" "$column" no
		diag "btnsd: $(ctl $A stats | grep -E 'drop|fail|refused' | grep -vw 0)"
		diag "btnsd: $(tail -n 15 "$TMP/$A/log")"
		diag "$PEER: $(tail -n ${LOG_LINES:-25} "$TMP/peer.log")"
		return 1
	fi
}

limit() {
	local row=$1 column=$2 why=$3

	shift 3
	check "$PEER: $row, $column: the peer's limit ($why)" "$@" &&
		_record "$row" "$column" limit "$why"
}

conf() {
	local dir=$TMP/$A

	mkdir -p "$dir"
	cat > "$dir/btns.conf"
	if [ -n "${BTNSD_hosta:-}" ]; then
		stop_btnsd $A
		unset BTNSD_hosta
		rm -f "$dir/control.sas"
		ip netns exec $A btnsctl flush sas > /dev/null 2>&1
		command ip -n $A xfrm state flush
	fi
	start_btnsd $A --config "$dir/btns.conf" --log-level debug && wait_for 20 answers $A
}

reaches() { ip netns exec $A ping -q -c 3 -i 0.2 -W "${2:-5}" "${1:-$B4}"; }

# one Child SA at both ends, and traffic through it
up() {
	wait_for 20 reaches "$@" && [ "$(pairs)" -ge 1 ] && peer_children
}

# asked often: an interpreter that starts fast
pairs() { ctl $A -j sas | jq '.sas | length'; }
down() { [ "$(pairs)" = 0 ] && ! peer_children; }
spi_in() { ctl $A -j sas | jq -r '.sas[0].spi_in'; }
ike_spi() { ask $A '{"command":"ike-sas"}' | jq -r '[.ike_sas[] | select(.state == "established")][0].spi'; }

# changed COMMAND BEFORE: its output is another one now, and not empty
changed() {
	local now

	now=$($1) && [ -n "$now" ] && [ "$now" != null ] && [ "$now" != "$2" ]
}

# A file of openssl: key and certificate of our CA, of both hosts; a secret.
credentials() {
	local d=$TMP/cred h kind=${1:-ec}

	mkdir -p "$d"
	genkey() {
		case $1 in
		ed25519) openssl genpkey -algorithm ed25519 -out "$2" ;;
		ec) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$2" ;;
		rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" ;;
		esac 2> /dev/null
	}
	genkey ec "$d/ca.key" &&
	openssl req -x509 -new -key "$d/ca.key" -subj "/CN=test CA" -days 10 \
		-addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign -out "$d/ca.pem" || return
	for h in $A $B; do
		for kind in ed25519 ec rsa; do
			genkey $kind "$d/$h.$kind.key" &&
			openssl pkey -in "$d/$h.$kind.key" -pubout -out "$d/$h.$kind.pub" &&
			openssl req -new -key "$d/$h.$kind.key" -subj "/CN=$h" |
			openssl x509 -req -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial \
				-days 10 -extfile <(echo "subjectAltName=DNS:$h") \
				-out "$d/$h.$kind.pem" 2> /dev/null || return
		done
	done
	(umask 077; openssl rand -hex 20 | tr -d '\n' > "$d/secret"
	 openssl rand -hex 32 | sed 's/^/0x/' > "$d/ppk")
}
