// SPDX-License-Identifier: GPL-2.0-or-later
/* Known answers of the primitives and of the IKEv2 key schedule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "ike/crypto.h"

static void hmac(uint16_t prf, const uint8_t *key, size_t key_len,
		 const char *msg, const char *want)
{
	/* In two parts: they have to hash like one. */
	size_t half = strlen(msg) / 2;
	struct chunk parts[] = { CHUNK(msg, half), CHUNK(NULL, 0),
				 CHUNK(msg + half, strlen(msg) - half) };
	uint8_t out[IKE_PRF_MAX];

	crypto_prf(prf, out, key, key_len, parts, 3);
	assert_int_equal(strlen(want), 2 * crypto_prf_len(prf));
	assert_hex(out, want);
}

static void rfc4231(void **state)
{
	static const char *msg[] = {
		"Hi There", "what do ya want for nothing?",
		"Test Using Larger Than Block-Size Key - Hash Key First",
	};
	uint8_t k1[20], k6[131];

	memset(k1, 0x0b, sizeof(k1));
	memset(k6, 0xaa, sizeof(k6));
	hmac(PRF_HMAC_SHA2_256, k1, sizeof(k1), msg[0],
	     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac(PRF_HMAC_SHA2_256, (const uint8_t *)"Jefe", 4, msg[1],
	     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac(PRF_HMAC_SHA2_256, k6, sizeof(k6), msg[2],
	     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac(PRF_HMAC_SHA2_384, k1, sizeof(k1), msg[0],
	     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	     "faea9ea9076ede7f4af152e8b2fa9cb6");
	hmac(PRF_HMAC_SHA2_384, (const uint8_t *)"Jefe", 4, msg[1],
	     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	     "8e2240ca5e69e2c78b3239ecfab21649");
	hmac(PRF_HMAC_SHA2_384, k6, sizeof(k6), msg[2],
	     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
	     "0c2ef6ab4030fe8296248df163f44952");
	hmac(PRF_HMAC_SHA2_512, k1, sizeof(k1), msg[0],
	     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
	hmac(PRF_HMAC_SHA2_512, (const uint8_t *)"Jefe", 4, msg[1],
	     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	hmac(PRF_HMAC_SHA2_512, k6, sizeof(k6), msg[2],
	     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	     "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

/* HKDF-Expand (RFC 5869, case A.1) is prf+ under another name. */
static void prf_plus_rfc5869(void **state)
{
	struct chunk parts[2];
	uint8_t prk[32], info[10], out[255 * 32];

	unhex(prk, sizeof(prk), "077709362c2e32df0ddc3f0dc47bba63"
				"90b6c73bb50f9c3122ec844ad7c2b3e5");
	unhex(info, sizeof(info), "f0f1f2f3f4f5f6f7f8f9");
	parts[0] = CHUNK(info, 3);
	parts[1] = CHUNK(info + 3, 7);
	assert_true(crypto_prf_plus(PRF_HMAC_SHA2_256, out, 42, prk, 32, parts, 2));
	assert_hex(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56"
			"ecc4c5bf34007208d5b887185865");

	assert_true(crypto_prf_plus(PRF_HMAC_SHA2_256, out, 255 * 32, prk, 32,
				    parts, 2));
	assert_false(crypto_prf_plus(PRF_HMAC_SHA2_256, out, 255 * 32 + 1, prk, 32,
				     parts, 2));
	assert_false(crypto_prf_plus(4 /* PRF_AES128_XCBC */, out, 1, prk, 32, parts, 2));
}

static void hashes(void **state)
{
	struct chunk abc[] = { CHUNK("a", 1), CHUNK(NULL, 0), CHUNK("bc", 2) };
	uint8_t out[32];

	crypto_sha1(out, abc, 3);
	assert_hex(out, "a9993e364706816aba3e25717850c26c9cd0d89d");
	crypto_sha256(out, abc, 3);
	assert_hex(out, "ba7816bf8f01cfea414140de5dae2223"
			"b00361a396177a9cb410ff61f20015ad");
}

/* No octets come twice out of the draw that short ones share. */
static void random_draws(void **state)
{
	static uint8_t draw[400][8];
	uint8_t tail[3] = { 0 };
	unsigned int i, j;

	for (i = 0; i < 400; i++) {
		crypto_random(draw[i], i % 3 ? 8 : 5);
		crypto_random(tail, 2);
		assert_int_equal(tail[2], 0);
	}
	for (i = 0; i < 400; i++)
		for (j = 0; j < i; j++)
			assert_memory_not_equal(draw[i], draw[j], 5);
}

/* Seal gives cipher | ICV; open gives it back, and nothing after a change. */
static void aead(const struct sk_key *k, uint64_t n, struct chunk aad, const char *plain,
		 const char *want)
{
	uint8_t buf[256], first[256], clear[256], *text = buf + 8;
	struct sk_key other = *k;
	size_t len = unhex(clear, sizeof(clear), plain);
	struct sk_shape s;

	assert_true(sk_shape(&s, k->encr, k->bits, k->integ));
	memcpy(text, clear, len);
	assert_true(sk_seal(k, n, aad.p, aad.len, text, len));
	assert_int_equal(strlen(want), 2 * (len + 16));
	assert_hex(text, want);
	memcpy(first, buf, sizeof(first));

	/* each bit of the ICV and of the IV */
	for (unsigned int i = 0; i < 192; i++) {
		memcpy(buf, first, sizeof(first));
		if (i < 128)
			text[len + i / 8] ^= (uint8_t)(1 << i % 8);
		else
			buf[i / 8 - 16] ^= (uint8_t)(1 << i % 8);
		assert_false(sk_open(k, aad.p, aad.len, text, len));
	}
	other.e[s.key - 1] ^= 1;		/* the salt is part of the nonce */
	memcpy(buf, first, sizeof(first));
	assert_false(sk_open(&other, aad.p, aad.len, text, len));
	memcpy(buf, first, sizeof(first));
	assert_false(sk_open(k, aad.p, aad.len - 1, text, len));
	memcpy(buf, first, sizeof(first));
	assert_true(sk_open(k, aad.p, aad.len, text, len));
	assert_memory_equal(text, clear, len);
}

static void chacha_rfc8439(void **state)
{
	struct sk_key k = { .encr = ENCR_CHACHA20_POLY1305 };
	uint8_t aad[12];

	for (unsigned int i = 0; i < 32; i++)
		k.e[i] = (uint8_t)(0x80 + i);
	unhex(k.e + 32, 4, "07000000");
	unhex(aad, 12, "50515253c0c1c2c3c4c5c6c7");
	aead(&k, 0x4041424344454647, CHUNK(aad, 12),
	     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373"
	     "206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c"
	     "79206f6e652074697020666f7220746865206675747572652c2073756e73637265"
	     "656e20776f756c642062652069742e",
	     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63d"
	     "bea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692dd"
	     "bd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4de"
	     "f08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
}

/* Cases 4, 10 and 16 of the GCM specification: one key of each length. */
static void aes_gcm(void **state)
{
	static const char plain[] =
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c"
		"3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
	static const struct {
		uint16_t bits;
		const char *key, *want;
	} cases[] = {
		{ 128, "feffe9928665731c6d6a8f9467308308 cafebabe",
		  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21"
		  "d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
		  "5bc94fbc3221a5db94fae95ae7121a47" },
		{ 192, "feffe9928665731c6d6a8f9467308308feffe9928665731c cafebabe",
		  "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d"
		  "773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
		  "2519498e80f1478f37ba55bd6d27618c" },
		{ 256, "feffe9928665731c6d6a8f9467308308"
		       "feffe9928665731c6d6a8f9467308308 cafebabe",
		  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8c"
		  "b08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
		  "76fc6ece0f4e1768cddf8853bb2d551b" },
	};
	struct sk_key k = { .encr = ENCR_AES_GCM_16 };
	uint8_t aad[20];

	unhex(aad, 20, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
	for (unsigned int i = 0; i < 3; i++) {
		k.bits = cases[i].bits;
		assert_int_equal(unhex(k.e, sizeof(k.e), cases[i].key), k.bits / 8 + 4);
		aead(&k, 0xfacedbaddecaf888, CHUNK(aad, 20), plain, cases[i].want);
	}
}

/*
 * NIST SP 800-38A F.2.1 and F.2.5: the first block of CBC-AES128 and CBC-AES256.  The
 * ICVs are by another implementation (Python's hmac), over IV and text behind the
 * "header" 00..1f.
 */
static void aes_cbc(void **state)
{
	static const struct {
		uint16_t bits, integ;
		const char *key, *text, *icv;
	} cases[] = {
		{ 128, INTEG_HMAC_SHA2_256_128, "2b7e151628aed2a6abf7158809cf4f3c",
		  "7649abac8119b246cee98e9b12e9197d", 
		  "13e55be34f71c6b1ffc41ef6ff5c87b1" },
		{ 256, INTEG_HMAC_SHA2_384_192, "603deb1015ca71be2b73aef0857d7781"
		  "1f352c073b6108d72d9810a30914dff4",
		  "f58c4c04d6e5f1ba779eabfb5f7bfbd6", 
		  "5191ff972445d85400168bf0acfd9854403e473d2aca7029" },
		{ 256, INTEG_HMAC_SHA2_512_256, "603deb1015ca71be2b73aef0857d7781"
		  "1f352c073b6108d72d9810a30914dff4",
		  "f58c4c04d6e5f1ba779eabfb5f7bfbd6", 
		  "1bf522a903922857b95cf3686272a5915f2f76de801cd9c581e9b46d4250d061" },
	};
	uint8_t head[32], buf[16 + 16 + 32], first[sizeof(buf)], *text = buf + 16;

	for (unsigned int i = 0; i < 32; i++)
		head[i] = (uint8_t)i;
	for (unsigned int i = 0; i < 3; i++) {
		struct sk_key k = { ENCR_AES_CBC, cases[i].bits, cases[i].integ, { 0 }, { 0 } };
		size_t icv;

		unhex(k.e, sizeof(k.e), cases[i].key);
		for (unsigned int j = 0; j < sizeof(k.a); j++)
			k.a[j] = (uint8_t)(0x40 + j);
		unhex(buf, 16, "000102030405060708090a0b0c0d0e0f");
		unhex(text, 16, cases[i].text);
		icv = unhex(text + 16, 32, cases[i].icv);
		assert_int_equal(icv, 16 + 8 * i);
		memcpy(first, buf, sizeof(first));
		assert_true(sk_open(&k, head, 32, text, 16));
		assert_hex(text, "6bc1bee22e409f96e93d7e117393172a");
		for (unsigned int bit = 0; bit < 8 * (32 + icv); bit++) {
			memcpy(buf, first, sizeof(first));
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(sk_open(&k, head, 32, text, 16));
			/* what is not authentic is not decrypted */
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_memory_equal(buf, first, sizeof(first));
		}
		assert_false(sk_open(&k, head, 32, text, 15));
		assert_true(sk_seal(&k, 1, head, 32, text, 16));
		assert_true(sk_open(&k, head, 32, text, 16));
		assert_memory_equal(text, first + 16, 16);
	}
}

/* IKE/29: combinations that exist, and those that do not. */
static void shapes(void **state)
{
	struct sk_shape s;

	assert_true(sk_shape(&s, ENCR_CHACHA20_POLY1305, 0, 0));
	assert_int_equal(s.key, 36);
	assert_true(sk_shape(&s, ENCR_AES_GCM_16, 192, 0));
	assert_int_equal(s.key, 28);
	assert_true(sk_shape(&s, ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192));
	assert_int_equal(s.key, 32);
	assert_int_equal(s.integ_key, 48);
	assert_int_equal(s.icv, 24);
	assert_int_equal(s.iv, 16);
	assert_false(sk_shape(&s, ENCR_CHACHA20_POLY1305, 256, 0));
	assert_false(sk_shape(&s, ENCR_CHACHA20_POLY1305, 0, INTEG_HMAC_SHA2_256_128));
	assert_false(sk_shape(&s, ENCR_AES_GCM_16, 0, 0));
	assert_false(sk_shape(&s, ENCR_AES_GCM_16, 256, INTEG_HMAC_SHA2_256_128));
	assert_false(sk_shape(&s, ENCR_AES_GCM_8, 256, 0));
	assert_false(sk_shape(&s, ENCR_AES_CBC, 256, 0));
	assert_false(sk_shape(&s, ENCR_AES_CBC, 255, INTEG_HMAC_SHA2_256_128));
	assert_false(sk_shape(&s, ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96));
	assert_false(sk_shape(&s, ENCR_NULL, 0, INTEG_HMAC_SHA2_256_128));
}

static void ed25519_rfc8032(void **state)
{
	static const struct {
		const char *seed, *public, *msg, *sig;
	} v[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
		  "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		  "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		  "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};
	struct crypto_sign_key key;
	uint8_t seed[32], msg[8], sig[64];

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		size_t n = unhex(msg, sizeof(msg), v[i].msg);

		unhex(seed, 32, v[i].seed);
		crypto_ed25519_keypair(&key, seed);
		assert_hex(key.public, v[i].public);
		crypto_ed25519_sign(&key, sig, msg, n);
		assert_hex(sig, v[i].sig);
		assert_true(crypto_ed25519_verify(key.public, sig, msg, n));
		for (unsigned int b = 0; b < 512; b++) {
			sig[b / 8] ^= (uint8_t)(1 << b % 8);
			assert_false(crypto_ed25519_verify(key.public, sig, msg, n));
			sig[b / 8] ^= (uint8_t)(1 << b % 8);
		}
		msg[n] = 0;
		assert_false(crypto_ed25519_verify(key.public, sig, msg, n + 1));
	}
	/* The neutral element as public key would verify anything. */
	memset(seed, 0, 32);
	seed[0] = 1;
	memset(sig, 0, 64);
	sig[0] = 1;
	assert_false(crypto_ed25519_verify(seed, sig, msg, 1));
}

struct schedule {
	uint16_t prf;
	const char *d, *ei, *er, *pi, *pr, *keymat, *keymat_pfs;
};

/*
 * Shared secret of RFC 7748 section 6.1, nonces 00..1f and 80..a7, SPIs of
 * RFC 7634 appendix B.  Expected values by an independent HMAC.
 */
static const struct schedule schedules[] = {
	{ PRF_HMAC_SHA2_256,
	  "0b9fc8866d247c1e895c7f8afd5a0b55462d16fde181244e844cf9800e425f78",
	  "e7b4c23cd5e27030fe5a25d52b5e880c5e3a9ed2942c6702314c511342996312"
	  "b949c005",
	  "bb8cd2e7585e9bbd96a80822c5a15db43f409b2870d20d48eaf4defd32aaf1ad"
	  "b4761c38",
	  "5cc5e0e27d66a781f5acc4edebf08149b1e3ac7bd77064ac0e8f0753aebb6228",
	  "5a14d334cb31567eb2f7a5d499dd2962c21c44c1a73434dbea12a060f2788184",
	  "0f0201f23cf98d4dbe9b834c88de42c23f008a074fc173b5861d2cca6c7c573a"
	  "4b8cb487dcf21714cb001247a67c807957df559751c8b81df704e4e19b49a7ab"
	  "6f5e1fb49af0c1b3",
	  "6feeb581e68b5d90e41da00d4f860d5c365308bf527d6d786c62cbac13d8d21d"
	  "b0516f73f7b95dbf317e83acd68bf9adb8bb2ed3c15d00d90f05ee293db73f73"
	  "7785b91a12dcd91e" },
	{ PRF_HMAC_SHA2_512,
	  "9b28751be2e3662edfc656a40c81a06ca50cc1690eb7337db6fe35f72730fac3"
	  "b79305bf824bdec18bcb9832ed5f77f80c5c424f57b5f04d45c260f712848456",
	  "6dd1dccf0858173e406ea07aa34e08bd97e3b0fdd61bae1249857fa45b92a973"
	  "5d5037ef",
	  "f527705b807280de7d3e6060b7b12c786179971a94ef08bcbf1a085be932fee0"
	  "8fcb502a",
	  "fbf24fdd6888e694127bf1d618150d5fd66e6e0090b184f4d8a888ca1331c656"
	  "45307c9152bc48b49b0e4d2368d41b45fb4c3712e0ab6a16af2cad9d8b83dd75",
	  "b21df4dd21f78bc7a672953b778ec5c4f2bd5feccbabf2a0b00e8bd20d6f9d22"
	  "33cbd31cad0c11726af45ee01fc96c861844e59ca3ee1d294e97d1ed18d5f267",
	  "c3dea87aeab35154a50c6ed6f01ecff7646b7915e988f7c4ef5c5de39530e576"
	  "bc454615c166ae4fb555467ebfb8459f769d6098af36255e8aa61a971535b494"
	  "6daa6d9eb66a5e5c",
	  "3a9bbde2ff69664e5887a623ca691607fdd184934be072c7bc9425f625be2420"
	  "4b010d79e60014fdd12c6ae3c9fdf09a5c87bc42237582c1204b6cbd4f1f395d"
	  "42a33ee3b48b6950" },
};

struct inputs {
	uint8_t shared[32], ni[32], nr[40], si[8], sr[8];
};

static void inputs(struct inputs *in)
{
	unhex(in->shared, 32, "4a5d9d5ba4ce2de1728e3bf480350f25"
			      "e07e21c947d19e3376f09b3c1e161742");
	for (unsigned int i = 0; i < 40; i++)
		in->nr[i] = (uint8_t)(0x80 + i);
	for (unsigned int i = 0; i < 32; i++)
		in->ni[i] = (uint8_t)i;
	unhex(in->si, 8, "c0c1c2c3c4c5c6c7");
	unhex(in->sr, 8, "d0d1d2d3d4d5d6d7");
}

static void first_keys(struct ike_keys *k, uint16_t prf, const struct inputs *in)
{
	memset(k, 0xee, sizeof(*k));
	k->prf = prf;
	k->encr = ENCR_CHACHA20_POLY1305;
	k->encr_bits = 0;
	k->integ = 0;
	assert_true(crypto_ike_keys(k, CHUNK(in->shared, 32), CHUNK(in->ni, 32),
				    CHUNK(in->nr, 40), in->si, in->sr));
}

/* IKE/38, IKE/56: order and lengths of SK_* and KEYMAT. */
static void key_schedule(void **state)
{
	struct inputs in;
	struct ike_keys k;
	uint8_t out[72];

	inputs(&in);
	for (unsigned int i = 0; i < 2; i++) {
		const struct schedule *s = &schedules[i];

		first_keys(&k, s->prf, &in);
		assert_hex(k.sk_d, s->d);
		assert_hex(k.sk_i.e, s->ei);
		assert_hex(k.sk_r.e, s->er);
		assert_hex(k.sk_pi, s->pi);
		assert_hex(k.sk_pr, s->pr);
		assert_true(crypto_keymat(&k, out, 72, CHUNK(NULL, 0), CHUNK(in.ni, 32),
					  CHUNK(in.nr, 40)));
		assert_hex(out, s->keymat);
		assert_true(crypto_keymat(&k, out, 72, CHUNK(in.shared, 32), CHUNK(in.ni, 32),
					  CHUNK(in.nr, 40)));
		assert_hex(out, s->keymat_pfs);
	}
}

/* IKE/38: SK_ai and SK_ar stand behind SK_d; the values by another implementation. */
static void cbc_schedule(void **state)
{
	struct ike_keys k = {
		.prf = PRF_HMAC_SHA2_384, .encr = ENCR_AES_CBC, .encr_bits = 256,
		.integ = INTEG_HMAC_SHA2_256_128,
	};
	struct inputs in;

	inputs(&in);
	assert_true(crypto_ike_keys(&k, CHUNK(in.shared, 32), CHUNK(in.ni, 32), CHUNK(in.nr, 40), in.si,
				    in.sr));
	assert_hex(k.sk_d, "af8a1608f11bf4d812eebeac9c877678f81b402e3242906f41f17e59bdb2d699"
		   "f799005a14b3b1449755f5d917196e55");
	assert_hex(k.sk_i.a, "7f0a8ccd6292bae00789ee43ad3ef05971e75dc0f506d1ab391f531eec46428a");
	assert_hex(k.sk_r.a, "ba856db7cd0d1a0e4d9908d29a55faa4dc4b8dda7374c2ae7667880da2e6a089");
	assert_hex(k.sk_i.e, "82472635e4cefa5faa7c8e9854c6b2c7bab342c8fc5bd65e07b1be8670b8e732");
	assert_hex(k.sk_r.e, "154dbc3ab836829a13daa747b382d9e8710e26515a10f5d3fe15b57e744b47db");
	assert_hex(k.sk_pi, "4a181f9749f407578902b6ec56fc354be5bf0f1856e1a245f71d1c84d04c185e"
		   "9fe5ce99baafc388433eec1c7eaf27fb");
	assert_hex(k.sk_pr, "3f8a2b4e90ebede3056104029672a8d2749444331c461511aedb6adf940d65b9"
		   "49e72dfd78a3fc9b9b6524684fcb7cc0");
	assert_int_equal(k.sk_r.encr, ENCR_AES_CBC);
	assert_int_equal(k.sk_r.bits, 256);
	assert_int_equal(k.sk_i.integ, INTEG_HMAC_SHA2_256_128);
}

/* IKE/51: SKEYSEED by the old PRF, the new keys by the new one. */
static void rekey_schedule(void **state)
{
	uint8_t ni[16], nr[256];
	struct ike_keys old, k = {
		.prf = PRF_HMAC_SHA2_256, .encr = ENCR_CHACHA20_POLY1305,
	};
	struct inputs in;

	inputs(&in);
	memset(ni, 0x11, sizeof(ni));
	memset(nr, 0x22, sizeof(nr));
	first_keys(&old, PRF_HMAC_SHA2_256, &in);
	assert_true(crypto_ike_rekey(&k, &old, CHUNK(in.shared, 32), CHUNK(ni, 16),
				     CHUNK(nr, 256), in.sr, in.si));
	assert_hex(k.sk_d, "75cba9035c0bb7a26855ec3b7146f905"
			   "8a86c0a8ceb8e593bc61145d246a638f");
	assert_hex(k.sk_pr, "622747b479fb2ae7862833af15563e4b"
			    "612c5fc84effdffc7c229c18e52b25e2");
	first_keys(&old, PRF_HMAC_SHA2_512, &in);
	assert_true(crypto_ike_rekey(&k, &old, CHUNK(in.shared, 32), CHUNK(ni, 16),
				     CHUNK(nr, 256), in.sr, in.si));
	assert_hex(k.sk_d, "5b222172304b3afb1cffe4535459cf3f"
			   "79afde901b52267d434399f25b225efb");
	assert_hex(k.sk_pr, "9398f70d2e953b7dd209e4f6e65f7340"
			    "e8f49fcbf7fe198fc6c27bbc8f347b1e");
}

/* IKE/26: nonces outside 16..256 octets make no keys. */
static void nonce_lengths(void **state)
{
	static const struct { size_t ni, nr; bool ok; } v[] = {
		{ 15, 32, false }, { 32, 15, false }, { 257, 32, false },
		{ 32, 257, false }, { 0, 32, false }, { 16, 256, true },
		{ 256, 16, true },
	};
	uint8_t big[257] = { 0 };
	struct ike_keys k = {
		.prf = PRF_HMAC_SHA2_256, .encr = ENCR_CHACHA20_POLY1305,
	}, k2 = k;
	struct inputs in;

	inputs(&in);
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		assert_int_equal(crypto_ike_keys(&k, CHUNK(in.shared, 32), CHUNK(big, v[i].ni),
						 CHUNK(big, v[i].nr), in.si, in.sr),
				 v[i].ok);
		assert_int_equal(crypto_ike_rekey(&k2, &k, CHUNK(in.shared, 32),
						  CHUNK(big, v[i].ni),
						  CHUNK(big, v[i].nr), in.si, in.sr),
				 v[i].ok);
	}
	k.prf = 4;
	assert_false(crypto_ike_keys(&k, CHUNK(in.shared, 32), CHUNK(big, 32), CHUNK(big, 32),
				     in.si, in.sr));
	k.prf = PRF_HMAC_SHA2_256;
	k.encr = ENCR_AES_CBC;
	assert_false(crypto_ike_keys(&k, CHUNK(in.shared, 32), CHUNK(big, 32), CHUNK(big, 32),
				     in.si, in.sr));
}

/* IKE/32: init | nonce | prf(SK_p, ID body). */
static void auth_octets(void **state)
{
	uint8_t out[5 + 16 + IKE_PRF_MAX], mac[32], nonce[16] = { 7 };
	struct chunk id = CHUNK("\x0b\0\0\0me", 6);
	struct ike_keys k = { .prf = PRF_HMAC_SHA2_256 };

	memset(k.sk_pi, 1, sizeof(k.sk_pi));
	memset(k.sk_pr, 2, sizeof(k.sk_pr));
	for (unsigned int r = 0; r < 2; r++) {
		assert_int_equal(crypto_auth_octets(&k, !r, out, CHUNK("hello", 5),
						    CHUNK(nonce, 16), id),
				 5 + 16 + 32);
		assert_memory_equal(out, "hello", 5);
		assert_memory_equal(out + 5, nonce, 16);
		crypto_prf(PRF_HMAC_SHA2_256, mac, r ? k.sk_pr : k.sk_pi, 32, &id, 1);
		assert_memory_equal(out + 21, mac, 32);
	}
}

/* IKE/29: which suites exist, how much KEYMAT they take. */
static void esp_key_lengths(void **state)
{
	static const struct {
		uint16_t encr, bits, integ;
		bool ok;
		size_t e, i;
	} v[] = {
		{ ENCR_CHACHA20_POLY1305, 0, INTEG_NONE, true, 36, 0 },
		{ ENCR_CHACHA20_POLY1305, 256, INTEG_NONE, false, 0, 0 },
		{ ENCR_CHACHA20_POLY1305, 0, INTEG_HMAC_SHA2_256_128, false, 0, 0 },
		{ ENCR_AES_GCM_16, 128, INTEG_NONE, true, 20, 0 },
		{ ENCR_AES_GCM_16, 256, INTEG_NONE, true, 36, 0 },
		{ ENCR_AES_GCM_16, 0, INTEG_NONE, false, 0, 0 },
		{ ENCR_AES_GCM_16, 257, INTEG_NONE, false, 0, 0 },
		{ ENCR_AES_GCM_8, 192, INTEG_NONE, true, 28, 0 },
		{ ENCR_AES_CCM_16, 128, INTEG_NONE, true, 19, 0 },
		{ ENCR_NULL_AUTH_AES_GMAC, 256, INTEG_NONE, true, 36, 0 },
		{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, true, 16, 32 },
		{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256, true, 32, 64 },
		{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192, true, 32, 48 },
		{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, true, 16, 20 },
		{ ENCR_AES_CBC, 128, INTEG_NONE, false, 0, 0 },
		{ ENCR_AES_CBC, 0, INTEG_HMAC_SHA2_256_128, false, 0, 0 },
		{ ENCR_AES_CTR, 256, INTEG_AES_CMAC_96, true, 36, 16 },
		{ ENCR_NULL, 0, INTEG_HMAC_SHA2_256_128, true, 0, 32 },
		{ ENCR_NULL, 0, INTEG_NONE, false, 0, 0 },
		{ ENCR_NULL, 128, INTEG_AES_XCBC_96, false, 0, 0 },
		{ 3, 0, INTEG_HMAC_SHA1_96, false, 0, 0 },	/* 3DES */
		{ ENCR_AES_CBC, 128, 1, false, 0, 0 },		/* MD5 */
	};
	size_t e, i;

	for (size_t n = 0; n < sizeof(v) / sizeof(*v); n++) {
		bool ok = crypto_esp_key_len(v[n].encr, v[n].bits, v[n].integ, &e, &i);

		assert_int_equal(ok, v[n].ok);
		if (ok) {
			assert_int_equal(e, v[n].e);
			assert_int_equal(i, v[n].i);
		}
	}
}

/* Vectors of the channel bindings: SPKI and its hash. */
static void spki_vectors(void **state)
{
	static const struct { const char *seed, *hash; } v[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170" },
	};
	uint8_t seed[32], spki[ED25519_SPKI_LEN], hash[32];
	struct chunk c = CHUNK(spki, sizeof(spki));
	struct crypto_sign_key key;

	for (unsigned int i = 0; i < 2; i++) {
		unhex(seed, 32, v[i].seed);
		crypto_ed25519_keypair(&key, seed);
		crypto_ed25519_spki(spki, key.public);
		crypto_sha256(hash, &c, 1);
		assert_hex(hash, v[i].hash);
		assert_ptr_equal(crypto_spki_ed25519(spki, sizeof(spki)), spki + 12);
		for (unsigned int b = 0; b < 12 * 8; b++) {
			spki[b / 8] ^= (uint8_t)(1 << b % 8);
			assert_null(crypto_spki_ed25519(spki, sizeof(spki)));
			spki[b / 8] ^= (uint8_t)(1 << b % 8);
		}
		assert_null(crypto_spki_ed25519(spki, sizeof(spki) - 1));
		assert_null(crypto_spki_ed25519(spki, 0));
	}
}

static void small_helpers(void **state)
{
	uint8_t a[4] = { 1, 2, 3, 4 }, b[4] = { 1, 2, 3, 4 }, z[4] = { 0 };

	assert_true(crypto_equal(a, b, 4));
	b[3] ^= 0x80;
	assert_false(crypto_equal(a, b, 4));
	crypto_wipe(a, 4);
	assert_memory_equal(a, z, 4);
	assert_true(crypto_has_prf(PRF_HMAC_SHA2_256));
	assert_true(crypto_has_prf(PRF_HMAC_SHA2_512));
	assert_false(crypto_has_prf(2));
	assert_true(crypto_has_prf(PRF_HMAC_SHA2_384));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4231),
		cmocka_unit_test(prf_plus_rfc5869),
		cmocka_unit_test(hashes),
		cmocka_unit_test(random_draws),
		cmocka_unit_test(chacha_rfc8439),
		cmocka_unit_test(aes_gcm),
		cmocka_unit_test(aes_cbc),
		{ "shapes IKE/29", shapes, NULL, NULL, NULL },
		cmocka_unit_test(ed25519_rfc8032),
		{ "key_schedule IKE/38 IKE/56", key_schedule, NULL, NULL, NULL },
		{ "cbc_schedule IKE/38", cbc_schedule, NULL, NULL, NULL },
		{ "rekey_schedule IKE/51", rekey_schedule, NULL, NULL, NULL },
		{ "nonce_lengths IKE/26", nonce_lengths, NULL, NULL, NULL },
		{ "auth_octets IKE/32", auth_octets, NULL, NULL, NULL },
		{ "esp_key_lengths IKE/29 IKE/70", esp_key_lengths, NULL, NULL, NULL },
		{ "spki_vectors RFC5660/channel-binding", spki_vectors, NULL, NULL, NULL },
		cmocka_unit_test(small_helpers),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
