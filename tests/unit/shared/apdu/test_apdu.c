#include "support/test.h"

#include <string.h>

#include "apdu/apdu.h"
#include "apdu/sw.h"

static uint8_t content[APDU_EXTENDED_DATA_MAX + 1];

struct row {
    const char *what;
    size_t data_len;
    int le;
    const char *start; /* the bytes before the data */
    const char *end;   /* the bytes behind it */
};

/* ISO/IEC 7816-3 12.1: the four cases. */
static const struct row short_rows[] = {
    {"case 1", 0, APDU_LE_NONE, "80E29105", ""},
    {"case 2", 0, 16, "80E29105", "10"},
    {"case 2, any", 0, APDU_LE_ANY, "80E29105", "00"},
    {"case 3", 1, APDU_LE_NONE, "80E2910501", ""},
    {"case 3, full", 255, APDU_LE_NONE, "80E29105FF", ""},
    {"case 4", 2, APDU_LE_ANY, "80E2910502", "00"},
    {"case 4, full", 255, 255, "80E29105FF", "FF"},
};

static const struct row extended_rows[] = {
    {"case 1", 0, APDU_LE_NONE, "80E29105", ""},
    {"case 2", 0, APDU_LE_ANY, "80E29105", "000000"},
    {"case 3", 1, APDU_LE_NONE, "80E29105000001", ""},
    {"case 3, full", 65535, APDU_LE_NONE, "80E2910500FFFF", ""},
    {"case 4", 256, APDU_LE_ANY, "80E29105000100", "0000"},
};

static struct apdu_command command_of(const struct row *row)
{
    return (struct apdu_command){0x80, 0xE2, 0x91, 5, bytes_make(content, row->data_len), row->le};
}

static void check_row(const struct row *row, bool extended)
{
    struct buf buf;
    struct buf expected;
    struct apdu_command back;
    struct apdu_command command = command_of(row);
    buf_init(&buf, APDU_EXTENDED_MAX);
    buf_init(&expected, APDU_EXTENDED_MAX);
    buf_put_bytes(&expected, test_hex(row->start));
    buf_put_bytes(&expected, command.data);
    buf_put_bytes(&expected, test_hex(row->end));
    TEST_OK(extended ? apdu_encode_extended(&command, &buf) : apdu_encode_short(&command, &buf));
    TEST_BYTES(buf_bytes(&buf), buf_bytes(&expected));
    TEST_OK(extended ? apdu_decode_extended(buf_bytes(&buf), &back)
                     : apdu_decode_short(buf_bytes(&buf), &back));
    CU_ASSERT_EQUAL(back.cla, 0x80);
    CU_ASSERT_EQUAL(back.ins, 0xE2);
    CU_ASSERT_EQUAL(back.p1, 0x91);
    CU_ASSERT_EQUAL(back.p2, 5);
    CU_ASSERT_EQUAL(back.le, row->le);
    TEST_BYTES(back.data, command.data);
    buf_clear(&buf);
    buf_clear(&expected);
}

static void test_short(void)
{
    memset(content, 0x5A, sizeof(content));
    for (size_t i = 0; i < sizeof(short_rows) / sizeof(short_rows[0]); i++) {
        check_row(&short_rows[i], false);
    }
}

static void test_extended(void)
{
    for (size_t i = 0; i < sizeof(extended_rows) / sizeof(extended_rows[0]); i++) {
        check_row(&extended_rows[i], true);
    }
}

static void test_too_long(void)
{
    struct buf buf;
    struct apdu_command command = {.data = {content, 256}, .le = APDU_LE_NONE};
    buf_init(&buf, APDU_EXTENDED_MAX + 10);
    TEST_ERR(apdu_encode_short(&command, &buf), ERR_RANGE);
    CU_ASSERT_EQUAL(buf.len, 0);
    command.data.len = 65536;
    TEST_ERR(apdu_encode_extended(&command, &buf), ERR_RANGE);
    CU_ASSERT_EQUAL(buf.len, 0);
    command.data.len = 0;
    command.le = 257;
    TEST_ERR(apdu_encode_short(&command, &buf), ERR_RANGE);
    buf_clear(&buf);
    buf_init(&buf, 6);
    command = (struct apdu_command){.data = {content, 2}, .le = APDU_LE_NONE};
    TEST_ERR(apdu_encode_short(&command, &buf), ERR_RANGE);
    buf_clear(&buf);
}

