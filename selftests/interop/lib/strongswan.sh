# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# strongSwan at $B, by charon-systemd and swanctl.  AUTH is psk; raw-KIND (raw public keys) or
# KIND (X.509 to our CA): ed25519, ec, rsa.

peer_conf() {
	local auth=$1 mode=$2 kind=${1#raw-} dir=$ROOT/etc/swanctl local= remote= d=$TMP/cred

	shift 2
	peer_stop
	rm -rf "$dir"/{private,pubkey,x509,x509ca}/* "$dir"/conf.d/*
	mkdir -p "$dir"/{private,pubkey,x509,x509ca,conf.d}
	case $auth in
	psk|null)
		local="auth = $auth" remote="auth = $auth"
		;;
	raw-*)
		cp "$d/$B.$kind.key" "$dir/private/own.pem"
		cp "$d/$B.$kind.pub" "$dir/pubkey/own.pem"
		cp "$d/$A.$kind.pub" "$dir/pubkey/peer.pem"
		local="auth = pubkey
			pubkeys = own.pem" remote="auth = pubkey
			pubkeys = peer.pem"
		;;
	ec|rsa|ed25519)
		cp "$d/$B.$kind.key" "$dir/private/own.pem"
		cp "$d/$B.$kind.pem" "$dir/x509/own.pem"
		cp "$d/ca.pem" "$dir/x509ca/ca.pem"
		local="auth = pubkey
			certs = own.pem" remote="auth = pubkey
			cacerts = ca.pem"
		;;
	esac
	cat > "$ROOT/etc/strongswan.conf" <<-CONF
	charon-systemd {
		load_modular = yes
		install_routes = no
		retransmit_timeout = 1
		retransmit_tries = 2
		retransmit_base = 1
		filelog {
			stderr {
				default = 1
				ike = 2
			}
		}
		${STRONGSWAN:-}
		plugins {
			include strongswan.d/charon/*.conf
		}
	}
	CONF
	cat > "$dir/swanctl.conf" <<-CONF
	connections {
		peer {
			version = 2
			local_addrs = $B4
			remote_addrs = ${PEER_REMOTE:-$A4}
			dpd_delay = ${DPD:-0}
			proposals = ${PROPOSALS:-aes256gcm16-prfsha256-x25519,chacha20poly1305-prfsha256-x25519}
			$(printf '%s\n' "$@")
			local {
				id = $B
				$local
			}
			remote {
				id = $A
				$remote
			}
			children {
				host {
					mode = $mode
					esp_proposals = ${ESP:-aes256gcm16-esn,aes256gcm16}
					${INNER:+remote_ts = $INNER}
					${INNER_B:+local_ts = $INNER_B}
				}
			}
		}
	}
	secrets {
		ike-1 {
			secret = "$(cat "$d/secret")"
		}
		ppk-1 {
			id = one
			secret = $(cat "$d/ppk")
		}
	}
	CONF
	peer_daemon charon-systemd
	wait_for 120 peer test -S /run/charon.vici || return
	peer swanctl --load-all > "$TMP/swanctl.out" 2>&1 || { diag "$(cat "$TMP/swanctl.out")"; return 1; }
}

peer_stop() {
	[ -n "${PEER_PID:-}" ] || return 0
	kill "$PEER_PID"
	peer_gone
}

peer_initiate() { peer swanctl --initiate --child host --timeout 20; }
peer_rekey_child() { peer swanctl --rekey --child host; }
peer_rekey_ike() { peer swanctl --rekey --ike peer; }
peer_delete_child() { peer swanctl --terminate --child host; }
peer_delete_ike() { peer swanctl --terminate --ike peer; }
peer_sas() { peer swanctl --list-sas; }
peer_children() { peer_sas | grep -q "INSTALLED"; }
