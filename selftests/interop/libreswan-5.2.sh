#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Libreswan of Debian 13.
PEER=libreswan-5.2
. "$(dirname "$0")/lib/with_libreswan.sh"
