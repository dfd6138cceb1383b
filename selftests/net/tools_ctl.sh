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

# doc COMMAND EXPRESSION: a value of the document "d" at $A
doc() {
	ctl $A -j "$1" > "$TMP/doc" || return
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
v = eval(sys.argv[2])
print(*(v if isinstance(v, tuple) else (v,)))' "$TMP/doc" "$2"
}

# --- when things are missing -------------------------------------------------------
equal "no module: 3" "$(status_of ctl $A pad)" 3
check "no module: it says what to do" grep -q "modprobe btns" "$TMP/errors"
equal "no module: status says so, too" "$(status_of ctl $A)" 3
check "no module: nothing is protected" grep -q "nothing is protected" "$TMP/out"
modprobe btns
equal "no daemon: 4" "$(status_of ctl $A reload)" 4
equal "no daemon: the module still answers" "$(status_of ctl $A policy)" 0
equal "unknown command: 2" "$(status_of ctl $A frobnicate)" 2
equal "too many arguments: 2" "$(status_of ctl $A pad pad)" 2
equal "unknown things to flush: 2" "$(status_of ctl $A flush everything)" 2
equal "without privilege: refused" \
	"$(status_of ip netns exec $A setpriv --bounding-set -all --inh-caps -all \
	btnsctl pad)" 1

# --- two hosts that talk ---------------------------------------------------------------
start_btnsd $A
start_btnsd $B
ctl $A -j monitor > "$TMP/events" 2>&1 &
_pids+=($!)
mkfifo "$TMP/hold"
sleep 600 > "$TMP/hold" &
_pids+=($!)
serve $B peer.b "$TMP/hold" -l 7000
background ip netns exec $A btns-nc $B4 7000 < "$TMP/hold" > /dev/null 2> "$TMP/peer.a.err"
check "a connection is up" wait_for 30 grep -q established "$TMP/peer.a.err"

for command in status pad policy sas peers latches stats; do
	equal "$command: text" "$(status_of ctl $A $command)" 0
	check "$command: text is plain where no terminal is" \
		sh -c "! grep -q \"\$(printf '\\033')\" '$TMP/out'"
	check "$command: JSON is an object" doc $command 'd.keys()'
done
key=$(field peer.a "own key")
peer=$(field peer.a "peer key" | cut -d' ' -f1)
equal "status: who am I" "$(doc status 'd["self"]["fingerprint"]')" "$key"
equal "status: the peer and its address" \
	"$(doc status '[(p["fingerprint"], *p["addresses"]) for p in d["peers"]][0]')" \
	"$peer $B4"
equal "status: the protected connection" \
	"$(doc status '[(l["state"], l["peer"]["address"], l["peer"]["port"], l["policy"] != "") for l in d["latches"] if l["peer"]["port"] == 7000][0]')" \
	"established $B4 7000 True"
equal "status: nothing is in clear" "$(doc status 'len(d["unlatched"])')" 0
equal "sas: bound to the peer's key" \
	"$(doc sas 'd["sas"][0]["peer"]["fingerprint"], d["sas"][0]["outer_peer"]')" "$peer $B4"
check "sas: no key of an SA is in the document" python3 - "$TMP/doc" <<'PYTHON'
import json, sys
for sa in json.load(open(sys.argv[1]))["sas"]:
	for name in sa:
		assert not name.startswith(("encr_", "integ_")), name
PYTHON
equal "latches: owner" "$(doc latches 'd["latches"][0]["uid"], d["latches"][0]["protocol"]')" "0 6"
check "stats: packets were counted" [ "$(doc stats 'd["kernel"]["in_ok"] > 0 and d["kernel"]["latch_new"] > 0')" = True ]
check "pad: the entry for anybody is last" [ "$(doc pad 'd["pad"][-1]["match"]')" = any ]
check "monitor: the new SA was reported" wait_for 10 \
	grep -q '"event":"sa".*"change":"new"\|"change":"new".*"event":"sa"' "$TMP/events"
check "monitor: each line is JSON with event and time" python3 - "$TMP/events" <<'PYTHON'
import json, sys
lines = open(sys.argv[1]).read().splitlines()
assert lines
for line in lines:
	e = json.loads(line)
	assert e["event"] and e["time"] > 1e9, e
PYTHON

# --- doing things -----------------------------------------------------------------------
no_sas() { [ "$(doc sas 'len(d["sas"])')" = 0 ]; }
equal "flush" "$(status_of ctl $A flush)" 0
check "flush: no SA is left" wait_for 10 no_sas
equal "flush -j says ok" "$(ctl $A -j flush holdoffs | python3 -c 'import json, sys; print(json.load(sys.stdin)["ok"])')" True
equal "reload" "$(status_of ctl $A reload)" 0
done_testing
