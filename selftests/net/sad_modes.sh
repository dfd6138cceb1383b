#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Modes, families and UDP encapsulation: nothing but ESP crosses the wire.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/sad.sh"

two_hosts
# addresses inside: 10.9.0.x, fd09::x
address $A lo 10.9.0.1/32 fd09::1/128
address $B lo 10.9.0.2/32 fd09::2/128
ip -n $A route add 10.9.0.2 via $B4 src 10.9.0.1
ip -n $B route add 10.9.0.1 via $A4 src 10.9.0.2
ip -n $A route add fd09::2 via $B6 src fd09::1
ip -n $B route add fd09::1 via $A6 src fd09::2

for n in $A $B; do
	background ip netns exec $n btnsnl encap "$([ $n = $A ] && echo $A4 || echo $B4)" > "$TMP/$n.encap"
	background ip netns exec $n btnsnl encap "$([ $n = $A ] && echo $A6 || echo $B6)" > "$TMP/$n.encap6"
done
check "sockets of ESP in UDP" wait_for 20 eval \
	'[ $(cat "$TMP"/*.encap "$TMP"/*.encap6 | grep -c ready) = 4 ]'

# spd MODE [PEER-OF-A PEER-OF-B [ADDRESS-OF-A ADDRESS-OF-B]]
spd() {
	policy $A <<< "spd name=all class=private btns-ok mode=$1 ${2:+outer-peer=$2} ${4:+local=$4 remote=$5}" &&
	policy $B <<< "spd name=all class=private btns-ok mode=$1 ${3:+outer-peer=$3} ${4:+local=$5 remote=$4}" ||
		not_ok "policy: $*"
}

# seen NAME FILTER: the echoes just sent crossed as that, nothing else did
seen() {
	end_capture wire
	check "$1: protected on the wire" test "$(packets wire "$2")" -ge 2
	equal "$1: nothing in clear" "$(packets wire "icmp or (icmp6 and ip6[40] >= 128 and ip6[40] <= 129)")" 0
}

# try NAME LOCAL REMOTE FILTER [WORD...]
try() {
	local name=$1 l=$2 r=$3 filter=$4

	shift 4
	capture wire $W br0
	check "$name: SAs are installed" both "$l" "$r" "$@" || return
	check "$name: echoes come back" reach $A "${r%%/*}"
	check "$name: the other way too" reach $B "${l%%/*}"
	seen "$name" "$filter"
	no_sas
}

ENCAP="encap-sport=4500 encap-dport=4500"

spd transport
MODE=transport
try "transport, IPv4" $A4 $B4 esp
try "transport, IPv6" $A6 $B6 esp
try "transport, IPv4, UDP" $A4 $B4 "udp port 4500" $ENCAP
try "transport, IPv6, UDP" $A6 $B6 "udp port 4500" $ENCAP

MODE=tunnel OUTER_L=$A4 OUTER_P=$B4
spd tunnel $B4 $A4
try "tunnel, IPv4 in IPv4" 10.9.0.1 10.9.0.2 esp
try "tunnel, IPv6 in IPv4" fd09::1 fd09::2 esp
refuse "RFC5386/36 behind a NAT, a private address needs a range of the PAD" \
	both 10.9.0.1 10.9.0.2 $ENCAP
no_sas
PAD="child=10.9.0.0/24"
spd tunnel $B4 $A4
try "tunnel, IPv4 in IPv4, UDP" 10.9.0.1 10.9.0.2 "udp port 4500" $ENCAP
both 10.9.0.1 10.9.0.2 $ENCAP || not_ok "SAs of a peer behind a NAT"
PEER=3
refuse "RFC5386/36 its address is not given to another key" \
	sa $A 10.9.0.1 10.9.0.2 7001 7002 $ENCAP
PEER=2
check "a rekey of its own is not refused" sa $A 10.9.0.1 10.9.0.2 7003 7004 $ENCAP
no_sas
PEER=3
check "RFC5386/36 until it has no SA" sa $A 10.9.0.1 10.9.0.2 7005 7006 $ENCAP
PEER=2
no_sas
PAD=child-any
MODE=beet
spd beet $B4 $A4 10.9.0.1 10.9.0.2
try "BEET, IPv4 in IPv4" 10.9.0.1 10.9.0.2 esp
spd beet $B4 $A4 fd09::1 fd09::2
try "BEET, IPv6 in IPv4" fd09::1 fd09::2 esp

MODE=tunnel OUTER_L=$A6 OUTER_P=$B6
spd tunnel $B6 $A6
try "tunnel, IPv6 in IPv6" fd09::1 fd09::2 esp
try "tunnel, IPv4 in IPv6" 10.9.0.1 10.9.0.2 esp
MODE=beet
spd beet $B6 $A6 10.9.0.1 10.9.0.2
try "BEET, IPv4 in IPv6" 10.9.0.1 10.9.0.2 esp
PAD="child=fd09::/64"
spd beet $B6 $A6 fd09::1 fd09::2
try "BEET, IPv6 in IPv6, UDP" fd09::1 fd09::2 "udp port 4500" $ENCAP

done_testing
