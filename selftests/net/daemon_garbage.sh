#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Garbage and old messages on ports 500 and 4500, from a third host that can see
# and forge everything, while honest peers connect.
#
#	$A, btnsd ---- wire ---- $B, btnsd
#	                |
#	                +------- $N, noise
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

plan 17
modprobe btns
two_hosts
N=noise
host $N
cable $N n0 $W wn
ip -n $W link set wn master br0
address $N n0 10.1.0.66/24
chmod 755 "$TMP"
cat > "$TMP/conf" <<'END'
[daemon]
cookie-threshold = 20
max-half-open = 40
half-open-time = 15s
[pad x]
match = any
[policy all]
class = private
btns = yes
END
start_btnsd $A --config "$TMP/conf"
start_btnsd $B --config "$TMP/conf"

# --- random, truncated, oversized and nearly right ---------------------------------------
cat > "$TMP/garbage.py" <<'PYTHON'
import os, random, socket, struct, sys, time
random.seed(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sizes = list(range(0, 70)) + [100, 500, 1400, 9000, 65000]
def nearly():
	body = os.urandom(random.randrange(0, 200))
	length = random.choice((28 + len(body), 28, 0, 27, 0xffffffff, 20 + len(body)))
	head = os.urandom(8) + random.choice((bytes(8), os.urandom(8)))
	return head + struct.pack("!BBBBII", random.choice((0, 33, 34, 46, 53, 255)),
		random.choice((0x20, 0x10, 0x2f, 0xff)), random.randrange(30, 45),
		random.randrange(256), random.choice((0, 1, 0xffffffff)), length) + body
while True:
	for to in sys.argv[2:]:
		for port in (500, 4500):
			mark = b"\0\0\0\0" if port == 4500 else b""
			some = [os.urandom(n) for n in random.sample(sizes, 10)]
			for m in some + [mark + m for m in some] + [b"\xff"]:
				s.sendto(m, (to, port))
			for _ in range(20):
				s.sendto(mark + nearly(), (to, port))
	with open(sys.argv[1], "a") as f:
		f.write("round\n")
	time.sleep(0.05)
PYTHON
: > "$TMP/rounds"
env ip netns exec $N python3 "$TMP/garbage.py" "$TMP/rounds" $A4 $B4 > "$TMP/garbage" 2>&1 &
noise=$!
_pids+=($noise)
rounds() { [ "$(wc -l < "$TMP/rounds")" -ge "$1" ]; }
wait_for 60 rounds 5
capture ike $W wa "(udp port 500 or udp port 4500) and host $A4 and host $B4"
step "garbage: honest peers connect" talk_start 7000
check "garbage: it went on for that time and longer" wait_for 60 rounds 30
kill $noise
end_capture ike
for ns in $A $B; do
	equal "garbage: at $ns each kind is counted, and nothing has become of it" \
		"$(doc $ns stats '[k for k in ("drop_short", "drop_marker", "ike_drop_length",
		"ike_drop_version") if not d["daemon"][k]], [d["daemon"]["ike_" + k]
		for k in ("auth_ok", "children", "half_open")]')" "[] [1, 1, 0]"
done

# --- the honest messages again: forged sender, cut, with bits turned -------------------------
memory() { local p="BTNSD_$1"; awk '/^VmRSS:/ { print $2 }' "/proc/${!p}/status"; }
pairs() { doc $1 sas '[s["spi_in"] for s in d["sas"]]'; }
pairs_a=$(pairs $A) pairs_b=$(pairs $B)
memory_b=$(memory $B)
cat > "$TMP/replay.py" <<'PYTHON'
import os, random, socket, struct, sys
data = open(sys.argv[2], "rb").read()
seen, at = [], 24
while at + 16 <= len(data):
	n = struct.unpack("<I", data[at + 8:at + 12])[0]
	frame = data[at + 16:at + 16 + n]
	at += 16 + n
	head = (frame[14] & 15) * 4
	ip = frame[14:14 + head]
	udp = frame[14 + head:14 + struct.unpack("!H", frame[16:18])[0]]
	seen.append((socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20]), udp))
if not seen:
	sys.exit("nothing was captured")
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def send(src, dst, ports, payload):
	udp = ports + struct.pack("!HH", 8 + len(payload), 0) + payload
	ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
		socket.inet_aton(src), socket.inet_aton(dst))
	raw.sendto(ip + udp, (dst, 0))
if sys.argv[1] == "flood":
	src, dst, udp = seen[0]
	n = int(sys.argv[3])
	while n:
		n -= 1
		port = random.randrange(1024, 65536)
		send("10.1.0.66", dst, struct.pack("!HH", port, 500), os.urandom(8) + udp[16:])
	sys.exit(0)
for src, dst, udp in seen:
	ports, m = udp[:4], udp[8:]
	for _ in range(3):
		send(src, dst, ports, m)
		send("10.1.0.66", dst, ports, m)
	for n in range(0, len(m), 3):
		send(src, dst, ports, m[:n])
	for n in range(0, len(m), 2):
		send(src, dst, ports, m[:n] + bytes([m[n] ^ 1 << n % 8]) + m[n + 1:])
	send(src, dst, ports, m + os.urandom(40))
	send(src, dst, ports, m + os.urandom(1200 - len(m)))
print(len(seen), "messages")
PYTHON
check "replay: each message of the exchange" ip netns exec $N python3 "$TMP/replay.py" replay "$TMP/ike.pcap"
check "replay: the connection goes on" talks 60
equal "replay: the same SA pairs at $A" "$(pairs $A)" "$pairs_a"
equal "replay: the same SA pairs at $B" "$(pairs $B)" "$pairs_b"
equal "replay: still one IKE SA authenticated at $B" "$(doc $B stats 'd["daemon"]["ike_auth_ok"]')" 1
check "replay: forged ones fail their checksum" \
	[ "$(doc $A stats 'd["daemon"]["ike_drop_mac"] + d["daemon"]["ike_drop_window"]')" -gt 0 ]

# --- good first messages without end: cookies, and no memory for those who do not answer -------
flood() { exec ip netns exec $N python3 "$TMP/replay.py" flood "$TMP/ike.pcap" "$1"; }
half_open() { doc $B stats 'd["daemon"]["ike_half_open"]'; }
full() { [ "$(half_open)" = 20 ]; }
check "flood: a thousand first messages" eval "(flood 1000)"
check "flood: half-open IKE SAs are bounded" full
cookies() { doc $B stats 'd["daemon"]["ike_cookies_sent"]'; }
quiet=$(cookies)
check "flood: cookies are asked for" [ "$quiet" -gt 900 ]
(flood -1) > "$TMP/flood" 2>&1 &
noise=$!
_pids+=($noise)
# the half-open ones of before say nothing about this one
flooded() { [ "$(cookies)" -gt $((quiet + 100)) ] && full; }
wait_for 60 flooded
ask $A '{"command":"flush"}' > /dev/null
check "flood: honest peers connect anew, with a cookie" talks 60
check "flood: that it was" [ "$(doc $A stats 'd["daemon"]["ike_cookies_seen"]')" -gt 0 ]
kill $noise
check "the daemon has not grown" [ $(($(memory $B) - memory_b)) -lt 1024 ]
none_half_open() { [ "$(half_open)" = 0 ]; }
check "half-open IKE SAs end" wait_for 60 none_half_open
done_testing
