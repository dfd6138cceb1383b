/var/tmp/wt/e/build-asan/obj/ike/auth.o: ike/auth.c ike/cert.h \
 ike/crypto.h ike/sa.h ike/message.h ike/ike.h \
 ../include/uapi/linux/btns.h
ike/cert.h:
ike/crypto.h:
ike/sa.h:
ike/message.h:
ike/ike.h:
../include/uapi/linux/btns.h:
