/var/tmp/wt/e/build-asan/obj/ike/rekey.o: ike/rekey.c ike/sa.h \
 ike/message.h ike/crypto.h ike/ike.h ../include/uapi/linux/btns.h
ike/sa.h:
ike/message.h:
ike/crypto.h:
ike/ike.h:
../include/uapi/linux/btns.h:
