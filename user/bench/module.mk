# SPDX-License-Identifier: GPL-2.0-or-later
BENCHES += bench_handshake
bench_handshake_SRC := bench/bench_handshake.c bench/granting.c bench/primitives.c
bench_handshake_LIBS := ike
bench_handshake_PKGS := libsodium gnutls

BENCHES += bench_flood
bench_flood_SRC := bench/bench_flood.c bench/granting.c
bench_flood_LIBS := ike
bench_flood_PKGS := libsodium gnutls

BENCHES += bench_held
bench_held_SRC := bench/bench_held.c bench/granting.c
bench_held_LIBS := ike
bench_held_PKGS := libsodium gnutls

# For selftests/perf; not installed.
PROGRAMS += udp-loop many-flows many-peers short-connections
udp-loop_SRC := bench/udp_loop.c bench/hosts.c
many-flows_SRC := bench/many_flows.c bench/hosts.c
many-peers_SRC := bench/many_peers.c bench/granting.c bench/hosts.c
many-peers_LIBS := ike
many-peers_PKGS := libsodium gnutls
short-connections_SRC := bench/short_connections.c bench/hosts.c
