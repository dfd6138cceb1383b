#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A fault of the kernel, without the module: for a packet that waits for SAs
# xfrm_create_dummy_bundle() takes two references to its route and dst_destroy() gives one
# back.  selftests/vm/guest leaves such routes out of what it counts as lost; when this test
# fails, the kernel has been repaired and that exception has to go.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

KMEMLEAK=/sys/kernel/debug/kmemleak
# lost: a route of each family to which nothing points
lost() {
	echo scan > $KMEMLEAK
	grep -q ' rt_dst_alloc+' $KMEMLEAK && grep -q ' ip6_dst_alloc+' $KMEMLEAK
}
# waits: the packets that wait for SAs hold the only states there are
waits() { [ "$(ip -n $A xfrm state | grep -c 'proto esp spi 0x00000000')" = 2 ]; }

two_hosts
check "the module is not there" eval '! grep -q "^btns " /proc/modules'
ip netns exec $A sysctl -q net.core.xfrm_larval_drop=0
for to in $B4 $B6; do
	ip -n $A xfrm policy add dir out dst $to proto udp tmpl proto esp mode transport
done
env ip netns exec $A ip xfrm monitor acquire > "$TMP/acquires" &
_pids+=($!)
asks() {
	ip netns exec $A bash -c "echo x > /dev/udp/$B4/9; echo x > /dev/udp/$B6/9" 2> /dev/null
	waits
}
check "datagrams ask for SAs and wait for them" wait_for 20 asks
ip -n $A xfrm policy flush
ip -n $A xfrm state flush
kill "${_pids[-1]}"
wait "${_pids[-1]}" 2> /dev/null
step "its namespace ends" ip netns del $A
# the kernel keeps the latest dead namespace until the next one dies
ip netns del $B
check "and the routes are lost" wait_for 20 lost
done_testing
