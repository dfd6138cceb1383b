#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every ESP algorithm that IKEv2 names and the kernel has carries packets.
# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
. "$(dirname "$0")/../lib/sad.sh"

two_hosts
all=(18:{128,192,256}:0:4:0 19:{128,192,256}:0:4:0 20:{128,192,256}:0:4:0
     14:{128,192,256}:0:3:0 15:{128,192,256}:0:3:0 16:{128,192,256}:0:3:0
     21:{128,192,256}:0:4:0 28:0:0:36:0
     12:128:2:0:20 12:192:12:0:32 12:256:14:0:64 12:128:13:0:48 12:128:5:0:16 12:128:8:0:16
     13:128:12:4:32 13:192:12:4:32 13:256:12:4:32
     23:128:12:0:32 23:192:12:0:32 23:256:12:0:32
     11:0:12:0:32 3:0:2:24:20)
policy $A <<< "spd name=all class=private btns-ok"
policy $B <<< "spd name=all class=private btns-ok"

# the last two words: octets of the encryption key beyond its bits, of the integrity key
for a in "${all[@]}"; do
	IFS=: read -r encr bits integ salt ILEN <<< "$a"
	SUITE=$encr:$bits:$integ LEN=$((bits / 8 + salt))
	if both $A4 $B4; then
		check "suite $SUITE" reach $A $B4
	else
		not_ok "suite $SUITE"
	fi
	no_sas
done

# lengths and combinations that do not fit
SUITE=20:256:0 ILEN=0
LEN=35
refuse "a key one octet short is refused" sa $A $A4 $B4 9001 9002
LEN=37
refuse "a key one octet long is refused" sa $A $A4 $B4 9001 9002
LEN=36 ILEN=20
refuse "an integrity key with a combined-mode cipher is refused" sa $A $A4 $B4 9001 9002
SUITE=12:256:0 LEN=32 ILEN=0
refuse "CBC without integrity is refused" sa $A $A4 $B4 9001 9002
SUITE=12:200:12 LEN=25 ILEN=32
refuse "AES of 200 bits is refused" sa $A $A4 $B4 9001 9002
SUITE=99:128:0 LEN=20 ILEN=0
refuse "an unknown cipher is refused" sa $A $A4 $B4 9001 9002
equal "nothing is left behind" "$(nl $A sas)$(ip -n $A xfrm state)" ""

done_testing
