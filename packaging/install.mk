# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install, make uninstall: programs, library, man pages, unit, module by DKMS.
# Configuration and key in /etc/btns are never overwritten and never removed.
# With DESTDIR nothing is registered with DKMS, systemd or ldconfig.

export PREFIX ?= /usr/local
export DESTDIR
SYSCONFDIR ?= /etc
SBINDIR = $(PREFIX)/sbin
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
MANDIR = $(PREFIX)/share/man
EXAMPLEDIR = $(PREFIX)/share/doc/btns/examples
SRCDIR = /usr/src
UNITDIR = $(SYSCONFDIR)/systemd/system
VERSION := $(shell cat VERSION)
D = $(DESTDIR)

SUBST = sed -e 's,@VERSION@,$(VERSION),g' -e 's,@SBINDIR@,$(SBINDIR),g' \
	-e 's,@SYSCONFDIR@,$(SYSCONFDIR),g' -e 's,@PREFIX@,$(PREFIX),g' \
	-e 's,@LIBDIR@,$(LIBDIR),g' -e 's,@prefix@,$(PREFIX),g'

# btnsd.service, and btnsd@NAME.service for the network namespace NAME
UNIT_ALONE = -e 's,@OPTIONS@, --config $(SYSCONFDIR)/btns/btns.conf,' \
	-e 's,@[A-Z_]*@,,g'
UNIT_INSTANCE = -e 's,@OPTIONS@, --instance %i,' -e 's,@IN_NAMESPACE@, in namespace %i,' \
	-e 's,@CTL_OPTIONS@, --control /run/btns/%i/control,' -e 's,@SUBDIR@,/%i,' -e 's/@STATE@/@%i/' \
	-e 's,@NAMESPACE@,NetworkNamespacePath=/run/netns/%i\n,'

# For everybody, without privilege.
TOOLS := btns-nc btns-run btns-sasl
# Sources for application authors, as they lie in user/.
EXAMPLES := btns-sasl common/tcp examples/example-tcp examples/example-udp

