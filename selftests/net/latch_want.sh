#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Applications say what a connection must have before it exists (RFC 5660 section 2).
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
agent a $A
agent b $B
B_KEY=$(printf "%b" "$(echo "${_spki[b]}" | sed 's/../\\x&/g')" | sha256sum | cut -d' ' -f1)
M_KEY=$(printf "%b" "$(echo "${_spki[m]}" | sed 's/../\\x&/g')" | sha256sum | cut -d' ' -f1)

# --- arguments
say a socket tcp4
expect "no wish at first" a "ok size=560 level=0 trust=0 reaction=0 flags=0" wanted
expect "RFC5660/16 a wish" a "ok" want level=2 trust=1 alert
expect "is remembered" a "ok size=560 level=2 trust=1 reaction=0 flags=0x4" wanted
expect "another replaces it" a "ok" want level=1
expect "as a whole" a "ok size=560 level=1 trust=0 reaction=0 flags=0" wanted
expect "a level that is not" a "err EINVAL" want level=3
expect "a trust state that is not" a "err EINVAL" want trust=4
expect "a flag that is not" a "err EINVAL" want flags=0x80
expect "a reaction that is not" a "err EINVAL" want reaction=3
expect "a size that is not" a "err EINVAL" want size=12
expect "RFC5660/82 privilege comes alone" a "err EINVAL" want bypass level=1
expect "an ID without type" a "err EINVAL" want id=0:01
expect "an ID without octets" a "err EINVAL" want id=11:
expect "the first version of the struct" a "ok" want size=44 level=1
expect "a refused wish changes nothing" a "ok size=560 level=1 *" wanted
say b socket raw4
expect "raw sockets have no latch" b "err EOPNOTSUPP" want level=1
say b close

# --- in clear
say b socket tcp4 && say b bind $B4 3000 && say b listen
expect "RFC5660/62 RFC5660/8 policy protects nothing: connect() fails" a "err EACCES" connect $B4 3000
check "RFC5660/8 nothing was sent" test "$(stat $A out_drop_unwanted)" -ge 1
expect "the listener has no wish: its state" b "ok state=LISTENER *" latch
say a close
say a socket tcp4
expect "a wish taken back" a "ok" want
expect "RFC5660/63 without it: in clear" a "ok" connect $B4 3000
expect "a wish comes too late" a "err EISCONN" want level=1
expect "in clear there is no latch to alert of" a "err ENODATA" want alert
say a close
say b close

# --- under SAs
protect_setup
protect b a
say b use 0
say a use 1
say b socket tcp4 && say b bind $B4 3001
expect "RFC5660/60 a listener's wish" b "ok" want level=2 reaction=1
say b listen
expect "RFC5660/30 LISTENER" b "ok state=LISTENER *reaction=1 *" latch
say a socket tcp4
expect "RFC5660/62 confidentiality and this very key" a "ok" want level=2 "peer=$B_KEY"
expect "are there: it connects" a "ok" connect $B4 3001
check "RFC5660/61 and is accepted" say b accept
expect "RFC5660/60 the listener's reaction is its own" b "ok state=ESTABLISHED *reaction=1 *" latch
expect "the client's is the sysctl's" a "ok state=ESTABLISHED *reaction=0 *" latch
check "data pass" chat
expect "RFC5660/88 a latched connection chooses its reaction" a "ok" want reaction=1
expect "and has it" a "ok state=ESTABLISHED *reaction=1 *" latch
say a close
say b close

say a use 2
say a socket tcp4
say a want "peer=$M_KEY"
say b use 0
expect "another key: connect() fails" a "err EKEYREJECTED" connect $B4 3001
say a close
say a socket tcp4
say a want trust=3
expect "a trust state that the peer does not have" a "err EKEYREJECTED" connect $B4 3001
say a close

say a close
say a socket tcp4
say a want id=11:01
expect "the ID of a BTNS peer is a claim: connect() fails" a "err EKEYREJECTED" connect $B4 3001
say a close
cat > "$TMP/known" <<-E
	pad name=b match=id id-type=11 id-data=01 spki=${_spki[b]} child=$B4 child=$B6
	pad name=any match=any child-any
	spd name=all class=private btns-ok suite=$SUITE suite=$SUITE_WEAK
E
check "now the PAD knows it" eval "ip netns exec $A btnsnl config $TMP/known > /dev/null"
protect b a
say a socket tcp4
say a want id=11:02
expect "another ID: connect() fails" a "err EKEYREJECTED" connect $B4 3001
say a close
say a socket tcp4
say a want id=11:01 trust=3
expect "the peer's ID: it connects" a "ok" connect $B4 3001
expect "to a verified peer" a "ok state=ESTABLISHED *peer_auth=5 *trust=3 *" latch
say b use 0
check "and is accepted" say b accept
say a close
say b close
say b use 0

