# SPDX-License-Identifier: GPL-2.0-or-later
# Known peers: the store, its decisions, its text forms.  No network, no daemon.

LIBS_A += known
known_SRC := $(wildcard known/*.c)
known_PKGS := sqlite3

UNIT_TESTS += test_known test_known_text
test_known_SRC := tests/test_known.c
test_known_LIBS := known btns
test_known_PKGS := cmocka sqlite3
test_known_text_SRC := tests/test_known_text.c
test_known_text_LIBS := known btns
test_known_text_PKGS := cmocka sqlite3
