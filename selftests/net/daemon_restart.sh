#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon stops, is killed, and comes back under a live connection, without the records
# of its IKE SAs: the connection goes on, nothing is ever in clear, and old SAs are
# replaced make before break.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
capture wire $W wa
chmod 755 "$TMP"
printf '[daemon]\nsession-continuity = no\n' > "$TMP/conf"
options="--config $TMP/conf --log-level debug"
start_btnsd $A $options
start_btnsd $B $options
key=$(doc $A status 'd["self"]["fingerprint"]')
step "a connection talks" talk_start 7000
latch=$(doc $A latches 'd["latches"][0]["id"]')

none_of_before() { [ "$(number $1 to_be_replaced)" = 0 ]; }
lone_pair() { [ "$(doc $1 sas 'len(d["sas"])')" = 1 ]; }

# restart HOST SIGNAL WHAT
restart() {
	local ns=$1 old

	old=$(doc $ns sas '[s["spi_in"] for s in d["sas"]]')
	stop_btnsd $ns $2
	check "$3: its SAs are still there" [ "$(ip -n $ns xfrm state | grep -c '^src')" -ge 2 ]
	check "$3: the connection goes on without it" talks
	step "$3: it starts again" again $ns $options
	check "$3: the connection goes on" talks
	check "$3: SAs of before are replaced" wait_for 60 none_of_before $ns
	check "$3: one pair is left" wait_for 30 lone_pair $ns
	check "$3: the pair is a new one" [ "$(doc $ns sas '[s["spi_in"] for s in d["sas"]]')" != "$old" ]
	check "$3: the peer has dropped its old pair, too" wait_for 60 lone_pair "$4"
	check "$3: the connection goes on over it" talks
}
restart $A TERM "stop at the initiator" $B
equal "the key has stayed (RFC5386/23)" "$(doc $A status 'd["self"]["fingerprint"]')" "$key"
restart $B KILL "kill at the responder" $A
equal "it is still the same latch" "$(doc $A latches 'd["latches"][0]["id"]')" "$latch"
equal "which never broke" "$(doc $A latches 'd["latches"][0]["state"]')" established

# --- both at once, and a peer that stays away ---------------------------------------------
stop_btnsd $A KILL
stop_btnsd $B KILL
check "both killed: the connection goes on" talks
step "one of them is back" again $A $options
check "its peer stays away: the connection goes on" talks
check "and the old pair with it" [ "$(doc $A sas 'len(d["sas"]) >= 1')" = True ]
step "the other one is back" again $B $options
check "both replace each other's SAs" wait_for 60 none_of_before $A
check "the connection goes on" talks

# --- a new connection while nobody answers: it waits, not a word in clear -----------------
stop_btnsd $A KILL
ctl $A flush sas > /dev/null
ip netns exec $A timeout 5 socat -u - TCP:$B4:7009 <<< "plain words" 2> /dev/null
end_capture wire
check "nothing was ever in clear" only_protected wire
done_testing
