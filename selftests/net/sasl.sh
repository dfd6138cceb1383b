#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SCRAM-SHA-256-PLUS by GNU SASL with the kernel's channel binding: it succeeds on
# one channel, and fails before any application data when somebody with valid SAs
# to both ends sits in between.  Without the binding she is not noticed.
#
#	$A ---- wire ---- $B, then $A ---- mallory ---- $B
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/tools.sh"
. "$(dirname "$0")/../lib/sad.sh"
. "$(dirname "$0")/../lib/mallory.sh"

umask 077
echo "Meet me under the oak at nine" > "$TMP/line"
echo "correct horse battery staple" > "$TMP/password"
echo "incorrect horse" > "$TMP/other-password"

# server NAME OPTION... PORT
server() {
	local name=$1

	shift
	env ip netns exec $B timeout 200 btns-sasl -l -w 100 --users "$TMP/users" "$@" \
		> "$TMP/$name.heard" 2> "$TMP/$name.server" &
	_served=$!
	_pids+=($_served)
	wait_for 30 _listens $B "$@"
}

# client NAME OPTION... PORT: exit codes of both ends in $exits
client() {
	local name=$1 port=${!#} rc

	shift
	set -- "${@:1:$#-1}"
	ip netns exec $A timeout 150 btns-sasl -w 100 -u alice "$@" $B4 "$port" \
		< "$TMP/line" > "$TMP/$name.said" 2> "$TMP/$name.client"
	rc=$?
	served
	exits="$rc $served"
	sed 's/^/# client: /' "$TMP/$name.client"
	sed 's/^/# server: /' "$TMP/$name.server"
}

heard() { cmp -s "$TMP/line" "$TMP/$1.heard"; }
overheard() { grep -qaF "$(cat "$TMP/line")" "$TMP/$1.overheard"; }
binding() { sed -n 's/^binding: //p' "$TMP/$1"; }

two_hosts
check "an entry is made of a password" \
	sh -c "btns-sasl --make-entry -u alice --iterations 4096 \
		--password-file $TMP/password > $TMP/users"
refuse "the entry does not tell the password" grep -q horse "$TMP/users"
step "there are SAs" direct

# --- one channel --------------------------------------------------------------------
server one 7000
client one --password-file "$TMP/password" 7000
equal "one channel: both ends are content" "$exits" "0 0"
check "one channel: the line arrived" heard one
equal "one channel: the binding is the same" \
	"$(binding one.client)" "$(binding one.server)"
case $(binding one.client) in
ipsec-end-point-v1:*) ok "its own name is in front (RFC 5056 section 2.1)" ;;
*) not_ok "its own name is in front (RFC 5056 section 2.1)" ;;
esac
check "the server knows the name" grep -qx "authenticated: alice" "$TMP/one.server"

server fd 7001
BTNS_SASL_PASSWORD_FD=5 client fd 7001 5< "$TMP/password"
equal "a password by file descriptor" "$exits" "0 0"

server wrong 7002
client wrong --password-file "$TMP/other-password" 7002
equal "another password: both ends refuse with 4" "$exits" "4 4"
equal "another password: no line" "$(wc -c < "$TMP/wrong.heard")" 0

server strict 7003
client strict --no-binding --password-file "$TMP/password" 7003
equal "a client without binding is refused where it is demanded" "${exits% *}" 4
equal "no line then" "$(wc -c < "$TMP/strict.heard")" 0

chmod 644 "$TMP/other-password"
ip netns exec $A btns-sasl -u alice --password-file "$TMP/other-password" $B4 7004 \
	2> "$TMP/mode"
equal "a password that others can read is refused" $? 2

# --- two channels -------------------------------------------------------------------
step "mallory is in the middle, with SAs to both" in_the_middle
relay caught 7010
server caught 7010
client caught --password-file "$TMP/password" 7010
equal "in the middle: both ends refuse with 4" "$exits" "4 4"
check "in the middle: mallory did relay the authentication" \
	grep -qa "^AUTH SCRAM-SHA-256-PLUS " "$TMP/caught.overheard"
equal "in the middle: no line arrived" "$(wc -c < "$TMP/caught.heard")" 0
refuse "in the middle: mallory did not get the line" overheard caught
check "in the middle: both ends were protected, with different bindings" \
	[ -n "$(binding caught.client)" -a -n "$(binding caught.server)" -a \
	"$(binding caught.client)" != "$(binding caught.server)" ]

relay fooled 7011
server fooled --no-binding 7011
client fooled --no-binding --password-file "$TMP/password" 7011
equal "without the binding: both ends are content" "$exits" "0 0"
check "without the binding: the line arrived" heard fooled
check "without the binding: mallory has read it" overheard fooled

relay mixed 7012
server mixed --no-binding 7012
client mixed --password-file "$TMP/password" 7012
equal "a client with binding is safe even from a lax server" "$exits" "4 4"
refuse "mallory did not get the line" overheard mixed

# --- no channel -------------------------------------------------------------------------
policy $A < /dev/null && policy $B < /dev/null
policy $MA < /dev/null && policy $MB < /dev/null
relay clear 7013
server clear 7013
client clear --password-file "$TMP/password" 7013
equal "in clear: refused with 3, no password is used" "$exits" "3 3"
done_testing
