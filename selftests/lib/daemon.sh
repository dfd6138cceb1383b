# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library of the daemon's tests, on top of net.sh.
#
#	stop_btnsd NAMESPACE [SIGNAL]	end it and wait for its end; exit code in $stopped
#	again NAMESPACE [OPTION...]	start it anew, wait until it answers
#	write_conf NAMESPACE [LINE...]	its btns.conf: these lines, a PAD entry for
#					anybody, all private (with $OF_ALL)
#	run_btnsd NAMESPACE		again, with that file
#	doc NAMESPACE COMMAND EXPRESSION	value of btnsctl's document "d"
#	value_of EXPRESSION		of the document "d" that comes in
#	ike_sas NAMESPACE		SPIs of those that are up
#	number NAMESPACE KEY		from the daemon's status
#	answers NAMESPACE		its daemon does
#	ask NAMESPACE JSON		one line to the control socket, answer on stdout
#	logged NAMESPACE TEXT
#	talk_start PORT [ADDRESS]	a TCP connection from $A to $B that never rests
#	talks				it has made a round trip since now
#	messages NAME FILTER		UDP messages of a capture, those sent again counted once
#	absent NAME FILTER		the capture has no such packet
#	only_protected NAME		the capture shows nothing in clear
#	in_memory PID HEX		can that process read these octets in its memory?

stop_btnsd() {
	local v="BTNSD_$1"

	kill -"${2:-TERM}" "${!v}"
	wait "${!v}" 2>/dev/null
	stopped=$?
}

again() {
	local ns=$1

	[ -e "$TMP/$ns/log" ] && cat "$TMP/$ns/log" >> "$TMP/$ns/log.before"
	start_btnsd "$@"
	wait_for 60 answers "$ns"
}

write_conf() {
	local ns=$1

	shift
	mkdir -p "$TMP/$ns"
	printf '%s\n' "$@" "[pad anybody]" "match = any" \
		"[policy all]" "class = private" "btns = yes" ${OF_ALL:+"$OF_ALL"} \
		> "$TMP/$ns/btns.conf"
}

run_btnsd() { again "$1" --config "$TMP/$1/btns.conf"; }

# A JSON document is an expression of Python, but for three words: no modules are needed.
value_of() {
	python3 -I -S -c '
import sys
d = eval(sys.stdin.read(), {"true": True, "false": False, "null": None})
v = eval(sys.argv[1])
print(*(v if isinstance(v, tuple) else (v,)))' "$1"
}

doc() {
	ctl "$1" -j "$2" > "$TMP/doc.$1" && value_of "$3" < "$TMP/doc.$1"
}

ask() { socat -t 20 - "UNIX-CONNECT:$TMP/$1/control" <<< "$2"; }

ike_sas() {
	ask "$1" '{"command":"ike-sas"}' |
		value_of 'tuple(sorted(s["spi"] for s in d["ike_sas"] if s["state"] == "established"))'
}

number() { ask "$1" '{"command":"status"}' | sed -n "s/.*\"$2\": *\([0-9]*\).*/\1/p"; }

answers() { ask "$1" '{"command":"status"}' | grep -q '"pid"'; }
logged() { grep -qF -- "$2" "$TMP/$1/log"; }

# The number of round trips is in $TMP/talk.
talk_start() {
	cat > "$TMP/talk.py" <<'PYTHON'
import socket, sys, time
role, address, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
if role == "listen":
	l = socket.socket(family)
	l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	l.bind((address, port))
	l.listen(1)
	s, _ = l.accept()
	while True:
		d = s.recv(100)
		if not d:
			break
		s.sendall(d)
	sys.exit(0)
s = socket.create_connection((address, port), timeout=60)
n = 0
while True:
	word = b"plain words %8d\n" % n
	s.sendall(word)
	got = b""
	while len(got) < len(word):
		d = s.recv(100)
		if not d:
			sys.exit("the connection ended")
		got += d
	if got != word:
		sys.exit("got something else")
	n += 1
	with open(count, "w") as f:
		f.write("%d" % n)
	time.sleep(0.1)
PYTHON
	local port=$1 address=${2:-$B4}

	echo 0 > "$TMP/talk"
	env ip netns exec $B python3 "$TMP/talk.py" listen "$address" "$port" - > "$TMP/talk.b" 2>&1 &
	_pids+=($!)
	wait_for 20 listens $B "$port"
	env ip netns exec $A python3 "$TMP/talk.py" connect "$address" "$port" "$TMP/talk" \
		> "$TMP/talk.a" 2>&1 &
	_pids+=($!)
	talk_pid=$!
	wait_for 60 talked 1
}

listens() { ip netns exec "$1" ss -Hltn "sport = :$2" | grep -q .; }
talked() { [ "$(cat "$TMP/talk")" -ge "$1" ] 2>/dev/null; }
talks() {
	local n
	n=$(cat "$TMP/talk")
	wait_for "${1:-30}" talked $((n + 3))
}

messages() {
	tcpdump -n -t -x -r "$TMP/$1.pcap" "$2" 2> /dev/null | awk '
		/^\t/ { sub(/^\t0x[0-9a-f]*: */, ""); gsub(/ /, ""); hex = hex $0; next }
		{ take(); hex = "" }
		function take() { if (hex) seen[substr(hex, hex ~ /^6/ ? 97 : 57)] }
		END { take(); for (m in seen) n++; print n + 0 }'
}

absent() {
	tcpdump -n -r "$TMP/$1.pcap" "$2" 2> /dev/null | head -n 5 > "$TMP/$1.shown"
	! [ -s "$TMP/$1.shown" ] || { cat "$TMP/$1.shown"; false; }
}

# Key exchange, ESP and what finds neighbours; all else is clear text.  Reports of
# multicast listeners have a header before ICMPv6.
only_protected() {
	local clear='not (esp or arp or igmp or udp port 500 or udp port 4500 or icmp6)'

	clear+=' and not (ip6[6] == 0 and ip6[40] == 58)'
	# that it shows something at all belongs to the proof
	absent "$1" "$clear" && [ "$(packets "$1" esp)" -gt 0 ] && ! grep -aq "plain words" "$TMP/$1.pcap"
}

in_memory() {
	python3 - "$1" "$2" <<-'END'
	import sys
	octets = bytes.fromhex(sys.argv[2])
	found = False
	with open(f"/proc/{sys.argv[1]}/maps") as maps, \
	     open(f"/proc/{sys.argv[1]}/mem", "rb", 0) as mem:
	    for line in maps:
	        start, end = (int(x, 16) for x in line.split()[0].split("-"))
	        if not line.split()[1].startswith("r"):
	            continue
	        try:
	            mem.seek(start)
	            found |= octets in mem.read(end - start)
	        except (OSError, OverflowError):
	            pass
	sys.exit(0 if found else 1)
	END
}
