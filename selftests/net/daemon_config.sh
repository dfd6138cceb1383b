#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Configuration: refused files change nothing and say file:line: reason; a reload
# applies differences and disturbs nothing else.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
chmod 755 "$TMP"
mkdir -p "$TMP/$A"
conf=$TMP/$A/btns.conf

write() { printf '%b' "$1" > "$conf"; }

# --- reading --------------------------------------------------------------------------
write '[pad x]\nmatch = any\n\n[policy all]\nclass = privat\n'
btnsd --check "$conf" > "$TMP/out" 2>&1
equal "--check: exit code 2" $? 2
equal "--check: file:line: reason" "$(cat "$TMP/out")" \
	"$conf:5: class: private, private-or-clear, clear-or-private, clear or block"
ip netns exec $A btnsd --config "$conf" --key "$TMP/$A/key.pem" --control "$TMP/$A/control" \
	> "$TMP/out" 2>&1
equal "start with a bad file: exit code 2" $? 2
check "start with a bad file: the reason" grep -qF "$conf:5: class:" "$TMP/out"
equal "start with a bad file: the kernel has no policy" "$(doc $A policy 'len(d["policy"])')" 0
btnsd --config /nonexistent > "$TMP/out" 2>&1
equal "start without the file: exit code 2" $? 2

good='[daemon]\nlog-level = debug\n[pad x]\nmatch = any\n[policy all]\nclass = private\nbtns = yes\n'
write "$good"
check "--check: a good file" btnsd --check "$conf"
step "start with a good file" start_btnsd $A --config "$conf"
start_btnsd $B
equal "the kernel has it" "$(doc $A policy 'd["policy"][0]["name"], d["policy"][0]["class"]')" "all private"
step "a connection talks" talk_start 7000
number=$(doc $A policy 'd["policy"][0]["number"]')
pair=$(doc $A sas 'd["sas"][0]["number"]')

# --- reloading --------------------------------------------------------------------------
check "reload of the same: taken" ctl $A reload
equal "reload of the same: the entry keeps its number" "$(doc $A policy 'd["policy"][0]["number"]')" "$number"
equal "reload of the same: its SAs stay" "$(doc $A sas 'd["sas"][0]["number"]')" "$pair"

generation=$(number $A generation)
write "$good[policy more]\nclass = private\nclas = clear\n"
ctl $A reload > "$TMP/out" 2>&1
equal "reload of a bad file: refused" $? 1
equal "reload of a bad file: file:line: reason" "$(cat "$TMP/out")" \
	"btnsctl: $conf:10: unknown option 'clas'"
# what only the kernel knows: a class below the floor
ip netns exec $A sysctl -q net.btns.class_floor=3
write "$good[policy more]\nclass = private\n[policy web]\nclass = clear\nremote = 10.9.0.0/16\n"
ctl $A reload > "$TMP/out" 2>&1
equal "reload that the kernel refuses: refused" $? 1
check "reload that the kernel refuses: the kernel's reason" grep -q "class_floor" "$TMP/out"
ip netns exec $A sysctl -q net.btns.class_floor=0
equal "the configuration has not changed" \
	"$(number $A generation)" "$generation"
equal "nor has the policy" "$(doc $A policy 'len(d["policy"]), d["policy"][0]["number"]')" "1 $number"
check "the connection has not noticed" talks
rm "$conf"
refuse "reload without the file: refused" ctl $A reload

write "$good[policy more]\nclass = block\nremote = 10.9.0.0/16\n"
kill -HUP "$BTNSD_hosta"
two_policies() { [ "$(doc $A policy 'len(d["policy"])')" = 2 ]; }
check "SIGHUP reloads" wait_for 20 two_policies
equal "what has not changed keeps its number" "$(doc $A policy 'd["policy"][0]["number"]')" "$number"
equal "and its SAs" "$(doc $A sas 'd["sas"][0]["number"]')" "$pair"
check "the connection has not noticed" talks

# --- another policy takes the SAs away (RFC5386/37) -----------------------------------------
write '[pad x]\nmatch = any\n[policy all]\nclass = private\nbtns = no\n'
check "reload: BTNS peers are no longer welcome" ctl $A reload
no_pairs() { [ "$(doc $A sas 'len(d["sas"])')" = 0 ]; }
check "their SAs are gone" wait_for 20 no_pairs
refuse "and the connection does not go on" talks 3
done_testing
