# SPDX-License-Identifier: GPL-2.0-or-later
"""Put a UDP datagram of IPv6 on the wire in two fragments.

forge6.py DEVICE SRC_MAC DST_MAC SRC SPORT DST DPORT KIND TEXT

KIND plain: the first fragment shows the ports; hidden: it ends within the chain
of extension headers (RFC 7112), the ports stand in the second one.
"""
import os
import socket
import struct
import sys

UDP, FRAGMENT, OPTIONS = 17, 44, 60


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff or 0xffff


def datagram(src, sport, dst, dport, text):
    n = 8 + len(text)
    pseudo = src + dst + struct.pack("!II", n, UDP)
    udp = struct.pack("!HHHH", sport, dport, n, 0)
    return udp[:6] + struct.pack("!H", checksum(pseudo + udp + text)) + text


def options(following):
    return struct.pack("!BBBB4x", following, 0, 1, 4)


def main():
    device, src_mac, dst_mac, src, sport, dst, dport, kind, text = sys.argv[1:]
    src = socket.inet_pton(socket.AF_INET6, src)
    dst = socket.inet_pton(socket.AF_INET6, dst)
    whole = datagram(src, int(sport), dst, int(dport), text.encode())
    first = UDP
    if kind == "hidden":
        first = OPTIONS
        whole = options(OPTIONS) + options(UDP) + whole
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((device, 0))
    macs = [bytes.fromhex(m.replace(":", "")) for m in (dst_mac, src_mac)]
    number = os.urandom(4)
    for offset, more, part in ((0, 1, whole[:8]), (8, 0, whole[8:])):
        fragment = struct.pack("!BBH", first, 0, offset | more) + number
        ip = struct.pack("!IHBB", 6 << 28, 8 + len(part), FRAGMENT, 64) + src + dst
        s.send(b"".join(macs) + b"\x86\xdd" + ip + fragment + part)


main()
