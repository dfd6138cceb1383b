/var/tmp/wt/e/build-asan/obj/tests/sim_node.o: tests/sim_node.c \
 tests/sim.h ike/ike.h ../include/uapi/linux/btns.h
tests/sim.h:
ike/ike.h:
../include/uapi/linux/btns.h:
