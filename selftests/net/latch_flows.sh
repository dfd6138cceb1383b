#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Unconnected UDP: wishes for each datagram, a latch for each flow; MPTCP's subflows.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
agent a $A
agent b $B
fingerprint() { printf "%b" "$(echo "${_spki[$1]}" | sed 's/../\\x&/g')" | sha256sum | cut -d' ' -f1; }
A_KEY=$(fingerprint a) B_KEY=$(fingerprint b)

# --- a wish for each datagram, no latch
say b socket udp4 && say b bind 0.0.0.0 4000
say b want level=2 "peer=$A_KEY"
say a socket udp4 && say a bind $A4 4001
rise "in clear: does not reach the socket" $B in_drop_unwanted say a sendto $B4 4000 clear
expect "nothing was read" b "err ETIMEDOUT" recvfrom 100
expect "nor does anything leave it in clear" b "err EPERM" sendto $A4 4001 clear
protect_setup
protect b m
rise "another key: does not reach the socket" $B in_drop_unwanted say a sendto $B4 4000 other
protect b a
say a sendto $B4 4000 this
expect "the wanted key: it does" b "ok this from=$A4 port=4001 local=$B4 *" recvfrom 20000
expect "and back" b "ok" sendto $A4 4001 back
expect "arrives" a "ok back *" recvfrom 20000
expect "without flows nobody knows the peer" b "err ENODATA" flow latch $A4 4001 $B4
say a close
say b close

# --- a latch for each flow
say b socket udp4 && say b bind 0.0.0.0 4002
expect "TCP has no flows" a "ok" socket tcp4
expect "TCP has no flows" a "err EINVAL" want flows
say a close
say b want flows
check "no wish" say a socket udp4
say a bind $A4 4003
say a sendto $B4 4002 one
expect "RFC5660/86 a datagram of an unconnected socket" b "ok one from=$A4 port=4003 local=$B4 *" \
	recvfrom 20000
expect "RFC5660/86 the socket tells who sent it" b \
	"ok state=3 flags=0x6f broken=0 len=192 peer_fp=$A_KEY *" flow latch $A4 4003 $B4
expect "and the key" b "ok ${_spki[a]}" flow key $A4 4003 $B4
expect "and a binding" b "ok flags=0 *" flow binding $A4 4003 $B4
expect "a flow that is not" b "err ENODATA" flow latch $A4 4004 $B4
expect "no local address, and bound to none" b "err EINVAL" flow latch $A4 4003
expect "a connected socket has none of these" a "err ENODATA" flow latch $B4 4002
check "an answer" say b sendto $A4 4003 two
expect "arrives" a "ok two *" recvfrom 20000
protect b m
rise "another peer takes over the address: its datagram is dropped" $B \
	in_drop_peer_mismatch say a sendto $B4 4002 three
expect "and not read" b "err ETIMEDOUT" recvfrom 100
expect "BROKEN" b "ok state=4 *broken=1 *" flow latch $A4 4003 $B4
say a close
say a socket udp4 && say a bind $A4 4004
check "another port: another flow" say a sendto $B4 4002 four
expect "is read" b "ok four *" recvfrom 20000
expect "it is of that peer" b "ok *peer_fp=$(fingerprint m) *" flow latch $A4 4004 $B4

# --- idle flows go
ip netns exec $B sysctl -q -w net.btns.flow_idle_ms=300
released() { [ "$(latches_in $B)" = 0 ]; }
if wait_for 20 released; then ok "idle flows are released"; else not_ok "idle flows are released"; fi
check "the next datagram" say a sendto $B4 4002 five
expect "is read" b "ok five *" recvfrom 20000
ip netns exec $B sysctl -q -w net.btns.flow_idle_ms=180000

# --- no room: nothing passes without latch
ip netns exec $B sysctl -q -w net.btns.flow_max=1
say a close
say a socket udp4 && say a bind $A4 4005
rise "no room for another flow: dropped" $B in_drop_unwanted say a sendto $B4 4002 six
say a close
say b close

# --- MPTCP: its subflows are TCP, and are latched
protect_setup
protect b a
say b use 1
say a use 1
say b socket mptcp && say b bind $B4 4010 && say b listen
say a socket mptcp && say a bind $A4 4011
check "MPTCP connects" say a connect $B4 4010
expect "its socket cannot be asked" a "err EOPNOTSUPP" latch
LATCH=$(ip netns exec $A btnsnl latch-get "flow=6,$A4,4011,$B4,4010")
case $LATCH in
*"$B_KEY"*) ok "RFC5660/49 its subflow can, by netlink" ;;
*) not_ok "RFC5660/49 its subflow can, by netlink" "$LATCH" ;;
esac
stop_agents
done_testing
