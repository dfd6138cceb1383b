# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the benchmarks share.  Source it after ../lib/net.sh.
#
#	try NAME COMMAND...		like check, in this shell
#	bench NAME VALUE UNIT [WANTED]	a figure for the record
#	connect_ms NAMESPACE ADDRESS PORT	time of one connect(), by btns-nc
#	median VALUE...
#	listener NAMESPACE PORT		accepts connections for ever
#	stop BTNSD|SWAN			ends the daemons of both
#	no_xfrm				no state and no policy of $A and $B is left
#	settle				$kib: KiB that the kernel holds now
#	strongswan			trap policies between $A and $B

bench() { echo "# bench: $1 = $2 $3${4:+ (wanted: $4)}"; }

# try NAME COMMAND...: like check, but the command may set variables
try() {
	local name=$1

	shift
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "$* failed"
	fi
}

median() {
	printf '%s\n' "$@" | sort -n |
		awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

calc() { awk "BEGIN { printf \"%.3f\", $1 }"; }
holds() { awk "BEGIN { exit !($1) }"; }

connect_ms() {
	ip netns exec "$1" timeout 60 btns-nc -d -w 30 --json "$2" "$3" 2>&1 >/dev/null |
		python3 -c '
import json, sys
for line in sys.stdin:
	e = json.loads(line)
	if e["event"] == "connection":
		print("%.3f" % e["connect_ms"])
	elif e["event"] == "error":
		sys.exit(e["message"])'
}

is_listening() {
	ip netns exec "$1" cat /proc/net/tcp /proc/net/tcp6 |
		grep -qi ":$(printf %04X "$2") .* 0A "
}

listener() {
	env ip netns exec "$1" bash -c "while :; do btns-nc -l -d -q $2; done" \
		>/dev/null 2>&1 &
	_pids+=($!)
	wait_for 20 is_listening "$1" "$2"
}

stop() {
	local h v

	for h in $A $B; do
		v=$1_$h
		kill "${!v}"
		wait "${!v}" 2>/dev/null
	done
	return 0
}

no_xfrm() {
	local h

	for h in $A $B; do
		ip -n "$h" xfrm state flush
		ip -n "$h" xfrm policy flush
	done
}

# --- memory --------------------------------------------------------------------

kib=0

# KiB of the kernel: slabs that cannot be reclaimed, per-CPU and vmalloc areas
kernel_memory() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^(SUnreclaim|Percpu|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# settled: what freed memory waits for is over; the result is in $kib
settled() {
	local before=$kib

	kib=$(kernel_memory)
	[ "$((kib - before))" -lt 64 ] && [ "$((before - kib))" -lt 64 ]
}

settle() {
	kib=0
	wait_for 60 settled
}

# --- the peer -----------------------------------------------------------------

# swan_host NAMESPACE OWN-ADDRESS PEER-ADDRESS PEER
swan_host() {
	local ns=$1 dir=$TMP/swan-$1

	mkdir -p "$dir/private" "$dir/pubkey"
	cp "$TMP/$1.swan.pem" "$dir/private/own.pem"
	cp "$TMP/$1.swan.pub" "$dir/pubkey/own.pem"
	cp "$TMP/$4.swan.pub" "$dir/pubkey/peer.pem"
	cat > "$dir/strongswan.conf" <<CONF
charon-systemd {
	load_modular = yes
	install_routes = no
	plugins {
		include /etc/strongswan.d/charon/*.conf
		vici {
			socket = unix://$dir/vici
		}
	}
}
CONF
	cat > "$dir/swanctl.conf" <<CONF
connections {
	peer {
		version = 2
		local_addrs = $2
		remote_addrs = $3
		proposals = chacha20poly1305-prfsha256-x25519
		local {
			auth = pubkey
			id = $ns
			pubkeys = own.pem
		}
		remote {
			auth = pubkey
			id = $4
			pubkeys = peer.pem
		}
		children {
			host {
				mode = transport
				start_action = trap
				local_ts = $2/32
				remote_ts = $3/32
				esp_proposals = chacha20poly1305
			}
		}
	}
}
CONF
	STRONGSWAN_CONF=$dir/strongswan.conf env ip netns exec "$ns" \
		charon-systemd > "$dir/log" 2>&1 &
	_pids+=($!)
	eval "SWAN_$ns=$!"
	wait_for 30 test -S "$dir/vici" &&
	swan "$ns" --load-all
}

swan() {
	local dir=$TMP/swan-$1

	SWANCTL_DIR=$dir STRONGSWAN_CONF=$dir/strongswan.conf \
		ip netns exec "$1" swanctl "${@:2}" --uri "unix://$dir/vici"
}

strongswan() {
	local h

	for h in $A $B; do
		openssl genpkey -algorithm ed25519 -out "$TMP/$h.swan.pem" &&
		openssl pkey -in "$TMP/$h.swan.pem" -pubout -out "$TMP/$h.swan.pub" ||
			return
	done
	swan_host $A $A4 $B4 $B && swan_host $B $B4 $A4 $A
}

swan_forget() {
	swan $A --terminate --ike peer
	! ip netns exec $A ip xfrm state | grep -q 'proto esp' &&
	! ip netns exec $B ip xfrm state | grep -q 'proto esp'
}
