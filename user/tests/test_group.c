// SPDX-License-Identifier: GPL-2.0-or-later
/* Key exchange groups: known answers, and values that a peer must not send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "ike/crypto.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const uint16_t groups[] = { DH_CURVE25519, DH_P256, DH_P384, DH_MODP_2048 };

static const struct vector {
	uint16_t group;
	const char *secret, *public, *peer, *shared;
} vectors[] = {
	/* RFC 7748 section 6.1 */
	{ DH_CURVE25519,
	  "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	  "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	  "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	  "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
	/* RFC 5903 section 8.1, both sides */
	{ DH_P256,
	  "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
	  "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
	  "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	  "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
	  "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
	  "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" },
	{ DH_P256,
	  "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
	  "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
	  "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
	  "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
	  "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	  "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" },
	/* a shared secret that begins with zeros, which stay (RFC 5903 section 7) */
	{ DH_P256,
	  "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
	  "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
	  "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	  "b27173911c0025f9cae5391a2bae96c4e77de6dfa8c487f44f5f7b8944247ecf"
	  "52cbbc5ed3b99d62dc4fd6939384e2806aedc4606e8f899990d017c909870c48",
	  "0046ca4f92457c842b7992451c88fe61e833773a46384393b8346a280b2358aa" },
	/* RFC 5903 section 8.2, both sides */
	{ DH_P384,
	  "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
	  "e35b538041e649ee3faef896783ab194",
	  "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
	  "de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f"
	  "65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
	  "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
	  "0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f"
	  "66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
	  "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
	  "d603135569b9e9d09cf5d4a270f59746" },
	{ DH_P384,
	  "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
	  "e0308312916b8ed2960e4bd55a7448fc",
	  "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
	  "0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f"
	  "66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
	  "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
	  "de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f"
	  "65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
	  "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
	  "d603135569b9e9d09cf5d4a270f59746" },
	/* by another implementation (Python's pow) */
	{ DH_MODP_2048,
	  "8102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
	  "2122232425262728292a2b2c2d2e2f30",
	  "e90687e9fc8d115c07bbb53bd0a9adbe771bf170c45f1af2031834979bf7cbbc"
	  "9c914a3928e8ff1c26cc5afb9a61fadf70db99ed61e2add0bd332bc7f2d06e83"
	  "c9b9d324d2671f55bfdff3052b50a0a019718d0c5b6d6996db5d8ebed92e6f0d"
	  "7b44b20f8ead3d22ca21e4b629074564ba7d702e238c7a1c2e04143fc3a62757"
	  "4a09af7b8493bb5e4be5d5b3eb39417e7f988491df3c28ca4a4da56a7a4bd71d"
	  "b84eaf1399d684d65d910716706b4af6acc813d483cdfa5d81d25bae1aa98905"
	  "a773df70741f9c58f444bcadcf765f216d64e843b6541bdf59246fdaba1e9dc7"
	  "2ef3704f207f45b317bdaa363ce6bbed807b5272efb42df0469f5a03657f1d63",
	  "75041e9ef332c0686b5aad263b7eb8ba1cce33261f5b7af43e065811dd194311"
	  "5a2f3453d8275228ef11912490c4d27c4a1bf4baded6bf8902754ef09d16a238"
	  "68a34773ac8b55acfd6733e734f804bbeb4bdff6409327360a4774b6d1513662"
	  "44b258e84ff455ec84b704ba0343e0a2ef2283ca6613aead65c44fbde504bde6"
	  "0561553981557a178be0ef4e8f667718c81afe48137f8bb12842dced141ff6db"
	  "8991150b023ca3e44b8550296fd86ae4406534b8148e17637ce5d3955214ec90"
	  "3a7a706a58959ea9a363e8a964d49586aaeca229ebfaa69a845cb839129dc714"
	  "e35f38c3cd5eb08da00d8e5352b02a91685bfbc238a6faae0005b2f76d74e9fc",
	  "d08cb4a0d87bac8077af5183bb335f9c6b587b7a106784bd21e3d9b76464c95e"
	  "db921953bcf496337121973fcecb7c06c47797ed96a5576b1da979f13a782938"
	  "32329a0ee2d67ac6cc3e642e5a54c282b6dbc9c48ec4b70da07b9c212dfd5aaa"
	  "db1cfaaa95656221e4915cd6651b5348d31c342392bc4e57fc2f4d9f3d7acbcb"
	  "21fb41521b65b4e48737dbd5121b4f0085e0a69e4e00be020ecb4ad932b6c238"
	  "482821479a0674c6e264b135307f51f5bdb3563dc290ce26f5a4fdcecd8f53cb"
	  "43bc4e53f618b2b20298f6bcd6c294c6b4cd774060fcb1cf4ed9b3b49859fffb"
	  "5281f4cb70cb58d7ba193f0ca93b66ac56e673372f46be25bff0be9071dd471f" },
	{ DH_MODP_2048,
	  "ff6162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	  "808182838485868788898a8b8c8d8e8f",
	  "75041e9ef332c0686b5aad263b7eb8ba1cce33261f5b7af43e065811dd194311"
	  "5a2f3453d8275228ef11912490c4d27c4a1bf4baded6bf8902754ef09d16a238"
	  "68a34773ac8b55acfd6733e734f804bbeb4bdff6409327360a4774b6d1513662"
	  "44b258e84ff455ec84b704ba0343e0a2ef2283ca6613aead65c44fbde504bde6"
	  "0561553981557a178be0ef4e8f667718c81afe48137f8bb12842dced141ff6db"
	  "8991150b023ca3e44b8550296fd86ae4406534b8148e17637ce5d3955214ec90"
	  "3a7a706a58959ea9a363e8a964d49586aaeca229ebfaa69a845cb839129dc714"
	  "e35f38c3cd5eb08da00d8e5352b02a91685bfbc238a6faae0005b2f76d74e9fc",
	  "e90687e9fc8d115c07bbb53bd0a9adbe771bf170c45f1af2031834979bf7cbbc"
	  "9c914a3928e8ff1c26cc5afb9a61fadf70db99ed61e2add0bd332bc7f2d06e83"
	  "c9b9d324d2671f55bfdff3052b50a0a019718d0c5b6d6996db5d8ebed92e6f0d"
	  "7b44b20f8ead3d22ca21e4b629074564ba7d702e238c7a1c2e04143fc3a62757"
	  "4a09af7b8493bb5e4be5d5b3eb39417e7f988491df3c28ca4a4da56a7a4bd71d"
	  "b84eaf1399d684d65d910716706b4af6acc813d483cdfa5d81d25bae1aa98905"
	  "a773df70741f9c58f444bcadcf765f216d64e843b6541bdf59246fdaba1e9dc7"
	  "2ef3704f207f45b317bdaa363ce6bbed807b5272efb42df0469f5a03657f1d63",
	  "d08cb4a0d87bac8077af5183bb335f9c6b587b7a106784bd21e3d9b76464c95e"
	  "db921953bcf496337121973fcecb7c06c47797ed96a5576b1da979f13a782938"
	  "32329a0ee2d67ac6cc3e642e5a54c282b6dbc9c48ec4b70da07b9c212dfd5aaa"
	  "db1cfaaa95656221e4915cd6651b5348d31c342392bc4e57fc2f4d9f3d7acbcb"
	  "21fb41521b65b4e48737dbd5121b4f0085e0a69e4e00be020ecb4ad932b6c238"
	  "482821479a0674c6e264b135307f51f5bdb3563dc290ce26f5a4fdcecd8f53cb"
	  "43bc4e53f618b2b20298f6bcd6c294c6b4cd774060fcb1cf4ed9b3b49859fffb"
	  "5281f4cb70cb58d7ba193f0ca93b66ac56e673372f46be25bff0be9071dd471f" },
};

/* Its power is 9: the result keeps its zeros (RFC 7296 section 2.14). */
static const char modp_nine[] =
	"cd97671e79756c85d81a98d197854d1c3c4a4b321ca90c6da35576f9a66b2e84"
	"1b3ec5fe3c881f3e9a406a3285631ac8848b51543ea87b2cdbf915bbb00bce4d"
	"3ba9f548fba2a644a26473bc42009c01b24592f026a2beac63a700b1e2d6871d"
	"43a5f64cf109527e66d8f87c9c0fda4467bb6c12ffde89006af82a8123ca6dba"
	"f3c70171ec994b113ad2225f40283383f51642edd137e9bc3fd94d07ff6ab056"
	"6a2b34f0072ae663e41623b588f9da200c9408485304f60a3c8bf4714a0503c9"
	"4afed1c951d6733954fedc8cee22b45d00818a2a10c03273958cb49990bf6d10"
	"f502201e40b9e9a67202b71c5d374da5a4d933e85d1b312a0dd827fbe50728a8";
static const char modp_prime[] =
	"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	"020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	"4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	"98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	"9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
	"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"
	"3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff";

static size_t from_text(struct ke *ke, const struct vector *v, uint8_t peer[KE_PUBLIC_MAX])
{
	memset(ke, 0, sizeof(*ke));
	ke->group = v->group;
	unhex(ke->secret, sizeof(ke->secret), v->secret);
	return unhex(peer, KE_PUBLIC_MAX, v->peer);
}

static void known_answers(void **state)
{
	uint8_t peer[KE_PUBLIC_MAX], out[KE_PUBLIC_MAX];
	struct ke ke;

	for (size_t i = 0; i < N_OF(vectors); i++) {
		const struct vector *v = &vectors[i];
		const size_t len = from_text(&ke, v, peer);

		assert_int_equal(len, group_public_len(v->group));
		assert_true(group_fits(v->group, CHUNK(peer, len)));
		assert_int_equal(ke_public(&ke, out), len);
		assert_hex(out, v->public);
		memset(out, 0xee, sizeof(out));
		assert_int_equal(ke_shared(&ke, CHUNK(peer, len), out), strlen(v->shared) / 2);
		assert_hex(out, v->shared);
	}
}

static void modp_zeros(void **state)
{
	uint8_t peer[256], out[256], want[256] = { 0 };
	struct ke ke = { .group = DH_MODP_2048 };

	want[255] = 9;
	for (unsigned int i = 0; i < 48; i++)
		ke.secret[i] = (uint8_t)(i + 1);
	unhex(peer, sizeof(peer), modp_nine);
	assert_int_equal(ke_shared(&ke, CHUNK(peer, 256), out), 256);
	assert_memory_equal(out, want, 256);
}

/* Both ends get the same, and each draw is another one. */
static void draw(void *ctx, void *buf, size_t len)
{
	unsigned int *seed = ctx;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)(rand_r(seed) >> 8);
}

static void both_ends(void **state)
{
	uint8_t pub[2][KE_PUBLIC_MAX], out[2][KE_SHARED_MAX], before[KE_SHARED_MAX] = { 0 };
	unsigned int seed = 1;
	struct ke ke[2];

	for (size_t g = 0; g < N_OF(groups); g++) {
		const size_t len = group_public_len(groups[g]);

		for (unsigned int round = 0; round < 5; round++) {
			size_t n;

			for (unsigned int i = 0; i < 2; i++) {
				assert_true(ke_make(&ke[i], groups[g], draw, &seed));
				assert_int_equal(ke_public(&ke[i], pub[i]), len);
			}
			n = ke_shared(&ke[0], CHUNK(pub[1], len), out[0]);
			assert_true(n >= 32);
			assert_int_equal(ke_shared(&ke[1], CHUNK(pub[0], len), out[1]), n);
			assert_memory_equal(out[0], out[1], n);
			assert_memory_not_equal(out[0], before, 32);
			memcpy(before, out[0], n);
		}
	}
}

/* IKE/27: lengths are exact, whatever the group. */
static void lengths(void **state)
{
	uint8_t pub[KE_PUBLIC_MAX + 1], out[KE_SHARED_MAX];
	unsigned int seed = 2;
	struct ke ke;

	for (size_t g = 0; g < N_OF(groups); g++) {
		const size_t len = group_public_len(groups[g]);

		assert_true(ke_make(&ke, groups[g], draw, &seed));
		memset(pub, 0, sizeof(pub));
		assert_int_equal(ke_public(&ke, pub), len);
		for (size_t n = 0; n <= len + 1; n++) {
			/* exact memory, so that a sanitizer sees what is read */
			uint8_t *copy = malloc(n ? n : 1);

			assert_non_null(copy);
			memcpy(copy, pub, n);
			assert_int_equal(group_fits(groups[g], CHUNK(copy, n)), n == len);
			assert_int_equal(!!ke_shared(&ke, CHUNK(copy, n), out), n == len);
			free(copy);
		}
	}
	assert_int_equal(group_public_len(DH_NONE), 0);
	assert_int_equal(group_public_len(2), 0);
	assert_int_equal(group_public_len(21), 0);
	assert_false(group_fits(2, CHUNK(pub, 128)));
	assert_false(ke_make(&ke, 2, draw, &seed));
	memset(&ke, 0, sizeof(ke));
	assert_int_equal(ke_public(&ke, pub), 0);
	assert_int_equal(ke_shared(&ke, CHUNK(pub, 0), out), 0);
}

