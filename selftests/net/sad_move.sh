#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SA pairs follow a peer whose NAT gives it another address or port (RFC 7296 2.23), or that
# has gone elsewhere (RFC 4555).
# Processors: 2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/sad.sh"

two_hosts
C4=10.1.0.3			# B's other address
address $B b0 $C4/24
address $A lo 10.9.0.1/32
address $B lo 10.9.0.2/32
ip -n $A route add 10.9.0.2 via $B4 src 10.9.0.1
ip -n $B route add 10.9.0.1 via $A4 src 10.9.0.2
PAD="child=10.9.0.0/24"
for n in $A $B; do
	policy $n <<< "spd name=all class=private btns-ok mode=tunnel local=10.9.0.0/24 remote=10.9.0.0/24"
done
events $A

# move KEY-AT-A KEY-AT-B VALUE: B is elsewhere
move() {
	nl $B sa-move "$ID_B" "$2=$3" > /dev/null && nl $A sa-move "$ID_A" "$1=$3" > /dev/null
}
# refused NAME ERRNO WORD...: at A
refused() {
	local name=$1 errno=$2 out

	shift 2
	out=$(nl $A sa-move "$ID_A" "$@" 2>&1)
	check "$name" grep -q "^btnsnl: $errno: " <<< "$out" || diag "$out"
}
seqs() { tcpdump -n -r "$TMP/wire.pcap" esp 2>/dev/null | sed -n 's/.*> \([^:]*\): ESP(spi=\([^,]*\),seq=\([^)]*\)).*/\2 \3/p'; }

# --- addresses, under load
MODE=tunnel OUTER_L=$A4 OUTER_P=$B4
both 10.9.0.1 10.9.0.2
check "a pair" reach $A 10.9.0.2
capture wire $W br0
env ip netns exec $A ping -n -q -i 0.05 -w 600 10.9.0.2 > "$TMP/ping" &
PING=$!
_pids+=($PING)
for to in $C4 $B4 $C4; do
	check "IKE/66 the pair moves to $to" move outer-peer outer-local $to
	check "echoes come from there" reach $A 10.9.0.2
done
kill -INT $PING
wait $PING
end_capture wire
diag "$(tail -n 2 "$TMP/ping")"
seqs > "$TMP/seqs"
check "most of the echoes came" eval \
	"[ $(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$TMP/ping") -gt $(($(sed -n 's/^\([0-9]*\) packets.*/\1/p' "$TMP/ping") / 2)) ]"
check "both places were in use" [ "$(packets wire "esp and host $C4")" -gt 5 -a "$(packets wire "esp and host $B4")" -gt 5 ]
equal "no sequence number was used twice" "$(sort "$TMP/seqs" | uniq -d | wc -l)" 0
check "and there were many" [ "$(wc -l < "$TMP/seqs")" -gt 20 ]
equal "nothing in clear" "$(packets wire icmp)" 0
check "moves are told" saw $A "event=7.*id=$ID_A |id=$ID_A .*event=7"
equal "one pair is left, two states" "$(nl $A sas | grep -c 'id=') $(ip -n $A xfrm state | grep -c '^src')" "1 2"
check "the pair shows where" eval "nl $A sas | grep -q 'outer-peer=$C4'"
check "to where it is: nothing happens" nl $A sa-move "$ID_A" outer-peer=$C4
six() {
	nl $B sa-move "$ID_B" outer-local=$B6 outer-peer=$A6 > /dev/null &&
		nl $A sa-move "$ID_A" outer-local=$A6 outer-peer=$B6 > /dev/null
}
capture wire $W br0
check "the pair moves to IPv6" six
check "echoes pass in it" reach $A 10.9.0.2
end_capture wire
check "both ways" [ "$(packets wire "ip6 proto 50 and src $A6")" -ge 1 -a "$(packets wire "ip6 proto 50 and dst $A6")" -ge 1 ]
check "rekeyed elsewhere" both 10.9.0.1 10.9.0.2
no_sas

