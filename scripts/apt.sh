# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Packages of other Debian releases, without touching this machine's apt.  Sourced;
# wants $cache.

# The mirror that this machine already uses.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
	awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^http/ && $i ~ /debian$|debian\/$/) { print $i; exit } }
	     $1 == "URIs:" && $2 ~ /debian\/?$/ { print $2; exit }')
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# private_apt SUITE ARGUMENTS...: apt with sources and lists of its own.
private_apt() {
	local suite=$1 state=$cache/apt-$1

	shift
	mkdir -p "$state/lists/partial" "$state/archives/partial"
	cat > "$state/sources.list" <<-END
	deb [signed-by=$keyring] $mirror ${suite%-backports} main
	deb [signed-by=$keyring] $mirror $suite main
	END
	apt-get -qq -o Dir::Etc::sourcelist="$state/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::State::lists="$state/lists" \
		-o Dir::Cache="$state" \
		-o APT::Sandbox::User=root "$@"
}

# private_cache SUITE ARGUMENTS...: apt-cache on the same lists.
private_cache() {
	local state=$cache/apt-$1

	shift
	apt-cache -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$state/lists" -o Dir::Cache="$state" "$@"
}
