// SPDX-License-Identifier: GPL-2.0-or-later
/* Inputs to begin with: messages of an ordinary exchange, certificates. */
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "ike/cert.h"
#include "ike/message.h"

static const uint8_t octets[64] = "Octets for public values, nonces and whatever has to be long.";
static const struct ike_ts ts[] = {
	{ AF_INET, 6, 0, 65535, { 192, 0, 2, 1 }, { 192, 0, 2, 1 } },
	{ AF_INET6, 0, 0, 65535, { 0x20, 1 }, { 0x20, 1, 0xff } },
};

static void offer(struct builder *b, uint8_t proto)
{
	struct sa_payload sa = { .n = 2 };

	for (unsigned int i = 0; i < 2; i++) {
		struct proposal *p = &sa.p[i];

		p->num = (uint8_t)(i + 1);
		p->proto = proto;
		p->spi = CHUNK(octets, proto == PROTO_ESP ? 4 : 0);
		p->t[p->n++] = (struct transform){ T_ENCR,
			i ? ENCR_AES_GCM_16 : ENCR_CHACHA20_POLY1305, i ? 256 : 0 };
		if (proto == PROTO_ESP) {
			p->t[p->n++] = (struct transform){ T_ESN, 1, 0 };
			continue;
		}
		p->t[p->n++] = (struct transform){ T_PRF, PRF_HMAC_SHA2_256, 0 };
		p->t[p->n++] = (struct transform){ T_DH, DH_CURVE25519, 0 };
	}
	build_sa(b, &sa);
}

static void ike_sa_init(struct builder *b)
{
	build_notify(b, 0, N_COOKIE, NULL, 0, octets, 20);
	offer(b, PROTO_IKE);
	build_ke(b, DH_CURVE25519, octets, group_public_len(DH_CURVE25519));
	build_payload(b, PL_NONCE, octets, IKE_NONCE_LEN);
	build_notify(b, 0, N_NAT_DETECTION_SOURCE_IP, NULL, 0, octets, 20);
	build_notify(b, 0, N_NAT_DETECTION_DESTINATION_IP, NULL, 0, octets, 20);
	build_notify(b, 0, N_SIGNATURE_HASH_ALGORITHMS, NULL, 0, "\0\5", 2);
	build_payload(b, PL_VENDOR, octets, 16);
}

static void ike_auth(struct builder *b)
{
	uint8_t spki[ED25519_SPKI_LEN], auth[ED25519_AUTH_LEN];

	crypto_ed25519_spki(spki, octets);
	auth_ed25519_build(auth, octets);
	build_id(b, PL_IDi, BTNS_ID_KEY_ID, octets, 32);
	build_cert(b, CERT_RAW_PUBLIC_KEY, spki, sizeof(spki));
	build_certreq(b, CERT_RAW_PUBLIC_KEY);
	build_auth(b, AUTH_SIGNATURE, auth, sizeof(auth));
	build_notify(b, 0, N_USE_TRANSPORT_MODE, NULL, 0, NULL, 0);
	offer(b, PROTO_ESP);
	build_ts(b, PL_TSi, ts, 2);
	build_ts(b, PL_TSr, ts, 1);
}

static void informational(struct builder *b)
{
	static const uint32_t spis[] = { 1, 0xfffffffe };

	build_delete(b, PROTO_ESP, spis, 2);
	build_delete(b, PROTO_IKE, NULL, 0);
	build_notify(b, PROTO_ESP, N_REKEY_SA, octets, 4, NULL, 0);
	build_payload(b, PL_CP, octets, 12);
	build_payload(b, PL_EAP, octets, 12);
}

static size_t certificate(uint8_t *out, size_t cap)
{
	struct crypto_sign_key key;
	size_t len;

	crypto_ed25519_keypair(&key, octets);
	return cert_self_signed(&key, "seed", out, cap, &len) ? 0 : len;
}

size_t fuzz_seed(unsigned int i, uint8_t *out)
{
	static void (*const build[])(struct builder *b) = {
		ike_sa_init, ike_auth, informational,
	};
	static const struct ike_header h = { .spi_i = { 7 }, .flags = FLAG_INITIATOR };
	struct sk_key key = { .encr = ENCR_CHACHA20_POLY1305 };
	uint8_t buf[FUZZ_SEED_MAX];
	struct builder b;
	size_t len;

	if (i < 6) {
		build_start(&b, buf, sizeof(buf) - 2, &h);
		build[i / 2](&b);
		len = build_finish(&b);
		out[0] = i % 2;
		if (!out[0]) {
			memcpy(out + 1, buf, len);
			return 1 + len;
		}
		/* The chain alone, padding behind it. */
		out[1] = buf[16];
		len -= IKE_HDR_LEN;
		memcpy(out + 2, buf + IKE_HDR_LEN, len);
		out[2 + len] = 0;
		return 3 + len;
	}
	switch (i) {
	case 6:
		out[0] = CERT_RAW_PUBLIC_KEY;
		crypto_ed25519_spki(out + 1, octets);
		return 1 + ED25519_SPKI_LEN;
	case 7:
		out[0] = CERT_X509;
		return 1 + certificate(out + 1, FUZZ_SEED_MAX - 1);
	case 8:
		out[0] = CERT_RAW_RSA;
		memcpy(out + 1, "\x30\x81\x87\x02\x81\x81\0\xf1", 8);
		memset(out + 9, 0x5a, 127);
		memcpy(out + 136, "\x02\x01\x03", 3);
		return 139;
	case 9:
		build_start(&b, out + 1, FUZZ_SEED_MAX - 1, &h);
		memcpy(key.e, octets, sizeof(key.e));
		build_sk(&b, &key);
		informational(&b);
		out[0] = 0;
		return 1 + build_finish_sk(&b, 1);
	default:
		return 0;
	}
}
