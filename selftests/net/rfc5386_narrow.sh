#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traffic selectors of BTNS peers: narrowed around the addresses of others, by key, by
# NAT, by mode (RFC 5386 section 2, RFC 7296 section 2.9).
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/config.sh"

ME=192.0.2.1 PEER=198.51.100.30
STRANGER=$(signer 9 x.example)
tun="outer-local=$ME outer-peer=$PEER mode=tunnel local-ts=$ME"

config "tunnels to anywhere, some addresses taken" <<E
pad name=q match=id id-type=2 id-data=$(hex q.example) spki=$(spki 1) child=10.0.0.7 child=fd00::7
pad name=b match=id id-type=2 id-data=$(hex b.example) spki=$(spki 2) child=10.1.0.0/16
pad name=mate match=publickey spki=$(spki 3) child=10.2.0.0/25 child=10.2.0.128/25 child=10.3.0.0/24
pad name=any match=any child-any
spd name=far class=private mode=tunnel btns-ok local=$ME
spd name=far6 class=private mode=tunnel btns-ok local=2001:db8::1 remote=fd00::/16
E
granted "RFC5386/17 a range with Q inside: cut before it" \
	"*remote-ts={ proto=0 start=10.0.0.0 end=10.0.0.3 }*" $STRANGER $tun remote-ts=10.0.0.0/24
granted "RFC5386/17 a range that ends with Q: cut before it" \
	"*remote-ts={ proto=0 start=10.0.0.6 end=10.0.0.6 }*" $STRANGER $tun remote-ts=10.0.0.6/31
denied "RFC5386/17 just Q: refused" "*EACCES: the peer claims addresses of another*" \
	$STRANGER $tun remote-ts=10.0.0.7
denied "RFC5386/17 a part of B's network: refused" "*EACCES*" $STRANGER $tun remote-ts=10.1.2.0/24
granted "RFC5386/17 everything: what is free of others around the first address" \
	"*remote-ts={ proto=0 start=0.0.0.0 end=7.255.255.255 }*" $STRANGER $tun remote-ts=0.0.0.0/0
granted "RFC5386/17 a packet's address decides what stays inside" \
	"*remote-ts={ proto=0 start=10.0.0.8 end=10.0.0.15 }*" $STRANGER $tun \
	remote-ts=10.0.0.9 remote-ts=10.0.0.0/24
denied "RFC5386/7 the wildcard stays out of a BTNS key's range" "*EACCES*" $STRANGER $tun \
	remote-ts=10.2.0.77
granted "RFC5386/17 IPv6 as well" "*remote-ts={ proto=0 start=fd00:: end=fd00::3 }*" $STRANGER \
	outer-local=2001:db8::1 outer-peer=2001:db8::2 mode=tunnel local-ts=2001:db8::1 \
	remote-ts=fd00::/64
denied "RFC5386/17 IPv6: Q" "*EACCES*" $STRANGER \
	outer-local=2001:db8::1 outer-peer=2001:db8::2 mode=tunnel local-ts=2001:db8::1 \
	remote-ts=fd00::7
denied "IPv4 on one side, IPv6 on the other" "*ENOENT*" $STRANGER \
	outer-local=$ME outer-peer=$PEER mode=tunnel local-ts=$ME remote-ts=fd00::9
MATE=$(signer 3 mate.example)
granted "RFC5386/3 the key's owner gets its ranges, joined where they touch" \
	"*remote-ts={ proto=0 start=10.2.0.0 end=10.2.0.255 }*" $MATE $tun remote-ts=10.2.0.0/24
granted "everything is narrowed to them" \
	"*remote-ts={ proto=0 start=10.2.0.0 end=10.2.0.255 }*" $MATE $tun remote-ts=0.0.0.0/0
granted "around the packet" "*remote-ts={ proto=0 start=10.3.0.0 end=10.3.0.255 }*" $MATE $tun \
	remote-ts=10.3.0.9 remote-ts=0.0.0.0/0
denied "and nothing else" "*EACCES*" $MATE $tun remote-ts=10.4.0.0/24
denied "RFC5386/17 not those of a normal entry either" "*EACCES*" $MATE $tun remote-ts=10.0.0.7
denied "the mode of the entry is tunnel: none for transport" "*" \
	$STRANGER outer-local=192.0.2.9 outer-peer=$PEER mode=tunnel local-ts=192.0.2.9 \
	remote-ts=$PEER
granted "transport mode was asked for, the entry says tunnel: tunnel (RFC 7296 1.3.1)" \
	"*mode=tunnel*" $STRANGER outer-local=$ME outer-peer=$PEER mode=transport local-ts=$ME \
	remote-ts=$PEER

