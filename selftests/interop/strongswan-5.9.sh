#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# strongSwan of Debian 12 (charon-systemd, swanctl).
PEER=strongswan-5.9
. "$(dirname "$0")/lib/with_strongswan.sh"
