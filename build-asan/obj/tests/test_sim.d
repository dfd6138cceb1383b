/var/tmp/wt/e/build-asan/obj/tests/test_sim.o: tests/test_sim.c \
 tests/sim.h ike/ike.h ../include/uapi/linux/btns.h
tests/sim.h:
ike/ike.h:
../include/uapi/linux/btns.h:
