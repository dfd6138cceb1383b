#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Latches of IPv6 and v4-mapped sockets.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

latch_hosts

check "an IPv6 connection opens" open_tcp 3000 tcp6 $B6
expect "RFC5660/84 the server is latched" b "ok state=ESTABLISHED *" latch
expect "RFC5660/84 the client is latched" a "ok state=ESTABLISHED *" latch
ID=$(field id) PORT=$(field local)
PORT=${PORT##*:}
expect "SOL_IPV6 answers as well" a "ok state=ESTABLISHED *" latch 41
equal "with the same latch" "$(field id)" "$ID"
equal "RFC5660/14 and its addresses" "$(field peer)" "$B6:3000"
check "data passes" chat
say a seq
read -r _ A_SEQ A_RCV <<< "$R"
rise "RFC5660/11 forged data in clear are dropped" $B in_drop_clear \
	forge_to_b tcp $A6 $PORT $B6 3000 "$A_SEQ" "$A_RCV" PA forged
rise "RFC5660/95 a forged RST in clear is dropped" $B in_drop_clear \
	forge_to_b tcp $A6 $PORT $B6 3000 "$A_SEQ" 0 R ""
check "the connection lives on" chat
protect m a
rise "RFC5660/10 another peer took the address: nothing leaves" $A out_drop_peer_mismatch \
	say a send held
protect b a
expect "RFC5660/38 the peer is back: it arrives" b "ok held" recv 20000
say a close

say b use 0
say b close
check "a v4-mapped connection opens" open_tcp 3001 tcp6 $B4 ::
expect "the server is latched" b "ok state=ESTABLISHED *" latch
equal "RFC5660/14 with IPv4 addresses" "$(field local)" "$B4:3001"
expect "SOL_IPV6 answers as well" b "ok state=ESTABLISHED *" latch 41
expect "the client is latched" a "ok state=ESTABLISHED *" latch
check "data passes" chat
say a close

say b use 3
say b socket udp6 && say b bind $B6 3002 && say b connect $A6 3003
say a socket udp6 && say a bind $A6 3003 && say a connect $B6 3002
say a send datagram
expect "an IPv6 datagram arrives" b "ok datagram" recv 15000
expect "RFC5660/85 its sender is latched" a "ok state=ESTABLISHED *" latch
expect "RFC5660/85 its receiver is latched" b "ok state=ESTABLISHED *" latch
rise "RFC5660/11 a forged datagram in clear is dropped" $B in_drop_clear \
	forge_to_b udp $A6 3003 $B6 3002 0 0 - forged

# --- IPv6 fragments are put together behind the hooks; no policy keeps them off now
# fragments KIND SPORT DPORT TEXT
fragments() {
	ip netns exec $W python3 "$TOP/selftests/lib/forge6.py" wb "$(mac $A a0)" \
		"$(mac $B b0)" $A6 "$2" $B6 "$3" "$1" "$4"
}

unprotect
say b use 4
say b socket udp6 && say b bind $B6 3010
fragments plain 3011 3010 loose
expect "a datagram in fragments arrives where there is no latch" b "ok loose" recv 15000
say b use 3
rise "RFC5660/11 forged fragments in clear are dropped" $B in_drop_clear \
	fragments plain 3003 3002 forged
rise "RFC5660/11 so are fragments that hide their ports" $B in_drop_incomplete \
	fragments hidden 3003 3002 forged
expect "RFC5660/11 nothing of them arrives" b "err ETIMEDOUT" recv 3000
stop_agents
done_testing
