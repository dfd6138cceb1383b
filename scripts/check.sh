#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All tests.  Last line: "N passed, N failed, N skipped".
#
# usage: check.sh [kernels|debug]
#	kernels		guest tests on 6.12 and 7.2 instead of 6.1
#	debug		those of latches, SAs and policies, and failing allocations, on a
#			kernel that looks for faults
set -u
cd "$(dirname "$0")/.." || exit 1
top=$PWD
out=$top/build/check
mode=${1:-default}
start=$SECONDS

step() { printf '\n=== %s (%d s)\n' "$1" $((SECONDS - start)); }

must() {
	"$@" || { echo "check: '$*' failed"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
}

passed=0 failed=0 skipped=0
# verdict NAME FILE STATUS: one test; FILE is what it said, shown if it failed
verdict() {
	if [ "$3" = 0 ]; then
		echo "ok - $1"
		passed=$((passed + 1))
	else
		sed 's/^/# /' "$2"
		echo "not ok - $1"
		failed=$((failed + 1))
	fi
}

# quiet FILE COMMAND...: does it succeed without a word?  What it says goes to FILE.
quiet() {
	"${@:2}" > "$1" 2>&1 && ! [ -s "$1" ]
}

# add FILE: sums of a "N passed, N failed, N skipped" line
add() {
	local p f s

	read -r p f s < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$1" | tail -n 1)
	if [ -z "${p:-}" ]; then
		failed=$((failed + 1))
		echo "check: $1 has no result"
		return
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

finish() {
	printf '\n%d s\n' $((SECONDS - start))
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ] && { [ $skipped = 0 ] || [ "${BTNS_ALLOW_SKIP:-0}" = 1 ]; }
	exit
}

step "packages"
must scripts/deps.sh check
mkdir -p "$out"
rm -rf "${out:?}"/*

# guest KERNEL NAME PROCESSORS TEST...: takes tests from the kernel's queue.  The limits
# are far above what a quiet machine needs: only what hangs is to be ended.
guest() {
	local at=$out/guest-$1-$2 limits="--timeout 5400 --test-timeout 1200"

	[ "$1" != debug ] || limits="--timeout 14400 --test-timeout 2400"
	# shellcheck disable=SC2086
	selftests/vm/run --no-build --kernel "$1" --cpus "$3" $limits \
		--queue "$out/queue-$1" --log "$at.console" \
		--output "$at.tap" -- "${@:4}" > "$at.out" 2>&1
}

# lane KERNEL: one after another the guest of two processors for the tests with
# "# Processors: 2", and one of one processor.
lane() {
	[ ${#two[@]} = 0 ] || guest "$1" two 2 "${two[@]}"
	guest "$1" 0 1 "${one[@]}"
}

# sort_tests TEST...: into one and two, those with the longest text first: they take
# longest, and all guests shall end at about the same time.
sort_tests() {
	local list=()

	mapfile -t list < <(ls -S -- "$@")
	mapfile -t two < <(grep -l '^# Processors: 2$' "${list[@]}")
	mapfile -t one < <(grep -L '^# Processors: 2$' "${list[@]}")
}

# run_guests KERNEL [PID]: those of sort_tests in three guests side by side: two cores
# emulate two at a time, and tests also wait.  PID: the first lane, which has begun.
run_guests() {
	local k=$1 i pids=()

	if [ -n "${2:-}" ]; then
		pids=("$2")
	else
		lane "$k" &
		pids=($!)
	fi
	for i in 1 2; do
		guest "$k" $i 1 "${one[@]}" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in "$out/guest-$k-"*.out; do
		cat "$i"
		add "$i"
	done
	for i in "${one[@]}" "${two[@]}"; do
		[ -d "$out/queue-$k/${i//\//_}" ] && continue
		echo "not ok - $i was not run"
		failed=$((failed + 1))
	done
}

if [ "$mode" = kernels ]; then
	must scripts/deps.sh kernels
	for k in 6.12 7.2; do
		step "kernel $k: build, no warning"
		quiet "$out/module-$k.out" scripts/module.sh "$k" W=1
		verdict "module for $k" "$out/module-$k.out" $?
		must scripts/programs.sh
		step "kernel $k: guest tests"
		sort_tests selftests/net/*.sh
		run_guests "$k"
	done
	finish
fi

if [ "$mode" = debug ]; then
	step "debug kernel: built once"
	must scripts/kernel.sh debug > /dev/null
	must scripts/module.sh debug BTNS_SELFTEST=1
	must scripts/programs.sh all tests
	step "debug kernel: guest tests"
	n=selftests/net
	# that kernel is without SCTP
	GLOBIGNORE=$n/latch_sctp.sh
	sort_tests selftests/debug/*.sh $n/latch_*.sh $n/sad_*.sh $n/rfc5386_*.sh \
		$n/policy_unload.sh $n/sockopt.sh $n/keymgr_hold.sh $n/daemon_slice.sh
	run_guests debug
	finish
fi

step "build: module, programs"
must scripts/kernel.sh 6.1 > /dev/null
must scripts/programs.sh -j2 all tests
must scripts/module.sh 6.1 -j2 BTNS_SELFTEST=1

# Guests need one processor, what runs natively meanwhile the other.
sort_tests selftests/net/*.sh
{
	selftests/vm/run --no-build --quiet --timeout 1500 -T 1400 selftests/demo/demo.sh \
		> "$out/demo.out" 2>&1
	echo $? > "$out/demo.status"
	lane 6.1
} &
first=$!

step "module once more, with W=1 and sparse"
BTNS_MODULE_OUT=$out/../check-module \
	quiet "$out/module.out" scripts/module.sh 6.1 W=1 C=2 CF=-D__CHECK_ENDIAN__
verdict "module builds without warnings of gcc W=1 and sparse" "$out/module.out" $?

step "static checks"
scripts/lint.sh > "$out/lint.out" 2>&1
verdict "checkpatch, man pages, shell syntax, specification, documentation" "$out/lint.out" $?

step "unit tests"
# unit FILE PATTERN: how many lines of cmocka's report
unit() { grep -cE "^\[ +$2 +\] [A-Za-z_]" "$1"; }
for t in $(make -s -C user list-tests); do
	timeout 1200 "build/tests/$t" > "$out/$t.out" 2>&1
	rc=$?
	good=$(unit "$out/$t.out" OK)
	left=$(unit "$out/$t.out" SKIPPED)
	# each failed test is named twice
	bad=$(grep -E '^\[ +(FAILED|ERROR) +\] [A-Za-z_]' "$out/$t.out" |
		awk '!seen[$NF]++' | wc -l)
	[ $rc = 0 ] && [ "$good" -gt 0 ] || [ "$bad" -gt 0 ] || bad=1
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
	if [ "$bad" = 0 ]; then
		echo "ok - $t ($good)"
	else
		grep -vE '^\[ (RUN|      OK)' "$out/$t.out" | tail -n 40 | sed 's/^/# /'
		echo "not ok - $t (exit $rc)"
	fi
done

step "guest tests on 6.1"
run_guests 6.1 $first
verdict demo "$out/demo.out" "$(cat "$out/demo.status")"

finish
