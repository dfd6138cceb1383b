#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# btnsctl: documents, text, exit codes, events; and the reasons for clear text.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/tools.sh"

modprobe -r btns 2>/dev/null
two_hosts

# status_of COMMAND...: exit code; output is in $TMP/out and $TMP/errors
status_of() {
	"$@" > "$TMP/out" 2> "$TMP/errors"
	echo $?
}

# doc COMMAND FILTER: jq on the document of $A
doc() { ctl $A -j "$1" | jq -r "$2"; }

# --- when things are missing -------------------------------------------------------
# The kernel loads the module when somebody asks for its family: not now.
loader=$(cat /proc/sys/kernel/modprobe)
echo /bin/false > /proc/sys/kernel/modprobe
equal "no module: 3" "$(status_of ctl $A pad)" 3
check "no module: it says what to do" grep -q "modprobe btns" "$TMP/errors"
equal "no module: status says so, too" "$(status_of ctl $A)" 3
check "no module: nothing is protected" grep -q "nothing is protected" "$TMP/out"
echo "$loader" > /proc/sys/kernel/modprobe
equal "the module is loaded when it is asked" "$(status_of ctl $A policy)" 0
equal "no daemon: 4" "$(status_of ctl $A reload)" 4
equal "unknown command: 2" "$(status_of ctl $A frobnicate)" 2
equal "too many arguments: 2" "$(status_of ctl $A pad pad)" 2
equal "unknown things to flush: 2" "$(status_of ctl $A flush everything)" 2
equal "without privilege: refused" \
	"$(status_of ip netns exec $A setpriv --bounding-set -all --inh-caps -all \
	btnsctl pad)" 1

# --- two hosts that talk ---------------------------------------------------------------
start_btnsd $A
start_btnsd $B
env ip netns exec $A btnsctl -j monitor > "$TMP/events" 2>&1 &
_pids+=($!)
mkfifo "$TMP/hold"
sleep 600 > "$TMP/hold" &
hold=$!
_pids+=($hold)
serve $B peer.b "$TMP/hold" -w 60 -l 7000
env ip netns exec $A btns-nc -w 60 $B4 7000 < "$TMP/hold" > /dev/null 2> "$TMP/peer.a.err" &
client=$!
_pids+=($client)
check "a connection is up" wait_for 60 grep -q '^binding:' "$TMP/peer.a.err"
diag "$(cat "$TMP/peer.a.err")"

esc=$(printf '\033')
for command in status pad policy sas peers latches stats; do
	equal "$command: text" "$(status_of ctl $A $command)" 0
	refuse "$command: text is plain where no terminal is" grep -q "$esc" "$TMP/out"
	check "$command: JSON is an object" [ "$(doc $command type)" = object ]
done
key=$(field peer.a "own key")
peer=$(field peer.a "peer key" | cut -d' ' -f1)
ctl $A -j > "$TMP/status"
status() { jq -r "$1" "$TMP/status"; }
equal "status: who am I" "$(status .self.fingerprint)" "$key"
equal "status: the daemon" "$(status .daemon.running)" true
equal "status: one peer, its key and its address" \
	"$(status '.peers[] | "\(.fingerprint) \(.addresses | join(","))"')" "$peer $B4"
equal "status: the protected connection" \
	"$(status '.latches[] | select(.peer.port == 7000) | "\(.state) \(.peer.address) \(.policy)"')" \
	"established $B4 everything"
equal "status: nothing is in clear" "$(status '.unlatched | length')" 0
ctl $A -j sas > "$TMP/sas"
equal "sas: bound to the peer's key" \
	"$(jq -r '.sas[0] | "\(.peer.fingerprint) \(.outer_peer)"' "$TMP/sas")" "$peer $B4"
equal "sas: no key of an SA is in the document" \
	"$(jq '[.sas[] | keys[] | select(startswith("encr_") or startswith("integ_"))] | length' "$TMP/sas")" 0
equal "peers: the IKE SA" "$(doc peers '.peers[].ike_sas[0].state')" established
equal "latches: owner and protocol" "$(doc latches '.latches[0] | "\(.uid) \(.protocol)"')" "0 6"
equal "stats: packets were counted" \
	"$(doc stats '.kernel.in_ok > 0 and .kernel.latch_new > 0 and .daemon.packets_in > 0')" true
equal "pad: the entry for anybody is last" "$(doc pad '.pad[-1].match')" any
check "monitor: the new SA was reported" wait_for 10 \
	jq -es 'map(select(.event == "sa" and .change == "new")) | length > 0' "$TMP/events"
check "monitor: the latch was reported" wait_for 10 \
	jq -es 'map(select(.event == "latch" and .latch.state == "established")) | length > 0' "$TMP/events"
equal "monitor: every event has a time" \
	"$(jq -s 'all(.time > 1e9)' "$TMP/events")" true
diag "$(head -c 600 "$TMP/events")"

# --- doing things -----------------------------------------------------------------------
no_sas() { [ "$(doc sas '.sas | length')" = 0 ]; }
equal "flush" "$(status_of ctl $A flush)" 0
check "flush: no SA is left" wait_for 10 no_sas
kill $hold
served
wait $client
equal "the connection comes to a good end under new SAs" "$? $served" "0 0"
equal "flush -j says ok" "$(ctl $A -j flush holdoffs | jq .ok)" true
equal "reload" "$(status_of ctl $A reload)" 0
done_testing
