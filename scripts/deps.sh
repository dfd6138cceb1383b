#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Install what a target needs on Debian 12; does nothing when all is there.
#
# usage: deps.sh build|check|demo|kernels|debug|peers|bench|fuzz ...
set -eu

build="build-essential pkg-config bc libelf-dev linux-headers-amd64 kmod rsync systemd
	libsodium-dev libnl-3-dev libnl-genl-3-dev libevent-dev libjansson-dev
	libinih-dev libcap-ng-dev libseccomp-dev libgnutls28-dev nettle-dev libgmp-dev libsqlite3-dev libgsasl-dev"
guest="qemu-system-x86 busybox-static cpio gzip xz-utils zstd xxd jq openssl iproute2 iputils-ping tcpdump
	nftables socat jq procps util-linux python3 netcat-openbsd"
check="$build $guest libcmocka-dev sparse mandoc python3-yaml python3-jsonschema"

want=
for target in "$@"; do
	case $target in
	build)	want="$want $build" ;;
	check)	want="$want $check" ;;
	demo)	want="$want $build $guest" ;;
	kernels) want="$want $check debootstrap pahole" ;;
	debug)	want="$want $check linux-source-6.1 flex bison" ;;
	peers)	want="$want $build $guest debootstrap" ;;
	bench)	want="$want $build $guest strongswan-swanctl
			charon-systemd libstrongswan-standard-plugins" ;;
	fuzz)	want="$want $build libcmocka-dev clang llvm" ;;
	*)	echo "deps.sh: unknown target '$target'" >&2; exit 2 ;;
	esac
done

missing=
for p in $want; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
	"install ok installed") ;;
	*) case " $missing " in *" $p "*) ;; *) missing="$missing $p" ;; esac ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "deps.sh: root must install:$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
# shellcheck disable=SC2086
if ! install 2>/dev/null; then
	apt-get update -qq
	install
fi
