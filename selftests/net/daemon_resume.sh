#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Session resumption (RFC 5723): a server boots and has nothing but the keys of its tickets;
# its client comes back in two round trips, without key exchange (RFC5723/2, 8).  With
# a ticket that is used, whose key is gone, or that has expired nobody gets anywhere, and
# the client makes a new IKE SA (RFC5723/4).
#
#	$A, btnsd: client ---- wire, and a thief ---- $B, btnsd: server
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

plan 24
modprobe btns
two_hosts
THIEF=10.1.0.66
ip -n $W addr add $THIEF/24 dev br0
chmod 755 "$TMP"
for ns in $A $B; do
	mkdir -p "$TMP/$ns/tickets"
	chown nobody "$TMP/$ns/tickets"
	printf '%b' "[daemon]\nuser = nobody\nsession-resumption = yes\n" \
		"ticket-keys = $TMP/$ns/tickets/keys\n" \
		"liveness = 1s\nretransmit-first = 1s\nretransmit-count = 2\n" \
		"[pad x]\nmatch = any\n[policy all]\nclass = private\nbtns = yes\n" > "$TMP/$ns/conf"
	step "btnsd starts at $ns" start_btnsd $ns --config "$TMP/$ns/conf" --log-level debug
done

# resume.py exchanges FILE: what the key exchanges of a capture are, and whether with KE
# resume.py show FILE N ADDRESS: show the ticket of the Nth IKE_SESSION_RESUME in it again
cat > "$TMP/resume.py" <<'PYTHON'
import os, socket, struct, sys
KE, NONCE, NOTIFY, NACK = 34, 40, 41, 16412
names = {34: "INIT", 35: "AUTH", 38: "RESUME"}

def messages(name):
	d = open(name, "rb").read()
	at = 24
	while at + 16 <= len(d):
		n = struct.unpack_from("<I", d, at + 8)[0]
		p = d[at + 16:at + 16 + n]
		at += 16 + n
		ip = p[14:]
		if p[12:14] == b"\x08\0" and ip[9] == 17 and 500 in struct.unpack_from("!HH", ip, 20):
			yield ip[28:]

def payloads(m):
	kind, at = m[16], 28
	while kind and at + 4 <= len(m):
		after, _, n = struct.unpack_from("!BBH", m, at)
		yield kind, m[at + 4:at + n]
		if kind == 46 or n < 4:
			return
		kind, at = after, at + n

def is_nack(m):
	return any(k == NOTIFY and struct.unpack_from("!H", b, 2)[0] == NACK for k, b in payloads(m))

if sys.argv[1] == "exchanges":
	seen = set()
	for m in messages(sys.argv[2]):
		if m[18] not in names or m in seen:
			continue
		seen.add(m)
		print(names[m[18]] + "+KE" * (KE in [k for k, _ in payloads(m)]) +
		      "+NACK" * is_nack(m), end=" ")
	print()
	sys.exit(0)

shown = []
for m in messages(sys.argv[2]):
	if m[18] == 38 and m[19] & 8 and m not in shown:
		shown.append(m)
m = shown[int(sys.argv[3])]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[4], 0))
s.settimeout(2)
for _ in range(10):
	mine = os.urandom(8)
	s.sendto(mine + m[8:], ("10.1.0.2", 500))
	try:
		got = s.recv(2000)
	except socket.timeout:
		continue
	if got[:8] != mine:
		continue
	kinds = [k for k, _ in payloads(got)]
	print("NACK" if is_nack(got) else "resumes" if NONCE in kinds else kinds)
	break
PYTHON
exchanges() { end_capture "$1"; python3 "$TMP/resume.py" exchanges "$TMP/$1.pcap"; }
steal() { ip netns exec $W python3 "$TMP/resume.py" show "$TMP/$1.pcap" "$2" $THIEF; }
reaches() { ip netns exec $A ping -c 1 -W 1 $B4 > /dev/null; }
stat() { ask $1 '{"command":"stats"}' | python3 -c "import json, sys; print(json.load(sys.stdin)['stats']['ike_$2'])"; }
alone() { [ "$(doc $A sas 'len(d["sas"])')" = 0 ]; }
who() { doc $1 sas 'd["sas"][0]["peer"]["fingerprint"]'; }

# boot: $B loses all that a boot takes, and is back when $A has noticed
boot() {
	stop_btnsd $B KILL
	rm -f "$TMP/$B/control.sas"
	ctl $B flush sas > /dev/null
	check "$1: $A notices" wait_for 30 alone
	step "$1: $B is back" again $B --config "$TMP/$B/conf" --log-level debug
	capture "$2" $W wa udp
	check "$1: packets pass" wait_for 30 reaches
}

capture full $W wa udp
check "packets pass" wait_for 30 reaches
equal "a key exchange, and signatures" "$(exchanges full)" "INIT+KE INIT+KE AUTH AUTH "
equal "$A has a ticket" "$(stat $A tickets_got)" 1
peer=$(who $B)

boot "a boot" one
equal "a boot: two round trips without key exchange" "$(exchanges one)" "RESUME RESUME AUTH AUTH "
equal "a boot: $A comes back with its ticket" "$(stat $A resumes) $(stat $B resumes)" "1 1"
equal "a boot: as the one that it was" "$(who $B)" "$peer"
equal "the used ticket, shown again, is refused" "$(steal one 0)" NACK

mv "$TMP/$B/tickets/keys" "$TMP/keys"
boot "a boot without the key of the tickets" two
equal "it refuses the ticket, and all is as the first time" "$(exchanges two)" \
	"RESUME RESUME+NACK INIT+KE INIT+KE AUTH AUTH "
equal "nobody has resumed anything" \
	"$(stat $A resumes) $(stat $A resumes_refused) $(stat $B resumes)" "1 1 0"
equal "$A has another ticket" "$(stat $A tickets_got)" 3

# --- that ticket was never used: what it is good for in other hands ------------------------
stop_btnsd $B
cp -p "$TMP/keys" "$TMP/$B/tickets/keys"
step "$B has the key of that ticket again" again $B --config "$TMP/$B/conf" --log-level debug
equal "a stolen ticket begins something" "$(steal two 0)" resumes
equal "that is no IKE SA without the secret" \
	"$(stat $B resumes) $(ip -n $B xfrm state | grep -c $THIEF)" "0 0"
check "$A and $B go on" wait_for 30 reaches
now=$(date +%s)
date -s "@$((now + 5 * 3600))" > /dev/null
got=$(steal two 0)
date -s "@$now" > /dev/null
equal "five hours later it has expired" "$got" NACK
check "$A and $B go on" wait_for 30 reaches
done_testing
