#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Latches, identities and statistics over netlink.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

nl() { ip netns exec $A btnsnl "$@"; }
sentence() { grep -q "$1" <<< "$NL"; }
# refused NAME WORDS COMMAND...: the kernel refuses with that sentence
refused() {
	local name=$1 words=$2

	shift 2
	if NL=$(nl "$@" 2>&1); then
		not_ok "$name" "succeeded: $NL"
	elif sentence "$words"; then
		ok "$name"
	else
		not_ok "$name" "'$NL' without '$words'"
	fi
}

latch_hosts
equal "no latch, an empty dump" "$(nl latches)" ""
check "a connection opens" open_tcp 7000
say a latch
ID=$(field id) PORT=$(field local) FP=$(field peer_fp)
PORT=${PORT##*:}
equal "RFC5660/49 one latch in the dump" "$(nl latches | wc -l)" 1
# latch-get tells, beside what the dump has, which SA pair carries it
SPI=$(nl latch-get "id=$ID" | grep -o ' spi=.*')
check "the SA pair that carries it" grep -qF "${SPI# spi=}" <<< "$(nl sas)"
BY_ID=$(nl latch-get "id=$ID")
BY_ID=${BY_ID%"$SPI"}
equal "RFC5660/49 by number: the same" "$BY_ID" "$(nl latches)"
equal "RFC5660/49 by flow: the same" "$(nl latch-get "flow=6,$A4,$PORT,$B4,7000")" "$BY_ID$SPI"
check "RFC5660/13 with the peer's fingerprint" grep -q "fingerprint=$FP" <<< "$BY_ID"
check "its owner and its SPD entry" grep -q "uid=0 spd-name=all" <<< "$BY_ID"
refused "neither number nor flow" "by its number or by its flow" latch-get x
refused "a number that is none" "no such latch" latch-get id=4711
refused "a number beyond all" "no such latch" latch-get id=18446744073709551615
refused "the flow of nobody" "no such latch" latch-get "flow=6,$A4,$PORT,$B4,7001"
refused "another protocol" "no such latch" latch-get "flow=17,$A4,$PORT,$B4,7000"
refused "two families in one flow" "of one family" latch-get "flow=6,$A4,$PORT,$B6,7000"

# FLOW (20, nested) with a protocol only; LATCH_ID (13) of 4 octets; a stranger
refused "a flow with parts missing" "both addresses and both ports" raw 17 0c0014800500010006000000
refused "a number that is too short" "EINVAL\|ERANGE" raw 17 08000d0001000000
refused "an attribute of another command" "EINVAL" raw 17 08000b0001000000

equal "identities: the peer and we" "$(nl identities | wc -l)" 2
check "with their keys" grep -q "spki=${_spki[b]}" <<< "$(nl identities)"
equal "STATS_GET says the same as /proc/net/btns" "$(nl stats | awk '$1 == "latch_new" { print $2 }')" \
	"$(stat $A latch_new)"
equal "every counter has a name" "$(nl stats | wc -l)" "$(ip netns exec $A grep -c . /proc/net/btns)"
check "no key is ever shown" test -z "$(nl latches | grep -i "encr-in\|$(_key 36 4100)")"

# --- unique channel bindings, by hand: BINDING_SET (28)
# attribute TYPE HEX, padded
attribute() {
	local h=$2
	printf '%02x00%02x00%s' $((4 + ${#h} / 2)) "$1" "$h"
	while [ $((${#h} % 8)) != 0 ]; do h+=00; printf 00; done
}
latch_id() { attribute 13 "$(printf '%02x00000000000000' "$1")"; }
PREFIX=$(printf 'ipsec-unique-v1:' | od -An -tx1 | tr -d ' \n')
ONES=$(printf '11%.0s' $(seq 32)) TWOS=$(printf '22%.0s' $(seq 32))
# binding VALUE WHOSE
binding() { echo "$(latch_id "$ID")$(attribute 33 "$1")$(attribute 34 "$2")"; }

expect "no helper, no value" a "err ESRCH" binding 3
refused "neither value nor error" "the binding and who asked" raw 28 "$(latch_id "$ID")"
refused "value and error" "the binding and who asked" raw 28 \
	"$(binding "$PREFIX$ONES" 02)$(attribute 15 01000000)"
refused "a value of nobody" "say who asked" raw 28 \
	"$(latch_id "$ID")$(attribute 33 "$PREFIX$ONES")"
refused "another prefix" "no unique channel binding" raw 28 "$(binding "00$PREFIX${ONES#11}" 02)"
refused "an octet too few" "ERANGE\|EINVAL" raw 28 "$(binding "$PREFIX${ONES#11}" 02)"
refused "asked by nobody that there is" "ERANGE\|EINVAL" raw 28 "$(binding "$PREFIX$ONES" 01)"
refused "errno 0 is none" "ERANGE\|EINVAL" raw 28 "$(latch_id "$ID")$(attribute 15 00000000)"
refused "the latch of nobody" "no such latch" raw 28 \
	"$(latch_id 250)$(attribute 33 "$PREFIX$ONES")$(attribute 34 02)"
check "the peer's query gives one" nl raw 28 "$(binding "$PREFIX$TWOS" 03)"
check "asked again, the peer replaces it" nl raw 28 "$(binding "$PREFIX$ONES" 03)"
refused "our own query does not" "that the peer knows" raw 28 "$(binding "$PREFIX$TWOS" 02)"
expect "it is what the application reads" a "ok flags=0 ipsec-unique-v1:$ONES" binding 3
check "administrators see that there is one, not which" \
	eval '[[ $(nl latches) == *bound=3* && $(nl latches) != *$ONES* ]]'

# without privilege
check "only administrators may ask" sh -c "! ip netns exec $A setpriv --reuid=65534 --clear-groups btnsnl latches"

# --- a dump that survives change: 400 that stay, others come and go
cat > "$TMP/many.py" <<'P'
import socket, sys, threading
b = sys.argv[1]
stay = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(400)]
for i, s in enumerate(stay):
	s.connect((b, 20000 + i)); s.send(b"x")
print("ready", flush=True)
def churn():
	while True:
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.connect((b, 30000)); s.send(b"x"); s.close()
threading.Thread(target=churn, daemon=True).start()
sys.stdin.read()
P
mkfifo "$TMP/many.in"
env ip netns exec $A python3 "$TMP/many.py" $B4 < "$TMP/many.in" > "$TMP/many.out" &
_pids+=($!)
exec {hold}> "$TMP/many.in"
wait_for 60 grep -q ready "$TMP/many.out"
for i in 1 2 3; do
	nl latches | grep -o "peer=$B4,20[0-9]*" | sort > "$TMP/dump.$i"
	equal "RFC5660/39 dump $i amid change: all that stay, once each" \
		"$(uniq "$TMP/dump.$i" | wc -l) $(wc -l < "$TMP/dump.$i")" "400 400"
done
exec {hold}>&-
none() { [ "$(nl latches | grep -c "peer=$B4,[23]0")" = 0 ]; }
check "RFC5660/46 they go with their sockets" wait_for 30 none
stop_agents
done_testing
