/var/tmp/wt/e/build-asan/obj/tests/sim_net.o: tests/sim_net.c tests/sim.h \
 ike/ike.h ../include/uapi/linux/btns.h
tests/sim.h:
ike/ike.h:
../include/uapi/linux/btns.h:
