#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the programs, one build at a time.
#
# usage: programs.sh [targets of user/Makefile]
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
exec 9>build/.programs.lock
flock 9
exec make -s -C user "${@:-all}"
