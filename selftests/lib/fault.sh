# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library: allocations that fail, on kernels that can make them fail (make check-debug).
#
#	failing_setup			every allocation of slab may be the one that fails
#	walk NAME AGENT GOOD BAD PREPARE COMMAND...
#		a test: COMMAND of that agent with its first allocation failing, then
#		with its second, and so on until it has no more.  PREPARE (a function) goes
#		before each.  An answer matches GOOD, or BAD if an allocation failed.
#		$WALKED counts the failures of all walks
#	walk_nl NAME NAMESPACE FLUSH WORDS...	the same with "btnsnl walk"
#	walk_prepared NAME NAMESPACE	the same with btnsnl and the words in $W, which
#					prepare_nl sets; unprepare_nl goes after each
#	softirq_fails PERCENT | softirq_works	allocations of latches on the way in
FAIL=/sys/kernel/debug
REFUSED='ENOMEM|ENOBUFS|EAGAIN|Cannot allocate|No buffer|cannot (send|receive)'
NOMEM='err @(ENOMEM|ENOBUFS|EAGAIN|ENFILE)'
MOST=400 WALKED=0
shopt -s extglob

failing_setup() {
	[ -e /proc/self/fail-nth ] || { echo "1..0 # SKIP no fault injection here"; exit 4; }
	echo 0 > $FAIL/failslab/verbose
	echo N > $FAIL/failslab/ignore-gfp-wait
}

# walk NAME AGENT GOOD BAD PREPARE COMMAND...
walk() {
	local name=$1 agent=$2 good=$3 bad=$4 prepare=$5 n failed=0 left

	shift 5
	for ((n = 1; n <= MOST; n++)); do
		$prepare || { not_ok "$name" "$prepare failed before allocation $n: $R"; return; }
		say "$agent" nth $n "$@"
		local answer=$R
		say "$agent" left
		left=${R#ok }
		# shellcheck disable=SC2254
		case $answer in
		$good) ;;
		$bad)	[ "$left" = 0 ] || { not_ok "$name" "$answer without failure"; return; }
			failed=$((failed + 1)) ;;
		*)	not_ok "$name" "allocation $n: '$answer'"; return ;;
		esac
		[ "$left" = 0 ] || break
	done
	walked "$name" $n $failed
}

# walked NAME N FAILED
walked() {
	diag "$1: $(($2 - 1)) allocations failed, $3 of them told"
	WALKED=$((WALKED + $2 - 1))
	if [ "$2" -le $MOST ]; then
		ok "$1"
	else
		not_ok "$1" "there is no end of allocations"
	fi
}

# walk_nl NAME NAMESPACE FLUSH WORDS...
walk_nl() {
	local out n failed

	if out=$(ip netns exec "$2" btnsnl walk "${@:3}" 2>&1); then
		read -r n failed <<< "$out"
		walked "$1" $((n + 1)) "$failed"
	else
		not_ok "$1" "$out"
	fi
}

# walk_prepared NAME NAMESPACE
walk_prepared() {
	local name=$1 n failed=0 out rc left

	for ((n = 1; n <= MOST; n++)); do
		prepare_nl || { not_ok "$name" "not prepared before allocation $n: $R"; return; }
		out=$(BTNS_FAIL_NTH=$n ip netns exec "$2" btnsnl "${W[@]}" 2>&1)
		rc=$?
		left=${out##*left=}
		if [ $rc != 0 ]; then
			failed=$((failed + 1))
			[[ $left = 0 && $out =~ $REFUSED ]] ||
				{ not_ok "$name" "allocation $n: exit $rc, $out"; return; }
		fi
		unprepare_nl
		[ "$left" = 0 ] || break
	done
	walked "$name" $n $failed
}

# The runner's command line marks the cache of latches.  fail_function would do without,
# but rolls its dice in a trap, about which lockdep complains once and then sleeps.
softirq_fails() {
	echo Y > $FAIL/failslab/cache-filter &&
	echo 1 > $FAIL/failslab/interval &&
	echo -1 > $FAIL/failslab/times &&
	echo "$1" > $FAIL/failslab/probability
}

softirq_works() {
	echo 0 > $FAIL/failslab/probability
	echo N > $FAIL/failslab/cache-filter
}
