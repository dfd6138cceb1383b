#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make check-interop: IKE with the daemons of others, in guests.  Writes the matrix of
# what was shown into build/interop.rst; Documentation/interop.rst keeps a copy.
#
# usage: interop.sh [PEER...]	strongswan-5.9 ..., default: all
# Last line: "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/.." || exit 1

[ $# -gt 0 ] || set -- $(basename -s .sh selftests/interop/*.sh)
scripts/deps.sh check peers && scripts/peers.sh "$@" > /dev/null &&
	scripts/module.sh 6.1 && scripts/programs.sh || exit 1
mkdir -p build/interop
fail=0
for peer; do
	printf '\n=== %s\n' "$peer"
	selftests/vm/run --no-build --cpus 1 --timeout 1500 --test-timeout 1400 \
		--output "build/interop/$peer.tap" "selftests/interop/$peer.sh" \
		> "build/interop/$peer.out" 2>&1 || fail=1
	grep -E '^ *not ok|^[0-9]+ passed' "build/interop/$peer.out"
done
scripts/matrix.py build/interop/*.tap > build/interop.rst || fail=1
cat build/interop/*.out | awk '/^[0-9]+ passed, / { p += $1; f += $3; s += $5 }
	END { printf "%d passed, %d failed, %d skipped\n", p, f, s }'
exit $fail
