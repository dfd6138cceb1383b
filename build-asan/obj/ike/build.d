/var/tmp/wt/e/build-asan/obj/ike/build.o: ike/build.c ike/message.h \
 ike/crypto.h ike/ike.h ../include/uapi/linux/btns.h ike/wire.h
ike/message.h:
ike/crypto.h:
ike/ike.h:
../include/uapi/linux/btns.h:
ike/wire.h:
