#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The responder's price of an IKE SA with one Child SA, beside strongSwan's charon, by
# equal algorithms (AES-256-GCM, PRF-HMAC-SHA-256, Curve25519, a shared secret), from
# the same load: processor time of the daemon, and memory that is its own.
#
#	$A, many-peers --- wire --- $B, btnsd or charon
#
# A guest whose clock counts instructions: an emulator makes those of vectors, which
# either's cryptography uses, dearer than a processor does.
# vm: --icount
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/lib.sh"

COUNT=${COUNT:-500}		# for the comparison
WARM=50			# before that: what a daemon needs once is no price of an SA
NET=10.9.0.0/16

two_hosts
# all addresses of the net are $A's
ip -n $A route add local $NET dev lo
ip -n $B route add $NET via $A4
(umask 077; openssl rand -hex 16 | tr -d '\n' > "$TMP/secret")

# family PID: it and its children
family() { echo "$1"; pgrep -P "$1"; }
# cpu PID: processor time of the family until now, ms
cpu() {
	local p

	for p in $(family "$1"); do cat /proc/$p/task/*/schedstat; done |
		awk '{ n += $1 } END { print n / 1e6 }'
}
# private PID: KiB of the family's own, files not counted
private() {
	local p

	for p in $(family "$1"); do cat "/proc/$p/smaps_rollup"; done |
		awk '/^Anonymous:/ { n += $2 } END { print n }'
}

# load FIRST-ADDRESS COUNT: $ms of processor time and $kib of memory that each costs the daemon $PID
load() {
	local before=$(cpu $PID) mem=$(private $PID)

	coproc MANY { exec env ip netns exec $W many-peers $A "$1" $B4 "$2" "$TMP/secret" many.example.com 2>&1; }
	MANY_ID=$MANY_PID
	_pids+=($MANY_ID)
	IFS= read -r -t 1200 -u "${MANY[0]}" line || line=silence
	diag "many-peers: $line"
	[ "$line" = "up $2" ] || return
	ms=$(calc "($(cpu $PID) - $before) / $2")
	mem_kib=$(calc "($(private $PID) - $mem) / $2")
}

# unload: what many-peers says at its end
unload() {
	exec {MANY[1]}>&-
	IFS= read -r -t 60 -u "${MANY[0]}" line
	diag "many-peers: $line"
	wait "$MANY_ID" 2>/dev/null
}

# btnsd_responder [LINE...]: LINEs go to the section of the daemon
btnsd_responder() {
	mkdir -p "$TMP/$B"
	cat > "$TMP/$B/btns.conf" <<-CONF
	[daemon]
	id = fqdn:$B
	cookie-threshold = 100000
	$(printf '%s\n' "$@")
	[pad many]
	match = id
	id = fqdn:many.example.com
	auth = psk
	secret-file = $TMP/secret
	[policy many]
	class = private
	remote = $NET
	suites = aes256gcm16
	CONF
	start_btnsd $B --config "$TMP/$B/btns.conf" && PID=$BTNSD_hostb
}

charon_responder() {
	local dir=$TMP/swan-$B

	mkdir -p "$dir"
	cat > "$dir/strongswan.conf" <<-CONF
	charon-systemd {
		load_modular = yes
		install_routes = no
		# nothing that slows it down against floods: the load comes from one network
		dos_protection = no
		plugins {
			include /etc/strongswan.d/charon/*.conf
			vici {
				socket = unix://$dir/vici
			}
		}
	}
	CONF
	cat > "$dir/swanctl.conf" <<-CONF
	connections {
		many {
			version = 2
			local_addrs = $B4
			remote_addrs = %any
			unique = never
			dpd_delay = 0
			proposals = aes256gcm16-prfsha256-x25519
			local {
				auth = psk
				id = $B
			}
			remote {
				auth = psk
				id = many.example.com
			}
			children {
				host {
					mode = transport
					esp_proposals = aes256gcm16-esn,aes256gcm16
				}
			}
		}
	}
	secrets {
		ike-many {
			secret = "$(cat "$TMP/secret")"
		}
	}
	CONF
	STRONGSWAN_CONF=$dir/strongswan.conf env ip netns exec $B charon-systemd \
		> "$dir/log" 2>&1 &
	PID=$!
	_pids+=($PID)
	wait_for 30 test -S "$dir/vici" && swan $B --load-all > /dev/null
}

# --- beside charon ----------------------------------------------------------------------
try "btnsd answers" btnsd_responder
try "$WARM IKE SAs" load 10.9.100.1 $WARM
unload
try "$COUNT IKE SAs" load 10.9.0.1 "$COUNT"
btns_ms=$ms btns_kib=$mem_kib
unload
kill $PID && wait $PID 2>/dev/null
modprobe -r btns
no_xfrm
try "charon answers" charon_responder
try "$WARM IKE SAs of charon" load 10.9.100.1 $WARM
unload
try "$COUNT IKE SAs of charon" load 10.9.0.1 "$COUNT"
unload
kill $PID && wait $PID 2>/dev/null
no_xfrm
bench responder_ms "$btns_ms" "ms of CPU for an IKE SA with a Child SA"
bench responder_ms_charon "$ms" "ms"
bench responder_speed "$(calc "$ms / $btns_ms")" "times the set-ups of charon" ">= 3"
bench responder_memory "$btns_kib" "KiB for an IKE SA with a Child SA"
bench responder_memory_charon "$mem_kib" KiB
bench responder_memory_ratio "$(calc "$btns_kib / $mem_kib")" "of charon's" "<= 0.25"
done_testing
