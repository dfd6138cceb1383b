/var/tmp/wt/e/build-asan/obj/ike/key.o: ike/key.c ike/cert.h ike/crypto.h
ike/cert.h:
ike/crypto.h:
