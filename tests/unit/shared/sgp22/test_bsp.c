#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "crypto/ec.h"
#include "crypto/kdf.h"
#include "sgp22/bsp.h"
#include "support/vectors.h"
#include "tlv/tlv.h"

#define EID "89049032123451234512345678901235"
#define HOST_ID "6C696E652D3031"

enum { OUT_MAX = 100000 };

/* The known answers below were computed with the openssl command line alone:
 * `openssl kdf .. X963KDF` for the keys; for each segment `openssl enc
 * -aes-128-ecb -nopad` of the 16-byte counter as ICV, `openssl enc
 * -aes-128-cbc -nopad` of the padded data, and `openssl mac .. CMAC` over
 * chaining value || tag || length || data. */
#define SHARED_SECRET "0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20"
#define SESSION_KEYS                                                                               \
    "BF029EDB057F5DE07F2A515D63A92C9DB1BD14DD66E92258C38EAAF6D0196B31"                             \
    "FBC3FC37B74C3CA5E24FB03F4574A38D"
#define PPK_SET                                                                                    \
    "FF7D44B7727C28EB2FEDCDA815DA7D367BE31736560DFD2395EA03379EA23561"                             \
    "3F97627D500E25F20117E5BEA6BB8E71"
#define SEGMENT_CONFIGURE "87183D2CE231A88EDC4F828E8C65593AEB3840DC813130D8E782"
#define MAC_METADATA "F4853BF39B158B3C"
#define SEGMENT_REPLACE                                                                            \
    "87482835EAD9AF178BCC694B3DE0939303F89DBEB04943CE34225D18FFEB3E31"                             \
    "B6F23C4C3DC9A4229EC5FFD4C8735B9876AD74414FD5682716A3E29D50698663"                             \
    "4127BD582FF5D14C863D"
/* '86' over the 1008 bytes 00 01 .. FF 00 ..: a full segment, one of one byte,
 * and one of nothing. */
#define SEGMENT_FULL_SHA256 "C29BD46BB06C204182F22153FC0E678815AC9E073E960CB12535969B1DC6AFB2"
#define SEGMENT_ONE "8618461FD92DD5995113A4DF4380F1FB87EEA2BA5D125C25301C"
#define SEGMENT_EMPTY "86181687178096E7883BD34B1417DEA63589142740A5445FFB4D"

static struct eid eid_of(const char *text)
{
    struct eid eid;
    TEST_OK(eid_parse(text, &eid));
    return eid;
}

static void test_session_keys(void)
{
    struct secret keys;
    struct eid eid = eid_of(EID);
    TEST_OK(bsp_derive_session_keys(test_hex(SHARED_SECRET), test_hex(HOST_ID), &eid, &keys));
    TEST_BYTES(secret_bytes(&keys), test_hex(SESSION_KEYS));
    secret_clear(&keys);
}

static void test_session_key_refusals(void)
{
    struct secret keys = {.len = 1};
    struct eid eid = eid_of(EID);
    TEST_ERR(bsp_derive_session_keys(test_hex(SHARED_SECRET), BYTES_NONE, &eid, &keys), ERR_RANGE);
    CU_ASSERT_EQUAL(keys.len, 0);
    TEST_ERR(bsp_derive_session_keys(test_hex(SHARED_SECRET),
                                     test_hex("0102030405060708090A0B0C0D0E0F1011"), &eid, &keys),
             ERR_RANGE);
    struct bsp bsp;
    TEST_ERR(bsp_init(&bsp, test_hex("00")), ERR_RANGE);
    TEST_ERR(bsp_init(&bsp, BYTES_NONE), ERR_RANGE);
}

/* SGP.22 2.6.4: one counter and one MAC chain over '87', '88', '87'. */
static void test_session_known_answer(void)
{
    struct bsp bsp;
    struct buf out;
    struct buf command;
    uint8_t mac[BSP_MAC_SIZE];
    TEST_OK(bsp_init(&bsp, test_hex(SESSION_KEYS)));
    buf_init(&out, OUT_MAX);
    buf_init(&command, OUT_MAX);
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_COMMAND, test_hex("BF2400"), &out));
    TEST_BYTES(buf_bytes(&out), test_hex(SEGMENT_CONFIGURE));
    CU_ASSERT_EQUAL(bsp.counter, 2);

    TEST_OK(bsp_mac(&bsp, test_hex("BF250102"), mac));
    TEST_BYTES(BYTES_OF(mac), test_hex(MAC_METADATA));
    CU_ASSERT_EQUAL(bsp.counter, 3);
    buf_reset(&out);
    bsp_put_maced(&out, test_hex("BF250102"), mac);
    TEST_BYTES(buf_bytes(&out), test_hex("880C BF250102" MAC_METADATA));

    buf_reset(&out);
    bsp_put_replace_session_keys(&command, test_hex(PPK_SET));
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_COMMAND, buf_bytes(&command), &out));
    TEST_BYTES(buf_bytes(&out), test_hex(SEGMENT_REPLACE));
    buf_clear(&command);
    buf_clear(&out);
    bsp_clear(&bsp);
    CU_ASSERT_EQUAL(bsp.mac[0] | bsp.enc[0] | bsp.chaining_value[0], 0);
}

