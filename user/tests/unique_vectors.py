#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unique channel bindings computed anew, from Documentation/wire-formats.rst alone.

unique_vectors.py FILE: standard input has the lines that the C code makes, FILE those
that were written down once.  Exit status 0: all agree.
"""
import hashlib
import hmac
import sys

HASHES = {5: hashlib.sha256, 7: hashlib.sha512}
MODES = {0: 2, 1: 1, 4: 3}		# enum btns_mode -> octet in the value


def with_length(octets):
    return len(octets).to_bytes(4, "big") + octets


def prf(number, key, text):
    return hmac.new(key, text, HASHES[number]).digest()


def prf_plus(number, key, seed, length):
    out = block = b""
    count = 0
    while len(out) < length:
        count += 1
        block = prf(number, key, block + seed + bytes([count]))
        out += block
    return out[:length]


def check(line):
    fields = line.split()
    number, mode = int(fields[0]), int(fields[1])
    octets = [b"" if f == "-" else bytes.fromhex(f) for f in fields[2:]]
    sk_d, nq, np, sa, t, es, value = octets[7:]
    want_t = hashlib.sha256(b"".join(map(with_length, octets[:7]))).digest()
    want_es = prf(number, sk_d, b"IPsec unique channel binding v1\0" + want_t)
    seed = b"conn\0" + nq + np + bytes([3, MODES[mode]]) + with_length(sa)
    want = b"ipsec-unique-v1:" + prf_plus(number, want_es, seed, 32)
    return t == want_t and es == want_es and value == want and len(value) == 48


def main():
    made = sys.stdin.read().splitlines()
    with open(sys.argv[1], encoding="ascii") as f:
        kept = [line for line in f.read().splitlines() if not line.startswith("#")]
    if not made or not all(map(check, made)):
        sys.exit("a value is not what Python computes")
    if made != kept:
        sys.exit("the C code makes other values than " + sys.argv[1])


main()
