#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Very many latches: memory of each, the lookup of one among them, the end of
# all of them; and what short connections pay for theirs.
#
#	$A --- wire --- $B, ESP in transport mode with null cipher and HMAC-SHA-256
#
# The latches are made at $A only, by connected UDP sockets; their number must not
# matter to UDP's own table, so that it is large.
#
# vm: --icount --mem 2048 --append uhash_entries=65536
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/lib.sh"

FLOWS=${FLOWS:-100000}
COUNT=${COUNT:-10000}
CONNECTIONS=${CONNECTIONS:-2000}
median=0 mean=0 octets=0

latching() { ip netns exec $1 sysctl -qw net.btns.auto_latch=$2; }
created() { ctl $A -j stats | sed -n 's/.*"latch_new": \([0-9]*\).*/\1/p'; }

measured() { [ -s "$TMP/flows" ]; }

# flows NUMBER: they stay until end_flows
flows() {
	rm -f "$TMP/hold" "$TMP/flows"
	mkfifo "$TMP/hold"
	many-flows $A $B $A4 $B4 "$1" $COUNT < "$TMP/hold" > "$TMP/flows" &
	_flows=$!
	_pids+=($_flows)
	exec 5> "$TMP/hold"
	wait_for 900 measured && read -r median mean < "$TMP/flows"
}

end_flows() { exec 5>&-; wait $_flows; }

# holding NUMBER LATCHES: as flows, and octets of the kernel for each in $octets
holding() {
	local before new

	settle || return
	before=$kib new=$(created)
	flows "$1" || return
	[ $(($(created) - new)) = "$2" ] || { diag "$(created) - $new latches"; return 1; }
	diag "$1 flows, $2 latches: $median instructions a datagram, mean $mean"
	settle || return
	octets=$(calc "($kib - $before) * 1024 / $1")
}

connections() { short-connections $A $B $A4 $B4 $CONNECTIONS; }

two_hosts
modprobe btns
cat > "$TMP/bench.conf" <<CONF
[pad anybody]
match = any

[policy everything]
class = private
btns = yes
suites = null-sha256
CONF
daemons() {
	local h

	for h in $A $B; do
		start_btnsd $h --config "$TMP/bench.conf" && latching $h 0 || return
	done
}

daemons
# loads what must be loaded, and what the start of the guest left to do is done
try "a first flow" holding 1 0
end_flows
try "one flow without latch" holding 1 0
off_one=$median
end_flows
try "$FLOWS flows without latches" holding $FLOWS 0
off_many=$median off_octets=$octets
end_flows

latching $A 1
try "one flow with its latch" holding 1 1
on_one=$median
peer=$(ctl $A -j latches | sed -n 's/.*"peer_fingerprint": "\(SHA256:[^"]*\)".*/\1/p' | head -n 1)
end_flows
try "$FLOWS flows with their latches" holding $FLOWS $FLOWS
on_many=$median on_octets=$octets

start=$(date +%s.%N)
check "all of them are closed" ctl $A latch break "$peer"
broken=$(calc "$(date +%s.%N) - $start")
stop BTNSD
start=$(date +%s.%N)
check "the module can be unloaded" rmmod btns
end=$(date +%s.%N)
end_flows

no_xfrm
modprobe btns
daemons
off_short=$(connections)
latching $A 1
latching $B 1
on_short=$(connections)

one=$(calc "$on_one - $off_one")
many=$(calc "$on_many - $off_many")
percent() { calc "($1 / $2 - 1) * 100"; }

bench latch_memory "$(calc "$on_octets - $off_octets")" octets "<= 512"
bench latch_lookup_of_one "$one" "instructions a datagram, one end"
bench latch_lookup_of_$FLOWS "$many" "instructions a datagram, one end"
bench latch_lookup_growth "$(percent "$many" "$one")" "%" "<= 5"
bench latches_broken "$broken" "s of guest time to close $FLOWS latches" "< 1"
bench latches_ended "$(calc "$end - $start")" \
	"s of guest time to unload the module with $FLOWS latches" "< 1"
bench connection_without_latches "$off_short" instructions
bench connection_with_latches "$on_short" instructions
bench connection_latch_cost "$(percent "$on_short" "$off_short")" "%" "<= 5"
stop BTNSD
modprobe -r btns
no_xfrm
done_testing
