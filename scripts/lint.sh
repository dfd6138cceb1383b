#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static checks that are quick: checkpatch --strict on the module, syntax of
# shell scripts and man pages.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0

eval "$(scripts/kernel.sh 6.1)"
checkpatch=$(ls "${KDIR%-amd64}-common/scripts/checkpatch.pl" \
	/usr/src/linux-headers-*-common/scripts/checkpatch.pl 2>/dev/null | head -n 1)
if [ -n "$checkpatch" ]; then
	perl "$checkpatch" --no-tree --strict --terse --no-summary --max-line-length=100 \
		--ignore FILE_PATH_CHANGES,SPDX_LICENSE_TAG,MACRO_ARG_REUSE,COMPLEX_MACRO,CONST_STRUCT,MULTIPLE_ASSIGNMENTS \
		-f kernel/*.[ch] kernel/*/*.[ch] include/uapi/linux/*.h || bad=1
else
	echo "checkpatch.pl is missing from the kernel headers"
	bad=1
fi
for f in scripts/*.sh selftests/*/*.sh selftests/vm/run selftests/vm/guest .ci/run; do
	bash -n "$f" || bad=1
done
for f in Documentation/man/*.[1-8]; do
	mandoc -T lint -W error "$f" || bad=1
done
exit $bad
