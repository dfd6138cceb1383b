#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Daemons are killed and go on with their IKE SAs (CONT/1): IKE SA and SA pair are those
# of before, and work, and the connection notices nothing.  Unless the peer does
# not answer: then SA pairs stay until they are replaced (CONT/7).
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
chmod 755 "$TMP"
printf '[pad x]\nmatch = any\n[policy all]\nclass = private\nbtns = yes\n' \
	> "$TMP/conf"
options="--config $TMP/conf --log-level debug"
step "btnsd starts at $A" start_btnsd $A $options
step "btnsd starts at $B" start_btnsd $B $options
step "a connection talks" talk_start 7000

ike() {
	ask $1 '{"command":"ike-sas"}' | python3 -c '
import json, sys
print(*sorted(s["spi"] for s in json.load(sys.stdin)["ike_sas"] if s["state"] == "established"))'
}
same_ike() { [ "$(ike $1)" = "$2" ]; }
new_ike() { [ "$(ike $1 | wc -w)" = 1 ] && [ "$(ike $1)" != "$2" ]; }
pairs() { doc $1 sas 'sorted(s["spi_in"] for s in d["sas"])'; }

# goes_on HOST SIGNAL PEER
goes_on() {
	local ns=$1 old was

	old=$(pairs $ns) was=$(ike $ns)
	stop_btnsd $ns $2
	check "$ns, $2: the connection goes on without it" talks
	step "$ns, $2: it starts again" again $ns $options
	check "$ns, $2: with the same IKE SA" same_ike $ns "$was"
	check "$ns, $2: which the peer has, too" same_ike $3 "$was"
	equal "$ns, $2: with the same SA pairs" "$(pairs $ns)" "$old"
	step "$ns, $2: the IKE SA is rekeyed" ask $ns "{\"command\":\"rekey\",\"spi\":\"$was\"}"
	check "$ns, $2: at both ends" wait_for 30 new_ike $3 "$was"
	equal "$ns, $2: and has the SA pairs" "$(pairs $ns)" "$old"
	check "$ns, $2: the connection goes on" talks
}
goes_on $A KILL $B
goes_on $B TERM $A

# --- the peer is not there, and has forgotten the IKE SA when it is -------------------------------
old=$(pairs $A)
stop_btnsd $A KILL
stop_btnsd $B KILL
rm "$TMP/$B/control.sas"
step "$A goes on alone" again $A $options
check "$A notices" wait_for 60 logged $A "of an earlier life: the peer does not answer"
equal "the SA pair stays" "$(pairs $A)" "$old"
check "and the connection with it" talks
step "$B is back" again $B $options
renewed() {
	[ "$(doc $A sas 'len(d["sas"])')" -gt 0 ] &&
		[ "$(doc $A sas "[s for s in d['sas'] if s['spi_in'] in $old]")" = "[]" ]
}
check "the SA pair is replaced" wait_for 60 renewed
check "the connection goes on" talks
done_testing
