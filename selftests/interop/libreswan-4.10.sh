#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Libreswan of Debian 12.
PEER=libreswan-4.10
. "$(dirname "$0")/lib/with_libreswan.sh"
