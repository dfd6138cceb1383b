#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Folders with the IKE daemons of others, for the interoperability tests: a small Debian
# root for each, made once and kept in the cache.  Nothing is installed on this machine.
#
# usage: peers.sh PEER...	strongswan-5.9 strongswan-6.0 libreswan-4.10 libreswan-5.2
#				openiked-7.2
# Prints the folder of each, a line a peer.
set -euo pipefail

cache=${BTNS_CACHE:-/var/cache/btns}
mkdir -p "$cache"
. "$(dirname "$0")/apt.sh"

# install ROOT PACKAGES: nothing of them is started
install() {
	printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d"
	chmod +x "$1/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive chroot "$1" \
		apt-get -qq install -y --no-install-recommends iproute2 procps $2
}

for peer; do
	dir=$cache/peers/$peer
	case $peer in
	strongswan-5.9) release=bookworm packages="charon-systemd strongswan-swanctl strongswan-pki" ;;
	strongswan-6.0) release=trixie packages="charon-systemd strongswan-swanctl strongswan-pki" ;;
	libreswan-4.10) release=bookworm packages="libreswan libnss3-tools" ;;
	libreswan-5.2) release=trixie packages="libreswan libnss3-tools" ;;
	openiked-7.2) release=bookworm packages=openiked ;;
	*) echo "peers.sh: no peer '$peer'" >&2; exit 2 ;;
	esac
	case $peer in
	strongswan-*) packages+=" libstrongswan-standard-plugins libstrongswan-extra-plugins libcharon-extra-plugins" ;;
	esac
	mkdir -p "$cache/peers"
	(
		flock 9
		[ -e "$dir/.complete" ] && exit 0
		"$(dirname "$0")/deps.sh" peers >&2
		rm -rf "$dir"
		debootstrap --variant=minbase "$release" "$dir" "$mirror" > "$dir.log" 2>&1 &&
			install "$dir" "$packages" >> "$dir.log" 2>&1 ||
			{ tail -n 5 "$dir.log" >&2; exit 1; }
		rm -rf "$dir"/var/cache/apt/archives/*.deb "$dir"/var/lib/apt/lists/*
		touch "$dir/.complete"
	) 9>"$cache/peers/.lock-$peer"
	echo "$dir"
done