/* Lengths that disagree with the bytes there are. */
static const char *const bad_short[] = {
    "",
    "80",
    "80E291",
    "80E29105 00 11",       /* Lc 0 */
    "80E29105 02 11",       /* a byte short */
    "80E29105 01 11 00 00", /* a byte over Le */
    "80E29105 00 0001 11",  /* the extended form */
};

static const char *const bad_extended[] = {
    "",
    "80E291",
    "80E29105 00",
    "80E29105 0000",
    "80E29105 01 11",            /* the short form */
    "80E29105 000005",           /* Le other than any */
    "80E29105 000000 11",        /* Lc 0 with data */
    "80E29105 000002 11",        /* a byte short */
    "80E29105 000001 11 00",     /* half an Le */
    "80E29105 000001 11 0001",   /* Le other than any */
    "80E29105 000001 11 000000", /* a byte over */
};

static void test_refusals(void)
{
    struct apdu_command command;
    for (size_t i = 0; i < sizeof(bad_short) / sizeof(bad_short[0]); i++) {
        TEST_ERR(apdu_decode_short(test_hex(bad_short[i]), &command), ERR_MALFORMED);
        CU_ASSERT_EQUAL(command.data.len, 0);
    }
    for (size_t i = 0; i < sizeof(bad_extended) / sizeof(bad_extended[0]); i++) {
        TEST_ERR(apdu_decode_extended(test_hex(bad_extended[i]), &command), ERR_MALFORMED);
        CU_ASSERT_EQUAL(command.data.len, 0);
    }
}

/* Every prefix of a case 4 command is another command or an error, and never
 * one whose data reach past its end. */
static void test_truncations(void)
{
    struct bytes whole = test_hex("80E29105 05 1122334455 00");
    for (size_t len = 0; len < whole.len; len++) {
        struct apdu_command command;
        enum err err = apdu_decode_short(bytes_make(whole.data, len), &command);
        bool valid = len == 4 || len == 5 || len == whole.len - 1;
        TEST_ERR(err, valid ? ERR_OK : ERR_MALFORMED);
        CU_ASSERT_TRUE(command.data.len <= len);
    }
}

static void test_response(void)
{
    struct apdu_response response;
    TEST_OK(apdu_decode_response(test_hex("9000"), &response));
    CU_ASSERT_EQUAL(response.sw, SW_OK);
    CU_ASSERT_EQUAL(response.data.len, 0);
    TEST_OK(apdu_decode_response(test_hex("BF37 00 6A88"), &response));
    CU_ASSERT_EQUAL(response.sw, SW_DATA_NOT_FOUND);
    TEST_BYTES(response.data, test_hex("BF3700"));
    TEST_ERR(apdu_decode_response(test_hex("90"), &response), ERR_MALFORMED);
    CU_ASSERT_EQUAL(response.sw, 0);
    TEST_ERR(apdu_decode_response(BYTES_NONE, &response), ERR_MALFORMED);
}

static void test_status_words(void)
{
    CU_ASSERT_TRUE(sw_is_more_data(0x6100));
    CU_ASSERT_TRUE(sw_is_more_data(0x61FF));
    CU_ASSERT_FALSE(sw_is_more_data(0x6200));
    CU_ASSERT_TRUE(sw_is_wrong_le(0x6C10));
    CU_ASSERT_FALSE(sw_is_wrong_le(0x6D00));
    CU_ASSERT_FALSE(sw_is_wrong_le(SW_OK));
}

static const struct test_case cases[] = {
    {"short form, four cases", test_short},
    {"extended form, four cases", test_extended},
    {"too long to encode", test_too_long},
    {"lengths that disagree", test_refusals},
    {"truncation at every byte", test_truncations},
    {"responses", test_response},
    {"status words", test_status_words},
};
TEST_MAIN("shared/apdu", cases)
