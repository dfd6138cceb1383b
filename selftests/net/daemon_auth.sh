#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A server with an X.509 certificate of an authority, a client with a shared secret: each
# proves itself in its own way, and the kernel knows who has proved what.  Both insist on a
# postquantum preshared key.
#
#	$A, server, certificate ---- wire ---- $B, client, secret
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/daemon.sh"

modprobe btns
two_hosts
chmod 755 "$TMP"
mkdir -p "$TMP/$A" "$TMP/$B"
cd "$TMP" || exit 1

# --- an authority, one below it, the server ------------------------------------------
# certificate NAME ISSUER EXTENSIONS
certificate() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" &&
	openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr" &&
	printf '%b' "$3" > "$1.ext" &&
	if [ "$1" = "$2" ]; then
		openssl x509 -req -in "$1.csr" -signkey "$1.key" -days 100 -extfile "$1.ext" -out "$1.crt"
	else
		openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 100 \
			-extfile "$1.ext" -out "$1.crt"
	fi
} > "$TMP/openssl.log" 2>&1
ca='basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n'
check "an authority" certificate root root "$ca"
check "one that it trusts" certificate middle root "$ca"
check "the server's certificate" certificate server middle 'subjectAltName=DNS:server.example\n'
check "another authority" certificate other other "$ca"
cat server.crt middle.crt > chain.crt
chmod 600 server.key
# secret HOST TEXT [FILE]
secret() { local f=$TMP/$1/${3:-secret}; printf '%s\n' "$2" > "$f" && chmod 600 "$f"; }
secret $A 'correct horse battery staple'
secret $B 'correct horse battery staple'
secret $A 'quantum horse' ppk
secret $B 'quantum horse' ppk

policy='[policy wire]\nclass = private\nlocal = 10.1.0.0/24\nremote = 10.1.0.0/24\n'
printf '%b' "[daemon]\nuser = nobody\nkey = $TMP/server.key\ncertificate = $TMP/chain.crt\nlog-level = info\n\
[pad clients]\nmatch = id\nid = fqdn:*.clients.example\nauth = psk\nsecret-file = $TMP/$A/secret\n\
own-auth = pubkey\nppk-file = $TMP/$A/ppk\nppk-id = stable\n$policy" > $A/conf
client() {
	printf '%b' "[daemon]\nuser = nobody\nid = fqdn:bob.clients.example\nlog-level = info\n\
[pad server]\nmatch = id\nid = fqdn:server.example\nauth = pkix\nca = $TMP/$1.crt\n\
own-auth = psk\nsecret-file = $TMP/$B/secret\nchild = $A4\nppk-file = $TMP/$B/ppk\nppk-id = stable\n\
$policy" > $B/conf
}
client root
check "--check knows the files" btnsd --check "$TMP/$A/conf"
chmod 640 $A/secret
btnsd --check "$TMP/$A/conf" > out 2>&1
check "--check: a secret that others may read" grep -q "conf:10: secret-file: .*others may read it" out
chmod 600 $A/secret

reaches() { ip netns exec $B ping -c 1 -W 2 $A4 > /dev/null; }
who() { doc "$1" sas 'd["sas"][0]["peer"]["auth"], d["sas"][0]["peer"]["trust"], d["sas"][0]["peer"]["text"]'; }
# No --key of the library: the server has its own.
start() {
	env ip netns exec "$1" btnsd --config "$TMP/$1/conf" --control "$TMP/$1/control" \
		> "$TMP/$1/log" 2>&1 &
	_pids+=($!)
	eval "BTNSD_$1=$!"
	wait_for 60 answers "$1"
}
step "btnsd starts at the server" start $A
step "btnsd starts at the client" start_btnsd $B --config "$TMP/$B/conf"

# --- the client begins ----------------------------------------------------------------
check "packets pass" wait_for 60 reaches
equal "the server knows the client by the secret (IKE/34)" "$(who $A)" \
	"psk verified fqdn:bob.clients.example"
equal "the client knows the server by its certificate" "$(who $B)" \
	"pkix verified fqdn:server.example"
