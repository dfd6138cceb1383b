#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Configuration as a whole: all or nothing, what stays is not touched, what is no longer
# allowed goes; sysctls.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/config.sh"

ME=192.0.2.1 PEER=198.51.100.30 OTHER=198.51.100.31
generation() { nl config "$TMP/config" | sed -n 's/.* generation=\([0-9]*\).*/\1/p'; }
# sa SPD PEER KEY; a file counts, checks run in subshells
sa() {
	local n

	echo >> "$TMP/spi"
	n=$((65536 + $(wc -l < "$TMP/spi")))
	# shellcheck disable=SC2046
	nl sa-new spd="$1" local-ts=$ME remote-ts="$2" outer-local=$ME outer-peer="$2" \
		mode=transport suite=20:256:0 spi-in=$n spi-out=$((n + 4096)) \
		encr-in="$(printf '%072d' 1)" encr-out="$(printf '%072d' 2)" \
		local.type=2 local.data=61 local.spki="$(spki 7)" local.method=14 \
		$(signer "$3" "k$3.example")
}
sas_of() { nl sas | grep -c "start=$1 "; }
policies() { ip -n $N xfrm policy | grep -c '^src'; }
xfrm() { { ip -n $N xfrm policy; ip -n $N xfrm state; } | sed 's/ lastused.*//'; }

base() {
	cat <<-E
	pad name=friend match=publickey spki=$(spki 3) child=$PEER
	pad name=any match=any child-any
	spd name=one class=private btns-ok local=$ME remote=$PEER
	spd name=two class=private btns-ok local=$ME remote=$OTHER
	spd name=rest class=private-or-clear btns-ok local=$ME
	E
}

# --- a transaction
refuse "nothing can be added without a transaction" \
	nl raw 4 $(printf '%02x' 4)000180
config "three entries" < <(base)
ONE=$(spd one) TWO=$(spd two) REST=$(spd rest)
equal "they have numbers of their own" "$(printf '%s\n' $ONE $TWO $REST | sort -u | wc -l)" 3
check "an SA under the first" sa $ONE $PEER 3
check "an SA under the second" sa $TWO $OTHER 4
check "an SA under the third" sa $REST 198.51.100.40 4
before=$(xfrm)

# --- nothing changes
config_refused "one bad entry among good ones: nothing changes" "*EINVAL: ports of an SPD entry*" <<E
pad name=any match=any child-any
spd name=new class=clear local=$ME remote=203.0.113.1
spd name=bad class=private local=10.0.0.1,1000-1500
E
config_refused "a bad entry behind good ones" "*EEXIST:*same name*" <<E
pad name=any match=any child-any
spd name=new class=clear local=$ME remote=203.0.113.1
spd name=new class=block local=$ME remote=203.0.113.2
E
config_refused "a rule between entries, found at the commit" "*EINVAL:*leaves none for BTNS*" <<E
spd name=new class=clear
pad name=a match=id id-type=2 id-data=61 spki=$(spki 1) child-any
pad name=any match=any child-any
E
equal "XFRM's policies and states neither" "$(xfrm)" "$before"

# --- what stays is not touched
config "the same again" < <(base)
equal "RFC5386/37 equal entries keep their numbers" "$(spd one) $(spd two) $(spd rest)" \
	"$ONE $TWO $REST"
equal "and their SAs" "$(sas_of $PEER) $(sas_of $OTHER) $(sas_of 198.51.100.40)" "1 1 1"
config "an entry in front, one in between, one behind" <<E
pad name=friend match=publickey spki=$(spki 3) child=$PEER
pad name=any match=any child-any
spd name=first class=block remote=203.0.113.66
spd name=one class=private btns-ok local=$ME remote=$PEER
spd name=between class=clear local=$ME remote=203.0.113.67
spd name=two class=private btns-ok local=$ME remote=$OTHER
spd name=rest class=private-or-clear btns-ok local=$ME
spd name=last class=clear
E
equal "the old ones keep number and SAs" \
	"$(spd one) $(spd two) $(spd rest) $(nl sas | wc -l)" "$ONE $TWO $REST 3"
