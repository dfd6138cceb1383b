#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The peer authorization database with the BTNS extension (RFC 5386 section 2).
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/config.sh"

# keys: 1 Q, 2 a friend, 3 another friend by fingerprint, 9 a stranger
Q=$(signer 1 q.example)

unauthorized "RFC5386/13 empty PAD: rejected" "*EACCES: no PAD entry matches*" $Q

config "BTNS entries stand first in the file" <<E
pad name=wild match=any child-any
pad name=friend match=publickey spki=$(spki 2) child=198.51.100.0/25
pad name=friend2 match=publickey fingerprint=$(fp 3) child-any
pad name=q match=id id-type=2 id-data=$(hex q.example) spki=$(spki 1) child=192.0.2.7
pad name=hosts match=id id-type=2 id-data=$(hex '*.corp.example') auth=6 child=192.0.2.64/26
pad name=psk match=id id-type=3 id-data=$(hex boss@corp.example) auth=4 child=192.0.2.8
spd name=all class=private btns-ok
E
out=$(nl pads)
order=$(sed 's/.* name=\([^ ]*\) .*/\1/' <<< "$out" | tr '\n' ' ')
equal "RFC5386/4 RFC5386/6 logical order: normal, one key, wildcard" "$order" \
	"q hosts psk friend friend2 wild "
_said "RFC5386/1 the dump shows a PUBLICKEY entry by fingerprint" \
	"*name=friend match=publickey*fingerprint=$(fp 2)*" "$out"

# --- first search
authorized "a normal entry: its ID and its key" " peer={*auth=5 trust=3*} pad-entry=q" $Q
authorized "RFC5386/4 a BTNS key in the file before it does not win" "*pad-entry=q" $Q
authorized "RFC5386/8 unknown ID, known key: coerced to PUBLICKEY" \
	"*auth=2 trust=3*pad-entry=friend" $(signer 2 whoever.example)
authorized "RFC5386/3 a key by fingerprint" "*auth=2 trust=3*pad-entry=friend2" \
	$(signer 3 whoever.example)
authorized "RFC5386/3 any key: the wildcard" "*auth=2 trust=1*pad-entry=wild" \
	$(signer 9 whoever.example)
authorized "RFC5386/6 a specific key behind the wildcard in the file still wins" \
	"*pad-entry=friend" $(signer 2 a.example)
unauthorized "RFC5386/11 Q's ID with a stranger's key: rejected, no fall-through" \
	"*EACCES: the ID matches a PAD entry, the key is not the configured one*" \
	$(signer 9 q.example)
unauthorized "RFC5386/11 Q's ID with a friend's BTNS key: rejected" "*EACCES: the ID matches*" \
	$(signer 2 q.example)
unauthorized "RFC5386/11 names compare without case" "*EACCES: the ID matches*" \
	$(signer 9 Q.Example)
unauthorized "RFC5386/11 Q's ID with a shared key" "*EACCES: the ID matches*" \
	peer.type=2 peer.data=$(hex q.example) peer.method=2
authorized "another type of the same octets is another ID" "*pad-entry=wild" \
	peer.type=11 peer.data=$(hex q.example) peer.spki=$(spki 9) peer.method=14
for m in 1 3 9 10 11 14; do
	authorized "RFC5386/10 method $m signs: a BTNS peer" "*auth=2*pad-entry=wild" \
		$(signer 9 x.example $m)
done
unauthorized "RFC5386/10 a shared key never matches a BTNS entry" "*EACCES: no PAD entry*" \
	peer.type=2 peer.data=$(hex x.example) peer.method=2
unauthorized "RFC5386/10 nor does an unknown method with a key" \
	"*EINVAL: a public key beside*" $(signer 9 x.example 12)
unauthorized "RFC5386/10 nor a shared key with a key beside it" \
	"*EINVAL: a public key beside*" $(signer 9 x.example 2)
