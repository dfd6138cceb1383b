#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# TCP connections are held to their peer (RFC 5660).
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
agent a $A
agent b $B

# --- in clear
check "a connection in clear opens" open_tcp 1000
expect "RFC5660/63 client in clear is told so" a "err ENODATA" latch
expect "RFC5660/61 server in clear is told so" b "err ENODATA" latch
protect_setup
protect b a
check "SAs appear under it: it lives on" chat
expect "RFC5660/53 a connection that began in clear is not latched later" a "err ENODATA" latch
say a close

# --- under SAs
say b use 0
say b socket tcp4 && say b bind $B4 1001 && say b listen
say a socket tcp4
expect "a connection under SAs opens" a "ok" connect $B4 1001
expect "RFC5660/84 the accepted socket is latched before accept returns" b "ok ESTABLISHED" acceptlatch
expect "RFC5660/42 the client is latched" a "ok state=ESTABLISHED *" latch
ID=$(field id) SERVER_OF_A=$(field peer_fp)
equal "RFC5660/12 size of the struct" "$(field size)" 192
equal "RFC5660/14 address of the peer" "$(field peer)" "$B4:1001"
PORT=$(field local); PORT=${PORT##*:}
say b latch
equal "RFC5660/14 address of the client" "$(field peer)" "$A4:$PORT"
check "RFC5660/10 data passes" chat
equal "no packet was dropped" "$(stat $A in_drop_clear) $(stat $B in_drop_clear)" "0 0"

# --- forged, in clear, with the right sequence numbers
say a seq
read -r _ A_SEQ A_RCV <<< "$R"
rise "RFC5660/11 forged data in clear are dropped and counted" $B in_drop_clear \
	forge_to_b tcp $A4 $PORT $B4 1001 "$A_SEQ" "$A_RCV" PA forged
expect "RFC5660/11 the application does not see them" b "err ETIMEDOUT" recv 300
say b latch
check "the latch counts them too" test "$(field drops_in)" -ge 1
rise "RFC5660/95 a forged RST in clear is dropped" $B in_drop_clear \
	forge_to_b tcp $A4 $PORT $B4 1001 "$A_SEQ" 0 R ""
rise "RFC5660/95 to the client as well" $A in_drop_clear \
	forge_to_a tcp $B4 1001 $A4 $PORT "$A_RCV" 0 R ""
rise "RFC5660/94 a forged SYN in clear does not free the tuple" $B in_drop_clear \
	forge_to_b tcp $A4 $PORT $B4 1001 "$A_SEQ" 0 S ""
rise "RFC5660/95 a forged ICMP error in clear is dropped" $A in_drop_clear \
	forge_to_a icmp $B4 1001 $A4 $PORT "$A_RCV" "$A_SEQ" A ""
check "RFC5660/95 the connection lives on" chat
say a latch
equal "RFC5660/20 it is the same latch" "$(field id)" "$ID"

# --- rekey
protect rekey rekey
check "RFC5660/25 new SAs of the same peer serve the connection" chat
say a latch
equal "RFC5660/25 the latch stays as it is" "$(field id) $(field peer_fp)" "$ID $SERVER_OF_A"

# --- another peer takes the address
protect m a
rise "RFC5660/10 nothing leaves under the SAs of another peer" $A out_drop_peer_mismatch \
	say a send secret
say a latch
check "the latch counts what it held back" test "$(field drops_out)" -ge 1
expect "RFC5660/10 the old peer hears nothing" b "err ETIMEDOUT" recv 300
rise "RFC5660/11 data under the SAs of another peer are dropped" $A in_drop_peer_mismatch \
	say b send hello
protect b a
expect "RFC5660/38 the peer is back: what was held back arrives" b "ok secret" recv 20000
expect "RFC5660/38 in the other direction as well" a "ok hello" recv 20000

# --- RST under another peer's SA
say a seq
read -r _ A_SEQ A_RCV <<< "$R"
protect b m
rise "RFC5660/11 a passive connection drops the other peer's data as well" $B \
	in_drop_peer_mismatch say a send x
protect b a
expect "it comes in the end" b "ok x" recv 20000

# --- other protection
protect weak a
rise "RFC5660/34 another suite does not fit" $A out_drop_protection_mismatch say a send y
protect b a
expect "the agreed one does" b "ok y" recv 20000

# --- no protection
unprotect
rise "RFC5660/56 policies gone: nothing leaves in clear" $A out_drop_clear say a send z
rise "RFC5660/56 from the other end neither" $B out_drop_clear say b send z
protect b a
expect "policies back: it arrives" b "ok z" recv 20000
expect "at the other end as well" a "ok z" recv 20000

# --- the end
say a dup 5
say a close
say a use 5
check "RFC5660/64 a copied descriptor keeps the connection" chat
say a latch
equal "and its latch" "$(field id)" "$ID"
say a close
say b close
say a use 0
say b use 0
say b close
# b closed second: a holds the time-wait socket
no_latch_at_b() { [ "$(latches_in $B)" = 0 ]; }
check "RFC5660/46 the latch goes with the connection" wait_for 20 no_latch_at_b

# --- the same ports again, another peer now
protect m a
say b socket tcp4 && say b bind $B4 1001 && say b listen
say a socket tcp4 && say a bind $A4 "$PORT"
expect "RFC5660/72 the same ports again, now with another peer" a "ok" connect $B4 1001
say b accept
say a latch
check "RFC5660/72 the new connection has a latch of its own" test "$(field id)" != "$ID"
check "RFC5660/72 it shows the peer that is there now" test "$(field peer_fp)" != "$SERVER_OF_A"
check "and works" chat
stop_agents
done_testing
