#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What btns-nc's sockets say at both ends of a protected connection, what it
# refuses, and what it notices when somebody sits in the middle.  The SAs are made
# by hand: no key exchange here.
#
#	$A ---- wire ---- $B
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/tools.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
check "the hosts demand protection" protect_setup
protect b a && ok "there are SAs for a and b" || not_ok "there are SAs for a and b"
echo "a line of text" > "$TMP/note"

# talk NAME OPTIONS-OF-BOTH... ADDRESS PORT: JSON of both ends in NAME.a and NAME.b
talk() {
	local name=$1 port=${!#} address

	shift
	address=${*: -2:1}
	set -- "${@:1:$#-2}"
	serve $B "$name.b" /dev/null --json "$@" -l "$port"
	dial $A "$name.a" "$TMP/note" --json "$@" "$address" "$port"
	dialled=$?
	served
}

# both NAME EXPRESSION: the value, if it is the same at both ends
both() {
	local a b

	a=$(json "$1.a" connection "$2")
	b=$(json "$1.b" connection "$2")
	[ -n "$a" ] && [ "$a" = "$b" ] && echo "$a"
}

# crossed NAME THERE HERE: each end's THERE is the other's HERE
crossed() {
	[ "$(json "$1.a" connection "$2")" = "$(json "$1.b" connection "$3")" ] &&
	[ "$(json "$1.b" connection "$2")" = "$(json "$1.a" connection "$3")" ]
}

examine() { # examine WHAT NAME
	equal "$1: the text arrives" "$dialled $served $(cat "$TMP/$2.b.out")" \
		"0 0 $(cat "$TMP/note")"
	equal "$1: latched at both ends" "$(both $2 '.latch.state')" established
	check "$1: each sees the other's key" crossed $2 \
		'.latch.peer_fingerprint' '.latch.local_fingerprint'
	equal "$1: both know it is an unverified BTNS peer" \
		"$(both $2 '"\(.latch.peer_auth) \(.latch.trust)"')" "btns unverified"
	check "$1: the binding is the same at both ends (channel-binding 4.4/1)" \
		test -n "$(both $2 '.binding')"
}

talk tcp4 $B4 7000
examine "TCP, IPv4" tcp4
equal "TCP: one end is active, one passive" \
	"$(json tcp4.a connection '.latch.passive') $(json tcp4.b connection '.latch.passive')" \
	"false true"
equal "prefix and length of the binding (channel-binding 3.1)" \
	"$(json tcp4.a connection '.binding | "\(split(":")[0]) \(split(":")[1] | length)"')" \
	"ipsec-end-point-v1 64"
check "fingerprint and binding are made of the keys (channel-binding 3.1)" \
	python3 - "$TMP/tcp4.a.err" "$TMP/tcp4.b.err" <<'PYTHON'
import base64, hashlib, json, sys
def event(name):
	return next(e for e in map(json.loads, open(name)) if e["event"] == "connection")
a, b = map(event, sys.argv[1:])
k = [hashlib.sha256(bytes.fromhex(e["peer_key"])).digest() for e in (a, b)]
for e, fp in zip((a, b), k):
	assert e["latch"]["peer_fingerprint"] == "SHA256:" + base64.b64encode(fp).decode().rstrip("=")
h = hashlib.sha256(b"IPsec end-point channel binding v1\0" + b"".join(sorted(k)))
assert a["binding"] == b["binding"] == "ipsec-end-point-v1:" + h.hexdigest()
PYTHON

talk compat --binding compat --hash sha512 $B4 7001
equal "compatibility form with SHA-512" \
	"$(both compat '.binding | "\(split(":")[0]) \(split(":")[1] | length)"')" \
	"IPsec-end-point-IKEv2-pubkey-sha-512 128"

talk tcp6 $B6 7002
examine "TCP, IPv6" tcp6

talk udp4 -u -i 3 --require-latch $B4 7003
examine "UDP, IPv4" udp4

# --- keys that are known -------------------------------------------------------------
fp_a=$(json tcp4.b connection '.latch.peer_fingerprint')
fp_b=$(json tcp4.a connection '.latch.peer_fingerprint')
serve $B pin.b /dev/null --peer "$fp_a" -l 7004
dial $A pin.a "$TMP/note" --peer "$fp_b" $B4 7004
equal "--peer: the right keys" $? 0
served
equal "--peer: the text arrives" "$(cat "$TMP/pin.b.out")" "$(cat "$TMP/note")"
serve $B wrong.b /dev/null -l 7005
dial $A wrong.a "$TMP/note" --peer "$fp_a" $B4 7005
equal "--peer: another key is refused with 4" $? 4
served
equal "--peer: and nothing was sent" "$(wc -c < "$TMP/wrong.b.out")" 0

# --- a proof of one channel -------------------------------------------------------------
echo "sixteen or more characters" > "$TMP/word"
echo "sixteen or more charakters" > "$TMP/other-word"
talk proof --secret-file "$TMP/word" $B4 7006
equal "--secret-file: one secret, one channel" \
	"$dialled $served $(cat "$TMP/proof.b.out")" "0 0 $(cat "$TMP/note")"
serve $B lie.b /dev/null --secret-file "$TMP/other-word" -l 7007
dial $A lie.a "$TMP/note" --secret-file "$TMP/word" $B4 7007
dialled=$?
served
equal "--secret-file: two secrets are refused at both ends" "$dialled $served" "4 4"
equal "--secret-file: and nothing was sent" "$(wc -c < "$TMP/lie.b.out")" 0

# --- mallory, with a key of her own, has SAs with both ---------------------------------
protect m m && ok "there are SAs with mallory" || not_ok "there are SAs with mallory"
talk mitm $B4 7008
equal "man in the middle: the text arrives" "$dialled $served" "0 0"
check "man in the middle: both see the same key" \
	test -n "$(both mitm '.latch.peer_fingerprint')"
check "man in the middle: the bindings differ (channel-binding 4.4/3)" [ \
	"$(json mitm.a connection '.binding')" != "$(json mitm.b connection '.binding')" ]
serve $B caught.b /dev/null --secret-file "$TMP/word" -l 7009
dial $A caught.a "$TMP/note" --secret-file "$TMP/word" $B4 7009
dialled=$?
served
equal "man in the middle: --secret-file notices at both ends" "$dialled $served" "4 4"
equal "man in the middle: no text is sent" "$(wc -c < "$TMP/caught.b.out")" 0
serve $B pinned.b /dev/null -l 7010
dial $A pinned.a "$TMP/note" --peer "$fp_b" $B4 7010
equal "man in the middle: --peer notices" $? 4
served
done_testing