# --- by key: the hook for leap of faith
config "RFC5386/18 an entry for one key" <<E
pad name=any match=any child-any
spd name=known class=private btns-ok local=$ME remote=$PEER peer-fingerprint=$(fp 3)
spd name=named class=private btns-ok local=$ME remote=198.51.100.31 peer-id-type=2 peer-id-data=$(hex x.example)
spd name=other class=private-or-clear btns-ok local=$ME remote=198.51.100.0/27
E
one="outer-local=$ME outer-peer=$PEER mode=transport local-ts=$ME remote-ts=$PEER"
granted "RFC5386/18 that key matches" " child={ spd=$(spd known) *" $MATE $one
granted "RFC5386/18 whatever name it gives itself" " child={ spd=$(spd known) *" \
	$(signer 3 y.example) $one
granted "RFC5386/18 other keys get what stands behind" " child={ spd=$(spd other) *" $STRANGER $one
granted "an ID that nobody verified never chooses policy" " child={ spd=$(spd other) *" $STRANGER \
	outer-local=$ME outer-peer=198.51.100.31 mode=transport local-ts=$ME remote-ts=198.51.100.31
config "RFC5386/18 PAD entries that search the SPD by ID" <<E
pad name=q match=id id-type=2 id-data=$(hex q.example) spki=$(spki 1) child=198.51.100.31 by-id
pad name=any match=any child-any
spd name=addr class=private btns-ok local=$ME
spd name=q class=private local=$ME remote=198.51.100.31 peer-id-type=2 peer-id-data=$(hex q.example)
E
granted "RFC5386/18 by ID: the entry that names the peer" " child={ spd=$(spd q) *" \
	$(signer 1 q.example) outer-local=$ME outer-peer=198.51.100.31 mode=transport local-ts=$ME \
	remote-ts=198.51.100.31

# --- NAT
config "RFC5386/36 a range set aside for peers behind NAT" <<E
pad name=any match=any child-any child=10.99.0.0/16
spd name=inner class=private mode=beet btns-ok local=$ME
E
nat="outer-local=$ME outer-peer=$PEER mode=beet local-ts=$ME encap"
granted "RFC5386/36 an address in it" "*remote-ts={ proto=0 start=10.99.0.5 end=10.99.0.5 }*" \
	$STRANGER $nat remote-ts=10.99.0.5
granted "RFC5386/36 one host, not the range" "*start=10.99.0.0 end=10.99.0.0 }*" \
	$STRANGER $nat remote-ts=10.99.0.0/24
denied "RFC5386/36 another private address" "*EACCES: a peer behind NAT claims*" \
	$STRANGER $nat remote-ts=192.168.1.5
granted "RFC5386/36 its outer address" "*start=$PEER end=$PEER }*" $STRANGER $nat remote-ts=$PEER
granted "without NAT the address is not asked about" "*start=192.168.1.5 end=192.168.1.5 }*" \
	$STRANGER outer-local=$ME outer-peer=192.168.1.5 mode=beet local-ts=$ME remote-ts=192.168.1.5
denied "BEET mode that was not asked for" "*ENOENT:*another mode*" $STRANGER outer-local=$ME \
	outer-peer=$PEER mode=transport local-ts=$ME remote-ts=$PEER

# --- transport mode
config "transport mode" <<E
pad name=any match=any child-any
spd name=ports class=private btns-ok local=$ME,1024-2047 remote=198.51.100.0/24
E
granted "only the two ends" "*start=$ME end=$ME *start=$PEER end=$PEER }*" $STRANGER \
	outer-local=$ME outer-peer=$PEER mode=transport local-ts=0.0.0.0/0 remote-ts=0.0.0.0/0
denied "no address but the peer's own" "*ENOENT: transport mode protects only*" $STRANGER \
	outer-local=$ME outer-peer=$PEER mode=transport local-ts=$ME remote-ts=198.51.100.31
granted "ports become what XFRM can say" "*port=1024 port-end=1279 *" $STRANGER \
	outer-local=$ME outer-peer=$PEER mode=transport local-ts=$ME,1000-1300 remote-ts=$PEER
denied "TCP here, UDP there" "*ENOENT*" $STRANGER outer-local=$ME outer-peer=$PEER \
	mode=transport local-ts=tcp:$ME,1024 remote-ts=udp:$PEER
denied "tunnel mode that the entry does not have" "*ENOENT:*another mode*" $STRANGER \
	outer-local=$ME outer-peer=$PEER mode=tunnel local-ts=$ME remote-ts=$PEER
done_testing
