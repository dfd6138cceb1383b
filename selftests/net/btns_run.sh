#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# btns-run: programs that know nothing of IPsec (cat, sh, busybox httpd) serve
# chosen peers only, and never see a byte of the others.
#
#	$A ---- wire ---- $B: btns-run
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/tools.sh"
. "$(dirname "$0")/../lib/sad.sh"
. "$(dirname "$0")/../lib/run.sh"

two_hosts

# --- in clear
run clear 7000 --trust any -- sh -c "$MARKED"
stops clear 7000 "in clear"

# --- a peer that nobody knows
check "SAs with an unknown peer" hosts_trust 1 ""
run default 7001 -- sh -c "$MARKED"
stops default 7001 "not trusted enough: $KEY1, unverified"
run any 7002 --trust any -- sh -c "$MARKED"
passes any 7002
check "the program did run" test -e "$TMP/mark"
check "the log tells who it was" grep -qF "accepted: $KEY1, unverified" "$TMP/any.log"
run leap 7003 --trust leap-of-faith -- sh -c "$MARKED"
stops leap 7003 "not trusted enough"
run key 7004 --peer-fingerprint "$KEY3" --peer-fingerprint "$KEY1" -- sh -c "$MARKED"
passes key 7004
run wrong 7005 --peer-fingerprint "$KEY3" -- sh -c "$MARKED"
stops wrong 7005 "another key: $KEY1"
run strict 7006 --trust verified --peer-fingerprint "$KEY1" -- sh -c "$MARKED"
stops strict 7006 "not trusted enough"

printf '# friends\n%s the other\n' "$KEY3" > "$TMP/peers"
run file 7007 --peers-file "$TMP/peers" -- sh -c "$MARKED"
stops file 7007 "another key"
echo "$KEY1 this one" >> "$TMP/peers"
passes file 7007

# --- what the program reads
export BTNS_PEER_ID=fqdn:root BTNS_MADE_UP=1 REMOTE_ADDR=192.0.2.1
run environment 7008 --trust any --user nobody -- \
	sh -c 'env; id -un; echo "descriptors:"; ls /proc/$$/fd'
unset BTNS_PEER_ID BTNS_MADE_UP REMOTE_ADDR
ip netns exec $A timeout 100 btns-nc -d --json $B4 7008 \
	> "$TMP/env" 2> "$TMP/env.err"
value() { sed -n "s/^$1=//p" "$TMP/env"; }
equal "BTNS_PEER_FINGERPRINT" "$(value BTNS_PEER_FINGERPRINT)" "$KEY1"
equal "BTNS_TRUST, BTNS_AUTH" "$(value BTNS_TRUST) $(value BTNS_AUTH)" "unverified btns"
equal "BTNS_BINDING is what the other end reads" "$(value BTNS_BINDING)" \
	"$(json env connection .binding)"
equal "REMOTE_ADDR, REMOTE_PORT" "$(value REMOTE_ADDR):$(value REMOTE_PORT)" \
	"$(json env connection '"\(.local.address):\(.local.port)"')"
equal "LOCAL_ADDR, LOCAL_PORT" "$(value LOCAL_ADDR):$(value LOCAL_PORT)" "$B4:7008"
equal "what an unverified peer says of itself is no BTNS_PEER_ID" \
	"$(value BTNS_PEER_ID)/$(value BTNS_PEER_CLAIMS)" "/keyid:01"
equal "nothing is left of the caller's variables" "$(value BTNS_MADE_UP)" ""
check "--user: the program runs as that user" grep -qx nobody "$TMP/env"
equal "no descriptor of btns-run is left open" \
	"$(sed '1,/^descriptors:/d' "$TMP/env" | tr '\n' ' ')" "0 1 2 "

# --- a peer that was there before, a peer that the administrator knows
check "SAs with a remembered peer" hosts_trust 1 "" peer.auth=3
run faith 7030 --trust leap-of-faith -- sh -c "$MARKED"
passes faith 7030
run faith-refused 7031 -- sh -c "$MARKED"
stops faith-refused 7031 "not trusted enough: $KEY1, known"
check "SAs with a configured peer" \
	hosts_trust 1 "pad name=alice match=publickey spki=$(_spki 1) child-any"
run verified 7032 -- sh -c "$MARKED; env"
passes verified 7032
run identity 7033 -- sh -c 'echo "$BTNS_TRUST $BTNS_PEER_ID $BTNS_PAD_ENTRY"'
talk identity 7033
equal "BTNS_PEER_ID, BTNS_PAD_ENTRY of a verified peer" "$(cat "$TMP/identity.out")" \
	"verified keyid:01 alice"

# --- somebody else at that address
check "SAs with another peer at that address" \
	hosts_trust 3 "pad name=alice match=publickey spki=$(_spki 1) child-any"
run other 7034 -- sh -c "$MARKED"
stops other 7034 "not trusted enough: $KEY3, unverified"
done_testing
