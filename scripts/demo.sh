#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make demo: build quietly, boot a guest, tell the story.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
if [ -n "${V:-}" ]; then
	scripts/module.sh 6.1 && scripts/programs.sh || exit 1
elif ! { scripts/module.sh 6.1 && scripts/programs.sh; } > build/demo-build.log 2>&1; then
	cat build/demo-build.log
	echo "demo: the build failed" >&2
	exit 1
fi
exec selftests/vm/run --no-build --quiet --timeout 300 -T 280 selftests/demo/demo.sh
