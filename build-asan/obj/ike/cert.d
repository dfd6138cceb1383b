/var/tmp/wt/e/build-asan/obj/ike/cert.o: ike/cert.c \
 ../include/uapi/linux/btns.h ike/cert.h ike/crypto.h ike/message.h \
 ike/ike.h
../include/uapi/linux/btns.h:
ike/cert.h:
ike/crypto.h:
ike/message.h:
ike/ike.h:
