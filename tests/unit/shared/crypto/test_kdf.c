#include "support/test.h"

#include <string.h>

#include "base/hex.h"
#include "crypto/kdf.h"
#include "support/vectors.h"

struct cmac_row {
    const char *key;
    const char *message;
    const char *mac;
};

#define KEY_128 "2b7e151628aed2a6abf7158809cf4f3c"
#define KEY_256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define BLOCK_1 "6bc1bee22e409f96e93d7e117393172a"
#define BLOCK_2 "ae2d8a571e03ac9c9eb76fac45af8e51"
#define BLOCK_3 "30c81c46a35ce411e5fbc1191a0a52ef"
#define BLOCK_4 "f69f2445df4f9b17ad2b417be66c3710"
#define HALF_3 "30c81c46a35ce411"

static const struct cmac_row cmacs[] = {
    /* RFC 4493 section 4 */
    {KEY_128, "", "bb1d6929e95937287fa37d129b756746"},
    {KEY_128, BLOCK_1, "070a16b46b4d4144f79bdd9dd04a287c"},
    {KEY_128, BLOCK_1 BLOCK_2 HALF_3, "dfa66747de9ae63030ca32611497c827"},
    {KEY_128, BLOCK_1 BLOCK_2 BLOCK_3 BLOCK_4, "51f0bebf7e3b9d92fc49741779363cfe"},
    /* SP 800-38B appendix D.3, AES-256 */
    {KEY_256, "", "028962f61b7bf89efc6b551f4667d983"},
    {KEY_256, BLOCK_1, "28a7023f452e8f82bd4bf28d8c37c35c"},
    {KEY_256, BLOCK_1 BLOCK_2 HALF_3, "aaf3d8f1de5640c232f5b169b9c911e6"},
    {KEY_256, BLOCK_1 BLOCK_2 BLOCK_3 BLOCK_4, "e1992190549f6ed5696a2c056c315410"},
};

static void test_cmac(void)
{
    for (size_t i = 0; i < sizeof(cmacs) / sizeof(cmacs[0]); i++) {
        uint8_t mac[AES_BLOCK];
        TEST_OK(crypto_cmac(test_hex(cmacs[i].key), test_hex(cmacs[i].message), mac));
        TEST_BYTES(BYTES_OF(mac), test_hex(cmacs[i].mac));
    }
}