static struct bytes counting_bytes(void)
{
    static uint8_t content[60000];
    for (size_t i = 0; i < sizeof(content); i++) {
        content[i] = (uint8_t)i;
    }
    return BYTES_OF(content);
}

static void test_profile_known_answer(void)
{
    struct bsp bsp;
    struct buf out;
    uint8_t digest[SHA256_SIZE];
    TEST_OK(bsp_init(&bsp, test_hex(PPK_SET)));
    buf_init(&out, OUT_MAX);
    TEST_OK(
        bsp_encrypt(&bsp, BSP_TAG_PROFILE_ELEMENTS, bytes_make(counting_bytes().data, 1008), &out));
    CU_ASSERT_EQUAL_FATAL(out.len, 1020 + 26);
    TEST_OK(crypto_sha256(bytes_make(out.data, 1020), digest));
    TEST_BYTES(BYTES_OF(digest), test_hex(SEGMENT_FULL_SHA256));
    TEST_BYTES(bytes_make(out.data + 1020, 26), test_hex(SEGMENT_ONE));
    buf_reset(&out);
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_PROFILE_ELEMENTS, BYTES_NONE, &out));
    TEST_BYTES(buf_bytes(&out), test_hex(SEGMENT_EMPTY));
    CU_ASSERT_EQUAL(bsp.counter, 4);
    buf_clear(&out);
    bsp_clear(&bsp);
}

/* The known trap: 1007 plaintext bytes fill a segment of 1020, 1008 make two;
 * and the forecast of the length is right. */
static void test_segment_sizes(void)
{
    const size_t sizes[] = {0,    1,    15,   16,   17,   100,  991,  992,
                            1006, 1007, 1008, 2013, 2014, 2015, 60000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct bsp bsp;
        struct buf out;
        struct tlv_reader reader;
        struct tlv segment;
        size_t count = 0;
        TEST_OK(bsp_init(&bsp, test_hex(PPK_SET)));
        buf_init(&out, OUT_MAX);
        TEST_OK(bsp_encrypt(&bsp, BSP_TAG_PROFILE_ELEMENTS,
                            bytes_make(counting_bytes().data, sizes[i]), &out));
        CU_ASSERT_EQUAL(out.len, bsp_encrypted_len(sizes[i]));
        tlv_reader_init(&reader, buf_bytes(&out));
        while (!tlv_reader_end(&reader)) {
            TEST_OK(tlv_reader_expect(&reader, BSP_TAG_PROFILE_ELEMENTS, &segment));
            CU_ASSERT_TRUE(segment.whole.len <= BSP_SEGMENT_MAX);
            CU_ASSERT_EQUAL((segment.value.len - BSP_MAC_SIZE) % AES_BLOCK, 0);
            count++;
        }
        CU_ASSERT_EQUAL(count, sizes[i] == 0 ? 1 : (sizes[i] + 1006) / 1007);
        CU_ASSERT_EQUAL(bsp.counter, 1 + count);
        buf_clear(&out);
        bsp_clear(&bsp);
    }
}

/* A package given in pieces of full segments comes out as in one. */
static void test_in_pieces(void)
{
    struct bsp whole_bsp;
    struct bsp piece_bsp;
    struct buf whole;
    struct buf pieces;
    struct bytes data = counting_bytes();
    TEST_OK(bsp_init(&whole_bsp, test_hex(PPK_SET)));
    TEST_OK(bsp_init(&piece_bsp, test_hex(PPK_SET)));
    buf_init(&whole, OUT_MAX);
    buf_init(&pieces, OUT_MAX);
    TEST_OK(bsp_encrypt(&whole_bsp, BSP_TAG_PROFILE_ELEMENTS, data, &whole));
    while (data.len > 0) {
        size_t take = data.len < 7 * BSP_ENCRYPTED_MAX ? data.len : 7 * BSP_ENCRYPTED_MAX;
        TEST_OK(bsp_encrypt(&piece_bsp, BSP_TAG_PROFILE_ELEMENTS, bytes_make(data.data, take),
                            &pieces));
        data = bytes_make(data.data + take, data.len - take);
    }
    TEST_BYTES(buf_bytes(&pieces), buf_bytes(&whole));
    buf_clear(&whole);
    buf_clear(&pieces);
}

