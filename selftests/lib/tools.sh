# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# btns-nc in tests.  Source it after net.sh.
#
#	serve NAMESPACE NAME INPUT OPTION...	in the background; waits until it listens
#	served				wait for its end; exit code in $served
#	dial NAMESPACE NAME INPUT OPTION...	in the foreground; returns its exit code
#	json NAME EVENT FILTER			jq on that event in NAME.err
#	field NAME TITLE			value of a line of text in NAME.err
#
# Output is in $TMP/NAME.out, messages in $TMP/NAME.err.

# The port is the last argument.
_listens() {
	local port
	port=$(printf %04X "${!#}")
	ip netns exec "$1" sh -c 'cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6' |
		grep -qiE "^ *[0-9]+: [0-9a-f]+:$port [0-9a-f]+:0000 (0A|07) "
}

serve() {
	local ns=$1 name=$2 input=$3

	shift 3
	env ip netns exec "$ns" timeout 200 btns-nc -w 60 "$@" \
		< "$input" > "$TMP/$name.out" 2> "$TMP/$name.err" &
	_served=$!
	_pids+=($_served)
	wait_for 20 _listens "$ns" "$@"
}

served() {
	wait $_served
	served=$?
}

dial() {
	local ns=$1 name=$2 input=$3

	shift 3
	ip netns exec "$ns" timeout 100 btns-nc -w 60 "$@" \
		< "$input" > "$TMP/$name.out" 2> "$TMP/$name.err"
}

json() {
	jq -r --arg event "$2" "select(.event == \$event) | $3" "$TMP/$1.err"
}

field() { sed -n "s/^$2: *//p" "$TMP/$1.err" | head -n 1; }
