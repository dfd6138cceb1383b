#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Figures 2 to 7 of RFC 5386 section 3, all rows, rogues included.
#
#	[A]---[SG-A]...[Q] [R]...[SG-B]---[B]
#	          [C]...........[D]
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/config.sh"

A=192.0.2.1 SGA=192.0.2.1 Q=198.51.100.7 R=198.51.100.8 SGB=198.51.100.20 BNET=203.0.113.0/24
B=203.0.113.5 C=198.51.100.30 D=198.51.100.99

IS_B=$(signer 1 sg-b.example) IS_Q=$(signer 2 q.example) IS_A=$(signer 3 a.example)
IS_C=$(signer 4 c.example) IS_D=$(signer 5 d.example) ROGUE=$(signer 9 rogue.example)

# from LOCAL PEER [MODE]: selectors and ends of hosts, transport mode
from() { echo "local-ts=$1 remote-ts=$2 outer-local=$1 outer-peer=$2 mode=${3:-transport}"; }

# sa SPD LOCAL PEER PORT-OF-PEER WORDS...: an SA pair of that peer
sa() {
	local spd=$(spd $1) local=$2 peer=$3 port=$4

	shift 4
	# shellcheck disable=SC2048,SC2086
	nl sa-new spd=$spd local-ts=$local remote-ts=$peer$port outer-local=$local \
		outer-peer=$peer mode=transport suite=20:256:0 \
		spi-in=$((65536 + spd % 4096)) spi-out=$((131072 + spd % 4096)) \
		encr-in=$(printf '%072d' 1) encr-out=$(printf '%072d' 2) \
		local.type=2 local.data=61 local.spki=$(spki 7) local.method=14 $*
}

# --- figures 2 and 3: a security gateway
config "figures 2 and 3: SG-A" <<E
pad name=b match=id id-type=2 id-data=$(hex sg-b.example) spki=$(spki 1) child=$BNET
pad name=q match=id id-type=2 id-data=$(hex q.example) spki=$(spki 2) child=$Q
pad name=any match=any child-any
spd name=1 local=$A remote=$R class=clear
spd name=2 local=$A remote=$Q class=private mode=tunnel
spd name=3 local=$A remote=$BNET class=private mode=tunnel
spd name=4 local=$A class=private btns-ok
E
authorized "RFC5386/25 figure 2, row 2: Q" "*auth=5*pad-entry=q" $IS_Q
granted "RFC5386/25 figure 3, row 2: Q gets A and Q" \
	" child={ spd=$(spd 2) class=private mode=tunnel*start=$A end=$A*start=$Q end=$Q }*" \
	$IS_Q $(from $A $Q tunnel)
denied "RFC5386/25 Q does not get B's network" "*EACCES: the peer claims addresses*" $IS_Q \
	local-ts=$A remote-ts=$BNET outer-local=$SGA outer-peer=$Q mode=tunnel
granted "RFC5386/25 Q proposes everything: narrowed to itself" \
	" child={ spd=$(spd 2) *start=$A end=$A*start=$Q end=$Q }*" $IS_Q \
	local-ts=0.0.0.0/0 remote-ts=0.0.0.0/0 outer-local=$SGA outer-peer=$Q mode=tunnel
authorized "RFC5386/25 figure 2, row 1: SG-B" "*auth=5*pad-entry=b" $IS_B
granted "RFC5386/25 figure 3, row 3: SG-B gets B's network" \
	" child={ spd=$(spd 3) *mode=tunnel*start=203.0.113.0 end=203.0.113.255 }*" $IS_B \
	local-ts=$A remote-ts=$BNET outer-local=$SGA outer-peer=$SGB mode=tunnel
granted "RFC5386/25 or one host of it" " child={ spd=$(spd 3) *start=$B end=$B }*" $IS_B \
	local-ts=$A remote-ts=$B outer-local=$SGA outer-peer=$SGB mode=tunnel
denied "RFC5386/25 SG-B does not get Q" "*EACCES: the peer claims addresses*" $IS_B \
	local-ts=$A remote-ts=$Q outer-local=$SGA outer-peer=$SGB mode=tunnel
authorized "RFC5386/25 figure 2, row 3: C is a BTNS peer" "*auth=2 trust=1*pad-entry=any" $IS_C
granted "RFC5386/19 RFC5386/25 figure 3, row 4: C gets A and C in transport mode" \
	" child={ spd=$(spd 4) class=private mode=transport*start=$A end=$A*start=$C end=$C }*" \
	$IS_C $(from $A $C)
granted "RFC5386/25 D, whose address is not fixed, too" " child={ spd=$(spd 4) *" \
	$IS_D $(from $A $D)
denied "RFC5386/15 RFC5386/16 C cannot use an entry without the flag" \
	"*ENOENT: the SPD entry is not for this peer*" $IS_C spd=$(spd 3) $(from $A $B tunnel)
denied "RFC5386/16 not even for its own address" "*ENOENT*" $IS_C spd=$(spd 2) \
	$(from $A $C tunnel)
denied "R's traffic stays in clear: nobody gets an SA for it" \
	"*EACCES:*class clear or block*" $ROGUE $(from $A $R)
unauthorized "RFC5386/26 a rogue claims to be Q" "*EACCES: the ID matches*" $(signer 9 q.example)
unauthorized "RFC5386/26 a rogue claims to be SG-B" "*EACCES: the ID matches*" \
	$(signer 9 sg-b.example)
