#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BEET mode by key exchange: a tunnel between inner addresses that no packet shows.  It
# follows an end that goes elsewhere (MOBIKE).
#
#	10.9.0.1 $A, btnsd ---- wire ---- $B, btnsd 10.9.0.2
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
address $A lo 10.9.0.1/32
address $B lo 10.9.0.2/32
ip -n $A route add 10.9.0.2 via $B4 src 10.9.0.1
ip -n $B route add 10.9.0.1 via $A4 src 10.9.0.2

# configure NAMESPACE MODE REMOTE [GATEWAY]: a policy for inner networks
configure() {
	mkdir -p "$TMP/$1"
	cat > "$TMP/$1/btns.conf" <<CONF
[daemon]
log-level = debug
[pad anybody]
match = any
[policy inner]
class = private
btns = yes
mode = $2
local = 10.9.0.0/24
remote = $3
${4:+peer-gateway = $4}
CONF
}

chmod 755 "$TMP"
configure $A beet 10.9.0.2 $B4
configure $B beet 10.9.0.1	# wherever $A is
step "btnsd starts at $A" start_btnsd $A --config "$TMP/$A/btns.conf"
step "btnsd starts at $B" start_btnsd $B --config "$TMP/$B/btns.conf"
# without that the IKE SA would go on over IPv6 meanwhile, where no SA of this policy may
ip netns exec $A sysctl -q net.ipv6.conf.a0.disable_ipv6=1
capture wire $W br0
step "TCP between inner addresses connects and talks" talk_start 7000 10.9.0.2
equal "the SA pair is of BEET mode at $A" "$(doc $A sas 'd["sas"][0]["mode"]')" beet
equal "and at $B" "$(doc $B sas 'd["sas"][0]["mode"]')" beet
equal "two XFRM states of that mode" "$(ip -n $A xfrm state | grep -c 'mode beet')" 2
first=$(doc $A sas 'd["sas"][0]["number"]')
spi=$(doc $A sas 'd["sas"][0]["spi_in"]')

# --- make before break, in the same mode
renewed() { doc $A sas 'min(s["number"] for s in d["sas"]) > '"$first"; }
ask $A "{\"command\":\"rekey\",\"sa\":\"$spi\"}" > /dev/null
check "rekeyed" wait_for 60 eval '[ "$(renewed)" = True ]'
check "the connection goes on" talks
equal "every pair is of BEET mode" "$(doc $A sas '{s["mode"] for s in d["sas"]}')" "{'beet'}"

# --- the address of $A goes, another one comes
C4=10.1.0.3
pair() { doc $A sas 'sorted(s["number"] for s in d["sas"])'; }
moving=$(pair)
# between NAMESPACE KEY: all SAs of that namespace have that end there
between() { [ "$(doc $1 sas '{s["'"$2"'"] for s in d["sas"]}')" = "{'$C4'}" ]; }
ip -n $A address del $A4/24 dev a0
address $A a0 $C4/24
# the route went with the last address
ip -n $A route add 10.9.0.2 via $B4 src 10.9.0.1
check "RFC4555/10 the SAs of $A are at the new one" wait_for 20 between $A outer_local
check "RFC4555/11 and $B follows" wait_for 20 between $B outer_peer
equal "the same SA pair, moved" "$(pair)" "$moving"
check "the connection goes on from there" talks
kill $talk_pid
end_capture wire
check "RFC4555/16 ESP both ways, once the address was checked" \
	[ "$(packets wire "esp and src $C4")" -ge 1 -a "$(packets wire "esp and dst $C4")" -ge 1 ]
check "on the wire: key exchange, ESP, nothing in clear" only_protected wire
# ARP aside: while a0 has no address, the kernel asks in the name of that of lo
check "and no inner address" absent wire "ip net 10.9.0.0/24"

# --- a peer that has it not
configure $B tunnel 10.9.0.1
check "$B is configured for tunnel mode" ctl $B reload
ctl $A flush all > /dev/null
ctl $B flush all > /dev/null
stop_btnsd $B
step "$B starts without BEET mode" again $B --config "$TMP/$B/btns.conf"
ip netns exec $A ping -c 2 -W 1 10.9.0.2 > /dev/null 2>&1
check "$A says what the peer lacks" wait_for 30 logged $A "peer has no BEET mode"
equal "and has no SA" "$(doc $A sas 'len(d["sas"])')" 0
done_testing
