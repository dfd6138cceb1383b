# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library of the guest tests: TAP, hosts made of network namespaces, captures,
# daemons.  Source it first.  Everything made here is removed when the test ends.
#
#	plan N | check NAME COMMAND... | ok NAME | not_ok NAME [WHY] | diag TEXT
#	step NAME COMMAND...		check that runs in this very shell
#	refuse NAME COMMAND...		passes when the command fails
#	wait_for SECONDS COMMAND...	poll until it succeeds; longer on a debug kernel
#	two_hosts			namespaces $A and $B, see below
#	capture NAME NAMESPACE DEVICE [FILTER]	tcpdump into $TMP/NAME.pcap
#	start_btnsd NAMESPACE [OPTION...]
#	done_testing			verdict; last line of every test
set -u

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BTNS_BIN=${BTNS_BIN:-$TOP/build}
PATH=$BTNS_BIN:$PATH
export LD_LIBRARY_PATH=$BTNS_BIN
TMP=$(mktemp -d /tmp/btns-test.XXXXXX)
_tests=0 _failed=0 _planned=
_namespaces=() _pids=()
# An emulated processor needs long to start a program: what goes without one is much faster.
mkfifo "$TMP/.never"
nap() { read -r -t "$1" <> "$TMP/.never" || :; }

# Into a namespace without the mounts of "ip netns exec", which take most of its time.
# What runs in the background is started by "env ip netns exec" or "enter": $! is then
# its own.
ip() {
	if [ "$1 ${2:-}" = "netns exec" ]; then
		nsenter --net="/run/netns/$3" "${@:4}"
	else
		command ip "$@"
	fi
}

# enter NAMESPACE COMMAND... &: without a /sys of that namespace
enter() { exec nsenter --net="/run/netns/$1" "${@:2}"; }

_cleanup() {
	local p ns

	for p in "${_pids[@]}"; do
		kill "$p" 2>/dev/null
	done
	for ns in "${_namespaces[@]}"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -9 2>/dev/null
		# a FIN that a policy holds back would keep the namespace for minutes
		ip netns exec "$ns" ss -K -t > /dev/null 2>&1
		ip netns del "$ns" 2>/dev/null
	done
	rm -rf "$TMP"
}
trap _cleanup EXIT

plan() { _planned=$1; echo "TAP version 13"; echo "1..$1"; }
diag() { printf '# %s\n' "${*//$'\n'/$'\n'# }"; }

ok() { _tests=$((_tests + 1)); echo "ok $_tests - $1"; }

not_ok() {
	_tests=$((_tests + 1)) _failed=$((_failed + 1))
	echo "not ok $_tests - $1"
	[ $# -gt 1 ] && diag "$2"
	return 0
}

# check NAME COMMAND...: output is shown when the command fails.
check() {
	local name=$1 out rc

	shift
	diag "+ $*"
	out=$("$@" 2>&1)
	rc=$?
	if [ $rc = 0 ]; then
		ok "$name"
	else
		not_ok "$name" "exit $rc: $out"
	fi
	return $rc
}

# step NAME COMMAND...: for what starts something, or sets variables.
step() {
	local name=$1 rc

	shift
	diag "+ $*"
	"$@"
	rc=$?
	if [ $rc = 0 ]; then
		ok "$name"
	else
		not_ok "$name" "exit $rc"
	fi
	return $rc
}

# refuse NAME COMMAND...: passes when the command fails.
refuse() {
	local name=$1 out

	shift
	diag "+ ! $*"
	if out=$("$@" 2>&1); then
		not_ok "$name" "succeeded: $out"
		return 1
	fi
	diag "$out"
	ok "$name"
}

# equal NAME GOT WANTED
equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got '$2', wanted '$3'"
		return 1
	fi
}

done_testing() {
	[ -n "$_planned" ] || echo "1..$_tests"
	if [ -n "$_planned" ] && [ "$_planned" != "$_tests" ]; then
		diag "planned $_planned tests, ran $_tests"
		exit 1
	fi
	[ $_failed = 0 ]
	exit
}

# wait_for SECONDS COMMAND...: poll; fails when the time is over.
wait_for() {
	local end=$((SECONDS + $1 * ${BTNS_SLOW:-3}))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -ge $end ] && return 1
		nap 0.05
	done
}

# Run in the background and remember it.
background() {
	env "$@" &
	_pids+=($!)
}

# host NAME: a namespace with loopback
host() {
	ip netns add "$1" || return
	_namespaces+=("$1")
	ip -n "$1" link set lo up
	ip netns exec "$1" sysctl -q net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
}

