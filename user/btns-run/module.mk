# SPDX-License-Identifier: GPL-2.0-or-later
PROGRAMS += btns-run
btns-run_SRC := $(addprefix btns-run/,main.c environment.c rules.c serve.c) \
	common/tcp.c
btns-run_LIBS := btns
