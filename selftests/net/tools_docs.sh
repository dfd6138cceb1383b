#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# btns(4) against the module: every sysctl with its range and default, and every
# counter, is in the manual page, and nothing else.
. "$(dirname "$0")/../lib/net.sh"

page=$TOP/Documentation/man/btns.4
plan 5
check "the module loads" modprobe btns
host docs
in_docs() { ip netns exec docs "$@"; }

in_docs ls /proc/sys/net/btns | sort > "$TMP/have"
sed -n 's/^\.It Cm \([a-z_]*\) Pq .*;.*/\1/p' "$page" | sort > "$TMP/told"
check "net.btns.*: all names are documented, and no others" diff "$TMP/told" "$TMP/have"

bad=
while read -r name low high default; do
	f=/proc/sys/net/btns/$name
	[ "$(in_docs cat "$f")" = "$default" ] || bad+=" $name:default"
	for v in $((low - 1)) $((high + 1)) text; do
		in_docs sh -c "echo $v > $f" 2>/dev/null && bad+=" $name=$v:taken"
	done
	for v in "$low" "$high"; do
		in_docs sh -c "echo $v > $f" 2>/dev/null || bad+=" $name=$v:refused"
	done
	in_docs sh -c "echo $default > $f"
done < <(sed -n 's/^\.It Cm \([a-z_]*\) Pq \([0-9]*\) \(to\|or\) \([0-9]*\); \([0-9]*\)$/\1 \2 \4 \5/p' "$page")
equal "net.btns.*: ranges and defaults are as documented" "$bad" ""
equal "all of them were tried" \
	"$(grep -c '^\.It Cm [a-z_]* Pq [0-9]* \(to\|or\) [0-9]*; [0-9]*$' "$page")" \
	"$(wc -l < "$TMP/have")"

in_docs awk '{ print $1 }' /proc/net/btns | sort > "$TMP/have"
sed -n '/^\.Sh STATISTICS/,/^\.Sh FILES/s/^\.It Cm //p' "$page" | tr -d ' ' | tr , '\n' |
	sort > "$TMP/told"
check "/proc/net/btns: all counters are documented, and no others" diff "$TMP/told" "$TMP/have"
done_testing
