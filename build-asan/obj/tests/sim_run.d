/var/tmp/wt/e/build-asan/obj/tests/sim_run.o: tests/sim_run.c tests/sim.h \
 ike/ike.h ../include/uapi/linux/btns.h
tests/sim.h:
ike/ike.h:
../include/uapi/linux/btns.h:
