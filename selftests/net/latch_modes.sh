#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Latches under tunnel and BEET mode; the mode is part of the latch.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

#	$A 10.9.0.1 ==== tunnel 10.1.0.1 - 10.1.0.2 ==== 10.9.0.2 $B
IA=10.9.0.1 IB=10.9.0.2
two_hosts
ip -n $A addr add $IA/32 dev lo
ip -n $B addr add $IB/32 dev lo
ip -n $A route add $IB via $B4 src $IA
ip -n $B route add $IA via $A4 src $IB

# mode NAME SPI: configuration and SAs of that mode on both hosts
mode() {
	local outer_a="" outer_b="" in_a=$IA in_b=$IB

	if [ "$1" != transport ]; then
		outer_a="outer-local=$A4 outer-peer=$B4" outer_b="outer-local=$B4 outer-peer=$A4"
		in_a=$A4 in_b=$B4
	fi
	cat > "$TMP/a.conf" <<-E
		pad name=any match=any child-any
		spd name=all class=private btns-ok local=$IA/32 remote=$IB/32 mode=$1 $outer_a
	E
	cat > "$TMP/b.conf" <<-E
		pad name=any match=any child-any
		spd name=all class=private btns-ok local=$IB/32 remote=$IA/32 mode=$1 $outer_b
	E
	ip netns exec $A btnsnl config "$TMP/a.conf" &&
	ip netns exec $B btnsnl config "$TMP/b.conf" &&
	sa "$A" $IA $IB "$in_a" "$in_b" "$1" a b "$2" $(($2 + 1)) &&
	sa "$B" $IB $IA "$in_b" "$in_a" "$1" b a $(($2 + 1)) "$2"
}

sa() {
	ip netns exec "$1" btnsnl sa-new spd=all "local-ts=$2" "remote-ts=$3" "mode=$6" \
		"suite=$SUITE" "outer-local=$4" "outer-peer=$5" "spi-in=$9" "spi-out=${10}" \
		"encr-in=$(_key $KEY_LEN "$9")" "encr-out=$(_key $KEY_LEN "${10}")" \
		peer.type=11 peer.data=01 "peer.spki=${_spki[$8]}" peer.method=14 \
		local.type=11 local.data=01 "local.spki=${_spki[$7]}" local.method=14
}

agent a $A
agent b $B
check "tunnel mode" mode tunnel 8000
check "a connection through the tunnel opens" open_tcp 6000 tcp4 $IB
expect "RFC5660/84 the server is latched" b "ok state=ESTABLISHED mode=1 *" latch
expect "RFC5660/4 the client is latched to tunnel mode" a "ok state=ESTABLISHED mode=1 *" latch
equal "RFC5660/15 inner address" "$(field peer)" "$IB:6000"
equal "RFC5660/15 outer address" "$(field outer_peer)" "$B4"
equal "RFC5660/15 own outer address" "$(field outer_local)" "$A4"
PORT=$(field local)
PORT=${PORT##*:}
check "data pass" chat
say a seq
read -r _ A_SEQ A_RCV <<< "$R"
rise "RFC5660/11 forged data outside of the tunnel are dropped" $B in_drop_clear \
	forge_to_b tcp $IA "$PORT" $IB 6000 "$A_SEQ" "$A_RCV" PA forged
check "transport mode now" mode transport 8010
rise "RFC5660/4 another mode does not fit" $A out_drop_protection_mismatch say a send held
check "tunnel mode again" mode tunnel 8020
expect "RFC5660/38 it arrives" b "ok held" recv 30000
say b close
say a close

check "BEET mode" mode beet 8030
say b use 0
say b close
check "a connection in BEET mode opens" open_tcp 6001 tcp4 $IB
expect "RFC5660/4 the client is latched to BEET mode" a "ok state=ESTABLISHED mode=4 *" latch
expect "the server as well" b "ok state=ESTABLISHED mode=4 *" latch
check "data pass" chat
stop_agents
done_testing
