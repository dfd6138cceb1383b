#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two daemons with a key each and nothing but the built-in policy: an application
# connects, IPsec comes up by itself, nothing of it is ever in clear.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
capture wire $W wa
step "btnsd starts at $A" start_btnsd $A --log-level debug
step "btnsd starts at $B" start_btnsd $B --log-level debug

# --- it made its key and gave up root ------------------------------------------------
equal "the key is its owner's alone" "$(stat -c %a "$TMP/$A/key.pem")" 600
pid=$BTNSD_hosta
step "its system calls are filtered" wait_for 20 grep -q '^Seccomp:.2$' /proc/$pid/status
equal "not root any more" "$(awk '/^Uid:/ { print ($2 != 0 && $3 != 0 && $4 != 0 && $5 != 0) }' /proc/$pid/status)" 1
equal "no group of root" "$(awk '/^Groups:/ { print NF - 1 }' /proc/$pid/status)" 0
for set in CapEff CapPrm; do
	equal "$set: CAP_NET_ADMIN and nothing else" \
		"$(awk "/^$set:/ { print \$2 }" /proc/$pid/status)" 0000000000001000
done
for set in CapInh CapBnd CapAmb; do
	equal "$set: empty" "$(awk "/^$set:/ { print \$2 }" /proc/$pid/status)" 0000000000000000
done
equal "no way to new privileges" "$(awk '/^NoNewPrivs:/ { print $2 }' /proc/$pid/status)" 1

# --- the key is with a process that meets nobody ---------------------------------------
keeper=$(pgrep -P $pid)
equal "the keeper: CAP_DAC_READ_SEARCH alone, a filter, and not root" \
	"$(awk '/^(CapEff|CapPrm|CapBnd|Seccomp|NoNewPrivs):/ { printf "%s ", $2 } /^Uid:/ { printf "%d ", $2 != 0 }' /proc/$keeper/status)" \
	"1 0000000000000004 0000000000000004 0000000000000000 1 2 "
seed=$(sed '/^-/d' "$TMP/$A/key.pem" | base64 -d | tail -c 32 | od -An -v -tx1)
check "the keeper has the key" in_memory "$keeper" "$seed"
refuse "the daemon does not" in_memory "$pid" "$seed"

# --- the first connection ------------------------------------------------------------
before=$(counter $A TcpRetransSegs)
step "TCP over IPv4 connects and talks" talk_start 7000
equal "no TCP retransmission (first packet is not lost)" "$(counter $A TcpRetransSegs)" "$before"
equal "one SA pair at $A" "$(doc $A sas 'len(d["sas"])')" 1
equal "one SA pair at $B" "$(doc $B sas 'len(d["sas"])')" 1
equal "two XFRM states" "$(ip -n $A xfrm state | grep -c '^src')" 2
equal "ESN and anti-replay are on" "$(ip -n $A xfrm state | grep -c 'replay_window 128')" 2
equal "each knows the other's key" \
	"$(doc $A sas 'd["sas"][0]["peer"]["fingerprint"]')" \
	"$(doc $B status 'd["self"]["fingerprint"]')"
equal "the peer is an unverified BTNS peer (RFC5386/31)" \
	"$(doc $A sas 'd["sas"][0]["peer"]["auth"], d["sas"][0]["peer"]["trust"]')" "btns unverified"
check "the connection is latched" [ "$(doc $A latches 'd["latches"][0]["state"]')" = established ]
kill $talk_pid
step "TCP over IPv6 connects and talks" talk_start 7001 $B6
kill $talk_pid
end_capture wire
check "on the wire: key exchange, ESP, nothing in clear" only_protected wire
check "ESP in both directions" eval \
	'[ $(packets wire esp and src $A4) -gt 3 ] && [ $(packets wire esp and src $B4) -gt 3 ]'
# RFC5386/2, 20: the identity payload is encrypted; what can be seen is that no port
# but 500 was needed
# four ADDRESS EXCHANGE: type of the IKE exchange in a packet; liveness checks do not count
four() {
	local filter="udp port 500 and src $1 and $2 != 37"

	[ "$(messages wire "$filter")" = 2 ] && return
	tcpdump -n -r "$TMP/wire.pcap" "$filter" 2> /dev/null
	return 1
}
check "key exchange took four messages over IPv4" four $A4 'udp[26]'
check "and over IPv6" four $A6 'ip6[66]'

# --- one who does not speak it ---------------------------------------------------------
stop_btnsd $B
equal "SIGTERM: ends with 0" "$stopped" 0
ctl $A flush all > /dev/null
env ip netns exec $B python3 -c '
import socket
l = socket.socket(); l.bind(("", 7002)); l.listen(1); s, _ = l.accept(); s.sendall(b"x")' > /dev/null 2>&1 &
_pids+=($!)
wait_for 20 listens $B 7002
# neither daemon nor policy: a host that has never heard of it
check "policies of a host can be taken away" ip netns exec $B btnsctl flush config
equal "$A falls back to clear when $B has no key exchange" \
	"$(timeout 30 ip netns exec $A socat -u TCP:$B4:7002 - 2>&1)" x
check "and says why" logged $A "in clear for now"
check "it is held off, with a reason" [ "$(doc $A status 'len(d["holdoffs"]) > 0')" = True ]
done_testing
