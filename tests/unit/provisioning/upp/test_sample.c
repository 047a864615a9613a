/* The sample package is what upp_check() and a chip accept, and like the
 * published ones in form. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"
#include "upp/sample.h"

static const char iccid_digits[] = "89000123456789012341";

/* Every constructed element down to the leaves is whole. */
static enum err walk(struct bytes value, size_t *leaves)
{
    struct tlv_reader reader;
    struct tlv element;
    enum err err = ERR_OK;

    tlv_reader_init(&reader, value);
    while (err == ERR_OK && !tlv_reader_end(&reader)) {
        uint32_t first;
        err = tlv_reader_next(&reader, &element);
        for (first = element.tag; first > 0xFF; first >>= 8) {
        }
        if (err == ERR_OK && (first & 0x20) != 0) {
            err = walk(element.value, leaves);
        } else {
            *leaves += 1;
        }
    }
    return err;
}

static void sample_passes_upp_check(void)
{
    static const size_t hints[] = {0, 1, 3304, 3400, 8000, 13000, 100000, UPP_SAMPLE_SIZE_MAX};

    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        struct bytes upp = fixture_upp(iccid_digits, hints[i]);
        char text[ICCID_TEXT_SIZE];
        struct upp_info info;
        const char *where;
        size_t leaves = 0;

        TEST_OK(upp_check(upp, &info, &where));
        CU_ASSERT_STRING_EQUAL(where, "");
        CU_ASSERT_STRING_EQUAL(iccid_text(&info.iccid, text), iccid_digits);
        CU_ASSERT_EQUAL(info.iccid_file_count, 1);
        TEST_OK(walk(upp, &leaves));
        CU_ASSERT_TRUE(leaves > 200);
    }
}

static void size_follows_the_hint(void)
{
    CU_ASSERT_TRUE(fixture_upp(iccid_digits, 0).len > 11500);
    CU_ASSERT_TRUE(fixture_upp(iccid_digits, 0).len < 13000);
    CU_ASSERT_TRUE(fixture_upp(iccid_digits, 1).len < 4000);
    CU_ASSERT_TRUE(fixture_upp(iccid_digits, 100000).len > 99000);
    CU_ASSERT_TRUE(fixture_upp(iccid_digits, 100000).len <= 100100);
}

static void size_over_the_maximum_is_refused(void)
{
    struct upp_sample sample = {.size_hint = UPP_SAMPLE_SIZE_MAX + 1};
    struct buf out;

    TEST_OK(iccid_parse(iccid_digits, &sample.iccid));
    buf_init(&out, UPP_MAX);
    TEST_ERR(upp_sample_encode(&sample, &out), ERR_RANGE);
    buf_clear(&out);
    sample.size_hint = 0;
    buf_init(&out, 1000);
    TEST_ERR(upp_sample_encode(&sample, &out), ERR_RANGE);
    buf_clear(&out);
}

static void nineteen_digit_iccid(void)
{
    struct bytes upp = fixture_upp("8900012345678901234", 1);
    char text[ICCID_TEXT_SIZE];
    struct upp_info info;

    TEST_OK(upp_check(upp, &info, NULL));
    CU_ASSERT_STRING_EQUAL(iccid_text(&info.iccid, text), "8900012345678901234");
}

static void keys_are_random(void)
{
    struct upp_keys a, b;

    TEST_OK(upp_keys_generate(&a));
    TEST_OK(upp_keys_generate(&b));
    CU_ASSERT_FALSE(bytes_equal(BYTES_OF(a.k), BYTES_OF(b.k)));
}

/* Truncated anywhere, it is refused. */
static void every_truncation_is_refused(void)
{
    struct bytes upp = fixture_upp(iccid_digits, 1);
    struct upp_info info;
    size_t accepted = 0;

    for (size_t len = 0; len < upp.len; len++) {
        accepted += upp_check(bytes_make(upp.data, len), &info, NULL) == ERR_OK;
    }
    CU_ASSERT_EQUAL(accepted, 0);
}

/* The published profiles start with the same elements in the same order. */
static void elements_are_those_of_published_profiles(void)
{
    const char *path = test_data("ts48/TS48v7_SAIP2.3_NoBERTLV.der");
    struct bytes upps[2];
    uint32_t first[2][3] = {{0}};

    if (path == NULL) {
        test_note("TS.48 profiles are not there: not compared");
        return;
    }
    upps[0] = fixture_file(path);
    upps[1] = fixture_upp(iccid_digits, 0);
    for (size_t i = 0; i < 2; i++) {
        struct tlv_reader reader;
        struct tlv element;
        tlv_reader_init_ber(&reader, upps[i]);
        for (size_t k = 0; k < 3; k++) {
            TEST_OK(tlv_reader_next(&reader, &element));
            first[i][k] = element.tag;
        }
    }
    CU_ASSERT_EQUAL(memcmp(first[0], first[1], sizeof(first[0])), 0);
}

static const struct test_case cases[] = {
    {"the sample passes upp_check at all sizes", sample_passes_upp_check},
    {"size follows the hint", size_follows_the_hint},
    {"a size over the maximum is refused", size_over_the_maximum_is_refused},
    {"ICCID of 19 digits", nineteen_digit_iccid},
    {"keys are random", keys_are_random},
    {"every truncation is refused", every_truncation_is_refused},
    {"elements are those of published profiles", elements_are_those_of_published_profiles},
};

TEST_MAIN("provisioning/upp", cases)
