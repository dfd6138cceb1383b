#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-interop: IKE with the daemons of others, in guests.  What was shown is written
# into selftests/interop/results, and the matrix in Documentation/interop.rst made of it.
#
# usage: interop.sh [PEER...]	strongswan-5.9 ..., default: all
# Last line: "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/.." || exit 1

[ $# -gt 0 ] || set -- $(basename -s .sh selftests/interop/*.sh)
scripts/deps.sh check peers && scripts/peers.sh "$@" > /dev/null &&
	scripts/module.sh 6.1 && scripts/programs.sh || exit 1
mkdir -p build/interop
fail=0 outputs=() taps=()
for peer; do
	printf '\n=== %s\n' "$peer"
	outputs+=("build/interop/$peer.out") taps+=("build/interop/$peer.tap")
	rm -f "build/interop/$peer".*
	selftests/vm/run --no-build --cpus 1 --timeout 2400 --test-timeout 2300 \
		--output "build/interop/$peer.tap" "selftests/interop/$peer.sh" \
		> "build/interop/$peer.out" 2>&1 || fail=1
	grep -E '^ *not ok|^[0-9]+ passed' "build/interop/$peer.out"
done
scripts/matrix.py "${taps[@]}" || fail=1
cat "${outputs[@]}" | awk '/^[0-9]+ passed, / { p += $1; f += $3; s += $5 }
	END { printf "%d passed, %d failed, %d skipped\n", p, f, s }'
exit $fail
