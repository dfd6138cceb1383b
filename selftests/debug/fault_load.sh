#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No memory for a network namespace while the module is there, and for loading it:
# refused as a whole, or done.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/fault.sh"

failing_setup
modprobe btns
# nsfail N | loadfail N
nsfail() { OUT=$(latchprog netns "$1"); }
loadfail() { OUT=$(latchprog load "$1" "$KO"); }
# ends WHAT UNDO COUNT STEP: the last of its allocations, which are ours, fail by turns
ends() {
	local what=$1 undo=$2 n left all failed=0

	$what 1000000
	left=$(sed -n 's/^left //p' <<< "$OUT")
	all=$((1000000 - left))
	$undo || return
	for ((n = all > $3 ? all - $3 : 1; n <= all; n += $4)); do
		$what $n
		case $OUT in
		ok*) $undo || { diag "$undo after $n: $OUT"; return 1; } ;;
		err*) failed=$((failed + 1)) ;;
		*) diag "$n: $OUT"; return 1 ;;
		esac
	done
	diag "$what: $all allocations, $failed failures refused it"
	[ "$failed" -gt 0 ]
}
check "a new network namespace" ends nsfail true 150 3
KO=/lib/modules/$(uname -r)/updates/btns.ko
gone() { modprobe -r btns; }
unloaded() { wait_for 20 gone; }
check "the module goes" unloaded
check "the module is loaded" ends loadfail unloaded 300 12
check "it loads afterwards" modprobe btns
done_testing
