# SPDX-License-Identifier: GPL-2.0-or-later
BENCHES += bench_handshake
bench_handshake_SRC := bench/bench_handshake.c bench/primitives.c
bench_handshake_LIBS := ike
bench_handshake_PKGS := libsodium gnutls
