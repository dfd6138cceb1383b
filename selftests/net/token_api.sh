#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The working group's C API (ipsec_api(3)) over real connections, by the examples: demands
# before connect(), tokens, alerts, datagrams.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
agent a $A
agent b $B
# "SHA256:..." of a peer's key
key() {
	printf 'SHA256:%s' "$(printf "%b" "$(printf "%b" "$(sed 's/../\\x&/g' <<< "${_spki[$1]}")" |
		sha256sum | cut -c1-64 | sed 's/../\\x&/g')" | base64 -w 0 | tr -d =)"
}
says() { grep -qF -- "$2" "$TMP/$1"; }
# told NAME FILE TEXT
told() {
	if wait_for 20 says "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "'$3' is not in $2: $(cat "$TMP/$2")"
	fi
}
# client KEY...: example-tcp to B, in the background
client() {
	ip netns exec $A timeout 300 example-tcp $B4 5000 "$@" > "$TMP/tcp" 2>&1 &
	_client=$!
	_pids+=($_client)
}
# fails NAME TEXT KEY...: connect() does
fails() {
	local name=$1 text=$2

	shift 2
	client "$@"
	if wait $_client; then
		not_ok "$name" "$(cat "$TMP/tcp")"
	else
		told "$name" tcp "$text"
	fi
}
leaves() { ! kill -0 $_client 2>/dev/null; }

# --- TCP: a template before connect()
say b socket tcp4 && say b bind $B4 5000 && say b listen
fails "RFC5660/16 RFC5660/62 in clear: refused" "connect: Permission denied"
protect_setup
protect b a
fails "RFC5660/62 another key: refused" "connect: Key was rejected" "$(key m)"
client "$(key b)"
check "RFC5660/62 the wanted key: it connects" say b accept
told "RFC5660/50 the pToken names the peer" tcp "$(key b)"
told "and how it is protected" tcp "ESP transport mode, aes-gcm-16-256"
told "a binding by its name" tcp "binding ipsec-end-point-v1:"
say b binding 1
equal "is the one that the other end has" \
	"$(sed -n 's/^binding ipsec-end-point-v1://p' "$TMP/tcp")" "${R: -64}"
check "data" say b send one
told "pass" tcp "received one"

# --- alerts
protect m a
told "RFC5660/37 RFC5660/88 it is told of the break" tcp "alert: broken, reason: another peer"
protect b a
told "RFC5660/50 and of its end" tcp "alert: established"
check "data" say b send two
told "RFC5660/68 pass again" tcp "received two"
say b close
if wait_for 20 leaves && wait $_client; then ok "it ends well"; else not_ok "it ends well"; fi

# --- UDP: a token for each datagram
ip netns exec $B timeout 300 example-udp 5001 > "$TMP/udp" 2>&1 &
_pids+=($!)
bound() { ip netns exec $B ss -Hlun | grep -q :5001; }
wait_for 20 bound
say a use 1
say a socket udp4 && say a bind $A4 5002
check "RFC5660/86 a datagram" say a sendto $B4 5001 three
told "has a token that names its sender" udp "three from $(key a)"
expect "RFC5660/86 who gets the answer" a "ok $(key a) *" recvfrom 20000
protect b m
say a close
say a socket udp4 && say a bind $A4 5003
check "another sender" say a sendto $B4 5001 four
told "has another" udp "four from $(key m)"
stop_agents
done_testing
