#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetch a Debian kernel (image, modules, headers) without installing its image.
#
#	6.1	bookworm		headers installed on this machine
#	6.12	bookworm-backports	headers installed on this machine
#	7.2	trixie-backports	headers and compiler in a trixie chroot
#	debug	6.1 built from bookworm's source package to find faults (debug-kernel.sh)
#
# usage: kernel.sh VERSION
# Prints shell assignments:
#	KREL	release, as uname -r says
#	VMLINUZ	the image
#	MODROOT	folder with lib/modules/$KREL
#	KDIR	build folder for modules (inside KCHROOT if that is set)
#	KCHROOT	chroot to build in, or empty
set -euo pipefail

version=${1:?usage: kernel.sh VERSION}
[ "$version" != debug ] || exec "$(dirname "$0")/debug-kernel.sh"
cache=${BTNS_CACHE:-/var/cache/btns}
dir=$cache/kernel-$version
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9

if [ -s "$dir/env" ] && (. "$dir/env" && [ -e "$VMLINUZ" ] &&
		[ -e "$KCHROOT$KDIR/Makefile" ]); then
	cat "$dir/env"
	exit 0
fi

. "$(dirname "$0")/apt.sh"

# unpack: the packages that were downloaded to $dir into $dir/root
unpack() {
	local deb

	rm -rf "$dir/root"
	mkdir -p "$dir/root"
	for deb in "$dir"/*.deb; do
		dpkg -x "$deb" "$dir/root"
	done
	rm -f "$dir"/*.deb
	if [ ! -e "$dir/root/lib/modules" ]; then
		mkdir -p "$dir/root/lib"
		ln -sfn ../usr/lib/modules "$dir/root/lib/modules"
	fi
	krel=$(ls "$dir/root/lib/modules")
	vmlinuz=$(find "$dir/root" -name 'vmlinuz*' -type f | head -n 1)
	[ -n "$krel" ] && [ -n "$vmlinuz" ] ||
		{ echo "kernel.sh: no kernel in the packages" >&2; exit 1; }
	depmod -b "$dir/root" "$krel"
}

# first real package behind a metapackage
behind() { sed -n 's/^ *Depends: \(linux-[^ ]*[0-9][^ ]*\)$/\1/p' | head -n 1; }

# image_of VERSION: the image that a metapackage wants, from "apt-cache show"
image_of() {
	local image

	image=$(sed -n "s/^Depends: .*\(linux-image-$1[^ ,]*\).*/\1/p" | head -n 1)
	[ -n "$image" ] || { echo "kernel.sh: no image of $1" >&2; return 1; }
	echo "$image"
}

case $version in
6.1)
	"$(dirname "$0")/deps.sh" build
	image=$(apt-cache depends linux-headers-amd64 | behind)
	image=${image/headers/image}
	(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$image")
	unpack
	kdir=/usr/src/linux-headers-$krel
	chroot=
	;;
6.12)
	"$(dirname "$0")/deps.sh" kernels >&2
	private_apt bookworm-backports update
	image=$(private_cache bookworm-backports show linux-image-amd64 | image_of 6.12)
	(cd "$dir" && private_apt bookworm-backports download "$image")
	unpack
	DEBIAN_FRONTEND=noninteractive private_apt bookworm-backports install -y \
		--no-install-recommends "linux-headers-$krel" >&2
	kdir=/usr/src/linux-headers-$krel
	chroot=
	;;
7.2)
	"$(dirname "$0")/deps.sh" kernels >&2
	chroot=$cache/trixie
	if [ ! -e "$chroot/.complete" ]; then
		rm -rf "$chroot"
		debootstrap --variant=minbase --include=make,gcc,libc6-dev,kmod,ca-certificates \
			trixie "$chroot" "$mirror" >&2
		echo "deb $mirror trixie-backports main" \
			> "$chroot/etc/apt/sources.list.d/backports.list"
		touch "$chroot/.complete"
	fi
	in_chroot() { DEBIAN_FRONTEND=noninteractive chroot "$chroot" "$@"; }
	cp /etc/resolv.conf "$chroot/etc/resolv.conf"
	in_chroot apt-get -qq update >&2
	image=$(in_chroot apt-cache show linux-image-amd64 | image_of 7.2)
	# the image is in several packages of one release
	rm -rf "$chroot/tmp/deb"
	mkdir "$chroot/tmp/deb"
	in_chroot sh -c "cd /tmp/deb && apt-get -qq -o APT::Sandbox::User=root download \
		$image ${image/image/binary} ${image/image/modules} ${image/image/base}" >&2
	mv "$chroot"/tmp/deb/*.deb "$dir/"
	unpack
	in_chroot apt-get -qq install -y --no-install-recommends \
		-t trixie-backports "linux-headers-$krel" >&2
	kdir=/usr/src/linux-headers-$krel
	;;
*)
	echo "kernel.sh: '$version' is not one of 6.1, 6.12, 7.2, debug" >&2
	exit 2
	;;
esac

cat > "$dir/env" <<EOT
KREL=$krel
VMLINUZ=$vmlinuz
MODROOT=$dir/root
KDIR=$kdir
KCHROOT=$chroot
EOT
cat "$dir/env"
