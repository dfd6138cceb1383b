/var/tmp/wt/e/build-asan/obj/tests/sim_check.o: tests/sim_check.c \
 tests/sim.h ike/ike.h ../include/uapi/linux/btns.h
tests/sim.h:
ike/ike.h:
../include/uapi/linux/btns.h:
