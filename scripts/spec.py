#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare part 2 of the uapi header with the YAML specification of the family:
every constant of the one is in the other, with the same number."""
import os
import re
import sys

import yaml

HEADER = "include/uapi/linux/btns.h"
SPEC = "Documentation/netlink/specs/btns.yaml"


def of_header(text):
    """{name: number or string} of enums and defines."""
    # part 1 is about socket options, the specification is not
    common, options, netlink = re.split(r"\n \* Part [12]: .*\n", text)
    values = {}
    # options ends in the opening of part 2's comment
    text = re.sub(r"/\*.*?\*/", "", common + "*/" + "/*" + netlink, flags=re.S)
    for body in re.findall(r"\benum \w+ \{(.*?)\};", text, re.S):
        number = 0
        for entry in filter(None, (e.strip() for e in body.split(","))):
            name, _, given = (w.strip() for w in entry.partition("="))
            number = int(given, 0) if given else number
            values[name] = number
            number += 1
    for name, value in re.findall(r"^#define (\w+)[ \t]+(.+?)\s*$", text, re.M):
        bit = re.fullmatch(r"\(1U << (\d+)\)", value)
        if bit:
            values[name] = 1 << int(bit[1])
        elif re.fullmatch(r"\w*\d\w*", value):
            values[name] = int(value, 0)
        elif value[0] == '"':
            values[name] = value.strip('"')
        elif not re.fullmatch(r"\(__\w+ - 1\)", value):
            sys.exit(f"{HEADER}: {name}: not understood: {value}")
    return {n: v for n, v in values.items()
            if not n.startswith("__") and not n.endswith("_UNSPEC")}


def count(entries, prefix, first, values):
    """Entries count up from first, or from the value that one gives."""
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"name": entry}
        first = entry.get("value", first)
        values.append((prefix + entry["name"], first))
        first += 1


def of_spec(spec):
    values = [(spec["c-family-name"], spec["name"]), (spec["c-version-name"], spec.get("version", 1))]
    for d in spec["definitions"]:
        if d["type"] == "const":
            values.append((f"{spec['name']}-{d['name']}", d["value"]))
            continue
        numbers = []
        count(d["entries"], d["name-prefix"], d.get("value-start", 0), numbers)
        if d["type"] == "flags":
            numbers = [(name, 1 << bit) for name, bit in numbers]
        values += numbers
    for s in spec["attribute-sets"]:
        count(s["attributes"], s["name-prefix"], 1, values)
    count(spec["operations"]["list"], spec["operations"]["name-prefix"], 1, values)
    values += [(f"{spec['name']}-genl-mcgrp-{g['name']}", g["name"])
               for g in spec["mcast-groups"]["list"]]
    return {name.upper().replace("-", "_"): value for name, value in values}


os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
with open(HEADER) as f:
    header = of_header(f.read())
with open(SPEC) as f:
    spec = of_spec(yaml.safe_load(f))
bad = [name for name in sorted(header.keys() | spec.keys()) if header.get(name) != spec.get(name)]
for name in bad:
    print(f"{name}: {header.get(name, 'missing')} in {HEADER}, {spec.get(name, 'missing')} in {SPEC}")
sys.exit(bool(bad))