order=$(nl spds | sed 's/.* name=\([^ ]*\) .*/\1/' | tr '\n' ' ')
equal "the order is the file's" "$order" "first one between two rest last "
prio() { ip -n $N xfrm policy | grep -A1 "dst $1" | sed -n 's/.*dir out .*priority \([0-9]*\).*/\1/p'; }
check "XFRM's priorities follow it" test "$(prio 203.0.113.66/32 | head -n 1)" -lt "$(prio 203.0.113.67/32 | head -n 1)"
config "the last becomes the first: only it is new" <<E
pad name=friend match=publickey spki=$(spki 3) child=$PEER
pad name=any match=any child-any
spd name=last class=clear remote=203.0.113.68
spd name=one class=private btns-ok local=$ME remote=$PEER
spd name=two class=private btns-ok local=$ME remote=$OTHER
spd name=rest class=private-or-clear btns-ok local=$ME
E
equal "the others are as before" "$(spd one) $(spd two) $(spd rest) $(nl sas | wc -l)" \
	"$ONE $TWO $REST 3"
config "moved entries: the longest run stays" <<E
pad name=friend match=publickey spki=$(spki 3) child=$PEER
pad name=any match=any child-any
spd name=rest class=private-or-clear btns-ok local=$ME
spd name=one class=private btns-ok local=$ME remote=$PEER
spd name=two class=private btns-ok local=$ME remote=$OTHER
E
equal "two of three" "$(spd one) $(spd two) $(nl sas | wc -l)" "$ONE $TWO 2"

# --- what is no longer allowed goes
config "RFC5386/37 a normal entry takes the friend's address" <<E
pad name=host match=id id-type=2 id-data=$(hex host.example) spki=$(spki 1) child=$PEER
pad name=any match=any child-any
spd name=one class=private btns-ok local=$ME remote=$PEER
spd name=two class=private btns-ok local=$ME remote=$OTHER
E
equal "RFC5386/37 the BTNS SA with that address is gone, the other lives" \
	"$(sas_of $PEER) $(sas_of $OTHER)" "0 1"
config "RFC5386/16 the flag is taken away" <<E
pad name=any match=any child-any
spd name=two class=private local=$ME remote=$OTHER
E
equal "RFC5386/16 RFC5386/37 its SA is gone" "$(nl sas)" ""
equal "revocations are counted" \
	"$(ip netns exec $N awk '$1 == "sa_revoked" { print $2 }' /proc/net/btns)" 3

# --- a socket that goes
sock_gone() {
	# begins a transaction and dies before the commit
	printf 'pad name=zombie match=any child-any\nbogus\n' > "$TMP/half"
	! nl config "$TMP/half" 2>/dev/null
}
before=$(state)
check "a helper dies in a transaction" sock_gone
equal "nothing changed" "$(state)" "$before"
check "many do" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
	printf "pad name=z match=any child-any\nbogus\n" > '"$TMP"'/half; ip netns exec '$N' btnsnl config '"$TMP"'/half 2>/dev/null; done; true'
config "and no transaction is left over" < <(base)
g=$(generation)
g2=$(generation)
equal "each commit has a number" "$g2" $((g + 1))

# --- dumps and change
{ echo "pad name=any match=any child-any"
  for i in $(seq 900); do
	echo "spd name=e$i class=private btns-ok local=$ME remote=10.0.$((i / 256)).$((i % 256))"
  done; } > "$TMP/config"
check "900 entries" nl config "$TMP/config"
equal "the dump has them all, once" "$(nl spds | sed 's/.* name=\([^ ]*\) .*/\1/' | sort -u | wc -l)" 900
(for i in 1 2 3 4 5 6; do nl config "$TMP/config"; done) >/dev/null 2>&1 &
changer=$!
bad=0
for i in 1 2 3 4 5 6; do
	[ "$(nl spds 2>/dev/null | wc -l)" = 900 ] || bad=$((bad + 1))
done
wait $changer
equal "dumps survive change" "$bad" 0

