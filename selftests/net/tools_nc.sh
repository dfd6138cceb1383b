#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# btns-nc in clear: relays octets like any netcat, says that nothing protects
# them, and refuses when protection is required.
#
#	$A ---- wire ---- $B
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/tools.sh"

plan 26
modprobe -r btns 2>/dev/null
two_hosts

# --- relaying --------------------------------------------------------------------
head -c 1000000 /dev/urandom > "$TMP/up"
head -c 300000 /dev/urandom > "$TMP/down"
serve $B s1 "$TMP/down" -l --json 7000
dial $A c1 "$TMP/up" --json $B4 7000
equal "client ends well" $? 0
served
equal "server ends well" "$served" 0
check "1 MB upwards is unchanged" cmp "$TMP/up" "$TMP/s1.out"
check "300 kB downwards are unchanged" cmp "$TMP/down" "$TMP/c1.out"
equal "JSON: the client knows the server's address" \
	"$(json c1 connection '"\(.peer.address) \(.peer.port)"')" "$B4 7000"
equal "JSON: roles" "$(json c1 connection '.role') $(json s1 connection '.role')" \
	"client server"
equal "JSON: octets are counted" \
	"$(json c1 end '"\(.sent) \(.received) \(.error)"')" "1000000 300000 null"
check "JSON: connect() took some time" \
	[ "$(json c1 connection '.connect_ms > 0')" = true ]
equal "JSON: no latch, no binding" \
	"$(json c1 connection '"\(.latch.state) \(.binding) \(.peer_key)"')" \
	"none null null"
check "without the module it says so" \
	grep -q "module is not loaded" <(json c1 connection '.explanation')

serve $B s2 "$TMP/down" -6 -l 7001
dial $A c2 /dev/null -6 $B6 7001
equal "IPv6" $? 0
served
check "IPv6: unchanged" cmp "$TMP/down" "$TMP/c2.out"
serve $B s3 /dev/null -l 7002
dial $A c3 "$TMP/up" -4 $B4 7002
served
check "a listener of both families takes IPv4" cmp "$TMP/up" "$TMP/s3.out"
check "and shows it as IPv4" grep -q "connection from $A4:" "$TMP/s3.err"

printf 'over and out' > "$TMP/note"
serve $B s4 /dev/null -u -l -i 2 7003
dial $A c4 "$TMP/note" -u -i 1 $B4 7003
served
check "UDP: a datagram arrives" cmp "$TMP/note" "$TMP/s4.out"

# --- refusing ----------------------------------------------------------------------
check "the module loads" modprobe btns
serve $B s5 /dev/null -l 7004
dial $A c5 "$TMP/note" --require-latch $B4 7004
equal "--require-latch: a connection in clear is refused with 3" $? 3
served
equal "and nothing was sent" "$(wc -c < "$TMP/s5.out")" 0
check "the reason is in clear words" grep -q "it is in clear" "$TMP/c5.err"
serve $B s6 "$TMP/note" --require-latch -l 7005
dial $A c6 /dev/null $B4 7005
served
equal "a listener refuses likewise" "$served" 3
serve $B s7 /dev/null -u -l -i 2 7006
dial $A c7 "$TMP/note" -u -w 1 --require-latch $B4 7006
equal "UDP in clear is refused, too" $? 3
served
equal "and no data was sent" "$(wc -c < "$TMP/s7.out")" 0

dial $A c8 /dev/null $B4 7999
equal "nobody listens: 1" $? 1
dial $A c9 /dev/null --peer SHA256:nonsense $B4 7999
equal "a fingerprint that is none: 2" $? 2
dial $A c10 /dev/null -u --secret-file /dev/null $B4 7999
equal "a proof over UDP: 2" $? 2
dial $A c11 /dev/null --hash md5 $B4 7999
equal "an unknown hash: 2" $? 2
done_testing