protect_setup
protect b a

# --- a listener that wants a key that the client has not
say b close
say b socket tcp4 && say b bind $B4 3002
say b want "peer=$M_KEY"
say b listen
say a socket tcp4
rise "RFC5660/9 RFC5660/61 the listener does not answer" $B in_drop_unwanted \
	say a start $B4 3002
protect b m
expect "RFC5660/61 with SAs of the one that it wants it does" a "ok" finish 30000
say b accept
check "data pass to the wanted client" chat
say a close
say b close

# --- UDP
protect b a
say a use 3
say a socket udp4 && say a bind $A4 3003
say a want "peer=$M_KEY"
say a connect $B4 3003
expect "UDP: another key" a "err EPERM" send x
say a close
say a socket udp4 && say a bind $A4 3003
say a want "peer=$B_KEY" level=2
say a connect $B4 3003
say b use 3
say b socket udp4 && say b bind $B4 3003 && say b connect $A4 3003
expect "UDP: the one that is wanted" a "ok" send y
expect "arrives" b "ok y" recv 20000
say a close
say b close

# --- more than policy asks for: class clear-or-private
spd_class() {
	printf '%s\n' "pad name=any match=any child-any" \
		"spd name=all class=$1 btns-ok suite=$SUITE suite=$SUITE_WEAK" > "$TMP/class"
	ip netns exec $A btnsnl config "$TMP/class" > /dev/null &&
		ip netns exec $B btnsnl config "$TMP/class" > /dev/null
}
acquires() { ip netns exec $A btnsnl acquires | grep -c "$B4"; }
asked() { [ "$(acquires)" = 1 ]; }
check "policy leaves the choice" spd_class clear
check "policy leaves the choice" spd_class clear-or-private
say a use 4
say b use 4
say b socket tcp4 && say b bind $B4 3004 && say b listen
say a socket tcp4
expect "without a wish: in clear" a "ok" connect $B4 3004
check "RFC5660/78 nobody was asked for SAs" test "$(acquires)" = 0
say a close
say b accept
say b close
say b use 4
say a socket tcp4
say a want level=2
say a start $B4 3004
if wait_for 20 asked; then ok "RFC5660/78 a wish asks for SAs"; else not_ok "RFC5660/78 a wish asks for SAs"; fi
expect "RFC5660/79 RFC5660/80 nothing leaves before they are there" b "err ETIMEDOUT" accept 300
protect b a
expect "with SAs it connects" a "ok" finish 30000
expect "and is latched" a "ok state=ESTABLISHED *" latch
check "the question is settled" test "$(acquires)" = 0
say a close
say b accept
say b close
check "no SAs" spd_class clear
check "the choice again" spd_class clear-or-private
say b use 4
say a socket tcp4
say a want level=1
say a start $B4 3004
wait_for 20 asked
ID=$(ip netns exec $A btnsnl acquires | sed -n 's/.*id=\([0-9]*\).*/\1/p' | head -n 1)
# over before the next SYN
ip netns exec $A sysctl -q net.btns.holdoff_ms=100
check "no SAs can be had" ip netns exec $A btnsnl acquire-done "id=$ID" error=111
expect "RFC5660/78 then it fails" a "err EACCES" finish 30000
ip netns exec $A sysctl -q net.btns.holdoff_ms=10000
say a close
say b close

# --- less: bypass
protect_setup
say a use 5
say b use 5
say b socket tcp4 && say b bind $B4 3005
expect "RFC5660/82 bypass, with privilege" b "ok" want bypass
say b listen
say a socket tcp4
expect "RFC5660/82 at the other end as well" a "ok" want bypass
expect "in clear against policy" a "ok" connect $B4 3005
check "RFC5660/82 accepted sockets inherit it" say b accept
check "data pass" chat
expect "not latched" a "err ENODATA" latch
say a close
say b close
say b use 5
say a socket tcp4
say a want bypass
expect "RFC5660/82 taken back" a "ok" want
say a start $B4 3005
expect "RFC5660/81 then policy holds again" a "err ETIMEDOUT" finish 500
say a close
say b close
expect "RFC5660/82 an ordinary user" a "ok" uid 65534
say a socket tcp4
expect "RFC5660/82 may not" a "err EPERM" want bypass
say a close

# --- no traces
stop_agents
gone() { [ "$(ip netns exec $A ss -Htan | grep -vc TIME-WAIT)" = 0 ]; }
wait_for 20 gone
done_testing
