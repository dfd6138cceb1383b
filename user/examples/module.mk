# SPDX-License-Identifier: GPL-2.0-or-later
# Examples for application authors: built with the rest, installed as sources.
PROGRAMS += example-tcp example-udp

example-tcp_SRC := examples/example-tcp.c
example-tcp_LIBS := btns

example-udp_SRC := examples/example-udp.c
example-udp_LIBS := btns