unauthorized "RFC5386/10 RFC5386/34 NULL authentication does not match BTNS entries" \
	"*EACCES: no PAD entry*" peer.type=13 peer.data= peer.method=13
unauthorized "RFC5386/12 a signature without key" "*EACCES: a signature without the key*" \
	peer.type=2 peer.data=$(hex x.example) peer.method=14
unauthorized "RFC5386/2 an ID of type PUBLICKEY from the wire" "*EINVAL: PUBLICKEY is no ID type*" \
	peer.type=256 peer.data=$(spki 2) peer.spki=$(spki 9) peer.method=14
authorized "RFC5386/2 a private ID type with a key as data is not PUBLICKEY" \
	"*auth=2 trust=1*pad-entry=wild" \
	peer.type=201 peer.data=$(fp 2) peer.spki=$(spki 9) peer.method=14
authorized "a remembered key: leap of faith" "*auth=3 trust=2*pad-entry=wild" \
	$(signer 9 x.example) peer.auth=3
authorized "the helper cannot raise a BTNS peer to an authenticated one" \
	"*auth=2 trust=1*pad-entry=wild" $(signer 9 x.example) peer.auth=5

# --- certificates and shared keys
authorized "a certificate that the helper verified" "*auth=6 trust=3*pad-entry=hosts" \
	$(signer 9 web.corp.example) peer.auth=6
unauthorized "RFC5386/11 without certificate" "*EACCES: the ID matches*certificate*" \
	$(signer 9 web.corp.example)
authorized "the suffix alone is not a name below it" "*pad-entry=wild" $(signer 9 corp.example)
authorized "nor is another domain with that end" "*pad-entry=wild" $(signer 9 badcorp.example)
authorized "a shared key" "*auth=4 trust=3*pad-entry=psk" \
	peer.type=3 peer.data=$(hex boss@corp.example) peer.method=2
unauthorized "RFC5386/11 a signature where a shared key is asked for" "*EACCES: the ID matches*" \
	peer.type=3 peer.data=$(hex boss@corp.example) peer.spki=$(spki 9) peer.method=14

# --- counters
out=$(nl pads | sed -n 's/.* name=q .* hits=\([0-9]*\).*/\1/p')
equal "hits of an entry are counted" "$out" 2
equal "refusals are counted" \
	"$(ip netns exec $N awk '$1 == "peer_refused" { print ($2 > 8 ? "yes" : "no") }' /proc/net/btns)" yes

# --- NULL authentication is a class of its own
config "an entry for NULL authentication" <<E
pad name=wild match=any child-any
pad name=null match=null child=203.0.113.0/24
pad name=q match=id id-type=2 id-data=$(hex q.example) spki=$(spki 1) child=192.0.2.7
spd name=btns class=private btns-ok local=192.0.2.1 remote=203.0.113.0/24
spd name=null class=private null-ok local=192.0.2.1
E
NOBODY="peer.type=13 peer.data= peer.method=13"
authorized "RFC5386/34 a peer without authentication matches it" \
	"*auth=1 trust=0*pad-entry=null" $NOBODY
unauthorized "RFC5386/34 but with a key that nobody proved" "*EINVAL: a public key beside*" \
	$NOBODY peer.spki=$(spki 9)
ends="local-ts=192.0.2.1 outer-local=192.0.2.1 mode=transport"
granted "RFC5386/34 it sees entries for NULL peers only" " child={ spd=$(spd null) *" $NOBODY \
	$ends remote-ts=203.0.113.5 outer-peer=203.0.113.5
denied "RFC5386/34 BTNS peers do not see them" "*ENOENT*" $(signer 9 x.example) \
	$ends remote-ts=198.51.100.5 outer-peer=198.51.100.5
denied "RFC5386/17 NULL peers never get the addresses of normal entries" "*EACCES*" $NOBODY \
	$ends remote-ts=192.0.2.7 outer-peer=192.0.2.7
