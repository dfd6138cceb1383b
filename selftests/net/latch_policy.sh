#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a latch remembers of XFRM's policies ends when somebody changes them.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
protect_setup
protect b a
agent a $A
agent b $B

xfrm_stat() { ip netns exec $B awk -v n="$1" '$1 == n { print $2 }' /proc/net/xfrm_stat; }

# refused NAME COUNTER: what A sends is dropped by the policies of B
refused() {
	local before

	before=$(xfrm_stat "$2")
	say a send "$1"
	wait_for 10 eval "[ \$(xfrm_stat $2) -gt $before ]"
}

passes() { say a send "$1" && say b recv 15000 && [ "$R" = "ok $1" ]; }

say a socket udp4 && say a bind $A4 2001
say b socket udp4 && say b bind $B4 2000 && say b connect $A4 2001
say a connect $B4 2000
for i in 1 2 3 4; do
	check "RFC5660/10 datagram $i under the latch" passes "$i"
done
expect "there is one" b "ok state=ESTABLISHED *" latch

FLOW="dir in src $A4 dst $B4 proto udp"
# shellcheck disable=SC2086
ip -n $B xfrm policy add $FLOW action block priority 1
check "a policy that blocks is asked, although the latch fits" \
	refused blocked XfrmInPolBlock
expect "the application does not see it" b "err ETIMEDOUT" recv 300
# shellcheck disable=SC2086
ip -n $B xfrm policy del $FLOW
check "it is gone: datagrams pass" passes again
check "and others after them" passes more

# shellcheck disable=SC2086
ip -n $B xfrm policy add $FLOW priority 1 tmpl proto esp mode transport reqid 77
check "a policy that demands other SAs is asked" refused other XfrmInTmplMismatch
expect "the application does not see it either" b "err ETIMEDOUT" recv 300
# shellcheck disable=SC2086
ip -n $B xfrm policy update $FLOW priority 1 tmpl proto esp mode transport
check "another one, which any SA suits, lets them pass" passes any
check "and others after them" passes thing
# what was let pass by one policy is blocked by the next when that one goes
# shellcheck disable=SC2086
ip -n $B xfrm policy add $FLOW sport 2001 priority 1 tmpl proto esp mode transport
# shellcheck disable=SC2086
ip -n $B xfrm policy update $FLOW action block priority 2
check "an exception from a block lets them pass" passes except
check "and others after them" passes exceptions
# shellcheck disable=SC2086
ip -n $B xfrm policy del $FLOW sport 2001
check "without it they are blocked at once" refused late XfrmInPolBlock
ip -n $B xfrm policy flush
wait_for 10 eval "ip -n $B xfrm policy | grep -q 'dir in'"
check "flushed, and ours are back: datagrams pass" passes end

protect rekey rekey
check "RFC5660/25 rekeyed" passes rekeyed
check "and once more under the new SAs" passes twice
protect m a
rise "RFC5660/11 under another peer's SA nothing is remembered" $A in_drop_peer_mismatch \
	say b send foreign
expect "and nothing seen" a "err ETIMEDOUT" recv 300

stop_agents
done_testing
