#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long does the first connect() to a host take that nobody has met?
#
#	$A --- wire, 100 ms each way --- $B
#
# Counted in round trips: IKE needs two, TCP one.  Never a TCP retransmission.
# Then the same without delay, beside strongSwan's trap policy on the same wire.
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/lib.sh"

ROUNDS=${ROUNDS:-5}
PORT=7000

two_hosts
delay 100
rtt=$(ip netns exec $A ping -q -c 5 -i 0.3 $B4 | sed -n 's|^rtt [^=]*= [^/]*/\([0-9.]*\)/.*|\1|p')
check "the wire has a round-trip time of about 200 ms ($rtt ms)" \
	holds "$rtt >= 200 && $rtt < 260"

# measure NAME ROUNDS FORGET...: a list of times in $times, one first contact each
measure() {
	local name=$1 n=$2 i ms

	shift 2
	times=()
	for ((i = 0; i <= n; i++)); do
		"$@" > /dev/null 2>&1 || { diag "cannot forget: $*"; return 1; }
		ms=$(connect_ms $A $B4 $PORT) || return
		[ -n "$ms" ] || return
		# the first one loads modules
		[ $i = 0 ] || times+=("$ms")
	done
	diag "$name: ${times[*]} ms"
}

# warm NAME [ROUNDS]: connections that need no new SA
warm() {
	local i

	times=()
	for ((i = 0; i < ${2:-$ROUNDS}; i++)); do
		times+=("$(connect_ms $A $B4 $PORT)")
	done
	diag "$1: ${times[*]} ms"
}

no_delay() {
	ip netns exec $W tc qdisc del dev wa root
	ip netns exec $W tc qdisc del dev wb root
}

btns_forget() { ctl $A flush all && ctl $B flush all; }

listener $B $PORT
warm "without IPsec, 200 ms"
clear=$(median "${times[@]}")

start_btnsd $A
start_btnsd $B
try "first contacts succeed" measure "BTNS, 200 ms" $ROUNDS btns_forget
before=$(counter $A TcpRetransSegs)
try "first contacts succeed again" measure "BTNS, 200 ms" $ROUNDS btns_forget
after=$(counter $A TcpRetransSegs)
first=$(median "${times[@]}")
trips=$(calc "$first / $rtt")
bench first_contact_200ms "$trips" "round trips" "<= 3.5"
bench connect_in_clear_200ms "$(calc "$clear / $rtt")" "round trips"
bench first_contact_retransmissions "$((after - before))" \
	"TCP segments in $((ROUNDS + 1)) contacts" "<= 0"

no_delay
stop BTNSD
# the cipher of the other
cat > "$TMP/suite.conf" <<CONF
[pad anybody]
match = any

[policy everything]
class = private
btns = yes
suites = chacha20poly1305
CONF
start_btnsd $A --config "$TMP/suite.conf"
start_btnsd $B --config "$TMP/suite.conf"
try "first contacts without delay succeed" measure "BTNS" $ROUNDS btns_forget
btns=$(median "${times[@]}")
suite=$(ctl $A -j sas | sed -n 's/.*"suite": "\([^"]*\)".*/\1/p' | head -n 1)
warm "BTNS, later connections" 15
btns_warm=$(median "${times[@]}")
stop BTNSD
modprobe -r btns
# what the module leaves: nothing in clear
no_xfrm
try "strongSwan's trap policies are there" strongswan
before=$(counter $A TcpRetransSegs)
try "first contacts by strongSwan succeed" measure strongSwan $ROUNDS swan_forget
after=$(counter $A TcpRetransSegs)
swan=$(median "${times[@]}")
warm "strongSwan, later connections" 15
swan_warm=$(median "${times[@]}")
bench first_contact "$btns" "ms ($suite)"
bench first_contact_strongswan "$swan" ms
bench first_contact_ratio "$(calc "$btns / $swan")" "of strongSwan" "< 1"
bench first_contact_strongswan_retransmissions "$((after - before))" "TCP segments in $((ROUNDS + 1)) contacts"
bench later_connection "$btns_warm" ms
bench later_connection_strongswan "$swan_warm" ms
stop SWAN
no_xfrm
done_testing