denied "RFC5386/7 the wildcard never gets the addresses of any other entry" "*EACCES*" \
	$(signer 9 x.example) $ends remote-ts=203.0.113.5 outer-peer=203.0.113.5

# --- what cannot be
any="spd name=all class=private btns-ok"
config_refused "RFC5386/5 a second wildcard" "*EEXIST: there is a wildcard BTNS entry already*" <<E
pad name=a match=any child-any
pad name=b match=any child-any
$any
E
config_refused "RFC5386/7 a normal entry with any address beside BTNS entries" \
	"*EINVAL:*which leaves none for BTNS peers*" <<E
pad name=a match=id id-type=2 id-data=61 spki=$(spki 1) child-any
pad name=b match=any child-any
$any
E
config_refused "an entry by ID without key" "*EINVAL:*needs a key*" <<E
pad name=a match=id id-type=2 id-data=61 child=192.0.2.1
E
config_refused "an entry by ID without ID" "*EINVAL:*needs ID type and data*" <<E
pad name=a match=id spki=$(spki 1) child=192.0.2.1
E
config_refused "an ID without data" "*EINVAL: an ID has both*" <<E
pad name=a match=id id-type=2 spki=$(spki 1) child=192.0.2.1
E
config_refused "an address ID with three octets" "*EINVAL: length of the ID*" <<E
pad name=a match=id id-type=1 id-data=c00002 spki=$(spki 1) child=192.0.2.1
E
config_refused "RFC5386/34 ID_NULL as a name" "*EINVAL: ID_NULL names nobody*" <<E
pad name=a match=id id-type=13 id-data= spki=$(spki 1) child=192.0.2.1
E
config_refused "an ID in a wildcard" "*EINVAL: only PAD entries that match by ID*" <<E
pad name=a match=any id-type=2 id-data=61 child-any
E
config_refused "a key in a wildcard" "*EINVAL:*takes no public key*" <<E
pad name=a match=any spki=$(spki 1) child-any
E
config_refused "a public key beside a shared key" "*EINVAL:*takes no public key*" <<E
pad name=a match=id id-type=2 id-data=61 auth=4 spki=$(spki 1) child=192.0.2.1
E
config_refused "RFC5386/1 a PUBLICKEY entry without key" "*EINVAL:*needs a key*" <<E
pad name=a match=publickey child-any
E
config_refused "an entry without addresses" "*EINVAL:*addresses that its peers may claim*" <<E
pad name=a match=any
E
config_refused "ports in the PAD" "*EINVAL:*addresses, not protocols and ports*" <<E
pad name=a match=any child=192.0.2.0/24,80
E
config_refused "two entries of one name" "*EEXIST:*same name*" <<E
pad name=a match=any child-any
pad name=a match=null child-any
E
config_refused "two entries with one ID" "*EEXIST:*same ID*" <<E
pad name=a match=id id-type=2 id-data=61 spki=$(spki 1) child=192.0.2.1
pad name=b match=id id-type=2 id-data=61 spki=$(spki 2) child=192.0.2.2
E
config_refused "two entries with one key" "*EEXIST:*same key*" <<E
pad name=a match=publickey spki=$(spki 2) child-any
pad name=b match=publickey fingerprint=$(fp 2) child-any
E
config_refused "an entry without name" "*EINVAL:*needs a name*" <<E
pad match=any child-any
E
config_refused "an empty name" "*EINVAL:*needs a name*" <<E
pad name= match=any child-any
E
config_refused "an entry that matches nothing" "*EINVAL:*say what it matches*" <<E
pad name=a child-any
E
config_refused "a name of 64 letters" "*EINVAL*" <<E
pad name=$(printf '%064d' 0) match=any child-any
E
set_sysctl pad_max 2
config_refused "more entries than net.btns.pad_max" "*ENOSPC:*net.btns.pad_max*" <<E
pad name=a match=any child-any
pad name=b match=null child-any
pad name=c match=publickey spki=$(spki 2) child-any
E
done_testing
