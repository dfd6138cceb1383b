#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SCTP associations are held to their peer, a latch for each pair of addresses.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
modprobe sctp || exit 4
for n in $A $B; do
	ip netns exec $n sysctl -q net.sctp.addip_enable=1 net.sctp.addip_noauth_enable=1 \
		net.sctp.rto_initial=200 net.sctp.rto_min=100 net.sctp.rto_max=400 \
		net.sctp.hb_interval=300 net.sctp.association_max_retrans=30000 \
		net.sctp.path_max_retrans=2
done
agent a $A
agent b $B

latches_are() { [ "$(latches_in $A) $(latches_in $B)" = "$1 $2" ]; }
path_is() { say a sctp path "$1" "$PORT" && [ "$R" = "ok $2" ]; }

# listen_multi PORT: slot 0 of b, both families
listen_multi() {
	say b use 0 && say b socket sctp6 && say b bind $B6 "$1" &&
	say b sctp add $B4 "$1" && say b listen
}

# --- in clear
check "an association in clear opens" open_tcp 5000 sctp4
expect "client in clear is told so" a "err ENODATA" latch
expect "server in clear is told so" b "err ENODATA" latch
protect_setup
protect b a
check "SAs appear under it: it lives on" chat
expect "RFC5660/53 an association that began in clear is not latched later" a "err ENODATA" latch
say a close
say b close

# --- both have two addresses
PORT=5001
check "a listener with two addresses" listen_multi $PORT
say a socket sctp6 && say a bind $A6 5101 && say a sctp add $A4 5101
expect "an association under SAs opens" a "ok" connect $B4 $PORT
expect "RFC5660/87 the accepted socket is latched before accept returns" b "ok ESTABLISHED" acceptlatch
expect "RFC5660/42 the client is latched" a "ok state=ESTABLISHED *" latch
ID=$(field id)
equal "RFC5660/14 the latch is that of the primary path" "$(field peer)" "$B4:$PORT"
check "data passes" chat
check "RFC5660/87 a latch for each pair" wait_for 10 latches_are 2 2
expect "RFC5660/87 the other pair's is found by its addresses" a "ok state=3 *" flow latch $B6 $PORT $A6
SERVER=$(field peer_fp)
expect "with the same peer" a "ok * peer_fp=$SERVER *" flow latch $B4 $PORT $A4
expect "no such pair" a "err ENODATA" flow latch $B4 5999 $A4
check "the other path is active" wait_for 10 path_is $B6 ACTIVE

# --- one path falls
check "RFC5660/91 one pair is closed" ip netns exec $A btnsctl latch break "$ID"
check "RFC5660/90 its path is given up" wait_for 20 path_is $B4 INACTIVE
check "RFC5660/90 the association lives on by the other" chat
say a close
say b close
check "RFC5660/64 closed: no latch is left" wait_for 20 latches_are 0 0

# --- one address each; then others come and go
PORT=5002
listen_multi $PORT
say a socket sctp6 && say a bind $A4 5102
expect "an association of one pair" a "ok" connect $B4 $PORT
expect "latched" b "ok ESTABLISHED" acceptlatch
equal "RFC5660/87 one pair, one latch" "$(latches_in $A) $(latches_in $B)" "1 1"
expect "ASCONF: an address is added" a "ok" sctp add $A6 5102
check "RFC5660/87 its pair gets a latch at both ends" wait_for 10 latches_are 2 2
check "its path is active" wait_for 10 path_is $B6 ACTIVE

# --- a third host claims the address, in clear
ip netns exec $W sysctl -q net.ipv4.conf.all.arp_ignore=1
ip -n $W addr add 10.1.0.9/24 dev br0
ip -n $W addr add $A4/32 dev lo
agent m $W
say m socket sctp4 && say m bind 10.1.0.9 5102 && say m sctp add $A4 5102
rise "RFC5660/11 an INIT in clear that names a latched address of the peer is dropped" $B \
	in_drop_clear say m start $B4 $PORT
say m close
check "the association goes on" chat

# --- an address goes; not the IPv4 one: Linux takes that for a broadcast address when the
# chunk comes over IPv6, and over IPv4 the chunk would come from what it deletes
expect "ASCONF: an address is deleted" a "ok" sctp del $A6 5102
check "RFC5660/87 the latch of its pair goes" wait_for 20 latches_are 1 1
check "the association goes on with the other" chat
expect "RFC5660/87 with its latch" a "ok state=ESTABLISHED * peer=$B4:$PORT *" latch

