/var/tmp/wt/e/build-asan/obj/ike/verify.o: ike/verify.c ike/cert.h \
 ike/crypto.h ike/message.h ike/ike.h ../include/uapi/linux/btns.h
ike/cert.h:
ike/crypto.h:
ike/message.h:
ike/ike.h:
../include/uapi/linux/btns.h:
