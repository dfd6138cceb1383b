#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documentation names is there: files, tests, functions, constants, targets
of make."""
import fnmatch
import os
import re
import sys

# of YNL
FOREIGN = {"cli.py"}

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def files():
    for here, below, found in os.walk("."):
        below[:] = [d for d in below if d[0] != "." and not (here == "." and d.startswith("build"))]
        yield from (os.path.join(here, f)[2:] for f in found)


def read(name):
    with open(name, encoding="utf-8", errors="replace") as f:
        return f.read()


tree = sorted(files())
folders = {f[:i] for f in tree for i, c in enumerate(f) if c == "/"}
top = "|".join(sorted(f for f in folders if "/" not in f and f[0] != "."))
names = {os.path.basename(f) for f in tree}
code = {f: read(f) for f in tree if re.match(r"(kernel|user|include|selftests)/", f)}
words = {w for text in code.values() for w in re.findall(r"\w+", text)}
tests = {w for f, text in code.items() if f.startswith("user/tests/")
         for w in re.findall(r"^static void (\w+)\(void \*\*", text, re.M)}
makefiles = "\n".join(read(f) for f in tree if re.search(r"(^|/)Makefile$|\.mk$", f))
targets = {t for group in re.findall(r"^([a-z][a-z -]*):(?!=)", makefiles, re.M)
           for t in group.split()}


def is_file(path):
    return path in folders or any(fnmatch.fnmatch(f, path.replace("NAME", "*")) for f in tree)


def wrong(line):
    for m in re.finditer(rf"(?<![\w/.$}}-])(?:{top})/[\w./*-]*[\w*/]", line):
        if not is_file(m[0].rstrip("/")):
            yield m[0]
    for m in re.finditer(r"(?<![\w/.*<-])([\w-]+)\.(?:rst|sh|py|c|h|def)\b(?!\.)", line):
        if m[0] not in names | FOREIGN:
            yield m[0]
    for m in re.finditer(r"\b(?:test|bench|fuzz)_\w+(?!\w|\*|\.)", line):
        if not any(n.startswith(m[0] + ".") for n in names) and m[0] not in words:
            yield m[0]
    for m in re.finditer(r"\b(btns_\w+)\(\)", line):
        if m[1] not in words:
            yield m[0]
    for m in re.finditer(r"\bBTNS_[A-Z0-9_]*[A-Z0-9]\b", line):
        if m[0] not in words and m[0] != "BTNS_OK":
            yield m[0]
    for m in re.finditer(r"\bmake (?:-C user )?([a-z-]+)(?=``|\"|\s*#|\s{2,}|$)", line):
        if m[1] not in targets:
            yield m[0]


def unknown_tests(text):
    """Of the tests in a checklist, "a, b; c of test_d; ``e.sh``"."""
    known = tests | {f"``{n}``" for n in names} | {"not shown", "not done"}
    for row in re.findall(r"^   \* - (?:IKE|RFC\d+|CONT)/\d+\n     - (.*)$", text, re.M):
        for part in re.split(r"[,;] ", row):
            name = part.split(" of ")[0]
            if name not in known and not name.startswith("test_"):
                yield name


bad = 0
for doc in tree:
    if not re.search(r"(^|/)README|^Documentation/(.*\.rst|man/.*)$", doc):
        continue
    text = read(doc)
    for number, line in enumerate(text.splitlines(), 1):
        for what in wrong(line):
            print(f"{doc}:{number}: there is no {what}")
            bad = 1
    for what in unknown_tests(text):
        print(f"{doc}: there is no {what}")
        bad = 1
sys.exit(bad)
