#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Memory of the kernel for one SA pair beyond XFRM's own: COUNT pairs, each with a
# peer and traffic selectors of its own, by the module; then the same states and
# policies by ip xfrm, without the module.
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/lib.sh"

COUNT=${COUNT:-1000}
# pairs before the first look: hash tables and modules are there then
WARM=100
H=memory ME=10.1.0.1
octets=0 added=

# pair NUMBER: its peer, keys and SPIs
pair() {
	peer=10.$((100 + $1 / 4096)).$(($1 / 16 % 256)).$(($1 % 16 + 1))
	spi_in=$((4096 + 2 * $1)) spi_out=$((4097 + 2 * $1))
	printf -v in %040x "$spi_in"
	printf -v out %040x "$spi_out"
}

# by_module FROM TO
by_module() {
	local i key own

	printf -v own '302a300506032b6570032100%064d' 0
	for ((i = $1; i < $2; i++)); do
		pair $i
		printf -v key '302a300506032b6570032100%064d' $((i + 1))
		echo sa-new spd=all local-ts=$ME remote-ts=$peer mode=transport \
			suite=20:128:0 outer-local=$ME outer-peer=$peer spi-in=$spi_in \
			spi-out=$spi_out encr-in=$in encr-out=$out replay=64 peer.type=11 \
			peer.data=$spi_in peer.spki=$key peer.method=14 local.type=11 \
			local.data=01 local.spki=$own local.method=14
	done > "$TMP/batch"
	ip netns exec $H btnsnl batch "$TMP/batch" > "$TMP/out" 2>&1 && return
	diag "$(tail -n 1 "$TMP/out")"
	return 1
}

# by_xfrm FROM TO
by_xfrm() {
	local i esp options="replay-window 64 flag esn aead rfc4106(gcm(aes))"

	for ((i = $1; i < $2; i++)); do
		pair $i
		esp="proto esp reqid $((i + 1)) mode transport"
		echo "xfrm state add src $peer dst $ME spi $spi_in $esp $options" \
			"0x$in 128 sel src $peer dst $ME"
		echo "xfrm state add src $ME dst $peer spi $spi_out $esp $options" \
			"0x$out 128 sel src $ME dst $peer"
		echo "xfrm policy add src $peer dst $ME dir in priority 4096 tmpl $esp"
		echo "xfrm policy add src $ME dst $peer dir out priority 4096 tmpl $esp"
	done > "$TMP/batch"
	ip -n $H -batch "$TMP/batch"
}

xfrm_counts() {
	echo "$(ip -n $H xfrm state | grep -c '^src') $(ip -n $H xfrm policy | grep -c '^src')"
}

# measure COMMAND: octets a pair in $octets, what it adds to XFRM's tables in $added
measure() {
	local before states policies s p

	"$1" 0 $WARM && settle || return
	before=$kib
	read -r states policies < <(xfrm_counts)
	"$1" $WARM $((WARM + COUNT)) && settle || return
	diag "$1: $before KiB, then $kib KiB"
	octets=$(calc "($kib - $before) * 1024 / $COUNT")
	read -r s p < <(xfrm_counts)
	added="$((s - states)) states, $((p - policies)) policies"
	[ "$s" -gt "$states" ]
}

host $H
ip -n $H addr add $ME/32 dev lo
modprobe btns
echo "pad name=any match=any child-any
spd name=all class=private btns-ok" > "$TMP/policy"
check "a policy" ip netns exec $H btnsnl config "$TMP/policy"
try "$COUNT pairs by the module" measure by_module
with=$octets added_with=$added
check "the pairs go" ip netns exec $H btnsnl flush sas
check "the policy goes" ip netns exec $H btnsnl flush config
ip netns del $H
unloads() { modprobe -r btns; }
wait_for 20 unloads
host $H
ip -n $H addr add $ME/32 dev lo
try "$COUNT pairs by ip xfrm" measure by_xfrm
equal "as many states and policies" "$added" "$added_with"
own=$(calc "$with - $octets")
bench kernel_per_sa_pair_xfrm "$octets" octets
bench kernel_per_sa_pair_btns "$with" octets
bench kernel_per_sa_pair_beyond_xfrm "$own" octets "< 1024"
done_testing
