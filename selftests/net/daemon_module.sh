#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module is unloaded and loaded again under running daemons: they take it up
# again by themselves, and nothing is in clear at any time.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

plan 15
modprobe btns
two_hosts
chmod 755 "$TMP"
printf '[pad x]\nmatch = any\n[policy all]\nclass = private\nbtns = yes\n' > "$TMP/conf"
step "btnsd starts at $A" start_btnsd $A --config "$TMP/conf"
step "btnsd starts at $B" start_btnsd $B --config "$TMP/conf"
capture wire $W wa
step "a connection talks" talk_start 7000

check "the module unloads" rmmod btns
for ns in $A $B; do
	check "the daemon at $ns has noticed" wait_for 60 logged $ns "the module was unloaded"
done
refuse "nothing passes" ip netns exec $A ping -c 2 -W 2 $B4
# what asks for the family loads the module: the daemons have not done that
check "the module stays away" test ! -d /sys/module/btns

check "the module loads again" modprobe btns
for ns in $A $B; do
	check "the daemon at $ns has given it the policy" \
		wait_for 60 logged $ns "the module is loaded again"
done
check "the old connection goes on" talks 60
kill $talk_pid
step "a new connection talks" talk_start 7001
latched() { [ "$(doc $A latches '[l["state"] for l in d["latches"] if l["peer"]["port"] == 7001]')" = "['established']" ]; }
check "and is latched" latched
end_capture wire
check "nothing was ever in clear" only_protected wire
done_testing
