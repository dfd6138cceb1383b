#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No memory, at every allocation of requests over netlink: refused as a whole, or done.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"
. "$(dirname "$0")/../lib/fault.sh"

failing_setup
two_hosts
capture wire $W br0 tcp or udp

# --- PAD and SPD
cat > "$TMP/walk.conf" <<E2
pad name=any match=any child-any
spd name=all class=private btns-ok suite=$SUITE
spd name=fallback class=private-or-clear btns-ok remote=10.9.0.0/16
E2
flush() { ip netns exec $A btnsnl flush config > /dev/null; }
policies() { ip -n $A xfrm policy | grep -c '^src'; }
# neighbour discovery stays open until the module goes
flush && ip netns exec $A btnsnl config "$TMP/walk.conf" > /dev/null && flush
EMPTY=$(policies)
walk_nl "a configuration" $A config config "$TMP/walk.conf"
equal "leaves no policy behind" "$(policies)" "$EMPTY"

# --- SAs and latches
protect_setup
PAIR="sa-new spd=all local-ts=10.1.0.1 remote-ts=10.1.0.77 mode=transport suite=$SUITE
	outer-local=10.1.0.1 outer-peer=10.1.0.77 spi-in=70001 spi-out=70002
	encr-in=$(_key $KEY_LEN 1) encr-out=$(_key $KEY_LEN 2)
	peer.type=11 peer.data=07 peer.spki=${_spki[m]} peer.method=14
	local.type=11 local.data=01 local.spki=${_spki[a]} local.method=14"
# shellcheck disable=SC2086
walk_nl "an SA pair" $A sas $PAIR
equal "no state is left" "$(ip -n $A xfrm state | grep -c '^src')" 0

protect b a
agent a $A
agent b $B
check "a connection" open_tcp 4000
for what in latches sas identities; do
	walk_nl "a dump of $what" $A - $what
done
say a latch
walk_nl "a latch is asked for" $A - latch-get "id=$(field id)"
prepare_nl() {
	say a use 1
	say b use 0
	say a socket tcp4 && say a connect $B4 4000 && say b accept && say a latch || return
	W=(latch-break "id=$(field id)")
}
unprepare_nl() { say b close; say a close; say b use 1; say a use 0; }
walk_prepared "a latch is broken" $A
walk_nl "hold-offs are flushed" $A - flush holdoffs
check "all in all many allocations failed" test $WALKED -ge 100
check "the connection goes on" chat
step "a rekey works" protect rekey rekey
check "and the connection goes on" chat
end_capture wire
equal "RFC5660/56 not one packet in clear" "$(packets wire)" 0
stop_agents
done_testing