authorized "RFC5386/26 a rogue under its own name gets PAD entry 3" "*pad-entry=any" $ROGUE
denied "RFC5386/17 RFC5386/26 but no Child SA with Q's address" "*EACCES: the peer claims*" \
	$ROGUE $(from $A $Q)
denied "RFC5386/17 RFC5386/26 nor with B's" "*EACCES: the peer claims*" $ROGUE $(from $A $B)
granted "RFC5386/27 it can claim C's address: a documented limit" " child={ spd=$(spd 4) *" \
	$ROGUE $(from $A $C)
_ask sa-new 1 "RFC5386/14 RFC5386/17 an SA with Q's address is refused too" \
	"*EACCES: the peer claims*" $ROGUE spd=$(spd 4) local-ts=$A remote-ts=$Q outer-local=$A \
	outer-peer=$Q mode=transport suite=20:256:0 spi-in=70001 spi-out=70002 \
	encr-in=$(printf '%072d' 1) encr-out=$(printf '%072d' 2) \
	local.type=2 local.data=61 local.spki=$(spki 7) local.method=14
check "RFC5386/27 an SA with C's address is not" sa 4 $A $C "" $ROGUE
_said "RFC5386/31 the dump says that its peer is unauthenticated" "*peer={*auth=2 trust=1*" \
	"$(nl sas)"

# --- without BTNS
config "RFC5386/30 SG-A without BTNS" <<E
pad name=b match=id id-type=2 id-data=$(hex sg-b.example) spki=$(spki 1) child=$BNET
pad name=q match=id id-type=2 id-data=$(hex q.example) spki=$(spki 2) child=$Q
spd name=1 local=$A remote=$R class=clear
spd name=2 local=$A remote=$Q class=private mode=tunnel
spd name=3 local=$A remote=$BNET class=private mode=tunnel
E
unauthorized "RFC5386/30 RFC5386/13 C is rejected" "*EACCES: no PAD entry*" $IS_C
equal "RFC5386/37 and its SA is gone" "$(nl sas)" ""
authorized "RFC5386/24 RFC5386/30 Q is not" "*pad-entry=q" $IS_Q

# --- figures 4 and 5: a mixed end system
config "figures 4 and 5: Q" <<E
pad name=a match=id id-type=2 id-data=$(hex a.example) spki=$(spki 3) child=$A
pad name=any match=any child-any
spd name=1 local=$Q remote=$A class=private mode=tunnel
spd name=2 local=$Q,2049 class=private btns-ok
E
granted "RFC5386/28 figure 5, row 1: A gets everything" \
	" child={ spd=$(spd 1) *mode=tunnel local-ts={ proto=0 start=$Q end=$Q } *" $IS_A \
	$(from $Q $A tunnel)
granted "RFC5386/28 figure 5, row 2: C proposes all ports and gets 2049" \
	" child={ spd=$(spd 2) *local-ts={ proto=0 start=$Q end=$Q port=2049 port-end=2049 } *" \
	$IS_C $(from $Q $C)
granted "RFC5386/28 a narrower proposal stays as it is" \
	"*local-ts={ proto=6 start=$Q end=$Q port=2049 port-end=2049 }*remote-ts={ proto=6 start=$C end=$C port=700 port-end=700 }*" \
	$IS_C local-ts=tcp:$Q,2049 remote-ts=tcp:$C,700 outer-local=$Q outer-peer=$C mode=transport
denied "RFC5386/28 another port" "*ENOENT: no SPD entry*" $IS_C \
	local-ts=tcp:$Q,22 remote-ts=tcp:$C,700 outer-local=$Q outer-peer=$C mode=transport
denied "RFC5386/26 nobody but A gets A's address" "*EACCES: the peer claims*" $ROGUE $(from $Q $A)
authorized "SG-B, unknown here, is a BTNS peer" "*auth=2*pad-entry=any" $IS_B
granted "RFC5386/27 rogues can claim B's address here" " child={ spd=$(spd 2) *" $ROGUE \
	$(from $Q $B)
granted "RFC 7296 section 2.9: the first selectors are the packet, the second the wish" \
	"*local-ts={ proto=0 start=$Q end=$Q port=2049 port-end=2049 }*remote-ts={ proto=0 start=$C end=$C }*" \
	$IS_C local-ts=tcp:$Q,2049 local-ts=0.0.0.0/0 remote-ts=tcp:$C,700 remote-ts=0.0.0.0/0 \
	outer-local=$Q outer-peer=$C mode=transport

# --- figures 6 and 7: a system with BTNS only
config "figures 6 and 7: C" <<E
pad name=any match=any child-any
spd name=1 local=$C remote=0.0.0.0/0,2049 class=private btns-ok
spd name=2 local=$C class=clear
E
authorized "RFC5386/29 figure 6: any identity of Q will do" "*auth=2*pad-entry=any" $IS_Q
granted "RFC5386/29 figure 7, row 1: port 2049 of Q" \
	" child={ spd=$(spd 1) *remote-ts={ proto=0 start=$Q end=$Q port=2049 port-end=2049 } *" \
	$IS_Q $(from $C $Q)
denied "RFC5386/29 figure 7, row 2: other traffic is bypassed" "*EACCES:*class clear or block*" \
	$ROGUE local-ts=tcp:$C,22 remote-ts=tcp:$Q,700 outer-local=$C outer-peer=$Q mode=transport
check "rogues get port 2049" sa 1 $C $Q ,2049 $ROGUE
done_testing
