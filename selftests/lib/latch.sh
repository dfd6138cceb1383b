# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library of the latch tests, on top of net.sh: sockets on command in both hosts,
# SA pairs of chosen identities between them.
#
#	latch_hosts			two hosts, SAs between them (sa.sh), agents a and b
#	agent NAME NAMESPACE		start latchprog there
#	say NAME COMMAND...		one command; the answer is in $R
#	expect NAME AGENT WANTED COMMAND...	a test: the answer matches the pattern
#	field KEY			value of KEY=... in $R
#	stat NAMESPACE COUNTER		counter of /proc/net/btns
#	rise NAME NAMESPACE COUNTER COMMAND...	a test: the command makes the counter grow
declare -A _in _out _agent_in

# breaks_do NAMESPACE REACTION: 0 wait, 1 close, 2 failover
breaks_do() { ip netns exec "$1" sysctl -q -w "net.btns.break_reaction=$2"; }

agent() {
	local name=$1 ns=$2 r w

	# what is held back is asked about later: a break must not end the connection
	breaks_do "$ns" 0
	mkfifo "$TMP/$name.in" "$TMP/$name.out"
	enter "$ns" latchprog agent < "$TMP/$name.in" > "$TMP/$name.out" &
	_pids+=($!)
	eval "AGENT_$name=$!"
	exec {w}> "$TMP/$name.in" {r}< "$TMP/$name.out"
	_in[$name]=$w _out[$name]=$r
	# it has arrived in its namespace
	say "$name" use 0 && _agent_in[$ns]=$!
}

latch_hosts() {
	two_hosts && protect_setup && protect b a || exit 1
	agent a $A
	agent b $B
}

# Their connections are reset: orphans would keep the namespaces for minutes.
stop_agents() {
	local name

	for name in "${!_in[@]}"; do
		local pid="AGENT_$name"

		kill "${!pid}" 2>/dev/null
		wait "${!pid}" 2>/dev/null
	done
	return 0
}

say() {
	local name=$1

	shift
	R=
	echo "$*" >&"${_in[$name]}"
	read -r -t $((40 * ${BTNS_SLOW:-3})) R <&"${_out[$name]}" || R="err no answer"
	case $R in
	ok*) return 0 ;;
	*) return 1 ;;
	esac
}

# expect NAME AGENT WANTED COMMAND...
expect() {
	local name=$1 agent=$2 wanted=$3

	shift 3
	say "$agent" "$@"
	# shellcheck disable=SC2254
	case $R in
	$wanted) ok "$name" ;;
	*) not_ok "$name" "$agent $*: got '$R', wanted '$wanted'"; return 1 ;;
	esac
}

field() {
	[[ " $R " =~ \ $1=([^ ]*)\  ]] && echo "${BASH_REMATCH[1]}"
}

# An agent's /proc shows its namespace without starting a program there.
stat() {
	local file=/proc/${_agent_in[$1]:-none}/net/btns name value

	if [ ! -r "$file" ]; then
		ip netns exec "$1" awk -v n="$2" '$1 == n || $1 == n":" { print $2 }' /proc/net/btns
		return
	fi
	while read -r name value; do
		[ "${name%:}" != "$2" ] || echo "$value"
	done < "$file"
}

# rise NAME NAMESPACE COUNTER COMMAND...
rise() {
	local name=$1 ns=$2 counter=$3 before

	shift 3
	before=$(stat "$ns" "$counter")
	"$@"
	if wait_for 10 grown "$ns" "$counter" "$before"; then
		ok "$name"
	else
		not_ok "$name" "$counter in $ns stays at $before"
	fi
}

# Latches that live in that namespace.
latches_in() { echo $(($(stat "$1" latch_new) - $(stat "$1" latch_released))); }

grown() { [ "$(stat "$1" "$2")" -gt "$3" ]; }

mac() { ip -n "$1" -br link show "$2" | awk '{ print $3 }'; }

# forge_to_b PROTO SRC SPORT DST DPORT SEQ ACK FLAGS TEXT: appears on the wire to B
forge_to_b() {
	ip netns exec "$W" latchprog forge wb "$(mac "$A" a0)" "$(mac "$B" b0)" "$@"
}

forge_to_a() {
	ip netns exec "$W" latchprog forge wa "$(mac "$B" b0)" "$(mac "$A" a0)" "$@"
}

# Open a TCP connection from agent a, slot $1, to b's listener in slot 0, b's slot
# becomes the accepted one.  open_tcp PORT [KIND] [ADDRESS]
open_tcp() {
	local port=$1 kind=${2:-tcp4} address=${3:-$B4}

	say b use 0 && say b socket "$kind" && say b bind "${4:-$address}" "$port" &&
	say b listen && say a socket "$kind" && say a connect "$address" "$port" &&
	say b accept
}

# Do both ends still understand each other?  chat NAME
chat() {
	say a send ping && say b recv 15000 && [ "$R" = "ok ping" ] &&
	say b send pong && say a recv 15000 && [ "$R" = "ok pong" ]
}
