#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two hosts behind one NAT, a server in the open and one behind a NAT of its own.
#
#	10.8.0.2 $A --\
#	               $N 10.1.0.1 ---- wire ---- 10.1.0.2 $B
#	10.8.0.3 $C --/                  |
#	                                 10.1.0.3 $M ---- 10.9.0.2 $D
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

A=hosta C=hostc N=nat W=wire B=hostb M=nat2 D=hostd
B4=10.1.0.2 INSIDE=10.8.0.0/24

# bridge NAMESPACE DEVICE...
bridge() {
	local ns=$1 dev

	shift
	ip -n "$ns" link add name br0 type bridge
	ip -n "$ns" link set br0 up
	for dev; do ip -n "$ns" link set "$dev" master br0; done
}

translate() {
	ip netns exec "$1" sysctl -q net.ipv4.ip_forward=1
	ip netns exec "$1" nft -f - <<-NFT
	table ip nat {
		chain pre {
			type nat hook prerouting priority dstnat;
			$2
		}
		chain post {
			type nat hook postrouting priority srcnat;
			oifname "out" masquerade random
		}
	}
	NFT
}

network() {
	for ns in $A $C $N $W $B $M $D; do host $ns; done
	cable $A a0 $N na && cable $C c0 $N nc && cable $N out $W wn && cable $B b0 $W wb &&
	cable $M out $W wm && cable $D d0 $M inside || return
	bridge $N na nc
	bridge $W wn wb wm
	address $A a0 10.8.0.2/24
	address $C c0 10.8.0.3/24
	address $N br0 10.8.0.1/24
	address $N out 10.1.0.1/24
	address $B b0 $B4/24
	address $M out 10.1.0.3/24
	address $M inside 10.9.0.1/24
	address $D d0 10.9.0.2/24
	ip -n $A route add default via 10.8.0.1
	ip -n $C route add default via 10.8.0.1
	ip -n $D route add default via 10.9.0.1
	# what comes out of a tunnel has such an address
	ip -n $B route add $INSIDE dev b0
	translate $N ""
	translate $M "udp dport { 500, 4500 } dnat to 10.9.0.2"
	wait_for 10 ip netns exec $A ping -c 1 -W 1 $B4
}

# client NAMESPACE LINE...
client() {
	local d=$TMP/$1

	mkdir -p "$d"
	cat > "$d/conf" <<-CONF
	[daemon]
	keepalive = 1s
	[pad anybody]
	match = any
	child = any
	child = 10.9.0.0/24
	[policy beyond]
	class = private
	btns = yes
	mode = tunnel
	remote = 10.9.0.0/24
	peer-gateway = 10.1.0.3
	[policy one-port]
	class = private
	btns = yes
	remote = $B4
	protocol = tcp
	remote-port = 7100
	[policy server]
	class = private
	btns = yes
	mode = tunnel
	remote = $B4
	peer-gateway = $B4
	CONF
	start_btnsd "$1" --config "$d/conf"
}

# server NAMESPACE ADDRESS
server() {
	local d=$TMP/$1

	mkdir -p "$d"
	cat > "$d/conf" <<-CONF
	[pad anybody]
	match = any
	child = any
	child = $INSIDE
	[policy one-port]
	class = private
	btns = yes
	local = $2
	protocol = tcp
	local-port = 7100
	[policy inside]
	class = private
	btns = yes
	mode = tunnel
	local = $2
	remote = $INSIDE
	CONF
	start_btnsd "$1" --config "$d/conf"
}

# echo_server NAMESPACE PORT; echoes NAMESPACE ADDRESS PORT
echo_server() {
	env ip netns exec "$1" socat -t 20 "TCP4-LISTEN:$2,fork,reuseaddr" EXEC:cat 2> /dev/null &
	_pids+=($!)
	wait_for 20 listens "$1" "$2"
}
echoes() { [ "$(echo hello | ip netns exec "$1" timeout 20 socat -t 5 - "TCP4:$2:$3")" = hello ]; }
messages() { doc $B stats 'd["daemon"]["packets_in"]'; }
only_udp() {
	[ "$(packets "$1" udp port 4500)" -gt 4 ] &&
	# a NAT may say that it knows an address no more
	[ "$(packets "$1" "not (arp or ip6 or udp port 500 or udp port 4500 or icmp[0] == 3)")" = 0 ]
}

modprobe btns
step "a network with two NATs" network
step "btnsd starts at $A" client $A
step "btnsd starts at $C" client $C
step "btnsd starts at $B" server $B $B4
step "btnsd starts at $D" server $D 10.9.0.2
capture wire $W br0

# --- two clients of one NAT
step "IKE/64 TCP from behind a NAT connects and talks" talk_start 7000
echo_server $B 7001
check "IKE/44 a second host behind the same NAT" echoes $C $B4 7001
equal "each has an SA pair of its own" \
	"$(doc $B sas 'sorted(s["remote_ts"]["addresses"] for s in d["sas"])')" \
	"['10.8.0.2', '10.8.0.3']"
check "the first one talks" talks

# --- calling home: the server connects to a host that nobody can reach
echo_server $A 7002
echo_server $C 7002
before=$(messages)
check "the server connects to a client behind the NAT" echoes $B 10.8.0.2 7002
check "and to the other one" echoes $B 10.8.0.3 7002
check "over the SA pairs that are there: no key exchange" eval '[ $(($(messages) - before)) -le 2 ]'

# --- transport mode: there the two hosts have one address
echo_server $B 7100
check "IKE/44 transport mode behind the NAT" echoes $A $B4 7100
refuse "RFC5386/36 a second host would have the same selectors" echoes $C $B4 7100
check "and is told" logged $C "traffic selectors not acceptable"
check "the first one is still served" echoes $A $B4 7100

check "IKE/64 keepalives" wait_for 30 eval '[ "$(packets wire "udp port 4500 and udp[4:2] == 9")" -gt 0 ]'

# --- the NAT gets another address, and forgets what it knew
ip -n $N addr del 10.1.0.1/24 dev out
address $N out 10.1.0.9/24
check "IKE/66 the connection goes on when the NAT has another address" talks 60
check "from there" wait_for 30 eval '[ "$(packets wire src 10.1.0.9 and udp port 4500)" -gt 0 ]'
check "the server connects there, too" echoes $B 10.8.0.2 7002
check "transport mode begins anew" echoes $A $B4 7100

# --- both ends behind NATs
echo_server $D 7003
check "IKE/64 a server behind a NAT of its own" echoes $A 10.9.0.2 7003
check "and the second host" echoes $C 10.9.0.2 7003
end_capture wire
check "nothing but IKE and ESP in UDP is on the wire" only_udp wire
done_testing
