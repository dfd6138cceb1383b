#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Faults under live latches: a reset under a foreign SA, XFRM flushed by others while
# packets flow, a namespace that goes with latches in it.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

latch_hosts

# --- a reset with the right numbers, and a valid SA that is not the peer's
check "a connection" open_tcp 5000
say a latch
ID=$(field id)
protect m a
rise "RFC5660/95 a reset under the SA of another peer is dropped" $A in_drop_peer_mismatch \
	ip netns exec $B ss -K sport = :5000
expect "RFC5660/95 its TCP has not seen it" a "ok 1" state
expect "RFC5660/11 nobody else's data either" a "err ETIMEDOUT" recv 100
say a latch
equal "RFC5660/20 the latch is the same" "$(field id)" "$ID"
say a close
say b close
say b use 0
say b close

# --- others flush XFRM while packets flow
protect b a
check "another connection" open_tcp 5001
capture wire $W br0 tcp port 5001
echo "stream 4000" >&"${_in[a]}"
echo "stream 4000" >&"${_in[b]}"
n=0 end=$((SECONDS + 3))
while [ $SECONDS -lt $end ]; do
	ip -n $A xfrm policy flush
	ip -n $B xfrm policy flush
	ip -n $A xfrm state flush
	ip -n $B xfrm state flush
	protect rekey rekey || break
	n=$((n + 1))
done
for name in a b; do
	read -r -t 60 R <&"${_out[$name]}" || R="err no answer"
	diag "$name: $R"
done
check "SAD and SPD were flushed" test "$n" -ge 1
end_capture wire
equal "RFC5660/56 not one packet of the connection crossed in clear" "$(packets wire)" 0
say a close
say b close
say b use 0
say b close
check "a new connection" open_tcp 5002
check "works" chat
expect "and is latched" a "ok state=ESTABLISHED *" latch

# --- a namespace goes, with latches of TCP and UDP
say a use 1
say a socket udp4 && say a bind $A4 5003 && say a connect $B4 5004
say a send x
check "latches live" test "$(latches_in $A)" -ge 2
kill "$AGENT_a"
wait "$AGENT_a" 2>/dev/null
check "RFC5660/46 their namespace is deleted" ip netns del $A
no_wa() { ! ip -n $W link show wa; }
check "and dies" wait_for 20 no_wa
stop_agents
done_testing
