#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A latch breaks, is mended, is kept with its peer, is closed (RFC 5660 section 2.3).
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

two_hosts
agent a $A
agent b $B
protect_setup
protect b a
EKEYREJECTED=129

is() { say a latch && [ "$(field state) $(field broken)" = "$1 $2" ]; }
latch_policies() { ip -n $A xfrm policy | grep -cE "src $A4/32 dst $B4/32 proto (tcp|6) "; }

# --- wait
check "a connection" open_tcp 2000
expect "RFC5660/88 the application wants to be told" a "ok" want alert
expect "established" a "ok state=ESTABLISHED *broken=0 reaction=0 *" latch
ID=$(field id)
protect m a
check "RFC5660/34 another peer has SAs, its own has none: BROKEN" is BROKEN 1
expect "RFC5660/37 RFC5660/50 the owner is told why" a \
	"ok errno=$EKEYREJECTED origin=1 type=0xb7 info=4 data=1 state=4 reason=1 id=$ID" alert 10000
expect "RFC5660/67 BROKEN: there is no binding" a "err EAGAIN" binding 1
expect "once" a "err ETIMEDOUT" alert 100
rise "RFC5660/67 nothing leaves" $A out_drop_peer_mismatch say a send held
protect b a
check "RFC5660/38 the conflict is gone: ESTABLISHED" is ESTABLISHED 0
expect "RFC5660/50 that is told, too" a "ok errno=0 origin=1 * state=3 reason=0 *" alert 10000
expect "RFC5660/68 as if packets had been lost" b "ok held" recv 20000
protect weak a
check "RFC5660/34 other parameters: BROKEN" is BROKEN 2
expect "with another reason" a "ok errno=$EKEYREJECTED *reason=2 *" alert 10000
protect b a
check "RFC5660/38 the old parameters again: ESTABLISHED" is ESTABLISHED 0
say a alert 10000
step "RFC5660/25 a rekey does not break" protect rekey rekey
check "it is as it was" is ESTABLISHED 0
expect "and nobody is told anything" a "err ETIMEDOUT" alert 100

# --- SAs of an SPD entry that the flow does not come to, for all that it sends
later() {
	{ cat "$TMP/sa.conf"; echo "spd name=later class=private mode=tunnel btns-ok remote=$B4"; } \
		> "$TMP/later"
	ip netns exec $A btnsnl config "$TMP/later" > /dev/null
	SPD=later MODE=tunnel _pair $A $A4 $B4 a "$1" "$SUITE" $KEY_LEN "$2" "$3"
}
check "its peer has others, in another mode, behind a later SPD entry" later b 8001 8002
check "RFC5660/34 that is no conflict" is ESTABLISHED 0
check "another peer has some, too" later m 8003 8004
check "RFC5660/34 nor is that" is ESTABLISHED 0
check "the connection goes on" chat
expect "and nobody was told" a "err ETIMEDOUT" alert 100

# --- the SPD
clear_setup() {
	printf '%s\n' "pad name=any match=any child-any" "spd name=all class=$1 btns-ok" > "$TMP/spd"
	ip netns exec $A btnsnl config "$TMP/spd" > /dev/null
}
check "the SPD says clear now" clear_setup clear
check "RFC5660/35 RFC5660/57 BROKEN" is BROKEN 3
expect "RFC5660/37 told" a "ok errno=$EKEYREJECTED *reason=3 *" alert 10000
rise "RFC5660/56 nothing leaves in clear" $A out_drop_clear say a send spd
protect_setup
protect b a
check "RFC5660/38 the SPD as before: ESTABLISHED" is ESTABLISHED 0
say a alert 10000
expect "RFC5660/68 what was sent arrives" b "ok spd" recv 20000