static void refused(uint16_t group, const uint8_t *pub, size_t len)
{
	uint8_t out[KE_SHARED_MAX];
	unsigned int seed = 3;
	struct ke ke;

	assert_true(ke_make(&ke, group, draw, &seed));
	assert_false(group_fits(group, CHUNK(pub, len)));
	assert_int_equal(ke_shared(&ke, CHUNK(pub, len), out), 0);
}

/* IKE/27, RFC 6989 section 2.3: points that are not on the curve. */
static void off_curve(void **state)
{
	static const uint16_t curves[] = { DH_P256, DH_P384 };
	unsigned int seed = 4;
	struct ke ke;

	for (size_t c = 0; c < N_OF(curves); c++) {
		uint8_t good[KE_PUBLIC_MAX], bad[KE_PUBLIC_MAX];
		const size_t len = group_public_len(curves[c]);

		assert_true(ke_make(&ke, curves[c], draw, &seed));
		assert_int_equal(ke_public(&ke, good), len);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			memcpy(bad, good, len);
			bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
			refused(curves[c], bad, len);
		}
		memset(bad, 0, len);		/* nor is infinity one */
		refused(curves[c], bad, len);
		memset(bad, 0xff, len);		/* over the prime */
		refused(curves[c], bad, len);
		memcpy(bad, good, len);
		memset(bad, 0xff, len / 2);
		refused(curves[c], bad, len);
	}
}

