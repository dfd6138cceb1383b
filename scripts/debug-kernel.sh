#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build a kernel that looks for faults (KASAN, lockdep, kmemleak, fault injection; see
# debug-kernel.config) from Debian's source package.  Built once; an interrupted build goes
# on where it was.
#
# usage: debug-kernel.sh
# Prints what kernel.sh prints.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${BTNS_CACHE:-/var/cache/btns}
dir=$cache/kernel-debug
config=$top/scripts/debug-kernel.config
archive=/usr/src/linux-source-6.1.tar.xz
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9

if [ -s "$dir/env" ] && cmp -s "$config" "$dir/config"; then
	cat "$dir/env"
	exit 0
fi

"$top/scripts/deps.sh" debug >&2
if [ ! -e "$dir/linux/.unpacked" ]; then
	echo "debug-kernel.sh: unpacking $archive" >&2
	mkdir -p "$dir/linux"
	tar -xJf "$archive" -C "$dir/linux" --strip-components=1
	touch "$dir/linux/.unpacked"
fi

cd "$dir/linux"
rm -f "$dir/env"
make -s KCONFIG_ALLCONFIG="$config" allnoconfig >&2
# what the list wants and Kconfig silently left out
while read -r line; do
	case $line in CONFIG_*)
		grep -qxF "$line" .config ||
			{ echo "debug-kernel.sh: not to be had: $line" >&2; exit 1; } ;;
	esac
done < "$config"
echo "debug-kernel.sh: building in $PWD; the first time takes long" >&2
nice make -s -j"$(nproc)" bzImage modules >&2
rm -rf "$dir/root" "$cache"/modules-debug-*
make -s INSTALL_MOD_PATH="$dir/root" modules_install >&2
krel=$(make -s kernelrelease)
cp "$config" "$dir/config"

cat > "$dir/env.new" <<EOT
KREL=$krel
VMLINUZ=$dir/linux/arch/x86/boot/bzImage
MODROOT=$dir/root
KDIR=$dir/linux
KCHROOT=
EOT
mv "$dir/env.new" "$dir/env"
cat "$dir/env"
