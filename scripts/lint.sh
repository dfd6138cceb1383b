#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static checks that are quick: checkpatch --strict on the module, syntax of
# shell scripts and man pages, specification of the netlink family, what the
# documentation names.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0

source=$(scripts/source.sh) || exit 1
perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary --max-line-length=100 \
	--ignore FILE_PATH_CHANGES,SPDX_LICENSE_TAG,MACRO_ARG_REUSE,COMPLEX_MACRO,CONST_STRUCT,MULTIPLE_ASSIGNMENTS,BRACKET_SPACE,MACRO_ARG_UNUSED,NAKED_SSCANF \
	-f kernel/*.[ch] kernel/*/*.[ch] include/uapi/linux/*.h || bad=1
for f in scripts/*.sh selftests/*/*.sh selftests/vm/run selftests/vm/guest; do
	bash -n "$f" || bad=1
done
for f in scripts/deps.sh scripts/programs.sh selftests/vm/init .ci/run; do
	sh -n "$f" || bad=1
done
for f in Documentation/man/*.[1-8]; do
	mandoc -T lint -W error "$f" || bad=1
done
# what is made from the table of options
scripts/programs.sh "$PWD/build/btns-confdoc" || bad=1
build/btns-confdoc man | diff Documentation/man/btns.conf.5 - || bad=1
build/btns-confdoc sample | diff packaging/btns.conf - || bad=1
scripts/spec.py || bad=1
scripts/docs.py || bad=1
scripts/matrix.py --check || bad=1
exit $bad
