#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# btns-run as a server of many, and started by systemd's socket activation and as inetd
# would, with an unmodified web server behind it.
#
#	$A ---- wire ---- $B: btns-run
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/tools.sh"
. "$(dirname "$0")/../lib/sad.sh"
. "$(dirname "$0")/../lib/run.sh"

two_hosts
check "SAs with an unknown peer" hosts_trust 1 ""

# --- many, and one at a time
run one 7009 --trust any --max 1 -- cat
env ip netns exec $A timeout 150 btns-nc -q -w 100 $B4 7009 < <(
	echo first
	wait_for 100 test -e "$TMP/second-waits"
	echo last
) > "$TMP/first.out" 2>&1 &
first=$!
check "--max: the first is served" wait_for 60 grep -q first "$TMP/first.out"
env ip netns exec $A timeout 150 btns-nc -q -w 100 $B4 7009 < "$TMP/note" \
	> "$TMP/second.out" 2>&1 &
second=$!
queued() { ip netns exec $B ss -Htln 'sport = :7009' | awk '{ exit $2 != 1 }'; }
check "--max: the second waits in the queue" wait_for 60 queued
equal "--max: and got nothing" "$(wc -c < "$TMP/second.out")" 0
touch "$TMP/second-waits"
wait $first
wait $second
equal "--max: then it is served" "$(cat "$TMP/first.out" "$TMP/second.out")" \
	"$(printf 'first\nlast\n'; cat "$TMP/note")"

run end 7010 --trust any -- cat
pkill -TERM -P $_served -x btns-run
served
equal "SIGTERM ends it" "$served" 0
ip netns exec $B btns-run --trust any -- cat 2> "$TMP/usage.log"
equal "nowhere to listen: 2" $? 2
ip netns exec $B btns-run --inetd --trust any -- cat < /dev/null 2> "$TMP/usage.log"
equal "--inetd without a connection: 2" $? 2
ip netns exec $B btns-run -l 7011 --trust anybody -- cat 2> "$TMP/usage.log"
equal "an unknown word: 2" $? 2

# --- started by others
mkdir -p "$TMP/www"
cp "$TMP/note" "$TMP/www/note.txt"
printf 'GET /note.txt HTTP/1.0\r\n\r\n' > "$TMP/request"
# activated NAME PORT OPTION... : systemd-socket-activate OPTION...
activated() {
	local name=$1 port=$2

	shift 2
	env ip netns exec $B timeout 200 systemd-socket-activate -l "$B4:$port" "$@" \
		2> "$TMP/$name.log" &
	_pids+=($!)
	wait_for 30 _listens $B "$port"
}
fetch() { dial $A "$1" "$TMP/request" -q $B4 "$2"; }
fetched() { tail -n 1 "$TMP/$1.out" | cmp - "$TMP/note"; }

activated activation 7020 btns-run --trust any -- busybox httpd -i -h "$TMP/www"
fetch activation 7020
check "socket activation: an unmodified web server answers" fetched activation
activated accept 7021 -a --inetd btns-run --inetd --trust any -- \
	busybox httpd -i -h "$TMP/www"
fetch accept 7021
check "one process a connection, as inetd does: likewise" fetched accept
activated activation-refused 7022 -a btns-run -- busybox httpd -i -h "$TMP/www"
fetch activation-refused 7022
check "socket activation, Accept=yes: an unverified peer is refused" \
	wait_for 30 grep -q "refused: not trusted enough" "$TMP/activation-refused.log"
equal "and gets no answer" "$(wc -c < "$TMP/activation-refused.out")" 0
done_testing
