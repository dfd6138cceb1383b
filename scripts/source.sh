#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tools out of Debian's kernel source package: checkpatch, and the YNL command-line
# tool with its schemas.  Prints the folder that has scripts/, tools/net/ynl and
# Documentation/netlink.
set -euo pipefail
cache=${BTNS_CACHE:-/var/cache/btns}
dir=$cache/source-6.12
mkdir -p "$cache"
exec 9>"$cache/.source.lock"
flock 9
if [ ! -e "$dir/.complete" ]; then
	. "$(dirname "$0")/apt.sh"
	rm -rf "$dir" "$dir.new"
	mkdir -p "$dir.new/deb" "$dir"
	private_apt bookworm-backports update >&2
	(cd "$dir.new/deb" && private_apt bookworm-backports download linux-source-6.12) >&2
	dpkg --fsys-tarfile "$dir.new"/deb/*.deb |
		tar -xO --wildcards '*/linux-source-6.12.tar.xz' |
		tar -xJ -C "$dir" --strip-components=1 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
			'*/scripts/const_structs.checkpatch' '*/tools/net/ynl' \
			'*/Documentation/netlink'
	rm -rf "$dir.new"
	touch "$dir/.complete"
fi
echo "$dir"
