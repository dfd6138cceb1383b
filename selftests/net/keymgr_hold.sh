#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Acquires and held packets: the first packet is not lost, a silent peer holds nobody up,
# and failures lead to a hold-off.
# Processors: 2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/sad.sh"

two_hosts
B4b=10.1.0.3
address $B b0 $B4b/24
policy $A <<< "spd name=all class=private btns-ok"
policy $B <<< "spd name=all class=private btns-ok"

asked() { nl $A acquires | grep -q "remote-ts={[^}]*start=$1 "; }
acquire() { nl $A acquires | sed -n "s/^ acquire={ id=\([0-9]*\) .*remote-ts={[^}]*start=$1 .*/\1/p"; }
retransmitted() { counter $A TcpRetransSegs; }

# tcp ADDRESS NAME: connect and say something, in the background
tcp() { background ip netns exec $A sh -c "echo hello | nc -N -w 20 $1 7" > "$TMP/$2" 2>&1; }
env ip netns exec $B sh -c "while :; do nc -l -p 7 -N < /dev/null; done" > "$TMP/heard" 2>/dev/null &
_pids+=($!)
listening() { ip netns exec $B ss -Hltn sport = :7 | grep -q .; }
wait_for 20 listening

# --- the first connection
sa $B $B4 $A4 3101 3102
tcp $B4 one
check "a connection asks for SAs" wait_for 10 asked $B4
equal "RFC7296 2.9 the acquire has the flow's port" \
	"$(nl $A acquires | grep -c 'peer-port=7 ')" 1
# what TCP has sent again while it waited is not the question
OLD=$(retransmitted)
sa $A $A4 $B4 3102 3101
check "the connection proceeds" wait_for 10 grep -q hello "$TMP/heard"
equal "without a TCP retransmission" "$(retransmitted)" "$OLD"
equal "the acquire is settled" "$(nl $A acquires)" ""
no_sas

# --- a silent peer at the head of the queue
: > "$TMP/heard"
tcp $B4b silent
check "a peer that stays silent is asked" wait_for 10 asked $B4b
sa $B $B4 $A4 3103 3104
tcp $B4 two
check "so is another one" wait_for 10 asked $B4
sa $A $A4 $B4 3104 3103
check "whose connection proceeds" wait_for 10 grep -q hello "$TMP/heard"
# its retransmissions would be counted below
pkill -f "nc -N -w 20 $B4b"
wait_for 10 eval "! pgrep -f 'nc -N -w 20 $B4b'"
no_sas

# --- connected UDP does not stay in the queue
cat > "$TMP/udp.sh" <<'X'
exec 3<> "/dev/udp/$1/9"
echo first >&3
while [ ! -e "$2" ]; do sleep 0.1; done
echo second >&3
X
env ip netns exec $B nc -u -l -p 9 > "$TMP/udp" 2>/dev/null &
_pids+=($!)
wait_for 20 eval "ip netns exec $B ss -Hlun sport = :9 | grep -q ."
sa $B $B4 $A4 3105 3106
background ip netns exec $A bash "$TMP/udp.sh" $B4 "$TMP/go"
check "a datagram asks for SAs" wait_for 10 asked $B4
sa $A $A4 $B4 3106 3105
check "the held datagram arrives" wait_for 10 grep -q first "$TMP/udp"
touch "$TMP/go"
check "so does the next one of the connected socket" wait_for 10 grep -q second "$TMP/udp"
no_sas

# --- failure: private
# a debug kernel needs longer to look at them
SLOW=${BTNS_SLOW:-1}
ip netns exec $A sysctl -q -w net.btns.holdoff_ms=$((8000 * SLOW)) \
	net.btns.holdoff_clear_ms=$((3000 * SLOW))
nl $A flush holdoffs
background ip netns exec $A ping -i 0.3 -n $B4 > /dev/null
wait_for 10 asked $B4
capture wire $W br0 icmp
check "a failed acquire is reported" nl $A acquire-done id="$(acquire $B4)" error=111
check "class private: hold-off" eval "nl $A holdoffs | grep -q error=111"
equal "no new acquire meanwhile" "$(nl $A acquires | grep -c "start=$B4 ")" 0
check "after it the traffic asks again" wait_for 30 asked $B4
end_capture wire
equal "class private: nothing in clear" "$(packets wire)" 0
kill "${_pids[-2]}" 2>/dev/null
refuse "an acquire that is over is unknown" nl $A acquire-done id=99999 error=111

# --- failure: private-or-clear
: > "$TMP/heard"
policy $A <<< "spd name=all class=private-or-clear btns-ok"
policy $B <<< "spd name=all class=clear"
tcp $B4 clear
wait_for 10 asked $B4
OLD=$(retransmitted)
check "class private-or-clear: a failed acquire" nl $A acquire-done id="$(acquire $B4)" error=110
check "the connection proceeds in clear" wait_for 10 grep -q hello "$TMP/heard"
equal "without a TCP retransmission" "$(retransmitted)" "$OLD"
env ip netns exec $A bash -c "exec 3<> /dev/udp/$B4/9; while :; do echo x >&3; sleep 0.2; done" 2> /dev/null &
_pids+=($!)
check "the hold-off ends" wait_for 20 eval "! nl $A holdoffs | grep -q error=110"
check "and a socket that talked in clear asks again" wait_for 10 asked $B4

# --- SAs under a later hold-off stay protected
no_sas
nl $A flush holdoffs
policy $B <<< "spd name=all class=private btns-ok"
both tcp:$A4 tcp:$B4
reach $A $B4
wait_for 10 asked $B4
nl $A acquire-done id="$(acquire $B4)" error=111
: > "$TMP/heard"
capture wire $W br0 tcp port 7
tcp $B4 four
check "a connection under narrow SAs while the rest of the pair is held off" \
	wait_for 10 grep -q hello "$TMP/heard"
end_capture wire
equal "it is not in clear" "$(packets wire)" 0

# --- nobody fills the memory with hold-offs
no_sas
nl $A flush holdoffs
ip netns exec $A sysctl -q -w net.btns.holdoff_max=8 net.btns.holdoff_clear_ms=60000
ip -n $A route add 239.0.0.0/8 dev a0
ip netns exec $A python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1, 31):
    s.sendto(b"x", ("239.1.0.%d" % i, 9))'
check "packets to many that nobody answers for: the last is held off" \
	wait_for 20 eval "nl $A holdoffs | grep -q start=239.1.0.30"
equal "but not more than holdoff_max are" "$(nl $A holdoffs | grep -c holdoff=)" 8
equal "and the policies of the others are gone" \
	"$(ip -n $A xfrm policy | grep -c "dst 239\.1\.0")" 8

done_testing
