#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Both ends may fail open, and each message of the key exchange in turn is late, past
# every time limit of either end: no connection ends in a black hole, where one end
# sends in clear what the other wants in ESP.
#
#	$A, btnsd ---- wire: delays one kind of message ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

# Limits that a test can wait for: in clear after 1 s, an exchange ends after 1.4 s, a
# half-open IKE SA after 2 s.
LATE="${LATE:-4000}"	# ms: past all of them

modprobe btns
two_hosts
for h in $A $B; do
	mkdir -p "$TMP/$h"
	cat > "$TMP/$h/btns.conf" <<-CONF
	[daemon]
	fallback-time = 1s
	retransmit-first = 200ms
	retransmit-count = 3
	half-open-time = 2s
	[pad anybody]
	match = any
	[policy all]
	class = private-or-clear
	btns = yes
	CONF
	ip netns exec $h sysctl -q net.btns.holdoff_clear_ms=3000
	step "btnsd starts at $h" start_btnsd $h --config "$TMP/$h/btns.conf" --log-level debug
done

# late DEVICE TYPE FLAGS MS: IKE messages that leave the wire by that device
late() {
	ip netns exec $W tc qdisc add dev "$1" root handle 1: prio bands 3 \
		priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 &&
	ip netns exec $W tc qdisc add dev "$1" parent 1:3 handle 30: netem delay "$4"ms &&
	ip netns exec $W tc filter add dev "$1" parent 1: protocol ip u32 \
		match ip protocol 17 0xff match ip dport 500 0xffff \
		match u8 "$2" 0xff at 46 match u8 "$3" 0x20 at 47 flowid 1:3
}
punctual() { ip netns exec $W tc qdisc del dev "$1" root; }

delayed() {
	ip netns exec $W tc -s qdisc show dev "$1" | awk '/netem/ { getline; print $4 }' |
		grep -qv '^0$'
}

clear_of_sas() { [ "$(doc $1 sas 'len(d["sas"])')" = 0 ]; }

port=7000
# name DEVICE TYPE FLAGS
each() {
	local name=$1 device=$2 type=$3 flags=$4 ms

	for ms in $LATE; do
		port=$((port + 1))
		ctl $A flush all > /dev/null && ctl $B flush all > /dev/null
		check "$name, $ms ms late: both ends have forgotten" wait_for 20 eval \
			"clear_of_sas $A && clear_of_sas $B"
		late "$device" "$type" "$flags" "$ms" || { not_ok "$name: it is late"; continue; }
		step "$name, $ms ms late: a connection comes up" talk_start $port
		check "$name, $ms ms late: it was" wait_for 20 delayed "$device"
		step "$name, $ms ms late: the connection goes on" talks 40
		punctual "$device"
		# past the time when an end may have believed something else
		check "$name, $ms ms late: both ends agree in the end" wait_for 60 agree
		step "$name, $ms ms late: the connection goes on then" talks 40
		check "$name, $ms ms late: another connection comes up" \
			ip netns exec $A timeout 40 python3 -c "
import socket
s = socket.create_connection(('$B4', $((port + 100))), timeout=40)" 
		kill $talk_pid
	done
}

# The same SAs at both ends.
spis() { doc "$1" sas 'sorted((s["spi_'"$2"'"], s["spi_'"$3"'"]) for s in d["sas"])'; }
agree() { [ "$(spis $A in out)" = "$(spis $B out in)" ]; }

for ((p = 7101; p < 7110; p++)); do
	background ip netns exec $B socat TCP-LISTEN:$p,fork,reuseaddr /dev/null
done
each "IKE_SA_INIT request" wb 0x22 0x00
each "IKE_SA_INIT response" wa 0x22 0x20
each "IKE_AUTH request" wb 0x23 0x00
each "IKE_AUTH response" wa 0x23 0x20
done_testing