static void test_check_value(void)
{
    uint8_t check_value[CHECK_VALUE_SIZE];
    TEST_OK(crypto_check_value(test_hex(KEY_256), check_value));
    TEST_BYTES(BYTES_OF(check_value), test_hex("1A0B2DF267"));
    /* The key of docs/key-ceremony.md. */
    TEST_OK(crypto_check_value(
        test_hex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"), check_value));
    TEST_BYTES(BYTES_OF(check_value), test_hex("377822C093"));
    /* No key at all. */
    TEST_ERR(crypto_check_value(BYTES_NONE, check_value), ERR_RANGE);
    TEST_BYTES(BYTES_OF(check_value), test_hex("0000000000"));
}

/* Only the two key sizes in use, and no others by chance. */
static void test_cmac_key_sizes(void)
{
    static const uint8_t key[65] = {0};
    for (size_t len = 0; len <= sizeof(key); len++) {
        uint8_t mac[AES_BLOCK];
        TEST_ERR(crypto_cmac(bytes_make(key, len), BYTES_NONE, mac),
                 len == 16 || len == 32 ? ERR_OK : ERR_RANGE);
    }
}

/* One Wycheproof case of AES-CMAC; AES-192 and odd sizes are not ours. */
static void check_wycheproof_cmac(const cJSON *test)
{
    uint8_t mac[AES_BLOCK];
    struct bytes key = test_json_hex(test, "key");
    struct bytes tag = test_json_hex(test, "tag");
    bool valid = strcmp(test_json_text(test, "result"), "valid") == 0;
    enum err err = crypto_cmac(key, test_json_hex(test, "msg"), mac);
    if (key.len != 16 && key.len != 32) {
        TEST_ERR(err, ERR_RANGE);
        return;
    }
    TEST_OK(err);
    CU_ASSERT_EQUAL(bytes_equal_secret(BYTES_OF(mac), tag), valid);
}

static void test_wycheproof_cmac(void)
{
    cJSON *json = test_json("vectors/aes_cmac_test.json");
    const cJSON *group;
    const cJSON *test;
    int checked = 0;
    cJSON_ArrayForEach(group, cJSON_GetObjectItem(json, "testGroups"))
    {
        cJSON_ArrayForEach(test, cJSON_GetObjectItem(group, "tests"))
        {
            check_wycheproof_cmac(test);
            checked++;
        }
    }
    if (json != NULL) {
        CU_ASSERT_EQUAL(checked, 311);
    }
    cJSON_Delete(json);
}

#define ROOT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define EID "89049032123451234512345678901235"
#define ICCID "98109909002143658739"
#define ENC_KEY "1F2D6AD6784868F7385074E90BBF0C8AE015AC5879276ACEF89655A306E92013"
#define PPK_SET                                                                                    \
    "FF7D44B7727C28EB2FEDCDA815DA7D367BE31736560DFD2395EA03379EA23561"                             \
    "3F97627D500E25F20117E5BEA6BB8E71"

/* design.md section 3, both levels. */
static void test_kbkdf_known_answers(void)
{
    struct secret key;
    struct secret set;
    TEST_OK(crypto_kbkdf(test_hex(ROOT), "EncKey", test_hex(EID), 32, &key));
    TEST_BYTES(secret_bytes(&key), test_hex(ENC_KEY));
    TEST_OK(crypto_kbkdf(secret_bytes(&key), "PPK", test_hex(ICCID), 48, &set));
    TEST_BYTES(secret_bytes(&set), test_hex(PPK_SET));
    secret_clear(&key);
    secret_clear(&set);
}

/* The same through CMAC alone, as a key store does it (SP 800-108r1 4.1). */
static void test_kbkdf_by_blocks(void)
{
    struct bytes key = test_hex(ROOT);
    for (size_t out_len = 1; out_len <= SECRET_MAX; out_len++) {
        struct secret whole;
        uint8_t blocks[SECRET_MAX];
        for (uint32_t i = 0; i < SECRET_MAX / AES_BLOCK; i++) {
            struct buf message;
            buf_init(&message, 64);
            crypto_kbkdf_block(&message, i + 1, "EncKey", test_hex(EID), out_len);
            TEST_OK(buf_err(&message));
            TEST_OK(crypto_cmac(key, buf_bytes(&message), blocks + i * AES_BLOCK));
            buf_clear(&message);
        }
        TEST_OK(crypto_kbkdf(key, "EncKey", test_hex(EID), out_len, &whole));
        TEST_BYTES(secret_bytes(&whole), bytes_make(blocks, out_len));
        secret_clear(&whole);
    }
}

static void test_kbkdf_block_form(void)
{
    struct buf message;
    buf_init(&message, 64);
    crypto_kbkdf_block(&message, 2, "PPK", test_hex(ICCID), 48);
    TEST_BYTES(buf_bytes(&message), test_hex("00000002 50504B 00" ICCID "00000180"));
    buf_clear(&message);
}

/* The command design.md section 3 gives to anyone who wants to check. */
static void test_kbkdf_against_openssl(void)
{
    static const char *const keys[] = {ROOT, KEY_256};
    static const char *const contexts[] = {EID, ICCID, "00"};
    const size_t lengths[] = {16, 32, 33, 48, 64};
    for (size_t i = 0; i < 2 * 3 * 5; i++) {
        struct secret out;
        const char *key = keys[i % 2];
        const char *context = contexts[i / 2 % 3];
        size_t len = lengths[i / 6];
        struct bytes expected = test_command_hex(
            "openssl kdf -keylen %zu -kdfopt mac:CMAC -kdfopt cipher:AES-256-CBC -kdfopt hexkey:%s"
            " -kdfopt salt:EncKey -kdfopt hexinfo:%s KBKDF",
            len, key, context);
        CU_ASSERT_EQUAL(expected.len, len);
        TEST_OK(crypto_kbkdf(test_hex(key), "EncKey", test_hex(context), len, &out));
        TEST_BYTES(secret_bytes(&out), expected);
        secret_clear(&out);
    }
}

static void test_kbkdf_refusals(void)
{
    static const uint8_t key[32] = {0};
    struct secret out = {.len = 1};
    TEST_ERR(crypto_kbkdf(bytes_make(key, 16), "EncKey", test_hex(EID), 32, &out), ERR_RANGE);
    CU_ASSERT_EQUAL(out.len, 0);
    TEST_ERR(crypto_kbkdf(BYTES_OF(key), "EncKey", test_hex(EID), 0, &out), ERR_RANGE);
    TEST_ERR(crypto_kbkdf(BYTES_OF(key), "EncKey", test_hex(EID), 65, &out), ERR_RANGE);
    CU_ASSERT_EQUAL(out.len, 0);
}

struct x963_row {
    const char *shared;
    const char *info;
    size_t len;
    const char *key;
};

/* NIST CAVS 12.0, ANS X9.63-2001, SHA-256; the second one's first 64 bytes. */
static const struct x963_row x963[] = {
    {"96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", "", 16,
     "443024c3dae66b95e6f5670601558f71"},
    {"22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d", "75eef81aa3041e33b80971203d2c0c52", 64,
     "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e"
     "52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485"},
};

static void test_x963_known_answers(void)
{
    for (size_t i = 0; i < sizeof(x963) / sizeof(x963[0]); i++) {
        struct secret out;
        TEST_OK(
            crypto_x963kdf(test_hex(x963[i].shared), test_hex(x963[i].info), x963[i].len, &out));
        TEST_BYTES(secret_bytes(&out), test_hex(x963[i].key));
        secret_clear(&out);
    }
}

static void test_x963_against_openssl(void)
{
    for (size_t len = 1; len <= SECRET_MAX; len += 9) {
        struct secret out;
        struct bytes expected =
            test_command_hex("openssl kdf -keylen %zu -kdfopt digest:SHA256 -kdfopt hexkey:%s"
                             " -kdfopt hexinfo:8810076c696e652d303110%s X963KDF",
                             len, ROOT, EID);
        TEST_OK(crypto_x963kdf(test_hex(ROOT), test_hex("8810076c696e652d303110" EID), len, &out));
        TEST_BYTES(secret_bytes(&out), expected);
        secret_clear(&out);
    }
}

/* Every byte of secret and SharedInfo counts. */
static void test_x963_separates(void)
{
    struct secret first;
    struct secret other;
    struct bytes shared = test_hex(ROOT);
    struct bytes info = test_hex("8810" EID);
    uint8_t changed[32];
    TEST_OK(crypto_x963kdf(shared, info, 48, &first));
    for (size_t i = 0; i < shared.len; i++) {
        memcpy(changed, shared.data, sizeof(changed));
        changed[i] ^= 1;
        TEST_OK(crypto_x963kdf(BYTES_OF(changed), info, 48, &other));
        CU_ASSERT_FALSE(bytes_equal(secret_bytes(&first), secret_bytes(&other)));
    }
    TEST_ERR(crypto_x963kdf(shared, info, 0, &other), ERR_RANGE);
    TEST_ERR(crypto_x963kdf(shared, info, 65, &other), ERR_RANGE);
    CU_ASSERT_EQUAL(other.len, 0);
}

/* FIPS 180-4 examples. */
static void test_sha256(void)
{
    uint8_t digest[SHA256_SIZE];
    TEST_OK(crypto_sha256(bytes_make("abc", 3), digest));
    TEST_BYTES(BYTES_OF(digest),
               test_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    TEST_OK(crypto_sha256(BYTES_NONE, digest));
    TEST_BYTES(BYTES_OF(digest),
               test_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

static void test_random(void)
{
    uint8_t first[32] = {0};
    uint8_t second[32] = {0};
    TEST_OK(crypto_random(first, sizeof(first)));
    TEST_OK(crypto_random(second, sizeof(second)));
    CU_ASSERT_FALSE(bytes_equal(BYTES_OF(first), BYTES_OF(second)));
    TEST_OK(crypto_random(first, 0));
}

static const struct test_case cases[] = {
    {"CMAC: RFC 4493, SP 800-38B", test_cmac},
    {"check value", test_check_value},
    {"CMAC: key sizes", test_cmac_key_sizes},
    {"CMAC: Wycheproof", test_wycheproof_cmac},
    {"KBKDF: design.md section 3", test_kbkdf_known_answers},
    {"KBKDF: equal to CMAC of its blocks", test_kbkdf_by_blocks},
    {"KBKDF: form of a block", test_kbkdf_block_form},
    {"KBKDF: equal to openssl kdf", test_kbkdf_against_openssl},
    {"KBKDF: refusals", test_kbkdf_refusals},
    {"X9.63: NIST CAVS", test_x963_known_answers},
    {"X9.63: equal to openssl kdf", test_x963_against_openssl},
    {"X9.63: every byte counts", test_x963_separates},
    {"SHA-256", test_sha256},
    {"random", test_random},
};
TEST_MAIN("shared/crypto/kdf", cases)