/* IKE/27, RFC 6989 section 2.1: 0, 1, p - 1, p and more. */
static void modp_range(void **state)
{
	uint8_t p[256], bad[256] = { 0 }, out[KE_SHARED_MAX];
	struct ke ke = { .group = DH_MODP_2048 };

	unhex(p, sizeof(p), modp_prime);
	refused(DH_MODP_2048, bad, 256);
	bad[255] = 1;
	refused(DH_MODP_2048, bad, 256);
	memcpy(bad, p, 256);
	refused(DH_MODP_2048, bad, 256);
	bad[255]--;
	refused(DH_MODP_2048, bad, 256);
	memset(bad, 0xff, 256);
	refused(DH_MODP_2048, bad, 256);
	/* 2 and p - 2 are the ends of what is right */
	memcpy(bad, p, 256);
	bad[255] -= 2;
	assert_true(group_fits(DH_MODP_2048, CHUNK(bad, 256)));
	memset(bad, 0, 256);
	bad[255] = 2;
	assert_true(group_fits(DH_MODP_2048, CHUNK(bad, 256)));
	assert_int_equal(ke_shared(&ke, CHUNK(bad, 256), out), 256);
	assert_int_equal(ke_public(&ke, p), 256);
	assert_memory_equal(out, p, 256);
}

