#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No memory, at every allocation of every call that latches are made of.  Each failure
# is told or overcome; nothing goes in clear, nothing is lost, and all works afterwards.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"
. "$(dirname "$0")/../lib/fault.sh"

failing_setup
latch_hosts
capture wire $W br0 tcp or udp

# --- TCP
say b use 0 && say b socket tcp4 && say b bind $B4 4000 && say b listen
say b want level=1
drain() { while say b use 0 && say b accept 0; do say b close; done; }
# the queue of the listener is short
tcp() { drain; say a socket tcp4; }
walk "connect(), TCP" a "ok" "$NOMEM" tcp connect $B4 4000
drain
bound() { say b use 0 && say b socket tcp4 && say b bind $B4 4001; }
walk "listen()" b "ok" "$NOMEM" bound listen
say b want level=1
ready() { say a socket tcp4 && say a connect $B4 4001 && say b use 0; }
accepted() { ready && while say b accept 100; do say b close; say b use 0; done; ready; }
walk "accept()" b "ok" "$NOMEM" accepted accept
drain

# --- wishes, answers
walk "BTNS_SO_WANT" a "ok" "$NOMEM" tcp want level=1 alert
walk "BTNS_SO_WANT, bypass" a "ok" "$NOMEM" tcp want bypass
say a socket tcp4 && say a connect $B4 4001
nothing() { :; }
for o in "latch" "key peer" "id peer" "key local" "id local" "binding 1" "wanted"; do
	# most of them allocate nothing: then the first is no failure
	say a nth 1 $o
	case $R in
	ok*|err\ ENOMEM) ok "$o, its first allocation" ;;
	*) not_ok "$o, its first allocation" "$R" ;;
	esac
	expect "$o answers" a "ok *" $o
done
walk "unique binding without a helper" a "err ESRCH" "$NOMEM" nothing binding 3

# --- UDP
udp() { say a use 1 && say a socket udp4 && say a bind $A4 0; }
walk "connect(), UDP" a "ok" "$NOMEM" udp connect $B4 4002
say b use 2 && say b socket udp4 && say b bind $B4 4002
sender() { udp && say a connect $B4 4002; }
walk "its first packet" a "ok" "$NOMEM" sender send x
flows() { udp && say a want flows; }
walk "sendto() with flows" a "ok" "$NOMEM" flows sendto $B4 4002 x

check "all in all many allocations failed" test $WALKED -ge 20

# --- on the way in, where no call fails
say a use 3
say b use 0 && say b socket tcp4 && say b bind $B4 4003 && say b listen
BEFORE=$(stat $B out_of_memory)
check "half of the latches are refused" softirq_fails 50
n=0
for ((i = 0; i < 8; i++)); do
	if say a socket tcp4 && say a connect $B4 4003; then
		say b use 0 && say b acceptlatch
		case $R in
		"ok ESTABLISHED") n=$((n + 1)) && say b close ;;
		"err ETIMEDOUT") ;;	# the last packet of the handshake is still being lost
		*) not_ok "accepted without latch" "$R" ;;
		esac
	fi
	say a close
done
softirq_works
diag "$n of 8 connections opened"
check "no memory for a latch: its packet was dropped" test "$(stat $B out_of_memory)" -gt "$BEFORE"
check "and came again: connections open, latched" test "$n" -ge 1

# --- afterwards
end_capture wire
equal "RFC5660/56 not one packet in clear" "$(packets wire)" 0
say a use 0
say a close
for s in 0 1 2 3; do
	say a use $s && say a close
	say b use $s && say b close
done
check "a connection opens" open_tcp 4004
check "and works" chat
expect "and is latched" a "ok state=ESTABLISHED *" latch
stop_agents
none() { [ "$(latches_in $A)" = 0 ] && [ "$(latches_in $B)" = 0 ]; }
check "RFC5660/46 no latch is left" wait_for 20 none
done_testing
