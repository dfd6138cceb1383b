# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library: btns-run on $B, peers of choice at $A; on top of net.sh, tools.sh, sad.sh.
#
#	hosts_trust ME [PAD LINE] [WORD...]	SAs; $A has the key ME, B's PAD that line too
#	run NAME PORT OPTION... -- PROGRAM	in the background; waits until it listens
#	talk NAME PORT			what comes back of $TMP/note is in NAME.out
#	passes NAME PORT		tests: it comes back
#	stops NAME PORT REASON		tests: refused, the program is not even started
#
# Programs of passes and stops are "sh -c $MARKED".  Keys are $KEY1 and $KEY3.
base64_of_key() {
	_spki "$1" | xxd -r -p | openssl dgst -sha256 -binary | base64 | tr -d =
}
KEY1=SHA256:$(base64_of_key 1)
KEY3=SHA256:$(base64_of_key 3)
echo "a line of text" > "$TMP/note"

hosts_trust() {
	no_sas
	policy $A <<-E || return
		spd name=all class=private btns-ok suite=$SUITE
	E
	policy $B <<-E || return
		${2:-}
		spd name=all class=private btns-ok suite=$SUITE
	E
	ME=$1 PEER=2
	shift 2
	both $A4 $B4 "$@"
}

run() {
	local name=$1 port=$2

	shift 2
	env ip netns exec $B timeout 200 btns-run -l "$port" "$@" 2> "$TMP/$name.log" &
	_served=$!
	_pids+=($_served)
	wait_for 30 _listens $B "$port"
}

talk() { dial $A "$1" "$TMP/note" -q $B4 "$2"; }

# The program leaves a mark when it starts, then it echoes.
MARKED="touch $TMP/mark; exec cat"
passes() {
	rm -f "$TMP/mark"
	talk "$1" "$2"
	check "$1: the text comes back" cmp "$TMP/note" "$TMP/$1.out"
}

stops() {
	rm -f "$TMP/mark"
	talk "$1" "$2"
	wait_for 30 grep -q "refused" "$TMP/$1.log"
	check "$1: refused, and the reason is told" grep -q "refused: $3" "$TMP/$1.log"
	equal "$1: nothing comes back" "$(wc -c < "$TMP/$1.out")" 0
	refuse "$1: the program was not even started" test -e "$TMP/mark"
}