/* IKE/27: points of small order give zeros, which is refused; the top bit does not count. */
static void x25519_values(void **state)
{
	static const char *points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	static const char want[] =
		"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";
	struct ke ke = { .group = DH_CURVE25519 };
	uint8_t peer[32], out[KE_SHARED_MAX], pub[KE_PUBLIC_MAX];

	memset(ke.secret, 0x42, 32);
	for (size_t i = 0; i < N_OF(points); i++) {
		unhex(peer, 32, points[i]);
		assert_int_equal(ke_shared(&ke, CHUNK(peer, 32), out), 0);
	}
	/* Not canonical, but 9 + 2^255 - 19 is a fine public value: accepted. */
	unhex(peer, 32, "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			"ffffff7f");
	assert_int_equal(ke_shared(&ke, CHUNK(peer, 32), out), 32);
	assert_int_equal(ke_public(&ke, pub), 32);
	assert_memory_equal(out, pub, 32);

	/* RFC 7748 section 5.2; RFC 8031 */
	unhex(ke.secret, 32, "a546e36bf0527c9d3b16154b82465edd"
			     "62144c0ac1fc5a18506a2244ba449ac4");
	unhex(peer, 32, "e6db6867583030db3594c1a424b15f7c"
			"726624ec26b3353b10a903a6d0ab1c4c");
	for (unsigned int top = 0; top < 2; top++) {
		peer[31] ^= top ? 0x80 : 0;
		assert_int_equal(ke_shared(&ke, CHUNK(peer, 32), out), 32);
		assert_hex(out, want);
	}
}

/* The scalar 0 and those from the order on are drawn again. */
struct script {
	unsigned int n;
	uint8_t first[2][48];
};

static void scripted(void *ctx, void *buf, size_t len)
{
	struct script *s = ctx;

	if (s->n < 2)
		memcpy(buf, s->first[s->n], len);
	else
		memset(buf, 0x5a, len);
	s->n++;
}

static void always_zero(void *ctx, void *buf, size_t len)
{
	memset(buf, 0, len);
}

static void bad_draws(void **state)
{
	uint8_t pub[KE_PUBLIC_MAX];
	struct script s = { 0 };
	struct ke ke;

	memset(s.first[1], 0xff, sizeof(s.first[1]));
	assert_true(ke_make(&ke, DH_P256, scripted, &s));
	assert_int_equal(s.n, 3);
	assert_int_equal(ke.secret[0], 0x5a);
	assert_int_equal(ke_public(&ke, pub), 64);
	s.n = 0;
	assert_true(ke_make(&ke, DH_P384, scripted, &s));
	assert_int_equal(s.n, 3);
	assert_false(ke_make(&ke, DH_P256, always_zero, NULL));
	assert_int_equal(ke_public(&ke, pub), 0);
}

#define TEST(name, items) { #name " " items, name, NULL, NULL, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_answers, "IKE/27"),
		TEST(modp_zeros, "IKE/38"),
		cmocka_unit_test(both_ends),
		TEST(lengths, "IKE/27"),
		TEST(off_curve, "IKE/27"),
		TEST(modp_range, "IKE/27"),
		TEST(x25519_values, "IKE/27"),
		cmocka_unit_test(bad_draws),
	};

	if (!crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