static void test_refusals(void)
{
    struct bsp bsp;
    struct buf out;
    uint8_t mac[BSP_MAC_SIZE];
    struct bytes data = counting_bytes();
    TEST_OK(bsp_init(&bsp, test_hex(PPK_SET)));
    buf_init(&out, OUT_MAX);
    TEST_ERR(bsp_encrypt(&bsp, BSP_TAG_METADATA, data, &out), ERR_ARGUMENT);
    TEST_ERR(bsp_encrypt(&bsp, 0x85, data, &out), ERR_ARGUMENT);
    CU_ASSERT_EQUAL(out.len, 0);
    TEST_OK(bsp_mac(&bsp, bytes_make(data.data, BSP_MACED_MAX), mac));
    TEST_ERR(bsp_mac(&bsp, bytes_make(data.data, BSP_MACED_MAX + 1), mac), ERR_RANGE);
    bsp_put_maced(&out, bytes_make(data.data, BSP_MACED_MAX), mac);
    CU_ASSERT_EQUAL(out.len, BSP_SEGMENT_MAX);

    /* A counter that came round would repeat an ICV. */
    bsp.counter = UINT32_MAX;
    TEST_ERR(bsp_mac(&bsp, test_hex("00"), mac), ERR_RANGE);
    TEST_ERR(bsp_encrypt(&bsp, BSP_TAG_COMMAND, test_hex("00"), &out), ERR_RANGE);
    buf_clear(&out);

    buf_init(&out, 25); /* a segment of one byte takes 26 */
    TEST_OK(bsp_init(&bsp, test_hex(PPK_SET)));
    TEST_ERR(bsp_encrypt(&bsp, BSP_TAG_COMMAND, test_hex("00"), &out), ERR_RANGE);
    buf_clear(&out);

    buf_init(&out, OUT_MAX);
    bsp_put_replace_session_keys(&out, test_hex("00"));
    TEST_ERR(buf_err(&out), ERR_RANGE);
    buf_clear(&out);
}

static void test_replace_session_keys_form(void)
{
    struct buf out;
    buf_init(&out, OUT_MAX);
    bsp_put_replace_session_keys(&out, test_hex(PPK_SET));
    TEST_BYTES(buf_bytes(&out), test_hex("BF26 36 8010 FF7D44B7727C28EB2FEDCDA815DA7D36"
                                         "8110 7BE31736560DFD2395EA03379EA23561"
                                         "8210 3F97627D500E25F20117E5BEA6BB8E71"));
    buf_clear(&out);
}

/* The published set: keys from both one-time keys to S-MAC. */
static void check_published_keys(const cJSON *json)
{
    EVP_PKEY *own = NULL;
    EVP_PKEY *peer = NULL;
    struct secret shared = {0};
    struct secret keys = {0};
    struct buf expected;
    struct eid eid = eid_of(test_json_text(json, "eid"));
    TEST_OK(ec_private_from_scalar(EC_CURVE_P256, test_json_hex(json, "otsk_dp"), &own));
    TEST_OK(ec_public_from_point(EC_CURVE_P256, test_json_hex(json, "otpk_euicc"), &peer));
    TEST_OK(ec_agree(own, peer, &shared));
    TEST_BYTES(secret_bytes(&shared), test_json_hex(json, "shared_secret"));
    TEST_OK(bsp_derive_session_keys(secret_bytes(&shared), test_json_hex(json, "host_id"), &eid,
                                    &keys));
    buf_init(&expected, BSP_KEYS_SIZE);
    buf_put_bytes(&expected, test_json_hex(json, "initial_mcv"));
    buf_put_bytes(&expected, test_json_hex(json, "s_enc"));
    buf_put_bytes(&expected, test_json_hex(json, "s_mac"));
    TEST_BYTES(secret_bytes(&keys), buf_bytes(&expected));
    buf_clear(&expected);
    secret_clear(&shared);
    secret_clear(&keys);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
}

static void load_keys(const cJSON *json, const char *first, const char *second, const char *third,
                      struct bsp *bsp)
{
    struct buf keys;
    buf_init(&keys, BSP_KEYS_SIZE);
    buf_put_bytes(&keys, test_json_hex(json, first));
    buf_put_bytes(&keys, test_json_hex(json, second));
    buf_put_bytes(&keys, test_json_hex(json, third));
    TEST_OK(bsp_init(bsp, buf_bytes(&keys)));
    buf_clear(&keys);
}

