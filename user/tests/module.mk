# SPDX-License-Identifier: GPL-2.0-or-later
UNIT_TESTS += test_libbtns test_show test_btnsctl_text test_btnsctl_unlatched

test_libbtns_SRC := tests/test_libbtns.c libbtns/socket.c libbtns/text.c
test_libbtns_PKGS := cmocka
test_libbtns_LDLIBS := -Wl,--wrap=getsockopt

test_show_SRC := tests/test_show.c common/show.c
test_show_LIBS := btns
test_show_PKGS := cmocka jansson

test_btnsctl_text_SRC := tests/test_btnsctl_text.c btnsctl/text.c \
	btnsctl/table.c common/show.c
test_btnsctl_text_LIBS := btns
test_btnsctl_text_PKGS := cmocka jansson

test_btnsctl_unlatched_SRC := tests/test_btnsctl_unlatched.c \
	btnsctl/unlatched.c common/show.c
test_btnsctl_unlatched_LIBS := btns
test_btnsctl_unlatched_PKGS := cmocka jansson

UNIT_TESTS += test_btnsctl_attrs
test_btnsctl_attrs_SRC := tests/test_btnsctl_attrs.c btnsctl/attrs.c common/show.c
test_btnsctl_attrs_LIBS := btns
test_btnsctl_attrs_PKGS := cmocka jansson libnl-3.0

UNIT_TESTS += test_btnsctl_daemon
test_btnsctl_daemon_SRC := tests/test_btnsctl_daemon.c btnsctl/from_daemon.c
test_btnsctl_daemon_PKGS := cmocka jansson

# For the guest tests of the kernel alone; not installed.
GUEST_TOOLS := $(B)/latchprog $(B)/btnsnl
EXTRA += $(GUEST_TOOLS)
$(B)/latchprog: $(wildcard ../selftests/net/latchprog/*.[ch])
$(B)/btnsnl: $(wildcard ../selftests/net/btnsnl/*.[ch])
$(GUEST_TOOLS): ../include/uapi/linux/btns.h
	@mkdir -p $(B)
	$(CC) $(BASE_CFLAGS) -Wno-unused-result $(CFLAGS) $(BASE_LDFLAGS) -pthread -o $@ \
		$(filter %.c,$^)

UNIT_TESTS += test_family
test_family_SRC := tests/test_family.c common/family.c
test_family_PKGS := cmocka libnl-3.0 libnl-genl-3.0

UNIT_TESTS += test_sasl
test_sasl_SRC := tests/test_sasl.c \
	$(addprefix btns-sasl/,exchange.c lines.c secrets.c) common/tcp.c
test_sasl_PKGS := cmocka libgsasl libsodium
test_sasl_LDLIBS := -pthread

UNIT_TESTS += test_run
test_run_SRC := tests/test_run.c $(addprefix btns-run/,environment.c rules.c) \
	libbtns/socket.c libbtns/text.c
test_run_PKGS := cmocka
test_run_LDLIBS := -Wl,--wrap=getsockopt

UNIT_TESTS += test_token
test_token_SRC := tests/test_token.c $(btns_SRC)
test_token_PKGS := cmocka
test_token_LDLIBS := -Wl,--wrap=getsockopt,--wrap=setsockopt,--wrap=recvmsg

UNIT_TESTS += test_flood
test_flood_SRC := tests/test_flood.c tests/engine_world.c
test_flood_LIBS := ike
test_flood_PKGS = cmocka $(ike_PKGS)
test_flood_LDLIBS := $(foreach f,ke_public ke_shared signer_auth cert_verify,-Wl,--wrap=$(f))
