# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library: a man in the middle with valid SAs to both ends, on top of net.sh and
# sad.sh.  Before: two_hosts.
#
#	direct				SAs between the hosts
#	in_the_middle			the wire is cut; SAs of each with mallory
#	relay NAME PORT			one connection from $A to $B through mallory; what
#					she hears of $A is in $TMP/NAME.overheard
#
#	$A ---[br0]--- $MB (is "B" to A) : (is "A" to B) $MA ---[br1]--- $B
MB=malloryb MA=mallorya

direct() {
	local n

	for n in $A $B; do
		policy "$n" <<-E || return
			spd name=all class=private btns-ok suite=$SUITE
		E
	done
	ME=1 PEER=2 both $A4 $B4
}

in_the_middle() {
	local n a=$A b=$B

	no_sas
	host $MB && host $MA && cable $MB m0 $W wmb && cable $MA m0 $W wma || return
	ip -n $W link add name br1 type bridge
	ip -n $W link set br1 up
	ip -n $W link set wmb master br0 && ip -n $W link set wma master br1 &&
		ip -n $W link set wb master br1 || return
	address $MB m0 $B4/24 && address $MA m0 $A4/24 || return
	ip -n $A neigh flush all
	ip -n $B neigh flush all
	for n in $MB $MA; do
		policy "$n" <<-E || return
			spd name=all class=private btns-ok suite=$SUITE
		E
	done
	B=$MB
	ME=1 PEER=3 both $A4 $B4 || return
	A=$MA B=$b
	ME=3 PEER=2 both $A4 $B4 || return
	A=$a
	wait_for 20 reach $A $B4 && wait_for 20 reach $B $A4
}

# -t: an end that leaves at once leaves before the other side is connected
relay() {
	background ip netns exec $MB timeout 200 socat -t 60 -r "$TMP/$1.overheard" \
		"TCP4-LISTEN:$2,reuseaddr" \
		"EXEC:ip netns exec $MA socat -t 60 - TCP4\:$B4\:$2\,retry=50\,interval=0.2" \
		2> "$TMP/$1.relay"
	wait_for 20 _listens $MB "$2"
}
