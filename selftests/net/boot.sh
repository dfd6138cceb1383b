#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest runs a real kernel with ESP, and namespaces to make hosts of.
. "$(dirname "$0")/../lib/net.sh"

plan 4
check "the kernel has modules" test -d "/lib/modules/$(uname -r)/kernel"
check "modprobe btns brings esp4 and esp6" modprobe btns
check "esp4 and esp6 are there" sh -c 'test -d /sys/module/esp4 && test -d /sys/module/esp6'
two_hosts
check "two hosts reach each other" ip netns exec "$A" ping -c 1 -W 5 "$B4"
done_testing
