#include "support/test.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "crypto/ec.h"
#include "support/vectors.h"

struct agree_row {
    const char *what;
    enum ec_curve curve;
    const char *private_a, *point_a;
    const char *private_b, *point_b;
    const char *shared;
};

static const struct agree_row agreements[] = {
    {"RFC 5903 8.1", EC_CURVE_P256,
     "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
     "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
     "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
     "04D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {"RFC 7027 A.1", EC_CURVE_BRAINPOOL_P256R1,
     "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
     "0444106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5"
     "8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC",
     "55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
     "048D2D688C6CF93E1160AD04CC4429117DC2C41825E1E9FCA0ADDD34E6F1B39F7B"
     "990C57520812BE512641E47034832106BC7D3E8DD0E4C7F1136D7006547CEC6A",
     "89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B"},
};

/* Both sides come to the published secret, and the scalars to the points. */
static void check_agreement(const struct agree_row *row)
{
    EVP_PKEY *keys[4] = {NULL};
    struct secret shared;
    uint8_t point[EC_POINT_SIZE];
    enum ec_curve curve = EC_CURVE_NONE;
    TEST_OK(ec_private_from_scalar(row->curve, test_hex(row->private_a), &keys[0]));
    TEST_OK(ec_private_from_scalar(row->curve, test_hex(row->private_b), &keys[1]));
    TEST_OK(ec_public_from_point(row->curve, test_hex(row->point_a), &keys[2]));
    TEST_OK(ec_public_from_point(row->curve, test_hex(row->point_b), &keys[3]));
    TEST_OK(ec_point(keys[0], point, &curve));
    TEST_BYTES(BYTES_OF(point), test_hex(row->point_a));
    CU_ASSERT_EQUAL(curve, row->curve);
    TEST_OK(ec_agree(keys[0], keys[3], &shared));
    TEST_BYTES(secret_bytes(&shared), test_hex(row->shared));
    TEST_OK(ec_agree(keys[1], keys[2], &shared));
    TEST_BYTES(secret_bytes(&shared), test_hex(row->shared));
    secret_clear(&shared);
    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY_free(keys[i]);
    }
}

static void test_agreement(void)
{
    for (size_t i = 0; i < sizeof(agreements) / sizeof(agreements[0]); i++) {
        check_agreement(&agreements[i]);
    }
}

/* Keys of two curves agree on nothing. */
static void test_agreement_across_curves(void)
{
    EVP_PKEY *p256 = NULL;
    EVP_PKEY *brainpool = NULL;
    struct secret shared = {.len = 5};
    TEST_OK(ec_generate(EC_CURVE_P256, &p256));
    TEST_OK(ec_generate(EC_CURVE_BRAINPOOL_P256R1, &brainpool));
    TEST_ERR(ec_agree(p256, brainpool, &shared), ERR_CRYPTO);
    CU_ASSERT_EQUAL(shared.len, 0);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(brainpool);
}

#define P256_X "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
#define P256_Y "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define ZERO_32 "0000000000000000000000000000000000000000000000000000000000000000"
#define FIELD_P256 "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"

/* SP 800-56A 5.6.2.3.3: what is no point of the curve is refused before use. */
static const char *const bad_points[] = {
    "",
    "00", /* infinity */
    "04",
    "04" P256_X,             /* half a point */
    "04" P256_X P256_Y "00", /* a byte over */
    "02" P256_X,             /* compressed */
    "03" P256_X,
    "06" P256_X P256_Y, /* hybrid */
    "07" P256_X P256_Y,
    "05" P256_X P256_Y,
    "00" P256_X P256_Y,
    "04" P256_Y P256_X, /* coordinates exchanged */
    "04" ZERO_32 ZERO_32,
    "04" FIELD_P256 P256_Y, /* x = p */
    "04" P256_X FIELD_P256,
    /* a point of brainpoolP256r1 */
    "0444106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5"
    "8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC",
};

static void test_bad_points(void)
{
    for (size_t i = 0; i < sizeof(bad_points) / sizeof(bad_points[0]); i++) {
        EVP_PKEY *key = (EVP_PKEY *)&key;
        TEST_ERR(ec_public_from_point(EC_CURVE_P256, test_hex(bad_points[i]), &key), ERR_MALFORMED);
        CU_ASSERT_PTR_NULL(key);
    }
    EVP_PKEY *key = NULL;
    TEST_ERR(ec_public_from_point(EC_CURVE_NONE, test_hex("04" P256_X P256_Y), &key),
             ERR_UNSUPPORTED);
    TEST_ERR(ec_public_from_point(EC_CURVE_BRAINPOOL_P256R1, test_hex("04" P256_X P256_Y), &key),
             ERR_MALFORMED);
}

/* One changed bit anywhere takes a point off its curve. */
static void test_every_bit_of_a_point(void)
{
    uint8_t point[EC_POINT_SIZE];
    memcpy(point, test_hex("04" P256_X P256_Y).data, sizeof(point));
    for (size_t i = 0; i < sizeof(point) * 8; i++) {
        EVP_PKEY *key = NULL;
        point[i / 8] ^= (uint8_t)(1 << i % 8);
        TEST_ERR(ec_public_from_point(EC_CURVE_P256, BYTES_OF(point), &key), ERR_MALFORMED);
        point[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

#define ORDER_P256 "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
#define ORDER_P256_LESS_1 "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550"
#define ORDER_BRAINPOOL "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7"

static void test_scalars(void)
{
    EVP_PKEY *key = NULL;
    TEST_ERR(ec_private_from_scalar(EC_CURVE_P256, test_hex(ZERO_32), &key), ERR_MALFORMED);
    TEST_ERR(ec_private_from_scalar(EC_CURVE_P256, test_hex(ORDER_P256), &key), ERR_MALFORMED);
    TEST_ERR(ec_private_from_scalar(EC_CURVE_BRAINPOOL_P256R1, test_hex(ORDER_BRAINPOOL), &key),
             ERR_MALFORMED);
    TEST_ERR(ec_private_from_scalar(EC_CURVE_BRAINPOOL_P256R1, test_hex(ORDER_P256_LESS_1), &key),
             ERR_MALFORMED);
    TEST_ERR(ec_private_from_scalar(EC_CURVE_P256, test_hex("01"), &key), ERR_RANGE);
    TEST_ERR(ec_private_from_scalar(EC_CURVE_NONE, test_hex(ORDER_P256), &key), ERR_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(key);
    TEST_OK(ec_private_from_scalar(EC_CURVE_P256, test_hex(ORDER_P256_LESS_1), &key));
    EVP_PKEY_free(key);
}

struct sign_row {
    const char *message;
    const char *signature;
};

/* RFC 6979 A.2.5, P-256 with SHA-256. */
#define RFC6979_POINT                                                                              \
    "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"                           \
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
static const struct sign_row signatures[] = {
    {"sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
               "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    {"test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
             "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"},
};

static void test_verify(void)
{
    EVP_PKEY *key = NULL;
    TEST_OK(ec_public_from_point(EC_CURVE_P256, test_hex(RFC6979_POINT), &key));
    for (size_t i = 0; i < 2; i++) {
        struct bytes message = bytes_make(signatures[i].message, strlen(signatures[i].message));
        struct bytes signature = test_hex(signatures[i].signature);
        struct bytes pieces[] = {
            bytes_make(message.data, 1),
            BYTES_NONE,
            bytes_make(message.data + 1, message.len - 1),
        };
        TEST_OK(ec_verify(key, message, signature));
        TEST_OK(ec_verify_pieces(key, pieces, 3, signature));
        TEST_ERR(ec_verify_pieces(key, pieces, 2, signature), ERR_SIGNATURE);
        TEST_ERR(ec_verify(key, bytes_make(message.data, message.len - 1), signature),
                 ERR_SIGNATURE);
        TEST_ERR(ec_verify(key, message, bytes_make(signature.data, 63)), ERR_SIGNATURE);
        TEST_ERR(ec_verify(key, message, BYTES_NONE), ERR_SIGNATURE);
        TEST_ERR(ec_verify(key, message, test_hex(ZERO_32 ZERO_32)), ERR_SIGNATURE);
    }
    EVP_PKEY_free(key);
}

static void test_sign_round_trip(void)
{
    const enum ec_curve curves[] = {EC_CURVE_P256, EC_CURVE_BRAINPOOL_P256R1};
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *key = NULL;
        uint8_t signature[EC_SIGNATURE_SIZE];
        struct bytes message = bytes_make("message", 7);
        TEST_OK(ec_generate(curves[i], &key));
        TEST_OK(ec_sign(key, message, signature));
        TEST_OK(ec_verify(key, message, BYTES_OF(signature)));
        for (size_t k = 0; k < sizeof(signature); k++) {
            signature[k] ^= 1;
            TEST_ERR(ec_verify(key, message, BYTES_OF(signature)), ERR_SIGNATURE);
            signature[k] ^= 1;
        }
        EVP_PKEY_free(key);
    }
}

struct der_row {
    const char *what;
    const char *der;
    enum err err;
};

static const struct der_row ders[] = {
    {"r = 1, s = 2", "3006020101020102", ERR_OK},
    {"top bit set", "30080202008002020081", ERR_OK},
    {"nothing", "", ERR_MALFORMED},
    {"something behind", "300602010102010200", ERR_MALFORMED},
    {"cut", "30060201010201", ERR_MALFORMED},
    {"one number", "3003020101", ERR_MALFORMED},
    {"negative r", "3006020181020102", ERR_MALFORMED},
    {"negative s", "3006020101020182", ERR_MALFORMED},
    {"r of 33 bytes", "3026022101" ZERO_32 "020101", ERR_MALFORMED},
    {"OCTET STRING", "3006040101020102", ERR_MALFORMED},
};

static void test_signature_from_der(void)
{
    for (size_t i = 0; i < sizeof(ders) / sizeof(ders[0]); i++) {
        uint8_t signature[EC_SIGNATURE_SIZE];
        struct buf back;
        enum err err = ec_signature_from_der(test_hex(ders[i].der), signature);
        if (err != ders[i].err) {
            test_note("%s: %s", ders[i].what, err_name(err));
        }
        TEST_ERR(err, ders[i].err);
        if (err != ERR_OK) {
            continue;
        }
        buf_init(&back, 100);
        TEST_OK(ec_signature_to_der(BYTES_OF(signature), &back));
        TEST_BYTES(buf_bytes(&back), test_hex(ders[i].der));
        buf_clear(&back);
    }
    struct buf der;
    buf_init(&der, 100);
    TEST_ERR(ec_signature_to_der(test_hex("00"), &der), ERR_MALFORMED);
    buf_clear(&der);
}

static void test_params(void)
{
    /* X9.62 prime256v1; RFC 5639 brainpoolP256r1 */
    TEST_BYTES(ec_curve_params(EC_CURVE_P256), test_hex("06082A8648CE3D030107"));
    TEST_BYTES(ec_curve_params(EC_CURVE_BRAINPOOL_P256R1), test_hex("06092B2403030208010107"));
    CU_ASSERT_EQUAL(ec_curve_params(EC_CURVE_NONE).len, 0);
    CU_ASSERT_EQUAL(ec_curve_from_params(test_hex("06082A8648CE3D030107")), EC_CURVE_P256);
    CU_ASSERT_EQUAL(ec_curve_from_params(test_hex("06092B2403030208010107")),
                    EC_CURVE_BRAINPOOL_P256R1);
    CU_ASSERT_EQUAL(ec_curve_from_params(test_hex("06052B81040022")), EC_CURVE_NONE); /* P-384 */
    CU_ASSERT_EQUAL(ec_curve_from_params(BYTES_NONE), EC_CURVE_NONE);
}

static void test_other_keys(void)
{
    EVP_PKEY *keys[] = {EVP_RSA_gen(1024), EVP_EC_gen("secp384r1"), EVP_EC_gen("secp256k1"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        uint8_t point[EC_POINT_SIZE];
        enum ec_curve curve = EC_CURVE_P256;
        CU_ASSERT_PTR_NOT_NULL_FATAL(keys[i]);
        TEST_ERR(ec_point(keys[i], point, &curve), ERR_UNSUPPORTED);
        CU_ASSERT_EQUAL(curve, EC_CURVE_NONE);
        EVP_PKEY_free(keys[i]);
    }
    EVP_PKEY *key = NULL;
    TEST_ERR(ec_generate(EC_CURVE_NONE, &key), ERR_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(key);
}

/* A scalar of Wycheproof's (any length, signed form) as our 32 bytes. */
static bool scalar_of(struct bytes number, uint8_t scalar[EC_SCALAR_SIZE])
{
    while (number.len > 0 && number.data[0] == 0) {
        number = bytes_make(number.data + 1, number.len - 1);
    }
    if (number.len > EC_SCALAR_SIZE) {
        return false;
    }
    memset(scalar, 0, EC_SCALAR_SIZE);
    memcpy(scalar + EC_SCALAR_SIZE - number.len, number.data, number.len);
    return true;
}

/* One ECDH case. Points in any but the uncompressed form are refused here. */
static void check_wycheproof_ecdh(const cJSON *test)
{
    EVP_PKEY *own = NULL;
    EVP_PKEY *peer = NULL;
    uint8_t scalar[EC_SCALAR_SIZE];
    struct secret shared = {0};
    struct bytes point = test_json_hex(test, "public");
    bool valid = strcmp(test_json_text(test, "result"), "valid") == 0;
    CU_ASSERT_TRUE(scalar_of(test_json_hex(test, "private"), scalar));
    TEST_OK(ec_private_from_scalar(EC_CURVE_P256, BYTES_OF(scalar), &own));
    enum err err = ec_public_from_point(EC_CURVE_P256, point, &peer);
    CU_ASSERT_EQUAL(err == ERR_OK, valid);
    if (err == ERR_OK) {
        TEST_OK(ec_agree(own, peer, &shared));
        TEST_BYTES(secret_bytes(&shared), test_json_hex(test, "shared"));
    }
    secret_clear(&shared);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
}

/* One ECDSA case under the key of its group. */
static void check_wycheproof_ecdsa(EVP_PKEY *key, const cJSON *test)
{
    bool valid = strcmp(test_json_text(test, "result"), "valid") == 0;
    enum err err = ec_verify(key, test_json_hex(test, "msg"), test_json_hex(test, "sig"));
    TEST_ERR(err, valid ? ERR_OK : ERR_SIGNATURE);
}

static void test_wycheproof_ecdh(void)
{
    cJSON *json = test_json("vectors/ecdh_secp256r1_ecpoint_test.json");
    const cJSON *group;
    const cJSON *test;
    int checked = 0;
    cJSON_ArrayForEach(group, cJSON_GetObjectItem(json, "testGroups"))
    {
        cJSON_ArrayForEach(test, cJSON_GetObjectItem(group, "tests"))
        {
            check_wycheproof_ecdh(test);
            checked++;
        }
    }
    if (json != NULL) {
        CU_ASSERT_EQUAL(checked, 355);
    }
    cJSON_Delete(json);
}

static void test_wycheproof_ecdsa(void)
{
    cJSON *json = test_json("vectors/ecdsa_secp256r1_sha256_p1363_test.json");
    const cJSON *group;
    const cJSON *test;
    int checked = 0;
    cJSON_ArrayForEach(group, cJSON_GetObjectItem(json, "testGroups"))
    {
        EVP_PKEY *key = NULL;
        const cJSON *public_key = cJSON_GetObjectItem(group, "publicKey");
        TEST_OK(
            ec_public_from_point(EC_CURVE_P256, test_json_hex(public_key, "uncompressed"), &key));
        cJSON_ArrayForEach(test, cJSON_GetObjectItem(group, "tests"))
        {
            check_wycheproof_ecdsa(key, test);
            checked++;
        }
        EVP_PKEY_free(key);
    }
    if (json != NULL) {
        CU_ASSERT_EQUAL(checked, 262);
    }
    cJSON_Delete(json);
}

static const struct test_case cases[] = {
    {"ECKA: RFC 5903, RFC 7027", test_agreement},
    {"ECKA: two curves", test_agreement_across_curves},
    {"ECKA: Wycheproof", test_wycheproof_ecdh},
    {"points off the curve (SP 800-56A 5.6.2.3.3)", test_bad_points},
    {"every bit of a point", test_every_bit_of_a_point},
    {"private scalars", test_scalars},
    {"ECDSA: RFC 6979", test_verify},
    {"ECDSA: sign and verify", test_sign_round_trip},
    {"ECDSA: Wycheproof", test_wycheproof_ecdsa},
    {"signature from DER", test_signature_from_der},
    {"curve parameters", test_params},
    {"keys of other kinds", test_other_keys},
};
TEST_MAIN("shared/crypto/ec", cases)
