#include "support/test.h"

#include <string.h>

#include "base/hex.h"

static void test_encode(void)
{
    char text[7];
    const uint8_t bytes[] = {0x00, 0xAB, 0xFF};
    CU_ASSERT_STRING_EQUAL(hex_encode(BYTES_OF(bytes), text), "00ABFF");
    CU_ASSERT_STRING_EQUAL(hex_encode(BYTES_NONE, text), "");
}

static void test_put(void)
{
    struct buf buf;
    const uint8_t bytes[] = {0x12, 0xEF};
    buf_init(&buf, 5);
    hex_put(&buf, BYTES_NONE);
    hex_put(&buf, BYTES_OF(bytes));
    TEST_BYTES(buf_bytes(&buf), bytes_make("12EF", 4));
    hex_put(&buf, BYTES_OF(bytes));
    TEST_ERR(buf_err(&buf), ERR_RANGE);
    CU_ASSERT_EQUAL(buf.len, 4);
    buf_clear(&buf);
}

struct decode_row {
    const char *text;
    size_t room;
    enum err err;
    size_t len;
};

static const struct decode_row rows[] = {
    {"", 0, ERR_OK, 0},          {"00", 1, ERR_OK, 1},          {"aBcDeF", 3, ERR_OK, 3},
    {"0", 1, ERR_MALFORMED, 0},  {"000", 4, ERR_MALFORMED, 0},  {"0g", 1, ERR_MALFORMED, 0},
    {"0 ", 1, ERR_MALFORMED, 0}, {"00 1", 2, ERR_MALFORMED, 0}, {"0x", 1, ERR_MALFORMED, 0},
    {"@0", 1, ERR_MALFORMED, 0}, {"`0", 1, ERR_MALFORMED, 0},   {":0", 1, ERR_MALFORMED, 0},
    {"0011", 1, ERR_RANGE, 0},
};

static void test_decode(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[4] = {0};
        size_t len = 99;
        TEST_ERR(hex_decode(rows[i].text, strlen(rows[i].text), out, rows[i].room, &len),
                 rows[i].err);
        CU_ASSERT_EQUAL(len, rows[i].len);
    }
    uint8_t out[3];
    size_t len = 0;
    TEST_OK(hex_decode("aBcDeF", 6, out, sizeof(out), &len));
    TEST_BYTES(BYTES_OF(out), test_hex("ABCDEF"));
}

/* Every byte there and back. */
static void test_round_trip(void)
{
    uint8_t all[256];
    uint8_t back[256];
    char text[513];
    size_t len = 0;
    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (uint8_t)i;
    }
    hex_encode(BYTES_OF(all), text);
    TEST_OK(hex_decode(text, strlen(text), back, sizeof(back), &len));
    TEST_BYTES(BYTES_OF(back), BYTES_OF(all));
}

static void test_digit(void)
{
    for (int c = -128; c < 128; c++) {
        const char *digits = "0123456789ABCDEFabcdef";
        const char *at = c > 0 ? strchr(digits, c) : NULL;
        int value = at == NULL ? -1 : (int)(at - digits);
        CU_ASSERT_EQUAL(hex_digit((char)c), value >= 16 ? value - 6 : value);
    }
}

static const struct test_case cases[] = {
    {"encode", test_encode},         {"append to a buffer", test_put}, {"decode", test_decode},
    {"round trip", test_round_trip}, {"value of a digit", test_digit},
};
TEST_MAIN("shared/base/hex", cases)
