/var/tmp/wt/e/build-asan/obj/ike/keymat.o: ike/keymat.c ike/crypto.h
ike/crypto.h:
