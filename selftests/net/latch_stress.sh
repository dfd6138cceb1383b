#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rekeying under load, options asked meanwhile, and the module taken away.
# Processors: 2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

latch_hosts

check "a connection opens" open_tcp 9000
say a latch
ID=$(field id)
say a send x

# --- RFC5660/25: rekeying while both ends talk and ask
echo "stream 8000" >&"${_in[a]}"
echo "race 8000" >&"${_in[b]}"
n=0 end=$((SECONDS + 7))
while [ $SECONDS -lt $end ]; do
	protect rekey rekey || break
	n=$((n + 1))
done
for name in a b; do
	read -r -t 60 R <&"${_out[$name]}" || R="err no answer"
	diag "$name: $R, $n times rekeyed"
	check "RFC5660/25 $name talked all the time" test "$(field packets)" -gt 10
done
# LATCH to BINDING, and WANT got and set; FLOW is of unconnected UDP
equal "every option of a TCP socket was answered meanwhile" "$(field good)" 0x1007f
check "it was rekeyed" test "$n" -ge 1
say a latch
equal "RFC5660/25 the latch is the one of the beginning" "$(field id) $(field state)" "$ID ESTABLISHED"
equal "RFC5660/25 nobody was taken for somebody else" \
	"$(stat $A in_drop_peer_mismatch) $(stat $B in_drop_peer_mismatch)" "0 0"

# --- two threads on every option of a listener, and of unconnected UDP
say b use 0
echo "race 2000" >&"${_in[b]}"
n=0 end=$((SECONDS + 2))
say a use 1
while [ $SECONDS -lt $end ]; do
	say a socket tcp4
	say a connect $B4 9000 && n=$((n + 1))
	say a close
done
say a use 0
read -r -t 60 R <&"${_out[b]}" || R="err no answer"
diag "b: $R, $n connections"
equal "a listener answers for its state, and what it wants is set" "$(field good)" 0x10041
check "connections open meanwhile" test "$n" -ge 1
say a use 2
say a socket udp4
say a bind $A4 9002
say b use 2
say b socket udp4
say b bind $B4 9002
say a want flows
echo "race 2000 $B4 9002" >&"${_in[a]}"
echo "race 2000 $A4 9002" >&"${_in[b]}"
for name in a b; do
	read -r -t 60 R <&"${_out[$name]}" || R="err no answer"
	diag "$name: $R"
	check "RFC5660/86 $name: datagrams flow" test "$(field packets)" -gt 10
	equal "WANT and FLOW are answered meanwhile" "$(field good)" 0x100c0
	say $name close
done
say a use 0
say b use 1

# --- two threads on a socket that is not connected yet: it wishes for this and that,
# bypass among it, while another talks; the listener's queue is full of those of above
while say b use 0 && say b accept 0; do say b close; done
say b use 1
echo "stream 1500" >&"${_in[b]}"
say a use 3
say a socket tcp4
echo "race 1500" >&"${_in[a]}"
for name in a b; do
	read -r -t 60 R <&"${_out[$name]}" || R="err no answer"
	diag "$name: $R"
done
expect "its last wish is none" a "ok * level=0 trust=0 reaction=0 flags=0" wanted
expect "and it opens" a "ok" connect $B4 9000
expect "no bypass has stuck: latched" a "ok state=ESTABLISHED *" latch
say a close
say a use 0

# --- the module goes while both ends talk: blocked, never in clear
capture wire $W br0 tcp port 9000
echo "stream 6000" >&"${_in[a]}"
echo "race 2000" >&"${_in[b]}"
# a socket option that is under way keeps the module for as long
unload() { modprobe -r btns; }
check "the module unloads under load" wait_for 20 unload
for name in a b; do
	read -r -t 60 R <&"${_out[$name]}" || R="err no answer"
	diag "$name: $R"
done
expect "without the module nobody answers" a "err ENOPROTOOPT" latch
say a send secret
end_capture wire
equal "not one packet crossed in clear" "$(packets wire)" 0
refuse "a new connection does not open in clear" \
	ip netns exec $A timeout 3 bash -c "echo x > /dev/tcp/$B4/9000"

# --- it comes back
check "the module loads again" modprobe btns
check "and protects again" protect_setup
step "with SAs" protect b a
expect "a connection older than the module has no latch" a "err ENODATA" latch
say b close
say a close
say b use 0
say b close
check "a new connection opens" open_tcp 9001
expect "and is latched" a "ok state=ESTABLISHED *" latch
stop_agents
done_testing
