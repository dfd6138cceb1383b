#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Socket options of btns(7): every errno, every size, without privilege.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/latch.sh"
. "$(dirname "$0")/../lib/sa.sh"

LATCH=0xb750 PEER_KEY=0xb751 PEER_ID=0xb752 LOCAL_KEY=0xb753 LOCAL_ID=0xb754
BINDING=0xb755
SOL_IP=0 SOL_IPV6=41

latch_hosts
agent r $A		# stays root: a and b give it up
say a uid 65534
say b uid 65534

# --- sockets without a latch
say a socket tcp4
expect "a socket that is not connected" a "err ENOTCONN" latch
say a bind $A4 4999 && say a listen
expect "a listening socket" a "ok state=LISTENER *" latch
expect "whatever is asked of it" a "err EOPNOTSUPP" key peer
say a socket udp4
expect "UDP, not connected" a "err ENOTCONN" latch
say r socket raw4
expect "neither TCP nor UDP" r "err EOPNOTSUPP" latch
say a socket unix
expect "another family" a "err EOPNOTSUPP" get $SOL_IP $LATCH 192
say a socket mptcp
case $R in
ok*) expect "MPTCP does not reach the module" a "err EOPNOTSUPP" get $SOL_IP $LATCH 192 ;;
*) ok "no MPTCP in this kernel" ;;
esac
say a socket tcp4
expect "IPv4 sockets know nothing of SOL_IPV6" a "err EOPNOTSUPP" get $SOL_IPV6 $LATCH 192

# --- a latched one, asked without privilege
check "an unprivileged connection opens" open_tcp 4000
expect "RFC5660/12 its owner may ask" a "ok state=ESTABLISHED *" latch
PEER=$(field peer_fp) LOCAL=$(field local_fp)
expect "RFC5660/13 the peer's key" a "ok 30*" key peer
PEER_SPKI=${R#ok }
equal "RFC5660/13 whose SHA-256 is the fingerprint" \
	"$(xxd -r -p <<< "$PEER_SPKI" | sha256sum | cut -d' ' -f1)" "$PEER"
expect "our own key" a "ok 30*" key local
LOCAL_SPKI=${R#ok }
equal "whose SHA-256 is the other fingerprint" \
	"$(xxd -r -p <<< "$LOCAL_SPKI" | sha256sum | cut -d' ' -f1)" "$LOCAL"
expect "RFC5660/13 the peer's ID and how it was authenticated" a "ok type=* auth=2 trust=1 *" id peer
expect "RFC5660/6 our own ID" a "ok type=* auth=2 *" id local

# --- bindings
expect "a channel binding" a "ok flags=0 ipsec-end-point-v1:*" binding 1
A_BINDING=$R
equal "is as long as prefix and hash say" "${#A_BINDING}" $((11 + 19 + 64))
say b binding 1
equal "RFC5660/92 and is the same at the other end" "$R" "$A_BINDING"
K=$(printf '%s\n%s\n' "$PEER" "$LOCAL" | sort)
equal "by the documented formula" "${A_BINDING##*:}" \
	"$({ printf 'IPsec end-point channel binding v1\0'; xxd -r -p <<< "$K"; } | sha256sum | cut -d' ' -f1)"
for h in sha256 sha384 sha512; do
	for type in 1 2; do
		say a binding $type $h
		X=$R
		say b binding $type $h
		equal "type $type, $h: the same at both ends" "$R" "$X"
		case $R in ok*) : ;; *) not_ok "type $type, $h" "$R" ;; esac
	done
done
expect "compatibility form" a "ok flags=0 IPsec-end-point-IKEv2-pubkey-sha-384:*" binding 2 sha384
expect "an unknown type" a "err EPROTONOSUPPORT" binding 4
expect "type 0" a "err EPROTONOSUPPORT" rawbinding type 0
expect "an unknown hash" a "err EPROTONOSUPPORT" binding 1 md5
expect "a hash without end" a "err EINVAL" rawbinding hash 0x41
expect "a flag that does not exist" a "err EINVAL" rawbinding flags 1
expect "a length on the way in" a "err EINVAL" rawbinding len 1
expect "a reserved member" a "err EINVAL" rawbinding reserved 1
expect "a struct too short" a "err ERANGE" rawbinding optlen 159
expect "a struct too long is filled as far as known" a "ok 160" rawbinding optlen 200

# --- sizes
expect "LATCH: a caller of today" a "ok len=192 size=192 dirty=0" rawlatch 192 192
expect "LATCH: size 0 means optlen" a "ok len=192 size=192 dirty=0" rawlatch 192 0
expect "LATCH: a caller from the past gets what it knows" a "ok len=32 size=32 dirty=0" rawlatch 32 32
expect "LATCH: a caller from the future learns how much there is" a "ok len=192 size=192 dirty=0" rawlatch 400 400
expect "LATCH: size larger than the buffer" a "err EINVAL" rawlatch 192 193
expect "LATCH: size smaller than itself" a "err EINVAL" rawlatch 192 3
expect "LATCH: no room for size" a "err EINVAL" rawlatch 3 0
for o in $LATCH:192 $BINDING:160 $PEER_KEY:44 $LOCAL_KEY:44; do
	expect "${o%:*}: length 0 asks for the size" a "ok ${o#*:}" get $SOL_IP "${o%:*}" 0
done
for o in $PEER_KEY $LOCAL_KEY $PEER_ID $LOCAL_ID; do
	say a get $SOL_IP $o 0
	n=${R#ok }
	expect "$o: one octet too short" a "err ERANGE" get $SOL_IP $o $((n - 1))
	expect "$o: just enough" a "ok $n" get $SOL_IP $o "$n"
	expect "$o: more than enough" a "ok $n" get $SOL_IP $o $((n + 100))
	expect "$o: negative" a "err EINVAL" get $SOL_IP $o -1
done
for o in $LATCH $PEER_KEY $PEER_ID $LOCAL_KEY $LOCAL_ID $BINDING; do
	expect "$o: bad address" a "err EFAULT" fault $o
	expect "$o: cannot be set" a "err ENOPROTOOPT" setopt $SOL_IP $o
done
for o in 0xb758 0xb75f; do
	expect "$o: no such option" a "err ENOPROTOOPT" get $SOL_IP $o 192
done

# --- two threads ask everything while packets flow
say b send x
expect "two threads race while packets flow" a "ok calls=*" race 2000
diag "$R"
check "packets did flow" test "$(field packets)" -gt 10

# --- the end
say b close
say a close
expect "a closed socket" a "err EBADF" latch
stop_agents
done_testing
