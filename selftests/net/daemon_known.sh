#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Leap of faith: the key of a first contact is remembered, another one at its address is
# refused, a key that follows is known, and a person decides.
#
#	$A, btnsd, known peers ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
chmod 711 "$TMP"	# the daemon is not root for long
# conf MODE [BOND]: $A remembers keys
conf() {
	cat > "$TMP/a.conf" <<-E
		[daemon]
		known-peers = $TMP/known/known.db
		[pad all]
		match = any
		known = $1
		bond = ${2:-warn}
		[policy all]
		class = private
		btns = yes
	E
}
peers() { ctl $A peers "$@"; }
line() { peers export | grep -qx -- "$1"; }	# of a key as it is stored
self() { ctl "$1" peers show self | awk '/^key/ { print $2 }'; }
trust() { ctl $A -j peers | grep -q "\"trust\": \"$1\""; }
# a connection from $A to $B
connects() { ip netns exec $A timeout "${1:-30}" socat -u FILE:/dev/null TCP:$B4:7000 2> /dev/null; }
reason() { ctl $A explain $B4:7000 > "$TMP/why" && grep -q "^hold-off .*$1" "$TMP/why"; }
# denied ERROR: none comes to be, and that is why.  A hold-off is short: ask until it is seen.
refused() {
	connects 1 && touch "$TMP/let-in"
	[ -e "$TMP/let-in" ] || reason "$1"
}
denied() {
	ctl $A flush holdoffs
	wait_for 60 refused "$1" && [ ! -e "$TMP/let-in" ] && return
	cat "$TMP/why"
	tail -n 20 "$TMP/$A/log"
	return 1
}
# $B anew, with that key
other_key() {
	stop_btnsd $B
	ctl $A flush all
	rm -f "$TMP/$B/control.sas"
	start_btnsd $B --key "$TMP/$1" "${@:2}"
	wait_for 60 answers $B
}

conf accept-new
env ip netns exec $B socat TCP-LISTEN:7000,fork,reuseaddr FILE:/dev/null &
_pids+=($!)
start_btnsd $A --config "$TMP/a.conf"
start_btnsd $B --key "$TMP/first"
wait_for 60 answers $A
wait_for 60 answers $B
first=$(self $B)
env ip netns exec $A btnsctl --control "$TMP/$A/control" -j monitor > "$TMP/events" &
_pids+=($!)

# --- accept-new -----------------------------------------------------------------------
step "a first contact, a connection talks" talk_start 7001
check "it is told" logged $A "first contact with $first"
check "and remembered" line "$B4 leap-of-faith $first first contact"
check "nobody vouches for the key" trust unverified
stop_btnsd $B
rm "$TMP/$B/control.sas"
start_btnsd $B --key "$TMP/first"
check "the key comes back: now it is known" wait_for 60 trust known
check "the connection goes on: its peer is the same" talks
check "a person vouches for it" peers trust "$first"
check "peers that are there follow" trust verified
kill $talk_pid

# --- a changed key ----------------------------------------------------------------------
other_key second
second=$(self $B)
check "another key at that address: no connection" denied "rejected"
check "loudly, with both keys" logged $A \
	"KEY CHANGED: the peer with address $B4 shows $second, but $first is known"
check "what to do is said there" logged $A "btnsctl peers trust $second"
check "who watches hears of it" grep -q '"change":"changed"' "$TMP/events"
check "and here" grep -q "btnsctl peers trust $second" "$TMP/why"
check "nothing was overwritten" line "$B4 verified $first first contact"
check "somebody finds out that it is right" peers trust "$second"
check "then it connects" connects
check "the old one is not wanted any more" peers untrust "$first"

# --- roll-over, strict --------------------------------------------------------------------
printf '%s\n' "[daemon]" "next-key = $TMP/third" > "$TMP/b.conf"
other_key second --config "$TMP/b.conf"
check "the host is back, with a next key" connects
heard() { logged $A "$second announces that"; }
check "which it announces" wait_for 30 heard
conf strict
check "only known keys from now on" ctl $A reload
other_key third
third=$(self $B)
check "the next key is one" connects
check "as successor" line "$B4 leap-of-faith $third announced"
other_key fourth
peers forget "$third"
peers forget "$second"
check "a stranger's is not" denied "not available"

# --- secrets that sessions leave --------------------------------------------------------------
cat > "$TMP/b.conf" <<-E
	[daemon]
	known-peers = $TMP/known-b/known.db
	[pad all]
	match = any
	known = accept-new
	[policy all]
	class = private
	btns = yes
E
conf accept-new
ctl $A reload
other_key fourth --config "$TMP/b.conf"
check "a host that remembers, too" connects
fourth=$(self $B)
held() { ctl $A peers show "$1" | grep -q '^secret  *held'; }
check "the session leaves a secret" wait_for 30 held "$fourth"
other_key fifth --config "$TMP/b.conf"
fifth=$(self $B)
check "with it the host is the same under a new key" connects
check "which is told" logged $A "NEW KEY: $fifth takes the place of $fourth"
check "that session leaves one, too" wait_for 30 held "$fifth"
conf accept-new refuse
ctl $A reload
rm -r "$TMP/known-b"
other_key fifth --config "$TMP/b.conf"
check "the key without its secret is refused, if that is the policy" denied "rejected"
check "loudly" logged $A "KEY WITHOUT ITS SECRET: $fifth"
check "and it is explained" grep -q "^known .*$fifth.*without its secret" "$TMP/why"
check "a person says that it is right" peers trust "$fifth"
check "then it connects" connects
other_key fourth

# --- damage ----------------------------------------------------------------------------------
stop_btnsd $A KILL
rm -f "$TMP/known/known.db-wal"
printf '%4096s' 'this is not a database' > "$TMP/known/known.db"
again $A --config "$TMP/a.conf"
check "a damaged database is told" logged $A "peers without configured key are refused"
check "and nobody is believed" denied "Input/output"
done_testing