equal "the server has shown the key of its certificate" \
	"$(doc $B sas 'd["sas"][0]["peer"]["fingerprint"]')" \
	"$(doc $A status 'd["self"]["fingerprint"]')"
equal "the client has shown none" \
	"$(doc $A sas 'd["sas"][0]["peer"]["fingerprint"]')" None

# --- the secrets are with the keepers alone ------------------------------------------------
# apart HOST WHEN TEXT...: the keeper has these, the daemon has not
apart() {
	local host=$1 when=$2 pid keeper text hex
	shift 2
	eval "pid=\$BTNSD_$host"
	keeper=$(pgrep -P "$pid")
	for text in "$@"; do
		hex=$(printf %s "$text" | od -An -v -tx1)
		check "$when: the keeper at $host has the secret" in_memory "$keeper" "$hex"
		refuse "$when: the daemon at $host has not" in_memory "$pid" "$hex"
	done
}
equal "their files are root's alone" "$(stat -c '%U %a' $A/secret $B/ppk | uniq)" "root 600"
apart $A "after IKE_AUTH" 'correct horse battery staple' 'quantum horse'
apart $B "after IKE_AUTH" 'correct horse battery staple' 'quantum horse'

# --- the postquantum preshared key changes, the other secret does not (RFC8784/7) ---------
gone() { [ "$(doc "$1" sas 'len(d["sas"])')" = 0 ]; }
secret $B 'another horse' ppk
check "the client takes another postquantum preshared key" ctl $B reload
check "what rested on the old one is gone" wait_for 20 gone $A
ctl $B flush holdoffs > /dev/null
reaches
equal "with the new one the client gets nothing" $? 1
secret $B 'quantum horse' ppk
check "the client takes the old one" ctl $B reload
ctl $B flush holdoffs > /dev/null
check "packets pass" wait_for 60 reaches

# --- the secret changes ----------------------------------------------------------------
secret $A 'another horse'
check "the server takes the new secret" ctl $A reload
check "what rested on the old one is gone" wait_for 20 gone $A
check "at the client, too" wait_for 20 gone $B
reaches
equal "and does not come back with the old one (IKE/32)" $? 1
check "nothing of it is there" gone $A
secret $B 'another horse'
check "the client takes it" ctl $B reload
ctl $B flush holdoffs > /dev/null
check "packets pass again" wait_for 60 reaches
apart $A "after a reload" 'another horse'
apart $B "after a reload" 'another horse'
refuse "the keeper has forgotten the old one" in_memory "$(pgrep -P "$BTNSD_hosta")" \
	"$(printf 'correct horse battery staple' | od -An -v -tx1)"

# --- an authority that has nothing to do with it ---------------------------------------
client other
check "the client believes another authority" ctl $B reload
check "what rested on the first is gone" wait_for 20 gone $B
ctl $B flush holdoffs > /dev/null
reaches
equal "the server does not convince it" $? 1
check "the log says why" wait_for 20 logged $B "no configured authority has issued the certificate"

# --- a server that anybody may reach, as with TLS (RFC7619/9) ---------------------------
client root
sed -i 's/^own-auth = psk/own-auth = null/; /^secret-file/d; /^ppk/d' $B/conf
printf '%b' "[daemon]\nuser = nobody\nkey = $TMP/server.key\ncertificate = $TMP/chain.crt\n\
log-level = info\n[pad anybody]\nmatch = null\n$policy" > $A/conf
check "the client stays unknown" ctl $B reload
check "a policy without null = yes is not for it" ctl $A reload
ctl $B flush holdoffs > /dev/null
reaches
equal "it gets nothing" $? 1
sed -i 's/^remote = .*/&\nnull = yes/' $A/conf
check "null = yes" ctl $A reload
ctl $B flush holdoffs > /dev/null
check "packets pass" wait_for 60 reaches
equal "nobody is known to the server" "$(who $A)" "null anonymous null"
equal "the server is known to the client" "$(who $B)" "pkix verified fqdn:server.example"
check "no secret in any log" eval '! grep -q "horse" $TMP/*/log*'
done_testing
