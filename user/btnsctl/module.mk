# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS += btnsctl
btnsctl_SRC := $(addprefix btnsctl/,main.c attrs.c from_daemon.c from_kernel.c \
	explain.c known.c known_text.c table.c text.c unlatched.c) common/family.c common/show.c
btnsctl_LIBS := known btns
btnsctl_PKGS := jansson libnl-3.0 libnl-genl-3.0
