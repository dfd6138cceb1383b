#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rekeying under load, options asked meanwhile, and the module taken away.
# Processors: 2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
protect_setup
protect b a
agent a $A
agent b $B

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
check "it was rekeyed" test "$n" -ge 1
say a latch
equal "RFC5660/25 the latch is the one of the beginning" "$(field id) $(field state)" "$ID ESTABLISHED"
equal "RFC5660/25 nobody was taken for somebody else" \
	"$(stat $A in_drop_peer_mismatch) $(stat $B in_drop_peer_mismatch)" "0 0"

# --- the module goes while both ends talk: blocked, never in clear
capture wire $W br tcp port 9000
echo "race 4000" >&"${_in[a]}"
echo "race 4000" >&"${_in[b]}"
# a socket option may be under way just now
unload() { modprobe -r btns; }
if wait_for 10 unload; then
	ok "the module unloads under load"
else
	not_ok "the module unloads under load"
fi
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
check "with SAs" protect b a
expect "a connection older than the module has no latch" a "err ENODATA" latch
say b close
say a close
say b use 0
say b close
check "a new connection opens" open_tcp 9001
expect "and is latched" a "ok state=ESTABLISHED *" latch
stop_agents
done_testing