MAN_PAGES := $(notdir $(wildcard Documentation/man/*.[1-8]))

install: programs
	$(MAKE) -f packaging/install.mk install-files

programs:
	scripts/deps.sh build
	scripts/programs.sh

# What is built already.
install-files:
	install -d $(D)$(SBINDIR) $(D)$(BINDIR) $(D)$(LIBDIR)/pkgconfig \
		$(D)$(PREFIX)/include/linux $(D)$(SYSCONFDIR)/btns $(D)$(UNITDIR) \
		$(D)$(SYSCONFDIR)/modules-load.d $(D)$(SYSCONFDIR)/sysctl.d \
		$(D)$(SRCDIR)/btns-$(VERSION)
	install -m 755 build/btnsd build/btnsctl $(D)$(SBINDIR)/
	install -m 755 $(addprefix build/,$(TOOLS)) $(D)$(BINDIR)/
	install -m 755 build/libbtns.so.0 $(D)$(LIBDIR)/libbtns.so.0
	ln -sf libbtns.so.0 $(D)$(LIBDIR)/libbtns.so
	install -m 644 user/libbtns/btns.h $(D)$(PREFIX)/include/btns.h
	install -m 644 user/libbtns/ipsec_api.h $(D)$(PREFIX)/include/ipsec_api.h
	install -m 644 include/uapi/linux/btns.h $(D)$(PREFIX)/include/linux/btns.h
	for e in $(EXAMPLES); do \
		if [ -d user/$$e ]; then d=$$e f=user/$$e/; else d=$${e%/*} f=user/$$e; fi; \
		[ $$d != examples ] || d=.; \
		install -d $(D)$(EXAMPLEDIR)/$$d; \
		install -m 644 $$f*.[ch] $(D)$(EXAMPLEDIR)/$$d/; \
	done
	$(SUBST) user/libbtns/libbtns.pc.in > $(D)$(LIBDIR)/pkgconfig/libbtns.pc
	for p in $(MAN_PAGES); do \
		install -d $(D)$(MANDIR)/man$${p##*.}; \
		install -m 644 Documentation/man/$$p $(D)$(MANDIR)/man$${p##*.}/; \
	done
	$(SUBST) $(UNIT_ALONE) packaging/btnsd.service.in > $(D)$(UNITDIR)/btnsd.service
	$(SUBST) $(UNIT_INSTANCE) packaging/btnsd.service.in > $(D)$(UNITDIR)/btnsd@.service
	install -m 644 packaging/btns.modules-load $(D)$(SYSCONFDIR)/modules-load.d/btns.conf
	test -e $(D)$(SYSCONFDIR)/sysctl.d/60-btns.conf || \
		install -m 644 packaging/btns.sysctl $(D)$(SYSCONFDIR)/sysctl.d/60-btns.conf
	test -e $(D)$(SYSCONFDIR)/btns/btns.conf || \
		install -m 644 packaging/btns.conf $(D)$(SYSCONFDIR)/btns/btns.conf
	rm -rf $(D)$(SRCDIR)/btns-$(VERSION)/kernel $(D)$(SRCDIR)/btns-$(VERSION)/include
	cp -r Kbuild kernel include $(D)$(SRCDIR)/btns-$(VERSION)/
	$(SUBST) packaging/dkms.conf.in > $(D)$(SRCDIR)/btns-$(VERSION)/dkms.conf
ifeq ($(DESTDIR),)
	getent passwd btns >/dev/null || useradd --system --no-create-home \
		--home-dir /nonexistent --shell /usr/sbin/nologin --user-group btns
	ldconfig
	command -v dkms >/dev/null || DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends dkms >/dev/null
	dkms status btns/$(VERSION) | grep -q . && dkms remove btns/$(VERSION) --all || true
	if [ -d /lib/modules/$$(uname -r)/build ]; then \
		dkms install btns/$(VERSION); \
	else \
		dkms add btns/$(VERSION); \
		echo "No headers of the running kernel: install linux-headers-$$(uname -r), then 'dkms autoinstall'."; \
	fi
	! command -v systemctl >/dev/null || systemctl daemon-reload || true
endif

uninstall:
ifeq ($(DESTDIR),)
	! command -v systemctl >/dev/null || systemctl disable --now btnsd || true
	! command -v dkms >/dev/null || dkms remove btns/$(VERSION) --all || true
endif
	rm -f $(D)$(SBINDIR)/btnsd $(D)$(SBINDIR)/btnsctl \
		$(addprefix $(D)$(BINDIR)/,$(TOOLS)) \
		$(D)$(LIBDIR)/libbtns.so $(D)$(LIBDIR)/libbtns.so.0 \
		$(D)$(LIBDIR)/pkgconfig/libbtns.pc $(D)$(PREFIX)/include/btns.h \
		$(D)$(PREFIX)/include/ipsec_api.h \
		$(D)$(PREFIX)/include/linux/btns.h $(D)$(UNITDIR)/btnsd.service \
		$(D)$(UNITDIR)/btnsd@.service \
		$(D)$(SYSCONFDIR)/modules-load.d/btns.conf \
		$(D)$(SYSCONFDIR)/sysctl.d/60-btns.conf
	for p in $(MAN_PAGES); do rm -f $(D)$(MANDIR)/man$${p##*.}/$$p; done
	rm -rf $(D)$(SRCDIR)/btns-$(VERSION) $(D)$(EXAMPLEDIR)
	rmdir $(D)$(PREFIX)/share/doc/btns 2>/dev/null || true
ifeq ($(DESTDIR),)
	rm -f /run/btns/control.sas /run/btns/*/control.sas
	ldconfig
	@echo "Kept: $(SYSCONFDIR)/btns (configuration and key), /var/lib/btns (known peers)."
endif

.PHONY: install programs install-files uninstall