# --- its peer stays where it is: the flow stays with it
KEPT=$(stat $A latch_kept)
_pair $A $A4 $B4 a m "$SUITE" $KEY_LEN 9001 9002 > "$TMP/m"
MALLORY=$(sed -n 's/^ child={ id=\([0-9]*\).*/\1/p' "$TMP/m")
check "RFC5660/52 another peer comes, ours is still there: not broken" is ESTABLISHED 0
check "a policy for the flow" test "$(latch_policies)" = 1
check "counted" test "$(stat $A latch_kept)" -gt "$KEPT"
check "beyond the RFC: the connection goes on with its rightful peer" chat
expect "nobody is told" a "err ETIMEDOUT" alert 100
ip netns exec $A btnsnl sa-del id="$MALLORY" > /dev/null
check "the other one is gone: no policy is left" test "$(latch_policies)" = 0
check "the connection goes on" chat
_pair $A $A4 $B4 a m "$SUITE" $KEY_LEN 9003 9004 > "$TMP/m"
check "again" test "$(latch_policies)" = 1
for id in $(_sa_ids $A | grep -vx "$(sed -n 's/^ child={ id=\([0-9]*\).*/\1/p' "$TMP/m")"); do
	ip netns exec $A btnsnl sa-del id="$id" > /dev/null
done
check "now its own peer goes: BROKEN" is BROKEN 1
check "and no policy is left" test "$(latch_policies)" = 0
protect b a
check "it comes back" is ESTABLISHED 0
check "and goes on" chat
say a close
say b close

# --- close
breaks_do $A 1
say b use 0 && say b close
say a use 1
check "another connection" open_tcp 2001
expect "RFC5660/90 it is to be closed by a break" a "ok state=ESTABLISHED *reaction=1 *" latch
protect m a
expect "RFC5660/90 as if its peer had reset it" a "err ECONNRESET" recv 20000
protect b a
say b close
say b use 0 && say b close
say a close

# --- the administrator
breaks_do $A 0
say a use 2
check "one more" open_tcp 2002
say a latch
ctl() { ip netns exec $A btnsctl "$@"; }
check "RFC5660/33 RFC5660/91 the administrator closes a latch" ctl latch break "$(field id)"
expect "RFC5660/69 TCP: as if reset by the peer" a "err ECONNRESET" recv 20000
refuse "the same again: it is closed" ctl latch break "$(field id)"
refuse "no such latch" ctl latch break 123456789
refuse "no number, no fingerprint" ctl latch break x
say b close
say b use 0 && say b close
say b use 1 && say b socket udp4 && say b bind $B4 2003
say a use 3 && say a socket udp4 && say a bind $A4 2003 && say a connect $B4 2003 &&
	say b connect $A4 2003
expect "connected UDP" a "ok" send one
expect "arrives" b "ok one" recv 20000
say a want alert
say a latch
FP=$(ctl -j latches | sed -n 's/.*"peer_fingerprint": "\(SHA256:[^"]*\)".*/\1/p' | head -n 1)
BROKEN=$(ctl -j latches | jq -r '.latches[0] | "\(.state) \(.broken) \(.reaction) \(.flow)"')
equal "the administrator sees what it would do" "$BROKEN" "established null wait false"
CLOSED=$(ctl -j latch break "$FP")
check "RFC5660/91 all latches with a peer" jq -e '.ok and .closed >= 1' <<< "$CLOSED"
equal "and sees why" "$(ctl -j latches | jq -r '.latches[0].broken')" administrator
expect "RFC5660/32 CLOSED as long as its owner is there" a "ok state=CLOSED *broken=5 *" latch
expect "RFC5660/32 told" a "ok errno=$EKEYREJECTED *state=5 reason=5 *" alert 10000
expect "CLOSED: there is no key" a "err ENOTCONN" key peer
rise "RFC5660/70 nothing leaves" $A out_drop_broken say a send two
rise "RFC5660/70 nothing comes in" $A in_drop_broken say b send three
expect "RFC5660/70 to the application" a "err ETIMEDOUT" recv 300
stop_agents
done_testing