# cable NS1 DEV1 NS2 DEV2
cable() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3" &&
	ip -n "$1" link set "$2" up && ip -n "$3" link set "$4" up
}

# address NS DEV ADDRESS...
address() {
	local ns=$1 dev=$2 a

	shift 2
	for a; do
		case $a in
		*:*) ip -n "$ns" addr add "$a" dev "$dev" nodad ;;
		*) ip -n "$ns" addr add "$a" dev "$dev" ;;
		esac || return
	done
}

#	$A ---a0------[ $W: bridge ]------b0--- $B
#	$A4 $A6                             $B4 $B6
# The wire between is a namespace of its own: captures there see what crosses.
two_hosts() {
	A=hosta B=hostb W=wire
	A4=10.1.0.1 B4=10.1.0.2 A6=fd01::1 B6=fd01::2
	host $A && host $B && host $W || return
	ip -batch - <<-END && ip -n $W -batch - <<-END2 || return
		link add a0 netns $A type veth peer name wa netns $W
		link add b0 netns $B type veth peer name wb netns $W
	END
		link add name br0 type bridge
		link set br0 up
		link set wa up master br0
		link set wb up master br0
	END2
	ip -n $A -batch - <<-END && ip -n $B -batch - <<-END2 || return
		link set a0 up
		addr add $A4/24 dev a0
		addr add $A6/64 dev a0 nodad
	END
		link set b0 up
		addr add $B4/24 dev b0
		addr add $B6/64 dev b0 nodad
	END2
	wait_for 10 ip netns exec $A ping -c 1 -W 1 $B4
}

# delay MS: one-way delay on both directions of the wire
delay() {
	ip netns exec $W tc qdisc add dev wa root netem delay "$1"ms &&
	ip netns exec $W tc qdisc add dev wb root netem delay "$1"ms
}

# capture NAME NAMESPACE DEVICE [FILTER...]
capture() {
	local name=$1 ns=$2 dev=$3

	shift 3
	enter "$ns" tcpdump --immediate-mode -U -n -i "$dev" -w "$TMP/$name.pcap" "$@" \
		2> "$TMP/$name.tcpdump" &
	_pids+=($!)
	eval "_capture_$name=$!"
	wait_for 20 grep -q 'listening on' "$TMP/$name.tcpdump" ||
		not_ok "capture of $dev" "$(cat "$TMP/$name.tcpdump")"
}

# tcpdump, asked by SIGUSR1, has read all that the kernel captured for it; or no more
# for two seconds: what came before its filter was set is counted, too.
_capture_read() {
	kill -USR1 "$1" || return 0
	nap 0.1
	awk '/ captured, / { same = $0 == last ? same + 1 : 0; last = $0; got = $2 + $10; all = $5 }
		END { exit !(all != "" && (got >= all || same >= 20)) }' "$2"
}

# end_capture NAME: stop; nothing that crossed before is missing
end_capture() {
	local v="_capture_$1"

	wait_for 20 _capture_read "${!v}" "$TMP/$1.tcpdump" ||
		diag "capture $1: $(tail -n 1 "$TMP/$1.tcpdump")"
	kill -INT "${!v}" 2>/dev/null
	wait "${!v}" 2>/dev/null
	return 0
}

# packets NAME [FILTER...]: count
packets() {
	local name=$1

	shift
	tcpdump -n -r "$TMP/$name.pcap" "$@" 2>/dev/null | wc -l
}

# counter NAMESPACE NAME: TCP/IP counter (nstat name), absolute
counter() { ip netns exec "$1" nstat -asz "$2" 2>/dev/null | awk -v n="$2" '$1 == n { print $2 }'; }

# start_btnsd NAMESPACE [OPTION...]: its files are in $TMP/NAMESPACE
start_btnsd() {
	local ns=$1 dir=$TMP/$1

	shift
	mkdir -p "$dir"
	env ip netns exec "$ns" btnsd --key "$dir/key.pem" --control "$dir/control" "$@" \
		> "$dir/log" 2>&1 &
	_pids+=($!)
	eval "BTNSD_$ns=$!"
	wait_for 20 btnsd_ready "$ns"
}

# It answers as soon as the kernel has its configuration: before, packets cross in clear.
btnsd_ready() { [ -S "$TMP/$1/control" ] && ctl "$1" status; }

# ctl NAMESPACE ARGUMENT...: btnsctl of that host
ctl() {
	local ns=$1

	shift
	ip netns exec "$ns" btnsctl --control "$TMP/$ns/control" "$@"
}