# --- a standby pair moves, and switches then
both 10.9.0.1 10.9.0.2
sa $A 10.9.0.1 10.9.0.2 9001 9002 flags=1
STANDBY=$ID
ME=2 PEER=1 OUTER_L=$B4 OUTER_P=$A4 sa $B 10.9.0.2 10.9.0.1 9002 9001
check "a standby pair moves" nl $A sa-move "$STANDBY" outer-peer=$C4
check "its sender, too" nl $B sa-move "$ID" outer-local=$C4
check "the standby pair switches" nl $A sa-switch id="$STANDBY"
check "and is in use" reach $A 10.9.0.2
ME=1 PEER=2 OUTER_L=$A4 OUTER_P=$B4
no_sas

# --- ports, and addresses with them
for at in "$A $A4 4500" "$B $B4 4500" "$B $B4 4501" "$B $C4 4502"; do
	# shellcheck disable=SC2086
	set -- $at
	background ip netns exec $1 btnsnl encap $2 $3 > "$TMP/encap.$2.$3"
done
check "sockets of ESP in UDP" wait_for 20 eval '[ $(cat "$TMP"/encap.* | grep -c ready) = 4 ]'
both 10.9.0.1 10.9.0.2 encap-sport=4500 encap-dport=4500
check "a pair in UDP" reach $A 10.9.0.2
capture wire $W br0
check "IKE/66 the port changes" move encap-dport encap-sport 4501
check "echoes pass by the new port" reach $A 10.9.0.2
end_capture wire
check "both ways" [ "$(packets wire "udp src port 4501")" -ge 1 -a "$(packets wire "udp dst port 4501")" -ge 1 ]
equal "nothing by the old one" "$(packets wire "udp and host $B4 and not port 4501")" 0
capture wire $W br0
nl $B sa-move "$ID_B" outer-local=$C4 encap-sport=4502 > /dev/null
check "address and port change together" nl $A sa-move "$ID_A" outer-peer=$C4 encap-dport=4502
check "echoes pass there" reach $A 10.9.0.2
end_capture wire
check "both ways" [ "$(packets wire "udp src port 4502 and src $C4")" -ge 1 -a "$(packets wire "udp dst port 4502 and dst $C4")" -ge 1 ]

# --- a NAT is left behind, or met (RFC 4555 section 3.5)
udp() {		# PORT-AT-A PORT-AT-B
	nl $B sa-move "$ID_B" encap-sport=$2 encap-dport=$1 > /dev/null &&
		nl $A sa-move "$ID_A" encap-sport=$1 encap-dport=$2 > /dev/null
}
capture wire $W br0
check "UDP encapsulation ends" udp 0 0
check "echoes pass without" reach $A 10.9.0.2
end_capture wire
check "both ways" [ "$(packets wire "ip proto 50 and src $C4")" -ge 1 -a "$(packets wire "ip proto 50 and dst $C4")" -ge 1 ]
check "and begins" udp 4500 4502
check "echoes pass in it" reach $A 10.9.0.2
equal "one pair is left of these" "$(nl $A sas | grep -c 'id=') $(ip -n $A xfrm state | grep -c '^src')" "1 2"

# --- what cannot be
refused "ends of two families" EINVAL outer-peer=$B6
refused "UDP with one port" EINVAL encap-dport=0
refused "keys" EINVAL encr-in=00
no_sas
ID_A=4711
refused "a pair that is not there" ENOENT outer-peer=$C4
policy $A <<< "spd name=all class=private btns-ok mode=tunnel outer-peer=$B4"
sa $A 10.9.0.1 10.9.0.2 9101 9102
ID_A=$ID
refused "RFC5386/37 where the configuration allows none" EACCES outer-peer=$C4
check "the pair is as it was" eval "nl $A sas | grep -q 'id=$ID_A .*outer-peer=$B4'"
no_sas
PAD=child-any
policy $A <<< "spd name=all class=private btns-ok"
MODE=transport OUTER_L='' OUTER_P=''
sa $A $A4 $B4 9201 9202
ID_A=$ID
refused "in transport mode another address" EOPNOTSUPP outer-peer=$C4
no_sas

done_testing
