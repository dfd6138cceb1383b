# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS += btns-sasl
btns-sasl_SRC := $(addprefix btns-sasl/,main.c exchange.c lines.c secrets.c) \
	common/tcp.c
btns-sasl_LIBS := btns
btns-sasl_PKGS := libgsasl libsodium
