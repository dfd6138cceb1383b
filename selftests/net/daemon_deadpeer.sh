#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A peer that does not answer any more: dead-peer = keep, and break (RFC 5660 section 2.3).
#
#	$A, btnsd ---- wire ---- $B, btnsd (killed)
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
# conf NAME: impatient, with that choice
conf() {
	printf '%s\n' "[daemon]" "liveness = 500ms" "retransmit-first = 100ms" \
		"retransmit-count = 3" "dead-peer = $1" > "$TMP/$1.conf"
}
conf keep
conf break
latch() { doc $A latches 'd["latches"][0]["state"]'; }
no_sa() { logged $A "IKE SA is down"; }

start_btnsd $A --config "$TMP/keep.conf"
start_btnsd $B
step "a connection talks" talk_start 7000
stop_btnsd $B KILL
check "its peer's btnsd is dead: the IKE SA is given up" wait_for 60 no_sa
equal "RFC5660/24 keep: the latch is as it was" "$(latch)" established
kill $talk_pid 2> /dev/null
stop_btnsd $A
ctl_gone() { ! answers $A; }
check "end" wait_for 20 ctl_gone

ip netns exec $A sysctl -q -w net.btns.break_reaction=1
step "again, with break" again $A --config "$TMP/break.conf"
step "the peer is back" again $B
step "a connection talks" talk_start 7001
stop_btnsd $B KILL
ended() { ! kill -0 $talk_pid 2> /dev/null; }
check "RFC5660/36 RFC5660/90 it ends, as if reset" wait_for 90 ended
check "by the network, not by itself" grep -q "Connection reset" "$TMP/talk.a"
check "RFC5660/24 break: all latches with that peer were broken" logged $A "latches are broken"
broken() { [ "$(ip netns exec $A awk '$1 ~ /^latch_broken/ { print $2 }' /proc/net/btns)" -ge 1 ]; }
check "and are counted" broken
done_testing
