#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build btns.ko for one kernel in build/kernel-VERSION.
#
# usage: module.sh VERSION [make arguments, for example W=1 C=1 BTNS_SELFTEST=1]
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
version=${1:?usage: module.sh VERSION}
shift
eval "$("$top/scripts/kernel.sh" "$version")"
# One build of a kernel's module at a time.
exec 9>"${BTNS_CACHE:-/var/cache/btns}/.module-$version.lock"
flock 9
out=${BTNS_MODULE_OUT:-$top/build/kernel-$version}
mkdir -p "$out"
rsync -a --delete --include=/Kbuild --include='/kernel/***' \
	--include=/include/ --include='/include/uapi/***' --exclude='*.o' \
	--exclude='*.cmd' --exclude='*.ko' --exclude='*.mod*' \
	--exclude='/Module.symvers' --exclude='/.*' --exclude='/modules.order' \
	--exclude='/*' "$top/" "$out/"

build() {
	if [ -z "$KCHROOT" ]; then
		make -s -C "$KDIR" M="$out" "$@" modules
	else
		mkdir -p "$KCHROOT/build"
		rsync -a --delete "$out/" "$KCHROOT/build/"
		mountpoint -q "$KCHROOT/proc" || mount -t proc proc "$KCHROOT/proc"
		trap 'umount "$KCHROOT/proc" 2>/dev/null || true' EXIT
		chroot "$KCHROOT" make -s -C "$KDIR" M=/build "$@" modules
		rsync -a "$KCHROOT/build/" "$out/"
	fi
}

# There is no vmlinux to make BTF from, and nothing here needs it.
build "$@" 2>&1 | sed '/Skipping BTF generation/d' >&2
echo "$KREL" > "$out/kernel.release"
