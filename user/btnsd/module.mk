# SPDX-License-Identifier: GPL-2.0-or-later
ifneq ($(shell grep -l '^struct ike .ike_new' ike/*.c),)
PROGRAMS += btnsd
endif
btnsd_conf := $(addprefix btnsd/,conf.c conf_set.c conf_value.c conf_file.c conf_builtin.c)
btnsd_SRC := $(addprefix btnsd/,main.c log.c privs.c sock.c kernel.c kernel_attrs.c \
	backend.c creds.c acquire.c adopt.c keep.c tickets.c bind.c deadpeer.c peers.c peers_bond.c \
	peers_control.c outcome.c explain.c addresses.c control.c conf_kernel.c) $(btnsd_conf) \
	common/family.c common/show.c
btnsd_LIBS := ike known btns
btnsd_PKGS := libevent_core libevent_extra libnl-3.0 libnl-genl-3.0 inih jansson libcap-ng \
	libsodium gnutls sqlite3
btnsd_SRC += $(addprefix btnsd/,sandbox.c keeper.c keeper_ask.c keeper_secrets.c own_key.c \
	own_file.c)
btnsd_PKGS += libseccomp

UNIT_TESTS += test_conf
test_conf_SRC := tests/test_conf.c $(btnsd_conf)
test_conf_LIBS := ike btns
test_conf_PKGS := cmocka inih libsodium gnutls

# Writes the option lists of btns.conf.5 and packaging/btns.conf; not installed.
PROGRAMS += btns-confdoc
btns-confdoc_SRC := btnsd/confdoc.c btnsd/conf_builtin.c

UNIT_TESTS += test_sock
test_sock_SRC := tests/test_sock.c tests/engine_world.c btnsd/sock.c
test_sock_LIBS := ike
test_sock_PKGS := cmocka libevent_core libnl-3.0 inih libsodium gnutls

UNIT_TESTS += test_backend
test_backend_SRC := tests/test_backend.c btnsd/backend.c btnsd/keep.c btnsd/tickets.c \
	btnsd/own_file.c btnsd/creds.c btnsd/acquire.c btnsd/bind.c btnsd/kernel_attrs.c btnsd/outcome.c
test_backend_LIBS := ike
test_backend_PKGS := cmocka jansson libevent_core libnl-3.0 libnl-genl-3.0 inih libsodium gnutls
test_backend_LDLIBS := -Wl,--wrap=ike_initiate

UNIT_TESTS += test_log
test_log_SRC := tests/test_log.c btnsd/log.c common/show.c
test_log_LIBS := ike btns
test_log_PKGS := cmocka libevent_core libnl-3.0 inih jansson libsodium gnutls

UNIT_TESTS += test_auth_conf
test_auth_conf_SRC := tests/test_auth_conf.c tests/pki.c btnsd/creds.c $(btnsd_conf)
test_auth_conf_LIBS := ike btns
test_auth_conf_PKGS := cmocka libevent_core libnl-3.0 inih libsodium gnutls

UNIT_TESTS += test_peers
test_peers_SRC := tests/test_peers.c btnsd/peers.c btnsd/peers_bond.c \
	btnsd/peers_control.c common/show.c
test_peers_LIBS := ike known btns
test_peers_PKGS := cmocka jansson sqlite3 $(test_backend_PKGS)

UNIT_TESTS += test_tickets
test_tickets_SRC := tests/test_tickets.c btnsd/tickets.c btnsd/own_file.c
test_tickets_LIBS := ike
test_tickets_PKGS := cmocka libevent_core libnl-3.0 inih libsodium gnutls
test_tickets_LDLIBS := -Wl,--wrap=ike_set_ticket_keys

UNIT_TESTS += test_keep
test_keep_SRC := tests/test_keep.c btnsd/keep.c btnsd/own_file.c
test_keep_PKGS := cmocka libevent_core libnl-3.0 inih libsodium
test_keep_LDLIBS := -Wl,--wrap=ike_restore

UNIT_TESTS += test_sandbox
test_sandbox_SRC := tests/test_sandbox.c btnsd/sandbox.c
test_sandbox_PKGS := cmocka libseccomp libevent_core libnl-3.0 inih

UNIT_TESTS += test_keeper
test_keeper_SRC := tests/test_keeper.c $(addprefix btnsd/,keeper.c keeper_ask.c keeper_secrets.c \
	privs.c sandbox.c) $(btnsd_conf)
test_keeper_LIBS := ike btns
test_keeper_PKGS := cmocka libcap-ng libseccomp libevent_core libnl-3.0 inih libsodium gnutls

UNIT_TESTS += test_keeper_secrets
test_keeper_secrets_SRC := tests/test_keeper_secrets.c btnsd/own_key.c \
	$(filter-out tests/%,$(test_keeper_SRC))
test_keeper_secrets_LIBS := $(test_keeper_LIBS)
test_keeper_secrets_PKGS := $(test_keeper_PKGS)
