#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a latch remembers of XFRM's policies ends when somebody changes them.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

latch_hosts

xfrm_stat() { ip netns exec $B awk -v n="$1" '$1 == n { print $2 }' /proc/net/xfrm_stat; }
policy() { ip -n $B xfrm policy "$1" dir in src $A4 dst $B4 proto udp "${@:2}"; }
more() { [ "$(xfrm_stat "$1")" -gt "$2" ]; }
# refused COUNTER: what A sends is dropped by the policies of B
refused() {
	local before

	before=$(xfrm_stat "$1")
	say a send "$1" && wait_for 10 more "$1" "$before" && ! say b recv 200
}
passes() { say a send "$1" && say b recv 15000 && [ "$R" = "ok $1" ]; }
twice() { passes "$1" && passes "$1-again"; }

say a socket udp4 && say a bind $A4 2001
say b socket udp4 && say b bind $B4 2000 && say b connect $A4 2001
say a connect $B4 2000
check "RFC5660/10 datagrams under a latch" twice first
expect "there is one" b "ok state=ESTABLISHED *" latch

policy add action block priority 1
check "RFC5660/56 a policy that blocks is asked, although the latch fits" \
	refused XfrmInPolBlock
policy del
check "it is gone: datagrams pass" twice more
policy add priority 1 tmpl proto esp mode transport reqid 77
check "RFC5660/56 a policy that demands other SAs is asked" refused XfrmInTmplMismatch
policy update priority 1 tmpl proto esp mode transport
check "another one, which any SA suits, lets them pass" twice any
policy add sport 2001 priority 1 tmpl proto esp mode transport
policy update action block priority 2
check "an exception from a block lets them pass" twice except
policy del sport 2001
check "without it they are blocked at once" refused XfrmInPolBlock
ip -n $B xfrm policy flush
ours() { ip -n $B xfrm policy | grep -q 'dir in'; }
check "flushed, ours come back" wait_for 10 ours
check "and datagrams pass" twice end

protect rekey rekey
check "RFC5660/25 rekeyed" twice rekeyed
protect m a
rise "RFC5660/11 under another peer's SA nothing is remembered" $A in_drop_peer_mismatch \
	say b send foreign
expect "and nothing seen" a "err ETIMEDOUT" recv 200

stop_agents
done_testing
