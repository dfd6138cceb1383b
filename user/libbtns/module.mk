# SPDX-License-Identifier: GPL-2.0-or-later
# The shared library for applications, and the same objects for our own tools.

LIBBTNS_SO := libbtns.so.0

LIBS_A += btns
btns_SRC := $(addprefix libbtns/,socket.c text.c want.c token.c identity.c \
	holds.c api.c cb.c)
LIBBTNS_OBJECTS := $(call objects,$(btns_SRC))

BASE_CFLAGS += -Ilibbtns -DBTNS_VERSION='"$(shell cat ../VERSION)"'

EXTRA += $(B)/$(LIBBTNS_SO)

# The static library is for programs of this tree: it hides nothing.
$(B)/$(LIBBTNS_SO): $(LIBBTNS_OBJECTS) libbtns/libbtns.map
	@mkdir -p $(dir $@)
	$(CC) $(CFLAGS) $(BASE_LDFLAGS) -shared -Wl,-soname,$(LIBBTNS_SO) \
		-Wl,--version-script=libbtns/libbtns.map -Wl,-z,defs $(LDFLAGS) \
		-o $@ $(LIBBTNS_OBJECTS)
	ln -sf $(LIBBTNS_SO) $(B)/libbtns.so
