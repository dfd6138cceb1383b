#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Missing pieces, several instances on one machine, garbage on the control socket.
#
#	$A, btnsd ---- wire ---- $B, btnsd
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe -r btns 2>/dev/null
two_hosts
mkdir -p "$TMP/x"
chmod 755 "$TMP"
# The module's family is an alias: asking for it loads the module.
loader=$(sysctl -n kernel.modprobe)
sysctl -q kernel.modprobe=/bin/false
timeout 60 ip netns exec $A btnsd --key "$TMP/x/key" --control "$TMP/x/control" > "$TMP/out" 2>&1
equal "without the module: exit code 1" $? 1
check "without the module: it says what to do" grep -q "modprobe btns" "$TMP/out"
sysctl -q kernel.modprobe="$loader"

# --- several instances: what they share is the machine -----------------------------------
# instance NAMESPACE: /etc/btns/NAMESPACE, /run/btns/NAMESPACE
instance() {
	mkdir -p "$TMP/$1"
	env ip netns exec "$1" btnsd --instance "$1" --log-level debug > "$TMP/$1/log" 2>&1 &
	_pids+=($!)
	eval "BTNSD_$1=$!"
	ln -sfn "/run/btns/$1/control" "$TMP/$1/control"
	wait_for 60 answers "$1"
}
for ns in $A $B $W; do
	step "an instance in namespace $ns" instance $ns
done
check "the daemon has loaded the module" test -d /sys/module/btns
keys() { for ns in $A $B $W; do doc $ns status 'd["self"]["fingerprint"]'; done; }
was=$(keys)
equal "each has a key of its own" "$(grep '^SHA256:' <<< "$was" | sort -u | wc -l)" 3
equal "each has made its own file" "$(stat -c %a /etc/btns/{$A,$B,$W}/key.pem | uniq)" 600
step "a connection talks" talk_start 7000
equal "two of them have an SA pair, the third one knows nothing of it" \
	"$(for ns in $A $B $W; do doc $ns sas 'len(d["sas"])'; done | xargs)" "1 1 0"
equal "the third one has not seen a packet" "$(doc $W stats 'd["daemon"]["packets_in"]')" 0
cat > /etc/btns/$W/btns.conf <<'END'
[pad x]
match = any
[policy only]
class = clear
END
stop_btnsd $W
step "one of them starts anew with a configuration of its own" instance $W
equal "the policies of the others have not changed" \
	"$(for ns in $A $B $W; do doc $ns policy 'd["policy"][-1]["name"]'; done | xargs)" \
	"everything everything only"
equal "nor has a key" "$(keys)" "$was"
check "nor has their connection noticed" talks

# refused WHAT WORDS NAMESPACE OPTION...
refused() {
	local what=$1 words=$2 ns=$3

	shift 3
	timeout 60 ip netns exec "$ns" btnsd "$@" > "$TMP/out" 2>&1
	equal "$what: refused" $? 1
	check "$what: it says so" grep -q "$words" "$TMP/out"
}
refused "the same control socket twice" "another btnsd answers there" $A \
	--key "$TMP/x/key" --control "/run/btns/$A/control"
refused "the same ports twice" "cannot listen at" $A --key "$TMP/x/key" --control "$TMP/x/control"
stop_btnsd $W
refused "a user that is not there" "no user nosuchuser" $W --key "$TMP/x/key" \
	--control "$TMP/x/other" --user nosuchuser
chmod 644 "$TMP/x/key"
refused "a key that others may read" "others may read it" $W --key "$TMP/x/key" \
	--control "$TMP/x/other"

# --- garbage on the control socket -------------------------------------------------------
cat > "$TMP/control.py" <<'PYTHON'
import json, os, socket, sys
def ask(line, end=b"\n"):
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.settimeout(60)
	try:
		s.sendall(line + end)
	except BrokenPipeError:
		pass
	if not end:
		s.shutdown(socket.SHUT_WR)
	return s.makefile().readline()
bad = [b'', b'{', b'[]', b'{}', b'{"command":7}', b'{"command":"frobnicate"}',
	b'{"command":"close"}', b'{"command":"close","spi":"00"}',
	b'{"command":"log-level","level":"loud"}', b'\xff\xfe', b'\0', b'[' * 4000, b'x' * 9000]
for line in bad:
	answer = ask(line)
	print(line[:50], answer.strip(), flush=True)
	if list(json.loads(answer)) != ["error"]:
		sys.exit("no error")
for _ in range(20):
	ask(os.urandom(200))
# half a question, and many who say nothing, keep nobody waiting
ask(b'{"command":', b"")
silent = [socket.socket(socket.AF_UNIX) for _ in range(20)]
for s in silent:
	s.connect(sys.argv[1])
if "pid" not in json.loads(ask(b'{"command":"status"}')):
	sys.exit("no status")
PYTHON
check "control socket: each bad line gets an error, good ones their answer" \
	python3 "$TMP/control.py" "/run/btns/$B/control"
check "control socket: log level" eval \
	"ask $B '{\"command\":\"log-level\",\"level\":\"debug\"}' | grep -q true"
# the folder is open to all: it is the socket that keeps them out
equal "control socket: others are kept out" "$(setpriv --reuid 12345 --regid 12345 --clear-groups \
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])' \
	"/run/btns/$B/control" 2>&1 | tail -n 1)" "PermissionError: [Errno 13] Permission denied"

# --- and after all that it works ---------------------------------------------------------
established() { ike_sas $A; }
spi=$(established)
new_spi() { local now; now=$(established) && [ "$now" ] && [ "$now" != "$spi" ]; }
check "control socket: rekey" eval \
	"ask $A '{\"command\":\"rekey\",\"spi\":\"$spi\"}' | grep -q true"
check "the IKE SA is a new one" wait_for 60 new_spi
check "the connection goes on" talks 60
pair() { doc $A sas 'd["sas"][0]["spi_in"]'; }
sa=$(pair)
new_pair() { local now; now=$(pair) && [ "$now" ] && [ "$now" != "$sa" ]; }
check "control socket: rekey of an SA pair" eval \
	"ask $A '{\"command\":\"rekey\",\"sa\":\"$sa\"}' | grep -q true"
check "the SA pair is a new one" wait_for 60 new_pair
check "control socket: an SA pair that is not there" eval \
	"ask $A '{\"command\":\"rekey\",\"sa\":\"0x1\"}' | grep -q 'no SA pair'"
check "the connection goes on then" talks 60
# the pair is deleted under the daemon: it asks for a new one with the next packet
ip -n $A xfrm state flush
check "SAs flushed by ip(8): the connection comes back" talks 60
done_testing