/* The only segment of a list. */
static struct bytes only_segment(const cJSON *json, const char *list)
{
    const cJSON *array = cJSON_GetObjectItem(json, list);
    CU_ASSERT_EQUAL(cJSON_GetArraySize(array), 1);
    return test_hex(cJSON_GetStringValue(cJSON_GetArrayItem(array, 0)));
}

static void check_published_session(const cJSON *json)
{
    struct bsp bsp;
    struct buf out;
    uint8_t mac[BSP_MAC_SIZE];
    load_keys(json, "initial_mcv", "s_enc", "s_mac", &bsp);
    buf_init(&out, OUT_MAX);
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_COMMAND, test_json_hex(json, "configure_isdp"), &out));
    TEST_BYTES(buf_bytes(&out), only_segment(json, "first_sequence_of_87"));
    buf_reset(&out);
    TEST_OK(bsp_mac(&bsp, test_json_hex(json, "store_metadata"), mac));
    bsp_put_maced(&out, test_json_hex(json, "store_metadata"), mac);
    TEST_BYTES(buf_bytes(&out), only_segment(json, "sequence_of_88"));
    buf_reset(&out);
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_COMMAND, test_json_hex(json, "replace_session_keys"), &out));
    TEST_BYTES(buf_bytes(&out), only_segment(json, "second_sequence_of_87"));
    buf_clear(&out);
    bsp_clear(&bsp);
}

/* Each segment against its published length and digest. */
static void check_published_segments(const cJSON *json, struct bytes segments)
{
    const cJSON *list = cJSON_GetObjectItem(json, "sequence_of_86");
    const cJSON *row;
    struct tlv_reader reader;
    struct tlv segment = {0};
    tlv_reader_init(&reader, segments);
    cJSON_ArrayForEach(row, list)
    {
        uint8_t digest[SHA256_SIZE];
        CU_ASSERT_EQUAL_FATAL(tlv_reader_expect(&reader, BSP_TAG_PROFILE_ELEMENTS, &segment),
                              ERR_OK);
        CU_ASSERT_EQUAL(segment.whole.len,
                        (size_t)cJSON_GetNumberValue(cJSON_GetObjectItem(row, "length")));
        TEST_OK(crypto_sha256(segment.whole, digest));
        TEST_BYTES(BYTES_OF(digest), test_json_hex(row, "sha256"));
    }
    CU_ASSERT_TRUE(tlv_reader_end(&reader));
    TEST_BYTES(segment.whole, test_json_hex(json, "sequence_of_86_last"));
    TEST_BYTES(bytes_make(segments.data, BSP_SEGMENT_MAX),
               test_json_hex(json, "sequence_of_86_first"));
}

static void check_published_profile(const cJSON *json)
{
    struct bsp bsp;
    struct buf upp;
    struct buf out;
    uint8_t digest[SHA256_SIZE];
    const char *path = test_data(test_json_text(json, "upp_file"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    buf_init(&upp, OUT_MAX);
    buf_init(&out, OUT_MAX);
    TEST_OK(file_read(path, &upp));
    TEST_OK(crypto_sha256(buf_bytes(&upp), digest));
    TEST_BYTES(BYTES_OF(digest), test_json_hex(json, "upp_sha256"));
    load_keys(json, "ppk_initial_mcv", "ppk_enc", "ppk_cmac", &bsp);
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_PROFILE_ELEMENTS, buf_bytes(&upp), &out));
    check_published_segments(json, buf_bytes(&out));
    buf_clear(&upp);
    buf_clear(&out);
    bsp_clear(&bsp);
}

static void test_published_set(void)
{
    cJSON *json = test_json("vectors/bsp-ppk.json");
    if (json != NULL) {
        check_published_keys(json);
        check_published_session(json);
        check_published_profile(json);
    }
    cJSON_Delete(json);
}

static const struct test_case cases[] = {
    {"session keys (2.6.4)", test_session_keys},
    {"session keys: refusals", test_session_key_refusals},
    {"'87', '88', '87' of a session: known answer", test_session_known_answer},
    {"'86' under a PPK set: known answer", test_profile_known_answer},
    {"segment sizes", test_segment_sizes},
    {"a package in pieces", test_in_pieces},
    {"refusals", test_refusals},
    {"ReplaceSessionKeys (5.5.4)", test_replace_session_keys_form},
    {"published set, byte for byte", test_published_set},
};
TEST_MAIN("shared/sgp22/bsp", cases)
