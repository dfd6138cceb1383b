#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Daemons are killed at any moment, in the middle of a start and of an exchange too:
# the connection's words never cross in clear, its latch stays, and no SA is left
# over in the end.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

plan 19
modprobe btns
two_hosts
chmod 755 "$TMP"
printf '[pad x]\nmatch = any\n[policy all]\nclass = private\nbtns = yes\n' > "$TMP/conf"
options="--config $TMP/conf --log-level debug"
capture wire $W wa
step "btnsd starts at $A" start_btnsd $A $options
step "btnsd starts at $B" start_btnsd $B $options
step "a connection talks" talk_start 7000
latch() { doc $1 latches '[(l["id"], l["state"]) for l in d["latches"]]'; }
latch_a=$(latch $A) latch_b=$(latch $B)
for ns in $A $B; do
	check "it is latched at $ns" grep -q established <<< "$(latch $ns)"
done

# unattended NAMESPACE: start, without waiting for anything
unattended() {
	env ip netns exec "$1" btnsd --key "$TMP/$1/key.pem" --control "$TMP/$1/control" $options \
		>> "$TMP/$1/log.unattended" 2>&1 &
	_pids+=($!)
	eval "BTNSD_$1=$!"
}
# Each moment of the first seconds: socket, configuration, exchange, replacement.
for moment in 0.1 0.3 0.5 0.8 1.2 1.8 2.5; do
	for ns in $A $B; do
		stop_btnsd $ns KILL
		# some lives find the IKE SAs of the one before, others make them anew
		case $moment in 0.3|1.2|2.5) rm -f "$TMP/$ns/control.sas" ;; esac
		unattended $ns
		sleep $moment
	done 2> /dev/null
done
was=$(cat "$TMP/talk")
for ns in $A $B; do
	stop_btnsd $ns KILL 2> /dev/null
	equal "$ns: killed, not ended by itself" "$stopped" 137
done
equal "the daemon of $A was in the middle of exchanges" \
	"$(grep -c 'an earlier life: replacing' "$TMP/$A/log.unattended" | sed 's/[1-9].*/some/')" some
check "the connection has gone on meanwhile" [ "$was" -gt 3 ]

for ns in $A $B; do
	step "$ns starts again" again $ns $options
done
of_before() { number $1 to_be_replaced; }
none_of_before() { [ "$(of_before $1)" = 0 ]; }
# Every pair of the kernel has an IKE SA, and its other half at the other host.  There
# may be two, when both asked at the same time.
ends() { doc $1 sas "sorted((s['$2'], s['$3']) for s in d['sas'])"; }
owned() { number $1 sa_pairs; }
no_leftovers() {
	local n

	n=$(doc $A sas 'len(d["sas"])')
	[ "$n" -ge 1 ] && [ "$n" -le 2 ] && [ "$(owned $A) $(owned $B)" = "$n $n" ] &&
		[ "$(ends $A spi_in spi_out)" = "$(ends $B spi_out spi_in)" ]
}
leftovers() { for ns in $A $B; do owned $ns; ctl $ns -j sas; cat "$TMP/$ns/log"; done; }
for ns in $A $B; do
	check "$ns: SAs of before are replaced" wait_for 90 none_of_before $ns
done
check "no SA pair is left over, in the kernel or at one end" wait_for 60 no_leftovers ||
	diag "$(leftovers)"
check "the connection goes on" talks 60
equal "over the same latch at $A" "$(latch $A)" "$latch_a"
equal "over the same latch at $B" "$(latch $B)" "$latch_b"
# a flow that is new: policy, not latch, must hold it
stop_btnsd $A KILL
ctl $A flush sas > /dev/null
refuse "a new flow waits while no daemon runs" \
	ip netns exec $A timeout 3 socat -u OPEN:/etc/hostname TCP:$B4:7000
end_capture wire
check "nothing was ever in clear" only_protected wire
done_testing
