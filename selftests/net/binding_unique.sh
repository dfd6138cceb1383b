#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The unique channel binding: one value for each connection, the same at both ends,
# through rekeys and restarts of the daemons (channel-binding 4.4/1, 2, 4, 5).
#
#	$A, btnsd ---- wire ---- $B, btnsd
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/tools.sh"

modprobe btns
two_hosts
chmod 755 "$TMP"

OF_ALL="lifetime = 15s"
DAEMON="[daemon]
log-level = debug"
write_conf $A "$DAEMON"
write_conf $B "$DAEMON"
step "btnsd runs at both ends" eval 'run_btnsd $A && run_btnsd $B'
agent a $A
agent b $B

# value AGENT SLOT: its unique binding, or the error
value() {
	say "$1" use "$2"
	say "$1" binding 3
	echo "$R"
}

# connection A-SLOT B-SLOT PORT: b goes on with the accepted socket, in the first free slot
connection() {
	say a use "$1"; say b use "$2"
	say b socket tcp4 && say b bind $B4 "$3" && say b listen &&
	say a socket tcp4 && say a connect $B4 "$3" && say b accept
}

# --- one connection ----------------------------------------------------------------------
check "a connection opens" connection 0 0 2000
say a binding 3
V=$R
check "the client has a value" eval '[[ $V =~ ^ok\ flags=0\ ipsec-unique-v1:[0-9a-f]{64}$ ]]'
expect "the server has the same (4.4/1)" b "$V" binding 3
expect "and it stays" a "$V" binding 3
expect "no hash can be chosen" a "err EPROTONOSUPPORT" binding 3 sha512
check "data passes" chat

# --- a second one, the server asks first, without waiting ------------------------------------
connection 1 2 2001
say b nonblock 1
expect "non-blocking: EAGAIN at first" b "err EAGAIN" binding 3
there() { say b binding 3; }
check "non-blocking: it comes" wait_for 20 there
say b binding 3
V2=$R
expect "the client has the same" a "$V2" binding 3
check "the two connections differ (4.4/2)" [ "$V" != "$V2" ]
check "while their end-point bindings are equal" eval '
	say a use 0; say a binding 1; one=$R; say a use 1; say a binding 1; [ "$one" = "$R" ]'

# --- both ends ask at once ---------------------------------------------------------------------
differ=0
for i in 1 2 3 4 5; do
	connection 3 4 $((2100 + i))
	echo "binding 3" >&"${_in[a]}"
	say b binding 3
	at_b=$R
	read -r -t 40 at_a <&"${_out[a]}"
	[[ $at_a == "ok flags=0 ipsec-unique-v1:"* ]] && [ "$at_a" = "$at_b" ] || differ=1
	say a close; say b close; say b use 4; say b close
done
equal "both ask at once: one value (4.4/5)" $differ 0

# --- UDP, connected and not ------------------------------------------------------------------------
say a use 5; say b use 6
say b socket udp4; say b bind $B4 2200
say a socket udp4; say a bind $A4 2201; say a connect $B4 2200
say b connect $A4 2201
say a send one
expect "a datagram" b "ok one" recv 15000
say b send two
expect "and back" a "ok two" recv 15000
say a nonblock 0		# latchprog's connect() of UDP leaves it non-blocking
expect "connected UDP has a value" a "ok flags=0 ipsec-unique-v1:*" binding 3
expect "the same at the other end" b "$R" binding 3

# --- a program of its own, which asks before the server has the latch ----------------------------------
# ESP to $B comes later than IKE: the last segment of three after the question
slow_esp() {
	ip netns exec $W tc qdisc add dev wb root handle 1: prio bands 3 \
		priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 &&
	ip netns exec $W tc qdisc add dev wb parent 1:3 handle 30: netem delay 400ms &&
	ip netns exec $W tc filter add dev wb parent 1: protocol ip u32 \
		match ip protocol 50 0xff flowid 1:3
}
echo "a line of text" > "$TMP/note"
step "ESP to $B is slow" slow_esp
serve $B nc.b /dev/null --json --binding unique -l 2250
dial $A nc.a "$TMP/note" --json --binding unique $B4 2250
served
ip netns exec $W tc qdisc del dev wb root
NC=$(json nc.a connection '.binding // .binding_error')
shown() { [[ $NC == ipsec-unique-v1:* ]] || { echo "# $NC"; false; }; }
check "btns-nc shows it, asked for before the server has a latch" shown
equal "btns-nc: the same at both ends" "$(json nc.b connection .binding)" "$NC"

# --- rekeys ------------------------------------------------------------------------------------------
spis() { doc $A sas 'sorted(s["spi_in"] for s in d["sas"])'; }
ike() {
	ask $A '{"command":"ike-sas"}' |
		value_of '[s["spi"] for s in d["ike_sas"] if s["state"] == "established"][-1]'
}
old=$(spis)
check "the Child SA is rekeyed by its lifetime" wait_for 60 eval '[ "$(spis)" != "$old" ]'
equal "the value stays (4.4/2)" "$(value a 0) $(value b 1)" "$V $V"
old=$(ike)
ask $A "{\"command\":\"rekey\",\"spi\":\"$old\"}" > /dev/null
check "the IKE SA is rekeyed" wait_for 30 eval '[ "$(ike)" != "$old" ]'
equal "the value stays through that" "$(value a 0) $(value b 1)" "$V $V"
connection 3 8 2300
say a binding 3
V3=$R
check "a new connection has a new one" eval '[[ $V3 == "ok flags=0 ipsec-unique-v1:"* ]] && [ "$V3" != "$V" ]'
expect "at both ends" b "$V3" binding 3

# --- restart of the daemon, asked before and asked since ------------------------------------------------
connection 6 10 2400
stop_btnsd $A KILL
expect "no helper: the documented error" a "err ESRCH" binding 3
equal "values that are known need none" "$(value a 0) $(value a 3)" "$V $V3"
step "it starts again" run_btnsd $A
say a use 6; say b use 5
say a binding 3
V4=$R
check "asked after the restart: there is a value" eval '[[ $V4 == "ok flags=0 ipsec-unique-v1:"* ]]'
expect "the same at the other end" b "$V4" binding 3
equal "and the old ones stay" "$(value a 0) $(value b 1)" "$V $V"

# --- a peer that offers none ---------------------------------------------------------------------------
stop_btnsd $B
write_conf $B "$DAEMON" "unique-bindings = no"
step "the peer comes back without unique bindings" run_btnsd $B
ctl $A flush sas > /dev/null
ctl $B flush sas > /dev/null
step "a new connection opens" connection 7 12 2500
expect "the client is told that the peer cannot" a "err EOPNOTSUPP" binding 3
expect "never a weaker value: the server, too" b "err EOPNOTSUPP" binding 3
say a nonblock 1
say a binding 3
told() { say a binding 3; [ "$R" = "err EOPNOTSUPP" ]; }
check "non-blocking: told later" wait_for 20 told
equal "a known value stays all the same" "$(value a 0) $(value b 1)" "$V $V"

stop_agents
done_testing
