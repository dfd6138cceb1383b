# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library: SA pairs between $A and $B (net.sh: two_hosts) for peers of choice, without
# IKE.  Peers are a, b and m (mallory); keys are made up, nobody signs anything.
#
#	protect_setup			PAD and SPD of both hosts; class "private"
#	protect PEER_OF_A PEER_OF_B	SAs for both families; those before are gone.
#					"rekey": the peer as before, new SAs.
#					"weak": the peer as before, another suite
#	unprotect			no SAs, no policies
declare -A _spki _last

_made_up_key() { printf '302a300506032b6570032100%064d' "$1"; }
_spki=([a]=$(_made_up_key 1) [b]=$(_made_up_key 2) [m]=$(_made_up_key 3))
_spi=4096

SUITE=20:256:0 KEY_LEN=36 SUITE_WEAK=20:128:0 KEY_LEN_WEAK=20
_key() { printf "%0$((2 * $1))d" "$2"; }

modprobe btns || exit 1

protect_setup() {
	local n

	cat > "$TMP/sa.conf" <<-E
		pad name=any match=any child-any
		spd name=all class=private btns-ok suite=$SUITE suite=$SUITE_WEAK
	E
	for n in $A $B; do
		ip netns exec "$n" btnsnl config "$TMP/sa.conf" >/dev/null || return
	done
}

_sa_ids() { ip netns exec "$1" btnsnl sas | sed -n 's/^ child={ id=\([0-9]*\).*/\1/p'; }

# _pair NAMESPACE LOCAL REMOTE ME PEER SUITE KEYLEN SPI_IN SPI_OUT, of entry SPD in MODE
_pair() {
	ip netns exec "$1" btnsnl sa-new "spd=${SPD:-all}" "local-ts=$2" "remote-ts=$3" \
		"mode=${MODE:-transport}" "suite=$6" "outer-local=$2" "outer-peer=$3" \
		"spi-in=$8" "spi-out=$9" \
		"encr-in=$(_key "$7" "$8")" "encr-out=$(_key "$7" "$9")" \
		peer.type=11 "peer.data=0${#5}" "peer.spki=${_spki[$5]}" peer.method=14 \
		local.type=11 local.data=01 "local.spki=${_spki[$4]}" local.method=14
}

# protect PEER_OF_A PEER_OF_B
protect() {
	local n who peer me suite len old family id in out
	local base=$_spi of_a=$1 of_b=$2

	_spi=$((_spi + 16))
	for n in $A $B; do
		if [ "$n" = $A ]; then who=$of_a me=a; else who=$of_b me=b; fi
		suite=$SUITE len=$KEY_LEN
		case $who in
		rekey) peer=${_last[$n]} ;;
		weak) peer=${_last[$n]} suite=$SUITE_WEAK len=$KEY_LEN_WEAK ;;
		*) peer=$who ;;
		esac
		_last[$n]=$peer
		ip netns exec "$n" btnsnl spds | grep -q . || protect_setup || return
		old=$(_sa_ids "$n")
		for family in 4 6; do
			if [ "$n" = $A ]; then
				in=$((base + family)) out=$((base + family + 1))
				[ $family = 4 ] && set -- $A4 $B4 || set -- $A6 $B6
			else
				out=$((base + family)) in=$((base + family + 1))
				[ $family = 4 ] && set -- $B4 $A4 || set -- $B6 $A6
			fi
			_pair "$n" "$1" "$2" "$me" "$peer" "$suite" "$len" "$in" "$out" \
				> "$TMP/sa.out" 2>&1 || { diag "$(cat "$TMP/sa.out")"; return 1; }
		done
		for id in $old; do
			ip netns exec "$n" btnsnl sa-del "id=$id" >/dev/null || return
		done
	done
}

unprotect() {
	ip netns exec $A btnsnl flush config >/dev/null
	ip netns exec $B btnsnl flush config >/dev/null
}
