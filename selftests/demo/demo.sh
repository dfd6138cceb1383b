#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo: two hosts that have never met, then a man in the middle.
#
# Runs as root in a guest:  selftests/vm/run selftests/demo/demo.sh  (make demo).
# Needs btnsd, btnsctl and btns-nc in PATH or in $BTNS_BIN, the module loaded or
# loadable, iproute2 and tcpdump.  Prints only the story; V=1 adds what the
# programs say.  Exit code 0: every claim held.
#
#   alice 10.77.0.1 ---[alice0 brA]---cable---[brB bob0]--- 10.77.0.2 bob
#                            |                    |
#                        mallory-b            mallory-a
#                    (is "bob" to alice)  (is "alice" to bob)
set -u

PATH=${BTNS_BIN:+$BTNS_BIN:}$PATH:/usr/sbin:/sbin
work=$(mktemp -d /tmp/btns-demo.XXXXXX)
port=7000
secret_words="Meet me under the oak at nine"
daemons=()
captures=()
claims=0
# Emulated machines are slow: how long to wait for anything, in seconds.
patience=60

bold='' green='' red='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$'\033[1m' green=$'\033[32m' red=$'\033[31m' off=$'\033[0m'
fi

cleanup() {
	local pid ns

	for pid in "${captures[@]}" "${daemons[@]}" $(jobs -p); do
		kill "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	for ns in alice bob mallory-a mallory-b wire; do
		ip netns del $ns 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT

title() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }
say() { printf '%s\n' "$*"; }

fail() {
	printf '  %s[FAILED]%s %s\n' "$red" "$off" "$1"
	printf '\nThe demo failed: %s\n' "$1"
	for f in "$work"/*/btnsd.log "$work"/*.err; do
		[ -s "$f" ] && printf -- '--- %s\n' "${f#"$work"/}" && tail -n 25 "$f"
	done
	dmesg 2>/dev/null | tail -n 15
	exit 1
}

# claim TEXT COMMAND...: print it if the command succeeds, end the demo if not.
claim() {
	local text=$1

	shift
	"$@" >/dev/null 2>&1 || fail "$text"
	claims=$((claims + 1))
	printf '  %s[holds]%s %s\n' "$green" "$off" "$text"
}

# wait_for WHAT COMMAND...
wait_for() {
	local what=$1 end=$((SECONDS + patience))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "waited too long for $what"
		sleep 0.1
	done
}

in_ns() { local ns=$1; shift; ip netns exec "$ns" "$@"; }

# --- the network ---------------------------------------------------------------

plug() { # plug HOST ADDRESS PORT-ON-THE-WIRE
	ip netns add "$1"
	in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip -n "$1" link set lo up
	ip -n wire link add "$3" type veth peer name eth0 netns "$1"
	ip -n wire link set "$3" up
	ip -n "$1" addr add "$2/24" dev eth0
	ip -n "$1" link set eth0 up
}

build_network() {
	ip netns add wire || fail "no network namespaces: run this as root"
	in_ns wire sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	local br
	for br in brA brB; do
		ip -n wire link add $br type bridge mcast_snooping 0
		ip -n wire link set $br up
	done
	ip -n wire link add cableA type veth peer name cableB
	ip -n wire link set cableA master brA up
	ip -n wire link set cableB master brB up
	plug alice 10.77.0.1 alice0
	plug bob 10.77.0.2 bob0
	plug mallory-b 10.77.0.2 mb0
	plug mallory-a 10.77.0.1 ma0
	ip -n wire link set alice0 master brA
	ip -n wire link set bob0 master brB
}

# Mallory cuts the cable and plugs in at both ends.
splice_mallory() {
	ip -n wire link set cableA nomaster
	ip -n wire link set cableB nomaster
	ip -n wire link set mb0 master brA
	ip -n wire link set ma0 master brB
	in_ns alice ip neigh flush all
	in_ns bob ip neigh flush all
}

capture_start() { # capture_start NAME: on both ends of the wire
	local side

	captures=()
	for side in alice0 bob0; do
		ip netns exec wire tcpdump -i $side -U --immediate-mode -s 0 \
			-w "$work/$1-$side.pcap" 2>"$work/$1-$side.tcpdump" &
		captures+=($!)
		wait_for "tcpdump" grep -q 'listening on' \
			"$work/$1-$side.tcpdump"
	done
}

capture_stop() {
	kill "${captures[@]}" 2>/dev/null
	wait "${captures[@]}" 2>/dev/null
	captures=()
}

# count NAME FILTER: packets on both ends of the wire
count() {
	local name=$1 n=0 side

	shift
	for side in alice0 bob0; do
		n=$((n + $(tcpdump -nr "$work/$name-$side.pcap" "$@" 2>/dev/null |
			wc -l)))
	done
	echo $n
}

# at_alice NAME FILTER: packets at alice's end, each once
at_alice() { tcpdump -nr "$work/$1-alice0.pcap" "${@:2}" 2>/dev/null | wc -l; }

is_none() { [ "$(count "$@")" -eq 0 ]; }
is_some() { [ "$(count "$@")" -gt 0 ]; }
readable() { grep -aqF "$secret_words" "$work/$1"-*.pcap; }
unreadable() { ! readable "$1"; }

only_ipsec() {
	is_none "$1" 'not (esp or arp or udp port 500 or udp port 4500)'
}

# --- hosts -----------------------------------------------------------------------

# host_start NS [OTHER]: a daemon with nothing but its default policy, and a key
# that it makes itself (or that of OTHER: mallory is one person)
host_start() {
	modprobe btns || fail "the module does not load"
	local ns=$1 dir=$work/$1

	mkdir -p "$dir"
	[ -z "${2:-}" ] || cp -p "$work/$2/key.pem" "$dir/key.pem"
	ip netns exec "$ns" btnsd --key "$dir/key.pem" --control "$dir/control" \
		>"$dir/btnsd.log" 2>&1 &
	daemons+=($!)
	eval "pid_${ns//-/_}=$!"
	# btnsctl answers without a daemon, too: the key is there when the daemon is
	wait_for "the key of $ns" test -s "$dir/key.pem"
	wait_for "the control socket of $ns" test -S "$dir/control"
	wait_for "btnsd of $ns" ctl "$ns" -j status
}

ctl() { local ns=$1; shift; in_ns "$ns" btnsctl --control "$work/$ns/control" "$@"; }

host_key() {
	ctl "$1" -j | sed -n 's/.*"fingerprint": "\(SHA256:[^"]*\)".*/\1/p' | head -n 1
}

# As on the first day: no SA, no memory of anybody, and a daemon just started.
host_forget() {
	local ns=$1 pid="pid_${1//-/_}"

	ctl "$ns" flush all || fail "flush at $ns"
	kill "${!pid}"
	wait "${!pid}" 2>/dev/null
	find "$work/$ns" -mindepth 1 ! -name 'key*' ! -name '*.log' -delete
	host_start "$ns"
}

# --- the conversation -------------------------------------------------------------

# listen NS NAME ARGS...: bob's program; what it hears goes to NAME.out
listen() {
	local ns=$1 name=$2

	shift 2
	ip netns exec "$ns" timeout $((2 * patience)) btns-nc -l -w $patience "$@" $port \
		<"${stdin:-/dev/null}" >"$work/$name.out" 2>"$work/$name.err" &
	listener=$!
	wait_for "a listening socket" listening "$ns"
}

listening() {
	in_ns "$1" cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		grep -qi ":$(printf %04X $port) .* 0A "
}

# dial NS NAME ADDRESS ARGS...: alice's program
dial() {
	local ns=$1 name=$2 address=$3

	shift 3
	printf '%s\n' "$secret_words" | in_ns "$ns" timeout $patience \
		btns-nc -w $patience "$@" "$address" $port \
		>"$work/$name.out" 2>"$work/$name.err"
}

field() { sed -n "s/^$2: *//p" "$work/$1.err" | head -n 1; }
peer_key() { field "$1" 'peer key' | cut -d' ' -f1; }
own_key() { field "$1" 'own key'; }
binding() { field "$1" binding; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
heard() { grep -qF "$secret_words" "$work/$1.out"; }
not_heard() { ! heard "$1"; }
chatter() { [ -z "${V:-}" ] || sed 's/^/    | /' "$@"; }

# A binding is long: show the beginning of its hash.
short() {
	local b=$1

	printf '%s' "${b:0:43}..."
}

show_sockets() { # show_sockets WHO NAME
	printf '    %-8s peer key %s\n' "$1" "$(peer_key "$2")"
	printf '    %-8s binding  %s\n' '' "$(short "$(binding "$2")")"
}

# --- the story ----------------------------------------------------------------------

build_network
head -c 24 /dev/urandom | base64 >"$work/word"	# a secret of the applications

title "Two hosts and a wire"
cat <<'PICTURE'

      alice ----------------- wire ----------------- bob
    10.77.0.1          everybody listens          10.77.0.2

PICTURE
say "1. As it is today: alice sends bob a line of text over TCP."
capture_start clear
listen bob bob-clear
dial alice alice-clear 10.77.0.2 || fail "no connection at all"
wait $listener
capture_stop
chatter "$work/alice-clear.err"
claim "bob got the line" heard bob-clear
claim "everybody on the wire can read it" readable clear

title "2. BTNS is switched on at both hosts"
say "Nobody gives them a certificate, a password or each other's key."
host_start alice
host_start bob
say "    alice    made the key $(host_key alice)"
say "    bob      made the key $(host_key bob)"
capture_start direct
listen bob bob-direct --secret-file "$work/word"
dial alice alice-direct 10.77.0.2 --secret-file "$work/word"
alice_exit=$?
wait $listener
bob_exit=$?
capture_stop
chatter "$work/alice-direct.err" "$work/bob-direct.err"
say "The same programs, the same line.  What they read from their sockets:"
show_sockets alice alice-direct
show_sockets bob bob-direct
claim "alice's socket shows bob's key" \
	same "$(peer_key alice-direct)" "$(host_key bob)"
claim "bob's socket shows alice's key" \
	same "$(peer_key bob-direct)" "$(host_key alice)"
claim "the channel bindings agree: one channel, nobody in between" \
	same "$(binding alice-direct)" "$(binding bob-direct)"
claim "both programs are content and the line arrived" \
	eval "[ $alice_exit -eq 0 ] && [ $bob_exit -eq 0 ] && heard bob-direct"
claim "on the wire: $(at_alice direct udp port 500 or udp port 4500) packets of \
key exchange, $(at_alice direct esp) of ESP" is_some direct esp
claim "on the wire: nothing else (but ARP)" only_ipsec direct
claim "on the wire: the line cannot be read" unreadable direct

title "3. Mallory cuts the wire and sits in the middle, with a key of her own"
cat <<'PICTURE'

      alice --------- mallory "bob"  :  mallory "alice" --------- bob
    10.77.0.1           10.77.0.2    :     10.77.0.1          10.77.0.2

PICTURE
host_forget alice
host_forget bob
splice_mallory
host_start mallory-b
host_start mallory-a mallory-b
say "    mallory  made the key $(host_key mallory-b)"

# relay NAME: what mallory hears from alice she passes on to bob, and back
relay() {
	local to=$work/$1.to-bob from=$work/$1.from-bob

	mkfifo "$to" "$from"
	ip netns exec mallory-b btns-nc -l -w $patience $port 2>"$work/$1-b.err" \
		<"$from" | tee "$work/$1.overheard" >"$to" &
	ip netns exec mallory-a btns-nc -w $patience 10.77.0.2 $port \
		2>"$work/$1-a.err" <"$to" >"$from" &
	wait_for "mallory" listening mallory-b
}

say "Programs that do not look are fooled, on both channels protected:"
capture_start fooled
listen bob bob-fooled
relay fooled
dial alice alice-fooled 10.77.0.2
wait $listener
capture_stop
chatter "$work/alice-fooled.err" "$work/bob-fooled.err"
show_sockets alice alice-fooled
show_sockets bob bob-fooled
claim "IPsec came up twice; each end sees mallory's key" \
	eval "same $(peer_key alice-fooled) $(host_key mallory-b) &&
	      same $(peer_key bob-fooled) $(host_key mallory-b)"
claim "the line arrived, and mallory has read it" \
	eval "heard bob-fooled && grep -qF '$secret_words' $work/fooled.overheard"
claim "but the channel bindings differ: it is not one channel" \
	differ "$(binding alice-fooled)" "$(binding bob-fooled)"

say ""
say "Programs that put the binding into their own authentication notice:"
capture_start caught
listen bob bob-caught --secret-file "$work/word"
relay caught
dial alice alice-caught 10.77.0.2 --secret-file "$work/word"
alice_exit=$?
wait $listener
bob_exit=$?
capture_stop
chatter "$work/alice-caught.err" "$work/bob-caught.err"
say "    bob      $(grep -h '^btns-nc: the other' "$work/bob-caught.err" |
	cut -d: -f2-)"
claim "alice and bob refused (exit codes $alice_exit and $bob_exit)" \
	[ "$alice_exit$bob_exit" = 44 ]
claim "bob did not get the line, mallory did not read it" \
	eval "not_heard bob-caught && ! grep -qF '$secret_words' $work/caught.overheard"
claim "on the wire: again nothing but key exchange, ESP and ARP" \
	eval "only_ipsec fooled && only_ipsec caught && is_some caught esp"
claim "on the wire: the line cannot be read" \
	eval "unreadable fooled && unreadable caught"

title "Verdict"
say "${green}All $claims claims hold.${off}  Without any credentials a wire that everybody taps is"
say "safe from those who only listen; and whoever sits in the middle is noticed by"
say "programs that compare the channel binding."
