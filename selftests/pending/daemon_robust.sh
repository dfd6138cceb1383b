#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Garbage on the sockets, several instances, missing pieces.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe -r btns 2>/dev/null
two_hosts
mkdir -p "$TMP/x"
ip netns exec $A btnsd --key "$TMP/x/key" --control "$TMP/x/control" > "$TMP/out" 2>&1
equal "without the module: exit code 1" $? 1
check "without the module: it says what to do" grep -q "modprobe btns" "$TMP/out"
modprobe btns
start_btnsd $A
start_btnsd $B

# --- several instances -----------------------------------------------------------------
check "instances in two namespaces" [ -d "/proc/$BTNSD_hosta" -a -d "/proc/$BTNSD_hostb" ]
check "they have keys of their own" \
	[ "$(doc $A status 'd["self"]["fingerprint"]')" != "$(doc $B status 'd["self"]["fingerprint"]')" ]
ip netns exec $A btnsd --key "$TMP/x/key" --control "$TMP/$A/control" > "$TMP/out" 2>&1
equal "the same control socket twice: refused" $? 1
check "and it says so" grep -q "another btnsd answers there" "$TMP/out"
ip netns exec $A btnsd --key "$TMP/x/key" --control "$TMP/x/control" > "$TMP/out" 2>&1
equal "the same ports twice: refused" $? 1
check "and it says so" grep -q "cannot listen at" "$TMP/out"
ip netns exec $W btnsd --key "$TMP/x/key" --control "$TMP/x/other" --user nosuchuser \
	> "$TMP/out" 2>&1
equal "a user that is not there: refused" $? 1
chmod 644 "$TMP/x/key"
ip netns exec $W btnsd --key "$TMP/x/key" --control "$TMP/x/other" > "$TMP/out" 2>&1
equal "a key that others may read: refused" $? 1
check "and it says so" grep -q "others may read it" "$TMP/out"

# --- garbage on ports 500 and 4500 (IKE messages of all lengths, random and nearly right) ---
cat > "$TMP/garbage.py" <<'PYTHON'
import os, random, socket, struct, sys
random.seed(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in (500, 4500):
	to = (sys.argv[1], port)
	mark = b"\0\0\0\0" if port == 4500 else b""
	for n in list(range(0, 70)) + [100, 500, 1400, 9000]:
		s.sendto(os.urandom(n), to)
		s.sendto(mark + os.urandom(n), to)
	for _ in range(300):
		body = os.urandom(random.randrange(0, 200))
		length = random.choice((28 + len(body), 28, 0, 27, 0xffffffff, 20 + len(body)))
		head = os.urandom(8) + random.choice((bytes(8), os.urandom(8)))
		head += struct.pack("!BBBBII", random.choice((0, 33, 34, 46, 53, 255)),
			random.choice((0x20, 0x10, 0x2f, 0xff)), random.randrange(30, 45),
			random.randrange(256), random.choice((0, 1, 0xffffffff)), length)
		s.sendto(mark + head + body, to)
	s.sendto(b"\xff", to)
PYTHON
ip netns exec $A python3 "$TMP/garbage.py" $B4
check "garbage: it still answers" ctl $B -j stats
check "garbage: counted" [ "$(doc $B stats 'd["daemon"]["drop_short"] > 0 and d["daemon"]["drop_marker"] > 0 and d["daemon"]["ike_drop_length"] > 0')" = True ]
equal "garbage: no IKE SA of it is up" "$(doc $B stats 'd["daemon"]["ike_auth_ok"], d["daemon"]["ike_children"]')" "0 0"

# --- garbage on the control socket ----------------------------------------------------------
for q in '' '{' '[]' '{}' '{"command":7}' '{"command":"frobnicate"}' '{"command":"close"}' \
	'{"command":"close","spi":"00"}' '{"command":"log-level","level":"loud"}'; do
	check "control: '$q' gets an error" eval "ask $B '$q' | grep -q '^{\"error\":'"
done
check "control: endless line gets an error" eval "ask $B $(head -c 9000 /dev/zero | tr '\0' x) | grep -q error"
check "control: log level" eval "ask $B '{\"command\":\"log-level\",\"level\":\"debug\"}' | grep -q true"
setpriv --reuid 12345 --regid 12345 --clear-groups \
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])' \
	"$TMP/$B/control" 2> /dev/null
check "control: others are kept out" [ $? -ne 0 ]

# --- and after all that it works ---------------------------------------------------------------
step "a connection talks" talk_start 7000
spi=$(ask $A '{"command":"ike-sas"}' | python3 -c 'import json, sys; print(json.load(sys.stdin)["ike_sas"][0]["spi"])')
new_spi() { [ "$(ask $A '{"command":"ike-sas"}' | python3 -c 'import json, sys; print([s["spi"] for s in json.load(sys.stdin)["ike_sas"] if s["state"] == "established"])')" != "['$spi']" ]; }
check "control: rekey" eval "ask $A '{\"command\":\"rekey\",\"spi\":\"$spi\"}' | grep -q true"
check "the IKE SA is a new one" wait_for 30 new_spi
check "the connection goes on" talks
# the pair is deleted under the daemon: it asks for a new one with the next packet
ip -n $A xfrm state flush
check "SAs flushed by ip(8): the connection comes back" talks 60
done_testing
