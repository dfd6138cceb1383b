# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Library: PAD and SPD decisions asked by hand, on top of net.sh.  One namespace, $N.
#
#	config NAME <<E			a test: the configuration is accepted
#	config_refused NAME PATTERN <<E	a test: refused with such a sentence, no change
#	peer NAME			words of a made-up peer for btnsnl, see below
#	authorized NAME PATTERN WORDS...	a test: the PAD answers so
#	unauthorized NAME PATTERN WORDS...	a test: the PAD refuses, with such a sentence
#	granted NAME PATTERN WORDS...	a test: child-narrow answers so
#	denied NAME PATTERN WORDS...	a test: child-narrow refuses
#	state				PAD and SPD as the kernel shows them, without counters
#	fp KEY				fingerprint of a made-up key
#
# Patterns are of the shell.  Peers: "rsa KEY ID" words with methods; KEY is a letter.
N=decide

modprobe btns || exit 1
host $N

nl() { ip netns exec $N btnsnl "$@"; }

hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

# key of a peer: a SubjectPublicKeyInfo (Ed25519) with made-up octets
spki() { printf '302a300506032b6570032100%064d' "$1"; }
fp() { printf "%b" "$(spki "$1" | sed 's/../\\x&/g')" | sha256sum | cut -d' ' -f1; }

# signer KEY FQDN [METHOD]: words of a peer that signed with that key
signer() {
	echo "peer.type=2 peer.data=$(hex "$2") peer.spki=$(spki "$1") peer.method=${3:-14}"
}

state() {
	nl batch - <<< $'pads\nspds' | sed 's/ hits=[0-9]*//g'
}

# said NAME PATTERN OUTPUT
_said() {
	# shellcheck disable=SC2254
	case $3 in
	$2) ok "$1" ;;
	*) not_ok "$1" "got '$3', wanted '$2'"; return 1 ;;
	esac
}

config() {
	local out

	cat > "$TMP/config"
	if out=$(nl config "$TMP/config" 2>&1); then
		ok "$1"
	else
		not_ok "$1" "$out"
		return 1
	fi
}

config_refused() {
	local out before

	cat > "$TMP/config"
	before=$(state)
	if out=$(nl config "$TMP/config" 2>&1); then
		not_ok "$1" "accepted"
		return 1
	fi
	if [ "$(state)" != "$before" ]; then
		not_ok "$1" "refused, but PAD or SPD changed"
		return 1
	fi
	_said "$1" "$2" "$out"
}

_ask() {
	local verb=$1 wanted=$2 name=$3 pattern=$4 out rc

	shift 4
	diag "+ $verb $*"
	# shellcheck disable=SC2068
	out=$(nl "$verb" $@ 2>&1)
	rc=$?
	if [ "$rc" != "$wanted" ]; then
		not_ok "$name" "exit $rc: $out"
		return 1
	fi
	_said "$name" "$pattern" "$out"
}

authorized() { _ask authorize 0 "$@"; }
unauthorized() { _ask authorize 1 "$@"; }
granted() { _ask narrow 0 "$@"; }
denied() { _ask narrow 1 "$@"; }

# number of an SPD entry
spd() { nl spds | sed -n "s/.* name=$1 id=\([0-9]*\) .*/\1/p"; }

# sysctl NAME VALUE in the namespace
set_sysctl() { ip netns exec $N sysctl -q -w "net.btns.$1=$2"; }
