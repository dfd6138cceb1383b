#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# strongSwan of Debian 13 (charon-systemd, swanctl).
PEER=strongswan-6.0
. "$(dirname "$0")/lib/with_strongswan.sh"
