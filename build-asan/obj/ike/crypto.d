/var/tmp/wt/e/build-asan/obj/ike/crypto.o: ike/crypto.c ike/crypto.h
ike/crypto.h:
