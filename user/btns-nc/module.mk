# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS += btns-nc
btns-nc_SRC := $(addprefix btns-nc/,main.c net.c prove.c relay.c report.c) \
	common/show.c
btns-nc_LIBS := btns
btns-nc_PKGS := jansson libsodium
btns-nc_LDLIBS := -lm
