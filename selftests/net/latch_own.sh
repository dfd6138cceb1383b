#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SAs of one connection alone, on its application's request (RFC 5660 section 2.3).
#
#	$A, btnsd ---- wire ---- $B, btnsd
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/../lib/latch.sh"

modprobe btns
two_hosts
chmod 755 "$TMP"

write_conf $A "[policy plain]" "protocol = tcp" "remote-port = 4009" "class = clear"
write_conf $B "[policy plain]" "protocol = tcp" "local-port = 4009" "class = clear" \
	"[policy none]" "protocol = tcp" "local-port = 4008" "class = block"
step "btnsd runs at both ends" eval 'run_btnsd $A && run_btnsd $B'
agent a $A
agent b $B

# own NAMESPACE PORT: SAs for the connection with that port alone
own() { ip -n "$1" xfrm state | grep -cE "sel .*proto (tcp|6|udp|17) .*port $2( |$)"; }
own_are() { [ "$(own $A "$1") $(own $B "$1")" = "$2 $3" ]; }
has_own() { (( $(field flags) & 0x80 )); }

# connection A-SLOT B-SLOT PORT [WISH...]: b goes on with the accepted socket
connection() {
	local port=$3

	say a use "$1"; say b use "$2"
	say b socket tcp4 && say b bind $B4 "$port" && say b listen && say a socket tcp4 || return
	shift 3
	[ $# = 0 ] || say a want "$@" || return
	say a connect $B4 "$port" && say b accept
}

check "a connection that wants nothing" connection 0 0 4001
say a latch
refuse "RFC5660/26 its SAs are for others, too" has_own
check "no SA is for it alone" own_are 4001 0 0
check "RFC5660/26 a connection that wants its own SAs" connection 1 2 4002 flags=0x40
say a latch
check "RFC5660/26 its latch says that it has them" has_own
check "RFC5660/26 at both ends, one each way" own_are 4002 2 2
check "data pass" chat
say b latch
equal "the other end is latched as usual" "$(field state)" ESTABLISHED

# what it sends goes by them, and nothing else does
sent() { ip -n $A -s xfrm state | awk -v p="dport $1" '
	/^src/ { mine = 0 } $0 ~ "sel .*" p { mine = 1 } mine && /\(packets\)/ && !/limit|soft|hard/ {
		sub(/\(packets\).*/, ""); sub(/.* /, ""); print; exit }'; }
BEFORE=$(sent 4002)
check "it talks" chat
check "RFC5660/26 by its own SA" test "$(sent 4002)" -gt "$BEFORE"
BEFORE=$(sent 4002)
say a use 0; say b use 1
check "the other one talks" chat
equal "RFC5660/26 not by that SA" "$(sent 4002)" "$BEFORE"

# --- lost: asked for anew, no other serves
say a use 1; say b use 3
ID=$(doc $A sas '[s["number"] for s in d["sas"] if s["remote_ts"]["port_start"] == 4002][0]' 2>/dev/null)
check "its SAs are deleted" ip netns exec $A btnsnl sa-del id="$ID"
check "RFC5660/27 new ones are made, and the connection goes on" chat
check "for it alone" wait_for 10 own_are 4002 2 2

# --- the end; who closes last has no TIME-WAIT, which needs SAs, too
say b close
say a close
check "RFC5660/47 RFC5660/48 they go with the connection, at both ends" wait_for 20 own_are 4002 0 0
say a use 0; say b use 1
check "the others stay" chat

# --- UDP, and both ends want them
step "two connected sockets" eval 'say a use 5 && say a socket udp4 && say a bind $A4 4011 &&
	say a want flags=0x40 && say a connect $B4 4012 && say b use 5 && say b socket udp4 &&
	say b bind $B4 4012 && say b want flags=0x40 && say b connect $A4 4011'
sends() { say "$1" send hello; }
check "RFC5660/26 one end gets them" wait_for 20 sends a
check "RFC5660/26 the other, too, beside those" wait_for 20 sends b
check "a pair of each end" wait_for 10 own_are 4012 4 4
expect "its datagram" a "ok hello" recv 5000
say a send again
expect "one of the first" b "ok again" recv 5000
say a latch
check "its latch says so" has_own
say a close
say b close
check "RFC5660/47 both go" wait_for 30 own_are 4012 0 0

# --- limits
say a use 4
say a socket tcp4
say a want flags=0x40
expect "policy says clear: refused" a "err EACCES" connect $B4 4009
say a socket tcp4
say a want flags=0x40
expect "the peer refuses such SAs: that is said at once" a "err EPERM" connect $B4 4008
stop_agents
done_testing
