# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS += btnsctl
btnsctl_SRC := $(addprefix btnsctl/,main.c attrs.c from_daemon.c from_kernel.c \
	explain.c known.c known_text.c table.c text.c unlatched.c) common/family.c common/show.c
btnsctl_LIBS := known btns
btnsctl_PKGS := jansson libnl-3.0 libnl-genl-3.0

UNIT_TESTS += test_btnsctl_explain
test_btnsctl_explain_SRC := tests/test_btnsctl_explain.c btnsctl/explain.c btnsctl/unlatched.c \
	common/show.c
test_btnsctl_explain_LIBS := btns
test_btnsctl_explain_PKGS := cmocka jansson
