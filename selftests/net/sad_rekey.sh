#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rekeying loses nothing; limits are reported; peers and selectors that overlap.
# Processors: 2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/sad.sh"

two_hosts
policy $A <<< "spd name=all class=private btns-ok"
policy $B <<< "spd name=all class=private btns-ok"
events $A
events $B

# --- rekey under load, make before break (RFC 7296 2.8)
both $A4 $B4
reach $A $B4
env ip netns exec $A ping -n -q -i 0.01 -w 600 $B4 > "$TMP/ping" &
PING=$!
_pids+=($PING)
rekey() {
	local old_a=$ID_A old_b=$ID_B in=$((_spi += 2)) out=$((_spi + 1)) first

	ME=2 PEER=1 sa $B $B4 $A4 $out $in flags=1 || return
	ID_B=$ID
	sa $A $A4 $B4 $in $out || return
	ID_A=$ID
	# cmd 28 is SA_NTF, event 2 FIRST_IN
	wait_for 10 saw $B "event=2.* child={ id=$ID_B | child={ id=$ID_B .*event=2" || return
	nl $B sa-switch id="$ID_B" > /dev/null || return
	nl $A sa-del id="$old_a" > /dev/null && nl $B sa-del id="$old_b" > /dev/null
}
# not by check, whose subshell would forget the numbers
for i in 1 2 3 4 5 6 7 8; do
	if rekey; then
		ok "RFC7296 2.8 rekey $i: switched by the first packet"
	else
		not_ok "RFC7296 2.8 rekey $i: switched by the first packet"
		break
	fi
done
kill -INT $PING
wait $PING
diag "$(tail -2 "$TMP/ping")"
check "no packet was lost" grep -qE ' 0(\.0+)?% packet loss' "$TMP/ping"
check "many were sent" eval "[ $(sed -n 's/^\([0-9]*\) packets.*/\1/p' "$TMP/ping") -gt 20 ]"
nl $B sa-switch id="$ID_B" && ok "a second switch does nothing"
no_sas
check "deletions are told" saw $A "event=5"

# --- limits
both $A4 $B4 soft-packets=3 hard-packets=6
ip netns exec $A ping -c 4 -i 0.2 -W 1 -n $B4 > /dev/null
check "soft limit of packets is told" wait_for 5 saw $A "event=3"
ip netns exec $A ping -c 4 -i 0.2 -W 1 -n $B4 > /dev/null
check "hard limit of packets is told" wait_for 5 saw $A "event=4"
check "the pair is gone" wait_for 5 eval "! nl $A sas | grep -q 'id=$ID_A '"
check "its states too" eval "! ip -n $A xfrm state | grep -q 'spi 0x0*$(printf %x $_spi) '"
no_sas
equal "soft limits are told once a pair" "$(grep -c "event=3" "$TMP/$A.events")" 1
both $A4 $B4 hard-bytes=300
ip netns exec $A ping -c 6 -i 0.2 -W 1 -n $B4 > /dev/null
check "hard limit of octets" wait_for 5 eval "[ \$(grep -c event=4 $TMP/$A.events) -ge 2 ]"
no_sas
both $A4 $B4 soft-time=1 hard-time=3
check "soft limit of time" wait_for 10 eval "[ \$(grep -c event=3 $TMP/$A.events) -ge 2 ]"
check "hard limit of time" wait_for 10 eval "[ \$(grep -c event=4 $TMP/$A.events) -ge 3 ]"
no_sas

# --- a peer that comes again with another key is reached at once
both $A4 $B4
check "a peer" reach $A $B4
PEER=3
both $A4 $B4
check "with a new key, the old SAs still there" reach $A $B4
PEER=2
no_sas

# --- selectors of one peer that overlap
both $A4 $B4
both "1#$A4" "1#$B4"
A_REQIDS=$(nl $A sas | sed -n 's/.* reqid=\([0-9]*\).*/\1/p' | sort -u | wc -l)
equal "overlapping selectors of a peer share a reqid" "$A_REQIDS" 1
check "echoes pass with both" reach $A $B4
nl $A sa-del id="$ID_A" > /dev/null
echoes() { counter $B IcmpInEchos; }
OLD=$(echoes)
ip netns exec $A ping -c 1 -W 1 -n $B4 > /dev/null
check "and when one side sends on the wide pair only" eval "[ \$(echoes) -gt $OLD ]"
no_sas

# --- foreign hands
both $A4 $B4
ip -n $A xfrm state flush
check "a foreign flush of states is noticed" wait_for 5 eval "[ -z \"\$(nl $A sas)\" ]"
ip -n $A xfrm policy flush
check "a foreign flush of policies is repaired" wait_for 5 eval \
	"ip -n $A xfrm policy | grep -q 'dir out'"
capture wire $W br0 icmp
refuse "and nothing goes in clear" reach $A $B4
end_capture wire
equal "on the wire neither" "$(packets wire)" 0
refuse "an SPI that is in use is refused" eval "sa $A $A4 $B4 77777 77778 && sa $A $A4 $B4 77777 77779"
equal "and leaves one pair" "$(nl $A sas | grep -c 'id=')" 1

done_testing
