#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make bench: the benchmarks of user/ natively, those of selftests/perf/ each in a
# guest of its own.  Figures are lines "# bench: NAME = VALUE UNIT (wanted: ...)";
# they are also in build/bench.txt, each with the verdict.  Exit 0: all was measured,
# whether or not what was wanted was reached.
#
# usage: bench.sh [NAME...]	only these, for example "first_contact"
#
# A line "# vm: OPTIONS" in a script is for selftests/vm/run.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/bench
out=build/bench.txt
fail=0

scripts/module.sh 6.1 && scripts/programs.sh all benches || exit 1
: > "$out"

wanted() { [ $# = 1 ] || [[ " ${*:2} " = *" $1 "* ]]; }

# figures NAME: from its log; none is a failure
figures() {
	sed -n 's/^[ #]*bench: //p' "build/bench/$1.log" > build/bench/figures
	[ -s build/bench/figures ] || { echo "bench: $1 measured nothing"; fail=1; }
	cat build/bench/figures >> "$out"
}

for b in $(make -s -C user list-benches); do
	wanted "$b" "$@" || continue
	printf '\n=== %s\n' "$b"
	"build/bench/$b" 2>&1 | tee "build/bench/$b.log"
	[ "${PIPESTATUS[0]}" = 0 ] || { echo "bench: $b failed"; fail=1; }
	figures "$b"
done
for t in selftests/perf/*.sh; do
	b=$(basename "$t" .sh)
	[ "$b" != lib ] && wanted "$b" "$@" || continue
	printf '\n=== %s\n' "$b"
	read -r -a options < <(sed -n 's/^# vm: //p' "$t") || true
	selftests/vm/run --no-build --timeout 1200 --test-timeout 1100 \
		"${options[@]}" --output "build/bench/$b.log" "$t" || fail=1
	figures "$b"
done

printf '\n=== figures of %s processors\n' "$(nproc)"
awk '
	# NAME = VALUE UNIT (wanted: OPERATOR LIMIT)
	match($0, /\(wanted: [<>=]+ [-0-9.]+\)$/) {
		split(substr($0, RSTART + 9, RLENGTH - 10), w, " ")
		v = $3 + 0
		limit = w[2] + 0
		good = (w[1] == "<" && v < limit) || (w[1] == "<=" && v <= limit) ||
		       (w[1] == ">" && v > limit) || (w[1] == ">=" && v >= limit)
		$0 = $0 (good ? ": reached" : ": MISSED")
	}
	{ print }
' "$out" > build/bench/figures && mv build/bench/figures "$out"
cat "$out"
exit $fail