# --- no protection
unprotect
rise "RFC5660/10 policies gone: nothing leaves in clear" $A out_drop_clear say a send held
rise "RFC5660/10 from the other end neither" $B out_drop_clear say b send held
protect m a
rise "RFC5660/10 nothing leaves under the SAs of another peer" $A out_drop_peer_mismatch \
	say a send secret
expect "the peer hears nothing" b "err ETIMEDOUT" recv 300
protect b a
expect "RFC5660/38 the peer is back: what was held back arrives" b "ok held" recv 20000
expect "RFC5660/38 in the other direction as well" a "ok held" recv 20000

say a close
say b close
check "no latch is left" wait_for 20 latches_are 0 0

# --- two threads on every option of an association while it talks
check "an association" open_tcp 5006 sctp4
echo "stream 1000" >&"${_in[b]}"
echo "race 1000 $B4 5006" >&"${_in[a]}"
for name in b a; do
	read -r -t 60 R <&"${_out[$name]}" || R="err no answer"
	diag "$name: $R"
done
equal "every option was answered meanwhile" "$(field good)" 0x100ff
say a close
say b close

# --- reaction
breaks_do $A 1
say b use 0
check "a single path" open_tcp 5003 sctp4
protect m a
expect "RFC5660/90 the only path breaks: as if it had been reset" a "err ECONNABORTED" recv 10000
protect b a
breaks_do $A 0
say a close
say b close

# --- failover
PORT=5010
check "two addresses each" listen_multi $PORT
say a socket sctp6 && say a bind $A6 5110 && say a sctp add $A4 5110
expect "RFC5660/88 failover is chosen" a "ok" want reaction=2
expect "connected" a "ok" connect $B4 $PORT
expect "accepted" b "ok ESTABLISHED" acceptlatch
check "the other path is active" wait_for 10 path_is $B6 ACTIVE
expect "RFC5660/88 the latch knows" a "ok *reaction=2 *" latch
ID=$(field id)
primary_is() { say a sctp primary && [ "$R" = "ok $1" ]; }
check "over the first address" primary_is $B4
check "its latch is closed" ip netns exec $A btnsctl latch break "$ID"
check "RFC5660/88 the other address is primary at once" wait_for 5 primary_is $B6
check "data goes on" chat
say a close
say b close

# --- one-to-many
PORT=5004
say b use 0
say b socket sctpm4 && say b bind $B4 $PORT && say b listen
say a socket sctp4 && say a bind $A4 5104
expect "to a one-to-many socket" a "ok" connect $B4 $PORT
say a send hello
expect "data" b "ok hello" recv 10000
expect "RFC5660/12 such a socket has no latch of its own" b "err EOPNOTSUPP" latch
expect "RFC5660/12 but is told of each pair" b "ok state=3 *" flow latch $A4 5104
expect "peel-off" b "ok" sctp peeloff
expect "RFC5660/87 the latch stays with the association" b "ok state=ESTABLISHED *" latch
say b use 0
expect "the socket that it left is not told any more" b "err ENODATA" flow latch $A4 5104
say b close
say a close
check "all closed: no latch is left" wait_for 20 latches_are 0 0

# --- wishes
FP=$(printf '%064d' 7)
say b socket sctp4 && say b bind $B4 5005 && say b listen
say a socket sctp4
expect "another peer is wanted" a "ok" want peer="$FP"
say a start $B4 5005
expect "RFC5660/45 RFC5660/62 connect fails, and says why" a "err EKEYREJECTED" finish
say a socket sctp4
say a want peer="$SERVER"
expect "RFC5660/62 this peer is" a "ok" connect $B4 5005
expect "accepted" b "ok ESTABLISHED" acceptlatch
say a close
say b close
say b use 0
say b socket sctp4 && say b bind $B4 5006
expect "RFC5660/60 the listener wants another client" b "ok" want peer="$FP"
say b listen
say a socket sctp4
rise "RFC5660/61 no INIT ACK leaves" $B out_drop_unwanted say a start $B4 5006
expect "no association" b "err ETIMEDOUT" accept 300
stop_agents
done_testing
