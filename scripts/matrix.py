#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Matrix of interoperability, in reStructuredText, from the tests' lines
"# cell: PEER; ROW; COLUMN; yes|no|limit|ours; WHY".

usage: matrix.py TAP...
"""
import sys

WORD = {"yes": "yes", "no": "**no**", "limit": "peer cannot", "ours": "not here"}

cells, rows, peers, notes = {}, [], [], []
for name in sys.argv[1:]:
    for line in open(name, encoding="utf-8", errors="replace"):
        line = line.strip()
        if not line.startswith("# cell: "):
            continue
        peer, row, column, result, why = (line[8:].split("; ", 4) + [""])[:5]
        key = f"{row}: {column}"
        if peer not in peers:
            peers.append(peer)
        if key not in rows:
            rows.append(key)
        text = WORD[result.rstrip(";")]
        if why:
            note = (why, len(notes) + 1)
            for old in notes:
                if old[0] == why:
                    note = old
            if note not in notes:
                notes.append(note)
            text += f" ({note[1]})"
        cells[key, peer] = text
if not cells:
    sys.exit("matrix.py: no cells")

table = [["cell"] + peers] + [[r] + [cells.get((r, p), "") for p in peers] for r in rows]
width = [max(len(line[i]) for line in table) for i in range(len(peers) + 1)]
rule = "  ".join("=" * w for w in width)
print(rule)
for i, line in enumerate(table):
    print("  ".join(c.ljust(w) for c, w in zip(line, width)).rstrip())
    if i == 0:
        print(rule)
print(rule)
for why, n in notes:
    print(f"\n({n}) {why}")
