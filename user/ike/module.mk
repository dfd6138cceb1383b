# SPDX-License-Identifier: GPL-2.0-or-later
# The IKEv2 engine and its unit tests.

LIBS_A += ike
ike_SRC := $(wildcard ike/*.c)
ike_PKGS := libsodium gnutls hogweed gmp

ike_tests := test_crypto test_group test_message test_payload test_cert test_engine \
	test_engine_hard test_engine_late test_engine_liar test_engine_modes \
	test_engine_unique test_engine_heir test_engine_bond test_sim \
	test_fragment test_handshake test_save test_resume test_nat
ike_tests += test_engine_suites test_engine_times test_engine_mobike
ike_tests += test_auth_signer test_auth_pkix test_auth_proof test_auth_shared
UNIT_TESTS += $(ike_tests)
define ike_test
$(1)_SRC := tests/$(1).c
$(1)_LIBS := ike
$(1)_PKGS := cmocka libsodium gnutls
endef
$(foreach t,$(ike_tests),$(eval $(call ike_test,$(t))))
test_message_SRC += tests/message_parts.c
test_payload_SRC += tests/message_parts.c
test_engine_SRC += tests/engine_world.c
test_engine_hard_SRC += tests/engine_world.c
test_engine_late_SRC += tests/engine_world.c
test_engine_liar_SRC += tests/engine_world.c
test_engine_modes_SRC += tests/engine_world.c
test_engine_unique_SRC += tests/engine_world.c
test_engine_heir_SRC += tests/engine_world.c
test_engine_bond_SRC += tests/engine_world.c
test_engine_bond_LIBS += known btns
test_engine_bond_PKGS += sqlite3
test_engine_bond_LDLIBS := -Wl,--wrap=build_notify
test_engine_heir_LDLIBS := -Wl,--wrap=signer_auth
test_fragment_SRC += tests/engine_world.c
test_handshake_SRC += tests/engine_world.c
test_engine_suites_SRC += tests/engine_world.c
test_engine_times_SRC += tests/engine_world.c
test_engine_times_LDLIBS := -Wl,--wrap=build_notify
test_save_SRC += tests/engine_world.c
test_resume_SRC += tests/engine_world.c
test_nat_SRC += tests/engine_world.c
test_engine_mobike_SRC += tests/engine_world.c
test_engine_mobike_LDLIBS := -Wl,--wrap=build_notify
test_engine_liar_LDLIBS := -Wl,--wrap=crypto_ed25519_sign,--wrap=build_ts,--wrap=choose_esp
test_auth_pkix_SRC += tests/pki.c
auth_world := $(addprefix tests/,auth_world.c engine_world.c pki.c)
auth_wrap := $(foreach f,build_cert build_certreq build_auth build_notify cert_verify,-Wl,--wrap=$(f))
test_auth_proof_SRC += $(auth_world)
test_auth_shared_SRC += $(auth_world)
test_auth_shared_LDLIBS := $(auth_wrap)
test_auth_proof_LDLIBS := $(auth_wrap)
test_sim_SRC += bench/granting.c $(addprefix tests/,sim_check.c sim_crash.c sim_mallory.c sim_mem.c sim_net.c sim_node.c sim_orders.c sim_run.c sim_toy.c)
test_sim_LDLIBS := $(foreach f,malloc calloc realloc free ke_public ke_shared signer_auth \
	cert_verify,-Wl,--wrap=$(f))
