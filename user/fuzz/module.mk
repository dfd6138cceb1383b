# SPDX-License-Identifier: GPL-2.0-or-later
# "make fuzz" needs clang; then for example
#	build/fuzz/fuzz_message -max_total_time=600 build/fuzz/corpus
# The same target runs without a fuzzer in test_fuzz.

FUZZ_CC ?= clang
FUZZ_SRC := fuzz/fuzz_message.c $(addprefix ike/,crypto.c keymat.c parse.c \
	payload.c build.c cert.c verify.c)

UNIT_TESTS += test_fuzz
test_fuzz_SRC := tests/test_fuzz.c fuzz/fuzz_message.c fuzz/seeds.c
test_fuzz_LIBS := ike
test_fuzz_PKGS := cmocka libsodium gnutls

fuzz: $(B)/fuzz/fuzz_message $(B)/fuzz/corpus
.PHONY: fuzz

$(B)/fuzz/fuzz_message: $(FUZZ_SRC) $(wildcard ike/*.h fuzz/*.h)
	@mkdir -p $(dir $@)
	$(FUZZ_CC) -g -O1 -std=gnu11 -D_GNU_SOURCE -I../include/uapi -I. \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $(FUZZ_SRC) \
		$(shell pkg-config --libs libsodium gnutls)

$(B)/fuzz/write_seeds: $(addprefix $(B)/obj/fuzz/,write_seeds.o seeds.o) $(B)/libike.a
	@mkdir -p $(dir $@)
	$(CC) $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $^ \
		$(shell pkg-config --libs libsodium gnutls)

$(B)/fuzz/corpus: $(B)/fuzz/write_seeds
	@mkdir -p $@
	$< $@
