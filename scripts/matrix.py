#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Matrix of interoperability in Documentation/interop.rst, from the tests' lines
"# cell: PEER; ROW; COLUMN; yes|no|limit; WHY" and "# peer: PEER; PACKAGE VERSION".

usage: matrix.py TAP...		the results of these runs replace what was known of their
				peers in selftests/interop/results, those of a run without
				an end only what was known of the same cells; writes the matrix
       matrix.py --check	says whether the matrix is that of the results
"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = os.path.join(TOP, "selftests/interop/results")
PAGE = os.path.join(TOP, "Documentation/interop.rst")
BEGIN = ".. matrix: written by scripts/matrix.py\n\n"
END = "\n.. end of the matrix\n"
HEAD = """# Results of make check-interop, written by scripts/matrix.py:
# PEER; PACKAGE VERSION and PEER; ROW; COLUMN; yes|no|limit; WHY
"""
WORD = {"yes": "yes", "no": "**no**", "limit": "peer cannot"}
VENDORS = ["strongswan", "libreswan", "openiked"]


def of_run(name):
    """Lines of a test's output, and whether it came to its end."""
    if not os.path.exists(name):
        return [], False
    with open(name, encoding="utf-8", errors="replace") as f:
        text = f.read()
    return (re.findall(r"^[ ]*# (?:peer|cell): (.*?)[; ]*$", text, re.M),
            bool(re.search(r"^ +1\.\.\d+$", text, re.M)))


def update(old, new):
    """The lines of a peer, with new ones in the places of those that they replace."""
    def name(line):
        fields = line.split("; ")
        return fields[1:3] if len(fields) > 2 else []

    old, place = list(old), -1
    for line in new:
        names = [name(other) for other in old]
        if name(line) in names:
            place = names.index(name(line))
            old[place] = line
        else:
            place += 1
            old.insert(place, line)
    return old


def known():
    """The lines of each peer."""
    peers = {}
    with open(RESULTS, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                peers.setdefault(line.split("; ")[0], []).append(line.rstrip("\n"))
    return dict(sorted(peers.items(), key=lambda p: (VENDORS.index(p[0].split("-")[0]), p[0])))


def matrix(peers):
    """The table, its notes and the packages, in reStructuredText."""
    cells, rows, notes, packages = {}, [], [], []
    for peer, lines in peers.items():
        after = -1
        for line in lines:
            fields = line.split("; ", 4)
            if len(fields) == 2:
                packages.append(f"{peer}: {fields[1]}")
                continue
            key = f"{fields[1]}: {fields[2]}"
            # a new row stands behind the one that this peer had before it
            if key not in rows:
                rows.insert(after + 1, key)
            after = rows.index(key)
            text = WORD[fields[3]]
            if fields[3] == "limit":
                if fields[4] not in notes:
                    notes.append(fields[4])
                text += f" ({notes.index(fields[4]) + 1})"
            cells[key, peer] = text
    table = [["cell"] + list(peers)] + [[r] + [cells.get((r, p), "") for p in peers] for r in rows]
    width = [max(len(line[i]) for line in table) for i in range(len(peers) + 1)]
    rule = "  ".join("=" * w for w in width)
    out = [rule]
    for i, line in enumerate(table):
        out.append("  ".join(c.ljust(w) for c, w in zip(line, width)).rstrip())
        if i == 0:
            out.append(rule)
    out += [rule, ""]
    out += [f"({n}) {why}\n" for n, why in enumerate(notes, 1)]
    out += ["Packages:\n"] + [f"* {p}" for p in packages]
    return "\n".join(out) + "\n"


def main():
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        sys.exit(f"matrix.py: no place for the matrix in {PAGE}")
    before, rest = page.split(BEGIN)
    old, behind = rest.split(END)
    peers = known()
    if sys.argv[1:] == ["--check"]:
        sys.exit(old != matrix(peers) and
                 "Documentation/interop.rst: the matrix is not that of selftests/interop/results")
    bad = 0
    for name in sys.argv[1:]:
        lines, complete = of_run(name)
        if not complete:
            print(f"matrix.py: {name} has no end", file=sys.stderr)
            bad = 1
        if lines:
            peer = lines[0].split("; ")[0]
            peers[peer] = lines if complete else update(peers.get(peer, []), lines)
    with open(RESULTS, "w", encoding="utf-8") as f:
        f.write(HEAD + "".join(line + "\n" for p in peers.values() for line in p))
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(before + BEGIN + matrix(known()) + END + behind)
    sys.exit(bad)


main()
