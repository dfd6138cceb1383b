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

# _words LOCAL REMOTE ME PEER SUITE KEYLEN SPI_IN SPI_OUT: $_w makes a pair of entry SPD in
# MODE
_words() {
	local in out

	printf -v in "%0$((2 * $6))d" "$7"
	printf -v out "%0$((2 * $6))d" "$8"
	_w="sa-new spd=${SPD:-all} local-ts=$1 remote-ts=$2 mode=${MODE:-transport} suite=$5"
	_w+=" outer-local=$1 outer-peer=$2 spi-in=$7 spi-out=$8 encr-in=$in encr-out=$out"
	_w+=" peer.type=11 peer.data=0${#4} peer.spki=${_spki[$4]} peer.method=14"
	_w+=" local.type=11 local.data=01 local.spki=${_spki[$3]} local.method=14"
}

# _pair NAMESPACE, and as above
_pair() {
	_words "${@:2}"
	# shellcheck disable=SC2086
	ip netns exec "$1" btnsnl $_w
}

# protect PEER_OF_A PEER_OF_B
protect() {
	local n who peer me suite len lines old family in out
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
		old=$(ip netns exec "$n" btnsnl batch - <<< $'spds\nsas') || return
		[[ $old = *" name="* ]] || protect_setup || return
		lines=
		for family in 4 6; do
			if [ "$n" = $A ]; then
				in=$((base + family)) out=$((base + family + 1))
				[ $family = 4 ] && set -- $A4 $B4 || set -- $A6 $B6
			else
				out=$((base + family)) in=$((base + family + 1))
				[ $family = 4 ] && set -- $B4 $A4 || set -- $B6 $A6
			fi
			_words "$1" "$2" "$me" "$peer" "$suite" "$len" "$in" "$out"
			lines+=$_w$'\n'
		done
		while [[ $old =~ child=\{\ id=([0-9]+) ]]; do
			lines+="sa-del id=${BASH_REMATCH[1]}"$'\n'
			old=${old#*child=\{ id=}
		done
		ip netns exec "$n" btnsnl batch - <<< "$lines" > "$TMP/sa.out" 2>&1 ||
			{ diag "$(cat "$TMP/sa.out")"; return 1; }
	done
}

unprotect() {
	ip netns exec $A btnsnl flush config >/dev/null
	ip netns exec $B btnsnl flush config >/dev/null
}
