#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sgp22/metadata.h"
#include "tlv/tlv.h"

#define PLAIN "89000123456789012341"
#define SWAPPED "98001032547698103214"
#define HEADER_FIELDS "800102 810103 820454455354 830A" PLAIN "A500 A600"
#define HEADER "A0 1C" HEADER_FIELDS
#define EF_ICCID "A40C 830A" SWAPPED
#define MF "B0 17 A0058000810101 8100" EF_ICCID
#define OTHER "A2 02 8000"
#define END "AA 07 A005 8000 810163"

static enum err check(const char *text, struct upp_info *info, const char **where)
{
    return upp_check(test_hex(text), info, where);
}

static void test_valid(void)
{
    struct upp_info info;
    const char *where = NULL;
    struct iccid iccid;
    TEST_OK(iccid_parse(PLAIN, &iccid));
    TEST_OK(check(HEADER MF OTHER OTHER END, &info, &where));
    CU_ASSERT_STRING_EQUAL(where, "");
    CU_ASSERT_EQUAL(info.major, 2);
    CU_ASSERT_EQUAL(info.minor, 3);
    TEST_BYTES(info.profile_type, bytes_make("TEST", 4));
    TEST_BYTES(iccid_bytes(&info.iccid), iccid_bytes(&iccid));
    CU_ASSERT_EQUAL(info.element_count, 5);
    CU_ASSERT_EQUAL(info.iccid_file_count, 1);
    TEST_OK(check(HEADER END, &info, NULL));
    CU_ASSERT_EQUAL(info.iccid_file_count, 0);
    /* BER: real profiles have lengths longer than needed */
    TEST_OK(check("A0 811C" HEADER_FIELDS "A2 820002 8000" END, &info, NULL));
}

struct refusal {
    const char *what;
    const char *input;
    enum err err;
};

static const struct refusal refusals[] = {
    {"nothing", "", ERR_RANGE},
    {"header alone", HEADER, ERR_TAG},
    {"end alone", END, ERR_TAG},
    {"no header", OTHER END, ERR_TAG},
    {"header second", OTHER HEADER END, ERR_TAG},
    {"two headers", HEADER HEADER END, ERR_TAG},
    {"header as last", HEADER END HEADER, ERR_TAG},
    {"no end", HEADER OTHER, ERR_TAG},
    {"end in the middle", HEADER END OTHER, ERR_TAG},
    {"two ends", HEADER END END, ERR_TAG},
    {"zero byte behind", HEADER END "00", ERR_TAG},
    {"padding behind", HEADER END "8000", ERR_TAG},
    {"element one byte short", HEADER "A2 04 800055" END, ERR_MALFORMED},
    {"element of 4 GiB", HEADER "A2 84FFFFFFFF" END, ERR_MALFORMED},
    {"element of indefinite length", HEADER "A2 80 0000" END, ERR_MALFORMED},
    {"no version", "A0 0C 830A" PLAIN END, ERR_MALFORMED},
    {"no minor version", "A0 0F 800102 830A" PLAIN END, ERR_MALFORMED},
    {"negative version", "A0 12 800180 810103 830A" PLAIN END, ERR_MALFORMED},
    {"no ICCID", "A0 06 800102 810103" END, ERR_MALFORMED},
    {"ICCID of nine bytes", "A0 11 800102 810103 8309890001234567890123" END, ERR_MALFORMED},
    {"ICCID nibble swapped with a filler first", "A0 12 800102 810103 830AF8001032547698103214" END,
     ERR_MALFORMED},
    {"EF.ICCID of another profile", HEADER "B0 0E A40C 830A 98001032547698103215" END,
     ERR_MISMATCH},
    {"EF.ICCID not swapped", HEADER "B0 0E A40C 830A" PLAIN END, ERR_MISMATCH},
    {"EF.ICCID broken", HEADER "B0 04 A402 8305" END, ERR_MALFORMED},
    {"PE-MF broken", HEADER "B0 02 A205" END, ERR_MALFORMED},
};

static void test_refusals(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct upp_info info;
        const char *where = NULL;
        enum err err = check(refusals[i].input, &info, &where);
        if (err != refusals[i].err) {
            test_note("%s: %s (%s)", refusals[i].what, err_name(err), where);
        }
        TEST_ERR(err, refusals[i].err);
        CU_ASSERT_TRUE(where != NULL && strlen(where) > 0);
        CU_ASSERT_EQUAL(info.element_count, 0);
    }
}

/* Cut anywhere, the package is refused. */
static void test_truncations(void)
{
    struct bytes whole = test_hex(HEADER MF OTHER END);
    for (size_t len = 0; len < whole.len; len++) {
        struct upp_info info;
        uint8_t *copy = malloc(len > 0 ? len : 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, whole.data, len);
        CU_ASSERT_NOT_EQUAL(upp_check(bytes_make(copy, len), &info, NULL), ERR_OK);
        free(copy);
    }
}

static void test_maximum(void)
{
    struct buf upp;
    struct upp_info info;
    struct bytes head = test_hex(HEADER);
    struct bytes end = test_hex(END);
    buf_init(&upp, UPP_MAX + 1);
    size_t filler = UPP_MAX - head.len - end.len - 5;
    buf_put_bytes(&upp, head);
    tlv_put_header(&upp, 0xA2, filler);
    uint8_t *at = buf_extend(&upp, filler);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memset(at, 0, filler);
    buf_put_bytes(&upp, end);
    CU_ASSERT_EQUAL(upp.len, UPP_MAX);
    TEST_OK(upp_check(buf_bytes(&upp), &info, NULL));
    buf_put_u8(&upp, 0);
    TEST_ERR(upp_check(buf_bytes(&upp), &info, NULL), ERR_RANGE);
    buf_clear(&upp);
}

/* The profiles of GSMA TS.48 v7.0. */
static void test_published_profiles(void)
{
    static const char *const names[] = {
        "ts48/TS48v7_SAIP2.3_BERTLV_SUCI.der",
        "ts48/TS48v7_SAIP2.3_BERTLV_SUCI_NoRAMRFM.der",
        "ts48/TS48v7_SAIP2.3_NoBERTLV.der",
        "ts48/TS48v7_SAIP2.3_NoBERTLV_NoRAMRFM.der",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct buf upp;
        struct upp_info info;
        char text[ICCID_TEXT_SIZE];
        const char *path = test_data(names[i]);
        if (path == NULL) {
            test_note("%s is not here: the profile in the test alone was used", names[i]);
            continue;
        }
        buf_init(&upp, UPP_MAX);
        TEST_OK(file_read(path, &upp));
        TEST_OK(upp_check(buf_bytes(&upp), &info, NULL));
        CU_ASSERT_STRING_EQUAL(iccid_text(&info.iccid, text), "89000123456789012341");
        CU_ASSERT_EQUAL(info.iccid_file_count, 1);
        CU_ASSERT_TRUE(info.element_count > 5);
        TEST_ERR(upp_check(bytes_make(upp.data, upp.len - 1), &info, NULL), ERR_MALFORMED);
        buf_clear(&upp);
    }
}

static const struct test_case cases[] = {
    {"valid packages", test_valid},
    {"refusals", test_refusals},
    {"truncation at every byte", test_truncations},
    {"maximum", test_maximum},
    {"TS.48 profiles", test_published_profiles},
};
TEST_MAIN("shared/sgp22/upp", cases)
