#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "sgp22/metadata.h"
#include "tlv/tlv.h"

#define ICCID "98001032547698103214"
#define HEAD "5A0A" ICCID "9104 47534D41 9207 54533438207637"
#define CONFIGURATION "B6 0E 30 0C 8002 04F0 81 06 61622E636F6D"

/* The StoreMetadata of the published BSP vectors, and one with notifications. */
#define SMALL "BF25 1E" HEAD "950102"
#define LARGE "BF25 2E" HEAD "950102" CONFIGURATION

static struct store_metadata sample(void)
{
    struct store_metadata in = {
        .service_provider_name = bytes_make("GSMA", 4),
        .profile_name = bytes_make("TS48 v7", 7),
        .profile_class = PROFILE_CLASS_OPERATIONAL,
    };
    TEST_OK(iccid_parse("89000123456789012341", &in.iccid));
    return in;
}

static void test_encode(void)
{
    struct store_metadata in = sample();
    struct buf out;
    buf_init(&out, METADATA_MAX);
    TEST_OK(store_metadata_encode(&in, &out));
    TEST_BYTES(buf_bytes(&out), test_hex(SMALL));
    buf_reset(&out);
    in.notification_address = bytes_make("ab.com", 6);
    TEST_OK(store_metadata_encode(&in, &out));
    TEST_BYTES(buf_bytes(&out), test_hex(LARGE));
    buf_clear(&out);
}

static void test_encode_refusals(void)
{
    static const uint8_t letters[256] = {'a'};
    struct buf out;
    buf_init(&out, METADATA_MAX);
    struct store_metadata in = sample();
    in.service_provider_name = bytes_make(letters, SERVICE_PROVIDER_NAME_MAX + 1);
    TEST_ERR(store_metadata_encode(&in, &out), ERR_RANGE);
    in = sample();
    in.profile_name = bytes_make(letters, PROFILE_NAME_MAX + 1);
    TEST_ERR(store_metadata_encode(&in, &out), ERR_RANGE);
    in = sample();
    in.notification_address = bytes_make(letters, 256);
    TEST_ERR(store_metadata_encode(&in, &out), ERR_RANGE);
    CU_ASSERT_EQUAL(out.len, 0);
    in = sample();
    in.service_provider_name = bytes_make(letters, SERVICE_PROVIDER_NAME_MAX);
    in.profile_name = bytes_make(letters, PROFILE_NAME_MAX);
    in.notification_address = bytes_make(letters, 255);
    TEST_OK(store_metadata_encode(&in, &out));
    struct store_metadata back;
    TEST_OK(store_metadata_decode(buf_bytes(&out), &back));
    TEST_BYTES(back.notification_address, in.notification_address);
    buf_clear(&out);
}

static void test_decode(void)
{
    struct store_metadata out;
    TEST_OK(store_metadata_decode(test_hex(LARGE), &out));
    TEST_BYTES(iccid_bytes(&out.iccid), test_hex(ICCID));
    TEST_BYTES(out.service_provider_name, bytes_make("GSMA", 4));
    TEST_BYTES(out.profile_name, bytes_make("TS48 v7", 7));
    CU_ASSERT_EQUAL(out.profile_class, PROFILE_CLASS_OPERATIONAL);
    TEST_BYTES(out.notification_address, bytes_make("ab.com", 6));
}

static void test_decode_defaults_and_strangers(void)
{
    struct store_metadata out;
    /* profileClass DEFAULT operational (5.5.3) */
    TEST_OK(store_metadata_decode(test_hex("BF25 1B" HEAD), &out));
    CU_ASSERT_EQUAL(out.profile_class, PROFILE_CLASS_OPERATIONAL);
    CU_ASSERT_EQUAL(out.notification_address.len, 0);
    TEST_OK(store_metadata_decode(test_hex("BF25 22" HEAD "9302AABB 950100"), &out));
    CU_ASSERT_EQUAL(out.profile_class, PROFILE_CLASS_TEST);
    TEST_OK(store_metadata_decode(test_hex("BF25 1D" HEAD "B600"), &out));
    TEST_OK(store_metadata_decode(test_hex("BF25 1F" HEAD "B602 3000"), &out));
    CU_ASSERT_EQUAL(out.notification_address.len, 0);
}

struct refusal {
    const char *what;
    const char *input;
    enum err err;
};

#define LETTERS_33                                                                                 \
    "6161616161616161616161616161616161616161616161616161616161616161"                             \
    "61"
static const struct refusal refusals[] = {
    {"other tag", "BF26 1B" HEAD, ERR_TAG},
    {"something behind", "BF25 1B" HEAD "00", ERR_MALFORMED},
    {"empty", "BF25 00", ERR_TAG},
    {"nothing", "", ERR_TAG},
    {"no ICCID", "BF25 0F 9104 47534D41 9207 54533438207637", ERR_TAG},
    {"short ICCID", "BF25 1A 5A09 980010325476981032 9104 47534D41 9207 54533438207637",
     ERR_MALFORMED},
    {"ICCID with a hexadecimal digit",
     "BF25 1B 5A0A 98001032547698103A14 9104 47534D41 9207 54533438207637", ERR_MALFORMED},
    {"no service provider", "BF25 15 5A0A" ICCID "9207 54533438207637", ERR_TAG},
    {"no profile name", "BF25 12 5A0A" ICCID "9104 47534D41", ERR_TAG},
    {"service provider of 33 bytes", "BF25 38 5A0A" ICCID "9121" LETTERS_33 "9207 54533438207637",
     ERR_RANGE},
    {"class 3", "BF25 1E" HEAD "950103", ERR_RANGE},
    {"class of two bytes", "BF25 1F" HEAD "95020002", ERR_RANGE},
    {"negative class", "BF25 1E" HEAD "9501FF", ERR_RANGE},
    {"broken stranger", "BF25 1D" HEAD "9305", ERR_TRUNCATED},
    {"broken configuration", "BF25 1F" HEAD "B6023005", ERR_TRUNCATED},
};

static void test_refusals(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct store_metadata out;
        enum err err = store_metadata_decode(test_hex(refusals[i].input), &out);
        if (err != refusals[i].err) {
            test_note("%s: %s, not %s", refusals[i].what, err_name(err), err_name(refusals[i].err));
        }
        TEST_ERR(err, refusals[i].err);
        CU_ASSERT_EQUAL(out.profile_name.len, 0);
    }
}

static void test_truncations(void)
{
    struct bytes whole = test_hex(LARGE);
    for (size_t len = 0; len < whole.len; len++) {
        struct store_metadata out;
        uint8_t *copy = malloc(len > 0 ? len : 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, whole.data, len);
        CU_ASSERT_NOT_EQUAL(store_metadata_decode(bytes_make(copy, len), &out), ERR_OK);
        free(copy);
    }
}

static const struct test_case cases[] = {
    {"encode (5.5.3)", test_encode},
    {"encode: limits", test_encode_refusals},
    {"decode", test_decode},
    {"decode: defaults, unknown elements", test_decode_defaults_and_strangers},
    {"refusals", test_refusals},
    {"truncation at every byte", test_truncations},
};
TEST_MAIN("shared/sgp22/metadata", cases)
