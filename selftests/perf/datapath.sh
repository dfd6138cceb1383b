#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What latches cost: instructions for one UDP datagram, both ends, in one guest
# whose clock counts instructions:
#
#	selftests/vm/run --icount selftests/perf/datapath.sh
#
#	$A --- wire --- $B, ESP in transport mode with null cipher and HMAC-SHA-256
#
# vm: --icount
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/lib.sh"

COUNT=${COUNT:-10000}

# cost [4|6 [REQID]]: what others did meanwhile is the difference of median and mean
cost() {
	local median mean ends=($A4 $B4)

	[ "${1:-4}" = 4 ] || ends=($A6 $B6)
	read -r median mean < <(udp-loop $A $B "${ends[@]}" $COUNT 64 ${2:+"$2"}) || return
	diag "median $median, mean $mean" >&2
	echo "$median"
}

# plain SUITE: the same protection by ip xfrm, without the module
plain() {
	local h alg=(enc 'ecb(cipher_null)' '' auth-trunc 'hmac(sha256)'
		"0x$(printf '%064d' 0)" 128)

	[ "$1" = null/hmac-sha2-256-128 ] || return
	for h in "$A $A4 $B4 1 2" "$B $B4 $A4 2 1" "$A $A6 $B6 3 4" "$B $B6 $A6 4 3"; do
		# shellcheck disable=SC2086
		set -- $h
		ip -n $1 xfrm state add src $2 dst $3 proto esp spi $4 mode transport \
			reqid 1 replay-window 128 flag esn "${alg[@]}" &&
		ip -n $1 xfrm state add src $3 dst $2 proto esp spi $5 mode transport \
			reqid 1 replay-window 128 flag esn "${alg[@]}" &&
		ip -n $1 xfrm policy add src $2 dst $3 dir out \
			tmpl proto esp mode transport reqid 1 &&
		ip -n $1 xfrm policy add src $3 dst $2 dir in \
			tmpl proto esp mode transport reqid 1 || return
	done
}

# policies NUMBER: of networks that the datagrams do not belong to, with precedence
policies() {
	local h i dir

	for h in $A $B; do
		for ((i = 0; i < $1; i++)); do
			[ $((i % 2)) = 0 ] && dir=in || dir=out
			echo "xfrm policy add src 10.$((2 + i / 256)).$((i % 256)).0/24" \
				"dst 10.9.0.0/16 dir $dir priority 0" \
				"tmpl proto esp mode transport"
		done > "$TMP/batch"
		ip -n $h -batch "$TMP/batch" || return
	done
}

latching() {
	local h

	for h in $A $B; do
		ip netns exec $h sysctl -qw net.btns.auto_latch=$1
	done
}

reqid() { ip -n $A xfrm state get dst $B4 proto esp spi "$(spi)" | sed -n 's/.*reqid \([0-9]*\).*/\1/p'; }
spi() { ip -n $A xfrm state | grep -A 1 "dst $B4\$" | sed -n 's/.*spi \([^ ]*\) .*/\1/p' | head -n 1; }
latches() { ctl $1 -j latches | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["latches"]))'; }

two_hosts
clear=$(cost)
modprobe btns
cat > "$TMP/bench.conf" <<CONF
[pad anybody]
match = any

[policy everything]
class = private
btns = yes
suites = null-sha256
CONF
start_btnsd $A --config "$TMP/bench.conf"
start_btnsd $B --config "$TMP/bench.conf"
# the module loads ciphers beforehand, which takes as long as all the datagrams
try "the ciphers are loaded" wait_for 60 grep -q 'seqiv(rfc7539esp(' /proc/crypto
latching 0
off=$(cost) || diag "$(cat "$TMP"/*/log; ip -s -n $A xfrm state; cat /proc/net/btns)"
equal "no latch was made" "$(latches $A) $(latches $B)" "0 0"
suite=$(ctl $A -j sas | sed -n 's/.*"suite": "\([^"]*\)".*/\1/p' | head -n 1)
latching 1
on=$(cost)
on6=$(cost 6)
on_socket=$(cost 4 "$(reqid)")
check "latches were made at both ends" [ "$(latches $A)" -ge 1 -a "$(latches $B)" -ge 1 ]
stop BTNSD
modprobe -r btns
no_xfrm
try "plain XFRM with $suite" plain "$suite"
plain=$(cost)
plain6=$(cost 6)
plain_socket=$(cost 4 1)
check "1000 more policies" policies 1000
crowd=$(cost)
no_xfrm
plain "$suite"
modprobe btns
beside=$(cost)

percent() { calc "($1 / $2 - 1) * 100"; }

bench datagram_clear "$clear" instructions
bench datagram_xfrm "$plain" "instructions ($suite)"
bench datagram_xfrm_module_loaded "$beside" instructions
bench datagram_btns_without_latch "$off" instructions
bench datagram_btns_with_latch "$on" instructions
bench datagram_socket_policy "$plain_socket" "instructions (plain XFRM, policies of the sockets)"
bench datagram_latch_socket_policy "$on_socket" "instructions (latched, policies of the sockets)"
bench datagram6_xfrm "$plain6" "instructions (IPv6)"
bench datagram6_btns_with_latch "$on6" "instructions (IPv6)"
bench module_loaded_unused "$(percent "$beside" "$plain")" "% over plain XFRM" "< 0.05"
bench btns_without_latch "$(percent "$off" "$plain")" "% over plain XFRM"
bench latch "$(percent "$on" "$off")" "% over the same without latch"
bench latched "$(percent "$on" "$plain")" "% over plain XFRM with a policy" "<= 1"
bench latched6 "$(percent "$on6" "$plain6")" "% over plain XFRM with a policy (IPv6)" "<= 1"
bench latched_policies "$(percent "$on" "$crowd")" "% over plain XFRM with 1000 policies" "< 0"
done_testing
