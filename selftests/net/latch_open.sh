#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Unusual ways to open a connection, and unusual ends.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

sysctl_in() { ip netns exec "$1" sysctl -q "$2"; }

latch_hosts

# --- SYN cookies: no request socket at the server
sysctl_in $B net.ipv4.tcp_syncookies=2
say b use 0
say b socket tcp4 && say b bind $B4 5000 && say b listen
say a socket tcp4
expect "SYN cookie: the connection opens" a ok connect $B4 5000
expect "RFC5660/84 SYN cookie: latched before accept returns" b "ok ESTABLISHED" acceptlatch
check "data passes" chat
check "it was a cookie" test "$(counter $B TcpExtSyncookiesRecv)" -ge 1
say b close
say a close
sysctl_in $B net.ipv4.tcp_syncookies=1

# --- TCP Fast Open: data with the SYN
for n in $A $B; do
	sysctl_in $n net.ipv4.tcp_fastopen=0x403
done
say b use 0
say b close
say b socket tcp4 && say b bind $B4 5001 && say b fastopenlisten && say b listen
# the first one fetches a cookie
for i in 1 2; do
	say a socket tcp4
	expect "Fast Open $i: sent" a ok fastopen $B4 5001 early
	say b use 0
	expect "Fast Open $i: RFC5660/84 latched when accept returns" b "ok *" acceptlatch
	expect "Fast Open $i: data arrive" b "ok early" recv 15000
	check "Fast Open $i: and more" chat
	expect "Fast Open $i: server" b "ok state=ESTABLISHED *" latch
	expect "Fast Open $i: client" a "ok state=ESTABLISHED *" latch
	say b close
	say a close
done
check "it was Fast Open" test "$(counter $B TcpExtTCPFastOpenPassive)" -ge 1

# --- both ends connect at once
delay 500
say a socket tcp4 && say a bind $A4 5002
say b use 1
say b socket tcp4 && say b bind $B4 5003
say a start $B4 5003
say b start $A4 5002
expect "simultaneous open: one end" a ok finish
expect "simultaneous open: the other" b ok finish
ip netns exec $W tc qdisc del dev wa root
ip netns exec $W tc qdisc del dev wb root
expect "RFC5660/83 latched at one end" a "ok state=ESTABLISHED *" latch
expect "RFC5660/83 latched at the other" b "ok state=ESTABLISHED *" latch
check "RFC5660/83 it is one channel" chat
say a binding 1
X=$R
say b binding 1
equal "RFC5660/83 with one binding" "$R" "$X"
say a close
say b close

# --- nobody there
say a socket tcp4
expect "a refused connection" a "err ECONNREFUSED" connect $B4 5999
expect "has no latch" a "err ENOTCONN" latch
say a close

# --- switched off
if ip netns exec $A test -e /proc/sys/net/btns/auto_latch; then
	sysctl_in $A net.btns.auto_latch=0
	check "RFC5660/19 automatic latching off: it opens" open_tcp 5004
	expect "RFC5660/19 and is not latched" a "err ENODATA" latch
	expect "the other end, where it is on, is" b "ok state=ESTABLISHED *" latch
	check "data passes" chat
	sysctl_in $A net.btns.auto_latch=1
	say a close
	say b close
	sysctl_in $A net.btns.latch_max=1
	for i in 1 2; do
		say a use $((10 + i))
		check "table of one latch: connection $i opens" open_tcp $((5010 + i))
	done
	expect "RFC5660/61 the second is not latched and is told so" a "err ENODATA" latch
	check "it is counted" test "$(stat $A latch_table_full)" -ge 1
	sysctl_in $A net.btns.latch_max=65536
fi

# --- many; no minute of time-wait
sysctl_in $A net.ipv4.tcp_max_tw_buckets=0
sysctl_in $B net.ipv4.tcp_max_tw_buckets=0
background ip netns exec $B python3 -c '
import socket, sys
s = socket.create_server(("0.0.0.0", 5100), backlog=512)
held = []
while True:
	c, _ = s.accept()
	held.append(c)
	if len(held) == 300:
		for c in held: c.close()
		held = []
'
listening() { ip netns exec $B ss -Hltn sport = :5100 | grep -q .; }
wait_for 10 listening
born=$(stat $A latch_new)
check "RFC5660/39 300 connections open" ip netns exec $A python3 -c '
import socket, sys, time
held = [socket.create_connection(("'$B4'", 5100)) for _ in range(300)]
'
check "each has a latch" test "$(stat $A latch_new)" -ge $((born + 300))
few() { [ "$(latches_in $1)" -le "$2" ]; }
check "RFC5660/46 they go with their sockets" wait_for 100 few $B 10

# --- the namespace goes, the module stays
say a use 0
check "a connection opens" open_tcp 5200
kill "$AGENT_a"
ip netns del $A
check "RFC5660/39 a namespace with live latches goes" wait_for 30 sh -c '! ip netns list | grep -q hosta'
stop_agents
done_testing
