/* The chip's BSP against published answers of an independent implementation
 * (SGP.22 2.6.4), and against itself where they are not there. */
#include "simulator/kit.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "sgp22/bsp.h"

static struct bytes vector(const cJSON *root, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, name);
    if (cJSON_IsArray(item)) {
        item = cJSON_GetArrayItem(item, 0);
    }
    return cJSON_IsString(item) ? test_hex(item->valuestring) : BYTES_NONE;
}

static cJSON *read_vectors(void)
{
    const char *path = test_data("vectors/bsp-ppk.json");
    struct buf text;
    if (!path) {
        return NULL;
    }
    buf_init(&text, 1 << 20);
    TEST_OK(file_read(path, &text));
    cJSON *root = cJSON_ParseWithLength((const char *)text.data, text.len);
    buf_clear(&text);
    return root;
}

static void unwrap_one(struct bsp_unwrap *keys, const cJSON *root, const char *segments,
                       const char *expected, bool encrypted)
{
    struct tlv_reader reader;
    struct tlv tlv;
    struct buf plain;
    buf_init(&plain, 2048);
    tlv_reader_init(&reader, vector(root, segments));
    TEST_OK(tlv_reader_next(&reader, &tlv));
    TEST_OK(bsp_unwrap_segment(keys, &tlv, encrypted, &plain));
    TEST_BYTES(buf_bytes(&plain), vector(root, expected));
    buf_clear(&plain);
}

static void test_vectors(void)
{
    cJSON *root = read_vectors();
    struct bsp_unwrap keys;
    EVP_PKEY *own = NULL, *peer = NULL;
    struct eid eid;

    if (!root) {
        test_note("published vectors not there");
        return;
    }
    TEST_OK(ec_private_from_scalar(EC_CURVE_P256, vector(root, "otsk_euicc"), &own));
    TEST_OK(ec_public_from_point(EC_CURVE_P256, vector(root, "otpk_dp"), &peer));
    TEST_OK(eid_from_bytes(vector(root, "eid"), &eid));
    TEST_OK(bsp_unwrap_derive(&keys, own, peer, vector(root, "host_id"), &eid));
    TEST_BYTES(BYTES_OF(keys.chaining_value), vector(root, "initial_mcv"));
    TEST_BYTES(BYTES_OF(keys.enc), vector(root, "s_enc"));
    TEST_BYTES(BYTES_OF(keys.mac), vector(root, "s_mac"));
    unwrap_one(&keys, root, "first_sequence_of_87", "configure_isdp", true);
    unwrap_one(&keys, root, "sequence_of_88", "store_metadata", false);
    unwrap_one(&keys, root, "second_sequence_of_87", "replace_session_keys", true);
    CU_ASSERT_EQUAL(keys.counter, 4);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    cJSON_Delete(root);
}

/* Segments of every length, from the product's BSP. */
static void test_lengths(void)
{
    static const uint8_t key_set[48] = {1, 2, 3};
    uint8_t data[BSP_ENCRYPTED_MAX];
    memset(data, 0x80, sizeof(data));
    struct bsp bsp;
    struct bsp_unwrap keys;
    TEST_OK(bsp_init(&bsp, BYTES_OF(key_set)));
    TEST_OK(bsp_unwrap_replace(&keys, bytes_make(key_set, 16), bytes_make(key_set + 16, 16),
                               bytes_make(key_set + 32, 16)));
    for (size_t len = 0; len <= sizeof(data); len++) {
        struct buf segment, plain;
        struct tlv tlv;
        buf_init(&segment, 2048);
        buf_init(&plain, 2048);
        TEST_OK(bsp_encrypt(&bsp, BSP_TAG_PROFILE_ELEMENTS, bytes_make(data, len), &segment));
        TEST_OK(tlv_single(buf_bytes(&segment), BSP_TAG_PROFILE_ELEMENTS, &tlv));
        TEST_OK(bsp_unwrap_segment(&keys, &tlv, true, &plain));
        TEST_BYTES(buf_bytes(&plain), bytes_make(data, len));
        buf_clear(&segment);
        buf_clear(&plain);
    }
}

static void test_padding(void)
{
    static const uint8_t key_set[48] = {9};
    static const struct {
        const char *blocks;
        enum err expected;
    } rows[] = {
        {"80000000000000000000000000000000", ERR_OK},
        {"11111111111111111111111111111180", ERR_OK},
        {"11111111111111111111111111118000", ERR_OK},
        {"11111111111111111111111111111111", ERR_SIGNATURE},
        {"00000000000000000000000000000000", ERR_SIGNATURE},
        {"11111111111111111111111111111101", ERR_SIGNATURE},
        /* a whole block of padding too much */
        {"1111111111111111111111111111118000000000000000000000000000000000", ERR_SIGNATURE},
        {"1111111111111111111111111111111180000000000000000000000000000000", ERR_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bsp bsp;
        struct bsp_unwrap keys;
        struct buf segment, plain;
        struct tlv tlv;
        buf_init(&segment, 2048);
        buf_init(&plain, 2048);
        TEST_OK(bsp_init(&bsp, BYTES_OF(key_set)));
        TEST_OK(bsp_unwrap_replace(&keys, bytes_make(key_set, 16), bytes_make(key_set + 16, 16),
                                   bytes_make(key_set + 32, 16)));
        kit_seal(&bsp, BSP_TAG_PROFILE_ELEMENTS, test_hex(rows[i].blocks), &segment);
        TEST_OK(tlv_single(buf_bytes(&segment), BSP_TAG_PROFILE_ELEMENTS, &tlv));
        TEST_ERR(bsp_unwrap_segment(&keys, &tlv, true, &plain), rows[i].expected);
        buf_clear(&segment);
        buf_clear(&plain);
    }
}

/* 1008 plaintext bytes, well encrypted and MACed: over 1020 bytes. */
static void test_too_long(void)
{
    static const uint8_t key_set[48] = {9};
    uint8_t blocks[1024] = {0};
    struct bsp bsp;
    struct bsp_unwrap keys;
    struct buf segment, plain;
    struct tlv tlv;
    blocks[1008] = 0x80;
    buf_init(&segment, 2048);
    buf_init(&plain, 2048);
    TEST_OK(bsp_init(&bsp, BYTES_OF(key_set)));
    TEST_OK(bsp_unwrap_replace(&keys, bytes_make(key_set, 16), bytes_make(key_set + 16, 16),
                               bytes_make(key_set + 32, 16)));
    kit_seal(&bsp, BSP_TAG_PROFILE_ELEMENTS, BYTES_OF(blocks), &segment);
    CU_ASSERT_EQUAL(segment.len, 1036);
    TEST_OK(tlv_single(buf_bytes(&segment), BSP_TAG_PROFILE_ELEMENTS, &tlv));
    TEST_ERR(bsp_unwrap_segment(&keys, &tlv, true, &plain), ERR_RANGE);
    CU_ASSERT_EQUAL(plain.len, 0);
    buf_clear(&segment);
    buf_clear(&plain);
}

static const struct test_case cases[] = {
    {"published answers", test_vectors},
    {"every length", test_lengths},
    {"padding", test_padding},
    {"1036 bytes", test_too_long},
};
TEST_MAIN("simulator bsp_unwrap", cases)
