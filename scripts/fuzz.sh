#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fuzz targets under libFuzzer, with address and undefined behaviour sanitizers.
#
# usage: fuzz.sh [run] [TARGET...]	each for FUZZ_SECONDS (20)
#	 fuzz.sh minimize [TARGET...]	user/fuzz/corpus anew from all that was found
#	 fuzz.sh coverage		lines that the inputs of user/fuzz/corpus reach, and
#					those that were found here
#
# Inputs found are kept in build/fuzz/corpus, those that fail in build/fuzz/failed.
set -u
cd "$(dirname "$0")/.." || exit 1
out=$PWD/build/fuzz
seconds=${FUZZ_SECONDS:-20}
what=${1:-run}
case $what in run|minimize|coverage) shift ;; *) what=run ;; esac
targets=("$@")

scripts/deps.sh fuzz || exit 1
mkdir -p "$out/failed" "$out/log"

warn=-Wno-unused-command-line-argument

build() {
	mkdir -p build
	flock build/.fuzz.lock make -s -C user B="$out" CC=clang \
		SANITIZE=fuzzer-no-link,address,undefined \
		CFLAGS="-O1 -g -fno-sanitize-recover=undefined $warn" fuzzers || exit 1
	[ ${#targets[@]} -gt 0 ] ||
		mapfile -t targets < <(make -s -C user B="$out" list-fuzzers | tr ' ' '\n')
}

# Long inputs where short ones say nothing; the engine's are programs.
limits() {
	case $1 in
	engine) echo "-max_len=600 -len_control=20" ;;
	*) echo "-max_len=4096 -len_control=50" ;;
	esac
}

run_one() {
	local t=$1 dict=() log=$out/log/$1 rc
	[ -f "user/fuzz/dict/$t" ] && dict=("-dict=user/fuzz/dict/$t")
	mkdir -p "$out/corpus/$t"
	# shellcheck disable=SC2046
	"$out/fuzz/$t" $(limits "$t") "${dict[@]}" -max_total_time="$seconds" -timeout=25 \
		-rss_limit_mb=3000 -print_final_stats=1 -artifact_prefix="$out/failed/$t-" \
		"$out/corpus/$t" "user/fuzz/corpus/$t" > "$log" 2>&1
	rc=$?
	if [ $rc = 0 ]; then
		echo "ok - $t: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
			"$(grep -aoE 'cov: [0-9]+' "$log" | tail -n 1)"
	else
		grep -aE 'ERROR|SUMMARY|runtime error|Test unit written|^ +#[0-9]+ .* /.*user/' "$log" |
			head -n 20 | sed 's/^/# /'
		echo "not ok - $t"
	fi
	return $rc
}

run() {
	local t bad=0

	build
	for t in "${targets[@]}"; do
		run_one "$t" || bad=$((bad + 1))
	done
	echo "${#targets[@]} targets, $bad failed"
	[ $bad = 0 ]
}

minimize() {
	local t

	build
	for t in "${targets[@]}"; do
		mkdir -p "$out/corpus/$t" "user/fuzz/corpus/$t"
		rm -rf "$out/small" && mkdir "$out/small"
		"$out/fuzz/$t" -merge=1 -use_counters=0 -max_len=1500 "$out/small" \
			"user/fuzz/corpus/$t" "$out/corpus/$t" > "$out/log/$t.merge" 2>&1 || {
			tail -n 5 "$out/log/$t.merge"
			exit 1
		}
		rm -f "user/fuzz/corpus/$t"/*
		cp "$out/small"/* "user/fuzz/corpus/$t/"
		echo "$t: $(find "user/fuzz/corpus/$t" -type f | wc -l) inputs," \
			"$(du -bs "user/fuzz/corpus/$t" | cut -f 1) octets"
	done
}

# The codec: what turns octets of others into structs.
codec="parse.c payload.c build.c"
coverage() {
	local at=$PWD/build/coverage t

	flock build/.fuzz.lock make -s -C user B="$at" CC=clang \
		CFLAGS="-O1 -g -fprofile-instr-generate -fcoverage-mapping $warn" \
		LDFLAGS=-fprofile-instr-generate "$at/tests/test_fuzz" || exit 1
	rm -f "$at"/*.profraw
	LLVM_PROFILE_FILE="$at/corpus.profraw" "$at/tests/test_fuzz" > "$at/out" 2>&1 || {
		cat "$at/out"
		exit 1
	}
	for t in "$out/corpus"/*; do
		[ -d "$t" ] && LLVM_PROFILE_FILE="$at/$(basename "$t").profraw" \
			"$at/tests/test_fuzz" "$(basename "$t")" "$t" > /dev/null
	done
	llvm-profdata merge -o "$at/all.profdata" "$at"/*.profraw || exit 1
	echo "lines of the codec that are reached:"
	# shellcheck disable=SC2046
	llvm-cov report "$at/tests/test_fuzz" -instr-profile="$at/all.profdata" \
		$(printf 'user/ike/%s ' $codec) | awk '$1 ~ /\.c$|TOTAL/ { print $1, $8, $9, $10 }'
	echo "lines of everything that targets read input with:"
	llvm-cov report "$at/tests/test_fuzz" -instr-profile="$at/all.profdata" \
		user/ike/*.c user/btnsd/conf*.c user/btnsd/control.c \
		user/btnsd/kernel_attrs.c user/btnsd/acquire.c user/btnsd/bind.c |
		awk '$1 ~ /\.c$|TOTAL/ { print $1, $8, $9, $10 }'
}

$what
