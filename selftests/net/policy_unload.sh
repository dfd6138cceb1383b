#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module goes with live SAs: what was protected is blocked, never in clear.
# Processors: 2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/sad.sh"

two_hosts
SPD="spd name=way class=clear local=tcp:0.0.0.0/0 remote=tcp:0.0.0.0/0,22
spd name=way2 class=clear local=tcp:0.0.0.0/0,22 remote=tcp:0.0.0.0/0
spd name=way6 class=clear local=tcp:::/0 remote=tcp:::/0,22
spd name=way7 class=clear local=tcp:::/0,22 remote=tcp:::/0
spd name=all class=private btns-ok"
policy $A <<< "$SPD"
policy $B <<< "$SPD"
env ip netns exec $B sh -c "while :; do nc -l -p 22 -N < /dev/null; done" > "$TMP/ssh" 2>/dev/null &
_pids+=($!)
listening() { ip netns exec $B ss -Hltn sport = :22 | grep -q .; }
ssh_works() { wait_for 20 listening || return; : > "$TMP/ssh"; ip netns exec $A sh -c "echo hello | nc -N -w 5 $B4 22"; wait_for 5 grep -q hello "$TMP/ssh"; }
check "the exception in clear works" ssh_works
both $A4 $B4
both $A6 $B6
check "protected, both families" reach $A $B4 $B6
capture wire $W br0 icmp or icmp6
check "the module unloads with live SAs" rmmod btns
refuse "IPv4 is blocked" reach $A $B4
refuse "from the other side too" reach $B $A4
refuse "IPv6 is blocked" reach $A $B6
end_capture wire
equal "no echo in clear" "$(packets wire "icmp or (icmp6 and ip6[40] >= 128 and ip6[40] <= 129)")" 0
equal "no states stay" "$(ip -n $A xfrm state)$(ip -n $B xfrm state)" ""
check "the exception in clear still works" ssh_works
ip -n $A neigh flush dev a0
ip -n $B neigh flush dev b0
ip netns exec $A sh -c "echo | nc -N -w 5 $B6 22"
check "neighbour discovery too" eval "ip -n $A neigh show $B6 | grep -q lladdr"
check "the module comes back" modprobe btns
refuse "still blocked" reach $A $B4
policy $A <<< "$SPD"
policy $B <<< "$SPD"
equal "a configuration ends the blocking" "$(ip -n $A xfrm policy | grep -c 'action block')" 0
both $A4 $B4
check "protected again" reach $A $B4
OLD=$(ip netns exec $A sysctl -n net.core.xfrm_larval_drop)
equal "packets wait for SAs" "$OLD" 0

# --- a namespace dies with live SAs and held packets
both $A6 $B6
background ip netns exec $A ping -n 10.1.0.99 > /dev/null
wait_for 10 eval "nl $A acquires | grep -q 10.1.0.99"
kill "${_pids[-1]}"
check "a namespace with live SAs is deleted" ip netns del $A
check "and made anew" ip netns add $A
equal "without traces" "$(ip -n $A xfrm state)$(ip -n $A xfrm policy)" ""

done_testing
