#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Connected UDP sockets are held to their peer (RFC 5660 section 5).
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

latch_hosts

say a socket udp4
expect "an unconnected socket has no peer" a "err ENOTCONN" latch
say a bind $A4 2001
say b socket udp4 && say b bind $B4 2000 && say b connect $A4 2001
expect "RFC5660/85 connected: bound to one peer address" a "ok" connect $B4 2000
expect "RFC5660/63 nothing was sent: not latched yet" a "err ENODATA" latch
say a send one
expect "RFC5660/85 the first packet out makes the latch" a "ok state=ESTABLISHED *" latch
ID=$(field id) PEER=$(field peer_fp)
expect "it arrives" b "ok one" recv 15000
expect "RFC5660/85 the first packet in makes the other one" b "ok state=ESTABLISHED *" latch
say b send two
expect "and back" a "ok two" recv 15000

rise "RFC5660/11 a forged datagram in clear is dropped" $B in_drop_clear \
	forge_to_b udp $A4 2001 $B4 2000 0 0 - forged
expect "RFC5660/11 the application does not see it" b "err ETIMEDOUT" recv 300
rise "RFC5660/95 a forged ICMP error in clear is dropped" $A in_drop_clear \
	forge_to_a icmp-udp $B4 2000 $A4 2001 0 0 - ""
expect "RFC5660/95 it leaves no error on the socket" a "ok" send three
expect "which works" b "ok three" recv 15000

protect rekey rekey
say a send four
expect "RFC5660/25 rekeyed: it goes on" b "ok four" recv 15000
say a latch
equal "RFC5660/25 under the same latch" "$(field id)" "$ID"

protect m a
expect "RFC5660/10 another peer took the address: sending is refused" a "err EPERM" send five
rise "RFC5660/11 what comes from it is dropped" $A in_drop_peer_mismatch say b send six
expect "and not seen" a "err ETIMEDOUT" recv 300

# RFC5660/85: disconnect releases, connect begins anew
expect "disconnect" a "ok" disconnect
expect "RFC5660/85 a disconnected socket has no latch" a "err ENOTCONN" latch
expect "connect again" a "ok" connect $B4 2000
expect "RFC5660/85 the new connection does not inherit the old latch" a "err ENODATA" latch
expect "sending makes its own" a "ok" send seven
say a latch
check "with a number of its own" test "$(field id)" != "$ID"
check "and the peer that is there now" test "$(field peer_fp)" != "$PEER"

# another socket with the same ports
protect b a
say a close
say a socket udp4 && say a bind $A4 2001 && say a connect $B4 2000
expect "another socket with the same ports sends" a "ok" send eight
say a latch
equal "RFC5660/85 and is latched to the peer that is there now" "$(field peer_fp)" "$PEER"

# an unconnected socket does not get around the latch of a connected one
unprotect
say a use 1
say a socket udp4
expect "an unconnected socket is not held" a "err EDESTADDRREQ" send nine
say a use 0
expect "RFC5660/10 no SAs, no policies: the connected one is" a "err EPERM" send ten
stop_agents
done_testing
