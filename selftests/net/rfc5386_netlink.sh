#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Malformed netlink messages: a sentence for each refusal, and no change.
modprobe btns || exit 1
exec python3 "$(dirname "$0")/rfc5386_netlink.py"
