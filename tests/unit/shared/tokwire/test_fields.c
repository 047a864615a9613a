#include "support/test.h"

#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

static const struct tokwire_shape shape[] = {
    {TOKWIRE_F_HANDLE, 4, 4, false, false},
    {TOKWIRE_F_LABEL, 1, 8, true, false},
    {TOKWIRE_F_DATA, 0, 200, false, false},
    {TOKWIRE_F_OBJECT, 1, 4, true, true},
    {0, 0, 0, false, false},
};

struct row {
    const char *what;
    const char *data;
    enum err err;
};

static const struct row rows[] = {
    {"all", "860400000001 800161 8E0155 A00111 A0021122", ERR_OK},
    {"without the optional ones", "860400000001 8E00", ERR_OK},
    {"empty", "", ERR_MALFORMED},
    {"required one missing", "860400000001", ERR_MALFORMED},
    {"first one missing", "8E00", ERR_MALFORMED},
    {"order", "8E00 860400000001", ERR_MALFORMED},
    {"optional one late", "860400000001 8E00 800161", ERR_MALFORMED},
    {"twice", "860400000001 860400000001 8E00", ERR_MALFORMED},
    {"too short", "8603000001 8E00", ERR_MALFORMED},
    {"too long", "86050000000001 8E00", ERR_MALFORMED},
    {"optional one too short", "860400000001 8000 8E00", ERR_MALFORMED},
    {"repeated one too short", "860400000001 8E00 A000", ERR_MALFORMED},
    {"repeated one too long", "860400000001 8E00 A00111 A00511223344 55", ERR_MALFORMED},
    {"stranger among the repeated", "860400000001 8E00 A00111 8100 A00111", ERR_MALFORMED},
    {"stranger at the end", "860400000001 8E00 8100", ERR_MALFORMED},
    {"truncated", "860400000001 8E0255", ERR_MALFORMED},
    {"a byte behind", "860400000001 8E00 00", ERR_MALFORMED},
    {"long length form", "86810400000001 8E00", ERR_MALFORMED},
    {"4 GiB", "860400000001 8E84FFFFFFFF", ERR_MALFORMED},
};

static void test_decode(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tokwire_fields fields;
        enum err err = tokwire_fields_decode(shape, test_hex(rows[i].data), &fields);
        if (err != rows[i].err) {
            test_note("%s: %s", rows[i].what, err_name(err));
        }
        TEST_ERR(err, rows[i].err);
    }
}

static void test_values(void)
{
    struct tokwire_fields fields;
    TEST_OK(tokwire_fields_decode(shape, test_hex(rows[0].data), &fields));
    CU_ASSERT_EQUAL(tokwire_field_uint(&fields, TOKWIRE_F_HANDLE), 1);
    TEST_BYTES(tokwire_field(&fields, TOKWIRE_F_LABEL), bytes_make("a", 1));
    TEST_BYTES(tokwire_field(&fields, TOKWIRE_F_DATA), test_hex("55"));
    TEST_BYTES(tokwire_field(&fields, TOKWIRE_F_OBJECT), test_hex("A00111 A0021122"));
    CU_ASSERT_TRUE(tokwire_field_present(&fields, TOKWIRE_F_OBJECT));
    CU_ASSERT_FALSE(tokwire_field_present(&fields, TOKWIRE_F_EID));
    CU_ASSERT_EQUAL(tokwire_field(&fields, TOKWIRE_F_EID).len, 0);
    CU_ASSERT_EQUAL(tokwire_field_uint(&fields, TOKWIRE_F_EID), 0);

    TEST_OK(tokwire_fields_decode(shape, test_hex(rows[1].data), &fields));
    CU_ASSERT_FALSE(tokwire_field_present(&fields, TOKWIRE_F_LABEL));
    CU_ASSERT_FALSE(tokwire_field_present(&fields, TOKWIRE_F_OBJECT));
    /* an empty value is not an absent one */
    CU_ASSERT_TRUE(tokwire_field_present(&fields, TOKWIRE_F_DATA));
    CU_ASSERT_EQUAL(tokwire_field(&fields, TOKWIRE_F_DATA).len, 0);
}

/* A shape that takes nothing takes nothing. */
static void test_empty_shape(void)
{
    static const struct tokwire_shape none[] = {{0, 0, 0, false, false}};
    struct tokwire_fields fields;
    TEST_OK(tokwire_fields_decode(none, BYTES_NONE, &fields));
    TEST_ERR(tokwire_fields_decode(none, test_hex("8000"), &fields), ERR_MALFORMED);
}

struct uint_row {
    uint64_t value;
    size_t width;
    const char *field;
};

static const struct uint_row numbers[] = {
    {0, 1, "890100"},
    {0xFE, 1, "8901FE"},
    {0x01020304, 4, "890401020304"},
    {1, 8, "89080000000000000001"},
    {UINT64_MAX, 8, "8908FFFFFFFFFFFFFFFF"},
    {0x1FF, 1, "8901FF"}, /* the low bytes */
    {7, 9, "89080000000000000007"},
};

static void test_put_uint(void)
{
    static const struct tokwire_shape number[] = {
        {TOKWIRE_F_VERSION, 1, 8, false, false},
        {0, 0, 0, false, false},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct buf out;
        struct tokwire_fields fields;
        size_t width = numbers[i].width < 8 ? numbers[i].width : 8;
        uint64_t mask = width < 8 ? ((uint64_t)1 << 8 * width) - 1 : UINT64_MAX;
        buf_init(&out, 20);
        tokwire_put_uint(&out, TOKWIRE_F_VERSION, numbers[i].value, numbers[i].width);
        TEST_BYTES(buf_bytes(&out), test_hex(numbers[i].field));
        TEST_OK(tokwire_fields_decode(number, buf_bytes(&out), &fields));
        CU_ASSERT_EQUAL(tokwire_field_uint(&fields, TOKWIRE_F_VERSION), numbers[i].value & mask);
        buf_clear(&out);
    }
}

static const struct test_case cases[] = {
    {"decode", test_decode},
    {"values", test_values},
    {"empty shape", test_empty_shape},
    {"numbers", test_put_uint},
};
TEST_MAIN("shared/tokwire/fields", cases)
