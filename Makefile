# SPDX-License-Identifier: GPL-2.0-or-later
#
# make demo		two hosts, one connection, one binding; then a man in the middle
# make check		all tests on kernel 6.1; last line "N passed, N failed, N skipped"
# make check-kernels	the guest tests on 6.12 and 7.2
# make check-debug	those of latches, SAs and policies on a debug kernel, which it builds
# make check-interop	IKE with strongSwan, Libreswan and OpenIKED, in guests
# make bench		benchmarks: ratios in one run
# make fuzz		fuzz targets, FUZZ_SECONDS (20) each
# make all		module (KERNEL=6.1|6.12|7.2) and programs
# make install		programs, man pages, unit, module sources for DKMS (DESTDIR, PREFIX)
# make uninstall
#
# V=1 shows more.

KERNEL ?= 6.1
PREFIX ?= /usr/local
DESTDIR ?=

all: module user

deps-%:
	@scripts/deps.sh $*

module: deps-build
	scripts/module.sh $(KERNEL)

user: deps-build
	$(MAKE) -C user

check:
	@scripts/check.sh

check-kernels:
	@scripts/check.sh kernels

check-interop:
	@scripts/interop.sh

check-debug:
	@scripts/check.sh debug

demo: deps-demo
	@scripts/demo.sh

bench: deps-bench
	@scripts/bench.sh

fuzz:
	@scripts/fuzz.sh

install uninstall:
	$(MAKE) -f packaging/install.mk $@ PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

clean:
	rm -rf build

.PHONY: all module user check check-kernels check-debug check-interop demo bench fuzz install uninstall clean
