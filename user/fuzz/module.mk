# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets.  scripts/fuzz.sh builds them with clang and runs them; without a
# fuzzer they run in test_fuzz on the inputs in fuzz/corpus/.

FUZZERS := message payload cert engine conf control netlink daemon
fuzz_SRC := $(addprefix fuzz/,$(addprefix fuzz_,$(addsuffix .c,$(filter-out payload,$(FUZZERS)))) \
	edit.c file.c daemon.c) \
	$(filter-out btnsd/main.c btnsd/kernel.c $(wildcard btnsd/keeper*.c) btnsd/own_key.c \
	btnsd/confdoc.c,$(wildcard btnsd/*.c)) \
	common/show.c
fuzz_PKGS := $(btnsd_PKGS)
fuzz_LDLIBS := $(foreach f,build_sk build_finish finish_request finish_response socks_send \
	socks_source crypto_random log_at fopen,-Wl,--wrap=$(f))

UNIT_TESTS += test_fuzz
test_fuzz_SRC := tests/test_fuzz.c fuzz/seeds.c $(fuzz_SRC)
test_fuzz_LIBS := ike known btns
test_fuzz_PKGS = cmocka $(btnsd_PKGS)
test_fuzz_LDLIBS := $(fuzz_LDLIBS)

# Only with clang: make CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzzers
fuzzers: $(addprefix $(B)/fuzz/,$(FUZZERS))
list-fuzzers:
	@echo $(FUZZERS)
.PHONY: fuzzers list-fuzzers

$(addprefix $(B)/fuzz/,$(FUZZERS)): $(B)/fuzz/%: fuzz/entry.c $(call objects,$(fuzz_SRC)) \
		$(B)/libike.a $(B)/libknown.a $(B)/libbtns.a
	@mkdir -p $(dir $@)
	$(CC) $(BASE_CFLAGS) -DFUZZ=fuzz_$* $(CFLAGS) -o $@ -fsanitize=fuzzer,address,undefined \
		$(filter-out %.a,$^) $(filter %.a,$^) $(fuzz_LDLIBS) \
		$(shell pkg-config --libs $(btnsd_PKGS) $(ike_PKGS))
