#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Malformed netlink messages against the family "btns".

Every attribute of good messages is left out, cut, lengthened, put in twice, set to its
largest value, left without its nest flag; unknown ones are added.  Each refusal must
bring a sentence, and PAD, SPD and SAs must stay as they are.  Output: TAP.
"""
import os
import random
import socket
import struct
import sys

CMDS = ("config-begin config-commit config-abort pad-add pad-get spd-add spd-get "
        "peer-authorize child-narrow sa-new sa-switch sa-del sa-get acquire-get "
        "acquire-done holdoff-get latch-get identity-get stats-get flush").split()
CMD = {n: i + 1 for i, n in enumerate(CMDS)}
CMD["sa-move"] = 30
NESTED, REQUEST, ACK, DUMP = 0x8000, 1, 4, 0x300

# attributes as (type, value); value: bytes or a list of attributes (a nest)
u8, u16, u32, u64 = (lambda v, f=f: struct.pack("=" + f, v) for f in "BHIQ")
ip = socket.inet_aton
key = lambda n: bytes.fromhex("302a300506032b6570032100%064d" % n)


def ts(first, last=None, proto=None, port=None):
    t = [(2, ip(first)), (3, ip(last or first))]
    if proto is not None:
        t.append((1, u8(proto)))
    if port is not None:
        t += [(4, u16(port)), (5, u16(port))]
    return t


PEER = [(1, u16(2)), (2, b"x.example"), (3, key(9)), (5, u8(14))]
LOCAL = [(1, u16(2)), (2, b"me.example"), (3, key(7)), (5, u8(14))]
SUITE = [(1, u16(20)), (2, u16(256)), (3, u16(0))]
PAD = [(1, b"pad\0"), (2, u8(0)), (3, u16(2)), (4, b"q.example"), (5, key(1)),
       (6, bytes(32)), (7, ts("192.0.2.7")), (9, b""), (10, u8(5))]
SPD = [(1, b"spd\0"), (3, u8(3)), (4, ts("192.0.2.1", proto=6, port=80)),
       (5, ts("198.51.100.0", "198.51.100.255")), (6, u8(1)), (7, b""), (8, b""),
       (9, ip("192.0.2.1")), (10, ip("198.51.100.1")), (13, bytes(32)), (14, SUITE),
       (15, u32(3600)), (16, u64(1 << 40))]
SPD_ID = [(1, b"spd\0"), (3, u8(3)), (11, u16(2)), (12, b"q.example")]


def child(spd):
    return [(2, u32(spd)), (3, ts("192.0.2.1")), (4, ts("198.51.100.9")), (5, u8(0)),
            (7, SUITE), (8, ip("192.0.2.1")), (9, ip("198.51.100.9")),
            (10, u32(0x10203040)), (11, u32(0x50607080)), (12, bytes(36)), (14, bytes(36)),
            (16, u32(0)), (19, u32(64)), (20, u32(1000)), (21, u32(2000)), (22, u64(1 << 30)),
            (23, u64(1 << 31)), (24, u64(1 << 30)), (25, u64(1 << 31)), (26, PEER),
            (27, LOCAL), (29, bytes(16))]


def narrow(spd):
    return [(3, PEER), (22, ts("192.0.2.1")), (23, ts("198.51.100.9")), (24, u8(0)),
            (25, u32(spd)), (27, ip("192.0.2.1")), (28, ip("198.51.100.9"))]


def build(attrs):
    out = b""
    for t, v in attrs:
        flag = 0
        if isinstance(v, list):
            v, flag = build(v), NESTED
        n = len(v) + 4
        out += struct.pack("=HH", n, t | flag) + v + bytes(-n % 4)
    return out


class Netlink:
    def __init__(self):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.bind((0, 0))
        self.s.settimeout(20)
        self.s.setsockopt(270, 11, 1)		# NETLINK_EXT_ACK
        self.seq = 0
        self.family = 16
        for m in self.talk(3, build([(2, b"btns\0")]))[2]:
            self.family = struct.unpack("=H", self.attrs(m[20:])[1])[0]

    @staticmethod
    def attrs(data):
        out = {}
        while len(data) >= 4:
            n, t = struct.unpack("=HH", data[:4])
            out[t & 0x3fff] = data[4:n]
            data = data[(n + 3) & ~3:]
        return out

    def talk(self, cmd, payload, flags=ACK, version=1):
        """(errno, sentence, messages)"""
        self.seq += 1
        body = struct.pack("=BBH", cmd, version, 0) + payload
        self.s.send(struct.pack("=IHHII", 16 + len(body), self.family, REQUEST | flags,
                                self.seq, 0) + body)
        messages = []
        while True:
            data = self.s.recv(1 << 18)
            while len(data) >= 16:
                n, kind, fl, seq, _ = struct.unpack("=IHHII", data[:16])
                m, data = data[:n], data[(n + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind == 3:
                    return 0, "", messages
                if kind != 2:
                    messages.append(m)
                    continue
                err = struct.unpack("=i", m[16:20])[0]
                skip = 36
                if not fl & 0x100:
                    skip += struct.unpack("=I", m[20:24])[0] - 16
                text = ""
                if err and fl & 0x200:
                    text = self.attrs(m[(skip + 3) & ~3:]).get(1, b"").rstrip(b"\0").decode()
                return -err, text, messages

    def do(self, name, attrs=(), raw=None):
        return self.talk(CMD[name], build(attrs) if raw is None else raw)

    def dump(self, name):
        return [m[16:] for m in self.talk(CMD[name], b"", flags=DUMP)[2]]


nl = Netlink()
tests = failed = 0


def result(good, name, why=""):
    global tests, failed
    tests += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", tests, name))
    if not good:
        print("#", why)
    sys.stdout.flush()


def state():
    """PAD and SPD without their counters; the number of SAs"""
    out = [len(nl.dump("sa-get"))]
    for name, nest, hits in (("pad-get", 1, 12), ("spd-get", 2, 18)):
        for m in nl.dump(name):
            a = nl.attrs(nl.attrs(m[4:])[nest])
            a.pop(hits, None)
            out.append(sorted(a.items()))
    return out


def config(attrs):
    nl.do("config-begin")
    for name, a in attrs:
        err = nl.do(name, a)
        if err[0]:
            return err
    return nl.do("config-commit")


def paths(attrs, at=()):
    """every attribute of the tree as a tuple of indices"""
    for i, (_, v) in enumerate(attrs):
        yield at + (i,)
        if isinstance(v, list):
            yield from paths(v, at + (i,))


def edit(attrs, path, change):
    """a copy with the attribute at path replaced by the list change(type, value)"""
    out = []
    for i, (t, v) in enumerate(attrs):
        if i != path[0]:
            out.append((t, v))
        elif len(path) > 1:
            out.append((t, edit(v, path[1:], change)))
        else:
            out += change(t, v)
    return out


def flat(v):
    return build(v) if isinstance(v, list) else v


MUTATIONS = {
    "missing": lambda t, v: [],
    "empty": lambda t, v: [(t, b"")],
    "one octet short": lambda t, v: [(t | (NESTED if isinstance(v, list) else 0),
                                      flat(v)[:-1])],
    "one octet long": lambda t, v: [(t | (NESTED if isinstance(v, list) else 0),
                                     flat(v) + b"\1")],
    "very long": lambda t, v: [(t | (NESTED if isinstance(v, list) else 0),
                                flat(v) + b"\1" * 9000)],
    "twice": lambda t, v: [(t, v), (t, v)],
    "all ones": lambda t, v: [(t, v if isinstance(v, list) else b"\xff" * len(v))],
    "all zeroes": lambda t, v: [(t, v if isinstance(v, list) else bytes(len(v)))],
    "without the nest flag": lambda t, v: [(t, flat(v))],
    "beside an unknown one": lambda t, v: [(t, v), (0x3ff0, b"\0\0\0\0")],
    "beside one of type 0": lambda t, v: [(t, v), (0, b"\0\0\0\0")],
}
ALWAYS_BAD = {"beside an unknown one", "beside one of type 0"}


def must_fail(how, v):
    number = not isinstance(v, list) and len(v) in (1, 2, 4, 8)
    if how in ("one octet short", "one octet long"):
        return isinstance(v, bytes) and number and len(v) != 4
    return how in ALWAYS_BAD or (how == "without the nest flag" and isinstance(v, list))


def value(attrs, path):
    v = attrs[path[0]][1]
    return value(v, path[1:]) if len(path) > 1 else v


def torture(name, attrs, staged=False, repeats=()):
    before = state()
    good = bad = 0
    wrong = []
    for path in paths(attrs):
        t, v = attrs[path[0]][0], value(attrs, path)
        for how, change in MUTATIONS.items():
            where = "%s %s %s" % (name, path, how)
            if staged:
                nl.do("config-begin")
            err, text, answer = nl.do(name, edit(attrs, path, change))
            if err:
                bad += 1
                if not text:
                    wrong.append(where + ": errno %d without a sentence" % err)
                # around the entry netlink itself refuses, before the family sees it
                if staged and len(path) > 1 and nl.do("config-commit")[0] != 125:
                    wrong.append(where + ": refused, but the transaction lives")
            else:
                good += 1
                if must_fail(how, v) or (how == "twice" and path not in repeats):
                    wrong.append(where + ": accepted")
                if name == "sa-new":
                    spi = nl.attrs(nl.attrs(answer[0][20:])[5])[10]
                    nl.do("sa-del", [(17, spi)])
            if staged:
                nl.do("config-abort")
    if state() != before:
        wrong.append("PAD, SPD or SAs changed")
    result(not wrong, "%s: %d mutations refused with a sentence, %d harmless" %
           (name, bad, good), "\n# ".join(wrong[:12]))


err = config([("pad-add", [(1, [(1, b"any\0"), (2, u8(2)), (8, b"")])]),
              ("spd-add", [(2, [(1, b"all\0"), (3, u8(3)), (7, b"")])])])
result(not err[0], "a configuration", str(err))
spd_id = struct.unpack("=I", nl.attrs(nl.attrs(nl.dump("spd-get")[0][4:])[2])[2])[0]
err = nl.do("sa-new", [(5, child(spd_id))])
result(not err[0], "the good SA pair", str(err[:2]))
nl.do("sa-del", [(17, struct.pack("=I", 0x10203040))])

torture("pad-add", [(1, PAD)], True, repeats={(0, 4), (0, 5), (0, 6)})
torture("spd-add", [(2, SPD)], True, repeats={(0, 10)})
torture("spd-add", [(2, SPD_ID)], True)
torture("peer-authorize", [(3, PEER)])
torture("child-narrow", narrow(spd_id), repeats={(1,), (2,)})
torture("sa-new", [(5, child(spd_id))])
torture("sa-del", [(13, u32(4711))])
torture("sa-switch", [(17, u32(4711)), (18, ip("192.0.2.1"))])
torture("sa-get", [(13, u32(4711))])
torture("sa-move", [(13, u32(4711)), (5, [(9, ip("192.0.2.3")), (18, struct.pack(">H", 4501))])])
torture("acquire-done", [(15, u32(4711)), (16, u32(110))])
torture("latch-get", [(20, [(1, u8(6)), (2, ip("192.0.2.1")), (4, u16(1)),
                            (6, ip("192.0.2.2")), (7, u16(2))])])
torture("latch-get", [(14, u64(4711))])

before = state()
wrong = []
for mask in (1 << 3, 1 << 31, 0xffffffff):
    err, text, _ = nl.do("flush", [(10, u32(mask))])
    if not err or not text:
        wrong.append("mask %x: %d '%s'" % (mask, err, text))
err, text, _ = nl.do("flush")
if not err or not text:
    wrong.append("no mask: %d '%s'" % (err, text))
if state() != before:
    wrong.append("something was flushed")
result(not wrong, "flush of what does not exist", "; ".join(wrong))

wrong = []
for name in ("config-begin", "config-commit", "config-abort", "stats-get"):
    err, text, _ = nl.do(name, [(1, [(1, b"x\0")])])
    if not err or not text:
        wrong.append("%s: %d '%s'" % (name, err, text))
result(not wrong, "attributes where none belong", "; ".join(wrong))

wrong = []
for cmd in (0, 21, 22, 25, 27, 255):
    err = nl.talk(cmd, b"")
    if err[0] != 95:
        wrong.append("command %d: %d" % (cmd, err[0]))
result(not wrong, "commands that do not exist, notifications among them", "; ".join(wrong))

nl.do("config-commit")
wrong = []
for name, want in (("config-commit", 2), ("pad-add", 2), ("spd-add", 2)):
    err, text, _ = nl.do(name, [(1, PAD)] if name == "pad-add" else
                         [(2, SPD)] if name == "spd-add" else [])
    if err != want or not text:
        wrong.append("%s: %d '%s'" % (name, err, text))
result(not wrong, "no transaction", "; ".join(wrong))

# noise, the same each time
rnd = random.Random(5386)
trees = [("pad-add", [(1, PAD)]), ("spd-add", [(2, SPD)]), ("peer-authorize", [(3, PEER)]),
         ("child-narrow", narrow(spd_id)), ("sa-new", [(5, child(spd_id))])]
wrong = []
accepted = 0
for i in range(int(os.environ.get("NOISE", "500"))):
    name, attrs = trees[i % len(trees)]
    raw = bytearray(build(attrs))
    for _ in range(rnd.randint(1, 6)):
        raw[rnd.randrange(len(raw))] = rnd.choice((0, 1, 4, 0x7f, 0x80, 0xff,
                                                   rnd.randrange(256)))
    if rnd.random() < 0.3:
        raw = raw[:rnd.randrange(len(raw))]
    if name in ("pad-add", "spd-add"):
        nl.do("config-begin")
    err, text, answer = nl.do(name, raw=bytes(raw))
    if err and not text and err != 12:
        wrong.append("%s: errno %d without a sentence: %s" % (name, err, raw.hex()))
    accepted += not err
    if not err and name == "sa-new":
        nl.do("sa-del", [(17, nl.attrs(nl.attrs(answer[0][20:])[5])[10])])
nl.do("config-abort")
if state() != before:
    wrong.append("PAD, SPD or SAs changed")
result(not wrong, "noise (%d accepted)" % accepted, "\n# ".join(wrong[:5]))

nl.do("flush", [(10, u32(4))])
print("1..%d" % tests)
sys.exit(failed != 0)
