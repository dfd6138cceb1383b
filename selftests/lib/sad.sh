# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library: SA pairs of every kind between $A and $B, without IKE, on top of net.sh.
#
#	nl NAMESPACE WORDS...		btnsnl in that host
#	policy NAMESPACE <<E		PAD and SPD lines of btnsnl; a PAD entry is added
#	sa NAMESPACE LOCAL REMOTE IN OUT [WORD...]	one pair; its number is in $ID
#	both LOCAL REMOTE [WORD...]	the pair of A and its mirror at B, new SPIs;
#					numbers are in $ID_A, $ID_B
#	events NAMESPACE		listen; output in $TMP/NAMESPACE.events
#	saw NAMESPACE PATTERN		such an event has come (grep -E)
#	no_sas				all pairs of both hosts go
#
# Of the pair, before sa or both: MODE SUITE LEN ILEN OUTER_L OUTER_P ME PEER
# Of the PAD entry, before policy: PAD
PAD=child-any
MODE=transport SUITE=20:128:0 LEN=20 ILEN=0 OUTER_L='' OUTER_P='' ME=1 PEER=2
_spi=8192

modprobe btns || exit 1

nl() {
	local ns=$1

	shift
	ip netns exec "$ns" btnsnl "$@"
}

policy() {
	{ cat; echo "pad name=any match=any $PAD"; } > "$TMP/policy.$1"
	nl "$1" config "$TMP/policy.$1" > "$TMP/policy.out" 2>&1 ||
		{ diag "$(cat "$TMP/policy.out")"; return 1; }
}

_SPKI=302a300506032b6570032100%064d
# shellcheck disable=SC2059
_spki() { printf "$_SPKI" "$1"; }

# _keys NAME LENGTH SPI_IN SPI_OUT: into $keys
_keys() {
	local w

	[ "$2" != 0 ] || return 0
	printf -v w "$1-in=%0$((2 * $2))x" "$3" && keys+=("$w")
	printf -v w "$1-out=%0$((2 * $2))x" "$4" && keys+=("$w")
}

sa() {
	local ns=$1 l=$2 r=$3 in=$4 out=$5 keys=() la ra peer me said

	shift 5
	printf -v peer "$_SPKI" "$PEER"
	printf -v me "$_SPKI" "$ME"
	la=${l#tcp:} ra=${r#tcp:}
	la=${la#*#} ra=${ra#*#}
	_keys encr "$LEN" "$in" "$out"
	_keys integ "$ILEN" "$in" "$out"
	nl "$ns" sa-new spd=all "local-ts=$l" "remote-ts=$r" mode=$MODE "suite=$SUITE" \
		"outer-local=${OUTER_L:-${la%%[/,]*}}" "outer-peer=${OUTER_P:-${ra%%[/,]*}}" \
		"spi-in=$in" "spi-out=$out" "${keys[@]}" \
		peer.type=11 "peer.data=0$PEER" "peer.spki=$peer" peer.method=14 \
		local.type=11 "local.data=0$ME" "local.spki=$me" local.method=14 \
		"$@" > "$TMP/sa.out" 2>&1 || { diag "sa $ns $l $r: $(cat "$TMP/sa.out")"; return 1; }
	said=$(< "$TMP/sa.out")
	ID=
	[[ $said =~ child=\{\ id=([0-9]+) ]] && ID=${BASH_REMATCH[1]}
}

both() {
	local l=$1 r=$2 in=$((_spi += 2)) out=$((_spi + 1)) x=$OUTER_L y=$OUTER_P m=$ME p=$PEER rc

	shift 2
	OUTER_L=$y OUTER_P=$x ME=$p PEER=$m sa $B "$r" "$l" $out $in "$@" || return
	ID_B=$ID
	OUTER_L=$x OUTER_P=$y ME=$m PEER=$p
	sa $A "$l" "$r" $in $out "$@" || return
	ID_A=$ID
}

events() {
	env ip netns exec "$1" btnsnl monitor > "$TMP/$1.events" &
	_pids+=($!)
	wait_for 20 grep -q ready "$TMP/$1.events"
}

saw() { grep -qE "$2" "$TMP/$1.events"; }

no_sas() { nl $A flush sas > /dev/null && nl $B flush sas > /dev/null; }

# reach NAMESPACE ADDRESS...: an echo comes back from each
reach() {
	local ns=$1 a

	shift
	for a; do
		ip netns exec "$ns" ping -c 1 -W 2 -n "$a" > /dev/null || return
	done
}