# --- limits
set_sysctl spd_max 2
config_refused "more SPD entries than net.btns.spd_max" "*ENOSPC:*net.btns.spd_max*" < <(base)
set_sysctl spd_max 1024
set_sysctl class_floor 3
config_refused "an entry below net.btns.class_floor" "*EPERM:*net.btns.class_floor*" <<E
pad name=any match=any child-any
spd name=one class=private-or-clear btns-ok
E
config "block and private are above it" <<E
pad name=any match=any child-any
spd name=one class=private btns-ok local=$ME remote=$PEER
spd name=two class=block local=$ME remote=$OTHER
E
set_sysctl class_floor 0
n=$(policies)
check "flush of the configuration" nl flush config
equal "PAD and SPD are empty" "$(state)" ""
check "and so are XFRM's policies" test "$(policies)" -lt "$n"

# --- bad SPD entries
P="pad name=any match=any child-any"
while IFS='|' read -r name sentence line; do
	config_refused "SPD: $name" "*$sentence*" <<< "$P
spd $line"
done <<E
no class|EINVAL: an SPD entry needs a class|name=a
no name|EINVAL: an entry needs a name|class=private
unknown class|ERANGE: integer out of range|name=a class=9
unknown mode|EINVAL: unknown mode|name=a class=private mode=2
mode out of range|ERANGE: integer out of range|name=a class=private mode=7
a range that is no prefix|EINVAL: ports of an SPD entry|name=a class=private local=10.0.0.1,1000-1500
two families|EINVAL: local and remote addresses|name=a class=private local=10.0.0.1 remote=fd00::1
two protocols|EINVAL: local and remote protocol|name=a class=private local=tcp:10.0.0.1 remote=udp:10.0.0.2
gateways in transport mode|EINVAL: transport mode takes no gateway|name=a class=private outer-peer=10.0.0.1
gateways of two families|EINVAL: gateway addresses|name=a class=private mode=tunnel outer-local=10.0.0.1 outer-peer=fd00::1
a short fingerprint|ERANGE: binary attribute size|name=a class=private peer-fingerprint=00
an unknown cipher|EOPNOTSUPP: unknown encryption|name=a class=private suite=4711:128:0
a wrong key length|EOPNOTSUPP: key length|name=a class=private suite=20:100:0
a cipher without integrity|EOPNOTSUPP:*integrity|name=a class=private suite=12:128:0
an ID without type|EINVAL: an SPD entry for one peer|name=a class=private peer-id-data=61
key and ID|EINVAL: an SPD entry for one peer|name=a class=private peer-id-type=2 peer-id-data=61 peer-fingerprint=$(fp 1)
E

# --- sysctls
while read -r name low high; do
	refuse "net.btns.$name below $low" ip netns exec $N sysctl -q -w net.btns.$name=$((low - 1))
	refuse "net.btns.$name above $high" ip netns exec $N sysctl -q -w net.btns.$name=$((high + 1))
	check "net.btns.$name takes both ends" ip netns exec $N \
		sh -c "v=\$(sysctl -n net.btns.$name); sysctl -q -w net.btns.$name=$low && sysctl -q -w net.btns.$name=$high && sysctl -q -w net.btns.$name=\$v"
done <<E
auto_latch 0 1
class_floor 0 3
pad_max 1 16384
spd_max 1 16384
sa_max 1 10000000
identity_max 1 10000000
latch_max 1 10000000
larval_max 1 1000000
flow_max 1 1000000
flow_idle_ms 100 86400000
break_reaction 0 2
acquire_max 1 1000000
holdoff_max 1 1000000
acquire_timeout_ms 1000 86400000
holdoff_ms 100 86400000
holdoff_clear_ms 100 86400000
log_level 0 3
E
equal "they belong to a namespace" "$(ip netns exec $N sysctl -q -w net.btns.log_level=3; sysctl -n net.btns.log_level)" 1
# sysctl(8) may end with 0 although the value was refused
limit_stays() {
	unshare -U -r -n sh -c 'sysctl -q -w net.btns.log_level=0
		sysctl -q -w net.btns.latch_max=10000000 2>/dev/null
		[ "$(sysctl -n net.btns.log_level net.btns.latch_max | xargs)" = "0 1000000" ]'
}
check "the root of a user namespace sets what is his, not the limits of memory" limit_stays
refuse "not everybody may configure" ip netns exec $N setpriv --reuid 65534 --clear-groups \
	btnsnl flush config
done_testing
